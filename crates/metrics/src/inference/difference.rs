//! Do two Sharpe ratios over the same periods differ?
//!
//! ```text
//! difference = SR[1] - SR[2]                            deviations with divisor n, as in the papers
//! memmel     var = (2 (1 - rho) + (SR[1]^2 + SR[2]^2 - 2 SR[1] SR[2] rho^2) / 2) / n
//! hac        var = L / n
//! ```
//! `rho` is the correlation of the returns; `L` is the long-run variance of the difference of the influences `z - SR
//! (z^2 - 1) / 2` (the gradient of the papers, applied row by row), by Newey and West with Bartlett's weights.
//! Memmel's test holds for independent, normal returns alone; fat tails or autocorrelation make it reject too often.
//! The bootstrap holds for dependent returns and is the one to trust where the series is short: it resamples both
//! series in the same circular blocks, and compares `|difference* - difference| / error*` with `|difference| /
//! error`, `error*` from the blocks drawn:
//! ```text
//! error*^2 = mean(zeta^2) / n       zeta = sum of a block's influences / sqrt(block), over the floor(n / block) whole blocks
//! p        = (1 + replications at least as extreme) / (1 + replications)
//! ```
//! Sources: Jobson and Korkie, "Performance Hypothesis Testing with the Sharpe and Treynor Measures", Journal of
//! Finance 36 (1981), pp. 889-908; Memmel, "Performance Hypothesis Testing with the Sharpe Ratio", Finance Letters 1
//! (2003), pp. 21-23; Ledoit and Wolf, "Robust Performance Hypothesis Testing with the Sharpe Ratio", Journal of
//! Empirical Finance 15 (2008), pp. 850-859.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Argument, Bootstrap, Lags,
    blocks::Circle,
    estimate::Centred,
    random::Xoshiro256,
    rows::paired_rows,
    sharpe_error::error_of_mean,
    sum::{Sum, mean},
};
use crate::{Undefined, normal::cdf, undefined::finite};

/// The difference of two Sharpe ratios per period, and whether chance explains it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharpeDifference {
    /// The first ratio less the second, per period.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The probability of a difference at least as large, either way, if the true ratios are equal.
    pub p_value: f64,
    /// How many rows both series have.
    pub observations: usize,
}

/// Both series about their means, and their influences.
struct Pair {
    first: Vec<f64>,
    second: Vec<f64>,
    centred: [Centred; 2],
}

impl Pair {
    fn of(first: &[f64], second: &[f64], risk_free: f64) -> Result<Self, Undefined> {
        let (first, second) = paired_rows(first, second)?;
        let centred = [
            Centred::of(&first, risk_free)?,
            Centred::of(&second, risk_free)?,
        ];
        Ok(Self {
            first,
            second,
            centred,
        })
    }

    fn difference(&self) -> Result<f64, Undefined> {
        finite(self.centred[0].sharpe() - self.centred[1].sharpe())
    }

    fn influences(&self) -> Vec<f64> {
        influences(&self.centred)
    }

    fn judged(&self, variance_of_mean: f64) -> Result<SharpeDifference, Undefined> {
        let difference = self.difference()?;
        let variance = finite(variance_of_mean)?;
        if variance <= 0.0 {
            return Err(Undefined::NoStandardError);
        }
        let standard_error = variance.sqrt();
        Ok(SharpeDifference {
            difference,
            standard_error,
            p_value: 2.0 * cdf(-finite(difference / standard_error)?.abs()),
            observations: self.first.len(),
        })
    }
}

fn influences([first, second]: &[Centred; 2]) -> Vec<f64> {
    first
        .influence()
        .zip(second.influence())
        .map(|(first, second)| first - second)
        .collect()
}

