//! Which level a rule means, distances, and targets that close parts of a position.

use highwater_backtest::ExitReason::{EndOfData, Stop, Target, TargetGap, Time};
use highwater_market::Direction::{Long, Short};

use super::{FLAT, check, no_levels};
use crate::world::World;

/// Stop and targets of the one position of a world.
fn prices(world: World, side: highwater_market::Direction) -> (Option<f64>, Vec<f64>) {
    let outcome = world.event(1, side).run();
    let trade = &outcome.trades[0];
    (trade.stop_price, trade.targets.clone())
}

#[test]
fn a_rule_may_want_the_nth_level_or_a_strong_one() {
    // Levels at whole prices are strong in these cases, those between weak.
    let world = |stop: &str, target: &str| {
        World::new()
            .plan("at = \"support\"", &format!("at = \"support\"{stop}"))
            .plan(
                "at = \"resistance\"",
                &format!("at = \"resistance\"{target}"),
            )
            .asset("A", &[FLAT])
            .levels(0, &[80.5, 90.0, 95.5, 104.5, 110.0, 120.5])
    };
    let (stop, target) = (", nth = 2", ", min_strength = 0.5");
    assert_eq!(prices(world(stop, target), Long), (Some(90.0), vec![110.0]));
    assert_eq!(
        prices(world(stop, target), Short),
        (Some(110.0), vec![90.0])
    );
    let counts = world(", min_strength = 0.5, nth = 2", "")
        .event(1, Long)
        .run()
        .counts;
    assert_eq!((counts.no_support, counts.entered), (1, 0));
}

#[test]
fn levels_too_near_are_passed_over_and_those_too_far_are_none() {
    let world = |stop: &str| {
        World::new()
            .plan("at = \"support\"", &format!("at = \"support\", {stop}"))
            .asset("A", &[FLAT])
            .levels(0, &[80.0, 95.0, 105.0])
    };
    // A level exactly that far counts.
    for (rule, stop) in [
        ("min_distance = \"5%\"", Some(95.0)),
        ("min_distance = \"6%\"", Some(80.0)),
        ("max_distance = \"5%\"", Some(95.0)),
        ("min_distance = \"5%\", max_distance = \"5%\"", Some(95.0)),
        ("min_distance = \"0%\"", Some(95.0)),
        ("max_distance = \"4%\", otherwise = \"25%\"", Some(75.0)),
        (
            "min_distance = \"6%\", max_distance = \"19%\", otherwise = \"without\"",
            None,
        ),
    ] {
        assert_eq!(prices(world(rule), Long).0, stop, "{rule}");
    }
    let counts = world("max_distance = \"4%\"").event(1, Long).run().counts;
    assert_eq!((counts.no_support, counts.entered), (1, 0));
}

#[test]
fn a_distance_is_measured_from_the_entry_price() {
    // True ranges of day 0 and 1: 0 and 16, so the average over two is 8. The entry pays 10 % more than 100.
    let world = || {
        no_levels()
            .plan(
                "[exit]\n",
                "[exit]\natr_bars = 2\nstop = { distance = \"2 atr\" }\n\
                 target = [{ distance = \"50%\" }, { distance = \"1.5 r\" }, { distance = \"0.5 atr\" }]\n",
            )
            .asset("A", &[[100.0, 108.0, 92.0, 100.0], FLAT])
    };
    let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found}");
    for (side, stop, targets) in [
        (Long, 84.0, [104.0, 124.0, 150.0]),
        (Short, 116.0, [96.0, 76.0, 50.0]),
    ] {
        let outcome = world().event(2, side).run();
        let trade = &outcome.trades[0];
        near(trade.stop_price.unwrap(), stop);
        for (&found, wanted) in trade.targets.iter().zip(targets) {
            near(found, wanted);
        }
    }
    let shuffled = world()
        .plan(
            "{ distance = \"50%\" }, { distance = \"1.5 r\" }",
            "{ distance = \"1.5 r\" }, { distance = \"50%\" }",
        )
        .event(2, Short)
        .run();
    for (&found, wanted) in shuffled.trades[0].targets.iter().zip([96.0, 76.0, 50.0]) {
        near(found, wanted);
    }
    let dear = world()
        .plan("slippage = \"0%\"", "slippage = \"10%\"")
        .event(2, Long)
        .run();
    near(dear.trades[0].stop_price.unwrap(), 110.0 - 16.0);
}

#[test]
fn without_bars_enough_for_the_average_true_range_nothing_is_entered() {
    let counts = no_levels()
        .plan(
            "[exit]\n",
            "[exit]\natr_bars = 2\nstop = { distance = \"1 atr\" }\n",
        )
        .asset("A", &[FLAT, FLAT])
        .event(1, Long)
        .run()
        .counts;
    assert_eq!((counts.no_atr, counts.entered), (1, 0));
}

