//! Whether signals know what had not happened when they were known: their declared lag, checked against the bars.
//!
//! ```text
//! signal of a moment ... known ... | the bar that opens then, or next |       its return had not happened yet
//! ```
//! Of a signal without foresight, the direction says little about that bar: it agrees with the sign of the bar's return
//! as often as its own direction and the bars' drift make likely, or as the sign of the bar before would, where bars tend
//! to follow or to undo each other. A share of agreements that this gives less than once in a million is implausible:
//! most likely the signal was computed from that very bar, and its declared lag is too short. The same share with signals
//! known some bars later tells how much too short.
//!
//! This sees foresight of whole bars and of their direction, in numbers large enough to tell. It sees neither a few
//! planted trades, nor foresight of what happens later than [`LATER`] bars after.

use std::collections::BTreeMap;

use highwater_market::{Bars, Direction, Known, Signal, SignalEvent, Timestamp};
use serde::Serialize;

use crate::Plan;

/// So many bars later is looked at too.
pub const LATER: usize = 3;

/// Fewer signals tell nothing.
pub const ENOUGH: usize = 20;

/// A chance below this is no chance.
pub const IMPLAUSIBLE: f64 = 1e-6;

/// How often signals agree with the returns of some bars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Signals whose bar has a return other than 0.
    pub signals: usize,
    /// Those of them that agree with its sign.
    pub agree: usize,
}

/// What the bars say of the signals of one token, or of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// The token's ticker; `None`: all tokens, one signal an instant, since tokens rise and fall together.
    pub symbol: Option<String>,
    /// With the bar that opens when the signal is known, or first after that.
    pub next: Share,
    /// The share that chance would give, from the directions of the signals, the drift of the bars, and how far a bar
    /// tells the sign of the next.
    pub by_chance: f64,
    /// How likely chance gives at least as many agreements.
    pub p_value: f64,
    /// With the bars 1, 2 and 3 after that one: what was left if the signals were known so much later.
    pub later: [Share; LATER],
    /// With the bar in which the signal is dated: a signal may well be made of it.
    pub dated: Share,
}

impl Agreement {
    /// Whether chance does not give this, or hardly ever.
    pub fn is_implausible(&self) -> bool {
        is_implausible(self.next, self.p_value)
    }

    /// How many bars later the signals would have to be known for the agreement to be plausible; `None`: more than
    /// [`LATER`].
    pub fn plausible_after(&self) -> Option<usize> {
        let plausible = |share: &Share| {
            !is_implausible(*share, at_least(share.agree, share.signals, self.by_chance))
        };
        self.later.iter().position(plausible).map(|at| at + 1)
    }
}

fn is_implausible(share: Share, p_value: f64) -> bool {
    share.signals >= ENOUGH && p_value < IMPLAUSIBLE
}

/// The signals of one token, and the bars that they are acted on.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The token's ticker.
    pub symbol: &'a str,
    /// Every version of its signals, in any order.
    pub signals: &'a [Known<Signal>],
    /// Its bars.
    pub bars: &'a Bars,
}

/// One signal and the bar that had not happened when it was known.
#[derive(Clone, Copy)]
struct Trial {
    direction: Direction,
    dated: Timestamp,
    /// The index of the bar.
    bar: usize,
}

