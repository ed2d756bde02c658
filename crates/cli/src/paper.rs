//! A paper account between the engine and its journal: orders out of the replay, why they changed, and how they are
//! shown.

use highwater_backtest::{ExitReason, Order, Plan, ReplayError, StandingOrder, orders, run};
use highwater_market::{Known, PriceBar, Timestamp};
use highwater_research::{Cause, Lost, PaperError};
use serde_json::Value;

use crate::{
    failure::{Exit, Failure, Outcome},
    replay::Reading,
    results::ORDER_COLUMNS,
    sheet::{Cell, Holds, Sheet},
};

impl From<PaperError> for Failure {
    fn from(error: PaperError) -> Self {
        let exit = match error {
            PaperError::NotStarted { .. }
            | PaperError::Damaged { .. }
            | PaperError::PlanAltered { .. } => Exit::Incomplete,
            _ => Exit::Usage,
        };
        Self::caused(exit, &error).hint(error.hint())
    }
}

/// The orders of a plan over what was read, as the journal holds them. None before the first bar of the plan's period.
pub(crate) fn replayed(reading: &Reading) -> Outcome<Vec<Value>> {
    let plan = &reading.plan;
    let filled = match run(plan, &reading.assets()) {
        Ok(outcome) => orders(&outcome.trades, &plan.hash()),
        Err(ReplayError::NoBars { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    filled
        .iter()
        .map(|order: &Order| {
            serde_json::to_value(order)
                .map_err(|error| Failure::usage(format!("cannot write JSON: {error}")))
        })
        .collect()
}

fn text<'o>(order: &'o Value, field: &str) -> &'o str {
    order[field].as_str().unwrap_or("")
}

fn time(order: &Value) -> Timestamp {
    text(order, "time").parse().unwrap_or(Timestamp::MIN)
}

/// Orders as the backtest puts them: by time; of one instant exits at the open, entries, exits inside the bar.
pub(crate) fn in_order(mut orders: Vec<&Value>) -> Vec<&Value> {
    let phase = |order: &Value| {
        let reason = text(order, "reason");
        let exit = ExitReason::ALL
            .into_iter()
            .find(|exit| exit.name() == reason);
        match exit {
            Some(exit) if exit.is_at_open() => 0,
            None => 1,
            Some(_) => 2,
        }
    };
    orders.sort_by_key(|order| (time(order), phase(order), order["position"].as_i64()));
    orders
}

/// Orders as the backtest writes them to `orders.parquet`.
pub(crate) fn orders_sheet(orders: &[&Value]) -> Sheet {
    let mut sheet = Sheet::typed(&ORDER_COLUMNS);
    for order in orders {
        let cell = |&(name, holds): &(&str, Holds)| {
            let value = &order[name];
            match holds {
                Holds::Text => Cell::option(value.as_str(), Cell::text),
                Holds::Int => Cell::option(value.as_i64(), Cell::Int),
                Holds::Float => Cell::option(value.as_f64(), Cell::Float),
                Holds::Time => Cell::option(text(order, name).parse().ok(), Cell::Time),
                Holds::Bool => Cell::option(value.as_bool(), Cell::Bool),
            }
        };
        sheet.push(ORDER_COLUMNS.iter().map(cell).collect());
    }
    sheet
}

/// Orders that stand, with all that a program needs to place them.
pub(crate) fn standing_sheet(orders: &[StandingOrder]) -> Sheet {
    let mut sheet = Sheet::typed(&[
        ("at", Holds::Time),
        ("symbol", Holds::Text),
        ("reason", Holds::Text),
        ("side", Holds::Text),
        ("kind", Holds::Text),
        ("quantity", Holds::Float),
        ("price", Holds::Float),
        ("estimate", Holds::Bool),
        ("token_id", Holds::Int),
        ("source", Holds::Text),
        ("key", Holds::Text),
    ]);
    for order in orders {
        sheet.push(vec![
            Cell::Time(order.at),
            Cell::text(&order.symbol),
            Cell::text(order.reason),
            Cell::text(order.side.name()),
            Cell::text(order.kind.name()),
            Cell::option(order.quantity, Cell::Float),
            Cell::Float(order.price),
            Cell::Bool(order.estimate),
            Cell::Int(order.token_id.0),
            Cell::text(order.source.as_str()),
            Cell::text(&order.key),
        ]);
    }
    sheet
}

/// An order in a few words.
pub(crate) fn words(order: &Value) -> String {
    format!(
        "{} {} {} {} at {} ({})",
        time(order),
        text(order, "side"),
        order["quantity"],
        text(order, "symbol"),
        order["price"],
        text(order, "reason"),
    )
}

/// What two versions of an order differ in; what it was, or is, if one of them is missing.
pub(crate) fn difference(old: Option<&Value>, new: Option<&Value>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => {
            let changed = ORDER_COLUMNS.iter().filter_map(|(name, _)| {
                let (old, new) = (&old[*name], &new[*name]);
                let (old, new) = (old.to_string(), new.to_string());
                (old != new).then(|| format!("{name} {old} -> {new}"))
            });
            format!("{}: {}", words(old), Vec::from_iter(changed).join(", "))
        }
        (Some(old), None) => format!("{}: taken back", words(old)),
        (None, Some(new)) => format!("{}: stands again", words(new)),
        (None, None) => String::new(),
    }
}

