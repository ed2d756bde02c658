//! The envelope of an answer: `{"success", "message", "length", "data"}`.
//!
//! `length` counts the rows of this page, not of all pages, and is never looked at. `data` is an array; an object or
//! a bare array is taken too. `success: false` is a failed call even under HTTP 200.

use serde_json::{Map, Value as Json, json};

use crate::WireRow;

/// Why a body is not an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Not JSON, or cut short.
    #[error("the body is not JSON ({problem}): it begins `{excerpt}`")]
    NotJson {
        /// What the parser says.
        problem: String,
        /// How the body begins.
        excerpt: String,
    },
    /// JSON, but neither an envelope nor an array of rows.
    #[error("the body holds no `data`: it begins `{excerpt}`")]
    NoData {
        /// How the body begins.
        excerpt: String,
    },
    /// The vendor says that the call failed.
    #[error("the vendor answers that the call failed: {message}")]
    Failed {
        /// In its words.
        message: String,
    },
}

impl WireError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => {
                "a proxy or a cut connection answers like this: ask again, and check the base URL"
            }
            Self::NoData { .. } => "check that the base URL is that of the API, not of a web page",
            Self::Failed { .. } => "change what the message names, then ask again",
        }
    }
}

/// The rows of a body.
///
/// An element of `data` that is no object becomes a row with the one field `value`: decoding rejects it for want of a
/// token, and counts it.
///
/// # Errors
/// [`WireError`] if the body is no answer, or says that the call failed.
pub fn envelope(body: &[u8]) -> Result<Vec<WireRow>, WireError> {
    let parsed: Json = serde_json::from_slice(body).map_err(|error| WireError::NotJson {
        problem: error.to_string(),
        excerpt: excerpt_of_bytes(body),
    })?;
    let no_data = || WireError::NoData {
        excerpt: excerpt_of_bytes(body),
    };
    match parsed {
        Json::Array(rows) => Ok(rows.into_iter().map(row).collect()),
        Json::Object(mut envelope) => {
            if envelope.get("success").is_some_and(is_false) {
                return Err(WireError::Failed {
                    message: message(&envelope).unwrap_or_else(|| "no reason given".to_owned()),
                });
            }
            match envelope.get_mut("data").map(Json::take) {
                Some(Json::Array(rows)) => Ok(rows.into_iter().map(row).collect()),
                // An empty object is neither a row nor the answer that there are none.
                Some(Json::Object(one)) if !one.is_empty() => Ok(vec![one]),
                _ => Err(no_data()),
            }
        }
        _ => Err(no_data()),
    }
}

/// An answer around rows, as the vendor sends it.
pub fn wrap(rows: Vec<WireRow>) -> Json {
    json!({
        "success": true,
        "message": "Data fetched successfully",
        "length": rows.len(),
        "data": rows,
    })
}

/// A failed call, as the vendor is believed to send it.
pub fn wrap_failure(message: &str) -> Json {
    json!({ "success": false, "message": message, "length": 0, "data": [] })
}

/// What a body of an error status says, in one line of at most 200 characters; `None` if it says nothing readable.
///
/// Looks for `message`, `error` and `detail` in JSON; anything else, such as a gateway's HTML, is quoted.
pub fn failure_message(body: &[u8]) -> Option<String> {
    let said = match serde_json::from_slice(body) {
        Ok(Json::Object(fields)) => message(&fields),
        _ => None,
    };
    said.or_else(|| Some(excerpt_of_bytes(body)))
        .filter(|text| !text.is_empty())
}

