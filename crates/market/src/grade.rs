//! Grades: the vendor's opinion of a token, from 0 to 100.

use serde::{Deserialize, Serialize};

/// A grade from 0 (worst) to 100 (best).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Grade(f64);

/// Whose horizon a grade is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GradeKind {
    /// The short term: the vendor's trader grade, today's `TM_GRADE`.
    Trader,
    /// The long term: the vendor's investor grade, today's `FUNDAMENTAL_GRADE`.
    Investor,
}

/// A number that is no grade.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a grade lies between 0 and 100, not at {value}")]
pub struct GradeError {
    /// What was given.
    pub value: f64,
}

impl Grade {
    /// A grade, if between 0 and 100.
    ///
    /// # Errors
    /// [`GradeError`] otherwise.
    pub fn new(value: f64) -> Result<Self, GradeError> {
        if (0.0..=100.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(GradeError { value })
        }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_lie_between_0_and_100() {
        assert!(Grade::new(0.0).is_ok() && Grade::new(100.0).is_ok());
        for value in [-0.1, 100.1, f64::NAN] {
            assert!(Grade::new(value).is_err());
        }
    }
}
