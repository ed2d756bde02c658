//! What a metric is computed from, one value at a time: the steps of an explanation.
//!
//! An entry of the catalogue lists its steps as data. They are shared between entries, and stand in two files: those of
//! a series alone, and those of a series beside its benchmark.

pub(super) mod alone;
pub(super) mod beside;

use super::Metric;
use crate::{Convention, Sample, Undefined, against::Against};

/// A value on the way to a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepValue {
    /// A number.
    Number(f64),
    /// The row (0-based) at which something happened; none if that was before the first return.
    Row(Option<usize>),
}

/// A step on the way to a metric, on a sample. See [`Sample::steps`].
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is, in the words of [`Metric::formula`].
    pub label: String,
    /// Its value, or why it has none.
    pub value: Result<StepValue, Undefined>,
}

/// A step, as an entry of the catalogue lists it.
#[derive(Clone, Copy)]
pub(crate) struct Listed {
    label: &'static str,
    applies: fn(&Convention) -> bool,
    read: Read,
}

#[derive(Clone, Copy)]
enum Read {
    /// Another metric of the catalogue, which is the label.
    Metric,
    Alone(fn(&Sample<'_>) -> Result<f64, Undefined>),
    Beside(fn(&Against) -> Result<f64, Undefined>),
    Row(fn(&Sample<'_>) -> Result<Option<usize>, Undefined>),
}

const fn listed(label: &'static str, read: Read) -> Listed {
    Listed {
        label,
        applies: |_| true,
        read,
    }
}

/// Another metric of the catalogue.
pub(super) const fn metric(name: &'static str) -> Listed {
    listed(name, Read::Metric)
}

/// A number of the series. `{ddof}` in the label becomes that of the convention, `{tail_ddof}` too.
pub(super) const fn alone(
    label: &'static str,
    read: fn(&Sample<'_>) -> Result<f64, Undefined>,
) -> Listed {
    listed(label, Read::Alone(read))
}

/// A number of the series beside its benchmark.
pub(super) const fn beside(
    label: &'static str,
    read: fn(&Against) -> Result<f64, Undefined>,
) -> Listed {
    listed(label, Read::Beside(read))
}

/// When something happened.
pub(super) const fn row(
    label: &'static str,
    read: fn(&Sample<'_>) -> Result<Option<usize>, Undefined>,
) -> Listed {
    listed(label, Read::Row(read))
}

impl Listed {
    /// The step is taken only under some conventions.
    pub(super) const fn under(self, applies: fn(&Convention) -> bool) -> Self {
        Self { applies, ..self }
    }
}

impl Sample<'_> {
    /// The values on the way to a metric, as far as the convention takes them: what [`Metric::formula`] is computed
    /// from.
    ///
    /// ```
    /// use highwater_metrics::{Convention, Metric, Sample, StepValue, Terms};
    /// let crypto = Convention::preset("crypto").unwrap();
    /// let terms = Terms::new(&crypto, crypto.periods_per_year(1.0).unwrap());
    /// let sample = Sample::new(&[0.5, -0.25, 0.25], &terms, None);
    /// let steps = sample.steps(Metric::named("max_drawdown").unwrap());
    /// assert_eq!((steps[0].label.as_str(), steps[0].value), ("peak", Ok(StepValue::Row(Some(0)))));
    /// ```
    pub fn steps(&self, metric: &Metric) -> Vec<Step> {
        let convention = self.terms().convention();
        let taken = metric
            .steps
            .iter()
            .filter(|step| (step.applies)(convention));
        taken
            .map(|step| Step {
                label: step
                    .label
                    .replace("{ddof}", &convention.ddof.to_string())
                    .replace("{tail_ddof}", &convention.tail_ddof.to_string()),
                value: match step.read {
                    Read::Metric => Metric::named(step.label)
                        .map_err(|_| Undefined::OutOfRange)
                        .and_then(|other| self.value(other))
                        .map(StepValue::Number),
                    Read::Alone(read) => read(self).map(StepValue::Number),
                    Read::Beside(read) => self.against().and_then(read).map(StepValue::Number),
                    Read::Row(read) => read(self).map(StepValue::Row),
                },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CATALOGUE;

    #[test]
    fn a_step_that_names_a_metric_names_one_of_the_catalogue() {
        for metric in CATALOGUE {
            for step in metric.steps {
                if matches!(step.read, Read::Metric) {
                    assert!(Metric::named(step.label).is_ok(), "{}", step.label);
                    assert_ne!(step.label, metric.name, "a metric is no step to itself");
                }
            }
        }
    }
}
