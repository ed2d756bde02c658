//! Correlation and covariance matrices of many series.
//!
//! Between each two series only the rows that both have count ("pairwise complete": pandas' `corr`, R's
//! `pairwise.complete.obs`). Such a matrix need not be positive semidefinite, unless no row is missing.
//!
//! Series without a missing row are centred, scaled to length 1, and multiplied as one matrix product:
//! ```text
//! z_i = (x_i - mean_i) / |x_i - mean_i|        correlation_ij = z_i . z_j
//! ```
//! Pairs with a missing row are [`CoMoments`] each. Absolute error of a correlation: below `(rows + 16) 2^-52` by the first
//! way, a few roundings by the second. The diagonal is exactly 1, and both halves are equal to the bit. The bytes do
//! not depend on the number of threads.

use rayon::prelude::*;

use crate::Undefined;

use super::{CoMoments, Symmetric, product::products};

/// Pearson's correlation between every two series, from -1 to 1.
///
/// Series have the same rows; beyond the shorter of two, rows of the longer are left out. A series that is flat, or has
/// too few rows in common with another, has no correlation: [`Symmetric::get`] says why.
///
/// ```
/// use highwater_metrics::{Undefined, against::correlation_matrix};
/// let up = [0.0, 0.25, 0.5];
/// let down = [0.5, 0.25, 0.0];
/// let found = correlation_matrix(&[&up, &down, &[0.5; 3]]);
/// assert!((found.get(0, 1).unwrap().unwrap() + 1.0).abs() < 1e-15);
/// assert_eq!(found.get(1, 1), Some(Ok(1.0)));
/// assert_eq!(found.get(0, 2), Some(Err(Undefined::ZeroVariance)));
/// ```
pub fn correlation_matrix(series: &[&[f64]]) -> Symmetric {
    matrix(series, &Measure::Correlation)
}

/// Covariance between every two series with divisor `n - ddof`, variances on the diagonal.
///
/// As [`correlation_matrix`]; a flat series has covariances of zero. Error relative to the product of both deviations:
/// as that of a correlation.
pub fn covariance_matrix(series: &[&[f64]], ddof: u8) -> Symmetric {
    matrix(series, &Measure::Covariance { ddof })
}

enum Measure {
    Correlation,
    Covariance { ddof: u8 },
}

impl Measure {
    /// The fewest rows that it can be measured from.
    fn need(&self) -> usize {
        match self {
            Self::Correlation => 2,
            Self::Covariance { ddof } => 2.max(usize::from(*ddof) + 1),
        }
    }

    fn of(&self, pairs: &CoMoments) -> Result<f64, Undefined> {
        match self {
            Self::Correlation => pairs.correlation(),
            Self::Covariance { ddof } => pairs.covariance(*ddof),
        }
    }
}

/// A series of which no row is missing: deviations of length 1, and their length before.
struct Whole {
    unit: Vec<f64>,
    length: f64,
}

impl Whole {
    /// None if a row is missing, or the series is flat or out of range: then its pairs are measured one by one, and
    /// find the reason.
    fn of(series: &[f64], need: usize) -> Option<Self> {
        if series.len() < need || !series.iter().all(|row| row.is_finite()) {
            return None;
        }
        let moments = CoMoments::of_rows(series, series);
        moments.correlation().ok()?;
        let square = moments.variance_x(0).ok()? * series.len() as f64;
        let length = square.sqrt();
        // Far from the ends of the range, so that no product of two lengths leaves it, and no square lost digits.
        if !(1e-280..1e280).contains(&square) {
            return None;
        }
        let unit = series
            .iter()
            .map(|&row| moments.deviation_x(row) / length)
            .collect();
        Some(Self { unit, length })
    }
}

fn matrix(series: &[&[f64]], measure: &Measure) -> Symmetric {
    let n = series.len();
    let rows = series.iter().map(|series| series.len()).max().unwrap_or(0);
    // What a shorter series lacks at its end is missing.
    let whole =
        |series: &&[f64]| Whole::of(series, measure.need()).filter(|_| series.len() == rows);
    let whole: Vec<Option<Whole>> = series.par_iter().map(whole).collect();
    let is_whole: Vec<bool> = whole.iter().map(Option::is_some).collect();
    let together: Vec<usize> = (0..n).filter(|&i| is_whole[i]).collect();
    let (units, lengths): (Vec<Vec<f64>>, Vec<f64>) = whole
        .into_iter()
        .flatten()
        .map(|whole| (whole.unit, whole.length))
        .unzip();
    let mut found = products(&units);
    drop(units);
    finish(&mut found, &lengths, rows, measure);
    if together.len() == n {
        return Symmetric::new(n, found, Vec::new());
    }
    let mut values = vec![f64::NAN; n * n];
    for (&i, found) in together.iter().zip(found.chunks(together.len().max(1))) {
        for (&j, value) in together.iter().zip(found) {
            values[i * n + j] = *value;
        }
    }
    let apart = |i: usize| {
        let others = (i..n).filter(|&j| !(is_whole[i] && is_whole[j]));
        let pairs = others.map(|j| (i, j, CoMoments::of_rows(series[i], series[j])));
        let measured = pairs.map(|(i, j, pairs)| (i, j, measure.of(&pairs)));
        measured.collect::<Vec<_>>()
    };
    let measured: Vec<_> = (0..n).into_par_iter().flat_map_iter(apart).collect();
    let mut undefined = Vec::new();
    for (i, j, value) in measured {
        match value {
            Ok(value) => {
                values[i * n + j] = value;
                values[j * n + i] = value;
            }
            Err(reason) => undefined.push((i, j, reason)),
        }
    }
    Symmetric::new(n, values, undefined)
}

/// From products of unit vectors to the measure.
fn finish(products: &mut [f64], lengths: &[f64], rows: usize, measure: &Measure) {
    let n = lengths.len();
    products
        .par_chunks_mut(n.max(1))
        .enumerate()
        .for_each(|(i, row)| match measure {
            Measure::Correlation => {
                row.iter_mut()
                    .for_each(|value| *value = value.clamp(-1.0, 1.0));
                row[i] = 1.0;
            }
            Measure::Covariance { ddof } => {
                let freedom = rows as f64 - f64::from(*ddof);
                let variance = lengths[i] * lengths[i] / freedom;
                for (value, length) in row.iter_mut().zip(lengths) {
                    // The product of both lengths first: it is the same in either order.
                    *value *= lengths[i] * length / freedom;
                }
                row[i] = variance;
            }
        });
}
