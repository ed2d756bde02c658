//! Reads equal a model that keeps every answer in a list and searches it: generated histories of revisions, vanishing
//! levels, partial bars and two sources, seen under both clocks at random moments.

mod answers;

use std::collections::BTreeMap;

use answers::{answer, at, bars, cases, day, level, levels, listed, row, signals, source};
use highwater_lake::{Lake, ReadRow};
use highwater_market::{
    Answer, AsOf, BarFault, Clock, Row, Scope, Source, Table, Timeframe, Timestamp, Token, TokenId,
    Value, tables,
};
use proptest::prelude::*;

const SOURCES: [&str; 2] = ["simulated", "import"];
const TOKENS: [i64; 2] = [1, 20];

/// A row's numbers: few values, so that repetitions and returns to an earlier value are common.
fn number(choice: u8) -> Value {
    match choice {
        0 => Value::Float(1.0),
        1 => Value::Float(2.0),
        2 => Value::Float(f64::NAN),
        _ => Value::Null,
    }
}

fn dated_row(n: i64, choice: u8, extra: bool) -> Row {
    let one = Value::Float(1.0);
    let values = vec![
        one.clone(),
        Value::Float(2.0),
        one.clone(),
        number(choice),
        one,
    ];
    let extra = extra.then(|| r#"{"more":1}"#.to_owned());
    Row {
        extra,
        ..row(day(n), values)
    }
}

fn signal_row(n: i64, choice: u8, extra: bool) -> Row {
    let direction = Value::Int(i64::from(choice) - 1);
    let mut values = vec![direction.clone(), direction];
    values.resize(6, Value::Null);
    let extra = extra.then(|| "{}".to_owned());
    Row {
        extra,
        ..row(day(n), values)
    }
}

/// One question: which table, source and token; hours since the one before; the rows of the answer.
#[derive(Clone, Debug)]
struct Said {
    table: u8,
    source: usize,
    token: usize,
    hours: i64,
    rows: Vec<(i64, u8, bool)>,
}

/// Answers stored in one call, and what happens then.
#[derive(Clone, Debug)]
struct Run {
    said: Vec<Said>,
    compact: bool,
    reopen: bool,
}

fn said() -> impl Strategy<Value = Said> {
    (
        0..5_u8,
        0..2_usize,
        0..2_usize,
        // Often the same instant, sometimes a day and more.
        prop_oneof![Just(0_i64), 1..40_i64],
        prop::collection::vec((0..5_i64, 0..4_u8, prop::bool::weighted(0.2)), 0..5),
    )
        .prop_map(|(table, source, token, hours, rows)| Said {
            table,
            source,
            token,
            hours,
            rows,
        })
}

fn run() -> impl Strategy<Value = Run> {
    (
        prop::collection::vec(said(), 1..5),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(said, compact, reopen)| Run {
            said,
            compact,
            reopen,
        })
}

/// The answers of a history, run by run, observed in the order in which they are stored.
fn history(runs: &[Run]) -> Vec<Vec<Answer>> {
    let mut hours = 0;
    runs.iter()
        .map(|run| {
            run.said
                .iter()
                .map(|said| {
                    hours += said.hours;
                    let now = at(0, hours);
                    let (name, id) = (SOURCES[said.source], TOKENS[said.token]);
                    let of = |make: fn(i64, u8, bool) -> Row| -> Vec<Row> {
                        said.rows.iter().map(|&(n, c, e)| make(n, c, e)).collect()
                    };
                    match said.table {
                        0 | 1 => bars(name, id, now, of(dated_row)),
                        2 => signals(name, id, now, of(signal_row)),
                        3 => levels(name, id, now, of(|n, c, _| level(n, f64::from(c)))),
                        _ => match said.rows.first() {
                            Some((_, choice, _)) => {
                                let symbol = ["BTC", "ETH", "MATIC", "POL"][usize::from(*choice)];
                                listed(name, id, symbol, now)
                            }
                            None => answer(&tables::TOKENS, name, id, now, vec![]),
                        },
                    }
                })
                .collect()
        })
        .collect()
}

/// Equal as the lake means it: any NaN is like any other.
fn same(a: &[Row], b: &[Row]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            let values = a.values.iter().zip(&b.values).all(|pair| match pair {
                (Value::Float(a), Value::Float(b)) if a.is_nan() || b.is_nan() => {
                    a.is_nan() && b.is_nan()
                }
                (a, b) => a == b,
            });
            a.event_time == b.event_time && a.extra == b.extra && values
        })
}

