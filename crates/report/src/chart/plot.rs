//! What every plot shares: its frame, its lines and their text.

use maud::{Markup, html};

use crate::chart::{PER_PIXEL, WIDTH, axis::TimeAxis, line::Path, scale::Scale, thin};

/// A horizontal place as percent of the plot, for the `x` of an element.
pub(crate) fn across(part: f64) -> String {
    format!("{}%", short(part * 100.0, 2))
}

/// A vertical place in pixels, for the `y` of an element.
pub(crate) fn down(y: f64) -> String {
    short(y, 1)
}

/// At most so many decimals, and no zeros behind.
fn short(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// The inner SVG that stretches: `paths` in units of [`WIDTH`] x [`PER_PIXEL`].
pub(crate) fn stretched(height: f64, paths: Markup) -> Markup {
    html! {
        svg.stretched width="100%" height=(height) viewBox={ "0 0 " (WIDTH) " " (height * PER_PIXEL) } preserveAspectRatio="none" {
            (paths)
        }
    }
}

/// The lines and values of the vertical scale.
pub(crate) fn value_lines(
    scale: &Scale,
    count: usize,
    unit: impl Fn(f64, &str) -> String,
) -> Markup {
    html! {
        @for (value, text) in scale.ticks(count) {
            @let y = down(scale.y(value));
            line.grid x1="0" x2="100%" y1=(y) y2=(y) {}
            text.value x="100%" dx="7" y=(y) dy=".35em" { (unit(value, &text)) }
        }
    }
}

/// The lines of the time axis over `height` pixels, and its text below, where `text` is wanted. Every other one is
/// left out on narrow screens.
pub(crate) fn time_lines(axis: TimeAxis, height: f64, text: bool) -> Markup {
    html! {
        @for (place, tick) in axis.ticks(8).into_iter().enumerate() {
            @let x = across(axis.part(tick.at));
            line.grid x1=(x) x2=(x) y1="0" y2=(height) {}
            @if text {
                // Text near an end would hang over it.
                @let part = axis.part(tick.at);
                @let anchor = if part < 0.04 { "start" } else if part > 0.96 { "end" } else { "middle" };
                text.time.minor[place % 2 == 1] x=(x) y=(height + 17.0) text-anchor=(anchor) { (tick.text) }
            }
        }
    }
}

/// The path of a series, thinned out if it is long.
pub(crate) fn series(
    times: &[highwater_market::Timestamp],
    values: &[f64],
    axis: TimeAxis,
    scale: &Scale,
) -> String {
    let count = times.len().min(values.len());
    let mut path = Path::default();
    for index in thin::thinned(&values[..count], |index| axis.part(times[index])) {
        let y = if values[index].is_finite() {
            scale.y(values[index]) * PER_PIXEL
        } else {
            f64::NAN
        };
        path.to(axis.part(times[index]) * WIDTH, y);
    }
    path.finish()
}

/// What the cross-hair needs to read values off a plot: the ends of both scales.
pub(crate) fn reading(axis: TimeAxis, scale: &Scale, name: &str) -> String {
    let (low, high) = scale.domain();
    format!(
        "{} {} {} {} {} {name}",
        axis.from().micros() / 1_000,
        axis.until().micros() / 1_000,
        low,
        high,
        if scale.is_log() { "log" } else { "linear" },
    )
}
