//! Import of bars and returns, from outside: whole files in, bars or a full account of what is wrong out.

use std::{fs::File, path::PathBuf, sync::Arc};

use arrow_array::{
    ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray, TimestampNanosecondArray,
};
use highwater_ingest::{
    ColumnNames, ImportError, ImportOptions, InvalidBars, import_bars, read_returns,
    read_returns_with,
};
use highwater_market::{BarFault, Scope, Source, Timeframe, Timestamp, TokenId, Value, tables};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};
use tempfile::TempDir;

/// A folder with one file in it.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

/// The message of a refused import, without the folder.
fn refusal(content: impl AsRef<[u8]>, options: &ImportOptions) -> String {
    let (folder, path) = file("bars.csv", content);
    let refused = import_bars(&path, options).unwrap_err();
    assert!(!refused.hint().is_empty());
    let folder = format!("{}/", folder.path().display());
    refused.to_string().replace(&folder, "")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const GOOD: &str = "\
timestamp,open,high,low,close,volume
2025-04-10T00:00:00Z,1,2,0.5,1.5,10
2025-04-11T00:00:00Z,1.5,2,1,1,20
2025-04-13T00:00:00Z,1,1.25,0.75,1,30
";

#[test]
fn the_same_bars_are_read_from_every_spelling() {
    let (_folder, path) = file("a.csv", GOOD);
    let expected = import_bars(&path, &ImportOptions::default()).unwrap();
    assert_eq!(expected.timeframe, Timeframe::D1);
    assert_eq!(expected.bars.len(), 3, "a missing day is no error");
    assert_eq!(expected.bars[1].open_time, at("2025-04-11"));
    assert_eq!(expected.bars[1].volume, 20.0);

    for (content, why) in [
        (GOOD.replace(',', ";"), "semicolons"),
        (GOOD.replace(',', "\t"), "tabs"),
        (GOOD.replace('\n', "\r\n"), "line ends of Windows"),
        (GOOD.trim_end().to_owned(), "no line end at the end"),
        (GOOD.replace('\n', "\n\n"), "empty lines between"),
        (format!("\u{feff}{GOOD}"), "byte order mark"),
        (GOOD.replace("T00:00:00Z", ""), "days"),
        (GOOD.replace("T00:00:00Z", " 00:00:00"), "a space, no zone"),
        (
            GOOD.replace("timestamp,open,high,low,close,volume", "Date,O,H,L,C,Vol"),
            "short names",
        ),
        (
            GOOD.replace("2025-04-10T00:00:00Z", "1744243200")
                .replace("2025-04-11T00:00:00Z", "1744329600")
                .replace("2025-04-13T00:00:00Z", "1744502400"),
            "seconds",
        ),
        (
            GOOD.replace("2025-04-10T00:00:00Z", "1744243200000")
                .replace("2025-04-11T00:00:00Z", "1744329600000")
                .replace("2025-04-13T00:00:00Z", "1744502400000"),
            "milliseconds",
        ),
        (
            GOOD.replace("2025-04-10T00:00:00Z", "1744243200000000")
                .replace("2025-04-11T00:00:00Z", "1744329600000000")
                .replace("2025-04-13T00:00:00Z", "1744502400000000"),
            "microseconds",
        ),
        (
            GOOD.replace("1.5,10", "\"1.5\",\"10\""),
            "quotes where none are needed",
        ),
    ] {
        let (_folder, path) = file("b.csv", content);
        let read = import_bars(&path, &ImportOptions::default());
        assert_eq!(read.unwrap(), expected, "{why}");
    }
}

#[test]
fn every_problem_is_named_with_row_line_column_and_value() {
    let content = "\
time,open,high,low,close,volume
2025-04-10,1,2,0.5,1.5,10
2025-04-11,abc,2,1,1,20
2025-04-12,1,2,1,1
yesterday,1,2,1,1,20
2025-04-14,1,0.5,2,1,20
2025-04-15,0,2,0,1,20
2025-04-16,1,2,1,,20
2025-04-17,1,2,1,3,20
2025-04-18,1,2,1,1,-1
2025-04-18,1,2,1,1,1
2025-04-17,1,2,1,1,1
,1,2,1,1,1
";
    assert_eq!(
        refusal(content, &ImportOptions::default()),
        "bars.csv: 12 problems
  row 2 (line 3), column `open`: `abc` is not a number
  row 3 (line 4): 5 cells under a header of 6
  row 4 (line 5), column `time`: `yesterday` is not a time: ISO 8601, or a count since 1970 in s, ms, us or ns
  row 5 (line 6): the high is below the low: open 1, high 0.5, low 2, close 1, volume 20
  row 6 (line 7): a price is zero, negative or not finite: open 0, high 2, low 0, close 1, volume 20
  row 7 (line 8): a price is missing: open 1, high 2, low 1, close missing, volume 20
  row 8 (line 9): the open or close lies outside low..high: open 1, high 2, low 1, close 3, volume 20
  row 9 (line 10): the volume is negative or infinite: open 1, high 2, low 1, close 1, volume -1
  row 12 (line 13), column `time`: the cell is empty
  row 11 (line 12), column `time`: 2025-04-17T00:00:00Z comes after 2025-04-18T00:00:00Z
  row 10 (line 11), column `time`: 2025-04-18T00:00:00Z stands in row 9 already
  row 11 (line 12), column `time`: 2025-04-17T00:00:00Z stands in row 8 already"
    );
}

#[test]
fn a_quote_that_is_not_closed_swallows_no_rows_unseen() {
    let content = "\
time,open,high,low,close,comment
2025-04-10,1,2,0.5,1.5,fine
2025-04-11,1,2,0.5,1.5,\"not closed
2025-04-12,1,2,0.5,1.5,
";
    assert_eq!(
        refusal(content, &ImportOptions::default()),
        "bars.csv: 1 problem
  row 2 (line 3): a cell runs over several lines: a quote may not be closed"
    );
}

#[test]
fn problems_beyond_the_limit_are_counted() {
    let mut content = GOOD.to_owned();
    for day in 14..=30 {
        content.push_str(&format!("2025-04-{day},x,2,1,1,1\n"));
    }
    let options = ImportOptions {
        problem_limit: 2,
        ..ImportOptions::default()
    };
    assert_eq!(
        refusal(content, &options),
        "bars.csv: 17 problems
  row 4 (line 5), column `open`: `x` is not a number
  row 5 (line 6), column `open`: `x` is not a number
  and 15 more"
    );
}

#[test]
fn files_that_are_no_tables_are_refused_as_a_whole() {
    let options = ImportOptions::default();
    for (content, expected) in [
        (&b""[..], "bars.csv: there are no rows in it"),
        (
            b"time,open,high,low,close\n",
            "bars.csv: there are no rows in it",
        ),
        (
            b"2025-04-10,1,2,0.5,1.5,10\n2025-04-11,1,2,1,1,20\n",
            "bars.csv: the first line holds values, not column names: 2025-04-10, 1, 2, 0.5, 1.5, 10",
        ),
        (
            b"time,open,high,close\n2025-04-10,1,2,1\n",
            "bars.csv: no column for low; found: time, open, high, close",
        ),
        (b"t\xefme,open\n", "bars.csv, line 1: the text is not UTF-8"),
        (
            b"time,open,high,low,close\n2025-04-10,1,2,1,1\xff\n2025-04-11,1,2,1,1\n",
            "bars.csv: 1 problem\n  row 1 (line 2): the text is not UTF-8",
        ),
        (
            b"time,open,high,low,close\n2025-04-10,1,2,1,1,,\n",
            "bars.csv: 1 problem\n  row 1 (line 2): 7 cells under a header of 5",
        ),
    ] {
        assert_eq!(refusal(content, &options), expected);
    }
    let missing = import_bars("no/such/file.csv", &options).unwrap_err();
    assert!(matches!(missing, ImportError::Read { .. }), "{missing}");
    let folder = tempfile::tempdir().unwrap();
    let refused = import_bars(folder.path(), &options).unwrap_err();
    assert!(matches!(refused, ImportError::Read { .. }), "{refused}");
}

#[test]
fn bars_of_another_timeframe_are_refused() {
    let hourly = "\
time,open,high,low,close
2025-04-10T00:00:00Z,1,2,1,1
2025-04-10T02:00:00Z,1,2,1,1
2025-04-10T03:00:00Z,1,2,1,1
";
    let asked = |timeframe| ImportOptions {
        timeframe: Some(timeframe),
        ..ImportOptions::default()
    };
    assert_eq!(
        refusal(hourly, &asked(Timeframe::D1)),
        "bars.csv: the bars are not of 1d: they lie 1h apart at the closest (rows 2 and 3)"
    );
    assert_eq!(
        refusal(GOOD, &asked(Timeframe::H1)),
        "bars.csv: the bars are not of 1h: they lie 1d apart at the closest (rows 1 and 2)"
    );
    assert_eq!(
        refusal(GOOD.replace("T00:00", "T05:00"), &asked(Timeframe::D1)),
        "bars.csv: 3 problems
  row 1 (line 2), column `timestamp`: 2025-04-10T05:00:00Z opens no bar of 1d: those open at 00:00 UTC
  row 2 (line 3), column `timestamp`: 2025-04-11T05:00:00Z opens no bar of 1d: those open at 00:00 UTC
  row 3 (line 4), column `timestamp`: 2025-04-13T05:00:00Z opens no bar of 1d: those open at 00:00 UTC"
    );
    let (_folder, path) = file("a.csv", hourly);
    let read = import_bars(&path, &ImportOptions::default()).unwrap();
    assert_eq!(read.timeframe, Timeframe::H1);
}

#[test]
fn sorting_and_keeping_happen_on_request_and_are_reported() {
    let newest_first = "\
time,open,high,low,close
2025-04-12,1,2,1,1
2025-04-11,1,0.5,2,1
2025-04-10,0,2,0,1
";
    let strict = ImportOptions::default();
    let sorted = ImportOptions {
        sort: true,
        ..strict.clone()
    };
    assert!(refusal(newest_first, &strict).contains("comes after"));
    assert!(!refusal(newest_first, &sorted).contains("comes after"));
    let lenient = ImportOptions {
        invalid: InvalidBars::Keep,
        ..sorted.clone()
    };
    let (_folder, path) = file("a.csv", newest_first);
    let read = import_bars(&path, &lenient).unwrap();
    assert!(read.was_sorted);
    assert!(read.bars.is_sorted_by_key(|bar| bar.open_time));
    assert_eq!(read.bars.len(), 3, "nothing is dropped");
    assert_eq!(
        read.invalid,
        [(BarFault::PriceOutOfRange, 1), (BarFault::HighBelowLow, 1)]
    );
    let twice = format!("{newest_first}2025-04-11,1,2,1,1\n");
    assert!(
        refusal(twice, &lenient).contains(
            "row 4 (line 5), column `time`: 2025-04-11T00:00:00Z stands in row 2 already"
        ),
        "which of two rows holds is not for a reader to say"
    );
    let garbled = newest_first.replace("2025-04-11,1,", "2025-04-11,1.2.3,");
    assert!(
        refusal(garbled, &lenient).contains("`1.2.3` is not a number"),
        "what cannot be read cannot be kept"
    );
}

#[test]
fn columns_can_be_chosen() {
    let content = "\
when,first_trade,top,bottom,end,Volume BTC,Volume USD
2025-04-10,1,2,1,1.5,10,15
";
    let (_folder, path) = file("a.csv", content);
    let named = |name: &str| Some(name.to_owned());
    let options = ImportOptions {
        timeframe: Some(Timeframe::D1),
        columns: ColumnNames {
            time: named("when"),
            open: named("first_trade"),
            high: named("TOP"),
            low: named("bottom"),
            close: named("end"),
            volume: named("Volume USD"),
        },
        ..ImportOptions::default()
    };
    let read = import_bars(&path, &options).unwrap();
    assert_eq!((read.bars[0].close, read.bars[0].volume), (1.5, 15.0));
    assert_eq!(read.ignored_columns, ["Volume BTC"]);
}

#[test]
fn an_answer_holds_every_bar_and_says_what_is_missing() {
    let (_folder, path) = file("a.csv", "date,open,high,low,close\n2025-04-10,1,2,1,1.5\n");
    let options = ImportOptions {
        timeframe: Some(Timeframe::D1),
        ..ImportOptions::default()
    };
    let observed = at("2025-05-01T10:00:00Z");
    let read = import_bars(&path, &options).unwrap();
    let answer = read.answer(Source::import(), TokenId(3), observed);
    assert_eq!(answer.table, tables::bars(Timeframe::D1));
    assert_eq!(answer.scope, Scope::Token(TokenId(3)));
    assert_eq!(answer.asked, read.period());
    assert_eq!(
        answer.rows[0].values,
        [
            Value::Float(1.0),
            Value::Float(2.0),
            Value::Float(1.0),
            Value::Float(1.5),
            Value::Null
        ]
    );
}

/// A Parquet file of these columns.
fn parquet(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bars.parquet");
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .build();
    let created = File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(created, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

#[test]
fn parquet_of_every_kind_reads_as_the_same_bars() {
    let (_folder, path) = file("a.csv", GOOD);
    let expected = import_bars(&path, &ImportOptions::default()).unwrap();
    let seconds: [i64; 3] = [1_744_243_200, 1_744_329_600, 1_744_502_400];
    let millis: Vec<i64> = seconds.iter().map(|second| second * 1_000).collect();
    let nanos: Vec<i64> = seconds
        .iter()
        .map(|second| second * 1_000_000_000)
        .collect();
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let times: Vec<(ArrayRef, &str)> = vec![
        (
            Arc::new(TimestampMillisecondArray::from(millis.clone()).with_timezone("UTC")),
            "milliseconds in UTC",
        ),
        (
            Arc::new(TimestampMillisecondArray::from(millis.clone())),
            "milliseconds without a zone",
        ),
        (
            Arc::new(TimestampNanosecondArray::from(nanos).with_timezone("UTC")),
            "nanoseconds, as pandas writes",
        ),
        (
            Arc::new(Int64Array::from(millis)),
            "a count of milliseconds",
        ),
        (
            Arc::new(StringArray::from(vec![
                "2025-04-10",
                "2025-04-11",
                "2025-04-13",
            ])),
            "texts",
        ),
    ];
    for (time, why) in times {
        let columns: Vec<(&str, ArrayRef)> = vec![
            // Another order than the lake's, and a column that is not read.
            ("volume", Arc::new(Int64Array::from(vec![10, 20, 30]))),
            ("close", floats(&[1.5, 1.0, 1.0])),
            ("timestamp", time),
            ("low", floats(&[0.5, 1.0, 0.75])),
            ("high", floats(&[2.0, 2.0, 1.25])),
            ("open", Arc::new(Float32Array::from(vec![1.0, 1.5, 1.0]))),
        ];
        for compression in [zstd, Compression::SNAPPY, Compression::UNCOMPRESSED] {
            let (_folder, path) = parquet(columns.clone(), compression);
            let read = import_bars(&path, &ImportOptions::default()).unwrap();
            assert_eq!(read, expected, "{why}");
        }
    }
}

#[test]
fn parquet_problems_are_named_with_their_row() {
    let times = TimestampMillisecondArray::from(vec![
        Some(1_744_243_200_000),
        None,
        Some(1_744_329_600_000),
    ]);
    let ones: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(1.0), None]));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("time", Arc::new(times)),
        ("open", ones.clone()),
        ("high", floats(&[1.0, 1.0, 1.0])),
        ("low", floats(&[1.0, 1.0, 1.0])),
        ("close", floats(&[1.0, 1.0, 1.0])),
    ];
    let (_folder, path) = parquet(columns, Compression::SNAPPY);
    let refused = import_bars(&path, &ImportOptions::default()).unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains("row 2, column `time`: the cell is empty"),
        "{text}"
    );
    assert!(text.contains("row 3: a price is missing"), "{text}");
}

