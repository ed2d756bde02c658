//! Any selection of the catalogue, for one series or for many.

use std::sync::Arc;

use rayon::prelude::*;

use crate::{
    CATALOGUE, CORE, Convention, Dates, Inputs, Metric, PeriodsPerYear, Sample, Terms, Undefined,
    UnknownMetric,
};

/// Metrics to compute, in an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection(Arc<[&'static Metric]>);

impl Selection {
    /// The whole catalogue.
    pub fn all() -> Self {
        Self(CATALOGUE.iter().collect())
    }

    /// The metrics of a [`Summary`](crate::Summary).
    pub fn core() -> Self {
        Self(CORE.iter().collect())
    }

    /// Metrics by name, in the order of the names.
    ///
    /// # Errors
    /// [`UnknownMetric`] for the first name that no metric has, with names that come near.
    pub fn named<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, UnknownMetric> {
        names
            .into_iter()
            .map(|name| Metric::named(name.as_ref()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The metrics, in order.
    pub fn metrics(&self) -> &[&'static Metric] {
        &self.0
    }
}

/// The values of a selection for one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    selection: Selection,
    /// A value or the reason why there is none, in the order of the selection.
    pub values: Vec<Result<f64, Undefined>>,
    /// Finite returns.
    pub observations: usize,
    /// Rows skipped as missing (NaN).
    pub skipped: usize,
}

impl Measured {
    /// Every metric of the selection and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Metric, Result<f64, Undefined>)> {
        self.selection
            .0
            .iter()
            .copied()
            .zip(self.values.iter().copied())
    }

    /// The value of the metric with this name; none if the selection holds no such metric.
    pub fn value(&self, name: &str) -> Option<Result<f64, Undefined>> {
        self.iter()
            .find_map(|(metric, value)| (metric.name == name).then_some(value))
    }
}

/// The selected metrics of one series of returns. NaN is a missing row.
///
/// Core metrics have the bytes that [`summary`](crate::summary()) gives. What several metrics share (the sorted
/// returns, the drawdown table) is made once, and only if a selected metric needs it.
///
/// ```
/// use highwater_metrics::{Convention, Selection, measure};
/// let crypto = Convention::preset("crypto").unwrap();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// let chosen = Selection::named(["omega", "ulcer_index"]).unwrap();
///
/// let found = measure(&[0.5, -0.25, 0.125], &chosen, &crypto, daily, None);
/// assert_eq!(found.value("omega"), Some(Ok(2.5)));
/// assert_eq!(found.observations, 3);
///
/// let error = Selection::named(["omga"]).unwrap_err();
/// assert_eq!(error.to_string(), "no metric is called `omga`; did you mean omega?");
/// ```
pub fn measure(
    returns: &[f64],
    selection: &Selection,
    convention: &Convention,
    per_year: PeriodsPerYear,
    dates: Option<Dates>,
) -> Measured {
    let inputs = Inputs {
        dates,
        ..Inputs::of(returns)
    };
    measure_inputs(&inputs, selection, convention, per_year)
}

/// As [`measure`] for each series, shared among rayon's threads. The dates, if any, are those of all.
pub fn measure_all(
    series: &[&[f64]],
    selection: &Selection,
    convention: &Convention,
    per_year: PeriodsPerYear,
    dates: Option<Dates>,
) -> Vec<Measured> {
    let inputs: Vec<Inputs<'_>> = series
        .iter()
        .map(|returns| Inputs {
            dates,
            ..Inputs::of(returns)
        })
        .collect();
    measure_all_inputs(&inputs, selection, convention, per_year)
}

/// As [`measure`] of a series with all that is known of it: its benchmark, and the trials that it was chosen from.
///
/// ```
/// use highwater_metrics::{Convention, Inputs, Selection, inference::Trials, measure_inputs};
/// let crypto = Convention::preset("crypto").unwrap();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// let chosen = Selection::named(["beta", "psr", "dsr"]).unwrap();
/// let inputs = Inputs {
///     benchmark: Some(&[0.02, -0.01, 0.01, -0.02]),
///     trials: Some(Trials { count: 50.0, variance: 0.01 }),
///     ..Inputs::of(&[0.04, -0.01, 0.02, -0.03])
/// };
/// let found = measure_inputs(&inputs, &chosen, &crypto, daily);
/// let value = |name: &str| found.value(name).unwrap().unwrap();
/// assert!(value("dsr") < value("psr")); // the luck of 50 trials is taken off
/// ```
pub fn measure_inputs(
    inputs: &Inputs<'_>,
    selection: &Selection,
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Measured {
    measured(*inputs, selection, &Terms::new(convention, per_year))
}

/// As [`measure_inputs`] for each series, shared among rayon's threads.
pub fn measure_all_inputs(
    series: &[Inputs<'_>],
    selection: &Selection,
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Measured> {
    let terms = Terms::new(convention, per_year);
    series
        .par_iter()
        .map(|inputs| measured(*inputs, selection, &terms))
        .collect()
}

fn measured(inputs: Inputs<'_>, selection: &Selection, terms: &Terms) -> Measured {
    let sample = Sample::with(inputs, terms);
    let count = sample.stretch().count();
    Measured {
        selection: selection.clone(),
        values: selection
            .0
            .iter()
            .map(|metric| sample.value(metric))
            .collect(),
        observations: count.observations,
        skipped: count.skipped,
    }
}
