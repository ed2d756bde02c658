//! What signals are made of.

use highwater_backtest::{
    ExitReason::{EndOfData, OppositeEvent},
    signals::{GradeCross, grade_crosses, moonshot_changes},
};
use highwater_market::{
    Direction::{self, Long, Short},
    Grade, Known, Signal, Timestamp,
};

use super::{FLAT, check, no_levels};
use crate::world::{World, day};

fn known<T>(of: i64, known_from: Timestamp, value: T) -> Known<T> {
    Known {
        event_time: day(of),
        known_from,
        revision: false,
        value,
    }
}

/// Grades of days from 0 on, each known when its day is over; 0 is a day without one.
fn grades(values: &[f64]) -> Vec<Known<Option<Grade>>> {
    let grade = |value| (value > 0.0).then(|| Grade::new(value).unwrap());
    values
        .iter()
        .zip(0..)
        .map(|(&value, n)| known(n, day(n + 1), grade(value)))
        .collect()
}

const RULE: GradeCross = GradeCross {
    above: Some(80.0),
    below: Some(40.0),
    state: false,
};

fn events(signals: &[Known<Signal>]) -> Vec<Option<Direction>> {
    signals
        .iter()
        .map(|signal| signal.value.direction())
        .collect()
}

/// A world whose token has these signals.
fn world(bars: usize, signals: Vec<Known<Signal>>) -> World {
    let mut world = no_levels().asset("A", &vec![FLAT; bars]);
    world.assets[0].signals = signals;
    world
}

#[test]
fn the_period_of_a_row_is_that_of_its_own_signal() {
    let at = |hours: i64| day(1).plus_micros(hours * 3_600_000_000);
    // A row of day 1, known so many hours after that day began: still news, or counted as stale.
    let stale = |entry: &str, clock: &str, hours: i64| {
        let world = no_levels()
            .plan("[entry]", &format!("clock = \"{clock}\"\n[entry]\n{entry}"))
            .asset("A", &[FLAT, FLAT, FLAT, FLAT, FLAT])
            .row(1, at(hours), Some(Long));
        world.run().counts.stale == 1
    };
    let grade = "signal = \"grade\"\ngrade = \"trader\"\nabove = 80";
    let file = "signal = \"file\"\nfile = \"x.csv\"";
    for (entry, clock, last) in [
        ("signal = \"vendor\"", "published", Some(48)),
        (grade, "published", Some(48)),
        ("signal = \"hourly\"", "published", Some(2)),
        ("signal = \"breakout\"", "published", Some(48)),
        (
            "signal = \"level\"\nevent = \"touch\"",
            "published",
            Some(48),
        ),
        ("signal = \"moonshot\"", "observed", None),
        (file, "published", None),
    ] {
        let last_hours = last.unwrap_or(90);
        assert!(!stale(entry, clock, last_hours), "{entry}");
        assert_eq!(
            stale(entry, clock, last_hours + 1),
            last.is_some(),
            "{entry}"
        );
    }
    // A bar of the plan's own timeframe, whatever that is.
    let four_hours = no_levels()
        .plan("timeframe = \"1d\"", "timeframe = \"4h\"")
        .plan("[entry]", "[entry]\nsignal = \"breakout\"")
        .parsed();
    assert_eq!(four_hours.signal_period(), Some(four_hours.timeframe));
}

#[test]
fn a_grade_that_crosses_a_threshold_is_an_event() {
    for (values, expected, why) in [
        (&[70.0, 81.0][..], &[None, Some(Long)][..], "from below"),
        (&[80.0, 81.0], &[None, Some(Long)], "on it is not over it"),
        (&[70.0, 80.0], &[None, None], "and to it is none"),
        (&[81.0, 90.0], &[None, None], "over it already"),
        (&[50.0, 39.0], &[None, Some(Short)], "from above"),
        (&[40.0, 39.0], &[None, Some(Short)], "on it is not under it"),
        (
            &[90.0, 30.0, 90.0],
            &[None, Some(Short), Some(Long)],
            "both",
        ),
        (
            &[70.0, 0.0, 0.0, 81.0],
            &[None, None, None, Some(Long)],
            "days without a grade are passed over",
        ),
    ] {
        assert_eq!(
            events(&grade_crosses(&grades(values), RULE)),
            expected,
            "{why}"
        );
    }
    let above = GradeCross {
        below: None,
        ..RULE
    };
    let fallen = grade_crosses(&grades(&[50.0, 30.0, 81.0]), above);
    assert_eq!(events(&fallen), [None, None, Some(Long)]);
    // Known when the row was, it is filled at that open; the fall ends it.
    let signals = grade_crosses(&grades(&[70.0, 81.0, 82.0, 39.0]), RULE);
    check(
        &world(5, signals).plan("side = \"both\"", "side = \"long\""),
        &[(2, 100.0, 4, 100.0, OppositeEvent)],
    );
}

