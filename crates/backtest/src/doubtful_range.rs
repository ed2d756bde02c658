//! What a result would be if nobody knew the inside of a doubtful bar: a range over random resolutions.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Plan, ReplayError, Replayer, doubt::mix};

/// How many replays to draw, and from which seed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeDraw {
    /// Replays.
    pub replays: NonZeroUsize,
    /// Seed: the same gives the same range.
    pub seed: u64,
}

/// Results of complete replays in which a fair coin decided every doubtful bar: where nine in ten of them lie. It is a
/// range over what was not known of these bars, not over what the market may do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DoubtfulRange {
    /// Replays.
    pub replays: NonZeroUsize,
    /// Seed.
    pub seed: u64,
    /// Returns that differ among those of the replays, by more than rounding: with few of them quantiles say little.
    pub outcomes: usize,
    /// Profit over initial cash.
    pub total_return: Quantiles,
    /// Trades, those standing at the end included.
    pub trades: Quantiles,
}

/// Quantiles of a sample, linear between its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// Below it lie 5 %.
    pub p5: f64,
    /// The median.
    pub p50: f64,
    /// Below it lie 95 %.
    pub p95: f64,
    /// The least.
    pub lowest: f64,
    /// The greatest.
    pub highest: f64,
}

/// Fewer outcomes than this are told one by one sooner than by quantiles.
const ENOUGH: usize = 5;

/// Returns this near, over what the cash became, differ by rounding alone: the same coins in another order.
const ALIKE: f64 = 1e-9;

impl DoubtfulRange {
    /// Whether the outcomes are so few that the least and the greatest say more than quantiles, which would promise that
    /// something lies beyond them.
    pub fn is_of_few_outcomes(&self) -> bool {
        let told = &self.total_return;
        self.outcomes < ENOUGH || (told.p5 <= told.lowest && told.p95 >= told.highest)
    }
}

/// The range of an outcome over random resolutions of its doubtful bars. Without doubt it is the outcome, without a
/// further replay.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn doubtful_range(
    replayer: &Replayer<'_>,
    plan: &Plan,
    outcome: &Outcome,
    draw: RangeDraw,
) -> Result<DoubtfulRange, ReplayError> {
    let (mut returns, mut trades) = if outcome.scenarios.chosen.doubtful_trades == 0 {
        let chosen = &outcome.scenarios.chosen;
        (vec![chosen.total_return], vec![chosen.trades as f64])
    } else {
        let seeds: Vec<u64> = (0..draw.replays.get() as u64)
            .map(|replay| mix(mix(draw.seed) ^ replay))
            .collect();
        let initial = outcome.initial_cash;
        replayer
            .run_seeded(plan, &seeds)?
            .into_iter()
            .map(|ending| {
                let total_return = (ending.final_equity - initial) / initial;
                (total_return, ending.trades as f64)
            })
            .unzip()
    };
    let total_return = Quantiles::of(&mut returns);
    returns.dedup_by(|one, before| *one - *before <= ALIKE * (1.0 + before.abs()));
    Ok(DoubtfulRange {
        replays: draw.replays,
        seed: draw.seed,
        outcomes: returns.len(),
        total_return,
        trades: Quantiles::of(&mut trades),
    })
}

impl Quantiles {
    /// Of a sample that is not empty; leaves it sorted.
    fn of(sample: &mut [f64]) -> Self {
        sample.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (sample.len() - 1) as f64;
            let (below, part) = (place as usize, place.fract());
            let above = (below + 1).min(sample.len() - 1);
            sample[below] + part * (sample[above] - sample[below])
        };
        Self {
            p5: at(0.05),
            p50: at(0.5),
            p95: at(0.95),
            lowest: sample[0],
            highest: sample[sample.len() - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        let told = |sample: &[f64]| {
            let found = Quantiles::of(&mut sample.to_vec());
            (found.p5, found.p50, found.p95)
        };
        assert_eq!(told(&[4.0]), (4.0, 4.0, 4.0));
        let tens: Vec<f64> = (0..=20).rev().map(|n| 10.0 * f64::from(n)).collect();
        assert_eq!(told(&tens), (10.0, 100.0, 190.0));
        assert_eq!(told(&[1.0, 3.0]).1, 2.0);
        let ends = Quantiles::of(&mut [3.0, 1.0, 2.0]);
        assert_eq!((ends.lowest, ends.highest), (1.0, 3.0));
    }
}
