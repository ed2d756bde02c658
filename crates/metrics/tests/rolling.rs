//! Rolling windows: the same as measuring every window anew, whatever stood before it.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{anything, cases, convention, daily, doublings, market};
use highwater_metrics::{
    AnnualMean, Convention, DownsideOver, Drawdown, Moments, PeriodsPerYear, ReturnKind, Undefined,
    against::CoMoments,
    rolling::{PairMetric, Rolled, RollingMetric, Windows, rolling, rolling_pairs},
    summary,
};
use proptest::prelude::*;

const ALL: [RollingMetric; 7] = [
    RollingMetric::Mean,
    RollingMetric::Volatility,
    RollingMetric::Sharpe,
    RollingMetric::Sortino,
    RollingMetric::MaxDrawdown,
    RollingMetric::MEDIAN,
    RollingMetric::Quantile(0.05),
];

fn rolled(returns: &[&[f64]], windows: Windows, convention: &Convention) -> Vec<Vec<Rolled>> {
    rolling(returns, windows, &ALL, convention, daily())
}

/// To the last bit.
fn bytes(rolled: &[Rolled]) -> String {
    format!("{rolled:?}")
}

fn windows() -> impl Strategy<Value = Windows> {
    let fixed = (1..60_usize, 0.0..1.0_f64).prop_map(|(rows, share)| {
        Windows::new(rows, 1 + ((rows - 1) as f64 * share) as usize).unwrap()
    });
    prop_oneof![
        6 => fixed,
        1 => (1..40_usize).prop_map(|least| Windows::expanding(least).unwrap()),
        1 => Just(Windows::full(2000).unwrap()),
    ]
}

/// The rows of the window that ends with `row`.
fn window(rows: &[f64], windows: Windows, row: usize) -> &[f64] {
    &rows[(row + 1).saturating_sub(windows.rows())..=row]
}

fn near(found: f64, expected: f64, bound: f64) -> Result<(), TestCaseError> {
    prop_assert!(
        (found - expected).abs() <= bound,
        "{found} is not {expected} within {bound}"
    );
    Ok(())
}

