//! `highwater metrics --returns`: the form that scripts rely on.

use crate::{run::Program, schema};

const NAMES: [&str; 11] = [
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
];

#[test]
fn the_answer_has_the_fixed_form() {
    let program = Program::new();
    program.file(
        "returns.csv",
        "date,fund,flat\n2024-01-02,0.25,0\n2024-01-03,-0.5,0\n2024-01-04,,0\n2024-01-05,1.0,0\n",
    );
    let answer = program
        .run(&[
            "metrics",
            "--returns",
            "returns.csv",
            "--convention",
            "empyrical",
            "--periods-per-year",
            "252",
            "--metrics",
            "all",
            "--format",
            "json",
        ])
        .ok()
        .json();
    schema::assert_satisfies("metrics", &answer);
    let series = answer["series"].as_array().unwrap();
    assert_eq!(series.len(), 2);
    let fund = &series[0];
    assert_eq!(fund["name"], "fund");
    assert_eq!(fund["observations"], 3);
    assert_eq!(fund["skipped"], 1, "an empty cell is missing, and counted");
    assert_eq!(fund["metrics"]["total_return"], 0.25);
    assert_eq!(fund["metrics"]["max_drawdown"], -0.5);
    assert_eq!(fund["metrics"]["best"], 1.0);
    assert_eq!(fund["metrics"]["worst"], -0.5);
    for name in NAMES {
        assert!(fund["metrics"].get(name).is_some(), "{name} in {fund}");
    }
    let flat = &series[1];
    assert!(flat["metrics"]["sharpe"].is_null(), "{flat}");
    assert!(flat["undefined"]["sharpe"].is_string(), "{flat}");
    assert!(flat["metrics"]["calmar"].is_null(), "{flat}");
}

#[test]
fn a_metric_can_be_chosen_and_a_misspelt_one_is_refused() {
    let program = Program::new();
    program.file("r.csv", "date,a\n2024-01-02,0.25\n2024-01-03,-0.5\n");
    let answer = program
        .run(&[
            "metrics",
            "--returns",
            "r.csv",
            "--periods-per-year",
            "365",
            "--metrics",
            "sharpe,best",
            "--format",
            "json",
        ])
        .ok()
        .json();
    let metrics = answer["series"][0]["metrics"].as_object().unwrap();
    assert_eq!(metrics.keys().collect::<Vec<_>>(), ["sharpe", "best"]);
    program
        .run(&["metrics", "--returns", "r.csv", "--metrics", "sharp"])
        .fails(2, &["sharp", "sharpe"]);
    program
        .run(&["metrics", "--returns", "r.csv", "--convention", "empirical"])
        .fails(2, &["empirical", "empyrical"]);
}

#[test]
fn an_irregular_series_must_say_how_many_periods_a_year_has() {
    let program = Program::new();
    program.file(
        "r.csv",
        "date,a\n2024-01-31,0.25\n2024-02-29,-0.5\n2024-03-31,0.1\n",
    );
    program
        .run(&["metrics", "--returns", "r.csv"])
        .fails(2, &["r.csv", "--periods-per-year"]);
    program
        .run(&["metrics", "--returns", "r.csv", "--periods-per-year", "12"])
        .ok();
}

#[test]
fn a_bad_cell_is_named() {
    let program = Program::new();
    program.file("r.csv", "date,a,b\n2024-01-02,0.25,0\n2024-01-03,x,0\n");
    program
        .run(&["metrics", "--returns", "r.csv", "--periods-per-year", "365"])
        .fails(2, &["r.csv", "row 2", "a", "x"]);
}

