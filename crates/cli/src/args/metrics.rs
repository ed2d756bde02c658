//! `highwater metrics`: its arguments, and what may be typed for them.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use highwater_market::Timeframe;
use highwater_metrics::{Window, inference::Trials};

use super::{AsOfArgs, OutputArgs};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  highwater metrics --symbol BTC --window 30d,90d,1y,all
  highwater metrics                  every token in the lake
  highwater metrics -o metrics.csv   the same as a file
  highwater metrics --returns strategy.csv --convention empyrical \\
    --periods-per-year 252 --format json
  highwater metrics --metrics all --symbol BTC
  highwater metrics --sort sharpe --window 1y
  highwater metrics --symbol BTC --rolling 90d --format csv
  highwater metrics --symbol BTC --drawdowns 5
  highwater metrics --symbol BTC --calendar
  highwater metrics --symbol BTC --explain sharpe
  highwater metrics --symbol ETH --benchmark BTC --metrics alpha,beta

Core metrics: total_return, cagr, volatility, downside_deviation, sharpe,
sortino, calmar, max_drawdown, best, worst, win_rate.")]
pub(crate) struct Metrics {
    /// Symbols in the lake; repeat or separate by commas [default: all]
    #[arg(long = "symbol", visible_alias = "symbols", value_delimiter = ',')]
    pub(crate) symbols: Vec<String>,
    /// Read return series from a CSV or Parquet file instead of the lake: a time column, and one or more of returns, or
    /// one of names and one of returns
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["symbols", "timeframe", "sources", "clock", "prices"],
        value_hint = ValueHint::FilePath
    )]
    pub(crate) returns: Option<PathBuf>,
    /// Read price series from a CSV or Parquet file instead: a time column, and one or more of prices, or one of names
    /// and one of prices
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["symbols", "timeframe", "sources", "clock"],
        value_hint = ValueHint::FilePath
    )]
    pub(crate) prices: Option<PathBuf>,
    /// Columns of the file that are series, separated by commas [default: all; of prices with open, high, low and close,
    /// close]
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with_all = ["symbols", "timeframe", "sources", "clock"])]
    pub(crate) columns: Vec<String>,
    /// Length of a bar in the lake: 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w
    #[arg(long, default_value = "1d")]
    pub(crate) timeframe: Timeframe,
    /// Windows that end at the last bar, separated by commas: 30d, 90d, 1y (365 days), all
    #[arg(long = "window", value_delimiter = ',', default_value = "all")]
    pub(crate) windows: Vec<Window>,
    /// How to compute: crypto (365 days a year), equity (252), or as another system does: empyrical, quantstats, ffn,
    /// performance-analytics, token-metrics; or a file of your own choices, such as mine.toml with `base = "crypto"` and
    /// what differs from it [default: crypto]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) convention: Option<String>,
    /// Periods in a year, where the data or the convention do not say
    #[arg(long, value_name = "N")]
    pub(crate) periods_per_year: Option<f64>,
    /// Risk-free return of a year, as 4% or 0.04 [default: that of the convention, 0]
    #[arg(long, value_name = "RATE", allow_hyphen_values = true)]
    pub(crate) risk_free: Option<YearlyRate>,
    /// Measure against this series: a symbol of the lake, or a column of the file
    #[arg(long, value_name = "NAME")]
    pub(crate) benchmark: Option<String>,
    /// Trials that a series was chosen from, for `dsr`: how many and the variance of their Sharpe ratios per period
    /// (100:0.002), or `series` if the series are the trials
    #[arg(long, value_name = "TRIALS")]
    pub(crate) trials: Option<TrialsOf>,
    /// Which metrics, separated by commas: names as listed by `--list`, core for those below, or all
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "core"
    )]
    pub(crate) metrics: Vec<String>,
    /// Order the series by a metric, the better first; of one that does not rank, the greater
    #[arg(long, value_name = "METRIC")]
    pub(crate) sort: Option<String>,
    /// Instead of one value: volatility, sharpe, sortino, max_drawdown or var_95 of every window of this length, in
    /// days (90d), years of the convention's periods (1y) or bars (90); a window with missing bars is measured while half of it is there
    #[arg(long, value_name = "LENGTH", group = "view")]
    pub(crate) rolling: Option<String>,
    /// Instead of metrics: the deepest drawdowns, with their dates and lengths
    #[arg(long, value_name = "N", group = "view", conflicts_with_all = ["metrics", "benchmark", "trials", "sort"])]
    pub(crate) drawdowns: Option<usize>,
    /// Instead of metrics: returns month by month; what is part of a month or year is marked
    #[arg(long, group = "view", conflicts_with_all = ["metrics", "benchmark", "trials", "sort"])]
    pub(crate) calendar: bool,
    /// Explain one metric: formula, choices, intermediate values, and what other conventions say
    #[arg(long, value_name = "METRIC", group = "view", conflicts_with_all = ["metrics", "sort"])]
    pub(crate) explain: Option<String>,
    /// List every metric, with unit, formula and source
    #[arg(long, group = "view", conflicts_with_all = ["symbols", "returns", "prices", "metrics", "sort", "benchmark", "trials"])]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) as_of: AsOfArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// A rate of return of a year: 0.04 is four per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct YearlyRate(pub(crate) f64);

impl std::str::FromStr for YearlyRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, scale) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim(), 100.0),
            None => (text.trim(), 1.0),
        };
        match number.parse::<f64>() {
            // 4 means four per cent to some and four hundred to others.
            Ok(rate) if rate / scale > -1.0 && rate / scale < 1.0 => Ok(Self(rate / scale)),
            _ => {
                Err("write four per cent as 4% or as 0.04; above -100 % and below 100 %".to_owned())
            }
        }
    }
}

impl std::fmt::Display for YearlyRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::sheet::exact(self.0))
    }
}

/// The trials that a series was chosen from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TrialsOf {
    /// The series that are measured.
    Series,
    /// As stated.
    Stated(Trials),
}

impl std::str::FromStr for TrialsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "series" {
            return Ok(Self::Series);
        }
        let wrong = || "write how many and the variance, as 100:0.002, or `series`".to_owned();
        let (count, variance) = text.split_once(':').ok_or_else(wrong)?;
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
        let (count, variance) = (number(count)?, number(variance)?);
        if count >= 1.0 && variance >= 0.0 && count.is_finite() && variance.is_finite() {
            Ok(Self::Stated(Trials { count, variance }))
        } else {
            Err(wrong())
        }
    }
}
