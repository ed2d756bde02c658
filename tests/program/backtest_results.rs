//! `highwater backtest`: what a result says. Groups, the benchmark, metrics by choice, and random resolutions.

use serde_json::Value;

use crate::{
    run::{Program, Run},
    schema,
};

/// Bars that reach far to both sides, so that a stop and a target near the price often lie in one bar.
fn bars(days: i32, phase: f64) -> String {
    let mut text = "timestamp,open,high,low,close\n".to_owned();
    let price = |day: i32| {
        100.0 + 20.0 * (f64::from(day) / 9.0 + phase).sin() + 6.0 * (f64::from(day) / 3.3).cos()
    };
    for day in 0..days {
        let (open, close) = (price(day), price(day + 1));
        let (high, low) = (open.max(close) + 3.0, open.min(close) - 3.0);
        let time = 1_600_041_600 + 86_400 * i64::from(day);
        text.push_str(&format!("{time},{open},{high},{low},{close}\n"));
    }
    text
}

/// Stop and target two percent away: no price turned ninety times.
const PLAN: &str = r#"
name = "near"
timeframe = "1d"
universe = ["WAVE", "TIDE"]
[levels]
min_touches = 90
[entry]
signal = "breakout"
lookback = "3 bars"
side = "both"
[exit]
stop = { at = "support", otherwise = "2%" }
target = { at = "resistance", otherwise = "2%" }
[size]
fraction = "30%"
[cost]
fee = "10 bps"
slippage = "5 bps"
"#;

fn program(days: i32) -> Program {
    let program = Program::new();
    for (symbol, phase) in [("WAVE", 0.0), ("TIDE", 1.0), ("MOON", 2.0)] {
        program.file("bars.csv", &bars(days, phase));
        program
            .run(&[
                "import",
                "bars.csv",
                "--symbol",
                symbol,
                "--timeframe",
                "1d",
            ])
            .ok();
    }
    program.file("plan.toml", PLAN);
    program
}

fn backtest(program: &Program, more: &[&str]) -> Run {
    let mut arguments = vec!["backtest", "plan.toml", "--out", "out"];
    arguments.extend(more);
    program.run(&arguments)
}

fn summary(program: &Program, more: &[&str]) -> Value {
    let mut arguments = vec!["--format", "json"];
    arguments.extend(more);
    let found = backtest(program, &arguments).ok().json();
    schema::assert_satisfies("backtest-summary", &found);
    found
}

/// The rows of a CSV without quotes.
fn rows(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().map(|line| line.split(',').collect()).collect()
}

#[test]
fn trades_are_grouped_on_request_and_in_the_summary() {
    let program = program(500);
    let whole = summary(&program, &[]);
    let trades = whole["trades"].as_u64().unwrap();
    assert!(trades > 20, "{trades}");
    for (by, ways, first) in [
        ("token", &["token"][..], "token"),
        ("year", &["year"], "year"),
        ("reason", &["reason"], "reason"),
        (
            "strength",
            &["stop_strength", "target_strength"],
            "level_of",
        ),
        ("side", &["side"], "side"),
    ] {
        let run = backtest(&program, &["--by", by, "--format", "csv"]).ok();
        let rows = rows(&run.stdout);
        assert_eq!(rows[0][0], first);
        let column = |name: &str| rows[0].iter().position(|other| *other == name).unwrap();
        let told: Vec<(u64, f64)> = rows[1..]
            .iter()
            .map(|row| {
                let trades = row[column("trades")].parse().unwrap();
                (trades, row[column("pnl")].parse().unwrap())
            })
            .collect();
        let expected: Vec<(u64, f64)> = ways
            .iter()
            .flat_map(|way| whole["groups"][way].as_array().unwrap())
            .map(|group| {
                let trades = group["trades"].as_u64().unwrap();
                (trades, group["pnl"].as_f64().unwrap())
            })
            .collect();
        assert_eq!(told, expected, "{by}");
        let sum: u64 = told.iter().map(|(trades, _)| trades).sum();
        assert_eq!(sum, trades * ways.len() as u64, "{by}");
        let table = backtest(&program, &["--by", by]).ok().stdout;
        assert!(table.contains("win_rate") && table.contains('%'), "{table}");
    }
    let names = |way: &str| -> Vec<String> {
        let groups = whole["groups"][way].as_array().unwrap();
        let name = |group: &Value| group["name"].as_str().unwrap().to_owned();
        groups.iter().map(name).collect()
    };
    assert_eq!(names("token"), ["TIDE", "WAVE"]);
    assert_eq!(names("year"), ["2020", "2021", "2022"]);
    assert_eq!(names("side"), ["long", "short"]);
    assert_eq!(names("stop_strength"), ["by distance"]);
    backtest(&program, &["--by", "colour"]).fails(2, &["colour", "strength"]);
}

