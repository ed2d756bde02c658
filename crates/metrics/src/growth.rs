//! Growth: what one unit became.
//!
//! ```text
//! growth       = product(1 + r)          exp(sum(r)) for log returns
//! total_return = growth - 1
//! cagr         = growth^(1 / years) - 1
//! ```
//! The product is kept as `value * 2^(512 scale)`, so that ten thousand days of +10 % (10^414) neither overflow nor
//! lose a bit: scaling by a power of two is exact. An empty stretch grew by a factor of 1. A return of exactly
//! -100 % leaves nothing for good: total return -1. A return below it is ruin, and has no growth.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined, exact,
    fold::{Count, Merge},
    undefined::finite,
};

/// The exponent of two that one step of `scale` stands for.
const STEP: i32 = 512;
/// Two to the power of [`STEP`].
const BIG: f64 = f64::from_bits((1023 + STEP as u64) << 52);
/// Its inverse.
const SMALL: f64 = f64::from_bits((1023 - STEP as u64) << 52);

/// A stretch of returns, reduced to the factor by which they multiply a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// What was seen.
    pub count: Count,
    /// The factor, in units of `2^(512 scale)`.
    #[serde(with = "exact")]
    pub(crate) value: f64,
    pub(crate) scale: i32,
    /// The first row that lost more than everything.
    pub(crate) ruin: Option<usize>,
}

impl Default for Growth {
    fn default() -> Self {
        Self {
            count: Count::default(),
            value: 1.0,
            scale: 0,
            ruin: None,
        }
    }
}

impl Growth {
    /// The stretch of one simple return.
    pub fn of(simple_return: f64) -> Self {
        Self::of_factor(simple_return, 1.0 + simple_return)
    }

    /// The stretch of one row, whose value grows by `factor`.
    pub(crate) fn of_factor(row: f64, factor: f64) -> Self {
        let mut growth = Self::default();
        if growth.count.admit(row) {
            growth.value = factor.max(0.0);
            growth.ruin = (factor < 0.0).then_some(0);
        }
        growth
    }

    /// Takes the next simple return.
    pub fn push(&mut self, simple_return: f64) {
        *self = self.then(Self::of(simple_return));
    }

    /// The growth of a block of ordinary rows.
    pub(crate) fn from_product(count: Count, value: f64) -> Self {
        Self {
            count,
            value,
            scale: 0,
            ruin: None,
        }
    }

    /// Whether no value between these two needs another scale.
    pub(crate) fn is_in_scale(least: f64, greatest: f64) -> bool {
        least >= SMALL && greatest <= BIG
    }

    /// By how many steps a value must be scaled down to stay near 1.
    pub(crate) fn excess_scale(value: f64) -> i32 {
        if value > BIG && value.is_finite() {
            1
        } else if value < SMALL && value > 0.0 {
            -1
        } else {
            0
        }
    }

    /// This growth, followed by a block of ordinary rows; gives the steps by which the scale changed.
    pub(crate) fn absorb(&mut self, rows: usize, factor: f64) -> i32 {
        let value = self.value * factor;
        let steps = Self::excess_scale(value);
        self.count = self.count.plus(rows);
        self.value = rescale(value, steps);
        self.scale = self.scale.saturating_add(steps);
        steps
    }

    /// One unit's gain over the whole stretch: 0.25 is a quarter more, -1 is everything lost.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::Ruin`], [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`].
    pub fn total_return(&self) -> Result<f64, Undefined> {
        self.survivor()?;
        let grown = match self.scale {
            0 => self.value,
            scale => self.value * libm::exp2(f64::from(STEP) * f64::from(scale)),
        };
        finite(grown - 1.0)
    }

    /// The constant yearly rate that gives the same growth in `years`.
    ///
    /// # Errors
    /// As [`Growth::total_return`]; [`Undefined::OutOfRange`] also if no time passed.
    pub fn cagr(&self, years: f64) -> Result<f64, Undefined> {
        self.survivor()?;
        if years.is_nan() || years <= 0.0 {
            return Err(Undefined::OutOfRange);
        }
        let steps = f64::from(STEP) * f64::from(self.scale);
        let log = libm::log(self.value) + steps * std::f64::consts::LN_2;
        finite(libm::expm1(log / years))
    }

    /// At least one observation, none infinite, none below -100 %.
    pub(crate) fn survivor(&self) -> Result<(), Undefined> {
        self.count.require(1)?;
        match self.ruin {
            Some(index) => Err(Undefined::Ruin { index }),
            None => finite(self.value).map(drop),
        }
    }
}

impl Merge for Growth {
    /// Relative error: one rounding per join.
    fn then(self, later: Self) -> Self {
        let value = self.value * later.value;
        let step = Self::excess_scale(value);
        Self {
            count: self.count.then(later.count),
            value: rescale(value, step),
            scale: self.scale.saturating_add(later.scale).saturating_add(step),
            ruin: self.ruin.or(later.ruin.map(|row| self.count.rows() + row)),
        }
    }
}

/// `value` in units of `steps` more steps: exact, unless it leaves the range of a double for 0 or infinity.
pub(crate) fn rescale(value: f64, steps: i32) -> f64 {
    let unit = if steps > 0 { SMALL } else { BIG };
    // Five steps lead from one end of the range of a double beyond the other.
    (0..steps.unsigned_abs().min(5)).fold(value, |value, _| value * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(returns: &[f64]) -> Growth {
        let mut growth = Growth::default();
        returns.iter().for_each(|&row| growth.push(row));
        growth
    }

    #[test]
    fn total_returns_exact_in_binary() {
        for (returns, expected, why) in [
            (&[0.5, 0.5][..], Ok(1.25), "compounds"),
            (
                &[0.5, f64::NAN, -0.5],
                Ok(-0.25),
                "a missing row changes nothing",
            ),
            (&[0.5, -1.0, 3.0], Ok(-1.0), "from nothing comes nothing"),
            (
                &[0.5, -1.5],
                Err(Undefined::Ruin { index: 1 }),
                "more than all is lost",
            ),
            (
                &[],
                Err(Undefined::TooFew { need: 1, have: 0 }),
                "no return, no total",
            ),
            (
                &[f64::INFINITY],
                Err(Undefined::NonFinite { index: 0 }),
                "not a return",
            ),
        ] {
            assert_eq!(grown(returns).total_return(), expected, "{why}");
        }
    }

    #[test]
    fn growth_beyond_a_double_still_has_a_yearly_rate() {
        let growth = grown(&[0.1; 10_000]);
        assert_eq!(growth.total_return(), Err(Undefined::OutOfRange));
        let daily = growth.cagr(10_000.0).unwrap();
        assert!((daily - 0.1).abs() < 1e-12, "{daily}");
        let back = growth.then(grown(&[1.0 / 1.1 - 1.0; 10_000]));
        assert!(back.total_return().unwrap().abs() < 1e-11);
    }

    #[test]
    fn no_time_has_no_yearly_rate() {
        for years in [0.0, -1.0, f64::NAN] {
            assert_eq!(grown(&[0.5]).cagr(years), Err(Undefined::OutOfRange));
        }
        assert_eq!(grown(&[-1.0]).cagr(1.0), Ok(-1.0));
    }
}
