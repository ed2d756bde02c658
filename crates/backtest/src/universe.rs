//! Who is a member of a universe that changes, as of a moment.

use std::collections::BTreeSet;

use highwater_market::Timestamp;
use rayon::prelude::*;

use crate::{
    Plan,
    asset::Tradable,
    gate::Measure,
    plan::{GateMetric, Leave, Past, RankBy, RankOrder, Ranking, Universe},
};

/// Who is a member when.
#[derive(Clone, Debug)]
pub(crate) enum Membership {
    /// Every asset, always.
    Everyone,
    /// Those of which the latest answer says so, under this name.
    Listed(String),
    /// Those that ranked high enough at the latest rebalance.
    Ranked {
        rebalances: Rebalances,
        /// Per asset the rebalances at which it was a member, ascending; of those alone that are asked for.
        members: Vec<Vec<Timestamp>>,
    },
}

/// Instants at equal distances.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rebalances {
    anchor: Timestamp,
    every: i64,
}

impl Rebalances {
    pub(crate) fn of(plan: &Plan, every: Past) -> Self {
        Self {
            // Not the first bar: which one that is, later rows may change.
            anchor: plan
                .period
                .from
                .map_or(Timestamp::from_micros(0), |from| from.day()),
            every: every.micros(plan.timeframe).max(1),
        }
    }

    /// The latest one at or before an instant.
    pub(crate) fn before(self, instant: Timestamp) -> Timestamp {
        let since = instant.micros().saturating_sub(self.anchor.micros());
        instant.plus_micros(-since.rem_euclid(self.every))
    }
}

impl Membership {
    pub(crate) fn new(plan: &Plan, measure: &Measure, assets: &[Tradable<'_>]) -> Self {
        match (&plan.universe, plan.universe.membership()) {
            (_, Some(name)) => Self::Listed(name),
            (Universe::Top(ranking), None) => Self::ranked(plan, *ranking, measure, assets),
            _ => Self::Everyone,
        }
    }

    fn ranked(plan: &Plan, ranking: Ranking, measure: &Measure, assets: &[Tradable<'_>]) -> Self {
        let rebalances = Rebalances::of(plan, ranking.every);
        let events = assets
            .iter()
            .flat_map(|tradable| tradable.asset.signals)
            .filter(|row| row.value.direction().is_some() && plan.period.contains(row.known_from));
        let mut asked: BTreeSet<Timestamp> = events
            .map(|row| rebalances.before(row.known_from))
            .collect();
        if plan.rebalance.is_some() || ranking.leave == Leave::Exit {
            // Weights are set, and positions end, at opens, whatever the signals.
            let opens = assets
                .iter()
                .flat_map(|tradable| &tradable.opens()[tradable.first..]);
            asked.extend(opens.map(|&open| rebalances.before(open)));
        }
        let asked = Vec::from_iter(asked);
        let ranked: Vec<Vec<usize>> = asked
            .par_iter()
            .map(|&at| best(plan, ranking, measure, assets, at))
            .collect();
        let mut members = vec![Vec::new(); assets.len()];
        for (&at, best) in asked.iter().zip(&ranked) {
            for &index in best {
                members[index].push(at);
            }
        }
        Self::Ranked {
            rebalances,
            members,
        }
    }

    /// Whether the asset at a place is a member at an instant.
    pub(crate) fn holds(&self, index: usize, tradable: &Tradable<'_>, at: Timestamp) -> bool {
        match self {
            Self::Everyone => true,
            Self::Listed(name) => tradable.asset.facts.latest(name, at) == Some(1.0),
            Self::Ranked {
                rebalances,
                members,
            } => members[index].binary_search(&rebalances.before(at)).is_ok(),
        }
    }
}

/// The places of the assets that rank best at an instant; of equals the first in the order of the assets.
fn best(
    plan: &Plan,
    ranking: Ranking,
    measure: &Measure,
    assets: &[Tradable<'_>],
    at: Timestamp,
) -> Vec<usize> {
    let begins = at.plus_micros(-ranking.window.micros(plan.timeframe));
    let mut ranked: Vec<(f64, usize)> = assets
        .iter()
        .enumerate()
        .filter_map(|(index, tradable)| {
            let score = score(ranking.by, measure, tradable, begins, at)?;
            (!score.is_nan()).then_some((score, index))
        })
        .collect();
    match ranking.order {
        RankOrder::Highest => ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a)),
        RankOrder::Lowest => ranked.sort_by(|(a, _), (b, _)| a.total_cmp(b)),
    }
    ranked
        .into_iter()
        .take(ranking.top)
        .map(|(_, index)| index)
        .collect()
}

/// What an asset is ranked by, from the bars that closed after `begins` and by `at`; `None` if there is no such bar, or
/// nothing can be said.
fn score(
    by: RankBy,
    measure: &Measure,
    tradable: &Tradable<'_>,
    begins: Timestamp,
    at: Timestamp,
) -> Option<f64> {
    let bars = tradable.asset.bars;
    let (first, end) = (bars.complete_at(begins), bars.complete_at(at));
    if first >= end {
        return None;
    }
    match by {
        RankBy::Volume => {
            let traded = bars.close()[first..end]
                .iter()
                .zip(&bars.volume()[first..end])
                .map(|(close, volume)| close * volume)
                .filter(|value| !value.is_nan());
            let (count, sum) =
                traded.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
            (count > 0).then_some(sum)
        }
        RankBy::Metric(GateMetric::Return) => {
            // From end to end, since compounding bar by bar would round equal returns apart, and ties go by symbol.
            let base = first.saturating_sub(1);
            (base < end - 1).then(|| bars.close()[end - 1] / bars.close()[base] - 1.0)
        }
        RankBy::Metric(metric) => measure.metric(metric, bars, first.saturating_sub(1), end - 1),
        RankBy::Fact(fact) => tradable.asset.facts.latest(&fact.to_string(), at),
    }
}
