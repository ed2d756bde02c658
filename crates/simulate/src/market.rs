//! The whole market of a seed, and who it looks like to a client.

use std::ops::Range;

use highwater_market::{PriceBar, Source, Timeframe, Timestamp, Token, TokenId};

use crate::{
    calendar::{self, DAYS, midnight},
    candles::{Candles, candles, wanderings},
    cast::{CAST, Part, Sector},
    hourly_signals::{HourlySignal, hourly_signals},
    moonshots::{Moonshot, moonshots},
    opinion::{Opinion, opinions},
    returns,
    revisions::{Revision, revisions},
    turns::{Turn, turns},
};

/// What the market is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The same seed gives the same market, to the byte, on every platform.
    pub seed: u64,
    /// Whether the vendor's defects are served: candles that are none, a missing day, a duplicate, dates in several
    /// forms, odd levels. Without them every row is well formed.
    pub defects: bool,
}

impl Default for Options {
    /// Seed 7, with defects.
    fn default() -> Self {
        Self {
            seed: 7,
            defects: true,
        }
    }
}

/// A simulated market: 24 tokens from 2023-07-01 to 2026-06-30, with hourly bars over the last 90 days.
///
/// Everything is computed when it is made, and looked up afterwards.
pub struct SimulatedMarket {
    pub(crate) options: Options,
    pub(crate) players: Vec<Player>,
    pub(crate) revisions: Vec<Revision>,
}

/// A token, and all that happens to it.
pub(crate) struct Player {
    pub(crate) part: Part,
    pub(crate) candles: Candles,
    /// The closes of the daily bars.
    pub(crate) closes: Vec<f64>,
    pub(crate) opinions: Vec<Opinion>,
    /// One for each hourly bar.
    pub(crate) hourly_signals: Vec<HourlySignal>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) moonshots: Vec<Moonshot>,
}

impl Player {
    /// The days on which it is listed.
    pub(crate) fn days(&self) -> Range<usize> {
        self.candles.first_day..self.candles.end_day()
    }

    /// What is said of a day of the market.
    pub(crate) fn opinion(&self, day: usize) -> Option<&Opinion> {
        self.opinions.get(day.checked_sub(self.candles.first_day)?)
    }

    /// What is said of an hour of the hourly stretch.
    pub(crate) fn hourly_signal(&self, hour: usize) -> Option<&HourlySignal> {
        self.hourly_signals
            .get(hour.checked_sub(self.candles.first_hour)?)
    }

    /// How many of its days are over at `now`.
    pub(crate) fn days_over(&self, now: Timestamp) -> usize {
        let days = self.days();
        calendar::complete_days(now).clamp(days.start, days.end) - days.start
    }

    /// Its latest complete day at `now`, counted from its first.
    pub(crate) fn latest(&self, now: Timestamp) -> Option<usize> {
        self.days_over(now).checked_sub(1)
    }
}

impl SimulatedMarket {
    /// The market of a seed.
    pub fn new(options: Options) -> Self {
        let seed = options.seed;
        let market = returns::market(seed);
        let common = wanderings(seed, &market);
        let sectors = Sector::ALL.map(|sector| returns::sector(seed, sector));
        let players: Vec<Player> = CAST
            .iter()
            .map(|part| {
                let path = returns::token(seed, part, &market, &sectors[part.sector as usize]);
                let candles = candles(seed, part, &path, &common);
                let closes: Vec<f64> = candles.daily.iter().map(|bar| bar.close).collect();
                let opinions = opinions(part, &closes);
                let moonshots = if part.is_stable() {
                    Vec::new()
                } else {
                    moonshots(&closes, &opinions)
                };
                Player {
                    part: *part,
                    turns: turns(&candles.daily),
                    hourly_signals: hourly_signals(candles.hourly.iter().map(|bar| bar.close)),
                    candles,
                    closes,
                    opinions,
                    moonshots,
                }
            })
            .collect();
        Self {
            options,
            revisions: revisions(seed, &players),
            players,
        }
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.options.seed
    }

    /// Every token, listed or not, in the order of the vendor's list.
    pub fn tokens(&self) -> Vec<Token> {
        self.players
            .iter()
            .map(|player| Token {
                source: Source::simulated(),
                id: TokenId(player.part.id),
                symbol: player.part.symbol.to_owned(),
                name: player.part.name.to_owned(),
            })
            .collect()
    }

    /// 00:00 of the first day: 2023-07-01.
    pub const fn first_day(&self) -> Timestamp {
        midnight(0)
    }

    /// 00:00 of the last day: 2026-06-30.
    pub const fn last_day(&self) -> Timestamp {
        midnight(DAYS - 1)
    }

    /// 00:00 of the first day with hourly bars.
    pub const fn first_hourly_day(&self) -> Timestamp {
        midnight(calendar::FIRST_HOURLY)
    }

    /// The bars of a token as they are in truth, before defects and revisions: daily or hourly, ascending. Empty for
    /// other timeframes and tokens.
    pub fn bars(&self, token: TokenId, timeframe: Timeframe) -> &[PriceBar] {
        let player = self.players.iter().find(|player| player.part.id == token.0);
        match (player, timeframe) {
            (Some(player), Timeframe::D1) => &player.candles.daily,
            (Some(player), Timeframe::H1) => &player.candles.hourly,
            _ => &[],
        }
    }

    /// Every row that is served otherwise at first than later, in the order in which they are corrected.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }
}
