//! `highwater backtest` with fields of the plan typed beside it, with a manifest in its place, and over data that cannot
//! answer it.

use serde_json::Value as Json;

use crate::run::{Program, Run};

const PLAN: &str = include_str!("../../data/plans/breakout.toml");

/// A wave of 500 days.
fn with_bars() -> Program {
    let program = Program::new();
    program.file("plan.toml", PLAN);
    import(&program, "WAVE", 500, |day| {
        100.0 + 20.0 * (f64::from(day) / 9.0).sin()
    })
    .ok();
    program
}

fn import(program: &Program, symbol: &str, days: i32, price: impl Fn(i32) -> f64) -> Run {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    for day in 0..days {
        let (open, close) = (price(day), price(day + 1));
        let (high, low) = (open.max(close) * 1.01, open.min(close) * 0.99);
        let time = 1_600_041_600 + 86_400 * i64::from(day);
        text.push_str(&format!("{time},{open},{high},{low},{close},10\n"));
    }
    program.file("bars.csv", &text);
    program.run(&[
        "import",
        "bars.csv",
        "--symbol",
        symbol,
        "--timeframe",
        "1d",
    ])
}

fn backtest(program: &Program, more: &[&str]) -> Run {
    program.run(&[&["backtest", "plan.toml", "--out", "out"][..], more].concat())
}

fn manifest(program: &Program) -> Json {
    serde_json::from_slice(&std::fs::read(program.path("out/manifest.json")).unwrap()).unwrap()
}

#[test]
fn a_field_is_taken_out_as_if_it_did_not_stand_in_the_file() {
    let program = with_bars();
    assert!(PLAN.contains("time = \"90 bars\"\n"));
    backtest(&program, &["--unset", "exit.time"]).ok();
    let typed = manifest(&program);
    program.file("plan.toml", &PLAN.replace("time = \"90 bars\"\n", ""));
    backtest(&program, &[]).ok();
    assert_eq!(typed["plan_hash"], manifest(&program)["plan_hash"]);
    program.file("plan.toml", PLAN);
    backtest(&program, &[]).ok();
    assert_ne!(typed["plan_hash"], manifest(&program)["plan_hash"]);
    // A paper account knows it too.
    let arguments = [
        "paper",
        "plan.toml",
        "--name",
        "one",
        "--from",
        "2021-01-01",
    ];
    program
        .run(&[&arguments[..], &["--unset", "exit.time"]].concat())
        .ok();
    program
        .run(&arguments)
        .fails(2, &["another plan", "exit.time is null there, 90 here"]);
}

#[test]
fn what_is_wrong_with_a_typed_field_is_told_as_it_was_typed() {
    let program = with_bars();
    for (arguments, says) in [
        (
            ["--set", "exit.time=soon"],
            &["error: `--set exit.time=soon`: `soon` is not a number of bars"][..],
        ),
        (
            ["--set", "exit.time="],
            &["there is no value", "`--unset exit.time`"],
        ),
        (
            ["--set", "rebalance.band=2%"],
            &["no table `[rebalance]`", "missing field `every`"],
        ),
        (
            ["--set", "exit.target[0].share=5%"],
            &["a list has no fields", "set the whole list"],
        ),
        (
            ["--set", "universe={top=0}"],
            &["`--set universe={top=0}`: a universe that changes is one of"],
        ),
        (
            ["--set", "universe=[BTC]"],
            &["must be quoted", "[\"BTC\", \"ETH\"]"],
        ),
        (
            ["--unset", "cost"],
            &["error: `--unset cost`: the table `[cost]` is missing"],
        ),
        (["--unset", "exit.tim"], &["did you mean `time`?"]),
    ] {
        let run = backtest(&program, &arguments);
        assert!(!run.stderr.contains("line "), "{run:#?}");
        run.fails(2, says);
    }
}

#[test]
fn a_manifest_and_a_folder_make_the_result_anew() {
    let program = with_bars();
    let first = backtest(&program, &["--format", "json"]).ok();
    let again = |more: &[&str]| program.run(&[&["backtest", "--from", "out"][..], more].concat());
    let made = again(&["--out", "again", "--format", "json", "--prove"]).ok();
    assert!(made.stderr.contains("equal: "), "{made:#?}");
    assert_eq!(made.stdout, first.stdout);
    for name in [
        "trades.parquet",
        "equity.parquet",
        "summary.json",
        "manifest.json",
    ] {
        let read = |folder: &str| std::fs::read(program.path(folder).join(name)).unwrap();
        assert!(read("out") == read("again"), "{name}");
    }
    assert!(program.path("again/proof.json").exists());
    // The result that is compared is not written over, and a manifest pins what makes it.
    again(&["--out", "./out"]).fails(2, &["would be written over", "another folder"]);
    for (flags, says) in [
        (
            &["--set", "cash.initial=5"][..],
            "`--set` beside `--from`: the manifest pins it",
        ),
        (&["--as-of", "2021-01-01"], "`--as-of` beside `--from`"),
        (&["plan.toml"], "a plan beside `--from`"),
        (
            &["--doubtful-range", "9"],
            "`--doubtful-range` beside `--from`",
        ),
        (
            &["--by", "year"],
            "`--by` beside `--from`: without `--out DIR`",
        ),
        (
            &["--prove"],
            "`--prove` beside `--from`: without `--out DIR`",
        ),
    ] {
        again(flags).fails(2, &[says, "highwater backtest PLAN"]);
    }
    // A manifest alone is enough to make the rest.
    for name in [
        "trades.parquet",
        "orders.parquet",
        "positions.parquet",
        "equity.parquet",
        "summary.json",
    ] {
        std::fs::remove_file(program.path("out").join(name)).unwrap();
    }
    again(&[]).fails(2, &["trades.parquet", "`--out DIR`"]);
    std::fs::remove_dir_all(program.path("again")).unwrap();
    let made = again(&["--out", "again"]).ok();
    assert!(
        made.stderr
            .contains("not there to be compared: trades.parquet"),
        "{made:#?}"
    );
    assert!(
        made.stderr.contains("equal: manifest.json comes out"),
        "{made:#?}"
    );
    assert!(program.path("again/trades.parquet").exists());
    // What differs is told, and the exit code says so, though the result is written.
    std::fs::write(program.path("out/trades.parquet"), "PAR1").unwrap();
    again(&["--out", "again"]).fails(1, &["not equal: trades.parquet differ"]);
}

