//! Conventions as data: every choice that two libraries make differently, named and written down.
//!
//! | choice | field | `crypto` | `empyrical` |
//! | --- | --- | --- | --- |
//! | what a return is | `returns` | simple | simple |
//! | divisor of the variance, `n - ddof` | `ddof` | 1 | 1 |
//! | how the mean becomes a yearly return | `annual_mean` | arithmetic, times N | arithmetic, times N |
//! | risk-free return (Sharpe) | `risk_free` | 0 a year | 0 a period |
//! | minimum acceptable return (Sortino, downside) | `minimum_acceptable` | 0 a year | 0 a period |
//! | divisor of the downside variance | `downside` | all observations | all observations |
//! | years behind CAGR | `years` | first to last observation | every row |
//! | days per year | `days_per_year` | 365 | 252 |
//! | shortest span compounded to a year | `min_days` | 30 | none |

use serde::{Deserialize, Serialize};

use crate::{PeriodsError, PeriodsPerYear};

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

/// Every choice behind the metrics. A file may hold one: all fields are required and no other is known, so that a
/// misspelt choice is an error and not a default.
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
#[serde(deny_unknown_fields)]
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
}

/// A preset that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no convention is called `{name}`; known are {}", Convention::PRESETS.join(" and "))]
pub struct UnknownConvention {
    /// What was asked for.
    pub name: String,
}

impl Convention {
    /// The names that [`Convention::preset`] knows.
    pub const PRESETS: &[&str] = &["crypto", "empyrical"];

    /// A named convention: `crypto` (365 days, this engine's own), or `empyrical` (252 days, equal to
    /// empyrical-reloaded 0.7.1 wherever both define a value).
    ///
    /// # Errors
    /// [`UnknownConvention`], which lists the names.
    pub fn preset(name: &str) -> Result<Self, UnknownConvention> {
        match name {
            "crypto" => Ok(Self::crypto()),
            "empyrical" => Ok(Self::empyrical()),
            _ => Err(UnknownConvention {
                name: name.to_owned(),
            }),
        }
    }

    /// The convention for markets that never close: 365 days a year, and no yearly rate from less than 30 days.
    pub fn crypto() -> Self {
        Self {
            name: "crypto".to_owned(),
            returns: ReturnKind::Simple,
            ddof: 1,
            annual_mean: AnnualMean::Arithmetic,
            risk_free: Rate::YearCompound { value: 0.0 },
            minimum_acceptable: Rate::YearCompound { value: 0.0 },
            downside: DownsideOver::All,
            years: Years::FirstToLast,
            days_per_year: 365.0,
            min_days: 30.0,
        }
    }

    /// The convention of empyrical: 252 days a year, every row counts as time, no span too short.
    pub fn empyrical() -> Self {
        Self {
            name: "empyrical".to_owned(),
            risk_free: Rate::Period { value: 0.0 },
            minimum_acceptable: Rate::Period { value: 0.0 },
            years: Years::Rows,
            days_per_year: 252.0,
            min_days: 0.0,
            ..Self::crypto()
        }
    }

    /// Periods per year of bars of which a day has `per_day`: 24 for hours, 1 for days, 1/7 for weeks.
    ///
    /// # Errors
    /// [`PeriodsError`] if the product is not finite and above zero.
    pub fn periods_per_year(&self, per_day: f64) -> Result<PeriodsPerYear, PeriodsError> {
        PeriodsPerYear::new(self.days_per_year * per_day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_preset_lists_the_known_ones() {
        let error = Convention::preset("cripto").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no convention is called `cripto`; known are crypto and empyrical"
        );
        for name in Convention::PRESETS {
            assert_eq!(Convention::preset(name).unwrap().name, *name);
        }
    }

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
