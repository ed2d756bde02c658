//! The store: observations in Parquet, read as known at a moment.
