//! Rolling metrics of a series against a benchmark.

use rayon::prelude::*;

use crate::{Undefined, against::CoMoments};

use super::{Rolled, Windows, metrics::later, queue::rolling_folds};

/// What is measured of each window of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PairMetric {
    /// Slope of the series on the benchmark.
    Beta,
    /// Height of that line: return per period that the benchmark does not explain, without a risk-free rate.
    Alpha,
    /// Pearson's correlation, from -1 to 1.
    Correlation,
    /// Covariance with divisor `n - 1`.
    Covariance,
}

impl PairMetric {
    fn read(self, pairs: &CoMoments) -> Result<f64, Undefined> {
        match self {
            Self::Beta => pairs.slope(),
            Self::Alpha => pairs.intercept(),
            Self::Correlation => pairs.correlation(),
            Self::Covariance => pairs.covariance(1),
        }
    }
}

/// A metric of each series against one benchmark over rolling windows, in parallel over series. O(1) amortised a row.
///
/// A pair of which either row is missing is a row of the window and no observation. A series and its benchmark are
/// paired row by row from the first; rows beyond the shorter of both are left out.
///
/// ```
/// use highwater_metrics::rolling::{PairMetric, Windows, rolling_pairs};
/// let market = [0.5, -0.25, 0.25, -0.5];
/// let token = [1.0, -0.5, 0.125, -0.25];
/// let windows = Windows::full(2).unwrap();
/// let found = rolling_pairs(&[&token], &market, windows, PairMetric::Beta);
/// let betas: Vec<f64> = found.into_iter().next().unwrap().filled(0.0);
/// assert_eq!(betas, [0.0, 2.0, 1.25, 0.5]);
/// ```
pub fn rolling_pairs(
    returns: &[&[f64]],
    benchmark: &[f64],
    windows: Windows,
    metric: PairMetric,
) -> Vec<Rolled> {
    let need = windows.min_observations();
    let rolled = |series: &&[f64]| {
        let pairs: Vec<(f64, f64)> = benchmark
            .iter()
            .zip(*series)
            .map(|(&x, &y)| (x, y))
            .collect();
        let of = |&(x, y): &(f64, f64)| CoMoments::of(x, y);
        let read = |window: CoMoments| {
            window.count.require(need.max(2))?;
            metric.read(&window)
        };
        let results = rolling_folds(&pairs, windows, of, read);
        let results = results.into_iter().enumerate();
        let shifted =
            results.map(|(row, result)| result.map_err(|reason| later(reason, windows.start(row))));
        Rolled::from_results(shifted.collect())
    };
    returns.par_iter().map(rolled).collect()
}
