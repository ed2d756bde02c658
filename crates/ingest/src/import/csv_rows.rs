//! Rows of a CSV file.
//!
//! The reader is told to accept lines of any length, so that a ragged one is reported with its place instead of
//! ending the reading, and is never cut or filled up silently. A cell with a line break in it is a problem for the
//! same reason.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
};

use csv::{ByteRecord, ReaderBuilder};

use super::{
    cell::{Cell, looks_like_a_value},
    problem::{Fault, ImportError, Place, Problems},
    sheet::Visit,
};

pub(crate) struct CsvSheet {
    reader: csv::Reader<Box<dyn Read>>,
    /// Only so many rows are read.
    pub(crate) limit: u64,
}

/// Delimiters that are looked for, the usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The header of a file, and its rows to be read.
pub(crate) fn open(
    file: &str,
    opened: File,
    delimiter: Option<u8>,
) -> Result<(Vec<String>, CsvSheet), ImportError> {
    let damaged = |error: io::Error| ImportError::Damaged {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    let mut text = BufReader::new(opened);
    if text
        .fill_buf()
        .map_err(damaged)?
        .starts_with(b"\xef\xbb\xbf")
    {
        text.consume(3);
    }
    // The first line is read ahead to find the delimiter, and put back before the rest.
    let mut first = Vec::new();
    const LONGEST_HEADER: u64 = 1 << 20;
    (&mut text)
        .take(LONGEST_HEADER)
        .read_until(b'\n', &mut first)
        .map_err(damaged)?;
    let delimiter = delimiter.unwrap_or_else(|| likely_delimiter(&first));
    let whole: Box<dyn Read> = Box::new(io::Cursor::new(first).chain(text));
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(true)
        .from_reader(whole);

    let header = reader
        .byte_headers()
        .map_err(|error| unreadable(file, &error))?;
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let name = std::str::from_utf8(name).map_err(|_| ImportError::HeaderNotUtf8 {
            file: file.to_owned(),
        })?;
        columns.push(name.trim().to_owned());
    }
    if columns.is_empty() {
        return Err(ImportError::Empty {
            file: file.to_owned(),
        });
    }
    if columns.iter().all(|column| looks_like_a_value(column)) {
        return Err(ImportError::NoHeader {
            file: file.to_owned(),
            line: columns,
        });
    }
    let limit = u64::MAX;
    Ok((columns, CsvSheet { reader, limit }))
}

fn likely_delimiter(line: &[u8]) -> u8 {
    let mut counts = [0usize; DELIMITERS.len()];
    let mut quoted = false;
    for &byte in line {
        quoted ^= byte == b'"';
        if let Some(at) = DELIMITERS.iter().position(|&delimiter| delimiter == byte)
            && !quoted
        {
            counts[at] += 1;
        }
    }
    // Of equal counts the earlier in the list: `max_by_key` would take the later.
    let most = counts.into_iter().max().unwrap_or(0);
    let at = counts.iter().position(|&count| count == most).unwrap_or(0);
    DELIMITERS[at]
}

fn unreadable(file: &str, error: &csv::Error) -> ImportError {
    ImportError::Damaged {
        file: file.to_owned(),
        reason: error.to_string(),
    }
}

impl CsvSheet {
    pub(crate) fn read(
        mut self,
        file: &str,
        wanted: &[usize],
        width: usize,
        problems: &mut Problems,
        visit: &mut Visit<'_>,
    ) -> Result<u64, ImportError> {
        let mut record = ByteRecord::new();
        let mut row = 0;
        while row < self.limit
            && self
                .reader
                .read_byte_record(&mut record)
                .map_err(|error| unreadable(file, &error))?
        {
            row += 1;
            let place = Place {
                row,
                line: record.position().map(csv::Position::line),
            };
            if record.len() != width {
                let cells = record.len();
                problems.push(
                    place,
                    None,
                    Fault::Ragged {
                        cells,
                        header: width,
                    },
                );
                continue;
            }
            // A quote that is not closed swallows the rows behind it, in a cell that perhaps nobody reads.
            if record.as_slice().iter().any(|byte| b"\r\n".contains(byte)) {
                problems.push(place, None, Fault::LineBreak);
                continue;
            }
            let mut cells = Vec::with_capacity(wanted.len());
            for &position in wanted {
                match std::str::from_utf8(&record[position]) {
                    Ok(text) => cells.push(Cell::Text(text)),
                    Err(_) => break,
                }
            }
            if cells.len() < wanted.len() {
                problems.push(place, None, Fault::NotUtf8);
                continue;
            }
            visit(place, &cells, problems);
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_most_frequent_outside_quotes() {
        for (line, expected) in [
            ("a,b,c", b','),
            ("a;b;c", b';'),
            ("a\tb", b'\t'),
            ("a|b|c", b'|'),
            ("\"x,y,z\";b", b';'),
            ("date", b','),
        ] {
            assert_eq!(likely_delimiter(line.as_bytes()), expected, "{line}");
        }
    }
}
