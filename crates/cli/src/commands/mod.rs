//! One module a command.

pub(crate) mod backtest;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod import;
pub(crate) mod lake;
pub(crate) mod levels;
pub(crate) mod metrics;
pub(crate) mod paper;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod snapshot;
