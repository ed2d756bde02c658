//! The metrics: folds and convention to a number per year, or the reason why there is none.

use crate::{
    ReturnKind, Undefined,
    convention::{AnnualMean, WinsOver, Years},
    summary::Reading,
    undefined::finite,
};

pub(crate) fn total_return(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.drawdown.growth().total_return()
}

pub(crate) fn cagr(of: &Reading<'_>) -> Result<f64, Undefined> {
    let growth = of.stretch.drawdown.growth();
    growth.survivor()?;
    let convention = of.terms.convention();
    let years = years(of)?;
    // The convention's days, from the span as it is counted: 30 daily returns are 30 days, without rounding.
    let have_days = match convention.years {
        Years::CalendarDays { per_year } => years * per_year,
        _ => periods(of) * convention.days_per_year / of.terms.per_year().get(),
    };
    // A hair's breadth of patience, since days per year need not divide evenly.
    let need_days = convention.min_days;
    if need_days > 0.0 && have_days < need_days * (1.0 - 1e-12) {
        return Err(Undefined::TooShort {
            need_days,
            have_days,
        });
    }
    growth.cagr(years)
}

pub(crate) fn volatility(of: &Reading<'_>) -> Result<f64, Undefined> {
    let deviation = of.stretch.moments.deviation(of.terms.convention().ddof)?;
    finite(deviation * of.terms.per_year().sqrt())
}

pub(crate) fn downside_deviation(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.moments.mean()?;
    let target = finite(of.terms.target())?;
    let deviation = of
        .stretch
        .downside
        .deviation(of.terms.convention().downside)?;
    if deviation == 0.0 && of.stretch.extremes.worst()?.value < target {
        // The shortfalls are there, but their squares are too small for a double.
        return Err(Undefined::OutOfRange);
    }
    finite(deviation * of.terms.per_year().sqrt())
}

pub(crate) fn sharpe(of: &Reading<'_>) -> Result<f64, Undefined> {
    let deviation = of.stretch.moments.deviation(of.terms.convention().ddof)?;
    if deviation == 0.0 {
        let flat = of.stretch.extremes.best()?.value == of.stretch.extremes.worst()?.value;
        // Returns that differ, by so little that the squares vanish, are not the same return.
        return Err(if flat {
            Undefined::ZeroVariance
        } else {
            Undefined::OutOfRange
        });
    }
    excess_over(of, of.terms.risk_free(), deviation)
}

pub(crate) fn sortino(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.count().require(2)?;
    let target = finite(of.terms.target())?;
    if of.stretch.extremes.worst()?.value >= target {
        return Err(Undefined::NoDownside);
    }
    downside_deviation(of)?;
    let deviation = of
        .stretch
        .downside
        .deviation(of.terms.convention().downside)?;
    excess_over(of, target, deviation)
}

/// The yearly return above `rate` per period, over a deviation per period brought to a year.
fn excess_over(of: &Reading<'_>, rate: f64, deviation: f64) -> Result<f64, Undefined> {
    let per_year = of.terms.per_year();
    match of.terms.convention().annual_mean {
        // The same as m N / (sd sqrt(N)), with two roundings less.
        AnnualMean::Arithmetic => {
            finite(of.stretch.moments.mean_above(rate)? / deviation * per_year.sqrt())
        }
        AnnualMean::Compounded => {
            let mean = of.stretch.moments.mean()?;
            let excess = to_year(of, mean) - to_year(of, rate);
            finite(excess / (deviation * per_year.sqrt()))
        }
        AnnualMean::Growth => {
            let excess = cagr(of)? - to_year(of, rate);
            finite(excess / (deviation * per_year.sqrt()))
        }
    }
}

/// A rate per period, compounded to a year. Log returns add up.
fn to_year(of: &Reading<'_>, rate: f64) -> f64 {
    let per_year = of.terms.per_year().get();
    match of.terms.convention().returns {
        ReturnKind::Simple => libm::expm1(libm::log1p(rate) * per_year),
        ReturnKind::Log => libm::expm1(rate * per_year),
    }
}

pub(crate) fn calmar(of: &Reading<'_>) -> Result<f64, Undefined> {
    calmar_of(max_drawdown(of), || cagr(of))
}

/// From its two parts; the rate is asked for if there is a fall to divide by.
pub(crate) fn calmar_of(
    max_drawdown: Result<f64, Undefined>,
    cagr: impl FnOnce() -> Result<f64, Undefined>,
) -> Result<f64, Undefined> {
    let depth = max_drawdown?;
    if depth == 0.0 {
        return Err(Undefined::NoDrawdown);
    }
    finite(cagr()? / -depth)
}

pub(crate) fn max_drawdown(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.drawdown.max_drawdown()
}

pub(crate) fn best(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.extremes.best().map(|best| best.value)
}

pub(crate) fn worst(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.extremes.worst().map(|worst| worst.value)
}

pub(crate) fn win_rate(of: &Reading<'_>) -> Result<f64, Undefined> {
    let wins = of.stretch.wins;
    match of.terms.convention().wins {
        WinsOver::All => wins.win_rate(),
        WinsOver::Decided => decided_win_rate(of),
    }
}

pub(crate) fn decided_win_rate(of: &Reading<'_>) -> Result<f64, Undefined> {
    let wins = of.stretch.wins;
    wins.count.require(1)?;
    match wins.wins + wins.losses {
        0 => Err(Undefined::ZeroVariance),
        decided => Ok(wins.wins as f64 / decided as f64),
    }
}

/// The periods that passed, as the convention counts them.
fn periods(of: &Reading<'_>) -> f64 {
    let count = of.stretch.count();
    match of.terms.convention().years {
        Years::Observations => count.observations as f64,
        Years::FirstToLast => of
            .stretch
            .observed
            .map_or(0.0, |(first, last)| (last - first + 1) as f64),
        Years::Rows | Years::CalendarDays { .. } => count.rows() as f64,
    }
}

fn years(of: &Reading<'_>) -> Result<f64, Undefined> {
    match of.terms.convention().years {
        Years::CalendarDays { per_year } => {
            let dates = of.dates.ok_or(Undefined::NoDates)?;
            finite(dates.days() / per_year)
        }
        _ => Ok(periods(of) / of.terms.per_year().get()),
    }
}
