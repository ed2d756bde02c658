//! Co-moments: means, variances and covariance of two series, as one mergeable fold.
//!
//! Each series is kept as deviations from its first value, as [`Moments`](crate::Moments) does, and the cross sum
//! beside them:
//! ```text
//! squares_x = sum((x - mean_x)^2)     cross = sum((x - mean_x) (y - mean_y))
//! ```
//! Two adjacent stretches `a`, `b` of `na` and `nb` pairs, with `dx`, `dy` the differences of their means, combine by
//! ```text
//! cross = a.cross + b.cross + dx dy na nb / n
//! ```
//! (Chan, Golub and LeVeque 1979, eq. 2.1, for two variables; Pébay, "Formulas for Robust, One-Pass Parallel
//! Computation of Covariances and Arbitrary-Order Statistical Moments", Sandia 2008, eq. 3.6). A pair counts if both
//! rows are there: a pair with a NaN on either side is missing, one with an infinity makes every reading
//! [`Undefined::NonFinite`]. A flat series has squares of exactly zero, a series beside itself a cross sum equal to
//! its squares to the bit, and exchanging the series exchanges the readings to the bit.
//!
//! Error of `cross`, relative to `sqrt(squares_x squares_y)`: a few roundings per join; there is no bound relative to
//! `cross` itself, which may cancel to nothing.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined, exact,
    fold::{Count, Merge},
    undefined::finite,
};

/// Pairs per block of [`CoMoments::of_rows`].
const ROWS: usize = 128;

/// One of the two series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Axis {
    /// The first value.
    #[serde(with = "exact")]
    origin: f64,
    /// The mean, less the origin.
    #[serde(with = "exact")]
    offset: f64,
    /// The sum of squared deviations from the mean.
    #[serde(with = "exact")]
    squares: f64,
    /// Whether any value differs from the first: squares may be too small for a double.
    varies: bool,
}

impl Axis {
    fn of(value: f64) -> Self {
        Self {
            origin: value,
            ..Self::default()
        }
    }

    /// The mean of `later`, less this one's.
    fn step_to(&self, later: &Self) -> f64 {
        (later.origin - self.origin) + (later.offset - self.offset)
    }

    fn joined(self, later: Self, step: f64, share: f64, weight: f64) -> Self {
        Self {
            origin: self.origin,
            offset: self.offset + step * share,
            squares: self.squares + later.squares + step * step * weight,
            varies: self.varies || later.varies || self.origin != later.origin,
        }
    }

    /// The squares, if there is a spread to divide by.
    fn spread(&self) -> Result<f64, Undefined> {
        match (self.squares, self.varies) {
            (0.0, false) => Err(Undefined::ZeroVariance),
            (0.0, true) => Err(Undefined::OutOfRange),
            (squares, _) => finite(squares),
        }
    }
}

/// A stretch of pairs `(x, y)`, reduced to what covariance, correlation and a regression line need to know of it.
///
/// ```
/// use highwater_metrics::{Merge, against::CoMoments};
/// let pairs = CoMoments::of(0.0, 1.0).then(CoMoments::of(1.0, 3.0));
/// assert_eq!(pairs.slope(), Ok(2.0));
/// assert_eq!(pairs.intercept(), Ok(1.0));
/// assert_eq!(pairs.correlation(), Ok(1.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CoMoments {
    /// What was seen: a pair is an observation if both of its rows are finite.
    pub count: Count,
    x: Axis,
    y: Axis,
    /// The sum of products of deviations from the means.
    #[serde(with = "exact")]
    cross: f64,
}

impl CoMoments {
    /// The stretch of one pair.
    pub fn of(x: f64, y: f64) -> Self {
        let mut moments = Self::default();
        if moments.count.admit(pair(x, y)) {
            moments.x = Axis::of(x);
            moments.y = Axis::of(y);
        }
        moments
    }

    /// Takes the next pair.
    pub fn push(&mut self, x: f64, y: f64) {
        *self = self.then(Self::of(x, y));
    }

    /// The stretch of these rows; those of the longer series that have no partner are left out.
    ///
    /// Blocks of 128 pairs are measured in two passes each, about their own means, and join in order.
    pub fn of_rows(x: &[f64], y: &[f64]) -> Self {
        let blocks = x.chunks(ROWS).zip(y.chunks(ROWS));
        blocks.fold(Self::default(), |moments, (x, y)| {
            moments.then(Self::of_block(x, y))
        })
    }

    fn of_block(x: &[f64], y: &[f64]) -> Self {
        let (x, y) = (&x[..x.len().min(y.len())], &y[..y.len().min(x.len())]);
        // Counted, since a search with an early end goes one row at a time.
        let absent =
            |rows: &[f64]| -> u64 { rows.iter().map(|row| u64::from(!row.is_finite())).sum() };
        if absent(x) + absent(y) == 0 {
            return Self::of_whole(Count::of_observations(x.len()), x, y);
        }
        let mut count = Count::default();
        let (mut present_x, mut present_y) = ([0.0; ROWS], [0.0; ROWS]);
        for (&x, &y) in x.iter().zip(y) {
            let at = count.observations;
            if count.admit(pair(x, y)) {
                (present_x[at], present_y[at]) = (x, y);
            }
        }
        let n = count.observations;
        Self::of_whole(count, &present_x[..n], &present_y[..n])
    }

