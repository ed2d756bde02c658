//! The block: the unit of work, and the reason why the result does not depend on how the work is cut.
//!
//! The rows of a series, counted from its first observation, fall into blocks of [`ROWS`]. Within a block, row `i`
//! belongs to virtual lane `i % LANES`; the lanes are added up in one fixed tree, and blocks are joined in order,
//! one after the other. Threads, pushes and vector units may share out the blocks and lanes as they like: every
//! addition has the same two operands, so every result has the same bytes.

use crate::{Downside, Moments, Wins, fold::Count};

/// Rows in a block. Long enough that joins cost little, short enough to bound the condition of the variance.
pub(crate) const ROWS: usize = 128;

/// Virtual lanes of a sum.
const LANES: usize = 8;

/// Sums over the finite rows of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sums {
    pub(crate) count: Count,
    /// The rows of the first and the last observation.
    pub(crate) observed: Option<(usize, usize)>,
    origin: f64,
    sum: f64,
    squares: f64,
    pub(crate) shortfall: f64,
    pub(crate) below: usize,
    pub(crate) best: f64,
    pub(crate) worst: f64,
    pub(crate) wins: usize,
    pub(crate) losses: usize,
}

impl Sums {
    /// The sums of at most [`ROWS`] rows, whatever they hold. `target` is the minimum acceptable return.
    pub(crate) fn of(rows: &[f64], target: f64) -> Self {
        let Some(&origin) = rows.first() else {
            return Self::none();
        };
        let sums = Self::of_finite(rows, origin, target);
        // One look at the squares tells whether any row is missing, infinite, or large enough to be looked at twice.
        if sums.squares.is_finite() {
            sums
        } else {
            Self::of_any(rows, target)
        }
    }

    /// Whether every row is an observation.
    pub(crate) fn is_whole(&self) -> bool {
        self.count.skipped == 0 && self.count.infinite == 0
    }

    fn none() -> Self {
        Self {
            count: Count::default(),
            observed: None,
            origin: 0.0,
            sum: 0.0,
            squares: 0.0,
            shortfall: 0.0,
            below: 0,
            best: 0.0,
            worst: 0.0,
            wins: 0,
            losses: 0,
        }
    }

    /// The slow way: the finite rows moved together, the others counted.
    #[cold]
    fn of_any(rows: &[f64], target: f64) -> Self {
        let mut count = Count::default();
        let mut observed = None;
        let mut finite = [0.0; ROWS];
        for (at, &row) in rows.iter().enumerate() {
            if count.admit(row) {
                finite[count.observations - 1] = row;
                observed = Some((observed.map_or(at, |(first, _)| first), at));
            }
        }
        let finite = &finite[..count.observations];
        match finite.first() {
            Some(&origin) => Self {
                count,
                observed,
                ..Self::of_finite(finite, origin, target)
            },
            None => Self {
                count,
                ..Self::none()
            },
        }
    }

    /// The kernel. `origin` is the first row.
    fn of_finite(rows: &[f64], origin: f64, target: f64) -> Self {
        let losses = count(rows, |row| row < 0.0);
        Self {
            count: Count::of_observations(rows.len()),
            observed: Some((0, rows.len() - 1)),
            origin,
            sum: sum(rows, |row| row - origin),
            squares: sum(rows, |row| (row - origin) * (row - origin)),
            shortfall: sum(rows, |row| {
                let short = lesser(target, row) - target;
                short * short
            }),
            below: if target == 0.0 {
                losses
            } else {
                count(rows, |row| row < target)
            },
            best: lanes(rows, origin, greater, greater),
            worst: lanes(rows, origin, lesser, lesser),
            wins: count(rows, |row| row > 0.0),
            losses,
        }
    }

    pub(crate) fn moments(&self) -> Moments {
        Moments::from_sums(self.count, self.origin, self.sum, self.squares)
    }

    pub(crate) fn downside(&self, target: f64) -> Downside {
        Downside::from_sums(self.count, target, self.shortfall, self.below)
    }

    pub(crate) fn wins(&self) -> Wins {
        Wins {
            count: self.count,
            wins: self.wins,
            losses: self.losses,
        }
    }
}

/// One sum in [`LANES`] lanes, joined in the one tree.
///
/// One sum a loop: the rows are in the nearest cache, and a compiler that sees two sums in one loop pairs the sums
/// in a register, where it should pair the lanes. Measured, two sums a loop took twice as long.
#[inline(always)]
fn lanes<T: Copy>(
    rows: &[f64],
    start: T,
    step: impl Fn(T, f64) -> T,
    join: impl Fn(T, T) -> T,
) -> T {
    let mut lanes = [start; LANES];
    let (chunks, rest) = rows.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &row) in lanes.iter_mut().zip(chunk) {
            *lane = step(*lane, row);
        }
    }
    for (lane, &row) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, row);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let (ae, bf, cg, dh) = (join(a, e), join(b, f), join(c, g), join(d, h));
    join(join(ae, cg), join(bf, dh))
}

/// The sum of a term a row.
#[inline(always)]
fn sum(rows: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    lanes(rows, 0.0, |sum, row| sum + term(row), |a, b| a + b)
}

/// How many rows meet a condition. Whole numbers need no lanes: their sum has no order.
#[inline(always)]
fn count(rows: &[f64], meets: impl Fn(f64) -> bool) -> usize {
    let count: u64 = rows.iter().map(|&row| u64::from(meets(row))).sum();
    count as usize
}

fn greater(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

fn lesser(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_row_leaves_the_sums_of_the_others() {
        let whole: Vec<f64> = (0..40).map(|i| f64::from(i % 7) / 8.0 - 0.25).collect();
        let mut holed = whole.clone();
        holed.insert(0, f64::NAN);
        holed.insert(20, f64::NAN);
        let (whole, holed) = (Sums::of(&whole, 0.0), Sums::of(&holed, 0.0));
        assert_eq!(holed.observed, Some((1, 41)));
        assert_eq!(holed.count.skipped, 2);
        let count = whole.count;
        let observed = whole.observed;
        assert_eq!(
            Sums {
                count,
                observed,
                ..holed
            },
            whole
        );
    }

    #[test]
    fn large_rows_overflow_and_are_still_counted() {
        let sums = Sums::of(&[1e200, -1e200, 0.0], 0.0);
        assert_eq!(sums.count.observations, 3);
        assert_eq!((sums.wins, sums.losses, sums.below), (1, 1, 1));
        assert!(sums.is_whole() && sums.squares.is_infinite());
    }
}
