//! Weights that are set from time to time.

use highwater_backtest::ExitReason::{EndOfData, Liquidation, Rebalance};

use super::{FLAT, check, no_levels};
use crate::world::World;

/// A plan that sets weights every two days, from day 1 on.
fn weighing(rule: &str) -> World {
    no_levels()
        .plan(
            "[entry]\nside = \"both\"",
            &format!("[period]\nfrom = \"2024-01-02\"\n[entry]\nsignal = \"rebalance\"\nside = \"long\"\n[rebalance]\nevery = \"2 bars\"\n{rule}"),
        )
        .plan("[size]\nfraction = \"50%\"\n", "")
}

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found}, not {wanted}");
}

#[test]
fn weights_are_set_at_the_first_open_of_each_stretch_and_left_alone_between() {
    // Half each. A doubles on day 2, which changes nothing until day 3: equity is 1536, so a third of A's coins go.
    let outcome = check(
        &weighing("")
            .asset("A", &[FLAT, [200.0; 4], [200.0; 4], [200.0; 4]])
            .asset("B", &[FLAT, FLAT, FLAT, FLAT]),
        &[
            (1, 100.0, 3, 200.0, Rebalance),
            (1, 100.0, 4, 200.0, EndOfData),
            (1, 100.0, 4, 100.0, EndOfData),
            (3, 100.0, 4, 100.0, EndOfData),
        ],
    );
    let coins: Vec<f64> = outcome.trades.iter().map(|trade| trade.quantity).collect();
    near(coins[0], 1.28);
    near(coins[1], 3.84);
    near(coins[3], 2.56);
    near(outcome.equity[3].exposure, 1536.0);
    assert_eq!(outcome.counts.rebalanced, 3);
    assert_eq!(
        (outcome.trades[0].position, outcome.trades[1].position),
        (1, 1),
        "coins bought together are one position"
    );
}

#[test]
fn the_best_by_score_are_held_and_the_others_sold() {
    // Over two bars A gained first, then B.
    let a = [[110.0; 4], [110.0; 4], [110.0; 4], [110.0; 4], [110.0; 4]];
    let b = [FLAT, FLAT, [120.0; 4], [120.0; 4], [120.0; 4]];
    let world = weighing("score = \"return(2 bars)\"\ntop = 1")
        .plan("2024-01-02", "2024-01-04")
        .asset("A", &a)
        .asset("B", &b);
    check(
        &world,
        &[
            (3, 110.0, 5, 110.0, Rebalance),
            (5, 120.0, 5, 120.0, EndOfData),
        ],
    );
}

#[test]
fn what_is_not_held_any_more_is_sold_to_the_last_coin() {
    // 1024 / 90 coins at 97, over 97, are fewer coins by rounding alone.
    let outcome = check(
        &weighing("score = \"return(1 bars)\"\ntop = 1")
            .plan("2024-01-02", "2024-01-04")
            .asset(
                "A",
                &[[80.0; 4], [90.0; 4], [90.0; 4], [97.0; 4], [97.0; 4]],
            )
            .asset("B", &[FLAT, FLAT, FLAT, [110.0; 4], [110.0; 4]]),
        &[
            (3, 90.0, 5, 97.0, Rebalance),
            (5, 110.0, 5, 110.0, EndOfData),
        ],
    );
    let coins = outcome.trades[0].quantity;
    assert!(coins * 97.0 / 97.0 < coins);
}

#[test]
fn a_purchase_below_the_least_value_is_left_out() {
    let bought = |least: u32| {
        weighing(&format!("[size]\nmin_value = {least}"))
            .asset("A", &[FLAT])
            .run()
            .counts
            .rebalanced
    };
    assert_eq!((bought(1024), bought(1025)), (1, 0));
}