    /// The stretch of a block's observations.
    fn of_whole(count: Count, x: &[f64], y: &[f64]) -> Self {
        let (Some(&first_x), Some(&first_y)) = (x.first(), y.first()) else {
            return Self {
                count,
                ..Self::default()
            };
        };
        let n = x.len() as f64;
        let [mean_x, mean_y, _] =
            lanes(x, y, |x, y| [x - first_x, y - first_y, 0.0]).map(|sum| sum / n);
        let [squares_x, squares_y, cross] = lanes(x, y, |x, y| {
            let dx = (x - first_x) - mean_x;
            let dy = (y - first_y) - mean_y;
            [dx * dx, dy * dy, dx * dy]
        });
        let axis = |rows: &[f64], origin, offset, squares| Axis {
            origin,
            offset,
            squares,
            varies: rows.iter().any(|row| *row != origin),
        };
        Self {
            count,
            x: axis(x, first_x, mean_x, squares_x),
            y: axis(y, first_y, mean_y, squares_y),
            cross,
        }
    }

    /// The mean of `x`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without a pair, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn mean_x(&self) -> Result<f64, Undefined> {
        self.mean_x_above(0.0)
    }

    /// The mean of `y`.
    ///
    /// # Errors
    /// As [`CoMoments::mean_x`].
    pub fn mean_y(&self) -> Result<f64, Undefined> {
        self.mean_y_above(0.0)
    }

    /// The mean of `x` less a constant, without rounding the mean first.
    ///
    /// # Errors
    /// As [`CoMoments::mean_x`].
    pub fn mean_x_above(&self, constant: f64) -> Result<f64, Undefined> {
        self.count.require(1)?;
        finite((self.x.origin - constant) + self.x.offset)
    }

    /// The mean of `y` less a constant, without rounding the mean first.
    ///
    /// # Errors
    /// As [`CoMoments::mean_x`].
    pub fn mean_y_above(&self, constant: f64) -> Result<f64, Undefined> {
        self.count.require(1)?;
        finite((self.y.origin - constant) + self.y.offset)
    }

    /// How far a value of `x` is from the mean of `x`.
    pub(crate) fn deviation_x(&self, x: f64) -> f64 {
        (x - self.x.origin) - self.x.offset
    }

    /// How far a value of `y` is from the mean of `y`.
    pub(crate) fn deviation_y(&self, y: f64) -> f64 {
        (y - self.y.origin) - self.y.offset
    }

    fn divided(&self, sum: f64, ddof: u8) -> Result<f64, Undefined> {
        let n = self.count.require(2.max(usize::from(ddof) + 1))?;
        finite(sum / (n - f64::from(ddof)))
    }

    /// The variance of `x` with divisor `n - ddof`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two pairs or `ddof + 1`, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn variance_x(&self, ddof: u8) -> Result<f64, Undefined> {
        self.divided(self.x.squares, ddof)
    }

    /// The variance of `y` with divisor `n - ddof`.
    ///
    /// # Errors
    /// As [`CoMoments::variance_x`].
    pub fn variance_y(&self, ddof: u8) -> Result<f64, Undefined> {
        self.divided(self.y.squares, ddof)
    }

    /// The covariance with divisor `n - ddof`.
    ///
    /// # Errors
    /// As [`CoMoments::variance_x`].
    pub fn covariance(&self, ddof: u8) -> Result<f64, Undefined> {
        self.divided(self.cross, ddof)
    }

    /// The slope of the least-squares line of `y` on `x`: `cross / squares_x`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two pairs, [`Undefined::ZeroVariance`] if `x` is flat, [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`].
    pub fn slope(&self) -> Result<f64, Undefined> {
        self.count.require(2)?;
        finite(self.cross / self.x.spread()?)
    }

    /// The height of that line at `x = 0`.
    ///
    /// # Errors
    /// As [`CoMoments::slope`].
    pub fn intercept(&self) -> Result<f64, Undefined> {
        finite(self.mean_y()? - self.slope()? * self.mean_x()?)
    }

    /// Pearson's correlation: `cross / sqrt(squares_x squares_y)`, within -1 and 1; of a series with itself exactly 1.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two pairs, [`Undefined::ZeroVariance`] if either series is flat,
    /// [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn correlation(&self) -> Result<f64, Undefined> {
        self.count.require(2)?;
        let (x, y) = (self.x.spread()?, self.y.spread()?);
        let product = x * y;
        // The root of a rounded square is exact, so a series correlates with itself exactly; where the product leaves
        // the range of a double, the roots do not.
        let scale = if product.is_normal() {
            product.sqrt()
        } else {
            x.sqrt() * y.sqrt()
        };
        finite(self.cross / scale).map(|value| value.clamp(-1.0, 1.0))
    }
}

