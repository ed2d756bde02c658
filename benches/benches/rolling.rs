//! What do rolling 90-day Sharpe, Sortino and max drawdown of many series cost?
//!
//! 500 series of 2,520 returns: 1.26 million windows, three metrics each. `together` is one call for all three; the
//! metrics are also timed one by one, and beta to one benchmark and the median beside them. On pools of one thread and
//! of two. `benches/peers/run rolling` times Python's libraries on the same task.
//!
//! `cargo bench -p highwater-benches --bench rolling`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater_benches::panel;
use highwater_metrics::{
    Convention,
    rolling::{PairMetric, Rolled, RollingMetric, Windows, rolling, rolling_pairs},
};

const SERIES: usize = 500;
const ROWS: usize = 2_520;
const WINDOW: usize = 90;

const THREE: [RollingMetric; 3] = [
    RollingMetric::Sharpe,
    RollingMetric::Sortino,
    RollingMetric::MaxDrawdown,
];

/// What is timed is right: some windows measured by the plainest loops.
fn check(series: &[&[f64]], found: &[Vec<Rolled>]) {
    assert_eq!(found.len(), SERIES);
    for at in (0..SERIES).step_by(97) {
        for row in (WINDOW - 1..ROWS).step_by(211) {
            let window = &series[at][row + 1 - WINDOW..=row];
            let n = WINDOW as f64;
            let mean = window.iter().sum::<f64>() / n;
            let squares: f64 = window.iter().map(|one| (one - mean).powi(2)).sum();
            let below: f64 = window.iter().map(|one| one.min(0.0).powi(2)).sum();
            let (mut value, mut peak, mut deepest) = (1.0_f64, 1.0_f64, 0.0_f64);
            for one in window {
                value *= 1.0 + one;
                peak = peak.max(value);
                deepest = deepest.min(value / peak - 1.0);
            }
            let year = 365.0_f64.sqrt();
            let sharpe = mean / (squares / (n - 1.0)).sqrt() * year;
            let sortino = mean / (below / n).sqrt() * year;
            for (found, plain) in found[at].iter().zip([sharpe, sortino, deepest]) {
                let found = found.get(row).expect("a row").expect("a value");
                assert!(
                    (found - plain).abs() < 1e-10,
                    "{at}, {row}: {found}, {plain}"
                );
            }
        }
    }
}

fn rolling_windows(criterion: &mut Criterion) {
    let values = panel(SERIES, ROWS);
    let series: Vec<&[f64]> = values.chunks(ROWS).collect();
    let convention = Convention::crypto();
    let per_year = convention.periods_per_year(1.0).expect("a year of days");
    let windows = Windows::full(WINDOW).expect("a window");
    let measure =
        |metrics: &[RollingMetric]| rolling(&series, windows, metrics, &convention, per_year);
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool")
    };
    let (one, two) = (pool(1), pool(2));
    let found = one.install(|| measure(&THREE));
    check(&series, &found);
    assert!(
        found == two.install(|| measure(&THREE)),
        "threads alter nothing"
    );

    let mut group = criterion.benchmark_group("rolling/500x2520/90");
    group.sample_size(20);
    group.throughput(Throughput::Elements(values.len() as u64));
    for (threads, pool) in [("one_thread", &one), ("two_threads", &two)] {
        let mut time = |name: &str, metrics: &[RollingMetric]| {
            group.bench_function(format!("{name}/{threads}"), |bencher| {
                bencher.iter(|| pool.install(|| measure(black_box(metrics))));
            });
        };
        time("together", &THREE);
        for (name, metric) in ["sharpe", "sortino", "max_drawdown"].into_iter().zip(THREE) {
            time(name, &[metric]);
        }
        time("median", &[RollingMetric::MEDIAN]);
        group.bench_function(format!("beta/{threads}"), |bencher| {
            bencher.iter(|| {
                let series = black_box(&series);
                pool.install(|| rolling_pairs(series, series[0], windows, PairMetric::Beta))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, rolling_windows);
criterion_main!(benches);
