//! Levels found in bars, as they were known at any moment.

use std::sync::{Arc, Mutex, PoisonError};

use highwater_market::{Known, Level, LevelBook, Price, PriceBar, Timeframe, Timestamp};

use crate::{
    SwingConfig,
    cluster::Chart,
    timeline::{Stretch, Timeline},
};

/// Levels found in the bars of one token, as known at a moment: [`levels`](crate::levels) of the bars that were known
/// and complete then, each in the version that stood then, faulty ones left out.
///
/// Bars that become known in order cost one pass at first, and each question one pass over the turns. After a
/// revision or a late row, bars are charted anew; the last few charts are kept.
///
/// ```
/// use highwater_levels::{BarLevels, SwingConfig};
/// use highwater_market::{Known, LevelBook, Price, PriceBar, Timeframe, Timestamp};
///
/// let day = |day: i64| Timestamp::from_seconds(0).plus_days(day);
/// let versions = (0..5).zip([1.0, 2.0, 3.0, 2.0, 1.0]).map(|(n, price)| Known {
///     event_time: day(n),
///     known_from: day(n + 1),
///     revision: false,
///     value: PriceBar { open_time: day(n), open: price, high: price, low: price, close: price, volume: f64::NAN },
/// });
/// let config = SwingConfig { swing_bars: 2, ..SwingConfig::default() };
/// let book = BarLevels::new(versions.collect(), Timeframe::D1, config);
///
/// let now = Price::new(1.0).unwrap();
/// // The top of day 2 is known when day 4 has closed, and not before.
/// assert!(book.nearest_resistance(day(5).plus_micros(-1), now).is_none());
/// assert_eq!(book.nearest_resistance(day(5), now).unwrap().price.get(), 3.0);
/// ```
pub struct BarLevels {
    config: SwingConfig,
    timeline: Timeline,
    /// The charts asked for last, latest first.
    charted: Mutex<Vec<(usize, Arc<Charted>)>>,
}

struct Charted {
    stretch: Stretch,
    chart: Chart,
}

/// How many charts are kept: replays walk forward in time, several at once.
const KEPT: usize = 8;

impl BarLevels {
    /// Levels of these versions of rows, in the order in which they became known. `config` as in
    /// [`levels`](crate::levels).
    pub fn new(versions: Vec<Known<PriceBar>>, timeframe: Timeframe, config: SwingConfig) -> Self {
        Self {
            config,
            timeline: Timeline::new(versions, timeframe),
            charted: Mutex::new(Vec::new()),
        }
    }

    fn charted(&self, number: usize) -> Arc<Charted> {
        // A poisoned lock still guards whole charts: they are pushed when complete.
        let mut kept = self.charted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.iter().position(|(held, _)| *held == number) {
            kept[..=place].rotate_right(1);
        } else {
            let stretch = self.timeline.stretch(number);
            let chart = Chart::new(&stretch.bars, &self.config);
            kept.truncate(KEPT - 1);
            kept.insert(0, (number, Arc::new(Charted { stretch, chart })));
        }
        Arc::clone(&kept[0].1)
    }
}

impl LevelBook for BarLevels {
    fn levels_at(&self, at: Timestamp, price: Price) -> Vec<Level> {
        let charted = self.charted(self.timeline.stretch_at(at));
        charted.chart.levels(charted.stretch.known_at(at), price)
    }
}

impl std::fmt::Debug for BarLevels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BarLevels")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
