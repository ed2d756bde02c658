//! `highwater lake`: what is in it, and what is wrong with it.

use highwater_lake::{Fault, Lake, Revisions};
use highwater_market::{AsOf, Clock, Source, Timestamp, TokenId, Value, tables};

use crate::{
    args::{LakeCommand, OutputArgs},
    failure::{Failure, Outcome},
    settings::Settings,
    sheet::{Cell, Sheet, exact},
    terminal::Terminal,
};

pub(crate) fn run(command: &LakeCommand, settings: &Settings, terminal: &Terminal) -> Outcome {
    let lake = Lake::open(&settings.lake.value)?;
    match command {
        LakeCommand::Ls { output } => ls(&lake, output, terminal),
        LakeCommand::Check { output } => check(&lake, output, terminal),
        LakeCommand::Revisions {
            table,
            symbol,
            sources,
            output,
        } => {
            let sources = if sources.is_empty() {
                &settings.sources.value
            } else {
                sources
            };
            revisions(
                &lake,
                table.as_deref(),
                symbol.as_deref(),
                sources,
                output,
                terminal,
            )
        }
        LakeCommand::SqlView => terminal.data(None, lake.sql_view()?.as_bytes()),
        LakeCommand::Compact => compact(&lake, terminal),
    }
}

fn ls(lake: &Lake, output: &OutputArgs, terminal: &Terminal) -> Outcome {
    let mut sheet = Sheet::new([
        "table",
        "source",
        "rows",
        "keys",
        "tokens",
        "from",
        "until",
        "last_seen",
        "files",
        "bytes",
    ]);
    for contents in lake.ls()? {
        // Rows that carry no date of their own, as those of the list of tokens, stand at the epoch.
        let dated = |event: Option<Timestamp>| {
            Cell::option(
                event.filter(|event| *event != Timestamp::default()),
                Cell::Time,
            )
        };
        sheet.push(vec![
            Cell::text(contents.table),
            Cell::text(contents.source.as_str()),
            Cell::Int(contents.rows as i64),
            Cell::Int(contents.keys as i64),
            Cell::Int(contents.scopes as i64),
            dated(contents.first_event),
            dated(contents.last_event),
            Cell::Time(contents.last_observed),
            Cell::Int(contents.files as i64),
            Cell::Int(contents.bytes as i64),
        ]);
    }
    sheet.write(output.format, output.output.as_deref(), terminal)
}

fn check(lake: &Lake, output: &OutputArgs, terminal: &Terminal) -> Outcome {
    let problems = lake.check()?;
    if problems.is_empty() {
        terminal.say("every file is sound");
        return Ok(());
    }
    let mut sheet = Sheet::new(["file", "fault", "reason"]);
    for problem in &problems {
        sheet.push(vec![
            Cell::text(problem.path.display().to_string()),
            Cell::text(match problem.fault {
                Fault::Damaged => "damaged",
                Fault::Foreign => "foreign",
                Fault::Leftover => "left over",
                Fault::Lost => "lost",
            }),
            Cell::text(&problem.reason),
        ]);
    }
    sheet.write(output.format, output.output.as_deref(), terminal)?;
    let left_over = problems
        .iter()
        .filter(|problem| problem.fault == Fault::Leftover)
        .count();
    let lost = problems
        .iter()
        .filter(|problem| problem.fault == Fault::Lost)
        .count();
    if lost > 0 {
        return Err(Failure::data(
            "every file is sound, but rows that were stored once are gone: was a file moved out?",
        )
        .hint("snapshot those days again: what is gone is asked for; or import the file again"));
    }
    let wrong = problems.len() - left_over;
    if wrong == 0 {
        terminal.say(
            "what is left over of an unfinished store costs nothing: the next writer removes it",
        );
        return Ok(());
    }
    Err(Failure::data(format!(
        "{wrong} {} not as they were written",
        if wrong == 1 { "file is" } else { "files are" }
    ))
    .hint("move them out of the lake, then snapshot those days again: what is gone is asked for; or import the file again"))
}

