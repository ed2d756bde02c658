//! Gates and universes asked anew with plain loops over the bars, one event at a time, on generated cases.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use highwater_backtest::{
    ExitReason, FactBook, ReplayError,
    plan::{AtLevel, GateMetric, Past, Question, RankBy, RankOrder, Ranking, Side, Universe},
    run,
};
use highwater_market::{Bars, Direction, LevelBook, Price, SignalEvent, Timestamp};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::{
    causality::{before, spliced},
    generated::{cases, gates, hour, universe, world},
    world::{Owned, World, version},
};

const DAY: i64 = 86_400_000_000;
const FOUR_HOURS: i64 = DAY / 6;

/// Times and closes of the bars that were complete at a moment.
fn closes(bars: &Bars, at: Timestamp) -> Vec<(i64, f64)> {
    let mut found = Vec::new();
    for bar in bars.iter() {
        let closed = bar.open_time.micros() + FOUR_HOURS;
        if closed <= at.micros() {
            found.push((closed, bar.close));
        }
    }
    found
}

/// A metric of simple returns: 365 days a year, 6 bars a day, deviations by n - 1, no risk-free return.
fn metric(metric: GateMetric, returns: &[f64]) -> Option<f64> {
    let n = returns.len() as f64;
    let year = 365.0_f64 * 6.0;
    let mean = returns.iter().sum::<f64>() / n;
    match metric {
        GateMetric::Return => {
            let grown: f64 = returns.iter().map(|r| 1.0 + r).product();
            (!returns.is_empty()).then_some(grown - 1.0)
        }
        GateMetric::Volatility | GateMetric::Sharpe => {
            if returns.len() < 2 {
                return None;
            }
            let squares: f64 = returns.iter().map(|r| (r - mean).powi(2)).sum();
            let deviation = (squares / (n - 1.0)).sqrt();
            let flat = returns.iter().all(|r| *r == returns[0]);
            match metric {
                GateMetric::Volatility => Some(if flat { 0.0 } else { deviation * year.sqrt() }),
                _ => (!flat).then(|| mean / deviation * year.sqrt()),
            }
        }
        GateMetric::Sortino => {
            let squares: f64 = returns.iter().map(|r| r.min(0.0).powi(2)).sum();
            let any = returns.iter().any(|r| *r < 0.0);
            any.then(|| mean / (squares / n).sqrt() * year.sqrt())
        }
        GateMetric::Drawdown => {
            let (mut value, mut peak, mut worst) = (1.0_f64, 1.0_f64, 0.0_f64);
            for r in returns {
                value *= 1.0 + r;
                peak = peak.max(value);
                worst = worst.max(1.0 - value / peak);
            }
            (!returns.is_empty()).then_some(worst)
        }
        GateMetric::WinRate => {
            let wins = returns.iter().filter(|r| **r > 0.0).count();
            (!returns.is_empty()).then(|| wins as f64 / n)
        }
        other => panic!("{other:?} is not generated"),
    }
}

fn returns(closes: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let mut found = Vec::new();
    for pair in closes.windows(2) {
        found.push((pair[1].0, pair[1].1 / pair[0].1 - 1.0));
    }
    found
}

/// What a question is answered at a moment.
fn answer(
    question: Question,
    side: Side,
    direction: Direction,
    asset: &Owned,
    at: Timestamp,
) -> Option<f64> {
    let closes = closes(&asset.bars, at);
    match question {
        Question::Metric { metric: of, past } => {
            let (last, _) = *closes.last()?;
            let all = returns(&closes);
            let (wanted, reaches): (Vec<f64>, bool) = match past {
                Past::Bars(count) => {
                    let skip = all.len().saturating_sub(count as usize);
                    let wanted = all[skip..].iter().map(|(_, r)| *r).collect();
                    (wanted, closes.len() > count as usize)
                }
                Past::Days(days) => {
                    let begins = last - i64::from(days) * DAY;
                    let inside = all.iter().filter(|(time, _)| *time > begins);
                    (inside.map(|(_, r)| *r).collect(), closes[0].0 <= begins)
                }
            };
            if reaches { metric(of, &wanted) } else { None }
        }
        Question::Distance { to, min_strength } => {
            let (_, close) = *closes.last()?;
            let above = (to == AtLevel::Resistance)
                != (side == Side::Both && direction == Direction::Short);
            let mut nearest = f64::INFINITY;
            for level in asset.levels.levels_at(at, Price::new(close).unwrap()) {
                let price = level.price.get();
                let strong = min_strength.is_none_or(|least| level.strength.unwrap() >= least);
                if strong && (price > close) == above {
                    nearest = nearest.min((price - close).abs() / close);
                }
            }
            Some(nearest)
        }
        Question::Fact(fact) => asset.latest(&fact.to_string(), at),
    }
}

