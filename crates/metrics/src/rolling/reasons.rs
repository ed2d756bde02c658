//! Why a window has no value.

use crate::{ReturnKind, Undefined, path::factor};

use super::Windows;

/// What a metric asks of a window, beside observations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Asks {
    /// Nothing.
    Nothing,
    /// Returns that differ.
    Spread,
    /// A return below this target.
    Below(f64),
    /// No loss beyond 100 %.
    Survival(ReturnKind),
}

/// A series and its windows, ready to say why.
pub(super) struct Reasons<'a> {
    rows: &'a [f64],
    windows: Windows,
    need: usize,
    asks: Asks,
    /// Observations before each row.
    before: Vec<usize>,
    /// Observations in the run of equal ones that ends here.
    equal: Vec<usize>,
    infinite: Vec<usize>,
    /// Rows below the target, or beyond ruin.
    marked: Vec<usize>,
}

impl<'a> Reasons<'a> {
    pub(super) fn new(rows: &'a [f64], windows: Windows, need: usize, asks: Asks) -> Self {
        let (mut before, mut equal) = (vec![0], Vec::with_capacity(rows.len()));
        let (mut last, mut run, mut observations) = (f64::NAN, 0, 0);
        for &row in rows {
            if row.is_finite() {
                run = if row == last { run + 1 } else { 1 };
                last = row;
                observations += 1;
            }
            before.push(observations);
            equal.push(run);
        }
        let those = |meets: &dyn Fn(f64) -> bool| -> Vec<usize> {
            let of = rows.iter().enumerate().filter(|(_, row)| meets(**row));
            of.map(|(at, _)| at).collect()
        };
        let marked = match asks {
            Asks::Below(target) => those(&|row| row.is_finite() && row < target),
            Asks::Survival(kind) => those(&|row| row.is_finite() && factor(kind, row) < 0.0),
            Asks::Nothing | Asks::Spread => Vec::new(),
        };
        Self {
            rows,
            windows,
            need,
            asks,
            before,
            equal,
            infinite: those(&|row| row.is_infinite()),
            marked,
        }
    }

    /// The reason at a row that has no value.
    pub(super) fn at(&self, row: usize) -> Undefined {
        let start = self.windows.start(row);
        let first = |of: &[usize]| {
            let next = of.get(of.partition_point(|&at| at < start)).copied();
            next.filter(|&at| at <= row)
        };
        if let Some(index) = first(&self.infinite) {
            return Undefined::NonFinite { index };
        }
        let have = self.before[row + 1] - self.before[start];
        if have < self.need {
            return Undefined::TooFew {
                need: self.need,
                have,
            };
        }
        match (self.asks, first(&self.marked)) {
            (Asks::Spread, _) if self.equal[row] >= have => Undefined::ZeroVariance,
            (Asks::Below(target), None) if target.is_finite() => Undefined::NoDownside,
            (Asks::Survival(_), Some(index)) => Undefined::Ruin { index },
            _ => Undefined::OutOfRange,
        }
    }

    /// Leaves no value in any window that holds a row which no window may hold.
    pub(super) fn strike(&self, found: &mut [f64]) {
        let mut spoilt = match self.asks {
            Asks::Survival(kind) => {
                let beyond =
                    |row: f64| !row.is_nan() && !(0.0..f64::INFINITY).contains(&factor(kind, row));
                let of = self
                    .rows
                    .iter()
                    .enumerate()
                    .filter(|(_, row)| beyond(**row));
                of.map(|(at, _)| at).collect()
            }
            _ => self.infinite.clone(),
        };
        let mut struck = 0;
        for row in spoilt.drain(..) {
            let end = row.saturating_add(self.windows.rows()).min(found.len());
            let from = row.max(struck);
            if from < end {
                found[from..end].fill(f64::NAN);
                struck = end;
            }
        }
    }
}
