//! First touch: the first bar, from a given one on, whose low is at or below a price, or whose high is at or above it.
//!
//! A pyramid of lows and one of highs answer it:
//! ```text
//! level 0      the bars' own lows
//! level k + 1  the lowest of each 16 of level k
//! ```
//! A query looks through what is left of its block of 16. If nothing there reaches the price it goes up a level and
//! looks through what is left of that block, and so on; where a block reaches the price it goes down into it. It visits
//! at most 16 numbers per level up and 16 per level down, so about `32 log16(d)` for a touch `d` bars ahead. Touches
//! within a few bars cost what a scan does. The extreme of a range is found the same way: the ends of the range on each
//! level, the whole blocks between them on the level above. Building reads each bar once, and adds 1/15 of the two columns
//! (about 1.1 bytes per bar). A fan-out of 16 numbers is two cache lines.

use std::ops::Range;

use highwater_market::Bars;

use crate::search::{first_outside, kept};

const FAN_OUT: usize = 16;

/// Bars that are scanned before the pyramids are asked.
const SCANNED: usize = 128;

/// Answers when price first reaches a level, over the bars that it was built from.
///
/// ```
/// use highwater_backtest::FirstTouch;
///
/// let (high, low) = ([3.0, 5.0, 4.0, 9.0], [2.0, 3.0, 1.0, 4.0]);
/// let touch = FirstTouch::of_columns(&high, &low);
/// assert_eq!(touch.first_at_or_above(0, 4.5), Some(1));
/// assert_eq!(touch.first_at_or_below(1, 2.0), Some(2));
/// assert_eq!(touch.first_at_or_above(2, 10.0), None);
/// assert_eq!((touch.lowest(0, 3), touch.highest(0, 3)), (Some(1.0), Some(5.0)));
/// ```
#[derive(Clone, Debug)]
pub struct FirstTouch<'a> {
    high: &'a [f64],
    low: &'a [f64],
    /// Upper levels, the finest first.
    highest: Vec<Vec<f64>>,
    lowest: Vec<Vec<f64>>,
}

impl<'a> FirstTouch<'a> {
    /// Build over bars: one pass.
    pub fn new(bars: &'a Bars) -> Self {
        Self::of_columns(bars.high(), bars.low())
    }

    /// Build over a column of highs and one of lows. A NaN is never reached.
    ///
    /// # Panics
    /// If the columns differ in length.
    pub fn of_columns(high: &'a [f64], low: &'a [f64]) -> Self {
        assert_eq!(high.len(), low.len(), "a bar has a high and a low");
        Self {
            high,
            low,
            highest: pyramid(high, f64::NEG_INFINITY, |kept, high| high > kept),
            lowest: pyramid(low, f64::INFINITY, |kept, low| low < kept),
        }
    }

    /// How many bars.
    pub const fn len(&self) -> usize {
        self.high.len()
    }

    /// Whether there is no bar.
    pub const fn is_empty(&self) -> bool {
        self.high.is_empty()
    }

    /// The first bar, `from` or later, whose low is at or below a price; `None` if there is none.
    pub fn first_at_or_below(&self, from: usize, price: f64) -> Option<usize> {
        first(self.low, &self.lowest, from, |low| low <= price)
    }

    /// The first bar, `from` or later, whose high is at or above a price; `None` if there is none.
    pub fn first_at_or_above(&self, from: usize, price: f64) -> Option<usize> {
        first(self.high, &self.highest, from, |high| high >= price)
    }

    /// The first bar, `from` or later, whose low is at or below a price or whose high is at or above another; `None` if there
    /// is none. One walk over both pyramids, which ends at the nearer touch, however far the other is. Touches within
    /// some hundred bars are found by a scan, which is quicker so near.
    ///
    /// ```
    /// use highwater_backtest::FirstTouch;
    ///
    /// let (high, low) = ([3.0, 5.0, 4.0, 9.0], [2.0, 3.0, 1.0, 4.0]);
    /// let touch = FirstTouch::of_columns(&high, &low);
    /// assert_eq!(touch.first_outside(0, 1.0, 9.0), Some(2));
    /// assert_eq!(touch.first_outside(3, 1.0, 9.0), Some(3));
    /// assert_eq!(touch.first_outside(0, 0.5, 9.5), None);
    /// ```
    pub fn first_outside(&self, from: usize, below: f64, above: f64) -> Option<usize> {
        if from >= self.low.len() {
            return None;
        }
        let scanned = (from + SCANNED)
            .next_multiple_of(FAN_OUT)
            .min(self.low.len());
        let (low, high) = (&self.low[..scanned], &self.high[..scanned]);
        if let Some(found) = first_outside(low, high, from, below, above) {
            return Some(found);
        }
        let at = |level: usize| match level.checked_sub(1) {
            None => (self.low, self.high),
            Some(above) => (
                self.lowest[above].as_slice(),
                self.highest[above].as_slice(),
            ),
        };
        let (mut level, mut from) = (0, scanned);
        let mut found = loop {
            let (low, high) = at(level);
            let end = ((from / FAN_OUT + 1) * FAN_OUT).min(low.len());
            if from < end
                && let Some(found) = outside_of(low, high, from..end, below, above)
            {
                break found;
            }
            if level == self.lowest.len() {
                return None;
            }
            from = from / FAN_OUT + 1;
            level += 1;
        };
        while level > 0 {
            level -= 1;
            let (low, high) = at(level);
            let start = found * FAN_OUT;
            let end = (start + FAN_OUT).min(low.len());
            found = outside_of(low, high, start..end, below, above)
                .expect("a block reaches a price since one of its numbers does");
        }
        Some(found)
    }

