//! A replay seen again, instant by instant, with nothing but what was known then.

use std::collections::BTreeSet;

use highwater_backtest::{
    Facts,
    plan::EntrySignal,
    prove::{Disagreement, KnownAsset, Later, LaterBar, Proof, prove},
    publication::{self, Agreement, Published},
};
use highwater_levels::VendorLevel;
use highwater_market::{Bars, Known, LevelBook, PriceBar, Signal, Timestamp};

use crate::{
    facts,
    failure::{Failure, Outcome},
    replay::{LevelsOf, Loaded, Replayed},
    terminal::Terminal,
};

/// Disagreements that are named one by one.
const NAMED: usize = 10;

fn known<T: Clone>(versions: &[Known<T>], at: Timestamp) -> Vec<Known<T>> {
    let known = versions.iter().filter(|version| version.known_from <= at);
    known.cloned().collect()
}

/// The proof of a replay. Every signal and every level is made anew for every instant.
pub(crate) fn of(replayed: &Replayed, terminal: &Terminal) -> Outcome<Proof> {
    let plan = &replayed.plan;
    let rule = LevelsOf::plan(plan)?;
    type Signals<'a> = Box<dyn Fn(Timestamp) -> Vec<Known<Signal>> + Sync + 'a>;
    type Levels<'a> = Box<dyn Fn(Timestamp) -> Box<dyn LevelBook + Send> + Sync + 'a>;
    type Said<'a> = Box<dyn Fn(Timestamp) -> Facts + Sync + 'a>;
    let then: Vec<(Signals<'_>, Levels<'_>, Said<'_>)> = replayed
        .loaded
        .iter()
        .map(|one| {
            let history = &one.history;
            let signals: Signals<'_> = Box::new(move |at| {
                let (rows, bars) = (history.signals.known(at), known(&history.bars, at));
                // Of levels only what is made of levels needs to know.
                match plan.entry.signal {
                    EntrySignal::Level => rows.signals(plan, &bars, &*levels_at(rule, one, at)),
                    _ => rows.signals(plan, &bars, &*one.book),
                }
            });
            let levels: Levels<'_> = Box::new(move |at| levels_at(rule, one, at));
            let said: Said<'_> = Box::new(move |at| facts::book(&history.facts, at));
            (signals, levels, said)
        })
        .collect();
    let assets: Vec<KnownAsset<'_>> = replayed
        .loaded
        .iter()
        .zip(&then)
        .map(|(one, (signals, levels, said))| KnownAsset {
            token: &one.token,
            bars: &one.history.bars,
            finer: one
                .history
                .finer
                .as_ref()
                .map(|(timeframe, versions)| (*timeframe, &versions[..])),
            signals: &**signals,
            levels: &**levels,
            facts: &**said,
        })
        .collect();
    let bars: Vec<&Bars> = replayed.loaded.iter().map(|one| &one.bars).collect();
    let bar = terminal.spinner("proving");
    Terminal::measure(&bar, replayed.outcome.equity.len() as u64);
    let proof = prove(plan, &replayed.outcome, &bars, &assets, &|| bar.inc(1))?;
    bar.finish_and_clear();
    Ok(proof)
}

/// The levels of a token as they were known at a moment.
fn levels_at(rule: LevelsOf, one: &Loaded, at: Timestamp) -> Box<dyn LevelBook + Send> {
    let bars: Vec<Known<PriceBar>> = known(&one.history.bars, at);
    let answers: Vec<Known<Vec<VendorLevel>>> = known(&one.history.levels, at);
    rule.book(&bars, &answers)
}

/// A proof, and what it is a proof of.
#[derive(serde::Serialize)]
pub(crate) struct Document<'p> {
    plan_hash: &'p str,
    view_hash: &'p str,
    /// Whether nothing was found that was not known then.
    holds: bool,
    #[serde(flatten)]
    proof: &'p Proof,
    /// What the bars say of the moments from which the signals of a file are said to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    publication: Option<&'p [Agreement]>,
}

impl<'p> Document<'p> {
    pub(crate) fn new(
        replayed: &'p Replayed,
        proof: &'p Proof,
        publication: Option<&'p [Agreement]>,
    ) -> Self {
        let implausible = publication.is_some_and(|all| all.iter().any(Agreement::is_implausible));
        Self {
            publication,
            holds: proof.looked_ahead().next().is_none() && !implausible,
            plan_hash: &replayed.manifest.plan_hash,
            view_hash: &replayed.manifest.view_hash,
            proof,
        }
    }
}

/// The signals of a file, checked against the bars; `None` where signals come from elsewhere.
pub(crate) fn publication(replayed: &Replayed) -> Option<Vec<Agreement>> {
    if replayed.plan.entry.signal != EntrySignal::File {
        return None;
    }
    let tokens: Vec<Published<'_>> = replayed
        .loaded
        .iter()
        .map(|one| Published {
            symbol: &one.token.symbol,
            signals: &one.signals,
            bars: &one.bars,
        })
        .collect();
    Some(publication::check(&replayed.plan, &tokens))
}

