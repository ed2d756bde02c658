//! When to ask again, as a pure function.
//!
//! ```text
//! backoff(n) = draw * min(cap, base * 2^(n-1))     after try n; draw uniform in [0, 1): full jitter
//! wait(n)    = max(backoff(n), Retry-After)
//! ```
//! `base` is larger where the server said that it is asked too often. Tries, the sum of waits, and the longest
//! `Retry-After` that is obeyed are bounded: a server that asks for more is given up, never asked earlier than it
//! said. Only GET requests are made, so that asking twice changes nothing.
//!
//! Source of the full jitter: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015; of `Retry-After`:
//! RFC 9110, section 10.2.3.

use std::time::Duration;

use highwater_market::Timestamp;

/// What went wrong with one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or one that broke, or a timeout.
    Transport,
    /// An answer of this status, not in the 200s.
    Status(u16),
    /// A body that ended early or is not what it should be.
    Body,
    /// An answer that would be the same each time: a redirect, a body beyond the limit, `success: false`.
    Final,
}

impl Failure {
    /// Whether the next try may go better.
    pub const fn is_transient(self) -> bool {
        match self {
            Self::Transport | Self::Body => true,
            Self::Status(status) => {
                matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
            }
            Self::Final => false,
        }
    }
}

/// What has been tried so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Tries made, at least 1.
    pub tries: u32,
    /// Time waited between them.
    pub waited: Duration,
    /// How the latest failed.
    pub failure: Failure,
    /// How long the server asked to be left alone.
    pub retry_after: Option<Duration>,
}

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Wait, then ask again.
    Retry {
        /// How long to wait.
        after: Duration,
    },
    /// Ask no more.
    GiveUp(GiveUp),
}

/// Why to ask no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// It would fail again.
    Permanent,
    /// Tried often enough.
    TriesSpent,
    /// Waited long enough.
    BudgetSpent,
    /// The server asks for a longer wait than is granted.
    RetryAfterTooLong,
}

/// The bounds of asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries of one request, the first included.
    pub tries: u32,
    /// The first backoff is drawn from `0..base`.
    pub base: Duration,
    /// As `base`, after status 429.
    pub throttled_base: Duration,
    /// No backoff is longer.
    pub cap: Duration,
    /// All waits of one request together are no longer.
    pub budget: Duration,
    /// No longer `Retry-After` is obeyed: the request is given up.
    pub longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 5,
            base: Duration::from_millis(500),
            throttled_base: Duration::from_secs(5),
            cap: Duration::from_secs(30),
            budget: Duration::from_secs(300),
            longest_retry_after: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// What to do after a failed try. `draw` is uniform in `[0, 1)`; what lies outside is taken as the nearer end.
    pub fn decide(&self, attempt: Attempt, draw: f64) -> Action {
        if !attempt.failure.is_transient() {
            return Action::GiveUp(GiveUp::Permanent);
        }
        if attempt.tries >= self.tries {
            return Action::GiveUp(GiveUp::TriesSpent);
        }
        let asked = attempt.retry_after.unwrap_or(Duration::ZERO);
        if asked > self.longest_retry_after {
            return Action::GiveUp(GiveUp::RetryAfterTooLong);
        }
        let after = self.backoff(attempt, draw).max(asked);
        if attempt.waited.saturating_add(after) > self.budget {
            return Action::GiveUp(GiveUp::BudgetSpent);
        }
        Action::Retry { after }
    }

    fn backoff(&self, attempt: Attempt, draw: f64) -> Duration {
        let base = match attempt.failure {
            Failure::Status(429) => self.throttled_base,
            _ => self.base,
        };
        let doublings = attempt.tries.saturating_sub(1).min(31);
        let ceiling = base.saturating_mul(1 << doublings).min(self.cap);
        ceiling.mul_f64(draw.clamp(0.0, 1.0))
    }
}

/// The wait that a `Retry-After` header asks for: a number of seconds, or an HTTP date, from which `now` is taken
/// away. `None` if it is neither.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds are still a number: a very long wait.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let date = http_date(header)?;
    Some(Duration::from_micros(
        u64::try_from(date - now).unwrap_or(0),
    ))
}

/// An HTTP date of the preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, rest) = text.trim().split_once(", ")?;
    let rest = rest.strip_suffix(" GMT")?;
    let [day, month, year, time] = rest.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let month = MONTHS.iter().position(|&name| name == month)? + 1;
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok()
}

