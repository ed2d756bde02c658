//! What fills cost.
//!
//! ```text
//! market order, stop : price x (1 +- s)      s = slippage + spread / 2 + range_slippage x range + impact
//! target, limit order: its own price
//! range              = (high - low) / close                    of the last complete bar
//! impact             = impact x volatility x sqrt(quantity / volume)    both of the last complete bars
//! fee                = fee x value of the fill; maker_fee at a target and for a limit order
//! interest           = loan x cash below 0 x days
//! carry              = (funding, with the sign of the side, + borrow of a short) x value at entry x days
//! ```
//! The square root of participation is the usual form of market impact (Almgren, Thum, Hauptmann and Li 2005 and others
//! found powers near it); the factor before it is the plan's.

use highwater_market::{Bars, Direction, Timestamp};

use crate::{ExitReason, Plan, asset::Tradable, plan::CostPlan};

/// Bars over which the volume and the volatility of the impact are measured.
const IMPACT_BARS: usize = 20;

const DAY_MICROS: f64 = 86_400_000_000.0;

/// The costs of a plan, as fractions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs {
    fee: f64,
    maker_fee: f64,
    slippage: f64,
    range: f64,
    impact: f64,
    funding: f64,
    borrow: f64,
    loan: f64,
}

impl Costs {
    pub(crate) fn of(plan: &Plan) -> Self {
        let cost = &plan.cost;
        let share = |share: Option<crate::plan::Percent>| share.map_or(0.0, |share| share.get());
        Self {
            fee: cost.fee.get(),
            maker_fee: cost.maker_fee.unwrap_or(cost.fee).get(),
            slippage: cost.slippage.get() + share(cost.spread) / 2.0,
            range: share(cost.range_slippage),
            impact: cost.impact.unwrap_or(0.0),
            funding: share(cost.funding),
            borrow: share(cost.borrow),
            loan: share(cost.loan),
        }
    }

    /// The price of an order that opens a position and was filled at `raw`, its own impact aside.
    pub(crate) fn entry_fill(
        self,
        tradable: &Tradable<'_>,
        bar: usize,
        side: Direction,
        raw: f64,
        is_limit: bool,
    ) -> f64 {
        self.entry_fill_of(tradable, bar, side, raw, is_limit, 0.0)
    }

    /// The same with the impact of so many coins.
    pub(crate) fn entry_fill_of(
        self,
        tradable: &Tradable<'_>,
        bar: usize,
        side: Direction,
        raw: f64,
        is_limit: bool,
        quantity: f64,
    ) -> f64 {
        if is_limit {
            return raw;
        }
        let bars = tradable.asset.bars;
        let share = self.slipping(bars, bar) + self.impact_of(bars, bar, quantity);
        moved(raw, side.sign(), share)
    }

    /// The price at which so many coins are closed in a bar.
    pub(crate) fn exit_fill(
        self,
        bars: &Bars,
        bar: usize,
        side: Direction,
        quantity: f64,
        price: f64,
        reason: ExitReason,
    ) -> f64 {
        if reason.is_limit() || reason == ExitReason::EndOfData {
            return price;
        }
        let share = self.slipping(bars, bar) + self.impact_of(bars, bar, quantity);
        moved(price, -side.sign(), share)
    }

    /// The share of an entry's value that its fee is.
    pub(crate) const fn entry_fee(self, is_limit: bool) -> f64 {
        if is_limit { self.maker_fee } else { self.fee }
    }

    /// The fee of closing a value; none at the end of the data.
    pub(crate) fn exit_fee(self, value: f64, reason: ExitReason) -> f64 {
        match reason {
            ExitReason::EndOfData => 0.0,
            _ if reason.is_limit() => value * self.maker_fee,
            _ => value * self.fee,
        }
    }

    /// Funding and borrowing of coins that were entered for a value.
    pub(crate) fn carry(
        self,
        side: Direction,
        value: f64,
        from: Timestamp,
        until: Timestamp,
    ) -> f64 {
        let rate = match side {
            Direction::Long => self.funding,
            Direction::Short => self.borrow - self.funding,
        };
        if rate == 0.0 {
            return 0.0;
        }
        value * rate * ((until - from) as f64 / DAY_MICROS)
    }

    /// Interest on cash, which stood from one moment to another, as far as it was below 0.
    pub(crate) fn interest(self, cash: f64, from: Timestamp, until: Timestamp) -> f64 {
        if self.loan == 0.0 || cash >= 0.0 {
            return 0.0;
        }
        -cash * self.loan * ((until - from) as f64 / DAY_MICROS)
    }

    fn slipping(self, bars: &Bars, bar: usize) -> f64 {
        let range = bar.checked_sub(1).map_or(0.0, |last| {
            (bars.high()[last] - bars.low()[last]) / bars.close()[last]
        });
        self.slippage + self.range * range
    }

    /// Without a volume nothing is known of an impact, and none is charged: entries are then kept out.
    fn impact_of(self, bars: &Bars, bar: usize, quantity: f64) -> f64 {
        if self.impact == 0.0 {
            return 0.0;
        }
        let (Some(volume), Some(volatility)) = (
            mean_volume(bars, bar, IMPACT_BARS),
            volatility(bars, bar, IMPACT_BARS),
        ) else {
            return 0.0;
        };
        self.impact * volatility * (quantity / volume).sqrt()
    }

    /// Whether the impact of an order in a bar is not known.
    pub(crate) fn lacks_volume(self, bars: &Bars, bar: usize) -> bool {
        self.impact > 0.0
            && (mean_volume(bars, bar, IMPACT_BARS).is_none()
                || volatility(bars, bar, IMPACT_BARS).is_none())
    }
}

fn moved(price: f64, sign: f64, share: f64) -> f64 {
    price * (1.0 + sign * share.min(CostPlan::MOST_SLIPPAGE))
}

/// Mean volume of the last `count` bars before a bar, of as many as there are; `None` if one of them has none, or all
/// are 0.
fn mean_volume(bars: &Bars, bar: usize, count: usize) -> Option<f64> {
    let seen = &bars.volume()[bar.saturating_sub(count)..bar];
    let mean = seen.iter().sum::<f64>() / seen.len() as f64;
    (mean > 0.0).then_some(mean)
}

/// Standard deviation (n - 1) of the last `count` simple returns from close to close before a bar; `None` without so many.
pub(crate) fn volatility(bars: &Bars, bar: usize, count: usize) -> Option<f64> {
    let closes = &bars.close()[bar.checked_sub(count + 1)?..bar];
    let returns = || closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0);
    let n = count as f64;
    let mean = returns().sum::<f64>() / n;
    let squares: f64 = returns().map(|one| (one - mean) * (one - mean)).sum();
    Some((squares / (n - 1.0)).sqrt())
}
