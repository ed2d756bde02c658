//! `highwater backtest`: plans, results, and their evidence.

use crate::{run::Program, schema};

/// Five hundred days of a wave with a slow drift: turns for levels, and room for stops and targets.
fn wave() -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    let price =
        |day: i32| 100.0 + 20.0 * (f64::from(day) / 9.0).sin() + 6.0 * (f64::from(day) / 3.3).cos();
    for day in 0..500 {
        let (open, close) = (price(day), price(day + 1));
        let (high, low) = (open.max(close) + 1.0, open.min(close) - 1.0);
        let time = 1_600_000_000 - 1_600_000_000 % 86_400 + 86_400 * i64::from(day);
        text.push_str(&format!("{time},{open},{high},{low},{close},10\n"));
    }
    text
}

fn with_bars() -> Program {
    let program = Program::new();
    program.file("bars.csv", &wave());
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "WAVE",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .ok();
    program
}

#[test]
fn the_printed_plan_is_a_plan() {
    let program = with_bars();
    let plan = program.run(&["backtest", "init"]).ok().stdout;
    assert!(plan.contains('#'), "it is explained: {plan}");
    program.file("plan.toml", &plan);
    let run = program.run(&["backtest", "plan.toml", "--lake", "lake", "--out", "out"]);
    // The template names symbols that this lake may not hold; it must never be refused as a plan.
    assert!(!run.stderr.contains("plan.toml, line"), "{run:?}");
}

#[test]
fn a_misspelt_field_is_refused_with_the_right_one() {
    let program = with_bars();
    let plan = program.run(&["backtest", "init"]).ok().stdout;
    program.file("plan.toml", &plan.replace("buffer", "bufer"));
    program
        .run(&["backtest", "plan.toml", "--lake", "lake", "--out", "out"])
        .fails(2, &["plan.toml", "line", "bufer", "`buffer`"]);
    assert!(!program.path("out").exists(), "nothing is written");
}

#[test]
fn a_plan_that_is_not_there_is_named() {
    with_bars()
        .run(&["backtest", "no.toml", "--lake", "lake", "--out", "out"])
        .fails(2, &["no.toml"]);
}

#[test]
fn a_plan_over_imported_bars_leaves_six_files_and_the_same_bytes_each_time() {
    let program = with_bars();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    let run = |out: &str| {
        program
            .run(&[
                "backtest", plan, "--lake", "lake", "--out", out, "--format", "json",
            ])
            .ok()
    };
    let summary = run("one").json();
    schema::assert_satisfies("backtest-summary", &summary);
    assert!(summary["trades"].as_u64().unwrap() > 5, "{summary}");
    run("two");
    for name in [
        "trades.parquet",
        "orders.parquet",
        "positions.parquet",
        "equity.parquet",
        "summary.json",
        "manifest.json",
    ] {
        let read = |out: &str| std::fs::read(program.path(out).join(name)).unwrap();
        assert_eq!(read("one"), read("two"), "{name}");
    }
    let manifest = std::fs::read_to_string(program.path("one/manifest.json")).unwrap();
    assert!(
        !manifest.contains(program.folder().to_str().unwrap()),
        "a manifest names no path: {manifest}"
    );
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    schema::assert_satisfies("backtest-manifest", &manifest);
    for field in [
        "version",
        "plan_hash",
        "view_hash",
        "clock",
        "counts",
        "convention",
    ] {
        assert!(!manifest[field].is_null(), "{field} in {manifest}");
    }
}

#[test]
fn a_verbose_replay_says_how_it_searched() {
    let program = with_bars();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    let backtest = ["backtest", plan, "--lake", "lake", "--out", "out"];
    let run = |more: &[&str]| program.run(&[&backtest, more].concat()).ok();
    let said = run(&["-v"]).stderr;
    // So few bars are looked at in turn.
    assert!(said.contains("search=\"scan\""), "{said}");
    assert!(!run(&[]).stderr.contains("scan"), "nobody asked");
}

