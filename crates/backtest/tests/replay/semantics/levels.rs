//! Where stops and targets lie, and what the fill makes of them.

use highwater_market::Direction::{Long, Short};

use super::{FLAT, no_levels};
use crate::world::World;

#[test]
fn a_long_stops_below_support_and_targets_below_resistance() {
    let outcome = World::new()
        .plan("at = \"support\"", "at = \"support\", buffer = \"25%\"")
        .plan(
            "at = \"resistance\"",
            "at = \"resistance\", buffer = \"12.5%\"",
        )
        .asset("A", &[FLAT])
        .levels(0, &[40.0, 80.0, 128.0, 200.0])
        .event(1, Long)
        .run();
    let trade = &outcome.trades[0];
    assert_eq!(
        (trade.stop_price, trade.target_price),
        (Some(60.0), Some(112.0))
    );
    assert_eq!(
        trade.stop_level.unwrap().price.get(),
        80.0,
        "the nearest support"
    );
    assert_eq!(
        trade.target_level.unwrap().price.get(),
        128.0,
        "the nearest resistance"
    );
}

#[test]
fn a_short_stops_above_resistance_and_targets_above_support() {
    let shorts = |world: World| {
        let outcome = world
            .asset("A", &[FLAT])
            .levels(0, &[40.0, 64.0, 128.0, 200.0])
            .event(1, Short)
            .run();
        let trade = &outcome.trades[0];
        assert_eq!(
            (trade.stop_price, trade.target_price),
            (Some(160.0), Some(72.0))
        );
        assert_eq!(trade.stop_level.unwrap().price.get(), 128.0);
        assert_eq!(trade.target_level.unwrap().price.get(), 64.0);
    };
    shorts(
        World::new()
            .plan("at = \"support\"", "at = \"support\", buffer = \"25%\"")
            .plan(
                "at = \"resistance\"",
                "at = \"resistance\", buffer = \"12.5%\"",
            ),
    );
    shorts(
        World::new()
            .plan("\"both\"", "\"short\"")
            .plan(
                "target = { at = \"resistance\"",
                "target = { at = \"support\", buffer = \"12.5%\"",
            )
            .plan(
                "stop = { at = \"support\"",
                "stop = { at = \"resistance\", buffer = \"25%\"",
            ),
    );
}

#[test]
fn a_buffer_in_atr_is_that_of_the_decision() {
    // The true range of day 1 is 16, and a quarter of it is 4.
    let world = |side| {
        let outcome = World::new()
            .plan(
                "at = \"support\"",
                "at = \"support\", buffer = \"0.25 atr\"",
            )
            .plan(
                "at = \"resistance\"",
                "at = \"resistance\", buffer = \"0.25 atr\"",
            )
            .plan("[exit]\n", "[exit]\natr_bars = 1\n")
            .asset("A", &[[100.0, 108.0, 92.0, 100.0], FLAT])
            .levels(0, &[80.0, 128.0])
            .event(2, side)
            .run();
        let trade = &outcome.trades[0];
        (trade.stop_price, trade.target_price)
    };
    assert_eq!(world(Long), (Some(76.0), Some(124.0)));
    assert_eq!(world(Short), (Some(132.0), Some(84.0)));
}

#[test]
fn without_a_level_the_plan_skips_or_falls_back() {
    let world = |levels: &[f64]| World::new().asset("A", &[FLAT]).levels(0, levels);
    let counts = world(&[105.0]).event(1, Long).run().counts;
    assert_eq!((counts.no_support, counts.entered), (1, 0));
    let counts = world(&[95.0]).event(1, Long).run().counts;
    assert_eq!((counts.no_resistance, counts.entered), (1, 0));
    let counts = world(&[95.0]).event(1, Short).run().counts;
    assert_eq!(
        (counts.no_resistance, counts.entered),
        (1, 0),
        "a short stops there"
    );

    let fallback = || {
        World::new()
            .plan("at = \"support\"", "at = \"support\", otherwise = \"25%\"")
            .plan(
                "at = \"resistance\"",
                "at = \"resistance\", otherwise = \"50%\"",
            )
            .plan("slippage = \"0%\"", "slippage = \"10%\"")
            .asset("A", &[[80.0; 4]])
            .levels(0, &[])
    };
    for (side, entry, stop, target) in [(Long, 88.0, 66.0, 132.0), (Short, 72.0, 90.0, 36.0)] {
        let outcome = fallback().event(1, side).run();
        let trade = &outcome.trades[0];
        assert!((trade.entry_price - entry).abs() < 1e-12, "{side}");
        assert_eq!(trade.stop_level, None);
        // 0.1 is not exact in binary: one rounding.
        assert!((trade.stop_price.unwrap() - stop).abs() < 1e-12, "{side}");
        assert!(
            (trade.target_price.unwrap() - target).abs() < 1e-12,
            "{side}"
        );
    }
    // And a plan may do without a stop or a target.
    let outcome = no_levels().asset("A", &[FLAT]).event(1, Long).run();
    assert_eq!(
        (outcome.trades[0].stop_price, outcome.trades[0].r_multiple),
        (None, None)
    );
}

#[test]
fn a_fill_beyond_its_own_stop_or_target_is_skipped() {
    let opens_at = |open: f64, side| {
        let counts = World::new()
            .asset("A", &[[open; 4]])
            .event(1, side)
            .run()
            .counts;
        (counts.beyond_stop, counts.beyond_target, counts.entered)
    };
    for (open, long, short) in [
        (94.0, (1, 0, 0), (0, 1, 0)),
        (95.0, (1, 0, 0), (0, 1, 0)),
        (96.0, (0, 0, 1), (0, 0, 1)),
        (104.0, (0, 0, 1), (0, 0, 1)),
        (105.0, (0, 1, 0), (1, 0, 0)),
        (106.0, (0, 1, 0), (1, 0, 0)),
    ] {
        assert_eq!(opens_at(open, Long), long, "long at {open}");
        assert_eq!(opens_at(open, Short), short, "short at {open}");
    }
    // Slippage counts: bought at 105 and more, a target at 105 can only lose.
    let counts = World::new()
        .plan("slippage = \"0%\"", "slippage = \"5%\"")
        .asset("A", &[FLAT])
        .event(1, Long)
        .run()
        .counts;
    assert_eq!(counts.beyond_target, 1);
}
