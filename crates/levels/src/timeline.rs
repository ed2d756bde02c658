//! Which bars were known when: versions of rows, cut into stretches in which bars were only appended.
//!
//! A version counts from the later of the moment it was known and the close of its bar: a bar that is not complete
//! is nobody's to look at. Of the versions of one bar that count at `t`, the latest known stands, and of a tie the
//! later in order. If it is faulty, there is no bar.
//!
//! As long as each new bar is later than all before, the bars known at any moment are a prefix of those known at the
//! end. A revision, a withdrawal or a late row ends such a stretch, and the next one begins at that moment.

use highwater_market::{Bars, Known, PriceBar, Timeframe, Timestamp};

/// All versions of all rows of one token and timeframe.
pub(crate) struct Timeline {
    timeframe: Timeframe,
    /// Ascending by row, then by moment; each differs from the one before it.
    versions: Vec<Version>,
    /// The first moments of the stretches, ascending; the first is the beginning of time.
    stretches: Vec<Timestamp>,
}

#[derive(Clone, Copy)]
struct Version {
    open_time: Timestamp,
    /// From when it counts.
    from: Timestamp,
    /// The bar; `None`: the row is faulty, or there is none yet.
    bar: Option<PriceBar>,
}

/// A stretch in which bars were only appended.
pub(crate) struct Stretch {
    /// The bars known at its end.
    pub(crate) bars: Bars,
    /// From when each of them counts. Those known at its beginning come first, the others in order.
    from: Vec<Timestamp>,
}

impl Timeline {
    pub(crate) fn new(versions: Vec<Known<PriceBar>>, timeframe: Timeframe) -> Self {
        let mut rows = versions;
        // Stable: of versions known from the same moment, the later in order stays last.
        rows.sort_by_key(|known| (known.event_time, known.known_from));
        let mut versions: Vec<Version> = Vec::with_capacity(rows.len());
        for known in rows {
            let version = Version {
                open_time: known.event_time,
                from: known.known_from.max(known.event_time + timeframe),
                bar: known.value.fault().is_none().then_some(known.value),
            };
            // What was overtaken before it counted never stood.
            versions
                .pop_if(|last| last.open_time == version.open_time && last.from == version.from);
            let standing = versions
                .last()
                .filter(|last| last.open_time == version.open_time)
                .and_then(|last| last.bar);
            if !same(standing, version.bar) {
                versions.push(version);
            }
        }
        let stretches = stretches(&versions);
        Self {
            timeframe,
            versions,
            stretches,
        }
    }

    /// The stretch that holds a moment, by number.
    pub(crate) fn stretch_at(&self, moment: Timestamp) -> usize {
        self.stretches.partition_point(|&from| from <= moment) - 1
    }

    /// The bars of a stretch.
    pub(crate) fn stretch(&self, number: usize) -> Stretch {
        let end = self.stretches.get(number + 1);
        let mut bars = Bars::empty(self.timeframe);
        let mut from = Vec::new();
        for row in self.versions.chunk_by(|a, b| a.open_time == b.open_time) {
            let known = row.partition_point(|version| end.is_none_or(|end| version.from < *end));
            let Some(&Version {
                bar: Some(bar),
                from: counts_from,
                ..
            }) = known.checked_sub(1).map(|latest| &row[latest])
            else {
                continue;
            };
            // Valid by construction, and ascending: one per row, rows ascending. A bar whose own time contradicts
            // its row's is nobody's.
            if bars.push(bar).is_ok() {
                from.push(counts_from);
            }
        }
        Stretch { bars, from }
    }
}

impl Stretch {
    /// How many of the bars were known at a moment of this stretch.
    pub(crate) fn known_at(&self, moment: Timestamp) -> usize {
        // Partitioned: what stood at the beginning counts from before `moment`, the rest was appended in order.
        self.from.partition_point(|&from| from <= moment)
    }
}

fn stretches(versions: &[Version]) -> Vec<Timestamp> {
    // Versions by the moment from which they count; a row's first is an arrival.
    let mut events: Vec<(Timestamp, Timestamp, bool)> = versions
        .iter()
        .enumerate()
        .map(|(index, version)| {
            let arrival = index == 0 || versions[index - 1].open_time != version.open_time;
            (version.from, version.open_time, arrival)
        })
        .collect();
    events.sort_unstable_by_key(|&(from, open_time, _)| (from, open_time));
    let mut stretches = vec![Timestamp::MIN];
    let mut latest = None;
    for moment in events.chunk_by(|a, b| a.0 == b.0) {
        let mut appended = true;
        for &(_, open_time, arrival) in moment {
            appended &= arrival && latest.is_none_or(|latest| open_time > latest);
            latest = latest.max(Some(open_time));
        }
        if !appended && stretches.last() != Some(&moment[0].0) {
            stretches.push(moment[0].0);
        }
    }
    stretches
}

/// Whether two versions say the same, to the bit.
fn same(a: Option<PriceBar>, b: Option<PriceBar>) -> bool {
    let bits =
        |bar: PriceBar| [bar.open, bar.high, bar.low, bar.close, bar.volume].map(f64::to_bits);
    a.map(bits) == b.map(bits)
}
