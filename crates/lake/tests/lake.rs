//! What the lake promises, case by case.

mod answers;

use answers::{
    answer, at, bar, bars, closes, day, level, levels, listed, new_lake, observed, published, row,
    signal, signals, source, text, token,
};
use highwater_lake::{Lake, LakeError, Stored};
use highwater_market::{
    AsOf, BarFault, Direction, Period, Scope, Timeframe, TokenId, Trend, Value, latest_known,
    tables,
};

#[test]
fn each_row_is_counted_once() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    let first = [
        bars(
            "simulated",
            1,
            at(3, 1),
            vec![
                bar(0, 1.0),
                bar(1, 1.0),
                bar(1, 1.0),
                bar(2, 5.0),
                bar(2, 2.0),
                bar(3, 1.0),
            ],
        ),
        levels("simulated", 1, at(3, 1), vec![level(0, 4.0), level(1, 8.0)]),
    ];
    let stored = writer.store(&first).unwrap();
    let expected = Stored {
        answers: 2,
        rows: 8,
        new: 5,
        partial: 1,
        repeated: 1,
        overruled: 1,
        ..Stored::default()
    };
    assert_eq!(stored, expected);
    assert_eq!(
        closes(&lake, observed(at(4, 0))),
        [1.0, 1.0, 2.0],
        "the later of two rows"
    );
    let later = [
        bars(
            "simulated",
            1,
            at(4, 1),
            vec![bar(2, 2.0), bar(1, 3.0), bar(3, 1.0)],
        ),
        levels("simulated", 1, at(4, 1), vec![level(1, 8.0)]),
    ];
    let stored = writer.store(&later).unwrap();
    let expected = Stored {
        answers: 2,
        rows: 4,
        // The bar of day 3 says what its partial row said: complete, it is new all the same.
        new: 1,
        revised: 2,
        unchanged: 1,
        ..Stored::default()
    };
    assert_eq!(stored, expected);
}

