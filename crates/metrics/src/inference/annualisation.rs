//! From a Sharpe ratio per period to one over several periods, where returns are autocorrelated.
//!
//! ```text
//! SR(q)  = eta(q) SR
//! eta(q) = q / sqrt(q + 2 sum((q - k) rho[k]))      k = 1 .. q
//! ```
//! `rho[k]` is the autocorrelation of returns at lag `k`. Without autocorrelation `eta(q)` is `sqrt(q)`. Positive
//! autocorrelation, as of smoothed valuations, makes it smaller; negative makes it larger.
//! Source: Lo, "The Statistics of Sharpe Ratios", Financial Analysts Journal 58(4) (2002), pp. 36-52.

use super::{
    Argument, SharpeEstimate,
    estimate::Centred,
    rows::{finite_rows, require},
    sum::Sum,
};
use crate::{Undefined, undefined::finite};

/// `eta(q)`: what a Sharpe ratio per period is multiplied by to span `periods` periods.
///
/// `autocorrelations[k - 1]` is the autocorrelation at lag `k`; `periods - 1` of them are read.
///
/// ```
/// use highwater_metrics::inference::lo_factor;
/// assert_eq!(lo_factor(&[0.0; 11], 12), Ok(12.0_f64.sqrt()));
/// // Autocorrelation 0.5 of neighbours: two periods vary as three independent ones would.
/// assert_eq!(lo_factor(&[0.5], 2), Ok(2.0 / 3.0_f64.sqrt()));
/// ```
///
/// # Errors
/// [`Undefined::Argument`] for no period, fewer autocorrelations than lags, or one outside -1 to 1;
/// [`Undefined::NoStandardError`] if the variance over the periods would not be above zero.
pub fn lo_factor(autocorrelations: &[f64], periods: usize) -> Result<f64, Undefined> {
    Argument::Periods.require(periods > 0 && autocorrelations.len() >= periods - 1)?;
    let read = &autocorrelations[..periods - 1];
    Argument::Autocorrelation.require(read.iter().all(|rho| rho.abs() <= 1.0))?;
    let q = periods as f64;
    let weighted = Sum::of(
        read.iter()
            .enumerate()
            .map(|(at, rho)| (periods - 1 - at) as f64 * rho),
    );
    let variance = q + 2.0 * weighted;
    if variance > 0.0 {
        finite(if weighted == 0.0 {
            q.sqrt()
        } else {
            q / variance.sqrt()
        })
    } else {
        Err(Undefined::NoStandardError)
    }
}

/// The Sharpe ratio over `periods` periods, such as 12 months, with the autocorrelations of the returns themselves:
/// `rho[k] = sum((x[t] - mean)(x[t - k] - mean)) / sum((x[t] - mean)^2)`.
///
/// Autocorrelations at many lags are estimates with errors of `1 / sqrt(n)` each; with as many lags as days in a year,
/// several years of returns are wanted.
///
/// ```
/// use highwater_metrics::inference::lo_sharpe;
/// let returns = [0.5, -0.25, 0.5, -0.25, 0.5, -0.25, 0.5, -0.25];
/// // What falls one period comes back the next: two periods are nearly sure.
/// assert!(lo_sharpe(&returns, 0.0, 2).unwrap() > 2.0_f64.sqrt() * 0.3);
/// ```
///
/// # Errors
/// As [`SharpeEstimate::of`] and [`lo_factor`]; [`Undefined::TooFew`] unless there are more returns than periods.
pub fn lo_sharpe(returns: &[f64], risk_free: f64, periods: usize) -> Result<f64, Undefined> {
    let rows = finite_rows(returns)?;
    Argument::Periods.require(periods > 0)?;
    require(rows.len(), periods.saturating_add(1))?;
    let sharpe = SharpeEstimate::of(&rows, risk_free)?.sharpe;
    if periods == 1 {
        return Ok(sharpe);
    }
    let centred = Centred::of(&rows, risk_free)?;
    let squares = centred.variance * rows.len() as f64;
    let variance = squares_of_sums(&centred.deviations, periods) / squares;
    if variance > 0.0 {
        finite(sharpe * (periods as f64 / variance.sqrt()))
    } else {
        Err(Undefined::NoStandardError)
    }
}

