//! A series, summed up: the core metrics from one pass.

use serde::{Deserialize, Serialize};

use crate::{
    CORE, Convention, DrawdownSpell, Metric, PeriodsPerYear, Push, Stretch, Terms, Undefined,
    block::ROWS, catalogue::Read, drive, exact, ratios, run::Run,
};

/// The stretch of time behind returns: from the close before the first return to the close of the last.
/// Microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dates {
    /// When the value stood at 1, before the first return.
    pub from: i64,
    /// When the last return ended.
    pub until: i64,
}

impl Dates {
    /// Days between the two, fractions included.
    pub fn days(self) -> f64 {
        // In floating point before the difference, which may not fit an integer.
        (self.until as f64 - self.from as f64) / 86_400e6
    }
}

/// What a metric is read from.
pub(crate) struct Reading<'a> {
    pub(crate) stretch: &'a Stretch,
    pub(crate) terms: &'a Terms,
    pub(crate) dates: Option<Dates>,
}

impl Reading<'_> {
    /// A metric's value, rounded as the convention says.
    pub(crate) fn value(&self, metric: &Metric) -> Result<f64, Undefined> {
        match metric.read {
            Read::Fold(read) => read(self).map(|value| self.terms.convention().rounded(value)),
            Read::Sample(_) | Read::Against(_) => Err(Undefined::NeedsSample),
        }
    }
}

impl Stretch {
    /// A metric's value over this stretch: without dates, and for a stretch from the middle of a series without the
    /// value before its first return.
    ///
    /// # Errors
    /// The metric's own; see [`Metric::domain`]. [`Undefined::NeedsSample`] for a metric of another kind than
    /// [`Kind::Merge`](crate::Kind::Merge).
    pub fn value(&self, metric: &Metric, terms: &Terms) -> Result<f64, Undefined> {
        let reading = Reading {
            stretch: self,
            terms,
            dates: None,
        };
        reading.value(metric)
    }
}

/// The deepest drawdown and where it lies.
pub type MaxDrawdown = DrawdownSpell;

/// The core metrics of a series. See [`CORE`] for what each is, and [`measure`](crate::measure) for all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Finite returns.
    pub observations: usize,
    /// Rows skipped as missing (NaN).
    pub skipped: usize,
    /// Where the deepest drawdown lies; none if there is none, or it is undefined.
    pub drawdown: Option<MaxDrawdown>,
    /// What one unit gained, a fraction.
    pub total_return: Result<f64, Undefined>,
    /// The constant yearly rate with the same growth, a fraction per year.
    pub cagr: Result<f64, Undefined>,
    /// Standard deviation, a fraction per year.
    pub volatility: Result<f64, Undefined>,
    /// Root mean square of what falls short of the minimum acceptable return, a fraction per year.
    pub downside_deviation: Result<f64, Undefined>,
    /// Mean excess return over volatility, per year.
    pub sharpe: Result<f64, Undefined>,
    /// Mean excess return over downside deviation, per year.
    pub sortino: Result<f64, Undefined>,
    /// CAGR over the depth of the maximum drawdown.
    pub calmar: Result<f64, Undefined>,
    /// The deepest loss from an earlier peak, a fraction, never positive.
    pub max_drawdown: Result<f64, Undefined>,
    /// The greatest return of a period.
    pub best: Result<f64, Undefined>,
    /// The least return of a period.
    pub worst: Result<f64, Undefined>,
    /// The share of periods with a return above zero, 0 to 1.
    pub win_rate: Result<f64, Undefined>,
}

impl Summary {
    /// The summary of no returns, a place to be filled.
    pub(crate) const EMPTY: Self = {
        const NOTHING: Result<f64, Undefined> = Err(Undefined::TooFew { need: 1, have: 0 });
        Self {
            observations: 0,
            skipped: 0,
            drawdown: None,
            total_return: NOTHING,
            cagr: NOTHING,
            volatility: NOTHING,
            downside_deviation: NOTHING,
            sharpe: NOTHING,
            sortino: NOTHING,
            calmar: NOTHING,
            max_drawdown: NOTHING,
            best: NOTHING,
            worst: NOTHING,
            win_rate: NOTHING,
        }
    };

