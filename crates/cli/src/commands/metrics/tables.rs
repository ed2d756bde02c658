//! Tables of metrics: for people side by side or a line a series, for machines a row or an object a series.

use highwater_market::Timestamp;
use highwater_metrics::{Convention, Metric, Undefined, Unit};
use serde_json::{Map, Value, json};

use crate::{
    series::Measured,
    sheet::{Cell, Sheet, exact},
    terminal::Terminal,
};

/// Above so many series, a table has a row a series instead of a column.
pub(super) const SIDE_BY_SIDE: usize = 5;

pub(crate) fn value(measured: &Measured<'_>, metric: &Metric) -> Result<f64, Undefined> {
    measured.value(metric)
}

/// A metric's cell: fractions read as percentages in a table.
pub(crate) fn cell(metric: &Metric, value: Result<f64, Undefined>) -> Cell {
    match (value, metric.unit) {
        (Err(_), _) => Cell::None,
        (Ok(value), Unit::Fraction | Unit::FractionPerYear) => Cell::Fraction(value),
        (Ok(value), Unit::Periods) if value.fract() == 0.0 && value.abs() < 1e15 => {
            Cell::Whole(value)
        }
        (Ok(value), Unit::Ratio | Unit::Periods) => Cell::Float(value),
    }
}

pub(super) fn object(measured: &Measured<'_>, metrics: &[&Metric]) -> Value {
    let mut object = Map::new();
    object.insert("name".to_owned(), json!(measured.series.name));
    if let Some(token) = &measured.series.token {
        object.insert("source".to_owned(), json!(token.source));
        object.insert("token_id".to_owned(), json!(token.id));
    }
    object.insert("window".to_owned(), json!(measured.window.to_string()));
    object.insert("from".to_owned(), json!(measured.from()));
    object.insert("until".to_owned(), json!(measured.until()));
    object.insert(
        "periods_per_year".to_owned(),
        json!(measured.series.per_year.get()),
    );
    object.insert(
        "observations".to_owned(),
        json!(measured.summary.observations),
    );
    object.insert("skipped".to_owned(), json!(measured.summary.skipped));
    let mut values = Map::new();
    let mut undefined = Map::new();
    for metric in metrics {
        match value(measured, metric) {
            Ok(value) => {
                values.insert(metric.name.to_owned(), json!(value));
            }
            Err(reason) => {
                values.insert(metric.name.to_owned(), Value::Null);
                undefined.insert(metric.name.to_owned(), json!(reason.to_string()));
            }
        }
    }
    object.insert("metrics".to_owned(), Value::Object(values));
    object.insert("undefined".to_owned(), Value::Object(undefined));
    let notes: Map<String, Value> = measured
        .notes()
        .into_iter()
        .map(|(name, note)| (name.to_owned(), note))
        .collect();
    object.insert("notes".to_owned(), Value::Object(notes));
    Value::Object(object)
}

/// A column a series: for a few.
pub(super) fn side_by_side(measured: &[Measured<'_>], metrics: &[&Metric]) -> Sheet {
    let several_windows = measured
        .iter()
        .any(|other| other.window != measured[0].window);
    let several_series = measured
        .iter()
        .any(|other| other.series.name != measured[0].series.name);
    let mut columns = vec!["metric".to_owned()];
    columns.extend(
        measured
            .iter()
            .map(|one| match (several_series, several_windows) {
                (false, true) => format!("{} {}", one.series.name, one.window),
                (true, true) => format!("{} {}", one.series.name, one.window),
                _ => one.series.name.clone(),
            }),
    );
    let mut sheet = Sheet::with_columns(columns);
    let mut push = |name: &str, cells: Vec<Cell>| {
        let mut row = vec![Cell::text(name)];
        row.extend(cells);
        sheet.push(row);
    };
    let count = |number: usize| Cell::Int(number as i64);
    let time = |time: Option<Timestamp>| Cell::option(time, Cell::Time);
    push(
        "from",
        measured.iter().map(|one| time(one.from())).collect(),
    );
    push(
        "until",
        measured.iter().map(|one| time(one.until())).collect(),
    );
    push(
        "returns",
        measured
            .iter()
            .map(|one| count(one.summary.observations))
            .collect(),
    );
    if measured.iter().any(|one| one.summary.skipped > 0) {
        push(
            "missing",
            measured
                .iter()
                .map(|one| count(one.summary.skipped))
                .collect(),
        );
    }
    for metric in metrics {
        push(
            metric.title,
            measured
                .iter()
                .map(|one| cell(metric, value(one, metric)))
                .collect(),
        );
    }
    sheet
}

/// A metric's name where there is little room.
pub(crate) fn short(metric: &Metric) -> &'static str {
    match metric.name {
        "total_return" => "return",
        "cagr" => "CAGR",
        "volatility" => "volatility",
        "downside_deviation" => "downside",
        "sharpe" => "Sharpe",
        "sortino" => "Sortino",
        "calmar" => "Calmar",
        "max_drawdown" => "drawdown",
        "win_rate" => "wins",
        name => name,
    }
}

