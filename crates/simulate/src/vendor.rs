//! Answers: which rows a request asks for, newest first, and those of a page.

use highwater_api::{Endpoint, Request, Vendor, VendorError, WireRow};
use highwater_market::{Timestamp, TokenId};

use crate::{
    calendar::{self, DAYS, FIRST_HOURLY},
    defects, hourly_signals,
    market::{Player, SimulatedMarket},
    wire::Key,
};

/// How many days back the list of past moonshots reaches.
const PAST_MOONSHOTS: usize = 365;

impl Vendor for SimulatedMarket {
    fn rows(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<WireRow>, VendorError> {
        let keys = self.keys(endpoint, request, now)?;
        Ok(self.written(&keys, now))
    }

    /// Names every row asked for, and writes those of the page.
    fn page(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<WireRow>, VendorError> {
        let keys = self.keys(endpoint, request, now)?;
        let from = request.offset().min(keys.len());
        let until = from.saturating_add(request.limit as usize).min(keys.len());
        Ok(self.written(&keys[from..until], now))
    }

    fn simulated_seed(&self) -> Option<u64> {
        Some(self.seed())
    }
}

impl SimulatedMarket {
    fn written(&self, keys: &[(usize, Key)], now: Timestamp) -> Vec<WireRow> {
        keys.iter()
            .map(|(player, key)| self.write(&self.players[*player], *key, now))
            .collect()
    }

    /// The rows asked for, each by the position of its token and its key.
    fn keys(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<(usize, Key)>, VendorError> {
        // A token exists from its first day on.
        let wanted: Vec<(usize, &Player)> = self
            .players
            .iter()
            .enumerate()
            .filter(|(_, player)| calendar::midnight(player.candles.first_day) < now)
            .filter(|(_, player)| wants(request, player))
            .collect();
        let one_each = |key: Key| wanted.iter().map(|(index, _)| (*index, key)).collect();
        Ok(match endpoint.name {
            "tokens" => one_each(Key::Token),
            "daily-ohlcv" => self.daily_keys(&wanted, request, now),
            "hourly-ohlcv" => hourly_keys(&wanted, request, now),
            "trading-signals" => opinion_keys(&wanted, request, now, |day| Key::Signal { day })
                .into_iter()
                .filter(|(index, key)| self.signalled(*index, *key, request, now))
                .collect(),
            "hourly-trading-signals" => hourly_signal_keys(&wanted, now),
            "tm-grade-history" => opinion_keys(&wanted, request, now, |day| Key::Grade { day }),
            "quantmetrics" | "resistance-support" => {
                let key = if endpoint.name == "quantmetrics" {
                    Key::Quant
                } else {
                    Key::Levels
                };
                // Nothing is calculated before a first day is over.
                wanted
                    .iter()
                    .filter(|(_, player)| player.latest(now).is_some())
                    .map(|(index, _)| (*index, key))
                    .collect()
            }
            "moonshot-tokens" => moonshot_keys(&wanted, request.list == Some("past"), now),
            other => {
                return Err(VendorError::NotOffered {
                    endpoint: other.to_owned(),
                });
            }
        })
    }

    fn daily_keys(
        &self,
        wanted: &[(usize, &Player)],
        request: &Request,
        now: Timestamp,
    ) -> Vec<(usize, Key)> {
        let mut keys = Vec::new();
        // The day that runs is served as far as it has come.
        let begun = calendar::number(now.plus_micros(-1)) + 1;
        for day in days(request, begun) {
            for (index, player) in wanted {
                if !player.days().contains(&day) {
                    continue;
                }
                let hit = |defect| self.options.defects && defects::hits(defect, &player.part, day);
                if hit(defects::MISSING) {
                    continue;
                }
                keys.push((*index, Key::Daily { day }));
                if hit(defects::TWICE) {
                    keys.push((*index, Key::Daily { day }));
                }
            }
        }
        keys
    }

    fn signalled(&self, index: usize, key: Key, request: &Request, now: Timestamp) -> bool {
        let Some(signal) = request.signal else {
            return true;
        };
        let row = self.write(&self.players[index], key, now);
        row.get("TRADING_SIGNAL")
            .and_then(serde_json::Value::as_i64)
            == Some(signal)
    }
}

fn wants(request: &Request, player: &Player) -> bool {
    let part = &player.part;
    let (_, category, slug) = part.sector.category();
    let one_of = |wanted: &[String], texts: &[&str]| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|one| texts.iter().any(|text| text.eq_ignore_ascii_case(one)))
    };
    let exchanges: Vec<&str> = part.exchanges.iter().map(|(id, _)| *id).collect();
    request.wants(TokenId(part.id), part.symbol, part.name)
        && one_of(&request.categories, &[category, slug])
        && one_of(&request.exchanges, &exchanges)
}

/// The days asked for, of the first `count`, latest first.
fn days(request: &Request, count: i64) -> impl Iterator<Item = usize> {
    let count = count.clamp(0, DAYS as i64);
    let from = request.from.map_or(0, calendar::number).clamp(0, count);
    let until = request
        .until
        .map_or(count, |until| calendar::number(until).saturating_add(1))
        .clamp(from, count);
    (from as usize..until as usize).rev()
}

fn hourly_keys(
    wanted: &[(usize, &Player)],
    request: &Request,
    now: Timestamp,
) -> Vec<(usize, Key)> {
    let begun = calendar::number(now.plus_micros(-1)) + 1;
    let mut keys = Vec::new();
    for day in days(request, begun) {
        let Some(hourly_day) = day.checked_sub(FIRST_HOURLY) else {
            break;
        };
        for hour in (24 * hourly_day..24 * hourly_day + 24).rev() {
            if now - calendar::hour(hour) <= 0 {
                continue;
            }
            for (index, player) in wanted {
                if player.candles.hour(hour).is_some() {
                    keys.push((*index, Key::Hourly { hour }));
                }
            }
        }
    }
    keys
}

/// The latest hours that are over: the endpoint takes no dates.
fn hourly_signal_keys(wanted: &[(usize, &Player)], now: Timestamp) -> Vec<(usize, Key)> {
    let over = calendar::complete_hours(now);
    let mut keys = Vec::new();
    for hour in (over.saturating_sub(hourly_signals::HOURS)..over).rev() {
        for (index, player) in wanted {
            if player.hourly_signal(hour).is_some() {
                keys.push((*index, Key::HourlySignal { hour }));
            }
        }
    }
    keys
}

/// Opinions are published when their day is over.
fn opinion_keys(
    wanted: &[(usize, &Player)],
    request: &Request,
    now: Timestamp,
    key: impl Fn(usize) -> Key,
) -> Vec<(usize, Key)> {
    let mut keys = Vec::new();
    for day in days(request, calendar::complete_days(now) as i64) {
        for (index, player) in wanted {
            if player.days().contains(&day) {
                keys.push((*index, key(day)));
            }
        }
    }
    keys
}

fn moonshot_keys(wanted: &[(usize, &Player)], past: bool, now: Timestamp) -> Vec<(usize, Key)> {
    let over = calendar::complete_days(now);
    let mut found = Vec::new();
    for (index, player) in wanted {
        let Some(latest) = player.latest(now) else {
            continue;
        };
        let first_day = player.candles.first_day;
        for moonshot in &player.moonshots {
            if moonshot.begins > latest {
                break;
            }
            let delisted = player.candles.end_day() < over;
            let shown = if moonshot.ends <= latest {
                past && first_day + moonshot.ends + PAST_MOONSHOTS > over
            } else {
                !past && !delisted
            };
            if shown {
                let begun = first_day + moonshot.begins;
                found.push((
                    begun,
                    *index,
                    Key::Moonshot {
                        moonshot: *moonshot,
                    },
                ));
            }
        }
    }
    found.sort_by_key(|(begun, index, _)| (std::cmp::Reverse(*begun), *index));
    found
        .into_iter()
        .map(|(_, index, key)| (index, key))
        .collect()
}
