//! What a bar does to an open position, given the stop in force in it.
//!
//! ```text
//! at the open     beyond the stop: all of it    beyond targets: their parts    an event against it, or its time: the rest
//! inside the bar  the stop: all that is left    targets: their parts           both: see `doubt`
//! after the close the stop may move, for the next bar
//! ```

use highwater_market::{Direction, Price};

use crate::{
    ExitReason, Plan,
    asset::Tradable,
    doubt::{self, Resolution},
    entry::{away, buffered, level, level_of},
    event::News,
    plan::{ExitSignal, TrailFrom},
    position::{Exit, Position, StopBy, StopNow, gains, loses},
};

/// Why news end a position at an open, if they do: an event against it, one that says flat, or its token is no member
/// of the universe any more.
pub(crate) fn called(
    plan: &Plan,
    side: Direction,
    news: Option<News>,
    is_member: bool,
) -> Option<ExitReason> {
    let exits = plan.exit.signal == ExitSignal::OppositeEvent;
    match news.filter(|_| exits).map(News::entry) {
        Some(Some(event)) if event.direction != side => Some(ExitReason::OppositeEvent),
        Some(None) => Some(ExitReason::SignalFlat),
        _ => (!is_member).then_some(ExitReason::LeftUniverse),
    }
}

/// What the open of a bar ends, in order. `called`: why news end the position.
pub(crate) fn at_open(
    plan: &Plan,
    tradable: &Tradable<'_>,
    bar: usize,
    position: &Position,
    stop: StopNow,
    called: Option<ExitReason>,
) -> Vec<Exit> {
    let side = position.side;
    let open = tradable.asset.bars.open()[bar];
    let at = |reason, leg| Exit {
        bar,
        reason,
        price: open,
        leg,
        doubtful: false,
        by_finer: false,
        stop,
    };
    if stop.price.is_some_and(|stop| loses(side, open, stop)) {
        return vec![at(ExitReason::StopGap, None)];
    }
    let mut exits = Vec::new();
    for (leg, target) in (position.reached..).zip(position.ahead()) {
        if !gains(side, open, target.price) {
            break;
        }
        exits.push(at(ExitReason::TargetGap, Some(leg)));
    }
    let timed = plan
        .exit
        .time
        .is_some_and(|bars| bar - position.entry_bar >= bars.get());
    if let Some(reason) = called {
        exits.push(at(reason, None));
    } else if timed {
        exits.push(at(ExitReason::Time, None));
    }
    exits
}

/// Everything at the open of a bar, since equity is gone.
pub(crate) fn liquidation(tradable: &Tradable<'_>, bar: usize, stop: StopNow) -> Exit {
    Exit {
        bar,
        reason: ExitReason::Liquidation,
        price: tradable.asset.bars.open()[bar],
        leg: None,
        doubtful: false,
        by_finer: false,
        stop,
    }
}

/// What the bar ends after its open, in order. The open lies between the stop and the targets ahead.
pub(crate) fn inside(
    tradable: &Tradable<'_>,
    bar: usize,
    position: &Position,
    stop: StopNow,
    resolution: Resolution,
) -> Vec<Exit> {
    let side = position.side;
    let bars = tradable.asset.bars;
    let (high, low) = (bars.high()[bar], bars.low()[bar]);
    let (worst, best) = match side {
        Direction::Long => (low, high),
        Direction::Short => (high, low),
    };
    let stopped = stop.price.filter(|&stop| loses(side, worst, stop));
    let ahead = position.ahead();
    let reached = ahead
        .iter()
        .take_while(|leg| gains(side, best, leg.price))
        .count();
    let at = |reason, price, leg| Exit {
        bar,
        reason,
        price,
        leg,
        doubtful: false,
        by_finer: false,
        stop,
    };
    let target = |leg: usize| {
        let price = position.bracket.legs[leg].price;
        at(ExitReason::Target, price, Some(leg))
    };
    let first = position.reached;
    match (stopped, reached) {
        (None, reached) => (first..first + reached).map(target).collect(),
        (Some(price), 0) => vec![at(ExitReason::Stop, price, None)],
        (Some(price), _) => {
            let policy = resolution.at(tradable, bar);
            let verdict =
                doubt::resolve(bars, tradable.asset.finer, bar, side, price, ahead, policy);
            let mark = |exit: Exit, sure: bool| Exit {
                doubtful: !sure,
                by_finer: sure,
                ..exit
            };
            let mut exits: Vec<Exit> = (0..verdict.targets)
                .map(|n| mark(target(first + n), n < verdict.sure_targets))
                .collect();
            if verdict.stopped {
                exits.push(mark(at(ExitReason::Stop, price, None), verdict.sure_stop));
            }
            exits
        }
    }
}