#[test]
fn the_strategy_stands_beside_its_benchmark() {
    let program = program(500);
    let universe = summary(&program, &[]);
    let beside = &universe["metrics"]["benchmark"];
    assert_eq!(beside["name"], "buy and hold of 2 tokens in equal parts");
    assert_eq!(beside["observations"], 500);
    assert!(universe["metrics"]["metrics"]["beta"].is_number());
    assert!(universe["metrics"]["metrics"]["psr"].is_number());

    // A token of the lake that the plan does not trade.
    let moon = summary(&program, &["--set", "benchmark=MOON"]);
    assert_eq!(moon["metrics"]["benchmark"]["name"], "buy and hold of MOON");
    assert_eq!(moon["trades"], universe["trades"]);
    // The bars of that file hold: the return of its closes, from its first open.
    let price = |day: f64| 100.0 + 20.0 * (day / 9.0 + 2.0).sin() + 6.0 * (day / 3.3).cos();
    let total = moon["metrics"]["benchmark"]["metrics"]["total_return"].as_f64();
    let held = price(500.0) / price(0.0) - 1.0;
    assert!((total.unwrap() - held).abs() < 1e-9, "{total:?} {held}");
    let of = |found: &Value, name: &str| found["metrics"]["metrics"][name].as_f64();
    assert_eq!(of(&moon, "sharpe"), of(&universe, "sharpe"));
    assert_ne!(of(&moon, "beta"), of(&universe, "beta"));

    let table = backtest(&program, &["--set", "benchmark=MOON"]).ok().stdout;
    for text in [
        "benchmark",
        "buy and hold of MOON",
        "Probabilistic Sharpe ratio",
        "Minimum track record length",
        "Tracking error",
    ] {
        assert!(table.contains(text), "{text}: {table}");
    }
    // The page shows both, and the groups.
    program
        .run(&["report", "--out", "site", "--plan", "plan.toml"])
        .ok();
    let page = std::fs::read_to_string(program.path("site/near.html")).unwrap();
    for text in [
        "buy and hold of 2 tokens in equal parts",
        "By year of the exit",
        "Probabilistic Sharpe ratio",
        "Ulcer index",
    ] {
        assert!(page.contains(text), "{text}");
    }

    backtest(&program, &["--set", "benchmark=NONE"]).fails(1, &["NONE"]);
    backtest(&program, &["--set", "benchmark=\" \""]).fails(2, &["benchmark", "empty"]);
    let early = "period.from=\"2019-01-01\"";
    program.file(
        "late.csv",
        "timestamp,open,high,low,close\n2024-01-01,1,1,1,1\n",
    );
    program
        .run(&[
            "import",
            "late.csv",
            "--symbol",
            "LATE",
            "--timeframe",
            "1d",
        ])
        .ok();
    backtest(&program, &["--set", early, "--set", "benchmark=LATE"])
        .fails(1, &["LATE", "no bar of 1d in the days of the replay"]);
}

#[test]
fn metrics_are_chosen_as_in_the_metrics_command() {
    let program = program(300);
    let chosen = ["--metrics", "omega,beta", "--format", "csv"];
    let csv = backtest(&program, &chosen).ok().stdout;
    let rows = rows(&csv);
    let (names, values) = (&rows[0], &rows[1]);
    assert!(names.contains(&"equity_omega") && names.contains(&"equity_beta"));
    assert!(names.contains(&"benchmark_omega"));
    assert!(
        !names.contains(&"benchmark_beta"),
        "of it alone there is none"
    );
    assert!(!names.contains(&"equity_sharpe"));
    let whole = summary(&program, &[]);
    let at = |name: &str| {
        let place = names.iter().position(|other| *other == name).unwrap();
        values[place].parse::<f64>().ok()
    };
    let metrics = &whole["metrics"];
    assert_eq!(at("equity_omega"), metrics["metrics"]["omega"].as_f64());
    let beside = &metrics["benchmark"]["metrics"];
    assert_eq!(at("benchmark_omega"), beside["omega"].as_f64());
    let all = backtest(&program, &["--metrics", "all"]).ok().stdout;
    assert!(
        all.contains("Ulcer index") && all.contains("Jarque"),
        "{all}"
    );
    let core = backtest(&program, &["--metrics", "core"]).ok().stdout;
    assert!(
        core.contains("Sharpe ratio") && !core.contains("Beta"),
        "{core}"
    );
    backtest(&program, &["--metrics", "sharp"]).fails(2, &["`sharp`", "sharpe"]);
    // What is shown changes nothing of what is written.
    let written = || std::fs::read(program.path("out/summary.json")).unwrap();
    let before = written();
    backtest(&program, &["--metrics", "omega"]).ok();
    assert_eq!(written(), before);
}

