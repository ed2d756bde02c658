//! Nothing known later is in an answer, and nothing published changes but what is declared.

use std::collections::BTreeMap;

use highwater_api::{Endpoint, Request, Vendor, WireRow, endpoint};
use highwater_market::{Row, Scope, Timeframe, Timestamp, TokenId};
use highwater_simulate::{Options, RevisedTable, SimulatedMarket};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Some with revisions, the one that comes last, and the delisted one.
const TOKENS: [i64; 6] = [3375, 3306, 42_034, 44_127, 45_088, 43_091];

/// The first page.
fn served(market: &SimulatedMarket, endpoint: &Endpoint, now: Timestamp) -> Vec<WireRow> {
    market.page(endpoint, &Request::default(), now).unwrap()
}

/// The rows of a dated endpoint by token and event time.
fn dated(
    market: &SimulatedMarket,
    name: &str,
    now: Timestamp,
) -> BTreeMap<(Scope, Timestamp), Row> {
    let endpoint = endpoint(name).unwrap();
    let request = Request {
        tokens: TOKENS.map(TokenId).to_vec(),
        ..Request::default()
    };
    let decoded = endpoint.decode(&market.rows(endpoint, &request, now).unwrap(), None);
    assert_eq!(decoded.rejected, []);
    decoded
        .rows
        .into_iter()
        .map(|(scope, row)| ((scope, row.event_time), row))
        .collect()
}

const END: &str = "2026-07-01";

#[test]
fn what_was_published_stays_but_for_the_declared_revisions() {
    let market = SimulatedMarket::new(Options::default());
    // Every table has a declared revision of one of the tokens.
    for (name, period, table) in [
        ("daily-ohlcv", Timeframe::D1, Some(RevisedTable::Daily)),
        ("hourly-ohlcv", Timeframe::H1, None),
        (
            "trading-signals",
            Timeframe::D1,
            Some(RevisedTable::Signals),
        ),
        (
            "tm-grade-history",
            Timeframe::D1,
            Some(RevisedTable::Grades),
        ),
    ] {
        let finally = dated(&market, name, at(END));
        let mut seen_revised = 0;
        for now in [
            "2024-03-05",
            "2025-09-09T06:30:00Z",
            "2026-05-12",
            "2026-05-20T11:45:00Z",
            "2026-06-03",
            "2026-06-17",
        ] {
            let now = at(now);
            let then = dated(&market, name, now);
            let open: Vec<_> = market
                .revisions()
                .iter()
                .filter(|revision| Some(revision.table) == table && now < revision.revised_at)
                .map(|revision| (Scope::Token(revision.token), revision.date))
                .collect();
            let mut complete = 0;
            for (key, row) in &then {
                assert!(key.1 < now, "{name}: a row of the future");
                // A bar that still runs is another thing than the one it becomes.
                if key.1 + period > now {
                    assert!(
                        table == Some(RevisedTable::Daily) || table.is_none(),
                        "{name}: only bars run"
                    );
                    continue;
                }
                complete += 1;
                if open.contains(key) {
                    assert_ne!(
                        row, &finally[key],
                        "{name}: a declared revision changes its row"
                    );
                    seen_revised += 1;
                } else {
                    assert_eq!(row, &finally[key], "{name} at {now}");
                }
            }
            let expected = finally.keys().filter(|key| key.1 + period <= now).count();
            assert_eq!(complete, expected, "{name}: no row appears afterwards");
        }
        assert_eq!(seen_revised > 0, table.is_some(), "{name}");
    }
}

