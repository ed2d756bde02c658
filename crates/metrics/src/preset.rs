//! Named conventions: each reproduces the system that it is named after, and is proven against that system's values.
//!
//! | choice | `crypto` | `equity` | `empyrical` | `quantstats` | `ffn` | `performance-analytics` |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | days per year | 365 | 252 | 252 | 252 | 252 | 252 |
//! | shortest span to a year, days | 30 | 30 | none | none | none | none |
//! | risk-free, minimum acceptable | 0 a year | 0 a year | 0 a period | 0 a year | 0 a year | 0 a period |
//! | mean of a year | arithmetic | arithmetic | arithmetic | arithmetic | arithmetic | by growth |
//! | years | first to last | first to last | rows | observations | calendar, 365.25 days | observations |
//! | win rate over | all | all | all | decided | all | all |
//! | tail model | historical | historical | historical | Gaussian, ddof 1 | historical | Cornish-Fisher, ddof 0 |
//! | shortfall | at or below | at or below | worst | below | at or below | below |
//! | skewness, kurtosis | corrected | corrected | corrected | corrected | corrected | moment |
//! | Cornish-Fisher | checked | checked | checked | checked | checked | unchecked |
//! | Kelly | odds | odds | odds | odds | odds | half of the continuous one |
//! | risk of ruin | diffusion to a half | as `crypto` | as `crypto` | by win rate | as `crypto` | as `crypto` |
//! | Ulcer over | observations | observations | observations | n - 1 | with the start | observations |
//! | alpha of a year | times N | times N | compounded | times N | times N | compounded |
//! | capture of | mean growth | mean growth | yearly growth | mean growth | mean growth | total growth |
//!
//! quantstats has no capture, ffn neither capture nor alpha. PerformanceAnalytics' `table.SFM` compounds its alpha; its
//! `SFM.alpha` is the metric `alpha_per_period`.
//!
//! Returns are simple, variances divide by n - 1, the downside counts all observations, quantiles are linear and the
//! Sterling ratio allows 10 % everywhere. `token-metrics` is `quantstats` with every metric rounded to two decimals
//! and years from the first to the last observation. That vendor documents neither its year nor its formulas: its
//! published figures fit quantstats' definitions with 252 days better than 365, on little evidence, so set
//! `days_per_year` to 365 to compare both.

use crate::against::{AnnualAlpha, Capture};
use crate::convention::{
    AnnualMean, Convention, CornishFisher, DownsideOver, Kelly, Quantile, Rate, ReturnKind,
    RuinModel, Shape, Shortfall, TailModel, UlcerOver, WinsOver, Years,
};

/// A preset that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no convention is called `{name}`; known are {}", Convention::PRESETS.join(", "))]
pub struct UnknownConvention {
    /// What was asked for.
    pub name: String,
}

impl Convention {
    /// The names that [`Convention::preset`] knows.
    pub const PRESETS: &[&str] = &[
        "crypto",
        "equity",
        "empyrical",
        "quantstats",
        "ffn",
        "performance-analytics",
        "token-metrics",
    ];

    /// A named convention: `crypto` and `equity` are this engine's own, the others reproduce the system that they
    /// are named after: empyrical-reloaded 0.7.1, quantstats 0.0.86, ffn 1.4.1, PerformanceAnalytics 2.1.0, and the
    /// Token Metrics API as far as it is known.
    ///
    /// # Errors
    /// [`UnknownConvention`], which lists the names.
    pub fn preset(name: &str) -> Result<Self, UnknownConvention> {
        match name {
            "crypto" => Ok(Self::crypto()),
            "equity" => Ok(Self::equity()),
            "empyrical" => Ok(Self::empyrical()),
            "quantstats" => Ok(Self::quantstats()),
            "ffn" => Ok(Self::ffn()),
            "performance-analytics" => Ok(Self::performance_analytics()),
            "token-metrics" => Ok(Self::token_metrics()),
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
            wins: WinsOver::All,
            quantile: Quantile::Linear,
            tail_model: TailModel::Historical,
            shortfall: Shortfall::AtOrBelow,
            tail_ddof: 1,
            shape: Shape::Corrected,
            cornish_fisher: CornishFisher::Checked,
            kelly: Kelly::Odds,
            ruin: RuinModel::Diffusion { loss: 0.5 },
            ulcer: UlcerOver::Observations,
            sterling_excess: 0.1,
            alpha: AnnualAlpha::TimesYear,
            capture: Capture::MeanGrowth,
            decimals: None,
        }
    }

    /// The convention for exchanges with trading days: `crypto` with 252 days a year.
    pub fn equity() -> Self {
        Self {
            name: "equity".to_owned(),
            days_per_year: 252.0,
            ..Self::crypto()
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
            shortfall: Shortfall::Worst,
            alpha: AnnualAlpha::Compounded,
            capture: Capture::AnnualGrowth,
            ..Self::crypto()
        }
    }

    /// The convention of quantstats: yearly rates, Gaussian tails, time stands still on missing rows.
    pub fn quantstats() -> Self {
        Self {
            name: "quantstats".to_owned(),
            years: Years::Observations,
            days_per_year: 252.0,
            min_days: 0.0,
            wins: WinsOver::Decided,
            tail_model: TailModel::Gaussian,
            shortfall: Shortfall::Below,
            ruin: RuinModel::WinRate,
            ulcer: UlcerOver::LessOne,
            ..Self::crypto()
        }
    }

