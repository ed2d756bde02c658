//! Signal rows to the events that a replay acts on.

use highwater_market::{Direction, Known, Signal, Timestamp};

use crate::{Counts, Plan};

/// News that a replay acts on, and the moment from which it was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) known: Timestamp,
    pub(crate) direction: Direction,
}

/// The last moment at which a row may become known and still be news: one period after it is complete.
fn fresh_until(plan: &Plan, event_time: Timestamp) -> Timestamp {
    plan.signal_period()
        .map_or(Timestamp::MAX, |period| event_time + period + period)
}

/// The events of one token in the order in which they were known, then dated; the rest is counted.
pub(crate) fn events(plan: &Plan, signals: &[Known<Signal>], counts: &mut Counts) -> Vec<Event> {
    // Row by row, each row's versions as they became known. Both sorts are stable and cheap on what is in order.
    let mut versions: Vec<&Known<Signal>> = signals.iter().collect();
    versions.sort_by_key(|version| (version.event_time, version.known_from));
    counts.signals += versions.len();
    let told = versions.iter().filter(|one| one.value.event.is_some());
    let mut dated: Vec<(Timestamp, Event)> = Vec::with_capacity(told.count());
    let mut before: Option<&Known<Signal>> = None;
    for version in versions {
        let repeats = before.is_some_and(|before| {
            before.event_time == version.event_time && before.value.event == version.value.event
        });
        before = Some(version);
        let Some(direction) = version.value.event else {
            counts.no_news += 1;
            continue;
        };
        if repeats {
            counts.repeated += 1;
        } else if version.known_from > fresh_until(plan, version.event_time) {
            counts.stale += 1;
        } else if !plan.period.contains(version.known_from) {
            counts.outside_period += 1;
        } else {
            let known = version.known_from;
            dated.push((version.event_time, Event { known, direction }));
        }
    }
    dated.sort_by_key(|&(event_time, event)| (event.known, event_time));
    dated.into_iter().map(|(_, event)| event).collect()
}
