//! Many series at once.

use rayon::prelude::*;

use crate::{Convention, Dates, PeriodsPerYear, Summary, Terms, drive, kernel::ABREAST};

/// How a panel's numbers lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One series after the other: `values[series * observations + row]`.
    SeriesMajor,
    /// One row of all series after the other: `values[row * series + series_index]`.
    RowMajor,
}

/// Series of the same length in one slice. NaN is missing.
///
/// ```
/// use highwater_metrics::{Convention, Layout, Panel, panel_summaries};
/// let crypto = Convention::preset("crypto").unwrap();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// // Two series of three returns, a row of both at a time.
/// let values = [0.5, -0.5, 0.25, 0.0, -0.5, 0.25];
/// let panel = Panel::new(&values, 2, 3, Layout::RowMajor).unwrap();
/// let summaries = panel_summaries(&panel, &crypto, daily);
/// assert_eq!(summaries[0].max_drawdown, Ok(-0.5));
/// assert_eq!(summaries[1].best, Ok(0.25));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    values: &'a [f64],
    series: usize,
    rows: usize,
    layout: Layout,
}

/// A shape that its numbers do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{series} series of {rows} rows need {series} x {rows} numbers, not {values}")]
pub struct PanelError {
    /// How many series were announced.
    pub series: usize,
    /// How many rows each.
    pub rows: usize,
    /// How many numbers there are.
    pub values: usize,
}

impl<'a> Panel<'a> {
    /// `series` series of `rows` returns each.
    ///
    /// # Errors
    /// [`PanelError`] if there are more or fewer numbers.
    pub fn new(
        values: &'a [f64],
        series: usize,
        rows: usize,
        layout: Layout,
    ) -> Result<Self, PanelError> {
        if series.checked_mul(rows) == Some(values.len()) {
            Ok(Self {
                values,
                series,
                rows,
                layout,
            })
        } else {
            Err(PanelError {
                series,
                rows,
                values: values.len(),
            })
        }
    }

    /// How many series.
    pub const fn series(&self) -> usize {
        self.series
    }

    /// How many rows each.
    pub const fn rows(&self) -> usize {
        self.rows
    }
}

