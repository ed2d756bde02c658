//! The drawdown family. Depths are negative fractions; an index that averages depths is positive.
//!
//! `D[j]` are the depths of the spells of the drawdown table, `d[t]` the depth after each observation.

use super::{
    Better, Kind, Metric, Read, Unit,
    steps::{alone, metric as step},
};
use crate::{
    DrawdownSpell, Sample, Undefined,
    convention::UlcerOver,
    ratios,
    sum::{sum, sum_of},
    tail::weighted_shortfall,
    undefined::finite,
};

const BACON: &str =
    "Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. 2008, ch. 4";
const SOUND: &str = "at least 1 return; none below -100 %";
const FELL: &str = "as max_drawdown; the value fell at least once";
const FELL_AND_GREW: &str = "where cagr is; the value fell at least once";

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "average_drawdown",
        title: "Average drawdown",
        formula: "mean(D)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["drawdown table", "returns"],
        steps: &[alone::SPELLS, alone::DEPTHS, step("max_drawdown")],
        domain: FELL,
        source: BACON,
        notes: "an ongoing spell counts with its depth so far; positive in PerformanceAnalytics",
        read: Read::Sample(|of| average(of, |spell| spell.depth)),
    },
    Metric {
        name: "average_drawdown_length",
        title: "Average drawdown length",
        formula: "mean(periods from peak to recovery)",
        unit: Unit::Periods,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["drawdown table", "returns"],
        steps: &[alone::SPELLS, alone::LENGTHS, step("longest_drawdown")],
        domain: FELL,
        source: BACON,
        notes: "an ongoing spell counts up to the last row; ffn counts calendar days",
        read: Read::Sample(|of| average(of, |spell| spell.periods(of.rows().len()) as f64)),
    },
    Metric {
        name: "average_recovery",
        title: "Average recovery",
        formula: "mean(periods from trough to recovery), over spells that recovered",
        unit: Unit::Periods,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["drawdown table", "returns"],
        steps: &[alone::RECOVERED, alone::RECOVERIES],
        domain: "as max_drawdown; at least one spell recovered",
        source: BACON,
        notes: "",
        read: Read::Sample(average_recovery),
    },
    Metric {
        name: "longest_drawdown",
        title: "Longest drawdown",
        formula: "max(periods from peak to recovery); 0 if the value never fell",
        unit: Unit::Periods,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["drawdown table"],
        steps: &[alone::LONGEST_FROM, alone::LONGEST_TROUGH, alone::SPELLS],
        domain: SOUND,
        source: BACON,
        notes: "an ongoing spell counts up to the last row",
        read: Read::Sample(longest_drawdown),
    },
    Metric {
        name: "time_under_water",
        title: "Time under water",
        formula: "count(d < 0) / n",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["drawdown table", "returns"],
        steps: &[alone::UNDER_WATER, alone::N],
        domain: SOUND,
        source: BACON,
        notes: "",
        read: Read::Sample(|of| Ok(of.under_water()? as f64 / of.require(1)?)),
    },
    Metric {
        name: "drawdown_count",
        title: "Number of drawdowns",
        formula: "count(D)",
        unit: Unit::Ratio,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["drawdown table", "returns"],
        steps: &[
            step("max_drawdown"),
            alone::PEAK,
            alone::TROUGH,
            alone::RECOVERED,
        ],
        domain: SOUND,
        source: BACON,
        notes: "",
        read: Read::Sample(|of| Ok(of.drawdowns()?.len() as f64)),
    },
    Metric {
        name: "current_drawdown",
        title: "Current drawdown",
        formula: "d[n]; 0 at a peak",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["depths", "returns"],
        steps: &[alone::LAST_PEAK, alone::ONGOING_DEPTH],
        domain: SOUND,
        source: BACON,
        notes: "",
        read: Read::Sample(current_drawdown),
    },
    Metric {
        name: "ulcer_index",
        title: "Ulcer index",
        formula: "sqrt(sum(d^2) / n)",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["depths", "returns", "ulcer"],
        steps: &[alone::DEPTH_SQUARES_ALL, alone::ULCER_POINTS],
        domain: SOUND,
        source: "Martin and McCann, The Investor's Guide to Fidelity Funds, 1989",
        notes: "a fraction, where Martin and ffn write per cents; quantstats divides by n - 1, ffn by n + 1: see `ulcer`",
        read: Read::Sample(ulcer_index),
    },
    Metric {
        name: "pain_index",
        title: "Pain index",
        formula: "sum(|d|) / n",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["depths", "returns"],
        steps: &[alone::DEPTHS_ALL, alone::N],
        domain: SOUND,
        source: "Becker, The Zephyr Pain Index, 2006; Bacon 2008, ch. 4",
        notes: "",
        read: Read::Sample(pain_index),
    },
    Metric {
        name: "martin_ratio",
        title: "Martin ratio",
        formula: "(cagr - risk_free) / ulcer_index",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "growth",
            "depths",
            "returns",
            "risk_free",
            "years",
            "min_days",
            "ulcer",
        ],
        steps: &[
            alone::GROWTH,
            alone::YEARS,
            step("cagr"),
            alone::RISK_FREE_YEAR,
            step("ulcer_index"),
        ],
        domain: FELL_AND_GREW,
        source: "Martin and McCann, The Investor's Guide to Fidelity Funds, 1989",
        notes: "also ulcer performance index; quantstats divides the total return, which grows with the length of the series",
        read: Read::Sample(|of| growth_over(of, ulcer_index(of)?)),
    },
    Metric {
        name: "pain_ratio",
        title: "Pain ratio",
        formula: "(cagr - risk_free) / pain_index",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "growth",
            "depths",
            "returns",
            "risk_free",
            "years",
            "min_days",
        ],
        steps: &[
            alone::GROWTH,
            alone::YEARS,
            step("cagr"),
            alone::RISK_FREE_YEAR,
            step("pain_index"),
        ],
        domain: FELL_AND_GREW,
        source: "Becker, The Zephyr Pain Index, 2006; Bacon 2008, ch. 4",
        notes: "",
        read: Read::Sample(|of| growth_over(of, pain_index(of)?)),
    },
    Metric {
        name: "sterling_ratio",
        title: "Sterling ratio",
        formula: "cagr / (|max_drawdown| + sterling_excess)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "growth",
            "drawdown",
            "returns",
            "years",
            "min_days",
            "sterling_excess",
        ],
        steps: &[
            alone::GROWTH,
            alone::YEARS,
            step("cagr"),
            step("max_drawdown"),
            alone::PEAK,
            alone::TROUGH,
            alone::STERLING_EXCESS,
        ],
        domain: "where cagr is; a denominator above zero",
        source: "Kestner, Getting a Handle on True Performance, Futures 25(1), 1996",
        notes: "Kestner averages the worst drawdowns of three years; PerformanceAnalytics takes the deepest, as here",
        read: Read::Sample(sterling_ratio),
    },
    Metric {
        name: "burke_ratio",
        title: "Burke ratio",
        formula: "(cagr - risk_free) / sqrt(sum(D^2))",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "growth",
            "drawdown table",
            "returns",
            "risk_free",
            "years",
            "min_days",
        ],
        steps: &[
            alone::GROWTH,
            alone::YEARS,
            step("cagr"),
            alone::RISK_FREE_YEAR,
            alone::SPELLS,
            alone::DEPTH_SQUARES,
        ],
        domain: FELL_AND_GREW,
        source: "Burke, A Sharper Sharpe Ratio, Futures 23(3), 1994",
        notes: "PerformanceAnalytics sums over runs of losing periods instead of drawdowns from a peak",
        read: Read::Sample(|of| {
            let squares = squares_of_depths(of)?;
            growth_over(of, sum(&squares).sqrt())
        }),
    },
    Metric {
        name: "recovery_factor",
        title: "Recovery factor",
        formula: "total_return / |max_drawdown|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["growth", "drawdown", "returns"],
        steps: &[
            step("total_return"),
            step("max_drawdown"),
            alone::PEAK,
            alone::TROUGH,
        ],
        domain: "where total_return is; the value fell at least once",
        source: PARDO,
        notes: "quantstats adds the returns up instead of compounding them, and drops the sign",
        read: Read::Sample(recovery_factor),
    },
    Metric {
        name: "cdar_95",
        title: "Conditional drawdown at risk, 95 %",
        formula: "mean of the worst n/20 of d, the last of them by the weight that is left",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["depths", "returns"],
        steps: &[alone::N, alone::WORST_TWENTIETH, step("max_drawdown")],
        domain: SOUND,
        source: "Chekhlov, Uryasev and Zabarankin, Drawdown Measure in Portfolio Optimization, International Journal of Theoretical and Applied Finance 8(1), 2005",
        notes: "over the depth after every observation, as in the paper; PerformanceAnalytics' CDD is over the depths of the spells",
        read: Read::Sample(cdar_95),
    },
    Metric {
        name: "drawdown_deviation",
        title: "Drawdown deviation",
        formula: "sqrt(sum(D^2) / n)",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["drawdown table", "returns"],
        steps: &[alone::SPELLS, alone::DEPTH_SQUARES, alone::N],
        domain: SOUND,
        source: BACON,
        notes: "the spells' squares over the number of observations",
        read: Read::Sample(|of| {
            let squares = squares_of_depths(of)?;
            Ok((sum(&squares) / of.require(1)?).sqrt())
        }),
    },
    Metric {
        name: "serenity",
        title: "Serenity ratio",
        formula: "(cagr - risk_free) / (ulcer_index |cdar_95| / volatility)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &[
            "growth",
            "depths",
            "moments",
            "returns",
            "ddof",
            "risk_free",
            "years",
            "min_days",
            "ulcer",
        ],
        steps: &[
            alone::GROWTH,
            alone::YEARS,
            step("cagr"),
            alone::RISK_FREE_YEAR,
            step("ulcer_index"),
            step("cdar_95"),
            step("volatility"),
        ],
        domain: "where cagr is; at least 2 returns that are not all the same; the value fell at least once",
        source: "KeyQuant, Introducing the Serenity Ratio, 2015",
        notes: "quantstats adds the returns up, takes a Gaussian shortfall of the drawdowns and a deviation per period",
        read: Read::Sample(serenity),
    },
];

