//! From rows to what was known when. Pure: rows in, versions out.
//!
//! Of one key of a dated table, the rows in order of `observed_at`, ties by sequence:
//! ```text
//! partial rows     seen before the period was over: never a version
//! first complete   known from observed_at, or (clock `published`) min(observed_at, event time + period)
//! later ones       a revision each, known from its own observed_at, unless it says what the one before it says
//! ```
//! A row that repeats the one before it is stored only where answers arrive out of order; it is no version.

use highwater_market::{AsOf, Clock, Timeframe, Timestamp};

use crate::observation::Observation;

/// One version of a key, or of a whole answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Version<T> {
    pub(crate) known_from: Timestamp,
    pub(crate) revision: bool,
    pub(crate) observed_at: Timestamp,
    pub(crate) said: T,
}

/// What is known of one key at a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) event_time: Timestamp,
    /// Complete versions in the order in which they became known.
    pub(crate) versions: Vec<Version<Observation>>,
    /// The latest partial row, where no version is known.
    pub(crate) partial: Option<Observation>,
    /// The first version came more than one further period after the period's end.
    pub(crate) backfilled: bool,
}

/// The keys of one subject of a dated table that are known at the moment, ascending by event time.
///
/// `rows` ascend by identity and hold each once. Keys are made one by one: a million bars need not stand in memory
/// twice.
pub(crate) fn keys(
    rows: Vec<Observation>,
    period: Timeframe,
    as_of: AsOf,
) -> impl Iterator<Item = Key> {
    let mut rows = rows.into_iter().peekable();
    std::iter::from_fn(move || {
        loop {
            let first = rows.next()?;
            // A row without event time cannot be written to a dated table.
            let Some(event_time) = first.event_time else {
                continue;
            };
            let mut key = Key {
                event_time,
                versions: Vec::new(),
                partial: None,
                backfilled: false,
            };
            key.add(first, period, as_of);
            while let Some(next) = rows.next_if(|row| row.event_time == Some(event_time)) {
                key.add(next, period, as_of);
            }
            if key.is_known_at(as_of.moment) {
                return Some(key);
            }
        }
    })
}

impl Key {
    /// Take the next row, in order of `observed_at`.
    fn add(&mut self, row: Observation, period: Timeframe, as_of: AsOf) {
        if row.partial {
            if row.observed_at <= as_of.moment {
                self.partial = Some(row);
            }
            return;
        }
        let close = self.event_time + period;
        let revision = match self.versions.last() {
            Some(before) if before.said.says_the_same(&row) => return,
            before => before.is_some(),
        };
        if !revision {
            self.backfilled = row.observed_at - close > period.micros();
        }
        let known_from = match as_of.clock {
            Clock::Published if !revision => row.observed_at.min(close),
            _ => row.observed_at,
        };
        self.versions.push(Version {
            known_from,
            revision,
            observed_at: row.observed_at,
            said: row,
        });
    }

    /// Forget what is not known at the moment. Whether anything is left.
    fn is_known_at(&mut self, moment: Timestamp) -> bool {
        self.versions.retain(|version| version.known_from <= moment);
        if !self.versions.is_empty() {
            self.partial = None;
        }
        !self.versions.is_empty() || self.partial.is_some()
    }
}

/// Every stored answer of one subject of a latest-only table, in the order of `observed_at`. The marker of an empty
/// answer is not among its rows.
pub(crate) fn every_answer(mut rows: Vec<Observation>) -> Vec<Version<Vec<Observation>>> {
    rows.sort_by_key(|row| (row.observed_at, row.sequence, row.item));
    let mut answers: Vec<Version<Vec<Observation>>> = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while let Some(first) = rows.next() {
        let (observed_at, sequence) = (first.observed_at, first.sequence);
        let mut said = vec![first];
        while let Some(next) =
            rows.next_if(|row| (row.observed_at, row.sequence) == (observed_at, sequence))
        {
            said.push(next);
        }
        said.retain(|row| row.items > 0);
        answers.push(Version {
            known_from: observed_at,
            revision: !answers.is_empty(),
            observed_at,
            said,
        });
    }
    answers
}

/// The answers that say something else than the one before, each known from its `observed_at`.
pub(crate) fn answers(rows: Vec<Observation>) -> Vec<Version<Vec<Observation>>> {
    let mut answers = every_answer(rows);
    answers.dedup_by(|later, before| {
        before.said.len() == later.said.len()
            && before
                .said
                .iter()
                .zip(&later.said)
                .all(|(before, later)| before.says_the_same(later))
    });
    answers
}
