//! The three kinds of fold, told apart by type.
//!
//! | kind | law | members here |
//! | --- | --- | --- |
//! | [`Merge`] | states of adjacent stretches combine: `a.then(b)` | [`Moments`](crate::Moments), [`Downside`](crate::Downside), [`Growth`](crate::Growth), [`Drawdown`](crate::Drawdown), [`Extremes`](crate::Extremes), [`Wins`](crate::Wins), [`HigherMoments`](crate::HigherMoments), [`Stretch`](crate::Stretch) |
//! | [`Push`] | one row at a time in O(1); two states of constant size do not combine | [`Underwater`](crate::Underwater), [`Depths`](crate::Depths), [`SummaryFold`](crate::SummaryFold) |
//! | sample | needs the observations themselves: quantiles, value at risk, tail ratio | [`Sample`](crate::Sample), which keeps them |
//!
//! A kind is a promise about where a fold may be used. What merges may be cut anywhere: over threads, over
//! machines, over the two stacks of a rolling window. What only pushes must see its rows in order, but keeps
//! nothing of them. What samples keeps everything.

use serde::{Deserialize, Serialize};

/// A fold whose states of adjacent stretches combine.
///
/// `then` is associative in value: any cut of a series gives the same numbers within rounding (the bound stands
/// with each fold; counts, extremes and positions are exact). It is not commutative: the later stretch comes second.
pub trait Merge: Sized {
    /// This stretch, followed by a later one that begins where this one ends.
    #[must_use]
    fn then(self, later: Self) -> Self;
}

/// A fold that takes one row at a time in O(1), amortised, and has no merge of constant size.
pub trait Push {
    /// Takes the next row. NaN is a missing row: counted, otherwise passed over.
    fn push(&mut self, value: f64);
}

/// What a fold saw: observations, missing rows, and the first row that it could not use.
///
/// A missing row is NaN. An infinite row is neither an observation nor missing: it makes every reading
/// [`Undefined::NonFinite`](crate::Undefined::NonFinite).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Finite rows, which the fold took in.
    pub observations: usize,
    /// Rows skipped as missing (NaN).
    pub skipped: usize,
    /// Infinite rows, which no metric can use.
    pub infinite: usize,
    /// The first infinite row, counted from the first row of the stretch.
    pub first_infinite: Option<usize>,
}

impl Count {
    /// Every row of the stretch, whatever it holds.
    pub const fn rows(&self) -> usize {
        self.observations + self.skipped + self.infinite
    }

    /// Counts a row; true if it is an observation.
    pub(crate) fn admit(&mut self, value: f64) -> bool {
        if value.is_finite() {
            self.observations += 1;
            true
        } else if value.is_nan() {
            self.skipped += 1;
            false
        } else {
            self.first_infinite.get_or_insert(self.rows());
            self.infinite += 1;
            false
        }
    }

    /// This count, followed by finite rows only.
    pub(crate) const fn plus(self, observations: usize) -> Self {
        Self {
            observations: self.observations + observations,
            ..self
        }
    }

    /// A count of finite rows only.
    pub(crate) const fn of_observations(observations: usize) -> Self {
        Self {
            observations,
            skipped: 0,
            infinite: 0,
            first_infinite: None,
        }
    }

    /// At least `need` observations and no infinite row.
    pub(crate) fn require(&self, need: usize) -> Result<f64, crate::Undefined> {
        if let Some(index) = self.first_infinite {
            Err(crate::Undefined::NonFinite { index })
        } else if self.observations < need {
            Err(crate::Undefined::TooFew {
                need,
                have: self.observations,
            })
        } else {
            Ok(self.observations as f64)
        }
    }
}

impl Merge for Count {
    fn then(self, later: Self) -> Self {
        let first_later = later.first_infinite.map(|row| self.rows() + row);
        Self {
            observations: self.observations + later.observations,
            skipped: self.skipped + later.skipped,
            infinite: self.infinite + later.infinite,
            first_infinite: self.first_infinite.or(first_later),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_rows_are_counted_and_infinite_ones_located() {
        let mut count = Count::default();
        let taken: Vec<bool> = [0.1, f64::NAN, f64::INFINITY, -0.2, f64::NEG_INFINITY]
            .into_iter()
            .map(|row| count.admit(row))
            .collect();
        assert_eq!(taken, [true, false, false, true, false]);
        assert_eq!((count.observations, count.skipped, count.rows()), (2, 1, 5));
        assert_eq!(count.first_infinite, Some(2));
    }

    #[test]
    fn positions_shift_by_the_rows_before() {
        let mut later = Count::default();
        later.admit(f64::INFINITY);
        let joined = Count::of_observations(3).then(later);
        assert_eq!(joined.first_infinite, Some(3));
        assert_eq!(joined.then(later).first_infinite, Some(3));
    }
}
