//! `highwater backtest --prove`: what later words on bars make, told apart from looking ahead.

use highwater::market::{Timeframe, Timestamp, tables};
use serde_json::Value as Json;

use crate::{
    growing::{Growing, PLAN, TOKENS, advance, answer, bar, bar_row, day},
    run::{Program, Run},
    schema,
};

const DAYS: i64 = 200;

/// A lake of 200 days, each bar seen when it closes but for one of WAVE, which is seen on the day that is given.
fn with_a_bar_seen(n: i64, seen: i64) -> Growing {
    let lake = Growing::new(0, PLAN);
    let mut answers = Vec::new();
    for (id, _, length) in TOKENS {
        for day_of in 0..DAYS {
            let is_it = (id, day_of) == (TOKENS[0].0, n);
            let known = if is_it { day(seen) } else { day(day_of + 1) };
            let rows = vec![bar_row(day_of, bar(length, day_of))];
            answers.push(answer(tables::bars(Timeframe::D1), id, known, rows));
        }
    }
    answers.sort_by_key(|answer| answer.observed_at);
    lake.store(&answers);
    lake
}

fn prove(program: &Program, more: &[&str]) -> (Run, Json) {
    let arguments = [
        "backtest",
        "plan.toml",
        "--lake",
        "lake",
        "--out",
        "out",
        "--prove",
    ];
    let run = program.run(&[&arguments[..], more].concat());
    let proof = std::fs::read(program.path("out/proof.json")).unwrap();
    let proof: Json = serde_json::from_slice(&proof).unwrap();
    schema::assert_satisfies("backtest-proof", &proof);
    (run, proof)
}

/// The line of standard error that says what follows from a cause, and the number in it.
#[track_caller]
fn following(run: &Run, cause: &str) -> usize {
    let line = run.stderr.lines().find(|line| line.contains(cause));
    let line = line.unwrap_or_else(|| panic!("{cause} in {run:#?}"));
    assert!(
        line.contains(": the full run "),
        "the first difference: {line}"
    );
    let (_, follow) = line.rsplit_once("; ").unwrap();
    follow.split(' ').next().unwrap().parse().unwrap()
}

/// The first day after the 50th on which a fill of WAVE ends a position that was entered before, by its stop or target.
fn day_of_an_exit() -> i64 {
    let lake = with_a_bar_seen(0, 1);
    advance(
        &lake.program,
        "plan.toml",
        "account",
        &day(DAYS).to_string(),
        &["--from", "2024-01-01"],
    )
    .ok();
    let orders = [
        "paper", "orders", "account", "--lake", "lake", "--format", "json",
    ];
    let orders = lake.program.run(&orders).ok().json();
    let orders = orders.as_array().unwrap();
    let day_of = |order: &Json| {
        let time: Timestamp = order["time"].as_str().unwrap().parse().unwrap();
        (time - day(0)) / Timeframe::D1.micros()
    };
    let ends = |order: &&Json| {
        let of = |other: &&Json| {
            (&other["position"], &other["reason"]) == (&order["position"], &"entry".into())
        };
        order["symbol"] == "WAVE"
            && (order["reason"] == "stop" || order["reason"] == "target")
            && day_of(order) > 50
            && day_of(orders.iter().find(of).unwrap()) < day_of(order)
    };
    day_of(
        orders
            .iter()
            .find(ends)
            .expect("a position that is held overnight"),
    )
}

#[test]
fn one_revision_explains_what_follows_from_it() {
    let n = day_of_an_exit();
    let lake = with_a_bar_seen(n, n + 1);
    let (run, proof) = prove(&lake.program, &[]);
    assert!(run.ok().stderr.contains("all as in the full run"));
    assert_eq!(proof["disagreements"], serde_json::json!([]));
    // The bar that ended a position is corrected at the end, and did not: all that follows was decided with other money.
    let values = bar(TOKENS[0].2, n);
    let open = values[0];
    let revised = vec![bar_row(n, [open, open, open, open, 5.0])];
    lake.store(&[answer(tables::bars(Timeframe::D1), 1, day(DAYS), revised)]);
    let (run, proof) = prove(&lake.program, &[]);
    let run = run.ok();
    assert_eq!(proof["holds"], true);
    let cause = format!(
        "the bar (1d) of WAVE of {} was revised on {}",
        day(n),
        day(DAYS)
    );
    let follow = following(&run, &cause);
    let all = proof["disagreements"].as_array().unwrap();
    let decisions: std::collections::BTreeSet<String> = all
        .iter()
        .map(|one| format!("{} {}", one["at"], one["symbol"]))
        .collect();
    assert!(follow > 5, "{run:#?}");
    assert_eq!(follow + 1, decisions.len(), "{run:#?}");
    for one in all {
        assert_eq!(one["because"][0]["open"], day(n).to_string(), "{one}");
        assert_eq!(one["because"][0]["how"], "revised");
        assert!(one["at"].as_str() > Some(&day(n).to_string()), "{one}");
    }
}

#[test]
fn a_bar_that_arrived_late_is_called_late() {
    let n = day_of_an_exit();
    let lake = with_a_bar_seen(n, n + 30);
    let (run, proof) = prove(&lake.program, &[]);
    let run = run.ok();
    let cause = format!(
        "the bar (1d) of WAVE of {} arrived late, on {}",
        day(n),
        day(n + 30)
    );
    assert!(run.stderr.contains(&cause), "{run:#?}");
    assert!(!run.stderr.contains("was revised"), "{run:#?}");
    let all = proof["disagreements"].as_array().unwrap();
    assert!(!all.is_empty());
    for one in all {
        assert_eq!(one["because"][0]["how"], "late", "{one}");
        assert!(one["at"].as_str() < Some(&day(n + 31).to_string()), "{one}");
    }
}