    pub(crate) fn of(run: &Run, terms: &Terms, dates: Option<Dates>) -> Self {
        let mut found = Self::EMPTY;
        found.fill(run, terms, dates);
        found
    }

    /// What [`Metric::value`](Reading::value) gives of each metric of the core: in place, and without computing the
    /// yearly rate once more for the Calmar ratio.
    pub(crate) fn fill(&mut self, run: &Run, terms: &Terms, dates: Option<Dates>) {
        let of = &Reading {
            stretch: &run.stretch,
            terms,
            dates,
        };
        let convention = terms.convention();
        let rounded = |value: Result<f64, Undefined>| value.map(|value| convention.rounded(value));
        let count = run.stretch.count();
        self.observations = count.observations;
        self.skipped = count.skipped;
        let fall = run.stretch.drawdown.worst().ok().flatten();
        self.drawdown = fall.map(|fall| MaxDrawdown {
            depth: fall.depth,
            peak: fall.peak,
            trough: fall.trough,
            recovery: run.recovery,
        });
        let (cagr, max_drawdown) = (ratios::cagr(of), ratios::max_drawdown(of));
        self.total_return = rounded(ratios::total_return(of));
        self.cagr = rounded(cagr);
        self.volatility = rounded(ratios::volatility(of));
        self.downside_deviation = rounded(ratios::downside_deviation(of));
        self.sharpe = rounded(ratios::sharpe(of));
        self.sortino = rounded(ratios::sortino(of));
        self.calmar = rounded(ratios::calmar_of(max_drawdown, || cagr));
        self.max_drawdown = rounded(max_drawdown);
        self.best = rounded(ratios::best(of));
        self.worst = rounded(ratios::worst(of));
        self.win_rate = rounded(ratios::win_rate(of));
    }

    /// Every core metric and its value, in the order of [`CORE`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static Metric, Result<f64, Undefined>)> + use<> {
        CORE.iter().zip(self.values())
    }

    /// The value of the metric with this name; none if the core holds no such metric.
    pub fn value(&self, name: &str) -> Option<Result<f64, Undefined>> {
        self.iter()
            .find_map(|(metric, value)| (metric.name == name).then_some(value))
    }

    const fn values(&self) -> [Result<f64, Undefined>; CORE.len()] {
        [
            self.total_return,
            self.cagr,
            self.volatility,
            self.downside_deviation,
            self.sharpe,
            self.sortino,
            self.calmar,
            self.max_drawdown,
            self.best,
            self.worst,
            self.win_rate,
        ]
    }
}

/// The core metrics of one series of returns, from one pass. NaN is a missing row.
///
/// A long series is cut among rayon's threads; the bytes of the result do not depend on how many there are.
///
/// ```
/// use highwater_metrics::{Convention, Undefined, summary};
/// let crypto = Convention::preset("crypto").unwrap();
/// let daily = crypto.periods_per_year(1.0).unwrap();
///
/// let bitcoin = summary(&[0.5, -0.25, f64::NAN, 0.125], &crypto, daily);
/// assert_eq!((bitcoin.observations, bitcoin.skipped), (3, 1));
/// assert_eq!(bitcoin.max_drawdown, Ok(-0.25));
///
/// let stablecoin = summary(&[0.0; 90], &crypto, daily);
/// assert_eq!(stablecoin.volatility, Ok(0.0));
/// assert_eq!(stablecoin.sharpe, Err(Undefined::ZeroVariance));
/// ```
pub fn summary(returns: &[f64], convention: &Convention, per_year: PeriodsPerYear) -> Summary {
    let terms = Terms::new(convention, per_year);
    Summary::of(&drive::whole(returns, &terms), &terms, None)
}

