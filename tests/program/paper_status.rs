//! What `highwater paper` tells of an account: what it is worth, what stands open, what is over, what is gone.

use serde_json::Value as Json;

use crate::{
    growing::{Growing, PLAN, WAITING, advance, day, journal, of_a_file},
    run::{Program, Run},
    schema,
};

fn paper(program: &Program, arguments: &[&str]) -> Run {
    program.run(&[&["paper"][..], arguments, &["--lake", "lake"]].concat())
}

/// The status of an account as JSON, held against its schema.
#[track_caller]
fn status(program: &Program, name: &str) -> Json {
    let found = paper(program, &["status", name, "--format", "json"])
        .ok()
        .json();
    schema::assert_satisfies("paper-status", &found);
    found[0].clone()
}

fn float(value: &Json) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

/// A lake, an account that has a position open which the next open does not end, and the orders that stand.
fn with_an_open_position(plan: &str) -> (Growing, Json) {
    let mut lake = Growing::new(60, plan);
    loop {
        let more = ["--from", "2024-01-01", "--format", "json"];
        let standing = advance(&lake.program, "plan.toml", "account", &lake.now(), &more)
            .ok()
            .json();
        let at_the_market = |order: &Json| order["kind"] == "market";
        let found = status(&lake.program, "account");
        if !found["positions"].as_array().unwrap().is_empty()
            && !standing.as_array().unwrap().iter().any(at_the_market)
        {
            return (lake, standing);
        }
        assert!(lake.days < 120, "nothing is ever held");
        lake.grow(1);
    }
}

#[test]
fn a_status_says_what_stands_open_and_what_it_is_worth() {
    for plan in [PLAN, WAITING] {
        let (lake, standing) = with_an_open_position(plan);
        let found = status(&lake.program, "account");
        let positions = found["positions"].as_array().unwrap();
        // The figures are those of the backtest over the same span.
        let backtest = [
            "backtest",
            "lake/paper/account/plan.toml",
            "--lake",
            "lake",
            "--as-of",
            &lake.now(),
            "--out",
            "out",
            "--format",
            "json",
        ];
        let summary = lake.program.run(&backtest).ok().json();
        assert_eq!(found["equity"], summary["final_equity"]);
        assert_eq!(summary["open_at_end"], positions.len());
        let (mut value, mut unrealised) = (0.0, 0.0);
        for one in positions {
            let sign = if one["side"] == "long" { 1.0 } else { -1.0 };
            let (quantity, entry) = (float(&one["quantity"]), float(&one["entry_price"]));
            let close = float(&one["last_close"]);
            let fee = 0.001 * quantity * entry;
            let expected = quantity * sign * (close - entry) - fee;
            assert!((float(&one["unrealised"]) - expected).abs() < 1e-6, "{one}");
            value += quantity * close;
            unrealised += expected;
            // Stop and targets are the orders that rest.
            let rests = |reason: &str| -> Vec<f64> {
                let orders = standing.as_array().unwrap().iter();
                let its = orders.filter(|order| {
                    (&order["symbol"], &order["reason"]) == (&one["symbol"], &reason.into())
                });
                its.map(|order| float(&order["price"])).collect()
            };
            let targets: Vec<f64> = one["targets"]
                .as_array()
                .unwrap()
                .iter()
                .map(float)
                .collect();
            assert_eq!(rests("stop"), [float(&one["stop"])], "{one} {standing}");
            assert_eq!(rests("target"), targets, "{one} {standing}");
        }
        assert!((float(&found["exposure"]) - value).abs() < 1e-6);
        assert!((float(&found["unrealised"]) - unrealised).abs() < 1e-6);
        // The same in every form: one row a position, and tables for people.
        let csv = paper(&lake.program, &["status", "account", "--format", "csv"]).ok();
        let rows: Vec<&str> = csv.stdout.lines().collect();
        assert_eq!(rows.len(), 1 + positions.len(), "{csv:#?}");
        for (row, one) in rows[1..].iter().zip(positions) {
            let equity = float(&found["equity"]).to_string();
            for text in [
                &equity,
                &one["stop"].to_string(),
                one["symbol"].as_str().unwrap(),
            ] {
                assert!(row.contains(text), "{text} in {row}");
            }
        }
        for format in ["table", "markdown"] {
            let told = paper(&lake.program, &["status", "account", "--format", format]).ok();
            let symbol = positions[0]["symbol"].as_str().unwrap();
            for text in ["equity", "cash", "exposure", symbol, "stop", "targets"] {
                assert!(told.stdout.contains(text), "{text} in {told:#?}");
            }
        }
    }
}

