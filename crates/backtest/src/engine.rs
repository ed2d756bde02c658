//! The indexed replay: the same decisions as the bar-by-bar one, without looking at the bars in between.
//!
//! When a position opens, its first touch of stop and target and the bar of its time exit are known from the
//! [`FirstTouch`] pyramid (bar by bar, if its stop moves), whatever happens elsewhere in the portfolio: only an event
//! against it can end it sooner. So the loop jumps from one moment at which something happens to the next, and equity is
//! drawn afterwards. What does not fit goes through the bar-by-bar replay: see [`Indexed::replay`].

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
    sync::OnceLock,
};

use highwater_market::{Direction, Timestamp};
use rayon::prelude::*;

use crate::{
    Counts, EquityPoint, Excursion, ExitReason, FirstTouch, Plan, Trade,
    asset::{Prepared, Tradable},
    costs::Costs,
    count::KeptOut,
    doubt::Resolution,
    entry::{self, Intent},
    equity::{Curve, equity, price_at_open},
    event::{self, Event, News},
    exits::{self, StopPath},
    gate::Gatekeeper,
    oracle::{self, Replay, wish},
    position::{Closed, Exit, Position, StopNow, gains, loses},
    size::{self, Account},
    trade,
};

/// Assets with their pyramids: built once, replayed many times.
pub(crate) struct Indexed<'a> {
    prepared: Prepared<'a>,
    touch: Vec<FirstTouch<'a>>,
    /// Per asset, the news that count and the bar at whose open they do, ascending.
    news: Vec<Vec<Due>>,
    /// What became of the signal rows before any replay.
    counts: Counts,
    instants: Vec<Timestamp>,
}

/// News that count.
struct Due {
    /// The bar at whose open they do.
    bar: usize,
    news: News,
    /// What they want, decided once for all replays: nothing but the plan and the event decide it.
    intent: OnceLock<Result<Intent, KeptOut>>,
}

impl Due {
    fn intent(
        &self,
        plan: &Plan,
        tradable: &Tradable<'_>,
        event: Event,
    ) -> Result<&Intent, KeptOut> {
        let decided = self
            .intent
            .get_or_init(|| entry::decide(plan, tradable, event));
        decided.as_ref().map_err(|why| *why)
    }
}

/// An open position, and the next bar that does something to it.
struct Held {
    position: Position,
    closed: Vec<Closed>,
    /// The stop in force in `at`.
    stop: StopPath,
    at: usize,
    /// The first bar, not before `at`, that touches the stop or a target, or is the last in time.
    due: Option<usize>,
}

/// What the loop remembers of one asset.
#[derive(Default)]
struct Seat {
    held: Option<Held>,
    /// How much of the news lies behind.
    read: usize,
    /// The bar in which the last position ended.
    left: Option<usize>,
}

/// What the loop writes down as it goes.
struct Books {
    cash: f64,
    /// Fractional profit of every trade closed so far; kept only if the plan's sizes ask for it.
    closed: Option<Vec<f64>>,
    counts: Counts,
    costs: Costs,
    spans: Vec<Span>,
    /// The assets that hold something.
    holders: BTreeSet<usize>,
}

/// A position that is over, the asset it was in, and how it ended.
struct Span {
    asset: usize,
    position: Position,
    closed: Vec<Closed>,
}

/// Cash after something happened.
type Ledger = Vec<(Timestamp, f64)>;

impl<'a> Indexed<'a> {
    pub(crate) fn new(plan: &Plan, prepared: Prepared<'a>) -> Self {
        let mut counts = Gatekeeper::counts(plan);
        let news: Vec<Vec<Due>> = prepared
            .assets
            .iter()
            .map(|tradable| news(plan, tradable, &mut counts))
            .collect();
        if prepared.assets.len() > 1 && plan.rebalance.is_none() && plan.entry.only_if.is_empty() {
            // The replay asks in the order of time, and so each time of another asset, whose levels are far away in
            // memory by then. Few events of a portfolio lead nowhere, so they are decided asset by asset, at once.
            prepared
                .assets
                .par_iter()
                .zip(&news)
                .for_each(|(tradable, news)| {
                    for due in news {
                        if let Some(event) = due.news.entry() {
                            let _ = due.intent(plan, tradable, event);
                        }
                    }
                });
        }
        let touch = prepared
            .assets
            .iter()
            .map(|tradable| FirstTouch::new(tradable.asset.bars))
            .collect();
        let instants = prepared.instants();
        Self {
            prepared,
            touch,
            news,
            counts,
            instants,
        }
    }

