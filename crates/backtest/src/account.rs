//! The account at the last close of what is known: its equity, and what stands open.

use highwater_market::{Direction, Source, Timestamp, TokenId};
use serde::Serialize;

use crate::{
    Asset, EquityPoint, Plan, ReplayError, StopBy, Trade,
    asset::Prepared,
    oracle::{bar_by_bar_to_the_end, stop_in_force},
};

/// A position that stands open. Prices and money in the quote currency; times are the open of a bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenPosition {
    /// Its number, as in [`Trade::position`].
    pub position: usize,
    /// The token's ticker.
    pub symbol: String,
    /// The token's id at its source.
    pub token_id: TokenId,
    /// Who names it so.
    pub source: Source,
    /// Long or short.
    pub side: Direction,
    /// Coins that are left, above 0 for both sides.
    pub quantity: f64,
    /// Open of the entry bar.
    pub entry_time: Timestamp,
    /// Price paid (received, for a short), slippage included.
    pub entry_price: f64,
    /// Open of the token's last bar.
    pub last_bar: Timestamp,
    /// Its close.
    pub last_close: f64,
    /// Profit of the coins that are left at that close, after the fee of their entry and what holding them cost; before any
    /// cost of an exit.
    pub unrealised: f64,
    /// The stop that rests from that close on; `None` without one.
    pub stop: Option<f64>,
    /// Which rule placed it.
    pub stop_by: StopBy,
    /// The targets that were not reached, the nearest first.
    pub targets: Vec<f64>,
}

/// The account at the last close.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountNow {
    /// Equity, cash and exposure at the close of the last bar; `None` if no bar lies in the plan's period.
    pub equity: Option<EquityPoint>,
    /// What stands open, by entry.
    pub positions: Vec<OpenPosition>,
}

/// The account of a plan at the last close of assets as they are known.
///
/// # Errors
/// [`ReplayError`] as [`run`](crate::run) would give, but for assets without a bar in the plan's period.
pub fn account(plan: &Plan, assets: &[Asset<'_>]) -> Result<AccountNow, ReplayError> {
    let prepared = match Prepared::new(plan, assets) {
        Ok(prepared) => prepared,
        Err(ReplayError::NoBars { .. }) => {
            return Ok(AccountNow {
                equity: None,
                positions: Vec::new(),
            });
        }
        Err(error) => return Err(error),
    };
    let (replay, left) = bar_by_bar_to_the_end(plan, &prepared, plan.exit.doubtful.into());
    // A plan of weights has neither stops nor targets, and leaves no bracket behind.
    let bracket = |trade: &Trade| {
        let (tradable, left) = prepared.assets.iter().zip(&left).find(|(tradable, _)| {
            let token = tradable.asset.token;
            (token.id, &token.source) == (trade.token_id, &trade.source)
        })?;
        let (position, _) = left.position.as_ref()?;
        let stop = stop_in_force(plan, tradable, position, tradable.end);
        let targets = position.ahead().iter().map(|leg| leg.price).collect();
        Some((stop.price, stop.by, targets))
    };
    let open = replay.trades.iter().filter(|trade| !trade.is_closed());
    let positions = open.map(|trade| {
        let (stop, stop_by, targets) = bracket(trade).unwrap_or_default();
        OpenPosition {
            position: trade.position,
            symbol: trade.symbol.clone(),
            token_id: trade.token_id,
            source: trade.source.clone(),
            side: trade.side,
            quantity: trade.quantity,
            entry_time: trade.entry_time,
            entry_price: trade.entry_price,
            last_bar: trade.exit_time,
            last_close: trade.exit_price,
            unrealised: trade.pnl,
            stop,
            stop_by,
            targets,
        }
    });
    Ok(AccountNow {
        positions: positions.collect(),
        equity: replay.equity.last().copied(),
    })
}
