//! The proof finds no hindsight where there is none, and finds it where there is.

use std::cell::Cell;

use highwater_backtest::{
    Asset, ExitReason, Facts, Outcome, Plan,
    prove::{Difference, Disagreement, KnownAsset, Later, LaterBar, Proof, prove},
    run,
};
use highwater_market::{
    Bars, Direction, Known, Level, LevelBook, Price, PriceBar, Signal, SignalEvent, Timeframe,
    Timestamp,
};
use proptest::test_runner::{Config, TestRunner};

use crate::{
    generated::{cases, world},
    world::{Book, Owned, World, bar, day, version},
};

/// Bars, each known from its close.
fn as_published(bars: &Bars) -> Vec<Known<PriceBar>> {
    bars.iter()
        .map(|bar| Known {
            event_time: bar.open_time,
            known_from: bar.open_time + bars.timeframe(),
            revision: false,
            value: bar,
        })
        .collect()
}

/// The proof of an outcome over `owned`, whose bars were known in these versions.
fn proof(plan: &Plan, full: &Outcome, owned: &[Owned], versions: &[Vec<Known<PriceBar>>]) -> Proof {
    let finer: Vec<_> = owned
        .iter()
        .map(|one| {
            let finer = one.finer.as_ref()?;
            Some((finer.timeframe(), as_published(finer)))
        })
        .collect();
    type Signals<'a> = Box<dyn Fn(Timestamp) -> Vec<Known<Signal>> + Sync + 'a>;
    type Levels<'a> = Box<dyn Fn(Timestamp) -> Box<dyn LevelBook + Send> + Sync + 'a>;
    type Said<'a> = Box<dyn Fn(Timestamp) -> Facts + Sync + 'a>;
    let then: Vec<(Signals<'_>, Levels<'_>, Said<'_>)> = owned
        .iter()
        .map(|one| {
            let signals: Signals<'_> = Box::new(move |at| {
                let known = one.signals.iter().filter(|row| row.known_from <= at);
                known.cloned().collect()
            });
            let levels: Levels<'_> = Box::new(move |at| {
                let known = one.levels.0.iter().filter(|(known, _)| *known <= at);
                Box::new(Book(known.cloned().collect()))
            });
            let facts: Said<'_> = Box::new(move |at| {
                let mut facts = Facts::new();
                for (name, _) in &one.said {
                    let known = |said: &&(String, Known<Option<f64>>)| {
                        said.0 == *name && said.1.known_from <= at
                    };
                    let known = one.said.iter().filter(known).map(|said| said.1);
                    facts.insert(name.clone(), &Vec::from_iter(known));
                }
                facts
            });
            (signals, levels, facts)
        })
        .collect();
    let assets: Vec<KnownAsset<'_>> = owned
        .iter()
        .zip(versions)
        .zip(finer.iter().zip(&then))
        .map(
            |((one, bars), (finer, (signals, levels, facts)))| KnownAsset {
                token: &one.token,
                bars,
                finer: finer
                    .as_ref()
                    .map(|(timeframe, versions)| (*timeframe, &versions[..])),
                signals: &**signals,
                levels: &**levels,
                facts: &**facts,
            },
        )
        .collect();
    let bars: Vec<&Bars> = owned.iter().map(|one| &one.bars).collect();
    prove(plan, full, &bars, &assets, &|| {}).unwrap()
}

fn published(owned: &[Owned]) -> Vec<Vec<Known<PriceBar>>> {
    owned.iter().map(|one| as_published(&one.bars)).collect()
}

#[test]
fn a_replay_that_does_not_look_ahead_is_proven_so() {
    let decisions = Cell::new(0);
    let config = Config {
        cases: cases(150),
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&world(), |world| {
            let (plan, assets) = (world.parsed(), world.borrowed());
            if let Ok(full) = run(&plan, &assets) {
                let found = proof(&plan, &full, &world.assets, &published(&world.assets));
                assert_eq!(found.disagreements, []);
                assert_eq!(found.instants, full.equity.len());
                decisions.set(decisions.get() + found.decisions);
            }
            Ok(())
        })
        .unwrap();
    println!(
        "{} decisions seen again with what was known then",
        decisions.get()
    );
    assert!(decisions.get() > 100);
}

/// Long at the open of day 2, with levels at 95 and 105.
fn entered() -> World {
    World::new()
        .asset(
            "AAA",
            &[[100.0; 4], [100.0; 4], [100.0, 106.0, 100.0, 104.0]],
        )
        .event(2, Direction::Long)
}

