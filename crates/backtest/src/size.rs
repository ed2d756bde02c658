//! How much is bought: entries of one open instant, sized together.

use highwater_market::{Direction, Timeframe, Timestamp};

use crate::{
    Counts, Plan,
    asset::Tradable,
    costs::{Costs, volatility},
    count::{KeptOut, LockingRule},
    event::Event,
    places::placed,
    plan::DrawdownScale,
    position::{Bracket, Position},
};

/// A share of equity that is left over by rounding where nothing is left: sums of thousands of numbers stay below it.
pub(crate) const ROUNDING: f64 = 1e-9;

/// An entry that has a price and no size yet.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) asset: usize,
    pub(crate) bar: usize,
    pub(crate) event: Event,
    /// The price at which it is filled before costs, or would be.
    pub(crate) raw: f64,
    pub(crate) is_limit: bool,
    pub(crate) filled: Filled,
    /// The price paid, its own impact aside.
    pub(crate) fill: f64,
    pub(crate) atr: f64,
    pub(crate) bracket: Bracket,
}

/// What becomes of an order in the bar of an open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// At the open.
    AtOpen,
    /// After it.
    Inside,
    /// Not in this bar: it takes its place and its money all the same, since nobody knows at the open.
    Not,
}

/// The account at an open, after the exits that it decided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account<'a> {
    pub(crate) instant: Timestamp,
    pub(crate) cash: f64,
    pub(crate) equity: f64,
    /// The assets in which a position stands, ascending.
    pub(crate) held: &'a [usize],
    /// Fractional profit of every trade closed so far, in order.
    pub(crate) closed: &'a [f64],
    /// Equity at every close so far.
    pub(crate) closes: &'a [f64],
}

