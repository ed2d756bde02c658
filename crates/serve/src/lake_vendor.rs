//! A lake that answers as the vendor does, as of any past moment.

use std::collections::BTreeMap;

use highwater_api::{Endpoint, Filter, Request, Vendor, VendorError, WireRow};
use highwater_lake::{Lake, LakeError, Reader};
use highwater_market::{AsOf, Clock, Past, Row, Scope, Source, Timestamp, Token, TokenId, tables};

use crate::ServeError;

/// Answers from one source of a lake.
///
/// Dated tables are read under the clock that is given; tables of which the vendor serves one current answer only as
/// they were snapshot.
#[derive(Debug)]
pub struct LakeVendor {
    lake: Lake,
    source: Source,
    clock: Clock,
}

impl LakeVendor {
    /// A vendor over one source of a lake: the one named, or its only one.
    ///
    /// # Errors
    /// [`ServeError::Source`] if none is named and there is not exactly one, [`ServeError::Lake`] if the lake cannot
    /// be read.
    pub fn new(lake: Lake, source: Option<Source>, clock: Clock) -> Result<Self, ServeError> {
        let mut found: Vec<Source> = lake.ls()?.into_iter().map(|one| one.source).collect();
        found.sort();
        found.dedup();
        let names = || found.iter().map(ToString::to_string).collect();
        let source = match (source, &found[..]) {
            (Some(named), _) if found.contains(&named) => named,
            (None, [only]) => only.clone(),
            _ => return Err(ServeError::Source { found: names() }),
        };
        Ok(Self {
            lake,
            source,
            clock,
        })
    }

    /// The source that is served.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    fn reader(&self, endpoint: &Endpoint, now: Timestamp) -> Result<Reader, LakeError> {
        let clock = match endpoint.table.past {
            // Who a token is can be asked of any moment, or a history that was fetched later could not be named.
            _ if endpoint.table.name == tables::TOKENS.name => self.clock,
            Past::Dated { .. } => self.clock,
            Past::LatestOnly => Clock::Observed,
        };
        self.lake.reader(AsOf { moment: now, clock })
    }

    fn tokens(&self, now: Timestamp) -> Result<BTreeMap<TokenId, Token>, LakeError> {
        let reader = self.lake.reader(AsOf {
            moment: now,
            clock: self.clock,
        })?;
        Ok(reader
            .tokens()?
            .into_iter()
            .filter(|token| token.source == self.source)
            .map(|token| (token.id, token))
            .collect())
    }

    fn scopes(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        tokens: &BTreeMap<TokenId, Token>,
    ) -> Vec<Scope> {
        match endpoint.filter {
            Filter::Lists(_) => request
                .list
                .map(|list| Scope::Named(list.to_owned()))
                .into_iter()
                .collect(),
            Filter::Tokens => tokens
                .values()
                .filter(|token| request.wants(token.id, &token.symbol, &token.name))
                .map(|token| Scope::Token(token.id))
                .collect(),
        }
    }

    fn answer(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<WireRow>, LakeError> {
        let tokens = self.tokens(now)?;
        let reader = self.reader(endpoint, now)?;
        let scopes = self.scopes(endpoint, request, &tokens);
        // Of one scope its own rows are looked up; of several the table is read once.
        let only = match &scopes[..] {
            [] => return Ok(Vec::new()),
            [only] => Some(only),
            _ => None,
        };
        let mut found: BTreeMap<Scope, Vec<Row>> = BTreeMap::new();
        for row in reader.rows(endpoint.table, Some(&self.source), only)? {
            if endpoint.max_days.is_none() || request.covers(row.event_time) {
                found.entry(row.scope).or_default().push(Row {
                    event_time: row.event_time,
                    values: row.values,
                    extra: row.extra,
                });
            }
        }
        let mut answered: Vec<(Timestamp, WireRow)> = Vec::new();
        for scope in scopes {
            let rows = found.remove(&scope).unwrap_or_default();
            let token = scope.token().and_then(|id| tokens.get(&id));
            let wire = endpoint.encode(&scope, token, &rows);
            let newest = rows.iter().map(|row| row.event_time).max();
            let one_each = wire.len() == rows.len();
            answered.extend(wire.into_iter().enumerate().map(|(index, row)| {
                // Rows that make up a list on the wire keep their order.
                let own = rows.get(index).filter(|_| one_each);
                let time = own.map(|row| row.event_time).or(newest);
                (time.unwrap_or_default(), row)
            }));
        }
        // Newest first, as the vendor answers; the order of tokens stays within a day.
        answered.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        Ok(answered.into_iter().map(|(_, row)| row).collect())
    }
}

impl Vendor for LakeVendor {
    fn rows(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<WireRow>, VendorError> {
        for (name, asked) in [
            ("category", !request.categories.is_empty()),
            ("exchange", !request.exchanges.is_empty()),
        ] {
            if asked {
                return Err(VendorError::Refused {
                    message: format!("the filter `{name}` is not answered from a lake"),
                });
            }
        }
        let mut rows =
            self.answer(endpoint, request, now)
                .map_err(|error| VendorError::Failed {
                    message: error.to_string(),
                })?;
        if let Some(signal) = request.signal {
            rows.retain(|row| {
                row.get("TRADING_SIGNAL")
                    .and_then(serde_json::Value::as_i64)
                    == Some(signal)
            });
        }
        Ok(rows)
    }

    fn simulated_seed(&self) -> Option<u64> {
        None
    }
}
