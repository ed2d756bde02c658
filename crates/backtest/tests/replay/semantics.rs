//! `SEMANTICS.md`, line by line. Each case runs through both engines.
//!
//! Unless said otherwise: levels at 95 and 105, day 0 flat at 100, half of 1024 per trade, no costs. All numbers are
//! exact in binary, or are compared with what the same arithmetic gives.

mod atr;
mod benchmark;
mod cooldown;
mod decisions;
mod exits;
mod gates;
mod ladder;
mod levels;
mod loan;
mod locked_out;
mod money;
mod moving;
mod orders;
mod rebalance;
mod records;
mod results;
mod sectors;
mod signals;
mod sizing;
mod universe;

use highwater_backtest::{ExitReason, Outcome};

use crate::world::{World, day};

const FLAT: [f64; 4] = [100.0; 4];
const UP: [f64; 4] = [100.0, 106.0, 99.0, 105.0];
const DOWN: [f64; 4] = [100.0, 101.0, 94.0, 95.0];
const BOTH: [f64; 4] = [100.0, 106.0, 94.0, 100.0];

/// Day of entry, price, day of exit, price, reason.
type Line = (i64, f64, i64, f64, ExitReason);

fn lines(outcome: &Outcome) -> Vec<Line> {
    let number =
        |time: highwater_market::Timestamp| time.days_since_epoch() - day(0).days_since_epoch();
    outcome
        .trades
        .iter()
        .map(|trade| {
            (
                number(trade.entry_time),
                trade.entry_price,
                number(trade.exit_time),
                trade.exit_price,
                trade.exit_reason,
            )
        })
        .collect()
}

#[track_caller]
fn check(world: &World, expected: &[Line]) -> Outcome {
    let outcome = world.run();
    assert_eq!(lines(&outcome), expected);
    outcome
}

fn no_levels() -> World {
    World::new()
        .plan("stop = { at = \"support\" }\n", "")
        .plan("target = { at = \"resistance\" }\n", "")
}

#[test]
fn every_line_has_its_test_and_every_test_its_line() {
    let semantics = include_str!("../../SEMANTICS.md");
    let tests = [
        include_str!("semantics/atr.rs"),
        include_str!("semantics/benchmark.rs"),
        include_str!("semantics/cooldown.rs"),
        include_str!("semantics/decisions.rs"),
        include_str!("semantics/levels.rs"),
        include_str!("semantics/exits.rs"),
        include_str!("semantics/ladder.rs"),
        include_str!("semantics/moving.rs"),
        include_str!("semantics/gates.rs"),
        include_str!("semantics/universe.rs"),
        include_str!("semantics/loan.rs"),
        include_str!("semantics/locked_out.rs"),
        include_str!("semantics/money.rs"),
        include_str!("semantics/orders.rs"),
        include_str!("semantics/rebalance.rs"),
        include_str!("semantics/records.rs"),
        include_str!("semantics/results.rs"),
        include_str!("semantics/sectors.rs"),
        include_str!("semantics/signals.rs"),
        include_str!("publication.rs"),
        include_str!("../../../levels/tests/breakouts.rs"),
        include_str!("../../../levels/tests/level_events.rs"),
        include_str!("semantics/sizing.rs"),
        include_str!("proof.rs"),
    ]
    .concat();
    let lines: Vec<&str> = semantics
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split('`').next())
        .collect();
    assert!(lines.len() > 35);
    let causality = [
        include_str!("causality.rs"),
        include_str!("../../../ingest/tests/signals.rs"),
    ]
    .concat();
    for name in &lines {
        let test = format!("#[test]\nfn {name}()");
        assert!(
            tests.contains(&test) || causality.contains(&test),
            "the line `{name}` has no test"
        );
    }
    for test in tests.split("#[test]\nfn ").skip(1) {
        let name = test.split('(').next().unwrap();
        assert!(lines.contains(&name), "the test `{name}` has no line");
    }
}
