//! Every metric of 5,000 series of 2,520 returns, beside a plain sum over the same bytes.
//!
//! `cargo run --release -p highwater-metrics --example panel [rounds]`

use std::{hint::black_box, time::Instant};

use highwater_metrics::{Convention, Layout, Panel, panel_profiles, panel_summaries, summary};
use rayon::prelude::*;

const SERIES: usize = 5_000;
const ROWS: usize = 2_520;

#[allow(clippy::print_stdout, reason = "an example that shows figures")]
fn main() {
    let rounds = std::env::args().nth(1);
    let rounds: usize = rounds.map_or(40, |rounds| rounds.parse().expect("a number of rounds"));
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

    let sharpes = |panel: &Panel<'_>| -> f64 {
        let found = panel_summaries(panel, &crypto, daily);
        found.iter().filter_map(|summary| summary.sharpe.ok()).sum()
    };
    let ulcers = |panel: &Panel<'_>| -> f64 {
        let found = panel_profiles(panel, &crypto, daily);
        found
            .iter()
            .filter_map(|profile| profile.depths.ulcer_index().ok())
            .sum()
    };
    let sum = || values.par_chunks(ROWS * 8).map(lanes).sum();
    let works: [(&str, &(dyn Fn() -> f64 + Sync)); 5] = [
        ("plain sum, eight lanes", &sum),
        ("every metric, series after series", &|| sharpes(&by_series)),
        ("profiles, series after series", &|| ulcers(&by_series)),
        ("every metric, one long series", &|| {
            summary(&values, &crypto, daily).sharpe.unwrap_or(0.0)
        }),
        ("every metric, row after row", &|| sharpes(&by_row)),
    ];
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        let mut best = [f64::INFINITY; 5];
        // In turn, so that a busy machine is as busy for all of them; but for the last, whose panel is another one, and
        // would take the place of the first in the farthest cache.
        for turn in [0..4, 4..5] {
            for _ in 0..rounds {
                for at in turn.clone() {
                    let start = Instant::now();
                    pool.install(|| black_box(works[at].1()));
                    best[at] = best[at].min(start.elapsed().as_secs_f64());
                }
            }
        }
        println!("{threads} thread(s), the least of {rounds} rounds");
        for ((name, _), time) in works.iter().zip(best) {
            let (ms, ratio) = (time * 1e3, time / best[0]);
            println!("{name:<44} {ms:>8.2} ms  {ratio:>6.2} sums");
        }
    }
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
