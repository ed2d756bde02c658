//! Long-run variance: what the variance of a mean becomes when rows depend on the rows before them.
//!
//! ```text
//! gamma[j] = sum(x[t] x[t - j]) / n                       x with mean 0
//! variance = gamma[0] + 2 sum((1 - j / (lags + 1)) gamma[j])   j = 1 ..= lags
//! ```
//! The weights are Bartlett's: with them the sum is never negative. Sources: Newey and West, "A Simple, Positive
//! Semi-Definite, Heteroskedasticity and Autocorrelation Consistent Covariance Matrix", Econometrica 55 (1987),
//! pp. 703-708; for the automatic choice of lags, Newey and West, "Automatic Lag Selection in Covariance Matrix
//! Estimation", Review of Economic Studies 61 (1994), pp. 631-653.

use serde::{Deserialize, Serialize};

use super::{Argument, sum::Sum};
use crate::Undefined;

/// How many lags a Newey-West estimate looks back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lags {
    /// So many. 0 takes rows as independent.
    Fixed(usize),
    /// `floor(4 (n / 100)^(2/9))`, whatever the data (Newey and West 1994, the rule their table suggests for Bartlett
    /// weights).
    RuleOfThumb,
    /// From the data (Newey and West 1994): `floor(1.1447 ((s1 / s0)^2)^(1/3) n^(1/3))` with
    /// `s0 = gamma[0] + 2 sum(gamma[j])`, `s1 = 2 sum(j gamma[j])` over as many `j` as the rule of thumb gives.
    #[default]
    Automatic,
}

/// A long-run variance, and the lags that it was taken over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LongRun {
    pub(super) variance: f64,
    pub(super) lags: usize,
}

/// `sum(x[t] x[t - lag]) / n` for rows with mean 0.
pub(super) fn autocovariance(rows: &[f64], lag: usize) -> f64 {
    let later = rows.get(lag..).unwrap_or_default();
    Sum::of(later.iter().zip(rows).map(|(a, b)| a * b)) / rows.len().max(1) as f64
}

impl Lags {
    /// For rows with mean 0.
    fn of(self, rows: &[f64]) -> Result<usize, Undefined> {
        let most = rows.len().saturating_sub(1);
        let n = rows.len() as f64;
        let rule = (4.0 * libm::pow(n / 100.0, 2.0 / 9.0)) as usize;
        match self {
            Self::Fixed(lags) => {
                Argument::Lags.require(lags <= most)?;
                Ok(lags)
            }
            Self::RuleOfThumb => Ok(rule.min(most)),
            Self::Automatic => {
                let (mut s0, mut s1) = (autocovariance(rows, 0), 0.0);
                for lag in 1..=rule.min(most) {
                    let gamma = autocovariance(rows, lag);
                    s0 += 2.0 * gamma;
                    s1 += 2.0 * lag as f64 * gamma;
                }
                let ratio = s1 / s0;
                let lags = 1.1447 * libm::cbrt(ratio * ratio) * libm::cbrt(n);
                // `as` takes what is too large, as where s0 vanishes, for the largest.
                Ok(if lags.is_nan() { 0 } else { lags as usize }.min(most))
            }
        }
    }
}

/// The long-run variance of rows with mean 0.
pub(super) fn long_run_variance(rows: &[f64], lags: Lags) -> Result<LongRun, Undefined> {
    let lags = lags.of(rows)?;
    let mut variance = autocovariance(rows, 0);
    for lag in 1..=lags {
        let weight = 1.0 - lag as f64 / (lags + 1) as f64;
        variance += 2.0 * weight * autocovariance(rows, lag);
    }
    Ok(LongRun { variance, lags })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::random::Xoshiro256;

    /// The same by a double loop over all pairs of rows.
    fn naive(rows: &[f64], lags: usize) -> f64 {
        let mut sum = 0.0;
        for (s, a) in rows.iter().enumerate() {
            for (t, b) in rows.iter().enumerate() {
                let distance = s.abs_diff(t) as f64 / (lags + 1) as f64;
                sum += (1.0 - distance).max(0.0) * a * b;
            }
        }
        sum / rows.len() as f64
    }

    fn autoregressive(n: usize, rho: f64) -> Vec<f64> {
        let mut draws = Xoshiro256::replication(3, 0);
        let mut last = 0.0;
        let mut rows: Vec<f64> = (0..n)
            .map(|_| {
                last = rho * last + draws.normal();
                last
            })
            .collect();
        let mean = super::super::sum::mean(&rows);
        rows.iter_mut().for_each(|row| *row -= mean);
        rows
    }

    #[test]
    fn equals_the_double_loop() {
        let rows = autoregressive(150, 0.4);
        for lags in [0, 1, 5, 40, 149] {
            let found = long_run_variance(&rows, Lags::Fixed(lags)).unwrap();
            let plain = naive(&rows, lags);
            assert!((found.variance - plain).abs() < 1e-12, "{lags} lags");
            assert!(found.variance >= 0.0);
        }
    }

    #[test]
    fn lags_of_each_rule() {
        let rows = autoregressive(250, 0.5);
        let lags = |rule| long_run_variance(&rows, rule).map(|found| found.lags);
        assert_eq!(lags(Lags::Fixed(7)), Ok(7));
        // 4 x 2.5^(2/9) = 4.9.
        assert_eq!(lags(Lags::RuleOfThumb), Ok(4));
        assert_eq!(
            lags(Lags::Fixed(250)),
            Err(Undefined::Argument {
                argument: Argument::Lags
            })
        );
        // The plug-in, spelled out.
        let g: Vec<f64> = (0..=4).map(|lag| autocovariance(&rows, lag)).collect();
        let s0 = g[0] + 2.0 * (g[1] + g[2] + g[3] + g[4]);
        let s1 = 2.0 * (g[1] + 2.0 * g[2] + 3.0 * g[3] + 4.0 * g[4]);
        let expected = (1.1447 * ((s1 / s0).powi(2) * 250.0).cbrt()).floor();
        assert_eq!(lags(Lags::Automatic), Ok(expected as usize));
        let more = autoregressive(250, 0.9);
        let more = long_run_variance(&more, Lags::Automatic).unwrap().lags;
        assert!(
            more as f64 > expected,
            "dependence asks for more lags: {more}"
        );
    }

    #[test]
    fn tends_to_the_variance_of_the_process() {
        // An AR(1) of unit shocks: 1 / (1 - rho)^2. Bartlett's bias at these lags is a few per cent.
        let found = long_run_variance(&autoregressive(200_000, 0.5), Lags::Automatic).unwrap();
        assert!((found.variance / 4.0 - 1.0).abs() < 0.06, "{found:?}");
    }
}
