//! Returns of an account that money flows in and out of.
//!
//! ```text
//! time-weighted   r[t] = value[t] / (value[t-1] + flow[t-1]) - 1     the flow comes after the valuation
//! of trades       r    = profit / capital                            the capital at work before the trade
//! modified Dietz  r    = (end - begin - sum(F)) / (begin + sum(w F)) w the share of the time that F was there
//! ```
//! Time-weighted returns do not depend on when money came or went, and so tell what the management did; the modified
//! Dietz return is money-weighted, and tells what the account earned.
//! Source: Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. 2008, ch. 2.

use crate::{Undefined, undefined::finite};

/// An account at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valuation {
    /// What it is worth, before the flow.
    pub value: f64,
    /// What is paid in right afterwards; negative for what is taken out.
    pub flow: f64,
}

/// Simple returns between valuations, one fewer than those, free of the flows. A return is NaN, missing, where the
/// account held nothing to earn on, or a number is missing.
///
/// ```
/// use highwater_metrics::{Valuation, time_weighted_returns};
/// let account = [(100.0, 0.0), (150.0, 50.0), (100.0, -50.0), (75.0, 0.0)];
/// let account = account.map(|(value, flow)| Valuation { value, flow });
/// assert_eq!(time_weighted_returns(&account), [0.5, -0.5, 0.5]);
/// ```
pub fn time_weighted_returns(account: &[Valuation]) -> Vec<f64> {
    account
        .windows(2)
        .map(|pair| earned(pair[1].value, pair[0].value + pair[0].flow))
        .collect()
}

/// What happens to an account that trades one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CashEvent {
    /// A trade closed with this profit, costs included; negative for a loss.
    Trade {
        /// In units of money.
        profit: f64,
    },
    /// Money paid in, or taken out if negative.
    Flow {
        /// In units of money.
        amount: f64,
    },
}

/// Simple returns of trades on the capital at work, one a trade, free of the flows. A return is NaN, missing, where
/// there was no capital.
///
/// ```
/// use highwater_metrics::{CashEvent::{Flow, Trade}, returns_from_trades};
/// let events = [Trade { profit: 50.0 }, Flow { amount: 50.0 }, Trade { profit: -100.0 }];
/// assert_eq!(returns_from_trades(100.0, &events), [0.5, -0.5]);
/// ```
pub fn returns_from_trades(capital: f64, events: &[CashEvent]) -> Vec<f64> {
    let mut capital = capital;
    let mut returns = Vec::new();
    for event in events {
        match *event {
            CashEvent::Flow { amount } => capital += amount,
            CashEvent::Trade { profit } => {
                returns.push(earned(capital + profit, capital));
                capital += profit;
            }
        }
    }
    returns
}

fn earned(value: f64, invested: f64) -> f64 {
    if invested > 0.0 && invested.is_finite() {
        (value - invested) / invested
    } else {
        f64::NAN
    }
}

/// The money-weighted return of a period: `flows` are amounts and the share of the period that had passed when they
/// came, 0 at its beginning and 1 at its end.
///
/// ```
/// use highwater_metrics::modified_dietz;
/// // 100 half the time, 200 the other half, and 30 earned.
/// assert_eq!(modified_dietz(100.0, 230.0, &[(0.5, 100.0)]), Ok(0.2));
/// ```
///
/// # Errors
/// [`Undefined::OutOfRange`] unless the average capital is above zero, a share lies from 0 to 1, and all is finite.
pub fn modified_dietz(begin: f64, end: f64, flows: &[(f64, f64)]) -> Result<f64, Undefined> {
    let (mut flowed, mut weighted) = (0.0, 0.0);
    for &(passed, amount) in flows {
        if !(0.0..=1.0).contains(&passed) {
            return Err(Undefined::OutOfRange);
        }
        flowed += amount;
        weighted += (1.0 - passed) * amount;
    }
    let capital = finite(begin + weighted)?;
    if capital <= 0.0 {
        return Err(Undefined::OutOfRange);
    }
    finite((end - begin - flowed) / capital)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_account_earns_nothing_that_could_be_named() {
        let account = [(0.0, 0.0), (10.0, -10.0), (5.0, f64::NAN), (5.0, 0.0)];
        let account = account.map(|(value, flow)| Valuation { value, flow });
        assert!(time_weighted_returns(&account).iter().all(|r| r.is_nan()));
        assert!(time_weighted_returns(&account[..1]).is_empty());
        let lost = [
            CashEvent::Trade { profit: -1.0 },
            CashEvent::Trade { profit: 1.0 },
        ];
        let found = returns_from_trades(1.0, &lost);
        assert!(found[0] == -1.0 && found[1].is_nan());
    }

    #[test]
    fn flows_do_not_move_time_weighted_returns() {
        let with = [(100.0, 900.0), (1100.0, -600.0), (550.0, 0.0)];
        let without = [(100.0, 0.0), (110.0, 0.0), (121.0, 0.0)];
        let returns = |rows: [(f64, f64); 3]| {
            time_weighted_returns(&rows.map(|(value, flow)| Valuation { value, flow }))
        };
        for (a, b) in returns(with).iter().zip(returns(without)) {
            assert!((a - b).abs() < 1e-15);
        }
    }

    #[test]
    fn flows_weigh_as_much_as_the_time_they_were_there() {
        // 1,000 throughout, 200 for three quarters, 50 less for a fifth: 1,140 on average, and 150 earned.
        let flows = [(0.25, 200.0), (0.8, -50.0)];
        let found = modified_dietz(1_000.0, 1_300.0, &flows).unwrap();
        assert!((found - 150.0 / 1_140.0).abs() < 1e-15);
        // What comes at the beginning is capital, what comes at the end is not.
        assert_eq!(modified_dietz(100.0, 330.0, &[(0.0, 200.0)]), Ok(0.1));
        assert_eq!(modified_dietz(100.0, 330.0, &[(1.0, 200.0)]), Ok(0.3));
    }

    #[test]
    fn a_return_needs_capital() {
        for (begin, flows) in [
            (0.0, &[][..]),
            (-1.0, &[]),
            (1.0, &[(2.0, 1.0)]),
            (f64::NAN, &[]),
        ] {
            assert_eq!(
                modified_dietz(begin, 1.0, flows),
                Err(Undefined::OutOfRange)
            );
        }
    }
}
