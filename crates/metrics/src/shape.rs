//! The shape of a sample: moments three and four about the mean, skewness and excess kurtosis.
//!
//! ```text
//! m[k] = sum((x - mean)^k) / n
//! g1   = m3 / m2^1.5                                G1 = g1 sqrt(n (n - 1)) / (n - 2)
//! g2   = m4 / m2^2 - 3                              G2 = ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3))
//! ```
//! Deviations are taken from the first observation and the small mean offset from it, as in
//! [`Moments`](crate::Moments), and in units of the power of two next to the greatest of them. So neither a mean far
//! from zero nor tiny or huge returns cost digits: the ratios are those of the scaled numbers.
//!
//! [`HigherMoments`](crate::HigherMoments) computes the same sums as a fold that merges: in one pass, about each block's
//! first value and in the unit of the returns. That is as good on ordinary returns, and it is not used here for two
//! reasons. A block that begins with an outlier costs its fourth moment up to 2.4e-13 (measured; its bound is 1e-10),
//! where the catalogue is held to 1e-13; and fourth powers of returns beyond 1e77 or below 1e-77 leave the range of a
//! double. A sample can afford its second pass.
//! Source: Joanes, D. N. and Gill, C. A., "Comparing measures of sample skewness and kurtosis", The Statistician
//! 47(1), 1998.

use crate::{Moments, Undefined, convention::Shape, sum::sum_of, undefined::finite};

/// Sums of powers of deviations from the mean, in units of `scale` to the same power.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments4 {
    n: f64,
    scale: f64,
    s2: f64,
    s3: f64,
    s4: f64,
}

impl Moments4 {
    /// The moments of finite returns whose mean is in `moments`.
    pub(crate) fn of(returns: &[f64], moments: &Moments) -> Self {
        let farthest = returns
            .iter()
            .map(|&r| moments.deviation_of(r).abs())
            .fold(0.0, f64::max);
        let scale = power_of_two_near(farthest);
        let deviation = |r: f64| moments.deviation_of(r) * scale;
        Self {
            n: returns.len() as f64,
            scale,
            s2: sum_of(returns, |r| {
                let d = deviation(r);
                d * d
            }),
            s3: sum_of(returns, |r| {
                let d = deviation(r);
                d * d * d
            }),
            s4: sum_of(returns, |r| {
                let d = deviation(r);
                (d * d) * (d * d)
            }),
        }
    }

    /// The deviations from the mean, in a unit of their own: only ratios count.
    pub(crate) fn deviations(&self, returns: &[f64], moments: &Moments) -> Vec<f64> {
        returns
            .iter()
            .map(|&r| moments.deviation_of(r) * self.scale)
            .collect()
    }

    /// The mean of the deviations from the mean to the power of 2, 3 or 4.
    pub(crate) fn about_mean(&self, power: u8) -> Result<f64, Undefined> {
        let sum = match power {
            2 => self.s2,
            3 => self.s3,
            _ => self.s4,
        };
        let unit = (0..power).fold(1.0, |unit, _| unit * self.scale);
        finite(sum / self.n / unit)
    }

    /// The skewness. The caller has made sure that the returns differ.
    pub(crate) fn skewness(&self, shape: Shape) -> Result<f64, Undefined> {
        let n = self.n;
        let m2 = self.s2 / n;
        let g1 = (self.s3 / n) / (m2 * m2.sqrt());
        match shape {
            Shape::Moment => finite(g1),
            Shape::Corrected => {
                self.enough(3)?;
                finite(g1 * (n * (n - 1.0)).sqrt() / (n - 2.0))
            }
        }
    }

    /// The excess kurtosis. The caller has made sure that the returns differ.
    pub(crate) fn kurtosis(&self, shape: Shape) -> Result<f64, Undefined> {
        let n = self.n;
        let m2 = self.s2 / n;
        let g2 = (self.s4 / n) / (m2 * m2) - 3.0;
        match shape {
            Shape::Moment => finite(g2),
            Shape::Corrected => {
                self.enough(4)?;
                finite(((n + 1.0) * g2 + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0)))
            }
        }
    }

    fn enough(&self, need: usize) -> Result<(), Undefined> {
        let have = self.n as usize;
        if have < need {
            Err(Undefined::TooFew { need, have })
        } else {
            Ok(())
        }
    }
}

/// A power of two that brings `value` between 1/2 and 2, as far as a double can hold it; 1 for zero and infinity.
fn power_of_two_near(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 1.0;
    }
    let (_, exponent) = libm::frexp(value);
    libm::ldexp(1.0, (-exponent).clamp(-1021, 1022))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(returns: &[f64]) -> (f64, f64) {
        let mut moments = Moments::default();
        returns.iter().for_each(|&r| moments.push(r));
        let four = Moments4::of(returns, &moments);
        (
            four.skewness(Shape::Moment).unwrap(),
            four.kurtosis(Shape::Moment).unwrap(),
        )
    }

    #[test]
    fn a_shape_survives_scale_and_shift() {
        let plain = [1.0, 2.0, 2.0, 3.0, 8.0, 2.0];
        // By hand: mean 3, squares 32, cubes 114, fourths 644 about it.
        let (skew, excess) = (
            114.0 / 6.0 / (32.0_f64 / 6.0).powf(1.5),
            644.0 * 6.0 / 1024.0 - 3.0,
        );
        let near = |(s, k): (f64, f64)| (s - skew).abs() < 1e-14 && (k - excess).abs() < 1e-14;
        assert!(near(shape(&plain)));
        for scale in [1e-200, 1e200, libm::ldexp(1.0, -1060)] {
            assert!(near(shape(&plain.map(|x| x * scale))), "{scale}");
        }
        assert!(near(shape(&plain.map(|x| x + 1e9))));
    }

    #[test]
    fn an_outlier_in_front_costs_no_digit() {
        for (outlier, length) in [(100_i64, 100_usize), (1_000_000, 100), (1_000_000, 127)] {
            for seed in 1..20 {
                let mut state = seed * 77_u64;
                let mut small = || {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    (state % 7) as i64
                };
                let steps: Vec<i64> = std::iter::once(outlier)
                    .chain((1..length).map(|_| small()))
                    .collect();
                let rows: Vec<f64> = steps.iter().map(|&step| step as f64 / 1024.0).collect();
                // Exact, as whole numbers: n times the deviations.
                let (n, total) = (length as i128, steps.iter().sum::<i64>());
                let power = |k: u32| -> f64 {
                    let deviation = |step: i64| i128::from(step) * n - i128::from(total);
                    let sum: i128 = steps.iter().map(|&step| deviation(step).pow(k)).sum();
                    sum as f64
                };
                let (m2, n) = (power(2), n as f64);
                let skewness = power(3) / m2 / m2.sqrt() * n.sqrt();
                let kurtosis = power(4) / m2 / m2 * n - 3.0;
                let (skew, excess) = shape(&rows);
                assert!((skew / skewness - 1.0).abs() < 1e-14, "{skew}, {skewness}");
                assert!(
                    (excess / kurtosis - 1.0).abs() < 1e-14,
                    "{excess}, {kurtosis}"
                );
            }
        }
    }

    #[test]
    fn powers_of_two() {
        for value in [1e-300, 0.3, 1.0, 1e300, 5e-324] {
            let scaled = value * power_of_two_near(value);
            assert!(scaled <= 2.0 && scaled > 0.0, "{value}");
        }
        assert_eq!(power_of_two_near(0.0), 1.0);
    }
}
