//! How positions end.

use highwater_backtest::ExitReason::{
    EndOfData, OppositeEvent, Stop, StopGap, Target, TargetGap, Time,
};
use highwater_market::Direction::{Long, Short};
use highwater_metrics::Convention;

use super::{BOTH, DOWN, FLAT, UP, check, no_levels};
use crate::world::{World, day};

#[test]
fn what_the_open_decides_is_decided_first() {
    // The bar after the entry, and what becomes of a long and of a short.
    for (bar, long, short) in [
        (
            [94.0, 107.0, 93.0, 100.0],
            (94.0, StopGap),
            (94.0, TargetGap),
        ),
        (
            [95.0, 107.0, 93.0, 100.0],
            (95.0, StopGap),
            (95.0, TargetGap),
        ),
        (
            [106.0, 107.0, 93.0, 100.0],
            (106.0, TargetGap),
            (106.0, StopGap),
        ),
        (
            [105.0, 107.0, 93.0, 100.0],
            (105.0, TargetGap),
            (105.0, StopGap),
        ),
    ] {
        for (side, (price, reason)) in [(Long, long), (Short, short)] {
            let outcome = check(
                &World::new().asset("A", &[FLAT, bar, FLAT]).event(1, side),
                &[(1, 100.0, 2, price, reason)],
            );
            assert!(!outcome.trades[0].doubtful);
        }
    }
}

#[test]
fn long_at_100_target_105_stop_95_then_open_106_low_94_is_a_win_at_106() {
    let up = [106.0, 107.0, 94.0, 96.0];
    let down = [94.0, 106.0, 93.0, 104.0];
    for (side, bar, price, reason, wins) in [
        (Long, up, 106.0, TargetGap, true),
        (Long, down, 94.0, StopGap, false),
        (Short, down, 94.0, TargetGap, true),
        (Short, up, 106.0, StopGap, false),
    ] {
        for policy in ["stop-first", "target-first", "nearer-extreme"] {
            let outcome = check(
                &World::new()
                    .plan("[size]", &format!("doubtful = \"{policy}\"\n[size]"))
                    .asset("A", &[FLAT, bar])
                    .event(1, side),
                &[(1, 100.0, 2, price, reason)],
            );
            let trade = &outcome.trades[0];
            assert_eq!(trade.pnl > 0.0, wins);
            // 512 / 100 is not exact: one rounding.
            assert!((trade.pnl.abs() - 6.0 * 5.12).abs() < 1e-12);
            assert!((trade.r_multiple.unwrap().abs() - 1.2).abs() < 1e-12);
        }
    }
}

#[test]
fn inside_the_bar_a_level_fills_at_its_own_price() {
    for (bar, side, expected) in [
        ([100.0, 105.0, 96.0, 104.0], Long, Some((105.0, Target))),
        ([100.0, 104.0, 95.0, 104.0], Long, Some((95.0, Stop))),
        ([100.0, 104.0, 95.0, 104.0], Short, Some((95.0, Target))),
        ([100.0, 105.0, 96.0, 104.0], Short, Some((105.0, Stop))),
        ([100.0, 104.75, 95.25, 104.0], Long, None),
    ] {
        let world = World::new().asset("A", &[FLAT, bar]).event(1, side);
        let (price, reason) = expected.unwrap_or((104.0, EndOfData));
        check(&world, &[(1, 100.0, 2, price, reason)]);
    }
}

#[test]
fn the_entry_bar_can_exit() {
    let outcome = check(
        &World::new().asset("A", &[UP]).event(1, Long),
        &[(1, 100.0, 1, 105.0, Target)],
    );
    assert_eq!(outcome.trades[0].bars_held, 0);
    check(
        &World::new().asset("A", &[DOWN]).event(1, Long),
        &[(1, 100.0, 1, 95.0, Stop)],
    );
}

