//! `highwater paper`: an account that grows with the lake, is killed and resumed, and is the backtest to the last bit.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use highwater::market::Timestamp;
use serde_json::Value as Json;

use crate::{
    growing::{
        Growing, PLAN, WAITING, advance, day, is_the_backtest, journal, lines, of_a_file, of_kind,
    },
    run::Program,
};

/// Numbers that look random, the same ones for the same seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: u64) -> u64 {
        // The generator of Numerical Recipes, whose high bits are good enough here.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Begin to advance, and kill the process somewhere on the way; whether it was killed.
fn killed(program: &Program, arguments: &[&str], after: Duration) -> bool {
    let mut child = program
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

#[test]
fn an_account_killed_at_random_is_the_backtest_and_one_that_was_left_in_peace() {
    let mut draws = Draws(20_240_101);
    let mut lake = Growing::new(30, PLAN);
    let mut kills = 0;
    for step in 0..26 {
        lake.grow(1 + draws.below(9) as i64);
        let now = lake.now();
        let from = ["--from", "2024-01-01"];
        let begun = Instant::now();
        advance(&lake.program, "plan.toml", "peace", &now, &from).ok();
        let whole = begun.elapsed().as_micros() as u64;
        let arguments = [
            "paper",
            "plan.toml",
            "--lake",
            "lake",
            "--name",
            "killed",
            "--as-of",
            &now,
        ];
        for _ in 0..draws.below(3) {
            let after = Duration::from_micros(draws.below(whole + whole / 8));
            kills += usize::from(killed(
                &lake.program,
                &[&arguments[..], &from].concat(),
                after,
            ));
        }
        advance(&lake.program, "plan.toml", "killed", &now, &from).ok();
        assert!(
            journal(&lake.program, "peace") == journal(&lake.program, "killed"),
            "step {step}"
        );
    }
    assert!(kills > 5, "{kills} were killed on their way");
    let orders = is_the_backtest(&lake.program, "killed", &lake.now());
    assert!(orders > 30, "{orders}");
    assert!(of_kind(&lines(&lake.program, "killed"), "restated").is_empty());
    // The accounts are no damage to the lake.
    lake.program.run(&["lake", "check", "--lake", "lake"]).ok();
}

#[test]
fn paper_is_the_backtest_on_the_demo_market() {
    let program = Program::new();
    program.run(&["demo", "--dir", "."]).ok();
    let plan = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/plans/vendor-signals.toml"
    );
    // Six tokens are enough, and quicker.
    let symbols = "BTC TALLO TOADY SILTY PUFFN SLUCE".split(' ');
    let symbols: Vec<String> = symbols.map(|symbol| format!("\"{symbol}\"")).collect();
    let universe = ["--set", &format!("universe=[{}]", symbols.join(", "))];
    walk(
        &program,
        plan,
        "2026-02-01".parse().unwrap(),
        120,
        12,
        &universe,
    );
}