const PARDO: &str =
    "Pardo, The Evaluation and Optimization of Trading Strategies, 2nd ed. 2008, ch. 12";

fn squares_of_depths(of: &Sample<'_>) -> Result<Vec<f64>, Undefined> {
    let spells = of.drawdowns()?.iter();
    Ok(spells.map(|spell| spell.depth * spell.depth).collect())
}

/// The mean of something over the spells.
fn average(of: &Sample<'_>, what: impl Fn(&DrawdownSpell) -> f64) -> Result<f64, Undefined> {
    let values: Vec<f64> = of.drawdowns()?.iter().map(what).collect();
    match values.len() {
        0 => Err(Undefined::NoDrawdown),
        count => Ok(sum(&values) / count as f64),
    }
}

fn average_recovery(of: &Sample<'_>) -> Result<f64, Undefined> {
    let recovered = of
        .drawdowns()?
        .iter()
        .filter_map(DrawdownSpell::recovery_periods);
    let periods: Vec<f64> = recovered.map(|periods| periods as f64).collect();
    match periods.len() {
        0 => Err(Undefined::NoDrawdown),
        count => Ok(sum(&periods) / count as f64),
    }
}

fn longest_drawdown(of: &Sample<'_>) -> Result<f64, Undefined> {
    let rows = of.rows().len();
    let longest = of
        .drawdowns()?
        .iter()
        .map(|spell| spell.periods(rows))
        .max();
    Ok(longest.unwrap_or(0) as f64)
}

