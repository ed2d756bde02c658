//! Hourly signals, grades and moonshots, as they were known at a moment.

mod answers;

use answers::{answer, at, day, listed, new_lake, observed, published, row, source, text, token};
use highwater_lake::LakeError;
use highwater_market::{
    Answer, Direction, GradeKind, Scope, Table, Timestamp, Trend, Value, tables,
};

/// A row with these columns, nothing in the others.
fn sparse(table: &Table, given: &[(&str, Value)]) -> Vec<Value> {
    let of = |name: &str| given.iter().find(|(other, _)| *other == name);
    let columns = table.columns.iter();
    columns
        .map(|column| of(column.name).map_or(Value::Null, |(_, value)| value.clone()))
        .collect()
}

fn grade(n: i64, seen: Timestamp, trader: Value, investor: f64) -> Answer {
    let given = [
        ("tm_grade", trader),
        ("fundamental_grade", Value::Float(investor)),
    ];
    let values = sparse(&tables::GRADES, &given);
    answer(
        &tables::GRADES,
        "simulated",
        1,
        seen,
        vec![row(day(n), values)],
    )
}

#[test]
fn grades_are_dated_rows_of_a_day_with_their_versions() {
    let (_dir, lake) = new_lake();
    lake.writer()
        .unwrap()
        .store(&[
            listed("simulated", 1, "BTC", day(0)),
            grade(0, at(1, 1), Value::Float(70.0), 55.0),
            grade(1, at(2, 1), Value::Float(80.0), 56.0),
            grade(1, at(4, 1), Value::Float(81.0), 56.0),
            grade(2, at(3, 1), Value::Null, 57.0),
            grade(3, at(5, 1), Value::Float(180.0), 58.0),
        ])
        .unwrap();
    let grades = |as_of, kind| -> Vec<(Timestamp, Timestamp, bool, Option<f64>)> {
        let reader = lake.reader(as_of).unwrap();
        let grades = reader.grades(&token("simulated", 1), kind).unwrap();
        let plain = grades.iter().map(|known| {
            let value = known.value.map(|grade| grade.get());
            (known.event_time, known.known_from, known.revision, value)
        });
        plain.collect()
    };
    let seen = [
        (day(0), at(1, 1), false, Some(70.0)),
        (day(1), at(2, 1), false, Some(80.0)),
        (day(2), at(3, 1), false, None),
        (day(1), at(4, 1), true, Some(81.0)),
        (day(3), at(5, 1), false, None),
    ];
    assert_eq!(grades(observed(day(9)), GradeKind::Trader), seen);
    assert_eq!(grades(observed(at(3, 0)), GradeKind::Trader), seen[..2]);
    // Under the other clock a row is known when its day is over; a revision when it was seen.
    let dated: Vec<_> = grades(published(day(9)), GradeKind::Trader)
        .into_iter()
        .map(|(event, known, ..)| (event, known))
        .collect();
    assert_eq!(
        dated,
        [
            (day(0), day(1)),
            (day(1), day(2)),
            (day(2), day(3)),
            (day(3), day(4)),
            (day(1), at(4, 1)),
        ]
    );
    let investor = grades(observed(day(9)), GradeKind::Investor);
    let values: Vec<_> = investor.iter().map(|grade| grade.3).collect();
    // The revision of the row is one of this column too, though it says the same.
    assert_eq!(
        values,
        [Some(55.0), Some(56.0), Some(57.0), Some(56.0), Some(58.0)]
    );
}

#[test]
fn an_hourly_signal_is_known_when_its_hour_is_over() {
    let (_dir, lake) = new_lake();
    let hour = |n: i64, signal: i64| {
        let given = [
            ("close", Value::Float(1.0)),
            ("signal", Value::Int(signal)),
            ("position", Value::Int(-1)),
        ];
        row(at(0, n), sparse(&tables::HOURLY_SIGNALS, &given))
    };
    lake.writer()
        .unwrap()
        .store(&[
            listed("simulated", 1, "BTC", day(0)),
            answer(
                &tables::HOURLY_SIGNALS,
                "simulated",
                1,
                at(0, 2),
                // The hour that is not over is partial, and no version.
                vec![hour(0, 1), hour(1, 0), hour(2, -1)],
            ),
        ])
        .unwrap();
    let signals = |as_of| {
        let reader = lake.reader(as_of).unwrap();
        let signals = reader.hourly_signals(&token("simulated", 1)).unwrap();
        let plain = signals
            .iter()
            .map(|known| (known.known_from, known.value.direction()));
        plain.collect::<Vec<_>>()
    };
    assert_eq!(
        signals(published(day(1))),
        [(at(0, 1), Some(Direction::Long)), (at(0, 2), None)]
    );
    assert_eq!(
        signals(observed(day(1))),
        [(at(0, 2), Some(Direction::Long)), (at(0, 2), None)]
    );
    let reader = lake.reader(published(day(1))).unwrap();
    let first = reader.hourly_signals(&token("simulated", 1)).unwrap()[0].value;
    assert_eq!(first.trend, Some(Trend(Direction::Short)));
}

#[test]
fn moonshots_are_whole_answers_as_they_were_seen() {
    let (_dir, lake) = new_lake();
    let list = |scope: &str, seen, symbols: &[&str]| {
        let rows = symbols.iter().map(|symbol| {
            let given = [("symbol", text(symbol)), ("name", text("A coin"))];
            row(day(0), sparse(&tables::MOONSHOTS, &given))
        });
        let mut answer = answer(&tables::MOONSHOTS, "simulated", 0, seen, rows.collect());
        answer.scope = Scope::Named(scope.to_owned());
        answer
    };
    lake.writer()
        .unwrap()
        .store(&[
            list("active", day(1), &["MOON"]),
            list("past", day(1), &["OLD"]),
            list("active", day(2), &["MOON"]),
            list("active", day(3), &["MOON", "STAR"]),
            list("active", day(4), &[]),
        ])
        .unwrap();
    let symbols = |as_of| {
        let reader = lake.reader(as_of).unwrap();
        let answers = reader.moonshot_answers(&source("simulated")).unwrap();
        let plain = answers.into_iter().map(|answer| {
            assert_eq!(answer.event_time, answer.known_from);
            let symbols = answer.value.into_iter().map(|(symbol, _)| symbol);
            (answer.known_from, symbols.collect::<Vec<_>>())
        });
        plain.collect::<Vec<_>>()
    };
    let moon = || "MOON".to_owned();
    let seen = [
        (day(1), vec![moon()]),
        (day(3), vec![moon(), "STAR".to_owned()]),
        (day(4), Vec::new()),
    ];
    assert_eq!(symbols(observed(day(9))), seen);
    assert_eq!(symbols(observed(day(3))), seen[..2]);
    let reader = lake.reader(published(day(9))).unwrap();
    assert!(matches!(
        reader.moonshot_answers(&source("simulated")).unwrap_err(),
        LakeError::Hindsight { .. }
    ));
    // What was handed out is part of the view.
    let reader = lake.reader(observed(day(9))).unwrap();
    let before = reader.view_hash();
    reader.moonshot_answers(&source("simulated")).unwrap();
    assert_ne!(reader.view_hash(), before);
}
