//! Against a benchmark: laws that hold for every pair of series, plain twins, and whatever the rows hold.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{anything, cases, convention, daily, market};
use highwater_metrics::{
    Convention, Merge, PeriodsPerYear, Rate, Undefined,
    against::{Against, AnnualAlpha, Capture, CoMoments, Market},
};
use proptest::prelude::*;

fn crypto(returns: &[f64], benchmark: &[f64]) -> Against {
    Against::new(returns, benchmark, &Convention::crypto(), daily()).unwrap()
}

/// Every metric, by name.
fn every(of: &Against) -> Vec<(String, Result<f64, Undefined>)> {
    let mut found = Vec::new();
    let mut note = |name: &str, value| found.push((name.to_owned(), value));
    note("beta", of.beta());
    note("alpha per period", of.alpha_per_period());
    note("correlation", of.correlation());
    note("r squared", of.r_squared());
    for annual in [AnnualAlpha::Compounded, AnnualAlpha::TimesYear] {
        note("alpha", of.alpha(annual));
        note("up alpha", of.up_alpha(annual));
        note("down alpha", of.down_alpha(annual));
    }
    note("up beta", of.up_beta());
    note("down beta", of.down_beta());
    note("timing ratio", of.timing_ratio());
    note("tracking error", of.tracking_error());
    note("systematic risk", of.systematic_risk());
    note("specific risk", of.specific_risk());
    note("total risk", of.total_risk());
    note("active return", of.active_return());
    note("information ratio", of.information_ratio());
    note(
        "information ratio per period",
        of.information_ratio_per_period(),
    );
    note("treynor", of.treynor_ratio());
    note("modified treynor", of.modified_treynor_ratio());
    note("total treynor", of.total_treynor_ratio());
    note("jensen", of.jensen_alpha());
    note("modified jensen", of.modified_jensen_alpha());
    note("alternative jensen", of.alternative_jensen_alpha());
    note("appraisal", of.appraisal_ratio());
    note("m2", of.m2());
    note("m2 excess", of.m2_excess());
    note("geometric m2 excess", of.geometric_m2_excess());
    note("m2 sortino", of.m2_sortino());
    note("fama beta", of.fama_beta());
    note("net selectivity", of.net_selectivity());
    for capture in [
        Capture::AnnualGrowth,
        Capture::MeanGrowth,
        Capture::TotalGrowth,
        Capture::Mean,
    ] {
        note("up capture", of.up_capture(capture));
        note("down capture", of.down_capture(capture));
        note("total capture", of.total_capture(capture));
        note("capture ratio", of.capture_ratio(capture));
    }
    for market in [Market::All, Market::Up, Market::Down] {
        note("number ratio", of.number_ratio(market));
        note("percentage ratio", of.percentage_ratio(market));
        note("batting average", of.batting_average(market));
    }
    note("co-skewness", of.co_skewness());
    note("co-kurtosis", of.co_kurtosis());
    note("probabilistic momentum", of.probabilistic_momentum());
    note("outperformance", of.outperformance_frequency(3));
    for timing in [of.treynor_mazuy(), of.henriksson_merton()] {
        note("timing alpha", timing.map(|timing| timing.alpha));
        note("timing beta", timing.map(|timing| timing.beta));
        note("timing gamma", timing.map(|timing| timing.gamma));
    }
    found
}

/// Two series of the same length.
fn two(
    one: impl Strategy<Value = Vec<f64>>,
    other: impl Strategy<Value = Vec<f64>>,
) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (one, other).prop_map(|(mut one, mut other)| {
        let rows = one.len().min(other.len());
        one.truncate(rows);
        other.truncate(rows);
        (one, other)
    })
}

fn near(found: f64, expected: f64, tolerance: f64, scale: f64) -> Result<(), TestCaseError> {
    prop_assert!(
        (found - expected).abs() <= tolerance * scale.abs(),
        "{found} is not {expected}"
    );
    Ok(())
}