fn current_drawdown(of: &Sample<'_>) -> Result<f64, Undefined> {
    Ok(of.depths()?.last().copied().unwrap_or(0.0))
}

fn ulcer_index(of: &Sample<'_>) -> Result<f64, Undefined> {
    let squares = sum_of(of.depths()?, |depth| depth * depth);
    let n = of.require(1)?;
    let points = match of.terms().convention().ulcer {
        UlcerOver::Observations => n,
        UlcerOver::LessOne => of.require(2)? - 1.0,
        UlcerOver::WithStart => n + 1.0,
    };
    Ok((squares / points).sqrt())
}

fn pain_index(of: &Sample<'_>) -> Result<f64, Undefined> {
    Ok(sum_of(of.depths()?, f64::abs) / of.require(1)?)
}

/// The yearly growth above the risk-free return over a measure of drawdowns.
fn growth_over(of: &Sample<'_>, risk: f64) -> Result<f64, Undefined> {
    let convention = of.terms().convention();
    let excess =
        ratios::cagr(&of.reading())? - convention.risk_free.per_year(of.terms().per_year());
    if risk > 0.0 {
        finite(excess / risk)
    } else if of.stretch().drawdown.max_drawdown()? == 0.0 {
        Err(Undefined::NoDrawdown)
    } else {
        // The falls are there, but their squares are too small for a double.
        Err(Undefined::OutOfRange)
    }
}

fn sterling_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    let depth = of.terms().convention().sterling_excess - ratios::max_drawdown(&of.reading())?;
    let growth = ratios::cagr(&of.reading())?;
    if depth == 0.0 {
        return Err(Undefined::NoDrawdown);
    }
    finite(growth / depth)
}

