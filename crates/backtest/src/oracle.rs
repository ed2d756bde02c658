//! The bar-by-bar replay, written for clarity: the measure of the indexed engine.
//!
//! One loop over every open instant, and in it one over the assets, three times: exits decided at the open, entries,
//! exits inside the bar. Nothing is looked up ahead, nothing is skipped. `SEMANTICS.md` is its specification.

use highwater_market::{Direction, Timestamp};

use crate::{
    Asset, Counts, EquityPoint, Excursion, ExitReason, Plan, ReplayError, Trade,
    asset::{Prepared, Tradable},
    costs::Costs,
    count::KeptOut,
    doubt::Resolution,
    entry, entry_bar,
    equity::{Curve, price_at_open},
    event::{self, Event, News},
    exits,
    gate::Gatekeeper,
    plan::{Doubtful, ExitSignal, TrailFrom},
    position::{Exit, Position, StopBy, StopNow, gains},
    rebalance,
    size::{self, Account, Filled},
    trade,
    working::Working,
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
    /// Interest paid on cash below 0.
    pub interest: f64,
}

/// What the loop remembers of one asset.
struct Seat<'a> {
    tradable: &'a Tradable<'a>,
    news: Vec<News>,
    /// How much of it lies behind.
    acted: usize,
    position: Option<Position>,
    /// An order that waits for its price.
    working: Option<Working>,
    /// The latest bar seen.
    bar: Option<usize>,
    /// The bar in which the last position ended.
    left: Option<usize>,
}

/// What the loop writes down.
struct Books {
    cash: f64,
    interest: f64,
    trades: Vec<(usize, Trade)>,
    /// Fractional profit of every trade closed so far.
    closed: Vec<f64>,
    counts: Counts,
    costs: Costs,
}

/// Replay bar by bar.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn replay(plan: &Plan, assets: &[Asset<'_>], policy: Doubtful) -> Result<Replay, ReplayError> {
    let prepared = Prepared::new(plan, assets)?;
    Ok(bar_by_bar(plan, &prepared, policy.into()))
}

/// Replay bar by bar, each doubtful bar decided by a fair coin: the same seed throws the same.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn replay_seeded(plan: &Plan, assets: &[Asset<'_>], seed: u64) -> Result<Replay, ReplayError> {
    let prepared = Prepared::new(plan, assets)?;
    Ok(bar_by_bar(plan, &prepared, Resolution::Seeded(seed)))
}

/// What stands of one asset after the last bar.
#[derive(Debug)]
pub(crate) struct Left {
    /// The open position, and the stop in force in the last bar.
    pub(crate) position: Option<(Position, StopNow)>,
    /// The order that waits for its price.
    pub(crate) working: Option<Working>,
}

/// Replay what was prepared, bar by bar.
pub(crate) fn bar_by_bar(plan: &Plan, prepared: &Prepared<'_>, policy: Resolution) -> Replay {
    bar_by_bar_to_the_end(plan, prepared, policy).0
}

