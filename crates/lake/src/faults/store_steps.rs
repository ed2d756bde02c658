//! A store is made to fail at each of its steps in turn, on a file system that forgets what was not flushed.

use std::path::Path;

use highwater_market::{
    Answer, AsOf, Clock, Row, Scope, Source, Table, Timeframe, Timestamp, TokenId, Value, tables,
};

use super::{FaultyFs, Plan, Survival};
use crate::{Lake, LakeError, ReadRow, Writer, folder::stored_tables};

const DIR: &str = "/data/lake";

fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_006_400).plus_days(n)
}

fn answer(table: &'static Table, token: i64, observed_at: Timestamp, rows: Vec<Row>) -> Answer {
    Answer {
        table,
        source: Source::simulated(),
        scope: Scope::Token(TokenId(token)),
        asked: None,
        observed_at,
        whole: true,
        rows,
    }
}

fn row(event_time: Timestamp, values: Vec<Value>) -> Row {
    Row {
        event_time,
        values,
        extra: Some(r#"{"seen":true}"#.to_owned()),
    }
}

/// Each run's answers: two days of new bars, a revision, a level more or less, a token listed once.
fn runs() -> Vec<Vec<Answer>> {
    (0..3)
        .map(|run| {
            let now = day(2 * run + 2);
            let bars = |token: i64| {
                let days = (2 * run - 1).max(0)..2 * run + 3;
                let close = |d: i64| Value::Float((token + d + run / 2) as f64);
                let one = Value::Float(1.0);
                let values = |d| {
                    vec![
                        one.clone(),
                        Value::Float(9.0),
                        one.clone(),
                        close(d),
                        one.clone(),
                    ]
                };
                days.map(|d| row(day(d), values(d))).collect()
            };
            let level = |n: i64| row(now, vec![Value::Time(day(n)), Value::Float(n as f64)]);
            let levels = [vec![level(1), level(2)], vec![], vec![level(2)]];
            let name = |text: &str| Value::Text(text.to_owned());
            let listed = row(
                day(0),
                vec![name("BTC"), name("Bitcoin"), Value::Null, Value::Null],
            );
            vec![
                answer(&tables::TOKENS, 1, now, vec![listed]),
                answer(tables::bars(Timeframe::D1), 1, now, bars(1)),
                answer(tables::bars(Timeframe::D1), 2, now, bars(2)),
                answer(&tables::LEVELS, 1, now, levels[run as usize].clone()),
            ]
        })
        .collect()
}

/// Everything that a reader sees, by table.
type Content = Vec<(&'static str, Vec<ReadRow>)>;

fn content(lake: &Lake) -> Result<Content, LakeError> {
    let reader = lake.reader(AsOf::latest(Clock::Observed))?;
    stored_tables()
        .map(|table| Ok((table.name, reader.rows(table, None, None)?)))
        .collect()
}

/// The work under test: runs stored one after the other, a compaction before the last. `done` counts what was
/// reported as done; the writer is opened anew for each run, as by a nightly job.
fn work(fs: &std::sync::Arc<FaultyFs>, done: &mut usize) -> Result<(), LakeError> {
    let lake = Lake::create_on(fs.clone(), Path::new(DIR))?;
    for (number, answers) in runs().iter().enumerate() {
        let mut writer = lake.writer()?;
        writer.store(answers)?;
        *done = number + 1;
        if number == 1 {
            compact(&mut writer)?;
        }
    }
    Ok(())
}

fn compact(writer: &mut Writer) -> Result<(), LakeError> {
    for table in stored_tables() {
        writer.compact(table)?;
    }
    Ok(())
}

/// What a reader sees after 0, 1, 2, 3 undisturbed runs.
fn expected() -> Vec<Content> {
    let lake = Lake::create_on(FaultyFs::new(Plan::Healthy), Path::new(DIR)).unwrap();
    let mut contents = vec![content(&lake).unwrap()];
    for answers in runs() {
        lake.writer().unwrap().store(&answers).unwrap();
        contents.push(content(&lake).unwrap());
    }
    contents
}

fn steps_of_undisturbed_work() -> usize {
    let fs = FaultyFs::new(Plan::Healthy);
    work(&fs, &mut 0).unwrap();
    fs.steps()
}

/// Each table is as after the runs reported, or as after the one that was under way; coverage claims only what is there.
fn check_old_or_new(found: &Content, done: usize, expected: &[Content], context: &str) {
    let (old, new) = (
        &expected[done],
        &expected[(done + 1).min(expected.len() - 1)],
    );
    let mut all_new = true;
    for (table, (old, new)) in found.iter().zip(old.iter().zip(new)) {
        assert!(
            table.1 == old.1 || table.1 == new.1,
            "{context}: table {} is neither as before nor as after the store: {:?}",
            table.0,
            table.1
        );
        if table.0 == tables::COVERAGE.name {
            assert!(table.1 == old.1 || all_new, "{context}: coverage ran ahead");
        }
        all_new &= table.1 == new.1;
    }
}

#[test]
fn a_crash_at_any_step_loses_nothing_reported_and_leaves_no_third_state() {
    let expected = expected();
    let steps = steps_of_undisturbed_work();
    let cases: u64 = std::env::var("HIGHWATER_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let mut survivals = vec![Survival::Nothing, Survival::Names, Survival::Everything];
    survivals.extend((0..2 * cases).map(Survival::Some));
    let mut crashes = 0;
    for at in 0..=steps {
        let fs = FaultyFs::new(Plan::DiesAt(at));
        let mut done = 0;
        let died = work(&fs, &mut done).is_err();
        assert_eq!(died, at < steps, "step {at} of {steps}");
        for (number, &survival) in survivals.iter().enumerate() {
            let context =
                format!("died at step {at} of {steps}, {done} runs reported, {survival:?}");
            let fs = fs.after_crash(survival);
            match Lake::open_on(fs.clone(), Path::new(DIR)) {
                Ok(lake) => {
                    let found = content(&lake).unwrap_or_else(|error| panic!("{context}: {error}"));
                    check_old_or_new(&found, done, &expected, &context);
                    let claims = lake.claims(None).unwrap();
                    assert!(
                        claims.iter().all(|(_, held)| *held),
                        "{context}: {claims:?}"
                    );
                }
                Err(LakeError::NotALake { .. }) => assert_eq!(done, 0, "{context}"),
                Err(error) => panic!("{context}: {error}"),
            }
            crashes += 1;
            // The next run begins anew and completes: few cases try it after one of the crashes of a step.
            if cases < 2 && number != at % survivals.len() {
                continue;
            }
            work(&fs, &mut 0).unwrap_or_else(|error| panic!("{context}: {error}"));
            let lake = Lake::open_on(fs, Path::new(DIR)).unwrap();
            assert_eq!(content(&lake).unwrap(), expected[3], "{context}");
            assert_eq!(lake.check().unwrap(), [], "{context}");
        }
    }
    println!("{steps} steps of three stores and a compaction, each died at: {crashes} crashes");
}

/// Run the work with one fault; where it stops, the lake is as before, and the same work then completes.
fn fails_and_recovers(plan: Plan, expected: &[Content]) -> Option<LakeError> {
    let fs = FaultyFs::new(plan);
    let mut done = 0;
    let error = work(&fs, &mut done).err();
    fs.heal();
    if let Ok(lake) = Lake::open_on(fs.clone(), Path::new(DIR)) {
        let found = content(&lake).unwrap();
        assert_eq!(
            found, expected[done],
            "{plan:?}: as before, after {done} runs"
        );
        let problems = lake.check().unwrap();
        assert_eq!(problems, [], "{plan:?}: nothing unfinished stays");
    }
    work(&fs, &mut 0).unwrap_or_else(|error| panic!("{plan:?}: {error}"));
    // What was reported is durable: a crash that drops the rest changes nothing.
    let lake = Lake::open_on(fs.after_crash(Survival::Nothing), Path::new(DIR)).unwrap();
    assert_eq!(content(&lake).unwrap(), expected[3], "{plan:?}");
    error
}

#[test]
fn a_failure_at_any_step_leaves_the_lake_as_it_was() {
    let expected = expected();
    let steps = steps_of_undisturbed_work();
    for at in 0..steps {
        let error = fails_and_recovers(Plan::FailsOnceAt(at), &expected);
        assert!(error.is_some(), "the failure of step {at} was swallowed");
    }
    println!("{steps} steps of three stores and a compaction, each failed at once");
}

#[test]
fn a_full_disk_is_told_and_leaves_the_lake_as_it_was() {
    let expected = expected();
    let steps = steps_of_undisturbed_work();
    let mut told = 0;
    for at in 0..steps {
        match fails_and_recovers(Plan::FullFrom(at), &expected) {
            Some(error @ LakeError::DiskFull { .. }) => {
                assert!(error.to_string().contains("no space left"), "{error}");
                assert!(error.hint().contains("make room"));
                told += 1;
            }
            Some(error) => panic!("full from step {at}: {error}"),
            None => panic!("a disk full from step {at} was not noticed"),
        }
    }
    println!(
        "{steps} steps of three stores and a compaction, the disk full from each: {told} told"
    );
}

#[test]
fn one_writer_goes_on_after_a_failed_store() {
    let expected = expected();
    let runs = runs();
    let fs = FaultyFs::new(Plan::Healthy);
    let lake = Lake::create_on(fs.clone(), Path::new(DIR)).unwrap();
    let mut writer = lake.writer().unwrap();
    writer.store(&runs[0]).unwrap();
    for ahead in 0.. {
        *super::lock(&fs.plan) = Plan::FailsOnceAt(fs.steps() + ahead);
        match writer.store(&runs[1]) {
            Err(_) => assert_eq!(content(&lake).unwrap(), expected[1], "{ahead} steps ahead"),
            Ok(_) => {
                assert!(ahead > 10, "the store has more steps than {ahead}");
                break;
            }
        }
    }
    fs.heal();
    writer.store(&runs[2]).unwrap();
    assert_eq!(content(&lake).unwrap(), expected[3]);
    assert_eq!(lake.check().unwrap(), []);
}
