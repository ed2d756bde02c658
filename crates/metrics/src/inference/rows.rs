//! The rows that count: missing ones (NaN) left out, infinite ones refused.
//!
//! Series that are compared row by row lose a row as soon as one of them misses it. Rows that remain are taken to
//! follow each other.

use crate::Undefined;

/// The finite rows of a series.
pub(super) fn finite_rows(rows: &[f64]) -> Result<Vec<f64>, Undefined> {
    if let Some(index) = rows.iter().position(|row| row.is_infinite()) {
        return Err(Undefined::NonFinite { index });
    }
    Ok(rows.iter().copied().filter(|row| !row.is_nan()).collect())
}

/// The rows that two series of the same length both have.
pub(super) fn paired_rows(
    first: &[f64],
    second: &[f64],
) -> Result<(Vec<f64>, Vec<f64>), Undefined> {
    if first.len() != second.len() {
        return Err(Undefined::UnequalLengths {
            first: first.len(),
            second: second.len(),
        });
    }
    let infinite = |(a, b): (&f64, &f64)| a.is_infinite() || b.is_infinite();
    if let Some(index) = first.iter().zip(second).position(infinite) {
        return Err(Undefined::NonFinite { index });
    }
    Ok(first
        .iter()
        .copied()
        .zip(second.iter().copied())
        .filter(|(a, b)| !a.is_nan() && !b.is_nan())
        .unzip())
}

/// The rows that all series have, a series after the other, and how many rows some series missed.
pub(super) fn joint_rows<S: AsRef<[f64]>>(
    series: &[S],
) -> Result<(Vec<Vec<f64>>, usize), Undefined> {
    let rows = series.first().map_or(0, |first| first.as_ref().len());
    let mut whole = vec![true; rows];
    for one in series {
        let one = one.as_ref();
        if one.len() != rows {
            return Err(Undefined::UnequalLengths {
                first: rows,
                second: one.len(),
            });
        }
        if let Some(index) = one.iter().position(|row| row.is_infinite()) {
            return Err(Undefined::NonFinite { index });
        }
        for (whole, row) in whole.iter_mut().zip(one) {
            *whole &= !row.is_nan();
        }
    }
    let kept = |one: &S| {
        let rows = one.as_ref().iter().zip(&whole);
        rows.filter(|(_, whole)| **whole)
            .map(|(row, _)| *row)
            .collect()
    };
    let skipped = whole.iter().filter(|whole| !**whole).count();
    Ok((series.iter().map(kept).collect(), skipped))
}

/// At least `need` rows.
pub(super) const fn require(have: usize, need: usize) -> Result<(), Undefined> {
    if have < need {
        Err(Undefined::TooFew { need, have })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_one_side_misses_is_left_out() {
        let nan = f64::NAN;
        assert_eq!(
            paired_rows(&[1.0, nan, 3.0, 4.0], &[5.0, 6.0, nan, 8.0]),
            Ok((vec![1.0, 4.0], vec![5.0, 8.0]))
        );
        assert_eq!(
            paired_rows(&[1.0], &[]),
            Err(Undefined::UnequalLengths {
                first: 1,
                second: 0
            })
        );
        assert_eq!(
            joint_rows(&[vec![1.0, nan, 3.0], vec![5.0, 6.0, 7.0]]),
            Ok((vec![vec![1.0, 3.0], vec![5.0, 7.0]], 1))
        );
        assert!(joint_rows(&[vec![1.0], vec![]]).is_err());
        let infinite = Err(Undefined::NonFinite { index: 1 });
        assert_eq!(paired_rows(&[1.0, nan], &[1.0, f64::INFINITY]), infinite);
        assert_eq!(
            finite_rows(&[nan, f64::NEG_INFINITY]),
            Err(Undefined::NonFinite { index: 1 })
        );
        assert_eq!(finite_rows(&[nan, 2.0]), Ok(vec![2.0]));
    }
}
