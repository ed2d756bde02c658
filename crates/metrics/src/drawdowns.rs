//! The drawdown table: every fall from a peak and the way back.
//!
//! A spell begins at the last row at a peak and ends with the first row that reaches it again; that row is no longer
//! under water. The value 1 before the first return is a peak, so that a first return of -20 % opens a spell.
//!
//! ```text
//! row      0     1      2      3     4
//! value   1.25  1.0    0.75   1.0   1.5       peak 0, trough 2, recovery 4
//!               fall: 2 periods | recovery: 2 periods
//! ```
//! Rows count from 0, missing ones included: time passes on them.

use serde::{Deserialize, Serialize};

use crate::{Push, ReturnKind, Undefined, Underwater, exact};

/// A drawdown and where it lies. Rows count from 0, missing ones included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawdownSpell {
    /// The loss as a fraction of the peak: negative.
    #[serde(with = "exact")]
    pub depth: f64,
    /// The row that ended at the peak; none if the peak is the value before the first return.
    pub peak: Option<usize>,
    /// The row that ended at the trough.
    pub trough: usize,
    /// The first row after the trough that reached the peak again; none if none has.
    pub recovery: Option<usize>,
}

impl DrawdownSpell {
    /// Periods from peak to trough.
    pub fn fall_periods(&self) -> usize {
        self.trough - self.peak.map_or(0, |row| row + 1) + 1
    }

    /// Periods from trough to recovery; none if it has not recovered.
    pub fn recovery_periods(&self) -> Option<usize> {
        self.recovery.map(|row| row - self.trough)
    }

    /// Whether it has not recovered yet.
    pub const fn is_ongoing(&self) -> bool {
        self.recovery.is_none()
    }

    /// Periods from peak to recovery, or to the last of `rows` rows if it lasts.
    pub fn periods(&self, rows: usize) -> usize {
        let end = self
            .recovery
            .unwrap_or(rows.saturating_sub(1).max(self.trough));
        self.fall_periods() + (end - self.trough)
    }
}

/// Every drawdown of a series in order of time; only the last may be ongoing. NaN is a missing row.
///
/// # Errors
/// [`Undefined::TooFew`] without an observation, [`Undefined::Ruin`], [`Undefined::NonFinite`],
/// [`Undefined::OutOfRange`].
///
/// ```
/// use highwater_metrics::{ReturnKind, drawdowns};
/// let table = drawdowns(&[0.25, -0.2, -0.25, 1.0, -0.5], ReturnKind::Simple).unwrap();
/// assert_eq!(table.len(), 2);
/// assert_eq!((table[0].fall_periods(), table[0].recovery_periods()), (2, Some(1)));
/// assert_eq!((table[1].depth, table[1].is_ongoing()), (-0.5, true));
///
/// let mut deepest = table.clone();
/// deepest.sort_by(|a, b| a.depth.total_cmp(&b.depth));
/// assert_eq!(deepest[0].depth, -0.5);
/// ```
pub fn drawdowns(returns: &[f64], kind: ReturnKind) -> Result<Vec<DrawdownSpell>, Undefined> {
    underwater(returns, kind).drawdowns()
}

/// The fold behind the table.
pub(crate) fn underwater(returns: &[f64], kind: ReturnKind) -> Underwater {
    let mut underwater = Underwater::new(kind);
    for &row in returns {
        underwater.push(row);
    }
    underwater
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_a_spell() {
        let table = drawdowns(
            &[0.25, -0.2, -0.25, f64::NAN, 1.0, -0.5, 0.0],
            ReturnKind::Simple,
        );
        let table = table.unwrap();
        let lengths: Vec<_> = table
            .iter()
            .map(|spell| {
                (
                    spell.fall_periods(),
                    spell.recovery_periods(),
                    spell.periods(7),
                )
            })
            .collect();
        assert_eq!(lengths, [(2, Some(2), 4), (1, None, 2)]);
        assert_eq!(
            [table[0].is_ongoing(), table[1].is_ongoing()],
            [false, true]
        );
    }

    #[test]
    fn the_loss_of_the_first_period_counts() {
        let table = drawdowns(&[-0.5, 0.5, 1.0], ReturnKind::Simple).unwrap();
        assert_eq!(
            table,
            [DrawdownSpell {
                depth: -0.5,
                peak: None,
                trough: 0,
                recovery: Some(2)
            }]
        );
        assert_eq!((table[0].fall_periods(), table[0].periods(3)), (1, 3));
    }
}
