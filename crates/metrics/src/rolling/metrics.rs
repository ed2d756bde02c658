//! Rolling metrics of many series.

use rayon::prelude::*;

use crate::{
    AnnualMean, Convention, Merge, PeriodsPerYear, ReturnKind, Stretch, Terms, Undefined,
    path::factor, ratios, summary::Reading, wide::widely,
};

use super::{
    Rolled, Windows,
    blocks::{ABREAST, Ends, Row, abreast, walk, walk_observed},
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
    let mut found: Vec<(usize, Vec<Rolled>)> = groups(returns, convention.returns)
        .par_iter()
        .flat_map_iter(|group| asked.group(returns, group))
        .collect();
    found.sort_unstable_by_key(|(series, _)| *series);
    found.into_iter().map(|(_, rolled)| rolled).collect()
}

/// Which series are walked together: whole ones of one length abreast, the others alone.
fn groups(returns: &[&[f64]], kind: ReturnKind) -> Vec<Vec<usize>> {
    let whole = |series: &&[f64]| {
        series
            .iter()
            .all(|&row| row.is_finite() && (0.0..f64::INFINITY).contains(&factor(kind, row)))
    };
    let whole: Vec<bool> = returns.par_iter().map(whole).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    for (at, whole) in whole.into_iter().enumerate() {
        if !whole {
            groups.push(vec![at]);
            continue;
        }
        match open {
            Some(group)
                if groups[group].len() < ABREAST
                    && returns[groups[group][0]].len() == returns[at].len() =>
            {
                groups[group].push(at);
            }
            _ => {
                open = Some(groups.len());
                groups.push(vec![at]);
            }
        }
    }
    groups
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
    fn group(&self, returns: &[&[f64]], group: &[usize]) -> Vec<(usize, Vec<Rolled>)> {
        let series: Vec<&[f64]> = group.iter().map(|&at| returns[at]).collect();
        let kind = self.terms.convention().returns;
        let falls = self.metrics.contains(&RollingMetric::MaxDrawdown);
        let rows = if let [rows] = series[..] {
            Rows::Alone {
                rows,
                factors: rows
                    .iter()
                    .filter(|_| falls)
                    .map(|&row| factor(kind, row))
                    .collect(),
                observed: rows.iter().map(|row| row.is_finite()).collect(),
            }
        } else {
            // Lanes without a series repeat the last one.
            let lane = |lane: usize| series[lane.min(series.len() - 1)];
            let rows = abreast(std::array::from_fn(lane));
            Rows::Abreast {
                factors: rows
                    .iter()
                    .filter(|_| falls)
                    .map(|row| row.map(|row| factor(kind, row)))
                    .collect(),
                rows,
                series,
            }
        };
        let mut found: Vec<(usize, Vec<Rolled>)> =
            group.iter().map(|&at| (at, Vec::new())).collect();
        for &metric in self.metrics {
            for ((_, found), rolled) in found.iter_mut().zip(self.measure(&rows, metric)) {
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
                let target = self.terms.target();
                let kernel = Sortino {
                    target,
                    over: convention.downside,
                    per_year: self.terms.per_year().get(),
                };
                self.walk(rows, &kernel, 2, Asks::Below(target))
            }
            RollingMetric::Sharpe => self.fold(rows, two, ratios::sharpe),
            RollingMetric::Sortino => self.fold(rows, 2, ratios::sortino),
            RollingMetric::MaxDrawdown => {
                self.walk(rows, &Fall, 1, Asks::Survival(convention.returns))
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
        let falls = matches!(asks, Asks::Survival(_));
        let rolled = |series: &[f64], values: Vec<f64>| {
            // Built only for a series with a row that has no value, beyond those at its beginning.
            let early = values.iter().take(need - 1).all(|value| value.is_nan());
            if early && values.iter().skip(need - 1).all(|value| value.is_finite()) {
                return Rolled::new(values, |row| Undefined::TooFew {
                    need,
                    have: row + 1,
                });
            }
            let reasons = Reasons::new(series, self.windows, need, asks);
            Rolled::new(values, |row| reasons.at(row))
        };
        match rows {
            Rows::Abreast {
                rows,
                factors,
                series,
            } => {
                let rows = if falls { factors } else { rows };
                let mut found = vec![[0.0; ABREAST]; rows.len()];
                widely(|| walk(kernel, rows, window, need, &mut found));
                let lane = |(lane, series): (usize, &&[f64])| {
                    rolled(series, found.iter().map(|row| row[lane]).collect())
                };
                series.iter().enumerate().map(lane).collect()
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