#[test]
fn without_a_level_an_entry_may_do_without() {
    let world = || {
        World::new()
            .plan(
                "at = \"support\"",
                "at = \"support\", otherwise = \"without\"",
            )
            .asset("A", &[FLAT])
            .levels(0, &[105.0])
    };
    assert_eq!(prices(world(), Long), (None, vec![105.0]));
    // A target that the stop measures has nothing to be measured by.
    let counts = world()
        .plan("at = \"resistance\"", "distance = \"2 r\"")
        .event(1, Long)
        .run()
        .counts;
    assert_eq!((counts.no_stop, counts.entered), (1, 0));
}

#[test]
fn targets_must_promise_enough_for_the_risk() {
    // The stop loses 5; targets at 105 and 115, half each, promise 10: twice that.
    let world = |least: &str| {
        no_levels()
            .plan(
                "[exit]\n",
                &format!(
                    "[exit]\nmin_reward_to_risk = {least}\nstop = {{ at = \"support\" }}\n\
                     target = [{{ at = \"resistance\" }}, {{ at = \"resistance\", nth = 2 }}]\n"
                ),
            )
            .asset("A", &[FLAT])
            .levels(0, &[95.0, 105.0, 115.0])
            .event(1, Long)
            .run()
            .counts
    };
    assert_eq!((world("2").low_reward, world("2").entered), (0, 1));
    assert_eq!((world("2.01").low_reward, world("2.01").entered), (1, 0));
    // Without a stop, or a target, nothing is promised.
    for level in [95.0, 105.0] {
        let counts = World::new()
            .plan(
                "at = \"support\"",
                "at = \"support\", otherwise = \"without\"",
            )
            .plan(
                "at = \"resistance\"",
                "at = \"resistance\", otherwise = \"without\"",
            )
            .plan("[exit]\n", "[exit]\nmin_reward_to_risk = 0.5\n")
            .asset("A", &[FLAT])
            .levels(0, &[level])
            .event(1, Long)
            .run()
            .counts;
        assert_eq!((counts.low_reward, counts.entered), (1, 0), "{level}");
    }
}

fn ladder(shares: [&str; 2]) -> World {
    no_levels().plan(
        "[exit]\n",
        &format!(
            "[exit]\nstop = {{ distance = \"25%\" }}\n\
                 target = [{{ distance = \"25%\"{} }}, {{ distance = \"12.5%\"{} }}]\n",
            shares[0], shares[1]
        ),
    )
}

#[test]
fn a_ladder_closes_parts_at_their_own_targets() {
    let outcome = check(
        &ladder([", share = \"75%\"", ""])
            .asset(
                "A",
                &[
                    FLAT,
                    [100.0, 120.0, 99.0, 120.0],
                    [120.0, 130.0, 120.0, 130.0],
                ],
            )
            .event(1, Long),
        &[(1, 100.0, 2, 112.5, Target), (1, 100.0, 3, 125.0, Target)],
    );
    let quantities: Vec<f64> = outcome.trades.iter().map(|trade| trade.quantity).collect();
    // 5.12 coins: the share that is left goes to the rule without one.
    assert_eq!(quantities, [1.28, 3.84]);
    assert!(
        outcome
            .trades
            .iter()
            .all(|trade| trade.position_quantity == 5.12)
    );
    assert_eq!(outcome.counts.entered, 1);
    let convention = highwater_metrics::Convention::preset("crypto").unwrap();
    let summary = outcome.summary(&World::new().parsed(), &convention, None);
    assert_eq!((summary.trades, summary.positions), (2, 1));
    assert_eq!(summary.position_win_rate, Some(1.0));
    // A quarter gained half of what the stop would have lost, the rest all of it.
    assert_eq!(summary.position_average_r, Some(0.875));
    // Both in one bar, both at their own prices; and both at an open beyond both.
    check(
        &ladder(["", ""])
            .asset("A", &[FLAT, [100.0, 125.0, 99.0, 120.0]])
            .event(1, Long),
        &[(1, 100.0, 2, 112.5, Target), (1, 100.0, 2, 125.0, Target)],
    );
    check(
        &ladder(["", ""])
            .asset("A", &[FLAT, [126.0, 126.0, 70.0, 70.0]])
            .event(1, Long),
        &[
            (1, 100.0, 2, 126.0, TargetGap),
            (1, 100.0, 2, 126.0, TargetGap),
        ],
    );
}

