//! Yearly returns of the paired rows, by the convention.

use crate::{
    AnnualMean, Growth, Merge, ReturnKind, Undefined, Years, path::factor, undefined::finite,
};

use super::Against;

impl Against {
    /// A yearly return: of a mean per period, or of the growth over `rows`, as the convention says.
    pub(super) fn annual(&self, rows: &[f64], mean: f64) -> Result<f64, Undefined> {
        match self.terms.convention().annual_mean {
            AnnualMean::Arithmetic => finite(mean * self.terms.per_year().get()),
            AnnualMean::Compounded => finite(self.to_year(mean)),
            AnnualMean::Growth => self.cagr(rows),
        }
    }

    pub(super) fn annual_return(&self) -> Result<f64, Undefined> {
        self.annual(&self.returns, self.moments.mean_y()?)
    }

    pub(super) fn annual_benchmark(&self) -> Result<f64, Undefined> {
        self.annual(&self.benchmark, self.moments.mean_x()?)
    }

    /// A rate per period as a yearly one.
    pub(super) fn annual_rate(&self, rate: f64) -> Result<f64, Undefined> {
        match self.terms.convention().annual_mean {
            AnnualMean::Arithmetic => finite(rate * self.terms.per_year().get()),
            AnnualMean::Compounded | AnnualMean::Growth => finite(self.to_year(rate)),
        }
    }

    /// A rate per period, compounded to a year. Log returns add up.
    pub(super) fn to_year(&self, rate: f64) -> f64 {
        let per_year = self.terms.per_year().get();
        match self.terms.convention().returns {
            ReturnKind::Simple => libm::expm1(libm::log1p(rate) * per_year),
            ReturnKind::Log => libm::expm1(rate * per_year),
        }
    }

    /// The compound annual growth rate over all pairs.
    pub(super) fn cagr(&self, returns: &[f64]) -> Result<f64, Undefined> {
        let count = self.count();
        count.require(1)?;
        let span = match (self.rows.first(), self.rows.last()) {
            (Some(first), Some(last)) => last - first + 1,
            _ => 0,
        };
        let convention = self.terms.convention();
        let periods = match convention.years {
            Years::Observations => count.observations,
            Years::FirstToLast => span,
            Years::Rows => count.rows(),
            Years::CalendarDays { .. } => return Err(Undefined::NoDates),
        } as f64;
        let years = periods / self.terms.per_year().get();
        let (have_days, need_days) = (years * convention.days_per_year, convention.min_days);
        // A hair's breadth of patience, since days per year need not divide evenly.
        if need_days > 0.0 && have_days < need_days * (1.0 - 1e-12) {
            return Err(Undefined::TooShort {
                need_days,
                have_days,
            });
        }
        self.growth(self.rows.iter().copied().zip(returns.iter().copied()))?
            .cagr(years)
    }

    /// The growth over rows, each with its position.
    pub(super) fn growth(
        &self,
        rows: impl Iterator<Item = (usize, f64)>,
    ) -> Result<Growth, Undefined> {
        let kind = self.terms.convention().returns;
        let mut growth = Growth::default();
        for (index, row) in rows {
            let factor = factor(kind, row);
            if factor < 0.0 {
                return Err(Undefined::Ruin { index });
            }
            growth = growth.then(Growth::of_factor(row, factor));
        }
        Ok(growth)
    }
}
