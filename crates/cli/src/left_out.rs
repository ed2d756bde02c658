//! Rows of the lake that are no bars: how many, why, and the line that says so.

use std::collections::BTreeMap;

use highwater_market::{BarFault, Timestamp};

/// Rows that were kept out of a reading, by fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut(BTreeMap<BarFault, usize>);

impl LeftOut {
    pub(crate) fn of(rows: &[(Timestamp, BarFault)]) -> Self {
        let mut left_out = Self::default();
        for (_, fault) in rows {
            *left_out.0.entry(*fault).or_default() += 1;
        }
        left_out
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (fault, count) in &other.0 {
            *self.0.entry(*fault).or_default() += count;
        }
    }

    pub(crate) fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// By reason, as manifests name it.
    pub(crate) fn by_reason(&self) -> BTreeMap<String, usize> {
        self.0
            .iter()
            .map(|(fault, count)| (fault.describe().to_owned(), *count))
            .collect()
    }

    /// The rows that no market can have made. A bar that was seen before its close is none of them.
    fn impossible(&self) -> impl Iterator<Item = (BarFault, usize)> + '_ {
        self.0
            .iter()
            .map(|(fault, count)| (*fault, *count))
            .filter(|(fault, _)| *fault != BarFault::Partial)
    }

    /// Impossible bars in a line of words; `None` if there are none.
    pub(crate) fn words(&self) -> Option<String> {
        let count: usize = self.impossible().map(|(_, count)| count).sum();
        let reasons: Vec<String> = self
            .impossible()
            .map(|(fault, count)| format!("{} ({count})", fault.describe()))
            .collect();
        let noun = if count == 1 {
            "row of the lake is no possible bar and was left out"
        } else {
            "rows of the lake are no possible bars and were left out"
        };
        (count > 0).then(|| format!("{count} {noun}: {}", reasons.join(", ")))
    }
}

/// The impossible bars of several tokens in one line; `None` if there are none.
pub(crate) fn words_of<'a>(
    tokens: impl IntoIterator<Item = (&'a str, &'a LeftOut)>,
) -> Option<String> {
    let mut all = LeftOut::default();
    let mut names = Vec::new();
    for (name, left_out) in tokens {
        if left_out.impossible().next().is_some() {
            names.push(name);
        }
        all.add(left_out);
    }
    Some(format!("{}; of {}", all.words()?, names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(faults: &[BarFault]) -> LeftOut {
        let rows: Vec<_> = faults
            .iter()
            .map(|fault| (Timestamp::default(), *fault))
            .collect();
        LeftOut::of(&rows)
    }

    #[test]
    fn impossible_bars_are_said_with_their_reasons_and_partial_ones_are_not() {
        use BarFault::{HighBelowLow, MissingPrice, Partial};
        let one = of(&[HighBelowLow, Partial]);
        let two = of(&[HighBelowLow, MissingPrice]);
        let none = of(&[Partial]);
        assert_eq!(none.words(), None);
        assert_eq!(
            one.words().unwrap(),
            "1 row of the lake is no possible bar and was left out: the high is below the low (1)"
        );
        assert_eq!(
            words_of([("A", &one), ("B", &none), ("C", &two)]).unwrap(),
            "3 rows of the lake are no possible bars and were left out: a price is missing (1), the high is below the low (2); of A, C"
        );
        assert_eq!(one.total(), 2);
        assert_eq!(one.by_reason()["seen before its close"], 1);
    }
}
