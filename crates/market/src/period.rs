//! A stretch of days, both ends included, as the vendor's API asks for them.

use std::fmt;

use serde::Serialize;

use crate::Timestamp;

/// Calendar days `from..=until`, UTC. Both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Period {
    from: Timestamp,
    until: Timestamp,
}

/// The first day is after the last.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the period begins on {from}, after its last day {until}")]
pub struct PeriodError {
    /// The first day given.
    pub from: String,
    /// The last day given.
    pub until: String,
}

impl Period {
    /// The days of two instants and all between.
    ///
    /// # Errors
    /// [`PeriodError`] if the first day is after the last.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, PeriodError> {
        let (from, until) = (from.day(), until.day());
        if from <= until {
            Ok(Self { from, until })
        } else {
            Err(PeriodError {
                from: from.date(),
                until: until.date(),
            })
        }
    }

    /// 00:00 of the first day.
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// 00:00 of the last day.
    pub const fn until(self) -> Timestamp {
        self.until
    }

    /// The first instant after the last day.
    pub const fn end(self) -> Timestamp {
        self.until.plus_days(1)
    }

    /// How many days, at least 1.
    pub const fn days(self) -> i64 {
        self.until.days_since_epoch() - self.from.days_since_epoch() + 1
    }

    /// Whether an instant falls on one of the days.
    pub fn contains(self, instant: Timestamp) -> bool {
        self.from <= instant && instant < self.end()
    }

    /// The period cut into stretches of at most `days` days: no gap, no day twice.
    ///
    /// # Panics
    /// If `days` is below 1.
    pub fn windows(self, days: i64) -> impl Iterator<Item = Self> {
        assert!(days >= 1, "a window holds at least one day");
        let mut next = self.from;
        std::iter::from_fn(move || {
            let from = (next <= self.until).then_some(next)?;
            let until = from.plus_days(days - 1).min(self.until);
            next = until.plus_days(1);
            Some(Self { from, until })
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from.date(), self.until.date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_seconds(0).plus_days(n)
    }

    #[test]
    fn windows_neither_lose_nor_repeat_a_day() {
        for length in 1..=95 {
            let period = Period::new(day(0), day(length - 1)).unwrap();
            assert_eq!(period.days(), length);
            let windows: Vec<_> = period.windows(30).collect();
            let mut expected = 0;
            for window in &windows {
                assert_eq!(window.from(), day(expected), "{length} days");
                assert!(window.days() <= 30);
                expected += window.days();
            }
            assert_eq!(expected, length, "every day is in a window");
        }
    }

    #[test]
    fn a_period_keeps_its_order() {
        assert!(Period::new(day(1), day(0)).is_err());
        let one = Period::new(day(3), day(3)).unwrap();
        assert!(one.contains(day(3)) && one.contains(day(4).plus_micros(-1)));
        assert!(!one.contains(day(4)) && !one.contains(day(3).plus_micros(-1)));
    }
}
