//! The pairs of a series and its benchmark.

use std::sync::OnceLock;

use crate::{Convention, Count, Dates, PeriodsPerYear, Terms, Undefined, undefined::finite};

use super::{CoMoments, comoments::pair};

/// A series against its benchmark: the pairs of finite rows, and what convention and periods per year they are read by.
///
/// A row that is missing (NaN) on either side is skipped on both, and counted. An infinite row makes every metric
/// [`Undefined::NonFinite`]. Both series are of the kind that the convention names (simple or log returns per
/// period), row by row of the same periods; the risk-free and the minimum acceptable rate are the convention's. For a
/// risk-free rate that changes, pass excess returns of both, and a convention without one.
///
/// The metrics follow the convention where libraries differ: `annual_mean` says how a mean return becomes a yearly
/// one, `ddof` how deviations divide, `years` how time is counted for growth rates. With [`AnnualMean::Growth`] they
/// are those of PerformanceAnalytics.
///
/// [`AnnualMean::Growth`]: crate::AnnualMean::Growth
#[derive(Clone, Debug)]
pub struct Against {
    pub(super) terms: Terms,
    pub(super) dates: Option<Dates>,
    /// The paired rows.
    pub(crate) returns: Vec<f64>,
    pub(crate) benchmark: Vec<f64>,
    /// The row of each pair.
    pub(super) rows: Vec<usize>,
    /// `x` is the benchmark, `y` the series.
    pub(super) moments: CoMoments,
    /// The pairs of rising and of falling markets alone, made when a metric asks.
    pub(super) up: OnceLock<Box<Against>>,
    pub(super) down: OnceLock<Box<Against>>,
}

/// Two series of different length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{returns} returns cannot be paired with {benchmark} of the benchmark; both must have the same rows"
)]
pub struct PairError {
    /// Rows of the series.
    pub returns: usize,
    /// Rows of the benchmark.
    pub benchmark: usize,
}

impl Against {
    /// Pairs the rows of `returns` and `benchmark`.
    ///
    /// # Errors
    /// [`PairError`] if one has more rows than the other.
    pub fn new(
        returns: &[f64],
        benchmark: &[f64],
        convention: &Convention,
        per_year: PeriodsPerYear,
    ) -> Result<Self, PairError> {
        Self::of(returns, benchmark, Terms::new(convention, per_year))
    }

    /// With dates, which a convention by calendar days needs for growth rates.
    #[must_use]
    pub fn between(mut self, dates: Dates) -> Self {
        self.dates = Some(dates);
        self
    }

    pub(crate) fn of(returns: &[f64], benchmark: &[f64], terms: Terms) -> Result<Self, PairError> {
        if returns.len() != benchmark.len() {
            return Err(PairError {
                returns: returns.len(),
                benchmark: benchmark.len(),
            });
        }
        let both = || returns.iter().zip(benchmark);
        let rows: Vec<usize> = both()
            .enumerate()
            .filter(|(_, (y, x))| pair(**x, **y).is_finite())
            .map(|(row, _)| row)
            .collect();
        Ok(Self {
            terms,
            dates: None,
            returns: rows.iter().map(|&row| returns[row]).collect(),
            benchmark: rows.iter().map(|&row| benchmark[row]).collect(),
            moments: CoMoments::of_rows(benchmark, returns),
            rows,
            up: OnceLock::new(),
            down: OnceLock::new(),
        })
    }

    /// What was paired: a pair is an observation, a row that is missing on either side is skipped.
    pub const fn count(&self) -> Count {
        self.moments.count
    }

    /// Convention and periods per year.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The co-moments of benchmark (`x`) and series (`y`).
    pub const fn moments(&self) -> &CoMoments {
        &self.moments
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + Clone {
        let pairs = self.benchmark.iter().zip(&self.returns);
        pairs.map(|(&x, &y)| (x, y))
    }

    /// The convention's risk-free return per period.
    pub(crate) fn risk_free(&self) -> Result<f64, Undefined> {
        finite(self.terms.risk_free())
    }
}

/// A sum with the rounding errors of its additions carried along (Neumaier 1974).
pub(super) fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0);
    for term in terms {
        let next = total + term;
        lost += if total.abs() >= term.abs() {
            (total - next) + term
        } else {
            (term - next) + total
        };
        total = next;
    }
    total + lost
}
