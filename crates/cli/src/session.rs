//! A lake opened for reading, and the tokens that a command asks for.

use highwater_lake::{Lake, LakeError, Reader};
use highwater_market::{
    AsOf, Bars, Clock, Period, Scope, Source, Timeframe, Timestamp, Token, latest_known, tables,
};
use highwater_metrics::{Convention, PeriodsPerYear};

use crate::{
    args::AsOfArgs,
    failure::{Exit, Failure, Outcome},
    left_out::{self, LeftOut},
    series::Series,
    settings::Settings,
    sheet::{rounded, short_time},
    spacing::{Grid, counts_every_day},
    terminal::Terminal,
};

/// One reader, and the order of sources in use.
pub(crate) struct Session {
    lake: Lake,
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
            LakeError::Hindsight { .. } => {
                "see them as they were snapshot with `--clock observed`, or use levels from bars: `--from bars`".to_owned()
            }
            LakeError::NotALake { .. } => {
                "name the folder of a lake with `--lake`, or make one with `highwater snapshot` or `highwater import`; `highwater demo` makes one to try things on".to_owned()
            }
            LakeError::NotEmpty { .. } => {
                "name an empty or a new folder for the lake with `--lake`".to_owned()
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
            lake,
            sources,
        })
    }

    /// The order of sources in use; empty: all, if symbols are unique among them.
    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The token of a symbol: exactly one, of the first source in order that has it.
    pub(crate) fn token(&self, symbol: &str) -> Outcome<Token> {
        match self.resolve(&self.reader, symbol) {
            Err(error @ LakeError::UnknownSymbol { .. }) => Err(self
                .not_yet_seen(symbol)?
                .unwrap_or_else(|| Failure::from(error))),
            found => Ok(found?),
        }
    }

    fn resolve(&self, reader: &Reader, symbol: &str) -> Result<Token, LakeError> {
        // Sources in order: the first that knows the symbol answers, and no other is mixed in.
        for source in &self.sources {
            match reader.resolve(symbol, std::slice::from_ref(source)) {
                Err(LakeError::UnknownSymbol { .. }) => {}
                found => return found,
            }
        }
        reader.resolve(symbol, &self.sources)
    }

    /// Whether a moment is asked for before which nothing counts as seen.
    fn is_of_an_observed_past(&self) -> bool {
        let as_of = self.reader.as_of();
        as_of.clock == Clock::Observed && as_of.moment != Timestamp::MAX
    }

    /// What to say of a symbol that the lake lists, but only after the moment.
    fn not_yet_seen(&self, symbol: &str) -> Outcome<Option<Failure>> {
        if !self.is_of_an_observed_past() {
            return Ok(None);
        }
        let latest = self.lake.reader(AsOf::latest(Clock::Observed))?;
        let Ok(token) = self.resolve(&latest, symbol) else {
            return Ok(None);
        };
        let first = self.first_listed(&latest, |source, scope| {
            *source == token.source && scope.token() == Some(token.id)
        })?;
        Ok(first.map(|first| self.too_early(&token.to_string(), first)))
    }

    /// When the first of some tokens was first listed.
    fn first_listed(
        &self,
        latest: &Reader,
        is_meant: impl Fn(&Source, &Scope) -> bool,
    ) -> Outcome<Option<Timestamp>> {
        // A listing that never changed is its own first version.
        let unchanged = latest.rows(&tables::TOKENS, None, None)?;
        let unchanged = unchanged
            .iter()
            .map(|row| (&row.source, &row.scope, row.known_from));
        let revised = self.lake.revisions(&tables::TOKENS, None, None)?;
        let revised = revised.iter().filter_map(|revised| {
            let first = revised.versions.first()?.known_from;
            Some((&revised.source, &revised.scope, first))
        });
        Ok(unchanged
            .chain(revised)
            .filter(|(source, scope, _)| is_meant(source, scope))
            .map(|(_, _, first)| first)
            .min())
    }

    fn too_early(&self, what: &str, first: Timestamp) -> Failure {
        let moment = short_time(self.reader.as_of().moment);
        Failure::data(format!(
            "{what}: not yet seen at {moment}; first seen {}",
            short_time(first)
        ))
        .hint("choose a later moment with `--as-of`; under the clock `published`, history that was fetched later counts from its own dates")
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
            return Err(self.no_tokens()?);
        }
        tokens.sort_by(|a, b| (&a.source, &a.symbol, a.id).cmp(&(&b.source, &b.symbol, b.id)));
        Ok(tokens)
    }

    /// Why there is no token at all.
    fn no_tokens(&self) -> Outcome<Failure> {
        let of = match &self.sources[..] {
            [] => String::new(),
            [source] => format!(" of source {source}"),
            several => {
                let names: Vec<&str> = several.iter().map(Source::as_str).collect();
                format!(" of the sources {}", names.join(", "))
            }
        };
        if self.is_of_an_observed_past() {
            let latest = self.lake.reader(AsOf::latest(Clock::Observed))?;
            let meant = |source: &Source, _: &Scope| {
                self.sources.is_empty() || self.sources.contains(source)
            };
            if let Some(first) = self.first_listed(&latest, meant)? {
                return Ok(self.too_early(&format!("tokens{of}"), first));
            }
        }
        Ok(Failure::data(format!("the lake holds no token{of}")).hint(if of.is_empty() {
            "fill it with `highwater snapshot` or `highwater import`, or name another lake with `--lake`"
        } else {
            "`highwater lake ls` shows which sources it holds; `--source` chooses among them"
        }))
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
        fills: bool,
    ) -> Outcome<Option<Series>> {
        let versions = self.reader.returns(token)?;
        let known = latest_known(&versions, self.reader.as_of().moment);
        if known.is_empty() {
            return Ok(None);
        }
        let (mut times, mut returns): (Vec<i64>, Vec<f64>) = known
            .iter()
            .map(|known| (known.event_time.micros(), known.value.unwrap_or(f64::NAN)))
            .unzip();
        if let Some(grid) = Grid::of(&times)
            && fills
            && grid.lacks_at_most_one_in(20, times.len())
        {
            (times, returns) = grid.filled(&times, &returns);
        }
        let mut series = Series::of_column(name.to_owned(), times.into(), returns, per_year);
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
        // Of a market that never closes a day without a row is a missing one.
        let fills = counts_every_day(convention);
        let mut series = Vec::new();
        let mut too_short: Vec<(String, LeftOut)> = Vec::new();
        for token in tokens {
            let (bars, left_out) = self.bars(token, timeframe, None)?;
            let name = display_name(token, tokens);
            if bars.len() < 2
                && timeframe == Timeframe::D1
                && let Some(imported) = self.imported_returns(&name, token, per_year, fills)?
            {
                if let Some(by_dates) = imported.contradiction() {
                    terminal.warn(format_args!(
                        "{token}: {} periods are taken for a year, and by its dates one has {}: its yearly figures are wrong; \
                         choose a convention of trading days, such as `--convention equity`, or state `--periods-per-year`",
                        imported.per_year.get(),
                        rounded(by_dates)
                    ));
                }
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
            let mut one = Series::of_bars(name, token.clone(), &bars, per_year, fills);
            one.left_out = left_out;
            let (rows, missing) = one.missing();
            if 10 * missing > rows && rows >= 20 {
                terminal.warn(format_args!(
                    "{token}: {missing} of {rows} bars are missing, and {} count as a year: its yearly figures are wrong; \
                     of a market that closes choose a convention of trading days, such as `--convention equity`",
                    per_year.get()
                ));
            }
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
    let wrong =
        |error: &dyn std::fmt::Display| Failure::usage(format!("{error} ({})", setting.origin));
    if !setting.value.ends_with(".toml") {
        return Convention::preset(&setting.value).map_err(|error| {
            wrong(&error).hint("or name a file of your own choices, such as `mine.toml`")
        });
    }
    let file = &setting.value;
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&format!("{file}: {error}")))?;
    toml::from_str(&text).map_err(|error| {
        wrong(&format!("{file}: {}", error.to_string().trim_end()))
            .hint("a file holds `base = \"crypto\"` and what differs from it; `--explain METRIC --format json` shows every choice")
    })
}
