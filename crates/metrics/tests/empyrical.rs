//! The preset `empyrical` gives empyrical's numbers, and a reason where empyrical gives infinity or NaN.

#[allow(missing_docs, unreachable_pub, reason = "a fixture of this test")]
mod golden;

use golden::{GOLDEN, Golden};
use highwater_metrics::{Convention, PeriodsPerYear, Rate, Summary, Undefined, summary};

/// Sums in another order differ by a few hundred roundings at most.
const TOLERANCE: f64 = 1e-12;

fn summed(golden: &Golden, convention: &Convention) -> Summary {
    let per_year = PeriodsPerYear::new(golden.periods_per_year).unwrap();
    summary(golden.returns, convention, per_year)
}

/// What must come out: empyrical's number, or a reason that stands in its place.
fn check(
    name: &str,
    metric: &str,
    found: Result<f64, Undefined>,
    theirs: f64,
    reason: Option<Undefined>,
) {
    match (found, reason) {
        (Ok(value), None) => {
            let close = (value - theirs).abs() <= TOLERANCE * theirs.abs();
            assert!(close, "{name}, {metric}: {value} is not {theirs}");
        }
        (Err(found), Some(reason)) => {
            assert!(
                !theirs.is_finite(),
                "{name}, {metric}: empyrical defines {theirs}"
            );
            assert_eq!(found, reason, "{name}, {metric}");
        }
        (found, reason) => panic!("{name}, {metric}: {found:?}, expected {theirs} or {reason:?}"),
    }
}

/// The reason that must stand where empyrical answers infinity or NaN.
fn reason(name: &str, metric: &str) -> Option<Undefined> {
    match (name, metric) {
        ("all_positive", "sortino") | ("constant", "sortino" | "sortino_above_1bp") => {
            Some(Undefined::NoDownside)
        }
        ("all_positive" | "constant", "calmar") => Some(Undefined::NoDrawdown),
        ("constant", "sharpe" | "sharpe_above_1bp") => Some(Undefined::ZeroVariance),
        _ => None,
    }
}

#[test]
fn every_metric_of_every_series_is_empyricals() {
    let mut compared = 0;
    for golden in GOLDEN {
        let name = golden.name;
        let found = summed(golden, &Convention::preset("empyrical").unwrap());
        for (metric, value, theirs) in [
            ("total_return", found.total_return, golden.total_return),
            ("cagr", found.cagr, golden.cagr),
            ("volatility", found.volatility, golden.volatility),
            (
                "downside_deviation",
                found.downside_deviation,
                golden.downside_deviation,
            ),
            ("sharpe", found.sharpe, golden.sharpe),
            ("sortino", found.sortino, golden.sortino),
            ("calmar", found.calmar, golden.calmar),
            ("max_drawdown", found.max_drawdown, golden.max_drawdown),
        ] {
            if (name, metric) == ("constant", "volatility") {
                // Empyrical's 1.05e-17 is the rounding of its mean. A flat series does not vary.
                assert!(theirs.abs() < 1e-16 && value == Ok(0.0), "{value:?}");
            } else {
                check(name, metric, value, theirs, reason(name, metric));
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 48);
}

#[test]
fn rates_above_zero_are_empyricals() {
    let mut convention = Convention::preset("empyrical").unwrap();
    convention.risk_free = Rate::Period { value: 0.0001 };
    convention.minimum_acceptable = Rate::Period { value: 0.0001 };
    for golden in GOLDEN {
        let found = summed(golden, &convention);
        let name = golden.name;
        for (metric, value, theirs) in [
            ("sharpe_above_1bp", found.sharpe, golden.sharpe_above_1bp),
            ("sortino_above_1bp", found.sortino, golden.sortino_above_1bp),
        ] {
            check(name, metric, value, theirs, reason(name, metric));
        }
    }
}

#[test]
fn extremes_and_win_rate_are_those_of_the_rows() {
    for golden in GOLDEN {
        let found = summed(golden, &Convention::empyrical());
        let rows = golden.returns.iter().copied().filter(|row| !row.is_nan());
        let count = rows.clone().count();
        assert_eq!(found.observations, count);
        assert_eq!(found.skipped, golden.returns.len() - count);
        assert_eq!(
            found.best,
            Ok(rows.clone().fold(f64::NEG_INFINITY, f64::max))
        );
        assert_eq!(found.worst, Ok(rows.clone().fold(f64::INFINITY, f64::min)));
        let wins = rows.filter(|&row| row > 0.0).count();
        assert_eq!(found.win_rate, Ok(wins as f64 / count as f64));
    }
}

#[test]
fn the_years_of_a_series_with_holes_are_a_choice() {
    // Five of 120 rows are missing: the first, the last, and three between.
    let golden = GOLDEN
        .iter()
        .find(|golden| golden.name == "with_nan")
        .unwrap();
    let growth = 1.0 + golden.total_return;
    for (years, periods) in [
        (highwater_metrics::Years::Rows, 120.0),
        (highwater_metrics::Years::FirstToLast, 118.0),
        (highwater_metrics::Years::Observations, 115.0),
    ] {
        let convention = Convention {
            years,
            ..Convention::empyrical()
        };
        let expected = growth.powf(252.0 / periods) - 1.0;
        let found = summed(golden, &convention).cagr.unwrap();
        assert!(
            (found - expected).abs() < 1e-13,
            "{years:?}: {found} is not {expected}"
        );
    }
}
