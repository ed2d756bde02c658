//! What the lake promises of its files: one writer, readers beside it, compaction, the view hash, and what it tells of
//! itself.

mod answers;

use answers::{
    answer, at, bar, bars, closes, day, level, levels, new_lake, observed, published, row, source,
    text, token,
};
use highwater_lake::{Fault, Lake, LakeError};
use highwater_market::{AsOf, Clock, Scope, Timeframe, TokenId, Value, tables};

#[test]
fn a_second_writer_is_told_who_holds_the_lock() {
    let (_dir, lake) = new_lake();
    let writer = lake.writer().unwrap();
    let error = lake.writer().unwrap_err();
    let LakeError::Locked { path, holder } = &error else {
        panic!("{error}");
    };
    assert_eq!(path, &lake.lock_path());
    assert_eq!(*holder, Some(std::process::id()));
    assert!(error.to_string().contains(&std::process::id().to_string()));
    drop(writer);
    lake.writer().unwrap();
}

#[test]
fn an_answer_that_does_not_fit_stores_nothing_of_its_company() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    let good = || bars("simulated", 1, day(9), vec![bar(0, 1.0)]);
    let short = bars("simulated", 1, day(9), vec![row(day(0), vec![Value::Null])]);
    let mut wrong_kind = bars("simulated", 1, day(9), vec![bar(0, 1.0), bar(1, 1.0)]);
    wrong_kind.rows[1].values[3] = text("1.0");
    let mut too_large = good();
    too_large.rows[0].values[4] = Value::Int((1 << 53) + 1);
    let mut wrong_scope = good();
    wrong_scope.scope = Scope::Named("all".to_owned());
    // answer, what the error says
    for (bad, says) in [
        (short, "row 0 has 1 values for 5 columns"),
        (wrong_kind, "row 1, column close"),
        (too_large, "column volume"),
        (wrong_scope, "not about the list `all`"),
    ] {
        let error = writer.store(&[good(), bad]).unwrap_err();
        assert!(
            matches!(error, LakeError::Misshapen { answer: 1, .. }),
            "{error}"
        );
        assert!(error.to_string().contains(says), "{error}");
    }
    let coverage = answer(&tables::COVERAGE, "simulated", 1, day(9), vec![]);
    assert!(matches!(
        writer.store(&[coverage]),
        Err(LakeError::WrongTable { .. })
    ));
    assert_eq!(lake.ls().unwrap(), []);
}

