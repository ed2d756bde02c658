//! The bytes of a file to rows.
//!
//! Only files whose content has the hash of their name come here, so that a flipped bit is found before the parser
//! meets it. What parses wrongly all the same, or panics, is an error that names the file.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{
    Array, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use bytes::Bytes;
use highwater_market::{Kind, Scope, Source, Table, Timestamp, TokenId, Value};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
    errors::ParquetError,
    file::{
        metadata::RowGroupMetaData,
        reader::{ChunkReader, Length},
        statistics::Statistics,
    },
};

use crate::{
    error::LakeError,
    fs::ReadAt,
    layout,
    observation::{Observation, Subject},
};

/// What a read is about. Absent means any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter<'a> {
    pub(crate) source: Option<&'a Source>,
    pub(crate) scope: Option<&'a Scope>,
    /// Event times `from <= t < end`.
    pub(crate) events: Option<(Timestamp, Timestamp)>,
}

/// A file's footer: what it holds, and how much of that a read can skip.
pub(crate) struct Footer {
    metadata: ArrowReaderMetadata,
    groups: Vec<GroupBounds>,
    /// The highest sequence number in the file.
    pub(crate) sequence: i64,
    /// Rows in the file.
    pub(crate) rows: usize,
}

struct GroupBounds {
    source: Option<(Vec<u8>, Vec<u8>)>,
    scope: Option<(Vec<u8>, Vec<u8>)>,
    token_id: Option<(i64, i64)>,
    event_time: Option<(i64, i64)>,
}

/// A file as the Parquet reader wants it.
#[derive(Clone)]
pub(crate) struct Handle(pub(crate) Arc<dyn ReadAt>);

