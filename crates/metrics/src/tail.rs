//! Value at risk and expected shortfall: what the worst periods cost. A loss is a negative return.
//!
//! With tail probability `p` (0.05 for 95 %), mean `m`, deviation `s`, normal density `f` and quantile `z`:
//! ```text
//! historical      VaR = quantile(r, p)          ES = mean of the returns at or below it (see Shortfall)
//! Gaussian        VaR = m + z s                 ES = m - s f(z) / p
//! Cornish-Fisher  VaR = m + h s                 h = z + (z^2 - 1) S/6 + (z^3 - 3z) K/24 - (2z^3 - 5z) S^2/36
//!                 ES  = m - s f(h) (1 + h^3 S/6 + (h^6 - 9h^4 + 9h^2 + 3) S^2/72 + (h^4 - 2h^2 - 1) K/24) / p
//! ```
//! `S` and `K` are the moment estimators of skewness and excess kurtosis. The expansion is a quantile only where it is
//! monotone in `z` (Maillard, "A User's Guide to the Cornish Fisher Expansion", 2012): elsewhere it is
//! [`Undefined::OutsideDomain`], unless the convention says otherwise. The shortfall is never better than the value at
//! risk: where the expansion says so, the value at risk stands (Boudt, Peterson and Croux, "Estimation and
//! Decomposition of Downside Risk for Portfolios with Non-Normal Returns", Journal of Risk 11(2), 2008).

use crate::{
    Sample, Undefined,
    convention::{CornishFisher, Shape, Shortfall, TailModel},
    normal::{normal_quantile, pdf},
    order::between,
    sum::sum,
    undefined::finite,
};

impl Sample<'_> {
    /// The return that only the share `p` of periods is worse than.
    ///
    /// ```
    /// use highwater_metrics::{Convention, Sample, TailModel, Terms};
    /// let crypto = Convention::preset("crypto").unwrap();
    /// let terms = Terms::new(&crypto, crypto.periods_per_year(1.0).unwrap());
    /// let returns: Vec<f64> = (0..101).map(|percent| f64::from(percent - 50) / 100.0).collect();
    /// let sample = Sample::new(&returns, &terms, None);
    /// assert_eq!(sample.value_at_risk(0.05, TailModel::Historical), Ok(-0.45));
    /// assert!((sample.value_at_risk(0.05, TailModel::Gaussian).unwrap() + 0.48).abs() < 0.01);
    /// ```
    ///
    /// # Errors
    /// [`Undefined::TooFew`], [`Undefined::NonFinite`], [`Undefined::OutOfRange`] unless `0 < p < 1`; of the
    /// Cornish-Fisher model [`Undefined::ZeroVariance`] and [`Undefined::OutsideDomain`].
    pub fn value_at_risk(&self, p: f64, model: TailModel) -> Result<f64, Undefined> {
        self.require(1)?;
        let z = normal_quantile(p).map_err(|_| Undefined::OutOfRange)?;
        match model {
            TailModel::Historical => self.quantile(p),
            TailModel::Gaussian => finite(self.mean()? + z * self.tail_deviation()?),
            TailModel::CornishFisher => {
                let (skewness, kurtosis) = self.tail_shape()?;
                let h = cornish_fisher_quantile(z, skewness, kurtosis);
                finite(self.mean()? + h * self.tail_deviation()?)
            }
        }
    }

    /// The mean return of the worst share `p` of periods.
    ///
    /// # Errors
    /// As [`Sample::value_at_risk`].
    pub fn expected_shortfall(&self, p: f64, model: TailModel) -> Result<f64, Undefined> {
        self.require(1)?;
        let z = normal_quantile(p).map_err(|_| Undefined::OutOfRange)?;
        match model {
            TailModel::Historical => self.historical_shortfall(p),
            TailModel::Gaussian => finite(self.mean()? - self.tail_deviation()? * (pdf(z) / p)),
            TailModel::CornishFisher => {
                let (skewness, kurtosis) = self.tail_shape()?;
                let h = cornish_fisher_quantile(z, skewness, kurtosis);
                let beyond = edgeworth_shortfall(h, skewness, kurtosis) / p;
                finite(self.mean()? + self.tail_deviation()? * (-beyond).min(h))
            }
        }
    }

    /// As [`Sample::expected_shortfall`] of the observations, for the best share `p` of periods: the mean gain.
    ///
    /// # Errors
    /// As [`Sample::expected_shortfall`].
    pub fn expected_gain(&self, p: f64) -> Result<f64, Undefined> {
        self.require(1)?;
        normal_quantile(p).map_err(|_| Undefined::OutOfRange)?;
        let mut mirrored: Vec<f64> = self.sorted().iter().map(|r| -r).collect();
        mirrored.reverse();
        let convention = self.terms().convention();
        let bound = between(&mirrored, p, convention.quantile);
        shortfall_of(&mirrored, p, bound, convention.shortfall).map(|shortfall| -shortfall)
    }

    fn historical_shortfall(&self, p: f64) -> Result<f64, Undefined> {
        let bound = self.quantile(p)?;
        shortfall_of(self.sorted(), p, bound, self.terms().convention().shortfall)
    }

    pub(crate) fn tail_deviation(&self) -> Result<f64, Undefined> {
        self.stretch()
            .moments
            .deviation(self.terms().convention().tail_ddof)
    }

    /// Skewness and excess kurtosis for the Cornish-Fisher expansion.
    pub(crate) fn tail_shape(&self) -> Result<(f64, f64), Undefined> {
        self.require(2)?;
        self.spread(0)?;
        let skewness = self.moments().skewness(Shape::Moment)?;
        let kurtosis = self.moments().kurtosis(Shape::Moment)?;
        let checked = self.terms().convention().cornish_fisher == CornishFisher::Checked;
        if checked && !is_cornish_fisher_monotone(skewness, kurtosis) {
            return Err(Undefined::OutsideDomain {
                skewness: skewness as f32,
                kurtosis: kurtosis as f32,
            });
        }
        Ok((skewness, kurtosis))
    }
}