#[test]
fn rules_that_look_back_further_than_the_history_are_told() {
    let program = with_bars();
    for (set, says) in [
        (
            "entry.lookback=5000 bars",
            "entry.lookback looks back 5000 bars, and no token",
        ),
        ("entry.lookback=500 bars", "the longest has 500 bars"),
        (
            "entry.only_if=[\"sharpe(900d) >= 0.5\"]",
            "the gate `sharpe(900d) >= 0.5` looks back 900d",
        ),
    ] {
        backtest(&program, &["--set", set])
            .fails(1, &[says, "nothing can be entered", "more history"]);
    }
    backtest(&program, &["--set", "entry.lookback=499 bars"]).ok();
    // Of some tokens alone it is a warning, and they are named.
    import(&program, "NOVA", 40, |day| 50.0 + f64::from(day % 7)).ok();
    let run = backtest(&program, &["--set", "entry.lookback=60 bars"]).ok();
    assert!(
        run.stderr.contains(
            "warning: entry.lookback looks back 60 bars, further than the history of 1 of 2 tokens, which are never entered: NOVA"
        ),
        "{run:#?}"
    );
    assert!(!backtest(&program, &[]).ok().stderr.contains("looks back"));
    // The history of a paper account grows.
    let arguments = [
        "paper",
        "plan.toml",
        "--name",
        "one",
        "--set",
        "entry.lookback=5000 bars",
    ];
    let run = program.run(&arguments).ok();
    assert!(
        run.stderr.contains("warning: entry.lookback looks back"),
        "{run:#?}"
    );
}

#[test]
fn an_account_that_is_ruined_is_told_the_same_everywhere() {
    // A price that falls, rests and then rises day by day, sold short with three times the money.
    let program = Program::new();
    import(&program, "MOON", 120, |day| {
        100.0 - 1.5 * f64::from(day.min(40)) + 9.0 * f64::from((day - 60).max(0))
    })
    .ok();
    program.file(
        "plan.toml",
        "name = \"ruin\"\ntimeframe = \"1d\"\nuniverse = [\"MOON\"]\n[entry]\nsignal = \"breakout\"\nlookback = \"5 bars\"\n\
         side = \"short\"\n[exit]\nsignal = \"none\"\n[portfolio]\nleverage = 3.0\n[size]\nfraction = \"300%\"\n\
         [cost]\nfee = \"10 bps\"\nslippage = \"5 bps\"\n",
    );
    let table = backtest(&program, &[]).ok();
    let summary = backtest(&program, &["--format", "json"]).ok().json();
    assert!(
        summary["total_return"].as_f64().unwrap() < -1.0,
        "{summary}"
    );
    let (metrics, undefined) = (
        &summary["metrics"]["metrics"],
        &summary["metrics"]["undefined"],
    );
    assert_eq!(metrics["total_return"], summary["total_return"]);
    let fall = metrics["max_drawdown"].as_f64().unwrap();
    assert!(fall < -1.0);
    let line = |label: &str| {
        let line = table.stdout.lines().find(|line| line.contains(label));
        line.unwrap_or_else(|| panic!("{label} in {table:#?}"))
            .to_owned()
    };
    let shown = format!("{:.2}", 100.0 * fall);
    assert!(
        line("Maximum drawdown").contains(&format!("{shown} %")),
        "{}",
        line("Maximum drawdown")
    );
    for (name, label) in [
        ("volatility", "Volatility"),
        ("sharpe", "Sharpe ratio"),
        ("sortino", "Sortino ratio"),
    ] {
        assert!(metrics[name].is_null(), "{name}");
        assert!(
            undefined[name]
                .as_str()
                .unwrap()
                .starts_with("the equity was gone on ")
        );
        let line = line(label);
        assert_eq!(
            line.trim_start_matches(' ')
                .strip_prefix(label)
                .unwrap()
                .split_whitespace()
                .next(),
            Some("-"),
            "{line}"
        );
    }
    assert!(table.stderr.contains("volatility"), "{table:#?}");
    assert!(
        table.stderr.contains("undefined: the equity was gone on "),
        "{table:#?}"
    );
    let csv = backtest(
        &program,
        &["--format", "csv", "--metrics", "volatility,max_drawdown"],
    )
    .ok()
    .stdout;
    let (names, values) = csv.trim().split_once('\n').unwrap();
    let value = |name: &str| {
        let at = names.split(',').position(|other| other == name).unwrap();
        values.split(',').nth(at).unwrap().to_owned()
    };
    assert_eq!(
        (value("equity_volatility"), value("equity_max_drawdown")),
        (String::new(), fall.to_string())
    );
    program
        .run(&["report", "--out", "site", "--plan", "plan.toml"])
        .ok();
    let page = std::fs::read_to_string(program.path("site/ruin.html")).unwrap();
    assert!(page.contains(&format!("{shown}%")), "{shown}");
    assert!(page.contains("the equity was gone on "));
    let volatility = page.split(">Volatility<").nth(1).unwrap();
    assert!(
        volatility[..60].contains("undefined"),
        "{}",
        &volatility[..60]
    );
}
