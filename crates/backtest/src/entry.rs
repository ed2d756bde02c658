//! What an event wants to do, decided when it was known; and what the fill makes of it.

use highwater_market::{Direction, Level, LevelSide, Price, Timestamp};

use crate::{
    Plan,
    asset::Tradable,
    costs::Costs,
    count::KeptOut,
    event::Event,
    plan::{AtLevel, BarCount, Otherwise, PriceRule, Reach},
    position::{Bracket, Leg, StopBy},
    size::{Filled, Order, loses_below, ticked},
};

/// An entry as decided: the levels are fixed, the price is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intent {
    side: Direction,
    stop: Aim,
    legs: Vec<(Aim, f64)>,
    /// The average true range at the decision; NaN if no rule asks for it.
    pub(crate) atr: f64,
    /// The last close known at the decision.
    pub(crate) close: f64,
}

/// A price to exit at, as far as it is known before the fill.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aim {
    Nowhere,
    At { price: f64, level: Level },
    Away(Reach),
}

/// Decide an entry: with the levels known at the event's moment, seen from the last close known then.
pub(crate) fn decide(
    plan: &Plan,
    tradable: &Tradable<'_>,
    event: Event,
) -> Result<Intent, KeptOut> {
    let bars = tradable.asset.bars;
    let last = bars
        .complete_at(event.known)
        .checked_sub(1)
        .ok_or(KeptOut::NoPrice)?;
    let close = Price::new(bars.close()[last]).map_err(|_| KeptOut::NoPrice)?;
    let atr = tradable.atr_at(last);
    if plan.needs_atr() && atr.is_nan() {
        return Err(KeptOut::NoAtr);
    }
    let side = event.direction;
    let aim = |rule: &PriceRule, stops: bool| {
        if let Some(reach) = rule.distance {
            return Ok(Aim::Away(reach));
        }
        let at = level_of(side, stops);
        match (
            level(tradable, event.known, close, at, rule),
            rule.otherwise,
        ) {
            (Some(level), _) => {
                let price = buffered(side, level, rule.buffer, atr);
                Ok(Aim::At { price, level })
            }
            (None, Otherwise::Distance(reach)) => Ok(Aim::Away(reach)),
            (None, Otherwise::Without) => Ok(Aim::Nowhere),
            (None, Otherwise::Skip) => Err(match at {
                AtLevel::Support => KeptOut::NoSupport,
                AtLevel::Resistance => KeptOut::NoResistance,
            }),
        }
    };
    let stop = match &plan.exit.stop {
        Some(rule) => aim(rule, true)?,
        None => Aim::Nowhere,
    };
    let mut legs = Vec::with_capacity(plan.exit.target.len());
    for (rule, share) in plan.exit.target.iter().zip(plan.exit.shares()) {
        legs.push((aim(rule, false)?, share));
    }
    Ok(Intent {
        side,
        stop,
        legs,
        atr,
        close: close.get(),
    })
}

/// An event to an order at the open of a bar. `left`: the bar in which the asset's last position ended.
pub(crate) fn order(
    plan: &Plan,
    costs: Costs,
    tradable: &Tradable<'_>,
    asset: usize,
    bar: usize,
    event: Event,
    left: Option<usize>,
) -> Result<Order, KeptOut> {
    rests(plan, bar, left)?;
    decide(plan, tradable, event)?.at_market(plan, costs, tradable, asset, bar, event)
}

/// Whether the plan lets an asset rest, whose last position ended in the bar `left`.
pub(crate) fn rests(plan: &Plan, bar: usize, left: Option<usize>) -> Result<(), KeptOut> {
    let cooling = |cooldown: BarCount| left.is_some_and(|left| bar - left < cooldown.get());
    if plan.portfolio.cooldown.is_some_and(cooling) {
        return Err(KeptOut::Cooldown);
    }
    Ok(())
}

/// The level at which a side stops, or takes its profit: a long stops at support, a short at resistance.
pub(crate) fn level_of(side: Direction, stops: bool) -> AtLevel {
    if stops == (side == Direction::Long) {
        AtLevel::Support
    } else {
        AtLevel::Resistance
    }
}

