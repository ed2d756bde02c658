//! Peaks over a threshold: the generalised Pareto distribution of the worst losses.
//!
//! Of `n` losses the `k` greatest exceed the next one, the threshold `u`. Their excesses `y` follow a generalised
//! Pareto distribution with shape `xi` and scale `beta`, fitted by unbiased probability-weighted moments, since those
//! are plain sums that no iteration can fail at (Hosking and Wallis, "Parameter and Quantile Estimation for the
//! Generalized Pareto Distribution", Technometrics 29(3), 1987; sign of the shape as in McNeil and Frey,
//! "Estimation of tail-related risk measures for heteroscedastic financial time series", Journal of Empirical Finance
//! 7, 2000):
//! ```text
//! l1 = mean(y)       l2 = l1 - 2 sum((k - i) / (k - 1) y[i]) / k       y[1] <= ... <= y[k]
//! xi = 2 - l1 / l2   beta = l1 (1 - xi)
//! VaR(p) = -(u + beta / xi ((n p / k)^-xi - 1))
//! ES(p)  = -((-VaR(p)) + beta - xi u) / (1 - xi)                       for xi < 1
//! ```
//! As everywhere, a loss is a negative return. Maximum likelihood (empyrical) gives other numbers of the same thing.

use crate::{Sample, Undefined, sum::sum, undefined::finite};

/// The fewest excesses that a tail is fitted to.
const FEWEST: usize = 10;

/// A fitted tail of losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoTail {
    /// The loss that the excesses are counted from: positive for a loss.
    pub threshold: f64,
    /// The shape: above 0 a heavy tail, below 0 a bounded one.
    pub shape: f64,
    /// The scale, above 0.
    pub scale: f64,
    /// How many losses exceed the threshold.
    pub exceedances: usize,
    /// Of how many observations.
    pub observations: usize,
}

impl Sample<'_> {
    /// The tail of the worst `share` of the returns, such as 0.1.
    ///
    /// ```
    /// use highwater_metrics::{Convention, Sample, Terms};
    /// let crypto = Convention::preset("crypto").unwrap();
    /// let terms = Terms::new(&crypto, crypto.periods_per_year(1.0).unwrap());
    /// // A loss that exceeds x with probability 1 / (1 + x)^4: shape 1/4.
    /// let losses = (1..1000).map(|rank| 1.0 - (f64::from(rank) / 1000.0).powf(-0.25));
    /// let returns: Vec<f64> = losses.collect();
    /// let tail = Sample::new(&returns, &terms, None).pareto_tail(0.1).unwrap();
    /// assert!((tail.shape - 0.25).abs() < 0.1);
    /// let exact = 1.0 - 0.01_f64.powf(-0.25);
    /// assert!((tail.value_at_risk(0.01).unwrap() - exact).abs() < 0.1);
    /// ```
    ///
    /// # Errors
    /// [`Undefined::TooFew`] unless ten losses exceed the threshold, [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`] unless `0 < share < 1`, [`Undefined::NoTailFit`].
    pub fn pareto_tail(&self, share: f64) -> Result<ParetoTail, Undefined> {
        if !(share > 0.0 && share < 1.0) {
            return Err(Undefined::OutOfRange);
        }
        // The least count whose share is at least ten losses, and the threshold itself.
        let need = ((FEWEST as f64 / share).ceil() as usize).max(FEWEST + 1);
        let n = self.require(need)?;
        let sorted = self.sorted();
        // A hair more, so that a tenth of 100 is not 9.
        let count = ((n * share * (1.0 + 1e-12)) as usize).clamp(FEWEST, sorted.len() - 1);
        let threshold = -sorted[count];
        // From the least excess to the greatest.
        let excesses: Vec<f64> = sorted[..count]
            .iter()
            .rev()
            .map(|r| -r - threshold)
            .collect();
        let k = count as f64;
        let weighted: Vec<f64> = excesses
            .iter()
            .zip(1..)
            .map(|(y, rank)| y * ((count - rank) as f64 / (k - 1.0)))
            .collect();
        let first = sum(&excesses) / k;
        let second = first - 2.0 * sum(&weighted) / k;
        let shape = 2.0 - first / second;
        let scale = first * (1.0 - shape);
        if !(shape.is_finite() && scale.is_finite() && scale > 0.0) {
            return Err(Undefined::NoTailFit);
        }
        Ok(ParetoTail {
            threshold,
            shape,
            scale,
            exceedances: count,
            observations: sorted.len(),
        })
    }
}

