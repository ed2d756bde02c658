//! Wire rows to rows of a table.
//!
//! - A field is found by any of its names, whatever its case; of several, the more usual name wins, then the usual
//!   case, then the order of the row. The others stay in `extra`, each under the name it came with.
//! - A null is a value that was not said: the cell is `Null`. A value that its column cannot hold (`"n/a"` for a
//!   number) is kept in `extra` too, and the cell is `Null`.
//! - Everything that no column knows is kept in `extra`: a JSON object with its keys in order, so that the same
//!   content is the same text in whichever order it came.
//! - `TOKEN_NAME` and `TOKEN_SYMBOL` are who the row is about, not what it says: they stand in the tokens table, and
//!   a renamed token is not a revision of its whole history.
//! - Only a row without a token or without a time is rejected.
//!
//! A row of resistance-support is a list. Each element becomes a row dated by the calculation, whose `extra` says
//! apart what came in the element and what stood beside the list: `{"element": ..., "row": ...}`. An element that is
//! a number is a level without a date; one that holds no level is kept whole under `element`, with both cells
//! `Null`; a list that came as an object has each key under `key`. A missing, null or empty list is an empty answer;
//! if something stood beside it, one row with both cells `Null` keeps that. So: a row whose `level` is `Null` is no
//! level.

use std::fmt;

use highwater_market::{Row, Scope, Timestamp, TokenId, Value};
use serde_json::{Map, Value as Json};

use crate::{
    Endpoint, Filter, WireRow, cell,
    envelope::one_line,
    field::{Field, Shape, TOKEN_ID, TOKEN_NAME, TOKEN_SYMBOL, same_name},
};

/// The event time of rows that carry none on the wire, those of `tokens`: the epoch. A moment of observation in its
/// place would make every row a new one at every snapshot.
pub const UNDATED: Timestamp = Timestamp::from_micros(0);

/// Rows of a table, and what was no row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// What each row is about, and the row, in the order of the wire. A duplicate on the wire stands twice.
    pub rows: Vec<(Scope, Row)>,
    /// Everything that was spoken of, once each, in the order of the wire: a token with an empty list of levels is
    /// here, and has no row.
    pub scopes: Vec<Scope>,
    /// The rows without token or time.
    pub rejected: Vec<Rejected>,
}

/// A wire row that belongs to no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: Reason,
    /// How the row begins, in one line of at most 160 characters.
    pub excerpt: String,
}

/// Why a wire row belongs to no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It names no token.
    NoToken,
    /// Its token id is no whole number.
    BadToken,
    /// It carries no time.
    NoTime,
    /// Its time is none.
    BadTime,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoToken => "no token",
            Self::BadToken => "the token id is not a whole number",
            Self::NoTime => "no time",
            Self::BadTime => "the time is not a date",
        })
    }
}

impl Endpoint {
    /// The rows of the endpoint's table in wire rows, whatever these hold.
    ///
    /// `list` is what was asked for where the endpoint serves lists, `None` meaning the vendor's default; elsewhere
    /// it is not looked at.
    pub fn decode(&self, wire: &[WireRow], list: Option<&str>) -> Decoded {
        let mut decoded = Decoded::default();
        for row in wire {
            if let Err(reason) = self.decode_row(row, list, &mut decoded) {
                let text = serde_json::to_string(row).unwrap_or_default();
                decoded.rejected.push(Rejected {
                    reason,
                    excerpt: one_line(&text, 160),
                });
            }
        }
        decoded
    }

    fn decode_row(
        &self,
        wire: &WireRow,
        list: Option<&str>,
        decoded: &mut Decoded,
    ) -> Result<(), Reason> {
        let mut reading = Reading::of(wire);
        let scope = match self.filter {
            Filter::Tokens => {
                let id = reading.take(TOKEN_ID).ok_or(Reason::NoToken)?;
                Scope::Token(TokenId(cell::whole(id).ok_or(Reason::BadToken)?))
            }
            Filter::Lists(lists) => {
                reading.find(TOKEN_SYMBOL).ok_or(Reason::NoToken)?;
                let name = list.or(lists.first().copied()).unwrap_or_default();
                Scope::Named(name.to_owned())
            }
        };
        let event_time = if self.times.is_empty() {
            UNDATED
        } else {
            // The cell of a column may carry the time as well: found here, taken there.
            let index = reading.find(self.times).ok_or(Reason::NoTime)?;
            let time = cell::time(reading.value(index)).ok_or(Reason::BadTime)?;
            let name = reading.name(index);
            let is_column = |field: &Field| field.names.iter().any(|one| same_name(one, name));
            if self.shape != Shape::Row || !self.fields.iter().any(is_column) {
                reading.mark(index);
            }
            time
        };
        match self.shape {
            Shape::Row => {
                let values = self.cells(self.fields, &mut reading);
                self.leave_identity(&mut reading);
                let extra = reading.rest().map(|rest| cell::canonical(&rest));
                let row = Row {
                    event_time,
                    values,
                    extra,
                };
                decoded.rows.push((scope.clone(), row));
            }
            Shape::List(names) => {
                let elements = elements(&mut reading, names);
                self.leave_identity(&mut reading);
                let beside = reading.rest();
                let rows = self.list_rows(event_time, elements, beside);
                decoded
                    .rows
                    .extend(rows.into_iter().map(|row| (scope.clone(), row)));
            }
        }
        // Rows of one scope come together: looking back a little finds it without a set.
        if !decoded.scopes.iter().rev().any(|known| *known == scope) {
            decoded.scopes.push(scope);
        }
        Ok(())
    }

