//! State of research that outlives a process.
//!
//! A paper account is a folder of a lake: a plan that does not change, and a journal of what the plan did, told again
//! at each advance by the engine that backtests. The journal holds no state of its own that could disagree with that
//! engine: it is the record of what was said when.
//! ```text
//! <lake>/paper/<name>/plan.toml       the plan, as at the start
//! <lake>/paper/<name>/journal.jsonl   one line of JSON an event, each with the hash of the one before
//! <lake>/paper/<name>/HEAD            number and hash of the last line: tells lines that are gone from the end
//! <lake>/paper/<name>/LOCK            held by the one process that advances
//! ```
//! [`Account`] reads it, [`AccountWriter`] advances it. Lines are only ever appended: an order that a later advance
//! does not reproduce is restated by a line that says what it was, what it is, and why.
//!
//! ```
//! use highwater_research::{Account, AccountWriter, Now, Start};
//! use serde_json::json;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lake = tempfile::tempdir()?;
//! let day = |text: &str| text.parse::<highwater_market::Timestamp>().unwrap();
//! let start = Start { version: "1".into(), plan_hash: "a1".into(), sources: vec![] };
//!
//! let mut account = AccountWriter::lock(lake.path(), "trend")?;
//! account.start("name = \"trend\"", day("2025-04-10"), start)?;
//! let now = |moment| Now { moment, view_hash: "b2".into(), signal_file: None };
//! let bought = json!({ "key": "k1", "price": 2.5 });
//! let advanced = account.advance(now(day("2025-04-11")), vec![bought], |_, _| None)?;
//! assert_eq!((advanced.new.len(), advanced.restated.len()), (1, 0));
//! drop(account);
//!
//! let account = Account::read(lake.path(), "trend")?;
//! assert_eq!(account.orders()[0]["price"], 2.5);
//! assert_eq!(account.last_advance(), Some(day("2025-04-11")));
//! # Ok(())
//! # }
//! ```

mod account;
mod chain;
mod error;
mod head;
mod line;

pub use crate::{
    account::{Account, AccountWriter, Advanced, Now},
    error::PaperError,
    head::{Head, Lost},
    line::{Cause, Event, Line, Restated, Start},
};
