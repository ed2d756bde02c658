//! Stops that move while a position is open.

use highwater_backtest::{
    ExitReason::{EndOfData, Stop, StopGap, Target},
    StopBy,
};
use highwater_market::Direction::{Long, Short};

use super::{FLAT, check, no_levels};
use crate::world::World;

fn exit(line: &str) -> World {
    no_levels().plan("[exit]\n", &format!("[exit]\n{line}\n"))
}

#[test]
fn a_trail_follows_the_best_price_of_complete_bars() {
    // The bar that makes the high 128 also falls to 100, below 25 % under it: what came first is not known, and the
    // trail moves at its close alone.
    let rising = [100.0, 128.0, 97.0, 112.0];
    let outcome = check(
        &exit("trail = { distance = \"25%\" }")
            .asset("A", &[FLAT, rising, [112.0, 112.0, 90.0, 92.0]])
            .event(1, Long),
        &[(1, 100.0, 3, 96.0, Stop)],
    );
    let trade = &outcome.trades[0];
    assert_eq!(
        (trade.stop_price, trade.stop_at_exit),
        (Some(75.0), Some(96.0))
    );
    assert_eq!(trade.stop_by, StopBy::Trail);
    assert_eq!(trade.r_multiple, Some(-0.16), "measured by the first stop");
    // The mirror image: the low 64 pulls the stop of a short down to 80.
    check(
        &exit("trail = { distance = \"25%\" }")
            .asset(
                "A",
                &[FLAT, [100.0, 101.0, 64.0, 70.0], [70.0, 100.0, 70.0, 100.0]],
            )
            .event(1, Short),
        &[(1, 100.0, 3, 80.0, Stop)],
    );
}

#[test]
fn of_a_stop_and_a_trail_the_nearer_one_holds_at_the_entry() {
    for (distance, side, price, by) in [
        ("4%", Long, 96.0, StopBy::Trail),
        ("5.5%", Long, 95.0, StopBy::Initial),
        ("5%", Long, 95.0, StopBy::Initial),
        ("25%", Long, 95.0, StopBy::Initial),
        ("4%", Short, 104.0, StopBy::Trail),
        ("5.5%", Short, 105.0, StopBy::Initial),
        ("5%", Short, 105.0, StopBy::Initial),
        ("25%", Short, 105.0, StopBy::Initial),
    ] {
        let outcome = World::new()
            .plan(
                "[exit]\n",
                &format!("[exit]\ntrail = {{ distance = \"{distance}\" }}\n"),
            )
            .asset("A", &[FLAT])
            .event(1, side)
            .run();
        let trade = &outcome.trades[0];
        assert_eq!(
            (trade.stop_price, trade.stop_by),
            (Some(price), by),
            "{side} {distance}"
        );
        assert_eq!(trade.stop_level.is_some(), by == StopBy::Initial);
    }
}

#[test]
fn a_trail_may_follow_closes() {
    check(
        &exit("trail = { distance = \"25%\", from = \"close\" }")
            .asset(
                "A",
                &[
                    FLAT,
                    [100.0, 128.0, 97.0, 112.0],
                    [112.0, 112.0, 80.0, 92.0],
                ],
            )
            .event(1, Long),
        &[(1, 100.0, 3, 84.0, Stop)],
    );
}

#[test]
fn a_trail_in_atr_takes_that_of_the_latest_complete_bar() {
    // True ranges 0, 16 (day 1), 24 (day 2): over one bar the average is the last. Entry at 100 with an ATR of 0 would
    // stand at its own stop, so the decision comes a day later.
    check(
        &exit("trail = { distance = \"1 atr\" }\natr_bars = 1")
            .asset(
                "A",
                &[
                    [100.0, 116.0, 100.0, 112.0],
                    [112.0, 136.0, 112.0, 136.0],
                    [136.0, 136.0, 100.0, 100.0],
                ],
            )
            .event(2, Long),
        // In the entry bar 112 - 16 holds; then 136 - 24.
        &[(2, 112.0, 3, 112.0, Stop)],
    );
}