#[test]
fn a_damaged_parquet_file_is_an_error_never_a_panic() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "time",
            Arc::new(Int64Array::from(vec![1_744_243_200, 1_744_329_600])),
        ),
        ("open", floats(&[1.0, 1.0])),
        ("high", floats(&[1.0, 1.0])),
        ("low", floats(&[1.0, 1.0])),
        ("close", floats(&[1.0, 1.0])),
    ];
    let (_folder, path) = parquet(columns, Compression::SNAPPY);
    let sound = std::fs::read(&path).unwrap();
    let options = ImportOptions::default();
    assert!(import_bars(&path, &options).is_ok());
    for length in (4..sound.len()).step_by(7) {
        let (_folder, path) = file("cut.parquet", &sound[..length]);
        let refused = import_bars(&path, &options).unwrap_err();
        assert!(refused.to_string().contains("cut.parquet"));
    }
    // A flipped byte may leave a readable file; what must not happen is a panic.
    for position in (4..sound.len()).step_by(3) {
        let mut flipped = sound.clone();
        flipped[position] ^= 0x55;
        let (_folder, path) = file("flipped.parquet", &flipped);
        if let Err(refused) = import_bars(&path, &options) {
            assert!(refused.to_string().contains("flipped.parquet"));
        }
    }
}

