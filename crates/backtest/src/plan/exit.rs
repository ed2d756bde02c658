//! `[exit]`: when to exit.

use serde::{Deserialize, Serialize};

use super::{
    BarCount, Percent, PlanError, Side,
    check::{BELOW_ALL, Checker},
};

/// When to exit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExitPlan {
    /// Where to give up; `None`: nowhere.
    pub stop: Option<LevelExit>,
    /// Where to take the profit; `None`: nowhere.
    pub target: Option<LevelExit>,
    /// After how many bars of the asset; `None`: never.
    pub time: Option<BarCount>,
    /// What an event against the position does.
    pub signal: ExitSignal,
    /// Which level counts as first where one bar holds both.
    pub doubtful: Doubtful,
}

/// A price at a level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelExit {
    /// Which level, as a long sees it (as a short does, in a plan for shorts alone).
    pub at: AtLevel,
    /// How far from the level, as a share of its price: below it for a long, above it for a short.
    #[serde(default)]
    pub buffer: Percent,
    /// What to do where there is no such level.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// Which level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtLevel {
    /// The nearest support.
    Support,
    /// The nearest resistance.
    Resistance,
}

/// What to do where there is no level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Otherwise {
    /// No entry.
    #[default]
    Skip,
    /// This far from the entry price.
    Distance(Percent),
}

/// What an event against the position does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitSignal {
    /// It ends the position at the next open.
    #[default]
    OppositeEvent,
    /// Nothing.
    None,
}

/// Which level counts as first where one bar holds both and nothing decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubtful {
    /// The stop: the worse profit.
    #[default]
    StopFirst,
    /// The target: the better profit.
    TargetFirst,
    /// Price went first to the extreme nearer to the open; on a tie, to the stop.
    NearerExtreme,
}

impl ExitPlan {
    pub(super) fn check(&self, side: Side, checker: Checker<'_>) -> Result<(), PlanError> {
        if let Some(stop) = self.stop {
            stop.check("stop", AtLevel::Support, side, checker)?;
        }
        if let Some(target) = self.target {
            target.check("target", AtLevel::Resistance, side, checker)?;
        }
        Ok(())
    }
}

impl LevelExit {
    fn check(
        &self,
        field: &str,
        long: AtLevel,
        side: Side,
        checker: Checker<'_>,
    ) -> Result<(), PlanError> {
        let short = if long == AtLevel::Support {
            AtLevel::Resistance
        } else {
            AtLevel::Support
        };
        let (wanted, who) = match side {
            Side::Short => (short, "a short"),
            Side::Long => (long, "a long"),
            Side::Both => (long, "a long, whose levels a plan for both sides names,"),
        };
        if self.at != wanted {
            let word = if wanted == AtLevel::Support {
                "support"
            } else {
                "resistance"
            };
            return checker.refuse(field, format!("the {field} of {who} lies at = \"{word}\""));
        }
        let buffer = self.buffer;
        if !(0.0..=BELOW_ALL).contains(&buffer.get()) {
            return checker.refuse(
                field,
                format!(
                    "the buffer of the {field} must be at least 0% and below 100%, not {buffer}"
                ),
            );
        }
        if let Otherwise::Distance(distance) = self.otherwise
            && !(f64::MIN_POSITIVE..=BELOW_ALL).contains(&distance.get())
        {
            return checker.refuse(
                field,
                format!(
                    "the distance of the {field} must be above 0% and below 100%, not {distance}"
                ),
            );
        }
        Ok(())
    }
}
