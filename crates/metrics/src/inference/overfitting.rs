//! Probability of backtest overfitting: how often does the strategy that was best on one half of history turn out
//! below the median on the other half?
//!
//! Combinatorially symmetric cross-validation (CSCV): the rows are cut into `blocks` blocks, and each choice of half
//! of them is in-sample once, the rest out-of-sample. The strategy that is best in-sample has a rank among the `N`
//! strategies out-of-sample:
//! ```text
//! logit       = ln(rank / (N + 1 - rank))       rank 1 is the worst; ties share their mean rank
//! probability = share of splits with logit <= 0
//! loss        = share of splits whose chosen strategy falls short of 0 out-of-sample
//! degradation : out-of-sample = intercept + slope in-sample, by least squares over the splits
//! ```
//! A choice among strategies without skill has a probability near one half; one strategy that is truly better than
//! all others, near 0. Rows that do not divide by the blocks make some blocks a row longer than others.
//!
//! Source: Bailey, Borwein, Lopez de Prado and Zhu, "The Probability of Backtest Overfitting", Journal of
//! Computational Finance 20(4) (2017), pp. 39-69.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Argument,
    rows::{joint_rows, require},
    sum::mean,
};
use crate::{Merge, Moments, Undefined, undefined::finite};

/// The most blocks: 184,756 splits.
const MOST_BLOCKS: usize = 20;

/// What became of the strategy that was best in one half of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The strategy chosen in-sample (0-based). Of equals, the first.
    pub chosen: usize,
    /// Its performance in-sample: the highest.
    pub in_sample: f64,
    /// Its performance out-of-sample.
    pub out_of_sample: f64,
    /// The logit of its rank out-of-sample: 0 at the median, negative below.
    pub logit: f64,
}

/// The line from performance in-sample to performance out-of-sample of the strategy chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Degradation {
    /// What a unit of performance in-sample is worth out-of-sample. Negative: the better it looked, the worse it did.
    pub slope: f64,
    /// The performance out-of-sample where none was seen in-sample.
    pub intercept: f64,
    /// The share of the variance out-of-sample that the line explains.
    pub r_squared: f64,
}

/// What cross-validation says of choosing the best of many strategies.
#[derive(Clone, Debug, PartialEq)]
pub struct Overfitting {
    splits: Vec<Split>,
    undefined: usize,
    skipped: usize,
}

impl Overfitting {
    /// The probability of backtest overfitting (PBO).
    pub fn probability(&self) -> f64 {
        self.share(|split| split.logit <= 0.0)
    }

    /// The probability that the strategy chosen performs below 0 out-of-sample.
    pub fn probability_of_loss(&self) -> f64 {
        self.share(|split| split.out_of_sample < 0.0)
    }

    /// How performance out-of-sample depends on performance in-sample.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] if all splits have the same performance in-sample; [`Undefined::OutOfRange`].
    pub fn degradation(&self) -> Result<Degradation, Undefined> {
        let seen: Vec<f64> = self.splits.iter().map(|split| split.in_sample).collect();
        let came: Vec<f64> = self
            .splits
            .iter()
            .map(|split| split.out_of_sample)
            .collect();
        let (mean_seen, mean_came) = (finite(mean(&seen))?, finite(mean(&came))?);
        let (mut squares, mut products, mut came_squares) = (0.0, 0.0, 0.0);
        for (seen, came) in seen.iter().zip(&came) {
            let (x, y) = (seen - mean_seen, came - mean_came);
            squares += x * x;
            products += x * y;
            came_squares += y * y;
        }
        if squares == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        let slope = finite(products / squares)?;
        Ok(Degradation {
            slope,
            intercept: finite(mean_came - slope * mean_seen)?,
            // A level line explains all of no variance.
            r_squared: if came_squares == 0.0 {
                1.0
            } else {
                finite((products / squares) * (products / came_squares))?.min(1.0)
            },
        })
    }

