//! Returns of one timeframe to those of a longer one: weeks, months, years, or periods between given moments.
//!
//! The returns of a period compound; log returns add up. So the resampled returns are of the same kind as those they
//! come from, and may be measured like them, with their own periods per year. A period in which every row is missing
//! has no return, and a period without rows is not listed.

use std::ops::Range;

use crate::{
    Count, Growth, ReturnKind, Undefined,
    calendar::{Civil, Every, Stamp},
    sum::sum,
    undefined::finite,
};

/// Times that do not fit their returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimesError {
    /// There must be one time a return.
    #[error("{returns} returns have {times} times; each needs one")]
    Length {
        /// How many returns.
        returns: usize,
        /// How many times.
        times: usize,
    },
    /// Time must not run back.
    #[error("the time of row {row} is before that of the row above it")]
    Order {
        /// The first row (0-based) that is too early.
        row: usize,
    },
}

pub(crate) fn check_times(returns: usize, times: &[i64]) -> Result<(), TimesError> {
    if returns != times.len() {
        return Err(TimesError::Length {
            returns,
            times: times.len(),
        });
    }
    match times.windows(2).position(|pair| pair[1] < pair[0]) {
        Some(before) => Err(TimesError::Order { row: before + 1 }),
        None => Ok(()),
    }
}

/// The return of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct PeriodReturn {
    /// The first day of the period.
    pub first_day: Civil,
    /// The rows of the period.
    pub rows: Range<usize>,
    /// What the period brought, of the kind of the returns; [`Undefined::TooFew`] if every row is missing. Rows in
    /// the reason count from the first of the period.
    pub value: Result<f64, Undefined>,
}

/// The returns of calendar periods, from the first that has rows to the last.
///
/// ```
/// use highwater_metrics::{Civil, Every, ReturnKind, Stamp, resample};
/// let day = |month, day| Civil { year: 2024, month, day }.days() * 86_400_000_000;
/// let times = [day(1, 30), day(1, 31), day(2, 1), day(2, 2)];
/// let months =
///     resample(&[0.5, -0.5, 0.25, 0.25], &times, Stamp::Day, Every::Month, ReturnKind::Simple).unwrap();
/// assert_eq!(months.len(), 2);
/// assert_eq!((months[0].first_day.month, months[0].value), (1, Ok(-0.25)));
/// assert_eq!((months[1].first_day.month, months[1].value), (2, Ok(0.5625)));
/// ```
///
/// # Errors
/// [`TimesError`] unless there is one time a return and none is before the one above it.
pub fn resample(
    returns: &[f64],
    times: &[i64],
    stamp: Stamp,
    every: Every,
    kind: ReturnKind,
) -> Result<Vec<PeriodReturn>, TimesError> {
    check_times(returns.len(), times)?;
    let mut periods: Vec<PeriodReturn> = Vec::new();
    let mut start = 0;
    let first_day = |row: usize| every.first_day(stamp.day(times[row]));
    for row in 1..=returns.len() {
        if row < returns.len() && first_day(row) == first_day(start) {
            continue;
        }
        periods.push(PeriodReturn {
            first_day: Civil::from_days(first_day(start)),
            rows: start..row,
            value: compounded(&returns[start..row], kind),
        });
        start = row;
    }
    Ok(periods)
}

/// The returns between given moments: of the rows with `boundaries[i] < time <= boundaries[i + 1]`, one fewer than
/// boundaries. Rows outside are left out.
///
/// # Errors
/// [`TimesError`] unless there is one time a return, and none, nor a boundary, is before the one above it.
pub fn resample_between(
    returns: &[f64],
    times: &[i64],
    boundaries: &[i64],
    kind: ReturnKind,
) -> Result<Vec<Result<f64, Undefined>>, TimesError> {
    check_times(returns.len(), times)?;
    check_times(boundaries.len(), boundaries)?;
    let until = |boundary: i64| times.partition_point(|&time| time <= boundary);
    Ok(boundaries
        .windows(2)
        .map(|pair| compounded(&returns[until(pair[0])..until(pair[1])], kind))
        .collect())
}

/// What successive returns bring together.
pub(crate) fn compounded(returns: &[f64], kind: ReturnKind) -> Result<f64, Undefined> {
    match kind {
        ReturnKind::Simple => {
            let mut growth = Growth::default();
            returns.iter().for_each(|&r| growth.push(r));
            growth.total_return()
        }
        ReturnKind::Log => {
            let mut count = Count::default();
            let rows: Vec<f64> = returns
                .iter()
                .copied()
                .filter(|&r| count.admit(r))
                .collect();
            count.require(1)?;
            finite(sum(&rows))
        }
    }
}

