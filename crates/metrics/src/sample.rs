//! A series kept whole, with what several metrics share: made once, and only when a metric asks.
//!
//! What a fold forgets, a sample has: order statistics, every drawdown, moments of order three and four. The sorted
//! returns, the drawdown table and the rest are computed at the first question and kept.

use std::{borrow::Cow, cell::OnceCell};

use crate::{
    Dates, DrawdownSpell, Inputs, Metric, ReturnKind, Stretch, Terms, Undefined,
    against::Against,
    catalogue::Read,
    drawdowns, drive,
    inference::{
        SharpeEstimate, Trials, deflated_sharpe, min_track_record_length, probabilistic_sharpe,
    },
    log_from_simple,
    order::{between, sorted},
    shape::Moments4,
    sum::{sum, sum_of},
    summary::Reading,
    undefined::finite,
};

/// One series of returns with its terms, from which any metric of the catalogue is read. NaN is a missing row.
///
/// Metrics against a benchmark are read where [`Sample::with`] gave one.
///
/// ```
/// use highwater_metrics::{Convention, Metric, Sample, Terms};
/// let crypto = Convention::preset("crypto").unwrap();
/// let terms = Terms::new(&crypto, crypto.periods_per_year(1.0).unwrap());
/// let sample = Sample::new(&[0.5, -0.25, f64::NAN, 0.125], &terms, None);
///
/// assert_eq!(sample.returns(), [0.5, -0.25, 0.125]);
/// assert_eq!(sample.sorted(), [-0.25, 0.125, 0.5]);
/// assert_eq!(sample.quantile(0.5), Ok(0.125));
/// assert_eq!(sample.drawdowns().unwrap().len(), 1);
/// let omega = Metric::named("omega").unwrap();
/// assert_eq!(sample.value(omega), Ok(2.5));
/// ```
#[derive(Debug)]
pub struct Sample<'a> {
    terms: &'a Terms,
    inputs: Inputs<'a>,
    stretch: Stretch,
    returns: OnceCell<Cow<'a, [f64]>>,
    sorted: OnceCell<Vec<f64>>,
    moments: OnceCell<Moments4>,
    falls: OnceCell<Result<Falls, Undefined>>,
    depths: OnceCell<Result<Vec<f64>, Undefined>>,
    logs: OnceCell<Vec<f64>>,
    gained: OnceCell<f64>,
    lost: OnceCell<f64>,
    penalty: OnceCell<Result<f64, Undefined>>,
    against: OnceCell<Result<Against, Undefined>>,
    estimate: OnceCell<Result<SharpeEstimate, Undefined>>,
}

#[derive(Debug)]
struct Falls {
    spells: Vec<DrawdownSpell>,
    under_water: usize,
}

impl<'a> Sample<'a> {
    /// The sample of these rows. `dates` are needed by a convention that counts calendar days.
    pub fn new(rows: &'a [f64], terms: &'a Terms, dates: Option<Dates>) -> Self {
        let inputs = Inputs::of(rows);
        Self::with(Inputs { dates, ..inputs }, terms)
    }

    /// The sample of a series with all that belongs to it.
    pub fn with(inputs: Inputs<'a>, terms: &'a Terms) -> Self {
        Self {
            terms,
            inputs,
            stretch: drive::whole(inputs.returns, terms).stretch,
            returns: OnceCell::new(),
            sorted: OnceCell::new(),
            moments: OnceCell::new(),
            falls: OnceCell::new(),
            depths: OnceCell::new(),
            logs: OnceCell::new(),
            gained: OnceCell::new(),
            lost: OnceCell::new(),
            penalty: OnceCell::new(),
            against: OnceCell::new(),
            estimate: OnceCell::new(),
        }
    }

