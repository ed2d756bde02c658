//! Max drawdown of a window, without a division.
//!
//! With `f` the factor by which a row multiplies the value, and everything relative to the value before the window,
//! which counts as a peak:
//! ```text
//! suffix, a row before      end   = f end              prefix, a row after     value = f value
//!                           low   = f min(1, low)                              low   = min(low, value)
//!                           worst = min(worst, low)                            under = min(1, f under)
//!                           under = min(under, end)                            worst = min(worst, under)
//!
//! window   max_drawdown = min(suffix.worst, prefix.worst, suffix.under prefix.low) - 1
//! ```
//! `under` is the last value over the peak before it. That a suffix needs no peak follows from
//! `end / max(1, f peak) = min(end, end / (f peak))`. A product that overflows cannot mislead: it could only come back
//! below 1 through rows that by themselves lost all but 1e-308. Absolute error: below `window 2^-52`.

use super::blocks::{Ends, Of, Row};

/// What is kept of rows before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suffix<const L: usize> {
    end: Row<L>,
    low: Row<L>,
    worst: Row<L>,
    under: Row<L>,
}

/// What is kept of rows after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefix<const L: usize> {
    value: Row<L>,
    low: Row<L>,
    under: Row<L>,
    worst: Row<L>,
}

/// The kernel of the max drawdown, over simple returns, or over factors if not `SIMPLE`.
pub(super) struct Fall<const SIMPLE: bool>;

/// The lesser; a NaN on the left is passed over.
#[inline(always)]
fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

impl<const L: usize, const SIMPLE: bool> Ends<L> for Fall<SIMPLE> {
    type Front = Suffix<L>;
    type Back = Prefix<L>;
    type Total = ();

    fn none(&self) -> (Suffix<L>, Prefix<L>) {
        let ones = [1.0; L];
        let suffix = Suffix {
            end: ones,
            low: ones,
            worst: ones,
            under: ones,
        };
        let prefix = Prefix {
            value: ones,
            low: ones,
            under: ones,
            worst: ones,
        };
        (suffix, prefix)
    }

    #[inline(always)]
    fn last(&self, row: &Row<L>) -> Suffix<L> {
        let (mut one, _) = Ends::<L>::none(self);
        self.front(&mut one, row, Of::rows(1));
        one
    }

    #[inline(always)]
    fn first(&self, row: &Row<L>) -> Prefix<L> {
        let (_, mut one) = Ends::<L>::none(self);
        self.back(&mut one, row, Of::rows(1));
        one
    }

    #[inline(always)]
    fn front(&self, state: &mut Suffix<L>, row: &Row<L>, _: Of) {
        for lane in 0..L {
            let factor = if SIMPLE { 1.0 + row[lane] } else { row[lane] };
            state.end[lane] *= factor;
            state.low[lane] = factor * lesser(state.low[lane], 1.0);
            state.worst[lane] = lesser(state.low[lane], state.worst[lane]);
            state.under[lane] = lesser(state.end[lane], state.under[lane]);
        }
    }

    #[inline(always)]
    fn back(&self, state: &mut Prefix<L>, row: &Row<L>, _: Of) {
        for lane in 0..L {
            let factor = if SIMPLE { 1.0 + row[lane] } else { row[lane] };
            state.value[lane] *= factor;
            state.low[lane] = lesser(state.value[lane], state.low[lane]);
            state.under[lane] = lesser(factor * state.under[lane], 1.0);
            state.worst[lane] = lesser(state.under[lane], state.worst[lane]);
        }
    }

    fn total(&self, _: Of) {}

    #[inline(always)]
    fn read(&self, front: (&Suffix<L>, usize), back: (&Prefix<L>, usize), (): &()) -> Row<L> {
        let ((front, _), (back, _)) = (front, back);
        let mut found = [0.0; L];
        for lane in 0..L {
            let across = front.under[lane] * back.low[lane];
            let within = lesser(front.worst[lane], back.worst[lane]);
            found[lane] = lesser(across, within) - 1.0;
        }
        found
    }
}