#[test]
fn the_last_target_closes_what_rounding_left() {
    // 5.12 coins less a tenth and seven tenths of them are more than a fifth of them, by rounding alone.
    let outcome = check(
        &no_levels()
            .plan(
                "[exit]\n",
                "[exit]\ntarget = [{ distance = \"12.5%\", share = \"10%\" }, { distance = \"25%\", share = \"70%\" }, \
                 { distance = \"50%\", share = \"20%\" }]\n",
            )
            .asset("A", &[FLAT, [100.0, 150.0, 100.0, 150.0], FLAT])
            .event(1, Long),
        &[
            (1, 100.0, 2, 112.5, Target),
            (1, 100.0, 2, 125.0, Target),
            (1, 100.0, 2, 150.0, Target),
        ],
    );
    assert!(outcome.trades[2].quantity > 5.12 * 0.2);
    assert_eq!(outcome.equity[2].exposure, 0.0);
}

#[test]
fn what_an_open_leaves_of_a_ladder_goes_on_in_the_bar() {
    // The open takes the nearer target; then the low decides the rest, without a doubt: nothing else was reached.
    let outcome = check(
        &ladder(["", ""])
            .asset("A", &[FLAT, [115.0, 120.0, 70.0, 70.0]])
            .event(1, Long),
        &[(1, 100.0, 2, 115.0, TargetGap), (1, 100.0, 2, 75.0, Stop)],
    );
    assert!(outcome.trades.iter().all(|trade| !trade.doubtful));
}

#[test]
fn the_rest_of_a_ladder_waits_for_another_exit() {
    let outcome = check(
        &ladder([", share = \"25%\"", ", share = \"25%\""])
            .plan("[exit]\n", "[exit]\ntime = \"2 bars\"\n")
            .asset("A", &[FLAT, [100.0, 125.0, 99.0, 120.0], [120.0; 4]])
            .event(1, Long),
        &[
            (1, 100.0, 2, 112.5, Target),
            (1, 100.0, 2, 125.0, Target),
            (1, 100.0, 3, 120.0, Time),
        ],
    );
    assert_eq!(outcome.trades[2].quantity, 5.12 - 1.28 - 1.28);
    assert_eq!(
        outcome.trades[2].target_price, None,
        "there was no further one"
    );
    check(
        &ladder([", share = \"25%\"", ", share = \"25%\""])
            .asset("A", &[FLAT, [100.0, 113.0, 99.0, 113.0]])
            .event(1, Long),
        &[
            (1, 100.0, 2, 112.5, Target),
            (1, 100.0, 2, 113.0, EndOfData),
        ],
    );
}

#[test]
fn a_doubtful_bar_takes_all_targets_it_reaches_or_none() {
    let bar = [100.0, 120.0, 70.0, 100.0];
    let world = |policy: &str| {
        ladder(["", ""])
            .plan("[exit]\n", &format!("[exit]\ndoubtful = \"{policy}\"\n"))
            .asset("A", &[FLAT, bar])
            .event(1, Long)
    };
    let outcome = check(&world("stop-first"), &[(1, 100.0, 2, 75.0, Stop)]);
    assert!(outcome.trades[0].doubtful);
    // The nearer target was reached; the rest was stopped.
    let outcome = check(
        &world("target-first"),
        &[(1, 100.0, 2, 112.5, Target), (1, 100.0, 2, 75.0, Stop)],
    );
    assert!(outcome.trades.iter().all(|trade| trade.doubtful));
    // Finer bars that rise first and then fall decide it.
    let outcome = check(
        &world("stop-first").finer(
            2,
            &[[100.0, 120.0, 100.0, 110.0], [110.0, 110.0, 70.0, 80.0]],
        ),
        &[(1, 100.0, 2, 112.5, Target), (1, 100.0, 2, 75.0, Stop)],
    );
    assert!(outcome.trades.iter().all(|trade| !trade.doubtful));
    assert_eq!(outcome.counts.decided_by_finer, 2);
    // A finer bar that opens beyond the nearer target, reaches no further one, and falls to the stop decides it too.
    for policy in ["stop-first", "target-first"] {
        let outcome = check(
            &world(policy).finer(2, &[[100.0; 4], [113.0, 120.0, 70.0, 80.0]]),
            &[(1, 100.0, 2, 112.5, Target), (1, 100.0, 2, 75.0, Stop)],
        );
        assert!(outcome.trades.iter().all(|trade| !trade.doubtful));
        assert_eq!(outcome.counts.decided_by_finer, 2);
    }
    // After the nearest target is behind, those ahead are taken at their own prices.
    let three = no_levels()
        .plan(
            "[exit]\n",
            "[exit]\ndoubtful = \"target-first\"\nstop = { distance = \"25%\" }\n\
             target = [{ distance = \"12.5%\" }, { distance = \"25%\" }, { distance = \"50%\" }]\n",
        )
        .asset(
            "A",
            &[
                FLAT,
                [100.0, 115.0, 99.0, 110.0],
                [110.0, 150.0, 70.0, 100.0],
            ],
        )
        .event(1, Long);
    check(
        &three,
        &[
            (1, 100.0, 2, 112.5, Target),
            (1, 100.0, 3, 125.0, Target),
            (1, 100.0, 3, 150.0, Target),
        ],
    );
}
