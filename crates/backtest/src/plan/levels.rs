//! `[levels]`: where support and resistance come from.

use serde::{Deserialize, Serialize};

use super::{Plan, PlanError, check::Checker};
use highwater_market::Clock;

/// Where levels come from, and how those of bars are found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LevelsPlan {
    /// Found in the bars, or the vendor's own.
    pub from: LevelSource,
    /// A turn is confirmed by so many bars on each side.
    pub swing_bars: usize,
    /// Turns closer than so many volatilities form one level.
    pub cluster: f64,
    /// Bars over which the volatility is measured.
    pub volatility_bars: usize,
    /// Turns older than so many bars are forgotten; `None`: never.
    pub max_age_bars: Option<usize>,
    /// How many turns a level needs.
    pub min_touches: u32,
}

impl Default for LevelsPlan {
    fn default() -> Self {
        Self {
            from: LevelSource::Bars,
            swing_bars: 3,
            cluster: 1.0,
            volatility_bars: 20,
            max_age_bars: None,
            min_touches: 1,
        }
    }
}

/// Who finds the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelSource {
    /// This program, from the bars, causally.
    Bars,
    /// The vendor, as observed.
    Vendor,
}

impl LevelsPlan {
    pub(super) fn check(&self, plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        if self.from == LevelSource::Vendor && plan.clock == Clock::Published {
            return checker.refuse(
                "clock",
                "the vendor's levels have no dated past, so under `published` today's levels would be used on old bars: \
                 write clock = \"observed\", or [levels] from = \"bars\"",
            );
        }
        checker.at_least_one("swing_bars", self.swing_bars)?;
        checker.at_least_one("volatility_bars", self.volatility_bars)?;
        if !(self.cluster.is_finite() && self.cluster >= 0.0) {
            return checker.refuse(
                "cluster",
                format!("`cluster` must be 0 or more, not {}", self.cluster),
            );
        }
        checker.at_least_one("min_touches", self.min_touches as usize)
    }
}
