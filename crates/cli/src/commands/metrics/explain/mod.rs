//! One metric, explained on the user's own data: formula, choices, intermediate values, and what every other
//! convention would have said and why.

mod reasons;
mod words;

use highwater_market::Timestamp;
use highwater_metrics::{
    Convention, Metric, PeriodsPerYear, Sample, Step, StepValue, Terms, Undefined,
};
use serde_json::{Map, Value, json};

use crate::{
    args,
    failure::{Failure, Outcome},
    series::{Part, Series},
    sheet::Format,
    terminal::Terminal,
};
use reasons::{Reason, reasons};

use super::one_window;

/// A metric of one series.
struct Explained<'s> {
    name: &'s str,
    value: Result<f64, Undefined>,
    /// Intermediate values, by name.
    steps: Vec<(String, Result<Found, Undefined>)>,
    others: Vec<Other>,
}

/// An intermediate value.
#[derive(Clone, Copy)]
enum Found {
    Number(f64),
    /// When something happened; none if nothing tells when.
    Time(Option<Timestamp>),
}

/// What another convention says.
struct Other {
    convention: String,
    value: Result<f64, Undefined>,
    because: Vec<Reason>,
}

pub(super) fn run(
    metric: &'static Metric,
    series: &[Series],
    args: &args::Metrics,
    convention: &Convention,
    terminal: &Terminal,
) -> Outcome {
    let window = one_window(args)?;
    let explained: Vec<Explained<'_>> = series
        .iter()
        .map(|one| explain(metric, one, &one.part(window), args, convention))
        .collect();
    let output = args.output.output.as_deref();
    match args.output.format {
        Format::Json => terminal.json(output, &document(metric, &explained, convention)),
        Format::Table | Format::Markdown => terminal.data(
            output,
            words::text(metric, &explained, convention).as_bytes(),
        ),
        Format::Csv | Format::Parquet => {
            Err(Failure::usage("an explanation has no rows and columns")
                .hint("read it as it is, or take it with `--format json`"))
        }
    }
}

fn explain<'s>(
    metric: &'static Metric,
    series: &'s Series,
    part: &Part<'_>,
    args: &args::Metrics,
    convention: &Convention,
) -> Explained<'s> {
    // How many periods a year has depends on the convention, unless the user says it.
    let per_year = |other: &Convention| {
        let scaled = series.per_year.get() * other.days_per_year / convention.days_per_year;
        match args.periods_per_year {
            Some(_) => series.per_year,
            None => PeriodsPerYear::new(scaled).unwrap_or(series.per_year),
        }
    };
    let value_under = |other: &Convention| {
        let terms = Terms::new(other, per_year(other));
        Sample::with(part.inputs(), &terms).value(metric)
    };
    let value = value_under(convention);
    let others = Convention::PRESETS
        .iter()
        .filter_map(|name| Convention::preset(name).ok())
        .map(|other| match args.risk_free {
            // What the user stated holds for all.
            Some(_) => Convention {
                risk_free: convention.risk_free,
                ..other
            },
            None => other,
        })
        .filter(|other| {
            let name = other.name.clone();
            *other
                != Convention {
                    name,
                    ..convention.clone()
                }
        })
        .map(|other| Other {
            value: value_under(&other),
            because: reasons(convention, &other, value_under),
            convention: other.name,
        })
        .collect();
    Explained {
        name: &series.name,
        value,
        steps: steps(metric, series, part, convention),
        others,
    }
}

/// What the metric is computed from, step by step.
fn steps(
    metric: &Metric,
    series: &Series,
    part: &Part<'_>,
    convention: &Convention,
) -> Vec<(String, Result<Found, Undefined>)> {
    let terms = Terms::new(convention, series.per_year);
    let sample = Sample::with(part.inputs(), &terms);
    let count = sample.stretch().count();
    let number = |name: &str, number: f64| (name.to_owned(), Ok(Found::Number(number)));
    let mut steps = vec![
        number("observations", count.observations as f64),
        number("missing rows", count.skipped as f64),
        number("periods per year, N", series.per_year.get()),
    ];
    if let Some(dates) = part.dates() {
        steps.push(number("calendar days", dates.days()));
    }
    let found = |step: Step| {
        let value = step.value.map(|value| match value {
            StepValue::Number(number) => Found::Number(number),
            StepValue::Row(row) => Found::Time(part.time(row)),
        });
        (step.label, value)
    };
    steps.extend(sample.steps(metric).into_iter().map(found));
    steps
}

fn document(metric: &Metric, explained: &[Explained<'_>], convention: &Convention) -> Value {
    let number = |value: &Result<f64, Undefined>| value.map_or(Value::Null, |value| json!(value));
    let reason = |value: &Result<f64, Undefined>| match value {
        Ok(_) => Value::Null,
        Err(reason) => json!(reason.to_string()),
    };
    let series = explained.iter().map(|one| {
        let steps: Map<String, Value> = one
            .steps
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Ok(Found::Number(number)) => json!(number),
                    Ok(Found::Time(time)) => json!(time),
                    Err(_) => Value::Null,
                };
                (name.clone(), value)
            })
            .collect();
        let others: Vec<Value> = one
            .others
            .iter()
            .map(|other| {
                let because: Map<String, Value> = other
                    .because
                    .iter()
                    .map(|reason| {
                        let reason_of = json!({
                            "here": reason.here,
                            "there": reason.there,
                            "alone": reason.alone,
                            "needed": reason.needed,
                        });
                        (reason.choice.clone(), reason_of)
                    })
                    .collect();
                json!({
                    "convention": other.convention,
                    "value": number(&other.value),
                    "undefined": reason(&other.value),
                    "because": because,
                })
            })
            .collect();
        json!({
            "name": one.name,
            "value": number(&one.value),
            "undefined": reason(&one.value),
            "steps": steps,
            "other_conventions": others,
        })
    });
    json!({
        "metric": metric.name,
        "title": metric.title,
        "formula": metric.formula,
        "domain": metric.domain,
        "source": metric.source,
        "notes": metric.notes,
        "convention": convention,
        "choices": choices(metric, explained, convention),
        "series": series.collect::<Vec<_>>(),
    })
}

/// The choices of the convention that the value hangs on: those of the metric, and what makes a difference to another
/// convention here.
fn choices(
    metric: &Metric,
    explained: &[Explained<'_>],
    convention: &Convention,
) -> Map<String, Value> {
    let Ok(Value::Object(all)) = serde_json::to_value(convention) else {
        return Map::new();
    };
    let named: Vec<&str> = metric.choices().collect();
    let is_reason = |choice: &str| {
        explained
            .iter()
            .flat_map(|one| &one.others)
            .flat_map(|other| &other.because)
            .any(|reason| reason.choice == choice)
    };
    all.into_iter()
        .filter(|(choice, _)| named.contains(&choice.as_str()) || is_reason(choice))
        .collect()
}
