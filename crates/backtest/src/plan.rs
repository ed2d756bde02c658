//! The plan of a replay: what it reads, when it enters and exits, how much, at what cost.
//!
//! A plan is strict TOML. A field that is not known is refused with the nearest known one, and a percentage
//! without a unit is refused, since `0.4` may mean 40 % or 0.4 %. [`Plan::template`] shows every field.

mod check;
mod entry;
mod error;
mod exit;
mod gate;
mod levels;
mod money;
mod order;
mod past;
mod rebalance;
mod signal;
mod text;
mod universe;
mod words;

use std::collections::BTreeSet;

use highwater_market::{Clock, Direction, Timeframe, Timestamp};
use highwater_metrics::Convention;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::{
    entry::{EntryPlan, Side},
    error::PlanError,
    exit::{AtLevel, Doubtful, ExitPlan, ExitSignal, Otherwise, PriceRule, Trail, TrailFrom},
    gate::{Comparison, Fact, Gate, GateMetric, Question},
    levels::{LevelSource, LevelsPlan},
    money::{CashPlan, CostPlan, DrawdownScale, PortfolioPlan, SizePlan},
    order::OrderPlan,
    past::Past,
    rebalance::{RebalancePlan, Weights},
    signal::{EntrySignal, EventAtLevel, EventLevels, Lag},
    text::{BarCount, Percent, Reach},
    universe::{Leave, RankBy, RankOrder, Ranking, Universe},
    words::plain_words,
};

/// A checked plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What the plan is called in results.
    pub name: String,
    /// Timeframe of the bars that are replayed.
    pub timeframe: Timeframe,
    /// Which tokens.
    pub universe: Universe,
    /// The token that results are measured against, bought and held; `None`: all of the universe in equal parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<String>,
    /// How the past is dated.
    #[serde(default = "text::published")]
    pub clock: Clock,
    /// Name of the convention of the metrics that gates and universes ask for; `None`: `crypto`. It is the plan's own,
    /// so that what is traded does not depend on the convention in which results are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convention: Option<String>,
    /// Days on which to decide and to fill.
    #[serde(default)]
    pub period: PlanPeriod,
    /// Where support and resistance come from.
    #[serde(default)]
    pub levels: LevelsPlan,
    /// When to enter.
    pub entry: EntryPlan,
    /// Weights that are set from time to time, instead of entries on signals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebalance: Option<RebalancePlan>,
    /// When to exit.
    #[serde(default)]
    pub exit: ExitPlan,
    /// How much.
    #[serde(default)]
    pub size: SizePlan,
    /// Beside what else.
    #[serde(default)]
    pub portfolio: PortfolioPlan,
    /// At what cost.
    pub cost: CostPlan,
    /// With what money.
    #[serde(default)]
    pub cash: CashPlan,
}

/// Days, both included; an end that is left out is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPeriod {
    /// The first day.
    pub from: Option<Timestamp>,
    /// The last day.
    pub to: Option<Timestamp>,
}

impl PlanPeriod {
    /// The first instant of the first day; the beginning of time if open.
    pub fn start(self) -> Timestamp {
        self.from.map_or(Timestamp::MIN, Timestamp::day)
    }

    /// The first instant after the last day; the end of time if open.
    pub fn end(self) -> Timestamp {
        self.to.map_or(Timestamp::MAX, |to| to.day().plus_days(1))
    }

    /// Whether an instant falls on one of the days.
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start() <= instant && instant < self.end()
    }
}

impl Plan {
    /// Read a plan.
    ///
    /// # Errors
    /// [`PlanError`] with line, column and, for a misspelt word, the nearest right one.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Self = toml::from_str(text).map_err(|error| PlanError::of_toml(text, &error))?;
        check::check(&plan, text)?;
        Ok(plan)
    }

    /// Whether any rule is measured in average true ranges.
    pub fn needs_atr(&self) -> bool {
        let order = self.entry.order;
        let waits = order.and_then(|order| order.limit.or(order.stop));
        self.exit.needs_atr() || matches!(waits, Some(Reach::Atr(_)))
    }

    /// Whether every bar has to be looked at: sizes ask for equity at every close, orders wait, positions end when their
    /// token leaves the universe, what is lent pays interest, or weights are set.
    pub(crate) fn goes_bar_by_bar(&self) -> bool {
        self.size.drawdown.is_some()
            || self.entry.order.is_some()
            || self.universe.leave() == Leave::Exit
            || self.cost.loan.is_some()
            || self.rebalance.is_some()
    }

    /// Whether equity can fall to 0 or below, or has to be known at every close.
    pub(crate) fn may_lose_all(&self) -> bool {
        self.entry.side.trades(Direction::Short)
            || self.portfolio.leverage > 1.0
            || self.cost.funding.is_some()
            || self.goes_bar_by_bar()
    }

    /// A commented plan that shows every field, and parses.
    pub const fn template() -> &'static str {
        include_str!("template.toml")
    }

    /// The convention of the metrics that gates and universes ask for.
    pub(crate) fn gate_convention(&self) -> Convention {
        let named = self.convention.as_deref().map(Convention::preset);
        // A plan was checked for its name.
        named
            .and_then(Result::ok)
            .unwrap_or_else(Convention::crypto)
    }

    /// Everything that gates and the universe ask of what the vendor says of a token: names of a
    /// [`FactBook`](crate::FactBook), each once.
    pub fn facts(&self) -> BTreeSet<Fact> {
        let gates = self
            .entry
            .only_if
            .iter()
            .filter_map(|gate| match gate.asks {
                Question::Fact(fact) => Some(fact),
                Question::Metric { .. } | Question::Distance { .. } => None,
            });
        let score = self.rebalance.as_ref().and_then(RebalancePlan::fact);
        gates.chain(self.universe.fact()).chain(score).collect()
    }

    /// SHA-256 of the plan's canonical form, as 64 hexadecimal digits: blind to comments, order and spelling of
    /// numbers, and to whether a default is written out.
    pub fn hash(&self) -> String {
        let canonical = serde_json::to_vec(self).expect("a plan has no key that JSON cannot hold");
        Sha256::digest(canonical)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
