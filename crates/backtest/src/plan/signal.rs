//! `[entry] signal`: what is acted on, and the parameters of each kind.

use std::fmt;

use highwater_market::{Clock, Fraction, Timeframe};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{EntryPlan, LevelSource, Plan, PlanError, check::Checker};
use crate::signals::GradeCross;

/// Which signal is acted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntrySignal {
    /// Events of the vendor's daily trading signal.
    #[default]
    Vendor,
    /// Events of the vendor's hourly trading signal.
    Hourly,
    /// A close beyond the range of the bars before it: for bars without a vendor.
    Breakout,
    /// One of the vendor's grades crosses a threshold.
    Grade,
    /// A token appears in the vendor's list of moonshots, or leaves it.
    Moonshot,
    /// A bar comes to a level: approach, touch, break or bounce.
    Level,
    /// The rows of a file of the user's own.
    File,
    /// None: weights are set from time to time, as `[rebalance]` says.
    Rebalance,
}

impl EntrySignal {
    /// As a plan writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Hourly => "hourly",
            Self::Breakout => "breakout",
            Self::Grade => "grade",
            Self::Moonshot => "moonshot",
            Self::Level => "level",
            Self::File => "file",
            Self::Rebalance => "rebalance",
        }
    }
}

/// What a bar does at a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventAtLevel {
    /// It closes near the level, from farther away.
    Approach,
    /// It touches the level, which the bar before did not.
    Touch,
    /// It closes beyond the level, and so do the bars that confirm it.
    Break,
    /// It touches the level and closes back on its side.
    Bounce,
}

/// Which levels give events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventLevels {
    /// Support alone.
    Support,
    /// Resistance alone.
    Resistance,
    /// Both.
    #[default]
    Both,
}

/// Microseconds of a day.
const DAY: i64 = Timeframe::D1.micros();

impl Plan {
    /// The stretch that a row of the plan's signal speaks of, and so how long after its end it is still news; `None`
    /// where rows say themselves when they were known.
    pub fn signal_period(&self) -> Option<Timeframe> {
        match self.entry.signal {
            EntrySignal::Vendor | EntrySignal::Grade => Some(Timeframe::D1),
            EntrySignal::Hourly => Some(Timeframe::H1),
            EntrySignal::Breakout | EntrySignal::Level => Some(self.timeframe),
            EntrySignal::Moonshot | EntrySignal::File | EntrySignal::Rebalance => None,
        }
    }

    /// How long after its time a row of the plan's signal file is known, in microseconds; `None` if the plan leaves
    /// that to the file.
    pub fn declared_lag(&self) -> Option<i64> {
        self.entry.lag.map(|lag| lag.micros(self.timeframe))
    }
}

impl EntryPlan {
    /// Bars whose range a breakout leaves: 20 unless the plan says otherwise.
    pub fn lookback_bars(&self) -> usize {
        self.lookback.map_or(20, super::BarCount::get)
    }

    /// How near to a level an approach closes, as a share of its price.
    pub fn approach_within(&self) -> Fraction {
        self.within.unwrap_or_default().fraction()
    }

    /// So many bars close beyond a level before it counts as broken: 1 unless the plan says otherwise.
    pub fn confirm_bars(&self) -> usize {
        self.confirm.map_or(1, super::BarCount::get)
    }

    /// How far back on its side of a level a bounce closes, as a share of the level: 0 unless the plan says otherwise.
    pub fn bounce_by(&self) -> Fraction {
        self.by.unwrap_or_default().fraction()
    }

    /// The thresholds of a grade.
    pub fn grade_cross(&self) -> GradeCross {
        GradeCross {
            above: self.above,
            below: self.below,
            state: self.state.unwrap_or(false),
        }
    }

