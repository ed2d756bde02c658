//! Signals, levels and bars to trades and equity.
//!
//! A [`Plan`] says when to enter and exit, how much, at what cost. [`run`] replays it over [`Asset`]s and gives an
//! [`Outcome`]: trades, equity, what each rule kept out, and what doubtful bars would have changed. Nothing here reads
//! a file, a clock or a network: same input, same bytes out. What a replay does is written line by line in
//! `SEMANTICS.md`, each line with the test that holds it.

mod asset;
mod atr;
mod costs;
mod count;
mod doubt;
mod engine;
mod entry;
mod equity;
mod event;
mod exits;
mod facts;
mod first_touch;
mod gate;
mod manifest;
pub mod oracle;
pub mod plan;
mod position;
pub mod prove;
mod run;
mod size;
mod summary;
mod trade;
mod universe;
mod working;

pub use crate::{
    asset::{Asset, ReplayError},
    count::{Counts, GateCount},
    equity::EquityPoint,
    facts::{FactBook, Facts, NoFacts},
    first_touch::FirstTouch,
    manifest::{Evidence, Manifest},
    plan::{Plan, PlanError},
    position::StopBy,
    run::{Outcome, Scenario, Scenarios, run},
    summary::{MetricSheet, Summary},
    trade::{ExitReason, Trade},
};
