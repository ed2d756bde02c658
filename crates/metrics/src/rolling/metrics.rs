//! Rolling metrics of many series.

use rayon::prelude::*;

use crate::{
    AnnualMean, Convention, DownsideOver, Merge, PeriodsPerYear, ReturnKind, Stretch, Terms,
    Undefined,
    block::ROWS,
    drive,
    kernel::{Wide, widely},
    path::factor,
    ratios,
    summary::Reading,
};

use super::{
    Rolled, Windows,
    blocks::{ABREAST, Abreast, AllIn, Ends, Row, walk, walk_observed},
    fall::Fall,
    moments::{Deviation, Kernel, Mean, Sharpe},
    quantile::rolling_quantile,
    queue::rolling_folds,
    reasons::{Asks, Reasons},
    shortfall::Sortino,
};

/// What is measured of each window.
///
/// Errors are beside a recomputation of the window, with `n` its observations, `u = 2^-52`, `s` the largest absolute
/// return (and rate) over the deviation or downside deviation, and `N` periods per year.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum RollingMetric {
    /// Arithmetic mean, per period. Error below `n u` times the largest absolute return.
    Mean,
    /// Deviation, per year (`ddof` of the convention). Relative error below `4 n u`.
    Volatility,
    /// Sharpe ratio, per year. Error below `8 n u (1 + s)^2 sqrt(N)`.
    Sharpe,
    /// Sortino ratio, per year. Error below `16 n u (1 + s) sqrt(N)`.
    Sortino,
    /// Deepest fall within the window, from -1 to 0; the value before its first row counts as a peak. Absolute error
    /// below `4 n u`.
    MaxDrawdown,
    /// The quantile of a probability from 0 to 1, between order statistics by straight lines (numpy's default). That of
    /// 0.05 is the historical value at risk at 95 %, as a negative return. Exact but for the interpolation.
    Quantile(f64),
}

impl RollingMetric {
    /// The middle of the window.
    pub const MEDIAN: Self = Self::Quantile(0.5);
}

/// Each metric over the windows of each series, `[series][metric]`, computed in parallel over series.
///
/// Series may have different lengths, and rows that are missing. The result of a series does not depend on which
/// others are computed with it, nor on the number of threads.
///
/// Sharpe and Sortino follow the convention's `annual_mean`; with the arithmetic one they cost O(1) a row in a few
/// nanoseconds, otherwise O(1) amortised in a few hundred.
///
/// ```
/// use highwater_metrics::{Convention, rolling::{RollingMetric, Windows, rolling}};
/// let crypto = Convention::crypto();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// let (btc, eth) = ([0.5, -0.25, 0.25, 0.5], [0.25, f64::NAN, 0.75]);
/// let windows = Windows::new(3, 2).unwrap();
/// let metrics = [RollingMetric::Mean, RollingMetric::MEDIAN];
/// let found = rolling(&[&btc, &eth], windows, &metrics, &crypto, daily);
/// assert_eq!(found[0][1].last(), Some(Ok(0.25)));
/// assert_eq!(found[1][0].last(), Some(Ok(0.5)));
/// ```
pub fn rolling(
    returns: &[&[f64]],
    windows: Windows,
    metrics: &[RollingMetric],
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Vec<Rolled>> {
    let terms = Terms::new(convention, per_year);
    let asked = Asked {
        windows,
        metrics,
        terms: &terms,
    };
    returns
        .par_chunks(ABREAST)
        .flat_map_iter(|series| asked.neighbours(series))
        .collect()
}

/// Whether every row is there, and its factor finite and not negative (of log returns: below `e^709`).
fn is_whole(series: &[f64], kind: ReturnKind) -> bool {
    let allowed = match kind {
        ReturnKind::Simple => -1.0..f64::INFINITY,
        ReturnKind::Log => -f64::MAX..709.0,
    };
    widely(AllIn(series, allowed))
}

/// Whether the rows of some block could take a value beyond the range of a double: `e^709`.
fn may_overflow(series: &[f64], kind: ReturnKind) -> bool {
    let up = |row: &f64| match kind {
        ReturnKind::Simple => row.max(0.0),
        ReturnKind::Log => libm::expm1(row.max(0.0)),
    };
    // Blocks whose factors are at most 200 stay below 1e295.
    if series.iter().all(|row| row.is_nan() || up(row) < 199.0) {
        return false;
    }
    let logs: Vec<f64> = series
        .iter()
        .map(|row| {
            if row.is_finite() {
                libm::log1p(up(row))
            } else {
                0.0
            }
        })
        .collect();
    let last = logs.len().saturating_sub(ROWS);
    (0..=last).any(|start| {
        logs[start..logs.len().min(start + ROWS)]
            .iter()
            .sum::<f64>()
            > 700.0
    })
}

/// What is asked of every series.
struct Asked<'a> {
    windows: Windows,
    metrics: &'a [RollingMetric],
    terms: &'a Terms,
}

