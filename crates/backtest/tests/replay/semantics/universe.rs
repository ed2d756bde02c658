//! Universes that change.

use highwater_backtest::ExitReason::{
    EndOfData, LeftUniverse, OppositeEvent, StopGap, Target, Time,
};
use highwater_market::{
    Bars,
    Direction::{Long, Short},
    PriceBar, Timeframe,
};

use super::{FLAT, check, no_levels};
use crate::world::{World, day};

fn universe(world: World, universe: &str) -> World {
    world.plan("universe = \"all\"", &format!("universe = {universe}"))
}

/// The last token's volumes, from day 0 on.
fn volumes(mut world: World, volumes: &[f64]) -> World {
    let last = world.last();
    let bars = last.bars.iter().zip(volumes);
    let bars = bars.map(|(bar, &volume)| PriceBar { volume, ..bar });
    last.bars = Bars::new(Timeframe::D1, bars).unwrap();
    world
}

const BY_VOLUME: &str = "{ top = 1, by = \"volume\", window = \"2d\", every = \"2 bars\" }";

/// Symbols and days of entry.
fn entries(world: &World) -> Vec<(String, i64)> {
    let trades = world.run().trades;
    let day_of =
        |time: highwater_market::Timestamp| time.days_since_epoch() - day(0).days_since_epoch();
    trades
        .iter()
        .map(|trade| (trade.symbol.clone(), day_of(trade.entry_time)))
        .collect()
}

