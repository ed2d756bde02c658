//! One portfolio of many tokens, timed by its parts: `portfolio TOKENS DAYS ROUNDS [FRACTION]`.
//!
//! Daily bars that move 4 % a day, entries on breakouts of 20 bars, stops and targets at levels found in the bars: the
//! plan `data/plans/breakout.toml`, with another size where a fraction is given. Prints the least of the rounds.

#![allow(
    clippy::print_stdout,
    reason = "a program whose figures are its output"
)]

use std::{hint::black_box, time::Instant};

use highwater_backtest::{Asset, FirstTouch, Plan, oracle, run};
use highwater_benches::{daily_bars, published};
use highwater_levels::{BarLevels, SwingConfig, breakouts};
use highwater_market::{Bars, Known, Signal, Source, Timeframe, Token, TokenId};

const PLAN: &str = include_str!("../../data/plans/breakout.toml");

fn least<T>(name: &str, rounds: usize, mut work: impl FnMut() -> T) -> T {
    let mut best = f64::INFINITY;
    let mut answer = None;
    for _ in 0..rounds {
        drop(answer.take());
        let start = Instant::now();
        answer = Some(black_box(work()));
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<28} {:>9.3} ms", best * 1e3);
    answer.expect("at least one round")
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| -> usize {
        let word = words.get(index).expect("portfolio TOKENS DAYS ROUNDS");
        word.parse().expect("a number")
    };
    let (tokens, days, rounds) = (number(0), number(1), number(2));
    let text = words.get(3).map_or(PLAN.to_owned(), |fraction| {
        PLAN.replace("fraction = \"20%\"", &format!("fraction = \"{fraction}\""))
    });
    let plan = Plan::parse(&text).expect("the plan is valid");
    let bars: Vec<Bars> = (0..tokens as u64)
        .map(|seed| daily_bars(seed, days))
        .collect();
    let versions: Vec<_> = bars.iter().map(published).collect();
    let named: Vec<Token> = (0..tokens as i64)
        .map(|id| Token {
            source: Source::simulated(),
            id: TokenId(id),
            symbol: format!("T{id:04}"),
            name: format!("Token {id}"),
        })
        .collect();
    let books: Vec<BarLevels> = least("level books", rounds, || {
        let book =
            |one: &Vec<_>| BarLevels::new(one.clone(), Timeframe::D1, SwingConfig::default());
        versions.iter().map(book).collect()
    });
    let signals: Vec<Vec<Known<Signal>>> = least("breakout signals", rounds, || {
        let signals = |one: &Vec<_>| breakouts(one, plan.entry.lookback_bars());
        versions.iter().map(signals).collect()
    });
    let assets: Vec<Asset<'_>> = (0..tokens)
        .map(|index| Asset {
            token: &named[index],
            bars: &bars[index],
            finer: None,
            signals: &signals[index],
            levels: &books[index],
        })
        .collect();
    least("pyramids", rounds, || {
        bars.iter()
            .map(|bars| FirstTouch::new(bars).len())
            .sum::<usize>()
    });
    least("instants, sorted", rounds, || {
        let all = bars.iter().flat_map(Bars::open_times).copied();
        let mut instants: Vec<_> = all.collect();
        instants.sort();
        instants.dedup();
        instants.len()
    });
    // The books keep what they were asked; the first run finds them fresh, the later ones do not.
    let outcome = least("run", 1, || run(&plan, &assets).expect("it ran"));
    println!(
        "  {} trades, {} points of equity, {} doubtful trades, {} signals, {} entered",
        outcome.trades.len(),
        outcome.equity.len(),
        outcome.scenarios.chosen.doubtful_trades,
        outcome.counts.signals,
        outcome.counts.entered,
    );
    least("run, again", rounds, || {
        run(&plan, &assets).expect("it ran")
    });
    let plain = least("bar by bar, chosen alone", 1, || {
        oracle::replay(&plan, &assets, plan.exit.doubtful).expect("it ran")
    });
    assert!(
        plain.trades == outcome.trades && plain.equity == outcome.equity,
        "the same result"
    );
}
