//! Which questions a plan needs, given what the lake holds already.
//!
//! A day of a table is settled for a token when it was asked after it was over and lies before the days that are
//! asked again; one without a row, when that was answered on two different days, since a source that is late or
//! broken looks like one that has nothing. It is settled too for a while after any asking, so that a killed run does
//! not begin anew. Days that are not settled are asked in windows of a grid that is fixed in time, not in the plan: two runs with other first days
//! cut alike. Tokens with the same days to ask in a window share a question while one page may hold the answer.
//! The newest window comes first: a plan of the vendor's may end at some past day, and what lies after it is to come
//! in before that is found out. Days that have not begun are not asked.
//!
//! An endpoint of dated rows that takes no dates is asked for one token at a time, about the days from the first that is
//! not settled to the last of the plan: its answer holds all of them, however far apart the open ones lie.

use std::collections::{BTreeMap, HashMap};

use highwater_api::{Endpoint, Filter, MAX_LIMIT, Query};
use highwater_market::{Period, Table, Timeframe, Timestamp, TokenId};

use super::{days::Days, plan::SnapshotPlan};

/// One question: some tokens, or a list by name, and the days where rows are dated.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) tokens: Vec<TokenId>,
    pub(crate) period: Option<Period>,
    pub(crate) list: Option<&'static str>,
}

impl Question {
    /// The question about everything that an endpoint has.
    pub(crate) const fn about_all(endpoint: &'static Endpoint) -> Self {
        Self {
            endpoint,
            tokens: Vec::new(),
            period: None,
            list: None,
        }
    }

    /// The query for one of its pages.
    pub(crate) fn query(&self, page: u32) -> Query {
        let query = self
            .endpoint
            .query(&self.tokens, self.period, page, MAX_LIMIT);
        match self.list {
            Some(list) => query.with("type", list),
            None => query,
        }
    }

    /// The same in two halves, by tokens, else by days; `None` if it is about one token and one day, or a list, or if
    /// the endpoint takes no days.
    pub(crate) fn split(&self) -> Option<[Self; 2]> {
        if self.tokens.len() > 1 {
            let (left, right) = self.tokens.split_at(self.tokens.len() / 2);
            return Some([left, right].map(|tokens| Self {
                tokens: tokens.to_vec(),
                ..self.clone()
            }));
        }
        self.endpoint.max_days?;
        let period = self.period.filter(|period| period.days() > 1)?;
        let middle = period.from().plus_days(period.days() / 2);
        let left = Period::new(period.from(), middle.plus_days(-1)).ok()?;
        let right = Period::new(middle, period.until()).ok()?;
        Some([left, right].map(|period| Self {
            period: Some(period),
            ..self.clone()
        }))
    }
}

/// What was asked of one table about one scope before.
#[derive(Clone, Debug, Default)]
struct Asked {
    /// Days that were asked after they were over.
    closed: Days,
    /// Those of them that were asked so on two different days.
    confirmed: Days,
    /// Days that were asked so on [`Asked::day`], not yet in `closed`.
    today: Days,
    /// The day of the latest asking, in days since 1970.
    day: i64,
    /// Days of which the lake holds a row.
    present: Days,
    /// Days that were asked a moment ago.
    lately: Days,
    /// Whether an endpoint without days was asked a moment ago.
    current: bool,
}

impl Asked {
    fn is_settled(&self, day: i64) -> bool {
        self.confirmed.contains(day)
            || (self.present.contains(day)
                && (self.closed.contains(day) || self.today.contains(day)))
    }
}