#[test]
fn the_first_grade_crosses_nothing_unless_the_plan_says_so() {
    let state = GradeCross {
        state: true,
        ..RULE
    };
    for (first, expected) in [(90.0, Some(Long)), (30.0, Some(Short)), (50.0, None)] {
        let one = |rule| events(&grade_crosses(&grades(&[first]), rule));
        assert_eq!(one(RULE), [None]);
        assert_eq!(one(state), [expected]);
        // The next of the same kind is no news.
        let two = grade_crosses(&grades(&[0.0, first, first]), state);
        assert_eq!(events(&two), [None, expected, None]);
    }
}

#[test]
fn a_revised_grade_speaks_only_of_the_latest_day() {
    let grade = |value| Some(Grade::new(value).unwrap());
    let mut rows = grades(&[70.0, 79.0]);
    let noon = day(2).plus_micros(43_200_000_000);
    rows.push(known(1, noon, grade(85.0)));
    let signals = grade_crosses(&rows, RULE);
    assert_eq!(events(&signals), [None, None, Some(Long)]);
    check(&world(4, signals), &[(3, 100.0, 4, 100.0, EndOfData)]);
    // An earlier day says nothing when it is revised or comes late, and the next day is compared with it.
    let mut rows = grades(&[70.0, 79.0]);
    rows.push(known(0, noon, grade(99.0)));
    rows.push(known(2, day(3), grade(85.0)));
    rows.push(known(1, day(3).plus_micros(1), grade(90.0)));
    rows.push(known(3, day(4), grade(86.0)));
    let signals = grade_crosses(&rows, RULE);
    assert_eq!(events(&signals), [None, None, Some(Long), None]);
    let mut rows = grades(&[70.0, 90.0]);
    rows.push(known(1, noon, grade(75.0)));
    rows.push(known(2, day(3), grade(85.0)));
    assert_eq!(
        events(&grade_crosses(&rows, RULE)),
        [None, Some(Long), None, Some(Long)],
        "what was revised away is crossed again"
    );
}

/// Answers seen on days from 1 on, at noon.
fn answers(listed: &[bool]) -> Vec<Known<bool>> {
    listed
        .iter()
        .zip(1..)
        .map(|(&listed, n)| {
            let noon = day(n).plus_micros(43_200_000_000);
            Known {
                event_time: noon,
                known_from: noon,
                revision: false,
                value: listed,
            }
        })
        .collect()
}

#[test]
fn a_token_that_appears_in_the_moonshots_is_long_and_one_that_leaves_short() {
    let signals = moonshot_changes(&answers(&[false, true, true, false, true]), false);
    assert_eq!(
        events(&signals),
        [None, Some(Long), None, Some(Short), Some(Long)]
    );
    let long = world(7, signals)
        .plan("side = \"both\"", "side = \"long\"")
        .plan(
            "[entry]",
            "clock = \"observed\"\n[entry]\nsignal = \"moonshot\"",
        );
    let outcome = check(
        &long,
        &[
            (3, 100.0, 5, 100.0, OppositeEvent),
            (6, 100.0, 7, 100.0, EndOfData),
        ],
    );
    assert_eq!(outcome.counts.exit_only, 1);
}

#[test]
fn the_first_answer_says_what_stands_and_is_no_event_unless_the_plan_says_so() {
    let listed = answers(&[true, true, false]);
    let found = |state| events(&moonshot_changes(&listed, state));
    assert_eq!(found(false), [None, None, Some(Short)]);
    assert_eq!(found(true), [Some(Long), None, Some(Short)]);
    let absent = moonshot_changes(&answers(&[false, false]), true);
    assert_eq!(events(&absent), [None, None], "absence is no news");
}
