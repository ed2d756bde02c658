//! `highwater metrics` in its other views: the catalogue, rolling windows, drawdowns, months, an explanation.

use crate::run::Program;

/// Six days of two funds; `b` falls on every day but the first.
const RETURNS: &str = "\
date,a,b
2024-01-30,0.5,0.25
2024-01-31,-0.5,-0.25
2024-02-01,0.25,-0.25
2024-02-02,0.25,-0.25
2024-02-03,-0.25,-0.25
2024-02-04,1.0,-0.25
";

fn program() -> Program {
    let program = Program::new();
    program.file("returns.csv", RETURNS);
    program
}

fn metrics<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["metrics", "--returns", "returns.csv"];
    arguments.extend(more);
    arguments
}

#[test]
fn every_metric_is_listed_and_can_be_asked_for() {
    let program = program();
    let listed = program
        .run(&["metrics", "--list", "--format", "json"])
        .ok()
        .json();
    let listed = listed.as_array().unwrap();
    assert!(listed.len() > 60, "{}", listed.len());
    for field in [
        "name", "title", "unit", "better", "formula", "domain", "source",
    ] {
        assert!(
            listed.iter().all(|metric| metric[field].is_string()),
            "{field}"
        );
    }
    let all = program
        .run(&metrics(&["--metrics", "all", "--format", "json"]))
        .ok()
        .json();
    for series in all["series"].as_array().unwrap() {
        let values = series["metrics"].as_object().unwrap();
        assert_eq!(values.len(), listed.len());
        for (name, value) in values {
            // A number, or a reason.
            assert_ne!(
                value.is_number(),
                series["undefined"][name].is_string(),
                "{name}"
            );
        }
    }
    program
        .run(&metrics(&["--metrics", "sharp"]))
        .fails(2, &["no metric is called `sharp`", "sharpe", "--list"]);
}

#[test]
fn series_are_ordered_by_a_metric_that_need_not_be_shown() {
    let program = program();
    for (metric, first) in [("total_return", "a"), ("ulcer_index", "a"), ("worst", "b")] {
        let sorted = program
            .run(&metrics(&[
                "--sort",
                metric,
                "--metrics",
                "win_rate",
                "--format",
                "json",
            ]))
            .ok()
            .json();
        assert_eq!(sorted["series"][0]["name"], first, "{metric}");
        let shown = sorted["series"][0]["metrics"].as_object().unwrap();
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["win_rate"]);
    }
}

#[test]
fn drawdowns_are_listed_with_their_days() {
    let table = program()
        .run(&metrics(&["--drawdowns", "1", "--format", "json"]))
        .ok()
        .json();
    let rows = table.as_array().unwrap();
    assert_eq!(rows.len(), 2);
    // a: 1.5, 0.75, 0.9375, 1.171875, 0.87890625, 1.7578125.
    assert_eq!(rows[0]["depth"], -0.5);
    assert_eq!(rows[0]["peak"], "2024-01-30T00:00:00Z");
    assert_eq!(rows[0]["trough"], "2024-01-31T00:00:00Z");
    assert_eq!(rows[0]["recovery"], "2024-02-04T00:00:00Z");
    assert_eq!(
        (&rows[0]["fall_periods"], &rows[0]["recovery_periods"]),
        (&1.into(), &4.into())
    );
    assert!(rows[1]["recovery"].is_null(), "{}", rows[1]);
    program()
        .run(&metrics(&["--drawdowns", "0"]))
        .fails(2, &["--drawdowns 0"]);
}

#[test]
fn months_compound_to_their_year() {
    let table = program()
        .run(&metrics(&["--calendar", "--format", "json"]))
        .ok()
        .json();
    let a = &table[0];
    assert_eq!((&a["name"], &a["year"]), (&"a".into(), &2024.into()));
    assert_eq!(a["Jan"], -0.25);
    assert_eq!(a["Feb"], 1.34375);
    assert!(a["Mar"].is_null());
    assert_eq!(a["total"], 0.7578125);
}

