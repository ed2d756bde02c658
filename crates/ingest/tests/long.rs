//! Long files of returns: one series below the other, as CSV and as Parquet.

use std::{fs::File, path::PathBuf, sync::Arc};

use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float32Array, Float64Array,
    Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray,
    types::{Float64Type, Int32Type, UInt8Type},
};
use highwater_ingest::{ImportOptions, ReturnSeries, read_returns, read_returns_with};
use parquet::{arrow::ArrowWriter, file::properties::WriterProperties};
use proptest::prelude::*;
use tempfile::TempDir;

const DAY: i64 = 86_400_000_000;

fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn parquet(columns: Vec<(&str, ArrayRef)>, group: usize) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.parquet");
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group));
    let opened = File::create(&path).unwrap();
    let mut writer =
        ArrowWriter::try_new(opened, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

fn sorted() -> ImportOptions {
    ImportOptions {
        sort: true,
        ..ImportOptions::default()
    }
}

/// Name, days, values; a missing value is `None`.
type Plain = Vec<(String, Vec<i64>, Vec<Option<f64>>)>;

fn plain(series: &[ReturnSeries]) -> Plain {
    series
        .iter()
        .map(|one| {
            let values = one
                .values
                .iter()
                .map(|&value| (!value.is_nan()).then_some(value));
            let days = one.times.iter().map(|time| time / DAY);
            (one.name.clone(), days.collect(), values.collect())
        })
        .collect()
}

fn refusal(path: &std::path::Path) -> String {
    let refused = read_returns(path).unwrap_err();
    assert!(!refused.hint().is_empty());
    let folder = format!("{}/", path.parent().unwrap().display());
    refused.to_string().replace(&folder, "")
}

fn refuse(content: &str) -> String {
    let (_folder, path) = file("long.csv", content);
    refusal(&path)
}

/// Rows of a long file: day, name, value.
type Rows = Vec<(i64, String, Option<f64>)>;

fn rows(of: &[(i64, &str, Option<f64>)]) -> Rows {
    of.iter()
        .map(|&(day, name, value)| (day, name.to_owned(), value))
        .collect()
}

fn csv(rows: &Rows) -> String {
    let mut text = "time,ticker,return\n".to_owned();
    for (day, name, value) in rows {
        let value = value.map_or_else(String::new, |value| value.to_string());
        text.push_str(&format!("{},{name},{value}\n", day * 86_400));
    }
    text
}

fn times(rows: &Rows) -> ArrayRef {
    let micros = rows.iter().map(|(day, _, _)| day * DAY);
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}

fn values(rows: &Rows) -> ArrayRef {
    let values = rows.iter().map(|(_, _, value)| *value);
    Arc::new(values.collect::<Float64Array>())
}

/// The names in every way in which a file may hold texts.
fn names(rows: &Rows) -> Vec<(&'static str, ArrayRef)> {
    let names = || rows.iter().map(|(_, name, _)| name.as_str());
    vec![
        ("Utf8", Arc::new(StringArray::from_iter_values(names()))),
        (
            "LargeUtf8",
            Arc::new(LargeStringArray::from_iter_values(names())),
        ),
        (
            "Utf8View",
            Arc::new(StringViewArray::from_iter_values(names())),
        ),
        (
            "dictionary",
            Arc::new(names().collect::<DictionaryArray<Int32Type>>()),
        ),
        (
            "dictionary of bytes",
            Arc::new(names().collect::<DictionaryArray<UInt8Type>>()),
        ),
    ]
}

/// What a long file should give: series in order of their first row.
fn expected(rows: &Rows) -> Plain {
    let mut series: Plain = Vec::new();
    for (day, name, value) in rows {
        let at = series.iter().position(|(known, _, _)| known == name);
        let at = at.unwrap_or_else(|| {
            series.push((name.clone(), Vec::new(), Vec::new()));
            series.len() - 1
        });
        series[at].1.push(*day);
        series[at].2.push(*value);
    }
    series
}

#[test]
fn a_long_file_is_the_wide_file_of_the_same_data() {
    let (_folder, path) = file(
        "wide.csv",
        "date,A,B\n1970-01-02,0.5,0.25\n1970-01-03,,-0.5\n1970-01-04,0.125,1\n",
    );
    let wide = plain(&read_returns(&path).unwrap());
    let by_time = rows(&[
        (1, "A", Some(0.5)),
        (1, "B", Some(0.25)),
        (2, "A", None),
        (2, "B", Some(-0.5)),
        (3, "A", Some(0.125)),
        (3, "B", Some(1.0)),
    ]);
    let mut by_name = by_time.clone();
    by_name.sort_by(|one, other| one.1.cmp(&other.1));
    for rows in [by_time, by_name] {
        let (_folder, path) = file("long.csv", csv(&rows));
        assert_eq!(plain(&read_returns(&path).unwrap()), wide, "CSV");
        for (encoding, names) in names(&rows) {
            for group in [1, 2, 4, 100] {
                let columns = vec![
                    ("value", values(&rows)),
                    ("time", times(&rows)),
                    ("name", names.clone()),
                ];
                let (_folder, path) = parquet(columns, group);
                let read = read_returns(&path).unwrap();
                assert_eq!(plain(&read), wide, "{encoding}, row groups of {group}");
                assert!(
                    Arc::ptr_eq(&read[0].times, &read[1].times),
                    "the same times are kept once: {encoding}, row groups of {group}"
                );
            }
        }
    }
}

#[test]
fn series_may_have_times_of_their_own() {
    let rows = rows(&[
        (5, "late", Some(0.5)),
        (1, "early", Some(0.25)),
        (2, "early", Some(0.25)),
        (6, "late", None),
        (1, " once ", Some(-0.5)),
        (9, "late", Some(1.0)),
    ]);
    let (_folder, path) = file("long.csv", csv(&rows));
    let read = plain(&read_returns(&path).unwrap());
    assert_eq!(
        read,
        [
            (
                "late".to_owned(),
                vec![5, 6, 9],
                vec![Some(0.5), None, Some(1.0)]
            ),
            ("early".to_owned(), vec![1, 2], vec![Some(0.25), Some(0.25)]),
            ("once".to_owned(), vec![1], vec![Some(-0.5)]),
        ]
    );
    for group in [1, 2, 3, 100] {
        for (encoding, names) in names(&rows) {
            let columns = vec![("t", times(&rows)), ("id", names), ("r", values(&rows))];
            let (_folder, path) = parquet(columns, group);
            let found = plain(&read_returns(&path).unwrap());
            assert_eq!(found, read, "{encoding}, row groups of {group}");
        }
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    assert_eq!(
        refuse("date,name,r\n1970-01-03,A,1\n1970-01-02,A,1\n1970-01-02,B,1\n1970-01-03,A,2\n"),
        "long.csv: 2 problems
  row 2 (line 3), column `date`: 1970-01-02T00:00:00Z of `A` comes after 1970-01-03T00:00:00Z
  row 4 (line 5), column `date`: 1970-01-03T00:00:00Z of `A` stands in row 1 already"
    );
    assert_eq!(
        refuse(
            "date,name,r\n1970-01-02,A,1\n1970-01-03, ,1\n,B,1\n1970-01-04,\u{1b}[2J,inf\n1970-01-05,A,x\n"
        ),
        "long.csv: 5 problems
  row 2 (line 3), column `name`: the cell is empty
  row 3 (line 4), column `date`: the cell is empty
  row 4 (line 5), column `name`: `\\u{1b}[2J` names no series: it holds control characters
  row 4 (line 5), column `r`: inf is not finite
  row 5 (line 6), column `r`: `x` is not a number"
    );
    assert_eq!(
        refuse("date,name,sector,r\n1970-01-02,A,steel,1\n"),
        "long.csv: text in `name`, `sector`, numbers in `r`: series stand side by side, a column of numbers each, or \
         below each other, in one column of numbers beside one of names"
    );
    assert_eq!(
        refuse("date,name,r,s\n1970-01-02,A,1,2\n"),
        "long.csv: text in `name`, numbers in `r`, `s`: series stand side by side, a column of numbers each, or \
         below each other, in one column of numbers beside one of names"
    );
}

#[test]
fn the_same_is_wrong_with_a_parquet_file() {
    let sound = rows(&[(2, "A", Some(1.0)), (1, "B", None), (3, "A", Some(-0.5))]);
    let check = |change: &dyn Fn(&mut Rows), says: &str| {
        let mut wrong = sound.clone();
        change(&mut wrong);
        for (encoding, names) in names(&wrong) {
            for group in [1, 100] {
                let columns = vec![
                    ("time", times(&wrong)),
                    ("name", names.clone()),
                    ("r", values(&wrong)),
                ];
                let (_folder, path) = parquet(columns, group);
                let text = refusal(&path);
                assert_eq!(
                    text,
                    format!("long.parquet: 1 problem\n  {says}"),
                    "{encoding}"
                );
            }
        }
    };
    check(
        &|rows| rows[2].0 = 2,
        "row 3, column `time`: 1970-01-03T00:00:00Z of `A` stands in row 1 already",
    );
    check(
        &|rows| rows[2].0 = 1,
        "row 3, column `time`: 1970-01-02T00:00:00Z of `A` comes after 1970-01-03T00:00:00Z",
    );
    check(
        &|rows| rows[1].1.clear(),
        "row 2, column `name`: the cell is empty",
    );
    check(
        &|rows| rows[1].1 = "a\u{7}".to_owned(),
        "row 2, column `name`: `a\\u{7}` names no series: it holds control characters",
    );
    check(
        &|rows| rows[0].2 = Some(f64::NEG_INFINITY),
        "row 1, column `r`: -inf is not finite",
    );

    let missing: ArrayRef = Arc::new(StringArray::from(vec![Some("A"), None, Some("A")]));
    let columns = vec![
        ("time", times(&sound)),
        ("name", missing),
        ("r", values(&sound)),
    ];
    let (_folder, path) = parquet(columns, 100);
    assert_eq!(
        refusal(&path),
        "long.parquet: 1 problem\n  row 2, column `name`: the cell is empty"
    );
    let names: ArrayRef = Arc::new(StringArray::from(vec!["A", "B", "A"]));
    let without: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![
        Some(1),
        None,
        Some(2),
    ]));
    let columns = vec![
        ("time", without),
        ("name", names.clone()),
        ("r", values(&sound)),
    ];
    let (_folder, path) = parquet(columns, 100);
    assert_eq!(
        refusal(&path),
        "long.parquet: 1 problem\n  row 2, column `time`: the cell is empty"
    );
    let columns = vec![
        ("time", times(&sound)),
        ("name", names.clone()),
        ("sector", names),
        ("r", values(&sound)),
    ];
    let (_folder, path) = parquet(columns, 100);
    assert!(refusal(&path).starts_with("long.parquet: text in `name`, `sector`, numbers in `r`:"));
}

