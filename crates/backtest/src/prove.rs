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
//! Bars that were revised after an instant, or arrived only after it, make a difference that is no look-ahead: the full
//! run fills at the prices that were said last. Such a difference is traced to the bars that make it, and with it those
//! that follow from the same bars.
//!
//! What this cannot see is hindsight inside the vendor's own numbers: a signal that was written after the fact and
//! dated back is known, to everybody, from its stated moment on.

mod trace;

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
    /// The bars that make the difference: it is gone once they are taken as they were said last, while all else stays what
    /// was known then. Empty: all later words on bars together undo it, and which of them was not traced. `None`: none of
    /// them does, so that the replay looked ahead.
    pub because: Option<Vec<LaterBar>>,
}

/// A bar that was not known at an instant as it was said last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaterBar {
    /// The token's ticker.
    pub symbol: String,
    /// Length of the bar: finer bars decide what happened first inside a bar.
    pub timeframe: Timeframe,
    /// Its open.
    pub open: Timestamp,
    /// When it became known as it was said last.
    pub known_from: Timestamp,
    /// Whether it had been known otherwise at the instant, or not at all.
    pub how: Later,
}

/// How a bar became known later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Later {
    /// It was known, and was revised.
    Revised,
    /// It arrived only later, though it had closed.
    Late,
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
    /// Those that no later word on bars explains: the replay looked ahead.
    pub fn looked_ahead(&self) -> impl Iterator<Item = &Disagreement> {
        self.disagreements
            .iter()
            .filter(|found| found.because.is_none())
    }
}

/// Replay the plan at every instant over what was known then, and compare with `full`, the outcome over everything.
/// `full_bars` are the bars that were replayed there, in the order of `assets`; `done` is told after every instant.
///
/// # Errors
/// [`ReplayError`] as [`run`](crate::run) would give.
pub fn prove(
    plan: &Plan,
    full: &Outcome,
    full_bars: &[&Bars],
    assets: &[KnownAsset<'_>],
    done: &(dyn Fn() + Sync),
) -> Result<Proof, ReplayError> {
    let proving = Proving {
        plan,
        full,
        full_bars,
        assets,
        instants: full.equity.iter().map(|point| point.time).collect(),
    };
    let found = (0..proving.instants.len())
        .into_par_iter()
        .map(|instant| {
            let (decisions, found) = proving.compare_at(instant, Seen::Then)?;
            // Later words on bars are the cause only if the bars before this instant, as they were said last, undo the
            // difference while signals and levels stay what was known then.
            let stands = if found.is_empty() || proving.later_bars(instant).is_empty() {
                found.clone()
            } else {
                proving.compare_at(instant, Seen::Latest)?.1
            };
            done();
            let found = found.into_iter().map(|one| AtInstant {
                instant,
                is_explained: !stands.contains(&one),
                found: one,
            });
            Ok((decisions, found.collect::<Vec<_>>()))
        })
        .collect::<Result<Vec<_>, ReplayError>>()?;
    Ok(Proof {
        instants: proving.instants.len(),
        decisions: found.iter().map(|(decisions, _)| decisions).sum(),
        disagreements: trace::traced(
            &proving,
            found.into_iter().flat_map(|(_, found)| found).collect(),
        )?,
    })
}

/// What is proven, and over what.
struct Proving<'a> {
    plan: &'a Plan,
    full: &'a Outcome,
    full_bars: &'a [&'a Bars],
    assets: &'a [KnownAsset<'a>],
    instants: Vec<Timestamp>,
}

/// As what a replay of an instant takes the bars before it.
#[derive(Clone, Copy)]
enum Seen<'s> {
    /// As they were known then.
    Then,
    /// As they were said last.
    Latest,
    /// As they were known then, but for some, which are taken as they were said last.
    But(&'s BTreeSet<Place>),
}

/// Which bar: of which asset, of its finer bars or not, and its open. By time first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    open: Timestamp,
    asset: usize,
    is_finer: bool,
}

