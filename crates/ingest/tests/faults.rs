//! A set check under faults, over real sockets.
//!
//! A seed makes a server with its own way of paging and its own faults: errors, waits, cut and garbled bodies, rows
//! sent twice, rows that nobody asked for. After each run the lake holds every row that belongs to an answered question
//! and no other; what is not there is listed as missing; and run after run it comes to hold all. Some runs are dropped
//! in the middle, as an interrupt does: what the lake held it still holds, and the next run goes on.

use std::{
    collections::BTreeSet, future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration,
};

use highwater_api::endpoint;
use highwater_ingest::{
    Balance, Client, ClientOptions, Clock as _, RetryPolicy, Silent, SimulatedClock, SnapshotPlan,
    snapshot,
};
use highwater_lake::Lake;
use highwater_market::{AsOf, Clock, Source, Timestamp};
use serde_json::json;
use server::{
    Asked, Reply, Server,
    market::{Market, days},
};

mod server;

/// A number made of a seed and a place: the same for the same request, whatever came between.
fn mixed(seed: u64, place: u64) -> u64 {
    let mut mixed = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(place.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 29)
}

/// The page of a request, in this seed's way of paging: every way lets a careful reader have all rows.
fn page(market: &Market, asked: &Asked, seed: u64) -> Vec<serde_json::Value> {
    let Some((rows, request)) = market.rows(asked) else {
        return Vec::new();
    };
    let number = request.page as usize - 1;
    let (skip, take) = match seed % 4 {
        // As the vendor says.
        0 => (number * 100, 100),
        // Smaller pages than asked for.
        1 => (number * 50, 50),
        // Pages that overlap.
        2 => (number * 93, 100),
        // `page` is ignored, and answers are cut.
        _ => (0, 50),
    };
    rows.into_iter().skip(skip).take(take).collect()
}

fn answer(market: &Market, asked: &Asked, seed: u64) -> Reply {
    let draw = mixed(seed, asked.number as u64);
    let mut rows = page(market, asked, seed);
    if asked.endpoint() == "daily-ohlcv" && rows.len() < 40 {
        if draw.is_multiple_of(5) && !rows.is_empty() {
            rows.push(rows[draw as usize % rows.len()].clone());
        }
        if draw.is_multiple_of(7) {
            rows.push(json!({"TOKEN_ID": 1, "DATE": "2025-03-05", "CLOSE": 1}));
        }
        if draw.is_multiple_of(11) {
            rows.push(json!({"TOKEN_ID": 3375, "DATE": "1999-03-05", "CLOSE": 1}));
        }
    }
    let good = Reply::rows(rows);
    // The list of tokens must come, or there is no run; faults begin behind it.
    let is_faulty = mixed(seed, 1_000_000 + asked.number as u64) % 100 < 30 + 10 * (seed % 3);
    if asked.endpoint() == "tokens" || !is_faulty {
        return good;
    }
    match draw % 12 {
        0 => Reply::failure(500, "oops"),
        1 => Reply::failure(503, "busy").with("retry-after", "3"),
        2 => Reply::failure(429, "too many"),
        3 => Reply::failure(429, "too many").with("retry-after", "61"),
        4 => Reply::text(502, "<html>Bad Gateway</html>"),
        5 => good.cut(draw as usize % 40),
        6 => Reply::text(200, "{\"success\":true,\"data\":[{\"TOKEN_ID\":3375,\"DA"),
        7 => Reply::text(200, "<html>maintenance</html>"),
        8 => Reply::failure(200, "internal"),
        9 => Reply::failure(400, "no"),
        10 => Reply::Raw(Vec::new()),
        _ => Reply::failure(429, "quota").with("retry-after", "100000"),
    }
}

type Bars = BTreeSet<(i64, i64, u64)>;

fn stored(lake: &Lake) -> Bars {
    let reader = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let table = endpoint("daily-ohlcv").unwrap().table;
    let rows = reader.rows(table, Some(&Source::vendor()), None).unwrap();
    rows.into_iter()
        .map(|row| {
            (
                row.scope.token().unwrap().0,
                row.event_time.days_since_epoch(),
                row.values[3].as_float().unwrap().to_bits(),
            )
        })
        .collect()
}

