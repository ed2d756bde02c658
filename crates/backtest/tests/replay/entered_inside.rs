//! What the entry bar does to a position that an order entered inside it, against every path that price may have taken.
//!
//! Of a bar four prices are known. Price went from the open to the close and met both extremes, in either order, and on
//! its way to the first of them it may have turned back at any price between. So each bar stands for a handful of paths,
//! and several bars for all their combinations. An order, its stop and its targets are walked along each of them: if all
//! give the same exits, that is what the replay must do, without a doubt; else it must doubt, and do what one of them does.

use std::{cell::RefCell, collections::BTreeMap};

use highwater_backtest::{ExitReason, oracle, plan::Doubtful, run};
use highwater_market::{Bars, SignalEvent, Timeframe, Timestamp};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

use crate::{
    generated::{cases, hour},
    world::{Book, Owned, World, bar, token, version},
};

/// Open, high, low, close.
type Prices = [f64; 4];

/// An order of one coin and the exits of its position: prices times the sign of the side, so that gains lie above.
#[derive(Clone, Debug)]
struct Order {
    price: f64,
    is_limit: bool,
    stop: f64,
    targets: Vec<f64>,
}

/// The turning points of every path through a bar, that might meet `turn` first.
fn paths([open, high, low, close]: Prices, turn: f64) -> Vec<Vec<f64>> {
    let mut paths = vec![vec![open, high, low, close], vec![open, low, high, close]];
    if low <= turn && turn <= high {
        paths.push(vec![open, turn, high, low, close]);
        paths.push(vec![open, turn, low, high, close]);
    }
    paths
}

/// What an order is while price goes on.
#[derive(Clone, Debug, Default, PartialEq, PartialOrd)]
struct State {
    filled: bool,
    over: bool,
    targets: usize,
    /// Prices of the exits, in order.
    exits: Vec<f64>,
}

impl State {
    /// Price is at a point without having gone there: it opens.
    fn opens(&mut self, order: &Order, at: f64) {
        let met = if order.is_limit {
            at <= order.price
        } else {
            at >= order.price
        };
        self.filled |= met;
        if !self.filled || self.over {
            return;
        }
        if at <= order.stop {
            self.ends(order.stop);
        } else {
            self.gains(order, at);
        }
    }

    /// Price goes from one point to another.
    fn goes(&mut self, order: &Order, from: f64, to: f64) {
        let mut from = from;
        if !self.filled {
            let (low, high) = (from.min(to), from.max(to));
            if order.price < low || high < order.price {
                return;
            }
            self.filled = true;
            from = order.price;
        }
        if self.over {
            return;
        }
        if to <= from {
            if to <= order.stop {
                self.ends(order.stop);
            }
        } else {
            self.gains(order, to);
        }
    }

    fn gains(&mut self, order: &Order, at: f64) {
        while let Some(&target) = order.targets.get(self.targets)
            && target <= at
        {
            self.targets += 1;
            self.exits.push(target);
        }
        self.over |= self.targets == order.targets.len();
    }

    fn ends(&mut self, at: f64) {
        self.exits.push(at);
        self.over = true;
    }
}

/// The exits of an order along every path through bars that follow each other.
fn outcomes(order: &Order, bars: &[Prices]) -> Vec<Vec<f64>> {
    let mut states = vec![State::default()];
    for &prices in bars {
        let mut next: Vec<State> = Vec::new();
        for state in &states {
            for path in paths(prices, order.price) {
                let mut state = state.clone();
                state.opens(order, path[0]);
                for pair in path.windows(2) {
                    state.goes(order, pair[0], pair[1]);
                }
                if !next.contains(&state) {
                    next.push(state);
                }
            }
        }
        states = next;
    }
    let mut exits: Vec<Vec<f64>> = states.into_iter().map(|state| state.exits).collect();
    exits.sort_by(|a, b| a.partial_cmp(b).unwrap());
    exits.dedup();
    exits
}

