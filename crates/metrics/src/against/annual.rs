//! Yearly returns of the paired rows, by the convention.

use crate::{AnnualMean, Growth, Merge, Undefined, annual::Span, path::factor, undefined::finite};

use super::Against;

impl Against {
    /// A yearly return: of a mean per period, or of the growth over `rows`, as the convention says.
    pub(super) fn annual(
        &self,
        rows: &[f64],
        mean: impl FnOnce() -> Result<f64, Undefined>,
    ) -> Result<f64, Undefined> {
        match self.terms.convention().annual_mean {
            AnnualMean::Arithmetic => finite(mean()? * self.terms.per_year().get()),
            AnnualMean::Compounded => finite(self.terms.to_year(mean()?)),
            AnnualMean::Growth => self.cagr(rows),
        }
    }

    pub(crate) fn annual_return(&self) -> Result<f64, Undefined> {
        self.annual(&self.returns, || self.moments.mean_y())
    }

    pub(crate) fn annual_benchmark(&self) -> Result<f64, Undefined> {
        self.annual(&self.benchmark, || self.moments.mean_x())
    }

    /// The compound annual growth rate over all pairs.
    fn cagr(&self, returns: &[f64]) -> Result<f64, Undefined> {
        self.count().require(1)?;
        let span = Span {
            count: self.count(),
            observed: self.rows.first().copied().zip(self.rows.last().copied()),
            dates: self.dates,
        };
        let growth = self.growth(self.rows.iter().copied().zip(returns.iter().copied()))?;
        self.terms.cagr(&growth, span)
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
