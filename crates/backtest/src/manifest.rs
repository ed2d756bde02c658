//! What a result rests on: enough to reproduce every byte of it.
//!
//! No wall clock and no path stands here, so that the same run gives the same manifest anywhere.

use std::{collections::BTreeMap, num::NonZeroUsize};

use highwater_market::{Clock, Source, Timeframe, Timestamp};
use highwater_metrics::Convention;
use serde::Serialize;

use crate::{Counts, Outcome, Plan, RangeDraw, convention_of_runs};

/// A file of signals, pinned by its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignalFilePin {
    /// The file, as the plan names it.
    pub file: String,
    /// SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// How many rows it has.
    pub rows: usize,
}

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
    /// The file of the plan's signals, if they come from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal_file: Option<SignalFilePin>,
    /// Who said what was read.
    pub sources: Vec<Source>,
    /// Seed, if the data were simulated.
    pub simulated_seed: Option<u64>,
    /// Seed of the random resolutions of doubtful bars, if they were asked for: a replay itself draws no random number.
    pub seed: Option<u64>,
    /// How many random resolutions of doubtful bars were asked for.
    pub doubtful_replays: Option<NonZeroUsize>,
    /// Rows that were no bars, per reason.
    pub rows_left_out: BTreeMap<String, usize>,
    /// What became of every signal row.
    pub counts: Counts,
    /// How returns become metrics: as [`convention_of_runs`] makes it.
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
    /// The random resolutions of doubtful bars that were asked for.
    pub range: Option<RangeDraw>,
    /// The file of the plan's signals, if they come from one.
    pub signal_file: Option<SignalFilePin>,
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
            signal_file: evidence.signal_file,
            sources: evidence.sources,
            simulated_seed: evidence.simulated_seed,
            seed: evidence.range.map(|range| range.seed),
            doubtful_replays: evidence.range.map(|range| range.replays),
            rows_left_out: evidence.rows_left_out,
            counts: outcome.counts.clone(),
            convention: convention_of_runs(convention),
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
