//! A plan replayed over a lake: data in, outcome and evidence out. Writes nothing.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
};

use highwater_backtest::{
    Asset, Evidence, Facts, Manifest, Outcome as Replay, Plan, RangeDraw, ReplayError, Replayer,
    SignalFilePin, Summary, doubtful_range,
    plan::{LevelSource, Universe},
};
use highwater_levels::{SwingConfig, VendorLevel};
use highwater_market::{
    AsOf, Bars, Judged, Known, Level, LevelBook, Price, PriceBar, Signal, Source, Timeframe,
    Timestamp, Token, tables,
};
use highwater_metrics::Convention;
use rayon::prelude::*;

use crate::{
    benchmark, books, facts,
    failure::{self, Exit, Failure, Outcome},
    left_out::{self, LeftOut},
    overrides::Overrides,
    reach_back::TooShort,
    session::Session,
    settings::Settings,
    signals::{self, Beside, SignalRows, SignalSource},
    terminal::Terminal,
};

/// Everything that was ever said of one token, from which what was known at a moment is made.
pub(crate) struct History {
    pub(crate) bars: Vec<Known<PriceBar>>,
    pub(crate) finer: Option<(Timeframe, Vec<Known<PriceBar>>)>,
    /// What signals are made of.
    pub(crate) signals: SignalRows,
    /// The vendor's levels; none where levels are made of bars.
    pub(crate) levels: Vec<Known<Vec<VendorLevel>>>,
    /// What else the plan asks of the token.
    pub(crate) facts: facts::Versions,
}

/// One token's data, as the replay reads them.
pub(crate) struct Loaded {
    pub(crate) token: Token,
    pub(crate) bars: Bars,
    finer: Option<Bars>,
    pub(crate) signals: Vec<Known<Signal>>,
    pub(crate) book: Box<dyn LevelBook + Send>,
    facts: Facts,
    pub(crate) history: History,
    left_out: LeftOut,
    backfilled: usize,
    keys: usize,
}

/// A plan that was replayed, with its evidence.
pub(crate) struct Replayed {
    pub(crate) plan: Plan,
    pub(crate) outcome: Replay,
    pub(crate) summary: Summary,
    pub(crate) manifest: Manifest,
    pub(crate) loaded: Vec<Loaded>,
    /// What was read for the benchmark alone.
    beside: Option<(String, LeftOut)>,
    moment: Timestamp,
    /// Rows of the plan's signal file that nothing was made of, in a line of words.
    unused_signals: Option<String>,
    /// Rules that look back further than the history of some tokens, a line of words each.
    too_short: Vec<String>,
}

/// A plan and the text that it was read from.
#[derive(Clone)]
pub(crate) struct PlanText {
    pub(crate) plan: Plan,
    text: String,
    beside: Beside,
}

impl PlanText {
    /// `what` names the text in errors.
    pub(crate) fn parse(text: String, what: &str) -> Outcome<Self> {
        let plan = Plan::parse(&text).map_err(|error| {
            let hint = error.hint();
            Failure::usage(format!("{what}: {error}")).hint(hint)
        })?;
        Ok(Self {
            plan,
            text,
            beside: Beside::default(),
        })
    }

    /// Where the files that the plan names are looked for.
    pub(crate) fn beside(self, beside: Beside) -> Self {
        Self { beside, ..self }
    }

