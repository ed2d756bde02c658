//! `highwater backtest` with gates and with universes that change, over a lake that was filled day by day.

use highwater::{
    lake::Lake,
    market::{
        Answer, Row, Scope, Source, Table, Timeframe, Timestamp, TokenId, Value, Value::Float,
        tables,
    },
};
use serde_json::json;

use crate::{run::Program, schema};

const DAYS: i64 = 60;

fn day(n: i64) -> Timestamp {
    "2024-01-01".parse::<Timestamp>().unwrap().plus_days(n)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The answers of one source about one token, each seen when the day of its row is over.
struct Token {
    id: i64,
    symbol: &'static str,
    answers: Vec<Answer>,
}

impl Token {
    fn new(id: i64, symbol: &'static str) -> Self {
        Self {
            id,
            symbol,
            answers: Vec::new(),
        }
    }

    fn scope(&self) -> Scope {
        Scope::Token(TokenId(self.id))
    }

    fn said(mut self, table: &'static Table, n: i64, values: Vec<Value>) -> Self {
        let scope = self.scope();
        self.answers.push(answer(table, scope, n, vec![values]));
        self
    }

    fn listed(self, n: i64, categories: &str) -> Self {
        let values = vec![
            text(self.symbol),
            text(self.symbol),
            text(categories),
            Value::Null,
        ];
        self.said(&tables::TOKENS, n, values)
    }

    /// Bars that move by a share a day, with a small wave, and this much volume; and no news but on these days.
    fn lived(mut self, growth: f64, volume: f64, grade: f64, events: &[i64]) -> Self {
        let price = |n: i64| 100.0 * growth.powi(n as i32) * (1.0 + 0.01 * (n as f64).sin());
        for n in 0..DAYS {
            let (open, close) = (price(n), price(n + 1));
            let (high, low) = (open.max(close) * 1.001, open.min(close) * 0.999);
            let bar = [open, high, low, close, volume].map(Float).to_vec();
            self = self.said(tables::bars(Timeframe::D1), n, bar);
            let event = i64::from(events.contains(&n));
            let mut row = vec![Value::Int(event), Value::Int(1)];
            row.resize(tables::SIGNALS.columns.len(), Value::Null);
            self = self.said(&tables::SIGNALS, n, row);
            let mut row = vec![Float(grade)];
            row.resize(tables::GRADES.columns.len(), Value::Null);
            self = self.said(&tables::GRADES, n, row);
        }
        self
    }

    fn sharpe(self, n: i64, sharpe: f64) -> Self {
        let values = tables::QUANTMETRICS
            .columns
            .iter()
            .map(|column| match column.name {
                "sharpe" => Float(sharpe),
                _ => Value::Null,
            });
        let values = values.collect();
        self.said(&tables::QUANTMETRICS, n, values)
    }
}

fn answer(table: &'static Table, scope: Scope, n: i64, rows: Vec<Vec<Value>>) -> Answer {
    Answer {
        table,
        source: Source::import(),
        scope,
        asked: None,
        observed_at: day(n + 1),
        whole: true,
        rows: rows
            .into_iter()
            .map(|values| Row {
                event_time: day(n),
                values,
                extra: None,
            })
            .collect(),
    }
}

fn moonshots(n: i64, symbols: &[&str]) -> Answer {
    let row = |symbol: &&str| {
        let values = tables::MOONSHOTS
            .columns
            .iter()
            .map(|column| match column.name {
                "symbol" => text(symbol),
                _ => Value::Null,
            });
        values.collect()
    };
    let rows = symbols.iter().map(row).collect();
    answer(
        &tables::MOONSHOTS,
        Scope::Named("active".to_owned()),
        n,
        rows,
    )
}

/// UP rises and is graded 80, DOWN falls and is graded 30. Both have events on days 20, 30, 40 and 50. DOWN is listed as
/// DeFi from day 25 on, and is a moonshot from day 35 to day 44. UP is traded more until day 60.
fn filled() -> Program {
    let program = Program::new();
    let defi = r#"[{"category_id":1,"category_name":"DeFi","category_slug":"defi"}]"#;
    let events = [20, 30, 40, 50];
    let tokens = [
        Token::new(1, "UP")
            .listed(0, "[]")
            .lived(1.01, 50.0, 80.0, &events)
            .sharpe(0, 2.0)
            .sharpe(45, 0.25),
        Token::new(2, "DOWN")
            .listed(0, "[]")
            .listed(25, defi)
            .lived(0.99, 10.0, 30.0, &events)
            .sharpe(0, -1.0),
    ];
    let mut answers: Vec<Answer> = tokens.into_iter().flat_map(|token| token.answers).collect();
    answers.extend([moonshots(35, &["DOWN"]), moonshots(44, &["OTHER"])]);
    answers.sort_by_key(|answer| answer.observed_at);
    let lake = Lake::create(program.path("lake")).unwrap();
    lake.writer().unwrap().store(&answers).unwrap();
    program
}

fn plan(program: &Program, clock: &str, universe: &str, gates: &[&str]) {
    program.file(
        "plan.toml",
        &format!(
            "name = \"gated\"\ntimeframe = \"1d\"\nclock = {clock:?}\nuniverse = {universe}\n\
             [entry]\nside = \"long\"\nonly_if = {gates:?}\n[exit]\ntime = \"3 bars\"\n\
             [size]\nfraction = \"10%\"\n[cost]\nfee = \"0%\"\nslippage = \"0%\"\n"
        ),
    );
}

const RUN: [&str; 10] = [
    "backtest",
    "plan.toml",
    "--lake",
    "lake",
    "--out",
    "out",
    "--format",
    "json",
    "--prove",
    "--quiet",
];

/// The summary of a plan, whose replay was proven not to look ahead, and comes out again from its manifest.
#[track_caller]
fn summary(program: &Program) -> serde_json::Value {
    let summary = program.run(&RUN).ok().json();
    schema::assert_satisfies("backtest-summary", &summary);
    let proof = std::fs::read_to_string(program.path("out/proof.json")).unwrap();
    let proof: serde_json::Value = serde_json::from_str(&proof).unwrap();
    assert_eq!(proof["disagreements"], json!([]));
    program
        .run(&["backtest", "--from", "out/manifest.json", "--lake", "lake"])
        .ok();
    summary
}

fn counts(summary: &serde_json::Value) -> [u64; 4] {
    ["entered", "not_in_universe", "gated", "gate_undefined"]
        .map(|fate| summary["counts"][fate].as_u64().unwrap())
}

#[test]
fn gates_keep_entries_out_and_each_says_how_many() {
    let program = filled();
    let gates = [
        "return(25 bars) >= 0%",
        "grade(trader) >= 60",
        "to_resistance >= 0%",
        "drawdown(31d) <= 40%",
    ];
    plan(&program, "published", "\"all\"", &gates);
    let found = summary(&program);
    // Of UP the events of days 40 and 50; those before have too few bars behind them.
    assert_eq!(counts(&found), [2, 0, 3, 3]);
    assert_eq!(
        found["counts"]["gates"],
        json!([
            { "gate": gates[0], "shut": 3, "undefined": 2 },
            { "gate": gates[1], "shut": 0, "undefined": 0 },
            { "gate": gates[2], "shut": 0, "undefined": 0 },
            // When day 30 is over there are 31 closes, which span 30 days.
            { "gate": gates[3], "shut": 0, "undefined": 1 },
        ])
    );
    let manifest = std::fs::read_to_string(program.path("out/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    schema::assert_satisfies("backtest-manifest", &manifest);
    assert_eq!(manifest["counts"], found["counts"]);
    assert_eq!(manifest["lags"]["signals"], "1d");
    assert_eq!(manifest["lags"]["grades"], "1d");
    let table = program.run(&RUN[..6]).ok().stdout;
    assert!(
        table.contains("kept out by return(25 bars) >= 0%"),
        "{table}"
    );
    let csv = program.run(&[&RUN[..7], &["csv"]].concat()).ok().stdout;
    assert!(csv.contains("signals_gate_undefined"), "{csv}");
}

#[test]
fn what_the_vendor_says_counts_from_when_it_was_seen() {
    let program = filled();
    plan(&program, "observed", "\"all\"", &["vendor(sharpe) >= 0.5"]);
    let found = summary(&program);
    // UP falls to 0.25 as of day 45, before the event of day 50.
    assert_eq!(counts(&found), [3, 0, 5, 0]);

    plan(&program, "observed", "{ sector = \"DEFI\" }", &[]);
    assert_eq!(counts(&summary(&program)), [3, 5, 0, 0]);

    plan(&program, "observed", "{ moonshots = true }", &[]);
    assert_eq!(counts(&summary(&program)), [1, 7, 0, 0]);
}

#[test]
fn the_tokens_that_rank_highest_are_traded() {
    let program = filled();
    for (by, order, symbol) in [
        ("volume", "highest", "UP"),
        ("volume", "lowest", "DOWN"),
        ("return", "highest", "UP"),
        ("grade(trader)", "lowest", "DOWN"),
    ] {
        let universe = format!(
            "{{ top = 1, by = \"{by}\", window = \"10d\", every = \"5 bars\", order = \"{order}\" }}"
        );
        plan(&program, "published", &universe, &[]);
        let found = summary(&program);
        assert_eq!(counts(&found), [4, 4, 0, 0], "{by}");
        // Bars of all are read, the best alone are traded.
        assert_eq!(found["symbols"], json!(["DOWN", "UP"]));
        let gained = found["total_return"].as_f64().unwrap() > 0.0;
        assert_eq!(gained, symbol == "UP", "{by} {order}");
    }
}

#[test]
fn gates_and_universes_that_cannot_be_are_refused() {
    let program = filled();
    for (clock, universe, gate, code, says) in [
        (
            "published",
            "\"all\"",
            "sharp(90d) >= 0.5",
            2,
            "did you mean `sharpe`?",
        ),
        (
            "published",
            "\"all\"",
            "vendor(sharpe) >= 0.5",
            2,
            "clock = \"observed\"",
        ),
        (
            "published",
            "{ sector = \"defi\" }",
            "return(1d) > 0%",
            2,
            "no dated past",
        ),
        (
            "observed",
            "{ sector = \"gaming\" }",
            "return(1d) > 0%",
            1,
            "listed in the sector `gaming`",
        ),
        (
            "observed",
            "{ moonshot = true }",
            "return(1d) > 0%",
            2,
            "did you mean `moonshots`?",
        ),
    ] {
        plan(&program, clock, universe, &[gate]);
        program.run(&RUN).fails(code, &[says, "hint"]);
        assert!(!program.path("out").exists(), "nothing is written");
    }
}
