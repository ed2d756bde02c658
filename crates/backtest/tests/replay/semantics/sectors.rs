//! No more than so many positions of one sector.

use std::collections::BTreeMap;

use highwater_backtest::ExitReason::{EndOfData, Rebalance};
use highwater_backtest::Outcome;
use highwater_market::Direction::Long;

use super::{FLAT, check, no_levels};
use crate::world::{World, day};

/// A plan that holds so many of one sector.
fn capped(most: usize) -> World {
    no_levels()
        .plan("[entry]", "clock = \"observed\"\n[entry]")
        .plan(
            "[cost]",
            &format!("[portfolio]\nmax_per_sector = {most}\n[cost]"),
        )
        .plan("50%", "10%")
}

/// A flat token that is listed in these sectors when day 0 is over.
fn listed(world: World, symbol: &str, sectors: &[&str]) -> World {
    sectors
        .iter()
        .fold(world.asset(symbol, &[FLAT; 4]), |world, sector| {
            world.says(0, &format!("sector({sector})"), 1.0)
        })
}

fn symbols(outcome: &Outcome) -> String {
    outcome
        .trades
        .iter()
        .map(|trade| trade.symbol.as_str())
        .collect()
}

fn by_name<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    counts
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

#[test]
fn a_sector_has_so_many_places() {
    // B was decided first, then the symbol breaks the tie; C is of another sector, and D of both.
    let world = |most: usize| {
        let world = listed(capped(most), "A", &["defi"]).event(2, Long);
        let world = listed(world, "B", &["defi"]).row(0, day(1), Some(Long));
        let world = listed(world, "C", &["gaming"]).event(2, Long);
        listed(world, "D", &["gaming", "defi"]).event(2, Long).run()
    };
    let one = world(1);
    assert_eq!(symbols(&one), "BC");
    assert_eq!(one.counts.sector_full, 2);
    // Both sectors of D are full: the first by name counts.
    assert_eq!(one.counts.sectors, by_name([("defi", 2)]));
    let two = world(2);
    assert_eq!(symbols(&two), "BAC");
    assert_eq!(two.counts.sectors, by_name([("defi", 1)]));
    let three = world(3);
    assert_eq!(symbols(&three), "BACD");
    assert_eq!((three.counts.sector_full, three.counts.no_place), (0, 0));
    // Of two at one open without such an order the first by symbol is taken.
    let world = listed(capped(1), "B", &["defi"]).event(1, Long);
    let world = listed(world, "A", &["defi"]).event(1, Long);
    assert_eq!(symbols(&world.run()), "A");
}

#[test]
fn what_a_full_sector_keeps_out_takes_no_place_from_others() {
    let world = |places: usize| {
        let plan = format!("max_per_sector = 1\nmax_positions = {places}");
        let world = capped(1).plan("max_per_sector = 1", &plan);
        let world = listed(world, "A", &["defi"]).event(1, Long);
        let world = listed(world, "B", &["defi"]).event(1, Long);
        listed(world, "C", &["gaming"]).event(1, Long).run()
    };
    let outcome = world(2);
    assert_eq!(symbols(&outcome), "AC");
    assert_eq!(
        (outcome.counts.sector_full, outcome.counts.no_place),
        (1, 0)
    );
    // A full sector is asked first.
    let outcome = world(1);
    assert_eq!(symbols(&outcome), "A");
    assert_eq!(
        (outcome.counts.sector_full, outcome.counts.no_place),
        (1, 1)
    );
}

#[test]
fn a_token_of_no_sector_is_not_limited() {
    let world = listed(capped(1), "A", &[]).event(1, Long);
    let world = listed(world, "B", &[]).event(1, Long);
    let outcome = listed(world, "C", &["defi"]).event(1, Long).run();
    assert_eq!(symbols(&outcome), "ABC");
    assert_eq!(
        (outcome.counts.sector_full, outcome.counts.without_sector),
        (0, 2)
    );
    // Without the rule nothing is asked, and nothing counted.
    let world = capped(1).plan("max_per_sector = 1", "");
    let outcome = listed(world, "A", &[]).event(1, Long).run();
    assert_eq!(outcome.counts.without_sector, 0);
}

