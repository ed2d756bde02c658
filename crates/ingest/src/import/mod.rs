//! A user's own files: bars, returns and signals from CSV or Parquet, strictly read.

mod bars;
mod cell;
mod columns;
mod csv_rows;
mod form;
mod grid;
mod long_columns;
mod long_rows;
mod parquet_rows;
mod problem;
mod returns;
mod sheet;
mod signals;
mod store;

pub use self::{
    bars::{Import, ImportOptions, InvalidBars, import_bars},
    columns::ColumnNames,
    problem::{Fault, ImportError, Place, Problem},
    returns::{ReturnSeries, read_returns, read_returns_with},
    signals::{SignalFile, read_signals, sha256},
    store::{ImportTarget, Imported, import_into, import_returns_into},
};
