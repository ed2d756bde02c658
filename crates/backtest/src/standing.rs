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

use highwater_market::{Bars, PriceBar, Source, Timestamp, Token, TokenId};
use serde::Serialize;

use crate::{
    Asset, OrderSide, Plan, ReplayError,
    asset::Prepared,
    oracle::{Left, Replay, bar_by_bar_to_the_end, stop_in_force},
    order::{key_of, orders},
    position::{Position, StopNow},
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
    /// Open of the first bar that is not known; `None` if no bar is, or if it lies outside the plan's period.
    pub next_open: Option<Timestamp>,
    /// The first instant after the plan's period, once that is over. No open is traded on from there on; what stands open
    /// keeps the stop and the targets that it had then.
    pub over_since: Option<Timestamp>,
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
    if next >= plan.period.end() {
        return over(plan, assets);
    }
    if next < plan.period.start() {
        return Ok(Standing::default());
    }
    let behind = assets
        .iter()
        .filter(|asset| last(asset).is_some_and(|last| last + plan.timeframe < next))
        .map(|asset| asset.token.symbol.clone())
        .collect::<BTreeSet<_>>();
    let mut standing = Standing {
        next_open: Some(next),
        behind: behind.into_iter().collect(),
        ..Standing::default()
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

/// What rests once the plan's period is over: the stop and the targets of each position that stood at its end. Orders at
/// the market and entries that waited end with the period.
fn over(plan: &Plan, assets: &[Asset<'_>]) -> Result<Standing, ReplayError> {
    let mut standing = Standing {
        over_since: Some(plan.period.end()),
        ..Standing::default()
    };
    let prepared = match Prepared::new(plan, assets) {
        Ok(prepared) => prepared,
        Err(ReplayError::NoBars { .. }) => return Ok(standing),
        Err(error) => return Err(error),
    };
    let hash = plan.hash();
    let (_, left) = bar_by_bar_to_the_end(plan, &prepared, plan.exit.doubtful.into());
    for (tradable, left) in prepared.assets.iter().zip(left) {
        let (Some((position, _)), Some(&last)) = (left.position, tradable.opens().last()) else {
            continue;
        };
        let stop = stop_in_force(plan, tradable, &position, tradable.end);
        let resting = Resting {
            token: tradable.asset.token,
            at: last + plan.timeframe,
            hash: &hash,
        };
        standing.orders.extend(resting.of(&position, stop, false));
    }
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
    let mut orders = Vec::new();
    for (tradable, left) in prepared.assets.iter().zip(left) {
        if tradable.bar_at(at).is_none() {
            continue;
        }
        let token = tradable.asset.token;
        let resting = Resting { token, at, hash };
        if let Some(working) = &left.working {
            let event = working.event;
            let side = OrderSide::opens(event.direction);
            orders.push(StandingOrder {
                kind: if working.is_limit {
                    OrderKind::Limit
                } else {
                    OrderKind::Stop
                },
                price: working.price,
                ..resting.order(event.known, "entry", 1, side)
            });
        }
        if let Some((position, stop)) = &left.position {
            orders.extend(resting.of(position, *stop, position.entry_time >= at));
        }
    }
    orders
}

/// Whose orders rest, from which open on, of which plan.
struct Resting<'a> {
    token: &'a Token,
    at: Timestamp,
    hash: &'a str,
}

impl Resting<'_> {
    fn order(
        &self,
        decision: Timestamp,
        purpose: &'static str,
        place: usize,
        side: OrderSide,
    ) -> StandingOrder {
        let token = self.token;
        StandingOrder {
            key: key_of(
                self.hash,
                (&token.source, token.id),
                decision,
                purpose,
                place,
            ),
            at: self.at,
            symbol: token.symbol.clone(),
            token_id: token.id,
            source: token.source.clone(),
            side,
            kind: OrderKind::Stop,
            quantity: None,
            price: f64::NAN,
            estimate: false,
            reason: purpose,
        }
    }

    /// The stop and the targets of a position.
    fn of(&self, position: &Position, stop: StopNow, estimate: bool) -> Vec<StandingOrder> {
        let closes = OrderSide::opens(position.side.opposite());
        let mut orders = Vec::new();
        if let Some(price) = stop.price {
            orders.push(StandingOrder {
                quantity: Some(position.left),
                price,
                estimate,
                ..self.order(position.decision, "stop", 1, closes)
            });
        }
        // Each target closes what it would if all before it were reached.
        let mut then: Position = position.clone();
        let targets = position.bracket.legs.iter().enumerate();
        for (leg, target) in targets.skip(position.reached) {
            orders.push(StandingOrder {
                kind: OrderKind::Limit,
                quantity: Some(then.close_leg(leg)),
                price: target.price,
                estimate,
                ..self.order(position.decision, "target", leg + 1, closes)
            });
        }
        orders
    }
}
