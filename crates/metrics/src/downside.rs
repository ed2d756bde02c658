//! Downside moments: how far returns fall short of the minimum acceptable one.
//!
//! With target `t`, `shortfall = sum(min(r - t, 0)^2)` and `below` the number of returns under the target:
//! ```text
//! downside variance = shortfall / n        all observations (Sortino and Price 1994)
//!                   = shortfall / below    only those below the target
//! ```
//! Every term is positive, so nothing cancels: the relative error is a few ulps times the logarithm of the length.
//! Source: Sortino, F. and Price, L., "Performance Measurement in a Downside Risk Framework", Journal of Investing
//! 3(3), 1994.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined,
    block::Sums,
    convention::DownsideOver,
    exact,
    fold::{Count, Merge},
    undefined::finite,
};

/// A stretch of returns, reduced to what downside deviation needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Downside {
    /// What was seen.
    pub count: Count,
    /// The minimum acceptable return per period. NaN once stretches of different targets were joined.
    #[serde(with = "exact")]
    target: f64,
    /// The sum of squared shortfalls.
    #[serde(with = "exact")]
    shortfall: f64,
    /// Observations below the target.
    pub below: usize,
}

impl Downside {
    /// No rows yet, and the target from which they will be measured, per period.
    pub fn from_target(target: f64) -> Self {
        Self {
            count: Count::default(),
            target,
            shortfall: 0.0,
            below: 0,
        }
    }

    /// The stretch of one row.
    pub fn of(value: f64, target: f64) -> Self {
        let mut downside = Self::from_target(target);
        downside.push(value);
        downside
    }

    /// Takes the next row.
    pub fn push(&mut self, value: f64) {
        if self.count.admit(value) && value < self.target {
            let short = value - self.target;
            self.shortfall += short * short;
            self.below += 1;
        }
    }

    /// From the sums of a block.
    pub(crate) fn from_sums(count: Count, target: f64, shortfall: f64, below: usize) -> Self {
        Self {
            count,
            target,
            shortfall,
            below,
        }
    }

    /// This stretch, followed by a block measured from the same target; together they have `count` rows.
    pub(crate) fn absorb(&mut self, sums: &Sums, count: Count) {
        self.count = count;
        self.shortfall += sums.shortfall;
        self.below += sums.below;
    }

    /// The root of the mean squared shortfall, per period. Zero if nothing fell short of the target and the mean
    /// is over all observations.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::NoDownside`] if the mean is over the losers and
    /// there are none, [`Undefined::NonFinite`], [`Undefined::OutOfRange`], [`Undefined::MixedTargets`].
    pub fn deviation(&self, over: DownsideOver) -> Result<f64, Undefined> {
        let n = self.count.require(1)?;
        if self.target.is_nan() {
            return Err(Undefined::MixedTargets);
        }
        let divisor = match over {
            DownsideOver::All => n,
            DownsideOver::Losers if self.below == 0 => return Err(Undefined::NoDownside),
            DownsideOver::Losers => self.below as f64,
        };
        finite((self.shortfall / divisor).sqrt())
    }
}

impl Merge for Downside {
    fn then(self, later: Self) -> Self {
        Self {
            count: self.count.then(later.count),
            target: if self.target == later.target || later.count.rows() == 0 {
                self.target
            } else if self.count.rows() == 0 {
                later.target
            } else {
                f64::NAN
            },
            shortfall: self.shortfall + later.shortfall,
            below: self.below + later.below,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], target: f64, over: DownsideOver, expected: Result<f64, Undefined>) {
        let mut downside = Downside::from_target(target);
        values.iter().for_each(|&value| downside.push(value));
        assert_eq!(
            downside.deviation(over),
            expected,
            "{values:?} below {target}"
        );
    }

    #[test]
    fn the_divisor_is_every_observation_or_the_losers() {
        use DownsideOver::{All, Losers};
        check(&[-0.5, 0.5, 0.25, 0.0], 0.0, All, Ok(0.25));
        check(&[-0.5, 0.5, 0.25, 0.0], 0.0, Losers, Ok(0.5));
        check(&[0.0, 0.5], 0.5, All, Ok(0.125_f64.sqrt()));
        check(&[0.5, 0.5], 0.0, All, Ok(0.0));
        check(&[0.5, 0.5], 0.0, Losers, Err(Undefined::NoDownside));
        check(&[], 0.0, All, Err(Undefined::TooFew { need: 1, have: 0 }));
        check(&[f64::NAN, -0.5], 0.0, All, Ok(0.5));
    }

    #[test]
    fn different_targets_do_not_join() {
        let joined = Downside::of(-0.5, 0.0).then(Downside::of(-0.5, 0.25));
        assert_eq!(
            joined.deviation(DownsideOver::All),
            Err(Undefined::MixedTargets)
        );
    }
}