/// Size the orders of one instant: those that find no place, no money or no measure are counted and left out.
pub(crate) fn sized(
    plan: &Plan,
    costs: Costs,
    assets: &[Tradable<'_>],
    account: Account<'_>,
    orders: Vec<Order>,
    counts: &mut Counts,
) -> Vec<(usize, Position)> {
    let mut wanted: Vec<(Order, f64)> = Vec::with_capacity(orders.len());
    for order in placed(plan, assets, account, orders, counts) {
        match value(plan, costs, assets, account, &order) {
            Ok(value) => wanted.push((order, value)),
            Err(why) => {
                order.keep_out(why, counts);
                if order.is_decided() {
                    counts.note_lock(plan, why, account.instant);
                }
            }
        }
    }
    // What cash and credit bear, fees included; nothing beside larger debts. What rounding leaves of money that was spent
    // is no money.
    let power = account.cash + (plan.portfolio.leverage - 1.0) * account.equity;
    let power = if power > ROUNDING * account.equity {
        power
    } else {
        0.0
    };
    let needed: f64 = wanted
        .iter()
        .map(|(order, value)| value + value * costs.entry_fee(order.is_limit))
        .sum();
    let scale = if needed > power { power / needed } else { 1.0 };
    let mut positions = Vec::with_capacity(wanted.len());
    for (order, value) in wanted {
        let tradable = &assets[order.asset];
        let value = value * scale;
        let cap = plan.size.max_volume.map_or(f64::INFINITY, |share| {
            // Without a volume `value` has refused the order.
            let volume = tradable.asset.bars.volume();
            share.get() * order.bar.checked_sub(1).map_or(0.0, |last| volume[last])
        });
        let quantity = value / order.fill;
        let side = order.event.direction;
        let (raw, is_limit) = (order.raw, order.is_limit);
        let wanted = quantity.min(cap);
        let entry = costs.entry_fill_of(tradable, order.bar, side, raw, is_limit, wanted);
        let quantity = whole_lots((value / entry).min(cap), plan.size.lot);
        // Infinitely much, scaled down, is no number.
        if value.is_nan() || value <= 0.0 {
            order.keep_out(KeptOut::NoCash, counts);
            continue;
        }
        if quantity == 0.0 || quantity * entry < plan.size.min_value.unwrap_or(0.0) {
            order.keep_out(KeptOut::TooSmall, counts);
            continue;
        }
        if order.filled == Filled::Not {
            continue;
        }
        counts.entered += 1;
        counts.locked_out = None;
        counts.without_sector += usize::from(
            plan.portfolio.max_per_sector.is_some()
                && tradable.asset.facts.sectors(account.instant).is_empty(),
        );
        counts.scaled_down += usize::from(scale < 1.0);
        counts.capped_by_volume += usize::from(value / entry > cap);
        let position = Position {
            side,
            decision: order.event.known,
            entry_time: account.instant,
            entry_bar: order.bar,
            entry_raw: raw,
            entry,
            quantity,
            left: quantity,
            reached: 0,
            atr: order.atr,
            is_limit,
            inside: order.filled == Filled::Inside,
            in_doubt: false,
            bracket: order.bracket,
        };
        positions.push((order.asset, position));
    }
    positions
}

impl Order {
    /// Whether this bar decides what becomes of it.
    pub(crate) fn is_decided(&self) -> bool {
        self.filled != Filled::Not
    }

    /// Count why it is left out, if that is the end of it.
    pub(crate) fn keep_out(&self, why: KeptOut, counts: &mut Counts) {
        if self.is_decided() {
            counts.keep_out(why);
        }
    }
}

/// The value, in the quote currency, that the plan's rule wants of an order.
fn value(
    plan: &Plan,
    costs: Costs,
    assets: &[Tradable<'_>],
    account: Account<'_>,
    order: &Order,
) -> Result<f64, KeptOut> {
    let size = &plan.size;
    let bars = assets[order.asset].asset.bars;
    let last = order.bar.checked_sub(1);
    let traded = last.is_some_and(|last| bars.volume()[last] > 0.0);
    if costs.lacks_volume(bars, order.bar) || (size.max_volume.is_some() && !traded) {
        return Err(KeptOut::NoVolume);
    }
    let equity = account.equity;
    let count = size.volatility_bars();
    let of_kelly = size
        .kelly
        .and_then(|times| Some(times * kelly(account.closed, size.kelly_trades())?));
    if of_kelly.is_some_and(|fraction| fraction <= 0.0) {
        return Err(KeptOut::SizedAtZero(LockingRule::Kelly));
    }
    let mut value = if let Some(fraction) = of_kelly {
        fraction * equity
    } else if let Some(fraction) = size.fraction {
        fraction.get() * equity
    } else if let Some(amount) = size.amount {
        amount
    } else if let Some(risk) = size.risk {
        let stop = order.bracket.stop.ok_or(KeptOut::NoStop)?;
        let distance = (order.fill - stop).abs();
        risk.get() * equity / distance * order.fill
    } else if let Some(target) = size.volatility {
        let yearly = moving(bars_of(assets, order.asset), order.bar, count)?
            * bars_a_year(plan.timeframe).sqrt();
        target.get() / yearly * equity
    } else if let Some(whole) = size.inverse_volatility {
        let own = moving(bars_of(assets, order.asset), order.bar, count)?;
        // The universe's tokens that have so many returns by now.
        let all: f64 = assets
            .iter()
            .filter_map(|tradable| {
                let bars = tradable.asset.bars;
                let bar = bars.first_open_at_or_after(account.instant);
                volatility(bars, bar, count).filter(|&moves| moves > 0.0)
            })
            .map(|moves| 1.0 / moves)
            .sum();
        whole.get() * (1.0 / own) / all * equity
    } else {
        // `equal`, which asks for the number of places.
        equity
            / plan
                .portfolio
                .max_positions
                .map_or(f64::INFINITY, |most| most as f64)
    };
    if let Some(scale) = size.drawdown {
        let factor = scale.factor(equity, account.closes, plan.cash.initial);
        if factor <= 0.0 {
            return Err(KeptOut::SizedAtZero(LockingRule::Drawdown));
        }
        value *= factor;
    }
    if let Some(most) = size.max_fraction {
        value = value.min(most.get() * equity);
    }
    Ok(value)
}

fn bars_of<'a>(assets: &[Tradable<'a>], asset: usize) -> &'a highwater_market::Bars {
    assets[asset].asset.bars
}

/// The volatility of a bar, if it is known and not 0.
fn moving(bars: &highwater_market::Bars, bar: usize, count: usize) -> Result<f64, KeptOut> {
    volatility(bars, bar, count)
        .filter(|&moves| moves > 0.0)
        .ok_or(KeptOut::NoVolatility)
}

