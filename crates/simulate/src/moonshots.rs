//! The vendor's moonshots: tokens that rose fast with a high grade, until the grade is gone or a month has passed.

use crate::opinion::Opinion;

/// One moonshot. Days count from the token's first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moonshot {
    /// The day after whose close it was named.
    pub(crate) begins: usize,
    /// The day after whose close it ended; `usize::MAX` if it has not.
    pub(crate) ends: usize,
}

const RISE: f64 = 0.18;
const GRADE: f64 = 64.0;
const LOST: f64 = 45.0;
const DAYS: usize = 30;

/// Every moonshot of a token, by day.
pub(crate) fn moonshots(closes: &[f64], opinions: &[Opinion]) -> Vec<Moonshot> {
    let mut found: Vec<Moonshot> = Vec::new();
    for day in 7..closes.len() {
        let grade = opinions[day].trader_grade;
        match found.last_mut() {
            Some(current) if current.ends == usize::MAX => {
                if grade < LOST || day - current.begins >= DAYS {
                    current.ends = day;
                }
            }
            _ => {
                if closes[day] / closes[day - 7] - 1.0 > RISE && grade > GRADE {
                    found.push(Moonshot {
                        begins: day,
                        ends: usize::MAX,
                    });
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cast::CAST, opinion::opinions};

    #[test]
    fn later_closes_change_no_earlier_opinion_or_moonshot() {
        let mut close = 10.0;
        let closes: Vec<f64> = (0_i32..400)
            .map(|day| {
                let turn = if (day / 40) % 2 == 0 { 1.03 } else { 0.97 };
                close *= turn + f64::from((day * 37) % 11 - 5) / 500.0;
                close
            })
            .collect();
        let said = opinions(&CAST[5], &closes);
        let found = moonshots(&closes, &said);
        assert!(found.len() > 2, "{found:?}");
        for count in 0..closes.len() {
            let then = opinions(&CAST[5], &closes[..count]);
            assert_eq!(then, said[..count]);
            let found_then = moonshots(&closes[..count], &then);
            let expected: Vec<Moonshot> = found
                .iter()
                .filter(|moonshot| moonshot.begins < count)
                .map(|moonshot| Moonshot {
                    ends: if moonshot.ends < count {
                        moonshot.ends
                    } else {
                        usize::MAX
                    },
                    ..*moonshot
                })
                .collect();
            assert_eq!(found_then, expected, "after {count} days");
        }
    }

    #[test]
    fn a_moonshot_ends_with_its_grade_or_its_month() {
        let closes: Vec<f64> = (0_i32..120)
            .map(|day| {
                if day < 60 {
                    1.0
                } else {
                    f64::from(day - 40) / 20.0
                }
            })
            .collect();
        let found = moonshots(&closes, &opinions(&CAST[5], &closes));
        assert_eq!(
            found[0].ends - found[0].begins,
            DAYS,
            "the rise goes on, the month is over"
        );
        let mut falls = closes[..70].to_vec();
        falls.extend((0_i32..50).map(|day| 1.5 - f64::from(day) / 50.0));
        let found = moonshots(&falls, &opinions(&CAST[5], &falls));
        assert!(
            found[0].ends - found[0].begins < DAYS,
            "the grade is gone before"
        );
    }
}
