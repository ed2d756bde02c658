//! The curve of a replay in leaps, drawn afterwards.
//!
//! Between two moments at which something opens or closes, cash and coins stay the same: such a stretch is drawn asset by
//! asset, column by column, from nothing but closes. The sums are those of the bar-by-bar replay, in its order.

use highwater_market::Timestamp;

use crate::{EquityPoint, asset::Tradable, costs::Costs, equity::Curve, position::Basis};

/// Points drawn at a time: as many as stay in a near cache while several positions are added up.
const CHUNK: usize = 1_024;

/// Coins of one asset that stayed the same from one bar to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) asset: usize,
    pub(crate) basis: Basis,
    pub(crate) coins: f64,
    /// The first bar at whose close they were held, and its open.
    pub(crate) from: usize,
    pub(crate) begins: Timestamp,
    /// The first bar at whose close they were held no longer; `None`: they stood at the end.
    pub(crate) until: Option<usize>,
}

/// Cash after each moment at which something happened.
pub(crate) type Ledger = Vec<(Timestamp, f64)>;

/// An open position on its way through the instants.
struct Open<'s, 'a> {
    stretch: &'s Stretch,
    tradable: &'s Tradable<'a>,
    /// The first bar that was not passed yet.
    next: usize,
}

impl Open<'_, '_> {
    /// The latest bar at an instant, if the next one is not later than that.
    fn latest(&self, instant: Timestamp) -> usize {
        let opens = self.tradable.opens().get(self.next) == Some(&instant);
        self.next - usize::from(!opens)
    }

    /// Add the worth of the position to each point, at its latest close.
    fn add(&mut self, points: &mut [EquityPoint], costs: Costs) {
        let opens = self.tradable.opens();
        let closes = self.tradable.asset.bars.close();
        let Stretch { basis, coins, .. } = *self.stretch;
        let put = |point: &mut EquityPoint, seen: Timestamp, close: f64| {
            point.equity += basis.worth(coins, close, seen, costs);
            point.exposure += coins * close;
        };
        let Some((first, last)) = points.first().zip(points.last()) else {
            return;
        };
        let end = self.next + points.len();
        if opens.get(self.next) == Some(&first.time) && opens.get(end - 1) == Some(&last.time) {
            // As many bars as instants between the same two, and every bar opens at one of them: none is missing.
            for (point, &close) in points.iter_mut().zip(&closes[self.next..end]) {
                put(point, point.time, close);
            }
            self.next = end;
            return;
        }
        for point in points {
            self.next += usize::from(opens.get(self.next) == Some(&point.time));
            let latest = self.next - 1;
            put(point, opens[latest], closes[latest]);
        }
    }
}

/// Draw the curve: one point per instant. The stretches come by their beginnings. `drawn` sees the curve as it grows, and
/// may take the points that it has seen.
pub(crate) fn draw(
    assets: &[Tradable<'_>],
    instants: &[Timestamp],
    stretches: &[Stretch],
    ledger: &Ledger,
    curve: &mut Curve,
    mut drawn: impl FnMut(&mut Vec<EquityPoint>),
) {
    let costs = curve.costs();
    let mut cash = curve.initial();
    let mut opening = stretches.iter().peekable();
    let mut open: Vec<Open<'_, '_>> = Vec::new();
    let mut from = 0;
    let mut moments = ledger.iter().peekable();
    while from < instants.len() {
        let begins = instants[from];
        while let Some((_, after)) = moments.next_if(|(time, _)| *time <= begins) {
            cash = *after;
        }
        let until = moments.peek().map_or(instants.len(), |(time, _)| {
            from + before(&instants[from..], *time)
        });
        let mut opened = false;
        while let Some(stretch) = opening.next_if(|stretch| stretch.begins <= begins) {
            open.push(Open {
                stretch,
                tradable: &assets[stretch.asset],
                next: stretch.from,
            });
            opened = true;
        }
        open.retain(|open| {
            let until = open.stretch.until;
            until.is_none_or(|until| open.latest(begins) < until)
        });
        if opened {
            open.sort_by_key(|open| open.stretch.asset);
        }
        while from < until {
            let end = until.min(from + CHUNK);
            let points = curve.stretch(&instants[from..end], cash, |points| {
                for open in &mut open {
                    open.add(points, costs);
                }
            });
            drawn(points);
            from = end;
        }
    }
}

/// How many instants come before a moment, which is likely to be near: they are looked through in growing steps.
fn before(instants: &[Timestamp], moment: Timestamp) -> usize {
    let mut reach = 1;
    while instants.get(reach - 1).is_some_and(|&at| at < moment) {
        reach *= 2;
    }
    let from = reach / 2;
    let near = &instants[from..(reach - 1).min(instants.len()).max(from)];
    from + near.partition_point(|&at| at < moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_instants_lie_before_a_moment_as_a_count_finds() {
        for len in 0..70_i64 {
            let instants: Vec<Timestamp> =
                (0..len).map(|n| Timestamp::from_seconds(10 * n)).collect();
            for second in -5..10 * len + 15 {
                let moment = Timestamp::from_seconds(second);
                let counted = instants.iter().filter(|at| **at < moment).count();
                assert_eq!(before(&instants, moment), counted, "{len} {second}");
            }
        }
    }
}
