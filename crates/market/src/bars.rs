//! Price bars, and the judgement that makes them of rows.
//!
//! The lake keeps what a source said, whatever it is worth. A row becomes a bar here, or is left out here for a
//! reason that is counted:
//! ```text
//! 0 < low <= open, close <= high < infinity       volume >= 0, or NaN: not reported
//! ```

use serde::Serialize;

use crate::{Timeframe, Timestamp, Value};

/// One bar, stamped at its open.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PriceBar {
    /// The instant of the open.
    pub open_time: Timestamp,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded volume in the source's unit; NaN if the source gave none.
    pub volume: f64,
}

/// Why a row is no bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarFault {
    /// A price is missing.
    MissingPrice,
    /// A price is zero, negative or not finite.
    PriceOutOfRange,
    /// The high is below the low.
    HighBelowLow,
    /// The open or the close lies outside low..high.
    OutsideRange,
    /// The volume is negative or infinite.
    NegativeVolume,
    /// The bar was seen before its close.
    Partial,
}

impl BarFault {
    /// In words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::MissingPrice => "a price is missing",
            Self::PriceOutOfRange => "a price is zero, negative or not finite",
            Self::HighBelowLow => "the high is below the low",
            Self::OutsideRange => "the open or close lies outside low..high",
            Self::NegativeVolume => "the volume is negative or infinite",
            Self::Partial => "seen before its close",
        }
    }
}

impl PriceBar {
    /// The bar of a row of the bars' tables, whatever its values; one that is no number is NaN.
    pub fn of(open_time: Timestamp, values: &[Value]) -> Self {
        let number = |column: usize| {
            let value = values.get(column).and_then(Value::as_float);
            value.unwrap_or(f64::NAN)
        };
        Self {
            open_time,
            open: number(0),
            high: number(1),
            low: number(2),
            close: number(3),
            volume: number(4),
        }
    }

    /// What keeps this from being a bar, if anything does. A missing price stands as NaN.
    pub fn fault(&self) -> Option<BarFault> {
        let prices = [self.open, self.high, self.low, self.close];
        if prices.iter().any(|price| price.is_nan()) {
            Some(BarFault::MissingPrice)
        } else if prices
            .iter()
            .any(|&price| price <= 0.0 || price.is_infinite())
        {
            Some(BarFault::PriceOutOfRange)
        } else if self.high < self.low {
            Some(BarFault::HighBelowLow)
        } else if [self.open, self.close]
            .iter()
            .any(|&price| price < self.low || price > self.high)
        {
            Some(BarFault::OutsideRange)
        } else if self.volume < 0.0 || self.volume.is_infinite() {
            Some(BarFault::NegativeVolume)
        } else {
            None
        }
    }
}

/// Bars of one token and timeframe, column by column: valid, complete, ascending by open time.
///
/// A missing bar is absent, not filled: gaps show in [`Bars::open_times`].
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    timeframe: Timeframe,
    /// Whether each bar opens as the one before it closes.
    contiguous: bool,
    open_time: Vec<Timestamp>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

/// Why a sequence is not [`Bars`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// A bar is not valid.
    #[error("bar {index} at {time}: {}", .fault.describe())]
    Fault {
        /// Position in the sequence, from 0.
        index: usize,
        /// The bar's open.
        time: Timestamp,
        /// What is wrong with it.
        fault: BarFault,
    },
    /// A bar does not come after the one before it.
    #[error("bar {index} at {time} does not come after the bar before it, at {previous}")]
    NotAscending {
        /// Position in the sequence, from 0.
        index: usize,
        /// The bar's open.
        time: Timestamp,
        /// The open of the bar before it.
        previous: Timestamp,
    },
}

impl Bars {
    /// No bars yet.
    pub const fn empty(timeframe: Timeframe) -> Self {
        Self {
            timeframe,
            contiguous: true,
            open_time: Vec::new(),
            open: Vec::new(),
            high: Vec::new(),
            low: Vec::new(),
            close: Vec::new(),
            volume: Vec::new(),
        }
    }

    /// Bars of a sequence that is valid and ascending.
    ///
    /// # Errors
    /// [`BarsError`] naming the first bar that is not.
    pub fn new(
        timeframe: Timeframe,
        sequence: impl IntoIterator<Item = PriceBar>,
    ) -> Result<Self, BarsError> {
        let mut bars = Self::empty(timeframe);
        for bar in sequence {
            bars.push(bar)?;
        }
        Ok(bars)
    }

