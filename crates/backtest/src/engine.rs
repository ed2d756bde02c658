//! The replay in leaps: the same decisions as the bar-by-bar one, without a decision at every bar in between.
//!
//! When a position opens, the bar that first touches its stop or a target, or is the last in time, can be found at once
//! (see [`Search`](crate::Search); bar by bar, if its stop moves), whatever happens elsewhere in the portfolio: only an
//! event against it can end it sooner. So the loop leaps from one moment at which something happens to the next, and
//! equity is drawn afterwards, if it is wanted. What does not fit goes through the bar-by-bar replay: see
//! [`Engine::replay`].

use std::{borrow::Cow, cmp::Reverse, collections::BinaryHeap, sync::OnceLock};

use highwater_market::{Direction, Timestamp};
use rayon::prelude::*;

use crate::{
    Counts, EquityPoint, ExitReason, FirstTouch, Plan, Scenario, Trade,
    asset::{Prepared, Tradable},
    books::{Books, Leaps, Made, Since, Wanted},
    costs::Costs,
    count::KeptOut,
    doubt::Resolution,
    draw::draw,
    entry::{self, Intent},
    equity::{Curve, equity, price_at_open},
    event::{self, Event, News},
    exits::{self, StopPath},
    gate::Gatekeeper,
    oracle::{self, Replay, wish},
    plan::Doubtful,
    position::{Exit, Position, StopNow, gains, loses},
    search::{Band, Searched},
    size::{self, Account},
};

/// Assets and their news, prepared once for all replays of a plan.
pub(crate) struct Engine<'t, 'a> {
    prepared: Prepared<'a>,
    /// Per asset, a place for its pyramids.
    touch: Vec<&'t OnceLock<FirstTouch<'a>>>,
    /// Per asset, the news that count and the bar at whose open they do, ascending.
    news: Vec<Vec<Due>>,
    /// What became of the signal rows before any replay.
    counts: Counts,
    /// Every open instant, once somebody asked.
    instants: OnceLock<Cow<'a, [Timestamp]>>,
}

/// One complete replay: in leaps, its curve not drawn yet, or bar by bar.
pub(crate) enum Replayed {
    Leaps(Leaps),
    Bars(Replay),
}

/// News that count.
struct Due {
    /// The bar at whose open they do.
    bar: usize,
    news: News,
    /// What they want, decided once for all replays: nothing but the plan and the event decide it. Boxed, since most
    /// events find a position that they do not change.
    intent: OnceLock<Box<Result<Intent, KeptOut>>>,
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
            .get_or_init(|| Box::new(entry::decide(plan, tradable, event)));
        (**decided).as_ref().map_err(|why| *why)
    }
}

/// The open of a bar at which something happens to an asset. Earlier ones come first, then the assets in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    instant: Timestamp,
    asset: usize,
    bar: usize,
}

/// An open position, and the next bar that does something to it.
struct Held {
    position: Position,
    since: Since,
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

impl<'t, 'a> Engine<'t, 'a> {
    /// `touch` has a place for the pyramids of each asset, in the order of the prepared ones.
    pub(crate) fn new(
        plan: &Plan,
        prepared: Prepared<'a>,
        touch: Vec<&'t OnceLock<FirstTouch<'a>>>,
    ) -> Self {
        let mut counts = Gatekeeper::counts(plan);
        // The replay asks in the order of time, and so each time of another asset, whose levels are far away in memory by
        // then. Few events of a portfolio lead nowhere, so they are decided asset by asset, at once.
        let at_once =
            prepared.assets.len() > 1 && plan.rebalance.is_none() && plan.entry.only_if.is_empty();
        let news_of = |tradable: &Tradable<'_>| {
            let mut counts = Counts::default();
            let news = news(plan, tradable, &mut counts);
            if at_once {
                for due in &news {
                    if let Some(event) = due.news.entry() {
                        let _ = due.intent(plan, tradable, event);
                    }
                }
            }
            (news, counts)
        };
        let read: Vec<(Vec<Due>, Counts)> = match &prepared.assets[..] {
            [one] => vec![news_of(one)],
            assets => assets.par_iter().map(news_of).collect(),
        };
        let news = read
            .into_iter()
            .map(|(news, rows)| {
                counts.add_rows(&rows);
                news
            })
            .collect();
        Self {
            prepared,
            touch,
            news,
            counts,
            instants: OnceLock::new(),
        }
    }

