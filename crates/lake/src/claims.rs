//! What coverage claims, held against the rows that are there.
//!
//! A file of rows that was removed leaves no trace but this: coverage still says that its days were answered. So no
//! claim is believed whose rows are gone, and those days are asked again.

use std::collections::BTreeMap;

use highwater_market::{Answer, AsOf, Clock, Scope, Source, Table, Timestamp, tables};

use crate::{
    Lake,
    decode::{Columns, Filter},
    error::LakeError,
    history, layout,
    observation::{Observation, Subject},
    reader::Coverage,
};

/// The rows that an answer makes the lake hold: see [`Coverage::rows`].
pub(crate) fn rows_claimed(answer: &Answer) -> usize {
    if layout::keeps_whole_answers(answer.table) {
        return answer.rows.len();
    }
    let mut times: Vec<Timestamp> = answer
        .rows
        .iter()
        .map(|row| row.event_time)
        .filter(|&time| answer.asked.is_none_or(|asked| asked.contains(time)))
        .collect();
    times.sort_unstable();
    times.dedup();
    times.len()
}

/// What is there of one subject, as far as a claim can be held against it.
enum Held {
    /// Of a dated table: the distinct times, ascending.
    Times(Vec<Timestamp>),
    /// Of another: when each answer was seen, and its rows, ascending.
    Answers(Vec<(Timestamp, usize)>),
}

impl Held {
    fn of(table: &Table, rows: Vec<Observation>) -> Self {
        if layout::keeps_whole_answers(table) {
            let answers = history::every_answer(rows);
            let size = |rows: &[Observation]| rows.first().map_or(0, |row| row.items as usize);
            Self::Answers(
                answers
                    .iter()
                    .map(|answer| (answer.observed_at, size(&answer.said)))
                    .collect(),
            )
        } else {
            Self::Times(distinct_times(&rows))
        }
    }

    fn bears_out(&self, claim: &Coverage) -> bool {
        let claimed = usize::try_from(claim.rows).unwrap_or(0);
        match self {
            Self::Times(times) => {
                let held = match claim.asked {
                    None => times.len(),
                    Some((from, until)) => {
                        let end = until.plus_days(1);
                        times.partition_point(|&time| time < end)
                            - times.partition_point(|&time| time < from)
                    }
                };
                held >= claimed
            }
            // An answer that says what the one before it says is not stored again.
            Self::Answers(answers) => answers
                .iter()
                .take_while(|(seen, _)| *seen <= claim.observed_at)
                .any(|&(_, rows)| rows == claimed),
        }
    }
}

/// Rows of a dated table ascend by event time.
fn distinct_times(rows: &[Observation]) -> Vec<Timestamp> {
    let mut times: Vec<Timestamp> = rows.iter().filter_map(|row| row.event_time).collect();
    times.dedup();
    times
}

impl Lake {
    /// What was asked and answered, and of each whether the lake holds the rows of that answer: not, if a file of
    /// rows was lost or taken out.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn claims(&self, source: Option<&Source>) -> Result<Vec<(Coverage, bool)>, LakeError> {
        // Coverage before rows: a writer puts it down after them.
        let reader = self.reader(AsOf::latest(Clock::Observed))?;
        let mut claims: BTreeMap<&'static str, Vec<Coverage>> = BTreeMap::new();
        for claim in reader.coverage(None, source, None)? {
            if let Some(table) = tables::by_name(&claim.table) {
                claims.entry(table.name).or_default().push(claim);
            }
        }
        let mut judged = Vec::new();
        for (table, claims) in claims {
            let held = match tables::by_name(table) {
                Some(table) => self.held(table, source)?,
                None => BTreeMap::new(),
            };
            judged.extend(claims.into_iter().map(|claim| {
                let subject = (claim.source.clone(), claim.scope.clone());
                let is_held = match held.get(&subject) {
                    Some(held) => held.bears_out(&claim),
                    None => claim.rows == 0 && !keeps_markers(table),
                };
                (claim, is_held)
            }));
        }
        Ok(judged)
    }

    fn held(
        &self,
        table: &'static Table,
        source: Option<&Source>,
    ) -> Result<BTreeMap<Subject, Held>, LakeError> {
        let rows = self.keys(table, source)?;
        Ok(rows
            .into_iter()
            .map(|(subject, rows)| (subject, Held::of(table, rows)))
            .collect())
    }

    /// The distinct times of which a dated table holds rows, ascending, by source and scope.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read, [`LakeError::WrongTable`] for a table without times of its own.
    pub fn times(
        &self,
        table: &'static Table,
        source: Option<&Source>,
    ) -> Result<BTreeMap<(Source, Scope), Vec<Timestamp>>, LakeError> {
        if table.period().is_none() {
            return Err(LakeError::WrongTable {
                table: table.name,
                reason: "holds whole answers, not rows by time",
            });
        }
        let rows = self.keys(table, source)?;
        Ok(rows
            .into_iter()
            .map(|(subject, rows)| (subject, distinct_times(&rows)))
            .collect())
    }

    fn keys(
        &self,
        table: &'static Table,
        source: Option<&Source>,
    ) -> Result<BTreeMap<Subject, Vec<Observation>>, LakeError> {
        let filter = Filter {
            source,
            ..Filter::default()
        };
        self.folder.rows(table, &filter, Columns::Keys)
    }
}

/// Whether an empty answer leaves a row too.
fn keeps_markers(table: &str) -> bool {
    tables::by_name(table).is_some_and(layout::keeps_whole_answers)
}
