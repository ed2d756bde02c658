//! A backtest's summary as a sheet: rounded and in words for people, one typed row in full precision for machines.

use highwater_backtest::{ExitReason, MetricSheet};
use highwater_metrics::{Kind, Metric, Selection, Unit};
use serde_json::{Map, Value};

use crate::{
    commands::metrics::chosen,
    failure::Outcome,
    replay::Replayed,
    sheet::{Cell, Holds, Sheet, exact, percent, rounded, short_time},
    terminal::Terminal,
};

/// What is shown unless metrics are named: the core, how sure the Sharpe ratio is beside it, and a few against the
/// benchmark.
const USUAL: [&str; 17] = [
    "total_return",
    "cagr",
    "volatility",
    "downside_deviation",
    "sharpe",
    "psr",
    "min_track_record_length",
    "sortino",
    "calmar",
    "max_drawdown",
    "best",
    "worst",
    "win_rate",
    "alpha",
    "beta",
    "tracking_error",
    "information_ratio",
];

/// The metrics of a list of names; the usual ones if there is none.
pub(crate) fn shown(names: &[String]) -> Outcome<Selection> {
    if names.is_empty() {
        return chosen(&USUAL.map(str::to_owned));
    }
    chosen(names)
}

/// A figure a line, with the benchmark's beside those that it has.
pub(crate) fn for_people(replayed: &Replayed, shown: &Selection) -> Sheet {
    let summary = &replayed.summary;
    let metrics = summary.metrics.as_ref();
    let benchmark = metrics.and_then(|metrics| metrics.benchmark.as_ref());
    let mut sheet = match benchmark {
        Some(_) => Sheet::new(["figure", "value", "benchmark"]),
        None => Sheet::new(["figure", "value"]),
    };
    let mut push_beside = |figure: &str, value: String, other: String| {
        let mut row = vec![Cell::text(figure), Cell::text(value)];
        row.extend(benchmark.map(|_| Cell::text(other)));
        sheet.push(row);
    };
    let mut push = |figure: &str, value: String| push_beside(figure, value, String::new());
    let none = || "-".to_owned();
    let fraction = |value: Option<f64>| value.map_or_else(none, percent);
    let number = |value: Option<f64>| value.map_or_else(none, rounded);
    let day = |time: Option<highwater_market::Timestamp>| time.map_or_else(none, short_time);
    push("from", day(summary.from));
    push("until", day(summary.until));
    push("tokens", summary.symbols.len().to_string());
    push("initial cash", rounded(summary.initial_cash));
    push("final equity", rounded(summary.final_equity));
    let of_benchmark = benchmark.and_then(|benchmark| {
        let total = benchmark.metrics.get("total_return")?;
        total.as_f64()
    });
    push_beside(
        "total return",
        fraction(summary.total_return),
        fraction(of_benchmark),
    );
    let mut push = |figure: &str, value: String| push_beside(figure, value, String::new());
    let chosen = &summary.scenarios.chosen;
    if chosen.doubtful_trades > 0 {
        let (worse, better) = (
            &summary.scenarios.pessimistic,
            &summary.scenarios.optimistic,
        );
        push("  pessimistic", percent(worse.total_return));
        push("  optimistic", percent(better.total_return));
    }
    // Without doubt there is nothing to draw, and the range is the result.
    if let Some(range) = &summary.doubtful_range
        && chosen.doubtful_trades > 0
    {
        let (told, replays) = (range.total_return, range.replays);
        if range.is_of_few_outcomes() {
            push(
                &format!("  of {replays} random resolutions"),
                format!(
                    "between {} and {} ({}, {})",
                    percent(told.lowest),
                    percent(told.highest),
                    counted(chosen.doubtful_trades, "doubtful trade"),
                    counted(range.outcomes, "distinct outcome")
                ),
            );
        } else {
            push(
                &format!("  5 to 95 % of {replays} random resolutions"),
                format!(
                    "{} to {}, median {}",
                    percent(told.p5),
                    percent(told.p95),
                    percent(told.p50)
                ),
            );
        }
    }
    push(
        "trades",
        format!(
            "{} ({} open at the end)",
            summary.trades, summary.open_at_end
        ),
    );
    if summary.positions < summary.trades {
        push(
            "  parts of so many positions",
            summary.positions.to_string(),
        );
        push("  positions won", fraction(summary.position_win_rate));
        push(
            "  average R of positions",
            number(summary.position_average_r),
        );
    }
    push("doubtful trades", chosen.doubtful_trades.to_string());
    if let Some(share) = chosen.doubtful_share.filter(|_| chosen.doubtful_trades > 0) {
        push(
            "  share of absolute pnl",
            format!(
                "{} ({} of {} over all trades)",
                percent(share),
                rounded(chosen.doubtful_absolute_pnl),
                rounded(chosen.absolute_pnl)
            ),
        );
        push("  their pnl", rounded(chosen.doubtful_pnl));
    }
    push("win rate", fraction(summary.win_rate));
    push("profit factor", number(summary.profit_factor));
    push("average R", number(summary.average_r));
    push("average bars held", number(summary.average_bars_held));
    push("time in market", fraction(summary.time_in_market));
    push("fees", rounded(summary.fees));
    push("slippage", rounded(summary.slippage));
    if summary.carry != 0.0 {
        push("funding and borrowing", rounded(summary.carry));
    }
    if summary.interest != 0.0 {
        push("interest on what was lent", rounded(summary.interest));
    }
    push("turnover a year", number(summary.turnover));
    for (reason, count) in &summary.exits {
        push(
            &format!("exits: {}", reason.replace('-', " ")),
            count.to_string(),
        );
    }
    if let Some(metrics) = metrics {
        push(
            "convention",
            format!(
                "{}, {} periods a year",
                metrics.convention,
                exact(metrics.periods_per_year)
            ),
        );
    }
    if let Some(benchmark) = benchmark {
        push("benchmark", benchmark.name.clone());
    }
    // The total return stands above.
    let listed = shown.metrics().iter();
    for metric in listed.filter(|metric| metric.name != "total_return") {
        let Some(metrics) = metrics else { break };
        let other = match benchmark {
            Some(benchmark) if metric.kind != Kind::Pairs => {
                text(metric, value_of(&benchmark.metrics, metric))
            }
            _ => String::new(),
        };
        let value = text(metric, value_of(&metrics.metrics, metric));
        push_beside(label(metric), value, other);
    }
    let mut push = |figure: &str, value: String| push_beside(figure, value, String::new());
    for (fate, count) in summary.counts.fates() {
        if count > 0 && fate != "no_news" {
            push(
                &format!("signal rows: {}", fate.replace('_', " ")),
                count.to_string(),
            );
        }
    }
    let counts = &summary.counts;
    for gate in &counts.gates {
        let kept_out = gate.shut + gate.undefined;
        if kept_out > 0 {
            push(&format!("kept out by {}", gate.gate), kept_out.to_string());
        }
    }
    for (sector, &kept_out) in &counts.sectors {
        push(
            &format!("kept out by the full sector {sector}"),
            kept_out.to_string(),
        );
    }
    for (figure, count) in [
        ("bought of no known sector", counts.without_sector),
        ("purchases of rebalances", counts.rebalanced),
        ("entries scaled down to the cash", counts.scaled_down),
        ("entries cut to the volume", counts.capped_by_volume),
        ("exits decided by finer bars", counts.decided_by_finer),
    ] {
        if count > 0 {
            push(figure, count.to_string());
        }
    }
    for (reason, count) in &summary.rows_left_out {
        push(&format!("rows left out: {reason}"), count.to_string());
    }
    push("history backfilled", fraction(replayed.backfilled()));
    sheet
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A metric's name; the win rate of bars is not that of trades.
fn label(metric: &Metric) -> &'static str {
    match metric.name {
        "best" => "Best bar",
        "worst" => "Worst bar",
        "win_rate" => "Bars with a gain",
        _ => metric.title,
    }
}