fn length(past: Past) -> i64 {
    match past {
        Past::Days(days) => i64::from(days) * DAY,
        Past::Bars(bars) => i64::from(bars) * FOUR_HOURS,
    }
}

/// Whether an asset ranks high enough; `None` if two scores are too close to be told apart here.
fn ranks(
    ranking: Ranking,
    anchor: i64,
    assets: &[Owned],
    who: usize,
    at: Timestamp,
) -> Option<bool> {
    let mut rebalance = anchor;
    while rebalance > at.micros() {
        rebalance -= length(ranking.every);
    }
    while rebalance + length(ranking.every) <= at.micros() {
        rebalance += length(ranking.every);
    }
    let begins = rebalance - length(ranking.window);
    let moment = Timestamp::from_micros(rebalance);
    let score = |asset: &Owned| {
        let closes = closes(&asset.bars, moment);
        closes.last().filter(|(time, _)| *time > begins)?;
        match ranking.by {
            RankBy::Volume => {
                let mut sum = None;
                for bar in asset.bars.iter() {
                    let closed = bar.open_time.micros() + FOUR_HOURS;
                    if closed > begins && closed <= rebalance && !bar.volume.is_nan() {
                        sum = Some(sum.unwrap_or(0.0) + bar.close * bar.volume);
                    }
                }
                sum
            }
            RankBy::Metric(GateMetric::Return) => {
                let before = closes.iter().rev().find(|(time, _)| *time <= begins);
                let (from, base) = *before.or(closes.first())?;
                let (until, last) = *closes.last()?;
                (from < until).then(|| last / base - 1.0)
            }
            RankBy::Metric(of) => {
                let all = returns(&closes);
                let inside = all.iter().filter(|(time, _)| *time > begins);
                metric(of, &inside.map(|(_, r)| *r).collect::<Vec<_>>())
            }
            RankBy::Fact(fact) => asset.latest(&fact.to_string(), moment),
        }
    };
    let Some(own) = score(&assets[who]) else {
        return Some(false);
    };
    let mut before = 0;
    for asset in assets {
        let Some(other) = score(asset).filter(|_| asset.token != assets[who].token) else {
            continue;
        };
        let apart = (other - own).abs();
        // What is summed in another order is rounded otherwise: only zeros are equal for sure.
        let summed = matches!(ranking.by, RankBy::Metric(of) if of != GateMetric::Return);
        let equal = apart == 0.0 && (!summed || own == 0.0);
        if !equal && apart < 1e-9 * (1.0 + own.abs()) {
            return None;
        }
        let better = match ranking.order {
            RankOrder::Highest => other > own,
            RankOrder::Lowest => other < own,
        };
        let first = other == own && asset.token.symbol < assets[who].token.symbol;
        before += usize::from(better || first);
    }
    Some(before < ranking.top)
}

/// A world whose plan enters through gates, or of members alone, and leaves at opposite events; its universe and gates.
fn gated() -> impl Strategy<Value = (World, &'static str, Vec<&'static str>)> {
    let who = prop_oneof![2 => Just("\"all\""), 3 => universe()];
    let only_if = prop_oneof![1 => Just(Vec::new()), 4 => gates()];
    let side = prop::sample::select(vec!["long", "short", "both"]);
    (world(), who, only_if, side).prop_map(|(world, who, only_if, side)| {
        let plan = format!(
            "name = \"gated\"\ntimeframe = \"4h\"\nuniverse = {who}\nclock = \"observed\"\n\
             period = {{ from = \"2024-03-02\" }}\n[entry]\nside = \"{side}\"\n\
             only_if = {only_if:?}\n[size]\nfraction = \"10%\"\n\
             [cost]\nfee = \"0%\"\nslippage = \"0%\"\n"
        );
        (World { plan, ..world }, who, only_if)
    })
}

