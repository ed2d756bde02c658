//! A long Parquet file, column by column: what makes reading many series as fast as decoding them.
//!
//! Row groups are read in parallel, and merged in their order. Names are asked for as a dictionary, so that a row's name
//! is a number and a text is looked at once for each name: rows are taken as runs of one key, a run of a thousand
//! rows as fast as one row. Times that agree with those of another series are compared and not kept. Only a file without
//! any fault is read here: whatever looks wrong, or is of a rare type, is left to the reading row by row, which names
//! each problem with its place.

use std::{collections::HashMap, fs::File, path::Path, sync::Arc};

use arrow_array::{
    Array, ArrayRef, PrimitiveArray, StringArray,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, Date32Type, Date64Type, Float32Type, Float64Type, Int32Type, Int64Type,
        TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
        TimestampSecondType,
    },
};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder},
};
use rayon::prelude::*;

use super::{
    cell::whole_time,
    form::Long,
    long_rows::named,
    parquet_rows::{damaged, guarded, metadata},
    problem::ImportError,
    returns::ReturnSeries,
};

/// Rows that are decoded at once: their columns stay in the cache until they are copied.
const BATCH: usize = 1 << 15;

/// The series of a file without faults, in the order in which they first appear; `None` if it may have some.
pub(super) fn read(
    path: &Path,
    file: &str,
    long: Long,
) -> Result<Option<Vec<ReturnSeries>>, ImportError> {
    let metadata = guarded(file, || {
        let read_as = |at, _: &DataType| {
            let keys = || Box::new(DataType::Int32);
            (at == long.name).then(|| DataType::Dictionary(keys(), Box::new(DataType::Utf8)))
        };
        Ok(metadata(&open(path)?, read_as).ok())
    })?;
    let Some(metadata) = metadata else {
        return Ok(None);
    };
    let groups: Vec<Option<Vec<ReturnSeries>>> = (0..metadata.metadata().num_row_groups())
        .into_par_iter()
        .map(|group| guarded(file, || row_group(path, file, long, &metadata, group)))
        .collect::<Result<_, _>>()?;
    let groups: Option<Vec<Vec<ReturnSeries>>> = groups.into_iter().collect();
    Ok(groups.and_then(merged).filter(|series| !series.is_empty()))
}

fn open(path: &Path) -> Result<File, ImportError> {
    File::open(path).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The stretches of series that a row group holds.
fn row_group(
    path: &Path,
    file: &str,
    long: Long,
    metadata: &ArrowReaderMetadata,
    group: usize,
) -> Result<Option<Vec<ReturnSeries>>, ImportError> {
    let columns = [long.time, long.name, long.value];
    // A projection keeps the order of the file.
    let place = |column| columns.iter().filter(|&&other| other < column).count();
    // A file handle of its own: two that are one share their position.
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(open(path)?, metadata.clone());
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
    let reader = builder
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(BATCH)
        .build()
        .map_err(|error| damaged(file, &error))?;
    let mut stretches = Stretches::default();
    let (mut times, mut values) = (Vec::new(), Vec::new());
    for batch in reader {
        let batch = batch.map_err(|error| damaged(file, &error))?;
        let [time, name, value] = columns.map(|column| batch.column(place(column)));
        let (Some(times), Some(values)) = (micros(time, &mut times), numbers(value, &mut values))
        else {
            return Ok(None);
        };
        if stretches.push(times, name, values).is_none() {
            return Ok(None);
        }
    }
    Ok(Some(stretches.finish()))
}

/// Times in microseconds; `None` if one is missing or no time, or their type is a rare one.
fn micros<'a>(array: &'a ArrayRef, scratch: &'a mut Vec<i64>) -> Option<&'a [i64]> {
    if array.null_count() > 0 {
        return None;
    }
    fn each<'a, T: ArrowPrimitiveType>(
        array: &ArrayRef,
        scratch: &'a mut Vec<i64>,
        micros: impl Fn(T::Native) -> i64,
    ) -> Option<&'a [i64]> {
        let values = array.as_primitive::<T>().values().iter();
        scratch.clear();
        scratch.extend(values.map(|&value| micros(value)));
        Some(scratch)
    }
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Some(array.as_primitive::<TimestampMicrosecondType>().values())
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            each::<TimestampNanosecondType>(array, scratch, |nanos| nanos.div_euclid(1_000))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            each::<TimestampMillisecondType>(array, scratch, |millis| millis.saturating_mul(1_000))
        }
        DataType::Timestamp(TimeUnit::Second, _) => {
            each::<TimestampSecondType>(array, scratch, |seconds| seconds.saturating_mul(1_000_000))
        }
        DataType::Date32 => {
            each::<Date32Type>(array, scratch, |days| i64::from(days) * 86_400_000_000)
        }
        DataType::Date64 => {
            each::<Date64Type>(array, scratch, |millis| millis.saturating_mul(1_000))
        }
        DataType::Int64 => {
            let counts = array.as_primitive::<Int64Type>().values().iter();
            scratch.clear();
            for &count in counts {
                scratch.push(whole_time(count)?.micros());
            }
            Some(scratch)
        }
        _ => None,
    }
}

