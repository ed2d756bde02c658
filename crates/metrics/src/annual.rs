//! To a year: rates per period compounded, and growth over the time that the convention counts.
//!
//! One place for what a series alone and a series beside its benchmark share.

use crate::{
    AnnualMean, Count, Dates, Growth, ReturnKind, Terms, Undefined, convention::Years,
    undefined::finite,
};

/// What of a series its time is counted from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) count: Count,
    /// The first and the last row with an observation.
    pub(crate) observed: Option<(usize, usize)>,
    pub(crate) dates: Option<Dates>,
}

impl Span {
    /// The periods that passed, as the convention counts them.
    fn periods(&self, years: Years) -> f64 {
        match years {
            Years::Observations => self.count.observations as f64,
            Years::FirstToLast => self
                .observed
                .map_or(0.0, |(first, last)| (last - first + 1) as f64),
            Years::Rows | Years::CalendarDays { .. } => self.count.rows() as f64,
        }
    }
}

impl Terms {
    /// A rate per period, compounded to a year. Log returns add up.
    pub(crate) fn to_year(&self, rate: f64) -> f64 {
        let per_year = self.per_year().get();
        match self.convention().returns {
            ReturnKind::Simple => libm::expm1(libm::log1p(rate) * per_year),
            ReturnKind::Log => libm::expm1(rate * per_year),
        }
    }

    /// A constant rate per period as a yearly one, on the basis of yearly means.
    pub(crate) fn annual_rate(&self, rate: f64) -> Result<f64, Undefined> {
        match self.convention().annual_mean {
            AnnualMean::Arithmetic => finite(rate * self.per_year().get()),
            AnnualMean::Compounded | AnnualMean::Growth => finite(self.to_year(rate)),
        }
    }

    /// The years behind a growth rate, and the days of the convention that they are.
    pub(crate) fn years(&self, span: Span) -> Result<(f64, f64), Undefined> {
        let convention = self.convention();
        let periods = span.periods(convention.years);
        // The convention's days, from the span as it is counted: 30 daily returns are 30 days, without rounding.
        match convention.years {
            Years::CalendarDays { per_year } => {
                let dates = span.dates.ok_or(Undefined::NoDates)?;
                let years = finite(dates.days() / per_year)?;
                Ok((years, years * per_year))
            }
            _ => Ok((
                periods / self.per_year().get(),
                periods * convention.days_per_year / self.per_year().get(),
            )),
        }
    }

    /// The constant yearly rate behind a growth over a span that the convention finds long enough.
    pub(crate) fn cagr(&self, growth: &Growth, span: Span) -> Result<f64, Undefined> {
        growth.survivor()?;
        let (years, have_days) = self.years(span)?;
        // A hair's breadth of patience, since days per year need not divide evenly.
        let need_days = self.convention().min_days;
        if need_days > 0.0 && have_days < need_days * (1.0 - 1e-12) {
            return Err(Undefined::TooShort {
                need_days,
                have_days,
            });
        }
        growth.cagr(years)
    }
}
