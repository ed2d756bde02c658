//! A long file, row by row: of any kind, in any order, with the place of each problem.

use std::{collections::HashMap, sync::Arc};

use highwater_market::Timestamp;

use super::{
    bars::{ImportOptions, order, time},
    cell::Cell,
    form::Long,
    problem::{Fault, ImportError, Place, Problems},
    returns::{ReturnSeries, value},
    sheet::Sheet,
};

type Rows = Vec<(Place, (Timestamp, f64))>;

/// The series of a long file; `None` if some name is a number in a file whose columns have no types.
pub(super) fn read(
    sheet: Sheet,
    long: Long,
    typed: bool,
    options: &ImportOptions,
) -> Result<Option<Vec<ReturnSeries>>, ImportError> {
    let file = sheet.file.clone();
    let wanted = [long.time, long.name, long.value];
    let titles = wanted.map(|at| sheet.columns[at].clone());
    let mut problems = Problems::new(options.problem_limit);
    let mut series: Vec<(String, Rows)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut numbers = false;
    let rows = sheet.read(&wanted, &mut problems, &mut |place, cells, problems| {
        numbers |= !typed && matches!(cells[1].number(), Ok(Some(number)) if number.is_finite());
        let time = time(place, cells[0], &titles[0], problems);
        let name = name(place, cells[1], &titles[1], problems);
        let value = value(place, cells[2], &titles[2], problems);
        let (Some(time), Some(name)) = (time, name) else {
            return;
        };
        let at = known.get(name).copied().unwrap_or_else(|| {
            series.push((name.to_owned(), Vec::new()));
            known.insert(name.to_owned(), series.len() - 1);
            series.len() - 1
        });
        series[at].1.push((place, (time, value)));
    })?;
    if rows == 0 {
        return Err(ImportError::Empty { file });
    }
    if numbers {
        return Ok(None);
    }
    for (name, rows) in &mut series {
        order(
            rows,
            options.sort,
            &titles[0],
            Some(name.as_str()),
            |(time, _)| *time,
            &mut problems,
        );
    }
    problems.verdict(&file)?;
    let mut shared: Arc<[i64]> = Arc::from([]);
    let series = series.into_iter().map(|(name, rows)| {
        let times = rows.iter().map(|(_, (time, _))| time.micros());
        if !times.clone().eq(shared.iter().copied()) {
            shared = times.collect();
        }
        ReturnSeries {
            name,
            times: shared.clone(),
            values: rows.iter().map(|(_, (_, value))| *value).collect(),
        }
    });
    Ok(Some(series.collect()))
}

/// The name in a cell, without blanks around it, or `None` with the cell reported.
pub(super) fn name<'a>(
    place: Place,
    cell: Cell<'a>,
    title: &str,
    problems: &mut Problems,
) -> Option<&'a str> {
    let Cell::Text(text) = cell else {
        problems.push(place, Some(title), Fault::Missing);
        return None;
    };
    match named(text) {
        Some(name) => Some(name),
        None if text.trim().is_empty() => {
            problems.push(place, Some(title), Fault::Missing);
            None
        }
        None => {
            let text = text.to_owned();
            problems.push(place, Some(title), Fault::NoName { text });
            None
        }
    }
}

/// A text as the name of a series, without blanks around it; `None` if it is empty or cannot be printed.
pub(super) fn named(text: &str) -> Option<&str> {
    let name = text.trim();
    (!name.is_empty() && !name.chars().any(char::is_control)).then_some(name)
}
