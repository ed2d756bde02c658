//! Does value at risk hold what it promises? Likelihood-ratio tests of its exceedances.
//!
//! Of `n` periods, `x` were worse than the value at risk of probability `p`; `n[ij]` counts the steps from state `i`
//! to `j`, 1 being an exceedance.
//! ```text
//! Kupiec          -2 log (L(p) / L(x / n)),  L(q) = (1 - q)^(n - x) q^x            chi-square, 1 degree
//! independence    -2 log (L(pi) / L(pi0, pi1)), pi[i] = n[i1] / (n[i0] + n[i1])    chi-square, 1 degree
//! Christoffersen  the sum of both                                                  chi-square, 2 degrees
//! ```
//! Sources: Kupiec, "Techniques for Verifying the Accuracy of Risk Measurement Models", Journal of Derivatives 3(2),
//! 1995; Christoffersen, "Evaluating Interval Forecasts", International Economic Review 39(4), 1998.

use crate::{
    Undefined,
    distribution::{chi_square_1_beyond, chi_square_2_beyond},
};

/// A test statistic and the probability of one at least as great if value at risk is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodRatio {
    /// The statistic, at least 0.
    pub statistic: f64,
    /// The p-value, 0 to 1.
    pub p_value: f64,
}

/// The exceedances of a value at risk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarBacktest {
    /// Periods with a return and a value at risk.
    pub periods: usize,
    /// Periods worse than the value at risk.
    pub exceedances: usize,
    /// How many were to be expected.
    pub expected: f64,
    /// The probability of the value at risk: 0.05 for one of 95 %.
    pub probability: f64,
    /// `steps[i][j]`: periods in state `j` after one in state `i`, 1 being an exceedance.
    pub steps: [[usize; 2]; 2],
}

impl VarBacktest {
    /// Holds each return against the value at risk forecast for it. A period in which either is NaN is left out.
    ///
    /// ```
    /// use highwater_metrics::VarBacktest;
    /// // 5 of 100 days worse than a value at risk of 95 %, as promised, but all in a row.
    /// let returns: Vec<f64> = (0..100).map(|day| if day < 5 { -0.1 } else { 0.01 }).collect();
    /// let test = VarBacktest::of(&returns, &[-0.05; 100], 0.05).unwrap();
    /// assert_eq!((test.exceedances, test.expected), (5, 5.0));
    /// assert!(test.kupiec().p_value > 0.99);
    /// assert!(test.independence().p_value < 0.01);
    /// ```
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without a period, [`Undefined::OutOfRange`] unless `0 < probability < 1` and both are of
    /// the same length.
    pub fn of(returns: &[f64], value_at_risk: &[f64], probability: f64) -> Result<Self, Undefined> {
        if !(probability > 0.0 && probability < 1.0) || returns.len() != value_at_risk.len() {
            return Err(Undefined::OutOfRange);
        }
        let states: Vec<usize> = returns
            .iter()
            .zip(value_at_risk)
            .filter(|(r, bound)| !r.is_nan() && !bound.is_nan())
            .map(|(r, bound)| usize::from(r < bound))
            .collect();
        if states.is_empty() {
            return Err(Undefined::TooFew { need: 1, have: 0 });
        }
        let mut steps = [[0; 2]; 2];
        for pair in states.windows(2) {
            steps[pair[0]][pair[1]] += 1;
        }
        Ok(Self {
            periods: states.len(),
            exceedances: states.iter().sum(),
            expected: probability * states.len() as f64,
            probability,
            steps,
        })
    }

    /// Kupiec's test of unconditional coverage: are there as many exceedances as promised?
    pub fn kupiec(&self) -> LikelihoodRatio {
        let hits = self.exceedances as f64;
        let misses = (self.periods - self.exceedances) as f64;
        let promised = likelihood(misses, hits, self.probability);
        let found = likelihood(misses, hits, hits / self.periods as f64);
        ratio(promised, found, chi_square_1_beyond)
    }

    /// Christoffersen's test of independence: is an exceedance as likely after one as after none?
    pub fn independence(&self) -> LikelihoodRatio {
        let counts = self.steps.map(|row| row.map(|count| count as f64));
        let (misses, hits) = (counts[0][0] + counts[1][0], counts[0][1] + counts[1][1]);
        let share = |misses: f64, hits: f64| hits / (misses + hits).max(1.0);
        let together = likelihood(misses, hits, share(misses, hits));
        let apart: f64 = counts
            .iter()
            .map(|row| likelihood(row[0], row[1], share(row[0], row[1])))
            .sum();
        ratio(together, apart, chi_square_1_beyond)
    }

