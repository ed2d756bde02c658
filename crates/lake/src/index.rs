//! What the writer knows of the rows in the lake: enough to tell an unchanged value from a new one.

use std::collections::{BTreeMap, HashMap};

use highwater_market::{Table, Timestamp, tables};

use crate::{
    decode::{Columns, Filter},
    error::LakeError,
    folder::Folder,
    history, layout,
    observation::{Canonical, Observation, Subject},
};

/// Beyond so many versions in memory, the index begins anew: it is a cache of the files.
const MOST_VERSIONS: usize = 4_000_000;

type Digest = [u8; 16];

/// What one row, or one whole answer, said.
pub(crate) fn digest<'a>(rows: impl IntoIterator<Item = &'a Observation>) -> Digest {
    let mut hash = Canonical::default();
    for row in rows {
        row.feed(&mut hash);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finish()[..16]);
    short
}

/// How a value relates to what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The key has no complete version yet.
    New,
    /// The key has one, and it says something else.
    Revised,
    /// It is stored already, or says what stood before it.
    Unchanged,
}

struct Seen {
    observed_at: Timestamp,
    digest: Digest,
    partial: bool,
}

/// Versions by key, each in order of `observed_at`. A whole answer has the key `None`.
type Keys = BTreeMap<Option<Timestamp>, Vec<Seen>>;

#[derive(Default)]
pub(crate) struct Index {
    subjects: HashMap<(&'static str, Subject), Keys>,
    versions: usize,
}

impl Index {
    /// Read what is stored about a subject, unless it is known.
    pub(crate) fn load(
        &mut self,
        folder: &Folder,
        table: &'static Table,
        subject: &Subject,
    ) -> Result<(), LakeError> {
        let name = (table.name, subject.clone());
        if self.subjects.contains_key(&name) {
            return Ok(());
        }
        let filter = Filter {
            source: Some(&subject.0),
            scope: Some(&subject.1),
            events: None,
        };
        let rows = folder
            .rows(table, &filter, Columns::All)?
            .remove(subject)
            .unwrap_or_default();
        let mut keys = Keys::new();
        if layout::keeps_whole_answers(table) {
            for answer in history::every_answer(rows) {
                keys.entry(None).or_default().push(Seen {
                    observed_at: answer.observed_at,
                    digest: digest(&answer.said),
                    partial: false,
                });
            }
        } else {
            for row in rows {
                keys.entry(row.event_time).or_default().push(Seen {
                    observed_at: row.observed_at,
                    digest: digest([&row]),
                    partial: row.partial,
                });
            }
        }
        self.versions += keys.values().map(Vec::len).sum::<usize>();
        self.subjects.insert(name, keys);
        Ok(())
    }

    /// Compare a value with what is stored, and count it as stored if it is not.
    ///
    /// It is unchanged if a version of the same instant says the same, or the one that stood before that instant
    /// does. Of one instant the order of arrival decides, which a repetition must not alter: so what stood before is
    /// not brought back within it, and storing everything a second time adds nothing. What was asked and answered is
    /// a fact of its own each time: coverage only looks at the same instant.
    pub(crate) fn offer(
        &mut self,
        table: &'static Table,
        subject: &Subject,
        key: Option<Timestamp>,
        observed_at: Timestamp,
        digest: Digest,
        partial: bool,
    ) -> Finding {
        let keys = self
            .subjects
            .entry((table.name, subject.clone()))
            .or_default();
        let seen = keys.entry(key).or_default();
        let after = seen.partition_point(|version| version.observed_at <= observed_at);
        let since = seen.partition_point(|version| version.observed_at < observed_at);
        let at_once = seen[since..after]
            .iter()
            .any(|version| version.digest == digest);
        let before = seen[..since]
            .last()
            .is_some_and(|version| version.digest == digest);
        if at_once || before && table.name != tables::COVERAGE.name {
            return Finding::Unchanged;
        }
        let finding = if seen.iter().any(|version| !version.partial) {
            Finding::Revised
        } else {
            Finding::New
        };
        seen.insert(
            after,
            Seen {
                observed_at,
                digest,
                partial,
            },
        );
        self.versions += 1;
        finding
    }

    /// Forget everything: it will be read again.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forget everything once it has grown large.
    pub(crate) fn trim(&mut self) {
        if self.versions > MOST_VERSIONS {
            self.clear();
        }
    }
}
