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
  highwater backtest --from out/manifest.json
  highwater backtest --from out/manifest.json --out again --prove

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
    /// Reproduce a result from its manifest, and say whether it is equal or where it differs; `--out DIR` also writes what
    /// was made anew. What the manifest pins cannot be given beside it: plan, moment, sources, coins
    #[arg(long, value_name = "MANIFEST", value_hint = ValueHint::FilePath)]
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
    /// Form of the summary on standard output [default: table]
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Format>,
}

impl BacktestRun {
    /// Form of the summary.
    pub(crate) fn format(&self) -> Format {
        self.format.unwrap_or(Format::Table)
    }

    /// A flag that is given beside `--from` and makes no sense there, and why not.
    pub(crate) fn beside_from(&self) -> Option<(&'static str, &'static str)> {
        let pinned = [
            ("a plan", self.plan.is_some()),
            ("`--as-of`", self.as_of.is_some()),
            ("`--source`", !self.sources.is_empty()),
            ("`--set`", !self.set.is_empty()),
            ("`--unset`", !self.unset.is_empty()),
            ("`--doubtful-range`", self.doubtful_range.is_some()),
        ];
        let shown = [
            ("`--prove`", self.prove),
            ("`--metrics`", !self.metrics.is_empty()),
            ("`--by`", self.by.is_some()),
            ("`--format`", self.format.is_some()),
        ];
        let given = |flags: &[(&'static str, bool)]| {
            flags
                .iter()
                .find(|(_, given)| *given)
                .map(|(flag, _)| *flag)
        };
        if let Some(flag) = given(&pinned) {
            return Some((
                flag,
                "the manifest pins it, and with another the result would be another",
            ));
        }
        let flag = given(&shown).filter(|_| self.out.is_none())?;
        Some((
            flag,
            "without `--out DIR` the result is compared, and nothing is shown or written",
        ))
    }

    /// Other values for fields of the plan.
    pub(crate) fn overrides(&self) -> Overrides<'_> {
        Overrides {
            set: &self.set,
            unset: &self.unset,
        }
    }
}