    /// Replay under one way to decide doubtful bars. Plans that say so, and a replay in which equity was ever gone, go bar
    /// by bar: what happens there depends on opens or closes at which nothing else happens.
    pub(crate) fn replay(&self, plan: &Plan, policy: Resolution) -> Replay {
        if !plan.goes_bar_by_bar() {
            let replay = self.jump(plan, policy);
            if replay.equity.iter().all(|point| point.equity > 0.0) {
                return replay;
            }
        }
        oracle::bar_by_bar(plan, &self.prepared, policy)
    }

    fn jump(&self, plan: &Plan, policy: Resolution) -> Replay {
        let (spans, ledger, counts) = self.events_in_time(plan, policy);
        Replay {
            trades: self.trades(plan, &spans),
            equity: self.draw(plan, &spans, &ledger),
            counts,
            interest: 0.0,
        }
    }

    /// As [`Indexed::replay`], with the end of the curve alone: the trades, and equity after the last bar.
    pub(crate) fn replay_to_the_end(&self, plan: &Plan, policy: Resolution) -> (Vec<Trade>, f64) {
        if plan.may_lose_all() {
            let replay = self.replay(plan, policy);
            let end = replay.equity.last();
            return (
                replay.trades,
                end.map_or(plan.cash.initial, |point| point.equity),
            );
        }
        let (mut spans, ledger, _) = self.events_in_time(plan, policy);
        let trades = self.trades(plan, &spans);
        let cash = ledger.last().map_or(plan.cash.initial, |&(_, cash)| cash);
        let costs = Costs::of(plan);
        spans.retain(Span::stands);
        spans.sort_by_key(|span| span.asset);
        let standing = spans.iter().map(|span| {
            let last = span.last();
            let (price, seen) = (last.exit.price, self.opens(span.asset)[last.exit.bar]);
            span.position.worth(last.quantity, price, seen, costs)
        });
        (trades, equity(cash, standing))
    }

