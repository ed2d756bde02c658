//! Entries that wait for a price.

use highwater_backtest::ExitReason::{EndOfData, Stop, Target};
use highwater_market::Direction::{Long, Short};

use super::{FLAT, check, no_levels};
use crate::world::World;

/// Half of 1024 on an order that waits, with a stop at 95 and a target at 105 unless replaced.
fn waiting(order: &str) -> World {
    World::new().plan(
        "side = \"both\"",
        &format!("side = \"both\"\norder = {order}"),
    )
}

#[test]
fn a_limit_order_fills_at_its_price_or_at_a_better_open() {
    let world = |bar: [f64; 4], side| {
        waiting("{ limit = \"2%\" }")
            .plan("slippage = \"0%\"", "slippage = \"50 bps\"")
            .asset("A", &[bar])
            .event(1, side)
    };
    // Without slippage: whoever waits is not hurried.
    check(
        &world([99.0, 100.0, 98.0, 99.0], Long),
        &[(1, 98.0, 1, 99.0, EndOfData)],
    );
    check(
        &world([97.0, 100.0, 96.0, 99.0], Long),
        &[(1, 97.0, 1, 99.0, EndOfData)],
    );
    check(
        &world([99.0, 102.0, 98.0, 99.0], Short),
        &[(1, 102.0, 1, 99.0, EndOfData)],
    );
    check(
        &world([103.0, 104.0, 98.0, 99.0], Short),
        &[(1, 103.0, 1, 99.0, EndOfData)],
    );
    check(&world([99.0, 100.0, 98.5, 99.0], Long), &[]);
    let outcome = waiting("{ limit = \"2%\" }")
        .plan("fee = \"0%\"", "fee = \"1%\"\nmaker_fee = \"0%\"")
        .asset("A", &[[99.0, 100.0, 98.0, 99.0]])
        .event(1, Long)
        .run();
    assert_eq!(outcome.trades[0].fees, 0.0, "it makes the market");
}

#[test]
fn a_stop_order_fills_at_its_price_or_at_a_worse_open() {
    let world = |bar: [f64; 4], side| {
        waiting("{ stop = \"2%\" }")
            .asset("A", &[bar])
            .event(1, side)
    };
    check(
        &world([100.0, 103.0, 99.0, 102.0], Long),
        &[(1, 102.0, 1, 102.0, EndOfData)],
    );
    check(
        &world([103.0, 104.0, 102.0, 103.0], Long),
        &[(1, 103.0, 1, 103.0, EndOfData)],
    );
    check(
        &world([100.0, 101.0, 97.0, 98.0], Short),
        &[(1, 98.0, 1, 98.0, EndOfData)],
    );
    check(
        &world([97.0, 98.0, 96.0, 97.0], Short),
        &[(1, 97.0, 1, 97.0, EndOfData)],
    );
    check(&world([100.0, 101.5, 99.0, 100.0], Long), &[]);
    let slips = world([100.0, 103.0, 99.0, 102.0], Long)
        .plan("slippage = \"0%\"", "slippage = \"1%\"")
        .run();
    assert!((slips.trades[0].entry_price - 102.0 * 1.01).abs() < 1e-12);
}

#[test]
fn an_order_expires_is_replaced_or_waits_to_the_end() {
    let low = [99.0, 100.0, 98.0, 99.0];
    let world = |bars: &str| {
        waiting(&format!("{{ limit = \"2%\", expire = \"{bars} bars\" }}"))
            .asset("A", &[FLAT, FLAT, low])
            .event(1, Long)
    };
    let outcome = check(&world("2"), &[]);
    assert_eq!((outcome.counts.unfilled, outcome.counts.entered), (1, 0));
    check(&world("3"), &[(3, 98.0, 3, 99.0, EndOfData)]);
    // A newer event takes the place of the order; it waits for the price seen from its own close.
    let outcome = check(&world("3").event(2, Short), &[]);
    assert_eq!(
        outcome.counts.unfilled, 2,
        "the second one waits at the end"
    );
}

