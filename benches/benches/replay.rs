//! What does a whole backtest cost, from bars to trades and equity?
//!
//! 24 tokens with three years of daily bars, and 500 with five, as one portfolio: entries on breakouts, stops and targets
//! at levels found in the bars.
//! `books_and_signals` makes what the replay reads; `run` is the replay by the index with its scenarios; `oracle` is
//! the bar-by-bar replay of the chosen run alone. Both must give the same trades and the same equity.
//!
//! `cargo bench -p highwater-benches --bench replay`

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater_backtest::{Asset, NoFacts, Plan, oracle, run};
use highwater_benches::{daily_bars, published};
use highwater_levels::{BarLevels, SwingConfig, breakouts};
use highwater_market::{Bars, Known, Signal, Source, Timeframe, Token, TokenId};

/// Tokens and days of each portfolio.
const PORTFOLIOS: [(usize, usize); 2] = [(24, 1_096), (500, 1_825)];
const PLAN: &str = include_str!("../../data/plans/breakout.toml");

type Read = (Vec<BarLevels>, Vec<Vec<Known<Signal>>>);

fn read(bars: &[Bars], plan: &Plan) -> Read {
    let book = |bars| BarLevels::new(published(bars), Timeframe::D1, SwingConfig::default());
    let signals = |bars| breakouts(&published(bars), plan.entry.lookback_bars());
    (
        bars.iter().map(book).collect(),
        bars.iter().map(signals).collect(),
    )
}

fn replay(criterion: &mut Criterion) {
    for (tokens, days) in PORTFOLIOS {
        portfolio(criterion, tokens, days);
    }
}

fn portfolio(criterion: &mut Criterion, count: usize, days: usize) {
    let plan = Plan::parse(PLAN).expect("the sample plan is valid");
    let bars: Vec<Bars> = (0..count as u64)
        .map(|seed| daily_bars(seed, days))
        .collect();
    let tokens: Vec<Token> = (0..count as i64)
        .map(|id| Token {
            source: Source::simulated(),
            id: TokenId(id),
            symbol: format!("T{id}"),
            name: format!("Token {id}"),
        })
        .collect();
    let (books, signals) = read(&bars, &plan);
    let assets: Vec<Asset<'_>> = (0..count)
        .map(|index| Asset {
            token: &tokens[index],
            bars: &bars[index],
            finer: None,
            signals: &signals[index],
            levels: &books[index],
            facts: &NoFacts,
        })
        .collect();
    let indexed = run(&plan, &assets).expect("the assets fit the plan");
    let plain = oracle::replay(&plan, &assets, plan.exit.doubtful).expect("the assets fit");
    assert_eq!(indexed.trades, plain.trades, "the same trades");
    assert_eq!(indexed.equity, plain.equity, "the same equity");
    assert!(indexed.trades.len() > 100, "hardly a trade is made");

    let mut group = criterion.benchmark_group(format!("replay/{count}_tokens_x_{days}_days"));
    group.sample_size(10);
    group.throughput(Throughput::Elements((count * days) as u64));
    group.bench_function("books_and_signals", |bencher| {
        bencher.iter(|| read(&bars, &plan).1.len());
    });
    group.bench_function("run", |bencher| {
        bencher.iter(|| run(&plan, &assets).expect("it ran").trades.len());
    });
    group.bench_function("oracle", |bencher| {
        bencher.iter(|| {
            let replay = oracle::replay(&plan, &assets, plan.exit.doubtful);
            replay.expect("it ran").trades.len()
        });
    });
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
