//! What the crate's page declares is there: the odd tokens, the defects, the vendor's habits.

use std::sync::LazyLock;

use highwater_api::{Request, Vendor, WireRow, endpoint};
use highwater_market::{BarFault, PriceBar, Row, Timeframe, Timestamp, TokenId, Value};
use highwater_simulate::{Options, RevisedTable, SimulatedMarket};
use serde_json::Value as Json;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Made once for all tests.
static MARKET: LazyLock<SimulatedMarket> =
    LazyLock::new(|| SimulatedMarket::new(Options::default()));

fn market() -> &'static SimulatedMarket {
    &MARKET
}

fn ask(market: &SimulatedMarket, name: &str, params: &[(&str, &str)], now: &str) -> Vec<WireRow> {
    let endpoint = endpoint(name).unwrap();
    let request = Request::parse(endpoint, params.iter().copied()).unwrap();
    market.rows(endpoint, &request, at(now)).unwrap()
}

const END: &str = "2026-07-01";

fn daily(market: &SimulatedMarket, id: i64) -> Vec<PriceBar> {
    market.bars(TokenId(id), Timeframe::D1).to_vec()
}

#[test]
fn there_are_24_tokens_and_they_come_and_go() {
    let market = market();
    assert_eq!(market.tokens().len(), 24);
    for (id, first, last) in [
        (3375, "2023-07-01", "2026-06-30"),
        (44_063, "2024-02-12", "2026-06-30"),
        (47_150, "2024-11-05", "2026-06-30"),
        (44_127, "2025-04-22", "2026-06-30"),
        (45_088, "2026-05-25", "2026-06-30"),
        (43_091, "2023-07-01", "2025-11-14"),
    ] {
        let bars = daily(market, id);
        assert_eq!(bars[0].open_time, at(first), "{id}");
        assert_eq!(bars[bars.len() - 1].open_time, at(last), "{id}");
    }
    let listed = |now| ask(market, "tokens", &[], now).len();
    assert_eq!(listed("2023-07-02"), 20, "four are listed later");
    assert_eq!(listed("2025-01-01"), 22);
    assert_eq!(listed(END), 24, "the delisted one is still named");
}

#[test]
fn one_holds_a_dollar_and_one_loses_95_percent() {
    for seed in [7, 1, 2, 3] {
        let market = SimulatedMarket::new(Options {
            seed,
            ..Options::default()
        });
        let stable = daily(&market, 46_001);
        let off = |limit: f64| {
            stable
                .iter()
                .filter(|bar| (bar.close - 1.0).abs() > limit)
                .count()
        };
        assert_eq!(off(0.01), 3, "for three days it is worth less");
        let fallen = daily(&market, 42_160);
        let day = |text: &str| {
            fallen
                .iter()
                .position(|bar| bar.open_time == at(text))
                .unwrap()
        };
        let (from, until) = (day("2025-01-19"), day("2025-03-25"));
        let loss = fallen[from..=until]
            .iter()
            .map(|bar| bar.close)
            .fold(f64::INFINITY, f64::min)
            / fallen[from].close;
        assert!(loss < 0.05, "seed {seed}: {loss}");
    }
}