/// Why an order is not what it was at an earlier moment: the first bar, of its token or else of any, since cash is shared,
/// that opened before it and was revised since; or another file of signals.
pub(crate) fn cause(
    reading: &Reading,
    order: &Value,
    since: Timestamp,
    signal_file_before: Option<&str>,
) -> Option<Cause> {
    let until = time(order);
    let revised = |version: &&Known<PriceBar>| {
        version.revision && version.known_from > since && version.event_time <= until
    };
    let is_its = |symbol: &str, source: &str, id: i64| {
        (symbol, source, Some(id))
            == (
                text(order, "symbol"),
                text(order, "source"),
                order["token_id"].as_i64(),
            )
    };
    let found = reading.loaded.iter().flat_map(|one| {
        let finer = one.history.finer.iter().flat_map(|(_, bars)| bars);
        let token = &one.token;
        let other = !is_its(&token.symbol, token.source.as_str(), token.id.0);
        one.history
            .bars
            .iter()
            .chain(finer)
            .filter(revised)
            .map(move |bar| (other, bar.event_time, bar.known_from, &token.symbol))
    });
    if let Some((_, open, known_from, symbol)) = found.min() {
        return Some(Cause::RevisedBar {
            symbol: symbol.clone(),
            open,
            known_from,
        });
    }
    let file = reading.signal_file().map(|file| file.sha256);
    (file.as_deref() != signal_file_before).then_some(Cause::SignalFile)
}

/// A cause in words.
pub(crate) fn because(cause: Option<&Cause>) -> String {
    match cause {
        Some(Cause::RevisedBar {
            symbol,
            open,
            known_from,
        }) => format!("the bar of {symbol} of {open} was revised on {known_from}"),
        Some(Cause::SignalFile) => "the file of signals is another".to_owned(),
        None => "no bar was revised: rows came late, or other rows were".to_owned(),
    }
}

/// How a journal is not the one that was written, in words.
pub(crate) fn lost(lost: &Lost) -> String {
    match lost {
        Lost::Lines { stand, written } => format!(
            "the journal ends with line {stand}, though line {} was written, as of {}: {} lines are gone from its end",
            written.line,
            written.moment,
            written.line - stand
        ),
        Lost::Replaced { written } => format!(
            "line {} of the journal is not the one that was written as of {}: it was made anew, and every line from there on",
            written.line, written.moment
        ),
    }
}

/// The fields in which two plans differ: name, there, here.
pub(crate) fn differences(there: &Plan, here: &Plan) -> Vec<String> {
    fn walk(name: &str, there: &Value, here: &Value, found: &mut Vec<String>) {
        match (there, here) {
            (Value::Object(one), Value::Object(other)) => {
                let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
                names.sort();
                names.dedup();
                for field in names {
                    let path = match name {
                        "" => field.clone(),
                        name => format!("{name}.{field}"),
                    };
                    let null = &Value::Null;
                    let value =
                        |of: &serde_json::Map<String, Value>| of.get(field).unwrap_or(null).clone();
                    walk(&path, &value(one), &value(other), found);
                }
            }
            (one, other) if one != other => {
                found.push(format!("{name} is {one} there, {other} here"));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    let value = |plan| serde_json::to_value(plan).unwrap_or_default();
    walk("", &value(there), &value(here), &mut found);
    found
}
