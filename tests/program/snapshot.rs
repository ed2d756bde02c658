//! `highwater snapshot` over real HTTP on loopback: what arrives, what is missing, and who sees the key.

use crate::{
    run::{Program, Run},
    schema,
    server::{Scripted, Served},
};

const KEY: &str = "tm-canary-7f3d9a52";

fn keyed() -> Program {
    Program::new().with_environment("HIGHWATER_API_KEY", KEY)
}

fn snapshot(program: &Program, url: &str, symbols: &str) -> Run {
    program.run(&[
        "snapshot",
        "--base-url",
        url,
        "--symbols",
        symbols,
        "--since",
        "2026-05-01",
        "--until",
        "2026-06-30",
        "--lake",
        "lake",
    ])
}

fn lake_rows(program: &Program) -> String {
    program
        .run(&["lake", "ls", "--lake", "lake", "--format", "csv"])
        .ok()
        .stdout
}

#[test]
fn a_snapshot_is_complete_and_a_second_one_adds_no_row() {
    let program = keyed();
    let server = Served::start(&program, &[]);
    let balance = program
        .run(&[
            "snapshot",
            "--base-url",
            &server.url,
            "--symbols",
            "BTC,ETH",
            "--since",
            "2026-05-01",
            "--until",
            "2026-06-30",
            "--lake",
            "lake",
            "--format",
            "json",
        ])
        .ok()
        .json();
    schema::assert_satisfies("snapshot", &balance);
    assert_eq!(balance["missing"], serde_json::json!([]));
    assert_eq!(
        balance["questions"]["asked"],
        balance["questions"]["answered"]
    );
    let metrics = program
        .run(&[
            "metrics", "--symbol", "BTC,ETH", "--window", "30d,all", "--lake", "lake", "--format",
            "json",
        ])
        .ok()
        .json();
    schema::assert_satisfies("metrics", &metrics);
    assert_eq!(metrics["series"].as_array().unwrap().len(), 4);
    for series in metrics["series"].as_array().unwrap() {
        assert!(series["metrics"]["sharpe"].is_number(), "{series}");
        assert!(
            series["source"] == "simulated",
            "what is simulated says so: {series}"
        );
    }
    let before = rows_by_table(&lake_rows(&program));
    assert!(
        before.iter().any(|row| row.starts_with("levels,")),
        "{before:?}"
    );
    snapshot(&program, &server.url, "BTC,ETH").ok();
    assert_eq!(rows_by_table(&lake_rows(&program)), before);
}

/// `table,source,rows,keys` of `lake ls`, without the coverage table: to have asked again is news, and is kept.
fn rows_by_table(csv: &str) -> Vec<String> {
    csv.lines()
        .filter(|line| !line.starts_with("coverage"))
        .map(|line| line.split(',').take(4).collect::<Vec<_>>().join(","))
        .collect()
}

#[test]
fn hourly_signals_are_brought_for_the_days_wanted() {
    let program = keyed();
    let server = Served::start(&program, &[]);
    let arguments = [
        "snapshot",
        "--base-url",
        &server.url,
        "--symbols",
        "BTC,ETH",
        "--endpoints",
        "hourly-trading-signals",
        "--since",
        "2026-05-01",
        "--until",
        "2026-06-30",
        "--intraday-days",
        "5",
        "--lake",
        "lake",
        "--format",
        "json",
    ];
    let run = program.run(&arguments).ok();
    assert!(run.stderr.contains("2026-06-26..2026-06-30"), "{run:?}");
    let balance = run.json();
    schema::assert_satisfies("snapshot", &balance);
    assert_eq!(balance["questions"]["answered"], 3, "{balance}");
    // 120 hours of each token lie on two pages, which hold 80 more.
    assert_eq!(balance["requests"], 1 + 2 * 2);
    assert_eq!(balance["tables"]["hourly_signals"]["new"], 2 * 200);
    let ls = lake_rows(&program);
    assert!(ls.contains("hourly_signals,simulated,400,400"), "{ls}");
}

