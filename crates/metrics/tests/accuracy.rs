//! Means and variances of series made to be hard, against exact arithmetic.
//!
//! Two references: integers, where every value is a multiple of a power of two, and double-double sums (about 32
//! digits) elsewhere. Both take the very doubles that the folds take, so that only the folds' own error is seen.

use highwater_metrics::{Convention, Merge, Moments, PeriodsPerYear, Stretch, Terms};

fn folded(rows: &[f64]) -> Moments {
    let terms = Terms::new(
        &Convention::empyrical(),
        PeriodsPerYear::new(252.0).unwrap(),
    );
    Stretch::of(rows, &terms).moments
}

/// A sum of two doubles and its rounding error (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// A product of two doubles and its rounding error (Dekker).
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let split = |x: f64| {
        let wide = 134_217_729.0 * x;
        let high = wide - (wide - x);
        (high, x - high)
    };
    let product = a * b;
    let ((a_high, a_low), (b_high, b_low)) = (split(a), split(b));
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

/// A number of about 32 digits.
#[derive(Clone, Copy)]
struct Wide(f64, f64);

impl Wide {
    fn plus(self, other: Self) -> Self {
        let (high, error) = two_sum(self.0, other.0);
        let (high, low) = two_sum(high, error + self.1 + other.1);
        Self(high, low)
    }

    fn times(self, other: Self) -> Self {
        let (high, error) = two_product(self.0, other.0);
        let (high, low) = two_sum(high, error + self.0 * other.1 + self.1 * other.0);
        Self(high, low)
    }

    fn over(self, divisor: f64) -> Self {
        let first = self.0 / divisor;
        let (product, error) = two_product(first, divisor);
        let rest = self.plus(Self(-product, -error));
        let (high, low) = two_sum(first, rest.0 / divisor);
        Self(high, low)
    }
}

/// Mean and sample variance, in two passes of double-double sums.
fn wide_reference(rows: &[f64]) -> (f64, f64) {
    let n = rows.len() as f64;
    let sum = rows
        .iter()
        .fold(Wide(0.0, 0.0), |sum, &row| sum.plus(Wide(row, 0.0)));
    let mean = sum.over(n);
    let squares = rows.iter().fold(Wide(0.0, 0.0), |sum, &row| {
        let deviation = Wide(row, 0.0).plus(Wide(-mean.0, -mean.1));
        sum.plus(deviation.times(deviation))
    });
    (mean.0, squares.over(n - 1.0).0)
}

/// Mean and sample variance of integers over `unit`, exact until the last division.
fn integer_reference(units: &[i64], unit: f64) -> (f64, f64) {
    let n = units.len() as i128;
    let sum: i128 = units.iter().map(|&value| i128::from(value)).sum();
    let squares: i128 = units.iter().map(|&value| i128::from(value).pow(2)).sum();
    let mean = sum as f64 / n as f64 / unit;
    let variance = (n * squares - sum * sum) as f64 / (n * (n - 1)) as f64 / (unit * unit);
    (mean, variance)
}

/// `bound` is on the variance, relative. The mean is as exact as its greatest term.
fn check(name: &str, rows: &[f64], moments: Moments, (mean, variance): (f64, f64), bound: f64) {
    let greatest = rows
        .iter()
        .fold(0.0_f64, |greatest, row| greatest.max(row.abs()));
    let found = moments.mean().unwrap();
    assert!(
        (found - mean).abs() <= 1e-15 * greatest,
        "{name}: mean {found}, exactly {mean}"
    );
    let found = moments.variance(1).unwrap();
    let error = (found / variance - 1.0).abs();
    assert!(
        error <= bound,
        "{name}: variance {found}, exactly {variance}, error {error:e}"
    );
}

/// Uniform integers from a small generator of its own.
fn integers(count: usize, range: u64) -> Vec<i64> {
    let mut state = 88_172_645_463_325_252_u64;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % range) as i64
        })
        .collect()
}

#[test]
fn prices_near_60_000_with_deviations_of_a_thousandth() {
    for count in [2, 100, 128, 129, 1_000, 100_000] {
        // Multiples of 2^-20, a millionth: exact doubles near 60,000.
        let unit = f64::from(1 << 20);
        let units: Vec<i64> = integers(count, 2_000)
            .into_iter()
            .map(|step| 60_000 * (1 << 20) + step)
            .collect();
        let rows: Vec<f64> = units.iter().map(|&value| value as f64 / unit).collect();
        check(
            "dyadic prices",
            &rows,
            folded(&rows),
            integer_reference(&units, unit),
            1e-14,
        );

        // And prices as they are written in decimal, whose doubles are odd.
        let rows: Vec<f64> = integers(count, 3)
            .into_iter()
            .map(|step| 60_000.0 + 0.001 * (step - 1) as f64)
            .collect();
        if rows.iter().any(|&row| row != rows[0]) {
            check(
                "decimal prices",
                &rows,
                folded(&rows),
                wide_reference(&rows),
                1e-14,
            );
        }
    }
}

#[test]
fn series_in_the_manner_of_nist_numacc() {
    // NumAcc1 to NumAcc4 of NIST's Statistical Reference Datasets: a value, then two more in turn.
    for (name, first, second, third, pairs, mean, deviation) in [
        (
            "NumAcc1",
            10_000_001.0,
            10_000_003.0,
            10_000_002.0,
            1,
            10_000_002.0,
            1.0,
        ),
        ("NumAcc2", 1.2, 1.1, 1.3, 500, 1.2, 0.1),
        (
            "NumAcc3",
            1_000_000.2,
            1_000_000.1,
            1_000_000.3,
            500,
            1_000_000.2,
            0.1,
        ),
        (
            "NumAcc4",
            10_000_000.2,
            10_000_000.1,
            10_000_000.3,
            500,
            10_000_000.2,
            0.1,
        ),
    ] {
        let mut rows = vec![first];
        (0..pairs).for_each(|_| rows.extend([second, third]));
        let moments = folded(&rows);
        check(name, &rows, moments, wide_reference(&rows), 1e-14);
        // The certified values hold for the decimals; their doubles are off by up to 1e-9 of them.
        assert!(
            (moments.mean().unwrap() / mean - 1.0).abs() < 1e-15,
            "{name}"
        );
        let found = moments.deviation(1).unwrap();
        assert!((found / deviation - 1.0).abs() < 1e-7, "{name}: {found}");
    }
}

#[test]
fn an_outlier_where_a_block_begins_costs_no_more_than_its_bound() {
    for (name, outlier) in [("first row", 1.0), ("a million times the rest", 1000.0)] {
        for every in [128, 256, 100_000] {
            let rows: Vec<f64> = integers(10_000, 2_000)
                .into_iter()
                .enumerate()
                .map(|(at, step)| {
                    if at % every == 0 {
                        outlier
                    } else {
                        step as f64 * 1e-6
                    }
                })
                .collect();
            check(name, &rows, folded(&rows), wide_reference(&rows), 1e-12);
        }
    }
}

#[test]
fn single_pushes_and_joins_are_as_exact() {
    let rows: Vec<f64> = integers(5_000, 2_000)
        .into_iter()
        .map(|step| 60_000.0 + step as f64 * 1e-6)
        .collect();
    let mut pushed = Moments::default();
    rows.iter().for_each(|&row| pushed.push(row));
    check("pushed", &rows, pushed, wide_reference(&rows), 1e-12);
    let joined = rows
        .chunks(7)
        .map(folded)
        .fold(Moments::default(), Moments::then);
    check("joined", &rows, joined, wide_reference(&rows), 1e-12);
}
