//! Pacing: no minute holds more calls than the plan allows.
//!
//! With `n` calls a minute allowed, call `k` goes out no earlier than a window after call `k - n`:
//! ```text
//! at[k] >= at[k - n] + window
//! ```
//! so that no half-open stretch of that length holds more than `n` calls, wherever it begins. A token bucket of the
//! same rate would let `2n` into a minute that begins with a full bucket. Times are stamped after the wait, on the
//! clock that never goes back: a wait that ends late moves the later calls, a clock that is set moves none.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::sync::Mutex;

use crate::clock::Clock;

/// The stretch in which the vendor counts.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Hands out permissions to call, one after the other.
#[derive(Debug)]
pub(crate) struct Pace {
    per_window: usize,
    window: Duration,
    /// When the latest calls went out, at most `per_window` of them, oldest first. Held while waiting for the next.
    calls: Mutex<VecDeque<Duration>>,
    /// Nobody calls before this, in microseconds of the clock: the server asked for it. Beside the lock, so that a
    /// hold reaches whoever waits already.
    hold_until_micros: AtomicU64,
}

impl Pace {
    /// `window` is a little more than the vendor's minute, since calls reach it later than they are sent, and not
    /// all equally late.
    pub(crate) fn new(per_window: NonZeroU32, window: Duration) -> Self {
        Self {
            per_window: per_window.get() as usize,
            window,
            calls: Mutex::default(),
            hold_until_micros: AtomicU64::new(0),
        }
    }

    /// Wait for the next permission. Whoever asks first is served first.
    pub(crate) async fn permit(&self, clock: &dyn Clock) {
        let mut calls = self.calls.lock().await;
        loop {
            let mut earliest =
                Duration::from_micros(self.hold_until_micros.load(Ordering::Relaxed));
            if calls.len() == self.per_window
                && let Some(&oldest) = calls.front()
            {
                earliest = earliest.max(oldest + self.window);
            }
            let now = clock.elapsed();
            if now >= earliest {
                break;
            }
            clock.sleep(earliest - now).await;
        }
        if calls.len() == self.per_window {
            calls.pop_front();
        }
        calls.push_back(clock.elapsed());
    }

    /// No further permission for a while: a server that tells one caller to wait means all.
    pub(crate) fn hold(&self, clock: &dyn Clock, duration: Duration) {
        let until = clock.elapsed().saturating_add(duration).as_micros();
        let until = u64::try_from(until).unwrap_or(u64::MAX);
        self.hold_until_micros.fetch_max(until, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use highwater_market::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{cases, clock::SimulatedClock};

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    fn pace(per_window: u32) -> Pace {
        Pace::new(NonZeroU32::new(per_window).unwrap(), MINUTE)
    }

    #[test]
    fn a_small_job_does_not_wait() {
        let clock = SimulatedClock::at(Timestamp::from_seconds(0));
        let pace = pace(3);
        run(async {
            for expected in [0, 0, 0, 60, 60, 60, 120] {
                pace.permit(&clock).await;
                assert_eq!(clock.elapsed().as_secs(), expected);
            }
        });
    }

    #[test]
    fn a_hold_stops_everybody() {
        let clock = SimulatedClock::at(Timestamp::from_seconds(0));
        let pace = pace(100);
        run(async {
            pace.permit(&clock).await;
            pace.hold(&clock, Duration::from_secs(30));
            pace.hold(&clock, Duration::from_secs(10));
            pace.permit(&clock).await;
            assert_eq!(clock.elapsed().as_secs(), 30);
        });
    }

    #[test]
    fn a_hold_reaches_whoever_waits_already() {
        let clock = SimulatedClock::at(Timestamp::from_seconds(0));
        let pace = pace(1);
        run(async {
            pace.permit(&clock).await;
            // The second permission waits for the minute; while it does, the server asks for ninety seconds.
            tokio::join!(pace.permit(&clock), async {
                pace.hold(&clock, Duration::from_secs(90));
            });
            assert_eq!(clock.elapsed().as_secs(), 90);
        });
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn no_window_holds_more_calls_than_allowed(
            per_window in 1u32..25,
            pauses in prop::collection::vec(0u64..20_000, 1..120),
        ) {
            let clock = SimulatedClock::at(Timestamp::from_seconds(0));
            let pace = pace(per_window);
            let (mut at, mut wanted) = (Vec::new(), Vec::new());
            run(async {
                for pause in pauses {
                    clock.advance(Duration::from_millis(pause));
                    wanted.push(clock.elapsed());
                    pace.permit(&clock).await;
                    at.push(clock.elapsed());
                }
            });
            for (index, &start) in at.iter().enumerate() {
                let held = at[index..].iter().filter(|&&call| call < start + MINUTE).count();
                prop_assert!(held <= per_window as usize, "{held} from {start:?}");
            }
            // Nor is anybody kept waiting without need: a call that waited is one window after an earlier one.
            for (index, (&call, &wanted)) in at.iter().zip(&wanted).enumerate() {
                let needed = index.checked_sub(per_window as usize).map(|earlier| at[earlier] + MINUTE);
                prop_assert_eq!(call, needed.unwrap_or_default().max(wanted));
            }
        }
    }
}
