//! What a snapshot is to hold.

use std::time::Duration;

use highwater_api::{ENDPOINTS, Endpoint};
use highwater_market::{Period, Source, Timeframe, Timestamp};

/// Which tokens a snapshot is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All that the source lists.
    All,
    /// These: symbols such as `BTC`, or ids such as `#3375` where a symbol is not unique.
    Symbols(Vec<String>),
}

/// What to ask.
#[derive(Clone, Debug)]
pub struct SnapshotPlan {
    /// Which tokens.
    pub tokens: Selection,
    /// Which endpoints. The list of tokens is asked first in any case.
    pub endpoints: Vec<&'static Endpoint>,
    /// Which days.
    pub period: Period,
    /// So many days of bars and signals shorter than a day: the last of `period`, up to today.
    pub intraday_days: i64,
    /// So many days up to today are asked again though the lake holds them: the vendor revises.
    pub refresh_days: i64,
    /// Ask everything, whatever the lake holds.
    pub full: bool,
    /// What was asked within this time is not asked again, so that a run that was killed goes on where it stopped.
    pub resume: Duration,
    /// Under which name to store; `None`: `simulated` if the server says that it simulates, else `tokenmetrics`.
    pub source: Option<Source>,
    /// How many questions are on their way at once.
    pub in_flight: usize,
    /// After so many questions in a row without an answer, no more are asked.
    pub give_up_after: u32,
}

impl SnapshotPlan {
    /// Every endpoint and every token over a period, with the usual settings.
    pub fn new(period: Period) -> Self {
        Self {
            tokens: Selection::All,
            endpoints: ENDPOINTS.iter().collect(),
            period,
            intraday_days: 90,
            refresh_days: 60,
            full: false,
            resume: Duration::from_secs(3_600),
            source: None,
            in_flight: 4,
            give_up_after: 5,
        }
    }

    /// The days that are wanted of an endpoint, if its rows are dated.
    pub(crate) fn period_of(&self, endpoint: &Endpoint, now: Timestamp) -> Option<Period> {
        if endpoint.table.period()? < Timeframe::D1 {
            Some(self.intraday_period(now))
        } else {
            Some(self.period)
        }
    }

    /// The days of bars and signals shorter than a day: the last that are not in the future.
    fn intraday_period(&self, now: Timestamp) -> Period {
        let until = self.period.until().min(now.day());
        let from = until.plus_days(1 - self.intraday_days.max(1));
        Period::new(from.max(self.period.from()), self.period.until()).unwrap_or(self.period)
    }

    /// The days of bars and signals shorter than a day, where they are asked for and are not those of the plan.
    pub(crate) fn intraday_cut(&self, now: Timestamp) -> Option<Period> {
        let is_intraday = |endpoint: &&Endpoint| {
            let timeframe = endpoint.table.period();
            timeframe.is_some_and(|timeframe| timeframe < Timeframe::D1)
        };
        let days = self.intraday_period(now);
        (days != self.period && self.endpoints.iter().any(is_intraday)).then_some(days)
    }
}

#[cfg(test)]
mod tests {
    use highwater_api::endpoint;

    use super::*;

    #[test]
    fn hourly_bars_are_asked_for_the_last_days_only() {
        let days = |from: &str, until: &str| {
            Period::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
        };
        let (daily, hourly) = (
            endpoint("daily-ohlcv").unwrap(),
            endpoint("hourly-ohlcv").unwrap(),
        );
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let long = SnapshotPlan::new(days("2024-01-01", "2025-12-31"));
        assert_eq!(long.period_of(daily, now), Some(long.period));
        assert_eq!(
            long.period_of(hourly, now),
            Some(days("2025-10-03", "2025-12-31"))
        );
        assert_eq!(long.intraday_cut(now), long.period_of(hourly, now));
        let early = "2025-06-30".parse().unwrap();
        assert_eq!(
            long.period_of(hourly, early),
            Some(days("2025-04-02", "2025-12-31")),
            "what lies ahead is not counted"
        );
        let short = SnapshotPlan::new(days("2025-12-01", "2025-12-31"));
        assert_eq!(short.period_of(hourly, now), Some(short.period));
        assert_eq!(short.intraday_cut(now), None);
        let chosen = SnapshotPlan {
            intraday_days: 2,
            ..long
        };
        assert_eq!(
            chosen.period_of(hourly, now),
            Some(days("2025-12-30", "2025-12-31"))
        );
        assert_eq!(
            chosen.period_of(endpoint("hourly-trading-signals").unwrap(), now),
            Some(days("2025-12-30", "2025-12-31")),
            "these too, though they are not asked for by date"
        );
        assert_eq!(
            chosen.period_of(endpoint("quantmetrics").unwrap(), now),
            None
        );
    }
}
