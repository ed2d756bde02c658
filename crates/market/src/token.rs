//! Assets, and who speaks of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The id by which a source knows a token. Unique within its source; symbols are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenId(pub i64);

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who said it: `tokenmetrics`, `simulated`, `import`, a name of the user's choosing.
///
/// Lower-case letters, digits, `-`, `_` and `.`, at most 64 of them: a source is also a part of file paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Source(String);

impl Source {
    /// The vendor itself.
    pub fn vendor() -> Self {
        Self("tokenmetrics".to_owned())
    }

    /// The simulated market: shown wherever its data are.
    pub fn simulated() -> Self {
        Self("simulated".to_owned())
    }

    /// A user's own files, unless they name it otherwise.
    pub fn import() -> Self {
        Self("import".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot name a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` cannot name a source: use 1 to 64 lower-case letters, digits, `-`, `_` or `.`, and begin with a letter or digit"
)]
pub struct SourceError {
    /// What was read.
    pub text: String,
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let fits = (1..=64).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(SourceError {
                text: text.to_owned(),
            })
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// An asset as one source names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Who speaks of it.
    pub source: Source,
    /// Its id there.
    pub id: TokenId,
    /// Its ticker, such as `BTC`. Several tokens may carry the same.
    pub symbol: String,
    /// Its name, such as `Bitcoin`.
    pub name: String,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, id {}, source {})",
            self.symbol, self.name, self.id, self.source
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_safe_in_a_path() {
        for good in ["tokenmetrics", "binance-spot", "a", "0x.v2"] {
            assert!(good.parse::<Source>().is_ok(), "{good}");
        }
        for bad in ["", "..", "a/b", "A", "ü", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<Source>().is_err(), "{bad}");
        }
    }
}
