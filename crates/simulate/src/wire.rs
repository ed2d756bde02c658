//! The rows of the simulated vendor, with its names, types and habits.

use highwater_api::{WireRow, iso};
use highwater_market::{PriceBar, Timestamp, TokenId};
use serde_json::{Map, Value as Json, json};

use crate::{
    calendar::{self, DAY, HOUR, midnight},
    candles,
    cast::Part,
    defects,
    draws::rounded,
    market::{Player, SimulatedMarket},
    moonshots::Moonshot,
    opinion::{self, Opinion},
    quant::quant,
    revisions::{First, RevisedTable, Revision},
    turns,
};

/// A row, named but not yet written. Days and hours are those of the market; the player is given beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Key {
    Token,
    Daily { day: usize },
    Hourly { hour: usize },
    Signal { day: usize },
    HourlySignal { hour: usize },
    Grade { day: usize },
    Quant,
    Levels,
    Moonshot { moonshot: Moonshot },
}

impl SimulatedMarket {
    /// The row as it is served at `now`.
    pub(crate) fn write(&self, player: &Player, key: Key, now: Timestamp) -> WireRow {
        match key {
            Key::Token => token(&player.part),
            Key::Daily { day } => self.daily(player, day, now),
            Key::Hourly { hour } => hourly(player, hour, now),
            Key::Signal { day } => self.signal(player, day, now),
            Key::HourlySignal { hour } => hourly_signal(player, hour),
            Key::Grade { day } => self.grade(player, day, now),
            Key::Quant => quantmetrics(player, now),
            Key::Levels => self.levels(player, now),
            Key::Moonshot { moonshot } => moonshot_row(player, &moonshot, now),
        }
    }

    /// The first version of a row, if it is not corrected yet.
    fn first_version(
        &self,
        player: &Player,
        table: RevisedTable,
        day: usize,
        now: Timestamp,
    ) -> Option<First> {
        self.revisions
            .iter()
            .find(|revision: &&Revision| {
                revision.table == table
                    && revision.day == day
                    && revision.token == TokenId(player.part.id)
                    && now < revision.revised_at
            })
            .map(|revision| revision.first)
    }

    fn daily(&self, player: &Player, day: usize, now: Timestamp) -> WireRow {
        let part = &player.part;
        let mut bar = daily_bar(player, day, now);
        if let Some(First::Bar { toward, volume }) =
            self.first_version(player, RevisedTable::Daily, day, now)
        {
            let far = if bar.high - bar.close > bar.close - bar.low {
                bar.high
            } else {
                bar.low
            };
            bar.close = rounded(bar.close + toward * (far - bar.close), part.decimals);
            bar.volume = rounded(bar.volume * volume, 2);
        }
        if self.options.defects {
            bar = defects::spoilt(bar, part, day);
        }
        let mut row = identity(part);
        let (name, date) = if self.options.defects {
            dated(part, day)
        } else {
            ("DATE", iso(midnight(day)))
        };
        row.insert(name.to_owned(), Json::from(date));
        prices(&mut row, &bar);
        row
    }

    fn signal(&self, player: &Player, day: usize, now: Timestamp) -> WireRow {
        let part = &player.part;
        let mut said = said(player, day);
        match self.first_version(player, RevisedTable::Signals, day, now) {
            Some(First::NoEvent) => {
                said.trend = if day > player.candles.first_day {
                    said_before(player, day).trend
                } else {
                    0
                };
                said.signal = 0;
            }
            Some(First::Grade { off }) => {
                said.trader_grade = shifted(said.trader_grade, off);
                said.signal_returns = rounded(said.signal_returns + off / 500.0, 4);
            }
            _ => {}
        }
        let mut row = identity(part);
        row.insert("DATE".to_owned(), Json::from(iso(midnight(day))));
        row.insert("TRADING_SIGNAL".to_owned(), Json::from(said.signal));
        let trend = if said.trend == 0 {
            Json::Null
        } else {
            Json::from(said.trend)
        };
        row.insert("TOKEN_TREND".to_owned(), trend);
        row.insert(
            "TRADING_SIGNALS_RETURNS".to_owned(),
            Json::from(said.signal_returns),
        );
        row.insert(
            "HOLDING_RETURNS".to_owned(),
            Json::from(said.holding_returns),
        );
        row.insert("tm_link".to_owned(), Json::from(part.slug));
        row.insert("TM_TRADER_GRADE".to_owned(), Json::from(said.trader_grade));
        row.insert(
            "TM_INVESTOR_GRADE".to_owned(),
            Json::from(said.investor_grade),
        );
        row.insert(
            "TM_LINK".to_owned(),
            Json::from("https://simulated.invalid/undefined"),
        );
        row
    }

