//! Where the series come from: tokens of the lake, or a file of returns or of prices.

use std::{path::Path, sync::Arc};

use highwater_ingest::{ImportError, ReturnSeries, read_returns};
use highwater_market::{Timestamp, Token};
use highwater_metrics::{Convention, PeriodsError, PeriodsPerYear, returns_from_prices};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::beside;
use crate::{
    args,
    failure::{Exit, Failure, Outcome},
    series::{Series, per_year_of},
    session::Session,
    settings::Settings,
    terminal::Terminal,
};

/// The series, and what a reader of the results must know of them.
pub(super) fn read(
    args: &args::Metrics,
    settings: &Settings,
    convention: &Convention,
    terminal: &Terminal,
) -> Outcome<(Vec<Series>, Map<String, Value>)> {
    let mut evidence = Map::new();
    if let Some(moment) = args.as_of.as_of {
        evidence.insert("as_of".to_owned(), json!(moment));
    }
    let file = match (&args.returns, &args.prices) {
        (Some(file), _) => Some((file, "--returns", false)),
        (None, Some(file)) => Some((file, "--prices", true)),
        (None, None) => None,
    };
    if let Some((file, flag, holds_prices)) = file {
        settings.refuse_flag_lake(
            &format!("`{flag}` reads a file and no lake"),
            "leave one of the two out",
        )?;
        let mut series = of_file(file, holds_prices, args, convention, terminal)?;
        beside::put(&mut series, args, convention, |_| Ok(None))?;
        return Ok((series, evidence));
    }
    let session = Session::open(settings, &args.as_of)?;
    let tokens = session.tokens(&args.symbols)?;
    let mut series = session.series(
        &tokens,
        args.timeframe,
        convention,
        args.periods_per_year,
        terminal,
    )?;
    if !args.symbols.is_empty() && series.len() < tokens.len() {
        let measured = |token: &Token| series.iter().any(|one| one.token.as_ref() == Some(token));
        let missing: Vec<String> = tokens
            .iter()
            .filter(|token| !measured(token))
            .map(ToString::to_string)
            .collect();
        return Err(Failure::data(format!(
            "no return to measure of {}",
            missing.join("; ")
        ))
        .hint("`highwater lake ls` shows which bars there are; `highwater lake check`, whether some are gone"));
    }
    beside::put(&mut series, args, convention, |name| {
        let token = session.token(name)?;
        let found = session.series(
            &[token],
            args.timeframe,
            convention,
            args.periods_per_year,
            terminal,
        )?;
        Ok(found.into_iter().next())
    })?;
    evidence.insert("clock".to_owned(), json!(args.as_of.clock));
    evidence.insert("view_hash".to_owned(), json!(session.reader.view_hash()));
    Ok((series, evidence))
}

fn of_file(
    file: &Path,
    holds_prices: bool,
    args: &args::Metrics,
    convention: &Convention,
    terminal: &Terminal,
) -> Outcome<Vec<Series>> {
    let mut read = read_returns(file).map_err(|error| {
        // The hints of an import name its flags, which are others than those here.
        let hint = match &error {
            ImportError::Rows { .. } => {
                "correct the file; rows stand in the order of their times".to_owned()
            }
            ImportError::MissingColumn { .. } | ImportError::AmbiguousColumn { .. } => {
                "name one column `time` or `date`, and the others after their series".to_owned()
            }
            other => other.hint(),
        };
        Failure::caused(Exit::Usage, &error).hint(hint)
    })?;
    let what = file.display().to_string();
    // A return is known at its time, and what came later did not exist: its spacing tells nothing either.
    if let Some(moment) = args.as_of.as_of {
        read = known_at(read, moment, &what, terminal)?;
    }
    let per_year = per_year(&read, convention, args.periods_per_year, &what)?;
    if !holds_prices {
        // In parallel, since each finds out whether its times are even.
        let series = read.into_par_iter().zip(per_year);
        return Ok(series
            .map(|(one, per_year)| Series::of_column(one.name, one.times, one.values, per_year))
            .collect());
    }
    let mut ends: (Arc<[i64]>, Arc<[i64]>) = (Arc::from([]), Arc::from([]));
    read.into_iter()
        .zip(per_year)
        .map(|(one, per_year)| {
            if let Some(row) = one.values.iter().position(|&price| price <= 0.0) {
                return Err(Failure::usage(format!(
                    "{what}, `{}`, row {} of it, {}: a price of {} has no return",
                    one.name,
                    row + 1,
                    one.time(row),
                    one.values[row]
                ))
                .hint("correct the file, or use `--returns` if it holds returns"));
            }
            // A return ends at the time of the later price.
            if !Arc::ptr_eq(&ends.0, &one.times) {
                ends = (
                    one.times.clone(),
                    one.times.iter().skip(1).copied().collect(),
                );
            }
            let first = one.times.first().copied();
            let returns = returns_from_prices(&one.values);
            Ok(Series::of_prices(
                one.name,
                first,
                ends.1.clone(),
                returns,
                per_year,
            ))
        })
        .collect()
}