    /// Append a later bar.
    ///
    /// # Errors
    /// [`BarsError`] if it is not valid or not later.
    pub fn push(&mut self, bar: PriceBar) -> Result<(), BarsError> {
        let index = self.len();
        if let Some(fault) = bar.fault() {
            return Err(BarsError::Fault {
                index,
                time: bar.open_time,
                fault,
            });
        }
        if let Some(&previous) = self.open_time.last() {
            if bar.open_time <= previous {
                return Err(BarsError::NotAscending {
                    index,
                    time: bar.open_time,
                    previous,
                });
            }
            self.contiguous &= bar.open_time == previous + self.timeframe;
        }
        self.open_time.push(bar.open_time);
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
        Ok(())
    }

    /// Length of each bar.
    pub const fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// How many bars.
    pub const fn len(&self) -> usize {
        self.open_time.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.open_time.is_empty()
    }

    /// Whether no bar is missing between the first and the last: each opens as the one before it closes.
    pub const fn is_contiguous(&self) -> bool {
        self.contiguous
    }

    /// Opening instants, ascending.
    pub fn open_times(&self) -> &[Timestamp] {
        &self.open_time
    }

    /// First prices.
    pub fn open(&self) -> &[f64] {
        &self.open
    }

    /// Highest prices.
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Lowest prices.
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Last prices.
    pub fn close(&self) -> &[f64] {
        &self.close
    }

    /// Volumes in the source's unit; NaN where it gave none.
    pub fn volume(&self) -> &[f64] {
        &self.volume
    }

    /// The instant at which bar `index` is complete.
    ///
    /// # Panics
    /// If `index` is not below [`Bars::len`].
    pub fn close_time(&self, index: usize) -> Timestamp {
        self.open_time[index] + self.timeframe
    }

    /// Bar `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<PriceBar> {
        Some(PriceBar {
            open_time: *self.open_time.get(index)?,
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        })
    }

    /// The bars one by one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = PriceBar> + '_ {
        (0..self.len()).map(|index| PriceBar {
            open_time: self.open_time[index],
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        })
    }

    /// The index of the first bar whose open is not earlier than `instant`; [`Bars::len`] if all are.
    pub fn first_open_at_or_after(&self, instant: Timestamp) -> usize {
        self.count_of_grid(instant, false)
            .unwrap_or_else(|| self.open_time.partition_point(|&open| open < instant))
    }

    /// How many bars are complete at `instant`: they form the prefix that may be looked at then.
    pub fn complete_at(&self, instant: Timestamp) -> usize {
        self.count_of_grid(instant, true).unwrap_or_else(|| {
            self.open_time
                .partition_point(|&open| open + self.timeframe <= instant)
        })
    }

    /// How many bars lie before an instant, where no bar is missing and so nothing must be searched: those that are
    /// `closed` by then, or else those that opened before it.
    fn count_of_grid(&self, instant: Timestamp, closed: bool) -> Option<usize> {
        let first = *self.open_time.first().filter(|_| self.contiguous)?;
        let length = self.timeframe.micros();
        // An instant far before the first bar saturates, and is before it still.
        let since = instant.micros().saturating_sub(first.micros());
        let whole = since.div_euclid(length);
        let part = i64::from(!closed && since.rem_euclid(length) > 0);
        let count = whole.saturating_add(part).max(0);
        Some(usize::try_from(count).map_or(self.len(), |count| count.min(self.len())))
    }

    /// The first `count` bars (all of them, if fewer).
    #[must_use]
    pub fn prefix(&self, count: usize) -> Self {
        self.slice(0..count.min(self.len()))
    }

    /// The bars of an index range.
    ///
    /// # Panics
    /// If the range reaches beyond [`Bars::len`].
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let open_time = self.open_time[range.clone()].to_vec();
        let follows = |pair: &[Timestamp]| pair[1] == pair[0] + self.timeframe;
        Self {
            timeframe: self.timeframe,
            contiguous: self.contiguous || open_time.windows(2).all(follows),
            open_time,
            open: self.open[range.clone()].to_vec(),
            high: self.high[range.clone()].to_vec(),
            low: self.low[range.clone()].to_vec(),
            close: self.close[range.clone()].to_vec(),
            volume: self.volume[range].to_vec(),
        }
    }
}

/// Bars, and the rows that were no bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The valid bars.
    pub bars: Bars,
    /// The rows left out, each with its reason, in the order in which they came.
    pub left_out: Vec<(Timestamp, BarFault)>,
}

