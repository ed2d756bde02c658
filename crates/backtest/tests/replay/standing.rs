//! What stands before a bar is what is filled in it.

use std::cell::Cell;

use highwater_backtest::{Order, OrderKind, StandingOrder, account, orders, run, standing};
use highwater_market::{Bars, Direction, PriceBar, Timestamp};
use proptest::test_runner::{Config, TestRunner};

use crate::{
    generated::{cases, weighing, world},
    world::{World, bar, day},
};

/// The bars that were complete at an instant.
fn complete(bars: &Bars, at: Timestamp) -> Bars {
    let timeframe = bars.timeframe();
    let complete = bars.iter().filter(|bar| bar.open_time + timeframe <= at);
    Bars::new(timeframe, complete.collect::<Vec<_>>()).unwrap()
}

/// The world with the bars that were complete at an instant.
fn until(world: &World, at: Timestamp) -> World {
    let mut cut = world.clone();
    for one in &mut cut.assets {
        one.bars = complete(&one.bars, at);
        let finer = one.finer.as_ref().map(|finer| complete(finer, at));
        one.finer = finer.filter(|finer| !finer.is_empty());
    }
    cut
}

/// The same, with a wide bar at the instant that opens at the last close.
fn and_a_bar(mut world: World, at: Timestamp) -> World {
    for one in &mut world.assets {
        let Some(last) = one.bars.iter().last() else {
            continue;
        };
        if last.open_time + one.bars.timeframe() == at {
            let next = PriceBar {
                open_time: at,
                open: last.close,
                high: last.close * 1.06,
                low: last.close * 0.95,
                close: last.close * 1.01,
                volume: f64::NAN,
            };
            one.bars.push(next).unwrap();
        }
    }
    world
}

#[test]
fn what_is_filled_in_a_bar_stood_before_it() {
    let (market, rested, waited) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let count = |counted: &Cell<usize>| counted.set(counted.get() + 1);
    let config = Config {
        cases: cases(400),
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&world(), |world| {
            let (plan, assets) = (world.parsed(), world.borrowed());
            let Ok(full) = run(&plan, &assets) else {
                return Ok(());
            };
            let step = full.equity.len() / 60 + 1;
            for point in full.equity.iter().skip(1).step_by(step) {
                let at = point.time;
                let known = until(&world, at);
                let stands = standing(&plan, &known.borrowed(), at).unwrap();
                if stands.next_open != Some(at) {
                    continue;
                }
                let next = and_a_bar(known, at);
                let trades = run(&plan, &next.borrowed()).unwrap().trades;
                let filled: Vec<_> = orders(&trades, &plan.hash())
                    .into_iter()
                    .filter(|order| order.time == at)
                    .collect();
                let entered_inside = |position: usize| {
                    trades.iter().any(|trade| {
                        trade.position == position && trade.entered_inside && trade.entry_time == at
                    })
                };
                for order in &filled {
                    let stood: Option<&StandingOrder> =
                        stands.orders.iter().find(|one| one.key == order.key);
                    if order.reason != "entry" && entered_inside(order.position) {
                        continue;
                    }
                    let stood = stood.unwrap_or_else(|| panic!("{order:#?} stood in {stands:#?}"));
                    assert_eq!(
                        (stood.side, stood.token_id, &stood.source),
                        (order.side, order.token_id, &order.source)
                    );
                    assert_eq!(stood.at, at);
                    if let Some(quantity) = stood.quantity {
                        // A stop stands for all that is left, and ends what targets reached before it in the bar leave.
                        let is_target = |order: &Order| order.reason.starts_with("target");
                        let ends_the_rest = order.reason != "entry" && !is_target(order);
                        let before = filled.iter().filter(|other| {
                            ends_the_rest && other.position == order.position && is_target(other)
                        });
                        let left = before.fold(quantity, |left, target| left - target.quantity);
                        assert_eq!(left, order.quantity, "{order:#?}");
                    }
                    if !order.reason.ends_with("-gap") {
                        assert_eq!(stood.price, order.raw_price, "{order:#?}");
                    }
                    match (stood.kind, stood.quantity) {
                        (OrderKind::Market, _) => count(&market),
                        (_, None) => count(&waited),
                        _ => count(&rested),
                    }
                }
                for told in stands
                    .orders
                    .iter()
                    .filter(|one| one.kind == OrderKind::Market)
                {
                    assert!(
                        filled.iter().any(|order| order.key == told.key),
                        "{told:#?}"
                    );
                }
                let mut keys: Vec<&str> = stands.orders.iter().map(|one| &one.key[..]).collect();
                keys.sort_unstable();
                assert!(
                    keys.windows(2).all(|pair| pair[0] != pair[1]),
                    "{stands:#?}"
                );
            }
            Ok(())
        })
        .unwrap();
    let counted = [market.get(), rested.get(), waited.get()];
    println!(
        "{counted:?} orders at the market, resting, and waiting entries stood before they were filled"
    );
    assert!(counted.iter().all(|&count| count > 0), "{counted:?}");
}