    /// Every split in which the choice has a value on both sides.
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }

    /// How many splits had no strategy with a performance in-sample, or the one chosen had none out-of-sample.
    pub const fn undefined(&self) -> usize {
        self.undefined
    }

    /// How many rows were left out because a strategy missed them.
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    fn share(&self, of: impl Fn(&Split) -> bool) -> f64 {
        let count = self.splits.iter().filter(|split| of(split)).count();
        count as f64 / self.splits.len() as f64
    }
}

/// Cross-validates the choice of the best strategy by any metric. One series of returns a strategy, rows in step;
/// higher is better.
///
/// The metric is taken of the rows of half of the blocks, in their order: twice for each strategy and pair of splits,
/// so `strategies x splits` times. For the Sharpe ratio, [`overfitting_sharpe`] gives the same at a fraction of the
/// cost.
///
/// ```
/// use highwater_metrics::inference::overfitting;
/// // The second strategy is the better one in every row.
/// let poor: Vec<f64> = (0..40).map(|row| 0.01 * f64::sin(f64::from(row))).collect();
/// let good: Vec<f64> = poor.iter().map(|row| row + 0.02).collect();
/// let mean = |rows: &[f64]| Ok(rows.iter().sum::<f64>() / rows.len() as f64);
/// let found = overfitting(&[poor, good], 8, mean).unwrap();
/// assert_eq!(found.probability(), 0.0);
/// assert_eq!(found.splits().len(), 70);
/// ```
///
/// # Errors
/// [`Undefined::Argument`] unless the number of blocks is even, from 2 to 20; [`Undefined::TooFew`] below two
/// strategies, or a row a block; [`Undefined::UnequalLengths`], [`Undefined::NonFinite`]; what the metric says if no
/// split has a value.
pub fn overfitting<S, M>(
    strategies: &[S],
    blocks: usize,
    metric: M,
) -> Result<Overfitting, Undefined>
where
    S: AsRef<[f64]>,
    M: Fn(&[f64]) -> Result<f64, Undefined> + Sync,
{
    let (rows, skipped) = checked(strategies, blocks)?;
    let bounds = bounds(rows[0].len(), blocks);
    cross_validate(rows.len(), blocks, skipped, |strategy, half| {
        let chosen: Vec<f64> = (0..blocks)
            .filter(|block| half & (1 << block) != 0)
            .flat_map(|block| &rows[strategy][bounds[block]..bounds[block + 1]])
            .copied()
            .collect();
        metric(&chosen)
    })
}

/// Cross-validates the choice of the strategy with the highest Sharpe ratio per period; see [`overfitting`].
///
/// ```
/// use highwater_metrics::inference::overfitting_sharpe;
/// let strategies: Vec<Vec<f64>> = (0..5)
///     .map(|strategy| (0..64).map(|row| f64::sin(f64::from(row * row + 7 * strategy))).collect())
///     .collect();
/// let found = overfitting_sharpe(&strategies, 8, 0.0).unwrap();
/// assert!((0.0..=1.0).contains(&found.probability()));
/// ```
///
/// # Errors
/// As [`overfitting`]; [`Undefined::Argument`] for a risk-free return that is not finite.
pub fn overfitting_sharpe<S: AsRef<[f64]>>(
    strategies: &[S],
    blocks: usize,
    risk_free: f64,
) -> Result<Overfitting, Undefined> {
    Argument::RiskFree.require(risk_free.is_finite())?;
    let (rows, skipped) = checked(strategies, blocks)?;
    let bounds = bounds(rows[0].len(), blocks);
    let moments: Vec<Vec<Moments>> = rows
        .par_iter()
        .map(|rows| {
            let of = |ends: &[usize]| {
                let mut moments = Moments::default();
                rows[ends[0]..ends[1]]
                    .iter()
                    .for_each(|&row| moments.push(row));
                moments
            };
            bounds.windows(2).map(of).collect()
        })
        .collect();
    cross_validate(rows.len(), blocks, skipped, |strategy, half| {
        let mut joined = Moments::default();
        for (block, &moments) in moments[strategy].iter().enumerate() {
            if half & (1 << block) != 0 {
                joined = joined.then(moments);
            }
        }
        let deviation = joined.deviation(1)?;
        if deviation == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        finite(joined.mean_above(risk_free)? / deviation)
    })
}