/// As [`summary`], with the dates that a convention by calendar days needs.
pub fn summary_between(
    returns: &[f64],
    dates: Dates,
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Summary {
    let terms = Terms::new(convention, per_year);
    Summary::of(&drive::whole(returns, &terms), &terms, Some(dates))
}

/// A summary that grows: push tomorrow's return onto today's state.
///
/// However the rows arrive, one by one or in slices, with the state written down and read back in between, the
/// summary has the bytes that [`summary`] gives for all rows at once. The state is of bounded size: the folds, and
/// the rows of the block that is not complete yet (fewer than 128).
///
/// It is a [`Push`] fold: the recovery from the deepest drawdown has no merge of constant size. What merges is its
/// [`Stretch`].
///
/// ```
/// use highwater_metrics::{Convention, Push, SummaryFold, summary};
/// let crypto = Convention::preset("crypto").unwrap();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// let returns = [0.01, -0.02, 0.015, 0.03];
///
/// let mut fold = SummaryFold::new(&crypto, daily);
/// fold.extend(&returns[..3]);
/// let stored = serde_json::to_string(&fold).unwrap();
/// let mut tomorrow: SummaryFold = serde_json::from_str(&stored).unwrap();
/// tomorrow.push(returns[3]);
/// assert_eq!(tomorrow.summary(), summary(&returns, &crypto, daily));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryFold {
    terms: Terms,
    run: Run,
    /// The rows of the block that is not complete yet.
    #[serde(with = "exact::list")]
    open: Vec<f64>,
    dates: Option<Dates>,
}

impl SummaryFold {
    /// Before the first row.
    pub fn new(convention: &Convention, per_year: PeriodsPerYear) -> Self {
        let terms = Terms::new(convention, per_year);
        Self {
            run: Run::new(&terms),
            terms,
            open: Vec::new(),
            dates: None,
        }
    }

    /// Begins at a date: the close before the first return, in microseconds since 1970.
    #[must_use]
    pub fn since(mut self, from: i64) -> Self {
        self.dates = Some(Dates { from, until: from });
        self
    }

    /// Takes the next row and the date at which it ended, in microseconds since 1970. Without
    /// [`SummaryFold::since`] the date is not used.
    pub fn push_at(&mut self, until: i64, value: f64) {
        if let Some(dates) = &mut self.dates {
            dates.until = until;
        }
        self.push(value);
    }

    /// Takes the next rows.
    pub fn extend(&mut self, mut rows: &[f64]) {
        if self.open.is_empty() {
            let (run, rest) = drive::lead(self.run, rows);
            self.run = run;
            rows = rest;
        }
        if !self.open.is_empty() {
            let (filling, rest) = rows.split_at(rows.len().min(ROWS - self.open.len()));
            self.open.extend_from_slice(filling);
            rows = rest;
            if self.open.len() < ROWS {
                return;
            }
            self.run = drive::blocks(self.run, &self.open, &self.terms);
            self.open.clear();
        }
        let whole = rows.len() - rows.len() % ROWS;
        self.run = drive::blocks(self.run, &rows[..whole], &self.terms);
        self.open.extend_from_slice(&rows[whole..]);
    }

    /// The core metrics of the rows so far. O(1): the time does not depend on how many rows there were.
    pub fn summary(&self) -> Summary {
        let run = drive::last_blocks(self.run, &self.open, &self.terms);
        Summary::of(&run, &self.terms, self.dates)
    }

    /// The mergeable part of the state, from the first row to the last.
    pub fn stretch(&self) -> Stretch {
        drive::blocks(self.run, &self.open, &self.terms).stretch
    }

    /// The terms of the summary.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }
}

impl Push for SummaryFold {
    fn push(&mut self, value: f64) {
        self.extend(&[value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_holds_what_the_catalogue_reads() {
        let rows: Vec<f64> = (0..300)
            .map(|row| f64::from(row * row % 37) / 400.0 - 0.03)
            .collect();
        for name in Convention::PRESETS {
            let convention = Convention::preset(name).expect("a preset");
            let per_year = PeriodsPerYear::new(252.0).expect("periods");
            let terms = Terms::new(&convention, per_year);
            for rows in [
                &rows[..],
                &rows[..3],
                &[0.01; 9],
                &[],
                &[0.5, -1.5],
                &[f64::NAN, -0.5],
            ] {
                let dates = Some(Dates {
                    from: 0,
                    until: 400 * 86_400_000_000,
                });
                let run = drive::whole(rows, &terms);
                let summary = Summary::of(&run, &terms, dates);
                let reading = Reading {
                    stretch: &run.stretch,
                    terms: &terms,
                    dates,
                };
                for (metric, value) in summary.iter() {
                    assert_eq!(value, reading.value(metric), "{name}: {}", metric.name);
                }
            }
        }
    }
}
