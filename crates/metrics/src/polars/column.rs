//! Columns of a frame as slices: returns, names, dates.

use std::borrow::Cow;

use polars_core::prelude::{Column, DataFrame, DataType, StringChunked, TimeUnit};

use super::FrameError;

/// The column with this name.
pub(super) fn named<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column, FrameError> {
    frame.column(name).map_err(|_| FrameError::NoColumn {
        wanted: name.to_owned(),
        columns: frame
            .columns()
            .iter()
            .map(|column| column.name().to_string())
            .collect(),
    })
}

/// The numbers of a column, NaN for null. Borrowed if they are doubles in one chunk without a null.
pub(super) fn returns(column: &Column) -> Result<Cow<'_, [f64]>, FrameError> {
    let series = column.as_materialized_series();
    if let Ok(doubles) = series.f64() {
        return Ok(match doubles.cont_slice() {
            Ok(values) => Cow::Borrowed(values),
            Err(_) => doubles
                .iter()
                .map(|value| value.unwrap_or(f64::NAN))
                .collect(),
        });
    }
    if let Ok(singles) = series.f32() {
        let wide = |value: Option<f32>| value.map_or(f64::NAN, f64::from);
        return Ok(singles.iter().map(wide).collect());
    }
    match series.dtype() {
        // A column of nothing but nulls, whose type nobody knows.
        DataType::Null => Ok(vec![f64::NAN; series.len()].into()),
        dtype => Err(FrameError::NotReturns {
            column: column.name().to_string(),
            dtype: dtype.to_string(),
        }),
    }
}

/// The texts of a column of names, none of them null.
pub(super) fn names(column: &Column) -> Result<Cow<'_, StringChunked>, FrameError> {
    let series = column.as_materialized_series();
    let dtype = series.dtype();
    let no_names = || FrameError::NotNames {
        column: column.name().to_string(),
        dtype: dtype.to_string(),
    };
    let names =
        dtype.is_string() || dtype.is_integer() || dtype.is_categorical() || dtype.is_enum();
    if !names {
        return Err(no_names());
    }
    require_no_null(column)?;
    if let Ok(texts) = series.str() {
        return Ok(Cow::Borrowed(texts));
    }
    let texts = series.cast(&DataType::String).map_err(|_| no_names())?;
    texts
        .str()
        .map(|texts| Cow::Owned(texts.clone()))
        .map_err(|_| no_names())
}

/// Dates as they are stored, in units of their own.
#[derive(Debug)]
pub(super) struct Times {
    stored: Vec<i64>,
    unit: Unit,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    Days,
    Of(TimeUnit),
}

impl Times {
    /// The dates of a column, none of them null.
    pub(super) fn of(column: &Column) -> Result<Self, FrameError> {
        let series = column.as_materialized_series();
        let unit = match series.dtype() {
            DataType::Date => Unit::Days,
            DataType::Datetime(unit, _) => Unit::Of(*unit),
            dtype => {
                return Err(FrameError::NotDates {
                    column: column.name().to_string(),
                    dtype: dtype.to_string(),
                });
            }
        };
        require_no_null(column)?;
        let physical = series.to_physical_repr();
        let stored = match (physical.i32(), physical.i64()) {
            (Ok(days), _) => days.iter().flatten().map(i64::from).collect(),
            (_, Ok(times)) => times.iter().flatten().collect(),
            // Dates are stored as one of the two.
            _ => Vec::new(),
        };
        Ok(Self { stored, unit })
    }

    /// The order of some rows in time: `None` if they stand in it.
    ///
    /// # Errors
    /// [`FrameError::SameDate`].
    pub(super) fn order(&self, rows: &[usize]) -> Result<Option<Vec<usize>>, FrameError> {
        let time = |row: usize| self.stored[row];
        if rows.windows(2).all(|pair| time(pair[0]) < time(pair[1])) {
            return Ok(None);
        }
        let mut ordered = rows.to_vec();
        ordered.sort_by_key(|&row| time(row));
        match ordered
            .windows(2)
            .find(|pair| time(pair[0]) == time(pair[1]))
        {
            Some(pair) => Err(FrameError::SameDate {
                first: pair[0],
                second: pair[1],
            }),
            None => Ok(Some(ordered)),
        }
    }

    /// When the first of these ordered rows began, if all took equally long, and when the last ended: microseconds
    /// since 1970.
    pub(super) fn span(&self, rows: &[usize]) -> Option<(Option<i64>, i64)> {
        let time = |row: usize| self.micros(self.stored[row]);
        let (&first, &last) = (rows.first()?, rows.last()?);
        let mut steps = rows
            .windows(2)
            .map(|pair| time(pair[1]).saturating_sub(time(pair[0])));
        let step = steps
            .next()
            .filter(|&step| steps.all(|other| other == step));
        let from = step.and_then(|step| time(first).checked_sub(step));
        Some((from, time(last)))
    }

    fn micros(&self, stored: i64) -> i64 {
        match self.unit {
            Unit::Days => stored.saturating_mul(86_400_000_000),
            Unit::Of(TimeUnit::Milliseconds) => stored.saturating_mul(1_000),
            Unit::Of(TimeUnit::Microseconds) => stored,
            Unit::Of(TimeUnit::Nanoseconds) => stored.div_euclid(1_000),
        }
    }
}

fn require_no_null(column: &Column) -> Result<(), FrameError> {
    if column.null_count() == 0 {
        return Ok(());
    }
    let nulls = column.as_materialized_series().is_null();
    Err(FrameError::Null {
        column: column.name().to_string(),
        row: nulls
            .iter()
            .position(|null| null == Some(true))
            .unwrap_or(0),
    })
}