/// The prices of several bars as those of one.
fn whole(bars: &[Prices]) -> Prices {
    let of = |at: usize| bars.iter().map(move |bar| bar[at]);
    [
        bars[0][0],
        of(1).fold(f64::MIN, f64::max),
        of(2).fold(f64::MAX, f64::min),
        bars[bars.len() - 1][3],
    ]
}

/// Prices as gains of a side, and back.
fn mirrored([open, high, low, close]: Prices) -> Prices {
    [-open, -low, -high, -close]
}

/// What the vendor's levels, and an order 12.5 % from a close of 4, make of a plan.
fn plan(side: &str, kind: &str, targets: usize, policy: &str) -> String {
    let (below, above) = if side == "short" {
        ("resistance", "support")
    } else {
        ("support", "resistance")
    };
    let target = if targets == 1 {
        format!("{{ at = \"{above}\" }}")
    } else {
        format!("[{{ at = \"{above}\" }}, {{ at = \"{above}\", nth = 2 }}]")
    };
    format!(
        "name = \"inside\"\ntimeframe = \"4h\"\nuniverse = \"all\"\n\
         [entry]\nsignal = \"file\"\nfile = \"x\"\nlag = \"0d\"\nside = \"{side}\"\norder = {{ {kind} = \"12.5%\" }}\n\
         [exit]\nstop = {{ at = \"{below}\" }}\ntarget = {target}\ndoubtful = \"{policy}\"\n\
         [size]\namount = 1000\n[cost]\nfee = \"0%\"\nslippage = \"0%\"\n"
    )
}

/// A case: side, kind of order, how many targets, the hours of the bar, which of them are told, and four levels.
type Case = (
    &'static str,
    &'static str,
    usize,
    Vec<(u8, u8, u8, u8)>,
    u8,
    Vec<u8>,
);

fn case() -> impl Strategy<Value = Case> {
    let hour = || (13_u8..=19, 13_u8..=19, 0_u8..=2, 0_u8..=2);
    // The first opens between the two orders.
    let first = (15_u8..=17, 13_u8..=19, 0_u8..=2, 0_u8..=2);
    let told = prop_oneof![6 => Just(15_u8), 1 => 0_u8..15];
    let levels = (
        select(vec![8_u8, 10, 11, 12, 13]),
        select(vec![11_u8, 15, 17, 21]),
        select(vec![19_u8, 20, 21]),
        select(vec![22_u8, 23, 24]),
    );
    (
        select(vec!["long", "short"]),
        select(vec!["limit", "stop"]),
        1_usize..=2,
        (first, hour(), hour(), hour()).prop_map(|(a, b, c, d)| vec![a, b, c, d]),
        told,
        levels.prop_map(|(a, b, c, d)| vec![a, b, c, d]),
    )
}

/// The token of a case: a flat bar at 4, then the bar of these hours.
fn asset(hours: &[Prices], told: u8, levels: &[f64], side: SignalEvent) -> Owned {
    let coarse = [bar(hour(0), [4.0; 4]), bar(hour(4), whole(hours))];
    let finer = (4..)
        .zip(hours)
        .filter(|(n, _)| told & (1 << (n - 4)) != 0)
        .map(|(n, &prices)| bar(hour(n), prices));
    Owned {
        token: token("AAA"),
        bars: Bars::new(Timeframe::H4, coarse).unwrap(),
        finer: Some(Bars::new(Timeframe::H1, finer.collect::<Vec<_>>()).unwrap()),
        signals: vec![version(hour(0), hour(4), Some(side))],
        levels: Book(vec![(Timestamp::MIN, levels.to_vec())]),
        said: Vec::new(),
    }
}

