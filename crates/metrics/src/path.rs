//! The path of the value through a block: a product, its highest and its lowest point.
//!
//! The kernel tells how high and how low a block went, not where: where matters only for the few blocks that hold
//! the deepest fall, and those are walked again.

use crate::{
    Drawdown,
    convention::ReturnKind,
    drawdown::{Fall, Point},
    fold::Count,
    growth::Growth,
    kernel::Found,
};

/// A block's path from the value 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Path {
    /// Its last value.
    pub(crate) end: f64,
    /// Its highest value after a row.
    pub(crate) high: f64,
    /// Its lowest value after a row.
    pub(crate) low: f64,
}

impl Path {
    /// One of the paths that the kernel found.
    pub(crate) fn of_lane(found: &Found, lane: usize) -> Self {
        Self {
            end: found.end[lane],
            high: found.high[lane],
            low: found.low[lane],
        }
    }

    /// The path of a block, not empty, whatever its returns are: the plain way.
    pub(crate) fn of(block: &[f64], kind: ReturnKind) -> Self {
        let start = Self {
            end: 1.0,
            high: f64::NEG_INFINITY,
            low: f64::INFINITY,
        };
        block.iter().fold(start, |path, &row| {
            let end = path.end * factor(kind, row);
            Self {
                end,
                high: if end > path.high { end } else { path.high },
                low: if end < path.low { end } else { path.low },
            }
        })
    }

    /// Whether the path is that of finite rows above -100 %, and within the range of a double.
    pub(crate) fn is_ordinary(&self) -> bool {
        // An overflow shows in the high, a row of -100 % or less in the low. A NaN fails no comparison with them,
        // but shows in the sums.
        self.high < f64::INFINITY && self.low > 0.0
    }
}

/// The factor by which a return multiplies a value.
pub(crate) fn factor(kind: ReturnKind, row: f64) -> f64 {
    match kind {
        ReturnKind::Simple => 1.0 + row,
        ReturnKind::Log => libm::exp(row),
    }
}

/// The values of a block one by one, each with its row; missing and infinite rows have none. A row below -100 %
/// leaves nothing, as one of -100 % does.
pub(crate) fn values(block: &[f64], kind: ReturnKind) -> impl Iterator<Item = (usize, f64)> {
    let mut value = 1.0_f64;
    block
        .iter()
        .enumerate()
        .filter(|(_, row)| row.is_finite())
        .map(move |(at, &row)| {
            value *= factor(kind, row).max(0.0);
            (at, value)
        })
}

/// The last row at the block's highest value.
pub(crate) fn last_at_high(block: &[f64], kind: ReturnKind) -> Option<Point> {
    values(block, kind).fold(None, |high: Option<Point>, (at, value)| match high {
        Some(high) if value < high.value => Some(high),
        _ => Some(Point {
            value,
            at: Some(at),
        }),
    })
}

/// The first row at the block's lowest value.
pub(crate) fn first_at_low(block: &[f64], kind: ReturnKind) -> Option<Point> {
    values(block, kind).fold(None, |low: Option<Point>, (at, value)| match low {
        Some(low) if value >= low.value => Some(low),
        _ => Some(Point {
            value,
            at: Some(at),
        }),
    })
}

/// The last row that ends at `value`, which is the block's highest.
pub(crate) fn last_at(block: &[f64], kind: ReturnKind, value: f64) -> Option<usize> {
    values(block, kind).fold(
        None,
        |found, (at, here)| if here == value { Some(at) } else { found },
    )
}

/// The first row that ends at `value`, which is the block's lowest.
pub(crate) fn first_at(block: &[f64], kind: ReturnKind, value: f64) -> Option<usize> {
    values(block, kind).find_map(|(at, here)| (here == value).then_some(at))
}

/// The deepest fall inside a block and the value at its peak, both relative to the value before the block; none if
/// no fall is as deep as `limit`, the ratio of the deepest fall known.
pub(crate) fn deepest_fall(block: &[f64], kind: ReturnKind, limit: f64) -> Option<(Fall, f64)> {
    let mut top = f64::NEG_INFINITY;
    let mut top_at = 0;
    let mut deepest: Option<(Fall, f64)> = None;
    let mut limit = limit;
    for (at, value) in values(block, kind) {
        if value >= top {
            (top, top_at) = (value, at);
        } else if value <= top * limit * (1.0 + 4.0 * f64::EPSILON) {
            // Without the division, and with room for the roundings, so that no fall of the limit is passed over.
            let peak = Point {
                value: top,
                at: Some(top_at),
            };
            let fall = Fall::between(
                peak,
                Point {
                    value,
                    at: Some(at),
                },
            );
            if let Some(fall) = fall
                && fall.ratio <= limit
                && deepest.is_none_or(|(deepest, _)| fall.ratio < deepest.ratio)
            {
                limit = fall.ratio;
                deepest = Some((fall, top));
            }
        }
    }
    deepest
}

/// The growth of a block, whatever its rows hold.
pub(crate) fn growth(block: &[f64], kind: ReturnKind) -> Growth {
    let mut count = Count::default();
    let mut ruin = None;
    for (at, &row) in block.iter().enumerate() {
        if count.admit(row) && ruin.is_none() && factor(kind, row) < 0.0 {
            ruin = Some(at);
        }
    }
    let value = values(block, kind).last().map_or(1.0, |(_, value)| value);
    Growth {
        ruin,
        ..Growth::from_product(count, value)
    }
}

/// A block as a stretch of values: the plain way, which the kernel's shortcuts must equal.
pub(crate) fn drawdown(block: &[f64], kind: ReturnKind) -> Drawdown {
    Drawdown {
        growth: growth(block, kind),
        high: last_at_high(block, kind),
        low: first_at_low(block, kind),
        worst: deepest_fall(block, kind, 1.0).map(|(fall, _)| fall),
    }
}