    fn trades(&self, plan: &Plan, spans: &[Span]) -> Vec<Trade> {
        let costs = Costs::of(plan);
        let trades_of = |span: &'_ Span| {
            let tradable = &self.prepared.assets[span.asset];
            let trade = |&closed: &Closed| {
                let mut trade = span.position.trade(tradable, closed, costs);
                trade.excursion =
                    Excursion::indexed(&trade, tradable.asset.bars, &self.touch[span.asset]);
                trade
            };
            span.closed.iter().map(trade).collect::<Vec<_>>()
        };
        let mut trades: Vec<Trade> = spans.iter().flat_map(trades_of).collect();
        trade::number(&mut trades);
        trades
    }

    fn opens(&self, asset: usize) -> &'a [Timestamp] {
        self.prepared.assets[asset].opens()
    }

    /// The loop: take the earliest moment at which an asset has news or an exit, settle it, go on. Spans come by entry,
    /// then in the order of the assets.
    fn events_in_time(&self, plan: &Plan, policy: Resolution) -> (Vec<Span>, Ledger, Counts) {
        let costs = Costs::of(plan);
        let mut books = Books {
            cash: plan.cash.initial,
            closed: plan.size.kelly.map(|_| Vec::new()),
            counts: self.counts.clone(),
            costs,
            spans: Vec::new(),
            holders: BTreeSet::new(),
        };
        let mut ledger = Vec::new();
        let mut seats: Vec<Seat> = self.news.iter().map(|_| Seat::default()).collect();
        let mut queue: BinaryHeap<Reverse<(Timestamp, usize)>> = BinaryHeap::new();
        for (asset, seat) in seats.iter().enumerate() {
            queue.extend(
                self.next_moment(asset, seat)
                    .map(|time| Reverse((time, asset))),
            );
        }

        while let Some(&Reverse((instant, _))) = queue.peek() {
            let mut active = Vec::new();
            while let Some(&Reverse((time, asset))) = queue.peek()
                && time == instant
            {
                queue.pop();
                if active.last() != Some(&asset) {
                    active.push(asset);
                }
            }

            // Exits decided at the open, and what the latest news want.
            let mut wishes = Vec::new();
            for &asset in &active {
                let seat = &mut seats[asset];
                let tradable = &self.prepared.assets[asset];
                let Some(bar) = tradable.bar_at(instant) else {
                    continue;
                };
                let due = self.news[asset].get(seat.read).filter(|due| due.bar == bar);
                let news = due.map(|due| due.news);
                seat.read += usize::from(news.is_some());
                let side = seat.held.as_ref().map(|held| held.position.side);
                if let Some(held) = &mut seat.held {
                    let called = exits::called(plan, held.position.side, news, true);
                    if held.due == Some(bar) || called.is_some() {
                        held.go_to(plan, tradable, bar);
                        let (position, stop) = (&held.position, held.stop.now);
                        let exits = exits::at_open(plan, tradable, bar, position, stop, called);
                        books.settle(asset, tradable, seat, bar, exits);
                    }
                }
                if let Some(news) = news
                    && let Some(event) = wish(plan, side, news, &mut books.counts)
                {
                    wishes.extend(due.map(|due| (asset, bar, event, due)));
                }
            }

            // Entries: each at its open, all on the equity of this open, all scaled alike.
            let mut orders = Vec::new();
            for (asset, bar, event, due) in wishes {
                let tradable = &self.prepared.assets[asset];
                let admitted = self.prepared.gates.admits(plan, asset, tradable, event);
                let order = admitted
                    .and_then(|()| entry::rests(plan, bar, seats[asset].left))
                    .and_then(|()| due.intent(plan, tradable, event))
                    .and_then(|intent| intent.at_market(plan, costs, tradable, asset, bar, event));
                match order {
                    Ok(order) => orders.push(order),
                    Err(why) => books.counts.keep_out(why),
                }
            }
            if !orders.is_empty() {
                let assets = &self.prepared.assets;
                // Those that hold something, in the order of the assets.
                let worth = books.holders.iter().filter_map(|&asset| {
                    let position = &seats[asset].held.as_ref()?.position;
                    let (seen, price) = price_at_open(&assets[asset], instant);
                    Some(position.worth(position.left, price, seen, costs))
                });
                let account = Account {
                    instant,
                    cash: books.cash,
                    equity: equity(books.cash, worth),
                    held: &Vec::from_iter(books.holders.iter().copied()),
                    closed: books.closed.as_deref().unwrap_or_default(),
                    closes: &[],
                };
                let entered = size::sized(plan, costs, assets, account, orders, &mut books.counts);
                for (asset, position) in entered {
                    books.cash -= position.entry_cash(costs);
                    let entry = position.entry_bar;
                    let mut held = Held {
                        at: entry,
                        stop: StopPath::start(&position),
                        position,
                        closed: Vec::new(),
                        due: None,
                    };
                    self.look_ahead(plan, asset, &mut held, entry);
                    seats[asset].held = Some(held);
                    books.holders.insert(asset);
                }
            }

            // Exits inside the bar.
            for &asset in &active {
                let tradable = &self.prepared.assets[asset];
                let seat = &mut seats[asset];
                if let Some(held) = &mut seat.held
                    && let Some(bar) = held.due
                    && self.opens(asset)[bar] == instant
                {
                    held.go_to(plan, tradable, bar);
                    let exits = exits::inside(tradable, bar, &held.position, held.stop.now, policy);
                    books.settle(asset, tradable, seat, bar, exits);
                    if let Some(held) = &mut seat.held {
                        self.look_ahead(plan, asset, held, bar + 1);
                    }
                }
            }

            ledger.push((instant, books.cash));
            for &asset in &active {
                queue.extend(
                    self.next_moment(asset, &seats[asset])
                        .map(|time| Reverse((time, asset))),
                );
            }
        }

        for (asset, mut seat) in seats.into_iter().enumerate() {
            if let Some(mut held) = seat.held.take() {
                let tradable = &self.prepared.assets[asset];
                let bar = tradable.end - 1;
                held.go_to(plan, tradable, bar);
                let exit = Exit {
                    bar,
                    reason: ExitReason::EndOfData,
                    price: tradable.asset.bars.close()[bar],
                    leg: None,
                    doubtful: false,
                    by_finer: false,
                    stop: held.stop.now,
                };
                held.closed.push(held.position.close(exit));
                books.spans.push(held.over(asset));
            }
        }
        let Books {
            mut spans, counts, ..
        } = books;
        spans.sort_by_key(|span| (self.opens(span.asset)[span.position.entry_bar], span.asset));
        (spans, ledger, counts)
    }

    /// When an asset next has news or an exit.
    fn next_moment(&self, asset: usize, seat: &Seat) -> Option<Timestamp> {
        let news = self.news[asset].get(seat.read).map(|news| news.bar);
        let due = seat.held.as_ref().and_then(|held| held.due);
        let bar = news.into_iter().chain(due).min()?;
        Some(self.opens(asset)[bar])
    }

    /// Find the next bar, `from` or later, that touches the stop or a target, or is the position's last in time.
    fn look_ahead(&self, plan: &Plan, asset: usize, held: &mut Held, from: usize) {
        let tradable = &self.prepared.assets[asset];
        let position = &held.position;
        let timed = plan
            .exit
            .time
            .map(|count| position.entry_bar.saturating_add(count.get()));
        let end = timed.map_or(tradable.end, |timed| tradable.end.min(timed));
        let touch = &self.touch[asset];
        let touched = |from: usize, stop: StopNow| {
            let stop = stop
                .price
                .and_then(|price| touch.first_loss(position.side, from, price));
            let target = position
                .ahead()
                .first()
                .and_then(|leg| touch.first_gain(position.side, from, leg.price));
            stop.into_iter().chain(target).min()
        };
        let found = if plan.exit.stop_moves() {
            // Nothing is known of a stop before the bar that moves it: look bar by bar.
            let mut path = held.stop;
            for seen in held.at..from {
                path.after(plan, tradable, position, seen);
            }
            let mut bar = from;
            loop {
                if bar >= end || touches(tradable, bar, position, path.now) {
                    break Some(bar);
                }
                path.after(plan, tradable, position, bar);
                bar += 1;
            }
        } else {
            touched(from, held.stop.now)
        };
        held.due = found
            .into_iter()
            .chain(timed)
            .min()
            .filter(|&bar| bar < tradable.end);
    }

    /// Equity over every open instant, from the positions' spans: a pass of its own.
    fn draw(&self, plan: &Plan, spans: &[Span], ledger: &Ledger) -> Vec<EquityPoint> {
        let mut cash = plan.cash.initial;
        let mut curve = Curve::new(cash, Costs::of(plan), self.instants.len());
        let mut booked = ledger.iter().peekable();
        let mut opening = spans.iter().peekable();
        // Each with the latest bar seen of its asset.
        let mut open: Vec<(&Span, usize)> = Vec::new();
        for &instant in &self.instants {
            while let Some((_, after)) = booked.next_if(|(time, _)| *time <= instant) {
                cash = *after;
            }
            let mut opened = false;
            while let Some(span) =
                opening.next_if(|span| self.opens(span.asset)[span.position.entry_bar] <= instant)
            {
                open.push((span, span.position.entry_bar));
                opened = true;
            }
            for (span, bar) in &mut open {
                *bar += usize::from(self.opens(span.asset).get(*bar + 1) == Some(&instant));
            }
            open.retain(|(span, bar)| span.stands() || *bar < span.last().exit.bar);
            if opened {
                open.sort_by_key(|(span, _)| span.asset);
            }
            curve.push(
                instant,
                cash,
                open.iter().map(|&(span, bar)| {
                    let bars = self.prepared.assets[span.asset].asset.bars;
                    let latest = (bars.open_times()[bar], bars.close()[bar]);
                    (&span.position, span.left(bar + 1), latest)
                }),
            );
        }
        curve.finish()
    }
}

