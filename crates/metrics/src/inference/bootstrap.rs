//! The stationary bootstrap of any metric: its error, its bias, and intervals.
//!
//! The returns are resampled in blocks of neighbours, the metric is taken of each resampled series, and how those
//! values spread stands for how the metric itself would over other histories.
//! ```text
//! percentile  the quantiles (1 - c) / 2 and (1 + c) / 2 of the values
//! bca         the quantiles cdf(z0 + (z0 + z) / (1 - a (z0 + z))),  z = -+quantile((1 + c) / 2)
//!             z0 = quantile(share of values below the estimate, ties by half)      bias
//!             a  = sum(d^3) / (6 sum(d^2)^(3/2)),  d = mean of the jackknife - jackknife value   acceleration
//! ```
//! Quantiles are interpolated in a line between order statistics: `(values - 1) p` from the lowest. The jackknife
//! leaves out a block of rows at a time, so that it too keeps dependence; with blocks of one row it is the usual one.
//!
//! Replication `i` draws from a generator of its own, so that the values do not depend on the number of threads.
//! Sources: Politis and Romano, "The Stationary Bootstrap", JASA 89 (1994), pp. 1303-1313; Efron, "Better Bootstrap
//! Confidence Intervals", JASA 82 (1987), pp. 171-185.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Argument, Interval,
    blocks::{BlockLength, Circle, Stationary},
    random::Xoshiro256,
    rows::{finite_rows, require},
    sum::{Sum, mean},
};
use crate::{
    Undefined,
    normal::{cdf, quantile},
    undefined::finite,
};

/// How a bootstrap resamples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// How many resampled series.
    pub replications: usize,
    /// What the random numbers begin from. The same seed gives the same bytes.
    pub seed: u64,
    /// How long blocks are.
    pub block: BlockLength,
}

impl Default for Bootstrap {
    /// 10,000 replications from seed 0, blocks as the series wants them.
    fn default() -> Self {
        Self {
            replications: 10_000,
            seed: 0,
            block: BlockLength::Automatic,
        }
    }
}

/// The values of a metric over resampled series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bootstrapped {
    /// The metric of the returns themselves.
    pub estimate: f64,
    /// Its values over the resampled series that have one, in the order of the replications.
    pub values: Vec<f64>,
    /// How many resampled series have none. Where they are many, intervals speak of the rest only.
    pub undefined: usize,
    /// The mean length of a block.
    pub mean_block: f64,
}

impl Bootstrap {
    /// The values of a metric over stationary resamplings of returns, computed in parallel.
    ///
    /// ```
    /// use highwater_metrics::inference::{BlockLength, Bootstrap};
    /// let returns: Vec<f64> = (0..500).map(|row| 0.001 + 0.01 * f64::sin(f64::from(row * row))).collect();
    /// let mean = |rows: &[f64]| Ok(rows.iter().sum::<f64>() / rows.len() as f64);
    ///
    /// let bootstrap = Bootstrap { replications: 2_000, seed: 7, block: BlockLength::Fixed(5.0) };
    /// let found = bootstrap.run(&returns, mean).unwrap();
    /// let interval = found.percentile(0.9).unwrap();
    /// assert!(interval.lower < found.estimate && found.estimate < interval.upper);
    /// assert_eq!(found, bootstrap.run(&returns, mean).unwrap());
    /// ```
    ///
    /// # Errors
    /// What the metric says of the returns themselves; [`Undefined::TooFew`] without a return;
    /// [`Undefined::NonFinite`]; [`Undefined::Argument`] without a replication or for a length of blocks outside 1 to
    /// the number of returns; with [`BlockLength::Automatic`] as [`block_lengths`](super::block_lengths).
    pub fn run<M>(&self, returns: &[f64], metric: M) -> Result<Bootstrapped, Undefined>
    where
        M: Fn(&[f64]) -> Result<f64, Undefined> + Sync,
    {
        Argument::Replications.require(self.replications > 0)?;
        let rows = finite_rows(returns)?;
        require(rows.len(), 1)?;
        let mean_block = self.block.stationary(&rows)?;
        let estimate = metric(&rows).and_then(finite)?;
        let blocks = Stationary::new(rows.len(), mean_block);
        let circle = Circle::of(&rows);
        let values: Vec<Option<f64>> = (0..self.replications)
            .into_par_iter()
            .map_init(
                || Circle::buffer(rows.len()),
                |buffer, replication| {
                    let mut draws = Xoshiro256::replication(self.seed, replication as u64);
                    let resampled = blocks.resample(&circle, &mut draws, buffer);
                    metric(resampled).and_then(finite).ok()
                },
            )
            .collect();
        let values: Vec<f64> = values.into_iter().flatten().collect();
        Ok(Bootstrapped {
            estimate,
            undefined: self.replications - values.len(),
            values,
            mean_block,
        })
    }