#[test]
fn extra_is_part_of_the_value_and_nan_equals_nan() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    let mut store = |hours, volume: Value, extra: Option<&str>| {
        let mut row = bar(0, 1.0);
        row.values[4] = volume;
        row.extra = extra.map(str::to_owned);
        let stored = writer
            .store(&[bars("simulated", 1, at(1, hours), vec![row])])
            .unwrap();
        (stored.new, stored.revised, stored.unchanged)
    };
    let other_nan = f64::from_bits(f64::NAN.to_bits() | 1);
    // hour, volume, extra, (new, revised, unchanged)
    assert_eq!(store(1, Value::Float(f64::NAN), None), (1, 0, 0));
    assert_eq!(
        store(2, Value::Float(other_nan), None),
        (0, 0, 1),
        "any NaN is the same"
    );
    assert_eq!(store(3, Value::Null, None), (0, 1, 0), "missing is not NaN");
    assert_eq!(store(4, Value::Float(0.0), None), (0, 1, 0));
    assert_eq!(
        store(5, Value::Float(-0.0), None),
        (0, 1, 0),
        "by their bits"
    );
    assert_eq!(store(6, Value::Int(7), None), (0, 1, 0));
    assert_eq!(
        store(7, Value::Float(7.0), None),
        (0, 0, 1),
        "the same number"
    );
    assert_eq!(store(8, Value::Float(7.0), Some(r#"{"a":1}"#)), (0, 1, 0));
    assert_eq!(store(9, Value::Float(7.0), Some(r#"{"a":1}"#)), (0, 0, 1));
}

#[test]
fn a_revision_is_known_from_its_own_observation_under_both_clocks() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[bars(
            "simulated",
            1,
            at(5, 6),
            vec![bar(0, 1.0), bar(4, 2.0)],
        )])
        .unwrap();
    writer
        .store(&[bars(
            "simulated",
            1,
            at(6, 6),
            vec![bar(0, 3.0), bar(4, 2.0)],
        )])
        .unwrap();
    // as of                                 closes              why
    let cases: [(AsOf, &[f64], &str); 7] = [
        (observed(at(5, 5)), &[], "nothing was seen yet"),
        (observed(at(5, 6)), &[1.0, 2.0], "seen"),
        (observed(at(6, 6)), &[3.0, 2.0], "revised"),
        (published(at(0, 23)), &[], "the day was not over"),
        (published(day(1)), &[1.0], "published at its close"),
        (
            published(at(6, 5)),
            &[1.0, 2.0],
            "the revision was not seen yet",
        ),
        (published(at(6, 6)), &[3.0, 2.0], "revised"),
    ];
    for (as_of, expected, why) in cases {
        assert_eq!(closes(&lake, as_of), expected, "{why}");
    }
    let reader = lake.reader(published(at(9, 0))).unwrap();
    let read = reader
        .bar_versions(&token("simulated", 1), Timeframe::D1, None)
        .unwrap();
    let known: Vec<_> = read
        .versions
        .iter()
        .map(|bar| {
            (
                bar.event_time,
                bar.known_from,
                bar.revision,
                bar.value.close,
            )
        })
        .collect();
    assert_eq!(
        known,
        [
            (day(0), day(1), false, 1.0),
            (day(4), day(5), false, 2.0),
            (day(0), at(6, 6), true, 3.0),
        ]
    );
    assert_eq!(
        (read.keys, read.backfilled),
        (2, 1),
        "day 4 was seen in time"
    );
}

#[test]
fn a_partial_bar_is_named_and_never_handed_out() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[bars(
            "simulated",
            1,
            at(1, 12),
            vec![bar(0, 1.0), bar(1, 2.0)],
        )])
        .unwrap();
    for as_of in [observed(at(9, 0)), published(at(9, 0))] {
        let reader = lake.reader(as_of).unwrap();
        let judged = reader
            .bars(&token("simulated", 1), Timeframe::D1, None)
            .unwrap();
        assert_eq!(judged.bars.close(), [1.0]);
        assert_eq!(judged.left_out, [(day(1), BarFault::Partial)]);
        let rows = reader
            .rows(tables::bars(Timeframe::D1), None, None)
            .unwrap();
        assert_eq!(rows.len(), 1);
    }
    writer
        .store(&[bars("simulated", 1, day(2), vec![bar(1, 2.0)])])
        .unwrap();
    let reader = lake.reader(observed(at(9, 0))).unwrap();
    let read = reader
        .bar_versions(&token("simulated", 1), Timeframe::D1, None)
        .unwrap();
    assert_eq!(read.left_out, []);
    let last = read.versions.last().unwrap();
    assert_eq!(
        (last.known_from, last.revision),
        (day(2), false),
        "the first complete one"
    );
}

#[test]
fn a_version_that_is_no_bar_is_named_and_replaces_none() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    let upside_down = row(day(0), [1.0, 1.0, 2.0, 1.0, 0.0].map(Value::Float).to_vec());
    writer
        .store(&[bars("simulated", 1, at(1, 1), vec![bar(0, 1.0)])])
        .unwrap();
    writer
        .store(&[bars("simulated", 1, at(2, 1), vec![upside_down])])
        .unwrap();
    let reader = lake.reader(observed(at(9, 0))).unwrap();
    let btc = token("simulated", 1);
    let judged = reader.bars(&btc, Timeframe::D1, None).unwrap();
    assert_eq!(judged.bars.close(), [1.0]);
    assert_eq!(judged.left_out, [(day(0), BarFault::HighBelowLow)]);
    let versions = reader
        .bar_versions(&btc, Timeframe::D1, None)
        .unwrap()
        .versions;
    let latest = latest_known(&versions, at(9, 0));
    assert_eq!(latest.len(), judged.bars.len());
    // Kept all the same: judged where rows become bars.
    let rows = reader
        .rows(tables::bars(Timeframe::D1), None, None)
        .unwrap();
    assert_eq!(rows[0].values[1], Value::Float(1.0));
}

#[test]
fn bars_of_a_period_open_on_its_days_whatever_file_they_stand_in() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    for days in [0..3, 3..4, 4..9] {
        let rows = days.map(|n| bar(n, 1.0 + n as f64)).collect();
        let stored = writer.store(&[bars("simulated", 1, at(20, 0), rows)]);
        stored.unwrap();
    }
    let reader = lake.reader(observed(at(20, 0))).unwrap();
    let all: Vec<f64> = (0..9).map(|n| 1.0 + f64::from(n)).collect();
    for from in 0..9 {
        for until in from..9 {
            let days = Period::new(day(from), day(until)).unwrap();
            let judged = reader
                .bars(&token("simulated", 1), Timeframe::D1, Some(days))
                .unwrap();
            let expected = &all[from as usize..=until as usize];
            assert_eq!(judged.bars.close(), expected, "days {from} to {until}");
        }
    }
}

