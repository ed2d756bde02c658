//! Both levels lie inside one bar, and its open decides nothing: which came first?
//!
//! Finer bars decide where they cover the bar without a gap up to the first touch. Else a policy does, and the exit
//! is doubtful: which price, not when. The stop always lies on the losing side of the target, so `stop-first` is the
//! worse profit and `target-first` the better one.

use highwater_market::{Bars, Direction, Timestamp, Token};

use crate::{ExitReason, plan::Doubtful, position::Bracket};

/// Who decides a doubtful bar.
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
    /// For the bars of one token.
    pub(crate) fn of(self, token: &Token) -> Self {
        match self {
            Self::Policy(policy) => Self::Policy(policy),
            Self::Seeded(seed) => {
                let source = token.source.as_str().bytes();
                let seed = source.fold(mix(seed), |seed, byte| mix(seed ^ u64::from(byte)));
                Self::Seeded(mix(seed ^ token.id.0.cast_unsigned()))
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

/// Which level came first, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) reason: ExitReason,
    pub(crate) doubtful: bool,
}

/// The prices of one bar that matter here.
#[derive(Clone, Copy)]
struct Range {
    open: f64,
    high: f64,
    low: f64,
}

impl Range {
    fn of(bars: &Bars, index: usize) -> Self {
        Self {
            open: bars.open()[index],
            high: bars.high()[index],
            low: bars.low()[index],
        }
    }

    /// The price that hurts the side most, and the one that pleases it most.
    const fn worst_best(self, side: Direction) -> (f64, f64) {
        match side {
            Direction::Long => (self.low, self.high),
            Direction::Short => (self.high, self.low),
        }
    }

    /// `opens` is when the bar of the replay opens, of which this is all or a part.
    fn by(self, resolution: Resolution, side: Direction, opens: Timestamp) -> ExitReason {
        let (worst, best) = self.worst_best(side);
        let target_first = match resolution {
            Resolution::Policy(Doubtful::StopFirst) => false,
            Resolution::Policy(Doubtful::TargetFirst) => true,
            Resolution::Policy(Doubtful::NearerExtreme) => {
                (best - self.open).abs() < (self.open - worst).abs()
            }
            Resolution::Seeded(seed) => mix(seed ^ opens.micros().cast_unsigned()) >> 63 == 1,
        };
        if target_first {
            ExitReason::Target
        } else {
            ExitReason::Stop
        }
    }
}

/// Which level came first inside bar `index`, which reaches both. A seed is that of the token: [`Resolution::of`].
pub(crate) fn resolve(
    bars: &Bars,
    finer: Option<&Bars>,
    index: usize,
    side: Direction,
    bracket: &Bracket,
    resolution: Resolution,
) -> Verdict {
    let (from, until) = (bars.open_times()[index], bars.close_time(index));
    let doubtful = |range: Range| Verdict {
        reason: range.by(resolution, side, from),
        doubtful: true,
    };
    let Some((finer, touch)) = finer.and_then(|finer| {
        first_touching(finer, from, until, side, bracket).map(|touch| (finer, touch))
    }) else {
        return doubtful(Range::of(bars, index));
    };
    let range = Range::of(finer, touch);
    let (worst, best) = range.worst_best(side);
    let decided = |reason| Verdict {
        reason,
        doubtful: false,
    };
    match (
        bracket.beyond_stop(side, worst),
        bracket.beyond_target(side, best),
    ) {
        (true, false) => decided(ExitReason::Stop),
        (false, true) => decided(ExitReason::Target),
        _ if bracket.beyond_stop(side, range.open) => decided(ExitReason::Stop),
        _ if bracket.beyond_target(side, range.open) => decided(ExitReason::Target),
        _ => doubtful(range),
    }
}

/// The first finer bar in `from..until` that reaches a level, if no finer bar is missing before it.
fn first_touching(
    finer: &Bars,
    from: Timestamp,
    until: Timestamp,
    side: Direction,
    bracket: &Bracket,
) -> Option<usize> {
    let mut expected = from;
    let mut index = finer.first_open_at_or_after(from);
    while expected < until && finer.open_times().get(index) == Some(&expected) {
        let (worst, best) = Range::of(finer, index).worst_best(side);
        if bracket.beyond_stop(side, worst) || bracket.beyond_target(side, best) {
            return Some(index);
        }
        expected = expected + finer.timeframe();
        index += 1;
    }
    None
}
