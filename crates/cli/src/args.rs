//! The command line: what may be typed. Parsing opens and fetches nothing.

mod backtest;
mod metrics;
mod paper;
mod stray;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueHint};
use highwater_market::{Clock, Source, Timeframe, Timestamp};

pub(crate) use self::metrics::{Metrics, TrialsOf};

pub(crate) use self::{
    backtest::{Backtest, BacktestCommand, BacktestRun},
    paper::{Paper, PaperCommand, PaperRun},
};
use crate::{sheet::Format, terminal::Colour};

/// A local quant analytics engine for crypto research: snapshot, recompute, replay, report.
///
/// Everything after `snapshot` or `import` works offline on the lake, a folder of Parquet files.
#[derive(Debug, Parser)]
#[command(
    name = "highwater",
    version,
    max_term_width = 100,
    after_help = "\
Begin with:
  highwater demo            the whole product on a simulated market
  highwater import bars.csv --symbol BTC --timeframe 1d
  highwater metrics --symbol BTC --window 90d
  highwater help metrics    every flag of a command, explained

Exit codes: 0 done; 1 something is missing, or these data cannot answer;
2 wrong usage or set-up."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// What was typed on the command line of this process, which ends here if it makes no sense.
    pub(crate) fn typed() -> Self {
        let mut command = Self::command();
        let matches = command.clone().get_matches();
        if let Some(error) = stray::stray(&command, &matches) {
            error.exit();
        }
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
    }
}

/// Flags that every command knows.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Settings file [default: highwater.toml of this folder, if there is one]
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the lake [default: lake]
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) lake: Option<PathBuf>,
    /// Only results, warnings and errors: no progress, no remarks
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// Log what happens to standard error; `-vv` for more
    #[arg(long, short, global = true, help_heading = "Everywhere", action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Use colour: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, default_value_t = Colour::Auto, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) color: Colour,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole product on a simulated market
    Demo(Demo),
    /// Fetch the analytics API into the lake
    Snapshot(Snapshot),
    /// Import your own price bars or daily returns from a CSV or Parquet file
    Import(Import),
    /// Risk and performance metrics of tokens in the lake, or of return series in a file
    Metrics(Box<Metrics>),
    /// Support and resistance levels as they were known at a moment
    Levels(Levels),
    /// Replay a plan: signals against stops and targets at levels
    Backtest(Backtest),
    /// Advance a plan as the lake grows: what it did, and which orders stand to be placed
    Paper(Paper),
    /// Write HTML pages: metrics of every token, and the backtest of a plan
    Report(Report),
    /// Answer the vendor's API on this machine, from a simulated market or from a lake
    Serve(Serve),
    /// Look into the lake: contents, damage, revisions; merge its files
    #[command(subcommand)]
    Lake(LakeCommand),
    /// Show every setting, its value, and where the value came from
    Config(Config),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  highwater completions bash \\\n    > ~/.local/share/bash-completion/completions/highwater"
    )]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// How the results are to be handed out, of a command that lets one choose.
    pub(crate) fn output(&self) -> Option<&OutputArgs> {
        match self {
            Self::Snapshot(args) => Some(&args.output),
            Self::Metrics(args) => Some(&args.output),
            Self::Levels(args) => Some(&args.output),
            Self::Config(args) => Some(&args.output),
            Self::Paper(args) => match &args.command {
                None => Some(&args.run.output),
                Some(PaperCommand::Orders { output, .. } | PaperCommand::Status { output, .. }) => {
                    Some(output)
                }
                Some(_) => None,
            },
            Self::Lake(
                LakeCommand::Ls { output }
                | LakeCommand::Check { output }
                | LakeCommand::Revisions { output, .. },
            ) => Some(output),
            _ => None,
        }
    }
}

/// How results are handed out, as typed.
#[derive(Args, Debug)]
struct OutputFlags {
    /// Form of the results [default: what the ending of FILE says (.csv, .json, .parquet), else table]
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Format>,
    /// Write the results to a file instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

/// How results are handed out.
#[derive(Debug)]
pub(crate) struct OutputArgs {
    pub(crate) format: Format,
    pub(crate) output: Option<PathBuf>,
}

impl From<OutputFlags> for OutputArgs {
    fn from(flags: OutputFlags) -> Self {
        let told = flags.output.as_deref().and_then(Format::of_file_name);
        Self {
            format: flags.format.or(told).unwrap_or(Format::Table),
            output: flags.output,
        }
    }
}

impl OutputArgs {
    /// A file name that says one form, and a flag that says another.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let file = self.output.as_deref()?;
        let told = Format::of_file_name(file).filter(|told| *told != self.format)?;
        Some(format!(
            "{} is written as {}, though its name says {told}: leave `--format` out, or change the name",
            file.display(),
            self.format
        ))
    }
}

impl clap::FromArgMatches for OutputArgs {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        OutputFlags::from_arg_matches(matches).map(Self::from)
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for OutputArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        OutputFlags::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        OutputFlags::augment_args_for_update(command)
    }
}

