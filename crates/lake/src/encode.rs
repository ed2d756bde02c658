//! Rows to the bytes of a file.

use std::{collections::BTreeMap, sync::Arc};

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use highwater_market::{Kind, Table, Value};
use parquet::{
    arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions},
    basic::Compression,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
    },
};

use crate::{
    error::LakeError,
    layout,
    observation::{Observation, Subject},
};

/// The files that hold these rows, each as its bytes: usually one, more beyond [`layout::FILE_MAX`] rows.
pub(crate) fn files(
    table: &'static Table,
    rows: BTreeMap<Subject, Vec<Observation>>,
) -> Result<Vec<Vec<u8>>, LakeError> {
    let mut files = Vec::new();
    let mut open: Option<File> = None;
    for (subject, mut observations) in rows {
        if layout::keeps_whole_answers(table) {
            observations.sort_by_key(|row| (row.observed_at, row.sequence, row.item));
        } else {
            observations.sort_by_key(Observation::identity);
        }
        let mut rest = observations.as_slice();
        while !rest.is_empty() {
            let file = match &mut open {
                Some(file) => file,
                None => open.insert(File::new(table)?),
            };
            let room = layout::FILE_MAX.saturating_sub(file.rows).max(1);
            let cut = whole_answers(rest, room.min(layout::GROUP_MAX));
            file.push(&subject, &rest[..cut])?;
            rest = &rest[cut..];
            if file.rows >= layout::FILE_MAX
                && let Some(full) = open.take()
            {
                files.push(full.finish()?);
            }
        }
        if let Some(file) = &mut open {
            file.end_of_subject()?;
        }
    }
    if let Some(file) = open {
        files.push(file.finish()?);
    }
    Ok(files)
}

/// The least cut at or after `wanted` that parts no answer: a whole answer must not be split over files.
fn whole_answers(rows: &[Observation], wanted: usize) -> usize {
    let mut cut = wanted.min(rows.len());
    while cut < rows.len() && rows[cut].items != 1 && rows[cut].sequence == rows[cut - 1].sequence {
        cut += 1;
    }
    cut
}

struct File {
    table: &'static Table,
    writer: ArrowWriter<Vec<u8>>,
    rows: usize,
    sequence: i64,
}

impl File {
    fn new(table: &'static Table) -> Result<Self, LakeError> {
        let properties = WriterProperties::builder()
            // Prices hardly compress, the key columns are dictionaries: Zstandard would save little, and it asks the
            // processor for its features once a column, which takes longer than the column on a virtual machine.
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("highwater {}", env!("CARGO_PKG_VERSION")))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_max_row_group_row_count(Some(layout::GROUP_MAX))
            .build();
        // The Arrow schema beside the Parquet one would say nothing more: readers differ in what they make of it.
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), layout::schema(table), options)
            .map_err(|error| refused(table, &error))?;
        Ok(Self {
            table,
            writer,
            rows: 0,
            sequence: i64::MIN,
        })
    }

    fn push(&mut self, subject: &Subject, rows: &[Observation]) -> Result<(), LakeError> {
        let batch = batch(self.table, subject, rows)?;
        self.writer
            .write(&batch)
            .map_err(|error| refused(self.table, &error))?;
        self.rows += rows.len();
        let highest = rows.iter().map(|row| row.sequence).max();
        self.sequence = self.sequence.max(highest.unwrap_or(i64::MIN));
        Ok(())
    }

    fn end_of_subject(&mut self) -> Result<(), LakeError> {
        if self.writer.in_progress_rows() >= layout::GROUP_MIN {
            self.writer
                .flush()
                .map_err(|error| refused(self.table, &error))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, LakeError> {
        for (key, value) in [
            (layout::KEY_SCHEMA, layout::SCHEMA_VERSION.to_owned()),
            (layout::KEY_WRITER, env!("CARGO_PKG_VERSION").to_owned()),
            (layout::KEY_TABLE, self.table.name.to_owned()),
            (layout::KEY_SEQUENCE, self.sequence.to_string()),
        ] {
            self.writer
                .append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        self.writer
            .into_inner()
            .map_err(|error| refused(self.table, &error))
    }
}

fn refused(table: &'static Table, error: &dyn std::fmt::Display) -> LakeError {
    LakeError::Encode {
        table: table.name,
        reason: error.to_string(),
    }
}

fn batch(
    table: &'static Table,
    (source, scope): &Subject,
    rows: &[Observation],
) -> Result<RecordBatch, LakeError> {
    let count = rows.len();
    let whole = layout::keeps_whole_answers(table);
    let times = |time: &dyn Fn(&Observation) -> Option<i64>| -> ArrayRef {
        let micros: TimestampMicrosecondArray = rows.iter().map(time).collect();
        Arc::new(micros.with_timezone("UTC"))
    };
    let ints = |int: &dyn Fn(&Observation) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(int)))
    };
    let scope_text = scope.to_string();
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![source.as_str(); count])),
        Arc::new(StringArray::from(vec![scope_text.as_str(); count])),
        Arc::new(Int64Array::from(vec![
            scope.token().map(|token| token.0);
            count
        ])),
        times(&|row| row.event_time.map(|time| time.micros())),
        times(&|row| Some(row.observed_at.micros())),
        ints(&|row| row.sequence),
        Arc::new(BooleanArray::from_iter(
            rows.iter().map(|row| Some(row.partial)),
        )),
    ];
    if whole {
        columns.push(ints(&|row| row.item));
        columns.push(ints(&|row| row.items));
    }
    for (index, column) in table.columns.iter().enumerate() {
        let cells = rows.iter().map(|row| &row.values[index]);
        columns.push(match column.kind {
            Kind::Float => Arc::new(cells.map(Value::as_float).collect::<Float64Array>()),
            Kind::Int => Arc::new(cells.map(Value::as_int).collect::<Int64Array>()),
            Kind::Text => Arc::new(cells.map(Value::as_text).collect::<StringArray>()),
            Kind::Time => Arc::new(
                cells
                    .map(|cell| cell.as_time().map(|time| time.micros()))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        });
    }
    let extra: StringArray = rows.iter().map(|row| row.extra.as_deref()).collect();
    columns.push(Arc::new(extra));
    RecordBatch::try_new(layout::schema(table), columns).map_err(|error| refused(table, &error))
}
