//! `highwater backtest`: what may be typed.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Subcommand, ValueHint};
use highwater_market::{Source, Timestamp};

use crate::{group_table::GroupBy, overrides::Overrides, sheet::Format};

#[derive(Args, Debug)]
#[command(
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  highwater backtest init > plan.toml
  highwater backtest plan.toml --out out
  highwater backtest plan.toml --out out --by year
  highwater backtest plan.toml --out out --doubtful-range 1000

Writes trades.parquet, orders.parquet, positions.parquet, equity.parquet,
summary.json and manifest.json into DIR."
)]
pub(crate) struct Backtest {
    #[command(subcommand)]
    pub(crate) command: Option<BacktestCommand>,
    #[command(flatten)]
    pub(crate) run: BacktestRun,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BacktestCommand {
    /// Print a plan to begin with, every field explained
    Init,
}

#[derive(Args, Debug)]
pub(crate) struct BacktestRun {
    /// The plan, in TOML
    #[arg(value_name = "PLAN", required_unless_present = "from", value_hint = ValueHint::FilePath)]
    pub(crate) plan: Option<PathBuf>,
    /// Folder for the results; made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "from", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Reproduce a result from its manifest, and say whether it is equal or where it differs
    #[arg(
        long,
        value_name = "MANIFEST",
        conflicts_with_all = [
            "plan", "out", "as_of", "sources", "set", "unset", "prove", "metrics", "by", "doubtful_range",
        ],
        value_hint = ValueHint::FilePath
    )]
    pub(crate) from: Option<PathBuf>,
    /// Read the lake as it was known at this moment [default: everything in it]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// Which source to read: repeat for an order of preference
    #[arg(long = "source", value_name = "NAME")]
    pub(crate) sources: Vec<Source>,
    /// Another value for a field of the plan: exit.stop.buffer=0.4%; repeatable
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Take a field out of the plan, so that its default holds: exit.time; repeatable, and done before any is set
    #[arg(long = "unset", value_name = "FIELD")]
    unset: Vec<String>,
    /// Also replay the plan at every instant with nothing but what was known then, and compare every decision: exit code
    /// 1 if one differs and no later word on bars explains it, or if the signals of a file know too much; DIR/proof.json
    /// holds the verdict (`holds`) and every difference
    #[arg(long)]
    pub(crate) prove: bool,
    /// Metrics that the table shows beside those of the benchmark, separated by commas: names as `highwater metrics
    /// --list` has them, core, or all [default: core, psr, min_track_record_length, and a few against the benchmark];
    /// summary.json holds all
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) metrics: Vec<String>,
    /// Instead of the summary: the trades by token, year of the exit, exit reason, strength of their levels, or side
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "metrics")]
    pub(crate) by: Option<GroupBy>,
    /// Also replay so many times, a coin deciding every doubtful bar, and say where 5 to 95 % of the results lie
    #[arg(long, value_name = "REPLAYS")]
    pub(crate) doubtful_range: Option<NonZeroUsize>,
    /// Seed of these coins
    #[arg(
        long,
        value_name = "N",
        default_value_t = 7,
        requires = "doubtful_range"
    )]
    pub(crate) seed: u64,
    /// Form of the summary on standard output
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORM")]
    pub(crate) format: Format,
}

impl BacktestRun {
    /// Other values for fields of the plan.
    pub(crate) fn overrides(&self) -> Overrides<'_> {
        Overrides {
            set: &self.set,
            unset: &self.unset,
        }
    }
}
