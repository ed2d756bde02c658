//! The lake in SQL: views of its current rows, for DuckDB.

use std::fmt::Write as _;

use highwater_market::tables;

use crate::{Lake, error::LakeError, folder::stored_tables, layout};

impl Lake {
    /// DuckDB statements that create one view a table, named as the table, of its current rows: the latest complete
    /// row of every key, the latest whole answer of every scope, every distinct fact of coverage. Tables without
    /// files are left out. Paths are as the lake was opened: open it by an absolute path for views that work anywhere.
    ///
    /// # Errors
    /// [`LakeError::Io`] if a folder cannot be read.
    pub fn sql_view(&self) -> Result<String, LakeError> {
        let mut sql = String::from(
            "-- Current rows of a highwater lake. Run in DuckDB: every view reads the files anew.\n",
        );
        for table in stored_tables() {
            if self.folder.listing(table)?.is_empty() {
                continue;
            }
            let name = table.name;
            let glob = self.folder.table_path(table).join("*.parquet");
            let files = format!(
                "read_parquet('{}')",
                glob.to_string_lossy().replace('\'', "''")
            );
            let subject = "source, token_id, scope";
            let _ = if name == tables::COVERAGE.name {
                writeln!(
                    sql,
                    "CREATE OR REPLACE VIEW {name} AS\n\
                     SELECT DISTINCT * FROM {files};"
                )
            } else if layout::keeps_whole_answers(table) {
                // Two files may hold the same row while they are merged: one of each item.
                writeln!(
                    sql,
                    "CREATE OR REPLACE VIEW {name} AS\n\
                     SELECT * FROM (\n  \
                       SELECT * FROM {files}\n  \
                       QUALIFY dense_rank() OVER (PARTITION BY {subject} ORDER BY observed_at DESC, sequence DESC) = 1\n    \
                       AND row_number() OVER (PARTITION BY {subject}, observed_at, sequence, item) = 1\n\
                     ) WHERE items > 0;"
                )
            } else {
                writeln!(
                    sql,
                    "CREATE OR REPLACE VIEW {name} AS\n\
                     SELECT * FROM {files}\n\
                     WHERE NOT partial\n\
                     QUALIFY row_number() OVER (PARTITION BY {subject}, event_time ORDER BY observed_at DESC, sequence DESC) = 1;"
                )
            };
        }
        Ok(sql)
    }
}