/// Numbers, NaN where one is missing; `None` if one is infinite, or their type is a rare one.
fn numbers<'a>(array: &'a ArrayRef, scratch: &'a mut Vec<f64>) -> Option<&'a [f64]> {
    fn each<T: ArrowPrimitiveType<Native: Into<f64>>>(
        array: &PrimitiveArray<T>,
        scratch: &mut Vec<f64>,
    ) {
        scratch.clear();
        if array.null_count() == 0 {
            scratch.extend(array.values().iter().map(|&value| value.into()));
        } else {
            scratch.extend(array.iter().map(|value| value.map_or(f64::NAN, Into::into)));
        }
    }
    let values: &[f64] = match array.data_type() {
        DataType::Float64 if array.null_count() == 0 => {
            array.as_primitive::<Float64Type>().values()
        }
        DataType::Float64 => {
            each(array.as_primitive::<Float64Type>(), scratch);
            scratch
        }
        DataType::Float32 => {
            each(array.as_primitive::<Float32Type>(), scratch);
            scratch
        }
        DataType::Int32 => {
            each(array.as_primitive::<Int32Type>(), scratch);
            scratch
        }
        _ => return None,
    };
    // All of them are looked at: a loop without an early end runs over vectors.
    let infinite = values
        .iter()
        .fold(false, |found, value| found | value.is_infinite());
    (!infinite).then_some(values)
}

/// The times of a stretch.
enum Times {
    /// The first so many times of another stretch.
    Like(usize, usize),
    Own(Vec<i64>),
}

/// The series of a row group, as far as they are read.
#[derive(Default)]
struct Stretches {
    names: Vec<String>,
    times: Vec<Times>,
    values: Vec<Vec<f64>>,
    known: HashMap<String, usize>,
    /// The dictionary of the last batch, and which stretch each of its keys is.
    dictionary: Option<ArrayRef>,
    of_key: Vec<Option<usize>>,
    /// The last stretch with times of its own: others mostly agree with it.
    latest: usize,
}

