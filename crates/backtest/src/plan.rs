//! The plan of a replay: what it reads, when it enters and exits, how much, at what cost.
//!
//! A plan is strict TOML. A field that is not known is refused with the nearest known one, and a percentage
//! without a unit is refused, since `0.4` may mean 40 % or 0.4 %. [`Plan::template`] shows every field.

mod check;
mod error;
mod text;
mod words;

use std::collections::BTreeSet;

use highwater_market::{Clock, Direction, Timeframe, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::{
    error::PlanError,
    text::{BarCount, Percent},
    words::plain_words,
};

/// A checked plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What the plan is called in results.
    pub name: String,
    /// Timeframe of the bars that are replayed.
    pub timeframe: Timeframe,
    /// Which tokens.
    pub universe: Universe,
    /// How the past is dated.
    #[serde(default = "text::published")]
    pub clock: Clock,
    /// Days on which to decide and to fill.
    #[serde(default)]
    pub period: PlanPeriod,
    /// Where support and resistance come from.
    #[serde(default)]
    pub levels: LevelsPlan,
    /// When to enter.
    pub entry: EntryPlan,
    /// When to exit.
    #[serde(default)]
    pub exit: ExitPlan,
    /// How much.
    pub size: SizePlan,
    /// At what cost.
    pub cost: CostPlan,
    /// With what money.
    #[serde(default)]
    pub cash: CashPlan,
}

/// Which tokens a plan trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Universe {
    /// Every token that has bars.
    All,
    /// These symbols, in the order of the plan, none twice.
    Symbols(Vec<String>),
}

/// Days, both included; an end that is left out is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPeriod {
    /// The first day.
    pub from: Option<Timestamp>,
    /// The last day.
    pub to: Option<Timestamp>,
}

impl PlanPeriod {
    /// The first instant of the first day; the beginning of time if open.
    pub fn start(self) -> Timestamp {
        self.from.map_or(Timestamp::MIN, Timestamp::day)
    }

    /// The first instant after the last day; the end of time if open.
    pub fn end(self) -> Timestamp {
        self.to.map_or(Timestamp::MAX, |to| to.day().plus_days(1))
    }

    /// Whether an instant falls on one of the days.
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start() <= instant && instant < self.end()
    }
}

/// Where levels come from, and how those of bars are found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LevelsPlan {
    /// Found in the bars, or the vendor's own.
    pub from: LevelSource,
    /// A turn is confirmed by so many bars on each side.
    pub swing_bars: usize,
    /// Turns closer than so many volatilities form one level.
    pub cluster: f64,
    /// Bars over which the volatility is measured.
    pub volatility_bars: usize,
    /// Turns older than so many bars are forgotten; `None`: never.
    pub max_age_bars: Option<usize>,
    /// How many turns a level needs.
    pub min_touches: u32,
}

impl Default for LevelsPlan {
    fn default() -> Self {
        Self {
            from: LevelSource::Bars,
            swing_bars: 3,
            cluster: 1.0,
            volatility_bars: 20,
            max_age_bars: None,
            min_touches: 1,
        }
    }
}

/// Who finds the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelSource {
    /// This program, from the bars, causally.
    Bars,
    /// The vendor, as observed.
    Vendor,
}

/// When to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryPlan {
    /// Which signal is acted on.
    #[serde(default)]
    pub signal: EntrySignal,
    /// Bars whose range a breakout leaves; `None` for a signal that has none.
    #[serde(default)]
    pub lookback: Option<BarCount>,
    /// Which directions are traded.
    pub side: Side,
}

/// Which signal is acted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntrySignal {
    /// Events of the vendor's trading signal.
    #[default]
    Vendor,
    /// A close beyond the range of the bars before it: for bars without a vendor.
    Breakout,
}

impl EntryPlan {
    /// Bars whose range a breakout leaves: 20 unless the plan says otherwise.
    pub fn lookback_bars(&self) -> usize {
        self.lookback.map_or(20, BarCount::get)
    }
}

/// Which directions a plan trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Long positions alone.
    Long,
    /// Short positions alone.
    Short,
    /// Both.
    Both,
}

impl Side {
    /// Whether positions of a direction are opened.
    pub const fn trades(self, direction: Direction) -> bool {
        matches!(
            (self, direction),
            (Self::Both, _) | (Self::Long, Direction::Long) | (Self::Short, Direction::Short)
        )
    }
}

/// When to exit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExitPlan {
    /// Where to give up; `None`: nowhere.
    pub stop: Option<LevelExit>,
    /// Where to take the profit; `None`: nowhere.
    pub target: Option<LevelExit>,
    /// After how many bars of the asset; `None`: never.
    pub time: Option<BarCount>,
    /// What an event against the position does.
    pub signal: ExitSignal,
    /// Which level counts as first where one bar holds both.
    pub doubtful: Doubtful,
}

/// A price at a level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelExit {
    /// Which level, as a long sees it (as a short does, in a plan for shorts alone).
    pub at: AtLevel,
    /// How far from the level, as a share of its price: below it for a long, above it for a short.
    #[serde(default)]
    pub buffer: Percent,
    /// What to do where there is no such level.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// Which level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtLevel {
    /// The nearest support.
    Support,
    /// The nearest resistance.
    Resistance,
}

/// What to do where there is no level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Otherwise {
    /// No entry.
    #[default]
    Skip,
    /// This far from the entry price.
    Distance(Percent),
}

/// What an event against the position does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitSignal {
    /// It ends the position at the next open.
    #[default]
    OppositeEvent,
    /// Nothing.
    None,
}

/// Which level counts as first where one bar holds both and nothing decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubtful {
    /// The stop: the worse profit.
    #[default]
    StopFirst,
    /// The target: the better profit.
    TargetFirst,
    /// Price went first to the extreme nearer to the open; on a tie, to the stop.
    NearerExtreme,
}

/// How much to buy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizePlan {
    /// Share of equity at the entry's open.
    pub fraction: Percent,
}

/// What trading costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostPlan {
    /// Share of the value of each fill.
    pub fee: Percent,
    /// Share of the price, on market orders and stops.
    pub slippage: Percent,
}

/// What money the replay begins with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashPlan {
    /// Cash before the first bar, in the quote currency.
    pub initial: f64,
}

impl Default for CashPlan {
    fn default() -> Self {
        Self { initial: 100_000.0 }
    }
}

impl Plan {
    /// Read a plan.
    ///
    /// # Errors
    /// [`PlanError`] with line, column and, for a misspelt word, the nearest right one.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Self = toml::from_str(text).map_err(|error| PlanError::of_toml(text, &error))?;
        check::check(&plan, text)?;
        Ok(plan)
    }

    /// A commented plan that shows every field, and parses.
    pub const fn template() -> &'static str {
        include_str!("template.toml")
    }

    /// SHA-256 of the plan's canonical form, as 64 hexadecimal digits: blind to comments, order and spelling of
    /// numbers, and to whether a default is written out.
    pub fn hash(&self) -> String {
        let canonical = serde_json::to_vec(self).expect("a plan has no key that JSON cannot hold");
        Sha256::digest(canonical)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl Universe {
    fn of_symbols(symbols: Vec<String>) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        for symbol in &symbols {
            if symbol.trim().is_empty() {
                return Err("a symbol is empty".to_owned());
            }
            if !seen.insert(symbol) {
                return Err(format!("`{symbol}` is listed twice"));
            }
        }
        if symbols.is_empty() {
            Err("the list names no symbol: write universe = \"all\" for every token".to_owned())
        } else {
            Ok(Self::Symbols(symbols))
        }
    }
}
