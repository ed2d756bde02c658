//! A metric at every row.

use std::ops::Range;

use crate::Undefined;

/// A metric at every row: a number, or the reason why that row has none.
///
/// Kept as numbers with a list of the stretches that have none, so that a million windows are 8 MB.
#[derive(Clone, Debug)]
pub struct Rolled {
    /// Not finite where there is no value.
    values: Vec<f64>,
    /// The rows without a value, ascending.
    gaps: Vec<Gap>,
}

/// The same values, and the same reasons, at every row.
impl PartialEq for Rolled {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a == b || !a.is_finite() && !b.is_finite();
        self.len() == other.len()
            && self.gaps == other.gaps
            && self.values.iter().zip(&other.values).all(same)
    }
}

/// Rows without a value for one reason.
#[derive(Clone, Debug, PartialEq)]
struct Gap {
    rows: Range<usize>,
    reason: Undefined,
    /// Whether each row has one observation more than the one before, and the reason is that of the first.
    rising: bool,
}

impl Rolled {
    /// From the values, of which those that are not finite have none, and the reason for each of these rows.
    pub(super) fn new(values: Vec<f64>, mut reason: impl FnMut(usize) -> Undefined) -> Self {
        let mut gaps: Vec<Gap> = Vec::new();
        for (row, _) in values
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_finite())
        {
            let reason = reason(row);
            match gaps.last_mut() {
                Some(gap) if gap.rows.end == row && gap.takes(row, reason) => {
                    gap.rising |= gap.reason != reason;
                    gap.rows.end += 1;
                }
                _ => gaps.push(Gap {
                    rows: row..row + 1,
                    reason,
                    rising: false,
                }),
            }
        }
        Self { values, gaps }
    }

    /// From the values of rows that are all there: too few before row `need - 1`, and a value from there on.
    pub(super) fn after(values: Vec<f64>, need: usize) -> Self {
        let early = (need - 1).min(values.len());
        let gap = Gap {
            rows: 0..early,
            reason: Undefined::TooFew { need, have: 1 },
            rising: early > 1,
        };
        let gaps = if early == 0 { Vec::new() } else { vec![gap] };
        Self { values, gaps }
    }

    /// From a result for every row.
    pub(super) fn from_results(results: Vec<Result<f64, Undefined>>) -> Self {
        let values = results
            .iter()
            .map(|value| value.unwrap_or(f64::NAN))
            .collect();
        Self::new(values, |row| {
            results[row].err().unwrap_or(Undefined::OutOfRange)
        })
    }

    /// How many rows.
    pub const fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value at a row, or the reason; none beyond the last row.
    pub fn get(&self, row: usize) -> Option<Result<f64, Undefined>> {
        let value = *self.values.get(row)?;
        if value.is_finite() {
            return Some(Ok(value));
        }
        let gap = &self.gaps[self.gaps.partition_point(|gap| gap.rows.end <= row)];
        Some(Err(gap.reason_at(row)))
    }

    /// The value at the last row: of the latest window.
    pub fn last(&self) -> Option<Result<f64, Undefined>> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Every row in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<f64, Undefined>> + '_ {
        (0..self.len()).filter_map(|row| self.get(row))
    }

    /// The values alone, with `missing` in the rows that have none: NaN for libraries that write it so.
    pub fn filled(self, missing: f64) -> Vec<f64> {
        let mut values = self.values;
        for gap in self.gaps {
            values[gap.rows].fill(missing);
        }
        values
    }
}

impl Gap {
    fn reason_at(&self, row: usize) -> Undefined {
        match self.reason {
            Undefined::TooFew { need, have } if self.rising => Undefined::TooFew {
                need,
                have: have + (row - self.rows.start),
            },
            reason => reason,
        }
    }

    /// Whether the next row's reason continues this gap.
    fn takes(&self, row: usize, reason: Undefined) -> bool {
        let one_row = self.rows.len() == 1;
        let rises = match (self.reason, reason) {
            (Undefined::TooFew { need, have }, Undefined::TooFew { need: n, have: h }) => {
                n == need && h == have + (row - self.rows.start)
            }
            _ => false,
        };
        rises && (one_row || self.rising) || !self.rising && self.reason == reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_keeps_its_reason() {
        let few = |have| Err(Undefined::TooFew { need: 3, have });
        let flat = Err(Undefined::ZeroVariance);
        let results = vec![
            few(1),
            few(2),
            Ok(0.5),
            flat,
            flat,
            Ok(1.0),
            few(2),
            few(2),
            few(2),
            few(1),
            few(2),
            flat,
        ];
        let rolled = Rolled::from_results(results.clone());
        assert_eq!(rolled.iter().collect::<Vec<_>>(), results);
        assert_eq!(rolled.get(results.len()), None);
        assert_eq!(rolled.last(), Some(flat));
        assert_eq!(
            rolled,
            rolled.clone(),
            "a row without a value equals itself"
        );
        assert_eq!(rolled.gaps.len(), 5);
        let filled = rolled.filled(0.0);
        assert_eq!(
            filled,
            [0.0, 0.0, 0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        );
        assert_eq!(Rolled::from_results(Vec::new()).last(), None);
    }
}
