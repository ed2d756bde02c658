//! The fills of a replay, one by one: what a broker's statement would list.

use std::{cmp::Ordering, collections::HashMap};

use highwater_market::{Direction, Source, Timestamp, TokenId};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{ExitReason, Trade};

/// Which way a fill goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderSide {
    /// Coins for money: opens a long, closes a short.
    Buy,
    /// Money for coins: opens a short, closes a long.
    Sell,
}

impl OrderSide {
    /// The text form, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }

    pub(crate) const fn opens(side: Direction) -> Self {
        match side {
            Direction::Long => Self::Buy,
            Direction::Short => Self::Sell,
        }
    }
}

/// One fill. Prices and money in the quote currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Order {
    /// The same for the same decision of the same plan, whoever carries it out and however often: SHA-256, as 64
    /// hexadecimal digits, of the plan's hash, the token, the moment of the decision to enter, and what the order is
    /// for. A stop and a stop by a gap are one order, and so are the two kinds of target.
    pub key: String,
    /// Number of the position that it opens or closes, as in [`Trade::position`].
    pub position: usize,
    /// Open of the bar in which it was filled.
    pub time: Timestamp,
    /// The token's ticker.
    pub symbol: String,
    /// The token's id at its source.
    pub token_id: TokenId,
    /// Who names it so.
    pub source: Source,
    /// Buy or sell.
    pub side: OrderSide,
    /// Coins, above 0.
    pub quantity: f64,
    /// Price before slippage.
    pub raw_price: f64,
    /// Price of the fill.
    pub price: f64,
    /// Fee paid.
    pub fee: f64,
    /// What slippage, spread and impact cost; contained in the price.
    pub slippage: f64,
    /// `entry`, or why the position ended.
    pub reason: &'static str,
}

/// Every fill behind the trades of a replay, which come by entry, then in the order of the assets. By time; of one
/// instant exits at the open come first, then entries, then exits inside the bar, as they were settled. A position
/// that stood at the end of the data was not closed, and has an entry alone.
pub fn orders(trades: &[Trade], plan_hash: &str) -> Vec<Order> {
    let mut orders: Vec<(Phase, Order)> = Vec::new();
    for parts in trades.chunk_by(|one, other| one.position == other.position) {
        let first = &parts[0];
        // Of the whole position, not summed over its parts: a sum may differ in its last bit with each part that closes.
        let entry = Order {
            quantity: first.position_quantity,
            fee: first.position_entry_fee,
            slippage: first.position_quantity * (first.entry_price - first.entry_raw_price).abs(),
            ..entry(first, plan_hash)
        };
        orders.push((Phase::Entry, entry));
        // Of several orders for the same end, such as a ladder of targets, each has a place.
        let mut places: HashMap<&str, usize> = HashMap::new();
        for part in parts.iter().filter(|part| part.is_closed()) {
            let phase = if part.exit_reason.is_at_open() {
                Phase::ExitAtOpen
            } else {
                Phase::ExitInside
            };
            let place = places.entry(purpose(part.exit_reason)).or_default();
            *place += 1;
            orders.push((phase, exit(part, plan_hash, *place)));
        }
    }
    orders.sort_by(
        |(phase, one), (other_phase, other)| match one.time.cmp(&other.time) {
            Ordering::Equal => (phase, one.position).cmp(&(other_phase, other.position)),
            order => order,
        },
    );
    orders.into_iter().map(|(_, order)| order).collect()
}

/// The order in which the fills of one open instant are settled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    ExitAtOpen,
    Entry,
    ExitInside,
}

fn entry(trade: &Trade, plan_hash: &str) -> Order {
    Order {
        key: key(plan_hash, trade, "entry", 1),
        position: trade.position,
        time: trade.entry_time,
        symbol: trade.symbol.clone(),
        token_id: trade.token_id,
        source: trade.source.clone(),
        side: OrderSide::opens(trade.side),
        quantity: trade.quantity,
        raw_price: trade.entry_raw_price,
        price: trade.entry_price,
        fee: trade.entry_fee,
        slippage: trade.entry_slippage,
        reason: "entry",
    }
}

fn exit(trade: &Trade, plan_hash: &str, place: usize) -> Order {
    Order {
        key: key(plan_hash, trade, purpose(trade.exit_reason), place),
        time: trade.exit_time,
        side: OrderSide::opens(trade.side.opposite()),
        quantity: trade.quantity,
        raw_price: trade.exit_raw_price,
        price: trade.exit_price,
        fee: trade.exit_fee,
        slippage: trade.exit_slippage,
        reason: trade.exit_reason.name(),
        ..entry(trade, plan_hash)
    }
}

/// What an order was placed for, whatever price it found.
const fn purpose(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::StopGap => ExitReason::Stop.name(),
        ExitReason::TargetGap => ExitReason::Target.name(),
        reason => reason.name(),
    }
}

fn key(plan_hash: &str, trade: &Trade, purpose: &str, place: usize) -> String {
    let token = (&trade.source, trade.token_id);
    key_of(plan_hash, token, trade.decision_time, purpose, place)
}

/// The key of an order: of the decision that led to its position, and what it is for.
pub(crate) fn key_of(
    plan_hash: &str,
    (source, token_id): (&Source, TokenId),
    decision: Timestamp,
    purpose: &str,
    place: usize,
) -> String {
    let named = format!(
        "{plan_hash}\n{}\n{token_id}\n{}\n{purpose}\n{place}",
        source.as_str(),
        decision.micros(),
    );
    Sha256::digest(named)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
