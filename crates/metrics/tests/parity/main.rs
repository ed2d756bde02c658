//! Parity with other systems, metric by metric: the table `PARITY.md`, checked against the code.
//!
//! Where a definition is the same, numbers agree within 1e-10, or within the digits that were printed. Where it is
//! not, the line says why, and the numbers must in truth differ. Where a system answers NaN or infinity, a reason
//! stands. `HIGHWATER_WRITE_PARITY=1 cargo test -p highwater-metrics --test parity` writes the table anew.

mod beside;
mod dates;
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a fixture of this test"
)]
#[path = "../golden/mod.rs"]
mod golden;
mod lines;
#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a fixture of this test"
)]
#[path = "../monthly/mod.rs"]
mod monthly;
#[allow(missing_docs, unreachable_pub, reason = "a fixture of this test")]
#[path = "../pairs/mod.rs"]
mod pairs;
#[allow(missing_docs, unreachable_pub, reason = "a fixture of this test")]
mod published;
#[allow(missing_docs, unreachable_pub, reason = "a fixture of this test")]
mod systems;

use std::fmt::Write;

use beside::{BESIDE, PUBLISHED_BESIDE};
use golden::GOLDEN;
use highwater_metrics::{
    Convention, Dates, Inputs, Metric, PeriodsPerYear, Sample, Terms, Undefined, VarBacktest,
    drawdowns,
};
use lines::{Agreement, LINES, PUBLISHED, Printed};
use pairs::{PAIRS, Pair};
use systems::{ANSWERS, DAYS};

/// Where the definition is the same.
const SAME: f64 = 1e-10;
const DAY: i64 = 86_400_000_000;

