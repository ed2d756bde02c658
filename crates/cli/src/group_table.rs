//! The trades of a backtest by what they have in common, as a table.

use highwater_backtest::{Group, Groups};

use crate::sheet::{Cell, Sheet};

/// By what trades are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum GroupBy {
    /// The token.
    Token,
    /// The year in which a trade ended.
    Year,
    /// Why a trade ended.
    Reason,
    /// Strength of the level behind the stop, and of the one behind the target.
    Strength,
    /// Long or short.
    Side,
}

/// A line a group. Win rate, average R and profit factor are of closed trades, the profit is of all.
pub(crate) fn of(groups: &Groups, by: GroupBy) -> Sheet {
    let parts: Vec<(Option<&str>, &[Group])> = match by {
        GroupBy::Token => vec![(None, &groups.token)],
        GroupBy::Year => vec![(None, &groups.year)],
        GroupBy::Reason => vec![(None, &groups.reason)],
        GroupBy::Strength => vec![
            (Some("stop"), &groups.stop_strength),
            (Some("target"), &groups.target_strength),
        ],
        GroupBy::Side => vec![(None, &groups.side)],
    };
    let first = match by {
        GroupBy::Token => vec!["token"],
        GroupBy::Year => vec!["year"],
        GroupBy::Reason => vec!["reason"],
        GroupBy::Strength => vec!["level_of", "strength"],
        GroupBy::Side => vec!["side"],
    };
    let figures = [
        "trades",
        "closed",
        "wins",
        "win_rate",
        "pnl",
        "average_r",
        "profit_factor",
        "doubtful",
    ];
    let columns = first.into_iter().chain(figures);
    let mut sheet = Sheet::with_columns(columns.map(str::to_owned).collect());
    let count = |number: usize| Cell::Int(number as i64);
    for (part, groups) in parts {
        for group in groups {
            let mut row = Vec::from_iter(part.map(Cell::text));
            row.extend([
                Cell::text(&group.name),
                count(group.trades),
                count(group.closed),
                count(group.wins),
                Cell::option(group.win_rate, Cell::Fraction),
                Cell::Float(group.pnl),
                Cell::option(group.average_r, Cell::Float),
                Cell::option(group.profit_factor, Cell::Float),
                count(group.doubtful),
            ]);
            sheet.push(row);
        }
    }
    sheet
}
