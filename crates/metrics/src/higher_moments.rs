//! Third and fourth moments: how lopsided returns are, and how heavy their tails.
//!
//! ```text
//! skewness        = (m3 / n) / (m2 / n)^(3/2)
//! excess kurtosis = (m4 / n) / (m2 / n)^2 - 3         0 for a normal distribution
//! ```
//! with `mk = sum((x - mean)^k)`. Within a block the powers are summed about the block's first value and moved to its
//! mean:
//! ```text
//! m3 = s3 - 3 a s2 + 2 a^2 s1,    m4 = s4 - 4 a s3 + 6 a^2 s2 - 3 a^3 s1,    a = s1 / n
//! ```
//! The first value is itself in the block, so `a^4 <= m4` and `s4 <= 8 (m4 + 128 a^4)`: what cancels is at most some
//! ten thousand times `m4`, and the relative error of a block's `m4` stays below 1e-10 whatever the values; it is near
//! 1e-15 on returns. Where a sample is at hand, the catalogue reads its skewness and kurtosis from a second pass over
//! it, which has neither that bound nor a limit of range. Blocks are joined by their central moments, where nothing
//! large cancels.
//! Source: Pébay, "Formulas for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical
//! Moments", Sandia report SAND2008-6212, eqs. 2.1 and 3.1.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined,
    block::{self, ROWS},
    exact,
    fold::{Count, Merge},
    kernel::{ABREAST, Found},
    undefined::finite,
};

/// A stretch of numbers, reduced to what skewness and kurtosis need to know of it.
///
/// ```
/// use highwater_metrics::{Merge, HigherMoments};
/// let shape = HigherMoments::of(&[-1.0, 0.0]).then(HigherMoments::of(&[1.0, 4.0]));
/// assert_eq!(shape.mean(), Ok(1.0));
/// assert_eq!(shape.central_sums(), Ok([14.0, 18.0, 98.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HigherMoments {
    /// What was seen.
    pub count: Count,
    #[serde(with = "exact")]
    origin: f64,
    /// The mean, less the origin.
    #[serde(with = "exact")]
    offset: f64,
    #[serde(with = "exact")]
    m2: f64,
    #[serde(with = "exact")]
    m3: f64,
    #[serde(with = "exact")]
    m4: f64,
}

impl HigherMoments {
    /// The shape of these rows. NaN is missing.
    pub fn of(rows: &[f64]) -> Self {
        let missing = rows.iter().take_while(|row| row.is_nan()).count();
        let mut shape = Self::default();
        shape.count.skipped = missing;
        let rows = &rows[missing..];
        let groups = rows.chunks_exact(ROWS * ABREAST);
        let rest = groups.remainder().chunks(ROWS);
        for group in groups {
            let blocks = std::array::from_fn(|at| &group[at * ROWS..][..ROWS]);
            let found = block::powers(blocks);
            for (lane, rows) in blocks.into_iter().enumerate() {
                shape = shape.then(Self::of_lane_or_rows(&found, lane, rows));
            }
        }
        rest.fold(shape, |shape, rows| shape.then(Self::of_block(rows)))
    }

    fn of_block(rows: &[f64]) -> Self {
        Self::of_lane_or_rows(&block::powers([rows; ABREAST]), 0, rows)
    }

    fn of_lane_or_rows(found: &Found, lane: usize, rows: &[f64]) -> Self {
        if found.squares[lane].is_finite() {
            return Self::of_lane(found, lane, Count::of_observations(rows.len()));
        }
        let mut count = Count::default();
        let finite: Vec<f64> = rows
            .iter()
            .copied()
            .filter(|&row| count.admit(row))
            .collect();
        if finite.is_empty() {
            return Self {
                count,
                ..Self::default()
            };
        }
        Self::of_lane(&block::powers([&finite; ABREAST]), 0, count)
    }

    /// One of the blocks of which the kernel found this.
    fn of_lane(found: &Found, lane: usize, count: Count) -> Self {
        let (s1, s2) = (found.sum[lane], found.squares[lane]);
        let (s3, s4) = (found.cubes[lane], found.fourths[lane]);
        let a = s1 / count.observations as f64;
        let m2 = s2 - s1 * a;
        let m4 = s4 - 4.0 * a * s3 + a * a * (6.0 * s2 - 3.0 * a * s1);
        // Not `max`, which would take a NaN for 0.
        let positive = |sum: f64| if sum < 0.0 { 0.0 } else { sum };
        Self {
            count,
            origin: found.origin[lane],
            offset: a,
            m2: positive(m2),
            m3: s3 - a * (3.0 * s2 - 2.0 * a * s1),
            m4: positive(m4),
        }
    }

    /// From the mean, less the origin, and the central sums.
    pub(crate) fn from_parts(
        count: Count,
        origin: f64,
        offset: f64,
        [m2, m3, m4]: [f64; 3],
    ) -> Self {
        Self {
            count,
            origin,
            offset,
            m2,
            m3,
            m4,
        }
    }

