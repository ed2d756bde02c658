//! Stop and target asked of one pyramid at once: a prototype beside [`highwater_backtest::FirstTouch`], to be measured.
//!
//! Two questions to two pyramids each go as far as their own touch, and the farther answer is thrown away: a target
//! that is reached years after the stop costs its whole way. One walk over both columns ends at the nearer touch. It
//! begins with a scan of some blocks, since near touches are found so without a level of the pyramid.

const FAN_OUT: usize = 16;

/// How many bars are looked at one block after the other before the pyramid is asked.
const SCANNED: usize = 128;

/// Highs and lows with the highest and lowest of each 16, and so on.
pub(crate) struct Bracket<'a> {
    levels: Vec<(Vec<f64>, Vec<f64>)>,
    high: &'a [f64],
    low: &'a [f64],
}

impl<'a> Bracket<'a> {
    pub(crate) fn new(high: &'a [f64], low: &'a [f64]) -> Self {
        let mut levels: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
        loop {
            let (highs, lows) = levels
                .last()
                .map_or((high, low), |(high, low)| (high.as_slice(), low.as_slice()));
            if highs.len() <= FAN_OUT {
                return Self { levels, high, low };
            }
            let of = |column: &[f64], keep: fn(f64, f64) -> f64| -> Vec<f64> {
                column
                    .chunks(FAN_OUT)
                    .map(|block| block.iter().copied().reduce(keep).unwrap_or(f64::NAN))
                    .collect()
            };
            let highest = of(highs, |kept, one| if one > kept { one } else { kept });
            let lowest = of(lows, |kept, one| if one < kept { one } else { kept });
            levels.push((highest, lowest));
        }
    }

    fn at(&self, level: usize) -> (&[f64], &[f64]) {
        match level.checked_sub(1) {
            None => (self.high, self.low),
            Some(above) => {
                let (high, low) = &self.levels[above];
                (high, low)
            }
        }
    }

    /// The first bar, `from` or later, whose low is at or below the stop or whose high is at or above the target.
    pub(crate) fn first(&self, from: usize, stop: f64, target: f64) -> Option<usize> {
        let scanned = (from + SCANNED).div_ceil(FAN_OUT) * FAN_OUT;
        let scanned = scanned.min(self.low.len());
        let (high, low) = (&self.high[..scanned], &self.low[..scanned]);
        if let Some(found) = first_by_blocks(low, high, from, stop, target) {
            return Some(found);
        }
        let (mut level, mut from) = (0, scanned);
        let mut found = loop {
            let (high, low) = self.at(level);
            let end = ((from / FAN_OUT + 1) * FAN_OUT).min(low.len());
            if from < end
                && let Some(found) = first_of(&low[..end], &high[..end], from, stop, target)
            {
                break found;
            }
            if level == self.levels.len() {
                return None;
            }
            from = from / FAN_OUT + 1;
            level += 1;
        };
        while level > 0 {
            level -= 1;
            let (high, low) = self.at(level);
            let start = found * FAN_OUT;
            let end = (start + FAN_OUT).min(low.len());
            found = first_of(&low[..end], &high[..end], start, stop, target)?;
        }
        Some(found)
    }
}

/// One bar after the other.
fn first_of(low: &[f64], high: &[f64], from: usize, stop: f64, target: f64) -> Option<usize> {
    let pairs = low[from..].iter().zip(&high[from..]);
    let touches = |(&low, &high): (&f64, &f64)| low <= stop || high >= target;
    let offset = pairs.map(touches).position(|touches| touches)?;
    Some(from + offset)
}

/// Sixteen bars at once, without asking in between: the compiler makes wide comparisons of it.
pub(crate) fn first_by_blocks(
    low: &[f64],
    high: &[f64],
    from: usize,
    stop: f64,
    target: f64,
) -> Option<usize> {
    let blocks = low[from..]
        .chunks_exact(FAN_OUT)
        .zip(high[from..].chunks_exact(FAN_OUT));
    let mut at = from;
    for (low, high) in blocks {
        let any = low.iter().zip(high).fold(false, |any, (&low, &high)| {
            any | (low <= stop) | (high >= target)
        });
        if any {
            break;
        }
        at += FAN_OUT;
    }
    first_of(low, high, at, stop, target)
}
