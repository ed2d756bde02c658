//! Against a benchmark, the numbers are empyrical's and quantstats', or stand apart for a reason.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a fixture of this test"
)]
mod golden;
#[allow(missing_docs, unreachable_pub, reason = "a fixture of this test")]
mod pairs;

use golden::GOLDEN;
use highwater_metrics::{
    Convention, PeriodsPerYear, Undefined,
    against::{Against, AnnualAlpha, Capture, Market},
};
use pairs::{PAIRS, Pair};

/// Sums in another order differ by a few hundred roundings at most.
const TOLERANCE: f64 = 1e-12;

fn against(pair: &Pair) -> Against {
    let golden = GOLDEN
        .iter()
        .find(|golden| golden.name == pair.name)
        .unwrap();
    let per_year = PeriodsPerYear::new(golden.periods_per_year).unwrap();
    let convention = Convention::preset("empyrical").unwrap();
    Against::new(golden.returns, pair.benchmark, &convention, per_year).unwrap()
}

/// The returns of the series `constant` are all the same.
fn flat(pair: &Pair) -> bool {
    pair.name == "constant"
}

fn check(pair: &Pair, metric: &str, found: Result<f64, Undefined>, theirs: f64) {
    let value = found.unwrap_or_else(|reason| panic!("{}, {metric}: {reason}", pair.name));
    // What is 0 for us is the rounding of a flat series for them.
    let close = (value - theirs).abs() <= TOLERANCE * theirs.abs().max(1e-3);
    assert!(close, "{}, {metric}: {value} is not {theirs}", pair.name);
}

#[test]
fn regression_is_empyricals_and_quantstats() {
    for pair in PAIRS {
        let against = against(pair);
        let (compounded, times) = (AnnualAlpha::Compounded, AnnualAlpha::TimesYear);
        check(pair, "alpha", against.alpha(compounded), pair.alpha);
        check(pair, "beta", against.beta(), pair.beta);
        check(
            pair,
            "excess sharpe",
            against.information_ratio_per_period(),
            pair.excess_sharpe,
        );
        for (market, theirs) in [Market::All, Market::Up, Market::Down]
            .into_iter()
            .zip(pair.batting_average)
        {
            check(
                pair,
                "batting average",
                against.batting_average(market),
                theirs,
            );
        }
        check(
            pair,
            "alpha times the year",
            against.alpha(times),
            pair.quantstats_alpha,
        );
        check(pair, "beta", against.beta(), pair.quantstats_beta);
        check(
            pair,
            "information ratio",
            against.information_ratio_per_period(),
            pair.quantstats_information_ratio,
        );
        if flat(pair) {
            // Nothing explains what does not vary, and a beta of zero divides nothing: quantstats answers 0 to both.
            assert_eq!(against.r_squared(), Err(Undefined::ZeroVariance));
            assert_eq!(against.total_treynor_ratio(), Err(Undefined::ZeroBeta));
        } else {
            check(
                pair,
                "r squared",
                against.r_squared(),
                pair.quantstats_r_squared,
            );
            check(
                pair,
                "treynor",
                against.total_treynor_ratio(),
                pair.quantstats_treynor,
            );
        }
    }
}

#[test]
fn captures_are_empyricals() {
    let yearly = Capture::AnnualGrowth;
    for pair in PAIRS {
        let against = against(pair);
        let total = against.total_capture(yearly);
        if pair.name == "with_nan" {
            // Five returns are missing. Empyrical takes the benchmark's return of those days all the same, here only:
            // its captures of up and down markets are of pairs.
            assert_eq!(against.count().skipped, 5);
            let difference = (total.unwrap() / pair.capture - 1.0).abs();
            assert!((0.1..1.0).contains(&difference), "{difference}");
        } else {
            check(pair, "capture", total, pair.capture);
        }
        check(pair, "up", against.up_capture(yearly), pair.up_capture);
        check(
            pair,
            "down",
            against.down_capture(yearly),
            pair.down_capture,
        );
        check(
            pair,
            "ratio",
            against.capture_ratio(yearly),
            pair.up_down_capture,
        );
    }
}
