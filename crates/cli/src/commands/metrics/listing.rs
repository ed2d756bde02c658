//! The catalogue itself: every metric with its title, unit and formula.

use highwater_metrics::{Better, CATALOGUE, Unit};

use crate::{
    args::OutputArgs,
    failure::Outcome,
    sheet::{Cell, Format, Sheet},
    terminal::Terminal,
};

pub(super) fn run(output: &OutputArgs, terminal: &Terminal) -> Outcome {
    // On a terminal what one looks for; formula and source are long.
    let is_brief = output.format == Format::Table;
    let mut columns = vec!["name", "title", "unit", "better"];
    if !is_brief {
        columns.extend(["formula", "domain", "source", "notes"]);
    }
    let mut sheet = Sheet::with_columns(columns.into_iter().map(str::to_owned).collect());
    for metric in CATALOGUE {
        let mut row = vec![
            Cell::text(metric.name),
            Cell::text(metric.title),
            Cell::text(unit(metric.unit)),
            Cell::text(match metric.better {
                Better::Higher => "higher",
                Better::Lower => "lower",
                Better::Neither => "-",
            }),
        ];
        if !is_brief {
            let long = [metric.formula, metric.domain, metric.source, metric.notes];
            row.extend(long.map(Cell::text));
        }
        sheet.push(row);
    }
    sheet.write(output.format, output.output.as_deref(), terminal)?;
    if is_brief {
        terminal
            .say("formulas, domains and sources: `--format csv`, or `--explain METRIC` on data");
    }
    Ok(())
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Fraction => "fraction",
        Unit::FractionPerYear => "fraction a year",
        Unit::Ratio => "ratio",
        Unit::Periods => "periods",
    }
}
