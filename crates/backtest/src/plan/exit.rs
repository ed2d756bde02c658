//! `[exit]`: when to exit.
//!
//! Every exit is a rule that yields a price, or a path of prices: a stop and its moves (trail, ratchet, break-even), one
//! target or a ladder of them, a time, an event against the position. Whichever comes first ends the position.

use serde::{Deserialize, Serialize};

use super::{
    BarCount, Percent, PlanError, Reach, Side,
    check::{BELOW_ALL, Checker},
};

/// When to exit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExitPlan {
    /// Where to give up; `None`: nowhere.
    pub stop: Option<PriceRule>,
    /// Where to take the profit: nowhere, at one price, or in parts at several.
    #[serde(with = "super::text::one_or_several")]
    pub target: Vec<PriceRule>,
    /// A stop that follows the price; `None`: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
    /// Whether the stop moves to newer levels on the winning side of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ratchet: bool,
    /// How far into profit the stop moves to the entry price; `None`: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_even: Option<Reach>,
    /// What the targets must promise at the fill, in units of what the stop would lose; `None`: anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_reward_to_risk: Option<f64>,
    /// Bars of the average true range.
    #[serde(skip_serializing_if = "is_fourteen")]
    pub atr_bars: usize,
    /// After how many bars of the asset; `None`: never.
    pub time: Option<BarCount>,
    /// What an event against the position does.
    pub signal: ExitSignal,
    /// Which level counts as first where one bar holds both.
    pub doubtful: Doubtful,
}

impl Default for ExitPlan {
    fn default() -> Self {
        Self {
            stop: None,
            target: Vec::new(),
            trail: None,
            ratchet: false,
            break_even: None,
            min_reward_to_risk: None,
            atr_bars: 14,
            time: None,
            signal: ExitSignal::default(),
            doubtful: Doubtful::default(),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // The form that serde asks for.
const fn is_fourteen(bars: &usize) -> bool {
    *bars == 14
}

/// A price at a level, or at a distance from the entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriceRule {
    /// Which level, as a long sees it (as a short does, in a plan for shorts alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<AtLevel>,
    /// How far from the entry price, where no level is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<Reach>,
    /// The how-manieth such level, counted from the price; `None`: the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<usize>,
    /// Levels weaker than this, or of unknown strength, are passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_strength: Option<f64>,
    /// How far from the level: below it for a long, above it for a short. A share is one of the level's price.
    pub buffer: Reach,
    /// Levels nearer to the last close than this are passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_distance: Option<Percent>,
    /// A level farther from the last close than this is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_distance: Option<Percent>,
    /// What to do where there is no such level.
    pub otherwise: Otherwise,
    /// Of a target: the share of the position that it closes; `None`: what the others leave, in equal parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Percent>,
}

/// Which level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtLevel {
    /// Support: below the price.
    Support,
    /// Resistance: above it.
    Resistance,
}

impl AtLevel {
    const fn word(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Resistance => "resistance",
        }
    }
}

/// What to do where there is no level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Otherwise {
    /// No entry.
    #[default]
    Skip,
    /// An entry without this stop or target.
    Without,
    /// This far from the entry price.
    Distance(Reach),
}

/// A stop that follows the price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// How far behind.
    pub distance: Reach,
    /// Behind what.
    #[serde(default)]
    pub from: TrailFrom,
}

