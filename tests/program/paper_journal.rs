//! What `highwater paper` does with what is not as it was: corrections, torn lines, other plans, other processes.

use highwater::{
    market::{Timeframe, Timestamp, tables},
    research::AccountWriter,
};

use crate::growing::{
    Growing, PLAN, TOKENS, advance, answer, bar, bar_row, day, is_the_backtest, journal, lines,
    of_a_file, of_kind,
};

#[test]
fn a_revised_bar_restates_an_order_and_rewrites_nothing() {
    let mut lake = Growing::new(70, PLAN);
    let more = ["--from", "2024-01-01"];
    advance(&lake.program, "plan.toml", "account", &lake.now(), &more).ok();
    let before = journal(&lake.program, "account");
    let told = lines(&lake.program, "account");
    // The bar in which the last entry of WAVE was filled opens elsewhere, as is seen the next day.
    let entry = of_kind(&told, "order")
        .into_iter()
        .rfind(|line| line["order"]["symbol"] == "WAVE" && line["order"]["reason"] == "entry")
        .unwrap()["order"]
        .clone();
    let filled: Timestamp = entry["time"].as_str().unwrap().parse().unwrap();
    let n = (filled - day(0)) / 86_400_000_000;
    lake.grow(1);
    let mut values = bar(TOKENS[0].2, n);
    values[0] += 0.25;
    let revised = answer(
        tables::bars(Timeframe::D1),
        1,
        day(lake.days),
        vec![bar_row(n, values)],
    );
    lake.store(&[revised]);
    lake.advance("account")
        .fails(1, &["restated: ", "raw_price", "was revised on", "WAVE"]);
    let after = journal(&lake.program, "account");
    assert!(after.starts_with(&before), "nothing is rewritten");
    let told = lines(&lake.program, "account");
    let restated = of_kind(&told, "restated");
    let of_entry = restated
        .iter()
        .find(|line| line["key"] == entry["key"])
        .unwrap();
    assert_eq!(of_entry["old"], entry);
    assert_eq!(
        of_entry["new"]["raw_price"],
        entry["raw_price"].as_f64().unwrap() + 0.25
    );
    assert_eq!(of_entry["cause"]["open"], filled.to_string());
    assert_eq!(of_entry["cause"]["known_from"], lake.now());
    // It goes on from the new truth, and says it once.
    is_the_backtest(&lake.program, "account", &lake.now());
    lake.grow(1);
    lake.advance("account").ok();
    assert_eq!(
        of_kind(&lines(&lake.program, "account"), "restated").len(),
        restated.len()
    );
}

#[test]
fn rows_that_come_late_are_found_by_a_check_and_restated() {
    // Under the clock `published` a bar that comes late counts from its close: the account was advanced without it.
    let plan = PLAN.replace("observed", "published");
    let lake = Growing::new(70, &plan);
    let more = ["--from", "2024-01-01"];
    let late = day(90).to_string();
    advance(&lake.program, "plan.toml", "account", &late, &more).ok();
    is_the_backtest(&lake.program, "account", &late);
    let rows = (70..90).map(|n| bar_row(n, bar(TOKENS[1].2, n))).collect();
    lake.store(&[answer(tables::bars(Timeframe::D1), 2, day(91), rows)]);
    let check = ["paper", "check", "account", "--lake", "lake"];
    let found = lake.program.run(&check);
    advance(&lake.program, "plan.toml", "account", &late, &[]);
    lake.program.run(&check).ok();
    is_the_backtest(&lake.program, "account", &late);
    found.fails(1, &["not equal: order", "advance again"]);
}

#[test]
fn a_torn_last_line_is_written_anew_and_a_damaged_one_is_refused_with_its_number() {
    let lake = Growing::new(70, PLAN);
    let more = ["--from", "2024-01-01"];
    advance(&lake.program, "plan.toml", "account", &lake.now(), &more).ok();
    let whole = journal(&lake.program, "account");
    let path = lake.program.path("lake/paper/account/journal.jsonl");
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    // In the last line, in the one before, between the two, and in the first.
    for cut in [
        whole.len() - 1,
        whole.len() - 40,
        ends[ends.len() - 2],
        ends[ends.len() - 2] - 9,
        30,
        0,
    ] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        if cut > ends[0] {
            let status = lake
                .program
                .run(&["paper", "status", "account", "--lake", "lake"])
                .ok();
            assert!(
                status.stderr.contains("did not come to its end"),
                "{cut}: {status:#?}"
            );
        }
        advance(&lake.program, "plan.toml", "account", &lake.now(), &more).ok();
        assert!(journal(&lake.program, "account") == whole, "cut at {cut}");
    }
    let damaged = whole.replacen("\"side\":\"buy\"", "\"side\":\"sell\"", 1);
    let number = damaged
        .lines()
        .zip(whole.lines())
        .position(|(a, b)| a != b)
        .unwrap()
        + 1;
    std::fs::write(&path, &damaged).unwrap();
    let line = format!("journal.jsonl, line {number}: is not as it was written");
    lake.advance("account").fails(1, &[&line]);
    for command in ["status", "orders", "check"] {
        lake.program
            .run(&["paper", command, "account", "--lake", "lake"])
            .fails(1, &[&line]);
    }
    assert_eq!(
        journal(&lake.program, "account"),
        damaged,
        "it is left as it is"
    );
    // A line that is left out breaks the chain.
    let shorter: Vec<&str> = whole
        .split_inclusive('\n')
        .enumerate()
        .filter(|(n, _)| *n != 2)
        .map(|(_, line)| line)
        .collect();
    std::fs::write(&path, shorter.concat()).unwrap();
    lake.advance("account")
        .fails(1, &["line 3: does not follow the line before"]);
    // So does another plan.
    std::fs::write(&path, &whole).unwrap();
    let plan = lake.program.path("lake/paper/account/plan.toml");
    let text = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(&plan, text.replace("40%", "50%")).unwrap();
    lake.advance("account").fails(1, &["plan.toml was altered"]);
}

