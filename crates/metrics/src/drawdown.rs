//! Drawdown: the loss from the highest value seen so far.
//!
//! With value `V[t]` and running peak `P[t] = max(V[0..=t])`:
//! ```text
//! drawdown[t]  = (V[t] - P[t]) / P[t]     (never positive)
//! max_drawdown = min(drawdown)            (-0.25: a quarter was lost)
//! ```
//! `V` begins at 1 *before* the first return, and that point counts as a peak: a first return of -20 % is a
//! drawdown of -20 %. Adjacent stretches combine from a few numbers each, since the deepest drawdown of both lies
//! in the earlier one, in the later one, or reaches from the earlier one's peak to the later one's trough. The
//! deepest is chosen by the ratio `V / P`, of equals the one that ends first; a peak is the last row at its height,
//! since a value back at its peak has recovered.
//!
//! A series that only rises has a drawdown of 0. A return of -100 % is a drawdown of -1 from which nothing
//! recovers; one below is ruin and has none.
//! Source: Magdon-Ismail, M. and Atiya, A., "Maximum Drawdown", Risk 17(10), October 2004, pp. 99-102.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined, exact,
    fold::{Count, Merge},
    growth::{Growth, rescale},
    path::Path,
};

/// A stretch of values, one after each return, reduced to what the deepest drawdown needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawdown {
    pub(crate) growth: Growth,
    /// The highest value, relative to the value before the stretch and in the scale of `growth`: never far below
    /// the end of the stretch. None while the stretch holds no value.
    pub(crate) high: Option<Point>,
    /// The lowest value, relative to the value before the stretch, unscaled: never far above its beginning.
    pub(crate) low: Option<Point>,
    pub(crate) worst: Option<Fall>,
}

/// A value of the stretch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    #[serde(with = "exact")]
    pub(crate) value: f64,
    /// The row that ended at this value; none for the value before the first row.
    pub(crate) at: Option<usize>,
}

/// A way down from a peak to a trough.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fall {
    /// The loss as a fraction of the peak: negative, -1 at the deepest.
    #[serde(with = "exact")]
    pub depth: f64,
    /// Trough over peak, by which falls are compared.
    #[serde(with = "exact")]
    pub(crate) ratio: f64,
    /// The row that ended at the peak; none if the peak is the value before the first return.
    pub peak: Option<usize>,
    /// The row that ended at the trough.
    pub trough: usize,
}

impl Fall {
    pub(crate) fn between(peak: Point, trough: Point) -> Option<Self> {
        let (Some(at), true) = (trough.at, trough.value < peak.value) else {
            return None;
        };
        Some(Self {
            depth: (trough.value - peak.value) / peak.value,
            ratio: trough.value / peak.value,
            peak: peak.at,
            trough: at,
        })
    }

    /// Whether this fall is the one to name.
    pub(crate) fn beats(&self, other: &Self) -> bool {
        let ends = (other.trough, self.peak).cmp(&(self.trough, other.peak));
        self.ratio < other.ratio || self.ratio == other.ratio && ends.is_gt()
    }
}

impl Drawdown {
    /// The value 1 before the first return: where a series begins.
    pub fn start() -> Self {
        let before = Some(Point {
            value: 1.0,
            at: None,
        });
        Self {
            growth: Growth::default(),
            high: before,
            low: before,
            worst: None,
        }
    }

    /// No value at all: what a later stretch begins with, before its first row.
    pub fn nothing() -> Self {
        Self {
            growth: Growth::default(),
            high: None,
            low: None,
            worst: None,
        }
    }

    /// The stretch of one simple return.
    pub fn of(simple_return: f64) -> Self {
        Self::of_growth(Growth::of(simple_return))
    }

    /// The stretch of one row, from its growth.
    pub(crate) fn of_growth(growth: Growth) -> Self {
        let point = (growth.count.observations > 0).then_some(Point {
            value: growth.value,
            at: Some(0),
        });
        Self {
            growth,
            high: point,
            low: point,
            worst: None,
        }
    }

    /// Takes the next simple return.
    pub fn push(&mut self, simple_return: f64) {
        *self = self.then(Self::of(simple_return));
    }

    /// This stretch, followed by a block of ordinary rows, as if its extremes stood in its first row and no fall were
    /// inside: what `then` does with such a block. Tells whether the deepest fall is now one to this block.
    pub(crate) fn pass(&mut self, rows: usize, path: &Path) -> bool {
        let (start, base, scale) = (self.count().rows(), self.growth.value, self.growth.scale);
        let lift = |value: f64| Point {
            value: base * value,
            at: Some(start),
        };
        let (high, low) = (lift(path.high), lift(path.low));
        let across = self.high.and_then(|peak| Fall::between(peak, low));
        let deeper = deeper(self.worst, across);
        let fell = deeper.is_some_and(|fall| fall.trough == start);
        self.worst = deeper;
        let steps = self.growth.absorb(rows, path.end);
        let settle = |point: Point, steps: i32| Point {
            value: rescale(point.value, steps).min(f64::MAX),
            ..point
        };
        self.high = higher(
            self.high.map(|high| settle(high, steps)),
            Some(settle(high, steps)),
        );
        self.low = lower(self.low, Some(settle(low, scale.saturating_neg())));
        fell
    }

