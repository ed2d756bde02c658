//! What is to be done next: the orders that stand to be placed, and those that rest, as of a moment.
//!
//! The plan is replayed over what is known, with a flat bar at the next open, as in [`prove`](crate::prove): what the
//! replay does at that open is what is to be done there. Nobody knows its price yet, so it is taken to be the last
//! close, and what depends on it is marked as an estimate.
//! ```text
//! known at M:  ... bar k-2 | bar k-1 | (open of bar k)   orders due at that open, and what rests from then on
//! M after it:  ... bar k-2 | bar k-1 |  bar k, taken flat | (open of bar k+1)   what became known after that open
//! ```

use std::collections::BTreeSet;

use highwater_market::{Bars, PriceBar, Source, Timestamp, TokenId};
use serde::Serialize;

use crate::{
    Asset, OrderSide, Plan, ReplayError,
    asset::Prepared,
    oracle::{Left, Replay, bar_by_bar_to_the_end},
    order::{key_of, orders},
    position::Position,
};

/// How an order is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderKind {
    /// At the open, whatever it is.
    Market,
    /// At its price or better.
    Limit,
    /// At the market once its price is reached.
    Stop,
}

impl OrderKind {
    /// The text form, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit => "limit",
            Self::Stop => "stop",
        }
    }
}

/// An order that stands: to be placed at an open, or resting from it on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StandingOrder {
    /// The key that [`Order`](crate::Order) will have once it is filled.
    pub key: String,
    /// The open at which it is placed, or from which on it rests.
    pub at: Timestamp,
    /// The token's ticker.
    pub symbol: String,
    /// The token's id at its source.
    pub token_id: TokenId,
    /// Who names it so.
    pub source: Source,
    /// Buy or sell.
    pub side: OrderSide,
    /// How it is filled.
    pub kind: OrderKind,
    /// Coins; `None` for an entry that waits for its price, which is sized when it is filled.
    pub quantity: Option<f64>,
    /// The price of a limit or a stop; the last close, for an order at the market.
    pub price: f64,
    /// Whether quantity and price depend on an open that is not known yet.
    pub estimate: bool,
    /// `entry`, or why the position would end.
    pub reason: &'static str,
}

/// Everything that stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Standing {
    /// Open of the first bar that is not known; `None` if no bar is, or if the plan's period is over.
    pub next_open: Option<Timestamp>,
    /// Orders, by the open at which they are placed; those to be placed before those that rest.
    pub orders: Vec<StandingOrder>,
    /// Symbols whose last bar closed before that open: nothing is said of what they would do.
    pub behind: Vec<String>,
}

