//! What is recorded of trades: excursions, costs, positions, orders.

use highwater_backtest::{ExitReason, holdings, orders};
use highwater_market::Direction::{Long, Short};

use super::{BOTH, DOWN, FLAT, UP, no_levels};
use crate::world::{World, day};

#[test]
fn excursions_count_whole_bars_and_of_the_exit_bar_its_open_and_the_price() {
    // Entry at 100; then a bar from 96 to 103; then the bar of the exit.
    let middle = [100.0, 103.0, 96.0, 100.0];
    let world = |last: [f64; 4]| World::new().asset("A", &[FLAT, middle, last]);
    for (why, last, side, mae, mfe) in [
        (
            "a long at its target: that bar's low may have come later",
            [101.0, 106.0, 95.5, 100.0],
            Long,
            -0.04,
            0.05,
        ),
        (
            "a long at its stop: that bar's high may have come later",
            [104.0, 104.5, 94.0, 100.0],
            Long,
            -0.05,
            0.04,
        ),
        (
            "a long through its stop by a gap",
            [90.0, 110.0, 80.0, 100.0],
            Long,
            -0.1,
            0.03,
        ),
        (
            "a short at its target",
            [100.0, 104.0, 94.0, 100.0],
            Short,
            -0.03,
            0.05,
        ),
        (
            "a short at its stop",
            [99.0, 106.0, 95.5, 100.0],
            Short,
            -0.05,
            0.04,
        ),
        (
            "a position at the end of the data stood through the last bar",
            [100.0, 104.0, 95.5, 101.0],
            Long,
            -0.045,
            0.04,
        ),
    ] {
        let trade = &world(last).event(1, side).run().trades[0];
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(
            near(trade.excursion.mae, mae),
            "{why}: {:?}",
            trade.excursion
        );
        assert!(
            near(trade.excursion.mfe, mfe),
            "{why}: {:?}",
            trade.excursion
        );
        // The stop stands five percent away.
        let multiples = [
            trade.excursion.mae_r.unwrap(),
            trade.excursion.mfe_r.unwrap(),
        ];
        assert!(
            near(multiples[0], mae / 0.05) && near(multiples[1], mfe / 0.05),
            "{why}"
        );
    }
    // Without a stop there is no R; and a trade that ends at its entry price in one bar went nowhere.
    let free = no_levels()
        .plan("[size]", "time = \"1 bars\"\n[size]")
        .asset("A", &[FLAT, FLAT])
        .event(1, Long)
        .run();
    let excursion = free.trades[0].excursion;
    assert_eq!((excursion.mae, excursion.mfe), (0.0, 0.0));
    assert_eq!((excursion.mae_r, excursion.mfe_r), (None, None));
}

#[test]
fn of_a_bar_entered_inside_only_what_came_after_counts() {
    // Entered at 98 by a limit, at 102 by a stop, from an open of 100.
    let world = |order: &str, bars: &[[f64; 4]]| {
        no_levels()
            .plan(
                "[entry]\n",
                &format!("[entry]\norder = {{ {order} = \"2%\" }}\n"),
            )
            .plan(
                "[exit]\n",
                "[exit]\ntarget = { distance = \"50%\" }\ntime = \"2 bars\"\n",
            )
            .asset("A", bars)
    };
    let after = [[100.0, 101.0, 100.0, 100.0], FLAT];
    for (why, order, side, bar, worst, best) in [
        (
            "the high may have come before",
            "limit",
            Long,
            [100.0, 110.0, 96.0, 99.0],
            96.0,
            101.0,
        ),
        (
            "the low may have come before",
            "stop",
            Long,
            [100.0, 110.0, 96.0, 103.0],
            100.0,
            110.0,
        ),
        (
            "the low may have come before",
            "limit",
            Short,
            [100.0, 104.0, 90.0, 101.0],
            104.0,
            100.0,
        ),
        (
            "the close came after",
            "stop",
            Long,
            [100.0, 103.0, 90.0, 91.0],
            91.0,
            103.0,
        ),
    ] {
        let outcome = world(order, &[bar, after[0], after[1]])
            .event(1, side)
            .run();
        let trade = &outcome.trades[0];
        assert!(trade.entered_inside, "{why}");
        let part = |price: f64| side.sign() * (price - trade.entry_price) / trade.entry_price;
        assert_eq!(trade.excursion.mae, part(worst), "{why}");
        assert_eq!(trade.excursion.mfe, part(best), "{why}");
    }
    // It ends in the bar that it was entered in: between its entry and its exit.
    let outcome = no_levels()
        .plan("[entry]\n", "[entry]\norder = { limit = \"2%\" }\n")
        .plan("[exit]\n", "[exit]\nstop = { distance = \"5%\" }\n")
        .asset("A", &[[100.0, 104.0, 90.0, 91.0]])
        .event(1, Long)
        .run();
    let trade = &outcome.trades[0];
    assert_eq!(trade.bars_held, 0);
    assert_eq!(trade.excursion.mae, (trade.exit_price - 98.0) / 98.0);
    assert_eq!(trade.excursion.mfe, 0.0);
}

