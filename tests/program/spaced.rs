//! `highwater metrics` on files whose times have gaps, whose columns are bars, and on what is asked for twice.

use crate::run::Program;

/// Prices of `days` days from 2024-01-01, without those that are left out.
fn prices(days: std::ops::Range<u32>, is_there: impl Fn(u32) -> bool) -> String {
    let mut text = "date,coin\n".to_owned();
    for day in days.filter(|day| is_there(*day)) {
        let (mut month, mut date) = (1, day + 1);
        for length in [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if date <= length {
                break;
            }
            (month, date) = (month + 1, date - length);
        }
        let price = 100.0 + f64::from(day) + f64::from(day * day % 7);
        text += &format!("2024-{month:02}-{date:02},{price}\n");
    }
    text
}

/// 2024-01-01 was a Monday.
fn is_weekday(day: u32) -> bool {
    day % 7 < 5
}

#[test]
fn a_few_missing_days_are_missing_rows_and_the_year_is_that_of_the_calendar() {
    let program = Program::new();
    program.file("whole.csv", &prices(0..366, |_| true));
    program.file(
        "gaps.csv",
        &prices(0..366, |day| ![50, 51, 200].contains(&day)),
    );
    let read = |file: &str, more: &[&str]| {
        let mut arguments = vec!["metrics", "--prices", file, "--format", "json"];
        arguments.extend(more);
        let run = program.run(&arguments).ok();
        (run.json()["series"][0].clone(), run.stderr)
    };
    let (whole, _) = read("whole.csv", &[]);
    let (gaps, said) = read("gaps.csv", &[]);
    assert!(said.contains("3 of 366 times are missing"), "{said}");
    assert_eq!(gaps["periods_per_year"], 365.0);
    assert_eq!(
        (&gaps["observations"], &gaps["skipped"]),
        (&362.into(), &3.into())
    );
    assert_eq!(gaps["notes"]["gaps_in_series"], 2);
    // Time is that of the dates, so growth is the same.
    let cagr = |of: &serde_json::Value| of["metrics"]["cagr"].as_f64().unwrap();
    assert!((cagr(&whole) - cagr(&gaps)).abs() < 1e-12);
    assert_eq!(read("gaps.csv", &["--periods-per-year", "365"]).0, gaps);
}

#[test]
fn what_the_dates_contradict_is_refused_with_the_number_to_set() {
    let program = Program::new();
    program.file("weekdays.csv", &prices(0..366, is_weekday));
    let run = |more: &[&str]| {
        let mut arguments = vec!["metrics", "--prices", "weekdays.csv", "--format", "json"];
        arguments.extend(more);
        program.run(&arguments)
    };
    run(&[]).fails(
        2,
        &[
            "weekdays.csv",
            "not evenly spaced",
            "--periods-per-year",
            "261",
        ],
    );
    run(&["--periods-per-year", "365"]).fails(
        2,
        &[
            "by the dates of `coin` a year has 261",
            "365 are stated",
            "--periods-per-year 261",
            "empty cells",
        ],
    );
    let told = run(&["--periods-per-year", "252", "--convention", "equity"])
        .ok()
        .json();
    assert_eq!(told["series"][0]["skipped"], 0);
    let table = program
        .run(&[
            "metrics",
            "--prices",
            "weekdays.csv",
            "--periods-per-year",
            "252",
        ])
        .ok();
    assert!(
        table
            .stderr
            .contains("252 rows count as a year, by their dates it has 260.89"),
        "{}",
        table.stderr
    );
}

#[test]
fn imported_returns_of_weekdays_are_no_daily_market() {
    let program = Program::new();
    let text = prices(0..366, is_weekday).replace("coin", "return");
    let mut small = String::new();
    for (at, line) in text.lines().enumerate() {
        let date = line.split(',').next().unwrap();
        small += &match at {
            0 => format!("{line}\n"),
            _ => format!("{date},{}\n", f64::from(at as u32 % 5) / 100.0 - 0.02),
        };
    }
    program.file("fund.csv", &small);
    program
        .run(&[
            "import", "fund.csv", "--kind", "returns", "--symbol", "FUND", "--lake", "lake",
        ])
        .ok();
    let run = |convention: &str| {
        let run = program.run(&[
            "metrics",
            "--symbol",
            "FUND",
            "--lake",
            "lake",
            "--convention",
            convention,
            "--quiet",
        ]);
        run.ok().stderr
    };
    let said = run("crypto");
    assert!(
        said.contains("365 periods are taken for a year") && said.contains("--convention equity"),
        "{said}"
    );
    assert_eq!(run("equity"), "");
}

#[test]
fn partial_months_are_marked() {
    let program = Program::new();
    // From the middle of January to the end of April, without a day of March.
    program.file(
        "r.csv",
        &prices(14..121, |day| day != 70).replace("coin", "a"),
    );
    let run = |format: &str| {
        program
            .run(&[
                "metrics",
                "--prices",
                "r.csv",
                "--calendar",
                "--format",
                format,
            ])
            .ok()
    };
    let table = run("table");
    let row = table.stdout.lines().last().unwrap();
    assert_eq!(
        row.matches('*').count(),
        3,
        "January, March and the year: {row}"
    );
    assert!(
        table.stderr.contains("* part of the month or year only"),
        "{}",
        table.stderr
    );
    let json = run("json").json();
    assert_eq!(json[0]["partial"], "Jan Mar total");
    assert!(json[0]["Jan"].is_number());
    assert!(
        run("csv")
            .stdout
            .lines()
            .next()
            .unwrap()
            .ends_with(",total,partial")
    );
    // A whole year of an exchange, of which New Year's Day is the day of the first price.
    program.file(
        "year.csv",
        &prices(0..366, |day| is_weekday(day) && day != 185),
    );
    let year = program
        .run(&[
            "metrics",
            "--prices",
            "year.csv",
            "--calendar",
            "--format",
            "json",
            "--periods-per-year",
            "252",
        ])
        .ok()
        .json();
    assert_eq!(
        year[0]["partial"], "Jan total",
        "January misses the return of its first day: {year}"
    );
}

