//! The lake as it was known at a moment.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use highwater_market::{
    AsOf, BarFault, Clock, Direction, Grade, GradeKind, Judged, Known, Period, PriceBar, Scope,
    Signal, Source, Table, Timeframe, Timestamp, Token, Trend, Value, judge, tables,
};
use serde::Serialize;

use crate::{
    decode::{Columns, Filter},
    error::LakeError,
    folder::{Folder, Listing, lock},
    history::{self, Key, Version},
    layout,
    observation::{Observation, Subject},
    symbols,
    view::View,
};

/// The complete versions of a token's bars that are known at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct BarVersions {
    /// Valid versions in the order in which they became known.
    pub versions: Vec<Known<PriceBar>>,
    /// How many of the keys were first seen later than one further period after their close: known under the clock
    /// `published` before anybody here saw them.
    pub backfilled: usize,
    /// How many bars have a complete version, valid or not.
    pub keys: usize,
    /// What was left out: versions that are no valid bar, and bars of which only a partial row is known.
    pub left_out: Vec<(Timestamp, BarFault)>,
}

/// The current row of a key, or one row of the current whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRow {
    /// Who said it.
    pub source: Source,
    /// About what.
    pub scope: Scope,
    /// The bar's open, the row's date.
    pub event_time: Timestamp,
    /// From when it was known, under the reader's clock.
    pub known_from: Timestamp,
    /// When it was seen.
    pub observed_at: Timestamp,
    /// One value for each of the table's columns.
    pub values: Vec<Value>,
    /// A JSON object of what the table does not know.
    pub extra: Option<String>,
}

/// The levels of one answer: when each formed, and its price.
pub type LevelAnswer = Vec<(Timestamp, f64)>;

/// The tokens of one answer about moonshots: symbol, and name where there was one.
pub type MoonshotAnswer = Vec<(String, Option<String>)>;

/// One question that was asked and answered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Coverage {
    /// Who answered.
    pub source: Source,
    /// Name of the table.
    pub table: String,
    /// About what.
    pub scope: Scope,
    /// First and last day asked for, where the question had days.
    pub asked: Option<(Timestamp, Timestamp)>,
    /// When the answer was received.
    pub observed_at: Timestamp,
    /// What the lake must therefore hold: of a dated table, rows of distinct times (on the days asked for, where the
    /// question had days); of another, the rows of the answer.
    pub rows: i64,
}

/// A view of the lake at a moment, under a clock.
///
/// It keeps the list of files that it first found, so that what a concurrent writer adds does not show half-way
/// through. What it hands out enters its [`view_hash`](Reader::view_hash).
#[derive(Debug)]
pub struct Reader {
    folder: Arc<Folder>,
    as_of: AsOf,
    listings: Mutex<HashMap<&'static str, Listing>>,
    view: View,
}

impl Reader {
    pub(crate) fn new(folder: Arc<Folder>, as_of: AsOf) -> Self {
        Self {
            folder,
            as_of,
            listings: Mutex::default(),
            view: View::default(),
        }
    }

    /// The moment and clock of this reader.
    pub const fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// SHA-256, in hexadecimal, of the distinct logical rows handed out so far: the same for the same facts, in
    /// whatever files and order they were read.
    pub fn view_hash(&self) -> String {
        self.view.hash()
    }

    fn scan(
        &self,
        table: &Table,
        filter: &Filter<'_>,
    ) -> Result<BTreeMap<Subject, Vec<Observation>>, LakeError> {
        // Tables are told apart by their stored name, which lives as long as the program.
        let stored = tables::by_name(table.name).ok_or(LakeError::WrongTable {
            table: "(unknown)",
            reason: "is not a table of the lake",
        })?;
        let known = lock(&self.listings).get(stored.name).map(Arc::clone);
        let listing = match known {
            Some(listing) => listing,
            None => self.folder.listing(stored)?,
        };
        let read = |listing: &Listing| self.folder.rows_of(stored, listing, filter, Columns::All);
        let (listing, rows) = self.folder.reread(stored, listing, read)?;
        lock(&self.listings).insert(stored.name, listing);
        Ok(rows)
    }

