//! Why a metric has no value for this input.
//!
//! A statistic that does not exist is neither 0, nor infinity, nor NaN: it is one of these reasons, with the
//! numbers that a reader needs to see why.

use serde::{Deserialize, Serialize};

use crate::inference::Argument;

/// The reason why a metric has no value. Small and `Copy`; `.ok()` suits those who do not care.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Undefined {
    /// Fewer observations than the metric needs. Missing rows are not observations.
    #[error("needs {need} observations, has {have}")]
    TooFew {
        /// The fewest that would do.
        need: usize,
        /// How many there are.
        have: usize,
    },
    /// Every observation is the same number, so that nothing can be divided by their spread.
    #[error("every return is the same, so there is no spread to divide by")]
    ZeroVariance,
    /// Every return of the benchmark is the same number.
    #[error("every return of the benchmark is the same, so there is no spread to divide by")]
    ConstantBenchmark,
    /// No observation is below the minimum acceptable return.
    #[error("no return is below the minimum acceptable one")]
    NoDownside,
    /// The value never fell below an earlier one.
    #[error("the value never fell, so there is no drawdown to divide by")]
    NoDrawdown,
    /// The value has not come back to the peak before its fall.
    #[error("the value has not recovered since")]
    NotRecovered,
    /// More than everything was lost: a value below zero has no growth rate and no drawdown.
    #[error("row {index} lost more than 100 %")]
    Ruin {
        /// The first row (0-based) that lost more than 100 %.
        index: usize,
    },
    /// A row is infinite. Missing rows are NaN; an infinite one is an error in the data.
    #[error("row {index} is infinite")]
    NonFinite {
        /// The first infinite row (0-based).
        index: usize,
    },
    /// The value, or a sum on the way to it, is beyond the range of a double.
    #[error("the value is beyond the range of a double")]
    OutOfRange,
    /// The returns span less time than the convention wants before it compounds them to a year.
    #[error("spans {}, and a yearly rate needs {need_days}", days(*.have_days))]
    TooShort {
        /// The convention's shortest span, in its own days.
        need_days: f64,
        /// The span of the returns, in the same days.
        have_days: f64,
    },
    /// The convention counts calendar days, and the returns came without the two dates that they lie between.
    #[error(
        "the convention counts calendar days, and it is not known when the first return began and the last one ended"
    )]
    NoDates,
    /// No observation is below zero.
    #[error("no return is below zero")]
    NoLoss,
    /// No observation is above zero, or above the target.
    #[error("no return is above zero, or above the target")]
    NoGain,
    /// The metric needs the observations themselves, and was asked of a fold.
    #[error("needs the observations themselves, which a fold does not keep")]
    NeedsSample,
    /// Skewness and kurtosis are so far from the normal distribution's that the Cornish-Fisher expansion is not
    /// monotone: what it calls a quantile is none.
    #[error(
        "the Cornish-Fisher expansion is not monotone at skewness {skewness} and excess kurtosis {kurtosis}"
    )]
    OutsideDomain {
        /// The skewness of the returns.
        skewness: f32,
        /// The excess kurtosis of the returns.
        kurtosis: f32,
    },
    /// The generalised Pareto distribution does not fit the tail, or its tail is so heavy that the mean is infinite.
    #[error("the tail has no generalised Pareto distribution of finite mean")]
    NoTailFit,
    /// Two stretches were joined that count their downside from different targets.
    #[error("joined stretches measure their downside from different targets")]
    MixedTargets,
    /// The series differs from its benchmark, or from a multiple of it, by no more than rounding.
    #[error("the returns follow the benchmark, so there is no active risk to divide by")]
    NoActiveRisk,
    /// The series does not move with its benchmark.
    #[error("beta is zero, so there is nothing to divide by")]
    ZeroBeta,
    /// The benchmark neither gained nor lost over the periods that count.
    #[error("the benchmark's return is zero, so there is nothing to divide by")]
    FlatBenchmark,
    /// The metric compares with a benchmark, and none was given.
    #[error("compares with a benchmark, and none was given")]
    NoBenchmark,
    /// The metric asks how many trials there were, and none were given.
    #[error(
        "needs the number of trials and the variance of their Sharpe ratios, and none were given"
    )]
    NoTrials,
    /// A regressor is a combination of the others, so that no coefficients are the best.
    #[error("the regressors depend on each other, so no coefficients can be told apart")]
    Collinear,
    /// An argument outside its domain.
    #[error("{argument}")]
    Argument {
        /// Which, and what it must be.
        argument: Argument,
    },
    /// Two series that belong together row by row differ in length.
    #[error("the series have {first} and {second} rows, and must have as many")]
    UnequalLengths {
        /// Rows of the first.
        first: usize,
        /// Rows of the second.
        second: usize,
    },
    /// The estimated variance of an estimate is not above zero: its standard error does not exist.
    #[error(
        "the estimated variance of the estimate is not above zero, so it has no standard error"
    )]
    NoStandardError,
    /// The Sharpe ratio does not exceed its benchmark, so that no track record is long enough to show it.
    #[error("the Sharpe ratio is not above its benchmark, so no track record is long enough")]
    NotAbove,
}

fn days(count: f64) -> String {
    let noun = if count == 1.0 { "day" } else { "days" };
    format!("{count} {noun}")
}

/// `value`, unless it left the range of a double.
pub(crate) fn finite(value: f64) -> Result<f64, Undefined> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Undefined::OutOfRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_carry_their_numbers() {
        let text = Undefined::TooFew { need: 2, have: 1 }.to_string();
        assert_eq!(text, "needs 2 observations, has 1");
        assert_eq!(
            Undefined::Ruin { index: 7 }.to_string(),
            "row 7 lost more than 100 %"
        );
        let short = |have_days| Undefined::TooShort {
            need_days: 30.0,
            have_days,
        };
        assert_eq!(
            [short(1.0), short(2.5)].map(|reason| reason.to_string()),
            [
                "spans 1 day, and a yearly rate needs 30",
                "spans 2.5 days, and a yearly rate needs 30"
            ]
        );
    }

    #[test]
    fn it_stays_small() {
        assert!(size_of::<Result<f64, Undefined>>() <= 24);
    }
}
