//! `highwater backtest` over every kind of signal, from the lake, the bars and a file.

use highwater::{
    lake::Lake,
    market::{Answer, Row, Scope, Source, Table, Timeframe, Timestamp, TokenId, Value, tables},
};
use serde_json::Value as Json;

use crate::{run::Program, run::Run, schema};

const DAYS: i64 = 240;

fn day(n: i64) -> Timestamp {
    Timestamp::from_date(2024, 1, 1).unwrap().plus_days(n)
}

/// Open and close of a day: a wave with a ripple.
fn prices(n: i64) -> (f64, f64) {
    let price = |n: i64| 100.0 + 12.0 * (n as f64 / 8.0).sin() + 4.0 * (n as f64 / 1.3).sin();
    (price(n), price(n + 1))
}

fn answer(table: &'static Table, scope: Scope, observed_at: Timestamp, rows: Vec<Row>) -> Answer {
    Answer {
        table,
        source: Source::import(),
        scope,
        asked: None,
        observed_at,
        whole: true,
        rows,
    }
}

fn row(event_time: Timestamp, values: Vec<Value>) -> Row {
    Row {
        event_time,
        values,
        extra: None,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A row of a table with these columns, nothing in the others.
fn sparse(table: &Table, event_time: Timestamp, given: &[(&str, Value)]) -> Row {
    let value = |name: &str| given.iter().find(|(other, _)| *other == name);
    let columns = table.columns.iter();
    let values = columns.map(|column| value(column.name).map_or(Value::Null, |(_, v)| v.clone()));
    row(event_time, values.collect())
}

const TOKEN: Scope = Scope::Token(TokenId(1));

/// A lake with 240 days of the token WAVE, each bar seen when it closes, and these answers.
fn lake(answers: Vec<Answer>) -> Program {
    let program = Program::new();
    let named = [text("WAVE"), text("Wave coin"), Value::Null, Value::Null];
    let mut all = vec![answer(
        &tables::TOKENS,
        TOKEN,
        day(0),
        vec![row(day(0), named.to_vec())],
    )];
    all.extend((0..DAYS).map(|n| {
        let (open, close) = prices(n);
        let (high, low) = (open.max(close) + 0.5, open.min(close) - 0.5);
        let values = [open, high, low, close, 1.0].map(Value::Float).to_vec();
        let table = tables::bars(Timeframe::D1);
        answer(table, TOKEN, day(n + 1), vec![row(day(n), values)])
    }));
    all.extend(answers);
    Lake::create(program.path("lake"))
        .unwrap()
        .writer()
        .unwrap()
        .store(&all)
        .unwrap();
    program
}

/// Five minutes after the end of a day.
fn seen_after(n: i64) -> Timestamp {
    day(n + 1).plus_micros(300_000_000)
}

/// Plans of these signals, under a clock: without stops and targets, out on the opposite event alone.
fn plan(clock: &str, side: &str, entry: &str) -> String {
    format!(
        "name = \"signals\"\ntimeframe = \"1d\"\nuniverse = [\"WAVE\"]\nclock = \"{clock}\"\n\
         [levels]\nswing_bars = 2\n\
         [entry]\n{entry}\nside = \"{side}\"\n\
         [size]\nfraction = \"50%\"\n[cost]\nfee = \"10 bps\"\nslippage = \"0%\"\n"
    )
}

fn backtest(program: &Program, more: &[&str]) -> Run {
    let arguments = ["backtest", "plan.toml", "--lake", "lake", "--out", "out"];
    program.run(&[&arguments[..], &["--format", "json"], more].concat())
}

/// The summary of a plan that is proven not to look ahead, and that comes out of its manifest again.
#[track_caller]
fn proven(program: &Program, plan: &str) -> Json {
    program.file("plan.toml", plan);
    let run = backtest(program, &["--prove"]).ok();
    assert!(run.stderr.contains("all as in the full run"), "{run:#?}");
    let summary = run.json();
    schema::assert_satisfies("backtest-summary", &summary);
    for name in ["manifest", "proof"] {
        let document = document(program, name);
        schema::assert_satisfies(&format!("backtest-{name}"), &document);
    }
    let again = program.run(&["backtest", "--from", "out", "--lake", "lake"]);
    assert!(again.ok().stderr.contains("equal: trades"));
    summary
}

fn document(program: &Program, name: &str) -> Json {
    let path = program.path("out").join(format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Grades that follow the wave, a day each, seen five minutes after its end.
fn grades() -> Vec<Answer> {
    (0..DAYS)
        .map(|n| {
            let trader = 50.0 + 45.0 * (n as f64 / 8.0).cos();
            let given = [
                ("tm_grade", Value::Float(trader)),
                ("fundamental_grade", Value::Float(50.0)),
            ];
            let rows = vec![sparse(&tables::GRADES, day(n), &given)];
            answer(&tables::GRADES, TOKEN, seen_after(n), rows)
        })
        .collect()
}

#[test]
fn a_grade_that_crosses_trades_under_both_clocks() {
    let program = lake(grades());
    let entry = "signal = \"grade\"\ngrade = \"trader\"\nabove = 80\nbelow = 40";
    for clock in ["published", "observed"] {
        let summary = proven(&program, &plan(clock, "both", entry));
        // The wave has a period of 50 days: four times over 80 after the first, five times under 40.
        assert_eq!(summary["counts"]["signals"], DAYS, "{clock}");
        assert_eq!(summary["counts"]["entered"], 9, "{clock}: {summary}");
        assert_eq!(document(&program, "manifest")["lags"]["grades"], "1d");
        // The first grade is over 80 already: a state, and an event if the plan says so.
        let state = plan(clock, "both", &format!("{entry}\nstate = true"));
        assert_eq!(proven(&program, &state)["counts"]["entered"], 10);
    }
    let investor = plan("published", "both", &entry.replace("trader", "investor"));
    let summary = proven(&program, &investor);
    assert_eq!(summary["counts"]["entered"], 0, "the other grade stands");
}

#[test]
fn grades_of_tomorrow_change_no_trade_that_ended_today() {
    let cut = 150;
    let entry = "signal = \"grade\"\ngrade = \"trader\"\nabove = 80\nbelow = 40";
    let trades = |answers: Vec<Answer>| {
        let program = lake(answers);
        let plan = plan("published", "both", entry);
        program.file(
            "plan.toml",
            &plan.replace("[levels]", "[period]\nto = \"2024-05-29\"\n[levels]"),
        );
        let summary = backtest(&program, &[]).ok().json();
        (
            summary["trades"].clone(),
            std::fs::read(program.path("out/trades.parquet")).unwrap(),
        )
    };
    assert_eq!(day(cut - 1).date(), "2024-05-29");
    let mut other = grades();
    for answer in &mut other[cut as usize..] {
        answer.rows[0].values[0] = Value::Float(1.0);
    }
    let (whole, other) = (trades(grades()), trades(other));
    assert!(whole.0.as_u64().unwrap() > 4);
    assert_eq!(whole, other);
}

#[test]
fn moonshots_trade_as_they_were_seen_and_not_under_the_published_clock() {
    // Seen once a day at noon: listed on days 40 to 59 and 100 to 129, and one more token that shares nothing.
    let listed = |n: i64| (40..60).contains(&n) || (100..130).contains(&n);
    let answers = (20..200).map(|n| {
        let noon = day(n).plus_micros(43_200_000_000);
        let named = |symbol: &str| {
            let given = [("symbol", text(symbol)), ("name", text("Some coin"))];
            sparse(&tables::MOONSHOTS, day(20), &given)
        };
        let mut rows = vec![named("OTHER")];
        rows.extend(listed(n).then(|| named("WAVE")));
        let scope = Scope::Named("active".to_owned());
        answer(&tables::MOONSHOTS, scope, noon, rows)
    });
    let program = lake(answers.collect());
    let entry = "signal = \"moonshot\"";
    let summary = proven(&program, &plan("observed", "long", entry));
    // Five answers that differ: none, listed, none, listed, none.
    assert_eq!(summary["counts"]["signals"], 5, "{summary}");
    assert_eq!(summary["counts"]["entered"], 2);
    assert_eq!(summary["counts"]["exit_only"], 2);
    assert_eq!(summary["exits"]["opposite-event"], 2, "{summary}");
    // Of two tokens of one symbol, the name tells which is meant: the list speaks of the other.
    let other = Scope::Token(TokenId(2));
    let named = [text("WAVE"), text("Some coin"), Value::Null, Value::Null];
    Lake::open(program.path("lake"))
        .unwrap()
        .writer()
        .unwrap()
        .store(&[answer(
            &tables::TOKENS,
            other,
            day(0),
            vec![row(day(0), named.to_vec())],
        )])
        .unwrap();
    let by_id = plan("observed", "long", entry).replace("\"WAVE\"", "\"#1\"");
    assert_eq!(proven(&program, &by_id)["counts"]["entered"], 0);
    program.file("plan.toml", &plan("published", "long", entry));
    backtest(&program, &[]).fails(
        2,
        &["plan.toml", "line 4", "moonshots", "clock = \"observed\""],
    );
}

#[test]
fn hourly_signals_are_news_for_an_hour() {
    let hour = |n: i64| Timeframe::H1.micros() * n;
    let bars = |n: i64| {
        let (open, close) = prices(n / 24);
        let price = open + (close - open) * (n % 24) as f64 / 24.0;
        let values = [price, price + 0.5, price - 0.5, price, 1.0];
        row(
            day(0).plus_micros(hour(n)),
            values.map(Value::Float).to_vec(),
        )
    };
    let signals = |n: i64| {
        let signal = match n % 100 {
            10 => 1,
            60 => -1,
            _ => 0,
        };
        let given = [("signal", Value::Int(signal)), ("position", Value::Int(1))];
        sparse(&tables::HOURLY_SIGNALS, day(0).plus_micros(hour(n)), &given)
    };
    let seen = day(30);
    let program = lake(vec![
        answer(
            tables::bars(Timeframe::H1),
            TOKEN,
            seen,
            (0..600).map(bars).collect(),
        ),
        answer(
            &tables::HOURLY_SIGNALS,
            TOKEN,
            seen,
            (0..600).map(signals).collect(),
        ),
    ]);
    let entry = "signal = \"hourly\"";
    let hours = |clock: &str| plan(clock, "both", entry).replace("\"1d\"", "\"1h\"");
    let summary = proven(&program, &hours("published"));
    assert_eq!(summary["counts"]["signals"], 600);
    assert_eq!(summary["counts"]["entered"], 12, "{summary}");
    assert_eq!(
        document(&program, "manifest")["lags"]["hourly_signals"],
        "1h"
    );
    // Seen days later all at once, they are no news.
    program.file("plan.toml", &hours("observed"));
    let summary = backtest(&program, &[]).ok().json();
    assert_eq!(summary["counts"]["stale"], 12, "{summary}");
    // A lake without them says so.
    let bare = lake(Vec::new());
    bare.file("plan.toml", &plan("published", "both", entry));
    backtest(&bare, &[]).fails(1, &["no hourly trading signal", "signal = \"vendor\""]);
}

#[test]
fn every_event_at_a_level_trades_and_is_proven() {
    let program = lake(Vec::new());
    for (event, least) in [
        ("event = \"approach\"\nwithin = \"1%\"", 4),
        ("event = \"touch\"", 4),
        ("event = \"break\"", 4),
        ("event = \"break\"\nconfirm = \"2 bars\"", 2),
        ("event = \"bounce\"\nby = \"0.1%\"", 3),
        ("event = \"touch\"\nof = \"support\"", 1),
        ("event = \"touch\"\nmin_strength = 0.2", 1),
    ] {
        for clock in ["published", "observed"] {
            let plan = plan(clock, "both", &format!("signal = \"level\"\n{event}"));
            let summary = proven(&program, &plan);
            let entered = summary["counts"]["entered"].as_u64().unwrap();
            assert!(entered >= least, "{event}, {clock}: {summary}");
            // Every bar but the first says something, or that it says nothing.
            assert_eq!(summary["counts"]["signals"], DAYS - 1);
        }
    }
}

/// A file of signals a day each, from a day on: what `long` says of the day.
fn signal_file(days: std::ops::Range<i64>, long: impl Fn(i64) -> bool) -> String {
    let mut text = "time,symbol,signal\n".to_owned();
    for n in days {
        let signal = if long(n) { 1 } else { -1 };
        text.push_str(&format!("{},WAVE,{signal}\n", day(n).date()));
    }
    text
}

fn rises(n: i64) -> bool {
    let (open, close) = prices(n);
    close > open
}

const FILE: &str = "signal = \"file\"\nfile = \"mine/signals.csv\"\nlag = \"1d\"";

fn with_file(signals: &str) -> Program {
    let program = lake(Vec::new());
    std::fs::create_dir(program.path("mine")).unwrap();
    program.file("mine/signals.csv", signals);
    program.file("plan.toml", &plan("published", "both", FILE));
    program
}

#[test]
fn a_file_of_signals_is_replayed_and_pinned() {
    // Every tenth day, by turns: too few to tell anything of their lag.
    let signals = |days: i64| {
        let lines = signal_file(0..days, |n| n / 10 % 2 == 0);
        let tenth = lines.lines().step_by(10);
        let mut lines: Vec<&str> = tenth.collect();
        lines[0] = "time,symbol,signal";
        format!("{}\n", lines.join("\n"))
    };
    let program = with_file(&signals(DAYS));
    let summary = proven(&program, &plan("published", "both", FILE));
    assert!(summary["trades"].as_u64().unwrap() > 10, "{summary}");
    let manifest = document(&program, "manifest");
    let pin = &manifest["signal_file"];
    assert_eq!(pin["file"], "mine/signals.csv");
    assert_eq!(pin["rows"], 24);
    assert_eq!(pin["sha256"].as_str().unwrap().len(), 64);
    assert!(
        !manifest
            .to_string()
            .contains(program.folder().to_str().unwrap())
    );

    // From elsewhere, as long as the file lies beside the result's folder or in it.
    let elsewhere = program.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let from = [
        "backtest",
        "--from",
        "../out/manifest.json",
        "--lake",
        "../lake",
    ];
    let output = program
        .command(&from)
        .current_dir(&elsewhere)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");

    // A file that changed is said, though the trades be the same.
    let text = std::fs::read_to_string(program.path("mine/signals.csv")).unwrap();
    program.file("mine/signals.csv", &text.replace(",1\n", ",long\n"));
    program
        .run(&["backtest", "--from", "out/manifest.json", "--lake", "lake"])
        .fails(
            1,
            &["not equal: manifest.json differ", "signal_file", "sha256"],
        );
    std::fs::remove_file(program.path("mine/signals.csv")).unwrap();
    program
        .run(&["backtest", "--from", "out/manifest.json", "--lake", "lake"])
        .fails(2, &["mine/signals.csv", "is not there"]);

    // Rows that are known later change nothing before.
    program.file("mine/signals.csv", &signals(120));
    let until = |days: i64| {
        program.file("mine/signals.csv", &signals(days));
        let period = format!("period.to={}", day(119).date());
        backtest(&program, &["--set", &period]).ok();
        std::fs::read(program.path("out/trades.parquet")).unwrap()
    };
    assert_eq!(until(120), until(DAYS));
    // Nor do they exist for a reader of an earlier moment.
    let as_of = |days: i64| {
        program.file("mine/signals.csv", &signals(days));
        backtest(&program, &["--as-of", &day(110).to_string()])
            .ok()
            .json()
    };
    assert_eq!(as_of(110)["counts"], as_of(DAYS)["counts"]);
}

#[test]
fn a_file_that_knows_tomorrows_close_is_found_by_the_proof() {
    // Dated today, made of tomorrow's bar, and said to be known when today is over.
    let program = with_file(&signal_file(0..100, |n| rises(n + 1)));
    let run = backtest(&program, &["--prove"]).fails(
        1,
        &[
            "WAVE: the signal agrees with the return of the bar that had not closed yet in 100 of 100 cases",
            "with a lag of",
            "hint: declare the `lag`",
        ],
    );
    assert!(
        run.stderr.contains("all as in the full run"),
        "the engine is not to blame"
    );
    let proof = document(&program, "proof");
    schema::assert_satisfies("backtest-proof", &proof);
    assert_eq!(proof["publication"][0]["next"]["agree"], 100);
    assert_eq!(proof["holds"], false);
    // Quietly too the exit code is the verdict, and the error stays.
    backtest(&program, &["--prove", "--quiet"]).fails(1, &["error: the signals of the file agree"]);

    // The same file with the lag that it needs is plausible, and so is one made of today's bar.
    let honest = FILE.replace("lag = \"1d\"", "lag = \"2 bars\"");
    for (signals, entry) in [
        (signal_file(0..100, |n| rises(n + 1)), &honest[..]),
        (signal_file(0..100, |n| n * 7_919 % 13 < 6), FILE),
    ] {
        program.file("mine/signals.csv", &signals);
        program.file("plan.toml", &plan("published", "both", entry));
        let run = backtest(&program, &["--prove"]).ok();
        assert!(
            run.stderr
                .contains("the publication of the signals against the bars: WAVE"),
            "{run:#?}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_read_says_where_and_why() {
    let program = with_file("time,symbol,signal\n2024-02-01,WAVE,1\n2024-02-02,WAVE,up\n");
    backtest(&program, &[]).fails(
        2,
        &[
            "signals.csv",
            "row 2 (line 3), column `signal`: `up` is not a signal",
            "hint",
        ],
    );
    program.file("mine/signals.csv", "time,token,side\n2024-02-01,WAVE,1\n");
    backtest(&program, &[]).fails(2, &["no column for signal", "time, symbol and signal"]);
    program.file("mine/signals.csv", &signal_file(0..5, |_| true));
    program.file(
        "plan.toml",
        &plan("published", "both", &FILE.replace("lag = \"1d\"", "")),
    );
    backtest(&program, &[]).fails(
        2,
        &["nothing says when these signals were known", "lag = \"1d\""],
    );
    program.file(
        "plan.toml",
        &plan("published", "both", &FILE.replace("1d", "1")),
    );
    backtest(&program, &[]).fails(2, &["plan.toml: plan, line", "`1` has no unit", "\"1d\""]);
    program.file(
        "plan.toml",
        &plan(
            "published",
            "both",
            &FILE.replace("signals.csv", "none.csv"),
        ),
    );
    backtest(&program, &[]).fails(2, &["none.csv", "is not there", "plan's folder"]);
    assert!(!program.path("out").exists(), "nothing is written");

    // Tokens that nothing replays are named.
    let mixed = signal_file(0..5, |_| true) + "2024-02-01,GHOST,1\n";
    program.file("plan.toml", &plan("published", "both", FILE));
    program.file("mine/signals.csv", &mixed);
    let run = backtest(&program, &[]).ok();
    assert!(
        run.stderr.contains(
            "1 of the 6 rows of `mine/signals.csv` speak of tokens that are not replayed: GHOST"
        ),
        "{run:#?}"
    );
    program.file(
        "mine/signals.csv",
        "time,symbol,signal\n2024-02-01,wave,1\n",
    );
    backtest(&program, &[]).fails(
        1,
        &[
            "not replayed: wave",
            "replayed are WAVE",
            "for `wave` write `WAVE`",
        ],
    );
    // Of a few rows too.
    program.file(
        "mine/signals.csv",
        "time,symbol,signal\n2024-02-01,WAVE,1\n2024-02-02,Wave,-1\n2024-02-03,ghost,1\n",
    );
    let run = backtest(&program, &[]).ok();
    assert!(run.stderr.contains("for `Wave` write `WAVE`"), "{run:#?}");
}
