//! The catalogue: one entry a metric, with all that a table, a page or a help text says about it.
//!
//! Adding a metric is adding an entry to its family. Nothing else lists them: selections, their order and their names
//! follow.

mod core_set;
mod drawdown;
mod growth;
mod inference;
mod markets;
pub(crate) mod near;
mod ratios;
mod regression;
mod relative;
mod steps;
mod tails;
mod wins;

use std::fmt;

pub use self::{
    core_set::CORE,
    steps::{Step, StepValue},
};
use crate::{Sample, Undefined, against::Against, summary::Reading};

/// What a metric's number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A fraction: 0.25 is 25 %.
    Fraction,
    /// A fraction per year.
    FractionPerYear,
    /// A pure number.
    Ratio,
    /// A number of periods.
    Periods,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// A greater number.
    Higher,
    /// A lesser number.
    Lower,
    /// Neither: the number describes, it does not rank.
    Neither,
}

/// Which kind of fold a metric needs. See [`crate::Merge`] and [`crate::Push`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// States of adjacent stretches combine: it is read from a [`crate::Stretch`].
    Merge,
    /// One row at a time.
    Push,
    /// The observations themselves: it is read from a [`crate::Sample`].
    Sample,
    /// The observations and those of a benchmark: it is read from [`crate::against::Against`], or from a
    /// [`crate::Sample`] with a benchmark.
    Pairs,
}

/// What a metric is read from.
#[derive(Clone, Copy)]
pub(crate) enum Read {
    /// The fold over one pass.
    Fold(fn(&Reading<'_>) -> Result<f64, Undefined>),
    /// The whole sample.
    Sample(fn(&Sample<'_>) -> Result<f64, Undefined>),
    /// The series against its benchmark.
    Against(fn(&Against) -> Result<f64, Undefined>),
}

/// A metric, described.
#[derive(Clone, Copy)]
pub struct Metric {
    /// Its name in files and arguments: snake case, never changed.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its formula, in plain text: `r` returns, `n` observations, `N` periods per year; against a benchmark `y` the
    /// returns, `x` the benchmark's.
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
    /// Where libraries differ; empty if they agree.
    pub notes: &'static str,
    /// What it is computed from, one value at a time.
    pub(crate) steps: &'static [steps::Listed],
    pub(crate) read: Read,
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
    /// [`UnknownMetric`], which names what comes near.
    pub fn named(name: &str) -> Result<&'static Self, UnknownMetric> {
        Self::named_in(CATALOGUE, name)
    }

    /// The choices of a [`Convention`](crate::Convention) that its value depends on: those of [`Metric::inputs`] that are
    /// fields of one. Rounding (`decimals`) is not among them; it depends on that always.
    pub fn choices(&self) -> impl Iterator<Item = &'static str> + use<> {
        let inputs = self.inputs.iter().copied();
        inputs.filter(|input| crate::convention::CHOICES.contains(input))
    }

    /// The metric of this name among some of the catalogue, such as [`CORE`].
    ///
    /// # Errors
    /// As [`Metric::named`].
    pub fn named_in(metrics: &'static [Self], name: &str) -> Result<&'static Self, UnknownMetric> {
        metrics
            .iter()
            .find(|metric| metric.name == name)
            .ok_or_else(|| UnknownMetric {
                name: name.to_owned(),
                near: near::misses(name, metrics.iter().map(|metric| metric.name)),
                known: metrics.len(),
            })
    }
}

/// A metric that the catalogue does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no metric is called `{name}`; {}", self.suggestion())]
pub struct UnknownMetric {
    /// What was asked for.
    pub name: String,
    /// Names that come near, the nearest first.
    pub near: Vec<&'static str>,
    /// How many metrics there are to choose from.
    pub known: usize,
}

impl UnknownMetric {
    fn suggestion(&self) -> String {
        match self.near.as_slice() {
            [] => format!("none of the {} comes near", self.known),
            near => format!("did you mean {}?", near.join(" or ")),
        }
    }
}

const FAMILIES: [&[Metric]; 10] = [
    CORE,
    growth::METRICS,
    wins::METRICS,
    drawdown::METRICS,
    tails::METRICS,
    ratios::METRICS,
    inference::METRICS,
    regression::METRICS,
    relative::METRICS,
    markets::METRICS,
];

const COUNT: usize = {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
};

static ALL: [Metric; COUNT] = {
    let mut all = [CORE[0]; COUNT];
    let (mut at, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut entry = 0;
        while entry < FAMILIES[family].len() {
            all[at] = FAMILIES[family][entry];
            at += 1;
            entry += 1;
        }
        family += 1;
    }
    all
};

/// Every metric: the [`CORE`] first, then family by family.
pub const CATALOGUE: &[Metric] = &ALL;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case_and_unique() {
        for (at, metric) in CATALOGUE.iter().enumerate() {
            let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(metric.name.chars().all(snake), "{}", metric.name);
            let first = CATALOGUE.iter().position(|other| other == metric);
            assert_eq!(first, Some(at), "{} stands twice", metric.name);
            assert_eq!(Metric::named(metric.name), Ok(metric));
        }
        assert_eq!(&CATALOGUE[..CORE.len()], CORE);
    }

    #[test]
    fn every_entry_is_whole_and_tells_its_kind() {
        for metric in CATALOGUE {
            for text in [metric.title, metric.formula, metric.domain, metric.source] {
                assert!(!text.is_empty(), "{}", metric.name);
            }
            assert!(!metric.inputs.is_empty(), "{}", metric.name);
            let kind = match metric.read {
                Read::Fold(_) => Kind::Merge,
                Read::Sample(_) => Kind::Sample,
                Read::Against(_) => Kind::Pairs,
            };
            assert_eq!(kind, metric.kind, "{}", metric.name);
        }
    }

    #[test]
    fn an_unknown_metric_names_what_comes_near() {
        let error = Metric::named("sharp").unwrap_err();
        assert_eq!(error.near[0], "sharpe");
        assert!(
            error
                .to_string()
                .starts_with("no metric is called `sharp`; did you mean sharpe")
        );
        let error = Metric::named("xyzzyxyzzy").unwrap_err().to_string();
        assert!(error.ends_with("comes near"), "{error}");
        assert!(Metric::named_in(CORE, "omega").is_err());
    }
}
