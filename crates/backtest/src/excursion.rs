//! How far price went against a trade, and for it, while it stood.
//!
//! Every bar from the entry's on counts in full (the fill is at its open), up to the bar before the exit's. Of the exit
//! bar only its open counts and the price of the exit itself: what else of it came before the exit is not known. A
//! position that stood at the end of the data stood through its last bar, which counts in full.
//!
//! Of a bar that was entered after its open, by an order that waited for its price, only what came after counts: the
//! extreme on the way from the open to that price, which lies beyond it, and the close; neither if it ended in that bar.

use std::ops::Range;

use highwater_market::Bars;
use serde::Serialize;

use crate::Trade;

/// How far price went against a trade, and for it, before slippage of the exit. As a fraction of the entry price, and in
/// R, the distance from the entry to the stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Excursion {
    /// Maximum adverse excursion: 0 or below; -0.05 if price once stood five percent on the losing side of the entry.
    pub mae: f64,
    /// Maximum favourable excursion: 0 or above.
    pub mfe: f64,
    /// `mae` in units of the distance to the stop: -1 is the stop's price. `None` without a stop.
    pub mae_r: Option<f64>,
    /// `mfe` in units of the distance to the stop. `None` without a stop.
    pub mfe_r: Option<f64>,
}

impl Excursion {
    /// From the lowest low and the highest high of the bars that count in full.
    pub(crate) fn between(trade: &Trade, bars: &Bars, extremes: Option<(f64, f64)>) -> Self {
        let (lowest, highest) = extremes.unzip();
        Self::of(trade, bars, lowest, highest)
    }

    /// Bar by bar.
    pub(crate) fn scanned(trade: &Trade, bars: &Bars) -> Self {
        let whole = whole_bars(trade);
        let lowest = bars.low()[whole.clone()].iter().copied();
        let highest = bars.high()[whole].iter().copied();
        Self::of(
            trade,
            bars,
            lowest.reduce(f64::min),
            highest.reduce(f64::max),
        )
    }

    /// From the extremes of the bars that count in full.
    fn of(trade: &Trade, bars: &Bars, lowest: Option<f64>, highest: Option<f64>) -> Self {
        let entry = trade.entry_price;
        let seen = seen_in_part(trade, bars);
        let reached = seen
            .into_iter()
            .flatten()
            .chain(lowest)
            .chain(highest)
            .map(|price| trade.side.sign() * (price - entry) / entry);
        let (mut mae, mut mfe) = (0.0_f64, 0.0_f64);
        for gain in reached {
            mae = mae.min(gain);
            mfe = mfe.max(gain);
        }
        let risk = trade.stop_price.map(|stop| (entry - stop).abs() / entry);
        Self {
            mae,
            mfe,
            mae_r: risk.map(|risk| mae / risk),
            mfe_r: risk.map(|risk| mfe / risk),
        }
    }
}

/// The bars of a trade that count in full.
fn whole_bars(trade: &Trade) -> Range<usize> {
    let end = trade.exit_bar + usize::from(!trade.is_closed());
    let start = trade.entry_bar + usize::from(trade.entered_inside);
    start.min(end)..end
}

/// The prices that count of bars that do not count in full.
fn seen_in_part(trade: &Trade, bars: &Bars) -> [Option<f64>; 4] {
    let (entry, exit) = (trade.entry_bar, trade.exit_bar);
    let same_bar = entry == exit && trade.is_closed();
    let open = bars.open()[entry];
    let beyond = if trade.entry_raw_price < open {
        bars.low()[entry]
    } else {
        bars.high()[entry]
    };
    let after_entry = trade.entered_inside && !same_bar;
    let open_of_exit = !(trade.entered_inside && entry == exit);
    [
        Some(trade.exit_raw_price),
        open_of_exit.then(|| bars.open()[exit]),
        after_entry.then_some(beyond),
        after_entry.then(|| bars.close()[entry]),
    ]
}
