//! A lake behind the server: what was stored is what is answered, as of the moment.

use std::sync::Arc;

use highwater_api::{endpoint, envelope};
use highwater_lake::Lake;
use highwater_market::{
    Answer, Clock, Row, Scope, Source, Table, Timeframe, Timestamp, TokenId, Value, tables,
};
use highwater_serve::{LakeVendor, Now, ServeError, ServeOptions};

use crate::client::{Running, start};

const BTC: TokenId = TokenId(3375);
const ETH: TokenId = TokenId(3306);

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn row(event_time: Timestamp, values: Vec<Value>) -> Row {
    Row {
        event_time,
        values,
        extra: None,
    }
}

fn answer(table: &'static Table, token: TokenId, observed_at: &str, rows: Vec<Row>) -> Answer {
    Answer {
        table,
        source: Source::vendor(),
        scope: Scope::Token(token),
        asked: None,
        observed_at: time(observed_at),
        whole: true,
        rows,
    }
}

fn named(token: TokenId, symbol: &str, name: &str) -> Answer {
    let text = |text: &str| Value::Text(text.to_owned());
    let values = vec![text(symbol), text(name), Value::Null, Value::Null];
    let seen = "2025-04-12T01:00:00Z";
    answer(&tables::TOKENS, token, seen, vec![row(time(seen), values)])
}

fn bar(day: &str, close: f64) -> Row {
    row(
        time(day),
        [1.0, 64.0, 0.5, close, 9.0].map(Value::Float).to_vec(),
    )
}

fn levels(observed_at: &str, prices: &[f64]) -> Answer {
    let rows = prices
        .iter()
        .map(|&price| {
            let formed = Value::Time(time("2025-01-20"));
            row(time("2025-04-12"), vec![formed, Value::Float(price)])
        })
        .collect();
    answer(&tables::LEVELS, BTC, observed_at, rows)
}

struct Stored {
    _folder: tempfile::TempDir,
    lake: Lake,
}

fn stored() -> Stored {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path().join("lake")).unwrap();
    let daily = tables::bars(Timeframe::D1);
    let mut writer = lake.writer().unwrap();
    let early = "2025-04-12T01:00:00Z";
    let late = "2025-04-20T01:00:00Z";
    let answers = [
        named(BTC, "BTC", "Bitcoin"),
        named(ETH, "ETH", "Ethereum"),
        answer(
            daily,
            BTC,
            early,
            vec![bar("2025-04-10", 2.0), bar("2025-04-11", 3.0)],
        ),
        answer(daily, ETH, early, vec![bar("2025-04-11", 7.0)]),
        levels(early, &[10.0, 20.0]),
        // A later answer: one close is revised, a level has vanished.
        answer(
            daily,
            BTC,
            late,
            vec![bar("2025-04-10", 2.5), bar("2025-04-11", 3.0)],
        ),
        levels(late, &[20.0]),
    ];
    for answer in answers {
        writer.store(&[answer]).unwrap();
    }
    Stored {
        _folder: folder,
        lake,
    }
}

fn serve(stored: &Stored, now: Now) -> Running {
    let vendor = LakeVendor::new(stored.lake.clone(), None, Clock::Published).unwrap();
    let options = ServeOptions {
        now,
        ..ServeOptions::default()
    };
    start(Arc::new(vendor), options)
}

/// Rows as a client of the vendor reads them.
fn read(server: &Running, name: &str, parameters: &str) -> Vec<(Scope, Row)> {
    let reply = server.get(&format!("/v2/{name}?{parameters}"));
    assert_eq!(reply.status, 200, "{reply:?}");
    let decoded = endpoint(name)
        .unwrap()
        .decode(&envelope(&reply.body).unwrap(), None);
    assert!(decoded.rejected.is_empty(), "{:?}", decoded.rejected);
    decoded.rows
}

