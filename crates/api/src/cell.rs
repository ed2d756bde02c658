//! One JSON value to one cell, and back.

use highwater_market::{Kind, Timestamp, Value};
use serde_json::Value as Json;

use crate::field::Form;

/// The cell of a JSON value that is not null; `None` if the column cannot hold it.
pub(crate) fn read(value: &Json, kind: Kind, form: Form) -> Option<Value> {
    match kind {
        Kind::Float => number(value).map(Value::Float),
        Kind::Int => whole(value).map(Value::Int),
        Kind::Time => time(value).map(Value::Time),
        Kind::Text => match value {
            Json::String(text) => Some(Value::Text(text.clone())),
            Json::Number(number) => Some(Value::Text(number.to_string())),
            Json::Bool(truth) => Some(Value::Text(truth.to_string())),
            Json::Array(_) | Json::Object(_) if form == Form::Json => {
                Some(Value::Text(canonical(value)))
            }
            _ => None,
        },
    }
}

/// A cell as JSON; null for `Null`, and for a number that JSON cannot hold.
pub(crate) fn write(value: &Value, form: Form) -> Json {
    match (value, form) {
        (Value::Null, _) => Json::Null,
        (Value::Float(number), Form::NumberText) if number.is_finite() => {
            Json::String(number.to_string())
        }
        (Value::Float(number), _) => Json::from(*number),
        (Value::Int(number), Form::NumberText) => Json::String(number.to_string()),
        (Value::Int(number), _) => Json::from(*number),
        (Value::Text(text), Form::Json) => match serde_json::from_str(text) {
            // A text that only resembles JSON, or is written otherwise, stays the text that was sent.
            Ok(parsed @ (Json::Array(_) | Json::Object(_))) if canonical(&parsed) == *text => {
                parsed
            }
            _ => Json::String(text.clone()),
        },
        (Value::Text(text), _) => Json::String(text.clone()),
        (Value::Time(instant), Form::Day) if instant_is_midnight(*instant) => {
            Json::String(instant.date())
        }
        (Value::Time(instant), _) => Json::String(iso(*instant)),
    }
}

/// `2025-04-10T00:00:00.000Z`; finer than a millisecond only where the instant is.
pub fn iso(instant: Timestamp) -> String {
    let text = instant.to_string();
    match text.strip_suffix('Z') {
        Some(head) if !head.contains('.') => format!("{head}.000Z"),
        _ => text,
    }
}

/// A finite number, also one written as a string.
pub(crate) fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// A whole number: `1`, `"1"`, `1.0`, `"1.0"`.
pub(crate) fn whole(value: &Json) -> Option<i64> {
    let exact = match value {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // Up to 2^53 every whole number has a double of its own.
    exact.or_else(|| {
        number(value)
            .filter(|number| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0)
            .map(|number| number as i64)
    })
}

/// An instant, from any of the vendor's forms.
pub(crate) fn time(value: &Json) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// JSON with the keys of every object in order, so that the same content is the same text.
pub(crate) fn canonical(value: &Json) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted.to_string()
}

fn instant_is_midnight(instant: Timestamp) -> bool {
    instant.micros().rem_euclid(86_400_000_000) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_come_as_numbers_and_as_strings() {
        for (value, expected) in [
            (json!(57.25), Some(57.25)),
            (json!(57), Some(57.0)),
            (json!("57.25"), Some(57.25)),
            (json!(" -1.5e3 "), Some(-1_500.0)),
            (json!(""), None),
            (json!("n/a"), None),
            (json!("NaN"), None),
            (json!("inf"), None),
            (json!("1e999"), None),
            (json!("1,234.5"), None),
            (json!(true), None),
            (json!([1.0]), None),
        ] {
            assert_eq!(number(&value), expected, "{value}");
        }
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        for (value, expected) in [
            (json!(-1), Some(-1)),
            (json!("1"), Some(1)),
            (json!(1.0), Some(1)),
            (json!("-1.0"), Some(-1)),
            (json!(0.5), None),
            (json!("long"), None),
            (json!(u64::MAX), None),
            (json!(i64::MIN), Some(i64::MIN)),
        ] {
            assert_eq!(whole(&value), expected, "{value}");
        }
    }

    #[test]
    fn instants_are_written_as_the_vendor_writes_them() {
        for (text, expected) in [
            ("2025-04-10", "2025-04-10T00:00:00.000Z"),
            ("2025-04-10T13:00:00Z", "2025-04-10T13:00:00.000Z"),
            ("2025-04-10T13:00:00.25Z", "2025-04-10T13:00:00.25Z"),
            ("2025-04-10T02:00:00+02:00", "2025-04-10T00:00:00.000Z"),
        ] {
            let instant: Timestamp = text.parse().unwrap();
            assert_eq!(iso(instant), expected);
            assert_eq!(iso(instant).parse(), Ok(instant));
        }
        let day = Value::Time("2024-03-14".parse().unwrap());
        assert_eq!(write(&day, Form::Day), json!("2024-03-14"));
        let hour = Value::Time("2024-03-14T01:00:00Z".parse().unwrap());
        assert_eq!(write(&hour, Form::Day), json!("2024-03-14T01:00:00.000Z"));
    }

    #[test]
    fn lists_are_kept_as_text_and_come_back_as_lists() {
        let list = json!([{"exchange_name": "Binance", "exchange_id": "binance"}]);
        let cell = read(&list, Kind::Text, Form::Json).unwrap();
        let text = r#"[{"exchange_id":"binance","exchange_name":"Binance"}]"#;
        assert_eq!(cell, Value::Text(text.to_owned()));
        assert_eq!(write(&cell, Form::Json), list);
        let lookalike = Value::Text("[1, 2".to_owned());
        assert_eq!(write(&lookalike, Form::Json), json!("[1, 2"));
    }
}