/// A year in a table of months.
#[derive(Clone, Debug, PartialEq)]
pub struct YearOfMonths {
    /// The year.
    pub year: i64,
    /// January to December; [`Undefined::TooFew`] for a month without returns.
    pub months: [Result<f64, Undefined>; 12],
    /// The whole year, as far as it has returns.
    pub total: Result<f64, Undefined>,
}

/// Month by month: a row a year, from the first year with returns to the last.
///
/// # Errors
/// As [`resample`].
pub fn month_table(
    returns: &[f64],
    times: &[i64],
    stamp: Stamp,
    kind: ReturnKind,
) -> Result<Vec<YearOfMonths>, TimesError> {
    let months = resample(returns, times, stamp, Every::Month, kind)?;
    let mut years: Vec<YearOfMonths> = Vec::new();
    for (at, month) in months.iter().enumerate() {
        let year = month.first_day.year;
        if years.last().is_none_or(|last| last.year != year) {
            let until = months[at..]
                .iter()
                .take_while(|month| month.first_day.year == year)
                .last()
                .map_or(month.rows.end, |last| last.rows.end);
            years.push(YearOfMonths {
                year,
                months: [Err(Undefined::TooFew { need: 1, have: 0 }); 12],
                total: compounded(&returns[month.rows.start..until], kind),
            });
        }
        if let Some(year) = years.last_mut() {
            year.months[usize::from(month.first_day.month) - 1] = month.value;
        }
    }
    Ok(years)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DAY_MICROS;

    fn at(year: i64, month: u8, day: u8) -> i64 {
        Civil { year, month, day }.days() * DAY_MICROS
    }

    #[test]
    fn a_bar_that_ends_at_midnight_belongs_to_the_day_before() {
        let times = [at(2024, 1, 31), at(2024, 2, 1), at(2024, 2, 2)];
        let rows = |stamp| {
            let months = resample(
                &[0.5, 0.25, 1.0],
                &times,
                stamp,
                Every::Month,
                ReturnKind::Simple,
            );
            let months = months.unwrap();
            months
                .into_iter()
                .map(|month| month.rows)
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(Stamp::End), [0..2, 2..3]);
        assert_eq!(rows(Stamp::Day), [0..1, 1..3]);
    }

    #[test]
    fn missing_months_are_not_made_up() {
        let times = [at(2023, 11, 30), at(2024, 1, 2), at(2024, 1, 3)];
        let table = month_table(
            &[0.5, f64::NAN, f64::NAN],
            &times,
            Stamp::Day,
            ReturnKind::Simple,
        )
        .unwrap();
        let nothing = Err(Undefined::TooFew { need: 1, have: 0 });
        assert_eq!((table[0].year, table[1].year, table.len()), (2023, 2024, 2));
        assert_eq!(
            (table[0].months[10], table[0].months[11]),
            (Ok(0.5), nothing)
        );
        assert_eq!(
            (table[0].total, table[1].total, table[1].months[0]),
            (Ok(0.5), nothing, nothing)
        );
    }

    #[test]
    fn log_returns_add_up() {
        let times = [at(2024, 1, 1), at(2024, 1, 2)];
        let year = resample(
            &[0.5, 0.25],
            &times,
            Stamp::Day,
            Every::Year,
            ReturnKind::Log,
        );
        assert_eq!(year.unwrap()[0].value, Ok(0.75));
        assert_eq!(
            compounded(&[f64::INFINITY], ReturnKind::Log),
            Err(Undefined::NonFinite { index: 0 })
        );
    }

    #[test]
    fn periods_between_moments() {
        let returns = [0.5, -0.5, 1.0, 1.0];
        let found = resample_between(
            &returns,
            &[10, 20, 30, 40],
            &[10, 30, 35, 40],
            ReturnKind::Simple,
        );
        assert_eq!(
            found.unwrap(),
            [
                Ok(0.0),
                Err(Undefined::TooFew { need: 1, have: 0 }),
                Ok(1.0)
            ]
        );
    }

    #[test]
    fn times_must_fit() {
        let resampled = |times: &[i64]| {
            resample(
                &[0.5, 0.5],
                times,
                Stamp::Day,
                Every::Week,
                ReturnKind::Simple,
            )
            .map(|_| ())
        };
        assert_eq!(
            resampled(&[0]),
            Err(TimesError::Length {
                returns: 2,
                times: 1
            })
        );
        assert_eq!(resampled(&[1, 0]), Err(TimesError::Order { row: 1 }));
        assert_eq!(resampled(&[1, 1]), Ok(()));
        assert_eq!(
            resample(&[], &[], Stamp::Day, Every::Week, ReturnKind::Simple),
            Ok(vec![])
        );
    }
}
