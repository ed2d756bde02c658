//! From values to places: a linear or logarithmic scale, and the values worth a line.

use crate::number;

/// A vertical scale over `low..=high`, upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    log: bool,
    height: f64,
}

/// From this ratio of highest to lowest on, positive values are shown on a logarithmic scale: on a linear one a loss
/// of half is invisible where prices are small.
const LOG_FROM_RATIO: f64 = 8.0;

/// Room above the highest and below the lowest value, as a part of the span.
const MARGIN: f64 = 0.05;

impl Scale {
    /// A scale that shows all finite values, over `height` pixels.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>, height: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let log = low > 0.0 && high / low >= LOG_FROM_RATIO;
        let (from, to) = if log {
            (libm::log(low), libm::log(high))
        } else {
            (low, high)
        };
        // What differs by rounding alone is flat.
        let margin = if to - from > 1e-9 * from.abs().max(to.abs()) {
            (to - from) * MARGIN
        } else if low == 0.0 {
            1.0
        } else {
            low.abs() * MARGIN
        };
        let (from, to) = (from - margin, to + margin);
        let (low, high) = if log {
            (libm::exp(from), libm::exp(to))
        } else {
            (from, to)
        };
        // Values at the ends of the numbers leave no room for a margin, nor for a difference.
        let least = if log {
            f64::MIN_POSITIVE
        } else {
            f64::MIN / 4.0
        };
        Self {
            low: low.max(least),
            high: high.min(f64::MAX / 4.0),
            log,
            height,
        }
    }

    /// A linear scale from `low` to 0, for losses.
    pub(crate) fn below_zero(low: f64, height: f64) -> Self {
        let low = if low < 0.0 { low } else { -0.01 };
        Self {
            low: low * (1.0 + MARGIN),
            high: 0.0,
            log: false,
            height,
        }
    }

    /// Whether it is logarithmic.
    pub(crate) const fn is_log(&self) -> bool {
        self.log
    }

    /// Its lowest and highest value.
    pub(crate) const fn domain(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Whether a value lies on it.
    pub(crate) fn shows(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Pixels from the top, within the plot.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let part = if self.log {
            let low = libm::log(self.low);
            (libm::log(value.max(self.low)) - low) / (libm::log(self.high) - low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        ((1.0 - part) * self.height).clamp(0.0, self.height)
    }

    /// Round values within the scale, about `count` of them, ascending, and their text.
    pub(crate) fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        let count = count.max(1) as f64;
        if self.log {
            let ticks = self.log_ticks(count as usize);
            if ticks.len() >= 2 {
                return ticks;
            }
        }
        let step = round_step((self.high - self.low) / count);
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        let mut ticks = Vec::new();
        let mut place = first;
        while place <= last && ticks.len() < 50 {
            // Multiples, not sums: no drift.
            ticks.push(place * step);
            place += 1.0;
        }
        let decimals = (-number::exponent(step) + i32::from(is_quarter(step))).max(0);
        ticks
            .into_iter()
            .map(|value| (value, label(value, decimals as usize)))
            .collect()
    }

    fn log_ticks(&self, count: usize) -> Vec<(f64, String)> {
        let (from, to) = (number::exponent(self.low), number::exponent(self.high));
        // From the finest set to the coarsest, the first that is not too dense.
        for steps in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
            let values: Vec<f64> = (from..=to)
                .flat_map(|decade| steps.iter().map(move |step| (step, decade)))
                .map(|(step, decade)| power_of_ten(*step, decade))
                .filter(|&value| self.shows(value))
                .collect();
            if values.len() <= count + 2 {
                return labelled(&values);
            }
        }
        let every = ((to - from) as usize / count.max(1)) + 1;
        let values: Vec<f64> = (from..=to)
            .step_by(every)
            .map(|decade| power_of_ten(1.0, decade))
            .filter(|&value| self.shows(value))
            .collect();
        labelled(&values)
    }
}

