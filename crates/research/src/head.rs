//! Which line of a journal was written last, in a file beside it.
//!
//! Each line vouches for those above it, and none for those below: a journal whose last lines are removed is a whole
//! journal of an earlier moment. This file is written after each append, so that it never says more than was durable:
//! ```text
//! {"line":7,"moment":"2026-03-01T00:00:00Z","hash":"<hash of line 7>"}
//! ```
//! It tells what went missing by accident: a copy that was cut, a folder brought back in part. Who removes the lines and
//! writes this file anew leaves no trace here; that only a hash that was noted elsewhere would show.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use highwater_market::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    account::{content, io_error},
    chain::Chain,
    error::PaperError,
};

/// Name of the file in the folder of an account.
const HEAD: &str = "HEAD";
const UNFINISHED: &str = ".tmp-HEAD";

/// The last line that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number, from 1.
    pub line: u64,
    /// Its moment.
    pub moment: Timestamp,
    /// Its hash.
    pub hash: String,
}

/// How a journal is not the one that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It ends before the last line that was written.
    Lines {
        /// Lines that stand.
        stand: u64,
        /// The last that was written.
        written: Head,
    },
    /// It has another line in the place of the last that was written.
    Replaced {
        /// The line that was written.
        written: Head,
    },
}

impl Head {
    /// The last line of a chain; `None` if it has none.
    pub(crate) fn of(chain: &Chain) -> Option<Self> {
        let last = chain.lines.last()?;
        Some(Self {
            line: last.line,
            moment: last.moment,
            hash: chain.hash_of(last.line)?.to_owned(),
        })
    }

    /// What the file of a folder says; `None` if there is none, or none that can be read.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, PaperError> {
        let bytes = content(&folder.join(HEAD))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Say it in the file of a folder, whole or not at all.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), PaperError> {
        let (path, unfinished) = (folder.join(HEAD), folder.join(UNFINISHED));
        let write = || {
            let mut text = serde_json::to_string(self)?;
            text.push('\n');
            let mut file = File::create(&unfinished)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(io_error("write", &path))
    }

    /// How a chain is not the one that was written, if it is not.
    pub(crate) fn lost(self, chain: &Chain) -> Option<Lost> {
        match chain.hash_of(self.line) {
            None => Some(Lost::Lines {
                stand: chain.lines.len() as u64,
                written: self,
            }),
            Some(hash) if hash != self.hash => Some(Lost::Replaced { written: self }),
            Some(_) => None,
        }
    }
}
