//! Conventions as data: every choice that two libraries make differently, named and written down.
//!
//! | choice | field |
//! | --- | --- |
//! | what a return is | `returns` |
//! | divisor of the variance, `n - ddof` | `ddof` |
//! | how the mean becomes a yearly return | `annual_mean` |
//! | risk-free return (Sharpe) | `risk_free` |
//! | minimum acceptable return (Sortino, downside, Omega) | `minimum_acceptable` |
//! | divisor of the downside variance | `downside` |
//! | years behind CAGR | `years` |
//! | days per year | `days_per_year` |
//! | shortest span compounded to a year | `min_days` |
//! | divisor of the win rate | `wins` |
//! | between the observations of a quantile | `quantile` |
//! | model of value at risk and shortfall | `tail_model`, `tail_ddof`, `cornish_fisher` |
//! | observations in a shortfall | `shortfall` |
//! | estimators of skewness and kurtosis | `shape` |
//! | Kelly fraction, risk of ruin | `kelly`, `ruin` |
//! | points of an Ulcer index | `ulcer` |
//! | allowance of the Sterling ratio | `sterling_excess` |
//! | alpha of a year, returns behind a capture | `alpha`, `capture` |
//! | rounding | `decimals` |
//!
//! What each preset chooses stands with the presets.

use serde::{Deserialize, Serialize};

use crate::{
    PeriodsError, PeriodsPerYear,
    against::{AnnualAlpha, Capture},
    written::Written,
};

/// What a number of the series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnKind {
    /// `v[t] / v[t-1] - 1`; the value grows by the factor `1 + r`.
    Simple,
    /// `ln(v[t] / v[t-1])`; the value grows by the factor `exp(r)`.
    Log,
}

/// How a mean return per period becomes a return per year, in the numerators of Sharpe and Sortino.
/// `N` is periods per year, `m` the arithmetic mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnnualMean {
    /// `m N` (empyrical, quantstats, ffn).
    Arithmetic,
    /// `(1 + m)^N - 1` (Lean).
    Compounded,
    /// The compound annual growth rate (PerformanceAnalytics' `SharpeRatio.annualized`).
    Growth,
}

/// The divisor of the downside variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DownsideOver {
    /// Every observation, as Sortino defined it (empyrical, quantstats, ffn).
    All,
    /// Observations below the target only (PerformanceAnalytics' `method = "subset"`).
    Losers,
}

/// How the years behind a compound annual growth rate are counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Years {
    /// Every row is a period, missing or not (empyrical).
    Rows,
    /// The rows from the first observation to the last, missing ones between them included: a token that was not
    /// listed yet had no time to grow.
    FirstToLast,
    /// Observations only; time stands still on a missing row (quantstats).
    Observations,
    /// Calendar days between two dates, which must come with the returns (ffn: 365.25 a year).
    CalendarDays {
        /// Calendar days in a year.
        per_year: f64,
    },
}

/// A rate of return and the time it is for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "per")]
pub enum Rate {
    /// Per period, used as it stands.
    Period {
        /// 0.0001 is one basis point a period.
        value: f64,
    },
    /// Per year, divided by periods per year.
    YearSimple {
        /// 0.05 is five per cent a year.
        value: f64,
    },
    /// Per year, de-annualised geometrically: `(1 + value)^(1/N) - 1`.
    YearCompound {
        /// 0.05 is five per cent a year.
        value: f64,
    },
}

impl Rate {
    /// The rate per period. Not finite if the rate itself is not, or lies below -100 % a year.
    pub fn per_period(self, per_year: PeriodsPerYear) -> f64 {
        match self {
            Self::Period { value } => value,
            Self::YearSimple { value } => value / per_year.get(),
            Self::YearCompound { value } => libm::expm1(libm::log1p(value) / per_year.get()),
        }
    }

    /// The rate per year: the inverse of [`Rate::per_period`], where a rate per period is compounded.
    pub fn per_year(self, per_year: PeriodsPerYear) -> f64 {
        match self {
            Self::Period { value } => libm::expm1(libm::log1p(value) * per_year.get()),
            Self::YearSimple { value } | Self::YearCompound { value } => value,
        }
    }
}

/// Which periods a win rate is a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WinsOver {
    /// Every observation.
    All,
    /// Those that rose or fell (quantstats).
    Decided,
}