/// Means and sums of squares and products about them, as the textbook has it.
fn plain(x: &[f64], y: &[f64]) -> [f64; 5] {
    let pairs: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .map(|(&x, &y)| (x, y))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let n = pairs.len() as f64;
    let mean_x = pairs.iter().map(|pair| pair.0).sum::<f64>() / n;
    let mean_y = pairs.iter().map(|pair| pair.1).sum::<f64>() / n;
    let sum = |term: fn(f64, f64) -> f64| -> f64 {
        pairs
            .iter()
            .map(|(x, y)| term(x - mean_x, y - mean_y))
            .sum()
    };
    [
        mean_x,
        mean_y,
        sum(|x, _| x * x),
        sum(|_, y| y * y),
        sum(|x, y| x * y),
    ]
}

#[test]
fn different_lengths_do_not_pair() {
    let error = Against::new(&[0.5], &[0.5, 0.25], &Convention::crypto(), daily()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 returns cannot be paired with 2 of the benchmark; both must have the same rows"
    );
}

#[test]
fn what_follows_its_benchmark_has_no_active_risk() {
    let benchmark: Vec<f64> = (0..200)
        .map(|i| f64::from(i * 37 % 101) / 1e3 - 0.05)
        .collect();
    let with = |term: fn(f64) -> f64| -> Vec<f64> { benchmark.iter().map(|&x| term(x)).collect() };
    let shifted = crypto(&with(|x| x + 0.001), &benchmark);
    assert_eq!(shifted.information_ratio(), Err(Undefined::NoActiveRisk));
    assert!(shifted.tracking_error().unwrap() < 1e-15);
    let scaled = crypto(&with(|x| 1.7 * x + 0.003), &benchmark);
    assert_eq!(scaled.appraisal_ratio(), Err(Undefined::NoActiveRisk));
    assert!(scaled.information_ratio().is_ok());
    let near = crypto(&with(|x| 1.7 * x + 1e-10 * (1e6 * x).sin()), &benchmark);
    assert!(near.appraisal_ratio().is_ok(), "little is not nothing");
}

#[test]
fn reasons() {
    let rising = [0.25, 0.5, 0.125, 0.5];
    let of = crypto(&rising, &[0.25; 4]);
    assert_eq!(of.beta(), Err(Undefined::ConstantBenchmark));
    assert_eq!(of.down_beta(), Err(Undefined::TooFew { need: 2, have: 0 }));
    let zero = crypto(&[0.25, -0.25, 0.25, -0.25], &[0.5, 0.5, -0.25, -0.25]);
    assert_eq!(zero.beta(), Ok(0.0));
    assert_eq!(zero.treynor_ratio(), Err(Undefined::ZeroBeta));
    let flat = crypto(&rising[..2], &[1.0, -0.5]);
    assert_eq!(
        flat.total_capture(Capture::TotalGrowth),
        Err(Undefined::FlatBenchmark)
    );
    let one_sided = crypto(&[0.5, 0.25, 0.0, 0.125], &rising);
    assert_eq!(one_sided.henriksson_merton(), Err(Undefined::Collinear));
    assert_eq!(one_sided.m2_sortino(), Err(Undefined::NoDownside));
    let ruined = crypto(&[f64::NAN, 0.5, -1.5, -0.25], &[0.5, -0.25, 0.25, -0.125]);
    assert_eq!(
        ruined.up_capture(Capture::TotalGrowth),
        Err(Undefined::Ruin { index: 2 })
    );
    assert!(
        ruined.down_capture(Capture::TotalGrowth).is_ok(),
        "ruin came in the other market"
    );
    let infinite = crypto(&[0.5, f64::INFINITY, f64::NAN], &[0.5, 0.5, f64::INFINITY]);
    for (name, value) in every(&infinite) {
        assert_eq!(value, Err(Undefined::NonFinite { index: 1 }), "{name}");
    }
}

#[test]
fn higher_moments_of_a_series_with_itself_are_its_own() {
    let rows = [0.5, -0.25, 0.25, -0.5, 1.0];
    let of = crypto(&rows, &rows);
    // By hand: mean 0.2, deviations 0.3 -0.45 0.05 -0.7 0.8.
    let deviations: [f64; 5] = [0.3, -0.45, 0.05, -0.7, 0.8];
    let moment = |power: i32| deviations.iter().map(|d| d.powi(power)).sum::<f64>() / 5.0;
    let skewness = moment(3) / moment(2).powf(1.5);
    let kurtosis = moment(4) / moment(2).powi(2);
    assert!((of.co_skewness().unwrap() - skewness).abs() < 1e-14);
    assert!((of.co_kurtosis().unwrap() - kurtosis).abs() < 1e-14);
}