/// Check signals that are known in the plan's period against the bars: each token that has signals, and, of several,
/// all together. Of several signals known before one open, the latest counts, as in a replay; one that says flat has no
/// direction to compare.
pub fn check(plan: &Plan, tokens: &[Published<'_>]) -> Vec<Agreement> {
    let trials: Vec<(&Published<'_>, Vec<Trial>)> = tokens
        .iter()
        .map(|token| (token, trials(plan, token)))
        .filter(|(_, trials)| !trials.is_empty())
        .collect();
    let mut found: Vec<Agreement> = trials
        .iter()
        .map(|(token, trials)| {
            let habits = Habits::of(token.bars, trials);
            let each = trials.iter().map(|&trial| (*token, trial, habits));
            agreement(Some(token.symbol.to_owned()), each)
        })
        .collect();
    if trials.len() > 1 {
        let mut instants: BTreeMap<Timestamp, (&Published<'_>, Trial, Habits)> = BTreeMap::new();
        for (token, trials) in &trials {
            let habits = Habits::of(token.bars, trials);
            for &trial in trials {
                let open = token.bars.open_times()[trial.bar];
                instants.entry(open).or_insert((token, trial, habits));
            }
        }
        found.push(agreement(None, instants.into_values()));
    }
    found
}

fn trials(plan: &Plan, token: &Published<'_>) -> Vec<Trial> {
    let mut latest: BTreeMap<usize, (Timestamp, Timestamp, SignalEvent)> = BTreeMap::new();
    for signal in token.signals {
        let Some(event) = signal.value.event else {
            continue;
        };
        if !plan.period.contains(signal.known_from) {
            continue;
        }
        let bar = token.bars.first_open_at_or_after(signal.known_from);
        if bar == token.bars.len() {
            continue;
        }
        let this = (signal.known_from, signal.event_time, event);
        let held = latest.entry(bar).or_insert(this);
        if (this.0, this.1) >= (held.0, held.1) {
            *held = this;
        }
    }
    latest
        .into_iter()
        .filter_map(|(bar, (_, dated, event))| {
            Some(Trial {
                direction: event.direction()?,
                dated,
                bar,
            })
        })
        .collect()
}

/// The habits of the bars are measured over the stretch of a token's signals and so many bars before and after it: of
/// that stretch alone, a few signals would be their own yardstick.
const AROUND: usize = 50;

/// What the bars tell without foresight.
#[derive(Clone, Copy)]
struct Habits {
    /// The share of bars that rose, among those that moved.
    rose: f64,
    /// How often the better of two rules, a bar as the bar before and a bar against it, tells a bar's sign.
    followed: f64,
}

impl Habits {
    fn of(bars: &Bars, trials: &[Trial]) -> Self {
        let (Some(first), Some(last)) = (trials.first(), trials.last()) else {
            return Self {
                rose: 0.5,
                followed: 0.5,
            };
        };
        let stretch = first.bar.saturating_sub(AROUND)..=last.bar + AROUND;
        let signs: Vec<bool> = stretch.filter_map(|bar| rose(bars, bar)).collect();
        let share = |true_ones: usize, all: usize| {
            if all == 0 {
                0.5
            } else {
                true_ones as f64 / all as f64
            }
        };
        let repeated = signs.windows(2).filter(|pair| pair[0] == pair[1]).count();
        let repeated = share(repeated, signs.len().saturating_sub(1));
        Self {
            rose: share(signs.iter().filter(|&&rose| rose).count(), signs.len()),
            followed: repeated.max(1.0 - repeated),
        }
    }

    /// How likely a direction agrees with a bar that it knows nothing of but what came before.
    fn agrees_by_chance(self, direction: Direction) -> f64 {
        let drift = match direction {
            Direction::Long => self.rose,
            Direction::Short => 1.0 - self.rose,
        };
        drift.max(self.followed)
    }
}

/// Whether a bar closed above its open; `None` if at it, or if there is no such bar.
fn rose(bars: &Bars, bar: usize) -> Option<bool> {
    let (open, close) = (bars.open().get(bar)?, bars.close().get(bar)?);
    (open != close).then_some(close > open)
}

fn agreement<'t>(
    symbol: Option<String>,
    trials: impl Iterator<Item = (&'t Published<'t>, Trial, Habits)>,
) -> Agreement {
    let (mut next, mut dated, mut later) = (
        Share::default(),
        Share::default(),
        [Share::default(); LATER],
    );
    let mut likely = 0.0;
    for (token, trial, habits) in trials {
        let count = |share: &mut Share, bar: Option<usize>| {
            let Some(rose) = bar.and_then(|bar| rose(token.bars, bar)) else {
                return false;
            };
            share.signals += 1;
            share.agree += usize::from(rose == (trial.direction == Direction::Long));
            true
        };
        if count(&mut next, Some(trial.bar)) {
            likely += habits.agrees_by_chance(trial.direction);
        }
        for (share, after) in later.iter_mut().zip(1..) {
            count(share, Some(trial.bar + after));
        }
        let of = token
            .bars
            .first_open_at_or_after(trial.dated.plus_micros(1));
        let covers =
            |&bar: &usize| trial.dated < token.bars.open_times()[bar] + token.bars.timeframe();
        count(&mut dated, of.checked_sub(1).filter(covers));
    }
    let by_chance = if next.signals == 0 {
        0.5
    } else {
        likely / next.signals as f64
    };
    Agreement {
        symbol,
        next,
        by_chance,
        p_value: at_least(next.agree, next.signals, by_chance),
        later,
        dated,
    }
}

/// How likely `trials` draws, each a success with probability `p`, give at least `successes`.
///
/// For draws of different probabilities whose mean is `p` this is no less than the truth above the mean (Hoeffding,
/// "On the distribution of the number of successes in independent trials", 1956), so that mixing directions and tokens
/// makes nothing look less likely than it is.
fn at_least(successes: usize, trials: usize, p: f64) -> f64 {
    if successes == 0 || p >= 1.0 {
        return 1.0;
    }
    if p <= 0.0 {
        return 0.0;
    }
    let (n, k) = (trials as f64, successes);
    // The logarithm of the chance of exactly `successes`, then the terms above it by their ratios.
    let choose: f64 = (1..=k)
        .map(|i| ((n - (k - i) as f64) / i as f64).ln())
        .sum();
    let first = choose + k as f64 * p.ln() + (n - k as f64) * (-p).ln_1p();
    let (mut term, mut sum) = (1.0, 0.0);
    for i in k..=trials {
        sum += term;
        term *= (n - i as f64) / (i as f64 + 1.0) * p / (1.0 - p);
        if term < sum * f64::EPSILON {
            break;
        }
    }
    (first + sum.ln()).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_the_binomial_is_exact_where_it_can_be_counted() {
        // successes, trials, p, chance of at least as many
        for (successes, trials, p, expected) in [
            (0, 5, 0.5, 1.0),
            (1, 1, 0.25, 0.25),
            (1, 2, 0.5, 0.75),
            (2, 2, 0.5, 0.25),
            (3, 4, 0.5, 5.0 / 16.0),
            (20, 20, 0.5, 0.5_f64.powi(20)),
            (2, 3, 0.25, 3.0 * 0.0625 * 0.75 + 0.015625),
            (1, 3, 1.0, 1.0),
            (1, 3, 0.0, 0.0),
        ] {
            let found = at_least(successes, trials, p);
            assert!(
                (found - expected).abs() <= 1e-14 * expected,
                "{successes} of {trials} at {p}: {found}, not {expected}"
            );
        }
        // 98 of 100: (C(100,98) + C(100,99) + 1) / 2^100.
        let expected = (4_950.0 + 100.0 + 1.0) * 0.5_f64.powi(100);
        let found = at_least(98, 100, 0.5);
        assert!((found / expected - 1.0).abs() < 1e-12, "{found}");
        assert!(at_least(50_000, 100_000, 0.5) > 0.5);
    }
}