    /// A metric's value.
    ///
    /// # Errors
    /// The metric's own; see [`Metric::domain`].
    pub fn value(&self, metric: &Metric) -> Result<f64, Undefined> {
        let value = match metric.read {
            Read::Fold(_) => return self.reading().value(metric),
            Read::Sample(read) => read(self),
            Read::Against(read) => self.against().and_then(read),
        };
        value
            .and_then(finite)
            // A zero has no sign: nothing over a loss is 0, not -0.
            .map(|value| self.terms.convention().rounded(value) + 0.0)
    }

    /// The series against its benchmark.
    ///
    /// # Errors
    /// [`Undefined::NoBenchmark`] if none was given, [`Undefined::UnequalLengths`] if it has other rows.
    pub fn against(&self) -> Result<&Against, Undefined> {
        let against = self.against.get_or_init(|| {
            let benchmark = self.inputs.benchmark.ok_or(Undefined::NoBenchmark)?;
            let rows = self.inputs.returns;
            let against = Against::of(rows, benchmark, self.terms.clone()).map_err(|error| {
                Undefined::UnequalLengths {
                    first: error.returns,
                    second: error.benchmark,
                }
            })?;
            Ok(match self.inputs.dates {
                Some(dates) => against.between(dates),
                None => against,
            })
        });
        against.as_ref().map_err(|reason| *reason)
    }

    /// The Sharpe ratio per period as an estimate: above the convention's risk-free return, with divisor `n - 1`.
    ///
    /// # Errors
    /// As [`SharpeEstimate::of`].
    pub fn sharpe_estimate(&self) -> Result<SharpeEstimate, Undefined> {
        *self.estimate.get_or_init(|| {
            self.require(1)?;
            SharpeEstimate::of(self.returns(), self.terms.risk_free())
        })
    }

    /// The probability that the true Sharpe ratio exceeds `benchmark`, both per period.
    ///
    /// # Errors
    /// As [`probabilistic_sharpe`].
    pub fn probabilistic_sharpe(&self, benchmark: f64) -> Result<f64, Undefined> {
        probabilistic_sharpe(&self.sharpe_estimate()?, benchmark)
    }

    /// The probability that the true Sharpe ratio exceeds what the luck of so many trials would give.
    ///
    /// # Errors
    /// As [`deflated_sharpe`].
    pub fn deflated_sharpe(&self, trials: &Trials) -> Result<f64, Undefined> {
        deflated_sharpe(&self.sharpe_estimate()?, trials)
    }

    /// Periods until it shows with `confidence` that the Sharpe ratio exceeds `benchmark`, both per period.
    ///
    /// # Errors
    /// As [`min_track_record_length`].
    pub fn min_track_record_length(
        &self,
        benchmark: f64,
        confidence: f64,
    ) -> Result<f64, Undefined> {
        min_track_record_length(&self.sharpe_estimate()?, benchmark, confidence)
    }

