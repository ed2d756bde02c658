//! Risk that comes from the benchmark, and risk that does not. All per year, as fractions: 0.2 is 20 % a year.
//!
//! ```text
//! tracking error  = sd(y - x) sqrt(N)
//! systematic risk = |beta| sd(x) sqrt(N)
//! specific risk   = sd(y - alpha - beta x) sqrt(N)
//! total risk      = sqrt(systematic^2 + specific^2) = sd(y) sqrt(N)
//! ```
//! Every deviation divides by `n - ddof` of the convention. PerformanceAnalytics 2.1.0 mixes: its systematic risk
//! divides by `n - 1`, its specific risk by `n`, so that its total risk is neither deviation of the series; it also
//! gives a negative systematic risk to a negative beta.
//!
//! A difference of two nearby numbers carries their rounding. Where the active returns, or the residuals, are no
//! larger than that rounding, the series follows the benchmark, and a ratio that divides by what is left is
//! [`Undefined::NoActiveRisk`] rather than a number near 1e15.
//! Source: Bacon, C., Practical Portfolio Performance Measurement and Attribution, 2nd ed., Wiley 2008, ch. 4.

use crate::{Moments, Undefined, undefined::finite};

use super::{Against, pairs::sum};

/// Roundings in a difference of a return and a multiple of another: each of the two, the product, the difference.
const FLOOR: f64 = 4.0 * f64::EPSILON;

impl Against {
    /// The differences `y - x`, as a fold.
    pub(crate) fn active(&self) -> Result<Moments, Undefined> {
        self.count().require(1)?;
        let mut active = Moments::default();
        for (x, y) in self.pairs() {
            active.push(finite(y - x)?);
        }
        Ok(active)
    }

    /// The sum of squares that rounding alone may leave of `y - slope x`.
    fn rounding(&self, slope: f64) -> f64 {
        self.pairs()
            .map(|(x, y)| {
                let floor = FLOOR * (y.abs() + (slope * x).abs());
                floor * floor
            })
            .sum()
    }

    /// The deviation per period of the active returns, if there is one to divide by.
    pub(super) fn active_deviation(&self, active: &Moments) -> Result<f64, Undefined> {
        let variance = active.variance(self.terms.convention().ddof)?;
        if active.variance(0)? * self.returns.len() as f64 <= self.rounding(1.0) {
            return Err(Undefined::NoActiveRisk);
        }
        Ok(variance.sqrt())
    }

    /// The sum of squared residuals of the regression, each taken by itself: `squares_y - cross^2 / squares_x`
    /// would cancel where the fit is close.
    pub(crate) fn residual_squares(&self) -> Result<f64, Undefined> {
        let beta = self.beta()?;
        let residual = |(x, y)| self.moments.deviation_y(y) - beta * self.moments.deviation_x(x);
        finite(sum(self.pairs().map(residual).map(|r| r * r)))
    }

    /// Deviation of the active returns `y - x`, per year. Zero if they are all the same.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two pairs or `ddof + 1`, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn tracking_error(&self) -> Result<f64, Undefined> {
        let deviation = self.active()?.deviation(self.terms.convention().ddof)?;
        finite(deviation * self.terms.per_year().sqrt())
    }

    /// Risk that comes from the benchmark, per year.
    ///
    /// # Errors
    /// As [`Against::beta`].
    pub fn systematic_risk(&self) -> Result<f64, Undefined> {
        let variance = self.moments.variance_x(self.terms.convention().ddof)?;
        finite(self.beta()?.abs() * variance.sqrt() * self.terms.per_year().sqrt())
    }

    /// Risk that the benchmark does not explain, per year: the deviation of the residuals.
    ///
    /// # Errors
    /// As [`Against::beta`].
    pub fn specific_risk(&self) -> Result<f64, Undefined> {
        let ddof = self.terms.convention().ddof;
        let n = self.count().require(2.max(usize::from(ddof) + 1))?;
        let variance = self.residual_squares()? / (n - f64::from(ddof));
        finite(variance.sqrt() * self.terms.per_year().sqrt())
    }

    /// [`Against::specific_risk`], if it is more than rounding.
    pub(super) fn specific_divisor(&self) -> Result<f64, Undefined> {
        let risk = self.specific_risk()?;
        if self.residual_squares()? <= self.rounding(self.beta()?) {
            return Err(Undefined::NoActiveRisk);
        }
        Ok(risk)
    }

    /// Systematic and specific risk together, per year.
    ///
    /// # Errors
    /// As [`Against::beta`].
    pub fn total_risk(&self) -> Result<f64, Undefined> {
        finite(libm::hypot(self.systematic_risk()?, self.specific_risk()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Convention;

    #[test]
    fn a_divisor_is_left_of_the_pairs() {
        let convention = Convention {
            ddof: 2,
            ..Convention::crypto()
        };
        let daily = convention.periods_per_year(1.0).unwrap();
        let rows = [(0.25, 0.5), (0.5, 0.125), (-0.25, 0.25)];
        let (returns, benchmark): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let of = |n| Against::new(&returns[..n], &benchmark[..n], &convention, daily).unwrap();
        let few = Err(Undefined::TooFew { need: 3, have: 2 });
        let two = of(2);
        assert_eq!([two.tracking_error(), two.specific_risk()], [few; 2]);
        assert_eq!([two.systematic_risk(), two.total_risk()], [few; 2]);
        assert!(of(3).total_risk().is_ok());
    }

    #[test]
    fn the_floor_of_active_risk_is_some_roundings_for_any_number_of_rows() {
        let convention = Convention::crypto();
        let daily = convention.periods_per_year(1.0).unwrap();
        let benchmark: Vec<f64> = (0..200)
            .map(|row| 1.25 + f64::from(row % 2) / 4.0)
            .collect();
        let beside = |ulps: f64| {
            let off = [ulps, ulps, -ulps, -ulps].map(|ulps| ulps * f64::EPSILON);
            let returns: Vec<f64> = benchmark
                .iter()
                .zip(off.iter().cycle())
                .map(|(x, off)| x + off)
                .collect();
            Against::new(&returns, &benchmark, &convention, daily).unwrap()
        };
        // Four roundings of two numbers near 1.375 make eleven ulps of 1.
        for ulps in [8.0, 1.0, 0.0] {
            let near = beside(ulps);
            assert_eq!(
                near.information_ratio(),
                Err(Undefined::NoActiveRisk),
                "{ulps}"
            );
            assert_eq!(
                near.appraisal_ratio(),
                Err(Undefined::NoActiveRisk),
                "{ulps}"
            );
        }
        for ulps in [14.0, 64.0] {
            let off = beside(ulps);
            assert!(off.information_ratio().is_ok(), "{ulps}");
            assert!(off.appraisal_ratio().is_ok(), "{ulps}");
        }
    }
}
