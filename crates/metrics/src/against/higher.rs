//! Co-moments of the third and fourth order: does the series fall when the market is most nervous?
//!
//! With `u = (x - mean_x) / sd_x` and `v = (y - mean_y) / sd_y`, population deviations:
//! ```text
//! co-skewness = mean(v u^2)      negative: the series loses in the benchmark's turbulence
//! co-kurtosis = mean(v u^3)      large: the series shares the benchmark's extremes
//! ```
//! Pure numbers; of a series with itself its skewness and its (not excess) kurtosis. PerformanceAnalytics'
//! `CoSkewness` and `CoKurtosis` do not divide by the deviations.
//! Source: Harvey, C. R. and Siddique, A., "Conditional Skewness in Asset Pricing Tests", Journal of Finance 55(3), 2000.

use crate::{Undefined, undefined::finite};

use super::{Against, pairs::sum};

impl Against {
    /// Covariation of the series with the benchmark's squared deviations.
    ///
    /// # Errors
    /// As [`Against::correlation`].
    pub fn co_skewness(&self) -> Result<f64, Undefined> {
        self.standard_mean(|u, v| v * u * u)
    }

    /// Covariation of the series with the benchmark's cubed deviations.
    ///
    /// # Errors
    /// As [`Against::correlation`].
    pub fn co_kurtosis(&self) -> Result<f64, Undefined> {
        self.standard_mean(|u, v| v * u * u * u)
    }

    fn standard_mean(&self, term: impl Fn(f64, f64) -> f64) -> Result<f64, Undefined> {
        // Refuses what is flat or out of range.
        self.correlation()?;
        let deviation_x = self.moments.variance_x(0)?.sqrt();
        let deviation_y = self.moments.variance_y(0)?.sqrt();
        let standard = |(x, y)| {
            let u = self.moments.deviation_x(x) / deviation_x;
            term(u, self.moments.deviation_y(y) / deviation_y)
        };
        finite(sum(self.pairs().map(standard)) / self.returns.len() as f64)
    }
}
