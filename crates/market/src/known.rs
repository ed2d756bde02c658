//! What was known when.
//!
//! The first complete observation of a key is known from
//! ```text
//! clock `observed`    observed_at
//! clock `published`   min(observed_at, event time + lag)      dated tables only
//! ```
//! and every later revision from its own `observed_at`, under both clocks. The lag of a dated table is its own
//! period: a daily row is known when its day is over. A reader at `t` takes, per key, the latest row known by `t`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How the past is dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// A value is known from the moment at which it was seen: the strict clock. Backfilled history is known only
    /// from the day of the backfill.
    Observed,
    /// The first value of a dated row counts as published when its period closed. What the vendor may have changed
    /// before it was first seen stays invisible: results say what share was backfilled.
    Published,
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Observed => "observed",
            Self::Published => "published",
        })
    }
}

/// A text that names no clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a clock: `observed` or `published`")]
pub struct UnknownClock {
    /// What was read.
    pub text: String,
}

impl FromStr for Clock {
    type Err = UnknownClock;

    fn from_str(text: &str) -> Result<Self, UnknownClock> {
        match text {
            "observed" => Ok(Self::Observed),
            "published" => Ok(Self::Published),
            _ => Err(UnknownClock {
                text: text.to_owned(),
            }),
        }
    }
}

/// The moment and clock of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// Rows known later than this do not exist for the reader.
    pub moment: Timestamp,
    /// How "known" is dated.
    pub clock: Clock,
}

impl AsOf {
    /// Everything in the lake: the latest row of every key.
    pub const fn latest(clock: Clock) -> Self {
        Self {
            moment: Timestamp::MAX,
            clock,
        }
    }
}

/// One version of a value, and the moment from which it was known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Known<T> {
    /// The key's event time: the bar's open, the row's date.
    pub event_time: Timestamp,
    /// From when this version was known, under the clock of the reader who asked.
    pub known_from: Timestamp,
    /// Whether it replaced an earlier version of the same key.
    pub revision: bool,
    /// What was known.
    pub value: T,
}

/// Per event time, the latest version known by `moment`, ascending by event time.
///
/// `versions` stand in the order in which they became known, as the lake hands them out: of two versions known from
/// the same moment, the later in the slice wins.
pub fn latest_known<T: Clone>(versions: &[Known<T>], moment: Timestamp) -> Vec<Known<T>> {
    let mut latest = std::collections::BTreeMap::new();
    for version in versions.iter().filter(|known| known.known_from <= moment) {
        let held = latest
            .entry(version.event_time)
            .or_insert_with(|| version.clone());
        if version.known_from >= held.known_from {
            *held = version.clone();
        }
    }
    latest.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(event: i64, from: i64, value: i64) -> Known<i64> {
        Known {
            event_time: Timestamp::from_micros(event),
            known_from: Timestamp::from_micros(from),
            revision: false,
            value,
        }
    }

    #[test]
    fn a_reader_sees_the_latest_version_known_by_then() {
        let versions = [
            version(1, 2, 10),
            version(2, 3, 20),
            version(1, 5, 11),
            version(1, 5, 12),
        ];
        let values = |moment| -> Vec<i64> {
            latest_known(&versions, Timestamp::from_micros(moment))
                .into_iter()
                .map(|known| known.value)
                .collect()
        };
        assert_eq!(values(1), Vec::<i64>::new(), "nothing is known yet");
        assert_eq!(values(2), [10]);
        assert_eq!(values(4), [10, 20]);
        assert_eq!(values(5), [12, 20], "of a tie, the later in order");
    }
}
