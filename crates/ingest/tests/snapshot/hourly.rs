//! Hourly signals: dated rows of an endpoint that takes no dates.

use std::collections::BTreeSet;

use highwater_api::{Request, endpoint};
use highwater_ingest::{GapPlace, Selection, SnapshotPlan};
use highwater_market::{AsOf, Clock, Source, Timestamp};
use serde_json::{Value as Json, json};

use crate::{
    bench::{Bench, count, plan},
    server::{
        Asked, Reply, Server,
        market::{Market, days},
    },
};

const NAME: &str = "hourly-trading-signals";
const HOUR: i64 = 3_600_000_000;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Every hour of a token from a moment on that is over at another, newest first.
fn signals(token: &str, from: Timestamp, now: Timestamp) -> Vec<Json> {
    let hours = (now - from) / HOUR;
    let row = |hour: i64| {
        json!({"TIMESTAMP": from.plus_micros(hour * HOUR).to_string(), "TOKEN_ID": token,
               "CLOSE": 100 + hour, "SIGNAL": (hour % 3 - 1).to_string(), "POSITION": "1"})
    };
    (0..hours).rev().map(row).collect()
}

/// A vendor of hourly signals, whose rows may be changed before they are cut into pages.
fn vendor(
    from: &'static str,
    now: &'static str,
    change: impl Fn(&Asked, Vec<Json>) -> Vec<Json> + Send + Sync + 'static,
) -> Server {
    let market = Market::new("2025-01-01", "2025-06-30");
    Server::start(move |asked| {
        if asked.endpoint() != NAME {
            return market.answer(asked);
        }
        let request = Request::parse(endpoint(NAME).unwrap(), asked.pairs()).unwrap();
        let rows = signals(asked.param("token_id"), at(from), at(now));
        let page = change(asked, rows).into_iter().skip(request.offset());
        Reply::rows(page.take(request.limit as usize).collect())
    })
}

fn wanted(from: &str, until: &str) -> SnapshotPlan {
    SnapshotPlan {
        tokens: Selection::Symbols(vec!["BTC".to_owned(), "ETH".to_owned()]),
        ..plan(&[NAME], days(from, until))
    }
}

/// Token, hours since 1970 and signal of every row that the lake holds.
fn held(bench: &Bench) -> BTreeSet<(i64, i64, i64)> {
    let reader = bench.lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let table = endpoint(NAME).unwrap().table;
    let rows = reader.rows(table, Some(&Source::vendor()), None).unwrap();
    rows.into_iter()
        .map(|row| {
            (
                row.scope.token().unwrap().0,
                row.event_time.micros() / HOUR,
                row.values[1].as_int().unwrap(),
            )
        })
        .collect()
}

/// The newest hours of both tokens that the vendor has.
fn served(from: &str, now: &str, newest: usize) -> BTreeSet<(i64, i64, i64)> {
    let hours = (at(now) - at(from)) / HOUR;
    let first = at(from).micros() / HOUR;
    (0..hours)
        .rev()
        .take(newest)
        .flat_map(|hour| [3306, 3375].map(|token| (token, first + hour, hour % 3 - 1)))
        .collect()
}

#[test]
fn pages_are_asked_until_the_days_wanted_are_whole() {
    let (from, now) = ("2025-04-01", "2025-06-01T06:30:00Z");
    // 54 hours of the days wanted; the page that reaches behind them; what it holds of earlier days is kept.
    for (first, pages, rows) in [
        ("2025-05-30", 1, 100),
        ("2025-05-28", 2, 200),
        ("2025-05-24", 2, 200),
        ("2025-05-23", 3, 300),
    ] {
        let server = vendor(from, now, |_, rows| rows);
        let bench = Bench::at(now);
        let balance = bench.run(&server, &wanted(first, "2025-06-01")).unwrap();
        assert!(balance.complete(), "{first}: {:#?}", balance.missing);
        assert_eq!(
            (&balance.rejected[..], &balance.gaps[..]),
            (&[][..], &[][..])
        );
        assert_eq!(count(&server, NAME), 2 * pages, "{first}");
        assert_eq!(balance.tables["hourly_signals"].new, 2 * rows, "{first}");
        assert_eq!(held(&bench), served(from, now, rows as usize), "{first}");
        for asked in server.asked().iter().filter(|one| one.endpoint() == NAME) {
            assert!(["3306", "3375"].contains(&asked.param("token_id")));
            assert_eq!(asked.param("limit"), "100");
            let dates = [asked.param("startDate"), asked.param("endDate")];
            assert_eq!(dates, ["", ""], "it takes none");
        }
    }
}

#[test]
fn what_is_settled_is_not_asked_again_and_what_may_be_revised_is() {
    let (from, now) = ("2025-04-01", "2025-06-01T06:30:00Z");
    let mut bench = Bench::at(now);
    let mut plan = wanted("2025-05-01", "2025-06-03");
    plan.refresh_days = 2;
    let server = vendor(from, now, |_, rows| rows);
    bench.run(&server, &plan).unwrap();
    assert_eq!(
        count(&server, NAME),
        2 * 8,
        "750 hours, and a page that is behind them"
    );
    bench.run(&server, &plan).unwrap();
    assert_eq!(count(&server, NAME), 2 * 8, "asked a moment ago");

    let later = "2025-06-03T06:30:00Z";
    bench.now = at(later);
    let server = vendor(from, later, |_, rows| rows);
    let balance = bench.run(&server, &plan).unwrap();
    assert!(balance.complete());
    assert_eq!(balance.known_days, 2 * 31, "all of May");
    assert_eq!(count(&server, NAME), 2, "54 hours since");
    let rows = balance.tables["hourly_signals"];
    assert_eq!(
        (rows.received, rows.new, rows.unchanged),
        (200, 2 * 48, 104)
    );
    assert_eq!(held(&bench), served(from, later, 848));
}

