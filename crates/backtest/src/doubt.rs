//! The stop and a target lie inside one bar, and its open decides nothing: which came first?
//!
//! Finer bars decide where they cover the bar without a gap up to the touch. Else a policy does, and the exit is
//! doubtful: which price, not when. The stop always lies on the losing side of the targets, so `stop-first` is the
//! worse profit and `target-first` the better one: it takes every target that the bar reaches, and then the stop.

use highwater_market::{Bars, Direction};

use crate::{
    plan::Doubtful,
    position::{Leg, gains, loses},
};

/// What came first: so many targets, then the stop if that ended what was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Targets reached before the stop.
    pub(crate) targets: usize,
    /// Of these, how many without a doubt.
    pub(crate) sure_targets: usize,
    /// Whether the stop ended the rest, if targets leave one.
    pub(crate) stopped: bool,
    /// Whether that is without a doubt.
    pub(crate) sure_stop: bool,
}

/// The prices of one bar that matter here.
#[derive(Clone, Copy)]
struct Range {
    open: f64,
    worst: f64,
    best: f64,
}

impl Range {
    fn of(bars: &Bars, index: usize, side: Direction) -> Self {
        let (high, low) = (bars.high()[index], bars.low()[index]);
        let (worst, best) = match side {
            Direction::Long => (low, high),
            Direction::Short => (high, low),
        };
        Self {
            open: bars.open()[index],
            worst,
            best,
        }
    }

    fn target_first(self, policy: Doubtful) -> bool {
        match policy {
            Doubtful::StopFirst => false,
            Doubtful::TargetFirst => true,
            Doubtful::NearerExtreme => {
                (self.best - self.open).abs() < (self.open - self.worst).abs()
            }
        }
    }
}

/// How many targets a price has reached.
fn reached(side: Direction, price: f64, ahead: &[Leg]) -> usize {
    ahead
        .iter()
        .take_while(|leg| gains(side, price, leg.price))
        .count()
}

/// What came first inside bar `index`, which reaches the stop and at least the first of the targets ahead.
pub(crate) fn resolve(
    bars: &Bars,
    finer: Option<&Bars>,
    index: usize,
    side: Direction,
    stop: f64,
    ahead: &[Leg],
    policy: Doubtful,
) -> Verdict {
    let whole = Range::of(bars, index, side);
    let within = reached(side, whole.best, ahead);
    let mut taken = 0;
    // The rest of the bar, of which nobody knows more: a policy decides.
    let doubtful = |taken: usize, range: Range, within: usize| {
        let first = range.target_first(policy);
        Verdict {
            targets: if first { within } else { taken },
            sure_targets: taken,
            stopped: true,
            sure_stop: false,
        }
    };
    let Some(finer) = finer else {
        return doubtful(taken, whole, within);
    };
    let until = bars.close_time(index);
    let mut expected = bars.open_times()[index];
    let mut at = finer.first_open_at_or_after(expected);
    while expected < until && finer.open_times().get(at) == Some(&expected) {
        let range = Range::of(finer, at, side);
        let stopped = Verdict {
            targets: taken,
            sure_targets: taken,
            stopped: true,
            sure_stop: true,
        };
        let best = taken + reached(side, range.best, &ahead[taken..]);
        let touches_stop = loses(side, range.worst, stop);
        match (touches_stop, best > taken) {
            (false, false) => {}
            (false, true) => taken = best,
            (true, false) => return stopped,
            (true, true) if loses(side, range.open, stop) => return stopped,
            (true, true) => {
                taken += reached(side, range.open, &ahead[taken..]);
                if best > taken && taken < ahead.len() {
                    return doubtful(taken, range, best);
                }
                return Verdict {
                    targets: taken,
                    sure_targets: taken,
                    ..stopped
                };
            }
        }
        if taken == ahead.len() {
            return Verdict {
                targets: taken,
                sure_targets: taken,
                ..stopped
            };
        }
        expected = expected + finer.timeframe();
        at += 1;
    }
    doubtful(taken, whole, within)
}
