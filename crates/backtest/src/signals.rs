//! Signals made of what was observed: each is known from the moment at which it could be told, and never earlier.

mod grade;
mod moonshot;

pub use self::{
    grade::{GradeCross, grade_crosses},
    moonshot::moonshot_changes,
};