#[test]
fn rows_out_of_order_are_sorted_where_that_is_allowed() {
    let wrong = rows(&[
        (3, "A", Some(0.5)),
        (1, "B", Some(0.25)),
        (2, "A", Some(-0.5)),
    ]);
    let right = [
        ("A".to_owned(), vec![2, 3], vec![Some(-0.5), Some(0.5)]),
        ("B".to_owned(), vec![1], vec![Some(0.25)]),
    ];
    let (_folder, path) = file("long.csv", csv(&wrong));
    assert!(read_returns(&path).is_err());
    assert_eq!(plain(&read_returns_with(&path, &sorted()).unwrap()), right);
    for (encoding, names) in names(&wrong) {
        let columns = vec![
            ("time", times(&wrong)),
            ("name", names),
            ("r", values(&wrong)),
        ];
        let (_folder, path) = parquet(columns, 2);
        assert!(read_returns(&path).is_err());
        let read = read_returns_with(&path, &sorted()).unwrap();
        assert_eq!(plain(&read), right, "{encoding}");
    }
}

#[test]
fn a_wrong_cell_does_not_turn_numbers_into_names() {
    assert_eq!(
        refuse("date,a,b\n1970-01-02,1%,0.5\n1970-01-03,0.5,0.5\n"),
        "long.csv: 1 problem\n  row 1 (line 2), column `a`: `1%` is not a number"
    );
    // The number stands behind the rows by which the form is told.
    let mut text = "date,a,b\n".to_owned();
    for day in 0..2_000 {
        let second = (day + 1_000) * 86_400;
        text.push_str(&format!(
            "{second},{},0.5\n",
            if day < 1_999 { "?" } else { "0.5" }
        ));
    }
    assert!(
        refuse(&text).starts_with("long.csv: 1999 problems\n  row 1 (line 2), column `a`: `?`")
    );
    // A second column of times names nothing.
    assert!(
        refuse("date,unix,r\n1970-01-02,86400,0.5\n")
            .contains("column `date`: `1970-01-02` is not")
    );
    // A name may look like a missing value, and in a typed column like a number.
    let (_folder, path) = file(
        "long.csv",
        "t,name,r\n1970-01-02,BTC,0.5\n1970-01-02,NA,0.25\n",
    );
    assert_eq!(read_returns(&path).unwrap()[1].name, "NA");
    let ids = rows(&[(1, "3375", Some(0.5)), (1, "1027", Some(0.25))]);
    for (encoding, names) in names(&ids) {
        let columns = vec![("time", times(&ids)), ("id", names), ("r", values(&ids))];
        let (_folder, path) = parquet(columns, 100);
        assert_eq!(
            plain(&read_returns(&path).unwrap()),
            expected(&ids),
            "{encoding}"
        );
    }
}

