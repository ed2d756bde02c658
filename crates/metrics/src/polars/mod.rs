//! Series of returns in frames of polars (feature `polars`).
//!
//! A wide frame has a column a series; a long one a row for each return, with the name of its series beside it. Both
//! are read into [`Returns`], where the shape has been checked, and measured from there. Nulls are missing rows, as NaN
//! is, and counted. Doubles that lie in one chunk without a null are read where they lie; anything else is copied once.
//!
//! The feature builds `polars-core` 0.55 alone, without polars' lazy engine, expressions or readers: its
//! [`DataFrame`] is the `polars::prelude::DataFrame` of polars 0.55.
//!
//! ```
//! use highwater_metrics::{Convention, Selection, Undefined};
//! use highwater_metrics::polars::{LongColumns, Returns};
//! use polars_core::df;
//!
//! let crypto = Convention::crypto();
//! let daily = crypto.periods_per_year(1.0).unwrap();
//!
//! // One column a series.
//! let wide = df!("BTC" => [Some(0.5), Some(-0.5), None], "ETH" => [Some(0.0), Some(0.25), Some(-0.5)]).unwrap();
//! let returns = Returns::wide(&wide, None).unwrap();
//! let found = returns.summaries(&crypto, daily);
//! assert_eq!(returns.names(), ["BTC", "ETH"]);
//! assert_eq!((found[0].observations, found[0].skipped), (2, 1));
//! assert_eq!(found[1].max_drawdown, Ok(-0.5));
//!
//! // One row a return.
//! let long = df!(
//!     "coin" => ["BTC", "ETH", "BTC", "ETH", "ETH"],
//!     "day_return" => [0.5, 0.0, -0.5, 0.25, -0.5],
//! ).unwrap();
//! let columns = LongColumns { name: "coin", returns: "day_return", date: None };
//! let returns = Returns::long(&long, columns).unwrap();
//! assert_eq!(returns.summaries(&crypto, daily)[1], found[1]);
//!
//! // A frame out: one row a series, null where a metric is undefined.
//! let chosen = Selection::named(["total_return", "sharpe", "omega"]).unwrap();
//! let table = returns.table(&chosen, &crypto, daily).unwrap();
//! assert_eq!(table.shape(), (2, 6));
//! assert_eq!(table.column("total_return").unwrap().f64().unwrap().get(0), Some(-0.25));
//! ```

mod column;
mod error;
mod long;
mod table;

use std::borrow::Cow;

use polars_core::prelude::DataFrame;

use self::column::Times;
pub use self::{error::FrameError, long::LongColumns, table::table};
use crate::{
    Convention, Dates, Inputs, Measured, PeriodsPerYear, Selection, Summary, measure_all_inputs,
    summaries_between,
};

/// Named series of returns, as a frame holds them.
#[derive(Clone, Debug)]
pub struct Returns<'a> {
    names: Vec<String>,
    series: Vec<Row<'a>>,
}

/// One series.
#[derive(Clone, Debug)]
struct Row<'a> {
    returns: Cow<'a, [f64]>,
    /// When the first return began, if that is known, and when the last ended: microseconds since 1970.
    span: Option<(Option<i64>, i64)>,
}

impl<'a> Returns<'a> {
    /// Every column is a series, except the one with the dates, if there is one. Dates put the rows in order.
    ///
    /// # Errors
    /// [`FrameError`] if a column holds no floating-point numbers, or the dates are missing, null or not different.
    pub fn wide(frame: &'a DataFrame, date: Option<&str>) -> Result<Self, FrameError> {
        let rows: Vec<usize> = (0..frame.height()).collect();
        let times = date
            .map(|date| column::named(frame, date).and_then(Times::of))
            .transpose()?;
        let order = match &times {
            Some(times) => times.order(&rows)?,
            None => None,
        };
        let span = times
            .as_ref()
            .and_then(|times| times.span(order.as_deref().unwrap_or(&rows)));
        let mut found = Self::empty();
        for column in frame.columns() {
            if date == Some(column.name().as_str()) {
                continue;
            }
            let mut returns = column::returns(column)?;
            if let Some(order) = &order {
                returns = order.iter().map(|&row| returns[row]).collect();
            }
            found.add(column.name().to_string(), returns, span);
        }
        Ok(found)
    }

    /// The rows of a name are a series. Series come in the order in which their names first appear, the returns of a
    /// series in the order of their rows, or of their dates if there are dates. Names need not be sorted; where they
    /// are, nothing is copied.
    ///
    /// # Errors
    /// [`FrameError`] if a column is missing or of another type, a name or date is null, or a series has two returns
    /// of the same date.
    pub fn long(frame: &'a DataFrame, columns: LongColumns<'_>) -> Result<Self, FrameError> {
        long::read(frame, columns)
    }

    fn empty() -> Self {
        Self {
            names: Vec::new(),
            series: Vec::new(),
        }
    }

    fn add(&mut self, name: String, returns: Cow<'a, [f64]>, span: Option<(Option<i64>, i64)>) {
        self.names.push(name);
        self.series.push(Row { returns, span });
    }

    /// Says when the first return of every series began: the close before it, in microseconds since 1970.
    ///
    /// A convention that counts years by the calendar needs it. Dates that are evenly spaced tell it themselves: each
    /// return takes as long as the next. Business days and months do not. Without a column of dates nothing changes.
    #[must_use]
    pub fn since(mut self, from: i64) -> Self {
        for (known, _) in self.series.iter_mut().filter_map(|row| row.span.as_mut()) {
            *known = Some(from);
        }
        self
    }

    /// The names of the series.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The returns of the series with this name, NaN where one is missing.
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        let at = self.names.iter().position(|known| known == name)?;
        Some(&self.series[at].returns)
    }

    /// What [`measure_inputs`](crate::measure_inputs) takes, a series each: the place to add a benchmark or trials.
    pub fn inputs(&self) -> Vec<Inputs<'_>> {
        self.series
            .iter()
            .map(|row| Inputs {
                dates: row.dates(),
                ..Inputs::of(&row.returns)
            })
            .collect()
    }

    /// One [`Summary`] a series, computed in parallel. Each has the bytes of [`summary`](crate::summary) of its slice.
    pub fn summaries(&self, convention: &Convention, per_year: PeriodsPerYear) -> Vec<Summary> {
        let series: Vec<_> = self
            .series
            .iter()
            .map(|row| (&*row.returns, row.dates()))
            .collect();
        summaries_between(&series, convention, per_year)
    }

    /// The selected metrics of each series, with the reason where one has no value. In parallel.
    pub fn measure(
        &self,
        selection: &Selection,
        convention: &Convention,
        per_year: PeriodsPerYear,
    ) -> Vec<Measured> {
        measure_all_inputs(&self.inputs(), selection, convention, per_year)
    }

    /// The selected metrics as a frame: see [`table()`].
    ///
    /// # Errors
    /// Polars' own, if a metric is selected twice.
    pub fn table(
        &self,
        selection: &Selection,
        convention: &Convention,
        per_year: PeriodsPerYear,
    ) -> polars_core::error::PolarsResult<DataFrame> {
        let measured = self.measure(selection, convention, per_year);
        table(&self.names, selection, &measured)
    }
}

impl Row<'_> {
    fn dates(&self) -> Option<Dates> {
        let (from, until) = self.span?;
        Some(Dates { from: from?, until })
    }
}
