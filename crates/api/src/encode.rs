//! Rows of a table to wire rows: the inverse of decoding, for serving a lake.
//!
//! What [`Endpoint::decode`] reads from the written rows is what was given: the same scope, event times, cells and
//! `extra`. Names, order and forms are the vendor's usual ones; a null stands where a cell is `Null`, unless `extra`
//! holds what the vendor sent in its place.

use highwater_market::{Row, Scope, Token, Value};
use serde_json::{Map, Value as Json};

use crate::{
    Endpoint, WireRow, cell,
    field::{Shape, TOKEN_ID, TOKEN_NAME, TOKEN_SYMBOL, same_name},
};

impl Endpoint {
    /// The wire rows of one scope.
    ///
    /// `token` gives the name and symbol that stand beside the id; without it they are left out. Of a list endpoint
    /// the rows become one wire row, or several where their event times or the fields beside the list differ; no row
    /// gives no wire row, since nothing then says when it was calculated.
    pub fn encode(&self, scope: &Scope, token: Option<&Token>, rows: &[Row]) -> Vec<WireRow> {
        match self.shape {
            Shape::Row => rows
                .iter()
                .map(|row| self.encode_row(scope, token, row))
                .collect(),
            Shape::List(names) => self.encode_lists(scope, token, rows, names[0]),
        }
    }

    fn encode_row(&self, scope: &Scope, token: Option<&Token>, row: &Row) -> WireRow {
        let extra = object(row.extra.as_deref());
        let mut wire = self.identity(scope, token, &extra);
        // A column may carry the event time; else it has a field of its own.
        let in_column = self.fields.iter().any(|field| {
            self.times.contains(&field.names[0])
                && self.cell(row, field.column).as_time() == Some(row.event_time)
        });
        if !in_column && !self.times.is_empty() {
            let is_column = |name: &str| self.fields.iter().any(|field| field.names[0] == name);
            if let Some(name) = self.times.iter().find(|name| !is_column(name)) {
                wire.insert((*name).to_owned(), Json::String(cell::iso(row.event_time)));
            }
        }
        for field in self.fields {
            let value = cell::write(self.cell(row, field.column), field.form);
            let sent = |name: &String| field.names.iter().any(|one| same_name(one, name));
            if !(value.is_null() && extra.keys().any(sent)) {
                wire.insert(field.names[0].to_owned(), value);
            }
        }
        wire.extend(extra);
        wire
    }

    fn encode_lists(
        &self,
        scope: &Scope,
        token: Option<&Token>,
        rows: &[Row],
        list_name: &str,
    ) -> Vec<WireRow> {
        let mut lists: Vec<List> = Vec::new();
        for row in rows {
            let mut parts = object(row.extra.as_deref());
            let element = parts.remove("element");
            let key = parts
                .remove("key")
                .and_then(|key| Some(key.as_str()?.to_owned()));
            let beside = match parts.remove("row") {
                Some(Json::Object(beside)) => beside,
                _ => Map::new(),
            };
            let same = |list: &&mut List| {
                list.event_time == row.event_time
                    && list.beside == beside
                    && list.takes(key.as_deref())
            };
            let nothing = row.values.iter().all(Value::is_null) && element.is_none();
            let written = (!nothing || key.is_some()).then(|| self.element(row, element));
            match (lists.last_mut().filter(same), written) {
                (Some(list), Some(element)) => list.elements.push((key, element)),
                (_, written) => lists.push(List {
                    event_time: row.event_time,
                    beside,
                    elements: written.map(|element| (key, element)).into_iter().collect(),
                }),
            }
        }
        lists
            .into_iter()
            .map(|list| {
                let mut wire = self.identity(scope, token, &list.beside);
                wire.insert(
                    self.times[0].to_owned(),
                    Json::String(cell::iso(list.event_time)),
                );
                // Beside the list stands, under a name of its own, what was sent in its place and was none.
                let in_its_place = list.elements.is_empty()
                    && list.beside.iter().any(|(name, value)| {
                        same_name(name, list_name) && !value.is_array() && !value.is_object()
                    });
                if !in_its_place {
                    wire.insert(list_name.to_owned(), list.json());
                }
                wire.extend(list.beside);
                wire
            })
            .collect()
    }

    fn element(&self, row: &Row, left: Option<Json>) -> Json {
        let mut element = match left {
            Some(Json::Object(fields)) => fields,
            Some(other) => return other,
            None => Map::new(),
        };
        for field in self.fields {
            let value = cell::write(self.cell(row, field.column), field.form);
            if !value.is_null() {
                element.insert(field.names[0].to_owned(), value);
            }
        }
        Json::Object(element)
    }

    fn identity(&self, scope: &Scope, token: Option<&Token>, extra: &Map<String, Json>) -> WireRow {
        let mut wire = Map::new();
        let Scope::Token(id) = scope else {
            return wire;
        };
        wire.insert(TOKEN_ID[0].to_owned(), Json::from(id.0));
        let texts = [
            (TOKEN_NAME, token.map(|token| token.name.as_str())),
            (TOKEN_SYMBOL, token.map(|token| token.symbol.as_str())),
        ];
        for (names, text) in texts {
            let is_column = self.fields.iter().any(|field| field.names == names);
            let kept = |name: &String| names.iter().any(|one| same_name(one, name));
            // Without a token, an empty text keeps a second name in `extra` from being read as the first.
            let text = text.or_else(|| extra.keys().any(kept).then_some(""));
            if let (false, Some(text)) = (is_column || extra.contains_key(names[0]), text) {
                wire.insert(names[0].to_owned(), Json::from(text));
            }
        }
        wire
    }

    fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r Value {
        self.table
            .column(column)
            .and_then(|index| row.values.get(index))
            .unwrap_or(&Value::Null)
    }
}

/// Rows that stand in one list on the wire.
struct List {
    event_time: highwater_market::Timestamp,
    beside: Map<String, Json>,
    elements: Vec<(Option<String>, Json)>,
}

impl List {
    /// Whether an element with this key, or none, can join: an object holds every key once, and only keys.
    fn takes(&self, key: Option<&str>) -> bool {
        self.elements.iter().all(|(held, _)| match (held, key) {
            (None, None) => true,
            (Some(held), Some(key)) => held != key,
            _ => false,
        })
    }

    fn json(&self) -> Json {
        let keyed: Option<Map<String, Json>> = self
            .elements
            .iter()
            .map(|(key, element)| Some((key.clone()?, element.clone())))
            .collect();
        match keyed {
            Some(object) if !object.is_empty() => Json::Object(object),
            _ => Json::Array(
                self.elements
                    .iter()
                    .map(|(_, element)| element.clone())
                    .collect(),
            ),
        }
    }
}

/// The object in a row's `extra`; empty if there is none.
fn object(extra: Option<&str>) -> Map<String, Json> {
    extra
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}
