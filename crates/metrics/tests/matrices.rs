//! Correlation and covariance matrices: the same as pairs measured one by one.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{anything, cases, market};
use highwater_metrics::{
    Undefined,
    against::{CoMoments, Symmetric, correlation_matrix, covariance_matrix},
};
use proptest::prelude::*;

fn slices(series: &[Vec<f64>]) -> Vec<&[f64]> {
    series.iter().map(Vec::as_slice).collect()
}

/// Each pair one by one.
fn check(series: &[Vec<f64>]) -> Result<(), TestCaseError> {
    let of = slices(series);
    let correlations = correlation_matrix(&of);
    let covariances = covariance_matrix(&of, 1);
    for i in 0..series.len() {
        for j in 0..series.len() {
            let pairs = CoMoments::of_rows(&series[i], &series[j]);
            let rows = pairs.count.observations as f64;
            let value = correlations.get(i, j).unwrap();
            prop_assert_eq!(value, correlations.get(j, i).unwrap(), "{} {}", i, j);
            match (value, pairs.correlation()) {
                (Ok(value), Ok(plain)) => {
                    let bound = (rows + 16.0) * f64::EPSILON;
                    prop_assert!((value - plain).abs() <= bound, "{value} is not {plain}");
                    prop_assert!((-1.0..=1.0).contains(&value));
                    prop_assert!(i != j || value == 1.0);
                }
                (value, plain) => prop_assert_eq!(value, plain),
            }
            let value = covariances.get(i, j).unwrap();
            prop_assert_eq!(value, covariances.get(j, i).unwrap());
            match (value, pairs.covariance(1)) {
                (Ok(value), Ok(plain)) => {
                    let deviation =
                        |variance: Result<f64, Undefined>| variance.map_or(0.0, f64::sqrt);
                    // A variance beyond a double is measured pair by pair, as here: to the bit.
                    let scale = deviation(pairs.variance_x(1)) * deviation(pairs.variance_y(1));
                    let bound = (rows + 16.0) * f64::EPSILON * scale;
                    prop_assert!((value - plain).abs() <= bound, "{value} is not {plain}");
                }
                (value, plain) => prop_assert_eq!(value, plain),
            }
        }
    }
    Ok(())
}

fn listed(of: &Symmetric) -> usize {
    let n = of.series();
    let all = (0..n).flat_map(|i| (i..n).map(move |j| (i, j)));
    all.filter(|&(i, j)| of.get(i, j).unwrap().is_err()).count()
}

#[test]
fn reasons_stand_where_there_is_no_value() {
    let series: [&[f64]; 5] = [
        &[0.5, 0.25, 0.75, 0.5],
        &[0.5; 4],
        &[f64::NAN, 0.5, f64::NAN, f64::NAN],
        &[0.5, f64::INFINITY, 0.5, 0.25],
        &[0.5, 0.75, 0.25],
    ];
    let found = correlation_matrix(&series);
    assert_eq!(found.get(0, 1), Some(Err(Undefined::ZeroVariance)));
    assert_eq!(found.get(1, 1), Some(Err(Undefined::ZeroVariance)));
    assert_eq!(
        found.get(2, 0),
        Some(Err(Undefined::TooFew { need: 2, have: 1 }))
    );
    assert_eq!(
        found.get(3, 0),
        Some(Err(Undefined::NonFinite { index: 1 }))
    );
    assert_eq!(
        found.get(0, 4),
        Some(Ok(-1.0)),
        "of the rows that both have"
    );
    assert_eq!((found.get(0, 5), found.get(5, 0)), (None, None));
    assert_eq!(found.undefined().len(), listed(&found));
    let filled = found.filled(0.0);
    assert_eq!((filled.len(), filled[1], filled[0]), (25, 0.0, 1.0));
    let covariances = covariance_matrix(&series, 4);
    let few = Err(Undefined::TooFew { need: 5, have: 4 });
    assert_eq!(
        (covariances.get(0, 0), covariances.get(0, 1)),
        (Some(few), Some(few))
    );
    assert_eq!(correlation_matrix(&[]).series(), 0);
}

#[test]
fn many_series_and_threads() {
    let series: Vec<Vec<f64>> = (0..150)
        .map(|i| {
            (0..600)
                .map(|row| ((i * 37 + row * row * 11) % 1009) as f64 / 1e4 - 0.05)
                .collect()
        })
        .collect();
    check(&series).unwrap();
    let of = slices(&series);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let found = pool.install(|| correlation_matrix(&of));
        let bits: Vec<u64> = found.filled(2.0).into_iter().map(f64::to_bits).collect();
        bits
    };
    let one = with(1);
    for threads in [2, 3, 7] {
        assert!(with(threads) == one, "{threads} threads");
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn pairs_one_by_one(series in prop::collection::vec(market(), 0..12), rows in 0..400_usize) {
        let mut series = series;
        series.iter_mut().for_each(|series| series.truncate(rows));
        check(&series)?;
    }

    #[test]
    fn whole_series_of_one_length(
        series in (0..40_usize, 0..300_usize).prop_flat_map(|(n, rows)| {
            prop::collection::vec(prop::collection::vec(-0.1..0.1_f64, rows), n)
        }),
        scale in prop::sample::select(vec![1.0, 1e-130, 1e130, 1e-160, 1e160]),
    ) {
        let series: Vec<Vec<f64>> = series
            .into_iter()
            .enumerate()
            .map(|(at, series)| series.into_iter().map(|row| if at % 3 == 0 { row * scale } else { row }).collect())
            .collect();
        check(&series)?;
    }

    #[test]
    fn every_value_is_finite_or_has_a_reason(series in prop::collection::vec(anything(), 0..10), ddof in 0..4_u8) {
        let of = slices(&series);
        for found in [correlation_matrix(&of), covariance_matrix(&of, ddof)] {
            prop_assert_eq!(found.undefined().len(), listed(&found));
            prop_assert!(found.filled(0.0).into_iter().all(f64::is_finite));
        }
    }
}
