//! Imported files into the lake.

use std::{collections::HashMap, path::Path};

use highwater_api::UNDATED;
use highwater_lake::{Lake, Stored, Writer};
use highwater_market::{
    Answer, AsOf, Clock, PriceBar, Row, Scope, Source, Timestamp, Token, TokenId, Value, tables,
};

use super::{
    bars::{Import, ImportOptions, import_bars},
    problem::ImportError,
    returns::{ReturnSeries, read_returns_with},
};

/// Whose bars or returns a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportTarget {
    /// Under which source they are kept: [`Source::import`], or a name such as `binance`.
    pub source: Source,
    /// The token's symbol.
    pub symbol: String,
    /// The token's name, if it is new; `None`: the symbol.
    pub name: Option<String>,
    /// Whether bars may replace others that mostly differ. Without it they are taken for those of another market, and
    /// refused.
    pub revise: bool,
}

impl ImportTarget {
    /// A symbol of the source `import`.
    pub fn new(symbol: &str) -> Self {
        Self {
            source: Source::import(),
            symbol: symbol.to_owned(),
            name: None,
            revise: false,
        }
    }

    /// The symbol, if it can be one: it must be told apart from an id, a list and a source, and be printed.
    fn symbol(&self) -> Result<&str, ImportError> {
        let symbol = self.symbol.as_str();
        let refuse = |reason| {
            Err(ImportError::NoSymbol {
                symbol: symbol.to_owned(),
                reason,
            })
        };
        if symbol.trim().is_empty() {
            refuse("it is empty")
        } else if symbol.len() > LONGEST_SYMBOL {
            refuse("it is longer than 64 bytes")
        } else if symbol.chars().any(|c| c.is_control() || c.is_whitespace()) {
            refuse("it holds blanks or control characters")
        } else if symbol.starts_with('#') {
            refuse("`#` begins an id")
        } else if symbol.contains([',', ':']) {
            refuse("a comma separates symbols, and a colon a source from a symbol")
        } else {
            Ok(symbol)
        }
    }
}

/// Longest symbol, in bytes.
const LONGEST_SYMBOL: usize = 64;
/// From so many bars on, a file of which more than half differ is taken for one of another market.
const TELLING: usize = 10;

/// What was imported.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported<T> {
    /// Whose it is now.
    pub token: Token,
    /// Whether the token is new to the lake.
    pub is_new_token: bool,
    /// What the file held.
    pub file: T,
    /// What became of its rows.
    pub stored: Stored,
}

/// Read bars from a file and store them: all of the file, or nothing.
///
/// A symbol that the source does not have yet gets the next id. Rows that the lake holds already add nothing.
/// A bar whose close lies after `observed_at` is stored as partial.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file, or what the lake refused;
/// [`ImportError::AnotherMarket`] if most of the bars have other prices than those that the lake holds for the same
/// times, unless [`ImportTarget::revise`] says that they correct them.
pub fn import_into(
    lake: &Lake,
    path: impl AsRef<Path>,
    options: &ImportOptions,
    target: &ImportTarget,
    observed_at: Timestamp,
) -> Result<Imported<Import>, ImportError> {
    target.symbol()?;
    let path = path.as_ref();
    let file = import_bars(path, options)?;
    let answer = |token: &Token| Some(file.answer(token.source.clone(), token.id, observed_at));
    if !target.revise {
        refuse_another_market(lake, path, &file, target)?;
    }
    let (token, is_new_token, stored) = store(lake, target, observed_at, answer)?;
    Ok(Imported {
        token,
        is_new_token,
        file,
        stored,
    })
}

/// Refuse bars that mostly differ from those that the lake holds for the same times.
fn refuse_another_market(
    lake: &Lake,
    path: &Path,
    file: &Import,
    target: &ImportTarget,
) -> Result<(), ImportError> {
    let reader = lake.reader(AsOf::latest(Clock::Observed))?;
    let (token, is_new) = find_or_make(&reader.tokens()?, target)?;
    if is_new {
        return Ok(());
    }
    let held = reader.bars(&token, file.timeframe, file.period())?.bars;
    let held: HashMap<Timestamp, PriceBar> = held.iter().map(|bar| (bar.open_time, bar)).collect();
    let (mut overlapping, mut differing) = (0, 0);
    for bar in &file.bars {
        if let Some(known) = held.get(&bar.open_time) {
            overlapping += 1;
            let prices = |bar: &PriceBar| [bar.open, bar.high, bar.low, bar.close];
            differing += usize::from(prices(bar) != prices(known));
        }
    }
    if overlapping >= TELLING && differing * 2 > overlapping {
        return Err(ImportError::AnotherMarket {
            file: path.display().to_string(),
            token: Box::new(token),
            overlapping,
            differing,
        });
    }
    Ok(())
}