    /// This stretch and a later one, whose rows together are `count`.
    fn joined(self, later: Self, count: Count) -> Self {
        if self.count.observations == 0 {
            return Self { count, ..later };
        }
        if later.count.observations == 0 {
            return Self { count, ..self };
        }
        let delta = (later.origin - self.origin) + (later.offset - self.offset);
        let n = count.observations as f64;
        // The shares of both, which add up to one.
        let (a, b) = (
            self.count.observations as f64 / n,
            later.count.observations as f64 / n,
        );
        let square = delta * delta;
        let between = n * a * b * square;
        Self {
            count,
            origin: self.origin,
            offset: self.offset + delta * b,
            m2: self.m2 + later.m2 + between,
            m3: self.m3
                + later.m3
                + delta * (between * (a - b) + 3.0 * (a * later.m2 - b * self.m2)),
            m4: self.m4
                + later.m4
                + square
                    * (between * (a * a - a * b + b * b)
                        + 6.0 * (a * a * later.m2 + b * b * self.m2))
                + 4.0 * delta * (a * later.m3 - b * self.m3),
        }
    }

    /// The arithmetic mean.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn mean(&self) -> Result<f64, Undefined> {
        self.count.require(1)?;
        finite(self.origin + self.offset)
    }

    /// The sums of the second, third and fourth powers of the deviations from the mean, for estimators of one's own.
    ///
    /// # Errors
    /// As [`HigherMoments::mean`].
    pub fn central_sums(&self) -> Result<[f64; 3], Undefined> {
        self.count.require(1)?;
        Ok([finite(self.m2)?, finite(self.m3)?, finite(self.m4)?])
    }

    /// Skewness of the sample as it stands (divisor `n`): negative if the long tail is that of losses.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two observations, [`Undefined::ZeroVariance`], [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`].
    pub fn skewness(&self) -> Result<f64, Undefined> {
        let (n, [m2, m3, _]) = self.varying()?;
        finite(n.sqrt() * (m3 / (m2 * m2.sqrt())))
    }

    /// Excess kurtosis of the sample as it stands (divisor `n`): positive if tails are heavier than normal ones.
    ///
    /// # Errors
    /// As [`HigherMoments::skewness`].
    pub fn excess_kurtosis(&self) -> Result<f64, Undefined> {
        let (n, [m2, _, m4]) = self.varying()?;
        finite(n * (m4 / (m2 * m2)) - 3.0)
    }

    fn varying(&self) -> Result<(f64, [f64; 3]), Undefined> {
        let n = self.count.require(2)?;
        let sums = self.central_sums()?;
        if sums[0] == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        Ok((n, sums))
    }
}

impl Merge for HigherMoments {
    /// Relative error per join: a few ulps of `m2`, `m4`, and of `m2^(3/2)` for `m3`.
    fn then(self, later: Self) -> Self {
        self.joined(later, self.count.then(later.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_exact_in_binary() {
        let few = |need, have| Err(Undefined::TooFew { need, have });
        assert_eq!(HigherMoments::of(&[]).skewness(), few(2, 0));
        assert_eq!(HigherMoments::of(&[f64::NAN, 0.5]).skewness(), few(2, 1));
        assert_eq!(
            HigherMoments::of(&[0.1; 300]).skewness(),
            Err(Undefined::ZeroVariance)
        );
        let even = HigherMoments::of(&[-1.0, f64::NAN, 1.0]);
        assert_eq!(
            (even.skewness(), even.excess_kurtosis()),
            (Ok(0.0), Ok(-2.0))
        );
        assert_eq!(even.count.skipped, 1);
        let far = HigherMoments::of(&[1.0, f64::INFINITY]);
        assert_eq!(far.mean(), Err(Undefined::NonFinite { index: 1 }));
        assert_eq!(
            HigherMoments::of(&[1e200, 0.0]).skewness(),
            Err(Undefined::OutOfRange)
        );
    }

    #[test]
    fn any_cut_gives_the_sums_of_the_plain_loops() {
        let mut state = 7_u64;
        let rows: Vec<f64> = (0..1_000)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let even = (state >> 11) as f64 / (1_u64 << 53) as f64;
                60_000.0 + even * even
            })
            .collect();
        let n = rows.len() as f64;
        let mean = 60_000.0 + rows.iter().map(|row| row - 60_000.0).sum::<f64>() / n;
        let power = |k| rows.iter().map(|row| (row - mean).powi(k)).sum::<f64>();
        for cut in [0, 1, 100, 128, 640, 999] {
            let (first, second) = rows.split_at(cut);
            let shape = HigherMoments::of(first).then(HigherMoments::of(second));
            for (found, k) in shape.central_sums().unwrap().into_iter().zip(2..) {
                assert!(
                    (found / power(k) - 1.0).abs() < 1e-9,
                    "cut at {cut}, power {k}"
                );
            }
        }
    }

    #[test]
    fn an_outlier_where_a_block_begins_costs_no_digits_that_matter() {
        for outlier in [1.0, 1e6] {
            let rows: Vec<f64> = std::iter::once(outlier)
                .chain((0..127).map(|row| f64::from(row % 7) / 1024.0))
                .collect();
            let n = rows.len() as f64;
            let mean = rows.iter().sum::<f64>() / n;
            let power = |k| rows.iter().map(|row| (row - mean).powi(k)).sum::<f64>();
            for (found, k) in HigherMoments::of(&rows)
                .central_sums()
                .unwrap()
                .into_iter()
                .zip(2..)
            {
                assert!((found / power(k) - 1.0).abs() < 1e-11, "power {k}");
            }
        }
    }
}