    /// The acceleration that [`Bootstrapped::bca`] wants: how the error of the metric changes with the metric, from a
    /// jackknife of blocks. Takes the metric once a block.
    ///
    /// ```
    /// use highwater_metrics::inference::{BlockLength, Bootstrap};
    /// let rows = [0.0, 0.0, 0.0, 4.0];
    /// let mean = |rows: &[f64]| Ok(rows.iter().sum::<f64>() / rows.len() as f64);
    /// let bootstrap = Bootstrap { block: BlockLength::Fixed(1.0), ..Bootstrap::default() };
    /// // Of a mean it is a sixth of the skewness over the square root of the rows: here 2 / sqrt(3) / 6 / 2.
    /// let found = bootstrap.acceleration(&rows, mean).unwrap();
    /// assert!((found - 1.0 / 108.0_f64.sqrt()).abs() < 1e-15);
    /// ```
    ///
    /// # Errors
    /// As [`Bootstrap::run`]; what the metric says of the returns without a block; [`Undefined::TooFew`] below two
    /// blocks.
    pub fn acceleration<M>(&self, returns: &[f64], metric: M) -> Result<f64, Undefined>
    where
        M: Fn(&[f64]) -> Result<f64, Undefined> + Sync,
    {
        let rows = finite_rows(returns)?;
        require(rows.len(), 1)?;
        let length = self.block.stationary(&rows)?.round() as usize;
        let blocks = rows.len().div_ceil(length);
        require(blocks, 2)?;
        let without = (0..blocks)
            .into_par_iter()
            .map_init(
                || Vec::with_capacity(rows.len()),
                |kept, block| {
                    let (from, to) = (block * length, ((block + 1) * length).min(rows.len()));
                    kept.clear();
                    kept.extend_from_slice(&rows[..from]);
                    kept.extend_from_slice(&rows[to..]);
                    metric(kept).and_then(finite)
                },
            )
            .collect::<Result<Vec<f64>, Undefined>>()?;
        let center = finite(mean(&without))?;
        let widest = without
            .iter()
            .fold(0.0, |widest: f64, value| widest.max((center - value).abs()));
        if widest == 0.0 {
            return Ok(0.0);
        }
        let power = |k: i32| {
            Sum::of(
                without
                    .iter()
                    .map(|value| ((center - value) / widest).powi(k)),
            )
        };
        let squares = power(2);
        finite(power(3) / (6.0 * squares * squares.sqrt()))
    }
}

impl Bootstrapped {
    /// The standard error of the metric: the deviation of its values, divisor `n - 1`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two values, [`Undefined::OutOfRange`].
    pub fn standard_error(&self) -> Result<f64, Undefined> {
        require(self.values.len(), 2)?;
        let center = mean(&self.values);
        let squares = Sum::of(self.values.iter().map(|value| (value - center).powi(2)));
        finite((squares / (self.values.len() - 1) as f64).sqrt())
    }

    /// How much the metric is off on average: the mean of its values, less the estimate.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without a value, [`Undefined::OutOfRange`].
    pub fn bias(&self) -> Result<f64, Undefined> {
        require(self.values.len(), 1)?;
        finite(mean(&self.values) - self.estimate)
    }

