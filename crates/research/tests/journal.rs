//! A journal cut anywhere, damaged anywhere, and what is told twice.

use std::{fs, path::Path};

use highwater_market::Timestamp;
use highwater_research::{
    Account, AccountWriter, Advanced, Cause, Event, Lost, Now, PaperError, Start,
};
use serde_json::{Value, json};

fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(0).plus_days(n)
}

fn order(key: &str, price: f64) -> Value {
    json!({ "key": key, "price": price })
}

fn now(n: i64) -> Now {
    Now {
        moment: day(n),
        view_hash: format!("view {n}"),
        signal_file: None,
    }
}

/// What was told on each day.
fn told(n: i64) -> Vec<Value> {
    let orders = [
        order("a", 1.5),
        order("b", 0.1 + 0.2),
        order("c", 3.0),
        order("d", -0.0),
    ];
    let mut told = orders[..n as usize].to_vec();
    if n > 2 {
        told[1] = order("b", 4.0);
    }
    told
}

fn cause(order: &Value, since: Timestamp) -> Option<Cause> {
    (order["key"] == "b").then(|| Cause::RevisedBar {
        symbol: "X".to_owned(),
        open: since,
        known_from: since,
    })
}

/// Bring an account as far as it can be brought, from wherever it stands: three advances, the third of which restates.
fn go_on(lake: &Path) {
    let mut account = AccountWriter::lock(lake, "one").unwrap();
    if account.account().is_none() {
        let start = Start {
            version: "1".to_owned(),
            plan_hash: "hash".to_owned(),
            sources: Vec::new(),
        };
        account.start("name = \"one\"\n", day(1), start).unwrap();
    }
    for n in 1..=3 {
        match account.advance(now(n), told(n), cause) {
            Ok(_) | Err(PaperError::GoesBack { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn whole() -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
    let lake = tempfile::tempdir().unwrap();
    go_on(lake.path());
    let path = lake.path().join("paper/one/journal.jsonl");
    let bytes = fs::read(&path).unwrap();
    (lake, path, bytes)
}

#[test]
fn a_journal_that_is_cut_anywhere_becomes_the_same_again() {
    let (lake, path, bytes) = whole();
    // Around each line feed, and everywhere in steps that fall differently into each line.
    let is_near_end =
        |at: usize| bytes[at.saturating_sub(2)..(at + 1).min(bytes.len())].contains(&b'\n');
    for cut in (0..=bytes.len()).filter(|&at| at % 23 == 0 || is_near_end(at)) {
        fs::write(&path, &bytes[..cut]).unwrap();
        go_on(lake.path());
        assert!(fs::read(&path).unwrap() == bytes, "cut at {cut}");
    }
    // What a failing machine leaves behind the end is dropped as well.
    let torn = [&bytes[..], b"{\"line\":", &[0; 40][..]].concat();
    fs::write(&path, torn).unwrap();
    assert_eq!(Account::read(lake.path(), "one").unwrap().torn(), 48);
    let mut account = AccountWriter::lock(lake.path(), "one").unwrap();
    account.advance(now(4), told(4), cause).unwrap();
    let longer = fs::read(&path).unwrap();
    assert!(longer.starts_with(&bytes) && longer.len() > bytes.len());
    assert_eq!(Account::read(lake.path(), "one").unwrap().torn(), 0);
}

#[test]
fn lines_that_are_gone_from_the_end_are_told() {
    let (lake, path, bytes) = whole();
    let read = || Account::read(lake.path(), "one").unwrap();
    let (head, all) = (read().head(), read().lines().len() as u64);
    assert_eq!((head.line, read().lost()), (all, None));
    let ends: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] == b'\n').collect();
    for (stand, end) in (1..all).zip(&ends) {
        fs::write(&path, &bytes[..=*end]).unwrap();
        let written = head.clone();
        let lost = Lost::Lines { stand, written };
        assert_eq!(read().lost(), Some(lost.clone()));
        let writer = AccountWriter::lock(lake.path(), "one").unwrap();
        assert_eq!(writer.lost(), Some(&lost));
    }
    // All of them: that is no account that was never started.
    fs::write(&path, "").unwrap();
    let error = Account::read(lake.path(), "one").unwrap_err().to_string();
    assert!(error.contains(&format!("all up to line {all}")), "{error}");
    assert_eq!(Account::names(lake.path()).unwrap(), ["one"]);
    // Once they are written anew, nothing is missing.
    go_on(lake.path());
    assert_eq!(read().lost(), None);
    // A journal that was made anew and is sound by itself is another.
    let other = tempfile::tempdir().unwrap();
    assert_eq!(Account::names(other.path()).unwrap(), [""; 0]);
    let mut account = AccountWriter::lock(other.path(), "one").unwrap();
    let start = Start {
        version: "2".to_owned(),
        plan_hash: "hash".to_owned(),
        sources: Vec::new(),
    };
    account.start("name = \"one\"\n", day(1), start).unwrap();
    for n in 1..=3 {
        account.advance(now(n), told(n), cause).unwrap();
    }
    fs::copy(other.path().join("paper/one/journal.jsonl"), &path).unwrap();
    assert_eq!(read().lost(), Some(Lost::Replaced { written: head }));
    // A journal that is longer than what was said of it was written by a process that ended before it said so.
    fs::write(&path, &bytes).unwrap();
    let said = lake.path().join("paper/one/HEAD");
    let first = read().lines()[1].before.clone();
    fs::write(
        &said,
        json!({ "line": 1, "moment": day(1), "hash": first }).to_string(),
    )
    .unwrap();
    assert_eq!(read().lost(), None);
    fs::write(&said, "{").unwrap();
    assert!(!read().is_headed());
    assert_eq!(read().lost(), None);
}

#[test]
fn a_byte_that_is_changed_anywhere_is_found_in_its_line() {
    let (lake, path, bytes) = whole();
    let mut line = 1;
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        match Account::read(lake.path(), "one") {
            Err(PaperError::Damaged { line: found, .. }) => assert_eq!(found, line, "byte {at}"),
            // Without its line feed the last line is one that was torn off.
            Ok(account) => assert!(at == bytes.len() - 1 && account.torn() > 0, "byte {at}"),
            Err(error) => panic!("byte {at}: {error}"),
        }
        line += u64::from(bytes[at] == b'\n');
    }
}

#[test]
fn lines_say_what_is_new_and_what_is_not_what_it_was() {
    let (lake, _, _) = whole();
    let account = Account::read(lake.path(), "one").unwrap();
    let kinds: Vec<&str> = account
        .lines()
        .iter()
        .map(|line| match &line.event {
            Event::Start(_) => "start",
            Event::Order { .. } => "order",
            Event::Restated(_) => "restated",
            Event::Advance { .. } => "advance",
        })
        .collect();
    let expected = "start order advance order advance restated order advance";
    assert_eq!(kinds.join(" "), expected);
    assert_eq!(
        account.orders(),
        [&order("a", 1.5), &order("b", 4.0), &order("c", 3.0)]
    );
    drop(account);

    let mut writer = AccountWriter::lock(lake.path(), "one").unwrap();
    // One that goes away is taken back, and may stand again.
    let advanced = writer
        .advance(now(4), vec![order("a", 1.5), order("c", 3.0)], cause)
        .unwrap();
    let Advanced { new, restated } = advanced;
    assert!(new.is_empty());
    assert_eq!((restated[0].key.as_str(), &restated[0].new), ("b", &None));
    assert!(matches!(&restated[0].cause, Some(Cause::RevisedBar { open, .. }) if *open == day(3)));
    let account = Account::read(lake.path(), "one").unwrap();
    assert_eq!(account.orders(), [&order("a", 1.5), &order("c", 3.0)]);
    let advanced = writer.advance(now(5), told(3), cause).unwrap();
    assert_eq!(
        (&advanced.restated[0].old, advanced.restated.len()),
        (&None, 1)
    );
    let account = Account::read(lake.path(), "one").unwrap();
    assert_eq!(account.orders()[1], &order("b", 4.0));
    // Zeros of both signs are equal numbers, and not the same value.
    let zero = |zero: f64| vec![order("a", 1.5), order("b", 4.0), order("c", zero)];
    writer.advance(now(6), zero(0.0), cause).unwrap();
    let advanced = writer.advance(now(7), zero(-0.0), cause).unwrap();
    assert_eq!(advanced.restated.len(), 1);
}

#[test]
fn what_cannot_be_told_is_refused_and_writes_nothing() {
    let (lake, path, bytes) = whole();
    let mut writer = AccountWriter::lock(lake.path(), "one").unwrap();
    let mut refuse = |n, orders: Vec<Value>, says: &str| {
        let refused = writer
            .advance(now(n), orders, cause)
            .unwrap_err()
            .to_string();
        assert!(refused.contains(says), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    };
    refuse(2, told(3), "lies before");
    refuse(
        4,
        vec![order("a", 1.0), order("a", 2.0)],
        "order 2: another has the same key",
    );
    refuse(4, vec![json!({ "price": 1.0 })], "order 1: it has no key");
    let again = Start {
        version: "1".to_owned(),
        plan_hash: "hash".to_owned(),
        sources: Vec::new(),
    };
    assert!(matches!(
        writer.start("x", day(9), again),
        Err(PaperError::Started { .. })
    ));
    let beside = AccountWriter::lock(lake.path(), "one");
    assert!(
        matches!(beside, Err(PaperError::Locked { holder: Some(id), .. }) if id == std::process::id())
    );
    drop(writer);
    fs::write(lake.path().join("paper/one/plan.toml"), "name = \"two\"\n").unwrap();
    assert!(matches!(
        Account::read(lake.path(), "one"),
        Err(PaperError::PlanAltered { .. })
    ));
    for name in ["", ".", "..", "a/b", "a b", &"x".repeat(65)] {
        assert!(
            matches!(
                Account::read(lake.path(), name),
                Err(PaperError::Name { .. })
            ),
            "{name}"
        );
    }
    assert!(matches!(
        Account::read(lake.path(), "two"),
        Err(PaperError::NotStarted { .. })
    ));
}
