//! When and on what a replay decides.

use highwater_backtest::ExitReason::{
    EndOfData, OppositeEvent, SignalFlat, Stop, StopGap, Target, TargetGap,
};
use highwater_market::Direction::{Long, Short};

use super::{DOWN, FLAT, UP, check, no_levels};
use crate::world::{World, day};

#[test]
fn a_decision_uses_rows_known_at_that_moment() {
    // Levels that appear on day 2 are known to a decision of day 2, not to one of an instant earlier.
    let world = || {
        World::new()
            .asset("A", &[FLAT, FLAT, UP])
            .levels(2, &[97.0, 103.0])
    };
    let outcome = check(&world().event(2, Long), &[(2, 100.0, 3, 103.0, Target)]);
    assert_eq!(outcome.trades[0].stop_price, Some(97.0));
    assert_eq!(outcome.trades[0].stop_level.unwrap().price.get(), 97.0);
    let before = day(2).plus_micros(-1);
    let outcome = check(
        &world().row(1, before, Some(Long)),
        &[(2, 100.0, 3, 105.0, Target)],
    );
    assert_eq!(outcome.trades[0].stop_price, Some(95.0));
    assert_eq!(outcome.trades[0].decision_time, before);
    // And levels that appear later move nothing.
    let later = World::new()
        .asset("A", &[FLAT, FLAT, UP])
        .levels(2, &[97.0, 103.0])
        .event(1, Long);
    check(&later, &[(1, 100.0, 3, 105.0, Target)]);
    // Sides are seen from the last close known then: the bar of day 1 is not complete at noon of day 1.
    let noon = day(1).plus_micros(43_200_000_000);
    let seen = World::new()
        .asset(
            "A",
            &[
                [100.0, 104.0, 100.0, 104.0],
                [100.0, 101.0, 99.0, 100.0],
                UP,
            ],
        )
        .levels(0, &[95.0, 103.0, 105.0])
        .row(0, noon, Some(Long));
    check(&seen, &[(2, 100.0, 3, 103.0, Target)]);
}

#[test]
fn a_market_order_fills_at_the_first_open_not_earlier_than_the_decision() {
    let opens = [[101.0; 4], [102.0; 4], [103.0; 4]];
    let at = |known| no_levels().asset("A", &opens).row(0, known, Some(Long));
    check(&at(day(1)), &[(1, 101.0, 3, 103.0, EndOfData)]);
    check(
        &at(day(1).plus_micros(1)),
        &[(2, 102.0, 3, 103.0, EndOfData)],
    );
    let missing = no_levels()
        .asset_on("A", &[(0, FLAT), (4, [104.0; 4])])
        .event(1, Long);
    check(&missing, &[(4, 104.0, 4, 104.0, EndOfData)]);
}

#[test]
fn an_event_is_acted_on_once_and_no_news_never() {
    let outcome = check(
        &World::new()
            .asset("A", &[FLAT, DOWN, FLAT, FLAT])
            .event(1, Long)
            .row(1, day(2), None)
            .row(2, day(3), None),
        &[(1, 100.0, 2, 95.0, Stop)],
    );
    assert_eq!(outcome.counts.no_news, 2);
    // A revision to no news takes nothing back, whether the order was filled or not.
    let revised = no_levels()
        .asset_on("A", &[(0, FLAT), (2, FLAT)])
        .event(1, Long)
        .row(0, day(1).plus_micros(1), None);
    check(&revised, &[(2, 100.0, 2, 100.0, EndOfData)]);
}

#[test]
fn the_latest_event_before_an_open_replaces_earlier_ones() {
    let outcome = check(
        &no_levels()
            .asset_on("A", &[(0, FLAT), (3, FLAT)])
            .event(3, Short)
            .event(1, Long)
            .event(2, Long),
        &[(3, 100.0, 3, 100.0, EndOfData)],
    );
    assert_eq!(outcome.trades[0].side, Short);
    assert_eq!(outcome.counts.replaced, 2);
    // Known at the same moment: the later date.
    let outcome = no_levels()
        .asset("A", &[FLAT, FLAT])
        .row(1, day(2), Some(Short))
        .row(0, day(2), Some(Long))
        .run();
    assert_eq!(outcome.trades[0].side, Short);
    assert_eq!(outcome.counts.replaced, 1);
}

