//! A look into the lake: what it holds, what is wrong with it, what was revised.

use std::{collections::BTreeMap, path::PathBuf};

use highwater_market::{
    AsOf, Clock, Known, Scope, Source, Table, Timestamp, TokenId, Value, tables,
};
use serde::Serialize;

use crate::{
    Lake,
    decode::{Columns, Filter},
    error::LakeError,
    folder::{LOCK, PAPER, TEMPORARY, hash_of_name, stored_tables},
    history,
    observation::{Observation, Subject},
    reader::Coverage,
};

/// What one source has in one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Name of the table.
    pub table: &'static str,
    /// Who said it.
    pub source: Source,
    /// Stored rows, each counted once in however many files it stands. The marker of an empty answer is one.
    pub rows: usize,
    /// Distinct keys: (scope, event time) of a dated table, scopes of a latest-only one.
    pub keys: usize,
    /// Distinct scopes: tokens, or lists.
    pub scopes: usize,
    /// The earliest event time.
    pub first_event: Option<Timestamp>,
    /// The latest event time.
    pub last_event: Option<Timestamp>,
    /// When the latest row was seen.
    pub last_observed: Timestamp,
    /// Files that hold rows of this source.
    pub files: usize,
    /// Their size in bytes.
    pub bytes: u64,
}

/// What kind of problem a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its content is not what was written, or cannot be read.
    Damaged,
    /// It is not a file of this lake, table or version.
    Foreign,
    /// An unfinished file that a writer left behind; the next writer removes it.
    Leftover,
    /// Rows that were stored once, as coverage says, and are in no file of this folder.
    Lost,
}

/// A file or folder that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it is: a file, or the folder of the table that lost rows.
    pub path: PathBuf,
    /// What kind of problem it is.
    pub fault: Fault,
    /// What is wrong with it.
    pub reason: String,
}

/// The values of a row, and its `extra`.
pub type SaidRow = (Vec<Value>, Option<String>);

/// A key with more than one version: what was said of it, in the order in which it was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Revisions {
    /// Who said it.
    pub source: Source,
    /// About what.
    pub scope: Scope,
    /// The key's event time; `None` for whole answers.
    pub event_time: Option<Timestamp>,
    /// Each version with its rows: one for a dated table, any number for a whole answer. Known from when it was seen.
    pub versions: Vec<Known<Vec<SaidRow>>>,
}

impl Lake {
    /// What the lake holds, by table and source.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read; [`Lake::check`] lists all of those.
    pub fn ls(&self) -> Result<Vec<Contents>, LakeError> {
        let mut contents = Vec::new();
        for table in stored_tables() {
            let listing = self.folder.listing(table)?;
            let look = |listing: &_| self.ls_table(table, listing);
            contents.extend(self.folder.reread(table, listing, look)?.1);
        }
        Ok(contents)
    }

    fn ls_table(
        &self,
        table: &'static Table,
        listing: &crate::folder::Listing,
    ) -> Result<Vec<Contents>, LakeError> {
        let filter = Filter::default();
        let mut files: BTreeMap<Source, (usize, u64)> = BTreeMap::new();
        let mut sources: BTreeMap<Source, Contents> = BTreeMap::new();
        for name in listing.iter() {
            let alone = vec![name.clone()].into();
            let rows = self.folder.rows_of(table, &alone, &filter, Columns::Keys)?;
            let bytes = self.folder.file(table, name)?.bytes;
            let mut here: Vec<Source> = rows.into_keys().map(|(source, _)| source).collect();
            here.dedup();
            for source in here {
                let (count, size) = files.entry(source).or_default();
                *count += 1;
                *size += bytes;
            }
        }
        for ((source, _), rows) in self
            .folder
            .rows_of(table, listing, &filter, Columns::Keys)?
        {
            let (count, bytes) = files.get(&source).copied().unwrap_or_default();
            let entry = sources.entry(source.clone()).or_insert_with(|| Contents {
                table: table.name,
                source,
                rows: 0,
                keys: 0,
                scopes: 0,
                first_event: None,
                last_event: None,
                last_observed: Timestamp::MIN,
                files: count,
                bytes,
            });
            entry.rows += rows.len();
            entry.scopes += 1;
            entry.keys += if crate::layout::keeps_whole_answers(table) {
                1
            } else {
                // Ascending by event time: keys change where it does.
                let mut times: Vec<_> = rows.iter().map(|row| row.event_time).collect();
                times.dedup();
                times.len()
            };
            for row in &rows {
                entry.last_observed = entry.last_observed.max(row.observed_at);
                if let Some(event) = row.event_time {
                    entry.first_event = Some(entry.first_event.map_or(event, |t| t.min(event)));
                    entry.last_event = Some(entry.last_event.map_or(event, |t| t.max(event)));
                }
            }
        }
        Ok(sources.into_values().collect())
    }

