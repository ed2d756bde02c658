//! What can be wrong with a paper account.

use std::{io, path::PathBuf};

use highwater_market::Timestamp;

/// An account that cannot be read or advanced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A name that cannot be that of a folder everywhere.
    #[error("`{name}` is no name of a paper account: 1 to 64 letters, digits, `-` and `_`")]
    Name {
        /// What was given.
        name: String,
    },
    /// No account of that name was started.
    #[error("the lake has no paper account `{name}`")]
    NotStarted {
        /// Which.
        name: String,
    },
    /// The account was started before.
    #[error("the paper account `{name}` was started already")]
    Started {
        /// Which.
        name: String,
    },
    /// Another process advances it.
    #[error("{} is locked{}", path.display(), holder.map(|id| format!(" by process {id}")).unwrap_or_default())]
    Locked {
        /// The lock.
        path: PathBuf,
        /// Who holds it, if that can be told.
        holder: Option<u32>,
    },
    /// A line that is not as it was written.
    #[error("{}, line {line}: {reason}", path.display())]
    Damaged {
        /// The journal, or the plan.
        path: PathBuf,
        /// Number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The plan is not the one with which the account was started.
    #[error("{} was altered since the account was started", path.display())]
    PlanAltered {
        /// The plan.
        path: PathBuf,
    },
    /// A moment before the one that was reached.
    #[error("{moment} lies before {reached}, to which the account was advanced")]
    GoesBack {
        /// What was asked.
        moment: Timestamp,
        /// The latest moment in the journal.
        reached: Timestamp,
    },
    /// Orders that cannot stand in a journal.
    #[error("order {place}: {reason}")]
    Order {
        /// Which, from 1.
        place: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl PaperError {
    /// Printed under the error as `hint: ...`.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotStarted { .. } => {
                "start it with `highwater paper PLAN --name NAME`; the folder `paper` of the lake holds those that there are"
            }
            Self::Locked { .. } => "wait until the other process has advanced it",
            Self::Damaged { .. } | Self::PlanAltered { .. } => {
                "bring the account's folder back from a copy, or start another account with `--from` on the day of this one: it gives the same orders anew"
            }
            Self::GoesBack { .. } => {
                "leave `--as-of` out, or name a later moment; what was journaled is not taken back"
            }
            Self::Io { .. } | Self::Name { .. } | Self::Started { .. } | Self::Order { .. } => "",
        }
    }
}
