//! Steps of a series alone.

use super::{
    super::{growth::trend, ratios::neighbours},
    Listed, alone, metric, row,
};
use crate::{
    AnnualMean, DrawdownSpell, ReturnKind, Sample, Undefined,
    convention::{DownsideOver, Kelly, RuinModel, Shape, TailModel, UlcerOver},
    inference::{SharpeEstimate, expected_maximum_sharpe, lo_sharpe, sharpe_error_mertens},
    normal::normal_quantile,
    order::position,
    ratios,
    sum::{sum, sum_of},
    tail::{cornish_fisher_quantile, tail_rows},
    undefined::finite,
};

type Value = Result<f64, Undefined>;

// Time and growth.

pub(crate) const N: Listed = alone("n", |of| of.require(1));
pub(crate) const ROOT: Listed = alone("sqrt(N)", |of| Ok(of.terms().per_year().sqrt()));
pub(crate) const GROWTH: Listed = alone("growth of 1", |of| {
    ratios::total_return(&of.reading()).map(|gained| 1.0 + gained)
});
pub(crate) const LOG_GROWTH: Listed = alone("log of the growth of 1", |of| {
    of.require(1)?;
    finite(sum(of.logs()))
});
pub(crate) const YEARS: Listed = alone("years", |of| years(of).map(|(years, _)| years));
pub(crate) const DAYS: Listed = alone("days spanned", |of| years(of).map(|(_, days)| days));

fn years(of: &Sample<'_>) -> Result<(f64, f64), Undefined> {
    of.require(1)?;
    of.terms().years(ratios::span(&of.reading()))
}

// Moments.

pub(crate) const SUM: Listed = alone("sum(r)", |of| {
    of.require(1)?;
    finite(of.gained() - of.lost())
});
pub(crate) const MEAN: Listed = alone("mean(r), a period", |of| of.mean());
pub(crate) const DEVIATION: Listed = alone("sd(r), a period, ddof {ddof}", deviation);
pub(crate) const VARIANCE: Listed = alone("var(r), a period, ddof {ddof}", |of| {
    deviation(of).map(|deviation| deviation * deviation)
});
pub(crate) const RISK_FREE: Listed =
    alone("risk_free, a period", |of| finite(of.terms().risk_free()));
pub(crate) const RISK_FREE_YEAR: Listed = alone("risk_free, a year", |of| {
    finite(
        of.terms()
            .convention()
            .risk_free
            .per_year(of.terms().per_year()),
    )
});
pub(crate) const EXCESS: Listed = alone("mean(r - risk_free), a period", |of| {
    of.stretch().moments.mean_above(of.terms().risk_free())
});
pub(crate) const YEARLY_EXCESS: Listed = alone("return above risk_free, a year", |of| {
    yearly_above(of, of.terms().risk_free())
})
.under(|convention| convention.annual_mean != AnnualMean::Arithmetic);
pub(crate) const YEARLY_OVER_TARGET: Listed = alone("return above target, a year", |of| {
    yearly_above(of, of.target()?)
})
.under(|convention| convention.annual_mean != AnnualMean::Arithmetic);
pub(crate) const CAGR_OF_GROWTH: Listed =
    metric("cagr").under(|convention| convention.annual_mean == AnnualMean::Growth);
