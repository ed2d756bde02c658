//! Plans that set weights, against plain arithmetic over coins and cash that knows no positions.

use std::cell::Cell;

use highwater_backtest::{FactBook, ReplayError, plan::Weights, run};
use highwater_market::Timestamp;
use proptest::test_runner::{Config, TestRunner};

use crate::{
    generated::{cases, weighing, world},
    world::{Owned, World},
};

const HOUR: i64 = 3_600_000_000;

/// Closes of the bars that were complete at an instant.
fn closes(asset: &Owned, at: i64) -> Vec<f64> {
    asset
        .bars
        .iter()
        .filter(|bar| bar.open_time.micros() + 4 * HOUR <= at)
        .map(|bar| bar.close)
        .collect()
}

/// What one coin gained over the last `bars` of them.
fn gained(closes: &[f64], bars: usize) -> Option<f64> {
    let base = closes.len().checked_sub(bars + 1)?;
    Some(closes[closes.len() - 1] / closes[base] - 1.0)
}

fn deviation(closes: &[f64], bars: usize) -> Option<f64> {
    let base = closes.len().checked_sub(bars + 1)?;
    let returns: Vec<f64> = closes[base..]
        .windows(2)
        .map(|pair| pair[1] / pair[0] - 1.0)
        .collect();
    let mean = returns.iter().sum::<f64>() / bars as f64;
    let squares: f64 = returns.iter().map(|one| (one - mean).powi(2)).sum();
    Some((squares / (bars as f64 - 1.0)).sqrt())
}

