//! What a page of a backtest shows: plain values, filled by whoever ran it.

use highwater_market::{Bars, Direction, Level, Timestamp};

/// Everything on the page of one backtest.
#[derive(Clone, Debug)]
pub struct Page {
    /// What was tried, in a line: the name of the plan.
    pub title: String,
    /// More about it: timeframe, period, universe. May be empty.
    pub subtitle: String,
    /// Where the data come from, such as `tokenmetrics` or `simulated (seed 7)`.
    pub source: String,
    /// Whether the data are simulated: the page then says so where nobody can miss it.
    pub simulated: bool,
    /// The run as chosen by the plan.
    pub chosen: Run,
    /// Every doubtful bar at its worse profit, if that was replayed.
    pub pessimistic: Option<Run>,
    /// Every doubtful bar at its better profit, if that was replayed.
    pub optimistic: Option<Run>,
    /// The trades of the chosen run, in the order of the page.
    pub trades: Vec<Trade>,
    /// The tokens to chart, in the order of the page.
    pub assets: Vec<Asset>,
    /// The metrics of the chosen run.
    pub metrics: Metrics,
    /// The trades of the chosen run by what they have in common, in the order of the page.
    pub groups: Vec<GroupTable>,
    /// Where the ends of random resolutions of doubtful bars lie, if they were asked for.
    pub range: Option<RandomRange>,
    /// How many signals each rule kept from being an entry, in the order of the page.
    pub kept_out: Vec<KeptOut>,
    /// How much of the history was first seen after the fact, from 0 to 1; `None` if that is not known.
    pub backfilled: Option<f64>,
    /// Whatever else a reader must know, one sentence each.
    pub remarks: Vec<String>,
    /// Every field that it takes to run this again.
    pub manifest: Vec<(String, String)>,
    /// Other pages, by label and relative path.
    pub links: Vec<(String, String)>,
}

/// The equity of a run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Money at the start, before the first instant.
    pub initial: f64,
    /// Money at the end.
    pub end: f64,
    /// Instants, ascending; none if only the end is known.
    pub times: Vec<Timestamp>,
    /// Equity at each of them, in money.
    pub equity: Vec<f64>,
    /// How many trades it closed.
    pub trades: usize,
}

impl Run {
    /// Whether another run came to the same, at every instant that both know.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.end == other.end
            && self.trades == other.trades
            && (self.equity.is_empty() || other.equity.is_empty() || self.equity == other.equity)
    }
}

/// A trade, from its entry to its exit.
#[derive(Clone, Debug)]
pub struct Trade {
    /// The chart on which it is marked, counted from 0 among the page's assets; `None`: it is not charted. Not by
    /// symbol, for two tokens may share one.
    pub asset: Option<usize>,
    /// The token's symbol.
    pub symbol: String,
    /// Long or short.
    pub direction: Direction,
    /// When it was entered: the open of a bar.
    pub entry_time: Timestamp,
    /// At which price.
    pub entry_price: f64,
    /// When it was left: the open of the bar in which that happened.
    pub exit_time: Timestamp,
    /// At which price.
    pub exit_price: f64,
    /// Why it was left.
    pub exit: Exit,
    /// The stop at entry.
    pub stop_price: Option<f64>,
    /// The target at entry.
    pub target_price: Option<f64>,
    /// Units of the token, above 0 for short trades too.
    pub quantity: f64,
    /// Fees of both sides, in money.
    pub fees: f64,
    /// Profit after fees, in money.
    pub pnl: f64,
    /// Whether its exit price rests on a guess about the inside of a bar.
    pub doubtful: bool,
}

/// Why a trade was left. Each has a mark; what a gap did has the mark of what the touch would have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// The stop was touched.
    Stop,
    /// A bar opened beyond the stop.
    StopGap,
    /// The target was touched.
    Target,
    /// A bar opened beyond the target.
    TargetGap,
    /// A signal.
    Signal,
    /// The token left the universe.
    LeftUniverse,
    /// Its time was over.
    Time,
    /// Equity was gone.
    Liquidation,
    /// The data ended.
    End,
}