#[test]
fn paper_is_the_backtest_on_imported_bars() {
    let program = Program::new();
    let bars = concat!(env!("CARGO_MANIFEST_DIR"), "/data/simulated-btc-1d.csv");
    program
        .run(&[
            "import",
            bars,
            "--symbol",
            "BTC",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .ok();
    let contents = program
        .run(&["lake", "ls", "--lake", "lake", "--format", "json"])
        .ok()
        .json();
    let rows = contents.as_array().unwrap().iter();
    let last = rows.filter_map(|row| row["until"].as_str()).max().unwrap();
    let last: Timestamp = last.parse().unwrap();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    walk(&program, plan, last.plus_days(-450), 440, 16, &[]);
}

/// Advance some days in random steps, killed at random on the way, and compare with the backtest.
#[track_caller]
fn walk(program: &Program, plan: &str, start: Timestamp, days: i64, steps: i64, more: &[&str]) {
    let mut draws = Draws(7);
    let mut now = start;
    let mut usual = 0;
    let first = start.date();
    for _ in 0..steps {
        now = now.plus_days(1 + draws.below(2 * (days / steps) as u64) as i64);
        let moment = now.to_string();
        let arguments = [
            "paper", plan, "--lake", "lake", "--name", "walk", "--from", &first, "--as-of", &moment,
        ];
        let arguments = [&arguments[..], more].concat();
        if usual > 0 && draws.below(2) == 0 {
            killed(
                program,
                &arguments,
                Duration::from_micros(draws.below(usual)),
            );
        }
        let begun = Instant::now();
        program.run(&arguments).ok();
        usual = begun.elapsed().as_micros() as u64;
    }
    let orders = is_the_backtest(program, "walk", &now.to_string());
    assert!(orders > 5, "{orders}");
}

#[test]
fn what_stands_today_is_what_is_filled_tomorrow() {
    for plan in [PLAN, WAITING] {
        let mut lake = Growing::new(60, plan);
        let stands = |lake: &Growing| {
            let arguments = ["--from", "2024-02-01", "--format", "json"];
            let run = advance(
                &lake.program,
                "plan.toml",
                "account",
                &lake.now(),
                &arguments,
            );
            run.ok().json().as_array().unwrap().clone()
        };
        let mut standing = stands(&lake);
        let (mut entries, mut rested) = (0, 0);
        for _ in 0..40 {
            let known = lines(&lake.program, "account").len();
            lake.grow(1);
            let next = stands(&lake);
            let lines = lines(&lake.program, "account");
            let filled: Vec<&Json> = of_kind(&lines[known..], "order")
                .iter()
                .map(|line| &line["order"])
                .collect();
            let find = |key: &Json| standing.iter().find(|order| order["key"] == *key);
            for order in &filled {
                let stood =
                    find(&order["key"]).unwrap_or_else(|| panic!("{order} stood in {standing:#?}"));
                assert_eq!(stood["side"], order["side"], "{stood} {order}");
                let is_gap = order["reason"].as_str().unwrap().ends_with("-gap");
                let trailed =
                    plan == WAITING && stood["kind"] == "limit" && stood["reason"] == "entry";
                if !is_gap {
                    assert_eq!(stood["price"], order["raw_price"], "{stood} {order}");
                }
                // The sizes of what opens or closes at a price that was foretold are those that were told.
                if !trailed {
                    assert_eq!(stood["quantity"], order["quantity"], "{stood} {order}");
                }
                entries += usize::from(order["reason"] == "entry");
                rested += usize::from(stood["kind"] != "market");
            }
            // Tomorrow opens where today closed, so that everything at the market is filled as it was told.
            for told in standing.iter().filter(|order| order["kind"] == "market") {
                let is_filled = filled.iter().any(|order| order["key"] == told["key"]);
                assert!(is_filled, "{told} in {filled:#?}");
                assert_eq!(told["estimate"], true);
            }
            standing = next;
        }
        assert!(entries > 3 && rested > 3, "{entries} {rested} of {plan}");
        is_the_backtest(&lake.program, "account", &lake.now());
    }
}

#[test]
fn what_became_known_after_an_open_stands_for_the_next() {
    // An hour after the open of day 64: what was known at that open is due, what came half an hour after it can wait.
    let half_past = day(64).plus_micros(1_800_000_000);
    let lake = Growing::new(64, &of_a_file("known"));
    lake.program.file(
        "known.csv",
        &format!(
            "time,known_at,symbol,signal\n{0},{1},TIDE,-1\n{0},{half_past},WAVE,-1\n{0},{2},TIDE,1\n",
            day(63),
            day(64),
            day(64).plus_micros(7_200_000_000)
        ),
    );
    let moment = day(64).plus_micros(3_600_000_000).to_string();
    let more = ["--from", "2024-01-01", "--format", "json"];
    let run = advance(&lake.program, "plan.toml", "account", &moment, &more).ok();
    let orders = run.json();
    let entries: Vec<[&str; 3]> = orders
        .as_array()
        .unwrap()
        .iter()
        .filter(|order| order["reason"] == "entry")
        .map(|order| ["at", "symbol", "side"].map(|field| order[field].as_str().unwrap()))
        .collect();
    let (due, next) = (day(64).to_string(), day(65).to_string());
    assert_eq!(
        entries,
        [[&due[..], "TIDE", "sell"], [&next, "WAVE", "sell"]]
    );
    assert!(!run.stderr.contains("warning"), "{run:#?}");
    // A day later the lake is behind, and says so.
    let moment = day(65).plus_micros(1).to_string();
    let run = advance(&lake.program, "plan.toml", "account", &moment, &[]).ok();
    assert!(
        run.stderr.contains("a later bar of 1d closed since"),
        "{run:#?}"
    );
}
