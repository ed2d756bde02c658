//! Is the best of many strategies better than the benchmark, or only the luckiest?
//!
//! Both tests ask it of the returns above the benchmark `d[k][t]` of all strategies `k` at once, by a stationary
//! bootstrap that resamples the same rows of all of them, so that their dependence on each other counts:
//! ```text
//! White    V  = max over k of sqrt(n) mean(d[k])              V* = max over k of sqrt(n) (mean*(d[k]) - mean(d[k]))
//! Hansen   T  = max(0, max over k of sqrt(n) mean(d[k]) / w[k])
//!          T* = max(0, max over k of sqrt(n) (mean*(d[k]) - g(k)) / w[k])
//!          g  = max(mean, 0)                                  lower p-value: poor strategies count as being as good as the benchmark
//!               mean where sqrt(n) mean / w >= -sqrt(2 ln ln n), else 0      consistent: those clearly poor do not count
//!               mean                                          upper: all count, as in White's test
//! p = share of resamplings with V* >= V, T* >= T
//! ```
//! `w[k]^2` is the variance of `sqrt(n) mean*(d[k])` under the bootstrap:
//! ```text
//! w^2 = R[0] + 2 sum(((1 - i/n) (1 - q)^i + i/n (1 - q)^(n - i)) R[i])     q = 1 / mean block,   i = 1 .. n
//! ```
//! White's test loses power when poor strategies with a large variance are added to the set; Hansen's hardly does.
//! Sources: White, "A Reality Check for Data Snooping", Econometrica 68 (2000), pp. 1097-1126; Hansen, "A Test for
//! Superior Predictive Ability", Journal of Business and Economic Statistics 23 (2005), pp. 365-380.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Argument, BlockLength, Bootstrap, block_length,
    blocks::{Stationary, inside},
    random::Xoshiro256,
    rows::{joint_rows, require},
    sum::{Sum, mean},
};
use crate::{Undefined, undefined::finite};

/// White's reality check.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RealityCheck {
    /// The largest mean above the benchmark, times the square root of the rows.
    pub statistic: f64,
    /// The strategy that has it (0-based). Of equals, the first.
    pub best: usize,
    /// The probability of such a statistic if no strategy is better than the benchmark.
    pub p_value: f64,
    /// Rows that all strategies have.
    pub observations: usize,
    /// Rows left out because a strategy missed them.
    pub skipped: usize,
    /// The mean length of a block.
    pub mean_block: f64,
}

/// Hansen's test for superior predictive ability (SPA).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuperiorAbility {
    /// The largest mean above the benchmark in its own standard errors; 0 if none is above.
    pub statistic: f64,
    /// The strategy that has the largest (0-based). Of equals, the first.
    pub best: usize,
    /// The p-value that takes poor strategies for as good as the benchmark: a lower bound.
    pub lower: f64,
    /// The p-value: clearly poor strategies do not count.
    pub consistent: f64,
    /// The p-value that counts every strategy: an upper bound.
    pub upper: f64,
    /// Strategies left out because they do not vary above the benchmark.
    pub flat: usize,
    /// Rows that all strategies have.
    pub observations: usize,
    /// Rows left out because a strategy missed them.
    pub skipped: usize,
    /// The mean length of a block.
    pub mean_block: f64,
}

/// The strategies about their means, ready to be resampled.
struct Candidates {
    means: Vec<f64>,
    deviations: Vec<Vec<f64>>,
    observations: usize,
    skipped: usize,
    mean_block: f64,
}

impl Candidates {
    fn of<S: AsRef<[f64]>>(above: &[S], bootstrap: &Bootstrap) -> Result<Self, Undefined> {
        Argument::Replications.require(bootstrap.replications > 0)?;
        require(above.len(), 1)?;
        let (mut deviations, skipped) = joint_rows(above)?;
        let observations = deviations[0].len();
        require(observations, 3)?;
        let mean_block = match bootstrap.block {
            BlockLength::Fixed(length) => inside(length, observations)?,
            BlockLength::Automatic => automatic(&deviations)?,
        };
        let means = deviations
            .iter_mut()
            .map(|rows| {
                // About the first row, so that a flat strategy is exactly flat.
                let origin = rows[0];
                rows.iter_mut().for_each(|row| *row -= origin);
                let offset = mean(rows);
                rows.iter_mut().for_each(|row| *row -= offset);
                rows.iter().try_for_each(|&row| finite(row).map(|_| ()))?;
                finite(origin + offset)
            })
            .collect::<Result<Vec<f64>, Undefined>>()?;
        Ok(Self {
            means,
            deviations,
            observations,
            skipped,
            mean_block,
        })
    }