/// The squared sums of every `periods` neighbours, windows that hang over either end included:
/// ```text
/// sum over windows (sum e)^2 = q sum(e[t]^2) + 2 sum((q - k) sum(e[t] e[t - k]))      k = 1 .. q - 1
/// ```
/// since `q - k` windows hold two rows that are `k` apart. So a year of minutes takes one pass, not one for each lag.
/// The running sums carry what their additions rounded away.
fn squares_of_sums(rows: &[f64], periods: usize) -> f64 {
    let mut until = Vec::with_capacity(rows.len() + 1);
    let mut running = Sum::default();
    until.push(running);
    for &row in rows {
        running.add(row);
        until.push(running);
    }
    let last = rows.len();
    let windows = 1..last + periods;
    Sum::of(windows.map(|end| {
        let sum = until[end.min(last)].less(until[end.saturating_sub(periods)]);
        sum * sum
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometric(rho: f64, lags: usize) -> Vec<f64> {
        (1..=lags).map(|lag| rho.powi(lag as i32)).collect()
    }

    #[test]
    fn factors_of_an_autoregression() {
        // Monthly to annual, if returns follow an AR(1). Lo (2002) prints 2.88 and 4.17 for an autocorrelation of 20
        // % and -20 %, beside 3.46 for none; the others follow from the closed form.
        for (rho, printed) in [
            (0.9, 1.21),
            (0.5, 2.12),
            (0.2, 2.88),
            (0.0, 3.46),
            (-0.2, 4.17),
            (-0.5, 5.69),
        ] {
            let found = lo_factor(&geometric(rho, 11), 12).unwrap();
            assert!((found - printed).abs() < 5.1e-3, "{rho}: {found}");
        }
    }

    #[test]
    fn equals_the_closed_form() {
        // Lo (2002), for an AR(1).
        for q in [2, 5, 12, 250] {
            for rho in [-0.7_f64, -0.1, 0.3, 0.95] {
                let n = q as f64;
                let inner = 1.0
                    + 2.0 * rho / (1.0 - rho)
                        * (1.0 - (1.0 - rho.powi(q as i32)) / (n * (1.0 - rho)));
                let closed = n.sqrt() / inner.sqrt();
                let found = lo_factor(&geometric(rho, q - 1), q).unwrap();
                assert!((found / closed - 1.0).abs() < 1e-13, "{q} {rho}");
            }
        }
    }

    #[test]
    fn equals_the_ratio_of_the_variances() {
        // The variance of a sum of q rows from a covariance matrix written out.
        let rho = [0.3, -0.2, 0.1];
        let mut variance = 0.0;
        for s in 0..4_usize {
            for t in 0..4_usize {
                let lag = s.abs_diff(t);
                variance += if lag == 0 { 1.0 } else { rho[lag - 1] };
            }
        }
        let found = lo_factor(&rho, 4).unwrap();
        assert!((found - 4.0 / f64::sqrt(variance)).abs() < 1e-15);
    }

    #[test]
    fn outside_the_domain() {
        let outside = |argument| Err(Undefined::Argument { argument });
        assert_eq!(lo_factor(&[], 0), outside(Argument::Periods));
        assert_eq!(lo_factor(&[0.1], 3), outside(Argument::Periods));
        assert_eq!(lo_factor(&[], usize::MAX), outside(Argument::Periods));
        assert_eq!(lo_factor(&[1.5], 2), outside(Argument::Autocorrelation));
        assert_eq!(
            lo_factor(&[f64::NAN], 2),
            outside(Argument::Autocorrelation)
        );
        assert_eq!(lo_factor(&[], 1), Ok(1.0));
        assert_eq!(lo_factor(&[-1.0], 2), Err(Undefined::NoStandardError));
        assert_eq!(
            lo_sharpe(&[0.1, 0.2], 0.0, 2),
            Err(Undefined::TooFew { need: 3, have: 2 })
        );
    }

    #[test]
    fn one_pass_is_the_factor_of_the_autocorrelations() {
        let mut draws = crate::inference::random::Xoshiro256::replication(21, 0);
        let mut last = 0.0;
        let returns: Vec<f64> = (0..700)
            .map(|_| {
                last = 0.3 * last + draws.normal();
                0.05 + last
            })
            .collect();
        let mean = returns.iter().sum::<f64>() / 700.0;
        let product = |lag: usize| -> f64 {
            let pairs = returns.iter().zip(&returns[lag..]);
            pairs.map(|(a, b)| (a - mean) * (b - mean)).sum()
        };
        let sharpe = SharpeEstimate::of(&returns, 0.01).unwrap().sharpe;
        for periods in [2, 12, 365, 699] {
            let rho: Vec<f64> = (1..periods).map(|lag| product(lag) / product(0)).collect();
            let expected = sharpe * lo_factor(&rho, periods).unwrap();
            let found = lo_sharpe(&returns, 0.01, periods).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-11, "{periods}: {found}");
        }
    }

    #[test]
    fn one_period_changes_nothing() {
        let returns = [0.01, -0.02, 0.035, 0.005, -0.011];
        assert_eq!(
            lo_sharpe(&returns, 0.001, 1),
            Ok(SharpeEstimate::of(&returns, 0.001).unwrap().sharpe)
        );
    }
}
