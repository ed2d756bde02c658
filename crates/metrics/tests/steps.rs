//! The steps and the choices of every metric: what an explanation shows.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a fixture of this test"
)]
mod golden;
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a fixture of this test"
)]
mod pairs;

use std::collections::{BTreeMap, BTreeSet};

use golden::GOLDEN;
use highwater_metrics::{
    CATALOGUE, Convention, Dates, Inputs, Metric, PeriodsPerYear, Sample, StepValue, Terms,
    Undefined, inference::Trials,
};
use pairs::PAIRS;
use serde_json::{Value, json};

/// Two years of days, some of them flat, some missing, with a loss and a gain that no normal distribution has; these
/// rise.
fn returns(wild: bool) -> Vec<f64> {
    let golden = GOLDEN
        .iter()
        .find(|golden| golden.name == "daily_ordinary")
        .unwrap();
    let mut returns = golden.returns.to_vec();
    (returns[0], returns[30], returns[31]) = (f64::NAN, f64::NAN, 0.0);
    if wild {
        returns.iter_mut().for_each(|r| *r += 0.002);
        (returns[31], returns[100], returns[200]) = (0.0, -0.3, 0.4);
    }
    returns
}

fn benchmark() -> Vec<f64> {
    let pair = PAIRS
        .iter()
        .find(|pair| pair.name == "daily_ordinary")
        .unwrap();
    pair.benchmark.to_vec()
}

fn inputs<'a>(returns: &'a [f64], benchmark: &'a [f64]) -> Inputs<'a> {
    Inputs {
        dates: Some(Dates {
            from: 0,
            until: 737 * 86_400_000_000,
        }),
        benchmark: Some(benchmark),
        trials: Some(Trials {
            count: 20.0,
            variance: 0.001,
        }),
        ..Inputs::of(returns)
    }
}

fn terms(convention: &Convention) -> Terms {
    Terms::new(convention, PeriodsPerYear::new(252.0).unwrap())
}

#[test]
fn every_metric_has_a_step_that_says_more_than_its_value() {
    let (returns, benchmark) = (returns(false), benchmark());
    for name in Convention::PRESETS {
        let terms = terms(&Convention::preset(name).unwrap());
        let sample = Sample::with(inputs(&returns, &benchmark), &terms);
        for metric in CATALOGUE {
            let steps = sample.steps(metric);
            let value = sample.value(metric);
            let more = steps.iter().any(|step| match step.value {
                Ok(StepValue::Row(_)) => true,
                Ok(StepValue::Number(number)) => Ok(number) != value,
                Err(_) => false,
            });
            assert!(more, "{name}: {} has {steps:?}", metric.name);
            let labels: BTreeSet<&str> = steps.iter().map(|step| step.label.as_str()).collect();
            assert_eq!(labels.len(), steps.len(), "{}: {labels:?}", metric.name);
            for step in &steps {
                let Ok(StepValue::Number(number)) = step.value else {
                    continue;
                };
                assert!(number.is_finite(), "{}: {step:?}", metric.name);
            }
        }
    }
}

/// A value from the steps of a metric.
type Formula<'f> = dyn Fn(&dyn Fn(&str) -> f64) -> f64 + 'f;

/// A metric from its steps, as its formula says.
#[test]
fn formulas_hold_on_the_steps() {
    let (returns, benchmark) = (returns(true), benchmark());
    let of = |convention: &Convention, name: &str, formula: &Formula<'_>| {
        let terms = terms(convention);
        let sample = Sample::with(inputs(&returns, &benchmark), &terms);
        let metric = Metric::named(name).unwrap();
        let steps = sample.steps(metric);
        let step = |label: &str| {
            let found = steps.iter().find(|step| step.label == label);
            match found
                .unwrap_or_else(|| panic!("{name}: {label} in {steps:?}"))
                .value
            {
                Ok(StepValue::Number(number)) => number,
                other => panic!("{name}: {label} is {other:?}"),
            }
        };
        let (value, found) = (sample.value(metric).unwrap(), formula(&step));
        assert!(
            (value - found).abs() <= 1e-11 * value.abs().max(1e-3),
            "{}, {name}: {value} is not {found}",
            convention.name
        );
    };
    let crypto = Convention::crypto();
    of(&crypto, "cagr", &|s| {
        s("growth of 1").powf(1.0 / s("years")) - 1.0
    });
    of(&crypto, "sharpe", &|s| {
        s("mean(r - risk_free), a period") / s("sd(r), a period, ddof 1") * s("sqrt(N)")
    });
    of(&crypto, "sortino", &|s| {
        s("mean(r - target), a period") / s("downside deviation, a period") * s("sqrt(N)")
    });
    of(&crypto, "calmar", &|s| s("cagr") / -s("max_drawdown"));
    of(&crypto, "max_drawdown", &|s| {
        s("V at the trough") / s("V at the peak") - 1.0
    });
    of(&crypto, "var_95", &|s| {
        let share = s("rank of the 5 % quantile, from 1").fract();
        let (low, high) = (
            s("the return at or below that rank"),
            s("the return at or above that rank"),
        );
        low + (high - low) * share
    });
    of(&crypto, "omega", &|s| {
        s("sum(max(r - target, 0))") / s("sum(max(target - r, 0))")
    });
    of(&crypto, "beta", &|s| {
        s("cov(y, x), ddof 1") / s("var(x), ddof 1")
    });
    of(&crypto, "kurtosis", &|s| {
        let (n, g2) = (s("n"), s("g2, the moment excess kurtosis"));
        ((n + 1.0) * g2 + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0))
    });
    of(&crypto, "skewness", &|s| {
        let n = s("n");
        s("m3") / s("m2").powf(1.5) * (n * (n - 1.0)).sqrt() / (n - 2.0)
    });
    of(&crypto, "stability", &|s| {
        s("n") * 0.0 + stability(&returns)
    });
    of(&crypto, "lo_sharpe", &|s| {
        s("SR, a period") * s("q / sqrt(q + 2 sum((q - k) rho[k]))")
    });
    of(&crypto, "risk_of_ruin", &|s| {
        0.5_f64.powf(2.0 * s("m, mean of log(1 + r)") / s("s^2, variance of log(1 + r), ddof 1"))
    });
    of(&crypto, "min_track_record_length", &|s| {
        let (sr, z) = (s("SR, a period"), s("z, normal quantile of 95 %"));
        1.0 + (1.0 - s("S") * sr + (s("K") - 1.0) / 4.0 * sr * sr) * (z / sr) * (z / sr)
    });
    let analytics = Convention::preset("performance-analytics").unwrap();
    of(&analytics, "var_95", &|s| {
        s("mean(r), a period") + s("h, of 5 %") * s("sd(r), a period, ddof 0")
    });
    of(&analytics, "sharpe", &|s| {
        s("return above risk_free, a year") / (s("sd(r), a period, ddof 1") * s("sqrt(N)"))
    });
    of(&analytics, "up_capture", &|s| {
        s("C(y) where x > 0") / s("C(x) where x > 0")
    });
    let quantstats = Convention::preset("quantstats").unwrap();
    of(&quantstats, "var_99", &|s| {
        s("mean(r), a period") + s("z, normal quantile of 1 %") * s("sd(r), a period, ddof 1")
    });
    of(&quantstats, "ulcer_index", &|s| {
        (s("sum(d^2)") / s("points it is divided by")).sqrt()
    });
}

