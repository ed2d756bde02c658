//! What the vendor says of a token beside bars, signals and levels: grades, its own metrics, memberships.

use std::collections::BTreeMap;

use highwater_market::{Known, Timestamp};

/// Named values as they were known at a moment.
///
/// Names are those of a plan: `grade(trader)`, `vendor(sharpe)`, `sector(defi)`, `moonshot`; a membership is 1 or 0.
/// Implementations look at nothing that was known later than `at`.
pub trait FactBook: Sync {
    /// The value that the latest row known at `at` holds; `None` if there is no such row, or it holds none.
    fn latest(&self, name: &str, at: Timestamp) -> Option<f64>;

    /// The sectors in which the latest listing known at `at` has the token, each once; none if nothing is known.
    fn sectors(&self, at: Timestamp) -> Vec<String> {
        let _ = at;
        Vec::new()
    }
}

/// A book that knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl FactBook for NoFacts {
    fn latest(&self, _: &str, _: Timestamp) -> Option<f64> {
        None
    }
}

/// A book of versions that were read beforehand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Per name, what the latest row says from a moment on.
    steps: BTreeMap<String, Vec<(Timestamp, Option<f64>)>>,
}

impl Facts {
    /// A book without a value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Add every version of the rows of a name, in the order in which they became known. Of the rows known at a moment
    /// the latest dated one counts, in its latest version.
    pub fn insert(&mut self, name: String, versions: &[Known<Option<f64>>]) {
        let mut steps = Vec::new();
        let mut newest = None;
        for version in versions {
            if newest.is_none_or(|newest| newest <= version.event_time) {
                newest = Some(version.event_time);
                steps.push((version.known_from, version.value));
            }
        }
        self.steps.insert(name, steps);
    }

    /// The sector of a name such as `sector(defi)`.
    pub fn sector_of(name: &str) -> Option<&str> {
        name.strip_prefix("sector(")?.strip_suffix(')')
    }
}

impl FactBook for Facts {
    fn latest(&self, name: &str, at: Timestamp) -> Option<f64> {
        let steps = self.steps.get(name)?;
        let known = steps.partition_point(|(from, _)| *from <= at);
        steps[..known].last().and_then(|(_, value)| *value)
    }

    /// Of the sectors that the book has versions of.
    fn sectors(&self, at: Timestamp) -> Vec<String> {
        let sectors = self
            .steps
            .keys()
            .filter_map(|name| Some((name, Self::sector_of(name)?)));
        sectors
            .filter(|(name, _)| self.latest(name, at) == Some(1.0))
            .map(|(_, sector)| sector.to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(event: i64, known: i64, value: Option<f64>) -> Known<Option<f64>> {
        Known {
            event_time: Timestamp::from_micros(event),
            known_from: Timestamp::from_micros(known),
            revision: false,
            value,
        }
    }

    #[test]
    fn the_latest_row_known_by_then_counts_in_its_latest_version() {
        let mut facts = Facts::new();
        facts.insert(
            "grade(tm)".to_owned(),
            &[
                version(1, 2, Some(50.0)),
                version(2, 3, Some(60.0)),
                version(1, 4, Some(99.0)),
                version(2, 5, Some(65.0)),
                version(3, 6, None),
            ],
        );
        let at = |moment| facts.latest("grade(tm)", Timestamp::from_micros(moment));
        for (moment, expected, why) in [
            (1, None, "nothing is known yet"),
            (2, Some(50.0), "the first row"),
            (3, Some(60.0), "a later row"),
            (4, Some(60.0), "an older row was revised"),
            (5, Some(65.0), "the latest row was revised"),
            (6, None, "the latest row holds no value"),
        ] {
            assert_eq!(at(moment), expected, "{why}");
        }
        assert_eq!(facts.latest("grade(quant)", Timestamp::MAX), None);
    }
}
