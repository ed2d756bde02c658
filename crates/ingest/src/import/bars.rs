//! Bars of a user's own, from CSV or Parquet.

use std::{collections::HashMap, path::Path};

use highwater_market::{
    Answer, BarFault, Period, PriceBar, Row, Scope, Source, Timeframe, Timestamp, TokenId, Value,
    tables,
};

use super::{
    cell::Cell,
    columns::{self, ColumnNames, OHLCV, TIME, VOLUME},
    grid,
    problem::{Fault, ImportError, Place, Problems},
    sheet::Sheet,
};

/// What becomes of a row whose values make no bar: a high below the low, a price of zero, a missing price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvalidBars {
    /// Nothing is imported: the file is to be corrected.
    #[default]
    Refuse,
    /// The rows are kept as they stand. A reader of the lake judges them later, leaves them out, and counts them.
    Keep,
}

/// How a file is read. The defaults are the strict ones.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The bars' timeframe; `None`: as their spacing says.
    pub timeframe: Option<Timeframe>,
    /// Columns with unusual names.
    pub columns: ColumnNames,
    /// The delimiter of a CSV file; `None`: found from its first line.
    pub delimiter: Option<u8>,
    /// Accept rows in any order and sort them by time. Otherwise a row out of order is an error.
    pub sort: bool,
    /// What becomes of rows that make no bar.
    pub invalid: InvalidBars,
    /// How many problems are reported one by one; the rest are counted.
    pub problem_limit: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            timeframe: None,
            columns: ColumnNames::default(),
            delimiter: None,
            sort: false,
            invalid: InvalidBars::Refuse,
            problem_limit: 20,
        }
    }
}

/// What a file of bars held.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The bars' timeframe.
    pub timeframe: Timeframe,
    /// All rows, ascending by time. A missing value is NaN; under [`InvalidBars::Keep`] some may be no bars.
    pub bars: Vec<PriceBar>,
    /// How many rows make no bar, by reason: none under [`InvalidBars::Refuse`].
    pub invalid: Vec<(BarFault, usize)>,
    /// Columns of the file that were not read.
    pub ignored_columns: Vec<String>,
    /// Whether the rows had to be sorted.
    pub was_sorted: bool,
}

impl Import {
    /// The first and last day with a bar.
    pub fn period(&self) -> Option<Period> {
        Period::new(self.bars.first()?.open_time, self.bars.last()?.open_time).ok()
    }

    /// The rows as an answer of `source` about one of its tokens, for the lake.
    pub fn answer(&self, source: Source, token: TokenId, observed_at: Timestamp) -> Answer {
        let rows = self.bars.iter().map(|bar| Row {
            event_time: bar.open_time,
            values: [bar.open, bar.high, bar.low, bar.close, bar.volume]
                .into_iter()
                .map(stored)
                .collect(),
            extra: None,
        });
        Answer {
            table: tables::bars(self.timeframe),
            source,
            scope: Scope::Token(token),
            asked: self.period(),
            observed_at,
            whole: true,
            rows: rows.collect(),
        }
    }
}

fn stored(number: f64) -> Value {
    if number.is_nan() {
        Value::Null
    } else {
        Value::Float(number)
    }
}

