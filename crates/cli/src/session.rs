//! A lake opened for reading, and the tokens that a command asks for.

use highwater_lake::{Lake, LakeError, Reader};
use highwater_market::{AsOf, Bars, Period, Source, Timeframe, Timestamp, Token, latest_known};
use highwater_metrics::{Convention, PeriodsPerYear};

use crate::{
    args::AsOfArgs,
    failure::{Exit, Failure, Outcome},
    left_out::{self, LeftOut},
    series::Series,
    settings::Settings,
    terminal::Terminal,
};

/// One reader, and the order of sources in use.
pub(crate) struct Session {
    pub(crate) reader: Reader,
    sources: Vec<Source>,
}

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Self {
        let exit = match error {
            LakeError::UnknownSymbol { .. }
            | LakeError::AmbiguousSymbol { .. }
            | LakeError::Hindsight { .. } => Exit::Incomplete,
            _ => Exit::Usage,
        };
        // Several sources may each have one: then the source tells them apart, else the id does.
        let hint = match &error {
            LakeError::AmbiguousSymbol { candidates, .. } => {
                let first = &candidates[0];
                if candidates.iter().all(|other| other.source == first.source) {
                    format!("pick one by its id, such as `#{}`", first.id)
                } else {
                    format!(
                        "name the source with `--source {}`, or pick one as `{}:#{}`",
                        first.source, first.source, first.id
                    )
                }
            }
            _ => error.hint(),
        };
        Self::caused(exit, &error).hint(hint)
    }
}

impl Session {
    /// Open the lake of the settings as it was known.
    pub(crate) fn open(settings: &Settings, as_of: &AsOfArgs) -> Outcome<Self> {
        let moment = as_of.as_of.unwrap_or(Timestamp::MAX);
        Self::at(
            settings,
            AsOf {
                moment,
                clock: as_of.clock,
            },
            &as_of.sources,
        )
    }

    /// Open the lake of the settings at a moment and clock.
    pub(crate) fn at(settings: &Settings, as_of: AsOf, sources: &[Source]) -> Outcome<Self> {
        let lake = Lake::open(&settings.lake.value)?;
        let sources = if sources.is_empty() {
            settings.sources.value.clone()
        } else {
            sources.to_vec()
        };
        Ok(Self {
            reader: lake.reader(as_of)?,
            sources,
        })
    }

    /// The token of a symbol: exactly one, of the first source in order that has it.
    pub(crate) fn token(&self, symbol: &str) -> Outcome<Token> {
        // Sources in order: the first that knows the symbol answers, and no other is mixed in.
        for source in &self.sources {
            match self.reader.resolve(symbol, std::slice::from_ref(source)) {
                Err(LakeError::UnknownSymbol { .. }) => {}
                found => return Ok(found?),
            }
        }
        Ok(self.reader.resolve(symbol, &self.sources)?)
    }

    /// The tokens of symbols; all of the sources in use if none is named.
    pub(crate) fn tokens(&self, symbols: &[String]) -> Outcome<Vec<Token>> {
        if !symbols.is_empty() {
            return symbols.iter().map(|symbol| self.token(symbol)).collect();
        }
        let mut tokens = self.reader.tokens()?;
        if !self.sources.is_empty() {
            tokens.retain(|token| self.sources.contains(&token.source));
        }
        if tokens.is_empty() {
            return Err(
                Failure::data("the lake holds no tokens that were known at this moment")
                    .hint("`highwater lake ls` shows what it holds"),
            );
        }
        tokens.sort_by(|a, b| (&a.source, &a.symbol, a.id).cmp(&(&b.source, &b.symbol, b.id)));
        Ok(tokens)
    }

    /// Bars of a token as known, and the rows that were no bars.
    pub(crate) fn bars(
        &self,
        token: &Token,
        timeframe: Timeframe,
        period: Option<Period>,
    ) -> Outcome<(Bars, LeftOut)> {
        let judged = self.reader.bars(token, timeframe, period)?;
        let left_out = LeftOut::of(&judged.left_out);
        Ok((judged.bars, left_out))
    }

    /// Daily returns that were imported as such, if there are any.
    fn imported_returns(
        &self,
        name: &str,
        token: &Token,
        per_year: PeriodsPerYear,
    ) -> Outcome<Option<Series>> {
        let versions = self.reader.returns(token)?;
        let known = latest_known(&versions, self.reader.as_of().moment);
        if known.is_empty() {
            return Ok(None);
        }
        let (times, returns) = known
            .iter()
            .map(|known| (known.event_time.micros(), known.value.unwrap_or(f64::NAN)))
            .unzip();
        let mut series = Series::of_column(name.to_owned(), times, returns, per_year);
        series.token = Some(token.clone());
        Ok(Some(series))
    }

    /// Return series of tokens. Tokens without two bars are named and left out; if none is left, that is the answer.
    pub(crate) fn series(
        &self,
        tokens: &[Token],
        timeframe: Timeframe,
        convention: &Convention,
        stated_per_year: Option<f64>,
        terminal: &Terminal,
    ) -> Outcome<Vec<Series>> {
        let per_year = match stated_per_year {
            Some(stated) => PeriodsPerYear::new(stated),
            None => convention.periods_per_year(timeframe.per_day()),
        }
        .map_err(|error| Failure::usage(error.to_string()))?;
        let mut series = Vec::new();
        let mut too_short: Vec<(String, LeftOut)> = Vec::new();
        for token in tokens {
            let (bars, left_out) = self.bars(token, timeframe, None)?;
            let name = display_name(token, tokens);
            if bars.len() < 2
                && timeframe == Timeframe::D1
                && let Some(imported) = self.imported_returns(&name, token, per_year)?
            {
                series.push(imported);
                continue;
            }
            if bars.len() < 2 {
                too_short.push((name, left_out));
                terminal.warn(format_args!(
                    "{token} has {} bars of {timeframe}: no return to measure",
                    bars.len()
                ));
                continue;
            }
            let mut one = Series::of_bars(name, token.clone(), &bars, per_year);
            one.left_out = left_out;
            series.push(one);
        }
        if let Some(words) = left_out::words_of(
            series
                .iter()
                .map(|one| (&one.name, &one.left_out))
                .chain(too_short.iter().map(|(name, left_out)| (name, left_out)))
                .map(|(name, left_out)| (name.as_str(), left_out)),
        ) {
            terminal.warn(words);
        }
        if series.is_empty() {
            return Err(Failure::data(format!(
                "no token has two bars of {timeframe} that were known at this moment"
            ))
            .hint("`highwater lake ls` shows which bars there are; `--timeframe` and `--clock` choose among them"));
        }
        Ok(series)
    }
}

/// A token's symbol; where another one of the list carries the same, with what tells them apart.
pub(crate) fn display_name(token: &Token, among: &[Token]) -> String {
    let twins = || {
        among.iter().filter(|other| {
            other.symbol == token.symbol && (other.id, &other.source) != (token.id, &token.source)
        })
    };
    let mut name = token.symbol.clone();
    if twins().any(|twin| twin.source == token.source) {
        name.push_str(&format!(" #{}", token.id));
    }
    if twins().any(|twin| twin.source != token.source) {
        name.push_str(&format!(" ({})", token.source));
    }
    name
}

/// The convention of a flag or of the settings.
pub(crate) fn convention(settings: &Settings, flag: Option<&String>) -> Outcome<Convention> {
    let setting = settings
        .convention
        .clone()
        .or_flag("--convention", flag.cloned());
    Convention::preset(&setting.value)
        .map_err(|error| Failure::usage(format!("{error} ({})", setting.origin)))
}
