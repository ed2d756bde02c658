//! Standard errors and confidence intervals of a Sharpe ratio per period.
//!
//! ```text
//! normal   sqrt((1 + SR^2 / 2) / n)                                 independent, normal         Lo 2002
//! mertens  sqrt((1 - skewness SR + (kurtosis - 1) SR^2 / 4) / n)    independent                 Mertens 2002
//! hac      sqrt(L / n)                                              dependent                   Lo 2002
//! ```
//! `L` is the long-run variance of the influences `z - SR (z^2 - 1) / 2` of the standardised returns `z`, by Newey and
//! West: the delta method with generalised method of moments of Lo's appendix. With 0 lags it is Mertens' error.
//! All three are errors for large `n`, divided by `n`; the probabilistic Sharpe ratio divides by `n - 1`.
//!
//! Sources: Lo, "The Statistics of Sharpe Ratios", Financial Analysts Journal 58(4) (2002), pp. 36-52; Mertens,
//! "Comments on Variance of the IID Estimator in Lo (2002)" (2002).

use serde::{Deserialize, Serialize};

use super::{
    Argument, Lags, SharpeEstimate, estimate::Centred, long_run::long_run_variance,
    rows::finite_rows,
};
use crate::{Undefined, normal::quantile, undefined::finite};

/// The standard error of a Sharpe ratio of independent, normal returns, per period.
///
/// ```
/// use highwater_metrics::inference::sharpe_error_normal;
/// // A monthly ratio of 1.5 from five years.
/// let error = sharpe_error_normal(1.5, 60).unwrap();
/// assert_eq!((error * 1000.0).round(), 188.0);
/// ```
///
/// # Errors
/// [`Undefined::TooFew`] below two observations, [`Undefined::Argument`] for a ratio that is not finite,
/// [`Undefined::OutOfRange`].
pub fn sharpe_error_normal(sharpe: f64, observations: usize) -> Result<f64, Undefined> {
    sharpe_error_mertens(&SharpeEstimate::normal(sharpe, observations))
}

/// The standard error of a Sharpe ratio of independent returns of any distribution, per period.
///
/// ```
/// use highwater_metrics::inference::{SharpeEstimate, sharpe_error_mertens, sharpe_error_normal};
/// let normal = SharpeEstimate::normal(0.1, 1250);
/// assert_eq!(sharpe_error_mertens(&normal), sharpe_error_normal(0.1, 1250));
/// let crashes = SharpeEstimate { skewness: -3.0, kurtosis: 20.0, ..normal };
/// assert!(sharpe_error_mertens(&crashes).unwrap() > sharpe_error_mertens(&normal).unwrap());
/// ```
///
/// # Errors
/// As [`sharpe_error_normal`]; [`Undefined::NoStandardError`] if skewness and kurtosis make the variance vanish.
pub fn sharpe_error_mertens(estimate: &SharpeEstimate) -> Result<f64, Undefined> {
    finite((estimate.unit_variance()? / estimate.observations as f64).sqrt())
}

/// A standard error that allows for dependence, and the lags that it looked back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HacError {
    /// The standard error of the Sharpe ratio per period.
    pub error: f64,
    /// The lags.
    pub lags: usize,
}

/// The standard error of the Sharpe ratio of returns that may depend on earlier ones and change their variance
/// (heteroskedasticity and autocorrelation consistent), per period.
///
/// ```
/// use highwater_metrics::inference::{Lags, sharpe_error_hac};
/// let returns = [0.01, 0.02, -0.01, -0.02, 0.01, 0.03, -0.005, 0.0];
/// let found = sharpe_error_hac(&returns, 0.0, Lags::Fixed(1)).unwrap();
/// assert!(found.error > 0.0 && found.lags == 1);
/// ```
///
/// # Errors
/// As [`SharpeEstimate::of`]; [`Undefined::Argument`] for as many fixed lags as returns;
/// [`Undefined::NoStandardError`].
pub fn sharpe_error_hac(
    returns: &[f64],
    risk_free: f64,
    lags: Lags,
) -> Result<HacError, Undefined> {
    let centred = Centred::of(&finite_rows(returns)?, risk_free)?;
    let influences: Vec<f64> = centred.influence().collect();
    let (error, lags) = error_of_mean(&influences, lags)?;
    Ok(HacError { error, lags })
}

/// The standard error of the mean of rows with mean 0.
pub(super) fn error_of_mean(rows: &[f64], lags: Lags) -> Result<(f64, usize), Undefined> {
    let long_run = long_run_variance(rows, lags)?;
    let variance = finite(long_run.variance / rows.len() as f64)?;
    if variance > 0.0 {
        Ok((variance.sqrt(), long_run.lags))
    } else {
        Err(Undefined::NoStandardError)
    }
}

/// An interval that covers a quantity with some confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

