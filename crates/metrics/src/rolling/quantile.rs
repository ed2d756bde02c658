//! Quantiles of rolling windows.
//!
//! The rows of two successive blocks, each as long as the window, are ranked once; a Fenwick tree over the ranks counts
//! which of them are in the window. A row enters and leaves in O(log w), and the k-th smallest is found in O(log w) by
//! walking down the tree. Ranking costs O(log w) a row. Values are never computed with, so that a quantile is an order
//! statistic, or lies between two:
//! ```text
//! h = (n - 1) p        quantile = x[floor h] + (h - floor h) (x[floor h + 1] - x[floor h])
//! ```
//! Sources: Fenwick, P., "A New Data Structure for Cumulative Frequency Tables", Software: Practice and Experience
//! 24(3), 1994; Hyndman and Fan, "Sample Quantiles in Statistical Packages", American Statistician 50(4), 1996, type 7.

use crate::Undefined;

use super::{
    Rolled, Windows,
    reasons::{Asks, Reasons},
};

/// How many of each rank are in the window.
struct Ranks {
    /// `counts[i - 1]` holds the ranks `i - lowest bit of i .. i`.
    counts: Vec<u32>,
    in_window: usize,
}

impl Ranks {
    fn new(ranks: usize) -> Self {
        Self {
            counts: vec![0; ranks],
            in_window: 0,
        }
    }

    fn enter(&mut self, rank: usize) {
        self.in_window += 1;
        self.each(rank, |count| *count += 1);
    }

    fn leave(&mut self, rank: usize) {
        self.in_window -= 1;
        self.each(rank, |count| *count -= 1);
    }

    fn each(&mut self, rank: usize, change: impl Fn(&mut u32)) {
        let mut at = rank + 1;
        while at <= self.counts.len() {
            change(&mut self.counts[at - 1]);
            at += at & at.wrapping_neg();
        }
    }

    /// The rank of the k-th smallest (from 0) in the window.
    fn nth(&self, mut k: usize) -> usize {
        let mut at = 0;
        let mut step = (self.counts.len() + 1).next_power_of_two() / 2;
        while step > 0 {
            if at + step <= self.counts.len() {
                let here = self.counts[at + step - 1] as usize;
                if here <= k {
                    k -= here;
                    at += step;
                }
            }
            step /= 2;
        }
        at
    }
}

/// The quantile of every window. [`Undefined::OutOfRange`] throughout if `probability` is not one.
pub(super) fn rolling_quantile(rows: &[f64], windows: Windows, probability: f64) -> Rolled {
    let need = windows.min_observations();
    let reasons = Reasons::new(rows, windows, need, Asks::Nothing);
    let mut found = vec![f64::NAN; rows.len()];
    if (0.0..=1.0).contains(&probability) {
        let block = windows.rows().min(rows.len()).max(1);
        for first in (0..rows.len()).step_by(block) {
            // The block before, and this one.
            let from = first.saturating_sub(block);
            let end = (first + block).min(rows.len());
            let (sorted, ranks) = ranked(&rows[from..end]);
            let mut window = Ranks::new(sorted.len());
            let rank = |row: usize| ranks[row - from];
            let before = (windows.start(first)..first).filter_map(rank);
            before.for_each(|rank| window.enter(rank));
            for (row, found) in found.iter_mut().enumerate().take(end).skip(first) {
                rank(row).into_iter().for_each(|rank| window.enter(rank));
                if window.in_window >= need {
                    *found = quantile(&window, &sorted, probability);
                }
                // The row that the next window no longer holds.
                let leaves = windows
                    .start(row + 1)
                    .checked_sub(1)
                    .filter(|&row| row >= windows.start(first));
                leaves
                    .and_then(rank)
                    .into_iter()
                    .for_each(|rank| window.leave(rank));
            }
        }
        reasons.strike(&mut found);
    }
    Rolled::new(found, |row| {
        match reasons.at(row) {
            // A window with an infinite row, or too few; otherwise what lies between two values is out of range.
            reason @ (Undefined::NonFinite { .. } | Undefined::TooFew { .. }) => reason,
            _ => Undefined::OutOfRange,
        }
    })
}

/// The observations in order, and the place of each row among them; none of a row that is no observation.
fn ranked(rows: &[f64]) -> (Vec<f64>, Vec<Option<usize>>) {
    let observed = rows.iter().enumerate().filter(|(_, row)| row.is_finite());
    let mut order: Vec<(f64, usize)> = observed.map(|(at, &row)| (row, at)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut ranks = vec![None; rows.len()];
    for (rank, (_, at)) in order.iter().enumerate() {
        ranks[*at] = Some(rank);
    }
    (order.into_iter().map(|(row, _)| row).collect(), ranks)
}

fn quantile(window: &Ranks, sorted: &[f64], probability: f64) -> f64 {
    let h = (window.in_window - 1) as f64 * probability;
    let k = h.floor();
    let low = sorted[window.nth(k as usize)];
    let between = h - k;
    if between == 0.0 {
        return low;
    }
    let high = sorted[window.nth(k as usize + 1)];
    low + between * (high - low)
}
