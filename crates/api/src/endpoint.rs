//! The vendor's endpoints, as data.
//!
//! An endpoint says where it is asked, how it is filtered, into which table its rows go, and how a row looks on the
//! wire. Decoding, encoding, the client and the server all read this one description.

use highwater_market::{Period, Table, TokenId, tables};

use crate::{
    field::{self, Field, Shape},
    query::Query,
};

/// How an endpoint is filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// By `token_id`, a comma-separated list, or by `symbol`, which may match several tokens.
    Tokens,
    /// By `type`: one of these lists, the first being the vendor's default.
    Lists(&'static [&'static str]),
}

/// One endpoint of the vendor.
#[derive(Debug)]
pub struct Endpoint {
    /// Its name, and its path below the version: `daily-ohlcv`.
    pub name: &'static str,
    /// Other paths to try, in order, when the first answers 404.
    pub fallbacks: &'static [&'static str],
    /// Where its rows go.
    pub table: &'static Table,
    /// How it is filtered.
    pub filter: Filter,
    /// The most calendar days, both ends included, that one request may span; `None` where the endpoint takes no
    /// dates: it answers what is current, or, if its rows are dated, all that it has
    /// ([`Endpoint::gives_whole_history`]).
    pub max_days: Option<i64>,
    /// Whether `limit` and `page` are understood.
    pub paged: bool,
    /// Further parameters that narrow the answer.
    pub narrowed_by: &'static [&'static str],
    /// Names under which a row's event time may come, the usual one first; empty where rows carry none.
    pub(crate) times: &'static [&'static str],
    /// How a column is named and written on the wire, in the order of the vendor's own rows.
    pub(crate) fields: &'static [Field],
    /// Whether a wire row is one row of the table or a list of them.
    pub(crate) shape: Shape,
}

/// The most calendar days that a dated request may span: `endDate - startDate <= 29`.
pub const MAX_DAYS: i64 = 30;

const DATE: &[&str] = &["DATE", "TIMESTAMP", "DATETIME"];
const TIMESTAMP: &[&str] = &["TIMESTAMP", "DATE", "DATETIME"];

/// Every endpoint that highwater knows, in the order in which a snapshot asks them.
pub static ENDPOINTS: [Endpoint; 9] = [
    Endpoint {
        name: "tokens",
        fallbacks: &[],
        table: &tables::TOKENS,
        filter: Filter::Tokens,
        max_days: None,
        paged: true,
        narrowed_by: &["symbol", "token_name", "category", "exchange"],
        times: &[],
        fields: field::TOKENS,
        shape: Shape::Row,
    },
    Endpoint {
        name: "daily-ohlcv",
        fallbacks: &[],
        table: &tables::BARS[6],
        filter: Filter::Tokens,
        max_days: Some(MAX_DAYS),
        paged: true,
        narrowed_by: &["symbol", "token_name"],
        times: DATE,
        fields: field::OHLCV,
        shape: Shape::Row,
    },
    Endpoint {
        name: "hourly-ohlcv",
        fallbacks: &[],
        table: &tables::BARS[4],
        filter: Filter::Tokens,
        max_days: Some(MAX_DAYS),
        paged: true,
        narrowed_by: &["symbol", "token_name"],
        times: TIMESTAMP,
        fields: field::OHLCV,
        shape: Shape::Row,
    },
    Endpoint {
        name: "trading-signals",
        fallbacks: &[],
        table: &tables::SIGNALS,
        filter: Filter::Tokens,
        max_days: Some(MAX_DAYS),
        paged: true,
        narrowed_by: &["symbol", "category", "exchange", "signal"],
        times: DATE,
        fields: field::SIGNALS,
        shape: Shape::Row,
    },
    Endpoint {
        name: "hourly-trading-signals",
        fallbacks: &[],
        table: &tables::HOURLY_SIGNALS,
        filter: Filter::Tokens,
        max_days: None,
        paged: true,
        narrowed_by: &[],
        times: TIMESTAMP,
        fields: field::HOURLY_SIGNALS,
        shape: Shape::Row,
    },
    Endpoint {
        name: "tm-grade-history",
        fallbacks: &[],
        table: &tables::GRADES,
        filter: Filter::Tokens,
        max_days: Some(MAX_DAYS),
        paged: true,
        narrowed_by: &["symbol", "token_name"],
        times: DATE,
        fields: field::GRADES,
        shape: Shape::Row,
    },
    Endpoint {
        name: "quantmetrics",
        fallbacks: &[],
        table: &tables::QUANTMETRICS,
        filter: Filter::Tokens,
        max_days: None,
        paged: true,
        narrowed_by: &["symbol", "category", "exchange"],
        times: DATE,
        fields: field::QUANTMETRICS,
        shape: Shape::Row,
    },
    Endpoint {
        name: "resistance-support",
        fallbacks: &[],
        table: &tables::LEVELS,
        filter: Filter::Tokens,
        max_days: None,
        paged: true,
        narrowed_by: &["symbol"],
        times: DATE,
        fields: field::LEVEL,
        shape: Shape::List(field::LEVEL_LISTS),
    },
    Endpoint {
        name: "moonshot-tokens",
        fallbacks: &["moonshots"],
        table: &tables::MOONSHOTS,
        filter: Filter::Lists(&["active", "past"]),
        max_days: None,
        paged: true,
        narrowed_by: &[],
        times: field::MOONSHOT_TIMES,
        fields: field::MOONSHOTS,
        shape: Shape::Row,
    },
];

