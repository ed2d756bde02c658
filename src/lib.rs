//! highwater: a local quant analytics engine for crypto research.
//!
//! This package is the `highwater` command, and a facade over the crates that it is made of. Data flows one way:
//!
//! ```text
//! API or file -> answers -> lake -> what was known at t -> bars, levels, signals -> returns -> folds -> results -> report
//! ```
//!
//! - [`market`]: the vocabulary that all crates share
//! - [`metrics`]: returns to numbers; stands alone, and is the one to depend on for metrics only
//! - [`levels`]: bars to support and resistance, causally
//! - [`backtest`]: plan, signals, levels and bars to trades and equity
//! - [`lake`]: observations in Parquet, read as known at a moment
//! - [`api`], [`ingest`], [`serve`], [`simulate`]: the vendor's API as data, as a client, as a server, as a simulation
//! - [`report`]: results to one self-contained HTML page
//! - [`research`]: state that outlives a process: paper accounts and their journals

pub use highwater_api as api;
pub use highwater_backtest as backtest;
pub use highwater_ingest as ingest;
pub use highwater_lake as lake;
pub use highwater_levels as levels;
pub use highwater_market as market;
pub use highwater_metrics as metrics;
pub use highwater_report as report;
pub use highwater_research as research;
pub use highwater_serve as serve;
pub use highwater_simulate as simulate;
