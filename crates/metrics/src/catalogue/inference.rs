//! How sure the Sharpe ratio is. The functions behind are those of `inference`.

use super::{
    Better, Kind, Metric, Read, Unit,
    steps::{alone, metric as step},
};
use crate::{
    Sample, Undefined,
    inference::{Argument, lo_sharpe, sharpe_error_mertens},
    undefined::finite,
};

const BAILEY_2012: &str =
    "Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, Journal of Risk 15(2), 2012";
const BAILEY_2014: &str = "Bailey and Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40(5), 2014";
const MERTENS: &str = "Mertens, Comments on Variance of the IID Estimator in Lo, 2002";
const LO: &str = "Lo, The Statistics of Sharpe Ratios, Financial Analysts Journal 58(4), 2002";
const VARIES: &str = "at least 2 returns that are not all the same";
/// The confidence that the track record must reach.
const CONFIDENCE: f64 = 0.95;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "psr",
        title: "Probabilistic Sharpe ratio",
        formula: "cdf(SR sqrt(n - 1) / sqrt(1 - S SR + (K - 1) SR^2 / 4)), SR the Sharpe ratio per period",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "risk_free"],
        steps: &[
            alone::SR,
            alone::SR_SKEWNESS,
            alone::SR_KURTOSIS,
            alone::N,
            alone::SR_ERROR,
            alone::SR_ERRORS,
        ],
        domain: VARIES,
        source: BAILEY_2012,
        notes: "the probability that the true ratio is above zero; S and K are moment estimators, K not in excess; Sample::probabilistic_sharpe takes any benchmark",
        read: Read::Sample(|of| of.probabilistic_sharpe(0.0)),
    },
    Metric {
        name: "dsr",
        title: "Deflated Sharpe ratio",
        formula: "psr against the highest ratio to expect of so many trials without skill",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "trials", "risk_free"],
        steps: &[
            alone::SR,
            alone::SR_SKEWNESS,
            alone::SR_KURTOSIS,
            alone::N,
            alone::SR_ERROR,
            alone::TRIALS,
            alone::TRIAL_VARIANCE,
            alone::EXPECTED_MAXIMUM,
            alone::SR_ERRORS_ABOVE,
        ],
        domain: "at least 2 returns that are not all the same, with trials",
        source: BAILEY_2014,
        notes: "needs the number of trials and the variance of their ratios per period: see `Inputs`",
        read: Read::Sample(|of| of.deflated_sharpe(&of.trials()?)),
    },
    Metric {
        name: "min_track_record_length",
        title: "Minimum track record length",
        formula: "1 + (1 - S SR + (K - 1) SR^2 / 4) (z / SR)^2, z the quantile of 95 %",
        unit: Unit::Periods,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return", "risk_free"],
        steps: &[
            alone::SR,
            alone::SR_SKEWNESS,
            alone::SR_KURTOSIS,
            alone::N,
            alone::Z_95,
        ],
        domain: "a Sharpe ratio above zero",
        source: BAILEY_2012,
        notes: "periods until psr reaches 95 %, if the estimate stays as it is; not rounded up",
        read: Read::Sample(|of| of.min_track_record_length(0.0, CONFIDENCE)),
    },
    Metric {
        name: "sharpe_standard_error",
        title: "Standard error of the Sharpe ratio",
        formula: "sqrt((1 - S SR + (K - 1) SR^2 / 4) / n) sqrt(N), SR the Sharpe ratio per period",
        unit: Unit::Ratio,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return", "risk_free"],
        steps: &[
            alone::SR,
            alone::SR_SKEWNESS,
            alone::SR_KURTOSIS,
            alone::N,
            alone::SR_ERROR_N,
            alone::ROOT,
        ],
        domain: VARIES,
        source: MERTENS,
        notes: "of the yearly ratio with an arithmetic mean; returns may have any distribution, but no memory",
        read: Read::Sample(sharpe_standard_error),
    },
    Metric {
        name: "lo_sharpe",
        title: "Sharpe ratio for autocorrelated returns",
        formula: "SR q / sqrt(q + 2 sum((q - k) rho[k], k = 1..q-1)), q = N rounded",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "risk_free"],
        steps: &[
            alone::SR,
            alone::LO_PERIODS,
            step("autocorrelation_1"),
            alone::LO_FACTOR,
        ],
        domain: "more than a year of returns that are not all the same",
        source: LO,
        notes: "needs the autocorrelations of a whole year, each with an error of 1 / sqrt(n)",
        read: Read::Sample(yearly_lo_sharpe),
    },
];

fn sharpe_standard_error(of: &Sample<'_>) -> Result<f64, Undefined> {
    let error = sharpe_error_mertens(&of.sharpe_estimate()?)?;
    finite(error * of.terms().per_year().sqrt())
}

fn yearly_lo_sharpe(of: &Sample<'_>) -> Result<f64, Undefined> {
    of.require(1)?;
    let periods = of.terms().per_year().get().round();
    Argument::Periods.require(periods >= 1.0)?;
    lo_sharpe(of.returns(), of.terms().risk_free(), periods as usize)
}
