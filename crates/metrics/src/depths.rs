//! How deep below its peak a value stood on average: the Pain and the Ulcer index.
//!
//! With `depth[t] = 1 - V[t] / max(V[0..=t])`, `V[0] = 1` before the first return, and `n` returns:
//! ```text
//! pain  = sum(depth) / n
//! ulcer = sqrt(sum(depth^2) / n)
//! ```
//! The ratio of value to peak is followed without either: it grows by the factor of each return, and never above 1. It
//! is a [`Push`] fold: how deep a row stands depends on the peak of all rows before it. Sums are taken in the order of
//! the rows. Every term is positive, so nothing cancels.
//! Source: Martin, P. and McCann, B., "The Investor's Guide to Fidelity Funds", 1989; Becker, T., "The Zephyr Pain
//! Index", 2006.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined,
    convention::ReturnKind,
    exact,
    fold::{Count, Push},
    growth::Growth,
    kernel::Level,
    path,
    undefined::finite,
};

/// The sums of all depths below the running peak.
///
/// ```
/// use highwater_metrics::{Depths, Push, ReturnKind};
/// let mut depths = Depths::new(ReturnKind::Simple);
/// for row in [-0.5, 1.0, 0.5, -0.25] {
///     depths.push(row);
/// }
/// assert_eq!(depths.pain_index(), Ok((0.5 + 0.25) / 4.0));
/// assert_eq!(depths.ulcer_index(), Ok(((0.25 + 0.0625) / 4.0_f64).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Depths {
    /// What was seen.
    pub count: Count,
    kind: ReturnKind,
    /// The value over its peak, at most 1.
    #[serde(with = "exact")]
    level: f64,
    #[serde(with = "exact")]
    sum: f64,
    #[serde(with = "exact")]
    squares: f64,
    ruin: Option<usize>,
}

impl Depths {
    /// Before the first row, at the peak.
    pub fn new(kind: ReturnKind) -> Self {
        Self::from_level(Count::default(), kind, Level::START)
    }

    /// After ordinary rows.
    pub(crate) fn from_level(count: Count, kind: ReturnKind, of: Level) -> Self {
        Self {
            count,
            kind,
            level: of.level,
            sum: of.sum,
            squares: of.squares,
            ruin: None,
        }
    }

    /// How far the value stands below its peak now: 0 at the peak, 0.25 a quarter below.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::Ruin`], [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`].
    pub fn depth(&self) -> Result<f64, Undefined> {
        self.survivors()?;
        finite(1.0 - self.level)
    }

    /// The mean depth, a fraction: 0 if the value never fell.
    ///
    /// # Errors
    /// As [`Depths::depth`].
    pub fn pain_index(&self) -> Result<f64, Undefined> {
        finite(self.sum / self.survivors()?)
    }

    /// The root of the mean squared depth, a fraction: 0 if the value never fell.
    ///
    /// # Errors
    /// As [`Depths::depth`].
    pub fn ulcer_index(&self) -> Result<f64, Undefined> {
        finite((self.squares / self.survivors()?).sqrt())
    }

    /// How many observations there are, if none lost more than everything.
    fn survivors(&self) -> Result<f64, Undefined> {
        Growth {
            ruin: self.ruin,
            ..Growth::from_product(self.count, self.level)
        }
        .survivor()?;
        self.count.require(1)
    }
}

impl Push for Depths {
    fn push(&mut self, value: f64) {
        let row = self.count.rows();
        if !self.count.admit(value) {
            return;
        }
        let factor = path::factor(self.kind, value);
        if factor < 0.0 {
            self.ruin.get_or_insert(row);
        }
        let level = self.level * factor.max(0.0);
        self.level = if level < 1.0 { level } else { 1.0 };
        let depth = 1.0 - self.level;
        self.sum += depth;
        self.squares += depth * depth;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_exact_in_binary() {
        for (rows, pain, why) in [
            (&[0.5, 0.25][..], Ok(0.0), "never below"),
            (&[-0.5], Ok(0.5), "below the 1 before the first return"),
            (&[-0.5, f64::NAN, 0.0], Ok(0.5), "a missing row is none"),
            (&[1.0, -1.0, 7.0, 7.0], Ok(0.75), "nothing stays nothing"),
            (
                &[0.5, -1.5],
                Err(Undefined::Ruin { index: 1 }),
                "below nothing",
            ),
            (&[], Err(Undefined::TooFew { need: 1, have: 0 }), "no value"),
            (
                &[f64::INFINITY],
                Err(Undefined::NonFinite { index: 0 }),
                "no return",
            ),
        ] {
            let mut depths = Depths::new(ReturnKind::Simple);
            rows.iter().for_each(|&row| depths.push(row));
            assert_eq!(depths.pain_index(), pain, "{why}");
        }
    }

    #[test]
    fn the_depth_is_that_of_the_last_value() {
        let mut depths = Depths::new(ReturnKind::Simple);
        assert_eq!(depths.depth(), Err(Undefined::TooFew { need: 1, have: 0 }));
        for (row, depth) in [(-0.5, 0.5), (0.5, 0.25), (1.0, 0.0), (-0.75, 0.75)] {
            depths.push(row);
            assert_eq!(depths.depth(), Ok(depth));
        }
        depths.push(-1.5);
        assert_eq!(depths.depth(), Err(Undefined::Ruin { index: 4 }));
    }
}