#[test]
fn compaction_changes_no_row_and_both_forms_at_once_read_the_same() {
    let (dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    for n in 0..6 {
        let now = at(n + 1, 1);
        writer
            .store(&[
                bars(
                    "simulated",
                    1,
                    now,
                    vec![bar(n, 1.0), bar(0, n as f64 + 1.0)],
                ),
                levels(
                    "simulated",
                    1,
                    now,
                    (0..n % 2).map(|i| level(i, 4.0)).collect(),
                ),
            ])
            .unwrap();
    }
    let hash = |lake: &Lake| {
        let reader = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
        for table in tables::ALL.into_iter().chain([&tables::COVERAGE]) {
            reader.rows(table, None, None).unwrap();
        }
        reader
            .bar_versions(&token("simulated", 1), Timeframe::D1, None)
            .unwrap();
        reader.level_answers(&token("simulated", 1)).unwrap();
        reader.view_hash()
    };
    let rows = |lake: &Lake| -> Vec<_> {
        let ls = lake.ls().unwrap().into_iter();
        ls.map(|c| (c.table, c.rows, c.keys, c.first_event, c.last_event))
            .collect()
    };
    let (hash_before, rows_before) = (hash(&lake), rows(&lake));
    let table = tables::bars(Timeframe::D1);
    let folder = lake.path().join(table.name);
    let parts: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    assert_eq!(parts.len(), 6);
    for table in [table, &tables::LEVELS, &tables::COVERAGE] {
        let done = writer.compact(table).unwrap();
        assert_eq!((done.files_before, done.files_after), (6, 1), "{done:?}");
    }
    assert_eq!(
        (hash(&lake), rows(&lake)),
        (hash_before.clone(), rows_before.clone())
    );
    assert_eq!(
        writer.compact(table).unwrap().files_after,
        1,
        "once more changes nothing"
    );
    // The parts come back, as after a crash before they were removed.
    for (path, content) in parts {
        std::fs::write(path, content).unwrap();
    }
    let lake = Lake::open(dir.path().join("lake")).unwrap();
    assert_eq!((hash(&lake), rows(&lake)), (hash_before, rows_before));
    assert_eq!(lake.check().unwrap(), []);
    // And the writer finds what is stored unchanged, in either form.
    let again = bars("simulated", 1, at(6, 1), vec![bar(5, 1.0), bar(0, 6.0)]);
    assert_eq!(writer.store(&[again]).unwrap().unchanged, 2);
}

#[test]
fn readers_go_on_while_a_writer_stores_and_compacts() {
    let (_dir, lake) = new_lake();
    let table = tables::bars(Timeframe::D1);
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[bars("simulated", 1, day(1), vec![bar(0, 1.0)])])
        .unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reads = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                // As another process would: nothing is shared with the writer.
                let lake = Lake::open(lake.path()).unwrap();
                let count = closes(&lake, AsOf::latest(Clock::Observed)).len();
                assert!(count >= seen, "{count} bars after {seen}");
                seen = count;
                lake.ls().unwrap();
                let faults = lake.check().unwrap();
                assert!(
                    faults
                        .iter()
                        .all(|problem| problem.fault == Fault::Leftover),
                    "{faults:?}"
                );
            }
            seen
        });
        for n in 1..40 {
            writer
                .store(&[bars("simulated", 1, day(n + 1), vec![bar(n, 1.0)])])
                .unwrap();
            if n % 3 == 0 {
                writer.compact(table).unwrap();
            }
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(reads.join().unwrap() >= 1);
    });
    assert_eq!(closes(&lake, AsOf::latest(Clock::Observed)).len(), 40);
}

#[test]
fn a_reader_keeps_the_files_that_it_first_found() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[bars("simulated", 1, day(1), vec![bar(0, 1.0)])])
        .unwrap();
    let reader = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let count = || {
        let judged = reader.bars(&token("simulated", 1), Timeframe::D1, None);
        judged.unwrap().bars.len()
    };
    assert_eq!(count(), 1);
    let hash = reader.view_hash();
    writer
        .store(&[bars("simulated", 1, day(2), vec![bar(1, 1.0)])])
        .unwrap();
    assert_eq!(count(), 1);
    assert_eq!(reader.view_hash(), hash, "the same rows, read twice");
    // Compaction takes its files away: then it looks again.
    writer.compact(tables::bars(Timeframe::D1)).unwrap();
    assert_eq!(count(), 2);
    assert_ne!(reader.view_hash(), hash);
}

#[test]
fn the_view_hash_tells_facts_apart() {
    let hash = |as_of: AsOf, answers: &[highwater_market::Answer]| {
        let (_dir, lake) = new_lake();
        lake.writer().unwrap().store(answers).unwrap();
        let reader = lake.reader(as_of).unwrap();
        reader
            .rows(tables::bars(Timeframe::D1), None, None)
            .unwrap();
        reader.view_hash()
    };
    let one = |source, id, observed_at, close| bars(source, id, observed_at, vec![bar(0, close)]);
    let late = observed(day(9));
    let base = hash(late, &[one("simulated", 1, day(2), 1.0)]);
    assert_eq!(
        base,
        hash(observed(day(3)), &[one("simulated", 1, day(2), 1.0)]),
        "not the moment itself"
    );
    let mut extra = one("simulated", 1, day(2), 1.0);
    extra.rows[0].extra = Some("{}".to_owned());
    for (other, why) in [
        (hash(late, &[]), "nothing"),
        (hash(late, &[one("import", 1, day(2), 1.0)]), "source"),
        (hash(late, &[one("simulated", 2, day(2), 1.0)]), "token"),
        (
            hash(late, &[one("simulated", 1, day(3), 1.0)]),
            "when it was seen",
        ),
        (hash(late, &[one("simulated", 1, day(2), 2.0)]), "value"),
        (hash(late, &[extra]), "extra"),
        (
            hash(published(day(9)), &[one("simulated", 1, day(2), 1.0)]),
            "from when it was known",
        ),
    ] {
        assert_ne!(base, other, "{why}");
    }
}

