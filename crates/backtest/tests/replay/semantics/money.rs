//! What things cost, and in which order cash moves.

use highwater_backtest::ExitReason::{Stop, StopGap, Target, TargetGap};
use highwater_market::Direction::{Long, Short};
use highwater_metrics::Convention;

use super::{BOTH, DOWN, FLAT, UP, check, no_levels};
use crate::world::{World, day};

#[test]
fn each_open_instant_has_one_order() {
    // On day 2 A leaves at the open, B enters on the equity after it, and leaves inside the bar.
    let outcome = check(
        &World::new()
            .asset("B", &[FLAT, UP, FLAT])
            .event(2, Long)
            .asset("A", &[FLAT, [90.0; 4], FLAT])
            .event(1, Long),
        &[(1, 100.0, 2, 90.0, StopGap), (2, 100.0, 2, 105.0, Target)],
    );
    let (a, b) = (&outcome.trades[0], &outcome.trades[1]);
    let after = 512.0 + a.quantity * 90.0;
    assert_eq!(b.quantity, 0.5 * after / 100.0);
    let point = outcome.equity[2];
    assert_eq!(point.cash, after - b.quantity * 100.0 + b.quantity * 105.0);
    assert_eq!((point.equity, point.exposure), (point.cash, 0.0));
}

#[test]
fn cash_of_an_exit_at_the_open_can_be_used_at_once() {
    let outcome = World::new()
        .plan("\"50%\"", "\"100%\"")
        .asset("A", &[FLAT, [110.0; 4]])
        .event(1, Long)
        .asset("B", &[FLAT, FLAT])
        .event(2, Long)
        .run();
    let (a, b) = (&outcome.trades[0], &outcome.trades[1]);
    assert_eq!(a.exit_reason, TargetGap);
    assert_eq!(b.entry_time, a.exit_time);
    assert_eq!(b.quantity, a.quantity * 110.0 / 100.0);
    assert_eq!(outcome.counts.scaled_down, 0);
}

#[test]
fn cash_of_an_exit_inside_the_bar_waits_for_the_next_open() {
    let world = |b_enters: i64| {
        World::new()
            .plan("\"50%\"", "\"100%\"")
            .asset("A", &[FLAT, UP, FLAT])
            .event(1, Long)
            .asset("B", &[FLAT, FLAT, FLAT])
            .event(b_enters, Long)
    };
    let outcome = world(2).run();
    assert_eq!(outcome.trades.len(), 1, "A leaves inside the bar of day 2");
    assert_eq!(outcome.counts.no_cash, 1);
    let outcome = world(3).run();
    assert_eq!(outcome.trades.len(), 2);
    assert_eq!(outcome.trades[1].quantity * 100.0, 1024.0 * 1.05);
}

#[test]
fn entries_are_sized_on_equity_at_the_open() {
    // A has 4 coins; on day 2 it opens at 80, on day 3 it has no bar and counts at the close of 72.
    let sold = [64.0; 4];
    let outcome = no_levels()
        .plan("\"50%\"", "\"25%\"")
        .asset_on(
            "A",
            &[
                (0, sold),
                (1, sold),
                (2, [80.0, 80.0, 72.0, 72.0]),
                (4, sold),
            ],
        )
        .event(1, Long)
        .asset("B", &[sold; 3])
        .event(2, Long)
        .asset("C", &[sold; 3])
        .event(3, Short)
        .run();
    let values: Vec<f64> = outcome
        .trades
        .iter()
        .map(|trade| trade.quantity * 64.0)
        .collect();
    assert_eq!(
        values,
        [
            0.25 * 1024.0,
            0.25 * (768.0 + 4.0 * 80.0),
            0.25 * (496.0 + 4.0 * 72.0 + 272.0)
        ]
    );
    assert_eq!(outcome.counts.scaled_down, 0);
}

#[test]
fn short_cash_scales_entries_pro_rata() {
    let world = |fee: &str| {
        World::new()
            .plan("fee = \"0%\"", &format!("fee = \"{fee}\""))
            .asset("A", &[FLAT, FLAT])
            .event(1, Long)
            .asset("B", &[[64.0; 4], FLAT])
            .levels(0, &[32.0, 128.0])
            .event(1, Long)
            .asset("C", &[FLAT, FLAT])
            .event(1, Short)
            .asset("D", &[FLAT, FLAT])
            .event(1, Long)
    };
    let outcome = world("0%").run();
    assert_eq!(outcome.counts.scaled_down, 4);
    for trade in &outcome.trades {
        assert_eq!(
            trade.quantity * trade.entry_price,
            256.0,
            "half of what was wanted"
        );
    }
    assert_eq!(outcome.equity[1].cash, 0.0);
    let outcome = world("25%").run();
    for trade in &outcome.trades {
        assert_eq!(
            trade.quantity * trade.entry_price * 1.25,
            256.0,
            "fees fit in too"
        );
    }
    assert_eq!(outcome.equity[1].cash, 0.0);
}

