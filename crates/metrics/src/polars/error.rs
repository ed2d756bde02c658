//! What a frame may lack.

/// Why a frame has no series of returns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// No column has this name.
    #[error("the frame has no column `{wanted}`; it has {}", listed(columns))]
    NoColumn {
        /// The name asked for.
        wanted: String,
        /// The names there are.
        columns: Vec<String>,
    },
    /// A column of returns that holds no floating-point numbers.
    #[error(
        "column `{column}` is of type {dtype}; returns are f64 or f32 (cast the column, or leave it out)"
    )]
    NotReturns {
        /// The column.
        column: String,
        /// Its type, as polars writes it.
        dtype: String,
    },
    /// A column of names that holds none.
    #[error("column `{column}` is of type {dtype}; names are str, categorical or integers")]
    NotNames {
        /// The column.
        column: String,
        /// Its type, as polars writes it.
        dtype: String,
    },
    /// A column of dates that holds none.
    #[error("column `{column}` is of type {dtype}; dates are date or datetime")]
    NotDates {
        /// The column.
        column: String,
        /// Its type, as polars writes it.
        dtype: String,
    },
    /// A name or a date that is null. A return may be missing, but not what it belongs to.
    #[error("column `{column}`, row {row}: null, but every return needs its name and date")]
    Null {
        /// The column.
        column: String,
        /// The first such row (0-based).
        row: usize,
    },
    /// A series with two returns of the same date.
    #[error("rows {first} and {second} have the same date, and belong to the same series")]
    SameDate {
        /// The earlier row (0-based).
        first: usize,
        /// The later one.
        second: usize,
    },
}

fn listed(columns: &[String]) -> String {
    if columns.is_empty() {
        "none".to_owned()
    } else {
        columns.join(", ")
    }
}
