//! Times the whole catalogue over a panel of 5,000 series of 2,520 returns, each beside the first as its benchmark, and
//! the core alone.
//!
//! `cargo run --release -p highwater-metrics --example catalogue`

#![allow(
    clippy::print_stdout,
    reason = "an example that prints its measurements"
)]

use std::time::Instant;

use highwater_metrics::{
    CATALOGUE, Convention, Inputs, Selection, inference::Trials, measure_all_inputs,
};

const SERIES: usize = 5_000;
const ROWS: usize = 2_520;

fn main() {
    let panel = panel();
    let benchmark = &panel[..ROWS];
    let series: Vec<Inputs<'_>> = panel
        .chunks_exact(ROWS)
        .map(|returns| Inputs {
            benchmark: Some(benchmark),
            trials: Some(Trials {
                count: 100.0,
                variance: 0.001,
            }),
            ..Inputs::of(returns)
        })
        .collect();
    let crypto = Convention::crypto();
    let daily = crypto
        .periods_per_year(1.0)
        .expect("365 periods make a year");
    let time = |what: &str, selection: &Selection| {
        let best = (0..3)
            .map(|_| {
                let begun = Instant::now();
                let found = measure_all_inputs(&series, selection, &crypto, daily);
                assert_eq!(found.len(), SERIES);
                begun.elapsed()
            })
            .min();
        println!(
            "{what:<28} {:>8.1} ms",
            best.unwrap_or_default().as_secs_f64() * 1e3
        );
    };
    time("core", &Selection::core());
    time("whole catalogue", &Selection::all());
    if std::env::args().any(|argument| argument == "--each") {
        for metric in CATALOGUE {
            let one = Selection::named([metric.name]).expect("a name of the catalogue");
            time(metric.name, &one);
        }
    }
}

/// Returns like those of a market, the same in every run.
fn panel() -> Vec<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..SERIES * ROWS)
        .map(|_| 0.0005 + 0.02 * (uniform() + uniform() + uniform() + uniform() - 2.0))
        .collect()
}