#[test]
fn returns_keep_their_gaps() {
    let content = "\
timestamp,fund,S&P 500 TR
1996-01-31T00:00:00Z,0.0074,
1996-02-29T00:00:00Z,NaN,0.0193
1996-03-31T00:00:00Z,-0.5,0.25
";
    let (_folder, path) = file("returns.csv", content);
    let read = read_returns(&path).unwrap();
    let [fund, index] = &read[..] else {
        panic!("two series: {read:?}");
    };
    assert_eq!(fund.times.len(), 3);
    assert_eq!(fund.time(1), at("1996-02-29"));
    assert_eq!(index.name, "S&P 500 TR");
    assert!(index.values[0].is_nan());
    assert_eq!(index.values[1..], [0.0193, 0.25]);
    assert!(fund.values[1].is_nan());

    let answer = fund.answer(Source::import(), TokenId(1), at("2025-01-01"));
    assert_eq!(answer.rows.len(), 2, "a gap is no row");
    assert_eq!(answer.rows[1].event_time, at("1996-03-31"));
}

#[test]
fn returns_are_read_as_strictly_as_bars() {
    let refuse = |content: &str| {
        let (folder, path) = file("returns.csv", content);
        let folder = format!("{}/", folder.path().display());
        let text = read_returns(&path).unwrap_err().to_string();
        text.replace(&folder, "")
    };
    assert_eq!(
        refuse("date,r\n2025-01-02,0.1\n2025-01-01,1%\n2025-01-02,inf\n"),
        "returns.csv: 4 problems
  row 2 (line 3), column `r`: `1%` is not a number
  row 3 (line 4), column `r`: inf is not finite
  row 2 (line 3), column `date`: 2025-01-01T00:00:00Z comes after 2025-01-02T00:00:00Z
  row 3 (line 4), column `date`: 2025-01-02T00:00:00Z stands in row 1 already"
    );
    assert_eq!(
        refuse("date\n2025-01-02\n"),
        "returns.csv: no column for returns beside the time; found: date"
    );
    assert_eq!(
        refuse("date,r,r\n2025-01-02,0.1,0.2\n"),
        "returns.csv: two columns are called `r`"
    );
    assert_eq!(refuse("date,r\n"), "returns.csv: there are no rows in it");
    assert_eq!(
        refuse("r,s\n1,2\n"),
        "returns.csv: no column for time; found: r, s"
    );

    let (_folder, path) = file("returns.csv", "date,r\n2025-01-02,0.1\n2025-01-01,0.2\n");
    let sorted = ImportOptions {
        sort: true,
        ..ImportOptions::default()
    };
    let read = read_returns_with(&path, &sorted).unwrap();
    assert_eq!(read[0].values, [0.2, 0.1]);
}
