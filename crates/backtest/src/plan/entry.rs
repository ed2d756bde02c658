//! `[entry]`: when to enter.

use highwater_market::Direction;
use serde::{Deserialize, Serialize};

use super::{BarCount, Gate, OrderPlan, Plan, PlanError, check::Checker};

/// When to enter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryPlan {
    /// Which signal is acted on.
    #[serde(default)]
    pub signal: EntrySignal,
    /// Bars whose range a breakout leaves; `None` for a signal that has none.
    #[serde(default)]
    pub lookback: Option<BarCount>,
    /// Which directions are traded.
    pub side: Side,
    /// Gates that an entry must pass, asked in this order; none: every entry passes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_if: Vec<Gate>,
    /// A price to wait for; `None`: at the market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderPlan>,
}

/// Which signal is acted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntrySignal {
    /// Events of the vendor's trading signal.
    #[default]
    Vendor,
    /// A close beyond the range of the bars before it: for bars without a vendor.
    Breakout,
}

impl EntryPlan {
    /// Bars whose range a breakout leaves: 20 unless the plan says otherwise.
    pub fn lookback_bars(&self) -> usize {
        self.lookback.map_or(20, BarCount::get)
    }
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

impl EntryPlan {
    pub(super) fn check(&self, plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        if self.lookback.is_some() && self.signal != EntrySignal::Breakout {
            return checker.refuse(
                "lookback",
                "`lookback` goes with signal = \"breakout\" alone",
            );
        }
        for gate in &self.only_if {
            gate.check(plan, checker)?;
        }
        match self.order {
            Some(order) => order.check(checker),
            None => Ok(()),
        }
    }
}
