//! Returns month by month, a row a year.

use std::collections::BTreeSet;

use highwater_metrics::{Civil, Convention, ReturnKind, Stamp, month_table};

use crate::{
    args,
    failure::{Failure, Outcome},
    series::{Part, Series},
    sheet::{Cell, Format, Sheet},
    spacing::keeps_weekends_free,
    terminal::Terminal,
};

use super::one_window;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// Weekdays in a row without a return that an exchange may have closed for.
const HOLIDAYS: usize = 2;

pub(super) fn run(
    series: &[Series],
    args: &args::Metrics,
    convention: &Convention,
    terminal: &Terminal,
) -> Outcome {
    let window = one_window(args)?;
    // People see a mark beside the number, machines a column of its own.
    let marks = matches!(args.output.format, Format::Table | Format::Markdown);
    let mut columns = vec!["name", "year"];
    columns.extend(MONTHS);
    columns.push("total");
    if !marks {
        columns.push("partial");
    }
    let mut sheet = Sheet::with_columns(columns.into_iter().map(str::to_owned).collect());
    // Log returns add up to a log return; a calendar shows what was gained.
    let gained = |value: f64| match convention.returns {
        ReturnKind::Simple => value,
        ReturnKind::Log => value.exp_m1(),
    };
    let mut is_any_partial = false;
    for one in series {
        let part = one.part(window);
        // A bar is stamped at its open, and a date stands for its day.
        let years = month_table(part.returns, part.times, Stamp::Day, convention.returns)
            .map_err(|error| Failure::data(format!("{}: {error}", one.name)))?;
        let partial = partial_months(&part);
        for year in years {
            let is_partial: Vec<bool> = (1..)
                .zip(&year.months)
                .map(|(month, value)| value.is_ok() && partial.contains(&(year.year, month)))
                .collect();
            // A year is whole if each of its months is there, and whole.
            let is_year_partial =
                year.months.iter().any(Result::is_err) || is_partial.contains(&true);
            let mut row = vec![Cell::text(&one.name), Cell::Int(year.year)];
            let values = year.months.into_iter().chain([year.total]);
            let partial = is_partial.iter().copied().chain([is_year_partial]);
            row.extend(values.zip(partial).map(|(value, is_partial)| {
                let value = value.ok().map(gained);
                is_any_partial |= value.is_some() && is_partial;
                Cell::option(
                    value,
                    if is_partial {
                        Cell::Partial
                    } else {
                        Cell::Fraction
                    },
                )
            }));
            if !marks {
                let names = MONTHS.iter().copied().zip(is_partial);
                let names = names.chain([("total", is_year_partial)]);
                let names: Vec<&str> = names.filter_map(|(name, is)| is.then_some(name)).collect();
                row.push(Cell::text(names.join(" ")));
            }
            sheet.push(row);
        }
    }
    sheet.write(args.output.format, args.output.output.as_deref(), terminal)?;
    if is_any_partial && marks {
        terminal.say("* part of the month or year only: the data begin or end within it, or days of it are missing");
    }
    Ok(())
}

/// The months of which days are missing, or in which the returns begin or end.
fn partial_months(part: &Part<'_>) -> BTreeSet<(i64, u8)> {
    let there = part.times.iter().zip(part.returns);
    let days: BTreeSet<i64> = there
        .clone()
        .filter(|(_, value)| !value.is_nan())
        .map(|(&time, _)| Stamp::Day.day(time))
        .collect();
    let (Some(&first), Some(&last)) = (days.first(), days.last()) else {
        return BTreeSet::new();
    };
    let month = |day: i64| {
        let date = Civil::from_days(day);
        (date.year, date.month)
    };
    let mut steps: Vec<i64> = days
        .iter()
        .zip(days.iter().skip(1))
        .map(|(a, b)| b - a)
        .collect();
    steps.sort_unstable();
    let step = steps.get(steps.len() / 2).copied().unwrap_or(1);
    let mut partial = BTreeSet::new();
    if step > 1 {
        // Returns of weeks or months: what is missing is a row, and those of months are whole months.
        let missing = there.filter(|(_, value)| value.is_nan());
        partial.extend(missing.map(|(&time, _)| month(Stamp::Day.day(time))));
        if step < 27 {
            let began = part
                .time(None)
                .map_or(first - step, |base| Stamp::Day.day(base.micros()));
            partial.extend((month(began) == month(first)).then(|| month(first)));
            partial.extend((month(last + step) == month(last)).then(|| month(last)));
        }
        return partial;
    }
    let times: Vec<i64> = days.iter().map(|day| day * 86_400_000_000).collect();
    let is_exchange = keeps_weekends_free(&times);
    let is_open = |day: i64| !is_exchange || (day + 3).rem_euclid(7) < 5;
    // From the day after the value stood at 1, to the end of the last month: each day that is open has a return.
    let from = match part.time(None) {
        Some(base) if Stamp::Day.day(base.micros()) < first => Stamp::Day.day(base.micros()) + 1,
        _ => first,
    };
    let began = Civil::from_days(from);
    // A return that began in the month before leaves no day of this one out.
    let before =
        month(from) == month(first) && (from - i64::from(began.day) + 1..from).any(is_open);
    partial.extend(before.then(|| month(first)));
    let mut after = (last + 1..last + 32).take_while(|&day| month(day) == month(last));
    partial.extend(after.any(is_open).then(|| month(last)));
    let mut missing: Vec<i64> = Vec::new();
    for day in from..=last {
        if days.contains(&day) {
            if !is_exchange || missing.len() > HOLIDAYS {
                partial.extend(missing.iter().map(|&day| month(day)));
            }
            missing.clear();
        } else if is_open(day) {
            missing.push(day);
        }
    }
    partial
}
