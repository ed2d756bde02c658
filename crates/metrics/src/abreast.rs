//! Series side by side: what a [`Feed`](crate::run::Feed) does with the blocks of one series, done in lanes.
//!
//! For series of equal length whose rows are ordinary: observations, above -100 %, with a growth that needs no other
//! scale. The operations are those of the folds, lane by lane, so that the bytes are; a series that turns out not to be
//! ordinary is given up here, to be folded by itself.

use crate::{
    Depths, Downside, Drawdown, Extremes, Moments, Shape, Stretch, Terms, Wins,
    block::ROWS,
    drawdown::{Fall, Point},
    fold::Count,
    growth::Growth,
    kernel::{self, ABREAST, Asked, Deep, Joined, Step},
    path::Path,
    run::{Height, Passed, Run},
};

/// Series of equal length, folded.
pub(crate) struct Folded<'a> {
    series: [&'a [f64]; ABREAST],
    joined: Joined,
    deep: Deep,
    trail: Vec<Step>,
    /// The rows of the deepest fall from block to block, as [`Fall`] has them.
    peak: [Option<usize>; ABREAST],
    trough: [usize; ABREAST],
}

impl<'a> Folded<'a> {
    /// Series of equal length, not empty, of which none begins with a missing row. Returns are simple ones.
    pub(crate) fn of<A: Asked>(series: [&'a [f64]; ABREAST], target: f64) -> Self {
        let mut deep = Deep::start();
        let mut trail = Vec::with_capacity(series[0].len().div_ceil(ROWS));
        let mut folded = Self {
            series,
            joined: kernel::fold::<A>(series, target, &mut deep, &mut trail),
            deep,
            trail,
            peak: [None; ABREAST],
            trough: [0; ABREAST],
        };
        folded.locate();
        folded
    }

    /// Looks up the rows of the deepest falls from block to block.
    fn locate(&mut self) {
        let joined = &self.joined;
        let start = |at: f64| (at as usize).saturating_sub(1);
        let (peaks, troughs) = (joined.peak_at.map(start), joined.trough_at.map(start));
        let of = |starts: [usize; ABREAST], value: fn(&Step) -> &[f64; ABREAST]| {
            std::array::from_fn(|lane| value(&self.trail[starts[lane] / ROWS])[lane])
        };
        let (highs, lows): ([f64; ABREAST], [f64; ABREAST]) =
            (of(peaks, |step| &step.high), of(troughs, |step| &step.low));
        let after = self.in_blocks(peaks, |blocks, lanes| {
            kernel::find_last(blocks, [1.0; ABREAST], lanes.map(|lane| highs[lane]))
        });
        // At most the lowest is at least the highest, turned about.
        let before = self.in_blocks(troughs, |blocks, lanes| {
            kernel::find_first(blocks, [-1.0; ABREAST], lanes.map(|lane| -lows[lane]))
        });
        for lane in 0..ABREAST {
            let rows = self.block(lane, peaks[lane]).len();
            let last = (peaks[lane] + rows).saturating_sub(1 + after[lane]);
            self.peak[lane] = (self.joined.peak_at[lane] > 0.0).then_some(last);
            self.trough[lane] = troughs[lane] + before[lane];
        }
    }

    /// Looks something up in the block of each series that begins with the row given, side by side if the blocks are
    /// of equal length.
    fn in_blocks(
        &self,
        starts: [usize; ABREAST],
        find: impl Fn([&[f64]; ABREAST], [usize; ABREAST]) -> [usize; ABREAST],
    ) -> [usize; ABREAST] {
        let lanes: [usize; ABREAST] = std::array::from_fn(|lane| lane);
        let blocks = lanes.map(|lane| self.block(lane, starts[lane]));
        if blocks.iter().all(|block| block.len() == blocks[0].len()) {
            find(blocks, lanes)
        } else {
            lanes.map(|lane| find([blocks[lane]; ABREAST], [lane; ABREAST])[0])
        }
    }

    /// Third and fourth moments of a series, if they were asked for and it is ordinary.
    pub(crate) fn shape(&self, lane: usize) -> Shape {
        self.deep.shapes[lane]
    }

    /// Depths of a series, if they were asked for and it is ordinary.
    pub(crate) fn depths(&self, lane: usize, terms: &Terms) -> Depths {
        let count = Count::of_observations(self.joined.rows);
        Depths::from_level(count, terms.convention().returns, self.deep.levels[lane])
    }

    fn block(&self, lane: usize, start: usize) -> &'a [f64] {
        let rest = &self.series[lane][start..];
        &rest[..ROWS.min(rest.len())]
    }

    /// The run of a series, to be read, with no more counted than was asked; none if the series is not ordinary.
    pub(crate) fn run(&self, lane: usize, terms: &Terms) -> Option<Run> {
        let joined = &self.joined;
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
        let passed = self.trail.iter().enumerate().map(|(at, step)| Passed {
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
