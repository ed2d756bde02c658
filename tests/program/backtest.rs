//! `highwater backtest`: plans, results, and their evidence.

use crate::{run::Program, schema};

/// Five hundred days of a wave with a slow drift: turns for levels, and room for stops and targets.
fn wave() -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    let price =
        |day: i32| 100.0 + 20.0 * (f64::from(day) / 9.0).sin() + 6.0 * (f64::from(day) / 3.3).cos();
    for day in 0..500 {
        let (open, close) = (price(day), price(day + 1));
        let (high, low) = (open.max(close) + 1.0, open.min(close) - 1.0);
        let time = 1_600_000_000 - 1_600_000_000 % 86_400 + 86_400 * i64::from(day);
        text.push_str(&format!("{time},{open},{high},{low},{close},10\n"));
    }
    text
}

fn with_bars() -> Program {
    let program = Program::new();
    program.file("bars.csv", &wave());
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "WAVE",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .ok();
    program
}

#[test]
fn the_printed_plan_is_a_plan() {
    let program = with_bars();
    let plan = program.run(&["backtest", "init"]).ok().stdout;
    assert!(plan.contains('#'), "it is explained: {plan}");
    program.file("plan.toml", &plan);
    let run = program.run(&["backtest", "plan.toml", "--lake", "lake", "--out", "out"]);
    // The template names symbols that this lake may not hold; it must never be refused as a plan.
    assert!(!run.stderr.contains("plan.toml, line"), "{run:?}");
}

#[test]
fn a_misspelt_field_is_refused_with_the_right_one() {
    let program = with_bars();
    let plan = program.run(&["backtest", "init"]).ok().stdout;
    program.file("plan.toml", &plan.replace("buffer", "bufer"));
    program
        .run(&["backtest", "plan.toml", "--lake", "lake", "--out", "out"])
        .fails(2, &["plan.toml", "line", "bufer", "`buffer`"]);
    assert!(!program.path("out").exists(), "nothing is written");
}

#[test]
fn a_plan_that_is_not_there_is_named() {
    with_bars()
        .run(&["backtest", "no.toml", "--lake", "lake", "--out", "out"])
        .fails(2, &["no.toml"]);
}

#[test]
fn a_plan_over_imported_bars_leaves_four_files_and_the_same_bytes_each_time() {
    let program = with_bars();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    let run = |out: &str| {
        program
            .run(&[
                "backtest", plan, "--lake", "lake", "--out", out, "--format", "json",
            ])
            .ok()
    };
    let summary = run("one").json();
    schema::assert_satisfies("backtest-summary", &summary);
    assert!(summary["trades"].as_u64().unwrap() > 5, "{summary}");
    run("two");
    for name in [
        "trades.parquet",
        "equity.parquet",
        "summary.json",
        "manifest.json",
    ] {
        let read = |out: &str| std::fs::read(program.path(out).join(name)).unwrap();
        assert_eq!(read("one"), read("two"), "{name}");
    }
    let manifest = std::fs::read_to_string(program.path("one/manifest.json")).unwrap();
    assert!(
        !manifest.contains(program.folder().to_str().unwrap()),
        "a manifest names no path: {manifest}"
    );
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    schema::assert_satisfies("backtest-manifest", &manifest);
    for field in [
        "version",
        "plan_hash",
        "view_hash",
        "clock",
        "counts",
        "convention",
    ] {
        assert!(!manifest[field].is_null(), "{field} in {manifest}");
    }
}

#[test]
fn bars_of_tomorrow_change_no_trade_that_ended_today() {
    // The same history, cut at a day: trades that ended before the cut are the same to the last bit.
    let whole = with_bars();
    let cut = Program::new();
    let bars: Vec<&str> = Vec::from_iter(wave().leak().lines().take(401));
    cut.file("bars.csv", &format!("{}\n", bars.join("\n")));
    cut.run(&[
        "import",
        "bars.csv",
        "--symbol",
        "WAVE",
        "--timeframe",
        "1d",
        "--lake",
        "lake",
    ])
    .ok();
    let last = 1_600_000_000 - 1_600_000_000 % 86_400 + 86_400 * 399;
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    let pages = |program: &Program| {
        program
            .run(&["report", "--plan", plan, "--lake", "lake", "--out", "site"])
            .ok();
        program
            .run(&[
                "backtest", plan, "--lake", "lake", "--out", "out", "--format", "json",
            ])
            .ok()
            .json()
    };
    let (short, long) = (pages(&cut), pages(&whole));
    assert!(short["trades"].as_u64() <= long["trades"].as_u64());
    assert!(short["trades"].as_u64() > Some(5));
    // Levels of a past moment do not know what came after it.
    let at = (last + 86_400).to_string();
    let levels = |program: &Program| {
        let as_of = highwater::market::Timestamp::from_seconds(at.parse().unwrap()).to_string();
        program
            .run(&[
                "levels", "--symbol", "WAVE", "--lake", "lake", "--as-of", &as_of, "--format",
                "csv",
            ])
            .ok()
            .stdout
    };
    assert_eq!(levels(&cut), levels(&whole));
}

#[test]
fn a_plan_without_a_signal_says_so_and_gives_no_figures() {
    let program = with_bars();
    let plan = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/plans/vendor-signals.toml"
    );
    let run = program
        .run(&[
            "backtest", plan, "--lake", "lake", "--out", "out", "--format", "json",
        ])
        .ok();
    let summary = run.json();
    schema::assert_satisfies("backtest-summary", &summary);
    assert_eq!(summary["trades"], 0);
    assert!(summary["total_return"].is_null(), "{summary}");
    assert!(summary["metrics"].is_null(), "{summary}");
    assert!(run.stderr.contains("no trade"), "{run:?}");
}
