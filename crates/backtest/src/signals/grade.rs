//! A grade crosses a threshold.

use std::collections::BTreeMap;

use highwater_market::{Direction, Grade, Known, Signal, Timestamp};

/// The thresholds of a grade.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GradeCross {
    /// A grade over this, after one that was not: long.
    pub above: Option<f64>,
    /// A grade under this, after one that was not: short.
    pub below: Option<f64>,
    /// Whether the first grade counts as if it had just crossed.
    pub state: bool,
}

impl GradeCross {
    fn event(self, before: Option<Grade>, now: Grade) -> Option<Direction> {
        let over = |grade: Grade| self.above.is_some_and(|above| grade.get() > above);
        let under = |grade: Grade| self.below.is_some_and(|below| grade.get() < below);
        // Without a grade before, nothing was crossed, unless the plan takes the first for it.
        let crossed = |beyond: &dyn Fn(Grade) -> bool| {
            beyond(now) && before.map_or(self.state, |before| !beyond(before))
        };
        if crossed(&over) {
            Some(Direction::Long)
        } else if crossed(&under) {
            Some(Direction::Short)
        } else {
            None
        }
    }
}

/// Events of the grade of one token crossing a threshold, from the versions of its rows in the order in which they
/// became known; `None` is a row without a grade, which the next comparison passes over.
///
/// A row is compared with the latest grade of an earlier day that was known then. A revision of the latest day speaks
/// again, when it was known; a row that became known after one of a later day says nothing.
///
/// ```
/// use highwater_backtest::signals::{GradeCross, grade_crosses};
/// use highwater_market::{Direction, Grade, Known, Timeframe, Timestamp};
///
/// let grades = [70.0, 79.0, 84.0, 90.0, 55.0, 39.0];
/// let rows: Vec<_> = grades
///     .iter()
///     .zip(0..)
///     .map(|(&grade, day)| {
///         let event_time = Timestamp::from_seconds(0).plus_days(day);
///         let known_from = event_time + Timeframe::D1;
///         Known { event_time, known_from, revision: false, value: Grade::new(grade).ok() }
///     })
///     .collect();
/// let rule = GradeCross { above: Some(80.0), below: Some(40.0), state: false };
/// let events: Vec<_> = grade_crosses(&rows, rule).iter().map(|signal| signal.value.direction()).collect();
/// assert_eq!(events, [None, None, Some(Direction::Long), None, None, Some(Direction::Short)]);
/// ```
pub fn grade_crosses(versions: &[Known<Option<Grade>>], rule: GradeCross) -> Vec<Known<Signal>> {
    let mut known: BTreeMap<Timestamp, Option<Grade>> = BTreeMap::new();
    let mut signals = Vec::new();
    for version in versions {
        let day = version.event_time;
        let is_latest = known.last_key_value().is_none_or(|(&last, _)| day >= last);
        if is_latest {
            let before = known.range(..day).rev().find_map(|(_, &grade)| grade);
            let event = version.value.and_then(|now| rule.event(before, now));
            signals.push(Known {
                event_time: day,
                known_from: version.known_from,
                revision: version.revision,
                value: Signal::toward(event, None),
            });
        }
        known.insert(day, version.value);
    }
    signals
}