pub(crate) const SQUARES: Listed = alone("sum((r - mean(r))^2)", |of| {
    finite(of.stretch().moments.variance(0)? * of.require(2)?)
});
pub(crate) const ABSOLUTE: Listed = alone("sum(|r - mean(r)|)", |of| {
    of.require(1)?;
    let moments = &of.stretch().moments;
    finite(sum_of(of.returns(), |r| moments.deviation_of(r).abs()))
});
pub(crate) const BELOW_MEAN: Listed = alone("count(r < mean(r))", |of| {
    of.require(1)?;
    let moments = &of.stretch().moments;
    Ok(count(of, |r| moments.deviation_of(r) < 0.0))
});
pub(crate) const SQUARES_BELOW_MEAN: Listed = alone("sum(min(r - mean(r), 0)^2)", |of| {
    of.require(1)?;
    let moments = &of.stretch().moments;
    finite(sum_of(of.returns(), |r| {
        let short = moments.deviation_of(r).min(0.0);
        short * short
    }))
});
pub(crate) const SKEWNESS: Listed = alone("g1, the moment skewness", |of| {
    shaped(of)?.skewness(Shape::Moment)
});
pub(crate) const KURTOSIS: Listed = alone("g2, the moment excess kurtosis", |of| {
    shaped(of)?.kurtosis(Shape::Moment)
});
pub(crate) const M2: Listed = alone("m2", |of| shaped(of)?.about_mean(2));
pub(crate) const M3: Listed = alone("m3", |of| shaped(of)?.about_mean(3));
pub(crate) const M4: Listed = alone("m4", |of| shaped(of)?.about_mean(4));

fn deviation(of: &Sample<'_>) -> Value {
    of.stretch().moments.deviation(of.terms().convention().ddof)
}

fn shaped<'s>(of: &'s Sample<'_>) -> Result<&'s crate::shape::Moments4, Undefined> {
    of.require(2)?;
    of.spread(0)?;
    Ok(of.moments())
}

/// The yearly return above a rate, as the convention means it.
fn yearly_above(of: &Sample<'_>, rate: f64) -> Value {
    let terms = of.terms();
    match terms.convention().annual_mean {
        AnnualMean::Arithmetic => {
            finite(of.stretch().moments.mean_above(rate)? * terms.per_year().get())
        }
        AnnualMean::Compounded => finite(terms.to_year(of.mean()?) - terms.to_year(rate)),
        AnnualMean::Growth => finite(ratios::cagr(&of.reading())? - terms.to_year(rate)),
    }
}

fn count(of: &Sample<'_>, is_in: impl Fn(f64) -> bool) -> f64 {
    of.returns().iter().filter(|&&r| is_in(r)).count() as f64
}

// Below and above the target.

pub(crate) const TARGET: Listed = alone("target, a period", |of| of.target());
pub(crate) const BELOW: Listed = alone("count(r < target)", |of| {
    of.require(1)?;
    let target = of.target()?;
    Ok(count(of, |r| r < target))
});
pub(crate) const ABOVE: Listed = alone("count(r > target)", |of| {
    of.require(1)?;
    let target = of.target()?;
    Ok(count(of, |r| r > target))
});
pub(crate) const OVER_TARGET: Listed = alone("mean(r - target), a period", |of| {
    of.stretch().moments.mean_above(of.target()?)
});
pub(crate) const DOWNSIDE: Listed = alone("downside deviation, a period", |of| {
    of.require(1)?;
    of.stretch()
        .downside
        .deviation(of.terms().convention().downside)
});
pub(crate) const SHORT: Listed = alone("sum(max(target - r, 0))", |of| short(of, 1.0));
pub(crate) const SHORT_SQUARES: Listed = alone("sum(max(target - r, 0)^2)", |of| short(of, 2.0));
pub(crate) const SHORT_CUBES: Listed = alone("sum(max(target - r, 0)^3)", |of| short(of, 3.0));
pub(crate) const OVER: Listed = alone("sum(max(r - target, 0))", |of| over(of, 1.0));
pub(crate) const OVER_SQUARES: Listed = alone("sum(max(r - target, 0)^2)", |of| over(of, 2.0));
pub(crate) const OVER_LOSERS: Listed =
    ABOVE.under(|convention| convention.downside == DownsideOver::Losers);

fn short(of: &Sample<'_>, order: f64) -> Value {
    of.require(1)?;
    let target = of.target()?;
    finite(of.partial_sum(order, |r| target - r))
}

