//! Returns to numbers: risk and performance metrics as mergeable folds, with their conventions as data.
//!
//! A metric is a fold: a small state that takes one observation, joins the state of a later stretch, and is read at
//! the end. All folds ride one pass. Three kinds are told apart by type: what merges ([`Merge`]), what only pushes
//! ([`Push`]), what needs the sample itself. See [`Merge`] for which is which.
//!
//! ```
//! use highwater_metrics::{Convention, summary};
//!
//! let crypto = Convention::preset("crypto").unwrap();
//! let daily = crypto.periods_per_year(1.0).unwrap(); // one bar a day: 365 a year
//! let returns = [0.02, -0.01, 0.03, f64::NAN, -0.02, 0.01];
//!
//! let found = summary(&returns, &crypto, daily);
//! assert_eq!((found.observations, found.skipped), (5, 1));
//! for (metric, value) in found.iter() {
//!     match value {
//!         Ok(value) => println!("{:<20} {value:.4}", metric.title),
//!         Err(reason) => println!("{:<20} undefined: {reason}", metric.title),
//!     }
//! }
//! assert_eq!(found.win_rate, Ok(0.6));
//! ```
//!
//! [`summary`] holds the core. The whole [`CATALOGUE`] is read from a [`Sample`], which keeps the returns and shares what
//! several metrics need; [`measure`] computes any [`Selection`] of it:
//!
//! ```
//! use highwater_metrics::{Convention, Selection, measure};
//!
//! let crypto = Convention::preset("crypto").unwrap();
//! let daily = crypto.periods_per_year(1.0).unwrap();
//! let chosen = Selection::named(["sharpe", "omega", "ulcer_index", "cvar_95"]).unwrap();
//! let found = measure(&[0.02, -0.01, 0.03, -0.02, 0.01], &chosen, &crypto, daily, None);
//! assert_eq!(found.value("cvar_95"), Some(Ok(-0.02)));
//! ```
//!
//! Some metrics ask for more than returns: a benchmark, or the trials that a backtest was chosen from. [`Inputs`]
//! carries them, and a metric that misses one says so:
//!
//! ```
//! use highwater_metrics::{Convention, Inputs, Selection, Undefined, measure_inputs};
//!
//! let crypto = Convention::preset("crypto").unwrap();
//! let daily = crypto.periods_per_year(1.0).unwrap();
//! let chosen = Selection::named(["alpha", "beta", "up_capture", "psr", "dsr"]).unwrap();
//! let inputs = Inputs {
//!     benchmark: Some(&[0.02, -0.01, 0.03, -0.04]),
//!     ..Inputs::of(&[0.01, -0.005, 0.015, -0.02])
//! };
//! let found = measure_inputs(&inputs, &chosen, &crypto, daily);
//! assert_eq!(found.value("beta"), Some(Ok(0.5)));
//! assert_eq!(found.value("dsr"), Some(Err(Undefined::NoTrials)));
//! ```
//!
//! Three promises, each with its tests:
//!
//! - **Conventions are data.** Every choice that libraries make differently is a field of [`Convention`]; a preset is
//!   named after the system that it reproduces, and proven against that system's own values. How many periods a year
//!   has is a fact about the data, so no default guesses it.
//! - **Undefined is a reason.** A metric is a number or an [`Undefined`], never NaN, never infinite, and nothing
//!   panics: not on an empty series, a flat one, a missing or infinite row, or a loss beyond 100 %.
//! - **The same bytes.** A result does not depend on the number of threads, on how rows arrive ([`SummaryFold`]), or on
//!   which series are computed side by side ([`panel_summaries`]), nor on whether the processor has AVX2: blocks are
//!   counted from the first observation, each has one order of summation, blocks join in order, no operation is fused,
//!   and transcendental functions come from `libm`.

mod abreast;
pub mod against;
mod annual;
#[cfg(feature = "ndarray")]
mod array;
mod block;
mod calendar;
mod cash_flows;
mod catalogue;
mod convention;
mod depths;
pub mod distribution;
mod downside;
mod drawdown;
mod drawdowns;
mod drive;
mod exact;
mod excess;
mod extremes;
mod fold;
mod growth;
mod higher_moments;
pub mod inference;
mod inputs;
mod kernel;
mod measure;
mod moments;
mod normal;
mod order;
mod panel;
mod pareto;
mod path;
mod periods;
#[cfg(feature = "polars")]
pub mod polars;
mod preset;
mod profile;
mod ratios;
mod resample;
mod returns;
pub mod rolling;
mod run;
mod sample;
mod shape;
mod stretch;
mod sum;
mod summary;
mod tail;
mod terms;
mod trailing;
mod undefined;
mod underwater;
mod var_backtest;
mod window;
mod wins;
mod written;

#[cfg(feature = "ndarray")]
pub use crate::array::array_summaries;
pub use crate::{
    calendar::{Civil, Every, Stamp},
    cash_flows::{
        CashEvent, Valuation, modified_dietz, returns_from_trades, time_weighted_returns,
    },
    catalogue::{Better, CATALOGUE, CORE, Kind, Metric, Step, StepValue, Unit, UnknownMetric},
    convention::{
        AnnualMean, Convention, CornishFisher, DownsideOver, Kelly, Quantile, Rate, ReturnKind,
        RuinModel, Shape, Shortfall, TailModel, UlcerOver, WinsOver, Years,
    },
    depths::Depths,
    downside::Downside,
    drawdown::{Drawdown, Fall},
    drawdowns::{DrawdownSpell, drawdowns},
    excess::excess,
    extremes::{Extreme, Extremes},
    fold::{Count, Merge, Push},
    growth::Growth,
    higher_moments::HigherMoments,
    inputs::Inputs,
    measure::{Measured, Selection, measure, measure_all, measure_all_inputs, measure_inputs},
    moments::Moments,
    panel::{Layout, Panel, PanelError, panel_summaries, summaries, summaries_between},
    pareto::ParetoTail,
    periods::{PeriodsError, PeriodsPerYear},
    preset::UnknownConvention,
    profile::{Profile, panel_profiles, profile},
    resample::{PeriodReturn, TimesError, YearOfMonths, month_table, resample, resample_between},
    returns::{
        log_from_simple, log_returns_from_prices, nav_from_returns, returns_from_prices,
        simple_from_log,
    },
    sample::Sample,
    stretch::Stretch,
    summary::{Dates, MaxDrawdown, Summary, SummaryFold, summary, summary_between},
    tail::{cornish_fisher_quantile, is_cornish_fisher_monotone},
    terms::Terms,
    trailing::{Trailing, trailing},
    undefined::Undefined,
    underwater::Underwater,
    var_backtest::{LikelihoodRatio, VarBacktest},
    window::{Window, WindowError},
    wins::Wins,
};
