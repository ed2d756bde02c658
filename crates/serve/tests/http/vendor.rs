//! A vendor of two tokens under one symbol and one apart, with a bar a day from 2025-01-01 on.

use highwater_api::{Endpoint, Request, Vendor, VendorError, WireRow, iso};
use highwater_market::{Timestamp, TokenId};
use serde_json::{Value as Json, json};

pub(crate) const TOKENS: [(i64, &str, &str); 3] = [
    (1, "BTC", "Bitcoin"),
    (2, "BTC", "Wrapped Bitcoin"),
    (3, "ETH", "Ethereum"),
];

pub(crate) struct Plain {
    pub(crate) seed: Option<u64>,
}

pub(crate) fn first_day() -> Timestamp {
    "2025-01-01".parse().unwrap()
}

impl Vendor for Plain {
    fn rows(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<WireRow>, VendorError> {
        let row = |value: Json| value.as_object().unwrap().clone();
        let wanted = TOKENS
            .iter()
            .filter(|(id, symbol, name)| request.wants(TokenId(*id), symbol, name));
        match endpoint.name {
            "tokens" => Ok(wanted
                .map(|(id, symbol, name)| {
                    row(json!({"TOKEN_ID": id, "TOKEN_SYMBOL": symbol, "TOKEN_NAME": name}))
                })
                .collect()),
            "daily-ohlcv" => {
                let days = now.days_since_epoch() - first_day().days_since_epoch();
                let newest_first = (0..=days).rev().map(|day| first_day().plus_days(day));
                let wanted: Vec<_> = wanted.collect();
                Ok(newest_first
                    .filter(|day| request.covers(*day))
                    .flat_map(|day| {
                        wanted
                            .iter()
                            .map(move |(id, ..)| row(json!({"TOKEN_ID": id, "DATE": iso(day)})))
                    })
                    .collect())
            }
            "quantmetrics" => panic!("a vendor that fails in its own way"),
            "tm-grade-history" => Err(VendorError::Failed {
                message: "the store is gone".to_owned(),
            }),
            _ => Err(VendorError::NotOffered {
                endpoint: endpoint.name.to_owned(),
            }),
        }
    }

    fn simulated_seed(&self) -> Option<u64> {
        self.seed
    }
}
