//! Ratios of reward to risk beside the core's.

use super::{
    Better, Kind, Metric, Read, Unit,
    steps::{alone, metric as step},
};
use crate::{
    Sample, Undefined,
    convention::{DownsideOver, Shape, TailModel},
    ratios,
    sum::sum_of,
    undefined::finite,
};

const KAPLAN: &str = "Kaplan and Knowles, Kappa: A Generalized Downside Risk-Adjusted Performance Measure, Journal of Performance Measurement 8(3), 2004";
const BACON: &str =
    "Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. 2008, ch. 4";
const QUANTSTATS: &str = "quantstats";
const SHORT: &str = "at least 1 return below the target";
const PENALTY: &str =
    "sqrt(1 + 2 sum((1 - x / n) |rho|^x, x = 1..n-1)), rho the correlation of neighbouring returns";

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "omega",
        title: "Omega ratio",
        formula: "sum(max(r - target, 0)) / sum(max(target - r, 0))",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[
            alone::TARGET,
            alone::OVER,
            alone::SHORT,
            alone::ABOVE,
            alone::BELOW,
        ],
        domain: SHORT,
        source: "Keating and Shadwick, A Universal Performance Measure, Journal of Performance Measurement 6(3), 2002",
        notes: "the yearly threshold is de-annualised geometrically in empyrical and quantstats",
        read: Read::Sample(omega),
    },
    Metric {
        name: "omega_sharpe",
        title: "Omega-Sharpe ratio",
        formula: "mean(r - target) / (sum(max(target - r, 0)) / n)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[alone::TARGET, alone::OVER_TARGET, alone::SHORT, alone::N],
        domain: SHORT,
        source: BACON,
        notes: "omega - 1, but exact where gains and losses nearly cancel; also kappa of order 1",
        read: Read::Sample(|of| of.kappa(1.0)),
    },
    Metric {
        name: "kappa_3",
        title: "Kappa ratio of order 3",
        formula: "mean(r - target) / (sum(max(target - r, 0)^3) / n)^(1/3)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[
            alone::TARGET,
            alone::OVER_TARGET,
            alone::SHORT_CUBES,
            alone::N,
        ],
        domain: SHORT,
        source: KAPLAN,
        notes: "per period; Sample::kappa gives every order, 2 being the Sortino ratio per period",
        read: Read::Sample(|of| of.kappa(3.0)),
    },
    Metric {
        name: "upside_potential_ratio",
        title: "Upside potential ratio",
        formula: "(sum(max(r - target, 0)) / n) / sqrt(sum(min(r - target, 0)^2) / n)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable", "downside"],
        steps: &[
            alone::TARGET,
            alone::OVER,
            alone::SHORT_SQUARES,
            alone::OVER_LOSERS,
            alone::BELOW,
            alone::N,
        ],
        domain: SHORT,
        source: "Sortino, van der Meer and Plantinga, The Dutch Triangle, Journal of Portfolio Management 26(1), 1999",
        notes: "per period; PerformanceAnalytics averages gains and losses each over their own number by default: see `downside`",
        read: Read::Sample(upside_potential_ratio),
    },
    Metric {
        name: "bernardo_ledoit",
        title: "Bernardo-Ledoit ratio",
        formula: "sum(max(r, 0)) / sum(max(-r, 0))",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[alone::GAINED, alone::LOST],
        domain: "at least 1 return below zero",
        source: "Bernardo and Ledoit, Gain, Loss, and Asset Pricing, Journal of Political Economy 108(1), 2000",
        notes: "omega with a target of 0, and the profit factor of periods",
        read: Read::Sample(super::wins::profit_factor),
    },
    Metric {
        name: "d_ratio",
        title: "D ratio",
        formula: "count(r < 0) |sum(r where r < 0)| / (count(r > 0) sum(r where r > 0))",
        unit: Unit::Ratio,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return", "win counts"],
        steps: &[alone::WINS, alone::LOSSES, alone::GAINED, alone::LOST],
        domain: "at least 1 return above zero",
        source: "Lavinio, The Hedge Fund Handbook, 1999",
        notes: "",
        read: Read::Sample(d_ratio),
    },
    Metric {
        name: "prospect_ratio",
        title: "Prospect ratio",
        formula: "(sum(max(r, 0) + 2.25 min(r, 0)) / n - target) / sqrt(sum(min(r - target, 0)^2) / n)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[
            alone::GAINED,
            alone::LOST,
            alone::TARGET,
            alone::SHORT_SQUARES,
            alone::N,
        ],
        domain: SHORT,
        source: "Watanabe, Is Sharpe Ratio Still Effective?, Journal of Performance Measurement 11(1), 2006",
        notes: "2.25 is the loss aversion of Tversky and Kahneman, 1992; per period",
        read: Read::Sample(prospect_ratio),
    },
    Metric {
        name: "volatility_skewness",
        title: "Volatility skewness",
        formula: "sum(max(r - target, 0)^2) / sum(min(r - target, 0)^2)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[alone::TARGET, alone::OVER_SQUARES, alone::SHORT_SQUARES],
        domain: SHORT,
        source: BACON,
        notes: "PerformanceAnalytics' `volatility`; its `variability` is the square root",
        read: Read::Sample(volatility_skewness),
    },
    Metric {
        name: "risk_return_ratio",
        title: "Return to risk ratio",
        formula: "mean(r) / sd(r)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments", "ddof"],
        steps: &[alone::MEAN, alone::DEVIATION],
        domain: "at least 2 returns that are not all the same",
        source: QUANTSTATS,
        notes: "the Sharpe ratio per period, without a risk-free return",
        read: Read::Sample(|of| finite(of.mean()? / of.spread(of.terms().convention().ddof)?)),
    },
    Metric {
        name: "modified_sharpe",
        title: "Modified Sharpe ratio",
        formula: "mean(r - risk_free) / |cornish_fisher_var_95|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments 1 to 4", "risk_free", "tail_ddof", "cornish_fisher"],
        steps: &[
            alone::EXCESS,
            alone::RISK_FREE,
            step("cornish_fisher_var_95"),
        ],
        domain: "where the value at risk is, and is a loss",
        source: "Gregoriou and Gueyie, Risk-Adjusted Performance of Funds of Hedge Funds Using a Modified Sharpe Ratio, Journal of Wealth Management 6(3), 2003",
        notes: "per period",
        read: Read::Sample(|of| over_loss(of, of.value_at_risk(0.05, TailModel::CornishFisher)?)),
    },
    Metric {
        name: "conditional_sharpe",
        title: "Conditional Sharpe ratio",
        formula: "mean(r - risk_free) / |cvar_95|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "moments",
            "sorted returns",
            "risk_free",
            "quantile",
            "tail_model",
            "shortfall",
            "tail_ddof",
            "cornish_fisher",
        ],
        steps: &[alone::EXCESS, alone::RISK_FREE, step("cvar_95")],
        domain: "where the shortfall is, and is a loss",
        source: "Agarwal and Naik, Risks and Portfolio Decisions Involving Hedge Funds, Review of Financial Studies 17(1), 2004",
        notes: "per period; also STARR",
        read: Read::Sample(|of| {
            over_loss(
                of,
                of.expected_shortfall(0.05, of.terms().convention().tail_model)?,
            )
        }),
    },
    Metric {
        name: "adjusted_sharpe",
        title: "Adjusted Sharpe ratio",
        formula: "SR (1 + S/6 SR - K/24 SR^2), SR = sharpe",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "moments 1 to 4",
            "returns",
            "ddof",
            "annual_mean",
            "risk_free",
            "years",
            "min_days",
        ],
        steps: &[step("sharpe"), alone::SKEWNESS, alone::KURTOSIS],
        domain: "where the Sharpe ratio is",
        source: "Pezier and White, The Relative Merits of Hedge Fund Indices and of Funds of Hedge Funds in Optimal Passive Portfolios, Journal of Alternative Investments 10(4), 2008",
        notes: "of the yearly ratio, with the moment estimators of the periods' skewness S and excess kurtosis K, as PerformanceAnalytics does",
        read: Read::Sample(adjusted_sharpe),
    },
    Metric {
        name: "skewness_kurtosis_ratio",
        title: "Skewness-kurtosis ratio",
        formula: "g1 / (g2 + 3)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments 1 to 4"],
        steps: &[alone::SKEWNESS, alone::KURTOSIS],
        domain: "at least 2 returns that are not all the same",
        source: "Watanabe, Is Sharpe Ratio Still Effective?, Journal of Performance Measurement 11(1), 2006",
        notes: "with the moment estimators",
        read: Read::Sample(|of| {
            of.require(2)?;
            of.spread(0)?;
            let moments = of.moments();
            finite(moments.skewness(Shape::Moment)? / (moments.kurtosis(Shape::Moment)? + 3.0))
        }),
    },
    Metric {
        name: "adjusted_sortino",
        title: "Adjusted Sortino ratio",
        formula: "sortino / sqrt(2)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "moments",
            "shortfalls",
            "returns",
            "annual_mean",
            "minimum_acceptable",
            "downside",
            "years",
            "min_days",
        ],
        steps: &[step("sortino"), alone::OVER_TARGET, alone::DOWNSIDE],
        domain: "where the Sortino ratio is",
        source: "Schwager, Hedge Fund Market Wizards, 2012, appendix A",
        notes: "comparable with a Sharpe ratio",
        read: Read::Sample(|of| Ok(ratios::sortino(&of.reading())? / std::f64::consts::SQRT_2)),
    },
    Metric {
        name: "autocorrelation_penalty",
        title: "Autocorrelation penalty",
        formula: PENALTY,
        unit: Unit::Ratio,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[alone::NEIGHBOURS, alone::N],
        domain: "at least 3 returns; neighbours that are not all the same",
        source: QUANTSTATS,
        notes: "it also punishes returns that alternate, which steady a portfolio; the ratio of Lo (2002) does not",
        read: Read::Sample(autocorrelation_penalty),
    },
    Metric {
        name: "smart_sharpe",
        title: "Smart Sharpe ratio",
        formula: "sharpe / autocorrelation_penalty",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "moments",
            "returns",
            "ddof",
            "annual_mean",
            "risk_free",
            "years",
            "min_days",
        ],
        steps: &[
            step("sharpe"),
            step("autocorrelation_penalty"),
            alone::NEIGHBOURS,
        ],
        domain: "where both are",
        source: QUANTSTATS,
        notes: "",
        read: Read::Sample(|of| {
            finite(ratios::sharpe(&of.reading())? / autocorrelation_penalty(of)?)
        }),
    },
    Metric {
        name: "smart_sortino",
        title: "Smart Sortino ratio",
        formula: "sortino / autocorrelation_penalty",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "moments",
            "shortfalls",
            "returns",
            "annual_mean",
            "minimum_acceptable",
            "downside",
            "years",
            "min_days",
        ],
        steps: &[
            step("sortino"),
            step("autocorrelation_penalty"),
            alone::NEIGHBOURS,
        ],
        domain: "where both are",
        source: QUANTSTATS,
        notes: "",
        read: Read::Sample(|of| {
            finite(ratios::sortino(&of.reading())? / autocorrelation_penalty(of)?)
        }),
    },
];

