//! What an event wants to do, decided when it was known; and what the fill makes of it.

use highwater_market::{Direction, Level, Price};

use crate::{
    Plan,
    asset::Tradable,
    count::KeptOut,
    event::Event,
    plan::{AtLevel, LevelExit, Otherwise},
    position::{Bracket, Costs},
};

/// An entry as decided: the levels are fixed, the price is not known yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Intent {
    side: Direction,
    stop: Aim,
    target: Aim,
}

/// A price to exit at, as far as it is known before the fill.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aim {
    Nowhere,
    At { price: f64, level: Level },
    Away(f64),
}

/// Decide an entry: with the levels known at the event's moment, seen from the last close known then.
pub(crate) fn decide(
    plan: &Plan,
    tradable: &Tradable<'_>,
    event: Event,
) -> Result<Intent, KeptOut> {
    let bars = tradable.asset.bars;
    let last_close = bars
        .complete_at(event.known)
        .checked_sub(1)
        .and_then(|index| Price::new(bars.close()[index]).ok())
        .ok_or(KeptOut::NoPrice)?;
    let aim = |exit: Option<LevelExit>, stops: bool| {
        let Some(exit) = exit else {
            return Ok(Aim::Nowhere);
        };
        // A long stops at support, a short at resistance, and the other way round for targets.
        let at = if stops == (event.direction == Direction::Long) {
            AtLevel::Support
        } else {
            AtLevel::Resistance
        };
        let levels = tradable.asset.levels;
        let (level, missing) = match at {
            AtLevel::Support => (
                levels.nearest_support(event.known, last_close),
                KeptOut::NoSupport,
            ),
            AtLevel::Resistance => (
                levels.nearest_resistance(event.known, last_close),
                KeptOut::NoResistance,
            ),
        };
        match (level, exit.otherwise) {
            (Some(level), _) => {
                let buffer = exit.buffer.fraction();
                let price = match event.direction {
                    Direction::Long => level.price.below(buffer),
                    Direction::Short => level.price.above(buffer),
                };
                Ok(Aim::At { price, level })
            }
            (None, Otherwise::Distance(distance)) => Ok(Aim::Away(distance.get())),
            (None, Otherwise::Skip) => Err(missing),
        }
    };
    Ok(Intent {
        side: event.direction,
        stop: aim(plan.exit.stop, true)?,
        target: aim(plan.exit.target, false)?,
    })
}

impl Intent {
    /// Fill at an open: the price paid, and where to exit.
    pub(crate) fn fill(&self, open: f64, costs: Costs) -> Result<(f64, Bracket), KeptOut> {
        let entry = costs.entry_fill(self.side, open);
        let sign = self.side.sign();
        let priced = |aim: Aim, losing: f64| match aim {
            Aim::Nowhere => (None, None),
            Aim::At { price, level } => (Some(price), Some(level)),
            Aim::Away(distance) => (Some(entry * (1.0 + losing * sign * distance)), None),
        };
        let (stop, stop_level) = priced(self.stop, -1.0);
        let (target, target_level) = priced(self.target, 1.0);
        let bracket = Bracket {
            stop,
            target,
            stop_level,
            target_level,
        };
        if bracket.beyond_stop(self.side, open) {
            Err(KeptOut::BeyondStop)
        } else if bracket.beyond_target(self.side, entry) {
            Err(KeptOut::BeyondTarget)
        } else {
            Ok((entry, bracket))
        }
    }
}
