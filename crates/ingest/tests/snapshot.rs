//! Whole runs against a vendor whose every number is known, over real sockets: what must be in the lake is there,
//! nothing else is, and the balance says what is not.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use highwater_api::endpoint;
use highwater_ingest::{
    Balance, Client, ClientOptions, Event, IngestError, Progress, Selection, Silent,
    SimulatedClock, SnapshotPlan, snapshot,
};
use highwater_lake::Lake;
use highwater_market::{AsOf, Clock, Period, Scope, Source, Timestamp, TokenId, tables};
use serde_json::json;
use server::{
    Asked, Reply, Server,
    market::{Market, days},
};

mod server;

/// A lake in a folder of its own, and the time.
struct Bench {
    _folder: tempfile::TempDir,
    lake: Lake,
    now: Timestamp,
}

impl Bench {
    fn at(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path().join("lake")).unwrap();
        Self {
            _folder: folder,
            lake,
            now: now.parse().unwrap(),
        }
    }

    fn run(&self, server: &Server, plan: &SnapshotPlan) -> Result<Balance, IngestError> {
        self.run_watched(server, plan, &Silent)
    }

    fn run_watched(
        &self,
        server: &Server,
        plan: &SnapshotPlan,
        progress: &dyn Progress,
    ) -> Result<Balance, IngestError> {
        let options = ClientOptions {
            base_url: server.url(),
            ..ClientOptions::default()
        };
        let clock = Arc::new(SimulatedClock::at(self.now));
        let client = Arc::new(Client::new(options, clock).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let balance = runtime.block_on(snapshot(&client, &self.lake, plan, progress))?;
        assert_eq!(balance.imbalance(), None);
        Ok(balance)
    }

    /// Token, day and close of every current daily bar of a source.
    fn bars(&self, source: &Source) -> BTreeSet<(i64, i64, u64)> {
        let reader = self.lake.reader(AsOf::latest(Clock::Observed)).unwrap();
        let table = endpoint("daily-ohlcv").unwrap().table;
        let rows = reader.rows(table, Some(source), None).unwrap();
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
}

/// The bars that the lake must hold.
fn expected(market: &Market, tokens: &[i64], period: Period) -> BTreeSet<(i64, i64, u64)> {
    let mut bars = BTreeSet::new();
    for day in market.trading_days() {
        if period.contains(Timestamp::from_seconds(86_400 * day)) {
            bars.extend(
                tokens
                    .iter()
                    .map(|&token| (token, day, market.close(token, day).to_bits())),
            );
        }
    }
    bars
}

const ALL: [i64; 4] = [3306, 3375, 3377, 3988];

fn plan(names: &[&str], period: Period) -> SnapshotPlan {
    SnapshotPlan {
        endpoints: names.iter().map(|name| endpoint(name).unwrap()).collect(),
        ..SnapshotPlan::new(period)
    }
}

fn serve(market: &Market) -> Server {
    let market = market.clone();
    Server::start(move |asked| market.answer(asked))
}

/// How often each endpoint was asked.
fn count(server: &Server, name: &str) -> usize {
    let asked = server.asked();
    asked.iter().filter(|one| one.endpoint() == name).count()
}

#[test]
fn a_run_brings_everything_and_the_next_one_nothing_twice() {
    let market = Market::new("2025-01-01", "2025-05-31");
    let server = serve(&market);
    let mut bench = Bench::at("2025-06-01T06:00:00Z");
    let mut wanted = plan(
        &[
            "tokens",
            "daily-ohlcv",
            "trading-signals",
            "quantmetrics",
            "resistance-support",
            "moonshot-tokens",
        ],
        market.days,
    );
    let first = bench.run(&server, &wanted).unwrap();
    assert!(first.complete(), "{first:#?}");
    assert_eq!(first.source, Source::vendor());
    assert_eq!(first.tokens, 4);
    assert_eq!(first.tables["bars_1d"].new, 4 * 151);
    assert_eq!(first.tables["signals"].new, 4 * 151);
    assert_eq!(first.tables["quantmetrics"].received, 4);
    assert_eq!(first.tables["levels"].received, 8);
    assert_eq!(first.gaps, []);
    assert_eq!(first.rejected, []);
    assert_eq!(first.requests, server.asked().len() as u64);
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&market, &ALL, market.days)
    );

    // A moment later: all is known.
    let before = server.asked().len();
    let second = bench.run(&server, &wanted).unwrap();
    assert!(second.complete());
    assert_eq!(server.asked().len(), before + 1, "the list of tokens");
    assert_eq!(second.known_days, 2 * 4 * 151);

    // A day later: the last days are asked again, and nothing is new.
    bench.now = "2025-06-02T06:00:00Z".parse().unwrap();
    wanted.refresh_days = 10;
    let third = bench.run(&server, &wanted).unwrap();
    assert!(third.complete());
    let rows = third.tables["bars_1d"];
    assert_eq!((rows.new, rows.revised), (0, 0));
    assert_eq!(
        rows.received,
        4 * 8,
        "24 to 31 May, for 2 June minus ten days"
    );
    assert_eq!(rows.unchanged, rows.received);
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&market, &ALL, market.days)
    );

    // All of it, if that is wished.
    wanted.full = true;
    let fourth = bench.run(&server, &wanted).unwrap();
    assert_eq!(fourth.tables["bars_1d"].unchanged, 4 * 151);
    assert_eq!(fourth.known_days, 0);
}