    /// The trials that the series was chosen from.
    pub(crate) fn trials(&self) -> Result<Trials, Undefined> {
        self.inputs.trials.ok_or(Undefined::NoTrials)
    }

    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading {
            stretch: &self.stretch,
            terms: self.terms,
            dates: self.inputs.dates,
        }
    }

    /// The terms.
    pub const fn terms(&self) -> &Terms {
        self.terms
    }

    /// The mergeable part: what a fold knows of the series.
    pub const fn stretch(&self) -> &Stretch {
        &self.stretch
    }

    /// Every row, missing ones included.
    pub const fn rows(&self) -> &[f64] {
        self.inputs.returns
    }

    /// The finite returns in order of time.
    pub fn returns(&self) -> &[f64] {
        self.returns.get_or_init(|| {
            let rows = self.inputs.returns;
            if self.stretch.count().observations == rows.len() {
                return Cow::Borrowed(rows);
            }
            rows.iter().copied().filter(|row| row.is_finite()).collect()
        })
    }

    /// The finite returns in order of size, the least first.
    pub fn sorted(&self) -> &[f64] {
        self.sorted.get_or_init(|| sorted(self.returns()))
    }

    /// At least `need` observations and no infinite row: the number of observations.
    pub(crate) fn require(&self, need: usize) -> Result<f64, Undefined> {
        self.stretch.count().require(need)
    }

    /// The number below which the share `p` of the returns lies, between observations as the convention says.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::NonFinite`], [`Undefined::OutOfRange`] unless
    /// `0 <= p <= 1`.
    pub fn quantile(&self, p: f64) -> Result<f64, Undefined> {
        self.require(1)?;
        if !(0.0..=1.0).contains(&p) {
            return Err(Undefined::OutOfRange);
        }
        Ok(between(self.sorted(), p, self.terms.convention().quantile))
    }

    /// Moments two to four about the mean.
    pub(crate) fn moments(&self) -> &Moments4 {
        self.moments
            .get_or_init(|| Moments4::of(self.returns(), &self.stretch.moments))
    }

    /// Every drawdown in order of time; only the last may be ongoing.
    ///
    /// # Errors
    /// As [`drawdowns()`](crate::drawdowns()).
    pub fn drawdowns(&self) -> Result<&[DrawdownSpell], Undefined> {
        self.falls().map(|falls| falls.spells.as_slice())
    }

    /// The `n`th deepest drawdown, counted from 1; none if there are fewer.
    ///
    /// # Errors
    /// As [`Sample::drawdowns`].
    pub fn nth_drawdown(&self, n: usize) -> Result<Option<DrawdownSpell>, Undefined> {
        let mut deepest = self.drawdowns()?.to_vec();
        deepest.sort_by(|a, b| a.depth.total_cmp(&b.depth));
        Ok(n.checked_sub(1).and_then(|at| deepest.get(at).copied()))
    }

    /// Observations that ended below an earlier peak.
    pub(crate) fn under_water(&self) -> Result<usize, Undefined> {
        self.falls().map(|falls| falls.under_water)
    }

    fn falls(&self) -> Result<&Falls, Undefined> {
        let falls = self.falls.get_or_init(|| {
            let fold = drawdowns::underwater(self.inputs.returns, self.terms.convention().returns);
            Ok(Falls {
                spells: fold.drawdowns()?,
                under_water: fold.periods_under_water()?,
            })
        });
        falls.as_ref().map_err(|reason| *reason)
    }

    /// How far the value stands below its peak after each observation: 0 at the peak, -0.25 a quarter below.
    ///
    /// # Errors
    /// As [`Sample::drawdowns`].
    pub fn depths(&self) -> Result<&[f64], Undefined> {
        let depths = self.depths.get_or_init(|| {
            self.stretch.drawdown.worst()?;
            Ok(depths(self.returns(), self.terms.convention().returns))
        });
        depths.as_deref().map_err(|reason| *reason)
    }

    /// The finite returns as log returns; minus infinity for -100 %.
    pub(crate) fn logs(&self) -> &[f64] {
        self.logs
            .get_or_init(|| match self.terms.convention().returns {
                ReturnKind::Simple => log_from_simple(self.returns()),
                ReturnKind::Log => self.returns().to_vec(),
            })
    }

    /// What is divided by to punish autocorrelation, computed once.
    pub(crate) fn penalty(
        &self,
        compute: impl FnOnce() -> Result<f64, Undefined>,
    ) -> Result<f64, Undefined> {
        *self.penalty.get_or_init(compute)
    }

    /// The sum of the returns above zero.
    pub(crate) fn gained(&self) -> f64 {
        *self
            .gained
            .get_or_init(|| sum_of(self.returns(), |r| r.max(0.0)))
    }

    /// The sum of the returns below zero, as a positive number.
    pub(crate) fn lost(&self) -> f64 {
        *self
            .lost
            .get_or_init(|| sum_of(self.returns(), |r| (-r).max(0.0)))
    }

    /// The mean of what the returns fall short of `threshold`, to the power of `order`:
    /// `sum(max(threshold - r, 0)^order) / n`; of order 0 the share of returns below the threshold.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without an observation, [`Undefined::NonFinite`], [`Undefined::OutOfRange`] also if
    /// `order` is negative.
    pub fn lower_partial_moment(&self, threshold: f64, order: f64) -> Result<f64, Undefined> {
        self.partial_moment(order, |r| threshold - r)
    }

    /// The mean of what the returns exceed `threshold` by, to the power of `order`.
    ///
    /// # Errors
    /// As [`Sample::lower_partial_moment`].
    pub fn upper_partial_moment(&self, threshold: f64, order: f64) -> Result<f64, Undefined> {
        self.partial_moment(order, |r| r - threshold)
    }

    fn partial_moment(
        &self,
        order: f64,
        side: impl Fn(f64) -> f64 + Copy,
    ) -> Result<f64, Undefined> {
        let n = self.require(1)?;
        if order.is_nan() || order < 0.0 {
            return Err(Undefined::OutOfRange);
        }
        finite(self.partial_sum(order, side) / n)
    }

    /// The sum of the powers of what is above zero on one side of a threshold.
    pub(crate) fn partial_sum(&self, order: f64, side: impl Fn(f64) -> f64 + Copy) -> f64 {
        let power = move |x: f64| {
            if order == 1.0 {
                x
            } else if order == 2.0 {
                x * x
            } else if order == 3.0 {
                x * x * x
            } else {
                libm::pow(x, order)
            }
        };
        sum_of(self.returns(), |r| {
            let x = side(r);
            // A NaN threshold must not pass for a threshold that nothing falls short of.
            if x <= 0.0 { 0.0 } else { power(x) }
        })
    }

    /// The correlation of the returns with those `lag` observations earlier, over the variance of all:
    /// `sum((r[t] - m)(r[t - lag] - m)) / sum((r[t] - m)^2)`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] unless there are more than `lag` observations, and two; [`Undefined::ZeroVariance`],
    /// [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn autocorrelation(&self, lag: usize) -> Result<f64, Undefined> {
        self.require(lag.saturating_add(1).max(2))?;
        self.spread(0)?;
        let deviations = self
            .moments()
            .deviations(self.returns(), &self.stretch.moments);
        let products: Vec<f64> = deviations[lag..]
            .iter()
            .zip(&deviations)
            .map(|(a, b)| a * b)
            .collect();
        finite(sum(&products) / sum_of(&deviations, |d| d * d))
    }

    /// The standard deviation per period, above zero.
    pub(crate) fn spread(&self, ddof: u8) -> Result<f64, Undefined> {
        let deviation = self.stretch.moments.deviation(ddof)?;
        if deviation > 0.0 {
            return Ok(deviation);
        }
        let flat = self.stretch.extremes.best()?.value == self.stretch.extremes.worst()?.value;
        // Returns that differ, by so little that the squares vanish, are not the same return.
        Err(if flat {
            Undefined::ZeroVariance
        } else {
            Undefined::OutOfRange
        })
    }

    /// The mean per period.
    pub(crate) fn mean(&self) -> Result<f64, Undefined> {
        self.stretch.moments.mean()
    }

    /// The minimum acceptable return per period.
    pub(crate) fn target(&self) -> Result<f64, Undefined> {
        finite(self.terms.target())
    }
}

