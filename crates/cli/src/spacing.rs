//! How the times of a series are spaced: evenly, on a grid with gaps, or by no rule; and what a year of them is.

use highwater_metrics::Convention;

const DAY: i64 = 86_400_000_000;
/// From so many rows on, their dates are held against what is said of a year.
const ENOUGH: usize = 20;

/// The one step of evenly spaced times.
pub(crate) fn step_of(times: &[i64]) -> Option<i64> {
    let mut steps = times.windows(2).map(|pair| pair[1] - pair[0]);
    let step = steps.next()?;
    steps.all(|other| other == step).then_some(step)
}

/// A grid on which some times are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) step: i64,
    /// Times of the grid at which there is no row.
    pub(crate) missing: usize,
}

impl Grid {
    /// The grid of uneven times, if the least step between them is also the commonest and divides every other.
    pub(crate) fn of(times: &[i64]) -> Option<Self> {
        let steps = || times.windows(2).map(|pair| pair[1] - pair[0]);
        let step = steps().min()?;
        if step <= 0 || steps().any(|other| other % step != 0) {
            return None;
        }
        let plain = steps().filter(|other| *other == step).count();
        if 2 * plain < times.len() {
            return None;
        }
        let rows = (times.last()? - times.first()?) / step + 1;
        Some(Self {
            step,
            missing: usize::try_from(rows).ok()? - times.len(),
        })
    }

    /// Whether at most one of `of` times is missing.
    pub(crate) fn lacks_at_most_one_in(&self, of: usize, rows: usize) -> bool {
        self.missing * of <= rows + self.missing
    }

    /// The series on the whole grid, missing where there was no row.
    pub(crate) fn filled(&self, times: &[i64], values: &[f64]) -> (Vec<i64>, Vec<f64>) {
        let (mut on_grid, mut found) = (Vec::new(), Vec::new());
        for (&time, &value) in times.iter().zip(values) {
            while let Some(&last) = on_grid.last()
                && last + self.step < time
            {
                on_grid.push(last + self.step);
                found.push(f64::NAN);
            }
            on_grid.push(time);
            found.push(value);
        }
        (on_grid, found)
    }
}

/// Whether a convention's year is that of the calendar, so that a day without a row is a missing one.
pub(crate) fn counts_every_day(convention: &Convention) -> bool {
    convention.days_per_year >= 360.0
}

/// How many rows a year has by their dates.
pub(crate) fn rows_per_year(times: &[i64]) -> Option<f64> {
    let (first, last) = (times.first()?, times.last()?);
    let years = (*last as f64 - *first as f64) / DAY as f64 / 365.25;
    (years > 0.0).then(|| (times.len() - 1) as f64 / years)
}

/// How many rows a year has by their dates, where that contradicts the number that is taken for it.
pub(crate) fn contradiction(times: &[i64], per_year: f64) -> Option<f64> {
    let by_dates = rows_per_year(times)?;
    let is_far = (per_year / by_dates).max(by_dates / per_year) > 1.1;
    (times.len() >= ENOUGH && is_far).then_some(by_dates)
}

/// Whether daily times never fall on a Saturday or Sunday.
pub(crate) fn keeps_weekends_free(times: &[i64]) -> bool {
    // 1970-01-01 was a Thursday.
    let weekday = |time: i64| (time.div_euclid(DAY) + 3).rem_euclid(7);
    times.len() >= 5 && times.iter().all(|&time| weekday(time) < 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: &[i64]) -> Vec<i64> {
        days.iter().map(|day| day * DAY).collect()
    }

    #[test]
    fn a_grid_is_told_by_its_commonest_step() {
        let gappy = days(&[0, 1, 2, 5, 6, 7]);
        let grid = Grid::of(&gappy).unwrap();
        assert_eq!(
            grid,
            Grid {
                step: DAY,
                missing: 2
            }
        );
        let (times, values) = grid.filled(&gappy, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(times, days(&[0, 1, 2, 3, 4, 5, 6, 7]));
        assert!(values[3].is_nan() && values[4].is_nan() && values[5] == 4.0);
        assert!(grid.lacks_at_most_one_in(4, 6) && !grid.lacks_at_most_one_in(5, 6));
        assert_eq!(Grid::of(&days(&[30, 58, 89])), None, "months");
        assert_eq!(
            Grid::of(&days(&[0, 1, 3, 5, 7])),
            None,
            "two days are the commonest"
        );
        assert_eq!(Grid::of(&[0, 2, 4, 7]), None);
        assert_eq!(Grid::of(&[0]), None);
    }

    #[test]
    fn dates_tell_how_many_rows_a_year_has() {
        // Monday to Friday, from Monday, 1970-01-05.
        let weekdays: Vec<i64> = (4..1_000).filter(|day| (day + 3) % 7 < 5).collect();
        let weekdays = days(&weekdays);
        let by_dates = rows_per_year(&weekdays).unwrap();
        assert!((by_dates - 261.0).abs() < 1.0, "{by_dates}");
        assert_eq!(contradiction(&weekdays, 252.0), None);
        assert_eq!(contradiction(&weekdays, 365.0), Some(by_dates));
        assert_eq!(
            contradiction(&weekdays[..19], 365.0),
            None,
            "too few to tell"
        );
        assert!(keeps_weekends_free(&weekdays) && !keeps_weekends_free(&days(&[0, 1, 2, 3, 4])));
        assert_eq!(rows_per_year(&[0]), None);
    }
}
