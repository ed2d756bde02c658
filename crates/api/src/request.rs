//! A question as it arrives: parameters, parsed and checked.

use highwater_market::{Timestamp, TokenId};

use crate::{
    Endpoint, Filter,
    paging::{DEFAULT_LIMIT, FIRST_PAGE, MAX_LIMIT},
};

/// The filters of a request. An empty list filters nothing; several filters must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `token_id`.
    pub tokens: Vec<TokenId>,
    /// `symbol`, compared without regard to case. One symbol may name several tokens.
    pub symbols: Vec<String>,
    /// `token_name`, compared without regard to case.
    pub names: Vec<String>,
    /// `category`: slugs such as `layer-1`, of which one must fit.
    pub categories: Vec<String>,
    /// `exchange`: ids such as `binance`, of which one must fit.
    pub exchanges: Vec<String>,
    /// `startDate`: 00:00 of the first day.
    pub from: Option<Timestamp>,
    /// `endDate`: 00:00 of the last day, which is included.
    pub until: Option<Timestamp>,
    /// `signal`: 1, 0 or -1.
    pub signal: Option<i64>,
    /// `type`: which list, of an endpoint that serves lists.
    pub list: Option<&'static str>,
    /// `page`, from 1.
    pub page: u32,
    /// `limit`, at most [`MAX_LIMIT`].
    pub limit: u32,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            symbols: Vec::new(),
            names: Vec::new(),
            categories: Vec::new(),
            exchanges: Vec::new(),
            from: None,
            until: None,
            signal: None,
            list: None,
            page: FIRST_PAGE,
            limit: DEFAULT_LIMIT,
        }
    }
}

/// Why a request is answered 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A value that is not what its parameter takes.
    #[error("`{name}={value}` is not {wanted}")]
    Value {
        /// The parameter.
        name: String,
        /// What was sent.
        value: String,
        /// What it takes.
        wanted: &'static str,
    },
    /// More rows than a page may hold.
    #[error("`limit={limit}` is above {MAX_LIMIT}")]
    LimitTooHigh {
        /// What was sent.
        limit: u32,
    },
    /// More days than a request may span.
    #[error("{days} days are asked for, at most {max_days} fit in one request")]
    TooManyDays {
        /// How many were asked for.
        days: i64,
        /// How many fit.
        max_days: i64,
    },
    /// The first day is after the last.
    #[error("startDate {from} is after endDate {until}")]
    Backwards {
        /// The first day.
        from: String,
        /// The last day.
        until: String,
    },
    /// A filter of the vendor's that is not answered here. Leaving it out of account would return rows that were
    /// not asked for.
    #[error("the filter `{name}` is not answered here")]
    Unsupported {
        /// The parameter.
        name: String,
    },
}

/// The vendor's parameters that filter, and that are refused rather than passed over.
const FILTERS: [&str; 12] = [
    "blockchain_address",
    "category",
    "exchange",
    "fdv",
    "investorGrade",
    "marketcap",
    "signal",
    "symbol",
    "token_name",
    "traderGrade",
    "traderGradePercentChange",
    "volume",
];

impl Request {
    /// Read the parameters of a request. Parameters that the endpoint does not know are passed over, as the vendor
    /// does, unless they would narrow the answer.
    ///
    /// # Errors
    /// [`RequestError`] naming the first parameter that cannot be answered.
    pub fn parse<'p>(
        endpoint: &Endpoint,
        params: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Self, RequestError> {
        let mut request = Self::default();
        if let Filter::Lists(lists) = endpoint.filter {
            request.list = lists.first().copied();
        }
        for (name, value) in params {
            let refuse = |wanted| RequestError::Value {
                name: name.to_owned(),
                value: value.to_owned(),
                wanted,
            };
            let whole = || {
                value
                    .trim()
                    .parse::<u32>()
                    .ok()
                    .filter(|number| *number >= 1)
                    .ok_or_else(|| refuse("a whole number from 1"))
            };
            let day = || {
                let instant: Timestamp = value
                    .parse()
                    .map_err(|_| refuse("a date such as 2025-04-10"))?;
                Ok(Some(instant.day()))
            };
            match name {
                "limit" if endpoint.paged => request.limit = whole()?,
                "page" if endpoint.paged => request.page = whole()?,
                "startDate" if endpoint.max_days.is_some() => request.from = day()?,
                "endDate" if endpoint.max_days.is_some() => request.until = day()?,
                "token_id" if endpoint.filter == Filter::Tokens => {
                    for id in list(value) {
                        let id = id
                            .parse()
                            .map_err(|_| refuse("a list of token ids such as 3375,3306"))?;
                        request.tokens.push(TokenId(id));
                    }
                }
                "type" => {
                    if let Filter::Lists(lists) = endpoint.filter {
                        let known = lists
                            .iter()
                            .find(|known| known.eq_ignore_ascii_case(value.trim()));
                        request.list =
                            Some(known.ok_or_else(|| refuse("a list that this endpoint serves"))?);
                    }
                }
                _ if endpoint.narrowed_by.contains(&name) => match name {
                    "symbol" => request.symbols.extend(list(value)),
                    "token_name" => request.names.extend(list(value)),
                    "category" => request.categories.extend(list(value)),
                    "exchange" => request.exchanges.extend(list(value)),
                    "signal" => {
                        let signal = value.trim().parse().ok().filter(|s| (-1..=1).contains(s));
                        request.signal = Some(signal.ok_or_else(|| refuse("1, 0 or -1"))?);
                    }
                    _ => {
                        return Err(RequestError::Unsupported {
                            name: name.to_owned(),
                        });
                    }
                },
                _ if FILTERS.contains(&name) => {
                    return Err(RequestError::Unsupported {
                        name: name.to_owned(),
                    });
                }
                _ => {}
            }
        }
        request.checked(endpoint)
    }

