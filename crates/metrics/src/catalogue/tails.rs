//! Tails and shape. A loss is a negative return, and so is a value at risk.

use super::{
    Better, Kind, Metric, Read, Unit,
    steps::{alone, metric as step},
    wins::profit_factor,
};
use crate::{
    Sample, Undefined,
    convention::{Shape, TailModel},
    undefined::finite,
};

const JORION: &str = "Jorion, Value at Risk, 3rd ed. 2006";
const ACERBI: &str = "Acerbi and Tasche, On the coherence of expected shortfall, Journal of Banking and Finance 26(7), 2002";
const FAVRE: &str = "Favre and Galeano, Mean-Modified Value-at-Risk Optimization with Hedge Funds, Journal of Alternative Investments 5(2), 2002";
const BOUDT: &str = "Boudt, Peterson and Croux, Estimation and Decomposition of Downside Risk for Portfolios with Non-Normal Returns, Journal of Risk 11(2), 2008";
const MCNEIL: &str = "McNeil and Frey, Estimation of tail-related risk measures for heteroscedastic financial time series, Journal of Empirical Finance 7, 2000";
const JOANES: &str = "Joanes and Gill, Comparing measures of sample skewness and kurtosis, The Statistician 47(1), 1998";
const JARQUE: &str = "Jarque and Bera, A Test for Normality of Observations and Regression Residuals, International Statistical Review 55(2), 1987";
const MODEL_DOMAIN: &str = "at least 1 return, 2 for a model of their deviation; for Cornish-Fisher returns that differ and a monotone expansion";