#[test]
fn revisions_list_what_was_said_of_a_key() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    let table = tables::bars(Timeframe::D1);
    writer
        .store(&[bars(
            "simulated",
            1,
            at(2, 1),
            vec![bar(0, 1.0), bar(1, 1.0), bar(2, 1.0)],
        )])
        .unwrap();
    writer
        .store(&[bars(
            "simulated",
            1,
            at(3, 1),
            vec![bar(0, 2.0), bar(1, 1.0), bar(2, 1.0)],
        )])
        .unwrap();
    writer
        .store(&[levels("simulated", 1, at(3, 1), vec![level(0, 4.0)])])
        .unwrap();
    writer
        .store(&[levels("simulated", 1, at(4, 1), vec![])])
        .unwrap();
    let revised = lake.revisions(table, None, None).unwrap();
    assert_eq!(revised.len(), 1, "a partial row is no version");
    assert_eq!(revised[0].event_time, Some(day(0)));
    let known: Vec<_> = revised[0]
        .versions
        .iter()
        .map(|v| (v.known_from, v.revision))
        .collect();
    assert_eq!(known, [(at(2, 1), false), (at(3, 1), true)]);
    let vanished = lake.revisions(
        &tables::LEVELS,
        Some(&source("simulated")),
        Some(TokenId(1)),
    );
    assert_eq!(vanished.unwrap()[0].versions[1].value, []);
    assert_eq!(
        lake.revisions(table, Some(&source("import")), None)
            .unwrap(),
        []
    );
    assert!(lake.revisions(&tables::COVERAGE, None, None).is_err());
}

#[test]
fn ls_tells_what_is_there() {
    let (_dir, lake) = new_lake();
    let mut writer = lake.writer().unwrap();
    writer
        .store(&[bars(
            "simulated",
            1,
            at(2, 1),
            vec![bar(0, 1.0), bar(1, 1.0)],
        )])
        .unwrap();
    writer
        .store(&[bars("simulated", 2, at(3, 1), vec![bar(2, 1.0)])])
        .unwrap();
    writer
        .store(&[bars("simulated", 1, at(4, 1), vec![bar(0, 2.0)])])
        .unwrap();
    let ls = lake.ls().unwrap();
    let contents = ls.iter().find(|c| c.table == "bars_1d").unwrap();
    assert_eq!(
        (
            contents.rows,
            contents.keys,
            contents.scopes,
            contents.files
        ),
        (4, 3, 2, 3)
    );
    assert_eq!(contents.first_event, Some(day(0)));
    assert_eq!(contents.last_event, Some(day(2)));
    assert_eq!(contents.last_observed, at(4, 1));
    assert!(contents.bytes > 0);
    assert_eq!(ls.len(), 2, "and coverage");
}

#[test]
fn a_folder_that_is_no_lake_is_told_from_one() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    assert!(matches!(
        Lake::open(&missing),
        Err(LakeError::NotALake { .. })
    ));
    assert!(matches!(
        Lake::open(dir.path()),
        Err(LakeError::NotALake { .. })
    ));
    std::fs::write(dir.path().join("thesis.txt"), "mine").unwrap();
    let error = Lake::create(dir.path()).unwrap_err();
    assert!(error.to_string().contains("thesis.txt"), "{error}");
    Lake::create(dir.path().join("a/b/lake")).unwrap();
    Lake::create(dir.path().join("a/b/lake")).unwrap();
    Lake::open(dir.path().join("a/b/lake")).unwrap();
    let lake = Lake::open(dir.path().join("a/b/lake")).unwrap();
    std::fs::remove_dir_all(lake.path()).unwrap();
    let gone = lake.reader(observed(day(0))).unwrap_err();
    assert!(matches!(gone, LakeError::NotALake { .. }), "{gone}");
}