/// What six series show about one line.
#[derive(Default)]
struct Found {
    /// The largest relative difference, and that of the series that is an exception.
    apart: f64,
    excepted: f64,
    compared: usize,
    /// Series for which the system answers NaN or infinity, and we a reason.
    reasons: usize,
    /// Series for which the system answers a number, and we a reason.
    refused: Vec<(&'static str, f64, Undefined)>,
    /// Series for which the system answers NaN or infinity, and we a number.
    only_ours: Vec<(&'static str, f64)>,
}

/// A metric of ours, by a convention, and what a system answers for each series.
struct Comparison {
    metric: &'static str,
    system: &'static str,
    function: &'static str,
    agreement: Agreement,
    convention: Convention,
    theirs: [f64; 6],
}

/// Every line of the table, those of one series first.
fn comparisons() -> impl Iterator<Item = Comparison> {
    let alone = LINES.iter().map(|line| {
        let answers = ANSWERS
            .iter()
            .find(|answers| (answers.system, answers.function) == (line.system, line.function))
            .unwrap_or_else(|| panic!("no answers of {} {}", line.system, line.function));
        let mut convention = Convention::preset(line.system).unwrap();
        (line.choices)(&mut convention);
        Comparison {
            metric: line.metric,
            system: line.system,
            function: line.function,
            agreement: line.agreement,
            convention,
            theirs: answers.values,
        }
    });
    let beside = BESIDE.iter().map(|line| Comparison {
        metric: line.metric,
        system: line.system,
        function: line.function,
        agreement: line.agreement,
        convention: Convention::preset(line.system).unwrap(),
        theirs: std::array::from_fn(|at| (line.theirs)(pair_of(GOLDEN[at].name))),
    });
    alone.chain(beside)
}

fn pair_of(name: &str) -> &'static Pair {
    PAIRS.iter().find(|pair| pair.name == name).unwrap()
}

fn compare(line: &Comparison) -> Found {
    let metric = Metric::named(line.metric).unwrap();
    let mut found = Found::default();
    for ((golden, (from, until)), theirs) in GOLDEN.iter().zip(DAYS).zip(line.theirs) {
        let per_year = PeriodsPerYear::new(golden.periods_per_year).unwrap();
        let terms = Terms::new(&line.convention, per_year);
        let inputs = Inputs {
            dates: Some(Dates {
                from: from * DAY,
                until: until * DAY,
            }),
            benchmark: Some(pair_of(golden.name).benchmark),
            ..Inputs::of(golden.returns)
        };
        match Sample::with(inputs, &terms).value(metric) {
            Ok(ours) if theirs.is_finite() => {
                let ours = ours * line.agreement.scale();
                let apart = (ours - theirs).abs();
                // Both zero but for the rounding of a mean.
                let apart = if apart < 1e-16 {
                    0.0
                } else {
                    apart / theirs.abs()
                };
                if line.agreement.exception() == Some(golden.name) {
                    found.excepted = apart;
                } else {
                    found.apart = found.apart.max(apart);
                }
                found.compared += 1;
            }
            Ok(ours) => found.only_ours.push((golden.name, ours)),
            Err(_) if !theirs.is_finite() => found.reasons += 1,
            Err(reason) => found.refused.push((golden.name, theirs, reason)),
        }
    }
    found
}

/// As a power of ten that bounds it: the last digits are the machine's, not the definition's.
fn bound(apart: f64) -> String {
    match [-14, -12, -10]
        .into_iter()
        .find(|&power| apart <= 10.0_f64.powi(power))
    {
        Some(power) => format!("<= 1e{power}"),
        None => format!("{apart:.1e}"),
    }
}

#[test]
fn lines_agree_where_they_say_so_and_differ_where_they_say_so() {
    for line in comparisons() {
        let found = compare(&line);
        let what = format!("{} and {} of {}", line.metric, line.function, line.system);
        match line.agreement {
            Agreement::Differs(_) => assert!(found.apart > SAME, "{what} agree"),
            _ => assert!(found.apart <= SAME, "{what} differ by {:e}", found.apart),
        }
        assert!(
            found.compared >= 3,
            "{what}: only {} compared",
            found.compared
        );
        for (series, theirs, reason) in &found.refused {
            // A flat series has no ratio, and what they answer is the rounding of its mean.
            let nothing = matches!(reason, Undefined::ZeroVariance | Undefined::ZeroBeta);
            let flat = *series == "constant" && nothing;
            assert!(flat, "{what}, {series}: {theirs} where ours is {reason:?}");
        }
        for (series, ours) in &found.only_ours {
            assert_eq!(
                (*series, line.metric),
                ("with_nan", "var_95"),
                "{what}: ours is {ours}"
            );
        }
        if line.agreement.exception().is_some() {
            assert!(found.excepted > SAME, "{what}: no exception");
        }
    }
}

#[test]
fn published_values_are_met_to_their_last_digit() {
    for printed in PUBLISHED {
        let ours = printed.ours().unwrap();
        let met = (ours - printed.expected).abs() < printed.tolerance;
        let what = format!(
            "{} by {}: {ours}, printed {}",
            printed.metric, printed.call, printed.expected
        );
        assert_eq!(met, printed.differs.is_none(), "{what}");
    }
}

#[test]
fn published_values_against_a_benchmark_are_met_to_their_last_digit() {
    for printed in PUBLISHED_BESIDE {
        let ours = printed.ours();
        assert_eq!(ours.len(), printed.expected.len(), "{}", printed.call);
        for (ours, expected) in ours.into_iter().zip(printed.expected) {
            let what = format!("{} by {}", printed.metric, printed.call);
            let ours = ours.unwrap_or_else(|reason| panic!("{what}: {reason}"));
            assert!(
                (ours - expected).abs() < 1.01e-4,
                "{what}: {ours}, printed {expected}"
            );
        }
    }
}

/// PerformanceAnalytics' `table.Drawdowns(edhec[, 1])`: depth, periods from peak, to the trough, to the recovery.
#[test]
fn the_published_drawdown_table_is_met() {
    let mut table = drawdowns(
        published::CONVERTIBLE,
        highwater_metrics::ReturnKind::Simple,
    )
    .unwrap();
    table.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    for (spell, (depth, length, to_trough, recovery)) in table.iter().zip([
        (-0.2927, 23, 13, 10),
        (-0.0822, 22, 13, 9),
        (-0.0712, 8, 3, 5),
        (-0.0700, 5, 1, 4),
        (-0.0527, 14, 9, 5),
    ]) {
        assert!((spell.depth - depth).abs() < 1e-4, "{spell:?}");
        assert_eq!(spell.periods(published::CONVERTIBLE.len()), length);
        assert_eq!(spell.fall_periods(), to_trough);
        assert_eq!(spell.recovery_periods(), Some(recovery));
    }
}

/// PerformanceAnalytics' `VaR.backtest(edhec[, 1], VaR(..., method = "historical"))`.
#[test]
fn the_published_exceedances_are_met() {
    let returns = published::CONVERTIBLE;
    let terms = Terms::new(
        &Convention::performance_analytics(),
        PeriodsPerYear::new(12.0).unwrap(),
    );
    let bound = Sample::new(returns, &terms, None)
        .value(Metric::named("historical_var_95").unwrap())
        .unwrap();
    let test = VarBacktest::of(returns, &vec![bound; returns.len()], 0.05).unwrap();
    assert_eq!(test.exceedances, 15);
    assert!((test.expected - 14.65).abs() < 1e-12);
    assert!(test.kupiec().p_value > 0.9);
}

/// PerformanceAnalytics' `Kappa(managers["1996"], 0, 2)` and `table.Autocorrelation(managers)`.
#[test]
fn published_values_of_any_order_are_met() {
    let terms = Terms::new(
        &Convention::performance_analytics(),
        PeriodsPerYear::new(12.0).unwrap(),
    );
    for (returns, expected) in [(published::HAM1, 1.4920), (published::HAM4, 1.1418)] {
        let kappa = Sample::new(&returns[..12], &terms, None)
            .kappa(2.0)
            .unwrap();
        assert!((kappa - expected).abs() < 1e-4, "{kappa}");
    }
    for (returns, expected) in [
        (
            published::HAM1,
            [0.1890, -0.0847, -0.0602, -0.1842, -0.0035, 0.0492],
        ),
        (
            published::HAM4,
            [0.1954, -0.0840, -0.1694, -0.0923, -0.0041, -0.0065],
        ),
    ] {
        let sample = Sample::new(returns, &terms, None);
        for (lag, expected) in (1..).zip(expected) {
            let found = sample.autocorrelation(lag).unwrap();
            assert!((found - expected).abs() < 1e-4, "{lag}: {found}");
        }
    }
}

fn table() -> String {
    let mut text = String::from(
        "# Parity with other systems\n\n\
         Generated by `tests/parity`, which fails when this file is not what the code gives. empyrical-reloaded 0.7.1, \
         quantstats 0.0.86 and ffn 1.4.1 are compared on six series (two years of ordinary days, no losing day, a \
         constant, missing rows, a loss in the first period alone, four years of months), each under the preset of its \
         name, and against a benchmark of each; PerformanceAnalytics 2.1.0 by the values that it prints, to the fourth decimal. A metric may have several \
         functions. `refused`: the system answers a number of the order of 1e16, or none of meaning, for the constant \
         series, where ours gives the reason.\n\n\
         | metric | system | their function | largest relative difference | series compared | reasons in place of NaN and infinity | |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let line = |text: &mut String, cells: [&str; 7]| {
        writeln!(text, "| {} |", cells.join(" | ")).unwrap();
    };
    for metric in highwater_metrics::CATALOGUE {
        let name = format!("`{}`", metric.name);
        for of in comparisons().filter(|line| line.metric == metric.name) {
            let found = compare(&of);
            let mut note = of.agreement.note().to_owned();
            if !found.refused.is_empty() {
                note.push_str("; refused for the constant series");
            }
            if !found.only_ours.is_empty() {
                note.push_str("; NaN where rows are missing, ours skips them");
            }
            let (compared, reasons) = (found.compared.to_string(), found.reasons.to_string());
            line(
                &mut text,
                [
                    &name,
                    of.system,
                    &format!("`{}`", of.function),
                    &bound(found.apart),
                    &compared,
                    &reasons,
                    &note,
                ],
            );
        }
        let mut calls: Vec<&str> = Vec::new();
        for printed in PUBLISHED
            .iter()
            .filter(|printed| printed.metric == metric.name)
        {
            if calls.contains(&printed.call) {
                continue;
            }
            calls.push(printed.call);
            let values: Vec<&Printed> = PUBLISHED
                .iter()
                .filter(|other| (other.metric, other.call) == (printed.metric, printed.call))
                .collect();
            let difference = match printed.differs {
                None => "within the digits printed".to_owned(),
                Some(_) => {
                    let apart = |of: &&Printed| (of.ours().unwrap() / of.expected - 1.0).abs();
                    format!("{:.1e}", values.iter().map(apart).fold(0.0, f64::max))
                }
            };
            line(
                &mut text,
                [
                    &name,
                    "performance-analytics",
                    &format!("`{}`", printed.call),
                    &difference,
                    &values.len().to_string(),
                    "0",
                    printed.differs.unwrap_or("same"),
                ],
            );
        }
        for printed in PUBLISHED_BESIDE
            .iter()
            .filter(|of| of.metric == metric.name)
        {
            line(
                &mut text,
                [
                    &name,
                    "performance-analytics",
                    &format!("`{}`", printed.call),
                    "within the digits printed",
                    &printed.expected.len().to_string(),
                    "0",
                    "same",
                ],
            );
        }
    }
    let alone: Vec<String> = highwater_metrics::CATALOGUE
        .iter()
        .filter(|metric| {
            comparisons().all(|line| line.metric != metric.name)
                && PUBLISHED.iter().all(|of| of.metric != metric.name)
                && PUBLISHED_BESIDE.iter().all(|of| of.metric != metric.name)
        })
        .map(|metric| format!("`{}`", metric.name))
        .collect();
    writeln!(
        text,
        "\nWithout a counterpart above, and proven against plain formulas on generated series (`tests/naive.rs`, `tests/naive_pairs.rs`): {}.",
        alone.join(", ")
    )
    .unwrap();
    text
}

#[test]
fn the_table_is_what_the_code_gives() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/PARITY.md");
    let table = table();
    if std::env::var_os("HIGHWATER_WRITE_PARITY").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == table,
        "PARITY.md is not what the code gives; HIGHWATER_WRITE_PARITY=1 writes it anew"
    );
}
