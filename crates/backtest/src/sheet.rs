//! The metrics of a replay beside those of its benchmark.

use highwater_market::Timestamp;
use highwater_metrics::{
    Convention, Dates, Inputs, Kind, Measured, PeriodsPerYear, Selection, measure_inputs,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Benchmark, Outcome};

/// Every metric of the library for a series of returns, with the convention by which they were computed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricSheet {
    /// The convention's name.
    pub convention: String,
    /// Periods per year by which figures are annualised.
    pub periods_per_year: f64,
    /// Returns.
    pub observations: usize,
    /// Value per metric, in the catalogue's order; null where undefined. Those against a benchmark are against the one
    /// below.
    pub metrics: Map<String, Value>,
    /// Why a metric is undefined.
    pub undefined: Map<String, Value>,
    /// The same of the benchmark; `None` if there is none.
    pub benchmark: Option<BenchmarkSheet>,
}

/// The metrics of a benchmark: all but those against a benchmark.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchmarkSheet {
    /// What it is, in words.
    pub name: String,
    /// Returns.
    pub observations: usize,
    /// Instants without a return.
    pub missing: usize,
    /// Value per metric, in the catalogue's order; null where undefined.
    pub metrics: Map<String, Value>,
    /// Why a metric is undefined.
    pub undefined: Map<String, Value>,
}

/// The shortest run, in days, whose growth is compounded to a year. Compounding raises the growth to the power of the
/// years in a run, and with it all luck: 12 % in a month would be called 300 % a year. Over half a year the power is 2.
pub const MIN_DAYS: f64 = 180.0;

/// A convention as backtests use it: it compounds no growth over less than [`MIN_DAYS`] to a year, and says so in its name
/// if that makes a difference. Of such a one it makes itself.
pub fn convention_of_runs(convention: &Convention) -> Convention {
    if convention.min_days >= MIN_DAYS {
        return convention.clone();
    }
    Convention {
        name: format!(
            "{} (yearly growth from {MIN_DAYS} days on)",
            convention.name
        ),
        min_days: MIN_DAYS,
        ..convention.clone()
    }
}

impl MetricSheet {
    /// Every metric of an outcome's returns; `convention` is as [`convention_of_runs`] makes it.
    pub(crate) fn of(
        outcome: &Outcome,
        dates: Dates,
        convention: &Convention,
        per_year: PeriodsPerYear,
        benchmark: Option<&Benchmark>,
    ) -> Self {
        let returns = outcome.returns();
        // A run that lost everything has no return from there on, and is compared up to there.
        let beside = benchmark.map(|benchmark| &benchmark.returns[..returns.len()]);
        let inputs = Inputs {
            dates: Some(dates),
            benchmark: beside,
            ..Inputs::of(&returns)
        };
        let found = measure_inputs(&inputs, &Selection::all(), convention, per_year);
        let (mut metrics, mut undefined) = values(&found);
        if let Some(at) = outcome.ruined_at() {
            only_of_the_curve(outcome, at, &mut metrics, &mut undefined);
        }
        Self {
            convention: convention.name.clone(),
            periods_per_year: per_year.get(),
            observations: found.observations,
            metrics,
            undefined,
            benchmark: benchmark
                .map(|benchmark| BenchmarkSheet::of(benchmark, dates, convention, per_year)),
        }
    }
}

impl BenchmarkSheet {
    fn of(
        benchmark: &Benchmark,
        dates: Dates,
        convention: &Convention,
        per_year: PeriodsPerYear,
    ) -> Self {
        let all = Selection::all();
        let alone = all.metrics().iter().filter(|one| one.kind != Kind::Pairs);
        let alone = Selection::named(alone.map(|metric| metric.name))
            .expect("the catalogue holds its own metrics");
        let inputs = Inputs {
            dates: Some(dates),
            ..Inputs::of(&benchmark.returns)
        };
        let found = measure_inputs(&inputs, &alone, convention, per_year);
        let (metrics, undefined) = values(&found);
        Self {
            name: benchmark.name.clone(),
            observations: found.observations,
            missing: found.skipped,
            metrics,
            undefined,
        }
    }
}

/// Of a run whose equity was gone, what the curve says of itself: how much was lost, and how far it fell. A ratio or a
/// deviation of the returns until then would leave out the loss that matters, and from then on there is none.
fn only_of_the_curve(
    outcome: &Outcome,
    at: Timestamp,
    metrics: &mut Map<String, Value>,
    undefined: &mut Map<String, Value>,
) {
    let lowest = outcome.equity.iter().map(|point| point.drawdown);
    let told = [
        ("total_return", outcome.scenarios.chosen.total_return),
        ("max_drawdown", lowest.fold(0.0, f64::min)),
    ];
    for (name, value) in metrics.iter_mut() {
        if let Some((_, told)) = told.iter().find(|(known, _)| known == name) {
            *value = (*told).into();
            undefined.remove(name);
        } else if !value.is_null() {
            *value = Value::Null;
            let reason = format!(
                "the equity was gone on {}, and no return after that has a meaning",
                at.date()
            );
            undefined.insert(name.clone(), reason.into());
        }
    }
}

fn values(found: &Measured) -> (Map<String, Value>, Map<String, Value>) {
    let (mut metrics, mut undefined) = (Map::new(), Map::new());
    for (metric, value) in found.iter() {
        if let Err(reason) = value {
            undefined.insert(metric.name.to_owned(), reason.to_string().into());
        }
        metrics.insert(metric.name.to_owned(), value.ok().into());
    }
    (metrics, undefined)
}
