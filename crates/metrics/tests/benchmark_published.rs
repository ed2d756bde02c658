//! Against a benchmark, the numbers are those that R's PerformanceAnalytics printed.
//!
//! Source: github.com/braverock/PerformanceAnalytics (commit c079aea1, version 2.1.0), the recorded output of its tests
//! (`tests/testthat/_snaps/all_snapshots.md`), cut off after four decimals: hence a tolerance of 1e-4.

#[allow(missing_docs, unreachable_pub, reason = "a fixture of this test")]
mod monthly;

use highwater_metrics::{
    AnnualMean, Convention, DownsideOver, PeriodsPerYear, Rate, Undefined, Years,
    against::{Against, Capture, Market},
};
use monthly::*;

const HAM: [&[f64]; 6] = [HAM1, HAM2, HAM3, HAM4, HAM5, HAM6];

/// PerformanceAnalytics: growth rates over the observations; deviations of a sample.
fn convention(risk_free: f64) -> Convention {
    Convention {
        name: "PerformanceAnalytics".to_owned(),
        annual_mean: AnnualMean::Growth,
        years: Years::Observations,
        risk_free: Rate::Period { value: risk_free },
        minimum_acceptable: Rate::Period { value: 0.0 },
        downside: DownsideOver::All,
        days_per_year: 252.0,
        min_days: 0.0,
        ..Convention::crypto()
    }
}

/// The same with deviations of a population, by which its specific risk and M2 are taken.
fn population() -> Convention {
    Convention {
        ddof: 0,
        ..convention(0.0)
    }
}

fn against(returns: &[f64], benchmark: &[f64], convention: &Convention) -> Against {
    let months = PeriodsPerYear::new(12.0).unwrap();
    Against::new(returns, benchmark, convention, months).unwrap()
}

fn bacon(convention: &Convention) -> Against {
    against(BACON, BACON_BENCHMARK, convention)
}

/// The twelve months of a year.
fn year(returns: &[f64], year: usize) -> &[f64] {
    &returns[(year - 1996) * 12..][..12]
}

#[track_caller]
fn check(found: Result<f64, Undefined>, printed: f64, what: &str) {
    let value = found.unwrap_or_else(|reason| panic!("{what}: {reason}"));
    assert!(
        (value - printed).abs() <= 1.01e-4,
        "{what}: {value} is not {printed}"
    );
}

#[test]
fn active_premium_tracking_error_and_information_ratio() {
    let premium = [0.0407, 0.0775, 0.0544, 0.0247, 0.0218, 0.0758];
    let tracking = [0.1131, 0.1533, 0.1158, 0.1596, 0.18, 0.1128];
    let to_sp500 = [0.3604, 0.5059, 0.4701, 0.1549, 0.1212, 0.6722];
    let to_edhec = [0.2593, 0.4162, 0.1279, -0.0294, -0.2277, 0.9667];
    for (at, manager) in HAM.into_iter().enumerate() {
        let of = against(manager, SP500, &convention(0.0));
        check(of.active_return(), premium[at], "active premium");
        check(of.tracking_error(), tracking[at], "tracking error");
        check(of.information_ratio(), to_sp500[at], "information ratio");
        let of = against(manager, EDHEC, &convention(0.0));
        check(
            of.information_ratio(),
            to_edhec[at],
            "information ratio to the index",
        );
    }
}

#[test]
fn treynor_ratios() {
    let rate = convention(0.035 / 12.0);
    let to_sp500 = [0.2528, 0.3925, 0.201, 0.1209, 0.0052, 0.3042];
    let to_edhec = [0.1297, 0.1088, 0.0776, 0.0504, 0.0014, 0.0966];
    for (at, manager) in HAM.into_iter().enumerate() {
        let of = against(manager, SP500, &rate);
        check(of.treynor_ratio(), to_sp500[at], "Treynor");
        // The index begins a year later. PerformanceAnalytics then divides the return of all of the manager's months
        // by the beta of the common ones; here both are of the common months.
        let whole = of.treynor_ratio().unwrap() * of.beta().unwrap();
        let of = against(manager, EDHEC, &rate);
        check(Ok(whole / of.beta().unwrap()), to_edhec[at], "Treynor");
        if of.count().skipped == against(manager, SP500, &rate).count().skipped {
            check(of.treynor_ratio(), to_edhec[at], "Treynor");
        }
    }
    check(
        bacon(&convention(0.0)).modified_treynor_ratio(),
        0.7806,
        "modified",
    );
    let modified = [-0.7275, -6.0451, -2.1238, -0.499, -5.3748];
    for (manager, printed) in HAM.into_iter().zip(modified) {
        let of = against(year(manager, 2002), year(SP500, 2002), &convention(0.0));
        check(
            of.modified_treynor_ratio(),
            printed,
            "modified Treynor, 2002",
        );
    }
}