impl ParetoTail {
    /// The return that only the share `p` of periods is worse than.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `0 < p <= k / n`: above that the tail does not reach.
    pub fn value_at_risk(&self, p: f64) -> Result<f64, Undefined> {
        let share = p * self.observations as f64 / self.exceedances as f64;
        if !(share > 0.0 && share <= 1.0) {
            return Err(Undefined::OutOfRange);
        }
        let log = -libm::log(share);
        let excess = if self.shape.abs() < 1e-12 {
            log
        } else {
            libm::expm1(self.shape * log) / self.shape
        };
        finite(-(self.threshold + self.scale * excess))
    }

    /// The mean return of the worst share `p` of periods.
    ///
    /// # Errors
    /// As [`ParetoTail::value_at_risk`]; [`Undefined::NoTailFit`] if the tail is so heavy that it has no mean.
    pub fn expected_shortfall(&self, p: f64) -> Result<f64, Undefined> {
        let loss = -self.value_at_risk(p)?;
        if self.shape >= 1.0 {
            return Err(Undefined::NoTailFit);
        }
        finite(-(loss + self.scale - self.shape * self.threshold) / (1.0 - self.shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Convention, Terms};

    fn tail(returns: &[f64]) -> Result<ParetoTail, Undefined> {
        let crypto = Convention::crypto();
        let terms = Terms::new(&crypto, crypto.periods_per_year(1.0).unwrap());
        Sample::new(returns, &terms, None).pareto_tail(0.1)
    }

    #[test]
    fn evenly_spread_losses_are_bounded() {
        // A uniform tail has shape -1 and ends at its greatest loss; its quantiles are known.
        let losses: Vec<f64> = (0..1000).map(|at| -f64::from(at) / 1000.0).collect();
        let found = tail(&losses).unwrap();
        assert!((found.shape + 1.0).abs() < 0.03, "{found:?}");
        assert_eq!((found.exceedances, found.observations), (100, 1000));
        assert!((found.value_at_risk(0.05).unwrap() + 0.95).abs() < 1e-3);
        assert!((found.expected_shortfall(0.05).unwrap() + 0.975).abs() < 1e-3);
        for p in [0.2, 0.0, -0.1, f64::NAN] {
            assert_eq!(found.value_at_risk(p), Err(Undefined::OutOfRange), "{p}");
        }
        assert_eq!(found.value_at_risk(0.1), Ok(-found.threshold));
    }

    #[test]
    fn exponential_losses_have_shape_zero() {
        let losses: Vec<f64> = (1..5000)
            .map(|rank| libm::log(f64::from(rank) / 5000.0))
            .collect();
        let found = tail(&losses).unwrap();
        assert!(found.shape.abs() < 0.03, "{found:?}");
        assert!((found.value_at_risk(0.01).unwrap() + libm::log(100.0)).abs() < 0.03);
        assert!((found.expected_shortfall(0.01).unwrap() + libm::log(100.0) + 1.0).abs() < 0.06);
        // The limit itself, where the power is a logarithm.
        let limit = ParetoTail {
            shape: 0.0,
            scale: 1.0,
            threshold: 1.0,
            ..found
        };
        let near = ParetoTail {
            shape: 1e-9,
            ..limit
        };
        let apart = limit.value_at_risk(0.01).unwrap() - near.value_at_risk(0.01).unwrap();
        assert!(apart.abs() < 1e-7, "{apart}");
    }

    #[test]
    fn a_share_is_part_of_the_whole() {
        let crypto = Convention::crypto();
        let terms = Terms::new(&crypto, crypto.periods_per_year(1.0).unwrap());
        let rows: Vec<f64> = (0..200).map(|row| f64::from(row * row)).collect();
        let sample = Sample::new(&rows, &terms, None);
        for share in [0.0, 1.0, -0.1, 1.5, f64::NAN] {
            assert_eq!(
                sample.pareto_tail(share),
                Err(Undefined::OutOfRange),
                "{share}"
            );
        }
        assert_eq!(sample.pareto_tail(0.05).unwrap().exceedances, 10);
        assert_eq!(
            sample.pareto_tail(0.04),
            Err(Undefined::TooFew {
                need: 250,
                have: 200
            })
        );
    }

    #[test]
    fn a_tail_needs_ten_losses_that_differ() {
        assert_eq!(
            tail(&[0.1; 99]),
            Err(Undefined::TooFew {
                need: 100,
                have: 99
            })
        );
        assert_eq!(tail(&[0.1; 500]), Err(Undefined::NoTailFit));
        let mut crash = [0.1; 500];
        crash[7] = -0.9;
        assert_eq!(
            tail(&crash),
            Err(Undefined::NoTailFit),
            "one loss alone has no scale"
        );
        for shape in [1.0, 1.5] {
            let heavy = ParetoTail {
                threshold: 0.1,
                shape,
                scale: 1.0,
                exceedances: 10,
                observations: 100,
            };
            assert_eq!(heavy.expected_shortfall(0.01), Err(Undefined::NoTailFit));
            assert!(heavy.value_at_risk(0.01).is_ok());
        }
    }
}
