//! `[rebalance]`: target weights by a score, set anew from time to time.

use serde::{Deserialize, Serialize};

use super::{
    Fact, Past, Percent, Plan, PlanError, Question, Side, check::Checker, signal::EntrySignal,
};

/// Weights of the tokens in the portfolio, set anew from time to time; goes with `signal = "rebalance"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RebalancePlan {
    /// Time between rebalances, counted from the first instant of the plan's period, or from 1970 if it is open.
    pub every: Past,
    /// What the tokens are ranked by, as of the rebalance, such as `return(90d)`; `None`: they are not ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Question>,
    /// How many of those that rank highest are held; `None`: all of which the score is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
    /// How equity is shared among them.
    #[serde(default)]
    pub weights: Weights,
    /// Share of equity that they have together; `None`: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invested: Option<Percent>,
    /// A holding that is off its weight by no more than this share of equity is left alone; `None`: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Percent>,
}

/// How equity is shared among the tokens that are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// The same for each.
    #[default]
    Equal,
    /// In proportion to the score; a token whose score is 0 or below has none.
    Score,
    /// In inverse proportion to volatility.
    InverseVolatility,
}

impl RebalancePlan {
    /// What the vendor has to be asked for the score.
    pub(super) const fn fact(&self) -> Option<Fact> {
        match self.score {
            Some(Question::Fact(fact)) => Some(fact),
            _ => None,
        }
    }

    pub(super) fn check(plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        let rebalances = plan.entry.signal == EntrySignal::Rebalance;
        let Some(rule) = &plan.rebalance else {
            if rebalances {
                return checker.refuse(
                    "signal",
                    "signal = \"rebalance\" needs a table `[rebalance]`",
                );
            }
            return Ok(());
        };
        if !rebalances {
            return checker.refuse(
                "rebalance",
                "`[rebalance]` goes with [entry] signal = \"rebalance\"",
            );
        }
        if plan.entry.side != Side::Long {
            return checker.refuse(
                "side",
                "weights are those of tokens that are held: write side = \"long\"",
            );
        }
        if let Some(top) = rule.top {
            checker.at_least_one("top", top)?;
            if rule.score.is_none() {
                return checker.refuse(
                    "top",
                    "`top` of what? Write a `score`, such as \"return(90d)\"",
                );
            }
        }
        if rule.weights == Weights::Score && rule.score.is_none() {
            return checker.refuse(
                "weights",
                "weights = \"score\" needs a `score`, such as \"return(90d)\"",
            );
        }
        if let Some(share) = rule.invested {
            checker.share(
                "invested",
                share,
                f64::MIN_POSITIVE..=1.0,
                "above 0% and at most 100%",
            )?;
        }
        if let Some(share) = rule.band {
            checker.share("band", share, 0.0..=1.0, "from 0% to 100%")?;
        }
        if let Some(score) = &rule.score {
            score.check("score", plan, checker)?;
        }
        let exit = &plan.exit;
        let others = [
            ("order", plan.entry.order.is_some()),
            ("stop", exit.stop.is_some()),
            ("target", !exit.target.is_empty()),
            ("trail", exit.trail.is_some()),
            ("break_even", exit.break_even.is_some()),
            ("time", exit.time.is_some()),
            ("max_positions", plan.portfolio.max_positions.is_some()),
            ("cooldown", plan.portfolio.cooldown.is_some()),
            ("leverage", plan.portfolio.leverage != 1.0),
            ("loan", plan.cost.loan.is_some()),
        ];
        match others.iter().find(|(_, stated)| *stated) {
            Some((field, _)) => checker.refuse(
                field,
                format!("`{field}` does nothing in a plan that sets weights: leave it out, or `[rebalance]`"),
            ),
            None => Ok(()),
        }
    }
}
