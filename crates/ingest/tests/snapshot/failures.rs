//! Questions that fail, and what becomes of the others.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use highwater_ingest::{Event, Progress, SnapshotPlan};
use highwater_market::{Source, Timestamp, TokenId};

use crate::{
    bench::{ALL, Bench, count, expected, plan, serve},
    server::{
        Asked, Reply, Server,
        market::{Market, days},
    },
};

#[test]
fn a_question_that_fails_is_missing_and_the_others_are_not() {
    let market = Market::new("2025-03-01", "2025-05-31");
    let served = market.clone();
    let server = Server::start(move |asked| {
        if asked.param("token_id").contains("3988") && asked.endpoint() == "daily-ohlcv" {
            Reply::failure(200, "Data not found")
        } else {
            served.answer(asked)
        }
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let wanted = SnapshotPlan {
        give_up_after: 100,
        ..plan(&["daily-ohlcv", "quantmetrics"], market.days)
    };
    let balance = bench.run(&server, &wanted).unwrap();
    assert!(!balance.complete());
    assert!(balance.stopped.is_none());
    assert!(balance.missing.iter().all(|missing| {
        missing.tokens.contains(&TokenId(3988))
            && missing.reason
                == "daily-ohlcv: the vendor answers that the call failed: Data not found"
    }));
    assert_eq!(balance.tables["quantmetrics"].received, 4);
    let missing: BTreeSet<(i64, i64)> = balance
        .missing
        .iter()
        .flat_map(|missing| {
            let period = missing.period.unwrap();
            let days = period.from().days_since_epoch()..=period.until().days_since_epoch();
            let tokens = missing.tokens.clone();
            days.flat_map(move |day| {
                let tokens = tokens.clone();
                tokens.into_iter().map(move |token| (token.0, day))
            })
        })
        .collect();
    let mut wanted = expected(&market, &ALL, market.days);
    wanted.retain(|&(token, day, _)| !missing.contains(&(token, day)));
    assert_eq!(
        bench.bars(&Source::vendor()),
        wanted,
        "everything but what is listed as missing"
    );
}

#[test]
fn an_endpoint_that_is_not_offered_does_not_stop_the_others() {
    let market = Market::new("2025-01-01", "2025-05-31");
    let served = market.clone();
    let server = Server::start(move |asked| match asked.endpoint() {
        "trading-signals" => Reply::failure(404, "not found"),
        "quantmetrics" => Reply::failure(403, "upgrade"),
        // Only the older name is served.
        "moonshot-tokens" => Reply::failure(404, "not found"),
        "moonshots" => served.answer(&Asked {
            path: "/v2/moonshot-tokens".to_owned(),
            ..asked.clone()
        }),
        _ => served.answer(asked),
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let names = [
        "trading-signals",
        "quantmetrics",
        "daily-ohlcv",
        "moonshot-tokens",
    ];
    let balance = bench.run(&server, &plan(&names, market.days)).unwrap();
    assert!(!balance.complete(), "what was asked for is not there");
    assert!(balance.stopped.is_none());
    assert!(
        balance
            .missing
            .iter()
            .all(|missing| ["trading-signals", "quantmetrics"].contains(&missing.endpoint))
    );
    assert_eq!(count(&server, "quantmetrics"), 1, "403 is certain");
    assert!(
        count(&server, "trading-signals") < balance.missing.len(),
        "and the rest was not asked in vain"
    );
    assert_eq!(balance.tables["moonshots"].received, 2);
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&market, &ALL, market.days)
    );
}

#[test]
fn days_before_the_plan_of_the_key_do_not_keep_the_later_ones_out() {
    let market = Market::new("2023-01-01", "2025-05-31");
    let served = market.clone();
    let server = Server::start(move |asked| {
        if asked.endpoint() == "daily-ohlcv" && asked.param("startDate") < "2025-01-01" {
            Reply::failure(400, "your plan begins in 2025")
        } else {
            served.answer(asked)
        }
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let wanted = plan(&["daily-ohlcv", "quantmetrics"], market.days);
    let balance = bench.run(&server, &wanted).unwrap();
    assert!(!balance.complete());
    assert!(balance.stopped.is_none(), "the server is there");
    assert_eq!(balance.tables["quantmetrics"].received, 4);
    let held = bench.bars(&Source::vendor());
    let late = expected(&market, &ALL, days("2025-01-14", "2025-05-31"));
    assert!(late.is_subset(&held));
    let refused = server
        .asked()
        .iter()
        .filter(|asked| {
            asked.endpoint() == "daily-ohlcv" && asked.param("startDate") < "2025-01-01"
        })
        .count();
    // Of the four under way three may be answered late, each after at most four refusals, which then count anew; then
    // five are refused one after the other, and three are under way behind.
    assert!(refused <= 3 * 4 + 5 + 3, "{refused} questions in vain");
    assert!(balance.missing.len() > 30);
}

#[test]
fn failures_between_answers_do_not_end_the_run() {
    let market = Market::new("2023-01-01", "2025-05-31");
    for status in [503, 400] {
        let served = market.clone();
        // Every other window fails, which is two questions; three in a row would be the end.
        let server = Server::start(move |asked| {
            let start = asked.param("startDate").parse::<Timestamp>();
            match start {
                Ok(start) if start.days_since_epoch() / 30 % 2 == 0 => {
                    Reply::failure(status, "not now")
                }
                _ => served.answer(asked),
            }
        });
        let bench = Bench::at("2025-06-01T06:00:00Z");
        let wanted = SnapshotPlan {
            in_flight: 1,
            give_up_after: 3,
            ..plan(&["daily-ohlcv"], market.days)
        };
        let balance = bench.run(&server, &wanted).unwrap();
        assert!(balance.stopped.is_none(), "{:?}", balance.stopped);
        assert!(
            balance
                .missing
                .iter()
                .all(|missing| !missing.reason.starts_with("not asked")),
            "all was asked"
        );
        assert!(balance.questions.missing > 20 && balance.questions.answered > 20);
    }
}

#[test]
fn what_one_question_finds_out_the_next_ones_use() {
    let market = Market::new("2025-01-01", "2025-05-31");
    let served = market.clone();
    let server = Server::start(move |asked| match asked.endpoint() {
        "trading-signals" => Reply::failure(403, "upgrade"),
        "moonshot-tokens" => Reply::failure(404, "not found"),
        "moonshots" => served.answer(&Asked {
            path: "/v2/moonshot-tokens".to_owned(),
            ..asked.clone()
        }),
        _ => served.answer(asked),
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let wanted = SnapshotPlan {
        in_flight: 1,
        ..plan(&["trading-signals", "moonshot-tokens"], market.days)
    };
    let balance = bench.run(&server, &wanted).unwrap();
    assert_eq!(
        count(&server, "trading-signals"),
        1,
        "403 to the first says it all"
    );
    assert!(balance.missing.len() > 5);
    assert_eq!(
        count(&server, "moonshot-tokens"),
        1,
        "and the other path is remembered"
    );
    assert_eq!(count(&server, "moonshots"), 2);
    assert_eq!(balance.tables["moonshots"].received, 2);
}

/// Counts the writes.
#[derive(Default)]
struct Writes(Mutex<Vec<u64>>);

impl Progress for Writes {
    fn event(&self, event: Event<'_>) {
        if let Event::Stored { rows } = event {
            self.0.lock().unwrap().push(rows);
        }
    }
}

#[test]
fn answers_are_stored_in_groups_as_they_come() {
    let mut market = Market::new("2024-01-01", "2025-05-31");
    market.tokens = (1..=40).map(|id| (id, "X", "x")).collect();
    let server = serve(&market);
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let writes = Writes::default();
    let balance = bench
        .run_watched(&server, &plan(&["daily-ohlcv"], market.days), &writes)
        .unwrap();
    let writes = writes.0.into_inner().unwrap();
    assert_eq!(balance.tables["bars_1d"].new, 40 * 517);
    assert!(writes.len() > 4, "{writes:?}");
    assert!(writes.iter().all(|&rows| rows < 5_000), "{writes:?}");
}

#[test]
fn a_key_that_is_refused_in_the_middle_ends_the_run() {
    let market = Market::new("2023-01-01", "2025-05-31");
    let served = market.clone();
    let server = Server::start(move |asked| {
        if asked.number < 20 {
            served.answer(asked)
        } else {
            Reply::failure(401, "expired")
        }
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let balance = bench
        .run(&server, &plan(&["daily-ohlcv"], market.days))
        .unwrap();
    let reason = balance.stopped.clone().unwrap();
    assert!(
        reason.contains("the API key was refused: expired"),
        "{reason}"
    );
    assert!(reason.contains("HIGHWATER_API_KEY"), "{reason}");
    assert!(server.asked().len() < 20 + 8);
    assert!(!balance.missing.is_empty() && balance.questions.answered > 10);
}

#[test]
fn a_run_that_was_cut_off_goes_on_where_it_stopped() {
    let market = Market::new("2023-01-01", "2025-05-31");
    let served = market.clone();
    let down_after = Arc::new(AtomicUsize::new(25));
    let limit = Arc::clone(&down_after);
    let server = Server::start(move |asked| {
        if asked.number < limit.load(Ordering::SeqCst) {
            served.answer(asked)
        } else {
            Reply::failure(503, "down")
        }
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let wanted = plan(&["daily-ohlcv"], market.days);
    let first = bench.run(&server, &wanted).unwrap();
    let reason = first.stopped.clone().unwrap();
    assert!(reason.starts_with("5 questions in a row"), "{reason}");
    let stored = first.tables["bars_1d"].new;
    assert!(stored > 0 && first.questions.missing > 0);

    down_after.store(usize::MAX, Ordering::SeqCst);
    let second = bench.run(&server, &wanted).unwrap();
    assert!(second.complete());
    assert_eq!(
        second.known_days, stored,
        "what came the first time is not asked again"
    );
    assert_eq!(second.tables["bars_1d"].new, 4 * 882 - stored);
    assert_eq!(second.tables["bars_1d"].unchanged, 0);
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&market, &ALL, market.days)
    );
}
