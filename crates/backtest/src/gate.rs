//! Who may enter: members of the universe whose gates are open at the moment of the decision.
//!
//! Both engines ask here, and only for events that would open a position, so that a gate costs its window once per
//! such event and nothing per bar.

use highwater_market::{Bars, Direction, LevelSide, Price, Timestamp};
use highwater_metrics::{
    Convention, Dates, PeriodsPerYear, ReturnKind, Summary, log_returns_from_prices,
    returns_from_prices, summary_between,
};

use crate::{
    Plan,
    asset::Tradable,
    count::{Counts, GateCount, KeptOut},
    event::Event,
    plan::{AtLevel, GateMetric, Leave, Past, Question, Side},
    universe::Membership,
};

/// How returns become metrics.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    convention: Convention,
    per_year: Option<PeriodsPerYear>,
}

/// The gates of a plan, and the members of its universe.
#[derive(Clone, Debug)]
pub(crate) struct Gatekeeper {
    measure: Measure,
    membership: Membership,
}

impl Gatekeeper {
    pub(crate) fn new(plan: &Plan, assets: &[Tradable<'_>]) -> Self {
        let measure = Measure::of(plan);
        let membership = Membership::new(plan, &measure, assets);
        Self {
            measure,
            membership,
        }
    }

    /// Counts of nothing yet, with a place for every gate.
    pub(crate) fn counts(plan: &Plan) -> Counts {
        Counts {
            gates: plan.entry.only_if.iter().map(GateCount::of).collect(),
            ..Counts::default()
        }
    }

    /// Whether an event may enter; the first gate that is shut says no. `index` is the asset's place.
    pub(crate) fn admits(
        &self,
        plan: &Plan,
        index: usize,
        tradable: &Tradable<'_>,
        event: Event,
    ) -> Result<(), KeptOut> {
        if !self.membership.holds(index, tradable, event.known) {
            return Err(KeptOut::NotInUniverse);
        }
        for (gate, asked) in plan.entry.only_if.iter().enumerate() {
            match self.answer_to(asked.asks, plan.entry.side, tradable, event) {
                None => return Err(KeptOut::GateUndefined { gate }),
                Some(answer) if asked.comparison.holds(answer, asked.bound) => {}
                Some(_) => return Err(KeptOut::Gated { gate }),
            }
        }
        Ok(())
    }

    /// Whether the plan lets go of what an asset holds at an instant, since it is no member of the universe any more.
    pub(crate) fn lets_go(
        &self,
        plan: &Plan,
        index: usize,
        tradable: &Tradable<'_>,
        at: Timestamp,
    ) -> bool {
        plan.universe.leave() == Leave::Exit && !self.membership.holds(index, tradable, at)
    }

    /// The answer to a question as of the event; `None` if that cannot be said.
    pub(crate) fn answer_to(
        &self,
        asked: Question,
        side: Side,
        tradable: &Tradable<'_>,
        event: Event,
    ) -> Option<f64> {
        let bars = tradable.asset.bars;
        let last = || bars.complete_at(event.known).checked_sub(1);
        match asked {
            Question::Metric { metric, past } => {
                let last = last()?;
                let first = base_of(bars, last, past)?;
                self.measure.metric(metric, bars, first, last)
            }
            Question::Distance { to, min_strength } => {
                let close = Price::new(bars.close()[last()?]).ok()?;
                let mirrored = side == Side::Both && event.direction == Direction::Short;
                let wanted = match (to, mirrored) {
                    (AtLevel::Support, false) | (AtLevel::Resistance, true) => LevelSide::Support,
                    (AtLevel::Resistance, false) | (AtLevel::Support, true) => {
                        LevelSide::Resistance
                    }
                };
                let levels = tradable.asset.levels.levels_at(event.known, close);
                let nearest = levels
                    .iter()
                    .filter(|level| {
                        level.side == wanted
                            && min_strength.is_none_or(|least| {
                                level.strength.is_some_and(|strength| strength >= least)
                            })
                    })
                    .map(|level| (level.price.get() - close.get()).abs() / close.get());
                // No such level is as far as it gets.
                Some(nearest.fold(f64::INFINITY, f64::min))
            }
            Question::Fact(fact) => tradable
                .asset
                .facts
                .latest(&fact.to_string(), event.known)
                .filter(|value| !value.is_nan()),
        }
    }
}

/// The bar whose close stands at the beginning of a stretch that ends with bar `last`; `None` if the bars do not reach
/// back that far.
fn base_of(bars: &Bars, last: usize, past: Past) -> Option<usize> {
    match past {
        Past::Bars(count) => last.checked_sub(count as usize),
        Past::Days(days) => {
            let begins = bars.open_times()[last].plus_days(-i64::from(days));
            bars.open_times()[..last]
                .partition_point(|&open| open <= begins)
                .checked_sub(1)
        }
    }
}

impl Measure {
    fn of(plan: &Plan) -> Self {
        let convention = plan.gate_convention();
        Self {
            per_year: convention.periods_per_year(plan.timeframe.per_day()).ok(),
            convention,
        }
    }

    /// The metrics of the returns from the close of one bar to that of another.
    /// A metric of the closes from one bar to another; `None` if it is undefined.
    pub(crate) fn metric(
        &self,
        metric: GateMetric,
        bars: &Bars,
        first: usize,
        last: usize,
    ) -> Option<f64> {
        let found = metric.of(&self.closes(bars, first, last)?).ok()?;
        if metric == GateMetric::Return {
            // Of two closes alone, so that equal ones give 0, and not what compounding leaves of it.
            return Some(bars.close()[last] / bars.close()[first] - 1.0);
        }
        Some(found)
    }

    fn closes(&self, bars: &Bars, first: usize, last: usize) -> Option<Summary> {
        let closes = bars.close().get(first..=last)?;
        let returns = match self.convention.returns {
            ReturnKind::Simple => returns_from_prices(closes),
            ReturnKind::Log => log_returns_from_prices(closes),
        };
        let dates = Dates {
            from: bars.close_time(first).micros(),
            until: bars.close_time(last).micros(),
        };
        Some(summary_between(
            &returns,
            dates,
            &self.convention,
            self.per_year?,
        ))
    }
}