fn without_missing(all: &Bars, balance: &Balance) -> Bars {
    let is_missing = |token: i64, day: i64| {
        let at = Timestamp::from_seconds(86_400 * day);
        balance.missing.iter().any(|missing| {
            missing.tokens.iter().any(|one| one.0 == token)
                && missing.period.is_some_and(|period| period.contains(at))
        })
    };
    let mut rest = all.clone();
    rest.retain(|&(token, day, _)| !is_missing(token, day));
    rest
}

/// Run until the lake holds all; says how many runs were dropped on the way.
fn check(seed: u64) -> u64 {
    let mut market = Market::new("2025-03-01", "2025-05-20");
    market.holes = vec![20_160 + (seed % 40) as i64];
    let all: Bars = market
        .trading_days()
        .flat_map(|day| {
            let market = &market;
            let tokens = market.tokens.iter();
            tokens.map(move |&(id, ..)| (id, day, market.close(id, day).to_bits()))
        })
        .collect();
    let served = market.clone();
    let server = Server::start(move |asked| answer(&served, asked, seed));
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path().join("lake")).unwrap();
    let clock = Arc::new(SimulatedClock::at("2025-06-01T06:00:00Z".parse().unwrap()));
    let options = ClientOptions {
        base_url: server.url(),
        seed,
        retry: RetryPolicy {
            tries: 2 + (seed % 3) as u32,
            ..RetryPolicy::default()
        },
        ..ClientOptions::default()
    };
    let client = Arc::new(Client::new(options, clock.clone()).unwrap());
    let plan = SnapshotPlan {
        endpoints: vec![endpoint("daily-ohlcv").unwrap()],
        refresh_days: 0,
        in_flight: 1 + (seed % 4) as usize,
        give_up_after: 3,
        ..SnapshotPlan::new(days("2025-02-20", "2025-05-25"))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (mut runs, mut dropped) = (0, 0);
    let mut held_before = Bars::new();
    loop {
        runs += 1;
        assert!(runs < 60, "seed {seed}: no end of runs");
        let before = client.requests();
        let begun = clock.elapsed();
        // A run that is dropped is looked at so many times and no more.
        let mut patience = match mixed(seed, 2_000_000 + runs) % 3 {
            0 => mixed(seed, 3_000_000 + runs) % 120,
            _ => u64::MAX,
        };
        let ended = runtime.block_on(async {
            let mut run = pin!(snapshot(&client, &lake, &plan, &Silent));
            poll_fn(|context| match run.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending if patience == 0 => Poll::Ready(None),
                Poll::Pending => {
                    patience -= 1;
                    Poll::Pending
                }
            })
            .await
        });
        let held = stored(&lake);
        assert!(held.is_subset(&all), "seed {seed}: rows that nobody sent");
        assert!(held_before.is_subset(&held), "seed {seed}: rows are gone");
        held_before.clone_from(&held);
        let Some(outcome) = ended else {
            dropped += 1;
            continue;
        };
        let balance = outcome.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(balance.imbalance(), None, "seed {seed}");
        let promised = without_missing(&all, &balance);
        assert!(
            promised.is_subset(&held),
            "seed {seed}, run {runs}: lost {:?}",
            promised.difference(&held).take(5).collect::<Vec<_>>()
        );
        let questions = balance.questions.asked;
        let requests = client.requests() - before;
        assert!(
            clock.elapsed() - begun <= Duration::from_secs(300) * (questions as u32 + 1) * 4,
            "seed {seed}: {requests} requests for {questions} questions took too long"
        );
        if balance.complete() {
            assert_eq!(held, all, "seed {seed}");
            return dropped;
        }
        clock.advance(Duration::from_secs(7_200));
    }
}

#[test]
fn no_row_is_lost_and_none_invented_whatever_the_server_does() {
    let times = std::env::var("HIGHWATER_CASES").ok();
    let times: u64 = times.and_then(|times| times.parse().ok()).unwrap_or(1);
    let dropped: u64 = (0..12 * times).map(check).sum();
    assert!(dropped > 0, "no run was dropped");
}
