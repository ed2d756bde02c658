//! Signals of a user's own, from CSV or Parquet: when, which token, which way, and from when that was known.

use std::{collections::BTreeMap, path::Path};

use highwater_market::{Known, Signal, SignalEvent, Timestamp};
use sha2::{Digest, Sha256};

use super::{
    bars::time,
    cell::Cell,
    columns::{self, KNOWN_AT, SIGNAL, SYMBOL, TIME},
    long_rows,
    problem::{Fault, ImportError, Place, Problems},
    sheet::Sheet,
};

/// So many problems are named.
const NAMED: usize = 10;

/// A file of signals, as read.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalFile {
    /// SHA-256 of the file's bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// How many rows it has.
    pub rows: usize,
    /// Per symbol, as the file writes it, the signals in the order in which they were known. Never empty.
    pub signals: BTreeMap<String, Vec<Known<Signal>>>,
}

/// Read signals from a CSV or Parquet file.
///
/// ```text
/// time        symbol  signal  known_at
/// 2025-04-10  BTC     1       2025-04-11T00:05:00Z     +1 or long, -1 or short: events
/// 2025-04-11  BTC     0       2025-04-12T00:05:00Z     0 or none: no news, and no exit
/// 2025-04-12  BTC     flat    2025-04-13T00:05:00Z     an event too: whatever is held ends
/// ```
/// A row is known from `known_at`; in a file without that column from its time plus `lag`, in microseconds. One of the
/// two must be there, and not both: when a signal was known decides what it is worth. Rows may stand in any order. Two
/// rows of one symbol and time are versions of one signal, if known from different moments.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file, by row and column.
pub fn read_signals(path: impl AsRef<Path>, lag: Option<i64>) -> Result<SignalFile, ImportError> {
    let path = path.as_ref();
    let sheet = Sheet::open(path, None)?;
    let file = sheet.file.clone();
    let find = |role| columns::require(&file, &sheet.columns, role, None);
    let mut wanted = vec![find(TIME)?, find(SYMBOL)?, find(SIGNAL)?];
    let known_at = columns::find(&file, &sheet.columns, KNOWN_AT, None)?;
    match (known_at, lag) {
        (None, None) => return Err(ImportError::NoPublication { file }),
        (Some(at), Some(_)) => {
            let column = sheet.columns[at].clone();
            return Err(ImportError::TwoPublications { file, column });
        }
        (known_at, _) => wanted.extend(known_at),
    }
    let titles: Vec<String> = wanted.iter().map(|&at| sheet.columns[at].clone()).collect();

    let mut problems = Problems::new(NAMED);
    let mut read: BTreeMap<String, Vec<(Place, Known<Signal>)>> = BTreeMap::new();
    let rows = sheet.read(&wanted, &mut problems, &mut |place, cells, problems| {
        let event_time = time(place, cells[0], &titles[0], problems);
        let symbol = long_rows::name(place, cells[1], &titles[1], problems);
        let event = event(place, cells[2], &titles[2], problems);
        let known_from = match (cells.get(3), lag) {
            (Some(&cell), _) => time(place, cell, &titles[3], problems),
            (None, lag) => event_time.map(|at| at.plus_micros(lag.unwrap_or_default())),
        };
        let (Some(event_time), Some(symbol), Some(event), Some(known_from)) =
            (event_time, symbol, event, known_from)
        else {
            return;
        };
        if known_from < event_time {
            let fault = Fault::KnownBefore {
                known_at: known_from,
                time: event_time,
            };
            problems.push(place, titles.get(3).map(String::as_str), fault);
            return;
        }
        let value = Signal { event, trend: None };
        let signal = Known {
            event_time,
            known_from,
            revision: false,
            value,
        };
        read.entry(symbol.to_owned())
            .or_default()
            .push((place, signal));
    })?;
    if rows == 0 {
        return Err(ImportError::Empty { file });
    }
    for (symbol, rows) in &mut read {
        versions(symbol, rows, &titles[0], &mut problems);
    }
    problems.verdict(&file)?;
    let signals = read.into_iter().map(|(symbol, rows)| {
        let mut signals: Vec<_> = rows.into_iter().map(|(_, signal)| signal).collect();
        signals.sort_by_key(|signal| (signal.known_from, signal.event_time));
        (symbol, signals)
    });
    Ok(SignalFile {
        sha256: sha256(path)?,
        rows: usize::try_from(rows).unwrap_or(usize::MAX),
        signals: signals.collect(),
    })
}

/// Order the rows of a symbol by time and moment, tell versions from duplicates, and report those.
fn versions(
    symbol: &str,
    rows: &mut [(Place, Known<Signal>)],
    title: &str,
    problems: &mut Problems,
) {
    // Stable: of two rows that are one, the later in the file is to blame.
    rows.sort_by_key(|(_, signal)| (signal.event_time, signal.known_from));
    for at in 1..rows.len() {
        let (earlier, before) = rows[at - 1];
        let (place, signal) = &mut rows[at];
        signal.revision = before.event_time == signal.event_time;
        if signal.revision && before.known_from == signal.known_from {
            let fault = Fault::Duplicate {
                time: signal.event_time,
                earlier: earlier.row,
                series: Some(symbol.to_owned()),
            };
            problems.push(*place, Some(title), fault);
        }
    }
}

/// What a cell says: `Some(None)` is no news. `None` with the cell reported.
fn event(
    place: Place,
    cell: Cell<'_>,
    title: &str,
    problems: &mut Problems,
) -> Option<Option<SignalEvent>> {
    let text = match cell {
        Cell::Text(text) => text.trim().to_lowercase(),
        _ => String::new(),
    };
    match (&text[..], cell.number()) {
        ("long", _) | (_, Ok(Some(1.0))) => Some(Some(SignalEvent::Long)),
        ("short", _) | (_, Ok(Some(-1.0))) => Some(Some(SignalEvent::Short)),
        ("flat", _) => Some(Some(SignalEvent::Flat)),
        ("none", _) => Some(None),
        (_, Ok(Some(0.0))) => Some(None),
        (_, Ok(None)) => {
            problems.push(place, Some(title), Fault::Missing);
            None
        }
        (_, found) => {
            let text = match found {
                Ok(number) => number.unwrap_or_default().to_string(),
                Err(text) => text,
            };
            problems.push(place, Some(title), Fault::NotASignal { text });
            None
        }
    }
}

/// SHA-256 of a file, as 64 hexadecimal digits.
///
/// # Errors
/// [`ImportError::Read`].
pub fn sha256(path: &Path) -> Result<String, ImportError> {
    let bytes = std::fs::read(path).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        source,
    })?;
    let digest = Sha256::digest(bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl SignalFile {
    /// The signals of a symbol known by a moment; none if the file does not name it.
    pub fn of(&self, symbol: &str, moment: Timestamp) -> Vec<Known<Signal>> {
        let signals = self.signals.get(symbol).into_iter().flatten();
        signals
            .filter(|signal| signal.known_from <= moment)
            .copied()
            .collect()
    }
}
