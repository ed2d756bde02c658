//! What a fill costs and what a position is worth.
//!
//! ```text
//! buy fill   = price x (1 + slippage)      sell fill = price x (1 - slippage)      a target: price
//! entry      : cash -= quantity x entry x (1 + fee)              both sides: a short deposits its value
//! value(p)   = quantity x p                                      long
//!            = quantity x (2 entry - p)                          short: deposit and profit
//! exit       : cash += value(exit) - quantity x exit x fee
//! ```

use highwater_market::{Direction, Level, Timestamp};

use crate::{Excursion, ExitReason, Plan, Trade, asset::Tradable};

/// A fee and a slippage, as fractions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs {
    pub(crate) fee: f64,
    slippage: f64,
}

impl Costs {
    pub(crate) fn of(plan: &Plan) -> Self {
        Self {
            fee: plan.cost.fee.get(),
            slippage: plan.cost.slippage.get(),
        }
    }

    /// The price of a market order that opens a position.
    pub(crate) fn entry_fill(self, side: Direction, price: f64) -> f64 {
        price * (1.0 + side.sign() * self.slippage)
    }

    /// The price at which a position ends.
    pub(crate) fn exit_fill(self, side: Direction, price: f64, reason: ExitReason) -> f64 {
        if reason.is_limit() {
            price
        } else {
            price * (1.0 - side.sign() * self.slippage)
        }
    }
}

/// Where a position gives up and takes its profit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bracket {
    pub(crate) stop: Option<f64>,
    pub(crate) target: Option<f64>,
    pub(crate) stop_level: Option<Level>,
    pub(crate) target_level: Option<Level>,
}

impl Bracket {
    /// Whether a price is at or past the stop.
    pub(crate) fn beyond_stop(&self, side: Direction, price: f64) -> bool {
        self.stop.is_some_and(|stop| match side {
            Direction::Long => price <= stop,
            Direction::Short => price >= stop,
        })
    }

    /// Whether a price is at or past the target.
    pub(crate) fn beyond_target(&self, side: Direction, price: f64) -> bool {
        self.target.is_some_and(|target| match side {
            Direction::Long => price >= target,
            Direction::Short => price <= target,
        })
    }
}

/// An open position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Position {
    pub(crate) side: Direction,
    pub(crate) decision: Timestamp,
    pub(crate) entry_bar: usize,
    pub(crate) entry_raw: f64,
    pub(crate) entry: f64,
    pub(crate) quantity: f64,
    pub(crate) bracket: Bracket,
}

/// Where, why and at which price, before slippage, a position ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exit {
    pub(crate) bar: usize,
    pub(crate) reason: ExitReason,
    pub(crate) price: f64,
    pub(crate) doubtful: bool,
    pub(crate) by_finer: bool,
}

impl Position {
    /// What the position is worth at a price: the deposit and the profit, for a short.
    pub(crate) fn value(&self, price: f64) -> f64 {
        match self.side {
            Direction::Long => self.quantity * price,
            Direction::Short => self.quantity * (2.0 * self.entry - price),
        }
    }

    /// Cash that the entry takes.
    pub(crate) fn entry_cash(&self, costs: Costs) -> f64 {
        let value = self.quantity * self.entry;
        value + value * costs.fee
    }

    /// Cash that the exit gives; for a position at the end of the data, what it is worth.
    pub(crate) fn exit_cash(&self, exit: Exit, costs: Costs) -> f64 {
        if exit.reason == ExitReason::EndOfData {
            return self.value(exit.price);
        }
        let fill = costs.exit_fill(self.side, exit.price, exit.reason);
        self.value(fill) - self.quantity * fill * costs.fee
    }

    /// The trade that an exit makes of the position; its number and its excursion are the replay's to fill in.
    pub(crate) fn trade(&self, tradable: &Tradable<'_>, exit: Exit, costs: Costs) -> Trade {
        let (side, quantity, entry) = (self.side, self.quantity, self.entry);
        let closed = exit.reason != ExitReason::EndOfData;
        let fill = if closed {
            costs.exit_fill(side, exit.price, exit.reason)
        } else {
            exit.price
        };
        let exit_fee = if closed {
            quantity * fill * costs.fee
        } else {
            0.0
        };
        let entry_fee = quantity * entry * costs.fee;
        let fees = entry_fee + exit_fee;
        let entry_slippage = quantity * (entry - self.entry_raw).abs();
        let exit_slippage = quantity * (fill - exit.price).abs();
        let pnl = quantity * (side.sign() * (fill - entry)) - fees;
        let token = tradable.asset.token;
        let opens = tradable.asset.bars.open_times();
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
            target_price: self.bracket.target,
            stop_level: self.bracket.stop_level,
            target_level: self.bracket.target_level,
            quantity,
            fees,
            entry_fee,
            exit_fee,
            slippage: entry_slippage + exit_slippage,
            entry_slippage,
            exit_slippage,
            pnl,
            pnl_fraction: pnl / (quantity * entry),
            r_multiple: self
                .bracket
                .stop
                .map(|stop| pnl / (quantity * (entry - stop).abs())),
            excursion: Excursion::default(),
            bars_held: exit.bar - self.entry_bar,
            entry_bar: self.entry_bar,
            exit_bar: exit.bar,
            doubtful: exit.doubtful,
        }
    }
}