    /// Look for its files where another looks for them.
    pub(crate) fn beside_those_of(self, other: &Self) -> Self {
        self.beside(other.beside.clone())
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same plan, with other values in the place of some fields.
    fn with(self, overrides: Overrides<'_>) -> Outcome<Self> {
        if overrides.is_empty() {
            return Ok(self);
        }
        let text = overrides.of_text(&self.text)?;
        Ok(Self::parse(text, "the plan")?.beside(self.beside))
    }

    /// The same plan, begun on the first day of an account.
    pub(crate) fn beginning(self, day: Timestamp) -> Outcome<Self> {
        let period = self.plan.period;
        if let Some(last) = period.to.filter(|_| day >= period.end()) {
            return Err(Failure::usage(format!(
                "the plan's period ends on {}, before the account's first day, {}",
                last.date(),
                day.date()
            ))
            .hint("leave its end out with `--unset period.to`, or begin within it: `--from DAY`"));
        }
        self.with(Overrides {
            set: &[format!("period.from={}", day.date())],
            unset: &[],
        })
    }
}

/// Read a plan from its file, with other values in the place of some fields.
pub(crate) fn plan_of(path: &Path, overrides: Overrides<'_>) -> Outcome<PlanText> {
    let text = std::fs::read_to_string(path).map_err(failure::io("read", path))?;
    let beside = Beside::folder_of(path);
    let plan = PlanText::parse(text, &path.display().to_string())?.beside(beside);
    plan.with(overrides)
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        Self::caused(Exit::Incomplete, &error).hint(error.hint())
    }
}

/// What a plan reads of a lake, as it was known at a moment.
pub(crate) struct Reading {
    pub(crate) plan: Plan,
    pub(crate) loaded: Vec<Loaded>,
    /// Rows of the plan's signal file that nothing was made of, in a line of words.
    pub(crate) unused_signals: Option<String>,
    text: String,
    session: Session,
    signals: SignalSource,
}

impl Reading {
    /// Read what a plan asks of the lake of the settings.
    pub(crate) fn of_lake(
        PlanText { plan, text, beside }: PlanText,
        settings: &Settings,
        moment: Option<Timestamp>,
        sources: &[Source],
    ) -> Outcome<Self> {
        let as_of = AsOf {
            moment: moment.unwrap_or(Timestamp::MAX),
            clock: plan.clock,
        };
        let session = Session::at(settings, as_of, sources)?;
        let tokens = match &plan.universe {
            Universe::Symbols(symbols) => session.tokens(symbols)?,
            _ => session.tokens(&[])?,
        };
        let signals = SignalSource::open(&session, &plan, &beside, &tokens)?;
        let moonshots = facts::moonshots(&session, &plan, &tokens)?;
        let mut loaded = tokens
            .into_par_iter()
            .map(|token| load(&session, &signals, token, &plan, &moonshots))
            .collect::<Outcome<Vec<_>>>()?;
        if plan.universe.is_open() {
            loaded.retain(|one| !one.bars.is_empty());
            if loaded.is_empty() {
                return Err(Failure::data(format!(
                    "no token of the lake has a bar of {} that was known at this moment",
                    plan.timeframe
                ))
                .hint("`highwater lake ls` shows which bars there are; the plan's `timeframe` chooses among them"));
            }
            one_source_a_symbol(&mut loaded, session.sources())?;
            facts::refuse_empty_list(&plan, loaded.iter().map(|one| &one.history.facts))?;
        }
        facts::refuse_no_sectors(&plan, loaded.iter().map(|one| &one.history.facts))?;
        if let Universe::Symbols(_) = plan.universe
            && let Some(bare) = loaded.iter().find(|one| one.bars.is_empty())
        {
            return Err(Failure::data(format!(
                "{} has no bar of {} that was known at this moment, and the plan names it",
                bare.token, plan.timeframe
            ))
            .hint("`highwater lake ls` shows which bars there are; `highwater lake check`, whether some are gone"));
        }
        let unused_signals = signals.unused(&plan, &loaded)?;
        Ok(Self {
            plan,
            loaded,
            unused_signals,
            text,
            session,
            signals,
        })
    }

    /// What the engine reads.
    pub(crate) fn assets(&self) -> Vec<Asset<'_>> {
        self.loaded.iter().map(Loaded::asset).collect()
    }

    /// SHA-256 over the rows that were read.
    pub(crate) fn view_hash(&self) -> String {
        self.session.reader.view_hash()
    }

    /// The plan's file of signals, if it has one.
    pub(crate) fn signal_file(&self) -> Option<SignalFilePin> {
        self.signals.pinned(&self.plan)
    }
}