#[test]
fn a_month_is_not_called_a_year() {
    let program = program(30);
    let run = backtest(&program, &[]).ok();
    let line = |name: &str| {
        let found = run.stdout.lines().find(|line| line.contains(name));
        found
            .unwrap_or_else(|| panic!("{name}: {run:#?}"))
            .to_owned()
    };
    assert!(!line("Compound annual growth rate").contains('%'));
    assert!(line("Volatility").contains('%'));
    assert!(
        run.stderr.contains("cagr") && run.stderr.contains("a yearly rate needs 180"),
        "{}",
        run.stderr
    );
    let found = summary(&program, &[]);
    assert!(found["metrics"]["metrics"]["cagr"].is_null());
    let manifest = std::fs::read(program.path("out/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["convention"]["min_days"], 180.0);
    program.run(&["backtest", "--from", "out"]).ok();
}

#[test]
fn doubtful_bars_give_a_range_that_is_reproduced() {
    let program = program(500);
    let plain = summary(&program, &[]);
    assert!(plain["doubtful_range"].is_null());
    assert!(plain["scenarios"]["chosen"]["doubtful_trades"].as_u64() > Some(10));
    let drawn = summary(&program, &["--doubtful-range", "200", "--seed", "3"]);
    let range = &drawn["doubtful_range"];
    assert_eq!(
        (&range["replays"], &range["seed"]),
        (&200.into(), &3.into())
    );
    let at = |name: &str| range["total_return"][name].as_f64().unwrap();
    let scenario = |name: &str| drawn["scenarios"][name]["total_return"].as_f64().unwrap();
    assert!(scenario("pessimistic") < at("p5"), "{drawn}");
    assert!(at("p5") < at("p50") && at("p50") < at("p95"));
    assert!(at("p95") < scenario("optimistic"));
    let manifest = std::fs::read(program.path("out/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    schema::assert_satisfies("backtest-manifest", &manifest);
    assert_eq!(
        (&manifest["seed"], &manifest["doubtful_replays"]),
        (&3.into(), &200.into())
    );
    let again = program.run(&["backtest", "--from", "out"]).ok();
    assert!(again.stderr.contains("equal"), "{}", again.stderr);

    let other = summary(&program, &["--doubtful-range", "200", "--seed", "4"]);
    assert_ne!(other["doubtful_range"], drawn["doubtful_range"]);
    let table = backtest(&program, &["--doubtful-range", "200", "--seed", "3"]);
    let table = table.ok().stdout;
    assert!(
        table.contains("5 to 95 % of 200 random resolutions"),
        "{table}"
    );
    // Of one or two doubtful trades all outcomes are told, since quantiles of two numbers promise what is not there.
    let until = "period.to=2020-10-09";
    let few = ["--set", until, "--doubtful-range", "200"];
    let found = summary(&program, &few);
    let doubtful = found["scenarios"]["chosen"]["doubtful_trades"]
        .as_u64()
        .unwrap();
    assert!((1..=2).contains(&doubtful), "{doubtful}");
    let outcomes = found["doubtful_range"]["outcomes"].as_u64().unwrap();
    assert!((2..=4).contains(&outcomes), "{outcomes}");
    let table = backtest(&program, &few).ok().stdout;
    let told = format!(
        "({doubtful} doubtful trade{}, {outcomes} distinct outcomes)",
        if doubtful == 1 { "" } else { "s" }
    );
    assert!(table.contains("  of 200 random resolutions"), "{table}");
    assert!(
        table.contains("between ") && table.contains(&told),
        "{table}"
    );
    let csv = backtest(&program, &[&few[..], &["--format", "csv"]].concat());
    assert!(
        csv.ok()
            .stdout
            .contains("random_lowest,random_highest,random_outcomes")
    );
    backtest(&program, &["--doubtful-range", "0"]).fails(2, &["--doubtful-range"]);
    backtest(&program, &["--seed", "3"]).fails(2, &["--doubtful-range"]);
    // Orders are a file of the result: one that was touched is named.
    std::fs::write(program.path("out/orders.parquet"), "PAR1").unwrap();
    program
        .run(&["backtest", "--from", "out"])
        .fails(1, &["not equal: orders.parquet differ"]);
}
