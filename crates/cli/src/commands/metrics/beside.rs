//! What stands beside the series: a benchmark, and the trials that they were chosen from.

use highwater_metrics::{Convention, Selection, Window, inference::Trials};

use crate::{
    args::{self, TrialsOf},
    failure::{Failure, Outcome},
    series::{Series, measure_all},
};

/// Put the benchmark and the trials of the arguments beside every series. `of_lake` finds a series that is not among
/// them.
pub(super) fn put(
    series: &mut [Series],
    args: &args::Metrics,
    convention: &Convention,
    of_lake: impl FnOnce(&str) -> Outcome<Option<Series>>,
) -> Outcome {
    if let Some(name) = &args.benchmark {
        let found = match series.iter().find(|one| one.name == *name) {
            Some(one) => Some(one.clone()),
            None => of_lake(name)?,
        };
        let benchmark = found.ok_or_else(|| {
            let names: Vec<&str> = series.iter().map(|one| one.name.as_str()).collect();
            Failure::usage(format!("there is no series `{name}` to measure against"))
                .hint(format!("the series are {}", names.join(", ")))
        })?;
        for one in series.iter_mut() {
            one.against(&benchmark);
            if one.paired() == 0 {
                return Err(Failure::data(format!(
                    "{}: no return of it falls on a time of {name}",
                    one.name
                ))
                .hint("choose a benchmark of the same days"));
            }
        }
    }
    let trials = match args.trials {
        None => return Ok(()),
        Some(TrialsOf::Stated(trials)) => trials,
        Some(TrialsOf::Series) => of_series(series, convention)?,
    };
    for one in series {
        one.among(trials);
    }
    Ok(())
}

/// The series themselves as the trials: how many, and how their Sharpe ratios spread.
fn of_series(series: &[Series], convention: &Convention) -> Outcome<Trials> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::data(format!("`--trials series`: {error}"))
            .hint("state them, as in `--trials 100:0.002`: how many, and the variance of their Sharpe ratios per period")
    };
    let sharpes: Vec<f64> = measure_all(series, &[Window::All], convention, &Selection::core())
        .iter()
        .filter_map(|one| {
            let value = one.summary.sharpe.ok()?;
            Some(value / one.series.per_year.get().sqrt())
        })
        .collect();
    Trials::of(&sharpes).map_err(|error| failed(&error))
}
