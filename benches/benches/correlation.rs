//! What does the correlation matrix of thousands of series cost?
//!
//! 5,000 series of 2,520 returns: 12.5 million correlations of 2,520 products each, 63 billion floating-point operations
//! (a multiplication and an addition for each of half the square). Elements per second are these operations, so that
//! Gelem/s reads as GFLOP/s. On pools of one thread and of two; a smaller panel of which every series lacks a row
//! shows what missing rows cost. `benches/peers/run correlation` times numpy's `corrcoef` beside it.
//!
//! `cargo bench -p highwater-benches --bench correlation`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater_benches::panel;
use highwater_metrics::against::{CoMoments, Symmetric, correlation_matrix};

const ROWS: usize = 2_520;

/// What is timed is right: some pairs measured one by one.
fn check(series: &[&[f64]], found: &Symmetric) {
    assert_eq!(found.series(), series.len());
    assert_eq!(found.undefined(), []);
    for (i, j) in [(0, 1), (7, 8), (12, 99), (3, 3), (series.len() - 1, 2)] {
        let pairs = CoMoments::of_rows(series[i], series[j]);
        let plain = pairs.correlation().expect("a correlation");
        let found = found.get(i, j).expect("a pair").expect("a value");
        assert!((found - plain).abs() < 1e-13, "{i}, {j}: {found}, {plain}");
    }
}

fn correlation(criterion: &mut Criterion) {
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool")
    };
    let (one, two) = (pool(1), pool(2));
    let mut group = criterion.benchmark_group("correlation");
    group.sample_size(10);
    for (name, count, holes) in [
        ("1000x2520", 1_000, false),
        ("5000x2520", 5_000, false),
        ("500x2520_with_holes", 500, true),
    ] {
        let mut values = panel(count, ROWS);
        if holes {
            for (at, series) in values.chunks_mut(ROWS).enumerate() {
                series[at % ROWS] = f64::NAN;
            }
        }
        let series: Vec<&[f64]> = values.chunks(ROWS).collect();
        let found = two.install(|| correlation_matrix(&series));
        check(&series, &found);
        if count <= 1_000 {
            let again = one.install(|| correlation_matrix(&series));
            assert!(found == again, "threads alter nothing");
        }
        drop(found);
        group.throughput(Throughput::Elements((count * (count + 1) * ROWS) as u64));
        for (threads, pool) in [("one_thread", &one), ("two_threads", &two)] {
            group.bench_function(format!("{name}/{threads}"), |bencher| {
                bencher.iter(|| pool.install(|| correlation_matrix(black_box(&series))));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, correlation);
criterion_main!(benches);