/// What was said of one thing, at a moment.
#[derive(Clone)]
struct Spoken {
    observed_at: Timestamp,
    rows: Vec<Row>,
}

/// A version, as the model finds it.
struct ModelVersion {
    known_from: Timestamp,
    revision: bool,
    observed_at: Timestamp,
    rows: Vec<Row>,
}

/// Drop what repeats another of the same instant, or what stood before it; date the first by the clock.
fn versions(spoken: &[Spoken], published_at: Option<Timestamp>) -> Vec<ModelVersion> {
    let mut versions: Vec<ModelVersion> = Vec::new();
    for one in spoken {
        let repeats = versions.iter().any(|version| {
            version.observed_at == one.observed_at && same(&version.rows, &one.rows)
        });
        let stood = versions
            .iter()
            .rfind(|version| version.observed_at < one.observed_at);
        let unchanged = stood.is_some_and(|version| same(&version.rows, &one.rows));
        if !repeats && !unchanged {
            let known_from = match (versions.is_empty(), published_at) {
                (true, Some(published)) => published.min(one.observed_at),
                _ => one.observed_at,
            };
            versions.push(ModelVersion {
                known_from,
                revision: !versions.is_empty(),
                observed_at: one.observed_at,
                rows: one.rows.clone(),
            });
        }
    }
    versions
}

struct Model<'a> {
    answers: Vec<&'a Answer>,
    as_of: AsOf,
}

impl Model<'_> {
    fn subjects(&self, table: &Table) -> Vec<(Source, Scope)> {
        let mut subjects: Vec<_> = self
            .answers
            .iter()
            .filter(|answer| answer.table == table)
            .map(|answer| (answer.source.clone(), answer.scope.clone()))
            .collect();
        subjects.sort();
        subjects.dedup();
        subjects
    }

    fn about(&self, table: &Table, subject: &(Source, Scope)) -> impl Iterator<Item = &Answer> {
        self.answers.iter().copied().filter(move |answer| {
            answer.table == table && (&answer.source, &answer.scope) == (&subject.0, &subject.1)
        })
    }

    /// Versions of every key known at the moment, and the keys of which only a partial row is.
    fn keys(
        &self,
        table: &Table,
        subject: &(Source, Scope),
    ) -> BTreeMap<Timestamp, Vec<ModelVersion>> {
        let period = table.period().unwrap();
        let mut spoken: BTreeMap<Timestamp, (bool, Vec<Spoken>)> = BTreeMap::new();
        for answer in self.about(table, subject) {
            for (index, row) in answer.rows.iter().enumerate() {
                let overruled = answer.rows[index + 1..]
                    .iter()
                    .any(|later| later.event_time == row.event_time);
                if overruled {
                    continue;
                }
                let (partial, complete) = spoken.entry(row.event_time).or_default();
                if answer.observed_at >= row.event_time + period {
                    complete.push(Spoken {
                        observed_at: answer.observed_at,
                        rows: vec![row.clone()],
                    });
                } else {
                    *partial |= answer.observed_at <= self.as_of.moment;
                }
            }
        }
        let mut keys = BTreeMap::new();
        for (event_time, (partial, complete)) in spoken {
            let published = match self.as_of.clock {
                Clock::Published => Some(event_time + period),
                Clock::Observed => None,
            };
            let mut versions = versions(&complete, published);
            versions.retain(|version| version.known_from <= self.as_of.moment);
            if partial || !versions.is_empty() {
                keys.insert(event_time, versions);
            }
        }
        keys
    }

    fn answers_about(&self, table: &Table, subject: &(Source, Scope)) -> Vec<ModelVersion> {
        let spoken: Vec<Spoken> = self
            .about(table, subject)
            .map(|answer| Spoken {
                observed_at: answer.observed_at,
                rows: answer.rows.clone(),
            })
            .collect();
        versions(&spoken, None)
    }

    fn rows(&self, table: &Table) -> Vec<ReadRow> {
        let mut read = Vec::new();
        for subject in self.subjects(table) {
            let current: Vec<ModelVersion> = match table.period() {
                Some(_) => self
                    .keys(table, &subject)
                    .into_values()
                    .filter_map(|mut versions| versions.pop())
                    .collect(),
                None => {
                    let mut known = self.answers_about(table, &subject);
                    let identity = table.name == "tokens" && self.as_of.clock == Clock::Published;
                    let later = known
                        .iter()
                        .filter(|v| v.known_from > self.as_of.moment)
                        .count();
                    let keep = known.len() - later;
                    known.truncate(if identity { keep.max(1) } else { keep });
                    known.pop().into_iter().collect()
                }
            };
            for version in current {
                for row in version.rows {
                    read.push(ReadRow {
                        source: subject.0.clone(),
                        scope: subject.1.clone(),
                        event_time: row.event_time,
                        known_from: version.known_from,
                        observed_at: version.observed_at,
                        values: row.values,
                        extra: row.extra,
                    });
                }
            }
        }
        read
    }
}

