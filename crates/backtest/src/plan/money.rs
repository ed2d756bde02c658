//! `[size]`, `[portfolio]`, `[cost]` and `[cash]`: how much, beside what else, at what cost, with what money.

use highwater_market::Clock;
use serde::{Deserialize, Serialize};

use super::{
    BarCount, Percent, Plan, PlanError,
    check::{BELOW_ALL, Checker},
};

/// How much to buy: one rule, and what limits it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SizePlan {
    /// Share of equity at the entry's open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<Percent>,
    /// Money per position, in the quote currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// Share of equity that is lost if the stop is hit at its own price, costs aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Percent>,
    /// Volatility a year that a position adds: its share of equity is this over the token's volatility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volatility: Option<Percent>,
    /// Share of equity that all tokens of the universe have together, each in inverse proportion to its volatility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inverse_volatility: Option<Percent>,
    /// Times the Kelly fraction of the trades closed so far; `fraction` holds until there are enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kelly: Option<f64>,
    /// Whether every place of the portfolio has the same share of equity: one over `max_positions`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub equal: bool,
    /// Returns over which volatility is measured: 30 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volatility_bars: Option<BarCount>,
    /// Closed trades that Kelly's fraction needs and looks back to: 30 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kelly_trades: Option<usize>,
    /// No position takes more than this share of equity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_fraction: Option<Percent>,
    /// Smaller positions while equity is below its high.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawdown: Option<DrawdownScale>,
    /// No order takes more than this share of the volume of the last complete bar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_volume: Option<Percent>,
    /// Coins come in multiples of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<f64>,
    /// Prices of stops and targets come in multiples of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tick: Option<f64>,
    /// No position is smaller than this, in the quote currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<f64>,
}

/// The factor of a position's size in a drawdown: 1 up to `from`, 0 from `to` on, in proportion between them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawdownScale {
    /// A drawdown, above 0, up to which nothing changes.
    pub from: Percent,
    /// A drawdown from which on nothing is bought.
    pub to: Percent,
    /// Closes in which the high is looked for; `None`: all so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<BarCount>,
}

/// What else is held at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PortfolioPlan {
    /// Positions at one time; `None`: as many as there are tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_positions: Option<usize>,
    /// Positions of one sector at one time, as the vendor lists tokens then; `None`: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_sector: Option<usize>,
    /// Bars of a token after an exit during which it is not entered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<BarCount>,
    /// Value at entry of all positions over equity, at most.
    #[serde(skip_serializing_if = "is_one")]
    pub leverage: f64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // The form that serde asks for.
fn is_one(leverage: &f64) -> bool {
    *leverage == 1.0
}

impl Default for PortfolioPlan {
    fn default() -> Self {
        Self {
            max_positions: None,
            max_per_sector: None,
            cooldown: None,
            leverage: 1.0,
        }
    }
}

/// What trading costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostPlan {
    /// Share of the value of each fill.
    pub fee: Percent,
    /// Share of the value of fills at a target, which make the market; `None`: as `fee`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker_fee: Option<Percent>,
    /// Share of the price, on market orders and stops.
    pub slippage: Percent,
    /// Distance of bid and ask as a share of the price, half of it paid where slippage is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Percent>,
    /// Slippage besides, as a share of the range of the last complete bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_slippage: Option<Percent>,
    /// Slippage besides, by the square root of the order's share of volume: times the volatility of a bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<f64>,
    /// Share of a position's value at entry that a long pays a day, and a short receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<Percent>,
    /// Share of a short's value at entry that it pays a day for what it borrows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow: Option<Percent>,
    /// Share of cash below 0 that is paid a day for what is lent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loan: Option<Percent>,
}

/// What money the replay begins with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashPlan {
    /// Cash before the first bar, in the quote currency.
    pub initial: f64,
}

impl Default for CashPlan {
    fn default() -> Self {
        Self { initial: 100_000.0 }
    }
}

impl SizePlan {
    /// Returns over which volatility is measured.
    pub fn volatility_bars(&self) -> usize {
        self.volatility_bars.map_or(30, BarCount::get)
    }

    /// Closed trades that Kelly's fraction needs and looks back to.
    pub fn kelly_trades(&self) -> usize {
        self.kelly_trades.unwrap_or(30)
    }

