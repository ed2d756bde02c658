//! Counts of winning and losing periods.
//!
//! ```text
//! win_rate = (number of returns above 0) / (number of observations)
//! ```
//! A return of exactly zero is an observation and no win. (quantstats leaves zeros out of the divisor.)

use serde::{Deserialize, Serialize};

use crate::{
    Undefined,
    block::Sums,
    fold::{Count, Merge},
};

/// A stretch of returns, reduced to how many rose and how many fell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wins {
    /// What was seen.
    pub count: Count,
    /// Returns above zero.
    pub wins: usize,
    /// Returns below zero.
    pub losses: usize,
}

impl Wins {
    /// The stretch of one row.
    pub fn of(value: f64) -> Self {
        let mut wins = Self::default();
        wins.push(value);
        wins
    }

    /// Takes the next row.
    pub fn push(&mut self, value: f64) {
        if self.count.admit(value) {
            self.wins += usize::from(value > 0.0);
            self.losses += usize::from(value < 0.0);
        }
    }

    /// This stretch, followed by a block; together they have `count` rows.
    pub(crate) fn absorb(&mut self, sums: &Sums, count: Count) {
        self.count = count;
        self.wins += sums.wins;
        self.losses += sums.losses;
    }

    /// The share of observations above zero, 0 to 1.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::NonFinite`].
    pub fn win_rate(&self) -> Result<f64, Undefined> {
        self.count.require(1).map(|n| self.wins as f64 / n)
    }
}

impl Merge for Wins {
    fn then(self, later: Self) -> Self {
        Self {
            count: self.count.then(later.count),
            wins: self.wins + later.wins,
            losses: self.losses + later.losses,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_is_an_observation_and_no_win() {
        let mut wins = Wins::default();
        [0.5, 0.0, -0.5, f64::NAN, 0.25]
            .into_iter()
            .for_each(|value| wins.push(value));
        assert_eq!((wins.wins, wins.losses), (2, 1));
        assert_eq!(wins.win_rate(), Ok(0.5));
    }
}
