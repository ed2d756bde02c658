//! The metrics: folds and convention to a number per year, or the reason why there is none.

use crate::{
    Undefined,
    annual::Span,
    convention::{AnnualMean, WinsOver},
    summary::Reading,
    undefined::finite,
};

pub(crate) fn total_return(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.stretch.drawdown.growth().total_return()
}

pub(crate) fn cagr(of: &Reading<'_>) -> Result<f64, Undefined> {
    of.terms.cagr(&of.stretch.drawdown.growth(), span(of))
}

/// What the years are counted from.
pub(crate) fn span(of: &Reading<'_>) -> Span {
    Span {
        count: of.stretch.count(),
        observed: of.stretch.observed,
        dates: of.dates,
    }
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
            let excess = of.terms.to_year(mean) - of.terms.to_year(rate);
            finite(excess / (deviation * per_year.sqrt()))
        }
        AnnualMean::Growth => {
            let excess = cagr(of)? - of.terms.to_year(rate);
            finite(excess / (deviation * per_year.sqrt()))
        }
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