#[test]
fn bars_are_measured_by_their_close() {
    let program = Program::new();
    program.file(
        "bars.csv",
        "date,Open,High,Low,Close,Volume\n2024-01-01,1,2,1,2,100\n2024-01-02,2,2,1,1,0\n2024-01-03,1,4,1,4,300\n",
    );
    let run = |more: &[&str]| {
        let mut arguments = vec![
            "metrics",
            "--prices",
            "bars.csv",
            "--format",
            "json",
            "--metrics",
            "total_return",
        ];
        arguments.extend(more);
        program.run(&arguments)
    };
    let names = |run: &crate::run::Run| -> Vec<String> {
        let json = run.json();
        let series = json["series"].as_array().unwrap();
        series
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let close = run(&[]).ok();
    assert_eq!(names(&close), ["Close"]);
    assert_eq!(close.json()["series"][0]["metrics"]["total_return"], 1.0);
    assert!(
        close.stderr.contains("measured is `close`; `--columns`"),
        "{}",
        close.stderr
    );
    let chosen = run(&["--columns", "low,Open,low"]).ok();
    assert_eq!(names(&chosen), ["Low", "Open"]);
    assert!(
        chosen.stderr.contains("`--columns` names low twice"),
        "{}",
        chosen.stderr
    );
    run(&["--columns", "vwap"]).fails(2, &["no column `vwap`", "Open, High, Low, Close, Volume"]);
}

#[test]
fn what_is_asked_for_twice_is_shown_once() {
    let program = Program::new();
    program.file("bars.csv", "timestamp,open,high,low,close\n2024-01-01,1,2,1,2\n2024-01-02,2,2,1,1\n2024-01-03,1,4,1,4\n");
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
    let run = program
        .run(&[
            "metrics",
            "--symbol",
            "BTC,BTC",
            "--window",
            "30d,30d,all",
            "--metrics",
            "best",
            "--format",
            "json",
            "--lake",
            "lake",
        ])
        .ok();
    assert_eq!(
        run.json()["series"].as_array().unwrap().len(),
        2,
        "two windows of one symbol"
    );
    assert!(
        run.stderr.contains("`--symbol` names BTC"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("`--window` names 30d twice"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_rolling_year_is_one_of_the_conventions_periods() {
    let program = Program::new();
    program.file("p.csv", &prices(0..366, |_| true));
    program.file("weekdays.csv", &prices(0..366, is_weekday));
    let rows = |file: &str, length: &str, more: &[&str]| {
        let mut arguments = vec![
            "metrics",
            "--prices",
            file,
            "--rolling",
            length,
            "--metrics",
            "sharpe",
            "--format",
            "json",
        ];
        arguments.extend(more);
        program
            .run(&arguments)
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(rows("p.csv", "1y", &[]), 1, "365 returns");
    assert_eq!(
        rows("p.csv", "1y", &["--convention", "equity"]),
        365 - 252 + 1
    );
    let stated = ["--periods-per-year", "252"];
    assert_eq!(rows("weekdays.csv", "1y", &stated), 261 - 252 + 1);
    let run = |length: &str| {
        program.run(&[
            "metrics",
            "--prices",
            "weekdays.csv",
            "--periods-per-year",
            "252",
            "--rolling",
            length,
        ])
    };
    run("90d").fails(2, &["not evenly spaced", "--rolling 1y", "--rolling 62"]);
    run("all").fails(2, &["everything is one window", "1y"]);
    run("0y").fails(2, &["no length"]);
}

#[test]
fn reasons_say_what_is_true() {
    let program = Program::new();
    program.file(
        "r.csv",
        "date,a,flat\n2024-01-31,0.25,0.01\n2024-02-29,-0.5,0.01\n2024-03-31,0.1,0.01\n",
    );
    let said = |more: &[&str]| {
        let mut arguments = vec!["metrics", "--returns", "r.csv", "--periods-per-year", "12"];
        arguments.extend(more);
        program.run(&arguments).stderr
    };
    let dates = said(&["--convention", "ffn", "--metrics", "cagr,best"]);
    assert!(
        dates.contains("it is not known when the first return began"),
        "{dates}"
    );
    let beta = said(&["--benchmark", "flat", "--metrics", "beta,best"]);
    assert!(
        beta.contains("every return of the benchmark is the same"),
        "{beta}"
    );
    let empty = said(&["--metrics", ""]);
    assert!(empty.contains("`--metrics` holds an empty name"), "{empty}");
    program.file("day.csv", "date,a\n2024-01-31,0.25\n2024-02-01,0.5\n");
    let json = program
        .run(&[
            "metrics",
            "--returns",
            "day.csv",
            "--metrics",
            "cagr,drawdown_deviation",
            "--window",
            "1d",
            "--format",
            "json",
        ])
        .ok();
    assert!(
        json.stdout
            .contains("spans 1 day, and a yearly rate needs 30"),
        "{}",
        json.stdout
    );
    assert!(!json.stdout.contains("-0.0"), "{}", json.stdout);
    program.file("end.csv", "date,a\n9999-12-30,0.25\n9999-12-31,0.5\n");
    let end = program
        .run(&[
            "metrics",
            "--returns",
            "end.csv",
            "--metrics",
            "best",
            "--format",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(end["series"][0]["until"], "9999-12-31T00:00:00Z");
}
