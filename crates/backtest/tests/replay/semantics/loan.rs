//! What is lent pays interest.

use highwater_backtest::ExitReason::{EndOfData, Time};
use highwater_market::Direction::{Long, Short};

use super::{FLAT, check, no_levels};
use crate::world::World;

/// Twice the equity in coins, at an eighth of what is lent a day.
fn lent() -> World {
    no_levels()
        .plan("50%\"", "200%\"\n[portfolio]\nleverage = 2.0")
        .plan("slippage = \"0%\"", "slippage = \"0%\"\nloan = \"12.5%\"")
}

#[test]
fn what_is_lent_pays_interest_by_the_day() {
    // 1024 are lent on day 1: an eighth of them is 128, and of that the eighth is 16.
    let outcome = check(
        &lent().asset("A", &[FLAT; 3]).event(1, Long),
        &[(1, 100.0, 3, 100.0, EndOfData)],
    );
    let cash: Vec<f64> = outcome.equity.iter().map(|point| point.cash).collect();
    assert_eq!(cash, [1024.0, -1024.0, -1152.0, -1296.0]);
    assert_eq!(outcome.interest, 272.0);
    assert_eq!(outcome.final_equity(), 1024.0 - 272.0);
    // It belongs to no trade.
    assert_eq!((outcome.trades[0].pnl, outcome.trades[0].carry), (0.0, 0.0));
    // Without a rate nothing is paid, and neither is it without a loan.
    let free = lent()
        .plan("\nloan = \"12.5%\"", "")
        .asset("A", &[FLAT; 3])
        .event(1, Long);
    assert_eq!(
        (free.run().interest, free.run().final_equity()),
        (0.0, 1024.0)
    );
    let own = lent()
        .plan("200%", "100%")
        .asset("A", &[FLAT; 3])
        .event(1, Long);
    assert_eq!(
        (own.run().interest, own.run().final_equity()),
        (0.0, 1024.0)
    );
}

#[test]
fn interest_runs_from_open_to_open_while_there_is_a_loan() {
    // Three days without a bar are three days; what an exit pays back at an open was lent until then, and no longer.
    let outcome = check(
        &lent()
            .plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n")
            .asset_on("A", &[(0, FLAT), (1, FLAT), (4, FLAT), (5, FLAT)])
            .event(1, Long),
        &[(1, 100.0, 4, 100.0, Time)],
    );
    assert_eq!(outcome.interest, 3.0 * 128.0);
    let equity: Vec<f64> = outcome.equity.iter().map(|point| point.equity).collect();
    assert_eq!(equity, [1024.0, 1024.0, 640.0, 640.0]);
    // Bars of other tokens are opens too, at which interest is paid and lent with the rest.
    let outcome = lent()
        .plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n")
        .asset_on("A", &[(0, FLAT), (1, FLAT), (3, FLAT)])
        .event(1, Long)
        .asset("B", &[FLAT; 3])
        .run();
    assert_eq!(outcome.interest, 272.0);
    // Sizes are measured on what is left.
    let outcome = lent()
        .plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n")
        .asset("A", &[FLAT; 4])
        .event(1, Long)
        .event(3, Long)
        .run();
    assert_eq!(outcome.trades[1].quantity, 2.0 * 896.0 / 100.0);
}

#[test]
fn a_loss_beyond_the_deposit_of_a_short_is_lent_too() {
    // Nine tenths of 1024 deposited, and twice of that lost on day 2: cash is 102.4 - 921.6.
    let outcome = no_levels()
        .plan("50%\"", "90%\"")
        .plan("slippage = \"0%\"", "slippage = \"0%\"\nloan = \"12.5%\"")
        .plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n")
        .asset("A", &[FLAT, [300.0; 4], [300.0; 4]])
        .event(1, Short)
        .run();
    // Equity is gone at the close of day 2, and an account that is closed pays no more.
    assert!(outcome.equity[2].cash < 0.0);
    assert_eq!(outcome.interest, 0.0);
    assert_eq!(outcome.equity[3].cash, outcome.equity[2].cash);
}
