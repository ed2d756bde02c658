//! Signals made of observations do not look ahead: what becomes known later changes none that was given.

use highwater_backtest::signals::{GradeCross, grade_crosses, moonshot_changes};
use highwater_market::{Direction, Grade, Known, Signal, Timestamp};
use proptest::prelude::*;

fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(0).plus_days(n)
}

/// Rows in the order in which they became known: mostly the next day's, now and then late ones and revisions.
fn rows() -> impl Strategy<Value = Vec<Known<Option<Grade>>>> {
    let row = (
        prop::option::weighted(0.9, 0..11u8),
        prop_oneof![6 => Just(1i64), 1 => Just(0), 1 => -3..0i64],
        0..3i64,
    );
    prop::collection::vec(row, 1..40).prop_map(|rows| {
        let (mut latest, mut known) = (0, 0);
        rows.into_iter()
            .map(|(grade, step, lag)| {
                let event = latest + step;
                latest = latest.max(event);
                known = known.max(event + 1 + lag);
                Known {
                    event_time: day(event),
                    known_from: day(known),
                    revision: step <= 0,
                    value: grade.map(|tens| Grade::new(f64::from(tens) * 10.0).unwrap()),
                }
            })
            .collect()
    })
}

fn by<T: Clone>(rows: &[Known<T>], moment: Timestamp) -> Vec<Known<T>> {
    let known = rows.iter().filter(|row| row.known_from <= moment);
    known.cloned().collect()
}

/// The past of one, the future of the other.
fn spliced<T: Clone>(ours: &[Known<T>], theirs: &[Known<T>], moment: Timestamp) -> Vec<Known<T>> {
    let future = theirs.iter().filter(|row| row.known_from > moment);
    by(ours, moment)
        .into_iter()
        .chain(future.cloned())
        .collect()
}

proptest! {
    #[test]
    fn another_future_changes_no_signal_of_the_past(
        ours in rows(),
        theirs in rows(),
        cut in 0..40usize,
        state: bool,
    ) {
        let moment = ours[cut.min(ours.len() - 1)].known_from;
        let rule = GradeCross { above: Some(60.0), below: Some(40.0), state };
        let grades = |rows: &[Known<Option<Grade>>]| grade_crosses(rows, rule);
        let past = grades(&by(&ours, moment));
        prop_assert_eq!(&past, &by(&grades(&ours), moment));
        prop_assert_eq!(&past, &by(&grades(&spliced(&ours, &theirs, moment)), moment));

        let listed = |rows: &[Known<Option<Grade>>]| -> Vec<Known<bool>> {
            rows.iter()
                .map(|row| Known {
                    event_time: row.known_from,
                    known_from: row.known_from,
                    revision: false,
                    value: row.value.is_some_and(|grade| grade.get() > 50.0),
                })
                .collect()
        };
        let changes = |rows: &[Known<bool>]| -> Vec<Known<Signal>> { moonshot_changes(rows, state) };
        let (ours, theirs) = (listed(&ours), listed(&theirs));
        let past = changes(&by(&ours, moment));
        prop_assert_eq!(&past, &by(&changes(&ours), moment));
        prop_assert_eq!(&past, &by(&changes(&spliced(&ours, &theirs, moment)), moment));
    }

    #[test]
    fn a_long_is_over_its_threshold_and_a_short_under_its(rows in rows(), state: bool) {
        let rule = GradeCross { above: Some(60.0), below: Some(40.0), state };
        for signal in grade_crosses(&rows, rule) {
            let Some(direction) = signal.value.direction() else {
                continue;
            };
            let beyond = rows.iter().any(|row| {
                (row.event_time, row.known_from) == (signal.event_time, signal.known_from)
                    && row.value.is_some_and(|grade| match direction {
                        Direction::Long => grade.get() > 60.0,
                        Direction::Short => grade.get() < 40.0,
                    })
            });
            prop_assert!(beyond, "{signal:?}");
        }
    }
}
