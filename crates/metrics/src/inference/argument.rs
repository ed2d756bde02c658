//! The arguments of the inference functions, and their domains.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An argument of an inference function. Printed, it says what the argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Argument {
    /// A number that a distribution function is read at.
    Quantile,
    /// A probability.
    Probability,
    /// The confidence of an interval.
    Confidence,
    /// The confidence that a track record must reach.
    TrackRecordConfidence,
    /// A Sharpe ratio.
    Sharpe,
    /// A skewness.
    Skewness,
    /// A kurtosis.
    Kurtosis,
    /// An estimate.
    Estimate,
    /// A standard error.
    StandardError,
    /// A variance of Sharpe ratios over trials.
    TrialVariance,
    /// A way to adjust p-values.
    Adjustment,
    /// A number of trials.
    Trials,
    /// A risk-free return.
    RiskFree,
    /// A number of lags.
    Lags,
    /// An autocorrelation.
    Autocorrelation,
    /// A number of periods that are joined to one.
    Periods,
    /// The mean length of a block.
    BlockLength,
    /// A number of bootstrap replications.
    Replications,
    /// The acceleration of a bootstrap interval.
    Acceleration,
    /// The number of blocks that rows are cut into for cross-validation.
    Splits,
}

impl Argument {
    /// `Ok` if `inside`, else the reason.
    pub(crate) const fn require(self, inside: bool) -> Result<(), crate::Undefined> {
        if inside {
            Ok(())
        } else {
            Err(crate::Undefined::Argument { argument: self })
        }
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quantile => "the argument of a distribution function must be a number",
            Self::Probability => {
                "a probability must be from 0 to 1, and between them for a quantile"
            }
            Self::Confidence => "a confidence must be above 0 and below 1",
            Self::TrackRecordConfidence => {
                "the confidence of a track record must be above one half and below 1"
            }
            Self::Sharpe => "a Sharpe ratio must be finite",
            Self::Skewness => "a skewness must be finite",
            Self::Kurtosis => "a kurtosis (not excess) must be finite and at least 1",
            Self::Estimate => "an estimate must be finite",
            Self::StandardError => "a standard error must be finite and above 0",
            Self::TrialVariance => "a variance over trials must be finite and at least 0",
            Self::Adjustment => "this adjustment needs the p-values of all tests",
            Self::Trials => "a number of trials must be finite and at least 1",
            Self::RiskFree => "a risk-free return must be finite",
            Self::Lags => "there must be fewer lags than observations",
            Self::Autocorrelation => "an autocorrelation must be from -1 to 1",
            Self::Periods => {
                "periods are joined one at least, with an autocorrelation for each lag"
            }
            Self::BlockLength => {
                "the mean length of a block must be from 1 to the rows, and to half of them where two blocks are needed"
            }
            Self::Replications => "a bootstrap needs one replication at least",
            Self::Acceleration => {
                "an acceleration must be finite, and small enough for the confidence"
            }
            Self::Splits => "rows are split into an even number of blocks, from 2 to 20",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Undefined;

    #[test]
    fn a_refusal_says_what_the_argument_must_be() {
        let refused = Argument::Confidence.require(false).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a confidence must be above 0 and below 1"
        );
        assert_eq!(Argument::Confidence.require(true), Ok(()));
    }

    #[test]
    fn a_refusal_survives_being_written_down() {
        let refused = Undefined::Argument {
            argument: Argument::BlockLength,
        };
        let text = serde_json::to_string(&refused).unwrap();
        assert_eq!(text, r#"{"reason":"argument","argument":"block-length"}"#);
        assert_eq!(serde_json::from_str::<Undefined>(&text).unwrap(), refused);
    }
}
