//! What a position is worth, and what closing it gives.
//!
//! ```text
//! entry      : cash -= quantity x entry x (1 + fee)              both sides: a short deposits its value
//! value(p)   = quantity x p                                      long
//!            = quantity x (2 entry - p)                          short: deposit and profit
//!              - funding and borrowing so far
//! exit       : cash += value(exit) - quantity x exit x fee
//! ```

use highwater_market::{Direction, Level, Timestamp};
use serde::Serialize;

use crate::{Excursion, ExitReason, Trade, asset::Tradable, costs::Costs};

/// Which rule placed a stop where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopBy {
    /// The stop of the entry.
    #[default]
    Initial,
    /// The trail.
    Trail,
    /// A newer level.
    Ratchet,
    /// The move to the entry price.
    BreakEven,
}

impl StopBy {
    /// The text form, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Trail => "trail",
            Self::Ratchet => "ratchet",
            Self::BreakEven => "break-even",
        }
    }
}

/// A price at which a part of a position takes its profit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Leg {
    pub(crate) price: f64,
    /// The share of the position that it closes.
    pub(crate) share: f64,
    pub(crate) level: Option<Level>,
}

/// Where a position gives up at first and takes its profit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bracket {
    pub(crate) stop: Option<f64>,
    pub(crate) stop_level: Option<Level>,
    pub(crate) stop_by: StopBy,
    /// The nearest first.
    pub(crate) legs: Vec<Leg>,
}

/// Whether a price is at or past one at which a side loses.
pub(crate) fn loses(side: Direction, price: f64, at: f64) -> bool {
    match side {
        Direction::Long => price <= at,
        Direction::Short => price >= at,
    }
}

/// Whether a price is at or past one at which a side gains.
pub(crate) fn gains(side: Direction, price: f64, at: f64) -> bool {
    loses(side.opposite(), price, at)
}

impl Bracket {
    /// Whether a price is at or past the stop.
    pub(crate) fn beyond_stop(&self, side: Direction, price: f64) -> bool {
        self.stop.is_some_and(|stop| loses(side, price, stop))
    }

    /// Whether a price is at or past the nearest target.
    pub(crate) fn beyond_target(&self, side: Direction, price: f64) -> bool {
        self.legs
            .first()
            .is_some_and(|leg| gains(side, price, leg.price))
    }

    /// Whether the targets, each by its share, promise less than so many times what the stop would lose. Without a stop
    /// or a target, which a plan may allow where there is no level, nothing is promised.
    pub(crate) fn promises_less(&self, least: Option<f64>, entry: f64) -> bool {
        let Some(least) = least else {
            return false;
        };
        let shares: f64 = self.legs.iter().map(|leg| leg.share).sum();
        let reward: f64 = self
            .legs
            .iter()
            .map(|leg| leg.share * (leg.price - entry).abs())
            .sum();
        match self.stop {
            Some(stop) if shares > 0.0 => reward / shares < least * (entry - stop).abs(),
            _ => true,
        }
    }

    /// Whether the targets close all of the position.
    fn is_whole(&self) -> bool {
        self.legs.iter().map(|leg| leg.share).sum::<f64>() > 1.0 - 1e-9
    }
}

/// An open position.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Position {
    pub(crate) side: Direction,
    pub(crate) decision: Timestamp,
    pub(crate) entry_time: Timestamp,
    pub(crate) entry_bar: usize,
    pub(crate) entry_raw: f64,
    pub(crate) entry: f64,
    /// Coins at the entry.
    pub(crate) quantity: f64,
    /// Coins that are left.
    pub(crate) left: f64,
    /// Targets that were reached.
    pub(crate) reached: usize,
    /// The average true range at the decision.
    pub(crate) atr: f64,
    /// Whether a limit order entered it, which makes the market.
    pub(crate) is_limit: bool,
    /// Whether it was entered after the open of its entry bar.
    pub(crate) inside: bool,
    /// Whether a policy had to say what its entry bar did to it.
    pub(crate) in_doubt: bool,
    pub(crate) bracket: Bracket,
}

/// The stop in force in a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StopNow {
    pub(crate) price: Option<f64>,
    pub(crate) by: StopBy,
}

