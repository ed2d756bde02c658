//! What the vendor publishes first, and corrects some days later.
//!
//! The later value is the market's own. The first one differs a little, or, for a few signals, hides the event: whoever
//! reads the history afterwards sees a signal on a day on which none was given.

use highwater_market::{Timestamp, TokenId};

use crate::{
    calendar::{DAYS, HOUR, midnight},
    draws::{Draws, rounded},
    market::Player,
};

/// Which rows a revision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisedTable {
    /// `daily-ohlcv`: close and volume.
    Daily,
    /// `trading-signals`: the trader's grade and the returns of following; or the event and the trend.
    Signals,
    /// `tm-grade-history`: the grade, its change and its word.
    Grades,
}

/// A row that is served otherwise before a moment than from then on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Revision {
    /// The token of the row.
    pub token: TokenId,
    /// The table of the row.
    pub table: RevisedTable,
    /// The date of the row.
    pub date: Timestamp,
    /// From when the corrected row is served.
    pub revised_at: Timestamp,
    pub(crate) day: usize,
    pub(crate) first: First,
}

/// How the first version differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum First {
    /// The close lies this share of the way from the true close to the far end of the bar; volume is this share of it.
    Bar { toward: f64, volume: f64 },
    /// Grades are off by so much.
    Grade { off: f64 },
    /// The event is not there yet.
    NoEvent,
}

/// Revised rows lie in the last days, where a snapshot of the running market meets them.
const WINDOW: std::ops::Range<usize> = DAYS - 62..DAYS - 18;

const BARS: [i64; 8] = [3375, 3306, 3988, 41_388, 42_011, 43_015, 44_020, 45_009];
const SIGNALS: [i64; 4] = [3375, 42_034, 43_058, 44_063];
const EVENTS: usize = 5;
const GRADES: [i64; 5] = [3375, 3306, 42_102, 44_127, 42_077];

/// Every revision of the market, in the order in which they happen.
pub(crate) fn revisions(seed: u64, players: &[Player]) -> Vec<Revision> {
    let mut draws = Draws::new(seed, 3);
    let mut all = Vec::new();
    let mut revise = |id: i64, table, day: usize, first, draws: &mut Draws| {
        let days_later = draws.whole(4, 16) as i64;
        all.push(Revision {
            token: TokenId(id),
            table,
            date: midnight(day),
            // The row is published when its day is over, and corrected on some later morning.
            revised_at: midnight(day + 1)
                .plus_days(days_later)
                .plus_micros(9 * HOUR),
            day,
            first,
        });
    };
    for id in BARS {
        let day = draws.whole(WINDOW.start, WINDOW.end - 1);
        let first = First::Bar {
            toward: draws.between(0.2, 0.6),
            volume: draws.between(0.85, 0.97),
        };
        revise(id, RevisedTable::Daily, day, first, &mut draws);
    }
    for (ids, table) in [
        (&SIGNALS[..], RevisedTable::Signals),
        (&GRADES[..], RevisedTable::Grades),
    ] {
        for &id in ids {
            let day = draws.whole(WINDOW.start, WINDOW.end - 1);
            let off = draws.sign() * draws.between(1.0, 4.0);
            revise(
                id,
                table,
                day,
                First::Grade {
                    off: rounded(off, 2),
                },
                &mut draws,
            );
        }
    }
    let mut events: Vec<(usize, i64)> = players
        .iter()
        .filter(|player| !player.part.is_stable())
        .flat_map(|player| WINDOW.map(move |day| (day, player)))
        .filter(|(day, player)| {
            player
                .opinion(*day)
                .is_some_and(|opinion| opinion.signal != 0)
        })
        .map(|(day, player)| (day, player.part.id))
        .filter(|(_, id)| !SIGNALS.contains(id))
        .collect();
    for _ in 0..EVENTS.min(events.len()) {
        let (day, id) = events.swap_remove(draws.whole(0, events.len() - 1));
        revise(id, RevisedTable::Signals, day, First::NoEvent, &mut draws);
    }
    all.sort_by_key(|revision| (revision.revised_at, revision.token, revision.day));
    all
}
