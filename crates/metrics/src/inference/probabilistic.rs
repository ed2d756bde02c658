//! How sure is it that a Sharpe ratio exceeds another, and that it is not the luck of many trials?
//!
//! ```text
//! V    = 1 - skewness SR + (kurtosis - 1) SR^2 / 4
//! PSR  = cdf((SR - SR*) sqrt(n - 1) / sqrt(V))                           probability that the true ratio exceeds SR*
//! MinTRL = 1 + V (quantile(confidence) / (SR - SR*))^2                   observations until PSR reaches confidence
//! SR0  = sqrt(var) ((1 - g) quantile(1 - 1/N) + g quantile(1 - 1/(N e))) expected highest of N trials without skill
//! DSR  = PSR with SR* = SR0
//! ```
//! All ratios are per period, never annualised; kurtosis is not in excess (3 for a normal distribution), skewness and
//! kurtosis are moment estimators; `g` is Euler and Mascheroni's constant, `var` the variance of the trials' ratios.
//! Sources: Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2) (2012), pp. 3-44;
//! the same, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5) (2014), pp. 94-107.

use serde::{Deserialize, Serialize};

use super::{Argument, SharpeEstimate};
use crate::{
    Moments, Undefined,
    normal::{cdf, quantile},
    undefined::finite,
};

/// Euler and Mascheroni's constant.
const EULER_MASCHERONI: f64 = 0.577_215_664_901_532_9;

/// The probability that the true Sharpe ratio exceeds `benchmark`, both per period (PSR).
///
/// ```
/// use highwater_metrics::inference::{SharpeEstimate, probabilistic_sharpe};
/// // Two years of months, 0.458 a month (Bailey and Lopez de Prado 2012, section 3).
/// let normal = SharpeEstimate::normal(0.458, 24);
/// assert!((probabilistic_sharpe(&normal, 0.0).unwrap() - 0.982).abs() < 1e-3);
/// ```
///
/// # Errors
/// [`Undefined::TooFew`] below two observations; [`Undefined::Argument`] for a field or a benchmark outside its domain;
/// [`Undefined::NoStandardError`] where skewness and kurtosis make the variance vanish; [`Undefined::OutOfRange`].
pub fn probabilistic_sharpe(estimate: &SharpeEstimate, benchmark: f64) -> Result<f64, Undefined> {
    Argument::Sharpe.require(benchmark.is_finite())?;
    let variance = estimate.unit_variance()?;
    let errors =
        (estimate.sharpe - benchmark) * ((estimate.observations - 1) as f64 / variance).sqrt();
    Ok(cdf(finite(errors)?))
}

/// How many observations it takes until the probabilistic Sharpe ratio against `benchmark` reaches `confidence`, if the
/// estimate stays as it is (MinTRL). Not rounded up; in periods, not years.
///
/// ```
/// use highwater_metrics::inference::{SharpeEstimate, min_track_record_length};
/// // 2 a year against 1 a year, in days: 2.73 years (Bailey and Lopez de Prado 2012, section 5).
/// let per_day = |annual: f64| annual / 250.0_f64.sqrt();
/// let days = min_track_record_length(&SharpeEstimate::normal(per_day(2.0), 100), per_day(1.0), 0.95);
/// assert!((days.unwrap() / 250.0 - 2.73).abs() < 0.005);
/// ```
///
/// # Errors
/// As [`probabilistic_sharpe`]; [`Undefined::NotAbove`] unless the ratio exceeds the benchmark;
/// [`Undefined::Argument`] unless the confidence is above one half and below 1.
pub fn min_track_record_length(
    estimate: &SharpeEstimate,
    benchmark: f64,
    confidence: f64,
) -> Result<f64, Undefined> {
    Argument::Sharpe.require(benchmark.is_finite())?;
    Argument::TrackRecordConfidence.require(confidence > 0.5 && confidence < 1.0)?;
    let variance = estimate.unit_variance()?;
    if estimate.sharpe <= benchmark {
        return Err(Undefined::NotAbove);
    }
    let errors = quantile(confidence) / (estimate.sharpe - benchmark);
    finite(1.0 + variance * (errors * errors))
}

