//! A Sharpe ratio as an estimate: what its error depends on.
//!
//! ```text
//! sharpe   = (mean - risk_free) / deviation        deviation with divisor n - 1
//! skewness = m3 / m2^(3/2)                         m_k = sum((x - mean)^k) / n
//! kurtosis = m4 / m2^2                             3 for a normal distribution
//! ```
//! Everything is per period: an annualised ratio must be divided by the square root of the periods per year first.
//! Skewness and kurtosis are the moment estimators of the papers, kurtosis not in excess of 3. Who has other
//! estimators fills the fields by hand.

use serde::{Deserialize, Serialize};

use super::{
    Argument,
    rows::{finite_rows, require},
    sum::{Sum, mean},
};
use crate::{Undefined, undefined::finite};

/// A Sharpe ratio per period, and what its error depends on.
///
/// ```
/// use highwater_metrics::inference::SharpeEstimate;
/// let estimate = SharpeEstimate::of(&[0.5, -0.5, 1.5, 0.5], 0.0).unwrap();
/// assert_eq!(estimate.observations, 4);
/// assert_eq!((estimate.skewness, estimate.kurtosis), (0.0, 2.0));
/// assert!((estimate.sharpe - 0.375_f64.sqrt()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharpeEstimate {
    /// The Sharpe ratio per period, not annualised.
    pub sharpe: f64,
    /// How many returns it was estimated from.
    pub observations: usize,
    /// Their skewness; 0 for a normal distribution.
    pub skewness: f64,
    /// Their kurtosis, not in excess; 3 for a normal distribution.
    pub kurtosis: f64,
}

impl SharpeEstimate {
    /// The Sharpe ratio of returns above a risk-free return per period, with their skewness and kurtosis.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two returns, [`Undefined::ZeroVariance`] if all are the same,
    /// [`Undefined::NonFinite`], [`Undefined::OutOfRange`], [`Undefined::Argument`] for a risk-free return that is
    /// not finite.
    pub fn of(returns: &[f64], risk_free: f64) -> Result<Self, Undefined> {
        let centred = Centred::of(&finite_rows(returns)?, risk_free)?;
        let n = centred.deviations.len();
        let power = |k: i32| Sum::of(centred.deviations.iter().map(|e| e.powi(k))) / n as f64;
        Ok(Self {
            sharpe: finite(centred.sharpe() * ((n - 1) as f64 / n as f64).sqrt())?,
            observations: n,
            skewness: finite(power(3) / (centred.variance * centred.variance.sqrt()))?,
            kurtosis: finite(power(4) / (centred.variance * centred.variance))?,
        })
    }

    /// As if returns were normal: skewness 0, kurtosis 3.
    pub const fn normal(sharpe: f64, observations: usize) -> Self {
        Self {
            sharpe,
            observations,
            skewness: 0.0,
            kurtosis: 3.0,
        }
    }

    /// The fields are inside their domains.
    pub(super) fn check(&self) -> Result<(), Undefined> {
        require(self.observations, 2)?;
        Argument::Sharpe.require(self.sharpe.is_finite())?;
        Argument::Skewness.require(self.skewness.is_finite())?;
        Argument::Kurtosis.require(self.kurtosis.is_finite() && self.kurtosis >= 1.0)
    }

    /// `1 - skewness sharpe + (kurtosis - 1) sharpe^2 / 4`: the variance of the estimate, times the observations.
    ///
    /// Never negative where `kurtosis >= 1 + skewness^2`, as for any sample; other estimators may break that.
    pub(super) fn unit_variance(&self) -> Result<f64, Undefined> {
        self.check()?;
        let sharpe = self.sharpe;
        let variance =
            finite(1.0 - self.skewness * sharpe + (self.kurtosis - 1.0) / 4.0 * (sharpe * sharpe))?;
        if variance > 0.0 {
            Ok(variance)
        } else {
            Err(Undefined::NoStandardError)
        }
    }
}

/// Returns about their mean, in a unit that keeps their powers inside the range of a double.
#[derive(Clone, Debug)]
pub(super) struct Centred {
    /// `(x - mean) / unit`.
    pub(super) deviations: Vec<f64>,
    /// Their mean square: divisor n.
    pub(super) variance: f64,
    /// `(mean - risk_free) / unit`.
    pub(super) excess: f64,
}

impl Centred {
    /// Of at least two finite returns that are not all the same.
    pub(super) fn of(returns: &[f64], risk_free: f64) -> Result<Self, Undefined> {
        Argument::RiskFree.require(risk_free.is_finite())?;
        require(returns.len(), 2)?;
        let origin = returns[0];
        // Differences from the first return are exact zeros in a flat series, and exact for near returns.
        let mut deviations: Vec<f64> = returns.iter().map(|row| row - origin).collect();
        let widest = finite(
            deviations
                .iter()
                .fold(0.0, |widest: f64, e| widest.max(e.abs())),
        )?;
        if widest == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        // A power of two, so that the division rounds nothing.
        let unit = libm::ldexp(1.0, libm::frexp(widest).1 - 1);
        deviations.iter_mut().for_each(|e| *e /= unit);
        let offset = mean(&deviations);
        deviations.iter_mut().for_each(|e| *e -= offset);
        // What the rounding of `offset` left: far below an ulp of the deviations, yet the returns may be many.
        let left = mean(&deviations);
        let squares = Sum::of(deviations.iter().map(|e| e * e)) / returns.len() as f64;
        let variance = squares - left * left;
        let excess = finite((origin - risk_free) / unit + (offset + left))?;
        if variance > 0.0 {
            Ok(Self {
                deviations,
                variance,
                excess,
            })
        } else {
            Err(Undefined::ZeroVariance)
        }
    }

