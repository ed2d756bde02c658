//! An explanation in words, for people.

use std::fmt::Write as _;

use highwater_metrics::{Convention, Metric, Undefined, Unit};
use serde_json::Value;

use super::{
    Explained, Found, Other, choices,
    reasons::{Reason, is_same},
};
use crate::sheet::{exact, percent, rounded, short_time};

pub(super) fn text(
    metric: &Metric,
    explained: &[Explained<'_>],
    convention: &Convention,
) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label:<11} {value}");
        }
    };
    line("metric", &format!("{} ({})", metric.title, metric.name));
    line("formula", metric.formula);
    line("domain", metric.domain);
    line("source", metric.source);
    line("note", metric.notes);
    line("convention", &convention.name);
    let chosen: Vec<String> = choices(metric, explained, convention)
        .iter()
        .map(|(name, value)| format!("{name} {}", choice(value)))
        .collect();
    line(
        "choices",
        &match chosen.is_empty() {
            true => "none: every convention computes it alike".to_owned(),
            false => chosen.join("; "),
        },
    );
    for one in explained {
        let _ = writeln!(text, "\n{}: {}", one.name, shown(one.value, metric.unit));
        for (name, value) in &one.steps {
            let value = match value {
                Ok(Found::Number(number)) => exact(*number),
                Ok(Found::Time(Some(time))) => short_time(*time),
                Ok(Found::Time(None)) => "before the first return".to_owned(),
                Err(reason) => format!("undefined: {reason}"),
            };
            let _ = writeln!(text, "  {name:<34} {value}");
        }
        let _ = writeln!(
            text,
            "  with the choices of other conventions (where a library's formula itself differs: PARITY.md)"
        );
        for other in &one.others {
            let value = other.value.map_or_else(|_| "undefined".to_owned(), rounded);
            let because = because(one.value, other);
            let _ = writeln!(text, "    {:<22} {value:<12} {because}", other.convention);
        }
    }
    text
}

fn shown(value: Result<f64, Undefined>, unit: Unit) -> String {
    match (value, unit) {
        (Err(reason), _) => format!("undefined: {reason}"),
        (Ok(value), Unit::Fraction | Unit::FractionPerYear) => {
            format!("{} ({})", percent(value), exact(value))
        }
        (Ok(value), Unit::Ratio | Unit::Periods) => {
            format!("{} ({})", rounded(value), exact(value))
        }
    }
}

/// Which choices make the difference; of a value that is undefined there, also why.
fn because(here: Result<f64, Undefined>, other: &Other) -> String {
    if is_same(here, other.value) {
        return "the same".to_owned();
    }
    let those = |alone: bool, needed: bool| -> Vec<String> {
        let of = other.because.iter();
        of.filter(|reason| (reason.alone, reason.needed) == (alone, needed))
            .map(instead)
            .collect()
    };
    let mut parts = those(true, true);
    let joint = those(false, true);
    match (parts.is_empty(), joint.as_slice()) {
        (_, []) => {}
        (true, joint) => parts.push(format!("only together: {}", joint.join(" and "))),
        (false, joint) => parts.push(format!("only beside that: {}", joint.join(" and "))),
    }
    let outweighed = those(true, false);
    if !outweighed.is_empty() {
        parts.push(format!(
            "by itself, not beside that: {}",
            outweighed.join(", ")
        ));
    }
    if let Err(reason) = other.value {
        parts.push(format!("undefined since {reason}"));
    }
    parts.join("; ")
}

fn instead(reason: &Reason) -> String {
    format!(
        "{} {} instead of {}",
        reason.choice,
        choice(&reason.there),
        choice(&reason.here)
    )
}

/// A choice in few words: `365`, `simple`, `0.04 per year-compound`.
fn choice(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), exact),
        Value::Object(fields) => {
            let parts: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name} {}", choice(value)))
                .collect();
            parts.join(", ")
        }
        other => other.to_string(),
    }
}
