//! Returns to numbers: risk and performance metrics as mergeable folds, with their conventions as data.
