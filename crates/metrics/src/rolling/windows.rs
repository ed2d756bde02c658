//! How long a rolling window is, and how much of it must be there.

/// Windows of a fixed number of rows, or ever longer ones from the first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Windows {
    rows: usize,
    min_observations: usize,
}

/// A window that holds nothing, or asks for more than it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a window of {rows} rows cannot ask for {min_observations} observations; between 1 and {rows} it can"
)]
pub struct WindowsError {
    /// Rows of the window.
    pub rows: usize,
    /// Observations asked for.
    pub min_observations: usize,
}

impl Windows {
    /// Windows of `rows` rows, defined where at least `min_observations` of them are there.
    ///
    /// # Errors
    /// [`WindowsError`] unless `1 <= min_observations <= rows`.
    pub fn new(rows: usize, min_observations: usize) -> Result<Self, WindowsError> {
        if (1..=rows).contains(&min_observations) {
            Ok(Self {
                rows,
                min_observations,
            })
        } else {
            Err(WindowsError {
                rows,
                min_observations,
            })
        }
    }

    /// Windows of which every row must be there.
    ///
    /// # Errors
    /// [`WindowsError`] if `rows` is 0.
    pub fn full(rows: usize) -> Result<Self, WindowsError> {
        Self::new(rows, rows)
    }

    /// Windows from the first row on, defined from `min_observations` observations.
    ///
    /// # Errors
    /// [`WindowsError`] if `min_observations` is 0.
    pub fn expanding(min_observations: usize) -> Result<Self, WindowsError> {
        Self::new(usize::MAX, min_observations)
    }

    /// Rows of a window; `usize::MAX` of an expanding one.
    pub const fn rows(self) -> usize {
        self.rows
    }

    /// The fewest observations of a window that has a value.
    pub const fn min_observations(self) -> usize {
        self.min_observations
    }

    /// The first row of the window that ends with `row`.
    pub(super) const fn start(self, row: usize) -> usize {
        (row + 1).saturating_sub(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_asks_for_no_more_than_it_holds() {
        for (rows, observations, fits) in [
            (1, 1, true),
            (90, 60, true),
            (0, 0, false),
            (5, 6, false),
            (5, 0, false),
        ] {
            assert_eq!(
                Windows::new(rows, observations).is_ok(),
                fits,
                "{observations} of {rows}"
            );
        }
        let error = Windows::new(5, 6).unwrap_err().to_string();
        assert_eq!(
            error,
            "a window of 5 rows cannot ask for 6 observations; between 1 and 5 it can"
        );
        let windows = Windows::full(3).unwrap();
        assert_eq!([0, 2, 3].map(|row| windows.start(row)), [0, 0, 1]);
        assert_eq!(Windows::expanding(1).unwrap().start(100), 0);
    }
}
