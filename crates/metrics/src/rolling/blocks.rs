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

/// A state that grows at both ends.
pub(super) trait Ends<const L: usize> {
    /// What is kept of the end of a block.
    type Front: Copy;
    /// What is kept of the beginning of a block.
    type Back: Copy;

    /// No rows.
    fn none(&self) -> (Self::Front, Self::Back);
    /// The row before, which makes it `n` rows.
    fn front(&self, state: &mut Self::Front, row: &Row<L>, n: usize);
    /// The next row, which makes it `n` rows.
    fn back(&self, state: &mut Self::Back, row: &Row<L>, n: usize);
    /// The metric of `front` rows followed by `back` rows, not both 0. Not finite where it is undefined.
    fn read(&self, front: (&Self::Front, usize), back: (&Self::Back, usize)) -> Row<L>;
}

/// The metric at every row, of whole windows and of the shorter ones before the first, from `least` rows on; NaN
/// before. No row is missing.
#[inline(always)]
pub(super) fn walk<const L: usize, S: Ends<L>>(
    state: &S,
    rows: &[Row<L>],
    window: usize,
    least: usize,
    found: &mut [Row<L>],
) {
    let block = window.min(rows.len()).max(1);
    let (no_front, no_back) = state.none();
    let mut fronts = vec![no_front; block + 1];
    let mut earlier = 0;
    for (rows, found) in rows.chunks(block).zip(found.chunks_mut(block)) {
        let mut back = no_back;
        for (at, (row, found)) in rows.iter().zip(found).enumerate() {
            let n = at + 1;
            state.back(&mut back, row, n);
            let before = if earlier == 0 { 0 } else { block - n };
            *found = if before + n >= least {
                state.read((&fronts[n], before), (&back, n))
            } else {
                [f64::NAN; L]
            };
        }
        // The last block, if it is short, has no window after it.
        let mut front = no_front;
        for (at, row) in rows.iter().enumerate().rev() {
            state.front(&mut front, row, rows.len() - at);
            fronts[at] = front;
        }
        earlier += rows.len();
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
                state.back(&mut back, &[rows[at]], n);
            }
            let (front, before) = &fronts[at + 1];
            *found = if before + n >= least {
                state.read((front, *before), (&back, n))[0]
            } else {
                f64::NAN
            };
        }
        let (mut front, mut n) = (no_front, 0);
        for at in (0..rows.len()).rev() {
            if observed[at] {
                n += 1;
                state.front(&mut front, &[rows[at]], n);
            }
            fronts[at] = (front, n);
        }
    }
}

/// Several series of one length, a row of all at a time.
pub(super) fn abreast(series: [&[f64]; ABREAST]) -> Vec<Row<ABREAST>> {
    let rows = series.iter().map(|rows| rows.len()).min().unwrap_or(0);
    let mut turned = vec![[0.0; ABREAST]; rows];
    for (lane, series) in series.into_iter().enumerate() {
        for (row, value) in turned.iter_mut().zip(series) {
            row[lane] = *value;
        }
    }
    turned
}