    /// Every file that is damaged, foreign or left behind, and every table and subject of which rows are gone, each
    /// with its reason. Empty: all is well.
    ///
    /// Everything is read anew, row by row, whatever this process has read before. Whether rows are gone is told once
    /// every file can be read.
    ///
    /// # Errors
    /// [`LakeError::Io`] if a folder cannot be read.
    pub fn check(&self) -> Result<Vec<Problem>, LakeError> {
        let fresh = Self::open_on(self.folder.fs.clone(), self.path())?;
        let mut problems = Vec::new();
        let entries = fresh
            .folder
            .fs
            .list(self.path())
            .map_err(|error| LakeError::io("read", self.path(), error))?;
        for entry in entries {
            let is_ours =
                entry.is_dir && (tables::by_name(&entry.name).is_some() || entry.name == PAPER);
            if !is_ours && entry.name != LOCK {
                problems.push(Problem {
                    path: self.path().join(&entry.name),
                    fault: Fault::Foreign,
                    reason: "neither the lock nor the folder of a table or of paper accounts"
                        .to_owned(),
                });
            }
        }
        for table in stored_tables() {
            for entry in fresh.folder.entries(table)? {
                let path = fresh.folder.table_path(table).join(&entry.name);
                let (fault, reason) = if entry.name.starts_with(TEMPORARY) {
                    let reason = "unfinished, left by a writer that died or still writes";
                    (Fault::Leftover, reason.to_owned())
                } else if entry.is_dir || hash_of_name(&entry.name).is_none() {
                    let reason = "its name is not the hash of its content";
                    (Fault::Foreign, reason.to_owned())
                } else {
                    match fresh.check_file(table, &entry.name) {
                        Ok(()) => continue,
                        Err(LakeError::Foreign { reason, .. }) => (Fault::Foreign, reason),
                        Err(LakeError::Damaged { reason, .. }) => (Fault::Damaged, reason),
                        // Merged by a writer since the folder was listed.
                        Err(error) if error.is_gone() => continue,
                        Err(error) => (Fault::Damaged, chain(&error)),
                    }
                };
                problems.push(Problem {
                    path,
                    fault,
                    reason,
                });
            }
        }
        if problems
            .iter()
            .all(|problem| problem.fault == Fault::Leftover)
        {
            problems.extend(fresh.lost()?);
        }
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(problems)
    }

    /// One problem for each subject of a table of which coverage claims rows that are not there.
    fn lost(&self) -> Result<Vec<Problem>, LakeError> {
        let mut lost: BTreeMap<(String, Subject), Vec<Coverage>> = BTreeMap::new();
        for (claim, is_held) in self.claims(None)? {
            if !is_held {
                let subject = (claim.source.clone(), claim.scope.clone());
                lost.entry((claim.table.clone(), subject))
                    .or_default()
                    .push(claim);
            }
        }
        let problem = |((table, (source, scope)), claims): ((String, Subject), Vec<Coverage>)| {
            let first = claims.iter().filter_map(|claim| claim.asked).min();
            let last = claims.iter().filter_map(|claim| Some(claim.asked?.1)).max();
            let days = match (first, last) {
                (Some((from, _)), Some(until)) => {
                    format!(", about days from {} to {}", from.date(), until.date())
                }
                _ => String::new(),
            };
            let answers = match claims.len() {
                1 => "1 answer".to_owned(),
                many => format!("{many} answers"),
            };
            Problem {
                path: self.path().join(table),
                fault: Fault::Lost,
                reason: format!(
                    "rows of {answers} of {source} about {}{days}, are gone",
                    match scope.token() {
                        Some(id) => format!("#{id}"),
                        None => scope.to_string(),
                    }
                ),
            }
        };
        Ok(lost.into_iter().map(problem).collect())
    }

    fn check_file(&self, table: &'static Table, name: &str) -> Result<(), LakeError> {
        let alone = vec![name.to_owned()].into();
        let filter = Filter::default();
        let rows = self.folder.rows_of(table, &alone, &filter, Columns::All)?;
        let found: usize = rows.values().map(Vec::len).sum();
        let file = self.folder.file(table, name)?;
        if found == file.footer.rows {
            Ok(())
        } else {
            Err(LakeError::Damaged {
                path: file.path.clone(),
                reason: format!(
                    "it holds {found} distinct rows, its footer counts {}",
                    file.footer.rows
                ),
            })
        }
    }

    /// Every key of a table that was said to be more than one thing, with all versions, by source, scope and event
    /// time. Partial rows are no versions.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read, [`LakeError::WrongTable`] for coverage.
    pub fn revisions(
        &self,
        table: &Table,
        source: Option<&Source>,
        token: Option<TokenId>,
    ) -> Result<Vec<Revisions>, LakeError> {
        if table.name == tables::COVERAGE.name {
            return Err(LakeError::WrongTable {
                table: tables::COVERAGE.name,
                reason: "holds facts that are never revised",
            });
        }
        let scope = token.map(Scope::Token);
        let filter = Filter {
            source,
            scope: scope.as_ref(),
            events: None,
        };
        let row = |row: Observation| (row.values, row.extra);
        let mut revisions = Vec::new();
        for ((source, scope), rows) in self.folder.rows(table, &filter, Columns::All)? {
            let mut add = |event_time, versions: Vec<Known<_>>| {
                if versions.len() > 1 {
                    revisions.push(Revisions {
                        source: source.clone(),
                        scope: scope.clone(),
                        event_time,
                        versions,
                    });
                }
            };
            match table.period() {
                Some(period) => {
                    for key in history::keys(rows, period, AsOf::latest(Clock::Observed)) {
                        let versions = key.versions.into_iter().map(|version| Known {
                            event_time: key.event_time,
                            known_from: version.known_from,
                            revision: version.revision,
                            value: vec![row(version.said)],
                        });
                        add(Some(key.event_time), versions.collect());
                    }
                }
                None => {
                    let answers = history::answers(rows).into_iter().map(|version| Known {
                        event_time: version.observed_at,
                        known_from: version.known_from,
                        revision: version.revision,
                        value: version.said.into_iter().map(row).collect(),
                    });
                    add(None, answers.collect());
                }
            }
        }
        Ok(revisions)
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
