//! The stop and a target lie inside one bar, and its open decides nothing: which came first?
//!
//! Finer bars decide where they cover the bar without a gap up to the touch. Else a policy does, and the exit is
//! doubtful: which price, not when. The stop always lies on the losing side of the targets, so `stop-first` is the
//! worse profit and `target-first` the better one: it takes every target that the bar reaches, and then the stop.

use std::ops::ControlFlow;

use highwater_market::{Bars, Direction};

use crate::{
    asset::Tradable,
    plan::Doubtful,
    position::{Leg, gains, loses},
};

/// Who decides doubtful bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// The policy of a plan.
    Policy(Doubtful),
    /// A fair coin for each token and bar: the same seed always throws the same.
    Seeded(u64),
}

impl From<Doubtful> for Resolution {
    fn from(policy: Doubtful) -> Self {
        Self::Policy(policy)
    }
}

impl Resolution {
    /// What is decided in a bar of a token: it depends on these and the seed alone.
    pub(crate) fn at(self, tradable: &Tradable<'_>, bar: usize) -> Doubtful {
        match self {
            Self::Policy(policy) => policy,
            Self::Seeded(seed) => {
                let token = tradable.asset.token;
                let opens = tradable.asset.bars.open_times()[bar];
                let source = token.source.as_str().bytes().map(u64::from);
                let numbers = [token.id.0, opens.micros()].map(i64::cast_unsigned);
                let thrown = source
                    .chain(numbers)
                    .fold(mix(seed), |thrown, number| mix(thrown ^ number));
                if thrown >> 63 == 1 {
                    Doubtful::TargetFirst
                } else {
                    Doubtful::StopFirst
                }
            }
        }
    }
}

/// The finaliser of SplitMix64: a bijection in which each bit of the input changes half of the output
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

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
pub(crate) struct Range {
    pub(crate) open: f64,
    /// The extreme on the losing side.
    pub(crate) worst: f64,
    /// The extreme on the winning side.
    pub(crate) best: f64,
}

impl Range {
    pub(crate) fn of(bars: &Bars, index: usize, side: Direction) -> Self {
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
pub(crate) fn reached(side: Direction, price: f64, ahead: &[Leg]) -> usize {
    ahead
        .iter()
        .take_while(|leg| gains(side, price, leg.price))
        .count()
}

/// Targets that were reached before the stop without a doubt, then the stop.
fn surely_stopped(targets: usize) -> Verdict {
    Verdict {
        targets,
        sure_targets: targets,
        stopped: true,
        sure_stop: true,
    }
}

/// Of a range that reaches the stop, and `within` targets of which `taken` were reached before it: a policy decides.
fn doubtful(range: Range, taken: usize, within: usize, policy: Doubtful) -> Verdict {
    let first = range.target_first(policy);
    Verdict {
        targets: if first { within } else { taken },
        sure_targets: taken,
        stopped: true,
        sure_stop: false,
    }
}

/// What one finer bar does after `taken` targets: so many were reached by its end, or the stop ended what was left.
pub(crate) fn step(
    range: Range,
    side: Direction,
    stop: Option<f64>,
    ahead: &[Leg],
    taken: usize,
    policy: Doubtful,
) -> ControlFlow<Verdict, usize> {
    let best = taken + reached(side, range.best, &ahead[taken..]);
    let Some(stop) = stop.filter(|&stop| loses(side, range.worst, stop)) else {
        return ControlFlow::Continue(best);
    };
    if loses(side, range.open, stop) {
        return ControlFlow::Break(surely_stopped(taken));
    }
    // Its open may lie beyond targets: what it reaches beside them is in doubt.
    let taken = taken + reached(side, range.open, &ahead[taken..]);
    ControlFlow::Break(if best > taken {
        doubtful(range, taken, best, policy)
    } else {
        surely_stopped(taken)
    })
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
    let Some(finer) = finer else {
        return doubtful(whole, taken, within, policy);
    };
    let until = bars.close_time(index);
    let mut expected = bars.open_times()[index];
    let mut at = finer.first_open_at_or_after(expected);
    while expected < until && finer.open_times().get(at) == Some(&expected) {
        let range = Range::of(finer, at, side);
        match step(range, side, Some(stop), ahead, taken, policy) {
            ControlFlow::Break(verdict) => return verdict,
            ControlFlow::Continue(reached) => taken = reached,
        }
        if taken == ahead.len() {
            return surely_stopped(taken);
        }
        expected = expected + finer.timeframe();
        at += 1;
    }
    // Of the rest of the bar nobody knows more.
    doubtful(whole, taken, within, policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_is_that_of_splitmix64() {
        // The first numbers of the published generator, from the seeds 0 and 1234567.
        let gamma = 0x9e37_79b9_7f4a_7c15_u64;
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(
            mix(1_234_567_u64.wrapping_add(gamma)),
            3_203_168_211_198_807_973
        );
    }
}
