//! Where a result comes from: its trades by token, year, exit, strength of levels, side.

use maud::{Markup, html};

use crate::{
    number,
    page::{GroupRow, GroupTable},
};

/// A table a way of grouping; those of one row alone, which say what the whole says, are left out.
pub(crate) fn tables(groups: &[GroupTable]) -> Markup {
    let telling: Vec<&GroupTable> = groups.iter().filter(|table| table.rows.len() > 1).collect();
    html! {
        @if telling.is_empty() {
            p.empty { "Nothing sets one trade apart from another." }
        } @else {
            p.about { "Profit is of all trades; win rate, average R and profit factor are of those that a fill closed." }
            @for table in telling {
                h3 { (table.title) }
                div.wide {
                    table.sortable {
                        thead { tr {
                            th scope="col" { "Group" }
                            th.number scope="col" { "Trades" }
                            th.number scope="col" { "Won" }
                            th.number scope="col" { "Win rate" }
                            th.number scope="col" { "Profit" }
                            th.number scope="col" { "Average R" }
                            th.number scope="col" { "Profit factor" }
                            th.number scope="col" { "Doubtful" }
                        } }
                        tbody { @for group in &table.rows { (row(group)) } }
                    }
                }
            }
        }
    }
}

fn row(group: &GroupRow) -> Markup {
    let ratio = |value: Option<f64>| {
        value.map_or(number::NONE.to_owned(), |value| number::grouped(value, 2))
    };
    html! {
        tr {
            th scope="row" { (group.name) }
            td.number { (number::grouped(group.trades as f64, 0)) }
            td.number { (number::grouped(group.wins as f64, 0)) }
            td.number { (group.win_rate.map_or(number::NONE.to_owned(), number::percent)) }
            td.number.gain[group.pnl > 0.0].loss-text[group.pnl < 0.0] { (number::signed_money(group.pnl)) }
            td.number { (ratio(group.average_r)) }
            td.number { (ratio(group.profit_factor)) }
            td.number { (number::grouped(group.doubtful as f64, 0)) }
        }
    }
}