    /// The interval between two quantiles of the values.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two values, [`Undefined::Argument`] for a confidence outside 0 to 1.
    pub fn percentile(&self, confidence: f64) -> Result<Interval, Undefined> {
        let sorted = self.sorted(confidence)?;
        let tail = 0.5 * (1.0 - confidence);
        Ok(Interval {
            lower: at(&sorted, tail),
            upper: at(&sorted, 1.0 - tail),
        })
    }

    /// The interval corrected for bias and acceleration (BCa). An acceleration of 0 corrects for bias alone.
    ///
    /// ```
    /// use highwater_metrics::inference::{BlockLength, Bootstrap, SharpeEstimate};
    /// let returns: Vec<f64> = (0..500).map(|row| 0.001 + 0.01 * f64::sin(f64::from(row * row))).collect();
    /// let sharpe = |rows: &[f64]| SharpeEstimate::of(rows, 0.0).map(|found| found.sharpe);
    /// let bootstrap = Bootstrap { replications: 2_000, block: BlockLength::Fixed(5.0), seed: 7 };
    ///
    /// let acceleration = bootstrap.acceleration(&returns, sharpe).unwrap();
    /// let interval = bootstrap.run(&returns, sharpe).unwrap().bca(0.9, acceleration).unwrap();
    /// assert!(interval.lower < 0.14 && 0.14 < interval.upper);
    /// ```
    ///
    /// # Errors
    /// As [`Bootstrapped::percentile`]; [`Undefined::Argument`] for an acceleration that is not finite, or so large
    /// that the correction has no value at this confidence.
    pub fn bca(&self, confidence: f64, acceleration: f64) -> Result<Interval, Undefined> {
        let sorted = self.sorted(confidence)?;
        Argument::Acceleration.require(acceleration.is_finite())?;
        let count = sorted.len() as f64;
        let below = sorted.partition_point(|value| *value < self.estimate);
        let up_to = sorted.partition_point(|value| *value <= self.estimate);
        // Where all values lie on one side, half a value is taken to lie on the other.
        let share = (0.5 * (below + up_to) as f64).clamp(0.5, count - 0.5) / count;
        let bias = quantile(share);
        let z = quantile(0.5 * (1.0 - confidence));
        let corrected = |z: f64| {
            let shifted = bias + z;
            let scale = 1.0 - acceleration * shifted;
            Argument::Acceleration.require(scale > 0.0)?;
            Ok(at(&sorted, cdf(bias + shifted / scale)))
        };
        Ok(Interval {
            lower: corrected(z)?,
            upper: corrected(-z)?,
        })
    }

    fn sorted(&self, confidence: f64) -> Result<Vec<f64>, Undefined> {
        Argument::Confidence.require(confidence > 0.0 && confidence < 1.0)?;
        require(self.values.len(), 2)?;
        if let Some(index) = self.values.iter().position(|value| !value.is_finite()) {
            return Err(Undefined::NonFinite { index });
        }
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(sorted)
    }
}