#[test]
fn weights_follow_the_score_or_the_volatility() {
    // Returns over one bar: 10 % and 30 %, and one that lost.
    let world = |rule: &str| {
        weighing(rule)
            .plan("2024-01-02", "2024-01-03")
            .asset("A", &[[110.0; 4], [110.0; 4]])
            .asset("B", &[[130.0; 4], [130.0; 4]])
            .asset("C", &[[90.0; 4], [90.0; 4]])
            .run()
    };
    let outcome = world("score = \"return(1 bars)\"\nweights = \"score\"");
    let values: Vec<(String, f64)> = outcome
        .trades
        .iter()
        .map(|trade| (trade.symbol.clone(), trade.quantity * trade.entry_price))
        .collect();
    assert_eq!(values.len(), 2, "a score below 0 has no weight");
    near(values[0].1, 256.0);
    near(values[1].1, 768.0);
    // Half of equity is to be invested, no token above a fifth.
    let outcome = world(
        "score = \"return(1 bars)\"\nweights = \"score\"\ninvested = \"50%\"\n[size]\nmax_fraction = \"20%\"",
    );
    near(outcome.trades[0].quantity * 110.0, 128.0);
    near(outcome.trades[1].quantity * 130.0, 204.8);
    // Returns of 10 % and -10 % move twice as much as those of 5 % and -5 %.
    let outcome =
        weighing("weights = \"inverse-volatility\"\n[size]\nvolatility_bars = \"2 bars\"")
            .plan("2024-01-02", "2024-01-04")
            .asset("A", &[[110.0; 4], [99.0; 4], [99.0; 4]])
            .asset("B", &[[105.0; 4], [99.75; 4], [99.75; 4]])
            .run();
    near(outcome.trades[0].quantity * 99.0, 1024.0 / 3.0);
    near(outcome.trades[1].quantity * 99.75, 2048.0 / 3.0);
}

#[test]
fn a_holding_within_the_band_is_left_alone() {
    let world = |band: &str| {
        weighing(&format!("band = \"{band}\""))
            .asset("A", &[FLAT, [110.0; 4], [110.0; 4]])
            .asset("B", &[FLAT, FLAT, FLAT])
            .run()
    };
    // A is 25.6 above its half of 1075.2, which is 2.4 %.
    assert_eq!(world("3%").trades.len(), 2);
    assert_eq!(world("2%").trades.len(), 4);
    // A is 512 above its half of 2048, B as much below: exactly a quarter of equity is within a band of it.
    let exactly = |band: &str| {
        weighing(&format!("band = \"{band}\""))
            .asset("A", &[[64.0; 4], [192.0; 4], [192.0; 4]])
            .asset("B", &[[64.0; 4], [64.0; 4], [64.0; 4]])
            .run()
    };
    assert_eq!(exactly("25%").trades.len(), 2);
    assert_eq!(exactly("25%").counts.scaled_down, 0, "nothing is wanted");
    assert_eq!(exactly("24%").trades.len(), 4);
}

#[test]
fn a_rebalance_pays_what_its_turnover_costs() {
    let outcome = weighing("")
        .plan("fee = \"0%\"", "fee = \"1%\"")
        .asset("A", &[FLAT, [200.0; 4], [200.0; 4]])
        .asset("B", &[FLAT, FLAT, FLAT])
        .run();
    // All of the cash goes into coins and their fee.
    near(outcome.equity[1].cash, 0.0);
    let paid: f64 = outcome.trades.iter().map(|trade| trade.fees).sum();
    let gained: f64 = outcome.trades.iter().map(|trade| trade.pnl).sum();
    near(outcome.final_equity(), 1024.0 + gained);
    assert!(paid > 10.0);
    assert_eq!(
        outcome.counts.scaled_down, 3,
        "both purchases of day 1, and that of day 3"
    );
    // Impact as for any other purchase: half of 1024 at 100 is a quarter of the volume, as in the section on money.
    let bars: Vec<[f64; 4]> = (1..=21)
        .map(|n| if n % 2 == 1 { [125.0; 4] } else { FLAT })
        .chain([FLAT])
        .collect();
    let outcome = weighing("invested = \"50%\"")
        .plan("2024-01-02", "2024-01-23")
        .plan("slippage = \"0%\"", "slippage = \"0%\"\nimpact = 0.1")
        .asset("A", &bars)
        .volume(20.48)
        .run();
    let deviation = (20.0 / 19.0_f64).sqrt() * 0.225;
    let trade = &outcome.trades[0];
    near(trade.entry_price, 100.0 * (1.0 + 0.1 * deviation * 0.5));
    near(trade.quantity * trade.entry_price, 512.0);
}

