//! How many periods a year has: the one fact about the data that no default may guess.

use serde::{Deserialize, Serialize};

/// Periods per year: 365 for daily bars of a market that never closes, 252 for an exchange's trading days,
/// 12 for months, 8,760 for hours. Finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct PeriodsPerYear(f64);

/// A number of periods that no year has.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("periods per year must be finite and above 0, not {value}; daily bars have 365 or 252")]
pub struct PeriodsError {
    /// What was given.
    pub value: f64,
}

impl PeriodsPerYear {
    /// A number of periods per year.
    ///
    /// # Errors
    /// [`PeriodsError`] unless finite and above zero.
    pub fn new(value: f64) -> Result<Self, PeriodsError> {
        if value.is_finite() && value > 0.0 {
            Ok(Self(value))
        } else {
            Err(PeriodsError { value })
        }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Its square root, which scales a deviation per period to one per year.
    pub fn sqrt(self) -> f64 {
        self.0.sqrt()
    }
}

impl TryFrom<f64> for PeriodsPerYear {
    type Error = PeriodsError;
    fn try_from(value: f64) -> Result<Self, PeriodsError> {
        Self::new(value)
    }
}

impl From<PeriodsPerYear> for f64 {
    fn from(periods: PeriodsPerYear) -> Self {
        periods.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_positive_number_of_periods_makes_a_year() {
        for (value, accepted, why) in [
            (365.0, true, "days"),
            (0.5, true, "one period of two years"),
            (0.0, false, "a year without time"),
            (-252.0, false, "time runs forward"),
            (f64::NAN, false, "unknown"),
            (f64::INFINITY, false, "no time per period"),
        ] {
            assert_eq!(PeriodsPerYear::new(value).is_ok(), accepted, "{why}");
        }
    }
}
