//! Growth and risk: means, deviations, partial moments, steadiness.

use super::{
    Better, Kind, Metric, Read, Unit,
    steps::{alone, metric as step},
};
use crate::{
    Moments, Sample, Undefined,
    convention::DownsideOver,
    sum::{sum, sum_of},
    summary::Reading,
    undefined::finite,
};

const BACON: &str =
    "Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. 2008";

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "arithmetic_mean",
        title: "Arithmetic mean return",
        formula: "sum(r) / n",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["moments"],
        steps: &[alone::SUM, alone::N],
        domain: "at least 1 return",
        source: BACON,
        notes: "",
        read: Read::Fold(arithmetic_mean),
    },
    Metric {
        name: "geometric_mean",
        title: "Geometric mean return",
        formula: "product(1 + r)^(1 / n) - 1",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["growth", "returns"],
        steps: &[alone::GROWTH, alone::N],
        domain: "at least 1 return; none below -100 %",
        source: BACON,
        notes: "",
        read: Read::Fold(geometric_mean),
    },
    Metric {
        name: "annual_return",
        title: "Annual arithmetic return",
        formula: "sum(r) / n N",
        unit: Unit::FractionPerYear,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["moments"],
        steps: &[alone::MEAN, alone::SUM, alone::N],
        domain: "at least 1 return",
        source: BACON,
        notes: "empyrical calls its compound growth rate annual return: see cagr",
        read: Read::Fold(annual_return),
    },
    Metric {
        name: "median",
        title: "Median return",
        formula: "quantile(r, 1/2)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile"],
        steps: &[
            alone::MEDIAN_RANK,
            alone::MEDIAN_BELOW,
            alone::MEDIAN_ABOVE,
            alone::N,
        ],
        domain: "at least 1 return",
        source: "order statistics",
        notes: "",
        read: Read::Sample(|of| of.quantile(0.5)),
    },
    Metric {
        name: "mean_absolute_deviation",
        title: "Mean absolute deviation",
        formula: "sum(|r - mean(r)|) / n",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[alone::MEAN, alone::ABSOLUTE, alone::N],
        domain: "at least 1 return",
        source: "Konno and Yamazaki, Mean-Absolute Deviation Portfolio Optimization Model, Management Science 37(5), 1991",
        notes: "about the mean; some engines take the median",
        read: Read::Sample(mean_absolute_deviation),
    },
    Metric {
        name: "semi_deviation",
        title: "Semi-deviation",
        formula: "sqrt(sum(min(r - mean(r), 0)^2) / n)",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[
            alone::MEAN,
            alone::BELOW_MEAN,
            alone::SQUARES_BELOW_MEAN,
            alone::N,
        ],
        domain: "at least 1 return",
        source: "Markowitz, Portfolio Selection, 1959, ch. 9",
        notes: "per period; skfolio divides by n - 1",
        read: Read::Sample(semi_deviation),
    },
    Metric {
        name: "gain_deviation",
        title: "Gain deviation",
        formula: "sd(r where r > 0)",
        unit: Unit::Fraction,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["every return", "ddof"],
        steps: &[alone::WINS, step("average_win")],
        domain: "more than ddof returns above zero, and 1",
        source: BACON,
        notes: "per period, about the mean of the gains",
        read: Read::Sample(|of| deviation_where(of, |r| r > 0.0)),
    },
    Metric {
        name: "loss_deviation",
        title: "Loss deviation",
        formula: "sd(r where r < 0)",
        unit: Unit::Fraction,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["every return", "ddof"],
        steps: &[alone::LOSSES, step("average_loss")],
        domain: "more than ddof returns below zero, and 1",
        source: BACON,
        notes: "per period, about the mean of the losses: it tells nothing of their size, and is no downside deviation",
        read: Read::Sample(|of| deviation_where(of, |r| r < 0.0)),
    },
    Metric {
        name: "gini_mean_difference",
        title: "Gini mean difference",
        formula: "mean(|r[i] - r[j]|) over all pairs i != j",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["sorted returns"],
        steps: &[
            alone::N,
            alone::PAIRS_OF_RETURNS,
            alone::LEAST,
            alone::GREATEST,
        ],
        domain: "at least 2 returns",
        source: "Yitzhaki, Stochastic Dominance, Mean Variance, and Gini's Mean Difference, American Economic Review 72(1), 1982",
        notes: "per period",
        read: Read::Sample(gini_mean_difference),
    },
    Metric {
        name: "upside_deviation",
        title: "Upside deviation",
        formula: "sqrt(sum(max(r - target, 0)^2) / n) sqrt(N)",
        unit: Unit::FractionPerYear,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable", "downside"],
        steps: &[
            alone::TARGET,
            alone::ABOVE,
            alone::OVER_SQUARES,
            alone::ROOT,
        ],
        domain: "at least 1 return; one above the target where the divisor is of those alone",
        source: "Sortino, van der Meer and Plantinga, The Dutch Triangle, Journal of Portfolio Management 26(1), 1999",
        notes: "PerformanceAnalytics' UpsideRisk is per period",
        read: Read::Sample(upside_deviation),
    },
    Metric {
        name: "downside_potential",
        title: "Downside potential",
        formula: "sum(max(target - r, 0)) / n",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[alone::TARGET, alone::BELOW, alone::SHORT, alone::N],
        domain: "at least 1 return",
        source: "Fishburn, Mean-Risk Analysis with Risk Associated with Below-Target Returns, American Economic Review 67(2), 1977",
        notes: "the first lower partial moment; Sample::lower_partial_moment gives those of any order",
        read: Read::Sample(|of| of.lower_partial_moment(of.target()?, 1.0)),
    },
    Metric {
        name: "upside_potential",
        title: "Upside potential",
        formula: "sum(max(r - target, 0)) / n",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[alone::TARGET, alone::ABOVE, alone::OVER, alone::N],
        domain: "at least 1 return",
        source: "Sortino, van der Meer and Plantinga, The Dutch Triangle, Journal of Portfolio Management 26(1), 1999",
        notes: "the first upper partial moment; Sample::upper_partial_moment gives those of any order",
        read: Read::Sample(|of| of.upper_partial_moment(of.target()?, 1.0)),
    },
    Metric {
        name: "downside_frequency",
        title: "Downside frequency",
        formula: "count(r < target) / n",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[alone::TARGET, alone::BELOW, alone::N],
        domain: "at least 1 return",
        source: BACON,
        notes: "",
        read: Read::Sample(|of| of.lower_partial_moment(of.target()?, 0.0)),
    },
    Metric {
        name: "upside_frequency",
        title: "Upside frequency",
        formula: "count(r > target) / n",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "minimum_acceptable"],
        steps: &[alone::TARGET, alone::ABOVE, alone::N],
        domain: "at least 1 return",
        source: BACON,
        notes: "",
        read: Read::Sample(|of| of.upper_partial_moment(of.target()?, 0.0)),
    },
    Metric {
        name: "stability",
        title: "Stability",
        formula: "R^2 of log V[t] on t, V[t] = product(1 + r[..=t])",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "returns"],
        steps: &[alone::LOG_GROWTH, alone::TREND, alone::N],
        domain: "at least 2 returns, all above -100 %; a value that changes",
        source: "empyrical, stability_of_timeseries",
        notes: "1 is a straight line up or down alike; the value before the first return is no point of it",
        read: Read::Sample(stability),
    },
    Metric {
        name: "autocorrelation_1",
        title: "Autocorrelation",
        formula: "sum((r[t] - m)(r[t-1] - m)) / sum((r[t] - m)^2), m = mean(r)",
        unit: Unit::Ratio,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[alone::MEAN, alone::SQUARES, alone::AUTOCOVARIANCE],
        domain: "at least 2 returns that are not all the same",
        source: "Box and Jenkins, Time Series Analysis, 1970, ch. 2",
        notes: "pandas and quantstats correlate the two overlapping pieces about their own means; Sample::autocorrelation gives every lag",
        read: Read::Sample(|of| of.autocorrelation(1)),
    },
    Metric {
        name: "exposure",
        title: "Exposure",
        formula: "count(r != 0) / n",
        unit: Unit::Fraction,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[alone::WINS, alone::LOSSES, alone::FLAT, alone::N],
        domain: "at least 1 return",
        source: "quantstats, exposure",
        notes: "the share of periods in which the value moved, a stand-in for time in the market; quantstats rounds up to whole per cents",
        read: Read::Sample(exposure),
    },
];

