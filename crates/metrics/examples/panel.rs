//! Every metric of 5,000 series of 2,520 returns, beside a plain sum over the same bytes.
//!
//! `cargo run --release -p highwater-metrics --example panel`

use std::{hint::black_box, time::Instant};

use highwater_metrics::{Convention, Layout, Panel, panel_summaries, summary};
use rayon::prelude::*;

const SERIES: usize = 5_000;
const ROWS: usize = 2_520;

#[allow(clippy::print_stdout, reason = "an example that shows figures")]
fn main() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let values: Vec<f64> = (0..SERIES * ROWS)
        .map(|_| (uniform() + uniform() + uniform() - 1.499) / 30.0)
        .collect();
    let turned: Vec<f64> = (0..ROWS)
        .flat_map(|row| (0..SERIES).map(move |series| (series, row)))
        .map(|(series, row)| values[series * ROWS + row])
        .collect();
    let crypto = Convention::crypto();
    let daily = crypto
        .periods_per_year(1.0)
        .expect("365 is a number of days");
    let by_series = Panel::new(&values, SERIES, ROWS, Layout::SeriesMajor).expect("the shape fits");
    let by_row = Panel::new(&turned, SERIES, ROWS, Layout::RowMajor).expect("the shape fits");

    let time = |name: &str, work: &dyn Fn() -> f64| {
        let best = (0..40)
            .map(|_| {
                let start = Instant::now();
                black_box(work());
                start.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        let per_element = best * 1e9 / (SERIES * ROWS) as f64;
        println!(
            "{name:<44} {:>8.2} ms  {per_element:>6.3} ns an element",
            best * 1e3
        );
    };
    println!("{} threads", rayon::current_num_threads());
    time("plain sum, one chain of additions", &|| values.iter().sum());
    time("plain sum, one chain a thread", &|| {
        values
            .par_chunks(ROWS)
            .map(|rows| rows.iter().sum::<f64>())
            .sum()
    });
    time("plain sum, eight lanes, one thread", &|| lanes(&values));
    time("plain sum, eight lanes a thread", &|| {
        values.par_chunks(ROWS * 8).map(lanes).sum()
    });
    let sharpes = |panel: &Panel<'_>| -> f64 {
        let found = panel_summaries(panel, &crypto, daily);
        found.iter().filter_map(|summary| summary.sharpe.ok()).sum()
    };
    time("every metric, series after series", &|| sharpes(&by_series));
    time("every metric, row after row", &|| sharpes(&by_row));
    time("every metric, one long series", &|| {
        summary(&values, &crypto, daily).sharpe.unwrap_or(0.0)
    });
    let alone = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("one thread");
    time("every metric, series after series, one thread", &|| {
        alone.install(|| sharpes(&by_series))
    });
}

fn lanes(values: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for chunk in values.chunks_exact(8) {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    sums.iter().sum()
}
