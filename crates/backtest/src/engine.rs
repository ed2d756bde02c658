//! The indexed replay: the same decisions as the bar-by-bar one, without looking at the bars in between.
//!
//! When a position opens, its first touch of stop and target and the bar of its time exit are known from the
//! [`FirstTouch`] pyramid, whatever happens elsewhere in the portfolio: only an event against it can end it sooner. So
//! the loop jumps from one moment at which something happens to the next, and equity is drawn afterwards.

use std::{cmp::Reverse, collections::BinaryHeap};

use highwater_market::Timestamp;

use crate::{
    Counts, Excursion, ExitReason, FirstTouch, Plan, Trade,
    asset::{Prepared, Tradable},
    count::KeptOut,
    doubt::{self, Resolution},
    entry,
    equity::{Curve, equity, price_at_open},
    event::{self, Event},
    oracle::{Replay, wish},
    plan::ExitSignal,
    position::{Bracket, Costs, Exit, Position},
    trade,
};

/// Assets with their pyramids: built once, replayed many times.
pub(crate) struct Indexed<'a> {
    prepared: Prepared<'a>,
    touch: Vec<FirstTouch<'a>>,
    /// Per asset, the events that count and the bar at whose open they do, ascending.
    news: Vec<Vec<(usize, Event)>>,
    /// What became of the signal rows before any replay.
    counts: Counts,
    instants: Vec<Timestamp>,
}

/// An open position, and where the bars alone would end it.
struct Held {
    position: Position,
    due: Option<Exit>,
}

/// What the loop remembers of one asset.
#[derive(Default)]
struct Seat {
    held: Option<Held>,
    /// How much of the news lies behind.
    read: usize,
}

/// A position, the asset it is in, and how it ended.
struct Span {
    asset: usize,
    position: Position,
    exit: Exit,
}

/// Cash after something happened.
type Ledger = Vec<(Timestamp, f64)>;