fn over(of: &Sample<'_>, order: f64) -> Value {
    of.require(1)?;
    let target = of.target()?;
    finite(of.partial_sum(order, |r| r - target))
}

// Wins and losses.

pub(crate) const WINS: Listed = alone("count(r > 0)", |of| {
    of.require(1)?;
    Ok(of.stretch().wins.wins as f64)
});
pub(crate) const LOSSES: Listed = alone("count(r < 0)", |of| {
    of.require(1)?;
    Ok(of.stretch().wins.losses as f64)
});
pub(crate) const FLAT: Listed = alone("count(r = 0)", |of| {
    let wins = of.stretch().wins;
    Ok(of.require(1)? - (wins.wins + wins.losses) as f64)
});
pub(crate) const GAINED: Listed = alone("sum(r where r > 0)", |of| {
    of.require(1)?;
    finite(of.gained())
});
pub(crate) const LOST: Listed = alone("sum(r where r < 0)", |of| {
    of.require(1)?;
    finite(0.0 - of.lost())
});
pub(crate) const MEAN_NOT_LOST: Listed = alone("mean(r where r >= 0)", |of| {
    let n = of.require(1)?;
    finite(of.gained() / (n - of.stretch().wins.losses as f64))
});
pub(crate) const DECIDED_OF_ODDS: Listed =
    metric("decided_win_rate").under(|convention| convention.kelly == Kelly::Odds);
pub(crate) const PAYOFF_OF_ODDS: Listed =
    metric("payoff_ratio").under(|convention| convention.kelly == Kelly::Odds);
pub(crate) const EXCESS_OF_KELLY: Listed =
    EXCESS.under(|convention| convention.kelly != Kelly::Odds);
pub(crate) const VARIANCE_OF_KELLY: Listed =
    VARIANCE.under(|convention| convention.kelly != Kelly::Odds);
pub(crate) const WIN_RATE_OF_RUIN: Listed =
    metric("win_rate").under(|convention| convention.ruin == RuinModel::WinRate);
pub(crate) const LOG_MEAN: Listed = alone("m, mean of log(1 + r)", log_mean)
    .under(|convention| convention.ruin != RuinModel::WinRate);
pub(crate) const LOG_VARIANCE: Listed = alone("s^2, variance of log(1 + r), ddof {ddof}", |of| {
    let n = of.require(2)?;
    let mean = log_mean(of)?;
    let squares = sum_of(of.logs(), |log| (log - mean) * (log - mean));
    finite(squares / (n - f64::from(of.terms().convention().ddof)))
})
.under(|convention| convention.ruin != RuinModel::WinRate);
pub(crate) const WINNING_RUN_FROM: Listed = row("first return of it", |of| {
    longest_run(of, |r| r > 0.0, Undefined::NoGain).map(|run| Some(run.0))
});
pub(crate) const WINNING_RUN_UNTIL: Listed = row("last return of it", |of| {
    longest_run(of, |r| r > 0.0, Undefined::NoGain).map(|run| Some(run.1))
});
pub(crate) const LOSING_RUN_FROM: Listed = row("first return of it", |of| {
    longest_run(of, |r| r < 0.0, Undefined::NoLoss).map(|run| Some(run.0))
});
pub(crate) const LOSING_RUN_UNTIL: Listed = row("last return of it", |of| {
    longest_run(of, |r| r < 0.0, Undefined::NoLoss).map(|run| Some(run.1))
});
pub(crate) const BEST_ROW: Listed = row("when", |of| {
    of.require(1)?;
    of.stretch().extremes.best().map(|best| Some(best.at))
});
pub(crate) const WORST_ROW: Listed = row("when", |of| {
    of.require(1)?;
    of.stretch().extremes.worst().map(|worst| Some(worst.at))
});

fn log_mean(of: &Sample<'_>) -> Value {
    finite(sum(of.logs()) / of.require(1)?)
}

