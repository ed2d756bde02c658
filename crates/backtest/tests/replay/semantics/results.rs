//! Scenarios, counts, and what a summary says.

use highwater_backtest::plan::Doubtful;
use highwater_market::Direction::{Long, Short};
use highwater_metrics::Convention;

use super::{BOTH, DOWN, FLAT, UP};
use crate::world::{World, day};

#[test]
fn scenarios_are_complete_replays() {
    // The doubtful bar of day 2 decides with how much the trade of day 4 begins.
    let world = |policy: &str| {
        World::new()
            .plan("[size]", &format!("doubtful = \"{policy}\"\n[size]"))
            .asset("A", &[FLAT, BOTH, FLAT, FLAT, UP])
            .event(1, Long)
            .event(4, Long)
    };
    let stop_first = world("stop-first").run();
    let target_first = world("target-first").run();
    for outcome in [&stop_first, &target_first, &world("nearer-extreme").run()] {
        let scenarios = outcome.scenarios;
        assert_eq!(
            scenarios.pessimistic.final_equity,
            stop_first.final_equity()
        );
        assert_eq!(
            scenarios.optimistic.final_equity,
            target_first.final_equity()
        );
        assert_eq!(scenarios.pessimistic.doubtful, Doubtful::StopFirst);
        assert_eq!(scenarios.optimistic.doubtful, Doubtful::TargetFirst);
        assert_eq!(scenarios.chosen.final_equity, outcome.final_equity());
        assert_eq!(
            (scenarios.chosen.trades, scenarios.chosen.doubtful_trades),
            (2, 1)
        );
    }
    assert!(stop_first.final_equity() < target_first.final_equity());
    assert!(stop_first.trades[1].quantity < target_first.trades[1].quantity);
    let chosen = stop_first.scenarios.chosen;
    let [first, second] = &stop_first.trades[..] else {
        panic!("two trades");
    };
    assert_eq!(chosen.doubtful_pnl, first.pnl);
    assert_eq!(chosen.doubtful_absolute_pnl, first.pnl.abs());
    assert_eq!(chosen.absolute_pnl, first.pnl.abs() + second.pnl.abs());
    assert_eq!(
        chosen.doubtful_share,
        Some(first.pnl.abs() / (first.pnl.abs() + second.pnl.abs()))
    );
}

#[test]
fn a_replay_without_doubt_has_one_result() {
    let scenarios = World::new()
        .asset("A", &[FLAT, UP])
        .event(1, Long)
        .run()
        .scenarios;
    assert_eq!(
        scenarios.pessimistic.final_equity,
        scenarios.chosen.final_equity
    );
    assert_eq!(
        scenarios.optimistic.final_equity,
        scenarios.chosen.final_equity
    );
    assert_eq!(scenarios.chosen.doubtful_share, Some(0.0));
}

#[test]
fn no_trade_gives_no_numbers() {
    let crypto = Convention::preset("crypto").unwrap();
    let told = |world: &World| {
        let summary = world.run().summary(&world.parsed(), &crypto);
        assert_eq!(summary.trades, 0);
        assert_eq!(summary.total_return, None);
        assert_eq!(summary.metrics, None);
        assert_eq!((summary.win_rate, summary.profit_factor), (None, None));
        assert_eq!(
            (summary.time_in_market, summary.average_exposure),
            (None, None)
        );
        summary.verdict
    };
    let none = World::new().asset("A", &[FLAT]);
    assert_eq!(
        told(&none),
        "no trade: no signal row was known for these tokens"
    );
    let quiet = none.clone().row(0, day(1), None);
    assert_eq!(
        told(&quiet),
        "no trade: none of 1 signal rows says anything but no news"
    );
    let kept_out = none
        .levels(0, &[95.0])
        .event(1, Long)
        .row(1, day(3), Some(Short))
        .row(0, day(1), None);
    assert_eq!(
        told(&kept_out),
        "no trade: of 2 signal events none led to an entry (1 no bar, 1 no resistance)"
    );
}

#[test]
fn every_signal_row_is_counted_once() {
    let outcome = World::new()
        .asset("A", &[FLAT, DOWN, FLAT, FLAT])
        .event(1, Long) // entered
        .row(0, day(1).plus_micros(5), Some(Long)) // repeated
        .event(2, Long) // in position
        .row(2, day(3), None) // no news
        .row(1, day(4), Some(Short)) // stale
        .row(3, day(4).plus_micros(-1), Some(Long)) // replaced
        .event(4, Short) // entered: the same row, revised
        .event(9, Long) // no bar
        .run();
    let counts = outcome.counts;
    let told: Vec<(&str, usize)> = counts
        .fates()
        .into_iter()
        .filter(|fate| fate.1 > 0)
        .collect();
    assert_eq!(
        told,
        [
            ("no_news", 1),
            ("repeated", 1),
            ("stale", 1),
            ("no_bar", 1),
            ("replaced", 1),
            ("in_position", 1),
            ("entered", 2),
        ]
    );
    assert_eq!(counts.signals, 8);
}