#[test]
fn a_plan_that_is_over_tells_its_end_and_the_stops_that_still_stand() {
    let (mut lake, _) = with_an_open_position(PLAN);
    // The same plan, at an end with the last bar.
    let end = format!("period.to={}", day(lake.days - 1).date());
    let more = ["--from", "2024-01-01", "--set", &end];
    lake.grow(3);
    let over = advance(&lake.program, "plan.toml", "over", &lake.now(), &more).ok();
    let since = day(lake.days - 3).to_string();
    assert!(
        over.stderr
            .contains(&format!("warning: the plan's period is over since {since}")),
        "{over:#?}"
    );
    let found = status(&lake.program, "over");
    assert_eq!(found["period_over"], true);
    let positions = found["positions"].as_array().unwrap();
    assert!(!positions.is_empty());
    for one in positions {
        let symbol = one["symbol"].as_str().unwrap();
        let row = |reason: &str| {
            over.stdout
                .lines()
                .any(|line| line.contains(symbol) && line.contains(reason))
        };
        assert!(row("stop") && row("target"), "{symbol} in {over:#?}");
    }
    assert!(!over.stdout.contains("entry"), "{over:#?}");
    let orders = paper(&lake.program, &["orders", "over"]).ok();
    assert!(
        orders.stderr.contains("the plan's period is over since"),
        "{orders:#?}"
    );
    paper(&lake.program, &["check", "over"]).ok();
    // While a plan goes on, none of this is said.
    let going_on = paper(&lake.program, &["orders", "account"]).ok();
    assert_eq!(going_on.stderr, "");
    assert_eq!(status(&lake.program, "account")["period_over"], false);
    // An account that would begin after the plan's end is not started.
    advance(
        &lake.program,
        "plan.toml",
        "late",
        &lake.now(),
        &["--set", &end],
    )
    .fails(
        2,
        &[
            "the plan's period ends on",
            "before the account's first day",
            "--unset period.to",
        ],
    );
}

#[test]
fn an_account_over_a_stale_lake_or_in_the_future_is_warned_of() {
    let lake = Growing::new(40, PLAN);
    let late = day(100).to_string();
    let stale = advance(&lake.program, "plan.toml", "stale", &late, &["--quiet"]).ok();
    for text in [
        "warning: the lake ends at 2024-02-10",
        "60 days behind",
        "no bar since 2024-04-10, the account's first day",
        "highwater import",
    ] {
        assert!(stale.stderr.contains(text), "{text} in {stale:#?}");
    }
    let found = status(&lake.program, "stale");
    assert_eq!(found["equity"], 100_000.0);
    assert_eq!(found["last_bar"], Json::Null);
    let ahead = ["--from", "2024-06-01", "--quiet"];
    let ahead = advance(&lake.program, "plan.toml", "ahead", &lake.now(), &ahead).ok();
    assert!(
        ahead
            .stderr
            .contains("warning: the account begins on 2024-06-01, which lies after"),
        "{ahead:#?}"
    );
    let fresh = advance(
        &lake.program,
        "plan.toml",
        "fresh",
        &lake.now(),
        &["--quiet"],
    )
    .ok();
    assert_eq!(fresh.stderr, "");
    let future = advance(
        &lake.program,
        "plan.toml",
        "future",
        "2999-01-01",
        &["--quiet"],
    )
    .ok();
    assert!(future.stderr.contains("lies in the future"), "{future:#?}");
}

