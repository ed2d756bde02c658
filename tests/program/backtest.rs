//! `highwater backtest`: plans, results, and their evidence.

use crate::run::Program;

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
