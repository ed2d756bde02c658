//! Signals are events, trends are states.
//!
//! The vendor's `TRADING_SIGNAL` is an event: `+1` bullish now, `-1` bearish now, `0` no news (and no exit).
//! `TOKEN_TREND` is a state: the direction of the last signal that was not 0. A user's own signals may say flat besides:
//! leave, and enter nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which way a signal points and a position stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Gains when price rises.
    Long,
    /// Gains when price falls.
    Short,
}

impl Direction {
    /// The other way.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Long => Self::Short,
            Self::Short => Self::Long,
        }
    }

    /// `+1.0` for long, `-1.0` for short.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }

    /// From the vendor's coding: above 0 long, below 0 short, 0 none.
    pub const fn from_sign(sign: i64) -> Option<Self> {
        match sign {
            1.. => Some(Self::Long),
            0 => None,
            _ => Some(Self::Short),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Long => "long",
            Self::Short => "short",
        })
    }
}

/// What happens at a signal. The vendor's signals are long or short; flat is what a user's own may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalEvent {
    /// Long from now on.
    Long,
    /// Short from now on.
    Short,
    /// Neither from now on: whatever is held ends.
    Flat,
}

impl SignalEvent {
    /// The direction in which to enter; `None` for flat.
    pub const fn direction(self) -> Option<Direction> {
        match self {
            Self::Long => Some(Direction::Long),
            Self::Short => Some(Direction::Short),
            Self::Flat => None,
        }
    }
}

impl From<Direction> for SignalEvent {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Long => Self::Long,
            Direction::Short => Self::Short,
        }
    }
}

/// A row of trading signals: the event of its day, and the trend that stands after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// The event: `None` is no news, neither an entry nor an exit.
    pub event: Option<SignalEvent>,
    /// The state, where the source gave one.
    pub trend: Option<Trend>,
}

impl Signal {
    /// A row that says which way to go, or that there is no news.
    pub fn toward(direction: Option<Direction>, trend: Option<Trend>) -> Self {
        Self {
            event: direction.map(SignalEvent::from),
            trend,
        }
    }

    /// The direction in which to enter; `None` for flat and for no news.
    pub fn direction(self) -> Option<Direction> {
        self.event.and_then(SignalEvent::direction)
    }
}

/// The standing direction: that of the last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trend(pub Direction);
