//! Signals, levels and bars to trades and equity.
//!
//! A [`Plan`] says when to enter and exit, how much, at what cost. [`run`] replays it over [`Asset`]s and gives an
//! [`Outcome`]: trades, equity, what each rule kept out, and what doubtful bars would have changed. Nothing here reads
//! a file, a clock or a network: same input, same bytes out. [`Replayer`] is for many plans over the same bars, and for
//! replays of which the trades alone, or their totals, are wanted. What a replay does is written line by line in
//! `SEMANTICS.md`, each line with the test that holds it.

mod account;
mod asset;
mod atr;
mod benchmark;
mod books;
mod costs;
mod count;
mod doubt;
mod doubtful_range;
mod draw;
mod engine;
mod entry;
mod entry_bar;
mod equity;
mod event;
mod excursion;
mod exits;
mod facts;
mod first_touch;
mod gate;
mod group;
mod holding;
mod manifest;
pub mod oracle;
mod order;
mod outcome;
mod places;
pub mod plan;
mod position;
pub mod prove;
pub mod publication;
mod rebalance;
mod replayer;
mod search;
mod sheet;
pub mod signals;
mod size;
mod standing;
mod summary;
mod trade;
mod universe;
mod working;

pub use crate::{
    account::{AccountNow, OpenPosition, account},
    asset::{Asset, ReplayError},
    benchmark::Benchmark,
    count::{Counts, GateCount, LockedOut, LockingRule},
    doubtful_range::{DoubtfulRange, Quantiles, RangeDraw, doubtful_range},
    equity::EquityPoint,
    excursion::Excursion,
    facts::{FactBook, Facts, NoFacts},
    first_touch::FirstTouch,
    group::{Group, Groups},
    holding::{Holding, holdings},
    manifest::{Evidence, Manifest, SignalFilePin},
    order::{Order, OrderSide, orders},
    outcome::{Curves, Ending, Outcome, Scenario, Scenarios, TradesOnly},
    plan::{Plan, PlanError},
    position::StopBy,
    replayer::{Replayer, run, run_seeded},
    search::Search,
    sheet::{BenchmarkSheet, MIN_DAYS, MetricSheet, convention_of_runs},
    standing::{OrderKind, Standing, StandingOrder, standing},
    summary::Summary,
    trade::{ExitReason, Trade},
};
