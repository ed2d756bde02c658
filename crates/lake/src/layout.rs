//! What a file of the lake looks like: columns, row groups, metadata. The only place that knows.
//!
//! ```text
//! source       utf8                      who said it
//! scope        utf8                      about what: the token's id, or the name of a list
//! token_id     int64, null for a list
//! event_time   timestamp[us, UTC]        null only in the marker of an empty answer
//! observed_at  timestamp[us, UTC]
//! sequence     int64                     the single writer's counter, one step an answer
//! partial      bool                      dated tables: seen before its period was over
//! item, items  int64                     latest-only tables: position in the whole answer, and its length
//! ...          the columns of the table, nullable
//! extra        utf8                      JSON object of what the table does not know
//! ```
//! Rows are sorted by source, scope, then event time, observed_at, sequence; whole answers by observed_at, sequence,
//! item, so that no answer is split. A row group ends where a scope does,
//! once it holds [`GROUP_MIN`] rows, so that reading one token touches little more than its own rows.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use highwater_market::{Kind, Past, Table, tables};

/// Version of the layout, in each file's metadata. A file of another version is foreign.
pub(crate) const SCHEMA_VERSION: &str = "1";
/// Metadata key of the layout's version.
pub(crate) const KEY_SCHEMA: &str = "highwater.schema";
/// Metadata key of the program's version.
pub(crate) const KEY_WRITER: &str = "highwater.writer";
/// Metadata key of the table's name.
pub(crate) const KEY_TABLE: &str = "highwater.table";
/// Metadata key of the highest sequence number in the file.
pub(crate) const KEY_SEQUENCE: &str = "highwater.sequence";

/// A row group may end at a scope's end from here on.
pub(crate) const GROUP_MIN: usize = 4_096;
/// A row group ends here at the latest.
pub(crate) const GROUP_MAX: usize = 65_536;
/// A file ends here, at the next answer.
pub(crate) const FILE_MAX: usize = 1 << 20;

/// Columns before the table's own.
pub(crate) const SOURCE: usize = 0;
pub(crate) const SCOPE: usize = 1;
pub(crate) const TOKEN_ID: usize = 2;
pub(crate) const EVENT_TIME: usize = 3;
pub(crate) const OBSERVED_AT: usize = 4;
pub(crate) const SEQUENCE: usize = 5;
pub(crate) const PARTIAL: usize = 6;
pub(crate) const ITEM: usize = 7;
pub(crate) const ITEMS: usize = 8;

/// Whether the table keeps whole answers. [`tables::COVERAGE`] does not: each of its rows is a fact of its own.
pub(crate) fn keeps_whole_answers(table: &Table) -> bool {
    matches!(table.past, Past::LatestOnly) && table.name != tables::COVERAGE.name
}

/// The index of the table's own first column.
pub(crate) fn first_value(table: &Table) -> usize {
    if keeps_whole_answers(table) {
        ITEMS + 1
    } else {
        PARTIAL + 1
    }
}

pub(crate) fn utc_micros() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns of a table's files.
pub(crate) fn schema(table: &Table) -> Arc<Schema> {
    let whole = keeps_whole_answers(table);
    let mut fields = vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("scope", DataType::Utf8, false),
        Field::new("token_id", DataType::Int64, true),
        Field::new("event_time", utc_micros(), whole),
        Field::new("observed_at", utc_micros(), false),
        Field::new("sequence", DataType::Int64, false),
        Field::new("partial", DataType::Boolean, false),
    ];
    if whole {
        fields.push(Field::new("item", DataType::Int64, false));
        fields.push(Field::new("items", DataType::Int64, false));
    }
    for column in table.columns {
        let kind = match column.kind {
            Kind::Float => DataType::Float64,
            Kind::Int => DataType::Int64,
            Kind::Text => DataType::Utf8,
            Kind::Time => utc_micros(),
        };
        fields.push(Field::new(column.name, kind, true));
    }
    fields.push(Field::new("extra", DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}
