//! Tabular results, and the four forms in which a command hands them out.
//!
//! A table on the terminal is rounded for people; CSV, JSON and Parquet carry full precision.

use std::{
    fmt::{self, Write as _},
    io,
    path::Path,
    sync::Arc,
};

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use highwater_market::Timestamp;
use serde_json::{Map, Number, Value};

use crate::{
    failure::{Failure, Outcome},
    terminal::{Terminal, harmless},
};

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table for people, rounded.
    Table,
    /// Comma-separated values, full precision.
    Csv,
    /// JSON, full precision.
    Json,
    /// Apache Parquet, full precision; into a file or a pipe, not onto a terminal.
    Parquet,
    /// A table in Markdown, rounded.
    Markdown,
}

impl Format {
    /// The form that the ending of a file's name says, if it says any.
    pub(crate) fn of_file_name(file: &Path) -> Option<Self> {
        let ending = file.extension()?.to_str()?.to_lowercase();
        match ending.as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "parquet" => Some(Self::Parquet),
            "md" => Some(Self::Markdown),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "a table",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Parquet => "Parquet",
            Self::Markdown => "Markdown",
        })
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    None,
    Text(String),
    Int(i64),
    Float(f64),
    /// A number that happens to be whole: shown without decimals, and a number like the others of its column.
    Whole(f64),
    /// A fraction: shown as a percentage in tables, as it is elsewhere.
    Fraction(f64),
    /// A fraction over a part of the stretch that its place names: marked for people.
    Partial(f64),
    Time(Timestamp),
    Bool(bool),
}

/// What a column of a typed sheet holds, whether or not it has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    Int,
    Float,
    Time,
    Bool,
}

impl Cell {
    pub(crate) fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    pub(crate) fn option<T>(value: Option<T>, cell: impl Fn(T) -> Self) -> Self {
        value.map_or(Self::None, cell)
    }

    /// As a table shows it.
    pub(crate) fn for_people(&self) -> String {
        match self {
            Self::None => "-".to_owned(),
            Self::Text(text) => harmless(text).into_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => rounded(*number),
            Self::Whole(number) => format!("{number:.0}"),
            Self::Fraction(number) => percent(*number),
            Self::Partial(number) => format!("{} *", percent(*number)),
            Self::Time(instant) => short_time(*instant),
            Self::Bool(true) => "yes".to_owned(),
            Self::Bool(false) => "no".to_owned(),
        }
    }

    fn exact(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Float(number)
            | Self::Whole(number)
            | Self::Fraction(number)
            | Self::Partial(number) => exact(*number),
            Self::Time(instant) => instant.to_string(),
            Self::Bool(truth) => truth.to_string(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Text(text) => Value::String(text.clone()),
            Self::Int(number) => Value::from(*number),
            Self::Float(number)
            | Self::Whole(number)
            | Self::Fraction(number)
            | Self::Partial(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Self::Time(instant) => Value::String(instant.to_string()),
            Self::Bool(truth) => Value::Bool(*truth),
        }
    }

    fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Int(_) | Self::Float(_) | Self::Whole(_) | Self::Fraction(_) | Self::Partial(_)
        )
    }
}

/// A number for machines: the shortest text that reads back as the same number.
pub(crate) fn exact(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-7..1e16).contains(&size) || !size.is_finite() {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// A percentage for people: as many decimals as the eye can use. What rounds to nothing has no sign.
pub(crate) fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let size = percent.abs();
    let shown = if size >= 1e12 {
        format!("{percent:.4e}")
    } else if size >= 10_000.0 {
        format!("{percent:.0}")
    } else if size < 0.005 {
        "0.00".to_owned()
    } else {
        format!("{percent:.2}")
    };
    format!("{shown} %")
}

/// A number for people: five significant digits, never in exponent form for prices in use.
pub(crate) fn rounded(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if !(1e-8..1e12).contains(&size) {
        format!("{number:.4e}")
    } else {
        let digits = 4 - size.log10().floor().clamp(-9.0, 4.0) as i32;
        format!("{number:.*}", digits.clamp(0, 12) as usize)
    }
}

