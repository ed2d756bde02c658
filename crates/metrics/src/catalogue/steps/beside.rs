//! Steps of a series beside its benchmark: `y` the series, `x` the benchmark.

use super::{Listed, beside, metric};
use crate::{
    AnnualMean, Downside, Moments, Undefined,
    against::{Against, CoMoments, Market},
    undefined::finite,
};

type Value = Result<f64, Undefined>;

pub(crate) const PAIRS: Listed = beside("pairs", |of| of.count().require(1));
pub(crate) const MEAN_Y: Listed = beside("mean(y), a period", |of| of.moments().mean_y());
pub(crate) const MEAN_X: Listed = beside("mean(x), a period", |of| of.moments().mean_x());
pub(crate) const COVARIANCE: Listed = beside("cov(y, x), ddof {ddof}", |of| {
    of.moments().covariance(of.terms().convention().ddof)
});
pub(crate) const VARIANCE_X: Listed = beside("var(x), ddof {ddof}", |of| {
    of.moments().variance_x(of.terms().convention().ddof)
});
pub(crate) const DEVIATION_X: Listed = beside("sd(x), a period, ddof {ddof}", Against::deviation_x);
pub(crate) const DEVIATION_Y: Listed = beside("sd(y), a period, ddof {ddof}", Against::deviation_y);
pub(crate) const RISK_FREE: Listed = beside("risk_free, a period", Against::risk_free);
pub(crate) const BETA: Listed = metric("beta");
pub(crate) const ALPHA: Listed = metric("alpha_per_period");

// Active returns and residuals.

pub(crate) const ACTIVE_MEAN: Listed = beside("mean(y - x), a period", |of| of.active()?.mean());
pub(crate) const ACTIVE_DEVIATION: Listed = beside("sd(y - x), a period, ddof {ddof}", |of| {
    of.active()?.deviation(of.terms().convention().ddof)
});
pub(crate) const STUDENT: Listed = beside("t, sqrt(n) mean(y - x) / sd(y - x), ddof 1", |of| {
    let active: Moments = of.active()?;
    let n = of.count().require(2)?;
    finite(active.mean()? / active.deviation(1)? * n.sqrt())
});
pub(crate) const FREEDOM: Listed = beside("degrees of freedom, n - 1", |of| {
    Ok(of.count().require(2)? - 1.0)
});
pub(crate) const RESIDUALS: Listed =
    beside("sum((y - alpha - beta x)^2)", Against::residual_squares);

// Yearly returns.

pub(crate) const YEARLY_Y: Listed = beside("R(y), a year", Against::annual_return);
pub(crate) const YEARLY_X: Listed = beside("R(x), a year", Against::annual_benchmark);
pub(crate) const YEARLY_EXCESS: Listed = beside("R(y - risk_free), a year", Against::annual_excess);
pub(crate) const YEARLY_FREE: Listed = beside("f, risk_free a year", |of| {
    of.terms().annual_rate(of.risk_free()?)
});
pub(crate) const ACTIVE_ARITHMETIC: Listed =
    ACTIVE_MEAN.under(|convention| convention.annual_mean == AnnualMean::Arithmetic);
pub(crate) const TOTAL: Listed = beside("product(1 + y) - 1", |of| {
    of.count().require(1)?;
    of.captured(&of.returns, crate::against::Capture::TotalGrowth)
});
pub(crate) const FREE_OF_A_YEAR: Listed = beside("risk_free of one year", |of| {
    let rate = of.terms().convention().risk_free;
    finite(rate.per_year(of.terms().per_year()))
});
pub(crate) const TARGET: Listed = beside("target, a period", |of| finite(of.terms().target()));
pub(crate) const YEARLY_TARGET: Listed = beside("t, target a year", |of| {
    of.terms().annual_rate(finite(of.terms().target())?)
});
pub(crate) const DOWNSIDE_Y: Listed =
    beside("downside(y), a period", |of| downside(of, &of.returns));
pub(crate) const DOWNSIDE_X: Listed =
    beside("downside(x), a period", |of| downside(of, &of.benchmark));

fn downside(of: &Against, rows: &[f64]) -> Value {
    of.count().require(1)?;
    let mut fold = Downside::from_target(finite(of.terms().target())?);
    rows.iter().for_each(|&row| fold.push(row));
    fold.deviation(of.terms().convention().downside)
}

// Markets.

