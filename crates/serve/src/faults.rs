//! Misbehaviour on purpose, to test clients: seeded, so that a run can be repeated.

use std::sync::atomic::{AtomicU64, Ordering};

/// One way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// HTTP 500 with a JSON body.
    ServerError,
    /// HTTP 429 with `Retry-After: 0`.
    TooManyWithRetryAfter,
    /// HTTP 429 without it.
    TooMany,
    /// HTTP 502 with an HTML body.
    BadGateway,
    /// HTTP 200 with half of the JSON.
    Malformed,
    /// HTTP 200 whose body is cut short with the connection.
    Cut,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 6] = [
        Self::ServerError,
        Self::TooManyWithRetryAfter,
        Self::TooMany,
        Self::BadGateway,
        Self::Malformed,
        Self::Cut,
    ];
}

/// Which requests fail, and how. Every fault passes: asked again, the server answers.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    one_in: u64,
    requests: AtomicU64,
}

impl Faults {
    /// About one request in `one_in` fails; never two in a row.
    pub fn new(seed: u64, one_in: u64) -> Self {
        Self {
            seed,
            one_in: one_in.max(2),
            requests: AtomicU64::new(0),
        }
    }

    /// The fault of the next request, if it has one.
    pub(crate) fn next(&self) -> Option<Fault> {
        let request = self.requests.fetch_add(1, Ordering::SeqCst);
        self.of(request).filter(|_| {
            request
                .checked_sub(1)
                .is_none_or(|before| self.of(before).is_none())
        })
    }

    fn of(&self, request: u64) -> Option<Fault> {
        let drawn = mixed(self.seed ^ mixed(request));
        drawn
            .is_multiple_of(self.one_in)
            .then(|| Fault::ALL[((drawn >> 32) % Fault::ALL.len() as u64) as usize])
    }
}

/// SplitMix64: a bijection that scatters.
fn mixed(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_occurs_and_none_twice_in_a_row() {
        let faults = Faults::new(1, 4);
        let drawn: Vec<_> = (0..2_000).map(|_| faults.next()).collect();
        let kinds: BTreeSet<_> = drawn.iter().flatten().collect();
        assert_eq!(kinds.len(), Fault::ALL.len());
        assert!(
            drawn
                .windows(2)
                .all(|pair| pair[0].is_none() || pair[1].is_none())
        );
    }

    #[test]
    fn a_seed_repeats_its_faults() {
        let run = |seed| {
            let faults = Faults::new(seed, 3);
            (0..100).map(|_| faults.next()).collect::<Vec<_>>()
        };
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }
}