#[test]
fn without_a_key_nothing_is_asked() {
    let server = Scripted::json("200 OK", r#"{"success":true,"data":[]}"#);
    let program = Program::new();
    snapshot(&program, &server.url, "BTC").fails(2, &["HIGHWATER_API_KEY"]);
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn a_wrong_key_is_said_once_and_never_shown() {
    let program = keyed();
    let server = Served::start(&program, &["--accept-key", "another"]);
    let run = snapshot(&program, &server.url, "BTC").fails(2, &["key"]);
    assert!(!run.stderr.contains(KEY), "{run:?}");
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::new();
    let path = program.file("key", KEY);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let arguments = [
        "snapshot",
        "--base-url",
        "http://127.0.0.1:9/v2",
        "--symbols",
        "BTC",
        "--key-file",
        "key",
    ];
    let run = program.run(&arguments).fails(2, &["chmod 600"]);
    assert!(!run.stderr.contains(KEY), "{run:?}");
}

#[test]
fn a_server_that_is_down_leaves_a_clear_word() {
    // Port 9 (discard) has no listener on loopback.
    snapshot(&keyed(), "http://127.0.0.1:9/v2", "BTC").fails(2, &["127.0.0.1:9"]);
}

#[test]
fn the_key_never_travels_in_the_clear_beyond_this_machine() {
    let run = snapshot(&keyed(), "http://api.example.com/v2", "BTC").fails(2, &["https"]);
    assert!(!run.stderr.contains(KEY), "{run:?}");
}

#[test]
fn server_errors_for_ever_end_and_name_the_endpoint() {
    for (name, server) in [
        (
            "500 for ever",
            Scripted::json("500 Internal Server Error", r#"{"success":false}"#),
        ),
        (
            "malformed JSON",
            Scripted::json("200 OK", r#"{"success":true,"da"#),
        ),
        (
            "a truncated body",
            Scripted::always(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\nconnection: close\r\n\r\n{\"success\":true,\"data\":[",
            ),
        ),
        (
            "HTML instead of JSON",
            Scripted::always(
                "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>",
            ),
        ),
    ] {
        let program = keyed();
        let run = snapshot(&program, &server.url, "BTC");
        assert!(run.code == 1 || run.code == 2, "{name}: {run:?}");
        assert!(run.stderr.contains("tokens"), "{name}: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{name}: {run:?}");
        assert!(
            server.requests().len() > 1,
            "{name}: what may pass is tried again"
        );
    }
}

#[test]
fn a_redirect_is_not_followed_and_the_key_stays_home() {
    let elsewhere = Scripted::json("200 OK", r#"{"success":true,"data":[]}"#);
    let home = Scripted::always(&format!(
        "HTTP/1.1 302 Found\r\nlocation: {}/tokens\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        elsewhere.url
    ));
    let run = snapshot(&keyed(), &home.url, "BTC");
    assert_ne!(run.code, 0, "{run:?}");
    assert!(!home.requests().is_empty());
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[test]
fn unknown_and_ambiguous_symbols_are_refused_with_candidates() {
    let program = keyed();
    let server = Served::start(&program, &[]);
    snapshot(&program, &server.url, "BTCC").fails(2, &["BTCC", "BTC"]);
}

#[test]
fn a_killed_snapshot_loses_nothing_and_the_next_one_completes() {
    let program = keyed();
    let server = Served::start(&program, &[]);
    for after_ms in [30, 90, 200, 400] {
        let mut child = program
            .command(&[
                "snapshot",
                "--base-url",
                &server.url,
                "--since",
                "2026-01-01",
                "--until",
                "2026-06-30",
                "--lake",
                "lake",
            ])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(after_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        if program.path("lake").exists() {
            let check = program.run(&["lake", "check", "--lake", "lake"]);
            assert!(
                check.code == 0 || check.stdout.contains("left over"),
                "{check:?}"
            );
        }
    }
    program
        .run(&[
            "snapshot",
            "--base-url",
            &server.url,
            "--since",
            "2026-01-01",
            "--until",
            "2026-06-30",
            "--lake",
            "lake",
        ])
        .ok();
    program.run(&["lake", "check", "--lake", "lake"]).ok();

    // The same market, snapshot without being killed, holds the same rows.
    let whole = keyed();
    whole
        .run(&[
            "snapshot",
            "--base-url",
            &server.url,
            "--since",
            "2026-01-01",
            "--until",
            "2026-06-30",
            "--lake",
            "lake",
        ])
        .ok();
    assert_eq!(
        rows_by_table(&lake_rows(&program)),
        rows_by_table(&lake_rows(&whole))
    );
}

#[test]
fn a_misbehaving_server_costs_requests_and_no_row() {
    let program = keyed();
    let calm = Served::start(&program, &[]);
    let wild = Served::start(&program, &["--faults"]);
    let both = |url: &str, lake: &str| {
        program
            .run(&[
                "snapshot",
                "--base-url",
                url,
                "--symbols",
                "BTC,ETH,#42077",
                "--since",
                "2026-04-01",
                "--until",
                "2026-06-30",
                "--lake",
                lake,
                "--format",
                "json",
            ])
            .ok()
            .json()
    };
    let (quiet, faulty) = (both(&calm.url, "calm"), both(&wild.url, "wild"));
    assert_eq!(quiet["retries"], 0);
    assert!(faulty["retries"].as_u64() > Some(0), "{faulty}");
    assert_eq!(quiet["tables"], faulty["tables"]);
    assert_eq!(faulty["missing"], serde_json::json!([]));
}

#[test]
fn a_lake_serves_what_it_holds_and_a_snapshot_of_it_is_the_same() {
    let program = keyed();
    let market = Served::start(&program, &[]);
    snapshot(&program, &market.url, "BTC,ETH").ok();
    let lake = Served::start(&program, &["--from-lake", "--lake", "lake"]);
    program
        .run(&[
            "snapshot",
            "--base-url",
            &lake.url,
            "--symbols",
            "BTC,ETH",
            "--since",
            "2026-05-01",
            "--until",
            "2026-06-30",
            "--source",
            "simulated",
            "--lake",
            "copy",
        ])
        .ok();
    let bars = |lake: &str| {
        program
            .run(&[
                "metrics", "--symbol", "BTC,ETH", "--lake", lake, "--format", "csv",
            ])
            .ok()
            .stdout
    };
    assert_eq!(bars("lake"), bars("copy"));
}

/// A vendor of one token and of two days of its bars, the second as `second` says it.
fn two_days(second: &str) -> Scripted {
    let second = second.to_owned();
    Scripted::bodies(move |head| {
        let rows = if head.contains("/tokens?") {
            r#"{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC"}"#.to_owned()
        } else {
            format!(
                r#"{{"TOKEN_ID":3375,"DATE":"2025-05-01","OPEN":1,"HIGH":2,"LOW":1,"CLOSE":2,"VOLUME":5}},{second}"#
            )
        };
        format!(r#"{{"success":true,"data":[{rows}]}}"#)
    })
}

fn two_days_asked(program: &Program, url: &str) -> Run {
    program.run(&[
        "snapshot",
        "--base-url",
        url,
        "--symbols",
        "BTC",
        "--endpoints",
        "daily-ohlcv",
        "--since",
        "2025-05-01",
        "--until",
        "2025-05-02",
        "--lake",
        "lake",
    ])
}

const SECOND: &str =
    r#"{"TOKEN_ID":3375,"DATE":"2025-05-02","OPEN":2,"HIGH":3,"LOW":2,"CLOSE":3,"VOLUME":5}"#;

#[test]
fn a_row_that_cannot_be_placed_is_missing_and_asked_again() {
    for broken in [
        SECOND.replace(r#""DATE":"2025-05-02","#, ""),
        SECOND.replace("2025-05-02", "soon"),
        SECOND.replace(r#""TOKEN_ID":3375,"#, ""),
        SECOND.replace("3375", "9"),
        "null".to_owned(),
    ] {
        let program = keyed();
        let run = two_days_asked(&program, &two_days(&broken).url);
        assert_eq!(run.code, 1, "{broken}: {}", run.stderr);
        assert!(
            run.stderr
                .contains("the place of 1 row of the answer cannot be told"),
            "{broken}: {}",
            run.stderr
        );
        assert!(
            !run.stderr.contains("no row for"),
            "{broken}: {}",
            run.stderr
        );
        two_days_asked(&program, &two_days(SECOND).url).ok();
        assert!(
            lake_rows(&program).contains("bars_1d,tokenmetrics,2,2,1"),
            "{broken}"
        );
    }
}

#[test]
fn days_that_do_not_come_are_named() {
    let program = keyed();
    let run = two_days_asked(&program, &two_days("{\"TOKEN_ID\":3375,\"DATE\":\"2025-05-01\",\"OPEN\":1,\"HIGH\":2,\"LOW\":1,\"CLOSE\":2,\"VOLUME\":5}").url).ok();
    assert!(
        run.stderr
            .contains("daily-ohlcv: no row for 1 token-days after the last row: #3375 2025-05-02"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_gone_from_the_lake_is_found_and_comes_again() {
    let program = keyed();
    let server = two_days(SECOND);
    two_days_asked(&program, &server.url).ok();
    program.run(&["lake", "check", "--lake", "lake"]).ok();
    std::fs::remove_dir_all(program.path("lake/bars_1d")).unwrap();
    let check = program.run(&["lake", "check", "--lake", "lake"]);
    assert_eq!(check.code, 1, "{}", check.stderr);
    assert!(check.stdout.contains("are gone"), "{}", check.stdout);
    two_days_asked(&program, &server.url).ok();
    program.run(&["lake", "check", "--lake", "lake"]).ok();
    assert!(lake_rows(&program).contains("bars_1d,tokenmetrics,2,2,1"));
}

#[test]
fn an_answer_whose_data_is_an_empty_object_is_no_answer() {
    let program = keyed();
    let server = Scripted::bodies(|head| {
        if head.contains("/tokens?") {
            r#"{"success":true,"data":[{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC"}]}"#.to_owned()
        } else {
            r#"{"success":true,"data":{}}"#.to_owned()
        }
    });
    let run = two_days_asked(&program, &server.url);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("holds no `data`"), "{}", run.stderr);
}

#[test]
fn days_ahead_are_refused() {
    let program = keyed();
    let run = program.run(&["snapshot", "--since", "2100-01-01", "--until", "2100-02-01"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("lies ahead"), "{}", run.stderr);
}