/// The rows up to a moment; series that began later are left out, and counted.
fn known_at(
    read: Vec<ReturnSeries>,
    moment: Timestamp,
    what: &str,
    terminal: &Terminal,
) -> Outcome<Vec<ReturnSeries>> {
    let first = read.iter().filter_map(|one| one.times.first()).min();
    let first = first.copied().map(Timestamp::from_micros);
    let count = read.len();
    let mut shared: (Arc<[i64]>, Arc<[i64]>) = (Arc::from([]), Arc::from([]));
    let known = read.into_iter().filter_map(|mut one| {
        let rows = one.times.partition_point(|&time| time <= moment.micros());
        if !Arc::ptr_eq(&shared.0, &one.times) {
            shared = (one.times.clone(), Arc::from(&one.times[..rows]));
        }
        one.times = shared.1.clone();
        one.values.truncate(rows);
        (rows > 0).then_some(one)
    });
    let known: Vec<ReturnSeries> = known.collect();
    if let (true, Some(first)) = (known.is_empty(), first) {
        return Err(Failure::data(format!(
            "{what}: nothing was known at {moment}; the first row is of {first}"
        ))
        .hint("choose a later moment with `--as-of`"));
    }
    if known.len() < count {
        terminal.say(format_args!(
            "{what}: {} of {count} series begin after {moment}",
            count - known.len()
        ));
    }
    Ok(known)
}

/// Periods per year of each series: as stated, or as its times tell. Every series whose times do not is named.
fn per_year(
    read: &[ReturnSeries],
    convention: &Convention,
    stated: Option<f64>,
    what: &str,
) -> Outcome<Vec<PeriodsPerYear>> {
    let refused = |error: PeriodsError| Failure::usage(format!("{what}: {error}"));
    if let Some(stated) = stated {
        let stated = PeriodsPerYear::new(stated).map_err(refused)?;
        return Ok(vec![stated; read.len()]);
    }
    let mut told: Vec<Option<PeriodsPerYear>> = Vec::with_capacity(read.len());
    for (at, one) in read.iter().enumerate() {
        let like_last = at > 0 && Arc::ptr_eq(&read[at - 1].times, &one.times);
        told.push(match told.last() {
            Some(&last) if like_last => last,
            _ => per_year_of(&one.times, convention)
                .transpose()
                .map_err(refused)?,
        });
    }
    let irregular = read.iter().zip(&told).filter(|(_, told)| told.is_none());
    let irregular: Vec<&str> = irregular.map(|(one, _)| one.name.as_str()).collect();
    if irregular.is_empty() {
        return Ok(told.into_iter().flatten().collect());
    }
    const FEW: usize = 5;
    let named: Vec<String> = irregular
        .iter()
        .take(FEW)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match irregular.len().saturating_sub(FEW) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(Failure::usage(format!(
        "{what}: the times of {}{more} are not evenly spaced, so that they do not tell how many periods a year has",
        named.join(", ")
    ))
    .hint("say it with `--periods-per-year`: 12 for months, 252 for trading days"))
}
