//! `only_if`: gates that an entry must pass, each a question about the moment of the decision.
//!
//! ```text
//! gate     = asked comparison number
//! asked    = metric "(" past ")"                  sharpe(90d), drawdown(30 bars)
//!          | ("to_support" | "to_resistance") [ "(" least strength ")" ]
//!          | "grade" "(" which ")"                grade(trader)
//!          | "vendor" "(" quantmetric ")"         vendor(sharpe)
//! past     = days "d" | years "y" | count "bars"
//! compared = ">=" | "<=" | ">" | "<"
//! number   = with "%" or "bps" where the answer is a share, without a unit where it is not
//! ```

use std::fmt;

use highwater_market::{Clock, Column, Table, Unit, tables};
use highwater_metrics::{Summary, Undefined};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{AtLevel, Past, Percent, Plan, PlanError, check::Checker};

/// A condition on an entry: what is asked at the decision, and what the answer must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What is asked.
    pub asks: Question,
    /// How the answer is compared.
    pub comparison: Comparison,
    /// With what: a fraction where the answer is one, 0.4 for `40%`.
    pub bound: f64,
}

/// What a gate asks of a token at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Question {
    /// A metric of the closes of a stretch that ends with the last bar complete then.
    Metric {
        /// Which.
        metric: GateMetric,
        /// Over what.
        past: Past,
    },
    /// How far from the last close known then the nearest level lies, as a fraction of that close. A plan for both
    /// sides names the level as a long sees it; for a short the other one counts.
    Distance {
        /// Which level.
        to: AtLevel,
        /// Weaker levels are passed over.
        min_strength: Option<f64>,
    },
    /// The latest value known then of what the vendor says of the token.
    Fact(Fact),
}

/// Metrics that gates and universes know, under the plan's convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateMetric {
    /// Mean excess return over volatility, per year.
    Sharpe,
    /// Mean excess return over downside deviation, per year.
    Sortino,
    /// Yearly growth over the depth of the drawdown.
    Calmar,
    /// What one unit gained over the stretch.
    Return,
    /// The constant yearly rate of the same growth.
    Cagr,
    /// Standard deviation per year.
    Volatility,
    /// Root mean square of the returns below the minimum acceptable one, per year.
    DownsideDeviation,
    /// The deepest loss from an earlier peak of the stretch, as a positive number: 40 % lost is 0.4.
    Drawdown,
    /// The share of bars with a return above zero.
    WinRate,
}

/// How an answer is compared with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
}

