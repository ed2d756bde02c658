//! What do all metrics of a panel cost, beside merely reading it?
//!
//! 5,000 series of 2,520 returns (about 100 MB). `sum` adds the same numbers in eight lanes a series and keeps one sum
//! a series: the least work that looks at every byte. `summaries` computes every metric of the summary, `profiles`
//! skewness, kurtosis, Pain and Ulcer index besides. All on a pool of one thread and of two.
//!
//! `cargo bench -p highwater-benches --bench metric_fold`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater_benches::panel;
use highwater_metrics::{
    Convention, Layout, Panel, PeriodsPerYear, Profile, Summary, panel_profiles, panel_summaries,
};
use rayon::prelude::*;

const SERIES: usize = 5_000;
const ROWS: usize = 2_520;

/// The sum of a series, in eight strands so that additions need not wait for each other.
fn sum(returns: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let mut eights = returns.chunks_exact(8);
    for eight in &mut eights {
        for (lane, value) in lanes.iter_mut().zip(eight) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f64>() + eights.remainder().iter().sum::<f64>()
}

fn sums(values: &[f64]) -> Vec<f64> {
    values.par_chunks(ROWS).with_min_len(8).map(sum).collect()
}

fn summaries(values: &[f64], per_year: PeriodsPerYear) -> Vec<Summary> {
    let panel = Panel::new(values, SERIES, ROWS, Layout::SeriesMajor).expect("the shape fits");
    panel_summaries(&panel, &Convention::crypto(), per_year)
}

fn profiles(values: &[f64], per_year: PeriodsPerYear) -> Vec<Profile> {
    let panel = Panel::new(values, SERIES, ROWS, Layout::SeriesMajor).expect("the shape fits");
    panel_profiles(&panel, &Convention::crypto(), per_year)
}

/// The profiles hold the summaries, and the rest by the plainest loops.
fn check_profiles(values: &[f64], found: &[Profile], summaries: &[Summary]) {
    assert!(found.iter().map(|profile| &profile.summary).eq(summaries));
    for series in (0..SERIES).step_by(499) {
        let returns = &values[series * ROWS..][..ROWS];
        let n = ROWS as f64;
        let mean = returns.iter().sum::<f64>() / n;
        let moment = |k| returns.iter().map(|one| (one - mean).powi(k)).sum::<f64>() / n;
        let (mut value, mut peak, mut pain, mut ulcer) = (1.0_f64, 1.0_f64, 0.0, 0.0);
        for one in returns {
            value *= 1.0 + one;
            peak = peak.max(value);
            pain += 1.0 - value / peak;
            ulcer += (1.0 - value / peak).powi(2);
        }
        let Profile { shape, depths, .. } = &found[series];
        for (found, plain) in [
            (shape.skewness(), moment(3) / moment(2).powf(1.5)),
            (shape.excess_kurtosis(), moment(4) / moment(2).powi(2) - 3.0),
            (depths.pain_index(), pain / n),
            (depths.ulcer_index(), (ulcer / n).sqrt()),
        ] {
            let found = found.expect("no series is flat or ruined");
            assert!(
                (found - plain).abs() <= 1e-9,
                "series {series}: {found}, {plain}"
            );
        }
    }
}

/// What is timed is right: growth and the deepest fall by the plainest loops, on series spread over the panel.
fn check(values: &[f64], found: &[Summary], sums: &[f64]) {
    assert_eq!((found.len(), sums.len()), (SERIES, SERIES));
    for series in (0..SERIES).step_by(499) {
        let returns = &values[series * ROWS..][..ROWS];
        let (mut value, mut peak, mut deepest) = (1.0_f64, 1.0_f64, 0.0_f64);
        for one in returns {
            value *= 1.0 + one;
            peak = peak.max(value);
            deepest = deepest.min(value / peak - 1.0);
        }
        let close = |ours: f64, plain: f64| (ours - plain).abs() <= 1e-9 * plain.abs().max(1.0);
        let total = found[series].total_return.expect("no series is ruined");
        assert!(close(total, value - 1.0), "series {series}: {total}");
        let fall = found[series].max_drawdown.expect("there are rows");
        assert!(close(fall, deepest), "series {series}: {fall}");
        assert!(close(sums[series], returns.iter().sum()), "series {series}");
    }
}

fn metric_fold(criterion: &mut Criterion) {
    let values = panel(SERIES, ROWS);
    let per_year = Convention::crypto()
        .periods_per_year(1.0)
        .expect("365 is a number of days");
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool")
    };
    let (one, two) = (pool(1), pool(2));
    let found = one.install(|| summaries(&values, per_year));
    check(&values, &found, &one.install(|| sums(&values)));
    let deep = one.install(|| profiles(&values, per_year));
    check_profiles(&values, &deep, &found);
    let again = two.install(|| summaries(&values, per_year));
    assert_eq!(
        format!("{found:?}"),
        format!("{again:?}"),
        "threads alter nothing"
    );

    let again = two.install(|| profiles(&values, per_year));
    assert_eq!(
        format!("{deep:?}"),
        format!("{again:?}"),
        "nor do they here"
    );

    let mut group = criterion.benchmark_group("metric_fold/5000x2520");
    group.sample_size(10);
    group.throughput(Throughput::Elements(values.len() as u64));
    for (name, pool) in [("one_thread", &one), ("two_threads", &two)] {
        group.bench_function(format!("sum/{name}"), |bencher| {
            bencher.iter(|| pool.install(|| sums(black_box(&values))));
        });
        group.bench_function(format!("summaries/{name}"), |bencher| {
            bencher.iter(|| pool.install(|| summaries(black_box(&values), per_year)));
        });
        group.bench_function(format!("profiles/{name}"), |bencher| {
            bencher.iter(|| pool.install(|| profiles(black_box(&values), per_year)));
        });
    }
    group.finish();
}

criterion_group!(benches, metric_fold);
criterion_main!(benches);