#[test]
fn rolling_windows_are_those_measured_alone() {
    let program = program();
    let rolled = program
        .run(&metrics(&[
            "--rolling",
            "3d",
            "--metrics",
            "max_drawdown,sharpe",
            "--format",
            "json",
        ]))
        .ok()
        .json();
    let rows = rolled.as_array().unwrap();
    assert_eq!(
        rows.len(),
        2 * 4,
        "the first full window ends on the third day"
    );
    let last = program
        .run(&metrics(&[
            "--window",
            "3d",
            "--metrics",
            "max_drawdown,sharpe",
            "--format",
            "json",
        ]))
        .ok()
        .json();
    assert_eq!(rows[3]["time"], "2024-02-04T00:00:00Z");
    for metric in ["max_drawdown", "sharpe"] {
        let alone = last["series"][0]["metrics"][metric].as_f64().unwrap();
        let found = rows[3][metric].as_f64().unwrap();
        assert!(
            (alone - found).abs() < 1e-12 * alone.abs().max(1.0),
            "{metric}"
        );
    }
    for (length, metric, says) in [
        ("x", "sharpe", "no length"),
        ("1", "sharpe", "no length"),
        ("3d", "omega", "not rolled"),
    ] {
        program
            .run(&metrics(&["--rolling", length, "--metrics", metric]))
            .fails(2, &[says]);
    }
}

#[test]
fn an_explanation_says_what_other_conventions_would_and_why() {
    let program = program();
    let told = program
        .run(&metrics(&["--explain", "sharpe", "--format", "json"]))
        .ok()
        .json();
    let a = &told["series"][0];
    let step = |name: &str| a["steps"][name].as_f64().unwrap();
    let sharpe = step("mean(r), a period") / step("sd(r), a period, ddof 1")
        * step("periods per year, N").sqrt();
    assert!((sharpe - a["value"].as_f64().unwrap()).abs() < 1e-12);
    let others = a["other_conventions"].as_array().unwrap();
    let empyrical = others
        .iter()
        .find(|one| one["convention"] == "empyrical")
        .unwrap();
    assert_eq!(empyrical["because"]["days_per_year"]["there"], 252.0);
    let plain = program
        .run(&metrics(&[
            "--convention",
            "empyrical",
            "--metrics",
            "sharpe",
            "--format",
            "json",
        ]))
        .ok()
        .json();
    assert_eq!(empyrical["value"], plain["series"][0]["metrics"]["sharpe"]);
    let text = program.run(&metrics(&["--explain", "sharpe"])).ok().stdout;
    for part in [
        "formula",
        "mean(r - risk_free) / sd(r) sqrt(N)",
        "instead of 365",
    ] {
        assert!(text.contains(part), "{text}");
    }
    program
        .run(&metrics(&["--explain", "sharpe", "--calendar"]))
        .fails(2, &["cannot be used with"]);
}

#[test]
fn prices_become_returns_and_a_price_of_zero_is_refused() {
    let program = program();
    program.file(
        "prices.csv",
        "date,fund\n2024-01-01,100\n2024-01-02,125\n2024-01-03,\n2024-01-04,50\n",
    );
    let read = program
        .run(&["metrics", "--prices", "prices.csv", "--format", "json"])
        .ok()
        .json();
    let fund = &read["series"][0];
    assert_eq!(fund["from"], "2024-01-01T00:00:00Z");
    assert_eq!(
        (&fund["observations"], &fund["skipped"]),
        (&2.into(), &1.into())
    );
    assert_eq!(fund["metrics"]["total_return"], -0.5);
    assert_eq!(fund["metrics"]["best"], 0.25);
    program.file(
        "zero.csv",
        "date,fund\n2024-01-01,100\n2024-01-02,0\n2024-01-03,5\n",
    );
    program
        .run(&["metrics", "--prices", "zero.csv"])
        .fails(2, &["zero.csv", "fund", "row 2", "0 has no return"]);
}

#[test]
fn a_risk_free_rate_is_read_as_a_share_of_a_year() {
    let program = program();
    let sharpe = |rate: &str| {
        let read = program
            .run(&metrics(&[
                "--risk-free",
                rate,
                "--metrics",
                "sharpe",
                "--format",
                "json",
            ]))
            .ok()
            .json();
        read["series"][0]["metrics"]["sharpe"].as_f64().unwrap()
    };
    assert_eq!(sharpe("4%").to_bits(), sharpe("0.04").to_bits());
    assert!(sharpe("4%") < sharpe("0"));
    program
        .run(&metrics(&["--risk-free", "much"]))
        .fails(2, &["4% or as 0.04"]);
}

#[test]
fn a_table_in_markdown_has_a_rule_and_as_many_cells_in_each_line() {
    let text = program()
        .run(&metrics(&[
            "--metrics",
            "best,worst",
            "--format",
            "markdown",
        ]))
        .ok()
        .stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "| --- | ---: | ---: |");
    assert!(
        lines.iter().all(|line| line.matches('|').count() == 4),
        "{text}"
    );
    assert!(
        text.contains("| Best period | 100.00 % | 25.00 % |"),
        "{text}"
    );
}

