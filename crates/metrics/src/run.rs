//! One series being folded: the stretch so far, and what follows the deepest fall.
//!
//! Joining drawdowns block by block needs, of most blocks, only how high and how low they went. A block is walked
//! again only if it may hold a deeper fall than any before it: its low over its high, rounded, is at most its
//! deepest ratio, rounded, since division is monotone. So the shortcut and the plain way choose the same fall.
//! Which row of a block was its highest is looked up when it is asked for; until then the block's number stands.

use serde::{Deserialize, Serialize};

use crate::{
    Drawdown, Merge, Stretch, Terms,
    block::{ROWS, Sums},
    convention::ReturnKind,
    drawdown::{Fall, Point, deeper},
    exact,
    growth::{Growth, rescale},
    path::{self, Path},
};

/// The state of a series of which every row is in a block that is complete, or the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) stretch: Stretch,
    /// What the value must reach again to recover from the deepest fall, in the scale of the growth.
    #[serde(with = "exact")]
    peak: f64,
    /// The first row after the deepest fall that reached its peak.
    pub(crate) recovery: Option<usize>,
}

/// Rows known only by the first row of their block, while the blocks are at hand.
#[derive(Clone, Copy, Debug, Default)]
struct Pending {
    /// The highest row so far.
    high: Option<usize>,
    /// The lowest row so far.
    low: Option<usize>,
    /// The peak of the deepest fall.
    peak: Option<usize>,
    /// The trough of the deepest fall.
    trough: Option<usize>,
}

/// A run with the rows at hand from which it is fed.
pub(crate) struct Feed<'a> {
    run: Run,
    rows: &'a [f64],
    /// The number of the series' row that stands first in `rows`.
    first: usize,
    kind: ReturnKind,
    target: f64,
    pending: Pending,
}

impl Run {
    /// Before the first row.
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            stretch: Stretch::first(terms),
            peak: 1.0,
            recovery: None,
        }
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
            pending: Pending::default(),
        }
    }
}

impl<'a> Feed<'a> {
    /// Takes the next block of at most [`ROWS`] rows.
    pub(crate) fn take(&mut self, rows: usize) {
        let block = self.next(rows);
        if !block.is_empty() {
            self.take_walked(
                rows,
                &Sums::of(block, self.target),
                &path::alone(block, self.kind),
            );
        }
    }

    /// Takes the next block, of which sums and path are known.
    pub(crate) fn take_walked(&mut self, rows: usize, sums: &Sums, path: &Path) {
        let block = self.next(rows);
        debug_assert!(
            rows <= ROWS && rows == block.len(),
            "blocks have at most {ROWS} rows"
        );
        let (growth, path) = if sums.is_whole() && path.is_ordinary() {
            (Growth::from_product(sums.count, path.end), Some(*path))
        } else {
            self.walk_any(block)
        };
        match path {
            Some(path) => self.follow(block, growth, path),
            None => {
                let nothing = Drawdown {
                    growth,
                    ..Drawdown::nothing()
                };
                self.run.stretch.drawdown = self.run.stretch.drawdown.then(nothing);
            }
        }
        self.run.stretch.absorb(block, sums, self.target);
    }

