//! Where the series come from: tokens of the lake, or a file of returns or of prices.

use std::{path::Path, sync::Arc};

use highwater_ingest::{ImportError, ReturnSeries, read_returns};
use highwater_market::{Timestamp, Token};
use highwater_metrics::{Convention, PeriodsError, PeriodsPerYear, returns_from_prices};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::{beside, once};
use crate::{
    args,
    failure::{Exit, Failure, Outcome},
    series::{Series, per_year_of},
    session::Session,
    settings::Settings,
    sheet::rounded,
    spacing::{Grid, contradiction, counts_every_day, rows_per_year},
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
    let tokens = once(&session.tokens(&args.symbols)?, "--symbol", terminal);
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
    let read = columns(read, holds_prices, &args.columns, &what, terminal)?;
    let (read, per_year, gaps) = spaced(read, convention, args.periods_per_year, &what, terminal)?;
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
        .zip(gaps)
        .map(|((one, per_year), gaps)| {
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
            Ok(
                Series::of_prices(one.name, first, ends.1.clone(), returns, per_year)
                    .with_gaps(gaps),
            )
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

/// The columns that are series: those that were named, or all; of bars the close.
fn columns(
    read: Vec<ReturnSeries>,
    holds_prices: bool,
    named: &[String],
    what: &str,
    terminal: &Terminal,
) -> Outcome<Vec<ReturnSeries>> {
    let is = |one: &ReturnSeries, name: &str| one.name.trim().eq_ignore_ascii_case(name);
    if !named.is_empty() {
        let mut chosen: Vec<ReturnSeries> = Vec::with_capacity(named.len());
        for name in once(named, "--columns", terminal) {
            let found = read.iter().find(|one| one.name == name);
            let found = found.or_else(|| read.iter().find(|one| is(one, name.trim())));
            let found = found.ok_or_else(|| {
                let names: Vec<&str> = read.iter().map(|one| one.name.as_str()).collect();
                Failure::usage(format!("{what} has no column `{name}`"))
                    .hint(format!("its columns are {}", names.join(", ")))
            })?;
            if !chosen.iter().any(|one| one.name == found.name) {
                chosen.push(found.clone());
            }
        }
        return Ok(chosen);
    }
    let holds = |name: &str| read.iter().any(|one| is(one, name));
    if !(holds_prices && ["open", "high", "low", "close"].into_iter().all(holds)) {
        return Ok(read);
    }
    terminal.say(format_args!(
        "{what} holds bars: measured is `close`; `--columns` chooses others"
    ));
    Ok(read.into_iter().filter(|one| is(one, "close")).collect())
}

/// The series, how many periods a year of each has, and how many gaps.
type Spaced = (Vec<ReturnSeries>, Vec<PeriodsPerYear>, Vec<usize>);

/// Periods per year of each series: as stated, or as its times tell. Where a few times of a grid are missing and every
/// day counts, they are missing rows. Every series whose times do not tell is named, and so is one whose dates say
/// otherwise than what is stated.
fn spaced(
    mut read: Vec<ReturnSeries>,
    convention: &Convention,
    stated: Option<f64>,
    what: &str,
    terminal: &Terminal,
) -> Outcome<Spaced> {
    let refused = |error: PeriodsError| Failure::usage(format!("{what}: {error}"));
    let stated = stated
        .map(PeriodsPerYear::new)
        .transpose()
        .map_err(refused)?;
    let mut told: Vec<Option<PeriodsPerYear>> = Vec::with_capacity(read.len());
    let mut gaps = vec![0; read.len()];
    let mut times: Option<Arc<[i64]>> = None;
    for (at, one) in read.iter_mut().enumerate() {
        let even = match (&times, told.last()) {
            // As the one before it: found out once.
            (Some(before), Some(&last)) if Arc::ptr_eq(before, &one.times) && gaps[at - 1] == 0 => {
                told.push(last);
                continue;
            }
            _ => per_year_of(&one.times, convention)
                .transpose()
                .map_err(refused)?,
        };
        times = Some(one.times.clone());
        if even.is_some() || one.times.len() < 2 {
            told.push(stated.or(even));
            continue;
        }
        let grid = Grid::of(&one.times).filter(|_| counts_every_day(convention));
        let of_grid = grid.and_then(|grid| {
            convention
                .periods_per_year(86_400e6 / grid.step as f64)
                .ok()
        });
        // Who states the grid's own number means the grid.
        let fewest = match (stated, of_grid) {
            (None, _) => Some(20),
            (Some(stated), Some(of_grid)) if stated == of_grid => Some(10),
            _ => None,
        };
        if let (Some(grid), Some(fewest)) = (grid, fewest)
            && grid.lacks_at_most_one_in(fewest, one.times.len())
        {
            terminal.say(format_args!(
                "{what}, `{}`: {} of {} times are missing, and count as missing rows",
                one.name,
                grid.missing,
                one.times.len() + grid.missing
            ));
            gaps[at] = one
                .times
                .windows(2)
                .filter(|pair| pair[1] - pair[0] > grid.step)
                .count();
            let (on_grid, values) = grid.filled(&one.times, &one.values);
            (one.times, one.values) = (on_grid.into(), values);
            told.push(stated.or(of_grid));
            continue;
        }
        if let Some(stated) = stated
            && let Some(by_dates) = contradiction(&one.times, stated.get())
        {
            return Err(Failure::usage(format!(
                "{what}: by the dates of `{}` a year has {} rows, and {} are stated: its yearly figures would be wrong",
                one.name,
                rounded(by_dates),
                stated.get()
            ))
            .hint(format!(
                "set `--periods-per-year {:.0}`, or give the missing times as rows with empty cells",
                by_dates
            )));
        }
        told.push(stated);
    }
    let irregular = read.iter().zip(&told).filter(|(_, told)| told.is_none());
    let irregular: Vec<&ReturnSeries> = irregular.map(|(one, _)| one).collect();
    let Some(first) = irregular.first() else {
        return Ok((read, told.into_iter().flatten().collect(), gaps));
    };
    const FEW: usize = 5;
    let named: Vec<String> = irregular
        .iter()
        .take(FEW)
        .map(|one| format!("`{}`", one.name))
        .collect();
    let more = match irregular.len().saturating_sub(FEW) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let by_dates = rows_per_year(&first.times).map_or_else(String::new, |by_dates| {
        format!(
            "; by its dates, a year of `{}` has {}",
            first.name,
            rounded(by_dates)
        )
    });
    Err(Failure::usage(format!(
        "{what}: the times of {}{more} are not evenly spaced, so that they do not tell how many periods a year has",
        named.join(", ")
    ))
    .hint(format!(
        "say it with `--periods-per-year`: 12 for months, 252 for trading days{by_dates}"
    )))
}
