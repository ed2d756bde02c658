//! Rules of a plan that reach beyond one position, through the command: sectors, members that leave, signals that say
//! flat, what is lent, and sizes of zero.

use highwater::market::{Row, Timestamp, Value, tables};
use serde_json::{Value as Json, json};

use crate::{
    growing::{Growing, PLAN, TOKENS, advance, answer, day, lines, of_a_file, of_kind},
    run::Run,
    schema,
};

/// What the vendor lists a token in, from a moment on.
fn list(lake: &Growing, token: usize, categories: &str, seen: Timestamp) {
    let (id, symbol, _) = TOKENS[token];
    let text = |text: &str| Value::Text(text.to_owned());
    let row = Row {
        event_time: day(0),
        values: vec![text(symbol), text(symbol), text(categories), Value::Null],
        extra: None,
    };
    lake.store(&[answer(&tables::TOKENS, id, seen, vec![row])]);
}

const DEFI: &str = r#"[{"category_id":1,"category_name":"DeFi","category_slug":"defi"}]"#;

fn backtest(lake: &Growing, more: &[&str]) -> Run {
    let arguments = ["backtest", "plan.toml", "--lake", "lake", "--out", "out"];
    lake.program.run(&[&arguments[..], more].concat())
}

/// The summary of a plan that is proven not to look ahead, and comes out of its manifest again.
#[track_caller]
fn proven(lake: &Growing) -> Json {
    let run = backtest(lake, &["--format", "json", "--prove"]).ok();
    assert!(run.stderr.contains("all as in the full run"), "{run:#?}");
    let summary = run.json();
    schema::assert_satisfies("backtest-summary", &summary);
    let manifest = std::fs::read(lake.program.path("out/manifest.json")).unwrap();
    let manifest: Json = serde_json::from_slice(&manifest).unwrap();
    schema::assert_satisfies("backtest-manifest", &manifest);
    assert_eq!(manifest["counts"], summary["counts"]);
    let again = ["backtest", "--from", "out", "--lake", "lake"];
    assert!(
        lake.program
            .run(&again)
            .ok()
            .stderr
            .contains("equal: trades")
    );
    summary
}

/// The plan without exits but those of events.
fn quiet(plan: &str) -> String {
    let exits = plan.find("[exit]").unwrap()..plan.find("[size]").unwrap();
    plan.replace(&plan[exits], "")
}

#[test]
fn a_sector_holds_no_more_than_the_plan_says() {
    let capped = PLAN.replace("[cost]", "[portfolio]\nmax_per_sector = 1\n[cost]");
    let lake = Growing::new(120, &capped);
    // The lake knows no listing with a sector: the rule would do nothing, silently.
    let run = backtest(&lake, &[]);
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(
        run.stderr.contains("`max_per_sector` would limit nothing"),
        "{run:#?}"
    );
    let entered = |summary: &Json| summary["counts"]["entered"].as_u64().unwrap();
    for token in 0..2 {
        list(&lake, token, DEFI, day(0).plus_micros(1));
    }
    let capped = proven(&lake);
    let full = capped["counts"]["sector_full"].as_u64().unwrap();
    assert!(full > 0);
    assert_eq!(capped["counts"]["sectors"], json!({ "defi": full }));
    assert_eq!(capped["counts"]["without_sector"], 0);
    let table = backtest(&lake, &[]).ok().stdout;
    assert!(
        table.contains("kept out by the full sector defi"),
        "{table}"
    );
    // Two places are as good as none.
    lake.program.file("plan.toml", PLAN);
    let free = entered(&proven(&lake));
    let two = backtest(
        &lake,
        &["--set", "portfolio.max_per_sector=2", "--format", "json"],
    );
    assert_eq!(entered(&two.ok().json()), free);
    assert!(entered(&capped) < free);
}

