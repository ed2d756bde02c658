//! Where the series come from: tokens of the lake, or a file of returns or of prices.

use std::path::Path;

use highwater_ingest::read_returns;
use highwater_market::Timestamp;
use highwater_metrics::{Convention, returns_from_prices};
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
        let mut series = of_file(file, holds_prices, args, convention)?;
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
) -> Outcome<Vec<Series>> {
    let read = read_returns(file)
        .map_err(|error| Failure::caused(Exit::Usage, &error).hint(error.hint()))?;
    let what = file.display().to_string();
    // A return is known at its time, and what came later did not exist: its spacing tells nothing either.
    let moment = args.as_of.as_of.unwrap_or(Timestamp::MAX);
    let known = read.times.partition_point(|time| *time <= moment);
    if let (0, Some(first)) = (known, read.times.first()) {
        return Err(Failure::data(format!(
            "{what}: nothing was known at {moment}; the first row is of {first}"
        ))
        .hint("choose a later moment with `--as-of`"));
    }
    let times: Vec<i64> = read.times[..known]
        .iter()
        .map(|time| time.micros())
        .collect();
    let per_year = per_year_of(&times, convention, args.periods_per_year, &what)?;
    read.columns
        .into_iter()
        .map(|(name, mut values)| {
            values.truncate(known);
            if !holds_prices {
                return Ok(Series::of_column(name, times.clone(), values, per_year));
            }
            let wrong = values.iter().position(|&price| price <= 0.0);
            if let Some(row) = wrong {
                return Err(Failure::usage(format!(
                    "{what}, column `{name}`, row {}: a price of {} has no return",
                    row + 1,
                    values[row]
                ))
                .hint("correct the file, or use `--returns` if it holds returns"));
            }
            let returns = returns_from_prices(&values);
            Ok(Series::of_prices(name, times.clone(), returns, per_year))
        })
        .collect()
}