impl Sample<'_> {
    /// The mean excess over the minimum acceptable return, over the root of its lower partial moment of `order`: 1 is
    /// the Omega-Sharpe ratio, 2 the Sortino ratio per period.
    ///
    /// # Errors
    /// [`Undefined::TooFew`], [`Undefined::NonFinite`], [`Undefined::NoDownside`], [`Undefined::OutOfRange`] also
    /// unless `order > 0`.
    pub fn kappa(&self, order: f64) -> Result<f64, Undefined> {
        let target = self.target()?;
        let moment = self.shortfall_moment(target, order)?;
        let root = if order == 1.0 {
            moment
        } else if order == 2.0 {
            moment.sqrt()
        } else if order == 3.0 {
            libm::cbrt(moment)
        } else {
            libm::pow(moment, 1.0 / order)
        };
        finite(self.stretch().moments.mean_above(target)? / root)
    }

    /// A lower partial moment that is above zero.
    fn shortfall_moment(&self, target: f64, order: f64) -> Result<f64, Undefined> {
        self.require(1)?;
        if order.is_nan() || order <= 0.0 {
            return Err(Undefined::OutOfRange);
        }
        if self.stretch().extremes.worst()?.value >= target {
            return Err(Undefined::NoDownside);
        }
        match self.lower_partial_moment(target, order)? {
            // The shortfalls are there, but their powers are too small for a double.
            0.0 => Err(Undefined::OutOfRange),
            moment => Ok(moment),
        }
    }
}