fn labelled(values: &[f64]) -> Vec<(f64, String)> {
    values
        .iter()
        .map(|&value| {
            (
                value,
                label(value, (-number::exponent(value)).max(0) as usize),
            )
        })
        .collect()
}

/// `step x 10^decade`, correctly rounded, through text.
fn power_of_ten(step: f64, decade: i32) -> f64 {
    format!("{step}e{decade}").parse().unwrap_or(step)
}

/// The first of 1, 2, 2.5, 5 times a power of ten that is about `least` or above.
fn round_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let decade = number::exponent(least);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|step| power_of_ten(step, decade))
        .find(|&step| step >= least * 0.75)
        .unwrap_or(least)
}

fn is_quarter(step: f64) -> bool {
    format!("{step:e}").starts_with("2.5e")
}

/// A value beside its line: short, whatever its size.
fn label(value: f64, decimals: usize) -> String {
    let size = value.abs();
    for (from, unit) in [(1e12, "T"), (1e9, "B"), (1e6, "M")] {
        if (from..1e15).contains(&size) {
            let scaled = value / from;
            return format!("{}{unit}", number::quantity((scaled * 1e3).round() / 1e3));
        }
    }
    if decimals > 6 || size >= 1e15 {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!(
            "{}e{exponent}",
            mantissa.trim_end_matches('0').trim_end_matches('.')
        )
    } else {
        number::grouped(value, decimals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: &Scale, count: usize) -> Vec<String> {
        scale
            .ticks(count)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn ticks_are_round() {
        for (values, count, expected) in [
            (
                &[95_000.0, 131_000.0][..],
                4,
                &["100,000", "110,000", "120,000", "130,000"][..],
            ),
            (&[0.0, 1.0], 4, &["0.00", "0.25", "0.50", "0.75", "1.00"]),
            (&[-0.3, 0.1], 4, &["-0.3", "-0.2", "-0.1", "0.0", "0.1"]),
            (&[1.0, 1000.0], 4, &["1", "10", "100", "1,000"]),
            (&[0.002, 0.03], 5, &["0.002", "0.005", "0.01", "0.02"]),
            (&[2e6, 3e6], 2, &["2M", "2.5M", "3M"]),
            (&[1e-9, 3e-9], 2, &["1e-9", "2e-9", "3e-9"]),
        ] {
            assert_eq!(
                texts(&Scale::of(values.iter().copied(), 100.0), count),
                expected
            );
        }
    }

    #[test]
    fn every_scale_has_room_and_order() {
        for values in [
            &[][..],
            &[0.0],
            &[5.0],
            &[-5.0],
            &[f64::NAN, f64::INFINITY],
            &[f64::MIN, f64::MAX],
            &[f64::MIN_POSITIVE, f64::MAX],
            &[1.0, 1.0 + f64::EPSILON],
            &[1.0, 1e9],
        ] {
            let scale = Scale::of(values.iter().copied(), 100.0);
            let (low, high) = scale.domain();
            assert!(
                low < high && low.is_finite() && high.is_finite(),
                "{values:?}: {scale:?}"
            );
            assert!(scale.y(high) <= scale.y(low), "{values:?}");
            assert!(scale.ticks(5).len() < 50, "{values:?}");
            for value in values.iter().filter(|value| value.is_finite()) {
                assert!((0.0..=100.0).contains(&scale.y(*value)), "{values:?}");
            }
        }
    }

    #[test]
    fn wide_ranges_are_logarithmic() {
        assert!(!Scale::of([1.0, 7.9], 100.0).is_log());
        let scale = Scale::of([1.0, 100.0], 100.0);
        assert!(scale.is_log());
        assert!(
            (scale.y(10.0) - 50.0).abs() < 1e-9,
            "equal ratios, equal distances"
        );
        assert!(!Scale::of([-1.0, 100.0], 100.0).is_log());
    }
}
