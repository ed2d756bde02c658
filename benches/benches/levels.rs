//! What does it cost to know the levels of one token at every close of three years?
//!
//! 1,096 daily bars. `once` finds the levels of all of them: the definition. `every_close/book` asks a book at each
//! close, as a replay does, the charting of the bars included; `every_close/anew` finds the levels of each prefix from
//! nothing. Both must give the same levels, strengths included, at every close.
//!
//! `cargo bench -p highwater-benches --bench levels`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater_benches::{daily_bars, published};
use highwater_levels::{BarLevels, SwingConfig, levels};
use highwater_market::{Bars, Level, LevelBook, Price, Timeframe};

const DAYS: usize = 1_096;

fn close_of(bars: &Bars, bar: usize) -> Price {
    Price::new(bars.close()[bar]).expect("a close is a price")
}

fn by_book(bars: &Bars) -> Vec<Vec<Level>> {
    let book = BarLevels::new(published(bars), Timeframe::D1, SwingConfig::default());
    (0..bars.len())
        .map(|bar| book.levels_at(bars.close_time(bar), close_of(bars, bar)))
        .collect()
}

fn anew(bars: &Bars) -> Vec<Vec<Level>> {
    (0..bars.len())
        .map(|bar| {
            let known = bars.prefix(bar + 1);
            levels(&known, &SwingConfig::default(), close_of(bars, bar))
        })
        .collect()
}

fn level_books(criterion: &mut Criterion) {
    let bars = daily_bars(7, DAYS);
    let (book, plain) = (by_book(&bars), anew(&bars));
    assert_eq!(book, plain, "a book says what the definition says");
    assert!(plain[DAYS - 1].len() > 5, "hardly a level is found");

    let mut group = criterion.benchmark_group("levels/1096_days");
    group.sample_size(10);
    group.throughput(Throughput::Elements(DAYS as u64));
    group.bench_function("once", |bencher| {
        let price = close_of(&bars, DAYS - 1);
        bencher.iter(|| levels(black_box(&bars), &SwingConfig::default(), price).len());
    });
    group.bench_function("every_close/book", |bencher| {
        bencher.iter(|| by_book(black_box(&bars)).len());
    });
    group.bench_function("every_close/anew", |bencher| {
        bencher.iter(|| anew(black_box(&bars)).len());
    });
    group.finish();
}

criterion_group!(benches, level_books);
criterion_main!(benches);
