//! What a source said at a moment.

use serde::Serialize;

use crate::{Period, Source, Table, Timestamp, TokenId};

/// One cell. `Null` is what the source left out or sent as null.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Not said.
    Null,
    /// A number. May be any `f64` that the source sent: judged later, never altered.
    Float(f64),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// An instant.
    Time(Timestamp),
}

impl Value {
    /// The number, from `Float` or `Int`.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            Self::Int(number) => Some(*number as f64),
            _ => None,
        }
    }

    /// The whole number.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The instant.
    pub fn as_time(&self) -> Option<Timestamp> {
        match self {
            Self::Time(instant) => Some(*instant),
            _ => None,
        }
    }

    /// Whether nothing was said.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// What a question was about: one token, or a named list such as the active moonshots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Scope {
    /// One token.
    Token(TokenId),
    /// A list that the source keeps under a name.
    Named(String),
}

impl Scope {
    /// The token, if the scope is one.
    pub const fn token(&self) -> Option<TokenId> {
        match self {
            Self::Token(id) => Some(*id),
            Self::Named(_) => None,
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(id) => id.fmt(f),
            Self::Named(name) => name.fmt(f),
        }
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Event time: a bar's open, a row's date.
    pub event_time: Timestamp,
    /// The values, one for each of the table's columns, in its order.
    pub values: Vec<Value>,
    /// A JSON object of every field that the table does not know; `None` if there is none.
    pub extra: Option<String>,
}

/// The answer to one question: about one scope of one table, at one moment.
///
/// In a dated table each row is an observation of its own, keyed by (table, source, scope, event time). In a
/// latest-only table the whole answer is one observation, so that a level that vanished has vanished.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Which table it belongs to.
    pub table: &'static Table,
    /// Who answered.
    pub source: Source,
    /// What was asked about.
    pub scope: Scope,
    /// Which days were asked for; `None` where the endpoint takes none.
    pub asked: Option<Period>,
    /// When the answer was received.
    pub observed_at: Timestamp,
    /// Whether nothing is missing from it: then a day without a row has none. An answer that is not whole, since some
    /// row of it could not be told, covers nothing: the same will be asked again.
    pub whole: bool,
    /// What was said. Empty is an answer too.
    pub rows: Vec<Row>,
}