impl Held {
    /// Move the stop on, bar by bar, to the one in force in `bar`.
    fn go_to(&mut self, plan: &Plan, tradable: &Tradable<'_>, bar: usize) {
        if plan.exit.stop_moves() {
            for seen in self.at..bar {
                self.stop.after(plan, tradable, &self.position, seen);
            }
        }
        self.at = self.at.max(bar);
    }

    fn over(self, asset: usize) -> Span {
        Span {
            asset,
            position: self.position,
            closed: self.closed,
        }
    }
}

impl Books {
    /// Book exits of a seat's position in their order, until nothing is left.
    fn settle(
        &mut self,
        asset: usize,
        tradable: &Tradable<'_>,
        seat: &mut Seat,
        bar: usize,
        exits: Vec<Exit>,
    ) {
        let Some(held) = &mut seat.held else {
            return;
        };
        for exit in exits {
            if held.position.is_closed() {
                break;
            }
            let closed = held.position.close(exit);
            self.counts.decided_by_finer += usize::from(exit.by_finer);
            self.cash += held.position.exit_cash(tradable, closed, self.costs);
            if let Some(profits) = &mut self.closed {
                let trade = held.position.trade(tradable, closed, self.costs);
                profits.push(trade.pnl_fraction);
            }
            held.closed.push(closed);
        }
        if let Some(held) = seat.held.take_if(|held| held.position.is_closed()) {
            seat.left = Some(bar);
            self.holders.remove(&asset);
            self.spans.push(held.over(asset));
        }
    }
}