#[test]
fn bars_of_tomorrow_change_no_trade_that_ended_today() {
    // The same history, cut at a day: trades that ended before the cut are the same to the last bit.
    let whole = with_bars();
    let cut = Program::new();
    let bars: Vec<&str> = Vec::from_iter(wave().leak().lines().take(401));
    cut.file("bars.csv", &format!("{}\n", bars.join("\n")));
    cut.run(&[
        "import",
        "bars.csv",
        "--symbol",
        "WAVE",
        "--timeframe",
        "1d",
        "--lake",
        "lake",
    ])
    .ok();
    let last = 1_600_000_000 - 1_600_000_000 % 86_400 + 86_400 * 399;
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    let pages = |program: &Program| {
        program
            .run(&["report", "--plan", plan, "--lake", "lake", "--out", "site"])
            .ok();
        program
            .run(&[
                "backtest", plan, "--lake", "lake", "--out", "out", "--format", "json",
            ])
            .ok()
            .json()
    };
    let (short, long) = (pages(&cut), pages(&whole));
    assert!(short["trades"].as_u64() <= long["trades"].as_u64());
    assert!(short["trades"].as_u64() > Some(5));
    // Levels of a past moment do not know what came after it.
    let at = (last + 86_400).to_string();
    let levels = |program: &Program| {
        let as_of = highwater::market::Timestamp::from_seconds(at.parse().unwrap()).to_string();
        program
            .run(&[
                "levels", "--symbol", "WAVE", "--lake", "lake", "--as-of", &as_of, "--format",
                "csv",
            ])
            .ok()
            .stdout
    };
    assert_eq!(levels(&cut), levels(&whole));
}

#[test]
fn a_plan_without_a_signal_says_so_and_gives_no_figures() {
    let program = with_bars();
    let plan = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/plans/vendor-signals.toml"
    );
    let run = program
        .run(&[
            "backtest", plan, "--lake", "lake", "--out", "out", "--format", "json",
        ])
        .ok();
    let summary = run.json();
    schema::assert_satisfies("backtest-summary", &summary);
    assert_eq!(summary["trades"], 0);
    assert!(summary["total_return"].is_null(), "{summary}");
    assert!(summary["metrics"].is_null(), "{summary}");
    assert!(run.stderr.contains("no trade"), "{run:?}");
}

#[test]
fn every_form_of_the_summary_carries_the_same_numbers() {
    let program = with_bars();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    let run = |format: &str| {
        program
            .run(&[
                "backtest", plan, "--lake", "lake", "--out", "out", "--format", format,
            ])
            .ok()
            .stdout
    };
    let json: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    let csv = run("csv");
    let [header, row] = csv.lines().collect::<Vec<_>>()[..] else {
        panic!("a header and a row: {csv}");
    };
    // No field of this row is quoted but the plan's name, which comes first and holds commas.
    let fields: Vec<&str> = row.rsplit(',').collect();
    let names: Vec<&str> = header.rsplit(',').collect();
    let number = |name: &str| {
        let place = names.iter().position(|other| *other == name);
        let text = fields[place.unwrap_or_else(|| panic!("{name} in {header}"))];
        text.parse::<f64>()
            .unwrap_or_else(|error| panic!("{name} is `{text}`: {error}"))
    };
    let chosen = &json["scenarios"]["chosen"];
    for (name, value) in [
        ("total_return", &json["total_return"]),
        ("final_equity", &json["final_equity"]),
        ("win_rate", &json["win_rate"]),
        ("fees", &json["fees"]),
        ("trades", &json["trades"]),
        ("absolute_pnl", &chosen["absolute_pnl"]),
        ("doubtful_share", &chosen["doubtful_share"]),
        ("exits_end_of_data", &json["exits"]["end-of-data"]),
        ("signals_entered", &json["counts"]["entered"]),
        ("equity_sharpe", &json["metrics"]["metrics"]["sharpe"]),
    ] {
        assert_eq!(number(name), value.as_f64().unwrap_or(0.0), "{name}");
    }
    assert!(!csv.contains('%'), "{csv}");
    let table = run("table");
    assert!(
        !table.contains("(crypto)") && !table.contains("-0.00 %"),
        "{table}"
    );
    assert!(table.contains("Sharpe ratio"), "{table}");
    let parquet = program
        .command(&[
            "backtest", plan, "--lake", "lake", "--out", "out", "--format", "parquet",
        ])
        .output()
        .unwrap();
    assert!(parquet.stdout.starts_with(b"PAR1"));
}

