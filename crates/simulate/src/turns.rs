//! The vendor's support and resistance: prices where the market turned.
//!
//! A day turns the market if its high is the highest, or its low the lowest, of the five days on either side. That is
//! seen five days later, when the level appears. It vanishes when the close has crossed it seven times, or when a
//! newer turn comes to lie within one percent of it.

use highwater_market::PriceBar;

/// Days on either side of a turn: also the days after which it is seen.
pub(crate) const CONFIRMATION: usize = 5;
const CROSSINGS: usize = 7;
const SAME: f64 = 0.01;

/// A level, and the days on which the vendor's list holds it. Days count from the token's first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Turn {
    /// The day that turned.
    pub(crate) formed: usize,
    /// Its high or low.
    pub(crate) price: f64,
    /// The first day after whose close it is listed.
    pub(crate) appears: usize,
    /// The first day after whose close it is listed no more; `usize::MAX` if it still is.
    pub(crate) vanishes: usize,
}

/// Every level that was ever listed, by the day on which it appears.
pub(crate) fn turns(bars: &[PriceBar]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for appears in 2 * CONFIRMATION..bars.len() {
        let formed = appears - CONFIRMATION;
        let around = &bars[formed - CONFIRMATION..=appears];
        let high = bars[formed].high;
        let low = bars[formed].low;
        // The first of equals turns the market, the others only touch the level.
        let (before, after) = (&around[..CONFIRMATION], &around[CONFIRMATION + 1..]);
        let is_high =
            before.iter().all(|bar| bar.high < high) && after.iter().all(|bar| bar.high <= high);
        let is_low =
            before.iter().all(|bar| bar.low > low) && after.iter().all(|bar| bar.low >= low);
        for (turned, price) in [(is_high, high), (is_low, low)] {
            if !turned {
                continue;
            }
            for older in &mut turns {
                if older.vanishes > appears && (older.price / price - 1.0).abs() < SAME {
                    older.vanishes = appears;
                }
            }
            let vanishes = worn_out(bars, formed, price);
            if vanishes > appears {
                turns.push(Turn {
                    formed,
                    price,
                    appears,
                    vanishes,
                });
            }
        }
    }
    turns
}

/// The day of the last crossing that a level bears.
fn worn_out(bars: &[PriceBar], formed: usize, price: f64) -> usize {
    let mut crossings = 0;
    for day in formed + 1..bars.len() {
        if (bars[day].close > price) != (bars[day - 1].close > price) {
            crossings += 1;
            if crossings == CROSSINGS {
                return day;
            }
        }
    }
    usize::MAX
}

/// The levels listed after the close of `day`.
pub(crate) fn listed(turns: &[Turn], day: usize) -> impl Iterator<Item = &Turn> {
    turns
        .iter()
        .filter(move |turn| turn.appears <= day && day < turn.vanishes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::midnight;

    fn bars(closes: &[f64]) -> Vec<PriceBar> {
        closes
            .iter()
            .enumerate()
            .map(|(day, &close)| PriceBar {
                open_time: midnight(day),
                open: close,
                high: close + 0.5,
                low: close - 0.5,
                close,
                volume: 1.0,
            })
            .collect()
    }

    #[test]
    fn a_turn_is_listed_when_it_is_confirmed() {
        let hill: Vec<f64> = (0..20)
            .map(|day| 100.0 - f64::from(i32::abs(day - 8)))
            .collect();
        let turns = turns(&bars(&hill));
        let expected = Turn {
            formed: 8,
            price: 100.5,
            appears: 13,
            vanishes: usize::MAX,
        };
        assert_eq!(turns, [expected]);
        assert_eq!(listed(&turns, 12).count(), 0);
        assert_eq!(listed(&turns, 13).count(), 1);
    }

    #[test]
    fn a_level_crossed_too_often_vanishes() {
        let mut closes: Vec<f64> = (0..16)
            .map(|day| 100.0 - f64::from(i32::abs(day - 8)))
            .collect();
        closes.extend([110.0, 90.0, 110.0, 90.0, 110.0, 90.0, 110.0, 90.0]);
        let turns = turns(&bars(&closes));
        let hill = turns.iter().find(|turn| turn.formed == 8).unwrap();
        assert_eq!(hill.vanishes, 22, "the seventh crossing");
        assert_eq!(
            listed(&turns, 22).filter(|turn| turn.formed == 8).count(),
            0
        );
    }

    #[test]
    fn later_bars_change_no_list() {
        let closes: Vec<f64> = (0..120)
            .map(|day| 100.0 + f64::from((day * 37) % 23) - f64::from((day * 11) % 17))
            .collect();
        let all = bars(&closes);
        let whole = turns(&all);
        for day in 0..all.len() {
            let then: Vec<_> = turns(&all[..=day]);
            let seen: Vec<(usize, f64)> = listed(&then, day)
                .map(|turn| (turn.formed, turn.price))
                .collect();
            let again: Vec<(usize, f64)> = listed(&whole, day)
                .map(|turn| (turn.formed, turn.price))
                .collect();
            assert_eq!(seen, again, "after day {day}");
        }
    }
}
