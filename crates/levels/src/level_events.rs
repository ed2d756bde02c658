//! Level events: what a bar does at a level that was known before it opened.
//!
//! ```text
//! approach   closes within a distance of the level, from farther away on the same side
//! touch      reaches the level, which the bar before did not
//! bounce     reaches the level and closes back on its side, by a distance
//! break      closes beyond the level, and so do the next bars, as many in a row as confirm it
//! ```
//! An event is known when its bar is, at its close. The levels are those known when the bar *opened* (of a break: when
//! the first bar of the row opened): whoever traded in the bar could see them. Levels known only at its close would
//! include those that the bar itself made, and a bar that makes a level touches it by construction.
//!
//! A side is seen from the last close before the bar, so that a gap through a level breaks it; of an approach, from the
//! bar's own close. Approach, touch and bounce at support and a break of resistance say long, the others short. A bar that
//! does both says nothing.

use highwater_market::{
    Direction, Fraction, Known, Level, LevelBook, LevelSide, Price, PriceBar, Signal,
};

/// What happens at a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LevelEvent {
    /// A close near the level, from farther away.
    Approach {
        /// The distance, as a share of the level's price.
        within: Fraction,
    },
    /// The level is reached.
    Touch,
    /// Closes beyond the level.
    Break {
        /// As many in a row; 0 counts as 1.
        confirm: usize,
    },
    /// The level is reached and left again inside one bar.
    Bounce {
        /// The close is this far back on its side, as a share of the level's price.
        by: Fraction,
    },
}

/// Which events of which levels are signals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelRule {
    /// What happens.
    pub event: LevelEvent,
    /// At levels of one side alone; `None`: both.
    pub of: Option<LevelSide>,
    /// At levels at least this strong; `None`: all, those without a strength too.
    pub min_strength: Option<f64>,
}

impl LevelRule {
    fn takes(&self, level: &Level) -> bool {
        let strong = self
            .min_strength
            .is_none_or(|least| level.strength.is_some_and(|strength| strength >= least));
        strong && self.of.is_none_or(|side| side == level.side)
    }
}

/// Signals of level events, from versions of bars in the order in which they became known, and the levels of the same
/// token. One a bar, from the second on, known from when its bar was; a bar that became known after a later one says
/// nothing, and a revision changes what the next bar is compared with, never a signal that was given.
///
/// ```
/// use highwater_levels::{BarLevels, LevelEvent, LevelRule, SwingConfig, level_events};
/// use highwater_market::{Direction, Fraction, Known, PriceBar, Timeframe, Timestamp};
///
/// // A bottom at 90 on day 2; on day 6 the price is back there, and closes 5 % above it.
/// let prices = [100.0, 96.0, 91.0, 96.0, 100.0, 97.0, 95.0];
/// let lows = [99.0, 95.0, 90.0, 95.0, 99.0, 96.0, 89.5];
/// let bars: Vec<_> = prices
///     .iter()
///     .zip(lows)
///     .zip(0..)
///     .map(|((&price, low), day)| {
///         let open_time = Timestamp::from_seconds(0).plus_days(day);
///         let value = PriceBar { open_time, open: price, high: price + 1.0, low, close: price, volume: f64::NAN };
///         Known { event_time: open_time, known_from: open_time + Timeframe::D1, revision: false, value }
///     })
///     .collect();
/// let book = BarLevels::new(bars.clone(), Timeframe::D1, SwingConfig { swing_bars: 2, ..SwingConfig::default() });
/// let rule = LevelRule {
///     event: LevelEvent::Bounce { by: Fraction::new(0.05).unwrap() },
///     of: None,
///     min_strength: None,
/// };
/// let events: Vec<_> = level_events(&bars, &book, &rule).iter().map(|signal| signal.value.direction()).collect();
/// assert_eq!(events, [None, None, None, None, None, Some(Direction::Long)]);
/// ```
pub fn level_events(
    versions: &[Known<PriceBar>],
    book: &dyn LevelBook,
    rule: &LevelRule,
) -> Vec<Known<Signal>> {
    let mut latest: Option<PriceBar> = None;
    let mut breaks = Breaks::default();
    let mut signals = Vec::new();
    for version in versions {
        let bar = version.value;
        match latest {
            Some(before) if bar.open_time < before.open_time => continue,
            Some(before) if bar.open_time > before.open_time => {
                signals.push(Known {
                    event_time: bar.open_time,
                    known_from: version.known_from,
                    revision: false,
                    value: Signal::toward(event(rule, book, before, bar, &mut breaks), None),
                });
            }
            _ => {}
        }
        latest = Some(bar);
    }
    signals
}