#[test]
fn a_fill_inside_the_bar_leaves_the_rest_of_it_to_the_exits() {
    // A limit to buy is met on the way down, so what lies further down comes after it; what lies up may have come before,
    // unless the close is there.
    let limit = |bar: [f64; 4], policy: &str| {
        waiting("{ limit = \"2%\" }")
            .plan("[exit]\n", &format!("[exit]\ndoubtful = \"{policy}\"\n"))
            .asset("A", &[bar, FLAT])
            .event(1, Long)
    };
    let doubt = |world: &World| world.run().trades[0].doubtful;
    for policy in ["stop-first", "target-first", "nearer-extreme"] {
        let stopped = limit([100.0, 101.0, 95.0, 96.0], policy);
        check(&stopped, &[(1, 98.0, 1, 95.0, Stop)]);
        assert!(!doubt(&stopped), "{policy}");
        let reached = limit([100.0, 106.0, 98.0, 105.0], policy);
        check(&reached, &[(1, 98.0, 1, 105.0, Target)]);
        assert!(!doubt(&reached), "{policy}");
    }
    let perhaps = [100.0, 106.0, 98.0, 100.0];
    check(
        &limit(perhaps, "stop-first"),
        &[(1, 98.0, 2, 100.0, EndOfData)],
    );
    check(
        &limit(perhaps, "target-first"),
        &[(1, 98.0, 1, 105.0, Target)],
    );
    // The low is nearer to the open: it came first, and the high after it.
    check(
        &limit(perhaps, "nearer-extreme"),
        &[(1, 98.0, 1, 105.0, Target)],
    );
    assert!(
        doubt(&limit(perhaps, "stop-first")),
        "though nothing ended in that bar"
    );
    assert!(doubt(&limit(perhaps, "target-first")));

    // Both are reached: the stop for sure, and before it perhaps the target.
    let both = [100.0, 106.0, 94.0, 100.0];
    for (policy, price, reason) in [
        ("stop-first", 95.0, Stop),
        ("target-first", 105.0, Target),
        ("nearer-extreme", 95.0, Stop),
    ] {
        check(&limit(both, policy), &[(1, 98.0, 1, price, reason)]);
        assert!(doubt(&limit(both, policy)), "{policy}");
    }

    // A stop to buy is met on the way up, and it is the other way round.
    let stop = |bar: [f64; 4], policy: &str| {
        waiting("{ stop = \"2%\" }")
            .plan("[exit]\n", &format!("[exit]\ndoubtful = \"{policy}\"\n"))
            .asset("A", &[bar, FLAT])
            .event(1, Long)
    };
    for policy in ["stop-first", "target-first", "nearer-extreme"] {
        let reached = stop([100.0, 106.0, 99.0, 103.0], policy);
        check(&reached, &[(1, 102.0, 1, 105.0, Target)]);
        assert!(!doubt(&reached), "{policy}");
        let stopped = stop([100.0, 103.0, 94.0, 95.0], policy);
        check(&stopped, &[(1, 102.0, 1, 95.0, Stop)]);
        assert!(!doubt(&stopped), "{policy}");
    }
    let perhaps = [100.0, 103.0, 94.0, 100.0];
    check(&stop(perhaps, "stop-first"), &[(1, 102.0, 1, 95.0, Stop)]);
    check(
        &stop(perhaps, "target-first"),
        &[(1, 102.0, 2, 100.0, EndOfData)],
    );
    check(
        &stop(perhaps, "nearer-extreme"),
        &[(1, 102.0, 1, 95.0, Stop)],
    );
    // Both extremes are as near: price fell first, met the limit, and rose; or it fell before it met the stop order.
    let tie = [100.0, 106.0, 94.0, 100.0];
    check(
        &limit(tie, "nearer-extreme").levels(0, &[90.0, 105.0]),
        &[(1, 98.0, 1, 105.0, Target)],
    );
    check(
        &stop(tie, "nearer-extreme").levels(0, &[95.0, 110.0]),
        &[(1, 102.0, 2, 100.0, EndOfData)],
    );
    check(&stop(both, "stop-first"), &[(1, 102.0, 1, 95.0, Stop)]);
    check(&stop(both, "target-first"), &[(1, 102.0, 1, 105.0, Target)]);
}

