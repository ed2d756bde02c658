//! A page from a backtest that ran.

use highwater_backtest::{EquityPoint, ExitReason, Manifest, Outcome, Plan, Scenario};
use highwater_market::{Bars, Clock, Level, Source, Token};
use highwater_metrics::{Convention, Summary};
use serde_json::Value;

use crate::{
    from_metrics::{convention_words, metric_rows},
    number,
    page::{Asset, Exit, KeptOut, Metrics, Page, Run, Trade},
};

/// A backtest that ran, and what its page needs beside it.
#[derive(Clone)]
pub struct Backtest<'a> {
    /// What was replayed.
    pub plan: &'a Plan,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// The convention of the metrics.
    pub convention: &'a Convention,
    /// What it takes to run it again.
    pub manifest: &'a Manifest,
    /// Equity of the pessimistic scenario; empty if it was not kept: its end is shown all the same.
    pub pessimistic: &'a [EquityPoint],
    /// Equity of the optimistic scenario; empty if it was not kept.
    pub optimistic: &'a [EquityPoint],
    /// The tokens to chart.
    pub charts: Vec<Charted<'a>>,
    /// How much of the history was first seen after the fact, from 0 to 1; `None` if that is not known.
    pub backfilled: Option<f64>,
    /// Whatever else a reader must know, one sentence each.
    pub remarks: Vec<String>,
    /// Other pages, by label and relative path.
    pub links: Vec<(String, String)>,
}

/// A token to chart.
#[derive(Clone)]
pub struct Charted<'a> {
    /// Which; trades of this very token are marked.
    pub token: &'a Token,
    /// Its bars. Those before the first day of the run are left out.
    pub bars: &'a Bars,
    /// The levels known at the last bar, ascending by price, sides as seen from its close.
    pub levels: Vec<Level>,
}

impl Page {
    /// The page of a backtest.
    pub fn of_backtest(run: Backtest<'_>) -> Self {
        let Backtest {
            plan,
            outcome,
            convention,
            manifest,
            ..
        } = run;
        let initial = outcome.initial_cash;
        let scenario = |told: &Scenario, equity: &[EquityPoint]| Run {
            end: told.final_equity,
            ..curve(initial, equity, told.trades)
        };
        let scenarios = &outcome.scenarios;
        let assets = run
            .charts
            .iter()
            .map(|chart| charted(chart, &outcome.equity))
            .collect();
        let trades = outcome
            .trades
            .iter()
            .map(|trade| marked(trade, &run.charts))
            .collect();
        Self {
            title: plan.name.clone(),
            subtitle: subtitle(outcome, manifest.clock),
            source: source(manifest),
            simulated: is_simulated(manifest),
            chosen: scenario(&scenarios.chosen, &outcome.equity),
            pessimistic: Some(scenario(&scenarios.pessimistic, run.pessimistic)),
            optimistic: Some(scenario(&scenarios.optimistic, run.optimistic)),
            trades,
            assets,
            metrics: metrics(outcome, convention),
            kept_out: kept_out(outcome),
            backfilled: run.backfilled,
            remarks: run.remarks,
            manifest: fields(manifest),
            links: run.links,
        }
    }
}

fn curve(initial: f64, equity: &[EquityPoint], trades: usize) -> Run {
    Run {
        initial,
        end: equity.last().map_or(initial, |point| point.equity),
        times: equity.iter().map(|point| point.time).collect(),
        equity: equity.iter().map(|point| point.equity).collect(),
        trades,
    }
}

fn subtitle(outcome: &Outcome, clock: Clock) -> String {
    let tokens = number::counted(outcome.symbols.len(), "token", "tokens");
    let days = match (outcome.equity.first(), outcome.equity.last()) {
        (Some(first), Some(last)) => format!(", {} to {}", first.time.date(), last.time.date()),
        _ => String::new(),
    };
    format!(
        "{tokens}, bars of {}{days}, known as {clock}",
        outcome.timeframe
    )
}

fn source(manifest: &Manifest) -> String {
    let names: Vec<&str> = manifest.sources.iter().map(Source::as_str).collect();
    let names = if names.is_empty() {
        "not named".to_owned()
    } else {
        names.join(", ")
    };
    match manifest.simulated_seed {
        Some(seed) => format!("{names} (simulated, seed {seed})"),
        None => names,
    }
}

fn is_simulated(manifest: &Manifest) -> bool {
    manifest.simulated_seed.is_some() || manifest.sources.contains(&Source::simulated())
}

/// The bars of the run, with a token's chart.
fn charted(chart: &Charted<'_>, equity: &[EquityPoint]) -> Asset {
    let token = chart.token;
    let first = equity
        .first()
        .map_or(0, |point| chart.bars.first_open_at_or_after(point.time));
    Asset {
        symbol: token.symbol.clone(),
        name: format!("{} \u{b7} id {} of {}", token.name, token.id, token.source),
        bars: chart.bars.slice(first..chart.bars.len()),
        levels: chart.levels.clone(),
    }
}

