//! Orders that wait for a price.
//!
//! ```text
//! limit to buy    opens at or below it: at the open    falls to it: at its own price    makes the market
//! stop to buy     opens at or above it: at the open    rises to it: at its own price    slips like a market order
//! ```
//! Orders to sell short are the mirror image.

use crate::{
    Plan,
    asset::Tradable,
    costs::Costs,
    count::KeptOut,
    entry::{self, Intent, away},
    event::Event,
    plan::OrderPlan,
    position::{gains, loses},
    size::{Filled, Order},
};

/// An order that was placed and is not filled.
#[derive(Clone, Debug)]
pub(crate) struct Working {
    pub(crate) event: Event,
    intent: Intent,
    pub(crate) price: f64,
    pub(crate) is_limit: bool,
    /// The first bar in which it does not work any more.
    until: usize,
}

impl Working {
    /// Place an order at the open of a bar. `left`: the bar in which the asset's last position ended.
    pub(crate) fn place(
        plan: &Plan,
        order: &OrderPlan,
        tradable: &Tradable<'_>,
        bar: usize,
        event: Event,
        left: Option<usize>,
    ) -> Result<Self, KeptOut> {
        entry::rests(plan, bar, left)?;
        let intent = entry::decide(plan, tradable, event)?;
        let sign = event.direction.sign();
        let (reach, is_limit) = match (order.limit, order.stop) {
            (Some(reach), _) => (reach, true),
            (None, stop) => (stop.unwrap_or_default(), false),
        };
        let sign = if is_limit { -sign } else { sign };
        Ok(Self {
            event,
            price: away(intent.close, sign, reach, intent.atr, f64::NAN),
            intent,
            is_limit,
            until: bar.saturating_add(order.bars()),
        })
    }

    /// Whether the order works in a bar no more.
    pub(crate) const fn has_expired(&self, bar: usize) -> bool {
        bar >= self.until
    }

    /// What becomes of the order in a bar, to be sized with the others of its open.
    pub(crate) fn in_bar(
        &self,
        plan: &Plan,
        costs: Costs,
        tradable: &Tradable<'_>,
        asset: usize,
        bar: usize,
    ) -> (Filled, Result<Order, KeptOut>) {
        let side = self.event.direction;
        let bars = tradable.asset.bars;
        let (open, high, low) = (bars.open()[bar], bars.high()[bar], bars.low()[bar]);
        // A limit is reached by what is bad for the side, a stop by what is good for it.
        let reached = |price: f64| {
            if self.is_limit {
                loses(side, price, self.price)
            } else {
                gains(side, price, self.price)
            }
        };
        let (filled, raw) = if reached(open) {
            (Filled::AtOpen, open)
        } else if reached(high) || reached(low) {
            (Filled::Inside, self.price)
        } else {
            (Filled::Not, self.price)
        };
        let fill = costs.entry_fill(tradable, bar, side, raw, self.is_limit);
        let order = self.intent.fill(plan, raw, fill).map(|bracket| Order {
            asset,
            bar,
            event: self.event,
            raw,
            is_limit: self.is_limit,
            filled,
            fill,
            atr: self.intent.atr,
            bracket,
        });
        (filled, order)
    }
}
