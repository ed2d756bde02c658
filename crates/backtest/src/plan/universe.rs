//! `universe`: which tokens a plan trades, for good or as of a moment.

use std::{collections::BTreeSet, fmt};

use highwater_market::Clock;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Fact, GateMetric, Past, Plan, PlanError, check::Checker};

/// Which tokens a plan trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Universe {
    /// Every token that has bars.
    All,
    /// These symbols, in the order of the plan, none twice.
    Symbols(Vec<String>),
    /// Of all tokens those that rank highest at each rebalance: `{ top = 20, by = "volume", window = "30d",
    /// every = "30 bars" }`.
    Top(Ranking),
    /// Of all tokens those that the vendor lists in a category, as observed: `{ sector = "defi" }`, by the category's
    /// name or its slug, whatever the case.
    Sector {
        /// The category, in lower case.
        name: String,
        /// What becomes of positions in tokens that leave it.
        leave: Leave,
    },
    /// Of all tokens those on the vendor's list of active moonshots, as observed: `{ moonshots = true }`.
    Moonshots {
        /// What becomes of positions in tokens that leave it.
        leave: Leave,
    },
}

/// What becomes of a position in a token that is no member any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leave {
    /// Nothing.
    #[default]
    Hold,
    /// It is closed at the next open, and an order that waits is taken back.
    Exit,
}

impl Leave {
    #[allow(clippy::trivially_copy_pass_by_ref)] // The form that serde asks for.
    fn is_hold(&self) -> bool {
        *self == Self::Hold
    }
}

/// The tokens that rank highest by something, as of each rebalance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// How many are members.
    pub top: usize,
    /// What is ranked.
    pub by: RankBy,
    /// Over what: the stretch ends at the rebalance, and a token without a complete bar in it is no member.
    pub window: Past,
    /// Time between rebalances, counted from the first instant of the plan's period, or from 1970 if it is open; a bar
    /// is as long as its timeframe, whether or not any token has it.
    pub every: Past,
    /// Which end of the ranking is wanted.
    pub order: RankOrder,
    /// What becomes of positions in tokens that are no members any more.
    pub leave: Leave,
}

/// What tokens are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankBy {
    /// The sum of close times volume over the bars of the window.
    Volume,
    /// A metric of the returns that end in the window: `return`, `sharpe` or `volatility`.
    Metric(GateMetric),
    /// The latest value known at the rebalance, such as `grade(trader)`.
    Fact(Fact),
}

/// Which end of a ranking is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RankOrder {
    /// The greatest values.
    #[default]
    Highest,
    /// The least values.
    Lowest,
}

/// Metrics to rank by.
const METRICS: [GateMetric; 3] = [
    GateMetric::Return,
    GateMetric::Sharpe,
    GateMetric::Volatility,
];

impl RankBy {
    fn of_text(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "volume" {
            return Ok(Self::Volume);
        }
        if text == "market_cap" {
            return Err(
                "no source gives a market capitalisation day by day: rank by \"volume\"".to_owned(),
            );
        }
        if let Some(which) = text
            .strip_prefix("grade(")
            .and_then(|rest| rest.strip_suffix(')'))
        {
            return Fact::grade(which.trim()).map(Self::Fact);
        }
        METRICS
            .into_iter()
            .find(|metric| metric.name() == text)
            .map(Self::Metric)
            .ok_or_else(|| {
                format!(
                    "unknown ranking `{text}`, expected one of `volume`, `return`, `sharpe`, `volatility`, `grade(trader)`"
                )
            })
    }
}

impl fmt::Display for RankBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Volume => f.write_str("volume"),
            Self::Metric(metric) => f.write_str(metric.name()),
            Self::Fact(fact) => write!(f, "{fact}"),
        }
    }
}

