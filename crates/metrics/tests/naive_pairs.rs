//! Metrics against a benchmark and of inference, against their formulas written out plainly.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{cases, daily};
use highwater_metrics::{
    AnnualMean, Convention, Inputs, Metric, Rate, Sample, Terms, Undefined,
    against::{AnnualAlpha, Capture},
    inference::Trials,
};
use proptest::prelude::*;

/// Periods per year of the tests.
const YEAR: f64 = 365.0;
/// The risk-free return per period, and the minimum acceptable one.
const FREE: f64 = 0.0002;
const TARGET: f64 = 0.001;

const TRIALS: Trials = Trials {
    count: 40.0,
    variance: 0.004,
};

fn convention(annual_mean: AnnualMean, alpha: AnnualAlpha, capture: Capture) -> Convention {
    Convention {
        annual_mean,
        alpha,
        capture,
        risk_free: Rate::Period { value: FREE },
        minimum_acceptable: Rate::Period { value: TARGET },
        ..Convention::empyrical()
    }
}

/// Some hundred days of a benchmark and of a series that follows it with a will of its own; days missing on one side.
fn pairs() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let row = (-0.05..0.05_f64, -0.04..0.04_f64, 0..60_u8);
    prop::collection::vec(row, 20..400).prop_map(|rows| {
        let pair = |(x, own, gap)| match gap {
            0 => (f64::NAN, own),
            1 => (x, f64::NAN),
            _ => (x, 0.6 * x + own + 0.0005),
        };
        rows.into_iter().map(pair).collect()
    })
}

fn value(rows: &[(f64, f64)], convention: &Convention, name: &str) -> Result<f64, Undefined> {
    let (benchmark, returns): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
    let terms = Terms::new(convention, daily());
    let inputs = Inputs {
        benchmark: Some(&benchmark),
        trials: Some(TRIALS),
        ..Inputs::of(&returns)
    };
    Sample::with(inputs, &terms).value(Metric::named(name).unwrap())
}

fn check(name: &str, found: Result<f64, Undefined>, expected: f64, scale: f64) {
    let found = found.unwrap_or_else(|reason| panic!("{name}: {reason}, expected {expected}"));
    let apart = (found - expected).abs();
    assert!(
        apart <= 1e-9 * expected.abs().max(scale),
        "{name}: {found} is not {expected}"
    );
}

fn mean(rows: &[f64]) -> f64 {
    rows.iter().sum::<f64>() / rows.len() as f64
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let (of_a, of_b) = (mean(a), mean(b));
    let products: f64 = a.iter().zip(b).map(|(a, b)| (a - of_a) * (b - of_b)).sum();
    products / (a.len() as f64 - 1.0)
}

fn deviation(rows: &[f64]) -> f64 {
    covariance(rows, rows).sqrt()
}

fn downside(rows: &[f64]) -> f64 {
    mean(
        &rows
            .iter()
            .map(|r| (r - TARGET).min(0.0).powi(2))
            .collect::<Vec<_>>(),
    )
    .sqrt()
}

fn growth(rows: &[f64]) -> f64 {
    rows.iter().map(|r| 1.0 + r).product()
}

/// The pairs of finite rows: benchmark, series.
fn finite(rows: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
    rows.iter()
        .copied()
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .unzip()
}

fn within(x: &[f64], y: &[f64], holds: impl Fn(f64) -> bool) -> (Vec<f64>, Vec<f64>) {
    x.iter()
        .copied()
        .zip(y.iter().copied())
        .filter(|(x, _)| holds(*x))
        .unzip()
}

