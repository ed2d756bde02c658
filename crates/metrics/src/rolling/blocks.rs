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
    /// The row before, which makes it so many.
    fn front(&self, state: &mut Self::Front, row: &Row<L>, of: Of);
    /// The next row, which makes it so many.
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
    let mut fronts = vec![no_front; block + 1];
    // Divisions and roots of counts, once instead of at every row.
    let counts: Vec<Of> = (0..=block).map(Of::rows).collect();
    let mut total = state.total(counts[block]);
    let mut stage = [[0.0; L]; TURNED];
    // Sums of 0, unless a value is not finite: cheaper in wide registers than a list of answers.
    let mut zeros = [0.0; L];
    for (at, rows) in rows.chunks(block).enumerate() {
        let mut back = no_back;
        let mut n = 0;
        for rows in rows.chunks(TURNED) {
            for (row, stage) in rows.iter().zip(&mut stage) {
                n += 1;
                state.back(&mut back, row, counts[n]);
                let before = if at == 0 { 0 } else { block - n };
                if at == 0 {
                    total = state.total(counts[n]);
                }
                if before + n < least {
                    *stage = [f64::NAN; L];
                    continue;
                }
                *stage = state.read((&fronts[n], before), (&back, n), &total);
                for (zero, value) in zeros.iter_mut().zip(stage) {
                    *zero += *value * 0.0;
                }
            }
            for (lane, found) in found.iter_mut().enumerate().take(L) {
                found.extend(stage[..rows.len()].iter().map(|row| row[lane]));
            }
        }
        // The last block, if it is short, has no window after it.
        let mut front = no_front;
        for (at, row) in rows.iter().enumerate().rev() {
            state.front(&mut front, row, counts[rows.len() - at]);
            fronts[at] = front;
        }
    }
    // A window that is always too short has no value anywhere.
    zeros.map(|zero| zero == 0.0 && window >= least)
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
                state.back(&mut back, &[rows[at]], Of::rows(n));
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
                state.front(&mut front, &[rows[at]], Of::rows(n));
            }
            fronts[at] = (front, n);
        }
    }
}

/// Rows turned at a time: few enough that they stay in the nearest cache while every lane passes over them.
const TURNED: usize = 32;

/// Several series of one length, a row of all at a time.
pub(super) fn abreast(series: [&[f64]; ABREAST]) -> Vec<Row<ABREAST>> {
    let rows = series.iter().map(|rows| rows.len()).min().unwrap_or(0);
    let mut turned = vec![[0.0; ABREAST]; rows];
    for (at, turned) in turned.chunks_mut(TURNED).enumerate() {
        let from = at * TURNED;
        for (lane, series) in series.iter().enumerate() {
            for (row, value) in turned.iter_mut().zip(&series[from..]) {
                row[lane] = *value;
            }
        }
    }
    turned
}