#[test]
fn what_was_stored_is_answered_newest_first() {
    let stored = stored();
    let server = serve(&stored, Now::at(time("2025-04-13")));
    let btc = Scope::Token(BTC);
    assert_eq!(
        read(&server, "daily-ohlcv", "symbol=BTC"),
        [
            (btc.clone(), bar("2025-04-11", 3.0)),
            (btc.clone(), bar("2025-04-10", 2.0)),
        ]
    );
    assert_eq!(
        read(
            &server,
            "daily-ohlcv",
            "startDate=2025-04-10&endDate=2025-04-10"
        ),
        [(btc, bar("2025-04-10", 2.0))]
    );
    assert_eq!(
        read(&server, "daily-ohlcv", "token_id=3306"),
        [(Scope::Token(ETH), bar("2025-04-11", 7.0))]
    );
    assert_eq!(read(&server, "tokens", "").len(), 2);
}

#[test]
fn the_answer_is_that_of_the_moment() {
    let stored = stored();
    let now = Now::at(time("2025-04-13"));
    let server = serve(&stored, now.clone());
    let closes = || -> Vec<Option<f64>> {
        read(&server, "daily-ohlcv", "token_id=3375")
            .iter()
            .map(|(_, row)| row.values[3].as_float())
            .collect()
    };
    let prices = || -> Vec<Option<f64>> {
        read(&server, "resistance-support", "token_id=3375")
            .iter()
            .map(|(_, row)| row.values[1].as_float())
            .collect()
    };
    assert_eq!(closes(), [Some(3.0), Some(2.0)]);
    assert_eq!(prices(), [Some(10.0), Some(20.0)]);
    now.set(time("2025-04-21"));
    assert_eq!(closes(), [Some(3.0), Some(2.5)], "revised");
    assert_eq!(prices(), [Some(20.0)], "a level that vanished has vanished");
    now.set(time("2025-04-12T01:00:00Z"));
    assert_eq!(closes(), [Some(3.0), Some(2.0)], "and back");
    now.set(time("2025-04-11"));
    assert!(
        prices().is_empty(),
        "levels were not seen before they were asked for"
    );
}

/// Under the clock `published` a history that was fetched later is answered, so its token must be listed too.
#[test]
fn whoever_has_a_history_is_listed() {
    let stored = stored();
    let server = serve(&stored, Now::at(time("2025-04-11T12:00:00Z")));
    let history = read(&server, "daily-ohlcv", "symbol=BTC");
    assert_eq!(history.len(), 1, "{history:?}");
    let listed = read(&server, "tokens", "symbol=BTC");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].0, history[0].0);
}

#[test]
fn a_lake_is_never_called_simulated_and_says_what_it_cannot_filter() {
    let stored = stored();
    let server = serve(&stored, Now::at(time("2025-04-21")));
    let reply = server.get("/v2/tokens?category=defi");
    assert_eq!(reply.status, 400);
    assert!(reply.message().contains("category"));
    assert_eq!(reply.header("x-highwater-simulated"), None);
    assert!(read(&server, "trading-signals", "token_id=3375").is_empty());
}

#[test]
fn one_source_is_served_and_it_is_named_where_there_are_several() {
    let stored = stored();
    let mut other = named(BTC, "BTC", "Bitcoin");
    other.source = Source::import();
    stored.lake.writer().unwrap().store(&[other]).unwrap();
    let error = LakeVendor::new(stored.lake.clone(), None, Clock::Published).unwrap_err();
    assert!(
        matches!(&error, ServeError::Source { found } if found.len() == 2),
        "{error}"
    );
    let unknown = Some("elsewhere".parse().unwrap());
    assert!(LakeVendor::new(stored.lake.clone(), unknown, Clock::Published).is_err());
    let named = LakeVendor::new(
        stored.lake.clone(),
        Some(Source::import()),
        Clock::Published,
    );
    assert_eq!(named.unwrap().source(), &Source::import());
}
