//! Swing points: bars whose high (or low) stands out among those around them.
//!
//! With `s = swing_bars` and bars counted from 0, bar `i` is a
//! ```text
//! top       if  high[i] > high[j]  for i-s <= j < i   and  high[i] >= high[k]  for i < k <= i+s
//! bottom    if  low[i]  < low[j]   for i-s <= j < i   and  low[i]  <= low[k]   for i < k <= i+s
//! ```
//! and all of `i-s..=i+s` exist. It is known when bar `i+s`, the last that confirms it, has closed. Of equal extremes
//! close together the first is the turn: a plateau turns once, and a flat series never. Bars are counted as they
//! stand: a gap of missing bars is no bar. One wide bar may be a top and a bottom.
//!
//! A turn weighs by the volume of its bar: with `V` that volume and `M` the mean over the `volatility_bars` bars that
//! end with it, those without a volume left out,
//! ```text
//! weight = 2 V / (V + M)      0: nothing traded, 1: as much as usual, towards 2: far more than usual
//! ```
//! and 1 where the bar has no volume (NaN: not reported) or nothing was traded at all.

use highwater_market::{Bars, Timestamp};
use serde::Serialize;

use crate::SwingConfig;

/// A confirmed swing point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Turn {
    /// Its bar, counted from 0 among the bars it was found in. Known once bar `bar + swing_bars` has closed.
    pub bar: usize,
    /// The open of its bar.
    pub time: Timestamp,
    /// The high of a top, the low of a bottom.
    pub price: f64,
    /// Whether it is a top; else a bottom.
    pub top: bool,
    /// By its volume, from 0 to 2; 1 is usual, or not reported.
    pub volume_weight: f64,
}

/// The confirmed swing points of these bars, in the order of their bars, a bar's top before its bottom.
///
/// Takes time in proportion to the bars, and to `swing_bars` only where they turn.
///
/// ```
/// # use highwater_market::{Bars, PriceBar, Timeframe, Timestamp};
/// # use highwater_levels::{SwingConfig, turns};
/// # let bar = |day: i64, price: f64| PriceBar {
/// #     open_time: Timestamp::from_seconds(0).plus_days(day),
/// #     open: price, high: price, low: price, close: price, volume: f64::NAN,
/// # };
/// let prices = [1.0, 2.0, 3.0, 2.0, 1.0];
/// let bars = Bars::new(Timeframe::D1, (0..).zip(prices).map(|(day, price)| bar(day, price))).unwrap();
/// let config = SwingConfig { swing_bars: 2, ..SwingConfig::default() };
/// let found = turns(&bars, &config);
/// assert_eq!((found.len(), found[0].bar, found[0].price, found[0].top), (1, 2, 3.0, true));
/// ```
pub fn turns(bars: &Bars, config: &SwingConfig) -> Vec<Turn> {
    let config = config.clamped();
    let side = config.swing_bars;
    let mut found = Vec::new();
    let Some(end) = bars.len().checked_sub(side) else {
        return found;
    };
    let (high, low) = (bars.high(), bars.low());
    for bar in side..end {
        let top = is_turn(
            high,
            bar,
            side,
            |other| high[bar] > other,
            |other| high[bar] >= other,
        );
        let bottom = is_turn(
            low,
            bar,
            side,
            |other| low[bar] < other,
            |other| low[bar] <= other,
        );
        if !(top || bottom) {
            continue;
        }
        let volume_weight = volume_weight(bars.volume(), bar, config.volatility_bars);
        for (is, price, top) in [(top, high[bar], true), (bottom, low[bar], false)] {
            if is {
                found.push(Turn {
                    bar,
                    time: bars.open_times()[bar],
                    price,
                    top,
                    volume_weight,
                });
            }
        }
    }
    found
}

/// Whether `bar` stands out on both sides. Nearest neighbours first, both sides in turn: a rising or a falling
/// stretch is left after one step, whatever `side` is.
fn is_turn(
    extreme: &[f64],
    bar: usize,
    side: usize,
    beyond_earlier: impl Fn(f64) -> bool,
    beyond_later: impl Fn(f64) -> bool,
) -> bool {
    (1..=side).all(|step| beyond_earlier(extreme[bar - step]) && beyond_later(extreme[bar + step]))
}