/// As [`bar_by_bar`], with what stands of each asset at the end, in their order.
pub(crate) fn bar_by_bar_to_the_end(
    plan: &Plan,
    prepared: &Prepared<'_>,
    policy: Resolution,
) -> (Replay, Vec<Left>) {
    if let Some(rule) = &plan.rebalance {
        // Nothing rests between rebalances.
        return (rebalance::replay(plan, rule, prepared), Vec::new());
    }
    let costs = Costs::of(plan);
    let mut counts = Gatekeeper::counts(plan);
    let mut seats: Vec<Seat<'_>> = prepared
        .assets
        .iter()
        .map(|tradable| Seat {
            tradable,
            news: event::news(plan, tradable.asset.signals, &mut counts),
            acted: 0,
            position: None,
            working: None,
            bar: None,
            left: None,
        })
        .collect();
    let mut books = Books {
        cash: plan.cash.initial,
        interest: 0.0,
        trades: Vec::new(),
        closed: Vec::new(),
        counts,
        costs,
    };
    let instants = prepared.instants();
    let mut curve = Curve::new(plan.cash.initial, costs, instants.len());
    // Equity at every close, and whether it was ever gone.
    let mut closes = Vec::new();
    let mut ruined = false;
    let mut before = None;

    for &instant in instants.iter() {
        // Cash stood since the open before. An account whose equity was gone is closed, and its debt a matter of courts.
        if let Some(before) = before.replace(instant)
            && !ruined
        {
            let interest = costs.interest(books.cash, before, instant);
            books.cash -= interest;
            books.interest += interest;
        }
        // Exits decided at the open, and what the latest news want.
        let mut wishes = Vec::new();
        for (index, seat) in seats.iter_mut().enumerate() {
            let Some(bar) = seat.tradable.bar_at(instant) else {
                continue;
            };
            seat.bar = Some(bar);
            let news = seat.latest_news(instant, &mut books.counts);
            let stood = seat.position.as_ref().map(|position| position.side);
            let lets_go = prepared.gates.lets_go(plan, index, seat.tradable, instant);
            if let Some(position) = &seat.position {
                let stop = stop_in_force(plan, seat.tradable, position, bar);
                let exits = if ruined {
                    vec![exits::liquidation(seat.tradable, bar, stop)]
                } else {
                    let called = exits::called(plan, position.side, news, !lets_go);
                    exits::at_open(plan, seat.tradable, bar, position, stop, called)
                };
                books.settle(index, seat, bar, exits);
            }
            if let Some(working) = &seat.working
                && (news.is_some() || working.has_expired(bar))
            {
                seat.working = None;
                books.counts.unfilled += 1;
            }
            if lets_go && seat.working.take().is_some() {
                books.counts.keep_out(KeptOut::NotInUniverse);
            }
            if let Some(news) = news
                && let Some(event) = wish(plan, stood, news, &mut books.counts)
            {
                wishes.push((index, bar, event));
            }
        }

        // Entries: each at its open, all on the equity of this open, all scaled alike.
        let mut orders = Vec::new();
        for (asset, bar, event) in wishes {
            let seat = &mut seats[asset];
            let (tradable, left) = (seat.tradable, seat.left);
            let placed = if ruined {
                Err(KeptOut::Ruined)
            } else if prepared.gates.lets_go(plan, asset, tradable, instant) {
                Err(KeptOut::NotInUniverse)
            } else if let Err(why) = prepared.gates.admits(plan, asset, tradable, event) {
                Err(why)
            } else if let Some(order) = &plan.entry.order {
                Working::place(plan, order, tradable, bar, event, left)
                    .map(|working| seat.working = Some(working))
            } else {
                entry::order(plan, costs, tradable, asset, bar, event, left)
                    .map(|order| orders.push(order))
            };
            if let Err(why) = placed {
                books.counts.keep_out(why);
            }
        }
        for (asset, seat) in seats.iter_mut().enumerate() {
            let Some(bar) = seat.tradable.bar_at(instant) else {
                continue;
            };
            let Some(working) = &seat.working else {
                continue;
            };
            if ruined {
                books.counts.keep_out(KeptOut::Ruined);
                seat.working = None;
                continue;
            }
            let (filled, order) = working.in_bar(plan, costs, seat.tradable, asset, bar);
            if filled != Filled::Not {
                seat.working = None;
            }
            match order {
                Ok(order) => orders.push(order),
                Err(why) if filled != Filled::Not => books.counts.keep_out(why),
                Err(_) => {}
            }
        }
        let mut equity = books.cash;
        for seat in &seats {
            if let Some(position) = &seat.position {
                let (seen, price) = price_at_open(seat.tradable, instant);
                equity += position.worth(position.left, price, seen, costs);
            }
        }
        let held = seats.iter().enumerate();
        let held = held.filter_map(|(index, seat)| seat.position.as_ref().map(|_| index));
        let account = Account {
            instant,
            cash: books.cash,
            equity,
            held: &Vec::from_iter(held),
            closed: &books.closed,
            closes: &closes,
        };
        let entered = size::sized(
            plan,
            costs,
            &prepared.assets,
            account,
            orders,
            &mut books.counts,
        );
        for (asset, position) in entered {
            books.cash -= position.entry_cash(costs);
            seats[asset].position = Some(position);
        }

        // Exits inside the bar.
        for (index, seat) in seats.iter_mut().enumerate() {
            if let Some(bar) = seat.tradable.bar_at(instant)
                && let Some(position) = &mut seat.position
            {
                let stop = stop_in_force(plan, seat.tradable, position, bar);
                let exits = if position.inside && position.entry_bar == bar {
                    entry_bar::after_entry(seat.tradable, position, stop, policy)
                } else {
                    exits::inside(seat.tradable, bar, position, stop, policy)
                };
                books.settle(index, seat, bar, exits);
            }
        }

        curve.push(
            instant,
            books.cash,
            seats.iter().filter_map(|seat| {
                let (bars, bar) = (seat.tradable.asset.bars, seat.bar?);
                let position = seat.position.as_ref()?;
                let seen = (bars.open_times()[bar], bars.close()[bar]);
                Some((position, position.left, seen))
            }),
        );
        let equity = curve.last();
        closes.push(equity);
        ruined |= equity <= 0.0;
    }

    let Books {
        mut trades,
        mut counts,
        interest,
        ..
    } = books;
    let mut left = Vec::with_capacity(seats.len());
    for (index, seat) in seats.iter_mut().enumerate() {
        counts.no_bar += seat.news.len() - seat.acted;
        counts.unfilled += usize::from(seat.working.is_some());
        let mut stands = None;
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
            stands = Some((position.clone(), exit.stop));
            let closed = position.close(exit);
            trades.push((index, position.trade(seat.tradable, closed, costs)));
        }
        left.push(Left {
            position: stands,
            working: seat.working.take(),
        });
    }
    trades.sort_by_key(|(index, trade)| (trade.entry_time, *index));
    for (index, trade) in &mut trades {
        trade.excursion = Excursion::scanned(trade, seats[*index].tradable.asset.bars);
    }
    let mut trades: Vec<Trade> = trades.into_iter().map(|(_, trade)| trade).collect();
    trade::number(&mut trades);
    let replay = Replay {
        trades,
        equity: curve.finish(),
        counts,
        interest,
    };
    (replay, left)
}

