//! A stretch of the past: `"90d"` or `"30 bars"`.

use std::fmt;

use highwater_market::{Timeframe, Timestamp};
use highwater_metrics::Window;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A stretch of the past, at least one day or one bar long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Calendar days: `"90d"`, or `"1y"` for 365.
    Days(u32),
    /// Bars of the plan's timeframe: `"30 bars"`.
    Bars(u32),
}

impl Past {
    /// Its length if no bar is missing, in microseconds.
    pub(crate) fn micros(self, timeframe: Timeframe) -> i64 {
        match self {
            Self::Days(days) => Timestamp::from_micros(0)
                .plus_days(i64::from(days))
                .micros(),
            Self::Bars(bars) => timeframe.micros().saturating_mul(i64::from(bars)),
        }
    }

    pub(super) fn of_text(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let bars = text
            .strip_suffix("bars")
            .or_else(|| text.strip_suffix("bar"));
        let found = match bars {
            Some(number) => number.trim().parse().ok().map(Self::Bars),
            None => match text.parse() {
                Ok(Window::Days(days)) => Some(Self::Days(days)),
                _ => None,
            },
        };
        found
            .filter(|&found| found != Self::Bars(0))
            .ok_or_else(|| {
                format!(
                    "`{text}` is not a stretch of the past: write \"90d\", \"1y\" or \"30 bars\""
                )
            })
    }
}

impl fmt::Display for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days}d"),
            Self::Bars(bars) => write!(f, "{bars} bars"),
        }
    }
}

impl<'de> Deserialize<'de> for Past {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Past;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a stretch of the past, such as \"90d\" or \"30 bars\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Past, E> {
                Past::of_text(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Past {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
