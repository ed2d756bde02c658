//! The bar-by-bar replay, written for clarity: the measure of the indexed engine.
//!
//! One loop over every open instant, and in it one over the assets, three times: exits decided at the open, entries,
//! exits inside the bar. Nothing is looked up ahead, nothing is skipped. `SEMANTICS.md` is its specification.

use highwater_market::{Direction, Timestamp};

use crate::{
    Asset, Counts, EquityPoint, Excursion, ExitReason, Plan, ReplayError, Trade,
    asset::{Prepared, Tradable},
    count::KeptOut,
    doubt::{self, Resolution},
    entry,
    equity::{Curve, price_at_open},
    event::{self, Event},
    plan::{Doubtful, ExitSignal},
    position::{Bracket, Costs, Exit, Position},
    trade,
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
    tradable: Tradable<'a>,
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
    bracket: Bracket,
}

/// Replay bar by bar.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn replay(plan: &Plan, assets: &[Asset<'_>], policy: Doubtful) -> Result<Replay, ReplayError> {
    replay_by(plan, assets, policy.into())
}

/// Replay bar by bar, each doubtful bar decided by a fair coin: the same seed throws the same.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn replay_seeded(plan: &Plan, assets: &[Asset<'_>], seed: u64) -> Result<Replay, ReplayError> {
    replay_by(plan, assets, Resolution::Seeded(seed))
}

fn replay_by(plan: &Plan, assets: &[Asset<'_>], policy: Resolution) -> Result<Replay, ReplayError> {
    let prepared = Prepared::new(plan, assets)?;
    let costs = Costs::of(plan);
    let mut counts = Counts::default();
    let mut seats: Vec<Seat<'_>> = prepared
        .assets
        .iter()
        .map(|&tradable| Seat {
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
            let stood = seat.position;
            if let Some(position) = stood
                && let Some(exit) = exit_at_open(plan, seat, bar, &position, event)
            {
                cash += position.exit_cash(exit, costs);
                trades.push((index, position.trade(&seat.tradable, exit, costs)));
                seat.position = None;
            }
            if let Some(event) = event
                && let Some(event) = wish(
                    plan,
                    stood.map(|position| position.side),
                    event,
                    &mut counts,
                )
            {
                wishes.push((index, event));
            }
        }

        // Entries: each at its open, all on the equity of this open, all scaled alike.
        let mut orders = Vec::new();
        for (index, event) in wishes {
            let seat = &seats[index];
            let open = seat.tradable.asset.bars.open()[seat.bar.expect("the asset has a bar here")];
            let filled = entry::decide(plan, &seat.tradable, event)
                .and_then(|intent| intent.fill(open, costs));
            match filled {
                Ok((fill, bracket)) => orders.push(Order {
                    seat: index,
                    event,
                    open,
                    fill,
                    bracket,
                }),
                Err(why) => counts.keep_out(why),
            }
        }
        let mut equity = cash;
        for seat in &seats {
            if let Some(position) = &seat.position {
                equity += position.value(price_at_open(&seat.tradable, instant));
            }
        }
        let wanted = plan.size.fraction.get() * equity;
        let needed: f64 = orders.iter().map(|_| wanted + wanted * costs.fee).sum();
        let scale = if needed > cash { cash / needed } else { 1.0 };
        for order in orders {
            let seat = &mut seats[order.seat];
            let position = Position {
                side: order.event.direction,
                decision: order.event.known,
                entry_bar: seat.bar.expect("the asset has a bar here"),
                entry_raw: order.open,
                entry: order.fill,
                quantity: wanted * scale / order.fill,
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
                && let Some(position) = seat.position
                && let Some(exit) = exit_inside(seat, bar, &position, policy, &mut counts)
            {
                cash += position.exit_cash(exit, costs);
                trades.push((index, position.trade(&seat.tradable, exit, costs)));
                seat.position = None;
            }
        }

        curve.push(
            instant,
            cash,
            seats.iter().filter_map(|seat| {
                let close = seat.tradable.asset.bars.close()[seat.bar?];
                seat.position.as_ref().map(|position| (position, close))
            }),
        );
    }

    for (index, seat) in seats.iter_mut().enumerate() {
        counts.no_bar += seat.events.len() - seat.acted;
        if let (Some(position), Some(bar)) = (seat.position, seat.bar) {
            let exit = Exit {
                bar,
                reason: ExitReason::EndOfData,
                price: seat.tradable.asset.bars.close()[bar],
                doubtful: false,
                by_finer: false,
            };
            trades.push((index, position.trade(&seat.tradable, exit, costs)));
        }
    }
    trades.sort_by_key(|(index, trade)| (trade.entry_time, *index));
    for (index, trade) in &mut trades {
        trade.excursion = Excursion::scanned(trade, seats[*index].tradable.asset.bars);
    }
    let mut trades: Vec<Trade> = trades.into_iter().map(|(_, trade)| trade).collect();
    trade::number(&mut trades);
    Ok(Replay {
        trades,
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

/// Whether the open ends the position, and why: gaps first, then the event, then time.
fn exit_at_open(
    plan: &Plan,
    seat: &Seat<'_>,
    bar: usize,
    position: &Position,
    event: Option<Event>,
) -> Option<Exit> {
    let open = seat.tradable.asset.bars.open()[bar];
    let against = event.is_some_and(|event| event.direction != position.side);
    let reason = if position.bracket.beyond_stop(position.side, open) {
        ExitReason::StopGap
    } else if position.bracket.beyond_target(position.side, open) {
        ExitReason::TargetGap
    } else if against && plan.exit.signal == ExitSignal::OppositeEvent {
        ExitReason::OppositeEvent
    } else if plan
        .exit
        .time
        .is_some_and(|bars| bar - position.entry_bar >= bars.get())
    {
        ExitReason::Time
    } else {
        return None;
    };
    Some(Exit {
        bar,
        reason,
        price: open,
        doubtful: false,
        by_finer: false,
    })
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

/// Whether the position ends inside the bar, whose open lies between stop and target.
fn exit_inside(
    seat: &Seat<'_>,
    bar: usize,
    position: &Position,
    policy: Resolution,
    counts: &mut Counts,
) -> Option<Exit> {
    let asset = seat.tradable.asset;
    let (side, bracket) = (position.side, &position.bracket);
    let (high, low) = (asset.bars.high()[bar], asset.bars.low()[bar]);
    let (worst, best) = match side {
        Direction::Long => (low, high),
        Direction::Short => (high, low),
    };
    let (reason, doubtful) = match (
        bracket.beyond_stop(side, worst),
        bracket.beyond_target(side, best),
    ) {
        (false, false) => return None,
        (true, false) => (ExitReason::Stop, false),
        (false, true) => (ExitReason::Target, false),
        (true, true) => {
            let verdict = doubt::resolve(
                asset.bars,
                asset.finer,
                bar,
                side,
                bracket,
                policy.of(asset.token),
            );
            (verdict.reason, verdict.doubtful)
        }
    };
    let both = bracket.beyond_stop(side, worst) && bracket.beyond_target(side, best);
    counts.decided_by_finer += usize::from(both && !doubtful);
    let price = if reason == ExitReason::Stop {
        bracket.stop
    } else {
        bracket.target
    };
    Some(Exit {
        bar,
        reason,
        price: price?,
        doubtful,
        by_finer: both && !doubtful,
    })
}
