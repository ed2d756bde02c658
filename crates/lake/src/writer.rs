//! The one writer: answers become files, durable before [`Writer::store`] returns.
//!
//! A store is a group commit:
//! ```text
//! 1  every new file is written under a temporary name in its folder, and flushed      (a full disk shows here)
//! 2  the files of the tables are renamed to the hash of their content, their folders flushed
//! 3  the file of coverage likewise: it never claims what is not there
//! ```
//! A store that fails removes what it made. A process that dies in between leaves temporary files, which the next
//! writer removes, or rows that were never reported as stored, which a repetition finds unchanged.

use std::{
    collections::{BTreeMap, HashMap},
    ops::AddAssign,
    path::{Path, PathBuf},
    sync::Arc,
};

use highwater_market::{Answer, Kind, Row, Scoped, Table, Timestamp, Value, tables};
use serde::Serialize;

use crate::{
    claims, encode,
    error::LakeError,
    folder::{Folder, TEMPORARY, is_data, name_of, stored_tables, sync_dir},
    fs::LockGuard,
    index::{Finding, Index, digest},
    layout,
    observation::{Observation, Subject},
};

/// What became of the rows of the answers, each counted once:
/// `rows = new + revised + unchanged + partial + repeated + overruled`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stored {
    /// Answers stored, or seen unchanged.
    pub answers: usize,
    /// Rows in those answers.
    pub rows: usize,
    /// Rows of keys that had no complete version before.
    pub new: usize,
    /// Rows that differ from what was stored under their key.
    pub revised: usize,
    /// Rows that were stored already.
    pub unchanged: usize,
    /// Rows seen before their period was over: stored, never handed out as complete.
    pub partial: usize,
    /// Rows that repeat another of the same answer, value for value.
    pub repeated: usize,
    /// Rows that contradict a later one of the same answer, which was kept instead.
    pub overruled: usize,
}

impl AddAssign for Stored {
    fn add_assign(&mut self, other: Self) {
        self.answers += other.answers;
        self.rows += other.rows;
        self.new += other.new;
        self.revised += other.revised;
        self.unchanged += other.unchanged;
        self.partial += other.partial;
        self.repeated += other.repeated;
        self.overruled += other.overruled;
    }
}

