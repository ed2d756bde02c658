//! The list of tokens, and which of them a plan means.

use highwater_api::{ENDPOINTS, Endpoint, MAX_LIMIT, endpoint};
use highwater_market::{Answer, Source, Token, TokenId, tables};

use super::{
    ask::{self, Path, Reply},
    plan::Selection,
    question::Question,
};
use crate::{client::Client, error::IngestError};

/// The endpoint that lists tokens.
pub(super) fn tokens_endpoint() -> &'static Endpoint {
    // The first of the list; by name in case the list is ever sorted otherwise.
    endpoint("tokens").unwrap_or(&ENDPOINTS[0])
}

/// What a plan's text means: a symbol, or an id behind `#`.
enum Named<'t> {
    Symbol(&'t str),
    Id(TokenId),
}

fn named(text: &str) -> Result<Named<'_>, IngestError> {
    match text.trim().strip_prefix('#') {
        None => Ok(Named::Symbol(text.trim())),
        Some(digits) => match digits.parse() {
            Ok(id) => Ok(Named::Id(TokenId(id))),
            Err(_) => Err(IngestError::TokenIdText {
                text: text.to_owned(),
            }),
        },
    }
}

/// So many symbols in one question: a URL has its limits.
const SYMBOLS: usize = 50;

/// Ask for the tokens of a selection: one reply at least. How the vendor combines two filters is not documented:
/// symbols and ids are asked apart.
pub(super) async fn list(
    client: &Client,
    selection: &Selection,
) -> Result<Vec<Reply>, IngestError> {
    let endpoint = tokens_endpoint();
    let path = Path::default();
    let all = Question::about_all(endpoint);
    let (mut symbols, mut ids) = (Vec::new(), Vec::new());
    if let Selection::Symbols(texts) = selection {
        for text in texts {
            match named(text)? {
                Named::Symbol(symbol) => symbols.push(symbol),
                Named::Id(id) => ids.push(id),
            }
        }
    }
    let mut replies = Vec::new();
    for ids in ids.chunks(MAX_LIMIT as usize - 1) {
        let question = Question {
            tokens: ids.to_vec(),
            ..all.clone()
        };
        replies.push(ask::pages(client, &question, &path, |page| question.query(page)).await?);
    }
    for symbols in symbols.chunks(SYMBOLS) {
        let named = symbols.join(",");
        let query = |page| all.query(page).with("symbol", named.as_str());
        replies.push(ask::pages(client, &all, &path, query).await?);
    }
    if replies.is_empty() {
        replies.push(ask::pages(client, &all, &path, |page| all.query(page)).await?);
    }
    if let Some(other) = replies
        .iter()
        .find(|reply| reply.simulated != replies[0].simulated)
    {
        return Err(ask::another_server(
            endpoint,
            &replies[0].simulated,
            &other.simulated,
        ));
    }
    Ok(replies)
}

/// The tokens of answers.
pub(super) fn tokens(answers: &[Answer]) -> Vec<Token> {
    let text = |answer: &Answer, column: &str| {
        let index = tables::TOKENS.column(column)?;
        let row = answer.rows.last()?;
        Some(row.values.get(index)?.as_text()?.to_owned())
    };
    let each = answers.iter().filter_map(|answer| {
        Some(Token {
            source: answer.source.clone(),
            id: answer.scope.token()?,
            symbol: text(answer, "symbol").unwrap_or_default(),
            name: text(answer, "name").unwrap_or_default(),
        })
    });
    each.collect()
}

/// The ids that a selection means, each once, in the order of the selection (ascending, if it is all).
pub(super) fn choose(
    selection: &Selection,
    listed: &[Token],
    source: &Source,
) -> Result<Vec<TokenId>, IngestError> {
    let texts = match selection {
        Selection::All => {
            let mut ids: Vec<TokenId> = listed.iter().map(|token| token.id).collect();
            ids.sort_unstable();
            ids.dedup();
            return Ok(ids);
        }
        Selection::Symbols(texts) => texts,
    };
    let mut chosen = Vec::with_capacity(texts.len());
    for text in texts {
        let mut candidates: Vec<Token> = match named(text)? {
            Named::Id(id) => listed
                .iter()
                .filter(|token| token.id == id)
                .cloned()
                .collect(),
            Named::Symbol(symbol) => listed
                .iter()
                .filter(|token| token.symbol.eq_ignore_ascii_case(symbol))
                .cloned()
                .collect(),
        };
        candidates.sort_by_key(|token| token.id);
        candidates.dedup_by_key(|token| token.id);
        match candidates[..] {
            [ref only] => {
                if !chosen.contains(&only.id) {
                    chosen.push(only.id);
                }
            }
            [] => {
                return Err(IngestError::UnknownSymbol {
                    symbol: text.clone(),
                    source_name: source.clone(),
                });
            }
            _ => {
                return Err(IngestError::AmbiguousSymbol {
                    symbol: text.clone(),
                    candidates,
                });
            }
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: i64, symbol: &str, name: &str) -> Token {
        Token {
            source: Source::vendor(),
            id: TokenId(id),
            symbol: symbol.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_symbol_means_one_token_or_none() {
        let listed = [
            token(3375, "BTC", "Bitcoin"),
            token(9001, "BTC", "Bridged Bitcoin"),
            token(3306, "ETH", "Ethereum"),
        ];
        let choose = |texts: &[&str]| {
            let texts = texts.iter().map(|&text| text.to_owned()).collect();
            let chosen = choose(&Selection::Symbols(texts), &listed, &Source::vendor());
            chosen
                .map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        assert_eq!(choose(&["ETH"]), Ok(vec![3306]));
        assert_eq!(choose(&["eth", "#3306", "#3375"]), Ok(vec![3306, 3375]));
        assert_eq!(
            choose(&["BTC"]),
            Err("`BTC` names 2 tokens: #3375 Bitcoin, #9001 Bridged Bitcoin".to_owned())
        );
        assert_eq!(
            choose(&["DOGE"]),
            Err("tokenmetrics: no token has the symbol `DOGE`".to_owned())
        );
        assert_eq!(
            choose(&["#12"]),
            Err("tokenmetrics: no token has the symbol `#12`".to_owned())
        );
        assert_eq!(
            choose(&["#BTC"]),
            Err("`#BTC` is not a token id: write #3375".to_owned())
        );
    }
}