    fn grade(&self, player: &Player, day: usize, now: Timestamp) -> WireRow {
        let part = &player.part;
        let mut today = said(player, day);
        if let Some(First::Grade { off }) =
            self.first_version(player, RevisedTable::Grades, day, now)
        {
            today.tm_grade = shifted(today.tm_grade, off);
        }
        let before = said_before(player, day);
        let week = said(player, day.saturating_sub(7).max(player.candles.first_day));
        let change = 100.0 * (today.tm_grade / before.tm_grade.max(0.01) - 1.0);
        let text = |value: f64, decimals| Json::from(rounded(value, decimals).to_string());
        let mut row = identity(part);
        row.insert("DATE".to_owned(), Json::from(iso(midnight(day))));
        row.insert(
            "FUNDAMENTAL_GRADE".to_owned(),
            text(today.fundamental_grade, 1),
        );
        row.insert("TM_GRADE".to_owned(), text(today.tm_grade, 1));
        row.insert("TM_GRADE_24h_PCT_CHANGE".to_owned(), text(change, 2));
        row.insert(
            "TM_TRADER_GRADE_24H_CHANGE".to_owned(),
            text(today.trader_grade - before.trader_grade, 2),
        );
        row.insert("FUNDAMENTAL_GRADE_CLASS".to_owned(), Json::from(part.class));
        row.insert(
            "TM_GRADE_SIGNAL".to_owned(),
            Json::from(opinion::word(today.tm_grade)),
        );
        row.insert(
            "MOMENTUM".to_owned(),
            Json::from(opinion::momentum(today.tm_grade - week.tm_grade)),
        );
        row.insert("TRADING_SIGNAL".to_owned(), Json::from(today.signal));
        row
    }

    fn levels(&self, player: &Player, now: Timestamp) -> WireRow {
        let latest = player.latest(now).unwrap_or_default();
        let first_day = player.candles.first_day;
        let mut list: Vec<Json> = turns::listed(&player.turns, latest)
            .map(|turn| json!({"date": midnight(first_day + turn.formed).date(), "level": turn.price}))
            .collect();
        if self.options.defects && player.part.id == defects::ODD_LEVELS {
            if let Some(level) = list
                .first_mut()
                .and_then(|element| element.get_mut("level"))
            {
                *level = Json::from(level.to_string());
            }
            list.push(json!({"date": midnight(first_day).date(), "level": 0}));
            list.push(json!({"level": player.part.price}));
        }
        let mut row = identity(&player.part);
        row.insert(
            "DATE".to_owned(),
            Json::from(iso(midnight(first_day + latest))),
        );
        row.insert(
            "HISTORICAL_RESISTANCE_SUPPORT_LEVELS".to_owned(),
            Json::from(list),
        );
        row
    }
}

/// The daily bar at `now`: of a day that still runs, what has passed of it.
fn daily_bar(player: &Player, day: usize, now: Timestamp) -> PriceBar {
    let Some(whole) = player.candles.day(day) else {
        return nothing(midnight(day));
    };
    let passed = now - midnight(day);
    if passed >= DAY {
        return *whole;
    }
    let Some(hourly_day) = day.checked_sub(calendar::FIRST_HOURLY) else {
        return candles::partial(whole, passed as f64 / DAY as f64, player.part.decimals);
    };
    let hours = (passed / HOUR) as usize;
    let mut bars: Vec<PriceBar> = (0..=hours)
        .filter_map(|hour| hourly_bar(player, 24 * hourly_day + hour, now))
        .collect();
    if bars.is_empty() {
        bars.push(candles::partial(whole, 0.0, player.part.decimals));
    }
    candles::sum(&bars)
}

/// The hourly bar at `now`; `None` if the hour has not begun.
fn hourly_bar(player: &Player, hour: usize, now: Timestamp) -> Option<PriceBar> {
    let whole = player.candles.hour(hour)?;
    let passed = now - whole.open_time;
    match passed {
        HOUR.. => Some(*whole),
        1.. => Some(candles::partial(
            whole,
            passed as f64 / HOUR as f64,
            player.part.decimals,
        )),
        _ => None,
    }
}

