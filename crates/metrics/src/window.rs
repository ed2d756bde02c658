//! Windows: which returns belong to the last 30 days.
//!
//! A window of `N` days is the last `N` calendar days: `N + 1` daily closes, `N` daily returns. A year is 365 days.
//! With `t` the time of the last return, a return at time `s` belongs if `t - N days < s <= t`: of daily returns
//! without a gap exactly `N`, of hourly ones `24 N`. A day without a return is a day all the same.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};

/// Microseconds of a day.
const DAY: i128 = 86_400_000_000;

/// A stretch of the past that ends with the last return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Window {
    /// The last so many calendar days, at least 1.
    Days(u32),
    /// Everything.
    All,
}

/// A text that names no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a window; write days (`90d`), years of 365 days (`1y`), or `all`")]
pub struct WindowError {
    /// What was read.
    pub text: String,
}

impl Window {
    /// The windows that tables show side by side: 30 and 90 days, a year, everything.
    pub const USUAL: [Self; 4] = [Self::Days(30), Self::Days(90), Self::Days(365), Self::All];

    /// Which returns belong, given the time of each (microseconds since 1970, ascending).
    ///
    /// ```
    /// use highwater_metrics::Window;
    /// let day = 86_400_000_000;
    /// let times: Vec<i64> = (0..100).map(|i| i * day).collect();
    /// assert_eq!(Window::Days(30).returns(&times), 70..100);
    /// assert_eq!(Window::All.returns(&times), 0..100);
    /// ```
    pub fn returns(self, times: &[i64]) -> Range<usize> {
        match times.last() {
            Some(&last) => self.returns_until(times, last),
            None => 0..0,
        }
    }

    /// Which returns belong to the window that ends at `last`: none later, and fewer if the returns end earlier.
    pub fn returns_until(self, times: &[i64], last: i64) -> Range<usize> {
        let end = times.partition_point(|&time| time <= last);
        let start = match self {
            Self::All => 0,
            Self::Days(days) => {
                let before = i128::from(last) - i128::from(days) * DAY;
                times[..end].partition_point(|&time| i128::from(time) <= before)
            }
        };
        start..end
    }

    /// How many days; none for everything.
    pub const fn days(self) -> Option<u32> {
        match self {
            Self::Days(days) => Some(days),
            Self::All => None,
        }
    }
}

impl FromStr for Window {
    type Err = WindowError;
    fn from_str(text: &str) -> Result<Self, WindowError> {
        let days = |number: &str, unit: u32| number.parse::<u32>().ok()?.checked_mul(unit);
        let window = match text.split_at_checked(text.len().saturating_sub(1)) {
            _ if text == "all" => Some(Self::All),
            Some((number, "d")) => days(number, 1).map(Self::Days),
            Some((number, "y")) => days(number, 365).map(Self::Days),
            _ => None,
        };
        window
            .filter(|&window| window != Self::Days(0))
            .ok_or_else(|| WindowError {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Days(days) if days % 365 == 0 => write!(f, "{}y", days / 365),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

impl TryFrom<String> for Window {
    type Error = WindowError;
    fn try_from(text: String) -> Result<Self, WindowError> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn texts() {
        for (text, window) in [
            ("30d", Window::Days(30)),
            ("1y", Window::Days(365)),
            ("2y", Window::Days(730)),
            ("all", Window::All),
        ] {
            assert_eq!(text.parse(), Ok(window));
            assert_eq!(window.to_string(), text);
        }
        assert_eq!("365d".parse::<Window>().unwrap().to_string(), "1y");
        for text in [
            "",
            "d",
            "0d",
            "-1d",
            "30",
            "1m",
            "1 y",
            "99999999999d",
            "12345678y",
            "é",
        ] {
            let error = text.parse::<Window>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is not a window")),
                "{error}"
            );
        }
    }

    #[test]
    fn n_days_hold_n_daily_returns() {
        let daily: Vec<i64> = (0..400).map(|day| day * DAY).collect();
        let hourly: Vec<i64> = (0..400 * 24).map(|hour| hour * (DAY / 24)).collect();
        for days in [1, 30, 90, 365] {
            assert_eq!(Window::Days(days).returns(&daily).len(), days as usize);
            assert_eq!(
                Window::Days(days).returns(&hourly).len(),
                24 * days as usize
            );
        }
        assert_eq!(
            Window::Days(500).returns(&daily),
            0..400,
            "no more than there are"
        );
        assert_eq!(Window::Days(30).returns(&[]), 0..0);
    }

    #[test]
    fn a_missing_day_is_a_day_all_the_same() {
        let times = [0, DAY, 4 * DAY, 5 * DAY];
        assert_eq!(Window::Days(3).returns(&times), 2..4);
        assert_eq!(Window::Days(5).returns_until(&times, 4 * DAY), 0..3);
        assert_eq!(
            Window::Days(2).returns_until(&times, 100 * DAY),
            4..4,
            "nothing that recent"
        );
        assert_eq!(Window::Days(u32::MAX).returns(&[i64::MIN, i64::MAX]), 0..2);
    }
}