#[test]
fn what_rounding_leaves_of_spent_cash_buys_nothing() {
    let mut left = Vec::new();
    for fee in 1..60 {
        let outcome = World::new()
            .plan("\"50%\"", "\"100%\"")
            .plan("fee = \"0%\"", &format!("fee = \"0.{fee:02}%\""))
            .asset("A", &[FLAT, FLAT, FLAT])
            .event(1, Long)
            .asset("B", &[FLAT, FLAT, FLAT])
            .event(2, Long)
            .run();
        left.push(outcome.equity[1].cash);
        assert_eq!(outcome.trades.len(), 1, "{fee}: {:?}", outcome.trades);
        assert_eq!(outcome.counts.no_cash, 1);
    }
    assert!(left.iter().any(|&cash| cash > 0.0), "no fee leaves a rest");
    assert!(left.iter().all(|cash| cash.abs() < 1e-9), "{left:?}");
}

#[test]
fn without_cash_an_entry_is_sized_at_zero_and_kept_out() {
    let outcome = World::new()
        .plan("\"50%\"", "\"100%\"")
        .asset("A", &[FLAT, FLAT])
        .event(1, Long)
        .asset("B", &[FLAT, FLAT])
        .event(2, Long)
        .run();
    assert_eq!(outcome.trades.len(), 1);
    assert_eq!((outcome.counts.no_cash, outcome.counts.entered), (1, 1));
    // Equity gone: a short that lost more than everything. It buys nothing more.
    let ruin = no_levels()
        .plan("\"50%\"", "\"100%\"")
        .asset("A", &[FLAT, [300.0; 4], [300.0; 4]])
        .event(1, Short)
        .asset("B", &[FLAT, FLAT, FLAT])
        .event(3, Long)
        .run();
    assert_eq!(ruin.trades.len(), 1);
    assert_eq!((ruin.counts.no_cash, ruin.counts.ruined), (0, 1));
    assert_eq!(ruin.equity[2].equity, -1024.0);
    let summary = ruin.summary(
        &World::new().parsed(),
        &Convention::preset("crypto").unwrap(),
        None,
    );
    let metrics = summary.metrics.unwrap();
    assert!(metrics.metrics["cagr"].is_null());
    assert!(
        metrics.undefined["cagr"]
            .as_str()
            .unwrap()
            .contains("more than 100 %")
    );
    assert_eq!(summary.average_exposure, None);
}

#[test]
fn the_order_of_the_assets_changes_nothing() {
    let mut world = World::new();
    for (symbol, bar) in [("C", UP), ("A", DOWN), ("B", BOTH), ("D", FLAT)] {
        world = world
            .asset(symbol, &[FLAT, bar, FLAT])
            .event(1, Long)
            .event(2, Short);
    }
    let expected = world.run();
    for _ in 0..4 {
        world.assets.rotate_left(1);
        assert_eq!(world.run(), expected);
    }
    world.assets.reverse();
    assert_eq!(world.run(), expected);
    let symbols: Vec<&str> = expected
        .trades
        .iter()
        .map(|trade| trade.symbol.as_str())
        .collect();
    assert!(symbols.is_sorted() || symbols.len() > 4, "{symbols:?}");
}