#[test]
fn what_leaves_a_sector_is_sold_if_the_plan_says_so() {
    let of =
        |leave: &str| quiet(PLAN).replace("\"all\"", &format!("{{ sector = \"defi\"{leave} }}"));
    let lake = Growing::new(90, &of(", leave = \"exit\""));
    let exits = |summary: &Json| summary["exits"]["left-universe"].as_u64();
    for token in 0..2 {
        list(&lake, token, DEFI, day(0).plus_micros(1));
    }
    // Off the list and back, again and again.
    for n in 0..20 {
        let categories = if n % 2 == 0 { "[]" } else { DEFI };
        list(&lake, 0, categories, day(5 + 4 * n).plus_micros(1));
    }
    let left = exits(&proven(&lake)).unwrap_or(0);
    assert!(left > 0);
    let csv = backtest(&lake, &["--format", "csv"]).ok().stdout;
    assert!(csv.contains("exits_left_universe"), "{csv}");
    lake.program.file("plan.toml", &of(""));
    assert_eq!(exits(&proven(&lake)), None);
}

#[test]
fn a_file_that_says_flat_ends_what_is_held() {
    let mut lake = Growing::new(20, &quiet(&of_a_file("mine")));
    let row = |n: i64, signal: &str| format!("{},{},TIDE,{signal}\n", day(n - 1), day(n));
    let rows = [
        row(5, "long"),
        row(10, "0"),
        row(20, "flat"),
        row(30, "short"),
        row(40, "FLAT"),
    ];
    let text = format!("time,known_at,symbol,signal\n{}", rows.concat());
    lake.program.file("mine.csv", &text);
    // What stands before the open of day 20 is filled there.
    let from = ["--from", "2024-01-01", "--format", "json"];
    let standing = |lake: &Growing| {
        let run = advance(&lake.program, "plan.toml", "flat", &lake.now(), &from);
        let orders = run.ok().json().as_array().unwrap().clone();
        orders
            .iter()
            .map(|order| {
                ["at", "side", "kind", "reason"]
                    .map(|name| order[name].as_str().unwrap().to_owned())
            })
            .collect::<Vec<_>>()
    };
    let due = [
        day(20).to_string(),
        "sell".to_owned(),
        "market".to_owned(),
        "signal-flat".to_owned(),
    ];
    assert_eq!(standing(&lake), [due]);
    lake.grow(30);
    assert_eq!(standing(&lake), [] as [[String; 4]; 0]);
    let check = ["paper", "check", "flat", "--lake", "lake"];
    let check = lake.program.run(&check).ok();
    assert!(check.stderr.contains("equal: "), "{check:#?}");
    let lines = lines(&lake.program, "flat");
    let reasons: Vec<&str> = of_kind(&lines, "order")
        .iter()
        .map(|line| line["order"]["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["entry", "signal-flat", "entry", "signal-flat"]);
    let summary = proven(&lake);
    assert_eq!(summary["exits"], json!({ "signal-flat": 2 }));
    assert_eq!(summary["counts"]["exit_only"], 2);
}

#[test]
fn a_plan_tells_of_interest_and_of_having_locked_itself_out() {
    let lake = Growing::new(120, PLAN);
    let sized = |size: &str, more: &str| {
        let plan = PLAN.replace("fraction = \"40%\"", size).replace(
            "slippage = \"5 bps\"\n",
            &format!("slippage = \"5 bps\"\n{more}"),
        );
        lake.program.file("plan.toml", &plan);
        proven(&lake)
    };
    let lent = sized(
        "fraction = \"180%\"\n[portfolio]\nleverage = 2.0",
        "loan = \"2 bps\"\n",
    );
    let interest = lent["interest"].as_f64().unwrap();
    assert!(interest > 0.0, "{lent}");
    let table = backtest(&lake, &[]).ok().stdout;
    assert!(table.contains("interest on what was lent"), "{table}");
    let free = sized("fraction = \"180%\"\n[portfolio]\nleverage = 2.0", "");
    assert_eq!(free["interest"], 0.0);
    // Ten times the costs, and a drawdown of one percent is the last.
    let locked = sized(
        "fraction = \"40%\"\ndrawdown = { from = \"0%\", to = \"1%\" }",
        "spread = \"4%\"\n",
    );
    assert_eq!(locked["counts"]["locked_out"]["by"], "drawdown");
    let verdict = locked["verdict"].as_str().unwrap();
    assert!(verdict.contains("; locked out: from 2024-"), "{verdict}");
    let run = backtest(&lake, &[]).ok();
    assert!(run.stderr.contains("locked out: from"), "{run:#?}");
    assert!(
        run.stdout.contains("signal rows: drawdown too deep"),
        "{run:#?}"
    );
}
