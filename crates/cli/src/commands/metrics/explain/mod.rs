//! One metric, explained on the user's own data: formula, choices, intermediate values, and what every other
//! convention would have said and why.

use std::fmt::Write as _;

use highwater_metrics::{
    Convention, Metric, PeriodsPerYear, Sample, Stretch, Terms, Undefined, Unit,
};
use serde_json::{Map, Value, json};

use crate::{
    args,
    failure::{Failure, Outcome},
    series::{Part, Series},
    sheet::{Format, exact, percent, rounded},
    terminal::Terminal,
};

use super::one_window;

/// A metric of one series.
struct Explained<'s> {
    name: &'s str,
    value: Result<f64, Undefined>,
    /// Intermediate values, by name.
    steps: Vec<(String, Result<f64, Undefined>)>,
    others: Vec<Other>,
}

/// What another convention says.
struct Other {
    convention: String,
    value: Result<f64, Undefined>,
    /// The choices that change the value, each by itself: name, here, there.
    because: Vec<(String, Value, Value)>,
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
        Format::Table | Format::Markdown => {
            terminal.data(output, text(metric, &explained, convention).as_bytes())
        }
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
        .filter(|other| !differences(convention, other).is_empty())
        .map(|other| Other {
            value: value_under(&other),
            because: differences(convention, &other)
                .into_iter()
                .filter(|(choice, _, there)| {
                    with_choice(convention, choice, there)
                        .is_some_and(|changed| value_under(&changed) != value)
                })
                .collect(),
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

/// The choices in which two conventions differ.
fn differences(here: &Convention, there: &Convention) -> Vec<(String, Value, Value)> {
    let (Ok(Value::Object(here)), Ok(Value::Object(there))) =
        (serde_json::to_value(here), serde_json::to_value(there))
    else {
        return Vec::new();
    };
    here.into_iter()
        .filter(|(choice, _)| choice != "name")
        .filter_map(|(choice, value)| {
            let other = there.get(&choice)?.clone();
            (other != value).then_some((choice, value, other))
        })
        .collect()
}

/// A convention with one other choice.
fn with_choice(convention: &Convention, choice: &str, value: &Value) -> Option<Convention> {
    let mut changed = serde_json::to_value(convention).ok()?;
    changed[choice] = value.clone();
    serde_json::from_value(changed).ok()
}

/// What the metric is computed from, as far as it has a number.
fn steps(
    metric: &Metric,
    series: &Series,
    part: &Part<'_>,
    convention: &Convention,
) -> Vec<(String, Result<f64, Undefined>)> {
    let terms = Terms::new(convention, series.per_year);
    let stretch = Stretch::of(part.returns, &terms);
    let sample = Sample::with(part.inputs(), &terms);
    let count = stretch.count();
    let mut steps = vec![
        ("observations".to_owned(), Ok(count.observations as f64)),
        ("missing rows".to_owned(), Ok(count.skipped as f64)),
        ("periods per year, N".to_owned(), Ok(series.per_year.get())),
    ];
    let mut add = |name: String, value| steps.push((name, value));
    for input in metric.inputs {
        match *input {
            "moments" => {
                add("mean(r), a period".to_owned(), stretch.moments.mean());
                let deviation = stretch.moments.deviation(convention.ddof);
                add(
                    format!("sd(r), a period, ddof {}", convention.ddof),
                    deviation,
                );
            }
            "risk_free" => {
                let rate = convention.risk_free.per_period(series.per_year);
                add("risk-free, a period".to_owned(), Ok(rate));
            }
            "minimum_acceptable" => {
                let rate = convention.minimum_acceptable.per_period(series.per_year);
                add("target, a period".to_owned(), Ok(rate));
            }
            "downside" => add(
                "downside deviation, a period".to_owned(),
                stretch.downside.deviation(convention.downside),
            ),
            "growth" => {
                if let Ok(total) = Metric::named("total_return") {
                    let growth = sample.value(total).map(|total| 1.0 + total);
                    add("growth of 1".to_owned(), growth);
                }
                if let Some(dates) = part.dates() {
                    add("calendar days".to_owned(), Ok(dates.days()));
                }
            }
            "sorted returns" => {
                add("5 % quantile".to_owned(), sample.quantile(0.05));
                add("median".to_owned(), sample.quantile(0.5));
            }
            "drawdown" => {
                if let Ok(drawdown) = Metric::named("max_drawdown") {
                    add("maximum drawdown".to_owned(), sample.value(drawdown));
                }
            }
            name => {
                if let Ok(input) = Metric::named(name) {
                    add(input.title.to_lowercase(), sample.value(input));
                }
            }
        }
    }
    steps
}

fn shown(value: Result<f64, Undefined>, unit: Unit) -> String {
    match (value, unit) {
        (Err(reason), _) => format!("undefined: {reason}"),
        (Ok(value), Unit::Fraction | Unit::FractionPerYear) => {
            format!("{} ({})", percent(value), exact(value))
        }
        (Ok(value), Unit::Ratio | Unit::Periods) => {
            format!("{} ({})", rounded(value), exact(value))
        }
    }
}

/// A choice in few words: `365`, `simple`, `0.04 per year-compound`.
fn choice(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), exact),
        Value::Object(fields) => {
            let parts: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name} {}", choice(value)))
                .collect();
            parts.join(", ")
        }
        other => other.to_string(),
    }
}

