//! How much is bought, beside what else.

use highwater_backtest::ExitReason::{EndOfData, Liquidation, Target};
use highwater_market::Direction::{Long, Short};

use super::{FLAT, check, no_levels};
use crate::world::World;

fn near(found: f64, wanted: f64) {
    assert!(
        (found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0),
        "{found}, not {wanted}"
    );
}

/// A world whose rule of size is another than half of equity.
fn sized(rule: &str) -> World {
    World::new().plan("fraction = \"50%\"", rule)
}

/// The value at entry of the first position.
fn value(world: &World) -> f64 {
    let outcome = world.run();
    let trade = &outcome.trades[0];
    trade.position_quantity * trade.entry_price
}

#[test]
fn an_amount_is_money_per_position() {
    near(
        value(&sized("amount = 300").asset("A", &[FLAT]).event(1, Long)),
        300.0,
    );
}

#[test]
fn risk_is_what_the_stop_loses() {
    // The stop at 95 loses 5 % of the position's value: for 1 % of 1024 it is worth 204.8.
    let world = sized("risk = \"1%\"")
        .asset("A", &[FLAT, [100.0, 101.0, 90.0, 95.0]])
        .event(1, Long);
    near(value(&world), 204.8);
    near(world.run().trades[0].pnl, -10.24);
}

#[test]
fn volatility_sets_the_share_of_equity() {
    // Two returns of +10 % and -10 %: deviation with n - 1 is the square root of 0.02.
    let bars = [[110.0; 4], [99.0; 4], [99.0; 4]];
    let deviation = 0.02_f64.sqrt();
    let world = |rule: &str| {
        no_levels()
            .plan(
                "fraction = \"50%\"",
                &format!("{rule}\nvolatility_bars = \"2 bars\""),
            )
            .asset("A", &bars)
            .event(3, Long)
    };
    let yearly = deviation * 365.0_f64.sqrt();
    near(value(&world("volatility = \"50%\"")), 1024.0 * 0.5 / yearly);
    // A calmer token has more: its returns are half as large.
    let world = world("inverse_volatility = \"60%\"")
        .asset("B", &[[105.0; 4], [99.75; 4], [99.75; 4]])
        .event(3, Long);
    let outcome = world.run();
    let values: Vec<f64> = outcome
        .trades
        .iter()
        .map(|trade| trade.position_quantity * trade.entry_price)
        .collect();
    near(values[0], 1024.0 * 0.6 / 3.0);
    near(values[1], 1024.0 * 0.6 * 2.0 / 3.0);
    // One that does not move has no volatility to be shared with.
    let still = world.asset("C", &[FLAT; 3]).run();
    near(
        still.trades[0].position_quantity * still.trades[0].entry_price,
        1024.0 * 0.6 / 3.0,
    );
}

#[test]
fn without_a_volatility_nothing_is_entered() {
    let counts = |bars: &[[f64; 4]], day| {
        sized("volatility = \"50%\"\nvolatility_bars = \"2 bars\"")
            .asset("A", bars)
            .event(day, Long)
            .run()
            .counts
    };
    assert_eq!(
        counts(&[[101.0; 4], FLAT], 2).no_volatility,
        1,
        "too few returns"
    );
    assert_eq!(
        counts(&[FLAT, FLAT, FLAT], 3).no_volatility,
        1,
        "none moves"
    );
}

#[test]
fn kelly_looks_at_the_trades_closed_so_far() {
    // 105 on day 2 and on day 4, 95 on day 6: two thirds win as much as the third loses: 2/3 - 1/3.
    let up = [100.0, 105.0, 100.0, 100.0];
    let down = [100.0, 100.0, 95.0, 100.0];
    let bars = [FLAT, up, FLAT, up, FLAT, down, FLAT];
    let world = |rule: &str| {
        let mut world = sized(&format!("fraction = \"10%\"\n{rule}")).asset("A", &bars);
        for day in [1, 3, 5, 7] {
            world = world.event(day, Long);
        }
        world.run()
    };
    let equity = |trades: &[highwater_backtest::Trade]| {
        1024.0 + trades.iter().map(|trade| trade.pnl).sum::<f64>()
    };
    let outcome = world("kelly = 0.5\nkelly_trades = 3");
    for n in 0..3 {
        let trades = &outcome.trades;
        near(trades[n].quantity * 100.0, 0.1 * equity(&trades[..n]));
    }
    near(
        outcome.trades[3].quantity * 100.0,
        0.5 / 3.0 * equity(&outcome.trades[..3]),
    );
    // By the last trade alone: all after a profit, nothing after a loss.
    let outcome = world("kelly = 1.0\nkelly_trades = 1");
    for n in 1..3 {
        let trades = &outcome.trades;
        near(trades[n].quantity * 100.0, equity(&trades[..n]));
    }
    assert_eq!(
        (outcome.trades.len(), outcome.counts.kelly_fraction_zero),
        (3, 1)
    );
    // A trade that made nothing has not won.
    let outcome = sized("fraction = \"10%\"\nkelly = 1.0\nkelly_trades = 1")
        .plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n")
        .asset("A", &[FLAT, FLAT, FLAT])
        .event(1, Long)
        .event(3, Long)
        .run();
    assert_eq!(
        (outcome.trades.len(), outcome.counts.kelly_fraction_zero),
        (1, 1)
    );
}

