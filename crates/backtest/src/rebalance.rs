//! The replay of a plan that sets weights from time to time.
//!
//! ```text
//! at a rebalance   score each token on what is complete -> the best -> weights -> value wanted = weight x equity at the open
//! first            sell what is too much, the oldest coins first
//! then             buy what is too little, all scaled alike if cash is short
//! between          nothing
//! ```
//! Coins bought at one open are one position, and each sale of a part of them is a trade.

use std::collections::VecDeque;

use highwater_market::{Direction, Timestamp};

use crate::{
    Counts, Excursion, ExitReason, Plan, Trade,
    asset::{Prepared, Tradable},
    costs::{Costs, volatility},
    equity::{Curve, price_at_open},
    event::Event,
    exits,
    gate::Gatekeeper,
    oracle::Replay,
    places::Sectors,
    plan::{Percent, RebalancePlan, Weights},
    position::{Bracket, Exit, Position, StopBy, StopNow},
    size::{ROUNDING, whole_lots},
    trade,
    universe::Rebalances,
};

/// What is held of one token: coins bought at the same open together, the oldest first.
struct Holding<'a> {
    tradable: &'a Tradable<'a>,
    lots: VecDeque<Position>,
    /// The latest bar seen.
    bar: Option<usize>,
}

/// What the loop writes down.
struct Books {
    cash: f64,
    trades: Vec<(usize, Trade)>,
    counts: Counts,
    costs: Costs,
}

const NO_STOP: StopNow = StopNow {
    price: None,
    by: StopBy::Initial,
};

/// Replay bar by bar.
pub(crate) fn replay(plan: &Plan, rule: &RebalancePlan, prepared: &Prepared<'_>) -> Replay {
    let costs = Costs::of(plan);
    let mut holdings: Vec<Holding<'_>> = prepared
        .assets
        .iter()
        .map(|tradable| Holding {
            tradable,
            lots: VecDeque::new(),
            bar: None,
        })
        .collect();
    let mut books = Books {
        cash: plan.cash.initial,
        trades: Vec::new(),
        counts: Gatekeeper::counts(plan),
        costs,
    };
    let instants = prepared.instants();
    let mut curve = Curve::new(plan.cash.initial, costs, instants.len());
    let rebalances = Rebalances::of(plan, rule.every);
    let mut done = None;
    let mut ruined = false;
    for &instant in instants.iter() {
        for holding in &mut holdings {
            holding.bar = holding.tradable.bar_at(instant).or(holding.bar);
        }
        let due = rebalances.before(instant);
        if ruined {
            for (index, holding) in holdings.iter_mut().enumerate() {
                if let Some(bar) = holding.tradable.bar_at(instant) {
                    let exit = exits::liquidation(holding.tradable, bar, NO_STOP);
                    books.sell(index, holding, exit, f64::INFINITY);
                }
            }
        } else if done.is_none_or(|done| done < due) {
            done = Some(due);
            rebalance(plan, rule, prepared, instant, &mut holdings, &mut books);
        }
        curve.push(
            instant,
            books.cash,
            holdings.iter().flat_map(|holding| {
                let bars = holding.tradable.asset.bars;
                let seen = holding
                    .bar
                    .map(|bar| (bars.open_times()[bar], bars.close()[bar]));
                let lots = holding.lots.iter();
                lots.filter_map(move |lot| Some((lot, lot.left, seen?)))
            }),
        );
        ruined |= curve.last() <= 0.0;
    }
    for (index, holding) in holdings.iter_mut().enumerate() {
        if let Some(bar) = holding.bar {
            let price = holding.tradable.asset.bars.close()[bar];
            let exit = Exit {
                price,
                reason: ExitReason::EndOfData,
                ..exits::liquidation(holding.tradable, bar, NO_STOP)
            };
            books.sell(index, holding, exit, f64::INFINITY);
        }
    }
    let Books {
        mut trades, counts, ..
    } = books;
    // The sort is stable: sales of one position stay in their order.
    trades.sort_by_key(|(index, trade)| (trade.entry_time, *index));
    for (index, trade) in &mut trades {
        trade.excursion = Excursion::scanned(trade, prepared.assets[*index].asset.bars);
    }
    let mut trades: Vec<Trade> = trades.into_iter().map(|(_, trade)| trade).collect();
    trade::number(&mut trades);
    Replay {
        trades,
        equity: curve.finish(),
        counts,
        interest: 0.0,
    }
}

