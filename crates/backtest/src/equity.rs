//! The account over time.

use highwater_market::Timestamp;
use serde::Serialize;

use crate::{asset::Tradable, costs::Costs, position::Position};

/// The account after one open instant, with every position at its latest close. Money in the quote currency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EquityPoint {
    /// The open instant: the bars that open then are complete one timeframe later, and so is this point.
    pub time: Timestamp,
    /// Cash, without the deposits of shorts.
    pub cash: f64,
    /// Cash and the worth of every position.
    pub equity: f64,
    /// Coins held or owed, times their latest close: the sum over positions, without sign.
    pub exposure: f64,
    /// Equity over its highest value so far, minus 1: 0 at a new high, -0.25 when a quarter was lost.
    pub drawdown: f64,
}

/// Cash and what positions are worth: the same sum in the same order wherever equity is asked for.
pub(crate) fn equity(cash: f64, worth: impl Iterator<Item = f64>) -> f64 {
    worth.fold(cash, |equity, worth| equity + worth)
}

/// Builds the curve point by point. The initial cash is its first high.
pub(crate) struct Curve {
    points: Vec<EquityPoint>,
    peak: f64,
    costs: Costs,
}

impl Curve {
    /// A curve of so many points.
    pub(crate) fn new(initial: f64, costs: Costs, points: usize) -> Self {
        Self {
            points: Vec::with_capacity(points),
            peak: initial,
            costs,
        }
    }

    /// Append a point: the positions come in the order of the assets, each with the coins left, and
    /// the open of its latest bar with its close.
    pub(crate) fn push<'p>(
        &mut self,
        time: Timestamp,
        cash: f64,
        positions: impl Iterator<Item = (&'p Position, f64, (Timestamp, f64))>,
    ) {
        let (mut equity, mut exposure) = (cash, 0.0);
        for (position, left, (seen, close)) in positions {
            equity += position.worth(left, close, seen, self.costs);
            exposure += left * close;
        }
        self.peak = self.peak.max(equity);
        self.points.push(EquityPoint {
            time,
            cash,
            equity,
            exposure,
            drawdown: equity / self.peak - 1.0,
        });
    }

    /// Append points between which nothing happens: `add` puts what positions are worth to each, in the order of the
    /// assets. Gives all points so far.
    pub(crate) fn stretch(
        &mut self,
        instants: &[Timestamp],
        cash: f64,
        add: impl FnOnce(&mut [EquityPoint]),
    ) -> &mut Vec<EquityPoint> {
        let start = self.points.len();
        self.points.extend(instants.iter().map(|&time| EquityPoint {
            time,
            cash,
            equity: cash,
            exposure: 0.0,
            drawdown: 0.0,
        }));
        let points = &mut self.points[start..];
        add(points);
        for point in points {
            self.peak = self.peak.max(point.equity);
            point.drawdown = point.equity / self.peak - 1.0;
        }
        &mut self.points
    }

    pub(crate) const fn costs(&self) -> Costs {
        self.costs
    }

    /// Cash before the first point, of a curve without one.
    pub(crate) const fn initial(&self) -> f64 {
        self.peak
    }

    /// Equity at the last point; the initial cash before the first.
    pub(crate) fn last(&self) -> f64 {
        self.points.last().map_or(self.peak, |point| point.equity)
    }

    pub(crate) fn finish(self) -> Vec<EquityPoint> {
        self.points
    }
}

/// The price of an asset at an open instant, and the open of its bar: its open, or its last close if no bar of it opens
/// then.
///
/// # Panics
/// If the asset has no bar yet: nobody can hold it.
pub(crate) fn price_at_open(tradable: &Tradable<'_>, instant: Timestamp) -> (Timestamp, f64) {
    let bars = tradable.asset.bars;
    match tradable.locate(instant) {
        Ok(index) => (instant, bars.open()[index]),
        Err(after) => (bars.open_times()[after - 1], bars.close()[after - 1]),
    }
}
