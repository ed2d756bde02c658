//! Sortino ratio of a window: the sum of returns above the target, and the sum of squared shortfalls.
//!
//! Every term of the second is positive; the first is a plain sum of at most two blocks, whose error is below
//! `n 2^-53` times the sum of its absolute terms.

use super::{
    blocks::{Ends, Of, Row},
    over_root::over_root,
};

/// What is summed of some rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums<const L: usize> {
    excess: Row<L>,
    squares: Row<L>,
    below: Row<L>,
}

/// The kernel of the Sortino ratio with an arithmetic mean; `LOSERS` if the squares are divided by the returns below
/// the target, not by all.
pub(super) struct Sortino<const LOSERS: bool> {
    pub(super) target: f64,
    pub(super) per_year: f64,
}

impl<const LOSERS: bool> Sortino<LOSERS> {
    #[inline(always)]
    fn grow<const L: usize>(&self, sums: &mut Sums<L>, row: &Row<L>) {
        for lane in 0..L {
            let excess = row[lane] - self.target;
            let short = if excess < 0.0 { excess } else { 0.0 };
            sums.excess[lane] += excess;
            sums.squares[lane] += short * short;
            if LOSERS {
                sums.below[lane] += if excess < 0.0 { 1.0 } else { 0.0 };
            }
        }
    }
}

impl<const L: usize, const LOSERS: bool> Ends<L> for Sortino<LOSERS> {
    type Front = Sums<L>;
    type Back = Sums<L>;
    type Total = (f64, f64);

    fn none(&self) -> (Sums<L>, Sums<L>) {
        let none = Sums {
            excess: [0.0; L],
            squares: [0.0; L],
            below: [0.0; L],
        };
        (none, none)
    }

    #[inline(always)]
    fn last(&self, row: &Row<L>) -> Sums<L> {
        let (mut one, _) = Ends::<L>::none(self);
        self.front(&mut one, row, Of::rows(1));
        one
    }

    #[inline(always)]
    fn first(&self, row: &Row<L>) -> Sums<L> {
        let (_, mut one) = Ends::<L>::none(self);
        self.back(&mut one, row, Of::rows(1));
        one
    }

    #[inline(always)]
    fn front(&self, state: &mut Sums<L>, row: &Row<L>, _: Of) {
        self.grow(state, row);
    }

    #[inline(always)]
    fn back(&self, state: &mut Sums<L>, row: &Row<L>, _: Of) {
        self.grow(state, row);
    }

    #[inline(always)]
    fn total(&self, of: Of) -> (f64, f64) {
        // mean / sqrt(squares / n), and for the losers sqrt(squares / below).
        ((self.per_year * of.inverse).sqrt(), of.inverse)
    }

    #[inline(always)]
    fn read(
        &self,
        (front, _): (&Sums<L>, usize),
        (back, _): (&Sums<L>, usize),
        (scale, inverse): &(f64, f64),
    ) -> Row<L> {
        let (mut excess, mut squares) = ([0.0; L], [0.0; L]);
        for lane in 0..L {
            excess[lane] = (front.excess[lane] + back.excess[lane]) * scale;
            squares[lane] = front.squares[lane] + back.squares[lane];
        }
        let mut found = over_root(&excess, &squares);
        if LOSERS {
            for lane in 0..L {
                found[lane] *= ((front.below[lane] + back.below[lane]) * inverse).sqrt();
            }
        }
        found
    }
}