#[test]
fn what_every_command_knows_may_stand_before_a_subcommand() {
    let lake = Growing::new(60, PLAN);
    lake.advance("account").ok();
    for arguments in [
        ["paper", "--lake", "lake", "check", "account"],
        ["paper", "check", "--lake", "lake", "account"],
        ["--lake", "lake", "paper", "check", "account"],
    ] {
        let run = lake.program.run(&arguments).ok();
        assert!(run.stderr.contains("equal: "), "{run:#?}");
    }
    let init = lake
        .program
        .run(&["backtest", "--lake", "lake", "init"])
        .ok();
    assert!(init.stdout.contains("[entry]"));
    // What the command alone knows says nothing to its subcommands.
    for (arguments, stray) in [
        (&["--name", "account", "check", "account"][..], "'--name'"),
        (&["plan.toml", "status", "account"], "'PLAN'"),
        (&["--format", "csv", "orders", "account"], "'--format'"),
    ] {
        paper(&lake.program, arguments).fails(2, &[stray, "is of `highwater paper`", "Usage"]);
    }
    lake.program
        .run(&["backtest", "--out", "out", "init"])
        .fails(2, &["'--out' is of `highwater backtest`"]);
}

#[test]
fn lines_that_are_gone_from_the_end_of_a_journal_are_found() {
    let mut lake = Growing::new(60, PLAN);
    let more = ["--from", "2024-01-01"];
    advance(&lake.program, "plan.toml", "account", &lake.now(), &more).ok();
    let earlier = journal(&lake.program, "account");
    lake.grow(9);
    lake.advance("account").ok();
    let whole = journal(&lake.program, "account");
    assert!(whole.lines().count() > earlier.lines().count() + 1);
    // Cut back to the end of the advance before: a whole journal, which is the backtest over its own span.
    let path = lake.program.path("lake/paper/account/journal.jsonl");
    std::fs::write(&path, &earlier).unwrap();
    let (stand, written) = (earlier.lines().count(), whole.lines().count());
    let said = format!("the journal ends with line {stand}, though line {written} was written");
    paper(&lake.program, &["check", "account", "--quiet"]).fails(1, &[&said, "from a copy"]);
    for command in ["status", "orders"] {
        let run = paper(&lake.program, &[command, "account", "--quiet"]).ok();
        assert!(run.stderr.contains(&format!("warning: {said}")), "{run:#?}");
    }
    // The next advance says so, and writes what is gone anew: the same bytes from the same lake.
    let again = lake.advance("account").ok();
    assert!(again.stderr.contains(&said), "{again:#?}");
    assert!(journal(&lake.program, "account") == whole);
    let check = paper(&lake.program, &["check", "account"]).ok();
    assert!(
        check.stderr.contains("none is gone from the end"),
        "{check:#?}"
    );
    // Without the file that tells, that is said, and what tells instead.
    std::fs::remove_file(lake.program.path("lake/paper/account/HEAD")).unwrap();
    let check = paper(&lake.program, &["check", "account", "--quiet"]).ok();
    assert!(check.stderr.contains("noted elsewhere"), "{check:#?}");
    std::fs::write(&path, "").unwrap();
    paper(&lake.program, &["check", "account"]).fails(1, &["no paper account"]);
    // Another name is answered with those that there are.
    lake.advance("trend").ok();
    paper(&lake.program, &["status", "trent"])
        .fails(1, &["no paper account `trent`", "hint: it has trend; "]);
}

#[test]
fn a_status_without_the_file_of_signals_says_what_the_journal_says() {
    let lake = Growing::new(
        40,
        &of_a_file("signals").replace("[entry]\n", "[entry]\nlag = \"1h\"\n"),
    );
    let signals = format!("time,symbol,signal\n{},WAVE,1\n", day(37));
    let path = lake.program.file("signals.csv", &signals);
    let more = ["--from", "2024-01-01"];
    advance(&lake.program, "plan.toml", "account", &lake.now(), &more).ok();
    assert_eq!(
        status(&lake.program, "account")["positions"][0]["symbol"],
        "WAVE"
    );
    std::fs::create_dir(lake.program.path("elsewhere")).unwrap();
    std::fs::rename(path, lake.program.path("elsewhere/signals.csv")).unwrap();
    let run = paper(&lake.program, &["status", "account", "--format", "json"]).fails(
        2,
        &[
            "what the account is worth cannot be told",
            "file of signals is not there",
        ],
    );
    let told = &run.json()[0];
    assert_eq!(
        (&told["orders"], &told["positions"]),
        (&1.into(), &Json::Null)
    );
    let beside = ["status", "account", "--beside", "elsewhere"];
    let run = paper(&lake.program, &beside).ok();
    assert!(run.stdout.contains("WAVE"), "{run:#?}");
}
