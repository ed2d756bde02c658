//! Time under water: every drawdown of a series, from peak to recovery.
//!
//! The value begins at 1 before the first return. A drawdown begins at the last row at a peak and ends with the
//! first row that reaches it again; that row is its recovery, and no longer under water. The last drawdown may not
//! have recovered.
//!
//! It is a [`Push`] fold: whether a drawdown recovers depends on values of a later stretch one by one, so two tables
//! of constant size do not combine.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined,
    convention::ReturnKind,
    exact,
    fold::{Count, Push},
    growth::{Growth, rescale},
    path,
    summary::MaxDrawdown,
};

/// Every drawdown so far. The table grows by one entry a drawdown; each row costs O(1).
///
/// ```
/// use highwater_metrics::{Push, ReturnKind, Underwater};
/// let mut underwater = Underwater::new(ReturnKind::Simple);
/// for row in [-0.5, 1.0, 0.5, -0.25, 0.0] {
///     underwater.push(row);
/// }
/// let table = underwater.drawdowns().unwrap();
/// assert_eq!(table.len(), 2);
/// assert_eq!((table[0].peak, table[0].trough, table[0].recovery), (None, 0, Some(1)));
/// assert_eq!((table[1].peak, table[1].trough, table[1].recovery), (Some(2), 3, None));
/// assert_eq!(underwater.periods_under_water(), Ok(3));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Underwater {
    kind: ReturnKind,
    count: Count,
    ruin: Option<usize>,
    /// The value and its peak, in a scale of their own: only their ratio counts.
    #[serde(with = "exact")]
    value: f64,
    #[serde(with = "exact")]
    peak: f64,
    /// The row that ended at the peak.
    peak_at: Option<usize>,
    under: usize,
    /// The drawdown that lasts, with the value at its trough.
    open: Option<MaxDrawdown>,
    #[serde(with = "exact")]
    trough: f64,
    recovered: Vec<MaxDrawdown>,
}

impl Underwater {
    /// Before the first row.
    pub fn new(kind: ReturnKind) -> Self {
        Self {
            kind,
            count: Count::default(),
            ruin: None,
            value: 1.0,
            peak: 1.0,
            peak_at: None,
            under: 0,
            open: None,
            trough: 1.0,
            recovered: Vec::new(),
        }
    }

    /// What was seen.
    pub const fn count(&self) -> Count {
        self.count
    }

    /// Every drawdown in order of time; the last may not have recovered.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::Ruin`], [`Undefined::NonFinite`],
    /// [`Undefined::OutOfRange`].
    pub fn drawdowns(&self) -> Result<Vec<MaxDrawdown>, Undefined> {
        self.survivor()?;
        Ok(self.recovered.iter().copied().chain(self.open).collect())
    }

    /// The drawdown that lasts; none at a peak.
    ///
    /// # Errors
    /// As [`Underwater::drawdowns`].
    pub fn current(&self) -> Result<Option<MaxDrawdown>, Undefined> {
        self.survivor()?;
        Ok(self.open)
    }

    /// How far the value stands below its peak: 0 at the peak, -0.25 a quarter below.
    ///
    /// # Errors
    /// As [`Underwater::drawdowns`].
    pub fn depth(&self) -> Result<f64, Undefined> {
        self.survivor()?;
        Ok((self.value - self.peak) / self.peak)
    }

    /// Observations that ended below an earlier peak.
    ///
    /// # Errors
    /// As [`Underwater::drawdowns`].
    pub fn periods_under_water(&self) -> Result<usize, Undefined> {
        self.survivor()?;
        Ok(self.under)
    }

    fn survivor(&self) -> Result<(), Undefined> {
        Growth {
            ruin: self.ruin,
            ..Growth::from_product(self.count, self.value)
        }
        .survivor()
    }

    fn take(&mut self, row: usize, factor: f64) {
        if factor < 0.0 {
            self.ruin.get_or_insert(row);
        }
        self.value *= factor.max(0.0);
        let steps = Growth::excess_scale(self.value);
        if steps != 0 {
            self.value = rescale(self.value, steps);
            self.trough = rescale(self.trough, steps);
            self.peak = rescale(self.peak, steps).min(f64::MAX);
        }
        if self.value >= self.peak {
            self.peak = self.value;
            self.peak_at = Some(row);
            self.recovered
                .extend(self.open.take().map(|fall| MaxDrawdown {
                    recovery: Some(row),
                    ..fall
                }));
            return;
        }
        self.under += 1;
        if self.open.is_none() || self.value < self.trough {
            self.trough = self.value;
            self.open = Some(MaxDrawdown {
                depth: (self.value - self.peak) / self.peak,
                peak: self.peak_at,
                trough: row,
                recovery: None,
            });
        }
    }
}

impl Push for Underwater {
    fn push(&mut self, value: f64) {
        let row = self.count.rows();
        if self.count.admit(value) {
            self.take(row, path::factor(self.kind, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Peak, trough, recovery, depth.
    type Row = (Option<usize>, usize, Option<usize>, f64);

    fn table(rows: &[f64]) -> Result<Vec<Row>, Undefined> {
        let mut underwater = Underwater::new(ReturnKind::Simple);
        rows.iter().for_each(|&row| underwater.push(row));
        let falls = underwater.drawdowns()?;
        Ok(falls
            .iter()
            .map(|fall| (fall.peak, fall.trough, fall.recovery, fall.depth))
            .collect())
    }

    #[test]
    fn tables_exact_in_binary() {
        for (rows, expected, why) in [
            (&[0.5, 0.0, 0.25][..], Ok(vec![]), "never under water"),
            (
                &[-0.5],
                Ok(vec![(None, 0, None, -0.5)]),
                "begins with the first return",
            ),
            (
                &[-0.5, f64::NAN, 1.0, -0.5, -0.5, 2.0],
                Ok(vec![(None, 0, Some(2), -0.5), (Some(2), 4, None, -0.75)]),
                "3/4 of the way back is not back",
            ),
            (
                &[0.5, -1.5],
                Err(Undefined::Ruin { index: 1 }),
                "below nothing",
            ),
            (
                &[0.5, -1.0, 1.0],
                Ok(vec![(Some(0), 1, None, -1.0)]),
                "nothing stays nothing",
            ),
            (&[], Err(Undefined::TooFew { need: 1, have: 0 }), "no value"),
        ] {
            assert_eq!(table(rows), expected, "{why}");
        }
    }

    #[test]
    fn the_current_fall_is_the_last_of_the_table_until_it_recovers() {
        let mut underwater = Underwater::new(ReturnKind::Simple);
        assert!(underwater.current().is_err());
        for (row, current) in [
            (0.5, None),
            (-0.5, Some((Some(0), 1, -0.5))),
            (0.25, Some((Some(0), 1, -0.5))),
            (-0.5, Some((Some(0), 3, -0.687_5))),
            (7.0, None),
            (-0.25, Some((Some(4), 5, -0.25))),
        ] {
            underwater.push(row);
            let found = underwater.current().unwrap();
            let found = found.map(|fall| (fall.peak, fall.trough, fall.depth));
            assert_eq!(found, current);
        }
    }
}
