//! Breakouts: signals that the bars themselves give.
//!
//! ```text
//! long    close[i] > max(high[i-n..i])        short    close[i] < min(low[i-n..i])
//! ```
//! over the `n` bars before bar `i`. A breakout is an event when it turns the trend, or begins it; further closes beyond
//! the range in the same direction are no news. Nothing is said before `n` bars are known. Source: the channel rule of
//! Richard Donchian, as in Curtis Faith, "Way of the Turtle", 2007, chapter on the entry systems.

use std::collections::BTreeMap;

use highwater_market::{Direction, Known, PriceBar, Signal, Timestamp, Trend};

/// Signals of breakouts from the range of the `lookback` bars before, from versions of bars in the order in which they
/// became known. A signal is known from when its bar was; a bar that became known after a later one says nothing, and
/// a revision changes the range for bars to come, never a signal that was given.
///
/// ```
/// use highwater_levels::breakouts;
/// use highwater_market::{Direction, Known, PriceBar, Timeframe, Timestamp};
///
/// let closes = [10.0, 11.0, 10.0, 12.0, 13.0, 8.0];
/// let bars: Vec<_> = closes
///     .iter()
///     .enumerate()
///     .map(|(day, &close)| {
///         let open_time = Timestamp::from_seconds(0).plus_days(day as i64);
///         let value = PriceBar { open_time, open: close, high: close, low: close, close, volume: f64::NAN };
///         Known { event_time: open_time, known_from: open_time + Timeframe::D1, revision: false, value }
///     })
///     .collect();
/// let events: Vec<_> = breakouts(&bars, 3).iter().map(|signal| signal.value.direction()).collect();
/// assert_eq!(events, [Some(Direction::Long), None, Some(Direction::Short)]);
/// ```
pub fn breakouts(versions: &[Known<PriceBar>], lookback: usize) -> Vec<Known<Signal>> {
    let mut known: BTreeMap<Timestamp, (f64, f64)> = BTreeMap::new();
    let mut trend: Option<Direction> = None;
    let mut signals = Vec::new();
    for version in versions {
        let bar = version.value;
        let is_latest = known
            .last_key_value()
            .is_none_or(|(&last, _)| bar.open_time > last);
        if is_latest && known.len() >= lookback {
            let (mut high, mut low) = (f64::NEG_INFINITY, f64::INFINITY);
            for &(bar_high, bar_low) in known.values().rev().take(lookback) {
                high = high.max(bar_high);
                low = low.min(bar_low);
            }
            let broken = if bar.close > high {
                Some(Direction::Long)
            } else if bar.close < low {
                Some(Direction::Short)
            } else {
                None
            };
            let event = broken.filter(|&direction| trend != Some(direction));
            trend = event.or(trend);
            signals.push(Known {
                event_time: bar.open_time,
                known_from: version.known_from,
                revision: false,
                value: Signal::toward(event, trend.map(Trend)),
            });
        }
        known.insert(bar.open_time, (bar.high, bar.low));
    }
    signals
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(day: i64, known_day: i64, price: f64) -> Known<PriceBar> {
        let open_time = Timestamp::from_seconds(0).plus_days(day);
        Known {
            event_time: open_time,
            known_from: Timestamp::from_seconds(0).plus_days(known_day),
            revision: false,
            value: PriceBar {
                open_time,
                open: price,
                high: price + 1.0,
                low: price - 1.0,
                close: price,
                volume: f64::NAN,
            },
        }
    }

    fn events(signals: &[Known<Signal>]) -> Vec<Option<Direction>> {
        signals
            .iter()
            .map(|signal| signal.value.direction())
            .collect()
    }

    #[test]
    fn only_a_close_beyond_the_range_is_an_event_and_only_when_it_turns_the_trend() {
        let closes = [10.0, 10.0, 11.0, 11.5, 14.0, 16.0, 12.0, 9.0];
        let versions: Vec<_> = closes
            .iter()
            .zip(0..)
            .map(|(&close, day)| version(day, day + 1, close))
            .collect();
        let signals = breakouts(&versions, 2);
        assert_eq!(
            events(&signals),
            [
                None,                   // 11 = the high of the range, not above it
                None,                   // 11.5 below 12
                Some(Direction::Long),  // 14 above 12.5
                None,                   // 16 again, the same way
                Some(Direction::Short), // 12 below 13
                None,                   // 9 again, the same way
            ]
        );
        assert_eq!(signals[5].value.trend, Some(Trend(Direction::Short)));
    }

    #[test]
    fn a_bar_known_after_a_later_one_says_nothing() {
        let versions = [
            version(0, 1, 10.0),
            version(1, 2, 10.0),
            version(3, 4, 10.0),
            version(2, 5, 99.0),
        ];
        let signals = breakouts(&versions, 2);
        assert_eq!(signals.len(), 1);
        assert_eq!(signals[0].event_time, versions[2].event_time);
    }

    proptest! {
        #[test]
        fn what_becomes_known_later_changes_no_earlier_signal(
            closes in prop::collection::vec(1.0..100.0_f64, 1..60),
            cut in 0..60_usize,
            lookback in 1..8_usize,
        ) {
            let versions: Vec<_> = closes
                .iter()
                .zip(0..)
                .map(|(&close, day)| version(day, day + 1, close))
                .collect();
            let cut = cut.min(versions.len());
            let whole = breakouts(&versions, lookback);
            let before = breakouts(&versions[..cut], lookback);
            prop_assert_eq!(&whole[..before.len()], &before[..]);
        }
    }
}
