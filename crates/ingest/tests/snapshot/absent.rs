//! What does not come: days without a row, rows without a place, files that were taken out.

use highwater_ingest::{Balance, Gap, Selection};
use highwater_market::{AsOf, Clock, Source, Timestamp, tables};
use serde_json::{Value as Json, json};

use crate::{
    bench::{Bench, count, plan, serve},
    server::{
        Reply, Server,
        market::{Market, days},
    },
};

/// Gaps as lines.
fn gaps(balance: &Balance) -> Vec<String> {
    let line = |gap: &Gap| format!("{:?} {} {}", gap.place, gap.token, gap.days);
    balance.gaps.iter().map(line).collect()
}

#[test]
fn days_without_a_row_are_gaps_and_not_missing() {
    let mut market = Market::new("2025-03-01", "2025-05-20");
    let day = |text: &str| text.parse::<Timestamp>().unwrap().days_since_epoch();
    market.holes = vec![day("2025-04-10"), day("2025-04-11"), day("2025-05-01")];
    let bench = Bench::at("2025-06-01T06:00:00Z");
    let mut wanted = plan(&["daily-ohlcv"], days("2025-02-01", "2025-06-01"));
    wanted.tokens = Selection::Symbols(vec!["eth".to_owned()]);
    let balance = bench.run(&serve(&market), &wanted).unwrap();
    assert!(balance.complete());
    assert_eq!(
        gaps(&balance),
        [
            "Inside 3306 2025-04-10..2025-04-11",
            "Inside 3306 2025-05-01..2025-05-01",
            "After 3306 2025-05-21..2025-05-31",
            "Before 3306 2025-02-01..2025-02-28",
        ],
        "1 June is not over"
    );
}

#[test]
fn an_answer_without_rows_is_told_and_asked_on_another_day_before_it_is_believed() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let served = market.clone();
    let broken = Server::start(move |asked| match asked.endpoint() {
        "tokens" => served.answer(asked),
        _ => Reply::rows(Vec::new()),
    });
    let wanted = plan(&["daily-ohlcv", "resistance-support"], market.days);
    let mut bench = Bench::at("2025-08-01T06:00:00Z");
    let first = bench.run(&broken, &wanted).unwrap();
    assert!(first.complete(), "the source answered");
    assert_eq!(first.tables["bars_1d"].received, 0);
    assert_eq!(gaps(&first)[0], "Everywhere 3306 2025-05-01..2025-05-31");
    assert_eq!(first.gaps.len(), 4);

    // The source mended: two days later everything comes, though it was answered and is older than the refresh.
    let mut mended = Bench::at("2025-08-01T06:00:00Z");
    mended.run(&broken, &wanted).unwrap();
    mended.now = "2025-08-03T06:00:00Z".parse().unwrap();
    let second = mended.run(&serve(&market), &wanted).unwrap();
    assert_eq!(second.tables["bars_1d"].new, 4 * 31);
    assert_eq!(second.gaps, []);

    // It did not: that there is nothing is believed then.
    bench.now = "2025-08-03T06:00:00Z".parse().unwrap();
    let second = bench.run(&broken, &wanted).unwrap();
    assert_eq!(second.known_days, 0);
    bench.now = "2025-08-05T06:00:00Z".parse().unwrap();
    let before = count(&broken, "daily-ohlcv");
    let third = bench.run(&broken, &wanted).unwrap();
    assert_eq!(third.known_days, 4 * 31, "that there is nothing is known");
    assert_eq!(count(&broken, "daily-ohlcv"), before);
}

/// Rows of daily bars, altered by a test.
fn spoilt(market: &Market, spoil: impl Fn(&mut Vec<Json>) + Send + Sync + 'static) -> Server {
    let market = market.clone();
    Server::start(move |asked| match asked.endpoint() {
        "daily-ohlcv" => {
            let (mut rows, _) = market.rows(asked).unwrap();
            spoil(&mut rows);
            Reply::rows(rows)
        }
        _ => market.answer(asked),
    })
}