/// A time for people, in UTC: the date alone if it is a midnight, else to the second.
pub(crate) fn short_time(instant: Timestamp) -> String {
    if instant.day() == instant {
        return instant.date();
    }
    let text = instant.to_string();
    match text.split_once('T') {
        Some((date, time)) => format!("{date} {}", time.get(..8).unwrap_or(time)),
        None => text,
    }
}

/// A table of results.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    columns: Vec<String>,
    /// Stated, so that a file has the same schema whatever its rows; else told from the rows.
    holds: Option<Vec<Holds>>,
    rows: Vec<Vec<Cell>>,
}

impl Sheet {
    pub(crate) fn new<const N: usize>(columns: [&str; N]) -> Self {
        Self::with_columns(columns.iter().map(|name| (*name).to_owned()).collect())
    }

    pub(crate) fn with_columns(columns: Vec<String>) -> Self {
        Self {
            columns,
            holds: None,
            rows: Vec::new(),
        }
    }

    /// A sheet whose columns hold what is stated.
    pub(crate) fn typed(columns: &[(&str, Holds)]) -> Self {
        Self {
            holds: Some(columns.iter().map(|(_, holds)| *holds).collect()),
            ..Self::with_columns(columns.iter().map(|(name, _)| (*name).to_owned()).collect())
        }
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "a cell for each column");
        self.rows.push(row);
    }

    /// Write in a format: to a file if one is named, else to standard output.
    pub(crate) fn write(
        &self,
        format: Format,
        output: Option<&Path>,
        terminal: &Terminal,
    ) -> Outcome {
        match format {
            Format::Table | Format::Markdown => Self::write_text(&[self], format, output, terminal),
            Format::Csv => terminal.data(output, &self.csv()?),
            Format::Json => {
                let rows: Vec<Value> = self.objects().map(Value::Object).collect();
                terminal.json(output, &Value::Array(rows))
            }
            Format::Parquet => {
                if output.is_none() && terminal.stdout_is_terminal() {
                    return Err(Failure::usage("Parquet is not for reading on a terminal")
                        .hint("send it to a file with `> FILE`, or pipe it on"));
                }
                terminal.data(output, &self.parquet()?)
            }
        }
    }

    /// Write sheets for people, one below the other.
    pub(crate) fn write_text(
        sheets: &[&Self],
        format: Format,
        output: Option<&Path>,
        terminal: &Terminal,
    ) -> Outcome {
        // Into a file or a pipe a table goes whole.
        let width = output.is_none().then(|| terminal.width()).flatten();
        let texts = sheets.iter().map(|sheet| match format {
            Format::Markdown => sheet.markdown(),
            _ => sheet.table_within(width.map(usize::from)),
        });
        let texts: Vec<String> = texts.collect();
        terminal.data(output, texts.join("\n").as_bytes())
    }

    fn objects(&self) -> impl Iterator<Item = Map<String, Value>> + '_ {
        self.rows.iter().map(|row| {
            self.columns
                .iter()
                .cloned()
                .zip(row.iter().map(Cell::json))
                .collect()
        })
    }

    /// The table for people, as wide as it is.
    pub(crate) fn table(&self) -> String {
        self.table_within(None)
    }

    /// How many columns, from the left, fit into a width; at least one.
    fn fitting(&self, width: usize) -> usize {
        let mut used = 0;
        let fits = (0..self.columns.len())
            .take_while(|&index| {
                let cells = self.rows.iter().map(|row| row[index].for_people());
                let widest = cells
                    .chain([self.columns[index].clone()])
                    .map(|text| text.chars().count())
                    .max();
                // A blank on each side, and one between columns.
                used += widest.unwrap_or(0) + 2 + usize::from(index > 0);
                used <= width
            })
            .count();
        fits.max(1)
    }

    /// The columns that fit into a width, none of them squeezed; a last line names those that do not.
    fn table_within(&self, width: Option<usize>) -> String {
        use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
        let shown = width.map_or(self.columns.len(), |width| self.fitting(width));
        let mut table = Table::new();
        table
            .load_style(TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─')))
            .set_content_arrangement(ContentArrangement::Disabled);
        // A column of numbers stands to the right, its heading with it.
        let alignments: Vec<_> = (0..shown)
            .map(|index| {
                if self.rows.iter().any(|row| row[index].is_number()) {
                    CellAlignment::Right
                } else {
                    CellAlignment::Left
                }
            })
            .collect();
        let aligned = |(index, text): (usize, String)| {
            comfy_table::Cell::new(text).set_alignment(alignments[index])
        };
        let header = self.columns.iter().take(shown);
        let header = header.map(|name| harmless(name).into_owned());
        table.set_header(header.enumerate().map(aligned));
        for row in &self.rows {
            let cells = row.iter().take(shown).map(Cell::for_people);
            table.add_row(cells.enumerate().map(aligned));
        }
        let mut text = String::new();
        for line in table.lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        if shown < self.columns.len() {
            let _ = writeln!(
                text,
                "  not shown in this width: {}",
                self.columns[shown..].join(", ")
            );
        }
        text
    }

    /// The table in Markdown: rounded as for people, columns of numbers to the right.
    fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| {
            let cells: Vec<String> = cells
                .map(|text| text.replace('|', "\\|").replace('\n', " "))
                .collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = line(&mut self.columns.iter().cloned());
        text += &line(&mut (0..self.columns.len()).map(|index| {
            let is_number = self.rows.iter().any(|row| row[index].is_number());
            if is_number { "---:" } else { "---" }.to_owned()
        }));
        for row in &self.rows {
            text += &line(&mut row.iter().map(Cell::for_people));
        }
        text
    }

    fn csv(&self) -> Outcome<Vec<u8>> {
        let broken = |error: csv::Error| Failure::usage(format!("cannot write CSV: {error}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns).map_err(broken)?;
        for row in &self.rows {
            writer
                .write_record(row.iter().map(Cell::exact))
                .map_err(broken)?;
        }
        writer
            .into_inner()
            .map_err(|error| Failure::usage(format!("cannot write CSV: {error}")))
    }

    fn held(&self, index: usize) -> Holds {
        if let Some(holds) = &self.holds {
            return holds[index];
        }
        let mut cells = self.rows.iter().map(|row| &row[index]);
        let mut holds = Holds::Int;
        for cell in &mut cells {
            holds = match (cell, holds) {
                (Cell::Text(_), _) => return Holds::Text,
                (Cell::Time(_), _) => Holds::Time,
                (Cell::Bool(_), _) => Holds::Bool,
                (
                    Cell::Float(_) | Cell::Whole(_) | Cell::Fraction(_) | Cell::Partial(_),
                    Holds::Int,
                ) => Holds::Float,
                _ => holds,
            };
        }
        holds
    }

    /// The sheet as a Parquet file.
    pub(crate) fn parquet(&self) -> Outcome<Vec<u8>> {
        let arrays = (0..self.columns.len()).map(|index| {
            let cells = self.rows.iter().map(|row| &row[index]);
            let array: ArrayRef = match self.held(index) {
                Holds::Text => Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
                    Cell::None => None,
                    other => Some(other.exact()),
                }))),
                Holds::Time => {
                    let times = cells.map(|cell| match cell {
                        Cell::Time(instant) => Some(instant.micros()),
                        _ => None,
                    });
                    Arc::new(TimestampMicrosecondArray::from_iter(times).with_timezone("UTC"))
                }
                Holds::Bool => Arc::new(BooleanArray::from_iter(cells.map(|cell| match cell {
                    Cell::Bool(truth) => Some(*truth),
                    _ => None,
                }))),
                Holds::Int => Arc::new(Int64Array::from_iter(cells.map(|cell| match cell {
                    Cell::Int(number) => Some(*number),
                    _ => None,
                }))),
                Holds::Float => Arc::new(Float64Array::from_iter(cells.map(|cell| match cell {
                    Cell::Float(number)
                    | Cell::Whole(number)
                    | Cell::Fraction(number)
                    | Cell::Partial(number) => Some(*number),
                    Cell::Int(number) => Some(*number as f64),
                    _ => None,
                }))),
            };
            (self.columns[index].as_str(), array, true)
        });
        let broken = |error: String| Failure::usage(format!("cannot write Parquet: {error}"));
        let batch = RecordBatch::try_from_iter_with_nullable(arrays)
            .map_err(|error| broken(error.to_string()))?;
        let mut bytes = io::Cursor::new(Vec::new());
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None)
            .map_err(|error| broken(error.to_string()))?;
        writer
            .write(&batch)
            .map_err(|error| broken(error.to_string()))?;
        writer.close().map_err(|error| broken(error.to_string()))?;
        Ok(bytes.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people_keep_five_digits() {
        for (number, expected) in [
            (0.0, "0"),
            (1.0, "1.0000"),
            (63_241.37, "63241"),
            (1_234_567.8, "1234568"),
            (0.000_012_345_67, "0.000012346"),
            (-0.5, "-0.50000"),
            (1e15, "1.0000e15"),
        ] {
            assert_eq!(rounded(number), expected);
        }
        for (fraction, expected) in [
            (-0.123_456, "-12.35 %"),
            (-0.000_01, "0.00 %"),
            (-0.0, "0.00 %"),
            (0.000_06, "0.01 %"),
            (-0.000_06, "-0.01 %"),
            (1_234.5, "123450 %"),
            (1e300, "1.0000e302 %"),
        ] {
            assert_eq!(percent(fraction), expected, "{fraction}");
        }
    }

    #[test]
    fn a_number_for_machines_is_short_and_reads_back_as_itself() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (63_241.37, "63241.37"),
            (1e15, "1000000000000000"),
            (1e300, "1e300"),
            (-2.5e-9, "-2.5e-9"),
        ] {
            assert_eq!(exact(number), expected);
            assert_eq!(expected.parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
    }

    #[test]
    fn the_ending_of_a_file_says_its_form() {
        for (name, expected) in [
            ("m.csv", Some(Format::Csv)),
            ("a.b/m.JSON", Some(Format::Json)),
            ("m.parquet", Some(Format::Parquet)),
            ("m.md", Some(Format::Markdown)),
            ("m.txt", None),
            ("csv", None),
        ] {
            assert_eq!(Format::of_file_name(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn a_narrow_table_leaves_columns_out_and_names_them() {
        let mut sheet = Sheet::new(["token", "sharpe", "remark"]);
        sheet.push(vec![
            Cell::text("BTC"),
            Cell::Float(1.0),
            Cell::text("a long remark"),
        ]);
        let narrow = sheet.table_within(Some(20));
        assert!(narrow.contains("1.0000"), "{narrow}");
        assert!(!narrow.contains("a long remark"), "{narrow}");
        assert!(
            narrow.ends_with("not shown in this width: remark\n"),
            "{narrow}"
        );
        assert!(sheet.table().contains("a long remark"));
        assert!(
            sheet.table_within(Some(3)).contains("BTC"),
            "never less than one"
        );
    }

    #[test]
    fn a_sheet_keeps_full_precision_outside_the_terminal() {
        let mut sheet = Sheet::new(["symbol", "value"]);
        sheet.push(vec![Cell::text("A,B"), Cell::Float(0.1 + 0.2)]);
        sheet.push(vec![Cell::text("C"), Cell::None]);
        let csv = String::from_utf8(sheet.csv().unwrap()).unwrap();
        assert_eq!(csv, "symbol,value\n\"A,B\",0.30000000000000004\nC,\n");
        let objects: Vec<_> = sheet.objects().map(Value::Object).collect();
        assert_eq!(
            Value::Array(objects).to_string(),
            r#"[{"symbol":"A,B","value":0.30000000000000004},{"symbol":"C","value":null}]"#
        );
        assert!(sheet.parquet().unwrap().starts_with(b"PAR1"));
    }
}
