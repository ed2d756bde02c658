//! What can go wrong between the vendor and the lake.

use highwater_api::WireError;
use highwater_market::{Source, Token};

use crate::key::{KEY_VARIABLE, KeyError};

/// Why data did not come. No message holds the key or the parameters of a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no key, and the server is not one on this machine.
    #[error("there is no API key for {host}")]
    NoKey {
        /// The server.
        host: String,
    },
    /// The base URL is not one to send a key to.
    #[error("the base URL cannot be used: {reason}")]
    BaseUrl {
        /// Why not.
        reason: String,
    },
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {reason}")]
    Setup {
        /// Why not.
        reason: String,
    },
    /// 401.
    #[error("{endpoint}: the API key was refused{}", said(.message))]
    KeyRefused {
        /// What was asked.
        endpoint: String,
        /// What the server said.
        message: Option<String>,
    },
    /// 402 or 403.
    #[error("{endpoint}: the plan of this key does not include it (HTTP {status}){}", said(.message))]
    NotInPlan {
        /// What was asked.
        endpoint: String,
        /// 402 or 403.
        status: u16,
        /// What the server said.
        message: Option<String>,
    },
    /// 404 at every path that the endpoint is known under.
    #[error("{endpoint}: not offered by the server (HTTP 404)")]
    NotOffered {
        /// What was asked.
        endpoint: String,
    },
    /// A redirect. The key goes to the configured host only.
    #[error("{endpoint}: the server redirects to {target} (HTTP {status}), which is not followed")]
    Redirected {
        /// What was asked.
        endpoint: String,
        /// The status.
        status: u16,
        /// The host it points to.
        target: String,
    },
    /// Any other status that is not in the 200s.
    #[error("{endpoint}: HTTP {status}{}{}", said(.message), tries_text(*.tries))]
    Status {
        /// What was asked.
        endpoint: String,
        /// The status.
        status: u16,
        /// What the server said.
        message: Option<String>,
        /// How often it was tried.
        tries: u32,
    },
    /// No answer: no connection, a broken one, a timeout.
    #[error("{endpoint}: {reason}{}", tries_text(*.tries))]
    Transport {
        /// What was asked.
        endpoint: String,
        /// What happened.
        reason: String,
        /// How often it was tried.
        tries: u32,
    },
    /// An answer that is none.
    #[error("{endpoint}: {source}{}", tries_text(*.tries))]
    Body {
        /// What was asked.
        endpoint: String,
        /// What is wrong with it.
        source: WireError,
        /// How often it was tried.
        tries: u32,
    },
    /// An answer without end.
    #[error("{endpoint}: the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What was asked.
        endpoint: String,
        /// The most that is taken.
        limit_bytes: usize,
    },
    /// An answer with the key in it: it would be stored.
    #[error("{endpoint}: the answer repeats the API key and was thrown away")]
    KeyEchoed {
        /// What was asked.
        endpoint: String,
    },
    /// A server that ignores `page`, asked for more than fits one page.
    #[error(
        "{endpoint}: page {page} repeats rows already sent: the server seems to ignore `page`, and nothing shows that the answer is whole"
    )]
    PageIgnored {
        /// What was asked.
        endpoint: String,
        /// The page that brought nothing new.
        page: u32,
    },
    /// More pages than any answer has.
    #[error("{endpoint}: no end after {pages} pages")]
    EndlessPages {
        /// What was asked.
        endpoint: String,
        /// How many were read.
        pages: u32,
    },
    /// The server was a simulation and no longer is, or the reverse, or has another seed.
    #[error("{endpoint}: the server is {now}, and was {before} when this run began")]
    AnotherServer {
        /// What was asked.
        endpoint: String,
        /// What it was.
        before: String,
        /// What it is.
        now: String,
    },
    /// A symbol that no token carries.
    #[error("{source_name}: no token has the symbol `{symbol}`")]
    UnknownSymbol {
        /// The symbol or `#id`.
        symbol: String,
        /// Who was asked.
        source_name: Source,
    },
    /// A symbol that several tokens carry.
    #[error("`{symbol}` names {} tokens: {}", .candidates.len(), listed(.candidates))]
    AmbiguousSymbol {
        /// The symbol.
        symbol: String,
        /// The tokens that carry it.
        candidates: Vec<Token>,
    },
    /// A token id that is none.
    #[error("`{text}` is not a token id: write #3375")]
    TokenIdText {
        /// What was read.
        text: String,
    },
    /// The lake refused.
    #[error(transparent)]
    Lake(#[from] highwater_lake::LakeError),
}

