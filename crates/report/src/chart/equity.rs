//! Equity of the chosen run between its scenarios, and the drawdown below.

use maud::{Markup, html};

use crate::{
    chart::{
        axis::TimeAxis,
        plot::{down, reading, series, stretched, time_lines, value_lines},
        scale::Scale,
    },
    number,
    page::{Page, Run},
};

const EQUITY_HEIGHT: f64 = 280.0;
const DRAWDOWN_HEIGHT: f64 = 110.0;

/// Drawdown at every instant: the loss from the highest equity so far, the money at the start included; 0 or below.
/// A peak that is not above 0 has none.
pub(crate) fn drawdowns(run: &Run) -> Vec<f64> {
    let mut peak = run.initial;
    run.equity
        .iter()
        .map(|&value| {
            peak = peak.max(value);
            if peak > 0.0 && value.is_finite() {
                value / peak - 1.0
            } else {
                0.0
            }
        })
        .collect()
}

/// The charts, or a sentence if there is no equity.
pub(crate) fn chart(page: &Page) -> Markup {
    let chosen = &page.chosen;
    if chosen.equity.is_empty() || chosen.times.is_empty() {
        return html! { p.empty { "No equity: the run has no bars." } };
    }
    // The scenarios lie behind the chosen run.
    let lines: Vec<(&str, &str, &Run)> = [
        ("pessimistic", "pessimistic", page.pessimistic.as_ref()),
        ("optimistic", "optimistic", page.optimistic.as_ref()),
        ("chosen", "chosen", Some(chosen)),
    ]
    .into_iter()
    .filter_map(|(class, name, run)| Some((class, name, run?)))
    // A scenario that is the chosen run over again would hide it.
    .filter(|(class, _, run)| {
        *class == "chosen" || (!run.equity.is_empty() && !run.is_same(chosen))
    })
    .collect();
    let axis = TimeAxis::of(
        lines
            .iter()
            .flat_map(|(_, _, run)| run.times.iter().copied()),
    );
    let scale = Scale::of(
        lines
            .iter()
            .flat_map(|(_, _, run)| run.equity.iter().copied()),
        EQUITY_HEIGHT,
    );
    let losses = drawdowns(chosen);
    let deepest = losses
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(b.1))
        .map_or(0, |(index, _)| index);
    let loss_scale = Scale::below_zero(losses[deepest], DRAWDOWN_HEIGHT);
    let loss_line = series(&chosen.times, &losses, axis, &loss_scale);
    // The area between the line and zero: closed along the top edge.
    let (first, last) = (
        axis.part(chosen.times[0]),
        axis.part(chosen.times[chosen.times.len() - 1]),
    );
    let loss_area = format!(
        "{loss_line}L{:.0} 0L{:.0} 0z",
        last * crate::chart::WIDTH,
        first * crate::chart::WIDTH
    );
    let deepest_at = chosen.times[deepest.min(chosen.times.len() - 1)];
    html! {
        p.legend {
            @for (class, name, run) in lines.iter().rev() {
                span.key {
                    svg width="26" height="14" aria-hidden="true" { line x1="0" x2="26" y1="7" y2="7" class=(class) {} }
                    (name)
                    " " b { (number::money(run.end)) }
                }
            }
            @for (name, run) in [("optimistic", &page.optimistic), ("pessimistic", &page.pessimistic)] {
                @if run.as_ref().is_some_and(|run| run.is_same(chosen)) {
                    span.key { (name) ": as chosen" }
                }
            }
            @if scale.is_log() { span.key.muted { "log scale" } }
        }
        figure.plot data-read=(reading(axis, &scale, "chosen")) {
            svg.outer width="100%" height=(EQUITY_HEIGHT + 4.0) role="img" {
                title { "Equity over time" }
                (time_lines(axis, EQUITY_HEIGHT, false))
                (value_lines(&scale, 5, |_, text| text.to_owned()))
                (stretched(EQUITY_HEIGHT, html! {
                    @for (class, _, run) in &lines {
                        path class=(class) d=(series(&run.times, &run.equity, axis, &scale)) {}
                    }
                }))
            }
        }
        h3 { "Drawdown of the chosen run" }
        figure.plot data-read=(reading(axis, &loss_scale, "loss")) {
            svg.outer width="100%" height=(DRAWDOWN_HEIGHT + 24.0) role="img" {
                title { "Drawdown over time" }
                (time_lines(axis, DRAWDOWN_HEIGHT, true))
                (value_lines(&loss_scale, 3, |value, _| percent_label(value)))
                (stretched(DRAWDOWN_HEIGHT, html! {
                    path.loss-area d=(loss_area) {}
                    path.loss d=(loss_line) {}
                }))
                @if losses[deepest] < 0.0 {
                    @let part = axis.part(deepest_at);
                    @let y = down(loss_scale.y(losses[deepest]));
                    circle.deepest cx=(crate::chart::plot::across(part)) cy=(y) r="3.5" {}
                    text.note x=(crate::chart::plot::across(part)) y=(y)
                        dx=(if part > 0.7 { "-8" } else { "8" }) dy="-3"
                        text-anchor=(if part > 0.7 { "end" } else { "start" }) {
                        (number::percent(losses[deepest])) " on " (deepest_at.date())
                    }
                }
            }
        }
    }
}

/// Percent without needless decimals.
fn percent_label(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let rounded = (percent * 100.0).round() / 100.0;
    format!("{}%", if rounded == 0.0 { 0.0 } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawdown_is_the_loss_from_the_highest_so_far() {
        for (initial, equity, expected, why) in [
            (100.0, &[][..], &[][..], "nothing"),
            (
                100.0,
                &[128.0, 96.0, 150.0],
                &[0.0, -0.25, 0.0],
                "lost and won back",
            ),
            (100.0, &[75.0], &[-0.25], "lost at once"),
            (0.0, &[0.0, -5.0], &[0.0, 0.0], "no peak above zero"),
            (100.0, &[f64::NAN, 50.0], &[0.0, -0.5], "a gap is no loss"),
        ] {
            let run = Run {
                initial,
                equity: equity.to_vec(),
                ..Run::default()
            };
            assert_eq!(drawdowns(&run), expected, "{why}");
        }
    }
}