#[test]
fn a_row_whose_place_cannot_be_told_makes_its_days_missing_until_it_comes() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let mut wanted = plan(&["daily-ohlcv"], market.days);
    wanted.tokens = Selection::Symbols(vec!["ETH".to_owned()]);
    let without = |name: &'static str| {
        move |row: &mut Json| {
            row.as_object_mut().unwrap().remove(name);
        }
    };
    let with = |name: &'static str, value: Json| {
        move |row: &mut Json| {
            row[name] = value.clone();
        }
    };
    type Spoil = Box<dyn Fn(&mut Json) + Send + Sync>;
    let cases: Vec<(&str, Spoil)> = vec![
        ("no time", Box::new(without("DATE"))),
        (
            "the time is not a date",
            Box::new(with("DATE", json!("soon"))),
        ),
        ("no token", Box::new(without("TOKEN_ID"))),
        (
            "the token id is not a whole number",
            Box::new(with("TOKEN_ID", json!("x"))),
        ),
        (
            "not asked for: another token",
            Box::new(with("TOKEN_ID", json!(3375))),
        ),
        ("no token", Box::new(|row| *row = Json::Null)),
    ];
    for (reason, spoil) in cases {
        // Long after, so that no day would be asked again for its age.
        let mut bench = Bench::at("2025-12-01T06:00:00Z");
        let server = spoilt(&market, move |rows| {
            if let Some(row) = rows.get_mut(3) {
                spoil(row);
            }
        });
        let first = bench.run(&server, &wanted).unwrap();
        assert!(!first.complete(), "{reason}");
        assert_eq!(first.rejected[0].reason, reason);
        assert!(
            !first.missing.is_empty() && first.questions.missing > 0,
            "{reason}"
        );
        assert!(
            first.missing[0]
                .to_string()
                .ends_with("the place of 1 row of the answer cannot be told"),
            "{}",
            first.missing[0]
        );
        assert_eq!(gaps(&first), [""; 0], "{reason}: the source may have it");
        let rows = first.tables["bars_1d"];
        assert_eq!(
            rows.received,
            rows.new + rows.rejected,
            "{reason}: the others are stored"
        );

        bench.now = "2025-12-01T06:30:00Z".parse().unwrap();
        let second = bench.run(&serve(&market), &wanted).unwrap();
        assert!(second.complete(), "{reason}");
        assert_eq!(
            second.tables["bars_1d"].new, rows.rejected,
            "{reason}: asked again, soon after, and what was missing came"
        );
        assert_eq!(bench.bars(&Source::vendor()).len(), 31);
    }
}

#[test]
fn a_stray_row_beside_a_full_answer_makes_nothing_missing() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let bench = Bench::at("2025-12-01T06:00:00Z");
    let server = spoilt(&market, |rows| rows.push(json!({"CLOSE": 1.0})));
    let balance = bench
        .run(&server, &plan(&["daily-ohlcv"], market.days))
        .unwrap();
    assert!(balance.complete(), "{:?}", balance.missing);
    assert!(balance.tables["bars_1d"].rejected > 0);
}

#[test]
fn levels_of_a_token_whose_row_lost_its_name_do_not_vanish() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let wanted = plan(&["resistance-support"], market.days);
    let mut bench = Bench::at("2025-06-01T06:00:00Z");
    bench.run(&serve(&market), &wanted).unwrap();
    let served = market.clone();
    let server = Server::start(move |asked| match asked.endpoint() {
        "resistance-support" => {
            let (mut rows, _) = served.rows(asked).unwrap();
            rows[0].as_object_mut().unwrap().remove("TOKEN_ID");
            Reply::rows(rows)
        }
        _ => served.answer(asked),
    });
    bench.now = "2025-06-02T06:00:00Z".parse().unwrap();
    let balance = bench.run(&server, &wanted).unwrap();
    assert!(!balance.complete());
    let reader = bench.lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let held = reader.rows(&tables::LEVELS, None, None).unwrap().len();
    assert_eq!(held, 8, "two levels of each of four tokens, as before");
}

#[test]
fn what_was_taken_out_of_the_lake_is_asked_for_again() {
    let market = Market::new("2025-01-01", "2025-05-31");
    let server = serve(&market);
    let wanted = plan(&["daily-ohlcv"], market.days);
    let mut bench = Bench::at("2025-12-01T06:00:00Z");
    let first = bench.run(&server, &wanted).unwrap();
    let days = 4 * 151;
    assert_eq!(first.tables["bars_1d"].new, days);
    bench.now = "2025-12-03T06:00:00Z".parse().unwrap();
    assert_eq!(bench.run(&server, &wanted).unwrap().known_days, days);

    std::fs::remove_dir_all(bench.lake.path().join("bars_1d")).unwrap();
    let again = bench.run(&server, &wanted).unwrap();
    assert!(again.complete());
    assert_eq!((again.known_days, again.tables["bars_1d"].new), (0, days));
    assert_eq!(bench.bars(&Source::vendor()).len() as u64, days);
}

#[test]
fn bars_that_are_none_are_stored_and_told() {
    let market = Market::new("2025-05-01", "2025-05-31");
    let bench = Bench::at("2025-12-01T06:00:00Z");
    let server = spoilt(&market, |rows| {
        if let Some(row) = rows.first_mut() {
            row["HIGH"] = json!(0.5);
        }
    });
    let mut wanted = plan(&["daily-ohlcv"], days("2025-05-10", "2025-05-20"));
    wanted.tokens = Selection::Symbols(vec!["ETH".to_owned()]);
    let balance = bench.run(&server, &wanted).unwrap();
    assert!(balance.complete());
    assert_eq!(
        balance.impossible_bars,
        balance.questions.answered - 1,
        "one in each answer"
    );
    assert_eq!(balance.tables["bars_1d"].new, 11);
}