pub(crate) const UP: Listed = beside("pairs with x > 0", |of| among(of, |x, _| x > 0.0));
pub(crate) const DOWN: Listed = beside("pairs with x < 0", |of| among(of, |x, _| x < 0.0));
pub(crate) const NOT_DOWN: Listed = beside("pairs with x >= 0", |of| among(of, |x, _| x >= 0.0));
pub(crate) const UP_AND_UP: Listed = beside("pairs with x > 0 and y > 0", |of| {
    among(of, |x, y| x > 0.0 && y > 0.0)
});
pub(crate) const DOWN_AND_DOWN: Listed = beside("pairs with x < 0 and y < 0", |of| {
    among(of, |x, y| x < 0.0 && y < 0.0)
});
pub(crate) const UP_AND_BETTER: Listed = beside("pairs with x > 0 and y > x", |of| {
    among(of, |x, y| x > 0.0 && y > x)
});
pub(crate) const DOWN_AND_BETTER: Listed = beside("pairs with x < 0 and y > x", |of| {
    among(of, |x, y| x < 0.0 && y > x)
});
pub(crate) const NOT_DOWN_AND_BETTER: Listed = beside("pairs with x >= 0 and y > x", |of| {
    among(of, |x, y| x >= 0.0 && y > x)
});
pub(crate) const BETTER: Listed = beside("pairs with y > x", |of| among(of, |x, y| y > x));
pub(crate) const UP_COVARIANCE: Listed = beside("cov(y, x) where x > 0, ddof {ddof}", |of| {
    within(of, Market::Up).0
});
pub(crate) const UP_VARIANCE: Listed = beside("var(x) where x > 0, ddof {ddof}", |of| {
    within(of, Market::Up).1
});
pub(crate) const DOWN_COVARIANCE: Listed = beside("cov(y, x) where x < 0, ddof {ddof}", |of| {
    within(of, Market::Down).0
});
pub(crate) const DOWN_VARIANCE: Listed = beside("var(x) where x < 0, ddof {ddof}", |of| {
    within(of, Market::Down).1
});
pub(crate) const UP_ALPHA: Listed = beside("alpha where x > 0, a period", |of| {
    of.within(Market::Up).alpha_per_period()
});
pub(crate) const DOWN_ALPHA: Listed = beside("alpha where x < 0, a period", |of| {
    of.within(Market::Down).alpha_per_period()
});
pub(crate) const UP_BETA: Listed = metric("up_beta");
pub(crate) const DOWN_BETA: Listed = metric("down_beta");
pub(crate) const UP_CAPTURED_Y: Listed = beside("C(y) where x > 0", |of| {
    captured(of, Market::Up, |of| &of.returns)
});
pub(crate) const UP_CAPTURED_X: Listed = beside("C(x) where x > 0", |of| {
    captured(of, Market::Up, |of| &of.benchmark)
});
pub(crate) const DOWN_CAPTURED_Y: Listed = beside("C(y) where x < 0", |of| {
    captured(of, Market::Down, |of| &of.returns)
});
pub(crate) const DOWN_CAPTURED_X: Listed = beside("C(x) where x < 0", |of| {
    captured(of, Market::Down, |of| &of.benchmark)
});
pub(crate) const CAPTURED_Y: Listed =
    beside("C(y)", |of| captured(of, Market::All, |of| &of.returns));
pub(crate) const CAPTURED_X: Listed =
    beside("C(x)", |of| captured(of, Market::All, |of| &of.benchmark));

fn among(of: &Against, holds: impl Fn(f64, f64) -> bool) -> Value {
    of.count().require(0)?;
    Ok(of.pairs().filter(|&(x, y)| holds(x, y)).count() as f64)
}

/// Covariance and variance within a market.
fn within(of: &Against, market: Market) -> (Value, Value) {
    let (moments, ddof): (&CoMoments, u8) =
        (of.within(market).moments(), of.terms().convention().ddof);
    (moments.covariance(ddof), moments.variance_x(ddof))
}

fn captured(of: &Against, market: Market, rows: impl Fn(&Against) -> &Vec<f64>) -> Value {
    let within = of.within(market);
    within.count().require(1)?;
    within.captured(rows(within), of.terms().convention().capture)
}

// Timing, and co-moments.

pub(crate) const MAZUY_ALPHA: Listed =
    beside("a", |of| of.treynor_mazuy().map(|timing| timing.alpha));
pub(crate) const MAZUY_BETA: Listed =
    beside("b", |of| of.treynor_mazuy().map(|timing| timing.beta));
pub(crate) const MERTON_ALPHA: Listed =
    beside("a", |of| of.henriksson_merton().map(|timing| timing.alpha));
pub(crate) const MERTON_BETA: Listed =
    beside("b", |of| of.henriksson_merton().map(|timing| timing.beta));
pub(crate) const POPULATION_X: Listed = beside("sd(x), a period, ddof 0", |of| {
    of.moments().variance_x(0).map(f64::sqrt)
});
pub(crate) const POPULATION_Y: Listed = beside("sd(y), a period, ddof 0", |of| {
    of.moments().variance_y(0).map(f64::sqrt)
});
