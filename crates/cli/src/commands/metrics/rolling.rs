//! A metric at every row, of the rows up to it.

use highwater_market::Timestamp;
use highwater_metrics::{
    Convention, Metric, Selection,
    rolling::{RollingMetric, Windows, rolling},
};

use crate::{
    args,
    failure::{Failure, Outcome},
    series::Series,
    sheet::{Cell, Sheet},
    terminal::Terminal,
};

use super::{cell, one_window};

/// The metrics that roll, and how.
const ROLLING: [(&str, RollingMetric); 5] = [
    ("volatility", RollingMetric::Volatility),
    ("sharpe", RollingMetric::Sharpe),
    ("sortino", RollingMetric::Sortino),
    ("max_drawdown", RollingMetric::MaxDrawdown),
    ("var_95", RollingMetric::Quantile(0.05)),
];

pub(super) fn run(
    length: &str,
    selection: &Selection,
    series: &[Series],
    args: &args::Metrics,
    convention: &Convention,
    terminal: &Terminal,
) -> Outcome {
    let window = one_window(args)?;
    let metrics = rolled(selection, &args.metrics)?;
    let asked: Vec<RollingMetric> = metrics.iter().map(|(_, rolling)| *rolling).collect();
    let mut columns = ["name", "time", "observations"].map(str::to_owned).to_vec();
    columns.extend(metrics.iter().map(|(metric, _)| metric.name.to_owned()));
    let mut sheet = Sheet::with_columns(columns);
    for one in series {
        let part = one.part(window);
        let rows = rows_of(length, one)?;
        if rows > part.returns.len() {
            terminal.warn(format_args!(
                "{}: {} returns do not fill a window of {rows}",
                one.name,
                part.returns.len()
            ));
        }
        // A window is full when all its rows have passed; of missing ones it may hold some, down to a half.
        let windows = Windows::new(rows, rows.div_ceil(2).max(2).min(rows))
            .map_err(|error| Failure::usage(format!("`--rolling {length}`: {error}")))?;
        let found = rolling(&[part.returns], windows, &asked, convention, one.per_year);
        let Some(found) = found.first() else {
            continue;
        };
        let mut observations: usize = part.returns[..(rows - 1).min(part.returns.len())]
            .iter()
            .filter(|value| !value.is_nan())
            .count();
        for (row, &time) in part.times.iter().enumerate().skip(rows - 1) {
            observations += usize::from(!part.returns[row].is_nan());
            if row >= rows {
                observations -= usize::from(!part.returns[row - rows].is_nan());
            }
            // A window ends with a return that is there.
            if part.returns[row].is_nan() {
                continue;
            }
            let mut line = vec![
                Cell::text(&one.name),
                Cell::Time(Timestamp::from_micros(time)),
                Cell::Int(observations as i64),
            ];
            line.extend(metrics.iter().zip(found).map(|((metric, _), rolled)| {
                rolled
                    .get(row)
                    .map_or(Cell::None, |value| cell(metric, value))
            }));
            sheet.push(line);
        }
    }
    let is_empty = sheet.is_empty();
    sheet.write(args.output.format, args.output.output.as_deref(), terminal)?;
    if is_empty {
        return Err(Failure::data("no series fills a window of this length"));
    }
    Ok(())
}

/// The rolling metrics of a selection: what was named must roll; of `core` and `all`, those that do.
fn rolled(
    selection: &Selection,
    names: &[String],
) -> Outcome<Vec<(&'static Metric, RollingMetric)>> {
    let named: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    let rolls = |name: &str| ROLLING.iter().find(|(known, _)| *known == name);
    if let Some(name) = named
        .iter()
        .find(|name| !["core", "all"].contains(name) && rolls(name).is_none())
    {
        let known: Vec<&str> = ROLLING.iter().map(|(name, _)| *name).collect();
        return Err(Failure::usage(format!("`{name}` is not rolled"))
            .hint(format!("rolling are {}", known.join(", "))));
    }
    let metrics = selection.metrics().iter();
    Ok(metrics
        .filter_map(|&metric| Some((metric, rolls(metric.name)?.1)))
        .collect())
}

/// Rows of a window: so many days of the series' own step (`90d`), so many years of its periods (`1y`), or so many rows
/// (`90`).
fn rows_of(length: &str, series: &Series) -> Outcome<usize> {
    let wrong = || {
        Failure::usage(format!("`--rolling {length}` is no length")).hint(
            "write days as 90d, years of the convention's periods as 1y, or a number of returns as 90; two at least",
        )
    };
    let length = length.trim();
    let per_year = series.per_year.get();
    let rows = if length == "all" {
        return Err(
            Failure::usage("`--rolling all` does not roll: everything is one window")
                .hint("leave `--rolling` out, or give a length as 90d, 1y or 90"),
        );
    } else if let Some(days) = length.strip_suffix('d') {
        let days: usize = days.parse().map_err(|_| wrong())?;
        let step = series.step().ok_or_else(|| {
            Failure::usage(format!(
                "{}: the times are not evenly spaced, so that days do not tell how many returns",
                series.name
            ))
            .hint(format!(
                "give years of {per_year} returns, such as `--rolling 1y`, or a number of returns, such as `--rolling {:.0}`",
                (days as f64 * per_year / 365.0).round().max(2.0)
            ))
        })?;
        (days as f64 * 86_400e6 / step as f64).round()
    } else if let Some(years) = length.strip_suffix('y') {
        let years: u32 = years.parse().map_err(|_| wrong())?;
        (f64::from(years) * per_year).round()
    } else {
        length.parse::<u32>().map_err(|_| wrong())?.into()
    };
    if !(2.0..1e9).contains(&rows) {
        return Err(wrong());
    }
    Ok(rows as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rolls_is_in_the_catalogue_under_its_name() {
        for (name, _) in ROLLING {
            assert!(Metric::named(name).is_ok(), "{name}");
        }
    }
}