/// A book that shows at any time what becomes known at the end.
struct Clairvoyant<'a>(&'a Book);

impl LevelBook for Clairvoyant<'_> {
    fn levels_at(&self, _: Timestamp, price: Price) -> Vec<Level> {
        self.0.levels_at(Timestamp::MAX, price)
    }
}

#[test]
fn levels_of_the_future_are_found() {
    let world = entered().levels(3, &[90.0, 110.0]);
    let plan = world.parsed();
    let one = &world.assets[0];
    let book = Clairvoyant(&one.levels);
    let cheating = Asset {
        levels: &book,
        ..one.asset()
    };
    let full = run(&plan, &[cheating]).unwrap();
    assert_eq!(full.trades[0].stop_price, Some(90.0));
    let found = proof(&plan, &full, &world.assets, &published(&world.assets));
    let what: Vec<_> = found
        .disagreements
        .iter()
        .map(|one| (one.at, one.what, one.because.clone()))
        .collect();
    assert_eq!(what[0], (day(2), Difference::Stop, None));
    assert_eq!(what[1], (day(2), Difference::Target, None));
    assert_eq!(found.looked_ahead().count(), what.len());

    // A bar that was revised later, and has nothing to do with it, is no excuse.
    let mut versions = published(&world.assets);
    let revision = Known {
        known_from: day(9),
        revision: true,
        ..versions[0][0]
    };
    versions[0][0].value.high = 101.0;
    versions[0].push(revision);
    let again = proof(&plan, &full, &world.assets, &versions);
    assert_eq!(again.looked_ahead().count(), what.len());
}

#[test]
fn a_signal_of_the_future_is_found() {
    let honest = entered();
    // The full replay is told of the event a day before it was known.
    let mut cheating = honest.clone();
    cheating.assets[0].signals = vec![version(day(0), day(1), Some(SignalEvent::Long))];
    let plan = honest.parsed();
    let full = run(&plan, &cheating.borrowed()).unwrap();
    assert_eq!(full.trades[0].entry_time, day(1));
    let found = proof(&plan, &full, &honest.assets, &published(&honest.assets));
    let first = &found.disagreements[0];
    assert_eq!(
        (first.at, first.what, first.because.clone()),
        (day(1), Difference::EntryOfHindsight, None)
    );
    assert!(
        found
            .disagreements
            .iter()
            .any(|one| (one.at, one.what) == (day(2), Difference::EntryForgotten))
    );
    // Or that a flat will be: the position ends a day too early.
    let honest = no_targets().flat(4);
    let mut cheating = honest.clone();
    cheating.assets[0].signals[1] = version(day(2), day(3), Some(SignalEvent::Flat));
    let plan = honest.parsed();
    let full = run(&plan, &cheating.borrowed()).unwrap();
    assert_eq!(full.trades[0].exit_reason, ExitReason::SignalFlat);
    let found = proof(&plan, &full, &honest.assets, &published(&honest.assets));
    let first = &found.disagreements[0];
    assert_eq!(
        (first.at, first.what, first.because.clone()),
        (day(3), Difference::Exit, None)
    );
    let full = run(&plan, &honest.borrowed()).unwrap();
    assert_eq!(full.trades[0].exit_time, day(4));
    let found = proof(&plan, &full, &honest.assets, &published(&honest.assets));
    assert_eq!((found.decisions, found.disagreements.len()), (2, 0));
}

/// Long at the open of day 2, with levels that no price reaches.
fn no_targets() -> World {
    let world = World::new().asset("AAA", &[[100.0; 4]; 5]);
    world.event(2, Direction::Long)
}

