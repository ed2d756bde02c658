//! Small least-squares problems by Householder reflections.
//!
//! Source: Golub, G. and Van Loan, C., Matrix Computations, 4th ed., 2013, sections 5.1 and 5.3.2.

use crate::{Undefined, undefined::finite};

/// The coefficients `b` that minimise `|columns b - target|`. At least as many rows as columns.
///
/// # Errors
/// [`Undefined::Collinear`] if a column is a combination of those before it, within rounding;
/// [`Undefined::OutOfRange`].
pub(crate) fn least_squares<const K: usize>(
    mut columns: [Vec<f64>; K],
    mut target: Vec<f64>,
) -> Result<[f64; K], Undefined> {
    let rows = target.len();
    let mut triangle = [[0.0; K]; K];
    for at in 0..K {
        let whole = norm(&columns[at]);
        let (done, rest) = columns.split_at_mut(at + 1);
        let reflector = &mut done[at][at..];
        let length = finite(norm(reflector))?;
        // What the reflections leave of a dependent column is their rounding.
        if length <= whole * f64::EPSILON * rows as f64 {
            return Err(Undefined::Collinear);
        }
        for (above, row) in triangle.iter_mut().enumerate().take(at) {
            row[at] = done[at][above];
        }
        let reflector = &mut done[at][at..];
        // The sign that adds rather than cancels.
        let head = -length.copysign(reflector[0]);
        triangle[at][at] = head;
        reflector[0] -= head;
        // Of length 1, so that its square neither overflows nor vanishes.
        let scale = norm(reflector);
        reflector.iter_mut().for_each(|value| *value /= scale);
        for column in rest.iter_mut().chain([&mut target]) {
            reflect(reflector, &mut column[at..]);
        }
    }
    let mut found = [0.0; K];
    for at in (0..K).rev() {
        let known: f64 = (at + 1..K)
            .map(|next| triangle[at][next] * found[next])
            .sum();
        found[at] = finite((target[at] - known) / triangle[at][at])?;
    }
    Ok(found)
}

/// `column - 2 (reflector . column) reflector`.
fn reflect(reflector: &[f64], column: &mut [f64]) {
    let product: f64 = reflector.iter().zip(&*column).map(|(v, c)| v * c).sum();
    for (value, reflected) in column.iter_mut().zip(reflector) {
        *value -= 2.0 * product * reflected;
    }
}

/// Euclidean length, scaled by the largest entry. Not finite if an entry is not.
fn norm(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0, |largest: f64, value| {
        if value.is_nan() {
            f64::NAN
        } else {
            largest.max(value.abs())
        }
    });
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let squares: f64 = values
        .iter()
        .map(|value| (value / largest) * (value / largest))
        .sum();
    largest * squares.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_found() {
        let x = [-2.0, -1.0, 0.0, 1.0, 2.0];
        let y = x.map(|x| 3.0 - 2.0 * x + 0.5 * x * x);
        let columns = [vec![1.0; 5], x.to_vec(), x.map(|x| x * x).to_vec()];
        let found = least_squares(columns, y.to_vec()).unwrap();
        for (found, expected) in found.into_iter().zip([3.0, -2.0, 0.5]) {
            assert!(
                (found - expected).abs() < 1e-14,
                "{found} is not {expected}"
            );
        }
    }

    #[test]
    fn dependent_columns_are_refused() {
        let x = [0.1, 0.2, 0.3, 0.7];
        for last in [x.map(|x| 0.5 * x + 0.3), [0.0; 4], [2.0; 4]] {
            let columns = [vec![1.0; 4], x.to_vec(), last.to_vec()];
            assert_eq!(
                least_squares(columns, x.to_vec()),
                Err(Undefined::Collinear)
            );
        }
    }

    #[test]
    fn scale_does_not_matter() {
        for scale in [1e-160, 1e160] {
            let x = [1.0, 2.0, 4.0].map(|x| x * scale);
            let found = least_squares([vec![1.0; 3], x.to_vec()], x.to_vec()).unwrap();
            assert!((found[1] - 1.0).abs() < 1e-14, "{found:?}");
        }
        let beyond = least_squares([vec![f64::MAX; 3]], vec![f64::MAX; 3]);
        assert_eq!(beyond, Err(Undefined::OutOfRange));
    }
}