    /// One cell a column of the table, in its order.
    fn cells(&self, fields: &[Field], reading: &mut Reading<'_>) -> Vec<Value> {
        let cell_of = |column: &highwater_market::Column, reading: &mut Reading<'_>| {
            let field = fields.iter().find(|field| field.column == column.name)?;
            let index = reading.find(field.names)?;
            let value = cell::read(reading.value(index), column.kind, field.form)?;
            reading.mark(index);
            Some(value)
        };
        self.table
            .columns
            .iter()
            .map(|column| cell_of(column, reading).unwrap_or(Value::Null))
            .collect()
    }

    fn leave_identity(&self, reading: &mut Reading<'_>) {
        for names in [TOKEN_NAME, TOKEN_SYMBOL] {
            let is_column = self.fields.iter().any(|field| field.names == names);
            if let (false, Some(index)) = (is_column, reading.find(names))
                && !matches!(reading.value(index), Json::Array(_) | Json::Object(_))
            {
                reading.mark(index);
            }
        }
    }

    fn list_rows(
        &self,
        event_time: Timestamp,
        elements: Vec<Element<'_>>,
        beside: Option<Json>,
    ) -> Vec<Row> {
        let extra_of = |key: Option<&str>, element: Option<Json>| {
            let parts = [
                ("element", element),
                ("key", key.map(Json::from)),
                ("row", beside.clone()),
            ];
            let present: Map<String, Json> = parts
                .into_iter()
                .filter_map(|(name, part)| Some((name.to_owned(), part?)))
                .collect();
            (!present.is_empty()).then(|| cell::canonical(&Json::Object(present)))
        };
        let nothing = || vec![Value::Null; self.table.columns.len()];
        if elements.is_empty() {
            return extra_of(None, None)
                .map(|extra| Row {
                    event_time,
                    values: nothing(),
                    extra: Some(extra),
                })
                .into_iter()
                .collect();
        }
        elements
            .into_iter()
            .map(|Element { key, value }| {
                let (values, left) = match value {
                    Json::Object(fields) if !fields.is_empty() => {
                        let mut reading = Reading::of(fields);
                        let values = self.cells(self.fields, &mut reading);
                        let says_nothing = values.iter().all(Value::is_null);
                        let left = reading.rest();
                        // Nothing but nulls: kept as it is, or the element would be gone.
                        (values, left.or_else(|| says_nothing.then(|| value.clone())))
                    }
                    _ => match (self.table.column("level"), cell::number(value)) {
                        (Some(level), Some(number)) => {
                            let mut values = nothing();
                            values[level] = Value::Float(number);
                            (values, None)
                        }
                        _ => (nothing(), Some(value.clone())),
                    },
                };
                Row {
                    event_time,
                    values,
                    extra: extra_of(key, left),
                }
            })
            .collect()
    }
}

/// An element of a list, with its key if the list came as an object.
struct Element<'w> {
    key: Option<&'w str>,
    value: &'w Json,
}

/// The elements under one of these names. A value that is no list is left where it is, for `extra`.
fn elements<'w>(reading: &mut Reading<'w>, names: &[&str]) -> Vec<Element<'w>> {
    let Some(index) = reading.find(names) else {
        return Vec::new();
    };
    let plain = |value| Element { key: None, value };
    let found = match reading.value(index) {
        Json::Array(list) => list.iter().map(plain).collect(),
        // One element in place of the list, if it looks like one.
        value @ Json::Object(fields) if fields.keys().any(|key| same_name(key, "level")) => {
            vec![plain(value)]
        }
        Json::Object(fields) => fields
            .iter()
            .map(|(key, value)| Element {
                key: Some(key),
                value,
            })
            .collect(),
        _ => return Vec::new(),
    };
    reading.mark(index);
    found
}

/// A wire row, and which of its fields have been read.
struct Reading<'w> {
    fields: Vec<(&'w str, &'w Json)>,
    read: Vec<bool>,
}

impl<'w> Reading<'w> {
    fn of(wire: &'w WireRow) -> Self {
        let fields: Vec<_> = wire
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        Self {
            read: vec![false; fields.len()],
            fields,
        }
    }

    /// The field that goes by one of these names. Nulls on the way count as read: they say nothing.
    fn find(&mut self, names: &[&str]) -> Option<usize> {
        for (index, (name, value)) in self.fields.iter().enumerate() {
            if value.is_null() && names.iter().any(|one| same_name(one, name)) {
                self.read[index] = true;
            }
        }
        let position = |fits: &dyn Fn(&str) -> bool| {
            (0..self.fields.len()).find(|&index| !self.read[index] && fits(self.fields[index].0))
        };
        names.iter().find_map(|one| {
            position(&|name| name == *one).or_else(|| position(&|name| same_name(one, name)))
        })
    }

    fn take(&mut self, names: &[&str]) -> Option<&'w Json> {
        let index = self.find(names)?;
        self.mark(index);
        Some(self.value(index))
    }

    fn mark(&mut self, index: usize) {
        self.read[index] = true;
    }

    fn value(&self, index: usize) -> &'w Json {
        self.fields[index].1
    }

    fn name(&self, index: usize) -> &'w str {
        self.fields[index].0
    }

    /// The fields not read, as an object; `None` if there is none.
    fn rest(&self) -> Option<Json> {
        let rest: Map<String, Json> = self
            .fields
            .iter()
            .zip(&self.read)
            .filter(|(_, read)| !**read)
            .map(|((name, value), _)| ((*name).to_owned(), (*value).clone()))
            .collect();
        (!rest.is_empty()).then_some(Json::Object(rest))
    }
}
