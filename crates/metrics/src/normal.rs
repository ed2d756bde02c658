//! The standard normal distribution: density, distribution function, quantile.
//!
//! ```text
//! pdf(x) = exp(-x^2 / 2) / sqrt(2 pi)
//! cdf(x) = erfc(-x / sqrt(2)) / 2
//! quantile(p) = x with cdf(x) = p
//! ```
//! The complementary error function is libm's. In the lower tail the rounding of `x / sqrt(2)` alone would cost
//! `x^2` ulps (a thousand at `x = -37`), so the part that it rounds away is carried and put back by the derivative.
//!
//! The quantile needs no table of coefficients. In the lower tail Newton's iteration solves `ln cdf(x) = ln p` from
//! `x = -sqrt(-2 ln 2p)`: since `cdf(x) <= exp(-x^2 / 2) / 2` for `x <= 0`, that start lies left of the root, and since
//! `ln cdf` is concave, the iteration climbs to the root from there without passing it. Between the quartiles it solves
//! `erf(x / sqrt(2)) / 2 = p - 1/2` from `x = (p - 1/2) sqrt(2 pi)`, for the same reason; there `p - 1/2` is exact, so
//! that digits survive next to the median. The upper tail mirrors the lower one: `1 - p` is exact from one half on.
//!
//! Relative error, tried against 60-digit values: at most 1e-15 for `pdf` and `cdf` while they are normal doubles and
//! for the quantile of every `p`.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, LN_2, PI};

use crate::{Undefined, inference::Argument};

/// `1 / sqrt(2 pi)`.
const PEAK: f64 = 0.398_942_280_401_432_7;
/// `1 / sqrt(2)` less its nearest double.
const FRAC_1_SQRT_2_LOW: f64 = -4.833_646_656_726_457e-17;

/// `x / sqrt(2)`, rounded, and what the rounding lost.
fn over_sqrt_2(x: f64) -> (f64, f64) {
    let high = x * FRAC_1_SQRT_2;
    let low = libm::fma(x, FRAC_1_SQRT_2, -high) + x * FRAC_1_SQRT_2_LOW;
    (high, if low.is_finite() { low } else { 0.0 })
}

/// `exp(-x^2 / 2)`, the square not rounded.
fn bell(x: f64) -> f64 {
    let square = x * x;
    let low = libm::fma(x, x, -square);
    if square.is_finite() {
        libm::exp(-0.5 * square) * (1.0 - 0.5 * low)
    } else {
        0.0
    }
}

pub(crate) fn pdf(x: f64) -> f64 {
    PEAK * bell(x)
}

pub(crate) fn cdf(x: f64) -> f64 {
    let (high, low) = over_sqrt_2(-x);
    // erfc(h + l) = erfc(h) - l (2 / sqrt(pi)) exp(-h^2), to the first order in a rounding error.
    let slope = FRAC_2_SQRT_PI * libm::exp(-high * high);
    0.5 * (libm::erfc(high) - low * slope)
}

/// `erf(x / sqrt(2)) / 2`: the probability between 0 and `x`.
fn beyond_median(x: f64) -> f64 {
    0.5 * libm::erf(x * FRAC_1_SQRT_2)
}

/// For `0 < p < 1`.
pub(crate) fn quantile(p: f64) -> f64 {
    if p > 0.75 {
        -lower_quantile(1.0 - p)
    } else if p >= 0.25 {
        let beyond = (p - 0.5).abs();
        let x = climb(beyond * (2.0 * PI).sqrt(), |x| {
            (beyond_median(x) - beyond) / pdf(x)
        });
        x.copysign(p - 0.5)
    } else {
        lower_quantile(p)
    }
}

/// For `0 < p <= 1/4`.
fn lower_quantile(p: f64) -> f64 {
    let ln_p = libm::log(p);
    let start = -(-2.0 * (ln_p + LN_2)).sqrt();
    if p < 1e-280 {
        // Further out the distribution function itself leaves the range of normal doubles. Its logarithm does not:
        // cdf(x) = pdf(x) / -x (1 - 1/x^2 + 3/x^4 - 15/x^6 ...), six terms below x = -35.
        return climb(start, |x| {
            let t = 1.0 / (x * x);
            let tail =
                1.0 - t * (1.0 - 3.0 * t * (1.0 - 5.0 * t * (1.0 - 7.0 * t * (1.0 - 9.0 * t))));
            let ln_cdf = -0.5 * x * x + libm::log(PEAK * tail / -x);
            (ln_cdf - ln_p) * tail / -x
        });
    }
    climb(start, |x| {
        let below = cdf(x);
        libm::log(below / p) * (below / pdf(x))
    })
}

