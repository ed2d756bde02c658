//! Signal rows to the events that a replay acts on.

use std::collections::BTreeMap;

use highwater_market::{Direction, Known, Signal, Timeframe, Timestamp, tables};

use crate::{Counts, Plan};

/// News that a replay acts on, and the moment from which it was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) known: Timestamp,
    pub(crate) direction: Direction,
}

/// The period that a signal row speaks of.
fn row_period() -> Timeframe {
    tables::SIGNALS.period().unwrap_or(Timeframe::D1)
}

/// The last moment at which a row may become known and still be news: one period after it is complete.
fn fresh_until(event_time: Timestamp) -> Timestamp {
    event_time + row_period() + row_period()
}

/// The events of one token in the order in which they were known, then dated; the rest is counted.
pub(crate) fn events(plan: &Plan, signals: &[Known<Signal>], counts: &mut Counts) -> Vec<Event> {
    let mut versions: Vec<&Known<Signal>> = signals.iter().collect();
    versions.sort_by_key(|version| (version.known_from, version.event_time));
    let mut said = BTreeMap::new();
    let mut events = Vec::new();
    counts.signals += versions.len();
    for version in versions {
        let event = version.value.event;
        let before = said.insert(version.event_time, event);
        let Some(direction) = event else {
            counts.no_news += 1;
            continue;
        };
        if before == Some(event) {
            counts.repeated += 1;
        } else if version.known_from > fresh_until(version.event_time) {
            counts.stale += 1;
        } else if !plan.period.contains(version.known_from) {
            counts.outside_period += 1;
        } else {
            events.push(Event {
                known: version.known_from,
                direction,
            });
        }
    }
    events
}
