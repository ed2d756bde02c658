//! What a replay reads of one token, and the checks that all tokens of a replay must pass together.

use std::borrow::Cow;

use highwater_market::{Bars, Known, LevelBook, Signal, Timeframe, Timestamp, Token};

use crate::{FactBook, Plan, atr::average_true_range, gate::Gatekeeper};

/// What a replay reads of one token.
#[derive(Clone, Copy)]
pub struct Asset<'a> {
    /// Which token.
    pub token: &'a Token,
    /// Its bars, in the plan's timeframe. Those before the plan's period may be looked at, not traded on.
    pub bars: &'a Bars,
    /// Bars of a shorter timeframe, to decide what happened first inside a bar. They may cover a part.
    pub finer: Option<&'a Bars>,
    /// Every version of its signal rows, in any order.
    pub signals: &'a [Known<Signal>],
    /// Its levels as they were known.
    pub levels: &'a dyn LevelBook,
    /// What the vendor says of it beside that, for gates and universes; [`NoFacts`](crate::NoFacts) if nothing.
    pub facts: &'a dyn FactBook,
}

/// Assets that cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// No asset, or none with a bar in the plan's period.
    #[error("{} in the plan's period", no_bars(*.assets, *.timeframe))]
    NoBars {
        /// How many tokens were given.
        assets: usize,
        /// The plan's timeframe.
        timeframe: Timeframe,
    },
    /// Bars of another timeframe than the plan's.
    #[error("{token} has bars of {found}, the plan wants {wanted}")]
    WrongTimeframe {
        /// Which token.
        token: String,
        /// What its bars are.
        found: Timeframe,
        /// What the plan says.
        wanted: Timeframe,
    },
    /// Finer bars that do not fit into the bars.
    #[error("{token} has finer bars of {finer}, which do not divide bars of {timeframe}")]
    NotFiner {
        /// Which token.
        token: String,
        /// Timeframe of the finer bars.
        finer: Timeframe,
        /// Timeframe of the bars.
        timeframe: Timeframe,
    },
    /// A bar that does not lie on the grid of the others.
    #[error("{token} has a bar of {timeframe} at {at}, off the grid on which {first} stands")]
    OffGrid {
        /// Which token.
        token: String,
        /// The plan's timeframe.
        timeframe: Timeframe,
        /// The bar's open.
        at: Timestamp,
        /// An open on the grid.
        first: Timestamp,
    },
    /// One token twice.
    #[error("{token} is given twice")]
    Twice {
        /// Which token.
        token: String,
    },
}

impl ReplayError {
    /// Printed under the error as `hint: ...`.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoBars { .. } | Self::WrongTimeframe { .. } => {
                "bring bars of that timeframe into the lake with `highwater snapshot` or `highwater import`, or change `timeframe` or `period` in the plan"
            }
            Self::NotFiner { .. } => "give finer bars of a timeframe that divides the plan's",
            Self::OffGrid { .. } => {
                "bars of one replay begin at the same minutes: list the other tokens in the plan's `universe`"
            }
            Self::Twice { .. } => "list each token once in the plan's `universe`",
        }
    }
}

/// Assets in the order in which equal things happen, each with the bars that may be traded on.
pub(crate) struct Prepared<'a> {
    pub(crate) assets: Vec<Tradable<'a>>,
    pub(crate) gates: Gatekeeper,
}

