//! What can be wrong with a file, each with its place.

use std::{fmt, io, path::PathBuf};

use highwater_market::{BarFault, Timeframe, Timestamp};

/// Where in a file a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The data row, from 1: the header does not count.
    pub row: u64,
    /// The line of a text file, from 1: the header counts.
    pub line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "row {} (line {line})", self.row),
            None => write!(f, "row {}", self.row),
        }
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The cell holds no number.
    NotANumber {
        /// What it holds.
        text: String,
    },
    /// The cell holds no time.
    NotATime {
        /// What it holds.
        text: String,
    },
    /// The cell is empty.
    Missing,
    /// The number is infinite.
    NotFinite {
        /// What was read.
        value: f64,
    },
    /// The values are each readable and make no bar.
    NoBar {
        /// Why not.
        fault: BarFault,
        /// Open, high, low, close, volume; NaN where missing.
        values: [f64; 5],
    },
    /// The time stands in an earlier row too.
    Duplicate {
        /// The time.
        time: Timestamp,
        /// The earlier row.
        earlier: u64,
        /// Of which series, where the file holds several below each other.
        series: Option<String>,
    },
    /// The time lies before that of the row above, of the same series.
    Unsorted {
        /// The time.
        time: Timestamp,
        /// The time of the row above.
        previous: Timestamp,
        /// Of which series, where the file holds several below each other.
        series: Option<String>,
    },
    /// The cell should name a series, and its text cannot be printed as it is.
    NoName {
        /// What it holds.
        text: String,
    },
    /// The cell holds no signal.
    NotASignal {
        /// What it holds.
        text: String,
    },
    /// The row was known before the time that it speaks of.
    KnownBefore {
        /// From when it was known.
        known_at: Timestamp,
        /// Its time.
        time: Timestamp,
    },
    /// The row has more or fewer cells than the header.
    Ragged {
        /// Cells of the row.
        cells: usize,
        /// Cells of the header.
        header: usize,
    },
    /// The row holds bytes that are no UTF-8.
    NotUtf8,
    /// A cell in quotes runs over several lines.
    LineBreak,
    /// The time is not one at which a bar of the timeframe opens.
    OffGrid {
        /// The time.
        time: Timestamp,
        /// The timeframe of the import.
        timeframe: Timeframe,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber { text } => write!(f, "`{}` is not a number", brief(text)),
            Self::NotATime { text } => write!(
                f,
                "`{}` is not a time: ISO 8601, or a count since 1970 in s, ms, us or ns",
                brief(text)
            ),
            Self::Missing => f.write_str("the cell is empty"),
            Self::NotFinite { value } => write!(f, "{value} is not finite"),
            Self::NoBar { fault, values } => {
                write!(f, "{}", fault.describe())?;
                let names = ["open", "high", "low", "close", "volume"];
                for (at, (name, value)) in names.iter().zip(values).enumerate() {
                    f.write_str(if at == 0 { ": " } else { ", " })?;
                    if value.is_nan() {
                        write!(f, "{name} missing")?;
                    } else {
                        write!(f, "{name} {value}")?;
                    }
                }
                Ok(())
            }
            Self::Duplicate {
                time,
                earlier,
                series,
            } => {
                write!(f, "{time}{} stands in row {earlier} already", of(series))
            }
            Self::Unsorted {
                time,
                previous,
                series,
            } => {
                write!(f, "{time}{} comes after {previous}", of(series))
            }
            Self::NoName { text } => write!(
                f,
                "`{}` names no series: it holds control characters",
                brief(text).escape_debug()
            ),
            Self::NotASignal { text } => write!(
                f,
                "`{}` is not a signal: 1 or long, -1 or short, flat, 0 or none",
                brief(text)
            ),
            Self::KnownBefore { known_at, time } => write!(
                f,
                "known at {known_at}, which is before the time {time} that the row speaks of"
            ),
            Self::Ragged { cells, header } => {
                write!(f, "{cells} cells under a header of {header}")
            }
            Self::NotUtf8 => f.write_str("the text is not UTF-8"),
            Self::LineBreak => {
                f.write_str("a cell runs over several lines: a quote may not be closed")
            }
            Self::OffGrid { time, timeframe } => {
                let opens = match timeframe {
                    Timeframe::W1 => "Mondays 00:00 UTC".to_owned(),
                    Timeframe::D1 => "00:00 UTC".to_owned(),
                    shorter => format!("whole multiples of {shorter}, UTC"),
                };
                write!(
                    f,
                    "{time} opens no bar of {timeframe}: those open at {opens}"
                )
            }
        }
    }
}

fn of(series: &Option<String>) -> String {
    series
        .as_ref()
        .map_or_else(String::new, |name| format!(" of `{}`", brief(name)))
}

