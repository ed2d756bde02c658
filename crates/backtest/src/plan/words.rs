//! What a TOML reader says of a wrong value, in the words of whoever wrote the file.
//!
//! The reader names types of the program: `invalid type: string "3", expected usize`. The writer of a plan knows
//! numbers and texts: `a whole number is wanted here, not "3"`.

/// The message of a TOML error in plain words: what is wanted, and what stands there. Other messages stay as they are.
///
/// ```
/// use highwater_backtest::plan::plain_words;
///
/// assert_eq!(
///     plain_words("invalid type: string \"3\", expected usize"),
///     "a whole number is wanted here, not \"3\""
/// );
/// assert_eq!(plain_words("missing field `name`"), "missing field `name`");
/// ```
pub fn plain_words(message: &str) -> String {
    if message == "wanted string or table" {
        return "a text in quotes is wanted here".to_owned();
    }
    let told = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "));
    match told.and_then(|told| told.rsplit_once(", expected ")) {
        Some((found, wanted)) => {
            format!(
                "{} is wanted here, not {}",
                wanted_words(wanted),
                found_words(found)
            )
        }
        None => message.to_owned(),
    }
}

fn wanted_words(wanted: &str) -> String {
    match wanted {
        "usize" | "u64" => "a whole number",
        "u32" => "a whole number up to 4294967295",
        "u16" => "a whole number up to 65535",
        "u8" => "a whole number up to 255",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "string" | "path string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        _ if wanted == "a map" || wanted.starts_with("struct ") => "a table",
        other => other,
    }
    .to_owned()
}

fn found_words(found: &str) -> String {
    match found {
        // A date without quotes is read as a table of its parts.
        "map" => "a table, or a date without quotes".to_owned(),
        "sequence" => "a list".to_owned(),
        _ => {
            let kinds = ["floating point ", "integer ", "boolean ", "string "];
            kinds
                .iter()
                .find_map(|kind| found.strip_prefix(kind))
                .unwrap_or(found)
                .replace('`', "")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_program_become_words_of_the_writer() {
        for (message, expected) in [
            (
                "invalid type: floating point `3.5`, expected usize",
                "a whole number is wanted here, not 3.5",
            ),
            (
                "invalid value: integer `-1`, expected u32",
                "a whole number up to 4294967295 is wanted here, not -1",
            ),
            (
                "invalid type: string \"x, expected y\", expected f64",
                "a number is wanted here, not \"x, expected y\"",
            ),
            (
                "invalid type: integer `3`, expected a string",
                "a text in quotes is wanted here, not 3",
            ),
            (
                "invalid type: integer `3`, expected struct SizePlan",
                "a table is wanted here, not 3",
            ),
            (
                "invalid type: map, expected a string",
                "a text in quotes is wanted here, not a table, or a date without quotes",
            ),
            (
                "invalid type: boolean `true`, expected a number of bars, such as \"30 bars\"",
                "a number of bars, such as \"30 bars\" is wanted here, not true",
            ),
            ("wanted string or table", "a text in quotes is wanted here"),
            ("unknown field `x`", "unknown field `x`"),
        ] {
            assert_eq!(plain_words(message), expected);
        }
    }
}
