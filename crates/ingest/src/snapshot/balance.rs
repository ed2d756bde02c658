//! The balance of a run: what was asked, what came, what became of it.
//!
//! Two equations must hold, or the program has lost something:
//! ```text
//! received  = new + unchanged + revised + partial + duplicates + rejected       per table and in all
//! questions = answered + missing
//! ```

use std::{
    collections::BTreeMap,
    fmt,
    ops::{Add, AddAssign},
};

use highwater_market::{Period, Source, TokenId};
use serde::Serialize;

/// Rows, by what became of them. A row of levels is one level, else a row is what the vendor sent as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// All that came.
    pub received: u64,
    /// The first of their key.
    pub new: u64,
    /// Known, and now different.
    pub revised: u64,
    /// Known, and the same: nothing was written.
    pub unchanged: u64,
    /// Seen before their period was over.
    pub partial: u64,
    /// Sent twice in one answer.
    pub duplicates: u64,
    /// Not stored: see [`Balance::rejected`].
    pub rejected: u64,
}

impl Rows {
    /// Whether every row is accounted for.
    pub const fn is_even(self) -> bool {
        self.received
            == self.new
                + self.revised
                + self.unchanged
                + self.partial
                + self.duplicates
                + self.rejected
    }
}

impl Add for Rows {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            received: self.received + other.received,
            new: self.new + other.new,
            revised: self.revised + other.revised,
            unchanged: self.unchanged + other.unchanged,
            partial: self.partial + other.partial,
            duplicates: self.duplicates + other.duplicates,
            rejected: self.rejected + other.rejected,
        }
    }
}

impl AddAssign for Rows {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Questions, by what became of them. One that was cut in two counts as two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Questions {
    /// All that the plan needed.
    pub asked: u64,
    /// Answered whole.
    pub answered: u64,
    /// Without a whole answer: see [`Balance::missing`]. Rows of an answer that was not whole are stored.
    pub missing: u64,
}

/// Rows that were not stored, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedRows {
    /// Which endpoint sent them.
    pub endpoint: &'static str,
    /// Why they were not stored.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// How the first of them begins.
    pub example: String,
}

/// A question that got no whole answer. Nothing of it is taken for known: the next run asks it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Which endpoint.
    pub endpoint: &'static str,
    /// About which tokens; empty for a list or for all.
    pub tokens: Vec<TokenId>,
    /// For which days, where the endpoint takes days.
    pub period: Option<Period>,
    /// Which list, where the endpoint serves lists.
    pub list: Option<&'static str>,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.endpoint)?;
        if let Some(list) = self.list {
            write!(f, " {list}")?;
        }
        match self.tokens[..] {
            [] => {}
            [token] => write!(f, " #{token}")?,
            [first, ..] => write!(f, " #{first} and {} more", self.tokens.len() - 1)?,
        }
        if let Some(period) = self.period {
            write!(f, " {period}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Where days without a row lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapPlace {
    /// Between days with rows.
    Inside,
    /// After the last row: the token ended, or the source is late.
    After,
    /// There is no row at all.
    Everywhere,
    /// Before the first row, as before a listing.
    Before,
}

/// Days without a row in answers that were whole: the source had none. Asked once more on another day, before that is
/// believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Which endpoint.
    pub endpoint: &'static str,
    /// Which token.
    pub token: TokenId,
    /// Which days, over when they were asked.
    pub days: Period,
    /// Where they lie among the rows that the lake holds.
    pub place: GapPlace,
}

