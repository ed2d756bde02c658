//! A quotient by a root, without waiting for the divider.
//!
//! A double's root and division keep the divider busy for longer than all else that a window costs. A single's are
//! quick, and two steps of Newton's method make a double of it:
//! ```text
//! y = 1 / sqrt(single(x))          relative error below 2^-22
//! y = y (3/2 - x/2 y^2), twice     below 2^-43, then a few roundings
//! ```
//! Relative error: below `2^-50`. Every step is rounded as IEEE 754 says, so the bytes are those of every machine.
//! Outside [`QUICK`], where a single has fewer digits or none, the root and the division are a double's.

use std::ops::Range;

use super::blocks::Row;

/// Where the quick way holds.
const QUICK: Range<f64> = 1e-36..1e36;

/// `above / sqrt(below)` in every lane.
#[inline(always)]
pub(super) fn over_root<const L: usize>(above: &Row<L>, below: &Row<L>) -> Row<L> {
    let mut found = [0.0; L];
    let mut slow = 0_u64;
    for lane in 0..L {
        let x = below[lane];
        slow |= u64::from(!QUICK.contains(&x));
        let half = 0.5 * x;
        let mut y = f64::from(1.0 / (x as f32).sqrt());
        y *= 1.5 - half * (y * y);
        y *= 1.5 - half * (y * y);
        found[lane] = above[lane] * y;
    }
    if slow != 0 {
        slowly(above, below, &mut found);
    }
    found
}

/// The lanes outside [`QUICK`], once more.
#[cold]
fn slowly(above: &[f64], below: &[f64], found: &mut [f64]) {
    for ((found, above), below) in found.iter_mut().zip(above).zip(below) {
        if !QUICK.contains(below) {
            // Squares that left the range of a double divide nothing, not everything to zero.
            *found = if *below == f64::INFINITY {
                f64::NAN
            } else {
                above / below.sqrt()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_quotient_to_a_few_roundings() {
        let mut below = 1e-300_f64;
        while below < 1e300 {
            for above in [1.0, -0.3, 7e-9] {
                let [found, again] = over_root(&[above, 1.0], &[below, 4.0]);
                let exact = above / below.sqrt();
                assert!(
                    (found / exact - 1.0).abs() <= 2.0_f64.powi(-50),
                    "{above} over {below}"
                );
                assert_eq!(again, 0.5, "no lane alters another");
                assert_eq!(over_root(&[above], &[below]), [found]);
            }
            below *= 1.37;
        }
    }

    #[test]
    fn what_has_no_root_has_no_value() {
        for below in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(!over_root(&[1.0], &[below])[0].is_finite(), "{below}");
        }
    }
}
