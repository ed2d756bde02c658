//! The store: observations in Parquet, read as known at a moment.
//!
//! A lake is a folder. Its content is the union of its files, which are immutable and named by the hash of their
//! content; there is no log and no table format, so that DuckDB, Polars, pandas and Spark open it with a glob:
//! ```text
//! <lake>/<table>/<hash>.parquet
//! <lake>/coverage/<hash>.parquet      what was asked and answered
//! <lake>/LOCK                         held by the one writer
//! ```
//! What happens to answers is said in [`Writer::store`]; what a reader sees, in [`Reader`] and `market`'s laws of
//! *known at*. A file is hashed whole when a process first opens it, and held against its name: a damaged file is an
//! error that names it, never other content.
//!
//! ```
//! use highwater_lake::Lake;
//! use highwater_market::{
//!     Answer, AsOf, Clock, Row, Scope, Source, Timeframe, Timestamp, TokenId, Value, tables,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dir = tempfile::tempdir()?;
//! let lake = Lake::create(dir.path().join("lake"))?;
//!
//! let observed_at: Timestamp = "2025-04-12T00:05:00Z".parse()?;
//! let bar = |day: &str, close: f64| Row {
//!     event_time: day.parse().unwrap(),
//!     values: [1.0, 4.0, 0.5, close, 9.0].map(Value::Float).to_vec(),
//!     extra: None,
//! };
//! let token = Row {
//!     event_time: observed_at,
//!     values: vec![
//!         Value::Text("BTC".into()),
//!         Value::Text("Bitcoin".into()),
//!         Value::Null,
//!         Value::Null,
//!     ],
//!     extra: None,
//! };
//! let answer = |table, rows| Answer {
//!     table,
//!     source: Source::import(),
//!     scope: Scope::Token(TokenId(1)),
//!     asked: None,
//!     observed_at,
//!     whole: true,
//!     rows,
//! };
//! let days = vec![bar("2025-04-10", 2.0), bar("2025-04-11", 3.0), bar("2025-04-12", 3.5)];
//! let stored = lake.writer()?.store(&[
//!     answer(&tables::TOKENS, vec![token]),
//!     answer(tables::bars(Timeframe::D1), days),
//! ])?;
//! assert_eq!((stored.new, stored.partial), (3, 1), "the last day was not over");
//!
//! let reader = lake.reader(AsOf { moment: observed_at, clock: Clock::Observed })?;
//! let btc = reader.resolve("BTC", &[])?;
//! let judged = reader.bars(&btc, Timeframe::D1, None)?;
//! assert_eq!(judged.bars.close(), [2.0, 3.0]);
//! # Ok(())
//! # }
//! ```

mod claims;
mod compact;
mod decode;
mod encode;
mod error;
#[cfg(test)]
#[allow(
    clippy::print_stdout,
    reason = "tests print how many steps they covered"
)]
mod faults;
mod folder;
mod fs;
mod history;
mod index;
mod inspect;
mod layout;
mod observation;
mod reader;
mod sql;
mod symbols;
mod view;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use highwater_market::AsOf;

pub use crate::{
    compact::Compacted,
    error::LakeError,
    inspect::{Contents, Fault, Problem, Revisions, SaidRow},
    reader::{BarVersions, Coverage, LevelAnswer, MoonshotAnswer, ReadRow, Reader},
    writer::{Stored, Writer},
};

/// A folder of observations. Cheap to clone; what was learned of its files is shared.
#[derive(Clone, Debug)]
pub struct Lake {
    folder: Arc<folder::Folder>,
}

impl Lake {
    /// The lake in a folder.
    ///
    /// # Errors
    /// [`LakeError::NotALake`] if there is none, [`LakeError::Io`] if the folder cannot be read.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, LakeError> {
        Self::open_on(Arc::new(fs::RealFs), dir.as_ref())
    }

    /// The lake in a folder, made if the folder is missing or empty.
    ///
    /// # Errors
    /// [`LakeError::NotEmpty`] if the folder holds something else, [`LakeError::Io`] if it cannot be made.
    pub fn create(dir: impl AsRef<Path>) -> Result<Self, LakeError> {
        Self::create_on(Arc::new(fs::RealFs), dir.as_ref())
    }

    pub(crate) fn open_on(fs: Arc<dyn fs::Fs>, dir: &Path) -> Result<Self, LakeError> {
        let folder = folder::Folder::open(fs, dir)?;
        Ok(Self {
            folder: Arc::new(folder),
        })
    }

    pub(crate) fn create_on(fs: Arc<dyn fs::Fs>, dir: &Path) -> Result<Self, LakeError> {
        let folder = folder::Folder::create(fs, dir)?;
        Ok(Self {
            folder: Arc::new(folder),
        })
    }

    /// The folder, as it was named.
    pub fn path(&self) -> &Path {
        &self.folder.path
    }

    /// The file whose lock the writer holds.
    pub fn lock_path(&self) -> PathBuf {
        self.folder.path.join(folder::LOCK)
    }

    /// Become the one writer, until the [`Writer`] is dropped or the process ends.
    ///
    /// # Errors
    /// [`LakeError::Locked`] if another holds the lock, [`LakeError::Damaged`] or [`LakeError::Foreign`] if a file
    /// cannot be read: a writer must know the whole lake.
    pub fn writer(&self) -> Result<Writer, LakeError> {
        Writer::open(Arc::clone(&self.folder))
    }

    /// The lake as known at a moment, under a clock.
    ///
    /// # Errors
    /// [`LakeError::NotALake`] if the folder is gone.
    pub fn reader(&self, as_of: AsOf) -> Result<Reader, LakeError> {
        self.folder.must_be_a_lake()?;
        Ok(Reader::new(Arc::clone(&self.folder), as_of))
    }
}