    /// What was seen.
    pub const fn count(&self) -> Count {
        self.growth.count
    }

    /// The growth over the stretch.
    pub const fn growth(&self) -> Growth {
        self.growth
    }

    /// The deepest fall, the earliest of equals; none if the value never fell.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::Ruin`], [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`].
    pub fn worst(&self) -> Result<Option<Fall>, Undefined> {
        self.growth.survivor()?;
        Ok(self.worst)
    }

    /// The depth of the deepest fall: negative, or 0 if the value never fell.
    ///
    /// # Errors
    /// As [`Drawdown::worst`].
    pub fn max_drawdown(&self) -> Result<f64, Undefined> {
        self.worst()
            .map(|worst| worst.map_or(0.0, |fall| fall.depth))
    }
}

impl Merge for Drawdown {
    /// Relative error: a few roundings per join; positions of falls that differ by more are exact.
    fn then(self, later: Self) -> Self {
        let before = self.growth.count.rows();
        let row = |at: Option<usize>| at.map_or(before.checked_sub(1), |row| Some(before + row));
        let lift = |point: Option<Point>| {
            point.map(|point| Point {
                value: self.growth.value * point.value,
                at: row(point.at),
            })
        };
        let scaled = |point: Option<Point>, steps: i32| {
            point.map(|point| Point {
                // What is too high for a double is as far above everything else as the greatest double.
                value: rescale(point.value, steps).min(f64::MAX),
                ..point
            })
        };
        let growth = self.growth.then(later.growth);
        let steps = growth.scale.saturating_sub(self.growth.scale);
        let (high, low) = (lift(later.high), lift(later.low));
        let across = match (self.high, low) {
            (Some(peak), Some(trough)) => Fall::between(peak, trough),
            _ => None,
        };
        let within = later.worst.map(|fall| Fall {
            peak: row(fall.peak),
            trough: before + fall.trough,
            ..fall
        });
        Self {
            growth,
            high: higher(
                scaled(self.high, steps),
                scaled(high, steps.saturating_sub(later.growth.scale)),
            ),
            low: lower(self.low, scaled(low, self.growth.scale.saturating_neg())),
            worst: deeper(deeper(self.worst, across), within),
        }
    }
}

/// The higher of two points, the later of equals.
fn higher(earlier: Option<Point>, later: Option<Point>) -> Option<Point> {
    match (earlier, later) {
        (Some(earlier), Some(later)) if later.value < earlier.value => Some(earlier),
        (earlier, None) => earlier,
        (_, later) => later,
    }
}

/// The lower of two points, the earlier of equals.
fn lower(earlier: Option<Point>, later: Option<Point>) -> Option<Point> {
    match (earlier, later) {
        (Some(earlier), Some(later)) if later.value < earlier.value => Some(later),
        (None, later) => later,
        (earlier, _) => earlier,
    }
}

/// The deeper of two falls; of equals the one that ends first, or, ending together, the shorter.
pub(crate) fn deeper(first: Option<Fall>, second: Option<Fall>) -> Option<Fall> {
    match (first, second) {
        (Some(first), Some(second)) if second.beats(&first) => Some(second),
        (None, second) => second,
        (first, _) => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(returns: &[f64], depth: f64, span: Option<(Option<usize>, usize)>, why: &str) {
        let mut drawdown = Drawdown::start();
        returns.iter().for_each(|&row| drawdown.push(row));
        assert_eq!(drawdown.max_drawdown(), Ok(depth), "{why}");
        let worst = drawdown.worst().unwrap();
        assert_eq!(worst.map(|fall| (fall.peak, fall.trough)), span, "{why}");
    }

    #[test]
    fn falls_exact_in_binary() {
        check(&[0.5, 0.25], 0.0, None, "only rises");
        check(
            &[-0.5, 0.25],
            -0.5,
            Some((None, 0)),
            "from the 1 before the first return",
        );
        check(
            &[-0.5, 3.0, -0.25],
            -0.5,
            Some((None, 0)),
            "the deepest, not the latest",
        );
        check(
            &[1.0, -0.5, -0.5, 4.0],
            -0.75,
            Some((Some(0), 2)),
            "falls add up",
        );
        check(
            &[1.0, -0.5, 1.0, -0.5],
            -0.5,
            Some((Some(0), 1)),
            "the first of equals",
        );
        check(
            &[0.0, 0.0, -0.5],
            -0.5,
            Some((Some(1), 2)),
            "the last row at the peak",
        );
        check(
            &[1.0, f64::NAN, -0.5],
            -0.5,
            Some((Some(0), 2)),
            "a missing row is passed over",
        );
        check(
            &[1.0, -1.0, 7.0],
            -1.0,
            Some((Some(0), 1)),
            "nothing recovers from nothing",
        );
    }

    #[test]
    fn a_fall_through_many_scales_is_a_fall_of_everything() {
        let mut drawdown = Drawdown::start();
        for row in [&[9.0; 400][..], &[-0.9; 900], &[9.0; 400]].concat() {
            drawdown.push(row);
        }
        let worst = drawdown.worst().unwrap().unwrap();
        assert_eq!((worst.depth, worst.peak), (-1.0, Some(399)), "{worst:?}");
        assert!((415..1300).contains(&worst.trough), "{worst:?}");
    }
}