/// The drawdown after each return: `d' = min(0, d + r (1 + d))`, which keeps the digits of a small one.
fn depths(returns: &[f64], kind: ReturnKind) -> Vec<f64> {
    let mut depth = 0.0_f64;
    let step = |r: f64| {
        depth = (depth + r * (1.0 + depth)).clamp(-1.0, 0.0);
        depth
    };
    match kind {
        ReturnKind::Simple => returns.iter().copied().map(step).collect(),
        ReturnKind::Log => returns.iter().copied().map(libm::expm1).map(step).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Convention;

    fn terms() -> Terms {
        let crypto = Convention::crypto();
        Terms::new(&crypto, crypto.periods_per_year(1.0).unwrap())
    }

    #[test]
    fn a_quantile_is_of_a_probability() {
        let terms = terms();
        let sample = Sample::new(&[0.5, -0.5], &terms, None);
        assert_eq!(
            (sample.quantile(0.0), sample.quantile(1.0)),
            (Ok(-0.5), Ok(0.5))
        );
        for p in [-0.1, 1.5, f64::NAN] {
            assert_eq!(sample.quantile(p), Err(Undefined::OutOfRange), "{p}");
        }
        let nothing = Sample::new(&[f64::NAN], &terms, None);
        assert_eq!(
            nothing.quantile(0.5),
            Err(Undefined::TooFew { need: 1, have: 0 })
        );
    }

    #[test]
    fn partial_moments_of_any_order() {
        let terms = terms();
        let sample = Sample::new(&[0.5, -0.5, -0.25, 0.25], &terms, None);
        for (order, lower, upper) in [
            (0.0, 0.5, 0.5),
            (1.0, 0.1875, 0.1875),
            (2.0, 0.078_125, 0.078_125),
            (3.0, 0.035_156_25, 0.035_156_25),
            (4.0, 0.016_601_562_5, 0.016_601_562_5),
        ] {
            assert_eq!(
                sample.lower_partial_moment(0.0, order),
                Ok(lower),
                "{order}"
            );
            assert_eq!(
                sample.upper_partial_moment(0.0, order),
                Ok(upper),
                "{order}"
            );
        }
        assert_eq!(sample.lower_partial_moment(0.5, 1.0), Ok(0.5));
        assert!(sample.lower_partial_moment(f64::NAN, 1.0).is_err());
        assert!(sample.lower_partial_moment(0.0, -1.0).is_err());
    }

    #[test]
    fn depths_are_drawdowns_of_values() {
        let terms = terms();
        let sample = Sample::new(&[-0.5, 0.5, 3.0, -1.0, 0.5], &terms, None);
        assert_eq!(sample.depths().unwrap(), [-0.5, -0.25, 0.0, -1.0, -1.0]);
        assert_eq!(sample.under_water(), Ok(4));
        assert_eq!(sample.nth_drawdown(1).unwrap().unwrap().depth, -1.0);
        assert_eq!(sample.nth_drawdown(3), Ok(None));
        let ruined = Sample::new(&[0.5, -1.5], &terms, None);
        assert_eq!(ruined.depths(), Err(Undefined::Ruin { index: 1 }));
    }

    #[test]
    fn a_zero_has_no_sign() {
        let terms = terms();
        let inputs = Inputs {
            benchmark: Some(&[0.5, -0.25, -0.25]),
            ..Inputs::of(&[0.0, 0.0, 0.0])
        };
        let sample = Sample::with(inputs, &terms);
        for name in ["down_capture", "drawdown_deviation", "pain_index"] {
            let value = sample.value(Metric::named(name).unwrap()).unwrap();
            assert_eq!(value.to_bits(), 0.0_f64.to_bits(), "{name}");
        }
    }

    #[test]
    fn autocorrelations() {
        let terms = terms();
        let sample = Sample::new(&[1.0, -1.0, 1.0, -1.0], &terms, None);
        assert_eq!(sample.autocorrelation(0), Ok(1.0));
        assert_eq!(sample.autocorrelation(1), Ok(-0.75));
        assert_eq!(sample.autocorrelation(2), Ok(0.5));
        assert_eq!(
            sample.autocorrelation(4),
            Err(Undefined::TooFew { need: 5, have: 4 })
        );
        let flat = Sample::new(&[0.5; 9], &terms, None);
        assert_eq!(flat.autocorrelation(1), Err(Undefined::ZeroVariance));
    }
}
