//! How long a token rests after an exit.

use highwater_backtest::ExitReason::{EndOfData, OppositeEvent, Target};
use highwater_market::Direction::{Long, Short};

use super::{FLAT, check};
use crate::world::World;

fn resting(bars: usize) -> World {
    World::new().plan(
        "[cost]",
        &format!("[portfolio]\ncooldown = \"{bars} bars\"\n[cost]"),
    )
}

#[test]
fn cooldown_counts_opens_from_that_of_the_exit_bar() {
    // The target is met inside day 2: with `n bars` the first open at which A may be entered is that of day 2 + n.
    let up = [100.0, 105.0, 100.0, 100.0];
    let after_target = |bars: usize, event: i64| {
        resting(bars)
            .asset("A", &[FLAT, up, FLAT, FLAT, FLAT])
            .event(1, Long)
            .event(event, Long)
    };
    let first = (1, 100.0, 2, 105.0, Target);
    for (bars, day) in [(1, 3), (2, 4), (3, 5)] {
        let outcome = check(
            &after_target(bars, day),
            &[first, (day, 100.0, 5, 100.0, EndOfData)],
        );
        assert_eq!(outcome.counts.cooldown, 0);
        if bars > 1 {
            let outcome = check(&after_target(bars, day - 1), &[first]);
            assert_eq!(outcome.counts.cooldown, 1);
        }
    }
    // An event against the position ends it at the open of day 2, at which the token rests already: one bar is enough to
    // turn none, and the open of day 3 is free.
    let turned = |event: i64| {
        let world = resting(1).asset("A", &[FLAT; 5]).event(1, Long);
        world.event(2, Short).event(event, Short)
    };
    let out = (1, 100.0, 2, 100.0, OppositeEvent);
    let outcome = check(&turned(3), &[out, (3, 100.0, 5, 100.0, EndOfData)]);
    assert_eq!(outcome.counts.cooldown, 1);
    // Days without a bar are none: the bar after that of day 2 is that of day 6.
    let gap = |event: i64| {
        resting(2)
            .asset_on("A", &[(0, FLAT), (1, FLAT), (2, up), (6, FLAT), (7, FLAT)])
            .event(1, Long)
            .event(event, Long)
    };
    check(&gap(6), &[first]);
    check(&gap(7), &[first, (7, 100.0, 7, 100.0, EndOfData)]);
    // Another token does not rest.
    let other = after_target(3, 3).asset("B", &[FLAT; 5]).event(3, Long);
    check(&other, &[first, (3, 100.0, 5, 100.0, EndOfData)]);
}
