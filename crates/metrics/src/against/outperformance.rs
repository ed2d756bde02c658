//! How sure is it that the series beats the benchmark?
//!
//! ```text
//! probabilistic momentum   = P(T <= sqrt(n) mean(y - x) / sd(y - x)),  T Student's t with n - 1 degrees of freedom
//! outperformance frequency = share of the stretches of w periods over which the series grew by more
//! ```
//! The first is one less the p-value of a one-sided t test: it takes active returns for independent, and says nothing of
//! how much better. ffn's `calc_prob_mom` leaves out `sqrt(n)`, so that its probability does not grow with the evidence.
//! Sources: Varadi, D., "Are Simple Momentum Strategies Too Dumb? Introducing Probabilistic Momentum", 2014; the
//! second as PerformanceAnalytics' `ProbOutPerformance`.

use crate::{Growth, Undefined, path::factor, rolling::Queue, undefined::finite};

use super::{Against, student::student_probability};

impl Against {
    /// The probability, from 0 to 1, that the mean active return is above zero, as far as a t test can tell.
    ///
    /// # Errors
    /// As [`Against::information_ratio_per_period`].
    pub fn probabilistic_momentum(&self) -> Result<f64, Undefined> {
        let n = self.count().require(2)?;
        let active = self.active()?;
        let divisor = self.active_deviation(&active)?;
        // The test's deviation divides by n - 1, whatever the convention has.
        let deviation =
            divisor * ((n - f64::from(self.terms.convention().ddof)) / (n - 1.0)).sqrt();
        let t = finite(active.mean()? / deviation * n.sqrt())?;
        finite(student_probability(t, n - 1.0))
    }

    /// The share of all stretches of `periods` pairs over which the series grew by more than the benchmark. Stretches
    /// overlap, so they are no independent evidence. O(1) a stretch.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] if there are fewer pairs, or `periods` is 0; [`Undefined::Ruin`],
    /// [`Undefined::NonFinite`], [`Undefined::OutOfRange`].
    pub fn outperformance_frequency(&self, periods: usize) -> Result<f64, Undefined> {
        let n = self.count().require(0)? as usize;
        if periods == 0 || n < periods {
            return Err(Undefined::TooFew {
                need: periods.max(1),
                have: n.min(periods),
            });
        }
        let kind = self.terms.convention().returns;
        let (mut series, mut benchmark) = (Queue::new(), Queue::new());
        let (mut all, mut met) = (0_usize, 0_usize);
        for (at, (x, y)) in self.pairs().enumerate() {
            for (queue, row) in [(&mut series, y), (&mut benchmark, x)] {
                let factor = factor(kind, row);
                if factor < 0.0 {
                    return Err(Undefined::Ruin {
                        index: self.rows[at],
                    });
                }
                queue.push(Growth::of_factor(row, factor));
                if queue.len() > periods {
                    queue.pop();
                }
            }
            if at + 1 >= periods {
                let grown =
                    |queue: &Queue<Growth>| queue.total().unwrap_or_default().total_return();
                all += 1;
                met += usize::from(grown(&series)? > grown(&benchmark)?);
            }
        }
        Ok(met as f64 / all as f64)
    }
}
