//! Panels as views of `ndarray`.

use ndarray::{ArrayView2, Axis};

use crate::{Convention, Layout, Panel, PeriodsPerYear, Summary, panel_summaries};

/// One [`Summary`] a series of a two-dimensional view, in their order, computed in parallel. NaN is missing.
///
/// `series` is the axis along which the series lie: `Axis(0)` if each row of the array is a series, `Axis(1)` if each
/// column is one, as in a table of one row a day. A view in standard or in Fortran order is read where it lies, any
/// other is copied first. The bytes of a result do not depend on the layout.
///
/// # Panics
/// If `series` is neither of the two axes, as `ndarray` itself does.
///
/// ```
/// use highwater_metrics::{Convention, array_summaries};
/// use ndarray::{Axis, array};
/// let crypto = Convention::preset("crypto").unwrap();
/// let daily = crypto.periods_per_year(1.0).unwrap();
///
/// // Three days of two series.
/// let returns = array![[0.5, 0.0], [-0.5, -0.5], [0.25, 0.25]];
/// let found = array_summaries(returns.view(), Axis(1), &crypto, daily);
/// assert_eq!(found[0].max_drawdown, Ok(-0.5));
/// assert_eq!(found[1].best, Ok(0.25));
/// ```
pub fn array_summaries(
    returns: ArrayView2<'_, f64>,
    series: Axis,
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Summary> {
    let count = returns.len_of(series);
    let rows = returns.len_of(Axis(1 - series.index()));
    let (along, across) = match series {
        Axis(0) => (Layout::SeriesMajor, Layout::RowMajor),
        _ => (Layout::RowMajor, Layout::SeriesMajor),
    };
    let copied;
    let transposed = returns.t();
    let (values, layout) = match (returns.as_slice(), transposed.as_slice()) {
        (Some(values), _) => (values, along),
        (None, Some(values)) => (values, across),
        (None, None) => {
            copied = returns.iter().copied().collect::<Vec<f64>>();
            (&copied[..], along)
        }
    };
    match Panel::new(values, count, rows, layout) {
        Ok(panel) => panel_summaries(&panel, convention, per_year),
        // The shape is the view's own.
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;
    use crate::summary;

    #[test]
    fn every_layout_gives_the_summaries_of_the_series_alone() {
        let convention = Convention::preset("crypto").unwrap();
        let daily = convention.periods_per_year(1.0).unwrap();
        let days = Array2::from_shape_fn((300, 14), |(day, series)| {
            if (day + series) % 37 == 0 {
                f64::NAN
            } else {
                ((day * 31 + series * 17) % 101) as f64 / 1_000.0 - 0.05
            }
        });
        let alone: Vec<Summary> = days
            .columns()
            .into_iter()
            .map(|column| summary(&column.to_vec(), &convention, daily))
            .collect();
        let turned = days.t().as_standard_layout().into_owned();
        for (view, axis) in [
            (days.view(), Axis(1)),
            (days.t(), Axis(0)),
            (turned.view(), Axis(0)),
            (turned.t(), Axis(1)),
        ] {
            assert_eq!(array_summaries(view, axis, &convention, daily), alone);
        }
        // Every other series: neither order.
        let every_other = days.slice(s![.., ..;2]);
        let expected: Vec<Summary> = alone.iter().step_by(2).copied().collect();
        let found = array_summaries(every_other, Axis(1), &convention, daily);
        assert_eq!(found, expected);
        let none = Array2::<f64>::zeros((0, 3));
        assert_eq!(
            array_summaries(none.view(), Axis(1), &convention, daily).len(),
            3
        );
        assert_eq!(
            array_summaries(none.view(), Axis(0), &convention, daily).len(),
            0
        );
    }
}
