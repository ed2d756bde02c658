//! Windows from suffixes and prefixes of blocks.
//!
//! Rows are cut into blocks as long as the window, counted from the first row. A window that ends `p` rows into a block
//! is the end of the block before, and the first `p + 1` rows of this one:
//! ```text
//! block b-1  . . . . [x x x      suffixes, from the block's last row backwards
//! block b             x x x x x] . . .    prefixes, row by row
//! ```
//! So each row costs one step at the front of a state, one at the back of another, and one join; nothing is removed.
//! (Van Herk 1992, Gil and Werman 1993, for extremes; here for any state that grows at both ends.)
//!
//! Eight series are walked abreast where none of their rows is missing. A series with missing rows is walked alone, by
//! the same steps in the same order: a window that holds all its rows has the same bytes either way.

use std::ops::Range;

use crate::kernel::Wide;

/// Series walked abreast.
pub(super) const ABREAST: usize = 8;

/// One row of several series.
pub(super) type Row<const L: usize> = [f64; L];

/// How many rows there are, and what follows from that alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of {
    pub(super) n: usize,
    pub(super) inverse: f64,
}

impl Of {
    pub(super) fn rows(n: usize) -> Self {
        Self {
            n,
            inverse: 1.0 / n as f64,
        }
    }
}

/// A state that grows at both ends.
pub(super) trait Ends<const L: usize> {
    /// What is kept of the end of a block.
    type Front: Copy;
    /// What is kept of the beginning of a block.
    type Back: Copy;
    /// What of a window depends on its number of observations alone.
    type Total: Copy;

    /// No rows.
    fn none(&self) -> (Self::Front, Self::Back);
    /// One row.
    fn last(&self, row: &Row<L>) -> Self::Front;
    /// One row.
    fn first(&self, row: &Row<L>) -> Self::Back;
    /// The row before, which makes it so many, at least 2.
    fn front(&self, state: &mut Self::Front, row: &Row<L>, of: Of);
    /// The next row, which makes it so many, at least 2.
    fn back(&self, state: &mut Self::Back, row: &Row<L>, of: Of);
    /// Of a window of so many observations.
    fn total(&self, of: Of) -> Self::Total;
    /// The metric of `front` rows followed by `back` rows, not both 0. Not finite where it is undefined.
    fn read(
        &self,
        front: (&Self::Front, usize),
        back: (&Self::Back, usize),
        total: &Self::Total,
    ) -> Row<L>;
}

/// The metric at every row, of whole windows and of the shorter ones before the first, from `least` rows on; NaN
/// before. No row is missing. Appended to one list a series; tells of each whether it has a value from row `least` on.
#[inline(always)]
pub(super) fn walk<const L: usize, S: Ends<L>>(
    state: &S,
    rows: &[Row<L>],
    window: usize,
    least: usize,
    found: &mut [Vec<f64>],
) -> [bool; L] {
    let block = window.min(rows.len()).max(1);
    let (no_front, no_back) = state.none();
    let mut fronts = vec![no_front; block];
    // Divisions and roots of counts, once instead of at every row.
    let counts: Vec<Of> = (0..=block).map(Of::rows).collect();
    let mut stage = Stage {
        rows: [[0.0; L]; TURNED],
        filled: 0,
        zeros: [0.0; L],
    };
    let mut blocks = rows.chunks(block);
    // The first block has none before it: its windows are its prefixes.
    let first = blocks.next().unwrap_or_default();
    let mut back = no_back;
    for (row, of) in first.iter().zip(&counts[1..]) {
        if of.n == 1 {
            back = state.first(row);
        } else {
            state.back(&mut back, row, *of);
        }
        if of.n < least {
            for found in found.iter_mut().take(L) {
                found.push(f64::NAN);
            }
        } else {
            let alone = state.read((&no_front, 0), (&back, of.n), &state.total(*of));
            stage.put(alone, found);
        }
    }
    suffixes(state, first, &counts, &mut fronts);
    let total = state.total(counts[block]);
    for rows in blocks {
        if block < least {
            // A window that is always too short has no value anywhere.
            for found in found.iter_mut().take(L) {
                found.resize(found.len() + rows.len(), f64::NAN);
            }
            continue;
        }
        let mut back = state.first(&rows[0]);
        let whole = rows.len() == block;
        let joined = if whole { block - 1 } else { rows.len() };
        for n in 1..=joined {
            if n > 1 {
                state.back(&mut back, &rows[n - 1], counts[n]);
            }
            let window = state.read((&fronts[n], block - n), (&back, n), &total);
            stage.put(window, found);
        }
        // The last block, if it is short, has no window after it.
        if whole {
            if block > 1 {
                state.back(&mut back, &rows[block - 1], counts[block]);
            }
            stage.put(state.read((&no_front, 0), (&back, block), &total), found);
            suffixes(state, rows, &counts, &mut fronts);
        }
    }
    stage.empty(found);
    stage.zeros.map(|zero| zero == 0.0 && window >= least)
}

