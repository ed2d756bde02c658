//! What can go wrong with a lake.

use std::{
    io,
    path::{Path, PathBuf},
};

use highwater_market::{Source, Token};

/// Why the lake could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// There is no lake in this folder.
    #[error("{} is not a lake", .path.display())]
    NotALake {
        /// The folder asked for.
        path: PathBuf,
    },
    /// A lake cannot be made here without mixing with what is there.
    #[error("{} is not a lake, and not empty: it holds `{found}`", .path.display())]
    NotEmpty {
        /// The folder asked for.
        path: PathBuf,
        /// The first thing found in it.
        found: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// What was tried: `read`, `write`, `rename`, ...
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk is full. The lake stands as it was.
    #[error("no space left to {action} {}: nothing of this store was kept", .path.display())]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process writes to this lake.
    #[error(
        "the lake is being written by {}: {} is locked",
        .holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}")),
        .path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The process that holds it, if the lock file tells.
        holder: Option<u32>,
    },
    /// A file does not hold what was once written to it.
    #[error("{} is damaged: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is sound, but not one of this table and version.
    #[error("{} does not belong here: {reason}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An answer does not have the shape of its table. Nothing was stored.
    #[error("answer {answer}, for table {table}: {reason}")]
    Misshapen {
        /// The table.
        table: &'static str,
        /// Which of the answers, from 0.
        answer: usize,
        /// What does not fit, and in which row.
        reason: String,
    },
    /// Rows could not be encoded as Parquet.
    #[error("cannot encode rows of table {table}: {reason}")]
    Encode {
        /// The table.
        table: &'static str,
        /// What the encoder said.
        reason: String,
    },
    /// A latest-only table was asked for its past under the clock `published`.
    #[error(
        "table {table} serves one current answer: under the clock `published` its use on the past would be hindsight"
    )]
    Hindsight {
        /// The table.
        table: &'static str,
    },
    /// The question does not go with the table.
    #[error("table {table} {reason}")]
    WrongTable {
        /// The table.
        table: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// No token carries this symbol.
    #[error("no token `{symbol}` {}{}", among(.sources), near_misses(.near))]
    UnknownSymbol {
        /// What was asked for.
        symbol: String,
        /// The sources looked at; empty: all.
        sources: Vec<Source>,
        /// Symbols that look alike, nearest first.
        near: Vec<String>,
    },
    /// Several tokens carry this symbol.
    #[error("`{symbol}` could be any of {}: {}", .candidates.len(), described(.candidates))]
    AmbiguousSymbol {
        /// What was asked for.
        symbol: String,
        /// Every token that carries it.
        candidates: Vec<Token>,
    },
}

impl LakeError {
    /// What to do about it, to be printed under the error as `hint: ...`.
    pub fn hint(&self) -> String {
        match self {
            Self::NotALake { .. } => {
                "name the folder of a lake, or make one: `highwater snapshot`, `import` and `demo` do".into()
            }
            Self::NotEmpty { .. } => "choose an empty or a new folder for the lake".into(),
            Self::Io { .. } => "check that the folder exists and may be read and written".into(),
            Self::DiskFull { .. } => "make room, then run the same command again".into(),
            Self::Locked { .. } => {
                "wait until it is done: the lock goes with its process, the file may stay".into()
            }
            Self::Damaged { .. } => {
                "`highwater lake check` lists every such file: move it out of the lake, then fetch those days again"
                    .into()
            }
            Self::Foreign { .. } => {
                "`highwater lake check` lists every such file: move it out of the lake".into()
            }
            Self::Misshapen { .. } => "each row needs one value per column of its table, of the column's kind".into(),
            Self::Encode { .. } => "this is a fault of the program: please report it".into(),
            Self::Hindsight { table } => format!(
                "use the clock `observed` to see {table} as they were snapshot, or levels and metrics recomputed from bars"
            ),
            Self::WrongTable { .. } => "`highwater lake ls` shows the tables".into(),
            Self::UnknownSymbol { near, .. } => match near.first() {
                Some(near) => format!("did you mean `{near}`? `highwater lake ls` shows what the lake holds"),
                None => "`highwater lake ls` shows what the lake holds".into(),
            },
            Self::AmbiguousSymbol { candidates, .. } => match candidates.first() {
                Some(token) => format!(
                    "pick one by its id, such as `#{}`, or by source and id: `{}:#{}`",
                    token.id, token.source, token.id
                ),
                None => "pick one by its id, such as `#3375`".into(),
            },
        }
    }

    /// The system's refusal, told apart by whether the disk is full.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull {
                action,
                path,
                source,
            },
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }

    /// Whether a file was gone: compaction by another process may have merged it meanwhile.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

fn among(sources: &[Source]) -> String {
    match sources {
        [] => "in the lake".to_owned(),
        [one] => format!("of source {one}"),
        many => {
            let names: Vec<&str> = many.iter().map(Source::as_str).collect();
            format!("of the sources {}", names.join(", "))
        }
    }
}

fn near_misses(near: &[String]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!("; near: {}", near.join(", "))
    }
}

fn described(tokens: &[Token]) -> String {
    let described: Vec<String> = tokens.iter().map(Token::to_string).collect();
    described.join("; ")
}
