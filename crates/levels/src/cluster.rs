//! Levels: turns brought together, with a strength.
//!
//! Distances are in log-price, scaled by volatility: the mean over the last `volatility_bars` bars of the true range
//! ```text
//! true_range[t] = ln( max(high[t], close[t-1]) / min(low[t], close[t-1]) )      (the first bar: ln(high / low))
//! width         = cluster x mean(true_range)
//! ```
//! Turns, ascending by price, fill zones from the lowest: a zone takes every turn within `width` of its lowest, the
//! next zone begins with the next turn. No set of zones of that width is smaller. A level's price is the mean of its
//! turns; a flat market has a width of 0 and brings together equal prices alone.
//!
//! Each turn counts by its volume weight (`turn.rs`) and its age in bars, and the sum saturates:
//! ```text
//! recency  = H / (H + age)             H = 10 x volatility_bars, 200 by default; a turn that old counts half
//! W        = sum of volume_weight x recency over the turns
//! strength = W / (1 + W)               in 0..1: one fresh turn on usual volume 0.5, three of them 0.75
//! ```
//! Prices enter as ratios, so that doubling every price doubles every level and changes nothing else, to the last bit.
//! Logarithm and exponential are those of the `libm` crate, the same on every machine.

use highwater_market::{Bars, Level, LevelSide, Price};

use crate::{
    SwingConfig,
    turn::{Turn, turns},
};

/// The levels of these bars, all of which may be looked at, ascending by price, sides as seen from `price`.
///
/// A config with values out of range counts as the nearest one within (see [`SwingConfig::checked`]).
pub fn levels(bars: &Bars, config: &SwingConfig, price: Price) -> Vec<Level> {
    let chart = Chart::new(bars, config);
    chart.levels(bars.len(), price)
}

/// Bars, reduced to what the levels of any of their prefixes need.
pub(crate) struct Chart {
    config: SwingConfig,
    /// True range of every bar, in log-price.
    true_range: Vec<f64>,
    /// Every turn, ascending by price; of equal prices the earlier bar first.
    turns: Vec<Turn>,
}

impl Chart {
    pub(crate) fn new(bars: &Bars, config: &SwingConfig) -> Self {
        let config = config.clamped();
        let mut turns = turns(bars, &config);
        turns.sort_by(|a, b| a.price.total_cmp(&b.price).then(a.bar.cmp(&b.bar)));
        Self {
            config,
            true_range: true_ranges(bars),
            turns,
        }
    }

    /// The levels of the first `count` bars.
    ///
    /// Whether a bar is a turn depends on the bars around it alone, so that the turns of a prefix are those of the
    /// whole that it confirms: one pass over the sorted turns, and nothing is sorted again.
    pub(crate) fn levels(&self, count: usize, price: Price) -> Vec<Level> {
        let config = &self.config;
        let width_ratio = libm::exp(config.cluster * self.volatility(count));
        let half_life = 10.0 * config.volatility_bars as f64;
        let oldest = config
            .max_age_bars
            .map_or(0, |age| count.saturating_sub(age.saturating_add(1)));

        let mut found = Vec::new();
        let mut zone: Option<Zone> = None;
        for turn in &self.turns {
            let known = turn.bar + config.swing_bars < count;
            if !known || turn.bar < oldest {
                continue;
            }
            let age = (count - 1 - turn.bar) as f64;
            let weight = turn.volume_weight * (half_life / (half_life + age));
            match &mut zone {
                Some(zone) if turn.price / zone.lowest <= width_ratio => zone.add(turn, weight),
                _ => {
                    let full = zone.replace(Zone::of(turn, weight));
                    found.extend(full.and_then(|zone| zone.level(config.min_touches, price)));
                }
            }
        }
        found.extend(zone.and_then(|zone| zone.level(config.min_touches, price)));
        found
    }

    /// Mean true range of the last `volatility_bars` of the first `count` bars; 0 without bars.
    fn volatility(&self, count: usize) -> f64 {
        let window = &self.true_range[count.saturating_sub(self.config.volatility_bars)..count];
        if window.is_empty() {
            0.0
        } else {
            window.iter().sum::<f64>() / window.len() as f64
        }
    }
}

/// Neighbouring turns, on their way to a level.
struct Zone {
    lowest: f64,
    highest: f64,
    /// Sum of the distances of its turns from the lowest.
    above_lowest: f64,
    weight: f64,
    touches: u32,
    first: Turn,
    last: Turn,
}

