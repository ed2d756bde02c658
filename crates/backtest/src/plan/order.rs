//! `[entry] order`: how an entry is bought.

use serde::{Deserialize, Serialize};

use super::{BarCount, PlanError, Reach, check::Checker, exit::positive};

/// An order that waits for a price, instead of one at the market.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPlan {
    /// Buy this far below the last close known at the decision, or better: a limit order. A short sells above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Reach>,
    /// Buy once price has risen this far above that close: a stop order. A short sells below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Reach>,
    /// Bars of the asset for which the order works, the first one included: 1 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire: Option<BarCount>,
}

impl OrderPlan {
    /// Bars for which the order works.
    pub fn bars(&self) -> usize {
        self.expire.map_or(1, BarCount::get)
    }

    pub(super) fn check(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        let reach = match (self.limit, self.stop) {
            (Some(reach), None) | (None, Some(reach)) => reach,
            _ => {
                return checker.refuse(
                    "order",
                    "an order waits for a `limit` or for a `stop`: { limit = \"1%\", expire = \"3 bars\" }",
                );
            }
        };
        if matches!(reach, Reach::Risk(_)) {
            return checker.refuse("order", "the distance of an order is a share or in `atr`");
        }
        positive("order", reach, checker)
    }
}