#[test]
fn a_position_has_a_largest_share_and_a_least_value() {
    let world = |rule: &str| sized(rule).asset("A", &[FLAT]).event(1, Long);
    near(
        value(&world("fraction = \"50%\"\nmax_fraction = \"25%\"")),
        256.0,
    );
    let counts = world("fraction = \"50%\"\nmin_value = 513").run().counts;
    assert_eq!((counts.too_small, counts.entered), (1, 0));
    near(value(&world("fraction = \"50%\"\nmin_value = 512")), 512.0);
}

#[test]
fn coins_come_in_lots_and_prices_in_ticks() {
    let world = sized("fraction = \"50%\"\nlot = 0.25\ntick = 4")
        .asset("A", &[FLAT])
        .event(1, Long);
    let outcome = world.run();
    let trade = &outcome.trades[0];
    assert_eq!(trade.quantity, 5.0, "5.12 rounded down");
    // 5.12 coins are less than one lot of 8: there is cash, and still nothing to buy.
    let counts = sized("fraction = \"50%\"\nlot = 8")
        .asset("A", &[FLAT])
        .event(1, Long)
        .run()
        .counts;
    assert_eq!(
        (counts.too_small, counts.no_cash, counts.entered),
        (1, 0, 0)
    );
    // Away from the entry: 95 to 92, 105 to 108; a short's likewise.
    assert_eq!(
        (trade.stop_price, trade.target_price),
        (Some(92.0), Some(108.0))
    );
    let outcome = sized("fraction = \"50%\"\ntick = 4")
        .asset("A", &[FLAT])
        .event(1, Short)
        .run();
    let trade = &outcome.trades[0];
    assert_eq!(
        (trade.stop_price, trade.target_price),
        (Some(108.0), Some(92.0))
    );
    // A price on a tick stays there, though 83.6 / 2.2 comes out below 38.
    let outcome = sized("fraction = \"50%\"\ntick = 2.2")
        .asset("A", &[FLAT])
        .levels(0, &[83.6, 110.0])
        .event(1, Long)
        .run();
    near(outcome.trades[0].stop_price.unwrap(), 83.6);
    // Nor does one of many ticks move, where a quotient is known less exactly: 95000.2 is 950,002 ticks.
    let dear = [100_000.0; 4];
    let outcome = sized("fraction = \"50%\"\ntick = 0.1")
        .asset_on("A", &[(0, dear), (1, dear)])
        .levels(0, &[95_000.2, 110_000.0])
        .event(1, Long)
        .run();
    near(outcome.trades[0].stop_price.unwrap(), 95_000.2);
}

#[test]
fn an_order_takes_a_share_of_the_last_volume() {
    let world = sized("fraction = \"50%\"\nmax_volume = \"10%\"")
        .asset("A", &[FLAT])
        .volume(20.0)
        .event(1, Long);
    let outcome = world.run();
    assert_eq!(outcome.trades[0].quantity, 2.0);
    assert_eq!(outcome.counts.capped_by_volume, 1);
    let more = world
        .clone()
        .plan("max_volume = \"10%\"", "max_volume = \"50%\"")
        .run();
    assert_eq!(more.trades[0].quantity, 5.12);
    assert_eq!(more.counts.capped_by_volume, 0);
    // An order of exactly that share is not cut: 512 at 64 are 8 coins, a quarter of 32.
    let exact = sized("fraction = \"50%\"\nmax_volume = \"25%\"")
        .asset("A", &[[64.0; 4]])
        .levels(0, &[32.0, 128.0])
        .volume(32.0)
        .event(1, Long)
        .run();
    assert_eq!(exact.trades[0].quantity, 8.0);
    assert_eq!(exact.counts.capped_by_volume, 0);
    // Where nobody told the volume, nothing is known of a share of it; and of none there is no share.
    for volume in [f64::NAN, 0.0] {
        let counts = world.clone().volume(volume).run().counts;
        assert_eq!(
            (counts.no_volume, counts.no_cash, counts.entered),
            (1, 0, 0),
            "{volume}"
        );
    }
}

#[test]
fn a_drawdown_makes_positions_smaller() {
    // The first position loses half of 1024 x 25 %: equity 896, a drawdown of 12.5 %.
    let world = |scale: &str| {
        no_levels()
            .plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n")
            .plan(
                "fraction = \"50%\"",
                &format!("fraction = \"50%\"\ndrawdown = {scale}"),
            )
            .asset("A", &[FLAT, [75.0; 4], [75.0; 4]])
            .event(1, Long)
            .event(3, Long)
            .run()
    };
    for (scale, factor) in [
        ("{ from = \"0%\", to = \"25%\" }", 0.5),
        ("{ from = \"12.5%\", to = \"25%\" }", 1.0),
        ("{ from = \"0%\", to = \"100%\" }", 0.875),
        // The high has left the window by then.
        ("{ from = \"0%\", to = \"25%\", window = \"1 bars\" }", 1.0),
    ] {
        let outcome = world(scale);
        let trade = &outcome.trades[1];
        near(trade.quantity * 75.0, 448.0 * factor);
    }
    let outcome = world("{ from = \"0%\", to = \"12.5%\" }");
    assert_eq!(
        (outcome.trades.len(), outcome.counts.drawdown_too_deep),
        (1, 1)
    );
}

