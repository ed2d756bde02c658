//! Trailing returns: what the last month, year or three years brought, and the time since the beginning.
//!
//! A window of months ends with the last row and begins at the same day so many months before (the last day of a
//! shorter month): it holds the rows later than that day. It is defined if the value is known at its beginning, that
//! is if the series begins no later. A window to date begins with the calendar month, quarter or year of the last row,
//! or with the series if that is later.
//!
//! A window longer than a year, and the whole, is a yearly rate: `growth^(365.25 / days) - 1`, with the calendar days
//! from the last row at or before its beginning to its end, as ffn counts them. All others are plain returns.

use crate::{
    Growth, ReturnKind, Undefined,
    calendar::{Civil, Every, Stamp},
    resample::{TimesError, check_times},
};

/// A window that ends with the last row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trailing {
    /// The calendar month so far.
    MonthToDate,
    /// The calendar quarter so far.
    QuarterToDate,
    /// The calendar year so far.
    YearToDate,
    /// So many months; a yearly rate above 12.
    Months(u32),
    /// Everything, as a yearly rate.
    SinceInception,
}

impl Trailing {
    /// The usual table, from the shortest.
    pub const TABLE: [Self; 8] = [
        Self::MonthToDate,
        Self::Months(3),
        Self::Months(6),
        Self::YearToDate,
        Self::Months(12),
        Self::Months(36),
        Self::Months(60),
        Self::SinceInception,
    ];

    /// Its name in a table: MTD, 3M, YTD, 1Y.
    pub fn title(self) -> String {
        match self {
            Self::MonthToDate => "MTD".to_owned(),
            Self::QuarterToDate => "QTD".to_owned(),
            Self::YearToDate => "YTD".to_owned(),
            Self::Months(months) if months > 0 && months % 12 == 0 => format!("{}Y", months / 12),
            Self::Months(months) => format!("{months}M"),
            Self::SinceInception => "since inception".to_owned(),
        }
    }
}

/// The trailing returns of a series that begins at `from` (before its first return), in the order of `windows`.
/// Simple, whatever the kind of the returns. NaN is a missing row.
///
/// ```
/// use highwater_metrics::{Civil, ReturnKind, Stamp, Trailing, trailing};
/// let day = |month, day| Civil { year: 2024, month, day }.days() * 86_400_000_000;
/// let times = [day(1, 31), day(2, 29), day(3, 31)];
/// let windows = [Trailing::MonthToDate, Trailing::Months(2), Trailing::Months(3)];
/// let found =
///     trailing(&[0.5, 0.5, -0.5], &times, day(1, 15), Stamp::Day, ReturnKind::Simple, &windows).unwrap();
/// assert_eq!((found[0], found[1]), (Ok(-0.5), Ok(-0.25)));
/// assert!(found[2].is_err(), "the series is younger than three months");
/// ```
///
/// # Errors
/// [`TimesError`] unless there is one time a return and none is before the one above it. Of a window:
/// [`Undefined::TooShort`] if the series is younger, otherwise as [`Growth::total_return`] and [`Growth::cagr`].
pub fn trailing(
    returns: &[f64],
    times: &[i64],
    from: i64,
    stamp: Stamp,
    kind: ReturnKind,
    windows: &[Trailing],
) -> Result<Vec<Result<f64, Undefined>>, TimesError> {
    check_times(returns.len(), times)?;
    // Missing rows at the end are not time: the last day is that of the last observation.
    let rows = returns
        .iter()
        .rposition(|r| !r.is_nan())
        .map_or(0, |last| last + 1);
    let days: Vec<i64> = times[..rows].iter().map(|&time| stamp.day(time)).collect();
    let from = stamp.day(from);
    let one = |window: &Trailing| of(&returns[..rows], &days, from, kind, *window);
    Ok(windows.iter().map(one).collect())
}