fn checked<S: AsRef<[f64]>>(
    strategies: &[S],
    blocks: usize,
) -> Result<(Vec<Vec<f64>>, usize), Undefined> {
    Argument::Splits.require(blocks >= 2 && blocks.is_multiple_of(2) && blocks <= MOST_BLOCKS)?;
    require(strategies.len(), 2)?;
    let (rows, skipped) = joint_rows(strategies)?;
    require(rows[0].len(), blocks)?;
    Ok((rows, skipped))
}

/// Where each block begins, and the end.
fn bounds(rows: usize, blocks: usize) -> Vec<usize> {
    (0..=blocks).map(|block| block * rows / blocks).collect()
}

/// `performance(strategy, half)`: bit `b` of `half` says that block `b` is in it.
fn cross_validate(
    strategies: usize,
    blocks: usize,
    skipped: usize,
    performance: impl Fn(usize, u32) -> Result<f64, Undefined> + Sync,
) -> Result<Overfitting, Undefined> {
    let all = (1_u32 << blocks) - 1;
    let half = blocks as u32 / 2;
    // Of a half and its complement, the one with the first block: each is in-sample once, so each is measured once.
    let halves: Vec<u32> = (0..=all)
        .filter(|mask| mask.count_ones() == half && mask & 1 == 1)
        .collect();
    let of = |mask: u32| -> Vec<Result<f64, Undefined>> {
        let finite = |strategy| performance(strategy, mask).and_then(finite);
        (0..strategies).map(finite).collect()
    };
    let pairs: Vec<[Result<Split, Undefined>; 2]> = halves
        .par_iter()
        .map(|&mask| {
            let (first, second) = (of(mask), of(all ^ mask));
            [split(&first, &second), split(&second, &first)]
        })
        .collect();
    let combinations = 2 * pairs.len();
    let (mut splits, mut reason) = (Vec::with_capacity(combinations), None);
    for split in pairs.into_iter().flatten() {
        match split {
            Ok(split) => splits.push(split),
            Err(why) => reason = reason.or(Some(why)),
        }
    }
    match reason {
        Some(why) if splits.is_empty() => Err(why),
        _ => Ok(Overfitting {
            undefined: combinations - splits.len(),
            splits,
            skipped,
        }),
    }
}

