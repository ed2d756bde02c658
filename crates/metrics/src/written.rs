//! A convention as a file writes it: whole, or the name of a preset and what differs from it.
//!
//! Who writes every choice down has a convention that no later version of this library reads anew: it may know more
//! choices. Who writes `base = "crypto"` has those of that preset wherever the file is silent.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::{
    Convention, UnknownConvention,
    against::{AnnualAlpha, Capture},
    catalogue::near,
    convention::{
        AnnualMean, CHOICES, CornishFisher, DownsideOver, Kelly, Quantile, Rate, ReturnKind,
        RuinModel, Shape, Shortfall, TailModel, UlcerOver, WinsOver, Years,
    },
};

/// What is wrong with a convention as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrittenError {
    #[error(transparent)]
    Base(#[from] UnknownConvention),
    #[error("a convention has no choice `{name}`; {}", suggestion(.name))]
    Unknown { name: String },
    #[error(
        "the convention does not choose `{choice}`; write it, or a `base` such as \"crypto\" for all that is not written"
    )]
    Missing { choice: &'static str },
}

fn suggestion(name: &str) -> String {
    let known = CHOICES.iter().copied().chain(["base", "name"]);
    match near::misses(name, known).as_slice() {
        [] => format!("it has {}", CHOICES.join(", ")),
        near => format!("did you mean {}?", near.join(" or ")),
    }
}

/// The fields of a file, each there or not.
#[derive(Deserialize)]
pub(crate) struct Written {
    base: Option<String>,
    name: Option<String>,
    returns: Option<ReturnKind>,
    ddof: Option<u8>,
    annual_mean: Option<AnnualMean>,
    risk_free: Option<Rate>,
    minimum_acceptable: Option<Rate>,
    downside: Option<DownsideOver>,
    years: Option<Years>,
    days_per_year: Option<f64>,
    min_days: Option<f64>,
    wins: Option<WinsOver>,
    quantile: Option<Quantile>,
    tail_model: Option<TailModel>,
    shortfall: Option<Shortfall>,
    tail_ddof: Option<u8>,
    shape: Option<Shape>,
    cornish_fisher: Option<CornishFisher>,
    kelly: Option<Kelly>,
    ruin: Option<RuinModel>,
    ulcer: Option<UlcerOver>,
    sterling_excess: Option<f64>,
    alpha: Option<AnnualAlpha>,
    capture: Option<Capture>,
    /// Written as null it is none, and not that of the base.
    #[serde(default, deserialize_with = "written")]
    decimals: Option<Option<u8>>,
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

fn written<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<u8>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl TryFrom<Written> for Convention {
    type Error = WrittenError;

    fn try_from(written: Written) -> Result<Self, WrittenError> {
        if let Some(name) = written.unknown.into_keys().next() {
            return Err(WrittenError::Unknown { name });
        }
        let base = written.base.as_deref().map(Self::preset).transpose()?;
        let base = base.as_ref();
        macro_rules! choice {
            ($field:ident) => {
                match (written.$field, base) {
                    (Some(chosen), _) => chosen,
                    (None, Some(base)) => base.$field,
                    (None, None) => {
                        return Err(WrittenError::Missing {
                            choice: stringify!($field),
                        });
                    }
                }
            };
        }
        Ok(Self {
            name: match (written.name, base) {
                (Some(name), _) => name,
                (None, Some(base)) => format!("{}, changed", base.name),
                (None, None) => return Err(WrittenError::Missing { choice: "name" }),
            },
            returns: choice!(returns),
            ddof: choice!(ddof),
            annual_mean: choice!(annual_mean),
            risk_free: choice!(risk_free),
            minimum_acceptable: choice!(minimum_acceptable),
            downside: choice!(downside),
            years: choice!(years),
            days_per_year: choice!(days_per_year),
            min_days: choice!(min_days),
            wins: choice!(wins),
            quantile: choice!(quantile),
            tail_model: choice!(tail_model),
            shortfall: choice!(shortfall),
            tail_ddof: choice!(tail_ddof),
            shape: choice!(shape),
            cornish_fisher: choice!(cornish_fisher),
            kelly: choice!(kelly),
            ruin: choice!(ruin),
            ulcer: choice!(ulcer),
            sterling_excess: choice!(sterling_excess),
            alpha: choice!(alpha),
            capture: choice!(capture),
            decimals: match (written.decimals, base) {
                (Some(decimals), _) => decimals,
                (None, base) => base.and_then(|base| base.decimals),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Convention, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_preset_reads_as_it_writes() {
        for name in Convention::PRESETS {
            let preset = Convention::preset(name).unwrap();
            let text = serde_json::to_string(&preset).unwrap();
            assert_eq!(read(&text), Ok(preset));
        }
    }

    #[test]
    fn a_base_stands_for_what_is_not_written() {
        let mine = read(
            r#"{ "base": "token-metrics", "ddof": 0, "decimals": null,
                "risk_free": { "per": "year-compound", "value": 0.04 } }"#,
        );
        let expected = Convention {
            name: "token-metrics, changed".to_owned(),
            ddof: 0,
            risk_free: Rate::YearCompound { value: 0.04 },
            decimals: None,
            ..Convention::token_metrics()
        };
        assert_eq!(mine, Ok(expected));
        let named = read(r#"{ "base": "ffn", "name": "fund" }"#).unwrap();
        assert_eq!(
            (named.name.as_str(), named.years),
            ("fund", Convention::ffn().years)
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, says) in [
            (
                r#"{ "base": "crypto", "dof": 0 }"#,
                "a convention has no choice `dof`; did you mean ddof",
            ),
            (
                r#"{ "base": "crypto", "xyzzyxyzzy": 0 }"#,
                "it has returns, ddof, annual_mean",
            ),
            (
                r#"{ "base": "cripto" }"#,
                "no convention is called `cripto`",
            ),
            (
                r#"{ "name": "mine" }"#,
                "does not choose `returns`; write it, or a `base`",
            ),
            (r#"{ "base": "crypto", "ddof": "one" }"#, "invalid type"),
            (
                r#"{ "base": "crypto", "shape": "round" }"#,
                "unknown variant `round`",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_names_of_the_choices_are_those_of_the_fields() {
        let plain = serde_json::to_value(Convention::crypto()).unwrap();
        let fields: Vec<&str> = plain
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(fields[0], "name");
        assert!(CHOICES.iter().all(|choice| fields.contains(choice)));
        assert_eq!(fields.len(), 1 + CHOICES.len());
    }
}