/// Something that the vendor says of a token, by the name under which a [`FactBook`](crate::FactBook) keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A grade, 0 to 100: `trader`, which the vendor calls `tm` today, `investor`, today's `fundamental`, or `quant`.
    Grade(&'static str),
    /// One of the vendor's quantmetrics by the name of its column, with the vendor's sign and unit.
    Vendor(&'static str),
}

impl GateMetric {
    const ALL: [(&'static str, Self); 9] = [
        ("sharpe", Self::Sharpe),
        ("sortino", Self::Sortino),
        ("calmar", Self::Calmar),
        ("return", Self::Return),
        ("cagr", Self::Cagr),
        ("volatility", Self::Volatility),
        ("downside_deviation", Self::DownsideDeviation),
        ("drawdown", Self::Drawdown),
        ("win_rate", Self::WinRate),
    ];

    /// The name in a plan.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, metric)| *metric == self)
            .map_or("", |(name, _)| name)
    }

    const fn is_share(self) -> bool {
        !matches!(self, Self::Sharpe | Self::Sortino | Self::Calmar)
    }

    /// The metric's value in a summary.
    pub(crate) fn of(self, found: &Summary) -> Result<f64, Undefined> {
        match self {
            Self::Sharpe => found.sharpe,
            Self::Sortino => found.sortino,
            Self::Calmar => found.calmar,
            Self::Return => found.total_return,
            Self::Cagr => found.cagr,
            Self::Volatility => found.volatility,
            Self::DownsideDeviation => found.downside_deviation,
            Self::Drawdown => found.max_drawdown.map(f64::abs),
            Self::WinRate => found.win_rate,
        }
    }
}

impl Comparison {
    const ALL: [(&'static str, Self); 4] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (">", Self::Above),
        ("<", Self::Below),
    ];

    /// Whether an answer satisfies a bound.
    pub fn holds(self, answer: f64, bound: f64) -> bool {
        match self {
            Self::AtLeast => answer >= bound,
            Self::AtMost => answer <= bound,
            Self::Above => answer > bound,
            Self::Below => answer < bound,
        }
    }
}

/// Grades that the vendor gives, under the names of the grades that signals are made of, and its own of today.
const GRADES: [&str; 5] = ["tm", "trader", "investor", "fundamental", "quant"];

impl Fact {
    pub(super) fn grade(which: &str) -> Result<Self, String> {
        GRADES
            .into_iter()
            .find(|known| *known == which)
            .map(Self::Grade)
            .ok_or_else(|| unknown("grade", which, GRADES))
    }

    fn vendor(which: &str) -> Result<Self, String> {
        let names = tables::QUANTMETRICS
            .columns
            .iter()
            .map(|column| column.name);
        names
            .clone()
            .find(|known| *known == which)
            .map(Self::Vendor)
            .ok_or_else(|| unknown("quantmetric", which, names))
    }

    /// The table of the lake that holds it, and the column.
    pub fn column(self) -> (&'static Table, &'static str) {
        match self {
            Self::Grade("trader" | "tm") => (&tables::GRADES, "tm_grade"),
            Self::Grade("quant") => (&tables::GRADES, "quant_grade"),
            Self::Grade(_) => (&tables::GRADES, "fundamental_grade"),
            Self::Vendor(name) => (&tables::QUANTMETRICS, name),
        }
    }

    fn is_share(self) -> bool {
        let is_share = |column: &Column| column.unit == Unit::Fraction;
        match self {
            Self::Grade(_) => false,
            Self::Vendor(name) => tables::QUANTMETRICS
                .columns
                .iter()
                .any(|column| column.name == name && is_share(column)),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grade(which) => write!(f, "grade({which})"),
            Self::Vendor(which) => write!(f, "vendor({which})"),
        }
    }
}

impl Question {
    fn is_share(self) -> bool {
        match self {
            Self::Metric { metric, .. } => metric.is_share(),
            Self::Distance { .. } => true,
            Self::Fact(fact) => fact.is_share(),
        }
    }

    /// Read a question by itself, such as `return(90d)`.
    fn of_text(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a question: write it as in \"return(90d)\"");
        let (name, argument) = parts(text).ok_or_else(wrong)?;
        Self::of_parts(name, argument)
    }

    pub(super) fn check(
        &self,
        field: &str,
        plan: &Plan,
        checker: Checker<'_>,
    ) -> Result<(), PlanError> {
        match self {
            Self::Fact(Fact::Vendor(_)) if plan.clock == Clock::Published => checker.refuse(
                field,
                format!(
                    "`{self}`: the vendor's metrics have no dated past, so under `published` today's would be used on old bars: \
                     write clock = \"observed\", or ask for a metric of the bars, as in sharpe(90d)"
                ),
            ),
            Self::Distance {
                min_strength: Some(_),
                ..
            } if plan.levels.from == super::LevelSource::Vendor => checker.refuse(
                field,
                format!("`{self}`: the vendor's levels have no strength; write [levels] from = \"bars\", or leave the strength out"),
            ),
            _ => Ok(()),
        }
    }

    /// A name and its argument.
    fn of_parts(name: &str, argument: Option<&str>) -> Result<Self, String> {
        let wanted =
            |example: &str| argument.ok_or_else(|| format!("`{name}` of what? Write {example}"));
        let to = match name {
            "to_support" => Some(AtLevel::Support),
            "to_resistance" => Some(AtLevel::Resistance),
            _ => None,
        };
        if let Some(to) = to {
            let min_strength = argument.map(strength).transpose()?;
            return Ok(Self::Distance { to, min_strength });
        }
        match name {
            "grade" => Fact::grade(wanted("grade(trader)")?).map(Self::Fact),
            "vendor" => Fact::vendor(wanted("vendor(sharpe)")?).map(Self::Fact),
            _ => {
                let metrics = GateMetric::ALL;
                let Some(&(_, metric)) = metrics.iter().find(|(known, _)| *known == name) else {
                    let known = metrics.iter().map(|(known, _)| *known);
                    let others = ["to_support", "to_resistance", "grade", "vendor"];
                    return Err(unknown("gate", name, known.chain(others)));
                };
                let past = wanted(&format!("{name}(90d) or {name}(30 bars)"))?;
                Past::of_text(past).map(|past| Self::Metric { metric, past })
            }
        }
    }
}

/// A name, and the argument in brackets after it.
fn parts(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim();
    let (name, argument) = match text.split_once('(') {
        Some((name, rest)) => (name.trim_end(), Some(rest.strip_suffix(')')?.trim())),
        None => (text, None),
    };
    (!name.is_empty()).then_some((name, argument))
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric { metric, past } => write!(f, "{}({past})", metric.name()),
            Self::Distance { to, min_strength } => {
                f.write_str(match to {
                    AtLevel::Support => "to_support",
                    AtLevel::Resistance => "to_resistance",
                })?;
                min_strength.map_or(Ok(()), |strength| write!(f, "({strength})"))
            }
            Self::Fact(fact) => fact.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Question {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Question;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a question, such as \"return(90d)\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Question, E> {
                Question::of_text(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Question {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn strength(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|strength| (0.0..=1.0).contains(strength))
        .ok_or_else(|| {
            format!(
                "`{text}` is not a strength: a level has one from 0 to 1, as in to_resistance(0.7)"
            )
        })
}

/// Worded as the reader of TOML words it, so that the nearest known word is suggested.
fn unknown<'w>(what: &str, word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    let known: Vec<String> = known.into_iter().map(|word| format!("`{word}`")).collect();
    format!(
        "unknown {what} `{word}`, expected one of {}",
        known.join(", ")
    )
}

impl Gate {
    /// Read a gate.
    fn of_text(text: &str) -> Result<Self, String> {
        let no_gate = || {
            format!(
                "`{text}` is not a gate: write what is asked, how it compares, and with what, as in \"sharpe(90d) >= 0.5\""
            )
        };
        let at = text.find(['<', '>']).ok_or_else(no_gate)?;
        let (asked, rest) = text.split_at(at);
        let (sign, comparison) = Comparison::ALL
            .into_iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .ok_or_else(no_gate)?;
        let number = rest[sign.len()..].trim();
        let asked = asked.trim();
        let (name, argument) = parts(asked).ok_or_else(no_gate)?;
        let asks = Question::of_parts(name, argument)?;
        let bound = if asks.is_share() {
            Percent::of_text(number)?.get()
        } else {
            number
                .parse()
                .ok()
                .filter(|bound: &f64| bound.is_finite())
                .ok_or_else(|| {
                    format!(
                        "`{asked}` is a plain number, and `{number}` is none: write `{sign} 0.5`"
                    )
                })?
        };
        Ok(Self {
            asks,
            comparison,
            bound,
        })
    }

    pub(super) fn check(&self, plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        self.asks.check("only_if", plan, checker)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.asks.fmt(f)?;
        let sign = Comparison::ALL
            .iter()
            .find(|(_, comparison)| *comparison == self.comparison)
            .map_or("", |(sign, _)| sign);
        if self.asks.is_share() {
            // Twelve digits tell apart what anybody writes, and hide what a hundredth of it rounds to.
            let percent = (self.bound * 1e14).round() / 1e12;
            write!(f, " {sign} {percent}%")
        } else {
            write!(f, " {sign} {}", self.bound)
        }
    }
}

impl<'de> Deserialize<'de> for Gate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Gate;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a gate, such as \"sharpe(90d) >= 0.5\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Gate, E> {
                Gate::of_text(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