#[test]
fn outperformance_counts_stretches() {
    let of = crypto(&[0.5, -0.5, 0.5, 0.5], &[0.0, 0.0, 0.0, 0.25]);
    assert_eq!(of.outperformance_frequency(1), Ok(0.75));
    assert_eq!(
        of.outperformance_frequency(2),
        Ok(1.0 / 3.0),
        "-25 %, -25 %, 125 against 25 %"
    );
    assert_eq!(
        of.outperformance_frequency(4),
        Ok(1.0),
        "68.75 against 25 %"
    );
    assert_eq!(
        of.outperformance_frequency(5),
        Err(Undefined::TooFew { need: 5, have: 4 })
    );
    assert_eq!(
        of.outperformance_frequency(0),
        Err(Undefined::TooFew { need: 1, have: 0 })
    );
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_metric_is_finite_or_has_a_reason(
        (returns, benchmark) in two(anything(), anything()),
        convention in convention(),
        per_year in prop_oneof![Just(1e-300), Just(1e300), Just(365.0), 0.1..1e6_f64],
    ) {
        let per_year = PeriodsPerYear::new(per_year).unwrap();
        let of = Against::new(&returns, &benchmark, &convention, per_year).unwrap();
        prop_assert_eq!(of.count().rows(), returns.len());
        for (name, value) in every(&of) {
            if let Ok(value) = value {
                prop_assert!(value.is_finite(), "{} is {}", name, value);
            }
        }
        for share in [of.r_squared(), of.probabilistic_momentum(), of.batting_average(Market::All)] {
            prop_assert!(share.is_err() || share.is_ok_and(|share| (0.0..=1.0).contains(&share)));
        }
    }

    #[test]
    fn a_series_against_itself(rows in market()) {
        let of = crypto(&rows, &rows);
        for (found, expected) in [
            (of.beta(), 1.0),
            (of.correlation(), 1.0),
            (of.alpha(AnnualAlpha::Compounded), 0.0),
            (of.jensen_alpha(), 0.0),
            (of.tracking_error(), 0.0),
            (of.specific_risk(), 0.0),
            (of.up_capture(Capture::AnnualGrowth), 1.0),
            (of.down_capture(Capture::MeanGrowth), 1.0),
            (of.fama_beta(), 1.0),
            (of.batting_average(Market::All), 0.0),
        ] {
            prop_assert!(found.is_err() || found == Ok(expected), "{:?} is not {}", found, expected);
        }
        for ratio in [of.information_ratio(), of.appraisal_ratio()] {
            prop_assert!(ratio.is_err());
        }
    }

    #[test]
    fn exchange_and_scale((y, x) in two(market(), market())) {
        let (there, back) = (CoMoments::of_rows(&x, &y), CoMoments::of_rows(&y, &x));
        prop_assert_eq!(there.correlation(), back.correlation());
        prop_assert_eq!(there.covariance(1), back.covariance(1));
        let twice: Vec<f64> = y.iter().map(|row| 2.0 * row).collect();
        let doubled = CoMoments::of_rows(&x, &twice);
        prop_assert_eq!(doubled.slope(), there.slope().map(|slope| 2.0 * slope));
        prop_assert_eq!(doubled.correlation(), there.correlation());
        let against: Vec<f64> = y.iter().map(|row| -row).collect();
        let turned = CoMoments::of_rows(&x, &against);
        prop_assert_eq!(turned.correlation(), there.correlation().map(|value| -value));
    }

    #[test]
    fn any_cut_joins_to_the_whole((y, x) in two(market(), market()), at in 0.0..1.0_f64) {
        let at = (at * x.len() as f64) as usize;
        let whole = CoMoments::of_rows(&x, &y);
        let cut = CoMoments::of_rows(&x[..at], &y[..at]).then(CoMoments::of_rows(&x[at..], &y[at..]));
        let mut pushed = CoMoments::default();
        x.iter().zip(&y).for_each(|(&x, &y)| pushed.push(x, y));
        for other in [cut, pushed] {
            prop_assert_eq!(other.count, whole.count);
            if let (Ok(x), Ok(y)) = (whole.variance_x(0), whole.variance_y(0)) {
                near(other.variance_x(0).unwrap(), x, 1e-13, x)?;
                near(other.variance_y(0).unwrap(), y, 1e-13, y)?;
                let scale = (x * y).sqrt();
                near(other.covariance(0).unwrap(), whole.covariance(0).unwrap(), 1e-13, scale)?;
            }
        }
    }

    #[test]
    fn the_line_is_the_textbooks((y, x) in two(market(), market())) {
        let of = crypto(&y, &x);
        prop_assume!(of.count().observations > 2 && of.correlation().is_ok());
        let [mean_x, mean_y, squares_x, squares_y, cross] = plain(&x, &y);
        let n = of.count().observations as f64;
        let scale = (squares_y / squares_x).sqrt();
        near(of.beta().unwrap(), cross / squares_x, 1e-11, scale)?;
        near(of.correlation().unwrap(), cross / (squares_x * squares_y).sqrt(), 1e-11, 1.0)?;
        let alpha = mean_y - cross / squares_x * mean_x;
        near(of.alpha_per_period().unwrap(), alpha, 1e-11, mean_y.abs() + scale)?;
        let total = (squares_y / (n - 1.0) * 365.0).sqrt();
        near(of.total_risk().unwrap(), total, 1e-11, total)?;
        let specific = of.specific_risk().unwrap();
        let explained = of.r_squared().unwrap();
        near(specific * specific, (1.0 - explained) * total * total, 1e-11, total * total)?;
        near(of.m2().unwrap(), mean_y * 365.0 / scale, 1e-10, (1.0 + mean_y.abs() * 365.0) / scale)?;
    }

    #[test]
    fn timing_solves_the_normal_equations((y, x) in two(market(), market()), put in any::<bool>()) {
        let mut convention = Convention::crypto();
        convention.risk_free = Rate::Period { value: 0.001 };
        let of = Against::new(&y, &x, &convention, daily()).unwrap();
        let found = if put { of.henriksson_merton() } else { of.treynor_mazuy() };
        prop_assume!(found.is_ok());
        let timing = found.unwrap();
        // The residuals of a least-squares fit are orthogonal to every regressor.
        let (mut dots, mut sizes) = ([0.0_f64; 3], [0.0_f64; 3]);
        let pairs = x.iter().zip(&y).filter(|(x, y)| x.is_finite() && y.is_finite());
        for (x, y) in pairs {
            let (x, y) = (x - 0.001, y - 0.001);
            let third = if put { (-x).max(0.0) } else { x * x };
            let residual = y - timing.alpha - timing.beta * x - timing.gamma * third;
            let largest = y.abs() + timing.alpha.abs() + (timing.beta * x).abs() + (timing.gamma * third).abs();
            for (at, regressor) in [1.0, x, third].into_iter().enumerate() {
                dots[at] += residual * regressor;
                sizes[at] += (largest * regressor).abs();
            }
        }
        for (dot, size) in dots.into_iter().zip(sizes) {
            prop_assert!(dot.abs() <= 1e-11 * size, "{dot} of {size}");
        }
    }

    #[test]
    fn exchange_turns_the_active_return((y, x) in two(market(), market())) {
        let (there, back) = (crypto(&y, &x), crypto(&x, &y));
        let turned = |value: Result<f64, Undefined>| value.map(|value| -value);
        prop_assert_eq!(there.active_return(), turned(back.active_return()));
        prop_assert_eq!(there.tracking_error(), back.tracking_error());
        prop_assert_eq!(there.information_ratio(), turned(back.information_ratio()));
        if let (Ok(one), Ok(other)) = (there.probabilistic_momentum(), back.probabilistic_momentum()) {
            near(one + other, 1.0, 1e-12, 1.0)?;
        }
    }
}