/// A lake with two months of one token, in which the bar of one day has its high below its low, as a server may send.
fn with_an_impossible_bar() -> Program {
    use highwater::{
        lake::Lake,
        market::{Answer, Row, Scope, Source, Timeframe, Timestamp, TokenId, Value, tables},
    };
    let program = Program::new();
    let start: Timestamp = "2024-01-01".parse().unwrap();
    let observed_at = start.plus_days(100);
    let answer = |table, rows| Answer {
        table,
        source: Source::import(),
        scope: Scope::Token(TokenId(1)),
        asked: None,
        observed_at,
        whole: true,
        rows,
    };
    let row = |event_time, values: Vec<Value>| Row {
        event_time,
        values,
        extra: None,
    };
    let named = ["ODD", "Odd"].map(|text| Value::Text(text.to_owned()));
    let token = row(
        observed_at,
        named
            .into_iter()
            .chain([Value::Null, Value::Null])
            .collect(),
    );
    let bars = (0..60).map(|day| {
        let price = 100.0 + day as f64;
        let (high, low) = if day == 30 {
            (1.0, 2.0)
        } else {
            (price + 1.0, price - 1.0)
        };
        row(
            start.plus_days(day),
            [price, high, low, price, 1.0].map(Value::Float).to_vec(),
        )
    });
    Lake::create(program.path("lake"))
        .unwrap()
        .writer()
        .unwrap()
        .store(&[
            answer(&tables::TOKENS, vec![token]),
            answer(tables::bars(Timeframe::D1), bars.collect()),
        ])
        .unwrap();
    program
}

#[test]
fn impossible_bars_are_said_wherever_their_token_is_used() {
    let program = with_an_impossible_bar();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    let words = "1 row of the lake is no possible bar and was left out: the high is below the low (1); of ODD";
    let backtest = ["backtest", plan, "--out", "out", "--quiet"];
    for arguments in [
        &backtest[..],
        &[&backtest[..], &["--format", "json"]].concat(),
        &["metrics", "--quiet"],
        &["metrics", "--quiet", "--format", "csv"],
        &["levels", "--quiet", "--symbol", "ODD"],
        &["report", "--quiet", "--out", "site", "--plan", plan],
    ] {
        let run = program.run(arguments).ok();
        assert!(run.stderr.contains(words), "{arguments:?}: {run:#?}");
    }
    let table = program.run(&backtest).stdout;
    assert!(
        table.contains("rows left out: the high is below the low"),
        "{table}"
    );
    let read = |name: &str| std::fs::read_to_string(program.path(name)).unwrap();
    for name in ["backtest-summary", "backtest-manifest"] {
        let file = format!("out/{}.json", name.strip_prefix("backtest-").unwrap());
        let document: serde_json::Value = serde_json::from_str(&read(&file)).unwrap();
        schema::assert_satisfies(name, &document);
        assert_eq!(document["rows_left_out"]["the high is below the low"], 1);
    }
    for entry in std::fs::read_dir(program.path("site")).unwrap() {
        let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(page.contains(words));
    }
}

#[test]
fn every_token_means_each_once_although_several_sources_have_one() {
    let program = with_bars();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "WAVE",
            "--timeframe",
            "1d",
            "--source",
            "elsewhere",
        ])
        .ok();
    let backtest = |sources: &[&str]| {
        let mut arguments = vec!["backtest", plan, "--out", "out", "--format", "json"];
        for source in sources {
            arguments.extend(["--source", source]);
        }
        program.run(&arguments)
    };
    let says = ["WAVE", "elsewhere", "import", "--source", "universe"];
    backtest(&[]).fails(1, &says);
    assert!(!program.path("out").exists(), "nothing is written");
    program
        .run(&["report", "--out", "site", "--plan", plan])
        .fails(1, &says);
    let one = backtest(&["import"]).ok().json();
    assert_eq!(one["symbols"], serde_json::json!(["WAVE"]));
    let preferred = backtest(&["import", "elsewhere"]).ok().json();
    assert_eq!(preferred, one);
    // A list of metrics shows both, each with its source.
    let table = program.run(&["metrics"]).ok().stdout;
    assert!(
        table.contains("WAVE (import)") && table.contains("WAVE (elsewhere)"),
        "{table}"
    );
}

