//! `highwater paper`: a plan advanced as the lake grows.

mod look;

use std::path::Path;

use highwater_backtest::{account as account_now, standing};
use highwater_ingest::{Clock as _, SystemClock};
use highwater_lake::Lake;
use highwater_market::{Source, Timeframe, Timestamp};
use highwater_research::{Account, AccountWriter, Advanced, Now, PaperError, Start};

use crate::{
    args,
    args::{OutputArgs, PaperCommand},
    failure::{Failure, Outcome},
    paper,
    reach_back::TooShort,
    replay::{self, PlanText, Reading},
    settings::Settings,
    sheet::Format,
    signals::first_few,
    terminal::Terminal,
};

/// Orders that are named one by one.
const NAMED: usize = 10;

pub(crate) fn run(args: &args::Paper, settings: &Settings, terminal: &Terminal) -> Outcome {
    let lake = Lake::open(&settings.lake.value)?;
    match &args.command {
        None => advance(&args.run, lake.path(), settings, terminal),
        Some(PaperCommand::Status {
            name,
            beside,
            output,
        }) => {
            let account = account(lake.path(), name)?;
            look::status(&account, beside.as_deref(), output, settings, terminal)
        }
        Some(PaperCommand::Orders { name, output }) => {
            look::orders(&account(lake.path(), name)?, output, terminal)
        }
        Some(PaperCommand::Check { name, beside }) => look::check(
            &account(lake.path(), name)?,
            beside.as_deref(),
            settings,
            terminal,
        ),
    }
}

/// The account of a name; an error names those that there are.
fn account(lake: &Path, name: &str) -> Outcome<Account> {
    let error = match Account::read(lake, name) {
        Err(error @ PaperError::NotStarted { .. }) => error,
        found => return Ok(found?),
    };
    let names = Account::names(lake)?;
    let failure = Failure::from(error);
    if names.is_empty() {
        return Err(failure);
    }
    let named: Vec<&str> = names.iter().map(String::as_str).collect();
    Err(failure.hint(format!(
        "it has {}; `highwater paper PLAN --name NAME` starts another",
        first_few(&named)
    )))
}

/// The settings, with the sources of an account and no others.
fn with_sources(settings: &Settings, sources: &[Source]) -> Settings {
    let mut settings = settings.clone();
    settings.sources.value = sources.to_vec();
    settings
}

fn advance(
    args: &args::PaperRun,
    lake: &Path,
    settings: &Settings,
    terminal: &Terminal,
) -> Outcome {
    let (Some(path), Some(name)) = (&args.plan, &args.name) else {
        return Err(Failure::usage("a plan and `--name NAME` are needed"));
    };
    let given = replay::plan_of(path, args.overrides())?;
    let moment = args.as_of.unwrap_or_else(|| SystemClock::new().now());
    let mut writer = AccountWriter::lock(lake, name)?;
    if let Some(account) = writer.account() {
        if account.torn() > 0 {
            terminal.say(format_args!(
                "the last line of the journal was torn off when a process ended; it is written anew"
            ));
        }
        if moment < account.reached() {
            return Err(PaperError::GoesBack {
                moment,
                reached: account.reached(),
            }
            .into());
        }
    }
    if let Some(lost) = writer.lost() {
        terminal.warn(format_args!(
            "{}; what the lake still gives is journaled anew",
            paper::lost(lost)
        ));
    }
    let is_new = writer.account().is_none();
    let (plan, sources) = match writer.account() {
        None => (first_plan(args, given, moment)?, {
            let stated = !args.sources.is_empty();
            if stated {
                args.sources.clone()
            } else {
                settings.sources.value.clone()
            }
        }),
        Some(account) => (
            same_plan(args, given, account)?,
            account.start().sources.clone(),
        ),
    };
    let settings = with_sources(settings, &sources);
    let reading = Reading::of_lake(plan.clone(), &settings, Some(moment), &sources)?;
    let orders = paper::replayed(&reading)?;
    if is_new {
        let start = Start {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            plan_hash: plan.plan.hash(),
            sources,
        };
        writer.start(plan.text(), moment, start)?;
        let from = plan.plan.period.start().date();
        terminal.say(format_args!("{name}: started, from {from}"));
    }
    let signal_file_before = writer
        .account()
        .and_then(Account::last_signal_file)
        .map(str::to_owned);
    let now = Now {
        moment,
        view_hash: reading.view_hash(),
        signal_file: reading.signal_file().map(|file| file.sha256),
    };
    let count = orders.len();
    let advanced = writer.advance(now, orders, |order, since| {
        paper::cause(&reading, order, since, signal_file_before.as_deref())
    })?;
    drop(writer);
    if let Some(words) = &reading.unused_signals {
        terminal.warn(words);
    }
    // The history of an account grows: what cannot be answered today may be tomorrow.
    let too_short = TooShort::of(&reading.plan, &reading.loaded);
    if let Some(failure) = too_short.of_all {
        terminal.warn(failure);
    }
    for words in too_short.of_some {
        terminal.warn(words);
    }
    if args
        .as_of
        .is_some_and(|moment| moment > SystemClock::new().now())
    {
        terminal.warn(format_args!(
            "{moment} lies in the future: the account cannot be advanced again before that moment"
        ));
    }
    tell_new(name, moment, count, &advanced, terminal);
    tell_standing(&reading, moment, &args.output, terminal)?;
    tell_restated(&advanced, terminal)
}