#[test]
fn every_format_carries_the_same_numbers() {
    let program = Program::new();
    program.file("r.csv", "date,a\n2024-01-02,0.25\n2024-01-03,-0.5\n");
    let run = |format: &str| {
        program
            .run(&[
                "metrics",
                "--returns",
                "r.csv",
                "--periods-per-year",
                "365",
                "--format",
                format,
            ])
            .ok()
            .stdout
    };
    assert!(
        run("csv").lines().any(|line| line.contains("-0.375")),
        "{}",
        run("csv")
    );
    assert!(run("table").contains("-37.50 %"), "{}", run("table"));
    program
        .run(&[
            "metrics",
            "--returns",
            "r.csv",
            "--periods-per-year",
            "365",
            "--format",
            "parquet",
            "--output",
            "m.parquet",
        ])
        .ok();
    let bytes = std::fs::read(program.path("m.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[test]
fn an_empty_lake_says_how_to_fill_it() {
    let program = Program::new();
    program
        .run(&["metrics", "--symbol", "BTC", "--lake", "nowhere"])
        .fails(2, &["nowhere", "highwater"]);
}

#[test]
fn an_unknown_symbol_is_refused_with_what_there_is() {
    let program = Program::new();
    program.file(
        "bars.csv",
        "timestamp,open,high,low,close\n2024-01-01,1,2,1,2\n2024-01-02,2,2,1,1\n",
    );
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "BTC",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .ok();
    program
        .run(&["metrics", "--symbol", "BTX", "--lake", "lake"])
        .fails(1, &["BTX", "BTC"]);
    // The same symbol from another venue: two tokens, and no silent choice between them.
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "BTC",
            "--timeframe",
            "1d",
            "--source",
            "elsewhere",
            "--lake",
            "lake",
        ])
        .ok();
    program
        .run(&["metrics", "--symbol", "BTC", "--lake", "lake"])
        .fails(1, &["import", "elsewhere", "--source"]);
    program
        .run(&[
            "metrics",
            "--symbol",
            "BTC",
            "--source",
            "elsewhere",
            "--lake",
            "lake",
        ])
        .ok();
}

const SIX: &str = "date,a\n2024-01-02,0.25\n2024-01-03,-0.5\n2024-01-04,0.1\n2024-01-05,0.2\n";

#[test]
fn returns_of_a_file_are_cut_at_the_moment() {
    let program = Program::new();
    program.file("whole.csv", SIX);
    program.file("cut.csv", "date,a\n2024-01-02,0.25\n2024-01-03,-0.5\n");
    let series = |arguments: &[&str]| {
        let mut all = vec!["metrics", "--format", "json"];
        all.extend(arguments);
        let answer = program.run(&all).ok().json();
        schema::assert_satisfies("metrics", &answer);
        answer
    };
    let cut = series(&["--returns", "whole.csv", "--as-of", "2024-01-03"]);
    assert_eq!(cut["as_of"], "2024-01-03T00:00:00Z");
    assert_eq!(cut["series"][0]["observations"], 2);
    assert_eq!(cut["series"], series(&["--returns", "cut.csv"])["series"]);
    program
        .run(&["metrics", "--returns", "whole.csv", "--as-of", "2023-12-31"])
        .fails(1, &["whole.csv", "2023-12-31", "2024-01-02"]);
}

#[test]
fn flags_of_a_lake_are_refused_beside_a_file() {
    let program = Program::new();
    program.file("r.csv", SIX);
    for flags in [
        ["--lake", "x"],
        ["--source", "import"],
        ["--timeframe", "1h"],
        ["--clock", "observed"],
        ["--symbol", "BTC"],
    ] {
        let mut arguments = vec!["metrics", "--returns", "r.csv"];
        arguments.extend(flags);
        program.run(&arguments).fails(2, &[flags[0], "--returns"]);
    }
}

#[test]
fn a_file_of_months_begins_nowhere_and_ends_with_its_last() {
    let program = Program::new();
    program.file(
        "r.csv",
        "date,a\n2024-01-31,0.25\n2024-02-29,-0.5\n2024-03-31,0.1\n",
    );
    let run = |format: &str| {
        program
            .run(&[
                "metrics",
                "--returns",
                "r.csv",
                "--periods-per-year",
                "12",
                "--format",
                format,
            ])
            .ok()
    };
    let answer = run("json").json();
    schema::assert_satisfies("metrics", &answer);
    assert!(answer["series"][0]["from"].is_null(), "{answer}");
    assert_eq!(answer["series"][0]["until"], "2024-03-31T00:00:00Z");
    assert!(!run("table").stdout.contains("2024-01-02"));
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let program = Program::new();
    program.file("r.csv", "date,a,a\n2024-01-02,0.25,1\n2024-01-03,-0.5,1\n");
    program
        .run(&["metrics", "--returns", "r.csv"])
        .fails(2, &["r.csv", "`a`"]);
}

#[test]
fn the_name_of_the_output_says_its_form() {
    let program = Program::new();
    program.file("r.csv", SIX);
    let write = |output: &str, more: &[&str]| {
        let mut arguments = vec!["metrics", "--returns", "r.csv", "--quiet", "-o", output];
        arguments.extend(more);
        let run = program.run(&arguments).ok();
        assert_eq!(run.stdout, "");
        (std::fs::read(program.path(output)).unwrap(), run.stderr)
    };
    let (csv, said) = write("m.csv", &[]);
    assert!(
        csv.starts_with(b"name,"),
        "{}",
        String::from_utf8_lossy(&csv)
    );
    assert_eq!(said, "");
    assert!(write("m.json", &[]).0.starts_with(b"{"));
    assert!(write("m.parquet", &[]).0.starts_with(b"PAR1"));
    assert!(write("m.txt", &[]).0.starts_with(b"  metric"));
    let (json, said) = write("n.csv", &["--format", "json"]);
    assert!(
        json.starts_with(b"{"),
        "what was asked for is what is written"
    );
    for text in ["warning", "n.csv", "JSON", "CSV", "--format"] {
        assert!(said.contains(text), "{text} in {said}");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let program = Program::new();
    program.file("r.csv", SIX);
    program
        .run(&["metrics", "--returns", "r.csv", "-o", "none/m.csv"])
        .fails(2, &["none/m.csv", "folder"]);
}
