//! What a breakout is, as a plan's `signal = "breakout"` acts on it.

use highwater_levels::breakouts;
use highwater_market::{
    Direction::{Long, Short},
    Known, PriceBar, Timeframe, Timestamp,
};

#[test]
fn a_breakout_closes_beyond_the_range_before_it_and_turns_the_direction() {
    // High, low, close of each day, and the event that it gives over the range of the two days before it.
    let days = [
        ([11.0, 9.0, 10.0], None, "nothing before two days are known"),
        (
            [12.0, 10.0, 11.0],
            None,
            "nothing before two days are known",
        ),
        (
            [15.0, 11.0, 12.0],
            None,
            "at the highest high of 12, not above it, whatever its own high",
        ),
        ([14.0, 12.0, 14.0], None, "below the high of 15"),
        ([16.0, 13.0, 15.5], Some(Long), "above 15: the first turn"),
        (
            [18.0, 15.0, 17.0],
            None,
            "above 16, the same way: nothing new",
        ),
        ([17.0, 12.0, 13.0], None, "at the lowest low of 13"),
        ([13.0, 10.0, 11.0], Some(Short), "below 12: it turns"),
        ([11.0, 8.0, 9.0], None, "below 10, the same way"),
        ([12.0, 9.0, 10.0], None, "within"),
        ([20.0, 10.0, 19.0], Some(Long), "above 12: it turns back"),
    ];
    let day = |n: i64| Timestamp::from_seconds(0).plus_days(n);
    let bars: Vec<Known<PriceBar>> = days
        .iter()
        .zip(0..)
        .map(|(&([high, low, close], ..), n)| Known {
            event_time: day(n),
            known_from: day(n) + Timeframe::D1,
            revision: false,
            value: PriceBar {
                open_time: day(n),
                open: close,
                high,
                low,
                close,
                volume: f64::NAN,
            },
        })
        .collect();
    let signals = breakouts(&bars, 2);
    for (n, (_, expected, why)) in (0..).zip(days) {
        let found = signals.iter().find(|signal| signal.event_time == day(n));
        let event = found.and_then(|signal| signal.value.direction());
        assert_eq!(event, expected, "day {n}: {why}");
        // Known when its bar is.
        assert!(found.is_none_or(|signal| signal.known_from == day(n + 1)));
    }
}