#[test]
fn a_lake_without_a_fitting_bar_says_what_to_do() {
    let program = with_bars();
    let plan = program.file(
        "hours.toml",
        &include_str!("../../data/plans/breakout.toml").replace("\"1d\"", "\"1h\""),
    );
    program
        .run(&["backtest", plan.to_str().unwrap(), "--out", "out"])
        .fails(
            1,
            &["no token of the lake has a bar of 1h", "highwater lake ls"],
        );
}

#[test]
fn a_field_of_the_plan_can_be_set_and_a_wrong_one_is_refused() {
    let program = with_bars();
    let plan = include_str!("../../data/plans/breakout.toml");
    program.file("plan.toml", plan);
    let trades = |more: &[&str]| {
        let mut arguments = vec!["backtest", "plan.toml", "--lake", "lake", "--out", "out"];
        arguments.extend(["--format", "json"]);
        arguments.extend(more);
        program.run(&arguments).ok().json()
    };
    let (plain, set) = (trades(&[]), trades(&["--set", "cash.initial=5000"]));
    assert_eq!(set["initial_cash"], 5000.0);
    assert_ne!(plain["initial_cash"], set["initial_cash"]);
    // As if it stood in the file.
    program.file("plan.toml", &format!("{plan}\n"));
    let twice = trades(&["--set", "cash.initial=1", "--set", "cash.initial=5000"]);
    assert_eq!(twice, set, "the last one holds");
    let refused = |set: &str, says: &[&str]| {
        program
            .run(&[
                "backtest",
                "plan.toml",
                "--lake",
                "lake",
                "--out",
                "out",
                "--set",
                set,
            ])
            .fails(2, says);
    };
    refused(
        "cash.inital=5",
        &["--set cash.inital=5", "inital", "`initial`"],
    );
    refused("cash.initial", &["there is no `=`"]);
    refused("name.first=5", &["`name` holds no fields"]);
    refused("exit.stop.buffer=0.4", &["--set exit.stop.buffer=0.4"]);
}