    pub(super) fn check(&self, plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        if let Some(order) = self.order {
            order.check(checker)?;
        }
        for gate in &self.only_if {
            gate.check(plan, checker)?;
        }
        self.check_owners(checker)?;
        match self.signal {
            EntrySignal::Vendor
            | EntrySignal::Hourly
            | EntrySignal::Breakout
            | EntrySignal::Rebalance => Ok(()),
            EntrySignal::Grade => self.check_grade(checker),
            EntrySignal::Moonshot if plan.clock == Clock::Published => checker.refuse(
                "clock",
                "the list of moonshots has no dated past, so under `published` today's list would be used on old bars: \
                 write clock = \"observed\"",
            ),
            EntrySignal::Moonshot => Ok(()),
            EntrySignal::Level => self.check_level(plan, checker),
            EntrySignal::File => match &self.file {
                Some(file) if !file.trim().is_empty() => Ok(()),
                _ => checker.refuse(
                    "signal",
                    "signal = \"file\" needs `file`: the CSV or Parquet file of the signals, such as file = \"signals.csv\"",
                ),
            },
        }
    }

    /// A parameter that belongs to another kind of signal would do nothing, silently.
    fn check_owners(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        use EntrySignal::{Breakout, File, Grade, Level, Moonshot};
        let owners: [(&str, bool, &[EntrySignal]); 13] = [
            ("lookback", self.lookback.is_some(), &[Breakout]),
            ("grade", self.grade.is_some(), &[Grade]),
            ("above", self.above.is_some(), &[Grade]),
            ("below", self.below.is_some(), &[Grade]),
            ("state", self.state.is_some(), &[Grade, Moonshot]),
            ("event", self.event.is_some(), &[Level]),
            ("of", self.of.is_some(), &[Level]),
            ("min_strength", self.min_strength.is_some(), &[Level]),
            ("within", self.within.is_some(), &[Level]),
            ("confirm", self.confirm.is_some(), &[Level]),
            ("by", self.by.is_some(), &[Level]),
            ("file", self.file.is_some(), &[File]),
            ("lag", self.lag.is_some(), &[File]),
        ];
        for (field, given, owners) in owners {
            if given && !owners.contains(&self.signal) {
                let kinds: Vec<String> = owners
                    .iter()
                    .map(|kind| format!("signal = \"{}\"", kind.name()))
                    .collect();
                let message = format!("`{field}` goes with {} alone", kinds.join(" or "));
                return checker.refuse(field, message);
            }
        }
        Ok(())
    }

    fn check_grade(&self, checker: Checker<'_>) -> Result<(), PlanError> {
        if self.grade.is_none() {
            return checker.refuse(
                "signal",
                "signal = \"grade\" needs `grade`: \"trader\" or \"investor\"",
            );
        }
        for (field, threshold) in [("above", self.above), ("below", self.below)] {
            if let Some(threshold) = threshold
                && !(0.0..=100.0).contains(&threshold)
            {
                return checker.refuse(
                    field,
                    format!("a grade lies between 0 and 100, so `{field}` cannot be {threshold}"),
                );
            }
        }
        match (self.above, self.below) {
            (None, None) => checker.refuse(
                "signal",
                "signal = \"grade\" needs a threshold: `above`, `below` or both",
            ),
            (Some(above), Some(below)) if below > above => checker.refuse(
                "below",
                format!("`below` must not lie over `above`: {below} is over {above}"),
            ),
            _ => Ok(()),
        }
    }

