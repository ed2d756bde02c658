//! The page of many tokens: their metrics by window, and their price in a line.

use highwater_market::Timestamp;
use maud::{Markup, PreEscaped, html};

use crate::{
    backtest_page::metric_cell,
    chart::spark,
    frame::{Head, document},
    number,
    page::Shown,
};

/// Everything on the page of many tokens.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What it shows, in a line.
    pub title: String,
    /// More about it. May be empty.
    pub subtitle: String,
    /// Where the data come from.
    pub source: String,
    /// Whether the data are simulated.
    pub simulated: bool,
    /// The convention of all metrics in a line.
    pub convention: String,
    /// The metrics, in the order of the columns.
    pub columns: Vec<MetricColumn>,
    /// One table per window, in the order of the page.
    pub windows: Vec<Window>,
    /// How much of the history was first seen after the fact, from 0 to 1; `None` if that is not known.
    pub backfilled: Option<f64>,
    /// Whatever else a reader must know, one sentence each.
    pub remarks: Vec<String>,
    /// Other pages, by label and relative path.
    pub links: Vec<(String, String)>,
}

/// A metric as a column.
#[derive(Clone, Debug)]
pub struct MetricColumn {
    /// Its name for people, short.
    pub title: String,
    /// How it is defined, in a line.
    pub note: String,
    /// How its values are shown.
    pub unit: Shown,
}

/// A window and its tokens.
#[derive(Clone, Debug)]
pub struct Window {
    /// Its name: `90d`, `all`.
    pub name: String,
    /// One row per token.
    pub rows: Vec<TokenRow>,
}

/// A token in a window.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Its symbol.
    pub symbol: String,
    /// Its name, and what else tells it from others under the same symbol.
    pub name: String,
    /// Instants of its closes within the window, ascending.
    pub times: Vec<Timestamp>,
    /// Its closes.
    pub closes: Vec<f64>,
    /// A value per column, or in words why there is none.
    pub values: Vec<Result<f64, String>>,
}

/// One self-contained HTML page: the same overview gives the same bytes.
pub fn render_overview(overview: &Overview) -> String {
    let sections = [("Metrics", "metrics"), ("Definitions", "definitions")];
    let head = Head {
        title: &overview.title,
        subtitle: &overview.subtitle,
        source: &overview.source,
        simulated: overview.simulated,
        links: &overview.links,
        sections: &sections,
    };
    document(
        &head,
        html! {
            section #metrics {
                h2 { "Metrics by token" }
                p.about { "Convention: " (overview.convention) }
                @if let Some(backfilled) = overview.backfilled {
                    p.about {
                        (number::percent(backfilled))
                        " of the history was backfilled: first seen after its day. What the source may have changed before then is invisible."
                    }
                }
                @for remark in &overview.remarks { p.about { (remark) } }
                @if overview.windows.is_empty() {
                    p.empty { "No token has prices." }
                } @else {
                    (windows(overview))
                }
            }
            section #definitions {
                h2 { "Definitions" }
                div.wide {
                    table {
                        thead { tr { th scope="col" { "Metric" } th scope="col" { "Unit" } th scope="col" { "Definition" } } }
                        tbody {
                            @for column in &overview.columns {
                                tr { th scope="row" { (column.title) } td { (column.unit.unit()) } td.note { (column.note) } }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// Tabs that need no script: the checked input shows its table.
fn windows(overview: &Overview) -> Markup {
    let rules: String = (1..=overview.windows.len())
        .map(|place| format!("#w{place}:checked~#p{place}{{display:block}}"))
        .collect();
    html! {
        style { (PreEscaped(rules)) }
        div.tabs {
            @for (place, window) in overview.windows.iter().enumerate() {
                input type="radio" name="window" id={ "w" (place + 1) } checked[place == 0];
                label for={ "w" (place + 1) } { (window.name) }
            }
            @for (place, window) in overview.windows.iter().enumerate() {
                div.panel id={ "p" (place + 1) } {
                    h3 { "Window: " (window.name) }
                    (table(&overview.columns, &window.rows))
                }
            }
        }
    }
}

fn table(columns: &[MetricColumn], rows: &[TokenRow]) -> Markup {
    html! {
        div.wide {
            table.sortable.tokens {
                thead { tr {
                    th scope="col" { "Token" }
                    th.plain scope="col" { "Price" }
                    th.number scope="col" { "Last" }
                    @for column in columns { th.number scope="col" title=(column.note) { (column.title) } }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (row.symbol) small title=(row.name) { (row.name) } }
                            td { (spark::line(&row.times, &row.closes, &words(row))) }
                            td.number { (row.closes.last().map_or(number::NONE.to_owned(), |last| number::price(*last))) }
                            @for (column, value) in columns.iter().zip(&row.values) {
                                (short_cell(column.unit, value))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A value; where there is none the reason stands in the cell, short, and in full as its title.
fn short_cell(unit: Shown, value: &Result<f64, String>) -> Markup {
    match value {
        Ok(_) => metric_cell(unit, value),
        Err(reason) => {
            html! { td.undefined title={ "undefined: " (reason) } { "undefined" small { (reason) } } }
        }
    }
}

fn words(row: &TokenRow) -> String {
    match (
        row.closes.first(),
        row.closes.last(),
        row.times.first(),
        row.times.last(),
    ) {
        (Some(first), Some(last), Some(from), Some(until)) => format!(
            "{} on {} to {} on {}",
            number::price(*first),
            from.date(),
            number::price(*last),
            until.date()
        ),
        _ => "no prices".to_owned(),
    }
}