/// What stands between the observations of a quantile. `x[0] <= x[1] <= ...`, `p` the probability.
/// Types are those of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50(4), 1996.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantile {
    /// Type 7: linear between neighbours at position `(n - 1) p` (numpy, pandas, R).
    Linear,
    /// Position `(n - 1) p`, the lower neighbour.
    Lower,
    /// Position `(n - 1) p`, the higher neighbour.
    Higher,
    /// Type 1: the least observation with at least the share `p` of them at or below it.
    InverseDistribution,
    /// Type 6: linear at position `(n + 1) p - 1` (Weibull; Excel's `PERCENTILE.EXC`).
    Weibull,
    /// Type 8: linear at position `(n + 1/3) p - 2/3`, nearly unbiased for the median.
    MedianUnbiased,
}

/// The model behind value at risk and expected shortfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TailModel {
    /// The observations themselves (empyrical).
    Historical,
    /// A normal distribution of their mean and deviation (quantstats).
    Gaussian,
    /// The normal distribution corrected for skewness and kurtosis (PerformanceAnalytics' default).
    CornishFisher,
}

/// Which observations a historical expected shortfall averages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shortfall {
    /// Those at or below the value at risk.
    AtOrBelow,
    /// Those below the value at risk, or it itself if there are none (PerformanceAnalytics, quantstats).
    Below,
    /// The lowest `floor((n - 1) p) + 1` (empyrical).
    Worst,
    /// The lowest `n p`, the last of them with the weight that is left: the coherent estimator of Acerbi and Tasche,
    /// "On the coherence of expected shortfall", Journal of Banking and Finance 26(7), 2002.
    Weighted,
}

/// The estimators of skewness and kurtosis.
/// Joanes and Gill, "Comparing measures of sample skewness and kurtosis", The Statistician 47(1), 1998.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `g1 = m3 / m2^1.5` and `g2 = m4 / m2^2 - 3`, the moments with divisor `n` (PerformanceAnalytics, scipy).
    Moment,
    /// `G1` and `G2`, unbiased for a normal distribution (pandas, quantstats, ffn, Excel).
    Corrected,
}

/// What the Cornish-Fisher expansion does where it is not monotone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CornishFisher {
    /// It is undefined there.
    Checked,
    /// It answers all the same (PerformanceAnalytics).
    Unchecked,
}

/// What the Kelly fraction is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kelly {
    /// Win rate `w` and payoff `b` of a bet that either wins or loses: `w - (1 - w) / b` (Kelly, quantstats).
    Odds,
    /// Mean excess return over variance, for small returns in continuous time (Thorp).
    Continuous,
    /// Half of that (PerformanceAnalytics).
    HalfContinuous,
}

/// The model behind the risk of ruin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "model")]
pub enum RuinModel {
    /// The chance that a value that grows as a Brownian motion ever falls by the share `loss` from where it stands.
    Diffusion {
        /// The loss that is called ruin: 0.5 is a half.
        loss: f64,
    },
    /// `((1 - w) / (1 + w))^n`, with the win rate in place of the edge (quantstats).
    WinRate,
}

/// The points over which an Ulcer index averages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UlcerOver {
    /// The `n` values after a return (Martin, PerformanceAnalytics).
    Observations,
    /// The same, divided by `n - 1` (quantstats).
    LessOne,
    /// The `n` values and the one before the first return (ffn).
    WithStart,
}