fn text(metric: &Metric, explained: &[Explained<'_>], convention: &Convention) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label:<11} {value}");
        }
    };
    line("metric", &format!("{} ({})", metric.title, metric.name));
    line("formula", metric.formula);
    line("domain", metric.domain);
    line("source", metric.source);
    line("note", metric.notes);
    line("convention", &convention.name);
    for one in explained {
        let _ = writeln!(text, "\n{}: {}", one.name, shown(one.value, metric.unit));
        for (name, value) in &one.steps {
            let value = value.map_or_else(|reason| format!("undefined: {reason}"), exact);
            let _ = writeln!(text, "  {name:<30} {value}");
        }
        let _ = writeln!(
            text,
            "  with the choices of other conventions (where a library's formula itself differs: PARITY.md)"
        );
        for other in &one.others {
            let because: Vec<String> = other
                .because
                .iter()
                .map(|(name, here, there)| {
                    format!("{name} {} instead of {}", choice(there), choice(here))
                })
                .collect();
            let because = match (because.is_empty(), other.value == one.value) {
                (true, true) => "the same".to_owned(),
                (true, false) => "several choices together".to_owned(),
                (false, _) => because.join("; "),
            };
            let value = other.value.map_or_else(|_| "undefined".to_owned(), rounded);
            let _ = writeln!(text, "    {:<22} {value:<12} {because}", other.convention);
        }
    }
    text
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
            .map(|(name, value)| (name.clone(), number(value)))
            .collect();
        let others: Vec<Value> = one
            .others
            .iter()
            .map(|other| {
                let because: Map<String, Value> = other
                    .because
                    .iter()
                    .map(|(name, here, there)| {
                        (name.clone(), json!({ "here": here, "there": there }))
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
        "series": series.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_choice_at_a_time_tells_what_changes_a_value() {
        let (here, there) = (Convention::crypto(), Convention::empyrical());
        let differences = differences(&here, &there);
        let names: Vec<&str> = differences.iter().map(|(name, ..)| name.as_str()).collect();
        assert!(
            names.contains(&"days_per_year") && !names.contains(&"name"),
            "{names:?}"
        );
        for (name, _, value) in &differences {
            let changed = with_choice(&here, name, value).unwrap();
            let again = super::differences(&here, &changed);
            assert_eq!(again.len(), 1, "{name}");
        }
    }
}