/// Rows to be written, by table.
type Pending = Vec<(&'static Table, BTreeMap<Subject, Vec<Observation>>)>;

/// The single writer of a lake. The lock goes when this is dropped, or with the process.
pub struct Writer {
    pub(crate) folder: Arc<Folder>,
    index: Index,
    next_sequence: i64,
    _lock: LockGuard,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("lake", &self.folder.path)
            .field("next_sequence", &self.next_sequence)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Take the lock, remove what a dead writer left unfinished, and learn the highest sequence number.
    pub(crate) fn open(folder: Arc<Folder>) -> Result<Self, LakeError> {
        let guard = folder.lock()?;
        folder.sync_above()?;
        let mut highest = 0;
        for table in stored_tables() {
            for entry in folder.entries(table)? {
                if entry.name.starts_with(TEMPORARY) && !entry.is_dir {
                    let path = folder.table_path(table).join(&entry.name);
                    folder
                        .fs
                        .remove(&path)
                        .map_err(|error| LakeError::io("remove", &path, error))?;
                } else if is_data(&entry.name) {
                    highest = highest.max(folder.file(table, &entry.name)?.footer.sequence);
                }
            }
        }
        Ok(Self {
            folder,
            index: Index::default(),
            next_sequence: highest + 1,
            _lock: guard,
        })
    }

    /// Store answers: all of them are durable when this returns, or none is reported.
    ///
    /// Values that say what is stored already add nothing; that they were asked for and answered is recorded in
    /// coverage all the same, if the answer was whole. A row of a dated table observed before its period was over is
    /// partial.
    ///
    /// # Errors
    /// [`LakeError::Misshapen`] if an answer does not fit its table: then nothing is stored. [`LakeError::DiskFull`]
    /// or [`LakeError::Io`] if the system refuses, [`LakeError::Damaged`] or [`LakeError::Foreign`] if a file that
    /// must be compared with cannot be read: the lake stands as it was.
    pub fn store(&mut self, answers: &[Answer]) -> Result<Stored, LakeError> {
        for (number, answer) in answers.iter().enumerate() {
            fits(number, answer)?;
        }
        let stored = self.store_fitting(answers);
        match stored {
            Ok(_) => self.index.trim(),
            // What the index took for stored is not.
            Err(_) => self.index.clear(),
        }
        stored
    }

    fn store_fitting(&mut self, answers: &[Answer]) -> Result<Stored, LakeError> {
        let mut stored = Stored::default();
        let mut pending: HashMap<&'static str, BTreeMap<Subject, Vec<Observation>>> =
            HashMap::new();
        let mut coverage: BTreeMap<Subject, Vec<Observation>> = BTreeMap::new();
        for answer in answers {
            let subject = (answer.source.clone(), answer.scope.clone());
            let sequence = self.next_sequence;
            // A number is used once, whether its rows are kept or not.
            self.next_sequence += 1;
            self.index.load(&self.folder, answer.table, &subject)?;
            let rows = if layout::keeps_whole_answers(answer.table) {
                self.new_answer(answer, &subject, sequence, &mut stored)
            } else {
                self.new_rows(answer, &subject, sequence, &mut stored)
            };
            if !rows.is_empty() {
                pending
                    .entry(answer.table.name)
                    .or_default()
                    .entry(subject.clone())
                    .or_default()
                    .extend(rows);
            }
            if answer.whole {
                self.index.load(&self.folder, &tables::COVERAGE, &subject)?;
                if let Some(row) = self.new_coverage(answer, &subject, sequence) {
                    coverage.entry(subject).or_default().push(row);
                }
            }
            stored.answers += 1;
            stored.rows += answer.rows.len();
        }
        let mut ordered: Pending = stored_tables()
            .filter_map(|table| Some((table, pending.remove(table.name)?)))
            .collect();
        if !coverage.is_empty() {
            ordered.push((&tables::COVERAGE, coverage));
        }
        self.commit(ordered)?;
        Ok(stored)
    }

    /// The rows of a dated answer that are not stored yet.
    fn new_rows(
        &mut self,
        answer: &Answer,
        subject: &Subject,
        sequence: i64,
        stored: &mut Stored,
    ) -> Vec<Observation> {
        let period = answer.table.period();
        let mut kept: BTreeMap<Timestamp, Observation> = BTreeMap::new();
        for row in &answer.rows {
            let partial = period.is_some_and(|period| answer.observed_at < row.event_time + period);
            let observation = observation(answer, row, sequence, partial);
            if let Some(before) = kept.insert(row.event_time, observation) {
                if before.says_the_same(&kept[&row.event_time]) {
                    stored.repeated += 1;
                } else {
                    stored.overruled += 1;
                }
            }
        }
        let mut new = Vec::new();
        for (event_time, row) in kept {
            let finding = self.index.offer(
                answer.table,
                subject,
                Some(event_time),
                answer.observed_at,
                digest([&row]),
                row.partial,
            );
            match finding {
                Finding::Unchanged => {
                    stored.unchanged += 1;
                    continue;
                }
                _ if row.partial => stored.partial += 1,
                Finding::New => stored.new += 1,
                Finding::Revised => stored.revised += 1,
            }
            new.push(row);
        }
        new
    }

    /// The rows of a whole answer, unless the same is stored. An empty one is a single marker.
    fn new_answer(
        &mut self,
        answer: &Answer,
        subject: &Subject,
        sequence: i64,
        stored: &mut Stored,
    ) -> Vec<Observation> {
        let count = answer.rows.len();
        let mut rows: Vec<Observation> = answer
            .rows
            .iter()
            .map(|row| observation(answer, row, sequence, false))
            .collect();
        for (item, row) in (0..).zip(&mut rows) {
            row.item = item;
            row.items = count as i64;
        }
        let finding = self.index.offer(
            answer.table,
            subject,
            None,
            answer.observed_at,
            digest(&rows),
            false,
        );
        match finding {
            Finding::Unchanged => {
                stored.unchanged += count;
                return Vec::new();
            }
            Finding::New => stored.new += count,
            Finding::Revised => stored.revised += count,
        }
        if rows.is_empty() {
            rows.push(Observation {
                event_time: None,
                observed_at: answer.observed_at,
                sequence,
                partial: false,
                item: 0,
                items: 0,
                values: vec![Value::Null; answer.table.columns.len()],
                extra: None,
            });
        }
        rows
    }

    /// That this was asked and answered, unless that very fact is stored.
    fn new_coverage(
        &mut self,
        answer: &Answer,
        subject: &Subject,
        sequence: i64,
    ) -> Option<Observation> {
        let day = |time: Option<Timestamp>| time.map_or(Value::Null, Value::Time);
        let row = Observation {
            event_time: Some(answer.observed_at),
            observed_at: answer.observed_at,
            sequence,
            partial: false,
            item: 0,
            items: 1,
            values: vec![
                Value::Text(answer.table.name.to_owned()),
                day(answer.asked.map(|asked| asked.from())),
                day(answer.asked.map(|asked| asked.until())),
                Value::Int(claims::rows_claimed(answer) as i64),
            ],
            extra: None,
        };
        let finding = self.index.offer(
            &tables::COVERAGE,
            subject,
            row.event_time,
            answer.observed_at,
            digest([&row]),
            false,
        );
        (finding != Finding::Unchanged).then_some(row)
    }

    /// Make rows durable, table by table in the order given; all files are on disk before the first gets its name.
    fn commit(&mut self, pending: Pending) -> Result<(), LakeError> {
        let mut made = Made {
            folder: Arc::clone(&self.folder),
            paths: Vec::new(),
        };
        let mut staged = Vec::new();
        for (table, rows) in pending {
            let mut renames = Vec::new();
            for content in encode::files(table, rows)? {
                renames.push(made.stage(table, &content)?);
            }
            staged.push((table, renames));
        }
        let (last, first): (Vec<_>, Vec<_>) = staged
            .into_iter()
            .partition(|(table, _)| table.name == tables::COVERAGE.name);
        for group in [first, last] {
            for (_, renames) in &group {
                for (from, to) in renames {
                    made.rename(from, to)?;
                }
            }
            for (table, _) in &group {
                sync_dir(&*self.folder.fs, &self.folder.table_path(table))?;
            }
        }
        made.keep();
        Ok(())
    }
}

/// Files made by a commit that is not done: removed again, last first, unless it is.
pub(crate) struct Made {
    folder: Arc<Folder>,
    paths: Vec<PathBuf>,
}

impl Made {
    pub(crate) fn new(folder: &Arc<Folder>) -> Self {
        Self {
            folder: Arc::clone(folder),
            paths: Vec::new(),
        }
    }

    /// Write a file under a temporary name and flush it. Returns that name and the final one.
    pub(crate) fn stage(
        &mut self,
        table: &Table,
        content: &[u8],
    ) -> Result<(PathBuf, PathBuf), LakeError> {
        let fs = &*self.folder.fs;
        let dir = self.folder.table_path(table);
        fs.create_dir(&dir)
            .map_err(|error| LakeError::io("make the folder", &dir, error))?;
        // The folder's own name must be durable before a file in it can be.
        sync_dir(fs, &self.folder.path)?;
        let name = name_of(content);
        let to = dir.join(&name);
        let stem = name.trim_end_matches(".parquet");
        let temporary = dir.join(format!("{TEMPORARY}{stem}"));
        self.paths.push(temporary.clone());
        let written = match fs.write_new(&temporary, content) {
            // Left by a commit of this writer that could not clean up.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => fs
                .remove(&temporary)
                .and_then(|()| fs.write_new(&temporary, content)),
            written => written,
        };
        written.map_err(|error| LakeError::io("write", &temporary, error))?;
        fs.sync_file(&temporary)
            .map_err(|error| LakeError::io("flush", &temporary, error))?;
        Ok((temporary, to))
    }

    pub(crate) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), LakeError> {
        // Noted before it is tried: a rename that failed may have happened.
        self.paths.push(to.to_owned());
        self.folder
            .fs
            .rename(from, to)
            .map_err(|error| LakeError::io("rename", from, error))
    }

    /// The commit is done.
    pub(crate) fn keep(mut self) {
        self.paths.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in self.paths.iter().rev() {
            // What cannot be removed now is a temporary file, which the next writer removes, or holds rows that were
            // not reported: true all the same.
            let _ = self.folder.fs.remove(path);
        }
    }
}

