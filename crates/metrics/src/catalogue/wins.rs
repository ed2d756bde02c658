//! Wins and losses: periods taken as trades. A period with a return of exactly zero is neither.

use super::{
    Better, Kind, Metric, Read, Unit,
    steps::{alone, metric as step},
};
use crate::{
    Sample, Undefined,
    convention::{Kelly, RuinModel},
    ratios,
    sum::{sum, sum_of},
    undefined::finite,
};

const THARP: &str = "Tharp, Trade Your Way to Financial Freedom, 2nd ed. 2006";
const PARDO: &str =
    "Pardo, The Evaluation and Optimization of Trading Strategies, 2nd ed. 2008, ch. 12";
const QUANTSTATS: &str = "quantstats";

pub(super) const METRICS: &[Metric] = &[
    Metric {
        name: "decided_win_rate",
        title: "Win rate of decided periods",
        formula: "count(r > 0) / count(r != 0)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["win counts"],
        steps: &[alone::WINS, alone::LOSSES, alone::FLAT],
        domain: "at least 1 return that is not zero",
        source: QUANTSTATS,
        notes: "the other divisor of win_rate, whatever the convention",
        read: Read::Fold(ratios::decided_win_rate),
    },
    Metric {
        name: "average_win",
        title: "Average win",
        formula: "mean(r where r > 0)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "win counts"],
        steps: &[alone::WINS, alone::GAINED],
        domain: "at least 1 return above zero",
        source: PARDO,
        notes: "",
        read: Read::Sample(average_win),
    },
    Metric {
        name: "average_loss",
        title: "Average loss",
        formula: "mean(r where r < 0)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "win counts"],
        steps: &[alone::LOSSES, alone::LOST],
        domain: "at least 1 return below zero; negative",
        source: PARDO,
        notes: "",
        read: Read::Sample(average_loss),
    },
    Metric {
        name: "payoff_ratio",
        title: "Payoff ratio",
        formula: "average_win / |average_loss|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "win counts"],
        steps: &[
            step("average_win"),
            step("average_loss"),
            alone::WINS,
            alone::LOSSES,
        ],
        domain: "a return above zero and one below",
        source: PARDO,
        notes: "",
        read: Read::Sample(payoff_ratio),
    },
    Metric {
        name: "profit_factor",
        title: "Profit factor",
        formula: "sum(r where r > 0) / |sum(r where r < 0)|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[alone::GAINED, alone::LOST],
        domain: "at least 1 return below zero",
        source: PARDO,
        notes: "engines that know trades sum their profits instead",
        read: Read::Sample(profit_factor),
    },
    Metric {
        name: "gain_to_pain",
        title: "Gain-to-pain ratio",
        formula: "sum(r) / |sum(r where r < 0)|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[alone::SUM, alone::LOST],
        domain: "at least 1 return below zero",
        source: "Schwager, Hedge Fund Market Wizards, 2012, appendix A",
        notes: "over the periods of the series; Schwager's is over months, so resample first to compare with his",
        read: Read::Sample(gain_to_pain),
    },
    Metric {
        name: "expectancy",
        title: "Expectancy",
        formula: "w average_win + (1 - w) average_loss, w = decided_win_rate",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "win counts"],
        steps: &[
            step("decided_win_rate"),
            step("average_win"),
            step("average_loss"),
        ],
        domain: "at least 1 return that is not zero",
        source: THARP,
        notes: "what a decided period brings on average, a fraction; Tharp also divides by the risk taken, which returns do not tell",
        read: Read::Sample(expectancy),
    },
    Metric {
        name: "sqn",
        title: "System quality number",
        formula: "sqrt(n) mean(r) / sd(r)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["moments", "ddof"],
        steps: &[alone::N, alone::MEAN, alone::DEVIATION],
        domain: "at least 2 returns that are not all the same",
        source: THARP,
        notes: "of periods, where engines that know trades take trades; n is not capped at 100",
        read: Read::Sample(sqn),
    },
    Metric {
        name: "kelly_fraction",
        title: "Kelly fraction",
        formula: "w - (1 - w) / payoff_ratio, w = decided_win_rate; or mean(r - risk_free) / var(r)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "win counts", "ddof", "risk_free", "kelly"],
        steps: &[
            alone::DECIDED_OF_ODDS,
            alone::PAYOFF_OF_ODDS,
            alone::EXCESS_OF_KELLY,
            alone::VARIANCE_OF_KELLY,
        ],
        domain: "a return above zero and one below; for the continuous forms 2 returns that are not all the same",
        source: "Kelly, A New Interpretation of Information Rate, Bell System Technical Journal 35(4), 1956; Thorp, The Kelly Criterion in Blackjack, Sports Betting and the Stock Market, 2006",
        notes: "PerformanceAnalytics takes half of the continuous form; see `kelly`",
        read: Read::Sample(kelly_fraction),
    },
    Metric {
        name: "risk_of_ruin",
        title: "Risk of ruin",
        formula: "(1 - loss)^(2 m / s^2) if m > 0, else 1; m, s^2 mean and variance of log(1 + r)",
        unit: Unit::Fraction,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return", "returns", "ddof", "wins", "ruin"],
        steps: &[
            alone::LOG_MEAN,
            alone::LOG_VARIANCE,
            alone::WIN_RATE_OF_RUIN,
            alone::N,
        ],
        domain: "at least 2 returns above -100 % that are not all the same",
        source: "Cox and Miller, The Theory of Stochastic Processes, 1965, ch. 5 (first passage with drift)",
        notes: "the chance ever to stand lower by the share `loss`; quantstats takes the win rate for an edge, ((1 - w) / (1 + w))^n: see `ruin`",
        read: Read::Sample(risk_of_ruin),
    },
    Metric {
        name: "longest_winning_run",
        title: "Longest winning run",
        formula: "max length of r > 0 in a row",
        unit: Unit::Periods,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[
            alone::WINNING_RUN_FROM,
            alone::WINNING_RUN_UNTIL,
            alone::WINS,
        ],
        domain: "at least 1 return",
        source: PARDO,
        notes: "a missing row does not end a run, a return of zero does",
        read: Read::Sample(|of| longest_run(of, |r| r > 0.0)),
    },
    Metric {
        name: "longest_losing_run",
        title: "Longest losing run",
        formula: "max length of r < 0 in a row",
        unit: Unit::Periods,
        better: Better::Lower,
        kind: Kind::Sample,
        inputs: &["every return"],
        steps: &[
            alone::LOSING_RUN_FROM,
            alone::LOSING_RUN_UNTIL,
            alone::LOSSES,
        ],
        domain: "at least 1 return",
        source: PARDO,
        notes: "a missing row does not end a run, a return of zero does",
        read: Read::Sample(|of| longest_run(of, |r| r < 0.0)),
    },
    Metric {
        name: "cpc_index",
        title: "CPC index",
        formula: "profit_factor decided_win_rate payoff_ratio",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Sample,
        inputs: &["every return", "win counts"],
        steps: &[
            step("profit_factor"),
            step("decided_win_rate"),
            step("payoff_ratio"),
        ],
        domain: "a return above zero and one below",
        source: QUANTSTATS,
        notes: "",
        read: Read::Sample(|of| {
            let rate = ratios::decided_win_rate(&of.reading())?;
            Ok(profit_factor(of)? * rate * payoff_ratio(of)?)
        }),
    },
    Metric {
        name: "outlier_win_ratio",
        title: "Outlier win ratio",
        formula: "quantile(r, 0.99) / mean(r where r >= 0)",
        unit: Unit::Ratio,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile"],
        steps: &[alone::Q_99, alone::MEAN_NOT_LOST],
        domain: "at least 1 return above zero",
        source: QUANTSTATS,
        notes: "",
        read: Read::Sample(outlier_win_ratio),
    },
    Metric {
        name: "outlier_loss_ratio",
        title: "Outlier loss ratio",
        formula: "quantile(r, 0.01) / mean(r where r < 0)",
        unit: Unit::Ratio,
        better: Better::Neither,
        kind: Kind::Sample,
        inputs: &["sorted returns", "quantile"],
        steps: &[alone::Q_1, step("average_loss")],
        domain: "at least 1 return below zero",
        source: QUANTSTATS,
        notes: "",
        read: Read::Sample(|of| finite(of.quantile(0.01)? / average_loss(of)?)),
    },
];

