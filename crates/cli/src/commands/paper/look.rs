//! What an account holds, looked into: its status, its orders, and whether it is what it says. Writes nothing.

use std::path::{Path, PathBuf};

use highwater_backtest::AccountNow;
use highwater_market::Timestamp;
use highwater_research::{Account, Event};
use serde_json::Value;

use super::{tell_over, with_sources};
use crate::{
    args::OutputArgs,
    failure::{Failure, Outcome},
    paper,
    paper_status::Status,
    replay::{PlanText, Reading},
    settings::Settings,
    signals::Beside,
    terminal::Terminal,
};

/// The orders that were filled, as data.
pub(super) fn orders(account: &Account, output: &OutputArgs, terminal: &Terminal) -> Outcome {
    let orders = paper::in_order(account.orders());
    paper::orders_sheet(&orders).write(output.format, output.output.as_deref(), terminal)?;
    tell_orders_end(account, terminal)
}

/// Say of filled orders that no further one is to come.
fn tell_orders_end(account: &Account, terminal: &Terminal) -> Outcome {
    let plan = PlanText::parse(account.plan().to_owned(), "plan.toml")?.plan;
    let end = plan.period.end();
    if account.last_advance().is_some_and(|moment| moment >= end) {
        terminal.say(format_args!(
            "the plan's period is over since {end}; `highwater paper status {}` tells what stands open, and its stops and targets",
            account.name()
        ));
    }
    tell_unfinished(account, terminal);
    Ok(())
}

/// Where an account stands as of its last advance, as data.
pub(super) fn status(
    account: &Account,
    beside: Option<&Path>,
    output: &OutputArgs,
    settings: &Settings,
    terminal: &Terminal,
) -> Outcome {
    let plan = PlanText::parse(account.plan().to_owned(), "plan.toml")?.plan;
    // What the journal says is told even if the lake cannot say what stands open.
    let (now, failed) = match account.last_advance() {
        None => (None, None),
        Some(moment) => match now(account, moment, beside, settings, terminal) {
            Ok(now) => (Some(now), None),
            Err(failure) => (None, Some(failure)),
        },
    };
    let status = Status::of(account, &plan, now);
    status.write(output, terminal)?;
    if let Some(end) = status.period_over() {
        tell_over(end, status.open_positions(), terminal);
    }
    tell_unfinished(account, terminal);
    failed.map_or(Ok(()), |failure| {
        Err(failure.about("what the account is worth cannot be told"))
    })
}

/// What an account is worth, and what stands open, as of a moment.
fn now(
    account: &Account,
    moment: Timestamp,
    beside: Option<&Path>,
    settings: &Settings,
    terminal: &Terminal,
) -> Outcome<AccountNow> {
    let reading = reading_at(account, moment, beside, settings)?;
    let replayed = paper::replayed(&reading)?;
    let journaled = paper::in_order(account.orders());
    if is_finished(account)
        && first_difference(&journaled, &replayed.iter().collect::<Vec<_>>()).is_some()
    {
        terminal.warn(format_args!(
            "the lake gives other orders than the journal holds: `highwater paper check {}` says where; what follows is of the lake",
            account.name()
        ));
    }
    Ok(highwater_backtest::account(
        &reading.plan,
        &reading.assets(),
    )?)
}

/// What the plan of an account reads of the lake, as it was known at a moment.
fn reading_at(
    account: &Account,
    moment: Timestamp,
    beside: Option<&Path>,
    settings: &Settings,
) -> Outcome<Reading> {
    let folders = match beside {
        Some(folder) => vec![folder.to_owned()],
        None => vec![PathBuf::new(), account.folder().to_owned()],
    };
    let plan = PlanText::parse(account.plan().to_owned(), "plan.toml")?
        .beside(Beside::folders(folders, account.last_signal_file()));
    let sources = &account.start().sources;
    let settings = with_sources(settings, sources);
    Reading::of_lake(plan, &settings, Some(moment), sources)
}