/// Where, why and at which price, before slippage, a position or a part of it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exit {
    pub(crate) bar: usize,
    pub(crate) reason: ExitReason,
    pub(crate) price: f64,
    /// The target that was reached; none if all that is left ends.
    pub(crate) leg: Option<usize>,
    pub(crate) doubtful: bool,
    pub(crate) by_finer: bool,
    pub(crate) stop: StopNow,
}

/// An exit and the coins that it closed, and left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Closed {
    pub(crate) exit: Exit,
    pub(crate) quantity: f64,
    pub(crate) left: f64,
    /// The target that it reached, or else the next one that it did not.
    pub(crate) target: usize,
}

/// What the worth of a position's coins depends on, beside their price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Basis {
    side: Direction,
    entry: f64,
    entry_time: Timestamp,
}

impl Basis {
    /// What `quantity` coins are worth at a price and a moment: the deposit and the profit, for a short; less what holding
    /// them has cost so far.
    pub(crate) fn worth(self, quantity: f64, price: f64, at: Timestamp, costs: Costs) -> f64 {
        let value = match self.side {
            Direction::Long => quantity * price,
            Direction::Short => quantity * (2.0 * self.entry - price),
        };
        value - self.carry(quantity, at, costs)
    }

    /// What holding `quantity` coins has cost until a moment.
    fn carry(self, quantity: f64, at: Timestamp, costs: Costs) -> f64 {
        costs.carry(self.side, quantity * self.entry, self.entry_time, at)
    }
}

/// What a closed part of a position made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profit {
    /// The price received (paid, for a short), slippage included.
    fill: f64,
    entry_fee: f64,
    exit_fee: f64,
    carry: f64,
    /// After all costs.
    pub(crate) pnl: f64,
    /// Over the value at entry.
    pub(crate) fraction: f64,
}

impl Position {
    pub(crate) const fn basis(&self) -> Basis {
        Basis {
            side: self.side,
            entry: self.entry,
            entry_time: self.entry_time,
        }
    }

    /// What `quantity` of its coins are worth at a price and a moment.
    pub(crate) fn worth(&self, quantity: f64, price: f64, at: Timestamp, costs: Costs) -> f64 {
        self.basis().worth(quantity, price, at, costs)
    }

    /// The targets that were not reached yet, the nearest first.
    pub(crate) fn ahead(&self) -> &[Leg] {
        &self.bracket.legs[self.reached..]
    }

    /// Cash that the entry takes.
    pub(crate) fn entry_cash(&self, costs: Costs) -> f64 {
        let value = self.quantity * self.entry;
        value + value * costs.entry_fee(self.is_limit)
    }

    /// Close what an exit closes.
    pub(crate) fn close(&mut self, exit: Exit) -> Closed {
        let target = exit.leg.unwrap_or(self.reached);
        let quantity = match exit.leg {
            None => std::mem::take(&mut self.left),
            Some(leg) => self.close_leg(leg),
        };
        Closed {
            exit,
            quantity,
            left: self.left,
            target,
        }
    }

    /// Close what a target closes: so many coins.
    pub(crate) fn close_leg(&mut self, leg: usize) -> f64 {
        self.reached = leg + 1;
        let last = self.reached == self.bracket.legs.len() && self.bracket.is_whole();
        let part = self.quantity * self.bracket.legs[leg].share;
        let quantity = if last { self.left } else { part.min(self.left) };
        self.left -= quantity;
        quantity
    }

