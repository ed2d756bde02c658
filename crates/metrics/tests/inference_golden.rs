//! The probabilistic Sharpe ratio beside quantstats' on the golden series.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the golden tests"
)]
mod golden;

use highwater_metrics::inference::{SharpeEstimate, probabilistic_sharpe};

/// Skewness and kurtosis as pandas estimates them, which quantstats reads: corrected for bias.
fn corrected(estimate: SharpeEstimate) -> SharpeEstimate {
    let n = estimate.observations as f64;
    let skewness = estimate.skewness * (n * (n - 1.0)).sqrt() / (n - 2.0);
    let excess = estimate.kurtosis - 3.0;
    let excess = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0);
    SharpeEstimate {
        skewness,
        kurtosis: excess + 3.0,
        ..estimate
    }
}

#[test]
fn quantstats_with_its_own_moments() {
    // quantstats 0.0.86, pandas 3.1.1: `probabilistic_sharpe_ratio`. The series with missing rows is left out: there
    // quantstats counts the missing rows as observations.
    for (name, theirs, ours) in [
        ("daily_ordinary", 0.14950202731523365, 0.1495037123402002),
        ("all_positive", 1.0, 1.0),
        ("first_period_loss", 0.1942380992935419, 0.1978994563871473),
        ("monthly_a", 0.9815913191695741, 0.9816174585947927),
    ] {
        let series = golden::GOLDEN
            .iter()
            .find(|series| series.name == name)
            .expect("the series exists");
        let estimate = SharpeEstimate::of(series.returns, 0.0).expect("it varies");
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * expected;
        let found = probabilistic_sharpe(&corrected(estimate), 0.0).expect("a variance");
        assert!(close(found, theirs), "{name}: {found}, quantstats {theirs}");
        // With the moments of the papers: numpy and scipy 1.17.1 (`skew`, `kurtosis`, `norm.cdf`).
        let found = probabilistic_sharpe(&estimate, 0.0).expect("a variance");
        assert!(close(found, ours), "{name}: {found}, scipy {ours}");
    }
}