#[test]
fn the_portfolio_has_so_many_places() {
    let world = |places: usize| {
        World::new()
            .plan(
                "[cost]",
                &format!("[portfolio]\nmax_positions = {places}\n[cost]"),
            )
            .plan("50%", "10%")
            .asset("A", &[FLAT, FLAT])
            .event(2, Long)
            .asset("B", &[FLAT, FLAT])
            .row(0, crate::world::day(1), Some(Long))
            .asset("C", &[FLAT, FLAT])
            .event(2, Long)
    };
    let held = |places: usize| {
        let outcome = world(places).run();
        let symbols: Vec<String> = outcome
            .trades
            .iter()
            .map(|trade| trade.symbol.clone())
            .collect();
        (symbols.join(""), outcome.counts.no_place)
    };
    // B came first; then the symbol breaks the tie.
    assert_eq!(held(1), ("B".to_owned(), 2));
    assert_eq!(held(2), ("BA".to_owned(), 1));
    assert_eq!(held(3), ("BAC".to_owned(), 0));
}

#[test]
fn equal_sizes_are_one_over_the_places() {
    near(
        value(
            &sized("equal = true\n[portfolio]\nmax_positions = 4")
                .asset("A", &[FLAT])
                .event(1, Long),
        ),
        256.0,
    );
}

#[test]
fn after_an_exit_the_token_rests() {
    // The target is reached on day 2. Two bars later it may be entered again.
    let world = |day| {
        World::new()
            .plan("[cost]", "[portfolio]\ncooldown = \"2 bars\"\n[cost]")
            .asset("A", &[FLAT, [100.0, 105.0, 100.0, 100.0], FLAT, FLAT])
            .event(1, Long)
            .event(day, Long)
    };
    let outcome = check(&world(3), &[(1, 100.0, 2, 105.0, Target)]);
    assert_eq!(outcome.counts.cooldown, 1);
    check(
        &world(4),
        &[
            (1, 100.0, 2, 105.0, Target),
            (4, 100.0, 4, 100.0, EndOfData),
        ],
    );
    // The same later on: the target of day 5, again on day 7.
    let up = [100.0, 105.0, 100.0, 100.0];
    check(
        &World::new()
            .plan("[cost]", "[portfolio]\ncooldown = \"2 bars\"\n[cost]")
            .asset("A", &[FLAT, FLAT, FLAT, FLAT, up, FLAT, FLAT])
            .event(1, Long)
            .event(7, Long),
        &[
            (1, 100.0, 5, 105.0, Target),
            (7, 100.0, 7, 100.0, EndOfData),
        ],
    );
}

#[test]
fn leverage_lends_what_equity_bears() {
    let world = |leverage: &str| {
        no_levels()
            .plan(
                "50%\"",
                &format!("200%\"\n[portfolio]\nleverage = {leverage}"),
            )
            .asset("A", &[FLAT, [125.0; 4]])
            .event(1, Long)
    };
    let outcome = world("2.0").run();
    near(outcome.trades[0].quantity * 100.0, 2048.0);
    assert_eq!(outcome.counts.scaled_down, 0);
    assert_eq!(outcome.equity[1].cash, -1024.0);
    assert_eq!(outcome.final_equity(), 1536.0);
    // More is not lent.
    let two = no_levels()
        .plan("50%\"", "150%\"\n[portfolio]\nleverage = 2.0")
        .asset("A", &[FLAT])
        .event(1, Long)
        .asset("B", &[FLAT])
        .event(1, Short);
    let outcome = two.run();
    assert_eq!(outcome.counts.scaled_down, 2);
    let total: f64 = outcome
        .trades
        .iter()
        .map(|trade| trade.quantity * 100.0)
        .sum();
    near(total, 2048.0);
}

#[test]
fn when_equity_is_gone_everything_is_closed_at_the_next_open() {
    let outcome = check(
        &no_levels()
            .plan("50%\"", "400%\"\n[portfolio]\nleverage = 4.0")
            .asset("A", &[FLAT, [75.0; 4], [80.0; 4], [100.0; 4]])
            .event(1, Long)
            .event(3, Long)
            .event(4, Long),
        &[(1, 100.0, 3, 80.0, Liquidation)],
    );
    // A quarter of four times 1024 is all of it: at the close of day 2 nothing is left. What the next open gives back is
    // not traded with any more by a plan that was in position when it came.
    assert_eq!(outcome.equity[2].equity, 0.0);
    near(outcome.final_equity(), 204.8);
    assert_eq!(outcome.counts.entered, 1);
    assert_eq!(outcome.counts.ruined, 1, "the event of day 4");
}
