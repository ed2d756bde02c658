//! Bars to levels and signals to trades, with the real crates: what comes after a moment changes nothing before it.

use highwater::{
    backtest::{Asset, NoFacts, Plan, Trade, run},
    levels::{BarLevels, SwingConfig, breakouts},
    market::{Bars, Known, PriceBar, Source, Timeframe, Timestamp, Token, TokenId},
};

/// A reproducible sequence of numbers from 0 to 1.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A random walk of daily bars; from day `cut` on drawn by `after`, whatever came before.
fn walk(days: usize, before: u64, cut: usize, after: u64) -> Vec<PriceBar> {
    let (mut past, mut future) = (Draws(before), Draws(after));
    let mut price = 100.0;
    (0..days)
        .map(|day| {
            let draws = if day < cut { &mut past } else { &mut future };
            let open = price * (1.0 + 0.01 * (draws.next() - 0.5));
            let close = open * (1.0 + 0.08 * (draws.next() - 0.5));
            let high = open.max(close) * (1.0 + 0.03 * draws.next());
            let low = open.min(close) * (1.0 - 0.03 * draws.next());
            price = close;
            PriceBar {
                open_time: Timestamp::from_seconds(1_600_000_000)
                    .day()
                    .plus_days(day as i64),
                open,
                high,
                low,
                close,
                volume: 1.0 + draws.next(),
            }
        })
        .collect()
}

fn trades(bars: &[PriceBar]) -> Vec<Trade> {
    let versions: Vec<Known<PriceBar>> = bars
        .iter()
        .map(|&bar| Known {
            event_time: bar.open_time,
            known_from: bar.open_time + Timeframe::D1,
            revision: false,
            value: bar,
        })
        .collect();
    let plan = Plan::parse(include_str!("../../data/plans/breakout.toml")).expect("a plan");
    let signals = breakouts(&versions, 5);
    let levels = BarLevels::new(versions, Timeframe::D1, SwingConfig::default());
    let token = Token {
        source: Source::import(),
        id: TokenId(1),
        symbol: "WALK".to_owned(),
        name: "Walk".to_owned(),
    };
    let bars = Bars::new(Timeframe::D1, bars.iter().copied()).expect("valid bars");
    let asset = Asset {
        token: &token,
        bars: &bars,
        finer: None,
        signals: &signals,
        levels: &levels,
        facts: &NoFacts,
    };
    run(&plan, &[asset]).expect("a replay").trades
}

#[test]
fn another_future_changes_no_decision_of_the_past() {
    const DAYS: usize = 300;
    let (mut compared, mut futures_that_differ) = (0, 0);
    for seed in 1..=12 {
        let whole = trades(&walk(DAYS, seed, DAYS, 0));
        for cut in [60, 119, 180, 241] {
            let other = trades(&walk(DAYS, seed, cut, 1_000 + seed));
            let moment = Timestamp::from_seconds(1_600_000_000)
                .day()
                .plus_days(cut as i64);
            // What was decided on rows known before the moment, entries, stops and targets alike.
            let decided = |trades: &[Trade]| -> Vec<_> {
                trades
                    .iter()
                    .filter(|trade| trade.decision_time < moment && trade.entry_time < moment)
                    .map(|trade| {
                        (
                            trade.side,
                            trade.decision_time,
                            trade.entry_time,
                            trade.entry_price.to_bits(),
                            trade.quantity.to_bits(),
                            trade.stop_price.map(f64::to_bits),
                            trade.target_price.map(f64::to_bits),
                        )
                    })
                    .collect()
            };
            let ended = |trades: &[Trade]| -> Vec<Trade> {
                trades
                    .iter()
                    .filter(|trade| trade.exit_time < moment)
                    .cloned()
                    .collect()
            };
            assert_eq!(decided(&whole), decided(&other), "seed {seed}, day {cut}");
            assert_eq!(ended(&whole), ended(&other), "seed {seed}, day {cut}");
            compared += decided(&whole).len();
            futures_that_differ += usize::from(whole != other);
        }
    }
    assert!(compared > 100, "{compared} decisions were compared");
    assert!(
        futures_that_differ > 40,
        "{futures_that_differ} futures were others"
    );
}
