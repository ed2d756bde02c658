//! The page of one backtest, from its headline to its manifest.

use maud::{Markup, html};

use crate::{
    chart::{equity, marker, price},
    frame::{Head, document},
    from_metrics::short_title,
    group_tables, number,
    page::{Asset, MetricRow, Page, Run, Shown, Trade},
};

/// One self-contained HTML page: the same page gives the same bytes.
pub fn render(page: &Page) -> String {
    let sections = [
        ("Equity", "equity"),
        ("Metrics", "metrics"),
        ("Where from", "groups"),
        ("Tokens", "tokens"),
        ("Trades", "trades"),
        ("Manifest", "manifest"),
    ];
    let head = Head {
        title: &page.title,
        subtitle: &page.subtitle,
        source: &page.source,
        simulated: page.simulated,
        links: &page.links,
        sections: &sections,
    };
    document(
        &head,
        html! {
            (marker::shapes())
            (tiles(page))
            section #equity {
                h2 { "Equity" }
                (equity::chart(page))
                (scenarios(page))
            }
            section #honesty {
                h2 { "What this can and cannot show" }
                (caveats(page))
            }
            section #metrics {
                h2 { "Metrics" }
                p.about { "Convention: " (page.metrics.convention) }
                @if let Some(benchmark) = &page.metrics.benchmark {
                    p.about { "Benchmark: " (benchmark) ", without costs." }
                }
                (metrics_table(&page.metrics.rows, page.metrics.benchmark.is_some()))
                @if !page.metrics.more.is_empty() {
                    details {
                        summary { (number::counted(page.metrics.more.len(), "further metric", "further metrics")) }
                        (metrics_table(&page.metrics.more, page.metrics.benchmark.is_some()))
                    }
                }
            }
            section #groups {
                h2 { "Where it comes from" }
                @if page.trades.is_empty() {
                    p.empty { "The plan made no trade." }
                } @else {
                    (group_tables::tables(&page.groups))
                }
            }
            (kept_out(page))
            section #tokens {
                h2 { "Tokens" }
                (assets(page))
            }
            section #trades {
                h2 { "Trades" }
                (trades_table(&page.trades))
            }
            section #manifest {
                h2 { "Manifest" }
                p.about { "What it takes to run this again and get the same bytes." }
                (manifest(&page.manifest))
            }
        },
    )
}

/// The metrics that head the page, where the run has them.
const HEADLINES: [&str; 4] = ["total_return", "cagr", "sharpe", "max_drawdown"];

fn tiles(page: &Page) -> Markup {
    let headlines = HEADLINES
        .iter()
        .filter_map(|name| page.metrics.rows.iter().find(|row| row.name == *name));
    let won = page.trades.iter().filter(|trade| trade.pnl > 0.0).count();
    html! {
        dl.tiles {
            @for row in headlines {
                div.tile {
                    dt { (short_title(&row.name).unwrap_or(&row.title)) }
                    @match &row.value {
                        Ok(value) => dd { (row.unit.text(*value)) },
                        Err(reason) => dd.undefined { "undefined: " (reason) },
                    }
                }
            }
            div.tile {
                dt { "Trades" }
                dd {
                    (number::grouped(page.trades.len() as f64, 0))
                    small { (number::grouped(won as f64, 0)) " won, " (share(won, page.trades.len())) }
                }
            }
            div.tile {
                dt { "Doubtful trades" }
                dd {
                    (number::grouped(doubtful(page).count() as f64, 0))
                    small { (doubtful_share(page)) " of the absolute profit and loss of all trades" }
                }
            }
        }
    }
}

fn doubtful(page: &Page) -> impl Iterator<Item = &Trade> {
    page.trades.iter().filter(|trade| trade.doubtful)
}

/// Gains plus losses of trades, in money.
fn absolute<'a>(trades: impl Iterator<Item = &'a Trade>) -> f64 {
    trades.map(|trade| trade.pnl.abs()).sum()
}