/// The best of one half, and its rank in the other. Strategies without a value in a half do not count in it.
fn split(
    in_sample: &[Result<f64, Undefined>],
    out_of_sample: &[Result<f64, Undefined>],
) -> Result<Split, Undefined> {
    let mut best: Option<(usize, f64)> = None;
    let mut reason = Undefined::TooFew { need: 1, have: 0 };
    for (strategy, &performance) in in_sample.iter().enumerate() {
        match performance {
            Ok(value) if best.is_none_or(|(_, highest)| value > highest) => {
                best = Some((strategy, value));
            }
            Ok(_) => {}
            Err(why) => reason = why,
        }
    }
    let (chosen, highest) = best.ok_or(reason)?;
    let came = out_of_sample[chosen]?;
    let (mut below, mut equal, mut counted) = (0.0, 0.0, 0.0);
    for &value in out_of_sample.iter().flatten() {
        counted += 1.0;
        below += f64::from(u8::from(value < came));
        equal += f64::from(u8::from(value == came));
    }
    let rank = below + 0.5 * (equal + 1.0);
    Ok(Split {
        chosen,
        in_sample: highest,
        out_of_sample: came,
        logit: libm::log(rank / (counted + 1.0 - rank)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{SharpeEstimate, random::Xoshiro256};

    fn noise(strategies: usize, rows: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut draws = Xoshiro256::replication(seed, 0);
        (0..strategies)
            .map(|_| (0..rows).map(|_| draws.normal()).collect())
            .collect()
    }

    fn sharpe(rows: &[f64]) -> Result<f64, Undefined> {
        SharpeEstimate::of(rows, 0.0).map(|found| found.sharpe)
    }

    #[test]
    fn of_noise_one_half() {
        let mean = (0..40)
            .map(|seed| {
                let found = overfitting_sharpe(&noise(20, 160, seed), 8, 0.0).unwrap();
                assert_eq!(found.splits().len(), 70);
                found.probability()
            })
            .sum::<f64>()
            / 40.0;
        // A single history spreads by about 0.2 around one half; 40 of them by 0.03.
        assert!((mean - 0.5).abs() < 0.12, "{mean}");
    }

    #[test]
    fn of_one_truly_better_strategy_near_nothing() {
        let mut strategies = noise(20, 400, 1);
        strategies[13].iter_mut().for_each(|row| *row += 0.5);
        let found = overfitting_sharpe(&strategies, 10, 0.0).unwrap();
        assert_eq!(found.splits().len(), 252);
        assert!(found.probability() < 0.02, "{}", found.probability());
        assert!(found.probability_of_loss() < 0.01);
        assert!(found.splits().iter().all(|split| split.chosen == 13));
    }

    #[test]
    fn compensating_halves_make_it_one() {
        // Each strategy earns in its own half of history and loses as much in the other: the published extreme, in
        // which the best in-sample is the worst out-of-sample.
        let strategies: Vec<Vec<f64>> = (0..2)
            .map(|strategy| {
                (0..40)
                    .map(|row| {
                        if (row < 20) == (strategy == 0) {
                            1.0
                        } else {
                            -1.0
                        }
                    })
                    .map(|sign: f64| sign * 0.01)
                    .collect()
            })
            .collect();
        let found = overfitting(&strategies, 2, |rows| Ok(mean(rows))).unwrap();
        assert_eq!(found.probability(), 1.0);
        assert_eq!(found.probability_of_loss(), 1.0);
        // Ranks 1 of 2: ln(1/2).
        assert!(
            found
                .splits()
                .iter()
                .all(|split| split.logit == libm::log(0.5))
        );
        assert_eq!(found.degradation(), Err(Undefined::ZeroVariance));
    }

    #[test]
    fn equals_the_plain_loops() {
        // 4 blocks: the six halves written out.
        let strategies = noise(5, 22, 3);
        let found = overfitting(&strategies, 4, sharpe).unwrap();
        let cuts = [0, 5, 11, 16, 22];
        let halves = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
        let part = |rows: &[f64], half: [usize; 2]| -> Vec<f64> {
            let [a, b] = half.map(|block| &rows[cuts[block]..cuts[block + 1]]);
            [a, b].concat()
        };
        let mut logits = Vec::new();
        for half in halves {
            let rest: Vec<usize> = (0..4).filter(|block| !half.contains(block)).collect();
            let rest = [rest[0], rest[1]];
            let seen: Vec<f64> = strategies
                .iter()
                .map(|s| sharpe(&part(s, half)).unwrap())
                .collect();
            let came: Vec<f64> = strategies
                .iter()
                .map(|s| sharpe(&part(s, rest)).unwrap())
                .collect();
            let best = (0..5).max_by(|&a, &b| seen[a].total_cmp(&seen[b])).unwrap();
            let rank = came.iter().filter(|value| **value <= came[best]).count() as f64;
            logits.push((rank / (6.0 - rank)).ln());
        }
        let mut ours: Vec<f64> = found.splits().iter().map(|split| split.logit).collect();
        ours.sort_by(f64::total_cmp);
        logits.sort_by(f64::total_cmp);
        assert_eq!(ours.len(), 6);
        assert!(ours.iter().zip(&logits).all(|(a, b)| (a - b).abs() < 1e-14));
        let below = logits.iter().filter(|logit| **logit <= 0.0).count();
        assert_eq!(found.probability(), below as f64 / 6.0);
    }

    #[test]
    fn sharpe_from_moments_is_sharpe_of_the_rows() {
        let mut strategies = noise(7, 123, 4);
        strategies[2][50] = f64::NAN;
        let plain = overfitting(&strategies, 6, sharpe).unwrap();
        let joined = overfitting_sharpe(&strategies, 6, 0.0).unwrap();
        assert_eq!(joined.skipped(), 1);
        for (a, b) in plain.splits().iter().zip(joined.splits()) {
            assert_eq!((a.chosen, a.logit), (b.chosen, b.logit));
            assert!((a.in_sample - b.in_sample).abs() < 1e-12);
            assert!((a.out_of_sample - b.out_of_sample).abs() < 1e-12);
        }
        let (a, b) = (plain.degradation().unwrap(), joined.degradation().unwrap());
        assert!((a.slope - b.slope).abs() < 1e-10 && (a.r_squared - b.r_squared).abs() < 1e-10);
    }

    #[test]
    fn the_line_of_degradation() {
        let of = |in_sample, out_of_sample| Split {
            chosen: 0,
            in_sample,
            out_of_sample,
            logit: 0.0,
        };
        let found = Overfitting {
            splits: vec![of(1.0, 3.0), of(2.0, 1.0), of(3.0, -1.0)],
            undefined: 0,
            skipped: 0,
        };
        assert_eq!(
            found.degradation(),
            Ok(Degradation {
                slope: -2.0,
                intercept: 5.0,
                r_squared: 1.0
            })
        );
        assert_eq!(found.probability_of_loss(), 1.0 / 3.0);
        let found = Overfitting {
            splits: vec![of(1.0, 1.0), of(2.0, 3.0), of(3.0, 2.0)],
            ..found
        };
        assert_eq!(
            found.degradation(),
            Ok(Degradation {
                slope: 0.5,
                intercept: 1.0,
                r_squared: 0.25
            })
        );
    }

    #[test]
    fn scale_and_order_change_nothing() {
        let strategies = noise(6, 60, 5);
        let found = overfitting_sharpe(&strategies, 6, 0.0).unwrap();
        let scaled: Vec<Vec<f64>> = strategies
            .iter()
            .map(|rows| rows.iter().map(|row| row * 0.25).collect())
            .collect();
        assert_eq!(overfitting_sharpe(&scaled, 6, 0.0), Ok(found.clone()));
        let turned: Vec<&Vec<f64>> = strategies.iter().rev().collect();
        let turned = overfitting_sharpe(&turned, 6, 0.0).unwrap();
        assert_eq!(found.probability(), turned.probability());
        assert_eq!(found.degradation(), turned.degradation());
    }

    #[test]
    fn flat_strategies_do_not_count() {
        let mut strategies = noise(4, 40, 6);
        let without = overfitting_sharpe(&strategies, 4, 0.0).unwrap();
        strategies.push(vec![0.01; 40]);
        let with = overfitting_sharpe(&strategies, 4, 0.0).unwrap();
        assert_eq!(with, without);
        let flat = overfitting_sharpe(&[vec![0.1; 40], vec![0.2; 40]], 4, 0.0);
        assert_eq!(flat, Err(Undefined::ZeroVariance));
    }

    #[test]
    fn outside_the_domain() {
        let strategies = noise(3, 30, 7);
        let outside = Err(Undefined::Argument {
            argument: Argument::Splits,
        });
        for blocks in [0, 1, 3, 22, usize::MAX] {
            assert_eq!(overfitting_sharpe(&strategies, blocks, 0.0), outside);
        }
        let few = |need, have| Err(Undefined::TooFew { need, have });
        assert_eq!(overfitting_sharpe(&strategies[..1], 4, 0.0), few(2, 1));
        assert_eq!(
            overfitting_sharpe(&noise(3, 5, 1), 6, 0.0),
            few(6, 5),
            "a row a block"
        );
        assert_eq!(overfitting_sharpe::<Vec<f64>>(&[], 4, 0.0), few(2, 0));
    }
}