#[test]
fn finer_bars_tell_what_the_bar_of_a_waiting_order_did() {
    // Of day 1 alone: the limit at 98 is met, and the target at 105 before it or after it, nobody knows.
    let perhaps = [100.0, 106.0, 98.0, 100.0];
    let up = [100.0, 106.0, 100.0, 100.0];
    let down = [100.0, 100.0, 98.0, 100.0];
    let limit = |bar: [f64; 4], policy: &str, finer: &[[f64; 4]]| {
        waiting("{ limit = \"2%\" }")
            .plan("[exit]\n", &format!("[exit]\ndoubtful = \"{policy}\"\n"))
            .asset("A", &[bar])
            .event(1, Long)
            .finer(1, finer)
    };
    let told = |world: &World| {
        let outcome = world.run();
        let doubtful = outcome.trades[0].doubtful;
        (doubtful, outcome.counts.decided_by_finer)
    };
    for policy in ["stop-first", "target-first", "nearer-extreme"] {
        // The high came before the fill, so that nothing came after it.
        let world = limit(perhaps, policy, &[up, down, FLAT, FLAT, FLAT, FLAT]);
        check(&world, &[(1, 98.0, 1, 100.0, EndOfData)]);
        assert_eq!(told(&world), (false, 0), "{policy}");
        // Or after it.
        let world = limit(perhaps, policy, &[FLAT, down, FLAT, up, FLAT, FLAT]);
        check(&world, &[(1, 98.0, 1, 105.0, Target)]);
        assert_eq!(told(&world), (false, 1), "{policy}");
        // Both levels are met, the target first, and then the stop, which finds nothing more.
        let both = [100.0, 106.0, 94.0, 95.0];
        let deep = [100.0, 100.0, 94.0, 95.0];
        let rest = [[95.0; 4]; 2];
        let world = limit(both, policy, &[down, FLAT, up, deep, rest[0], rest[1]]);
        check(&world, &[(1, 98.0, 1, 105.0, Target)]);
        assert_eq!(told(&world), (false, 1), "{policy}");
        // The open of a finer bar fills the order, at its own price all the same, and all of that bar comes after.
        let gap = [97.0, 106.0, 97.0, 100.0];
        let world = limit(
            [100.0, 106.0, 97.0, 100.0],
            policy,
            &[FLAT, gap, FLAT, FLAT, FLAT, FLAT],
        );
        check(&world, &[(1, 98.0, 1, 105.0, Target)]);
        assert_eq!(told(&world), (false, 1), "{policy}");
    }
    // The finer bar of the fill reaches both itself: its own prices leave the doubt, and the policy decides.
    let within = |policy: &str| limit(perhaps, policy, &[FLAT, perhaps, FLAT, FLAT, FLAT, FLAT]);
    check(&within("stop-first"), &[(1, 98.0, 1, 100.0, EndOfData)]);
    check(&within("target-first"), &[(1, 98.0, 1, 105.0, Target)]);
    assert_eq!(told(&within("stop-first")), (true, 0));
    assert_eq!(told(&within("target-first")), (true, 0));
    // What that leaves in doubt a later one settles: the target is met for sure, sooner or later.
    for policy in ["stop-first", "target-first"] {
        let world = limit(perhaps, policy, &[FLAT, perhaps, FLAT, up, FLAT, FLAT]);
        check(&world, &[(1, 98.0, 1, 105.0, Target)]);
        assert_eq!(told(&world), (false, 1), "{policy}");
    }
    // A missing finer bar, wherever it is, or finer bars that do not reach what the bar reaches, leave it to the policy.
    let known = [up, down, FLAT, FLAT, FLAT, FLAT];
    let unmet = [FLAT, down, FLAT, FLAT, FLAT, FLAT];
    for finer in [&known[..5], &known[..0], &unmet] {
        let world = limit(perhaps, "target-first", finer);
        check(&world, &[(1, 98.0, 1, 105.0, Target)]);
        assert_eq!(told(&world), (true, 0));
    }
    let unfilled = [up, FLAT, FLAT, FLAT, FLAT, FLAT];
    let world = limit(perhaps, "stop-first", &unfilled);
    check(&world, &[(1, 98.0, 1, 100.0, EndOfData)]);
    assert_eq!(told(&world), (true, 0));
}

#[test]
fn orders_that_wait_hold_their_money_and_their_place() {
    // B's order waits in the bar in which A's is filled, and whether it will be filled is not known at the open.
    let world = |more: &str| {
        waiting("{ limit = \"2%\" }")
            .plan("\"50%\"", &format!("\"100%\"{more}"))
            .asset("A", &[[100.0, 100.0, 98.0, 98.0]])
            .event(1, Long)
            .asset("B", &[FLAT])
            .event(1, Long)
    };
    let outcome = check(&world(""), &[(1, 98.0, 1, 98.0, EndOfData)]);
    let value = outcome.trades[0].quantity * 98.0;
    assert!((value - 512.0).abs() < 1e-9, "half of what it wanted");
    assert_eq!((outcome.counts.unfilled, outcome.counts.entered), (1, 1));
    let places = world("\n[portfolio]\nmax_positions = 1");
    let outcome = check(&places, &[(1, 98.0, 1, 98.0, EndOfData)]);
    assert!((outcome.trades[0].quantity * 98.0 - 1024.0).abs() < 1e-9);
}

#[test]
fn a_trail_sees_of_a_bar_entered_inside_its_close_alone() {
    // The high of 120 may have come before the limit was met.
    check(
        &no_levels()
            .plan(
                "side = \"both\"",
                "side = \"both\"\norder = { limit = \"4%\" }",
            )
            .plan("[exit]\n", "[exit]\ntrail = { distance = \"25%\" }\n")
            .asset(
                "A",
                &[[100.0, 160.0, 96.0, 112.0], [112.0, 112.0, 80.0, 100.0]],
            )
            .event(1, Long),
        &[(1, 96.0, 2, 84.0, Stop)],
    );
}