    /// Every token that the lake lists, by source and id, as of the latest listing known at the moment.
    ///
    /// A listing says who a token is, not what it was worth: under the clock `published` a token first listed after
    /// the moment is there too, or its backfilled history could not be named.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn tokens(&self) -> Result<Vec<Token>, LakeError> {
        let mut tokens = Vec::new();
        for (subject, rows) in self.scan(&tables::TOKENS, &Filter::default())? {
            let answers = history::answers(rows);
            let known = answers
                .iter()
                .rfind(|answer| answer.known_from <= self.as_of.moment);
            let answer = match self.as_of.clock {
                Clock::Observed => known,
                Clock::Published => known.or(answers.first()),
            };
            let (Some(answer), Some(id)) = (answer, subject.1.token()) else {
                continue;
            };
            self.saw_answer(&tables::TOKENS, &subject, answer);
            for row in &answer.said {
                let text = |index: usize| row.values[index].as_text().unwrap_or("").to_owned();
                tokens.push(Token {
                    source: subject.0.clone(),
                    id,
                    symbol: text(0),
                    name: text(1),
                });
            }
        }
        Ok(tokens)
    }

    /// The one token that `symbol` names.
    ///
    /// A symbol must match exactly, or, if none does, but for its case. `#3375` names a token by id, and
    /// `simulated:BTC` or `simulated:#3375` one of a source. Of several `sources`, the first that has it decides;
    /// without any, the symbol must be unique in the lake.
    ///
    /// # Errors
    /// [`LakeError::UnknownSymbol`] with the nearest symbols, [`LakeError::AmbiguousSymbol`] with the candidates.
    pub fn resolve(&self, symbol: &str, sources: &[Source]) -> Result<Token, LakeError> {
        symbols::resolve(&self.tokens()?, symbol, sources)
    }

    fn keys(
        &self,
        table: &'static Table,
        period: Timeframe,
        token: &Token,
        days: Option<Period>,
    ) -> Result<(Subject, impl Iterator<Item = Key> + use<>), LakeError> {
        let subject = (token.source.clone(), Scope::Token(token.id));
        let filter = Filter {
            source: Some(&subject.0),
            scope: Some(&subject.1),
            events: days.map(|days| (days.from(), days.end())),
        };
        let rows = self
            .scan(table, &filter)?
            .remove(&subject)
            .unwrap_or_default();
        let keys = history::keys(rows, period, self.as_of);
        Ok((subject, keys))
    }

    /// Every complete version of a token's bars known at the moment; of a period, those that open on its days.
    ///
    /// A version that is no valid bar is left out and named: it does not replace the valid one before it. The latest
    /// of each bar, [`highwater_market::latest_known`], are the bars of [`Reader::bars`].
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn bar_versions(
        &self,
        token: &Token,
        timeframe: Timeframe,
        days: Option<Period>,
    ) -> Result<BarVersions, LakeError> {
        let mut read = self.bars_by_key(token, timeframe, days)?;
        in_order_known(&mut read.versions);
        Ok(read)
    }

    /// A token's bars as known at the moment: of each, the latest valid version. What was left out is named.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn bars(
        &self,
        token: &Token,
        timeframe: Timeframe,
        days: Option<Period>,
    ) -> Result<Judged, LakeError> {
        let mut read = self.bars_by_key(token, timeframe, days)?;
        read.versions.dedup_by(|later, kept| {
            let same_key = later.event_time == kept.event_time;
            if same_key {
                *kept = *later;
            }
            same_key
        });
        let latest = read.versions.into_iter().map(|bar| bar.value);
        let mut judged = judge(timeframe, latest).map_err(|error| LakeError::Damaged {
            // Keys ascend and are distinct, so that this cannot be; were it, the rows would be to blame.
            path: self.folder.table_path(tables::bars(timeframe)),
            reason: error.to_string(),
        })?;
        judged.left_out = read.left_out;
        Ok(judged)
    }

    /// As [`Reader::bar_versions`], but by key, and of each in the order in which it became known.
    fn bars_by_key(
        &self,
        token: &Token,
        timeframe: Timeframe,
        days: Option<Period>,
    ) -> Result<BarVersions, LakeError> {
        let table = tables::bars(timeframe);
        let (subject, keys) = self.keys(table, timeframe, token, days)?;
        let mut read = BarVersions {
            versions: Vec::new(),
            backfilled: 0,
            keys: 0,
            left_out: Vec::new(),
        };
        for key in keys {
            if let Some(partial) = &key.partial {
                read.left_out.push((key.event_time, BarFault::Partial));
                self.view.row(table, &subject, partial.observed_at, partial);
                continue;
            }
            read.keys += 1;
            read.backfilled += usize::from(key.backfilled);
            for version in &key.versions {
                self.view
                    .row(table, &subject, version.known_from, &version.said);
                let bar = PriceBar::of(key.event_time, &version.said.values);
                match bar.fault() {
                    Some(fault) => read.left_out.push((key.event_time, fault)),
                    None => read.versions.push(known(key.event_time, version, bar)),
                }
            }
        }
        Ok(read)
    }

    /// Every version of a token's trading signals known at the moment, in the order in which they became known.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn signals(&self, token: &Token) -> Result<Vec<Known<Signal>>, LakeError> {
        self.versions(&tables::SIGNALS, Timeframe::D1, token, |row| {
            let direction =
                |index: usize| row.values[index].as_int().and_then(Direction::from_sign);
            Signal::toward(direction(0), direction(1).map(Trend))
        })
    }

    /// Every version of a token's hourly trading signals known at the moment, in the order in which they became known.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn hourly_signals(&self, token: &Token) -> Result<Vec<Known<Signal>>, LakeError> {
        self.versions(&tables::HOURLY_SIGNALS, Timeframe::H1, token, |row| {
            let direction =
                |index: usize| row.values[index].as_int().and_then(Direction::from_sign);
            Signal::toward(direction(1), direction(2).map(Trend))
        })
    }

    /// Every version of a token's daily grades of one kind known at the moment, in the order in which they became
    /// known; `None` where a row has none between 0 and 100.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn grades(
        &self,
        token: &Token,
        kind: GradeKind,
    ) -> Result<Vec<Known<Option<Grade>>>, LakeError> {
        let column = tables::GRADES.column(match kind {
            GradeKind::Trader => "tm_grade",
            GradeKind::Investor => "fundamental_grade",
        });
        self.versions(&tables::GRADES, Timeframe::D1, token, |row| {
            let grade = row.values[column?].as_float()?;
            Grade::new(grade).ok()
        })
    }

    /// Every answer of a source about its active moonshots known at the moment, each that differs from the one before.
    /// The event time is that of the answer. Rows without a symbol are left out.
    ///
    /// # Errors
    /// [`LakeError::Hindsight`] under the clock `published`: the source serves today's list alone.
    pub fn moonshot_answers(
        &self,
        source: &Source,
    ) -> Result<Vec<Known<MoonshotAnswer>>, LakeError> {
        let table = &tables::MOONSHOTS;
        self.refuse_hindsight(table)?;
        let subject = (source.clone(), Scope::Named("active".to_owned()));
        let filter = Filter {
            source: Some(&subject.0),
            scope: Some(&subject.1),
            events: None,
        };
        let rows = self
            .scan(table, &filter)?
            .remove(&subject)
            .unwrap_or_default();
        let mut answers = Vec::new();
        for answer in history::answers(rows) {
            if answer.known_from > self.as_of.moment {
                break;
            }
            self.saw_answer(table, &subject, &answer);
            let named = answer
                .said
                .iter()
                .filter_map(|row| {
                    let name = row.values[1].as_text().map(str::to_owned);
                    Some((row.values[0].as_text()?.to_owned(), name))
                })
                .collect();
            answers.push(known(answer.observed_at, &answer, named));
        }
        Ok(answers)
    }

    /// Every version of a token's imported daily returns known at the moment; `None` where one is missing.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn returns(&self, token: &Token) -> Result<Vec<Known<Option<f64>>>, LakeError> {
        self.versions(&tables::RETURNS, Timeframe::D1, token, |row| {
            row.values[0].as_float().filter(|value| !value.is_nan())
        })
    }

    /// Every version of a number of a token's rows in a dated table known at the moment, in the order in which they
    /// became known; `None` where a row holds none.
    ///
    /// # Errors
    /// [`LakeError::WrongTable`] for a table that is not dated, or has no such column; else if a file cannot be read.
    pub fn numbers(
        &self,
        table: &'static Table,
        column: &str,
        token: &Token,
    ) -> Result<Vec<Known<Option<f64>>>, LakeError> {
        let place = place_of(table, column)?;
        let period = table.period().ok_or(LakeError::WrongTable {
            table: table.name,
            reason: "has no dated rows",
        })?;
        self.versions(table, period, token, |row| number(&row.values[place]))
    }

    /// Every whole answer about one scope of a latest-only table known at the moment: the values of its rows. The event
    /// time is that of the answer.
    ///
    /// # Errors
    /// [`LakeError::Hindsight`] under the clock `published`: the source serves today's answer alone.
    pub fn answers(
        &self,
        table: &'static Table,
        source: &Source,
        scope: &Scope,
    ) -> Result<Vec<Known<Vec<Vec<Value>>>>, LakeError> {
        self.refuse_hindsight(table)?;
        let subject = (source.clone(), scope.clone());
        let filter = Filter {
            source: Some(&subject.0),
            scope: Some(&subject.1),
            events: None,
        };
        let rows = self
            .scan(table, &filter)?
            .remove(&subject)
            .unwrap_or_default();
        let mut answers = Vec::new();
        for answer in history::answers(rows) {
            if answer.known_from > self.as_of.moment {
                break;
            }
            self.saw_answer(table, &subject, &answer);
            let values = answer.said.iter().map(|row| row.values.clone()).collect();
            answers.push(known(answer.observed_at, &answer, values));
        }
        Ok(answers)
    }

    /// As [`Reader::numbers`], of a latest-only table with one row a token, such as the vendor's quantmetrics.
    ///
    /// # Errors
    /// [`LakeError::Hindsight`] under the clock `published`; [`LakeError::WrongTable`] if there is no such column.
    pub fn answered_numbers(
        &self,
        table: &'static Table,
        column: &str,
        token: &Token,
    ) -> Result<Vec<Known<Option<f64>>>, LakeError> {
        let place = place_of(table, column)?;
        let answers = self.answers(table, &token.source, &Scope::Token(token.id))?;
        Ok(answers
            .into_iter()
            .map(|answer| Known {
                event_time: answer.event_time,
                known_from: answer.known_from,
                revision: answer.revision,
                value: answer.value.first().and_then(|row| number(&row[place])),
            })
            .collect())
    }

    fn versions<T>(
        &self,
        table: &'static Table,
        period: Timeframe,
        token: &Token,
        value: impl Fn(&Observation) -> T,
    ) -> Result<Vec<Known<T>>, LakeError> {
        let (subject, keys) = self.keys(table, period, token, None)?;
        let mut versions = Vec::new();
        for key in keys {
            for version in &key.versions {
                self.view
                    .row(table, &subject, version.known_from, &version.said);
                versions.push(known(key.event_time, version, value(&version.said)));
            }
        }
        in_order_known(&mut versions);
        Ok(versions)
    }

    /// Every answer about a token's levels known at the moment: when each level formed, and its price. The event time
    /// is that of the answer. Levels without a price are left out; one without a day is dated by its answer.
    ///
    /// # Errors
    /// [`LakeError::Hindsight`] under the clock `published`: the source serves today's levels alone.
    pub fn level_answers(&self, token: &Token) -> Result<Vec<Known<LevelAnswer>>, LakeError> {
        let answers = self.answers(&tables::LEVELS, &token.source, &Scope::Token(token.id))?;
        Ok(answers
            .into_iter()
            .map(|answer| {
                let levels = answer.value.iter().filter_map(|row| {
                    let formed = row[0].as_time().unwrap_or(answer.event_time);
                    Some((formed, number(&row[1])?))
                });
                Known {
                    value: levels.collect(),
                    event_time: answer.event_time,
                    known_from: answer.known_from,
                    revision: answer.revision,
                }
            })
            .collect())
    }

    /// The current rows of any table, of one source and scope or of all: per key of a dated table the latest
    /// complete one, of a latest-only table the rows of the latest whole answer, in its order. Sorted by source,
    /// scope and event time.
    ///
    /// # Errors
    /// [`LakeError::Hindsight`] for latest-only tables under the clock `published`, the listing of tokens excepted.
    pub fn rows(
        &self,
        table: &Table,
        source: Option<&Source>,
        scope: Option<&Scope>,
    ) -> Result<Vec<ReadRow>, LakeError> {
        let is_identity = table.name == tables::TOKENS.name;
        if !is_identity && layout::keeps_whole_answers(table) {
            self.refuse_hindsight(table)?;
        }
        let filter = Filter {
            source,
            scope,
            events: None,
        };
        let mut read = Vec::new();
        for (subject, rows) in self.scan(table, &filter)? {
            let mut hand_out = |event_time, known_from, row: Observation| {
                read.push(ReadRow {
                    source: subject.0.clone(),
                    scope: subject.1.clone(),
                    event_time,
                    known_from,
                    observed_at: row.observed_at,
                    values: row.values,
                    extra: row.extra,
                });
            };
            if layout::keeps_whole_answers(table) {
                let mut answers = history::answers(rows);
                let known =
                    answers.partition_point(|answer| answer.known_from <= self.as_of.moment);
                let latest = match (known, self.as_of.clock) {
                    (0, Clock::Published) if is_identity && !answers.is_empty() => 0,
                    (0, _) => continue,
                    (known, _) => known - 1,
                };
                let answer = answers.swap_remove(latest);
                self.saw_answer(table, &subject, &answer);
                for row in answer.said {
                    hand_out(
                        row.event_time.unwrap_or(answer.observed_at),
                        answer.known_from,
                        row,
                    );
                }
            } else if let Some(period) = table.period() {
                for mut key in history::keys(rows, period, self.as_of) {
                    if let Some(latest) = key.versions.pop() {
                        self.view
                            .row(table, &subject, latest.known_from, &latest.said);
                        hand_out(key.event_time, latest.known_from, latest.said);
                    }
                }
            } else {
                // Coverage: every row is a fact of its own.
                for row in rows {
                    if row.observed_at <= self.as_of.moment {
                        self.view.row(table, &subject, row.observed_at, &row);
                        hand_out(row.observed_at, row.observed_at, row);
                    }
                }
            }
        }
        Ok(read)
    }

    /// What was asked and answered up to the moment, of one table and source or of all.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read.
    pub fn coverage(
        &self,
        table: Option<&Table>,
        source: Option<&Source>,
        scope: Option<&Scope>,
    ) -> Result<Vec<Coverage>, LakeError> {
        let rows = self.rows(&tables::COVERAGE, source, scope)?;
        let mut coverage: Vec<Coverage> = rows
            .into_iter()
            .map(|row| Coverage {
                table: row.values[0].as_text().unwrap_or("").to_owned(),
                asked: row.values[1].as_time().zip(row.values[2].as_time()),
                rows: row.values[3].as_int().unwrap_or(0),
                source: row.source,
                scope: row.scope,
                observed_at: row.observed_at,
            })
            .filter(|asked| table.is_none_or(|table| table.name == asked.table))
            .collect();
        coverage.sort();
        Ok(coverage)
    }

    fn refuse_hindsight(&self, table: &Table) -> Result<(), LakeError> {
        match (self.as_of.clock, tables::by_name(table.name)) {
            (Clock::Published, Some(stored)) => Err(LakeError::Hindsight { table: stored.name }),
            _ => Ok(()),
        }
    }

    fn saw_answer(&self, table: &Table, subject: &Subject, answer: &Version<Vec<Observation>>) {
        self.view.answer(
            table,
            subject,
            answer.observed_at,
            answer.known_from,
            &answer.said,
        );
    }
}

/// The number in a cell, if there is one.
fn number(cell: &Value) -> Option<f64> {
    cell.as_float().filter(|number| !number.is_nan())
}

fn place_of(table: &'static Table, column: &str) -> Result<usize, LakeError> {
    table.column(column).ok_or(LakeError::WrongTable {
        table: table.name,
        reason: "has no such column",
    })
}

fn known<T, S>(event_time: Timestamp, version: &Version<S>, value: T) -> Known<T> {
    Known {
        event_time,
        known_from: version.known_from,
        revision: version.revision,
        value,
    }
}

/// Stable, so that of one key known twice from the same moment the later sequence stays last.
fn in_order_known<T>(versions: &mut [Known<T>]) {
    versions.sort_by_key(|version| (version.known_from, version.event_time));
}