#[test]
fn what_a_later_revision_changed_is_told_apart() {
    // As first published, day 3 fell through the stop of the first position; later it was said not to have. So the
    // second entry, of half the equity, was smaller when it was decided.
    let world = World::new()
        .asset(
            "AAA",
            &[
                [100.0; 4],
                [100.0; 4],
                [100.0, 100.0, 98.0, 98.0],
                [98.0, 98.0, 98.0, 98.0],
            ],
        )
        .event(2, Direction::Long)
        .asset("BBB", &[[100.0; 4]; 4])
        .event(4, Direction::Long);
    let plan = world.parsed();
    let full = run(&plan, &world.borrowed()).unwrap();
    assert_eq!(full.trades.len(), 2);
    let mut versions = published(&world.assets);
    let first = Known {
        value: bar(day(3), [100.0, 100.0, 94.0, 96.0]),
        ..versions[0][3]
    };
    let revision = Known {
        known_from: day(9),
        revision: true,
        ..versions[0][3]
    };
    versions[0][3] = first;
    versions[0].push(revision);
    let found = proof(&plan, &full, &world.assets, &versions);
    let [only] = &found.disagreements[..] else {
        panic!("{:?}", found.disagreements);
    };
    assert_eq!(
        (only.at, only.symbol.as_str(), only.what),
        (day(4), "BBB", Difference::Quantity)
    );
    let revised = LaterBar {
        symbol: "AAA".to_owned(),
        timeframe: Timeframe::D1,
        open: day(3),
        known_from: day(9),
        how: Later::Revised,
    };
    assert_eq!(only.because, Some(vec![revised.clone()]));
    assert_eq!(found.looked_ahead().count(), 0);

    // A revision of another bar that is without effect is not blamed, though it lies before and became known first.
    let idle = Known {
        known_from: day(8),
        revision: true,
        ..versions[1][1]
    };
    versions[1].push(idle);
    let found = proof(&plan, &full, &world.assets, &versions);
    assert_eq!(found.disagreements[0].because, Some(vec![revised]));
}

#[test]
fn a_bar_that_arrived_late_is_told_from_one_that_was_revised() {
    // Day 3 fell through the stop of the first position, as was seen on day 9: the second entry was decided without it.
    let world = World::new()
        .asset(
            "AAA",
            &[
                [100.0; 4],
                [100.0; 4],
                [100.0, 100.0, 94.0, 96.0],
                [96.0; 4],
            ],
        )
        .event(2, Direction::Long)
        .asset("BBB", &[[100.0; 4]; 4])
        .event(4, Direction::Long);
    let plan = world.parsed();
    let full = run(&plan, &world.borrowed()).unwrap();
    assert_eq!(full.trades[0].exit_price, 95.0);
    let mut versions = published(&world.assets);
    versions[0][3].known_from = day(9);
    let found = proof(&plan, &full, &world.assets, &versions);
    let late = found.disagreements[0].because.as_ref().unwrap();
    let [late] = &late[..] else {
        panic!("{found:#?}");
    };
    assert_eq!((late.open, late.known_from), (day(3), day(9)));
    assert_eq!((late.how, late.symbol.as_str()), (Later::Late, "AAA"));
    assert_eq!(found.looked_ahead().count(), 0);
}

#[test]
fn one_revision_is_the_cause_of_all_that_follows_from_it() {
    // The first position was stopped out on day 3 as first published, so that each entry from then on was of less
    // equity than the full run says; a second revision, of day 11, makes a difference of its own, at a stop.
    let flat = [[100.0; 4]; 24];
    let mut one = flat;
    one[3] = [100.0, 100.0, 98.0, 100.0];
    let mut world = World::new()
        .plan("[size]", "time = \"2 bars\"\n[size]")
        .asset("AAA", &one)
        .event(2, Direction::Long)
        .asset("BBB", &flat);
    for n in [6, 9, 12, 15, 18] {
        world = world.event(n, Direction::Long);
    }
    let plan = world.parsed();
    let full = run(&plan, &world.borrowed()).unwrap();
    assert_eq!(full.trades.len(), 6);
    let revised = |versions: &mut Vec<Vec<Known<PriceBar>>>, asset: usize, n: i64, low: f64| {
        let place = n as usize;
        let last = Known {
            known_from: day(30 + n),
            revision: true,
            ..versions[asset][place]
        };
        versions[asset][place].value.low = low;
        versions[asset].push(last);
    };
    let mut versions = published(&world.assets);
    revised(&mut versions, 0, 3, 94.0);
    revised(&mut versions, 1, 13, 94.0);
    let found = proof(&plan, &full, &world.assets, &versions);
    assert_eq!(found.looked_ahead().count(), 0);
    let of = |n: i64| {
        let because = |one: &&Disagreement| {
            let bars = one.because.as_ref().unwrap();
            bars.len() == 1 && bars[0].open == day(n)
        };
        let found = found.disagreements.iter().filter(because);
        found.map(|one| one.at).collect::<Vec<_>>()
    };
    // What the first makes ends where the second adds its own: the sizes that then differ for both follow from the later.
    let (first, second) = (of(3), of(13));
    assert_eq!(
        first.len() + second.len(),
        found.disagreements.len(),
        "{found:#?}"
    );
    assert_eq!(first, [day(4), day(6), day(9), day(12)], "{found:#?}");
    assert_eq!(second, [day(14), day(15), day(18)], "{found:#?}");
}