/// The first and the last row of the first longest run.
fn longest_run(
    of: &Sample<'_>,
    is_in: impl Fn(f64) -> bool,
    none: Undefined,
) -> Result<(usize, usize), Undefined> {
    of.require(1)?;
    let (mut longest, mut length, mut run) = (None, 0, (0, 0));
    for (at, &r) in of.rows().iter().enumerate() {
        if r.is_nan() {
            continue;
        }
        if !is_in(r) {
            run.1 = 0;
            continue;
        }
        if run.1 == 0 {
            run.0 = at;
        }
        run.1 += 1;
        if run.1 > length {
            length = run.1;
            longest = Some((run.0, at));
        }
    }
    longest.ok_or(none)
}

// Quantiles and tails. The numbers are thousandths of a probability.

const fn share<const THOUSANDTHS: u32>() -> f64 {
    THOUSANDTHS as f64 / 1000.0
}

fn rank<const P: u32>(of: &Sample<'_>) -> Value {
    of.require(1)?;
    let kind = of.terms().convention().quantile;
    Ok(position(of.sorted().len(), share::<P>(), kind) + 1.0)
}

fn neighbour<const P: u32>(of: &Sample<'_>, round: fn(f64) -> f64) -> Value {
    let rank = rank::<P>(of)?;
    let at = round(rank - 1.0) as usize;
    of.sorted().get(at).copied().ok_or(Undefined::OutOfRange)
}

pub(crate) const MEDIAN_RANK: Listed = alone("rank of it, from 1, the least first", rank::<500>);
pub(crate) const MEDIAN_BELOW: Listed = alone("the return at or below it", |of| {
    neighbour::<500>(of, f64::floor)
});
pub(crate) const MEDIAN_ABOVE: Listed = alone("the return at or above it", |of| {
    neighbour::<500>(of, f64::ceil)
});
pub(crate) const RANK_5: Listed =
    alone("rank of the 5 % quantile, from 1", rank::<50>).under(historical);
pub(crate) const BELOW_5: Listed = alone("the return at or below that rank", |of| {
    neighbour::<50>(of, f64::floor)
})
.under(historical);
pub(crate) const ABOVE_5: Listed = alone("the return at or above that rank", |of| {
    neighbour::<50>(of, f64::ceil)
})
.under(historical);
pub(crate) const RANK_1: Listed =
    alone("rank of the 1 % quantile, from 1", rank::<10>).under(historical);
pub(crate) const BELOW_1: Listed = alone("the return at or below that rank", |of| {
    neighbour::<10>(of, f64::floor)
})
.under(historical);
pub(crate) const ABOVE_1: Listed = alone("the return at or above that rank", |of| {
    neighbour::<10>(of, f64::ceil)
})
.under(historical);
pub(crate) const EVER_RANK_5: Listed = RANK_5.under(|_| true);
pub(crate) const EVER_BELOW_5: Listed = BELOW_5.under(|_| true);
pub(crate) const EVER_ABOVE_5: Listed = ABOVE_5.under(|_| true);
pub(crate) const IN_TAIL_5: Listed = alone("rows at or below it", |of| {
    let bound = of.value_at_risk(0.05, of.terms().convention().tail_model)?;
    Ok(count(of, |r| r <= bound))
});
pub(crate) const IN_TAIL_1: Listed = alone("rows at or below it", |of| {
    let bound = of.value_at_risk(0.01, of.terms().convention().tail_model)?;
    Ok(count(of, |r| r <= bound))
});
pub(crate) const AT_OR_BELOW_5: Listed = alone("rows at or below it", |of| {
    let bound = of.quantile(0.05)?;
    Ok(count(of, |r| r <= bound))
});
pub(crate) const AVERAGED_5: Listed =
    alone("rows averaged, of the worst", averaged::<50>).under(historical);
pub(crate) const AVERAGED_1: Listed =
    alone("rows averaged, of the worst", averaged::<10>).under(historical);
