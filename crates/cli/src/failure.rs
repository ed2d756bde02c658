//! What a command says when it cannot do what was asked, and with which exit code.
//!
//! ```text
//! 0  done
//! 1  ran, but something is missing, or these data cannot answer
//! 2  wrong usage, wrong set-up, or a failing machine
//! ```

use std::{error::Error, fmt};

/// The exit code of a command that did not do all it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Ran, but the data cannot answer, or something is missing.
    Incomplete = 1,
    /// Wrong usage, wrong set-up, or a failing machine.
    Usage = 2,
}

/// An error on its way to the terminal: what happened, why, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

/// What every command returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Wrong usage or set-up.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The data cannot answer.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::new(Exit::Incomplete, message)
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// An error of a crate, with its chain of causes.
    pub(crate) fn caused(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        let mut failure = Self::new(exit, error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors already repeat their source in their own text.
            if !failure.message.contains(&text)
                && failure
                    .causes
                    .last()
                    .is_none_or(|last| !last.contains(&text))
            {
                failure.causes.push(text);
            }
            cause = error.source();
        }
        failure
    }

    /// What to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !hint.is_empty() {
            self.hint = Some(hint);
        }
        self
    }
}

impl Failure {
    /// What it is about, put before the message.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, "\n  because: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// A file-system error says what was tried, and on which path.
pub(crate) fn io(
    action: &'static str,
    path: &std::path::Path,
) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::usage(format!("cannot {action} {}: {error}", path.display()))
}