/// The interval `estimate -+ z error` of an estimate with a normal error, two-sided.
///
/// ```
/// use highwater_metrics::inference::normal_interval;
/// let interval = normal_interval(1.0, 0.5, 0.95).unwrap();
/// assert!((interval.lower - 0.020).abs() < 1e-3 && (interval.upper - 1.980).abs() < 1e-3);
/// ```
///
/// # Errors
/// [`Undefined::Argument`] for a confidence outside 0 to 1, an error that is not above 0, or an estimate that is not
/// finite; [`Undefined::OutOfRange`].
pub fn normal_interval(
    estimate: f64,
    standard_error: f64,
    confidence: f64,
) -> Result<Interval, Undefined> {
    Argument::Estimate.require(estimate.is_finite())?;
    Argument::StandardError.require(standard_error.is_finite() && standard_error > 0.0)?;
    Argument::Confidence.require(confidence > 0.0 && confidence < 1.0)?;
    // (1 - c) / 2 may round to 0 nowhere: the double below 1 is 1.1e-16 away.
    let reach = -quantile(0.5 * (1.0 - confidence)) * standard_error;
    Ok(Interval {
        lower: finite(estimate - reach)?,
        upper: finite(estimate + reach)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::random::Xoshiro256;

    fn returns(n: usize, rho: f64, seed: u64) -> Vec<f64> {
        let mut draws = Xoshiro256::replication(seed, 0);
        let mut last = 0.0;
        (0..n)
            .map(|_| {
                last = rho * last + draws.normal();
                0.1 + last
            })
            .collect()
    }

    #[test]
    fn errors_to_three_decimals() {
        // The formula of Lo (2002) for independent, normal returns, whose table 1 has three decimals.
        for (sharpe, observations, printed) in [
            (0.50, 12, 0.306),
            (0.50, 60, 0.137),
            (1.50, 60, 0.188),
            (1.00, 24, 0.250),
            (3.00, 12, 0.677),
        ] {
            let found = sharpe_error_normal(sharpe, observations).unwrap();
            assert!((found - printed).abs() <= 5.1e-4, "{sharpe}: {found}");
        }
    }

    #[test]
    fn without_lags_hac_is_mertens() {
        let returns = returns(400, 0.0, 5);
        let hac = sharpe_error_hac(&returns, 0.02, Lags::Fixed(0)).unwrap();
        let mut estimate = SharpeEstimate::of(&returns, 0.02).unwrap();
        // The influences are those of the ratio with divisor n.
        estimate.sharpe *= (400.0_f64 / 399.0).sqrt();
        let mertens = sharpe_error_mertens(&estimate).unwrap();
        assert!((hac.error / mertens - 1.0).abs() < 1e-14);
    }

    #[test]
    fn dependence_widens_the_error_as_theory_says() {
        // For an AR(1) with a small Sharpe ratio the error grows by sqrt((1 + rho) / (1 - rho)).
        let returns = returns(50_000, 0.5, 6);
        let hac = sharpe_error_hac(&returns, 0.0, Lags::Automatic).unwrap();
        let naive = (1.0 / 50_000_f64).sqrt();
        let ratio = hac.error / naive;
        assert!((ratio / 3.0_f64.sqrt() - 1.0).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn hac_intervals_cover_the_truth() {
        // 400 series of 500 returns with autocorrelation 0.3 and a true ratio of 0.1 sqrt(1 - 0.09).
        let truth = 0.1 * 0.91_f64.sqrt();
        let covered = (0..400)
            .filter(|&seed| {
                let returns = returns(500, 0.3, 1000 + seed);
                let sharpe = SharpeEstimate::of(&returns, 0.0).unwrap().sharpe;
                let error = sharpe_error_hac(&returns, 0.0, Lags::Automatic).unwrap();
                let interval = normal_interval(sharpe, error.error, 0.95).unwrap();
                (interval.lower..=interval.upper).contains(&truth)
            })
            .count();
        // 95 % of 400 is 380; an interval for independent returns would cover about 85 %.
        assert!((364..=393).contains(&covered), "{covered} of 400");
    }

    #[test]
    fn outside_the_domain() {
        let outside = |argument| Err(Undefined::Argument { argument });
        assert_eq!(
            sharpe_error_normal(f64::NAN, 10).unwrap_err(),
            Undefined::Argument {
                argument: Argument::Sharpe
            }
        );
        assert_eq!(
            sharpe_error_normal(1.0, 1),
            Err(Undefined::TooFew { need: 2, have: 1 })
        );
        assert_eq!(sharpe_error_normal(1e300, 9), Err(Undefined::OutOfRange));
        for confidence in [0.0, 1.0, f64::NAN, -0.5, 95.0] {
            assert_eq!(
                normal_interval(0.0, 1.0, confidence),
                outside(Argument::Confidence)
            );
        }
        assert_eq!(
            normal_interval(0.0, 0.0, 0.9),
            outside(Argument::StandardError)
        );
        // Two returns: the influences are equal, apart from sign, and one lag takes them away.
        assert!(sharpe_error_hac(&[0.0, 1.0], 0.0, Lags::Fixed(1)).is_ok());
        // Skewness and kurtosis that no sample has.
        let impossible = SharpeEstimate {
            skewness: 4.0,
            kurtosis: 3.0,
            ..SharpeEstimate::normal(1.0, 10)
        };
        assert_eq!(
            sharpe_error_mertens(&impossible),
            Err(Undefined::NoStandardError)
        );
    }
}
