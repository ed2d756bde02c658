//! What each rule kept out: every version of a signal row ends in exactly one of these.

use std::{collections::BTreeMap, fmt};

use highwater_market::Timestamp;
use serde::Serialize;

use crate::{
    Plan,
    plan::{DrawdownScale, Gate},
};

/// What became of the signal rows, and two counts of how entries and exits were decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Versions of signal rows given.
    pub signals: usize,
    /// Rows that say nothing: neither entry nor exit.
    pub no_news: usize,
    /// Revisions that repeat the event of the version before.
    pub repeated: usize,
    /// Events known more than one period after their row was complete.
    pub stale: usize,
    /// Events known before or after the plan's period.
    pub outside_period: usize,
    /// Events after which the asset has no bar.
    pub no_bar: usize,
    /// Events followed by a newer one before the next open.
    pub replaced: usize,
    /// Events in the direction of the position that stood.
    pub in_position: usize,
    /// Events against the position that stood, those that say flat included, in a plan that does not exit on them.
    pub against_position: usize,
    /// Events that say flat, without a position to end.
    pub flat_already: usize,
    /// Events in a direction that the plan does not trade, without a position to end.
    pub side_not_traded: usize,
    /// Entries of a token that was no member of the universe then, and orders that were taken back when it left.
    pub not_in_universe: usize,
    /// Entries that a gate kept out.
    pub gated: usize,
    /// Entries that a gate kept out since what it asks could not be said: too few bars, an undefined metric, no value.
    pub gate_undefined: usize,
    /// Entries without a bar that was complete at the decision.
    pub no_price: usize,
    /// Entries without the support that the plan wants.
    pub no_support: usize,
    /// Entries without the resistance that the plan wants.
    pub no_resistance: usize,
    /// Entries before there were bars enough for the average true range.
    pub no_atr: usize,
    /// Entries whose target is measured by a stop that they have not.
    pub no_stop: usize,
    /// Entries whose targets promised too little for what the stop would lose.
    pub low_reward: usize,
    /// Entries so soon after an exit that the plan waits.
    pub cooldown: usize,
    /// Entries of a sector that held as many positions as it may.
    pub sector_full: usize,
    /// Entries for which the portfolio had no place.
    pub no_place: usize,
    /// Entries sized by a volatility that is not known, or is 0.
    pub no_volatility: usize,
    /// Entries sized or charged by a volume that is not known, or is 0.
    pub no_volume: usize,
    /// Orders that waited for a price until they expired, a newer event came, or the data ended.
    pub unfilled: usize,
    /// Entries after equity was gone.
    pub ruined: usize,
    /// Entries smaller than the plan's least value, or than one lot.
    pub too_small: usize,
    /// Entries whose bar opened beyond their own stop.
    pub beyond_stop: usize,
    /// Entries whose price was beyond their own target.
    pub beyond_target: usize,
    /// Entries sized at zero since Kelly's fraction was 0 or below.
    pub kelly_fraction_zero: usize,
    /// Entries sized at zero since the drawdown was as deep as the plan bears.
    pub drawdown_too_deep: usize,
    /// Entries for which there was no cash, or no equity.
    pub no_cash: usize,
    /// Events that ended a position and opened none: they say flat, or the plan does not trade their side.
    pub exit_only: usize,
    /// Events that led to an entry.
    pub entered: usize,
    /// Purchases of rebalances, which no signal led to.
    pub rebalanced: usize,
    /// Of the entries: made smaller since cash was short.
    pub scaled_down: usize,
    /// Of the entries: made smaller by the volume of the market.
    pub capped_by_volume: usize,
    /// Of the entries and purchases: of a token of which no sector was known, in a plan with `max_per_sector`, which does
    /// not limit them.
    pub without_sector: usize,
    /// Exits that finer bars decided: both levels lay inside one bar, or it was that in which an order that waited was filled.
    pub decided_by_finer: usize,
    /// What each gate kept out, in the order of the plan: of several that are shut the first counts.
    pub gates: Vec<GateCount>,
    /// What each sector kept out since it was full, entries and tokens that a rebalance passed over: of several that are
    /// full the first by name counts.
    pub sectors: BTreeMap<String, usize>,
    /// The rule that sized every entry at zero from some moment to the end, if one did; `None` in JSON too.
    pub locked_out: Option<LockedOut>,
}

/// A rule that sized entries at zero, none after which was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LockedOut {
    /// Which rule.
    pub by: LockingRule,
    /// The open of the first of these entries.
    pub since: Timestamp,
    /// How many there were.
    pub entries: usize,
}

/// A rule of sizes that may lock a plan out of the market: what would undo it comes of trades alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LockingRule {
    /// Kelly's fraction of the trades closed so far was 0 or below.
    Kelly,
    /// The drawdown was as deep as the plan bears.
    Drawdown,
}

impl fmt::Display for LockedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (since, entries) = (self.since.date(), self.entries);
        let every = match entries {
            1 => "the one entry that came".to_owned(),
            _ => format!("every entry ({entries})"),
        };
        let why = match self.by {
            LockingRule::Kelly => {
                "Kelly's fraction of the closed trades was 0 or below, and without a trade it stays so"
            }
            LockingRule::Drawdown => {
                "the drawdown was as deep as the plan bears, and without a trade equity does not recover"
            }
        };
        write!(
            f,
            "locked out: from {since} to the end {every} was refused, since {why}"
        )
    }
}