/// Every choice behind the metrics.
///
/// A file may hold one, with all its fields; or with a `base`, the name of a preset that stands for every field that is
/// not written, so that it reads under a later version too, which may know more choices. A field that is no choice is an
/// error that suggests the nearest, and no default.
///
/// ```
/// use highwater_metrics::{Convention, Rate};
/// let mine: Convention = serde_json::from_str(
///     r#"{ "base": "equity", "name": "fund", "ddof": 0, "risk_free": { "per": "year-compound", "value": 0.04 } }"#,
/// )
/// .unwrap();
/// assert_eq!((mine.ddof, mine.days_per_year), (0, 252.0));
/// let error = serde_json::from_str::<Convention>(r#"{ "base": "equity", "dof": 0 }"#).unwrap_err();
/// assert!(error.to_string().contains("did you mean ddof"));
/// ```
///
/// ```
/// use highwater_metrics::{Convention, Rate};
/// let mut mine = Convention::preset("crypto").unwrap();
/// mine.name = "crypto, 4 % risk-free".into();
/// mine.risk_free = Rate::YearCompound { value: 0.04 };
/// let hourly = mine.periods_per_year(24.0).unwrap();
/// assert_eq!(hourly.get(), 8760.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Convention {
    /// The name under which results quote it.
    pub name: String,
    /// What a number of the series is.
    pub returns: ReturnKind,
    /// Delta degrees of freedom: the variance divides by `n - ddof`.
    pub ddof: u8,
    /// How a mean becomes a yearly return.
    pub annual_mean: AnnualMean,
    /// The risk-free return, subtracted in the Sharpe ratio; of the same kind as the returns.
    pub risk_free: Rate,
    /// The minimum acceptable return of downside deviation and Sortino ratio; of the same kind as the returns.
    pub minimum_acceptable: Rate,
    /// The divisor of the downside variance.
    pub downside: DownsideOver,
    /// How the years behind CAGR are counted.
    pub years: Years,
    /// Days per year: trading days where the market closes, 365 where it does not.
    pub days_per_year: f64,
    /// The shortest span, in days of this convention, that is compounded to a yearly rate (CAGR, and with it
    /// Calmar). 0 refuses none. Scaling by a square root does not explode as compounding does, so volatility and
    /// the ratios built on it are not refused.
    pub min_days: f64,
    /// Which periods a win rate is a share of.
    pub wins: WinsOver,
    /// What stands between the observations of a quantile.
    pub quantile: Quantile,
    /// The model behind value at risk and expected shortfall.
    pub tail_model: TailModel,
    /// Which observations an expected shortfall averages.
    pub shortfall: Shortfall,
    /// Delta degrees of freedom of the deviation in Gaussian and Cornish-Fisher tails.
    pub tail_ddof: u8,
    /// The estimators of skewness and kurtosis.
    pub shape: Shape,
    /// What the Cornish-Fisher expansion does where it is not monotone.
    pub cornish_fisher: CornishFisher,
    /// What the Kelly fraction is computed from.
    pub kelly: Kelly,
    /// The model behind the risk of ruin.
    pub ruin: RuinModel,
    /// The points over which an Ulcer index averages.
    pub ulcer: UlcerOver,
    /// What the Sterling ratio adds to the drawdown, as a fraction.
    pub sterling_excess: f64,
    /// How the metric `alpha` becomes a yearly one.
    pub alpha: AnnualAlpha,
    /// What is divided by what in a capture.
    pub capture: Capture,
    /// Decimals to which every metric is rounded, half to even; none if it is not.
    pub decimals: Option<u8>,
}

/// The names of the choices: the fields of a [`Convention`] but its name.
pub(crate) const CHOICES: [&str; 23] = [
    "returns",
    "ddof",
    "annual_mean",
    "risk_free",
    "minimum_acceptable",
    "downside",
    "years",
    "days_per_year",
    "min_days",
    "wins",
    "quantile",
    "tail_model",
    "shortfall",
    "tail_ddof",
    "shape",
    "cornish_fisher",
    "kelly",
    "ruin",
    "ulcer",
    "sterling_excess",
    "alpha",
    "capture",
    "decimals",
];

impl Convention {
    /// Periods per year of bars of which a day has `per_day`: 24 for hours, 1 for days, 1/7 for weeks.
    ///
    /// # Errors
    /// [`PeriodsError`] if the product is not finite and above zero.
    pub fn periods_per_year(&self, per_day: f64) -> Result<PeriodsPerYear, PeriodsError> {
        PeriodsPerYear::new(self.days_per_year * per_day)
    }

    /// A metric as the convention writes it.
    pub(crate) fn rounded(&self, value: f64) -> f64 {
        let Some(decimals) = self.decimals else {
            return value;
        };
        let scale = libm::exp10(f64::from(decimals)).round();
        let rounded = libm::rint(value * scale) / scale;
        // A number too great to have decimals is rounded as it stands.
        if rounded.is_finite() { rounded } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_periods_follows_from_days_and_timeframe() {
        let crypto = Convention::crypto();
        for (per_day, expected) in [(1.0, 365.0), (24.0, 8760.0), (1440.0, 525_600.0)] {
            assert_eq!(crypto.periods_per_year(per_day).unwrap().get(), expected);
        }
        assert!(crypto.periods_per_year(0.0).is_err());
    }

    #[test]
    fn yearly_rates_are_de_annualised_as_they_say() {
        let months = PeriodsPerYear::new(12.0).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-16, "{a} is not {b}");
        near(Rate::Period { value: 0.01 }.per_period(months), 0.01);
        near(Rate::YearSimple { value: 0.12 }.per_period(months), 0.01);
        let compound = Rate::YearCompound {
            value: 0.126_825_030_131_969_72,
        };
        near(compound.per_period(months), 0.01);
        near(
            Rate::Period { value: 0.01 }.per_year(months),
            0.126_825_030_131_969_72,
        );
    }

    #[test]
    fn a_misspelt_choice_is_an_error() {
        let text = serde_json::to_string(&Convention::crypto()).unwrap();
        assert_eq!(
            serde_json::from_str::<Convention>(&text).unwrap(),
            Convention::crypto()
        );
        let misspelt = text.replace("\"ddof\"", "\"dof\"");
        assert!(serde_json::from_str::<Convention>(&misspelt).is_err());
    }
}
