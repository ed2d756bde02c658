//! Dates of the proleptic Gregorian calendar, in UTC.
//!
//! Years are counted from March, so that the leap day ends the year; 400 such years have 146,097 days, a century
//! 36,524 but for the last, four years 1,461 but for the last of a century. Months from March have
//! 31, 30, 31, 30, 31 days, and again, of which `(153 m + 2) / 5` is the sum before the month `m`.
//! Exact for every moment that microseconds in an `i64` can name, some 292,000 years either way.

/// Microseconds in a day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Civil {
    /// The year; 0 is the year before 1.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
}

impl Civil {
    /// The date of a day counted from 1970-01-01, which is 0.
    ///
    /// ```
    /// use highwater_metrics::Civil;
    /// assert_eq!(Civil::from_days(0), Civil { year: 1970, month: 1, day: 1 });
    /// assert_eq!(Civil::from_days(18_321), Civil { year: 2020, month: 2, day: 29 });
    /// ```
    pub const fn from_days(days: i64) -> Self {
        // From 1 March of the year 0.
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        // Leap days before this day are not part of 365-day years; the last days of a century and of the era are.
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        let january = if month <= 2 { 1 } else { 0 };
        Self {
            year: era * 400 + year + january,
            month: month as u8,
            day: day as u8,
        }
    }

    /// Days since 1970-01-01, negative before it.
    pub const fn days(self) -> i64 {
        let year = if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let march_month = (self.month as i64 + 9) % 12;
        let of_year = (153 * march_month + 2) / 5 + self.day as i64 - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// The same day `months` earlier; the last day of that month if it is shorter.
    ///
    /// ```
    /// use highwater_metrics::Civil;
    /// let end = Civil { year: 2024, month: 3, day: 31 };
    /// assert_eq!(end.months_before(1), Civil { year: 2024, month: 2, day: 29 });
    /// ```
    #[must_use]
    pub const fn months_before(self, months: u32) -> Self {
        let count = self.year * 12 + self.month as i64 - 1 - months as i64;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u8 + 1);
        let last = Self::days_in(year, month);
        Self {
            year,
            month,
            day: if self.day < last { self.day } else { last },
        }
    }

    const fn days_in(year: i64, month: u8) -> u8 {
        match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

/// What the time beside a return names. Microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// The moment at which the return ended: midnight belongs to the day that it ends.
    End,
    /// The day of the return, at any moment of it: midnight belongs to the day that it begins.
    Day,
}

impl Stamp {
    /// The day that a return at `time` belongs to, counted from 1970-01-01.
    pub const fn day(self, time: i64) -> i64 {
        match self {
            Self::End => time.saturating_sub(1).div_euclid(DAY_MICROS),
            Self::Day => time.div_euclid(DAY_MICROS),
        }
    }
}

/// Periods of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// Monday to Sunday.
    Week,
    /// A month.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// A year from January.
    Year,
}

impl Every {
    /// The first day of the period with this day, both counted from 1970-01-01.
    pub const fn first_day(self, day: i64) -> i64 {
        let date = Civil::from_days(day);
        let month = match self {
            // 1970-01-01 was a Thursday.
            Self::Week => return day - (day + 3).rem_euclid(7),
            Self::Month => date.month,
            Self::Quarter => date.month - (date.month - 1) % 3,
            Self::Year => 1,
        };
        let first = Civil {
            year: date.year,
            month,
            day: 1,
        };
        first.days()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_follows_the_one_before() {
        // More than two eras, with the years 1600, 1900 and 2000 among them, one day at a time.
        let mut date = Civil {
            year: 1500,
            month: 1,
            day: 1,
        };
        for days in date.days()..300_000 {
            assert_eq!((Civil::from_days(days), date.days()), (date, days));
            date.day += 1;
            if date.day > Civil::days_in(date.year, date.month) {
                (date.day, date.month) = (1, date.month + 1);
            }
            if date.month > 12 {
                (date.month, date.year) = (1, date.year + 1);
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_dates_too() {
        for time in [i64::MIN, i64::MAX] {
            for stamp in [Stamp::End, Stamp::Day] {
                let day = stamp.day(time);
                assert_eq!(Civil::from_days(day).days(), day);
                assert!(Every::Year.first_day(day) <= day);
            }
        }
        assert_eq!(
            Civil::from_days(-1),
            Civil {
                year: 1969,
                month: 12,
                day: 31
            }
        );
        assert_eq!(
            Civil {
                year: 0,
                month: 3,
                day: 1
            }
            .days(),
            -719_468
        );
    }

    #[test]
    fn midnight_ends_a_day_or_begins_one() {
        assert_eq!(
            (Stamp::End.day(DAY_MICROS), Stamp::Day.day(DAY_MICROS)),
            (0, 1)
        );
        assert_eq!((Stamp::End.day(1), Stamp::Day.day(1)), (0, 0));
        assert_eq!((Stamp::End.day(0), Stamp::Day.day(0)), (-1, 0));
    }

    #[test]
    fn periods_begin_where_they_should() {
        let day = |year, month, day| Civil { year, month, day }.days();
        let today = day(2024, 5, 16); // a Thursday
        for (every, expected) in [
            (Every::Week, day(2024, 5, 13)),
            (Every::Month, day(2024, 5, 1)),
            (Every::Quarter, day(2024, 4, 1)),
            (Every::Year, day(2024, 1, 1)),
        ] {
            assert_eq!(every.first_day(today), expected, "{every:?}");
            assert_eq!(every.first_day(expected), expected, "{every:?}");
        }
        assert_eq!(
            Civil {
                year: 2024,
                month: 1,
                day: 31
            }
            .months_before(11),
            Civil {
                year: 2023,
                month: 2,
                day: 28
            }
        );
        assert_eq!(
            Civil {
                year: 2024,
                month: 1,
                day: 1
            }
            .months_before(12),
            Civil {
                year: 2023,
                month: 1,
                day: 1
            }
        );
    }
}