/// NaN differs from itself: compare by text.
fn text<T: std::fmt::Debug>(value: &T) -> String {
    format!("{value:#?}")
}

fn check_reads(lake: &Lake, answers: &[&Answer], as_of: AsOf) -> Result<(), TestCaseError> {
    let reader = lake.reader(as_of).unwrap();
    let model = Model {
        answers: answers.to_vec(),
        as_of,
    };
    let bar_table = tables::bars(Timeframe::D1);
    let mut read = vec![bar_table, &tables::SIGNALS, &tables::TOKENS];
    if as_of.clock == Clock::Observed {
        read.push(&tables::LEVELS);
    }
    for table in read {
        let rows = reader.rows(table, None, None).unwrap();
        prop_assert_eq!(
            text(&rows),
            text(&model.rows(table)),
            "{} {:?}",
            table.name,
            as_of
        );
    }
    let listed: Vec<String> = reader
        .tokens()
        .unwrap()
        .into_iter()
        .map(|t| t.symbol)
        .collect();
    let expected: Vec<String> = model
        .rows(&tables::TOKENS)
        .iter()
        .map(|row| row.values[0].as_text().unwrap().to_owned())
        .collect();
    prop_assert_eq!(listed, expected);
    for name in SOURCES {
        for id in TOKENS {
            check_token(&reader, &model, name, id)?;
        }
    }
    Ok(())
}

fn check_token(
    reader: &highwater_lake::Reader,
    model: &Model<'_>,
    name: &str,
    id: i64,
) -> Result<(), TestCaseError> {
    let token = Token {
        source: source(name),
        id: TokenId(id),
        symbol: String::new(),
        name: String::new(),
    };
    let subject = (token.source.clone(), Scope::Token(token.id));
    // Bars: every version, what is no bar left out and named.
    let read = reader.bar_versions(&token, Timeframe::D1, None).unwrap();
    let (mut known, mut left_out, mut complete, mut late) = (Vec::new(), Vec::new(), 0, 0);
    for (event_time, versions) in model.keys(tables::bars(Timeframe::D1), &subject) {
        if versions.is_empty() {
            left_out.push((event_time, BarFault::Partial));
        } else {
            complete += 1;
            late += usize::from(versions[0].observed_at > event_time.plus_days(2));
        }
        for version in versions {
            match version.rows[0].values[3] {
                Value::Float(close) if !close.is_nan() => {
                    known.push((version.known_from, event_time, version.revision, close));
                }
                _ => left_out.push((event_time, BarFault::MissingPrice)),
            }
        }
    }
    known.sort_by_key(|&(known_from, event_time, ..)| (known_from, event_time));
    let versions: Vec<_> = read
        .versions
        .iter()
        .map(|bar| {
            (
                bar.known_from,
                bar.event_time,
                bar.revision,
                bar.value.close,
            )
        })
        .collect();
    prop_assert_eq!(versions, known);
    prop_assert_eq!(&read.left_out, &left_out);
    prop_assert_eq!((read.keys, read.backfilled), (complete, late));
    // The bars are the latest of those.
    let judged = reader.bars(&token, Timeframe::D1, None).unwrap();
    let mut latest = BTreeMap::new();
    for bar in &read.versions {
        latest.insert(bar.event_time, bar.value.close);
    }
    let closes: Vec<f64> = latest.into_values().collect();
    prop_assert_eq!(judged.bars.close(), closes.as_slice());
    prop_assert_eq!(judged.left_out, left_out);
    // Signals: as many versions as the model has.
    let count: usize = model
        .keys(&tables::SIGNALS, &subject)
        .values()
        .map(Vec::len)
        .sum();
    prop_assert_eq!(reader.signals(&token).unwrap().len(), count);
    // Levels: every answer known, or a refusal.
    match reader.as_of().clock {
        Clock::Published => prop_assert!(reader.level_answers(&token).is_err()),
        Clock::Observed => {
            let read: Vec<_> = reader
                .level_answers(&token)
                .unwrap()
                .into_iter()
                .map(|answer| (answer.known_from, answer.revision, answer.value))
                .collect();
            let expected: Vec<_> = model
                .answers_about(&tables::LEVELS, &subject)
                .into_iter()
                .filter(|version| version.known_from <= model.as_of.moment)
                .map(|version| {
                    let levels: Vec<_> = version
                        .rows
                        .iter()
                        .map(|row| {
                            (
                                row.values[0].as_time().unwrap(),
                                row.values[1].as_float().unwrap(),
                            )
                        })
                        .collect();
                    (version.known_from, version.revision, levels)
                })
                .collect();
            prop_assert_eq!(read, expected);
        }
    }
    Ok(())
}

