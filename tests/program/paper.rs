//! `highwater paper`: an account that grows with the lake, is killed and resumed, and is the backtest to the last bit.

use std::{
    collections::BTreeSet,
    process::Stdio,
    time::{Duration, Instant},
};

use highwater::{
    lake::Lake,
    market::{
        Answer, Row, Scope, Source, Table, Timeframe, Timestamp, TokenId, Value, Value::Float,
        tables,
    },
    research::AccountWriter,
};
use serde_json::Value as Json;

use crate::{
    run::{Program, Run},
    schema,
};

fn day(n: i64) -> Timestamp {
    Timestamp::from_date(2024, 1, 1).unwrap().plus_days(n)
}

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

/// Two tokens, each a wave with a ripple: a bar opens where the one before it closed.
const TOKENS: [(i64, &str, f64); 2] = [(1, "WAVE", 8.0), (2, "TIDE", 11.0)];

fn bar(length: f64, n: i64) -> [f64; 5] {
    let price = |n: i64| {
        let n = n as f64;
        100.0 + 14.0 * (n / length).sin() + 4.0 * (n / 1.3).sin()
    };
    let (open, close) = (price(n), price(n + 1));
    [
        open,
        open.max(close) + 0.5,
        open.min(close) - 0.5,
        close,
        5.0,
    ]
}

fn answer(table: &'static Table, id: i64, observed_at: Timestamp, rows: Vec<Row>) -> Answer {
    Answer {
        table,
        source: Source::import(),
        scope: Scope::Token(TokenId(id)),
        asked: None,
        observed_at,
        whole: true,
        rows,
    }
}

fn bar_row(n: i64, values: [f64; 5]) -> Row {
    Row {
        event_time: day(n),
        values: values.map(Float).to_vec(),
        extra: None,
    }
}

/// A lake that grows day by day, each bar seen when it closes.
struct Growing {
    program: Program,
    days: i64,
}

impl Growing {
    fn new(days: i64, plan: &str) -> Self {
        let program = Program::new();
        program.file("plan.toml", plan);
        let listed = TOKENS.map(|(id, symbol, _)| {
            let text = |text: &str| Value::Text(text.to_owned());
            let values = vec![text(symbol), text(symbol), Value::Null, Value::Null];
            let row = Row {
                event_time: day(0),
                values,
                extra: None,
            };
            answer(&tables::TOKENS, id, day(0), vec![row])
        });
        let mut growing = Self { program, days: 0 };
        Lake::create(growing.program.path("lake")).unwrap();
        growing.store(&listed);
        growing.grow(days);
        growing
    }

    fn store(&self, answers: &[Answer]) {
        let lake = Lake::open(self.program.path("lake")).unwrap();
        lake.writer().unwrap().store(answers).unwrap();
    }

    fn grow(&mut self, days: i64) {
        let answers: Vec<Answer> = (self.days..self.days + days)
            .flat_map(|n| {
                TOKENS.map(|(id, _, length)| {
                    let rows = vec![bar_row(n, bar(length, n))];
                    answer(tables::bars(Timeframe::D1), id, day(n + 1), rows)
                })
            })
            .collect();
        self.store(&answers);
        self.days += days;
    }

    /// The moment at which the last bar closed.
    fn now(&self) -> String {
        day(self.days).to_string()
    }

    fn advance(&self, name: &str) -> Run {
        advance(&self.program, "plan.toml", name, &self.now(), &[])
    }
}

fn advance(program: &Program, plan: &str, name: &str, moment: &str, more: &[&str]) -> Run {
    let arguments = [
        "paper", plan, "--lake", "lake", "--name", name, "--as-of", moment,
    ];
    program.run(&[&arguments[..], more].concat())
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

const PLAN: &str = "name = \"paper\"\ntimeframe = \"1d\"\nuniverse = \"all\"\nclock = \"observed\"\n\
    [levels]\nswing_bars = 2\n[entry]\nsignal = \"breakout\"\nlookback = \"4 bars\"\nside = \"both\"\n\
    [exit]\nstop = { at = \"support\", buffer = \"0.4%\", otherwise = \"6%\" }\n\
    target = { at = \"resistance\", otherwise = \"9%\" }\ntime = \"8 bars\"\n\
    [size]\nfraction = \"40%\"\n[cost]\nfee = \"10 bps\"\nslippage = \"5 bps\"\n";

/// A plan whose entries wait for their price, with a ladder of targets and a stop that follows.
const WAITING: &str = "name = \"waiting\"\ntimeframe = \"1d\"\nuniverse = \"all\"\nclock = \"observed\"\n\
    [levels]\nswing_bars = 2\n\
    [entry]\nsignal = \"breakout\"\nlookback = \"4 bars\"\nside = \"both\"\n\
    order = { limit = \"1%\", expire = \"4 bars\" }\n\
    [exit]\nstop = { distance = \"6%\" }\n\
    target = [{ distance = \"3%\", share = \"50%\" }, { distance = \"8%\", share = \"50%\" }]\n\
    trail = { distance = \"7%\" }\n\
    [size]\nfraction = \"40%\"\n[cost]\nfee = \"10 bps\"\nslippage = \"5 bps\"\n";

/// The plan, with signals of a file.
fn of_a_file(name: &str) -> String {
    let breakout = "signal = \"breakout\"\nlookback = \"4 bars\"";
    assert!(PLAN.contains(breakout));
    PLAN.replace(
        breakout,
        &format!("signal = \"file\"\nfile = \"{name}.csv\""),
    )
}

fn journal(program: &Program, name: &str) -> String {
    let path = program.path("lake/paper").join(name).join("journal.jsonl");
    std::fs::read_to_string(path).unwrap()
}

/// The lines of a journal, each held against the schema.
#[track_caller]
fn lines(program: &Program, name: &str) -> Vec<Json> {
    let lines: Vec<Json> = journal(program, name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        schema::assert_satisfies("paper-journal", line);
    }
    lines
}

fn of_kind<'l>(lines: &'l [Json], kind: &str) -> Vec<&'l Json> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

/// The account's orders are those of a backtest of its plan over the same span, byte for byte; how many there are.
#[track_caller]
fn is_the_backtest(program: &Program, name: &str, moment: &str) -> usize {
    let plan = format!("lake/paper/{name}/plan.toml");
    program
        .run(&[
            "backtest", &plan, "--lake", "lake", "--as-of", moment, "--out", "out",
        ])
        .ok();
    program
        .run(&[
            "paper",
            "orders",
            name,
            "--lake",
            "lake",
            "--output",
            "orders.parquet",
        ])
        .ok();
    let read = |path: &str| std::fs::read(program.path(path)).unwrap();
    assert!(
        read("orders.parquet") == read("out/orders.parquet"),
        "the orders of {name} are those of the backtest"
    );
    let check = program
        .run(&["paper", "check", name, "--lake", "lake"])
        .ok();
    assert!(check.stderr.contains("equal: "), "{check:#?}");
    let lines = lines(program, name);
    let told = of_kind(&lines, "order");
    let keys: BTreeSet<&str> = told
        .iter()
        .map(|line| line["order"]["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys.len(), told.len(), "no order is told twice");
    told.len()
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