    /// The next rows that are not taken yet.
    pub(crate) fn next(&self, rows: usize) -> &'a [f64] {
        let taken = self.run.stretch.count().rows() - self.first;
        let rest = &self.rows[taken..];
        &rest[..rows.min(rest.len())]
    }

    /// The run after all that was taken.
    pub(crate) fn finish(mut self) -> Run {
        self.locate_worst();
        let drawdown = &mut self.run.stretch.drawdown;
        if let (Some(start), Some(high)) = (self.pending.high, &mut drawdown.high) {
            let found = path::last_at_high(block_at(self.rows, self.first, start), self.kind);
            high.at = shifted(start, found);
        }
        if let (Some(start), Some(low)) = (self.pending.low, &mut drawdown.low) {
            let found = path::first_at_low(block_at(self.rows, self.first, start), self.kind);
            low.at = shifted(start, found);
        }
        self.run
    }

    #[cold]
    fn walk_any(&self, block: &[f64]) -> (Growth, Option<Path>) {
        let drawdown = path::drawdown(block, self.kind);
        let path = match (drawdown.high, drawdown.low) {
            (Some(high), Some(low)) => Some(Path {
                end: drawdown.growth.value,
                high: high.value,
                low: low.value,
            }),
            _ => None,
        };
        (drawdown.growth, path)
    }

    /// Follows the value through a block: what `then` does, without knowing rows, and the recovery with it.
    fn follow(&mut self, block: &[f64], growth: Growth, path: Path) {
        let earlier = self.run.stretch.drawdown;
        let before = earlier.count().rows();
        // The block's extremes, standing for the moment in its first row.
        let somewhere = |value| Some(Point { value, at: Some(0) });
        let drawdown = earlier.then(Drawdown {
            growth,
            high: somewhere(path.high),
            low: somewhere(path.low),
            worst: None,
        });
        // Did it fall deeper than ever from an earlier block's peak to this block's low?
        let across = drawdown.worst.filter(|fall| fall.trough >= before);
        let mut fell = across.is_some();
        if fell {
            self.run.peak = earlier.high.map_or(1.0, |high| high.value);
            self.pending.peak = self.pending.high;
            self.pending.trough = Some(before);
        }
        // And deeper still inside this block, or as deep from a later peak of the same height?
        let bound = path.low / path.high;
        let may_hold_deeper = path.low < path.high
            && drawdown.worst.is_none_or(|worst| {
                bound < worst.ratio || (bound == worst.ratio && across.is_some())
            });
        self.run.stretch.drawdown = drawdown;
        if may_hold_deeper && let Some((fall, peak)) = path::deepest_fall(block, self.kind) {
            self.locate_worst_in(block, before);
            let worst = &mut self.run.stretch.drawdown.worst;
            let within = Some(Fall {
                peak: fall.peak.map(|row| before + row),
                trough: before + fall.trough,
                ..fall
            });
            if deeper(*worst, within) == within {
                *worst = within;
                fell = true;
                self.run.peak = earlier.growth.value * peak;
                self.pending.peak = None;
                self.pending.trough = None;
            }
        }
        if drawdown.high.is_some_and(|high| high.at == Some(before)) {
            self.pending.high = Some(before);
        }
        if drawdown.low.is_some_and(|low| low.at == Some(before)) {
            self.pending.low = Some(before);
        }

        if fell {
            self.run.recovery = None;
        }
        let open = self.run.stretch.drawdown.worst.is_some() && self.run.recovery.is_none();
        if open && earlier.growth.value * path.high >= self.run.peak {
            self.locate_worst_in(block, before);
            let trough = self
                .run
                .stretch
                .drawdown
                .worst
                .map_or(0, |fall| fall.trough);
            self.run.recovery = path::values(block, self.kind)
                .find(|&(row, value)| {
                    before + row > trough && earlier.growth.value * value >= self.run.peak
                })
                .map(|(row, _)| before + row);
        }
        let steps = drawdown.growth.scale.saturating_sub(earlier.growth.scale);
        self.run.peak = rescale(self.run.peak, steps).min(f64::MAX);
    }

    /// Finds the row of the deepest fall's trough, if it is one of this block.
    fn locate_worst_in(&mut self, block: &[f64], before: usize) {
        if self.pending.trough == Some(before)
            && let Some(fall) = &mut self.run.stretch.drawdown.worst
            && let Some(trough) = shifted(before, path::first_at_low(block, self.kind))
        {
            fall.trough = trough;
            self.pending.trough = None;
        }
    }

    /// Finds the rows of the deepest fall.
    fn locate_worst(&mut self) {
        let Some(fall) = &mut self.run.stretch.drawdown.worst else {
            return;
        };
        if let Some(start) = self.pending.peak.take() {
            let found = path::last_at_high(block_at(self.rows, self.first, start), self.kind);
            fall.peak = shifted(start, found);
        }
        if let Some(start) = self.pending.trough.take() {
            let found = path::first_at_low(block_at(self.rows, self.first, start), self.kind);
            fall.trough = shifted(start, found).unwrap_or(start);
        }
    }
}

/// The block that begins with the series' row `start`.
fn block_at(rows: &[f64], first: usize, start: usize) -> &[f64] {
    let rest = &rows[start - first..];
    &rest[..ROWS.min(rest.len())]
}

fn shifted(start: usize, point: Option<Point>) -> Option<usize> {
    point.and_then(|point| point.at).map(|row| start + row)
}