/// A small generator for jitter (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// 2014). Which waits are drawn is no secret and no result depends on it.
#[derive(Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cases;

    const SECOND: Duration = Duration::from_secs(1);

    fn after(tries: u32, failure: Failure, seconds: Option<u64>) -> Attempt {
        Attempt {
            tries,
            waited: Duration::ZERO,
            failure,
            retry_after: seconds.map(Duration::from_secs),
        }
    }

    #[test]
    fn only_what_may_pass_is_asked_again() {
        let policy = RetryPolicy::default();
        for status in 300..=599 {
            let attempt = after(1, Failure::Status(status), None);
            let again = matches!(policy.decide(attempt, 0.5), Action::Retry { .. });
            let transient = [408, 425, 429, 500, 502, 503, 504].contains(&status);
            assert_eq!(again, transient, "{status}");
        }
        for (failure, expected) in [
            (Failure::Transport, true),
            (Failure::Body, true),
            (Failure::Final, false),
        ] {
            let action = policy.decide(after(1, failure, None), 0.5);
            assert_eq!(
                matches!(action, Action::Retry { .. }),
                expected,
                "{failure:?}"
            );
        }
    }

    #[test]
    fn waits_double_to_the_cap_and_never_undercut_the_server() {
        let policy = RetryPolicy {
            tries: 9,
            base: SECOND,
            throttled_base: 4 * SECOND,
            cap: 8 * SECOND,
            budget: 60 * SECOND,
            longest_retry_after: 30 * SECOND,
        };
        let (busy, broken) = (Failure::Status(429), Failure::Status(503));
        // after try, failure, Retry-After, draw, wait in ms, why
        for (tries, failure, seconds, draw, expected, why) in [
            (1, broken, None, 0.5, Some(500), "half of the base"),
            (2, broken, None, 0.5, Some(1_000), "doubled"),
            (4, broken, None, 1.0, Some(8_000), "doubled thrice"),
            (8, broken, None, 1.0, Some(8_000), "capped"),
            (
                1,
                broken,
                None,
                0.0,
                Some(0),
                "full jitter begins at nothing",
            ),
            (1, broken, None, 2.0, Some(1_000), "no draw is above 1"),
            (1, broken, None, -1.0, Some(0), "nor below 0"),
            (1, busy, None, 0.5, Some(2_000), "slower if asked too often"),
            (1, busy, Some(30), 0.5, Some(30_000), "as the server says"),
            (
                4,
                busy,
                Some(1),
                1.0,
                Some(8_000),
                "longer than it says is fine",
            ),
            (
                1,
                busy,
                Some(0),
                0.5,
                Some(2_000),
                "no wait at all is no invitation",
            ),
            (1, busy, Some(31), 0.5, None, "too long to wait for"),
            (9, broken, None, 0.0, None, "tried often enough"),
        ] {
            let wait = match policy.decide(after(tries, failure, seconds), draw) {
                Action::Retry { after } => Some(after.as_millis()),
                Action::GiveUp(_) => None,
            };
            assert_eq!(wait, expected, "{why}");
        }
        let late = |seconds| Attempt {
            waited: 58 * SECOND,
            ..after(1, busy, Some(seconds))
        };
        assert_eq!(
            policy.decide(late(2), 0.0),
            Action::Retry { after: 2 * SECOND },
            "the budget may be used up"
        );
        assert_eq!(
            policy.decide(late(3), 0.0),
            Action::GiveUp(GiveUp::BudgetSpent)
        );
    }

    #[test]
    fn retry_after_reads_seconds_and_dates() {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        for (header, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994", None),
            ("Sun, 31 Feb 1994 08:00:00 GMT", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(header, now), expected, "{header}");
        }
    }

    fn failures() -> impl Strategy<Value = Failure> {
        prop_oneof![
            Just(Failure::Transport),
            Just(Failure::Body),
            Just(Failure::Final),
            (300u16..600).prop_map(Failure::Status),
            Just(Failure::Status(429)),
            Just(Failure::Status(503)),
        ]
    }

    proptest! {
        #![proptest_config(cases(512))]

        /// A request is run through the policy as the client does, against a server that fails however it likes.
        #[test]
        fn no_server_makes_the_client_ask_too_often_too_early_or_too_long(
            tries in 1u32..12,
            base in 0u64..5_000,
            throttled in 0u64..10_000,
            cap in 0u64..60_000,
            budget in 0u64..400_000,
            longest in 0u64..200_000,
            server in prop::collection::vec(
                (failures(), prop::option::of(0u64..300_000), 0.0..1.0f64), 1..20),
        ) {
            let ms = Duration::from_millis;
            let policy = RetryPolicy {
                tries,
                base: ms(base),
                throttled_base: ms(throttled),
                cap: ms(cap),
                budget: ms(budget),
                longest_retry_after: ms(longest),
            };
            let (mut made, mut waited) = (0, Duration::ZERO);
            for (failure, asked, draw) in server {
                made += 1;
                let retry_after = asked.map(ms);
                let attempt = Attempt { tries: made, waited, failure, retry_after };
                match policy.decide(attempt, draw) {
                    Action::GiveUp(GiveUp::Permanent) => {
                        prop_assert!(!failure.is_transient());
                        break;
                    }
                    Action::GiveUp(_) => break,
                    Action::Retry { after } => {
                        prop_assert!(failure.is_transient());
                        prop_assert!(after <= policy.cap.max(retry_after.unwrap_or_default()));
                        prop_assert!(retry_after.is_none_or(|asked| after >= asked));
                        waited += after;
                    }
                }
                prop_assert!(made < tries, "a further try needs one left");
            }
            prop_assert!(waited <= policy.budget);
        }

        #[test]
        fn jitter_stays_inside_its_range(seed: u64) {
            let mut jitter = Jitter::seeded(seed);
            let draws: Vec<f64> = (0..64).map(|_| jitter.draw()).collect();
            prop_assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
            let mean = draws.iter().sum::<f64>() / 64.0;
            prop_assert!((0.2..0.8).contains(&mean), "{mean}");
        }
    }
}