#[test]
fn a_revised_signal_acts_when_it_was_known() {
    let outcome = check(
        &no_levels()
            .asset("A", &[FLAT, [101.0; 4], [102.0; 4]])
            .row(0, day(1), None)
            .row(0, day(2), Some(Long))
            .row(0, day(2).plus_micros(1), Some(Long)),
        &[(2, 101.0, 3, 102.0, EndOfData)],
    );
    assert_eq!((outcome.counts.no_news, outcome.counts.repeated), (1, 1));
}

#[test]
fn a_signal_known_more_than_one_period_late_is_stale() {
    // The row of day 0 is complete at day 1, and news until day 2.
    let known = |at| {
        no_levels()
            .asset("A", &[FLAT, FLAT, FLAT])
            .row(0, at, Some(Long))
    };
    check(&known(day(2)), &[(2, 100.0, 3, 100.0, EndOfData)]);
    let outcome = check(&known(day(2).plus_micros(1)), &[]);
    assert_eq!(outcome.counts.stale, 1);
}

#[test]
fn signals_outside_the_period_do_nothing() {
    let during = |period: &str| {
        no_levels()
            .plan("[entry]", &format!("period = {period}\n[entry]"))
            .asset("A", &[[101.0; 4], [102.0; 4], [103.0; 4], [104.0; 4]])
    };
    let from = "{ from = \"2024-01-03\" }"; // day 2
    let outcome = check(
        &during(from).row(1, day(2).plus_micros(-1), Some(Long)),
        &[],
    );
    assert_eq!(outcome.counts.outside_period, 1);
    check(
        &during(from).event(2, Long),
        &[(2, 102.0, 4, 104.0, EndOfData)],
    );
    let to = "{ to = \"2024-01-03\" }";
    let outcome = check(
        &during(to).event(1, Long).event(3, Short),
        &[(1, 101.0, 2, 102.0, EndOfData)],
    );
    assert_eq!(outcome.counts.outside_period, 1);
    assert_eq!(outcome.equity.len(), 3, "days 0, 1 and 2");
}

#[test]
fn a_signal_after_the_last_bar_finds_no_bar() {
    let outcome = check(&no_levels().asset("A", &[FLAT]).event(2, Long), &[]);
    assert_eq!(outcome.counts.no_bar, 1);
}

#[test]
fn an_event_in_the_direction_of_the_position_is_ignored() {
    let outcome = check(
        &World::new()
            .asset("A", &[FLAT, FLAT, DOWN])
            .event(1, Long)
            .event(2, Long),
        &[(1, 100.0, 3, 95.0, Stop)],
    );
    assert_eq!(outcome.counts.in_position, 1);
    // Also if that very open ends the position: no new one in the same breath.
    let outcome = check(
        &World::new()
            .asset("A", &[FLAT, [94.0, 96.0, 93.0, 95.0], FLAT])
            .event(1, Long)
            .event(2, Long),
        &[(1, 100.0, 2, 94.0, StopGap)],
    );
    assert_eq!(outcome.counts.in_position, 1);
}

#[test]
fn an_opposite_event_exits_at_the_next_open() {
    let world = || no_levels().plan("\"both\"", "\"long\"");
    let bars = [FLAT, FLAT, [102.0, 103.0, 101.0, 101.0]];
    let outcome = check(
        &world().asset("A", &bars).event(1, Long).event(3, Short),
        &[(1, 100.0, 3, 102.0, OppositeEvent)],
    );
    assert_eq!(outcome.counts.exit_only, 1);
    let outcome = check(
        &world()
            .plan("[size]", "[exit]\nsignal = \"none\"\n[size]")
            .plan("[exit]\n", "")
            .asset("A", &bars)
            .event(1, Long)
            .event(3, Short),
        &[(1, 100.0, 3, 101.0, EndOfData)],
    );
    assert_eq!(outcome.counts.against_position, 1);
}