/// Judge rows in ascending order: valid ones become bars, the others are named with their fault.
///
/// # Errors
/// [`BarsError::NotAscending`] if two rows carry the same time or go back: the order is the reader's to give.
pub fn judge(
    timeframe: Timeframe,
    rows: impl IntoIterator<Item = PriceBar>,
) -> Result<Judged, BarsError> {
    let mut bars = Bars::empty(timeframe);
    let mut left_out = Vec::new();
    for row in rows {
        match row.fault() {
            Some(fault) => left_out.push((row.open_time, fault)),
            None => bars.push(row)?,
        }
    }
    Ok(Judged { bars, left_out })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(minute: i64, open: f64, high: f64, low: f64, close: f64) -> PriceBar {
        PriceBar {
            open_time: Timestamp::from_seconds(60 * minute),
            open,
            high,
            low,
            close,
            volume: f64::NAN,
        }
    }

    #[test]
    fn faults_name_their_cause() {
        for (row, expected) in [
            (bar(0, 1.0, 2.0, 0.5, 1.5), None),
            (bar(0, 1.0, 1.0, 1.0, 1.0), None),
            (
                bar(0, f64::NAN, 2.0, 0.5, 1.5),
                Some(BarFault::MissingPrice),
            ),
            (bar(0, 1.0, 2.0, 0.0, 1.5), Some(BarFault::PriceOutOfRange)),
            (bar(0, 1.0, 2.0, -1.0, 1.5), Some(BarFault::PriceOutOfRange)),
            (
                bar(0, 1.0, f64::INFINITY, 0.5, 1.5),
                Some(BarFault::PriceOutOfRange),
            ),
            (bar(0, 1.0, 0.5, 2.0, 1.5), Some(BarFault::HighBelowLow)),
            (bar(0, 3.0, 2.0, 0.5, 1.5), Some(BarFault::OutsideRange)),
            (bar(0, 1.0, 2.0, 0.5, 0.25), Some(BarFault::OutsideRange)),
            (
                PriceBar {
                    volume: -1.0,
                    ..bar(0, 1.0, 2.0, 0.5, 1.5)
                },
                Some(BarFault::NegativeVolume),
            ),
        ] {
            assert_eq!(row.fault(), expected, "{row:?}");
        }
    }

    #[test]
    fn judged_rows_are_bars_or_named() {
        let judged = judge(
            Timeframe::M1,
            [
                bar(0, 1.0, 2.0, 0.5, 1.5),
                bar(1, 1.0, 0.5, 2.0, 1.5),
                bar(3, 1.0, 2.0, 0.5, 1.5),
            ],
        )
        .unwrap();
        assert_eq!(judged.bars.len(), 2);
        assert_eq!(
            judged.left_out,
            [(Timestamp::from_seconds(60), BarFault::HighBelowLow)]
        );
        let twice = judge(
            Timeframe::M1,
            [bar(1, 1.0, 2.0, 0.5, 1.5), bar(1, 1.0, 2.0, 0.5, 1.5)],
        );
        assert!(matches!(
            twice,
            Err(BarsError::NotAscending { index: 1, .. })
        ));
    }

    #[test]
    fn a_bar_is_complete_at_its_close_and_not_before() {
        let bars = Bars::new(
            Timeframe::M1,
            [bar(0, 1.0, 2.0, 0.5, 1.5), bar(1, 1.0, 2.0, 0.5, 1.5)],
        )
        .unwrap();
        let close = Timestamp::from_seconds(60);
        assert_eq!(bars.complete_at(close.plus_micros(-1)), 0);
        assert_eq!(bars.complete_at(close), 1);
        assert_eq!(bars.first_open_at_or_after(close), 1);
        assert_eq!(bars.first_open_at_or_after(close.plus_micros(1)), 2);
        assert_eq!(bars.prefix(1).len(), 1);
    }

    #[test]
    fn bars_without_a_gap_are_found_where_a_search_finds_them() {
        let minutes = |opens: &[i64]| {
            let bars = opens.iter().map(|&minute| bar(minute, 1.0, 2.0, 0.5, 1.5));
            Bars::new(Timeframe::M1, bars).unwrap()
        };
        let whole = minutes(&[3, 4, 5, 6]);
        let gappy = minutes(&[3, 4, 6]);
        assert!(whole.is_contiguous() && minutes(&[7]).is_contiguous());
        assert!(!gappy.is_contiguous() && !gappy.slice(1..3).is_contiguous());
        assert!(gappy.prefix(2).is_contiguous());
        assert!(Bars::empty(Timeframe::M1).is_contiguous());
        let around = (0..10 * 60).map(|half| Timestamp::from_seconds(half).plus_micros(-1));
        let ends = [Timestamp::MIN, Timestamp::MAX];
        let near = (0..10 * 60).map(Timestamp::from_seconds);
        for instant in around.chain(near).chain(ends) {
            for bars in [&whole, &gappy, &minutes(&[]), &minutes(&[0])] {
                let opened = bars.open_times().iter().filter(|open| **open < instant);
                assert_eq!(bars.first_open_at_or_after(instant), opened.count());
                let closed = (0..bars.len()).filter(|&index| bars.close_time(index) <= instant);
                assert_eq!(bars.complete_at(instant), closed.count(), "{instant}");
            }
        }
    }
}
