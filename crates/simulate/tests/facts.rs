//! The market behaves like one: statistical facts, over several seeds.

use std::sync::LazyLock;

use highwater_market::{PriceBar, Timeframe, TokenId};
use highwater_simulate::{Options, SimulatedMarket};

const SEEDS: [u64; 4] = [7, 1, 2, 3];

/// Made once for all tests.
static MARKETS: LazyLock<Vec<SimulatedMarket>> = LazyLock::new(|| {
    let of = |seed| {
        SimulatedMarket::new(Options {
            seed,
            ..Options::default()
        })
    };
    SEEDS.into_iter().map(of).collect()
});

fn markets() -> impl Iterator<Item = &'static SimulatedMarket> {
    MARKETS.iter()
}

fn returns(market: &SimulatedMarket, id: i64) -> Vec<f64> {
    market
        .bars(TokenId(id), Timeframe::D1)
        .windows(2)
        .map(|pair| pair[1].close / pair[0].close - 1.0)
        .collect()
}

fn mean(sample: &[f64]) -> f64 {
    sample.iter().sum::<f64>() / sample.len() as f64
}

fn central(sample: &[f64], power: i32) -> f64 {
    let middle = mean(sample);
    sample.iter().map(|x| (x - middle).powi(power)).sum::<f64>() / sample.len() as f64
}

/// Of the days that both have, counted from the end.
fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let count = left.len().min(right.len());
    let (left, right) = (&left[left.len() - count..], &right[right.len() - count..]);
    let (ml, mr) = (mean(left), mean(right));
    let co = left
        .iter()
        .zip(right)
        .map(|(l, r)| (l - ml) * (r - mr))
        .sum::<f64>()
        / count as f64;
    co / (central(left, 2) * central(right, 2)).sqrt()
}

fn autocorrelation(sample: &[f64], lag: usize) -> f64 {
    let middle = mean(sample);
    let co: f64 = (lag..sample.len())
        .map(|t| (sample[t] - middle) * (sample[t - lag] - middle))
        .sum();
    co / (central(sample, 2) * sample.len() as f64)
}

/// Tokens listed throughout, without a fate of their own.
const ORDINARY: [i64; 15] = [
    3375, 3306, 3377, 3988, 41_207, 41_388, 42_011, 42_034, 42_077, 48_120, 42_102, 43_015, 43_058,
    44_020, 45_009,
];

#[test]
fn tails_are_fat() {
    for market in markets() {
        for id in ORDINARY {
            let sample = returns(market, id);
            let variance = central(&sample, 2);
            let kurtosis = central(&sample, 4) / (variance * variance);
            assert!(
                kurtosis > 3.3,
                "seed {}, token {id}: {kurtosis}",
                market.seed()
            );
        }
    }
}

#[test]
fn volatility_has_memory_and_returns_have_little() {
    for market in markets() {
        let (mut of_squares, mut of_returns) = (0.0, 0.0);
        for id in ORDINARY {
            let sample = returns(market, id);
            let absolute: Vec<f64> = sample.iter().map(|r| r.abs()).collect();
            of_squares += (1..=10)
                .map(|lag| autocorrelation(&absolute, lag))
                .sum::<f64>()
                / 10.0;
            of_returns += autocorrelation(&sample, 1).abs();
        }
        let count = ORDINARY.len() as f64;
        assert!(
            of_squares / count > 0.05,
            "seed {}: {}",
            market.seed(),
            of_squares / count
        );
        assert!(
            of_returns / count < 0.12,
            "seed {}: {}",
            market.seed(),
            of_returns / count
        );
    }
}

#[test]
fn squared_returns_of_the_market_leader_are_correlated() {
    for market in markets() {
        let squares: Vec<f64> = returns(market, 3375).iter().map(|r| r * r).collect();
        let total: f64 = (1..=10).map(|lag| autocorrelation(&squares, lag)).sum();
        assert!(total > 0.0, "seed {}: {total}", market.seed());
    }
}

#[test]
fn tokens_move_together_and_those_of_a_sector_more() {
    for market in markets() {
        let all: Vec<Vec<f64>> = ORDINARY.iter().map(|id| returns(market, *id)).collect();
        for left in 0..all.len() {
            for right in left + 1..all.len() {
                let together = correlation(&all[left], &all[right]);
                assert!(
                    (0.15..0.97).contains(&together),
                    "seed {}: {together}",
                    market.seed()
                );
            }
        }
        let pair = |left, right| correlation(&returns(market, left), &returns(market, right));
        // Three of DeFi among themselves, and each with three of other sectors.
        let within = (pair(42_011, 42_034) + pair(42_034, 42_077) + pair(42_011, 42_077)) / 3.0;
        let across = (pair(42_011, 43_015) + pair(42_034, 44_020) + pair(42_077, 45_009)) / 3.0;
        assert!(within > across, "seed {}: {within} {across}", market.seed());
    }
}

