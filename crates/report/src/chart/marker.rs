//! Marks on a chart: told apart by shape, named in words, never by colour alone.

use maud::{Markup, html};

use crate::page::Exit;

/// The shapes, once per page; every mark refers to one.
pub(crate) fn shapes() -> Markup {
    html! {
        svg.shapes width="0" height="0" aria-hidden="true" {
            defs {
                // Tips touch the price: an entry to a long points up at it from below, one to a short down from above.
                path #long d="M0 1l5.5 10h-11z" {}
                path #short d="M0-1l5.5-10h-11z" {}
                path #x-stop d="M-4-4l8 8m0-8l-8 8" {}
                path #x-target d="M0-5.5l5.5 5.5-5.5 5.5-5.5-5.5z" {}
                path #x-signal d="M-4-4h8v8h-8z" {}
                path #x-left d="M-5-5l5 5-5 5m5-10l5 5-5 5" {}
                path #x-time d="M-4.5-5h9l-9 10h9z" {}
                path #x-gone d="M-5.5 0h11m-5.5-5.5v11" {}
                path #x-end d="M4.5 0a4.5 4.5 0 1 1-9 0a4.5 4.5 0 1 1 9 0z" {}
                path #doubt d="M9 0a9 9 0 1 1-18 0a9 9 0 1 1 18 0z" {}
            }
        }
    }
}

/// The id of an exit's shape.
pub(crate) const fn exit_shape(exit: Exit) -> &'static str {
    match exit {
        Exit::Stop | Exit::StopGap => "#x-stop",
        Exit::Target | Exit::TargetGap => "#x-target",
        Exit::Signal => "#x-signal",
        Exit::LeftUniverse => "#x-left",
        Exit::Time => "#x-time",
        Exit::Liquidation => "#x-gone",
        Exit::End => "#x-end",
    }
}

/// One reason of every mark, in the order of the legend.
const MARKED: [Exit; 7] = [
    Exit::Stop,
    Exit::Target,
    Exit::Signal,
    Exit::LeftUniverse,
    Exit::Time,
    Exit::Liquidation,
    Exit::End,
];

/// What each shape means.
pub(crate) fn legend() -> Markup {
    let entry = |shape: &str, text: &str, y: &str| {
        html! {
            span.key { svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" { use href=(shape) class="entry" y=(y) {} } (text) }
        }
    };
    html! {
        p.legend {
            (entry("#long", "long entry", "-6"))
            (entry("#short", "short entry", "6"))
            @for exit in MARKED {
                span.key {
                    svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" { use href=(exit_shape(exit)) class="exit" {} }
                    "exit: " (exit.name())
                }
            }
            span.key {
                svg width="20" height="20" viewBox="-10 -10 20 20" aria-hidden="true" { use href="#doubt" class="doubt" {} }
                "doubtful"
            }
            span.key { svg width="22" height="14" aria-hidden="true" { line x1="0" x2="22" y1="7" y2="7" class="stop" {} } "stop at entry" }
            span.key { svg width="22" height="14" aria-hidden="true" { line x1="0" x2="22" y1="7" y2="7" class="target" {} } "target at entry" }
            span.key { svg width="22" height="14" aria-hidden="true" { line x1="0" x2="22" y1="7" y2="7" class="support" {} } "support" }
            span.key { svg width="22" height="14" aria-hidden="true" { line x1="0" x2="22" y1="7" y2="7" class="resistance" {} } "resistance" }
        }
    }
}