/// What a trailing stop follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrailFrom {
    /// The best price since the entry: with a distance in ATR, a chandelier exit.
    #[default]
    Extreme,
    /// The best close since the entry.
    Close,
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
    /// Whether the stop of a position may move while it is open.
    pub const fn stop_moves(&self) -> bool {
        self.trail.is_some() || self.ratchet || self.break_even.is_some()
    }

    /// Whether any rule is measured in average true ranges.
    pub fn needs_atr(&self) -> bool {
        let reaches = self.stop.iter().chain(&self.target).flat_map(|rule| {
            let otherwise = match rule.otherwise {
                Otherwise::Distance(reach) => Some(reach),
                Otherwise::Skip | Otherwise::Without => None,
            };
            [Some(rule.buffer), rule.distance, otherwise]
        });
        reaches
            .flatten()
            .chain(self.trail.map(|trail| trail.distance))
            .chain(self.break_even)
            .any(|reach| matches!(reach, Reach::Atr(_)))
    }

    /// The share of the position that each target closes, in the order of the plan.
    pub fn shares(&self) -> Vec<f64> {
        let stated = |rule: &PriceRule| rule.share.map(Percent::get);
        let free = self
            .target
            .iter()
            .filter(|rule| rule.share.is_none())
            .count();
        let left = 1.0 - self.target.iter().filter_map(stated).sum::<f64>();
        self.target
            .iter()
            .map(|rule| stated(rule).unwrap_or(left / free as f64))
            .collect()
    }

    pub(super) fn check(&self, side: Side, checker: Checker<'_>) -> Result<(), PlanError> {
        if let Some(stop) = self.stop {
            stop.check("stop", AtLevel::Support, side, checker)?;
            if stop.share.is_some() {
                return checker.refuse(
                    "stop",
                    "a stop ends all of a position: `share` is for targets",
                );
            }
        }
        for target in &self.target {
            target.check("target", AtLevel::Resistance, side, checker)?;
        }
        self.check_shares(checker)?;
        let has_stop = self.stop.is_some() || self.trail.is_some();
        let in_risk = |reach: Option<Reach>| matches!(reach, Some(Reach::Risk(_)));
        if !has_stop {
            for target in &self.target {
                if in_risk(target.distance)
                    || matches!(target.otherwise, Otherwise::Distance(Reach::Risk(_)))
                {
                    return checker.refuse(
                        "target",
                        "a target in `r` is measured by the stop, and there is none",
                    );
                }
            }
            if in_risk(self.break_even) {
                return checker.refuse(
                    "break_even",
                    "`break_even` in `r` is measured by the stop, and there is none",
                );
            }
        }
        if let Some(trail) = self.trail {
            positive("trail", trail.distance, checker)?;
            if in_risk(Some(trail.distance)) {
                return checker.refuse("trail", "the distance of a trail is a share or in `atr`");
            }
        }
        if self.ratchet && self.stop.is_none_or(|stop| stop.at.is_none()) {
            return checker.refuse(
                "ratchet",
                "`ratchet` moves the stop to newer levels: write stop = { at = \"support\" }",
            );
        }
        if let Some(reach) = self.break_even {
            positive("break_even", reach, checker)?;
        }
        if let Some(least) = self.min_reward_to_risk {
            if !(least.is_finite() && least > 0.0) {
                return checker.refuse(
                    "min_reward_to_risk",
                    format!("`min_reward_to_risk` must be above 0, not {least}"),
                );
            }
            if !has_stop || self.target.is_empty() {
                return checker.refuse(
                    "min_reward_to_risk",
                    "`min_reward_to_risk` needs a stop and a target",
                );
            }
        }
        checker.at_least_one("atr_bars", self.atr_bars)
    }

    fn check_shares(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        let stated: f64 = self
            .target
            .iter()
            .filter_map(|rule| rule.share)
            .map(Percent::get)
            .sum();
        let free = self.target.iter().any(|rule| rule.share.is_none());
        if stated > 1.0 + 1e-9 {
            let found = (stated * 1e6).round() / 1e4;
            return checker.refuse(
                "target",
                format!("the shares of the targets add up to {found}%, above 100%"),
            );
        }
        if free && stated > 1.0 - 1e-9 {
            return checker.refuse(
                "target",
                "the shares of the targets add up to 100%, and one without a share is left",
            );
        }
        Ok(())
    }
}

