//! The vendor's quirks, one test each.

use highwater_api::{Decoded, Reason, WireRow, endpoint};
use highwater_market::{Row, Scope, Timestamp, TokenId, Value};
use serde_json::{Value as Json, json};

fn decode(name: &str, rows: &[Json]) -> Decoded {
    let rows: Vec<WireRow> = rows
        .iter()
        .map(|row| row.as_object().unwrap().clone())
        .collect();
    endpoint(name).unwrap().decode(&rows, None)
}

fn one(name: &str, row: Json) -> Row {
    let decoded = decode(name, &[row]);
    assert_eq!(decoded.rejected, []);
    assert_eq!(decoded.rows.len(), 1);
    decoded.rows.into_iter().next().unwrap().1
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_bar_is_dated_by_any_of_three_names_in_any_form() {
    for (name, time) in [
        ("DATE", "2025-03-04T00:00:00.000Z"),
        ("TIMESTAMP", "2025-03-04T00:00:00.000Z"),
        ("DATETIME", "2025-03-04 00:00:00"),
        ("date", "2025-03-04"),
        ("Timestamp", "2025-03-04T00:00:00"),
        ("DATE", "2025-03-04T01:00:00+01:00"),
    ] {
        for endpoint in ["daily-ohlcv", "hourly-ohlcv", "hourly-trading-signals"] {
            let row = one(endpoint, json!({"TOKEN_ID": 1, name: time, "CLOSE": 2.5}));
            assert_eq!(row.event_time, at("2025-03-04"), "{name} {time}");
            assert_eq!(row.extra, None, "{name} is read, not extra");
        }
    }
}

#[test]
fn of_two_times_the_usual_one_dates_the_row_and_the_other_is_kept() {
    let both = json!({"TOKEN_ID": 1, "TIMESTAMP": "2025-03-05", "DATE": "2025-03-04"});
    let daily = one("daily-ohlcv", both.clone());
    assert_eq!(daily.event_time, at("2025-03-04"));
    assert_eq!(
        daily.extra.as_deref(),
        Some(r#"{"TIMESTAMP":"2025-03-05"}"#)
    );
    let hourly = one("hourly-ohlcv", both);
    assert_eq!(hourly.event_time, at("2025-03-05"));
    let null = one(
        "daily-ohlcv",
        json!({"TOKEN_ID": 1, "DATE": null, "TIMESTAMP": "2025-03-05"}),
    );
    assert_eq!(null.event_time, at("2025-03-05"), "a null says nothing");
}

#[test]
fn only_a_row_without_token_or_time_is_rejected() {
    for (row, reason, why) in [
        (json!({"DATE": "2025-03-04"}), Reason::NoToken, "no id"),
        (
            json!({"TOKEN_ID": null, "DATE": "2025-03-04"}),
            Reason::NoToken,
            "a null id",
        ),
        (
            json!({"TOKEN_ID": "BTC", "DATE": "2025-03-04"}),
            Reason::BadToken,
            "a symbol as id",
        ),
        (
            json!({"TOKEN_ID": 1.5, "DATE": "2025-03-04"}),
            Reason::BadToken,
            "half a token",
        ),
        (json!({"TOKEN_ID": 1}), Reason::NoTime, "no time"),
        (
            json!({"TOKEN_ID": 1, "DATE": null}),
            Reason::NoTime,
            "a null time",
        ),
        (
            json!({"TOKEN_ID": 1, "DATE": "soon"}),
            Reason::BadTime,
            "no date",
        ),
        (
            json!({"TOKEN_ID": 1, "DATE": 1_744_243_200}),
            Reason::BadTime,
            "a number, of a unit nobody states",
        ),
        (
            json!({"value": [1, 2]}),
            Reason::NoToken,
            "an element of `data` that was no object",
        ),
    ] {
        let decoded = decode("daily-ohlcv", std::slice::from_ref(&row));
        assert!(
            decoded.rows.is_empty() && decoded.scopes.is_empty(),
            "{why}"
        );
        assert_eq!(decoded.rejected[0].reason, reason, "{why}");
        assert_eq!(decoded.rejected[0].excerpt, row.to_string(), "{why}");
    }
}

#[test]
fn what_is_left_of_a_rejected_row_is_short() {
    let long = "x".repeat(10_000);
    let decoded = decode(
        "daily-ohlcv",
        &[json!({"DATE": "2025-03-04", "NOTE": long})],
    );
    assert_eq!(decoded.rejected[0].excerpt.chars().count(), 161);
}

#[test]
fn bad_candles_are_kept_as_sent() {
    let row = one(
        "daily-ohlcv",
        json!({"TOKEN_ID": 1, "DATE": "2025-03-04", "OPEN": 0, "HIGH": 11.0, "LOW": -1.0, "CLOSE": null}),
    );
    let expected = [
        Value::Float(0.0),
        Value::Float(11.0),
        Value::Float(-1.0),
        Value::Null,
        Value::Null,
    ];
    assert_eq!(
        row.values, expected,
        "judged where rows become bars, not here"
    );
}

#[test]
fn a_number_that_is_none_is_null_and_kept_beside() {
    let row = one(
        "daily-ohlcv",
        json!({"TOKEN_ID": 1, "DATE": "2025-03-04", "OPEN": "n/a", "HIGH": "1.5", "LOW": {"a": 1}, "CLOSE": true}),
    );
    let expected = [
        Value::Null,
        Value::Float(1.5),
        Value::Null,
        Value::Null,
        Value::Null,
    ];
    assert_eq!(row.values, expected);
    assert_eq!(
        row.extra.as_deref(),
        Some(r#"{"CLOSE":true,"LOW":{"a":1},"OPEN":"n/a"}"#)
    );
}

#[test]
fn signals_are_whole_numbers_whatever_their_form() {
    for (sent, read) in [
        (json!(1), 1),
        (json!("-1"), -1),
        (json!(0.0), 0),
        (json!("1.0"), 1),
    ] {
        let row = one(
            "trading-signals",
            json!({"TOKEN_ID": 1, "DATE": "2025-03-04", "TRADING_SIGNAL": sent}),
        );
        assert_eq!(row.values[0], Value::Int(read), "{sent}");
    }
    let half = one(
        "trading-signals",
        json!({"TOKEN_ID": 1, "DATE": "2025-03-04", "TRADING_SIGNAL": 0.5}),
    );
    assert_eq!(half.values[0], Value::Null);
    assert_eq!(half.extra.as_deref(), Some(r#"{"TRADING_SIGNAL":0.5}"#));
}

#[test]
fn extra_is_one_text_for_one_content() {
    let left = one(
        "daily-ohlcv",
        json!({"TOKEN_ID": 1, "DATE": "2025-03-04", "B": {"y": 1, "x": [{"q": 1, "p": 2}]}, "A": 1}),
    );
    let right = one(
        "daily-ohlcv",
        json!({"A": 1, "B": {"x": [{"p": 2, "q": 1}], "y": 1}, "TOKEN_ID": 1, "DATE": "2025-03-04"}),
    );
    assert_eq!(left, right);
    assert_eq!(
        left.extra.as_deref(),
        Some(r#"{"A":1,"B":{"x":[{"p":2,"q":1}],"y":1}}"#)
    );
}

#[test]
fn the_same_row_twice_stands_twice() {
    let row = json!({"TOKEN_ID": 1, "DATE": "2025-03-04", "CLOSE": 2.5});
    let decoded = decode("daily-ohlcv", &[row.clone(), row]);
    assert_eq!(decoded.rows.len(), 2);
    assert_eq!(decoded.rows[0], decoded.rows[1]);
    assert_eq!(decoded.scopes, [Scope::Token(TokenId(1))]);
}

#[test]
fn tokens_under_one_symbol_are_told_apart_by_id() {
    let candle = |id: i64, day: &str| json!({"TOKEN_ID": id, "TOKEN_SYMBOL": "BTC", "DATE": day});
    let decoded = decode(
        "daily-ohlcv",
        &[
            candle(1, "2025-03-05"),
            candle(2, "2025-03-05"),
            candle(1, "2025-03-04"),
            candle(2, "2025-03-04"),
        ],
    );
    assert_eq!(
        decoded.scopes,
        [Scope::Token(TokenId(1)), Scope::Token(TokenId(2))]
    );
    assert_eq!(decoded.rows.len(), 4);
}

#[test]
fn a_renamed_token_is_no_revision_of_its_rows() {
    let row = |name: &str| json!({"TOKEN_ID": 1, "TOKEN_NAME": name, "TOKEN_SYMBOL": name, "DATE": "2025-03-04", "CLOSE": 2.5});
    assert_eq!(
        one("daily-ohlcv", row("OLD")),
        one("daily-ohlcv", row("NEW"))
    );
    assert_ne!(
        one("tokens", row("OLD")).values,
        one("tokens", row("NEW")).values
    );
}

/// The cells and `extra` of each level of a list.
fn levels(list: Json) -> Vec<(Option<&'static str>, Option<f64>, Option<String>)> {
    let wire =
        json!({"TOKEN_ID": 1, "DATE": "2025-06-10", "HISTORICAL_RESISTANCE_SUPPORT_LEVELS": list});
    let decoded = decode("resistance-support", &[wire]);
    assert_eq!(decoded.rejected, []);
    assert_eq!(
        decoded.scopes,
        [Scope::Token(TokenId(1))],
        "answered, whatever the list"
    );
    decoded
        .rows
        .into_iter()
        .map(|(_, row)| {
            let day = row.values[0].as_time().map(|time| {
                *["2024-03-14", "2024-08-05"]
                    .iter()
                    .find(|day| at(day) == time)
                    .unwrap()
            });
            (day, row.values[1].as_float(), row.extra)
        })
        .collect()
}

#[test]
fn levels_come_in_every_state() {
    let kept = |text: &str| Some(text.to_owned());
    for (list, expected, why) in [
        (
            json!([{"date": "2024-08-05", "level": 2.5}, {"date": "2024-03-14T00:00:00.000Z", "level": 1}]),
            vec![
                (Some("2024-08-05"), Some(2.5), None),
                (Some("2024-03-14"), Some(1.0), None),
            ],
            "unsorted, and dated in two forms",
        ),
        (
            json!([{"date": "2024-08-05", "level": "2.5"}]),
            vec![(Some("2024-08-05"), Some(2.5), None)],
            "a level as a string",
        ),
        (
            json!([{"date": "2024-08-05", "level": 0}]),
            vec![(Some("2024-08-05"), Some(0.0), None)],
            "level 0 is kept: judged later",
        ),
        (
            json!([{"level": 2.5}, {"level": 3.5, "date": null}]),
            vec![(None, Some(2.5), None), (None, Some(3.5), None)],
            "without a date",
        ),
        (
            json!([{"date": "2024-08-05"}, {"date": "2024-08-05", "level": "high"}]),
            vec![
                (Some("2024-08-05"), None, None),
                (
                    Some("2024-08-05"),
                    None,
                    kept(r#"{"element":{"level":"high"}}"#),
                ),
            ],
            "without a level: no level, but kept",
        ),
        (
            json!([{"date": "2024-08-05", "level": 2.5, "touches": 3}]),
            vec![(
                Some("2024-08-05"),
                Some(2.5),
                kept(r#"{"element":{"touches":3}}"#),
            )],
            "a field nobody knows",
        ),
        (
            json!([2.5, "3.5", "none", null, {}, {"level": null}]),
            vec![
                (None, Some(2.5), None),
                (None, Some(3.5), None),
                (None, None, kept(r#"{"element":"none"}"#)),
                (None, None, kept(r#"{"element":null}"#)),
                (None, None, kept(r#"{"element":{}}"#)),
                (None, None, kept(r#"{"element":{"level":null}}"#)),
            ],
            "elements that are no objects",
        ),
        (
            json!({"date": "2024-08-05", "level": 2.5}),
            vec![(Some("2024-08-05"), Some(2.5), None)],
            "one element in place of the list",
        ),
        (
            json!({"0": {"date": "2024-08-05", "level": 2.5}, "1": {"level": 3.5}}),
            vec![
                (Some("2024-08-05"), Some(2.5), kept(r#"{"key":"0"}"#)),
                (None, Some(3.5), kept(r#"{"key":"1"}"#)),
            ],
            "an object in place of the list",
        ),
        (json!([]), vec![], "an empty list is an empty answer"),
        (json!({}), vec![], "an empty object too"),
        (json!(null), vec![], "and a null"),
        (
            json!("none"),
            vec![(
                None,
                None,
                kept(r#"{"row":{"HISTORICAL_RESISTANCE_SUPPORT_LEVELS":"none"}}"#),
            )],
            "what is no list at all is kept",
        ),
    ] {
        assert_eq!(levels(list), expected, "{why}");
    }
}

#[test]
fn a_missing_list_is_an_empty_answer() {
    let decoded = decode(
        "resistance-support",
        &[json!({"TOKEN_ID": 1, "DATE": "2025-06-10"})],
    );
    assert_eq!(decoded.scopes, [Scope::Token(TokenId(1))]);
    assert!(decoded.rows.is_empty() && decoded.rejected.is_empty());
}

#[test]
fn what_stands_beside_a_list_is_kept_with_each_level() {
    let wire = json!({"token_id": 1, "date": "2025-06-10", "price": 7, "historical_resistance_support_levels": [{"level": 1}, {"level": 2}]});
    let decoded = decode("resistance-support", &[wire]);
    let extras: Vec<_> = decoded
        .rows
        .iter()
        .map(|(_, row)| row.extra.as_deref())
        .collect();
    assert_eq!(extras, [Some(r#"{"row":{"price":7}}"#); 2]);
}