#[test]
fn excursions_are_seen_from_the_entry_price_before_slippage_of_the_exit() {
    let outcome = World::new()
        .plan("slippage = \"0%\"", "slippage = \"1%\"")
        .asset("A", &[FLAT, DOWN])
        .event(1, Long)
        .run();
    let trade = &outcome.trades[0];
    assert_eq!((trade.entry_raw_price, trade.entry_price), (100.0, 101.0));
    assert_eq!(
        (trade.exit_raw_price, trade.exit_price),
        (95.0, 95.0 * 0.99)
    );
    assert_eq!(trade.excursion.mae, (95.0 - 101.0) / 101.0);
    assert_eq!(trade.excursion.mfe, 0.0);
    assert_eq!(trade.excursion.mae_r, Some(-1.0));
}

#[test]
fn each_cost_is_told_apart() {
    let outcome = World::new()
        .plan("fee = \"0%\"", "fee = \"1%\"")
        .plan("slippage = \"0%\"", "slippage = \"2%\"")
        .asset("A", &[FLAT, DOWN, FLAT, UP, FLAT, FLAT])
        .event(1, Long)
        .event(3, Long)
        .event(6, Short)
        .run();
    let [stopped, gained, standing] = &outcome.trades[..] else {
        panic!("three trades");
    };
    for trade in &outcome.trades {
        assert_eq!(trade.fees, trade.entry_fee + trade.exit_fee);
        assert_eq!(trade.slippage, trade.entry_slippage + trade.exit_slippage);
        assert_eq!(
            trade.entry_fee,
            trade.quantity * trade.entry_price * 0.01,
            "of the value traded"
        );
        assert_eq!(
            trade.entry_slippage,
            trade.quantity * (trade.entry_price - trade.entry_raw_price).abs()
        );
    }
    assert_eq!(
        stopped.exit_slippage,
        stopped.quantity * (95.0 - stopped.exit_price)
    );
    assert_eq!(gained.exit_reason, ExitReason::Target);
    assert_eq!(gained.exit_slippage, 0.0, "a target is a limit order");
    assert_eq!((standing.exit_fee, standing.exit_slippage), (0.0, 0.0));
}

/// Two tokens: both enter on day 1; A is stopped on day 2 and enters again on day 3, B stands to the end.
fn two_tokens() -> World {
    World::new()
        .plan("fraction = \"50%\"", "fraction = \"25%\"")
        .plan("fee = \"0%\"", "fee = \"1%\"")
        .asset("A", &[FLAT, DOWN, FLAT, UP])
        .event(1, Long)
        .event(3, Long)
        .asset("B", &[FLAT, FLAT, FLAT, FLAT])
        .event(1, Short)
}

#[test]
fn positions_are_numbered_by_entry() {
    let outcome = two_tokens().run();
    let told: Vec<(usize, &str)> = outcome
        .trades
        .iter()
        .map(|trade| (trade.position, trade.symbol.as_str()))
        .collect();
    assert_eq!(told, [(1, "A"), (2, "B"), (3, "A")]);
}

