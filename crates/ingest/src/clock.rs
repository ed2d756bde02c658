//! Time, as everything here sees it: what day it is, how long ago, and waiting.
//!
//! Nothing else in this crate looks at a clock or sleeps, so that a day of waiting is a test of a millisecond.

use std::{
    future::Future,
    pin::Pin,
    sync::Mutex,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use highwater_market::Timestamp;

/// A future that ends after a while.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A source of time.
pub trait Clock: Send + Sync {
    /// The date and time. May jump when somebody sets the clock.
    fn now(&self) -> Timestamp;

    /// Time since the clock was made. Never goes back: distances are measured with it.
    fn elapsed(&self) -> Duration;

    /// Wait.
    fn sleep(&self, duration: Duration) -> Sleep<'_>;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    made: Instant,
}

impl SystemClock {
    /// The machine's clock.
    pub fn new() -> Self {
        Self {
            made: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        self.made.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that was set to a date and runs on from there: for a simulated market whose today is another day.
#[derive(Debug)]
pub struct SetClock {
    start: Timestamp,
    running: SystemClock,
}

impl SetClock {
    /// A clock that shows `start` now.
    pub fn at(start: Timestamp) -> Self {
        Self {
            start,
            running: SystemClock::new(),
        }
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        later(self.start, self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        self.running.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        self.running.sleep(duration)
    }
}

/// A clock that stands still but for sleeping, which takes no time: every wait happens at once, and is seen to have
/// happened.
#[derive(Debug)]
pub struct SimulatedClock {
    start: Timestamp,
    passed: Mutex<Duration>,
}

impl SimulatedClock {
    /// A clock that shows `start`.
    pub const fn at(start: Timestamp) -> Self {
        Self {
            start,
            passed: Mutex::new(Duration::ZERO),
        }
    }

    /// Let time pass.
    pub fn advance(&self, duration: Duration) {
        let mut passed = self.passed.lock().unwrap_or_else(|held| held.into_inner());
        *passed += duration;
    }

    fn advance_to(&self, deadline: Duration) {
        let mut passed = self.passed.lock().unwrap_or_else(|held| held.into_inner());
        *passed = deadline.max(*passed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        later(self.start, self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(|held| held.into_inner())
    }

    /// The deadline is fixed when the wait begins: waits that overlap pass together, not one after the other.
    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        let deadline = self.elapsed() + duration;
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.advance_to(deadline);
        })
    }
}

fn later(start: Timestamp, by: Duration) -> Timestamp {
    start.plus_micros(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn simulated_waits_that_overlap_pass_together() {
        let start = Timestamp::from_seconds(0);
        let clock = SimulatedClock::at(start);
        let (long, short) = (
            clock.sleep(Duration::from_secs(86_400)),
            clock.sleep(Duration::from_secs(60)),
        );
        tokio::join!(long, short);
        assert_eq!(clock.elapsed(), Duration::from_secs(86_400));
        assert_eq!(clock.now(), start.plus_days(1));
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.elapsed(), Duration::from_secs(86_401));
    }

    #[test]
    fn a_set_clock_starts_where_it_was_set_and_runs() {
        let start = Timestamp::from_seconds(1_000_000);
        let clock = SetClock::at(start);
        let first = clock.now();
        assert!(first >= start && clock.now() >= first);
    }
}
