//! Metrics as a frame.

use polars_core::{
    error::PolarsResult,
    prelude::{Column, DataFrame},
};

use crate::{Measured, Selection};

/// A row a series: `series`, `observations`, `skipped`, and a column of doubles for each metric of the selection, null
/// where it is undefined (the reason stands in [`Measured`]) or was not measured.
///
/// # Errors
/// Polars' own: there must be as many names as series measured, and no metric may be selected twice.
///
/// ```
/// use highwater_metrics::{Convention, Selection, measure_all_inputs, polars::{Returns, table}};
/// use polars_core::df;
/// let convention = Convention::empyrical();
/// let daily = convention.periods_per_year(1.0).unwrap();
/// let frame = df!("fund" => [0.01, -0.02, 0.03], "market" => [0.02, -0.04, 0.06]).unwrap();
///
/// // Against one of the columns.
/// let returns = Returns::wide(&frame, None).unwrap();
/// let mut inputs = returns.inputs();
/// inputs[0].benchmark = returns.get("market");
/// let chosen = Selection::named(["beta", "max_drawdown"]).unwrap();
/// let measured = measure_all_inputs(&inputs, &chosen, &convention, daily);
///
/// let table = table(returns.names(), &chosen, &measured).unwrap();
/// let beta = table.column("beta").unwrap().f64().unwrap();
/// assert_eq!(beta.iter().collect::<Vec<_>>(), [Some(0.5), None]);
/// ```
pub fn table(
    names: &[String],
    selection: &Selection,
    measured: &[Measured],
) -> PolarsResult<DataFrame> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let count = |of: fn(&Measured) -> usize| -> Vec<u64> {
        measured.iter().map(|series| of(series) as u64).collect()
    };
    let mut columns = vec![
        Column::new("series".into(), names),
        Column::new("observations".into(), count(|series| series.observations)),
        Column::new("skipped".into(), count(|series| series.skipped)),
    ];
    columns.extend(selection.metrics().iter().map(|metric| {
        let values: Vec<Option<f64>> = measured
            .iter()
            .map(|series| series.value(metric.name).and_then(Result::ok))
            .collect();
        Column::new(metric.name.into(), values)
    }));
    DataFrame::new_infer_height(columns)
}