#[test]
fn orders_of_a_shorter_history_are_the_first_of_a_longer_one() {
    let compared = Cell::new(0);
    let config = Config {
        cases: cases(300),
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&(world(), weighing()), |(world, weighed)| {
            let weighed = World {
                plan: weighed,
                assets: world.assets.clone(),
            };
            for world in [world, weighed] {
                let (plan, assets) = (world.parsed(), world.borrowed());
                let Ok(full) = run(&plan, &assets) else {
                    continue;
                };
                let all = orders(&full.trades, &plan.hash());
                let step = full.equity.len() / 9 + 1;
                for point in full.equity.iter().skip(1).step_by(step) {
                    let known = until(&world, point.time);
                    let Ok(then) = run(&plan, &known.borrowed()) else {
                        continue;
                    };
                    // An asset may miss the bar before, so that the instants are not all complete.
                    let told = orders(&then.trades, &plan.hash());
                    assert_eq!(told[..], all[..told.len()]);
                    let complete = |time: Timestamp| time + plan.timeframe <= point.time;
                    let due = all.iter().take_while(|order| complete(order.time));
                    assert_eq!(told.len(), due.count());
                    compared.set(compared.get() + told.len());
                }
            }
            Ok(())
        })
        .unwrap();
    println!("{} orders told again", compared.get());
    assert!(compared.get() > 1000);
}

#[test]
fn targets_of_a_ladder_close_their_parts_and_the_rest() {
    let world = World::new()
        .plan(
            "target = { at = \"resistance\" }",
            "target = [{ distance = \"4%\", share = \"25%\" }, { distance = \"8%\", share = \"75%\" }]",
        )
        .asset("AAA", &[[100.0; 4], [100.0, 104.0, 100.0, 102.0]])
        .event(1, Direction::Long)
        .asset("BEHIND", &[[100.0; 4]]);
    let plan = world.parsed();
    let stands = standing(&plan, &world.borrowed(), day(3)).unwrap();
    assert_eq!(
        (stands.next_open, &stands.behind[..]),
        (Some(day(3)), &["BEHIND".to_owned()][..])
    );
    let found: Vec<_> = stands
        .orders
        .iter()
        .map(|one| {
            (
                one.reason,
                one.kind.name(),
                one.side.name(),
                one.quantity,
                one.price,
                one.estimate,
            )
        })
        .collect();
    // Half of 1024 at 100 is 5.12; a quarter of it went at 104.
    let left = Some(5.12 - 5.12 * 0.25);
    let expected = [
        ("stop", "stop", "sell", left, 95.0, false),
        ("target", "limit", "sell", left, 108.0, false),
    ];
    assert_eq!(found, expected);
    // Beyond the plan's period the position keeps what it had, and nothing else stands.
    let over = world
        .clone()
        .plan("[entry]", "[period]\nto = \"2024-01-03\"\n[entry]");
    let stands_on = standing(&over.parsed(), &over.borrowed(), day(3)).unwrap();
    assert_eq!(
        (stands_on.next_open, stands_on.over_since),
        (None, Some(day(3)))
    );
    let kept: Vec<_> = stands_on
        .orders
        .iter()
        .map(|one| (one.reason, one.quantity, one.price, one.at))
        .collect();
    assert_eq!(
        kept,
        [
            ("stop", left, 95.0, day(3)),
            ("target", left, 108.0, day(3))
        ]
    );
    // Nothing stands before the plan's period, or without bars.
    let ahead = world.plan("[entry]", "[period]\nfrom = \"2024-01-05\"\n[entry]");
    assert_eq!(
        standing(&ahead.parsed(), &ahead.borrowed(), day(3)).unwrap(),
        Default::default()
    );
    assert_eq!(standing(&plan, &[], day(3)).unwrap(), Default::default());
}