/// The Cornish-Fisher expansion: a normal quantile corrected for skewness and excess kurtosis.
///
/// ```
/// use highwater_metrics::cornish_fisher_quantile;
/// assert_eq!(cornish_fisher_quantile(-1.5, 0.0, 0.0), -1.5);
/// assert!(cornish_fisher_quantile(-1.5, -1.0, 0.0) < -1.5, "losses lie farther out");
/// ```
pub fn cornish_fisher_quantile(z: f64, skewness: f64, kurtosis: f64) -> f64 {
    let (square, cube) = (z * z, z * z * z);
    z + (square - 1.0) * skewness / 6.0 + (cube - 3.0 * z) * kurtosis / 24.0
        - (2.0 * cube - 5.0 * z) * (skewness * skewness) / 36.0
}

/// Whether the Cornish-Fisher expansion is monotone, and so a quantile: its derivative, a square polynomial in `z`,
/// has no sign change.
///
/// ```text
/// S^2 / 9 - 4 (K/8 - S^2/6) (1 - K/8 + 5 S^2/36) <= 0
/// ```
pub fn is_cornish_fisher_monotone(skewness: f64, kurtosis: f64) -> bool {
    let square = skewness * skewness;
    let (leading, constant) = (
        kurtosis / 8.0 - square / 6.0,
        1.0 - kurtosis / 8.0 + 5.0 * square / 36.0,
    );
    leading >= 0.0 && constant >= 0.0 && square / 9.0 - 4.0 * leading * constant <= 0.0
}

/// The mean of an Edgeworth-corrected standard normal number below `h`, times the probability, negated.
fn edgeworth_shortfall(h: f64, skewness: f64, kurtosis: f64) -> f64 {
    let square = h * h;
    let fourth = square * square;
    let by_skew = h * square * skewness / 6.0
        + (fourth * square - 9.0 * fourth + 9.0 * square + 3.0) * (skewness * skewness) / 72.0;
    let by_kurtosis = (fourth - 2.0 * square - 1.0) * kurtosis / 24.0;
    pdf(h) * (1.0 + by_skew + by_kurtosis)
}