/// A line a series, for people: only what differs between the series, and short headings.
pub(super) fn one_line_each(measured: &[Measured<'_>], metrics: &[&Metric]) -> Sheet {
    let several_windows = measured
        .iter()
        .any(|other| other.window != measured[0].window);
    let missing = measured.iter().any(|one| one.summary.skipped > 0);
    let mut columns = vec!["token".to_owned()];
    if several_windows {
        columns.push("window".to_owned());
    }
    columns.push("returns".to_owned());
    if missing {
        columns.push("missing".to_owned());
    }
    columns.extend(metrics.iter().map(|metric| short(metric).to_owned()));
    let mut sheet = Sheet::with_columns(columns);
    for one in measured {
        let mut row = vec![Cell::text(&one.series.name)];
        if several_windows {
            row.push(Cell::text(one.window.to_string()));
        }
        row.push(Cell::Int(one.summary.observations as i64));
        if missing {
            row.push(Cell::Int(one.summary.skipped as i64));
        }
        row.extend(
            metrics
                .iter()
                .map(|metric| cell(metric, value(one, metric))),
        );
        sheet.push(row);
    }
    sheet
}

/// A row a series, with all that is known of it: for machines.
pub(super) fn one_row_each(measured: &[Measured<'_>], metrics: &[&Metric]) -> Sheet {
    let mut columns: Vec<String> = ["name", "source", "window", "observations", "skipped"]
        .map(str::to_owned)
        .to_vec();
    columns.extend(metrics.iter().map(|metric| metric.name.to_owned()));
    let mut sheet = Sheet::with_columns(columns);
    for one in measured {
        let mut row = vec![
            Cell::text(&one.series.name),
            Cell::option(one.series.token.as_ref(), |token| {
                Cell::text(token.source.as_str())
            }),
            Cell::text(one.window.to_string()),
            Cell::Int(one.summary.observations as i64),
            Cell::Int(one.summary.skipped as i64),
        ];
        row.extend(
            metrics
                .iter()
                .map(|metric| cell(metric, value(one, metric))),
        );
        sheet.push(row);
    }
    sheet
}

/// Remarks under a table: the convention, why a cell is empty, what a careful reader should know.
pub(super) fn remarks(
    measured: &[Measured<'_>],
    metrics: &[&Metric],
    convention: &Convention,
    terminal: &Terminal,
) {
    if let Some(first) = measured.first() {
        let counts = || measured.iter().map(|one| one.series.per_year.get());
        let (fewest, most) = (
            counts().fold(f64::INFINITY, f64::min),
            counts().fold(0.0, f64::max),
        );
        let first = exact(first.series.per_year.get());
        let periods = if fewest == most {
            first
        } else {
            format!("{} to {}", exact(fewest), exact(most))
        };
        terminal.say(format_args!(
            "convention {}: {periods} periods a year",
            convention.name
        ));
        if measured.iter().any(|one| {
            one.series
                .token
                .as_ref()
                .is_some_and(|token| token.source == highwater_market::Source::simulated())
        }) {
            terminal.say("these prices are simulated");
        }
    }
    for one in measured {
        let name = format!("{} {}", one.series.name, one.window);
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for metric in metrics {
            if let Err(reason) = value(one, metric) {
                let reason = reason.to_string();
                match reasons.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, names)) => names.push(metric.name),
                    None => reasons.push((reason, vec![metric.name])),
                }
            }
        }
        for (reason, names) in reasons {
            terminal.say(format_args!(
                "{name}: {} undefined: {reason}",
                names.join(", ")
            ));
        }
        if measured.len() <= SIDE_BY_SIDE {
            let notes = one.remarks();
            if !notes.is_empty() {
                terminal.say(format_args!("{name}: {}", notes.join("; ")));
            }
        }
    }
}