/// A long of 5.12 coins at 100 from day 1, whose stop trails the best price by 5 %.
fn trailing() -> World {
    World::new()
        .plan("[size]", "trail = { distance = \"5%\" }\n[size]")
        .asset("AAA", &[[100.0; 4], [100.0, 104.0, 100.0, 102.0]])
        .event(1, Direction::Long)
}

#[test]
fn the_stop_after_the_period_is_the_one_that_its_last_bar_left() {
    // Bars after the period move nothing: neither the one that would raise the trail, nor the one that falls through it.
    let world = trailing()
        .plan("[entry]", "[period]\nto = \"2024-01-03\"\n[entry]")
        .event(3, Direction::Short);
    let mut longer = world.clone();
    for (n, prices) in [
        (3, [102.0, 130.0, 102.0, 102.0]),
        (4, [102.0, 102.0, 50.0, 60.0]),
    ] {
        longer.assets[0].bars.push(bar(day(n), prices)).unwrap();
    }
    for world in [world, longer] {
        let stands = standing(&world.parsed(), &world.borrowed(), day(9)).unwrap();
        let stop = &stands.orders[0];
        // 5 % below 104, not the 95 of the entry.
        assert_eq!((stop.reason, stop.price), ("stop", 104.0 * 0.95));
        assert!(stands.orders.iter().all(|one| one.reason != "entry"));
        let now = account(&world.parsed(), &world.borrowed()).unwrap();
        assert_eq!(now.positions[0].stop, Some(104.0 * 0.95));
        assert_eq!(now.positions[0].last_close, 102.0);
    }
}

#[test]
fn the_account_says_what_stands_open_and_what_it_is_worth() {
    let world = World::new()
        .plan(
            "target = { at = \"resistance\" }",
            "target = [{ distance = \"4%\", share = \"25%\" }, { distance = \"8%\", share = \"75%\" }]",
        )
        .asset("AAA", &[[100.0; 4], [100.0, 104.0, 100.0, 102.0]])
        .event(1, Direction::Long)
        .asset("BBB", &[[100.0; 4]; 3]);
    let plan = world.parsed();
    let now = account(&plan, &world.borrowed()).unwrap();
    let [held] = &now.positions[..] else {
        panic!("{now:#?}");
    };
    // Half of 1024 at 100 is 5.12 coins; a quarter of them went at 104.
    assert_eq!((held.symbol.as_str(), held.quantity), ("AAA", 3.84));
    assert_eq!((held.entry_price, held.last_close), (100.0, 102.0));
    assert_eq!(held.unrealised, 3.84 * 2.0);
    assert_eq!((held.stop, &held.targets[..]), (Some(95.0), &[108.0][..]));
    let point = now.equity.unwrap();
    assert_eq!(point.exposure, 3.84 * 102.0);
    assert_eq!(point.equity, point.cash + point.exposure);
    // Before the plan's period there is an account without a history.
    let ahead = world.plan("[entry]", "[period]\nfrom = \"2025-01-05\"\n[entry]");
    let now = account(&ahead.parsed(), &ahead.borrowed()).unwrap();
    assert_eq!((now.equity, now.positions.len()), (None, 0));
}
