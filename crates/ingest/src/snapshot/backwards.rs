//! How far back the pages of an endpoint that takes no dates have to be asked.
//!
//! Such an endpoint answers all that it has, newest first, and cannot be asked for less. What is wanted are the days
//! from a first one on: they are complete when a page reaches behind that day. In which order rows come is nowhere
//! documented, so that this is believed only while every row came at or before the one above it; else the pages are
//! asked to their end.

use highwater_api::{Endpoint, WireRow};
use highwater_market::Timestamp;

/// The pages of a question so far.
#[derive(Debug)]
pub(super) struct Backwards {
    first: Timestamp,
    oldest: Timestamp,
    falling: bool,
}

impl Backwards {
    /// Before the first page. `first` is 00:00 of the first day that is wanted.
    pub(super) const fn to(first: Timestamp) -> Self {
        Self {
            first,
            oldest: Timestamp::MAX,
            falling: true,
        }
    }

    /// Take the next page; says whether nothing of the days wanted can follow.
    pub(super) fn reached(&mut self, endpoint: &Endpoint, page: &[WireRow]) -> bool {
        let decoded = endpoint.decode(page, None);
        // A row without a time stands nowhere.
        self.falling &= decoded.rejected.is_empty();
        for (_, row) in decoded.rows {
            self.falling &= row.event_time <= self.oldest;
            self.oldest = row.event_time;
        }
        self.falling && self.oldest < self.first
    }
}

#[cfg(test)]
mod tests {
    use highwater_api::endpoint;
    use serde_json::json;

    use super::*;

    /// Pages of hours of 2025-03-10, those below 0 of the day before; -99 is a row without a time.
    fn reached(pages: &[&[i64]]) -> Vec<bool> {
        let hourly = endpoint("hourly-trading-signals").unwrap();
        let first: Timestamp = "2025-03-10".parse().unwrap();
        let mut backwards = Backwards::to(first);
        let row = |hour: i64| {
            let row = match hour {
                -99 => json!({"TOKEN_ID": 1, "SIGNAL": "0"}),
                _ => {
                    let time = first.plus_micros(hour * 3_600_000_000).to_string();
                    json!({"TOKEN_ID": 1, "TIMESTAMP": time, "SIGNAL": "0"})
                }
            };
            row.as_object().unwrap().clone()
        };
        pages
            .iter()
            .map(|page| {
                let page: Vec<WireRow> = page.iter().map(|&hour| row(hour)).collect();
                backwards.reached(hourly, &page)
            })
            .collect()
    }

    #[test]
    fn it_is_enough_when_a_row_lies_before_the_first_day() {
        for (pages, expected, why) in [
            (
                &[&[5, 4][..], &[3, 2], &[1, 0]][..],
                vec![false; 3],
                "the day began, and nothing shows it whole",
            ),
            (
                &[&[3, 2], &[1, 0], &[-1, -2]],
                vec![false, false, true],
                "the day before",
            ),
            (
                &[&[3, 2], &[2, 1], &[0, -1]],
                vec![false, false, true],
                "a row moved to the next page",
            ),
            (&[&[3, -1]], vec![true], "a hole is no disorder"),
            (
                &[&[-3, -2, -1, 0, 1]],
                vec![false],
                "oldest first: more may follow",
            ),
            (
                &[&[3, -1, 2], &[1, -2]],
                vec![false, false],
                "out of order once, never believed again",
            ),
            (
                &[&[3, -99, -1]],
                vec![false],
                "a row of which nobody knows where it stands",
            ),
            (&[&[]], vec![false], "nothing"),
        ] {
            assert_eq!(reached(pages), expected, "{why}");
        }
    }
}
