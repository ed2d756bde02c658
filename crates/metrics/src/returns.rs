//! Prices, or net asset values, to returns and back.
//!
//! ```text
//! simple  r[t] = (p[t] - p[s]) / p[s]
//! log     r[t] = ln(p[t] / p[s])            s: the last row before t with a price
//! log = ln(1 + simple)                      simple = exp(log) - 1
//! nav[t] = product(1 + r[..=t])             exp(sum(r[..=t])) for log returns
//! ```
//! A missing price (NaN) has a missing return; the next price is compared with the last one before the gap, so that
//! the gain over the gap is not lost. Nothing is hidden: an infinite price gives an infinite return, a price of zero
//! or below a return of -100 % or below (ruin), and a price that follows one of those has no return.

use crate::ReturnKind;

/// Simple returns, one fewer than prices.
///
/// ```
/// use highwater_metrics::returns_from_prices;
/// assert_eq!(returns_from_prices(&[100.0, 150.0, 75.0]), [0.5, -0.5]);
/// ```
pub fn returns_from_prices(prices: &[f64]) -> Vec<f64> {
    differences(prices, |price, before| (price - before) / before)
}

/// Log returns, one fewer than prices. A price of zero or below gives minus infinity.
pub fn log_returns_from_prices(prices: &[f64]) -> Vec<f64> {
    differences(prices, |price, before| {
        if price > 0.0 {
            // log1p keeps the digits of a small move, which the ratio would round away.
            libm::log1p((price - before) / before)
        } else {
            f64::NEG_INFINITY
        }
    })
}

/// Simple returns as log returns. A return of -100 % is minus infinity; one below it has no logarithm, and is so too.
///
/// ```
/// use highwater_metrics::{log_from_simple, simple_from_log};
/// let log = log_from_simple(&[0.25, -0.2]);
/// assert!((log[0] + log[1]).abs() < 1e-16, "a quarter up and a fifth down cancel");
/// assert!((simple_from_log(&log)[0] - 0.25).abs() < 1e-15);
/// ```
pub fn log_from_simple(returns: &[f64]) -> Vec<f64> {
    let log = |&r: &f64| {
        if r <= -1.0 {
            f64::NEG_INFINITY
        } else {
            libm::log1p(r)
        }
    };
    returns.iter().map(log).collect()
}

/// Log returns as simple returns.
pub fn simple_from_log(returns: &[f64]) -> Vec<f64> {
    returns.iter().map(|&r| libm::expm1(r)).collect()
}

/// The value of one unit after each return; a missing row repeats the value before it.
///
/// Whatever the returns are, this follows: a return below -100 % makes the value negative, an infinite one infinite.
/// Metrics refuse both.
///
/// ```
/// use highwater_metrics::{ReturnKind, nav_from_returns};
/// let nav = nav_from_returns(&[0.5, f64::NAN, -0.5], ReturnKind::Simple);
/// assert_eq!(nav, [1.5, 1.5, 0.75]);
/// ```
pub fn nav_from_returns(returns: &[f64], kind: ReturnKind) -> Vec<f64> {
    let mut value = 1.0;
    let mut total = 0.0;
    returns
        .iter()
        .map(|&r| {
            if !r.is_nan() {
                match kind {
                    ReturnKind::Simple => value *= 1.0 + r,
                    ReturnKind::Log => {
                        total += r;
                        value = libm::exp(total);
                    }
                }
            }
            value
        })
        .collect()
}

fn differences(prices: &[f64], between: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let usable = |price: f64| (price > 0.0 && price.is_finite()).then_some(price);
    let Some((&first, rest)) = prices.split_first() else {
        return Vec::new();
    };
    let mut before = usable(first);
    rest.iter()
        .map(|&price| {
            if price.is_nan() {
                return f64::NAN;
            }
            let found = before.map_or(f64::NAN, |before| between(price, before));
            before = usable(price);
            found
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_returns() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for (prices, expected, why) in [
            (&[][..], &[][..], "no price, no return"),
            (&[100.0], &[], "one price, no return"),
            (
                &[100.0, nan, 150.0],
                &[nan, 0.5],
                "the gain over a gap is kept",
            ),
            (
                &[nan, 100.0, 50.0],
                &[nan, -0.5],
                "nothing before the first price",
            ),
            (
                &[4.0, 0.0, 4.0, 2.0],
                &[-1.0, nan, -0.5],
                "nothing follows from zero",
            ),
            (&[4.0, -4.0, 4.0], &[-2.0, nan], "a debt is ruin"),
            (
                &[4.0, inf, 4.0],
                &[inf, nan],
                "an infinite price is passed on",
            ),
        ] {
            let found = returns_from_prices(prices);
            let same = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
            assert!(
                found.len() == expected.len() && found.iter().zip(expected).all(same),
                "{why}: {found:?}"
            );
        }
    }

    #[test]
    fn log_returns() {
        let found = log_returns_from_prices(&[1.0, std::f64::consts::E, 0.0]);
        assert!((found[0] - 1.0).abs() < 1e-15);
        assert_eq!(found[1], f64::NEG_INFINITY);
    }

    #[test]
    fn conversions_keep_what_is_missing_and_what_is_lost() {
        let log = log_from_simple(&[f64::NAN, -1.0, -2.0, 1e-18]);
        assert!(log[0].is_nan());
        assert_eq!(log[1..], [f64::NEG_INFINITY, f64::NEG_INFINITY, 1e-18]);
        assert_eq!(
            simple_from_log(&[0.0, f64::NEG_INFINITY, 1e-18]),
            [0.0, -1.0, 1e-18]
        );
        let log = nav_from_returns(
            &[libm::log(2.0), f64::NAN, libm::log(0.25)],
            ReturnKind::Log,
        );
        assert!((log[1] - 2.0).abs() < 1e-15 && (log[2] - 0.5).abs() < 1e-15);
    }
}