/// One [`Summary`] a series, in their order, computed in parallel. Each has the bytes of
/// [`summary`](crate::summary) of that series alone.
pub fn summaries(
    returns: &[&[f64]],
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Summary> {
    let terms = Terms::new(convention, per_year);
    let mut found = vec![Summary::EMPTY; returns.len()];
    returns
        .par_chunks(ABREAST)
        .zip(found.par_chunks_mut(ABREAST))
        .for_each(|(series, found)| summarise(series, &[], found, &terms));
    found
}

/// As [`summaries`], of series that may each have dates, for a convention that counts years by the calendar. Each has the
/// bytes of [`summary_between`](crate::summary_between), or of [`summary`](crate::summary) without dates.
pub fn summaries_between(
    series: &[(&[f64], Option<Dates>)],
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Summary> {
    let terms = Terms::new(convention, per_year);
    let (returns, dates): (Vec<&[f64]>, Vec<Option<Dates>>) = series.iter().copied().unzip();
    let mut found = vec![Summary::EMPTY; series.len()];
    returns
        .par_chunks(ABREAST)
        .zip(dates.par_chunks(ABREAST))
        .zip(found.par_chunks_mut(ABREAST))
        .for_each(|((series, dates), found)| summarise(series, dates, found, &terms));
    found
}

/// One [`Summary`] a series of a panel, in their order, computed in parallel.
pub fn panel_summaries(
    panel: &Panel<'_>,
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Summary> {
    let terms = Terms::new(convention, per_year);
    fill(panel, Summary::EMPTY, |series, found| {
        each_group(series, found, |series, found| {
            summarise(series, &[], found, &terms)
        });
    })
}

/// A list with an entry a series, filled in parallel, some neighbouring series at a time.
pub(crate) fn fill<T: Clone + Send>(
    panel: &Panel<'_>,
    empty: T,
    compute: impl Fn(&[&[f64]], &mut [T]) + Sync,
) -> Vec<T> {
    let rows = panel.rows;
    let mut found = vec![empty; panel.series];
    let group = match panel.layout {
        Layout::SeriesMajor => ABREAST,
        Layout::RowMajor => TURNED,
    };
    let fill = |(at, found): (usize, &mut [T])| {
        let (first, count) = (at * group, found.len());
        match panel.layout {
            Layout::SeriesMajor => {
                compute(&of_each(&panel.values[first * rows..], rows, count), found)
            }
            Layout::RowMajor => compute(&of_each(&turn(panel, first, count), rows, count), found),
        }
    };
    found.par_chunks_mut(group).enumerate().for_each(fill);
    found
}

/// The rows of each of `count` series that lie one after the other. Series without rows have none.
fn of_each(values: &[f64], rows: usize, count: usize) -> Vec<&[f64]> {
    (0..count).map(|at| &values[at * rows..][..rows]).collect()
}

/// Computes [`ABREAST`] series at a time, the last time fewer.
pub(crate) fn each_group<T>(
    series: &[&[f64]],
    found: &mut [T],
    compute: impl Fn(&[&[f64]], &mut [T]),
) {
    let groups = series.chunks(ABREAST).zip(found.chunks_mut(ABREAST));
    groups.for_each(|(series, found)| compute(series, found));
}

/// Series turned at a time: four cache lines a row.
const TURNED: usize = 32;

/// Rows turned at a time: one cache line a series.
const TURNED_ROWS: usize = 8;

/// Some series of a row-major panel, one after the other.
fn turn(panel: &Panel<'_>, first: usize, series: usize) -> Vec<f64> {
    let rows = panel.rows;
    let mut turned = vec![0.0; series * rows];
    if panel.series == 0 {
        return turned;
    }
    for (band, values) in panel.values.chunks(TURNED_ROWS * panel.series).enumerate() {
        let at = band * TURNED_ROWS;
        let height = values.len() / panel.series;
        for (column, turned) in turned.chunks_exact_mut(rows).enumerate() {
            for (row, turned) in turned[at..][..height].iter_mut().enumerate() {
                *turned = values[row * panel.series + first + column];
            }
        }
    }
    turned
}

/// [`ABREAST`] series side by side; fewer one after the other. `dates` are theirs, or none.
fn summarise(series: &[&[f64]], dates: &[Option<Dates>], found: &mut [Summary], terms: &Terms) {
    let dates = |at: usize| dates.get(at).copied().flatten();
    if let Ok(full) = <[&[f64]; ABREAST]>::try_from(series) {
        drive::side_by_side(full, terms, |at, run| {
            found[at] = Summary::of(run, terms, dates(at));
        });
    } else {
        for (at, (found, rows)) in found.iter_mut().zip(series).enumerate() {
            *found = Summary::of(&drive::whole(rows, terms), terms, dates(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_series_side_by_side_are_each_as_alone() {
        let convention = Convention::empyrical();
        let per_year = PeriodsPerYear::new(252.0).unwrap();
        let returns: Vec<Vec<f64>> = (0..2 * ABREAST + 1)
            .map(|at| {
                (0..300 + at)
                    .map(|row| ((row * 7 + at) % 11) as f64 / 256.0 - 0.015)
                    .collect()
            })
            .collect();
        let dates = |at: usize| {
            (!at.is_multiple_of(3)).then_some(Dates {
                from: 0,
                until: at as i64 * 86_400_000_000_000,
            })
        };
        let series: Vec<_> = returns
            .iter()
            .enumerate()
            .map(|(at, one)| (&one[..], dates(at)))
            .collect();
        for years in [
            crate::Years::CalendarDays { per_year: 365.25 },
            crate::Years::Rows,
        ] {
            let convention = Convention {
                years,
                ..convention.clone()
            };
            let found = summaries_between(&series, &convention, per_year);
            for ((returns, dates), found) in series.iter().zip(found) {
                let alone = match *dates {
                    Some(dates) => crate::summary_between(returns, dates, &convention, per_year),
                    None => crate::summary(returns, &convention, per_year),
                };
                assert_eq!(found, alone);
            }
        }
    }

    #[test]
    fn a_shape_needs_its_numbers() {
        let values = [0.0; 6];
        assert!(Panel::new(&values, 2, 3, Layout::SeriesMajor).is_ok());
        let error = Panel::new(&values, 2, 4, Layout::SeriesMajor).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 series of 4 rows need 2 x 4 numbers, not 6"
        );
        assert!(Panel::new(&[], usize::MAX, 2, Layout::RowMajor).is_err());
    }
}
