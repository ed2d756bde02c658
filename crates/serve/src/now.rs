//! The moment of the answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use highwater_market::Timestamp;

/// What "now" is for the server: the system's clock, or a moment that stands until it is set anew.
///
/// Clones share the moment, so that a running server can be moved through time.
#[derive(Clone, Debug)]
pub struct Now(Moment);

#[derive(Clone, Debug)]
enum Moment {
    System,
    Set(Arc<AtomicI64>),
}

impl Now {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Moment::System)
    }

    /// A moment that stands still.
    pub fn at(moment: Timestamp) -> Self {
        Self(Moment::Set(Arc::new(AtomicI64::new(moment.micros()))))
    }

    /// Move a moment that stands still; the system's clock is not moved.
    pub fn set(&self, moment: Timestamp) {
        if let Moment::Set(shared) = &self.0 {
            shared.store(moment.micros(), Ordering::SeqCst);
        }
    }

    /// The moment.
    pub fn get(&self) -> Timestamp {
        match &self.0 {
            Moment::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
            Moment::Set(shared) => Timestamp::from_micros(shared.load(Ordering::SeqCst)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_a_moment_that_can_be_moved() {
        let now = Now::at(Timestamp::from_seconds(1));
        let other = now.clone();
        other.set(Timestamp::from_seconds(2));
        assert_eq!(now.get(), Timestamp::from_seconds(2));
    }

    #[test]
    fn the_clock_of_the_system_cannot_be_moved() {
        let now = Now::system();
        now.set(Timestamp::from_seconds(0));
        assert!(now.get() > Timestamp::from_seconds(1_700_000_000));
    }
}
