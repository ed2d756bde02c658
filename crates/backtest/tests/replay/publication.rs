//! Signals that know the bar to come are found, and others are left alone.

use highwater_backtest::{
    Plan,
    publication::{Agreement, Published, check},
};
use highwater_market::{Bars, Direction, Known, Signal, SignalEvent, Timeframe, Timestamp};

use crate::world::{bar, day};

fn plan() -> Plan {
    let text = r#"
name = "file"
timeframe = "1d"
universe = "all"
[entry]
signal = "file"
file = "signals.csv"
lag = "1d"
side = "both"
[size]
fraction = "50%"
[cost]
fee = "0%"
slippage = "0%"
"#;
    Plan::parse(text).unwrap()
}

/// A walk of daily bars that rise with a probability, in a reproducible order.
fn walk(seed: u64, days: usize, rising: f64) -> Bars {
    let mut state = seed;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut price = 100.0;
    let bars = (0..days).map(|n| {
        let open = price;
        let step = 0.001 + 0.02 * draw();
        price = if draw() < rising {
            open * (1.0 + step)
        } else {
            open / (1.0 + step)
        };
        let prices = [open, open.max(price), open.min(price), price];
        bar(day(n as i64), prices)
    });
    Bars::new(Timeframe::D1, bars).unwrap()
}

fn rose(bars: &Bars, index: usize) -> bool {
    bars.close()[index] > bars.open()[index]
}

/// Signals dated by the days of the bars, known when their day is over, made of the bar so many days after.
fn made_of(bars: &Bars, after: i64) -> Vec<Known<Signal>> {
    let days = bars.len() as i64;
    (0..days)
        .filter(|n| (0..days).contains(&(n + after)))
        .map(|n| signal(n, rose(bars, (n + after) as usize)))
        .collect()
}

fn signal(of: i64, long: bool) -> Known<Signal> {
    let event = Some(if long {
        Direction::Long
    } else {
        Direction::Short
    });
    Known {
        event_time: day(of),
        known_from: day(of + 1),
        revision: false,
        value: Signal::toward(event, None),
    }
}

