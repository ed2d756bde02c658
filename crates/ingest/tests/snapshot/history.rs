//! Runs one after the other: what is known, what is asked again, what is revised.

use highwater_market::Source;

use crate::{
    bench::{ALL, Bench, expected, plan, serve},
    server::market::Market,
};

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
