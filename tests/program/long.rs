//! `highwater metrics` over long files: one series below the other.

use crate::run::Program;

const WIDE: &str = "\
date,a,b
2024-01-30,0.5,0.25
2024-01-31,-0.5,
2024-02-01,0.25,-0.25
2024-02-02,0.25,-0.25
";

const LONG: &str = "\
date,fund,return
2024-01-30,a,0.5
2024-01-30,b,0.25
2024-01-31,a,-0.5
2024-01-31,b,
2024-02-01,a,0.25
2024-02-01,b,-0.25
2024-02-02,b,-0.25
2024-02-02,a,0.25
";

fn metrics<'a>(flag: &'a str, file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["metrics", flag, file];
    arguments.extend(more);
    arguments
}

#[test]
fn a_long_file_gives_what_the_wide_one_gives() {
    let program = Program::new();
    program.file("wide.csv", WIDE);
    program.file("long.csv", LONG);
    for view in [
        &["--metrics", "all", "--format", "json"][..],
        &["--metrics", "core", "--format", "csv"],
        &["--metrics", "skewness,sharpe", "--format", "csv"],
        &["--window", "2d", "--window", "all", "--format", "json"],
        &["--as-of", "2024-02-01", "--format", "json"],
        &["--rolling", "2", "--format", "csv"],
        &["--drawdowns", "2", "--format", "csv"],
        &["--calendar", "--format", "csv"],
        &["--explain", "sharpe"],
    ] {
        let wide = program.run(&metrics("--returns", "wide.csv", view)).ok();
        let long = program.run(&metrics("--returns", "long.csv", view)).ok();
        assert_eq!(long.stdout, wide.stdout, "{view:?}");
    }
    let prices = |text: &str| text.replace("-0.", "2.");
    program.file("wide.csv", &prices(WIDE));
    program.file("long.csv", &prices(LONG));
    let view = ["--metrics", "all", "--format", "json"];
    let wide = program.run(&metrics("--prices", "wide.csv", &view)).ok();
    let long = program.run(&metrics("--prices", "long.csv", &view)).ok();
    assert_eq!(long.stdout, wide.stdout);
}

#[test]
fn each_series_tells_its_own_periods_and_an_irregular_one_is_named() {
    let program = Program::new();
    let mut text = "time,name,r\n".to_owned();
    for hour in 0..24 {
        text.push_str(&format!("2024-01-01T{hour:02}:00:00Z,hours,0.25\n"));
    }
    for day in 1..10 {
        text.push_str(&format!("2024-01-{day:02},days,0.25\n"));
    }
    program.file("both.csv", &text);
    let both = metrics("--returns", "both.csv", &["--format", "json"]);
    let read = program.run(&both).ok().json();
    let series = read["series"].as_array().unwrap();
    assert_eq!(series[0]["name"], "hours");
    assert_eq!(series[0]["periods_per_year"], 8_760.0);
    assert_eq!(series[0]["observations"], 24);
    assert_eq!(series[1]["periods_per_year"], 365.0);
    assert_eq!(series[1]["until"], "2024-01-09T00:00:00Z");
    let table = program.run(&metrics("--returns", "both.csv", &[])).ok();
    assert!(
        table.stderr.contains("365 to 8760 periods a year"),
        "{table:#?}"
    );

    text.push_str("2024-01-01,ragged,0.5\n2024-01-02,ragged,0.5\n2024-01-05,ragged,0.5\n");
    program.file("ragged.csv", &text);
    program.run(&metrics("--returns", "ragged.csv", &[])).fails(
        2,
        &[
            "ragged.csv: the times of `ragged` are not evenly spaced",
            "--periods-per-year",
        ],
    );
    let stated = ["--periods-per-year", "365", "--format", "json"];
    let read = program
        .run(&metrics("--returns", "ragged.csv", &stated))
        .ok()
        .json();
    assert_eq!(read["series"][2]["periods_per_year"], 365.0);
}

#[test]
fn a_series_that_began_later_is_left_out_and_counted() {
    let program = Program::new();
    program.file(
        "long.csv",
        "date,name,r\n2024-01-01,a,0.5\n2024-01-02,a,0.5\n2024-01-02,b,1\n2024-01-03,b,1\n",
    );
    let known = |moment: &'static str| {
        let view = [
            "--as-of",
            moment,
            "--periods-per-year",
            "365",
            "--format",
            "json",
        ];
        program.run(&metrics("--returns", "long.csv", &view))
    };
    let early = known("2024-01-01").ok();
    assert_eq!(early.json()["series"].as_array().unwrap().len(), 1);
    assert!(
        early
            .stderr
            .contains("1 of 2 series begin after 2024-01-01"),
        "{early:#?}"
    );
    let later = known("2024-01-02").ok().json();
    assert_eq!(later["series"][0]["observations"], 2);
    assert_eq!(later["series"][1]["observations"], 1);
    known("2023-12-31").fails(1, &["nothing was known", "the first row is of 2024-01-01"]);
}

#[test]
fn a_wrong_long_file_is_refused_with_the_rows() {
    let program = Program::new();
    for (text, says) in [
        (
            "date,name,r\n2024-01-01,a,1\n2024-01-02,b,1\n2024-01-01,a,1\n",
            "row 3 (line 4), column `date`: 2024-01-01T00:00:00Z of `a` stands in row 1 already",
        ),
        (
            "date,name,sector,r\n2024-01-01,a,x,1\n",
            "text in `name`, `sector`, numbers in `r`",
        ),
        (
            "date,name,r\n2024-01-01,\u{1b}]0;a\u{7},1\n",
            "`\\u{1b}]0;a\\u{7}` names no series",
        ),
    ] {
        program.file("wrong.csv", text);
        program
            .run(&metrics("--returns", "wrong.csv", &[]))
            .fails(2, &["wrong.csv", says]);
    }
    program.file("zero.csv", "date,name,p\n2024-01-01,a,1\n2024-01-02,a,0\n");
    program.run(&metrics("--prices", "zero.csv", &[])).fails(
        2,
        &[
            "zero.csv",
            "`a`, row 2 of it, 2024-01-02T00:00:00Z: a price of 0 has no return",
        ],
    );
}

#[test]
fn one_series_of_a_long_file_is_imported() {
    let program = Program::new();
    program.file("long.csv", LONG);
    let import = ["import", "long.csv", "--kind", "returns", "--symbol", "A"];
    let a = [&import[..], &["--column", "value=a"]].concat();
    let done = program.run(&a).ok();
    assert!(done.stderr.contains("4 rows of returns"), "{done:#?}");
    program
        .run(&import)
        .fails(2, &["several and none is named", "found: a, b"]);
}
