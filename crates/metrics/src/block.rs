//! The block: the unit of work, and the reason why the result does not depend on how the work is cut.
//!
//! The rows of a series, counted from its first observation, fall into blocks of [`ROWS`]. Within a block the order of
//! every operation is that of the [kernel](crate::kernel); blocks are joined in order, one after the other. Threads,
//! pushes and vector units may share out the blocks as they like: every addition has the same two operands, so every
//! result has the same bytes.

use crate::{
    Downside, Moments, Wins,
    fold::Count,
    kernel::{self, ABREAST, Asked, Found, Level, Mark, STRANDS},
    path::Path,
};

/// Rows in a block. Long enough that joins cost little, short enough to bound the condition of the variance.
pub(crate) const ROWS: usize = 128;

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
        match rows {
            [] => Self::none(),
            _ => measure([rows; ABREAST], target)[0].0,
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
        if count.observations == 0 {
            return Self {
                count,
                ..Self::none()
            };
        }
        let finite = &finite[..count.observations];
        let found = find([finite; ABREAST], target);
        Self {
            count,
            observed,
            ..Self::of_lane(&found, 0, finite.len())
        }
    }

    /// One of the blocks of which the kernel found this.
    fn of_lane(found: &Found, lane: usize, rows: usize) -> Self {
        Self {
            count: Count::of_observations(rows),
            observed: Some((0, rows - 1)),
            origin: found.origin[lane],
            sum: found.sum[lane],
            squares: found.squares[lane],
            shortfall: found.shortfall[lane],
            below: found.below[lane],
            best: found.best[lane],
            worst: found.worst[lane],
            wins: found.wins[lane],
            losses: found.losses[lane],
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

/// Sums and paths of blocks of equal length, none of them empty. The paths are those of simple returns.
pub(crate) fn measure(blocks: [&[f64]; ABREAST], target: f64) -> [(Sums, Path); ABREAST] {
    let found = find(blocks, target);
    std::array::from_fn(|lane| {
        let rows = blocks[lane];
        // One look at the squares tells whether any row is missing, infinite, or large enough to be looked at twice.
        let sums = if found.squares[lane].is_finite() {
            Sums::of_lane(&found, lane, rows.len())
        } else {
            Sums::of_any(rows, target)
        };
        (sums, Path::of_lane(&found, lane))
    })
}

fn find(blocks: [&[f64]; ABREAST], target: f64) -> Found {
    if target == 0.0 {
        ask::<AboutZero>(blocks, target)
    } else {
        ask::<AboutTarget>(blocks, target)
    }
}

fn ask<A: Asked>(blocks: [&[f64]; ABREAST], target: f64) -> Found {
    let levels = &mut [Level::START; ABREAST];
    let marks = &mut [Mark::default(); STRANDS];
    // Successive blocks: the next four follow these.
    kernel::measure::<A>(blocks, target, ABREAST * ROWS, levels, marks)
}

/// What the kernel finds of blocks of equal length, none of them empty, third and fourth powers included.
pub(crate) fn powers(blocks: [&[f64]; ABREAST]) -> Found {
    ask::<WithPowers>(blocks, 0.0)
}

struct WithPowers;

impl Asked for WithPowers {
    const ZERO: bool = true;
    const LOSSES: bool = false;
    const DEEP: bool = true;
}

/// All sums, below a target of zero.
pub(crate) struct AboutZero;

impl Asked for AboutZero {
    const ZERO: bool = true;
    const LOSSES: bool = true;
    const DEEP: bool = false;
}

/// All sums, below any target.
pub(crate) struct AboutTarget;

impl Asked for AboutTarget {
    const ZERO: bool = false;
    const LOSSES: bool = true;
    const DEEP: bool = false;
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
