//! The average true range (Wilder 1978): how far price moves in a bar, gaps included.
//!
//! ```text
//! true range = max(high, close before) - min(low, close before)        of the first bar: high - low
//! ATR(n)     = mean of the first n true ranges, then (ATR x (n - 1) + true range) / n
//! ```

use highwater_market::Bars;

/// The average true range after each bar; NaN for the first `bars - 1`.
pub(crate) fn average_true_range(bars: &Bars, count: usize) -> Vec<f64> {
    let (high, low, close) = (bars.high(), bars.low(), bars.close());
    let n = count as f64;
    let mut average = 0.0;
    (0..bars.len())
        .map(|bar| {
            let range = match bar.checked_sub(1) {
                Some(before) => high[bar].max(close[before]) - low[bar].min(close[before]),
                None => high[bar] - low[bar],
            };
            if bar < count {
                average += range / n;
            } else {
                average = (average * (n - 1.0) + range) / n;
            }
            if bar + 1 < count { f64::NAN } else { average }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use highwater_market::{PriceBar, Timeframe, Timestamp};

    use super::*;

    #[test]
    fn gaps_count_and_the_first_value_is_a_mean() {
        let prices = [
            [10.0, 12.0, 9.0, 11.0],  // 3
            [13.0, 14.0, 12.0, 12.0], // 14 - 11 = 3
            [8.0, 9.0, 7.0, 8.0],     // 12 - 7 = 5
        ];
        let bars = prices
            .iter()
            .zip(0..)
            .map(|(&[open, high, low, close], n)| PriceBar {
                open_time: Timestamp::MIN.plus_days(n),
                open,
                high,
                low,
                close,
                volume: f64::NAN,
            });
        let bars = Bars::new(Timeframe::D1, bars).unwrap();
        let atr = average_true_range(&bars, 2);
        assert!(atr[0].is_nan());
        assert_eq!(atr[1..], [3.0, 4.0]);
    }
}
