//! How many requests a key may make in a minute.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A fixed window of a minute for each key, beginning with its first request.
#[derive(Debug)]
pub(crate) struct Limit {
    per_minute: u32,
    windows: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Limit {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            windows: Mutex::default(),
        }
    }

    /// Count a request of a key at an instant: how long to wait, if it is one too many.
    pub(crate) fn count(&self, key: &str, at: Instant) -> Result<(), Duration> {
        let mut windows = match self.windows.lock() {
            Ok(windows) => windows,
            Err(poisoned) => poisoned.into_inner(),
        };
        // Keys that fell silent are forgotten, so that made-up ones cannot fill the memory.
        if windows.len() > 1_000 {
            windows.retain(|_, (since, _)| at.duration_since(*since) < MINUTE);
        }
        let (since, used) = windows.entry(key.to_owned()).or_insert((at, 0));
        if at.duration_since(*since) >= MINUTE {
            (*since, *used) = (at, 0);
        }
        if *used < self.per_minute {
            *used += 1;
            Ok(())
        } else {
            Err(MINUTE - at.duration_since(*since))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_so_many_requests_and_the_next_one_begins_anew() {
        let limit = Limit::new(2);
        let start = Instant::now();
        assert_eq!(limit.count("a", start), Ok(()));
        assert_eq!(limit.count("a", start + Duration::from_secs(10)), Ok(()));
        assert_eq!(
            limit.count("a", start + Duration::from_secs(20)),
            Err(Duration::from_secs(40))
        );
        assert_eq!(
            limit.count("b", start + Duration::from_secs(20)),
            Ok(()),
            "each key has a window of its own"
        );
        assert_eq!(limit.count("a", start + MINUTE), Ok(()));
    }
}
