//! `[entry]`: when to enter.

use highwater_market::{Direction, GradeKind};
use serde::{Deserialize, Serialize};

use super::{BarCount, EntrySignal, EventAtLevel, EventLevels, Gate, Lag, OrderPlan, Percent};

/// When to enter. Which parameters go with which signal is checked where a plan is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryPlan {
    /// Which signal is acted on.
    #[serde(default)]
    pub signal: EntrySignal,
    /// Bars whose range a breakout leaves; `None` for a signal that has none.
    #[serde(default)]
    pub lookback: Option<BarCount>,
    /// Of a grade: whose horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<GradeKind>,
    /// Of a grade: rising over this is an event to go long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Of a grade: falling under this is an event to go short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// Of a grade or the moonshots: whether what the first reading finds counts as an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<bool>,
    /// Of levels: what happens there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventAtLevel>,
    /// Of levels: which; both unless the plan says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<EventLevels>,
    /// Of levels: those at least this strong, from 0 to 1; all unless the plan says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_strength: Option<f64>,
    /// Of an approach: how near is near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Percent>,
    /// Of a break: so many bars in a row close beyond the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<BarCount>,
    /// Of a bounce: how far back on its side of the level the bar closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Percent>,
    /// Of a file: its path, from the plan's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Of a file: how long after its time a row was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Lag>,
    /// Which directions are traded.
    pub side: Side,
    /// Gates that an entry must pass, asked in this order; none: every entry passes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_if: Vec<Gate>,
    /// A price to wait for; `None`: at the market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderPlan>,
}

/// Which directions a plan trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Long positions alone.
    Long,
    /// Short positions alone.
    Short,
    /// Both.
    Both,
}

impl Side {
    /// Whether positions of a direction are opened.
    pub const fn trades(self, direction: Direction) -> bool {
        matches!(
            (self, direction),
            (Self::Both, _) | (Self::Long, Direction::Long) | (Self::Short, Direction::Short)
        )
    }
}
