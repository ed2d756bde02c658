//! A vendor of a few tokens whose every number is known: `close = id + day`, so that a test can tell what must be in
//! the lake.

use highwater_api::{Request, endpoint};
use highwater_market::{Period, Timestamp};
use serde_json::{Value as Json, json};

use super::{Asked, Reply};

/// The vendor.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    /// Id, symbol, name.
    pub(crate) tokens: Vec<(i64, &'static str, &'static str)>,
    /// Days with bars, both ends included.
    pub(crate) days: Period,
    /// Days since 1970 on which no token has a bar.
    pub(crate) holes: Vec<i64>,
    /// Added to every close: another version of the same bars.
    pub(crate) shift: f64,
}

pub(crate) fn days(from: &str, until: &str) -> Period {
    Period::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
}

impl Market {
    pub(crate) fn new(from: &str, until: &str) -> Self {
        Self {
            tokens: vec![
                (3375, "BTC", "Bitcoin"),
                (3306, "ETH", "Ethereum"),
                (3377, "LTC", "Litecoin"),
                (3988, "SOL", "Solana"),
            ],
            days: days(from, until),
            holes: Vec::new(),
            shift: 0.0,
        }
    }

    /// The close of a token on a day.
    pub(crate) fn close(&self, token: i64, day: i64) -> f64 {
        token as f64 + day as f64 + self.shift
    }

    /// Days since 1970 with a bar.
    pub(crate) fn trading_days(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        let (first, last) = (
            self.days.from().days_since_epoch(),
            self.days.until().days_since_epoch(),
        );
        (first..=last).filter(|day| !self.holes.contains(day))
    }

    /// All rows that a request asks for, newest first.
    pub(crate) fn rows(&self, asked: &Asked) -> Option<(Vec<Json>, Request)> {
        let endpoint = endpoint(asked.endpoint())?;
        let request = Request::parse(endpoint, asked.pairs()).unwrap();
        let tokens = self.tokens.iter().filter(|&&(id, symbol, name)| {
            request.wants(highwater_market::TokenId(id), symbol, name)
        });
        let dated = |row: &dyn Fn(i64, i64) -> Json| -> Vec<Json> {
            let mut rows = Vec::new();
            for day in self.trading_days().rev() {
                if !request.covers(Timestamp::from_seconds(0).plus_days(day)) {
                    continue;
                }
                rows.extend(tokens.clone().map(|&(id, ..)| row(id, day)));
            }
            rows
        };
        let date = |day: i64| {
            format!(
                "{}.000Z",
                &Timestamp::from_seconds(86_400 * day).to_string()[..19]
            )
        };
        let rows = match endpoint.name {
            "tokens" => tokens
                .map(|&(id, symbol, name)| json!({"TOKEN_ID": id, "TOKEN_SYMBOL": symbol, "TOKEN_NAME": name}))
                .collect(),
            "daily-ohlcv" => dated(&|id, day| {
                let close = self.close(id, day);
                json!({"TOKEN_ID": id, "DATE": date(day), "OPEN": close, "HIGH": close + 1.0,
                       "LOW": close - 1.0, "CLOSE": close, "VOLUME": 1.0})
            }),
            "trading-signals" => dated(&|id, day| {
                json!({"TOKEN_ID": id, "DATE": date(day), "TRADING_SIGNAL": day % 3 - 1, "TOKEN_TREND": 1})
            }),
            "quantmetrics" => tokens
                .map(|&(id, ..)| {
                    let today = date(self.days.until().days_since_epoch());
                    json!({"TOKEN_ID": id, "DATE": today, "SHARPE": id as f64 / 1000.0})
                })
                .collect(),
            "resistance-support" => tokens
                .map(|&(id, ..)| {
                    let today = date(self.days.until().days_since_epoch());
                    json!({"TOKEN_ID": id, "DATE": today, "HISTORICAL_RESISTANCE_SUPPORT_LEVELS": [
                        {"date": "2024-01-01", "level": id}, {"date": "2024-02-01", "level": id + 1}]})
                })
                .collect(),
            "moonshot-tokens" => vec![json!({"TOKEN_SYMBOL": "SOL", "TOKEN_NAME": "Solana",
                "DATE": "2025-01-01T00:00:00Z", "TRADER_GRADE": 90})],
            _ => return None,
        };
        Some((rows, request))
    }

    /// The page that a request asks for; 404 where nothing is served.
    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let Some((rows, request)) = self.rows(asked) else {
            return Reply::failure(404, "no such endpoint");
        };
        let page = rows.into_iter().skip(request.offset());
        Reply::rows(page.take(request.limit as usize).collect())
    }
}