impl IngestError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Key(error) => error.hint().to_owned(),
            Self::NoKey { .. } => {
                format!(
                    "set {KEY_VARIABLE}, or name a file with the key that only you can read (chmod 600) with `--key-file`"
                )
            }
            Self::KeyRefused { .. } => format!(
                "check the key on the vendor's dashboard, then set {KEY_VARIABLE}, or name its file with `--key-file`"
            ),
            Self::BaseUrl { .. } => {
                "use https, or http to this machine, without user name and parameters".to_owned()
            }
            Self::Setup { .. } => {
                "check that the system's root certificates are installed".to_owned()
            }
            Self::NotInPlan { .. } | Self::NotOffered { .. } => {
                "check `--base-url`; what the plan of the key does not include is left out by naming the other endpoints with `--endpoints`".to_owned()
            }
            Self::Redirected { .. } => "name where the API is now with `--base-url`".to_owned(),
            Self::Status { status: 429, .. } => {
                "ask less often with `--requests-per-minute`, or wait until the quota is renewed".to_owned()
            }
            Self::Status { status, .. } if *status < 500 => {
                "the server refuses the parameters: check the symbols and the period".to_owned()
            }
            Self::Status { .. } | Self::Transport { .. } => {
                "run the snapshot again later: it goes on where it stopped".to_owned()
            }
            Self::Body { source, .. } => source.hint().to_owned(),
            Self::TooLarge { .. } | Self::EndlessPages { .. } | Self::PageIgnored { .. } => {
                "ask for fewer tokens or days at a time".to_owned()
            }
            Self::KeyEchoed { .. } => "do not use this server with this key".to_owned(),
            Self::AnotherServer { .. } => {
                "run the snapshot again, into a lake of its own".to_owned()
            }
            Self::UnknownSymbol { .. } => {
                "write the symbol as the vendor does, or the id as #3375".to_owned()
            }
            Self::AmbiguousSymbol { .. } => "name one of them by its id, such as #3375".to_owned(),
            Self::TokenIdText { .. } => "write # and the number".to_owned(),
            Self::Lake(error) => error.hint(),
        }
    }

    /// Whether every further question would fail in the same way.
    pub(crate) const fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::KeyRefused { .. }
                | Self::KeyEchoed { .. }
                | Self::NoKey { .. }
                | Self::AnotherServer { .. }
                | Self::Redirected { .. }
                | Self::Lake(_)
        )
    }

    /// Whether the server understood the question and does not answer it, or not whole.
    pub(crate) const fn is_refusal(&self) -> bool {
        match self {
            Self::NotOffered { .. } | Self::NotInPlan { .. } | Self::PageIgnored { .. } => true,
            Self::Status { status, .. } => *status < 500 && *status != 429,
            Self::Body { source, .. } => matches!(source, WireError::Failed { .. }),
            _ => false,
        }
    }
}

fn said(message: &Option<String>) -> String {
    message
        .as_ref()
        .map_or_else(String::new, |message| format!(": {message}"))
}

fn tries_text(tries: u32) -> String {
    match tries {
        0 | 1 => String::new(),
        _ => format!(" (tried {tries} times)"),
    }
}

fn listed(candidates: &[Token]) -> String {
    let each = candidates
        .iter()
        .map(|token| format!("#{} {}", token.id, token.name));
    each.collect::<Vec<_>>().join(", ")
}