fn average_win(of: &Sample<'_>) -> Result<f64, Undefined> {
    of.require(1)?;
    match of.stretch().wins.wins {
        0 => Err(Undefined::NoGain),
        wins => finite(of.gained() / wins as f64),
    }
}

fn average_loss(of: &Sample<'_>) -> Result<f64, Undefined> {
    of.require(1)?;
    match of.stretch().wins.losses {
        0 => Err(Undefined::NoLoss),
        losses => finite(-of.lost() / losses as f64),
    }
}

fn payoff_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    average_win(of)?;
    average_loss(of)?;
    let wins = of.stretch().wins;
    // Not the ratio of the averages, which lose digits where returns are tiny.
    finite(of.gained() / of.lost() * (wins.losses as f64 / wins.wins as f64))
}

pub(super) fn profit_factor(of: &Sample<'_>) -> Result<f64, Undefined> {
    average_loss(of)?;
    finite(of.gained() / of.lost())
}

fn gain_to_pain(of: &Sample<'_>) -> Result<f64, Undefined> {
    average_loss(of)?;
    finite((of.gained() - of.lost()) / of.lost())
}

fn expectancy(of: &Sample<'_>) -> Result<f64, Undefined> {
    let rate = ratios::decided_win_rate(&of.reading())?;
    let share = |rate: f64, average: Result<f64, Undefined>| match average {
        Err(Undefined::NoGain | Undefined::NoLoss) => Ok(0.0),
        average => average.map(|average| rate * average),
    };
    finite(share(rate, average_win(of))? + share(1.0 - rate, average_loss(of))?)
}

