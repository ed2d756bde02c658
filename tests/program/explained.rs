//! `highwater metrics --explain`, on every metric, and what a convention of one's own says.

use crate::run::Program;

/// Two years of days of a series and a market, which rise and fall and now and then stand still.
fn returns() -> String {
    let mut text = "date,fund,market\n".to_owned();
    let mut state = 7_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Cubed: small for the most part, and now and then great.
        (2.0 * ((state >> 33) as f64 / f64::from(u32::MAX >> 1) - 0.5)).powi(3)
    };
    for day in 0..730 {
        let (year, of_year) = (2022 + day / 365, day % 365);
        let (mut month, mut date) = (1, of_year + 1);
        for length in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if date <= length {
                break;
            }
            (month, date) = (month + 1, date - length);
        }
        let market = 0.04 * noise() + 0.0005;
        let fund = if day % 50 == 3 {
            0.0
        } else {
            0.7 * market + 0.02 * noise() + 0.0004
        };
        text += &format!("{year}-{month:02}-{date:02},{fund},{market}\n");
    }
    text
}

fn explain<'a>(metric: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "metrics",
        "--returns",
        "returns.csv",
        "--columns",
        "fund,market",
        "--benchmark",
        "market",
        "--trials",
        "100:0.002",
        "--explain",
        metric,
    ];
    arguments.extend(more);
    arguments
}

#[test]
fn every_metric_is_explained_by_what_it_is_computed_from() {
    let program = Program::new();
    program.file("returns.csv", &returns());
    let listed = program
        .run(&["metrics", "--list", "--format", "json"])
        .ok()
        .json();
    let plain = [
        "observations",
        "missing rows",
        "periods per year, N",
        "calendar days",
    ];
    for metric in listed.as_array().unwrap() {
        let name = metric["name"].as_str().unwrap();
        let told = program
            .run(&explain(name, &["--format", "json"]))
            .ok()
            .json();
        let fund = &told["series"][0];
        assert!(fund["value"].is_number(), "{name}: {fund}");
        let steps = fund["steps"].as_object().unwrap();
        let more = steps
            .iter()
            .filter(|(step, value)| !plain.contains(&step.as_str()) && !value.is_null())
            .any(|(_, value)| *value != fund["value"]);
        assert!(more, "{name}: {steps:?}");
        // Whoever disagrees has a reason, and whoever agrees has none.
        for other in fund["other_conventions"].as_array().unwrap() {
            let because = other["because"].as_object().unwrap();
            let (here, there) = (fund["value"].as_f64(), other["value"].as_f64());
            let same = match (here, there) {
                (Some(here), Some(there)) => {
                    (here - there).abs() <= 1e-12 * here.abs().max(there.abs())
                }
                (here, there) => here == there,
            };
            assert_eq!(because.is_empty(), same, "{name}: {other}");
        }
    }
}

#[test]
fn the_reasons_name_every_choice_that_makes_the_difference() {
    let program = Program::new();
    program.file("returns.csv", &returns());
    program.file(
        "weighted.toml",
        "base = \"crypto\"\nshortfall = \"weighted\"\n",
    );
    let because = |metric: &str, convention: &str, other: &str| {
        let told = program
            .run(&explain(
                metric,
                &["--format", "json", "--convention", convention],
            ))
            .ok()
            .json();
        let others = told["series"][0]["other_conventions"]
            .as_array()
            .unwrap()
            .clone();
        let found = others
            .into_iter()
            .find(|one| one["convention"] == other)
            .unwrap();
        let because = found["because"].as_object().unwrap().clone();
        let reasons = because
            .into_iter()
            .map(|(choice, why)| (choice, why["alone"] == true, why["needed"] == true));
        reasons.collect::<Vec<_>>()
    };
    let expect = |metric: &str, convention: &str, other: &str, expected: &[(&str, bool, bool)]| {
        let found = because(metric, convention, other);
        let found: Vec<_> = found
            .iter()
            .map(|(choice, alone, needed)| (choice.as_str(), *alone, *needed))
            .collect();
        assert_eq!(found, expected, "{metric}, {convention} to {other}");
    };
    // By the calendar, the days of a year do not move a growth rate; with rows for time they do.
    for other in ["crypto", "empyrical"] {
        let days = ("days_per_year", false, true);
        let expected = [("years", true, true), days];
        let differ = if other == "crypto" { 2 } else { 1 };
        expect("cagr", "ffn", other, &expected[..differ]);
    }
    expect(
        "sharpe",
        "crypto",
        "empyrical",
        &[("days_per_year", true, true)],
    );
    // Which rows are averaged moves a historical shortfall, but not that of a model.
    expect(
        "cvar_95",
        "weighted.toml",
        "performance-analytics",
        &[
            ("tail_model", true, true),
            ("shortfall", true, false),
            ("tail_ddof", false, true),
        ],
    );
    let text = program
        .run(&explain("cvar_95", &["--convention", "weighted.toml"]))
        .ok()
        .stdout;
    for part in [
        "choices ",
        "tail_model historical",
        "rank of the 5 % quantile, from 1",
        "only beside that: tail_ddof 0 instead of 1",
        "by itself, not beside that: shortfall below instead of weighted",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let calmar = program.run(&explain("calmar", &[])).ok().stdout;
    for part in [
        "growth of 1",
        "years",
        "max_drawdown",
        "peak  ",
        "trough  ",
        "recovery  ",
    ] {
        assert!(calmar.contains(part), "{part}: {calmar}");
    }
}

#[test]
fn a_convention_of_ones_own_is_a_base_and_what_differs() {
    let program = Program::new();
    program.file("returns.csv", &returns());
    program.file(
        "mine.toml",
        "base = \"crypto\"\nname = \"mine\"\nddof = 0\n\n[risk_free]\nper = \"year-compound\"\nvalue = 0.04\n",
    );
    program.file("bare.toml", "base = \"crypto\"\nddof = 0\n");
    program.file("misspelt.toml", "base = \"crypto\"\ndof = 0\n");
    program.file("whole.toml", "name = \"old\"\nddof = 0\n");
    let measure = |more: &[&str]| {
        let mut arguments = vec![
            "metrics",
            "--returns",
            "returns.csv",
            "--columns",
            "fund",
            "--metrics",
            "sharpe",
            "--format",
            "json",
        ];
        arguments.extend(more);
        program.run(&arguments)
    };
    let sharpe = |more: &[&str]| {
        let read = measure(more).ok().json();
        (
            read["convention"].clone(),
            read["series"][0]["metrics"]["sharpe"].as_f64().unwrap(),
        )
    };
    let (name, mine) = sharpe(&["--convention", "mine.toml"]);
    assert_eq!(name, "mine");
    let (name, bare) = sharpe(&["--convention", "bare.toml", "--risk-free", "4%"]);
    assert_eq!(name, "crypto, changed, risk-free 0.04 a year");
    assert_eq!(mine.to_bits(), bare.to_bits());
    assert!(mine < sharpe(&["--convention", "crypto"]).1);
    for (file, says) in [
        (
            "misspelt.toml",
            ["misspelt.toml", "no choice `dof`", "did you mean ddof"],
        ),
        (
            "whole.toml",
            ["whole.toml", "does not choose `returns`", "`base`"],
        ),
        ("none.toml", ["none.toml", "No such file", "--convention"]),
        ("cripto", ["cripto", "crypto", "mine.toml"]),
    ] {
        measure(&["--convention", file]).fails(2, &says);
    }
}