impl<'a> Indexed<'a> {
    pub(crate) fn new(plan: &Plan, prepared: Prepared<'a>) -> Self {
        let mut counts = Counts::default();
        let news = prepared
            .assets
            .iter()
            .map(|tradable| news(plan, tradable, &mut counts))
            .collect();
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

    /// Replay under one way to decide doubtful bars.
    pub(crate) fn replay(&self, plan: &Plan, policy: Resolution) -> Replay {
        let (spans, ledger, counts) = self.events_in_time(plan, policy);
        Replay {
            trades: self.trades(plan, &spans),
            equity: self.draw(plan, &spans, &ledger),
            counts,
        }
    }

    /// As [`Indexed::replay`], with the end of the curve alone: the trades, and equity after the last bar.
    pub(crate) fn replay_to_the_end(&self, plan: &Plan, policy: Resolution) -> (Vec<Trade>, f64) {
        let (mut spans, ledger, _) = self.events_in_time(plan, policy);
        let trades = self.trades(plan, &spans);
        let cash = ledger.last().map_or(plan.cash.initial, |&(_, cash)| cash);
        spans.retain(|span| span.exit.reason == ExitReason::EndOfData);
        spans.sort_by_key(|span| span.asset);
        let standing = spans.iter().map(|span| (&span.position, span.exit.price));
        (trades, equity(cash, standing))
    }

    fn trades(&self, plan: &Plan, spans: &[Span]) -> Vec<Trade> {
        let costs = Costs::of(plan);
        let mut trades: Vec<Trade> = spans
            .iter()
            .map(|span| {
                let tradable = &self.prepared.assets[span.asset];
                let mut trade = span.position.trade(tradable, span.exit, costs);
                trade.excursion =
                    Excursion::indexed(&trade, tradable.asset.bars, &self.touch[span.asset]);
                trade
            })
            .collect();
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
        let mut counts = self.counts;
        let mut cash = plan.cash.initial;
        let mut spans = Vec::new();
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

            // Exits decided at the open, and what the latest event wants.
            let mut wishes = Vec::new();
            for &asset in &active {
                let seat = &mut seats[asset];
                let tradable = &self.prepared.assets[asset];
                let Some(bar) = tradable.bar_at(instant) else {
                    continue;
                };
                let event = self.news[asset]
                    .get(seat.read)
                    .filter(|(at, _)| *at == bar)
                    .map(|&(_, event)| event);
                seat.read += usize::from(event.is_some());
                let side = seat.held.as_ref().map(|held| held.position.side);
                if let Some(held) = &seat.held
                    && let Some(exit) = held.exit_at_open(plan, tradable, bar, event)
                {
                    cash += held.position.exit_cash(exit, costs);
                    spans.push(Span {
                        asset,
                        position: held.position,
                        exit,
                    });
                    seat.held = None;
                }
                if let Some(event) = event
                    && let Some(event) = wish(plan, side, event, &mut counts)
                {
                    wishes.push((asset, bar, event));
                }
            }

            // Entries: each at its open, all on the equity of this open, all scaled alike.
            let mut orders: Vec<(usize, Position)> = Vec::new();
            for (asset, bar, event) in wishes {
                let tradable = &self.prepared.assets[asset];
                let open = tradable.asset.bars.open()[bar];
                match entry::decide(plan, tradable, event)
                    .and_then(|intent| intent.fill(open, costs))
                {
                    Ok((fill, bracket)) => {
                        orders.push((asset, order(event, bar, open, fill, bracket)))
                    }
                    Err(why) => counts.keep_out(why),
                }
            }
            if !orders.is_empty() {
                let held =
                    seats
                        .iter()
                        .zip(&self.prepared.assets)
                        .filter_map(|(seat, tradable)| {
                            let held = seat.held.as_ref()?;
                            Some((&held.position, price_at_open(tradable, instant)))
                        });
                let equity = equity(cash, held);
                let wanted = plan.size.fraction.get() * equity;
                let needed: f64 = orders.iter().map(|_| wanted + wanted * costs.fee).sum();
                let scale = if needed > cash { cash / needed } else { 1.0 };
                for (asset, mut position) in orders {
                    position.quantity = wanted * scale / position.entry;
                    if wanted > 0.0 && scale > 0.0 && position.quantity > 0.0 {
                        counts.entered += 1;
                        counts.scaled_down += usize::from(scale < 1.0);
                        cash -= position.entry_cash(costs);
                        let due = self.due(plan, asset, &position, policy);
                        seats[asset].held = Some(Held { position, due });
                    } else {
                        counts.keep_out(KeptOut::NoCash);
                    }
                }
            }

            // Exits inside the bar.
            for &asset in &active {
                let tradable = &self.prepared.assets[asset];
                let bar = tradable.bar_at(instant);
                let seat = &mut seats[asset];
                if let Some(held) = &seat.held
                    && let Some(exit) = held.due
                    && Some(exit.bar) == bar
                {
                    counts.decided_by_finer += usize::from(exit.by_finer);
                    cash += held.position.exit_cash(exit, costs);
                    spans.push(Span {
                        asset,
                        position: held.position,
                        exit,
                    });
                    seat.held = None;
                }
            }

            ledger.push((instant, cash));
            for &asset in &active {
                queue.extend(
                    self.next_moment(asset, &seats[asset])
                        .map(|time| Reverse((time, asset))),
                );
            }
        }

        for (asset, seat) in seats.into_iter().enumerate() {
            if let Some(held) = seat.held {
                let bars = self.prepared.assets[asset].asset.bars;
                let bar = self.prepared.assets[asset].end - 1;
                spans.push(Span {
                    asset,
                    position: held.position,
                    exit: Exit {
                        bar,
                        reason: ExitReason::EndOfData,
                        price: bars.close()[bar],
                        doubtful: false,
                        by_finer: false,
                    },
                });
            }
        }
        spans.sort_by_key(|span| (self.opens(span.asset)[span.position.entry_bar], span.asset));
        (spans, ledger, counts)
    }

    /// When an asset next has news or an exit.
    fn next_moment(&self, asset: usize, seat: &Seat) -> Option<Timestamp> {
        let news = self.news[asset].get(seat.read).map(|&(bar, _)| bar);
        let due = seat
            .held
            .as_ref()
            .and_then(|held| held.due)
            .map(|exit| exit.bar);
        let bar = news.into_iter().chain(due).min()?;
        Some(self.opens(asset)[bar])
    }

