//! `[size]`, `[cost]` and `[cash]`: how much, at what cost, with what money.

use serde::{Deserialize, Serialize};

use super::{Percent, PlanError, check::Checker};

/// How much to buy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizePlan {
    /// Share of equity at the entry's open.
    pub fraction: Percent,
}

/// What trading costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostPlan {
    /// Share of the value of each fill.
    pub fee: Percent,
    /// Share of the price, on market orders and stops.
    pub slippage: Percent,
}

/// What money the replay begins with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashPlan {
    /// Cash before the first bar, in the quote currency.
    pub initial: f64,
}

impl Default for CashPlan {
    fn default() -> Self {
        Self { initial: 100_000.0 }
    }
}

impl SizePlan {
    pub(super) fn check(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        checker.share(
            "fraction",
            self.fraction,
            f64::MIN_POSITIVE..=1.0,
            "above 0% and at most 100%",
        )
    }
}

impl CostPlan {
    pub(super) fn check(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        checker.share("fee", self.fee, 0.0..=0.5, "from 0% to 50%")?;
        checker.share("slippage", self.slippage, 0.0..=0.5, "from 0% to 50%")
    }
}

impl CashPlan {
    pub(super) fn check(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        if self.initial.is_finite() && self.initial > 0.0 {
            return Ok(());
        }
        checker.refuse(
            "initial",
            format!("`initial` must be above 0, not {}", self.initial),
        )
    }
}
