//! Settings and the outermost manners of the program.

use crate::run::Program;

#[test]
fn help_shows_every_command_with_examples() {
    let program = Program::new();
    let help = program.run(&["--help"]).ok().stdout;
    for command in [
        "demo",
        "snapshot",
        "import",
        "metrics",
        "levels",
        "backtest",
        "report",
        "serve",
        "lake",
        "config",
        "completions",
    ] {
        assert!(help.contains(command), "{command} in {help}");
        program.run(&[command, "--help"]).ok();
    }
    let help = program.run(&["snapshot", "--help"]).ok().stdout;
    assert!(help.contains("Examples:"), "{help}");
}

#[test]
fn config_says_where_each_value_comes_from() {
    let program = Program::new()
        .with_environment("HIGHWATER_CONVENTION", "empyrical")
        .with_environment("HIGHWATER_API_KEY", "tm-canary-5b1f");
    program.file("highwater.toml", "lake = 'a'\nsources = ['one', 'two']\n");
    let run = program
        .run(&["config", "--lake", "b", "--format", "json"])
        .ok();
    let rows = run.json();
    let find = |name: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["setting"] == name)
            .unwrap_or_else(|| panic!("{name} in {rows}"))
            .clone()
    };
    assert_eq!(find("lake")["value"], "b");
    assert_eq!(find("lake")["from"], "flag --lake");
    assert_eq!(find("sources")["value"], "one,two");
    assert_eq!(find("sources")["from"], "file highwater.toml");
    assert_eq!(
        find("convention")["from"],
        "environment HIGHWATER_CONVENTION"
    );
    assert_eq!(find("requests_per_minute")["from"], "default");
    assert!(!run.stdout.contains("canary"), "the key is never shown");
}

#[test]
fn a_misspelt_setting_is_refused_with_its_place() {
    let program = Program::new();
    program.file("highwater.toml", "[x]\n");
    program
        .run(&["config"])
        .fails(2, &["highwater.toml", "line 1"]);
    program.file("highwater.toml", "conventoin = 'crypto'\n");
    program
        .run(&["config"])
        .fails(2, &["line 1, column 1", "did you mean `convention`?"]);
}

#[test]
fn wrong_usage_exits_with_2() {
    let program = Program::new();
    program.run(&["metrcs"]).fails(2, &["metrics"]);
    program.run(&[]).fails(2, &["Usage"]);
    program
        .run(&["metrics", "--window", "fortnight"])
        .fails(2, &["fortnight"]);
}

#[test]
fn completions_are_printed_for_a_shell() {
    let script = Program::new().run(&["completions", "bash"]).ok().stdout;
    assert!(script.contains("_highwater"), "{script}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let program = Program::new();
    let mut child = program
        .command(&["completions", "zsh"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn config_complains_of_what_other_commands_would_refuse() {
    let program = Program::new()
        .with_environment("HIGHWATER_CONVENTION", "nope")
        .with_environment("HIGHWATER_BASE_URL", "api.example")
        .with_environment("HIGHWATER_LAKES", "x");
    let run = program.run(&["config"]);
    assert!(
        run.stdout.contains("api.example"),
        "what is set is shown: {run:?}"
    );
    run.fails(
        2,
        &[
            "nope",
            "environment HIGHWATER_CONVENTION",
            "base_url is `api.example` (environment HIGHWATER_BASE_URL)",
            "warning: environment variable `HIGHWATER_LAKES` sets nothing",
            "`HIGHWATER_LAKE`",
        ],
    );
    let run = Program::new()
        .with_environment("HIGHWATER_REQUIRE", "all")
        .run(&["config"])
        .ok();
    assert_eq!(run.stderr, "");
}

#[test]
fn serve_says_that_it_fails_on_purpose_and_refuses_to_answer_nothing() {
    let program = Program::new();
    program
        .run(&["serve", "--rate", "0"])
        .fails(2, &["--rate", "0"]);
    program
        .run(&["serve", "--lake", "x"])
        .fails(2, &["--lake", "--from-lake"]);
    let mut child = program
        .command(&["serve", "--listen", "127.0.0.1:0", "--faults", "--quiet"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let said: Vec<String> =
        std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()))
            .take(2)
            .map(Result::unwrap)
            .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said[0].contains("http://127.0.0.1:"), "{said:?}");
    assert!(
        said[1].contains("one request in 10 fails on purpose"),
        "{said:?}"
    );
}