#[test]
fn a_running_day_is_served_as_far_as_it_has_come() {
    let market = SimulatedMarket::new(Options {
        defects: false,
        ..Options::default()
    });
    let btc = |now: &str| {
        dated(&market, "daily-ohlcv", at(now))
            .remove(&(Scope::Token(TokenId(3375)), at("2026-06-10")))
    };
    assert_eq!(
        btc("2026-06-10"),
        None,
        "at midnight nothing of the day has passed"
    );
    let cell = |row: &Row, index: usize| row.values[index].as_float().unwrap();
    let mut before: Option<Row> = None;
    for now in [
        "2026-06-10T00:30:00Z",
        "2026-06-10T01:00:00Z",
        "2026-06-10T13:10:00Z",
        "2026-06-11",
    ] {
        let row = btc(now).unwrap();
        let [open, high, low, close, volume] = [0, 1, 2, 3, 4].map(|index| cell(&row, index));
        assert!(
            low <= open && open <= high && low <= close && close <= high,
            "{now}"
        );
        if let Some(before) = before {
            assert_eq!(cell(&before, 0), open, "the open stays");
            assert!(
                cell(&before, 1) <= high && cell(&before, 2) >= low && cell(&before, 4) < volume,
                "{now}"
            );
        }
        before = Some(row);
    }
    assert_eq!(before, btc("2026-06-30"), "and then it stays");
}

#[test]
fn current_answers_move_on_with_now() {
    let market = SimulatedMarket::new(Options::default());
    let levels = endpoint("resistance-support").unwrap();
    let of = |now: &str| -> Vec<(Timestamp, f64)> {
        let request = Request {
            tokens: vec![TokenId(3375)],
            ..Request::default()
        };
        let rows = market.rows(levels, &request, at(now)).unwrap();
        let decoded = levels.decode(&rows, None);
        decoded
            .rows
            .iter()
            .map(|(_, row)| {
                assert_eq!(
                    row.event_time,
                    at(now).plus_days(-1),
                    "calculated after the last complete day"
                );
                (
                    row.values[0].as_time().unwrap(),
                    row.values[1].as_float().unwrap(),
                )
            })
            .collect()
    };
    let (mut appeared, mut vanished) = (0, 0);
    let dates = ["2026-05-02", "2026-05-22", "2026-06-11", "2026-07-01"];
    for pair in dates.windows(2) {
        let (earlier, later) = (of(pair[0]), of(pair[1]));
        // Five days confirm a turn.
        assert!(
            earlier
                .iter()
                .all(|(formed, _)| formed.plus_days(6) <= at(pair[0]))
        );
        appeared += later
            .iter()
            .filter(|level| !earlier.contains(level))
            .count();
        vanished += earlier
            .iter()
            .filter(|level| !later.contains(level))
            .count();
    }
    assert!(
        appeared > 0 && vanished > 0,
        "{appeared} appeared, {vanished} vanished"
    );
}

#[test]
fn current_figures_follow_from_the_bars_served_by_then() {
    let market = SimulatedMarket::new(Options::default());
    let quantmetrics = endpoint("quantmetrics").unwrap();
    let bars = market.bars(TokenId(3306), Timeframe::D1);
    for now in ["2024-06-01", "2025-12-24T18:00:00Z", END] {
        let request = Request {
            tokens: vec![TokenId(3306)],
            ..Request::default()
        };
        let row = &market.rows(quantmetrics, &request, at(now)).unwrap()[0];
        let over = bars
            .iter()
            .filter(|bar| bar.open_time + Timeframe::D1 <= at(now))
            .count();
        let (first, last) = (bars[0].close, bars[over - 1].close);
        let total = row["ALL_TIME_RETURN"].as_f64().unwrap();
        assert!(
            (total - (last / first - 1.0)).abs() <= 0.005 + 1e-12,
            "{now}"
        );
        let mut peak = 0.0_f64;
        let mut worst = 0.0_f64;
        for bar in &bars[..over] {
            peak = peak.max(bar.close);
            worst = worst.min(bar.close / peak - 1.0);
        }
        let drawdown = row["MAX_DRAWDOWN"].as_f64().unwrap();
        assert!((drawdown - worst).abs() <= 0.005 + 1e-12, "{now}");
    }
}

