//! Support and resistance: prices where the market turned.

use serde::{Deserialize, Serialize};

use crate::{Price, Timestamp};

/// Below or above the price of the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelSide {
    /// At or below the price: buyers were met here.
    Support,
    /// Above the price: sellers were met here.
    Resistance,
}

impl LevelSide {
    /// The side of a level, seen from a price: above it resistance, at or below it support.
    pub fn seen_from(level: Price, price: Price) -> Self {
        if level > price {
            Self::Resistance
        } else {
            Self::Support
        }
    }
}

/// A price level, as known at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Where it lies.
    pub price: Price,
    /// Which side of the price of the moment.
    pub side: LevelSide,
    /// From 0 (weak) to 1 (strong); `None` where the source gives none, as the vendor does.
    pub strength: Option<f64>,
    /// How many confirmed turns formed it; `None` where the source does not say.
    pub touches: Option<u32>,
    /// The bar of its first turn.
    pub first_seen: Timestamp,
    /// The bar of its latest turn.
    pub last_touch: Timestamp,
}

/// Levels as they were known at a moment: what an engine asks, and what both kinds of source answer.
///
/// Implementations look at nothing that was known later than `at`.
pub trait LevelBook: Sync {
    /// The levels known at `at`, sides as seen from `price`, ascending by price.
    fn levels_at(&self, at: Timestamp, price: Price) -> Vec<Level>;

    /// The highest support at or below `price`, of those known at `at`.
    fn nearest_support(&self, at: Timestamp, price: Price) -> Option<Level> {
        self.levels_at(at, price)
            .into_iter()
            .rfind(|level| level.side == LevelSide::Support)
    }

    /// The lowest resistance above `price`, of those known at `at`.
    fn nearest_resistance(&self, at: Timestamp, price: Price) -> Option<Level> {
        self.levels_at(at, price)
            .into_iter()
            .find(|level| level.side == LevelSide::Resistance)
    }
}
