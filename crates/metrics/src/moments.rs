//! Mean and variance, as deviations from the first value.
//!
//! ```text
//! origin = x[0]                         exact
//! offset = mean(x - origin)             the mean is origin + offset
//! m2     = sum((x - mean)^2)
//! ```
//! Two adjacent stretches `a`, `b` of `na` and `nb` observations combine by
//! ```text
//! delta  = (b.origin - a.origin) + (b.offset - a.offset)
//! offset = a.offset + delta nb / n
//! m2     = a.m2 + b.m2 + delta^2 na nb / n
//! ```
//! (Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979,
//! eq. 2.1, with the mean kept as a small offset from an exact origin). The origin matters: prices near 60,000 that
//! differ by 0.001 have a mean whose own last bit is 7e-12, which would cost six digits of the variance at each
//! join; differences of nearby doubles are exact, so nothing is lost. A flat series has `x - origin = 0` throughout
//! and a variance of exactly zero.
//!
//! Within a block the squares are taken about the block's first value. That value is itself in the block, so the
//! squares sum to at most the block's length times `m2`, and the relative error of a block's `m2` is below
//! `128 x 62 x 2^-53 = 9e-13` (62 counts the roundings of both sums), whatever the values; near 1e-15 on returns.
//!
//! The offset is rounded at each join, so the mean of rows pushed one by one is off by at most `n u max|x - origin|`, and by
//! `(n / 128 + 64) u max|x - origin|` in blocks (`u = 2^-53`). On returns that is a few units of the last place. It is more
//! where the first row is an outlier beside which the mean is small: a first row of 1,000 before 20,000 of a thousandth
//! costs four digits of sixteen.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined, exact,
    fold::{Count, Merge},
    undefined::finite,
};

/// A stretch of numbers, reduced to what mean and variance need to know of it.
///
/// ```
/// use highwater_metrics::{Merge, Moments};
/// let moments = Moments::of(0.5).then(Moments::of(1.5));
/// assert_eq!(moments.mean(), Ok(1.0));
/// assert_eq!(moments.variance(1), Ok(0.5));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// What was seen.
    pub count: Count,
    /// The first observation.
    #[serde(with = "exact")]
    origin: f64,
    /// The mean, less the origin.
    #[serde(with = "exact")]
    offset: f64,
    /// The sum of squared deviations from the mean.
    #[serde(with = "exact")]
    m2: f64,
}

impl Moments {
    /// The stretch of one row.
    pub fn of(value: f64) -> Self {
        let mut moments = Self::default();
        if moments.count.admit(value) {
            moments.origin = value;
        }
        moments
    }

    /// Takes the next row.
    pub fn push(&mut self, value: f64) {
        *self = self.then(Self::of(value));
    }

    /// From the sums of a block about its first value: `sum(x - origin)` and `sum((x - origin)^2)`.
    pub(crate) fn from_sums(count: Count, origin: f64, sum: f64, squares: f64) -> Self {
        // Sums over no observation are 0, and stay so.
        let offset = sum / count.observations.max(1) as f64;
        let m2 = squares - sum * offset;
        Self {
            count,
            origin,
            offset,
            // Not `max`, which would take a NaN for 0 and call an overflow a flat series.
            m2: if m2 < 0.0 { 0.0 } else { m2 },
        }
    }

    /// From the state itself.
    pub(crate) fn from_parts(count: Count, origin: f64, offset: f64, m2: f64) -> Self {
        Self {
            count,
            origin,
            offset,
            m2,
        }
    }

    /// This stretch and a later one, whose rows together are `count`.
    pub(crate) fn joined(self, later: Self, count: Count) -> Self {
        if self.count.observations == 0 {
            return Self { count, ..later };
        }
        if later.count.observations == 0 {
            return Self { count, ..self };
        }
        let delta = (later.origin - self.origin) + (later.offset - self.offset);
        let share = later.count.observations as f64 / count.observations as f64;
        let earlier = self.count.observations as f64;
        Self {
            count,
            origin: self.origin,
            offset: self.offset + delta * share,
            m2: self.m2 + later.m2 + delta * delta * (earlier * share),
        }
    }

    /// The arithmetic mean.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn mean(&self) -> Result<f64, Undefined> {
        self.mean_above(0.0)
    }

    /// The arithmetic mean less a constant, such as a risk-free return, without rounding the mean first.
    ///
    /// # Errors
    /// As [`Moments::mean`].
    pub fn mean_above(&self, constant: f64) -> Result<f64, Undefined> {
        self.count.require(1)?;
        finite((self.origin - constant) + self.offset)
    }

    /// How far a value lies from the mean, without rounding the mean first.
    pub(crate) fn deviation_of(&self, value: f64) -> f64 {
        (value - self.origin) - self.offset
    }

    /// The variance with divisor `n - ddof`: 1 for a sample, 0 for a population. Exactly zero for a flat series.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two observations or `ddof + 1`, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn variance(&self, ddof: u8) -> Result<f64, Undefined> {
        let n = self.count.require(2.max(usize::from(ddof) + 1))?;
        finite(self.m2 / (n - f64::from(ddof)))
    }

    /// The square root of [`Moments::variance`].
    ///
    /// # Errors
    /// As [`Moments::variance`].
    pub fn deviation(&self, ddof: u8) -> Result<f64, Undefined> {
        self.variance(ddof).map(f64::sqrt)
    }
}

impl Merge for Moments {
    /// Relative error per join: a few ulps of the variance. See the module for the bound within a block.
    fn then(self, later: Self) -> Self {
        self.joined(later, self.count.then(later.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], mean: Result<f64, Undefined>, variance: Result<f64, Undefined>) {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.push(value));
        assert_eq!(moments.mean(), mean, "mean of {values:?}");
        assert_eq!(moments.variance(1), variance, "variance of {values:?}");
    }

    #[test]
    fn values_exact_in_binary() {
        let few = |need, have| Err(Undefined::TooFew { need, have });
        check(&[], few(1, 0), few(2, 0));
        check(&[0.25], Ok(0.25), few(2, 1));
        check(&[0.5, 1.5], Ok(1.0), Ok(0.5));
        check(&[1.0, f64::NAN, 3.0, 5.0], Ok(3.0), Ok(4.0));
        let infinite = Err(Undefined::NonFinite { index: 1 });
        check(&[1.0, f64::INFINITY, 3.0], infinite, infinite);
        check(
            &[f64::MAX, -f64::MAX],
            Err(Undefined::OutOfRange),
            Err(Undefined::OutOfRange),
        );
    }

    #[test]
    fn a_flat_series_has_a_variance_of_exactly_zero() {
        for value in [0.01, 1.0 / 3.0, -1e-300, 6e4, 1e300] {
            check(&[value; 37], Ok(value), Ok(0.0));
        }
    }
}