#[test]
fn answers_out_of_order_are_dated_by_their_observation() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    let mut store = |observed_at, close| {
        let answer = bars("simulated", 1, observed_at, vec![bar(0, close)]);
        writer.store(&[answer]).unwrap()
    };
    assert_eq!(store(day(9), 1.0).new, 1);
    assert_eq!(store(day(5), 1.0).revised, 1, "known earlier than it was");
    let versions = |lake: &Lake| {
        let reader = lake.reader(observed(day(20))).unwrap();
        let read = reader.bar_versions(&token("simulated", 1), Timeframe::D1, None);
        let versions = read.unwrap().versions;
        let known = versions.iter().map(|bar| (bar.known_from, bar.value.close));
        known.collect::<Vec<_>>()
    };
    assert_eq!(
        versions(&lake),
        [(day(5), 1.0)],
        "said again, it is no version"
    );
    assert!(
        lake.revisions(tables::bars(Timeframe::D1), None, None)
            .unwrap()
            .is_empty()
    );
    store(day(7), 2.0);
    let told = [(day(5), 1.0), (day(7), 2.0), (day(9), 1.0)];
    assert_eq!(versions(&lake), told);
}

#[test]
fn a_level_that_vanished_has_vanished() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    let btc = token("simulated", 1);
    writer
        .store(&[levels(
            "simulated",
            1,
            day(1),
            vec![level(0, 4.0), level(1, 8.0)],
        )])
        .unwrap();
    writer
        .store(&[levels("simulated", 1, day(2), vec![level(1, 8.0)])])
        .unwrap();
    writer
        .store(&[levels("simulated", 1, day(3), vec![])])
        .unwrap();
    writer
        .store(&[levels("simulated", 1, day(4), vec![])])
        .unwrap();
    let prices = |moment| -> Vec<f64> {
        let reader = lake.reader(observed(moment)).unwrap();
        let answers = reader.level_answers(&btc).unwrap();
        let rows = reader.rows(&tables::LEVELS, None, None).unwrap();
        let current = answers
            .last()
            .map_or(Vec::new(), |answer| answer.value.clone());
        assert_eq!(rows.len(), current.len());
        current.into_iter().map(|(_, price)| price).collect()
    };
    assert_eq!(prices(at(0, 23)), Vec::<f64>::new());
    assert_eq!(prices(at(1, 1)), [4.0, 8.0]);
    assert_eq!(prices(at(2, 1)), [8.0]);
    assert_eq!(prices(at(3, 1)), Vec::<f64>::new());
    let reader = lake.reader(observed(at(9, 0))).unwrap();
    assert_eq!(
        reader.level_answers(&btc).unwrap().len(),
        3,
        "seen unchanged adds nothing"
    );
    let asked = reader.coverage(Some(&tables::LEVELS), None, None).unwrap();
    assert_eq!(asked.len(), 4, "but it was asked, and answered");
    assert_eq!(asked[3].rows, 0);
}

#[test]
fn hindsight_is_refused_and_identity_is_not() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[
            listed("simulated", 1, "BTC", day(5)),
            levels("simulated", 1, day(5), vec![level(0, 4.0)]),
        ])
        .unwrap();
    let reader = lake.reader(published(day(9))).unwrap();
    for refused in [
        reader.level_answers(&token("simulated", 1)).unwrap_err(),
        reader.rows(&tables::LEVELS, None, None).unwrap_err(),
        reader.rows(&tables::QUANTMETRICS, None, None).unwrap_err(),
        reader.rows(&tables::MOONSHOTS, None, None).unwrap_err(),
    ] {
        assert!(matches!(refused, LakeError::Hindsight { .. }), "{refused}");
        assert!(refused.hint().contains("observed"));
    }
    // as of, tokens known then
    for (as_of, count) in [
        (observed(day(4)), 0),
        (observed(day(5)), 1),
        (published(day(1)), 1),
        (published(day(9)), 1),
    ] {
        let reader = lake.reader(as_of).unwrap();
        assert_eq!(reader.tokens().unwrap().len(), count, "{as_of:?}");
        assert_eq!(
            reader.rows(&tables::TOKENS, None, None).unwrap().len(),
            count
        );
        assert_eq!(reader.resolve("BTC", &[]).is_ok(), count == 1);
    }
}

