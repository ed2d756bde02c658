//! Rolling 90-day Sharpe, Sortino and max drawdown of 500 series of 2,520 returns, timed: the best of many runs.
//!
//! `cargo run --release -p highwater-metrics --example rolling`

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::{hint::black_box, time::Instant};

use highwater_metrics::{
    Convention,
    rolling::{RollingMetric, Windows, rolling},
};

const SERIES: usize = 500;
const ROWS: usize = 2_520;

fn main() {
    let mut state = 7_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let values: Vec<f64> = (0..SERIES * ROWS)
        .map(|_| 0.0005 + 0.04 * (uniform() + uniform() + uniform() - 1.5))
        .collect();
    let series: Vec<&[f64]> = values.chunks(ROWS).collect();
    let convention = Convention::crypto();
    let per_year = convention.periods_per_year(1.0).expect("a year of days");
    let windows = Windows::full(90).expect("a window");
    let three = [
        RollingMetric::Sharpe,
        RollingMetric::Sortino,
        RollingMetric::MaxDrawdown,
    ];
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        for (name, metrics) in [
            ("three metrics", &three[..]),
            ("Sharpe", &three[..1]),
            ("Sortino", &three[1..2]),
            ("max drawdown", &three[2..]),
        ] {
            let mut best = f64::INFINITY;
            for _ in 0..100 {
                let start = Instant::now();
                let found = pool.install(|| {
                    rolling(black_box(&series), windows, metrics, &convention, per_year)
                });
                best = best.min(start.elapsed().as_secs_f64());
                assert_eq!(found.len(), SERIES);
            }
            let each = best * 1e9 / values.len() as f64;
            let of = format!(
                "highwater, {threads} thread{}: {name}",
                if threads > 1 { "s" } else { "" }
            );
            println!("{of:<44} {:>8.2} ms  {each:>6.3} ns a window", best * 1e3);
        }
    }
}