/// The end of a block from every row on.
#[inline(always)]
fn suffixes<const L: usize, S: Ends<L>>(
    state: &S,
    rows: &[Row<L>],
    counts: &[Of],
    fronts: &mut [S::Front],
) {
    let Some((last, rows)) = rows.split_last() else {
        return;
    };
    let mut front = state.last(last);
    fronts[rows.len()] = front;
    for ((row, of), kept) in rows
        .iter()
        .rev()
        .zip(&counts[2..])
        .zip(fronts[..rows.len()].iter_mut().rev())
    {
        state.front(&mut front, row, *of);
        *kept = front;
    }
}

/// Values row by row, to be turned into lists.
struct Stage<const L: usize> {
    rows: [Row<L>; TURNED],
    filled: usize,
    /// Sums of 0, unless a value is not finite: cheaper in wide registers than a list of answers.
    zeros: Row<L>,
}

impl<const L: usize> Stage<L> {
    #[inline(always)]
    fn put(&mut self, values: Row<L>, found: &mut [Vec<f64>]) {
        self.rows[self.filled] = values;
        self.filled += 1;
        if self.filled == TURNED {
            self.empty(found);
        }
    }

    #[inline(always)]
    fn empty(&mut self, found: &mut [Vec<f64>]) {
        let mut zeros = self.zeros;
        for row in &self.rows[..self.filled] {
            for lane in 0..L {
                zeros[lane] += row[lane] * 0.0;
            }
        }
        self.zeros = zeros;
        let (quads, _) = self.rows.as_chunks::<4>();
        for (lane, found) in found.iter_mut().enumerate().take(L) {
            let mut list = [0.0; TURNED];
            let (fours, _) = list.as_chunks_mut::<4>();
            for (four, [a, b, c, d]) in fours.iter_mut().zip(quads) {
                *four = [a[lane], b[lane], c[lane], d[lane]];
            }
            if self.filled == TURNED {
                // Of a length known to the compiler, which calls no copying function for it.
                found.extend_from_slice(&list);
            } else {
                found.extend_from_slice(&list[..self.filled]);
            }
        }
        self.filled = 0;
    }
}

/// The same for one series of which rows may be missing: `observed` tells which are there.
pub(super) fn walk_observed<S: Ends<1>>(
    state: &S,
    rows: &[f64],
    observed: &[bool],
    window: usize,
    least: usize,
    found: &mut [f64],
) {
    let block = window.min(rows.len()).max(1);
    let (no_front, no_back) = state.none();
    let mut fronts = vec![(no_front, 0); block + 1];
    let whole = rows.chunks(block).zip(observed.chunks(block));
    for ((rows, observed), found) in whole.zip(found.chunks_mut(block)) {
        let (mut back, mut n) = (no_back, 0);
        for (at, found) in found.iter_mut().enumerate() {
            if observed[at] {
                n += 1;
                if n == 1 {
                    back = state.first(&[rows[at]]);
                } else {
                    state.back(&mut back, &[rows[at]], Of::rows(n));
                }
            }
            let (front, before) = &fronts[at + 1];
            *found = if before + n >= least {
                {
                    let total = state.total(Of::rows(before + n));
                    state.read((front, *before), (&back, n), &total)[0]
                }
            } else {
                f64::NAN
            };
        }
        let (mut front, mut n) = (no_front, 0);
        for at in (0..rows.len()).rev() {
            if observed[at] {
                n += 1;
                if n == 1 {
                    front = state.last(&[rows[at]]);
                } else {
                    state.front(&mut front, &[rows[at]], Of::rows(n));
                }
            }
            fronts[at] = (front, n);
        }
    }
}

/// Rows turned at a time: few enough that they stay in the nearest cache while every lane passes over them.
const TURNED: usize = 32;

/// Several series of one length, a row of all at a time.
pub(super) struct Abreast<'a>(pub(super) [&'a [f64]; ABREAST]);

impl Wide for Abreast<'_> {
    type Found = Vec<Row<ABREAST>>;

    #[inline(always)]
    fn work(self) -> Vec<Row<ABREAST>> {
        let length = self.0.iter().map(|series| series.len()).min().unwrap_or(0);
        let mut turned = vec![[0.0; ABREAST]; length];
        let (fours, rest) = turned.as_chunks_mut::<4>();
        for (at, [a, b, c, d]) in fours.iter_mut().enumerate() {
            for (lane, series) in self.0.iter().enumerate() {
                let quad = &series.as_chunks::<4>().0[at];
                (a[lane], b[lane], c[lane], d[lane]) = (quad[0], quad[1], quad[2], quad[3]);
            }
        }
        let left = length - rest.len();
        for (at, row) in rest.iter_mut().enumerate() {
            for (value, series) in row.iter_mut().zip(self.0) {
                *value = series[left + at];
            }
        }
        turned
    }
}

/// Whether every row lies in a range.
pub(super) struct AllIn<'a>(pub(super) &'a [f64], pub(super) Range<f64>);

impl Wide for AllIn<'_> {
    type Found = bool;

    #[inline(always)]
    fn work(self) -> bool {
        // Counted, since a search with an early end goes one row at a time.
        let Self(rows, range) = self;
        let others = rows.iter().map(|row| u64::from(!range.contains(row)));
        others.sum::<u64>() == 0
    }
}