/// The share of the losses that a Pareto tail is fitted to.
const PARETO_SHARE: f64 = 0.1;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "var_95",
        title: "Value at risk, 95 %",
        formula: "quantile(r, 0.05), or of the convention's tail_model",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "sorted returns",
            "moments",
            "quantile",
            "tail_model",
            "tail_ddof",
            "cornish_fisher",
        ],
        steps: &[
            alone::RANK_5,
            alone::BELOW_5,
            alone::ABOVE_5,
            alone::MODEL_MEAN,
            alone::MODEL_DEVIATION,
            alone::MODEL_SKEWNESS,
            alone::MODEL_KURTOSIS,
            alone::MODEL_Z_5,
            alone::MODEL_H_5,
            alone::IN_TAIL_5,
            alone::N,
        ],
        domain: MODEL_DOMAIN,
        source: JORION,
        notes: "historical in empyrical, Gaussian in quantstats, Cornish-Fisher in PerformanceAnalytics; per period",
        read: Read::Sample(|of| of.value_at_risk(0.05, of.terms().convention().tail_model)),
    },
    Metric {
        name: "cvar_95",
        title: "Expected shortfall, 95 %",
        formula: "mean(r where r <= var_95), or of the convention's tail_model",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "sorted returns",
            "moments",
            "quantile",
            "tail_model",
            "shortfall",
            "tail_ddof",
            "cornish_fisher",
        ],
        steps: &[
            step("var_95"),
            alone::RANK_5,
            alone::BELOW_5,
            alone::ABOVE_5,
            alone::MODEL_MEAN,
            alone::MODEL_DEVIATION,
            alone::MODEL_SKEWNESS,
            alone::MODEL_KURTOSIS,
            alone::MODEL_Z_5,
            alone::MODEL_H_5,
            alone::AVERAGED_5,
            alone::N,
        ],
        domain: MODEL_DOMAIN,
        source: ACERBI,
        notes: "which returns are averaged differs: see `shortfall`",
        read: Read::Sample(|of| of.expected_shortfall(0.05, of.terms().convention().tail_model)),
    },
    Metric {
        name: "var_99",
        title: "Value at risk, 99 %",
        formula: "quantile(r, 0.01), or of the convention's tail_model",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "sorted returns",
            "moments",
            "quantile",
            "tail_model",
            "tail_ddof",
            "cornish_fisher",
        ],
        steps: &[
            alone::RANK_1,
            alone::BELOW_1,
            alone::ABOVE_1,
            alone::MODEL_MEAN,
            alone::MODEL_DEVIATION,
            alone::MODEL_SKEWNESS,
            alone::MODEL_KURTOSIS,
            alone::MODEL_Z_1,
            alone::MODEL_H_1,
            alone::IN_TAIL_1,
            alone::N,
        ],
        domain: MODEL_DOMAIN,
        source: JORION,
        notes: "as var_95",
        read: Read::Sample(|of| of.value_at_risk(0.01, of.terms().convention().tail_model)),
    },
    Metric {
        name: "cvar_99",
        title: "Expected shortfall, 99 %",
        formula: "mean(r where r <= var_99), or of the convention's tail_model",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "sorted returns",
            "moments",
            "quantile",
            "tail_model",
            "shortfall",
            "tail_ddof",
            "cornish_fisher",
        ],
        steps: &[
            step("var_99"),
            alone::RANK_1,
            alone::BELOW_1,
            alone::ABOVE_1,
            alone::MODEL_MEAN,
            alone::MODEL_DEVIATION,
            alone::MODEL_SKEWNESS,
            alone::MODEL_KURTOSIS,
            alone::MODEL_Z_1,
            alone::MODEL_H_1,
            alone::AVERAGED_1,
            alone::N,
        ],
        domain: MODEL_DOMAIN,
        source: ACERBI,
        notes: "as cvar_95",
        read: Read::Sample(|of| of.expected_shortfall(0.01, of.terms().convention().tail_model)),
    },
    Metric {
        name: "historical_var_95",
        title: "Historical value at risk, 95 %",
        formula: "quantile(r, 0.05)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile"],
        steps: &[
            alone::EVER_RANK_5,
            alone::EVER_BELOW_5,
            alone::EVER_ABOVE_5,
            alone::AT_OR_BELOW_5,
            alone::N,
        ],
        domain: "at least 1 return",
        source: JORION,
        notes: "numpy, pandas and R interpolate linearly: see `quantile`",
        read: Read::Sample(|of| of.value_at_risk(0.05, TailModel::Historical)),
    },
    Metric {
        name: "historical_cvar_95",
        title: "Historical expected shortfall, 95 %",
        formula: "mean(r where r <= quantile(r, 0.05))",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile", "shortfall"],
        steps: &[
            step("historical_var_95"),
            alone::EVER_RANK_5,
            alone::EVER_AVERAGED_5,
            alone::N,
        ],
        domain: "at least 1 return",
        source: ACERBI,
        notes: "which returns are averaged differs: see `shortfall`",
        read: Read::Sample(|of| of.expected_shortfall(0.05, TailModel::Historical)),
    },
    Metric {
        name: "gaussian_var_95",
        title: "Gaussian value at risk, 95 %",
        formula: "mean(r) + z sd(r), z = -1.645",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments", "tail_ddof"],
        steps: &[alone::MEAN, alone::TAIL_DEVIATION, alone::Z_5],
        domain: "at least 2 returns, and more than tail_ddof",
        source: JORION,
        notes: "PerformanceAnalytics divides the variance by n, quantstats by n - 1: see `tail_ddof`",
        read: Read::Sample(|of| of.value_at_risk(0.05, TailModel::Gaussian)),
    },
    Metric {
        name: "gaussian_cvar_95",
        title: "Gaussian expected shortfall, 95 %",
        formula: "mean(r) - sd(r) density(z) / 0.05, z = -1.645",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments", "tail_ddof"],
        steps: &[
            alone::MEAN,
            alone::TAIL_DEVIATION,
            alone::Z_5,
            step("gaussian_var_95"),
        ],
        domain: "at least 2 returns, and more than tail_ddof",
        source: JORION,
        notes: "as gaussian_var_95",
        read: Read::Sample(|of| of.expected_shortfall(0.05, TailModel::Gaussian)),
    },
    Metric {
        name: "cornish_fisher_var_95",
        title: "Cornish-Fisher value at risk, 95 %",
        formula: "mean(r) + h sd(r), h = z + (z^2 - 1) S/6 + (z^3 - 3z) K/24 - (2z^3 - 5z) S^2/36",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments 1 to 4", "tail_ddof", "cornish_fisher"],
        steps: &[
            alone::MEAN,
            alone::TAIL_DEVIATION,
            alone::SKEWNESS,
            alone::KURTOSIS,
            alone::Z_5,
            alone::H_5,
        ],
        domain: "at least 2 returns that are not all the same; a monotone expansion unless unchecked",
        source: FAVRE,
        notes: "also modified value at risk; PerformanceAnalytics does not check the expansion: see `cornish_fisher`",
        read: Read::Sample(|of| of.value_at_risk(0.05, TailModel::CornishFisher)),
    },
    Metric {
        name: "cornish_fisher_cvar_95",
        title: "Cornish-Fisher expected shortfall, 95 %",
        formula: "mean(r) - sd(r) density(h) (1 + h^3 S/6 + (h^6 - 9h^4 + 9h^2 + 3) S^2/72 + (h^4 - 2h^2 - 1) K/24) / 0.05",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments 1 to 4", "tail_ddof", "cornish_fisher"],
        steps: &[
            alone::MEAN,
            alone::TAIL_DEVIATION,
            alone::SKEWNESS,
            alone::KURTOSIS,
            alone::Z_5,
            alone::H_5,
            step("cornish_fisher_var_95"),
        ],
        domain: "as cornish_fisher_var_95; never better than it",
        source: BOUDT,
        notes: "also modified expected shortfall",
        read: Read::Sample(|of| of.expected_shortfall(0.05, TailModel::CornishFisher)),
    },
    Metric {
        name: "pareto_var_99",
        title: "Pareto value at risk, 99 %",
        formula: "-(u + beta / xi ((0.01 n / k)^-xi - 1)), fitted to the worst tenth of r",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns"],
        steps: &[
            alone::N,
            alone::PARETO_THRESHOLD,
            alone::PARETO_COUNT,
            alone::PARETO_SHAPE,
            alone::PARETO_SCALE,
        ],
        domain: "at least 100 returns; a worst tenth that differs",
        source: MCNEIL,
        notes: "peaks over threshold by probability-weighted moments; empyrical fits by maximum likelihood",
        read: Read::Sample(|of| of.pareto_tail(PARETO_SHARE)?.value_at_risk(0.01)),
    },
    Metric {
        name: "pareto_cvar_99",
        title: "Pareto expected shortfall, 99 %",
        formula: "-(VaR + beta - xi u) / (1 - xi), fitted to the worst tenth of r",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns"],
        steps: &[
            step("pareto_var_99"),
            alone::PARETO_THRESHOLD,
            alone::PARETO_COUNT,
            alone::PARETO_SHAPE,
            alone::PARETO_SCALE,
        ],
        domain: "as pareto_var_99; a shape below 1",
        source: MCNEIL,
        notes: "as pareto_var_99",
        read: Read::Sample(|of| of.pareto_tail(PARETO_SHARE)?.expected_shortfall(0.01)),
    },
    Metric {
        name: "tail_ratio",
        title: "Tail ratio",
        formula: "|quantile(r, 0.95)| / |quantile(r, 0.05)|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile"],
        steps: &[alone::Q_95, alone::Q_5],
        domain: "at least 1 return; a lower quantile that is not zero",
        source: "empyrical, tail_ratio",
        notes: "",
        read: Read::Sample(tail_ratio),
    },
    Metric {
        name: "common_sense_ratio",
        title: "Common sense ratio",
        formula: "profit_factor tail_ratio",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile"],
        steps: &[step("profit_factor"), step("tail_ratio")],
        domain: "where both are",
        source: "pyfolio, common_sense_ratio",
        notes: "",
        read: Read::Sample(|of| finite(profit_factor(of)? * tail_ratio(of)?)),
    },
    Metric {
        name: "rachev_ratio",
        title: "Rachev ratio",
        formula: "mean of the best twentieth of r / |mean of the worst twentieth|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile", "shortfall"],
        steps: &[
            alone::MEAN_OF_BEST,
            step("historical_cvar_95"),
            alone::EVER_AVERAGED_5,
        ],
        domain: "at least 1 return; a mean loss in the worst twentieth",
        source: "Biglova, Ortobelli, Rachev and Stoyanov, Different Approaches to Risk Estimation in Portfolio Theory, Journal of Portfolio Management 31(1), 2004",
        notes: "of returns above zero, not above a risk-free return",
        read: Read::Sample(rachev_ratio),
    },
    Metric {
        name: "skewness",
        title: "Skewness",
        formula: "m3 / m2^1.5, times sqrt(n (n - 1)) / (n - 2) if corrected",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments 1 to 3", "shape"],
        steps: &[alone::N, alone::M2, alone::M3, alone::SKEWNESS],
        domain: "at least 3 returns (2 for the moment estimator) that are not all the same",
        source: JOANES,
        notes: "corrected in pandas, quantstats, ffn; the moment estimator in PerformanceAnalytics and scipy: see `shape`",
        read: Read::Sample(|of| {
            let shape = of.terms().convention().shape;
            of.require(if shape == Shape::Corrected { 3 } else { 2 })?;
            of.spread(0)?;
            of.moments().skewness(shape)
        }),
    },
    Metric {
        name: "kurtosis",
        title: "Excess kurtosis",
        formula: "g2 = m4 / m2^2 - 3, or ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3)) if corrected",
        unit: Unit::Ratio,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["moments 1 to 4", "shape"],
        steps: &[alone::N, alone::M2, alone::M4, alone::KURTOSIS],
        domain: "at least 4 returns (2 for the moment estimator) that are not all the same",
        source: JOANES,
        notes: "0 for a normal distribution; corrected in pandas, quantstats, ffn, the moment estimator in PerformanceAnalytics and scipy: see `shape`",
        read: Read::Sample(|of| {
            let shape = of.terms().convention().shape;
            of.require(if shape == Shape::Corrected { 4 } else { 2 })?;
            of.spread(0)?;
            of.moments().kurtosis(shape)
        }),
    },
    Metric {
        name: "jarque_bera",
        title: "Jarque-Bera statistic",
        formula: "n / 6 (g1^2 + g2^2 / 4)",
        unit: Unit::Ratio,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["moments 1 to 4"],
        steps: &[alone::N, alone::SKEWNESS, alone::KURTOSIS],
        domain: "at least 2 returns that are not all the same",
        source: JARQUE,
        notes: "with the moment estimators",
        read: Read::Sample(jarque_bera),
    },
    Metric {
        name: "jarque_bera_p",
        title: "Jarque-Bera p-value",
        formula: "exp(-jarque_bera / 2)",
        unit: Unit::Fraction,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["moments 1 to 4"],
        steps: &[step("jarque_bera"), alone::SKEWNESS, alone::KURTOSIS],
        domain: "as jarque_bera",
        source: JARQUE,
        notes: "of the chi-square distribution that the statistic tends to, slowly: too small a p-value below some 2,000 returns",
        read: Read::Sample(|of| Ok(crate::distribution::chi_square_2_beyond(jarque_bera(of)?))),
    },
];