/// An offending value, short enough for a message.
fn brief(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("...".chars()).collect()
}

/// A fault and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which row.
    pub place: Place,
    /// Which column, where one is to blame.
    pub column: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)?;
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": {}", self.fault)
    }
}

/// Problems as they are found: the first few kept, all counted.
#[derive(Debug)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    count: u64,
    limit: usize,
}

impl Problems {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            found: Vec::new(),
            count: 0,
            limit,
        }
    }

    pub(crate) fn push(&mut self, place: Place, column: Option<&str>, fault: Fault) {
        self.count += 1;
        if self.found.len() < self.limit {
            self.found.push(Problem {
                place,
                column: column.map(str::to_owned),
                fault,
            });
        }
    }

    /// Nothing if there is none; else all that was found.
    pub(crate) fn verdict(self, file: &str) -> Result<(), ImportError> {
        if self.count == 0 {
            return Ok(());
        }
        Err(ImportError::Rows {
            file: file.to_owned(),
            count: self.count,
            problems: self.found,
        })
    }
}

/// Why a file was not imported. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{}: cannot be read", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has no rows.
    #[error("{file}: there are no rows in it")]
    Empty {
        /// Which file.
        file: String,
    },
    /// The first line holds values.
    #[error("{file}: the first line holds values, not column names: {}", .line.join(", "))]
    NoHeader {
        /// Which file.
        file: String,
        /// Its first line.
        line: Vec<String>,
    },
    /// The text is not UTF-8 where the columns are named.
    #[error("{file}, line 1: the text is not UTF-8")]
    HeaderNotUtf8 {
        /// Which file.
        file: String,
    },
    /// A column that is needed is not there.
    #[error("{file}: no column for {wanted}; found: {}", .found.join(", "))]
    MissingColumn {
        /// Which file.
        file: String,
        /// What was looked for.
        wanted: String,
        /// The file's columns.
        found: Vec<String>,
    },
    /// Several columns would do.
    #[error("{file}: several columns for {wanted}: {}", .found.join(", "))]
    AmbiguousColumn {
        /// Which file.
        file: String,
        /// What was looked for.
        wanted: &'static str,
        /// The columns that would do.
        found: Vec<String>,
    },
    /// Columns of text that do not make a file of one series below the other.
    #[error(
        "{file}: text in {}, numbers in {}: series stand side by side, a column of numbers each, or below each other, in one column of numbers beside one of names",
        list(.texts), list(.numbers)
    )]
    TextColumns {
        /// Which file.
        file: String,
        /// The columns of text.
        texts: Vec<String>,
        /// The columns of numbers.
        numbers: Vec<String>,
    },
    /// Two series carry one name.
    #[error("{file}: two columns are called `{column}`")]
    SameColumn {
        /// Which file.
        file: String,
        /// Their name.
        column: String,
    },
    /// A Parquet column has a type that holds neither numbers nor times nor texts.
    #[error("{file}, column `{column}`: values of type {kind} cannot be imported")]
    ColumnType {
        /// Which file.
        file: String,
        /// Which column.
        column: String,
        /// Its type, as Arrow names it.
        kind: String,
    },
    /// The file is damaged, or of a kind that is not read.
    #[error("{file}: {reason}")]
    Damaged {
        /// Which file.
        file: String,
        /// What the reader of the format said.
        reason: String,
    },
    /// Rows are wrong. The first problems stand here, each with its place.
    #[error("{file}: {}", summary(*.count, .problems))]
    Rows {
        /// Which file.
        file: String,
        /// How many problems there are.
        count: u64,
        /// The first of them.
        problems: Vec<Problem>,
    },
    /// The bars are not spaced as the timeframe says.
    #[error(
        "{file}: the bars are not of {asked}: they lie {} apart at the closest (rows {row} and {})",
        length(*.spacing_micros), .row + 1
    )]
    Spacing {
        /// Which file.
        file: String,
        /// The timeframe of the import.
        asked: Timeframe,
        /// The least distance of two bars, in microseconds.
        spacing_micros: i64,
        /// The first of those two, counted in order of time, from 1.
        row: usize,
    },
    /// No timeframe was given and the spacing names none.
    #[error("{file}: the timeframe cannot be told from the bars: {reason}")]
    NoTimeframe {
        /// Which file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// Several tokens of the source carry the symbol.
    #[error("{symbol} names several tokens of {origin}: ids {}", .ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    AmbiguousSymbol {
        /// The symbol.
        symbol: String,
        /// The source.
        origin: highwater_market::Source,
        /// Their ids.
        ids: Vec<highwater_market::TokenId>,
    },
    /// The text cannot be a symbol.
    #[error("{symbol:?} cannot be a symbol: {reason}")]
    NoSymbol {
        /// What was given.
        symbol: String,
        /// Why not.
        reason: &'static str,
    },
    /// Most bars differ from those that the lake holds for the same times, as those of another market would.
    #[error(
        "{file}: {differing} of the {overlapping} bars that the lake holds for these times as {token} have other prices: is this another market?"
    )]
    AnotherMarket {
        /// Which file.
        file: String,
        /// Whose bars the lake holds.
        token: Box<highwater_market::Token>,
        /// Times of which the lake and the file have a bar.
        overlapping: usize,
        /// Those of them at which the prices differ.
        differing: usize,
    },
    /// Nobody says when the signals were known.
    #[error(
        "{file}: nothing says when these signals were known: there is no column `known_at`, and no lag is declared"
    )]
    NoPublication {
        /// Which file.
        file: String,
    },
    /// Two say when the signals were known.
    #[error(
        "{file}: the column `{column}` says when these signals were known, and a lag is declared too"
    )]
    TwoPublications {
        /// Which file.
        file: String,
        /// The column.
        column: String,
    },
    /// Two returns fall on one day.
    #[error("{file}: several returns on {day}: the lake keeps one a day")]
    NotDaily {
        /// Which file.
        file: String,
        /// The day.
        day: String,
    },
    /// The lake refused.
    #[error(transparent)]
    Lake(#[from] highwater_lake::LakeError),
}