fn omega(of: &Sample<'_>) -> Result<f64, Undefined> {
    let target = of.target()?;
    of.shortfall_moment(target, 1.0)?;
    let (above, below) = (
        of.partial_sum(1.0, |r| r - target),
        of.partial_sum(1.0, |r| target - r),
    );
    finite(above / below)
}

fn upside_potential_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    let target = of.target()?;
    let (mut above, mut below) = (of.require(1)?, of.require(1)?);
    let short = of.shortfall_moment(target, 2.0)? * below;
    if of.terms().convention().downside == DownsideOver::Losers {
        above = of.partial_sum(0.0, |r| r - target);
        below = of.partial_sum(0.0, |r| target - r);
        if above == 0.0 {
            return Err(Undefined::NoGain);
        }
    }
    let gained = of.partial_sum(1.0, |r| r - target);
    finite((gained / above) / (short / below).sqrt())
}

fn volatility_skewness(of: &Sample<'_>) -> Result<f64, Undefined> {
    let target = of.target()?;
    let short = of.shortfall_moment(target, 2.0)?;
    finite(of.upper_partial_moment(target, 2.0)? / short)
}

fn prospect_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    let target = of.target()?;
    let short = of.shortfall_moment(target, 2.0)?;
    let prospect = (of.gained() - 2.25 * of.lost()) / of.require(1)?;
    finite((prospect - target) / short.sqrt())
}

fn d_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    of.require(1)?;
    let wins = of.stretch().wins;
    if wins.wins == 0 {
        return Err(Undefined::NoGain);
    }
    finite(of.lost() / of.gained() * (wins.losses as f64 / wins.wins as f64))
}