fn value_of(metrics: &Map<String, Value>, metric: &Metric) -> Option<f64> {
    metrics.get(metric.name)?.as_f64()
}

fn text(metric: &Metric, value: Option<f64>) -> String {
    match (value, metric.unit) {
        (None, _) => "-".to_owned(),
        (Some(value), Unit::Fraction | Unit::FractionPerYear) => percent(value),
        (Some(value), Unit::Ratio | Unit::Periods) => rounded(value),
    }
}

/// Say why metrics that are shown have no value.
pub(crate) fn tell_undefined(replayed: &Replayed, shown: &Selection, terminal: &Terminal) {
    let Some(MetricSheet {
        undefined,
        benchmark,
        ..
    }) = &replayed.summary.metrics
    else {
        return;
    };
    let of_benchmark = benchmark
        .iter()
        .map(|benchmark| (benchmark.name.as_str(), &benchmark.undefined));
    for (whose, undefined) in std::iter::once(("the equity", undefined)).chain(of_benchmark) {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for metric in shown.metrics() {
            let Some(reason) = undefined.get(metric.name).and_then(Value::as_str) else {
                continue;
            };
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, names)) => names.push(metric.name),
                None => reasons.push((reason, vec![metric.name])),
            }
        }
        for (reason, names) in reasons {
            terminal.say(format_args!(
                "{whose}: {} undefined: {reason}",
                names.join(", ")
            ));
        }
    }
}