/// Newton's iteration; `step` is the function over its slope. Stops where the steps are rounding.
fn climb(start: f64, step: impl Fn(f64) -> f64) -> f64 {
    let mut x = start;
    // From the starts above, seven steps are the most that any probability takes; the bound is for certainty.
    for _ in 0..32 {
        let by = step(x);
        if !by.is_finite() {
            break;
        }
        x -= by;
        if by.abs() <= 2e-16 * x.abs() {
            break;
        }
    }
    x
}

fn a_number(x: f64) -> Result<f64, Undefined> {
    Argument::Quantile.require(!x.is_nan())?;
    Ok(x)
}

/// The density of the standard normal distribution at `x`; 0 at both infinities.
///
/// ```
/// use highwater_metrics::distribution::normal_pdf;
/// assert_eq!(normal_pdf(0.0), Ok(0.3989422804014327));
/// ```
///
/// # Errors
/// [`Undefined::Argument`] for NaN.
pub fn normal_pdf(x: f64) -> Result<f64, Undefined> {
    a_number(x).map(pdf)
}

/// The probability that a standard normal variable is at most `x`; 0 and 1 at the infinities.
///
/// ```
/// use highwater_metrics::distribution::normal_cdf;
/// assert_eq!(normal_cdf(0.0), Ok(0.5));
/// assert!((normal_cdf(1.96).unwrap() - 0.9750).abs() < 1e-5);
/// ```
///
/// # Errors
/// [`Undefined::Argument`] for NaN.
pub fn normal_cdf(x: f64) -> Result<f64, Undefined> {
    a_number(x).map(cdf)
}