/// What a bar showed of a price that a stop may follow: of a bar inside which the position was entered the close alone,
/// since its extreme may have come before.
pub(crate) fn seen_extreme(bars: &highwater_market::Bars, position: &Position, bar: usize) -> f64 {
    if position.inside && bar == position.entry_bar {
        return bars.close()[bar];
    }
    match position.side {
        Direction::Long => bars.high()[bar],
        Direction::Short => bars.low()[bar],
    }
}

/// The stop of a position, moved after each close.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StopPath {
    pub(crate) now: StopNow,
    /// The best price, or close, since the entry.
    best: f64,
}

impl StopPath {
    /// The stop in force in the entry bar.
    pub(crate) fn start(position: &Position) -> Self {
        Self {
            now: StopNow {
                price: position.bracket.stop,
                by: position.bracket.stop_by,
            },
            best: position.entry,
        }
    }

    /// The stop in force in the bar after this one.
    pub(crate) fn after(
        &mut self,
        plan: &Plan,
        tradable: &Tradable<'_>,
        position: &Position,
        bar: usize,
    ) {
        let exit = &plan.exit;
        if !exit.stop_moves() {
            return;
        }
        let side = position.side;
        let bars = tradable.asset.bars;
        let extreme = seen_extreme(bars, position, bar);
        let atr = tradable.atr_at(bar);
        if let Some(trail) = exit.trail {
            let seen = match trail.from {
                TrailFrom::Extreme => extreme,
                TrailFrom::Close => bars.close()[bar],
            };
            if gains(side, seen, self.best) {
                self.best = seen;
            }
            let price = away(self.best, -side.sign(), trail.distance, atr, f64::NAN);
            self.raise(side, price, StopBy::Trail);
        }
        if exit.ratchet
            && let Some(price) = newer_level(plan, tradable, position, bar, atr)
        {
            self.raise(side, price, StopBy::Ratchet);
        }
        if let Some(reach) = exit.break_even
            && gains(side, extreme, break_even_from(position, reach))
        {
            self.raise(side, position.entry, StopBy::BreakEven);
        }
    }

    /// Move the stop if that is nearer to the winning side. An average true range that is not known yet moves nothing.
    fn raise(&mut self, side: Direction, price: f64, by: StopBy) {
        let nearer = |now: f64| gains(side, price, now) && price != now;
        if !price.is_nan() && self.now.price.is_none_or(nearer) {
            self.now = StopNow {
                price: Some(price),
                by,
            };
        }
    }
}

/// The price from which on the stop moves to the entry.
pub(crate) fn break_even_from(position: &Position, reach: crate::plan::Reach) -> f64 {
    let risk = position
        .bracket
        .stop
        .map_or(f64::NAN, |stop| (position.entry - stop).abs());
    away(
        position.entry,
        position.side.sign(),
        reach,
        position.atr,
        risk,
    )
}

/// Where the stop's rule would place it at the close of a bar; `None` without such a level.
pub(crate) fn newer_level(
    plan: &Plan,
    tradable: &Tradable<'_>,
    position: &Position,
    bar: usize,
    atr: f64,
) -> Option<f64> {
    let bars = tradable.asset.bars;
    let rule = plan.exit.stop?;
    let close = Price::new(bars.close()[bar]).ok()?;
    let at = level_of(position.side, true);
    let level = level(tradable, bars.close_time(bar), close, at, &rule)?;
    Some(buffered(position.side, level, rule.buffer, atr))
}
