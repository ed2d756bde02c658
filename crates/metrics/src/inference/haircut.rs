//! What is left of a Sharpe ratio once it is counted how many were tried.
//!
//! ```text
//! p        = 2 cdf(-|SR| sqrt(n))                    the ratio as a t-statistic, two-sided
//! adjusted = p as the best, second, ... of M tests   below
//! left     = quantile(1 - adjusted / 2) / sqrt(n)    the ratio that alone would be as significant
//! haircut  = 1 - left / |SR|
//! ```
//! With `p(1) <= ... <= p(M)`:
//! ```text
//! Bonferroni   min(M p(i), 1)                                                       any dependence; chance of one false discovery
//! Sidak        1 - (1 - p(i))^M                                                     independent tests; the same chance
//! Holm         max over j <= i of min((M - j + 1) p(j), 1)                          any dependence; the same chance
//! BHY          p(M) for i = M, else min(adjusted(i + 1), M c(M) p(i) / i),          any dependence; share of false discoveries
//!              c(M) = 1 + 1/2 + ... + 1/M
//! ```
//! The t-statistic is read from the normal distribution, as in the example of the paper; its published program reads
//! Student's distribution, whose p-values are larger where `n` is small. Sources: Harvey and Liu, "Backtesting",
//! Journal of Portfolio Management 42(1) (2015), pp. 13-28, with the adjustments of Holm (1979) and of Benjamini,
//! Hochberg and Yekutieli (2001). R's `p.adjust(method = "BY")` differs: it multiplies `p(M)` by `c(M)` too.

use serde::{Deserialize, Serialize};

use super::{Argument, rows::require, sum::Sum};
use crate::{
    Undefined,
    normal::{cdf, quantile},
    undefined::finite,
};

/// How p-values of several tests are adjusted for their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adjustment {
    /// Times the number of tests.
    Bonferroni,
    /// The chance that the least of so many independent tests is as small.
    Sidak,
    /// Bonferroni step by step: the second best is one of `M - 1` tests.
    Holm,
    /// Benjamini, Hochberg and Yekutieli: the share of false discoveries instead of the chance of one.
    Bhy,
}

/// P-values adjusted for their number, in the order given.
///
/// ```
/// use highwater_metrics::inference::{Adjustment, adjusted_p_values};
/// let found = adjusted_p_values(&[0.25, 0.0625, 0.125], Adjustment::Holm);
/// assert_eq!(found, Ok(vec![0.25, 0.1875, 0.25]));
/// ```
///
/// # Errors
/// [`Undefined::TooFew`] without a test; [`Undefined::Argument`] for a p-value outside 0 to 1.
pub fn adjusted_p_values(p_values: &[f64], adjustment: Adjustment) -> Result<Vec<f64>, Undefined> {
    require(p_values.len(), 1)?;
    Argument::Probability.require(p_values.iter().all(|p| (0.0..=1.0).contains(p)))?;
    let tests = p_values.len();
    let m = tests as f64;
    if let Adjustment::Bonferroni | Adjustment::Sidak = adjustment {
        return Ok(p_values.iter().map(|&p| of_one(p, m, adjustment)).collect());
    }
    let mut order: Vec<usize> = (0..tests).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; tests];
    if adjustment == Adjustment::Holm {
        let mut highest = 0.0_f64;
        for (at, &test) in order.iter().enumerate() {
            highest = highest.max(((tests - at) as f64 * p_values[test]).min(1.0));
            adjusted[test] = highest;
        }
    } else {
        let harmonic = Sum::of((1..=tests).map(|i| 1.0 / i as f64));
        let mut lowest = p_values[order[tests - 1]];
        adjusted[order[tests - 1]] = lowest;
        for (at, &test) in order.iter().enumerate().rev().skip(1) {
            lowest = lowest.min(m * harmonic / (at + 1) as f64 * p_values[test]);
            adjusted[test] = lowest;
        }
    }
    Ok(adjusted)
}

/// The adjustments that need no more of the other tests than their number.
fn of_one(p: f64, tests: f64, adjustment: Adjustment) -> f64 {
    if adjustment == Adjustment::Sidak {
        // 1 - (1 - p)^M, without losing a small p next to 1.
        -libm::expm1(tests * libm::log1p(-p))
    } else {
        (tests * p).min(1.0)
    }
}

/// A Sharpe ratio after its haircut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Haircut {
    /// The p-value of the ratio alone.
    pub p_value: f64,
    /// The p-value adjusted for the number of tests.
    pub adjusted_p_value: f64,
    /// What is left of the ratio, in the same unit and with the same sign.
    pub sharpe: f64,
    /// The share that is cut off: 0 nothing, 1 all of it.
    pub haircut: f64,
}

