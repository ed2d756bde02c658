//! Level events do not look ahead, whatever the bars, and find their mirror images.

use highwater_levels::{BarLevels, LevelEvent, LevelRule, SwingConfig, level_events};
use highwater_market::{Fraction, Known, LevelSide, PriceBar, Signal, Timeframe, Timestamp};
use proptest::prelude::*;

fn rule() -> impl Strategy<Value = LevelRule> {
    let share = || (0.0..0.1f64).prop_map(|value| Fraction::new(value).unwrap());
    let event = prop_oneof![
        share().prop_map(|within| LevelEvent::Approach { within }),
        Just(LevelEvent::Touch),
        (1..4usize).prop_map(|confirm| LevelEvent::Break { confirm }),
        share().prop_map(|by| LevelEvent::Bounce { by }),
    ];
    let of = prop_oneof![
        2 => Just(None),
        1 => Just(Some(LevelSide::Support)),
        1 => Just(Some(LevelSide::Resistance)),
    ];
    let strength = prop_oneof![3 => Just(None), 1 => (0.0..1.0f64).prop_map(Some)];
    (event, of, strength).prop_map(|(event, of, min_strength)| LevelRule {
        event,
        of,
        min_strength,
    })
}

/// A walk on a coarse grid, so that levels are met exactly; now and then a bar is late, or revised.
fn history() -> impl Strategy<Value = Vec<Known<PriceBar>>> {
    let row = (
        -3..4i32,
        0..3u8,
        0..3u8,
        prop_oneof![8 => Just(1i64), 1 => Just(0), 1 => -3..0i64, 1 => 2..4i64],
        prop_oneof![6 => Just(1i64), 1 => 2..5i64],
    );
    prop::collection::vec(row, 5..80).prop_map(|rows| {
        let (mut price, mut latest, mut known) = (64.0_f64, 0, 0);
        rows.into_iter()
            .map(|(step, up, down, days, lag)| {
                let open = price;
                price = (price + f64::from(step)).max(8.0);
                let event = latest + days;
                latest = latest.max(event);
                known = known.max(event + lag);
                let day = |n: i64| Timestamp::from_seconds(0).plus_days(n);
                Known {
                    event_time: day(event),
                    known_from: day(known),
                    revision: days <= 0,
                    value: PriceBar {
                        open_time: day(event),
                        open,
                        high: open.max(price) + f64::from(up),
                        low: open.min(price) - f64::from(down),
                        close: price,
                        volume: f64::NAN,
                    },
                }
            })
            .collect()
    })
}

fn signals(versions: &[Known<PriceBar>], rule: &LevelRule) -> Vec<Known<Signal>> {
    let config = SwingConfig {
        swing_bars: 1,
        volatility_bars: 3,
        cluster: 0.5,
        ..SwingConfig::default()
    };
    let book = BarLevels::new(versions.to_vec(), Timeframe::D1, config);
    level_events(versions, &book, rule)
}

#[test]
fn another_future_changes_no_level_event_of_the_past() {
    let events = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300)
    });
    runner
        .run(
            &(history(), history(), 0..80usize, rule()),
            |(ours, theirs, cut, rule)| {
                let cut = cut.min(ours.len() - 1);
                let moment = ours[cut].known_from;
                let known = |signals: &[Known<Signal>]| -> Vec<Known<Signal>> {
                    let known = signals.iter().filter(|signal| signal.known_from <= moment);
                    known.copied().collect()
                };
                let past: Vec<_> = ours
                    .iter()
                    .filter(|version| version.known_from <= moment)
                    .copied()
                    .collect();
                // The past alone, and the past with another future.
                let mut other = past.clone();
                other.extend(theirs.iter().filter(|version| version.known_from > moment));
                let whole = known(&signals(&ours, &rule));
                prop_assert_eq!(&whole, &signals(&past, &rule));
                prop_assert_eq!(&whole, &known(&signals(&other, &rule)));
                events.set(
                    events.get() + whole.iter().filter(|one| one.value.event.is_some()).count(),
                );
                Ok(())
            },
        )
        .unwrap();
    assert!(events.get() > 300, "{} events were compared", events.get());
}
