//! One cell of a file, whatever the file's format, and how it reads as a time or a number.
//!
//! ```text
//! text        time                                   number
//! 2025-04-10  a day, or ISO 8601 with or without Z   refused
//! 20250410    a day: eight digits that are a date    20250410
//! 1744243200  epoch; seconds, milli-, micro- or      1744243200
//!             nanoseconds by their number of digits
//! NaN, NA,    missing                                missing
//! null, empty
//! ```

use highwater_market::Timestamp;

/// What a cell holds, as its file's format tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing.
    Missing,
    /// A text, as every cell of a CSV file is.
    Text(&'a str),
    /// A floating-point number.
    Number(f64),
    /// A whole number.
    Whole(i64),
    /// An instant, from a typed column.
    Time(Timestamp),
}

/// Texts that stand for a missing value, compared without regard to case.
const MISSING: [&str; 5] = ["", "nan", "na", "n/a", "null"];

pub(crate) fn is_missing(text: &str) -> bool {
    MISSING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

impl Cell<'_> {
    /// The number, `None` if missing, or what was found in its place.
    pub(crate) fn number(self) -> Result<Option<f64>, String> {
        match self {
            Self::Missing => Ok(None),
            Self::Number(number) => Ok((!number.is_nan()).then_some(number)),
            Self::Whole(number) => Ok(Some(number as f64)),
            Self::Time(instant) => Err(instant.to_string()),
            Self::Text(text) => {
                let trimmed = text.trim();
                if is_missing(trimmed) {
                    return Ok(None);
                }
                match trimmed.parse::<f64>() {
                    Ok(number) if !number.is_nan() => Ok(Some(number)),
                    _ => Err(text.to_owned()),
                }
            }
        }
    }

    /// The instant, `None` if missing, or what was found in its place.
    pub(crate) fn time(self) -> Result<Option<Timestamp>, String> {
        match self {
            Self::Missing => Ok(None),
            Self::Time(instant) => Ok(Some(instant)),
            Self::Whole(number) => whole_time(number)
                .map(Some)
                .ok_or_else(|| number.to_string()),
            Self::Number(number) if number.is_nan() => Ok(None),
            Self::Number(number) => epoch(number).map(Some).ok_or_else(|| number.to_string()),
            Self::Text(text) => {
                let trimmed = text.trim();
                if is_missing(trimmed) {
                    return Ok(None);
                }
                text_time(trimmed).map(Some).ok_or_else(|| text.to_owned())
            }
        }
    }
}

fn text_time(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return whole_time(number);
    }
    if text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "+.eE".contains(c))
    {
        return epoch(text.parse().ok()?);
    }
    text.parse().ok()
}

/// Eight digits that make a date of 1900 to 2100 are that date: as seconds they would lie in 1970.
pub(crate) fn whole_time(number: i64) -> Option<Timestamp> {
    if (19_000_101..=21_001_231).contains(&number) {
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
        return Timestamp::from_date(year as i16, month as i8, day as i8);
    }
    let micros = match number {
        ..0 => return None,
        0..SECONDS => number * 1_000_000,
        SECONDS..MILLIS => number * 1_000,
        MILLIS..MICROS => number,
        MICROS.. => number / 1_000,
    };
    Some(Timestamp::from_micros(micros))
}

/// Below 10^11 a count is of seconds (until the year 5138); as milliseconds it would lie before March 1973.
const SECONDS: i64 = 100_000_000_000;
/// Below 10^14, of milliseconds.
const MILLIS: i64 = 100_000_000_000_000;
/// Below 10^17, of microseconds; else of nanoseconds.
const MICROS: i64 = 100_000_000_000_000_000;

/// A count with a fraction or an exponent, as pandas and spreadsheets write it.
fn epoch(number: f64) -> Option<Timestamp> {
    if !(0.0..9e18).contains(&number) {
        return None;
    }
    if number.fract() == 0.0 {
        return whole_time(number as i64);
    }
    // Only seconds and milliseconds leave a fraction that a double can carry.
    let per_unit = if number < SECONDS as f64 { 1e6 } else { 1e3 };
    Some(Timestamp::from_micros((number * per_unit).round() as i64))
}

/// Whether a text would do as a value: a header that is all values is no header.
pub(crate) fn looks_like_a_value(text: &str) -> bool {
    let cell = Cell::Text(text);
    matches!(cell.number(), Ok(Some(_))) || matches!(cell.time(), Ok(Some(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_is_that_instant() {
        let expected = Timestamp::from_seconds(1_744_243_200);
        for cell in [
            Cell::Text("2025-04-10"),
            Cell::Text("2025-04-10T00:00:00.000Z"),
            Cell::Text("2025-04-10 00:00:00"),
            Cell::Text(" 2025-04-10T02:00:00+02:00 "),
            Cell::Text("20250410"),
            Cell::Text("1744243200"),
            Cell::Text("1744243200.0"),
            Cell::Text("1.7442432e9"),
            Cell::Text("1744243200000"),
            Cell::Text("1744243200000000"),
            Cell::Text("1744243200000000000"),
            Cell::Whole(1_744_243_200),
            Cell::Whole(20_250_410),
            Cell::Number(1_744_243_200_000.0),
            Cell::Time(expected),
        ] {
            assert_eq!(cell.time(), Ok(Some(expected)), "{cell:?}");
        }
        assert_eq!(
            Cell::Text("1744243200.25").time(),
            Ok(Some(expected.plus_micros(250_000)))
        );
    }

    #[test]
    fn what_is_no_time_comes_back_as_it_stood() {
        for text in [
            "yesterday",
            "2025-13-01",
            "-5",
            "20251301",
            "10/04/2025",
            "inf",
        ] {
            assert_eq!(Cell::Text(text).time(), Err(text.to_owned()));
        }
        assert_eq!(Cell::Whole(-1).time(), Err("-1".to_owned()));
    }

    #[test]
    fn numbers_are_read_in_full_and_nothing_else_is() {
        for (text, expected) in [
            ("1.5", Ok(Some(1.5))),
            (" -2 ", Ok(Some(-2.0))),
            ("1e-3", Ok(Some(0.001))),
            ("inf", Ok(Some(f64::INFINITY))),
            ("", Ok(None)),
            ("NaN", Ok(None)),
            ("n/a", Ok(None)),
            ("1,5", Err("1,5".to_owned())),
            ("1.5 USD", Err("1.5 USD".to_owned())),
            ("-", Err("-".to_owned())),
        ] {
            assert_eq!(Cell::Text(text).number(), expected, "{text}");
        }
        assert_eq!(Cell::Number(f64::NAN).number(), Ok(None));
        assert_eq!(Cell::Whole(3).number(), Ok(Some(3.0)));
    }
}
