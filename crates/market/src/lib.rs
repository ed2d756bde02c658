//! The one vocabulary of highwater: everything that two crates must agree on is defined here, once.
//!
//! Nothing here reads a file, a clock or a network. A word means one thing:
//!
//! - a [`Token`] is an asset as one [`Source`] names it; symbols are not unique, ids are;
//! - [`Bars`] are valid, complete, ascending price bars, stamped at their open;
//! - a [`Level`] is a price where the market turned, a support below or a resistance above;
//! - a [`Signal`] is an event, a [`Trend`] a state;
//! - a [`Table`] says which columns the lake keeps, what its key is, and what its past is worth;
//! - an [`Answer`] is what a source said at a moment, a [`Known`] value what was known from when.
//!
//! ```
//! use highwater_market::{Timeframe, Timestamp};
//!
//! let open: Timestamp = "2025-04-10".parse().unwrap();
//! let close = open + Timeframe::D1;
//! assert_eq!(close.to_string(), "2025-04-11T00:00:00Z");
//! ```

mod answer;
mod bars;
mod grade;
mod known;
mod level;
mod period;
mod signal;
mod table;
mod time;
mod token;
mod units;

pub use crate::{
    answer::{Answer, Row, Scope, Value},
    bars::{BarFault, Bars, BarsError, Judged, PriceBar, judge},
    grade::{Grade, GradeError, GradeKind},
    known::{AsOf, Clock, Known, UnknownClock, latest_known},
    level::{Level, LevelBook, LevelSide},
    period::{Period, PeriodError},
    signal::{Direction, Signal, SignalEvent, Trend},
    table::{Column, Kind, Past, Scoped, Table, Unit},
    time::{Timeframe, TimeframeError, Timestamp, TimestampError},
    token::{Source, SourceError, Token, TokenId},
    units::{Bps, Fraction, Price, Quantity, UnitError},
};

pub mod tables {
    //! The tables of the lake, one constant each. [`ALL`] lists them.
    pub use crate::table::{
        ALL, BARS, COVERAGE, GRADES, HOURLY_SIGNALS, LEVELS, MOONSHOTS, QUANTMETRICS, RETURNS,
        SIGNALS, TOKENS, bars, by_name,
    };
}