impl Span {
    fn last(&self) -> &Closed {
        self.closed.last().expect("a position ends with an exit")
    }

    /// Whether the position stood at the end of the data.
    fn stands(&self) -> bool {
        self.last().exit.reason == ExitReason::EndOfData
    }

    /// Coins that are left once so many bars of the asset are over.
    fn left(&self, bars: usize) -> f64 {
        let behind = |closed: &&Closed| {
            closed.exit.bar < bars && closed.exit.reason != ExitReason::EndOfData
        };
        let last = self.closed.iter().take_while(behind).last();
        last.map_or(self.position.quantity, |closed| closed.left)
    }
}

/// Whether a bar touches the stop or the next target, or opens beyond one.
fn touches(tradable: &Tradable<'_>, bar: usize, position: &Position, stop: StopNow) -> bool {
    let bars = tradable.asset.bars;
    let (worst, best) = match position.side {
        Direction::Long => (bars.low()[bar], bars.high()[bar]),
        Direction::Short => (bars.high()[bar], bars.low()[bar]),
    };
    stop.price
        .is_some_and(|stop| loses(position.side, worst, stop))
        || position
            .ahead()
            .first()
            .is_some_and(|leg| gains(position.side, best, leg.price))
}

/// The news that count, each with the bar at whose open they do; the others are counted.
fn news(plan: &Plan, tradable: &Tradable<'_>, counts: &mut Counts) -> Vec<Due> {
    let mut due: Vec<Due> = Vec::new();
    for news in event::news(plan, tradable.asset.signals, counts) {
        let bar = tradable
            .asset
            .bars
            .first_open_at_or_after(news.known)
            .max(tradable.first);
        if bar >= tradable.end {
            counts.no_bar += 1;
            continue;
        }
        match due.last_mut() {
            Some(latest) if latest.bar == bar => {
                counts.replaced += 1;
                latest.news = news;
            }
            _ => due.push(Due {
                bar,
                news,
                intent: OnceLock::new(),
            }),
        }
    }
    due
}