    fn instants(&self) -> &[Timestamp] {
        self.instants.get_or_init(|| self.prepared.instants())
    }

    /// Replay under one way to decide doubtful bars. Plans that say so, and a replay in which equity was ever gone, go bar
    /// by bar: what happens there depends on opens or closes at which nothing else happens.
    /// `doubted` is called when an exit is in doubt, as far as leaps show it: perhaps often, perhaps never.
    pub(crate) fn replay(
        &self,
        plan: &Plan,
        policy: Resolution,
        wanted: Wanted,
        doubted: &dyn Fn(),
    ) -> Replayed {
        if !plan.goes_bar_by_bar() {
            let leaps = self.leap(plan, policy, wanted, doubted);
            if !plan.may_lose_all() || self.stays_above_zero(plan, &leaps) {
                return Replayed::Leaps(leaps);
            }
        }
        Replayed::Bars(oracle::bar_by_bar(plan, &self.prepared, policy))
    }

    /// The curve of a replay: one point per open instant.
    pub(crate) fn curve(&self, plan: &Plan, replayed: &mut Replayed) -> Vec<EquityPoint> {
        match replayed {
            Replayed::Leaps(leaps) => {
                let instants = self.instants();
                let mut curve = Curve::new(plan.cash.initial, Costs::of(plan), instants.len());
                self.draw(leaps, &mut curve, |_| ());
                curve.finish()
            }
            Replayed::Bars(replay) => std::mem::take(&mut replay.equity),
        }
    }

    /// Bars of all assets.
    pub(crate) fn bars(&self) -> usize {
        self.prepared
            .assets
            .iter()
            .map(|one| one.asset.bars.len())
            .sum()
    }

    fn stays_above_zero(&self, plan: &Plan, leaps: &Leaps) -> bool {
        let mut stays = true;
        let mut curve = Curve::new(plan.cash.initial, Costs::of(plan), 0);
        self.draw(leaps, &mut curve, |points| {
            stays &= points.iter().all(|point| point.equity > 0.0);
            points.clear();
        });
        stays
    }

    fn draw(&self, leaps: &Leaps, curve: &mut Curve, drawn: impl FnMut(&mut Vec<EquityPoint>)) {
        let assets = &self.prepared.assets;
        draw(
            assets,
            self.instants(),
            &leaps.stretches,
            &leaps.ledger,
            curve,
            drawn,
        );
    }

