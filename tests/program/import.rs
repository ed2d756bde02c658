//! `highwater import`: a user's own bars, and every way in which a file can be wrong.

use crate::run::Program;

const GOOD: &str = "\
timestamp,open,high,low,close,volume
2024-01-01T00:00:00Z,100,110,90,105,5
2024-01-02T00:00:00Z,105,120,100,115,6
2024-01-03T00:00:00Z,115,116,80,85,7
";

fn import(program: &Program, file: &str) -> crate::run::Run {
    program.run(&[
        "import",
        file,
        "--symbol",
        "BTC",
        "--timeframe",
        "1d",
        "--lake",
        "lake",
    ])
}

#[test]
fn imported_bars_are_in_the_lake_and_twice_changes_nothing() {
    let program = Program::new();
    program.file("bars.csv", GOOD);
    import(&program, "bars.csv").ok();
    let before = program
        .run(&["lake", "ls", "--lake", "lake", "--format", "csv"])
        .ok()
        .stdout;
    assert!(before.contains("bars_1d"), "{before}");
    import(&program, "bars.csv").ok();
    let metrics = program
        .run(&[
            "metrics", "--symbol", "BTC", "--lake", "lake", "--format", "json",
        ])
        .ok()
        .json();
    let series = &metrics["series"][0];
    assert_eq!(series["name"], "BTC");
    assert_eq!(series["observations"], 2);
    // 115 -> 85 is the deepest fall.
    let drawdown = series["metrics"]["max_drawdown"].as_f64().unwrap();
    assert!((drawdown - (85.0 / 115.0 - 1.0)).abs() < 1e-15);
}

#[test]
fn a_wrong_file_is_refused_with_file_row_and_column_and_costs_nothing() {
    // what is wrong        the file                                              what the error says
    for (name, text, says) in [
        (
            "a bad number",
            GOOD.replace("115,6", "oops,6"),
            &["bars.csv", "row 2", "close", "oops"][..],
        ),
        (
            "a duplicated time",
            GOOD.replace("2024-01-03", "2024-01-02"),
            &["bars.csv", "row 3", "2024-01-02"],
        ),
        (
            "unsorted times",
            GOOD.replace("2024-01-03", "2023-12-31"),
            &["bars.csv", "row 3", "2023-12-31"],
        ),
        (
            "high below low",
            GOOD.replace("105,120,100,115", "105,90,100,115"),
            &["bars.csv", "row 2", "high", "low"],
        ),
        (
            "a negative price",
            GOOD.replace("115,116,80,85", "115,116,-80,85"),
            &["bars.csv", "row 3", "low", "-80"],
        ),
        (
            "a missing column",
            GOOD.replace("close", "clothes"),
            &["bars.csv", "close", "clothes"],
        ),
        (
            "a ragged line",
            GOOD.replace("115,116,80,85,7", "115,116"),
            &["bars.csv", "row 3"],
        ),
        (
            "a time that is none",
            GOOD.replace("2024-01-02T00:00:00Z", "someday"),
            &["bars.csv", "row 2", "someday"],
        ),
        ("no rows", GOOD[..37].to_owned(), &["bars.csv"]),
        ("nothing at all", String::new(), &["bars.csv"]),
    ] {
        let program = Program::new();
        program.file("bars.csv", &text);
        let run = import(&program, "bars.csv").fails(2, says);
        assert_eq!(run.stdout, "", "{name}");
        let rows = program.run(&["lake", "ls", "--lake", "lake", "--format", "json"]);
        assert!(
            !rows.stdout.contains("bars_1d"),
            "{name}: nothing is stored of a file that is wrong: {rows:?}"
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    import(&Program::new(), "no.csv").fails(2, &["no.csv"]);
}

#[test]
fn a_column_can_be_named() {
    let program = Program::new();
    program.file("bars.csv", &GOOD.replace("close", "clothes"));
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "BTC",
            "--timeframe",
            "1d",
            "--column",
            "close=clothes",
            "--lake",
            "lake",
        ])
        .ok();
}

