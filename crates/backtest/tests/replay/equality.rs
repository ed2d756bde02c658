//! The indexed engine and the bar-by-bar oracle give the same trades, equity and counts, to the last bit.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use highwater_backtest::{
    ExitReason, GateCount, ReplayError, Replayer, Search, holdings, oracle, orders, plan::Doubtful,
    run, run_seeded,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::generated::{cases, world};

#[test]
fn both_engines_agree_on_generated_cases() {
    let seen: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let count = cases(1_500);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    runner
        .run(&world(), |world| {
            let (plan, assets) = (world.parsed(), world.borrowed());
            let see = |what: &str| *seen.borrow_mut().entry(what.to_owned()).or_default() += 1;
            let outcome = match run(&plan, &assets) {
                Err(error @ ReplayError::NoBars { .. }) => {
                    let oracle = oracle::replay(&plan, &assets, plan.exit.doubtful);
                    prop_assert_eq!(oracle, Err(error));
                    see("no bars");
                    return Ok(());
                }
                outcome => outcome.unwrap(),
            };
            // So few bars are scanned; the pyramids find the same, and so does a replay without a curve.
            let replayer = Replayer::new(&assets).unwrap();
            prop_assert_eq!(outcome.search, Search::Scan);
            let without_curve = replayer.trades_only(&plan).unwrap();
            prop_assert_eq!(&without_curve.trades, &outcome.trades);
            prop_assert_eq!(&without_curve.counts, &outcome.counts);
            prop_assert_eq!(without_curve.scenarios, outcome.scenarios);
            prop_assert_eq!(replayer.totals(&plan).unwrap(), outcome.scenarios.chosen);
            replayer.index();
            let indexed = replayer.run(&plan).unwrap();
            prop_assert_eq!(indexed.search, Search::Index);
            prop_assert_eq!(&indexed.trades, &outcome.trades);
            prop_assert_eq!(&indexed.equity, &outcome.equity);
            prop_assert_eq!(&indexed.counts, &outcome.counts);
            prop_assert_eq!(indexed.scenarios, outcome.scenarios);
            prop_assert_eq!(&indexed.curves, &outcome.curves);
            let chosen = oracle::replay(&plan, &assets, plan.exit.doubtful).unwrap();
            let differs = outcome
                .trades
                .iter()
                .zip(&chosen.trades)
                .find(|(a, b)| a != b);
            prop_assert_eq!(differs, None);
            prop_assert_eq!(outcome.trades.len(), chosen.trades.len());
            prop_assert_eq!(&outcome.counts, &chosen.counts);
            prop_assert_eq!(outcome.equity.len(), chosen.equity.len());
            for (indexed, plain) in outcome.equity.iter().zip(&chosen.equity) {
                prop_assert_eq!(indexed.time, plain.time);
                prop_assert_eq!(indexed.cash.to_bits(), plain.cash.to_bits());
                prop_assert_eq!(indexed.equity.to_bits(), plain.equity.to_bits());
                prop_assert_eq!(indexed.exposure.to_bits(), plain.exposure.to_bits());
                prop_assert_eq!(indexed.drawdown.to_bits(), plain.drawdown.to_bits());
            }
            let curves = &outcome.curves;
            for (scenario, curve, policy) in [
                (
                    outcome.scenarios.pessimistic,
                    &curves.pessimistic,
                    Doubtful::StopFirst,
                ),
                (
                    outcome.scenarios.optimistic,
                    &curves.optimistic,
                    Doubtful::TargetFirst,
                ),
            ] {
                let plain = oracle::replay(&plan, &assets, policy).unwrap();
                let end = plain.equity.last().unwrap().equity;
                prop_assert_eq!(scenario.final_equity.to_bits(), end.to_bits());
                prop_assert_eq!(scenario.trades, plain.trades.len());
                // What is not kept is the chosen run.
                let curve = if curve.is_empty() {
                    &outcome.equity
                } else {
                    curve
                };
                prop_assert_eq!(curve, &plain.equity);
            }
            let seeds = [1, 2];
            for (seed, ending) in seeds
                .iter()
                .zip(run_seeded(&plan, &assets, &seeds).unwrap())
            {
                let plain = oracle::replay_seeded(&plan, &assets, *seed).unwrap();
                let end = plain.equity.last().unwrap().equity;
                prop_assert_eq!(ending.final_equity.to_bits(), end.to_bits());
                prop_assert_eq!(ending.trades, plain.trades.len());
                let scenarios = &outcome.scenarios;
                if ![scenarios.pessimistic, scenarios.optimistic]
                    .map(|one| one.final_equity)
                    .contains(&ending.final_equity)
                {
                    see("a coin between the scenarios");
                }
            }

            // Every row has one fate, and no money appears or vanishes.
            let fates: usize = outcome.counts.fates().iter().map(|(_, count)| count).sum();
            prop_assert_eq!(fates, outcome.counts.signals);
            let by_gate =
                |of: fn(&GateCount) -> usize| outcome.counts.gates.iter().map(of).sum::<usize>();
            prop_assert_eq!(by_gate(|gate| gate.shut), outcome.counts.gated);
            prop_assert_eq!(
                by_gate(|gate| gate.undefined),
                outcome.counts.gate_undefined
            );
            let by_sector: usize = outcome.counts.sectors.values().sum();
            if plan.rebalance.is_none() {
                prop_assert_eq!(by_sector, outcome.counts.sector_full);
            } else if by_sector > 0 {
                see("a rebalance passed over a sector");
            }
            if outcome.counts.without_sector > 0 {
                see("a token without a sector");
            }
            let positions: BTreeSet<_> = outcome
                .trades
                .iter()
                .map(|trade| (trade.token_id, trade.entry_time))
                .collect();
            let opened = outcome.counts.entered + outcome.counts.rebalanced;
            prop_assert_eq!(opened, positions.len());

            // Every position has one entry and an exit for each part that a fill closed, each with a key of its own.
            let last = outcome.trades.last().map_or(0, |trade| trade.position);
            prop_assert_eq!(last, positions.len());
            prop_assert_eq!(holdings(&outcome.trades).len(), positions.len());
            let orders = orders(&outcome.trades, "plan");
            let closed = outcome.trades.iter().filter(|trade| trade.is_closed());
            prop_assert_eq!(orders.len(), positions.len() + closed.count());
            let keys: BTreeSet<&str> = orders.iter().map(|order| order.key.as_str()).collect();
            prop_assert_eq!(keys.len(), orders.len());
            prop_assert!(orders.is_sorted_by_key(|order| order.time));
            let pnl: f64 = outcome.trades.iter().map(|trade| trade.pnl).sum();
            let gained = outcome.final_equity() - outcome.initial_cash + outcome.interest;
            prop_assert_eq!(outcome.interest.to_bits(), chosen.interest.to_bits());
            if outcome.interest > 0.0 {
                see("interest");
            }
            if outcome.counts.locked_out.is_some() {
                see("locked out");
            }
            // Rounding of a few hundred sums of numbers near a thousand stays far below this.
            prop_assert!(
                (pnl - gained).abs() < 1e-8,
                "trades made {pnl}, equity {gained}"
            );

            for trade in &outcome.trades {
                see(trade.exit_reason.name());
                see(&format!("{} {}", trade.side, trade.exit_reason));
                if trade.doubtful {
                    see("doubtful");
                }
                see(&format!("stop by {}", trade.stop_by.name()));
                if trade.exit_reason == ExitReason::Stop || trade.exit_reason == ExitReason::StopGap
                {
                    see(&format!("ended by {}", trade.stop_by.name()));
                }
                if trade.entered_inside {
                    see("entered inside");
                }
                if trade.bars_held == 0 {
                    see("entry bar exits");
                }
            }
            if outcome.trades.len() > positions.len() {
                see("closed in parts");
            }
            for (fate, count) in outcome.counts.fates() {
                if count > 0 {
                    see(fate);
                }
            }
            if outcome.counts.capped_by_volume > 0 {
                see("capped by volume");
            }
            if outcome.counts.scaled_down > 0 {
                see("scaled down");
            }
            if outcome.counts.decided_by_finer > 0 {
                see("decided by finer bars");
            }
            if outcome.scenarios.pessimistic.final_equity
                > outcome.scenarios.optimistic.final_equity
            {
                see("pessimistic above optimistic");
            }
            Ok(())
        })
        .unwrap();

    let seen = seen.into_inner();
    println!("{count} cases: {seen:?}");
    // The cases would prove little if they never reached what they are for.
    for what in [
        "stop",
        "target",
        "stop-gap",
        "target-gap",
        "opposite-event",
        "signal-flat",
        "time",
        "end-of-data",
        "long stop-gap",
        "short stop-gap",
        "long target-gap",
        "short target-gap",
        "doubtful",
        "entry bar exits",
        "scaled down",
        "decided by finer bars",
        "a coin between the scenarios",
        "no_news",
        "repeated",
        "stale",
        "outside_period",
        "no_bar",
        "replaced",
        "in_position",
        "against_position",
        "flat_already",
        "side_not_traded",
        "not_in_universe",
        "gated",
        "gate_undefined",
        "no_price",
        "no_support",
        "no_resistance",
        "no_atr",
        "no_stop",
        "low_reward",
        "closed in parts",
        "ended by trail",
        "ended by ratchet",
        "ended by break-even",
        "cooldown",
        "unfilled",
        "entered inside",
        "sector_full",
        "a token without a sector",
        "a rebalance passed over a sector",
        "no_place",
        "no_volatility",
        "no_volume",
        "too_small",
        "capped by volume",
        "beyond_stop",
        "beyond_target",
        "kelly_fraction_zero",
        "no_cash",
        "exit_only",
        "entered",
    ] {
        assert!(
            seen.get(what).is_some_and(|&count| count >= 5),
            "{what} is rare: {seen:?}"
        );
    }
}