#[test]
fn a_symbol_may_name_two_tokens_whose_rows_interleave() {
    let market = market();
    let rows = ask(
        market,
        "daily-ohlcv",
        &[("symbol", "brine"), ("startDate", "2026-06-28")],
        END,
    );
    let ids: Vec<i64> = rows
        .iter()
        .map(|row| row["TOKEN_ID"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [42_077, 48_120, 42_077, 48_120, 42_077, 48_120]);
    for symbol in ["BTC", "ETH", "SOL", "LTC"] {
        assert_eq!(
            ask(market, "tokens", &[("symbol", symbol)], END).len(),
            1,
            "{symbol}"
        );
    }
}

#[test]
fn declared_defects_are_served_and_no_others() {
    let market = market();
    let endpoint = endpoint("daily-ohlcv").unwrap();
    let decoded = endpoint.decode(&ask(market, "daily-ohlcv", &[], END), None);
    assert_eq!(decoded.rejected, []);
    let bar = |row: &Row| {
        let cell = |index: usize| row.values[index].as_float().unwrap_or(f64::NAN);
        PriceBar {
            open_time: row.event_time,
            open: cell(0),
            high: cell(1),
            low: cell(2),
            close: cell(3),
            volume: cell(4),
        }
    };
    let mut faults: Vec<(i64, String, BarFault)> = Vec::new();
    let mut nulls = Vec::new();
    for (scope, row) in &decoded.rows {
        let id = scope.token().unwrap().0;
        if let Some(fault) = bar(row).fault() {
            faults.push((id, row.event_time.date(), fault));
        }
        if row.values.contains(&Value::Null) {
            nulls.push((id, row.event_time.date()));
        }
        assert_eq!(row.extra, None);
    }
    assert_eq!(
        faults,
        [
            (44_171, "2025-03-11".to_owned(), BarFault::HighBelowLow),
            (45_112, "2024-10-03".to_owned(), BarFault::PriceOutOfRange),
        ]
    );
    assert_eq!(nulls, [(43_091, "2025-02-02".to_owned())]);
    for token in market.tokens() {
        let count = decoded
            .rows
            .iter()
            .filter(|(scope, _)| scope.token() == Some(token.id))
            .count();
        let expected = daily(market, token.id.0).len();
        match token.id.0 {
            45_112 => assert_eq!(count, expected - 1, "one day is missing"),
            43_058 => assert_eq!(count, expected + 1, "one row comes twice"),
            _ => assert_eq!(count, expected, "{token}"),
        }
    }
    let clean = SimulatedMarket::new(Options {
        defects: false,
        ..Options::default()
    });
    let rows = ask(&clean, "daily-ohlcv", &[], END);
    assert_eq!(
        rows.len(),
        market
            .tokens()
            .iter()
            .map(|token| daily(market, token.id.0).len())
            .sum::<usize>()
    );
    assert!(
        rows.iter()
            .all(|row| row["DATE"].as_str().unwrap().ends_with("T00:00:00.000Z"))
    );
}

#[test]
fn dates_come_in_every_form() {
    let rows = ask(market(), "daily-ohlcv", &[("token_id", "3375")], END);
    let date = |row: &WireRow| {
        row.get("DATE")
            .or(row.get("TIMESTAMP"))
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    let count = |fits: &dyn Fn(&WireRow) -> bool| rows.iter().filter(|row| fits(row)).count();
    assert!(count(&|row| row.contains_key("TIMESTAMP")) > 100);
    assert!(count(&|row| row.contains_key("DATE")) > 800);
    assert!(count(&|row| date(row).len() == 10) > 50, "plain days");
    assert!(
        count(&|row| date(row).len() > 10 && !date(row).ends_with('Z')) > 50,
        "without a Z"
    );
}

#[test]
fn the_odd_list_of_levels_is_kept_whole() {
    let market = market();
    let rows = ask(market, "resistance-support", &[("symbol", "TOADY")], END);
    let list = rows[0]["HISTORICAL_RESISTANCE_SUPPORT_LEVELS"]
        .as_array()
        .unwrap();
    assert!(list.iter().any(|element| element["level"].is_string()));
    assert!(list.iter().any(|element| element["level"] == 0));
    assert!(list.iter().any(|element| element.get("date").is_none()));
    let decoded = endpoint("resistance-support").unwrap().decode(&rows, None);
    assert_eq!(decoded.rows.len(), list.len());
    assert!(
        decoded
            .rows
            .iter()
            .all(|(_, row)| row.values[1].as_float().is_some() && row.extra.is_none())
    );
}

#[test]
fn rows_come_newest_first_and_a_page_is_a_piece_of_them() {
    let market = market();
    for (name, params) in [
        ("tokens", &[][..]),
        (
            "daily-ohlcv",
            &[("startDate", "2026-06-01"), ("endDate", "2026-06-30")][..],
        ),
        (
            "hourly-ohlcv",
            &[("token_id", "3375,3306"), ("startDate", "2026-06-20")][..],
        ),
        (
            "trading-signals",
            &[("signal", "1"), ("startDate", "2026-01-01")][..],
        ),
        ("hourly-trading-signals", &[("token_id", "3375,3306")][..]),
        ("tm-grade-history", &[("token_id", "3988")][..]),
        ("quantmetrics", &[][..]),
        ("resistance-support", &[][..]),
        ("moonshot-tokens", &[("type", "past")][..]),
    ] {
        let endpoint = endpoint(name).unwrap();
        let request = Request::parse(endpoint, params.iter().copied()).unwrap();
        let now = at("2026-06-25T08:00:00Z");
        let all = market.rows(endpoint, &request, now).unwrap();
        assert!(!all.is_empty(), "{name}");
        let mut paged = Vec::new();
        for page in 1.. {
            let request = Request {
                page,
                limit: 7,
                ..request.clone()
            };
            let rows = market.page(endpoint, &request, now).unwrap();
            if rows.is_empty() {
                break;
            }
            paged.extend(rows);
        }
        assert_eq!(paged, all, "{name}");
        let decoded = endpoint.decode(&all, None);
        if endpoint.table.period().is_some() {
            let falling = decoded
                .rows
                .windows(2)
                .all(|pair| pair[0].1.event_time >= pair[1].1.event_time);
            assert!(falling, "{name}");
        }
    }
}

#[test]
fn filters_narrow_the_answer() {
    let market = market();
    let ids = |name: &str, params: &[(&str, &str)]| -> Vec<i64> {
        ask(market, name, params, END)
            .iter()
            .map(|row| row["TOKEN_ID"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(ids("tokens", &[("token_id", "3306,3375")]), [3375, 3306]);
    assert_eq!(ids("tokens", &[("token_name", "litecoin")]), [3377]);
    assert_eq!(ids("tokens", &[("category", "stablecoin")]), [46_001]);
    assert_eq!(
        ids(
            "quantmetrics",
            &[("exchange", "kraken"), ("category", "defi")]
        ),
        [42_011]
    );
    assert_eq!(ids("tokens", &[("symbol", "NOPE")]), [0_i64; 0]);
    for signal in [1, -1] {
        let rows = ask(
            market,
            "trading-signals",
            &[("signal", &signal.to_string())],
            END,
        );
        assert!(!rows.is_empty());
        assert!(rows.iter().all(|row| row["TRADING_SIGNAL"] == signal));
    }
}

#[test]
fn types_and_words_are_the_vendors() {
    let market = market();
    let first = |name: &str, params: &[(&str, &str)]| ask(market, name, params, END).swap_remove(0);
    let hourly = first("hourly-ohlcv", &[("token_id", "3375")]);
    assert_eq!(hourly["TOKEN_ID"], "3375", "a string here");
    assert_eq!(hourly["TIMESTAMP"], "2026-06-30T23:00:00.000Z");
    let hourly = first("hourly-trading-signals", &[("token_id", "3375")]);
    assert_eq!(hourly["TOKEN_ID"], 3375, "a number here");
    assert_eq!(hourly["TIMESTAMP"], "2026-06-30T23:00:00.000Z");
    for name in ["SIGNAL", "POSITION"] {
        assert!(
            ["-1", "0", "1"].contains(&hourly[name].as_str().unwrap()),
            "{name}"
        );
    }
    let grade = first("tm-grade-history", &[("token_id", "3375")]);
    for name in [
        "TM_GRADE",
        "FUNDAMENTAL_GRADE",
        "TM_GRADE_24h_PCT_CHANGE",
        "TM_TRADER_GRADE_24H_CHANGE",
    ] {
        assert!(
            grade[name].as_str().unwrap().parse::<f64>().is_ok(),
            "{name}"
        );
    }
    let signal = first("trading-signals", &[("token_id", "3375")]);
    assert_eq!(signal["tm_link"], "bitcoin");
    assert_eq!(signal["TM_LINK"], "https://simulated.invalid/undefined");
    let two = |value: &Json| (value.as_f64().unwrap() * 100.0).fract().abs();
    let figures = first("quantmetrics", &[("token_id", "3375")]);
    for name in ["VOLATILITY", "SHARPE", "MAX_DRAWDOWN", "CAGR", "KURTOSIS"] {
        assert!(
            two(&figures[name]) < 1e-9 || two(&figures[name]) > 1.0 - 1e-9,
            "{name}"
        );
    }
    assert!(figures["MAX_DRAWDOWN"].as_f64().unwrap() < 0.0);
    let young = ask(market, "quantmetrics", &[("symbol", "NEWTS")], "2026-06-10").swap_remove(0);
    assert_eq!(young["VOLATILITY"], Json::Null, "too young for figures");
    let warming_up = ask(
        market,
        "trading-signals",
        &[("token_id", "3375")],
        "2023-07-10",
    )
    .swap_remove(0);
    assert_eq!(warming_up["TOKEN_TREND"], Json::Null, "no event yet");
    for list in ["active", "past"] {
        let moonshot = first("moonshots", &[("type", list)]);
        assert!(!moonshot.contains_key("TOKEN_ID"));
        assert!(moonshot["MARKET_CAP"].is_string() && moonshot["MOONSHOT_ROI"].is_number());
        assert_eq!(moonshot["MOONSHOT_END_AT"].is_null(), list == "active");
    }
}

#[test]
fn every_table_has_revisions_and_some_hide_an_event() {
    let market = market();
    let of = |table| {
        market
            .revisions()
            .iter()
            .filter(move |revision| revision.table == table)
    };
    for (table, name) in [
        (RevisedTable::Daily, "daily-ohlcv"),
        (RevisedTable::Signals, "trading-signals"),
        (RevisedTable::Grades, "tm-grade-history"),
    ] {
        let mut hidden = 0;
        for revision in of(table) {
            let id = revision.token.to_string();
            let day = revision.date.date();
            let row = |now: Timestamp| {
                ask(
                    market,
                    name,
                    &[("token_id", &id), ("startDate", &day), ("endDate", &day)],
                    &now.to_string(),
                )
                .swap_remove(0)
            };
            let before = row(revision.revised_at.plus_micros(-1));
            let after = row(revision.revised_at);
            assert_ne!(before, after, "{name} {id} {day}");
            if before.get("TRADING_SIGNAL") != after.get("TRADING_SIGNAL") {
                assert_eq!(before["TRADING_SIGNAL"], 0);
                hidden += 1;
            }
        }
        assert!(of(table).count() >= 4, "{name}");
        assert_eq!(hidden > 0, table == RevisedTable::Signals, "{name}");
    }
    let order: Vec<_> = market
        .revisions()
        .iter()
        .map(|revision| revision.revised_at)
        .collect();
    assert!(order.is_sorted());
    assert!(
        *order.last().unwrap() < at(END),
        "all of them happen within the market's days"
    );
}
