//! The normal and the chi-square distribution, as far as tails, tests and ratios need them.
//!
//! ```text
//! density(x)     = exp(-x^2 / 2) / sqrt(2 pi)
//! probability(x) = erfc(-x / sqrt(2)) / 2
//! quantile(p)    = x with probability(x) = p
//! chi-square     P(X > x) = erfc(sqrt(x / 2))    with one degree of freedom
//!                P(X > x) = exp(-x / 2)          with two
//! ```
//! `erfc` and `exp` are those of `libm`, so that every machine answers with the same bytes. The normal functions are
//! within 1e-15 of the truth, relatively, in the middle and far out.

pub use crate::normal::{normal_cdf, normal_pdf, normal_quantile};

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