    pub(super) fn check(&self, plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        let (exit, portfolio) = (&plan.exit, &plan.portfolio);
        if self.kelly.is_some() && self.fraction.is_none() {
            return checker.refuse(
                "kelly",
                "`kelly` is known after some trades: write `fraction` besides, for those before",
            );
        }
        let rules = [
            ("fraction", self.fraction.is_some()),
            ("amount", self.amount.is_some()),
            ("risk", self.risk.is_some()),
            ("volatility", self.volatility.is_some()),
            ("inverse_volatility", self.inverse_volatility.is_some()),
            ("equal", self.equal),
        ];
        let names =
            "fraction (alone or with kelly), amount, risk, volatility, inverse_volatility or equal";
        let stated: Vec<&str> = rules
            .iter()
            .filter(|(_, stated)| *stated)
            .map(|(name, _)| *name)
            .collect();
        match stated[..] {
            [rule] if plan.rebalance.is_some() => {
                return checker.refuse(
                    rule,
                    format!("`{rule}` does nothing in a plan that sets weights: leave it out, or `[rebalance]`"),
                );
            }
            [] if plan.rebalance.is_some() => {}
            [_] => {}
            [] => return checker.refuse("size", format!("`[size]` needs a rule: {names}")),
            [first, second, ..] => {
                return checker.refuse(
                    second,
                    format!("`{first}` and `{second}` both say how much to buy: one of {names}"),
                );
            }
        }
        let some = f64::MIN_POSITIVE;
        let shares = [
            ("fraction", self.fraction, portfolio.leverage),
            ("risk", self.risk, 1.0),
            ("volatility", self.volatility, 10.0),
            (
                "inverse_volatility",
                self.inverse_volatility,
                portfolio.leverage,
            ),
            ("max_fraction", self.max_fraction, portfolio.leverage),
            ("max_volume", self.max_volume, 1.0),
        ];
        for (field, share, most) in shares {
            if let Some(share) = share {
                let words = format!("above 0% and at most {}%", most * 100.0);
                checker.share(field, share, some..=most, &words)?;
            }
        }
        let numbers = [
            ("amount", self.amount),
            ("kelly", self.kelly),
            ("lot", self.lot),
            ("tick", self.tick),
            ("min_value", self.min_value),
        ];
        for (field, number) in numbers {
            if let Some(number) = number {
                checker.above_zero(field, number)?;
            }
        }
        if self.risk.is_some() && exit.stop.is_none() && exit.trail.is_none() {
            return checker.refuse(
                "risk",
                "`risk` is what the stop loses, and the plan has no stop",
            );
        }
        if self.equal && portfolio.max_positions.is_none() {
            return checker.refuse(
                "equal",
                "`equal` is one over [portfolio] max_positions, which is not stated",
            );
        }
        if self.volatility_bars.is_some_and(|bars| bars.get() < 2) {
            return checker.refuse(
                "volatility_bars",
                "`volatility_bars` must be at least 2 bars",
            );
        }
        if let Some(trades) = self.kelly_trades {
            checker.at_least_one("kelly_trades", trades)?;
        }
        if let Some(scale) = self.drawdown {
            let (from, to) = (scale.from.get(), scale.to.get());
            if !(0.0 <= from && from < to && to <= 1.0) {
                return checker.refuse(
                    "drawdown",
                    format!(
                        "`drawdown` goes from at least 0% to at most 100%, not from {} to {}",
                        scale.from, scale.to
                    ),
                );
            }
        }
        Ok(())
    }
}

impl PortfolioPlan {
    pub(super) fn check(&self, clock: Clock, checker: Checker<'_>) -> Result<(), PlanError> {
        if let Some(positions) = self.max_positions {
            checker.at_least_one("max_positions", positions)?;
        }
        if let Some(positions) = self.max_per_sector {
            checker.at_least_one("max_per_sector", positions)?;
            if clock == Clock::Published {
                return checker.refuse(
                    "max_per_sector",
                    "sectors are lists of the vendor without a dated past, so under `published` today's would be used on \
                     old bars: write clock = \"observed\"",
                );
            }
        }
        if (1.0..=100.0).contains(&self.leverage) {
            return Ok(());
        }
        checker.refuse(
            "leverage",
            format!("`leverage` must be from 1 to 100, not {}", self.leverage),
        )
    }
}

impl CostPlan {
    pub(super) fn check(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        let costs = [
            ("fee", Some(self.fee), 0.0),
            // An exchange may pay whoever makes the market.
            ("maker_fee", self.maker_fee, -0.5),
            ("slippage", Some(self.slippage), 0.0),
            ("spread", self.spread, 0.0),
            ("range_slippage", self.range_slippage, 0.0),
            ("funding", self.funding, -0.5),
            ("borrow", self.borrow, 0.0),
            ("loan", self.loan, 0.0),
        ];
        for (field, share, least) in costs {
            if let Some(share) = share {
                let words = format!("from {}% to 50%", least * 100.0);
                checker.share(field, share, least..=0.5, &words)?;
            }
        }
        match self.impact {
            Some(impact) => checker.above_zero("impact", impact),
            None => Ok(()),
        }
    }

    /// The most that market orders lose to slippage: a price stays a price.
    pub(crate) const MOST_SLIPPAGE: f64 = BELOW_ALL;
}

impl CashPlan {
    pub(super) fn check(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        checker.above_zero("initial", self.initial)
    }
}