/// The doubtful trades' part of the gains plus losses of all trades.
fn doubtful_share(page: &Page) -> String {
    let all = absolute(page.trades.iter());
    if all > 0.0 {
        number::percent(absolute(doubtful(page)) / all)
    } else {
        number::NONE.to_owned()
    }
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        number::NONE.to_owned()
    } else {
        number::percent(part as f64 / whole as f64)
    }
}

fn scenarios(page: &Page) -> Markup {
    let runs = [
        (
            "Chosen",
            "as the plan decides doubtful bars",
            Some(&page.chosen),
        ),
        (
            "Pessimistic",
            "every doubtful bar at its worse profit",
            page.pessimistic.as_ref(),
        ),
        (
            "Optimistic",
            "every doubtful bar at its better profit",
            page.optimistic.as_ref(),
        ),
    ];
    let others: Vec<&Run> = page.pessimistic.iter().chain(&page.optimistic).collect();
    html! {
        h3 { "Scenarios" }
        div.wide {
            table {
                thead { tr {
                    th scope="col" { "Run" }
                    th.number scope="col" { "Final equity" }
                    th.number scope="col" { "Return" }
                    th.number scope="col" { "Max drawdown" }
                    th.number scope="col" { "Trades" }
                    th scope="col" { "Meaning" }
                } }
                tbody {
                    @for (name, meaning, run) in runs {
                        @if let Some(run) = run {
                            // Without doubt a scenario is the chosen run, and has no curve of its own.
                            @let is_chosen = run.equity.is_empty() && run.is_same(&page.chosen);
                            @let drawn = if is_chosen { &page.chosen } else { run };
                            @let worst = equity::drawdowns(drawn).into_iter().reduce(f64::min);
                            tr {
                                th scope="row" { (name) }
                                td.number { (number::money(run.end)) }
                                td.number { (number::signed_percent(run.end / run.initial - 1.0)) }
                                td.number { (worst.map_or(number::NONE.to_owned(), number::percent)) }
                                td.number { (number::grouped(run.trades as f64, 0)) }
                                td.note { (meaning) }
                            }
                        }
                    }
                }
            }
        }
        @if let Some(range) = page.range {
            p.about.below {
                "If a coin decided every doubtful bar: "
                @if let Some(few) = range.few {
                    "all of " (number::grouped(range.replays as f64, 0)) " complete replays return between "
                    (number::signed_percent(few.lowest)) " and " (number::signed_percent(few.highest)) " ("
                    (number::counted(few.doubtful_trades, "doubtful trade", "doubtful trades")) ", "
                    (number::counted(few.outcomes, "distinct outcome", "distinct outcomes")) ")."
                } @else {
                    "nine in ten of " (number::grouped(range.replays as f64, 0))
                    " complete replays return between " (number::signed_percent(range.p5)) " and "
                    (number::signed_percent(range.p95)) ", half of them at least " (number::signed_percent(range.p50)) "."
                }
            }
        }
        p.about.below {
            "Each is a complete replay. They are scenarios, not bounds."
            @if others.len() == 2 && others.iter().all(|run| run.is_same(&page.chosen)) {
                " No doubtful bar changed anything: all three are the same."
            }
        }
    }
}

fn caveats(page: &Page) -> Markup {
    let count = doubtful(page).count();
    let at_stake: f64 = doubtful(page).map(|trade| trade.pnl).sum();
    let total: f64 = page.trades.iter().map(|trade| trade.pnl).sum();
    html! {
        p.about {
            "A backtest can show that rules would have lost money, broke in some years, or hung on a few trades. "
            "It cannot show that they will earn any: they were chosen by someone who knew this past, fills and costs are assumed, and markets change."
        }
        p.about {
            @if count == 0 {
                "No trade is doubtful: in every bar it was clear which price was touched first."
            } @else {
                (number::counted(count, "trade is", "trades are")) " doubtful: stop and target lie inside one bar, and which came first is a guess. They make up "
                (doubtful_share(page)) " of the absolute profit and loss of all trades ("
                (number::money(absolute(doubtful(page)))) " of " (number::money(absolute(page.trades.iter())))
                "); their profit is " (number::signed_money(at_stake)) " of " (number::signed_money(total)) " in all."
            }
        }
        @match page.backfilled.filter(|share| share.is_finite()) {
            Some(backfilled) => {
                p.about {
                    (number::percent(backfilled)) " of the history was backfilled: first seen after its day. What the source may have changed before then is invisible."
                }
                span.meter role="img" aria-label={ (number::percent(backfilled)) " backfilled" } {
                    i style={ "width:" (format!("{:.1}", 100.0 * backfilled.clamp(0.0, 1.0))) "%" } {}
                }
            }
            None => p.about { "What share of the history was backfilled is not known." },
        }
        @for remark in &page.remarks { p.about { (remark) } }
    }
}

