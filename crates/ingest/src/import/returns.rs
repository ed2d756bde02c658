//! Return series of a user's own, from CSV or Parquet: side by side in columns, or one below the other.

use std::{path::Path, sync::Arc};

use highwater_market::{Answer, Period, Row, Scope, Source, Timestamp, TokenId, Value, tables};

use super::{
    bars::{ImportOptions, order, time},
    cell::Cell,
    columns::{self, TIME},
    form, long_columns, long_rows,
    problem::{Fault, ImportError, Place, Problems},
    sheet::Sheet,
};

/// A series of returns or prices. Series that stand at the same times share them.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnSeries {
    /// The title of its column, or its name in the column of names.
    pub name: String,
    /// Microseconds since 1970, UTC, strictly ascending: one a value.
    pub times: Arc<[i64]>,
    /// As long as `times`. NaN is a missing observation; 0.01 is one percent.
    pub values: Vec<f64>,
}

impl ReturnSeries {
    /// The instant of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn time(&self, row: usize) -> Timestamp {
        Timestamp::from_micros(self.times[row])
    }

    /// The series as daily returns of a token, for the lake. Missing observations are left out.
    pub fn answer(&self, source: Source, token: TokenId, observed_at: Timestamp) -> Answer {
        let rows = self
            .times
            .iter()
            .zip(&self.values)
            .filter(|(_, value)| !value.is_nan())
            .map(|(&micros, &value)| Row {
                event_time: Timestamp::from_micros(micros),
                values: vec![Value::Float(value)],
                extra: None,
            });
        let asked = match (self.times.first(), self.times.last()) {
            (Some(&first), Some(&last)) => {
                Period::new(Timestamp::from_micros(first), Timestamp::from_micros(last)).ok()
            }
            _ => None,
        };
        Answer {
            table: &tables::RETURNS,
            source,
            scope: Scope::Token(token),
            asked,
            observed_at,
            whole: true,
            rows: rows.collect(),
        }
    }
}

/// Read return series from a CSV or Parquet file, in the order of the file.
///
/// A wide file has a time column, and every other column is a series. A long file has a time column, one column of
/// text that names the series, and one of numbers; its series may have different times, and their rows may stand in
/// any order of series. At least one series is returned.
///
/// An empty cell is a missing observation. Rows of a series out of order, and times that stand twice in it, are errors.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file.
pub fn read_returns(path: impl AsRef<Path>) -> Result<Vec<ReturnSeries>, ImportError> {
    read_returns_with(path, &ImportOptions::default())
}

/// As [`read_returns`]; of the options, `columns.time`, `delimiter`, `sort` and `problem_limit` matter.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file.
pub fn read_returns_with(
    path: impl AsRef<Path>,
    options: &ImportOptions,
) -> Result<Vec<ReturnSeries>, ImportError> {
    let path = path.as_ref();
    let sheet = Sheet::open(path, options.delimiter)?;
    let chosen = options.columns.time.as_deref();
    let time_column = columns::require(&sheet.file, &sheet.columns, TIME, chosen)?;
    let Some(long) = form::long(path, &sheet, time_column, options.delimiter)? else {
        return wide(sheet, time_column, options);
    };
    let typed = sheet.is_text(long.name).is_some();
    if typed && let Some(series) = long_columns::read(path, &sheet.file, long)? {
        return Ok(series);
    }
    match long_rows::read(sheet, long, typed, options)? {
        Some(series) => Ok(series),
        // Numbers among the names: what looked like names are wrong cells of a series.
        None => wide(Sheet::open(path, options.delimiter)?, time_column, options),
    }
}

/// Every column beside the time is a series.
fn wide(
    sheet: Sheet,
    time_column: usize,
    options: &ImportOptions,
) -> Result<Vec<ReturnSeries>, ImportError> {
    let file = sheet.file.clone();
    let mut wanted = vec![time_column];
    wanted.extend((0..sheet.columns.len()).filter(|&position| position != time_column));
    if wanted.len() == 1 {
        return Err(ImportError::MissingColumn {
            file,
            wanted: "returns beside the time".to_owned(),
            found: sheet.columns,
        });
    }
    let titles: Vec<String> = wanted.iter().map(|&at| sheet.columns[at].clone()).collect();
    for (at, title) in titles.iter().enumerate() {
        if titles[..at].contains(title) {
            return Err(ImportError::SameColumn {
                file,
                column: title.clone(),
            });
        }
    }

    let mut problems = Problems::new(options.problem_limit);
    let mut read = Vec::new();
    let rows = sheet.read(&wanted, &mut problems, &mut |place, cells, problems| {
        let time = time(place, cells[0], &titles[0], problems);
        let values = cells[1..].iter().zip(&titles[1..]);
        let values: Vec<f64> = values
            .map(|(&cell, title)| value(place, cell, title, problems))
            .collect();
        if let Some(time) = time {
            read.push((place, (time, values)));
        }
    })?;
    if rows == 0 {
        return Err(ImportError::Empty { file });
    }
    order(
        &mut read,
        options.sort,
        &titles[0],
        None,
        |(time, _)| *time,
        &mut problems,
    );
    problems.verdict(&file)?;

    let times: Arc<[i64]> = read.iter().map(|(_, (time, _))| time.micros()).collect();
    let series = titles.into_iter().skip(1).enumerate();
    Ok(series
        .map(|(index, name)| ReturnSeries {
            name,
            times: times.clone(),
            values: read.iter().map(|(_, (_, values))| values[index]).collect(),
        })
        .collect())
}

/// The value of a cell, NaN if missing, or with the cell reported.
pub(super) fn value(place: Place, cell: Cell<'_>, title: &str, problems: &mut Problems) -> f64 {
    let fault = match cell.number() {
        Ok(None) => return f64::NAN,
        Ok(Some(value)) if value.is_finite() => return value,
        Ok(Some(value)) => Fault::NotFinite { value },
        Err(text) => Fault::NotANumber { text },
    };
    problems.push(place, Some(title), fault);
    f64::NAN
}