/// The first place at which two lists of orders differ, in any byte.
fn first_difference(journaled: &[&Value], backtest: &[&Value]) -> Option<usize> {
    let line = |orders: &[&Value], at: usize| orders.get(at).map(|order| order.to_string());
    let longest = journaled.len().max(backtest.len());
    (0..longest).find(|&at| line(journaled, at) != line(backtest, at))
}

/// Whether the last advance came to its end.
fn is_finished(account: &Account) -> bool {
    let last = account.lines().last();
    account.torn() == 0 && last.is_some_and(|line| matches!(line.event, Event::Advance { .. }))
}

fn tell_unfinished(account: &Account, terminal: &Terminal) {
    if let Some(lost) = account.lost() {
        terminal.warn(paper::lost(&lost));
    }
    if !is_finished(account) {
        terminal.say("the last advance did not come to its end; the next one makes up for it");
    }
}

/// Say what the journal vouches for by itself, and what it cannot; an error if lines of it are gone.
fn tell_chain(account: &Account, terminal: &Terminal) -> Outcome {
    let (name, head) = (account.name(), account.head());
    terminal.say(format_args!(
        "{name}: {} lines, each as it was written; the last is of {}, its hash {}",
        head.line, head.moment, head.hash
    ));
    if let Some(lost) = account.lost() {
        return Err(Failure::data(format!("{name}: {}", paper::lost(&lost))).hint(
            "bring the account's folder back from a copy; or advance it again, which journals anew what the lake still gives",
        ));
    }
    let noted = "a number of lines and a last hash that were noted elsewhere";
    if account.is_headed() {
        terminal.say(format_args!(
            "none is gone from the end, by the file HEAD beside the journal; if both were cut back together, only {noted} tell"
        ));
    } else {
        terminal.warn(format_args!(
            "there is no file HEAD beside the journal, so that lines gone from the end leave no trace: only {noted} tell; \
             the next advance writes HEAD"
        ));
    }
    Ok(())
}

/// Hold the orders of the journal against a replay over the same span.
pub(super) fn check(
    account: &Account,
    beside: Option<&Path>,
    settings: &Settings,
    terminal: &Terminal,
) -> Outcome {
    let name = account.name();
    tell_chain(account, terminal)?;
    let Some(moment) = account.last_advance().filter(|_| is_finished(account)) else {
        return Err(Failure::data(format!(
            "{name}: the last advance did not come to its end, so that there is no span to compare"
        ))
        .hint("advance it again with `highwater paper PLAN --name NAME`"));
    };
    let reading = reading_at(account, moment, beside, settings)?;
    let replayed = paper::replayed(&reading)?;
    let journaled = paper::in_order(account.orders());
    let backtest = paper::in_order(replayed.iter().collect());
    let longest = journaled.len().max(backtest.len());
    let differs = first_difference(&journaled, &backtest);
    let Some(at) = differs else {
        terminal.say(format_args!(
            "equal: {} orders until {moment}, as the backtest over the same span gives them, byte for byte",
            journaled.len()
        ));
        return Ok(());
    };
    let words = |orders: &[&Value]| {
        let order = orders.get(at);
        order.map_or_else(|| "no order".to_owned(), |order| paper::words(order))
    };
    let same_key = |one: &Value, other: &Value| one["key"] == other["key"];
    let told = match (journaled.get(at), backtest.get(at)) {
        (Some(old), Some(new)) if same_key(old, new) => paper::difference(Some(old), Some(new)),
        _ => format!(
            "the journal has {}, the backtest {}",
            words(&journaled),
            words(&backtest)
        ),
    };
    Err(Failure::data(format!(
        "not equal: order {} of {longest} differs: {told}",
        at + 1
    ))
    .hint("rows of the lake that came after the last advance count as known before it: advance again, which restates what they change"))
}