#[test]
fn every_fill_is_an_order_and_what_stood_has_an_entry_alone() {
    let (world, outcome) = (two_tokens(), two_tokens().run());
    let hash = world.parsed().hash();
    let orders = orders(&outcome.trades, &hash);
    let told: Vec<(i64, &str, &str, &str, usize)> = orders
        .iter()
        .map(|order| {
            let date = order.time.days_since_epoch() - day(0).days_since_epoch();
            let side = order.side.name();
            (
                date,
                order.symbol.as_str(),
                side,
                order.reason,
                order.position,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "A", "buy", "entry", 1),
            (1, "B", "sell", "entry", 2),
            (2, "A", "sell", "stop", 1),
            (3, "A", "buy", "entry", 3),
            (4, "A", "sell", "target", 3),
        ]
    );
    let sum = |of: fn(&highwater_backtest::Order) -> f64| orders.iter().map(of).sum::<f64>();
    let fees: f64 = outcome.trades.iter().map(|trade| trade.fees).sum();
    assert!((sum(|order| order.fee) - fees).abs() < 1e-12);
    assert_eq!((orders[2].raw_price, orders[2].price), (95.0, 95.0));
}

#[test]
fn fills_of_one_instant_come_as_they_were_settled() {
    // On day 2 A leaves at the open, C is bought at it, and B and C reach their targets in the bar.
    let world = World::new()
        .plan("side = \"both\"", "side = \"long\"")
        .plan("\"50%\"", "\"25%\"")
        .asset("A", &[FLAT, FLAT])
        .event(1, Long)
        .event(2, Short)
        .asset("B", &[FLAT, UP])
        .event(1, Long)
        .asset("C", &[FLAT, UP])
        .event(2, Long);
    let told: Vec<(String, &str)> = orders(&world.run().trades, &world.parsed().hash())
        .into_iter()
        .filter(|order| order.time == day(2))
        .map(|order| (order.symbol, order.reason))
        .collect();
    let line = |symbol: &str, reason: &'static str| (symbol.to_owned(), reason);
    assert_eq!(
        told,
        [
            line("A", "opposite-event"),
            line("C", "entry"),
            line("B", "target"),
            line("C", "target"),
        ]
    );
}

#[test]
fn the_key_of_an_order_is_its_decision() {
    let (world, outcome) = (two_tokens(), two_tokens().run());
    let hash = world.parsed().hash();
    let keys = |trades: &[highwater_backtest::Trade], hash: &str| -> Vec<String> {
        orders(trades, hash)
            .into_iter()
            .map(|order| order.key)
            .collect()
    };
    let told = keys(&outcome.trades, &hash);
    let mut unique = told.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), told.len(), "each has its own");
    assert!(told.iter().all(|key| key.len() == 64));
    assert_ne!(keys(&outcome.trades, "another plan")[0], told[0]);
    // What came of it is no part of the key: the same stop, filled by a gap, is the same order.
    let mut gapped = outcome.trades.clone();
    assert_eq!(gapped[0].exit_reason, ExitReason::Stop);
    gapped[0].exit_reason = ExitReason::StopGap;
    gapped[0].exit_price = 90.0;
    gapped[0].quantity = 7.0;
    let mut again = keys(&gapped, &hash);
    again.sort();
    assert_eq!(again, unique);
}