/// Read return series from a file and store one of them as daily returns of a token: that of the column or the name
/// `column`, or the only one.
///
/// # Errors
/// [`ImportError`] with everything that is wrong with the file, or what the lake refused; among the former, that the
/// file has several series and none is named, or that two returns fall on one day.
pub fn import_returns_into(
    lake: &Lake,
    path: impl AsRef<Path>,
    column: Option<&str>,
    options: &ImportOptions,
    target: &ImportTarget,
    observed_at: Timestamp,
) -> Result<Imported<ReturnSeries>, ImportError> {
    target.symbol()?;
    let path = path.as_ref();
    let mut series = read_returns_with(path, options)?;
    let position = match column {
        Some(column) => series.iter().position(|one| one.name == column),
        None => (series.len() == 1).then_some(0),
    };
    let Some(position) = position else {
        const FEW: usize = 20;
        let mut found: Vec<String> = series.iter().map(|one| one.name.clone()).collect();
        if found.len() > FEW {
            let rest = found.len() - FEW;
            found.truncate(FEW);
            found.push(format!("{rest} more"));
        }
        return Err(ImportError::MissingColumn {
            file: path.display().to_string(),
            wanted: column.map_or_else(
                || "returns, since there are several and none is named".to_owned(),
                |column| format!("`{column}` (returns)"),
            ),
            found,
        });
    };
    let file = series.swap_remove(position);
    let days = (0..file.times.len()).map(|row| file.time(row));
    let twice = days
        .clone()
        .zip(days.skip(1))
        .find(|(one, next)| one.day() == next.day());
    if let Some((one, _)) = twice {
        return Err(ImportError::NotDaily {
            file: path.display().to_string(),
            day: one.date(),
        });
    }
    let answer = |token: &Token| {
        let mut answer = file.answer(token.source.clone(), token.id, observed_at);
        // A daily return is dated by its day, whatever hour the file gives.
        for row in &mut answer.rows {
            row.event_time = row.event_time.day();
        }
        Some(answer)
    };
    let (token, is_new_token, stored) = store(lake, target, observed_at, answer)?;
    Ok(Imported {
        token,
        is_new_token,
        file,
        stored,
    })
}

/// Find or make the token and store what there is of it, in one write.
fn store(
    lake: &Lake,
    target: &ImportTarget,
    observed_at: Timestamp,
    answer: impl FnOnce(&Token) -> Option<Answer>,
) -> Result<(Token, bool, Stored), ImportError> {
    // The lock first: between looking for the next id and using it nobody else may.
    let mut writer: Writer = lake.writer()?;
    let known = lake.reader(AsOf::latest(Clock::Observed))?.tokens()?;
    let (token, is_new) = find_or_make(&known, target)?;
    let mut answers = Vec::new();
    if is_new {
        answers.push(token_answer(&token, observed_at));
    }
    answers.extend(answer(&token));
    let mut stored = writer.store(&answers)?;
    if is_new {
        // The token's own row is not the file's.
        stored.answers -= 1;
        stored.rows -= 1;
        stored.new -= 1;
    }
    Ok((token, is_new, stored))
}

fn find_or_make(known: &[Token], target: &ImportTarget) -> Result<(Token, bool), ImportError> {
    let of_source = || known.iter().filter(|token| token.source == target.source);
    let alike: Vec<&Token> = of_source()
        .filter(|token| token.symbol.eq_ignore_ascii_case(&target.symbol))
        .collect();
    match alike[..] {
        [token] => Ok((token.clone(), false)),
        [] => {
            let highest = of_source().map(|token| token.id.0).max().unwrap_or(0);
            let token = Token {
                source: target.source.clone(),
                id: TokenId(highest.max(0) + 1),
                symbol: target.symbol.clone(),
                name: target.name.clone().unwrap_or_else(|| target.symbol.clone()),
            };
            Ok((token, true))
        }
        _ => Err(ImportError::AmbiguousSymbol {
            symbol: target.symbol.clone(),
            origin: target.source.clone(),
            ids: alike.iter().map(|token| token.id).collect(),
        }),
    }
}

fn token_answer(token: &Token, observed_at: Timestamp) -> Answer {
    Answer {
        table: &tables::TOKENS,
        source: token.source.clone(),
        scope: Scope::Token(token.id),
        asked: None,
        observed_at,
        whole: true,
        rows: vec![Row {
            event_time: UNDATED,
            values: vec![
                Value::Text(token.symbol.clone()),
                Value::Text(token.name.clone()),
                Value::Null,
                Value::Null,
            ],
            extra: None,
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(source: &Source, id: i64, symbol: &str) -> Token {
        Token {
            source: source.clone(),
            id: TokenId(id),
            symbol: symbol.to_owned(),
            name: symbol.to_owned(),
        }
    }

    #[test]
    fn a_new_symbol_gets_the_next_id_of_its_source() {
        let import = Source::import();
        let known = [
            token(&Source::vendor(), 9_000, "ETH"),
            token(&import, 4, "BTC"),
            token(&import, 6, "X"),
            token(&import, 7, "x"),
        ];
        let found = |symbol: &str| {
            find_or_make(&known, &ImportTarget::new(symbol))
                .map(|(token, is_new)| (token.id.0, is_new))
                .map_err(|error| error.to_string())
        };
        assert_eq!(found("btc"), Ok((4, false)));
        assert_eq!(
            found("ETH"),
            Ok((8, true)),
            "another source's ETH is another token"
        );
        assert_eq!(
            found("X"),
            Err("X names several tokens of import: ids 6, 7".to_owned())
        );
        let (first, _) = find_or_make(&[], &ImportTarget::new("A")).unwrap();
        assert_eq!(first.id, TokenId(1));
    }
}
