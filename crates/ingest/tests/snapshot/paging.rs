//! Every way of paging brings all rows, and each once.

use highwater_ingest::{Balance, Selection};
use highwater_market::Source;
use serde_json::json;

use crate::{
    bench::{ALL, Bench, expected, plan},
    server::{
        Asked, Reply, Server,
        market::{Market, days},
    },
};

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
