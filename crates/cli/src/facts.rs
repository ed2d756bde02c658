//! What the vendor says of a token beside bars, signals and levels, as far as a plan asks for it.

use std::collections::BTreeSet;

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
        Universe::Moonshots { .. } => SignalSource::moonshots(session, tokens),
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
            Universe::Sector { name, .. } => {
                let is_member = |categories: &str| is_in(name, categories);
                memberships(&listings(session, token)?, is_member)
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
    if plan.portfolio.max_per_sector.is_some() {
        let listings = listings(session, token)?;
        let categories = listings.iter().flat_map(|listing| &listing.value);
        let sectors: BTreeSet<String> = categories.flat_map(|list| sectors(list)).collect();
        for sector in sectors {
            let is_member = |categories: &str| self::sectors(categories).contains(&sector);
            let name = format!("sector({sector})");
            let membership = memberships(&listings, is_member);
            // A universe of this sector has asked for it already.
            versions.retain(|(other, _)| *other != name);
            versions.push((name, membership));
        }
    }
    Ok(versions)
}

/// The vendor's listings of a token as they were seen: of each row its categories, in JSON.
fn listings(session: &Session, token: &Token) -> Outcome<Vec<Known<Vec<String>>>> {
    let scope = Scope::Token(token.id);
    let listings = session
        .reader
        .answers(&tables::TOKENS, &token.source, &scope)?;
    let categories = |row: &Vec<Value>| row[2].as_text().unwrap_or("").to_owned();
    Ok(listings
        .iter()
        .map(|listing| with(listing, listing.value.iter().map(categories).collect()))
        .collect())
}

/// 1 for each listing with categories of which this is true, 0 for the others.
fn memberships(
    listings: &[Known<Vec<String>>],
    is_member: impl Fn(&str) -> bool,
) -> Vec<Known<Option<f64>>> {
    listings
        .iter()
        .map(|listing| {
            let member = listing.value.iter().any(|list| is_member(list));
            with(listing, Some(f64::from(u8::from(member))))
        })
        .collect()
}

/// The sectors of a list of categories, in JSON: each by its slug, or else its name, in lower case.
fn sectors(categories: &str) -> BTreeSet<String> {
    let Ok(serde_json::Value::Array(categories)) = serde_json::from_str(categories) else {
        return BTreeSet::new();
    };
    let text = |value: &serde_json::Value| Some(value.as_str()?.trim().to_lowercase());
    categories
        .iter()
        .filter_map(|category| {
            let named = [
                category,
                &category["category_slug"],
                &category["category_name"],
            ];
            let mut words = named.into_iter().filter_map(text);
            words.find(|word| !word.is_empty())
        })
        .collect()
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
        let mut names = versions.iter().filter(|(other, _)| *other == name);
        names.any(|(_, said)| ever(said))
    };
    if of_tokens.any(is_member) {
        return Ok(());
    }
    Err(match &plan.universe {
        Universe::Sector { name, .. } => Failure::data(format!(
            "no token with bars was listed in the sector `{name}` by this moment"
        ))
        .hint("write a category's name or slug as the vendor lists it; the lake knows listings from the first `highwater snapshot` on"),
        _ => Failure::data("no token with bars was on the vendor's list of moonshots by this moment")
            .hint("the lake knows the lists that `highwater snapshot` has seen, from then on"),
    })
}

/// A cap on sectors of which the lake knows none would silently limit nothing.
pub(crate) fn refuse_no_sectors<'v>(
    plan: &Plan,
    mut of_tokens: impl Iterator<Item = &'v Versions>,
) -> Outcome {
    let is_listed = |versions: &Versions| {
        let mut sectors = versions
            .iter()
            .filter(|(name, _)| Facts::sector_of(name).is_some());
        sectors.any(|(_, said)| ever(said))
    };
    if plan.portfolio.max_per_sector.is_none() || of_tokens.any(is_listed) {
        return Ok(());
    }
    Err(Failure::data(
        "no token of the plan was listed in any sector by this moment, so that `max_per_sector` would limit nothing",
    )
    .hint("the lake knows the vendor's listings from the first `highwater snapshot` on; or leave `max_per_sector` out"))
}

/// Whether a membership ever held.
fn ever(said: &[Known<Option<f64>>]) -> bool {
    said.iter().any(|version| version.value == Some(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sector_has_one_name_whatever_the_list_says_of_it() {
        let list = r#"[{"category_id":28,"category_name":"Smart Contract Platform","category_slug":"smart-contract-platform"},"DeFi",
            {"category_name":" Gaming "},{"category_slug":"","category_name":"Meme"},{"category_id":3},7]"#;
        let found = Vec::from_iter(sectors(list));
        assert_eq!(found, ["defi", "gaming", "meme", "smart-contract-platform"]);
        assert!(sectors("defi").is_empty() && sectors("").is_empty());
        // What a cap calls a sector, a universe finds too.
        assert!(found.iter().all(|sector| is_in(sector, list)));
    }

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