#[test]
fn sectors_are_those_listed_at_the_open_and_end_no_position() {
    // A is entered on day 1 without a sector, and is listed beside B when day 1 is over.
    let world = |event: i64| {
        capped(1)
            .asset("A", &[FLAT; 4])
            .event(1, Long)
            .says(1, "sector(defi)", 1.0)
            .says(2, "sector(defi)", 0.0)
            .asset("B", &[FLAT; 4])
            .event(event, Long)
            .says(0, "sector(defi)", 1.0)
    };
    let held = (1, 100.0, 4, 100.0, EndOfData);
    check(&world(1), &[held, held]);
    let outcome = check(&world(2), &[held]);
    assert_eq!(outcome.counts.sectors, by_name([("defi", 1)]));
    // It has left the sector when day 2 is over, and its place is free.
    check(&world(3), &[held, (3, 100.0, 4, 100.0, EndOfData)]);
}

#[test]
fn an_order_that_waits_holds_the_place_of_its_sector() {
    // A's limit is not met on day 1, B's is: nobody knew at the open. A is met on day 2.
    let deep = [100.0, 100.0, 90.0, 100.0];
    let world = capped(1)
        .plan(
            "side = \"both\"",
            "side = \"both\"\norder = { limit = \"5%\", expire = \"2 bars\" }",
        )
        .asset("A", &[FLAT, deep])
        .event(1, Long)
        .says(0, "sector(defi)", 1.0)
        .asset("B", &[deep, FLAT])
        .event(1, Long)
        .says(0, "sector(defi)", 1.0);
    let outcome = check(&world, &[(2, 95.0, 2, 100.0, EndOfData)]);
    assert_eq!(symbols(&outcome), "A");
    assert_eq!(outcome.counts.sectors, by_name([("defi", 1)]));
}

/// Weights set on day 2 and day 4.
fn weighing(rule: &str, most: usize) -> World {
    no_levels()
        .plan(
            "[entry]\nside = \"both\"",
            &format!("clock = \"observed\"\n[period]\nfrom = \"2024-01-03\"\n[entry]\nsignal = \"rebalance\"\nside = \"long\"\n[rebalance]\nevery = \"2 bars\"\n{rule}"),
        )
        .plan("[size]\nfraction = \"50%\"\n", "")
        .plan("[cost]", &format!("[portfolio]\nmax_per_sector = {most}\n[cost]"))
}

#[test]
fn a_rebalance_passes_over_tokens_of_a_full_sector() {
    // B gained most, then A, both of one sector; C gained least.
    let world = |top: &str| {
        weighing(&format!("score = \"return(1 bars)\"\n{top}"), 1)
            .asset("A", &[[110.0; 4], [110.0; 4]])
            .says(0, "sector(defi)", 1.0)
            .asset("B", &[[120.0; 4], [120.0; 4]])
            .says(0, "sector(defi)", 1.0)
            .asset("C", &[[101.0; 4], [101.0; 4]])
            .run()
    };
    let outcome = world("top = 2");
    assert_eq!(symbols(&outcome), "BC");
    assert_eq!(outcome.counts.sectors, by_name([("defi", 1)]));
    assert_eq!(
        (outcome.counts.sector_full, outcome.counts.without_sector),
        (0, 1),
        "no signal was kept out"
    );
    // Beyond the top nobody is passed over.
    let outcome = world("top = 1");
    assert_eq!(symbols(&outcome), "B");
    assert_eq!(outcome.counts.sectors, by_name([]));
    assert_eq!(symbols(&world("")), "BC");
    // What has no bar keeps its coins, and the place in its sector; what has one is sold for a better one.
    let kept = |a_on_day_4: bool| {
        let mut days = vec![(0, FLAT), (1, [110.0; 4]), (2, [110.0; 4])];
        if a_on_day_4 {
            days.extend([(3, [110.0; 4]), (4, [110.0; 4])]);
        }
        weighing("score = \"return(1 bars)\"\ntop = 1", 1)
            .asset_on("A", &days)
            .says(0, "sector(defi)", 1.0)
            .asset("B", &[FLAT, FLAT, [120.0; 4], [120.0; 4]])
            .says(0, "sector(defi)", 1.0)
    };
    check(&kept(false), &[(2, 110.0, 2, 110.0, EndOfData)]);
    check(
        &kept(true),
        &[
            (2, 110.0, 4, 110.0, Rebalance),
            (4, 120.0, 4, 120.0, EndOfData),
        ],
    );
}
