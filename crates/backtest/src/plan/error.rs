//! Why a text is not a plan.

use super::words::plain_words;

/// Why a text is not a plan: where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plan, line {line}, column {column}: {message}{}", .suggestion.as_ref().map(|word| format!(": did you mean `{word}`?")).unwrap_or_default())]
pub struct PlanError {
    /// Line in the text, from 1.
    pub line: usize,
    /// Column in that line, in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
    /// The nearest word that would do, where a word was misspelt.
    pub suggestion: Option<String>,
}

impl PlanError {
    /// Printed under the error as `hint: ...`.
    pub const fn hint(&self) -> &'static str {
        "`highwater backtest init` prints a plan with every field and what it means"
    }

    pub(super) fn at(text: &str, offset: usize, message: String) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
            message,
            suggestion: None,
        }
    }

    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        // serde words both a field and a variant that it does not know as: unknown ... `it`, expected `a` or `b`.
        let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let suggestion = match words.split_first() {
            Some((unknown, known)) if message.starts_with("unknown ") => nearest(unknown, known),
            _ => None,
        };
        let (offset, message) = match missing(&message) {
            Some(field) if TABLES.contains(&field) => (
                first_code(text),
                format!("the table `[{field}]` is missing"),
            ),
            // Of a field of a table the reader points to the table; of others to nothing, which is the file's begin.
            Some(field) if offset == 0 => (
                first_code(text),
                format!("missing field `{field}`, which stands above the tables"),
            ),
            _ => (offset, plain_words(&message)),
        };
        Self {
            suggestion,
            ..Self::at(text, offset, message)
        }
    }
}

/// Tables that every plan has.
const TABLES: [&str; 3] = ["entry", "size", "cost"];

fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Where the first line stands that is neither empty nor a comment.
fn first_code(text: &str) -> usize {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        if !code.is_empty() && !code.starts_with('#') {
            return offset;
        }
        offset += line.len();
    }
    0
}

/// The known word nearest to a misspelt one, if any is near.
fn nearest(unknown: &str, known: &[&str]) -> Option<String> {
    known
        .iter()
        .map(|&word| (strsim::jaro_winkler(unknown, word), word))
        .filter(|&(similarity, _)| similarity > 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word.to_owned())
}
