//! How data come into the lake: from the vendor's API, and from a user's own files.

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
        InvalidBars, Place, Problem, ReturnsFile, import_bars, import_into, import_returns_into,
        read_returns, read_returns_with,
    },
    key::{KEY_VARIABLE, Key, KeyError},
    progress::{Event, Progress, Silent},
    retry::{Action, Attempt, Failure, GiveUp, RetryPolicy, retry_after},
    snapshot::{
        Balance, Gap, Missing, Questions, RejectedRows, Rows, Selection, SnapshotPlan, snapshot,
    },
};

/// So many generated cases, times `HIGHWATER_CASES`.
#[cfg(test)]
fn cases(few: u32) -> proptest::test_runner::Config {
    let times = std::env::var("HIGHWATER_CASES").ok();
    let times: u32 = times.and_then(|times| times.parse().ok()).unwrap_or(1);
    proptest::test_runner::Config::with_cases(few.saturating_mul(times))
}