impl Exit {
    /// In a word or two.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::StopGap => "stop, by a gap",
            Self::Target => "target",
            Self::TargetGap => "target, by a gap",
            Self::Signal => "signal",
            Self::LeftUniverse => "leaving the universe",
            Self::Time => "time",
            Self::Liquidation => "liquidation",
            Self::End => "end of data",
        }
    }
}

/// A token's chart.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The token's symbol.
    pub symbol: String,
    /// Its name, and what else tells it from others under the same symbol.
    pub name: String,
    /// Its bars.
    pub bars: Bars,
    /// The levels known at the last bar, ascending by price, sides as seen from its close. All are listed, those
    /// nearest to the price are drawn.
    pub levels: Vec<Level>,
}

/// The metrics of a run and how they are defined.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// The convention in a line: its name, days per year, what it does about the mean.
    pub convention: String,
    /// What the run is measured against, in words; `None` if nothing.
    pub benchmark: Option<String>,
    /// One row per metric.
    pub rows: Vec<MetricRow>,
    /// Further metrics, folded up.
    pub more: Vec<MetricRow>,
}

/// A metric and its value.
#[derive(Clone, Debug)]
pub struct MetricRow {
    /// Its name in data: `max_drawdown`.
    pub name: String,
    /// Its name for people: `Maximum drawdown`.
    pub title: String,
    /// The value, or in words why there is none.
    pub value: Result<f64, String>,
    /// That of the benchmark; `None` where there is nothing to measure of it alone.
    pub benchmark: Option<Result<f64, String>>,
    /// What the value counts.
    pub unit: Shown,
    /// How it is defined, or what belongs to it, such as dates.
    pub note: String,
}

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// A fraction, shown as percent.
    Percent,
    /// A fraction per year, shown as percent.
    PercentPerYear,
    /// A ratio of two like things.
    Ratio,
    /// A number of things.
    Count,
    /// Money.
    Money,
}

/// Trades by one thing that they have in common.
#[derive(Clone, Debug)]
pub struct GroupTable {
    /// What that is: a heading.
    pub title: String,
    /// One row a group, in the order of the page.
    pub rows: Vec<GroupRow>,
}

/// Trades that have a thing in common.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// What they share.
    pub name: String,
    /// How many.
    pub trades: usize,
    /// Closed ones with a profit.
    pub wins: usize,
    /// Wins over closed ones, a fraction.
    pub win_rate: Option<f64>,
    /// Profit of all, in money.
    pub pnl: f64,
    /// Mean profit of closed ones in units of their risk.
    pub average_r: Option<f64>,
    /// Gains over losses of closed ones.
    pub profit_factor: Option<f64>,
    /// How many are doubtful.
    pub doubtful: usize,
}

/// Where nine in ten of the returns lie if a coin decides every doubtful bar. Fractions: 0.01 is one percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomRange {
    /// Complete replays.
    pub replays: usize,
    /// Below it lie 5 % of the returns.
    pub p5: f64,
    /// The median.
    pub p50: f64,
    /// Below it lie 95 %.
    pub p95: f64,
    /// Where all of them lie, if they are too few for quantiles to tell anything.
    pub few: Option<FewOutcomes>,
}

/// Outcomes of random resolutions that are few. Fractions: 0.01 is one percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FewOutcomes {
    /// The least return.
    pub lowest: f64,
    /// The greatest.
    pub highest: f64,
    /// Returns that differ.
    pub outcomes: usize,
    /// Doubtful trades of the chosen run.
    pub doubtful_trades: usize,
}

/// A rule, and how many signals it kept from being an entry.
#[derive(Clone, Debug)]
pub struct KeptOut {
    /// The rule in words.
    pub rule: String,
    /// How often.
    pub count: u64,
}

impl Shown {
    /// The value as text, without the unit's name.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Self::Percent | Self::PercentPerYear => crate::number::percent(value),
            Self::Ratio => crate::number::grouped(value, 3),
            Self::Count => crate::number::grouped(value, 0),
            Self::Money => crate::number::money(value),
        }
    }

    /// The unit's name.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::PercentPerYear => "percent per year",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::Money => "money",
        }
    }
}