/// The haircut of the Sharpe ratios of all strategies that were tried, in their order. Ratios per period, from as
/// many observations each.
///
/// ```
/// use highwater_metrics::inference::{Adjustment, haircut_sharpes};
/// let found = haircut_sharpes(&[0.25, 0.10, 0.02], 240, Adjustment::Bonferroni).unwrap();
/// assert!(found[0].haircut < 0.1 && found[2].haircut > 0.5);
/// ```
///
/// # Errors
/// [`Undefined::TooFew`] without a ratio or an observation; [`Undefined::Argument`] for a ratio that is not finite;
/// [`Undefined::OutOfRange`] for one so large that its p-value is below the range of a double.
pub fn haircut_sharpes(
    sharpes: &[f64],
    observations: usize,
    adjustment: Adjustment,
) -> Result<Vec<Haircut>, Undefined> {
    let p_values = sharpes
        .iter()
        .map(|&sharpe| p_value(sharpe, observations))
        .collect::<Result<Vec<f64>, Undefined>>()?;
    let adjusted = adjusted_p_values(&p_values, adjustment)?;
    sharpes
        .iter()
        .zip(p_values.iter().zip(adjusted))
        .map(|(&sharpe, (&p, adjusted))| cut(sharpe, observations, p, adjusted))
        .collect()
}

/// The haircut of the best of `tests` Sharpe ratios where the others are not known, by the number of tests alone: with
/// [`Adjustment::Sidak`] for independent tests, otherwise by Bonferroni, which for the best ratio is Holm's as well.
///
/// ```
/// use highwater_metrics::inference::{Adjustment, haircut_best_sharpe};
/// // 0.75 a year over 20 years of months, the best of 200 (Harvey and Liu 2015): 0.32 is left.
/// let monthly = 0.75 / 12.0_f64.sqrt();
/// let found = haircut_best_sharpe(monthly, 240, 200, Adjustment::Sidak).unwrap();
/// assert!((found.sharpe * 12.0_f64.sqrt() - 0.32).abs() < 0.005);
/// ```
///
/// # Errors
/// As [`haircut_sharpes`]; [`Undefined::Argument`] without a test, or for [`Adjustment::Bhy`], which needs the other
/// ratios.
pub fn haircut_best_sharpe(
    sharpe: f64,
    observations: usize,
    tests: usize,
    adjustment: Adjustment,
) -> Result<Haircut, Undefined> {
    Argument::Trials.require(tests >= 1)?;
    Argument::Adjustment.require(adjustment != Adjustment::Bhy)?;
    let p = p_value(sharpe, observations)?;
    cut(sharpe, observations, p, of_one(p, tests as f64, adjustment))
}

fn p_value(sharpe: f64, observations: usize) -> Result<f64, Undefined> {
    Argument::Sharpe.require(sharpe.is_finite())?;
    require(observations, 1)?;
    Ok(2.0 * cdf(-sharpe.abs() * (observations as f64).sqrt()))
}

