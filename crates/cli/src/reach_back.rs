//! Whether the history reaches back as far as the rules of a plan look: without it, a plan never enters, and says only
//! that nothing came of its signals.

use highwater_backtest::{
    Plan,
    plan::{EntrySignal, Past, Question},
};
use highwater_market::{Bars, Timeframe};

use crate::{failure::Failure, replay::Loaded, signals::first_few};

/// A rule that looks back, and how far: no entry is made before the bars reach that far.
struct Rule {
    field: String,
    past: Past,
}

impl Rule {
    fn new(field: &str, past: Past) -> Self {
        Self {
            field: field.to_owned(),
            past,
        }
    }

    /// Whether bars reach back so far from their last, and one bar more, from whose close returns begin.
    fn is_within(&self, bars: &Bars) -> bool {
        let opens = bars.open_times();
        let (Some(&first), Some(&last)) = (opens.first(), opens.last()) else {
            return false;
        };
        match self.past {
            Past::Bars(count) => bars.len() > count as usize,
            Past::Days(days) => last - first >= i64::from(days) * Timeframe::D1.micros(),
        }
    }
}

/// The rules of a plan without whose answer nothing is entered.
fn rules(plan: &Plan) -> Vec<Rule> {
    let count = |bars: usize| Past::Bars(u32::try_from(bars).unwrap_or(u32::MAX));
    let mut rules = Vec::new();
    if plan.entry.signal == EntrySignal::Breakout {
        rules.push(Rule::new(
            "entry.lookback",
            count(plan.entry.lookback_bars()),
        ));
    }
    for gate in &plan.entry.only_if {
        if let Question::Metric { past, .. } = gate.asks {
            rules.push(Rule::new(&format!("the gate `{gate}`"), past));
        }
    }
    let score = plan.rebalance.as_ref().and_then(|rule| rule.score);
    if let Some(Question::Metric { past, .. }) = score {
        rules.push(Rule::new("rebalance.score", past));
    }
    if plan.size.volatility.is_some() || plan.size.inverse_volatility.is_some() {
        rules.push(Rule::new(
            "size.volatility_bars",
            count(plan.size.volatility_bars()),
        ));
    }
    rules
}

/// What is said of rules that look back further than the history of tokens.
#[derive(Default)]
pub(crate) struct TooShort {
    /// Of the first rule for which no token's history suffices.
    pub(crate) of_all: Option<Failure>,
    /// Of rules for which that of some tokens does not.
    pub(crate) of_some: Vec<String>,
}

impl TooShort {
    /// Hold the rules of a plan against the bars that were read.
    pub(crate) fn of(plan: &Plan, loaded: &[Loaded]) -> Self {
        let mut found = Self::default();
        for rule in rules(plan) {
            let short: Vec<&str> = loaded
                .iter()
                .filter(|one| !rule.is_within(&one.bars))
                .map(|one| &one.token.symbol[..])
                .collect();
            let longest = loaded.iter().map(|one| one.bars.len()).max().unwrap_or(0);
            let Rule { field, past } = rule;
            if short.is_empty() {
                continue;
            }
            if short.len() < loaded.len() {
                found.of_some.push(format!(
                    "{field} looks back {past}, further than the history of {} of {} tokens, which are never entered: {}",
                    short.len(),
                    loaded.len(),
                    first_few(&short)
                ));
            } else if found.of_all.is_none() {
                found.of_all = Some(
                    Failure::data(format!(
                        "{field} looks back {past}, and no token has that much history: the longest has {longest} bars, so that nothing can be entered"
                    ))
                    .hint("look back less far, or bring more history with `highwater import` or `highwater snapshot --since DATE`"),
                );
            }
        }
        found
    }
}
