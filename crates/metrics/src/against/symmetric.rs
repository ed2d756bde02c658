//! A symmetric matrix of metrics between series.

use crate::Undefined;

/// A metric between every two of some series: a number, or the reason why there is none.
///
/// Kept as a square of numbers, row after row, both halves; what has no value is listed beside it.
#[derive(Clone, Debug)]
pub struct Symmetric {
    series: usize,
    /// Not finite where there is no value.
    values: Vec<f64>,
    /// The pairs without a value, `i <= j`, ascending.
    undefined: Vec<(usize, usize, Undefined)>,
}

impl Symmetric {
    /// From a full square of which the reasons for what is not finite are known.
    pub(super) fn new(
        series: usize,
        values: Vec<f64>,
        undefined: Vec<(usize, usize, Undefined)>,
    ) -> Self {
        Self {
            series,
            values,
            undefined,
        }
    }

    /// How many series.
    pub const fn series(&self) -> usize {
        self.series
    }

    /// The value between two series, in either order; none if there is no such series.
    pub fn get(&self, i: usize, j: usize) -> Option<Result<f64, Undefined>> {
        if i >= self.series || j >= self.series {
            return None;
        }
        let value = self.values[i * self.series + j];
        if value.is_finite() {
            return Some(Ok(value));
        }
        let pair = (i.min(j), i.max(j));
        let at = self
            .undefined
            .binary_search_by_key(&pair, |&(i, j, _)| (i, j));
        Some(Err(
            at.map_or(Undefined::OutOfRange, |at| self.undefined[at].2)
        ))
    }

    /// The pairs without a value, each once with `i <= j`, and why.
    pub fn undefined(&self) -> &[(usize, usize, Undefined)] {
        &self.undefined
    }

    /// Every value, `values[i * series + j]`, with `missing` where there is none: NaN for libraries that write it so.
    pub fn filled(self, missing: f64) -> Vec<f64> {
        let mut values = self.values;
        for (i, j, _) in self.undefined {
            values[i * self.series + j] = missing;
            values[j * self.series + i] = missing;
        }
        values
    }
}

/// The same values, and the same reasons, between every two series.
impl PartialEq for Symmetric {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a == b || !a.is_finite() && !b.is_finite();
        self.series == other.series
            && self.undefined == other.undefined
            && self.values.iter().zip(&other.values).all(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_of_values_and_reasons() {
        let flat = |between: f64, missing: f64, reason| {
            let values = vec![1.0, between, between, missing];
            Symmetric::new(2, values, vec![(1, 1, reason)])
        };
        let of = flat(0.5, f64::NAN, Undefined::ZeroVariance);
        assert_eq!(of, flat(0.5, f64::NAN, Undefined::ZeroVariance));
        // What stands where there is no value does not matter.
        assert_eq!(of, flat(0.5, f64::INFINITY, Undefined::ZeroVariance));
        assert_ne!(of, flat(0.25, f64::NAN, Undefined::ZeroVariance));
        assert_ne!(of, flat(0.5, f64::NAN, Undefined::OutOfRange));
        let number = Symmetric::new(2, vec![1.0, 0.5, 0.5, 1.0], Vec::new());
        assert_ne!(of, number);
        assert_ne!(number, Symmetric::new(1, vec![1.0], Vec::new()));
        assert_eq!(of.get(1, 1), Some(Err(Undefined::ZeroVariance)));
        assert_eq!(of.filled(9.0), [1.0, 0.5, 0.5, 9.0]);
    }
}