fn nothing(open_time: Timestamp) -> PriceBar {
    PriceBar {
        open_time,
        open: f64::NAN,
        high: f64::NAN,
        low: f64::NAN,
        close: f64::NAN,
        volume: f64::NAN,
    }
}

fn hourly(player: &Player, hour: usize, now: Timestamp) -> WireRow {
    let mut row = identity(&player.part);
    // The vendor's types declare this id a string.
    row.insert(
        "TOKEN_ID".to_owned(),
        Json::from(player.part.id.to_string()),
    );
    row.insert(
        "TIMESTAMP".to_owned(),
        Json::from(iso(calendar::hour(hour))),
    );
    let bar = hourly_bar(player, hour, now).unwrap_or_else(|| nothing(calendar::hour(hour)));
    prices(&mut row, &bar);
    row
}

/// Published when its hour is over: its close is that of the whole bar.
fn hourly_signal(player: &Player, hour: usize) -> WireRow {
    let mut row = Map::new();
    row.insert(
        "TIMESTAMP".to_owned(),
        Json::from(iso(calendar::hour(hour))),
    );
    row.extend(identity(&player.part));
    let close = player.candles.hour(hour).map(|bar| bar.close);
    row.insert("CLOSE".to_owned(), close.map_or(Json::Null, Json::from));
    let said = player.hourly_signal(hour);
    let text = |number: i64| Json::from(number.to_string());
    row.insert(
        "SIGNAL".to_owned(),
        said.map_or(Json::Null, |said| text(said.signal)),
    );
    row.insert(
        "POSITION".to_owned(),
        said.map_or(Json::Null, |said| text(said.position)),
    );
    row
}

/// The name and the form of a daily bar's date: mostly `DATE` in full, every seventh day `TIMESTAMP`, now and then
/// the plain day or no `Z`.
fn dated(part: &Part, day: usize) -> (&'static str, String) {
    let turn = day + part.id as usize;
    let name = if turn % 7 == 3 { "TIMESTAMP" } else { "DATE" };
    let full = iso(midnight(day));
    let text = match turn % 11 {
        2 => midnight(day).date(),
        6 => full.trim_end_matches('Z').to_owned(),
        _ => full,
    };
    (name, text)
}

fn identity(part: &Part) -> WireRow {
    let mut row = Map::new();
    row.insert("TOKEN_ID".to_owned(), Json::from(part.id));
    row.insert("TOKEN_NAME".to_owned(), Json::from(part.name));
    row.insert("TOKEN_SYMBOL".to_owned(), Json::from(part.symbol));
    row
}

/// NaN becomes null.
fn prices(row: &mut WireRow, bar: &PriceBar) {
    for (name, value) in [
        ("OPEN", bar.open),
        ("HIGH", bar.high),
        ("LOW", bar.low),
        ("CLOSE", bar.close),
        ("VOLUME", bar.volume),
    ] {
        row.insert(name.to_owned(), Json::from(value));
    }
}

fn token(part: &Part) -> WireRow {
    let mut row = identity(part);
    let exchanges: Vec<Json> = part
        .exchanges
        .iter()
        .map(|(id, name)| json!({"exchange_id": id, "exchange_name": name}))
        .collect();
    let (id, name, slug) = part.sector.category();
    row.insert("EXCHANGE_LIST".to_owned(), Json::from(exchanges));
    row.insert(
        "CATEGORY_LIST".to_owned(),
        json!([{"category_id": id, "category_name": name, "category_slug": slug}]),
    );
    row.insert(
        "TM_LINK".to_owned(),
        Json::from(format!("https://simulated.invalid/en/{}", part.slug)),
    );
    row
}

fn said(player: &Player, day: usize) -> Opinion {
    // Keys are made of days on which the token is listed.
    player.opinion(day).copied().unwrap_or(Opinion {
        signal: 0,
        trend: 0,
        signal_returns: 0.0,
        holding_returns: 0.0,
        trader_grade: 50.0,
        investor_grade: 50.0,
        fundamental_grade: 50.0,
        tm_grade: 50.0,
    })
}