fn metrics_table(rows: &[MetricRow], beside: bool) -> Markup {
    html! {
        @if rows.is_empty() {
            p.empty { "No metrics." }
        } @else {
            div.wide {
                table {
                    thead { tr {
                        th scope="col" { "Metric" }
                        th.number scope="col" { "Value" }
                        @if beside { th.number scope="col" { "Benchmark" } }
                        th scope="col" { "Unit" }
                        th scope="col" { "Definition" }
                    } }
                    tbody {
                        @for row in rows {
                            tr {
                                th scope="row" title=(row.name) { (row.title) }
                                (metric_cell(row.unit, &row.value))
                                @if beside {
                                    @match &row.benchmark {
                                        Some(value) => (metric_cell(row.unit, value)),
                                        None => td.number {},
                                    }
                                }
                                td { (row.unit.unit()) }
                                td.note { (row.note) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A value, or in words why there is none.
pub(crate) fn metric_cell(unit: Shown, value: &Result<f64, String>) -> Markup {
    html! {
        @match value {
            Ok(value) => td.number { (unit.text(*value)) },
            Err(reason) => td.undefined { "undefined: " (reason) },
        }
    }
}

fn kept_out(page: &Page) -> Markup {
    html! {
        section #kept-out {
            h2 { "What each rule kept out" }
            @if page.kept_out.is_empty() {
                p.empty { "No signal was kept out." }
            } @else {
                div.wide {
                    table.sortable {
                        thead { tr { th scope="col" { "Rule" } th.number scope="col" { "Signal rows" } } }
                        tbody {
                            @for kept in &page.kept_out {
                                tr { th scope="row" { (kept.rule) } td.number { (number::grouped(kept.count as f64, 0)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn assets(page: &Page) -> Markup {
    let mut by_asset: Vec<Vec<&Trade>> = vec![Vec::new(); page.assets.len()];
    for trade in &page.trades {
        if let Some(trades) = trade.asset.and_then(|asset| by_asset.get_mut(asset)) {
            trades.push(trade);
        }
    }
    html! {
        @if page.assets.is_empty() {
            p.empty { "No token was charted." }
        } @else {
            @if page.assets.len() > 1 {
                ul.chips {
                    @for (place, asset) in page.assets.iter().enumerate() {
                        li { a href={ "#token-" (place + 1) } { (asset.symbol) } }
                    }
                }
            }
            (marker::legend())
            @for (place, (asset, trades)) in page.assets.iter().zip(&by_asset).enumerate() {
                (asset_section(place, asset, trades))
            }
        }
    }
}

fn asset_section(place: usize, asset: &Asset, trades: &[&Trade]) -> Markup {
    let profit: f64 = trades.iter().map(|trade| trade.pnl).sum();
    html! {
        article.asset id={ "token-" (place + 1) } {
            h3 { (asset.symbol) " " span { (asset.name) } }
            p.facts {
                @if let Some(last) = asset.bars.close().last() { span { "last " b { (number::price(*last)) } } }
                span { (number::counted(asset.bars.len(), "bar", "bars")) " of " (asset.bars.timeframe()) }
                span { (number::counted(trades.len(), "trade", "trades")) }
                @if !trades.is_empty() { span { "profit " b { (number::signed_money(profit)) } } }
            }
            (price::chart(asset, trades))
            @if !asset.levels.is_empty() {
                details {
                    summary {
                        (number::counted(asset.levels.len(), "level", "levels")) " known at the last bar"
                        @if asset.levels.len() > price::nearest(&asset.levels).count() { "; those nearest to the price are drawn" }
                    }
                    div.wide {
                        table {
                            thead { tr {
                                th.number scope="col" { "Price" }
                                th scope="col" { "Side" }
                                th.number scope="col" { "Strength" }
                                th.number scope="col" { "Touches" }
                                th scope="col" { "First seen" }
                                th scope="col" { "Last touch" }
                            } }
                            tbody {
                                @for level in asset.levels.iter().rev() {
                                    tr {
                                        td.number { (number::price(level.price.get())) }
                                        td { (price::side_name(level.side)) }
                                        td.number { (level.strength.map_or(number::NONE.to_owned(), |strength| number::grouped(strength, 2))) }
                                        td.number { (level.touches.map_or(number::NONE.to_owned(), |touches| touches.to_string())) }
                                        td.time { (level.first_seen.date()) }
                                        td.time { (level.last_touch.date()) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn trades_table(trades: &[Trade]) -> Markup {
    html! {
        @if trades.is_empty() {
            p.empty { "The plan made no trade." }
        } @else {
            div.wide.tall tabindex="0" {
                table.sortable.trades {
                    thead { tr {
                        th.number scope="col" { "#" }
                        th scope="col" { "Symbol" }
                        th scope="col" { "Side" }
                        th scope="col" { "Entry" }
                        th.number scope="col" { "Entry price" }
                        th scope="col" { "Exit" }
                        th.number scope="col" { "Exit price" }
                        th scope="col" { "Reason" }
                        th.number scope="col" { "Profit" }
                        th.number scope="col" { "On entry" }
                        th.number scope="col" { "Stop" }
                        th.number scope="col" { "Target" }
                        th.number scope="col" { "Quantity" }
                        th.number scope="col" { "Fees" }
                        th scope="col" { "Doubtful" }
                    } }
                    tbody { @for (place, trade) in trades.iter().enumerate() { (trade_row(place, trade)) } }
                }
            }
        }
    }
}

fn trade_row(place: usize, trade: &Trade) -> Markup {
    let worth = trade.entry_price * trade.quantity;
    html! {
        tr {
            td.number { (place + 1) }
            th scope="row" { (trade.symbol) }
            td { (trade.direction) }
            td.time { (moment(trade.entry_time)) }
            td.number { (number::price(trade.entry_price)) }
            td.time { (moment(trade.exit_time)) }
            td.number { (number::price(trade.exit_price)) }
            td.nowrap { (trade.exit.name()) }
            td.number.gain[trade.pnl > 0.0].loss-text[trade.pnl < 0.0] { (number::signed_money(trade.pnl)) }
            td.number { (number::signed_percent(trade.pnl / worth)) }
            td.number { (trade.stop_price.map_or(number::NONE.to_owned(), number::price)) }
            td.number { (trade.target_price.map_or(number::NONE.to_owned(), number::price)) }
            td.number { (number::quantity(trade.quantity)) }
            td.number { (number::money(trade.fees)) }
            td { @if trade.doubtful { "doubtful" } }
        }
    }
}

/// A day, with its time unless that is midnight.
fn moment(instant: highwater_market::Timestamp) -> String {
    let text = instant.to_string();
    match text.split_once('T') {
        Some((day, "00:00:00Z")) => day.to_owned(),
        Some((day, time)) => format!(
            "{day} {}",
            time.trim_end_matches('Z').get(..5).unwrap_or(time)
        ),
        None => text,
    }
}

fn manifest(fields: &[(String, String)]) -> Markup {
    html! {
        @if fields.is_empty() {
            p.empty { "No manifest." }
        } @else {
            dl.manifest { @for (key, value) in fields { dt { (key) } dd { (value) } } }
        }
    }
}