/// Series that are walked together, as rows and as factors.
enum Rows<'a> {
    Abreast {
        rows: Vec<Row<ABREAST>>,
        factors: Vec<Row<ABREAST>>,
        series: Vec<&'a [f64]>,
    },
    Alone {
        rows: &'a [f64],
        factors: Vec<f64>,
        observed: Vec<bool>,
    },
}

impl Asked<'_> {
    /// Every metric of neighbouring series: the whole ones of one length abreast, the others alone.
    fn neighbours(&self, series: &[&[f64]]) -> Vec<Vec<Rolled>> {
        let kind = self.terms.convention().returns;
        let mut whole: Vec<bool> = series.iter().map(|series| is_whole(series, kind)).collect();
        let first = series.iter().zip(&whole).find(|(_, whole)| **whole);
        let length = first.map_or(0, |(series, _)| series.len());
        for (whole, series) in whole.iter_mut().zip(series) {
            *whole &= series.len() == length;
        }
        let together: Vec<&[f64]> = series
            .iter()
            .zip(&whole)
            .filter(|(_, whole)| **whole)
            .map(|(series, _)| *series)
            .collect();
        if together.len() < 2 {
            return series.iter().map(|rows| self.alone(rows)).collect();
        }
        let mut together = self.abreast(together).into_iter();
        let each = series.iter().zip(whole).map(|(rows, whole)| {
            let of_group = if whole { together.next() } else { None };
            of_group.unwrap_or_else(|| self.alone(rows))
        });
        each.collect()
    }

    /// Whether factors are computed before: those of log returns are, those of simple ones are an addition.
    fn wants_factors(&self) -> bool {
        let kind = self.terms.convention().returns;
        kind == ReturnKind::Log && self.metrics.contains(&RollingMetric::MaxDrawdown)
    }

    fn alone(&self, rows: &[f64]) -> Vec<Rolled> {
        let factor = |&row: &f64| factor(ReturnKind::Log, row);
        let of = rows.iter().filter(|_| self.wants_factors());
        let rows = Rows::Alone {
            rows,
            factors: of.map(factor).collect(),
            observed: rows.iter().map(|row| row.is_finite()).collect(),
        };
        let each = self.metrics.iter();
        each.flat_map(|&metric| self.measure(&rows, metric))
            .collect()
    }

    fn abreast(&self, series: Vec<&[f64]>) -> Vec<Vec<Rolled>> {
        // Lanes without a series repeat the last one.
        let lane = |lane: usize| series[lane.min(series.len() - 1)];
        let rows = widely(Abreast(std::array::from_fn(lane)));
        let factor = |row: &Row<ABREAST>| row.map(|row| factor(ReturnKind::Log, row));
        let of = rows.iter().filter(|_| self.wants_factors());
        let rows = Rows::Abreast {
            factors: of.map(factor).collect(),
            rows,
            series: series.clone(),
        };
        let mut found: Vec<Vec<Rolled>> = series.iter().map(|_| Vec::new()).collect();
        for &metric in self.metrics {
            for (found, rolled) in found.iter_mut().zip(self.measure(&rows, metric)) {
                found.push(rolled);
            }
        }
        found
    }

    /// A metric of each series of the group.
    fn measure(&self, rows: &Rows<'_>, metric: RollingMetric) -> Vec<Rolled> {
        let convention = self.terms.convention();
        let deviation = || Deviation {
            ddof: convention.ddof,
            per_year: self.terms.per_year().get(),
        };
        let two = 2.max(usize::from(convention.ddof) + 1);
        let arithmetic = convention.annual_mean == AnnualMean::Arithmetic;
        match metric {
            RollingMetric::Mean => self.walk(rows, &Kernel(Mean), 1, Asks::Nothing),
            RollingMetric::Volatility => self.walk(rows, &Kernel(deviation()), two, Asks::Nothing),
            RollingMetric::Sharpe if arithmetic => {
                let kernel = Kernel(Sharpe {
                    risk_free: self.terms.risk_free(),
                    deviation: deviation(),
                });
                self.walk(rows, &kernel, two, Asks::Spread)
            }
            RollingMetric::Sortino if arithmetic => {
                let (target, per_year) = (self.terms.target(), self.terms.per_year().get());
                let asks = Asks::Below(target);
                match convention.downside {
                    DownsideOver::All => {
                        self.walk(rows, &Sortino::<false> { target, per_year }, 2, asks)
                    }
                    DownsideOver::Losers => {
                        self.walk(rows, &Sortino::<true> { target, per_year }, 2, asks)
                    }
                }
            }
            RollingMetric::Sharpe => self.fold(rows, two, ratios::sharpe),
            RollingMetric::Sortino => self.fold(rows, 2, ratios::sortino),
            RollingMetric::MaxDrawdown => {
                let kind = convention.returns;
                let mut rolled = match kind {
                    ReturnKind::Simple => self.walk(rows, &Fall::<true>, 1, Asks::Survival(kind)),
                    ReturnKind::Log => self.walk(rows, &Fall::<false>, 1, Asks::Survival(kind)),
                };
                for (rolled, series) in rolled.iter_mut().zip(rows.series()) {
                    if may_overflow(series, kind) {
                        *rolled = self.each_alone(series);
                    }
                }
                rolled
            }
            RollingMetric::Quantile(probability) => rows
                .series()
                .iter()
                .map(|series| rolling_quantile(series, self.windows, probability))
                .collect(),
        }
    }

    fn walk<S: Ends<ABREAST> + Ends<1>>(
        &self,
        rows: &Rows<'_>,
        kernel: &S,
        need: usize,
        asks: Asks,
    ) -> Vec<Rolled> {
        let need = need.max(self.windows.min_observations());
        let window = self.windows.rows();
        let falls = matches!(asks, Asks::Survival(ReturnKind::Log));
        match rows {
            Rows::Abreast {
                rows,
                factors,
                series,
            } => {
                let rows = if falls { factors } else { rows };
                let list = |_| Vec::with_capacity(rows.len());
                let mut found: Vec<Vec<f64>> = series.iter().map(list).collect();
                let whole = widely(Walk {
                    kernel,
                    rows,
                    window,
                    need,
                    found: &mut found,
                });
                let found = series.iter().zip(found).zip(whole);
                let rolled = found.map(|((series, values), whole)| {
                    if whole {
                        return Rolled::after(values, need);
                    }
                    let reasons = Reasons::new(series, self.windows, need, asks);
                    Rolled::new(values, |row| reasons.at(row))
                });
                rolled.collect()
            }
            Rows::Alone {
                rows,
                factors,
                observed,
            } => {
                let used = if falls { factors } else { *rows };
                let mut found = vec![0.0; rows.len()];
                walk_observed(kernel, used, observed, window, need, &mut found);
                let reasons = Reasons::new(rows, self.windows, need, asks);
                reasons.strike(&mut found);
                vec![Rolled::new(found, |row| reasons.at(row))]
            }
        }
    }

    /// The max drawdown of each window by itself, for a series whose value leaves the range of a double: what has none
    /// as a whole has none here.
    #[cold]
    fn each_alone(&self, rows: &[f64]) -> Rolled {
        let need = self.windows.min_observations().max(1);
        let results = (0..rows.len()).map(|row| {
            let start = self.windows.start(row);
            let stretch = drive::whole(&rows[start..=row], self.terms).stretch;
            let drawdown = stretch.drawdown.max_drawdown();
            let enough = stretch.count().require(need);
            enough.and(drawdown).map_err(|reason| later(reason, start))
        });
        Rolled::from_results(results.collect())
    }

    /// A metric of the catalogue, from the folds of each window.
    fn fold(
        &self,
        rows: &Rows<'_>,
        need: usize,
        metric: fn(&Reading<'_>) -> Result<f64, Undefined>,
    ) -> Vec<Rolled> {
        let need = need.max(self.windows.min_observations());
        let read = |window: Stretch| {
            window.count().require(need)?;
            let stretch = Stretch::first(self.terms).then(window);
            metric(&Reading {
                stretch: &stretch,
                terms: self.terms,
                dates: None,
            })
        };
        let of = |row: &f64| Stretch::of(&[*row], self.terms);
        let series = rows.series();
        let rolled = series.iter().map(|series| {
            let mut results = rolling_folds(series, self.windows, of, read);
            for (row, result) in results.iter_mut().enumerate() {
                let start = self.windows.start(row);
                *result = result.map_err(|reason| later(reason, start));
            }
            Rolled::from_results(results)
        });
        rolled.collect()
    }
}

/// A walk of series abreast.
struct Walk<'a, S> {
    kernel: &'a S,
    rows: &'a [Row<ABREAST>],
    window: usize,
    need: usize,
    found: &'a mut [Vec<f64>],
}

impl<S: Ends<ABREAST>> Wide for Walk<'_, S> {
    type Found = [bool; ABREAST];

    #[inline(always)]
    fn work(self) -> [bool; ABREAST] {
        walk(self.kernel, self.rows, self.window, self.need, self.found)
    }
}

impl Rows<'_> {
    fn series(&self) -> Vec<&[f64]> {
        match self {
            Rows::Abreast { series, .. } => series.clone(),
            Rows::Alone { rows, .. } => vec![rows],
        }
    }
}

/// A reason whose rows are counted from `start`, counted from the first row instead.
pub(super) fn later(reason: Undefined, start: usize) -> Undefined {
    match reason {
        Undefined::NonFinite { index } => Undefined::NonFinite {
            index: index + start,
        },
        Undefined::Ruin { index } => Undefined::Ruin {
            index: index + start,
        },
        reason => reason,
    }
}