/// The test of Jobson and Korkie, corrected by Memmel: for independent, normal returns.
///
/// ```
/// use highwater_metrics::inference::sharpe_difference_memmel;
/// let first = [0.02, -0.01, 0.03, 0.01, 0.02, -0.01, 0.02, 0.01];
/// let second = [0.01, -0.02, 0.03, -0.01, 0.01, -0.01, 0.0, 0.01];
/// let found = sharpe_difference_memmel(&first, &second, 0.0).unwrap();
/// assert!(found.difference > 0.0 && found.p_value < 0.1);
/// ```
///
/// # Errors
/// [`Undefined::UnequalLengths`]; [`Undefined::TooFew`] below two rows that both series have;
/// [`Undefined::ZeroVariance`] where one does not vary; [`Undefined::NoStandardError`] where one is the other,
/// scaled; [`Undefined::NonFinite`], [`Undefined::OutOfRange`]; [`Undefined::Argument`] for a risk-free return that
/// is not finite.
pub fn sharpe_difference_memmel(
    first: &[f64],
    second: &[f64],
    risk_free: f64,
) -> Result<SharpeDifference, Undefined> {
    let pair = Pair::of(first, second, risk_free)?;
    let [a, b] = &pair.centred;
    let n = a.deviations.len() as f64;
    // Half the mean square of the difference of standardised returns is 1 - rho, without the cancellation.
    let (of_a, of_b) = (a.variance.sqrt(), b.variance.sqrt());
    let apart = Sum::of(
        a.deviations
            .iter()
            .zip(&b.deviations)
            .map(|(a, b)| (a / of_a - b / of_b).powi(2)),
    ) / (2.0 * n);
    let rho = 1.0 - apart;
    let (x, y) = (a.sharpe(), b.sharpe());
    // x^2 + y^2 - 2 x y rho^2 = (x - y)^2 + 2 x y (1 - rho)(1 + rho).
    let ratios = (x - y) * (x - y) + 2.0 * x * y * apart * (1.0 + rho);
    pair.judged((2.0 * apart + 0.5 * ratios) / n)
}

/// The test of Ledoit and Wolf with a standard error that allows for dependence and fat tails (HAC).
///
/// ```
/// use highwater_metrics::inference::{Lags, sharpe_difference_hac};
/// let first = [0.02, -0.01, 0.03, 0.01, 0.02, -0.01, 0.02, 0.01];
/// let second = [0.01, -0.02, 0.03, -0.01, 0.01, -0.01, 0.0, 0.01];
/// let found = sharpe_difference_hac(&first, &second, 0.0, Lags::Fixed(1)).unwrap();
/// assert!(found.standard_error > 0.0);
/// ```
///
/// # Errors
/// As [`sharpe_difference_memmel`]; [`Undefined::Argument`] for as many fixed lags as rows.
pub fn sharpe_difference_hac(
    first: &[f64],
    second: &[f64],
    risk_free: f64,
    lags: Lags,
) -> Result<SharpeDifference, Undefined> {
    let pair = Pair::of(first, second, risk_free)?;
    let (error, _) = error_of_mean(&pair.influences(), lags)?;
    pair.judged(error * error)
}

/// The test of Ledoit and Wolf by studentised circular block bootstrap; the standard error is that of
/// [`sharpe_difference_hac`] with [`Lags::Automatic`].
///
/// With [`BlockLength::Automatic`](super::BlockLength::Automatic) the blocks have the length that suits the
/// difference of the influences, rounded up; the calibration by simulation that the paper offers is not done. A
/// resampled pair without a ratio counts as extreme.
///
/// ```
/// use highwater_metrics::inference::{BlockLength, Bootstrap, sharpe_difference_bootstrap};
/// let first: Vec<f64> = (0..200).map(|row| 0.002 + 0.01 * f64::sin(f64::from(row * row))).collect();
/// let second: Vec<f64> = (0..200).map(|row| 0.01 * f64::sin(f64::from(row * row + 1))).collect();
/// let bootstrap = Bootstrap { replications: 999, seed: 1, block: BlockLength::Fixed(4.0) };
/// let found = sharpe_difference_bootstrap(&first, &second, 0.0, &bootstrap).unwrap();
/// assert!(found.p_value > 0.0 && found.p_value <= 1.0);
/// ```
///
/// # Errors
/// As [`sharpe_difference_hac`]; [`Undefined::Argument`] without a replication, or unless two whole blocks fit.
pub fn sharpe_difference_bootstrap(
    first: &[f64],
    second: &[f64],
    risk_free: f64,
    bootstrap: &Bootstrap,
) -> Result<SharpeDifference, Undefined> {
    Argument::Replications.require(bootstrap.replications > 0)?;
    let pair = Pair::of(first, second, risk_free)?;
    let influences = pair.influences();
    let (error, _) = error_of_mean(&influences, Lags::Automatic)?;
    let judged = pair.judged(error * error)?;
    let block = bootstrap.block.circular(&influences)?;
    let rows = pair.first.len();
    Argument::BlockLength.require(rows / block >= 2)?;
    let extreme = judged.difference.abs() / judged.standard_error;
    let circles = [Circle::of(&pair.first), Circle::of(&pair.second)];
    let exceeding = (0..bootstrap.replications)
        .into_par_iter()
        .filter(|&replication| {
            let mut draws = Xoshiro256::replication(bootstrap.seed, replication as u64);
            let [first, second] = resampled(&circles, rows, block, &mut draws);
            let studentised = studentised(&first, &second, risk_free, block, judged.difference);
            studentised.is_none_or(|found| found >= extreme)
        })
        .count();
    Ok(SharpeDifference {
        p_value: (exceeding + 1) as f64 / (bootstrap.replications as f64 + 1.0),
        ..judged
    })
}