/// The mean return above the risk-free one over a loss.
fn over_loss(of: &Sample<'_>, loss: f64) -> Result<f64, Undefined> {
    if loss >= 0.0 {
        return Err(Undefined::NoLoss);
    }
    finite(of.stretch().moments.mean_above(of.terms().risk_free())? / -loss)
}

fn adjusted_sharpe(of: &Sample<'_>) -> Result<f64, Undefined> {
    let sharpe = ratios::sharpe(&of.reading())?;
    let skewness = of.moments().skewness(Shape::Moment)?;
    let kurtosis = of.moments().kurtosis(Shape::Moment)?;
    finite(sharpe * (1.0 + sharpe * (skewness / 6.0 - kurtosis / 24.0 * sharpe)))
}

fn autocorrelation_penalty(of: &Sample<'_>) -> Result<f64, Undefined> {
    of.penalty(|| penalty(of))
}

fn penalty(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(3)?;
    of.spread(0)?;
    let rho = neighbours(of)?.abs();
    // sum((1 - x / n) rho^x, x = 1..n-1), from the end so that small terms meet first.
    let mut total = 0.0;
    let mut steps: Vec<f64> = Vec::new();
    let mut power = rho;
    for x in 1..of.returns().len() {
        if power == 0.0 {
            break;
        }
        steps.push((1.0 - x as f64 / n) * power);
        power *= rho;
    }
    for step in steps.iter().rev() {
        total += step;
    }
    finite((1.0 + 2.0 * total).sqrt())
}

/// Pearson's correlation of each return with the next.
pub(super) fn neighbours(of: &Sample<'_>) -> Result<f64, Undefined> {
    let deviations = of.moments().deviations(of.returns(), &of.stretch().moments);
    let (earlier, later) = (&deviations[..deviations.len() - 1], &deviations[1..]);
    let pairs = earlier.len() as f64;
    let centred = |side: &[f64]| {
        let mean = sum_of(side, |d| d) / pairs;
        side.iter().map(|d| d - mean).collect::<Vec<f64>>()
    };
    let (earlier, later) = (centred(earlier), centred(later));
    let products: Vec<f64> = earlier.iter().zip(&later).map(|(a, b)| a * b).collect();
    let square = |side: &[f64]| sum_of(side, |d| d * d).sqrt();
    let scale = square(&earlier) * square(&later);
    if scale == 0.0 {
        return Err(Undefined::ZeroVariance);
    }
    finite(sum_of(&products, |p| p) / scale).map(|rho| rho.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Convention, PeriodsPerYear, Terms};

    fn terms(change: impl FnOnce(&mut Convention)) -> Terms {
        let mut convention = Convention::empyrical();
        change(&mut convention);
        Terms::new(&convention, PeriodsPerYear::new(1.0).unwrap())
    }

    #[test]
    fn kappa_needs_an_order_and_a_shortfall() {
        let terms = terms(|_| ());
        let sample = Sample::new(&[0.5, -0.25, -0.25, 0.5], &terms, None);
        for order in [0.0, -1.0, f64::NAN] {
            assert_eq!(sample.kappa(order), Err(Undefined::OutOfRange), "{order}");
        }
        for (order, root) in [
            (1.0, 0.125),
            (2.0, 0.03125_f64.sqrt()),
            (4.0, (1.0 / 512.0_f64).powf(0.25)),
        ] {
            let found = sample.kappa(order).unwrap();
            assert!((found - 0.125 / root).abs() < 1e-15, "{order}: {found}");
        }
        let falling = Sample::new(&[-0.5, -0.25], &terms, None);
        assert_eq!(falling.kappa(0.0), Err(Undefined::OutOfRange));
        let rising = Sample::new(&[0.5, 0.0], &terms, None);
        assert_eq!(
            rising.kappa(2.0),
            Err(Undefined::NoDownside),
            "a return at the target is not short of it"
        );
    }

    #[test]
    fn upside_potential_over_all_or_over_each_side() {
        let rows = [0.5, -0.25, -0.25, 0.0];
        let value = |terms: &Terms| {
            let sample = Sample::new(&rows, terms, None);
            sample.value(Metric::named("upside_potential_ratio").unwrap())
        };
        let all = value(&terms(|_| ())).unwrap();
        assert!((all - 0.125 / 0.03125_f64.sqrt()).abs() < 1e-15);
        let subset = value(&terms(|convention| {
            convention.downside = DownsideOver::Losers
        }));
        assert_eq!(subset, Ok(2.0));
        let above = value(&terms(|convention| {
            convention.downside = DownsideOver::Losers;
            convention.minimum_acceptable = crate::Rate::Period { value: 0.5 };
        }));
        assert_eq!(above, Err(Undefined::NoGain));
    }
}
