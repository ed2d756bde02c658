//! Lines of a journal and their hashes.
//!
//! ```text
//! {"line":7,...,"before":"<hash of line 6>","hash":"<hash>"}      hash = SHA-256 of the line up to its `,"hash"`
//! ```
//! `before` is within what is hashed, so that each hash vouches for every line above. A line is whole if it ends with a
//! line feed; what follows the last one was torn off by the end of a process, and was never said.

use std::path::Path;

use highwater_market::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{
    error::PaperError,
    line::{Event, Line},
};

/// SHA-256 as 64 hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

const HASH: &str = ",\"hash\":\"";

/// The chain up to its last line.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) lines: Vec<Line>,
    /// The hash of the last line, or of the plan.
    last: String,
}

impl Chain {
    /// No line yet, over a plan.
    pub(crate) fn new(plan: &str) -> Self {
        Self {
            lines: Vec::new(),
            last: sha256(plan.as_bytes()),
        }
    }

    /// The whole lines of a journal, each held against its hash, and how many bytes they take.
    pub(crate) fn read(path: &Path, plan: &str, bytes: &[u8]) -> Result<(Self, usize), PaperError> {
        let mut chain = Self::new(plan);
        let whole = bytes.iter().rposition(|&byte| byte == b'\n');
        let whole = whole.map_or(0, |last| last + 1);
        for text in bytes[..whole].split_inclusive(|&byte| byte == b'\n') {
            chain
                .take(&text[..text.len() - 1])
                .map_err(|reason| PaperError::Damaged {
                    path: path.to_owned(),
                    line: chain.lines.len() as u64 + 1,
                    reason,
                })?;
        }
        Ok((chain, whole))
    }

    /// Take one line.
    fn take(&mut self, text: &[u8]) -> Result<(), String> {
        let no_line = || "is no line of a journal".to_owned();
        let text = std::str::from_utf8(text).map_err(|_| no_line())?;
        let (said, hash) = text.rsplit_once(HASH).ok_or_else(no_line)?;
        let hash = hash.strip_suffix("\"}").ok_or_else(no_line)?;
        if sha256(said.as_bytes()) != hash {
            return Err("is not as it was written: its hash is another".to_owned());
        }
        let line: Line = serde_json::from_str(&format!("{said}}}"))
            .map_err(|error| format!("cannot be read: {error}"))?;
        if line.before != self.last {
            return Err("does not follow the line before: its `before` is another".to_owned());
        }
        if line.line != self.lines.len() as u64 + 1 {
            return Err(format!("says that it is line {}", line.line));
        }
        if self.reached().is_some_and(|reached| line.moment < reached) {
            return Err("lies before the line before".to_owned());
        }
        if self.lines.is_empty() != matches!(line.event, Event::Start(_)) {
            return Err("an account is started once, in the first line".to_owned());
        }
        hash.clone_into(&mut self.last);
        self.lines.push(line);
        Ok(())
    }

    /// Add a line: its text, with the line feed.
    pub(crate) fn push(&mut self, moment: Timestamp, event: Event) -> String {
        let line = Line {
            line: self.lines.len() as u64 + 1,
            moment,
            event,
            before: self.last.clone(),
        };
        let mut text = serde_json::to_string(&line).expect("a line has no key that is no text");
        text.pop();
        self.last = sha256(text.as_bytes());
        text.push_str(HASH);
        text.push_str(&self.last);
        text.push_str("\"}\n");
        self.lines.push(line);
        text
    }

    /// The hash of a line, by its number from 1.
    pub(crate) fn hash_of(&self, line: u64) -> Option<&str> {
        let standing = self.lines.len() as u64;
        if line == 0 || line > standing {
            return None;
        }
        let after = self.lines.get(line as usize);
        Some(after.map_or(&self.last, |after| &after.before))
    }

    /// The moment of the last line.
    pub(crate) fn reached(&self) -> Option<Timestamp> {
        self.lines.last().map(|line| line.moment)
    }
}
