//! Answers for tests, small and exact in binary.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of this one"
)]

use highwater_lake::Lake;
use highwater_market::{
    Answer, AsOf, Clock, Row, Scope, Source, Table, Timeframe, Timestamp, Token, TokenId, Value,
    tables,
};

/// How much more than the small default to try: `HIGHWATER_CASES`.
pub fn cases() -> u32 {
    std::env::var("HIGHWATER_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
}

/// 00:00 of the `n`-th day, from 2024-01-01.
pub fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(1_704_067_200).plus_days(n)
}

/// `hours` after 00:00 of the `n`-th day.
pub fn at(n: i64, hours: i64) -> Timestamp {
    day(n).plus_micros(hours * 3_600_000_000)
}

pub fn source(name: &str) -> Source {
    name.parse().unwrap()
}

pub fn answer(
    table: &'static Table,
    source_name: &str,
    token: i64,
    observed_at: Timestamp,
    rows: Vec<Row>,
) -> Answer {
    Answer {
        table,
        source: source(source_name),
        scope: Scope::Token(TokenId(token)),
        asked: None,
        observed_at,
        whole: true,
        rows,
    }
}

pub fn row(event_time: Timestamp, values: Vec<Value>) -> Row {
    Row {
        event_time,
        values,
        extra: None,
    }
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A valid bar of the `n`-th day.
pub fn bar(n: i64, close: f64) -> Row {
    let values = [close, 2.0 * close, close / 2.0, close, 8.0];
    row(day(n), values.map(Value::Float).to_vec())
}

pub fn bars(source: &str, token: i64, observed_at: Timestamp, rows: Vec<Row>) -> Answer {
    answer(
        tables::bars(Timeframe::D1),
        source,
        token,
        observed_at,
        rows,
    )
}

pub fn level(n: i64, price: f64) -> Row {
    row(day(n), vec![Value::Time(day(n)), Value::Float(price)])
}

pub fn levels(source: &str, token: i64, observed_at: Timestamp, rows: Vec<Row>) -> Answer {
    answer(&tables::LEVELS, source, token, observed_at, rows)
}

pub fn signal(n: i64, event: i64, trend: i64) -> Row {
    let mut values = vec![Value::Int(event), Value::Int(trend)];
    values.resize(6, Value::Null);
    row(day(n), values)
}

pub fn signals(source: &str, token: i64, observed_at: Timestamp, rows: Vec<Row>) -> Answer {
    answer(&tables::SIGNALS, source, token, observed_at, rows)
}

pub fn listed(source: &str, token: i64, symbol: &str, observed_at: Timestamp) -> Answer {
    let values = vec![
        text(symbol),
        text(&format!("{symbol} coin")),
        Value::Null,
        Value::Null,
    ];
    answer(
        &tables::TOKENS,
        source,
        token,
        observed_at,
        vec![row(day(0), values)],
    )
}

pub fn new_lake() -> (tempfile::TempDir, Lake) {
    let dir = tempfile::tempdir().unwrap();
    let lake = Lake::create(dir.path().join("lake")).unwrap();
    (dir, lake)
}

pub fn token(source_name: &str, id: i64) -> Token {
    Token {
        source: source(source_name),
        id: TokenId(id),
        symbol: String::new(),
        name: String::new(),
    }
}

pub fn observed(moment: Timestamp) -> AsOf {
    AsOf {
        moment,
        clock: Clock::Observed,
    }
}

pub fn published(moment: Timestamp) -> AsOf {
    AsOf {
        moment,
        clock: Clock::Published,
    }
}

pub fn closes(lake: &Lake, as_of: AsOf) -> Vec<f64> {
    let reader = lake.reader(as_of).unwrap();
    let judged = reader.bars(&token("simulated", 1), Timeframe::D1, None);
    judged.unwrap().bars.close().to_vec()
}