#[test]
fn another_plan_another_start_and_the_past_are_refused() {
    let mut lake = Growing::new(60, PLAN);
    lake.advance("account").ok();
    let before = journal(&lake.program, "account");
    let now = lake.now();
    let refused = |more: &[&str], says: &[&str]| {
        advance(&lake.program, "plan.toml", "account", &now, more).fails(2, says);
        assert_eq!(journal(&lake.program, "account"), before);
    };
    refused(
        &["--set", "size.fraction=30%"],
        &["another plan", "size.fraction is 0.4 there, 0.3 here"],
    );
    refused(
        &["--from", "2024-01-01"],
        &["another plan", "period.from", "2024-03-01"],
    );
    refused(&["--source", "other"], &["its sources are"]);
    let yesterday = day(lake.days - 1).to_string();
    advance(&lake.program, "plan.toml", "account", &yesterday, &[])
        .fails(2, &["lies before", "to which the account was advanced"]);
    // Comments and order are no other plan; neither is the same override of a plan that it was started with.
    lake.program
        .file("plan.toml", &format!("# the same\n{PLAN}"));
    lake.advance("account").ok();
    assert_eq!(journal(&lake.program, "account"), before, "nothing was new");
    lake.grow(1);
    advance(
        &lake.program,
        "plan.toml",
        "other",
        &lake.now(),
        &["--set", "size.fraction=30%"],
    )
    .ok();
    advance(
        &lake.program,
        "plan.toml",
        "other",
        &lake.now(),
        &["--set", "size.fraction=30%"],
    )
    .ok();
    let status = [
        "paper", "status", "other", "--lake", "lake", "--format", "json",
    ];
    let status = lake.program.run(&status).ok().json();
    assert_eq!(
        status[0]["from"],
        day(61).to_string(),
        "the day of the first advance"
    );
    for name in ["", "../lake", "a b", "."] {
        advance(&lake.program, "plan.toml", name, &lake.now(), &[])
            .fails(2, &["no name of a paper account"]);
    }
    lake.program
        .run(&["paper", "status", "none", "--lake", "lake"])
        .fails(1, &["no paper account `none`", "--name"]);
}

#[test]
fn one_process_advances_at_a_time() {
    let lake = Growing::new(60, PLAN);
    lake.advance("account").ok();
    let before = journal(&lake.program, "account");
    let held = AccountWriter::lock(&lake.program.path("lake"), "account").unwrap();
    lake.advance("account")
        .fails(2, &["is locked by process", "wait"]);
    // Another account, and whoever only reads, need not wait.
    lake.advance("beside").ok();
    lake.program
        .run(&["paper", "status", "account", "--lake", "lake"])
        .ok();
    drop(held);
    lake.advance("account").ok();
    assert_eq!(journal(&lake.program, "account"), before);
}

#[test]
fn a_changed_file_of_signals_is_the_cause_of_what_it_changes() {
    let plan = of_a_file("signals").replace("[entry]\n", "[entry]\nlag = \"1h\"\n");
    let mut lake = Growing::new(40, &plan);
    let signals = |more: &str| {
        format!(
            "time,symbol,signal\n{},WAVE,1\n{},TIDE,-1\n{more}",
            day(12),
            day(20)
        )
    };
    lake.program.file("signals.csv", &signals(""));
    let more = ["--from", "2024-01-01"];
    advance(&lake.program, "plan.toml", "account", &lake.now(), &more).ok();
    is_the_backtest_of_a_file(&lake);
    // A signal that is added for days to come changes nothing that was told; one that goes away does.
    lake.program
        .file("signals.csv", &signals(&format!("{},WAVE,-1\n", day(41))));
    lake.grow(3);
    lake.advance("account").ok();
    lake.program
        .file("signals.csv", &signals("").replace(",1\n", ",0\n"));
    lake.advance("account")
        .fails(1, &["taken back", "the file of signals is another"]);
    is_the_backtest_of_a_file(&lake);
}

#[track_caller]
fn is_the_backtest_of_a_file(lake: &Growing) {
    let check = lake
        .program
        .run(&["paper", "check", "account", "--lake", "lake"])
        .ok();
    assert!(check.stderr.contains("equal: "), "{check:#?}");
}