fn cut(sharpe: f64, observations: usize, p: f64, adjusted: f64) -> Result<Haircut, Undefined> {
    if adjusted <= 0.0 {
        return Err(Undefined::OutOfRange);
    }
    let left = -quantile((0.5 * adjusted).max(f64::from_bits(1))) / (observations as f64).sqrt();
    // Rounding may leave a hair more than there was.
    let left = finite(left)?.clamp(0.0, sharpe.abs());
    Ok(Haircut {
        p_value: p,
        adjusted_p_value: adjusted,
        sharpe: left.copysign(sharpe),
        haircut: if sharpe == 0.0 {
            1.0
        } else {
            1.0 - left / sharpe.abs()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_example_of_six_tests() {
        // Harvey and Liu (2015): six p-values and their adjustments, as printed.
        let p = [0.005, 0.009, 0.0128, 0.0135, 0.045, 0.06];
        for (adjustment, printed) in [
            (
                Adjustment::Bonferroni,
                [0.03, 0.054, 0.0768, 0.081, 0.27, 0.36],
            ),
            (Adjustment::Holm, [0.03, 0.045, 0.0512, 0.0512, 0.09, 0.09]),
            (
                Adjustment::Bhy,
                [0.0496, 0.0496, 0.0496, 0.0496, 0.06, 0.06],
            ),
        ] {
            let found = adjusted_p_values(&p, adjustment).unwrap();
            for (found, printed) in found.iter().zip(printed) {
                assert!((found - printed).abs() < 5.1e-5, "{adjustment:?}: {found}");
            }
            // The order of the tests does not matter.
            let turned: Vec<f64> = p.iter().rev().copied().collect();
            let mut turned = adjusted_p_values(&turned, adjustment).unwrap();
            turned.reverse();
            assert_eq!(turned, found);
        }
    }

    #[test]
    fn the_papers_example_of_a_haircut() {
        // Harvey and Liu (2015): 0.75 a year, 240 months, 200 tests: p 0.0008, adjusted 0.15, 0.32 left, a haircut of
        // 60 %.
        let root = 12.0_f64.sqrt();
        let found = haircut_best_sharpe(0.75 / root, 240, 200, Adjustment::Sidak).unwrap();
        assert!((found.p_value - 0.0008).abs() < 5e-5, "{found:?}");
        assert!((found.adjusted_p_value - 0.15).abs() < 5e-3, "{found:?}");
        assert!((found.sharpe * root - 0.32).abs() < 5e-3, "{found:?}");
        assert!((found.haircut - 0.6).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn each_adjustment_keeps_its_place() {
        let p = [0.2, 0.001, 0.03, 0.03, 0.7, 0.0, 1.0];
        let of = |adjustment| adjusted_p_values(&p, adjustment).unwrap();
        let [bonferroni, sidak, holm, bhy] = [
            Adjustment::Bonferroni,
            Adjustment::Sidak,
            Adjustment::Holm,
            Adjustment::Bhy,
        ]
        .map(of);
        for at in 0..p.len() {
            assert!(sidak[at] <= bonferroni[at] && holm[at] <= bonferroni[at]);
            for adjusted in [&sidak, &holm, &bhy] {
                assert!(adjusted[at] >= p[at] && adjusted[at] <= 1.0);
            }
            for other in 0..p.len() {
                if p[at] < p[other] {
                    assert!(holm[at] <= holm[other] && bhy[at] <= bhy[other]);
                }
            }
        }
    }

    #[test]
    fn one_test_needs_no_haircut() {
        for adjustment in [
            Adjustment::Bonferroni,
            Adjustment::Sidak,
            Adjustment::Holm,
            Adjustment::Bhy,
        ] {
            let found = haircut_sharpes(&[0.15], 120, adjustment).unwrap()[0];
            assert!(found.haircut.abs() < 1e-12, "{adjustment:?}: {found:?}");
            assert_eq!(found.sharpe.signum(), 1.0);
        }
        let loss = haircut_best_sharpe(-0.15, 120, 10, Adjustment::Holm).unwrap();
        let gain = haircut_best_sharpe(0.15, 120, 10, Adjustment::Holm).unwrap();
        assert_eq!(loss.sharpe, -gain.sharpe);
    }

    #[test]
    fn more_tests_leave_less() {
        let mut last = f64::INFINITY;
        for tests in [1, 2, 10, 100, 10_000] {
            let found = haircut_best_sharpe(0.2, 250, tests, Adjustment::Bonferroni).unwrap();
            assert!(found.sharpe < last);
            last = found.sharpe;
        }
        let all = haircut_best_sharpe(0.01, 10, 1000, Adjustment::Bonferroni).unwrap();
        assert_eq!((all.sharpe, all.haircut), (0.0, 1.0));
    }

    #[test]
    fn outside_the_domain() {
        let outside = |argument| Err(Undefined::Argument { argument });
        assert_eq!(
            adjusted_p_values(&[], Adjustment::Holm),
            Err(Undefined::TooFew { need: 1, have: 0 })
        );
        for p in [-0.1, 1.1, f64::NAN] {
            assert_eq!(
                adjusted_p_values(&[p], Adjustment::Holm).unwrap_err(),
                Undefined::Argument {
                    argument: Argument::Probability
                }
            );
        }
        let best = |sharpe, tests, adjustment| haircut_best_sharpe(sharpe, 100, tests, adjustment);
        assert_eq!(
            best(f64::NAN, 1, Adjustment::Holm),
            outside(Argument::Sharpe)
        );
        assert_eq!(best(0.1, 0, Adjustment::Holm), outside(Argument::Trials));
        assert_eq!(best(0.1, 5, Adjustment::Bhy), outside(Argument::Adjustment));
        assert_eq!(best(1e3, 5, Adjustment::Holm), Err(Undefined::OutOfRange));
        assert_eq!(best(0.0, 5, Adjustment::Holm).unwrap().haircut, 1.0);
    }
}
