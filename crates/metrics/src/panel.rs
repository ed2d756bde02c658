//! Many series at once.

use rayon::prelude::*;

use crate::{
    Convention, Dates, PeriodsPerYear, Summary, Terms, drive,
    kernel::{ABREAST, Room, Wide, prefetch, widely},
};

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
        .for_each_init(Room::new, |room, (series, found)| {
            summarise(series, &[], found, &terms, room)
        });
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
        .for_each_init(Room::new, |room, ((series, dates), found)| {
            summarise(series, dates, found, &terms, room)
        });
    found
}

/// One [`Summary`] a series of a panel, in their order, computed in parallel.
pub fn panel_summaries(
    panel: &Panel<'_>,
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Summary> {
    let terms = Terms::new(convention, per_year);
    fill(panel, Summary::EMPTY, |series, found, room| {
        each_group(series, found, |series, found| {
            summarise(series, &[], found, &terms, room)
        });
    })
}

/// A list with an entry a series, filled in parallel, some neighbouring series at a time. `compute`
/// has room to work in.
pub(crate) fn fill<T: Clone + Send>(
    panel: &Panel<'_>,
    empty: T,
    compute: impl Fn(&[&[f64]], &mut [T], &mut Room) + Sync,
) -> Vec<T> {
    let rows = panel.rows;
    let mut found = vec![empty; panel.series];
    let group = match panel.layout {
        Layout::SeriesMajor => ABREAST,
        Layout::RowMajor => TURNED,
    };
    let work = || (Vec::new(), Room::new());
    let fill = |(turned, room): &mut (Vec<f64>, Room), (at, found): (usize, &mut [T])| {
        let (first, count) = (at * group, found.len());
        let values = match panel.layout {
            Layout::SeriesMajor => &panel.values[first * rows..],
            Layout::RowMajor => {
                turned.resize(count * rows, 0.0);
                widely(Turn {
                    panel,
                    first,
                    turned,
                });
                turned.as_slice()
            }
        };
        compute(&of_each(values, rows, count), found, room);
    };
    found
        .par_chunks_mut(group)
        .enumerate()
        .for_each_init(work, fill);
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
    mut compute: impl FnMut(&[&[f64]], &mut [T]),
) {
    let groups = series.chunks(ABREAST).zip(found.chunks_mut(ABREAST));
    groups.for_each(|(series, found)| compute(series, found));
}

/// Series turned at a time: four cache lines a row.
const TURNED: usize = 32;

/// Rows turned at a time: one cache line a series.
const TURNED_ROWS: usize = 8;

/// How many rows ahead the memory is asked for what is turned next: a row lies pages beyond the last, where no
/// processor foresees it.
const FORESEEN: usize = 2 * TURNED_ROWS;

/// Turns some series of a row-major panel, so that they lie one after the other.
struct Turn<'a> {
    panel: &'a Panel<'a>,
    first: usize,
    turned: &'a mut [f64],
}

impl Wide for Turn<'_> {
    type Found = ();

    #[inline(always)]
    fn work(self) {
        let (rows, width) = (self.panel.rows, self.panel.series);
        if rows == 0 || width == 0 {
            return;
        }
        let count = self.turned.len() / rows;
        let bands = self.panel.values.chunks(TURNED_ROWS * width);
        for (band, values) in bands.enumerate() {
            let at = band * TURNED_ROWS;
            let height = values.len() / width;
            let of_row = |row: usize| &values[row * width + self.first..][..count];
            for row in 0..height {
                for line in of_row(row).chunks(TURNED_ROWS) {
                    prefetch(line, FORESEEN * width);
                }
            }
            let whole = if height == TURNED_ROWS {
                count - count % 4
            } else {
                0
            };
            for column in (0..whole).step_by(4) {
                for upper in [0, 4] {
                    let mut quads = [[0.0; 4]; 4];
                    for (row, quad) in quads.iter_mut().enumerate() {
                        quad.copy_from_slice(&of_row(upper + row)[column..][..4]);
                    }
                    let [a, b, c, d] = quads;
                    for lane in 0..4 {
                        let turned = &mut self.turned[(column + lane) * rows + at + upper..][..4];
                        turned.copy_from_slice(&[a[lane], b[lane], c[lane], d[lane]]);
                    }
                }
            }
            for column in whole..count {
                for row in 0..height {
                    self.turned[column * rows + at + row] = of_row(row)[column];
                }
            }
        }
    }
}

/// [`ABREAST`] series side by side; fewer one after the other. `dates` are theirs, or none.
fn summarise(
    series: &[&[f64]],
    dates: &[Option<Dates>],
    found: &mut [Summary],
    terms: &Terms,
    room: &mut Room,
) {
    let dates = |at: usize| dates.get(at).copied().flatten();
    if let Ok(full) = <[&[f64]; ABREAST]>::try_from(series) {
        drive::side_by_side(full, terms, room, |at, run| {
            found[at].fill(run, terms, dates(at));
        });
    } else {
        for (at, (found, rows)) in found.iter_mut().zip(series).enumerate() {
            found.fill(&drive::whole(rows, terms), terms, dates(at));
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
        let panel = Panel::new(&values, 2, 3, Layout::SeriesMajor).unwrap();
        assert_eq!((panel.series(), panel.rows()), (2, 3));
        let error = Panel::new(&values, 2, 4, Layout::SeriesMajor).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 series of 4 rows need 2 x 4 numbers, not 6"
        );
        assert!(Panel::new(&[], usize::MAX, 2, Layout::RowMajor).is_err());
    }
}
