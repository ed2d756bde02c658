//! When is a stop or a target reached: by the pyramid, and by looking at one bar after the other?
//!
//! 10,000,000 bars of a price that moves about 0.1 % a bar. 1,000 entries spread over them, each with a stop and a
//! target as far above as below: 1, 5, 10 and 20 % of the price. Both ways must name the same bar for every entry.
//! `build` is the pyramid itself, made once for any number of entries.
//!
//! `cargo bench -p highwater-benches --bench first_touch`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater_backtest::FirstTouch;
use highwater_benches::Wander;

const BARS: usize = 10_000_000;
const ENTRIES: usize = 1_000;

/// An entry: its first bar, the price below and the price above.
struct Entry {
    from: usize,
    below: f64,
    above: f64,
}

fn entries(bars: &Wander, distance: f64) -> Vec<Entry> {
    (0..ENTRIES)
        .map(|index| {
            let bar = index * (BARS / ENTRIES);
            Entry {
                from: bar + 1,
                below: bars.close[bar] * (1.0 - distance),
                above: bars.close[bar] * (1.0 + distance),
            }
        })
        .collect()
}

/// The first bar that reaches either price, one bar after the other.
fn scan(bars: &Wander, entry: &Entry) -> Option<usize> {
    (entry.from..bars.low.len())
        .find(|&bar| bars.low[bar] <= entry.below || bars.high[bar] >= entry.above)
}

/// The same by two questions to the pyramid.
fn ask(pyramid: &FirstTouch<'_>, entry: &Entry) -> Option<usize> {
    let below = pyramid.first_at_or_below(entry.from, entry.below);
    let above = pyramid.first_at_or_above(entry.from, entry.above);
    below.into_iter().chain(above).min()
}

fn first_touch(criterion: &mut Criterion) {
    let bars = Wander::of(BARS);
    let pyramid = FirstTouch::of_columns(&bars.high, &bars.low);
    let mut group = criterion.benchmark_group("first_touch/10M_bars");
    group.sample_size(10);
    group.throughput(Throughput::Elements(BARS as u64));
    group.bench_function("build", |bencher| {
        bencher.iter(|| FirstTouch::of_columns(black_box(&bars.high), black_box(&bars.low)).len());
    });
    group.throughput(Throughput::Elements(ENTRIES as u64));
    for percent in [1, 5, 10, 20] {
        let entries = entries(&bars, f64::from(percent) / 100.0);
        let touched = entries.iter().filter(|&entry| {
            let by_scan = scan(&bars, entry);
            assert_eq!(by_scan, ask(&pyramid, entry), "from bar {}", entry.from);
            by_scan.is_some()
        });
        assert!(touched.count() > ENTRIES * 9 / 10, "hardly any is reached");
        group.bench_function(format!("scan/{percent}_percent"), |bencher| {
            bencher.iter(|| entries.iter().filter_map(|entry| scan(&bars, entry)).max());
        });
        group.bench_function(format!("pyramid/{percent}_percent"), |bencher| {
            bencher.iter(|| {
                entries
                    .iter()
                    .filter_map(|entry| ask(&pyramid, entry))
                    .max()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, first_touch);
criterion_main!(benches);