fn sqn(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(2)?;
    finite(n.sqrt() * of.mean()? / of.spread(of.terms().convention().ddof)?)
}

fn kelly_fraction(of: &Sample<'_>) -> Result<f64, Undefined> {
    let convention = of.terms().convention();
    let continuous = || {
        let excess = of.stretch().moments.mean_above(of.terms().risk_free())?;
        let spread = of.spread(convention.ddof)?;
        finite(excess / spread / spread)
    };
    match convention.kelly {
        Kelly::Odds => {
            let rate = ratios::decided_win_rate(&of.reading())?;
            finite(rate - (1.0 - rate) / payoff_ratio(of)?)
        }
        Kelly::Continuous => continuous(),
        Kelly::HalfContinuous => continuous().map(|whole| whole / 2.0),
    }
}

fn risk_of_ruin(of: &Sample<'_>) -> Result<f64, Undefined> {
    match of.terms().convention().ruin {
        RuinModel::WinRate => {
            let rate = ratios::win_rate(&of.reading())?;
            let n = of.require(1)?;
            finite(libm::pow((1.0 - rate) / (1.0 + rate), n))
        }
        RuinModel::Diffusion { loss } => ruin_by_diffusion(of, loss),
    }
}

fn ruin_by_diffusion(of: &Sample<'_>, loss: f64) -> Result<f64, Undefined> {
    let n = of.require(2)?;
    of.stretch().drawdown.growth().survivor()?;
    if !(loss > 0.0 && loss < 1.0) {
        return Err(Undefined::OutOfRange);
    }
    of.spread(0)?;
    let logs = of.logs();
    // A return of -100 % makes the mean minus infinity: not finite.
    let mean = finite(sum(logs) / n)?;
    if mean <= 0.0 {
        return Ok(1.0);
    }
    let squares = sum_of(logs, |log| (log - mean) * (log - mean));
    let freedom = n - f64::from(of.terms().convention().ddof);
    if freedom <= 0.0 {
        return Err(Undefined::TooFew {
            need: usize::from(of.terms().convention().ddof) + 1,
            have: n as usize,
        });
    }
    let variance = squares / freedom;
    if variance == 0.0 {
        return Err(Undefined::OutOfRange);
    }
    finite(libm::exp(libm::log1p(-loss) * (2.0 * mean / variance)))
}