fn arithmetic_mean(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.moments.mean()
}

fn geometric_mean(of: &Reading<'_>) -> Result<f64, Undefined> {
    let growth = of.stretch.drawdown.growth();
    growth.survivor()?;
    growth.cagr(of.stretch.count().require(1)?)
}

fn annual_return(of: &Reading<'_>) -> Result<f64, Undefined> {
    finite(of.stretch.moments.mean()? * of.terms.per_year().get())
}

fn mean_absolute_deviation(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(1)?;
    let moments = &of.stretch().moments;
    finite(sum_of(of.returns(), |r| moments.deviation_of(r).abs()) / n)
}

fn semi_deviation(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(1)?;
    let moments = &of.stretch().moments;
    let squares = sum_of(of.returns(), |r| {
        let short = moments.deviation_of(r).min(0.0);
        short * short
    });
    finite((squares / n).sqrt())
}

/// The standard deviation of some of the returns.
fn deviation_where(of: &Sample<'_>, is_in: impl Fn(f64) -> bool) -> Result<f64, Undefined> {
    of.require(1)?;
    let mut moments = Moments::default();
    for &r in of.returns().iter().filter(|&&r| is_in(r)) {
        moments.push(r);
    }
    moments.deviation(of.terms().convention().ddof)
}

/// `sum((2 i - n - 1) x[i])` over the sorted returns, counted from 1, is the sum of all differences.
fn gini_mean_difference(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(2)?;
    let sorted = of.sorted();
    let half = n * (n - 1.0) / 2.0;
    // Pairs from both ends: each has the weight of its distance, and no sum of opposite signs is left to cancel.
    let pairs: Vec<f64> = sorted
        .iter()
        .zip(sorted.iter().rev())
        .take(sorted.len() / 2)
        .enumerate()
        .map(|(at, (low, high))| (high - low) * ((n - 1.0 - 2.0 * at as f64) / half))
        .collect();
    finite(sum(&pairs))
}