/// Row counts, and the view hash of everything under both clocks.
fn fingerprint(lake: &Lake) -> (Vec<String>, Vec<String>) {
    let counts = lake
        .ls()
        .unwrap()
        .into_iter()
        .map(|contents| {
            let (table, source) = (contents.table, contents.source);
            format!(
                "{table} {source}: {} rows, {} keys",
                contents.rows, contents.keys
            )
        })
        .collect();
    let hashes = [Clock::Observed, Clock::Published]
        .map(|clock| {
            let reader = lake.reader(AsOf::latest(clock)).unwrap();
            for table in [
                tables::bars(Timeframe::D1),
                &tables::SIGNALS,
                &tables::TOKENS,
            ] {
                reader.rows(table, None, None).unwrap();
            }
            if clock == Clock::Observed {
                reader.rows(&tables::LEVELS, None, None).unwrap();
                reader.coverage(None, None, None).unwrap();
            }
            for (name, id) in SOURCES.into_iter().zip(TOKENS) {
                let token = Token {
                    source: source(name),
                    id: TokenId(id),
                    symbol: String::new(),
                    name: String::new(),
                };
                reader.bar_versions(&token, Timeframe::D1, None).unwrap();
            }
            reader.view_hash()
        })
        .to_vec();
    (counts, hashes)
}

fn store(lake: &Lake, runs: &[Run], answers: &[Vec<Answer>]) {
    let mut writer = Some(lake.writer().unwrap());
    for (run, answers) in runs.iter().zip(answers) {
        let open = writer.as_mut().unwrap();
        let stored = open.store(answers).unwrap();
        let counted = stored.new
            + stored.revised
            + stored.unchanged
            + stored.partial
            + stored.repeated
            + stored.overruled;
        assert_eq!(stored.rows, counted, "each row is counted once: {stored:?}");
        assert_eq!(
            stored.rows,
            answers
                .iter()
                .map(|answer| answer.rows.len())
                .sum::<usize>()
        );
        if run.compact {
            for table in tables::ALL.into_iter().chain([&tables::COVERAGE]) {
                open.compact(table).unwrap();
            }
        }
        if run.reopen {
            drop(writer.take());
            writer = Some(lake.writer().unwrap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24 * cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn reads_equal_a_model_that_searches_a_list(
        runs in prop::collection::vec(run(), 1..8),
        moments in prop::collection::vec(0..200_i64, 3),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::create(dir.path().join("lake")).unwrap();
        let answers = history(&runs);
        store(&lake, &runs, &answers);
        let flat: Vec<&Answer> = answers.iter().flatten().collect();
        let moments = moments.into_iter().map(|hours| at(0, hours)).chain([Timestamp::MAX]);
        for moment in moments {
            for clock in [Clock::Observed, Clock::Published] {
                check_reads(&lake, &flat, AsOf { moment, clock })?;
            }
        }
        prop_assert_eq!(lake.check().unwrap(), []);
    }

    #[test]
    fn storing_everything_twice_or_at_once_changes_nothing(
        runs in prop::collection::vec(run(), 1..8),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::create(dir.path().join("lake")).unwrap();
        let answers = history(&runs);
        store(&lake, &runs, &answers);
        let first = fingerprint(&lake);
        let files = || -> usize { lake.ls().unwrap().iter().map(|contents| contents.files).sum() };
        let flat: Vec<Answer> = answers.iter().flatten().cloned().collect();
        // Run by run, and all in one.
        for (again, files) in [(answers.clone(), files()), (vec![flat.clone()], files())] {
            for answers in &again {
                let stored = lake.writer().unwrap().store(answers).unwrap();
                prop_assert_eq!((stored.new, stored.revised, stored.partial), (0, 0, 0));
            }
            prop_assert_eq!(&fingerprint(&lake), &first);
            let now: usize = lake.ls().unwrap().iter().map(|contents| contents.files).sum();
            prop_assert_eq!(now, files);
        }
        // Another lake, by one group commit: other files, the same facts.
        let other = Lake::create(dir.path().join("other")).unwrap();
        other.writer().unwrap().store(&flat).unwrap();
        prop_assert_eq!(&fingerprint(&other), &first);
    }
}
