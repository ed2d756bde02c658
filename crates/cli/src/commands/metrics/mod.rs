//! `highwater metrics`: the catalogue over tokens of the lake, or over return or price series of a file.

mod beside;
mod calendar;
mod drawdowns;
mod explain;
mod listing;
mod rolling;
mod source;
mod tables;

use highwater_metrics::{Better, Convention, Kind, Metric, Rate, Selection, Window};
use serde_json::{Map, json};

pub(crate) use tables::{cell, short, value};

use crate::{
    args,
    failure::{Failure, Outcome},
    series::{Measured, measure_all},
    session,
    settings::Settings,
    sheet::Format,
    terminal::Terminal,
};
use tables::{SIDE_BY_SIDE, object, one_line_each, one_row_each, remarks, side_by_side};

pub(crate) fn run(args: &args::Metrics, settings: &Settings, terminal: &Terminal) -> Outcome {
    if args.list {
        return listing::run(&args.output, terminal);
    }
    let convention = convention(args, settings)?;
    let explained = args.explain.as_deref().map(named).transpose()?;
    let sorted_by = args.sort.as_deref().map(named).transpose()?;
    let selection = chosen(&args.metrics)?;
    let named = args
        .metrics
        .iter()
        .filter_map(|name| Metric::named(name.trim()).ok());
    for metric in named.chain(explained).chain(sorted_by) {
        can_be_measured(metric, args)?;
    }
    let (series, evidence) = source::read(args, settings, &convention, terminal)?;
    if let Some(metric) = explained {
        return explain::run(metric, &series, args, &convention, terminal);
    }
    if let Some(length) = &args.rolling {
        return rolling::run(length, &selection, &series, args, &convention, terminal);
    }
    if let Some(count) = args.drawdowns {
        return drawdowns::run(count, &series, args, &convention, terminal);
    }
    if args.calendar {
        return calendar::run(&series, args, &convention, terminal);
    }
    // What the rows are sorted by is measured, if it is shown or not.
    let measuring = match sorted_by {
        Some(metric) if !selection.metrics().contains(&metric) => {
            let shown = selection.metrics().iter().copied();
            Selection::named(shown.chain([metric]).map(|metric| metric.name))
                .map_err(|error| Failure::usage(error.to_string()))?
        }
        _ => selection.clone(),
    };
    let windows = once(&args.windows, "--window", terminal);
    let mut measured = measure_all(&series, &windows, &convention, &measuring);
    if let Some(metric) = sorted_by {
        sort(&mut measured, metric);
    }
    show(&measured, &selection, &convention, evidence, args, terminal)?;
    let has_a_value = measured.iter().any(|one| {
        selection
            .metrics()
            .iter()
            .any(|metric| value(one, metric).is_ok())
    });
    if has_a_value {
        Ok(())
    } else {
        Err(Failure::data("no metric has a value on these data"))
    }
}

fn show(
    measured: &[Measured<'_>],
    selection: &Selection,
    convention: &Convention,
    mut evidence: Map<String, serde_json::Value>,
    args: &args::Metrics,
    terminal: &Terminal,
) -> Outcome {
    let metrics = selection.metrics();
    let output = args.output.output.as_deref();
    match args.output.format {
        Format::Json => {
            let mut answer = Map::new();
            answer.insert("convention".to_owned(), json!(convention.name));
            answer.append(&mut evidence);
            answer.insert(
                "series".to_owned(),
                measured.iter().map(|one| object(one, metrics)).collect(),
            );
            terminal.json(output, &answer)
        }
        format @ (Format::Table | Format::Markdown) => {
            let sheet = if measured.len() <= SIDE_BY_SIDE {
                side_by_side(measured, metrics)
            } else {
                one_line_each(measured, metrics)
            };
            sheet.write(format, output, terminal)?;
            remarks(measured, metrics, convention, terminal);
            Ok(())
        }
        format => one_row_each(measured, metrics).write(format, output, terminal),
    }
}

/// What was named must have what it needs.
fn can_be_measured(metric: &Metric, args: &args::Metrics) -> Outcome {
    let name = metric.name;
    if metric.kind == Kind::Pairs && args.benchmark.is_none() {
        return Err(
            Failure::usage(format!("`{name}` is measured against a benchmark"))
                .hint("name one: `--benchmark BTC`, or a column of the file"),
        );
    }
    if name == "dsr" && args.trials.is_none() {
        return Err(
            Failure::usage("`dsr` needs to know from how many trials a series was chosen")
                .hint("say it with `--trials 100:0.002`, or `--trials series` if the series are the trials"),
        );
    }
    Ok(())
}

/// The better first, of a metric that does not rank the greater; what is undefined last; of equals the order stays.
fn sort(measured: &mut [Measured<'_>], metric: &Metric) {
    measured.sort_by(
        |one, other| match (value(one, metric), value(other, metric)) {
            (Ok(one), Ok(other)) if metric.better == Better::Lower => one.total_cmp(&other),
            (Ok(one), Ok(other)) => other.total_cmp(&one),
            (one, other) => one.is_err().cmp(&other.is_err()),
        },
    );
}

/// The convention of the settings, with the risk-free rate of the arguments.
fn convention(args: &args::Metrics, settings: &Settings) -> Outcome<Convention> {
    let mut convention = session::convention(settings, args.convention.as_ref())?;
    if let Some(rate) = args.risk_free {
        convention.risk_free = Rate::YearCompound { value: rate.0 };
        convention.name = format!("{}, risk-free {} a year", convention.name, rate);
    }
    Ok(convention)
}

fn named(name: &str) -> Outcome<&'static Metric> {
    Metric::named(name.trim()).map_err(|error| {
        Failure::usage(error.to_string()).hint("`highwater metrics --list` names every metric")
    })
}

/// The metrics of a list of names; `core` stands for those of the summary, `all` for the whole catalogue.
pub(crate) fn chosen(names: &[String]) -> Outcome<Selection> {
    let mut chosen: Vec<&'static str> = Vec::new();
    for name in names {
        match name.trim() {
            "all" => return Ok(Selection::all()),
            "core" => chosen.extend(Selection::core().metrics().iter().map(|one| one.name)),
            "" => {
                return Err(Failure::usage("`--metrics` holds an empty name")
                    .hint("`core` stands for the usual ones, `all` for every one; `highwater metrics --list` names them"));
            }
            name => chosen.push(named(name)?.name),
        }
    }
    let mut seen = std::collections::HashSet::new();
    chosen.retain(|name| seen.insert(*name));
    Selection::named(chosen).map_err(|error| Failure::usage(error.to_string()))
}

/// The one window of a view that shows a single one.
fn one_window(args: &args::Metrics) -> Outcome<Window> {
    match args.windows[..] {
        [window, ref others @ ..] if others.iter().all(|other| *other == window) => Ok(window),
        _ => Err(
            Failure::usage("this view shows one window, and several are asked for")
                .hint("give one `--window`"),
        ),
    }
}

/// What was asked for, each once.
fn once<T: Clone + PartialEq + std::fmt::Display>(
    asked: &[T],
    flag: &str,
    terminal: &Terminal,
) -> Vec<T> {
    let mut once: Vec<T> = Vec::with_capacity(asked.len());
    for one in asked {
        if once.contains(one) {
            terminal.say(format_args!("`{flag}` names {one} twice: it is shown once"));
        } else {
            once.push(one.clone());
        }
    }
    once
}