    fn opens(&self, asset: usize) -> &'a [Timestamp] {
        self.prepared.assets[asset].opens()
    }

    fn searched(&self, asset: usize) -> Searched<'a, 't> {
        Searched {
            bars: self.prepared.assets[asset].asset.bars,
            touch: self.touch[asset].get(),
        }
    }

    /// The loop: take the earliest moment at which an asset has news or an exit, settle it, go on.
    fn leap(&self, plan: &Plan, policy: Resolution, wanted: Wanted, doubted: &dyn Fn()) -> Leaps {
        let costs = Costs::of(plan);
        let mut books = Books::open(
            plan.cash.initial,
            plan.size.kelly.map(|_| Vec::new()),
            self.counts.clone(),
            costs,
            wanted,
        );
        let mut seats: Vec<Seat> = self.news.iter().map(|_| Seat::default()).collect();
        let mut queue: BinaryHeap<Reverse<Moment>> = BinaryHeap::new();
        for (asset, seat) in seats.iter().enumerate() {
            queue.extend(self.next_moment(asset, seat).map(Reverse));
        }

        let (mut active, mut wishes) = (Vec::new(), Vec::new());
        while let Some(&Reverse(Moment { instant, .. })) = queue.peek() {
            active.clear();
            while let Some(&Reverse(moment)) = queue.peek()
                && moment.instant == instant
            {
                queue.pop();
                active.push((moment.asset, moment.bar));
            }

            // Exits decided at the open, and what the latest news want.
            for &(asset, bar) in &active {
                let seat = &mut seats[asset];
                let tradable = &self.prepared.assets[asset];
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
                        self.settle(asset, seat, bar, exits, &mut books);
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
            for (asset, bar, event, due) in wishes.drain(..) {
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
                    held: &books.holders,
                    closed: books.closed.as_deref().unwrap_or_default(),
                    closes: &[],
                };
                let entered = size::sized(plan, costs, assets, account, orders, &mut books.counts);
                for (asset, position) in entered {
                    books.enter(asset, &position);
                    let entry = position.entry_bar;
                    let seat = &mut seats[asset];
                    seat.held = Some(Held {
                        since: Since::entry(&position),
                        at: entry,
                        stop: StopPath::start(&position),
                        position,
                        due: None,
                    });
                    self.look_ahead(plan, asset, seat, entry, &mut books.counts);
                }
            }

            // Exits inside the bar.
            for &(asset, bar) in &active {
                let tradable = &self.prepared.assets[asset];
                let seat = &mut seats[asset];
                if let Some(held) = &mut seat.held
                    && held.due == Some(bar)
                {
                    held.go_to(plan, tradable, bar);
                    let exits = exits::inside(tradable, bar, &held.position, held.stop.now, policy);
                    if exits.iter().any(|exit| exit.doubtful) {
                        doubted();
                    }
                    self.settle(asset, seat, bar, exits, &mut books);
                    self.look_ahead(plan, asset, seat, bar + 1, &mut books.counts);
                }
            }

            books.ledger.push((instant, books.cash));
            for &(asset, _) in &active {
                queue.extend(self.next_moment(asset, &seats[asset]).map(Reverse));
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
                let held = (&mut held.position, held.since);
                books.stood(asset, tradable, self.searched(asset), held, exit);
            }
        }
        books.close(&self.prepared.assets)
    }

    /// Book exits of an asset's position, and leave the seat if nothing is left of it.
    fn settle(
        &self,
        asset: usize,
        seat: &mut Seat,
        bar: usize,
        exits: Vec<Exit>,
        books: &mut Books,
    ) {
        let Some(held) = &mut seat.held else {
            return;
        };
        let tradable = &self.prepared.assets[asset];
        let booked = (&mut held.position, &mut held.since);
        books.settle(asset, tradable, self.searched(asset), booked, exits);
        if held.position.is_closed() {
            seat.held = None;
            seat.left = Some(bar);
        }
    }

    /// When an asset next has news or an exit.
    fn next_moment(&self, asset: usize, seat: &Seat) -> Option<Moment> {
        let news = self.news[asset].get(seat.read).map(|news| news.bar);
        let due = seat.held.as_ref().and_then(|held| held.due);
        let bar = news.into_iter().chain(due).min()?;
        Some(Moment {
            instant: self.opens(asset)[bar],
            asset,
            bar,
        })
    }

    /// Find the next bar, `from` or later, that touches the stop or a target, or is the position's last in time; news
    /// before it that change nothing are read at once.
    fn look_ahead(
        &self,
        plan: &Plan,
        asset: usize,
        seat: &mut Seat,
        from: usize,
        counts: &mut Counts,
    ) {
        let Some(held) = &mut seat.held else {
            return;
        };
        let tradable = &self.prepared.assets[asset];
        let position = &held.position;
        let news = &self.news[asset];
        let ends = |due: &Due| exits::called(plan, position.side, Some(due.news), true).is_some();
        // Nothing beyond the first event that ends it has to be looked at.
        let ended = news[seat.read..].iter().find(|due| ends(due));
        let ended = ended.map_or(tradable.end, |due| due.bar);
        let timed = plan
            .exit
            .time
            .map(|count| position.entry_bar.saturating_add(count.get()));
        let end = timed.map_or(ended, |timed| ended.min(timed));
        let found = if plan.exit.stop_moves() {
            // Nothing is known of a stop before the bar that moves it: look bar by bar.
            let mut path = held.stop;
            for seen in held.at..from {
                path.after(plan, tradable, position, seen);
            }
            (from..end).find(|&bar| {
                let touched = touches(tradable, bar, position, path.now);
                if !touched {
                    path.after(plan, tradable, position, bar);
                }
                touched
            })
        } else {
            let target = position.ahead().first().map(|leg| leg.price);
            let band = Band::of(position.side, held.stop.now, target);
            self.searched(asset).first_outside(from..end, band)
        };
        held.due = found.or(timed).filter(|&bar| bar < tradable.end);
        let quiet = held.due.map_or(ended, |due| due.min(ended));
        let side = Some(position.side);
        while let Some(due) = news.get(seat.read)
            && due.bar < quiet
        {
            seat.read += 1;
            let wishes = wish(plan, side, due.news, counts);
            debug_assert!(
                wishes.is_none(),
                "an event that ends nothing enters nothing"
            );
        }
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
}

