//! Ratios and paths of hard series against arithmetic of about 32 digits.
//!
//! The reference takes the very doubles that the library takes, in numbers that are sums of two doubles (Dekker,
//! "A floating-point technique for extending the available precision", Numerische Mathematik 18, 1971), so that only
//! the library's own error is seen. Bounds, with `u = 2^-53`, `n` observations:
//! ```text
//! mean, deviation, downside deviation, Sharpe, Sortino    1e-13 relative (the mean: of its greatest term)
//! total return, drawdown: a product of n factors          2 n u relative to the growth, and 1e-13 for short series
//! ```

use highwater_metrics::{Convention, Merge, Moments, PeriodsPerYear, summary};

/// A number of about 32 digits.
#[derive(Clone, Copy, Debug)]
struct Wide(f64, f64);

impl Wide {
    const ZERO: Self = Self(0.0, 0.0);
    const ONE: Self = Self(1.0, 0.0);

    fn of(value: f64) -> Self {
        Self(value, 0.0)
    }

    fn plus(self, other: Self) -> Self {
        let sum = self.0 + other.0;
        let part = sum - self.0;
        let error = (self.0 - (sum - part)) + (other.0 - part) + self.1 + other.1;
        let high = sum + error;
        Self(high, error - (high - sum))
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self(-other.0, -other.1))
    }

    fn times(self, other: Self) -> Self {
        let product = self.0 * other.0;
        // Exact: a fused multiplication rounds once.
        let error = self.0.mul_add(other.0, -product) + self.0 * other.1 + self.1 * other.0;
        let high = product + error;
        Self(high, error - (high - product))
    }

    fn over(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self.minus(other.times(Self::of(first)));
        let second = rest.0 / other.0;
        let rest = rest.minus(other.times(Self::of(second)));
        Self::of(first)
            .plus(Self::of(second))
            .plus(Self::of(rest.0 / other.0))
    }

    fn sqrt(self) -> Self {
        if self.0 == 0.0 {
            return Self::ZERO;
        }
        let first = Self::of(self.0.sqrt());
        // One step of Newton's method doubles the digits.
        first.plus(self.minus(first.times(first)).over(Self::of(2.0 * first.0)))
    }

    fn is_below(self, other: Self) -> bool {
        self.minus(other).0 < 0.0
    }
}

/// What is true of a series.
struct Truth {
    mean: f64,
    deviation: f64,
    downside: f64,
    sharpe: f64,
    sortino: f64,
    growth: f64,
    depth: f64,
}

fn truth(rows: &[f64], per_year: f64) -> Truth {
    let n = Wide::of(rows.len() as f64);
    let mean = rows
        .iter()
        .fold(Wide::ZERO, |sum, &row| sum.plus(Wide::of(row)))
        .over(n);
    let (mut squares, mut shortfall) = (Wide::ZERO, Wide::ZERO);
    let (mut value, mut peak, mut depth) = (Wide::ONE, Wide::ONE, Wide::ONE);
    for &row in rows {
        let deviation = Wide::of(row).minus(mean);
        squares = squares.plus(deviation.times(deviation));
        if row < 0.0 {
            shortfall = shortfall.plus(Wide::of(row).times(Wide::of(row)));
        }
        value = value.times(Wide::ONE.plus(Wide::of(row)));
        if peak.is_below(value) {
            peak = value;
        }
        let ratio = value.over(peak);
        if ratio.is_below(depth) {
            depth = ratio;
        }
    }
    let year = Wide::of(per_year).sqrt();
    let deviation = squares.over(n.minus(Wide::ONE)).sqrt();
    let downside = shortfall.over(n).sqrt();
    Truth {
        mean: mean.0,
        deviation: deviation.times(year).0,
        downside: downside.times(year).0,
        sharpe: mean.over(deviation).times(year).0,
        sortino: mean.over(downside).times(year).0,
        growth: value.0,
        depth: depth.minus(Wide::ONE).0,
    }
}

/// Uniform numbers from -1 to 1, from a small generator of its own.
fn noise(count: usize) -> impl Iterator<Item = f64> {
    let mut state = 88_172_645_463_325_252_u64;
    (0..count).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / f64::from(1 << 26) / f64::from(1 << 26) - 1.0
    })
}