/// The last coefficient of `y = a + b x + g term` by the normal equations, solved by Cramer's rule.
fn timing(x: &[f64], y: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let (x, y): (Vec<f64>, Vec<f64>) = (
        x.iter().map(|x| x - FREE).collect(),
        y.iter().map(|y| y - FREE).collect(),
    );
    let term: Vec<f64> = x.iter().map(|&x| term(x)).collect();
    let (xx, tt, xt) = (
        covariance(&x, &x),
        covariance(&term, &term),
        covariance(&x, &term),
    );
    let (xy, ty) = (covariance(&x, &y), covariance(&term, &y));
    (ty * xx - xy * xt) / (tt * xx - xt * xt)
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_line_and_the_risk_about_it(rows in pairs()) {
        let (x, y) = finite(&rows);
        let of = |name: &str| value(&rows, &convention(AnnualMean::Arithmetic, AnnualAlpha::TimesYear, Capture::Mean), name);
        let slope = |x: &[f64], y: &[f64]| covariance(x, y) / covariance(x, x);
        let height = |x: &[f64], y: &[f64]| mean(y) - FREE - slope(x, y) * (mean(x) - FREE);
        let (beta, alpha) = (slope(&x, &y), height(&x, &y));
        let correlation = covariance(&x, &y) / (deviation(&x) * deviation(&y));
        check("beta", of("beta"), beta, 0.1);
        check("alpha per period", of("alpha_per_period"), alpha, 1e-3);
        check("alpha", of("alpha"), alpha * YEAR, 0.1);
        check("correlation", of("correlation"), correlation, 0.1);
        check("r squared", of("r_squared"), correlation * correlation, 0.1);
        let compounded = convention(AnnualMean::Arithmetic, AnnualAlpha::Compounded, Capture::Mean);
        check("alpha", value(&rows, &compounded, "alpha"), (1.0 + alpha).powf(YEAR) - 1.0, 0.1);
        let markets = [within(&x, &y, |x| x > 0.0), within(&x, &y, |x| x < 0.0)];
        if markets.iter().all(|(x, _)| x.len() > 2) {
            let [up, down] = markets.map(|(x, y)| (slope(&x, &y), height(&x, &y)));
            check("up beta", of("up_beta"), up.0, 1.0);
            check("down beta", of("down_beta"), down.0, 1.0);
            check("up alpha", of("up_alpha"), up.1 * YEAR, 1.0);
            check("down alpha", of("down_alpha"), down.1 * YEAR, 1.0);
            if down.0.abs() > 1e-3 {
                check("timing ratio", of("timing_ratio"), up.0 / down.0, 1.0);
            }
            check("Treynor-Mazuy", of("treynor_mazuy"), timing(&x, &y, |x| x * x), 1.0);
            check("Henriksson-Merton", of("henriksson_merton"), timing(&x, &y, |x| (-x).max(0.0)), 1.0);
        }
        let active: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - x).collect();
        let residuals: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - beta * x).collect();
        let root = YEAR.sqrt();
        check("tracking error", of("tracking_error"), deviation(&active) * root, 0.1);
        check("systematic", of("systematic_risk"), beta.abs() * deviation(&x) * root, 0.1);
        check("specific", of("specific_risk"), deviation(&residuals) * root, 0.1);
        check("total", of("total_risk"), deviation(&y) * root, 0.1);
        let n = x.len() as f64;
        let standard = |rows: &[f64]| -> Vec<f64> {
            let (mean, deviation) = (mean(rows), deviation(rows) * ((n - 1.0) / n).sqrt());
            rows.iter().map(|r| (r - mean) / deviation).collect()
        };
        let (u, v) = (standard(&x), standard(&y));
        let power = |k: i32| u.iter().zip(&v).map(|(u, v)| v * u.powi(k)).sum::<f64>() / n;
        check("co-skewness", of("co_skewness"), power(2), 1.0);
        check("co-kurtosis", of("co_kurtosis"), power(3), 1.0);
    }

    #[test]
    fn reward_by_every_yearly_mean(rows in pairs()) {
        let (x, y) = finite(&rows);
        let beta = covariance(&x, &y) / covariance(&x, &x);
        let active: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - x).collect();
        let residuals: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - beta * x).collect();
        let root = YEAR.sqrt();
        for how in [AnnualMean::Arithmetic, AnnualMean::Compounded, AnnualMean::Growth] {
            let of = |name: &str| value(&rows, &convention(how, AnnualAlpha::TimesYear, Capture::Mean), name);
            // Under empyrical's preset every row is time, missing or not.
            let yearly = |of: &[f64]| match how {
                AnnualMean::Arithmetic => mean(of) * YEAR,
                AnnualMean::Compounded => (1.0 + mean(of)).powf(YEAR) - 1.0,
                AnnualMean::Growth => growth(of).powf(YEAR / rows.len() as f64) - 1.0,
            };
            let rate = |rate: f64| match how {
                AnnualMean::Arithmetic => rate * YEAR,
                _ => (1.0 + rate).powf(YEAR) - 1.0,
            };
            let excess: Vec<f64> = y.iter().map(|y| y - FREE).collect();
            let (ry, rx, free) = (yearly(&y), yearly(&x), rate(FREE));
            let scale = 1.0 + ry.abs() + rx.abs();
            let jensen = (ry - free) - beta * (rx - free);
            check("active return", of("active_return"), ry - rx, scale);
            let tracking = deviation(&active) * root;
            check("information ratio", of("information_ratio"), (ry - rx) / tracking, scale);
            check("per period", of("information_ratio_per_period"), mean(&active) / deviation(&active), 1.0);
            check("Jensen", of("jensen_alpha"), jensen, scale);
            if beta.abs() > 1e-2 {
                let systematic = beta.abs() * deviation(&x) * root;
                check("Treynor", of("treynor_ratio"), yearly(&excess) / beta, scale * 100.0);
                check("modified", of("modified_treynor_ratio"), yearly(&excess) / systematic, scale * 100.0);
                check("modified Jensen", of("modified_jensen_alpha"), jensen / beta, scale * 100.0);
                check("alternative Jensen", of("alternative_jensen_alpha"), jensen / systematic, scale * 100.0);
                let total = growth(&y) - 1.0 - ((1.0 + FREE).powf(YEAR) - 1.0);
                check("total Treynor", of("total_treynor_ratio"), total / beta, scale * 100.0);
            }
            check("appraisal", of("appraisal_ratio"), jensen / (deviation(&residuals) * root), scale);
            let m2 = free + (ry - free) * deviation(&x) / deviation(&y);
            check("M2", of("m2"), m2, scale);
            check("M2 excess", of("m2_excess"), m2 - rx, scale);
            // Arithmetic means may lose everything twice over, which compounds to nothing.
            if (1.0 + rx).abs() > 1e-3 {
                check("geometric", of("geometric_m2_excess"), (1.0 + m2) / (1.0 + rx) - 1.0, scale / (1.0 + rx).abs());
            }
            let target = rate(TARGET);
            let sortino = target + (ry - target) * downside(&x) / downside(&y);
            check("M2 for Sortino", of("m2_sortino"), sortino, scale);
            let fama = deviation(&y) / deviation(&x);
            check("Fama beta", of("fama_beta"), fama, 1.0);
            check("net selectivity", of("net_selectivity"), jensen - (fama - beta) * (rx - free), scale);
        }
    }

    #[test]
    fn markets_by_every_capture(rows in pairs()) {
        let (x, y) = finite(&rows);
        let markets = [("up", within(&x, &y, |x| x > 0.0)), ("down", within(&x, &y, |x| x < 0.0))];
        for capture in [Capture::AnnualGrowth, Capture::MeanGrowth, Capture::TotalGrowth, Capture::Mean] {
            let of = |name: &str| value(&rows, &convention(AnnualMean::Arithmetic, AnnualAlpha::TimesYear, capture), name);
            let captured = |of: &[f64]| match capture {
                Capture::AnnualGrowth => growth(of).powf(YEAR / of.len() as f64) - 1.0,
                Capture::MeanGrowth => growth(of).powf(1.0 / of.len() as f64) - 1.0,
                Capture::TotalGrowth => growth(of) - 1.0,
                Capture::Mean => mean(of),
            };
            let mut found = Vec::new();
            for (name, (x, y)) in &markets {
                if x.is_empty() {
                    continue;
                }
                let expected = captured(y) / captured(x);
                check(name, of(&format!("{name}_capture")), expected, 1.0);
                found.push(expected);
            }
            if let [up, down] = found[..] && down.abs() > 1e-2 {
                check("capture ratio", of("capture_ratio"), up / down, (up / down / down).abs().max(1.0));
            }
            if captured(&x).abs() > 1e-4 {
                check("capture", of("total_capture"), captured(&y) / captured(&x), 1e4);
            }
        }
        let of = |name: &str| value(&rows, &Convention::crypto(), name);
        let share = |x: &[f64], y: &[f64], meets: fn(f64, f64) -> bool| {
            x.iter().zip(y).filter(|(x, y)| meets(**x, **y)).count() as f64 / x.len() as f64
        };
        check("batting", of("batting_average"), share(&x, &y, |x, y| y > x), 0.0);
        for (name, (x, y)) in &markets {
            if x.is_empty() {
                continue;
            }
            let better = share(x, y, |x, y| y > x);
            check(name, of(&format!("{name}_number_ratio")), share(x, y, |x, y| x * y > 0.0), 0.0);
            check(name, of(&format!("{name}_percentage_ratio")), better, 0.0);
            check(name, of(&format!("{name}_batting_average")), better, 0.0);
        }
    }

    #[test]
    fn how_sure_the_ratios_are(rows in pairs()) {
        let (x, y) = finite(&rows);
        let of = |name: &str| value(&rows, &convention(AnnualMean::Arithmetic, AnnualAlpha::TimesYear, Capture::Mean), name);
        let returns: Vec<f64> = rows.iter().map(|(_, y)| *y).filter(|y| y.is_finite()).collect();
        let n = returns.len() as f64;
        let sharpe = (mean(&returns) - FREE) / deviation(&returns);
        let m2 = covariance(&returns, &returns) * (n - 1.0) / n;
        let moment = |k: i32| returns.iter().map(|r| (r - mean(&returns)).powi(k)).sum::<f64>() / n;
        let (skewness, kurtosis) = (moment(3) / m2.powf(1.5), moment(4) / (m2 * m2));
        let unit = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe;
        check("error", of("sharpe_standard_error"), (unit / n * YEAR).sqrt(), 0.1);
        let psr = |benchmark: f64| normal((sharpe - benchmark) * ((n - 1.0) / unit).sqrt());
        check("psr", of("psr"), psr(0.0), 10.0);
        // The highest of 40 trials, by the quantiles of 1 - 1/40 and 1 - 1/(40 e).
        let g = 0.577_215_664_901_532_9;
        let highest = (1.0 - g) * 1.959_963_984_540_054 + g * 2.357_590_481_797_840_4;
        check("dsr", of("dsr"), psr(0.004_f64.sqrt() * highest), 10.0);
        if sharpe > 1e-3 {
            let length = 1.0 + unit * (1.644_853_626_951_472_2 / sharpe).powi(2);
            check("length", of("min_track_record_length"), length, 1.0);
        } else if sharpe < -1e-3 {
            prop_assert_eq!(of("min_track_record_length"), Err(Undefined::NotAbove));
        }
        if returns.len() > 365 {
            let rho = |lag: usize| -> f64 {
                let pairs = returns.iter().zip(&returns[lag..]);
                pairs.map(|(a, b)| (a - mean(&returns)) * (b - mean(&returns))).sum::<f64>() / (n * m2)
            };
            let weighted: f64 = (1..365).map(|lag| (365 - lag) as f64 * rho(lag)).sum();
            check("lo", of("lo_sharpe"), sharpe * 365.0 / (365.0 + 2.0 * weighted).sqrt(), 1.0);
        }
        let active: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - x).collect();
        let n = active.len() as f64;
        let t = mean(&active) / deviation(&active) * n.sqrt();
        check("momentum", of("probabilistic_momentum"), student(t, n - 1.0), 10.0);
    }
}

/// The normal distribution function, by Simpson's rule from its median.
fn normal(x: f64) -> f64 {
    0.5 + simpson(x.clamp(-9.0, 9.0), |t| (-0.5 * t * t).exp())
        / (2.0 * std::f64::consts::PI).sqrt()
}

/// Student's distribution function, by Simpson's rule, scaled by the integral over both halves.
fn student(t: f64, freedom: f64) -> f64 {
    let density = |t: f64| (1.0 + t * t / freedom).powf(-0.5 * (freedom + 1.0));
    // Beyond 60 nothing is left of it with 10 degrees of freedom or more.
    0.5 + 0.5 * simpson(t.clamp(-60.0, 60.0), density) / simpson(60.0, density)
}

fn simpson(until: f64, of: impl Fn(f64) -> f64) -> f64 {
    let steps = 6_000;
    let h = until / f64::from(steps);
    let weight = |step: i32| match step {
        0 => 1.0,
        step if step == steps => 1.0,
        step if step % 2 == 1 => 4.0,
        _ => 2.0,
    };
    (0..=steps)
        .map(|step| weight(step) * of(f64::from(step) * h))
        .sum::<f64>()
        * h
        / 3.0
}