impl ImportError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Lake(error) => return error.hint(),
            Self::NoPublication { .. } => {
                "declare how long after its time a row was known, as in lag = \"1d\", or add a column `known_at`"
            }
            Self::TwoPublications { .. } => "leave out one of the two",
            Self::NotDaily { .. } => "compound the returns of each day first",
            Self::Read { .. } => "check the path and its permissions",
            Self::Empty { .. } => "export the file again",
            Self::NoHeader { .. } => {
                "put a line of column names on top: timestamp,open,high,low,close,volume"
            }
            Self::HeaderNotUtf8 { .. } => "save the file as UTF-8",
            Self::MissingColumn { .. } => {
                "name the column, as in `--column time=opened` or `--column close=adj_close`, or remove the lines above the header"
            }
            Self::AmbiguousColumn { .. } => {
                "name the column to use, as in `--column close=adj_close`"
            }
            Self::TextColumns { .. } => "leave out the columns that hold no series",
            Self::SameColumn { .. } => "give each series a name of its own",
            Self::ColumnType { .. } => "write the column as float64, or times as timestamp[us]",
            Self::Damaged { .. } => "export the file again, as CSV or Parquet",
            Self::Rows { problems, .. } => {
                let is_order = |problem: &Problem| matches!(problem.fault, Fault::Unsorted { .. });
                if !problems.is_empty() && problems.iter().all(is_order) {
                    "`--sort` sorts the rows by time"
                } else {
                    "correct the file: nothing of it was stored"
                }
            }
            Self::NoSymbol { .. } => "a symbol is a short name such as BTC",
            Self::AnotherMarket { .. } => {
                "give another market a name of its own: `--source binance`; if the file corrects the old one, say `--revise`: both versions are kept"
            }
            Self::Spacing { .. } => "give the timeframe that the bars have, as in `--timeframe 1h`",
            Self::NoTimeframe { .. } => "give the timeframe, as in `--timeframe 1d`",
            Self::AmbiguousSymbol { .. } => "import under another symbol or source",
        };
        hint.to_owned()
    }
}

/// Names of columns, the first few.
fn list(names: &[String]) -> String {
    const FEW: usize = 5;
    if names.is_empty() {
        return "no column".to_owned();
    }
    let first: Vec<String> = names
        .iter()
        .take(FEW)
        .map(|name| format!("`{name}`"))
        .collect();
    let mut text = first.join(", ");
    if names.len() > FEW {
        text.push_str(&format!(" and {} more", names.len() - FEW));
    }
    text
}

fn summary(count: u64, problems: &[Problem]) -> String {
    let mut text = match count {
        1 => "1 problem".to_owned(),
        _ => format!("{count} problems"),
    };
    for problem in problems {
        text.push_str(&format!("\n  {problem}"));
    }
    let rest = count - problems.len() as u64;
    if rest > 0 {
        text.push_str(&format!("\n  and {rest} more"));
    }
    text
}

/// A length of time for people: `1h`, `90m`, `36s`.
fn length(micros: i64) -> String {
    for (unit, name) in [
        (86_400_000_000, "d"),
        (3_600_000_000, "h"),
        (60_000_000, "m"),
        (1_000_000, "s"),
    ] {
        if micros >= unit && micros % unit == 0 {
            return format!("{}{name}", micros / unit);
        }
    }
    format!("{micros}us")
}
