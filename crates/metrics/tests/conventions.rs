//! Each choice of a convention changes what its line in the formula says, and nothing else.

use highwater_metrics::{
    AnnualMean, CORE, Convention, DownsideOver, PeriodsPerYear, Rate, ReturnKind, Summary,
    Undefined, summary,
};

/// Two half-years: +50 %, then -25 %. The value ends at 1.125, the mean is 0.125, the deviations are 0.375.
const RETURNS: [f64; 2] = [0.5, -0.25];

fn summed(change: impl FnOnce(&mut Convention)) -> Summary {
    let mut convention = Convention::empyrical();
    change(&mut convention);
    summary(&RETURNS, &convention, PeriodsPerYear::new(2.0).unwrap())
}

/// Within two roundings.
fn check(found: Result<f64, Undefined>, expected: f64) {
    let found = found.unwrap();
    assert!(
        (found - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(),
        "{found} is not {expected}"
    );
}

/// Sample deviation per year: the root of (2 x 0.375^2 / 1) x 2.
const VOLATILITY: f64 = 0.75;

#[test]
fn the_plain_convention() {
    let found = summed(|_| ());
    check(found.total_return, 0.125);
    check(found.cagr, 0.125);
    check(found.volatility, VOLATILITY);
    check(found.downside_deviation, 0.25);
    check(found.sharpe, 0.25 / VOLATILITY);
    check(found.sortino, 1.0);
    check(found.max_drawdown, -0.25);
    check(found.calmar, 0.5);
    check(found.best, 0.5);
    check(found.worst, -0.25);
    check(found.win_rate, 0.5);
    let fall = found.drawdown.unwrap();
    assert_eq!((fall.peak, fall.trough, fall.recovery), (Some(0), 1, None));
    assert_eq!((fall.fall_periods(), fall.recovery_periods()), (1, None));
}

#[test]
fn the_mean_of_a_year() {
    for (annual_mean, mean) in [
        (AnnualMean::Arithmetic, 0.25),
        (AnnualMean::Compounded, 1.125 * 1.125 - 1.0),
        (AnnualMean::Growth, 0.125),
    ] {
        let found = summed(|convention| convention.annual_mean = annual_mean);
        check(found.sharpe, mean / VOLATILITY);
        check(found.sortino, mean / 0.25);
        check(found.volatility, VOLATILITY);
    }
}

#[test]
fn the_risk_free_rate_of_a_year() {
    for (risk_free, per_period) in [
        (Rate::Period { value: 0.0625 }, 0.0625),
        (Rate::YearSimple { value: 0.125 }, 0.0625),
        (
            Rate::YearCompound {
                value: 1.0625 * 1.0625 - 1.0,
            },
            0.0625,
        ),
    ] {
        let found = summed(|convention| convention.risk_free = risk_free);
        check(found.sharpe, (0.125 - per_period) * 2.0 / VOLATILITY);
        check(found.sortino, 1.0);
    }
    let found = summed(|convention| {
        convention.annual_mean = AnnualMean::Growth;
        convention.risk_free = Rate::YearCompound { value: 0.0625 };
    });
    check(found.sharpe, 0.0625 / VOLATILITY);
}

#[test]
fn the_minimum_acceptable_return() {
    let found = summed(|convention| {
        convention.minimum_acceptable = Rate::Period { value: 0.25 };
    });
    // Short by a half in one period of two, so that the root mean square of a year is a half.
    check(found.downside_deviation, 0.5);
    check(found.sortino, (0.125 - 0.25) * 2.0 / 0.5);
    check(found.sharpe, 0.25 / VOLATILITY);
}

#[test]
fn a_return_at_the_target_does_not_fall_short_of_it() {
    let found = summed(|convention| {
        convention.minimum_acceptable = Rate::Period { value: -0.25 };
    });
    assert_eq!(found.downside_deviation, Ok(0.0));
    assert_eq!(found.sortino, Err(Undefined::NoDownside));
}

#[test]
fn the_divisor_of_variances() {
    let population = summed(|convention| convention.ddof = 0);
    check(population.volatility, 0.75 / 2.0_f64.sqrt());
    let losers = summed(|convention| convention.downside = DownsideOver::Losers);
    check(losers.downside_deviation, 0.25 * 2.0_f64.sqrt());
    check(losers.sortino, 0.25 / (0.25 * 2.0_f64.sqrt()));
    let more = summed(|convention| convention.ddof = 2);
    assert_eq!(more.volatility, Err(Undefined::TooFew { need: 3, have: 2 }));
}

#[test]
fn log_returns_grow_by_their_exponential() {
    let mut convention = Convention::empyrical();
    convention.returns = ReturnKind::Log;
    let half_years = PeriodsPerYear::new(2.0).unwrap();
    let logs = [libm::log(1.5), libm::log(0.75)];
    let found = summary(&logs, &convention, half_years);
    assert!((found.total_return.unwrap() - 0.125).abs() < 1e-15);
    assert!((found.max_drawdown.unwrap() + 0.25).abs() < 1e-15);
    // A log return has no floor: what would be ruin as a simple return is a deep loss.
    let deep = summary(&[-2.0, 1.0], &convention, half_years);
    assert!((deep.max_drawdown.unwrap() - libm::expm1(-2.0)).abs() < 1e-15);
}

#[test]
fn the_shortest_span_is_the_conventions() {
    let crypto = Convention::crypto();
    let daily = crypto.periods_per_year(1.0).unwrap();
    let found = summary(&[0.01; 29], &crypto, daily);
    let short = Err(Undefined::TooShort {
        need_days: 30.0,
        have_days: 29.0,
    });
    assert_eq!(
        (found.cagr, found.calmar),
        (short, Err(Undefined::NoDrawdown))
    );
    assert_eq!(summary(&[-0.01; 29], &crypto, daily).calmar, short);
    assert!(summary(&[0.01; 30], &crypto, daily).cagr.is_ok());
    let any = Convention {
        min_days: 0.0,
        ..crypto
    };
    assert!(summary(&[0.0123], &any, daily).cagr.is_ok());
}

#[test]
fn a_summary_lists_the_core_in_its_order() {
    let found = summed(|_| ());
    let names: Vec<&str> = found.iter().map(|(metric, _)| metric.name).collect();
    let catalogue: Vec<&str> = CORE.iter().map(|metric| metric.name).collect();
    assert_eq!(names, catalogue);
    assert_eq!(
        names,
        [
            "total_return",
            "cagr",
            "volatility",
            "downside_deviation",
            "sharpe",
            "sortino",
            "calmar",
            "max_drawdown",
            "best",
            "worst",
            "win_rate",
        ]
    );
    // The values are those of the fields that bear the names.
    assert_eq!(found.value("max_drawdown"), Some(found.max_drawdown));
    assert_eq!(found.value("win_rate"), Some(found.win_rate));
    assert_eq!(
        found.value("downside_deviation"),
        Some(found.downside_deviation)
    );
    assert_eq!(found.value("drawdown"), None);
}