/// Bars in a year of 365 days.
fn bars_a_year(timeframe: Timeframe) -> f64 {
    365.0 * 86_400_000_000.0 / timeframe.micros() as f64
}

/// Kelly's fraction of the last `count` trades: `p - (1 - p) / b`, where `p` is the share of those with a profit, and `b`
/// their mean profit over the mean loss of the others (Kelly 1956, for a bet with two outcomes).
///
/// Without a loss it is 1, without a profit 0; `None` before there are so many trades.
fn kelly(closed: &[f64], count: usize) -> Option<f64> {
    let from = closed.len().checked_sub(count)?;
    let seen = &closed[from..];
    let (wins, losses): (Vec<f64>, Vec<f64>) = seen.iter().partition(|&&profit| profit > 0.0);
    if wins.is_empty() {
        return Some(0.0);
    }
    let p = wins.len() as f64 / count as f64;
    let lost: f64 = losses.iter().map(|loss| loss.abs()).sum();
    if lost == 0.0 {
        return Some(1.0);
    }
    let payoff = (wins.iter().sum::<f64>() / wins.len() as f64) / (lost / losses.len() as f64);
    Some((p - (1.0 - p) / payoff).max(0.0))
}

impl DrawdownScale {
    fn factor(self, equity: f64, closes: &[f64], initial: f64) -> f64 {
        let seen = self.window.map_or(closes, |window| {
            &closes[closes.len().saturating_sub(window.get())..]
        });
        // The money of the beginning is a high too, while it is in the window.
        let first = if seen.len() == closes.len() {
            initial
        } else {
            0.0
        };
        let high = seen.iter().copied().fold(first.max(equity), f64::max);
        let fall = 1.0 - equity / high;
        let (from, to) = (self.from.get(), self.to.get());
        ((to - fall) / (to - from)).clamp(0.0, 1.0)
    }
}

/// The largest multiple of a lot that is not above a quantity; the quantity itself without a lot.
pub(crate) fn whole_lots(quantity: f64, lot: Option<f64>) -> f64 {
    lot.map_or(quantity, |lot| {
        let lots = (quantity / lot).floor();
        // Dividing may round a multiple down to just below itself.
        let lots = if (lots + 1.0) * lot <= quantity {
            lots + 1.0
        } else {
            lots
        };
        lots * lot
    })
}

/// A price at a multiple of a tick: away from the entry, so that a stop loses more and a target is harder to reach.
pub(crate) fn ticked(price: f64, tick: Option<f64>, up: bool) -> f64 {
    tick.map_or(price, |tick| {
        let ticks = price / tick;
        // A multiple that division did not give exactly is one all the same.
        let near = ticks.round();
        let whole = if (ticks - near).abs() <= 1e-9 * near.abs().max(1.0) {
            near
        } else if up {
            ticks.ceil()
        } else {
            ticks.floor()
        };
        whole * tick
    })
}

/// Whether a side's losing prices lie below.
pub(crate) fn loses_below(side: Direction) -> bool {
    side == Direction::Long
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kelly_weighs_how_often_against_how_much() {
        // Three of four won, 2 % on the mean; the fourth lost 5 %: 3/4 - (1/4) / (2/5).
        let closed = [9.0, 0.01, 0.02, -0.05, 0.03];
        let found = kelly(&closed, 4).unwrap();
        assert!((found - 0.125).abs() < 1e-12, "{found}");
        // Two losses of 2 % and 6 % beside two wins of 12 %: 1/2 - (1/2) / (12/4).
        let found = kelly(&[0.12, -0.02, 0.12, -0.06], 4).unwrap();
        assert!((found - 1.0 / 3.0).abs() < 1e-12, "{found}");
        assert_eq!(kelly(&closed, 6), None);
    }

    #[test]
    fn a_whole_number_of_lots_is_not_rounded_below_itself() {
        // 0.3 / 0.1 is a hair below 3, and three lots of 0.1 a hair above 0.3: two lots fit.
        assert_eq!(whole_lots(0.3, Some(0.1)), 0.2);
        // 4.3 / 0.1 is a hair below 43, though 43 lots of 0.1 are 4.3.
        assert_eq!(whole_lots(4.3, Some(0.1)), 4.3);
        assert_eq!(whole_lots(5.12, Some(0.25)), 5.0);
        assert_eq!(whole_lots(5.12, None), 5.12);
    }
}
