//! The vendor's opinions: trading signals and grades, each day from the closes up to that day.
//!
//! The signal is a plain trend rule ([`crate::trend`]) with a band of one percent, so that following it is neither
//! hopeless nor a gift. The trader's grade is the distance of its averages in units of the token's usual daily move;
//! the investor's leans on the token's quality and its half-year return.

use crate::{cast::Part, draws::rounded, trend::Trend};

/// What is said of one day, after its close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Opinion {
    /// +1, -1 or 0.
    pub(crate) signal: i64,
    /// The last event: +1 or -1; 0 before the first.
    pub(crate) trend: i64,
    /// What following the events, long and short from the next day on, made since the first day. Fraction.
    pub(crate) signal_returns: f64,
    /// What holding made since the first close. Fraction.
    pub(crate) holding_returns: f64,
    /// 0 to 100.
    pub(crate) trader_grade: f64,
    /// 0 to 100.
    pub(crate) investor_grade: f64,
    /// 0 to 100.
    pub(crate) fundamental_grade: f64,
    /// 0 to 100: between the trader's and the investor's.
    pub(crate) tm_grade: f64,
}

const BAND: f64 = 0.01;

/// One opinion a day.
pub(crate) fn opinions(part: &Part, closes: &[f64]) -> Vec<Opinion> {
    let Some(&first) = closes.first() else {
        return Vec::new();
    };
    let mut trend = Trend::from(first, BAND);
    let (mut usual, mut followed) = (0.02_f64, 1.0_f64);
    let mut opinions = Vec::with_capacity(closes.len());
    for (day, &close) in closes.iter().enumerate() {
        let before = if day == 0 { first } else { closes[day - 1] };
        let change = close / before - 1.0;
        // The position of this day is that of the event before it; a loss ends at nothing.
        followed *= (1.0 + trend.standing as f64 * change).max(0.0);
        usual += 0.05 * (change.abs() - usual);
        let signal = trend.follow(close);
        let distance = trend.distance();
        let half_year_ago = closes[day.saturating_sub(182)];
        let long = libm::tanh(libm::log(close / half_year_ago) / 0.9);
        let fundamental_grade = grade(part.quality + 3.0 * long);
        let trader_grade = grade(50.0 + 44.0 * libm::tanh(distance / (5.0 * usual.max(1e-4))));
        let investor_grade = grade(0.62 * part.quality + 0.38 * (50.0 + 48.0 * long));
        opinions.push(Opinion {
            signal,
            trend: trend.standing,
            signal_returns: rounded(followed - 1.0, 4),
            holding_returns: rounded(close / first - 1.0, 4),
            trader_grade,
            investor_grade,
            fundamental_grade,
            tm_grade: grade(0.55 * trader_grade + 0.45 * investor_grade),
        });
    }
    opinions
}

fn grade(value: f64) -> f64 {
    rounded(value.clamp(0.0, 100.0), 2)
}

/// The vendor's word for a grade.
pub(crate) const fn word(grade: f64) -> &'static str {
    match grade {
        80.0.. => "Strong Buy",
        60.0..80.0 => "Buy",
        40.0..60.0 => "Neutral",
        20.0..40.0 => "Sell",
        _ => "Strong Sell",
    }
}

/// The vendor's word for a week's change of the grade.
pub(crate) const fn momentum(change: f64) -> &'static str {
    match change {
        15.0.. => "Momentum Surging",
        5.0..15.0 => "Gaining Momentum",
        -5.0..5.0 => "Holding Steady",
        -15.0..-5.0 => "Losing Momentum",
        _ => "Momentum Crashing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cast::CAST, trend::WARM_UP};

    #[test]
    fn events_are_sparse_and_the_trend_stands_between_them() {
        let rise_and_fall: Vec<f64> = (0..200)
            .map(|day| {
                if day < 100 {
                    100.0 + f64::from(day)
                } else {
                    300.0 - f64::from(day)
                }
            })
            .collect();
        let opinions = opinions(&CAST[0], &rise_and_fall);
        let events: Vec<(usize, i64)> = opinions
            .iter()
            .enumerate()
            .filter(|(_, opinion)| opinion.signal != 0)
            .map(|(day, opinion)| (day, opinion.signal))
            .collect();
        assert_eq!(events.len(), 2, "{events:?}");
        assert_eq!(events[0], (WARM_UP, 1), "said as soon as anything is said");
        assert!(events[1].0 > 100 && events[1].1 == -1);
        assert!(opinions[..WARM_UP].iter().all(|opinion| opinion.trend == 0));
        assert!(
            opinions[WARM_UP..events[1].0]
                .iter()
                .all(|opinion| opinion.trend == 1)
        );
    }

    #[test]
    fn an_event_earns_from_the_next_day_on() {
        let mut closes = vec![100.0; 36];
        closes.extend([150.0, 300.0]);
        let opinions = opinions(&CAST[0], &closes);
        assert_eq!((opinions[36].signal, opinions[36].signal_returns), (1, 0.0));
        assert_eq!(opinions[37].signal_returns, 1.0);
        assert_eq!(opinions[37].holding_returns, 2.0);
    }

    #[test]
    fn words_follow_the_bins() {
        for (value, expected) in [
            (100.0, "Strong Buy"),
            (80.0, "Strong Buy"),
            (79.99, "Buy"),
            (40.0, "Neutral"),
            (39.99, "Sell"),
            (0.0, "Strong Sell"),
        ] {
            assert_eq!(word(value), expected, "{value}");
        }
        assert_eq!(momentum(-5.0), "Holding Steady");
        assert_eq!(momentum(-40.0), "Momentum Crashing");
    }
}