#[test]
fn an_opposite_event_reverses_only_if_the_plan_trades_both_sides() {
    let bars = [FLAT, FLAT, [102.0, 103.0, 101.0, 101.0]];
    let outcome = check(
        &no_levels().asset("A", &bars).event(1, Long).event(3, Short),
        &[
            (1, 100.0, 3, 102.0, OppositeEvent),
            (3, 102.0, 3, 101.0, EndOfData),
        ],
    );
    assert_eq!(outcome.trades[1].side, Short);
    assert_eq!(outcome.counts.exit_only, 0);
    let long_only = no_levels().plan("\"both\"", "\"long\"");
    let outcome = check(&long_only.asset("A", &bars).event(1, Short), &[]);
    assert_eq!(outcome.counts.side_not_traded, 1);
}

#[test]
fn an_event_that_says_flat_exits_at_the_next_open_and_enters_nothing() {
    for side in [Long, Short] {
        let world = || no_levels().asset("A", &[FLAT; 5]).event(1, side);
        let outcome = check(&world().flat(3), &[(1, 100.0, 3, 100.0, SignalFlat)]);
        assert_eq!((outcome.counts.exit_only, outcome.counts.entered), (1, 1));
        // In a plan that leaves exits to prices it does nothing.
        let ignored = world()
            .plan("[exit]\n", "[exit]\nsignal = \"none\"\n")
            .flat(3);
        let outcome = check(&ignored, &[(1, 100.0, 5, 100.0, EndOfData)]);
        assert_eq!(outcome.counts.against_position, 1);
    }
    // It pays slippage as any market order, and one more after it finds nothing to end.
    let outcome = no_levels()
        .plan("slippage = \"0%\"", "slippage = \"1%\"")
        .asset("A", &[FLAT; 5])
        .event(1, Long)
        .flat(3)
        .flat(4)
        .run();
    assert_eq!(outcome.trades[0].exit_price, 99.0);
    assert_eq!(
        (outcome.counts.exit_only, outcome.counts.flat_already),
        (1, 1)
    );
    // What the open does to stop and target comes first.
    for (open, reason) in [(94.0, StopGap), (106.0, TargetGap), (100.0, SignalFlat)] {
        let world = World::new()
            .asset("A", &[FLAT, [open; 4]])
            .event(1, Long)
            .flat(2);
        check(&world, &[(1, 100.0, 2, open, reason)]);
    }
    // Of several events before an open the last one counts, whichever it is.
    let noon = day(2).plus_micros(43_200_000_000);
    let world = no_levels().asset("A", &[FLAT; 5]).event(1, Long).flat(3);
    check(
        &world.clone().row(1, noon, Some(Short)),
        &[(1, 100.0, 3, 100.0, SignalFlat)],
    );
    let later = day(2).plus_micros(86_399_000_000);
    let outcome = check(
        &world.row(2, day(3), Some(Short)).row(2, later, None),
        &[
            (1, 100.0, 3, 100.0, OppositeEvent),
            (3, 100.0, 5, 100.0, EndOfData),
        ],
    );
    assert_eq!(outcome.counts.replaced, 1);
}

#[test]
fn flat_without_a_position_does_nothing() {
    let outcome = check(&no_levels().asset("A", &[FLAT; 3]).flat(1).flat(2), &[]);
    assert_eq!(
        (outcome.counts.flat_already, outcome.counts.signals),
        (2, 2)
    );
    // The next event enters as if nothing had been said.
    check(
        &no_levels().asset("A", &[FLAT; 3]).flat(1).event(2, Long),
        &[(2, 100.0, 3, 100.0, EndOfData)],
    );
    // Two tokens: the flat of one is not that of the other.
    check(
        &no_levels()
            .asset("A", &[FLAT; 3])
            .event(1, Long)
            .asset("B", &[FLAT; 3])
            .flat(2),
        &[(1, 100.0, 3, 100.0, EndOfData)],
    );
    // An order that waits is taken back.
    let deep = [100.0, 100.0, 90.0, 100.0];
    let waiting = no_levels()
        .plan(
            "side = \"both\"",
            "side = \"both\"\norder = { limit = \"5%\", expire = \"5 bars\" }",
        )
        .asset("A", &[FLAT, FLAT, deep])
        .event(1, Long);
    check(&waiting, &[(3, 95.0, 3, 100.0, EndOfData)]);
    let outcome = check(&waiting.flat(2), &[]);
    assert_eq!(
        (outcome.counts.unfilled, outcome.counts.flat_already),
        (1, 1)
    );
}
