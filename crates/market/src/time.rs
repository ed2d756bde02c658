//! Instants and bar lengths: UTC microseconds, and nothing local.

use std::{fmt, ops, str::FromStr};

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const EPOCH: jiff::civil::DateTime = jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// An instant: microseconds since 1970-01-01T00:00:00Z.
///
/// `Timestamp + Timeframe = Timestamp`, `Timestamp - Timestamp = i64` microseconds.
/// Text is ISO 8601: a plain day, with or without a time, with or without an offset; no offset means UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest instant: before everything.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant: after everything.
    pub const MAX: Self = Self(i64::MAX);

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// From a civil date at 00:00 UTC; `None` if there is no such date.
    pub fn from_date(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        Some(Self::from_civil(
            date.to_datetime(jiff::civil::Time::midnight()),
        ))
    }

    /// A civil date and time in UTC. An instant of jiff ends some hours before its last day does.
    fn from_civil(civil: jiff::civil::DateTime) -> Self {
        let since = civil.duration_since(EPOCH).as_micros();
        Self(i64::try_from(since).unwrap_or(i64::MAX))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The 00:00 UTC at or before this instant.
    pub const fn day(self) -> Self {
        Self(self.0.div_euclid(DAY) * DAY)
    }

    /// Whole days since the epoch, rounded down.
    pub const fn days_since_epoch(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// This instant, `days` days later (earlier if negative). Saturates.
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY)))
    }

    /// This instant, some microseconds later (earlier if negative). Saturates.
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The civil date in UTC as `YYYY-MM-DD`.
    pub fn date(self) -> String {
        let text = self.to_string();
        text.split('T').next().unwrap_or(&text).to_owned()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => return write!(f, "{instant}"),
            Err(_) => EPOCH.checked_add(jiff::SignedDuration::from_micros(self.0)),
        };
        match civil {
            Ok(civil) => write!(f, "{civil}Z"),
            Err(_) if self.0 < 0 => f.write_str("the beginning of time"),
            Err(_) => f.write_str("the end of time"),
        }
    }
}

/// A text that is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a UTC date or time: write 2025-04-10 or 2025-04-10T13:00:00Z")]
pub struct TimestampError {
    /// What was read.
    pub text: String,
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let trimmed = text.trim();
        let refuse = || TimestampError {
            text: text.to_owned(),
        };
        if let Ok(instant) = trimmed.parse::<jiff::Timestamp>() {
            return Ok(Self(instant.as_microsecond()));
        }
        // `2025-04-10 13:00:00+00:00` and its like are covered above; what is left has no offset.
        let civil = trimmed.strip_suffix('Z').unwrap_or(trimmed);
        civil
            .parse::<jiff::civil::DateTime>()
            .map(Self::from_civil)
            .map_err(|_| refuse())
    }
}

impl ops::Sub for Timestamp {
    type Output = i64;
    fn sub(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl ops::Add<Timeframe> for Timestamp {
    type Output = Self;
    fn add(self, timeframe: Timeframe) -> Self {
        self.plus_micros(timeframe.micros())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The length of a bar. Text form: `1m`, `5m`, `15m`, `30m`, `1h`, `4h`, `1d`, `1w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timeframe {
    /// One minute.
    M1,
    /// Five minutes.
    M5,
    /// Fifteen minutes.
    M15,
    /// Thirty minutes.
    M30,
    /// One hour.
    H1,
    /// Four hours.
    H4,
    /// One UTC day.
    D1,
    /// Seven days, from a Monday.
    W1,
}

impl Timeframe {
    /// Every timeframe, shortest first.
    pub const ALL: [Self; 8] = [
        Self::M1,
        Self::M5,
        Self::M15,
        Self::M30,
        Self::H1,
        Self::H4,
        Self::D1,
        Self::W1,
    ];

    /// The text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::M30 => "30m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
            Self::W1 => "1w",
        }
    }

    /// Length in microseconds.
    pub const fn micros(self) -> i64 {
        60 * SECOND
            * match self {
                Self::M1 => 1,
                Self::M5 => 5,
                Self::M15 => 15,
                Self::M30 => 30,
                Self::H1 => 60,
                Self::H4 => 240,
                Self::D1 => 1_440,
                Self::W1 => 10_080,
            }
    }

    /// Bars per day: 1 for daily bars, 24 for hourly, 1/7 for weekly.
    pub const fn per_day(self) -> f64 {
        DAY as f64 / self.micros() as f64
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no timeframe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a timeframe: one of 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w")]
pub struct TimeframeError {
    /// What was read.
    pub text: String,
}

impl FromStr for Timeframe {
    type Err = TimeframeError;

    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        Self::ALL
            .into_iter()
            .find(|timeframe| timeframe.name() == text)
            .ok_or_else(|| TimeframeError {
                text: text.to_owned(),
            })
    }
}

impl Serialize for Timeframe {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Timeframe {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_of_the_calendar_is_a_day() {
        let last: Timestamp = "9999-12-31".parse().unwrap();
        assert_eq!(last.to_string(), "9999-12-31T00:00:00Z");
        assert_eq!(last.date(), "9999-12-31");
        assert_eq!(Timestamp::from_date(9999, 12, 31), Some(last));
        assert_eq!("9999-12-31T00:00:00Z".parse(), Ok(last));
        assert_eq!(last.plus_days(-1).to_string(), "9999-12-30T00:00:00Z");
        assert_eq!(last.plus_days(1).to_string(), "the end of time");
        assert!("9999-12-32".parse::<Timestamp>().is_err());
        assert!("2024-01-01ZZ".parse::<Timestamp>().is_err());
    }

    #[test]
    fn every_form_of_the_vendor_is_the_same_instant() {
        let expected = Timestamp::from_seconds(1_744_243_200);
        for text in [
            "2025-04-10",
            "2025-04-10T00:00:00.000Z",
            "2025-04-10T00:00:00",
            "2025-04-10 00:00:00",
            "2025-04-10T02:00:00+02:00",
            " 2025-04-10T00:00:00Z ",
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_its_text() {
        for text in ["", "yesterday", "2025-13-01", "2025-02-30", "20", "NaN"] {
            let refused = text.parse::<Timestamp>().unwrap_err();
            assert_eq!(refused.text, text);
        }
    }

    #[test]
    fn days_round_down_on_both_sides_of_the_epoch() {
        let before = Timestamp::from_micros(-1);
        assert_eq!(before.day(), Timestamp::from_seconds(-86_400));
        assert_eq!(before.days_since_epoch(), -1);
        assert_eq!(before.date(), "1969-12-31");
    }

    #[test]
    fn arithmetic_saturates_at_the_ends_of_time() {
        assert_eq!(Timestamp::MAX + Timeframe::D1, Timestamp::MAX);
        assert_eq!(Timestamp::MIN.plus_days(-1), Timestamp::MIN);
        assert!(!Timestamp::MAX.to_string().is_empty());
    }

    #[test]
    fn timeframes_survive_their_text() {
        for timeframe in Timeframe::ALL {
            assert_eq!(timeframe.name().parse(), Ok(timeframe));
        }
        assert!("1 day".parse::<Timeframe>().is_err());
        assert_eq!(Timeframe::H1.per_day(), 24.0);
    }
}
