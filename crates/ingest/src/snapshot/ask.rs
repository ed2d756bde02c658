//! One question, all its pages, and what they hold.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicUsize, Ordering},
};

use highwater_api::{
    DEFAULT_LIMIT, Endpoint, FIRST_PAGE, MAX_LIMIT, Next, Query, Seen, Stop, WireRow, after_page,
};
use highwater_market::{Answer, PriceBar, Row, Scope, Source, Timeframe, Timestamp, tables};

use super::{backwards::Backwards, question::Question};
use crate::{
    client::{Client, Page},
    error::IngestError,
};

/// No answer has more pages: a server that sends ever new rows would fill the memory.
const MOST_PAGES: u32 = 2_000;

/// The wire rows of all pages of a question.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) wire: Vec<WireRow>,
    pub(super) simulated: Option<String>,
    /// When the first page was asked.
    pub(super) sent: Timestamp,
    /// When the last page had come.
    pub(super) received: Timestamp,
}

/// Where an endpoint is found: at its own path or at a fallback. What one question finds out, the others use.
#[derive(Debug, Default)]
pub(super) struct Path(AtomicUsize);

impl Path {
    /// Ask one page at the path that answered last; at the following ones if there is nothing.
    async fn page(
        &self,
        client: &Client,
        endpoint: &Endpoint,
        query: &Query,
    ) -> Result<Page, IngestError> {
        let mut index = self.0.load(Ordering::Relaxed);
        loop {
            let path = match index.checked_sub(1) {
                None => endpoint.name,
                Some(fallback) => endpoint.fallbacks[fallback],
            };
            match client.page(&query.at(path)).await {
                Err(IngestError::NotOffered { .. }) if index < endpoint.fallbacks.len() => {
                    index += 1;
                }
                Ok(page) => {
                    self.0.fetch_max(index, Ordering::Relaxed);
                    return Ok(page);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Ask for all pages. `query` makes the query for a page's number: that of the question itself, unless more has to be
/// said.
///
/// Of an endpoint that takes no dates, all pages that hold rows of the question's days.
pub(super) async fn pages(
    client: &Client,
    question: &Question,
    path: &Path,
    query: impl Fn(u32) -> Query,
) -> Result<Reply, IngestError> {
    let endpoint = question.endpoint;
    let mut backwards = question
        .period
        .filter(|_| endpoint.gives_whole_history())
        .map(|days| Backwards::to(days.from()));
    let mut seen = Seen::default();
    let mut reply: Option<Reply> = None;
    for number in FIRST_PAGE..=MOST_PAGES {
        let page = path.page(client, endpoint, &query(number)).await?;
        // A server whose own page size is smaller than what was asked for looks like one at its end: a page of just
        // that size is taken for a full one.
        let limit = match page.rows.len() {
            rows if rows == DEFAULT_LIMIT as usize => DEFAULT_LIMIT,
            _ => MAX_LIMIT,
        };
        let next = if endpoint.paged {
            after_page(number, limit, &page.rows, &mut seen)
        } else {
            Next::Stop(Stop::Unpaged)
        };
        let is_enough = backwards
            .as_mut()
            .is_some_and(|backwards| backwards.reached(endpoint, &page.rows));
        let so_far = match reply.take() {
            Some(before) => before.followed_by(page, endpoint)?,
            None => Reply::of(page),
        };
        match next {
            _ if is_enough => return Ok(so_far),
            Next::Page(_) => {}
            Next::Stop(stop) if stop.is_whole() => return Ok(so_far),
            Next::Stop(_) => {
                return Err(IngestError::PageIgnored {
                    endpoint: endpoint.name.to_owned(),
                    page: number,
                });
            }
        }
        reply = Some(so_far);
    }
    Err(IngestError::EndlessPages {
        endpoint: endpoint.name.to_owned(),
        pages: MOST_PAGES,
    })
}

impl Reply {
    fn of(page: Page) -> Self {
        Self {
            wire: page.rows,
            simulated: page.simulated,
            sent: page.sent,
            received: page.received,
        }
    }

    fn followed_by(mut self, page: Page, endpoint: &Endpoint) -> Result<Self, IngestError> {
        if self.simulated != page.simulated {
            return Err(another_server(endpoint, &self.simulated, &page.simulated));
        }
        self.wire.extend(page.rows);
        self.received = page.received;
        Ok(self)
    }
}

/// The server is not the one of before.
pub(super) fn another_server(
    endpoint: &Endpoint,
    before: &Option<String>,
    now: &Option<String>,
) -> IngestError {
    let name = |seed: &Option<String>| match seed {
        Some(seed) => format!("a simulation with seed {seed}"),
        None => "no simulation".to_owned(),
    };
    IngestError::AnotherServer {
        endpoint: endpoint.name.to_owned(),
        before: name(before),
        now: name(now),
    }
}

/// What a reply holds, ready for the lake.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) answers: Vec<Answer>,
    /// All rows, those below included.
    pub(super) received: u64,
    /// Rows that were there twice.
    pub(super) duplicates: u64,
    /// Rows that are not stored, with an example.
    pub(super) rejected: BTreeMap<String, (u64, String)>,
    /// Rows that may be what is missing, if anything is: without a token or a time, or of a token not asked about.
    misplaced: u64,
    /// Bars that are stored as they came and are no bars: a high below the low, a price that is none.
    pub(super) impossible: u64,
    /// Why the answer is not whole; `None` if it is.
    pub(super) incomplete: Option<String>,
}

impl Sorted {
    fn reject(&mut self, reason: String, example: impl FnOnce() -> String) {
        let known = self
            .rejected
            .entry(reason)
            .or_insert_with(|| (0, example()));
        known.0 += 1;
    }
}

/// The moment that an answer is dated with: when its last byte had come, so that nothing counts as known too early.
///
/// But if the period of a row ended between the asking and that moment, the source may have spoken of it while it was
/// open: then the answer is dated when it was asked, so that such a row counts as partial.
fn observed_at(endpoint: &Endpoint, reply: &Reply, rows: &[(Scope, Row)]) -> Timestamp {
    let Some(timeframe) = endpoint.table.period() else {
        return reply.received;
    };
    let closes_meanwhile = rows.iter().any(|(_, row)| {
        let close = row.event_time + timeframe;
        reply.sent < close && close <= reply.received
    });
    if closes_meanwhile {
        reply.sent
    } else {
        reply.received
    }
}

/// Sort a reply into answers: one for each scope that was asked about, be it empty, or that was spoken of if all
/// were asked about.
pub(super) fn sort(question: &Question, source: &Source, reply: &Reply) -> Sorted {
    let endpoint = question.endpoint;
    let decoded = endpoint.decode(&reply.wire, question.list);
    let mut sorted = Sorted {
        received: (decoded.rows.len() + decoded.rejected.len()) as u64,
        ..Sorted::default()
    };
    for rejected in decoded.rejected {
        sorted.misplaced += 1;
        sorted.reject(rejected.reason.to_string(), || rejected.excerpt);
    }
    let observed_at = observed_at(endpoint, reply, &decoded.rows);

    let scopes: Vec<Scope> = match question.list {
        Some(list) => vec![Scope::Named(list.to_owned())],
        None if question.tokens.is_empty() => decoded.scopes.clone(),
        None => question.tokens.iter().copied().map(Scope::Token).collect(),
    };
    let mut rows: HashMap<Scope, Vec<Row>> = scopes
        .iter()
        .cloned()
        .map(|scope| (scope, Vec::new()))
        .collect();
    for (scope, row) in decoded.rows {
        let Some(kept) = rows.get_mut(&scope) else {
            sorted.misplaced += 1;
            sorted.reject("not asked for: another token".to_owned(), || {
                format!("token {scope} at {}", row.event_time)
            });
            continue;
        };
        // Other days come with an answer that cannot be asked for less: they are worth keeping.
        if let Some(period) = question.period
            && !period.contains(row.event_time)
            && !endpoint.gives_whole_history()
        {
            sorted.reject("not asked for: another day".to_owned(), || {
                format!("token {scope} at {}", row.event_time)
            });
            continue;
        }
        kept.push(row);
    }
    let is_dated = endpoint.table.period().is_some();
    sorted.answers = scopes
        .into_iter()
        .map(|scope| {
            let rows = rows.remove(&scope).unwrap_or_default();
            let rows = if is_dated {
                one_a_key(&scope, rows, &mut sorted)
            } else {
                distinct(rows, &mut sorted)
            };
            Answer {
                table: endpoint.table,
                source: source.clone(),
                scope,
                asked: question.period,
                observed_at,
                whole: true,
                rows,
            }
        })
        .collect();
    if Timeframe::ALL
        .iter()
        .any(|&timeframe| endpoint.table == tables::bars(timeframe))
    {
        let rows = sorted.answers.iter().flat_map(|answer| &answer.rows);
        sorted.impossible = rows
            .filter(|row| PriceBar::of(row.event_time, &row.values).fault().is_some())
            .count() as u64;
    }
    if sorted.misplaced > 0 && !is_full(question, &decoded.scopes, &sorted.answers) {
        sorted.incomplete = Some(match sorted.misplaced {
            1 => "the place of 1 row of the answer cannot be told".to_owned(),
            many => format!("the place of {many} rows of the answer cannot be told"),
        });
        // A token without a row may be the one whose rows lost their name: its answer is not known.
        sorted.answers.retain(|answer| !answer.rows.is_empty());
        for answer in &mut sorted.answers {
            answer.whole = false;
        }
    }
    sorted
}

/// Whether an answer holds all that can be missing from it, so that rows without a place are none of it: a row for
/// every day of every token that was asked about, or an answer for every token where there are no days. Of a question
/// about everything nobody knows.
fn is_full(question: &Question, spoken_of: &[Scope], answers: &[Answer]) -> bool {
    if question.tokens.is_empty() {
        return false;
    }
    match (question.period, question.endpoint.table.period()) {
        (Some(days), Some(timeframe)) => {
            let rows = days.days() * (Timeframe::D1.micros() / timeframe.micros()).max(1);
            let held = |answer: &Answer| {
                let wanted = |row: &&Row| days.contains(row.event_time);
                answer.rows.iter().filter(wanted).count() as i64
            };
            answers.iter().all(|answer| held(answer) >= rows)
        }
        _ => answers
            .iter()
            .all(|answer| spoken_of.contains(&answer.scope)),
    }
}

/// One row for each event time: of several that differ, the one that came last, since pages are read one after the
/// other.
fn one_a_key(scope: &Scope, rows: Vec<Row>, sorted: &mut Sorted) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
    let mut at: HashMap<Timestamp, usize> = HashMap::new();
    for row in rows {
        match at.get(&row.event_time) {
            None => {
                at.insert(row.event_time, kept.len());
                kept.push(row);
            }
            Some(&index) if same(&kept[index], &row) => sorted.duplicates += 1,
            Some(&index) => {
                sorted.reject(
                    "another row of the same answer replaced it".to_owned(),
                    || format!("token {scope} at {}", row.event_time),
                );
                kept[index] = row;
            }
        }
    }
    kept.sort_by_key(|row| row.event_time);
    kept
}

/// Each row once, in the order in which they came.
fn distinct(rows: Vec<Row>, sorted: &mut Sorted) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        // Lists are short, and floats have no hash.
        if kept.iter().any(|known| same(known, &row)) {
            sorted.duplicates += 1;
        } else {
            kept.push(row);
        }
    }
    kept
}

/// Equality of rows, under which a NaN equals itself.
fn same(one: &Row, other: &Row) -> bool {
    use highwater_market::Value::Float;
    one.event_time == other.event_time
        && one.extra == other.extra
        && one.values.len() == other.values.len()
        && one.values.iter().zip(&other.values).all(|pair| match pair {
            (Float(one), Float(other)) => one == other || (one.is_nan() && other.is_nan()),
            (one, other) => one == other,
        })
}

#[cfg(test)]
mod tests {
    use highwater_api::endpoint;
    use highwater_market::{Period, TokenId};
    use serde_json::json;