impl Replayed {
    /// Replay a plan over the lake of the settings, as known at a moment; `range` asks for random resolutions of doubtful
    /// bars.
    pub(crate) fn over_lake(
        plan: PlanText,
        settings: &Settings,
        moment: Option<Timestamp>,
        sources: &[Source],
        convention: &Convention,
        range: Option<RangeDraw>,
    ) -> Outcome<Self> {
        let reading = Reading::of_lake(plan, settings, moment, sources)?;
        let plan = &reading.plan;
        let too_short = TooShort::of(plan, &reading.loaded);
        if let Some(failure) = too_short.of_all {
            return Err(failure);
        }
        let assets = reading.assets();
        let replayer = Replayer::new(&assets)?;
        let outcome = replayer.run(plan)?;
        tracing::info!(
            bars = outcome.equity.len(),
            trades = outcome.trades.len(),
            search = outcome.search.name(),
            "replayed"
        );
        let (benchmark, beside) = benchmark::of(&reading.session, plan, &assets, &outcome)?;
        let mut summary = outcome.summary(plan, convention, Some(&benchmark));
        if let Some(draw) = range {
            summary.doubtful_range = Some(doubtful_range(&replayer, plan, &outcome, draw)?);
            let search = replayer.search().name();
            tracing::info!(replays = draw.replays, search, "drew a range");
        }
        let mut evidence = evidence(&reading, moment);
        evidence.range = range;
        if let Some((_, left_out)) = &beside {
            for (reason, count) in left_out.by_reason() {
                *evidence.rows_left_out.entry(reason).or_default() += count;
            }
        }
        let manifest = Manifest::new(plan, &outcome, convention, evidence);
        summary.rows_left_out.clone_from(&manifest.rows_left_out);
        Ok(Self {
            outcome,
            summary,
            manifest,
            beside,
            moment: moment.unwrap_or(Timestamp::MAX),
            unused_signals: reading.unused_signals,
            too_short: too_short.of_some,
            loaded: reading.loaded,
            plan: reading.plan,
        })
    }

    /// The impossible bars that were left out, in one line.
    pub(crate) fn left_out(&self) -> Option<String> {
        left_out::words_of(
            self.loaded
                .iter()
                .map(|one| (one.token.symbol.as_str(), &one.left_out))
                .chain(
                    self.beside
                        .iter()
                        .map(|(symbol, rows)| (symbol.as_str(), rows)),
                ),
        )
    }

    /// Say which impossible bars were left out, which signals, and which tokens for want of history, if there were any.
    pub(crate) fn warn_of_left_out(&self, terminal: &Terminal) {
        if let Some(words) = &self.unused_signals {
            terminal.warn(words);
        }
        for words in &self.too_short {
            terminal.warn(words);
        }
        if let Some(words) = self.left_out() {
            terminal.warn(words);
        }
    }

    /// The share of bars that were first seen after the fact.
    pub(crate) fn backfilled(&self) -> Option<f64> {
        let keys: usize = self.loaded.iter().map(|one| one.keys).sum();
        let backfilled: usize = self.loaded.iter().map(|one| one.backfilled).sum();
        (keys > 0).then(|| backfilled as f64 / keys as f64)
    }

    /// Tokens that were traded, those with most trades first; each with its bars and the levels known at the last.
    pub(crate) fn traded(&self) -> Vec<(&Token, &Bars, Vec<Level>)> {
        let count = |token: &Token| {
            self.outcome
                .trades
                .iter()
                .filter(|trade| trade.token_id == token.id && trade.source == token.source)
                .count()
        };
        let mut traded: Vec<_> = self
            .loaded
            .iter()
            .map(|one| (count(&one.token), one))
            .filter(|(trades, _)| *trades > 0)
            .collect();
        traded.sort_by(|(a, one), (b, other)| {
            b.cmp(a).then_with(|| {
                (&one.token.symbol, one.token.id).cmp(&(&other.token.symbol, other.token.id))
            })
        });
        traded
            .into_iter()
            .map(|(_, one)| (&one.token, &one.bars, one.last_levels(self.moment)))
            .collect()
    }