/// The quantile of a window by sorting it.
fn sorted_quantile(rows: &[f64], probability: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = rows.iter().copied().filter(|row| row.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let h = (sorted.len().checked_sub(1)?) as f64 * probability;
    let (low, high) = (sorted[h.floor() as usize], sorted[h.ceil() as usize]);
    Some(low + (h - h.floor()) * (high - low))
}

#[test]
fn values_exact_in_binary() {
    let convention = Convention::crypto();
    let yearly = PeriodsPerYear::new(4.0).unwrap();
    let returns = [0.5, -0.5, f64::NAN, 1.0, -0.75, 0.0];
    let two = Windows::new(3, 2).unwrap();
    let found = &rolling(&[&returns], two, &ALL, &convention, yearly)[0];
    let few = |have| Err(Undefined::TooFew { need: 2, have });
    let column = |at: usize| found[at].iter().collect::<Vec<_>>();
    assert_eq!(column(0)[..4], [few(1), Ok(0.0), Ok(0.0), Ok(0.25)], "mean");
    assert_eq!(
        column(4),
        [few(1), Ok(-0.5), Ok(-0.5), Ok(-0.5), Ok(-0.75), Ok(-0.75)],
        "fall"
    );
    assert_eq!(column(5)[3..], [Ok(0.25), Ok(0.125), Ok(0.0)], "median");
}

#[test]
fn reasons_stand_where_there_is_no_value() {
    let mut rows = vec![0.25; 12];
    rows[5] = f64::INFINITY;
    rows[11] = -1.5;
    let found = &rolled(&[&rows], Windows::full(3).unwrap(), &Convention::crypto())[0];
    let sharpe: Vec<_> = found[2].iter().collect();
    assert_eq!(sharpe[1], Err(Undefined::TooFew { need: 3, have: 2 }));
    assert_eq!(sharpe[4], Err(Undefined::ZeroVariance));
    assert_eq!(sharpe[5..8], [Err(Undefined::NonFinite { index: 5 }); 3]);
    assert_eq!(sharpe[8], Err(Undefined::ZeroVariance));
    assert!(sharpe[11].is_ok());
    assert_eq!(found[3].get(4), Some(Err(Undefined::NoDownside)));
    assert_eq!(found[4].get(10), Some(Ok(0.0)));
    assert_eq!(found[4].get(11), Some(Err(Undefined::Ruin { index: 11 })));
    assert_eq!(
        found[1].get(4),
        Some(Ok(0.0)),
        "a flat window does not vary"
    );
    let nowhere = RollingMetric::Quantile(1.5);
    let found = rolling(
        &[&[0.5]],
        Windows::full(1).unwrap(),
        &[nowhere],
        &Convention::crypto(),
        daily(),
    );
    assert_eq!(found[0][0].last(), Some(Err(Undefined::OutOfRange)));
}

#[test]
fn reasons_of_growth_name_the_row_of_the_series() {
    let mut rows: Vec<f64> = (0..12).map(|row| f64::from(row % 3) / 8.0).collect();
    rows[5] = f64::INFINITY;
    rows[10] = -1.5;
    let growth = Convention {
        annual_mean: AnnualMean::Growth,
        min_days: 0.0,
        ..Convention::crypto()
    };
    let found = &rolled(&[&rows], Windows::full(3).unwrap(), &growth)[0];
    let sharpe: Vec<_> = found[2].iter().collect();
    assert!(sharpe[4].is_ok() && sharpe[8].is_ok());
    assert_eq!(sharpe[5..8], [Err(Undefined::NonFinite { index: 5 }); 3]);
    assert_eq!(sharpe[10..], [Err(Undefined::Ruin { index: 10 }); 2]);
}

#[test]
fn an_outlier_that_has_left_leaves_no_trace() {
    let clean: Vec<f64> = (0..400)
        .map(|i| f64::from(i * 37 % 101) / 1e3 - 0.05)
        .collect();
    for outlier in [
        1e15,
        -0.999_999_999_999,
        -1.0,
        1e300,
        f64::NAN,
        f64::INFINITY,
        -7.0,
    ] {
        for at in [0, 89, 90, 91, 130, 179, 180] {
            let mut rows = clean.clone();
            rows[at] = outlier;
            let windows = Windows::full(90).unwrap();
            // Beside seven others, and alone.
            let eight = [
                &rows[..],
                &clean,
                &clean,
                &clean,
                &clean,
                &clean,
                &clean,
                &clean,
            ];
            for (series, plain) in [
                (&eight[..], &[&clean[..]; 8][..]),
                (&eight[..1], &[&clean[..]]),
            ] {
                let found = &rolled(series, windows, &Convention::crypto())[0];
                let expected = &rolled(plain, windows, &Convention::crypto())[0];
                for (found, expected) in found.iter().zip(expected) {
                    for row in (0..at).chain(at + 90..400) {
                        assert_eq!(
                            found.get(row),
                            expected.get(row),
                            "{outlier} at {at}, row {row}"
                        );
                    }
                }
            }
            let pairs = |y: &[f64]| {
                let reversed: Vec<f64> = clean.iter().rev().copied().collect();
                rolling_pairs(&[y], &reversed, windows, PairMetric::Beta).remove(0)
            };
            let (found, expected) = (pairs(&rows), pairs(&clean));
            for row in (0..at).chain(at + 90..400) {
                assert_eq!(
                    found.get(row),
                    expected.get(row),
                    "beta, {outlier} at {at}, row {row}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn every_window_measured_anew(
        rows in market(),
        windows in windows(),
        losers in any::<bool>(),
        rate in prop_oneof![Just(0.0), Just(0.001)],
    ) {
        let mut convention = Convention::crypto();
        convention.risk_free = highwater_metrics::Rate::Period { value: rate };
        convention.minimum_acceptable = convention.risk_free;
        convention.downside = if losers { DownsideOver::Losers } else { DownsideOver::All };
        let found = &rolled(&[&rows], windows, &convention)[0];
        for row in 0..rows.len() {
            let of = window(&rows, windows, row);
            let n = of.iter().filter(|row| row.is_finite()).count();
            let anew = summary(of, &convention, daily());
            let mut moments = Moments::default();
            of.iter().for_each(|&row| moments.push(row));
            let largest = of.iter().filter(|row| row.is_finite()).fold(0.0, |top: f64, row| top.max(row.abs()));
            let u = (n as f64 + 2.0) * f64::EPSILON;
            let expected = [
                (moments.mean(), 1, u * largest),
                (anew.volatility, 2, 4.0 * u * anew.volatility.unwrap_or(0.0)),
                (anew.sharpe, 2, {
                    let scale = (largest + rate) / moments.deviation(1).unwrap_or(1.0);
                    8.0 * u * (1.0 + scale) * (1.0 + scale) * 365.0_f64.sqrt()
                }),
                (anew.sortino, 2, {
                    let yearly = anew.downside_deviation.unwrap_or(1.0);
                    let scale = (largest + rate) / (yearly / 365.0_f64.sqrt());
                    16.0 * u * (1.0 + scale) * 365.0_f64.sqrt()
                }),
                (anew.max_drawdown, 1, 4.0 * u),
                (sorted_quantile(of, 0.5).ok_or(Undefined::OutOfRange), 1, 0.0),
                (sorted_quantile(of, 0.05).ok_or(Undefined::OutOfRange), 1, 0.0),
            ];
            for (found, (expected, need, bound)) in found.iter().zip(expected) {
                let need = windows.min_observations().max(need);
                let found = found.get(row).unwrap();
                if n < need {
                    prop_assert_eq!(found, Err(Undefined::TooFew { need, have: n }));
                    continue;
                }
                match (found, expected) {
                    (Ok(found), Ok(expected)) => near(found, expected, bound)?,
                    (found, expected) => prop_assert_eq!(found, expected),
                }
            }
        }
    }

    #[test]
    fn falls_exact_in_binary_are_exact(rows in doublings(), windows in windows()) {
        let metrics = [RollingMetric::MaxDrawdown];
        let found = &rolling(&[&rows], windows, &metrics, &Convention::crypto(), daily())[0][0];
        for row in 0..rows.len() {
            let mut anew = Drawdown::start();
            window(&rows, windows, row).iter().for_each(|&row| anew.push(row));
            if anew.count().observations >= windows.min_observations() {
                prop_assert_eq!(found.get(row), Some(anew.max_drawdown()));
            }
        }
    }

    #[test]
    fn falls_of_log_returns_are_those_of_simple_ones(
        rows in market(),
        windows in windows(),
        company in any::<bool>(),
    ) {
        let logs: Vec<f64> = rows.iter().map(|row| row.ln_1p()).collect();
        let metrics = [RollingMetric::MaxDrawdown];
        let simple = Convention::crypto();
        let log = Convention { returns: ReturnKind::Log, ..simple.clone() };
        let series = vec![&logs[..]; if company { 3 } else { 1 }];
        let found = rolling(&series, windows, &metrics, &log, daily());
        let expected = &rolling(&[&rows], windows, &metrics, &simple, daily())[0][0];
        for found in found {
            prop_assert_eq!(found[0].len(), rows.len());
            for (found, expected) in found[0].iter().zip(expected.iter()) {
                match (found, expected) {
                    (Ok(found), Ok(expected)) => near(found, expected, 1e-12)?,
                    (found, expected) => prop_assert_eq!(found, expected),
                }
            }
        }
    }

    #[test]
    fn company_threads_and_the_future_change_no_byte(
        rows in prop::collection::vec(-0.2..0.3_f64, 1..300),
        hole in 0.0..1.0_f64,
        windows in windows(),
        annual_mean in prop::sample::select(vec![AnnualMean::Arithmetic, AnnualMean::Compounded, AnnualMean::Growth]),
    ) {
        let convention = Convention { annual_mean, ..Convention::crypto() };
        let alone = &rolled(&[&rows], windows, &convention)[0];
        let other: Vec<f64> = rows.iter().rev().map(|row| row * 1.5).collect();
        let series: Vec<&[f64]> = (0..11).map(|at| if at % 3 == 0 { &rows[..] } else { &other }).collect();
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let together = pool.install(|| rolled(&series, windows, &convention));
            prop_assert_eq!(bytes(&together[3]), bytes(alone));
            prop_assert_eq!(bytes(&together[9]), bytes(alone));
        }
        // A row is lost: what came before it keeps its bytes, though the series is now walked another way.
        let at = (hole * rows.len() as f64) as usize;
        let mut holed = rows.clone();
        holed[at] = f64::NAN;
        let found = &rolled(&[&holed, &other, &other], windows, &convention)[0];
        for (found, alone) in found.iter().zip(alone) {
            let untouched = (0..at).chain(at.saturating_add(windows.rows())..rows.len());
            for row in untouched {
                prop_assert_eq!(found.get(row), alone.get(row));
            }
        }
    }

    #[test]
    fn other_annual_means_are_the_summarys(
        rows in market(),
        windows in windows(),
        growth in any::<bool>(),
        log in any::<bool>(),
    ) {
        let convention = Convention {
            annual_mean: if growth { AnnualMean::Growth } else { AnnualMean::Compounded },
            returns: if log { ReturnKind::Log } else { ReturnKind::Simple },
            min_days: 0.0,
            ..Convention::crypto()
        };
        let metrics = [RollingMetric::Sharpe, RollingMetric::Sortino];
        let found = &rolling(&[&rows], windows, &metrics, &convention, daily())[0];
        for row in (0..rows.len()).step_by(7) {
            let anew = summary(window(&rows, windows, row), &convention, daily());
            if anew.observations < windows.min_observations().max(2) {
                continue;
            }
            for (found, expected) in found.iter().zip([anew.sharpe, anew.sortino]) {
                match (found.get(row).unwrap(), expected) {
                    (Ok(found), Ok(expected)) => near(found, expected, 1e-9 * (1.0 + expected.abs()))?,
                    (found, expected) => prop_assert_eq!(found.is_err(), expected.is_err()),
                }
            }
        }
    }

    #[test]
    fn pairs_measured_anew((y, x) in (market(), market()), windows in windows()) {
        for metric in [PairMetric::Beta, PairMetric::Correlation, PairMetric::Covariance, PairMetric::Alpha] {
            let found = rolling_pairs(&[&y, &x], &x, windows, metric);
            prop_assert_eq!(found[0].len(), x.len().min(y.len()));
            for row in (0..found[0].len()).step_by(5) {
                let start = (row + 1).saturating_sub(windows.rows());
                let anew = CoMoments::of_rows(&x[start..=row], &y[start..=row]);
                let (expected, scale) = match metric {
                    PairMetric::Beta => (anew.slope(), 1.0),
                    PairMetric::Alpha => (anew.intercept(), 1.0),
                    PairMetric::Correlation => (anew.correlation(), 0.0),
                    _ => (anew.covariance(1), 0.0),
                };
                let value = found[0].get(row).unwrap();
                if anew.count.observations < windows.min_observations().max(2) {
                    prop_assert!(value.is_err());
                    continue;
                }
                let spread = match (anew.variance_x(0), anew.variance_y(0)) {
                    (Ok(x), Ok(y)) if x > 0.0 => (y / x).sqrt(),
                    _ => 1.0,
                };
                match (value, expected) {
                    (Ok(value), Ok(expected)) => near(value, expected, 1e-12 * (1.0 + scale * spread))?,
                    (value, expected) => prop_assert_eq!(value, expected),
                }
            }
            if metric == PairMetric::Beta {
                prop_assert!(found[1].iter().all(|beta| beta.is_err() || beta == Ok(1.0)), "of a series to itself");
            }
        }
    }

    #[test]
    fn every_value_is_finite_or_has_a_reason(
        rows in anything(),
        other in anything(),
        windows in windows(),
        convention in convention(),
        per_year in prop_oneof![Just(1e-300), Just(1e300), Just(365.0)],
    ) {
        let per_year = PeriodsPerYear::new(per_year).unwrap();
        let series: [&[f64]; 3] = [&rows, &other, &rows];
        let found = rolling(&series, windows, &ALL, &convention, per_year);
        prop_assert_eq!(found.len(), 3);
        prop_assert_eq!(bytes(&found[0]), bytes(&found[2]));
        let pairs = rolling_pairs(&series[..2], &rows, windows, PairMetric::Correlation);
        let all = found.iter().flatten().chain(&pairs);
        for rolled in all {
            for value in rolled.iter() {
                prop_assert!(value.is_err() || value.is_ok_and(f64::is_finite));
            }
            let length = rolled.len();
            let filled = rolled.clone().filled(0.0);
            prop_assert!(filled.len() == length && filled.iter().all(|value| value.is_finite()));
        }
        for falls in &found {
            let deep = falls[4].iter().flatten().all(|depth| (-1.0..=0.0).contains(&depth));
            prop_assert!(deep);
        }
    }
}

#[test]
fn what_leaves_the_range_of_a_double_has_no_value_rolled_or_whole() {
    let steep = [1e160, -0.5, 2e160, 1e150, -0.9, 1e151];
    let mild = [1e160, -0.5, 2.0, 1.0, -0.9, 1.0];
    let flat = [0.5, -0.5, 0.25, 0.5, -0.25, 0.5];
    let crypto = Convention::crypto();
    let named = [
        ("volatility", RollingMetric::Volatility),
        ("sharpe", RollingMetric::Sharpe),
        ("max_drawdown", RollingMetric::MaxDrawdown),
    ];
    for rows in [steep, mild, flat] {
        for window in [2, 3, 6] {
            // Beside another series, and alone.
            let windows = Windows::full(window).unwrap();
            let beside = rolled(&[&rows, &flat], windows, &crypto);
            let alone = rolled(&[&rows], windows, &crypto);
            assert_eq!(bytes(&beside[0]), bytes(&alone[0]));
            for row in window - 1..rows.len() {
                let part = &rows[row + 1 - window..=row];
                let whole = summary(part, &crypto, daily());
                for (name, metric) in named {
                    let at = ALL.iter().position(|other| *other == metric).unwrap();
                    let found = alone[0][at].get(row).unwrap();
                    let expected = whole.value(name).unwrap();
                    match (found, expected) {
                        (Ok(found), Ok(expected)) => {
                            assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0));
                        }
                        (found, expected) => assert_eq!(found, expected, "{name}, {rows:?}"),
                    }
                }
            }
        }
    }
}