#[test]
fn values_and_times_may_be_of_other_types() {
    let same = rows(&[
        (1, "A", Some(0.5)),
        (2, "A", Some(-0.5)),
        (1, "B", Some(2.0)),
    ]);
    let name = names(&same)[0].1.clone();
    let singles: ArrayRef = Arc::new(Float32Array::from(vec![0.5, -0.5, 2.0]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["0.5", "-0.5", "2"]));
    let seconds: ArrayRef = Arc::new(Int64Array::from(vec![86_400, 172_800, 86_400]));
    let days: ArrayRef = Arc::new(StringArray::from(vec![
        "1970-01-02",
        "1970-01-03",
        "1970-01-02",
    ]));
    for (time, value) in [
        (times(&same), singles.clone()),
        (times(&same), texts),
        (seconds, values(&same)),
        (days, singles),
    ] {
        let kinds = format!("{} and {}", time.data_type(), value.data_type());
        let columns = vec![("time", time), ("name", name.clone()), ("r", value)];
        let (_folder, path) = parquet(columns, 2);
        assert_eq!(
            plain(&read_returns(&path).unwrap()),
            expected(&same),
            "{kinds}"
        );
    }
}

#[test]
fn types_that_hold_no_series_are_refused() {
    let sound = rows(&[(1, "A", Some(0.5)), (2, "A", Some(0.5))]);
    let list = vec![Some(vec![Some(0.5)]), None];
    let hostile: [(&str, ArrayRef); 4] = [
        ("Boolean", Arc::new(BooleanArray::from(vec![true, false]))),
        (
            "Binary",
            Arc::new(BinaryArray::from(vec![&b"\xff"[..], b"A"])),
        ),
        (
            "List",
            Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(list)),
        ),
        (
            "Dictionary",
            Arc::new(DictionaryArray::<Int32Type>::new(
                vec![0, 0].into(),
                Arc::new(BinaryArray::from(vec![&b"\xff"[..]])),
            )),
        ),
    ];
    for (kind, array) in hostile {
        for role in ["time", "name", "r"] {
            let columns = [
                ("time", times(&sound)),
                ("name", names(&sound)[0].1.clone()),
                ("r", values(&sound)),
            ];
            let columns = columns
                .into_iter()
                .map(|(title, own)| (title, if title == role { array.clone() } else { own }));
            let (_folder, path) = parquet(columns.collect(), 100);
            let text = refusal(&path);
            assert!(
                text.starts_with(&format!(
                    "long.parquet, column `{role}`: values of type {kind}"
                )),
                "{text}"
            );
        }
    }
}

