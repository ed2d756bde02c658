//! Who a run is about, under which name it is stored, and what an answer means.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use highwater_ingest::{IngestError, Selection, SnapshotPlan};
use highwater_market::{AsOf, Clock, Scope, Source, TokenId, tables};
use serde_json::json;

use crate::{
    bench::{ALL, Bench, count, expected, plan, serve},
    server::{Reply, Server, market::Market},
};

#[test]
fn no_more_requests_are_under_way_than_allowed() {
    let market = Market::new("2024-01-01", "2025-05-31");
    for in_flight in [1, 3] {
        let served = market.clone();
        // Long enough that requests meet, if they may.
        let server = Server::start(move |asked| {
            std::thread::sleep(Duration::from_millis(3));
            served.answer(asked)
        });
        let bench = Bench::at("2025-06-01T06:00:00Z");
        let wanted = SnapshotPlan {
            in_flight,
            ..plan(&["daily-ohlcv"], market.days)
        };
        assert!(bench.run(&server, &wanted).unwrap().complete());
        assert!(server.busiest() <= in_flight, "{}", server.busiest());
        assert!(in_flight == 1 || server.busiest() > 1);
    }
}

#[test]
fn a_simulation_is_stored_under_its_own_name() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let served = market.clone();
    let server =
        Server::start(move |asked| served.answer(asked).with("x-highwater-simulated", "7"));
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let wanted = plan(&["daily-ohlcv"], market.days);
    let balance = bench.run(&server, &wanted).unwrap();
    assert!(balance.complete());
    assert_eq!(balance.source, Source::simulated());
    assert_eq!(
        bench.bars(&Source::simulated()),
        expected(&market, &ALL, market.days)
    );
    assert!(bench.bars(&Source::vendor()).is_empty());

    // Another seed in the middle is another market.
    let served = market.clone();
    let changing = Server::start(move |asked| {
        let seed = if asked.number == 0 { "7" } else { "8" };
        served.answer(asked).with("x-highwater-simulated", seed)
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let balance = bench.run(&changing, &wanted).unwrap();
    let reason = balance.stopped.unwrap();
    assert!(
        reason.contains("a simulation with seed 8, and was a simulation with seed 7"),
        "{reason}"
    );
    assert!(bench.bars(&Source::simulated()).is_empty());
}

#[test]
fn a_symbol_that_names_two_tokens_is_asked_about() {
    let mut market = Market::new("2025-05-01", "2025-05-31");
    market.tokens.push((9001, "BTC", "Bridged Bitcoin"));
    let server = serve(&market);
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let named = |texts: &[&str]| SnapshotPlan {
        tokens: Selection::Symbols(texts.iter().map(|&text| text.to_owned()).collect()),
        ..plan(&["daily-ohlcv"], market.days)
    };
    let refused = bench.run(&server, &named(&["ETH", "BTC"])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`BTC` names 2 tokens: #3375 Bitcoin, #9001 Bridged Bitcoin"
    );
    assert_eq!(count(&server, "daily-ohlcv"), 0);
    let balance = bench.run(&server, &named(&["ETH", "#3375"])).unwrap();
    assert!(balance.complete());
    assert_eq!(balance.tokens, 2);
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&market, &[3306, 3375], market.days)
    );
}

#[test]
fn a_level_that_vanished_has_vanished() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let served = market.clone();
    let vanished = Arc::new(AtomicUsize::new(0));
    let state = Arc::clone(&vanished);
    let server = Server::start(move |asked| match asked.endpoint() {
        "resistance-support" if state.load(Ordering::SeqCst) == 1 => Reply::rows(vec![
            json!({"TOKEN_ID": 3306, "DATE": "2025-06-02", "HISTORICAL_RESISTANCE_SUPPORT_LEVELS": [
                {"date": "2024-01-01", "level": 3306}]}),
        ]),
        _ => served.answer(asked),
    });
    let mut bench = Bench::at("2025-06-01T06:00:00Z");
    let wanted = plan(&["resistance-support"], market.days);
    assert!(bench.run(&server, &wanted).unwrap().complete());
    let levels = |bench: &Bench, token: i64| {
        let reader = bench.lake.reader(AsOf::latest(Clock::Observed)).unwrap();
        let scope = Scope::Token(TokenId(token));
        let rows = reader.rows(&tables::LEVELS, Some(&Source::vendor()), Some(&scope));
        rows.unwrap().len()
    };
    assert_eq!((levels(&bench, 3306), levels(&bench, 3375)), (2, 2));
    vanished.store(1, Ordering::SeqCst);
    bench.now = "2025-06-02T06:00:00Z".parse().unwrap();
    assert!(bench.run(&server, &wanted).unwrap().complete());
    assert_eq!((levels(&bench, 3306), levels(&bench, 3375)), (1, 0));
}

#[test]
fn a_second_writer_is_told_before_anything_is_asked() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let server = serve(&market);
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let held = bench.lake.writer().unwrap();
    let refused = bench
        .run(&server, &plan(&["daily-ohlcv"], market.days))
        .unwrap_err();
    assert!(matches!(refused, IngestError::Lake(_)), "{refused}");
    assert!(server.asked().is_empty());
    drop(held);
}
