//! What bars say at levels, line by line as `SEMANTICS.md` of the backtest engine has it.

use highwater_levels::{LevelEvent, LevelRule, level_events};
use highwater_market::{
    Direction::{self, Long, Short},
    Fraction, Known, Level, LevelBook, LevelSide, Price, PriceBar, Timestamp,
};

/// Levels known from a moment on: price and strength.
struct Book(Vec<(Timestamp, f64, Option<f64>)>);

impl LevelBook for Book {
    fn levels_at(&self, at: Timestamp, price: Price) -> Vec<Level> {
        let known = self.0.iter().filter(|(from, ..)| *from <= at);
        let mut levels: Vec<Level> = known
            .map(|&(from, level, strength)| {
                let level = Price::new(level).unwrap();
                Level {
                    price: level,
                    side: LevelSide::seen_from(level, price),
                    strength,
                    touches: None,
                    first_seen: from,
                    last_touch: from,
                }
            })
            .collect();
        levels.sort_by(|a, b| a.price.get().total_cmp(&b.price.get()));
        levels
    }
}

fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(0).plus_days(n)
}

/// Daily bars of low, high and close, each known from its close.
fn bars(rows: &[[f64; 3]]) -> Vec<Known<PriceBar>> {
    rows.iter()
        .zip(0..)
        .map(|(&[low, high, close], n)| Known {
            event_time: day(n),
            known_from: day(n + 1),
            revision: false,
            value: PriceBar {
                open_time: day(n),
                open: close,
                high,
                low,
                close,
                volume: f64::NAN,
            },
        })
        .collect()
}

/// Support at 96 and resistance at 104, known from the beginning.
fn book() -> Book {
    Book(vec![
        (Timestamp::MIN, 96.0, None),
        (Timestamp::MIN, 104.0, None),
    ])
}

fn rule(event: LevelEvent) -> LevelRule {
    LevelRule {
        event,
        of: None,
        min_strength: None,
    }
}

fn share(value: f64) -> Fraction {
    Fraction::new(value).unwrap()
}

fn events(versions: &[Known<PriceBar>], book: &Book, rule: LevelRule) -> Vec<Option<Direction>> {
    let signals = level_events(versions, book, &rule);
    signals
        .iter()
        .map(|signal| signal.value.direction())
        .collect()
}

/// After a bar of low 99, high 101 and close 100, what each of these bars says.
#[track_caller]
fn check(event: LevelEvent, rows: &[[f64; 3]], expected: &[Option<Direction>]) {
    let rows: Vec<[f64; 3]> = [[99.0, 101.0, 100.0]].iter().chain(rows).copied().collect();
    assert_eq!(events(&bars(&rows), &book(), rule(event)), expected);
}

#[test]
fn an_approach_closes_near_a_level_from_farther_away() {
    // Within 1/64: 97.5 above support, 102.375 below resistance.
    let near = LevelEvent::Approach {
        within: share(1.0 / 64.0),
    };
    check(near, &[[97.0, 100.0, 97.5]], &[Some(Long)]);
    check(near, &[[97.0, 100.0, 97.625]], &[None]);
    check(near, &[[96.0, 100.0, 96.0]], &[Some(Long)]);
    check(near, &[[95.0, 100.0, 95.9]], &[None]);
    check(near, &[[100.0, 103.0, 102.375]], &[Some(Short)]);
    check(near, &[[100.0, 104.0, 104.0]], &[None]);
    check(near, &[[100.0, 105.0, 104.5]], &[None]);
    // Near already: no news, until it was farther away again.
    check(
        near,
        &[
            [97.0, 100.0, 97.0],
            [96.5, 98.0, 96.5],
            [98.0, 99.0, 99.0],
            [97.0, 99.0, 97.0],
        ],
        &[Some(Long), None, None, Some(Long)],
    );
    // From below a support that was broken is no approach of it.
    check(
        near,
        &[[90.0, 100.0, 90.0], [90.0, 97.0, 97.0]],
        &[None, None],
    );
}

#[test]
fn a_touch_reaches_a_level_that_the_bar_before_did_not() {
    let touch = LevelEvent::Touch;
    check(touch, &[[96.0, 100.0, 99.0]], &[Some(Long)]);
    check(touch, &[[96.1, 100.0, 99.0]], &[None]);
    check(touch, &[[99.0, 104.0, 99.0]], &[Some(Short)]);
    check(
        touch,
        &[
            [95.0, 99.0, 98.0],
            [95.5, 99.0, 98.0],
            [97.0, 99.0, 98.0],
            [96.0, 99.0, 98.0],
        ],
        &[Some(Long), None, None, Some(Long)],
    );
    // A bar that touches both sides says nothing.
    check(touch, &[[96.0, 104.0, 100.0]], &[None]);
}

