//! One series being folded: the stretch so far, and what follows the deepest fall.
//!
//! Joining drawdowns block by block needs, of most blocks, only how high and how low they went. So a block is passed
//! through without looking where, and the few rows that matter are looked up when the rows at hand end: a block is
//! walked again only if it may hold a deeper fall than the deepest from block to block. Its low over its high,
//! rounded, is at most its deepest ratio, rounded, since division is monotone; and falls are in a total order. So
//! the shortcut and the plain way name the same fall.

use serde::{Deserialize, Serialize};

use crate::{
    Drawdown, Merge, Stretch, Terms,
    block::{ROWS, Sums},
    convention::ReturnKind,
    drawdown::{Fall, Point},
    exact,
    growth::{Growth, rescale},
    path::{self, Path},
};

/// The state of a series of which every row is in a block that is complete, or the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) stretch: Stretch,
    /// What the value must reach again to recover from the deepest fall.
    peak: Height,
    /// The first row after the deepest fall that reached its peak.
    pub(crate) recovery: Option<usize>,
}

/// A value of the series in units of `2^(512 scale)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Height {
    #[serde(with = "exact")]
    pub(crate) value: f64,
    pub(crate) scale: i32,
}

impl Height {
    fn in_scale(self, scale: i32) -> f64 {
        rescale(self.value, scale.saturating_sub(self.scale))
    }
}

/// A block that was passed through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    /// The number of its first row.
    pub(crate) start: usize,
    /// The value before it.
    pub(crate) base: Height,
    pub(crate) path: Path,
}

/// A run with the rows at hand from which it is fed.
pub(crate) struct Feed<'a> {
    run: Run,
    rows: &'a [f64],
    /// The number of the series' row that stands first in `rows`.
    first: usize,
    kind: ReturnKind,
    target: f64,
    passed: Vec<Passed>,
}

impl Run {
    /// Before the first row.
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            stretch: Stretch::first(terms),
            peak: Height {
                value: 1.0,
                scale: 0,
            },
            recovery: None,
        }
    }

    /// A whole series whose deepest fall from block to block is known, and fell from `peak`.
    pub(crate) fn known(stretch: Stretch, peak: Height) -> Self {
        Self {
            stretch,
            peak,
            recovery: None,
        }
    }

    /// Looks for a deeper fall inside a block, and for the recovery. `rows` are the whole series, and its blocks were
    /// all passed through.
    pub(crate) fn look(self, rows: &[f64], passed: Vec<Passed>, terms: &Terms) -> Self {
        let mut feed = Feed {
            run: self,
            rows,
            first: 0,
            kind: terms.convention().returns,
            target: terms.target(),
            passed,
        };
        feed.look_inside();
        feed.look_for_recovery();
        feed.run
    }

    /// Whether no row but missing ones was seen, so that the grid of blocks has not begun.
    pub(crate) fn is_unanchored(&self) -> bool {
        let count = self.stretch.count();
        count.skipped == count.rows()
    }

    /// Joins what follows from `rows`, the next of the series.
    pub(crate) fn feed<'a>(self, rows: &'a [f64], terms: &Terms) -> Feed<'a> {
        Feed {
            first: self.stretch.count().rows(),
            run: self,
            rows,
            kind: terms.convention().returns,
            target: terms.target(),
            passed: Vec::with_capacity(rows.len().div_ceil(ROWS)),
        }
    }
}

