//! Signals of a user's own: what a file says, and what it may not.

use std::{path::PathBuf, sync::Arc};

use highwater_ingest::{ImportError, SignalFile, read_signals, sha256};
use highwater_market::{Known, Signal, SignalEvent, Timestamp};

const DAY: i64 = 86_400_000_000;

fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("signals.csv");
    std::fs::write(&path, text).unwrap();
    path
}

fn read(text: &str, lag: Option<i64>) -> Result<SignalFile, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    read_signals(file(&folder, text), lag)
}

/// The error of a file, without its folder.
#[track_caller]
fn refused(text: &str, lag: Option<i64>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let error = read_signals(file(&folder, text), lag).unwrap_err();
    assert!(!error.hint().is_empty());
    let place = format!("{}/", folder.path().display());
    error.to_string().replace(&place, "")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn signal(time: &str, known: &str, revision: bool, event: Option<SignalEvent>) -> Known<Signal> {
    Known {
        event_time: at(time),
        known_from: at(known),
        revision,
        value: Signal { event, trend: None },
    }
}

#[test]
fn a_row_of_a_file_is_known_when_the_file_or_the_plan_says() {
    let text = "time,symbol,signal\n\
                2024-01-02,BTC,-1\n\
                2024-01-01,BTC,1\n\
                2024-01-01,ETH,0\n";
    let read_file = read(text, Some(DAY)).unwrap();
    assert_eq!(read_file.rows, 3);
    assert_eq!(
        read_file.signals["BTC"],
        [
            signal("2024-01-01", "2024-01-02", false, Some(SignalEvent::Long)),
            signal("2024-01-02", "2024-01-03", false, Some(SignalEvent::Short)),
        ]
    );
    assert_eq!(
        read_file.signals["ETH"],
        [signal("2024-01-01", "2024-01-02", false, None)]
    );
    // With a column of its own; two rows of one time are versions.
    let text = "Timestamp;Ticker;Direction;Known At\n\
                2024-01-01;BTC;long;2024-01-01T06:00:00Z\n\
                2024-01-01;BTC;flat;2024-01-03T06:00:00Z\n\
                2024-01-02;BTC;Short;2024-01-02T06:00:00Z\n";
    let read_file = read(text, None).unwrap();
    assert_eq!(
        read_file.signals["BTC"],
        [
            signal(
                "2024-01-01",
                "2024-01-01T06:00:00Z",
                false,
                Some(SignalEvent::Long)
            ),
            signal(
                "2024-01-02",
                "2024-01-02T06:00:00Z",
                false,
                Some(SignalEvent::Short)
            ),
            signal(
                "2024-01-01",
                "2024-01-03T06:00:00Z",
                true,
                Some(SignalEvent::Flat)
            ),
        ]
    );
    // What a moment knows of it is a beginning of it.
    assert_eq!(read_file.of("BTC", at("2024-01-02T06:00:00Z")).len(), 2);
    assert_eq!(read_file.of("BTC", at("2024-01-01")).len(), 0);
    assert_eq!(read_file.of("ETH", Timestamp::MAX).len(), 0);
    // One of the two, and not both.
    let bare = "time,symbol,signal\n2024-01-01,BTC,1\n";
    assert_eq!(
        refused(bare, None),
        "signals.csv: nothing says when these signals were known: there is no column `known_at`, and no lag is declared"
    );
    assert_eq!(
        refused(text, Some(0)),
        "signals.csv: the column `Known At` says when these signals were known, and a lag is declared too"
    );
    // A lag of nothing is a declaration too.
    let at_once = read(bare, Some(0)).unwrap();
    assert_eq!(at_once.signals["BTC"][0].known_from, at("2024-01-01"));
}

#[test]
fn every_spelling_of_a_signal_is_that_signal() {
    for (text, expected) in [
        ("1", Some(SignalEvent::Long)),
        ("+1", Some(SignalEvent::Long)),
        ("1.0", Some(SignalEvent::Long)),
        (" LONG ", Some(SignalEvent::Long)),
        ("-1", Some(SignalEvent::Short)),
        ("short", Some(SignalEvent::Short)),
        ("0", None),
        ("-0.0", None),
        ("flat", Some(SignalEvent::Flat)),
        ("FLAT", Some(SignalEvent::Flat)),
        ("None", None),
    ] {
        let read = read(
            &format!("time,symbol,signal\n2024-01-01,BTC,{text}\n"),
            Some(0),
        );
        assert_eq!(
            read.unwrap().signals["BTC"][0].value.event,
            expected,
            "{text}"
        );
    }
}

#[test]
fn what_is_wrong_is_named_by_file_row_and_column() {
    let lag = Some(DAY);
    for (rows, expected) in [
        (
            "2024-01-01,BTC,2",
            "row 1 (line 2), column `signal`: `2` is not a signal: 1 or long, -1 or short, flat, 0 or none",
        ),
        (
            "2024-01-01,BTC,1\n2024-01-02,BTC,buy",
            "row 2 (line 3), column `signal`: `buy` is not a signal: 1 or long, -1 or short, flat, 0 or none",
        ),
        (
            "2024-01-01,BTC,0.5",
            "row 1 (line 2), column `signal`: `0.5` is not a signal: 1 or long, -1 or short, flat, 0 or none",
        ),
        (
            "2024-01-01,BTC,",
            "row 1 (line 2), column `signal`: the cell is empty",
        ),
        (
            "2024-01-01,,1",
            "row 1 (line 2), column `symbol`: the cell is empty",
        ),
        (
            "soon,BTC,1",
            "row 1 (line 2), column `time`: `soon` is not a time: ISO 8601, or a count since 1970 in s, ms, us or ns",
        ),
        (
            "2024-01-01,BTC,1\n2024-01-02,ETH,1\n2024-01-01,BTC,-1",
            "row 3 (line 4), column `time`: 2024-01-01T00:00:00Z of `BTC` stands in row 1 already",
        ),
        (
            "2024-01-01,BTC",
            "row 1 (line 2): 2 cells under a header of 3",
        ),
    ] {
        let found = refused(&format!("time,symbol,signal\n{rows}\n"), lag);
        assert_eq!(found, format!("signals.csv: 1 problem\n  {expected}"));
    }
    let early = "time,symbol,signal,known_at\n2024-01-02,BTC,1,2024-01-01\n";
    assert_eq!(
        refused(early, None),
        "signals.csv: 1 problem\n  row 1 (line 2), column `known_at`: known at 2024-01-01T00:00:00Z, which is before \
         the time 2024-01-02T00:00:00Z that the row speaks of"
    );
    let unknown = "time,symbol,signal,known_at\n2024-01-02,BTC,1,\n";
    assert!(refused(unknown, None).contains("column `known_at`: the cell is empty"));
    assert_eq!(
        refused("time,symbol\n2024-01-01,BTC\n", lag),
        "signals.csv: no column for signal; found: time, symbol"
    );
    assert_eq!(
        refused("time,symbol,signal\n", lag),
        "signals.csv: there are no rows in it"
    );
}

#[test]
fn parquet_says_the_same_as_text() {
    use arrow_array::{Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
    let folder = tempfile::tempdir().unwrap();
    let text = file(
        &folder,
        "time,symbol,signal\n2024-01-01,BTC,1\n2024-01-02,BTC,-1\n2024-01-02,ETH,0\n",
    );
    let times = ["2024-01-01", "2024-01-02", "2024-01-02"].map(|day| at(day).micros());
    let batch = RecordBatch::try_from_iter([
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from(times.to_vec()))
                as Arc<dyn arrow_array::Array>,
        ),
        (
            "symbol",
            Arc::new(StringArray::from(vec!["BTC", "BTC", "ETH"])),
        ),
        ("signal", Arc::new(Int64Array::from(vec![1, -1, 0]))),
    ])
    .unwrap();
    let path = folder.path().join("signals.parquet");
    let out = std::fs::File::create(&path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(out, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let (of_text, of_parquet) = (
        read_signals(&text, Some(DAY)).unwrap(),
        read_signals(&path, Some(DAY)).unwrap(),
    );
    assert_eq!(of_text.signals, of_parquet.signals);
    assert_eq!(of_parquet.sha256, sha256(&path).unwrap());
    assert_ne!(of_text.sha256, of_parquet.sha256);
}

#[test]
fn a_file_is_pinned_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "abc");
    assert_eq!(
        sha256(&path).unwrap(),
        // FIPS 180-2, appendix B.1.
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
