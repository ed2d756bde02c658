//! The proof that a replay did not look ahead, made on the user's own data.
//!
//! The plan is replayed once for every instant at which a bar opens, each time over nothing but what was known at that
//! instant, with one flat bar at its opening price, so that an order can be filled. The decisions of that instant must
//! be those of the full replay: which positions are entered, on which side, with a stop and a target at which level,
//! of which size; and which are left at the open.
//! ```text
//! known then:  ... bar k-2 | bar k-1 | (open of bar k)             decisions at the open of bar k, seen then
//! full run:    ... bar k-2 | bar k-1 |  bar k  | bar k+1 | ...     the same, or the first that differs is named
//! ```
//! What this cannot see is hindsight inside the vendor's own numbers: a signal that was written after the fact and
//! dated back is known, to everybody, from its stated moment on.

use std::collections::BTreeSet;

use highwater_market::{
    Bars, Known, LevelBook, PriceBar, Signal, Timeframe, Timestamp, Token, judge, latest_known,
};
use rayon::prelude::*;
use serde::Serialize;

use crate::{Asset, ExitReason, Facts, Outcome, Plan, ReplayError, Replayer, Trade};

/// What was known of one token, at any moment.
pub struct KnownAsset<'a> {
    /// Which token.
    pub token: &'a Token,
    /// Every version of its bars, in the order in which they became known.
    pub bars: &'a [Known<PriceBar>],
    /// Every version of bars of a shorter timeframe, where there are any.
    pub finer: Option<(Timeframe, &'a [Known<PriceBar>])>,
    /// Its signal rows, made of nothing but what was known at a moment.
    pub signals: &'a (dyn Fn(Timestamp) -> Vec<Known<Signal>> + Sync),
    /// Its levels, made of nothing but what was known at a moment.
    pub levels: &'a (dyn Fn(Timestamp) -> Box<dyn LevelBook + Send> + Sync),
    /// What the vendor says of it beside that, made of nothing but what was known at a moment.
    pub facts: &'a (dyn Fn(Timestamp) -> Facts + Sync),
}

/// What differs between a decision seen then and the same in the full replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// The full replay entered, and what was known then says not to.
    EntryOfHindsight,
    /// What was known then says to enter, and the full replay did not.
    EntryForgotten,
    /// The stop stands elsewhere.
    Stop,
    /// The target stands elsewhere.
    Target,
    /// The size is another.
    Quantity,
    /// One of them left a position at this open, or for this reason, and the other did not.
    Exit,
}

impl Difference {
    /// In words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::EntryOfHindsight => "entered, which what was known then would not have done",
            Self::EntryForgotten => "did not enter, which what was known then would have done",
            Self::Stop => "placed the stop elsewhere than what was known then",
            Self::Target => "placed the target elsewhere than what was known then",
            Self::Quantity => "bought another quantity than what was known then",
            Self::Exit => "left at another open or for another reason than what was known then",
        }
    }
}

/// A decision that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Disagreement {
    /// The open at which it was taken.
    pub at: Timestamp,
    /// The token's ticker.
    pub symbol: String,
    /// What differs.
    pub what: Difference,
    /// The bar that was revised after this instant and had opened before it, if one was: its open, and when the
    /// revision became known. Without one, the replay looked ahead.
    pub revised: Option<(Timestamp, Timestamp)>,
}

/// What the proof found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proof {
    /// Instants at which the plan was replayed anew.
    pub instants: usize,
    /// Decisions of the full replay that were compared: entries, and exits at an open.
    pub decisions: usize,
    /// Every decision that differs, by time.
    pub disagreements: Vec<Disagreement>,
}

impl Proof {
    /// Those that no later revision explains: the replay looked ahead.
    pub fn looked_ahead(&self) -> impl Iterator<Item = &Disagreement> {
        self.disagreements
            .iter()
            .filter(|found| found.revised.is_none())
    }
}