#[test]
fn the_open_has_one_reason_in_a_fixed_order() {
    // On day 2 a gap, an opposite event and the time come together.
    let world = |bar: [f64; 4], event: bool| {
        let world = World::new()
            .plan("\"both\"", "\"long\"")
            .plan("[size]", "time = \"1 bar\"\n[size]")
            .asset("A", &[FLAT, bar])
            .event(1, Long);
        if event { world.event(2, Short) } else { world }
    };
    let gap = [90.0, 110.0, 90.0, 100.0];
    check(&world(gap, true), &[(1, 100.0, 2, 90.0, StopGap)]);
    let gap = [110.0, 110.0, 90.0, 100.0];
    check(&world(gap, true), &[(1, 100.0, 2, 110.0, TargetGap)]);
    let wide = [101.0, 110.0, 90.0, 100.0];
    check(&world(wide, true), &[(1, 100.0, 2, 101.0, OppositeEvent)]);
    check(&world(wide, false), &[(1, 100.0, 2, 101.0, Time)]);
}

#[test]
fn a_time_exit_fills_at_the_open_of_its_bar() {
    let timed = || World::new().plan("[size]", "time = \"2 bars\"\n[size]");
    let outcome = check(
        &timed()
            .asset("A", &[FLAT, FLAT, [101.0, 107.0, 93.0, 100.0]])
            .event(1, Long),
        &[(1, 100.0, 3, 101.0, Time)],
    );
    assert_eq!(outcome.trades[0].bars_held, 2);
    check(
        &timed()
            .asset_on("A", &[(0, FLAT), (1, FLAT), (5, FLAT), (9, [102.0; 4])])
            .event(1, Long),
        &[(1, 100.0, 9, 102.0, Time)],
    );
    check(
        &timed().asset("A", &[FLAT, UP, FLAT]).event(1, Long),
        &[(1, 100.0, 2, 105.0, Target)],
    );
}

#[test]
fn both_levels_inside_one_bar_are_doubtful_and_the_policy_decides() {
    // Open to high 6 and to low 6: a tie. Then the high is nearer, then the low.
    let nearer_high = [100.0, 105.5, 94.0, 100.0];
    let nearer_low = [100.0, 106.0, 94.5, 100.0];
    for (bar, policy, long, short) in [
        (BOTH, "stop-first", Stop, Stop),
        (BOTH, "target-first", Target, Target),
        (BOTH, "nearer-extreme", Stop, Stop),
        (nearer_high, "nearer-extreme", Target, Stop),
        (nearer_low, "nearer-extreme", Stop, Target),
    ] {
        for (side, reason) in [(Long, long), (Short, short)] {
            let price = if (side == Long) == (reason == Stop) {
                95.0
            } else {
                105.0
            };
            let outcome = check(
                &World::new()
                    .plan("[size]", &format!("doubtful = \"{policy}\"\n[size]"))
                    .asset("A", &[FLAT, bar])
                    .event(1, side),
                &[(1, 100.0, 2, price, reason)],
            );
            assert!(outcome.trades[0].doubtful);
            assert_eq!(outcome.scenarios.chosen.doubtful_trades, 1);
        }
    }
    // The default is the first of these.
    check(
        &World::new().asset("A", &[FLAT, BOTH]).event(1, Long),
        &[(1, 100.0, 2, 95.0, Stop)],
    );
}

