//! Series side by side: what a [`Feed`](crate::run::Feed) does with the blocks of one series, done in lanes.
//!
//! For series of equal length whose rows are ordinary: observations, above -100 %, with a growth that needs no other
//! scale. The operations are those of the folds, lane by lane, so that the bytes are; a series that turns out not to be
//! ordinary is given up here, to be folded by itself.

use crate::{
    Depths, Downside, Drawdown, Extremes, HigherMoments, Moments, Stretch, Terms, Wins,
    block::ROWS,
    drawdown::{Fall, Point},
    fold::Count,
    growth::Growth,
    kernel::{self, ABREAST, Asked, Mark, Room, STRAND},
    path::Path,
    run::{Height, Passed, Run},
};

/// Series of equal length, folded.
pub(crate) struct Folded<'a> {
    series: [&'a [f64]; ABREAST],
    room: &'a Room,
    /// The rows of the deepest fall from block to block, as [`Fall`] has them.
    peak: [Option<usize>; ABREAST],
    trough: [usize; ABREAST],
}

/// A strand in which a value is reached.
struct Place<'a> {
    start: usize,
    rows: &'a [f64],
    /// The path's value before the strand.
    before: f64,
    value: f64,
}

impl<'a> Folded<'a> {
    /// Series of equal length, not empty, of which none begins with a missing row. Returns are simple ones.
    pub(crate) fn of<A: Asked>(
        series: [&'a [f64]; ABREAST],
        target: f64,
        room: &'a mut Room,
    ) -> Self {
        kernel::fold::<A>(series, target, room);
        let mut folded = Self {
            series,
            room,
            peak: [None; ABREAST],
            trough: [0; ABREAST],
        };
        folded.locate();
        folded
    }

    /// Looks up the rows of the deepest falls from block to block: the last at the peak, the first at the trough.
    fn locate(&mut self) {
        let start = |at: f64| (at as usize).saturating_sub(1);
        let peaks = std::array::from_fn(|lane| {
            let start = start(self.room.joined.peak_at[lane]);
            let step = &self.room.trail[start / ROWS];
            let at_high = |mark: &Mark| mark.high[lane] == step.high[lane];
            let strand = step.marks.iter().rposition(at_high).unwrap_or(0);
            self.place(lane, start, strand, step.high[lane])
        });
        let troughs = std::array::from_fn(|lane| {
            let start = start(self.room.joined.trough_at[lane]);
            let step = &self.room.trail[start / ROWS];
            let at_low = |mark: &Mark| mark.low[lane] == step.low[lane];
            let strand = step.marks.iter().position(at_low).unwrap_or(0);
            self.place(lane, start, strand, step.low[lane])
        });
        let after = in_strands(&peaks, |strands, before, highs| {
            kernel::find_last(strands, before, [1.0; ABREAST], highs)
        });
        // At most the lowest is at least the highest, turned about.
        let before = in_strands(&troughs, |strands, before, lows| {
            kernel::find_first(strands, before, [-1.0; ABREAST], lows.map(|low| -low))
        });
        for lane in 0..ABREAST {
            let last = (peaks[lane].start + peaks[lane].rows.len()).saturating_sub(1 + after[lane]);
            self.peak[lane] = (self.room.joined.peak_at[lane] > 0.0).then_some(last);
            self.trough[lane] = troughs[lane].start + before[lane];
        }
    }

    /// A strand of the block that begins with row `start`.
    fn place(&self, lane: usize, start: usize, strand: usize, value: f64) -> Place<'a> {
        let block = &self.series[lane][start..];
        let block = &block[..ROWS.min(block.len())];
        let first = (strand * STRAND).min(block.len());
        Place {
            start: start + first,
            rows: &block[first..block.len().min(first + STRAND)],
            before: self.room.trail[start / ROWS].marks[strand].before[lane],
            value,
        }
    }

    /// Third and fourth moments of a series, if they were asked for and it is ordinary.
    pub(crate) fn shape(&self, lane: usize) -> HigherMoments {
        let of = &self.room.deep.shapes;
        let count = Count::of_observations(self.room.joined.rows);
        HigherMoments::from_parts(
            count,
            of.origin[lane],
            of.offset[lane],
            [of.m2[lane], of.m3[lane], of.m4[lane]],
        )
    }

    /// Depths of a series, if they were asked for and it is ordinary.
    pub(crate) fn depths(&self, lane: usize, terms: &Terms) -> Depths {
        let count = Count::of_observations(self.room.joined.rows);
        Depths::from_level(
            count,
            terms.convention().returns,
            self.room.deep.levels[lane],
        )
    }

    /// The run of a series, to be read, with no more counted than was asked; none if the series is not ordinary.
    pub(crate) fn run(&self, lane: usize, terms: &Terms) -> Option<Run> {
        let joined = &self.room.joined;
        let ordinary = joined.doubt[lane] == 0.0
            && joined.lowest[lane] > 0.0
            && Growth::is_in_scale(joined.least[lane], joined.greatest[lane]);
        if !ordinary {
            return None;
        }
        let count = Count::of_observations(joined.rows);
        let (peak, trough) = (joined.peak[lane], joined.trough[lane]);
        let stretch = Stretch {
            moments: Moments::from_parts(
                count,
                joined.origin[lane],
                joined.offset[lane],
                joined.m2[lane],
            ),
            downside: Downside::from_sums(
                count,
                terms.target(),
                joined.shortfall[lane],
                joined.below[lane],
            ),
            extremes: Extremes::unplaced(count, joined.best[lane], joined.worst[lane]),
            wins: Wins {
                count,
                wins: joined.wins[lane],
                losses: joined.losses[lane],
            },
            drawdown: Drawdown {
                growth: Growth::from_product(count, joined.value[lane]),
                high: Some(Point {
                    value: joined.high[lane],
                    at: (joined.high_at[lane] as usize).checked_sub(1),
                }),
                low: None,
                worst: (joined.ratio[lane] < 1.0).then(|| Fall {
                    depth: (trough - peak) / peak,
                    ratio: joined.ratio[lane],
                    peak: self.peak[lane],
                    trough: self.trough[lane],
                }),
            },
            observed: Some((0, joined.rows - 1)),
        };
        let height = |value: f64| Height { value, scale: 0 };
        let run = Run::known(stretch, height(peak));
        // Most series end below the peak of their deepest fall, and no block of theirs holds a deeper one.
        if joined.inside[lane] > joined.ratio[lane] && joined.reach[lane] < peak {
            return Some(run);
        }
        let passed = self.room.trail.iter().enumerate().map(|(at, step)| Passed {
            start: at * ROWS,
            base: height(step.base[lane]),
            path: Path {
                end: step.end[lane],
                high: step.high[lane],
                low: step.low[lane],
            },
        });
        Some(run.look(self.series[lane], passed.collect(), terms))
    }
}

/// Looks something up in a strand of each series: side by side, if the strands are of equal length.
fn in_strands(
    places: &[Place<'_>; ABREAST],
    find: impl Fn([&[f64]; ABREAST], [f64; ABREAST], [f64; ABREAST]) -> [usize; ABREAST],
) -> [usize; ABREAST] {
    let look = |places: [&Place<'_>; ABREAST]| {
        find(
            places.map(|place| place.rows),
            places.map(|place| place.before),
            places.map(|place| place.value),
        )
    };
    let [first, ..] = places;
    if places
        .iter()
        .all(|place| place.rows.len() == first.rows.len())
    {
        look(places.each_ref())
    } else {
        places.each_ref().map(|place| look([place; ABREAST])[0])
    }
}