    /// `sum[row][k]`: the deviations of strategy `k` before a row, so that a block of rows is a difference of two
    /// sums. Rows are outer: a block reads two stretches of memory, whatever the number of strategies.
    fn prefix_sums(&self) -> Vec<f64> {
        let strategies = self.deviations.len();
        let mut sums = vec![0.0; (self.observations + 1) * strategies];
        for row in 0..self.observations {
            let (before, after) = sums.split_at_mut((row + 1) * strategies);
            let before = &before[row * strategies..];
            for ((after, before), rows) in after.iter_mut().zip(before).zip(&self.deviations) {
                *after = before + rows[row];
            }
        }
        sums
    }

    /// Counts, for each of several questions, the replications that answer yes. `ask` gets `n (mean* - mean)` of
    /// every strategy.
    fn count<const QUESTIONS: usize>(
        &self,
        bootstrap: &Bootstrap,
        ask: impl Fn(&[f64]) -> [bool; QUESTIONS] + Sync,
    ) -> [usize; QUESTIONS] {
        let (n, strategies) = (self.observations, self.deviations.len());
        let sums = self.prefix_sums();
        let at = |row: usize| &sums[row * strategies..][..strategies];
        let blocks = Stationary::new(n, self.mean_block);
        let add = |total: &mut [f64], from: usize, to: usize| {
            for ((total, from), to) in total.iter_mut().zip(at(from)).zip(at(to)) {
                *total += to - from;
            }
        };
        (0..bootstrap.replications)
            .into_par_iter()
            .map_init(
                || vec![0.0; strategies],
                |total, replication| {
                    total.fill(0.0);
                    let mut draws = Xoshiro256::replication(bootstrap.seed, replication as u64);
                    blocks.draw(&mut draws, |start, length| {
                        let end = start + length;
                        add(total, start, end.min(n));
                        if end > n {
                            add(total, 0, end - n);
                        }
                    });
                    ask(total).map(usize::from)
                },
            )
            .reduce(
                || [0; QUESTIONS],
                |mut a, b| {
                    for (a, b) in a.iter_mut().zip(b) {
                        *a += b;
                    }
                    a
                },
            )
    }
}

/// The mean, over the strategies that vary, of the lengths that suit them.
fn automatic(above: &[Vec<f64>]) -> Result<f64, Undefined> {
    let mut lengths = Vec::new();
    for rows in above {
        match block_length::of_rows(rows) {
            Ok(length) => lengths.push(length.stationary),
            Err(Undefined::ZeroVariance) => {}
            Err(reason) => return Err(reason),
        }
    }
    if lengths.is_empty() {
        return Err(Undefined::ZeroVariance);
    }
    Ok(mean(&lengths))
}

/// The highest of some numbers, and where it first stands. There is one at least, and none is NaN.
fn highest(values: impl Iterator<Item = f64>) -> (usize, f64) {
    values
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, (at, value)| {
            if value > best.1 { (at, value) } else { best }
        })
}

