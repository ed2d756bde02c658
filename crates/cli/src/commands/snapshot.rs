//! `highwater snapshot`: the API into the lake, and a balance of it.

use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc};

use highwater_api::ENDPOINTS;
use highwater_ingest::{
    Balance, Client, ClientOptions, Clock as _, Gap, GapPlace, IngestError, Key, KeyError,
    Selection, SnapshotPlan, SystemClock, snapshot,
};
use highwater_lake::Lake;
use highwater_market::Period;

use crate::{
    args,
    commands::lake::compact_what_is_scattered,
    failure::{Exit, Failure, Outcome},
    progress::SnapshotBar,
    settings::{KEY_VARIABLE, Settings},
    sheet::{Cell, Format, Sheet},
    terminal::Terminal,
};

/// So many missing questions, gaps and rejections are named one by one.
const NAMED: usize = 10;

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        Self::caused(Exit::Usage, &error).hint(error.hint())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::caused(Exit::Usage, &error).hint(error.hint())
    }
}

pub(crate) fn run(args: &args::Snapshot, settings: &Settings, terminal: &Terminal) -> Outcome {
    let clock = Arc::new(SystemClock::new());
    let until = args.until.unwrap_or_else(|| clock.now()).day();
    let since = args.since.unwrap_or_else(|| until.plus_days(-365));
    let period = Period::new(since, until)
        .map_err(|error| Failure::usage(format!("--since and --until: {error}")))?;
    let today = clock.now().day();
    if since > today {
        return Err(Failure::usage(format!(
            "--since {} lies ahead: today is {}, and nothing is known of later days",
            since.date(),
            today.date()
        ))
        .hint("choose days up to today"));
    }
    if until > today {
        terminal.say(format_args!(
            "--until {} lies ahead: asked up to today, {}",
            until.date(),
            today.date()
        ));
    }
    let mut plan = SnapshotPlan::new(period);
    if !args.symbols.is_empty() {
        plan.tokens = Selection::Symbols(
            args.symbols
                .iter()
                .map(|symbol| symbol.trim().to_owned())
                .collect(),
        );
    }
    plan.full = args.full;
    plan.refresh_days = i64::from(args.refresh);
    plan.intraday_days = i64::from(args.intraday_days);
    plan.source.clone_from(&args.source);
    if !args.endpoints.is_empty() {
        plan.endpoints = args
            .endpoints
            .iter()
            .map(|name| {
                ENDPOINTS
                    .iter()
                    .find(|endpoint| endpoint.name == name.trim())
                    .ok_or_else(|| {
                        let known: Vec<_> =
                            ENDPOINTS.iter().map(|endpoint| endpoint.name).collect();
                        Failure::usage(format!("there is no endpoint `{name}`"))
                            .hint(format!("endpoints are {}", known.join(", ")))
                    })
            })
            .collect::<Outcome<_>>()?;
    }

    let base_url = settings
        .base_url
        .clone()
        .or_flag("--base-url", args.base_url.clone());
    let key_file = settings
        .key_file
        .clone()
        .or_flag("--key-file", args.key_file.clone().map(Some));
    let rate = settings
        .requests_per_minute
        .clone()
        .or_flag("--requests-per-minute", args.requests_per_minute.map(Some));
    let requests_per_minute = rate
        .value
        .map(|number| {
            NonZeroU32::new(number).ok_or_else(|| {
                Failure::usage(format!("requests per minute is 0 ({})", rate.origin))
            })
        })
        .transpose()?;
    let Some(key) = Key::find(key_file.value.as_deref())? else {
        return Err(Failure::usage("there is no API key").hint(format!(
            "set {KEY_VARIABLE}, or put the key into a file that only you can read (chmod 600) and name it with `--key-file`"
        )));
    };
    let client = Client::new(
        ClientOptions {
            base_url: base_url.value.clone(),
            key: Some(key),
            requests_per_minute,
            ..ClientOptions::default()
        },
        clock,
    )?;
    let lake = Lake::create(&settings.lake.value)?;
    let bar = SnapshotBar::new(terminal);
    let runtime = runtime()?;
    let balance = runtime
        .block_on(snapshot(&Arc::new(client), &lake, &plan, &bar))
        .map_err(|error| Failure::from(error).about(&base_url.value))?;
    drop(bar);
    compact_what_is_scattered(&lake, terminal)?;
    show(&balance, &args.output, terminal)?;
    if balance.complete() {
        Ok(())
    } else {
        Err(incomplete(&balance))
    }
}

