//! Gates: what an entry must pass.

use highwater_backtest::{
    ExitReason::{EndOfData, OppositeEvent, Stop, Target},
    Outcome,
};
use highwater_market::Direction::{Long, Short};

use super::{DOWN, FLAT, check, no_levels};
use crate::world::{World, day};

fn only_if(world: World, gates: &str) -> World {
    world.plan("[exit]", &format!("only_if = [{gates}]\n[exit]"))
}

/// Per gate: entries that its answer kept out, and those for which it had none.
fn kept_out(outcome: &Outcome) -> Vec<(usize, usize)> {
    let gates = outcome.counts.gates.iter();
    gates.map(|gate| (gate.shut, gate.undefined)).collect()
}

/// Closes of 100, 110, 121, 121.
const RISING: [[f64; 4]; 3] = [
    [100.0, 110.0, 100.0, 110.0],
    [110.0, 121.0, 110.0, 121.0],
    [121.0, 121.0, 121.0, 121.0],
];

#[test]
fn a_gate_keeps_out_entries_and_never_exits() {
    // The short event ends the long and may not open a short: its own gate is asked of entries alone.
    let world = no_levels()
        .asset("A", &[FLAT, FLAT, FLAT])
        .says(0, "grade(trader)", 60.0)
        .says(1, "grade(trader)", 40.0)
        .event(1, Long)
        .event(2, Short);
    let outcome = check(
        &only_if(world, "\"grade(trader) >= 60\""),
        &[(1, 100.0, 2, 100.0, OppositeEvent)],
    );
    assert_eq!((outcome.counts.entered, outcome.counts.gated), (1, 1));
    assert_eq!(kept_out(&outcome), [(1, 0)]);
    assert_eq!(outcome.counts.gates[0].gate, "grade(trader) >= 60");
    // And a stop is a stop, whatever the gate says by then.
    let world = World::new()
        .asset("A", &[FLAT, DOWN])
        .says(0, "grade(trader)", 60.0)
        .says(1, "grade(trader)", 40.0)
        .event(1, Long);
    check(
        &only_if(world, "\"grade(trader) >= 60\""),
        &[(1, 100.0, 2, 95.0, Stop)],
    );
}

#[test]
fn a_gate_asks_of_bars_complete_at_the_decision() {
    // Decided as day 2 begins: the closes of days 0 and 1 are known, that of day 2 is not.
    let at = |gate: &str| {
        let world = no_levels().asset("A", &RISING).event(2, Long);
        let outcome = only_if(world, gate).run();
        (outcome.counts.entered, kept_out(&outcome))
    };
    assert_eq!(at("\"return(1 bar) >= 10%\""), (1, vec![(0, 0)]));
    assert_eq!(at("\"return(1 bar) > 10.1%\""), (0, vec![(1, 0)]));
    // An instant earlier the bar of day 1 is not complete, and there is one close alone.
    let world = no_levels()
        .asset("A", &RISING)
        .row(0, day(2).plus_micros(-1), Some(Long));
    let outcome = only_if(world, "\"return(1 bar) >= 10%\"").run();
    assert_eq!(kept_out(&outcome), [(0, 1)]);
}

#[test]
fn a_window_of_bars_counts_bars_and_one_of_days_counts_days() {
    // Closes 100, 125, 250 on days 0, 1 and 5: two bars back, or two days back, is not the same.
    let at = |gate: &str| {
        let days = [(0, FLAT), (1, [125.0; 4]), (5, [250.0; 4]), (6, [250.0; 4])];
        let world = no_levels().asset_on("A", &days).event(6, Long);
        let outcome = only_if(world, &format!("\"{gate}\"")).run();
        (outcome.counts.entered, kept_out(&outcome)[0])
    };
    assert_eq!(at("return(2 bars) >= 150%"), (1, (0, 0)));
    assert_eq!(at("return(2 bars) > 150%"), (0, (1, 0)));
    // The returns of the last two days: one, over the gap.
    assert_eq!(at("return(2d) >= 100%"), (1, (0, 0)));
    assert_eq!(at("return(2d) > 100%"), (0, (1, 0)));
    assert_eq!(at("return(5d) >= 150%"), (1, (0, 0)));
    // The bars do not reach back so far: what lies before the first cannot be said.
    assert_eq!(at("return(3 bars) > -100%"), (0, (0, 1)));
    assert_eq!(at("return(6d) > -100%"), (0, (0, 1)));
}

#[test]
fn a_gate_without_an_answer_is_shut_and_counted_apart() {
    for (gate, why) in [
        ("sharpe(3 bars) < 100", "every return is the same"),
        ("sharpe(90d) < 100", "too few bars"),
        ("grade(tm) <= 100", "the vendor said nothing"),
    ] {
        let world = no_levels().asset("A", &[FLAT; 4]).event(4, Long);
        let outcome = only_if(world, &format!("\"{gate}\"")).run();
        assert_eq!(kept_out(&outcome), [(0, 1)], "{why}");
        assert_eq!(
            (outcome.counts.gated, outcome.counts.gate_undefined),
            (0, 1),
            "{why}"
        );
        let said = outcome.verdict();
        assert!(said.contains("1 gate undefined"), "{said}");
    }
    // A flat price has a volatility and a drawdown, which are 0.
    let world = no_levels().asset("A", &[FLAT; 4]).event(4, Long);
    let gates = "\"volatility(3 bars) <= 0%\", \"drawdown(3 bars) <= 0%\"";
    assert_eq!(only_if(world, gates).run().counts.entered, 1);
}