#[test]
fn the_bar_of_a_waiting_order_does_what_some_path_through_it_does() {
    let seen: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let count = cases(4_000);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    runner
        .run(&case(), |(side, kind, targets, hours, told, levels)| {
            let see = |what: &str| *seen.borrow_mut().entry(what.to_owned()).or_default() += 1;
            let quarter = |price: u8| f64::from(price) * 0.25;
            let hours: Vec<Prices> = hours
                .iter()
                .map(|&(open, close, up, down)| {
                    let (top, bottom) = (open.max(close) + up, open.min(close) - down);
                    [open, top, bottom, close].map(quarter)
                })
                .collect();
            let levels: Vec<f64> = levels.iter().copied().map(quarter).collect();
            let (sign, event) = if side == "long" {
                (1.0, SignalEvent::Long)
            } else {
                (-1.0, SignalEvent::Short)
            };
            let one = asset(&hours, told, &levels, event);
            let mut results = Vec::new();
            for policy in ["stop-first", "target-first", "nearer-extreme"] {
                let world = World {
                    plan: plan(side, kind, targets, policy),
                    assets: vec![one.clone()],
                };
                let (plan, assets) = (world.parsed(), world.borrowed());
                let outcome = run(&plan, &assets).unwrap();
                let chosen: Doubtful = plan.exit.doubtful;
                prop_assert_eq!(
                    &outcome.trades,
                    &oracle::replay(&plan, &assets, chosen).unwrap().trades
                );
                let Some(first) = outcome.trades.first().filter(|first| first.entered_inside)
                else {
                    see("not inside");
                    return Ok(());
                };
                let order = Order {
                    price: sign * first.entry_price,
                    is_limit: kind == "limit",
                    stop: sign * first.stop_price.unwrap(),
                    targets: first.targets.iter().map(|target| sign * target).collect(),
                };
                let sided: Vec<Prices> = hours
                    .iter()
                    .map(|&prices| {
                        if side == "long" {
                            prices
                        } else {
                            mirrored(prices)
                        }
                    })
                    .collect();
                let complete = told == 15;
                let of_bar = outcomes(&order, &[whole(&sided)]);
                let known = if complete {
                    outcomes(&order, &sided)
                } else {
                    of_bar.clone()
                };
                let found: Vec<f64> = outcome
                    .trades
                    .iter()
                    .filter(|trade| trade.exit_reason != ExitReason::EndOfData)
                    .map(|trade| sign * trade.exit_raw_price)
                    .collect();
                let doubtful = outcome.trades.iter().any(|trade| trade.doubtful);
                let told_by = format!("{policy}: {found:?} of {known:?}, {order:?} in {sided:?}");
                prop_assert!(known.contains(&found), "{}", told_by);
                prop_assert_eq!(doubtful, known.len() > 1, "{}", told_by);
                let by_finer = of_bar.len() > 1 && known.len() == 1;
                let decided = if by_finer { found.len() } else { 0 };
                prop_assert_eq!(outcome.counts.decided_by_finer, decided, "{}", told_by);
                see(match (complete, of_bar.len() > 1, known.len() > 1) {
                    (false, false, _) => "the bar alone is sure",
                    (false, true, _) => "the bar alone is in doubt, and hours are missing",
                    (true, false, _) => "finer bars are not needed",
                    (true, true, false) if found.is_empty() => {
                        "finer bars say that nothing came after"
                    }
                    (true, true, false) => "finer bars decide",
                    (true, true, true) => "finer bars leave a doubt",
                });
                see(&format!("{side} {kind} {} exits", found.len()));
                results.push((outcome.final_equity(), targets));
            }
            // With one target the policies are the worse and the better end of what may have been.
            if let [(worse, 1), (better, 1), (nearer, 1)] = results[..] {
                prop_assert!(worse <= nearer && nearer <= better, "{:?}", results);
            }
            Ok(())
        })
        .unwrap();
    let seen = seen.into_inner();
    println!("{count} cases: {seen:#?}");
    for what in [
        "the bar alone is sure",
        "the bar alone is in doubt, and hours are missing",
        "finer bars are not needed",
        "finer bars say that nothing came after",
        "finer bars decide",
        "finer bars leave a doubt",
        "long limit 0 exits",
        "long limit 1 exits",
        "long limit 2 exits",
        "long stop 0 exits",
        "long stop 1 exits",
        "long stop 2 exits",
        "short limit 1 exits",
        "short stop 1 exits",
    ] {
        let times = seen.get(what).copied().unwrap_or(0);
        assert!(times >= 20, "{what} is rare: {seen:#?}");
    }
}