    /// Where the bars alone would end a position, events aside.
    fn due(
        &self,
        plan: &Plan,
        asset: usize,
        position: &Position,
        policy: Resolution,
    ) -> Option<Exit> {
        let tradable = &self.prepared.assets[asset];
        let bars = tradable.asset.bars;
        let (side, bracket, entry) = (position.side, &position.bracket, position.entry_bar);
        let touch = &self.touch[asset];
        let stop = bracket
            .stop
            .and_then(|price| touch.first_loss(side, entry, price));
        let target = bracket
            .target
            .and_then(|price| touch.first_gain(side, entry, price));
        let touched = stop.into_iter().chain(target).min();
        let timed = plan
            .exit
            .time
            .map(|count| entry.saturating_add(count.get()));
        let bar = touched
            .into_iter()
            .chain(timed)
            .min()
            .filter(|&bar| bar < tradable.end)?;

        let at = |reason, price| Exit {
            bar,
            reason,
            price,
            doubtful: false,
            by_finer: false,
        };
        let open = bars.open()[bar];
        // The entry bar opened between its levels, or there would be no position.
        Some(if bracket.beyond_stop(side, open) {
            at(ExitReason::StopGap, open)
        } else if bracket.beyond_target(side, open) {
            at(ExitReason::TargetGap, open)
        } else if timed == Some(bar) {
            at(ExitReason::Time, open)
        } else if stop == target {
            let verdict = doubt::resolve(
                bars,
                tradable.asset.finer,
                bar,
                side,
                bracket,
                policy.of(tradable.asset.token),
            );
            let price = if verdict.reason == ExitReason::Stop {
                bracket.stop
            } else {
                bracket.target
            };
            Exit {
                doubtful: verdict.doubtful,
                by_finer: !verdict.doubtful,
                ..at(verdict.reason, price?)
            }
        } else if stop == Some(bar) {
            at(ExitReason::Stop, bracket.stop?)
        } else {
            at(ExitReason::Target, bracket.target?)
        })
    }

    /// Equity over every open instant, from the positions' spans: a pass of its own.
    fn draw(&self, plan: &Plan, spans: &[Span], ledger: &Ledger) -> Vec<crate::EquityPoint> {
        let mut cash = plan.cash.initial;
        let mut curve = Curve::new(cash);
        let mut booked = ledger.iter().peekable();
        let mut opening = spans.iter().peekable();
        let mut open: Vec<&Span> = Vec::new();
        // Per asset the next bar: its close, once seen, is the latest.
        let mut next: Vec<usize> = self.prepared.assets.iter().map(|one| one.first).collect();
        for &instant in &self.instants {
            while let Some((_, after)) = booked.next_if(|(time, _)| *time <= instant) {
                cash = *after;
            }
            let mut opened = false;
            while let Some(span) =
                opening.next_if(|span| self.opens(span.asset)[span.position.entry_bar] <= instant)
            {
                open.push(span);
                opened = true;
            }
            for (asset, at) in next.iter_mut().enumerate() {
                *at += usize::from(self.opens(asset).get(*at) == Some(&instant));
            }
            open.retain(|span| {
                span.exit.reason == ExitReason::EndOfData || next[span.asset] <= span.exit.bar
            });
            if opened {
                open.sort_by_key(|span| span.asset);
            }
            curve.push(
                instant,
                cash,
                open.iter().map(|span| {
                    let bars = self.prepared.assets[span.asset].asset.bars;
                    (&span.position, bars.close()[next[span.asset] - 1])
                }),
            );
        }
        curve.finish()
    }
}

impl Held {
    /// The exit at the open of a bar, if there is one: a gap first, then the event, then time.
    fn exit_at_open(
        &self,
        plan: &Plan,
        tradable: &Tradable<'_>,
        bar: usize,
        event: Option<Event>,
    ) -> Option<Exit> {
        let due = self.due.filter(|due| due.bar == bar);
        let against = event.is_some_and(|event| event.direction != self.position.side)
            && plan.exit.signal == ExitSignal::OppositeEvent;
        match due.map(|due| due.reason) {
            Some(ExitReason::StopGap | ExitReason::TargetGap) => due,
            _ if against => Some(Exit {
                bar,
                reason: ExitReason::OppositeEvent,
                price: tradable.asset.bars.open()[bar],
                doubtful: false,
                by_finer: false,
            }),
            Some(ExitReason::Time) => due,
            _ => None,
        }
    }
}

fn order(event: Event, bar: usize, open: f64, fill: f64, bracket: Bracket) -> Position {
    Position {
        side: event.direction,
        decision: event.known,
        entry_bar: bar,
        entry_raw: open,
        entry: fill,
        quantity: 0.0,
        bracket,
    }
}

/// The events that count, each with the bar at whose open it does; the others are counted.
fn news(plan: &Plan, tradable: &Tradable<'_>, counts: &mut Counts) -> Vec<(usize, Event)> {
    let mut news: Vec<(usize, Event)> = Vec::new();
    for event in event::events(plan, tradable.asset.signals, counts) {
        let bar = tradable
            .asset
            .bars
            .first_open_at_or_after(event.known)
            .max(tradable.first);
        if bar >= tradable.end {
            counts.no_bar += 1;
            continue;
        }
        match news.last_mut() {
            Some((at, latest)) if *at == bar => {
                counts.replaced += 1;
                *latest = event;
            }
            _ => news.push((bar, event)),
        }
    }
    news
}