pub(crate) const EVER_AVERAGED_5: Listed = AVERAGED_5.under(|_| true);
pub(crate) const Q_99: Listed = alone("99 % quantile", |of| of.quantile(0.99));
pub(crate) const Q_95: Listed = alone("95 % quantile", |of| of.quantile(0.95));
pub(crate) const Q_5: Listed = alone("5 % quantile", |of| of.quantile(0.05));
pub(crate) const Q_1: Listed = alone("1 % quantile", |of| of.quantile(0.01));
pub(crate) const MEAN_OF_BEST: Listed =
    alone("mean of the best twentieth", |of| of.expected_gain(0.05));
pub(crate) const LEAST: Listed = metric("worst");
pub(crate) const GREATEST: Listed = metric("best");
pub(crate) const PAIRS_OF_RETURNS: Listed = alone("pairs of returns", |of| {
    let n = of.require(2)?;
    Ok(n * (n - 1.0) / 2.0)
});
pub(crate) const Z_5: Listed = alone("z, normal quantile of 5 %", |_| z(0.05));
pub(crate) const MODEL_Z_5: Listed = Z_5.under(modelled);
pub(crate) const MODEL_Z_1: Listed =
    alone("z, normal quantile of 1 %", |_| z(0.01)).under(modelled);
pub(crate) const MODEL_MEAN: Listed = MEAN.under(modelled);
pub(crate) const TAIL_DEVIATION: Listed = alone("sd(r), a period, ddof {tail_ddof}", |of| {
    of.tail_deviation()
});
pub(crate) const MODEL_DEVIATION: Listed = TAIL_DEVIATION.under(modelled);
pub(crate) const MODEL_SKEWNESS: Listed = SKEWNESS.under(expanded);
pub(crate) const MODEL_KURTOSIS: Listed = KURTOSIS.under(expanded);
pub(crate) const H_5: Listed = alone("h, of 5 %", |of| h(of, 0.05));
pub(crate) const MODEL_H_5: Listed = H_5.under(expanded);
pub(crate) const MODEL_H_1: Listed = alone("h, of 1 %", |of| h(of, 0.01)).under(expanded);
pub(crate) const PARETO_THRESHOLD: Listed = alone("threshold u, a loss", |of| {
    of.pareto_tail(0.1).map(|tail| tail.threshold)
});
pub(crate) const PARETO_COUNT: Listed = alone("losses beyond it, k", |of| {
    of.pareto_tail(0.1).map(|tail| tail.exceedances as f64)
});
pub(crate) const PARETO_SHAPE: Listed =
    alone("shape xi", |of| of.pareto_tail(0.1).map(|tail| tail.shape));
pub(crate) const PARETO_SCALE: Listed = alone("scale beta", |of| {
    of.pareto_tail(0.1).map(|tail| tail.scale)
});

fn historical(convention: &crate::Convention) -> bool {
    convention.tail_model == TailModel::Historical
}

fn modelled(convention: &crate::Convention) -> bool {
    !historical(convention)
}

fn expanded(convention: &crate::Convention) -> bool {
    convention.tail_model == TailModel::CornishFisher
}

fn z(p: f64) -> Value {
    normal_quantile(p).map_err(|_| Undefined::OutOfRange)
}

fn h(of: &Sample<'_>, p: f64) -> Value {
    let (skewness, kurtosis) = of.tail_shape()?;
    finite(cornish_fisher_quantile(z(p)?, skewness, kurtosis))
}

fn averaged<const P: u32>(of: &Sample<'_>) -> Value {
    let (p, convention) = (share::<P>(), of.terms().convention());
    let bound = of.quantile(p)?;
    Ok(tail_rows(of.sorted(), p, bound, convention.shortfall))
}

// Drawdowns.

