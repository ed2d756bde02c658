//! The days of the simulated market.

use highwater_market::Timestamp;

/// 2023-07-01.
pub(crate) const FIRST_DAY: Timestamp = Timestamp::from_seconds(1_688_169_600);
/// Until 2026-06-30.
pub(crate) const DAYS: usize = 1_096;
/// The last days, which have hourly bars too.
pub(crate) const HOURLY_DAYS: usize = 90;
/// The first of them.
pub(crate) const FIRST_HOURLY: usize = DAYS - HOURLY_DAYS;

/// One hour, in microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;
/// One day, in microseconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// 00:00 of a day.
pub(crate) const fn midnight(day: usize) -> Timestamp {
    FIRST_DAY.plus_days(day as i64)
}

/// The day's number, which may lie before or after the market's.
pub(crate) const fn number(instant: Timestamp) -> i64 {
    instant.days_since_epoch() - FIRST_DAY.days_since_epoch()
}

/// The start of an hour, counted from the first hourly one.
pub(crate) const fn hour(index: usize) -> Timestamp {
    midnight(FIRST_HOURLY).plus_micros(index as i64 * HOUR)
}

/// How many days of the market are over at `now`.
pub(crate) fn complete_days(now: Timestamp) -> usize {
    number(now).clamp(0, DAYS as i64) as usize
}

/// How many hours of the hourly stretch are over at `now`.
pub(crate) fn complete_hours(now: Timestamp) -> usize {
    let hours = now.micros().div_euclid(HOUR) - hour(0).micros().div_euclid(HOUR);
    hours.clamp(0, 24 * HOURLY_DAYS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_market_has_the_days_it_claims() {
        assert_eq!(midnight(0).date(), "2023-07-01");
        assert_eq!(midnight(DAYS - 1).date(), "2026-06-30");
        assert_eq!(hour(24 * HOURLY_DAYS), midnight(DAYS));
    }

    #[test]
    fn a_day_is_over_at_its_end_and_not_before() {
        assert_eq!(complete_days(midnight(1)), 1);
        assert_eq!(complete_days(midnight(1).plus_micros(-1)), 0);
        assert_eq!(complete_days(Timestamp::MIN.plus_days(2)), 0);
        assert_eq!(complete_days(Timestamp::MAX), DAYS);
    }

    #[test]
    fn an_hour_is_over_at_its_end_and_not_before() {
        assert_eq!(complete_hours(hour(1)), 1);
        assert_eq!(complete_hours(hour(1).plus_micros(-1)), 0);
        assert_eq!(complete_hours(Timestamp::MIN), 0);
        assert_eq!(complete_hours(Timestamp::MAX), 24 * HOURLY_DAYS);
    }
}