#[test]
fn daily_returns_are_imported_as_such_and_measured() {
    let program = Program::new();
    program.file(
        "returns.csv",
        "date,net,gross\n2024-01-01,0.5,0.6\n2024-01-02,-0.5,-0.4\n2024-01-03,,0.1\n",
    );
    let import = |column: &[&str]| {
        program.run(
            &[
                &[
                    "import",
                    "returns.csv",
                    "--kind",
                    "returns",
                    "--symbol",
                    "FUND",
                    "--lake",
                    "lake",
                ],
                column,
            ]
            .concat(),
        )
    };
    import(&[]).fails(2, &["returns.csv", "net", "gross"]);
    import(&["--column", "value=net"]).ok();
    let series = program
        .run(&[
            "metrics", "--symbol", "FUND", "--lake", "lake", "--format", "json",
        ])
        .ok()
        .json()["series"][0]
        .clone();
    assert_eq!(series["observations"], 2);
    assert_eq!(series["metrics"]["total_return"], -0.25);
}

#[test]
fn what_cannot_be_a_symbol_is_refused_and_never_printed_raw() {
    let program = Program::new();
    program.file("bars.csv", GOOD);
    let long = "A".repeat(65);
    for symbol in [
        "",
        " ",
        "#5",
        "A,B",
        "a:b",
        "A B",
        "A\u{1b}[31mB",
        "A\nB",
        &long,
    ] {
        let run = program.run(&[
            "import",
            "bars.csv",
            "--symbol",
            symbol,
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ]);
        assert_eq!(run.code, 2, "{symbol:?}: {}", run.stderr);
        assert!(run.stderr.contains("cannot be a symbol"), "{}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    }
}

#[test]
fn another_market_is_not_spliced_into_the_first() {
    let program = Program::new();
    let bars = |factor: f64, days: std::ops::Range<u32>| {
        let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
        for day in days {
            let price = f64::from(100 + day) * factor;
            text += &format!(
                "2024-01-{day:02},{price},{},{},{price},5\n",
                price + 1.0,
                price - 1.0
            );
        }
        text
    };
    program.file("one.csv", &bars(1.0, 1..21));
    program.file("other.csv", &bars(1.001, 5..25));
    program.file("later.csv", &bars(1.0, 10..29));
    import(&program, "one.csv").ok();
    let run = import(&program, "other.csv");
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("16 of the 16 bars that the lake holds for these times as BTC"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("--source"), "{}", run.stderr);
    let said = import(&program, "later.csv").ok().stderr;
    assert!(said.contains("8 new, 11 unchanged"), "{said}");
    let arguments = [
        "import",
        "other.csv",
        "--symbol",
        "BTC",
        "--timeframe",
        "1d",
        "--lake",
        "lake",
    ];
    let revised = program.run(&[&arguments[..], &["--revise"]].concat()).ok();
    assert!(revised.stderr.contains("20 revised"), "{}", revised.stderr);
    program
        .run(&[&arguments[..], &["--source", "other"]].concat())
        .ok();
}

#[test]
fn bars_without_a_volume_are_counted() {
    let program = Program::new();
    let told = |text: &str, more: &[&str]| {
        program.file("bars.csv", text);
        let arguments = ["import", "bars.csv", "--symbol", "BTC", "--timeframe", "1d"];
        program.run(&[&arguments[..], more].concat()).ok().stderr
    };
    assert!(!told(GOOD, &[]).contains("no volume"));
    let gaps = GOOD.replace("115,6", "115,").replace("85,7", "85,NaN");
    let warning = "warning: 2 of 3 bars have no volume (empty or not a number), the first of 2024-01-02T00:00:00Z";
    for quiet in [&[][..], &["--quiet"]] {
        let found = told(&gaps, quiet);
        assert!(found.contains(warning), "{found}");
    }
    let one = told(&GOOD.replace("115,6", "115,"), &[]);
    assert!(one.contains("1 of 3 bars has no volume"), "{one}");
    let without: String = GOOD
        .lines()
        .map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0))
        .collect();
    assert!(told(&without, &[]).contains("the bars have no volume"));
    assert_eq!(told(&without, &["--quiet"]), "");
}