#[test]
fn a_stop_never_moves_back() {
    // The average true range grows from 4 to 44, and would take the trail far down.
    check(
        &exit("trail = { distance = \"1 atr\" }\natr_bars = 1")
            .asset(
                "A",
                &[
                    [100.0, 104.0, 100.0, 104.0],
                    [104.0, 148.0, 104.0, 104.0],
                    [104.0, 104.0, 98.0, 98.0],
                ],
            )
            .event(2, Long),
        &[(2, 104.0, 3, 104.0, StopGap)],
    );
    // A level that comes below the stop moves nothing.
    check(
        &World::new()
            .plan("[exit]\n", "[exit]\nratchet = true\n")
            .asset("A", &[FLAT, FLAT, [100.0, 100.0, 94.0, 100.0]])
            .levels(2, &[80.0, 105.0])
            .event(1, Long),
        &[(1, 100.0, 3, 95.0, Stop)],
    );
}

#[test]
fn a_ratchet_moves_the_stop_to_newer_levels() {
    let world = |ratchet: &str| {
        World::new()
            .plan("[exit]\n", &format!("[exit]\nratchet = {ratchet}\n"))
            .asset("A", &[FLAT, FLAT, [100.0, 100.0, 98.0, 99.0], FLAT])
            .levels(2, &[98.0, 105.0])
            .event(1, Long)
    };
    // The level is known at the close of day 1, which is the open of day 2; the stop moves for the bar after it.
    let outcome = check(&world("true"), &[(1, 100.0, 3, 98.0, Stop)]);
    assert_eq!(outcome.trades[0].stop_by, StopBy::Ratchet);
    check(&world("false"), &[(1, 100.0, 4, 100.0, EndOfData)]);
}

#[test]
fn break_even_moves_the_stop_to_the_entry() {
    // One R is 5: the high of day 2 reaches 105, and 105 is the target, so the target is put further away.
    let world = || {
        World::new()
            .plan("[exit]\n", "[exit]\nbreak_even = \"1 r\"\n")
            .plan(
                "target = { at = \"resistance\" }",
                "target = { distance = \"12.5%\" }",
            )
    };
    let outcome = check(
        &world()
            .asset(
                "A",
                &[
                    FLAT,
                    [100.0, 105.0, 99.0, 104.0],
                    [104.0, 104.0, 96.0, 96.0],
                ],
            )
            .event(1, Long),
        &[(1, 100.0, 3, 100.0, Stop)],
    );
    assert_eq!(outcome.trades[0].stop_by, StopBy::BreakEven);
    assert_eq!(outcome.trades[0].r_multiple, Some(0.0));
    // A hair less, and the stop stays.
    check(
        &world()
            .asset(
                "A",
                &[
                    FLAT,
                    [100.0, 104.75, 99.0, 104.0],
                    [104.0, 104.0, 94.0, 96.0],
                ],
            )
            .event(1, Long),
        &[(1, 100.0, 3, 95.0, Stop)],
    );
}

#[test]
fn a_stop_that_moved_past_the_price_ends_at_the_next_open() {
    // 25 % below the high of 160 is 120; the bar closed at 100 already.
    check(
        &exit("trail = { distance = \"25%\" }")
            .asset("A", &[FLAT, [100.0, 160.0, 100.0, 100.0], FLAT])
            .event(1, Long),
        &[(1, 100.0, 3, 100.0, StopGap)],
    );
}

#[test]
fn a_stop_that_moves_goes_on_after_a_part_is_closed() {
    let outcome = check(
        &no_levels()
            .plan(
                "[exit]\n",
                "[exit]\ntrail = { distance = \"25%\" }\ntarget = { distance = \"25%\", share = \"50%\" }\n",
            )
            .asset(
                "A",
                &[
                    FLAT,
                    [100.0, 128.0, 100.0, 128.0],
                    [128.0, 160.0, 128.0, 160.0],
                    [160.0, 160.0, 100.0, 100.0],
                ],
            )
            .event(1, Long),
        &[(1, 100.0, 2, 125.0, Target), (1, 100.0, 4, 120.0, Stop)],
    );
    assert_eq!(outcome.trades[0].quantity, outcome.trades[1].quantity);
}