impl PriceRule {
    fn check(
        &self,
        field: &str,
        long: AtLevel,
        side: Side,
        checker: Checker<'_>,
    ) -> Result<(), PlanError> {
        let Some(at) = self.at else {
            return self.check_distance(field, long, checker);
        };
        if self.distance.is_some() {
            return checker.refuse(
                field,
                format!("the {field} lies `at` a level or at a `distance`, not both"),
            );
        }
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
        if at != wanted {
            let word = wanted.word();
            return checker.refuse(field, format!("the {field} of {who} lies at = \"{word}\""));
        }
        match self.buffer {
            Reach::Share(share) if !(0.0..=BELOW_ALL).contains(&share.get()) => {
                return checker.refuse(
                    field,
                    format!(
                        "the buffer of the {field} must be at least 0% and below 100%, not {share}"
                    ),
                );
            }
            Reach::Risk(_) => {
                return checker.refuse(
                    field,
                    format!("the buffer of the {field} is a share or in `atr`"),
                );
            }
            _ => {}
        }
        checker.at_least_one("nth", self.nth.unwrap_or(1))?;
        if let Some(least) = self.min_strength
            && !(0.0..=1.0).contains(&least)
        {
            return checker.refuse(
                "min_strength",
                format!("`min_strength` lies between 0 and 1, not at {least}"),
            );
        }
        for (name, distance) in [
            ("min_distance", self.min_distance),
            ("max_distance", self.max_distance),
        ] {
            if let Some(distance) = distance
                && distance.get() < 0.0
            {
                return checker.refuse(
                    name,
                    format!("`{name}` must be at least 0%, not {distance}"),
                );
            }
        }
        if let (Some(least), Some(most)) = (self.min_distance, self.max_distance)
            && least > most
        {
            return checker.refuse(
                "min_distance",
                format!("`min_distance` of {least} is above `max_distance` of {most}"),
            );
        }
        if let Otherwise::Distance(reach) = self.otherwise {
            positive(field, reach, checker)?;
            if field == "stop" && matches!(reach, Reach::Risk(_)) {
                return checker.refuse(
                    field,
                    "the distance of the stop is a share or in `atr`: `r` is measured by it",
                );
            }
        }
        self.check_share(checker)
    }

    fn check_distance(
        &self,
        field: &str,
        long: AtLevel,
        checker: Checker<'_>,
    ) -> Result<(), PlanError> {
        let Some(reach) = self.distance else {
            let word = long.word();
            return checker.refuse(
                field,
                format!(
                    "the {field} needs a level or a distance: at = \"{word}\", or distance = \"5%\""
                ),
            );
        };
        positive(field, reach, checker)?;
        if field == "stop" && matches!(reach, Reach::Risk(_)) {
            return checker.refuse(
                field,
                "the distance of the stop is a share or in `atr`: `r` is measured by it",
            );
        }
        let of_levels = [
            ("nth", self.nth.is_some()),
            ("min_strength", self.min_strength.is_some()),
            ("buffer", self.buffer != Reach::default()),
            ("min_distance", self.min_distance.is_some()),
            ("max_distance", self.max_distance.is_some()),
            ("otherwise", self.otherwise != Otherwise::Skip),
        ];
        if let Some((name, _)) = of_levels.iter().find(|(_, stated)| *stated) {
            return checker.refuse(
                name,
                format!("`{name}` goes with `at`, and this {field} lies at a distance"),
            );
        }
        self.check_share(checker)
    }

    fn check_share(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        match self.share {
            Some(share) => checker.share(
                "share",
                share,
                f64::MIN_POSITIVE..=1.0,
                "above 0% and at most 100%",
            ),
            None => Ok(()),
        }
    }
}

/// A distance above 0; as a share, below all of the price.
pub(super) fn positive(field: &str, reach: Reach, checker: Checker<'_>) -> Result<(), PlanError> {
    let (least, most) = (f64::MIN_POSITIVE, BELOW_ALL);
    match reach {
        Reach::Share(share) if !(least..=most).contains(&share.get()) => checker.refuse(
            field,
            format!("the distance of the {field} must be above 0% and below 100%, not {share}"),
        ),
        Reach::Atr(times) | Reach::Risk(times) if times < least => checker.refuse(
            field,
            format!("the distance of the {field} must be above 0, not {reach}"),
        ),
        _ => Ok(()),
    }
}