pub(crate) const PEAK: Listed = row("peak", |of| deepest(of).map(|fall| fall.peak));
pub(crate) const TROUGH: Listed = row("trough", |of| deepest(of).map(|fall| Some(fall.trough)));
pub(crate) const RECOVERY: Listed = row("recovery", |of| {
    let recovery = deepest(of)?.recovery;
    recovery.map(Some).ok_or(Undefined::NotRecovered)
});
pub(crate) const AT_PEAK: Listed = alone("V at the peak", |of| {
    let fall = deepest(of)?;
    fall.peak.map_or(Ok(1.0), |row| value_at(of, row))
});
pub(crate) const AT_TROUGH: Listed =
    alone("V at the trough", |of| value_at(of, deepest(of)?.trough));
pub(crate) const SPELLS: Listed = metric("drawdown_count");
pub(crate) const DEPTHS: Listed = alone("sum(D)", |of| total(of, |spell| spell.depth));
pub(crate) const DEPTH_SQUARES: Listed = alone("sum(D^2)", |of| {
    total(of, |spell| spell.depth * spell.depth)
});
pub(crate) const LENGTHS: Listed = alone("sum of their lengths, periods", |of| {
    total(of, |spell| spell.periods(of.rows().len()) as f64)
});
pub(crate) const RECOVERED: Listed = alone("spells that recovered", |of| {
    total(of, |spell| f64::from(u8::from(spell.recovery.is_some())))
});
pub(crate) const RECOVERIES: Listed = alone("sum of their recoveries, periods", |of| {
    total(of, |spell| spell.recovery_periods().unwrap_or(0) as f64)
});
pub(crate) const LONGEST_FROM: Listed = row("peak of it", |of| longest(of).map(|spell| spell.peak));
pub(crate) const LONGEST_TROUGH: Listed = row("trough of it", |of| {
    longest(of).map(|spell| Some(spell.trough))
});
pub(crate) const UNDER_WATER: Listed = alone("count(d < 0)", |of| {
    of.under_water().map(|rows| rows as f64)
});
pub(crate) const LAST_PEAK: Listed = row("last peak", |of| match of.drawdowns()?.last() {
    Some(spell) if spell.is_ongoing() => Ok(spell.peak),
    _ => Ok(of.stretch().observed.map(|(_, last)| last)),
});
pub(crate) const ONGOING_DEPTH: Listed = alone("deepest since that peak", |of| {
    match of.drawdowns()?.last() {
        Some(spell) if spell.is_ongoing() => Ok(spell.depth),
        _ => Ok(0.0),
    }
});
pub(crate) const DEPTH_SQUARES_ALL: Listed = alone("sum(d^2)", |of| {
    finite(sum_of(of.depths()?, |depth| depth * depth))
});
pub(crate) const DEPTHS_ALL: Listed =
    alone("sum(|d|)", |of| finite(sum_of(of.depths()?, f64::abs)));
pub(crate) const ULCER_POINTS: Listed = alone("points it is divided by", |of| {
    let n = of.require(1)?;
    Ok(match of.terms().convention().ulcer {
        UlcerOver::Observations => n,
        UlcerOver::LessOne => n - 1.0,
        UlcerOver::WithStart => n + 1.0,
    })
});
pub(crate) const WORST_TWENTIETH: Listed = alone("rows in the worst twentieth, n/20", |of| {
    Ok(of.require(1)? / 20.0)
});
pub(crate) const STERLING_EXCESS: Listed = alone("sterling_excess", |of| {
    Ok(of.terms().convention().sterling_excess)
});

fn deepest(of: &Sample<'_>) -> Result<DrawdownSpell, Undefined> {
    of.nth_drawdown(1)?.ok_or(Undefined::NoDrawdown)
}

/// The first of the longest.
fn longest(of: &Sample<'_>) -> Result<DrawdownSpell, Undefined> {
    let rows = of.rows().len();
    let spells = of.drawdowns()?;
    let longest = spells.iter().rev().max_by_key(|spell| spell.periods(rows));
    longest.copied().ok_or(Undefined::NoDrawdown)
}

