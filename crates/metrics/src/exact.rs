//! Doubles that survive text: a state written as JSON and read again is the same to the last bit.
//!
//! JSON has no infinity, and its readers may lose the last bit of a decimal. So a human-readable format gets the
//! shortest text that Rust reads back exactly, a binary format the double itself.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes a double without loss.
pub(crate) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        to.collect_str(value)
    } else {
        to.serialize_f64(*value)
    }
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    if from.is_human_readable() {
        let text = String::deserialize(from)?;
        parse(&text).map_err(D::Error::custom)
    } else {
        f64::deserialize(from)
    }
}

fn parse(text: &str) -> Result<f64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number; a state writes its numbers as text"))
}

/// The same for a list of doubles.
pub(crate) mod list {
    use serde::{Deserialize, Deserializer, Serializer, de::Error, ser::SerializeSeq};

    /// Writes doubles without loss.
    pub(crate) fn serialize<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
        let readable = to.is_human_readable();
        let mut list = to.serialize_seq(Some(values.len()))?;
        for value in values {
            if readable {
                list.serialize_element(&value.to_string())?;
            } else {
                list.serialize_element(value)?;
            }
        }
        list.end()
    }

    /// Reads what [`serialize`] wrote.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        if from.is_human_readable() {
            Vec::<String>::deserialize(from)?
                .iter()
                .map(|text| super::parse(text).map_err(D::Error::custom))
                .collect()
        } else {
            Vec::deserialize(from)
        }
    }
}