impl<'de> Deserialize<'de> for RankBy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = RankBy;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("what to rank by, such as \"volume\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<RankBy, E> {
                RankBy::of_text(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for RankBy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A universe as a table of the plan.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    top: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<RankBy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<Past>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<Past>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<RankOrder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sector: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moonshots: Option<bool>,
    #[serde(default, skip_serializing_if = "Leave::is_hold")]
    leave: Leave,
}

impl Universe {
    /// Whether the plan means tokens of the lake that it does not name.
    pub const fn is_open(&self) -> bool {
        !matches!(self, Self::Symbols(_))
    }

    /// The name of the membership in a [`FactBook`](crate::FactBook), 1 for members: `sector(defi)` or `moonshot`.
    pub fn membership(&self) -> Option<String> {
        match self {
            Self::Sector { name, .. } => Some(format!("sector({name})")),
            Self::Moonshots { .. } => Some("moonshot".to_owned()),
            Self::All | Self::Symbols(_) | Self::Top(_) => None,
        }
    }

    /// What becomes of positions in tokens that are no members any more.
    pub const fn leave(&self) -> Leave {
        match self {
            Self::Top(Ranking { leave, .. })
            | Self::Sector { leave, .. }
            | Self::Moonshots { leave } => *leave,
            Self::All | Self::Symbols(_) => Leave::Hold,
        }
    }

    pub(super) const fn fact(&self) -> Option<Fact> {
        match self {
            Self::Top(Ranking {
                by: RankBy::Fact(fact),
                ..
            }) => Some(*fact),
            _ => None,
        }
    }

    pub(super) fn check(&self, plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        if self.leave() == Leave::Exit && plan.rebalance.is_some() {
            return checker.refuse(
                "universe",
                "`leave` does nothing in a plan that sets weights: what is no member at a rebalance is sold there",
            );
        }
        match self {
            Self::Top(ranking) => checker.at_least_one("top", ranking.top),
            Self::Sector { .. } | Self::Moonshots { .. } if plan.clock == Clock::Published => checker.refuse(
                "universe",
                "the vendor's lists have no dated past, so under `published` today's members would be traded on old bars: \
                 write clock = \"observed\", or list the symbols yourself",
            ),
            _ => Ok(()),
        }
    }

    fn of_symbols(symbols: Vec<String>) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        for symbol in &symbols {
            if symbol.trim().is_empty() {
                return Err("a symbol is empty".to_owned());
            }
            if !seen.insert(symbol) {
                return Err(format!("`{symbol}` is listed twice"));
            }
        }
        if symbols.is_empty() {
            Err("the list names no symbol: write universe = \"all\" for every token".to_owned())
        } else {
            Ok(Self::Symbols(symbols))
        }
    }

    fn of_table(table: Table) -> Result<Self, String> {
        let ranked = table.by.is_some()
            || table.window.is_some()
            || table.every.is_some()
            || table.order.is_some();
        match table {
            Table {
                top: Some(top),
                by: Some(by),
                window: Some(window),
                every: Some(every),
                order,
                sector: None,
                moonshots: None,
                leave,
            } => Ok(Self::Top(Ranking {
                top,
                by,
                window,
                every,
                order: order.unwrap_or_default(),
                leave,
            })),
            Table {
                top: None,
                sector: Some(sector),
                moonshots: None,
                leave,
                ..
            } if !ranked && !sector.trim().is_empty() => Ok(Self::Sector {
                name: sector.trim().to_lowercase(),
                leave,
            }),
            Table {
                top: None,
                sector: None,
                moonshots: Some(true),
                leave,
                ..
            } if !ranked => Ok(Self::Moonshots { leave }),
            _ => Err(
                "a universe that changes is one of { top = 20, by = \"volume\", window = \"30d\", every = \"30 bars\" }, \
                 { sector = \"defi\" } and { moonshots = true }, each with leave = \"exit\" or without"
                    .to_owned(),
            ),
        }
    }

    fn table(&self) -> Option<Table> {
        match self {
            Self::All | Self::Symbols(_) => None,
            Self::Top(ranking) => Some(Table {
                top: Some(ranking.top),
                by: Some(ranking.by),
                window: Some(ranking.window),
                every: Some(ranking.every),
                order: Some(ranking.order),
                leave: ranking.leave,
                ..Table::default()
            }),
            Self::Sector { name, leave } => Some(Table {
                sector: Some(name.clone()),
                leave: *leave,
                ..Table::default()
            }),
            Self::Moonshots { leave } => Some(Table {
                moonshots: Some(true),
                leave: *leave,
                ..Table::default()
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Universe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Universe;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"all\", or a list of symbols such as [\"BTC\", \"ETH\"]")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Universe, E> {
                if text == "all" {
                    Ok(Universe::All)
                } else {
                    Err(E::custom(format!(
                        "`{text}` is not a universe: write \"all\" or a list, [\"{text}\"]"
                    )))
                }
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Universe, A::Error> {
                let mut symbols = Vec::new();
                while let Some(symbol) = list.next_element()? {
                    symbols.push(symbol);
                }
                Universe::of_symbols(symbols).map_err(de::Error::custom)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Universe, A::Error> {
                let table = Table::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Universe::of_table(table).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Universe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Symbols(symbols) => symbols.serialize(serializer),
            Self::Top(_) | Self::Sector { .. } | Self::Moonshots { .. } => {
                self.table().serialize(serializer)
            }
        }
    }
}