    /// The Sharpe ratio with divisor n.
    pub(super) fn sharpe(&self) -> f64 {
        self.excess / self.variance.sqrt()
    }

    /// What each return adds to the error of the Sharpe ratio with divisor n (its influence function):
    /// `z - sharpe (z^2 - 1) / 2` for the standardised return `z`. Their mean is 0.
    pub(super) fn influence(&self) -> impl Iterator<Item = f64> + '_ {
        let (sharpe, deviation) = (self.sharpe(), self.variance.sqrt());
        self.deviations.iter().map(move |e| {
            let z = e / deviation;
            z - 0.5 * sharpe * (z * z - 1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_do_not_see_the_unit() {
        let returns = [0.01, -0.02, 0.035, 0.005, -0.011, 0.02];
        let plain = SharpeEstimate::of(&returns, 0.0).unwrap();
        for unit in [2.0_f64.powi(-900), 2.0_f64.powi(-40), 2.0_f64.powi(900)] {
            let scaled: Vec<f64> = returns.iter().map(|row| row * unit).collect();
            assert_eq!(SharpeEstimate::of(&scaled, 0.0), Ok(plain), "{unit:e}");
        }
        let turned: Vec<f64> = returns.iter().map(|row| -row).collect();
        let turned = SharpeEstimate::of(&turned, 0.0).unwrap();
        assert_eq!(turned.sharpe, -plain.sharpe);
        assert_eq!(turned.skewness, -plain.skewness);
        assert_eq!(turned.kurtosis, plain.kurtosis);
    }

    #[test]
    fn moments_are_those_of_exact_arithmetic() {
        // Whole numbers about an origin up to a hundred million times their spread: sums of powers are exact in 128
        // bits.
        let mut draws = crate::inference::random::Xoshiro256::replication(12, 0);
        let whole: Vec<i128> = (0..20_000)
            .map(|_| i128::from(draws.below(60)) + 3 * i128::from(draws.below(9).pow(2)))
            .collect();
        let n = whole.len() as i128;
        let sum = |power: u32| whole.iter().map(|x| x.pow(power)).sum::<i128>();
        let (s1, s2, s3, s4) = (sum(1), sum(2), sum(3), sum(4));
        let (nf, m2) = (n as f64, n * s2 - s1 * s1);
        let m3 = n * n * s3 - 3 * n * s1 * s2 + 2 * s1 * s1 * s1;
        let m4 = n * n * n * s4 - 4 * n * n * s1 * s3 + 6 * n * s1 * s1 * s2 - 3 * s1.pow(4);
        let deviation = (m2 as f64).sqrt();
        for origin in [0_i64, -70, 6_000_000_000] {
            let rows: Vec<f64> = whole
                .iter()
                .map(|x| (x + i128::from(origin)) as f64)
                .collect();
            let found = SharpeEstimate::of(&rows, 1.0).unwrap();
            let excess = (s1 + n * i128::from(origin - 1)) as f64;
            let close = |found: f64, exact: f64| (found / exact - 1.0).abs() < 2e-15;
            assert!(close(
                found.sharpe,
                excess / deviation * ((nf - 1.0) / nf).sqrt()
            ));
            assert!(close(found.skewness, m3 as f64 / (m2 as f64 * deviation)));
            assert!(close(found.kurtosis, m4 as f64 / (m2 as f64 * m2 as f64)));
        }
    }

    #[test]
    fn an_outlier_in_front_costs_the_deviation_no_digit() {
        // Every deviation is counted from the outlier, so that nearly all of them are nearly the same.
        let outlier = 3_000_001;
        let whole: Vec<i128> = std::iter::once(outlier)
            .chain((1..20_000).map(|row| row * row % 7))
            .collect();
        let n = whole.len() as i128;
        let (s1, s2): (i128, i128) = (whole.iter().sum(), whole.iter().map(|x| x * x).sum());
        let rows: Vec<f64> = whole.iter().map(|&x| x as f64).collect();
        // Above a rate far off, so that the mean does not cancel and what is seen is the deviation.
        let found = SharpeEstimate::of(&rows, -(outlier as f64)).unwrap();
        let (excess, squares) = ((s1 + n * outlier) as f64, (n * s2 - s1 * s1) as f64);
        let exact = excess / squares.sqrt() * ((n - 1) as f64 / n as f64).sqrt();
        assert!(
            (found.sharpe / exact - 1.0).abs() < 2e-15,
            "{} {exact}",
            found.sharpe
        );
    }

    #[test]
    fn what_has_no_estimate() {
        let of = |returns: &[f64]| SharpeEstimate::of(returns, 0.0);
        assert_eq!(of(&[]), Err(Undefined::TooFew { need: 2, have: 0 }));
        assert_eq!(
            of(&[0.1, f64::NAN]),
            Err(Undefined::TooFew { need: 2, have: 1 })
        );
        assert_eq!(of(&[0.1; 9]), Err(Undefined::ZeroVariance));
        assert_eq!(
            of(&[0.1, f64::INFINITY]),
            Err(Undefined::NonFinite { index: 1 })
        );
        assert_eq!(of(&[f64::MAX, f64::MIN]), Err(Undefined::OutOfRange));
        assert_eq!(
            SharpeEstimate::of(&[0.1, 0.2], f64::NAN),
            Err(Undefined::Argument {
                argument: Argument::RiskFree
            })
        );
    }

    #[test]
    fn the_influences_have_a_mean_of_zero() {
        let centred = Centred::of(&[0.01, -0.02, 0.035, 0.005, -0.011], 0.001).unwrap();
        let influences: Vec<f64> = centred.influence().collect();
        assert!(mean(&influences).abs() < 1e-15);
    }
}