impl Stretches {
    /// Rows of the file, in order; `None` if they are at fault.
    fn push(&mut self, times: &[i64], names: &ArrayRef, values: &[f64]) -> Option<()> {
        let names = names.as_dictionary_opt::<Int32Type>()?;
        if names.null_count() > 0 {
            return None;
        }
        let dictionary = names.values();
        if !self
            .dictionary
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, dictionary))
        {
            self.dictionary = Some(dictionary.clone());
            self.of_key.clear();
            self.of_key.resize(dictionary.len(), None);
        }
        let texts = dictionary.as_string_opt::<i32>()?;
        let mut row = 0;
        for run in names.keys().values().chunk_by(|one, next| one == next) {
            let at = self.stretch(*run.first()? as usize, texts)?;
            let rows = row..row + run.len();
            row = rows.end;
            self.extend(at, times.get(rows.clone())?)?;
            self.values[at].extend_from_slice(values.get(rows)?);
        }
        Some(())
    }

    /// The stretch of a key, begun if it is new.
    fn stretch(&mut self, key: usize, texts: &StringArray) -> Option<usize> {
        if let Some(at) = *self.of_key.get(key)? {
            return Some(at);
        }
        if texts.is_null(key) {
            return None;
        }
        let name = named(texts.value(key))?;
        let at = self.known.get(name).copied().unwrap_or_else(|| {
            let at = self.names.len();
            self.known.insert(name.to_owned(), at);
            self.names.push(name.to_owned());
            self.values.push(Vec::new());
            self.times.push(match self.times.is_empty() {
                true => Times::Own(Vec::new()),
                false => Times::Like(self.latest, 0),
            });
            at
        });
        self.of_key[key] = Some(at);
        Some(at)
    }

    /// More times of a stretch; `None` if they do not ascend.
    fn extend(&mut self, at: usize, more: &[i64]) -> Option<()> {
        if let Times::Like(other, length) = self.times[at] {
            let Times::Own(model) = &self.times[other] else {
                return None;
            };
            if model.get(length..length + more.len()) == Some(more) {
                self.times[at] = Times::Like(other, length + more.len());
                return Some(());
            }
            self.times[at] = Times::Own(model[..length].to_vec());
            self.latest = at;
        }
        let Times::Own(own) = &mut self.times[at] else {
            return None;
        };
        let follows = own
            .last()
            .zip(more.first())
            .is_none_or(|(one, next)| one < next);
        let ascends = more.windows(2).all(|pair| pair[0] < pair[1]);
        own.extend_from_slice(more);
        (follows && ascends).then_some(())
    }

    fn finish(self) -> Vec<ReturnSeries> {
        let own: Vec<Option<Arc<[i64]>>> = self
            .times
            .iter()
            .map(|times| match times {
                Times::Own(own) => Some(Arc::from(&own[..])),
                Times::Like(..) => None,
            })
            .collect();
        let of = |at: usize, length: usize| -> Arc<[i64]> {
            match &own[at] {
                Some(times) if times.len() == length => times.clone(),
                Some(times) => Arc::from(&times[..length]),
                None => Arc::from([]),
            }
        };
        self.names
            .into_iter()
            .zip(self.values)
            .enumerate()
            .map(|(at, (name, values))| {
                let model = match self.times[at] {
                    Times::Like(other, _) => other,
                    Times::Own(_) => at,
                };
                ReturnSeries {
                    name,
                    times: of(model, values.len()),
                    values,
                }
            })
            .collect()
    }
}

/// The stretches of all row groups, those of one series joined; `None` if one begins before the last one ended.
fn merged(mut groups: Vec<Vec<ReturnSeries>>) -> Option<Vec<ReturnSeries>> {
    if groups.len() == 1 {
        return groups.pop();
    }
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut series: Vec<Vec<ReturnSeries>> = Vec::new();
    for stretch in groups.into_iter().flatten() {
        match known.get(&stretch.name) {
            Some(&at) => series[at].push(stretch),
            None => {
                known.insert(stretch.name.clone(), series.len());
                series.push(vec![stretch]);
            }
        }
    }
    // Series that have their times in common share them: those of a row group do already.
    let mut whole: Vec<Arc<[i64]>> = Vec::with_capacity(series.len());
    let mut before: Vec<Arc<[i64]>> = Vec::new();
    for stretches in &series {
        let parts: Vec<Arc<[i64]>> = stretches.iter().map(|one| one.times.clone()).collect();
        let same = parts.len() == before.len()
            && parts
                .iter()
                .zip(&before)
                .all(|(one, other)| Arc::ptr_eq(one, other));
        let times = match whole.last() {
            Some(last) if same => last.clone(),
            last => {
                let times = joined(&parts)?;
                last.filter(|last| **last == times)
                    .cloned()
                    .unwrap_or(times)
            }
        };
        whole.push(times);
        before = parts;
    }
    let joined = series.into_par_iter().zip(whole).map(|(stretches, times)| {
        let mut stretches = stretches.into_iter();
        let mut whole = stretches.next()?;
        whole.values.reserve_exact(times.len() - whole.values.len());
        for stretch in stretches {
            whole.values.extend_from_slice(&stretch.values);
        }
        Some(ReturnSeries { times, ..whole })
    });
    joined.collect()
}

/// Times of stretches, one after the other; `None` if they do not ascend.
fn joined(parts: &[Arc<[i64]>]) -> Option<Arc<[i64]>> {
    if let [only] = parts {
        return Some(only.clone());
    }
    let ascends = parts.windows(2).all(|pair| {
        pair[0]
            .last()
            .zip(pair[1].first())
            .is_none_or(|(one, next)| one < next)
    });
    ascends.then(|| parts.iter().flat_map(|part| part.iter().copied()).collect())
}