    /// The convention of ffn: years by the calendar, which needs [`Dates`](crate::Dates).
    pub fn ffn() -> Self {
        Self {
            name: "ffn".to_owned(),
            years: Years::CalendarDays { per_year: 365.25 },
            days_per_year: 252.0,
            min_days: 0.0,
            ulcer: UlcerOver::WithStart,
            ..Self::crypto()
        }
    }

    /// The convention of R's PerformanceAnalytics: yearly means by growth, Cornish-Fisher tails, moment estimators.
    pub fn performance_analytics() -> Self {
        Self {
            name: "performance-analytics".to_owned(),
            annual_mean: AnnualMean::Growth,
            risk_free: Rate::Period { value: 0.0 },
            minimum_acceptable: Rate::Period { value: 0.0 },
            years: Years::Observations,
            days_per_year: 252.0,
            min_days: 0.0,
            tail_model: TailModel::CornishFisher,
            shortfall: Shortfall::Below,
            tail_ddof: 0,
            shape: Shape::Moment,
            cornish_fisher: CornishFisher::Unchecked,
            kelly: Kelly::HalfContinuous,
            alpha: AnnualAlpha::Compounded,
            capture: Capture::TotalGrowth,
            ..Self::crypto()
        }
    }

    /// The convention that the Token Metrics API seems to follow: quantstats', rounded to two decimals.
    pub fn token_metrics() -> Self {
        Self {
            name: "token-metrics".to_owned(),
            years: Years::FirstToLast,
            decimals: Some(2),
            ..Self::quantstats()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dates, Selection, Undefined, measure};

    #[test]
    fn an_unknown_preset_lists_the_known_ones() {
        let error = Convention::preset("cripto").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no convention is called `cripto`; known are crypto, equity, empyrical, quantstats, ffn, \
             performance-analytics, token-metrics"
        );
        for name in Convention::PRESETS {
            assert_eq!(Convention::preset(name).unwrap().name, *name);
        }
    }

    /// The one complete row that the vendor is known to have shown: volatility 1.98, Sharpe 0.83, daily value at risk
    /// -0.20. Two returns, in turn, of that mean and deviation have the three, under 252 days and not under 365.
    #[test]
    fn a_published_row_fits_252_days() {
        let daily_risk = |days_per_year: f64| {
            let convention = Convention {
                days_per_year,
                ..Convention::token_metrics()
            };
            let per_year = convention.periods_per_year(1.0).unwrap();
            let mean = 0.83 * 1.98 / days_per_year;
            let deviation = 1.98 / days_per_year.sqrt() * (999.0_f64 / 1000.0).sqrt();
            let rows: Vec<f64> = (0..1000)
                .map(|day| {
                    if day % 2 == 0 {
                        mean + deviation
                    } else {
                        mean - deviation
                    }
                })
                .collect();
            let names = Selection::named(["volatility", "sharpe", "var_95"]).unwrap();
            let found = measure(&rows, &names, &convention, per_year, None);
            assert_eq!(found.values[..2], [Ok(1.98), Ok(0.83)]);
            found.values[2].unwrap()
        };
        assert_eq!((daily_risk(252.0), daily_risk(365.0)), (-0.2, -0.17));
    }

    #[test]
    fn ten_days_have_a_yearly_rate_only_where_no_span_is_too_short() {
        let rows = [0.01; 10];
        let growth = Selection::named(["cagr"]).unwrap();
        let dates = Dates {
            from: 0,
            until: 10 * 86_400_000_000,
        };
        for (name, rate) in [
            ("crypto", Err(())),
            ("equity", Err(())),
            ("empyrical", Ok(252.0 / 10.0)),
            ("quantstats", Ok(252.0 / 10.0)),
            ("ffn", Ok(365.25 / 10.0)),
            ("performance-analytics", Ok(252.0 / 10.0)),
        ] {
            let convention = Convention::preset(name).unwrap();
            let per_year = convention.periods_per_year(1.0).unwrap();
            let found = measure(&rows, &growth, &convention, per_year, Some(dates)).values[0];
            match rate {
                Ok(times) => {
                    let expected = 1.01_f64.powi(10).powf(times) - 1.0;
                    assert!((found.unwrap() / expected - 1.0).abs() < 1e-13, "{name}");
                }
                Err(()) => assert!(
                    matches!(found, Err(Undefined::TooShort { .. })),
                    "{name}: {found:?}"
                ),
            }
        }
    }

    #[test]
    fn equity_is_crypto_with_trading_days() {
        let equity = Convention::equity();
        assert_eq!(equity.periods_per_year(1.0).unwrap().get(), 252.0);
        let crypto = Convention {
            name: equity.name.clone(),
            days_per_year: 252.0,
            ..Convention::crypto()
        };
        assert_eq!(equity, crypto);
    }

    #[test]
    fn rounding_is_half_to_even_and_only_where_asked() {
        let rounded = Convention::token_metrics();
        for (value, expected) in [(0.125, 0.12), (0.375, 0.38), (-0.004, 0.0), (1e300, 1e300)] {
            assert_eq!(rounded.rounded(value), expected);
        }
        assert_eq!(Convention::crypto().rounded(0.125), 0.125);
    }
}
