//! A file of rows and named columns, CSV or Parquet, told apart by its first bytes.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::{
    cell::Cell,
    csv_rows::{self, CsvSheet},
    parquet_rows::{self, ParquetSheet},
    problem::{ImportError, Place, Problems},
};

/// What a row of wanted cells is handed to.
pub(crate) type Visit<'v> = dyn FnMut(Place, &[Cell<'_>], &mut Problems) + 'v;

/// An opened file, its columns known, its rows not yet read.
pub(crate) struct Sheet {
    /// As messages name it.
    pub(crate) file: String,
    /// In the order of the file.
    pub(crate) columns: Vec<String>,
    rows: Rows,
}

enum Rows {
    Csv(CsvSheet),
    Parquet(ParquetSheet),
}

impl Sheet {
    /// Open a file and read the names of its columns. `delimiter` of a CSV file is found if `None`.
    pub(crate) fn open(path: &Path, delimiter: Option<u8>) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let cannot = |source: io::Error| ImportError::Read {
            path: PathBuf::from(path),
            source,
        };
        let mut opened = File::open(path).map_err(cannot)?;
        if opened.metadata().map_err(cannot)?.is_dir() {
            return Err(cannot(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let mut magic = Vec::with_capacity(4);
        (&mut opened)
            .take(4)
            .read_to_end(&mut magic)
            .map_err(cannot)?;
        opened.seek(SeekFrom::Start(0)).map_err(cannot)?;
        if magic == b"PAR1" {
            let (columns, rows) = parquet_rows::open(&file, opened)?;
            return Ok(Self {
                file,
                columns,
                rows: Rows::Parquet(rows),
            });
        }
        let (columns, rows) = csv_rows::open(&file, opened, delimiter)?;
        Ok(Self {
            file,
            columns,
            rows: Rows::Csv(rows),
        })
    }

    /// Only the first rows of the file.
    pub(crate) fn first(mut self, rows: u64) -> Self {
        match &mut self.rows {
            Rows::Csv(sheet) => sheet.limit = rows,
            Rows::Parquet(sheet) => sheet.limit = usize::try_from(rows).ok(),
        }
        self
    }

    /// Whether the type of a column is text; `None` where columns have no types.
    pub(crate) fn is_text(&self, position: usize) -> Option<bool> {
        match &self.rows {
            Rows::Csv(_) => None,
            Rows::Parquet(sheet) => Some(sheet.is_text(position)),
        }
    }

    /// Hand every row to `visit`, its cells in the order of `wanted` (positions of columns). Returns how many
    /// rows there were, those with problems included.
    pub(crate) fn read(
        self,
        wanted: &[usize],
        problems: &mut Problems,
        visit: &mut Visit<'_>,
    ) -> Result<u64, ImportError> {
        match self.rows {
            Rows::Csv(rows) => rows.read(&self.file, wanted, self.columns.len(), problems, visit),
            Rows::Parquet(rows) => rows.read(&self.file, wanted, problems, visit),
        }
    }
}