fn upside_deviation(of: &Sample<'_>) -> Result<f64, Undefined> {
    let target = of.target()?;
    let mut mean_square = of.upper_partial_moment(target, 2.0)?;
    if of.terms().convention().downside == DownsideOver::Losers {
        let share = of.upper_partial_moment(target, 0.0)?;
        if share == 0.0 {
            return Err(Undefined::NoGain);
        }
        mean_square /= share;
    }
    finite(mean_square.sqrt() * of.terms().per_year().sqrt())
}

fn stability(of: &Sample<'_>) -> Result<f64, Undefined> {
    trend(of).map(|(_, share)| share)
}

/// The slope of the line through the logarithm of the value over time, a period, and the squared correlation of the
/// two.
pub(super) fn trend(of: &Sample<'_>) -> Result<(f64, f64), Undefined> {
    let n = of.require(2)?;
    let growth = of.stretch().drawdown.growth();
    growth.survivor()?;
    let mut height = 0.0;
    let heights: Vec<f64> = of
        .logs()
        .iter()
        .map(|log| {
            height += log;
            height
        })
        .collect();
    let mean = finite(sum(&heights) / n)?;
    let middle = (n - 1.0) / 2.0;
    let across: Vec<f64> = heights
        .iter()
        .enumerate()
        .map(|(at, height)| (at as f64 - middle) * (height - mean))
        .collect();
    let squares = sum_of(&heights, |height| (height - mean) * (height - mean));
    if squares == 0.0 {
        return Err(Undefined::ZeroVariance);
    }
    // sum((t - middle)^2) for t = 0..n
    let time = n * (n * n - 1.0) / 12.0;
    let across = sum(&across);
    let share = finite((across / time) * (across / squares))?;
    Ok((across / time, share.min(1.0)))
}

fn exposure(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(1)?;
    let wins = of.stretch().wins;
    Ok((wins.wins + wins.losses) as f64 / n)
}