/// The number below which a standard normal variable falls with probability `p`.
///
/// ```
/// use highwater_metrics::distribution::normal_quantile;
/// assert_eq!(normal_quantile(0.5), Ok(0.0));
/// assert!((normal_quantile(0.975).unwrap() - 1.959963984540054).abs() < 1e-15);
/// ```
///
/// # Errors
/// [`Undefined::Argument`] unless `p` is above 0 and below 1: at both the quantile is infinite.
pub fn normal_quantile(p: f64) -> Result<f64, Undefined> {
    Argument::Probability.require(p > 0.0 && p < 1.0)?;
    Ok(quantile(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, what: &str) {
        let error = (found - expected).abs();
        assert!(
            error <= 1e-15 * expected.abs(),
            "{what}: {found:e}, not {expected:e}: off by {:e}",
            error / expected.abs()
        );
    }

    // The three tables: power series and continued fraction in 80 decimal digits, rounded to the nearest double.

    #[test]
    fn cdf_in_the_middle_and_far_out() {
        for (x, expected) in [
            (-37.5, 4.605353009581955e-308),
            (-30.1, 2.4226672179857586e-199),
            (-20.3, 6.429244467698346e-92),
            (-12.7, 2.95648536485205e-37),
            (-8.0, 6.220960574271784e-16),
            (-5.0, 2.866515718791939e-07),
            (-3.3, 0.0004834241423837775),
            (-1.96, 0.024997895148220435),
            (-1.0, 0.15865525393145705),
            (-0.5, 0.3085375387259869),
            (-0.001, 0.49960105778608893),
            (0.3, 0.6179114221889527),
            (1.0, 0.8413447460685429),
            (2.5, 0.9937903346742238),
            (6.0, 0.9999999990134123),
        ] {
            close(cdf(x), expected, &format!("cdf({x})"));
        }
    }

    #[test]
    fn pdf_in_the_middle_and_far_out() {
        for (x, expected) in [
            (0.0, 0.3989422804014327),
            (0.5, 0.35206532676429947),
            (1.0, 0.24197072451914334),
            (3.0, 0.0044318484119380075),
            (10.1, 2.8165665442762395e-23),
            (25.7, 1.5042807213400902e-144),
            (37.2, 1.2702001138305469e-301),
        ] {
            close(pdf(x), expected, &format!("pdf({x})"));
            assert_eq!(pdf(x), pdf(-x), "even");
        }
    }

    #[test]
    fn quantile_in_the_middle_and_far_out() {
        for (p, expected) in [
            (5e-324, -38.467405617144344),
            (1e-310, -37.663060331949524),
            (1e-300, -37.0470962993612),
            (1e-290, -36.420731673207996),
            (1e-100, -21.273453560965326),
            (1e-20, -9.262340089798407),
            (1e-10, -6.361340902404057),
            (0.001, -3.0902323061678136),
            (0.01, -2.326347874040841),
            (0.025, -1.9599639845400543),
            (0.05, -1.6448536269514726),
            (0.1, -1.2815515655446004),
            (0.2, -0.8416212335729142),
            (0.25, -0.6744897501960817),
            (0.3, -0.5244005127080408),
            (0.49, -0.025068908258711057),
            (0.4999999, -2.5066282747031063e-07),
            (0.5000001, 2.506628273311648e-07),
            (0.6, 0.2533471031357997),
            (0.75, 0.6744897501960817),
            (0.8, 0.8416212335729144),
            (0.95, 1.6448536269514722),
            (0.975, 1.9599639845400538),
            (0.99, 2.3263478740408408),
            (0.999999, 4.753424308817087),
        ] {
            close(quantile(p), expected, &format!("quantile({p})"));
        }
    }

    #[test]
    fn published_tables() {
        // Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), table 26.1: P(x) to 15 decimals.
        for (x, printed) in [
            (0.5, 0.691_462_461_274_013),
            (1.0, 0.841_344_746_068_543),
            (1.5, 0.933_192_798_731_142),
            (2.0, 0.977_249_868_051_821),
        ] {
            assert!((cdf(x) - printed).abs() <= 5.1e-16, "P({x})");
        }
        // Wichura, "Algorithm AS 241", Applied Statistics 37 (1988), pp. 477-484: its three test values.
        for (p, printed) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-20, -9.262_340_089_798_408),
        ] {
            assert!(
                (quantile(p) - printed).abs() <= 1e-15 * printed.abs(),
                "{p}"
            );
        }
    }

    #[test]
    fn more_published_tables() {
        // Abramowitz and Stegun, table 26.5 and the usual levels, to double precision.
        for (p, expected) in [
            (0.9, 1.281_551_565_544_600_4),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
            (0.995, 2.575_829_303_548_900_4),
        ] {
            let error = (quantile(p) - expected).abs();
            assert!(error <= 4.0 * f64::EPSILON * expected, "{p}");
        }
        // Abramowitz and Stegun, table 26.1.
        for (x, expected) in [(0.0, 0.5), (-3.0, 0.001_349_898_031_630)] {
            assert!((cdf(x) - expected).abs() < 1e-15, "{x}");
        }
    }

    #[test]
    fn cdf_undoes_the_quantile() {
        for p in [
            1e-300, 1e-100, 1e-12, 0.01, 0.3, 0.499_999, 0.5, 0.7, 0.999_9,
        ] {
            let x = quantile(p);
            // The probability itself is as good as x, times |x| x.
            let bound = 4.0 * f64::EPSILON * (1.0 + x * x) * p;
            assert!((cdf(x) - p).abs() <= bound, "{p}: {}", cdf(x));
        }
    }

    #[test]
    fn the_ends_and_what_is_no_number() {
        let outside = |argument| Err(Undefined::Argument { argument });
        assert_eq!(normal_cdf(f64::NEG_INFINITY), Ok(0.0));
        assert_eq!(normal_cdf(f64::INFINITY), Ok(1.0));
        assert_eq!(normal_pdf(f64::INFINITY), Ok(0.0));
        assert_eq!(normal_pdf(1e200), Ok(0.0));
        assert_eq!(normal_cdf(-1e200), Ok(0.0));
        assert_eq!(normal_cdf(f64::NAN), outside(Argument::Quantile));
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(normal_quantile(p), outside(Argument::Probability), "{p}");
        }
    }

    #[test]
    fn quantile_undoes_cdf() {
        for step in -370..=80 {
            let x = f64::from(step) / 10.0;
            let back = quantile(cdf(x));
            // In the upper tail the probability itself is rounded: by an ulp of 1 over the density.
            let bound = 3e-15 * x.abs() + if x > 0.0 { 1.2e-16 / pdf(x) } else { 1e-16 };
            assert!((back - x).abs() <= bound, "{x}: {back}");
        }
    }
}
