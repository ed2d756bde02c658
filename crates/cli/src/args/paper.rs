//! `highwater paper`: what may be typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use highwater_market::{Source, Timestamp};

use super::OutputArgs;
use crate::overrides::Overrides;

#[derive(Args, Debug)]
#[command(
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  highwater paper plan.toml --name trend      start it; later, advance it
  highwater paper plan.toml --name trend --format json
  highwater paper status trend
  highwater paper orders trend --output orders.csv
  highwater paper check trend

Each advance prints the orders that stand: those to be placed at the next
open, and the stops and targets that rest. Filled orders go to the journal,
LAKE/paper/NAME/journal.jsonl, which is only ever appended to.
Exit 1: an order that was journaled is restated, or a check found a
difference, or lines that are gone from the journal's end."
)]
pub(crate) struct Paper {
    #[command(subcommand)]
    pub(crate) command: Option<PaperCommand>,
    #[command(flatten)]
    pub(crate) run: PaperRun,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PaperCommand {
    /// What an account is, how far it was advanced, what it is worth, and each position that stands open
    Status {
        /// Name of the account
        name: String,
        /// Where the plan's file of signals is looked for, if it has one [default: the folder you are in]
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        beside: Option<PathBuf>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// The orders of an account that were filled, as `highwater backtest` writes them to orders.parquet
    Orders {
        /// Name of the account
        name: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Hold the journal against its hashes, and its orders against a backtest over the same span
    Check {
        /// Name of the account
        name: String,
        /// Where the plan's file of signals is looked for, if it has one [default: the folder you are in]
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        beside: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct PaperRun {
    /// The plan, in TOML: the same at each advance
    #[arg(value_name = "PLAN", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) plan: Option<PathBuf>,
    /// Name of the account; it is started if the lake has none of that name
    #[arg(long, value_name = "NAME", required = true)]
    pub(crate) name: Option<String>,
    /// First day of the account, when it is started [default: the day of the first advance]
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Timestamp>,
    /// Advance to this moment, not before the one that was reached [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// Which source to read, when it is started: repeat for an order of preference
    #[arg(long = "source", value_name = "NAME")]
    pub(crate) sources: Vec<Source>,
    /// Another value for a field of the plan: exit.stop.buffer=0.4%; repeatable
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Take a field out of the plan, so that its default holds: exit.time; repeatable, and done before any is set
    #[arg(long = "unset", value_name = "FIELD")]
    unset: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl PaperRun {
    /// Other values for fields of the plan.
    pub(crate) fn overrides(&self) -> Overrides<'_> {
        Overrides {
            set: &self.set,
            unset: &self.unset,
        }
    }
}
