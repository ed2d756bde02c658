//! DuckDB through the SQL view, and Polars through a glob, see the same current rows as the lake itself.
//!
//! `HIGHWATER_PYTHON` names the interpreter (default `python3`); without its packages a test is skipped, unless
//! `HIGHWATER_REQUIRE=all`.
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod answers;

use std::process::Command;

use answers::{answer, at, bar, bars, day, level, levels, listed, row, signal, signals, text};
use highwater_lake::Lake;
use highwater_market::{AsOf, Clock, Kind, Scope, Table, Timeframe, Timestamp, Value, tables};

/// A lake with revisions, a vanished level, an empty answer, partial bars, two sources and two files of every table;
/// one of them merged, and its parts there still.
fn eventful_lake() -> (tempfile::TempDir, Lake) {
    let dir = tempfile::tempdir().unwrap();
    // A quote in the path must not end the SQL text.
    let lake = Lake::create(dir.path().join("the lake's")).unwrap();
    let mut writer = lake.writer().unwrap();
    let mut odd = bar(1, 4.0);
    odd.values[4] = Value::Null;
    odd.extra = Some(r#"{"note":"ünïcode, 'quoted'"}"#.to_owned());
    let mut moonshots = answer(
        &tables::MOONSHOTS,
        "simulated",
        0,
        at(3, 1),
        vec![row(day(3), {
            let mut values = vec![text("MOON"), text("Moon coin")];
            values.resize(tables::MOONSHOTS.columns.len(), Value::Null);
            values[7] = Value::Time(at(2, 5));
            values
        })],
    );
    moonshots.scope = Scope::Named("active".to_owned());
    writer
        .store(&[
            listed("simulated", 1, "BTC", at(3, 1)),
            listed("import", 1, "BTC", at(3, 1)),
            bars(
                "simulated",
                1,
                at(3, 1),
                vec![bar(0, 1.0), odd, bar(2, 2.0), bar(3, 2.0)],
            ),
            bars("import", 1, at(3, 1), vec![bar(0, 8.0)]),
            signals(
                "simulated",
                1,
                at(3, 1),
                vec![signal(0, 1, 1), signal(1, 0, 1)],
            ),
            levels("simulated", 1, at(3, 1), vec![level(0, 4.0), level(1, 8.0)]),
            levels("simulated", 2, at(3, 1), vec![level(1, 8.0)]),
            moonshots,
        ])
        .unwrap();
    let parts: Vec<_> = [tables::bars(Timeframe::D1), &tables::LEVELS]
        .iter()
        .flat_map(|table| std::fs::read_dir(lake.path().join(table.name)).unwrap())
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    writer
        .store(&[
            listed("simulated", 1, "XBT", at(4, 1)),
            bars(
                "simulated",
                1,
                at(4, 1),
                vec![bar(0, 1.5), bar(2, 2.0), bar(3, 2.5), bar(4, 3.0)],
            ),
            signals("simulated", 1, at(4, 1), vec![signal(1, -1, -1)]),
            levels("simulated", 1, at(4, 1), vec![level(1, 8.0)]),
            levels("simulated", 2, at(4, 1), vec![]),
        ])
        .unwrap();
    writer.compact(tables::bars(Timeframe::D1)).unwrap();
    writer.compact(&tables::LEVELS).unwrap();
    for (path, content) in parts {
        std::fs::write(path, content).unwrap();
    }
    drop(writer);
    (dir, lake)
}

const TABLES: [&str; 5] = ["tokens", "bars_1d", "signals", "levels", "moonshots"];

fn table(name: &str) -> &'static Table {
    tables::by_name(name).unwrap()
}

/// One row as the Python side prints it: fields between bars, times in microseconds, a null as nothing.
fn line(table: &Table, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("{}|{}", table.name, cells.join("|"))
}

fn micros(time: Timestamp) -> String {
    time.micros().to_string()
}

/// The current rows that the lake itself hands out.
fn own_lines(lake: &Lake) -> Vec<String> {
    let reader = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let mut lines = Vec::new();
    for table in TABLES.map(table) {
        for row in reader.rows(table, None, None).unwrap() {
            let values = row.values.iter().map(|value| match value {
                Value::Null => String::new(),
                Value::Float(number) => format!("{:016x}", number.to_bits()),
                Value::Int(number) => number.to_string(),
                Value::Text(text) => text.clone(),
                Value::Time(time) => micros(*time),
            });
            lines.push(line(
                table,
                [
                    row.source.to_string(),
                    row.scope.to_string(),
                    micros(row.event_time),
                    micros(row.observed_at),
                ]
                .into_iter()
                .chain(values)
                .chain([row.extra.unwrap_or_default()]),
            ));
        }
    }
    let coverage = reader.coverage(None, None, None).unwrap();
    lines.push(format!("coverage|{}", coverage.len()));
    lines.sort();
    lines
}

/// What the Python side is told of the tables: name, whether answers are whole, columns with their kind.
fn description() -> String {
    TABLES
        .map(table)
        .iter()
        .map(|table| {
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| {
                    let kind = match column.kind {
                        Kind::Float => "float",
                        Kind::Int => "int",
                        Kind::Text => "text",
                        Kind::Time => "time",
                    };
                    format!("{}:{kind}", column.name)
                })
                .collect();
            format!(
                "{} {} {}\n",
                table.name,
                table.period().is_none(),
                columns.join(",")
            )
        })
        .collect()
}