fn rebalance(
    plan: &Plan,
    rule: &RebalancePlan,
    prepared: &Prepared<'_>,
    instant: Timestamp,
    holdings: &mut [Holding<'_>],
    books: &mut Books,
) {
    let costs = books.costs;
    let mut equity = books.cash;
    for holding in holdings.iter() {
        for lot in &holding.lots {
            let (seen, price) = price_at_open(holding.tradable, instant);
            equity += lot.worth(lot.left, price, seen, costs);
        }
    }
    let weights = weights(plan, rule, prepared, instant, holdings, &mut books.counts);
    let band = rule.band.map_or(0.0, Percent::get) * equity;
    let mut buys = Vec::new();
    for (index, holding) in holdings.iter_mut().enumerate() {
        // What has no bar here cannot be traded, and keeps its weight.
        let Some(bar) = holding.tradable.bar_at(instant) else {
            continue;
        };
        let open = holding.tradable.asset.bars.open()[bar];
        let coins: f64 = holding.lots.iter().map(|lot| lot.left).sum();
        let (wanted, held) = (weights[index] * equity, coins * open);
        if weights[index] <= 0.0 || held - wanted > band {
            // All coins are sold as all coins, not as a quotient of values.
            let coins = if weights[index] > 0.0 {
                (held - wanted) / open
            } else {
                f64::INFINITY
            };
            let exit = Exit {
                reason: ExitReason::Rebalance,
                ..exits::liquidation(holding.tradable, bar, NO_STOP)
            };
            books.sell(index, holding, exit, coins);
        } else if wanted - held > band {
            buys.push((index, bar, wanted - held));
        }
    }
    let needed: f64 = buys
        .iter()
        .map(|(_, _, value)| value + value * costs.entry_fee(false))
        .sum();
    // Coins that rounding buys would be nothing but in the way: they take a place in their sector.
    let cash = if books.cash > ROUNDING * equity {
        books.cash
    } else {
        0.0
    };
    let scale = if needed > cash { cash / needed } else { 1.0 };
    for (index, bar, value) in buys {
        books.counts.scaled_down += usize::from(scale < 1.0);
        books.buy(plan, &mut holdings[index], bar, instant, value * scale);
    }
}

/// The weight of every token, in the order of the assets; 0 for those that are not to be held.
fn weights(
    plan: &Plan,
    rule: &RebalancePlan,
    prepared: &Prepared<'_>,
    instant: Timestamp,
    holdings: &[Holding<'_>],
    counts: &mut Counts,
) -> Vec<f64> {
    let gates = &prepared.gates;
    let count = plan.size.volatility_bars();
    let mut held: Vec<(usize, f64, f64)> = Vec::new();
    for (index, tradable) in prepared.assets.iter().enumerate() {
        let Some(bar) = tradable.bar_at(instant) else {
            continue;
        };
        let event = Event {
            known: instant,
            direction: Direction::Long,
        };
        if gates.admits(plan, index, tradable, event).is_err() {
            continue;
        }
        let score = match rule.score {
            None => Some(0.0),
            Some(asked) => gates.answer_to(asked, plan.entry.side, tradable, event),
        };
        let raw = match rule.weights {
            Weights::Equal => Some(1.0),
            Weights::Score => score.filter(|&score| score > 0.0),
            Weights::InverseVolatility => volatility(tradable.asset.bars, bar, count)
                .filter(|&moves| moves > 0.0)
                .map(|moves| 1.0 / moves),
        };
        if let (Some(score), Some(raw)) = (score.filter(|score| score.is_finite()), raw) {
            held.push((index, score, raw));
        }
    }
    // The sort is stable, so of equals the first in the order of the assets.
    held.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    let top = rule.top.unwrap_or(usize::MAX);
    if let Some(mut sectors) = Sectors::of(plan) {
        // What cannot be traded keeps its coins, and its places.
        for holding in holdings {
            if !holding.lots.is_empty() && holding.tradable.bar_at(instant).is_none() {
                sectors.hold(holding.tradable, instant);
            }
        }
        let mut chosen = 0;
        held.retain(|(index, ..)| {
            if chosen == top {
                return false;
            }
            let tradable = &prepared.assets[*index];
            if let Some(full) = sectors.full(tradable, instant) {
                counts.pass_over(full);
                return false;
            }
            sectors.hold(tradable, instant);
            chosen += 1;
            true
        });
    }
    held.truncate(top);
    held.sort_by_key(|(index, ..)| *index);
    let all: f64 = held.iter().map(|(_, _, raw)| raw).sum();
    let most = plan.size.max_fraction.map_or(1.0, Percent::get);
    let invested = rule.invested.map_or(1.0, Percent::get);
    let mut weights = vec![0.0; prepared.assets.len()];
    for (index, _, raw) in held {
        weights[index] = (raw / all * invested).min(most);
    }
    weights
}

impl Books {
    /// Sell so many coins at an exit, the oldest first.
    fn sell(&mut self, asset: usize, holding: &mut Holding<'_>, exit: Exit, mut coins: f64) {
        while coins > 0.0
            && let Some(lot) = holding.lots.front_mut()
        {
            let sold = coins.min(lot.left);
            let closed = lot.close_part(exit, sold);
            if exit.reason != ExitReason::EndOfData {
                self.cash += lot.exit_cash(holding.tradable, closed, self.costs);
            }
            self.trades
                .push((asset, lot.trade(holding.tradable, closed, self.costs)));
            coins -= sold;
            if lot.is_closed() {
                holding.lots.pop_front();
            }
        }
    }

    /// Buy for so much money at the open of a bar.
    fn buy(
        &mut self,
        plan: &Plan,
        holding: &mut Holding<'_>,
        bar: usize,
        instant: Timestamp,
        value: f64,
    ) {
        let tradable = holding.tradable;
        let raw = tradable.asset.bars.open()[bar];
        let side = Direction::Long;
        let fill = self.costs.entry_fill(tradable, bar, side, raw, false);
        let entry = self
            .costs
            .entry_fill_of(tradable, bar, side, raw, false, value / fill);
        let quantity = whole_lots(value / entry, plan.size.lot);
        let least = plan.size.min_value.unwrap_or(0.0);
        if quantity * entry < least || quantity <= 0.0 {
            return;
        }
        self.counts.rebalanced += 1;
        self.counts.without_sector += usize::from(
            plan.portfolio.max_per_sector.is_some()
                && tradable.asset.facts.sectors(instant).is_empty(),
        );
        let lot = Position {
            side,
            decision: instant,
            entry_time: instant,
            entry_bar: bar,
            entry_raw: raw,
            entry,
            quantity,
            left: quantity,
            reached: 0,
            atr: f64::NAN,
            is_limit: false,
            inside: false,
            in_doubt: false,
            bracket: Bracket {
                stop: None,
                stop_level: None,
                stop_by: StopBy::Initial,
                legs: Vec::new(),
            },
        };
        self.cash -= lot.entry_cash(self.costs);
        holding.lots.push_back(lot);
    }
}
