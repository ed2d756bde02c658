//! What a bar does to a position that was entered inside it, by an order that waited for its price.
//!
//! A limit order was filled on the way down to the stop, so a low beyond the stop came after it, and a high beyond a
//! target came after it for sure only if the close is beyond it too. A stop order was filled on the way up to the targets,
//! and it is the other way round. Where that leaves a doubt, finer bars tell, if they cover the bar without a gap and
//! reach what it reaches:
//! ```text
//! before the fill    nothing happens to what is not held
//! of the fill        the same rule in small; all of it counts if its open fills the order
//! after it           as in any bar: see `doubt`
//! ```
//! What is left in doubt the policy decides, and the position remembers that.

use std::ops::ControlFlow;

use highwater_market::{Bars, Direction};

use crate::{
    ExitReason,
    asset::Tradable,
    doubt::{Range, Resolution, reached, step},
    plan::Doubtful,
    position::{Exit, Leg, Position, StopNow, gains, loses},
};

/// What came after the fill: so many targets, then the stop if it was met.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    targets: usize,
    stopped: bool,
    doubt: bool,
}

/// An order that was filled, and the exits of its position that matter.
#[derive(Clone, Copy)]
struct Entered<'p> {
    side: Direction,
    price: f64,
    is_limit: bool,
    stop: Option<f64>,
    ahead: &'p [Leg],
    policy: Doubtful,
}

/// What the entry bar ends of a position that was entered inside it, in order.
pub(crate) fn after_entry(
    tradable: &Tradable<'_>,
    position: &mut Position,
    stop: StopNow,
    resolution: Resolution,
) -> Vec<Exit> {
    let (side, bar) = (position.side, position.entry_bar);
    let bars = tradable.asset.bars;
    let entered = Entered {
        side,
        price: position.entry_raw,
        is_limit: position.is_limit,
        stop: stop.price,
        ahead: position.ahead(),
        policy: resolution.at(tradable, bar),
    };
    let whole = Range::of(bars, bar, side);
    let mut told = entered.within(whole, bars.close()[bar]);
    let mut by_finer = false;
    if told.doubt
        && let Some(finer) = tradable.asset.finer
        && let Some(walked) = entered.told_by(whole, bars, finer, bar)
    {
        told = walked;
        by_finer = !walked.doubt;
    }
    let at = |reason, price, leg| Exit {
        bar,
        reason,
        price,
        leg,
        doubtful: told.doubt,
        by_finer,
        stop,
    };
    let mut exits: Vec<Exit> = position.ahead()[..told.targets]
        .iter()
        .zip(position.reached..)
        .map(|(target, leg)| at(ExitReason::Target, target.price, Some(leg)))
        .collect();
    let ends = stop.price.filter(|_| told.stopped);
    exits.extend(ends.map(|price| at(ExitReason::Stop, price, None)));
    position.in_doubt = told.doubt;
    exits
}

impl Entered<'_> {
    /// Whether the order is filled at a price.
    fn fills(&self, price: f64) -> bool {
        if self.is_limit {
            loses(self.side, price, self.price)
        } else {
            gains(self.side, price, self.price)
        }
    }

    /// What a bar did after it filled the order inside it, as far as its four prices tell.
    fn within(&self, range: Range, close: f64) -> Told {
        let (side, policy) = (self.side, self.policy);
        let touched = |price: f64| self.stop.filter(|&stop| loses(side, price, stop));
        let (most, stopped) = (
            reached(side, range.best, self.ahead),
            touched(range.worst).is_some(),
        );
        let sure = if self.is_limit {
            reached(side, close, self.ahead)
        } else {
            most
        };
        let surely_stopped = self.is_limit || touched(close).is_some();
        // The path of `nearer-extreme`: open, nearer extreme, other extreme, close.
        let best_first = (range.best - range.open).abs() < (range.open - range.worst).abs();
        if !stopped {
            let all = match policy {
                Doubtful::StopFirst => false,
                Doubtful::TargetFirst => true,
                Doubtful::NearerExtreme => !best_first,
            };
            return Told {
                targets: if all { most } else { sure },
                stopped: false,
                doubt: most > sure,
            };
        }
        let (targets, ends) = match policy {
            Doubtful::StopFirst => (0, true),
            Doubtful::TargetFirst => (most, surely_stopped),
            Doubtful::NearerExtreme if self.is_limit => (0, true),
            Doubtful::NearerExtreme => (most, surely_stopped || best_first),
        };
        Told {
            targets,
            stopped: ends,
            doubt: most > 0 || !surely_stopped,
        }
    }

    /// What the finer bars of a bar tell; `None` if they do not cover it without a gap, or do not reach what it reaches.
    fn told_by(self, whole: Range, bars: &Bars, finer: &Bars, bar: usize) -> Option<Told> {
        let side = self.side;
        let mut expected = bars.open_times()[bar];
        let first = finer.first_open_at_or_after(expected);
        let count = (bars.timeframe().micros() / finer.timeframe().micros()) as usize;
        let places = first..first + count;
        for &open in finer.open_times().get(places.clone())? {
            if open != expected {
                return None;
            }
            expected = expected + finer.timeframe();
        }
        // What the bar does not reach nobody met.
        let entered = Self {
            stop: self.stop.filter(|&stop| loses(side, whole.worst, stop)),
            ahead: &self.ahead[..reached(side, whole.best, self.ahead)],
            ..self
        };
        let ranges: Vec<Range> = places
            .clone()
            .map(|place| Range::of(finer, place, side))
            .collect();
        let met = |stop: f64| ranges.iter().any(|range| loses(side, range.worst, stop));
        let most = ranges
            .iter()
            .map(|range| reached(side, range.best, entered.ahead))
            .max()?;
        if most < entered.ahead.len() || entered.stop.is_some_and(|stop| !met(stop)) {
            return None;
        }
        let filled = ranges
            .iter()
            .position(|range| entered.fills(range.worst) || entered.fills(range.best))?;
        let close = finer.close()[places.start + filled];
        let walked = |policy| Self { policy, ..entered }.walk(&ranges[filled..], close);
        let (targets, stopped) = walked(entered.policy);
        Some(Told {
            targets,
            stopped,
            // What is left in doubt by one finer bar, later ones may settle.
            doubt: walked(Doubtful::StopFirst) != walked(Doubtful::TargetFirst),
        })
    }

    /// How many targets are reached, and whether the stop is met then, from the finer bar that fills the order on, which
    /// closes at `close`.
    fn walk(self, ranges: &[Range], close: f64) -> (usize, bool) {
        let mut told = Told::default();
        let mut next = 0;
        if !self.fills(ranges[0].open) {
            told = self.within(ranges[0], close);
            next = 1;
        }
        let mut targets = told.targets;
        if told.stopped {
            return (targets, true);
        }
        for &range in &ranges[next..] {
            match step(
                range,
                self.side,
                self.stop,
                self.ahead,
                targets,
                self.policy,
            ) {
                ControlFlow::Continue(reached) => targets = reached,
                ControlFlow::Break(verdict) => return (verdict.targets, verdict.stopped),
            }
        }
        (targets, false)
    }
}