/// What a bar says, after the bar before it.
fn event(
    rule: &LevelRule,
    book: &dyn LevelBook,
    before: PriceBar,
    bar: PriceBar,
    breaks: &mut Breaks,
) -> Option<Direction> {
    let seen_from = match rule.event {
        LevelEvent::Approach { .. } => bar.close,
        _ => before.close,
    };
    let levels = match Price::new(seen_from) {
        Ok(price) => book.levels_at(bar.open_time, price),
        Err(_) => Vec::new(),
    };
    let levels = levels.iter().filter(|level| rule.takes(level));
    match rule.event {
        LevelEvent::Approach { within } => one(levels.map(|level| {
            let (price, close) = (level.price.get(), bar.close);
            match level.side {
                LevelSide::Support => {
                    let near = level.price.above(within);
                    (close >= price && close <= near && before.close > near)
                        .then_some(Direction::Long)
                }
                LevelSide::Resistance => {
                    let near = level.price.below(within);
                    (close <= price && close >= near && before.close < near)
                        .then_some(Direction::Short)
                }
            }
        })),
        LevelEvent::Touch => one(levels.map(|level| {
            let price = level.price.get();
            match level.side {
                LevelSide::Support => {
                    (bar.low <= price && before.low > price).then_some(Direction::Long)
                }
                LevelSide::Resistance => {
                    (bar.high >= price && before.high < price).then_some(Direction::Short)
                }
            }
        })),
        LevelEvent::Bounce { by } => one(levels.map(|level| match level.side {
            LevelSide::Support => (bar.low <= level.price.get()
                && bar.close >= level.price.above(by))
            .then_some(Direction::Long),
            LevelSide::Resistance => (bar.high >= level.price.get()
                && bar.close <= level.price.below(by))
            .then_some(Direction::Short),
        })),
        LevelEvent::Break { confirm } => breaks.close(bar.close, levels, confirm.max(1)),
    }
}

/// The direction that all say who say one.
fn one(said: impl Iterator<Item = Option<Direction>>) -> Option<Direction> {
    let (mut long, mut short) = (false, false);
    for direction in said.flatten() {
        match direction {
            Direction::Long => long = true,
            Direction::Short => short = true,
        }
    }
    match (long, short) {
        (true, false) => Some(Direction::Long),
        (false, true) => Some(Direction::Short),
        _ => None,
    }
}

/// Levels beyond which the last bars closed, not yet confirmed as broken.
#[derive(Default)]
struct Breaks(Vec<Begun>);

#[derive(Clone, Copy)]
struct Begun {
    level: Price,
    direction: Direction,
    /// Closes beyond it in a row.
    closes: usize,
}

impl Breaks {
    /// Take the next close, and the levels as they were known at its bar's open, seen from the close before.
    fn close<'l>(
        &mut self,
        close: f64,
        levels: impl Iterator<Item = &'l Level>,
        confirm: usize,
    ) -> Option<Direction> {
        self.0.retain_mut(|begun| {
            begun.closes += 1;
            is_beyond(close, begun.level, begun.direction)
        });
        for level in levels {
            let direction = match level.side {
                LevelSide::Support => Direction::Short,
                LevelSide::Resistance => Direction::Long,
            };
            if is_beyond(close, level.price, direction) {
                self.0.push(Begun {
                    level: level.price,
                    direction,
                    closes: 1,
                });
            }
        }
        let confirmed = one(self
            .0
            .iter()
            .map(|begun| (begun.closes >= confirm).then_some(begun.direction)));
        self.0.retain(|begun| begun.closes < confirm);
        confirmed
    }
}

fn is_beyond(close: f64, level: Price, direction: Direction) -> bool {
    match direction {
        Direction::Long => close > level.get(),
        Direction::Short => close < level.get(),
    }
}