    /// Whether any of the data are simulated.
    pub(crate) fn is_simulated(&self) -> bool {
        self.manifest.sources.contains(&Source::simulated())
    }
}

impl Loaded {
    fn asset(&self) -> Asset<'_> {
        Asset {
            token: &self.token,
            bars: &self.bars,
            finer: self.finer.as_ref(),
            signals: &self.signals,
            levels: &*self.book,
            facts: &self.facts,
        }
    }

    fn last_levels(&self, moment: Timestamp) -> Vec<Level> {
        let Some(last) = self.bars.len().checked_sub(1) else {
            return Vec::new();
        };
        Price::new(self.bars.close()[last])
            .map(|price| self.book.levels_at(moment, price))
            .unwrap_or_default()
    }
}

/// Every token of the lake means each once: where several sources have one of a symbol, the first in the order of
/// preference, and without an order nobody can tell which.
fn one_source_a_symbol(loaded: &mut Vec<Loaded>, preferred: &[Source]) -> Outcome {
    let mut sources: BTreeMap<String, BTreeSet<Source>> = BTreeMap::new();
    for one in loaded.iter() {
        sources
            .entry(one.token.symbol.clone())
            .or_default()
            .insert(one.token.source.clone());
    }
    if preferred.is_empty() {
        return several_sources(&sources).map_or(Ok(()), Err);
    }
    loaded.retain(|one| {
        let first = preferred
            .iter()
            .find(|source| sources[&one.token.symbol].contains(source));
        first == Some(&one.token.source)
    });
    Ok(())
}

/// So many symbols are named.
const NAMED: usize = 5;

fn several_sources(sources: &BTreeMap<String, BTreeSet<Source>>) -> Option<Failure> {
    let twice: Vec<_> = sources.iter().filter(|(_, of)| of.len() > 1).collect();
    let (symbol, of) = twice.first()?;
    let source = of.first()?;
    let all: BTreeSet<&str> = twice
        .iter()
        .flat_map(|(_, of)| of.iter().map(Source::as_str))
        .collect();
    let all = Vec::from_iter(all).join(", ");
    let mut symbols: Vec<&str> = twice.iter().map(|(symbol, _)| symbol.as_str()).collect();
    let more = match symbols.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    symbols.truncate(NAMED);
    Some(
        Failure::data(format!(
            "a universe of all tokens would trade one token several times: {}{more}, each from several of the sources {all}",
            symbols.join(", "),
        ))
        .hint(format!(
            "choose with `--source {source}` (repeat it for an order of preference), or list tokens in the plan: universe = [\"{source}:{symbol}\"]"
        )),
    )
}

fn load(
    session: &Session,
    source: &SignalSource,
    token: Token,
    plan: &Plan,
    moonshots: &SignalSource,
) -> Outcome<Loaded> {
    let judged = session.reader.bars(&token, plan.timeframe, None)?;
    let versions = session.reader.bar_versions(&token, plan.timeframe, None)?;
    let signals = source.rows_of(session, plan, &token)?;
    let vendor_levels = match plan.levels.from {
        LevelSource::Bars => Vec::new(),
        LevelSource::Vendor => books::vendor_answers(session, &token)?,
    };
    let mut left_out = LeftOut::of(&judged.left_out);
    let mut history = History {
        bars: versions.versions,
        finer: None,
        signals,
        levels: vendor_levels,
        facts: facts::of(session, &token, plan, moonshots)?,
    };
    let mut finer_bars = None;
    if let Some(finer) = finer(session, &token, plan.timeframe)? {
        let timeframe = finer.bars.timeframe();
        left_out.add(&LeftOut::of(&finer.left_out));
        let versions = session.reader.bar_versions(&token, timeframe, None)?;
        history.finer = Some((timeframe, versions.versions));
        finer_bars = Some(finer.bars);
    }
    let book = LevelsOf::plan(plan)?.book(&history.bars, &history.levels);
    Ok(Loaded {
        bars: judged.bars,
        finer: finer_bars,
        facts: facts::book(&history.facts, Timestamp::MAX),
        signals: history.signals.signals(plan, &history.bars, &*book),
        book,
        history,
        left_out,
        backfilled: versions.backfilled,
        keys: versions.keys,
        token,
    })
}

