//! From the vendor's API into the lake: plan, ask, sort, store, and a balance of it all.
//!
//! Answers are stored in groups while others are on their way, so that memory is bounded and a run that is killed
//! leaves what it had. Only a whole answer is stored: one whose pages did not all come is missing, and asked again
//! by the next run.

mod ask;
mod asking;
mod backwards;
mod balance;
mod days;
mod plan;
mod question;
mod run;
mod tokens;

pub use self::{
    balance::{Balance, Gap, GapPlace, Missing, Questions, RejectedRows, Rows},
    plan::{Selection, SnapshotPlan},
    run::snapshot,
};
