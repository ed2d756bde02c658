//! Daily log returns: a market, sectors and each token's own, all with memory in their volatility.
//!
//! ```text
//! token[t]  = beta * market[t] + sector[t] + own[t] + jump[t] + story[t]
//! story[t]  = 0.975 * story[t-1] + a small step: the weeks-long drift that a trend rule may or may not catch
//! factor[t] = drift - deviation^2 / 2 + deviation * sqrt(h[t]) * e[t]       e: Student's t, variance 1
//! h[t+1]    = 1 - a - b + a * h[t] * e[t]^2 + b * h[t]                      GARCH(1,1), mean 1
//! ```
//! The market's drift and deviation are those of its regime (rising, sideways, falling), which lasts for weeks; now
//! and then it jumps, mostly down, and takes everything along.

use crate::{
    calendar::DAYS,
    cast::{self, Fate, Part, Sector},
    draws::Draws,
};

/// Returns, and the deviation that each was drawn with.
pub(crate) struct Path {
    pub(crate) returns: Vec<f64>,
    pub(crate) deviations: Vec<f64>,
}

/// Volatility with memory, 1 on average.
struct Heat {
    level: f64,
    shock: f64,
    memory: f64,
}

impl Heat {
    const fn new(shock: f64, memory: f64) -> Self {
        Self {
            level: 1.0,
            shock,
            memory,
        }
    }

    /// Today's multiple of the usual deviation, and tomorrow's state after a draw.
    fn pass(&mut self, draw: f64) -> f64 {
        let today = self.level.sqrt();
        let base = 1.0 - self.shock - self.memory;
        let next = base + self.shock * self.level * draw * draw + self.memory * self.level;
        self.level = next.min(7.0);
        today
    }
}

#[derive(Clone, Copy)]
enum Regime {
    Rising,
    Sideways,
    Falling,
}

impl Regime {
    /// Drift and deviation of a day, and how many days it lasts on average.
    const fn character(self) -> (f64, f64, f64) {
        match self {
            Self::Rising => (0.0040, 0.018, 60.0),
            Self::Sideways => (0.0004, 0.015, 40.0),
            Self::Falling => (-0.0040, 0.025, 42.0),
        }
    }

    fn next(self, draws: &mut Draws) -> Self {
        let first = draws.uniform() < 0.55;
        match (self, first) {
            (Self::Rising, true) | (Self::Falling, true) => Self::Sideways,
            (Self::Sideways, true) | (Self::Falling, false) => Self::Rising,
            (Self::Rising | Self::Sideways, false) => Self::Falling,
        }
    }
}

/// The market's slow growth, and the share of the way back to it that a day goes: without it, three years of regimes
/// end anywhere.
const GROWTH: f64 = 0.0006;
const PULL: f64 = 0.003;

/// The market's own path.
pub(crate) fn market(seed: u64) -> Path {
    let mut draws = Draws::new(seed, 1);
    let mut heat = Heat::new(0.10, 0.86);
    let mut regime = Regime::Sideways;
    let mut path = Path {
        returns: Vec::with_capacity(DAYS),
        deviations: Vec::with_capacity(DAYS),
    };
    let mut level = 0.0;
    for day in 0..DAYS {
        let (drift, deviation, days) = regime.character();
        let away = level - GROWTH * day as f64;
        if draws.uniform() < 1.0 / days {
            regime = regime.next(&mut draws);
        }
        let draw = draws.fat(5.0);
        let deviation = deviation * heat.pass(draw);
        let jump = if draws.uniform() < 0.004 {
            -draws.between(0.05, 0.14) * if draws.uniform() < 0.75 { 1.0 } else { -0.7 }
        } else {
            0.0
        };
        let step = drift - PULL * away - deviation * deviation / 2.0 + deviation * draw + jump;
        level += step;
        path.returns.push(step);
        path.deviations.push(deviation);
    }
    path
}

/// What a sector does beyond the market.
pub(crate) fn sector(seed: u64, sector: Sector) -> Path {
    let mut draws = Draws::new(seed, 10 + sector as u64);
    let usual = match sector {
        Sector::Stable => 0.0,
        Sector::Layer1 => 0.006,
        Sector::Defi => 0.013,
        Sector::Gaming => 0.015,
        Sector::Ai => 0.017,
        Sector::Meme => 0.02,
    };
    factor(&mut draws, usual, &mut Heat::new(0.08, 0.88), DAYS)
}

fn factor(draws: &mut Draws, usual: f64, heat: &mut Heat, days: usize) -> Path {
    let mut path = Path {
        returns: Vec::with_capacity(days),
        deviations: Vec::with_capacity(days),
    };
    for _ in 0..days {
        let draw = draws.fat(4.5);
        let deviation = usual * heat.pass(draw);
        path.returns
            .push(deviation * draw - deviation * deviation / 2.0);
        path.deviations.push(deviation);
    }
    path
}

/// What is told of a token carries it for some weeks: a drift that fades by this share a day...
const STORY: f64 = 0.975;
/// ... and is moved by this share of the token's own deviation.
const STORY_STEP: f64 = 0.014;

/// A token's returns over the whole calendar, whether it is listed on a day or not.
pub(crate) fn token(seed: u64, part: &Part, market: &Path, sector: &Path) -> Path {
    let mut draws = Draws::new(seed, 1_000 + part.id as u64);
    if part.is_stable() {
        return pegged(&mut draws, part);
    }
    let mut path = factor(&mut draws, part.own, &mut Heat::new(0.12, 0.83), DAYS);
    let mut story = 0.0;
    for day in 0..DAYS {
        story = STORY * story + STORY_STEP * part.own * draws.normal();
        path.returns[day] += story;
        if draws.uniform() < 0.006 {
            path.returns[day] += draws.sign() * draws.between(1.5, 4.5) * part.own;
        }
        path.returns[day] += part.beta * market.returns[day] + sector.returns[day];
        let parts = [
            path.deviations[day],
            part.beta * market.deviations[day],
            sector.deviations[day],
        ];
        path.deviations[day] = parts.iter().map(|part| part * part).sum::<f64>().sqrt();
    }
    if matches!(part.fate, Fate::Delisted { .. }) {
        // It fades for months before it goes.
        for step in &mut path.returns[part.end_day().saturating_sub(180)..] {
            *step -= 0.012;
        }
    }
    if let Fate::Collapses { on } = part.fate {
        let from = cast::day(on).unwrap_or(DAYS);
        // Half of the loss falls in the first week, the rest bleeds away.
        for day in from..DAYS.min(from + 60) {
            let week = if day < from + 7 {
                1.9 / 7.0
            } else {
                1.9 / 53.0
            };
            path.returns[day] -= week;
            path.deviations[day] *= 2.0;
        }
    }
    path
}

/// Near a dollar: the log price goes back to 0, and once falls by some percent for a few days.
fn pegged(draws: &mut Draws, part: &Part) -> Path {
    let mut path = Path {
        returns: Vec::with_capacity(DAYS),
        deviations: vec![part.own; DAYS],
    };
    let slip = draws.whole(400, 700);
    let mut log_price = 0.0;
    for day in 0..DAYS {
        let target = match day.checked_sub(slip) {
            Some(0) => -0.04,
            Some(1) => -0.075,
            Some(2) => -0.02,
            _ => 0.0,
        };
        let next = target + 0.3 * (log_price - target) + part.own * draws.normal();
        // After the slip the peg holds again at once.
        let next = if (slip..slip + 3).contains(&day) {
            target
        } else {
            next
        };
        path.returns.push(next - log_price);
        log_price = next;
    }
    path
}