fn marked(trade: &highwater_backtest::Trade, charts: &[Charted<'_>]) -> Trade {
    let own = |chart: &Charted<'_>| {
        chart.token.id == trade.token_id && chart.token.source == trade.source
    };
    Trade {
        asset: charts.iter().position(own),
        symbol: trade.symbol.clone(),
        direction: trade.side,
        entry_time: trade.entry_time,
        entry_price: trade.entry_price,
        exit_time: trade.exit_time,
        exit_price: trade.exit_price,
        exit: match trade.exit_reason {
            ExitReason::Stop => Exit::Stop,
            ExitReason::StopGap => Exit::StopGap,
            ExitReason::Target => Exit::Target,
            ExitReason::TargetGap => Exit::TargetGap,
            ExitReason::OppositeEvent => Exit::Signal,
            ExitReason::Time => Exit::Time,
            ExitReason::Liquidation => Exit::Liquidation,
            ExitReason::EndOfData => Exit::End,
        },
        stop_price: trade.stop_price,
        target_price: trade.target_price,
        quantity: trade.quantity,
        fees: trade.fees,
        pnl: trade.pnl,
        doubtful: trade.doubtful,
    }
}

/// The metrics of a run that traded; without a trade there is nothing to measure.
fn metrics(outcome: &Outcome, convention: &Convention) -> Metrics {
    let per_year = convention
        .periods_per_year(outcome.timeframe.per_day())
        .ok();
    let mut rows = Vec::new();
    if let Some(summary) = outcome.metrics(convention) {
        rows = metric_rows(&summary);
        for row in &mut rows {
            if outcome.trades.is_empty() {
                row.value = Err("the plan made no trade".to_owned());
            } else if row.name == "max_drawdown"
                && let Some(dates) = fall(&summary, &outcome.equity)
            {
                row.note = format!("{dates}; {}", row.note);
            }
        }
    }
    Metrics {
        convention: convention_words(convention, per_year),
        rows,
    }
}

/// The days of the deepest drawdown.
fn fall(summary: &Summary, equity: &[EquityPoint]) -> Option<String> {
    let fall = summary.drawdown?;
    let date = |row: usize| equity.get(row).map(|point| point.time.date());
    let peak = match fall.peak {
        Some(row) => date(row)?,
        None => "the start".to_owned(),
    };
    let recovery = fall
        .recovery
        .and_then(date)
        .map_or("not recovered".to_owned(), |day| format!("recovered {day}"));
    Some(format!("{peak} to {}, {recovery}", date(fall.trough)?))
}

/// What became of the signal rows, in words, where it became of any.
fn kept_out(outcome: &Outcome) -> Vec<KeptOut> {
    outcome
        .counts
        .fates()
        .into_iter()
        .filter(|&(name, count)| count > 0 && name != "entered")
        .map(|(name, count)| KeptOut {
            rule: rule_words(name),
            count: count as u64,
        })
        .collect()
}

fn rule_words(name: &str) -> String {
    match name {
        "no_news" => "the signal said no news",
        "repeated" => "a revision repeated the event before it",
        "stale" => "known more than a period late",
        "outside_period" => "known outside the plan's period",
        "no_bar" => "no bar after the signal",
        "replaced" => "a newer event before the next open",
        "in_position" => "a position in that direction stood",
        "against_position" => "a position in the other direction stood",
        "side_not_traded" => "the plan does not trade that side",
        "no_price" => "no complete bar at the decision",
        "no_support" => "no support where the plan wants one",
        "no_resistance" => "no resistance where the plan wants one",
        "beyond_stop" => "the bar opened beyond its own stop",
        "beyond_target" => "the price was beyond its own target",
        "no_cash" => "no cash",
        "exit_only" => "ended a position and opened none",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// Every field of the manifest, nested ones by path, in its own order.
fn fields(manifest: &Manifest) -> Vec<(String, String)> {
    let mut told = Vec::new();
    match serde_json::to_value(manifest) {
        Ok(value) => flatten(String::new(), &value, &mut told),
        // A manifest of plain values always has a JSON form; a page without it says so.
        Err(error) => told.push(("manifest".to_owned(), error.to_string())),
    }
    told
}

fn flatten(path: String, value: &Value, told: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(path, value, told);
            }
        }
        Value::Array(items)
            if items
                .iter()
                .all(|item| !item.is_object() && !item.is_array()) =>
        {
            let items: Vec<String> = items.iter().map(plain).collect();
            told.push((
                path,
                if items.is_empty() {
                    number::NONE.to_owned()
                } else {
                    items.join(", ")
                },
            ));
        }
        other => told.push((path, plain(other))),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => number::NONE.to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(fields) if fields.is_empty() => number::NONE.to_owned(),
        other => other.to_string(),
    }
}
