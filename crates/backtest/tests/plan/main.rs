//! What a plan may say, and what it is told when it may not.

mod fields;
mod gates;
mod hash;
mod rules;
mod signals;

use highwater_backtest::Plan;

pub(crate) const SHORTEST: &str = r#"
name = "shortest"
timeframe = "1h"
universe = ["BTC", "ETH"]
[entry]
side = "long"
[size]
fraction = "10%"
[cost]
fee = "10 bps"
slippage = "0%"
"#;

/// The template with one piece replaced: line, column, part of the message, suggestion.
#[track_caller]
pub(crate) fn refused(from: &str, to: &str, place: &str, says: &str, suggestion: Option<&str>) {
    assert!(
        Plan::template().contains(from),
        "`{from}` is not in the template"
    );
    let text = Plan::template().replacen(from, to, 1);
    let error = Plan::parse(&text).unwrap_err();
    assert!(error.message.contains(says), "{error}");
    assert_eq!(error.suggestion.as_deref(), suggestion, "{error}");
    let line = text.lines().nth(error.line - 1).unwrap();
    let at: String = line.chars().skip(error.column - 1).collect();
    assert!(at.starts_with(place), "{error}: points to `{at}`");
    assert!(
        error
            .to_string()
            .contains(&format!("line {}, column {}", error.line, error.column))
    );
    assert!(!error.hint().is_empty());
}
