//! The chosen run, and the two scenarios beside it.

use highwater_market::Timeframe;
use rayon::prelude::*;
use serde::Serialize;

use crate::{
    Asset, Counts, EquityPoint, Plan, ReplayError, Trade, asset::Prepared, doubt::Resolution,
    engine::Indexed, oracle::Replay, plan::Doubtful,
};

/// What a plan did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Trades of the chosen run, by entry time, then symbol.
    pub trades: Vec<Trade>,
    /// One point per open instant of the chosen run.
    pub equity: Vec<EquityPoint>,
    /// What became of every signal row in the chosen run.
    pub counts: Counts,
    /// The chosen run between its worse and its better sibling.
    pub scenarios: Scenarios,
    /// Equity of the scenarios that were replayed beside the chosen run.
    pub curves: Curves,
    /// Timeframe of the bars.
    pub timeframe: Timeframe,
    /// Cash before the first bar.
    pub initial_cash: f64,
    /// Symbols that were replayed, in order.
    pub symbols: Vec<String>,
}

/// Three complete replays that differ in what doubtful bars did. They are scenarios, not bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scenarios {
    /// Every doubtful bar went to the stop.
    pub pessimistic: Scenario,
    /// Doubtful bars as the plan's policy says.
    pub chosen: Scenario,
    /// Every doubtful bar went to the target.
    pub optimistic: Scenario,
}

/// Equity of the two scenarios: one point per open instant. Empty where the scenario is the chosen run: without doubt, or
/// since the plan's own policy is that of the scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// Every doubtful bar went to the stop.
    pub pessimistic: Vec<EquityPoint>,
    /// Every doubtful bar went to the target.
    pub optimistic: Vec<EquityPoint>,
}

/// One complete replay in short.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scenario {
    /// The policy for doubtful bars.
    pub doubtful: Doubtful,
    /// Equity after the last bar.
    pub final_equity: f64,
    /// Final equity minus initial cash.
    pub pnl: f64,
    /// Profit over initial cash.
    pub total_return: f64,
    /// Trades, those standing at the end included.
    pub trades: usize,
    /// Trades whose exit a policy decided.
    pub doubtful_trades: usize,
    /// Profit of those trades: what they gained minus what they lost.
    pub doubtful_pnl: f64,
    /// Sum of the absolute profits of those trades: what they gained plus what they lost.
    pub doubtful_absolute_pnl: f64,
    /// Sum of the absolute profits of all trades.
    pub absolute_pnl: f64,
    /// `doubtful_absolute_pnl` over `absolute_pnl`; `None` if the latter is 0.
    pub doubtful_share: Option<f64>,
}

/// Replay a plan: the chosen run, a pessimistic and an optimistic scenario.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn run(plan: &Plan, assets: &[Asset<'_>]) -> Result<Outcome, ReplayError> {
    let indexed = Indexed::new(plan, Prepared::new(plan, assets)?);
    let initial = plan.cash.initial;
    let policy = plan.exit.doubtful;
    let chosen = indexed.replay(plan, policy.into());
    // Without a doubtful exit no policy was asked, and every scenario is the same replay.
    let doubt = chosen.trades.iter().any(|trade| trade.doubtful);
    let told = |other: Doubtful, replay: &Replay| {
        let end = replay.equity.last().map_or(initial, |point| point.equity);
        Scenario::of(other, initial, &replay.trades, end)
    };
    let scenario = |other: Doubtful| {
        if doubt && other != policy {
            let replay = indexed.replay(plan, other.into());
            (told(other, &replay), replay.equity)
        } else {
            (told(other, &chosen), Vec::new())
        }
    };
    let ((pessimistic, worse), (optimistic, better)) = rayon::join(
        || scenario(Doubtful::StopFirst),
        || scenario(Doubtful::TargetFirst),
    );
    let scenarios = Scenarios {
        pessimistic,
        chosen: told(policy, &chosen),
        optimistic,
    };
    let mut symbols: Vec<String> = assets
        .iter()
        .map(|asset| asset.token.symbol.clone())
        .collect();
    symbols.sort();
    Ok(Outcome {
        trades: chosen.trades,
        equity: chosen.equity,
        counts: chosen.counts,
        scenarios,
        curves: Curves {
            pessimistic: worse,
            optimistic: better,
        },
        timeframe: plan.timeframe,
        initial_cash: initial,
        symbols,
    })
}

/// How a replay ended whose doubtful bars a seeded coin decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// Equity after the last bar.
    pub final_equity: f64,
    /// Trades, those standing at the end included.
    pub trades: usize,
}

/// One complete replay per seed, each doubtful bar decided by a fair coin.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn run_seeded(
    plan: &Plan,
    assets: &[Asset<'_>],
    seeds: &[u64],
) -> Result<Vec<Ending>, ReplayError> {
    let indexed = Indexed::new(plan, Prepared::new(plan, assets)?);
    Ok(seeds
        .par_iter()
        .map(|&seed| {
            let (trades, final_equity) = indexed.replay_to_the_end(plan, Resolution::Seeded(seed));
            Ending {
                final_equity,
                trades: trades.len(),
            }
        })
        .collect())
}

impl Scenario {
    fn of(doubtful: Doubtful, initial: f64, trades: &[Trade], final_equity: f64) -> Self {
        let pnl = final_equity - initial;
        let mut doubtful_trades = 0;
        let (mut doubtful_pnl, mut doubtful_absolute_pnl, mut absolute_pnl) = (0.0, 0.0, 0.0);
        for trade in trades {
            absolute_pnl += trade.pnl.abs();
            if trade.doubtful {
                doubtful_trades += 1;
                doubtful_pnl += trade.pnl;
                doubtful_absolute_pnl += trade.pnl.abs();
            }
        }
        Self {
            doubtful,
            final_equity,
            pnl,
            total_return: pnl / initial,
            trades: trades.len(),
            doubtful_trades,
            doubtful_pnl,
            doubtful_absolute_pnl,
            absolute_pnl,
            doubtful_share: (absolute_pnl > 0.0).then(|| doubtful_absolute_pnl / absolute_pnl),
        }
    }
}
