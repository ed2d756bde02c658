//! Levels that a vendor gave: a date and a price each, and nothing else.

use highwater_market::{Known, Level, LevelBook, LevelSide, Price, Timestamp};
use serde::Serialize;

/// One level, as a vendor gives it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VendorLevel {
    /// The day on which it formed.
    pub formed: Timestamp,
    /// Where it lies. Whatever the vendor said: judged by [`VendorLevels`].
    pub price: f64,
}

/// A vendor's own levels: at any moment those of the latest whole answer known then.
///
/// A side is seen from the price of the moment; there is no strength and no count of touches. The vendor dates a
/// level by the day on which it formed, some days before anyone can have known it, and does not say how many: a level
/// is handed out only when its day is at least the confirmation lag before the moment. Of levels at one price, one
/// remains, from the first day to the last.
///
/// ```
/// use highwater_levels::{VendorLevel, VendorLevels};
/// use highwater_market::{Known, LevelBook, Price};
///
/// let answer = Known {
///     event_time: "2025-06-10".parse().unwrap(),
///     known_from: "2025-06-10T06:00:00Z".parse().unwrap(),
///     revision: false,
///     value: vec![
///         VendorLevel { formed: "2024-03-14".parse().unwrap(), price: 73_121.35 },
///         VendorLevel { formed: "2025-04-07".parse().unwrap(), price: 74_508.9 },
///         VendorLevel { formed: "2025-06-09".parse().unwrap(), price: 104_000.0 },
///         VendorLevel { formed: "2025-01-20".parse().unwrap(), price: 0.0 },
///     ],
/// };
/// let book = VendorLevels::new(vec![answer], 7);
/// assert_eq!(book.left_out(), 1);
///
/// let price = Price::new(74_000.0).unwrap();
/// let at = "2025-06-11".parse().unwrap();
/// assert_eq!(book.nearest_support(at, price).unwrap().price.get(), 73_121.35);
/// assert_eq!(book.nearest_resistance(at, price).unwrap().price.get(), 74_508.9);
/// assert_eq!(book.levels_at(at, price).len(), 2, "the third formed two days ago");
/// ```
#[derive(Clone, Debug)]
pub struct VendorLevels {
    /// Ascending by the moment from which they were known; of a tie the later in order last.
    answers: Vec<(Timestamp, Vec<(Price, Timestamp)>)>,
    lag_days: u32,
    left_out: usize,
}

impl VendorLevels {
    /// Levels of these answers, and the days that must pass before a level counts as confirmed.
    pub fn new(answers: Vec<Known<Vec<VendorLevel>>>, confirmation_lag_days: u32) -> Self {
        let mut left_out = 0;
        let mut answers: Vec<_> = answers
            .into_iter()
            .map(|answer| {
                let mut levels = Vec::with_capacity(answer.value.len());
                for level in &answer.value {
                    match Price::new(level.price) {
                        Ok(price) => levels.push((price, level.formed)),
                        Err(_) => left_out += 1,
                    }
                }
                levels.sort_by(|a, b| a.0.get().total_cmp(&b.0.get()).then(a.1.cmp(&b.1)));
                (answer.known_from, levels)
            })
            .collect();
        answers.sort_by_key(|answer| answer.0);
        Self {
            answers,
            lag_days: confirmation_lag_days,
            left_out,
        }
    }

    /// How many levels, over all answers, were left out because their price is zero, negative or not finite.
    pub const fn left_out(&self) -> usize {
        self.left_out
    }
}

impl LevelBook for VendorLevels {
    fn levels_at(&self, at: Timestamp, price: Price) -> Vec<Level> {
        let known = self.answers.partition_point(|answer| answer.0 <= at);
        let Some((_, levels)) = known.checked_sub(1).map(|latest| &self.answers[latest]) else {
            return Vec::new();
        };
        let mut found: Vec<Level> = Vec::new();
        for &(level, formed) in levels {
            if formed.plus_days(i64::from(self.lag_days)) > at {
                continue;
            }
            match found.last_mut() {
                // Of one price, the days ascend.
                Some(last) if last.price == level => last.last_touch = formed,
                _ => found.push(Level {
                    price: level,
                    side: LevelSide::seen_from(level, price),
                    strength: None,
                    touches: None,
                    first_seen: formed,
                    last_touch: formed,
                }),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_seconds(0).plus_days(n)
    }

    fn answer(known_from: i64, levels: &[(i64, f64)]) -> Known<Vec<VendorLevel>> {
        Known {
            event_time: day(known_from),
            known_from: day(known_from),
            revision: false,
            value: levels
                .iter()
                .map(|&(formed, price)| VendorLevel {
                    formed: day(formed),
                    price,
                })
                .collect(),
        }
    }

    fn prices(book: &VendorLevels, at: Timestamp) -> Vec<f64> {
        book.levels_at(at, Price::new(10.0).unwrap())
            .iter()
            .map(|level| level.price.get())
            .collect()
    }

    #[test]
    fn the_latest_whole_answer_stands() {
        let book = VendorLevels::new(
            vec![
                answer(10, &[(1, 5.0), (2, 20.0)]),
                answer(30, &[(2, 20.0), (25, 8.0)]),
                answer(30, &[(25, 9.0)]),
                answer(20, &[(2, 21.0)]),
            ],
            0,
        );
        for (at, expected, why) in [
            (day(10).plus_micros(-1), vec![], "nothing was known"),
            (day(10), vec![5.0, 20.0], "known from the answer on"),
            (day(20), vec![21.0], "what vanished has vanished"),
            (day(30), vec![9.0], "of a tie the later in order"),
            (Timestamp::MAX, vec![9.0], "for ever"),
        ] {
            assert_eq!(prices(&book, at), expected, "{why}");
        }
    }

    #[test]
    fn a_level_is_handed_out_when_its_lag_has_passed() {
        let book = VendorLevels::new(vec![answer(10, &[(5, 5.0), (8, 8.0)])], 7);
        assert_eq!(prices(&book, day(12).plus_micros(-1)), [] as [f64; 0]);
        assert_eq!(prices(&book, day(12)), [5.0]);
        assert_eq!(prices(&book, day(15)), [5.0, 8.0]);
    }

    #[test]
    fn what_is_no_price_is_left_out_and_counted() {
        let hostile = [
            (1, 0.0),
            (1, -1.0),
            (1, f64::NAN),
            (1, f64::INFINITY),
            (1, 3.0),
        ];
        let book = VendorLevels::new(vec![answer(2, &hostile)], 0);
        assert_eq!(book.left_out(), 4);
        assert_eq!(prices(&book, day(2)), [3.0]);
    }

    #[test]
    fn a_price_given_twice_is_one_level() {
        let book = VendorLevels::new(vec![answer(9, &[(4, 10.0), (2, 10.0), (3, 12.0)])], 0);
        let found = book.levels_at(day(9), Price::new(10.0).unwrap());
        let summary: Vec<_> = found
            .iter()
            .map(|level| {
                (
                    level.price.get(),
                    level.side,
                    level.first_seen,
                    level.last_touch,
                )
            })
            .collect();
        assert_eq!(
            summary,
            [
                (10.0, LevelSide::Support, day(2), day(4)),
                (12.0, LevelSide::Resistance, day(3), day(3)),
            ]
        );
        assert!(
            found
                .iter()
                .all(|level| level.strength.is_none() && level.touches.is_none())
        );
    }
}
