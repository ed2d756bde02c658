//! The view hash: which facts a result rests on.
//!
//! SHA-256 over the sorted, distinct digests of every logical row that was handed out: its table, source, scope,
//! event time, `observed_at`, the moment from which it was known, its values and `extra`. Blind to files, to the
//! order of reads and rows, to rows read twice, and to sequence numbers.

use std::sync::Mutex;

use highwater_market::{Scope, Table, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::{
    folder::lock,
    observation::{Canonical, Observation, Subject, hex},
};

/// Digests of the rows handed out so far.
#[derive(Debug, Default)]
pub(crate) struct View(Mutex<Facts>);

#[derive(Debug, Default)]
struct Facts {
    digests: Vec<[u8; 32]>,
    /// So many of them, from the first, are sorted and distinct.
    settled: usize,
    /// Where a row is put together.
    row: Canonical,
}

impl Facts {
    fn settle(&mut self) {
        self.digests.sort_unstable();
        self.digests.dedup();
        self.settled = self.digests.len();
    }
}

impl View {
    /// A row of a dated table, or one fact.
    pub(crate) fn row(
        &self,
        table: &Table,
        subject: &Subject,
        known_from: Timestamp,
        row: &Observation,
    ) {
        self.answer(table, subject, row.observed_at, known_from, [row]);
    }

    /// A whole answer: one fact, though it be empty.
    pub(crate) fn answer<'a>(
        &self,
        table: &Table,
        (source, scope): &Subject,
        observed_at: Timestamp,
        known_from: Timestamp,
        rows: impl IntoIterator<Item = &'a Observation>,
    ) {
        let mut facts = lock(&self.0);
        let hash = &mut facts.row;
        hash.text(table.name);
        hash.text(source.as_str());
        match scope {
            Scope::Token(id) => {
                hash.tag(0);
                hash.int(id.0);
            }
            Scope::Named(name) => {
                hash.tag(1);
                hash.text(name);
            }
        }
        hash.int(observed_at.micros());
        hash.int(known_from.micros());
        for row in rows {
            row.feed(hash);
        }
        let digest = hash.finish();
        facts.digests.push(digest);
        // Rows read again and again must not grow the list without end.
        if facts.digests.len() > 2 * facts.settled + 4_096 {
            facts.settle();
        }
    }

    /// The hash, in hexadecimal.
    pub(crate) fn hash(&self) -> String {
        let mut facts = lock(&self.0);
        facts.settle();
        let mut hash = Sha256::new();
        for digest in &facts.digests {
            hash.update(digest);
        }
        hex(&hash.finalize())
    }
}