/// An asset, the index range of its bars in the plan's period, and what is measured of them once.
#[derive(Clone)]
pub(crate) struct Tradable<'a> {
    pub(crate) asset: Asset<'a>,
    pub(crate) first: usize,
    pub(crate) end: usize,
    /// The average true range after each bar; empty if the plan does not ask for it.
    atr: Vec<f64>,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(plan: &Plan, assets: &[Asset<'a>]) -> Result<Self, ReplayError> {
        Self::of(plan, &in_order(assets)?)
    }

    /// Of assets that come in order.
    pub(crate) fn of(plan: &Plan, sorted: &[Asset<'a>]) -> Result<Self, ReplayError> {
        let wanted = plan.timeframe;
        let mut grid = None;
        let mut tradable = Vec::with_capacity(sorted.len());
        for &asset in sorted {
            let found = asset.bars.timeframe();
            if found != wanted {
                return Err(ReplayError::WrongTimeframe {
                    token: asset.token.to_string(),
                    found,
                    wanted,
                });
            }
            if let Some(finer) = asset.finer.map(Bars::timeframe)
                && (finer >= wanted || wanted.micros() % finer.micros() != 0)
            {
                return Err(ReplayError::NotFiner {
                    token: asset.token.to_string(),
                    finer,
                    timeframe: wanted,
                });
            }
            on_grid(asset, &mut grid)?;
            tradable.push(Tradable {
                asset,
                first: asset.bars.first_open_at_or_after(plan.period.start()),
                end: asset.bars.first_open_at_or_after(plan.period.end()),
                atr: if plan.needs_atr() {
                    average_true_range(asset.bars, plan.exit.atr_bars)
                } else {
                    Vec::new()
                },
            });
        }
        if tradable.iter().all(|asset| asset.first == asset.end) {
            return Err(ReplayError::NoBars {
                assets: sorted.len(),
                timeframe: wanted,
            });
        }
        Ok(Self {
            gates: Gatekeeper::new(plan, &tradable),
            assets: tradable,
        })
    }

    /// Every open instant of the period, ascending.
    pub(crate) fn instants(&self) -> Cow<'a, [Timestamp]> {
        let traded = || {
            let opens = |one: &Tradable<'a>| &one.asset.bars.open_times()[one.first..one.end];
            self.assets.iter().map(opens)
        };
        if let [one] = &self.assets[..] {
            return Cow::Borrowed(&one.asset.bars.open_times()[one.first..one.end]);
        }
        let (Some(&first), Some(&last)) = (
            traded().filter_map(<[Timestamp]>::first).min(),
            traded().filter_map(<[Timestamp]>::last).max(),
        ) else {
            return Cow::default();
        };
        let step = self.assets[0].asset.bars.timeframe().micros();
        let places = ((last - first) / step) as usize + 1;
        if places > 8 * traded().map(<[Timestamp]>::len).sum::<usize>() {
            // Few bars far apart. The stable sort merges runs that are in order, and each asset is one.
            let mut instants: Vec<Timestamp> = traded().flatten().copied().collect();
            instants.sort();
            instants.dedup();
            return Cow::Owned(instants);
        }
        // All bars lie on one grid: mark their places.
        let mut opens = vec![false; places];
        for &open in traded().flatten() {
            opens[((open - first) / step) as usize] = true;
        }
        let marked = (0_i64..).zip(opens).filter(|(_, opens)| *opens);
        marked
            .map(|(place, _)| first.plus_micros(place * step))
            .collect()
    }
}

impl<'a> Tradable<'a> {
    /// The opening instants that may be traded on.
    pub(crate) fn opens(&self) -> &'a [Timestamp] {
        &self.asset.bars.open_times()[..self.end]
    }

    /// The average true range after a bar; NaN if it is not known yet, or not asked for.
    pub(crate) fn atr_at(&self, bar: usize) -> f64 {
        self.atr.get(bar).copied().unwrap_or(f64::NAN)
    }

    /// The bar that opens at an instant, if there is one in the period.
    pub(crate) fn bar_at(&self, instant: Timestamp) -> Option<usize> {
        self.locate(instant)
            .ok()
            .filter(|&index| index >= self.first)
    }

    /// The bar that opens at an instant, or else how many bars up to the period's end open before it.
    pub(crate) fn locate(&self, instant: Timestamp) -> Result<usize, usize> {
        let opens = self.opens();
        let Some(&first) = opens.first().filter(|&&first| first <= instant) else {
            return Err(0);
        };
        // On the grid a bar cannot stand further back than here, and stands here if none is missing before it.
        let at_most = ((instant - first) / self.asset.bars.timeframe().micros()) as usize;
        if opens.get(at_most) == Some(&instant) {
            return Ok(at_most);
        }
        opens[..opens.len().min(at_most.saturating_add(1))].binary_search(&instant)
    }
}

/// Assets in the order in which equal things happen: by symbol, source, id.
pub(crate) fn in_order<'a>(assets: &[Asset<'a>]) -> Result<Vec<Asset<'a>>, ReplayError> {
    let mut sorted = assets.to_vec();
    sorted.sort_by(|a, b| key(a.token).cmp(&key(b.token)));
    match sorted
        .windows(2)
        .find(|pair| key(pair[0].token) == key(pair[1].token))
    {
        None => Ok(sorted),
        Some(pair) => Err(ReplayError::Twice {
            token: pair[0].token.to_string(),
        }),
    }
}

/// Whether an asset's bars lie on the grid of the others, whose first open is `grid`.
fn on_grid(asset: Asset<'_>, grid: &mut Option<Timestamp>) -> Result<(), ReplayError> {
    let timeframe = asset.bars.timeframe();
    let opens = asset.bars.open_times();
    let Some(&own) = opens.first() else {
        return Ok(());
    };
    let first = *grid.get_or_insert(own);
    // Where no bar is missing, all lie as the first does.
    let asked = if asset.bars.is_contiguous() {
        &opens[..1]
    } else {
        opens
    };
    let mut due = None;
    for &at in asked {
        // Most bars follow at once, and need no division.
        let follows = due == Some(at);
        due = Some(at + timeframe);
        if !follows && (at - first) % timeframe.micros() != 0 {
            return Err(ReplayError::OffGrid {
                token: asset.token.to_string(),
                timeframe,
                at,
                first,
            });
        }
    }
    Ok(())
}

fn no_bars(assets: usize, timeframe: Timeframe) -> String {
    match assets {
        0 => format!("no token was given, so that there is no bar of {timeframe}"),
        1 => format!("the token has no bar of {timeframe}"),
        _ => format!("none of the {assets} tokens has a bar of {timeframe}"),
    }
}

fn key(token: &Token) -> (&str, &str, i64) {
    (&token.symbol, token.source.as_str(), token.id.0)
}