#[test]
fn a_benchmark_stands_beside_the_series_by_their_times() {
    let program = program();
    // c is 2 a, but for a day on which it has none and one that a has not.
    program.file(
        "pair.csv",
        "date,a,c\n2024-01-30,0.5,1\n2024-01-31,-0.5,-1\n2024-02-01,0.25,\n2024-02-02,0.25,0.5\n2024-02-03,,0.5\n2024-02-04,-0.25,-0.5\n",
    );
    let read = program
        .run(&[
            "metrics",
            "--returns",
            "pair.csv",
            "--benchmark",
            "a",
            "--metrics",
            "beta,correlation,sharpe",
            "--format",
            "json",
        ])
        .ok()
        .json();
    let c = &read["series"][1]["metrics"];
    assert!((c["beta"].as_f64().unwrap() - 2.0).abs() < 1e-12, "{c}");
    assert!(
        (c["correlation"].as_f64().unwrap() - 1.0).abs() < 1e-12,
        "{c}"
    );
    program
        .run(&["metrics", "--returns", "pair.csv", "--metrics", "beta"])
        .fails(
            2,
            &["`beta` is measured against a benchmark", "--benchmark"],
        );
    program
        .run(&["metrics", "--returns", "pair.csv", "--sort", "beta"])
        .fails(2, &["`beta` is measured against a benchmark"]);
    program
        .run(&metrics(&["--benchmark", "z"]))
        .fails(2, &["there is no series `z`", "a, b"]);
}

#[test]
fn a_token_of_the_lake_is_measured_against_another() {
    let program = program();
    for (symbol, factor) in [("ONE", 1.0), ("TWO", -1.0)] {
        let mut text = "timestamp,open,high,low,close\n".to_owned();
        for day in 1..29 {
            let close = 100.0 + factor * f64::from(day * day % 7);
            text += &format!(
                "2024-02-{day:02},{close},{},{},{close}\n",
                close + 1.0,
                close - 1.0
            );
        }
        program.file("bars.csv", &text);
        program
            .run(&[
                "import",
                "bars.csv",
                "--symbol",
                symbol,
                "--timeframe",
                "1d",
                "--lake",
                "lake",
            ])
            .ok();
    }
    let read = program
        .run(&[
            "metrics",
            "--symbol",
            "TWO",
            "--benchmark",
            "ONE",
            "--metrics",
            "correlation",
            "--lake",
            "lake",
            "--format",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(
        read["series"].as_array().unwrap().len(),
        1,
        "the benchmark is not listed"
    );
    let correlation = read["series"][0]["metrics"]["correlation"]
        .as_f64()
        .unwrap();
    assert!(correlation < -0.99, "{correlation}");
}

#[test]
fn a_deflated_sharpe_ratio_needs_its_trials() {
    let program = program();
    let dsr = |trials: &str| {
        let read = program
            .run(&metrics(&[
                "--metrics",
                "dsr,psr",
                "--format",
                "json",
                "--trials",
                trials,
            ]))
            .ok()
            .json();
        let series = read["series"][0].clone();
        (
            series["metrics"]["dsr"].as_f64().unwrap(),
            series["metrics"]["psr"].as_f64().unwrap(),
        )
    };
    let ((hundred, psr), (many, _)) = (dsr("100:0.01"), dsr("10000:0.01"));
    assert!(hundred < psr && many < hundred, "{hundred} {many} {psr}");
    assert!(dsr("series").0 > 0.0);
    program
        .run(&metrics(&["--metrics", "dsr"]))
        .fails(2, &["--trials 100:0.002"]);
    program
        .run(&metrics(&["--trials", "many"]))
        .fails(2, &["100:0.002"]);
}

#[test]
fn what_has_no_value_at_all_is_no_success() {
    let program = program();
    program.file(
        "empty.csv",
        "date,a\n2024-01-01,\n2024-01-02,\n2024-01-03,\n",
    );
    program
        .run(&["metrics", "--returns", "empty.csv"])
        .fails(1, &["no metric has a value"]);
    program
        .run(&metrics(&["--rolling", "30d"]))
        .fails(1, &["no series fills a window"]);
    program
        .run(&metrics(&["--calendar", "--metrics", "sharpe"]))
        .fails(2, &["cannot be used with"]);
    program
        .run(&metrics(&["--risk-free", "4"]))
        .fails(2, &["4% or as 0.04"]);
    program.run(&metrics(&["--risk-free", "-1%"])).ok();
}