/// Replay the plan at every instant over what was known then, and compare with `full`, the outcome over everything.
/// `full_bars` are the bars that were replayed there, in the order of `assets`; `done` is told after every instant.
///
/// # Errors
/// [`ReplayError`] as [`run`] would give.
pub fn prove(
    plan: &Plan,
    full: &Outcome,
    full_bars: &[&Bars],
    assets: &[KnownAsset<'_>],
    done: &(dyn Fn() + Sync),
) -> Result<Proof, ReplayError> {
    let instants: Vec<Timestamp> = full.equity.iter().map(|point| point.time).collect();
    let found = instants
        .par_iter()
        .enumerate()
        .map(|(n, &at)| {
            let before = n.checked_sub(1).map(|before| instants[before]);
            let trades = replay_then(plan, full_bars, assets, at, at)?;
            let then = decisions(&trades, at, before);
            let now = decisions(&full.trades, at, before);
            let mut found = compare(at, &then, &now, assets);
            if found.iter().any(|one| one.revised.is_some()) {
                // A revision is the cause only if the bars before this instant, as they were said last, undo the
                // difference while signals and levels stay what was known then.
                let trades = replay_then(plan, full_bars, assets, at, Timestamp::MAX)?;
                let stands = compare(at, &decisions(&trades, at, before), &now, assets);
                for one in &mut found {
                    let stays = |other: &Disagreement| {
                        (&other.symbol, other.what) == (&one.symbol, one.what)
                    };
                    if stands.iter().any(stays) {
                        one.revised = None;
                    }
                }
            }
            done();
            Ok((now.len(), found))
        })
        .collect::<Result<Vec<_>, ReplayError>>()?;
    Ok(Proof {
        instants: instants.len(),
        decisions: found.iter().map(|(decisions, _)| decisions).sum(),
        disagreements: found.into_iter().flat_map(|(_, found)| found).collect(),
    })
}

/// What one token was at an instant.
struct Then {
    bars: Bars,
    finer: Option<Bars>,
    signals: Vec<Known<Signal>>,
    levels: Box<dyn LevelBook + Send>,
    facts: Facts,
}

/// The trades of a replay that ends with the open at `at`, over bars as they were known at `seen`.
fn replay_then(
    plan: &Plan,
    full_bars: &[&Bars],
    assets: &[KnownAsset<'_>],
    at: Timestamp,
    seen: Timestamp,
) -> Result<Vec<Trade>, ReplayError> {
    let then: Vec<Then> = assets
        .iter()
        .zip(full_bars)
        .map(|(asset, full)| Then {
            bars: with_open(known_bars(plan.timeframe, asset.bars, seen, at), full, at),
            finer: asset
                .finer
                .map(|(timeframe, versions)| known_bars(timeframe, versions, seen, at)),
            signals: (asset.signals)(at),
            levels: (asset.levels)(at),
            facts: (asset.facts)(at),
        })
        .collect();
    let replayed: Vec<Asset<'_>> = assets
        .iter()
        .zip(&then)
        .map(|(asset, then)| Asset {
            token: asset.token,
            bars: &then.bars,
            finer: then.finer.as_ref().filter(|bars| !bars.is_empty()),
            signals: &then.signals,
            levels: &*then.levels,
            facts: &then.facts,
        })
        .collect();
    Ok(Replayer::new(&replayed)?.trades_only(plan)?.trades)
}

/// The bars that were closed at an instant, each as it was known at `seen`.
fn known_bars(
    timeframe: Timeframe,
    versions: &[Known<PriceBar>],
    seen: Timestamp,
    at: Timestamp,
) -> Bars {
    let known = latest_known(versions, seen);
    let closed = known
        .into_iter()
        .map(|version| version.value)
        .filter(|bar| bar.open_time + timeframe <= at);
    // Versions are valid bars, one of each time, so nothing is left out and nothing fails.
    judge(timeframe, closed).map_or_else(|_| Bars::empty(timeframe), |judged| judged.bars)
}

/// With a flat bar at the opening price, if a bar opens at the instant.
fn with_open(mut bars: Bars, full: &Bars, at: Timestamp) -> Bars {
    if let Ok(index) = full.open_times().binary_search(&at) {
        let open = full.open()[index];
        let flat = PriceBar {
            open_time: at,
            open,
            high: open,
            low: open,
            close: open,
            volume: f64::NAN,
        };
        // An open that is no price cannot stand in bars that were replayed.
        let _ = bars.push(flat);
    }
    bars
}

/// A decision of an instant.
#[derive(Clone, Copy, Debug)]
enum Decision<'t> {
    Entry(&'t Trade),
    Exit(&'t Trade),
}

impl Decision<'_> {
    fn trade(&self) -> &Trade {
        match self {
            Self::Entry(trade) | Self::Exit(trade) => trade,
        }
    }
}

/// The entries of an instant, and the exits that were decided at its open. What an order that waited did inside the bar
/// before is known then too.
fn decisions(trades: &[Trade], at: Timestamp, before: Option<Timestamp>) -> Vec<Decision<'_>> {
    let at_open = |trade: &&Trade| {
        trade.exit_time == at
            && matches!(
                trade.exit_reason,
                ExitReason::OppositeEvent
                    | ExitReason::SignalFlat
                    | ExitReason::LeftUniverse
                    | ExitReason::Time
                    | ExitReason::StopGap
                    | ExitReason::TargetGap
            )
    };
    // A position that is closed in parts is entered once.
    let mut entered = BTreeSet::new();
    let entries = trades
        .iter()
        .filter(|trade| match trade.entered_inside {
            false => trade.entry_time == at,
            true => Some(trade.entry_time) == before,
        })
        .filter(|trade| entered.insert((trade.source.clone(), trade.token_id)))
        .collect::<Vec<_>>();
    let exits = trades.iter().filter(at_open);
    entries
        .into_iter()
        .map(Decision::Entry)
        .chain(exits.map(Decision::Exit))
        .collect()
}

fn compare(
    at: Timestamp,
    then: &[Decision<'_>],
    now: &[Decision<'_>],
    assets: &[KnownAsset<'_>],
) -> Vec<Disagreement> {
    let same = |one: &Decision<'_>, other: &Decision<'_>| {
        let (a, b) = (one.trade(), other.trade());
        let is_token = (&a.source, a.token_id, a.side) == (&b.source, b.token_id, b.side);
        is_token
            && match (one, other) {
                (Decision::Entry(_), Decision::Entry(_)) => true,
                (Decision::Exit(a), Decision::Exit(b)) => {
                    (a.entry_time, a.exit_reason, a.target_price)
                        == (b.entry_time, b.exit_reason, b.target_price)
                }
                _ => false,
            }
    };
    let mut found = Vec::new();
    let mut add = |trade: &Trade, what: Difference| {
        let asset = assets
            .iter()
            .find(|asset| asset.token.id == trade.token_id && asset.token.source == trade.source);
        found.push(Disagreement {
            at,
            symbol: trade.symbol.clone(),
            what,
            revised: revision_after(asset, assets, at),
        });
    };
    for decision in now {
        let trade = decision.trade();
        let Some(other) = then.iter().find(|other| same(decision, other)) else {
            add(
                trade,
                match decision {
                    Decision::Entry(_) => Difference::EntryOfHindsight,
                    Decision::Exit(_) => Difference::Exit,
                },
            );
            continue;
        };
        let other = other.trade();
        match decision {
            Decision::Entry(_) => {
                for (what, differs) in [
                    (Difference::Stop, trade.stop_price != other.stop_price),
                    (Difference::Target, trade.targets != other.targets),
                    (
                        Difference::Quantity,
                        trade.position_quantity != other.position_quantity,
                    ),
                ] {
                    if differs {
                        add(trade, what);
                    }
                }
            }
            // What two exits share is all that they say.
            Decision::Exit(_) => {}
        }
    }
    for decision in then {
        if !now.iter().any(|other| same(other, decision)) {
            add(
                decision.trade(),
                match decision {
                    Decision::Entry(_) => Difference::EntryForgotten,
                    Decision::Exit(_) => Difference::Exit,
                },
            );
        }
    }
    // An exit for another reason is missing on both sides.
    found.dedup_by(|a, b| (&a.symbol, a.what) == (&b.symbol, b.what));
    found
}

/// The first bar that opened before the instant and was revised after it: of the token itself, else, since cash is
/// shared, of any.
fn revision_after(
    asset: Option<&KnownAsset<'_>>,
    assets: &[KnownAsset<'_>],
    at: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let of = |asset: &KnownAsset<'_>| {
        let finer = asset.finer.map_or(&[][..], |(_, versions)| versions);
        asset
            .bars
            .iter()
            .chain(finer)
            .filter(|version| version.event_time < at && version.known_from > at)
            .map(|version| (version.event_time, version.known_from))
            .min()
    };
    asset
        .and_then(of)
        .or_else(|| assets.iter().filter_map(of).min())
}
