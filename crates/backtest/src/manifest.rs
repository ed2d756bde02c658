//! What a result rests on: enough to reproduce every byte of it.
//!
//! No wall clock and no path stands here, so that the same run gives the same manifest anywhere.

use std::collections::BTreeMap;

use highwater_market::{Clock, Source, Timeframe, Timestamp};
use highwater_metrics::Convention;
use serde::Serialize;

use crate::{Counts, Outcome, Plan};

/// What a result rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// The program's name.
    pub program: &'static str,
    /// The version of this crate, which is the program's.
    pub version: &'static str,
    /// The machine kind for which it was built: floats agree to the last bit on one kind.
    pub target: String,
    /// The plan's name.
    pub plan: String,
    /// Hash of the plan, see [`Plan::hash`].
    pub plan_hash: String,
    /// The plan itself, in TOML.
    pub plan_text: String,
    /// Hash of the rows that were read.
    pub view_hash: String,
    /// Rows known later than this did not exist for the run; `None`: everything in the lake.
    pub moment: Option<Timestamp>,
    /// How "known" was dated.
    pub clock: Clock,
    /// Per table, after how long a dated row counts as published.
    pub lags: BTreeMap<String, Timeframe>,
    /// Who said what was read.
    pub sources: Vec<Source>,
    /// Seed, if the data were simulated.
    pub simulated_seed: Option<u64>,
    /// Seed of the replay itself: it draws no random number.
    pub seed: Option<u64>,
    /// Rows that were no bars, per reason.
    pub rows_left_out: BTreeMap<String, usize>,
    /// What became of every signal row.
    pub counts: Counts,
    /// How returns become metrics.
    pub convention: Convention,
}

/// The part of a manifest that only the reader of the plan and the data can tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The plan in TOML, as it was given.
    pub plan_text: String,
    /// Hash of the rows that were read.
    pub view_hash: String,
    /// Rows known later than this did not exist for the run; `None`: everything in the lake.
    pub moment: Option<Timestamp>,
    /// Per table, after how long a dated row counts as published.
    pub lags: BTreeMap<String, Timeframe>,
    /// Who said what was read.
    pub sources: Vec<Source>,
    /// Seed, if the data were simulated.
    pub simulated_seed: Option<u64>,
    /// Rows that were no bars, per reason.
    pub rows_left_out: BTreeMap<String, usize>,
}

impl Manifest {
    /// The manifest of an outcome.
    pub fn new(
        plan: &Plan,
        outcome: &Outcome,
        convention: &Convention,
        evidence: Evidence,
    ) -> Self {
        Self {
            program: "highwater",
            version: env!("CARGO_PKG_VERSION"),
            target: target(),
            plan: plan.name.clone(),
            plan_hash: plan.hash(),
            plan_text: evidence.plan_text,
            view_hash: evidence.view_hash,
            moment: evidence.moment,
            clock: plan.clock,
            lags: evidence.lags,
            sources: evidence.sources,
            simulated_seed: evidence.simulated_seed,
            seed: None,
            rows_left_out: evidence.rows_left_out,
            counts: outcome.counts.clone(),
            convention: convention.clone(),
        }
    }
}

/// The machine kind, such as `x86_64-unknown-linux-gnu`.
fn target() -> String {
    let vendor = if cfg!(target_vendor = "apple") {
        "apple"
    } else if cfg!(target_vendor = "pc") {
        "pc"
    } else {
        "unknown"
    };
    let environment = if cfg!(target_env = "gnu") {
        "-gnu"
    } else if cfg!(target_env = "musl") {
        "-musl"
    } else if cfg!(target_env = "msvc") {
        "-msvc"
    } else {
        ""
    };
    format!(
        "{}-{vendor}-{}{environment}",
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}