/// The plan of a new account: from the day that was asked for, else from today or the plan's own first day after it.
fn first_plan(args: &args::PaperRun, given: PlanText, moment: Timestamp) -> Outcome<PlanText> {
    let own = given.plan.period.start();
    let from = args
        .from
        .map_or_else(|| moment.day().max(own), Timestamp::day);
    given.beginning(from)
}

/// The plan of an account, if the one that is given is the same.
fn same_plan(args: &args::PaperRun, given: PlanText, account: &Account) -> Outcome<PlanText> {
    let what = account.folder().join("plan.toml").display().to_string();
    let plan = PlanText::parse(account.plan().to_owned(), &what)?.beside_those_of(&given);
    let from = args
        .from
        .map_or_else(|| plan.plan.period.start(), Timestamp::day);
    let mut differs = paper::differences(&plan.plan, &given.beginning(from)?.plan);
    let sources = &account.start().sources;
    if !args.sources.is_empty() && args.sources != *sources {
        let names = |sources: &[Source]| {
            let names: Vec<&str> = sources.iter().map(Source::as_str).collect();
            names.join(", ")
        };
        differs.push(format!(
            "its sources are [{}] there, [{}] here",
            names(sources),
            names(&args.sources)
        ));
    }
    if differs.is_empty() {
        return Ok(plan);
    }
    let name = account.name();
    Err(Failure::usage(format!(
        "the paper account `{name}` follows another plan: {}",
        differs.join("; ")
    ))
    .hint(format!(
        "start an account of another `--name` with this plan, or go on with the one in {what}"
    )))
}

fn tell_new(
    name: &str,
    moment: Timestamp,
    orders: usize,
    advanced: &Advanced,
    terminal: &Terminal,
) {
    let new = advanced.new.len();
    terminal.say(format_args!(
        "{name}: advanced to {moment}; {orders} orders filled so far, {new} of them new"
    ));
    // The latest are those that matter.
    for order in advanced.new.iter().skip(new.saturating_sub(NAMED)) {
        terminal.say(format_args!("  {}", paper::words(order)));
    }
}

/// The orders that stand, as data.
fn tell_standing(
    reading: &Reading,
    moment: Timestamp,
    output: &OutputArgs,
    terminal: &Terminal,
) -> Outcome {
    let plan = &reading.plan;
    let standing = standing(plan, &reading.assets(), moment)?;
    let sheet = paper::standing_sheet(&standing.orders);
    match output.format {
        Format::Table | Format::Markdown if sheet.is_empty() && output.output.is_none() => {
            terminal.say("no order stands");
        }
        format => sheet.write(format, output.output.as_deref(), terminal)?,
    }
    if let Some(over) = standing.over_since {
        let account = account_now(plan, &reading.assets())?;
        tell_over(over, account.positions.len(), terminal);
        return Ok(());
    }
    tell_stale(reading, moment, terminal);
    if let Some(next) = standing.next_open
        && !standing.behind.is_empty()
    {
        let (behind, named) = (&standing.behind, standing.behind.len().min(NAMED));
        terminal.say(format_args!(
            "no order is told of {} of the tokens, whose last bar closed before {next}: {}{}",
            behind.len(),
            behind[..named].join(", "),
            if named < behind.len() { ", ..." } else { "" }
        ));
    }
    Ok(())
}

/// Say that a plan is at its end, and what that means for the positions that stand open.
fn tell_over(over: Timestamp, open: usize, terminal: &Terminal) {
    let over = format!("the plan's period is over since {over}: it trades no more");
    let stand = match open {
        0 => return terminal.say(over),
        1 => "1 position stands open, with the stop and the targets of then, if any".to_owned(),
        _ => format!("{open} positions stand open, with the stops and targets of then, if any"),
    };
    terminal.warn(format_args!(
        "{over}; {stand}: no fill of theirs is journaled"
    ));
}

/// Warn of an account that has not begun, and of a lake that lags behind.
fn tell_stale(reading: &Reading, moment: Timestamp, terminal: &Terminal) {
    let plan = &reading.plan;
    let from = plan.period.start();
    if from > moment {
        terminal.warn(format_args!(
            "the account begins on {}, which lies after {moment}: it trades nothing before",
            from.date()
        ));
        return;
    }
    let last = |one: &crate::replay::Loaded| one.bars.open_times().last().copied();
    let Some(last) = reading.loaded.iter().filter_map(last).max() else {
        return;
    };
    let next = last + plan.timeframe;
    if moment < next + plan.timeframe {
        return;
    }
    let behind = match (moment - next) / Timeframe::D1.micros() {
        0 | 1 => String::new(),
        days => format!(" ({days} days behind)"),
    };
    let none = if next <= from {
        format!(
            "; it has no bar since {}, the account's first day, so that nothing was replayed",
            from.date()
        )
    } else {
        String::new()
    };
    terminal.warn(format_args!(
        "the lake ends at {next}{behind}: a later bar of {} closed since{none}; bring it with `highwater snapshot` or \
         `highwater import`, then advance again",
        plan.timeframe
    ));
}

/// Name the orders that are not what they were; an error if there are any.
fn tell_restated(advanced: &Advanced, terminal: &Terminal) -> Outcome {
    let restated = &advanced.restated;
    if restated.is_empty() {
        return Ok(());
    }
    for one in restated.iter().take(NAMED) {
        terminal.warn(format_args!(
            "restated: {}; {}",
            paper::difference(one.old.as_ref(), one.new.as_ref()),
            paper::because(one.cause.as_ref())
        ));
    }
    Err(Failure::data(format!(
        "{} of the orders that were journaled are not what they were, and are restated",
        restated.len()
    ))
    .hint(
        "the journal keeps both, in a line of kind `restated`, and goes on from what is true now",
    ))
}