const PRINT: &str = r#"
import struct, sys, datetime
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
def micros(t):
    if t.tzinfo is None:
        t = t.replace(tzinfo=datetime.timezone.utc)
    return str((t - epoch) // datetime.timedelta(microseconds=1))
def cell(value, kind):
    if value is None: return ""
    if kind == "float": return struct.pack(">d", value).hex()
    if kind == "time": return micros(value)
    return str(value)
tables = []
for text in open(sys.argv[1]):
    name, whole, columns = text.split()
    tables.append((name, whole == "true", [c.split(":") for c in columns.split(",")]))
def names(columns):
    return ["source", "scope", "event_time", "observed_at"] + [c for c, _ in columns] + ["extra"]
def kinds(columns):
    return ["text", "text", "time", "time"] + [k for _, k in columns] + ["text"]
lines = []
def add(name, columns, rows):
    for row in rows:
        lines.append("|".join([name] + [cell(v, k) for v, k in zip(row, kinds(columns))]))
def done():
    sys.stdout.buffer.write("\n".join(sorted(lines)).encode())
"#;

const DUCKDB: &str = r#"
import duckdb
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
db.execute(open(sys.argv[2]).read())
def fetch(name, columns):
    selected = ", ".join(
        f"epoch_us({c})" if k == "time" else c for c, k in zip(names(columns), kinds(columns)))
    rows = db.execute(f"SELECT {selected} FROM {name}").fetchall()
    for row in rows:
        lines.append("|".join([name] + [
            cell(v, "int" if k == "time" else k) for v, k in zip(row, kinds(columns))]))
for name, whole, columns in tables:
    fetch(name, columns)
lines.append("coverage|%d" % db.execute("SELECT count(*) FROM coverage").fetchone()[0])
kind = db.execute("SELECT typeof(observed_at) FROM bars_1d LIMIT 1").fetchone()[0]
assert kind == "TIMESTAMP WITH TIME ZONE", kind
done()
"#;

const POLARS: &str = r#"
import polars as pl
from pathlib import Path
subject = ["source", "token_id", "scope"]
for name, whole, columns in tables:
    frame = pl.scan_parquet(str(Path(sys.argv[3]) / name / "*.parquet"))
    assert frame.collect_schema()["observed_at"] == pl.Datetime("us", "UTC")
    if whole:
        frame = frame.unique(subject + ["observed_at", "sequence", "item"])
        newest = frame.select(subject + ["observed_at", "sequence"]).unique().sort(["observed_at", "sequence"])
        newest = newest.group_by(subject).last()
        frame = frame.join(newest, on=subject + ["observed_at", "sequence"], nulls_equal=True)
        frame = frame.filter(pl.col("items") > 0)
    else:
        frame = frame.filter(~pl.col("partial")).sort(["observed_at", "sequence"])
        frame = frame.group_by(subject + ["event_time"]).last()
    add(name, columns, frame.select(names(columns)).collect().rows())
frame = pl.scan_parquet(str(Path(sys.argv[3]) / "coverage" / "*.parquet")).unique()
lines.append("coverage|%d" % frame.collect().height)
done()
"#;

/// Run a script, or say why not. What it prints are the current rows as its engine sees them.
fn python(package: &str, script: &str, lake: &Lake) -> Option<String> {
    let interpreter = std::env::var("HIGHWATER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let can_import = Command::new(&interpreter)
        .args(["-c", &format!("import {package}")])
        .output()
        .is_ok_and(|output| output.status.success());
    if !can_import {
        let why = format!("{interpreter} cannot import {package}; HIGHWATER_PYTHON names another");
        assert_ne!(
            std::env::var("HIGHWATER_REQUIRE").as_deref(),
            Ok("all"),
            "{why}"
        );
        println!("SKIPPED: {package} reads the lake ({why})");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let output = Command::new(&interpreter)
        .arg(put("read.py", &format!("{PRINT}{script}")))
        .arg(put("tables.txt", &description()))
        .arg(put("views.sql", &lake.sql_view().unwrap()))
        .arg(lake.path())
        .env("PYTHONUTF8", "1")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn duckdb_sees_the_current_rows_through_the_view() {
    let (_dir, lake) = eventful_lake();
    if let Some(seen) = python("duckdb", DUCKDB, &lake) {
        let seen: Vec<&str> = seen.lines().collect();
        assert_eq!(seen, own_lines(&lake));
    }
}

#[test]
fn polars_sees_the_current_rows_through_a_glob() {
    let (_dir, lake) = eventful_lake();
    if let Some(seen) = python("polars", POLARS, &lake) {
        let seen: Vec<&str> = seen.lines().collect();
        assert_eq!(seen, own_lines(&lake));
    }
}

#[test]
fn the_view_covers_what_is_there_and_nothing_else() {
    let (_dir, lake) = eventful_lake();
    let sql = lake.sql_view().unwrap();
    for name in TABLES.into_iter().chain(["coverage"]) {
        assert!(
            sql.contains(&format!("CREATE OR REPLACE VIEW {name} AS")),
            "{name}"
        );
    }
    assert!(
        !sql.contains("grades"),
        "a glob without files is an error in DuckDB"
    );
    assert!(sql.contains("the lake''s/bars_1d/*.parquet"), "{sql}");
}
