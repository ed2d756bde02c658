//! A sum that carries what its additions rounded away.
//!
//! Source: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974),
//! pp. 39-51, algorithm IV. The error is that of the terms themselves and one last rounding, for any length below 2^50.

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() {
            (self.sum - sum) + term
        } else {
            (term - sum) + self.sum
        };
        self.sum = sum;
    }

    pub(super) fn of(terms: impl IntoIterator<Item = f64>) -> f64 {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum.total()
    }

    /// This sum less another, without rounding either.
    pub(super) fn less(self, other: Self) -> f64 {
        (self.sum - other.sum) + (self.lost - other.lost)
    }

    pub(super) fn total(self) -> f64 {
        self.sum + self.lost
    }
}

/// The mean of the terms of a slice; of none, 0.
pub(super) fn mean(terms: &[f64]) -> f64 {
    Sum::of(terms.iter().copied()) / terms.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_is_not_lost() {
        assert_eq!(Sum::of([1e16, 1.0, 1.0, -1e16]), 2.0);
        assert_eq!(Sum::of([1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(Sum::of((0..10_000_000).map(|_| 0.1)), 1_000_000.0);
        assert_eq!(Sum::of([]), 0.0);
    }
}
