//! Sets of days, as ranges.

use std::collections::BTreeMap;

/// Days since 1970, as ranges that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Days {
    /// First day of a range to its last.
    ranges: BTreeMap<i64, i64>,
}

impl Days {
    /// Add `first..=last`; nothing if that is empty.
    pub(crate) fn add(&mut self, first: i64, last: i64) {
        if first > last {
            return;
        }
        let (mut first, mut last) = (first, last);
        // Everything that begins at or before the day after `last` and ends at or after the day before `first` melts in.
        let touching: Vec<(i64, i64)> = self
            .ranges
            .range(..=last.saturating_add(1))
            .rev()
            .take_while(|&(_, &end)| end >= first.saturating_sub(1))
            .map(|(&begin, &end)| (begin, end))
            .collect();
        for (begin, end) in touching {
            self.ranges.remove(&begin);
            first = first.min(begin);
            last = last.max(end);
        }
        self.ranges.insert(first, last);
    }

    /// Whether a day is in it.
    pub(crate) fn contains(&self, day: i64) -> bool {
        self.ranges
            .range(..=day)
            .next_back()
            .is_some_and(|(_, &last)| day <= last)
    }

    /// The first and the last day.
    pub(crate) fn ends(&self) -> Option<(i64, i64)> {
        let (&first, _) = self.ranges.first_key_value()?;
        let (_, &last) = self.ranges.last_key_value()?;
        Some((first, last))
    }

    /// The days of this set that another does not have.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (first, last) in self.ranges() {
            let mut next = first;
            for (begin, end) in other.ranges_in(first, last) {
                rest.add(next, begin - 1);
                next = end + 1;
            }
            rest.add(next, last);
        }
        rest
    }

    /// The days of this set in `first..=last`, as ranges.
    pub(crate) fn ranges_in(&self, first: i64, last: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        // The ranges are apart: only the last that begins before `first` may reach into it.
        let before = self.ranges.range(..first).next_back();
        let inside = self.ranges.range(first..=last.max(first));
        before
            .into_iter()
            .chain(inside)
            .map(move |(&begin, &end)| (begin.max(first), end.min(last)))
            .filter(|(begin, end)| begin <= end)
    }

    /// Range by range, ascending.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.ranges.iter().map(|(&first, &last)| (first, last))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::cases;

    fn each(days: &Days) -> Vec<i64> {
        days.ranges()
            .flat_map(|(first, last)| first..=last)
            .collect()
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn ranges_are_a_set_of_days(
            added in prop::collection::vec((-20i64..20, 0i64..8), 0..12),
        ) {
            let (mut days, mut plain) = (Days::default(), BTreeSet::new());
            for (first, length) in added {
                days.add(first, first + length - 1);
                plain.extend(first..first + length);
            }
            prop_assert_eq!(each(&days), plain.iter().copied().collect::<Vec<_>>());
            for day in -25..30 {
                prop_assert_eq!(days.contains(day), plain.contains(&day));
            }
            let ranges: Vec<_> = days.ranges().collect();
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].1 + 1 < pair[1].0, "{:?} touch", pair);
            }
        }

        #[test]
        fn one_set_without_another(
            one in prop::collection::vec((-20i64..20, 0i64..8), 0..8),
            other in prop::collection::vec((-20i64..20, 0i64..8), 0..8),
            (first, length) in (-20i64..20, 0i64..20),
        ) {
            let set = |added: &[(i64, i64)]| {
                let (mut days, mut plain) = (Days::default(), BTreeSet::new());
                for &(first, length) in added {
                    days.add(first, first + length - 1);
                    plain.extend(first..first + length);
                }
                (days, plain)
            };
            let ((one, plain_one), (other, plain_other)) = (set(&one), set(&other));
            let plain: Vec<i64> = plain_one.difference(&plain_other).copied().collect();
            prop_assert_eq!(each(&one.without(&other)), plain);
            let cut: Vec<i64> =
                one.ranges_in(first, first + length - 1).flat_map(|(a, b)| a..=b).collect();
            let plain: Vec<i64> =
                plain_one.iter().copied().filter(|day| (first..first + length).contains(day)).collect();
            prop_assert_eq!(cut, plain);
        }
    }
}
