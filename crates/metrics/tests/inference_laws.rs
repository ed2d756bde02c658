//! The laws of the inference functions, on generated series.

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
    inference::{
        Adjustment, BlockLength, Bootstrap, Lags, SharpeEstimate, Trials, adjusted_p_values,
        block_lengths, deflated_sharpe, expected_maximum_sharpe, haircut_best_sharpe,
        haircut_sharpes, lo_factor, lo_sharpe, min_track_record_length, normal_cdf,
        normal_interval, normal_pdf, normal_quantile, overfitting, overfitting_sharpe,
        probabilistic_sharpe, reality_check, sharpe_difference_bootstrap, sharpe_difference_hac,
        sharpe_difference_memmel, sharpe_error_hac, sharpe_error_mertens, sharpe_error_normal,
        superior_ability,
    },
};
use proptest::prelude::*;

/// Any double at all, small and ordinary ones more often.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -3.0..3.0_f64,
        2 => any::<f64>(),
        1 => prop::sample::select(vec![
            0.0, -0.0, 1.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324,
        ]),
    ]
}

fn sharpe(rows: &[f64]) -> Result<f64, Undefined> {
    SharpeEstimate::of(rows, 0.0).map(|found| found.sharpe)
}

/// A number, or a reason; a probability where it is one.
fn sound(found: Result<f64, Undefined>) {
    if let Ok(value) = found {
        assert!(value.is_finite(), "{value}");
    }
}

fn probability(found: Result<f64, Undefined>) {
    if let Ok(value) = found {
        assert!((0.0..=1.0).contains(&value), "{value}");
    }
}

fn positive(found: Result<f64, Undefined>) {
    if let Ok(value) = found {
        assert!(value > 0.0 && value.is_finite(), "{value}");
    }
}