#[test]
fn gates_and_members_of_the_past_do_not_know_the_future() {
    let (compared, changed) = (Cell::new(0), Cell::new(0));
    let count = cases(1_000);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    runner
        .run(
            &(gated(), world(), 10_i64..36),
            |((ours, ..), theirs, cut)| {
                let t = hour(4 * cut);
                let others = theirs.assets.iter().cycle();
                let assets = ours.assets.iter().zip(others);
                let altered = World {
                    plan: ours.plan.clone(),
                    assets: assets
                        .map(|(asset, other)| spliced(asset, other, t))
                        .collect(),
                };
                let plan = ours.parsed();
                let (Ok(as_it_was), Ok(altered)) = (
                    run(&plan, &ours.borrowed()),
                    run(&plan, &altered.borrowed()),
                ) else {
                    return Ok(());
                };
                let past = before(&as_it_was.trades, t);
                prop_assert_eq!(&past, &before(&altered.trades, t));
                compared.set(compared.get() + past.len());
                changed.set(changed.get() + usize::from(as_it_was.trades != altered.trades));
                Ok(())
            },
        )
        .unwrap();
    println!(
        "{count} cases: {} trades, {} other futures",
        compared.get(),
        changed.get()
    );
    assert!(compared.get() > count as usize / 4);
    assert!(changed.get() > count as usize / 8);
}

/// Whether a token is a member at a moment; `None` if rounding would decide.
fn is_member(universe: &Universe, world: &World, asset: usize, at: Timestamp) -> Option<bool> {
    let one = &world.assets[asset];
    match universe {
        // The period of the plan begins on its second day.
        Universe::Top(ranking) => ranks(*ranking, hour(24).micros(), &world.assets, asset, at),
        Universe::Sector { .. } => Some(one.latest("sector(defi)", at) == Some(1.0)),
        Universe::Moonshots { .. } => Some(one.latest("moonshot", at) == Some(1.0)),
        _ => Some(true),
    }
}

#[test]
fn what_leaves_a_universe_leaves_when_a_plain_loop_says() {
    let seen: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    let count = cases(1_000);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    let longs = (gated(), universe(), 30_i64..100, 0_usize..4);
    runner
        .run(&longs, |((mut world, ..), universe, known, asset)| {
            let see = |what: &'static str| *seen.borrow_mut().entry(what).or_default() += 1;
            let universe = universe.replace(" }", ", leave = \"exit\" }");
            world.plan = format!(
                "name = \"leaving\"\ntimeframe = \"4h\"\nuniverse = {universe}\nclock = \"observed\"\n\
                 period = {{ from = \"2024-03-02\" }}\n[entry]\nside = \"long\"\n\
                 [size]\nfraction = \"10%\"\n[cost]\nfee = \"0%\"\nslippage = \"0%\"\n"
            );
            let asset = asset % world.assets.len();
            for other in &mut world.assets {
                other.signals.clear();
            }
            let row = version(hour(known - 4), hour(known), Some(SignalEvent::Long));
            world.assets[asset].signals.push(row);
            let plan = world.parsed();
            let outcome = match run(&plan, &world.borrowed()) {
                Err(ReplayError::NoBars { .. }) => return Ok(()),
                outcome => outcome.unwrap(),
            };
            // Whether it belongs when the row is known, and at each open from then on.
            let bars = &world.assets[asset].bars;
            let opens = bars.open_times().iter().filter(|open| **open >= hour(known));
            let moments: Vec<Timestamp> = std::iter::once(hour(known)).chain(opens.copied()).collect();
            let belongs: Option<Vec<bool>> = moments
                .iter()
                .map(|&at| is_member(&plan.universe, &world, asset, at))
                .collect();
            let Some(belongs) = belongs else {
                see("too close");
                return Ok(());
            };
            if moments.len() == 1 || closes(bars, hour(known)).is_empty() {
                return Ok(());
            }
            if !(belongs[0] && belongs[1]) {
                prop_assert_eq!(outcome.counts.not_in_universe, 1);
                see(if belongs[0] { "left before the open" } else { "no member" });
                return Ok(());
            }
            let left = (2..moments.len()).find(|&n| !belongs[n]);
            let (at, reason) = match left {
                Some(n) => (moments[n], ExitReason::LeftUniverse),
                None => (moments[moments.len() - 1], ExitReason::EndOfData),
            };
            let [trade] = &outcome.trades[..] else {
                return Err(TestCaseError::fail(format!("{:?}", outcome.counts)));
            };
            prop_assert_eq!((trade.entry_time, trade.exit_time, trade.exit_reason), (moments[1], at, reason));
            see(reason.name());
            Ok(())
        })
        .unwrap();
    let seen = seen.into_inner();
    println!("{count} cases: {seen:?}");
    for what in ["no member", "left-universe", "end-of-data"] {
        assert!(
            seen.get(what).is_some_and(|&times| times >= 20),
            "{what} is rare: {seen:?}"
        );
    }
}

