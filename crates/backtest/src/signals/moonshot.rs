//! A token appears in a list, or leaves it.

use highwater_market::{Direction, Known, Signal};

/// Events of a token appearing in a list that is answered whole (long) and leaving it (short), from whether it stood
/// in each answer, in the order of the answers.
///
/// The first answer tells what stands, not since when: it is no event, unless `state` takes a token that stands in it
/// for one that has just appeared.
///
/// ```
/// use highwater_backtest::signals::moonshot_changes;
/// use highwater_market::{Direction, Known, Timestamp};
///
/// let answers: Vec<_> = [true, true, false, true]
///     .into_iter()
///     .zip(0..)
///     .map(|(listed, day)| {
///         let seen = Timestamp::from_seconds(0).plus_days(day);
///         Known { event_time: seen, known_from: seen, revision: false, value: listed }
///     })
///     .collect();
/// let events: Vec<_> = moonshot_changes(&answers, false).iter().map(|signal| signal.value.direction()).collect();
/// assert_eq!(events, [None, None, Some(Direction::Short), Some(Direction::Long)]);
/// ```
pub fn moonshot_changes(answers: &[Known<bool>], state: bool) -> Vec<Known<Signal>> {
    let mut before = None;
    answers
        .iter()
        .map(|answer| {
            let event = match (before, answer.value) {
                (None, true) if state => Some(Direction::Long),
                (Some(false), true) => Some(Direction::Long),
                (Some(true), false) => Some(Direction::Short),
                _ => None,
            };
            before = Some(answer.value);
            Known {
                event_time: answer.event_time,
                known_from: answer.known_from,
                revision: false,
                value: Signal::toward(event, None),
            }
        })
        .collect()
}