/// Cash and coins after every instant, and equity at the last close.
fn plainly(world: &World) -> f64 {
    let plan = world.parsed();
    let rule = plan.rebalance.unwrap();
    let cost = plan.cost.fee.get();
    let every = match rule.every.to_string().split_once(' ') {
        Some((bars, _)) => bars.parse::<i64>().unwrap() * 4 * HOUR,
        None => 24 * HOUR,
    };
    let mut assets: Vec<&Owned> = world.assets.iter().collect();
    assets.sort_by(|a, b| a.token.symbol.cmp(&b.token.symbol));
    let mut instants: Vec<i64> = assets
        .iter()
        .flat_map(|one| one.bars.iter().map(|bar| bar.open_time.micros()))
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let mut cash = plan.cash.initial;
    let mut coins = vec![0.0; assets.len()];
    let mut last_stretch = None;
    for &at in &instants {
        let stretch = at.div_euclid(every);
        if last_stretch == Some(stretch) {
            continue;
        }
        last_stretch = Some(stretch);
        let open: Vec<Option<f64>> = assets
            .iter()
            .map(|one| {
                let bar = one.bars.iter().find(|bar| bar.open_time.micros() == at);
                bar.map(|bar| bar.open)
            })
            .collect();
        let worth = |index: usize| {
            let latest = || closes(assets[index], at).last().copied();
            open[index].or_else(latest).unwrap_or(0.0)
        };
        let equity: f64 = cash
            + (0..assets.len())
                .map(|index| coins[index] * worth(index))
                .sum::<f64>();
        // Who may be held, with score and raw weight.
        let mut held: Vec<(usize, f64, f64)> = Vec::new();
        for (index, asset) in assets.iter().enumerate() {
            let known = closes(asset, at);
            let gated = !plan.entry.only_if.is_empty();
            if open[index].is_none() || (gated && gained(&known, 2).is_none_or(|one| one < 0.0)) {
                continue;
            }
            let score = match rule.score.map(|score| score.to_string()).as_deref() {
                None => Some(0.0),
                Some("return(2 bars)") => gained(&known, 2),
                Some("return(3 bars)") => gained(&known, 3),
                Some(_) => deviation(&known, 4),
            };
            let raw = match rule.weights {
                Weights::Equal => Some(1.0),
                Weights::Score => score.filter(|&score| score > 0.0),
                Weights::InverseVolatility => deviation(&known, 3)
                    .filter(|&moves| moves > 0.0)
                    .map(|moves| 1.0 / moves),
            };
            if let (Some(score), Some(raw)) = (score, raw) {
                held.push((index, score, raw));
            }
        }
        held.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap());
        if let Some(most) = plan.portfolio.max_per_sector {
            let sectors = |index: usize| assets[index].sectors(Timestamp::from_micros(at));
            let stuck =
                (0..assets.len()).filter(|&index| coins[index] > 0.0 && open[index].is_none());
            let mut taken: Vec<String> = stuck.flat_map(sectors).collect();
            let ranked = std::mem::take(&mut held);
            for one in ranked {
                let of = sectors(one.0);
                let is_full =
                    |name: &String| taken.iter().filter(|other| *other == name).count() >= most;
                if !of.iter().any(is_full) {
                    taken.extend(of);
                    held.push(one);
                }
            }
        }
        held.truncate(rule.top.unwrap_or(usize::MAX));
        let all: f64 = held.iter().map(|one| one.2).sum();
        let invested = rule.invested.map_or(1.0, |share| share.get());
        let most = plan.size.max_fraction.map_or(1.0, |share| share.get());
        let band = rule.band.map_or(0.0, |share| share.get()) * equity;
        let mut buys = Vec::new();
        for index in 0..assets.len() {
            let Some(open) = open[index] else { continue };
            let weight = held
                .iter()
                .find(|one| one.0 == index)
                .map_or(0.0, |one| (one.2 / all * invested).min(most));
            let off = weight * equity - coins[index] * open;
            if weight == 0.0 || off < -band {
                let sold = if weight == 0.0 {
                    coins[index]
                } else {
                    -off / open
                };
                let price = open * (1.0 - cost);
                cash += sold * price * (1.0 - cost);
                coins[index] -= sold;
            } else if off > band {
                buys.push((index, off, open));
            }
        }
        let needed: f64 = buys.iter().map(|one| one.1 * (1.0 + cost)).sum();
        let left = if cash > 1e-9 * equity { cash } else { 0.0 };
        let scale = if needed > left { left / needed } else { 1.0 };
        for (index, value, open) in buys {
            let price = open * (1.0 + cost);
            let mut bought = value * scale / price;
            if let Some(lot) = plan.size.lot {
                bought = (bought / lot).floor() * lot;
            }
            if bought * price < plan.size.min_value.unwrap_or(0.0) {
                continue;
            }
            cash -= bought * price * (1.0 + cost);
            coins[index] += bought;
        }
    }
    let end = |asset: &Owned| asset.bars.close().last().copied().unwrap_or(0.0);
    cash + coins
        .iter()
        .zip(&assets)
        .map(|(coins, asset)| coins * end(asset))
        .sum::<f64>()
}

#[test]
fn weights_and_coins_come_out_as_plain_arithmetic_says() {
    let (compared, lots) = (Cell::new(0), Cell::new(0));
    let count = cases(600);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    runner
        .run(&(world(), weighing()), |(mut world, plan)| {
            world.plan = plan;
            match run(&world.parsed(), &world.borrowed()) {
                Err(ReplayError::NoBars { .. }) => {}
                outcome => {
                    let outcome = outcome.unwrap();
                    let (ours, plain) = (outcome.final_equity(), plainly(&world));
                    // A lot may fall to the other side of a rounded quotient, which costs a lot's price.
                    let near = if world.plan.contains("lot") {
                        8.0
                    } else {
                        1e-8
                    };
                    proptest::prop_assert!(
                        (ours - plain).abs() <= near,
                        "{ours}, plainly {plain}: {}\n{:?}",
                        world.plan,
                        outcome.trades
                    );
                    compared.set(compared.get() + 1);
                    lots.set(lots.get() + outcome.counts.rebalanced);
                }
            }
            Ok(())
        })
        .unwrap();
    println!("{} compared, {} purchases", compared.get(), lots.get());
    assert!(compared.get() > count as usize / 2);
    assert!(lots.get() > 2 * count as usize);
}
