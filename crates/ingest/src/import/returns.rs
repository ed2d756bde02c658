//! Return series of a user's own, from CSV or Parquet.

use std::path::Path;

use highwater_market::{Answer, Period, Row, Scope, Source, Timestamp, TokenId, Value, tables};

use super::{
    bars::{ImportOptions, order, time},
    columns::{self, TIME},
    problem::{Fault, ImportError, Problems},
    sheet::Sheet,
};

/// Return series that share their times.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnsFile {
    /// One instant a row, ascending.
    pub times: Vec<Timestamp>,
    /// Name and values of each series, as long as `times`. NaN is a missing observation; 0.01 is one percent.
    pub columns: Vec<(String, Vec<f64>)>,
}

impl ReturnsFile {
    /// One of the series as daily returns of a token, for the lake; `None` if there is no such column. Missing
    /// observations are left out.
    pub fn answer(
        &self,
        column: &str,
        source: Source,
        token: TokenId,
        observed_at: Timestamp,
    ) -> Option<Answer> {
        let (_, values) = self.columns.iter().find(|(name, _)| name == column)?;
        let rows = self
            .times
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_nan())
            .map(|(&event_time, &value)| Row {
                event_time,
                values: vec![Value::Float(value)],
                extra: None,
            });
        Some(Answer {
            table: &tables::RETURNS,
            source,
            scope: Scope::Token(token),
            asked: Period::new(*self.times.first()?, *self.times.last()?).ok(),
            observed_at,
            whole: true,
            rows: rows.collect(),
        })
    }
}

/// Read return series from a CSV or Parquet file: a time column, and every other column a series.
///
/// An empty cell is a missing observation. Rows out of order and times that stand twice are errors.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file.
pub fn read_returns(path: impl AsRef<Path>) -> Result<ReturnsFile, ImportError> {
    read_returns_with(path, &ImportOptions::default())
}

/// As [`read_returns`]; of the options, `columns.time`, `delimiter`, `sort` and `problem_limit` matter.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file.
pub fn read_returns_with(
    path: impl AsRef<Path>,
    options: &ImportOptions,
) -> Result<ReturnsFile, ImportError> {
    let sheet = Sheet::open(path.as_ref(), options.delimiter)?;
    let file = sheet.file.clone();
    let chosen = options.columns.time.as_deref();
    let time_column = columns::require(&file, &sheet.columns, TIME, chosen)?;
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
        let values = cells[1..].iter().zip(&titles[1..]).map(|(cell, title)| {
            let fault = match cell.number() {
                Ok(None) => return f64::NAN,
                Ok(Some(value)) if value.is_finite() => return value,
                Ok(Some(value)) => Fault::NotFinite { value },
                Err(text) => Fault::NotANumber { text },
            };
            problems.push(place, Some(title), fault);
            f64::NAN
        });
        let values: Vec<f64> = values.collect();
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
        |(time, _)| *time,
        &mut problems,
    );
    problems.verdict(&file)?;

    let times = read.iter().map(|(_, (time, _))| *time).collect();
    let series = titles.into_iter().skip(1).enumerate();
    let columns = series
        .map(|(index, title)| {
            let values = read.iter().map(|(_, (_, values))| values[index]).collect();
            (title, values)
        })
        .collect();
    Ok(ReturnsFile { times, columns })
}