/// How many strategies were tried before one was chosen, and how their Sharpe ratios spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trials {
    /// How many independent trials; an effective number of dependent ones need not be whole.
    pub count: f64,
    /// The variance of their Sharpe ratios per period. That of annualised ratios must be divided by the periods per
    /// year.
    pub variance: f64,
}

impl Trials {
    /// The trials with these Sharpe ratios per period, taken as independent; their variance with divisor `n - 1`.
    ///
    /// ```
    /// use highwater_metrics::inference::Trials;
    /// let trials = Trials::of(&[0.5, 1.5]).unwrap();
    /// assert_eq!((trials.count, trials.variance), (2.0, 0.5));
    /// ```
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two ratios (missing ones do not count), [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`].
    pub fn of(sharpes: &[f64]) -> Result<Self, Undefined> {
        let mut moments = Moments::default();
        sharpes.iter().for_each(|&sharpe| moments.push(sharpe));
        Ok(Self {
            variance: moments.variance(1)?,
            count: moments.count.observations as f64,
        })
    }

    fn check(&self) -> Result<(), Undefined> {
        Argument::Trials.require(self.count.is_finite() && self.count >= 1.0)?;
        Argument::TrialVariance.require(self.variance.is_finite() && self.variance >= 0.0)
    }
}

/// The highest Sharpe ratio to expect of so many trials whose true ratios are all zero, per period (SR0).
///
/// 0 for one trial, and never below: the approximation of the paper, meant for many trials, would fall below 0 short of
/// 1.4 of them.
///
/// ```
/// use highwater_metrics::inference::{Trials, expected_maximum_sharpe};
/// // 100 trials, variance 1/2 a year, in days (Bailey and Lopez de Prado 2014, "A numerical example").
/// let trials = Trials { count: 100.0, variance: 0.5 / 250.0 };
/// assert!((expected_maximum_sharpe(&trials).unwrap() - 0.1132).abs() < 5e-5);
/// ```
///
/// # Errors
/// [`Undefined::Argument`] for fewer trials than one or a negative variance.
pub fn expected_maximum_sharpe(trials: &Trials) -> Result<f64, Undefined> {
    trials.check()?;
    if trials.count == 1.0 {
        return Ok(0.0);
    }
    // quantile(1 - p) = -quantile(p), without rounding 1 - p.
    let highest = -quantile(1.0 / trials.count);
    let beyond = -quantile(1.0 / (trials.count * std::f64::consts::E));
    let errors = (1.0 - EULER_MASCHERONI) * highest + EULER_MASCHERONI * beyond;
    finite(trials.variance.sqrt() * errors.max(0.0))
}

/// The probability that the true Sharpe ratio exceeds what the luck of so many trials would give (DSR): the
/// probabilistic Sharpe ratio against [`expected_maximum_sharpe`].
///
/// ```
/// use highwater_metrics::inference::{SharpeEstimate, Trials, deflated_sharpe};
/// // 2.5 a year from five years of days (Bailey and Lopez de Prado 2014, "A numerical example").
/// let chosen = SharpeEstimate {
///     sharpe: 2.5 / 250.0_f64.sqrt(),
///     observations: 1250,
///     skewness: -3.0,
///     kurtosis: 10.0,
/// };
/// let trials = Trials { count: 100.0, variance: 0.5 / 250.0 };
/// assert!((deflated_sharpe(&chosen, &trials).unwrap() - 0.9004).abs() < 5e-5);
/// ```
///
/// # Errors
/// As [`probabilistic_sharpe`] and [`expected_maximum_sharpe`].
pub fn deflated_sharpe(estimate: &SharpeEstimate, trials: &Trials) -> Result<f64, Undefined> {
    probabilistic_sharpe(estimate, expected_maximum_sharpe(trials)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::random::Xoshiro256;

    const PRINTED: &str = "PerformanceAnalytics 2.1.0, its recorded test output";

    fn near(found: Result<f64, Undefined>, printed: f64, digits: f64, source: &str) {
        let found = found.unwrap();
        assert!(
            (found - printed).abs() <= digits,
            "{source}: {found}, printed {printed}"
        );
    }

    #[test]
    fn the_papers_examples() {
        let source = "Bailey and Lopez de Prado 2012, section 3 and figure 6";
        let monthly = SharpeEstimate::normal(0.458, 24);
        near(probabilistic_sharpe(&monthly, 0.0), 0.982, 1e-3, source);
        let source = "Bailey and Lopez de Prado 2012, section 5: years of track record";
        for (per_year, printed) in [(250.0_f64, 2.73), (12.0, 3.24)] {
            let estimate = SharpeEstimate::normal(2.0 / per_year.sqrt(), 2);
            let length = min_track_record_length(&estimate, 1.0 / per_year.sqrt(), 0.95);
            near(length.map(|rows| rows / per_year), printed, 5e-3, source);
        }
        let source = "Bailey and Lopez de Prado 2014, a numerical example";
        let trials = Trials {
            count: 100.0,
            variance: 0.5 / 250.0,
        };
        near(expected_maximum_sharpe(&trials), 0.1132, 5e-5, source);
        let chosen = SharpeEstimate {
            sharpe: 2.5 / 250.0_f64.sqrt(),
            observations: 1250,
            skewness: -3.0,
            kurtosis: 10.0,
        };
        near(deflated_sharpe(&chosen, &trials), 0.9004, 5e-5, source);
        // The digits beyond those printed, from the formula in 50-digit arithmetic.
        near(deflated_sharpe(&chosen, &trials), 0.900397, 5e-7, source);
    }

    #[test]
    fn values_of_performance_analytics() {
        // It prints truncated values, ignores kurtosis unless told otherwise (here: 3), and its interval is one-sided
        // at each end: 90 % between both ends for p = 0.95.
        let root = 12.0_f64.sqrt();
        let given = SharpeEstimate {
            sharpe: 2.0 / root,
            observations: 59,
            skewness: -0.72,
            kurtosis: 3.0,
        };
        near(
            probabilistic_sharpe(&given, 1.0 / root),
            0.9597,
            1e-4,
            PRINTED,
        );
        near(
            min_track_record_length(&given, 1.0 / root, 0.95),
            52.3736,
            1e-4,
            PRINTED,
        );
        let with_n_less_1 = SharpeEstimate {
            observations: 58,
            ..given
        };
        let error = crate::inference::sharpe_error_mertens(&with_n_less_1).unwrap();
        let interval = crate::inference::normal_interval(2.0 / root, error, 0.9).unwrap();
        near(Ok(interval.lower), 0.3057, 1e-4, PRINTED);
        near(Ok(interval.upper), 0.849, 5e-4, PRINTED);
        // EDHEC indices, 1997-01 to 2021-05: convertible arbitrage, and one half each of it and CTA, never rebalanced.
        let arbitrage = SharpeEstimate {
            sharpe: 0.34554812067391705,
            observations: 293,
            skewness: -2.5970201573368668,
            kurtosis: 3.0,
        };
        near(
            probabilistic_sharpe(&arbitrage, 0.28),
            0.7883,
            1e-4,
            PRINTED,
        );
        near(
            min_track_record_length(&arbitrage, 0.28, 0.95),
            1233.385,
            5e-4,
            PRINTED,
        );
        let both = SharpeEstimate {
            sharpe: 0.37349367784086906,
            observations: 293,
            skewness: -0.5159961580651168,
            kurtosis: 4.2178294308466455,
        };
        near(probabilistic_sharpe(&both, 0.26), 0.9552, 1e-4, PRINTED);
        near(
            min_track_record_length(&both, 0.26, 0.95),
            275.0956,
            1e-4,
            PRINTED,
        );
    }

    #[test]
    fn at_its_length_a_track_record_has_its_confidence() {
        let estimate = SharpeEstimate {
            sharpe: 0.11,
            observations: 500,
            skewness: -0.7,
            kurtosis: 6.0,
        };
        for confidence in [0.6, 0.9, 0.99] {
            let length = min_track_record_length(&estimate, 0.02, confidence).unwrap();
            // The probability is monotone in the observations, so the whole numbers around the length enclose it.
            let probability = |observations| {
                let estimate = SharpeEstimate {
                    observations,
                    ..estimate
                };
                probabilistic_sharpe(&estimate, 0.02).unwrap()
            };
            assert!(probability(length.floor() as usize) <= confidence);
            assert!(probability(length.ceil() as usize) >= confidence);
        }
    }

    #[test]
    fn the_expected_maximum_is_what_trials_without_skill_reach() {
        // The mean over 2,000 batches of the highest of 50 standard normal draws.
        let mut draws = Xoshiro256::replication(9, 0);
        let highest = |draws: &mut Xoshiro256| {
            (0..50)
                .map(|_| draws.normal())
                .fold(f64::NEG_INFINITY, f64::max)
        };
        let mean = (0..2000).map(|_| highest(&mut draws)).sum::<f64>() / 2000.0;
        let trials = Trials {
            count: 50.0,
            variance: 1.0,
        };
        let expected = expected_maximum_sharpe(&trials).unwrap();
        // Four standard errors of the mean (0.46 / sqrt(2000)); the approximation itself is within 0.03.
        assert!((mean - expected).abs() < 0.04 + 0.03, "{mean} {expected}");
    }

    #[test]
    fn more_trials_ask_for_more() {
        let mut last = 0.0;
        for count in [1.0, 1.2, 2.0, 3.0, 10.0, 1e3, 1e6, 1e15, 1e300] {
            let trials = Trials {
                count,
                variance: 0.01,
            };
            let found = expected_maximum_sharpe(&trials).unwrap();
            assert!(found >= last, "{count}: {found}");
            last = found;
        }
        assert!(last > 1.0, "the tail is not rounded away");
    }

    #[test]
    fn outside_the_domain() {
        let outside = |argument| Err(Undefined::Argument { argument });
        let estimate = SharpeEstimate::normal(0.1, 100);
        assert_eq!(
            probabilistic_sharpe(&estimate, f64::NAN),
            outside(Argument::Sharpe)
        );
        let heavy = SharpeEstimate {
            kurtosis: f64::INFINITY,
            ..estimate
        };
        assert_eq!(
            probabilistic_sharpe(&heavy, 0.0),
            outside(Argument::Kurtosis)
        );
        let excess = SharpeEstimate {
            kurtosis: 0.0,
            ..estimate
        };
        assert_eq!(
            probabilistic_sharpe(&excess, 0.0),
            outside(Argument::Kurtosis),
            "kurtosis is not in excess"
        );
        assert_eq!(
            min_track_record_length(&estimate, 0.1, 0.95),
            Err(Undefined::NotAbove)
        );
        for confidence in [0.5, 1.0, f64::NAN] {
            assert_eq!(
                min_track_record_length(&estimate, 0.0, confidence),
                outside(Argument::TrackRecordConfidence)
            );
        }
        let trials = |count, variance| expected_maximum_sharpe(&Trials { count, variance });
        assert_eq!(trials(0.5, 1.0), outside(Argument::Trials));
        assert_eq!(trials(f64::INFINITY, 1.0), outside(Argument::Trials));
        assert_eq!(trials(2.0, -1.0), outside(Argument::TrialVariance));
        assert_eq!(trials(2.0, 0.0), Ok(0.0));
        assert_eq!(
            Trials::of(&[0.1, f64::NAN]),
            Err(Undefined::TooFew { need: 2, have: 1 })
        );
    }
}