fn said_before(player: &Player, day: usize) -> Opinion {
    said(player, day.saturating_sub(1).max(player.candles.first_day))
}

fn shifted(grade: f64, off: f64) -> f64 {
    rounded((grade + off).clamp(0.0, 100.0), 2)
}

fn quantmetrics(player: &Player, now: Timestamp) -> WireRow {
    let over = player.days_over(now);
    let date = midnight(player.candles.first_day + over.saturating_sub(1));
    let mut row = identity(&player.part);
    row.insert("DATE".to_owned(), Json::from(iso(date)));
    let figures = quant(&player.closes[..over]);
    let mut put = |name: &str, value: Option<f64>| {
        row.insert(name.to_owned(), value.map_or(Json::Null, Json::from));
    };
    put("VOLATILITY", figures.map(|f| f.volatility));
    put("ALL_TIME_RETURN", figures.map(|f| f.all_time_return));
    put("CAGR", figures.map(|f| f.cagr));
    put("SHARPE", figures.map(|f| f.sharpe));
    put("SORTINO", figures.map(|f| f.sortino));
    put("MAX_DRAWDOWN", figures.map(|f| f.max_drawdown));
    put("SKEW", figures.map(|f| f.skew));
    put("TAIL_RATIO", figures.map(|f| f.tail_ratio));
    put("RISK_REWARD_RATIO", figures.map(|f| f.risk_reward_ratio));
    put("PROFIT_FACTOR", figures.map(|f| f.profit_factor));
    put("KURTOSIS", figures.map(|f| f.kurtosis));
    put(
        "DAILY_VALUE_AT_RISK",
        figures.map(|f| f.daily_value_at_risk),
    );
    put(
        "EXPECTED_SHORTFALL_CVAR",
        figures.map(|f| f.expected_shortfall),
    );
    put("DAILY_RETURN_AVG", figures.map(|f| f.daily_return_avg));
    put("DAILY_RETURN_STD", figures.map(|f| f.daily_return_std));
    row
}

fn moonshot_row(player: &Player, moonshot: &Moonshot, now: Timestamp) -> WireRow {
    let part = &player.part;
    let first_day = player.candles.first_day;
    let latest = player.latest(now).unwrap_or(moonshot.begins);
    let ended = moonshot.ends <= latest;
    let shown = latest.min(moonshot.ends);
    let (close, begun) = (player.closes[shown], player.closes[moonshot.begins]);
    let week_ago = player.closes[shown.saturating_sub(7)];
    let today = player.opinions[shown];
    let yesterday = player.opinions[shown.saturating_sub(1)];
    let last_event = player.opinions[..=shown]
        .iter()
        .rposition(|opinion| opinion.signal != 0);
    let at = |day: usize| Json::from(iso(midnight(first_day + day)));
    let text = |value: f64, decimals| Json::from(rounded(value, decimals).to_string());
    let mut row = Map::new();
    row.insert("TOKEN_NAME".to_owned(), Json::from(part.name));
    row.insert("TOKEN_SYMBOL".to_owned(), Json::from(part.symbol));
    row.insert(
        "LAST_TRADING_SIGNAL_TIME".to_owned(),
        last_event.map_or(Json::Null, at),
    );
    row.insert("TM_TRADER_GRADE".to_owned(), text(today.trader_grade, 2));
    let change = 100.0 * (today.trader_grade / yesterday.trader_grade.max(0.01) - 1.0);
    row.insert("TM_TRADER_GRADE_24H_PCT_CHANGE".to_owned(), text(change, 2));
    row.insert(
        "PRICE_CHANGE_PERCENTAGE_7D_IN_CURRENCY".to_owned(),
        text(100.0 * (close / week_ago - 1.0), 2),
    );
    row.insert("MARKET_CAP".to_owned(), text(close * part.supply, 0));
    row.insert(
        "VOLUME_24H".to_owned(),
        text(player.candles.daily[shown].volume, 0),
    );
    row.insert("MOONSHOT_AT".to_owned(), at(moonshot.begins));
    row.insert(
        "MOONSHOT_END_AT".to_owned(),
        if ended { at(moonshot.ends) } else { Json::Null },
    );
    row.insert(
        "MOONSHOT_ROI".to_owned(),
        Json::from(rounded(close / begun - 1.0, 4)),
    );
    row
}