/// An asynchronous runtime for the commands that talk HTTP.
pub(crate) fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::usage(format!("cannot start the network runtime: {error}")))
}

fn incomplete(balance: &Balance) -> Failure {
    let missing = balance.missing.len();
    let why = match (&balance.stopped, balance.imbalance()) {
        (_, Some(imbalance)) => imbalance,
        (Some(stopped), _) => format!(
            "{missing} of {} questions are missing: {stopped}",
            balance.questions.asked
        ),
        (None, None) => format!(
            "{missing} of {} questions are missing",
            balance.questions.asked
        ),
    };
    Failure::data(why).hint("run the same command again: it asks only for what is missing")
}

fn show(balance: &Balance, output: &args::OutputArgs, terminal: &Terminal) -> Outcome {
    if output.format == Format::Json {
        terminal.json(output.output.as_deref(), balance)?;
    } else {
        let mut sheet = Sheet::new([
            "table",
            "received",
            "new",
            "revised",
            "unchanged",
            "partial",
            "duplicates",
            "rejected",
        ]);
        for (table, rows) in &balance.tables {
            let count = |number: u64| Cell::Int(number as i64);
            sheet.push(vec![
                Cell::text(*table),
                count(rows.received),
                count(rows.new),
                count(rows.revised),
                count(rows.unchanged),
                count(rows.partial),
                count(rows.duplicates),
                count(rows.rejected),
            ]);
        }
        sheet.write(output.format, output.output.as_deref(), terminal)?;
    }
    let questions = balance.questions;
    terminal.say(format_args!(
        "source {}, {} tokens: {} questions asked, {} answered, {} missing; {} requests, {} of them repeated; {} token-days were there already",
        balance.source,
        balance.tokens,
        questions.asked,
        questions.answered,
        questions.missing,
        balance.requests,
        balance.retries,
        balance.known_days,
    ));
    if let Some(days) = balance.intraday {
        terminal.say(format_args!(
            "bars and signals shorter than a day: only {days} were asked; `--intraday-days` asks more"
        ));
    }
    if balance.impossible_bars > 0 {
        terminal.warn(format_args!(
            "{} bars cannot be, such as a high below the low: stored as they came, and left out where bars are read",
            balance.impossible_bars
        ));
    }
    let more = |total: usize| {
        if total > NAMED {
            terminal.say(format_args!(
                "  and {} more: see `--format json`",
                total - NAMED
            ));
        }
    };
    for rejected in balance.rejected.iter().take(NAMED) {
        terminal.warn(format_args!(
            "{}: {} rows not stored: {}; the first: {}",
            rejected.endpoint, rejected.count, rejected.reason, rejected.example
        ));
    }
    more(balance.rejected.len());
    say_gaps(balance, terminal);
    for missing in balance.missing.iter().take(NAMED) {
        terminal.warn(format_args!("missing: {missing}"));
    }
    more(balance.missing.len());
    Ok(())
}

/// Days without a row: one line for each endpoint and place, with the first of them.
fn say_gaps(balance: &Balance, terminal: &Terminal) {
    let mut kinds: BTreeMap<(GapPlace, &str), Vec<&Gap>> = BTreeMap::new();
    for gap in &balance.gaps {
        kinds
            .entry((gap.place, gap.endpoint))
            .or_default()
            .push(gap);
    }
    for ((place, endpoint), gaps) in kinds {
        let place = match place {
            GapPlace::Inside => "between rows",
            GapPlace::After => "after the last row",
            GapPlace::Everywhere => "of tokens without any row",
            GapPlace::Before => "before the first row",
        };
        let days: i64 = gaps.iter().map(|gap| gap.days.days()).sum();
        let named: Vec<String> = gaps
            .iter()
            .take(3)
            .map(|gap| format!("#{} {}", gap.token, gap.days))
            .collect();
        let more = match gaps.len() - named.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        terminal.say(format_args!(
            "{endpoint}: no row for {days} token-days {place}: {}{more}",
            named.join(", ")
        ));
    }
}