fn volume_weight(volume: &[f64], bar: usize, window: usize) -> f64 {
    let own = volume[bar];
    if own.is_nan() {
        return 1.0;
    }
    let from = (bar + 1).saturating_sub(window);
    let (mut total, mut reported) = (0.0, 0.0);
    for &other in volume[from..=bar].iter().filter(|other| !other.is_nan()) {
        total += other;
        reported += 1.0;
    }
    let mean: f64 = total / reported;
    if own > 0.0 {
        // Not 2 V / (V + M): the sum of two huge volumes may overflow.
        2.0 / (1.0 + mean / own)
    } else if mean > 0.0 {
        0.0
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use highwater_market::{PriceBar, Timeframe};

    use super::*;

    fn bars_of(rows: &[(f64, f64, f64)]) -> Bars {
        Bars::new(
            Timeframe::D1,
            (0..).zip(rows).map(|(day, &(high, low, volume))| PriceBar {
                open_time: Timestamp::from_seconds(0).plus_days(day),
                open: low,
                high,
                low,
                close: high,
                volume,
            }),
        )
        .unwrap()
    }

    fn check(highs: &[f64], swing_bars: usize, expected: &[(usize, char)]) {
        let rows: Vec<_> = highs.iter().map(|&high| (high, high, f64::NAN)).collect();
        let config = SwingConfig {
            swing_bars,
            ..SwingConfig::default()
        };
        let found: Vec<_> = turns(&bars_of(&rows), &config)
            .iter()
            .map(|turn| (turn.bar, if turn.top { '^' } else { 'v' }))
            .collect();
        assert_eq!(found, expected, "{highs:?} with {swing_bars}");
    }

    #[test]
    fn a_turn_stands_out_on_both_sides() {
        check(&[], 1, &[]);
        check(&[1.0], 1, &[]);
        check(&[1.0, 2.0], 1, &[]);
        check(&[1.0, 2.0, 1.0], 1, &[(1, '^')]);
        check(&[2.0, 1.0, 2.0], 1, &[(1, 'v')]);
        // One bar short of its confirmation, and confirmed.
        check(&[1.0, 2.0, 3.0, 2.0], 2, &[]);
        check(&[1.0, 2.0, 3.0, 2.0, 1.0], 2, &[(2, '^')]);
        // A higher high two bars on.
        check(&[1.0, 2.0, 3.0, 2.0, 4.0], 2, &[]);
        check(&[1.0, 2.0, 3.0, 2.0, 4.0], 1, &[(2, '^'), (3, 'v')]);
        check(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1, &[]);
    }

    #[test]
    fn of_equal_extremes_the_first_is_the_turn() {
        check(&[1.0; 9], 2, &[]);
        check(&[1.0, 3.0, 3.0, 1.0], 1, &[(1, '^')]);
        check(&[1.0, 2.0, 3.0, 3.0, 3.0, 2.0, 1.0], 2, &[(2, '^')]);
        // Too far apart to share a window, each is a turn of its own.
        check(
            &[1.0, 3.0, 2.0, 3.0, 1.0],
            1,
            &[(1, '^'), (2, 'v'), (3, '^')],
        );
        check(&[0.5, 1.0, 3.0, 2.0, 3.0, 1.0, 0.5], 2, &[(2, '^')]);
    }

    #[test]
    fn a_wide_bar_may_be_top_and_bottom() {
        let none = f64::NAN;
        let found = turns(
            &bars_of(&[(3.0, 2.0, none), (4.0, 1.0, none), (3.0, 2.0, none)]),
            &SwingConfig {
                swing_bars: 1,
                ..SwingConfig::default()
            },
        );
        let prices: Vec<_> = found.iter().map(|turn| (turn.price, turn.top)).collect();
        assert_eq!(prices, [(4.0, true), (1.0, false)]);
    }

    #[test]
    fn a_turn_weighs_by_its_volume_beside_the_usual() {
        let none = f64::NAN;
        for (volumes, window, expected, why) in [
            ([5.0, 5.0], 2, 1.0, "as usual"),
            ([5.0, 1.0], 2, 0.5, "1 beside a mean of 3"),
            ([1.0, 3.0], 1, 1.0, "only its own bar to compare with"),
            (
                [none, 3.0],
                2,
                1.0,
                "the unreported one is left out of the mean",
            ),
            ([5.0, none], 2, 1.0, "not reported"),
            ([5.0, 0.0], 2, 0.0, "nothing traded"),
            ([0.0, 0.0], 2, 1.0, "nothing traded at all"),
            ([f64::MAX, f64::MAX], 2, 0.0, "a mean beyond numbers"),
        ] {
            assert_eq!(volume_weight(&volumes, 1, window), expected, "{why}");
        }
    }
}
