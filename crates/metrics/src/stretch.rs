//! Every mergeable fold of the catalogue, side by side over one stretch of returns.

use serde::{Deserialize, Serialize};

use crate::{
    Downside, Drawdown, Extremes, Moments, Terms, Wins,
    block::{ROWS, Sums},
    fold::{Count, Merge},
    path,
};

/// A stretch of returns, reduced to all that the catalogue needs to know of it.
///
/// ```
/// use highwater_metrics::{Convention, Merge, PeriodsPerYear, Stretch, Terms};
/// let terms = Terms::new(&Convention::crypto(), PeriodsPerYear::new(365.0).unwrap());
/// let spring = Stretch::of(&[0.5, -0.5], &terms);
/// let summer = Stretch::of(&[0.25], &terms);
/// let both = Stretch::first(&terms).then(spring).then(summer);
/// assert_eq!(both.drawdown.max_drawdown(), Ok(-0.5));
/// assert_eq!(both.wins.win_rate(), Ok(2.0 / 3.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Mean and variance.
    pub moments: Moments,
    /// Shortfall below the minimum acceptable return.
    pub downside: Downside,
    /// Best and worst.
    pub extremes: Extremes,
    /// Winning and losing periods.
    pub wins: Wins,
    /// Growth and the deepest fall.
    pub drawdown: Drawdown,
    /// The rows of the first and the last observation.
    pub observed: Option<(usize, usize)>,
}

impl Stretch {
    /// The beginning of a series: no rows, and the value 1 from which the first return leads.
    pub fn first(terms: &Terms) -> Self {
        Self {
            drawdown: Drawdown::start(),
            ..Self::nothing(terms)
        }
    }

    /// No rows, in the middle of a series.
    pub fn nothing(terms: &Terms) -> Self {
        Self {
            moments: Moments::default(),
            downside: Downside::from_target(terms.target()),
            extremes: Extremes::default(),
            wins: Wins::default(),
            drawdown: Drawdown::nothing(),
            observed: None,
        }
    }

    /// The stretch of these rows, in the middle of a series. Its numbers are those of [`SummaryFold`](crate::SummaryFold)
    /// within rounding; to the bit if the rows are no more than one block (128).
    pub fn of(rows: &[f64], terms: &Terms) -> Self {
        let mut stretch = Self::nothing(terms);
        for rows in rows.chunks(ROWS) {
            let mut block = Self::nothing(terms);
            block.absorb(rows, &Sums::of(rows, terms.target()), terms.target());
            block.drawdown = path::drawdown(rows, terms.convention().returns);
            stretch = stretch.then(block);
        }
        stretch
    }

    /// What was seen.
    pub const fn count(&self) -> Count {
        self.moments.count
    }

    /// This stretch, followed by missing rows.
    pub(crate) fn skip(&mut self, rows: usize) {
        for count in [
            &mut self.moments.count,
            &mut self.downside.count,
            &mut self.extremes.count,
            &mut self.wins.count,
            &mut self.drawdown.growth.count,
        ] {
            count.skipped += rows;
        }
    }

    /// Every fold but drawdown, followed by a block.
    pub(crate) fn absorb(&mut self, rows: &[f64], sums: &Sums, target: f64) {
        let before = self.count().rows();
        if sums.is_whole() {
            // The same joins, without the care for rows that are not there.
            let count = self.count().plus(rows.len());
            self.moments = self.moments.joined(sums.moments(), count);
            self.downside.absorb(sums, count);
            self.wins.absorb(sums, count);
        } else {
            self.moments = self.moments.then(sums.moments());
            self.downside = self.downside.then(sums.downside(target));
            self.wins = self.wins.then(sums.wins());
        }
        self.extremes.absorb(rows, sums);
        if let Some((first, last)) = sums.observed {
            let first = self.observed.map_or(before + first, |(first, _)| first);
            self.observed = Some((first, before + last));
        }
    }
}

impl Merge for Stretch {
    fn then(self, later: Self) -> Self {
        let before = self.count().rows();
        let shifted = later
            .observed
            .map(|(first, last)| (before + first, before + last));
        Self {
            moments: self.moments.then(later.moments),
            downside: self.downside.then(later.downside),
            extremes: self.extremes.then(later.extremes),
            wins: self.wins.then(later.wins),
            drawdown: self.drawdown.then(later.drawdown),
            observed: match (self.observed, shifted) {
                (Some((first, _)), Some((_, last))) => Some((first, last)),
                (earlier, shifted) => earlier.or(shifted),
            },
        }
    }
}