#[test]
fn slippage_moves_market_orders_and_stops_against_you() {
    let world = |bar: [f64; 4], side| {
        World::new()
            .plan("slippage = \"0%\"", "slippage = \"1.5625%\"") // 1/64
            .asset("A", &[[96.0, 96.0, 96.0, 96.0], bar])
            .levels(0, &[64.0, 128.0])
            .event(1, side)
    };
    let (low, high) = (1.0 - 1.0 / 64.0, 1.0 + 1.0 / 64.0);
    let (up, down) = ([96.0, 130.0, 96.0, 96.0], [96.0, 96.0, 60.0, 96.0]);
    let (gap_up, gap_down) = ([160.0; 4], [32.0; 4]);
    for (bar, side, price, reason) in [
        (up, Long, 128.0, Target),
        (down, Long, 64.0 * low, Stop),
        (gap_up, Long, 160.0, TargetGap),
        (gap_down, Long, 32.0 * low, StopGap),
        (down, Short, 64.0, Target),
        (up, Short, 128.0 * high, Stop),
        (gap_down, Short, 32.0, TargetGap),
        (gap_up, Short, 160.0 * high, StopGap),
    ] {
        let entry = 96.0 * if side == Long { high } else { low };
        let outcome = check(&world(bar, side), &[(1, entry, 2, price, reason)]);
        let trade = &outcome.trades[0];
        let raw = if reason == Stop {
            if side == Long { 64.0 } else { 128.0 }
        } else if reason == StopGap {
            bar[0]
        } else {
            price
        };
        assert_eq!(trade.slippage, trade.quantity * (1.5 + (price - raw).abs()));
    }
    let by_event = world(FLAT, Long).event(2, Short);
    assert_eq!(by_event.run().trades[0].exit_price, 100.0 * low);
    let by_time = world(FLAT, Long).plan("[size]", "time = \"1 bar\"\n[size]");
    assert_eq!(by_time.run().trades[0].exit_price, 100.0 * low);
}

#[test]
fn fees_are_paid_on_both_fills() {
    let outcome = World::new()
        .plan("fee = \"0%\"", "fee = \"25%\"")
        .asset("A", &[[64.0; 4], [128.0; 4]])
        .levels(0, &[32.0, 128.0])
        .event(1, Long)
        .run();
    let trade = &outcome.trades[0];
    assert_eq!(trade.quantity, 8.0, "half of 1024 at 64");
    assert_eq!(trade.fees, 0.25 * 512.0 + 0.25 * 1024.0);
    assert_eq!(trade.pnl, 512.0 - 384.0);
    assert_eq!(trade.pnl_fraction, 0.25);
    assert_eq!(trade.r_multiple, Some(0.5), "128 over 8 coins x 32");
    assert_eq!(outcome.equity[1].cash, 1024.0 - 512.0 - 128.0);
    assert_eq!(outcome.equity[2].equity, 1024.0 + trade.pnl);
}

#[test]
fn a_short_deposits_its_value() {
    let outcome = World::new()
        .asset("A", &[[64.0; 4], [96.0, 96.0, 96.0, 96.0], [32.0; 4]])
        .levels(0, &[32.0, 256.0])
        .event(1, Short)
        .run();
    let [_, entered, against, left] = outcome.equity[..] else {
        panic!("four days");
    };
    assert_eq!(
        (entered.cash, entered.equity, entered.exposure),
        (512.0, 1024.0, 512.0)
    );
    assert_eq!(
        (against.cash, against.equity, against.exposure),
        (512.0, 768.0, 768.0)
    );
    assert_eq!(against.drawdown, -0.25);
    assert_eq!(
        (left.cash, left.equity, left.exposure),
        (1280.0, 1280.0, 0.0)
    );
    assert_eq!(left.drawdown, 0.0);
    // Beyond the deposit: sold 8 at 64, bought back at 160, of which cash pays 32 each.
    let outcome = World::new()
        .asset("A", &[[64.0; 4], [160.0; 4]])
        .levels(0, &[32.0, 128.0])
        .event(1, Short)
        .run();
    assert_eq!(outcome.equity[2].cash, 512.0 - 8.0 * 32.0);
    assert_eq!(outcome.trades[0].pnl, -8.0 * 96.0);
}

#[test]
fn equity_stands_at_the_close_of_each_bar() {
    let outcome = no_levels()
        .asset_on(
            "A",
            &[
                (0, [64.0; 4]),
                (1, [64.0, 80.0, 48.0, 80.0]),
                (3, [64.0, 64.0, 64.0, 64.0]),
            ],
        )
        .event(1, Long)
        .asset_on("B", &[(2, FLAT)])
        .run();
    let points: Vec<_> = outcome
        .equity
        .iter()
        .map(|point| {
            (
                point.time,
                point.cash,
                point.equity,
                point.exposure,
                point.drawdown,
            )
        })
        .collect();
    assert_eq!(
        points,
        [
            (day(0), 1024.0, 1024.0, 0.0, 0.0),
            (day(1), 512.0, 1152.0, 640.0, 0.0),
            (day(2), 512.0, 1152.0, 640.0, 0.0),
            (day(3), 512.0, 1024.0, 512.0, 1024.0 / 1152.0 - 1.0),
        ]
    );
    assert_eq!(outcome.returns(), [0.0, 0.125, 0.0, 1024.0 / 1152.0 - 1.0]);
}