#[test]
fn a_result_is_reproduced_from_its_manifest_byte_for_byte() {
    let program = with_bars();
    program.file("plan.toml", include_str!("../../data/plans/breakout.toml"));
    program
        .run(&[
            "backtest",
            "plan.toml",
            "--lake",
            "lake",
            "--out",
            "out",
            "--set",
            "cash.initial=777",
        ])
        .ok();
    let again = ["backtest", "--from", "out/manifest.json", "--lake", "lake"];
    let run = program.run(&again).ok();
    assert!(
        run.stderr
            .contains("equal: trades, orders, positions, equity, summary and manifest"),
        "{}",
        run.stderr
    );

    // A file that was touched is named.
    let summary = program.path("out/summary.json");
    let text = std::fs::read_to_string(&summary).unwrap();
    std::fs::write(&summary, text.replace("777", "778")).unwrap();
    program
        .run(&again)
        .fails(1, &["not equal: summary.json differ"]);
    std::fs::write(&summary, text).unwrap();
    program.run(&again).ok();

    // Another row in the lake is another view.
    program.file(
        "more.csv",
        &wave()
            .lines()
            .take(2)
            .collect::<Vec<_>>()
            .join("\n")
            .replace("1599955200", "1699920000"),
    );
    program
        .run(&[
            "import",
            "more.csv",
            "--symbol",
            "WAVE",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .ok();
    program
        .run(&again)
        .fails(1, &["view_hash", "manifest.json"]);

    // A plan that was altered is not the one that was run.
    let manifest = program.path("out/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("777", "70")).unwrap();
    program
        .run(&again)
        .fails(2, &["manifest.json", "plan_hash"]);
    program
        .run(&["backtest", "--from", "out/summary.json", "--lake", "lake"])
        .fails(2, &["summary.json", "no field `plan_text`"]);
}

#[test]
fn a_replay_is_proven_on_the_users_own_data() {
    let program = with_bars();
    program.file("plan.toml", include_str!("../../data/plans/breakout.toml"));
    let run = program
        .run(&[
            "backtest",
            "plan.toml",
            "--lake",
            "lake",
            "--out",
            "out",
            "--prove",
        ])
        .ok();
    assert!(
        run.stderr.contains("proof: replayed at 500 instants"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("all as in the full run"),
        "{}",
        run.stderr
    );
    let proof: serde_json::Value =
        serde_json::from_slice(&std::fs::read(program.path("out/proof.json")).unwrap()).unwrap();
    schema::assert_satisfies("backtest-proof", &proof);
    assert!(proof["decisions"].as_u64().unwrap() > 10, "{proof}");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(program.path("out/manifest.json")).unwrap()).unwrap();
    assert_eq!(proof["plan_hash"], manifest["plan_hash"]);
    // A new result has no proof but its own.
    program
        .run(&["backtest", "plan.toml", "--lake", "lake", "--out", "out"])
        .ok();
    assert!(!program.path("out/proof.json").exists());
}

#[test]
fn a_token_that_the_plan_names_must_have_bars() {
    let program = with_bars();
    program.file("plan.toml", include_str!("../../data/plans/breakout.toml"));
    program.file("hours.csv", "timestamp,open,high,low,close\n2024-01-01T00:00:00Z,1,1,1,1\n2024-01-01T01:00:00Z,1,1,1,1\n");
    program
        .run(&[
            "import",
            "hours.csv",
            "--symbol",
            "BARE",
            "--timeframe",
            "1h",
            "--lake",
            "lake",
        ])
        .ok();
    program
        .run(&[
            "backtest",
            "plan.toml",
            "--lake",
            "lake",
            "--out",
            "out",
            "--set",
            "universe=[\"WAVE\",\"BARE\"]",
        ])
        .fails(1, &["BARE", "has no bar of 1d"]);
    program
        .run(&["metrics", "--symbol", "WAVE,BARE", "--lake", "lake"])
        .fails(1, &["no return to measure of BARE"]);
}

#[test]
fn of_several_finer_timeframes_the_one_that_covers_most_decides() {
    // One hour holds stop and target; its minutes reach the target first. Five-minute bars of another hour cover less.
    let begin = 1_600_000_000 - 1_600_000_000 % 86_400;
    let row = |second: i64, [open, high, low, close]: [f64; 4]| {
        format!("{},{open},{high},{low},{close},10\n", begin + second)
    };
    let head = "timestamp,open,high,low,close,volume\n";
    let flat = [100.0; 4];
    let hours: String = (0..6)
        .map(|hour| match hour {
            3 => row(3 * 3600, [100.0, 106.0, 94.0, 100.0]),
            _ => row(hour * 3600, flat),
        })
        .collect();
    let minutes: String = (0..60)
        .map(|minute| {
            let bar = match minute {
                10 => [100.0, 106.0, 100.0, 100.0],
                20 => [100.0, 100.0, 94.0, 100.0],
                _ => flat,
            };
            row(3 * 3600 + 60 * minute, bar)
        })
        .collect();
    let fives: String = (0..6).map(|five| row(300 * five, flat)).collect();
    let program = Program::new();
    program.file(
        "signals.csv",
        &format!("time,symbol,signal\n{},TICK,1\n", begin + 3600),
    );
    program.file(
        "plan.toml",
        "name = \"finer\"\ntimeframe = \"1h\"\nuniverse = [\"TICK\"]\n\
         [entry]\nsignal = \"file\"\nfile = \"signals.csv\"\nlag = \"1h\"\nside = \"long\"\n\
         [exit]\nstop = { distance = \"5%\" }\ntarget = { distance = \"5%\" }\n\
         [size]\nfraction = \"10%\"\n[cost]\nfee = \"0%\"\nslippage = \"0%\"\n",
    );
    let import = |name: &str, rows: &str, timeframe: &str| {
        program.file(name, &format!("{head}{rows}"));
        let symbol = ["import", name, "--symbol", "TICK", "--lake", "lake"];
        program
            .run(&[&symbol[..], &["--timeframe", timeframe]].concat())
            .ok();
    };
    let exit = || {
        let summary = program
            .run(&[
                "backtest",
                "plan.toml",
                "--lake",
                "lake",
                "--out",
                "out",
                "--format",
                "json",
            ])
            .ok()
            .json();
        (
            summary["exits"].clone(),
            summary["scenarios"]["chosen"]["doubtful_trades"].clone(),
        )
    };
    import("hours.csv", &hours, "1h");
    assert_eq!(exit(), (serde_json::json!({ "stop": 1 }), 1.into()));
    import("fives.csv", &fives, "5m");
    assert_eq!(exit(), (serde_json::json!({ "stop": 1 }), 1.into()));
    import("minutes.csv", &minutes, "1m");
    assert_eq!(exit(), (serde_json::json!({ "target": 1 }), 0.into()));
}