fn observation(answer: &Answer, row: &Row, sequence: i64, partial: bool) -> Observation {
    let values = answer
        .table
        .columns
        .iter()
        .zip(&row.values)
        .map(|(column, value)| match (column.kind, value) {
            (Kind::Float, Value::Int(number)) => Value::Float(*number as f64),
            _ => value.clone(),
        })
        .collect();
    Observation {
        event_time: Some(row.event_time),
        observed_at: answer.observed_at,
        sequence,
        partial,
        item: 0,
        items: 1,
        values,
        extra: row.extra.clone(),
    }
}

/// Whether an answer has the shape of its table.
fn fits(number: usize, answer: &Answer) -> Result<(), LakeError> {
    let table = answer.table;
    if table.name == tables::COVERAGE.name {
        return Err(LakeError::WrongTable {
            table: table.name,
            reason: "is written by the lake itself, beside each answer",
        });
    }
    if tables::by_name(table.name) != Some(table) {
        return Err(LakeError::WrongTable {
            table: table.name,
            reason: "is not a table of the lake",
        });
    }
    let misshapen = |reason: String| {
        Err(LakeError::Misshapen {
            table: table.name,
            answer: number,
            reason,
        })
    };
    match (table.scoped, answer.scope.token()) {
        (Scoped::Token, None) => {
            return misshapen(format!(
                "its rows are about one token each, not about the list `{}`",
                answer.scope
            ));
        }
        (Scoped::Named, Some(token)) => {
            return misshapen(format!(
                "its rows are a list under a name, not about the token {token}"
            ));
        }
        _ => {}
    }
    for (index, row) in answer.rows.iter().enumerate() {
        if row.values.len() != table.columns.len() {
            return misshapen(format!(
                "row {index} has {} values for {} columns",
                row.values.len(),
                table.columns.len()
            ));
        }
        for (column, value) in table.columns.iter().zip(&row.values) {
            let kind_fits = match (column.kind, value) {
                (_, Value::Null)
                | (Kind::Float, Value::Float(_))
                | (Kind::Int, Value::Int(_))
                | (Kind::Text, Value::Text(_))
                | (Kind::Time, Value::Time(_)) => true,
                // A whole number is a float where no digit is lost.
                (Kind::Float, Value::Int(number)) => number.unsigned_abs() <= 1 << 53,
                _ => false,
            };
            if !kind_fits {
                return misshapen(format!(
                    "row {index}, column {}: {value:?} is no {:?}",
                    column.name, column.kind
                ));
            }
        }
    }
    Ok(())
}
