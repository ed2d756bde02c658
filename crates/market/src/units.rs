//! Units as types, so that a percentage is never taken for a fraction.
//!
//! ```text
//! Bps      -> Fraction    10 bps = 0.001
//! Price    x (1 +- Fraction) = Price      see `Price::above`, `Price::below`
//! ```
//! Text carries its unit: `"0.4%"`, `"10 bps"`, `"0.004"` all read as a [`Fraction`].

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A number that its unit cannot hold, or a text without one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UnitError {
    /// Not a number, or a unit that is not known.
    #[error("`{text}` is not {unit}: write it as {example}")]
    Text {
        /// What was read.
        text: String,
        /// What was wanted.
        unit: &'static str,
        /// A text that would do.
        example: &'static str,
    },
    /// A number outside the unit's range.
    #[error("{unit} must be {range}, not {value}")]
    Range {
        /// Which unit refuses.
        unit: &'static str,
        /// What it holds.
        range: &'static str,
        /// What was given.
        value: f64,
    },
}

/// A price in the quote currency: finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Price(f64);

impl Price {
    /// A price, if finite and above zero.
    ///
    /// # Errors
    /// [`UnitError::Range`] otherwise.
    pub fn new(value: f64) -> Result<Self, UnitError> {
        if value.is_finite() && value > 0.0 {
            Ok(Self(value))
        } else {
            Err(UnitError::Range {
                unit: "a price",
                range: "finite and above 0",
                value,
            })
        }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// This price, raised by a fraction of itself.
    pub fn above(self, by: Fraction) -> f64 {
        self.0 * (1.0 + by.0)
    }

    /// This price, lowered by a fraction of itself.
    pub fn below(self, by: Fraction) -> f64 {
        self.0 * (1.0 - by.0)
    }
}

impl TryFrom<f64> for Price {
    type Error = UnitError;
    fn try_from(value: f64) -> Result<Self, UnitError> {
        Self::new(value)
    }
}

impl From<Price> for f64 {
    fn from(price: Price) -> Self {
        price.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number of coins: finite and not below zero. The side of a position is told apart from its size.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Quantity(f64);

impl Quantity {
    /// A quantity, if finite and not negative.
    ///
    /// # Errors
    /// [`UnitError::Range`] otherwise.
    pub fn new(value: f64) -> Result<Self, UnitError> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(UnitError::Range {
                unit: "a quantity",
                range: "finite and not below 0",
                value,
            })
        }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Quantity {
    type Error = UnitError;
    fn try_from(value: f64) -> Result<Self, UnitError> {
        Self::new(value)
    }
}

impl From<Quantity> for f64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

/// A part of a whole: 0.01 is one percent. Finite, of either sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Fraction(f64);

impl Fraction {
    /// Nothing of the whole.
    pub const ZERO: Self = Self(0.0);

    /// A fraction, if finite.
    ///
    /// # Errors
    /// [`UnitError::Range`] otherwise.
    pub fn new(value: f64) -> Result<Self, UnitError> {
        if value.is_finite() {
            Ok(Self(value))
        } else {
            Err(UnitError::Range {
                unit: "a fraction",
                range: "finite",
                value,
            })
        }
    }

    /// The number: 0.01 for one percent.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0 * 100.0)
    }
}

impl FromStr for Fraction {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        let (number, per) = if let Some(number) = trimmed.strip_suffix('%') {
            (number, 100.0)
        } else if let Some(number) = trimmed.strip_suffix("bps") {
            (number, 10_000.0)
        } else {
            (trimmed, 1.0)
        };
        match number.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Self(value / per)),
            _ => Err(UnitError::Text {
                text: text.to_owned(),
                unit: "a fraction",
                example: "\"0.4%\", \"40 bps\" or 0.004",
            }),
        }
    }
}

/// A hundredth of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bps(f64);

impl Bps {
    /// Basis points, if finite.
    ///
    /// # Errors
    /// [`UnitError::Range`] otherwise.
    pub fn new(value: f64) -> Result<Self, UnitError> {
        if value.is_finite() {
            Ok(Self(value))
        } else {
            Err(UnitError::Range {
                unit: "a number of basis points",
                range: "finite",
                value,
            })
        }
    }

    /// The number of basis points.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl From<Bps> for Fraction {
    fn from(bps: Bps) -> Self {
        Self(bps.0 / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_reads_its_unit() {
        for (text, expected) in [
            ("25%", 0.25),
            ("2500 bps", 0.25),
            ("2500bps", 0.25),
            ("0.25", 0.25),
            (" -50 % ", -0.5),
        ] {
            assert_eq!(text.parse::<Fraction>().unwrap().get(), expected, "{text}");
        }
        for text in ["", "%", "bps", "inf", "NaN%", "1 percent"] {
            assert!(text.parse::<Fraction>().is_err(), "{text}");
        }
    }

    #[test]
    fn units_refuse_what_they_cannot_hold() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Price::new(value).is_err(), "{value}");
        }
        assert!(Quantity::new(0.0).is_ok());
        assert!(Quantity::new(-0.5).is_err());
        assert!(Fraction::new(f64::NAN).is_err());
        assert_eq!(Fraction::from(Bps::new(25.0).unwrap()).get(), 0.0025);
    }

    #[test]
    fn prices_move_by_fractions() {
        let price = Price::new(100.0).unwrap();
        let quarter = Fraction::new(0.25).unwrap();
        assert_eq!(price.above(quarter), 125.0);
        assert_eq!(price.below(quarter), 75.0);
    }
}