/// The finer bars that cover most of the time, of those that divide the plan's; the finest of equals.
fn finer(session: &Session, token: &Token, timeframe: Timeframe) -> Outcome<Option<Judged>> {
    let mut most: Option<(i64, Judged)> = None;
    for finer in Timeframe::ALL {
        if finer >= timeframe || timeframe.micros() % finer.micros() != 0 {
            continue;
        }
        let judged = session.reader.bars(token, finer, None)?;
        let covered = judged.bars.len() as i64 * finer.micros();
        if covered > most.as_ref().map_or(0, |(covered, _)| *covered) {
            most = Some((covered, judged));
        }
    }
    Ok(most.map(|(_, judged)| judged))
}

/// How the levels of a plan are made.
#[derive(Clone, Copy)]
pub(crate) enum LevelsOf {
    /// Of bars of this length.
    Bars(Timeframe, SwingConfig),
    /// The vendor's answers.
    Vendor,
}

impl LevelsOf {
    /// As a plan says.
    pub(crate) fn plan(plan: &Plan) -> Outcome<Self> {
        Ok(match plan.levels.from {
            LevelSource::Bars => Self::Bars(plan.timeframe, swings(plan)?),
            LevelSource::Vendor => Self::Vendor,
        })
    }

    /// The levels of one token, from versions of its bars, or from the vendor's answers.
    pub(crate) fn book(
        self,
        bars: &[Known<PriceBar>],
        vendor: &[Known<Vec<VendorLevel>>],
    ) -> Box<dyn LevelBook + Send> {
        match self {
            Self::Bars(timeframe, swings) => books::from_versions(bars.to_vec(), timeframe, swings),
            Self::Vendor => books::from_answers(vendor.to_vec()),
        }
    }
}

fn swings(plan: &Plan) -> Outcome<SwingConfig> {
    let levels = &plan.levels;
    SwingConfig {
        swing_bars: levels.swing_bars,
        volatility_bars: levels.volatility_bars,
        cluster: levels.cluster,
        max_age_bars: levels.max_age_bars,
        min_touches: levels.min_touches,
    }
    .checked()
    .map_err(|error| Failure::usage(format!("plan, [levels]: {error}")))
}

fn evidence(reading: &Reading, moment: Option<Timestamp>) -> Evidence {
    let (plan, loaded) = (&reading.plan, &reading.loaded);
    let mut left_out = LeftOut::default();
    for one in loaded {
        left_out.add(&one.left_out);
    }
    let sources: HashSet<_> = loaded.iter().map(|one| one.token.source.clone()).collect();
    let mut sources: Vec<_> = sources.into_iter().collect();
    sources.sort();
    let lags = std::iter::once(tables::bars(plan.timeframe))
        .chain(signals::table(plan))
        .chain(plan.facts().into_iter().map(|fact| fact.column().0))
        .filter_map(|table| Some((table.name.to_owned(), table.period()?)))
        .collect();
    Evidence {
        plan_text: reading.text.clone(),
        view_hash: reading.view_hash(),
        moment,
        lags,
        sources,
        simulated_seed: None,
        rows_left_out: left_out.by_reason(),
        range: None,
        signal_file: reading.signal_file(),
    }
}
