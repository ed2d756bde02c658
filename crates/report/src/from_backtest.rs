//! A page from a backtest that ran.

use highwater_backtest::{
    EquityPoint, ExitReason, Manifest, MetricSheet, Outcome, Plan, Scenario, Summary,
};
use highwater_market::{Bars, Clock, Level, Source, Token};
use highwater_metrics::{CATALOGUE, Convention, Kind, Metric, Summary as Core};
use serde_json::{Map, Value};

use crate::{
    from_metrics::{convention_words, metric_rows},
    number,
    page::{
        Asset, Exit, FewOutcomes, GroupRow, GroupTable, KeptOut, MetricRow, Metrics, Page,
        RandomRange, Run, Trade,
    },
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
    /// The outcome in figures.
    pub summary: &'a Summary,
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
        // A curve that was not kept is that of the chosen run; without doubt it is not drawn twice.
        let doubt = scenarios.chosen.doubtful_trades > 0;
        let drawn = |told: &Scenario, kept: &[EquityPoint]| {
            let is_chosen = doubt && kept.is_empty();
            scenario(told, if is_chosen { &outcome.equity } else { kept })
        };
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
            pessimistic: Some(drawn(&scenarios.pessimistic, &outcome.curves.pessimistic)),
            optimistic: Some(drawn(&scenarios.optimistic, &outcome.curves.optimistic)),
            trades,
            assets,
            metrics: metrics(outcome, run.summary, convention),
            groups: groups(run.summary),
            range: run
                .summary
                .doubtful_range
                .filter(|_| doubt)
                .map(|range| RandomRange {
                    replays: range.replays.get(),
                    p5: range.total_return.p5,
                    p50: range.total_return.p50,
                    p95: range.total_return.p95,
                    few: range.is_of_few_outcomes().then_some(FewOutcomes {
                        lowest: range.total_return.lowest,
                        highest: range.total_return.highest,
                        outcomes: range.outcomes,
                        doubtful_trades: scenarios.chosen.doubtful_trades,
                    }),
                }),
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
            ExitReason::OppositeEvent | ExitReason::SignalFlat | ExitReason::Rebalance => {
                Exit::Signal
            }
            ExitReason::LeftUniverse => Exit::LeftUniverse,
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

/// How sure the Sharpe ratio is: beside it.
const SURE: [&str; 2] = ["psr", "min_track_record_length"];

/// Further metrics beyond the core that are not folded up: the run against its benchmark.
const ALSO: [&str; 4] = ["alpha", "beta", "tracking_error", "information_ratio"];

/// The metrics of a run that traded; without a trade there is nothing to measure.
fn metrics(outcome: &Outcome, summary: &Summary, convention: &Convention) -> Metrics {
    let per_year = convention
        .periods_per_year(outcome.timeframe.per_day())
        .ok();
    let words = convention_words(convention, per_year);
    let core = outcome.metrics(convention);
    let mut rows = core.as_ref().map(metric_rows).unwrap_or_default();
    let Some(sheet) = &summary.metrics else {
        for row in &mut rows {
            row.value = Err("the plan made no trade".to_owned());
        }
        return Metrics {
            convention: words,
            rows,
            ..Metrics::default()
        };
    };
    let (beyond, mut sure, mut more) = (rows.len(), Vec::new(), Vec::new());
    for metric in CATALOGUE {
        let benchmark = sheet
            .benchmark
            .as_ref()
            .filter(|_| metric.kind != Kind::Pairs)
            .map(|beside| told(metric, &beside.metrics, &beside.undefined));
        if let Some(row) = rows[..beyond]
            .iter_mut()
            .find(|row| row.name == metric.name)
        {
            // The sheet knows what of a run is defined.
            row.value = told(metric, &sheet.metrics, &sheet.undefined);
            row.benchmark = benchmark;
            continue;
        }
        let row = row_of(metric, sheet, benchmark);
        if SURE.contains(&metric.name) {
            sure.push(row);
        } else if ALSO.contains(&metric.name) {
            rows.push(row);
        } else {
            more.push(row);
        }
    }
    if let Some(sharpe) = rows.iter().position(|row| row.name == "sharpe") {
        rows.splice(sharpe + 1..sharpe + 1, sure);
    }
    let days = core.and_then(|core| fall(&core, &outcome.equity));
    if let Some(days) = days
        && let Some(row) = rows.iter_mut().find(|row| row.name == "max_drawdown")
    {
        row.note = format!("{days}; {}", row.note);
    }
    Metrics {
        convention: words,
        benchmark: sheet.benchmark.as_ref().map(|beside| beside.name.clone()),
        rows,
        more,
    }
}

fn row_of(
    metric: &Metric,
    sheet: &MetricSheet,
    benchmark: Option<Result<f64, String>>,
) -> MetricRow {
    MetricRow {
        name: metric.name.to_owned(),
        title: metric.title.to_owned(),
        value: told(metric, &sheet.metrics, &sheet.undefined),
        benchmark,
        unit: metric.unit.into(),
        note: metric.formula.to_owned(),
    }
}

/// A value of a sheet, or why it has none.
fn told(
    metric: &Metric,
    values: &Map<String, Value>,
    undefined: &Map<String, Value>,
) -> Result<f64, String> {
    values
        .get(metric.name)
        .and_then(Value::as_f64)
        .ok_or_else(|| {
            let reason = undefined.get(metric.name).and_then(Value::as_str);
            reason.unwrap_or("not measured").to_owned()
        })
}

/// The groups of a summary, each way with its heading.
fn groups(summary: &Summary) -> Vec<GroupTable> {
    let title = |way: &str| match way {
        "token" => "By token".to_owned(),
        "year" => "By year of the exit".to_owned(),
        "reason" => "By exit reason".to_owned(),
        "stop_strength" => "By strength of the level behind the stop".to_owned(),
        "target_strength" => "By strength of the level behind the target".to_owned(),
        "side" => "By side".to_owned(),
        other => format!("By {}", other.replace('_', " ")),
    };
    summary
        .groups
        .ways()
        .into_iter()
        .map(|(way, groups)| GroupTable {
            title: title(way),
            rows: groups
                .iter()
                .map(|group| GroupRow {
                    name: group.name.clone(),
                    trades: group.trades,
                    wins: group.wins,
                    win_rate: group.win_rate,
                    pnl: group.pnl,
                    average_r: group.average_r,
                    profit_factor: group.profit_factor,
                    doubtful: group.doubtful,
                })
                .collect(),
        })
        .collect()
}

/// The days of the deepest drawdown.
fn fall(core: &Core, equity: &[EquityPoint]) -> Option<String> {
    let fall = core.drawdown?;
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
        "flat_already" => "it said flat, and nothing was held",
        "side_not_traded" => "the plan does not trade that side",
        "not_in_universe" => "the token was no member of the universe",
        "no_price" => "no complete bar at the decision",
        "no_support" => "no support where the plan wants one",
        "no_resistance" => "no resistance where the plan wants one",
        "beyond_stop" => "the bar opened beyond its own stop",
        "beyond_target" => "the price was beyond its own target",
        "sector_full" => "its sector held as many positions as it may",
        "kelly_fraction_zero" => "Kelly's fraction was 0 or below",
        "drawdown_too_deep" => "the drawdown rule allowed nothing",
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