impl Replayed {
    pub(crate) const fn counts(&self) -> &Counts {
        match self {
            Self::Leaps(leaps) => &leaps.counts,
            Self::Bars(replay) => &replay.counts,
        }
    }

    /// Equity after the last bar.
    pub(crate) fn end(&self, plan: &Plan) -> f64 {
        match self {
            Self::Leaps(leaps) => leaps.end,
            Self::Bars(replay) => {
                let last = replay.equity.last();
                last.map_or(plan.cash.initial, |point| point.equity)
            }
        }
    }

    /// Interest paid on cash below 0.
    pub(crate) const fn interest(&self) -> f64 {
        match self {
            // A plan that pays interest goes bar by bar.
            Self::Leaps(_) => 0.0,
            Self::Bars(replay) => replay.interest,
        }
    }

    /// How many trades it made.
    pub(crate) const fn count(&self) -> usize {
        match self {
            Self::Leaps(leaps) => leaps.made.len(),
            Self::Bars(replay) => replay.trades.len(),
        }
    }

    /// The trades, if the replay wanted them.
    pub(crate) fn take_trades(&mut self) -> Vec<Trade> {
        match self {
            Self::Leaps(Leaps {
                made: Made::Trades(trades),
                ..
            }) => std::mem::take(trades),
            Self::Leaps(_) => Vec::new(),
            Self::Bars(replay) => std::mem::take(&mut replay.trades),
        }
    }

    /// What it came to, under a policy for doubtful bars.
    pub(crate) fn scenario(&self, plan: &Plan, doubtful: Doubtful) -> Scenario {
        let (initial, end) = (plan.cash.initial, self.end(plan));
        let trades = match self {
            Self::Leaps(leaps) => match &leaps.made {
                Made::Profits(profits) => {
                    return Scenario::of(doubtful, initial, profits.iter().copied(), end);
                }
                Made::Trades(trades) => trades,
            },
            Self::Bars(replay) => &replay.trades,
        };
        let profits = trades.iter().map(|trade| (trade.pnl, trade.doubtful));
        Scenario::of(doubtful, initial, profits, end)
    }

    /// The bars that positions were held: those of each trade, its entry bar included.
    pub(crate) fn held(&self, bars: usize) -> usize {
        match self {
            Self::Leaps(leaps) => {
                let held = leaps.stretches.iter();
                held.map(|one| one.until.unwrap_or(bars) - one.from).sum()
            }
            Self::Bars(replay) => replay.trades.iter().map(|trade| trade.bars_held).sum(),
        }
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
    let news = event::news(plan, tradable.asset.signals, counts);
    let mut due: Vec<Due> = Vec::with_capacity(news.len());
    for news in news {
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
