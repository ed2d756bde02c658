//! How single values of a plan are written.

use std::fmt;

use highwater_market::{Clock, Fraction};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Otherwise, PriceRule};

pub(super) const fn published() -> Clock {
    Clock::Published
}

/// A fraction that was written with its unit: `"0.4%"` or `"40 bps"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Percent(Fraction);

impl Percent {
    /// The number: 0.004 for `"0.4%"`.
    pub const fn get(self) -> f64 {
        self.0.get()
    }

    /// The fraction.
    pub const fn fraction(self) -> Fraction {
        self.0
    }

    pub(super) fn of_text(text: &str) -> Result<Self, String> {
        let unit = text.trim_end();
        if !(unit.ends_with('%') || unit.ends_with("bps")) {
            return Err(match unit.trim().parse::<f64>() {
                Ok(number) => no_unit(number),
                Err(_) => format!("`{text}` is not a percentage: write \"0.4%\" or \"40 bps\""),
            });
        }
        text.parse()
            .map(Self)
            .map_err(|_| format!("`{text}` is not a percentage: write \"0.4%\" or \"40 bps\""))
    }
}

impl From<Fraction> for Percent {
    fn from(fraction: Fraction) -> Self {
        Self(fraction)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn no_unit(number: f64) -> String {
    format!(
        "`{number}` has no unit: write \"{number}%\" or \"{} bps\" for {number} percent, \"{}%\" for the fraction",
        number * 100.0,
        number * 100.0
    )
}

struct PercentVisitor;

impl de::Visitor<'_> for PercentVisitor {
    type Value = Percent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a percentage with its unit, such as \"0.4%\" or \"40 bps\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Percent, E> {
        Percent::of_text(text).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Percent, E> {
        Err(E::custom(no_unit(number)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Percent, E> {
        Err(E::custom(no_unit(number as f64)))
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PercentVisitor)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

/// A number of bars, at least 1: `"30 bars"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarCount(usize);

impl BarCount {
    /// The number.
    pub const fn get(self) -> usize {
        self.0
    }
}

impl<'de> Deserialize<'de> for BarCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = BarCount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bars, such as \"30 bars\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<BarCount, E> {
                text.trim()
                    .strip_suffix("bars")
                    .or_else(|| text.trim().strip_suffix("bar"))
                    .and_then(|number| number.trim().parse().ok())
                    .filter(|&count: &usize| count >= 1 && count <= u32::MAX as usize)
                    .map(BarCount)
                    .ok_or_else(|| {
                        E::custom(format!(
                            "`{text}` is not a number of bars, at least 1: write \"30 bars\""
                        ))
                    })
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<BarCount, E> {
                Err(E::custom(format!(
                    "`{number}` has no unit: write \"{number} bars\""
                )))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for BarCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0 as u64)
    }
}

/// A distance in price, written with its unit: `"5%"`, `"2 atr"`, `"1.5 r"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// A share of a price.
    Share(Percent),
    /// Times the average true range.
    Atr(f64),
    /// Times the distance from the entry to the stop.
    Risk(f64),
}

impl Default for Reach {
    fn default() -> Self {
        Self::Share(Percent::default())
    }
}

impl Reach {
    fn of_text(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a distance: write \"5%\", \"2 atr\" or \"1.5 r\"");
        let times = |number: &str| {
            let number: f64 = number.trim().parse().map_err(|_| wrong())?;
            if number.is_finite() {
                Ok(number)
            } else {
                Err(wrong())
            }
        };
        let trimmed = text.trim();
        if let Some(number) = trimmed.strip_suffix("atr") {
            times(number).map(Self::Atr)
        } else if let Some(number) = trimmed.strip_suffix('r') {
            times(number).map(Self::Risk)
        } else {
            Percent::of_text(text).map(Self::Share)
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => share.fmt(f),
            Self::Atr(times) => write!(f, "{times} atr"),
            Self::Risk(times) => write!(f, "{times} r"),
        }
    }
}

struct ReachVisitor;

impl de::Visitor<'_> for ReachVisitor {
    type Value = Reach;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a distance with its unit, such as \"5%\", \"2 atr\" or \"1.5 r\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Reach, E> {
        Reach::of_text(text).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Reach, E> {
        Err(E::custom(no_unit(number)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Reach, E> {
        Err(E::custom(no_unit(number as f64)))
    }
}

impl<'de> Deserialize<'de> for Reach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReachVisitor)
    }
}

impl Serialize for Reach {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Share(share) => share.serialize(serializer),
            Self::Atr(_) | Self::Risk(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Otherwise {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Otherwise;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"skip\", \"without\", or a distance such as \"12%\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Otherwise, E> {
                match text {
                    "skip" => Ok(Otherwise::Skip),
                    "without" => Ok(Otherwise::Without),
                    _ if text.chars().any(|c| c.is_ascii_digit()) => Reach::of_text(text)
                        .map(Otherwise::Distance)
                        .map_err(E::custom),
                    _ => Err(E::unknown_variant(text, &["skip", "without", "12%"])),
                }
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Otherwise, E> {
                Err(E::custom(no_unit(number)))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Otherwise, E> {
                Err(E::custom(no_unit(number as f64)))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Otherwise {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Skip => serializer.serialize_str("skip"),
            Self::Without => serializer.serialize_str("without"),
            Self::Distance(distance) => distance.serialize(serializer),
        }
    }
}

/// One rule as a table, or several as a list of tables.
pub(super) mod one_or_several {
    use super::{Deserialize, Deserializer, PriceRule, Serialize, Serializer, de, fmt};

    pub(in crate::plan) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<PriceRule>, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Vec<PriceRule>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table such as { at = \"resistance\" }, or a list of such tables")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Vec<PriceRule>, A::Error> {
                PriceRule::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|rule| vec![rule])
            }
            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Vec<PriceRule>, A::Error> {
                let mut rules = Vec::new();
                while let Some(rule) = list.next_element()? {
                    rules.push(rule);
                }
                Ok(rules)
            }
        }
        deserializer.deserialize_any(Visitor)
    }

    pub(in crate::plan) fn serialize<S: Serializer>(
        rules: &[PriceRule],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match rules {
            [] => serializer.serialize_none(),
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}
