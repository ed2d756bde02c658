//! How data come into the lake: from the vendor's API, and from a user's own files.

mod clock;
mod import;
mod key;
mod pace;
mod retry;

pub use crate::{
    clock::{Clock, SetClock, SimulatedClock, Sleep, SystemClock},
    import::{
        ColumnNames, Fault, Import, ImportError, ImportOptions, InvalidBars, Place, Problem,
        ReturnsFile, import_bars, read_returns, read_returns_with,
    },
    key::{KEY_VARIABLE, Key, KeyError},
    retry::{Action, Attempt, Failure, GiveUp, RetryPolicy, retry_after},
};

/// So many generated cases, times `HIGHWATER_CASES`.
#[cfg(test)]
fn cases(few: u32) -> proptest::test_runner::Config {
    let times = std::env::var("HIGHWATER_CASES").ok();
    let times: u32 = times.and_then(|times| times.parse().ok()).unwrap_or(1);
    proptest::test_runner::Config::with_cases(few.saturating_mul(times))
}