fn longest_run(of: &Sample<'_>, is_in: impl Fn(f64) -> bool) -> Result<f64, Undefined> {
    of.require(1)?;
    let (mut longest, mut run) = (0_usize, 0);
    for &r in of.returns() {
        run = if is_in(r) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    Ok(longest as f64)
}

fn outlier_win_ratio(of: &Sample<'_>) -> Result<f64, Undefined> {
    let n = of.require(1)?;
    let wins = of.stretch().wins;
    if wins.wins == 0 {
        return Err(Undefined::NoGain);
    }
    let average = of.gained() / (n - wins.losses as f64);
    finite(of.quantile(0.99)? / average)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Convention, Metric, Terms};

    fn value(returns: &[f64], convention: &Convention, name: &str) -> Result<f64, Undefined> {
        let terms = Terms::new(convention, convention.periods_per_year(1.0).unwrap());
        Sample::new(returns, &terms, None).value(Metric::named(name).unwrap())
    }

    #[test]
    fn wins_and_losses_by_hand() {
        let returns = [0.5, -0.25, 0.0, 0.25, 0.25, -0.25, f64::NAN, -0.5];
        for (name, expected) in [
            ("average_win", 1.0 / 3.0),
            ("average_loss", -1.0 / 3.0),
            ("payoff_ratio", 1.0),
            ("profit_factor", 1.0),
            ("gain_to_pain", 0.0),
            ("expectancy", 0.0),
            ("decided_win_rate", 0.5),
            ("kelly_fraction", 0.0),
            ("longest_winning_run", 2.0),
            ("longest_losing_run", 2.0),
            ("exposure", 6.0 / 7.0),
        ] {
            let found = value(&returns, &Convention::crypto(), name).unwrap();
            assert!((found - expected).abs() < 1e-15, "{name}: {found}");
        }
    }

    #[test]
    fn one_sided_series_have_reasons() {
        let crypto = Convention::crypto();
        for (returns, name, expected) in [
            (&[0.5, 0.25][..], "profit_factor", Err(Undefined::NoLoss)),
            (&[0.5, 0.25], "kelly_fraction", Err(Undefined::NoLoss)),
            (&[0.5, 0.25], "expectancy", Ok(0.375)),
            (&[-0.5, -0.25], "payoff_ratio", Err(Undefined::NoGain)),
            (&[-0.5, -0.25], "profit_factor", Ok(0.0)),
            (&[-0.5, -0.25], "gain_to_pain", Ok(-1.0)),
            (
                &[0.0, 0.0],
                "decided_win_rate",
                Err(Undefined::ZeroVariance),
            ),
            (&[-0.5, -0.25], "risk_of_ruin", Ok(1.0)),
        ] {
            assert_eq!(
                value(returns, &crypto, name),
                expected,
                "{name} of {returns:?}"
            );
        }
    }

    #[test]
    fn the_risk_of_ruin_is_a_chance_of_a_loss() {
        let returns = [0.25, -0.125, 0.25];
        let with = |loss: f64, ddof: u8| {
            let ruin = RuinModel::Diffusion { loss };
            let convention = Convention {
                ruin,
                ddof,
                ..Convention::empyrical()
            };
            value(&returns, &convention, "risk_of_ruin")
        };
        let (half, three_quarters) = (with(0.5, 1).unwrap(), with(0.75, 1).unwrap());
        assert!(
            (half * half - three_quarters).abs() < 1e-15,
            "a half of a half is a quarter"
        );
        assert_eq!(with(0.5, 3), Err(Undefined::TooFew { need: 4, have: 3 }));
        for loss in [0.0, 1.0, -0.5, f64::NAN] {
            assert_eq!(with(loss, 1), Err(Undefined::OutOfRange), "{loss}");
        }
        let total = value(&[0.5, -1.0, 0.5], &Convention::empyrical(), "risk_of_ruin");
        assert_eq!(
            total,
            Err(Undefined::OutOfRange),
            "a total loss has no logarithm"
        );
    }

    #[test]
    fn the_kelly_forms() {
        let returns = [0.5, -0.25];
        let mut convention = Convention::empyrical();
        // Half the bets double what the others lose: 1/2 - 1/2 / 2.
        assert_eq!(value(&returns, &convention, "kelly_fraction"), Ok(0.25));
        convention.kelly = Kelly::Continuous;
        let continuous = value(&returns, &convention, "kelly_fraction").unwrap();
        assert!((continuous - 0.125 / 0.28125).abs() < 1e-15);
        convention.kelly = Kelly::HalfContinuous;
        assert_eq!(
            value(&returns, &convention, "kelly_fraction"),
            Ok(continuous / 2.0)
        );
    }
}
