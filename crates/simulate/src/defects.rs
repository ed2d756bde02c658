//! What is wrong with the vendor's answers, on purpose. All of it in tokens that few would miss.

use highwater_market::PriceBar;

use crate::cast::{self, Part};

/// TOADY's bars of this day were lost.
pub(crate) const MISSING: (i64, &str) = (45_112, "2025-08-17");
/// PUFFN's bar of this day is sent twice.
pub(crate) const TWICE: (i64, &str) = (43_058, "2026-05-20");
/// TOADY's low of this day is zero.
pub(crate) const ZERO_LOW: (i64, &str) = (45_112, "2024-10-03");
/// LOAMY's high of this day is below its low.
pub(crate) const CROSSED: (i64, &str) = (44_171, "2025-03-11");
/// HERON's volume of this day is null.
pub(crate) const NO_VOLUME: (i64, &str) = (43_091, "2025-02-02");
/// TOADY's levels: one as a string, one at 0, one without a date.
pub(crate) const ODD_LEVELS: i64 = 45_112;

/// Whether a defect is that of a token on a day.
pub(crate) fn hits(defect: (i64, &str), part: &Part, day: usize) -> bool {
    defect.0 == part.id && cast::day(defect.1) == Some(day)
}

/// The candle as it is sent.
pub(crate) fn spoilt(bar: PriceBar, part: &Part, day: usize) -> PriceBar {
    if hits(ZERO_LOW, part, day) {
        PriceBar { low: 0.0, ..bar }
    } else if hits(CROSSED, part, day) {
        PriceBar {
            high: bar.low,
            low: bar.high,
            ..bar
        }
    } else if hits(NO_VOLUME, part, day) {
        PriceBar {
            volume: f64::NAN,
            ..bar
        }
    } else {
        bar
    }
}
