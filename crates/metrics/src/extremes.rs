//! The best and the worst return, and where they stand. Exact under any cut; the earliest of equals is named.

use serde::{Deserialize, Serialize};

use crate::{
    Undefined,
    block::Sums,
    exact,
    fold::{Count, Merge},
};

/// One observation and its row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extreme {
    /// The observation.
    #[serde(with = "exact")]
    pub value: f64,
    /// Its row, counted from the first row of the stretch.
    pub at: usize,
}

/// A stretch of returns, reduced to its best and worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    /// What was seen.
    pub count: Count,
    best: Option<Extreme>,
    worst: Option<Extreme>,
}

impl Extremes {
    /// The stretch of one row.
    pub fn of(value: f64) -> Self {
        let mut extremes = Self::default();
        if extremes.count.admit(value) {
            extremes.best = Some(Extreme { value, at: 0 });
            extremes.worst = extremes.best;
        }
        extremes
    }

    /// The best and the worst of finite rows, not told where: to be read for their values alone.
    pub(crate) fn unplaced(count: Count, best: f64, worst: f64) -> Self {
        let somewhere = |value: f64| Some(Extreme { value, at: 0 });
        Self {
            count,
            best: somewhere(best),
            worst: somewhere(worst),
        }
    }

    /// Takes the next row.
    pub fn push(&mut self, value: f64) {
        *self = self.then(Self::of(value));
    }

    /// This stretch, followed by a block. The rows of the block's extremes are looked up only if they are extremes
    /// of the whole.
    pub(crate) fn absorb(&mut self, rows: &[f64], sums: &Sums) {
        let before = self.count.rows();
        let locate = |value: f64| {
            let at = rows.iter().position(|&row| row == value)?;
            Some(Extreme {
                value,
                at: before + at,
            })
        };
        if sums.count.observations > 0 {
            if self.best.is_none_or(|best| sums.best > best.value) {
                self.best = locate(sums.best);
            }
            if self.worst.is_none_or(|worst| sums.worst < worst.value) {
                self.worst = locate(sums.worst);
            }
        }
        self.count = if sums.is_whole() {
            self.count.plus(rows.len())
        } else {
            self.count.then(sums.count)
        };
    }

    /// The greatest return.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::NonFinite`].
    pub fn best(&self) -> Result<Extreme, Undefined> {
        self.read(self.best)
    }

    /// The least return.
    ///
    /// # Errors
    /// As [`Extremes::best`].
    pub fn worst(&self) -> Result<Extreme, Undefined> {
        self.read(self.worst)
    }

    fn read(&self, extreme: Option<Extreme>) -> Result<Extreme, Undefined> {
        self.count.require(1)?;
        extreme.ok_or(Undefined::TooFew { need: 1, have: 0 })
    }
}

impl Merge for Extremes {
    fn then(self, later: Self) -> Self {
        let before = self.count.rows();
        let pick = |mine: Option<Extreme>, theirs: Option<Extreme>, beats: fn(f64, f64) -> bool| {
            let theirs = theirs.map(|extreme| Extreme {
                at: before + extreme.at,
                ..extreme
            });
            match (mine, theirs) {
                (Some(mine), Some(theirs)) if beats(theirs.value, mine.value) => Some(theirs),
                (Some(mine), _) => Some(mine),
                (None, theirs) => theirs,
            }
        };
        Self {
            count: self.count.then(later.count),
            best: pick(self.best, later.best, |theirs, mine| theirs > mine),
            worst: pick(self.worst, later.worst, |theirs, mine| theirs < mine),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_of_equals_is_named() {
        let mut extremes = Extremes::default();
        [f64::NAN, 0.5, -0.25, 0.5, -0.25]
            .into_iter()
            .for_each(|value| extremes.push(value));
        assert_eq!(extremes.best(), Ok(Extreme { value: 0.5, at: 1 }));
        assert_eq!(
            extremes.worst(),
            Ok(Extreme {
                value: -0.25,
                at: 2
            })
        );
    }

    #[test]
    fn nothing_has_no_extreme() {
        let nothing = Undefined::TooFew { need: 1, have: 0 };
        assert_eq!(Extremes::default().best(), Err(nothing));
        assert_eq!(Extremes::of(f64::NAN).worst(), Err(nothing));
    }
}
