//! What a snapshot tells while it runs.

use std::time::Duration;

use highwater_market::Period;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'e> {
    /// The list of tokens came.
    Tokens {
        /// How many there are in all.
        listed: usize,
        /// How many the plan asks about.
        chosen: usize,
    },
    /// The questions are known.
    Planned {
        /// How many will be asked.
        questions: usize,
        /// How many token-days the lake holds already.
        known_days: u64,
    },
    /// A question was answered.
    Answered {
        /// Which endpoint.
        endpoint: &'e str,
        /// Which days, where it takes days.
        period: Option<Period>,
        /// How many rows came.
        rows: usize,
    },
    /// A question was not answered.
    Failed {
        /// Which endpoint.
        endpoint: &'e str,
        /// Why.
        reason: &'e str,
    },
    /// A question was cut in two, since the server does not page.
    Split {
        /// Which endpoint.
        endpoint: &'e str,
    },
    /// Answers are on disk.
    Stored {
        /// How many rows.
        rows: u64,
    },
    /// No more questions are asked.
    Stopped {
        /// Why.
        reason: &'e str,
    },
    /// All is done.
    Done {
        /// How long it took.
        after: Duration,
    },
}

/// Whoever wants to know.
pub trait Progress: Send + Sync {
    /// Take note of an event.
    fn event(&self, event: Event<'_>);
}

/// Nobody wants to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event<'_>) {}
}
