//! How single values of a plan are written.

use std::fmt;

use highwater_market::{Clock, Fraction};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Otherwise, Universe};

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

    fn of_text(text: &str) -> Result<Self, String> {
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

impl<'de> Deserialize<'de> for Otherwise {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Otherwise;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"skip\", or a distance such as \"12%\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Otherwise, E> {
                if text == "skip" {
                    Ok(Otherwise::Skip)
                } else if text.chars().any(|c| c.is_ascii_digit()) {
                    Percent::of_text(text)
                        .map(Otherwise::Distance)
                        .map_err(E::custom)
                } else {
                    Err(E::unknown_variant(text, &["skip", "12%"]))
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
            Self::Distance(distance) => distance.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Universe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Universe;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"all\", or a list of symbols such as [\"BTC\", \"ETH\"]")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Universe, E> {
                if text == "all" {
                    Ok(Universe::All)
                } else {
                    Err(E::custom(format!(
                        "`{text}` is not a universe: write \"all\" or a list, [\"{text}\"]"
                    )))
                }
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Universe, A::Error> {
                let mut symbols = Vec::new();
                while let Some(symbol) = list.next_element()? {
                    symbols.push(symbol);
                }
                Universe::of_symbols(symbols).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Universe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Symbols(symbols) => symbols.serialize(serializer),
        }
    }
}