/// White's reality check of the best of several strategies. One series a strategy: its returns above the benchmark,
/// rows in step.
///
/// With [`BlockLength::Automatic`] blocks have the mean of the lengths that suit the strategies.
///
/// ```
/// use highwater_metrics::inference::{BlockLength, Bootstrap, reality_check};
/// let above: Vec<Vec<f64>> = (0..10)
///     .map(|strategy| (0..250).map(|row| 0.01 * f64::sin(f64::from(row * row + 9 * strategy))).collect())
///     .collect();
/// let bootstrap = Bootstrap { replications: 1_000, seed: 1, block: BlockLength::Fixed(5.0) };
/// assert!(reality_check(&above, &bootstrap).unwrap().p_value > 0.05);
/// ```
///
/// # Errors
/// [`Undefined::TooFew`] without a strategy or below three rows; [`Undefined::UnequalLengths`],
/// [`Undefined::NonFinite`], [`Undefined::OutOfRange`]; [`Undefined::Argument`] without a replication or for a length
/// of blocks outside 1 to the number of rows; with automatic blocks as [`block_lengths`](super::block_lengths).
pub fn reality_check<S: AsRef<[f64]>>(
    above: &[S],
    bootstrap: &Bootstrap,
) -> Result<RealityCheck, Undefined> {
    let candidates = Candidates::of(above, bootstrap)?;
    let n = candidates.observations as f64;
    let (best, mean) = highest(candidates.means.iter().copied());
    let total = finite(n * mean)?;
    let [exceeding] = candidates.count(bootstrap, |totals| {
        [highest(totals.iter().copied()).1 >= total]
    });
    Ok(RealityCheck {
        statistic: finite(n.sqrt() * mean)?,
        best,
        p_value: exceeding as f64 / bootstrap.replications as f64,
        observations: candidates.observations,
        skipped: candidates.skipped,
        mean_block: candidates.mean_block,
    })
}

/// Hansen's test for superior predictive ability of the best of several strategies. One series a strategy: its
/// returns above the benchmark, rows in step.
///
/// ```
/// use highwater_metrics::inference::{BlockLength, Bootstrap, superior_ability};
/// let above: Vec<Vec<f64>> = (0..10)
///     .map(|strategy| {
///         let edge = if strategy == 4 { 0.003 } else { 0.0 };
///         (0..250).map(|row| edge + 0.01 * f64::sin(f64::from(row * row + 9 * strategy))).collect()
///     })
///     .collect();
/// let bootstrap = Bootstrap { replications: 1_000, seed: 1, block: BlockLength::Fixed(5.0) };
/// let found = superior_ability(&above, &bootstrap).unwrap();
/// assert_eq!(found.best, 4);
/// assert!(found.lower <= found.consistent && found.consistent <= found.upper && found.upper < 0.01);
/// ```
///
/// # Errors
/// As [`reality_check`]; [`Undefined::ZeroVariance`] if no strategy varies above the benchmark.
pub fn superior_ability<S: AsRef<[f64]>>(
    above: &[S],
    bootstrap: &Bootstrap,
) -> Result<SuperiorAbility, Undefined> {
    let candidates = Candidates::of(above, bootstrap)?;
    let n = candidates.observations as f64;
    let errors = candidates
        .deviations
        .par_iter()
        .map(|rows| finite(bootstrap_variance(rows, candidates.mean_block)).map(f64::sqrt))
        .collect::<Result<Vec<f64>, Undefined>>()?;
    // A flat strategy has no error and takes no part: its total is compared with nothing.
    let studentised: Vec<Option<f64>> = candidates
        .means
        .iter()
        .zip(&errors)
        .map(|(mean, error)| {
            if *error > 0.0 {
                finite(n.sqrt() * mean / error).map(Some)
            } else {
                Ok(None)
            }
        })
        .collect::<Result<_, Undefined>>()?;
    let flat = studentised.iter().filter(|found| found.is_none()).count();
    if flat == studentised.len() {
        return Err(Undefined::ZeroVariance);
    }
    let (best, largest) = highest(
        studentised
            .iter()
            .map(|found| found.unwrap_or(f64::NEG_INFINITY)),
    );
    let statistic = largest.max(0.0);
    let threshold = -(2.0 * libm::log(libm::log(n))).max(0.0).sqrt();
    // In standard errors: what the studentised resampled mean is moved by, for each of the three choices of g.
    let moved: Vec<Option<[f64; 3]>> = studentised
        .iter()
        .map(|found| found.map(|t| [t.min(0.0), if t >= threshold { 0.0 } else { t }, 0.0]))
        .collect();
    let counts = candidates.count(bootstrap, |totals| {
        let mut largest = [0.0_f64; 3];
        for ((total, error), moved) in totals.iter().zip(&errors).zip(&moved) {
            let Some(moved) = moved else { continue };
            let t = total / (n.sqrt() * error);
            for (largest, moved) in largest.iter_mut().zip(moved) {
                *largest = largest.max(t + moved);
            }
        }
        largest.map(|largest| largest >= statistic)
    });
    let [lower, consistent, upper] =
        counts.map(|count| count as f64 / bootstrap.replications as f64);
    Ok(SuperiorAbility {
        statistic,
        best,
        lower,
        consistent,
        upper,
        flat,
        observations: candidates.observations,
        skipped: candidates.skipped,
        mean_block: candidates.mean_block,
    })
}