/// One row, the same columns for every run. Fractions: 0.01 is one percent. What cannot be said is empty.
pub(crate) fn for_machines(replayed: &Replayed, shown: &Selection) -> Sheet {
    let summary = &replayed.summary;
    let scenarios = &summary.scenarios;
    let chosen = &scenarios.chosen;
    let range = summary.doubtful_range.as_ref();
    let traded = |value: f64| (summary.trades > 0).then_some(value);
    let mut columns: Vec<(String, Holds)> = Vec::new();
    let mut row = Vec::new();
    let mut put = |name: &str, holds: Holds, cell: Cell| {
        columns.push((name.to_owned(), holds));
        row.push(cell);
    };
    let time = |value| Cell::option(value, Cell::Time);
    put("plan", Holds::Text, Cell::text(&summary.plan));
    put("from", Holds::Time, time(summary.from));
    put("until", Holds::Time, time(summary.until));
    for (name, count) in [
        ("bars", summary.bars),
        ("tokens", summary.symbols.len()),
        ("trades", summary.trades),
        ("positions", summary.positions),
        ("closed", summary.closed),
        ("open_at_end", summary.open_at_end),
        ("wins", summary.wins),
        ("doubtful_trades", chosen.doubtful_trades),
    ] {
        put(name, Holds::Int, Cell::Int(count as i64));
    }
    for (name, value) in [
        ("initial_cash", Some(summary.initial_cash)),
        ("final_equity", Some(summary.final_equity)),
        ("total_return", summary.total_return),
        (
            "pessimistic_total_return",
            traded(scenarios.pessimistic.total_return),
        ),
        (
            "optimistic_total_return",
            traded(scenarios.optimistic.total_return),
        ),
        ("position_win_rate", summary.position_win_rate),
        ("position_average_r", summary.position_average_r),
        ("win_rate", summary.win_rate),
        ("profit_factor", summary.profit_factor),
        ("average_pnl", summary.average_pnl),
        ("average_r", summary.average_r),
        ("average_bars_held", summary.average_bars_held),
        ("time_in_market", summary.time_in_market),
        ("average_exposure", summary.average_exposure),
        ("fees", Some(summary.fees)),
        ("slippage", Some(summary.slippage)),
        ("carry", Some(summary.carry)),
        ("interest", Some(summary.interest)),
        ("turnover", summary.turnover),
        ("absolute_pnl", Some(chosen.absolute_pnl)),
        ("doubtful_pnl", Some(chosen.doubtful_pnl)),
        ("doubtful_absolute_pnl", Some(chosen.doubtful_absolute_pnl)),
        ("doubtful_share", chosen.doubtful_share),
        ("random_p5", range.map(|range| range.total_return.p5)),
        ("random_p50", range.map(|range| range.total_return.p50)),
        ("random_p95", range.map(|range| range.total_return.p95)),
        ("backfilled", replayed.backfilled()),
    ] {
        put(name, Holds::Float, Cell::option(value, Cell::Float));
    }
    for (name, value) in [
        (
            "random_lowest",
            range.map(|range| range.total_return.lowest),
        ),
        (
            "random_highest",
            range.map(|range| range.total_return.highest),
        ),
    ] {
        put(name, Holds::Float, Cell::option(value, Cell::Float));
    }
    let outcomes = range.map(|range| range.outcomes as i64);
    put(
        "random_outcomes",
        Holds::Int,
        Cell::option(outcomes, Cell::Int),
    );
    for reason in ExitReason::ALL {
        let count = summary.exits.get(reason.name()).copied().unwrap_or(0);
        let name = format!("exits_{}", reason.name().replace('-', "_"));
        put(&name, Holds::Int, Cell::Int(count as i64));
    }
    let counts = &summary.counts;
    put("signals", Holds::Int, Cell::Int(counts.signals as i64));
    for (fate, count) in counts.fates() {
        put(
            &format!("signals_{fate}"),
            Holds::Int,
            Cell::Int(count as i64),
        );
    }
    let left_out: usize = summary.rows_left_out.values().sum();
    for (name, count) in [
        ("scaled_down", counts.scaled_down),
        ("decided_by_finer", counts.decided_by_finer),
        ("rows_left_out", left_out),
    ] {
        put(name, Holds::Int, Cell::Int(count as i64));
    }
    let metrics = summary.metrics.as_ref();
    put(
        "convention",
        Holds::Text,
        Cell::option(metrics, |metrics| Cell::text(&metrics.convention)),
    );
    put(
        "periods_per_year",
        Holds::Float,
        Cell::option(metrics, |metrics| Cell::Float(metrics.periods_per_year)),
    );
    // Of the equity's returns, bar by bar: its win rate is not that of the trades.
    for metric in shown.metrics() {
        let value = metrics.and_then(|metrics| value_of(&metrics.metrics, metric));
        put(
            &format!("equity_{}", metric.name),
            Holds::Float,
            Cell::option(value, Cell::Float),
        );
    }
    let benchmark = metrics.and_then(|metrics| metrics.benchmark.as_ref());
    put(
        "benchmark",
        Holds::Text,
        Cell::option(benchmark, |benchmark| Cell::text(&benchmark.name)),
    );
    let alone = shown.metrics().iter();
    for metric in alone.filter(|metric| metric.kind != Kind::Pairs) {
        let value = benchmark.and_then(|benchmark| value_of(&benchmark.metrics, metric));
        put(
            &format!("benchmark_{}", metric.name),
            Holds::Float,
            Cell::option(value, Cell::Float),
        );
    }
    let columns: Vec<(&str, Holds)> = columns
        .iter()
        .map(|(name, holds)| (name.as_str(), *holds))
        .collect();
    let mut sheet = Sheet::typed(&columns);
    sheet.push(row);
    sheet
}
