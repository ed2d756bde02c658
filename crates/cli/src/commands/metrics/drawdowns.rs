//! The deepest drawdowns of each series.

use highwater_metrics::{Convention, drawdowns};

use crate::{
    args,
    failure::{Failure, Outcome},
    series::Series,
    sheet::{Cell, Sheet},
    terminal::Terminal,
};

use super::one_window;

pub(super) fn run(
    count: usize,
    series: &[Series],
    args: &args::Metrics,
    convention: &Convention,
    terminal: &Terminal,
) -> Outcome {
    if count == 0 {
        return Err(Failure::usage("`--drawdowns 0` shows nothing").hint("ask for one at least"));
    }
    let window = one_window(args)?;
    let mut sheet = Sheet::new([
        "name",
        "rank",
        "depth",
        "peak",
        "trough",
        "recovery",
        "fall_periods",
        "recovery_periods",
        "periods",
    ]);
    let mut undefined = 0;
    for one in series {
        let part = one.part(window);
        let mut spells = match drawdowns(part.returns, convention.returns) {
            Ok(spells) => spells,
            Err(reason) => {
                terminal.warn(format_args!("{}: no drawdowns: {reason}", one.name));
                undefined += 1;
                continue;
            }
        };
        if spells.is_empty() {
            terminal.say(format_args!("{}: the value never fell", one.name));
        }
        // Stable: of equally deep ones the earlier comes first.
        spells.sort_by(|one, other| one.depth.total_cmp(&other.depth));
        for (rank, spell) in spells.iter().take(count).enumerate() {
            let periods = |number: usize| Cell::Int(number as i64);
            sheet.push(vec![
                Cell::text(&one.name),
                Cell::Int(rank as i64 + 1),
                Cell::Fraction(spell.depth),
                Cell::option(part.time(spell.peak), Cell::Time),
                Cell::option(part.time(Some(spell.trough)), Cell::Time),
                Cell::option(
                    spell.recovery.and_then(|row| part.time(Some(row))),
                    Cell::Time,
                ),
                periods(spell.fall_periods()),
                Cell::option(spell.recovery_periods(), periods),
                periods(spell.periods(part.returns.len())),
            ]);
        }
    }
    sheet.write(args.output.format, args.output.output.as_deref(), terminal)?;
    if undefined == series.len() {
        return Err(Failure::data("no series has drawdowns that are defined"));
    }
    Ok(())
}