#[test]
fn risk_by_its_origin() {
    check(
        bacon(&population()).specific_risk(),
        0.0329,
        "specific, a population's",
    );
    let systematic = bacon(&convention(0.0)).systematic_risk().unwrap();
    let specific = bacon(&population()).specific_risk().unwrap();
    check(
        Ok(systematic.hypot(specific)),
        0.1368,
        "total, of a sample and a population",
    );
    let of = against(year(HAM1, 2002), year(SP500, 2002), &convention(0.0));
    check(of.systematic_risk(), 0.1103, "systematic, a sample's");
    let whole = [
        (HAM1, 0.0664, 0.0586),
        (HAM3, 0.0946, 0.0836),
        (HAM4, 0.1521, 0.1032),
    ];
    for (manager, specific, systematic) in whole {
        check(
            against(manager, SP500, &population()).specific_risk(),
            specific,
            "specific",
        );
        check(
            against(manager, SP500, &convention(0.0)).systematic_risk(),
            systematic,
            "systematic",
        );
    }
    for (manager, specific) in [(HAM1, 0.0497), (HAM3, 0.0622), (HAM4, 0.0857)] {
        let of = against(year(manager, 1996), year(SP500, 1996), &population());
        check(of.specific_risk(), specific, "specific, 1996");
    }
}

#[test]
fn jensen_appraisal_and_selectivity() {
    let in_1996 = |manager| against(year(manager, 1996), year(SP500, 1996), &population());
    check(in_1996(HAM1).jensen_alpha(), 0.0807, "Jensen");
    check(in_1996(HAM1).net_selectivity(), 0.0133, "net selectivity");
    for (manager, printed) in [(HAM1, 1.623), (HAM3, 3.5277), (HAM4, 0.707)] {
        check(in_1996(manager).appraisal_ratio(), printed, "appraisal");
    }
    for (manager, printed) in [(HAM1, 0.5351), (HAM3, 1.007), (HAM4, 1.0376)] {
        check(in_1996(manager).fama_beta(), printed, "Fama beta");
    }
    check(bacon(&population()).appraisal_ratio(), -0.4302, "appraisal");
    check(
        bacon(&convention(0.0)).alternative_jensen_alpha(),
        -0.1066,
        "alternative",
    );
    check(bacon(&population()).jensen_alpha(), -0.0141, "selectivity");
    check(bacon(&population()).fama_beta(), 1.0303, "Fama beta");
    let selectivity = [0.0378, -0.1015, -0.0941, 0.0943, -0.0866];
    for (manager, printed) in HAM.into_iter().zip(selectivity) {
        let of = against(year(manager, 2002), year(SP500, 2002), &convention(0.0));
        check(of.jensen_alpha(), printed, "selectivity, 2002");
    }
}

#[test]
fn return_at_the_risk_of_the_benchmark() {
    check(bacon(&population()).m2(), 0.1006, "M2");
    check(bacon(&population()).m2_excess(), -0.0173, "M2 excess");
    let in_1996 = |manager| against(year(manager, 1996), year(SP500, 1996), &population());
    let excess = [
        (HAM1, 0.2544, 0.0202),
        (HAM3, 0.4028, 0.1409),
        (HAM4, 0.1982, -0.0254),
    ];
    for (manager, m2, beyond) in excess {
        check(in_1996(manager).m2(), m2, "M2");
        check(
            in_1996(manager).geometric_m2_excess(),
            beyond,
            "geometric M2 excess",
        );
    }
    // Its `Modigliani` is the same per period.
    let arithmetic = Convention {
        annual_mean: AnnualMean::Arithmetic,
        ..convention(0.035 / 12.0)
    };
    let per_period = against(HAM1, SP500, &arithmetic).m2().unwrap() / 12.0;
    check(Ok(per_period), 0.0167, "Modigliani");
}

#[test]
fn regression_on_a_changing_risk_free_rate() {
    let above = |returns: &[f64]| -> Vec<f64> {
        returns
            .iter()
            .zip(BILLS)
            .map(|(row, rate)| row - rate)
            .collect()
    };
    let none = convention(0.0);
    check(
        against(&above(HAM1), &above(SP500), &none).alpha_per_period(),
        0.0057,
        "alpha",
    );
    let of = against(&above(HAM2), &above(SP500), &none);
    check(of.up_beta(), 0.5226, "bull beta");
    check(of.timing_ratio(), 7.4852, "timing ratio");
    for (manager, beta) in [(HAM1, 0.391), (HAM2, 0.343), (HAM3, 0.557)] {
        // Printed with three decimals.
        let found = against(manager, SP500, &convention(0.035 / 12.0))
            .beta()
            .unwrap();
        assert!((found - beta).abs() <= 5.01e-4, "{found} is not {beta}");
    }
}