#[test]
fn a_token_has_the_name_of_its_latest_listing_known_then() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[listed("simulated", 1, "MATIC", day(1))])
        .unwrap();
    writer
        .store(&[listed("simulated", 1, "POL", day(5))])
        .unwrap();
    let symbol = |as_of| {
        lake.reader(as_of).unwrap().tokens().unwrap()[0]
            .symbol
            .clone()
    };
    assert_eq!(symbol(observed(day(2))), "MATIC");
    assert_eq!(symbol(observed(day(5))), "POL");
    assert_eq!(symbol(published(day(0))), "MATIC");
}

#[test]
fn signals_are_events_and_trends_in_every_version() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[signals(
            "simulated",
            1,
            day(3),
            vec![signal(0, 1, 1), signal(1, 0, 1), signal(2, -1, -1)],
        )])
        .unwrap();
    writer
        .store(&[signals("simulated", 1, day(4), vec![signal(1, -1, -1)])])
        .unwrap();
    let reader = lake.reader(published(day(9))).unwrap();
    let read = reader.signals(&token("simulated", 1)).unwrap();
    let told: Vec<_> = read
        .iter()
        .map(|s| (s.known_from, s.value.direction(), s.value.trend))
        .collect();
    let (long, short) = (Direction::Long, Direction::Short);
    assert_eq!(
        told,
        [
            (day(1), Some(long), Some(Trend(long))),
            (day(2), None, Some(Trend(long))),
            (day(3), Some(short), Some(Trend(short))),
            (day(4), Some(short), Some(Trend(short))),
        ]
    );
}

#[test]
fn returns_are_read_with_what_is_missing() {
    let (_dir, lake) = new_lake();
    let rows = vec![
        row(day(0), vec![Value::Float(0.5)]),
        row(day(1), vec![Value::Null]),
    ];
    let answer = answer(&tables::RETURNS, "import", 1, day(9), rows);
    lake.writer().unwrap().store(&[answer]).unwrap();
    let reader = lake.reader(published(day(9))).unwrap();
    let values: Vec<_> = reader
        .returns(&token("import", 1))
        .unwrap()
        .into_iter()
        .map(|known| known.value)
        .collect();
    assert_eq!(values, [Some(0.5), None]);
}

#[test]
fn sources_are_kept_apart() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[
            bars("simulated", 1, day(9), vec![bar(0, 1.0)]),
            bars("import", 1, day(9), vec![bar(0, 2.0), bar(1, 4.0)]),
        ])
        .unwrap();
    assert_eq!(closes(&lake, observed(day(9))), [1.0]);
    let reader = lake.reader(observed(day(9))).unwrap();
    let table = tables::bars(Timeframe::D1);
    let count = |source_name: Option<&str>, id: Option<i64>| {
        let source = source_name.map(source);
        let scope = id.map(|id| Scope::Token(TokenId(id)));
        reader
            .rows(table, source.as_ref(), scope.as_ref())
            .unwrap()
            .len()
    };
    assert_eq!(count(None, None), 3);
    assert_eq!(count(Some("import"), None), 2);
    assert_eq!(count(Some("import"), Some(1)), 2);
    assert_eq!(count(None, Some(2)), 0);
}

#[test]
fn lists_under_a_name_are_whole_answers_too() {
    let (_dir, lake) = new_lake();
    let mut values = vec![text("MOON"), text("Moon coin")];
    values.resize(tables::MOONSHOTS.columns.len(), Value::Null);
    let mut active = answer(
        &tables::MOONSHOTS,
        "simulated",
        0,
        day(1),
        vec![row(day(1), values)],
    );
    active.scope = Scope::Named("active".to_owned());
    lake.writer().unwrap().store(&[active.clone()]).unwrap();
    let reader = lake.reader(observed(day(1))).unwrap();
    let rows = reader
        .rows(&tables::MOONSHOTS, None, Some(&active.scope))
        .unwrap();
    assert_eq!((rows.len(), &rows[0].scope), (1, &active.scope));
}