fn is_false(value: &Json) -> bool {
    match value {
        Json::Bool(success) => !success,
        Json::String(text) => text.trim().eq_ignore_ascii_case("false"),
        Json::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

fn message(fields: &Map<String, Json>) -> Option<String> {
    ["message", "error", "detail"]
        .iter()
        .filter_map(|name| fields.get(*name))
        .find_map(|value| match value {
            Json::String(text) if !text.trim().is_empty() => Some(one_line(text, 200)),
            Json::Object(inner) => inner
                .get("message")
                .and_then(Json::as_str)
                .filter(|text| !text.trim().is_empty())
                .map(|text| one_line(text, 200)),
            _ => None,
        })
}

fn row(element: Json) -> WireRow {
    match element {
        Json::Object(row) => row,
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}

fn excerpt_of_bytes(body: &[u8]) -> String {
    // Four bytes a character are enough for the characters that are shown.
    let head = &body[..body.len().min(800)];
    one_line(&String::from_utf8_lossy(head), 200)
}

/// The text with runs of blanks and control characters as one blank, cut at a number of characters.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(body: &str) -> Result<usize, WireError> {
        envelope(body.as_bytes()).map(|rows| rows.len())
    }

    #[test]
    fn every_form_of_data_is_taken() {
        for (body, expected, why) in [
            (
                r#"{"success":true,"message":"Data fetched successfully","length":2,"data":[{},{}]}"#,
                2,
                "the usual one",
            ),
            (
                r#"{"success":true,"message":"","length":0,"data":[]}"#,
                0,
                "no rows",
            ),
            (
                r#"{"success":true,"length":7,"data":[{}]}"#,
                1,
                "length is not looked at",
            ),
            (
                r#"{"success":true,"data":{"TOKEN_ID":1}}"#,
                1,
                "a single object",
            ),
            (r#"[{"TOKEN_ID":1},{"TOKEN_ID":2}]"#, 2, "a bare array"),
            (r#"{"data":[{}]}"#, 1, "no success said"),
            (
                r#"{"success":true,"data":[null,3,{}]}"#,
                3,
                "elements that are no rows are kept for the count",
            ),
        ] {
            assert_eq!(count(body), Ok(expected), "{why}");
        }
    }

    #[test]
    fn success_false_is_a_failed_call_with_its_message() {
        for (body, expected) in [
            (
                r#"{"success":false,"message":"Data not found"}"#,
                "Data not found",
            ),
            (
                r#"{"success":false,"message":"","error":"quota","data":[{}]}"#,
                "quota",
            ),
            (
                r#"{"success":false,"error":{"code":7,"message":"nested"}}"#,
                "nested",
            ),
            (r#"{"success":"false","detail":"as text"}"#, "as text"),
            (r#"{"success":false}"#, "no reason given"),
        ] {
            let failed = WireError::Failed {
                message: expected.to_owned(),
            };
            assert_eq!(count(body), Err(failed), "{body}");
        }
    }

    #[test]
    fn what_is_no_answer_says_how_it_begins() {
        let html = count("<html>\n <body>502 Bad Gateway</body></html>").unwrap_err();
        assert!(
            html.to_string().contains("<html> <body>502 Bad Gateway"),
            "{html}"
        );
        let cut = count(r#"{"success":true,"data":[{"TOKEN_ID":33"#).unwrap_err();
        assert!(matches!(cut, WireError::NotJson { .. }), "{cut}");
        for body in [
            r#"{"success":true}"#,
            r#"{"success":true,"data":null}"#,
            r#"{"message":"hello"}"#,
            "3",
            "null",
        ] {
            assert!(
                matches!(count(body), Err(WireError::NoData { .. })),
                "{body}"
            );
        }
        assert!(matches!(count(""), Err(WireError::NotJson { .. })));
    }

    #[test]
    fn what_is_wrapped_comes_out_again() {
        let row: WireRow = serde_json::from_str(r#"{"OPEN":0.1,"DATE":"2025-04-10"}"#).unwrap();
        let body = wrap(vec![row.clone(), row.clone()]).to_string();
        assert_eq!(envelope(body.as_bytes()), Ok(vec![row.clone(), row]));
        let failed = wrap_failure("limit is above 100").to_string();
        assert_eq!(
            count(&failed),
            Err(WireError::Failed {
                message: "limit is above 100".to_owned()
            })
        );
    }

    #[test]
    fn error_bodies_are_read_whatever_they_are() {
        for (body, expected) in [
            (
                &br#"{"success":false,"message":"bad key"}"#[..],
                Some("bad key"),
            ),
            (br#"{"error":{"message":"nested"}}"#, Some("nested")),
            (b"Too Many Requests\n", Some("Too Many Requests")),
            (b"", None),
            (b"\n \t", None),
        ] {
            assert_eq!(failure_message(body).as_deref(), expected);
        }
        let long = failure_message("é".repeat(5_000).as_bytes()).unwrap();
        assert_eq!(
            long.chars().count(),
            201,
            "cut at a character, with a sign that it is cut"
        );
    }
}