/// What a run asked, what came, what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Balance {
    /// Under which name it was stored.
    pub source: Source,
    /// How many tokens the run was about.
    pub tokens: usize,
    /// Questions.
    pub questions: Questions,
    /// Token-days that the lake held already and that were not asked.
    pub known_days: u64,
    /// Rows, by table.
    pub tables: BTreeMap<&'static str, Rows>,
    /// Rows that were not stored, by endpoint and reason.
    pub rejected: Vec<RejectedRows>,
    /// Questions without a whole answer.
    pub missing: Vec<Missing>,
    /// Days that the source has no row for.
    pub gaps: Vec<Gap>,
    /// Bars that were stored as they came and are none: a high below the low, a price of zero. Reading leaves them out.
    pub impossible_bars: u64,
    /// Of bars and signals shorter than a day, the days that were asked, where they are not all of the plan's.
    pub intraday: Option<Period>,
    /// Requests sent.
    pub requests: u64,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// Why the run ended before all was asked.
    pub stopped: Option<String>,
}

impl Balance {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            tokens: 0,
            questions: Questions::default(),
            known_days: 0,
            tables: BTreeMap::new(),
            rejected: Vec::new(),
            missing: Vec::new(),
            gaps: Vec::new(),
            impossible_bars: 0,
            intraday: None,
            requests: 0,
            retries: 0,
            stopped: None,
        }
    }

    /// All rows, whatever their table.
    pub fn rows(&self) -> Rows {
        self.tables
            .values()
            .fold(Rows::default(), |sum, &rows| sum + rows)
    }

    /// Whether the lake now holds all that was asked for, and every row is accounted for. Gaps are the source's own and
    /// do not make a run incomplete; nor do rejected rows of an answer from which nothing is missing.
    pub fn complete(&self) -> bool {
        self.missing.is_empty() && self.stopped.is_none() && self.imbalance().is_none()
    }

    /// Which equation does not hold, if one does not: an error of the program.
    pub fn imbalance(&self) -> Option<String> {
        if let Some((table, rows)) = self.tables.iter().find(|(_, rows)| !rows.is_even()) {
            return Some(format!("{table}: the rows do not add up: {rows:?}"));
        }
        let questions = self.questions;
        let adds_up = questions.asked == questions.answered + questions.missing
            && questions.missing == self.missing.len() as u64;
        (!adds_up).then(|| {
            format!(
                "the questions do not add up: {questions:?}, {} listed as missing",
                self.missing.len()
            )
        })
    }

    /// Count rows that are not stored.
    pub(crate) fn reject(
        &mut self,
        endpoint: &'static str,
        table: &'static str,
        reason: &str,
        count: u64,
        example: &str,
    ) {
        if count == 0 {
            return;
        }
        self.tables.entry(table).or_default().rejected += count;
        let known = self
            .rejected
            .iter_mut()
            .find(|known| known.endpoint == endpoint && known.reason == reason);
        match known {
            Some(known) => known.count += count,
            None => self.rejected.push(RejectedRows {
                endpoint,
                reason: reason.to_owned(),
                count,
                example: example.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_complete_only_if_it_adds_up() {
        let mut balance = Balance::new(Source::vendor());
        assert!(balance.complete());
        balance.tables.entry("bars_1d").or_default().received = 3;
        assert!(!balance.complete(), "three rows are lost");
        balance.tables.entry("bars_1d").or_default().new = 2;
        balance.reject("daily-ohlcv", "bars_1d", "no time", 1, "{}");
        assert!(balance.complete(), "a rejected row is accounted for");
        balance.reject("daily-ohlcv", "bars_1d", "no time", 2, "{}");
        assert_eq!(balance.rejected[0].count, 3);
        assert!(balance.imbalance().unwrap().starts_with("bars_1d"));

        let mut balance = Balance::new(Source::vendor());
        balance.questions.asked = 1;
        assert!(balance.imbalance().unwrap().contains("questions"));
        balance.questions.missing = 1;
        assert!(balance.imbalance().is_some(), "missing, and not named");
        balance.missing.push(Missing {
            endpoint: "daily-ohlcv",
            tokens: vec![TokenId(1), TokenId(2)],
            period: None,
            list: None,
            reason: "HTTP 500".to_owned(),
        });
        assert_eq!(balance.imbalance(), None);
        assert!(!balance.complete());
        assert_eq!(
            balance.missing[0].to_string(),
            "daily-ohlcv #1 and 1 more: HTTP 500"
        );
    }
}
