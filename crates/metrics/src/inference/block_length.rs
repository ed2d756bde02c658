//! How long the blocks of a bootstrap should be.
//!
//! A block must be long enough to keep the dependence of its rows, short enough that there are many. The lengths here
//! minimise the error of the bootstrapped variance of a mean for large `n`:
//! ```text
//! length = (2 G^2 / D)^(1/3) n^(1/3)      D = 2 g^2 stationary,  4/3 g^2 circular
//! g = sum(w(k / M) R[k])                  k = -M ..= M,   R[k] the autocovariance at lag |k|, divisor n
//! G = sum(w(k / M) |k| R[k])
//! w(t) = 1 up to t = 1/2, then falls in a line to 0 at t = 1
//! ```
//! `M` is twice the smallest lag `m` after which `K = max(5, ceil(log10 n))` autocorrelations in a row stay inside
//! `+-1.96 sqrt(log10(n) / n)`; at least 1 and at most `ceil(sqrt(n)) + K`, the largest significant lag if there is
//! no such run. The length is at least 1 and at most `ceil(min(3 sqrt(n), n / 3))`.
//!
//! Sources: Politis and White, "Automatic Block-Length Selection for the Dependent Bootstrap", Econometric Reviews 23
//! (2004), pp. 53-70; Patton, Politis and White, "Correction", the same 28 (2009), pp. 372-375, whose constant `D = 2
//! g^2` this is.

use serde::{Deserialize, Serialize};

use super::{
    estimate::Centred,
    long_run::autocovariance,
    rows::{finite_rows, require},
};
use crate::{Undefined, undefined::finite};

/// Fewer rows do not show how far dependence reaches.
const FEWEST: usize = 9;

/// The lengths of blocks that suit a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockLengths {
    /// The mean length for the stationary bootstrap; need not be whole.
    pub stationary: f64,
    /// The length for the circular bootstrap, to be rounded up.
    pub circular: f64,
}

/// The lengths of blocks that suit a series of returns, by the dependence that it shows.
///
/// ```
/// use highwater_metrics::inference::block_lengths;
/// // Three rows up, three rows down: neighbours belong together.
/// let returns: Vec<f64> = (0..600).map(|row| if row / 3 % 2 == 0 { 0.01 } else { -0.01 }).collect();
/// assert!(block_lengths(&returns).unwrap().stationary > 5.0);
/// ```
///
/// # Errors
/// [`Undefined::TooFew`] below nine returns, [`Undefined::ZeroVariance`], [`Undefined::NonFinite`],
/// [`Undefined::OutOfRange`].
pub fn block_lengths(returns: &[f64]) -> Result<BlockLengths, Undefined> {
    of_rows(&finite_rows(returns)?)
}

/// Of finite rows.
pub(super) fn of_rows(rows: &[f64]) -> Result<BlockLengths, Undefined> {
    require(rows.len(), FEWEST)?;
    let centred = Centred::of(rows, 0.0)?;
    let n = rows.len() as f64;
    let run = (libm::log10(n).ceil() as usize).max(5);
    let most = (n.sqrt().ceil() as usize + run).min(rows.len() - 1);
    // Lags 0 ..= most + run, as far as there are rows.
    let lags = (most + run).min(rows.len() - 1);
    let covariance: Vec<f64> = (0..=lags)
        .map(|lag| autocovariance(&centred.deviations, lag))
        .collect();
    let reach = reach(&covariance, n, run, most);
    let window = (2 * reach).clamp(1, most);
    let (mut g, mut slope) = (covariance[0], 0.0);
    for (lag, covariance) in covariance.iter().enumerate().take(window + 1).skip(1) {
        let weighted = 2.0 * flat_top(lag as f64 / window as f64) * covariance;
        g += weighted;
        slope += lag as f64 * weighted;
    }
    let longest = (3.0 * n.sqrt()).min(n / 3.0).ceil();
    let length = |constant: f64| {
        // `g` may vanish, and is squared: infinity is cut to the longest.
        let ratio = slope / g;
        let length = libm::cbrt(2.0 / constant * (ratio * ratio) * n);
        finite(if length.is_nan() {
            1.0
        } else {
            length.clamp(1.0, longest)
        })
    };
    Ok(BlockLengths {
        stationary: length(2.0)?,
        circular: length(4.0 / 3.0)?,
    })
}

