//! Reward for risk against the benchmark.
//!
//! With `R(.)` a yearly return as the convention's `annual_mean` has it (`m N`, `(1 + m)^N - 1`, or the growth rate),
//! `f` the risk-free rate per year on the same basis, `y` the series, `x` the benchmark:
//! ```text
//! active return     = R(y) - R(x)
//! information ratio = active return / tracking error
//! Treynor           = R(y - f) / beta
//! Jensen's alpha    = (R(y) - f) - beta (R(x) - f)
//! appraisal         = Jensen's alpha / specific risk
//! M2                = f + (R(y) - f) sd(x) / sd(y)
//! M2 for Sortino    = t + (R(y) - t) downside(x) / downside(y)       t: the minimum acceptable return
//! net selectivity   = Jensen's alpha - (sd(y) / sd(x) - beta) (R(x) - f)
//! ```
//! With `annual_mean` arithmetic these are the textbook's; with growth they are PerformanceAnalytics' (`ActivePremium`,
//! `InformationRatio`, `TreynorRatio`, `SFM.jensenAlpha`, `AppraisalRatio`, `MSquared`, `M2Sortino`, `NetSelectivity`).
//!
//! Sources: Treynor, "How to Rate Management of Investment Funds", Harvard Business Review 43, 1965; Jensen 1968;
//! Treynor and Black, "How to Use Security Analysis to Improve Portfolio Selection", Journal of Business 46(1), 1973;
//! Modigliani and Modigliani, "Risk-Adjusted Performance", Journal of Portfolio Management 23(2), 1997; Fama,
//! "Components of Investment Performance", Journal of Finance 27(3), 1972; Bacon 2008, ch. 4.

use crate::{AnnualMean, Downside, Undefined, undefined::finite};

use super::Against;

impl Against {
    /// Yearly return beyond the benchmark's (active premium).
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without a pair, [`Undefined::NonFinite`], [`Undefined::OutOfRange`]; where growth is
    /// asked for also [`Undefined::Ruin`], [`Undefined::TooShort`], [`Undefined::NoDates`].
    pub fn active_return(&self) -> Result<f64, Undefined> {
        match self.terms.convention().annual_mean {
            AnnualMean::Arithmetic => finite(self.active()?.mean()? * self.terms.per_year().get()),
            _ => finite(self.annual_return()? - self.annual_benchmark()?),
        }
    }

    /// Active return per unit of tracking error, both per year.
    ///
    /// ```
    /// use highwater_metrics::{Convention, PeriodsPerYear, against::Against};
    /// let quarterly = PeriodsPerYear::new(4.0).unwrap();
    /// let against = |returns: &[f64]| {
    ///     Against::new(returns, &[0.5, 0.0, -0.5], &Convention::crypto(), quarterly).unwrap()
    /// };
    /// // Active returns 0.25, 0.5, 0.75: mean 0.5, deviation 0.25 a quarter.
    /// assert_eq!(against(&[0.75, 0.5, 0.25]).information_ratio(), Ok(4.0));
    /// assert_eq!(against(&[0.75, 0.5, 0.25]).information_ratio_per_period(), Ok(2.0));
    /// assert!(against(&[0.5, 0.0, -0.5]).information_ratio().is_err());
    /// ```
    ///
    /// # Errors
    /// As [`Against::active_return`]; [`Undefined::TooFew`] below two pairs or `ddof + 1`, [`Undefined::NoActiveRisk`].
    pub fn information_ratio(&self) -> Result<f64, Undefined> {
        let deviation = self.active_deviation(&self.active()?)?;
        finite(self.active_return()? / (deviation * self.terms.per_year().sqrt()))
    }

    /// Mean over deviation of the active returns, per period (empyrical's `excess_sharpe`, quantstats' and ffn's
    /// information ratio, none of which annualises).
    ///
    /// # Errors
    /// As [`Against::information_ratio`].
    pub fn information_ratio_per_period(&self) -> Result<f64, Undefined> {
        let active = self.active()?;
        let deviation = self.active_deviation(&active)?;
        finite(active.mean()? / deviation)
    }

