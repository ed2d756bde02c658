//! `highwater demo`: the whole product on a simulated market.

use crate::run::Program;

#[test]
fn the_demo_shows_the_whole_product_and_says_that_it_is_simulated() {
    let program = Program::new();
    let run = program.run(&["demo", "--dir", "d"]).ok();
    for text in [
        "simulated",
        "backfilled",
        "d/report/index.html",
        "highwater ",
    ] {
        assert!(run.stdout.contains(text), "{text:?} in {}", run.stdout);
    }
    assert!(program.path("d/report/index.html").exists());
    program.run(&["lake", "check", "--lake", "d/lake"]).ok();
    let revisions = program
        .run(&["lake", "revisions", "--lake", "d/lake", "--format", "json"])
        .ok()
        .json();
    assert!(
        !revisions.as_array().unwrap().is_empty(),
        "four snapshots see later revisions"
    );
    // What is known under the strict clock is less than under the other: history was backfilled.
    let observations = |clock: &str| {
        program
            .run(&[
                "metrics",
                "--symbol",
                "BTC",
                "--lake",
                "d/lake",
                "--as-of",
                "2026-05-20",
                "--clock",
                clock,
                "--format",
                "json",
            ])
            .json()["series"][0]["observations"]
            .as_i64()
            .unwrap()
    };
    assert!(observations("published") > observations("observed"));

    // An ambiguous symbol is refused with both candidates; every page says that its data are simulated.
    for entry in std::fs::read_dir(program.path("d/report")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let page = std::fs::read_to_string(&path).unwrap();
            assert!(
                page.to_lowercase().contains("simulated"),
                "{} says what it shows",
                path.display()
            );
            assert!(
                !page.contains("http://") && !page.contains("https://"),
                "{} needs no network",
                path.display()
            );
        }
    }

    hourly_signals_replay(&program);

    // The demo again, over what is there: nothing new. Another market does not go into the same folder.
    let page = || std::fs::read(program.path("d/report/index.html")).unwrap();
    let before = page();
    program.run(&["demo", "--dir", "d", "--seed", "7"]).ok();
    assert_eq!(page(), before);
    program
        .run(&["demo", "--dir", "d", "--seed", "8"])
        .fails(2, &["seed 7", "seed 8", "--dir"]);
    assert_eq!(page(), before);
}

/// The demo's lake holds the vendor's hourly signals, and a plan of them trades on its hourly bars.
fn hourly_signals_replay(program: &Program) {
    let plan = |clock: &str| {
        format!(
            "name = \"hourly\"\ntimeframe = \"1h\"\nuniverse = [\"BTC\", \"ETH\"]\nclock = \"{clock}\"\n\
             [entry]\nsignal = \"hourly\"\nside = \"both\"\n\
             [exit]\ntime = \"48 bars\"\nsignal = \"opposite-event\"\n\
             [size]\nfraction = \"20%\"\n[cost]\nfee = \"10 bps\"\nslippage = \"0%\"\n"
        )
    };
    let replay = |clock: &str, more: &[&str]| {
        program.file("hourly.toml", &plan(clock));
        let arguments = ["backtest", "hourly.toml", "--lake", "d/lake", "--out", "h"];
        program
            .run(&[&arguments[..], &["--format", "json"], more].concat())
            .ok()
    };
    let count = |summary: &serde_json::Value, name: &str| summary["counts"][name].as_u64().unwrap();
    // Ninety days of two tokens from four snapshots, twenty days apart, of thirty days each. The first came at six, when
    // the first six hours were no longer served.
    let run = replay("published", &["--prove"]);
    assert!(run.stderr.contains("all as in the full run"), "{run:#?}");
    let published = run.json();
    assert_eq!(count(&published, "signals"), 2 * (90 * 24 - 6));
    assert!(count(&published, "entered") > 10, "{published}");
    let manifest = std::fs::read(program.path("h/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["lags"]["hourly_signals"], "1h");
    // Of what was seen days after its hour, next to nothing was news.
    let observed = replay("observed", &[]).json();
    assert!(count(&observed, "stale") > 10, "{observed}");
    assert!(count(&observed, "entered") < count(&published, "entered"));
}

#[test]
fn a_demo_takes_no_lake_and_spares_one_that_is_there() {
    let program = Program::new();
    program
        .run(&["demo", "--lake", "x"])
        .fails(2, &["--lake", "--dir"]);
    program
        .run(&["--lake", "x", "demo"])
        .fails(2, &["--lake", "--dir"]);
    program.file(
        "bars.csv",
        "timestamp,open,high,low,close\n2024-01-01,1,2,1,2\n2024-01-02,2,2,1,1\n",
    );
    std::fs::create_dir(program.path("d")).unwrap();
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "BTC",
            "--timeframe",
            "1d",
            "--lake",
            "d/lake",
        ])
        .ok();
    program
        .run(&["demo", "--dir", "d"])
        .fails(2, &["d/lake", "--dir"]);
}
