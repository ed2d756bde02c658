//! Up markets and down markets, told apart by the benchmark's return: above zero, below zero.
//!
//! A period in which the benchmark did not move is neither; only the batting average counts it to the up market, as
//! empyrical does. Missing pairs belong to no market and are no time.
//!
//! Source: Bacon, C., Practical Portfolio Performance Measurement and Attribution, 2nd ed., Wiley 2008, ch. 4.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::{Undefined, undefined::finite};

use super::{Against, AnnualAlpha, CoMoments};

/// Which periods count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Market {
    /// Every period.
    All,
    /// The benchmark rose.
    Up,
    /// The benchmark fell.
    Down,
}

impl Market {
    pub(crate) fn holds(self, benchmark: f64) -> bool {
        match self {
            Self::All => true,
            Self::Up => benchmark > 0.0,
            Self::Down => benchmark < 0.0,
        }
    }
}

/// What is divided by what in a capture. With `G` the growth factor over the `n` periods of the market, and `N`
/// periods per year, each of the series over the same of the benchmark:
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capture {
    /// `G^(N / n) - 1`: yearly growth, as if the market had lasted a year (empyrical).
    AnnualGrowth,
    /// `G^(1 / n) - 1`: the geometric mean return (Morningstar).
    MeanGrowth,
    /// `G - 1`: the total return (PerformanceAnalytics).
    TotalGrowth,
    /// The arithmetic mean return (Morningstar's arithmetic variant).
    Mean,
}

impl Against {
    /// Beta over the periods in which the benchmark rose (bull beta).
    ///
    /// # Errors
    /// As [`Against::beta`]; [`Undefined::TooFew`] counts those periods.
    pub fn up_beta(&self) -> Result<f64, Undefined> {
        self.within(Market::Up).beta()
    }

    /// Beta over the periods in which the benchmark fell (bear beta).
    ///
    /// # Errors
    /// As [`Against::up_beta`].
    pub fn down_beta(&self) -> Result<f64, Undefined> {
        self.within(Market::Down).beta()
    }

    /// Alpha over the periods in which the benchmark rose, brought to a year as named.
    ///
    /// # Errors
    /// As [`Against::alpha`]; [`Undefined::TooFew`] counts those periods.
    pub fn up_alpha(&self, annual: AnnualAlpha) -> Result<f64, Undefined> {
        self.within(Market::Up).alpha(annual)
    }

    /// Alpha over the periods in which the benchmark fell, brought to a year as named.
    ///
    /// # Errors
    /// As [`Against::up_alpha`].
    pub fn down_alpha(&self, annual: AnnualAlpha) -> Result<f64, Undefined> {
        self.within(Market::Down).alpha(annual)
    }

    /// Up beta over down beta: above 1, the series rides up with the market more than down.
    ///
    /// # Errors
    /// As [`Against::up_beta`]; [`Undefined::ZeroBeta`] if the down beta is zero.
    pub fn timing_ratio(&self) -> Result<f64, Undefined> {
        match self.down_beta()? {
            0.0 => Err(Undefined::ZeroBeta),
            down => finite(self.up_beta()? / down),
        }
    }

