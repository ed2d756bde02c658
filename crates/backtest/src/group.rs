//! Trades by what they have in common: where a result comes from.

use std::collections::BTreeMap;

use highwater_market::Level;
use serde::Serialize;

use crate::Trade;

/// Trades that share a thing, in figures. What cannot be said is `None`, never 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What they share, in words.
    pub name: String,
    /// Trades, those standing at the end included.
    pub trades: usize,
    /// Trades that a fill closed. Wins, average R and profit factor are about these.
    pub closed: usize,
    /// Closed trades with a profit above 0.
    pub wins: usize,
    /// Wins over closed trades.
    pub win_rate: Option<f64>,
    /// Profit of all trades, those standing at the end at their last close: the groups add up to the result.
    pub pnl: f64,
    /// Mean profit in units of the risk to the stop, over closed trades that had one.
    pub average_r: Option<f64>,
    /// Sum of profits over the absolute sum of losses; `None` without a loss.
    pub profit_factor: Option<f64>,
    /// Trades whose exit a policy decided.
    pub doubtful: usize,
}

/// The trades of a replay, grouped in several ways. In each way every trade stands in one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Groups {
    /// By token: the symbol, with the source and the id where several tokens have one symbol.
    pub token: Vec<Group>,
    /// By the year, in UTC, in which they ended; those standing at the end, that of the last bar.
    pub year: Vec<Group>,
    /// By exit reason.
    pub reason: Vec<Group>,
    /// By strength of the level from which the stop was placed.
    pub stop_strength: Vec<Group>,
    /// By strength of the level from which the target was placed.
    pub target_strength: Vec<Group>,
    /// By side.
    pub side: Vec<Group>,
}

impl Groups {
    /// Each way of grouping with its name, as in JSON.
    pub fn ways(&self) -> [(&'static str, &[Group]); 6] {
        [
            ("token", &self.token),
            ("year", &self.year),
            ("reason", &self.reason),
            ("stop_strength", &self.stop_strength),
            ("target_strength", &self.target_strength),
            ("side", &self.side),
        ]
    }

    /// Group trades.
    pub fn of(trades: &[Trade]) -> Self {
        let mut tokens: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for trade in trades {
            let ids = tokens.entry(&trade.symbol).or_default();
            if !ids.contains(&(&trade.source, trade.token_id)) {
                ids.push((&trade.source, trade.token_id));
            }
        }
        let token = |trade: &Trade| {
            if tokens[trade.symbol.as_str()].len() > 1 {
                format!("{} ({}, id {})", trade.symbol, trade.source, trade.token_id)
            } else {
                trade.symbol.clone()
            }
        };
        Self {
            token: groups(trades, |trade| (token(trade), token(trade))),
            year: groups(trades, |trade| {
                let year = year(trade);
                (year, year.to_string())
            }),
            reason: groups(trades, |trade| {
                (trade.exit_reason, trade.exit_reason.name().to_owned())
            }),
            stop_strength: groups(trades, |trade| strength(trade.stop_price, trade.stop_level)),
            target_strength: groups(trades, |trade| {
                strength(trade.target_price, trade.target_level)
            }),
            side: groups(trades, |trade| (trade.side, trade.side.to_string())),
        }
    }
}

impl Group {
    /// The figures of some trades.
    pub(crate) fn of(name: String, trades: &[&Trade]) -> Self {
        let closed: Vec<&Trade> = trades
            .iter()
            .copied()
            .filter(|trade| trade.is_closed())
            .collect();
        let wins = closed.iter().filter(|trade| trade.pnl > 0.0).count();
        let gained: f64 = closed.iter().map(|trade| trade.pnl.max(0.0)).sum();
        let lost: f64 = closed.iter().map(|trade| (-trade.pnl).max(0.0)).sum();
        let multiples: Vec<f64> = closed.iter().filter_map(|trade| trade.r_multiple).collect();
        Self {
            name,
            trades: trades.len(),
            closed: closed.len(),
            wins,
            win_rate: (!closed.is_empty()).then(|| wins as f64 / closed.len() as f64),
            pnl: trades.iter().map(|trade| trade.pnl).sum(),
            average_r: mean(&multiples),
            profit_factor: (lost > 0.0).then(|| gained / lost),
            doubtful: trades.iter().filter(|trade| trade.doubtful).count(),
        }
    }
}

pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Groups by a key, ascending, each with its name.
fn groups<K: Ord>(trades: &[Trade], key: impl Fn(&Trade) -> (K, String)) -> Vec<Group> {
    let mut found: BTreeMap<K, (String, Vec<&Trade>)> = BTreeMap::new();
    for trade in trades {
        let (key, name) = key(trade);
        found
            .entry(key)
            .or_insert_with(|| (name, Vec::new()))
            .1
            .push(trade);
    }
    found
        .into_values()
        .map(|(name, trades)| Group::of(name, &trades))
        .collect()
}

/// The year in which a trade ended.
fn year(trade: &Trade) -> i64 {
    let date = trade.exit_time.date();
    // A date is its year, month and day; a year before the first has a sign.
    date.rsplitn(3, '-')
        .nth(2)
        .and_then(|year| year.parse().ok())
        .unwrap_or_default()
}

/// Bands of strength from 0 to 1; a strength at an edge stands in the band above it, 1 in the last.
const BANDS: u8 = 5;

/// The band of the level behind a price, or why there is none: bands first, then the rest.
fn strength(price: Option<f64>, level: Option<Level>) -> (u8, String) {
    let (order, name) = match (price, level.map(|level| level.strength)) {
        (_, Some(Some(strength))) => {
            let band = (0..BANDS - 1)
                .find(|&band| strength < edge(band + 1))
                .unwrap_or(BANDS - 1);
            return (band, format!("{:.1} to {:.1}", edge(band), edge(band + 1)));
        }
        (_, Some(None)) => (BANDS, "strength not stated"),
        (Some(_), None) => (BANDS + 1, "by distance"),
        (None, None) => (BANDS + 2, "none"),
    };
    (order, name.to_owned())
}

fn edge(band: u8) -> f64 {
    f64::from(band) / f64::from(BANDS)
}

#[cfg(test)]
mod tests {
    use highwater_market::{LevelSide, Price, Timestamp};

    use super::*;

    #[test]
    fn a_strength_at_an_edge_stands_in_the_band_above_it() {
        let level = |strength| {
            Some(Level {
                price: Price::new(1.0).unwrap(),
                side: LevelSide::Support,
                strength,
                touches: None,
                first_seen: Timestamp::MIN,
                last_touch: Timestamp::MIN,
            })
        };
        for (price, level, expected) in [
            (Some(1.0), level(Some(0.0)), "0.0 to 0.2"),
            (Some(1.0), level(Some(0.199)), "0.0 to 0.2"),
            (Some(1.0), level(Some(0.2)), "0.2 to 0.4"),
            (Some(1.0), level(Some(0.6)), "0.6 to 0.8"),
            (Some(1.0), level(Some(0.8)), "0.8 to 1.0"),
            (Some(1.0), level(Some(1.0)), "0.8 to 1.0"),
            (Some(1.0), level(None), "strength not stated"),
            (Some(1.0), None, "by distance"),
            (None, None, "none"),
        ] {
            assert_eq!(strength(price, level).1, expected);
        }
    }
}
