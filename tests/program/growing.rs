//! A lake that grows day by day, and paper accounts over it.

use std::{collections::BTreeSet, time::Duration};

use highwater::{
    lake::{Lake, LakeError},
    market::{
        Answer, Row, Scope, Source, Table, Timeframe, Timestamp, TokenId, Value, Value::Float,
        tables,
    },
};
use serde_json::Value as Json;

use crate::{
    run::{Program, Run},
    schema,
};

pub(crate) fn day(n: i64) -> Timestamp {
    Timestamp::from_date(2024, 1, 1).unwrap().plus_days(n)
}

/// Two tokens, each a wave with a ripple: a bar opens where the one before it closed.
pub(crate) const TOKENS: [(i64, &str, f64); 2] = [(1, "WAVE", 8.0), (2, "TIDE", 11.0)];

pub(crate) fn bar(length: f64, n: i64) -> [f64; 5] {
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

pub(crate) fn answer(
    table: &'static Table,
    id: i64,
    observed_at: Timestamp,
    rows: Vec<Row>,
) -> Answer {
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

pub(crate) fn bar_row(n: i64, values: [f64; 5]) -> Row {
    Row {
        event_time: day(n),
        values: values.map(Float).to_vec(),
        extra: None,
    }
}

/// A lake that grows day by day, each bar seen when it closes.
pub(crate) struct Growing {
    pub(crate) program: Program,
    pub(crate) days: i64,
}

impl Growing {
    pub(crate) fn new(days: i64, plan: &str) -> Self {
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

    pub(crate) fn store(&self, answers: &[Answer]) {
        let lake = Lake::open(self.program.path("lake")).unwrap();
        // A program that another test starts holds a copy of this process's lock, from its fork to its exec.
        let writer = (0..500).find_map(|_| match lake.writer() {
            Err(LakeError::Locked { .. }) => {
                std::thread::sleep(Duration::from_millis(10));
                None
            }
            writer => Some(writer.unwrap()),
        });
        writer.expect("the lock is free").store(answers).unwrap();
    }

    pub(crate) fn grow(&mut self, days: i64) {
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
    pub(crate) fn now(&self) -> String {
        day(self.days).to_string()
    }

    pub(crate) fn advance(&self, name: &str) -> Run {
        advance(&self.program, "plan.toml", name, &self.now(), &[])
    }
}

pub(crate) fn advance(
    program: &Program,
    plan: &str,
    name: &str,
    moment: &str,
    more: &[&str],
) -> Run {
    let arguments = [
        "paper", plan, "--lake", "lake", "--name", name, "--as-of", moment,
    ];
    program.run(&[&arguments[..], more].concat())
}

pub(crate) const PLAN: &str = "name = \"paper\"\ntimeframe = \"1d\"\nuniverse = \"all\"\nclock = \"observed\"\n\
    [levels]\nswing_bars = 2\n[entry]\nsignal = \"breakout\"\nlookback = \"4 bars\"\nside = \"both\"\n\
    [exit]\nstop = { at = \"support\", buffer = \"0.4%\", otherwise = \"6%\" }\n\
    target = { at = \"resistance\", otherwise = \"9%\" }\ntime = \"8 bars\"\n\
    [size]\nfraction = \"40%\"\n[cost]\nfee = \"10 bps\"\nslippage = \"5 bps\"\n";

/// A plan whose entries wait for their price, with a ladder of targets and a stop that follows.
pub(crate) const WAITING: &str = "name = \"waiting\"\ntimeframe = \"1d\"\nuniverse = \"all\"\nclock = \"observed\"\n\
    [levels]\nswing_bars = 2\n\
    [entry]\nsignal = \"breakout\"\nlookback = \"4 bars\"\nside = \"both\"\n\
    order = { limit = \"1%\", expire = \"4 bars\" }\n\
    [exit]\nstop = { distance = \"6%\" }\n\
    target = [{ distance = \"3%\", share = \"50%\" }, { distance = \"8%\", share = \"50%\" }]\n\
    trail = { distance = \"7%\" }\n\
    [size]\nfraction = \"40%\"\n[cost]\nfee = \"10 bps\"\nslippage = \"5 bps\"\n";

/// The plan, with signals of a file.
pub(crate) fn of_a_file(name: &str) -> String {
    let breakout = "signal = \"breakout\"\nlookback = \"4 bars\"";
    assert!(PLAN.contains(breakout));
    PLAN.replace(
        breakout,
        &format!("signal = \"file\"\nfile = \"{name}.csv\""),
    )
}

pub(crate) fn journal(program: &Program, name: &str) -> String {
    let path = program.path("lake/paper").join(name).join("journal.jsonl");
    std::fs::read_to_string(path).unwrap()
}

/// The lines of a journal, each held against the schema.
#[track_caller]
pub(crate) fn lines(program: &Program, name: &str) -> Vec<Json> {
    let lines: Vec<Json> = journal(program, name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        schema::assert_satisfies("paper-journal", line);
    }
    lines
}

pub(crate) fn of_kind<'l>(lines: &'l [Json], kind: &str) -> Vec<&'l Json> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

/// The account's orders are those of a backtest of its plan over the same span, byte for byte; how many there are.
#[track_caller]
pub(crate) fn is_the_backtest(program: &Program, name: &str, moment: &str) -> usize {
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