/// What was known when.
#[derive(Args, Debug)]
pub(crate) struct AsOfArgs {
    /// Only what was known at this moment, a day or 2026-03-01T12:00:00Z [default: everything]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// From when a row counts as known: `published`: from the close of its period, if it was fetched
    /// later; `observed`: only from when it was fetched
    #[arg(long, value_name = "CLOCK", default_value = "published")]
    pub(crate) clock: Clock,
    /// Which source to read: repeat for an order of preference [default: every source, if symbols are unique among them]
    #[arg(long = "source", value_name = "NAME")]
    pub(crate) sources: Vec<Source>,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  highwater demo --dir demo --seed 7\n\nThen open demo/report/index.html in a browser. Nothing outside DIR is written."
)]
pub(crate) struct Demo {
    /// Folder to work in: the lake goes to DIR/lake, results to DIR/backtest, pages to DIR/report
    #[arg(long, value_name = "DIR", default_value = "demo", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Seed of the simulated market; one folder holds one market
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  highwater snapshot --symbols BTC,ETH --since 2024-01-01
  highwater snapshot --base-url http://127.0.0.1:8787/v2 --symbols BTC,ETH \\
    --since 2026-04-01 --until 2026-06-30

The key comes from HIGHWATER_API_KEY, or from a file that only you can read
(`--key-file`, mode 0600).
Exit codes: 0 complete; 1 something is missing; 2 wrong usage or set-up.")]
pub(crate) struct Snapshot {
    /// Where the API answers [default: https://api.tokenmetrics.com/v2]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Symbols, or ids as #3375 [default: every token that the source lists]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) symbols: Vec<String>,
    /// First day [default: 365 days before the last]
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<Timestamp>,
    /// Last day [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<Timestamp>,
    /// Endpoints to ask, by name, such as daily-ohlcv [default: all that are offered]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) endpoints: Vec<String>,
    /// Ask again for every day, also for those that the lake already holds
    #[arg(long)]
    pub(crate) full: bool,
    /// Days up to today that are always asked again, since rows of late may be revised; except what was answered
    /// within the last hour, so that a run that was cut off goes on where it stopped (`--full` asks that too)
    #[arg(long, value_name = "DAYS", default_value_t = 60)]
    pub(crate) refresh: u32,
    /// Days of bars and signals shorter than a day, up to the last
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub(crate) intraday_days: u32,
    /// File that holds the API key, readable by you alone
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key_file: Option<PathBuf>,
    /// Requests per minute [default: 20; 6000 on loopback]
    #[arg(long, value_name = "N")]
    pub(crate) requests_per_minute: Option<u32>,
    /// Name of the source in the lake [default: what the server says it is]
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<Source>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ImportKind {
    /// Price bars: open, high, low, close, and volume if there is one.
    Bars,
    /// Simple daily returns: 0.01 is one percent.
    Returns,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  highwater import bars.csv --symbol BTC --timeframe 1d
  highwater import binance.parquet --symbol ETH --timeframe 1h --source binance
  highwater import fund.csv --kind returns --symbol FUND --column value=net

Columns are found by name; `--column close=adj_close` says otherwise.")]
pub(crate) struct Import {
    /// CSV or Parquet file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Symbol of the token
    #[arg(long)]
    pub(crate) symbol: String,
    /// What the file holds
    #[arg(long, value_enum, default_value_t = ImportKind::Bars)]
    pub(crate) kind: ImportKind,
    /// Length of a bar: 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w; returns are daily
    #[arg(long)]
    pub(crate) timeframe: Option<Timeframe>,
    /// Name of the source in the lake: keep different venues apart
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<Source>,
    /// Use another column: time=…, open=…, high=…, low=…, close=…, volume=…, value=… (of returns); repeatable
    #[arg(long = "column", value_name = "ROLE=NAME")]
    pub(crate) columns: Vec<String>,
    /// Sort rows by time instead of refusing an unsorted file
    #[arg(long)]
    pub(crate) sort: bool,
    /// Store bars though most have other prices than those stored before: a correction, not another market
    #[arg(long)]
    pub(crate) revise: bool,
}

/// Where levels come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LevelSource {
    /// Recomputed from bars, causally.
    Bars,
    /// The vendor's own list, as it was fetched; needs `--clock observed`.
    Vendor,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  highwater levels --symbol BTC
  highwater levels --symbol BTC --as-of 2026-03-01 --nearest 3
  highwater levels --symbol BTC --from vendor --clock observed")]
pub(crate) struct Levels {
    /// Symbol in the lake, or its id as #3375
    #[arg(long)]
    pub(crate) symbol: String,
    /// Length of a bar: 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w
    #[arg(long, default_value = "1d")]
    pub(crate) timeframe: Timeframe,
    /// Where levels come from
    #[arg(long, value_enum, default_value_t = LevelSource::Bars, value_name = "WHERE")]
    pub(crate) from: LevelSource,
    /// Only this many on each side of the price, at least 1 [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) nearest: Option<usize>,
    /// Bars on each side that confirm a turn [default: 3]
    #[arg(long, value_name = "BARS")]
    pub(crate) swing_bars: Option<usize>,
    /// How near turns must lie to form one level, in volatilities [default: 1]
    #[arg(long, value_name = "X")]
    pub(crate) cluster: Option<f64>,
    #[command(flatten)]
    pub(crate) as_of: AsOfArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  highwater report --out site
  highwater report --out site --plan plan.toml")]
pub(crate) struct Report {
    /// Folder for the pages; made if it is not there
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Also replay this plan and show its trades; repeatable
    #[arg(long = "plan", value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub(crate) plans: Vec<PathBuf>,
    /// Symbols of the overview [default: all]
    #[arg(long = "symbol", visible_alias = "symbols", value_delimiter = ',')]
    pub(crate) symbols: Vec<String>,
    /// Length of a bar: 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w
    #[arg(long, default_value = "1d")]
    pub(crate) timeframe: Timeframe,
    /// How to compute: crypto (365 days a year), or empyrical (as that package does) [default: crypto]
    #[arg(long, value_name = "NAME")]
    pub(crate) convention: Option<String>,
    #[command(flatten)]
    pub(crate) as_of: AsOfArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  highwater serve                     a simulated market on 127.0.0.1:8787
  highwater serve --from-lake --lake lake --as-of 2026-05-01
  curl -H 'x-api-key: any' 'http://127.0.0.1:8787/v2/tokens?symbol=BTC'")]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: std::net::SocketAddr,
    /// Answer from the lake instead of the simulated market
    #[arg(long)]
    pub(crate) from_lake: bool,
    /// Which source of the lake to answer from [default: its only one]
    #[arg(long, value_name = "NAME", requires = "from_lake")]
    pub(crate) source: Option<Source>,
    /// Seed of the simulated market
    #[arg(long, default_value_t = 7, conflicts_with = "from_lake")]
    pub(crate) seed: u64,
    /// Answer as of this moment [default: the simulation's last day, or now for a lake]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// Accept only this key; repeatable [default: any key, as long as there is one]
    #[arg(long = "accept-key", value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// Requests per minute and key, at least 1
    #[arg(long, value_name = "N", default_value_t = 6000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// Fail about one request in ten on purpose, to test a client
    #[arg(long)]
    pub(crate) faults: bool,
    /// Allow an address that other machines can reach
    #[arg(long)]
    pub(crate) allow_remote: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LakeCommand {
    /// What is in it: tables, sources, rows, spans, sizes
    Ls {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Read every file and name each that is damaged, foreign or left over; exit 1 if any is
    Check {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Rows that a source has changed since they were first seen
    Revisions {
        /// Table, as in `lake ls` [default: all]
        #[arg(long)]
        table: Option<String>,
        /// Symbol [default: all]
        #[arg(long)]
        symbol: Option<String>,
        /// Which source to read: repeat for an order of preference
        #[arg(long = "source", value_name = "NAME")]
        sources: Vec<Source>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// SQL that gives DuckDB the current rows of every table
    #[command(
        after_help = "Example:\n  highwater lake sql-view > views.sql && duckdb -init views.sql"
    )]
    SqlView,
    /// Merge the small files of each table into large ones
    Compact,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Settings come from highwater.toml of this folder (or the file of `--config`),
then from the environment, then from flags; later ones win.

  lake = \"lake\"             HIGHWATER_LAKE                --lake
  base_url = \"https://...\"  HIGHWATER_BASE_URL            --base-url
  key_file = \"key.txt\"      HIGHWATER_KEY_FILE            --key-file
  requests_per_minute = 20  HIGHWATER_REQUESTS_PER_MINUTE --requests-per-minute
  sources = [\"a\", \"b\"]      HIGHWATER_SOURCES=a,b         --source
  convention = \"crypto\"     HIGHWATER_CONVENTION          --convention
  (the API key itself)      HIGHWATER_API_KEY")]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help_of(command: &str) -> String {
        let mut cli = Cli::command();
        let found = cli.find_subcommand_mut(command).unwrap();
        found.render_long_help().to_string()
    }

    #[test]
    fn the_help_names_what_there_is() {
        Cli::command().debug_assert();
        let metrics = help_of("metrics");
        for metric in highwater_metrics::CORE {
            assert!(
                metrics.contains(metric.name),
                "{} in {metrics}",
                metric.name
            );
        }
        let timeframes = Timeframe::ALL.map(|timeframe| timeframe.to_string());
        assert!(metrics.contains(&timeframes.join(", ")), "{metrics}");
        let levels = help_of("levels");
        let default = highwater_levels::SwingConfig::default();
        for value in [
            format!("confirm a turn [default: {}]", default.swing_bars),
            format!("in volatilities [default: {}]", default.cluster),
        ] {
            assert!(levels.contains(&value), "{value} in {levels}");
        }
    }

    #[test]
    fn examples_fit_into_a_terminal_of_eighty_columns() {
        fn check(command: &clap::Command) {
            let examples = command.get_after_help().map(ToString::to_string);
            for line in examples.unwrap_or_default().lines() {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