    /// Christoffersen's test of conditional coverage: both at once.
    pub fn christoffersen(&self) -> LikelihoodRatio {
        let statistic = self.kupiec().statistic + self.independence().statistic;
        LikelihoodRatio {
            statistic,
            p_value: chi_square_2_beyond(statistic),
        }
    }
}

/// The logarithm of `(1 - q)^misses q^hits`, with `0^0 = 1`.
fn likelihood(misses: f64, hits: f64, q: f64) -> f64 {
    let times_log = |count: f64, log: f64| if count == 0.0 { 0.0 } else { count * log };
    times_log(misses, libm::log1p(-q)) + times_log(hits, libm::log(q))
}

fn ratio(restricted: f64, free: f64, beyond: fn(f64) -> f64) -> LikelihoodRatio {
    // Rounding may put the freer fit a hair below.
    let statistic = (2.0 * (free - restricted)).max(0.0);
    LikelihoodRatio {
        statistic,
        p_value: beyond(statistic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(exceedances: &[usize], days: usize) -> VarBacktest {
        let returns: Vec<f64> = (0..days)
            .map(|day| {
                if exceedances.contains(&day) {
                    -1.0
                } else {
                    1.0
                }
            })
            .collect();
        VarBacktest::of(&returns, &vec![0.0; days], 0.01).unwrap()
    }

    #[test]
    fn kupiec_by_hand() {
        // Kupiec 1995, table 2: at 1 % and 255 days, fewer than 7 exceedances are not rejected at 95 %, 7 are.
        let spread = |count: usize| (0..count).map(|at| at * 30).collect::<Vec<_>>();
        assert!(days(&spread(6), 255).kupiec().p_value > 0.05);
        assert!(days(&spread(7), 255).kupiec().p_value < 0.05);
        // No exceedance in 255 days: -2 n log(1 - p).
        let none = days(&[], 255).kupiec();
        assert!(
            (none.statistic - 5.125_671_285_285_74).abs() < 1e-9,
            "{}",
            none.statistic
        );
        let all = VarBacktest::of(&[-1.0; 3], &[0.0; 3], 0.5).unwrap();
        assert!((all.kupiec().statistic - 6.0 * 2.0_f64.ln()).abs() < 1e-15);
        assert_eq!(all.independence().statistic, 0.0);
    }

    #[test]
    fn clusters_are_told_from_scattered_exceedances() {
        let clustered = days(&[10, 11, 12, 13, 14], 255);
        let scattered = days(&[10, 60, 110, 160, 210], 255);
        assert_eq!(clustered.kupiec(), scattered.kupiec());
        assert_eq!(clustered.steps, [[248, 1], [1, 4]]);
        assert!(clustered.independence().p_value < 1e-6);
        assert!(scattered.independence().p_value > 0.5);
        assert!(clustered.christoffersen().p_value < scattered.christoffersen().p_value);
    }

    /// By scipy 1.17.1: `xlogy`, `xlog1py` and `chi2.sf`.
    #[test]
    fn statistics_and_p_values_are_scipys() {
        let near = |found: f64, expected: f64| {
            assert!(
                (found / expected - 1.0).abs() < 1e-11,
                "{found} is not {expected}"
            );
        };
        let clustered = days(&[10, 11, 12, 13, 14], 255);
        for (test, statistic, p_value) in [
            (
                clustered.kupiec(),
                1.857_299_811_298_517_5,
                0.172_936_764_480_262_2,
            ),
            (
                clustered.independence(),
                31.144_977_504_676_078,
                2.394_581_286_517_409_5e-8,
            ),
            (
                clustered.christoffersen(),
                33.002_277_315_974_595,
                6.817_835_771_694_07e-8,
            ),
            (
                days(&[10, 60, 110, 160, 210], 255).independence(),
                0.200_816_709_650_311_5,
                0.654_062_427_588_544_4,
            ),
        ] {
            near(test.statistic, statistic);
            near(test.p_value, p_value);
        }
    }

    #[test]
    fn what_is_missing_is_left_out() {
        let nan = f64::NAN;
        let found = VarBacktest::of(&[nan, -1.0, 1.0, 1.0], &[0.0, 0.0, nan, 0.0], 0.05).unwrap();
        assert_eq!((found.periods, found.exceedances), (2, 1));
        assert!(VarBacktest::of(&[nan], &[0.0], 0.05).is_err());
        assert!(VarBacktest::of(&[1.0], &[], 0.05).is_err());
        assert!(VarBacktest::of(&[1.0], &[0.0], 1.0).is_err());
    }
}