#[test]
fn prices_end_in_a_plausible_place() {
    for market in markets() {
        let bars = market.bars(TokenId(3375), Timeframe::D1);
        let total = bars[bars.len() - 1].close / bars[0].open;
        assert!(
            (0.2..8.0).contains(&total),
            "seed {}: {total}",
            market.seed()
        );
        let sample = returns(market, 3375);
        let a_year = central(&sample, 2).sqrt() * 365.0_f64.sqrt();
        assert!(
            (0.2..0.8).contains(&a_year),
            "seed {}: {a_year}",
            market.seed()
        );
    }
}

#[test]
fn every_candle_in_truth_is_one() {
    for market in markets() {
        for token in market.tokens() {
            for timeframe in [Timeframe::D1, Timeframe::H1] {
                let bars = market.bars(token.id, timeframe);
                assert!(
                    bars.iter()
                        .all(|bar| bar.fault().is_none() && bar.volume > 0.0),
                    "{token}"
                );
                let step = |pair: &[PriceBar]| pair[1].open_time == pair[0].open_time + timeframe;
                assert!(bars.windows(2).all(step), "{token}: no gap");
            }
        }
    }
}

#[test]
fn an_open_lies_near_the_close_before_it_but_seldom_on_it() {
    let bars = MARKETS[0].bars(TokenId(3306), Timeframe::D1);
    let gaps: Vec<f64> = bars
        .windows(2)
        .map(|pair| (pair[1].open / pair[0].close - 1.0).abs())
        .collect();
    assert!(gaps.iter().all(|gap| *gap < 0.03));
    assert!(gaps.iter().filter(|gap| **gap > 0.0).count() > gaps.len() * 9 / 10);
}

#[test]
fn hours_add_up_to_days() {
    for market in markets() {
        for token in market.tokens() {
            let hourly = market.bars(token.id, Timeframe::H1);
            let daily = market.bars(token.id, Timeframe::D1);
            assert_eq!(hourly.len() % 24, 0, "{token}");
            for hours in hourly.chunks_exact(24) {
                let day = daily
                    .iter()
                    .find(|bar| bar.open_time == hours[0].open_time)
                    .unwrap();
                assert_eq!(day.open, hours[0].open);
                assert_eq!(day.close, hours[23].close);
                assert_eq!(
                    day.high,
                    hours.iter().map(|bar| bar.high).fold(0.0, f64::max)
                );
                assert_eq!(
                    day.low,
                    hours
                        .iter()
                        .map(|bar| bar.low)
                        .fold(f64::INFINITY, f64::min)
                );
                let volume: f64 = hours.iter().map(|bar| bar.volume).sum();
                assert!(
                    (day.volume - volume).abs() < 0.01,
                    "both are rounded to cents"
                );
            }
        }
        let btc = market.bars(TokenId(3375), Timeframe::H1);
        assert_eq!(btc.len(), 24 * 90);
        assert_eq!(btc[0].open_time, market.first_hourly_day());
    }
}

#[test]
fn following_the_signals_is_neither_hopeless_nor_a_gift() {
    use highwater_api::{Request, Vendor, endpoint};
    let signals = endpoint("trading-signals").unwrap();
    let (mut won, mut lost) = (0, 0);
    for market in markets() {
        for id in ORDINARY {
            let request = Request {
                tokens: vec![TokenId(id)],
                ..Request::default()
            };
            let rows = market
                .rows(signals, &request, market.last_day().plus_days(1))
                .unwrap();
            let events = rows.iter().filter(|row| row["TRADING_SIGNAL"] != 0).count();
            assert!(
                (5..60).contains(&events),
                "seed {}, token {id}: {events} events",
                market.seed()
            );
            let made = rows[0]["TRADING_SIGNALS_RETURNS"].as_f64().unwrap();
            assert!(made >= -1.0);
            if made > 0.0 { won += 1 } else { lost += 1 }
        }
    }
    let all = won + lost;
    assert!(won * 4 > all && lost * 4 > all, "{won} won, {lost} lost");
}