#[test]
fn days_before_all_that_the_vendor_has_are_named() {
    let (from, now) = ("2025-05-22", "2025-06-01T06:30:00Z");
    let server = vendor(from, now, |_, rows| rows);
    let mut bench = Bench::at(now);
    let mut plan = wanted("2025-05-01", "2025-06-01");
    plan.refresh_days = 0;
    let balance = bench.run(&server, &plan).unwrap();
    assert!(balance.complete());
    assert_eq!(count(&server, NAME), 2 * 3, "246 hours: to the end");
    assert_eq!(held(&bench), served(from, now, 246));
    let gaps: Vec<_> = balance
        .gaps
        .iter()
        .map(|gap| (gap.token.0, gap.place, gap.days))
        .collect();
    let before = days("2025-05-01", "2025-05-21");
    assert_eq!(
        gaps,
        [3306, 3375].map(|token| (token, GapPlace::Before, before))
    );
    // Asked once more on another day, and then believed; the day that was open is over by then, and settled too.
    for (now, first) in [
        ("2025-06-02T06:30:00Z", 0),
        ("2025-06-03T06:30:00Z", 2 * 32),
    ] {
        bench.now = at(now);
        assert_eq!(
            bench.run(&server, &plan).unwrap().known_days,
            first,
            "{now}"
        );
    }
}

#[test]
fn rows_in_another_order_are_asked_to_their_end() {
    let (from, now) = ("2025-05-22", "2025-06-01T06:30:00Z");
    let server = vendor(from, now, |_, mut rows| {
        rows.reverse();
        rows
    });
    let bench = Bench::at(now);
    let balance = bench
        .run(&server, &wanted("2025-05-31", "2025-06-01"))
        .unwrap();
    assert!(balance.complete());
    assert_eq!(count(&server, NAME), 2 * 3);
    assert_eq!(held(&bench), served(from, now, 246));
}

#[test]
fn a_row_that_comes_in_between_two_pages_loses_nothing() {
    let (from, now) = ("2025-05-22", "2025-06-01T06:30:00Z");
    let server = vendor(from, now, |asked, mut rows| {
        if asked.param("page") == "1" {
            rows.remove(0);
        }
        rows
    });
    let bench = Bench::at(now);
    let balance = bench
        .run(&server, &wanted("2025-05-26", "2025-06-01"))
        .unwrap();
    assert!(balance.complete());
    assert_eq!(balance.tables["hourly_signals"].duplicates, 2);
    let mut expected = served(from, now, 200);
    let newest = served(from, now, 1);
    expected.retain(|row| !newest.contains(row));
    assert_eq!(held(&bench), expected);
}

#[test]
fn a_server_that_ignores_page_is_not_believed_and_the_rest_is_asked() {
    let (from, now) = ("2025-05-22", "2025-06-01T06:30:00Z");
    let market = Market::new("2025-05-01", "2025-05-31");
    let served_market = market.clone();
    let server = Server::start(move |asked| {
        if asked.endpoint() != NAME {
            return served_market.answer(asked);
        }
        let rows = signals(asked.param("token_id"), at(from), at(now));
        Reply::rows(rows.into_iter().take(100).collect())
    });
    let bench = Bench::at(now);
    let mut plan = plan(&[NAME, "quantmetrics"], days("2025-05-01", "2025-06-01"));
    plan.give_up_after = 2;
    let balance = bench.run(&server, &plan).unwrap();
    assert!(!balance.complete());
    assert_eq!(balance.stopped, None, "the server answers");
    assert_eq!(balance.missing.len(), 4, "one for each token");
    assert!(
        balance
            .missing
            .iter()
            .all(|missing| missing.endpoint == NAME)
    );
    assert_eq!(balance.tables["quantmetrics"].new, 4);
    assert_eq!(held(&bench), BTreeSet::new());

    // Where one page reaches behind the days wanted, no second one is needed.
    let bench = Bench::at(now);
    let short = wanted("2025-05-30", "2025-06-01");
    assert!(bench.run(&server, &short).unwrap().complete());
    assert_eq!(held(&bench), served(from, now, 100));
}

#[test]
fn an_answer_with_a_row_of_unknown_time_covers_nothing() {
    let (from, now) = ("2025-05-22", "2025-06-01T06:30:00Z");
    let server = vendor(from, now, |_, mut rows| {
        rows[3]["TIMESTAMP"] = json!("soon");
        rows
    });
    let bench = Bench::at(now);
    let plan = wanted("2025-05-31", "2025-06-01");
    let balance = bench.run(&server, &plan).unwrap();
    assert!(!balance.complete());
    assert_eq!(balance.missing.len(), 2);
    assert_eq!(balance.rejected[0].count, 2);
    assert_eq!(held(&bench).len(), 2 * 245, "what can be told is kept");
    let before = count(&server, NAME);
    bench.run(&server, &plan).unwrap();
    assert_eq!(count(&server, NAME), 2 * before, "and asked again at once");
}