/// The variance of the square root of the rows times the mean, under the stationary bootstrap. Rows have mean 0.
///
/// With `s = 1 - q` and the rows closed to a circle, the sum over the lags is `sum(x[t] (x[t] + 2 A[t] - 2 B[t] / n))
/// / n` with `A[t] = sum(s^i x[t - i])` and `B[t] = sum(i s^i x[t - i])`, and both follow from those of the row
/// before: one pass instead of one a lag.
fn bootstrap_variance(rows: &[f64], mean_block: f64) -> f64 {
    let (n, s) = (rows.len() as f64, 1.0 - 1.0 / mean_block);
    let beyond = libm::pow(s, n - 1.0);
    let (mut a, mut b, mut power) = (0.0, 0.0, 1.0);
    for (back, row) in rows.iter().rev().enumerate().take(rows.len() - 1) {
        power *= s;
        a += power * row;
        b += (back + 1) as f64 * power * row;
    }
    let mut variance = Sum::default();
    for (at, row) in rows.iter().enumerate() {
        variance.add(row * (row + 2.0 * a - 2.0 * b / n));
        // The row that leaves the window of n - 1 is, on the circle, the next one.
        let next = rows[(at + 1) % rows.len()];
        b = s * (row + a + b - n * beyond * next);
        a = s * (row + a - beyond * next);
    }
    (variance.total() / n).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strategies that share a part of their noise, with a mean each.
    fn strategies(means: &[f64], rows: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut draws = Xoshiro256::replication(seed, 0);
        let shared: Vec<f64> = (0..rows).map(|_| draws.normal()).collect();
        means
            .iter()
            .map(|mean| {
                let own = |shared: &f64| mean + 0.6 * shared + 0.8 * draws.normal();
                shared.iter().map(own).collect()
            })
            .collect()
    }

    fn bootstrap(replications: usize, block: f64) -> Bootstrap {
        Bootstrap {
            replications,
            seed: 5,
            block: BlockLength::Fixed(block),
        }
    }

    /// Both tests from the definitions, row by row.
    fn plain(above: &[Vec<f64>], bootstrap: &Bootstrap, block: f64) -> [f64; 4] {
        let n = above[0].len();
        let root = (n as f64).sqrt();
        let mean_of = |rows: &[f64]| rows.iter().sum::<f64>() / n as f64;
        let means: Vec<f64> = above.iter().map(|rows| mean_of(rows)).collect();
        let errors: Vec<f64> = above
            .iter()
            .zip(&means)
            .map(|(rows, mean)| {
                let r = |lag: usize| {
                    (lag..n)
                        .map(|t| (rows[t] - mean) * (rows[t - lag] - mean))
                        .sum::<f64>()
                        / n as f64
                };
                let mut variance = r(0);
                for lag in 1..n {
                    let (i, q) = (lag as f64, 1.0 / block);
                    let kernel = (n as f64 - i) / n as f64 * (1.0 - q).powi(lag as i32)
                        + i / n as f64 * (1.0 - q).powi((n - lag) as i32);
                    variance += 2.0 * kernel * r(lag);
                }
                variance.sqrt()
            })
            .collect();
        let white = means.iter().fold(f64::MIN, |v, mean| v.max(root * mean));
        let hansen = means
            .iter()
            .zip(&errors)
            .fold(0.0_f64, |t, (mean, error)| t.max(root * mean / error));
        let cut = -(2.0 * (n as f64).ln().ln()).sqrt();
        let mut counts = [0.0; 4];
        for replication in 0..bootstrap.replications {
            let mut drawn = Vec::new();
            let mut draws = Xoshiro256::replication(bootstrap.seed, replication as u64);
            Stationary::new(n, block).draw(&mut draws, |start, length| {
                drawn.extend((start..start + length).map(|row| row % n));
            });
            let mut largest = [f64::MIN, 0.0, 0.0, 0.0];
            for (k, rows) in above.iter().enumerate() {
                let again: Vec<f64> = drawn.iter().map(|&row| rows[row]).collect();
                let (again, mean, error) = (mean_of(&again), means[k], errors[k]);
                let kept = if root * mean / error >= cut {
                    mean
                } else {
                    0.0
                };
                largest[0] = largest[0].max(root * (again - mean));
                for (largest, g) in largest[1..].iter_mut().zip([mean.max(0.0), kept, mean]) {
                    *largest = largest.max(root * (again - g) / error);
                }
            }
            counts[0] += f64::from(u8::from(largest[0] >= white));
            for (count, largest) in counts[1..].iter_mut().zip(&largest[1..]) {
                *count += f64::from(u8::from(*largest >= hansen));
            }
        }
        counts.map(|count| count / bootstrap.replications as f64)
    }

    #[test]
    fn equal_the_plain_loops() {
        for (seed, block) in [(1, 1.0), (2, 4.0), (3, 25.0)] {
            let above = strategies(&[0.0, 0.1, -0.1, -0.8, 0.15], 70, seed);
            let bootstrap = bootstrap(400, block);
            let white = reality_check(&above, &bootstrap).unwrap();
            let hansen = superior_ability(&above, &bootstrap).unwrap();
            assert_eq!(
                [white.p_value, hansen.lower, hansen.consistent, hansen.upper],
                plain(&above, &bootstrap, block)
            );
        }
    }

    #[test]
    fn the_variance_in_one_pass_is_that_of_the_lags() {
        for (rows, block) in [
            (3, 3.0_f64),
            (40, 1.0),
            (40, 2.5),
            (200, 30.0),
            (200, 200.0),
        ] {
            let mut one = strategies(&[0.0], rows, 6).remove(0);
            let mean = mean(&one);
            one.iter_mut().for_each(|row| *row -= mean);
            let (n, stay) = (rows as f64, 1.0 - 1.0 / block);
            let mut expected = one.iter().map(|row| row * row).sum::<f64>() / n;
            for lag in 1..rows {
                let i = lag as f64;
                let kernel = (n - i) / n * stay.powf(i) + i / n * stay.powf(n - i);
                let r = (lag..rows).map(|t| one[t] * one[t - lag]).sum::<f64>() / n;
                expected += 2.0 * kernel * r;
            }
            let found = bootstrap_variance(&one, block);
            assert!(
                (found / expected - 1.0).abs() < 1e-11,
                "{rows} {block}: {found} {expected}"
            );
        }
    }

    #[test]
    fn tests_have_their_size_and_power() {
        // 150 sets of eight strategies, none better than the benchmark: 5 % are 7.5, four standard errors 10.7 more.
        let rejected = |best: f64| {
            let mut counts = [0; 4];
            for seed in 0..150 {
                let above = strategies(&[0.0, 0.0, best, 0.0, 0.0, 0.0, 0.0, 0.0], 120, 50 + seed);
                let bootstrap = bootstrap(200, 1.0);
                let white = reality_check(&above, &bootstrap).unwrap().p_value;
                let hansen = superior_ability(&above, &bootstrap).unwrap();
                let found = [white, hansen.lower, hansen.consistent, hansen.upper];
                for (count, p) in counts.iter_mut().zip(found) {
                    *count += usize::from(p <= 0.05);
                }
            }
            counts
        };
        let size = rejected(0.0);
        assert!(
            size.iter().all(|count| (1..=18).contains(count)),
            "{size:?}"
        );
        let power = rejected(0.4);
        assert!(power.iter().all(|&count| count > 127), "{power:?}");
    }

    #[test]
    fn poor_strategies_hide_the_good_one_from_white_alone() {
        let mut above = strategies(&[0.22, 0.0, 0.0], 200, 9);
        let bootstrap = bootstrap(2000, 2.0);
        let white = reality_check(&above, &bootstrap).unwrap();
        let hansen = superior_ability(&above, &bootstrap).unwrap();
        for rows in strategies(&[-1.0; 30], 200, 10) {
            above.push(rows.iter().map(|row| 5.0 * row).collect());
        }
        let white_after = reality_check(&above, &bootstrap).unwrap();
        let hansen_after = superior_ability(&above, &bootstrap).unwrap();
        assert_eq!((white_after.best, hansen_after.best), (0, 0));
        assert!(
            white.p_value < 0.05 && white_after.p_value > 0.5,
            "{white_after:?}"
        );
        assert_eq!(
            hansen_after.consistent, hansen.consistent,
            "they do not count"
        );
        assert!(hansen_after.upper > hansen.upper);
    }

    #[test]
    fn laws() {
        for seed in 0..20 {
            let above = strategies(&[0.1, 0.0, -0.2, -0.05], 60, 300 + seed);
            let bootstrap = Bootstrap {
                replications: 200,
                seed,
                block: BlockLength::Automatic,
            };
            let found = superior_ability(&above, &bootstrap).unwrap();
            assert!(found.lower <= found.consistent && found.consistent <= found.upper);
            // Each strategy in its own unit: Hansen's test does not see it. White's does, unless the unit is shared.
            let scaled: Vec<Vec<f64>> = above
                .iter()
                .zip([2.0, 0.5, 4.0, 1.0])
                .map(|(rows, unit)| rows.iter().map(|row| row * unit).collect())
                .collect();
            assert_eq!(superior_ability(&scaled, &bootstrap), Ok(found));
            let doubled: Vec<Vec<f64>> = above
                .iter()
                .map(|rows| rows.iter().map(|row| row * 2.0).collect())
                .collect();
            let (one, two) = (
                reality_check(&above, &bootstrap).unwrap(),
                reality_check(&doubled, &bootstrap).unwrap(),
            );
            assert_eq!(
                (one.p_value, 2.0 * one.statistic),
                (two.p_value, two.statistic)
            );
        }
    }

    #[test]
    fn none_above_the_benchmark() {
        let above = strategies(&[-2.0, -3.0], 60, 4);
        let found = superior_ability(&above, &bootstrap(100, 2.0)).unwrap();
        assert_eq!(
            (found.statistic, found.consistent, found.lower),
            (0.0, 1.0, 1.0)
        );
        assert_eq!(found.best, 0);
    }

    #[test]
    fn flat_strategies_and_missing_rows() {
        let mut above = strategies(&[0.3, 0.0], 60, 4);
        above[1][7] = f64::NAN;
        let two = superior_ability(&above, &bootstrap(100, 2.0)).unwrap();
        assert_eq!((two.observations, two.skipped, two.flat), (59, 1, 0));
        above.push(vec![0.1; 60]);
        let three = superior_ability(&above, &bootstrap(100, 2.0)).unwrap();
        assert_eq!(three, SuperiorAbility { flat: 1, ..two });
        assert_eq!(
            superior_ability(&[vec![0.1; 60]], &bootstrap(100, 2.0)),
            Err(Undefined::ZeroVariance)
        );
    }

    #[test]
    fn the_same_bytes_for_any_number_of_threads() {
        let above = strategies(&[0.1; 9], 130, 4);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let bootstrap = bootstrap(501, 3.0);
                (
                    reality_check(&above, &bootstrap),
                    superior_ability(&above, &bootstrap),
                )
            })
        };
        let one = on(1);
        assert!([2, 3, 7].into_iter().all(|threads| on(threads) == one));
    }

    #[test]
    fn outside_the_domain() {
        let above = strategies(&[0.1, 0.2], 30, 4);
        let outside = |argument| Err(Undefined::Argument { argument });
        assert_eq!(
            reality_check(&above, &bootstrap(0, 1.0)),
            outside(Argument::Replications)
        );
        assert_eq!(
            reality_check(&above, &bootstrap(9, 31.0)),
            outside(Argument::BlockLength)
        );
        let few = |need, have| Err(Undefined::TooFew { need, have });
        assert_eq!(
            reality_check::<Vec<f64>>(&[], &bootstrap(9, 1.0)),
            few(1, 0)
        );
        assert_eq!(reality_check(&[[0.1, 0.2]], &bootstrap(9, 1.0)), few(3, 2));
        assert_eq!(
            reality_check(&[[f64::MAX, f64::MIN, 0.0]], &bootstrap(9, 1.0)),
            Err(Undefined::OutOfRange)
        );
    }
}