/// Both series in the same blocks, the last one cut.
fn resampled(
    circles: &[Circle; 2],
    rows: usize,
    block: usize,
    draws: &mut Xoshiro256,
) -> [Vec<f64>; 2] {
    let mut found = [Vec::with_capacity(rows), Vec::with_capacity(rows)];
    while found[0].len() < rows {
        let start = draws.below(rows as u64) as usize;
        let length = block.min(rows - found[0].len());
        for (found, circle) in found.iter_mut().zip(circles) {
            found.extend_from_slice(circle.block(start, length));
        }
    }
    found
}

/// How many of its own standard errors a resampled difference is from the original one.
fn studentised(
    first: &[f64],
    second: &[f64],
    risk_free: f64,
    block: usize,
    original: f64,
) -> Option<f64> {
    let centred = [
        Centred::of(first, risk_free).ok()?,
        Centred::of(second, risk_free).ok()?,
    ];
    let difference = centred[0].sharpe() - centred[1].sharpe();
    let squares: Vec<f64> = influences(&centred)
        .chunks_exact(block)
        .map(|influences| Sum::of(influences.iter().copied()).powi(2) / block as f64)
        .collect();
    let error = (mean(&squares) / first.len() as f64).sqrt();
    let found = (difference - original).abs() / error;
    found.is_finite().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::BlockLength;

    /// Two series with correlation `rho` between them and `own` with their own past, means `0.1` and `0.1 + more`.
    fn series(n: usize, rho: f64, own: f64, more: f64, seed: u64) -> [Vec<f64>; 2] {
        let mut draws = Xoshiro256::replication(seed, 0);
        let mut last = [0.0; 2];
        let mut found = [Vec::new(), Vec::new()];
        for _ in 0..n {
            let shared = draws.normal();
            let shock = rho * shared + (1.0 - rho * rho).sqrt() * draws.normal();
            last = [own * last[0] + shared, own * last[1] + shock];
            found[0].push(0.1 + last[0]);
            found[1].push(0.1 + more + last[1]);
        }
        found
    }

    fn bootstrap(block: f64) -> Bootstrap {
        Bootstrap {
            replications: 99,
            seed: 3,
            block: BlockLength::Fixed(block),
        }
    }

    #[test]
    fn memmel_written_out() {
        let [a, b] = series(80, 0.6, 0.0, 0.1, 1);
        let n = 80.0;
        let stats = |rows: &[f64]| {
            let mean = rows.iter().sum::<f64>() / n;
            let variance = rows.iter().map(|row| (row - mean).powi(2)).sum::<f64>() / n;
            (mean, variance.sqrt())
        };
        let ((ma, sa), (mb, sb)) = (stats(&a), stats(&b));
        let rho = a
            .iter()
            .zip(&b)
            .map(|(a, b)| (a - ma) * (b - mb))
            .sum::<f64>()
            / (n * sa * sb);
        let (x, y) = ((ma - 0.01) / sa, (mb - 0.01) / sb);
        let variance = (2.0 - 2.0 * rho + 0.5 * (x * x + y * y - 2.0 * x * y * rho * rho)) / n;
        let found = sharpe_difference_memmel(&a, &b, 0.01).unwrap();
        assert!((found.difference - (x - y)).abs() < 1e-14);
        assert!((found.standard_error - variance.sqrt()).abs() < 1e-14);
        let p = libm::erfc((x - y).abs() / (2.0 * variance).sqrt());
        assert!((found.p_value - p).abs() < 1e-13);
    }

    /// The paper's form: the gradient of the four moments, and the Bartlett-weighted matrix of their covariances.
    fn hac_by_moments(a: &[f64], b: &[f64], lags: usize) -> f64 {
        let n = a.len();
        let rows: Vec<[f64; 4]> = a
            .iter()
            .zip(b)
            .map(|(a, b)| [*a, *b, a * a, b * b])
            .collect();
        let mut means = [0.0; 4];
        for row in &rows {
            for (mean, value) in means.iter_mut().zip(row) {
                *mean += value / n as f64;
            }
        }
        let [ma, mb, ga, gb] = means;
        let (va, vb) = ((ga - ma * ma).powf(1.5), (gb - mb * mb).powf(1.5));
        let gradient = [ga / va, -gb / vb, -0.5 * ma / va, 0.5 * mb / vb];
        let mut variance = 0.0;
        for i in 0..4 {
            for j in 0..4 {
                let mut cell = 0.0;
                for s in 0..n {
                    for t in 0..n {
                        let weight = 1.0 - s.abs_diff(t) as f64 / (lags + 1) as f64;
                        if weight > 0.0 {
                            cell += weight * (rows[s][i] - means[i]) * (rows[t][j] - means[j]);
                        }
                    }
                }
                variance += gradient[i] * cell / n as f64 * gradient[j];
            }
        }
        (variance / n as f64).sqrt()
    }

    #[test]
    fn hac_equals_the_papers_form() {
        let [a, b] = series(60, 0.5, 0.3, 0.1, 2);
        for lags in [0, 3, 10] {
            let found = sharpe_difference_hac(&a, &b, 0.0, Lags::Fixed(lags)).unwrap();
            let plain = hac_by_moments(&a, &b, lags);
            assert!(
                (found.standard_error / plain - 1.0).abs() < 1e-11,
                "{lags} lags"
            );
        }
    }

    #[test]
    fn laws() {
        let [a, b] = series(120, 0.4, 0.2, 0.2, 3);
        let bootstrap = bootstrap(3.0);
        let tests = |a: &[f64], b: &[f64]| {
            [
                sharpe_difference_memmel(a, b, 0.0).unwrap(),
                sharpe_difference_hac(a, b, 0.0, Lags::Automatic).unwrap(),
                sharpe_difference_bootstrap(a, b, 0.0, &bootstrap).unwrap(),
            ]
        };
        let doubled: Vec<f64> = b.iter().map(|row| 2.0 * row).collect();
        assert_eq!(
            tests(&a, &b),
            tests(&a, &doubled),
            "leverage changes no Sharpe ratio"
        );
        for (found, swapped) in tests(&a, &b).iter().zip(tests(&b, &a)) {
            assert_eq!(found.difference, -swapped.difference);
            assert!((found.p_value - swapped.p_value).abs() < 1e-12);
            assert!(found.p_value > 0.0 && found.p_value <= 1.0);
        }
    }

    #[test]
    fn tests_have_their_size_and_power() {
        // 120 pairs of 150 rows with equal true ratios: 5 % of 120 is 6, four standard errors are 9.5.
        let rejected = |more: f64, own: f64, block: f64| {
            let mut counts = [0; 3];
            for seed in 0..120 {
                let [a, b] = series(150, 0.5, own, more, 100 + seed);
                let found = [
                    sharpe_difference_memmel(&a, &b, 0.0).unwrap(),
                    sharpe_difference_hac(&a, &b, 0.0, Lags::Automatic).unwrap(),
                    sharpe_difference_bootstrap(&a, &b, 0.0, &bootstrap(block)).unwrap(),
                ];
                for (count, found) in counts.iter_mut().zip(found) {
                    *count += usize::from(found.p_value <= 0.05);
                }
            }
            counts
        };
        let size = rejected(0.0, 0.0, 1.0);
        assert!(
            size.iter().all(|count| (1..=15).contains(count)),
            "{size:?}"
        );
        let power = rejected(0.35, 0.0, 1.0);
        assert!(power.iter().all(|&count| count > 96), "{power:?}");
        // Autocorrelated: the test for independent returns rejects far too often, the bootstrap does not.
        let [memmel, _, by_blocks] = rejected(0.0, 0.5, 10.0);
        assert!(memmel > 18, "{memmel}");
        assert!(by_blocks <= 15, "{by_blocks}");
    }

    #[test]
    fn the_same_bytes_for_any_number_of_threads() {
        let [a, b] = series(90, 0.4, 0.2, 0.1, 3);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| sharpe_difference_bootstrap(&a, &b, 0.0, &bootstrap(3.0)))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn what_cannot_be_compared() {
        let rows = [0.01, -0.02, 0.03, 0.0];
        let same = sharpe_difference_memmel(&rows, &rows, 0.0);
        assert_eq!(same, Err(Undefined::NoStandardError));
        assert_eq!(
            sharpe_difference_hac(&rows, &[0.1; 4], 0.0, Lags::Fixed(0)),
            Err(Undefined::ZeroVariance)
        );
        assert_eq!(
            sharpe_difference_memmel(&rows, &rows[..3], 0.0),
            Err(Undefined::UnequalLengths {
                first: 4,
                second: 3
            })
        );
        let other = [0.02, 0.01, -0.03, 0.01];
        for block in [0.5, 3.0] {
            assert_eq!(
                sharpe_difference_bootstrap(&rows, &other, 0.0, &bootstrap(block)),
                Err(Undefined::Argument {
                    argument: Argument::BlockLength
                })
            );
        }
    }
}