    /// Yearly excess return per unit of beta. As growth, the excess returns themselves are compounded.
    ///
    /// # Errors
    /// As [`Against::beta`] and [`Against::active_return`]; [`Undefined::ZeroBeta`].
    pub fn treynor_ratio(&self) -> Result<f64, Undefined> {
        finite(self.annual_excess()? / self.divisor_beta()?)
    }

    /// Yearly excess return per unit of systematic risk (PerformanceAnalytics' `modified = TRUE`; Bacon 2008).
    ///
    /// # Errors
    /// As [`Against::treynor_ratio`].
    pub fn modified_treynor_ratio(&self) -> Result<f64, Undefined> {
        self.divisor_beta()?;
        over(self.annual_excess()?, self.systematic_risk()?)
    }

    /// The total return, not a yearly one, less the yearly risk-free rate, per unit of beta: quantstats'
    /// `treynor_ratio`, which grows with the length of the series.
    ///
    /// # Errors
    /// As [`Against::beta`]; [`Undefined::ZeroBeta`], [`Undefined::Ruin`].
    pub fn total_treynor_ratio(&self) -> Result<f64, Undefined> {
        let rows = self.rows.iter().copied().zip(self.returns.iter().copied());
        let total = self.growth(rows).and_then(|grown| grown.total_return())?;
        let risk_free = self.terms.convention().risk_free;
        let risk_free = finite(risk_free.per_year(self.terms.per_year()))?;
        finite((total - risk_free) / self.divisor_beta()?)
    }

    /// Yearly return beyond what beta earns.
    ///
    /// # Errors
    /// As [`Against::beta`] and [`Against::active_return`].
    pub fn jensen_alpha(&self) -> Result<f64, Undefined> {
        if self.terms.convention().annual_mean == AnnualMean::Arithmetic {
            return finite(self.alpha_per_period()? * self.terms.per_year().get());
        }
        let risk_free = self.terms.annual_rate(self.risk_free()?)?;
        let (series, benchmark) = (self.annual_return()?, self.annual_benchmark()?);
        finite((series - risk_free) - self.beta()? * (benchmark - risk_free))
    }

    /// Jensen's alpha per unit of beta.
    ///
    /// # Errors
    /// As [`Against::treynor_ratio`].
    pub fn modified_jensen_alpha(&self) -> Result<f64, Undefined> {
        finite(self.jensen_alpha()? / self.divisor_beta()?)
    }

    /// Jensen's alpha per unit of systematic risk.
    ///
    /// # Errors
    /// As [`Against::treynor_ratio`].
    pub fn alternative_jensen_alpha(&self) -> Result<f64, Undefined> {
        self.divisor_beta()?;
        over(self.jensen_alpha()?, self.systematic_risk()?)
    }

    /// Jensen's alpha per unit of specific risk (Treynor and Black).
    ///
    /// # Errors
    /// As [`Against::jensen_alpha`]; [`Undefined::NoActiveRisk`].
    pub fn appraisal_ratio(&self) -> Result<f64, Undefined> {
        let risk = self.specific_divisor()?;
        over(self.jensen_alpha()?, risk)
    }

    /// The yearly return that the series would have had at the benchmark's risk.
    ///
    /// # Errors
    /// As [`Against::active_return`]; [`Undefined::ZeroVariance`] if the series is flat.
    pub fn m2(&self) -> Result<f64, Undefined> {
        let risk_free = self.terms.annual_rate(self.risk_free()?)?;
        let scale = self.deviation_x()? / self.divisor_deviation()?;
        finite(risk_free + (self.annual_return()? - risk_free) * scale)
    }

    /// M2 less the benchmark's yearly return.
    ///
    /// # Errors
    /// As [`Against::m2`].
    pub fn m2_excess(&self) -> Result<f64, Undefined> {
        finite(self.m2()? - self.annual_benchmark()?)
    }

