//! The vendor's hourly trading signals, each from the closes up to its hour.
//!
//! The rule is that of the daily signals ([`crate::trend`]), over hours, with a band as much narrower as an hour's
//! moves are smaller than a day's. How far back the vendor's endpoint reaches is not documented; this one reaches
//! [`HOURS`] back, so that a client meets an end of it.

use crate::trend::Trend;

/// The latest hours that are served.
pub(crate) const HOURS: usize = 30 * 24;

/// A fifth of the daily band: the root of 24 is close to 5.
const BAND: f64 = 0.002;

/// What is said of one hour, after its close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HourlySignal {
    /// +1, -1 or 0.
    pub(crate) signal: i64,
    /// Long, short or, before the first event, flat: +1, -1, 0.
    pub(crate) position: i64,
}

/// One signal an hour.
pub(crate) fn hourly_signals(closes: impl Iterator<Item = f64>) -> Vec<HourlySignal> {
    let mut trend: Option<Trend> = None;
    closes
        .map(|close| {
            let trend = trend.get_or_insert(Trend::from(close, BAND));
            HourlySignal {
                signal: trend.follow(close),
                position: trend.standing,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trend::WARM_UP;

    #[test]
    fn the_position_follows_from_the_events() {
        let rise_and_fall = (0..200).map(|hour: i32| 300.0 - f64::from((hour - 100).abs()));
        let said = hourly_signals(rise_and_fall);
        assert_eq!(said.len(), 200);
        let mut position = 0;
        let mut events = Vec::new();
        for (hour, said) in said.iter().enumerate() {
            if said.signal != 0 {
                position = said.signal;
                events.push((hour, said.signal));
            }
            assert_eq!(said.position, position, "hour {hour}");
        }
        assert_eq!(events.len(), 2, "{events:?}");
        assert_eq!(events[0], (WARM_UP, 1), "said as soon as anything is said");
        assert!(events[1].0 > 100 && events[1].1 == -1, "{events:?}");
    }

    #[test]
    fn of_no_hours_nothing_is_said() {
        assert_eq!(hourly_signals(std::iter::empty()), []);
    }
}
