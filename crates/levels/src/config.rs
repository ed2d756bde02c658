//! How swing points are looked for and brought together.

use serde::{Deserialize, Serialize};

/// How levels are found in bars. Strict in text: an unknown field or a value out of range is refused.
///
/// ```
/// use highwater_levels::SwingConfig;
///
/// let config = SwingConfig { swing_bars: 5, ..SwingConfig::default() };
/// assert!(config.checked().is_ok());
/// assert!(SwingConfig { cluster: f64::NAN, ..config }.checked().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct SwingConfig {
    /// How many bars on each side a turn must stand above (or below). At least 1. A turn is known this many bars
    /// after its own.
    pub swing_bars: usize,
    /// Over how many bars the volatility is averaged that scales the clusters, and the volume to which a turn's own
    /// is compared. At least 1. Ten times as many bars halve the weight of a turn.
    pub volatility_bars: usize,
    /// Width of a cluster from its lowest turn to its highest, in volatilities. Finite, not negative; 0 brings
    /// together equal prices alone.
    pub cluster: f64,
    /// Turns more than this many bars back are forgotten; `None`: never. At least `swing_bars`, for a turn is that
    /// old when it becomes known.
    pub max_age_bars: Option<usize>,
    /// Clusters of fewer turns are no level. At least 1.
    pub min_touches: u32,
}

/// The text form, before its values are checked.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Unchecked {
    swing_bars: usize,
    volatility_bars: usize,
    cluster: f64,
    max_age_bars: Option<usize>,
    min_touches: u32,
}

/// A setting out of range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A count that must be at least 1 is 0.
    #[error("`{field}` is 0, and must be at least 1")]
    Zero {
        /// Which.
        field: &'static str,
    },
    /// The width of a cluster is negative or no number.
    #[error("`cluster` is {value}, and must be a finite number of volatilities, 0 or more")]
    Cluster {
        /// What was given.
        value: f64,
    },
    /// Turns would be forgotten before they are known.
    #[error(
        "`max_age_bars` is {max_age_bars}, and must be at least `swing_bars` ({swing_bars}): a turn is that old when it becomes known"
    )]
    Forgotten {
        /// What was given.
        max_age_bars: usize,
        /// What it must not be below.
        swing_bars: usize,
    },
}

impl Default for SwingConfig {
    fn default() -> Self {
        Self {
            swing_bars: 3,
            volatility_bars: 20,
            cluster: 1.0,
            max_age_bars: None,
            min_touches: 1,
        }
    }
}

impl Default for Unchecked {
    fn default() -> Self {
        let SwingConfig {
            swing_bars,
            volatility_bars,
            cluster,
            max_age_bars,
            min_touches,
        } = SwingConfig::default();
        Self {
            swing_bars,
            volatility_bars,
            cluster,
            max_age_bars,
            min_touches,
        }
    }
}

impl TryFrom<Unchecked> for SwingConfig {
    type Error = ConfigError;

    fn try_from(text: Unchecked) -> Result<Self, ConfigError> {
        Self {
            swing_bars: text.swing_bars,
            volatility_bars: text.volatility_bars,
            cluster: text.cluster,
            max_age_bars: text.max_age_bars,
            min_touches: text.min_touches,
        }
        .checked()
    }
}

impl SwingConfig {
    /// This, if every value is in its range.
    ///
    /// # Errors
    /// [`ConfigError`] naming the first value that is not.
    pub fn checked(self) -> Result<Self, ConfigError> {
        for (field, value) in [
            ("swing_bars", self.swing_bars),
            ("volatility_bars", self.volatility_bars),
            ("min_touches", self.min_touches as usize),
        ] {
            if value == 0 {
                return Err(ConfigError::Zero { field });
            }
        }
        if !(self.cluster.is_finite() && self.cluster >= 0.0) {
            return Err(ConfigError::Cluster {
                value: self.cluster,
            });
        }
        if let Some(max_age_bars) = self.max_age_bars
            && max_age_bars < self.swing_bars
        {
            return Err(ConfigError::Forgotten {
                max_age_bars,
                swing_bars: self.swing_bars,
            });
        }
        Ok(self)
    }

    /// This, with values out of range moved into it, so that a config built by hand never makes a kernel panic.
    pub(crate) fn clamped(self) -> Self {
        Self {
            swing_bars: self.swing_bars.max(1),
            volatility_bars: self.volatility_bars.max(1),
            cluster: if self.cluster.is_nan() {
                0.0
            } else {
                self.cluster.clamp(0.0, f64::MAX)
            },
            max_age_bars: self.max_age_bars,
            min_touches: self.min_touches,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SwingConfig, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        assert_eq!(read("{}"), Ok(SwingConfig::default()));
        assert_eq!(
            read(r#"{"swing_bars": 5, "max_age_bars": 250}"#),
            Ok(SwingConfig {
                swing_bars: 5,
                max_age_bars: Some(250),
                ..SwingConfig::default()
            })
        );
    }

    #[test]
    fn a_config_survives_its_text() {
        let config = SwingConfig {
            cluster: 0.75,
            max_age_bars: Some(100),
            min_touches: 2,
            ..SwingConfig::default()
        };
        assert_eq!(read(&serde_json::to_string(&config).unwrap()), Ok(config));
    }

    #[test]
    fn what_is_out_of_range_is_refused_by_name() {
        for (text, named) in [
            (r#"{"swing_bars": 0}"#, "`swing_bars` is 0"),
            (r#"{"volatility_bars": 0}"#, "`volatility_bars` is 0"),
            (r#"{"min_touches": 0}"#, "`min_touches` is 0"),
            (r#"{"cluster": -1}"#, "`cluster` is -1"),
            (r#"{"max_age_bars": 2}"#, "at least `swing_bars` (3)"),
            (r#"{"swing_bar": 3}"#, "unknown field `swing_bar`"),
            (r#"{"swing_bars": -3}"#, "invalid value"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(named), "{text}: {refused}");
        }
    }
}