/// The smallest lag from which on `run` autocorrelations in a row are insignificant, else the largest significant one.
fn reach(covariance: &[f64], n: f64, run: usize, most: usize) -> usize {
    let bound = crate::normal::quantile(0.975) * (libm::log10(n) / n).sqrt();
    let mut quiet = 0;
    let mut last = 0;
    for lag in 1..covariance.len() {
        if covariance[lag].abs() >= bound * covariance[0] {
            last = lag;
            quiet = 0;
        } else {
            quiet += 1;
            if quiet == run {
                return last;
            }
        }
        if last >= most {
            break;
        }
    }
    last.min(most)
}

fn flat_top(at: f64) -> f64 {
    if at <= 0.5 { 1.0 } else { 2.0 * (1.0 - at) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::random::Xoshiro256;

    fn autoregressive(n: usize, rho: f64, seed: u64) -> Vec<f64> {
        let mut draws = Xoshiro256::replication(seed, 0);
        let mut last = 0.0;
        (0..n)
            .map(|_| {
                last = rho * last + draws.normal();
                last
            })
            .collect()
    }

    #[test]
    fn tends_to_the_best_length_of_an_autoregression() {
        // For an AR(1), G / g = 2 rho / (1 - rho^2), whatever the shocks: (G / g)^(2/3) n^(1/3).
        for rho in [0.3_f64, 0.7, -0.5] {
            let mean = (0..20)
                .map(|seed| {
                    block_lengths(&autoregressive(4000, rho, seed))
                        .unwrap()
                        .stationary
                })
                .sum::<f64>()
                / 20.0;
            let best = ((2.0 * rho / (1.0 - rho * rho)).powi(2) * 4000.0).cbrt();
            assert!(
                (mean / best - 1.0).abs() < 0.25,
                "{rho}: {mean}, best {best}"
            );
        }
    }

    #[test]
    fn equals_the_formula_written_out() {
        // Lags 1 and 2 significant, five quiet ones after them: m = 2, M = 4.
        let rows = autoregressive(500, 0.35, 1);
        let n = rows.len();
        let mean = rows.iter().sum::<f64>() / n as f64;
        let r: Vec<f64> = (0..30)
            .map(|lag| {
                (lag..n)
                    .map(|t| (rows[t] - mean) * (rows[t - lag] - mean))
                    .sum::<f64>()
                    / n as f64
            })
            .collect();
        let bound = 1.959963984540054 * ((n as f64).log10() / n as f64).sqrt();
        let reach = (0..20)
            .find(|m| (1..=5).all(|k| (r[m + k] / r[0]).abs() < bound))
            .unwrap();
        assert!(reach > 0, "the series shows its dependence");
        let window = 2 * reach;
        let (mut g, mut slope) = (0.0, 0.0);
        for k in -(window as i64)..=window as i64 {
            let share = k.unsigned_abs() as f64 / window as f64;
            let weight = if share <= 0.5 { 1.0 } else { 2.0 - 2.0 * share };
            g += weight * r[k.unsigned_abs() as usize];
            slope += weight * k.unsigned_abs() as f64 * r[k.unsigned_abs() as usize];
        }
        let expected = |d: f64| (2.0 * slope * slope / (d * g * g)).cbrt() * (n as f64).cbrt();
        let found = block_lengths(&rows).unwrap();
        assert!((found.stationary / expected(2.0) - 1.0).abs() < 1e-12);
        assert!((found.circular / expected(4.0 / 3.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn independent_rows_want_short_blocks() {
        let short = (0..50)
            .filter(|&seed| {
                block_lengths(&autoregressive(1000, 0.0, seed))
                    .unwrap()
                    .stationary
                    < 4.0
            })
            .count();
        assert!(short >= 45, "{short} of 50");
    }

    #[test]
    fn never_outside_its_bounds() {
        // A trend depends on itself as far as the eye reaches.
        let trend: Vec<f64> = (0..100).map(f64::from).collect();
        let found = block_lengths(&trend).unwrap();
        assert!((10.0..=30.0).contains(&found.stationary), "{found:?}");
        let few = Err(Undefined::TooFew { need: 9, have: 3 });
        assert_eq!(block_lengths(&[0.1, 0.2, 0.3]), few);
        assert_eq!(block_lengths(&[0.1; 50]), Err(Undefined::ZeroVariance));
        let turns: Vec<f64> = (0..9).map(|row| f64::from(row % 2)).collect();
        let found = block_lengths(&turns).unwrap();
        assert!((1.0..=3.0).contains(&found.stationary));
    }
}
