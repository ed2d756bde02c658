//! The time axis: where instants lie, and which of them are worth a line.

use highwater_market::Timestamp;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Years 1 to 9998: instants beyond them lie at the ends of an axis.
const CALENDAR: (i64, i64) = (-719_162 * DAY, 2_932_532 * DAY);

/// A horizontal scale from the first instant to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeAxis {
    from: i64,
    until: i64,
}

/// A line of the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeTick {
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

impl TimeAxis {
    /// An axis over these instants; an hour long at least.
    pub(crate) fn of(instants: impl IntoIterator<Item = Timestamp>) -> Self {
        let (mut from, mut until) = (i64::MAX, i64::MIN);
        for instant in instants {
            let micros = instant.micros().clamp(CALENDAR.0, CALENDAR.1);
            from = from.min(micros);
            until = until.max(micros);
        }
        if from > until {
            (from, until) = (0, 0);
        }
        Self {
            from,
            until: until.max(from + HOUR),
        }
    }

    /// The first instant.
    pub(crate) const fn from(self) -> Timestamp {
        Timestamp::from_micros(self.from)
    }

    /// The last instant.
    pub(crate) const fn until(self) -> Timestamp {
        Timestamp::from_micros(self.until)
    }

    /// The place of an instant, from 0 to 1; those beyond the axis at its ends.
    pub(crate) fn part(self, instant: Timestamp) -> f64 {
        let span = (self.until - self.from) as f64;
        (instant.micros().saturating_sub(self.from) as f64 / span).clamp(0.0, 1.0)
    }

    /// Calendar lines, at most `most` of them (at least 2 are allowed for), ascending.
    pub(crate) fn ticks(self, most: usize) -> Vec<TimeTick> {
        let most = most.max(2);
        for hours in [1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24] {
            let step = hours * HOUR;
            if (self.until - self.from) / step < most as i64 {
                return self.even_ticks(step);
            }
        }
        let mut ticks = Vec::new();
        for months in [1, 2, 3, 6, 12, 24, 60, 120, 600, 6_000] {
            ticks = self.month_ticks(months);
            if ticks.len() <= most {
                break;
            }
        }
        ticks.truncate(most);
        ticks
    }

    fn even_ticks(self, step: i64) -> Vec<TimeTick> {
        // Weeks begin on Mondays: 1970-01-05 was one.
        let origin = if step % (7 * DAY) == 0 { 4 * DAY } else { 0 };
        let first = (self.from - origin).div_euclid(step) * step + origin;
        (0..)
            .map(|place| first + place * step)
            .skip_while(|&micros| micros < self.from)
            .take_while(|&micros| micros <= self.until)
            .map(|micros| {
                let at = Timestamp::from_micros(micros);
                let text = if micros.rem_euclid(DAY) == 0 {
                    day_text(at)
                } else {
                    at.to_string().get(11..16).unwrap_or_default().to_owned()
                };
                TimeTick { at, text }
            })
            .collect()
    }

    fn month_ticks(self, step: i64) -> Vec<TimeTick> {
        let (Some((from_year, from_month)), Some((until_year, until_month))) =
            (civil(self.from()), civil(self.until()))
        else {
            return Vec::new();
        };
        let first = (from_year * 12 + from_month - 1).div_euclid(step) * step;
        let last = until_year * 12 + until_month - 1;
        (first..=last)
            .step_by(step as usize)
            .filter_map(|month| {
                let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
                let at = Timestamp::from_date(year.try_into().ok()?, month.try_into().ok()?, 1)?;
                let text = if step % 12 == 0 {
                    year.to_string()
                } else {
                    format!("{} {year}", month_name(month))
                };
                (at >= self.from() && at <= self.until()).then_some(TimeTick { at, text })
            })
            .collect()
    }
}

/// Year and month of an instant; `None` beyond the calendar.
fn civil(instant: Timestamp) -> Option<(i64, i64)> {
    let date = instant.date();
    let (year_month, _) = date.rsplit_once('-')?;
    let (year, month) = year_month.rsplit_once('-')?;
    Some((year.parse().ok()?, month.parse().ok()?))
}

fn day_text(instant: Timestamp) -> String {
    let date = instant.date();
    let month = civil(instant).map_or("", |(_, month)| month_name(month));
    let day = date.rsplit('-').next().unwrap_or_default();
    format!("{} {month}", day.trim_start_matches('0'))
}

fn month_name(month: i64) -> &'static str {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    usize::try_from(month - 1)
        .ok()
        .and_then(|month| NAMES.get(month))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, until: &str, most: usize, expected: &[&str]) {
        let axis = TimeAxis::of([from.parse().unwrap(), until.parse().unwrap()]);
        let texts: Vec<String> = axis.ticks(most).into_iter().map(|tick| tick.text).collect();
        assert_eq!(texts, expected, "{from} to {until}");
    }

    #[test]
    fn ticks_stand_on_the_calendar() {
        check(
            "2023-07-01",
            "2026-06-30",
            8,
            &[
                "Jul 2023", "Jan 2024", "Jul 2024", "Jan 2025", "Jul 2025", "Jan 2026",
            ],
        );
        check(
            "2025-01-15",
            "2025-06-20",
            8,
            &["Feb 2025", "Mar 2025", "Apr 2025", "May 2025", "Jun 2025"],
        );
        check(
            "2025-01-15",
            "2025-03-05",
            8,
            &[
                "20 Jan", "27 Jan", "3 Feb", "10 Feb", "17 Feb", "24 Feb", "3 Mar",
            ],
        );
        check(
            "2025-01-01",
            "2025-01-10",
            6,
            &["2 Jan", "4 Jan", "6 Jan", "8 Jan", "10 Jan"],
        );
        check(
            "2025-01-01T20:30:00Z",
            "2025-01-02T04:00:00Z",
            5,
            &["22:00", "2 Jan", "02:00", "04:00"],
        );
        check(
            "1990-01-01",
            "2026-01-01",
            8,
            &[
                "1990", "1995", "2000", "2005", "2010", "2015", "2020", "2025",
            ],
        );
    }

    #[test]
    fn instants_lie_between_the_ends() {
        let axis = TimeAxis::of(["2025-01-01".parse().unwrap(), "2025-01-03".parse().unwrap()]);
        assert_eq!(axis.part("2025-01-02".parse().unwrap()), 0.5);
        assert_eq!(axis.part(Timestamp::MIN), 0.0);
        assert_eq!(axis.part(Timestamp::MAX), 1.0);
        for odd in [
            TimeAxis::of([]),
            TimeAxis::of([Timestamp::MIN, Timestamp::MAX]),
            TimeAxis::of([Timestamp::MAX]),
        ] {
            assert!(odd.ticks(6).len() <= 7, "{odd:?}");
            assert!((0.0..=1.0).contains(&odd.part(Timestamp::from_seconds(0))));
        }
    }
}