/// What one gate kept out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateCount {
    /// The gate, as a plan writes it.
    pub gate: String,
    /// Entries kept out by its answer.
    pub shut: usize,
    /// Entries kept out since it had no answer.
    pub undefined: usize,
}

impl GateCount {
    pub(crate) fn of(gate: &Gate) -> Self {
        Self {
            gate: gate.to_string(),
            shut: 0,
            undefined: 0,
        }
    }
}

impl Counts {
    /// Add what was counted of rows before any replay.
    pub(crate) fn add_rows(&mut self, rows: &Self) {
        self.signals += rows.signals;
        self.no_news += rows.no_news;
        self.repeated += rows.repeated;
        self.stale += rows.stale;
        self.outside_period += rows.outside_period;
        self.no_bar += rows.no_bar;
        self.replaced += rows.replaced;
    }

    /// Name and count of every fate of a signal row, in the order in which the rules apply.
    pub fn fates(&self) -> [(&'static str, usize); 34] {
        [
            ("no_news", self.no_news),
            ("repeated", self.repeated),
            ("stale", self.stale),
            ("outside_period", self.outside_period),
            ("no_bar", self.no_bar),
            ("replaced", self.replaced),
            ("in_position", self.in_position),
            ("against_position", self.against_position),
            ("flat_already", self.flat_already),
            ("side_not_traded", self.side_not_traded),
            ("not_in_universe", self.not_in_universe),
            ("gated", self.gated),
            ("gate_undefined", self.gate_undefined),
            ("no_price", self.no_price),
            ("no_support", self.no_support),
            ("no_resistance", self.no_resistance),
            ("no_atr", self.no_atr),
            ("no_stop", self.no_stop),
            ("low_reward", self.low_reward),
            ("cooldown", self.cooldown),
            ("sector_full", self.sector_full),
            ("no_place", self.no_place),
            ("no_volatility", self.no_volatility),
            ("no_volume", self.no_volume),
            ("unfilled", self.unfilled),
            ("ruined", self.ruined),
            ("too_small", self.too_small),
            ("beyond_stop", self.beyond_stop),
            ("beyond_target", self.beyond_target),
            ("kelly_fraction_zero", self.kelly_fraction_zero),
            ("drawdown_too_deep", self.drawdown_too_deep),
            ("no_cash", self.no_cash),
            ("exit_only", self.exit_only),
            ("entered", self.entered),
        ]
    }

    /// Count what a full sector kept out, by its name.
    pub(crate) fn pass_over(&mut self, sector: String) {
        *self.sectors.entry(sector).or_default() += 1;
    }

    /// Note an entry at an open that a rule sized at zero which nothing but a trade undoes.
    pub(crate) fn note_lock(&mut self, plan: &Plan, why: KeptOut, at: Timestamp) {
        let KeptOut::SizedAtZero(by) = why else {
            return;
        };
        // The high of a window falls by itself.
        let passes = |scale: DrawdownScale| scale.window.is_some();
        if by == LockingRule::Drawdown && plan.size.drawdown.is_some_and(passes) {
            return;
        }
        let locked = self.locked_out.filter(|locked| locked.by == by);
        self.locked_out = Some(LockedOut {
            by,
            since: locked.map_or(at, |locked| locked.since),
            entries: locked.map_or(0, |locked| locked.entries) + 1,
        });
    }

    pub(crate) fn keep_out(&mut self, why: KeptOut) {
        *match why {
            KeptOut::NotInUniverse => &mut self.not_in_universe,
            KeptOut::Gated { gate } => {
                self.gates[gate].shut += 1;
                &mut self.gated
            }
            KeptOut::GateUndefined { gate } => {
                self.gates[gate].undefined += 1;
                &mut self.gate_undefined
            }
            KeptOut::NoPrice => &mut self.no_price,
            KeptOut::NoSupport => &mut self.no_support,
            KeptOut::NoResistance => &mut self.no_resistance,
            KeptOut::NoAtr => &mut self.no_atr,
            KeptOut::NoStop => &mut self.no_stop,
            KeptOut::LowReward => &mut self.low_reward,
            KeptOut::Cooldown => &mut self.cooldown,
            KeptOut::SectorFull => &mut self.sector_full,
            KeptOut::NoPlace => &mut self.no_place,
            KeptOut::NoVolatility => &mut self.no_volatility,
            KeptOut::NoVolume => &mut self.no_volume,
            KeptOut::Ruined => &mut self.ruined,
            KeptOut::TooSmall => &mut self.too_small,
            KeptOut::BeyondStop => &mut self.beyond_stop,
            KeptOut::BeyondTarget => &mut self.beyond_target,
            KeptOut::SizedAtZero(LockingRule::Kelly) => &mut self.kelly_fraction_zero,
            KeptOut::SizedAtZero(LockingRule::Drawdown) => &mut self.drawdown_too_deep,
            KeptOut::NoCash => &mut self.no_cash,
        } += 1;
    }
}

/// Why an entry was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptOut {
    NotInUniverse,
    Gated { gate: usize },
    GateUndefined { gate: usize },
    NoPrice,
    NoSupport,
    NoResistance,
    Cooldown,
    SectorFull,
    NoPlace,
    NoVolatility,
    NoVolume,
    Ruined,
    TooSmall,
    NoAtr,
    NoStop,
    LowReward,
    BeyondStop,
    BeyondTarget,
    SizedAtZero(LockingRule),
    NoCash,
}