impl Length for Handle {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Handle {
    type T = io::BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(io::BufReader::new(From {
            file: self.clone(),
            offset: start,
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.0.len()) {
            return Err(ParquetError::EOF(format!(
                "bytes {start} to {start}+{length} asked of a file of {}",
                self.0.len()
            )));
        }
        let mut buffer = vec![0; length];
        self.0.read_exact_at(&mut buffer, start)?;
        Ok(buffer.into())
    }
}

/// A file read from an offset onwards.
pub(crate) struct From {
    file: Handle,
    offset: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.file.0.len().saturating_sub(self.offset);
        let count = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        self.file
            .0
            .read_exact_at(&mut buffer[..count], self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// Run the parser; its panic becomes an error that names the file.
fn guarded<T>(path: &Path, parse: impl FnOnce() -> Result<T, LakeError>) -> Result<T, LakeError> {
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(damaged(path, format!("the Parquet reader gave up: {said}")))
    })
}

fn damaged(path: &Path, reason: impl Into<String>) -> LakeError {
    LakeError::Damaged {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

fn foreign(path: &Path, reason: impl Into<String>) -> LakeError {
    LakeError::Foreign {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

/// Read and check a file's footer.
pub(crate) fn footer(table: &Table, path: &Path, file: &Handle) -> Result<Footer, LakeError> {
    guarded(path, || {
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::load(file, options)
            .map_err(|error| damaged(path, error.to_string()))?;
        let facts = metadata.metadata().file_metadata();
        let named = |key: &str| {
            facts
                .key_value_metadata()
                .into_iter()
                .flatten()
                .find(|pair| pair.key == key)
                .and_then(|pair| pair.value.clone())
        };
        let Some(version) = named(layout::KEY_SCHEMA) else {
            return Err(foreign(path, "it was not written by highwater"));
        };
        if version != layout::SCHEMA_VERSION {
            return Err(foreign(
                path,
                format!(
                    "its layout is version {version}, this program reads version {}",
                    layout::SCHEMA_VERSION
                ),
            ));
        }
        let name = named(layout::KEY_TABLE).unwrap_or_default();
        if name != table.name {
            return Err(foreign(path, format!("it is a file of table `{name}`")));
        }
        let expected = layout::schema(table);
        let found = metadata.schema();
        for (index, field) in expected.fields().iter().enumerate() {
            match found.fields().get(index) {
                Some(other)
                    if other.name() == field.name() && other.data_type() == field.data_type() => {}
                Some(other) => {
                    return Err(foreign(
                        path,
                        format!(
                            "column {index} is `{}` ({}), not `{}` ({})",
                            other.name(),
                            other.data_type(),
                            field.name(),
                            field.data_type()
                        ),
                    ));
                }
                None => {
                    return Err(foreign(
                        path,
                        format!("column `{}` is missing", field.name()),
                    ));
                }
            }
        }
        if found.fields().len() > expected.fields().len() {
            return Err(foreign(
                path,
                format!(
                    "column `{}` is not known to table {}",
                    found.field(expected.fields().len()).name(),
                    table.name
                ),
            ));
        }
        let sequence = named(layout::KEY_SEQUENCE)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| damaged(path, "its highest sequence number is missing"))?;
        let rows = usize::try_from(facts.num_rows())
            .map_err(|_| damaged(path, "its number of rows is negative"))?;
        let groups = metadata
            .metadata()
            .row_groups()
            .iter()
            .map(GroupBounds::new)
            .collect();
        Ok(Footer {
            metadata,
            groups,
            sequence,
            rows,
        })
    })
}

impl GroupBounds {
    fn new(group: &RowGroupMetaData) -> Self {
        let texts = |index: usize| match group.column(index).statistics() {
            Some(Statistics::ByteArray(bounds)) => Some((
                bounds.min_opt()?.data().to_vec(),
                bounds.max_opt()?.data().to_vec(),
            )),
            _ => None,
        };
        // A null is not within any bounds: where there is one, there are none.
        let ints = |index: usize| match group.column(index).statistics() {
            Some(Statistics::Int64(bounds)) if bounds.null_count_opt() == Some(0) => {
                Some((*bounds.min_opt()?, *bounds.max_opt()?))
            }
            _ => None,
        };
        Self {
            source: texts(layout::SOURCE),
            scope: texts(layout::SCOPE),
            token_id: ints(layout::TOKEN_ID),
            event_time: ints(layout::EVENT_TIME),
        }
    }

    /// Whether the group may hold a row that the filter wants.
    fn may_hold(&self, filter: &Filter<'_>, scope_text: Option<&str>) -> bool {
        let within =
            |bounds: &Option<(Vec<u8>, Vec<u8>)>, wanted: Option<&str>| match (bounds, wanted) {
                (Some((min, max)), Some(wanted)) => {
                    min.as_slice() <= wanted.as_bytes() && wanted.as_bytes() <= max.as_slice()
                }
                _ => true,
            };
        within(&self.source, filter.source.map(Source::as_str))
            && within(&self.scope, scope_text)
            && match (self.token_id, filter.scope.and_then(Scope::token)) {
                (Some((min, max)), Some(TokenId(id))) => min <= id && id <= max,
                _ => true,
            }
            && match (self.event_time, filter.events) {
                (Some((min, max)), Some((from, end))) => max >= from.micros() && min < end.micros(),
                _ => true,
            }
    }
}

/// How much of each row is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Everything.
    All,
    /// The key, without the table's own columns and `extra`: those stay empty.
    Keys,
}

impl Footer {
    /// The row groups that may hold what the filter wants.
    pub(crate) fn groups_for(&self, filter: &Filter<'_>) -> Vec<usize> {
        let scope_text = filter.scope.map(Scope::to_string);
        (0..self.groups.len())
            .filter(|&index| self.groups[index].may_hold(filter, scope_text.as_deref()))
            .collect()
    }
}

/// Add the rows of a file's row groups that pass the filter to `into`.
pub(crate) fn rows(
    table: &Table,
    file: &DataFile,
    handle: &Handle,
    groups: Vec<usize>,
    filter: &Filter<'_>,
    columns: Columns,
    into: &mut BTreeMap<Subject, Vec<Observation>>,
) -> Result<(), LakeError> {
    let scope_text = filter.scope.map(Scope::to_string);
    let path = &file.path;
    guarded(path, || {
        let unreadable = |error: &dyn std::fmt::Display| damaged(path, error.to_string());
        let metadata = file.footer.metadata.clone();
        let wanted = match columns {
            Columns::All => layout::schema(table).fields().len(),
            Columns::Keys => layout::first_value(table),
        };
        let mask = ProjectionMask::roots(metadata.parquet_schema(), 0..wanted);
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(handle.clone(), metadata)
            .with_row_groups(groups)
            .with_projection(mask)
            .with_batch_size(8_192)
            .build()
            .map_err(|error| unreadable(&error))?;
        for batch in batches {
            let batch = batch.map_err(|error| unreadable(&error))?;
            let decoder = Decoder::new(table, path, &batch, columns)?;
            decoder.rows(filter, scope_text.as_deref(), into)?;
        }
        Ok(())
    })
}

struct Decoder<'a> {
    path: &'a Path,
    count: usize,
    source: &'a StringArray,
    scope: &'a StringArray,
    token_id: &'a Int64Array,
    event_time: &'a TimestampMicrosecondArray,
    observed_at: &'a TimestampMicrosecondArray,
    sequence: &'a Int64Array,
    partial: &'a BooleanArray,
    item: Option<(&'a Int64Array, &'a Int64Array)>,
    values: Vec<Cells<'a>>,
    extra: Option<&'a StringArray>,
}

enum Cells<'a> {
    Float(&'a Float64Array),
    Int(&'a Int64Array),
    Text(&'a StringArray),
    Time(&'a TimestampMicrosecondArray),
}

impl Cells<'_> {
    fn value(&self, row: usize) -> Value {
        fn cell<T>(array: &dyn Array, row: usize, value: impl FnOnce() -> T) -> Option<T> {
            array.is_valid(row).then(value)
        }
        match self {
            Self::Float(array) => cell(array, row, || Value::Float(array.value(row))),
            Self::Int(array) => cell(array, row, || Value::Int(array.value(row))),
            Self::Text(array) => cell(array, row, || Value::Text(array.value(row).to_owned())),
            Self::Time(array) => cell(array, row, || {
                Value::Time(Timestamp::from_micros(array.value(row)))
            }),
        }
        .unwrap_or(Value::Null)
    }
}

impl<'a> Decoder<'a> {
    fn new(
        table: &Table,
        path: &'a Path,
        batch: &'a RecordBatch,
        columns: Columns,
    ) -> Result<Self, LakeError> {
        fn typed<'a, T: 'static>(
            batch: &'a RecordBatch,
            path: &Path,
            index: usize,
        ) -> Result<&'a T, LakeError> {
            batch
                .columns()
                .get(index)
                .and_then(|column| column.as_any().downcast_ref())
                .ok_or_else(|| damaged(path, format!("column {index} changed its type")))
        }
        let first = layout::first_value(table);
        let whole = layout::keeps_whole_answers(table);
        let mut values = Vec::new();
        let mut extra = None;
        if columns == Columns::All {
            for (offset, column) in table.columns.iter().enumerate() {
                let index = first + offset;
                values.push(match column.kind {
                    Kind::Float => Cells::Float(typed(batch, path, index)?),
                    Kind::Int => Cells::Int(typed(batch, path, index)?),
                    Kind::Text => Cells::Text(typed(batch, path, index)?),
                    Kind::Time => Cells::Time(typed(batch, path, index)?),
                });
            }
            extra = Some(typed(batch, path, first + table.columns.len())?);
        }
        Ok(Self {
            path,
            count: batch.num_rows(),
            source: typed(batch, path, layout::SOURCE)?,
            scope: typed(batch, path, layout::SCOPE)?,
            token_id: typed(batch, path, layout::TOKEN_ID)?,
            event_time: typed(batch, path, layout::EVENT_TIME)?,
            observed_at: typed(batch, path, layout::OBSERVED_AT)?,
            sequence: typed(batch, path, layout::SEQUENCE)?,
            partial: typed(batch, path, layout::PARTIAL)?,
            item: if whole {
                Some((
                    typed(batch, path, layout::ITEM)?,
                    typed(batch, path, layout::ITEMS)?,
                ))
            } else {
                None
            },
            values,
            extra,
        })
    }

    fn rows(
        &self,
        filter: &Filter<'_>,
        scope_text: Option<&str>,
        into: &mut BTreeMap<Subject, Vec<Observation>>,
    ) -> Result<(), LakeError> {
        let mut row = 0;
        while row < self.count {
            // Rows are sorted by subject: one look-up serves the whole run of them.
            let (source, scope, token) = self.subject(row);
            let mut end = row + 1;
            while end < self.count && self.subject(end) == (source, scope, token) {
                end += 1;
            }
            let wanted = filter.source.is_none_or(|wanted| wanted.as_str() == source)
                && scope_text.is_none_or(|wanted| wanted == scope)
                && filter
                    .scope
                    .is_none_or(|wanted| wanted.token().map(|TokenId(id)| id) == token);
            if wanted {
                let subject = self.parsed(source, scope, token)?;
                let observations = into.entry(subject).or_default();
                for row in row..end {
                    let event_time = self
                        .event_time
                        .is_valid(row)
                        .then(|| Timestamp::from_micros(self.event_time.value(row)));
                    let in_period = filter.events.is_none_or(|(from, until)| {
                        event_time.is_some_and(|time| from <= time && time < until)
                    });
                    if in_period {
                        observations.push(self.observation(row, event_time));
                    }
                }
            }
            row = end;
        }
        Ok(())
    }

    fn subject(&self, row: usize) -> (&'a str, &'a str, Option<i64>) {
        (
            self.source.value(row),
            self.scope.value(row),
            self.token_id
                .is_valid(row)
                .then(|| self.token_id.value(row)),
        )
    }

    fn parsed(&self, source: &str, scope: &str, token: Option<i64>) -> Result<Subject, LakeError> {
        let source = source
            .parse()
            .map_err(|error| damaged(self.path, format!("{error}")))?;
        let scope = match token {
            Some(id) => Scope::Token(TokenId(id)),
            None => Scope::Named(scope.to_owned()),
        };
        Ok((source, scope))
    }

    fn observation(&self, row: usize, event_time: Option<Timestamp>) -> Observation {
        Observation {
            event_time,
            observed_at: Timestamp::from_micros(self.observed_at.value(row)),
            sequence: self.sequence.value(row),
            partial: self.partial.value(row),
            item: self.item.map_or(0, |(item, _)| item.value(row)),
            items: self.item.map_or(1, |(_, items)| items.value(row)),
            values: self.values.iter().map(|cells| cells.value(row)).collect(),
            extra: self
                .extra
                .filter(|extra| extra.is_valid(row))
                .map(|extra| extra.value(row).to_owned()),
        }
    }
}

/// A file of the lake: where it is, how large, what its footer says.
pub(crate) struct DataFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) footer: Footer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_parser_is_an_error_that_names_the_file() {
        let path = Path::new("lake/bars_1d/0.parquet");
        let formatted = || -> Result<(), LakeError> { panic!("index {} of 3", 7) };
        let plain = || -> Result<(), LakeError> { panic!("no bytes left") };
        for (error, says) in [
            (guarded(path, formatted).unwrap_err(), "index 7 of 3"),
            (guarded(path, plain).unwrap_err(), "no bytes left"),
        ] {
            let text = error.to_string();
            assert!(matches!(error, LakeError::Damaged { .. }), "{text}");
            assert!(text.contains("lake/bars_1d/0.parquet"), "{text}");
            assert!(text.contains(says), "{text}");
        }
    }
}
