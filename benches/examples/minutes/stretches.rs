//! The equity of one token drawn by stretches: a prototype beside the curve of `run`, to be measured.
//!
//! Between two moments at which something opens or closes, cash and coins stay, and equity asks for the close alone.
//! The curve of `run` asks at every bar who opened, who closed, which bar is the latest of each token.

use highwater_backtest::{EquityPoint, Trade};
use highwater_market::Bars;

/// One point per bar, for trades of one token, long and without costs, one after the other.
pub(crate) fn draw(bars: &Bars, trades: &[Trade], initial: f64) -> Vec<EquityPoint> {
    let mut points = Vec::with_capacity(bars.len());
    let (mut cash, mut peak, mut at) = (initial, initial, 0);
    for trade in trades {
        peak = stretch(&mut points, bars, at..trade.entry_bar, (cash, 0.0), peak);
        cash -= trade.quantity * trade.entry_price;
        at = if trade.is_closed() {
            trade.exit_bar
        } else {
            bars.len()
        };
        let held = (cash, trade.quantity);
        peak = stretch(&mut points, bars, trade.entry_bar..at, held, peak);
        cash += trade.quantity * trade.exit_price;
    }
    stretch(&mut points, bars, at..bars.len(), (cash, 0.0), peak);
    points
}

fn stretch(
    points: &mut Vec<EquityPoint>,
    bars: &Bars,
    range: std::ops::Range<usize>,
    (cash, coins): (f64, f64),
    mut peak: f64,
) -> f64 {
    let times = &bars.open_times()[range.clone()];
    let closes = &bars.close()[range];
    points.extend(times.iter().zip(closes).map(|(&time, &close)| {
        let exposure = coins * close;
        let equity = cash + exposure;
        peak = peak.max(equity);
        EquityPoint {
            time,
            cash,
            equity,
            exposure,
            drawdown: equity / peak - 1.0,
        }
    }));
    peak
}