#[test]
fn nothing_is_served_before_the_market_begins() {
    let market = SimulatedMarket::new(Options::default());
    for now in [market.first_day(), Timestamp::MIN, at("1970-01-01")] {
        for endpoint in &highwater_api::ENDPOINTS {
            assert!(
                served(&market, endpoint, now).is_empty(),
                "{} at {now}",
                endpoint.name
            );
        }
    }
    for endpoint in &highwater_api::ENDPOINTS {
        let long_after = served(&market, endpoint, Timestamp::MAX);
        assert_eq!(
            long_after,
            served(&market, endpoint, at("2026-07-01")),
            "{}",
            endpoint.name
        );
    }
}

#[test]
fn hourly_signals_are_published_when_their_hour_is_over_and_gone_after_thirty_days() {
    let market = SimulatedMarket::new(Options::default());
    let published = |now: &str| dated(&market, "hourly-trading-signals", at(now));
    let finally = published(END);
    for (now, first, last) in [
        ("2026-04-02T00:59:59Z", None, None),
        (
            "2026-04-02T01:00:00Z",
            Some("2026-04-02T00:00:00Z"),
            Some("2026-04-02T00:00:00Z"),
        ),
        (
            "2026-05-20T11:45:00Z",
            Some("2026-04-20T11:00:00Z"),
            Some("2026-05-20T10:00:00Z"),
        ),
        (
            "2026-06-30T23:59:59Z",
            Some("2026-05-31T23:00:00Z"),
            Some("2026-06-30T22:00:00Z"),
        ),
        (END, Some("2026-06-01"), Some("2026-06-30T23:00:00Z")),
        (
            "2027-01-01",
            Some("2026-06-01"),
            Some("2026-06-30T23:00:00Z"),
        ),
    ] {
        let then = published(now);
        let times: Vec<Timestamp> = then
            .keys()
            .filter(|(scope, _)| *scope == Scope::Token(TokenId(3375)))
            .map(|(_, time)| *time)
            .collect();
        assert_eq!(times.first().copied(), first.map(at), "{now}");
        assert_eq!(times.last().copied(), last.map(at), "{now}");
        assert!(
            times
                .windows(2)
                .all(|pair| pair[0] + Timeframe::H1 == pair[1]),
            "{now}: no hour is left out"
        );
        for (key, row) in &then {
            assert!(finally.get(key).is_none_or(|later| later == row), "{now}");
        }
    }
}

#[test]
fn hourly_signals_follow_from_the_closes_of_their_hours() {
    let market = SimulatedMarket::new(Options::default());
    let rows = dated(&market, "hourly-trading-signals", at(END));
    let mut events = BTreeMap::new();
    for token in TOKENS.map(TokenId) {
        let bars = market.bars(token, Timeframe::H1);
        let of_token = rows
            .iter()
            .filter(|((scope, _), _)| *scope == Scope::Token(token));
        let mut position = None;
        for ((_, time), row) in of_token {
            let bar = bars.iter().find(|bar| bar.open_time == *time).unwrap();
            assert_eq!(row.values[0].as_float(), Some(bar.close), "{token} {time}");
            let signal = row.values[1].as_int().unwrap();
            let said = row.values[2].as_int().unwrap();
            if signal == 0 {
                assert!(
                    position.is_none_or(|before| before == said),
                    "{token} {time}"
                );
            } else {
                assert_eq!(said, signal, "{token} {time}: an event makes the position");
                *events.entry((token, signal)).or_insert(0) += 1;
            }
            position = Some(said);
        }
    }
    for signal in [1, -1] {
        let count = events[&(TokenId(3375), signal)];
        assert!((3..60).contains(&count), "{count} events in thirty days");
    }
    let delisted = Scope::Token(TokenId(43_091));
    assert!(rows.keys().all(|(scope, _)| *scope != delisted));
}