    fn check_level(&self, plan: &Plan, checker: Checker<'_>) -> Result<(), PlanError> {
        let Some(event) = self.event else {
            return checker.refuse(
                "signal",
                "signal = \"level\" needs `event`: \"approach\", \"touch\", \"break\" or \"bounce\"",
            );
        };
        for (field, given, owner) in [
            ("within", self.within.is_some(), EventAtLevel::Approach),
            ("confirm", self.confirm.is_some(), EventAtLevel::Break),
            ("by", self.by.is_some(), EventAtLevel::Bounce),
        ] {
            if given && event != owner {
                let owner = format!("{owner:?}").to_lowercase();
                return checker.refuse(
                    field,
                    format!("`{field}` goes with event = \"{owner}\" alone"),
                );
            }
        }
        match self.within {
            None if event == EventAtLevel::Approach => {
                return checker.refuse(
                    "event",
                    "event = \"approach\" needs `within`: how near is near, such as within = \"1%\"",
                );
            }
            Some(within) => checker.share(
                "within",
                within,
                f64::MIN_POSITIVE..=super::check::BELOW_ALL,
                "above 0% and below 100%",
            )?,
            None => {}
        }
        if let Some(by) = self.by {
            checker.share(
                "by",
                by,
                0.0..=super::check::BELOW_ALL,
                "at least 0% and below 100%",
            )?;
        }
        if let Some(strength) = self.min_strength {
            if !(0.0..=1.0).contains(&strength) {
                return checker.refuse(
                    "min_strength",
                    format!("`min_strength` lies between 0 and 1, not at {strength}"),
                );
            }
            if plan.levels.from == LevelSource::Vendor {
                return checker.refuse(
                    "min_strength",
                    "the vendor's levels have no strength, so none would do: write [levels] from = \"bars\", or leave `min_strength` out",
                );
            }
        }
        Ok(())
    }
}

/// How long after its time a row of a file was known: `"1d"`, `"90m"`, `"2 bars"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// A time, in microseconds.
    Time(i64),
    /// Bars of the plan's timeframe.
    Bars(u32),
}

impl Lag {
    /// In microseconds, for bars of a timeframe.
    pub const fn micros(self, timeframe: Timeframe) -> i64 {
        match self {
            Self::Time(micros) => micros,
            Self::Bars(bars) => (bars as i64).saturating_mul(timeframe.micros()),
        }
    }

    /// Read a lag.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let digits = trimmed.len()
            - trimmed
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let (number, unit) = trimmed.split_at(digits);
        let refused = || format!("`{text}` is not a lag: write \"1d\", \"90m\" or \"1 bar\"");
        let number: u32 = match number.parse() {
            Ok(number) if unit.trim().is_empty() => {
                return Err(format!(
                    "`{number}` has no unit: write \"{number}d\" for days, \"{number}h\" for hours, \"{number} bars\" for bars"
                ));
            }
            Ok(number) => number,
            Err(_) => return Err(refused()),
        };
        let unit = match unit.trim() {
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => DAY,
            "w" => 7 * DAY,
            "bar" | "bars" => return Ok(Self::Bars(number)),
            _ => return Err(refused()),
        };
        Ok(Self::Time(i64::from(number).saturating_mul(unit)))
    }
}

impl<'de> Deserialize<'de> for Lag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Lag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a lag with its unit, such as \"1d\", \"90m\" or \"1 bar\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Lag, E> {
                Lag::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Lag, E> {
                Lag::parse(&number.to_string()).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Lag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Time(micros) => serializer.collect_str(&format_args!("{}s", micros / 1_000_000)),
            Self::Bars(bars) => serializer.collect_str(&format_args!("{bars} bars")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_carries_its_unit() {
        for (text, expected) in [
            ("0s", Lag::Time(0)),
            ("90m", Lag::Time(5_400_000_000)),
            ("2h", Lag::Time(7_200_000_000)),
            ("1d", Lag::Time(DAY)),
            (" 1 w ", Lag::Time(7 * DAY)),
            ("1 bar", Lag::Bars(1)),
            ("3 bars", Lag::Bars(3)),
        ] {
            assert_eq!(Lag::parse(text), Ok(expected), "{text}");
        }
        for text in ["", "1", "d", "1.5d", "-1d", "1 day", "99999999999d", "1d "] {
            let read = Lag::parse(text);
            assert_eq!(read.is_ok(), text == "1d ", "{text}: {read:?}");
        }
        assert_eq!(Lag::Bars(2).micros(Timeframe::H4), 8 * 3_600_000_000);
        assert!(Lag::parse("7").unwrap_err().contains("7d"));
    }
}
