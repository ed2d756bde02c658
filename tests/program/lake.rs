//! `highwater lake`: what is in it, and what is wrong with it.

use crate::run::Program;

const BARS: &str = "\
timestamp,open,high,low,close,volume
2024-01-01,100,110,90,105,5
2024-01-02,105,120,100,115,6
";

fn with_lake() -> Program {
    let program = Program::new();
    program.file("bars.csv", BARS);
    import(&program);
    program
}

fn import(program: &Program) {
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "BTC",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .ok();
}

#[test]
fn a_damaged_and_a_foreign_file_are_both_named() {
    let program = with_lake();
    program.run(&["lake", "check", "--lake", "lake"]).ok();
    let folder = program.path("lake/bars_1d");
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "parquet")
        })
        .unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&file, bytes).unwrap();
    std::fs::write(folder.join("notes.parquet"), "not Parquet").unwrap();
    let check = program.run(&["lake", "check", "--lake", "lake"]);
    assert_eq!(check.code, 1, "{check:?}");
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(check.stdout.contains(name), "{check:?}");
    assert!(check.stdout.contains("notes.parquet"), "{check:?}");
    let read = program.run(&["metrics", "--symbol", "BTC", "--lake", "lake"]);
    assert_ne!(read.code, 0, "{read:?}");
    assert!(read.stderr.contains(".parquet"), "{read:?}");
}

#[test]
fn a_changed_row_is_a_revision_and_the_first_value_stays_readable() {
    let program = with_lake();
    program.file("bars.csv", &BARS.replace("100,115,6", "100,112,6"));
    import(&program);
    let revisions = program
        .run(&["lake", "revisions", "--lake", "lake", "--format", "json"])
        .ok()
        .json();
    let text = revisions.to_string();
    assert!(text.contains("2024-01-02"), "{text}");
    assert!(!text.contains("2024-01-01T"), "only what changed: {text}");
}

#[test]
fn one_writer_at_a_time() {
    let program = with_lake();
    let lock = std::fs::File::open(program.path("lake/LOCK")).unwrap();
    lock.lock().unwrap();
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "BTC",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .fails(2, &["LOCK"]);
    // Readers need no lock.
    program.run(&["lake", "ls", "--lake", "lake"]).ok();
}

#[test]
fn the_sql_view_names_every_table_that_is_there() {
    let program = with_lake();
    let sql = program
        .run(&["lake", "sql-view", "--lake", "lake"])
        .ok()
        .stdout;
    assert!(sql.contains("bars_1d"), "{sql}");
}

#[test]
fn before_its_first_sighting_a_token_is_not_yet_seen() {
    let program = with_lake();
    let run = |more: &[&str]| {
        let mut arguments = vec!["metrics", "--clock", "observed", "--as-of", "2024-02-01"];
        arguments.extend(more);
        program.run(&arguments)
    };
    let says = ["not yet seen at 2024-02-01", "first seen 20", "--as-of"];
    run(&["--symbol", "BTC"]).fails(1, &[&says[..], &["BTC"]].concat());
    run(&[]).fails(1, &says);
    run(&["--symbol", "BTX"]).fails(1, &["no token `BTX`"]);
    program
        .run(&["metrics", "--symbol", "BTC", "--as-of", "2024-02-01"])
        .ok();
}

#[test]
fn a_lake_without_a_token_says_how_to_fill_it() {
    let program = Program::new();
    highwater::lake::Lake::create(program.path("lake")).unwrap();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans/breakout.toml");
    for arguments in [
        &["metrics"][..],
        &["backtest", plan, "--out", "out"],
        &["report", "--out", "site"],
    ] {
        program
            .run(arguments)
            .fails(1, &["holds no token", "highwater import", "--lake"]);
    }
}

#[test]
fn no_level_has_a_reason() {
    let program = with_lake();
    program
        .run(&["levels", "--symbol", "BTC", "--nearest", "0"])
        .fails(2, &["--nearest"]);
    let levels = |format: &str| {
        program
            .run(&[
                "levels",
                "--symbol",
                "BTC",
                "--swing-bars",
                "9999999999",
                "--format",
                format,
            ])
            .ok()
    };
    for format in ["table", "csv", "json"] {
        let said = levels(format).stderr;
        for text in ["no level", "9999999999 bars", "--swing-bars", "2 in all"] {
            assert!(said.contains(text), "{text} in {said}");
        }
    }
}
