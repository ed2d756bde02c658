//! A small fixed run, and a large one, made of whole numbers and plain arithmetic.
#![allow(dead_code, reason = "each test file uses a part")]

use highwater_market::{Bars, Direction, Level, LevelSide, Price, PriceBar, Timeframe, Timestamp};
use highwater_report::{
    Asset, Exit, GroupRow, GroupTable, KeptOut, MetricColumn, MetricRow, Metrics, Overview, Page,
    RandomRange, Run, Shown, TokenRow, Trade, Window,
};

pub(crate) fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(1_735_689_600).plus_days(n)
}

/// Numbers from 0 to 1, the same every time.
pub(crate) struct Walk(u64);

impl Walk {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub(crate) fn bars(seed: u64, count: usize) -> Bars {
    let mut walk = Walk::new(seed);
    let mut price = 100.0;
    let rows = (0..count as i64).map(|n| {
        let open = price;
        price *= 0.96 + 0.0805 * walk.next();
        PriceBar {
            open_time: day(n),
            open,
            high: open.max(price) * (1.0 + 0.02 * walk.next()),
            low: open.min(price) * (1.0 - 0.02 * walk.next()),
            close: price,
            volume: 1.0,
        }
    });
    Bars::new(Timeframe::D1, rows).unwrap()
}

pub(crate) fn run(seed: u64, count: usize) -> Run {
    let mut walk = Walk::new(seed);
    let mut value = 10_000.0;
    let equity: Vec<f64> = (0..count)
        .map(|_| {
            value *= 0.99 + 0.0205 * walk.next();
            value
        })
        .collect();
    Run {
        initial: 10_000.0,
        end: value,
        times: (0..count as i64).map(day).collect(),
        equity,
        trades: 3,
    }
}

pub(crate) fn trade(asset: usize, symbol: &str, from: i64, until: i64, exit: Exit) -> Trade {
    Trade {
        asset: Some(asset),
        symbol: symbol.to_owned(),
        direction: if from % 2 == 0 {
            Direction::Long
        } else {
            Direction::Short
        },
        entry_time: day(from),
        entry_price: 100.0,
        exit_time: day(until),
        exit_price: 104.0,
        exit,
        stop_price: Some(95.0),
        target_price: (exit != Exit::Time).then_some(105.0),
        quantity: 12.5,
        fees: 2.5,
        pnl: if from % 2 == 0 { 47.5 } else { -52.5 },
        doubtful: exit == Exit::Stop,
    }
}

fn level(price: f64, side: LevelSide, strength: Option<f64>) -> Level {
    Level {
        price: Price::new(price).unwrap(),
        side,
        strength,
        touches: strength.map(|_| 2),
        first_seen: day(5),
        last_touch: day(20),
    }
}

pub(crate) fn metric(name: &str, title: &str, value: Result<f64, &str>, unit: Shown) -> MetricRow {
    MetricRow {
        name: name.to_owned(),
        title: title.to_owned(),
        value: value.map_err(str::to_owned),
        benchmark: None,
        unit,
        note: format!("what {title} is"),
    }
}

fn group(name: &str, trades: usize, win_rate: Option<f64>, pnl: f64) -> GroupRow {
    GroupRow {
        name: name.to_owned(),
        trades,
        wins: trades / 2,
        win_rate,
        pnl,
        average_r: win_rate.map(|rate| 2.0 * rate - 1.0),
        profit_factor: win_rate.map(|rate| rate / (1.0 - rate)),
        doubtful: 1,
    }
}

/// A run of 40 days with two tokens and a trade for every mark.
pub(crate) fn small() -> Page {
    let exits = [
        Exit::Stop,
        Exit::StopGap,
        Exit::Target,
        Exit::TargetGap,
        Exit::Signal,
        Exit::LeftUniverse,
        Exit::Time,
        Exit::Liquidation,
        Exit::End,
    ];
    Page {
        title: "A small fixed run".to_owned(),
        subtitle: "Daily bars of 2025".to_owned(),
        source: "simulated (seed 7)".to_owned(),
        simulated: true,
        chosen: run(1, 40),
        pessimistic: Some(run(2, 40)),
        optimistic: Some(run(3, 40)),
        trades: (0..)
            .zip(exits)
            .map(|(n, exit)| {
                trade(
                    n as usize % 2,
                    ["BTC", "ETH"][n as usize % 2],
                    3 * n,
                    3 * n + 8,
                    exit,
                )
            })
            .collect(),
        assets: vec![
            Asset {
                symbol: "BTC".to_owned(),
                name: "Bitcoin".to_owned(),
                bars: bars(4, 40),
                levels: vec![
                    level(96.0, LevelSide::Support, Some(0.75)),
                    level(105.0, LevelSide::Resistance, None),
                ],
            },
            Asset {
                symbol: "ETH".to_owned(),
                name: "Ethereum".to_owned(),
                bars: bars(5, 200),
                levels: vec![],
            },
        ],
        metrics: Metrics {
            convention: "crypto: 365 days per year".to_owned(),
            benchmark: Some("buy and hold of BTC".to_owned()),
            more: vec![metric("omega", "Omega ratio", Ok(1.125), Shown::Ratio)],
            rows: vec![
                MetricRow {
                    benchmark: Some(Ok(0.0123)),
                    ..metric("total_return", "Total return", Ok(0.0321), Shown::Percent)
                },
                metric("sharpe", "Sharpe ratio", Ok(1.25), Shown::Ratio),
                metric(
                    "calmar",
                    "Calmar ratio",
                    Err("too short a span"),
                    Shown::Ratio,
                ),
                metric(
                    "max_drawdown",
                    "Maximum drawdown",
                    Ok(-0.0456),
                    Shown::Percent,
                ),
            ],
        },
        groups: vec![
            GroupTable {
                title: "By side".to_owned(),
                rows: vec![
                    group("long", 4, Some(0.75), 190.0),
                    group("short", 3, None, -157.5),
                ],
            },
            GroupTable {
                title: "By year of the exit".to_owned(),
                rows: vec![group("2025", 7, Some(0.5), 32.5)],
            },
        ],
        range: Some(RandomRange {
            replays: 1000,
            p5: -0.01,
            p50: 0.02,
            p95: 0.05,
            few: None,
        }),
        kept_out: vec![
            KeptOut {
                rule: "no support below".to_owned(),
                count: 12,
            },
            KeptOut {
                rule: "no cash".to_owned(),
                count: 1,
            },
        ],
        backfilled: Some(0.9),
        remarks: vec!["2 rows were left out: high below low.".to_owned()],
        manifest: vec![
            ("plan".to_owned(), "0123456789abcdef".to_owned()),
            ("clock".to_owned(), "published".to_owned()),
        ],
        links: vec![("All tokens".to_owned(), "index.html".to_owned())],
    }
}

/// As many tokens, bars and trades as a large run has.
pub(crate) fn large(tokens: usize, bar_count: usize, trades_each: usize) -> Page {
    let mut page = small();
    page.chosen = run(1, bar_count);
    page.pessimistic = Some(run(2, bar_count));
    page.optimistic = Some(run(3, bar_count));
    page.assets = (0..tokens)
        .map(|n| Asset {
            symbol: format!("T{n}"),
            name: format!("Token {n}"),
            bars: bars(n as u64 + 10, bar_count),
            levels: (0..15)
                .map(|k| level(80.0 + 3.0 * f64::from(k), LevelSide::Support, Some(0.5)))
                .collect(),
        })
        .collect();
    page.trades = (0..tokens * trades_each)
        .map(|n| {
            let from = (7 * n as i64) % (bar_count as i64 - 10);
            trade(
                n % tokens,
                &format!("T{}", n % tokens),
                from,
                from + 9,
                Exit::Target,
            )
        })
        .collect();
    page
}

pub(crate) fn overview() -> Overview {
    let column = |title: &str, unit| MetricColumn {
        title: title.to_owned(),
        note: format!("what {title} is"),
        unit,
    };
    let row = |symbol: &str, seed, sharpe: Result<f64, &str>| {
        let bars = bars(seed, 90);
        TokenRow {
            symbol: symbol.to_owned(),
            name: format!("{symbol} by name"),
            times: bars.open_times().to_vec(),
            closes: bars.close().to_vec(),
            values: vec![Ok(0.25), sharpe.map_err(str::to_owned)],
        }
    };
    Overview {
        title: "Metrics".to_owned(),
        subtitle: "2 tokens".to_owned(),
        source: "import".to_owned(),
        simulated: false,
        convention: "crypto: 365 days per year".to_owned(),
        columns: vec![
            column("Total return", Shown::Percent),
            column("Sharpe ratio", Shown::Ratio),
        ],
        windows: ["90d", "all"]
            .iter()
            .map(|name| Window {
                name: (*name).to_owned(),
                rows: vec![
                    row("BTC", 6, Ok(1.5)),
                    row("USDX", 7, Err("no variance")),
                    row("ETH", 8, Ok(-0.5)),
                ],
            })
            .collect(),
        backfilled: None,
        remarks: vec![],
        links: vec![],
    }
}
