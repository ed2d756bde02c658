//! The real process, killed at random moments: what it reported as stored is there, reads never fail, and the next
//! run completes.
#![allow(clippy::print_stdout, reason = "a child process reports on its output")]

mod answers;

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use answers::{bar, bars, cases, day, level, levels};
use highwater_lake::{Fault, Lake};
use highwater_market::{Answer, AsOf, Clock, Source, Timeframe, Token, TokenId, tables};

const CHILD: &str = "HIGHWATER_LAKE_TEST_CHILD";
/// After so many runs, a child begins to compact now and then.
const COMPACT_EVERY: i64 = 7;

/// What run `n` stores: the bar of its day and a correction of the one before, and as many levels as `n` modulo 3.
fn run(n: i64) -> Vec<Answer> {
    let now = day(n + 1);
    let mut rows = vec![bar(n, 1.0 + n as f64)];
    if n > 0 {
        rows.push(bar(n - 1, 0.5 + n as f64));
    }
    vec![
        bars("simulated", 1, now, rows),
        levels(
            "simulated",
            1,
            now,
            (0..n % 3).map(|i| level(i, 4.0)).collect(),
        ),
    ]
}

/// The child: store run after run, from the first that the lake does not have, saying so after each.
fn store_for_ever(dir: &Path) -> ! {
    let lake = Lake::create(dir).unwrap();
    let mut writer = lake.writer().unwrap();
    let stored = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let first = stored.coverage(None, None, None).unwrap().len() as i64 / 2;
    let mut out = std::io::stdout();
    for n in first.. {
        writer.store(&run(n)).unwrap();
        writeln!(out, "stored {n}").unwrap();
        out.flush().unwrap();
        if n % COMPACT_EVERY == COMPACT_EVERY - 1 {
            for table in [
                tables::bars(Timeframe::D1),
                &tables::LEVELS,
                &tables::COVERAGE,
            ] {
                writer.compact(table).unwrap();
            }
        }
    }
    unreachable!("the loop has no end")
}

/// Start a child, kill it after `delay`, counted from its start or from its first report, and return the last run that
/// it reported, if any.
fn kill_after(dir: &Path, delay: Duration, from_its_first_report: bool) -> Option<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "what_a_killed_process_reported_is_there",
            "--nocapture",
        ])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    let listener = std::thread::spawn(move || {
        let mut last = None;
        for line in output.lines() {
            let Ok(line) = line else { break };
            // The harness writes on the same line, before the first report.
            if let Some((_, number)) = line.split_once("stored ") {
                last = Some(number.trim().parse().unwrap());
                let _ = sender.send(());
            }
        }
        last
    });
    if from_its_first_report {
        receiver.recv().expect("a child stores at least one run");
    }
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    listener.join().unwrap()
}

/// Everything that the runs up to `last` said can be read, and what else is there is whole.
fn check(lake: &Lake, reported: i64) {
    let reader = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let token = Token {
        source: Source::simulated(),
        id: TokenId(1),
        symbol: String::new(),
        name: String::new(),
    };
    let coverage = reader.coverage(None, None, None).unwrap();
    let complete = coverage.len() as i64 / 2;
    assert_eq!(
        coverage.len() % 2,
        0,
        "the two answers of a run come together"
    );
    assert!(
        complete > reported,
        "run {reported} was reported, {complete} are there"
    );
    let closes = reader.bars(&token, Timeframe::D1, None).unwrap().bars;
    // A run that died before its coverage was written may have left its bars, never a part of them.
    let runs = closes.len() as i64;
    assert!(
        runs == complete || runs == complete + 1,
        "{runs} bars of {complete} runs"
    );
    let expected: Vec<f64> = (0..runs)
        .map(|n| {
            if n + 1 < runs {
                0.5 + (n + 1) as f64
            } else {
                1.0 + n as f64
            }
        })
        .collect();
    assert_eq!(closes.close(), expected);
    let versions = reader.bar_versions(&token, Timeframe::D1, None).unwrap();
    assert_eq!(versions.versions.len() as i64, 2 * runs - 1);
    let answers = reader.level_answers(&token).unwrap();
    assert!(answers.len() as i64 >= complete);
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer.value.len(), n % 3, "answer {n} is whole");
    }
    for problem in lake.check().unwrap() {
        assert_eq!(problem.fault, Fault::Leftover, "{problem:?}");
    }
    lake.ls().unwrap();
}

#[test]
fn what_a_killed_process_reported_is_there() {
    if let Some(dir) = std::env::var_os(CHILD) {
        store_for_ever(&PathBuf::from(dir));
    }
    let kills = 24 * cases();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lake");
    let mut seed = 7_u64;
    let mut last = -1;
    Lake::create(&path).unwrap();
    for _ in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let delay = Duration::from_micros((seed >> 33) % 60_000);
        let first_reports = seed >> 63 == 0;
        match kill_after(&path, delay, first_reports) {
            Some(reported) => {
                assert!(reported > last, "a run goes on where the last one died");
                last = reported;
            }
            None => assert!(!first_reports),
        }
        let lake = Lake::open(&path).unwrap();
        check(&lake, last);
        // The lock went with the process, and the next writer clears up.
        drop(lake.writer().unwrap());
        assert_eq!(lake.check().unwrap(), []);
        check(&lake, last);
        if last > 300 {
            // Begin anew before the lake makes each round slow.
            std::fs::remove_dir_all(&path).unwrap();
            Lake::create(&path).unwrap();
            last = -1;
        }
    }
    println!(
        "{kills} processes killed; {} runs reported by the last lake",
        last + 1
    );
}
