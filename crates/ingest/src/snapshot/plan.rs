//! What a snapshot is to hold.

use std::time::Duration;

use highwater_api::{ENDPOINTS, Endpoint};
use highwater_market::{Period, Source, Timeframe};

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
    /// Which days of bars shorter than a day; `None`: the last 90 of `period`.
    pub intraday: Option<Period>,
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

/// Days of intraday bars where the plan does not say.
const INTRADAY_DAYS: i64 = 90;

impl SnapshotPlan {
    /// Every endpoint and every token over a period, with the usual settings.
    pub fn new(period: Period) -> Self {
        Self {
            tokens: Selection::All,
            endpoints: ENDPOINTS.iter().collect(),
            period,
            intraday: None,
            refresh_days: 60,
            full: false,
            resume: Duration::from_secs(3_600),
            source: None,
            in_flight: 4,
            give_up_after: 5,
        }
    }

    /// The days that an endpoint is asked for, if it takes days.
    pub(crate) fn period_of(&self, endpoint: &Endpoint) -> Option<Period> {
        endpoint.max_days?;
        match endpoint.table.period() {
            Some(timeframe) if timeframe < Timeframe::D1 => {
                let last_days = || {
                    let from = self.period.until().plus_days(1 - INTRADAY_DAYS);
                    Period::new(from.max(self.period.from()), self.period.until())
                        .unwrap_or(self.period)
                };
                Some(self.intraday.unwrap_or_else(last_days))
            }
            _ => Some(self.period),
        }
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
        let long = SnapshotPlan::new(days("2024-01-01", "2025-12-31"));
        assert_eq!(long.period_of(daily), Some(long.period));
        assert_eq!(
            long.period_of(hourly),
            Some(days("2025-10-03", "2025-12-31"))
        );
        let short = SnapshotPlan::new(days("2025-12-01", "2025-12-31"));
        assert_eq!(short.period_of(hourly), Some(short.period));
        let chosen = SnapshotPlan {
            intraday: Some(days("2024-02-01", "2024-02-02")),
            ..long
        };
        assert_eq!(chosen.period_of(hourly), chosen.intraday);
        assert_eq!(chosen.period_of(endpoint("quantmetrics").unwrap()), None);
    }
}