#[test]
fn first_touch_is_what_a_scan_finds() {
    use highwater_backtest::FirstTouch;
    let price = || (0_u8..40).prop_map(f64::from);
    // Long enough for three levels of the pyramid.
    let columns = prop::collection::vec((price(), 0_u8..4), 0..700);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases(200))
    });
    runner
        .run(
            &(columns, prop::collection::vec((0_usize..720, 0_u8..48), 40)),
            |(bars, queries)| {
                // A slow drift makes far touches; the noise makes near ones.
                let low: Vec<f64> = (0_u32..)
                    .zip(&bars)
                    .map(|(n, bar)| bar.0 + f64::from(n) * 0.03)
                    .collect();
                let high: Vec<f64> = low
                    .iter()
                    .zip(&bars)
                    .map(|(low, bar)| low + f64::from(bar.1))
                    .collect();
                let touch = FirstTouch::of_columns(&high, &low);
                prop_assert_eq!(touch.len(), bars.len());
                prop_assert_eq!(touch.is_empty(), bars.is_empty());
                for (from, price) in queries {
                    let price = f64::from(price);
                    let below = (from..bars.len()).find(|&at| low[at] <= price);
                    let above = (from..bars.len()).find(|&at| high[at] >= price);
                    prop_assert_eq!(touch.first_at_or_below(from, price), below);
                    prop_assert_eq!(touch.first_at_or_above(from, price), above);
                    // Both at once, with the other price nearer or farther, and one that nothing reaches.
                    for distance in [0.0, 3.0, 30.0, f64::INFINITY] {
                        let (floor, roof) = (price - distance, price + 2.0);
                        let nearer =
                            (from..bars.len()).find(|&at| low[at] <= floor || high[at] >= roof);
                        prop_assert_eq!(touch.first_outside(from, floor, roof), nearer);
                    }
                    // A range from there on, as long as the price is high: up to three blocks, or to beyond the end.
                    let until = from + price as usize * if from % 2 == 0 { 1 } else { 16 };
                    let range =
                        from.min(bars.len())..until.min(bars.len()).max(from.min(bars.len()));
                    let lowest = low[range.clone()].iter().copied().reduce(f64::min);
                    let highest = high[range].iter().copied().reduce(f64::max);
                    prop_assert_eq!(touch.lowest(from, until), lowest);
                    prop_assert_eq!(touch.highest(from, until), highest);
                }
                Ok(())
            },
        )
        .unwrap();
}

#[test]
fn first_touch_crosses_every_edge_of_a_block() {
    use highwater_backtest::FirstTouch;
    // One high among lows, at every place: the answer is that place, from wherever the question is asked.
    for len in [1, 15, 16, 17, 255, 256, 257, 4_096, 4_097] {
        for spike in [0, 1, 15, 16, 17, 240, 255, 256, 4_095, 4_096] {
            if spike >= len {
                continue;
            }
            let mut high = vec![1.0; len];
            high[spike] = 2.0;
            let low: Vec<f64> = high.iter().map(|price| -price).collect();
            let touch = FirstTouch::of_columns(&high, &low);
            for from in [
                0,
                1,
                15,
                16,
                17,
                255,
                256,
                spike,
                spike + 1,
                len - 1,
                len,
                len + 40,
            ] {
                let expected = (from <= spike).then_some(spike);
                assert_eq!(
                    touch.first_at_or_above(from, 2.0),
                    expected,
                    "{len} {spike} {from}"
                );
                assert_eq!(
                    touch.first_at_or_below(from, -2.0),
                    expected,
                    "{len} {spike} {from}"
                );
            }
        }
    }
}
