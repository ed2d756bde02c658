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
//! Three promises, each with its tests:
//!
//! - **Conventions are data.** Every choice that libraries make differently is a field of [`Convention`]; a preset is
//!   named after the system that it reproduces, and proven against that system's own values. How many periods a year
//!   has is a fact about the data, so no default guesses it.
//! - **Undefined is a reason.** A metric is a number or an [`Undefined`], never NaN, never infinite, and nothing
//!   panics: not on an empty series, a flat one, a missing or infinite row, or a loss beyond 100 %.
//! - **The same bytes.** A result does not depend on the number of threads, on how rows arrive ([`SummaryFold`]), or on
//!   which series are computed side by side ([`panel_summaries`]): blocks are counted from the first observation,
//!   lanes are virtual, blocks join in order, no operation is fused, and transcendental functions come from `libm`.

mod block;
mod catalogue;
mod convention;
mod downside;
mod drawdown;
mod drive;
mod exact;
mod extremes;
mod fold;
mod growth;
pub mod inference;
mod moments;
mod panel;
mod path;
mod periods;
mod ratios;
mod returns;
mod run;
mod stretch;
mod summary;
mod terms;
mod undefined;
mod underwater;
mod window;
mod wins;

pub use crate::{
    catalogue::{Better, CATALOGUE, Kind, Metric, Unit, UnknownMetric},
    convention::{
        AnnualMean, Convention, DownsideOver, Rate, ReturnKind, UnknownConvention, Years,
    },
    downside::Downside,
    drawdown::{Drawdown, Fall},
    extremes::{Extreme, Extremes},
    fold::{Count, Merge, Push},
    growth::Growth,
    moments::Moments,
    panel::{Layout, Panel, PanelError, panel_summaries, summaries},
    periods::{PeriodsError, PeriodsPerYear},
    returns::{log_returns_from_prices, returns_from_prices},
    stretch::Stretch,
    summary::{Dates, MaxDrawdown, Summary, SummaryFold, summary, summary_between},
    terms::Terms,
    undefined::Undefined,
    underwater::Underwater,
    window::{Window, WindowError},
    wins::Wins,
};
