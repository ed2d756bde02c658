//! A plain trend rule over closes: exponential averages over 12 and 36 periods, and an event when their relative
//! distance leaves a band on the other side. Nothing is said in the first 36 periods.

const FAST: f64 = 2.0 / 13.0;
const SLOW: f64 = 2.0 / 37.0;

/// So many closes come before the first word.
pub(crate) const WARM_UP: usize = 36;

/// The rule, as far as the closes have come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trend {
    fast: f64,
    slow: f64,
    band: f64,
    followed: usize,
    /// The last event: +1 or -1; 0 before the first.
    pub(crate) standing: i64,
}

impl Trend {
    /// Before the first close. `band` is the distance, as a fraction, within which the averages say nothing.
    pub(crate) const fn from(first_close: f64, band: f64) -> Self {
        Self {
            fast: first_close,
            slow: first_close,
            band,
            followed: 0,
            standing: 0,
        }
    }

    /// Take the next close, the first included: the event of its period, +1, -1 or 0.
    pub(crate) fn follow(&mut self, close: f64) -> i64 {
        self.fast += FAST * (close - self.fast);
        self.slow += SLOW * (close - self.slow);
        let distance = self.distance();
        let signal = if self.followed < WARM_UP {
            0
        } else if distance > self.band && self.standing != 1 {
            1
        } else if distance < -self.band && self.standing != -1 {
            -1
        } else {
            0
        };
        self.followed += 1;
        if signal != 0 {
            self.standing = signal;
        }
        signal
    }

    /// How far the fast average lies above the slow one, as a fraction.
    pub(crate) fn distance(&self) -> f64 {
        self.fast / self.slow - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_needs_the_band_to_be_left_and_does_not_repeat() {
        let mut within = Trend::from(100.0, 0.5);
        let mut beyond = Trend::from(100.0, 0.01);
        let mut events = Vec::new();
        for step in 0..200 {
            let close = if step < 100 { 100.0 } else { 110.0 };
            assert_eq!(within.follow(close), 0, "the band is wide");
            let signal = beyond.follow(close);
            if signal != 0 {
                events.push((step, signal));
            }
        }
        assert_eq!(events, [(101, 1)], "the second close above tips it");
        assert_eq!((within.standing, beyond.standing), (0, 1));
    }
}