#[test]
fn what_the_vendor_revises_is_revised() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let mut bench = Bench::at("2025-06-01T06:00:00Z");
    let wanted = plan(&["daily-ohlcv"], market.days);
    assert!(bench.run(&serve(&market), &wanted).unwrap().complete());
    let revised = Market {
        shift: 0.5,
        ..market
    };
    bench.now = "2025-06-03T06:00:00Z".parse().unwrap();
    let second = bench.run(&serve(&revised), &wanted).unwrap();
    assert_eq!(second.tables["bars_1d"].revised, 4 * 31);
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&revised, &ALL, revised.days)
    );
}

#[test]
fn a_bar_that_is_still_open_is_partial_and_asked_again() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let server = serve(&market);
    let mut bench = Bench::at("2025-05-31T12:00:00Z");
    let mut wanted = plan(&["daily-ohlcv"], market.days);
    wanted.refresh_days = 0;
    let first = bench.run(&server, &wanted).unwrap();
    assert!(first.complete());
    assert_eq!(first.tables["bars_1d"].partial, 4);
    assert_eq!(first.tables["bars_1d"].new, 4 * 30);
    bench.now = "2025-06-01T00:00:01Z".parse().unwrap();
    let second = bench.run(&server, &wanted).unwrap();
    assert_eq!(
        second.tables["bars_1d"].received, 4,
        "the one day that was open"
    );
    assert_eq!(second.tables["bars_1d"].new, 4);
}

#[test]
fn days_without_a_row_are_gaps_and_not_missing() {
    let mut market = Market::new("2025-03-01", "2025-05-31");
    let day = |text: &str| text.parse::<Timestamp>().unwrap().days_since_epoch();
    market.holes = vec![day("2025-04-10"), day("2025-04-11"), day("2025-05-01")];
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let mut wanted = plan(&["daily-ohlcv"], days("2025-02-01", "2025-05-31"));
    wanted.tokens = Selection::Symbols(vec!["eth".to_owned()]);
    let balance = bench.run(&serve(&market), &wanted).unwrap();
    assert!(balance.complete());
    let gaps: Vec<String> = balance
        .gaps
        .iter()
        .map(|gap| format!("{} {} {}", gap.endpoint, gap.token, gap.days))
        .collect();
    assert_eq!(
        gaps,
        [
            "daily-ohlcv 3306 2025-04-10..2025-04-11",
            "daily-ohlcv 3306 2025-05-01..2025-05-01"
        ],
        "February, before the first row, is no gap"
    );
}

#[test]
fn a_token_without_rows_was_asked_all_the_same() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let server = {
        let market = market.clone();
        Server::start(move |asked| {
            if asked.endpoint() == "tokens" {
                market.answer(asked)
            } else {
                Reply::rows(Vec::new())
            }
        })
    };
    let mut bench = Bench::at("2025-08-01T06:00:00Z");
    let wanted = plan(&["daily-ohlcv", "resistance-support"], market.days);
    let first = bench.run(&server, &wanted).unwrap();
    assert!(first.complete());
    assert_eq!(first.tables["bars_1d"].received, 0);
    bench.now = "2025-08-03T06:00:00Z".parse().unwrap();
    let before = count(&server, "daily-ohlcv");
    let second = bench.run(&server, &wanted).unwrap();
    assert_eq!(second.known_days, 4 * 31, "that there is nothing is known");
    assert_eq!(count(&server, "daily-ohlcv"), before);
}