impl Merge for CoMoments {
    /// Error: a few roundings per join of the variances, and of the covariance relative to the product of deviations.
    fn then(self, later: Self) -> Self {
        let count = self.count.then(later.count);
        if self.count.observations == 0 {
            return Self { count, ..later };
        }
        if later.count.observations == 0 {
            return Self { count, ..self };
        }
        let share = later.count.observations as f64 / count.observations as f64;
        let weight = self.count.observations as f64 * share;
        let (dx, dy) = (self.x.step_to(&later.x), self.y.step_to(&later.y));
        Self {
            count,
            x: self.x.joined(later.x, dx, share, weight),
            y: self.y.joined(later.y, dy, share, weight),
            cross: self.cross + later.cross + dx * dy * weight,
        }
    }
}

/// Sums of three terms over rows, in eight strands each, added up in order.
fn lanes(x: &[f64], y: &[f64], terms: impl Fn(f64, f64) -> [f64; 3]) -> [f64; 3] {
    const LANES: usize = 8;
    let mut sums = [[0.0; LANES]; 3];
    for (x, y) in x.chunks(LANES).zip(y.chunks(LANES)) {
        if let (Ok(x), Ok(y)) = (<[f64; LANES]>::try_from(x), <[f64; LANES]>::try_from(y)) {
            for lane in 0..LANES {
                let [a, b, c] = terms(x[lane], y[lane]);
                sums[0][lane] += a;
                sums[1][lane] += b;
                sums[2][lane] += c;
            }
        } else {
            for (lane, (x, y)) in x.iter().zip(y).enumerate() {
                let terms = terms(*x, *y);
                sums.iter_mut()
                    .zip(terms)
                    .for_each(|(sums, term)| sums[lane] += term);
            }
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// What a pair is to a [`Count`]: missing if either row is, infinite if either is, else an observation.
pub(crate) fn pair(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x.is_infinite() {
        x
    } else {
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_needs_both_rows() {
        let mut moments = CoMoments::default();
        for (x, y) in [(0.0, 1.0), (f64::NAN, 9.0), (1.0, 3.0), (7.0, f64::NAN)] {
            moments.push(x, y);
        }
        assert_eq!((moments.count.observations, moments.count.skipped), (2, 2));
        assert_eq!(moments.covariance(1), Ok(1.0));
        moments.push(f64::INFINITY, 0.0);
        assert_eq!(moments.slope(), Err(Undefined::NonFinite { index: 4 }));
        moments.push(f64::INFINITY, f64::NAN);
        assert_eq!(moments.count.skipped, 3, "a missing partner comes first");
    }

    #[test]
    fn flat_is_not_the_same_as_too_small_to_square() {
        let rows = [1e-200, -1e-200, 1e-200];
        let found = CoMoments::of_rows(&rows, &rows);
        assert_eq!(found.slope(), Err(Undefined::OutOfRange));
        let flat = CoMoments::of_rows(&[0.1; 3], &rows);
        assert_eq!(flat.slope(), Err(Undefined::ZeroVariance));
        assert_eq!(flat.covariance(1), Ok(0.0));
    }

    #[test]
    fn a_spread_too_small_to_square_is_remembered_by_joins() {
        let stretch = |rows: &[f64]| CoMoments::of_rows(rows, rows);
        let (small, less) = (1e-200, -1e-200);
        for (earlier, later) in [
            ([small, less], [small, small]),
            ([small, small], [small, less]),
            ([small, small], [less, less]),
        ] {
            let joined = stretch(&earlier).then(stretch(&later));
            assert_eq!(joined.slope(), Err(Undefined::OutOfRange));
        }
        let flat = stretch(&[small; 2]).then(stretch(&[small; 2]));
        assert_eq!(flat.slope(), Err(Undefined::ZeroVariance));
    }

    #[test]
    fn the_line_through_anscombes_first_set() {
        // Anscombe, "Graphs in Statistical Analysis", The American Statistician 27 (1973), pp. 17-21.
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [
            8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68,
        ];
        let pairs = CoMoments::of_rows(&x, &y);
        for (found, expected) in [
            (pairs.mean_x(), 9.0),
            (pairs.mean_y(), 82.51 / 11.0),
            (pairs.variance_x(1), 11.0),
            (pairs.covariance(1), 5.501),
            (pairs.slope(), 55.01 / 110.0),
            (pairs.intercept(), 82.51 / 11.0 - 9.0 * 55.01 / 110.0),
        ] {
            assert!((found.unwrap() - expected).abs() < 1e-14, "{expected}");
        }
        assert!((pairs.correlation().unwrap() - 0.816_420_516_344_84).abs() < 1e-13);
    }

    #[test]
    fn rows_without_a_partner_are_left_out() {
        let found = CoMoments::of_rows(&[0.5, 0.25, 0.0], &[0.5, 0.25]);
        assert_eq!((found.count.rows(), found.slope()), (2, Ok(1.0)));
    }
}