#[test]
fn members_are_ranked_at_each_rebalance_on_what_was_complete_then() {
    // Rebalances on days 1, 3, 5: the period begins on day 1. A leads by volume until day 3 is over, then B.
    let world = |event: i64| {
        let a = no_levels().asset("A", &[FLAT; 7]).event(event, Long);
        let a = volumes(a, &[9.0, 9.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        let b = a.asset("B", &[FLAT; 7]).event(event, Long);
        let b = volumes(b, &[5.0, 5.0, 5.0, 99.0, 5.0, 5.0, 5.0, 5.0]);
        universe(b, BY_VOLUME).plan("[entry]", "period = { from = \"2024-01-02\" }\n[entry]")
    };
    for (event, member) in [
        (1, "A"),
        (2, "A"),
        (3, "A"),
        // The volume of day 3 is known, and counts from the rebalance of day 5 on.
        (4, "A"),
        (5, "B"),
        (6, "B"),
    ] {
        let world = world(event);
        assert_eq!(entries(&world), [(member.to_owned(), event)], "day {event}");
        assert_eq!(world.run().counts.not_in_universe, 1);
    }
}

#[test]
fn equal_ranks_go_by_symbol_and_the_other_end_can_be_asked_for() {
    let world = |order: &str, by: &str| {
        let world = no_levels()
            .asset("B", &[[125.0; 4]; 4])
            .event(4, Long)
            .asset("A", &[[125.0; 4]; 4])
            .event(4, Long)
            .asset("C", &[[50.0; 4]; 4])
            .event(4, Long);
        let ranking =
            format!("{{ top = 1, by = \"{by}\", window = \"9d\", every = \"1 bar\"{order} }}");
        entries(&universe(world, &ranking))
    };
    assert_eq!(world("", "return"), [("A".to_owned(), 4)]);
    assert_eq!(
        world(", order = \"lowest\"", "return"),
        [("C".to_owned(), 4)]
    );
    assert_eq!(world("", "volatility"), [("C".to_owned(), 4)]);
    // No volume at all: nobody can be ranked, and nobody is a member.
    assert_eq!(world("", "volume"), []);
}

#[test]
fn a_token_is_ranked_only_while_it_has_bars_in_the_window() {
    // A traded more than anybody, and stopped on day 1; B began on day 3.
    let world = |event: i64| {
        let a = no_levels().asset_on("A", &[(0, FLAT), (1, FLAT), (9, FLAT)]);
        let a = volumes(a, &[99.0, 99.0, 99.0]).event(event, Long);
        let b = a.asset_on("B", &(3..10).map(|n| (n, FLAT)).collect::<Vec<_>>());
        let b = volumes(b, &[1.0; 7]).event(event, Long);
        let ranking = "{ top = 1, by = \"volume\", window = \"3d\", every = \"1 bar\" }";
        universe(b, ranking)
    };
    // On day 4 the bar of day 1 still closed within three days; a day later none did.
    assert_eq!(entries(&world(4)), [("A".to_owned(), 9)]);
    assert_eq!(entries(&world(5)), [("B".to_owned(), 5)]);
    // Nobody knew on day 2 that A would have no bar for a while.
    assert_eq!(entries(&world(2)), [("A".to_owned(), 9)]);
}

#[test]
fn leaving_the_universe_ends_no_position() {
    let world = || {
        let a = no_levels().asset("A", &[FLAT; 5]).event(1, Long);
        volumes(a, &[9.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    };
    let with_b = |world: World| {
        let b = world.asset("B", &[FLAT; 5]);
        let ranking = "{ top = 1, by = \"volume\", window = \"1d\", every = \"1 bar\" }";
        universe(volumes(b, &[5.0; 6]), ranking)
    };
    check(&with_b(world()), &[(1, 100.0, 5, 100.0, EndOfData)]);
    // Its exits are asked of nobody; the short that would follow is an entry of a token that is no member.
    let outcome = check(
        &with_b(world().event(3, Short)),
        &[(1, 100.0, 3, 100.0, OppositeEvent)],
    );
    assert_eq!(outcome.counts.not_in_universe, 1);
}

/// A leads by volume until day 2 is over, then B; ranked anew every bar.
fn led_until_day_2(world: World, more: &str) -> World {
    let world = volumes(world, &[9.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    let world = volumes(world.asset("B", &[FLAT; 6]), &[5.0; 7]);
    let ranking =
        format!("{{ top = 1, by = \"volume\", window = \"1d\", every = \"1 bar\"{more} }}");
    universe(world, &ranking)
}

const EXIT: &str = ", leave = \"exit\"";

#[test]
fn leaving_the_universe_ends_the_position_if_the_plan_says_so() {
    let world =
        |more: &str| led_until_day_2(no_levels().asset("A", &[FLAT; 6]).event(1, Long), more);
    check(&world(EXIT), &[(1, 100.0, 3, 100.0, LeftUniverse)]);
    for more in ["", ", leave = \"hold\""] {
        check(&world(more), &[(1, 100.0, 6, 100.0, EndOfData)]);
    }
    // With slippage, as any market order.
    let slips = world(EXIT)
        .plan("slippage = \"0%\"", "slippage = \"1%\"")
        .run();
    assert_eq!(slips.trades[0].exit_price, 99.0);
    // A token without a bar at that moment leaves at its next open.
    let gap = no_levels()
        .asset_on(
            "A",
            &[(0, FLAT), (1, FLAT), (2, FLAT), (5, FLAT), (6, FLAT)],
        )
        .event(1, Long);
    check(
        &led_until_day_2(gap, EXIT),
        &[(1, 100.0, 5, 100.0, LeftUniverse)],
    );
    // One that comes back is entered by its next event, and not before.
    let back = |event: i64| {
        let world = no_levels()
            .asset("A", &[FLAT; 6])
            .event(1, Long)
            .event(event, Long);
        let world = volumes(world, &[9.0, 9.0, 1.0, 9.0, 9.0, 9.0, 9.0]);
        let ranking =
            "{ top = 1, by = \"volume\", window = \"1d\", every = \"1 bar\", leave = \"exit\" }";
        universe(volumes(world.asset("B", &[FLAT; 6]), &[5.0; 7]), ranking)
    };
    let outcome = check(&back(3), &[(1, 100.0, 3, 100.0, LeftUniverse)]);
    assert_eq!(outcome.counts.in_position, 1);
    check(
        &back(5),
        &[
            (1, 100.0, 3, 100.0, LeftUniverse),
            (5, 100.0, 6, 100.0, EndOfData),
        ],
    );
}

#[test]
fn leaving_the_universe_comes_after_prices_and_events_and_before_time() {
    let exit = |bar: [f64; 4], more: &str| {
        let world = World::new()
            .plan("[exit]\n", &format!("[exit]\n{more}"))
            .asset("A", &[FLAT, FLAT, bar, FLAT, FLAT, FLAT])
            .event(1, Long);
        led_until_day_2(world, EXIT)
    };
    let day_3 = |world: &World| world.run().trades[0].exit_reason;
    assert_eq!(day_3(&exit([94.0; 4], "")), StopGap);
    assert_eq!(day_3(&exit(FLAT, "time = \"2 bars\"\n")), LeftUniverse);
    assert_eq!(day_3(&exit(FLAT, "time = \"1 bars\"\n")), Time);
    let world = no_levels()
        .asset("A", &[FLAT; 6])
        .event(1, Long)
        .event(3, Short);
    let outcome = check(
        &led_until_day_2(world, EXIT),
        &[(1, 100.0, 3, 100.0, OppositeEvent)],
    );
    assert_eq!(outcome.counts.not_in_universe, 1);
    // What a ladder has left goes at the open that its first target began.
    let world = World::new()
        .plan(
            "target = { at = \"resistance\" }",
            "target = [{ distance = \"5%\", share = \"50%\" }, { distance = \"50%\" }]",
        )
        .asset(
            "A",
            &[FLAT, [100.0, 106.0, 100.0, 100.0], FLAT, FLAT, FLAT, FLAT],
        )
        .event(1, Long);
    check(
        &led_until_day_2(world, EXIT),
        &[
            (1, 100.0, 2, 105.0, Target),
            (1, 100.0, 3, 100.0, LeftUniverse),
        ],
    );
}

#[test]
fn leaving_the_universe_takes_back_an_order_that_waits() {
    let deep = [100.0, 100.0, 90.0, 100.0];
    let world = |more: &str, event: i64| {
        let world = no_levels()
            .plan(
                "side = \"both\"",
                "side = \"both\"\norder = { limit = \"5%\", expire = \"5 bars\" }",
            )
            .asset("A", &[FLAT, FLAT, deep, FLAT, FLAT, FLAT])
            .event(event, Long);
        led_until_day_2(world, more)
    };
    check(&world("", 1), &[(3, 95.0, 6, 100.0, EndOfData)]);
    let outcome = check(&world(EXIT, 1), &[]);
    assert_eq!(
        (outcome.counts.not_in_universe, outcome.counts.unfilled),
        (1, 0)
    );
}

#[test]
fn what_leaves_between_the_decision_and_the_open_is_not_entered() {
    // Known on day 2, when A leads; its next bar is that of day 4, when it does not.
    let world = |more: &str| {
        let days: Vec<(i64, [f64; 4])> = [0, 1, 4, 5].map(|n| (n, FLAT)).into();
        led_until_day_2(no_levels().asset_on("A", &days).event(2, Long), more)
    };
    check(&world(""), &[(4, 100.0, 5, 100.0, EndOfData)]);
    let outcome = check(&world(EXIT), &[]);
    assert_eq!(outcome.counts.not_in_universe, 1);
}

#[test]
fn lists_of_the_vendor_count_as_they_were_observed() {
    for (table, name) in [
        ("{ sector = \"DeFi\" }", "sector(defi)"),
        ("{ moonshots = true }", "moonshot"),
    ] {
        let at = |event: i64| {
            let world = no_levels()
                .asset("A", &[FLAT; 5])
                .says(1, name, 1.0)
                .says(3, name, 0.0)
                .event(event, Long)
                .asset("B", &[FLAT; 5])
                .event(event, Long);
            let world = universe(world, table).plan("[entry]", "clock = \"observed\"\n[entry]");
            entries(&world)
        };
        assert_eq!(at(1), [], "{table}: not listed yet");
        assert_eq!(at(2), [("A".to_owned(), 2)], "{table}");
        assert_eq!(at(3), [("A".to_owned(), 3)], "{table}");
        assert_eq!(at(4), [], "{table}: taken off the list");
        // Known to be off the list when day 3 is over.
        let held = |more: &str| {
            let world = no_levels()
                .asset("A", &[FLAT; 5])
                .says(1, name, 1.0)
                .says(3, name, 0.0)
                .event(2, Long);
            universe(world, &table.replace(" }", &format!("{more} }}")))
                .plan("[entry]", "clock = \"observed\"\n[entry]")
        };
        check(&held(EXIT), &[(2, 100.0, 4, 100.0, LeftUniverse)]);
        check(&held(""), &[(2, 100.0, 5, 100.0, EndOfData)]);
    }
}
