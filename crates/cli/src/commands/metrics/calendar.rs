//! Returns month by month, a row a year.

use highwater_metrics::{Convention, ReturnKind, Stamp, month_table};

use crate::{
    args,
    failure::{Failure, Outcome},
    series::Series,
    sheet::{Cell, Sheet},
    terminal::Terminal,
};

use super::one_window;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

pub(super) fn run(
    series: &[Series],
    args: &args::Metrics,
    convention: &Convention,
    terminal: &Terminal,
) -> Outcome {
    let window = one_window(args)?;
    let mut columns = vec!["name", "year"];
    columns.extend(MONTHS);
    columns.push("total");
    let mut sheet = Sheet::with_columns(columns.into_iter().map(str::to_owned).collect());
    // Log returns add up to a log return; a calendar shows what was gained.
    let gained = |value: f64| match convention.returns {
        ReturnKind::Simple => value,
        ReturnKind::Log => value.exp_m1(),
    };
    for one in series {
        let part = one.part(window);
        // A bar is stamped at its open, and a date stands for its day.
        let years = month_table(part.returns, part.times, Stamp::Day, convention.returns)
            .map_err(|error| Failure::data(format!("{}: {error}", one.name)))?;
        for year in years {
            let mut row = vec![Cell::text(&one.name), Cell::Int(year.year)];
            row.extend(
                year.months
                    .into_iter()
                    .chain([year.total])
                    .map(|value| Cell::option(value.ok().map(gained), Cell::Fraction)),
            );
            sheet.push(row);
        }
    }
    sheet.write(args.output.format, args.output.output.as_deref(), terminal)
}