/// The level that a rule means, of those known at a moment, seen from a price.
pub(crate) fn level(
    tradable: &Tradable<'_>,
    at: Timestamp,
    close: Price,
    side: AtLevel,
    rule: &PriceRule,
) -> Option<Level> {
    let book = tradable.asset.levels;
    let nth = rule.nth.unwrap_or(1);
    let plain = nth == 1 && rule.min_strength.is_none() && rule.min_distance.is_none();
    let distance = |level: &Level| (level.price.get() - close.get()).abs() / close.get();
    let found = match (side, plain) {
        (AtLevel::Support, true) => book.nearest_support(at, close),
        (AtLevel::Resistance, true) => book.nearest_resistance(at, close),
        (side, false) => {
            let wanted = match side {
                AtLevel::Support => LevelSide::Support,
                AtLevel::Resistance => LevelSide::Resistance,
            };
            let counts = |level: &Level| {
                level.side == wanted
                    && rule.min_strength.is_none_or(|least| {
                        level.strength.is_some_and(|strength| strength >= least)
                    })
                    && rule
                        .min_distance
                        .is_none_or(|least| distance(level) >= least.get())
            };
            let mut levels = book.levels_at(at, close);
            if side == AtLevel::Support {
                levels.reverse();
            }
            levels.into_iter().filter(counts).nth(nth - 1)
        }
    };
    found.filter(|level| {
        rule.max_distance
            .is_none_or(|most| distance(level) <= most.get())
    })
}

/// The price before or beyond a level, as a rule's buffer says: below it for a long, above it for a short.
pub(crate) fn buffered(side: Direction, level: Level, buffer: Reach, atr: f64) -> f64 {
    match (buffer, side) {
        (Reach::Share(share), Direction::Long) => level.price.below(share.fraction()),
        (Reach::Share(share), Direction::Short) => level.price.above(share.fraction()),
        (Reach::Atr(times) | Reach::Risk(times), _) => {
            level.price.get() - side.sign() * times * atr
        }
    }
}

/// A price so far from another: `sign` says to which side. `risk` is the distance to the stop.
pub(crate) fn away(price: f64, sign: f64, reach: Reach, atr: f64, risk: f64) -> f64 {
    match reach {
        Reach::Share(share) => price * (1.0 + sign * share.get()),
        Reach::Atr(times) => price + sign * times * atr,
        Reach::Risk(times) => price + sign * times * risk,
    }
}

impl Intent {
    /// An order at the open of a bar.
    pub(crate) fn at_market(
        &self,
        plan: &Plan,
        costs: Costs,
        tradable: &Tradable<'_>,
        asset: usize,
        bar: usize,
        event: Event,
    ) -> Result<Order, KeptOut> {
        let open = tradable.asset.bars.open()[bar];
        let fill = costs.entry_fill(tradable, bar, event.direction, open, false);
        Ok(Order {
            asset,
            bar,
            event,
            raw: open,
            is_limit: false,
            filled: Filled::AtOpen,
            fill,
            atr: self.atr,
            bracket: self.fill(plan, open, fill)?,
        })
    }

    /// Fill at a price, `entry` with slippage: where to exit.
    pub(crate) fn fill(&self, plan: &Plan, raw: f64, entry: f64) -> Result<Bracket, KeptOut> {
        let bracket = self.bracket(plan, entry)?;
        if bracket.beyond_stop(self.side, raw) {
            Err(KeptOut::BeyondStop)
        } else if bracket.beyond_target(self.side, entry) {
            Err(KeptOut::BeyondTarget)
        } else if bracket.promises_less(plan.exit.min_reward_to_risk, entry) {
            Err(KeptOut::LowReward)
        } else {
            Ok(bracket)
        }
    }

    fn bracket(&self, plan: &Plan, entry: f64) -> Result<Bracket, KeptOut> {
        let sign = self.side.sign();
        let priced = |aim: Aim, losing: f64, risk: f64| match aim {
            Aim::Nowhere => (None, None),
            Aim::At { price, level } => (Some(price), Some(level)),
            Aim::Away(reach) => (
                Some(away(entry, losing * sign, reach, self.atr, risk)),
                None,
            ),
        };
        let (mut stop, mut stop_level) = priced(self.stop, -1.0, f64::NAN);
        let mut stop_by = StopBy::Initial;
        if let Some(trail) = plan.exit.trail {
            let price = away(entry, -sign, trail.distance, self.atr, f64::NAN);
            if stop.is_none_or(|stop| sign * price > sign * stop) {
                (stop, stop_level, stop_by) = (Some(price), None, StopBy::Trail);
            }
        }
        let (tick, below) = (plan.size.tick, loses_below(self.side));
        stop = stop.map(|price| ticked(price, tick, !below));
        let risk = stop.map_or(f64::NAN, |stop| (entry - stop).abs());
        let mut legs = Vec::with_capacity(self.legs.len());
        for &(aim, share) in &self.legs {
            let in_risk = matches!(aim, Aim::Away(Reach::Risk(_)));
            if in_risk && risk.is_nan() {
                return Err(KeptOut::NoStop);
            }
            if let (Some(price), level) = priced(aim, 1.0, risk) {
                legs.push(Leg {
                    price: ticked(price, tick, below),
                    share,
                    level,
                });
            }
        }
        legs.sort_by(|a, b| (sign * a.price).total_cmp(&(sign * b.price)));
        Ok(Bracket {
            stop,
            stop_level,
            stop_by,
            legs,
        })
    }
}