fn check(name: &str, rows: &[f64]) {
    let convention = Convention::empyrical();
    let per_year = PeriodsPerYear::new(365.0).unwrap();
    let found = summary(rows, &convention, per_year);
    let truth = truth(rows, 365.0);
    let near = |what: &str, found: f64, truth: f64, bound: f64| {
        assert!(
            (found - truth).abs() <= bound,
            "{name}: {what} {found:e}, truly {truth:e}, off by {:e}, allowed {bound:e}",
            (found - truth).abs()
        );
    };
    near(
        "deviation",
        found.volatility.unwrap(),
        truth.deviation,
        1e-13 * truth.deviation,
    );
    // The numerator may cancel: its error is that of the greatest term.
    let greatest = rows.iter().fold(0.0_f64, |most, row| most.max(row.abs()));
    let numerator = 1e-13 + 1e-15 * greatest / truth.mean.abs();
    near(
        "Sharpe",
        found.sharpe.unwrap(),
        truth.sharpe,
        numerator * truth.sharpe.abs(),
    );
    if let Ok(downside) = found.downside_deviation
        && downside > 0.0
    {
        near(
            "downside deviation",
            downside,
            truth.downside,
            1e-13 * truth.downside,
        );
        near(
            "Sortino",
            found.sortino.unwrap(),
            truth.sortino,
            numerator * truth.sortino.abs(),
        );
    }
    let product = (2.0 * rows.len() as f64 * f64::EPSILON / 2.0).max(1e-13);
    if let Ok(total) = found.total_return {
        near(
            "total return",
            total,
            truth.growth - 1.0,
            product * truth.growth,
        );
        near(
            "drawdown",
            found.max_drawdown.unwrap(),
            truth.depth,
            product,
        );
    }
}

#[test]
fn ordinary_returns_of_many_lengths() {
    for count in [2, 3, 127, 128, 129, 2_520, 100_000] {
        let rows: Vec<f64> = noise(count).map(|x| 0.0005 + 0.03 * x).collect();
        check(&format!("{count} returns"), &rows);
    }
}

#[test]
fn returns_of_prices_at_60_000_that_move_by_a_thousandth() {
    let prices: Vec<f64> = noise(50_001)
        .map(|x| 60_000.0 + 0.001 * (1_000.0 * x).round() / 1_000.0)
        .collect();
    let rows: Vec<f64> = prices
        .windows(2)
        .map(|pair| pair[1] / pair[0] - 1.0)
        .collect();
    check("tiny moves", &rows);
}

#[test]
fn a_mean_a_hundred_million_times_its_deviation() {
    let rows: Vec<f64> = noise(20_000).map(|x| 0.01 * (1.0 + 1e-8 * x)).collect();
    check("hardly varying", &rows);
}

#[test]
fn signs_that_alternate() {
    for size in [1e-9, 1e-3, 0.5] {
        let rows: Vec<f64> = noise(9_999)
            .enumerate()
            .map(|(at, x)| if at % 2 == 0 { size } else { -size } * (1.0 + 1e-3 * x))
            .collect();
        check(&format!("alternating by {size}"), &rows);
    }
}

#[test]
fn returns_near_the_least_number_whose_square_is_one() {
    // Squares of 1e-150 are normal numbers; smaller ones lose digits as they must, and are said to vary.
    let rows: Vec<f64> = noise(3_000).map(|x| 1e-150 * (2.0 + x)).collect();
    check("hardly anything", &rows);
    let denormal: Vec<f64> = noise(3_000).map(|x| 1e-310 * x).collect();
    let found = summary(
        &denormal,
        &Convention::empyrical(),
        PeriodsPerYear::new(365.0).unwrap(),
    );
    for (metric, value) in found.iter() {
        assert!(
            value.is_err() || value.unwrap().is_finite(),
            "{}",
            metric.name
        );
    }
}

#[test]
fn an_outlier_that_comes_first() {
    // Deviations are taken from it, and the mean is what nearly cancels it: its error is that of the greatest term.
    for outlier in [5.0, 1_000.0, 1e6] {
        let mut rows = vec![outlier];
        rows.extend(noise(20_000).map(|one| 1e-3 * one));
        check("an outlier first", &rows);
        let n = Wide::of(rows.len() as f64);
        let sum = rows
            .iter()
            .fold(Wide::ZERO, |sum, &row| sum.plus(Wide::of(row)));
        let mean = sum.over(n).0;
        let pushed = rows.iter().fold(Moments::default(), |moments, &row| {
            moments.then(Moments::of(row))
        });
        let bound = rows.len() as f64 * f64::EPSILON / 2.0 * outlier;
        let error = (pushed.mean().unwrap() - mean).abs();
        assert!(
            error <= bound,
            "{outlier}: off by {error:e}, allowed {bound:e}"
        );
    }
}

#[test]
fn one_loss_of_everything() {
    let mut rows: Vec<f64> = noise(1_000).map(|x| 0.02 * x).collect();
    rows[700] = -1.0;
    check("ruined", &rows);
    let found = summary(
        &rows,
        &Convention::empyrical(),
        PeriodsPerYear::new(365.0).unwrap(),
    );
    assert_eq!(
        (found.total_return, found.max_drawdown),
        (Ok(-1.0), Ok(-1.0))
    );
}

#[test]
fn ten_million_returns() {
    let rows: Vec<f64> = noise(10_000_000).map(|x| 1e-6 + 0.002 * x).collect();
    check("ten million", &rows);
}