fn of(
    returns: &[f64],
    days: &[i64],
    from: i64,
    kind: ReturnKind,
    window: Trailing,
) -> Result<f64, Undefined> {
    let Some(&last) = days.last() else {
        return Err(Undefined::TooFew { need: 1, have: 0 });
    };
    // The window holds the rows of days later than this one.
    let before = match window {
        Trailing::MonthToDate => Every::Month.first_day(last) - 1,
        Trailing::QuarterToDate => Every::Quarter.first_day(last) - 1,
        Trailing::YearToDate => Every::Year.first_day(last) - 1,
        Trailing::Months(months) => {
            let before = Civil::from_days(last).months_before(months).days();
            if before < from {
                return Err(Undefined::TooShort {
                    need_days: (last - before) as f64,
                    have_days: (last - from) as f64,
                });
            }
            before
        }
        Trailing::SinceInception => from.min(days[0] - 1),
    };
    let start = days.partition_point(|&day| day <= before);
    let mut growth = Growth::default();
    for &r in &returns[start..] {
        growth.push(match kind {
            ReturnKind::Simple => r,
            ReturnKind::Log => libm::expm1(r),
        });
    }
    let yearly = match window {
        Trailing::Months(months) => months > 12,
        Trailing::SinceInception => true,
        _ => false,
    };
    if !yearly {
        return growth.total_return();
    }
    let begun = start.checked_sub(1).map_or(from, |row| days[row]);
    growth.cagr((last - begun) as f64 / 365.25)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DAY_MICROS;

    fn on(year: i64, month: u8, day: u8) -> i64 {
        Civil { year, month, day }.days() * DAY_MICROS
    }

    fn found(returns: &[f64], times: &[i64], window: Trailing) -> Result<f64, Undefined> {
        let from = on(2022, 12, 31);
        let found = trailing(
            returns,
            times,
            from,
            Stamp::Day,
            ReturnKind::Simple,
            &[window],
        );
        found.unwrap()[0]
    }

    #[test]
    fn windows_hold_the_rows_after_their_beginning() {
        let times = [
            on(2023, 3, 31),
            on(2023, 12, 29),
            on(2024, 1, 5),
            on(2024, 2, 29),
        ];
        let returns = [0.5, 1.0, -0.5, 0.25];
        for (window, expected) in [
            (Trailing::MonthToDate, Ok(0.25)),
            (Trailing::QuarterToDate, Ok(-0.375)),
            (Trailing::YearToDate, Ok(-0.375)),
            (Trailing::Months(1), Ok(0.25)),
            (Trailing::Months(3), Ok(0.25)),
            (Trailing::Months(12), Ok(0.875)),
            (
                Trailing::Months(24),
                Err(Undefined::TooShort {
                    need_days: 731.0,
                    have_days: 425.0,
                }),
            ),
        ] {
            assert_eq!(found(&returns, &times, window), expected, "{window:?}");
        }
        let rate = found(&returns, &times, Trailing::SinceInception).unwrap();
        let expected = 1.875_f64.powf(365.25 / 425.0) - 1.0;
        assert!((rate - expected).abs() < 1e-14);
    }

    #[test]
    fn a_window_to_date_holds_its_first_day_and_not_the_day_before() {
        for (window, before, first) in [
            (Trailing::MonthToDate, on(2024, 4, 30), on(2024, 5, 1)),
            (Trailing::QuarterToDate, on(2024, 3, 31), on(2024, 4, 1)),
            (Trailing::YearToDate, on(2023, 12, 31), on(2024, 1, 1)),
        ] {
            let times = [before, first, on(2024, 5, 2)];
            assert_eq!(
                found(&[7.0, 0.5, -0.5], &times, window),
                Ok(-0.25),
                "{window:?}"
            );
        }
    }

    #[test]
    fn rows_that_are_missing_at_the_end_are_no_time() {
        let times = [on(2024, 1, 31), on(2024, 2, 1)];
        let month = found(&[0.5, f64::NAN], &times, Trailing::MonthToDate);
        assert_eq!(month, Ok(0.5));
        let nothing = found(&[f64::NAN; 2], &times, Trailing::MonthToDate);
        assert_eq!(nothing, Err(Undefined::TooFew { need: 1, have: 0 }));
        assert!(found(&[-2.0, 0.5], &times, Trailing::SinceInception).is_err());
    }

    #[test]
    fn the_first_row_counts_though_it_be_of_the_day_of_the_beginning() {
        let begun = on(2022, 12, 31);
        let times = [begun, on(2023, 12, 31)];
        let rate = found(&[0.5, 1.0], &times, Trailing::SinceInception).unwrap();
        assert!((rate - (3.0_f64.powf(365.25 / 365.0) - 1.0)).abs() < 1e-14);
    }

    #[test]
    fn titles() {
        let titles = Trailing::TABLE.map(Trailing::title);
        assert_eq!(
            titles,
            [
                "MTD",
                "3M",
                "6M",
                "YTD",
                "1Y",
                "3Y",
                "5Y",
                "since inception"
            ]
        );
    }

    #[test]
    fn log_returns_give_simple_ones() {
        let windows = [Trailing::YearToDate];
        let (times, from) = ([on(2024, 1, 31)], on(2023, 12, 31));
        let rows = [libm::log(1.5)];
        let year = trailing(&rows, &times, from, Stamp::Day, ReturnKind::Log, &windows).unwrap()[0];
        assert!((year.unwrap() - 0.5).abs() < 1e-15);
    }
}
