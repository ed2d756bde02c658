//! Nothing looks ahead: what comes after t cannot change what happened before t.

use std::cell::Cell;

use highwater_backtest::{ExitReason, Trade, run};
use highwater_market::{Bars, Timestamp};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::{
    generated::{cases, hour, world},
    world::{Owned, World},
};

/// The asset before t, followed by another one's life from t on.
pub(crate) fn spliced(asset: &Owned, other: &Owned, t: Timestamp) -> Owned {
    let bars = |ours: &Bars, theirs: &Bars| {
        let before = ours.iter().filter(|bar| bar.open_time < t);
        let after = theirs.iter().filter(|bar| bar.open_time >= t);
        Bars::new(ours.timeframe(), before.chain(after)).unwrap()
    };
    let mut spliced = asset.clone();
    spliced.bars = bars(&asset.bars, &other.bars);
    spliced.finer = asset.finer.as_ref().map(|finer| {
        let none = Bars::empty(finer.timeframe());
        bars(finer, other.finer.as_ref().unwrap_or(&none))
    });
    spliced.signals.retain(|version| version.known_from <= t);
    spliced.signals.extend(
        other
            .signals
            .iter()
            .filter(|version| version.known_from > t)
            .cloned(),
    );
    spliced.said.retain(|(_, version)| version.known_from <= t);
    let later = other
        .said
        .iter()
        .filter(|(_, version)| version.known_from > t);
    spliced.said.extend(later.cloned());
    spliced.levels.0.retain(|(known, _)| *known <= t);
    spliced.levels.0.extend(
        other
            .levels
            .0
            .iter()
            .filter(|(known, _)| *known > t)
            .cloned(),
    );
    spliced
}

/// What was decided and filled before t: whole trades where they were over, else all that was fixed at the entry.
pub(crate) fn before(trades: &[Trade], t: Timestamp) -> Vec<String> {
    let mut found: Vec<String> = trades
        .iter()
        .filter(|trade| trade.entry_time < t)
        .map(|trade| {
            if trade.exit_time < t && trade.exit_reason != ExitReason::EndOfData {
                format!("{trade:?}")
            } else {
                format!(
                    "{} {} {:?} {} {} {} {:?} {:?} {:?} {:?} {}",
                    trade.symbol,
                    trade.side,
                    trade.decision_time,
                    trade.entry_time,
                    trade.entry_price,
                    trade.entry_bar,
                    trade.stop_price,
                    trade.targets,
                    trade.stop_level,
                    trade.stop_price.is_some(),
                    trade.position_quantity,
                )
            }
        })
        .collect();
    // Of a position that is closed in parts several may lie ahead.
    found.dedup();
    found
}

#[test]
fn nothing_before_t_knows_what_came_after() {
    let (compared, changed) = (Cell::new(0), Cell::new(0));
    let count = cases(1_000);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    });
    // The first world keeps its plan; after t it goes on with the lives of the second.
    runner
        .run(&(world(), world(), 4_i64..36), |(ours, theirs, cut)| {
            let t = hour(4 * cut);
            let altered = World {
                plan: ours.plan.clone(),
                assets: ours
                    .assets
                    .iter()
                    .zip(theirs.assets.iter().cycle())
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
            let equity = |points: &[highwater_backtest::EquityPoint]| -> Vec<_> {
                points
                    .iter()
                    .filter(|point| point.time < t)
                    .copied()
                    .collect()
            };
            prop_assert_eq!(equity(&as_it_was.equity), equity(&altered.equity));
            compared.set(compared.get() + past.len());
            changed.set(changed.get() + usize::from(as_it_was.trades != altered.trades));
            Ok(())
        })
        .unwrap();
    println!(
        "{count} cases: {} trades began before t, {} futures went another way",
        compared.get(),
        changed.get()
    );
    assert!(
        compared.get() > count as usize,
        "too few trades began before t"
    );
    assert!(
        changed.get() > count as usize / 4,
        "too few futures went another way"
    );
}