/// By the textbook.
fn stability(returns: &[f64]) -> f64 {
    let mut height = 0.0;
    let heights: Vec<f64> = returns
        .iter()
        .filter(|r| !r.is_nan())
        .map(|r| {
            height += r.ln_1p();
            height
        })
        .collect();
    let n = heights.len() as f64;
    let (middle, mean) = ((n - 1.0) / 2.0, heights.iter().sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (at, height) in heights.iter().enumerate() {
        let (x, y) = (at as f64 - middle, height - mean);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
    }
    xy * xy / (xx * yy)
}

/// Every value that a choice may take, beside those of the presets.
fn alternatives() -> BTreeMap<String, Vec<Value>> {
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let presets = Convention::PRESETS
        .iter()
        .map(|name| serde_json::to_value(Convention::preset(name).unwrap()).unwrap());
    for preset in presets {
        for (choice, value) in preset.as_object().unwrap() {
            let known = values.entry(choice.clone()).or_default();
            if !known.contains(value) {
                known.push(value.clone());
            }
        }
    }
    values.remove("name");
    let mut more = |choice: &str, others: Value| {
        let others = others.as_array().unwrap().clone();
        values.get_mut(choice).unwrap().extend(others);
    };
    more("returns", json!(["log"]));
    more("ddof", json!([0]));
    more(
        "risk_free",
        json!([{ "per": "year-compound", "value": 0.04 }]),
    );
    more(
        "minimum_acceptable",
        json!([{ "per": "period", "value": 0.001 }]),
    );
    more("downside", json!(["losers"]));
    more("min_days", json!([5000.0]));
    more(
        "quantile",
        json!(["lower", "higher", "inverse-distribution"]),
    );
    more("sterling_excess", json!([0.0]));
    more("shortfall", json!(["weighted"]));
    values
}

#[test]
fn the_inputs_name_every_choice_that_moves_the_value_and_no_other() {
    let benchmark = benchmark();
    let alternatives = alternatives();
    let mut moving: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for wild in [false, true] {
        let returns = returns(wild);
        for preset in Convention::PRESETS {
            let mut convention = Convention::preset(preset).unwrap();
            // Rounding hides what moves.
            convention.decimals = None;
            let plain = serde_json::to_value(&convention).unwrap();
            let values = |convention: &Convention| -> Vec<Result<f64, Undefined>> {
                let terms = terms(convention);
                let sample = Sample::with(inputs(&returns, &benchmark), &terms);
                CATALOGUE
                    .iter()
                    .map(|metric| sample.value(metric))
                    .collect()
            };
            let here = values(&convention);
            for (choice, others) in alternatives
                .iter()
                .filter(|(choice, _)| *choice != "decimals")
            {
                for other in others {
                    let mut changed = plain.clone();
                    changed[choice] = other.clone();
                    let there = values(&serde_json::from_value(changed).unwrap());
                    for ((metric, here), there) in CATALOGUE.iter().zip(&here).zip(there) {
                        if moved(*here, there) {
                            moving.entry(metric.name).or_default().insert(choice);
                        }
                    }
                }
            }
        }
    }
    let mut wrong = String::new();
    for metric in CATALOGUE {
        let named: BTreeSet<&str> = metric.choices().collect();
        let found = moving.get(metric.name).cloned().unwrap_or_default();
        if named != found {
            wrong.push_str(&format!(
                "{}: not named {:?}, named in vain {:?}\n",
                metric.name,
                found.difference(&named).collect::<Vec<_>>(),
                named.difference(&found).collect::<Vec<_>>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Beyond rounding.
fn moved(here: Result<f64, Undefined>, there: Result<f64, Undefined>) -> bool {
    match (here, there) {
        (Ok(here), Ok(there)) => (here - there).abs() > 1e-12 * here.abs().max(there.abs()),
        (here, there) => here != there,
    }
}