impl Zone {
    fn of(turn: &Turn, weight: f64) -> Self {
        Self {
            lowest: turn.price,
            highest: turn.price,
            above_lowest: 0.0,
            weight,
            touches: 1,
            first: *turn,
            last: *turn,
        }
    }

    /// Add a turn that is not below the others.
    fn add(&mut self, turn: &Turn, weight: f64) {
        self.highest = turn.price;
        self.above_lowest += turn.price - self.lowest;
        self.weight += weight;
        self.touches += 1;
        if turn.bar < self.first.bar {
            self.first = *turn;
        }
        if turn.bar > self.last.bar {
            self.last = *turn;
        }
    }

    fn level(self, min_touches: u32, seen_from: Price) -> Option<Level> {
        if self.touches < min_touches {
            return None;
        }
        let mean = self.lowest + self.above_lowest / f64::from(self.touches);
        // Rounding, or a sum beyond numbers, never carries a level out of its zone.
        let price = Price::new(mean.clamp(self.lowest, self.highest)).ok()?;
        Some(Level {
            price,
            side: LevelSide::seen_from(price, seen_from),
            strength: Some(self.weight / (1.0 + self.weight)),
            touches: Some(self.touches),
            first_seen: self.first.time,
            last_touch: self.last.time,
        })
    }
}

fn true_ranges(bars: &Bars) -> Vec<f64> {
    let mut before = None;
    bars.iter()
        .map(|bar| {
            let before = before.replace(bar.close).unwrap_or(bar.close);
            log_ratio(bar.high.max(before), bar.low.min(before))
        })
        .collect()
}

/// `ln(upper / lower)`, finite for all prices.
fn log_ratio(upper: f64, lower: f64) -> f64 {
    let ratio = upper / lower;
    if ratio.is_finite() {
        libm::log(ratio)
    } else {
        libm::log(upper) - libm::log(lower)
    }
}