    fn checked(self, endpoint: &Endpoint) -> Result<Self, RequestError> {
        if self.limit > MAX_LIMIT {
            return Err(RequestError::LimitTooHigh { limit: self.limit });
        }
        if let (Some(from), Some(until), Some(max_days)) =
            (self.from, self.until, endpoint.max_days)
        {
            let days = until.days_since_epoch() - from.days_since_epoch() + 1;
            if days < 1 {
                return Err(RequestError::Backwards {
                    from: from.date(),
                    until: until.date(),
                });
            }
            if days > max_days {
                return Err(RequestError::TooManyDays { days, max_days });
            }
        }
        Ok(self)
    }

    /// Whether an event time lies on the days asked for. A missing end is open.
    pub fn covers(&self, event_time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= event_time)
            && self
                .until
                .is_none_or(|until| event_time < until.plus_days(1))
    }

    /// Whether a token is asked for, by id, symbol and name.
    pub fn wants(&self, id: TokenId, symbol: &str, name: &str) -> bool {
        let among = |wanted: &[String], text: &str| {
            wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(text))
        };
        (self.tokens.is_empty() || self.tokens.contains(&id))
            && among(&self.symbols, symbol)
            && among(&self.names, name)
    }

    /// How many rows stand before the page asked for.
    pub const fn offset(&self) -> usize {
        (self.page.saturating_sub(1) as usize).saturating_mul(self.limit as usize)
    }
}

/// The elements of a comma-separated list, blanks left out.
fn list(value: &str) -> impl Iterator<Item = String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|element| !element.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint;

    fn parse(name: &str, params: &[(&str, &str)]) -> Result<Request, RequestError> {
        Request::parse(endpoint(name).unwrap(), params.iter().copied())
    }

    #[test]
    fn defaults_are_the_vendors() {
        let request = parse("daily-ohlcv", &[]).unwrap();
        assert_eq!((request.page, request.limit), (1, 50));
        assert_eq!(request.list, None);
        assert_eq!(parse("moonshot-tokens", &[]).unwrap().list, Some("active"));
        let past = parse("moonshots", &[("type", "past")]).unwrap();
        assert_eq!(past.list, Some("past"));
    }

    #[test]
    fn lists_and_days_are_read() {
        let request = parse(
            "daily-ohlcv",
            &[
                ("token_id", "3375, 3306,"),
                ("symbol", "btc"),
                ("startDate", "2025-03-01"),
                ("endDate", "2025-03-30"),
                ("page", "3"),
                ("limit", "100"),
            ],
        )
        .unwrap();
        assert_eq!(request.tokens, [TokenId(3375), TokenId(3306)]);
        assert_eq!(request.offset(), 200);
        assert!(
            request.wants(TokenId(3375), "BTC", "Bitcoin"),
            "symbols know no case"
        );
        assert!(
            !request.wants(TokenId(3306), "ETH", "Ethereum"),
            "both filters must hold"
        );
        let at = |text: &str| request.covers(text.parse().unwrap());
        assert!(
            at("2025-03-01") && at("2025-03-30T23:59:59Z"),
            "both ends are included"
        );
        assert!(!at("2025-02-28T23:59:59Z") && !at("2025-03-31"));
    }

    #[test]
    fn what_the_vendor_refuses_is_refused() {
        let check = |name: &str, params: &[(&str, &str)], expected: &str| {
            assert_eq!(parse(name, params).unwrap_err().to_string(), expected);
        };
        check("tokens", &[("limit", "101")], "`limit=101` is above 100");
        check(
            "tokens",
            &[("page", "0")],
            "`page=0` is not a whole number from 1",
        );
        check(
            "tokens",
            &[("token_id", "BTC")],
            "`token_id=BTC` is not a list of token ids such as 3375,3306",
        );
        check(
            "daily-ohlcv",
            &[("startDate", "2025-03-01"), ("endDate", "2025-03-31")],
            "31 days are asked for, at most 30 fit in one request",
        );
        check(
            "daily-ohlcv",
            &[("startDate", "2025-03-02"), ("endDate", "2025-03-01")],
            "startDate 2025-03-02 is after endDate 2025-03-01",
        );
        check(
            "daily-ohlcv",
            &[("startDate", "soon")],
            "`startDate=soon` is not a date such as 2025-04-10",
        );
        check(
            "trading-signals",
            &[("signal", "2")],
            "`signal=2` is not 1, 0 or -1",
        );
        check(
            "trading-signals",
            &[("marketcap", "1e9")],
            "the filter `marketcap` is not answered here",
        );
        check(
            "moonshots",
            &[("type", "future")],
            "`type=future` is not a list that this endpoint serves",
        );
    }

    #[test]
    fn what_an_endpoint_does_not_know_is_passed_over() {
        let request = parse(
            "quantmetrics",
            &[("startDate", "2025-03-01"), ("expand", "all")],
        )
        .unwrap();
        assert_eq!(request, Request::default());
    }

    #[test]
    fn pages_far_beyond_the_end_do_not_overflow() {
        let request = parse("tokens", &[("page", "4294967295"), ("limit", "100")]).unwrap();
        assert!(request.offset() > 100_000_000);
    }

    #[test]
    fn days_at_the_edges_of_time_are_no_panic() {
        for day in ["-9999-01-01", "9999-12-31", "0000-01-01"] {
            let _ = parse(
                "daily-ohlcv",
                &[("startDate", day), ("endDate", "9999-12-30")],
            );
        }
    }
}