/// The orders that stand at a moment, over assets as they were known then.
///
/// # Errors
/// [`ReplayError`] as [`run`](crate::run) would give.
pub fn standing(
    plan: &Plan,
    assets: &[Asset<'_>],
    moment: Timestamp,
) -> Result<Standing, ReplayError> {
    let last = |asset: &Asset<'_>| asset.bars.open_times().last().copied();
    let latest = assets.iter().filter_map(last).max();
    let Some(next) = latest.map(|latest| latest + plan.timeframe) else {
        return Ok(Standing::default());
    };
    if !plan.period.contains(next) {
        return Ok(Standing::default());
    }
    let behind = assets
        .iter()
        .filter(|asset| last(asset).is_some_and(|last| last + plan.timeframe < next))
        .map(|asset| asset.token.symbol.clone())
        .collect::<BTreeSet<_>>();
    let mut standing = Standing {
        next_open: Some(next),
        orders: Vec::new(),
        behind: behind.into_iter().collect(),
    };
    let hash = plan.hash();
    let rested = with_flat_bars(plan, assets, &[next], |replay, prepared, left| {
        standing.orders.extend(placed(plan, &replay, next, &hash));
        resting(prepared, left, next, &hash)
    })?;
    let after = next + plan.timeframe;
    if moment > next && plan.period.contains(after) {
        let known: BTreeSet<String> = standing.orders.iter().map(|one| one.key.clone()).collect();
        with_flat_bars(plan, assets, &[next, after], |replay, _, _| {
            let later = placed(plan, &replay, after, &hash);
            standing
                .orders
                .extend(later.filter(|one| !known.contains(&one.key)));
        })?;
    }
    standing.orders.extend(rested);
    Ok(standing)
}

/// Replay with a flat bar at the last close at each of some opens, of the assets whose last bar closed at the first.
fn with_flat_bars<T>(
    plan: &Plan,
    assets: &[Asset<'_>],
    opens: &[Timestamp],
    read: impl FnOnce(Replay, &Prepared<'_>, &[Left]) -> T,
) -> Result<T, ReplayError> {
    let bars: Vec<Bars> = assets
        .iter()
        .map(|asset| {
            let mut bars = asset.bars.clone();
            let due = bars.open_times().last().map(|&last| last + plan.timeframe);
            if due == opens.first().copied()
                && let Some(&close) = bars.close().last()
            {
                for &open_time in opens {
                    let flat = PriceBar {
                        open_time,
                        open: close,
                        high: close,
                        low: close,
                        close,
                        volume: f64::NAN,
                    };
                    // A close of bars that are replayed is a price, and the bars follow each other.
                    let _ = bars.push(flat);
                }
            }
            bars
        })
        .collect();
    let assets: Vec<Asset<'_>> = assets
        .iter()
        .zip(&bars)
        .map(|(asset, bars)| Asset { bars, ..*asset })
        .collect();
    let prepared = Prepared::new(plan, &assets)?;
    let (replay, left) = bar_by_bar_to_the_end(plan, &prepared, plan.exit.doubtful.into());
    Ok(read(replay, &prepared, &left))
}

/// What a replay fills at an open.
fn placed(
    plan: &Plan,
    replay: &Replay,
    at: Timestamp,
    hash: &str,
) -> impl Iterator<Item = StandingOrder> {
    let entered_by = match plan.entry.order {
        None => OrderKind::Market,
        Some(order) if order.limit.is_some() => OrderKind::Limit,
        Some(_) => OrderKind::Stop,
    };
    orders(&replay.trades, hash)
        .into_iter()
        .filter(move |order| order.time == at)
        .map(move |order| StandingOrder {
            at,
            kind: if order.reason == "entry" {
                entered_by
            } else {
                OrderKind::Market
            },
            quantity: Some(order.quantity),
            price: order.raw_price,
            estimate: true,
            key: order.key,
            symbol: order.symbol,
            token_id: order.token_id,
            source: order.source,
            side: order.side,
            reason: order.reason,
        })
}

/// What rests in the bar that opens at an instant: entries that wait, then of each position its stop and its targets.
fn resting(
    prepared: &Prepared<'_>,
    left: &[Left],
    at: Timestamp,
    hash: &str,
) -> Vec<StandingOrder> {
    let mut resting = Vec::new();
    for (tradable, left) in prepared.assets.iter().zip(left) {
        if tradable.bar_at(at).is_none() {
            continue;
        }
        let token = tradable.asset.token;
        let order = |decision, purpose, place, side| StandingOrder {
            key: key_of(hash, (&token.source, token.id), decision, purpose, place),
            at,
            symbol: token.symbol.clone(),
            token_id: token.id,
            source: token.source.clone(),
            side,
            kind: OrderKind::Stop,
            quantity: None,
            price: f64::NAN,
            estimate: false,
            reason: purpose,
        };
        if let Some(working) = &left.working {
            let event = working.event;
            resting.push(StandingOrder {
                kind: if working.is_limit {
                    OrderKind::Limit
                } else {
                    OrderKind::Stop
                },
                price: working.price,
                ..order(event.known, "entry", 1, OrderSide::opens(event.direction))
            });
        }
        let Some((position, stop)) = &left.position else {
            continue;
        };
        let closes = OrderSide::opens(position.side.opposite());
        let estimate = position.entry_time >= at;
        if let Some(price) = stop.price {
            resting.push(StandingOrder {
                quantity: Some(position.left),
                price,
                estimate,
                ..order(position.decision, "stop", 1, closes)
            });
        }
        // Each target closes what it would if all before it were reached.
        let mut then: Position = position.clone();
        for (leg, target) in position
            .bracket
            .legs
            .iter()
            .enumerate()
            .skip(position.reached)
        {
            resting.push(StandingOrder {
                kind: OrderKind::Limit,
                quantity: Some(then.close_leg(leg)),
                price: target.price,
                estimate,
                ..order(position.decision, "target", leg + 1, closes)
            });
        }
    }
    resting
}