#[cfg(test)]
mod tests {
    use highwater_market::{PriceBar, Timeframe, Timestamp};

    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_seconds(0).plus_days(n)
    }

    /// Bars of one price each: the true range of a bar is its distance from the bar before.
    fn path(prices: &[f64]) -> Bars {
        Bars::new(
            Timeframe::D1,
            (0..).zip(prices).map(|(n, &price)| PriceBar {
                open_time: day(n),
                open: price,
                high: price,
                low: price,
                close: price,
                volume: f64::NAN,
            }),
        )
        .unwrap()
    }

    const CONFIG: SwingConfig = SwingConfig {
        swing_bars: 1,
        volatility_bars: 20,
        cluster: 0.0,
        max_age_bars: None,
        min_touches: 1,
    };

    /// `(price, touches, first bar, last bar)` of every level.
    fn check(prices: &[f64], config: SwingConfig, expected: &[(f64, u32, i64, i64)]) {
        let found: Vec<_> = levels(&path(prices), &config, Price::new(4.0).unwrap())
            .iter()
            .map(|level| {
                let touches = level.touches.unwrap();
                let bar = |time: Timestamp| time.days_since_epoch();
                (
                    level.price.get(),
                    touches,
                    bar(level.first_seen),
                    bar(level.last_touch),
                )
            })
            .collect();
        assert_eq!(found, expected, "{prices:?}");
    }

    #[test]
    fn turns_within_the_width_are_one_level() {
        // Tops of 8, 8.5 and 12, bottoms of 2 and 3.
        let prices = [4.0, 8.0, 2.0, 12.0, 3.0, 8.5, 4.0];
        let apart = [
            (2.0, 1, 2, 2),
            (3.0, 1, 4, 4),
            (8.0, 1, 1, 1),
            (8.5, 1, 5, 5),
            (12.0, 1, 3, 3),
        ];
        check(&prices, CONFIG, &apart);
        // The mean of the seven true ranges is ln(6912) / 7 = 1.26: a fifteenth of it reaches from 8 to 8.5, and half of it
        // from 2 to 3 and from 8 to 12.
        let fifteenth = SwingConfig {
            cluster: 1.0 / 15.0,
            ..CONFIG
        };
        check(
            &prices,
            fifteenth,
            &[
                (2.0, 1, 2, 2),
                (3.0, 1, 4, 4),
                (8.25, 2, 1, 5),
                (12.0, 1, 3, 3),
            ],
        );
        let half = SwingConfig {
            cluster: 0.5,
            ..CONFIG
        };
        check(&prices, half, &[(2.5, 2, 2, 4), (9.5, 3, 1, 5)]);
        let twice = SwingConfig {
            min_touches: 3,
            ..half
        };
        check(&prices, twice, &[(9.5, 3, 1, 5)]);
    }

    #[test]
    fn equal_prices_are_one_level_whatever_the_width() {
        check(
            &[4.0, 8.0, 2.0, 8.0, 2.0, 4.0],
            CONFIG,
            &[(2.0, 2, 2, 4), (8.0, 2, 1, 3)],
        );
    }

    #[test]
    fn old_turns_are_forgotten() {
        let prices = [4.0, 8.0, 2.0, 6.0, 4.0];
        let expected = [(2.0, 1, 2, 2), (6.0, 1, 3, 3), (8.0, 1, 1, 1)];
        for (max_age_bars, left) in [(1, &expected[1..2]), (2, &expected[..2]), (3, &expected)] {
            let config = SwingConfig {
                max_age_bars: Some(max_age_bars),
                ..CONFIG
            };
            check(&prices, config, left);
        }
    }

    #[test]
    fn a_market_that_does_not_turn_has_no_levels() {
        check(&[], SwingConfig::default(), &[]);
        check(&[4.0], SwingConfig::default(), &[]);
        check(&[4.0; 60], SwingConfig::default(), &[]);
        check(
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            SwingConfig::default(),
            &[],
        );
        // A single jump in a flat market does.
        check(
            &[4.0, 4.0, 4.0, 8.0, 4.0, 4.0, 4.0],
            SwingConfig::default(),
            &[(8.0, 1, 3, 3)],
        );
    }

    #[test]
    fn strength_follows_touches_and_recency() {
        // One turn, 1 bar back, half life 20 bars: W = 20/21.
        let config = SwingConfig {
            volatility_bars: 2,
            ..CONFIG
        };
        let strength = |prices: &[f64]| {
            levels(&path(prices), &config, Price::new(4.0).unwrap())
                .last()
                .and_then(|level| level.strength)
        };
        let near = |expected: f64, found: Option<f64>| {
            // Three roundings of numbers near 1.
            assert!((found.unwrap() - expected).abs() < 1e-15, "{found:?}");
        };
        let one = 20.0 / 21.0;
        near(one / (1.0 + one), strength(&[4.0, 8.0, 4.0]));
        let old = 20.0 / 40.0;
        let mut fading = vec![4.0, 8.0];
        fading.extend([4.0; 20]);
        near(old / (1.0 + old), strength(&fading));
        let both = 20.0 / 21.0 + 20.0 / 23.0;
        near(both / (1.0 + both), strength(&[4.0, 8.0, 4.0, 8.0, 4.0]));
    }

    #[test]
    fn the_side_is_seen_from_the_price() {
        let bars = path(&[4.0, 8.0, 2.0, 6.0, 4.0]);
        let sides = |price: f64| -> Vec<_> {
            levels(&bars, &CONFIG, Price::new(price).unwrap())
                .iter()
                .map(|level| level.side)
                .collect()
        };
        use LevelSide::{Resistance, Support};
        assert_eq!(sides(1.0), [Resistance; 3]);
        assert_eq!(
            sides(6.0),
            [Support, Support, Resistance],
            "a level at the price is support"
        );
        assert_eq!(sides(9.0), [Support; 3]);
    }

    #[test]
    fn a_gap_counts_into_the_true_range() {
        let bars = Bars::new(
            Timeframe::D1,
            [(1.0, 2.0, 1.0), (8.0, 8.0, 4.0), (2.0, 2.0, 1.0)]
                .iter()
                .zip(0..)
                .map(|(&(open, high, low), n)| PriceBar {
                    open_time: day(n),
                    open,
                    high,
                    low,
                    close: low,
                    volume: 1.0,
                }),
        )
        .unwrap();
        let ratios: Vec<f64> = true_ranges(&bars)
            .into_iter()
            .map(libm::exp)
            .map(f64::round)
            .collect();
        assert_eq!(ratios, [2.0, 8.0, 4.0]);
        assert!(log_ratio(f64::MAX, f64::MIN_POSITIVE).is_finite());
    }
}
