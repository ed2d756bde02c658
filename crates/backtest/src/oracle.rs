//! The bar-by-bar replay, written for clarity: the measure of the indexed engine.
//!
//! One loop over every open instant, and in it one over the assets, three times: exits decided at the open, entries,
//! exits inside the bar. Nothing is looked up ahead, nothing is skipped. `SEMANTICS.md` is its specification.

use highwater_market::{Direction, Timestamp};

use crate::{
    Asset, Counts, EquityPoint, ExitReason, Plan, ReplayError, Trade,
    asset::{Prepared, Tradable},
    count::KeptOut,
    entry,
    equity::{Curve, price_at_open},
    event::{self, Event},
    exits,
    gate::Gatekeeper,
    plan::{Doubtful, ExitSignal, TrailFrom},
    position::{Bracket, Costs, Exit, Position, StopBy, StopNow, gains},
};

/// One complete replay under one policy for doubtful bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Trades by entry, then in the order of the assets.
    pub trades: Vec<Trade>,
    /// One point per open instant.
    pub equity: Vec<EquityPoint>,
    /// What became of every signal row.
    pub counts: Counts,
}

/// What the loop remembers of one asset.
struct Seat<'a> {
    tradable: &'a Tradable<'a>,
    events: Vec<Event>,
    /// How many events lie behind.
    acted: usize,
    position: Option<Position>,
    /// The latest bar seen.
    bar: Option<usize>,
}

/// A filled but not yet sized entry.
struct Order {
    seat: usize,
    event: Event,
    open: f64,
    fill: f64,
    atr: f64,
    bracket: Bracket,
}

/// Replay bar by bar.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn replay(plan: &Plan, assets: &[Asset<'_>], policy: Doubtful) -> Result<Replay, ReplayError> {
    let prepared = Prepared::new(plan, assets)?;
    let costs = Costs::of(plan);
    let mut counts = Gatekeeper::counts(plan);
    let mut seats: Vec<Seat<'_>> = prepared
        .assets
        .iter()
        .map(|tradable| Seat {
            tradable,
            events: event::events(plan, tradable.asset.signals, &mut counts),
            acted: 0,
            position: None,
            bar: None,
        })
        .collect();
    let mut cash = plan.cash.initial;
    let mut curve = Curve::new(cash);
    let mut trades = Vec::new();

    for instant in prepared.instants() {
        // Exits decided at the open, and what the latest event wants.
        let mut wishes = Vec::new();
        for (index, seat) in seats.iter_mut().enumerate() {
            let Some(bar) = seat.tradable.bar_at(instant) else {
                continue;
            };
            seat.bar = Some(bar);
            let event = seat.latest_event(instant, &mut counts);
            let stood = seat.position.as_ref().map(|position| position.side);
            if let Some(position) = &mut seat.position {
                let stop = stop_in_force(plan, seat.tradable, position, bar);
                let against = event.is_some_and(|event| event.direction != position.side);
                let exits = exits::at_open(plan, seat.tradable, bar, position, stop, against);
                if settle(
                    seat,
                    exits,
                    costs,
                    &mut cash,
                    &mut trades,
                    index,
                    &mut counts,
                ) {
                    seat.position = None;
                }
            }
            if let Some(event) = event
                && let Some(event) = wish(plan, stood, event, &mut counts)
            {
                wishes.push((index, event));
            }
        }

        // Entries: each at its open, all on the equity of this open, all scaled alike.
        let mut orders = Vec::new();
        for (index, event) in wishes {
            let seat = &seats[index];
            let open = seat.tradable.asset.bars.open()[seat.bar.expect("the asset has a bar here")];
            let admitted = prepared.gates.admits(plan, index, seat.tradable, event);
            let decided = admitted.and_then(|()| entry::decide(plan, seat.tradable, event));
            let filled = decided.and_then(|intent| {
                let (fill, bracket) = intent.fill(plan, open, costs)?;
                Ok((fill, bracket, intent.atr))
            });
            match filled {
                Ok((fill, bracket, atr)) => orders.push(Order {
                    seat: index,
                    event,
                    open,
                    fill,
                    atr,
                    bracket,
                }),
                Err(why) => counts.keep_out(why),
            }
        }
        let mut equity = cash;
        for seat in &seats {
            if let Some(position) = &seat.position {
                equity += position.value(price_at_open(seat.tradable, instant));
            }
        }
        let wanted = plan.size.fraction.get() * equity;
        let needed: f64 = orders.iter().map(|_| wanted + wanted * costs.fee).sum();
        let scale = if needed > cash { cash / needed } else { 1.0 };
        for order in orders {
            let seat = &mut seats[order.seat];
            let quantity = wanted * scale / order.fill;
            let position = Position {
                side: order.event.direction,
                decision: order.event.known,
                entry_bar: seat.bar.expect("the asset has a bar here"),
                entry_raw: order.open,
                entry: order.fill,
                quantity,
                left: quantity,
                reached: 0,
                atr: order.atr,
                bracket: order.bracket,
            };
            if wanted > 0.0 && scale > 0.0 && position.quantity > 0.0 {
                counts.entered += 1;
                counts.scaled_down += usize::from(scale < 1.0);
                cash -= position.entry_cash(costs);
                seat.position = Some(position);
            } else {
                counts.keep_out(KeptOut::NoCash);
            }
        }

        // Exits inside the bar.
        for (index, seat) in seats.iter_mut().enumerate() {
            if let Some(bar) = seat.tradable.bar_at(instant)
                && let Some(position) = &mut seat.position
            {
                let stop = stop_in_force(plan, seat.tradable, position, bar);
                let exits = exits::inside(seat.tradable, bar, position, stop, policy);
                if settle(
                    seat,
                    exits,
                    costs,
                    &mut cash,
                    &mut trades,
                    index,
                    &mut counts,
                ) {
                    seat.position = None;
                }
            }
        }

        curve.push(
            instant,
            cash,
            seats.iter().filter_map(|seat| {
                let close = seat.tradable.asset.bars.close()[seat.bar?];
                let position = seat.position.as_ref()?;
                Some((position, position.left, close))
            }),
        );
    }

    for (index, seat) in seats.iter_mut().enumerate() {
        counts.no_bar += seat.events.len() - seat.acted;
        if let (Some(position), Some(bar)) = (&mut seat.position, seat.bar) {
            let exit = Exit {
                bar,
                reason: ExitReason::EndOfData,
                price: seat.tradable.asset.bars.close()[bar],
                leg: None,
                doubtful: false,
                by_finer: false,
                stop: stop_in_force(plan, seat.tradable, position, bar),
            };
            let closed = position.close(exit);
            trades.push((index, position.trade(seat.tradable, closed, costs)));
        }
    }
    trades.sort_by_key(|(index, trade)| (trade.entry_time, *index));
    Ok(Replay {
        trades: trades.into_iter().map(|(_, trade)| trade).collect(),
        equity: curve.finish(),
        counts,
    })
}

