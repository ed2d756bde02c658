//! The chosen run, and the two scenarios beside it.

use highwater_market::Timeframe;
use serde::Serialize;

use crate::{Counts, EquityPoint, Search, Trade, plan::Doubtful};

/// What a plan did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Trades of the chosen run, by entry time, then symbol.
    pub trades: Vec<Trade>,
    /// One point per open instant of the chosen run.
    pub equity: Vec<EquityPoint>,
    /// What became of every signal row in the chosen run.
    pub counts: Counts,
    /// Interest paid on cash below 0 in the chosen run, in the quote currency.
    pub interest: f64,
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
    /// How the replays found the bars that end positions: a matter of speed alone.
    pub search: Search,
}

/// What a plan did, without its curve: what costs time by trades, and not by bars. See
/// [`Replayer::trades_only`](crate::Replayer::trades_only).
#[derive(Clone, Debug, PartialEq)]
pub struct TradesOnly {
    /// Trades of the chosen run, by entry time, then symbol.
    pub trades: Vec<Trade>,
    /// What became of every signal row in the chosen run.
    pub counts: Counts,
    /// The chosen run between its worse and its better sibling.
    pub scenarios: Scenarios,
    /// How the replays found the bars that end positions: a matter of speed alone.
    pub search: Search,
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

/// How a replay ended whose doubtful bars a seeded coin decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// Equity after the last bar.
    pub final_equity: f64,
    /// Trades, those standing at the end included.
    pub trades: usize,
}

impl Scenario {
    /// Of a replay: the profit of each of its trades, and whether it is doubtful.
    pub(crate) fn of(
        doubtful: Doubtful,
        initial: f64,
        profits: impl Iterator<Item = (f64, bool)>,
        final_equity: f64,
    ) -> Self {
        let pnl = final_equity - initial;
        let (mut trades, mut doubtful_trades) = (0, 0);
        let (mut doubtful_pnl, mut doubtful_absolute_pnl, mut absolute_pnl) = (0.0, 0.0, 0.0);
        for (profit, is_doubtful) in profits {
            trades += 1;
            absolute_pnl += profit.abs();
            if is_doubtful {
                doubtful_trades += 1;
                doubtful_pnl += profit;
                doubtful_absolute_pnl += profit.abs();
            }
        }
        Self {
            doubtful,
            final_equity,
            pnl,
            total_return: pnl / initial,
            trades,
            doubtful_trades,
            doubtful_pnl,
            doubtful_absolute_pnl,
            absolute_pnl,
            doubtful_share: (absolute_pnl > 0.0).then(|| doubtful_absolute_pnl / absolute_pnl),
        }
    }
}
