//! What a replay is measured against: something bought at the first open and held.

use highwater_market::{Bars, Timestamp};

use crate::{Asset, Outcome, Plan, ReplayError, asset::Prepared};

/// A benchmark, at the instants of a replay. It pays no costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// What it is, in words.
    pub name: String,
    /// Simple returns, one per open instant of the replay, from close to close; the first is from the open at which it was
    /// bought. NaN where it has none.
    pub returns: Vec<f64>,
}

impl Benchmark {
    /// What a benchmark of one token is called.
    fn name_of(symbol: &str) -> String {
        format!("buy and hold of {symbol}")
    }

    /// One token, bought at its first open at or after the first instant of the replay, at its latest close from then on.
    /// Before its first bar and after its last it has no return.
    pub fn of_bars(symbol: &str, bars: &Bars, outcome: &Outcome) -> Self {
        let mut held = Held::from(bars, outcome);
        let last = bars.open_times().last().copied();
        let mut before = None;
        let returns = outcome
            .equity
            .iter()
            .map(|point| {
                let growth = held
                    .growth_at(point.time)
                    .filter(|_| last.is_some_and(|last| point.time <= last));
                let base = before.unwrap_or(1.0);
                before = growth.or(before);
                growth.map_or(f64::NAN, |growth| growth / base - 1.0)
            })
            .collect();
        Self {
            name: Self::name_of(symbol),
            returns,
        }
    }

    /// Every token of the replay, in equal parts: each part is bought at the token's first open and held, at its latest
    /// close; before that it is cash. A token without a bar in the plan's period has no part.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn of_universe(
        plan: &Plan,
        assets: &[Asset<'_>],
        outcome: &Outcome,
    ) -> Result<Self, ReplayError> {
        let prepared = Prepared::new(plan, assets)?;
        let mut parts: Vec<Held<'_>> = prepared
            .assets
            .iter()
            .filter(|one| one.first < one.end)
            .map(|one| Held::from(one.asset.bars, outcome))
            .collect();
        let count = parts.len();
        let mut before = 1.0;
        let returns = outcome
            .equity
            .iter()
            .map(|point| {
                let worth: f64 = parts
                    .iter_mut()
                    .map(|part| part.growth_at(point.time).unwrap_or(1.0))
                    .sum();
                let growth = worth / count as f64;
                let gained = growth / before - 1.0;
                before = growth;
                gained
            })
            .collect();
        Ok(Self {
            name: match &prepared.assets[..] {
                [one] => Self::name_of(&one.asset.token.symbol),
                _ => format!("buy and hold of {count} tokens in equal parts"),
            },
            returns,
        })
    }

    /// Whether it has a return at any instant.
    pub fn is_empty(&self) -> bool {
        self.returns.iter().all(|value| value.is_nan())
    }
}

/// A token that was bought at an open, looked at instant by instant.
struct Held<'a> {
    bars: &'a Bars,
    /// The bar at whose open it was bought.
    bought: usize,
    /// The bar after the latest that is complete.
    next: usize,
}

impl<'a> Held<'a> {
    fn from(bars: &'a Bars, outcome: &Outcome) -> Self {
        let bought = outcome
            .equity
            .first()
            .map_or(bars.len(), |point| bars.first_open_at_or_after(point.time));
        Self {
            bars,
            bought,
            next: bought,
        }
    }

    /// What one unit of money became by the close of the bar that opens at an instant, or the latest before it; instants
    /// must come ascending. `None` before it was bought.
    fn growth_at(&mut self, instant: Timestamp) -> Option<f64> {
        let opens = self.bars.open_times();
        while opens.get(self.next).is_some_and(|open| *open <= instant) {
            self.next += 1;
        }
        (self.next > self.bought)
            .then(|| self.bars.close()[self.next - 1] / self.bars.open()[self.bought])
    }
}