/// What was asked before.
#[derive(Debug)]
pub(crate) struct Known {
    now: Timestamp,
    resume_micros: i64,
    tokens: HashMap<(&'static str, TokenId), Asked>,
    lists: HashMap<(&'static str, String), Asked>,
}

impl Known {
    pub(crate) fn new(now: Timestamp, plan: &SnapshotPlan) -> Self {
        Self {
            now,
            resume_micros: i64::try_from(plan.resume.as_micros()).unwrap_or(i64::MAX),
            tokens: HashMap::new(),
            lists: HashMap::new(),
        }
    }

    /// Take note of the times of rows that the lake holds.
    pub(crate) fn rows(&mut self, table: &'static Table, token: TokenId, times: &[Timestamp]) {
        let asked = self.tokens.entry((table.name, token)).or_default();
        for time in times {
            let day = time.days_since_epoch();
            if !asked.present.contains(day) {
                asked.present.add(day, day);
            }
        }
    }

    /// The days of which the lake holds rows of an endpoint about a token.
    pub(crate) fn days_with_rows(
        &self,
        endpoint: &str,
        token: TokenId,
    ) -> impl Iterator<Item = (i64, i64)> + '_ {
        let table = highwater_api::endpoint(endpoint).map_or("", |endpoint| endpoint.table.name);
        let asked = self.tokens.get(&(table, token));
        asked.into_iter().flat_map(|asked| asked.present.ranges())
    }

    /// Take note of an answer about a token, not earlier than those before it.
    pub(crate) fn token(
        &mut self,
        table: &'static Table,
        token: TokenId,
        days: Option<Period>,
        observed_at: Timestamp,
    ) {
        let lately = self.is_lately(observed_at);
        let asked = self.tokens.entry((table.name, token)).or_default();
        note(asked, days, observed_at, lately);
    }

    /// Take note of an answer that is a list.
    pub(crate) fn list(
        &mut self,
        table: &'static Table,
        name: &str,
        days: Option<Period>,
        observed_at: Timestamp,
    ) {
        let lately = self.is_lately(observed_at);
        let asked = self.lists.entry((table.name, name.to_owned())).or_default();
        note(asked, days, observed_at, lately);
    }

    fn is_lately(&self, observed_at: Timestamp) -> bool {
        (0..=self.resume_micros).contains(&(self.now - observed_at))
    }
}

fn note(asked: &mut Asked, days: Option<Period>, observed_at: Timestamp, lately: bool) {
    let Some(days) = days else {
        asked.current |= lately;
        return;
    };
    let (first, last) = (
        days.from().days_since_epoch(),
        days.until().days_since_epoch(),
    );
    let today = observed_at.days_since_epoch();
    if today != asked.day {
        let before = std::mem::take(&mut asked.today);
        for (first, last) in before.ranges() {
            asked.closed.add(first, last);
        }
        asked.day = today;
    }
    let last_over = last.min(today - 1);
    let again: Vec<_> = asked.closed.ranges_in(first, last_over).collect();
    for (first, last) in again {
        asked.confirmed.add(first, last);
    }
    asked.today.add(first, last_over);
    if lately {
        asked.lately.add(first, last);
    }
}

/// The questions of one endpoint, and how many token-days need none.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    pub(crate) asked: Vec<Question>,
    pub(crate) known_days: u64,
}

/// What one endpoint is to be asked about these tokens.
pub(crate) fn questions(
    endpoint: &'static Endpoint,
    tokens: &[TokenId],
    plan: &SnapshotPlan,
    known: &Known,
) -> Questions {
    if let Filter::Lists(lists) = endpoint.filter {
        let name = |list: &str| (endpoint.table.name, list.to_owned());
        let is_current = |list: &str| {
            known
                .lists
                .get(&name(list))
                .is_some_and(|asked| asked.current)
        };
        let asked = lists
            .iter()
            .filter(|list| plan.full || !is_current(list))
            .map(|&list| Question {
                endpoint,
                tokens: Vec::new(),
                period: None,
                list: Some(list),
            });
        return Questions {
            asked: asked.collect(),
            known_days: 0,
        };
    }
    let asked_of = |token: TokenId| known.tokens.get(&(endpoint.table.name, token));
    let Some(period) = plan.period_of(endpoint, known.now) else {
        let wanted: Vec<TokenId> = tokens
            .iter()
            .copied()
            .filter(|&token| plan.full || !asked_of(token).is_some_and(|asked| asked.current))
            .collect();
        return Questions {
            asked: batches(endpoint, &wanted, None).collect(),
            known_days: 0,
        };
    };

    let today = known.now.days_since_epoch();
    let revised_from = today - plan.refresh_days + 1;
    let is_open = |token: TokenId, day: i64| {
        let is_settled = |asked: &Asked| {
            asked.lately.contains(day) || (day < revised_from && asked.is_settled(day))
        };
        plan.full || !asked_of(token).is_some_and(is_settled)
    };
    let mut found = Questions::default();
    let Some(max_days) = endpoint.max_days else {
        let first = period.from().days_since_epoch();
        let last = period.until().days_since_epoch().min(today);
        for &token in tokens {
            let begin = (first..=last).find(|&day| is_open(token, day));
            found.known_days += (begin.unwrap_or(last + 1) - first).max(0) as u64;
            found.asked.extend(begin.map(|begin| Question {
                endpoint,
                tokens: vec![token],
                period: days(begin, last),
                list: None,
            }));
        }
        return found;
    };
    for (first, last) in grid(period, today, max_days).into_iter().rev() {
        let mut alike: BTreeMap<(i64, i64), Vec<TokenId>> = BTreeMap::new();
        for &token in tokens {
            let mut open = (first..=last).filter(|&day| is_open(token, day));
            if let Some(begin) = open.next() {
                let end = open.next_back().unwrap_or(begin);
                alike.entry((begin, end)).or_default().push(token);
                found.known_days += (last - first - (end - begin)) as u64;
            } else {
                found.known_days += (last - first + 1) as u64;
            }
        }
        for ((begin, end), tokens) in alike {
            found
                .asked
                .extend(batches(endpoint, &tokens, days(begin, end)));
        }
    }
    found
}