/// The quantile `p` of sorted values, of which there is one at least; between two of them, in a line.
fn at(sorted: &[f64], p: f64) -> f64 {
    let position = p * (sorted.len() - 1) as f64;
    let below = position as usize;
    let share = position - below as f64;
    let (below, above) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    let step = above - below;
    if step.is_finite() {
        // Never passes the value above, and never falls as `p` rises.
        (below + step * share).min(above)
    } else {
        below * (1.0 - share) + above * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::SharpeEstimate;

    fn mean_of(rows: &[f64]) -> Result<f64, Undefined> {
        Ok(mean(rows))
    }

    fn sharpe_of(rows: &[f64]) -> Result<f64, Undefined> {
        SharpeEstimate::of(rows, 0.0).map(|found| found.sharpe)
    }

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

    fn fixed(replications: usize, block: f64) -> Bootstrap {
        Bootstrap {
            replications,
            seed: 11,
            block: BlockLength::Fixed(block),
        }
    }

    #[test]
    fn the_error_of_a_mean_is_what_the_paper_derives() {
        // Politis and Romano (1994), lemma 1: n var(mean*) = R[0] + 2 sum((1 - k/n) (1 - p)^k C[k]) with circular
        // autocovariances C.
        let rows = returns(300, 0.5, 1);
        for block in [1.0_f64, 6.0, 40.0] {
            let n = rows.len();
            let center = mean(&rows);
            let circular = |lag: usize| {
                (0..n)
                    .map(|t| (rows[t] - center) * (rows[(t + lag) % n] - center))
                    .sum::<f64>()
                    / n as f64
            };
            let mut variance = circular(0);
            for lag in 1..n {
                let weight = (1.0 - lag as f64 / n as f64) * (1.0 - 1.0 / block).powi(lag as i32);
                variance += 2.0 * weight * circular(lag);
            }
            let expected = (variance / n as f64).sqrt();
            let found = fixed(40_000, block).run(&rows, mean_of).unwrap();
            let error = found.standard_error().unwrap();
            // The error of a deviation from 40,000 values: 0.35 %, times four.
            assert!(
                (error / expected - 1.0).abs() < 0.015,
                "{block}: {error} {expected}"
            );
            assert!(found.bias().unwrap().abs() < 0.02 * expected);
        }
    }

    #[test]
    fn the_same_bytes_for_any_number_of_threads() {
        let rows = returns(257, 0.2, 2);
        let bytes = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let bootstrap = fixed(1001, 7.5);
                let found = bootstrap.run(&rows, sharpe_of).unwrap();
                let acceleration = bootstrap.acceleration(&rows, sharpe_of).unwrap();
                let bits: Vec<u64> = found.values.iter().map(|value| value.to_bits()).collect();
                (bits, acceleration.to_bits())
            })
        };
        let one = bytes(1);
        for threads in [2, 3, 7, 16] {
            assert_eq!(bytes(threads), one, "{threads} threads");
        }
        let fewer = fixed(100, 7.5).run(&rows, sharpe_of).unwrap();
        let first: Vec<u64> = fewer.values.iter().map(|value| value.to_bits()).collect();
        assert_eq!(first, one.0[..100], "more replications only add some");
    }

    #[test]
    fn intervals_cover_the_truth() {
        // 150 series of 200 independent returns with a true ratio of 0.1; 90 % of 150 is 135, four standard errors
        // are 15.
        let mut covered = [0; 2];
        for seed in 0..150 {
            let rows = returns(200, 0.0, 500 + seed);
            let bootstrap = fixed(250, 1.0);
            let found = bootstrap.run(&rows, sharpe_of).unwrap();
            let acceleration = bootstrap.acceleration(&rows, sharpe_of).unwrap();
            let intervals = [
                found.percentile(0.9).unwrap(),
                found.bca(0.9, acceleration).unwrap(),
            ];
            for (count, interval) in covered.iter_mut().zip(intervals) {
                *count += usize::from((interval.lower..=interval.upper).contains(&0.1));
            }
        }
        assert!(
            covered.iter().all(|count| (120..=149).contains(count)),
            "{covered:?}"
        );
    }

    #[test]
    fn bca_written_out() {
        let found = Bootstrapped {
            estimate: 3.2,
            values: vec![5.0, 1.0, 2.0, 4.0, 3.0],
            undefined: 0,
            mean_block: 1.0,
        };
        assert_eq!(
            found.percentile(0.5),
            Ok(Interval {
                lower: 2.0,
                upper: 4.0
            })
        );
        assert_eq!(found.standard_error(), Ok(2.5_f64.sqrt()));
        assert!((found.bias().unwrap() + 0.2).abs() < 1e-15);
        let (bias, z, a) = (quantile(0.6), quantile(0.25), 0.1);
        let p = |z: f64| cdf(bias + (bias + z) / (1.0 - a * (bias + z)));
        let bca = found.bca(0.5, a).unwrap();
        assert!((bca.lower - (1.0 + 4.0 * p(z))).abs() < 1e-14);
        assert!((bca.upper - (1.0 + 4.0 * p(-z))).abs() < 1e-14);
        // The estimate at the median, no acceleration: nothing to correct.
        let found = Bootstrapped {
            estimate: 3.0,
            ..found
        };
        let (plain, bca) = (found.percentile(0.8).unwrap(), found.bca(0.8, 0.0).unwrap());
        assert!((plain.lower - bca.lower).abs() < 1e-14 && (plain.upper - bca.upper).abs() < 1e-14);
    }

    #[test]
    fn the_jackknife_leaves_out_block_after_block() {
        // Seven rows in blocks of two: what is left has the means 11/5, 9/5, 2 and 1, whose mean is 7/4.
        let rows = [0.0, 1.0, 1.0, 2.0, 0.0, 2.0, 6.0];
        let d: Vec<f64> = [11.0 / 5.0, 9.0 / 5.0, 2.0, 1.0]
            .iter()
            .map(|without| 1.75 - without)
            .collect();
        let power = |k: i32| d.iter().map(|d| d.powi(k)).sum::<f64>();
        let expected = power(3) / (6.0 * power(2).powf(1.5));
        let found = fixed(9, 2.0).acceleration(&rows, mean_of).unwrap();
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        // In any unit, though third powers of the values would leave the range of a double.
        for unit in [2.0_f64.powi(-600), 2.0_f64.powi(600)] {
            let rows = rows.map(|row| row * unit);
            assert_eq!(fixed(9, 2.0).acceleration(&rows, mean_of), Ok(found));
        }
    }

    #[test]
    fn undefined_values_are_counted() {
        // Without the one row that differs, the resampled series is flat: (1 - 1/6)^6 = 0.335 of them.
        let rows = [0.1, 0.1, 0.1, 0.1, 0.1, 0.3];
        let found = fixed(2000, 1.0).run(&rows, sharpe_of).unwrap();
        assert_eq!(found.values.len() + found.undefined, 2000);
        assert!((found.undefined as f64 / 2000.0 - 0.335).abs() < 0.045);
        // A metric that gives NaN has no value. The resampled series is the original one with probability 1/6 (5/6)^5.
        let found = fixed(2000, 1.0).run(&rows, |resampled| {
            Ok(if resampled == rows { 1.0 } else { f64::NAN })
        });
        let found = found.unwrap();
        assert!((found.values.len() as f64 / 2000.0 - 0.067).abs() < 0.023);
        let none = Bootstrapped {
            values: Vec::new(),
            ..found
        };
        let few = Err(Undefined::TooFew { need: 2, have: 0 });
        assert_eq!(none.percentile(0.9), few);
    }

    #[test]
    fn outside_the_domain() {
        let outside = |argument| Err(Undefined::Argument { argument });
        let rows = returns(50, 0.0, 1);
        assert_eq!(
            fixed(0, 1.0).run(&rows, mean_of),
            outside(Argument::Replications)
        );
        assert_eq!(
            fixed(9, 51.0).run(&rows, mean_of),
            outside(Argument::BlockLength)
        );
        assert_eq!(
            fixed(9, 1.0).run(&[f64::NAN], mean_of),
            Err(Undefined::TooFew { need: 1, have: 0 })
        );
        assert_eq!(
            fixed(9, 1.0).run(&[f64::INFINITY], mean_of),
            Err(Undefined::NonFinite { index: 0 })
        );
        let found = fixed(9, 1.0).run(&rows, mean_of).unwrap();
        assert_eq!(
            found.percentile(1.0),
            Err(Undefined::Argument {
                argument: Argument::Confidence
            })
        );
        assert!(found.bca(0.9, f64::NAN).is_err());
        assert!(found.bca(0.9, 1e9).is_err());
        assert_eq!(
            fixed(9, 50.0).acceleration(&rows, mean_of),
            Err(Undefined::TooFew { need: 2, have: 1 })
        );
        assert_eq!(fixed(9, 1.0).acceleration(&rows, |_| Ok(1.0)), Ok(0.0));
    }
}