/// Say what the bars say of a file's signals; an error if they know what had not happened.
pub(crate) fn tell_publication(found: &[Agreement], terminal: &Terminal) -> Outcome {
    let implausible: Vec<_> = found.iter().filter(|one| one.is_implausible()).collect();
    // Of all tokens together, or of the only one.
    if let Some(all) = found.last().filter(|all| !all.is_implausible()) {
        let few = if all.next.signals < publication::ENOUGH {
            format!("; fewer than {} tell nothing", publication::ENOUGH)
        } else {
            String::new()
        };
        terminal.say(format_args!(
            "the publication of the signals against the bars: {}{few}",
            agreed(all)
        ));
    }
    for agreement in implausible.iter().take(NAMED) {
        terminal.warn(format_args!(
            "{}, which chance gives once in {:.0e}; {}",
            agreed(agreement),
            1.0 / agreement.p_value.max(f64::MIN_POSITIVE),
            later(agreement)
        ));
    }
    if implausible.is_empty() {
        return Ok(());
    }
    Err(Failure::data(
        "the signals of the file agree with bars that had not closed when they are said to be known",
    )
    .hint("declare the `lag` (or the `known_at`) with which these signals could really be had, and replay again"))
}

/// How often signals agree with the bar to come.
fn agreed(agreement: &Agreement) -> String {
    let who = agreement
        .symbol
        .as_deref()
        .unwrap_or("all tokens, one signal an instant");
    format!(
        "{who}: the signal agrees with the return of the bar that had not closed yet in {} of {} cases, by chance in {:.0}",
        agreement.next.agree,
        agreement.next.signals,
        agreement.by_chance * agreement.next.signals as f64
    )
}

/// What a longer lag would have left.
fn later(agreement: &Agreement) -> String {
    let (bars, share) = match agreement.plausible_after() {
        Some(bars) => (bars, agreement.later[bars - 1]),
        None => (publication::LATER, agreement.later[publication::LATER - 1]),
    };
    let noun = if bars == 1 { "bar" } else { "bars" };
    format!(
        "with a lag of {bars} {noun} more it would be {} of {}",
        share.agree, share.signals
    )
}

/// Say what the proof found; an error if the replay looked ahead.
pub(crate) fn tell(proof: &Proof, terminal: &Terminal) -> Outcome {
    let ahead: Vec<_> = proof.looked_ahead().collect();
    terminal.say(format_args!(
        "proof: replayed at {} instants with nothing but what was known then; {} decisions seen again, {} as in the full run",
        proof.instants,
        proof.decisions,
        match decisions(&proof.disagreements) {
            0 => "all".to_owned(),
            some => format!("all but {some}"),
        },
    ));
    tell_later_words(&proof.disagreements, terminal);
    terminal.say(
        "what a proof cannot see: hindsight inside the vendor's own numbers, dated back before they were first seen",
    );
    if ahead.is_empty() {
        return Ok(());
    }
    for found in ahead.iter().take(NAMED) {
        terminal.warn(named(found));
    }
    Err(Failure::data(format!(
        "the replay looked ahead: {} of {} decisions are not those of what was known then",
        decisions(ahead),
        proof.decisions
    ))
    .hint("this is a fault of the program: please report it with the plan"))
}

/// How many decisions differ: one may do so in several things.
fn decisions<'d>(found: impl IntoIterator<Item = &'d Disagreement>) -> usize {
    let decisions: BTreeSet<_> = found.into_iter().map(|one| (one.at, &one.symbol)).collect();
    decisions.len()
}

fn named(found: &Disagreement) -> String {
    format!(
        "{} {}: the full run {}",
        found.at,
        found.symbol,
        found.what.describe()
    )
}

/// Say which differences are those of bars that were revised or arrived later: of each cause the first, and how many
/// follow.
fn tell_later_words(found: &[Disagreement], terminal: &Terminal) {
    let mut causes: Vec<(&[LaterBar], Vec<&Disagreement>)> = Vec::new();
    for one in found {
        let Some(because) = &one.because else {
            continue;
        };
        match causes.iter_mut().find(|(cause, _)| cause == because) {
            Some((_, all)) => all.push(one),
            None => causes.push((because, vec![one])),
        }
    }
    if causes.is_empty() {
        return;
    }
    terminal.say(format_args!(
        "{} of them differ because bars were revised or arrived later; the full run fills at the prices that were said last",
        decisions(causes.iter().flat_map(|(_, all)| all.iter().copied()))
    ));
    for (cause, all) in causes {
        let first = all[0];
        let follow = match decisions(all.iter().copied()) - 1 {
            0 => String::new(),
            1 => "; 1 decision more follows from it".to_owned(),
            more => format!("; {more} decisions more follow from it"),
        };
        let why = if cause.is_empty() {
            "several bars together, which were not told apart".to_owned()
        } else {
            let bars: Vec<String> = cause.iter().map(later_word).collect();
            bars.join(" and ")
        };
        terminal.say(format_args!("  {}: {why}{follow}", named(first)));
    }
}

/// What a later word on a bar was.
fn later_word(bar: &LaterBar) -> String {
    let LaterBar {
        symbol,
        timeframe,
        open,
        known_from,
        how,
    } = bar;
    match how {
        Later::Revised => {
            format!("the bar ({timeframe}) of {symbol} of {open} was revised on {known_from}")
        }
        Later::Late => {
            format!("the bar ({timeframe}) of {symbol} of {open} arrived late, on {known_from}")
        }
    }
}
