//! What a metric may ask for beside the returns.

use crate::{Dates, inference::Trials};

/// A series of returns, and what is known of it: all that a metric of the catalogue may ask for.
///
/// What is not given is not guessed: a metric that needs it is undefined, and says so.
///
/// ```
/// use highwater_metrics::{Convention, Inputs, Selection, Undefined, measure_inputs};
/// let crypto = Convention::preset("crypto").unwrap();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// let chosen = Selection::named(["beta", "dsr"]).unwrap();
///
/// let token = Inputs::of(&[1.0, -0.5, 0.5]);
/// let beside = Inputs { benchmark: Some(&[0.5, -0.25, 0.25]), ..token };
/// let alone = measure_inputs(&token, &chosen, &crypto, daily);
/// let found = measure_inputs(&beside, &chosen, &crypto, daily);
/// assert_eq!(alone.values, [Err(Undefined::NoBenchmark), Err(Undefined::NoTrials)]);
/// assert_eq!(found.value("beta"), Some(Ok(2.0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs<'a> {
    /// Returns per period, of the kind that the convention names. NaN is a missing row.
    pub returns: &'a [f64],
    /// The time behind them, for a convention that counts calendar days.
    pub dates: Option<Dates>,
    /// The benchmark's returns of the same periods, row by row. NaN is a missing row.
    pub benchmark: Option<&'a [f64]>,
    /// The trials that the series was chosen from, for the deflated Sharpe ratio.
    pub trials: Option<Trials>,
}

impl<'a> Inputs<'a> {
    /// Returns of which nothing else is known.
    pub const fn of(returns: &'a [f64]) -> Self {
        Self {
            returns,
            dates: None,
            benchmark: None,
            trials: None,
        }
    }
}