/// The days of a period up to today, cut where the grid cuts, which begins in 1970.
fn grid(period: Period, today: i64, max_days: i64) -> Vec<(i64, i64)> {
    let mut next = period.from().days_since_epoch();
    let last = period.until().days_since_epoch().min(today);
    let mut windows = Vec::new();
    while next <= last {
        let end = ((next.div_euclid(max_days) + 1) * max_days - 1).min(last);
        windows.push((next, end));
        next = end + 1;
    }
    windows
}

fn days(first: i64, last: i64) -> Option<Period> {
    let day = |day: i64| Timestamp::from_seconds(0).plus_days(day);
    Period::new(day(first), day(last)).ok()
}

/// Questions of as many tokens as one page surely holds. One row less than a page: a page that is full says nothing
/// about whether another follows.
fn batches(
    endpoint: &'static Endpoint,
    tokens: &[TokenId],
    period: Option<Period>,
) -> impl Iterator<Item = Question> {
    let rows_a_token = match (period, endpoint.table.period()) {
        (Some(period), Some(timeframe)) => {
            let a_day = Timeframe::D1.micros() / timeframe.micros();
            period.days() * a_day.max(1)
        }
        _ => 1,
    };
    let most = (i64::from(MAX_LIMIT) - 1) / rows_a_token;
    tokens
        .chunks(most.max(1) as usize)
        .map(move |tokens| Question {
            endpoint,
            tokens: tokens.to_vec(),
            period,
            list: None,
        })
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use highwater_api::endpoint;
    use proptest::prelude::*;

    use super::*;
    use crate::cases;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_seconds(0).plus_days(n)
    }

    fn period(first: i64, last: i64) -> Period {
        days(first, last).unwrap()
    }

    fn ids(count: i64) -> Vec<TokenId> {
        (1..=count).map(TokenId).collect()
    }

    fn ask(name: &str, tokens: i64, plan: &SnapshotPlan, known: &Known) -> Vec<(usize, i64, i64)> {
        let found = questions(endpoint(name).unwrap(), &ids(tokens), plan, known);
        found
            .asked
            .iter()
            .map(|question| {
                let (first, last) = question.period.map_or((0, 0), |period| {
                    (
                        period.from().days_since_epoch(),
                        period.until().days_since_epoch(),
                    )
                });
                (question.tokens.len(), first, last)
            })
            .collect()
    }

    #[test]
    fn windows_are_cut_on_a_fixed_grid_and_shared_while_a_page_holds_them() {
        let plan = SnapshotPlan::new(period(25, 65));
        let known = Known::new(day(66), &plan);
        assert_eq!(
            ask("daily-ohlcv", 4, &plan, &known),
            [(4, 60, 65), (3, 30, 59), (1, 30, 59), (4, 25, 29)],
            "tokens, first day, last day; the newest first"
        );
        assert_eq!(
            ask("quantmetrics", 250, &plan, &known),
            [(99, 0, 0), (99, 0, 0), (52, 0, 0)]
        );
        assert_eq!(
            ask(
                "hourly-ohlcv",
                2,
                &SnapshotPlan::new(period(30, 31)),
                &known
            ),
            [(2, 30, 31)],
            "96 rows"
        );
        let early = Known::new(day(40), &plan);
        assert_eq!(
            ask("daily-ohlcv", 1, &plan, &early),
            [(1, 30, 40), (1, 25, 29)],
            "what has not begun is not asked"
        );
        let earlier = Known::new(day(20), &plan);
        assert_eq!(ask("daily-ohlcv", 1, &plan, &earlier), []);
        let lists = questions(endpoint("moonshots").unwrap(), &[], &plan, &known);
        assert_eq!(lists.asked.len(), 2);
    }

    #[test]
    fn what_is_settled_is_not_asked_again() {
        let daily = endpoint("daily-ohlcv").unwrap();
        let mut plan = SnapshotPlan::new(period(0, 119));
        plan.refresh_days = 10;
        let now = day(119).plus_micros(1);
        let mut known = Known::new(now, &plan);
        let times: Vec<Timestamp> = (0..=118).map(day).collect();
        known.rows(daily.table, TokenId(1), &times);
        // Asked on day 50, when day 50 was open, and on day 105.
        known.token(daily.table, TokenId(1), Some(period(0, 50)), day(50));
        known.token(daily.table, TokenId(1), Some(period(60, 100)), day(105));
        assert_eq!(
            ask("daily-ohlcv", 1, &plan, &known),
            [(1, 101, 119), (1, 50, 59)],
            "the day that was open, those not asked, and those that may be revised"
        );
        plan.refresh_days = 60;
        assert_eq!(
            ask("daily-ohlcv", 1, &plan, &known),
            [(1, 90, 119), (1, 60, 89), (1, 50, 59)]
        );
        plan.full = true;
        assert_eq!(ask("daily-ohlcv", 1, &plan, &known).len(), 4);

        plan.full = false;
        plan.refresh_days = 10;
        let mut known = Known::new(now.plus_micros(7_200_000_000), &plan);
        known.rows(daily.table, TokenId(1), &times);
        known.token(daily.table, TokenId(1), Some(period(0, 118)), day(119));
        assert_eq!(
            ask("daily-ohlcv", 1, &plan, &known),
            [(1, 110, 119)],
            "ten days, today included"
        );
    }

    #[test]
    fn a_day_without_a_row_is_asked_on_another_day_before_that_is_believed() {
        let daily = endpoint("daily-ohlcv").unwrap();
        let mut plan = SnapshotPlan::new(period(0, 9));
        plan.refresh_days = 0;
        let known_after = |askings: &[i64]| {
            let mut known = Known::new(day(200), &plan);
            // A listing on day 4, and a hole at day 6.
            let times: Vec<_> = [4, 5, 7, 8, 9].map(day).to_vec();
            known.rows(daily.table, TokenId(1), &times);
            for &at in askings {
                known.token(daily.table, TokenId(1), Some(period(0, 9)), day(at));
            }
            known
        };
        for (askings, expected) in [
            (&[50][..], vec![(1, 0, 6)]),
            (&[50, 50], vec![(1, 0, 6)]),
            (&[50, 51], vec![]),
            (&[7, 50, 51], vec![]),
            (&[7, 50], vec![]),
            (&[3, 50], vec![(1, 3, 6)]),
        ] {
            let known = known_after(askings);
            assert_eq!(
                ask("daily-ohlcv", 1, &plan, &known),
                expected,
                "{askings:?}"
            );
        }
    }

    #[test]
    fn a_killed_run_goes_on_where_it_stopped() {
        let daily = endpoint("daily-ohlcv").unwrap();
        let mut plan = SnapshotPlan::new(period(60, 119));
        plan.resume = Duration::from_secs(3_600);
        let now = day(119).plus_micros(7_200_000_000);
        for (minutes_ago, expected) in [(0, 1), (60, 1), (61, 2), (-1, 2)] {
            let mut known = Known::new(now, &plan);
            let at = now.plus_micros(-60_000_000 * minutes_ago);
            known.token(daily.table, TokenId(1), Some(period(60, 89)), at);
            known.token(
                endpoint("quantmetrics").unwrap().table,
                TokenId(1),
                None,
                at,
            );
            known.list(endpoint("moonshots").unwrap().table, "active", None, at);
            let asked = ask("daily-ohlcv", 1, &plan, &known);
            assert_eq!(asked.len(), expected, "{minutes_ago} minutes ago");
            let current = ask("quantmetrics", 1, &plan, &known);
            assert_eq!(current.len(), expected - 1, "{minutes_ago} minutes ago");
            let lists = ask("moonshots", 0, &plan, &known);
            assert_eq!(lists.len(), expected, "{minutes_ago} minutes ago");
        }
    }

    #[test]
    fn where_no_dates_are_taken_each_token_is_asked_from_its_first_open_day_on() {
        let hourly = endpoint("hourly-trading-signals").unwrap();
        let mut plan = SnapshotPlan::new(period(0, 20));
        plan.refresh_days = 5;
        let now = day(30).plus_micros(1);
        let mut known = Known::new(now, &plan);
        assert_eq!(
            ask(hourly.name, 2, &plan, &known),
            [(1, 0, 20), (1, 0, 20)],
            "what lies after the plan comes too, and nothing is claimed of it"
        );
        known.rows(
            hourly.table,
            TokenId(1),
            &(0..=12).map(day).collect::<Vec<_>>(),
        );
        known.token(hourly.table, TokenId(1), Some(period(0, 13)), day(13));
        let found = questions(hourly, &ids(2), &plan, &known);
        assert_eq!(found.known_days, 13);
        assert_eq!(
            ask(hourly.name, 2, &plan, &known),
            [(1, 13, 20), (1, 0, 20)],
            "day 13 was open when it was asked"
        );
        known.rows(
            hourly.table,
            TokenId(1),
            &(13..=20).map(day).collect::<Vec<_>>(),
        );
        known.token(hourly.table, TokenId(1), Some(period(13, 20)), now);
        known.token(hourly.table, TokenId(2), Some(period(0, 20)), now);
        let settled = questions(hourly, &ids(2), &plan, &known);
        assert!(settled.asked.is_empty(), "{:?}", settled.asked);
        assert_eq!(settled.known_days, 42);
        plan.full = true;
        assert_eq!(ask(hourly.name, 2, &plan, &known).len(), 2);
        let before = Known::new(day(-3), &plan);
        let early = questions(hourly, &ids(2), &plan, &before);
        assert!(early.asked.is_empty() && early.known_days == 0, "{early:?}");
    }

    #[test]
    fn a_question_that_cannot_name_days_is_not_split_by_them() {
        let question = Question {
            tokens: ids(1),
            period: Some(period(0, 6)),
            ..Question::about_all(endpoint("hourly-trading-signals").unwrap())
        };
        assert!(question.split().is_none());
    }

    #[test]
    fn a_question_splits_down_to_one_token_and_one_day() {
        let whole = Question {
            endpoint: endpoint("hourly-ohlcv").unwrap(),
            tokens: ids(5),
            period: Some(period(0, 6)),
            list: None,
        };
        let mut parts = vec![whole];
        let mut smallest = HashSet::new();
        while let Some(question) = parts.pop() {
            match question.split() {
                Some(halves) => parts.extend(halves),
                None => assert!(
                    smallest.insert((question.tokens.clone(), question.period)),
                    "{question:?} twice"
                ),
            }
        }
        assert_eq!(smallest.len(), 35);
    }

    proptest! {
        #![proptest_config(cases(64))]

        /// Whatever was asked before: every open day of every token is asked once, in windows that the vendor takes.
        #[test]
        fn every_open_day_is_asked_exactly_once(
            first in 0i64..200,
            length in 1i64..150,
            tokens in 1i64..6,
            refresh in 0i64..80,
            since in 0i64..40,
            mut before in prop::collection::vec((1i64..6, 0i64..250, 0i64..60, 0i64..400), 0..10),
            rows in prop::collection::hash_set((1i64..6, 0i64..300), 0..600),
        ) {
            before.sort_by_key(|&(.., at)| at);
            let daily = endpoint("daily-ohlcv").unwrap();
            let mut plan = SnapshotPlan::new(period(first, first + length - 1));
            plan.refresh_days = refresh;
            plan.resume = Duration::ZERO;
            let today = first + length - 1 + since;
            let mut known = Known::new(day(today).plus_micros(1), &plan);
            for &(token, day_held) in &rows {
                known.rows(daily.table, TokenId(token), &[day(day_held)]);
            }
            let mut asked_at: HashMap<(i64, i64), HashSet<i64>> = HashMap::new();
            for (token, from, days_asked, at) in before {
                known.token(daily.table, TokenId(token), Some(period(from, from + days_asked)), day(at));
                for asked in from..=from + days_asked {
                    if asked < at && asked <= today - refresh {
                        asked_at.entry((token, asked)).or_default().insert(at);
                    }
                }
            }
            let settled: HashSet<(i64, i64)> = asked_at
                .iter()
                .filter(|(key, at)| at.len() > 1 || rows.contains(key))
                .map(|(&key, _)| key)
                .collect();
            let found = questions(daily, &ids(tokens), &plan, &known);
            let mut asked = HashSet::new();
            for question in &found.asked {
                let days = question.period.unwrap();
                prop_assert!(days.days() <= 30);
                prop_assert!(question.tokens.len() as i64 * days.days() < 100);
                for token in &question.tokens {
                    for day in days.from().days_since_epoch()..=days.until().days_since_epoch() {
                        prop_assert!(asked.insert((token.0, day)), "{token} {day} twice");
                    }
                }
            }
            for token in 1..=tokens {
                for day in first..first + length {
                    let open = !settled.contains(&(token, day));
                    prop_assert!(!open || asked.contains(&(token, day)), "{token} {day} forgotten");
                }
            }
            prop_assert_eq!(found.known_days, (tokens * length) as u64 - asked.len() as u64);
        }
    }
}