    /// M2 beyond the benchmark, compounded: `(1 + M2) / (1 + R(x)) - 1` (PerformanceAnalytics' default).
    ///
    /// # Errors
    /// As [`Against::m2`]; [`Undefined::OutOfRange`] if the benchmark lost everything.
    pub fn geometric_m2_excess(&self) -> Result<f64, Undefined> {
        let (m2, benchmark) = (self.m2()?, self.annual_benchmark()?);
        finite((m2 - benchmark) / (1.0 + benchmark))
    }

    /// The yearly return that the series would have had at the benchmark's downside risk.
    ///
    /// # Errors
    /// As [`Against::active_return`]; [`Undefined::NoDownside`] if the series never fell short.
    pub fn m2_sortino(&self) -> Result<f64, Undefined> {
        self.count().require(2)?;
        let target = finite(self.terms.target())?;
        let over = self.terms.convention().downside;
        let downside = |rows: &[f64]| {
            let mut fold = Downside::from_target(target);
            rows.iter().for_each(|&row| fold.push(row));
            fold
        };
        let (series, benchmark) = (downside(&self.returns), downside(&self.benchmark));
        if series.below == 0 {
            return Err(Undefined::NoDownside);
        }
        let annual_target = self.terms.annual_rate(target)?;
        let reward = self.annual_return()? - annual_target;
        let scale = match benchmark.below {
            0 => 0.0,
            _ => benchmark.deviation(over)? / series.deviation(over)?,
        };
        finite(annual_target + reward * scale)
    }

    /// The series' deviation over the benchmark's: the beta that its whole risk would have been worth (Fama).
    ///
    /// # Errors
    /// As [`Against::beta`].
    pub fn fama_beta(&self) -> Result<f64, Undefined> {
        self.beta()?;
        over(self.deviation_y()?, self.deviation_x()?)
    }

    /// Jensen's alpha less what the undiversified risk would have had to earn.
    ///
    /// # Errors
    /// As [`Against::jensen_alpha`].
    pub fn net_selectivity(&self) -> Result<f64, Undefined> {
        let risk_free = self.terms.annual_rate(self.risk_free()?)?;
        let undiversified = self.fama_beta()? - self.beta()?;
        let earned = self.annual_benchmark()? - risk_free;
        finite(self.jensen_alpha()? - undiversified * earned)
    }

    /// A yearly return of `y - f`.
    pub(crate) fn annual_excess(&self) -> Result<f64, Undefined> {
        let risk_free = self.risk_free()?;
        let mean = || self.moments.mean_y_above(risk_free);
        if risk_free == 0.0 {
            return self.annual(&self.returns, mean);
        }
        let excess: Vec<f64> = self.returns.iter().map(|row| row - risk_free).collect();
        self.annual(&excess, mean)
    }

    fn divisor_beta(&self) -> Result<f64, Undefined> {
        match self.beta()? {
            0.0 => Err(Undefined::ZeroBeta),
            beta => Ok(beta),
        }
    }

    pub(crate) fn deviation_x(&self) -> Result<f64, Undefined> {
        let variance = self.moments.variance_x(self.terms.convention().ddof)?;
        Ok(variance.sqrt())
    }

    pub(crate) fn deviation_y(&self) -> Result<f64, Undefined> {
        let variance = self.moments.variance_y(self.terms.convention().ddof)?;
        Ok(variance.sqrt())
    }

    /// The deviation of the series, if there is one to divide by.
    fn divisor_deviation(&self) -> Result<f64, Undefined> {
        match self.deviation_y()? {
            0.0 if self.returns.iter().any(|&row| row != self.returns[0]) => {
                Err(Undefined::OutOfRange)
            }
            0.0 => Err(Undefined::ZeroVariance),
            deviation => Ok(deviation),
        }
    }
}

/// A quotient in range.
fn over(numerator: f64, divisor: f64) -> Result<f64, Undefined> {
    finite(numerator / divisor)
}
