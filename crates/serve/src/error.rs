//! Why a server does not start.

use std::{io, net::SocketAddr};

use highwater_lake::LakeError;

/// Why a server does not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The address can be reached by other machines, and that was not allowed.
    #[error("{address} can be reached from other machines")]
    NotLoopback {
        /// Which.
        address: SocketAddr,
    },
    /// The server stopped by itself.
    #[error("the server stopped")]
    Stopped {
        /// What the system said.
        source: io::Error,
    },
    /// The lake cannot be served.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The lake holds no source, or several and none was named.
    #[error("{}", sources(.found))]
    Source {
        /// What it holds.
        found: Vec<String>,
    },
}

impl ServeError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Bind { .. } => {
                "choose another port, such as `--listen 127.0.0.1:0` for any that is free"
                    .to_owned()
            }
            Self::NotLoopback { .. } => {
                "listen on 127.0.0.1, or say `--allow-remote` if others are to reach it".to_owned()
            }
            Self::Stopped { .. } => String::new(),
            Self::Lake(error) => error.hint(),
            Self::Source { .. } => {
                "name one with `--source`; `highwater lake ls` shows them".to_owned()
            }
        }
    }
}

fn sources(found: &[String]) -> String {
    if found.is_empty() {
        "the lake holds no source".to_owned()
    } else {
        format!(
            "the lake holds several sources, and one is served at a time: {}",
            found.join(", ")
        )
    }
}
