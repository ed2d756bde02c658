//! What the fields of a plan must hold together: each table checks its own, here is what they check with.

use std::ops::RangeInclusive;

use highwater_metrics::Convention;

use super::{Percent, Plan, PlanError, RebalancePlan};

/// Refuse what parses and makes no sense.
pub(super) fn check(plan: &Plan, text: &str) -> Result<(), PlanError> {
    let checker = Checker { text };
    if plan.name.trim().is_empty() {
        return checker.refuse("name", "`name` is empty");
    }
    if plan
        .benchmark
        .as_ref()
        .is_some_and(|symbol| symbol.trim().is_empty())
    {
        return checker.refuse(
            "benchmark",
            "`benchmark` is empty: leave it out to measure against all tokens in equal parts",
        );
    }
    if plan.period.start() >= plan.period.end() {
        return checker.refuse("period", "the period ends before it begins");
    }
    plan.levels.check(plan, checker)?;
    if let Some(Err(error)) = plan.convention.as_deref().map(Convention::preset) {
        return checker.refuse("convention", error.to_string());
    }
    plan.universe.check(plan, checker)?;
    plan.entry.check(plan, checker)?;
    RebalancePlan::check(plan, checker)?;
    plan.exit.check(plan.entry.side, checker)?;
    plan.portfolio.check(plan.clock, checker)?;
    plan.size.check(plan, checker)?;
    plan.cost.check(checker)?;
    plan.cash.check(checker)
}

/// A share below all of it: a price that much lower is still a price.
pub(super) const BELOW_ALL: f64 = 1.0 - f64::EPSILON;

/// Points errors to the line of a field.
#[derive(Clone, Copy)]
pub(super) struct Checker<'t> {
    text: &'t str,
}

impl Checker<'_> {
    /// Refuse a field, and point to its line.
    pub(super) fn refuse<T>(self, field: &str, message: impl Into<String>) -> Result<T, PlanError> {
        let offset = offset_of(self.text, field);
        Err(PlanError::at(self.text, offset, message.into()))
    }

    /// A share within a range, which `words` name.
    pub(super) fn share(
        self,
        field: &str,
        share: Percent,
        range: RangeInclusive<f64>,
        words: &str,
    ) -> Result<(), PlanError> {
        if range.contains(&share.get()) {
            Ok(())
        } else {
            let found = share.get() * 100.0;
            self.refuse(field, format!("`{field}` must be {words}, not {found}%"))
        }
    }

    /// A number above 0, and finite.
    pub(super) fn above_zero(self, field: &str, number: f64) -> Result<(), PlanError> {
        if number.is_finite() && number > 0.0 {
            return Ok(());
        }
        self.refuse(field, format!("`{field}` must be above 0, not {number}"))
    }

    /// A count of at least 1.
    pub(super) fn at_least_one(self, field: &str, count: usize) -> Result<(), PlanError> {
        if count == 0 {
            return self.refuse(field, format!("`{field}` must be at least 1"));
        }
        Ok(())
    }
}

/// Where a field is written: the first line that begins with it, or holds it as a key.
fn offset_of(text: &str, field: &str) -> usize {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        let found = code.match_indices(field).find(|(at, _)| {
            let before = code[..*at].chars().next_back();
            let after = code[at + field.len()..].trim_start().chars().next();
            before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '"'))
                && matches!(after, Some('=' | ']' | '.'))
        });
        if let Some((at, _)) = found {
            return offset + at;
        }
        offset += line.len();
    }
    0
}
