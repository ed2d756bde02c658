//! Which token a symbol means. Symbols are not unique, so that a guess would sometimes be another asset.

use highwater_market::{Source, Token};

use crate::error::LakeError;

/// So many near misses are named.
const NEAR: usize = 3;

pub(crate) fn resolve(
    tokens: &[Token],
    asked: &str,
    sources: &[Source],
) -> Result<Token, LakeError> {
    let text = asked.trim();
    // `source:symbol`, if what stands before the colon is a source of the lake.
    let named = text.split_once(':').and_then(|(before, after)| {
        let source = before.parse::<Source>().ok()?;
        tokens
            .iter()
            .any(|token| token.source == source)
            .then_some((vec![source], after.trim()))
    });
    let (sources, text) = named.unwrap_or_else(|| (sources.to_vec(), text));
    let groups: Vec<Vec<&Token>> = if sources.is_empty() {
        vec![tokens.iter().collect()]
    } else {
        sources
            .iter()
            .map(|source| {
                let of_source = |token: &&Token| token.source == *source;
                tokens.iter().filter(of_source).collect()
            })
            .collect()
    };
    let id = text
        .strip_prefix('#')
        .and_then(|digits| digits.parse::<i64>().ok());
    let exact = |token: &Token| match id {
        Some(id) => token.id.0 == id,
        None => token.symbol == text,
    };
    let but_for_case =
        |token: &Token| id.is_none() && token.symbol.to_lowercase() == text.to_lowercase();
    let rules: [&dyn Fn(&Token) -> bool; 2] = [&exact, &but_for_case];
    for group in &groups {
        for rule in rules {
            let matches: Vec<&Token> = group.iter().copied().filter(|token| rule(token)).collect();
            match matches.as_slice() {
                [] => {}
                [one] => return Ok((*one).clone()),
                many => {
                    return Err(LakeError::AmbiguousSymbol {
                        symbol: asked.to_owned(),
                        candidates: many.iter().map(|token| (*token).clone()).collect(),
                    });
                }
            }
        }
    }
    Err(LakeError::UnknownSymbol {
        symbol: asked.to_owned(),
        near: near(groups.iter().flatten().copied(), text),
        sources,
    })
}

/// The symbols most like the text: by edits, or because the token's name is the text.
fn near<'a>(tokens: impl Iterator<Item = &'a Token>, text: &str) -> Vec<String> {
    let wanted = text.to_lowercase();
    let mut scored: Vec<(f64, String)> = tokens
        .map(|token| {
            let symbol = strsim::jaro_winkler(&token.symbol.to_lowercase(), &wanted);
            let name = strsim::jaro_winkler(&token.name.to_lowercase(), &wanted);
            (symbol.max(name), token.symbol.clone())
        })
        .filter(|(score, _)| *score >= 0.7)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut symbols: Vec<String> = Vec::new();
    for (_, symbol) in scored {
        if symbols.len() < NEAR && !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    symbols
}

#[cfg(test)]
mod tests {
    use highwater_market::TokenId;

    use super::*;

    fn token(source: &str, id: i64, symbol: &str, name: &str) -> Token {
        Token {
            source: source.parse().unwrap(),
            id: TokenId(id),
            symbol: symbol.to_owned(),
            name: name.to_owned(),
        }
    }

    fn listed() -> Vec<Token> {
        vec![
            token("import", 1, "BTC", "Bitcoin of mine"),
            token("simulated", 3375, "BTC", "Bitcoin"),
            token("simulated", 4, "ETH", "Ethereum"),
            token("simulated", 5, "eth", "Ether of lower case"),
            token("simulated", 6, "TWIN", "One"),
            token("simulated", 7, "TWIN", "Another"),
        ]
    }

    fn check(asked: &str, sources: &[&str], expected: Result<(&str, i64), &str>) {
        let sources: Vec<Source> = sources.iter().map(|name| name.parse().unwrap()).collect();
        match (resolve(&listed(), asked, &sources), expected) {
            (Ok(token), Ok((source, id))) => {
                assert_eq!((token.source.as_str(), token.id.0), (source, id), "{asked}");
            }
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{asked}: {error}");
                assert!(!error.hint().is_empty());
            }
            (found, expected) => panic!("{asked}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_symbol_names_one_token_or_none() {
        // asked, sources, answer
        check("ETH", &[], Ok(("simulated", 4)));
        check("Eth", &[], Err("could be any of 2"));
        check("btc", &["simulated"], Ok(("simulated", 3375)));
        check("BTC", &[], Err("Bitcoin of mine"));
        check("BTC", &["import", "simulated"], Ok(("import", 1)));
        check("ETH", &["import", "simulated"], Ok(("simulated", 4)));
        check("simulated:BTC", &["import"], Ok(("simulated", 3375)));
        check("simulated:#4", &[], Ok(("simulated", 4)));
        check("#3375", &[], Ok(("simulated", 3375)));
        check("#99", &[], Err("no token `#99`"));
        check("TWIN", &["simulated"], Err("id 7"));
        check("ETHH", &["simulated"], Err("near: ETH"));
        check("Bitcoin", &["simulated"], Err("near: BTC"));
        check("", &[], Err("no token"));
        check("nowhere:BTC", &[], Err("no token `nowhere:BTC`"));
    }

    #[test]
    fn the_hint_names_a_way_out() {
        let error = resolve(&listed(), "TWIN", &[]).unwrap_err();
        assert!(error.hint().contains("#6"), "{}", error.hint());
        let error = resolve(&listed(), "ETHX", &[]).unwrap_err();
        assert!(error.hint().contains("`ETH`"), "{}", error.hint());
    }
}
