//! The normal and the chi-square distribution, as far as tails, tests and ratios need them.
//!
//! ```text
//! density(x)     = exp(-x^2 / 2) / sqrt(2 pi)
//! probability(x) = erfc(-x / sqrt(2)) / 2
//! quantile(p)    = x with probability(x) = p
//! chi-square     P(X > x) = erfc(sqrt(x / 2))    with one degree of freedom
//!                P(X > x) = exp(-x / 2)          with two
//! ```
//! `erfc` and `exp` are those of `libm`, so that every machine answers with the same bytes. The quantile starts from
//! Hastings' approximation (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23, error below 4.5e-4)
//! and ends by Halley's iteration on `erfc` itself, which triples the number of correct digits a step; three steps
//! leave only the rounding of `erfc`. It works in the lower tail, where `erfc` is small and relatively exact, so that
//! 1e-300 has a quantile as good as 0.4.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

/// `1 / sqrt(2 pi)`.
const FRAC_1_SQRT_TAU: f64 = 0.398_942_280_401_432_7;

/// The density of the standard normal distribution.
pub fn normal_density(x: f64) -> f64 {
    FRAC_1_SQRT_TAU * libm::exp(-0.5 * x * x)
}

/// The probability that a standard normal number is at most `x`.
///
/// ```
/// use highwater_metrics::distribution::normal_probability;
/// assert!((normal_probability(1.96) - 0.975_002_104_851_779_5).abs() < 1e-15);
/// ```
pub fn normal_probability(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// The number that a standard normal one exceeds with probability `1 - p`; none unless `0 < p < 1`.
///
/// ```
/// use highwater_metrics::distribution::normal_quantile;
/// assert_eq!(normal_quantile(0.5), Some(0.0));
/// assert!((normal_quantile(0.05).unwrap() + 1.644_853_626_951_472_7).abs() < 1e-15);
/// assert_eq!(normal_quantile(1.0), None);
/// ```
pub fn normal_quantile(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    // 1 - p is exact for p from a half to one.
    let (tail, sign) = if p < 0.5 { (p, -1.0) } else { (1.0 - p, 1.0) };
    Some(sign * upper_quantile(tail))
}

/// The number that a standard normal one exceeds with probability `tail`, at most a half.
fn upper_quantile(tail: f64) -> f64 {
    if tail == 0.5 {
        return 0.0;
    }
    let t = (-2.0 * libm::log(tail)).sqrt();
    let above = 2.515517 + t * (0.802853 + t * 0.010328);
    let below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    let mut x = t - above / below;
    for _ in 0..3 {
        // (upper(x) - tail) / density(x), a ratio of small numbers: formed before it is scaled.
        let excess = (0.5 * libm::erfc(x / SQRT_2) - tail) / normal_density(x);
        if !excess.is_finite() {
            break;
        }
        x += excess / (1.0 - 0.5 * x * excess);
    }
    x
}

/// The probability that a chi-square number with one degree of freedom exceeds `x`.
///
/// ```
/// use highwater_metrics::distribution::chi_square_1_beyond;
/// assert!((chi_square_1_beyond(3.841_458_820_694_124) - 0.05).abs() < 1e-15);
/// ```
pub fn chi_square_1_beyond(x: f64) -> f64 {
    libm::erfc((0.5 * x.max(0.0)).sqrt())
}

/// The probability that a chi-square number with two degrees of freedom exceeds `x`.
pub fn chi_square_2_beyond(x: f64) -> f64 {
    libm::exp(-0.5 * x.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        let close = (found - expected).abs() <= 4.0 * f64::EPSILON * expected.abs();
        assert!(close, "{found} is not {expected}");
    }

    #[test]
    fn quantiles_are_the_published_ones() {
        // Wichura, Algorithm AS 241, Applied Statistics 37(3), 1988, p. 481, to his 16 digits.
        for (p, expected) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-20, -9.262_340_089_798_408),
        ] {
            near(normal_quantile(p).unwrap(), expected);
        }
        // Abramowitz and Stegun, table 26.5 and the usual levels, to double precision.
        for (p, expected) in [
            (0.9, 1.281_551_565_544_600_4),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
            (0.995, 2.575_829_303_548_900_4),
        ] {
            near(normal_quantile(p).unwrap(), expected);
        }
    }

    #[test]
    fn the_quantile_undoes_the_probability() {
        for p in [
            1e-300, 1e-100, 1e-12, 0.01, 0.3, 0.499_999, 0.5, 0.7, 0.999_9,
        ] {
            let x = normal_quantile(p).unwrap();
            let found = normal_probability(x);
            // The probability itself is as good as x, times |x| x.
            let bound = 4.0 * f64::EPSILON * (1.0 + x * x) * p;
            assert!((found - p).abs() <= bound, "{p}: {found}");
        }
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(normal_quantile(p), None);
        }
        assert!(normal_quantile(5e-324).is_some_and(f64::is_finite));
    }

    #[test]
    fn probabilities_are_the_published_ones() {
        // Abramowitz and Stegun, table 26.1.
        for (x, expected) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_543),
            (2.0, 0.977_249_868_051_821),
            (-3.0, 0.001_349_898_031_630),
        ] {
            assert!((normal_probability(x) - expected).abs() < 1e-15);
        }
        near(normal_density(1.0), 0.241_970_724_519_143_37);
    }

    #[test]
    fn chi_square_levels_are_the_published_ones() {
        // Abramowitz and Stegun, table 26.8.
        for (level, one, two) in [
            (0.05, 3.841_458_820_694_124, 5.991_464_547_107_979),
            (0.01, 6.634_896_601_021_213, 9.210_340_371_976_18),
        ] {
            assert!((chi_square_1_beyond(one) - level).abs() < 1e-15);
            assert!((chi_square_2_beyond(two) - level).abs() < 1e-15);
        }
        assert_eq!(
            (chi_square_1_beyond(-1.0), chi_square_2_beyond(0.0)),
            (1.0, 1.0)
        );
    }
}