    use super::*;

    fn page(rows: serde_json::Value, sent: &str, received: &str, simulated: Option<&str>) -> Page {
        let rows = rows.as_array().unwrap().iter();
        Page {
            rows: rows.map(|row| row.as_object().unwrap().clone()).collect(),
            simulated: simulated.map(str::to_owned),
            sent: sent.parse().unwrap(),
            received: received.parse().unwrap(),
        }
    }

    fn question() -> Question {
        Question {
            tokens: vec![TokenId(1)],
            period: Period::new("2025-05-01".parse().unwrap(), "2025-05-31".parse().unwrap()).ok(),
            ..Question::about_all(endpoint("daily-ohlcv").unwrap())
        }
    }

    fn row(day: &str, close: f64) -> serde_json::Value {
        json!({"TOKEN_ID": 1, "DATE": day, "CLOSE": close})
    }

    #[test]
    fn an_answer_over_midnight_is_dated_when_it_was_asked() {
        // asked, received, days, dated, why
        let (before, midnight) = ("2025-05-30T23:59:59Z", "2025-05-31T00:00:00Z");
        let (after, later) = ("2025-05-31T00:00:01Z", "2025-05-31T00:00:09Z");
        for (sent, received, day, expected, why) in [
            (after, later, "2025-05-30", later, "the day was over"),
            (
                before,
                after,
                "2025-05-29",
                after,
                "this day was over before",
            ),
            (
                before,
                after,
                "2025-05-30",
                before,
                "this one ended meanwhile",
            ),
            (before, midnight, "2025-05-30", before, "or just then"),
            (
                midnight,
                after,
                "2025-05-30",
                after,
                "over when it was asked",
            ),
            (
                before,
                after,
                "2025-05-31",
                after,
                "not begun when it was asked, open now",
            ),
        ] {
            let reply = Reply::of(page(json!([row(day, 1.0)]), sent, received, None));
            let sorted = sort(&question(), &Source::vendor(), &reply);
            let expected: Timestamp = expected.parse().unwrap();
            assert_eq!(sorted.answers[0].observed_at, expected, "{why}");
        }
    }

