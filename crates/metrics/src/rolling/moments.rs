//! Mean and variance of a window.
//!
//! ```text
//! n:       rows so far        origin: the first of them, at either end
//! delta  = (x - origin) - offset
//! offset = offset + delta / n
//! m2     = m2 + delta ((x - origin) - offset)
//! ```
//! (Welford 1962), and the join of [`crate::Moments`]. The origin is a row that every suffix, or every prefix, of its
//! block contains, so that it is never a value that has left the window. A flat window has `delta = 0` throughout and
//! a variance of exactly zero.

use super::{
    blocks::{Ends, Of, Row},
    over_root::over_root,
};

/// Mean and squares of some rows, as deviations from their origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<const L: usize> {
    origin: Row<L>,
    offset: Row<L>,
    squares: Row<L>,
}

/// What is read of a mean and a variance.
pub(super) trait Reading {
    /// What depends on the number of observations alone.
    fn scale(&self, n: usize) -> f64;
    /// The metric, with `mean = origin + offset`.
    fn value<const L: usize>(&self, of: &State<L>, scale: f64) -> Row<L>;
}

/// The kernel of a reading.
pub(super) struct Kernel<R>(pub(super) R);

impl<R> Kernel<R> {
    #[inline(always)]
    fn one<const L: usize>(row: &Row<L>) -> State<L> {
        State {
            origin: *row,
            offset: [0.0; L],
            squares: [0.0; L],
        }
    }

    #[inline(always)]
    fn grow<const L: usize>(state: &mut State<L>, row: &Row<L>, of: Of) {
        for lane in 0..L {
            let value = row[lane] - state.origin[lane];
            let delta = value - state.offset[lane];
            state.offset[lane] += delta * of.inverse;
            state.squares[lane] += delta * (value - state.offset[lane]);
        }
    }
}

impl<const L: usize, R: Reading> Ends<L> for Kernel<R> {
    type Front = State<L>;
    type Back = State<L>;
    /// One over the number of observations, and the reading's scale.
    type Total = (f64, f64);

    fn none(&self) -> (State<L>, State<L>) {
        let none = State {
            origin: [0.0; L],
            offset: [0.0; L],
            squares: [0.0; L],
        };
        (none, none)
    }

    #[inline(always)]
    fn last(&self, row: &Row<L>) -> State<L> {
        Self::one(row)
    }

    #[inline(always)]
    fn first(&self, row: &Row<L>) -> State<L> {
        Self::one(row)
    }

    #[inline(always)]
    fn front(&self, state: &mut State<L>, row: &Row<L>, of: Of) {
        Self::grow(state, row, of);
    }

    #[inline(always)]
    fn back(&self, state: &mut State<L>, row: &Row<L>, of: Of) {
        Self::grow(state, row, of);
    }

    #[inline(always)]
    fn total(&self, of: Of) -> (f64, f64) {
        (of.inverse, self.0.scale(of.n))
    }

    #[inline(always)]
    fn read(
        &self,
        (front, before): (&State<L>, usize),
        (back, after): (&State<L>, usize),
        &(inverse, scale): &(f64, f64),
    ) -> Row<L> {
        if before == 0 || after == 0 {
            let only = if before == 0 { back } else { front };
            return self.0.value(only, scale);
        }
        let share = after as f64 * inverse;
        let weight = before as f64 * share;
        let mut joined = *front;
        for lane in 0..L {
            let delta =
                (back.origin[lane] - front.origin[lane]) + (back.offset[lane] - front.offset[lane]);
            joined.offset[lane] += delta * share;
            joined.squares[lane] =
                front.squares[lane] + back.squares[lane] + delta * delta * weight;
        }
        self.0.value(&joined, scale)
    }
}

/// The mean.
pub(super) struct Mean;

impl Reading for Mean {
    fn scale(&self, _: usize) -> f64 {
        1.0
    }
    #[inline(always)]
    fn value<const L: usize>(&self, of: &State<L>, _: f64) -> Row<L> {
        std::array::from_fn(|lane| of.origin[lane] + of.offset[lane])
    }
}

/// The deviation, per year.
pub(super) struct Deviation {
    pub(super) ddof: u8,
    pub(super) per_year: f64,
}

impl Deviation {
    fn freedom(&self, n: usize) -> f64 {
        n as f64 - f64::from(self.ddof)
    }
}

impl Reading for Deviation {
    #[inline(always)]
    fn scale(&self, n: usize) -> f64 {
        (self.per_year / self.freedom(n)).sqrt()
    }
    #[inline(always)]
    fn value<const L: usize>(&self, of: &State<L>, scale: f64) -> Row<L> {
        of.squares.map(|squares| squares.sqrt() * scale)
    }
}

/// The mean above the risk-free rate over the deviation, per year.
pub(super) struct Sharpe {
    pub(super) risk_free: f64,
    pub(super) deviation: Deviation,
}

impl Reading for Sharpe {
    #[inline(always)]
    fn scale(&self, n: usize) -> f64 {
        (self.deviation.freedom(n) * self.deviation.per_year).sqrt()
    }
    #[inline(always)]
    fn value<const L: usize>(&self, of: &State<L>, scale: f64) -> Row<L> {
        let mut excess = [0.0; L];
        for lane in 0..L {
            excess[lane] = ((of.origin[lane] - self.risk_free) + of.offset[lane]) * scale;
        }
        over_root(&excess, &of.squares)
    }
}