impl Seat<'_> {
    /// The last of the news known by now and not acted on; those before it are replaced.
    fn latest_news(&mut self, instant: Timestamp, counts: &mut Counts) -> Option<News> {
        let mut latest = None;
        while let Some(&news) = self.news.get(self.acted)
            && news.known <= instant
        {
            counts.replaced += usize::from(latest.is_some());
            latest = Some(news);
            self.acted += 1;
        }
        latest
    }
}

impl Books {
    /// Book exits of a seat's position in their order, until nothing is left.
    fn settle(&mut self, asset: usize, seat: &mut Seat<'_>, bar: usize, exits: Vec<Exit>) {
        let Some(position) = &mut seat.position else {
            return;
        };
        for exit in exits {
            if position.is_closed() {
                break;
            }
            let closed = position.close(exit);
            let trade = position.trade(seat.tradable, closed, self.costs);
            self.counts.decided_by_finer += usize::from(exit.by_finer);
            self.cash += position.exit_cash(seat.tradable, closed, self.costs);
            self.closed.push(trade.pnl_fraction);
            self.trades.push((asset, trade));
        }
        if position.is_closed() {
            seat.position = None;
            seat.left = Some(bar);
        }
    }
}

/// The stop in force in a bar: of all places to which any rule would have moved it after any bar since the entry, the one
/// nearest to the winning side; of equal ones the earliest, then trail, level, break-even.
pub(crate) fn stop_in_force(
    plan: &Plan,
    tradable: &Tradable<'_>,
    position: &Position,
    bar: usize,
) -> StopNow {
    let (exit, side) = (&plan.exit, position.side);
    let bars = tradable.asset.bars;
    let mut places = Vec::new();
    let mut best = position.entry;
    for seen in position.entry_bar..bar {
        let close = bars.close()[seen];
        let extreme = exits::seen_extreme(bars, position, seen);
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

/// The entry that news want, given the side of the position that stood; counted if none.
pub(crate) fn wish(
    plan: &Plan,
    stood: Option<Direction>,
    news: News,
    counts: &mut Counts,
) -> Option<Event> {
    let Some(event) = news.entry() else {
        match stood {
            None => counts.flat_already += 1,
            Some(_) if plan.exit.signal == ExitSignal::None => counts.against_position += 1,
            Some(_) => counts.exit_only += 1,
        }
        return None;
    };
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