#[test]
fn the_first_gate_that_is_shut_counts() {
    let world = no_levels()
        .asset("A", &[FLAT; 4])
        .says(0, "grade(tm)", 10.0)
        .event(2, Long);
    let gates = "\"grade(tm) < 50\", \"grade(tm) > 20\", \"grade(quant) > 0\", \"grade(tm) > 30\"";
    let outcome = only_if(world, gates).run();
    assert_eq!(kept_out(&outcome), [(0, 0), (1, 0), (0, 0), (0, 0)]);
}

#[test]
fn metrics_of_gates_follow_the_convention_of_the_plan() {
    // Returns of +10 %, -50 % and +20 %: a fall of half, which is 50 % and not -50 %.
    let bars = [
        [100.0, 110.0, 100.0, 110.0],
        [55.0, 55.0, 55.0, 55.0],
        [66.0, 66.0, 66.0, 66.0],
        [66.0; 4],
    ];
    let at = |gate: &str, convention: &str| {
        let world = no_levels()
            .asset("A", &bars)
            .event(4, Long)
            .plan("[entry]", &format!("{convention}\n[entry]"));
        only_if(world, &format!("\"{gate}\"")).run().counts.entered
    };
    assert_eq!(at("drawdown(3 bars) >= 50%", ""), 1);
    assert_eq!(at("drawdown(3 bars) <= 49.9%", ""), 0);
    // Mean -1/15, variance 0.433 / 3: by 365 days a year the deviation is 7.26, by 252 it is 6.03.
    assert_eq!(at("volatility(3 bars) >= 700%", ""), 1);
    assert_eq!(
        at("volatility(3 bars) >= 700%", "convention = \"crypto\""),
        1
    );
    assert_eq!(
        at("volatility(3 bars) >= 700%", "convention = \"equity\""),
        0
    );
}

#[test]
fn a_level_that_is_not_there_is_infinitely_far() {
    let at = |gate: &str| {
        let world = World::new()
            .plan("stop = { at = \"support\" }\n", "")
            .plan("target = { at = \"resistance\" }\n", "")
            .asset("A", &[FLAT, FLAT])
            // 95 and 105 are strong, 101.5 is weak.
            .levels(1, &[95.0, 101.5, 105.0])
            .event(1, Long);
        only_if(world, &format!("\"{gate}\"")).run().counts.entered
    };
    for (gate, entered) in [
        ("to_resistance >= 1.5%", 1),
        ("to_resistance > 1.5%", 0),
        ("to_resistance(0.7) >= 5%", 1),
        ("to_resistance(0.7) > 5%", 0),
        ("to_resistance(0.9) > 5%", 1),
        ("to_resistance(0.9) <= 5%", 0),
        ("to_support <= 5%", 1),
        ("to_support < 5%", 0),
        ("to_support(0.9) <= 5%", 0),
    ] {
        assert_eq!(at(gate), entered, "{gate}");
    }
}

#[test]
fn gates_of_a_plan_for_both_sides_name_levels_as_a_long_sees_them() {
    let at = |side: &str, direction, gate: &str| {
        let world = no_levels()
            .plan("\"both\"", side)
            .asset("A", &[FLAT, FLAT])
            .levels(0, &[99.0, 110.0])
            .event(1, direction);
        only_if(world, gate).run().counts.entered
    };
    let gate = "\"to_resistance >= 5%\"";
    assert_eq!(at("\"both\"", Long, gate), 1);
    assert_eq!(at("\"both\"", Short, gate), 0, "support is near");
    assert_eq!(at("\"short\"", Short, gate), 1, "as a short names it");
}

#[test]
fn facts_are_the_latest_known_at_the_decision() {
    let world = || {
        no_levels()
            .asset("A", &[FLAT, FLAT, FLAT])
            .says(0, "grade(tm)", 30.0)
            .says(1, "grade(tm)", 70.0)
    };
    let at = |world: World| only_if(world, "\"grade(tm) > 50\"").run().counts.entered;
    assert_eq!(at(world().event(1, Long)), 0);
    assert_eq!(at(world().event(2, Long)), 1);
    let before = day(2).plus_micros(-1);
    assert_eq!(at(world().row(0, before, Some(Long))), 0);
    // An entry that passes is an entry like any other.
    let gated = World::new()
        .asset("A", &[FLAT, [100.0, 106.0, 100.0, 106.0]])
        .says(0, "grade(tm)", 51.0)
        .event(1, Long);
    check(
        &only_if(gated, "\"grade(tm) > 50\""),
        &[(1, 100.0, 2, 105.0, Target)],
    );
    check(&world().event(3, Long), &[(3, 100.0, 3, 100.0, EndOfData)]);
}