/// Whose decision differs, and in what.
type Found = (String, Difference);

/// A difference at an instant, by its place among the instants.
struct AtInstant {
    instant: usize,
    found: Found,
    /// Whether the bars as they were said last undo it.
    is_explained: bool,
}

impl Proving<'_> {
    /// Decisions of the full run at an instant, and those that differ from a replay that ends with it.
    fn compare_at(
        &self,
        instant: usize,
        seen: Seen<'_>,
    ) -> Result<(usize, Vec<Found>), ReplayError> {
        let at = self.instants[instant];
        let before = instant.checked_sub(1).map(|before| self.instants[before]);
        let trades = self.replay_then(at, seen)?;
        let now = decisions(&self.full.trades, at, before);
        let found = compare(&decisions(&trades, at, before), &now);
        Ok((now.len(), found))
    }

    /// The bars that had opened before an instant and became known after it as they were said last, by time.
    fn later_bars(&self, instant: usize) -> Vec<Place> {
        let at = self.instants[instant];
        let mut places = BTreeSet::new();
        for (asset, known) in self.assets.iter().enumerate() {
            let finer = known.finer.map_or(&[][..], |(_, versions)| versions);
            for (is_finer, versions) in [(false, known.bars), (true, finer)] {
                let later = versions
                    .iter()
                    .filter(|version| version.event_time < at && version.known_from > at);
                places.extend(later.map(|version| Place {
                    open: version.event_time,
                    asset,
                    is_finer,
                }));
            }
        }
        places.into_iter().collect()
    }

    /// The trades of a replay that ends with the open at `at`.
    fn replay_then(&self, at: Timestamp, seen: Seen<'_>) -> Result<Vec<Trade>, ReplayError> {
        let then: Vec<Then> = self
            .assets
            .iter()
            .zip(self.full_bars)
            .enumerate()
            .map(|(place, (asset, full))| {
                let known = |timeframe, versions, is_finer| {
                    let is_latest = |version: &Known<PriceBar>| match seen {
                        Seen::Then => false,
                        Seen::Latest => true,
                        Seen::But(places) => places.contains(&Place {
                            open: version.event_time,
                            asset: place,
                            is_finer,
                        }),
                    };
                    known_bars(timeframe, versions, at, is_latest)
                };
                Then {
                    bars: with_open(known(self.plan.timeframe, asset.bars, false), full, at),
                    finer: asset
                        .finer
                        .map(|(timeframe, versions)| known(timeframe, versions, true)),
                    signals: (asset.signals)(at),
                    levels: (asset.levels)(at),
                    facts: (asset.facts)(at),
                }
            })
            .collect();
        let replayed: Vec<Asset<'_>> = self
            .assets
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
        Ok(Replayer::new(&replayed)?.trades_only(self.plan)?.trades)
    }
}

/// What one token was at an instant.
struct Then {
    bars: Bars,
    finer: Option<Bars>,
    signals: Vec<Known<Signal>>,
    levels: Box<dyn LevelBook + Send>,
    facts: Facts,
}

/// The bars that were closed at an instant, each as it was known then, or as it was said last if `is_latest`.
fn known_bars(
    timeframe: Timeframe,
    versions: &[Known<PriceBar>],
    at: Timestamp,
    is_latest: impl Fn(&Known<PriceBar>) -> bool,
) -> Bars {
    let admitted: Vec<Known<PriceBar>> = versions
        .iter()
        .filter(|version| version.known_from <= at || is_latest(version))
        .cloned()
        .collect();
    let closed = latest_known(&admitted, Timestamp::MAX)
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

fn compare(then: &[Decision<'_>], now: &[Decision<'_>]) -> Vec<Found> {
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
    let mut add = |trade: &Trade, what: Difference| found.push((trade.symbol.clone(), what));
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
    found.dedup();
    found
}
