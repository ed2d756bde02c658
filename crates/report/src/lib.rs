//! Results to one self-contained HTML page.
//!
//! [`render`] shows one backtest, [`render_overview`] the metrics of many tokens. A page is one file: no network, no
//! font, no script from elsewhere; it follows the reader's light or dark setting, fits narrow and wide screens, and
//! prints. It is a function of its input alone: no clock, no path, no order of a map: same input, same bytes. All
//! text is escaped.
//!
//! [`Page`] and [`Overview`] are plain values. [`Page::of_backtest`] fills one from a
//! [`Outcome`](highwater_backtest::Outcome), [`columns`] and [`cells`] from a [`Summary`](highwater_metrics::Summary).
//!
//! ```
//! use highwater_market::Timestamp;
//! use highwater_report::{Metrics, Page, Run, render};
//!
//! let day = |n| Timestamp::from_seconds(0).plus_days(n);
//! let page = Page {
//!     title: "Hold <nothing>".to_owned(),
//!     subtitle: String::new(),
//!     source: "simulated (seed 7)".to_owned(),
//!     simulated: true,
//!     chosen: Run { initial: 100.0, end: 101.0, times: vec![day(0), day(1)], equity: vec![100.0, 101.0], trades: 0 },
//!     pessimistic: None,
//!     optimistic: None,
//!     trades: vec![],
//!     assets: vec![],
//!     metrics: Metrics::default(),
//!     groups: vec![],
//!     range: None,
//!     kept_out: vec![],
//!     backfilled: Some(0.25),
//!     remarks: vec![],
//!     manifest: vec![("seed".to_owned(), "7".to_owned())],
//!     links: vec![],
//! };
//! let html = render(&page);
//! assert!(html.starts_with("<!DOCTYPE html>"));
//! assert!(html.contains("Hold &lt;nothing&gt;") && html.contains("Simulated data"));
//! ```

mod backtest_page;
mod chart;
mod frame;
mod from_backtest;
mod from_metrics;
mod group_tables;
mod number;
mod overview;
mod page;

pub use crate::{
    backtest_page::render,
    from_backtest::{Backtest, Charted},
    from_metrics::{cells, columns, convention_words, metric_rows},
    overview::{MetricColumn, Overview, TokenRow, Window, render_overview},
    page::{
        Asset, Exit, FewOutcomes, GroupRow, GroupTable, KeptOut, MetricRow, Metrics, Page,
        RandomRange, Run, Shown, Trade,
    },
};
