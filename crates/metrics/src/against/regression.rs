//! The line through the pairs: beta its slope, alpha its height, correlation how near the pairs lie to it.
//!
//! With `y` the series, `x` the benchmark, `f` the risk-free return per period, and `N` periods per year:
//! ```text
//! beta  = cov(y, x) / var(x)
//! alpha = (mean(y) - f) - beta (mean(x) - f)       per period
//!         (1 + alpha)^N - 1                        per year, compounded (empyrical)
//!         alpha N                                  per year, times N (quantstats)
//! ```
//! Beta does not depend on the risk-free rate, as long as that is constant, nor on the divisor of the variances.
//! Source: Jensen, M. C., "The Performance of Mutual Funds in the Period 1945-1964", Journal of Finance 23(2), 1968.

use serde::{Deserialize, Serialize};

use crate::{Undefined, undefined::finite};

use super::Against;

/// How an alpha per period becomes one per year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnnualAlpha {
    /// `(1 + alpha)^N - 1` (empyrical, PerformanceAnalytics' `table.SFM`). Log returns add up before: `exp(alpha N) - 1`.
    Compounded,
    /// `alpha N` (quantstats' `greeks`).
    TimesYear,
}

impl Against {
    /// Slope of the series on the benchmark. A pure number; 1 for a series against itself.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two pairs, [`Undefined::ConstantBenchmark`] if the benchmark is flat,
    /// [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn beta(&self) -> Result<f64, Undefined> {
        self.moments.slope().map_err(|reason| match reason {
            Undefined::ZeroVariance => Undefined::ConstantBenchmark,
            other => other,
        })
    }

    /// Return per period that the benchmark does not explain (`SFM.alpha` of PerformanceAnalytics).
    ///
    /// # Errors
    /// As [`Against::beta`].
    pub fn alpha_per_period(&self) -> Result<f64, Undefined> {
        let risk_free = self.risk_free()?;
        let excess = self.moments.mean_y_above(risk_free)?;
        finite(excess - self.beta()? * self.moments.mean_x_above(risk_free)?)
    }

    /// Return per year that the benchmark does not explain, annualised as named.
    ///
    /// ```
    /// use highwater_metrics::{Convention, against::{Against, AnnualAlpha}};
    /// let crypto = Convention::crypto();
    /// let twice_a_year = highwater_metrics::PeriodsPerYear::new(2.0).unwrap();
    /// let market = [0.25, -0.25, 0.5];
    /// let shifted = market.map(|row| row + 0.25);
    /// let against = Against::new(&shifted, &market, &crypto, twice_a_year).unwrap();
    /// assert_eq!(against.alpha(AnnualAlpha::TimesYear), Ok(0.5));
    /// let compounded = against.alpha(AnnualAlpha::Compounded).unwrap();
    /// assert!((compounded - 0.5625).abs() < 1e-15);
    /// ```
    ///
    /// # Errors
    /// As [`Against::beta`]; [`Undefined::OutOfRange`] also for an alpha below -100 % a period, compounded.
    pub fn alpha(&self, annual: AnnualAlpha) -> Result<f64, Undefined> {
        let alpha = self.alpha_per_period()?;
        finite(match annual {
            AnnualAlpha::Compounded => self.terms.to_year(alpha),
            AnnualAlpha::TimesYear => alpha * self.terms.per_year().get(),
        })
    }

    /// Pearson's correlation with the benchmark, from -1 to 1.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two pairs, [`Undefined::ConstantBenchmark`] if the benchmark is flat,
    /// [`Undefined::ZeroVariance`] if the series is, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn correlation(&self) -> Result<f64, Undefined> {
        self.moments.correlation().map_err(|reason| match reason {
            // The benchmark comes first, as where a slope is asked for.
            Undefined::ZeroVariance => self.beta().err().unwrap_or(reason),
            other => other,
        })
    }

    /// The share of the series' variance that the benchmark explains: the square of the correlation, from 0 to 1.
    ///
    /// # Errors
    /// As [`Against::correlation`].
    pub fn r_squared(&self) -> Result<f64, Undefined> {
        self.correlation()
            .map(|correlation| correlation * correlation)
    }
}
