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

    /// The days of this set between the first and the last day of `present` that `present` does not have, as ranges.
    pub(crate) fn holes_in(&self, present: &Self) -> Self {
        let mut holes = Self::default();
        let Some((first, last)) = present.ends() else {
            return holes;
        };
        for day in self.iter() {
            if first < day && day < last && !present.contains(day) {
                holes.add(day, day);
            }
        }
        holes
    }

    /// Day by day, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.ranges().flat_map(|(first, last)| first..=last)
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

    #[test]
    fn holes_lie_inside_what_is_there_and_was_asked() {
        let mut asked = Days::default();
        asked.add(0, 9);
        let mut present = Days::default();
        for (first, last) in [(2, 3), (5, 5), (8, 8), (12, 13)] {
            present.add(first, last);
        }
        let holes: Vec<_> = asked.holes_in(&present).ranges().collect();
        assert_eq!(
            holes,
            [(4, 4), (6, 7), (9, 9)],
            "10 and 11 were not asked, 0 and 1 lie before the first"
        );
        assert!(asked.holes_in(&Days::default()).ends().is_none());
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
            prop_assert_eq!(days.iter().collect::<Vec<_>>(), plain.iter().copied().collect::<Vec<_>>());
            for day in -25..30 {
                prop_assert_eq!(days.contains(day), plain.contains(&day));
            }
            let ranges: Vec<_> = days.ranges().collect();
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].1 + 1 < pair[1].0, "{:?} touch", pair);
            }
        }
    }
}
