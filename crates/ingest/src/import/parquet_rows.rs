//! Rows of a Parquet file, whatever wrote it.
//!
//! The readers of the format promise an error for a damaged file, not yet that they never panic: so reading runs
//! inside a guard, and a panic becomes an error that names the file.

use std::{
    any::Any,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow_array::{
    RecordBatch,
    cast::AsArray,
    types::{
        Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
        Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
        TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, FieldRef, Schema, TimeUnit};
use highwater_market::Timestamp;
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
    errors::ParquetError,
};

use super::{
    cell::Cell,
    problem::{ImportError, Place, Problems},
    sheet::Visit,
};

pub(crate) struct ParquetSheet {
    builder: ParquetRecordBatchReaderBuilder<File>,
    /// Only so many rows are read.
    pub(crate) limit: Option<usize>,
}

/// The columns of a file, and its rows to be read.
pub(crate) fn open(file: &str, opened: File) -> Result<(Vec<String>, ParquetSheet), ImportError> {
    let builder = guarded(file, || {
        let metadata = metadata(&opened, plain_text).map_err(|error| damaged(file, &error))?;
        Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(
            opened, metadata,
        ))
    })?;
    let fields = builder.schema().fields().iter();
    let columns = fields.map(|field| field.name().clone()).collect();
    let limit = None;
    Ok((columns, ParquetSheet { builder, limit }))
}

/// What the end of a file says of it, with columns to be read as other types than their own where `read_as` says so.
pub(crate) fn metadata(
    opened: &File,
    read_as: impl Fn(usize, &DataType) -> Option<DataType>,
) -> Result<ArrowReaderMetadata, ParquetError> {
    let own = ArrowReaderMetadata::load(opened, ArrowReaderOptions::new())?;
    let schema = own.schema();
    let mut changed = false;
    let fields = schema.fields().iter().enumerate().map(|(at, field)| {
        match read_as(at, field.data_type()) {
            Some(kind) => {
                changed = true;
                Arc::new(field.as_ref().clone().with_data_type(kind))
            }
            None => field.clone(),
        }
    });
    let fields: Vec<FieldRef> = fields.collect();
    if !changed {
        return Ok(own);
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    ArrowReaderMetadata::try_new(
        own.metadata().clone(),
        ArrowReaderOptions::new().with_schema(schema),
    )
}

/// A dictionary of texts is a way to store texts: row by row they are read as such.
fn plain_text(_: usize, kind: &DataType) -> Option<DataType> {
    match kind {
        DataType::Dictionary(_, values) if is_text(values) => Some(DataType::Utf8),
        _ => None,
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

pub(crate) fn damaged(file: &str, reason: &dyn ToString) -> ImportError {
    ImportError::Damaged {
        file: file.to_owned(),
        reason: reason.to_string(),
    }
}

pub(crate) fn guarded<T>(
    file: &str,
    read: impl FnOnce() -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
        Err(damaged(
            file,
            &format!("the file is damaged ({})", panic_text(payload.as_ref())),
        ))
    })
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no more is known")
}

impl ParquetSheet {
    /// Whether the type of a column is text, whatever stands in it.
    pub(crate) fn is_text(&self, position: usize) -> bool {
        is_text(self.builder.schema().field(position).data_type())
    }

    pub(crate) fn read(
        self,
        file: &str,
        wanted: &[usize],
        problems: &mut Problems,
        visit: &mut Visit<'_>,
    ) -> Result<u64, ImportError> {
        let schema = self.builder.schema().clone();
        for &position in wanted {
            let field = schema.field(position);
            if !is_readable(field.data_type()) {
                return Err(ImportError::ColumnType {
                    file: file.to_owned(),
                    column: field.name().clone(),
                    kind: field.data_type().to_string(),
                });
            }
        }
        // A projection keeps the order of the file: `order[i]` is where wanted column i stands in it.
        let mut kept = wanted.to_vec();
        kept.sort_unstable();
        kept.dedup();
        let order: Vec<usize> = wanted
            .iter()
            .filter_map(|position| kept.binary_search(position).ok())
            .collect();
        guarded(file, || {
            let mask = ProjectionMask::roots(self.builder.parquet_schema(), kept.iter().copied());
            let mut builder = self.builder.with_projection(mask);
            if let Some(limit) = self.limit {
                builder = builder.with_limit(limit);
            }
            let reader = builder.build().map_err(|error| damaged(file, &error))?;
            let mut row = 0;
            for batch in reader {
                let batch = batch.map_err(|error| damaged(file, &error))?;
                for index in 0..batch.num_rows() {
                    row += 1;
                    let cells: Vec<Cell<'_>> =
                        order.iter().map(|&at| cell(&batch, at, index)).collect();
                    visit(Place { row, line: None }, &cells, problems);
                }
            }
            Ok(row)
        })
    }
}

fn is_readable(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Null
            | DataType::Float32
            | DataType::Float64
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Date32
            | DataType::Date64
            | DataType::Timestamp(..)
    ) || is_text(kind)
}

/// The cell at `row` of column `at`. Types that [`is_readable`] refuses do not come here.
fn cell(batch: &RecordBatch, at: usize, row: usize) -> Cell<'_> {
    let column = batch.column(at).as_ref();
    if column.is_null(row) {
        return Cell::Missing;
    }
    let micros = |count: i64, per_unit: i64| {
        Cell::Time(Timestamp::from_micros(count.saturating_mul(per_unit)))
    };
    match column.data_type() {
        DataType::Float64 => Cell::Number(column.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => {
            Cell::Number(f64::from(column.as_primitive::<Float32Type>().value(row)))
        }
        DataType::Int64 => Cell::Whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => Cell::Whole(i64::from(column.as_primitive::<Int32Type>().value(row))),
        DataType::Int16 => Cell::Whole(i64::from(column.as_primitive::<Int16Type>().value(row))),
        DataType::Int8 => Cell::Whole(i64::from(column.as_primitive::<Int8Type>().value(row))),
        DataType::UInt64 => {
            let number = column.as_primitive::<UInt64Type>().value(row);
            i64::try_from(number).map_or(Cell::Number(number as f64), Cell::Whole)
        }
        DataType::UInt32 => Cell::Whole(i64::from(column.as_primitive::<UInt32Type>().value(row))),
        DataType::UInt16 => Cell::Whole(i64::from(column.as_primitive::<UInt16Type>().value(row))),
        DataType::UInt8 => Cell::Whole(i64::from(column.as_primitive::<UInt8Type>().value(row))),
        DataType::Date32 => micros(
            i64::from(column.as_primitive::<Date32Type>().value(row)),
            86_400_000_000,
        ),
        DataType::Date64 => micros(column.as_primitive::<Date64Type>().value(row), 1_000),
        DataType::Timestamp(TimeUnit::Second, _) => micros(
            column.as_primitive::<TimestampSecondType>().value(row),
            1_000_000,
        ),
        DataType::Timestamp(TimeUnit::Millisecond, _) => micros(
            column.as_primitive::<TimestampMillisecondType>().value(row),
            1_000,
        ),
        DataType::Timestamp(TimeUnit::Microsecond, _) => micros(
            column.as_primitive::<TimestampMicrosecondType>().value(row),
            1,
        ),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let nanos = column.as_primitive::<TimestampNanosecondType>().value(row);
            Cell::Time(Timestamp::from_micros(nanos.div_euclid(1_000)))
        }
        DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Cell::Text(column.as_string::<i64>().value(row)),
        DataType::Utf8View => Cell::Text(column.as_string_view().value(row)),
        _ => Cell::Missing,
    }
}
