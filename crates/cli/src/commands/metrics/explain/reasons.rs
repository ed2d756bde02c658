//! Why two conventions disagree on a value: found by computing, one choice changed at a time.

use highwater_metrics::{Convention, Undefined};
use serde_json::Value;

/// A choice that makes a difference to a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reason {
    /// Its name, a field of the convention.
    pub(super) choice: String,
    pub(super) here: Value,
    pub(super) there: Value,
    /// Whether it moves the value if it alone is changed.
    pub(super) alone: bool,
    /// Whether the other value is not reached without it.
    pub(super) needed: bool,
}

/// The choices that make the difference between what two conventions say.
///
/// Of the choices in which they differ, those are needed without which the value of the other is not reached: each is
/// taken back in turn, first those that move nothing alone. A choice that moves the value alone is a reason too, though
/// others may outweigh it. None if both say the same.
pub(super) fn reasons(
    here: &Convention,
    there: &Convention,
    value: impl Fn(&Convention) -> Result<f64, Undefined>,
) -> Vec<Reason> {
    let (ours, theirs) = (value(here), value(there));
    if is_same(ours, theirs) {
        return Vec::new();
    }
    let mut reasons: Vec<Reason> = differences(here, there)
        .into_iter()
        .map(|(choice, of_here, of_there)| {
            let changed = with(here, [(&choice, &of_there)]);
            Reason {
                alone: changed.is_some_and(|changed| !is_same(value(&changed), ours)),
                needed: true,
                choice,
                here: of_here,
                there: of_there,
            }
        })
        .collect();
    let mut order: Vec<usize> = (0..reasons.len()).collect();
    order.sort_by_key(|&at| reasons[at].alone);
    for at in order {
        reasons[at].needed = false;
        let needed = reasons.iter().filter(|reason| reason.needed);
        let without = with(here, needed.map(|reason| (&reason.choice, &reason.there)));
        reasons[at].needed = !without.is_some_and(|without| is_same(value(&without), theirs));
    }
    reasons.retain(|reason| reason.alone || reason.needed);
    reasons
}

/// The choices in which two conventions differ: name, here, there.
fn differences(here: &Convention, there: &Convention) -> Vec<(String, Value, Value)> {
    let (Ok(Value::Object(here)), Ok(Value::Object(there))) =
        (serde_json::to_value(here), serde_json::to_value(there))
    else {
        return Vec::new();
    };
    here.into_iter()
        .filter(|(choice, _)| choice != "name")
        .filter_map(|(choice, value)| {
            let other = there.get(&choice)?.clone();
            (other != value).then_some((choice, value, other))
        })
        .collect()
}

/// A convention with other choices.
fn with<'c>(
    convention: &Convention,
    choices: impl IntoIterator<Item = (&'c String, &'c Value)>,
) -> Option<Convention> {
    let mut changed = serde_json::to_value(convention).ok()?;
    for (choice, value) in choices {
        changed[choice] = value.clone();
    }
    serde_json::from_value(changed).ok()
}

/// Equal but for the rounding of another way to the same number.
pub(super) fn is_same(one: Result<f64, Undefined>, other: Result<f64, Undefined>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => (one - other).abs() <= 1e-12 * one.abs().max(other.abs()),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(
        here: &str,
        there: &str,
        value: impl Fn(&Convention) -> f64,
    ) -> Vec<(String, bool, bool)> {
        let preset = |name| Convention::preset(name).unwrap();
        reasons(&preset(here), &preset(there), |convention| {
            Ok(value(convention))
        })
        .into_iter()
        .map(|reason| (reason.choice, reason.alone, reason.needed))
        .collect()
    }

    #[test]
    fn one_choice_at_a_time_tells_what_changes_a_value() {
        let (here, there) = (Convention::crypto(), Convention::empyrical());
        let differences = differences(&here, &there);
        let names: Vec<&str> = differences.iter().map(|(name, ..)| name.as_str()).collect();
        assert!(
            names.contains(&"days_per_year") && !names.contains(&"name"),
            "{names:?}"
        );
        for (name, _, value) in &differences {
            let changed = with(&here, [(name, value)]).unwrap();
            let again = super::differences(&here, &changed);
            assert_eq!(again.len(), 1, "{name}");
        }
    }

    #[test]
    fn choices_that_move_a_value_together_are_all_named() {
        let by = |days: f64, minimum: f64| {
            (days == 252.0) as u8 as f64 * 2.0 + (minimum == 0.0) as u8 as f64
        };
        // Both move it, each alone.
        let both = named("crypto", "empyrical", |of| {
            by(of.days_per_year, of.min_days)
        });
        let expected = [("days_per_year", true, true), ("min_days", true, true)];
        assert_eq!(
            both,
            expected.map(|(name, alone, needed)| (name.to_owned(), alone, needed))
        );
        // Neither does alone.
        let joint = named("crypto", "empyrical", |of| {
            f64::from(u8::from(of.days_per_year == 252.0 && of.min_days == 0.0))
        });
        let expected = [("days_per_year", false, true), ("min_days", false, true)];
        assert_eq!(
            joint,
            expected.map(|(name, alone, needed)| (name.to_owned(), alone, needed))
        );
        // One decides, the other moves the value only while that one is ours.
        let outweighed = named("crypto", "empyrical", |of| match of.days_per_year {
            252.0 => 1.0,
            _ => of.min_days,
        });
        let expected = [("days_per_year", true, true), ("min_days", true, false)];
        assert_eq!(
            outweighed,
            expected.map(|(name, alone, needed)| (name.to_owned(), alone, needed))
        );
        assert!(named("crypto", "empyrical", |_| 1.0).is_empty());
    }
}
