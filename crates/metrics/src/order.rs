//! Order statistics: sorting, and the numbers between.

use crate::convention::Quantile;

/// The numbers in order of size, the least first.
pub(crate) fn sorted(values: &[f64]) -> Vec<f64> {
    // As integers of the same order, which sort in less than half the time.
    let mut keys: Vec<i64> = values.iter().map(|&value| ordered(value)).collect();
    keys.sort_unstable();
    keys.into_iter().map(unordered).collect()
}

/// An integer of the order that [`f64::total_cmp`] has: the bits, those below the sign turned for negative numbers.
fn ordered(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// The number that [`ordered`] made an integer of; the same turn again.
fn unordered(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) as u64 >> 1) as i64) as u64)
}

/// Where the quantile of `n` sorted numbers lies, counted from 0: between two of them if it is no whole number.
pub(crate) fn position(n: usize, p: f64, kind: Quantile) -> f64 {
    let (last, n) = (n.saturating_sub(1) as f64, n as f64);
    let position = match kind {
        Quantile::Linear => (n - 1.0) * p,
        Quantile::Lower => ((n - 1.0) * p).floor(),
        Quantile::Higher => ((n - 1.0) * p).ceil(),
        Quantile::InverseDistribution => (n * p).ceil() - 1.0,
        Quantile::Weibull => (n + 1.0) * p - 1.0,
        Quantile::MedianUnbiased => (n + 1.0 / 3.0) * p - 2.0 / 3.0,
    };
    position.clamp(0.0, last)
}

/// The quantile of sorted numbers, of which there is at least one.
pub(crate) fn between(sorted: &[f64], p: f64, kind: Quantile) -> f64 {
    let position = position(sorted.len(), p, kind);
    let (below, share) = (position.floor(), position - position.floor());
    let at = |position: f64| sorted[(position as usize).min(sorted.len() - 1)];
    let (low, high) = (at(below), at(below + 1.0));
    // Exact at both ends, and never outside of them.
    if share == 0.0 {
        low
    } else {
        (low + (high - low) * share).clamp(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_every_kind() {
        // Hyndman and Fan's definitions by hand: n = 4, p = 0.3.
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (kind, expected) in [
            (Quantile::Linear, 1.9),
            (Quantile::Lower, 1.0),
            (Quantile::Higher, 2.0),
            (Quantile::InverseDistribution, 2.0),
            (Quantile::Weibull, 1.5),
            (
                Quantile::MedianUnbiased,
                1.0 + (13.0 / 3.0 * 0.3 - 2.0 / 3.0),
            ),
        ] {
            let found = between(&sorted, 0.3, kind);
            assert!((found - expected).abs() < 1e-15, "{kind:?}: {found}");
            assert_eq!(between(&sorted, 0.0, kind), 1.0);
            assert_eq!(between(&sorted, 1.0, kind), 8.0);
            assert_eq!(between(&[3.0], 0.5, kind), 3.0);
        }
        assert!(between(&[f64::MIN, f64::MAX], 0.5, Quantile::Linear).is_finite());
    }

    #[test]
    fn integers_keep_the_order_of_numbers() {
        let numbers = [
            f64::MIN,
            -1.0,
            -1e-300,
            -5e-324,
            -0.0,
            0.0,
            5e-324,
            0.5,
            1.0,
            f64::MAX,
        ];
        assert!(
            numbers
                .windows(2)
                .all(|pair| ordered(pair[0]) < ordered(pair[1]))
        );
        for number in numbers {
            assert_eq!(unordered(ordered(number)).to_bits(), number.to_bits());
        }
    }
}