    /// Close so many of its coins.
    pub(crate) fn close_part(&mut self, exit: Exit, quantity: f64) -> Closed {
        self.left -= quantity;
        Closed {
            exit,
            quantity,
            left: self.left,
            target: self.reached,
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_closed(&self) -> bool {
        self.left <= 0.0
    }

    /// Cash that an exit gives; for a position at the end of the data, what it is worth.
    pub(crate) fn exit_cash(&self, tradable: &Tradable<'_>, closed: Closed, costs: Costs) -> f64 {
        let Closed { exit, quantity, .. } = closed;
        let bars = tradable.asset.bars;
        let fill = costs.exit_fill(bars, exit.bar, self.side, quantity, exit.price, exit.reason);
        self.worth(quantity, fill, bars.open_times()[exit.bar], costs)
            - costs.exit_fee(quantity * fill, exit.reason)
    }

    /// What an exit makes of the coins that it closes.
    pub(crate) fn profit(&self, tradable: &Tradable<'_>, closed: Closed, costs: Costs) -> Profit {
        let Closed { exit, quantity, .. } = closed;
        let (side, entry) = (self.side, self.entry);
        let bars = tradable.asset.bars;
        let at = bars.open_times()[exit.bar];
        let fill = costs.exit_fill(bars, exit.bar, side, quantity, exit.price, exit.reason);
        let entry_fee = self.entry_fee_of(quantity, costs);
        let exit_fee = costs.exit_fee(quantity * fill, exit.reason);
        let fees = entry_fee + exit_fee;
        let carry = self.basis().carry(quantity, at, costs);
        let pnl = quantity * (side.sign() * (fill - entry)) - fees - carry;
        Profit {
            fill,
            entry_fee,
            exit_fee,
            carry,
            pnl,
            fraction: pnl / (quantity * entry),
        }
    }

    fn entry_fee_of(&self, coins: f64, costs: Costs) -> f64 {
        coins * self.entry * costs.entry_fee(self.is_limit)
    }

    /// Whether an exit, or the entry before it, was in doubt.
    pub(crate) const fn doubts(&self, exit: &Exit) -> bool {
        exit.doubtful || self.in_doubt
    }

    /// The trade that an exit makes of the position, or of a part of it; its number and its excursion are the replay's to
    /// fill in.
    pub(crate) fn trade(&self, tradable: &Tradable<'_>, closed: Closed, costs: Costs) -> Trade {
        let Closed {
            exit,
            quantity,
            target,
            ..
        } = closed;
        let (side, entry) = (self.side, self.entry);
        let opens = tradable.asset.bars.open_times();
        let Profit {
            fill,
            entry_fee,
            exit_fee,
            carry,
            pnl,
            fraction,
        } = self.profit(tradable, closed, costs);
        let entry_slippage = quantity * (entry - self.entry_raw).abs();
        let exit_slippage = quantity * (fill - exit.price).abs();
        let token = tradable.asset.token;
        let leg = self.bracket.legs.get(target);
        Trade {
            position: 0,
            symbol: token.symbol.clone(),
            token_id: token.id,
            source: token.source.clone(),
            side,
            decision_time: self.decision,
            entry_time: opens[self.entry_bar],
            entry_raw_price: self.entry_raw,
            entry_price: entry,
            exit_time: opens[exit.bar],
            exit_raw_price: exit.price,
            exit_price: fill,
            exit_reason: exit.reason,
            stop_price: self.bracket.stop,
            stop_at_exit: exit.stop.price,
            stop_by: exit.stop.by,
            target_price: leg.map(|leg| leg.price),
            stop_level: self.bracket.stop_level,
            target_level: leg.and_then(|leg| leg.level),
            quantity,
            position_quantity: self.quantity,
            position_entry_fee: self.entry_fee_of(self.quantity, costs),
            targets: self.bracket.legs.iter().map(|leg| leg.price).collect(),
            fees: entry_fee + exit_fee,
            entry_fee,
            exit_fee,
            carry,
            slippage: entry_slippage + exit_slippage,
            entry_slippage,
            exit_slippage,
            pnl,
            pnl_fraction: fraction,
            r_multiple: self
                .bracket
                .stop
                .map(|stop| pnl / (quantity * (entry - stop).abs())),
            excursion: Excursion::default(),
            bars_held: exit.bar - self.entry_bar,
            entry_bar: self.entry_bar,
            exit_bar: exit.bar,
            doubtful: self.doubts(&exit),
            entered_inside: self.inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_rules_are_those_of_json() {
        for by in [
            StopBy::Initial,
            StopBy::Trail,
            StopBy::Ratchet,
            StopBy::BreakEven,
        ] {
            let json = serde_json::to_value(by).unwrap();
            assert_eq!(json, by.name());
        }
    }

    #[test]
    fn the_promise_is_that_of_what_is_sold_at_targets() {
        // Half of the position is sold, at twice the risk: the rest that waits promises nothing and takes nothing away.
        let leg = |price, share| Leg {
            price,
            share,
            level: None,
        };
        let bracket = Bracket {
            stop: Some(95.0),
            stop_level: None,
            stop_by: StopBy::Initial,
            legs: vec![leg(108.0, 0.25), leg(112.0, 0.25)],
        };
        assert!(!bracket.promises_less(Some(2.0), 100.0));
        assert!(bracket.promises_less(Some(2.001), 100.0));
        assert!(!bracket.promises_less(None, 100.0));
    }
}