#[test]
fn half_the_spread_and_a_share_of_the_last_range_are_slippage() {
    // The bar before the entry ranges over 8 of a close of 100: a quarter of that is 2 %, half the spread 1 %.
    let outcome = no_levels()
        .plan(
            "slippage = \"0%\"",
            "slippage = \"0.5%\"\nspread = \"2%\"\nrange_slippage = \"25%\"",
        )
        .asset("A", &[[100.0, 104.0, 96.0, 100.0], FLAT])
        .event(2, Long)
        .run();
    let trade = &outcome.trades[0];
    assert!((trade.entry_price - 103.5).abs() < 1e-12);
    assert!((trade.slippage - trade.quantity * 3.5).abs() < 1e-9);
}

#[test]
fn impact_grows_with_the_root_of_the_share_of_volume() {
    // Twenty returns of +25 % and -20 % in turn, and 512 of money at 100 buys 5.12 coins of a volume of 20.48: the root
    // of a quarter is a half.
    let bars: Vec<[f64; 4]> = (1..=21)
        .map(|n| if n % 2 == 1 { [125.0; 4] } else { [100.0; 4] })
        .chain([FLAT, FLAT])
        .collect();
    let mean = 0.025;
    let deviation = (20.0 / 19.0_f64).sqrt() * (0.25 - mean);
    let world = |impact: &str| {
        no_levels()
            .plan(
                "slippage = \"0%\"",
                &format!("slippage = \"0%\"\nimpact = {impact}"),
            )
            .asset("A", &bars)
            .volume(20.48)
            .event(22, Long)
    };
    let outcome = world("0.1").run();
    let entry = outcome.trades[0].entry_price;
    assert!(
        (entry - 100.0 * (1.0 + 0.1 * deviation * 0.5)).abs() < 1e-9,
        "{entry}"
    );
    // The money stays what was wanted, so the coins are fewer.
    assert!((outcome.trades[0].quantity * entry - 512.0).abs() < 1e-9);
    // The exit has its own: the coins are those of the entry, and the returns before it move as much.
    let timed = world("0.1").plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n");
    let outcome = timed.run();
    let trade = &outcome.trades[0];
    let share = 0.1 * deviation * (trade.quantity / 20.48).sqrt();
    assert!((trade.exit_price - 100.0 * (1.0 - share)).abs() < 1e-9);
    assert!((trade.exit_slippage - trade.quantity * 100.0 * share).abs() < 1e-9);
    for volume in [f64::NAN, 0.0] {
        let counts = world("0.1").volume(volume).run().counts;
        assert_eq!((counts.no_volume, counts.entered), (1, 0), "{volume}");
    }
}

#[test]
fn a_target_makes_the_market_and_pays_its_fee() {
    let outcome = World::new()
        .plan("fee = \"0%\"", "fee = \"1%\"\nmaker_fee = \"-0.5%\"")
        .asset("A", &[FLAT, UP])
        .event(1, Long)
        .run();
    let trade = &outcome.trades[0];
    let wanted = trade.quantity * 100.0 * 0.01 - trade.quantity * 105.0 * 0.005;
    assert!((trade.fees - wanted).abs() < 1e-12);
    let outcome = World::new()
        .plan("fee = \"0%\"", "fee = \"1%\"\nmaker_fee = \"0%\"")
        .asset("A", &[FLAT, DOWN])
        .event(1, Long)
        .run();
    let trade = &outcome.trades[0];
    assert!(
        (trade.fees - trade.quantity * 1.95).abs() < 1e-12,
        "a stop takes"
    );
}

#[test]
fn funding_and_borrowing_are_paid_by_the_day() {
    let world = |side| {
        no_levels()
            .plan("[exit]\n", "[exit]\ntime = \"3 bars\"\n")
            .plan(
                "slippage = \"0%\"",
                "slippage = \"0%\"\nfunding = \"1%\"\nborrow = \"3%\"",
            )
            .asset("A", &[FLAT, FLAT, FLAT, FLAT])
            .event(1, side)
            .run()
    };
    // A long pays 1 % of its 512 a day for three days; a short gets that and pays 3 %.
    for (side, paid) in [(Long, 15.36), (Short, 30.72)] {
        let outcome = world(side);
        let trade = &outcome.trades[0];
        assert!((trade.carry - paid).abs() < 1e-12);
        assert!((trade.pnl + paid).abs() < 1e-12);
        // It grows day by day in the equity.
        assert!((outcome.equity[2].equity - (1024.0 - paid / 3.0)).abs() < 1e-12);
        assert!((outcome.final_equity() - (1024.0 - paid)).abs() < 1e-12);
    }
}
