//! A convention applied to a number of periods per year: what is computed once, before any return is read.

use serde::{Deserialize, Serialize};

use crate::{Convention, PeriodsPerYear};

/// A convention, periods per year, and the rates per period that follow from both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Terms {
    convention: Convention,
    per_year: PeriodsPerYear,
    risk_free: f64,
    target: f64,
}

/// What of [`Terms`] is written down; the rest follows from it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    convention: Convention,
    periods_per_year: PeriodsPerYear,
}

impl Terms {
    /// The convention for returns of which a year has `per_year`.
    pub fn new(convention: &Convention, per_year: PeriodsPerYear) -> Self {
        Self::owned(convention.clone(), per_year)
    }

    fn owned(convention: Convention, per_year: PeriodsPerYear) -> Self {
        Self {
            per_year,
            risk_free: convention.risk_free.per_period(per_year),
            target: convention.minimum_acceptable.per_period(per_year),
            convention,
        }
    }

    /// The convention.
    pub const fn convention(&self) -> &Convention {
        &self.convention
    }

    /// Periods per year.
    pub const fn per_year(&self) -> PeriodsPerYear {
        self.per_year
    }

    /// The risk-free return per period. Not finite if the convention's rate is impossible.
    pub const fn risk_free(&self) -> f64 {
        self.risk_free
    }

    /// The minimum acceptable return per period. Not finite if the convention's rate is impossible.
    pub const fn target(&self) -> f64 {
        self.target
    }
}

impl From<Stored> for Terms {
    fn from(stored: Stored) -> Self {
        Self::owned(stored.convention, stored.periods_per_year)
    }
}

impl From<Terms> for Stored {
    fn from(terms: Terms) -> Self {
        Self {
            convention: terms.convention,
            periods_per_year: terms.per_year,
        }
    }
}