#[test]
fn a_bounce_reaches_a_level_and_closes_back_on_its_side() {
    let bounce = LevelEvent::Bounce {
        by: share(1.0 / 64.0),
    };
    check(bounce, &[[95.0, 100.0, 97.5]], &[Some(Long)]);
    check(bounce, &[[95.0, 100.0, 97.25]], &[None]);
    check(bounce, &[[96.5, 100.0, 99.0]], &[None]);
    check(bounce, &[[99.0, 106.0, 102.375]], &[Some(Short)]);
    check(bounce, &[[99.0, 106.0, 103.0]], &[None]);
    // Each bar that bounces is one.
    check(
        bounce,
        &[[95.0, 100.0, 99.0], [96.0, 100.0, 99.0]],
        &[Some(Long), Some(Long)],
    );
    check(bounce, &[[95.0, 105.0, 100.0]], &[None]);
    let at_all = LevelEvent::Bounce { by: share(0.0) };
    check(at_all, &[[95.0, 100.0, 96.0]], &[Some(Long)]);
    check(at_all, &[[95.0, 100.0, 95.875]], &[None]);
}

#[test]
fn a_break_closes_beyond_a_level_as_often_in_a_row_as_confirms_it() {
    let confirm = |confirm| LevelEvent::Break { confirm };
    check(confirm(1), &[[99.0, 106.0, 104.5]], &[Some(Long)]);
    check(confirm(1), &[[99.0, 106.0, 104.0]], &[None]);
    check(confirm(1), &[[90.0, 100.0, 95.5]], &[Some(Short)]);
    check(confirm(1), &[[90.0, 100.0, 96.0]], &[None]);
    let up = [104.0, 106.0, 105.0];
    let back = [99.0, 105.0, 103.0];
    check(confirm(2), &[up, up, up], &[None, Some(Long), None]);
    check(
        confirm(2),
        &[up, back, up, up],
        &[None, None, None, Some(Long)],
    );
    check(confirm(3), &[up, up, back, up], &[None; 4]);
    // Broken upwards, it is support, and can be broken downwards.
    check(
        confirm(1),
        &[up, up, back],
        &[Some(Long), None, Some(Short)],
    );
    // A level that vanishes while a break is confirmed was broken all the same: it was known when the first bar opened.
    let rows = bars(&[[99.0, 101.0, 100.0], up, up]);
    struct Vanishing;
    impl LevelBook for Vanishing {
        fn levels_at(&self, at: Timestamp, price: Price) -> Vec<Level> {
            if at < day(2) {
                book().levels_at(at, price)
            } else {
                Vec::new()
            }
        }
    }
    let found = level_events(&rows, &Vanishing, &rule(confirm(2)));
    assert_eq!(found[1].value.direction(), Some(Long));
}

#[test]
fn a_level_event_uses_the_levels_known_at_the_open_of_its_bar() {
    let rows = bars(&[[99.0, 101.0, 100.0], [96.0, 100.0, 99.0]]);
    for event in [LevelEvent::Touch, LevelEvent::Bounce { by: share(0.0) }] {
        let known_from = |from| Book(vec![(from, 96.0, None)]);
        let at_open = known_from(day(1));
        assert_eq!(events(&rows, &at_open, rule(event)), [Some(Long)]);
        let later = known_from(day(1).plus_micros(1));
        assert_eq!(events(&rows, &later, rule(event)), [None]);
    }
    // The event is known when its bar is.
    let signals = level_events(&rows, &book(), &rule(LevelEvent::Touch));
    assert_eq!(
        (signals[0].event_time, signals[0].known_from),
        (day(1), day(2))
    );
}

#[test]
fn levels_of_the_other_side_and_weak_ones_give_no_event() {
    let book = Book(vec![
        (Timestamp::MIN, 96.0, Some(0.5)),
        (Timestamp::MIN, 104.0, None),
    ]);
    let down = bars(&[[99.0, 101.0, 100.0], [96.0, 100.0, 99.0]]);
    let up = bars(&[[99.0, 101.0, 100.0], [99.0, 104.0, 99.0]]);
    // side, least strength, what the fall says, what the rise says
    for (of, min_strength, falls, rises) in [
        (None, None, Some(Long), Some(Short)),
        (Some(LevelSide::Support), None, Some(Long), None),
        (Some(LevelSide::Resistance), None, None, Some(Short)),
        (None, Some(0.5), Some(Long), None),
        (None, Some(0.75), None, None),
    ] {
        let rule = LevelRule {
            event: LevelEvent::Touch,
            of,
            min_strength,
        };
        assert_eq!(events(&down, &book, rule), [falls], "{rule:?}");
        assert_eq!(events(&up, &book, rule), [rises], "{rule:?}");
    }
}
