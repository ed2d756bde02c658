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