/// Read bars from a CSV or Parquet file. Nothing is stored: see [`crate::import_into`].
///
/// The file's kind is told from its content. Columns are found by their names (see [`ColumnNames`]), times read as
/// ISO 8601 or as a count since 1970. All problems are reported together, each with its row.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file.
pub fn import_bars(path: impl AsRef<Path>, options: &ImportOptions) -> Result<Import, ImportError> {
    let sheet = Sheet::open(path.as_ref(), options.delimiter)?;
    let file = sheet.file.clone();
    let names = &options.columns;
    let mut wanted = vec![columns::require(
        &file,
        &sheet.columns,
        TIME,
        names.time.as_deref(),
    )?];
    let chosen = [
        &names.open,
        &names.high,
        &names.low,
        &names.close,
        &names.volume,
    ];
    for (index, (role, chosen)) in OHLCV.into_iter().zip(chosen).enumerate() {
        let chosen = chosen.as_deref();
        if index == VOLUME {
            wanted.extend(columns::find(&file, &sheet.columns, role, chosen)?);
        } else {
            wanted.push(columns::require(&file, &sheet.columns, role, chosen)?);
        }
    }
    let titles: Vec<String> = wanted.iter().map(|&at| sheet.columns[at].clone()).collect();
    let ignored_columns = (0..sheet.columns.len())
        .filter(|position| !wanted.contains(position))
        .map(|position| sheet.columns[position].clone())
        .collect();

    let mut problems = Problems::new(options.problem_limit);
    let mut read = Vec::new();
    let rows = sheet.read(&wanted, &mut problems, &mut |place, cells, problems| {
        if let Some(bar) = bar(place, cells, &titles, problems) {
            if options.invalid == InvalidBars::Refuse
                && let Some(fault) = bar.fault()
            {
                let values = [bar.open, bar.high, bar.low, bar.close, bar.volume];
                problems.push(place, None, Fault::NoBar { fault, values });
            }
            read.push((place, bar));
        }
    })?;
    if rows == 0 {
        return Err(ImportError::Empty { file });
    }
    let was_sorted = order(
        &mut read,
        options.sort,
        &titles[0],
        None,
        |bar| bar.open_time,
        &mut problems,
    );
    // With rows missing or out of order the spacing says nothing: what is wrong so far is reported first.
    problems.verdict(&file)?;
    let (places, bars): (Vec<Place>, Vec<PriceBar>) = read.into_iter().unzip();
    let timeframe = grid::timeframe(&file, &bars, options.timeframe)?;

    let mut problems = Problems::new(options.problem_limit);
    for (place, bar) in places.iter().zip(&bars) {
        if !grid::on_grid(timeframe, bar.open_time) {
            let time = bar.open_time;
            problems.push(*place, Some(&titles[0]), Fault::OffGrid { time, timeframe });
        }
    }
    problems.verdict(&file)?;

    let mut invalid: HashMap<BarFault, usize> = HashMap::new();
    for fault in bars.iter().filter_map(PriceBar::fault) {
        *invalid.entry(fault).or_default() += 1;
    }
    let mut invalid: Vec<_> = invalid.into_iter().collect();
    invalid.sort_unstable();
    Ok(Import {
        timeframe,
        bars,
        invalid,
        ignored_columns,
        was_sorted,
    })
}

/// The bar of a row, or `None` with every unreadable cell reported.
fn bar(
    place: Place,
    cells: &[Cell<'_>],
    titles: &[String],
    problems: &mut Problems,
) -> Option<PriceBar> {
    let time = time(place, cells[0], &titles[0], problems);
    let mut values = [f64::NAN; 5];
    let mut readable = true;
    for ((value, cell), title) in values.iter_mut().zip(&cells[1..]).zip(&titles[1..]) {
        match cell.number() {
            Ok(number) => *value = number.unwrap_or(f64::NAN),
            Err(text) => {
                problems.push(place, Some(title), Fault::NotANumber { text });
                readable = false;
            }
        }
    }
    let [open, high, low, close, volume] = values;
    let open_time = time.filter(|_| readable)?;
    Some(PriceBar {
        open_time,
        open,
        high,
        low,
        close,
        volume,
    })
}

/// The time of a row, or `None` with the cell reported.
pub(super) fn time(
    place: Place,
    cell: Cell<'_>,
    title: &str,
    problems: &mut Problems,
) -> Option<Timestamp> {
    match cell.time() {
        Ok(Some(time)) => return Some(time),
        Ok(None) => problems.push(place, Some(title), Fault::Missing),
        Err(text) => problems.push(place, Some(title), Fault::NotATime { text }),
    }
    None
}

/// Bring rows into ascending order if that is allowed, and report what is out of order or twice there, as of a series
/// where a file holds several below each other. Returns whether they had to be sorted.
pub(super) fn order<T>(
    rows: &mut [(Place, T)],
    sort: bool,
    title: &str,
    series: Option<&str>,
    time: impl Fn(&T) -> Timestamp,
    problems: &mut Problems,
) -> bool {
    let ascending = rows.is_sorted_by_key(|(_, row)| time(row));
    if !ascending && !sort {
        for pair in rows.windows(2) {
            let (previous, now) = (time(&pair[0].1), time(&pair[1].1));
            if now < previous {
                let fault = Fault::Unsorted {
                    time: now,
                    previous,
                    series: series.map(str::to_owned),
                };
                problems.push(pair[1].0, Some(title), fault);
            }
        }
    }
    // In file order, so that the later row is the one reported.
    let mut seen: HashMap<Timestamp, u64> = HashMap::with_capacity(rows.len());
    for (place, row) in rows.iter() {
        let time = time(row);
        if let Some(&earlier) = seen.get(&time) {
            let series = series.map(str::to_owned);
            let fault = Fault::Duplicate {
                time,
                earlier,
                series,
            };
            problems.push(*place, Some(title), fault);
        } else {
            seen.insert(time, place.row);
        }
    }
    if !ascending && sort {
        rows.sort_by_key(|(_, row)| time(row));
        return true;
    }
    false
}