impl Seat<'_> {
    /// The last of the events known by now and not acted on; those before it are replaced.
    fn latest_event(&mut self, instant: Timestamp, counts: &mut Counts) -> Option<Event> {
        let mut latest = None;
        while let Some(&event) = self.events.get(self.acted)
            && event.known <= instant
        {
            counts.replaced += usize::from(latest.is_some());
            latest = Some(event);
            self.acted += 1;
        }
        latest
    }
}

/// Book exits in their order, until nothing is left; whether nothing is.
fn settle(
    seat: &mut Seat<'_>,
    exits: Vec<Exit>,
    costs: Costs,
    cash: &mut f64,
    trades: &mut Vec<(usize, Trade)>,
    index: usize,
    counts: &mut Counts,
) -> bool {
    let Some(position) = &mut seat.position else {
        return false;
    };
    for exit in exits {
        if position.is_closed() {
            break;
        }
        let closed = position.close(exit);
        counts.decided_by_finer += usize::from(exit.by_finer);
        *cash += position.exit_cash(closed, costs);
        trades.push((index, position.trade(seat.tradable, closed, costs)));
    }
    position.is_closed()
}

/// The stop in force in a bar: of all places to which any rule would have moved it after any bar since the entry, the one
/// nearest to the winning side; of equal ones the earliest, then trail, level, break-even.
fn stop_in_force(plan: &Plan, tradable: &Tradable<'_>, position: &Position, bar: usize) -> StopNow {
    let (exit, side) = (&plan.exit, position.side);
    let bars = tradable.asset.bars;
    let mut places = Vec::new();
    let mut best = position.entry;
    for seen in position.entry_bar..bar {
        let (extreme, close) = match side {
            Direction::Long => (bars.high()[seen], bars.close()[seen]),
            Direction::Short => (bars.low()[seen], bars.close()[seen]),
        };
        let atr = tradable.atr_at(seen);
        if let Some(trail) = exit.trail {
            let followed = match trail.from {
                TrailFrom::Extreme => extreme,
                TrailFrom::Close => close,
            };
            best = match side {
                Direction::Long => best.max(followed),
                Direction::Short => best.min(followed),
            };
            let behind = entry::away(best, -side.sign(), trail.distance, atr, f64::NAN);
            places.push((behind, StopBy::Trail));
        }
        if exit.ratchet
            && let Some(price) = exits::newer_level(plan, tradable, position, seen, atr)
        {
            places.push((price, StopBy::Ratchet));
        }
        if let Some(reach) = exit.break_even
            && gains(side, extreme, exits::break_even_from(position, reach))
        {
            places.push((position.entry, StopBy::BreakEven));
        }
    }
    let mut now = StopNow {
        price: position.bracket.stop,
        by: position.bracket.stop_by,
    };
    let sign = side.sign();
    for (price, by) in places.into_iter().filter(|(price, _)| !price.is_nan()) {
        if now.price.is_none_or(|now| sign * price > sign * now) {
            now = StopNow {
                price: Some(price),
                by,
            };
        }
    }
    now
}

/// Whether an event wants to enter, given the side of the position that stood; counted if not.
pub(crate) fn wish(
    plan: &Plan,
    stood: Option<Direction>,
    event: Event,
    counts: &mut Counts,
) -> Option<Event> {
    match stood {
        Some(side) if side == event.direction => {
            counts.in_position += 1;
            None
        }
        Some(_) if plan.exit.signal == ExitSignal::None => {
            counts.against_position += 1;
            None
        }
        Some(_) if !plan.entry.side.trades(event.direction) => {
            counts.exit_only += 1;
            None
        }
        None if !plan.entry.side.trades(event.direction) => {
            counts.side_not_traded += 1;
            None
        }
        _ => Some(event),
    }
}
