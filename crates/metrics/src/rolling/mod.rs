//! Rolling and expanding windows: a metric at every row, of the rows up to it.
//!
//! Each row gets the value of the last so many rows that end with it, fewer at the beginning; a row whose window
//! holds too few observations gets [`Undefined::TooFew`](crate::Undefined::TooFew). A missing row (NaN) is a row of
//! the window and no observation. Windows of so many rows, not of calendar days: for those see [`Window`](crate::Window).
//!
//! | what | time for each row | memory | how |
//! | --- | --- | --- | --- |
//! | mean, volatility, Sharpe, Sortino, max drawdown | O(1) | O(window) | suffixes of one block, prefixes of the next |
//! | any [`Merge`](crate::Merge) fold: [`Queue`], beta, correlation | O(1) amortised | O(window) | two stacks |
//! | quantile, median, value at risk | O(log window) amortised | O(window) | a tree of ranks |
//!
//! Nothing is ever subtracted from a state, so an outlier that has left the window leaves no trace: a value depends
//! on the rows of its window, and on where in the series it stands, but on no other row. So later rows change no
//! earlier value. Recomputing a window from nothing gives the same numbers within rounding; the bounds stand with
//! each metric of [`RollingMetric`].
//!
//! ```
//! use highwater_metrics::{Convention, Undefined, rolling::{RollingMetric, Windows, rolling}};
//! let crypto = Convention::crypto();
//! let daily = crypto.periods_per_year(1.0).unwrap();
//! let returns = [0.5, -0.5, 0.25, -0.75];
//! let windows = Windows::full(2).unwrap();
//! let found = rolling(&[&returns], windows, &[RollingMetric::MaxDrawdown], &crypto, daily);
//! let falls = &found[0][0];
//! assert_eq!(falls.get(0), Some(Err(Undefined::TooFew { need: 2, have: 1 })));
//! assert_eq!(falls.get(1), Some(Ok(-0.5)));
//! assert_eq!(falls.get(3), Some(Ok(-0.75)));
//! ```

mod blocks;
#[allow(clippy::needless_range_loop, reason = "several states, lane by lane")]
mod fall;
mod metrics;
#[allow(clippy::needless_range_loop, reason = "several states, lane by lane")]
mod moments;
mod over_root;
mod pairs;
mod quantile;
mod queue;
mod reasons;
mod rolled;
#[allow(clippy::needless_range_loop, reason = "several states, lane by lane")]
mod shortfall;
mod windows;

pub use {
    metrics::{RollingMetric, rolling},
    pairs::{PairMetric, rolling_pairs},
    queue::{Queue, rolling_folds},
    rolled::Rolled,
    windows::{Windows, WindowsError},
};