fn tail_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    let (high, low) = (of.quantile(0.95)?, of.quantile(0.05)?);
    if low == 0.0 {
        return Err(Undefined::NoLoss);
    }
    finite(high.abs() / low.abs())
}

fn rachev_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    let loss = of.expected_shortfall(0.05, TailModel::Historical)?;
    if loss >= 0.0 {
        return Err(Undefined::NoLoss);
    }
    finite(of.expected_gain(0.05)? / -loss)
}

fn jarque_bera(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(2)?;
    of.spread(0)?;
    let skewness = of.moments().skewness(Shape::Moment)?;
    let kurtosis = of.moments().kurtosis(Shape::Moment)?;
    finite(n / 6.0 * (skewness * skewness + kurtosis * kurtosis / 4.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Convention, PeriodsPerYear, Terms};

    #[test]
    fn too_few_returns_come_before_flat_ones() {
        let few = |need, have| Err(Undefined::TooFew { need, have });
        for (shape, name, rows, expected) in [
            (Shape::Corrected, "skewness", &[0.5; 2][..], few(3, 2)),
            (
                Shape::Corrected,
                "skewness",
                &[0.5; 3],
                Err(Undefined::ZeroVariance),
            ),
            (Shape::Corrected, "kurtosis", &[0.5; 3], few(4, 3)),
            (
                Shape::Corrected,
                "kurtosis",
                &[0.5; 4],
                Err(Undefined::ZeroVariance),
            ),
            (Shape::Corrected, "skewness", &[-0.5, 0.0, 0.5], Ok(0.0)),
            // g2 is -2, so that G2 is (5 (-2) + 6) 3 / 2.
            (
                Shape::Corrected,
                "kurtosis",
                &[-0.5, 0.5, -0.5, 0.5],
                Ok(-6.0),
            ),
            (Shape::Moment, "skewness", &[0.5; 1], few(2, 1)),
            (Shape::Moment, "skewness", &[0.5, -0.5], Ok(0.0)),
            (Shape::Moment, "kurtosis", &[0.5, -0.5], Ok(-2.0)),
            (Shape::Moment, "jarque_bera", &[0.5, -0.5], Ok(1.0 / 3.0)),
        ] {
            let convention = Convention {
                shape,
                ..Convention::empyrical()
            };
            let terms = Terms::new(&convention, PeriodsPerYear::new(1.0).unwrap());
            let found = Sample::new(rows, &terms, None).value(Metric::named(name).unwrap());
            assert_eq!(found, expected, "{name} of {rows:?}, {shape:?}");
        }
    }

    #[test]
    fn tails_without_a_loss_have_no_ratio() {
        let convention = Convention::empyrical();
        let terms = Terms::new(&convention, PeriodsPerYear::new(1.0).unwrap());
        let value = |rows: &[f64], name: &str| {
            Sample::new(rows, &terms, None).value(Metric::named(name).unwrap())
        };
        assert_eq!(value(&[0.0; 9], "tail_ratio"), Err(Undefined::NoLoss));
        assert_eq!(value(&[0.5, 0.25], "rachev_ratio"), Err(Undefined::NoLoss));
        assert_eq!(value(&[0.0, 0.5], "rachev_ratio"), Err(Undefined::NoLoss));
        assert_eq!(value(&[0.5, -0.25], "rachev_ratio"), Ok(2.0));
        assert_eq!(
            value(&[0.5, 0.25], "conditional_sharpe"),
            Err(Undefined::NoLoss)
        );
    }
}