#[test]
fn finer_bars_decide_where_they_can() {
    let quiet = [100.0, 101.0, 99.0, 100.0];
    let up = [100.0, 106.0, 99.0, 100.0];
    let down = [100.0, 101.0, 94.0, 100.0];
    let opens_up = [105.0, 106.0, 94.0, 100.0];
    let opens_down = [95.0, 106.0, 94.0, 100.0];
    let leans_up = [101.0, 105.0, 94.0, 100.0];
    let world = |finer: &[[f64; 4]], from: i64, policy: &str| {
        World::new()
            .plan("[size]", &format!("doubtful = \"{policy}\"\n[size]"))
            .asset("A", &[FLAT, BOTH])
            .finer(from, finer)
            .event(1, Long)
    };
    for (finer, reason, why) in [
        ([quiet, up, down], Some(Target), "the target was first"),
        ([quiet, down, up], Some(Stop), "the stop was first"),
        (
            [quiet, opens_up, quiet],
            Some(Target),
            "its own open decides",
        ),
        (
            [quiet, opens_down, quiet],
            Some(Stop),
            "its own open decides",
        ),
        ([quiet, BOTH, up], None, "the first touch holds both"),
        ([quiet, quiet, quiet], None, "no finer bar tells"),
    ] {
        for (policy, fallback) in [("stop-first", Stop), ("target-first", Target)] {
            let outcome = world(&finer, 2, policy).run();
            let trade = &outcome.trades[0];
            assert_eq!(
                trade.exit_reason,
                reason.unwrap_or(fallback),
                "{why}, {policy}"
            );
            assert_eq!(trade.doubtful, reason.is_none(), "{why}, {policy}");
            assert_eq!(
                outcome.counts.decided_by_finer,
                usize::from(reason.is_some())
            );
            let price = if trade.exit_reason == Stop {
                95.0
            } else {
                105.0
            };
            assert_eq!(trade.exit_price, price, "the level's own price");
        }
    }
    // The extremes of the finer bar are what the policy looks at.
    let outcome = world(&[quiet, leans_up], 2, "nearer-extreme").run();
    assert_eq!(outcome.trades[0].exit_reason, Target);
    assert!(outcome.trades[0].doubtful);
    // A finer bar of the next day says nothing, and one after a gap proves nothing.
    assert!(world(&[up], 3, "stop-first").run().trades[0].doubtful);
    let next = [quiet, quiet, quiet, quiet, quiet, quiet, up];
    assert!(world(&next, 2, "stop-first").run().trades[0].doubtful);
    let mut gap = world(&[quiet, quiet, up], 2, "stop-first");
    let finer = gap.assets[0].finer.as_mut().unwrap();
    let kept = finer
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != 1)
        .map(|(_, bar)| bar);
    *finer = highwater_market::Bars::new(finer.timeframe(), kept).unwrap();
    assert!(gap.run().trades[0].doubtful);
}

#[test]
fn a_position_at_the_end_of_the_data_is_marked_not_closed() {
    let outcome = check(
        &no_levels()
            .plan("fee = \"0%\"", "fee = \"1%\"")
            .plan("slippage = \"0%\"", "slippage = \"1%\"")
            .asset("A", &[FLAT, [110.0, 112.0, 108.0, 111.0]])
            .event(1, Long),
        &[(1, 101.0, 2, 111.0, EndOfData)],
    );
    let trade = &outcome.trades[0];
    assert!(!trade.is_closed());
    assert_eq!(
        trade.fees,
        trade.quantity * 101.0 * 0.01,
        "the entry's alone"
    );
    assert_eq!(trade.slippage, trade.quantity * 1.0, "the entry's alone");
    let summary = outcome.summary(
        &no_levels().parsed(),
        &Convention::preset("crypto").unwrap(),
        None,
    );
    assert_eq!(
        (summary.trades, summary.closed, summary.open_at_end),
        (1, 0, 1)
    );
    assert_eq!(summary.win_rate, None);
    assert!(
        summary.verdict.contains("still open"),
        "{}",
        summary.verdict
    );
    assert_eq!(summary.final_equity, outcome.equity.last().unwrap().equity);
}

#[test]
fn a_delisted_position_ties_its_cash_to_the_end() {
    // A ends on day 2 at 50; B asks for all of equity on day 4: only the cash is there.
    let outcome = no_levels()
        .asset_on(
            "A",
            &[(0, FLAT), (1, FLAT), (2, [100.0, 100.0, 50.0, 50.0])],
        )
        .event(1, Long)
        .asset("B", &[FLAT; 6])
        .event(4, Long)
        .event(5, Short)
        .run();
    let (a, b) = (&outcome.trades[0], &outcome.trades[1]);
    assert_eq!(
        (a.exit_reason, a.exit_price, a.exit_time),
        (EndOfData, 50.0, day(2))
    );
    assert_eq!(
        b.quantity * b.entry_price,
        0.5 * (512.0 + 256.0),
        "A counts at its last close"
    );
    let last = outcome.equity.last().unwrap();
    assert_eq!((last.time, last.equity), (day(6), 512.0 + 256.0));
    assert_eq!(last.exposure, 256.0 + outcome.trades[2].quantity * 100.0);
}
