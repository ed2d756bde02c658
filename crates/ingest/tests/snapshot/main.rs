//! Whole runs against a vendor whose every number is known, over real sockets: what must be in the lake is there,
//! nothing else is, and the balance says what is not.

mod absent;
mod bench;
mod failures;
mod history;
mod hourly;
mod meaning;
mod paging;
#[path = "../server/mod.rs"]
mod server;