fn revisions(
    lake: &Lake,
    table: Option<&str>,
    symbol: Option<&str>,
    sources: &[Source],
    output: &OutputArgs,
    terminal: &Terminal,
) -> Outcome {
    let held: std::collections::BTreeSet<Source> = lake
        .ls()?
        .into_iter()
        .map(|contents| contents.source)
        .collect();
    let tables: Vec<_> = match table {
        None => tables::ALL.to_vec(),
        Some(name) => vec![tables::by_name(name).ok_or_else(|| {
            let known: Vec<_> = tables::ALL.iter().map(|table| table.name).collect();
            Failure::usage(format!("there is no table `{name}`"))
                .hint(format!("tables are {}", known.join(", ")))
        })?],
    };
    if let Some(unknown) = sources.iter().find(|source| !held.contains(*source)) {
        let held: Vec<&str> = held.iter().map(Source::as_str).collect();
        return Err(
            Failure::data(format!("the lake holds nothing of a source `{unknown}`"))
                .hint(format!("its sources are {}", held.join(", "))),
        );
    }
    let reader = lake.reader(AsOf::latest(Clock::Observed))?;
    let token: Option<(Source, TokenId)> = match symbol {
        None => None,
        Some(symbol) => {
            let token = reader.resolve(symbol, sources)?;
            Some((token.source, token.id))
        }
    };
    let names: std::collections::HashMap<(Source, TokenId), String> = reader
        .tokens()?
        .into_iter()
        .map(|token| ((token.source, token.id), token.symbol))
        .collect();
    let mut sheet = Sheet::new([
        "table",
        "source",
        "subject",
        "time",
        "column",
        "first",
        "last",
        "versions",
        "last_seen",
    ]);
    for table in tables {
        let found = lake.revisions(
            table,
            token.as_ref().map(|(source, _)| source),
            token.as_ref().map(|(_, id)| *id),
        )?;
        for revised in found {
            if token.is_none() && !sources.is_empty() && !sources.contains(&revised.source) {
                continue;
            }
            let subject = match revised.scope.token() {
                Some(id) => names
                    .get(&(revised.source.clone(), id))
                    .map_or_else(|| format!("#{id}"), |symbol| format!("{symbol} #{id}")),
                None => revised.scope.to_string(),
            };
            for (column, first, last) in changes(table, &revised) {
                sheet.push(vec![
                    Cell::text(table.name),
                    Cell::text(revised.source.as_str()),
                    Cell::text(&subject),
                    Cell::option(revised.event_time, Cell::Time),
                    Cell::text(column),
                    first,
                    last,
                    Cell::Int(revised.versions.len() as i64),
                    Cell::option(
                        revised.versions.last().map(|version| version.known_from),
                        Cell::Time,
                    ),
                ]);
            }
        }
    }
    sheet.write(output.format, output.output.as_deref(), terminal)
}

/// What differs between the first and the last version: column by column for a row, in sum for a whole answer.
fn changes(table: &highwater_market::Table, revised: &Revisions) -> Vec<(String, Cell, Cell)> {
    let (Some(first), Some(last)) = (revised.versions.first(), revised.versions.last()) else {
        return Vec::new();
    };
    if let ([(before, _)], [(after, _)]) = (&first.value[..], &last.value[..]) {
        let mut changed: Vec<_> = table
            .columns
            .iter()
            .zip(before.iter().zip(after))
            .filter(|(_, (before, after))| before != after)
            .map(|(column, (before, after))| (column.name.to_owned(), shown(before), shown(after)))
            .collect();
        if changed.is_empty() {
            changed.push((
                "(in between, or beside the columns)".to_owned(),
                Cell::None,
                Cell::None,
            ));
        }
        return changed;
    }
    let gone = first
        .value
        .iter()
        .filter(|row| !last.value.contains(row))
        .count();
    let came = last
        .value
        .iter()
        .filter(|row| !first.value.contains(row))
        .count();
    vec![(
        format!("(whole answer: {came} came, {gone} went)"),
        Cell::text(format!("{} rows", first.value.len())),
        Cell::text(format!("{} rows", last.value.len())),
    )]
}

/// A value as text, in full: a column of the sheet holds values of every kind.
fn shown(value: &Value) -> Cell {
    Cell::Text(match value {
        Value::Null => return Cell::None,
        Value::Float(number) => exact(*number),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Time(instant) => Timestamp::to_string(instant),
    })
}

fn compact(lake: &Lake, terminal: &Terminal) -> Outcome {
    merge(lake, 1, terminal)
}

/// Above so many files a table is merged after a snapshot: each costs every reader an open and a hash.
const MANY_FILES: usize = 64;

/// Merge the tables that have come to consist of many files, as nightly snapshots make them.
pub(crate) fn compact_what_is_scattered(lake: &Lake, terminal: &Terminal) -> Outcome {
    merge(lake, MANY_FILES, terminal)
}

fn merge(lake: &Lake, above: usize, terminal: &Terminal) -> Outcome {
    let files = |table: &highwater_market::Table| {
        std::fs::read_dir(lake.path().join(table.name)).map_or(0, Iterator::count)
    };
    let mut scattered = tables::ALL
        .into_iter()
        .chain([&tables::COVERAGE])
        .filter(|table| files(table) > above)
        .peekable();
    if scattered.peek().is_none() {
        return Ok(());
    }
    let mut writer = lake.writer()?;
    for table in scattered {
        let done = writer.compact(table)?;
        if done.files_before != done.files_after {
            terminal.say(format_args!(
                "{}: {} files became {}, with {} rows",
                table.name, done.files_before, done.files_after, done.rows
            ));
        }
    }
    Ok(())
}