/// The vendor with another way of paging; every way must bring all rows.
fn paging(change: impl Fn(&Market, &Asked) -> Reply + Send + Sync + 'static) -> Balance {
    let market = Market::new("2025-03-01", "2025-05-31");
    let served = market.clone();
    let server = Server::start(move |asked| change(&served, asked));
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let balance = bench
        .run(&server, &plan(&["daily-ohlcv"], market.days))
        .unwrap();
    assert!(balance.complete(), "{:#?}", balance.missing);
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&market, &ALL, market.days)
    );
    balance
}

#[test]
fn a_server_whose_pages_are_smaller_than_asked_loses_nothing() {
    paging(|market, asked| {
        let (rows, request) = market.rows(asked).unwrap();
        let page = rows.into_iter().skip((request.page as usize - 1) * 50);
        Reply::rows(page.take(50).collect())
    });
}

#[test]
fn a_server_that_ignores_page_and_cuts_its_answer_loses_nothing() {
    let balance = paging(|market, asked| {
        let (rows, _) = market.rows(asked).unwrap();
        Reply::rows(rows.into_iter().take(50).collect())
    });
    assert!(balance.questions.asked > 4, "questions were cut in two");
}

#[test]
fn pages_that_overlap_are_joined_without_a_duplicate() {
    let balance = paging(|market, asked| {
        let (rows, request) = market.rows(asked).unwrap();
        // Each page of 50 begins ten rows before the end of the one before it.
        let page = rows.into_iter().skip((request.page as usize - 1) * 40);
        Reply::rows(page.take(50).collect())
    });
    assert!(balance.rows().duplicates > 0);
    assert_eq!(balance.tables["bars_1d"].new, 4 * 92);
}

#[test]
fn a_row_that_is_sent_twice_is_stored_once() {
    let balance = paging(|market, asked| {
        let (mut rows, _) = market.rows(asked).unwrap();
        if asked.endpoint() == "daily-ohlcv" && asked.param("page") == "1" {
            rows.insert(1, rows[0].clone());
        }
        Reply::rows(rows)
    });
    assert!(balance.rows().duplicates > 0);
}

#[test]
fn rows_that_nobody_asked_for_are_counted_and_left_out() {
    let market = Market::new("2025-03-01", "2025-05-31");
    let served = market.clone();
    let server = Server::start(move |asked| match asked.endpoint() {
        "tokens" => served.answer(asked),
        _ => {
            // All tokens, all days, whatever the filters: three rows a page, and one without a time.
            let everything = Asked {
                params: vec![("limit".to_owned(), "100".to_owned())],
                ..asked.clone()
            };
            let (rows, _) = served.rows(&everything).unwrap();
            let mut page: Vec<_> = rows.into_iter().take(12).collect();
            page.push(json!({"TOKEN_ID": 3306, "CLOSE": 1.0}));
            page.push(json!({"DATE": "2025-05-31", "CLOSE": 1.0}));
            Reply::rows(page)
        }
    });
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let mut wanted = plan(&["daily-ohlcv"], days("2025-05-30", "2025-05-31"));
    wanted.tokens = Selection::Symbols(vec!["ETH".to_owned()]);
    let balance = bench.run(&server, &wanted).unwrap();
    let rows = balance.tables["bars_1d"];
    assert_eq!((rows.received, rows.new, rows.rejected), (14, 2, 12));
    let mut reasons: Vec<_> = balance
        .rejected
        .iter()
        .map(|rejected| (rejected.reason.as_str(), rejected.count))
        .collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            ("no time", 1),
            ("no token", 1),
            ("not asked for: another day", 1),
            ("not asked for: another token", 9)
        ]
    );
    assert_eq!(
        bench.bars(&Source::vendor()),
        expected(&market, &[3306], wanted.period)
    );
}

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
    // Three may be under way when an answer comes in between, five are one after the other, three under way behind.
    assert!(refused <= 11, "{refused} questions in vain");
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