fn recovery_factor(of: &Sample<'_>) -> Result<f64, Undefined> {
    let gained = ratios::total_return(&of.reading())?;
    match ratios::max_drawdown(&of.reading())? {
        0.0 => Err(Undefined::NoDrawdown),
        depth => finite(gained / -depth),
    }
}

fn cdar_95(of: &Sample<'_>) -> Result<f64, Undefined> {
    let mut depths = of.depths()?.to_vec();
    // The worst twentieth and one more, in order; the others' order does not matter.
    let worst = (depths.len() / 20 + 1).min(depths.len() - 1);
    let (tail, ..) = depths.select_nth_unstable_by(worst, f64::total_cmp);
    tail.sort_unstable_by(f64::total_cmp);
    Ok(weighted_shortfall(&depths, 0.05))
}

fn serenity(of: &Sample<'_>) -> Result<f64, Undefined> {
    let spread = of.spread(of.terms().convention().ddof)? * of.terms().per_year().sqrt();
    growth_over(of, ulcer_index(of)? * (-cdar_95(of)? / spread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Convention, PeriodsPerYear, Terms};

    fn value(returns: &[f64], convention: &Convention, name: &str) -> Result<f64, Undefined> {
        let terms = Terms::new(convention, PeriodsPerYear::new(1.0).unwrap());
        Sample::new(returns, &terms, None).value(Metric::named(name).unwrap())
    }

    /// Values 0.5, 1, 2, 1.5, 1, 2, 1: spells of -1/2 (recovered), -1/2 (recovered), -1/2 (ongoing).
    const RETURNS: [f64; 8] = [-0.5, 1.0, 1.0, -0.25, f64::NAN, -1.0 / 3.0, 1.0, -0.5];

    #[test]
    fn the_family_by_hand() {
        let plain = Convention::empyrical();
        for (name, expected) in [
            ("average_drawdown", -0.5),
            ("average_drawdown_length", (2.0 + 4.0 + 1.0) / 3.0),
            ("average_recovery", 1.0),
            ("longest_drawdown", 4.0),
            ("time_under_water", 4.0 / 7.0),
            ("drawdown_count", 3.0),
            ("current_drawdown", -0.5),
            ("ulcer_index", (0.8125_f64 / 7.0).sqrt()),
            ("pain_index", 1.75 / 7.0),
            ("cdar_95", -0.5),
            ("drawdown_deviation", (0.75_f64 / 7.0).sqrt()),
            ("recovery_factor", 0.0),
            ("burke_ratio", 0.0),
            ("sterling_ratio", 0.0),
        ] {
            let found = value(&RETURNS, &plain, name).unwrap();
            assert!(
                (found - expected).abs() < 1e-15,
                "{name}: {found} is not {expected}"
            );
        }
    }

    #[test]
    fn a_rising_series_has_depth_zero_and_no_ratios() {
        let plain = Convention::empyrical();
        for (name, expected) in [
            ("ulcer_index", Ok(0.0)),
            ("pain_index", Ok(0.0)),
            ("cdar_95", Ok(0.0)),
            ("longest_drawdown", Ok(0.0)),
            ("drawdown_deviation", Ok(0.0)),
            ("average_drawdown", Err(Undefined::NoDrawdown)),
            ("martin_ratio", Err(Undefined::NoDrawdown)),
            ("pain_ratio", Err(Undefined::NoDrawdown)),
            ("burke_ratio", Err(Undefined::NoDrawdown)),
            ("recovery_factor", Err(Undefined::NoDrawdown)),
            ("serenity", Err(Undefined::NoDrawdown)),
        ] {
            assert_eq!(value(&[0.5, 0.25], &plain, name), expected, "{name}");
        }
        let allowance = value(&[0.5, 0.5], &plain, "sterling_ratio").unwrap();
        assert!((allowance - 5.0).abs() < 1e-14);
    }

    #[test]
    fn the_points_of_an_ulcer_index() {
        let mut convention = Convention::empyrical();
        for (ulcer, points) in [
            (UlcerOver::Observations, 2.0),
            (UlcerOver::LessOne, 1.0),
            (UlcerOver::WithStart, 3.0),
        ] {
            convention.ulcer = ulcer;
            let found = value(&[-0.5, 1.0], &convention, "ulcer_index").unwrap();
            assert_eq!(found, (0.25_f64 / points).sqrt(), "{ulcer:?}");
        }
    }
}
