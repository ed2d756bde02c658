//! What a line of the journal says.

use highwater_market::{Source, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line of the journal, without its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Number of the line, from 1.
    pub line: u64,
    /// As of which moment it was written: never before that of the line before.
    pub moment: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// The hash of the line before; of the first, SHA-256 of the plan's text.
    pub before: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Event {
    /// The account was started.
    Start(Start),
    /// An order became known.
    Order {
        /// The order as the backtest writes it, with its `key`.
        order: Value,
    },
    /// An order is not what the journal said of it.
    Restated(Restated),
    /// All orders of the moment stand above.
    Advance {
        /// SHA-256 over the rows of the lake that were read.
        view_hash: String,
        /// SHA-256 of the plan's file of signals, if it has one.
        signal_file: Option<String>,
        /// Orders that stand.
        orders: usize,
    },
}

/// With what an account was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Version of the program.
    pub version: String,
    /// The plan's hash.
    pub plan_hash: String,
    /// Sources in order of preference; empty: all, if symbols are unique among them.
    pub sources: Vec<Source>,
}

/// An order that is not what the journal said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restated {
    /// Which order.
    pub key: String,
    /// What it was; `None`: it had been taken back.
    pub old: Option<Value>,
    /// What it is; `None`: it is taken back.
    pub new: Option<Value>,
    /// Why, if that was found.
    pub cause: Option<Cause>,
}

/// Why an order is restated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Cause {
    /// A bar that had opened before the order was revised since the advance before.
    RevisedBar {
        /// Whose bar.
        symbol: String,
        /// Its open.
        open: Timestamp,
        /// When the revision became known.
        known_from: Timestamp,
    },
    /// The file of signals is another than at the advance before.
    SignalFile,
}