impl<'a> Feed<'a> {
    /// The next rows that are not taken yet.
    pub(crate) fn next(&self, rows: usize) -> &'a [f64] {
        let taken = self.run.stretch.count().rows() - self.first;
        let rest = &self.rows[taken..];
        &rest[..rows.min(rest.len())]
    }

    /// Takes the next block, of which sums and path are known.
    pub(crate) fn take_measured(&mut self, rows: usize, sums: &Sums, path: &Path) {
        let block = self.next(rows);
        debug_assert!(
            rows <= ROWS && rows == block.len(),
            "a block has at most {ROWS} rows"
        );
        if sums.is_whole() && path.is_ordinary() {
            self.pass(rows, path);
        } else {
            self.pass_any(block);
        }
        self.run.stretch.absorb(block, sums, self.target);
    }

    /// Passes a block of ordinary rows.
    fn pass(&mut self, rows: usize, path: &Path) {
        let drawdown = &mut self.run.stretch.drawdown;
        let (before, high) = (drawdown.growth, drawdown.high);
        let fell = drawdown.pass(rows, path);
        self.passed(before, high, fell, *path);
    }

    /// Passes a block with missing or infinite rows, or with a loss of everything: the plain way.
    #[cold]
    fn pass_any(&mut self, block: &[f64]) {
        let earlier = self.run.stretch.drawdown;
        let later = path::drawdown(block, self.kind);
        let somewhere = |point: Option<Point>| {
            point.map(|point| Point {
                at: Some(0),
                ..point
            })
        };
        let drawdown = earlier.then(Drawdown {
            high: somewhere(later.high),
            low: somewhere(later.low),
            worst: None,
            ..later
        });
        self.run.stretch.drawdown = drawdown;
        if let (Some(high), Some(low)) = (later.high, later.low) {
            let start = earlier.count().rows();
            let fell = drawdown.worst.is_some_and(|fall| fall.trough == start);
            let path = Path {
                end: later.growth.value,
                high: high.value,
                low: low.value,
            };
            self.passed(earlier.growth, earlier.high, fell, path);
        }
    }

    /// Remembers a block. `before` and `high` are the growth and the highest value before it; `fell` tells whether it
    /// holds the trough of the deepest fall.
    fn passed(&mut self, before: Growth, high: Option<Point>, fell: bool, path: Path) {
        let scale = before.scale;
        if fell && let Some(Point { value, .. }) = high {
            self.run.peak = Height { value, scale };
            self.run.recovery = None;
        }
        let value = before.value;
        self.passed.push(Passed {
            start: before.count.rows(),
            base: Height { value, scale },
            path,
        });
    }

    /// The run after all that was taken, with the rows of its deepest fall. Its highest and lowest row are known
    /// only to the block: enough to read metrics, not to go on.
    pub(crate) fn read(mut self) -> Run {
        self.look();
        self.run
    }

    /// The run after all that was taken.
    pub(crate) fn finish(mut self) -> Run {
        self.look();
        let Drawdown { high, low, .. } = self.run.stretch.drawdown;
        let located = |point: Option<Point>, row: &dyn Fn(usize) -> usize| {
            point.map(|point| Point {
                at: point.at.map(row),
                ..point
            })
        };
        let drawdown = &self.run.stretch.drawdown;
        self.run.stretch.drawdown = Drawdown {
            high: located(high, &|start| self.last_at_high(start)),
            low: located(low, &|start| self.first_at_low(start)),
            ..*drawdown
        };
        self.run
    }

    /// Looks up the rows of the deepest fall.
    fn look(&mut self) {
        // A fall from block to block is known only to the blocks.
        self.run.stretch.drawdown.worst = self.run.stretch.drawdown.worst.map(|fall| Fall {
            peak: fall.peak.map(|start| self.last_at_high(start)),
            trough: self.first_at_low(fall.trough),
            ..fall
        });
        self.look_inside();
        self.look_for_recovery();
    }

    /// The deepest fall inside a block, if it is deeper than the deepest from block to block.
    fn look_inside(&mut self) {
        let promise = |passed: &Passed| passed.path.low / passed.path.high;
        let limit = |run: &Run| run.stretch.drawdown.worst.map_or(1.0, |worst| worst.ratio);
        // Without a division, and with room for its rounding: hardly any block may hold a deeper fall.
        let most = limit(&self.run) * (1.0 + 4.0 * f64::EPSILON);
        let candidates: Vec<usize> = (0..self.passed.len())
            .filter(|&at| self.passed[at].path.low <= self.passed[at].path.high * most)
            .collect();
        // The most promising block first, since it will most likely make all others needless.
        let best = candidates
            .iter()
            .copied()
            .min_by(|&a, &b| promise(&self.passed[a]).total_cmp(&promise(&self.passed[b])));
        for at in best.into_iter().chain(candidates) {
            let passed = self.passed[at];
            let bound = promise(&passed);
            if bound < 1.0 && bound <= limit(&self.run) {
                self.look_inside_block(&passed);
            }
        }
    }

    fn look_inside_block(&mut self, passed: &Passed) {
        let block = self.block_at(passed.start);
        let limit = self
            .run
            .stretch
            .drawdown
            .worst
            .map_or(1.0, |worst| worst.ratio);
        let Some((fall, peak)) = path::deepest_fall(block, self.kind, limit) else {
            return;
        };
        let within = Fall {
            peak: fall.peak.map(|row| passed.start + row),
            trough: passed.start + fall.trough,
            ..fall
        };
        let worst = &mut self.run.stretch.drawdown.worst;
        if worst.is_none_or(|worst| within.beats(&worst)) {
            *worst = Some(within);
            self.run.peak = Height {
                value: passed.base.value * peak,
                ..passed.base
            };
            self.run.recovery = None;
        }
    }

    /// The first row after the deepest fall that reaches its peak again.
    fn look_for_recovery(&mut self) {
        let (Some(fall), None) = (self.run.stretch.drawdown.worst, self.run.recovery) else {
            return;
        };
        self.run.recovery = self
            .passed
            .iter()
            .filter(|passed| passed.start + ROWS > fall.trough)
            .filter(|passed| passed.base.value * passed.path.high >= self.peak_at(passed))
            .find_map(|passed| {
                let peak = self.peak_at(passed);
                let block = self.block_at(passed.start);
                path::values(block, self.kind)
                    .map(|(row, value)| (passed.start + row, passed.base.value * value))
                    .find(|&(row, value)| row > fall.trough && value >= peak)
                    .map(|(row, _)| row)
            });
    }

    /// The peak of the deepest fall in a block's scale.
    fn peak_at(&self, passed: &Passed) -> f64 {
        self.run.peak.in_scale(passed.base.scale)
    }

    /// The last row at the high of the block that begins at `start`; `start` itself if it is a row of an earlier
    /// block, located when that block was at hand.
    fn last_at_high(&self, start: usize) -> usize {
        self.locate(start, |block, path| {
            path::last_at(block, self.kind, path.high)
        })
    }

    /// The first row at the low of the block that begins at `start`, likewise.
    fn first_at_low(&self, start: usize) -> usize {
        self.locate(start, |block, path| {
            path::first_at(block, self.kind, path.low)
        })
    }

    fn locate(&self, start: usize, find: impl Fn(&[f64], &Path) -> Option<usize>) -> usize {
        let passed = self
            .passed
            .binary_search_by_key(&start, |passed| passed.start);
        let found = passed
            .ok()
            .and_then(|at| find(self.block_at(start), &self.passed[at].path));
        start + found.unwrap_or(0)
    }

    /// The block that begins with the series' row `start`.
    fn block_at(&self, start: usize) -> &'a [f64] {
        let rest = &self.rows[start - self.first..];
        &rest[..ROWS.min(rest.len())]
    }
}
