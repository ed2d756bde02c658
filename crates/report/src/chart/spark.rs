//! A word-sized line of prices.

use maud::{Markup, html};

use crate::chart::{axis::TimeAxis, line::Path, scale::Scale, thin};

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 26.0;

/// Units per pixel: whole units are fine enough.
const FINE: f64 = 10.0;

/// Points that stay of a long line.
const COLUMNS: usize = 60;

/// The line, with its first and last value in words.
pub(crate) fn line(times: &[highwater_market::Timestamp], values: &[f64], words: &str) -> Markup {
    let count = times.len().min(values.len());
    let axis = TimeAxis::of(times[..count].iter().copied());
    let scale = Scale::of(values[..count].iter().copied(), HEIGHT);
    let mut path = Path::default();
    for stretch in thin::stretches(count, COLUMNS) {
        // The last of each stretch: the line ends where the price is.
        let index = stretch.end - 1;
        let y = if values[index].is_finite() {
            scale.y(values[index]) * FINE
        } else {
            f64::NAN
        };
        path.to(axis.part(times[index]) * WIDTH * FINE, y);
    }
    html! {
        svg.spark width=(WIDTH) height=(HEIGHT) viewBox={ "0 0 " (WIDTH * FINE) " " (HEIGHT * FINE) } role="img" {
            title { (words) }
            path.price d=(path.finish()) {}
        }
    }
}
