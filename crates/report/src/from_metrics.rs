//! Metrics as rows and columns.

use highwater_metrics::{
    AnnualMean, CORE, Convention, DownsideOver, Metric, PeriodsPerYear, Rate, ReturnKind, Summary,
    Unit, WinsOver, Years,
};

use crate::{
    number,
    overview::MetricColumn,
    page::{MetricRow, Shown},
};

impl From<Unit> for Shown {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Fraction => Self::Percent,
            Unit::FractionPerYear => Self::PercentPerYear,
            Unit::Ratio | Unit::Periods => Self::Ratio,
        }
    }
}

impl From<&Metric> for MetricColumn {
    fn from(metric: &Metric) -> Self {
        let title = short_title(metric.name).unwrap_or(metric.title);
        let note = if title == metric.title {
            metric.formula.to_owned()
        } else {
            format!("{}: {}", metric.title, metric.formula)
        };
        Self {
            title: title.to_owned(),
            note,
            unit: metric.unit.into(),
        }
    }
}

/// A column per metric, in the order of the core.
pub fn columns() -> Vec<MetricColumn> {
    CORE.iter().map(MetricColumn::from).collect()
}

/// The values of a summary for [`columns`].
pub fn cells(summary: &Summary) -> Vec<Result<f64, String>> {
    summary
        .iter()
        .map(|(_, value)| value.map_err(|reason| reason.to_string()))
        .collect()
}

/// A row per metric of a summary, in the order of the core.
pub fn metric_rows(summary: &Summary) -> Vec<MetricRow> {
    summary
        .iter()
        .map(|(metric, value)| MetricRow {
            name: metric.name.to_owned(),
            title: metric.title.to_owned(),
            value: value.map_err(|reason| reason.to_string()),
            benchmark: None,
            unit: metric.unit.into(),
            note: metric.formula.to_owned(),
        })
        .collect()
}

/// A convention in a line: every choice that changes a number, and periods per year where they are known.
///
/// ```
/// use highwater_metrics::Convention;
/// use highwater_report::convention_words;
///
/// let crypto = Convention::crypto();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// let words = convention_words(&crypto, Some(daily));
/// assert!(words.starts_with("crypto: simple returns, 365 days per year, 365 periods per year, "), "{words}");
/// ```
pub fn convention_words(convention: &Convention, per_year: Option<PeriodsPerYear>) -> String {
    let mut choices = Vec::new();
    choices.push(
        match convention.returns {
            ReturnKind::Simple => "simple returns",
            ReturnKind::Log => "log returns",
        }
        .to_owned(),
    );
    choices.push(format!("{} days per year", convention.days_per_year));
    if let Some(per_year) = per_year {
        choices.push(format!(
            "{} periods per year",
            number::quantity(per_year.get())
        ));
    }
    choices.push(format!("variance with ddof {}", convention.ddof));
    choices.push(
        match convention.annual_mean {
            AnnualMean::Arithmetic => "mean times N",
            AnnualMean::Compounded => "mean compounded",
            AnnualMean::Growth => "mean by growth",
        }
        .to_owned(),
    );
    choices.push(format!("risk-free {}", rate_words(convention.risk_free)));
    choices.push(format!(
        "minimum acceptable {}",
        rate_words(convention.minimum_acceptable)
    ));
    choices.push(
        match convention.downside {
            DownsideOver::All => "downside over all observations",
            DownsideOver::Losers => "downside over losses alone",
        }
        .to_owned(),
    );
    choices.push(match convention.years {
        Years::Rows => "years by rows".to_owned(),
        Years::FirstToLast => "years from first to last observation".to_owned(),
        Years::Observations => "years by observations".to_owned(),
        Years::CalendarDays { per_year } => format!("calendar years of {per_year} days"),
    });
    if convention.min_days > 0.0 {
        choices.push(format!(
            "no yearly growth below {} days",
            convention.min_days
        ));
    }
    if convention.wins == WinsOver::Decided {
        choices.push("win rate over periods that moved".to_owned());
    }
    if let Some(decimals) = convention.decimals {
        choices.push(format!("rounded to {decimals} decimals"));
    }
    format!("{}: {}", convention.name, choices.join(", "))
}

fn rate_words(rate: Rate) -> String {
    match rate {
        Rate::Period { value } => format!("{} a period", number::percent(value)),
        Rate::YearSimple { value } => format!("{} a year, divided", number::percent(value)),
        Rate::YearCompound { value } => format!("{} a year", number::percent(value)),
    }
}

/// A title short enough for the head of a column or a tile, where the catalogue's is not.
pub(crate) fn short_title(name: &str) -> Option<&'static str> {
    Some(match name {
        "cagr" => "CAGR",
        "downside_deviation" => "Downside dev.",
        "sharpe" => "Sharpe",
        "sortino" => "Sortino",
        "calmar" => "Calmar",
        "max_drawdown" => "Max drawdown",
        "best" => "Best",
        "worst" => "Worst",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use highwater_metrics::summary;

    use super::*;

    #[test]
    fn a_summary_fills_its_columns_and_rows() {
        let crypto = Convention::crypto();
        let daily = crypto.periods_per_year(1.0).unwrap();
        let found = summary(&[0.5, -0.25, 0.125], &crypto, daily);
        let (columns, cells, rows) = (columns(), cells(&found), metric_rows(&found));
        assert_eq!(columns.len(), cells.len());
        assert_eq!(columns.len(), rows.len());
        let at = |name| rows.iter().position(|row| row.name == name).unwrap();
        assert_eq!(cells[at("max_drawdown")], Ok(-0.25));
        assert_eq!(columns[at("max_drawdown")].title, "Max drawdown");
        assert_eq!(columns[at("volatility")].unit, Shown::PercentPerYear);
        // Three days are too few to speak of a year.
        assert!(
            rows[at("cagr")]
                .value
                .as_ref()
                .is_err_and(|reason| !reason.is_empty())
        );
    }

    #[test]
    fn every_choice_of_a_convention_is_in_its_words() {
        let mut mine = Convention::empyrical();
        let before = convention_words(&mine, None);
        mine.ddof = 0;
        mine.risk_free = Rate::YearCompound { value: 0.04 };
        mine.downside = DownsideOver::Losers;
        mine.years = Years::CalendarDays { per_year: 365.25 };
        mine.annual_mean = AnnualMean::Compounded;
        mine.min_days = 90.0;
        let after = convention_words(&mine, None);
        for choice in [
            "variance with ddof 0",
            "risk-free 4.00% a year",
            "losses alone",
            "calendar years of 365.25 days",
            "mean compounded",
            "below 90 days",
        ] {
            assert!(
                after.contains(choice) && !before.contains(choice),
                "{choice}: {after}"
            );
        }
    }
}