/// The endpoint of a name or fallback path, such as `daily-ohlcv`.
pub fn endpoint(name: &str) -> Option<&'static Endpoint> {
    ENDPOINTS
        .iter()
        .find(|endpoint| endpoint.name == name || endpoint.fallbacks.contains(&name))
}

impl Endpoint {
    /// The question for some tokens (all, if none are named), some days and one page.
    ///
    /// `period` is left out where the endpoint takes no dates, `page` and `limit` where it has no pages. A period
    /// longer than [`Endpoint::max_days`] is the caller's to cut: [`Period::windows`]. Further parameters are added
    /// with [`Query::with`]: `symbol`, `type`.
    pub fn query(
        &self,
        tokens: &[TokenId],
        period: Option<Period>,
        page: u32,
        limit: u32,
    ) -> Query {
        let mut query = Query::new(self.name);
        if !tokens.is_empty() {
            let ids: Vec<String> = tokens.iter().map(ToString::to_string).collect();
            query = query.with("token_id", ids.join(","));
        }
        if let (Some(period), Some(_)) = (period, self.max_days) {
            query = query
                .with("startDate", period.from().date())
                .with("endDate", period.until().date());
        }
        if self.paged {
            query = query
                .with("limit", limit.to_string())
                .with("page", page.to_string());
        }
        query
    }

    /// Whether its rows are dated though it takes no dates: it answers all that it has up to now, page after page, and
    /// who wants the last days alone stops at the page that reaches behind them.
    pub const fn gives_whole_history(&self) -> bool {
        self.max_days.is_none() && self.table.period().is_some()
    }

    /// The lists that a named endpoint serves, the default first; empty where it is filtered by tokens.
    pub const fn lists(&self) -> &'static [&'static str] {
        match self.filter {
            Filter::Tokens => &[],
            Filter::Lists(lists) => lists,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::same_name;

    #[test]
    fn every_column_of_every_table_has_one_field() {
        for endpoint in &ENDPOINTS {
            let mut columns: Vec<_> = endpoint.fields.iter().map(|field| field.column).collect();
            columns.sort_unstable();
            let mut expected: Vec<_> = endpoint
                .table
                .columns
                .iter()
                .map(|column| column.name)
                .collect();
            expected.sort_unstable();
            assert_eq!(columns, expected, "{}", endpoint.name);
        }
    }

    #[test]
    fn no_name_belongs_to_two_columns() {
        for endpoint in &ENDPOINTS {
            let mut names: Vec<(&str, &str)> = Vec::new();
            for field in endpoint.fields {
                for name in field.names {
                    if let Some((_, other)) = names.iter().find(|(seen, _)| same_name(seen, name)) {
                        panic!("{}: {name} is {} and {other}", endpoint.name, field.column);
                    }
                    names.push((name, field.column));
                }
            }
        }
    }

    #[test]
    fn tables_by_position_are_the_ones_meant() {
        use highwater_market::Timeframe;
        assert_eq!(
            endpoint("daily-ohlcv").unwrap().table,
            tables::bars(Timeframe::D1)
        );
        assert_eq!(
            endpoint("hourly-ohlcv").unwrap().table,
            tables::bars(Timeframe::H1)
        );
    }

    #[test]
    fn endpoints_are_found_by_name_and_by_fallback() {
        for known in &ENDPOINTS {
            assert_eq!(endpoint(known.name).unwrap().name, known.name);
        }
        assert_eq!(endpoint("moonshots").unwrap().name, "moonshot-tokens");
        assert!(endpoint("tmai").is_none() && endpoint("").is_none());
    }

    #[test]
    fn a_query_carries_what_the_endpoint_understands() {
        let period =
            Period::new("2025-03-01".parse().unwrap(), "2025-03-30".parse().unwrap()).unwrap();
        let check = |name: &str, expected: &str| {
            let query = endpoint(name).unwrap().query(
                &[TokenId(3375), TokenId(3306)],
                Some(period),
                1,
                100,
            );
            assert_eq!(
                query.url("http://127.0.0.1:1"),
                format!("http://127.0.0.1:1/v2/{expected}")
            );
        };
        check(
            "daily-ohlcv",
            "daily-ohlcv?token_id=3375%2C3306&startDate=2025-03-01&endDate=2025-03-30&limit=100&page=1",
        );
        check(
            "quantmetrics",
            "quantmetrics?token_id=3375%2C3306&limit=100&page=1",
        );
        check(
            "hourly-trading-signals",
            "hourly-trading-signals?token_id=3375%2C3306&limit=100&page=1",
        );
    }

    #[test]
    fn hourly_signals_are_dated_and_cannot_be_asked_by_date() {
        let histories: Vec<_> = ENDPOINTS
            .iter()
            .filter(|endpoint| endpoint.gives_whole_history())
            .map(|endpoint| endpoint.name)
            .collect();
        assert_eq!(histories, ["hourly-trading-signals"]);
    }
}
