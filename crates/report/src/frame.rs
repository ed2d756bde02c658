//! What every page shares: the document, its style and script, the head with its source, the foot.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The head of a page.
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) source: &'a str,
    pub(crate) simulated: bool,
    pub(crate) links: &'a [(String, String)],
    /// Label and anchor of each section.
    pub(crate) sections: &'a [(&'a str, &'a str)],
}

/// A whole document.
pub(crate) fn document(head: &Head<'_>, body: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title {
                    @if head.simulated { "[simulated] " }
                    (head.title) " \u{b7} highwater"
                }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header.top {
                    div.bar {
                        span.brand { (wave()) "highwater" }
                        nav aria-label="Sections" {
                            @for (label, anchor) in head.sections { a href={ "#" (anchor) } { (label) } }
                        }
                        button #theme type="button" hidden { "Dark" }
                    }
                }
                main {
                    div.title {
                        h1 { (head.title) }
                        @if !head.subtitle.is_empty() { p.subtitle { (head.subtitle) } }
                        p.source {
                            "Source: " b { (head.source) }
                            @if head.simulated { " " span.badge { "Simulated data" } }
                        }
                        @if !head.links.is_empty() {
                            p.links {
                                @for (label, path) in head.links.iter().filter(|(_, path)| is_relative(path)) {
                                    a href=(path) { (label) }
                                }
                            }
                        }
                    }
                    @if head.simulated {
                        p.simulated role="note" {
                            strong { "Simulated market." }
                            " Every price, signal and metric on this page comes from a simulation. No real token, vendor or trade is behind it."
                        }
                    }
                    (body)
                }
                footer { "Made by highwater. One file, nothing loaded from elsewhere. All times are UTC." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// Whether a path leads nowhere but to a neighbour of this page.
fn is_relative(path: &str) -> bool {
    !path.contains(':') && !path.starts_with('/') && !path.starts_with('\\')
}

/// The mark: a line of price, and the high-water line above it.
fn wave() -> Markup {
    html! {
        svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" {
            path.mark-high d="M1 9h5v-5h13" {}
            path.mark-low d="M1 17c3 0 3-6 6-6s3 4 6 4 3-6 6-6" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_neighbours_alone() {
        for path in ["backtest.html", "tokens/btc.html", "#top", "../index.html"] {
            assert!(is_relative(path), "{path}");
        }
        for path in [
            "javascript:alert(1)",
            "//elsewhere",
            "/etc",
            "file:///x",
            "\\\\x",
        ] {
            assert!(!is_relative(path), "{path}");
        }
    }
}
