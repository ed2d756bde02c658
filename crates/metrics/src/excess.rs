//! Returns above a risk-free rate that changes.
//!
//! ```text
//! excess[t] = r[t] - f[t]          missing where either is
//! ```
//! A rate that stays the same is a field of the [`Convention`](crate::Convention). One that moves, a bill's yield say, is
//! a series of its own, one rate a row and for the very period of that row's return. This is what
//! `quantstats.utils.to_excess_returns` gives for a series, and what empyrical's `sharpe_ratio` and `alpha` subtract if
//! `risk_free` is a series. Both let pandas align the two by date, and a date that one of them lacks is missing; here
//! the rows are aligned before. (The `beta` of empyrical leaves the rate out, which changes it where the rate moves.)
//!
//! Excess returns belong to the metrics that speak of the mean above the risk-free rate: Sharpe and what follows from it,
//! and with the benchmark's excess returns alpha, beta and what follows from those. The convention's own `risk_free` is
//! then left at 0, or it would be taken off twice. Growth and drawdowns of excess returns are those of a position paid for
//! with borrowed money, no longer those of the fund: `cagr` and `calmar` are asked of the returns themselves.

use crate::Undefined;

/// The returns less the risk-free return of the same row. Missing (NaN) where either is missing; infinite where either
/// is infinite and neither is missing, so that what is wrong with the data is not hidden.
///
/// ```
/// use highwater_metrics::{Convention, PeriodsPerYear, Rate, excess, summary};
/// let months = PeriodsPerYear::new(12.0).unwrap();
/// let fund = [0.02, -0.01, 0.03, 0.015];
///
/// // A bill's yield a year, as it stood at the beginning of each month; then a month of it.
/// let yields = [0.05, 0.05, 0.0525, f64::NAN];
/// let bill = yields.map(|value| Rate::YearCompound { value }.per_period(months));
///
/// let above = excess(&fund, &bill).unwrap();
/// let found = summary(&above, &Convention::equity(), months);
/// assert_eq!((found.observations, found.skipped), (3, 1));
/// assert!(found.sharpe.unwrap() < summary(&fund, &Convention::equity(), months).sharpe.unwrap());
/// assert!(excess(&fund, &bill[..3]).is_err());
/// ```
///
/// # Errors
/// [`Undefined::UnequalLengths`] unless there is one risk-free return a row.
pub fn excess(returns: &[f64], risk_free: &[f64]) -> Result<Vec<f64>, Undefined> {
    if returns.len() != risk_free.len() {
        return Err(Undefined::UnequalLengths {
            first: returns.len(),
            second: risk_free.len(),
        });
    }
    let above = |(&r, &f): (&f64, &f64)| {
        if r.is_infinite() && f.is_infinite() {
            // Their difference may be no number, which would pass for a missing row.
            r
        } else {
            r - f
        }
    };
    Ok(returns.iter().zip(risk_free).map(above).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CATALOGUE, Convention, Inputs, PeriodsPerYear, Rate, Selection, measure, measure_inputs,
    };

    const DAILY: f64 = 252.0;

    fn series(at: u32) -> Vec<f64> {
        (0..500_u32)
            .map(|row| f64::from((row * 37 + at * 11) % 128) / 1024.0 - 0.0625)
            .collect()
    }

    #[test]
    fn rows_are_subtracted_and_what_is_missing_stays_missing() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        // return, risk-free, above it
        for (r, f, expected) in [
            (0.5, 0.25, 0.25),
            (-0.5, 0.25, -0.75),
            (0.5, -0.25, 0.75),
            (nan, 0.25, nan),
            (0.5, nan, nan),
            (nan, nan, nan),
            (inf, 0.25, inf),
            (0.5, inf, -inf),
            (inf, inf, inf),
            (-inf, -inf, -inf),
            (nan, inf, nan),
            (inf, nan, nan),
        ] {
            let found = excess(&[r], &[f]).unwrap()[0];
            assert!(
                found == expected || found.is_nan() && expected.is_nan(),
                "{r} above {f}: {found}"
            );
        }
        assert_eq!(excess(&[], &[]), Ok(vec![]));
        for (first, second) in [(3, 2), (0, 1), (2, 3)] {
            assert_eq!(
                excess(&vec![0.0; first], &vec![0.0; second]),
                Err(Undefined::UnequalLengths { first, second })
            );
        }
    }

    #[test]
    fn a_rate_that_stays_the_same_is_the_conventions() {
        let per_year = PeriodsPerYear::new(DAILY).unwrap();
        let (fund, market) = (series(1), series(5));
        // Returns and rate are multiples of 2^-14: their differences are exact.
        let rate = libm::ldexp(3.0, -14);
        let free = vec![rate; fund.len()];
        let plain = Convention::empyrical();
        let with_rate = Convention {
            risk_free: Rate::Period { value: rate },
            ..plain.clone()
        };
        let chosen = Selection::named(["sharpe", "psr", "alpha", "beta", "lo_sharpe"]).unwrap();
        let inputs = Inputs {
            benchmark: Some(&market),
            ..Inputs::of(&fund)
        };
        let expected = measure_inputs(&inputs, &chosen, &with_rate, per_year);
        let (fund_above, market_above) = (
            excess(&fund, &free).unwrap(),
            excess(&market, &free).unwrap(),
        );
        let inputs = Inputs {
            benchmark: Some(&market_above),
            ..Inputs::of(&fund_above)
        };
        let found = measure_inputs(&inputs, &chosen, &plain, per_year);
        for ((metric, found), (_, expected)) in found.iter().zip(expected.iter()) {
            let (found, expected) = (found.unwrap(), expected.unwrap());
            assert!(
                (found - expected).abs() <= 1e-12 * expected.abs(),
                "{}: {found}, with the rate {expected}",
                metric.name
            );
        }
        // And the rate matters.
        let without = measure(&fund, &chosen, &plain, per_year, None);
        assert_ne!(without.value("sharpe"), expected.value("sharpe"));
    }

    #[test]
    fn a_rate_that_moves_counts_where_it_stands() {
        let per_year = PeriodsPerYear::new(1.0).unwrap();
        let plain = Convention::empyrical();
        let chosen = Selection::named(["sharpe"]).unwrap();
        // Above the rate: 0.25, 0.75, 0.5 missing; mean 0.5, sample deviation sqrt(0.125).
        let fund = [0.375, 1.0, 0.5];
        let free = [0.125, 0.25, f64::NAN];
        let above = excess(&fund, &free).unwrap();
        let found = measure(&above, &chosen, &plain, per_year, None);
        let sharpe = found.value("sharpe").unwrap().unwrap();
        assert!((sharpe - 0.5 / 0.125_f64.sqrt()).abs() < 1e-15);
        assert_eq!((found.observations, found.skipped), (2, 1));
    }

    #[test]
    fn an_infinite_rate_is_named_by_every_metric() {
        let per_year = PeriodsPerYear::new(DAILY).unwrap();
        let above = excess(&[0.5, f64::INFINITY, 0.25], &[0.0, f64::INFINITY, 0.0]).unwrap();
        let found = measure(
            &above,
            &Selection::all(),
            &Convention::equity(),
            per_year,
            None,
        );
        let named = Err(Undefined::NonFinite { index: 1 });
        let naming = found.iter().filter(|(_, value)| *value == named).count();
        assert!(naming > 80, "{naming} of {}", CATALOGUE.len());
    }
}