    /// How much of the benchmark's rise the series had: 1 is as much, 0.5 half of it.
    ///
    /// ```
    /// use highwater_metrics::{Convention, PeriodsPerYear, against::{Against, Capture}};
    /// let quarterly = PeriodsPerYear::new(4.0).unwrap();
    /// let benchmark = [0.5, -0.25, 0.5, -0.25];
    /// let returns = [0.25, -0.5, 0.25, -0.5];
    /// let against = Against::new(&returns, &benchmark, &Convention::crypto(), quarterly).unwrap();
    /// assert_eq!(against.up_capture(Capture::Mean), Ok(0.5));
    /// assert_eq!(against.up_capture(Capture::TotalGrowth), Ok(0.45)); // 0.5625 of 1.25
    /// assert_eq!(against.down_capture(Capture::Mean), Ok(2.0));
    /// ```
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without a period in which the benchmark rose, [`Undefined::Ruin`],
    /// [`Undefined::FlatBenchmark`], [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn up_capture(&self, capture: Capture) -> Result<f64, Undefined> {
        self.capture(Market::Up, capture)
    }

    /// How much of the benchmark's fall the series had: below 1 it lost less, below 0 it gained.
    ///
    /// # Errors
    /// As [`Against::up_capture`], of the periods in which the benchmark fell.
    pub fn down_capture(&self, capture: Capture) -> Result<f64, Undefined> {
        self.capture(Market::Down, capture)
    }

    /// The series' return over the benchmark's, over every period (empyrical's `capture`).
    ///
    /// # Errors
    /// As [`Against::up_capture`]; [`Undefined::FlatBenchmark`] if the benchmark ended where it began.
    pub fn total_capture(&self, capture: Capture) -> Result<f64, Undefined> {
        self.capture(Market::All, capture)
    }

    /// Up capture over down capture (empyrical's `up_down_capture`).
    ///
    /// # Errors
    /// As [`Against::up_capture`] and [`Against::down_capture`]; [`Undefined::OutOfRange`] if the series had nothing
    /// of the fall.
    pub fn capture_ratio(&self, capture: Capture) -> Result<f64, Undefined> {
        finite(self.up_capture(capture)? / self.down_capture(capture)?)
    }

    /// The share of a market's periods in which the series moved the benchmark's way: rose in an up market, fell in a
    /// down market (PerformanceAnalytics' up and down number). In the whole, rose with it or fell with it.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without a period of that market, [`Undefined::NonFinite`].
    pub fn number_ratio(&self, market: Market) -> Result<f64, Undefined> {
        self.share(
            |x| market.holds(x),
            |x, y| x > 0.0 && y > 0.0 || x < 0.0 && y < 0.0,
        )
    }

    /// The share of a market's periods in which the series did better than the benchmark (PerformanceAnalytics' up
    /// and down percentage).
    ///
    /// # Errors
    /// As [`Against::number_ratio`].
    pub fn percentage_ratio(&self, market: Market) -> Result<f64, Undefined> {
        self.share(|x| market.holds(x), |x, y| y > x)
    }

    /// The share of periods in which the series did better than the benchmark (empyrical). The same as
    /// [`Against::percentage_ratio`], but that a period in which the benchmark did not move counts to the up market.
    ///
    /// # Errors
    /// As [`Against::number_ratio`].
    pub fn batting_average(&self, market: Market) -> Result<f64, Undefined> {
        let holds = |x: f64| market.holds(x) || market == Market::Up && x == 0.0;
        self.share(holds, |x, y| y > x)
    }

    fn share(
        &self,
        holds: impl Fn(f64) -> bool,
        meets: impl Fn(f64, f64) -> bool,
    ) -> Result<f64, Undefined> {
        self.count().require(0)?;
        let of = self.pairs().filter(|&(x, _)| holds(x));
        let (mut all, mut met) = (0_usize, 0_usize);
        for (x, y) in of {
            all += 1;
            met += usize::from(meets(x, y));
        }
        match all {
            0 => Err(Undefined::TooFew { need: 1, have: 0 }),
            _ => Ok(met as f64 / all as f64),
        }
    }

    /// The pairs of one market only.
    pub(crate) fn within(&self, market: Market) -> &Self {
        let kept = match market {
            Market::All => return self,
            Market::Up => &self.up,
            Market::Down => &self.down,
        };
        kept.get_or_init(|| Box::new(self.only(market)))
    }

    fn only(&self, market: Market) -> Self {
        let pairs = || {
            self.pairs()
                .zip(&self.rows)
                .filter(|((x, _), _)| market.holds(*x))
        };
        let benchmark: Vec<f64> = pairs().map(|((x, _), _)| x).collect();
        let returns: Vec<f64> = pairs().map(|((_, y), _)| y).collect();
        let mut moments = CoMoments::of_rows(&benchmark, &returns);
        // An infinite row belongs to no market, and spoils each.
        moments.count.infinite = self.count().infinite;
        moments.count.first_infinite = self.count().first_infinite;
        Self {
            terms: self.terms.clone(),
            dates: self.dates,
            rows: pairs().map(|(_, &row)| row).collect(),
            returns,
            benchmark,
            moments,
            up: OnceLock::new(),
            down: OnceLock::new(),
        }
    }

    fn capture(&self, market: Market, capture: Capture) -> Result<f64, Undefined> {
        let within = self.within(market);
        within.count().require(1)?;
        let (series, benchmark) = (
            within.captured(&within.returns, capture)?,
            within.captured(&within.benchmark, capture)?,
        );
        if benchmark == 0.0 {
            return Err(Undefined::FlatBenchmark);
        }
        finite(series / benchmark)
    }

    pub(crate) fn captured(&self, rows: &[f64], capture: Capture) -> Result<f64, Undefined> {
        let n = rows.len() as f64;
        if capture == Capture::Mean {
            return finite(super::pairs::sum(rows.iter().copied()) / n);
        }
        let growth = self.growth(self.rows.iter().copied().zip(rows.iter().copied()))?;
        match capture {
            Capture::AnnualGrowth => growth.cagr(n / self.terms.per_year().get()),
            Capture::MeanGrowth => growth.cagr(n),
            Capture::TotalGrowth | Capture::Mean => growth.total_return(),
        }
    }
}