#[test]
fn parts_of_one_position_are_one_position() {
    // A quarter ends on day 2, a quarter on day 3, and half stands at the end. Another position stands beside it.
    let outcome = no_levels()
        .plan(
            "[exit]\n",
            "[exit]\nstop = { distance = \"10%\" }\n\
             target = [{ distance = \"5%\", share = \"25%\" }, { distance = \"10%\", share = \"25%\" }]\n",
        )
        .plan("fee = \"0%\"", "fee = \"1%\"")
        .plan("fraction = \"50%\"", "fraction = \"25%\"")
        .asset(
            "A",
            &[
                FLAT,
                [100.0, 106.0, 98.0, 100.0],
                [100.0, 112.0, 97.0, 100.0],
                [100.0, 101.0, 96.0, 100.0],
            ],
        )
        .event(1, Long)
        .asset("B", &[FLAT, FLAT, FLAT, FLAT])
        .event(1, Long)
        .run();
    let told = holdings(&outcome.trades);
    let [whole, other] = &told[..] else {
        panic!("two positions: {told:?}");
    };
    assert_eq!((whole.position, other.position), (1, 2));
    let parts = &outcome.trades[..3];
    assert!(parts.iter().all(|part| part.position == 1));
    assert_eq!(whole.quantity, 2.56);
    assert_eq!(whole.open_quantity, parts[2].quantity);
    assert_eq!(whole.parts_closed, 2);
    assert_eq!(whole.first_exit_time, Some(day(2)));
    assert_eq!(whole.last_exit_time, Some(day(3)));
    assert_eq!(whole.exit_reason, ExitReason::EndOfData);
    let pnl: f64 = parts.iter().map(|part| part.pnl).sum();
    assert_eq!(whole.pnl, pnl);
    assert_eq!(whole.pnl_fraction, pnl / 256.0);
    assert_eq!(whole.r_multiple, Some(pnl / 25.6));
    // The first part left on day 2, at its target; what came later is the others'.
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    for (part, mae, mfe) in [(0, 0.0, 0.05), (1, -0.02, 0.1), (2, -0.04, 0.12)] {
        near(parts[part].excursion.mae, mae);
        near(parts[part].excursion.mfe, mfe);
    }
    near(whole.mae, -0.04);
    near(whole.mfe, 0.12);

    let orders = orders(&outcome.trades, "plan");
    let told: Vec<(&str, usize, f64)> = orders
        .iter()
        .map(|order| (order.reason, order.position, order.quantity))
        .collect();
    assert_eq!(
        told,
        [
            ("entry", 1, 2.56),
            ("entry", 2, 2.56),
            ("target", 1, 0.64),
            ("target", 1, 0.64),
        ]
    );
    near(orders[0].fee, 2.56);
    assert_ne!(orders[2].key, orders[3].key, "two targets are two orders");
}

#[test]
fn groups_add_up_to_the_result() {
    let outcome = World::new()
        .plan("fraction = \"50%\"", "fraction = \"25%\"")
        .asset("A", &[FLAT, BOTH, FLAT, UP])
        .event(1, Long)
        .event(3, Long)
        .asset("B", &[FLAT, FLAT, FLAT, FLAT])
        .event(1, Short)
        .run();
    let groups = highwater_backtest::Groups::of(&outcome.trades);
    let gained = outcome.final_equity() - outcome.initial_cash;
    for (way, groups) in groups.ways() {
        let trades: usize = groups.iter().map(|group| group.trades).sum();
        assert_eq!(trades, outcome.trades.len(), "{way}");
        let pnl: f64 = groups.iter().map(|group| group.pnl).sum();
        assert!((pnl - gained).abs() < 1e-9, "{way}");
    }
    let told = |groups: &[highwater_backtest::Group]| -> Vec<(String, usize, usize, usize)> {
        groups
            .iter()
            .map(|group| (group.name.clone(), group.trades, group.wins, group.doubtful))
            .collect()
    };
    let line = |name: &str, trades, wins, doubtful| (name.to_owned(), trades, wins, doubtful);
    assert_eq!(
        told(&groups.token),
        [line("A", 2, 1, 1), line("B", 1, 0, 0)]
    );
    assert_eq!(told(&groups.year), [line("2024", 3, 1, 1)]);
    assert_eq!(
        told(&groups.reason),
        [
            line("stop", 1, 0, 1),
            line("target", 1, 1, 0),
            line("end-of-data", 1, 0, 0),
        ]
    );
    assert_eq!(
        told(&groups.side),
        [line("long", 2, 1, 1), line("short", 1, 0, 0)]
    );
    assert_eq!(told(&groups.stop_strength), [line("0.8 to 1.0", 3, 1, 1)]);
    // Of two closed trades one was lost by 1 R and one won by 1 R.
    let a = &groups.token[0];
    assert_eq!(
        (a.closed, a.win_rate, a.average_r),
        (2, Some(0.5), Some(0.0))
    );
    let b = &groups.token[1];
    assert_eq!((b.closed, b.win_rate, b.profit_factor), (0, None, None));
}
