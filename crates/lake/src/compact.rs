//! Compaction: many small files become few, and no row changes.
//!
//! The merged files get their names first and the parts go later, so that a reader finds every row at any moment, and
//! a crash in between leaves rows twice, which read as once.

use highwater_market::Table;
use serde::Serialize;

use crate::{
    decode::{Columns, Filter},
    encode,
    error::LakeError,
    folder::{name_of, stored_tables, sync_dir},
    layout,
    writer::{Made, Writer},
};

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// Files before.
    pub files_before: usize,
    /// Files after.
    pub files_after: usize,
    /// Rows in the files that were merged, each counted once.
    pub rows: usize,
}

impl Writer {
    /// Merge the small files of a table. Files that hold half a million rows or more stay as they are.
    ///
    /// # Errors
    /// [`LakeError`] if a file cannot be read or written: the parts are then still there.
    pub fn compact(&mut self, table: &Table) -> Result<Compacted, LakeError> {
        let Some(table) = stored_tables().find(|stored| stored.name == table.name) else {
            return Err(LakeError::WrongTable {
                table: "(unknown)",
                reason: "is not a table of the lake",
            });
        };
        let listing = self.folder.listing(table)?;
        let mut parts = Vec::new();
        for name in listing.iter() {
            if self.folder.file(table, name)?.footer.rows < layout::FILE_MAX / 2 {
                parts.push(name.clone());
            }
        }
        let mut done = Compacted {
            files_before: listing.len(),
            files_after: listing.len(),
            rows: 0,
        };
        if parts.len() < 2 {
            return Ok(done);
        }
        let mut made = Made::new(&self.folder);
        let mut merged = Vec::new();
        let mut renames = Vec::new();
        // So many rows at a time that memory stays bounded, and a file is full.
        for batch in self.batches(table, &parts)? {
            let rows =
                self.folder
                    .rows_of(table, &batch.into(), &Filter::default(), Columns::All)?;
            done.rows += rows.values().map(Vec::len).sum::<usize>();
            for content in encode::files(table, rows)? {
                let name = name_of(&content);
                if !listing.contains(&name) {
                    renames.push(made.stage(table, &content)?);
                }
                merged.push(name);
            }
        }
        for (from, to) in &renames {
            made.rename(from, to)?;
        }
        let dir = self.folder.table_path(table);
        sync_dir(&*self.folder.fs, &dir)?;
        made.keep();
        let gone: Vec<_> = parts
            .iter()
            .filter(|name| !merged.contains(name))
            .map(|name| dir.join(name))
            .collect();
        for path in &gone {
            self.folder
                .fs
                .remove(path)
                .map_err(|error| LakeError::io("remove", path, error))?;
        }
        self.folder.forget(&gone);
        sync_dir(&*self.folder.fs, &dir)?;
        done.files_after = self.folder.listing(table)?.len();
        Ok(done)
    }

    /// The parts, in runs of at most [`layout::FILE_MAX`] rows (or one file).
    fn batches(&self, table: &Table, parts: &[String]) -> Result<Vec<Vec<String>>, LakeError> {
        let mut batches: Vec<(usize, Vec<String>)> = Vec::new();
        for name in parts {
            let rows = self.folder.file(table, name)?.footer.rows;
            match batches.last_mut() {
                Some((total, names)) if *total + rows <= layout::FILE_MAX => {
                    *total += rows;
                    names.push(name.clone());
                }
                _ => batches.push((rows, vec![name.clone()])),
            }
        }
        Ok(batches.into_iter().map(|(_, names)| names).collect())
    }
}