    #[test]
    fn of_two_rows_of_a_day_the_later_page_holds() {
        let (first, second) = ("2025-06-02T00:00:00Z", "2025-06-02T00:01:00Z");
        let reply = Reply::of(page(json!([row("2025-05-02", 1.0)]), first, first, None));
        let rows = json!([
            row("2025-05-02", 2.0),
            row("2025-05-01", 3.0),
            row("2025-05-01", 3.0)
        ]);
        let endpoint = question().endpoint;
        let reply = reply
            .followed_by(page(rows, second, second, None), endpoint)
            .unwrap();
        let sorted = sort(&question(), &Source::vendor(), &reply);
        let [answer] = &sorted.answers[..] else {
            panic!("{:?}", sorted.answers);
        };
        assert_eq!(answer.observed_at, second.parse().unwrap());
        let closes: Vec<_> = answer
            .rows
            .iter()
            .map(|row| (row.event_time.date(), row.values[3].as_float()))
            .collect();
        assert_eq!(
            closes,
            [
                ("2025-05-01".to_owned(), Some(3.0)),
                ("2025-05-02".to_owned(), Some(2.0))
            ]
        );
        assert_eq!((sorted.received, sorted.duplicates), (4, 1));
        let replaced: Vec<_> = sorted.rejected.iter().collect();
        assert_eq!(replaced.len(), 1);
        assert_eq!(replaced[0].0, "another row of the same answer replaced it");
    }

    #[test]
    fn pages_of_two_servers_make_no_answer() {
        let at = "2025-06-02T00:00:00Z";
        let endpoint = question().endpoint;
        for (before, now, same) in [
            (Some("7"), Some("7"), true),
            (None, None, true),
            (Some("7"), Some("8"), false),
            (Some("7"), None, false),
            (None, Some("7"), false),
        ] {
            let reply = Reply::of(page(json!([]), at, at, before));
            let joined = reply.followed_by(page(json!([]), at, at, now), endpoint);
            assert_eq!(joined.is_ok(), same, "{before:?} {now:?}");
        }
    }
}