#[test]
fn what_has_no_bar_at_a_rebalance_keeps_its_coins() {
    let world = weighing("")
        .asset_on("A", &[(0, FLAT), (1, FLAT), (2, FLAT)])
        .asset("B", &[FLAT, FLAT, FLAT, FLAT, FLAT]);
    check(
        &world,
        &[
            (1, 100.0, 2, 100.0, EndOfData),
            (1, 100.0, 5, 100.0, EndOfData),
        ],
    );
}

#[test]
fn weights_are_set_no_more_when_equity_is_gone() {
    // Funding takes half of the value at entry each day: at the close of day 3 nothing is left. What the open of day 4
    // gives back is not invested again on day 5.
    let outcome = check(
        &weighing("")
            .plan("2 bars", "4 bars")
            .plan("slippage = \"0%\"", "slippage = \"0%\"\nfunding = \"50%\"")
            .asset("A", &[FLAT, FLAT, FLAT, [400.0; 4], FLAT, FLAT]),
        &[(1, 100.0, 4, 400.0, Liquidation)],
    );
    assert_eq!(outcome.equity[2].equity, 0.0);
    near(outcome.final_equity(), 4096.0 - 1536.0);
}

#[test]
fn a_rebalance_trades_at_the_open_and_slips() {
    // Half each of 1024 at opens of 64 and 128, whatever the closes; a sixteenth is slippage. The money is what the weight
    // wants at the open, and the coins are what it buys at the price paid.
    let a = [[64.0, 90.0, 60.0, 80.0], FLAT, [128.0, 128.0, 96.0, 96.0]];
    let b = [[128.0, 130.0, 60.0, 64.0], FLAT, [68.0, 68.0, 68.0, 68.0]];
    let outcome = weighing("")
        .plan("slippage = \"0%\"", "slippage = \"6.25%\"")
        .asset("A", &a)
        .asset("B", &b)
        .run();
    let [sold, ..] = &outcome.trades[..] else {
        panic!("nothing was sold");
    };
    assert_eq!((sold.entry_raw_price, sold.entry_price), (64.0, 68.0));
    let bought: Vec<f64> = outcome
        .trades
        .iter()
        .filter(|trade| trade.entry_time == sold.entry_time)
        .map(|trade| trade.position_quantity)
        .collect();
    near(bought[0], 512.0 / 68.0);
    near(bought[bought.len() - 1], 512.0 / 136.0);
    // Day 3: A's coins are worth 963.8 at its open of 128, B's 256 at 68, so that A is sold down to half of the sum.
    assert_eq!((sold.exit_raw_price, sold.exit_price), (128.0, 120.0));
    let (held, other) = (512.0 / 68.0 * 128.0, 512.0 / 136.0 * 68.0);
    near(sold.quantity, (held - (held + other) / 2.0) / 128.0);
}

#[test]
fn what_rounding_leaves_of_cash_buys_nothing_at_a_rebalance() {
    // All of the cash goes into A on day 1, but for what rounding leaves of it. On day 3 A has no bar, and B is there.
    let a = [3.5; 4];
    let outcome = weighing("")
        .plan("initial = 1024", "initial = 1000")
        .plan("fee = \"0%\"", "fee = \"1%\"")
        .plan("slippage = \"0%\"", "slippage = \"1%\"")
        .asset_on("A", &[(0, a), (1, a), (2, a)])
        .asset_on("B", &[(3, [3.0; 4]), (4, [3.0; 4])])
        .run();
    let left = outcome.equity[0].cash;
    assert!(left > 0.0 && left < 1e-9, "{left:e}");
    assert_eq!((outcome.trades.len(), outcome.counts.rebalanced), (1, 1));
}
