//! Sums of a sample, by halves.
//!
//! A slice is cut in halves until 64 terms or fewer remain, which are added in eight lanes. A term takes part in at
//! most `8 + 3 + log2(n / 64)` additions, so the error is below `(11 + log2(n / 64)) 2^-53` of the sum of magnitudes:
//! 2e-15 for ten million terms. Which terms meet is fixed by the length alone.

const LANES: usize = 8;
const LEAF: usize = 64;

/// `sum(term(x))`.
pub(crate) fn sum_of(values: &[f64], term: impl Fn(f64) -> f64 + Copy) -> f64 {
    if values.len() <= LEAF {
        return leaf(values, term);
    }
    // The left half is a whole number of leaves, so that few leaves are short.
    let half = (values.len() / 2).next_multiple_of(LEAF);
    let (left, right) = values.split_at(half);
    sum_of(left, term) + sum_of(right, term)
}

/// `sum(x)`.
pub(crate) fn sum(values: &[f64]) -> f64 {
    sum_of(values, |value| value)
}

fn leaf(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let whole = values.chunks_exact(LANES);
    let rest = whole.remainder();
    for chunk in whole {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += term(value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += term(value);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_every_length_are_whole() {
        for length in [0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 1000, 4097] {
            let values: Vec<f64> = (0..length).map(f64::from).collect();
            let expected = f64::from(length) * f64::from(length - 1) / 2.0;
            assert_eq!(sum(&values), expected.max(0.0), "{length}");
            assert_eq!(sum_of(&values, |x| 2.0 * x), 2.0 * expected.max(0.0));
        }
    }

    #[test]
    fn a_million_tenths_lose_almost_nothing() {
        let found = sum(&vec![0.1; 1_000_000]);
        // In order, the error is 1.3e-6.
        assert!((found - 100_000.0).abs() < 1e-10, "{found}");
    }
}
