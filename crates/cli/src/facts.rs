//! What the vendor says of a token beside bars, signals and levels, as far as a plan asks for it.

use highwater_backtest::{
    Facts, Plan,
    plan::{Fact, Universe},
};
use highwater_market::{Known, Scope, Timestamp, Token, Value, tables};

use crate::{
    failure::{Failure, Outcome},
    session::Session,
    signals::{SignalRows, SignalSource},
};

/// A fact's name, and every version of its value in the order in which they became known.
pub(crate) type Versions = Vec<(String, Vec<Known<Option<f64>>>)>;

/// The vendor's lists of active moonshots, if the plan's universe asks for them.
pub(crate) fn moonshots(session: &Session, plan: &Plan, tokens: &[Token]) -> Outcome<SignalSource> {
    match plan.universe {
        Universe::Moonshots => SignalSource::moonshots(session, tokens),
        _ => Ok(SignalSource::Rows),
    }
}

/// Everything that a plan asks of a token.
pub(crate) fn of(
    session: &Session,
    token: &Token,
    plan: &Plan,
    moonshots: &SignalSource,
) -> Outcome<Versions> {
    let mut versions = Vec::new();
    for fact in plan.facts() {
        let (table, column) = fact.column();
        let said = match fact {
            Fact::Grade(_) => session.reader.numbers(table, column, token)?,
            Fact::Vendor(_) => session.reader.answered_numbers(table, column, token)?,
        };
        versions.push((fact.to_string(), said));
    }
    if let Some(name) = plan.universe.membership() {
        let membership = match &plan.universe {
            Universe::Sector(sector) => {
                let scope = Scope::Token(token.id);
                let listings = session
                    .reader
                    .answers(&tables::TOKENS, &token.source, &scope)?;
                let named = |row: &Vec<Value>| is_in(sector, row[2].as_text().unwrap_or(""));
                let member =
                    |listing: &Vec<Vec<Value>>| f64::from(u8::from(listing.iter().any(named)));
                let listings = listings.iter();
                listings
                    .map(|listing| with(listing, Some(member(&listing.value))))
                    .collect()
            }
            _ => match moonshots.rows_of(session, plan, token)? {
                SignalRows::Listed(listed) => listed
                    .iter()
                    .map(|version| with(version, Some(f64::from(u8::from(version.value)))))
                    .collect(),
                _ => Vec::new(),
            },
        };
        versions.push((name, membership));
    }
    Ok(versions)
}

/// A version with another value.
fn with<T, U>(version: &Known<T>, value: U) -> Known<U> {
    Known {
        event_time: version.event_time,
        known_from: version.known_from,
        revision: version.revision,
        value,
    }
}

/// Whether a list of categories, in JSON, holds one of this name or slug, whatever the case.
fn is_in(sector: &str, categories: &str) -> bool {
    let Ok(serde_json::Value::Array(categories)) = serde_json::from_str(categories) else {
        return false;
    };
    let named = |value: &serde_json::Value| {
        value
            .as_str()
            .is_some_and(|name| name.trim().to_lowercase() == sector)
    };
    categories.iter().any(|category| {
        named(category) || named(&category["category_name"]) || named(&category["category_slug"])
    })
}

/// The book of what was known at a moment.
pub(crate) fn book(versions: &Versions, at: Timestamp) -> Facts {
    let mut facts = Facts::new();
    for (name, said) in versions {
        let known = said.iter().filter(|version| version.known_from <= at);
        facts.insert(name.clone(), &known.copied().collect::<Vec<_>>());
    }
    facts
}

/// A plan that trades a list which names no token of the lake, at any moment, has a misspelt word or too young a lake.
pub(crate) fn refuse_empty_list<'v>(
    plan: &Plan,
    mut of_tokens: impl Iterator<Item = &'v Versions>,
) -> Outcome {
    let Some(name) = plan.universe.membership() else {
        return Ok(());
    };
    let is_member = |versions: &Versions| {
        let of_list = versions.iter().filter(|(other, _)| *other == name);
        of_list
            .flat_map(|(_, said)| said)
            .any(|version| version.value == Some(1.0))
    };
    if of_tokens.any(is_member) {
        return Ok(());
    }
    Err(match &plan.universe {
        Universe::Sector(sector) => Failure::data(format!(
            "no token with bars was listed in the sector `{sector}` by this moment"
        ))
        .hint("write a category's name or slug as the vendor lists it; the lake knows listings from the first `highwater snapshot` on"),
        _ => Failure::data("no token with bars was on the vendor's list of moonshots by this moment")
            .hint("the lake knows the lists that `highwater snapshot` has seen, from then on"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_found_by_its_name_or_slug() {
        let list = r#"[{"category_id":28,"category_name":"Smart Contract Platform","category_slug":"smart-contract-platform"},"DeFi"]"#;
        for (sector, is) in [
            ("smart contract platform", true),
            ("smart-contract-platform", true),
            ("defi", true),
            ("smart", false),
            ("28", false),
            ("", false),
        ] {
            assert_eq!(is_in(sector, list), is, "{sector}");
        }
        assert!(!is_in("defi", "defi"));
        assert!(!is_in("defi", ""));
    }
}
