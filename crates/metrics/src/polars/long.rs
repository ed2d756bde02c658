//! Long frames: the rows of each name, gathered.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use polars_core::prelude::{DataFrame, StringChunked};

use super::{FrameError, Returns, column, column::Times};

/// Which columns of a long frame hold what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongColumns<'a> {
    /// Names of series: texts, categories or integers.
    pub name: &'a str,
    /// Returns: f64 or f32.
    pub returns: &'a str,
    /// When each return ended, a date or a datetime; if given, a series is in its order.
    pub date: Option<&'a str>,
}

/// Neighbouring rows of one name.
struct Run<'a> {
    name: &'a str,
    rows: Range<usize>,
}

pub(super) fn read<'a>(
    frame: &'a DataFrame,
    columns: LongColumns<'_>,
) -> Result<Returns<'a>, FrameError> {
    let names = column::names(column::named(frame, columns.name)?)?;
    let returns = column::returns(column::named(frame, columns.returns)?)?;
    let times = columns
        .date
        .map(|date| column::named(frame, date).and_then(Times::of))
        .transpose()?;

    let mut found = Returns::empty();
    for runs in by_name(runs(&names)) {
        let rows: Vec<usize> = match &times {
            None if runs.len() == 1 => Vec::new(),
            _ => runs.iter().flat_map(|run| run.rows.clone()).collect(),
        };
        let order = match &times {
            Some(times) => times.order(&rows)?,
            None => None,
        };
        let (rows, moved) = match order {
            Some(order) => (order, true),
            None => (rows, false),
        };
        let gathered = match (&returns, &runs[..]) {
            (Cow::Borrowed(all), [run]) if !moved => Cow::Borrowed(&all[run.rows.clone()]),
            (all, [run]) if !moved => Cow::Owned(all[run.rows.clone()].to_vec()),
            (all, _) => rows.iter().map(|&row| all[row]).collect(),
        };
        let span = times.as_ref().and_then(|times| times.span(&rows));
        found.add(runs[0].name.to_owned(), gathered, span);
    }
    Ok(found)
}

/// The runs of names, in their order. There are no nulls.
fn runs(names: &StringChunked) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (row, name) in names.iter().flatten().enumerate() {
        match runs.last_mut() {
            Some(last) if last.name == name => last.rows.end = row + 1,
            _ => runs.push(Run {
                name,
                rows: row..row + 1,
            }),
        }
    }
    runs
}

/// The runs of each name, names in the order in which they first appear.
fn by_name(runs: Vec<Run<'_>>) -> Vec<Vec<Run<'_>>> {
    let mut places = HashMap::new();
    let mut gathered: Vec<Vec<Run<'_>>> = Vec::new();
    for run in runs {
        let place = *places.entry(run.name).or_insert(gathered.len());
        if place == gathered.len() {
            gathered.push(Vec::new());
        }
        gathered[place].push(run);
    }
    gathered
}
