//! One position, from its entry to its exit.

use highwater_market::{Direction, Level, Source, Timestamp, TokenId};
use serde::Serialize;

use crate::{Excursion, position::StopBy};

/// Why a position ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitReason {
    /// Price reached the stop inside a bar.
    Stop,
    /// Price reached the target inside a bar.
    Target,
    /// A bar opened beyond the stop.
    StopGap,
    /// A bar opened beyond the target.
    TargetGap,
    /// A signal event against the position.
    OppositeEvent,
    /// A signal that says flat.
    SignalFlat,
    /// The token was no member of the universe any more.
    LeftUniverse,
    /// The plan's time was over.
    Time,
    /// A rebalance gave the token a smaller weight, or none.
    Rebalance,
    /// Equity was gone at a close: everything is closed at the next open.
    Liquidation,
    /// No exit: the position stood at its last close when the data ended.
    EndOfData,
}

impl ExitReason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Stop,
        Self::Target,
        Self::StopGap,
        Self::TargetGap,
        Self::OppositeEvent,
        Self::SignalFlat,
        Self::LeftUniverse,
        Self::Time,
        Self::Rebalance,
        Self::Liquidation,
        Self::EndOfData,
    ];

    /// The text form, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Target => "target",
            Self::StopGap => "stop-gap",
            Self::TargetGap => "target-gap",
            Self::OppositeEvent => "opposite-event",
            Self::SignalFlat => "signal-flat",
            Self::LeftUniverse => "left-universe",
            Self::Time => "time",
            Self::Rebalance => "rebalance",
            Self::Liquidation => "liquidation",
            Self::EndOfData => "end-of-data",
        }
    }

    /// Whether it is decided by the open of its bar, rather than inside it.
    pub const fn is_at_open(self) -> bool {
        matches!(
            self,
            Self::StopGap
                | Self::TargetGap
                | Self::OppositeEvent
                | Self::SignalFlat
                | Self::LeftUniverse
                | Self::Time
                | Self::Rebalance
                | Self::Liquidation
        )
    }

    /// Whether the fill is a limit order's: at its price or better, without slippage.
    pub(crate) const fn is_limit(self) -> bool {
        matches!(self, Self::Target | Self::TargetGap)
    }
}

impl std::fmt::Display for ExitReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One position, or the part of it that one exit closed, from its entry to that exit. Prices and money in the quote
/// currency; times are the open of the bar in which a thing happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trade {
    /// Number of the position, from 1, by entry, then in the order of the assets. Trades of one number are parts of one
    /// position, closed one by one.
    pub position: usize,
    /// The token's ticker.
    pub symbol: String,
    /// The token's id at its source.
    pub token_id: TokenId,
    /// Who names it so.
    pub source: Source,
    /// Long or short.
    pub side: Direction,
    /// From when the signal that led to it was known.
    pub decision_time: Timestamp,
    /// Open of the entry bar.
    pub entry_time: Timestamp,
    /// Price of the entry before slippage.
    pub entry_raw_price: f64,
    /// Price paid (received, for a short), slippage included.
    pub entry_price: f64,
    /// Open of the exit bar: the last bar, for a position that stood at the end of the data.
    pub exit_time: Timestamp,
    /// Price of the exit before slippage.
    pub exit_raw_price: f64,
    /// Price received (paid, for a short), slippage included; the last close at the end of the data.
    pub exit_price: f64,
    /// Why it ended.
    pub exit_reason: ExitReason,
    /// Where it would have given up at first.
    pub stop_price: Option<f64>,
    /// The stop in force in the exit bar.
    pub stop_at_exit: Option<f64>,
    /// Which rule had placed that stop.
    pub stop_by: StopBy,
    /// Where it took its profit, or would have taken it next.
    pub target_price: Option<f64>,
    /// The level from which the stop was placed; `None` if by distance, or without a stop.
    pub stop_level: Option<Level>,
    /// The level from which the target was placed; `None` if by distance, or without a target.
    pub target_level: Option<Level>,
    /// Coins that this exit closed, above 0 for both sides.
    pub quantity: f64,
    /// Coins of the whole position at its entry.
    pub position_quantity: f64,
    /// Fee of the whole position's entry.
    pub position_entry_fee: f64,
    /// Every price at which the position meant to take its profit, the nearest first.
    pub targets: Vec<f64>,
    /// Fees of both fills.
    pub fees: f64,
    /// Fee of the entry.
    pub entry_fee: f64,
    /// Fee of the exit; 0 at the end of the data.
    pub exit_fee: f64,
    /// Funding and borrowing while it was held; below 0 if they paid.
    pub carry: f64,
    /// What slippage, spread and impact cost on both fills; contained in the prices.
    pub slippage: f64,
    /// What they cost at the entry.
    pub entry_slippage: f64,
    /// What they cost at the exit.
    pub exit_slippage: f64,
    /// Profit after all costs.
    pub pnl: f64,
    /// Profit over the value at entry: 0.01 is one percent.
    pub pnl_fraction: f64,
    /// Profit over what the stop would have lost, before costs of the exit: `pnl / (quantity x |entry - stop|)`.
    pub r_multiple: Option<f64>,
    /// How far price went against it, and for it.
    #[serde(flatten)]
    pub excursion: Excursion,
    /// Bars of the asset from entry to exit: 0 if both lie in one bar.
    pub bars_held: usize,
    /// Position of the entry bar in the asset's bars, from 0.
    pub entry_bar: usize,
    /// Position of the exit bar in the asset's bars, from 0.
    pub exit_bar: usize,
    /// Whether a policy had to say which level came first in the exit bar, or what its entry bar did to a position that was
    /// entered inside it.
    pub doubtful: bool,
    /// Whether an order that waited for its price was filled after the open of the entry bar.
    pub entered_inside: bool,
}

impl Trade {
    /// Whether it was closed by a fill, rather than marked at the end of the data.
    pub fn is_closed(&self) -> bool {
        self.exit_reason != ExitReason::EndOfData
    }
}

/// Number the positions behind trades, which come by entry, then in the order of the assets: parts of one position are
/// trades of one token with one entry.
pub(crate) fn number(trades: &mut [Trade]) {
    let mut position = 0;
    for at in 0..trades.len() {
        let (before, after) = trades.split_at_mut(at);
        let trade = &mut after[0];
        let is_part = before.last().is_some_and(|before| {
            (before.entry_bar, before.token_id, &before.source)
                == (trade.entry_bar, trade.token_id, &trade.source)
        });
        position += usize::from(!is_part);
        trade.position = position;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_one_name_everywhere() {
        for reason in ExitReason::ALL {
            let json = serde_json::to_value(reason).unwrap();
            assert_eq!(json, reason.name());
            assert_eq!(reason.to_string(), reason.name());
        }
    }
}