#[test]
fn market_timing() {
    let timing = against(HAM1, SP500, &convention(0.035 / 12.0))
        .henriksson_merton()
        .unwrap();
    check(Ok(timing.alpha), 0.0082, "alpha");
    check(Ok(timing.beta), 0.3211, "beta");
    check(Ok(timing.gamma), -0.1344, "gamma");
    let to_sp500 = [
        [0.0048, 0.597, -0.2801],
        [0.005, 0.119, -0.5],
        [0.0032, 0.5272, -0.6645],
        [0.0094, 0.8779, -0.8155],
        [0.0087, 0.2869, -2.7728],
        [0.0048, 0.2902, 0.691],
    ];
    let to_edhec = [
        [-0.0005, 1.3121, -0.4051],
        [-0.0003, 0.437, 8.5206],
        [-0.0058, 1.1898, 11.9137],
        [-0.0055, 2.0616, 18.7973],
        [0.0005, 1.0703, -5.0778],
        [0.0003, 1.2711, -7.4434],
    ];
    let above = |returns: &[f64]| -> Vec<f64> {
        let rows = returns.iter().zip(BILLS).map(|(row, rate)| row - rate);
        rows.skip(79).take(41).collect()
    };
    for (benchmark, printed) in [(SP500, to_sp500), (EDHEC, to_edhec)] {
        for (manager, [alpha, beta, gamma]) in HAM.into_iter().zip(printed) {
            let of = against(&above(manager), &above(benchmark), &convention(0.0));
            let timing = of.treynor_mazuy().unwrap();
            check(Ok(timing.alpha), alpha, "alpha");
            check(Ok(timing.beta), beta, "beta");
            check(Ok(timing.gamma), gamma, "gamma");
        }
    }
}

#[test]
fn up_and_down_ratios() {
    // Capture, number and percentage: up, then down.
    let to_sp500 = [
        [0.3215, 0.377, 0.8941, 0.5106, 0.2941, 0.8085],
        [0.3462, 0.109, 0.6835, 0.6956, 0.367, 0.8695],
        [0.5261, 0.5866, 0.8705, 0.7659, 0.4235, 0.8085],
        [0.7675, 0.8732, 0.7647, 0.6595, 0.4588, 0.5319],
        [0.3678, 0.4979, 0.7083, 0.7241, 0.3958, 0.8275],
        [0.7182, 0.3113, 0.8372, 0.5238, 0.5348, 0.7142],
    ];
    let to_edhec = [
        [1.0017, 0.709, 0.8675, 0.5135, 0.5663, 0.6486],
        [1.3349, 0.8473, 0.6988, 0.8378, 0.4458, 0.4324],
        [1.5373, 1.359, 0.8193, 0.8108, 0.4819, 0.4324],
        [2.284, 1.8126, 0.759, 0.7297, 0.6386, 0.3784],
        [0.8564, 1.2373, 0.7143, 0.75, 0.551, 0.4286],
        [1.4836, 0.8592, 0.8837, 0.619, 0.6977, 0.4762],
    ];
    for (benchmark, printed) in [(SP500, to_sp500), (EDHEC, to_edhec)] {
        for (manager, printed) in HAM.into_iter().zip(printed) {
            let of = against(manager, benchmark, &convention(0.0));
            let found = [
                of.up_capture(Capture::TotalGrowth),
                of.down_capture(Capture::TotalGrowth),
                of.number_ratio(Market::Up),
                of.number_ratio(Market::Down),
                of.percentage_ratio(Market::Up),
                of.percentage_ratio(Market::Down),
            ];
            for (found, printed) in found.into_iter().zip(printed) {
                check(found, printed, "up and down ratios");
            }
        }
    }
}

#[test]
fn correlations() {
    let to_edhec = [0.5896, 0.7015, 0.8053, 0.6148, 0.4462, 0.7285];
    let to_sp500 = [0.66, 0.4128, 0.6608, 0.5601, 0.2844, 0.5091];
    for (at, manager) in HAM.into_iter().enumerate() {
        check(
            against(manager, EDHEC, &convention(0.0)).correlation(),
            to_edhec[at],
            "EDHEC",
        );
        check(
            against(manager, SP500, &convention(0.0)).correlation(),
            to_sp500[at],
            "S&P",
        );
    }
}