fn total(of: &Sample<'_>, what: impl Fn(&DrawdownSpell) -> f64) -> Value {
    let values: Vec<f64> = of.drawdowns()?.iter().map(what).collect();
    finite(sum(&values))
}

/// What 1 had become after a row.
fn value_at(of: &Sample<'_>, row: usize) -> Value {
    let returns = of.rows()[..=row].iter().filter(|r| !r.is_nan());
    finite(match of.terms().convention().returns {
        ReturnKind::Simple => returns.map(|r| 1.0 + r).product(),
        ReturnKind::Log => libm::exp(returns.sum()),
    })
}

// Neighbouring returns, and how sure a Sharpe ratio is.

pub(crate) const AUTOCOVARIANCE: Listed = alone("sum((r[t] - m)(r[t-1] - m))", |of| {
    finite(of.autocorrelation(1)? * of.stretch().moments.variance(0)? * of.require(2)?)
});
pub(crate) const NEIGHBOURS: Listed = alone("rho, of neighbouring returns", |of| {
    of.require(3)?;
    of.spread(0)?;
    neighbours(of)
});
pub(crate) const TREND: Listed = alone("slope of log V, a period", |of| {
    trend(of).map(|(slope, _)| slope)
});
pub(crate) const SR: Listed = alone("SR, a period", |of| estimate(of).map(|found| found.sharpe));
pub(crate) const SR_SKEWNESS: Listed = alone("S", |of| estimate(of).map(|found| found.skewness));
pub(crate) const SR_KURTOSIS: Listed = alone("K", |of| estimate(of).map(|found| found.kurtosis));
pub(crate) const SR_ERROR: Listed = alone("standard error of SR, over n - 1", sr_error);
pub(crate) const SR_ERROR_N: Listed = alone("standard error of SR, a period", |of| {
    sharpe_error_mertens(&estimate(of)?)
});
pub(crate) const SR_ERRORS: Listed = alone("standard errors above 0", |of| {
    finite(estimate(of)?.sharpe / sr_error(of)?)
});
pub(crate) const SR_ERRORS_ABOVE: Listed = alone("standard errors above that", |of| {
    let above = estimate(of)?.sharpe - expected_maximum_sharpe(&of.trials()?)?;
    finite(above / sr_error(of)?)
});
pub(crate) const TRIALS: Listed = alone("trials", |of| of.trials().map(|trials| trials.count));
pub(crate) const TRIAL_VARIANCE: Listed = alone("variance of their SR, a period", |of| {
    of.trials().map(|trials| trials.variance)
});
pub(crate) const EXPECTED_MAXIMUM: Listed = alone("highest SR to expect of them, a period", |of| {
    expected_maximum_sharpe(&of.trials()?)
});
pub(crate) const Z_95: Listed = alone("z, normal quantile of 95 %", |_| z(0.95));
pub(crate) const LO_PERIODS: Listed = alone("q", |of| Ok(of.terms().per_year().get().round()));
pub(crate) const LO_FACTOR: Listed = alone("q / sqrt(q + 2 sum((q - k) rho[k]))", |of| {
    of.require(1)?;
    let q = of.terms().per_year().get().round();
    if q < 1.0 {
        return Err(Undefined::OutOfRange);
    }
    // The factor does not depend on what is subtracted from the returns.
    let lo = lo_sharpe(of.returns(), of.terms().risk_free(), q as usize)?;
    finite(lo / estimate(of)?.sharpe)
});

fn estimate(of: &Sample<'_>) -> Result<SharpeEstimate, Undefined> {
    of.sharpe_estimate()
}

fn sr_error(of: &Sample<'_>) -> Value {
    let n = of.require(2)?;
    finite(sharpe_error_mertens(&estimate(of)?)? * (n / (n - 1.0)).sqrt())
}