fn small(block: f64, seed: u64) -> Bootstrap {
    Bootstrap {
        replications: 19,
        seed,
        block: if block.is_nan() {
            BlockLength::Automatic
        } else {
            BlockLength::Fixed(block)
        },
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn functions_of_numbers_never_panic_and_never_give_nan(
        a in any_number(), b in any_number(), c in any_number(), d in any_number(),
        n in prop_oneof![0..2000_usize, Just(usize::MAX)],
    ) {
        probability(normal_cdf(a));
        sound(normal_pdf(a));
        sound(normal_quantile(a));
        let estimate = SharpeEstimate { sharpe: a, observations: n, skewness: b, kurtosis: c };
        sound(sharpe_error_normal(a, n));
        positive(sharpe_error_mertens(&estimate));
        probability(probabilistic_sharpe(&estimate, d));
        positive(min_track_record_length(&estimate, d, b));
        positive(min_track_record_length(&estimate, d, 0.95));
        let trials = Trials { count: b, variance: d };
        sound(expected_maximum_sharpe(&trials));
        probability(deflated_sharpe(&estimate, &trials));
        if let Ok(interval) = normal_interval(a, b, c) {
            assert!(interval.lower <= a && a <= interval.upper);
        }
        for adjustment in [Adjustment::Bonferroni, Adjustment::Sidak, Adjustment::Holm, Adjustment::Bhy] {
            if let Ok(found) = haircut_best_sharpe(a, n, n, adjustment) {
                probability(Ok(found.haircut));
                assert!(found.sharpe.abs() <= a.abs());
            }
            for found in haircut_sharpes(&[a, b, c, d], n, adjustment).into_iter().flatten() {
                probability(Ok(found.haircut));
                probability(Ok(found.adjusted_p_value));
            }
            for found in adjusted_p_values(&[a, b, c], adjustment).into_iter().flatten() {
                probability(Ok(found));
            }
        }
        sound(lo_factor(&[a, b, c], n));
        sound(lo_factor(&[a, b, c], 4));
    }

    #[test]
    fn functions_of_series_never_panic_and_never_give_nan(
        first in anything(), second in anything(), number in any_number(), seed in any::<u64>(), lags in 0..12_usize,
    ) {
        let rows = first.len().min(second.len());
        let (first, second) = (&first[..rows.min(200)], &second[..rows.min(200)]);
        let risk_free = if number.abs() < 1.0 { 0.001 * number } else { number };
        if let Ok(estimate) = SharpeEstimate::of(first, risk_free) {
            sound(Ok(estimate.sharpe));
            // Of every sample: kurtosis is at least 1 + skewness^2, so the variance of the estimate is not negative.
            assert!(estimate.kurtosis * (1.0 + 1e-9) >= 1.0 + estimate.skewness.powi(2));
            probability(probabilistic_sharpe(&estimate, 0.0));
        }
        for lags in [Lags::Fixed(lags), Lags::RuleOfThumb, Lags::Automatic] {
            positive(sharpe_error_hac(first, risk_free, lags).map(|found| found.error));
            if let Ok(found) = sharpe_difference_hac(first, second, risk_free, lags) {
                probability(Ok(found.p_value));
                positive(Ok(found.standard_error));
            }
        }
        sound(lo_sharpe(first, risk_free, lags));
        if let Ok(found) = sharpe_difference_memmel(first, second, risk_free) {
            probability(Ok(found.p_value));
            positive(Ok(found.standard_error));
        }
        if let Ok(found) = block_lengths(first) {
            assert!(found.stationary >= 1.0 && found.circular >= 1.0 && found.circular.is_finite());
        }
        let bootstrap = small(number, seed);
        if let Ok(found) = sharpe_difference_bootstrap(first, second, risk_free, &bootstrap) {
            probability(Ok(found.p_value));
        }
        if let Ok(found) = bootstrap.run(first, sharpe) {
            sound(found.standard_error());
            sound(found.bias());
            for interval in [found.percentile(0.9), found.bca(0.9, number), found.bca(0.5, 0.01)].into_iter().flatten() {
                assert!(interval.lower <= interval.upper && interval.lower.is_finite() && interval.upper.is_finite());
            }
        }
        sound(bootstrap.acceleration(first, sharpe));
        let both = [first, second];
        if let Ok(found) = reality_check(&both, &bootstrap) {
            probability(Ok(found.p_value));
            sound(Ok(found.statistic));
        }
        if let Ok(found) = superior_ability(&both, &bootstrap) {
            assert!(0.0 <= found.lower && found.lower <= found.consistent);
            assert!(found.consistent <= found.upper && found.upper <= 1.0);
            sound(Ok(found.statistic));
        }
        for found in [overfitting_sharpe(&both, 4, risk_free), overfitting(&both, 4, sharpe)].into_iter().flatten() {
            probability(Ok(found.probability()));
            probability(Ok(found.probability_of_loss()));
            sound(found.degradation().map(|line| line.slope));
            probability(found.degradation().map(|line| line.r_squared));
            assert_eq!(found.splits().len() + found.undefined(), 6);
        }
    }

    #[test]
    fn more_is_surer(
        sharpe in -0.5..0.5_f64, skewness in -2.0..2.0_f64, more in 0.0..5.0_f64, n in 2..5000_usize, benchmark in -0.2..0.2_f64,
    ) {
        let kurtosis = 1.0 + skewness * skewness + more;
        let estimate = SharpeEstimate { sharpe, observations: n, skewness, kurtosis };
        if let Ok(now) = probabilistic_sharpe(&estimate, benchmark) {
            let higher = probabilistic_sharpe(&estimate, benchmark + 0.01).unwrap();
            assert!(higher <= now, "a higher benchmark is less likely exceeded");
            let longer = SharpeEstimate { observations: 2 * n, ..estimate };
            let longer = probabilistic_sharpe(&longer, benchmark).unwrap();
            assert_eq!(longer >= now, sharpe >= benchmark || longer == now, "more rows settle it, either way");
            let few = deflated_sharpe(&estimate, &Trials { count: 5.0, variance: 0.01 }).unwrap();
            let many = deflated_sharpe(&estimate, &Trials { count: 50.0, variance: 0.01 }).unwrap();
            assert!(many <= few, "more trials are more luck");
        }
    }

    #[test]
    fn the_unit_of_returns_changes_nothing(returns in market(), shift in -30..30_i32) {
        let unit = 2.0_f64.powi(shift);
        let scaled: Vec<f64> = returns.iter().map(|row| row * unit).collect();
        assert_eq!(SharpeEstimate::of(&returns, 0.0), SharpeEstimate::of(&scaled, 0.0));
        assert_eq!(
            sharpe_error_hac(&returns, 0.0, Lags::Automatic),
            sharpe_error_hac(&scaled, 0.0, Lags::Automatic)
        );
        assert_eq!(block_lengths(&returns), block_lengths(&scaled));
        assert_eq!(lo_sharpe(&returns, 0.0, 12), lo_sharpe(&scaled, 0.0, 12));
    }

    #[test]
    fn missing_rows_are_as_if_they_were_not_there(returns in market(), at in 0..400_usize) {
        let kept: Vec<f64> = returns.iter().copied().filter(|row| !row.is_nan()).collect();
        let mut holed = kept.clone();
        holed.insert(at.min(kept.len()), f64::NAN);
        let bootstrap = small(1.0, 3);
        assert_eq!(SharpeEstimate::of(&kept, 0.0), SharpeEstimate::of(&holed, 0.0));
        assert_eq!(bootstrap.run(&kept, sharpe), bootstrap.run(&holed, sharpe));
        assert_eq!(
            overfitting_sharpe(&[&kept, &kept], 2, 0.0).map(|found| found.probability()),
            overfitting_sharpe(&[&holed, &holed], 2, 0.0).map(|found| found.probability())
        );
    }

    #[test]
    fn the_quantile_is_monotone_and_odd(p in 0.0..1.0_f64, q in 0.0..1.0_f64) {
        if let (Ok(x), Ok(y)) = (normal_quantile(p), normal_quantile(q)) {
            assert!((p < q) <= (x <= y));
        }
        if (0.5..1.0).contains(&p) {
            assert_eq!(normal_quantile(p).unwrap(), -normal_quantile(1.0 - p).unwrap());
        }
    }
}
