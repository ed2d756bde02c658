//! The catalogue: one entry a metric, with all that a table, a page or a help text says about it.
//!
//! Adding a metric is adding an entry. Nothing else lists them: summaries, their order and their names follow.

use std::fmt;

use crate::{Undefined, ratios, summary::Reading};

/// What a metric's number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A fraction: 0.25 is 25 %.
    Fraction,
    /// A fraction per year.
    FractionPerYear,
    /// A pure number.
    Ratio,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// A greater number.
    Higher,
    /// A lesser number.
    Lower,
}

/// Which kind of fold a metric needs. See [`crate::Merge`] and [`crate::Push`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// States of adjacent stretches combine.
    Merge,
    /// One row at a time.
    Push,
    /// The observations themselves.
    Sample,
}

/// A metric, described.
pub struct Metric {
    /// Its name in files and arguments: snake case, never changed.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its formula, in plain text: `r` returns, `n` observations, `N` periods per year.
    pub formula: &'static str,
    /// What the number counts.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// Which kind of fold it needs.
    pub kind: Kind,
    /// What it is computed from: the folds, and the choices of the convention.
    pub inputs: &'static [&'static str],
    /// Where it is defined.
    pub domain: &'static str,
    /// Where it was defined first, or is best explained.
    pub source: &'static str,
    pub(crate) read: fn(&Reading<'_>) -> Result<f64, Undefined>,
}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metric")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Metric {
    /// The metric of this name.
    ///
    /// # Errors
    /// [`UnknownMetric`], which lists the names.
    pub fn named(name: &str) -> Result<&'static Self, UnknownMetric> {
        CATALOGUE
            .iter()
            .find(|metric| metric.name == name)
            .ok_or_else(|| UnknownMetric {
                name: name.to_owned(),
            })
    }
}

/// A metric that the catalogue does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no metric is called `{name}`; known are {}", names())]
pub struct UnknownMetric {
    /// What was asked for.
    pub name: String,
}

fn names() -> String {
    CATALOGUE
        .iter()
        .map(|metric| metric.name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Every metric, in the order in which summaries list them.
pub const CATALOGUE: &[Metric] = &[
    Metric {
        name: "total_return",
        title: "Total return",
        formula: "product(1 + r) - 1",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["growth", "returns"],
        domain: "at least 1 return; none below -100 %",
        source: "Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. 2008, ch. 2",
        read: ratios::total_return,
    },
    Metric {
        name: "cagr",
        title: "Compound annual growth rate",
        formula: "product(1 + r)^(1 / years) - 1",
        unit: Unit::FractionPerYear,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["growth", "returns", "years", "min_days"],
        domain: "at least 1 return; none below -100 %; a span of at least the convention's min_days",
        source: "Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. 2008, ch. 2",
        read: ratios::cagr,
    },
    Metric {
        name: "volatility",
        title: "Volatility",
        formula: "sqrt(sum((r - mean(r))^2) / (n - ddof)) sqrt(N)",
        unit: Unit::FractionPerYear,
        better: Better::Lower,
        kind: Kind::Merge,
        inputs: &["moments", "ddof"],
        domain: "at least 2 returns, and more than ddof; 0 for a flat series",
        source: "Chan, Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979",
        read: ratios::volatility,
    },
    Metric {
        name: "downside_deviation",
        title: "Downside deviation",
        formula: "sqrt(sum(min(r - target, 0)^2) / n) sqrt(N)",
        unit: Unit::FractionPerYear,
        better: Better::Lower,
        kind: Kind::Merge,
        inputs: &["downside", "minimum_acceptable", "downside divisor"],
        domain: "at least 1 return; 0 if none is below the target and n counts all",
        source: "Sortino and Price, Performance Measurement in a Downside Risk Framework, Journal of Investing 3(3), 1994",
        read: ratios::downside_deviation,
    },
    Metric {
        name: "sharpe",
        title: "Sharpe ratio",
        formula: "mean(r - risk_free) / sd(r) sqrt(N)",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["moments", "risk_free", "ddof", "annual_mean"],
        domain: "at least 2 returns that are not all the same",
        source: "Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21(1), 1994",
        read: ratios::sharpe,
    },
    Metric {
        name: "sortino",
        title: "Sortino ratio",
        formula: "mean(r - target) N / downside_deviation",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &[
            "moments",
            "downside",
            "minimum_acceptable",
            "downside divisor",
            "annual_mean",
        ],
        domain: "at least 2 returns, one of them below the target",
        source: "Sortino and Price, Performance Measurement in a Downside Risk Framework, Journal of Investing 3(3), 1994",
        read: ratios::sortino,
    },
    Metric {
        name: "calmar",
        title: "Calmar ratio",
        formula: "cagr / |max_drawdown|",
        unit: Unit::Ratio,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["growth", "drawdown", "years", "min_days"],
        domain: "where cagr is; the value fell at least once",
        source: "Young, Calmar Ratio: A Smoother Tool, Futures 20(12), 1991",
        read: ratios::calmar,
    },
    Metric {
        name: "max_drawdown",
        title: "Maximum drawdown",
        formula: "min(V[t] / max(V[0..=t]) - 1), V[0] = 1",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["drawdown", "returns"],
        domain: "at least 1 return; none below -100 %; never positive",
        source: "Magdon-Ismail and Atiya, Maximum Drawdown, Risk 17(10), 2004",
        read: ratios::max_drawdown,
    },
    Metric {
        name: "best",
        title: "Best period",
        formula: "max(r)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["extremes"],
        domain: "at least 1 return",
        source: "order statistics",
        read: ratios::best,
    },
    Metric {
        name: "worst",
        title: "Worst period",
        formula: "min(r)",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["extremes"],
        domain: "at least 1 return",
        source: "order statistics",
        read: ratios::worst,
    },
    Metric {
        name: "win_rate",
        title: "Win rate",
        formula: "count(r > 0) / n",
        unit: Unit::Fraction,
        better: Better::Higher,
        kind: Kind::Merge,
        inputs: &["wins"],
        domain: "at least 1 return; a return of 0 counts as no win",
        source: "Pardo, The Evaluation and Optimization of Trading Strategies, 2nd ed. 2008, ch. 12",
        read: ratios::win_rate,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case_and_unique() {
        for (at, metric) in CATALOGUE.iter().enumerate() {
            let snake = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(metric.name.chars().all(snake), "{}", metric.name);
            let first = CATALOGUE.iter().position(|other| other == metric);
            assert_eq!(first, Some(at), "{} stands twice", metric.name);
            assert_eq!(Metric::named(metric.name), Ok(metric));
        }
    }

    #[test]
    fn an_unknown_metric_lists_the_known_ones() {
        let error = Metric::named("sharp").unwrap_err().to_string();
        assert!(error.starts_with("no metric is called `sharp`; known are total_return, cagr"));
    }
}
