//! How data come into the lake: from the vendor's API, and from a user's own files.
//!
//! [`snapshot()`] asks a server for what a [`SnapshotPlan`] wants and the lake does not hold yet, and gives a
//! [`Balance`]: every question is answered or listed as missing, every row stored or counted with a reason. The
//! [`Client`] sends the [`Key`] to one host only, keeps the vendor's pace, and asks again as [`RetryPolicy`] says.
//! [`import_into`] stores bars from a CSV or Parquet file, all of them or none.
//!
//! All waiting goes through a [`Clock`], so that tests wait for nothing.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use highwater_ingest::{
//!     Client, ClientOptions, Key, Selection, Silent, SnapshotPlan, SystemClock, snapshot,
//! };
//! use highwater_lake::Lake;
//! use highwater_market::Period;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let options = ClientOptions { key: Key::from_env()?, ..ClientOptions::default() };
//! let client = Arc::new(Client::new(options, Arc::new(SystemClock::new()))?);
//! let lake = Lake::create("lake")?;
//! let plan = SnapshotPlan {
//!     tokens: Selection::Symbols(vec!["#3375".to_owned(), "ETH".to_owned()]),
//!     ..SnapshotPlan::new(Period::new("2024-01-01".parse()?, "2025-12-31".parse()?)?)
//! };
//! let balance = snapshot(&client, &lake, &plan, &Silent).await?;
//! assert!(balance.complete(), "{:?}", balance.missing);
//! # Ok(())
//! # }
//! ```
//!
//! A file is read as strictly:
//! ```
//! use highwater_ingest::{ImportOptions, import_bars};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("bars.csv");
//! std::fs::write(&path, "date,open,high,low,close\n2025-04-10,1,2,0.5,1.5\n2025-04-11,1,0.5,2,1\n")?;
//! let refused = import_bars(&path, &ImportOptions::default()).unwrap_err();
//! assert!(refused.to_string().contains("row 2 (line 3): the high is below the low: open 1, high 0.5"));
//! # Ok(())
//! # }
//! ```

mod client;
mod clock;
mod error;
mod import;
mod key;
mod pace;
mod progress;
mod retry;
mod snapshot;

pub use crate::{
    client::{Client, ClientOptions, KEY_HEADER, SIMULATED_HEADER, VENDOR_URL},
    clock::{Clock, SetClock, SimulatedClock, Sleep, SystemClock},
    error::IngestError,
    import::{
        ColumnNames, Fault, Import, ImportError, ImportOptions, ImportTarget, Imported,
        InvalidBars, Place, Problem, ReturnSeries, SignalFile, import_bars, import_into,
        import_returns_into, read_returns, read_returns_with, read_signals, sha256,
    },
    key::{KEY_VARIABLE, Key, KeyError},
    progress::{Event, Progress, Silent},
    retry::{Action, Attempt, Failure, GiveUp, RetryPolicy, retry_after},
    snapshot::{
        Balance, Gap, GapPlace, Missing, Questions, RejectedRows, Rows, Selection, SnapshotPlan,
        snapshot,
    },
};

/// So many generated cases, times `HIGHWATER_CASES`.
#[cfg(test)]
fn cases(few: u32) -> proptest::test_runner::Config {
    let times = std::env::var("HIGHWATER_CASES").ok();
    let times: u32 = times.and_then(|times| times.parse().ok()).unwrap_or(1);
    proptest::test_runner::Config::with_cases(few.saturating_mul(times))
}
