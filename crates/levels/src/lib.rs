//! Support and resistance: prices where the market turned, as they were known at a moment.
//!
//! Two kinds of source answer the same question, [`LevelBook`](highwater_market::LevelBook):
//!
//! - [`BarLevels`] finds levels in price bars by itself: confirmed swing points ([`Turn`]), clustered by a distance
//!   that scales with volatility, each with a strength. It looks at no bar that was not known and complete;
//! - [`VendorLevels`] hands out what a vendor said: dates and prices, no side, no strength.
//!
//! [`levels`] is the definition: the levels of a stretch of bars, all of which may be looked at. [`breakouts`] are the
//! signals that bars give by leaving their range, for those who have bars and no vendor; [`level_events`] those that they
//! give at levels.
//!
//! ```
//! use highwater_levels::{SwingConfig, levels};
//! use highwater_market::{Bars, LevelSide, Price, PriceBar, Timeframe, Timestamp};
//!
//! // Two tops near 110, and between them a bottom at 94.
//! let middle = [100.0, 104.0, 108.0, 104.0, 100.0, 96.0, 100.0, 104.0, 108.0, 104.0, 100.0];
//! let bars = Bars::new(
//!     Timeframe::D1,
//!     middle.iter().enumerate().map(|(day, &price)| PriceBar {
//!         open_time: Timestamp::from_seconds(0).plus_days(day as i64),
//!         open: price,
//!         high: price + 2.0,
//!         low: price - 2.0,
//!         close: price,
//!         volume: f64::NAN,
//!     }),
//! )
//! .unwrap();
//! let config = SwingConfig { swing_bars: 2, ..SwingConfig::default() };
//!
//! let found = levels(&bars, &config, Price::new(100.0).unwrap());
//! let summary: Vec<_> = found
//!     .iter()
//!     .map(|level| (level.price.get(), level.side, level.touches))
//!     .collect();
//! assert_eq!(
//!     summary,
//!     [(94.0, LevelSide::Support, Some(1)), (110.0, LevelSide::Resistance, Some(2))]
//! );
//! ```

mod bar_levels;
mod breakout;
mod cluster;
mod config;
mod level_events;
mod timeline;
mod turn;
mod vendor;

pub use crate::{
    bar_levels::BarLevels,
    breakout::breakouts,
    cluster::levels,
    config::{ConfigError, SwingConfig},
    level_events::{LevelEvent, LevelRule, level_events},
    turn::{Turn, turns},
    vendor::{VendorLevel, VendorLevels},
};