#[test]
fn a_damaged_long_file_is_an_error_and_no_panic() {
    let sound = rows(&[(1, "A", Some(0.5)), (2, "A", None), (1, "B", Some(-0.5))]);
    let columns = vec![
        ("time", times(&sound)),
        ("name", names(&sound)[3].1.clone()),
        ("r", values(&sound)),
    ];
    let (_folder, path) = parquet(columns, 2);
    let bytes = std::fs::read(&path).unwrap();
    for position in 4..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 0x55;
        let (_folder, path) = file("flipped.parquet", &flipped);
        if let Err(refused) = read_returns(&path) {
            assert!(refused.to_string().contains("flipped.parquet"), "{refused}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_reading_of_any_rows_is_the_same(
        cells in prop::collection::vec((0usize..4, 1i64..4, prop::option::of(-0.5..0.5f64)), 1..40),
        group in 1usize..20,
        by_name in any::<bool>(),
    ) {
        // Days of a series go on from its last one, so that nothing is out of order.
        let mut next = [0; 4];
        let mut rows: Rows = cells
            .into_iter()
            .map(|(series, step, value)| {
                next[series] += step;
                (next[series], format!("s{series}"), value)
            })
            .collect();
        if by_name {
            rows.sort_by(|one, other| one.1.cmp(&other.1));
        }
        let expected = expected(&rows);
        let (_folder, path) = file("long.csv", csv(&rows));
        prop_assert_eq!(&plain(&read_returns(&path).unwrap()), &expected);
        for (_, names) in names(&rows) {
            let columns = vec![("time", times(&rows)), ("name", names), ("r", values(&rows))];
            let (_folder, path) = parquet(columns, group);
            prop_assert_eq!(&plain(&read_returns(&path).unwrap()), &expected);
        }
    }
}
