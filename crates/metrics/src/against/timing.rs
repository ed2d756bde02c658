//! Market timing: is beta higher when the market rises?
//!
//! Excess returns of series (`y`) and benchmark (`x`), per period, by least squares:
//! ```text
//! Treynor-Mazuy      y = alpha + beta x + gamma x^2
//! Henriksson-Merton  y = alpha + beta x + gamma max(-x, 0)
//! ```
//! A positive gamma is skill in timing. Solved by Householder reflections, not by normal equations, whose condition
//! number would be squared: `x` and `x^2` of daily returns differ by two orders of magnitude.
//! Sources: Treynor, J. and Mazuy, K., "Can Mutual Funds Outguess the Market?", Harvard Business Review 44, 1966;
//! Henriksson, R. and Merton, R., "On Market Timing and Investment Performance. II", Journal of Business 54(4), 1981.
//! PerformanceAnalytics' `MarketTiming` gives the same coefficients.

use crate::Undefined;

use super::{Against, least_squares::least_squares};

/// The coefficients of a timing regression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Return per period without the market: selection.
    pub alpha: f64,
    /// Slope on the market.
    pub beta: f64,
    /// Timing. Per unit of squared return (Treynor-Mazuy), or a pure number (Henriksson-Merton).
    pub gamma: f64,
}

impl Against {
    /// Timing as curvature.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below three pairs, [`Undefined::Collinear`] if the benchmark takes fewer than three
    /// values, [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn treynor_mazuy(&self) -> Result<Timing, Undefined> {
        self.timing(|x| x * x)
    }

    /// Timing as a put on the market.
    ///
    /// # Errors
    /// As [`Against::treynor_mazuy`]; [`Undefined::Collinear`] also if the benchmark was never above the risk-free
    /// rate, or never below.
    pub fn henriksson_merton(&self) -> Result<Timing, Undefined> {
        self.timing(|x| (-x).max(0.0))
    }

    fn timing(&self, term: impl Fn(f64) -> f64) -> Result<Timing, Undefined> {
        self.count().require(3)?;
        let risk_free = self.risk_free()?;
        let x: Vec<f64> = self.benchmark.iter().map(|row| row - risk_free).collect();
        let y: Vec<f64> = self.returns.iter().map(|row| row - risk_free).collect();
        let columns = [
            vec![1.0; x.len()],
            x.clone(),
            x.into_iter().map(term).collect(),
        ];
        let [alpha, beta, gamma] = least_squares(columns, y)?;
        Ok(Timing { alpha, beta, gamma })
    }
}