#[test]
fn gates_and_universes_are_what_a_plain_loop_says() {
    let seen: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let count = cases(1_000);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    runner
        .run(&gated(), |(mut world, who, only_if)| {
            let see = |what: &str| *seen.borrow_mut().entry(what.to_owned()).or_default() += 1;
            let plan = world.parsed();
            let rows: Vec<_> = world
                .assets
                .iter()
                .map(|asset| asset.signals.clone())
                .collect();
            for (asset, rows) in rows.iter().enumerate() {
                for row in rows {
                    for other in &mut world.assets {
                        other.signals.clear();
                    }
                    world.assets[asset].signals.push(*row);
                    let outcome = match run(&plan, &world.borrowed()) {
                        Err(ReplayError::NoBars { .. }) => return Ok(()),
                        outcome => outcome.unwrap(),
                    };
                    let fate = |name: &str| {
                        let fates = outcome.counts.fates();
                        fates
                            .iter()
                            .any(|(other, count)| *other == name && *count == 1)
                    };
                    let asked = [
                        "not_in_universe",
                        "gated",
                        "gate_undefined",
                        "no_price",
                        "entered",
                    ];
                    if !asked.into_iter().any(fate) {
                        continue;
                    }
                    let direction = row.value.direction().unwrap();
                    let (one, at) = (&world.assets[asset], row.known_from);
                    let Some(member) = is_member(&plan.universe, &world, asset, at) else {
                        see("too close");
                        continue;
                    };
                    let mut expected = "entered".to_owned();
                    if !member {
                        expected = "not_in_universe".to_owned();
                    } else {
                        for (n, gate) in plan.entry.only_if.iter().enumerate() {
                            let answer = answer(gate.asks, plan.entry.side, direction, one, at);
                            let Some(answer) = answer else {
                                expected = format!("gate_undefined {n}");
                                break;
                            };
                            if !gate.comparison.holds(answer, gate.bound) {
                                expected = format!("gated {n}");
                                break;
                            }
                        }
                    }
                    if expected == "entered" && closes(&one.bars, at).is_empty() {
                        expected = "no_price".to_owned();
                    }
                    let mut found = asked
                        .into_iter()
                        .find(|name| fate(name))
                        .unwrap()
                        .to_owned();
                    for (n, gate) in outcome.counts.gates.iter().enumerate() {
                        if gate.shut + gate.undefined == 1 {
                            found += &format!(" {n}");
                        }
                    }
                    prop_assert_eq!(
                        &found,
                        &expected,
                        "{:?} of {} at {}",
                        direction,
                        one.token,
                        at
                    );
                    see(&found);
                    for gate in &only_if {
                        see(gate);
                    }
                    see(&format!("{who} {member}"));
                }
            }
            Ok(())
        })
        .unwrap();
    let seen = seen.into_inner();
    println!("{count} cases: {seen:#?}");
    for what in [
        "entered",
        "not_in_universe",
        "gated 0",
        "gated 1",
        "gated 2",
        "gate_undefined 0",
        "gate_undefined 1",
    ] {
        let times = seen.get(what).copied().unwrap_or(0);
        assert!(times >= 20, "{what} is rare: {seen:#?}");
    }
    for universe in [
        "volume",
        "return",
        "volatility",
        "sharpe",
        "grade",
        "sector",
        "moonshots",
    ] {
        for member in ["true", "false"] {
            let is = |what: &&String| what.contains(universe) && what.ends_with(member);
            assert!(
                seen.keys().any(|what| is(&what)),
                "{universe} {member}: {seen:#?}"
            );
        }
    }
    let close = seen.get("too close").copied().unwrap_or(0);
    assert!(
        close * 50 < seen["entered"],
        "too many cases were passed over: {close}"
    );
}
