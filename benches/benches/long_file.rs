//! What does a table of metrics from a long file cost, and how much of that is decoding?
//!
//! 5,000 series of 2,520 daily returns below each other, 12.6 million rows in row groups of a million: a time, a name, a
//! return, zstd. `decode` reads the three columns as Arrow arrays and drops them, row group after row group, on one
//! thread; `read_returns` makes series of them, row groups in parallel; `summaries` measures those.
//!
//! `cargo bench -p highwater-benches --bench long_file --features ingest`

use std::{fs::File, path::Path, sync::Arc};

use arrow_array::{
    DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use highwater_benches::panel;
use highwater_ingest::read_returns;
use highwater_metrics::{Convention, PeriodsPerYear, summaries};
use parquet::{
    arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

const SERIES: usize = 5_000;
const ROWS: usize = 2_520;
const DAY: i64 = 86_400_000_000;

fn write(path: &Path, returns: &[f64]) {
    let names = StringArray::from_iter_values((0..SERIES).map(|series| format!("S{series:04}")));
    let keys = Int32Array::from_iter_values((0..returns.len()).map(|row| (row / ROWS) as i32));
    let times = (0..returns.len()).map(|row| (row % ROWS) as i64 * DAY);
    let batch = RecordBatch::try_from_iter([
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from_iter_values(times)) as _,
        ),
        (
            "name",
            Arc::new(DictionaryArray::new(keys, Arc::new(names))) as _,
        ),
        ("value", Arc::new(Float64Array::from(returns.to_vec())) as _),
    ])
    .expect("columns of one length");
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(1_000_000))
        .build();
    let file = File::create(path).expect("a writable folder");
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

fn decode(path: &Path) -> usize {
    let file = File::open(path).expect("the file");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    let reader = builder.with_batch_size(1 << 15).build().expect("a reader");
    reader.map(|batch| batch.expect("rows").num_rows()).sum()
}

fn long_file(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("long.parquet");
    let returns = panel(SERIES, ROWS);
    write(&path, &returns);
    let (convention, per_year) = (
        Convention::crypto(),
        PeriodsPerYear::new(365.0).expect("positive"),
    );
    let measured = || {
        let series = read_returns(&path).expect("a sound file");
        let values: Vec<&[f64]> = series.iter().map(|one| &one.values[..]).collect();
        summaries(&values, &convention, per_year)
    };
    let rows: Vec<&[f64]> = returns.chunks(ROWS).collect();
    assert_eq!(measured(), summaries(&rows, &convention, per_year));
    assert_eq!(decode(&path), returns.len());

    let mut group = c.benchmark_group("long_file/5000x2520");
    group.sample_size(10);
    group.throughput(Throughput::Elements(returns.len() as u64));
    group.bench_function("decode", |b| b.iter(|| decode(&path)));
    group.bench_function("read_returns", |b| {
        b.iter(|| read_returns(&path).expect("a sound file").len())
    });
    group.bench_function("read_and_summaries", |b| b.iter(measured));
    group.bench_function("summaries", |b| {
        b.iter(|| summaries(&rows, &convention, per_year))
    });
    group.finish();
}

criterion_group!(benches, long_file);
criterion_main!(benches);