    /// The lowest low of the bars from `from` on and before `until`; `None` if there is no such bar. Like a touch it
    /// takes at most 32 numbers per level.
    pub fn lowest(&self, from: usize, until: usize) -> Option<f64> {
        extreme(self.low, &self.lowest, from, until, |kept, low| low < kept)
    }

    /// The highest high of the bars from `from` on and before `until`; `None` if there is no such bar.
    pub fn highest(&self, from: usize, until: usize) -> Option<f64> {
        extreme(self.high, &self.highest, from, until, |kept, high| {
            high > kept
        })
    }
}

/// The first place of a range that reaches one of two prices.
fn outside_of(
    low: &[f64],
    high: &[f64],
    range: Range<usize>,
    below: f64,
    above: f64,
) -> Option<usize> {
    let mut pairs = low[range.clone()].iter().zip(&high[range.clone()]);
    let offset = pairs.position(|(&low, &high)| low <= below || high >= above)?;
    Some(range.start + offset)
}

fn pyramid(column: &[f64], none: f64, beats: impl Fn(f64, f64) -> bool) -> Vec<Vec<f64>> {
    let best = |block: &[f64]| kept::<4>(block, none, &beats);
    let mut levels: Vec<Vec<f64>> = Vec::new();
    loop {
        let below = levels.last().map_or(column, Vec::as_slice);
        if below.len() <= FAN_OUT {
            return levels;
        }
        levels.push(below.chunks(FAN_OUT).map(best).collect());
    }
}

#[inline]
fn first(
    column: &[f64],
    levels: &[Vec<f64>],
    from: usize,
    reaches: impl Fn(f64) -> bool,
) -> Option<usize> {
    let at = |level: usize| match level {
        0 => column,
        _ => levels[level - 1].as_slice(),
    };
    // Up: what is left of the block on each level, until a number there reaches the price.
    let (mut level, mut from) = (0, from);
    let mut found = loop {
        let values = at(level);
        let end = ((from / FAN_OUT + 1) * FAN_OUT).min(values.len());
        if from < end
            && let Some(offset) = values[from..end].iter().position(|&value| reaches(value))
        {
            break from + offset;
        }
        if level == levels.len() {
            return None;
        }
        from = from / FAN_OUT + 1;
        level += 1;
    };
    // Down: a block reaches the price, so one of its numbers does.
    while level > 0 {
        level -= 1;
        let values = at(level);
        let start = found * FAN_OUT;
        let end = (start + FAN_OUT).min(values.len());
        let offset = values[start..end]
            .iter()
            .position(|&value| reaches(value))
            .expect("a block reaches the price since one of its numbers does");
        found = start + offset;
    }
    Some(found)
}

/// The extreme of `from..until`: on each level what is left of a block at either end, and the whole blocks between them
/// on the level above.
fn extreme(
    column: &[f64],
    levels: &[Vec<f64>],
    from: usize,
    until: usize,
    beats: impl Fn(f64, f64) -> bool,
) -> Option<f64> {
    let mut best: Option<f64> = None;
    let mut look = |values: &[f64]| {
        for &value in values {
            if best.map_or(!value.is_nan(), |kept| beats(kept, value)) {
                best = Some(value);
            }
        }
    };
    let (mut from, mut until) = (from, until.min(column.len()));
    let mut values = column;
    let mut above = levels.iter();
    while from < until {
        let next = above.next();
        let (left, right) = match next {
            Some(_) => {
                let left = from.next_multiple_of(FAN_OUT).min(until);
                (left, (until / FAN_OUT * FAN_OUT).max(left))
            }
            // Nothing lies above.
            None => (until, until),
        };
        look(&values[from..left]);
        look(&values[right..until]);
        (from, until) = (left.div_ceil(FAN_OUT), right / FAN_OUT);
        let Some(next) = next else { break };
        values = next;
    }
    best
}
