//! Breakouts: signals that the bars themselves give.
//!
//! ```text
//! long    close[i] > max(high[i-n..i])        short    close[i] < min(low[i-n..i])
//! ```
//! over the `n` bars before bar `i`. A breakout is an event when it turns the trend, or begins it; further closes beyond
//! the range in the same direction are no news. Nothing is said before `n` bars are known. Source: the channel rule of
//! Richard Donchian, as in Curtis Faith, "Way of the Turtle", 2007, chapter on the entry systems.

use std::collections::VecDeque;

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
/// let events: Vec<_> = breakouts(&bars, 3).iter().map(|signal| signal.value.event).collect();
/// assert_eq!(events, [Some(Direction::Long), None, Some(Direction::Short)]);
/// ```
pub fn breakouts(versions: &[Known<PriceBar>], lookback: usize) -> Vec<Known<Signal>> {
    let mut known = Range::new(lookback);
    let mut trend: Option<Direction> = None;
    let mut signals = Vec::new();
    for version in versions {
        let bar = version.value;
        if known.ends_before(bar.open_time)
            && let Some((low, high)) = known.extremes()
        {
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
                value: Signal {
                    event,
                    trend: trend.map(Trend),
                },
            });
        }
        known.put(&bar);
    }
    signals
}

/// The range of the last bars, as new ones come. Bars that come in order cost the same whatever the lookback: of the highs
/// of the window only those are kept that no later one beats, so that the first is the highest; the same of the lows.
struct Range {
    lookback: usize,
    /// Every bar: its open, high and low, ascending by the open.
    bars: Vec<(Timestamp, f64, f64)>,
    /// Places of the highs that are kept, the highest first.
    highs: VecDeque<usize>,
    /// Places of the lows that are kept, the lowest first.
    lows: VecDeque<usize>,
}

impl Range {
    const fn new(lookback: usize) -> Self {
        Self {
            lookback,
            bars: Vec::new(),
            highs: VecDeque::new(),
            lows: VecDeque::new(),
        }
    }

    fn ends_before(&self, instant: Timestamp) -> bool {
        self.bars.last().is_none_or(|&(last, ..)| last < instant)
    }

    /// The lowest low and the highest high of the window; `None` before there are so many bars.
    fn extremes(&self) -> Option<(f64, f64)> {
        let full = self.bars.len() >= self.lookback;
        let (&low, &high) = self.lows.front().zip(self.highs.front()).filter(|_| full)?;
        Some((self.bars[low].2, self.bars[high].1))
    }

    fn put(&mut self, bar: &PriceBar) {
        let row = (bar.open_time, bar.high, bar.low);
        if self.ends_before(bar.open_time) {
            self.bars.push(row);
            self.keep(self.bars.len() - 1);
            return;
        }
        // A bar that came late, or was corrected: the window is gone through again.
        match self
            .bars
            .binary_search_by_key(&bar.open_time, |&(open, ..)| open)
        {
            Ok(place) => self.bars[place] = row,
            Err(place) => self.bars.insert(place, row),
        }
        self.highs.clear();
        self.lows.clear();
        for place in self.bars.len().saturating_sub(self.lookback)..self.bars.len() {
            self.keep(place);
        }
    }

    /// Take the bar at a place, the next of the window, into account.
    fn keep(&mut self, place: usize) {
        let (bars, first) = (&self.bars, (place + 1).saturating_sub(self.lookback));
        let (_, high, low) = bars[place];
        for (kept, beaten) in [
            (
                &mut self.highs,
                &(|at: usize| bars[at].1 <= high) as &dyn Fn(usize) -> bool,
            ),
            (&mut self.lows, &|at: usize| bars[at].2 >= low),
        ] {
            while kept.back().is_some_and(|&at| beaten(at)) {
                kept.pop_back();
            }
            kept.push_back(place);
            while kept.front().is_some_and(|&at| at < first) {
                kept.pop_front();
            }
        }
    }
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
        signals.iter().map(|signal| signal.value.event).collect()
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
        fn the_range_is_that_of_a_search_through_all_bars(
            puts in prop::collection::vec((0_i64..30, 0_u8..9), 1..80),
            lookback in 1_usize..12,
        ) {
            let mut range = Range::new(lookback);
            let mut plain = std::collections::BTreeMap::new();
            for (day, price) in puts {
                let bar = version(day, day, f64::from(price)).value;
                range.put(&bar);
                plain.insert(bar.open_time, (bar.low, bar.high));
                let window = plain.values().rev().take(lookback).copied();
                let found = window.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
                prop_assert_eq!(range.extremes(), found.filter(|_| plain.len() >= lookback));
            }
        }

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
