//! Whether a file holds its series side by side, or one below the other.
//!
//! ```text
//! wide                long
//! time  A     B       time  name  value
//! 1     0.5   0.25    1     A     0.5
//! 2           -0.5    1     B     0.25
//!                     2     B     -0.5
//! ```
//! Long is a file whose columns beside the time are one of text and one of numbers. A column of a CSV file is text if
//! its first rows hold texts and neither numbers nor times: one wrong cell does not turn numbers into names. A typed
//! column is text by its type, but that texts which all read as numbers are numbers where another column holds names.

use std::path::Path;

use super::{
    cell::{Cell, is_missing},
    problem::{ImportError, Problems},
    sheet::Sheet,
};

/// The columns of a long file, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Long {
    pub(crate) time: usize,
    pub(crate) name: usize,
    pub(crate) value: usize,
}

/// At most so many cells are looked at, and so many rows.
const CELLS: u64 = 100_000;
const ROWS: u64 = 1_000;

/// What was seen in a column.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    texts: bool,
    numbers: bool,
    times: bool,
}

/// The columns of a long file; `None` if the file is wide.
///
/// # Errors
/// Columns of text that fit neither form, and what reading the first rows says.
pub(crate) fn long(
    path: &Path,
    sheet: &Sheet,
    time: usize,
    delimiter: Option<u8>,
) -> Result<Option<Long>, ImportError> {
    let series: Vec<usize> = (0..sheet.columns.len()).filter(|&at| at != time).collect();
    if series.iter().all(|&at| sheet.is_text(at) == Some(false)) {
        return Ok(None);
    }
    let seen = look(path, &series, delimiter)?;
    let (mut texts, mut digits, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (&at, seen) in series.iter().zip(&seen) {
        let typed = sheet.is_text(at) == Some(true);
        match *seen {
            Seen {
                texts: true,
                numbers: false,
                times: false,
            } => texts.push(at),
            Seen {
                numbers: true,
                times: false,
                ..
            } if typed => digits.push(at),
            _ => numbers.push(at),
        }
    }
    if texts.is_empty() && digits.len() == 1 && numbers.len() == 1 {
        texts = digits;
    } else {
        numbers.extend(digits);
    }
    let titles = |columns: &[usize]| -> Vec<String> {
        let titles = columns.iter().map(|&at| sheet.columns[at].clone());
        titles.collect()
    };
    match (&texts[..], &numbers[..]) {
        (&[name], &[value]) => Ok(Some(Long { time, name, value })),
        // Texts alone: each of them is named as no number.
        ([], _) | ([_], []) => Ok(None),
        _ => Err(ImportError::TextColumns {
            file: sheet.file.clone(),
            texts: titles(&texts),
            numbers: titles(&numbers),
        }),
    }
}

/// What the first rows hold.
fn look(path: &Path, series: &[usize], delimiter: Option<u8>) -> Result<Vec<Seen>, ImportError> {
    let rows = (CELLS / series.len().max(1) as u64).clamp(20, ROWS);
    let mut seen = vec![Seen::default(); series.len()];
    let sheet = Sheet::open(path, delimiter)?.first(rows);
    // Problems are reported by the reading of the whole file.
    let mut ignored = Problems::new(0);
    sheet.read(series, &mut ignored, &mut |_, cells, _| {
        for (seen, cell) in seen.iter_mut().zip(cells) {
            match cell {
                Cell::Missing => {}
                Cell::Text(text) if is_missing(text.trim()) => {}
                Cell::Text(_) if matches!(cell.number(), Ok(Some(_))) => seen.numbers = true,
                Cell::Text(_) if matches!(cell.time(), Ok(Some(_))) => seen.times = true,
                Cell::Text(_) => seen.texts = true,
                _ => seen.numbers = true,
            }
        }
    })?;
    Ok(seen)
}