/// How many of the lowest of sorted numbers a shortfall averages; one of them may count in part.
pub(crate) fn tail_rows(sorted: &[f64], p: f64, bound: f64, how: Shortfall) -> f64 {
    let n = sorted.len() as f64;
    let rows = match how {
        Shortfall::AtOrBelow => sorted.partition_point(|&r| r <= bound) as f64,
        Shortfall::Below => sorted.partition_point(|&r| r < bound) as f64,
        Shortfall::Worst => ((n - 1.0) * p).floor() + 1.0,
        Shortfall::Weighted => n * p,
    };
    rows.min(n)
}

/// The mean of the lowest of sorted numbers.
fn shortfall_of(sorted: &[f64], p: f64, bound: f64, how: Shortfall) -> Result<f64, Undefined> {
    if how == Shortfall::Weighted {
        return finite(weighted_shortfall(sorted, p));
    }
    let tail = &sorted[..tail_rows(sorted, p, bound, how) as usize];
    if tail.is_empty() {
        // Nothing is worse than the value at risk, which is then the least return.
        return finite(bound);
    }
    finite(sum(tail) / tail.len() as f64)
}

/// The mean of the lowest `n p` of sorted numbers, of which the last has the weight that is left.
pub(crate) fn weighted_shortfall(sorted: &[f64], p: f64) -> f64 {
    let weight = sorted.len() as f64 * p;
    let whole = (weight as usize).min(sorted.len());
    let rest = weight - whole as f64;
    let partial = sorted.get(whole).map_or(0.0, |next| next * rest);
    if whole == 0 {
        return sorted.first().copied().unwrap_or(0.0);
    }
    (sum(&sorted[..whole]) + partial) / weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortfalls_of_every_kind() {
        let sorted = [-0.5, -0.25, -0.25, 0.0, 0.5];
        for (how, p, bound, expected) in [
            (Shortfall::AtOrBelow, 0.25, -0.25, -1.0 / 3.0),
            (Shortfall::Below, 0.25, -0.25, -0.5),
            (Shortfall::Worst, 0.3, -0.25, -0.375),
            (Shortfall::Weighted, 0.3, -0.25, -0.625 / 1.5),
            (Shortfall::Weighted, 0.1, -0.25, -0.5),
        ] {
            let found = shortfall_of(&sorted, p, bound, how).unwrap();
            assert!((found - expected).abs() < 1e-15, "{how:?}: {found}");
        }
        assert_eq!(shortfall_of(&[0.5], 0.05, 0.5, Shortfall::Below), Ok(0.5));
    }

    #[test]
    fn the_domain_is_that_of_a_monotone_expansion() {
        // The derivative is nowhere negative exactly where the inequality says so.
        let derivative = |z: f64, s: f64, k: f64| {
            1.0 + z * s / 3.0 + (z * z - 1.0) * k / 8.0 - (6.0 * z * z - 5.0) * s * s / 36.0
        };
        let (mut inside, mut outside) = (0, 0);
        for quarter in -12..=12 {
            for half in -4..=40 {
                let (skewness, kurtosis) = (f64::from(quarter) / 4.0, f64::from(half) / 2.0);
                let slopes = (-4000..=4000).map(|step| f64::from(step) / 200.0);
                let least = slopes
                    .map(|z| derivative(z, skewness, kurtosis))
                    .fold(f64::INFINITY, f64::min);
                let found = is_cornish_fisher_monotone(skewness, kurtosis);
                assert_eq!(found, least > -1e-9, "{skewness}, {kurtosis}: {least}");
                *(if found { &mut inside } else { &mut outside }) += 1;
            }
        }
        assert!(inside > 50 && outside > 500, "{inside}, {outside}");
        // The derivative is that of the expansion.
        let rise = cornish_fisher_quantile(1.0 + 1e-6, 0.5, 2.0)
            - cornish_fisher_quantile(1.0 - 1e-6, 0.5, 2.0);
        assert!((rise / 2e-6 - derivative(1.0, 0.5, 2.0)).abs() < 1e-9);
        assert!(is_cornish_fisher_monotone(0.0, 8.0) && !is_cornish_fisher_monotone(0.0, 8.01));
    }

    #[test]
    fn the_expansion_without_shape_is_gaussian() {
        let z = normal_quantile(0.05).unwrap();
        assert_eq!(cornish_fisher_quantile(z, 0.0, 0.0), z);
        assert_eq!(edgeworth_shortfall(z, 0.0, 0.0), pdf(z));
    }
}
