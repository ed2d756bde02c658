//! What do 10,000 stationary bootstrap replications of 2,520 returns cost, beside the plain loop and beside merely
//! adding as many numbers?
//!
//! `adding` sums 10,000 times the 2,520 returns in eight lanes, without resampling: the metric alone. `mean` and
//! `sharpe` bootstrap a metric of one and of two passes, with blocks of 10 rows on average and of 1. `plain loop` is
//! the textbook's: a coin a row decides whether the block goes on. All on one thread, and the bootstrap on two.
//!
//! `cargo bench -p highwater-benches --bench bootstrap`

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use highwater_benches::{Draws, panel};
use highwater_metrics::{
    Undefined,
    inference::{BlockLength, Bootstrap, superior_ability},
};

const ROWS: usize = 2_520;
const REPLICATIONS: usize = 10_000;

/// The sum of a series, in eight strands so that additions need not wait for each other.
fn sum(rows: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (eights, rest) = rows.as_chunks::<8>();
    for eight in eights {
        for (lane, value) in lanes.iter_mut().zip(eight) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

fn mean(rows: &[f64]) -> f64 {
    sum(rows) / rows.len() as f64
}

fn sharpe(rows: &[f64]) -> Result<f64, Undefined> {
    let mean = mean(rows);
    let mut lanes = [0.0; 8];
    let (eights, rest) = rows.as_chunks::<8>();
    for eight in eights {
        for (lane, value) in lanes.iter_mut().zip(eight) {
            *lane += (value - mean) * (value - mean);
        }
    }
    let squares =
        lanes.iter().sum::<f64>() + rest.iter().map(|row| (row - mean).powi(2)).sum::<f64>();
    Ok(mean / (squares / (rows.len() - 1) as f64).sqrt())
}

/// The textbook's bootstrap of a mean.
fn plain_loop(rows: &[f64], mean_block: f64) -> Vec<f64> {
    let mut draws = Draws::new(1);
    (0..REPLICATIONS)
        .map(|_| {
            let mut total = 0.0;
            let mut at = 0;
            for row in 0..rows.len() {
                if row == 0 || draws.uniform() < 1.0 / mean_block {
                    at = (draws.uniform() * rows.len() as f64) as usize;
                } else {
                    at = (at + 1) % rows.len();
                }
                total += rows[at];
            }
            total / rows.len() as f64
        })
        .collect()
}

fn deviation(values: &[f64]) -> f64 {
    let center = mean(values);
    mean(
        &values
            .iter()
            .map(|value| (value - center).powi(2))
            .collect::<Vec<f64>>(),
    )
    .sqrt()
}

fn bootstrap(criterion: &mut Criterion) {
    let rows = panel(1, ROWS);
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool")
    };
    let pools = [(1, pool(1)), (2, pool(2))];
    let of = |block| Bootstrap {
        replications: REPLICATIONS,
        seed: 1,
        block: BlockLength::Fixed(block),
    };
    let run = |block, metric: fn(&[f64]) -> Result<f64, Undefined>| {
        of(block).run(&rows, metric).expect("it varies")
    };
    // What is timed is right: the plain loop and ours spread alike, and threads alter nothing.
    for block in [1.0, 10.0] {
        let found = pools[0].1.install(|| run(block, |rows| Ok(mean(rows))));
        let again = pools[1].1.install(|| run(block, |rows| Ok(mean(rows))));
        assert_eq!(found, again, "threads alter nothing");
        let spread = deviation(&found.values) / deviation(&plain_loop(&rows, block));
        assert!((spread - 1.0).abs() < 0.05, "{spread}");
    }

    let mut group = criterion.benchmark_group("bootstrap/10k_of_2520_returns");
    group.sample_size(10);
    group.throughput(Throughput::Elements((ROWS * REPLICATIONS) as u64));
    group.bench_function("adding", |bencher| {
        bencher.iter(|| {
            (0..REPLICATIONS)
                .map(|_| sum(black_box(&rows)))
                .sum::<f64>()
        });
    });
    for block in [1.0, 10.0] {
        group.bench_function(BenchmarkId::new("plain_loop/mean", block), |bencher| {
            bencher.iter(|| plain_loop(black_box(&rows), block));
        });
        for (threads, pool) in &pools {
            group.bench_function(
                BenchmarkId::new(format!("{threads}_threads/mean"), block),
                |bencher| {
                    bencher.iter(|| pool.install(|| run(block, |rows| Ok(mean(rows)))));
                },
            );
            group.bench_function(
                BenchmarkId::new(format!("{threads}_threads/sharpe"), block),
                |bencher| {
                    bencher.iter(|| pool.install(|| run(block, sharpe)));
                },
            );
        }
    }
    group.finish();

    let values = panel(200, ROWS);
    let strategies: Vec<&[f64]> = values.chunks_exact(ROWS).collect();
    let mut group = criterion.benchmark_group("superior_ability/200_strategies_of_2520_rows_1k");
    group.sample_size(10);
    for (threads, pool) in &pools {
        let test = Bootstrap {
            replications: 1_000,
            ..of(10.0)
        };
        group.bench_function(format!("{threads}_threads"), |bencher| {
            bencher.iter(|| pool.install(|| superior_ability(&strategies, &test)));
        });
    }
    group.finish();
}

criterion_group!(benches, bootstrap);
criterion_main!(benches);
