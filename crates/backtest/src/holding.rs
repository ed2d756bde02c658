//! Positions as wholes: the trades of one entry, summed up.

use highwater_market::{Direction, Source, Timestamp, TokenId};
use serde::Serialize;

use crate::{ExitReason, Trade};

/// A position from its entry to the exit of its last part. Prices and money in the quote currency; times are the open of
/// the bar in which a thing happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holding {
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
    /// From when the signal that led to it was known.
    pub decision_time: Timestamp,
    /// Open of the entry bar.
    pub entry_time: Timestamp,
    /// Price paid (received, for a short), slippage included.
    pub entry_price: f64,
    /// Coins at entry, above 0 for both sides.
    pub quantity: f64,
    /// Coins that no fill closed: they stood at the end of the data.
    pub open_quantity: f64,
    /// Parts closed by a fill.
    pub parts_closed: usize,
    /// Open of the bar of the first exit; `None` if no fill closed a part.
    pub first_exit_time: Option<Timestamp>,
    /// Open of the bar of the last exit; `None` if no fill closed a part.
    pub last_exit_time: Option<Timestamp>,
    /// Why the last part ended.
    pub exit_reason: ExitReason,
    /// Fees of all fills.
    pub fees: f64,
    /// Funding and borrowing while it was held; below 0 if they paid.
    pub carry: f64,
    /// What slippage, spread and impact cost on all fills; contained in the prices.
    pub slippage: f64,
    /// Profit of all parts after all costs; what stood is marked at the last close.
    pub pnl: f64,
    /// Profit over the value at entry: 0.01 is one percent.
    pub pnl_fraction: f64,
    /// Profit over what the stop would have lost of the whole quantity, before costs of the exit. `None` without a stop.
    pub r_multiple: Option<f64>,
    /// Maximum adverse excursion while any part stood, as in [`Excursion`](crate::Excursion).
    pub mae: f64,
    /// Maximum favourable excursion while any part stood.
    pub mfe: f64,
    /// Whether a policy had to decide the exit of a part.
    pub doubtful: bool,
}

/// The positions behind the trades of a replay, in their order.
pub fn holdings(trades: &[Trade]) -> Vec<Holding> {
    trades
        .chunk_by(|one, other| one.position == other.position)
        .map(holding)
        .collect()
}

fn holding(parts: &[Trade]) -> Holding {
    let first = &parts[0];
    let sum = |of: fn(&Trade) -> f64| parts.iter().map(of).sum::<f64>();
    let closed = || parts.iter().filter(|part| part.is_closed());
    let last = parts.iter().max_by_key(|part| part.exit_bar);
    let (quantity, pnl) = (first.position_quantity, sum(|part| part.pnl));
    Holding {
        position: first.position,
        symbol: first.symbol.clone(),
        token_id: first.token_id,
        source: first.source.clone(),
        side: first.side,
        decision_time: first.decision_time,
        entry_time: first.entry_time,
        entry_price: first.entry_price,
        quantity,
        open_quantity: parts
            .iter()
            .filter(|part| !part.is_closed())
            .map(|part| part.quantity)
            .sum(),
        parts_closed: closed().count(),
        first_exit_time: closed().map(|part| part.exit_time).min(),
        last_exit_time: closed().map(|part| part.exit_time).max(),
        exit_reason: last.unwrap_or(first).exit_reason,
        fees: sum(|part| part.fees),
        carry: sum(|part| part.carry),
        slippage: sum(|part| part.slippage),
        pnl,
        pnl_fraction: pnl / (quantity * first.entry_price),
        r_multiple: first
            .stop_price
            .map(|stop| pnl / (quantity * (first.entry_price - stop).abs())),
        mae: parts
            .iter()
            .map(|part| part.excursion.mae)
            .fold(0.0, f64::min),
        mfe: parts
            .iter()
            .map(|part| part.excursion.mfe)
            .fold(0.0, f64::max),
        doubtful: parts.iter().any(|part| part.doubtful),
    }
}