fn one(bars: &Bars, signals: &[Known<Signal>]) -> Agreement {
    let symbol = "A";
    let found = check(
        &plan(),
        &[Published {
            symbol,
            signals,
            bars,
        }],
    );
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

#[test]
fn signals_that_know_the_bar_to_come_are_found() {
    let bars = walk(1, 120, 0.5);
    let planted = one(&bars, &made_of(&bars, 1));
    assert_eq!((planted.next.agree, planted.next.signals), (119, 119));
    assert!(planted.is_implausible(), "{planted:?}");
    assert_eq!(planted.plausible_after(), Some(1));
    // Of the day after tomorrow, two bars more are needed, and tomorrow tells nothing.
    let farther = one(&bars, &made_of(&bars, 2));
    assert!(!farther.is_implausible(), "{farther:?}");
    assert_eq!(farther.later[0].agree, farther.later[0].signals);
    // Nine of ten are enough; a handful is not.
    let mut mixed = made_of(&bars, 1);
    for (n, signal) in mixed.iter_mut().enumerate().step_by(10) {
        signal.value.event = Some(if n % 20 == 0 {
            SignalEvent::Long
        } else {
            SignalEvent::Short
        });
    }
    assert!(one(&bars, &mixed).is_implausible());
    let few = &made_of(&bars, 1)[..19];
    assert!(!one(&bars, few).is_implausible());
    // Thirty that all agree are more than a million to one.
    assert!(one(&bars, &made_of(&bars, 1)[..30]).is_implausible());
    // One that says flat has no direction to agree with, and takes the place of one known before the same open.
    let mut flats = half_flat(&bars);
    let told = one(&bars, &flats).next;
    assert_eq!((told.agree, told.signals), (59, 59));
    flats.retain(|signal| signal.value.event == Some(SignalEvent::Flat));
    let published = Published {
        symbol: "A",
        signals: &flats,
        bars: &bars,
    };
    assert!(check(&plan(), &[published]).is_empty());
}

/// Signals of tomorrow's bar, every other of which says flat before anybody can act on it.
fn half_flat(bars: &Bars) -> Vec<Known<Signal>> {
    let mut signals = made_of(bars, 1);
    let mut flats: Vec<Known<Signal>> = signals.iter().step_by(2).copied().collect();
    for flat in &mut flats {
        flat.value.event = Some(SignalEvent::Flat);
    }
    signals.extend(flats);
    signals
}

#[test]
fn signals_made_of_closed_bars_are_not_suspected() {
    for seed in 1..=20 {
        for rising in [0.5, 0.75, 0.9] {
            let bars = walk(seed, 400, rising);
            // Yesterday's direction, and always long, in markets that rise more or less.
            let yesterday = one(&bars, &made_of(&bars, 0));
            assert_eq!(yesterday.dated.agree, yesterday.dated.signals);
            assert!(
                !yesterday.is_implausible(),
                "{seed}, {rising}: {yesterday:?}"
            );
            let long: Vec<_> = (0..399).map(|n| signal(n, true)).collect();
            let long = one(&bars, &long);
            assert!(!long.is_implausible(), "{seed}, {rising}: {long:?}");
            // In bars that follow each other, yesterday's direction is mostly right, and no foresight.
            let closes = (0..400).map(|n| {
                let level = |n: usize| 100.0 + 12.0 * ((n as u64 + seed) as f64 / 4.0).sin();
                let (open, close) = (level(n), level(n + 1));
                bar(
                    day(n as i64),
                    [open, open.max(close), open.min(close), close],
                )
            });
            let wave = Bars::new(Timeframe::D1, closes).unwrap();
            let followed = one(&wave, &made_of(&wave, 0));
            assert!(followed.next.agree * 10 > followed.next.signals * 9);
            assert!(!followed.is_implausible(), "{seed}: {followed:?}");
            // What is planted is found in each of them.
            let planted = one(&bars, &made_of(&bars, 1));
            assert!(planted.is_implausible(), "{seed}, {rising}: {planted:?}");
        }
    }
}

#[test]
fn tokens_that_move_together_are_one_witness() {
    // A hundred tokens with the bars of one, and a call that is right in 15 of 20 cases: no more than one such call.
    let bars = walk(3, 22, 0.5);
    let mut calls = made_of(&bars, 1);
    calls.truncate(20);
    for call in calls.iter_mut().step_by(4) {
        call.value = Signal::toward(call.value.direction().map(Direction::opposite), None);
    }
    let symbols: Vec<String> = (0..100).map(|n| format!("T{n}")).collect();
    let tokens: Vec<Published<'_>> = symbols
        .iter()
        .map(|symbol| Published {
            symbol,
            signals: &calls,
            bars: &bars,
        })
        .collect();
    let found = check(&plan(), &tokens);
    assert_eq!(found.len(), 101);
    let all = found.last().unwrap();
    assert_eq!((&all.symbol, all.next.signals), (&None, 20));
    assert!(found.iter().all(|one| !one.is_implausible()));
    // One signal each of forty tokens is enough together, where it is not alone.
    let markets: Vec<Bars> = (0..40).map(|n| walk(100 + n, 60, 0.5)).collect();
    let calls: Vec<Vec<Known<Signal>>> = markets
        .iter()
        .zip(0..)
        .map(|(bars, n)| vec![made_of(bars, 1)[n]])
        .collect();
    let tokens: Vec<Published<'_>> = symbols
        .iter()
        .zip(markets.iter().zip(&calls))
        .map(|(symbol, (bars, signals))| Published {
            symbol,
            signals,
            bars,
        })
        .collect();
    let found = check(&plan(), &tokens);
    let implausible: Vec<_> = found.iter().filter(|one| one.is_implausible()).collect();
    assert_eq!(implausible.len(), 1);
    assert_eq!(implausible[0].symbol, None);
    // What is known outside the plan's period, or after the last bar, is not looked at.
    let late = [signal(59, true), signal(400, true)];
    let late = Published {
        symbol: "A",
        signals: &late,
        bars: &markets[0],
    };
    assert_eq!(check(&plan(), &[late]), []);
    let none = Known {
        known_from: Timestamp::MAX,
        ..signal(1, true)
    };
    let none = Published {
        symbol: "A",
        signals: &[none],
        bars: &markets[0],
    };
    assert_eq!(check(&plan(), &[none]), []);
}
