//! What the signals of a plan are made of, and where it is read: the lake, the bars, or a file of the user's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use highwater_backtest::{
    Plan, SignalFilePin,
    plan::{EntrySignal, EventAtLevel, EventLevels},
    signals::{grade_crosses, moonshot_changes},
};
use highwater_ingest::{ImportError, SignalFile, read_signals, sha256};
use highwater_lake::MoonshotAnswer;
use highwater_levels::{LevelEvent, LevelRule, breakouts, level_events};
use highwater_market::{
    Grade, Known, LevelBook, LevelSide, PriceBar, Signal, Source, Table, Timestamp, Token, tables,
};

use crate::{
    failure::{Failure, Outcome},
    replay::Loaded,
    session::Session,
};

/// Symbols that are named one by one.
const NAMED: usize = 5;

/// Where the files that a plan names are looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// In order; none: the folder in which the program runs.
    folders: Vec<PathBuf>,
    /// The content that is looked for, if it is known.
    sha256: Option<String>,
}

impl Beside {
    /// In the folder of a plan.
    pub(crate) fn folder_of(plan: &Path) -> Self {
        Self {
            folders: plan.parent().map(Path::to_owned).into_iter().collect(),
            sha256: None,
        }
    }

    /// In some folders; the file of the content that is known, if it is there.
    pub(crate) fn folders(folders: Vec<PathBuf>, sha256: Option<&str>) -> Self {
        Self {
            folders,
            sha256: sha256.map(str::to_owned),
        }
    }

    /// Around the manifest of a result, whose plan stood nobody knows where: in its folder, in that above, and where
    /// the program runs.
    pub(crate) fn of_result(manifest: &Path, sha256: Option<&str>) -> Self {
        let folder = manifest.parent().unwrap_or(Path::new(""));
        let above = if folder == Path::new("") {
            PathBuf::from("..")
        } else {
            folder.join("..")
        };
        Self::folders(vec![folder.to_owned(), above, PathBuf::new()], sha256)
    }

    /// The file of a name: the one of the known content, else the first.
    fn find(&self, file: &str) -> Outcome<PathBuf> {
        let here = [PathBuf::new()];
        let folders = match &self.folders[..] {
            [] => &here[..],
            folders => folders,
        };
        let there: Vec<PathBuf> = folders
            .iter()
            .map(|folder| folder.join(file))
            .filter(|path| path.is_file())
            .collect();
        let pinned = self.sha256.as_ref().and_then(|pinned| {
            there
                .iter()
                .find(|path| sha256(path).is_ok_and(|found| found == *pinned))
        });
        pinned.or(there.first()).cloned().ok_or_else(|| {
            let looked: Vec<String> = folders
                .iter()
                .map(|folder| format!("`{}`", folder.join(file).display()))
                .collect();
            Failure::usage(format!(
                "the plan's file of signals is not there: {}",
                looked.join(", ")
            ))
            .hint("`file` in the plan's [entry] is a path from the plan's folder")
        })
    }
}

/// What all tokens of a plan share.
pub(crate) enum SignalSource {
    /// Nothing: each token has rows of its own.
    Rows,
    /// A source's answers about its moonshots, and the symbols that several of its tokens carry.
    Moonshots(BTreeMap<Source, (Vec<Known<MoonshotAnswer>>, BTreeSet<String>)>),
    /// A file.
    File(SignalFile),
}

/// What the signals of one token are made of.
pub(crate) enum SignalRows {
    /// Of its bars, or its levels.
    Bars,
    /// They are given.
    Given(Vec<Known<Signal>>),
    /// Of its grades.
    Grades(Vec<Known<Option<Grade>>>),
    /// Of whether it stands in each answer.
    Listed(Vec<Known<bool>>),
}

/// The table of the lake that a plan's signals are made of, if it is a dated one.
pub(crate) fn table(plan: &Plan) -> Option<&'static Table> {
    match plan.entry.signal {
        EntrySignal::Vendor => Some(&tables::SIGNALS),
        EntrySignal::Hourly => Some(&tables::HOURLY_SIGNALS),
        EntrySignal::Grade => Some(&tables::GRADES),
        EntrySignal::Moonshot
        | EntrySignal::Breakout
        | EntrySignal::Level
        | EntrySignal::File
        | EntrySignal::Rebalance => None,
    }
}

impl SignalSource {
    /// Read what the tokens of a plan share.
    pub(crate) fn open(
        session: &Session,
        plan: &Plan,
        beside: &Beside,
        tokens: &[Token],
    ) -> Outcome<Self> {
        match (plan.entry.signal, &plan.entry.file) {
            (EntrySignal::Moonshot, _) => Self::moonshots(session, tokens),
            (EntrySignal::File, Some(file)) => {
                let path = beside.find(file)?;
                Ok(Self::File(
                    read_signals(path, plan.declared_lag()).map_err(of_signals)?,
                ))
            }
            _ => Ok(Self::Rows),
        }
    }

    /// Read the lists of active moonshots of the sources of some tokens.
    pub(crate) fn moonshots(session: &Session, tokens: &[Token]) -> Outcome<Self> {
        let sources: BTreeSet<&Source> = tokens.iter().map(|token| &token.source).collect();
        let listed = session.reader.tokens()?;
        let mut answers = BTreeMap::new();
        for source in sources {
            let mut seen = BTreeSet::new();
            let shared = listed
                .iter()
                .filter(|token| token.source == *source)
                .filter(|token| !seen.insert(&token.symbol))
                .map(|token| token.symbol.clone())
                .collect();
            let known = session.reader.moonshot_answers(source)?;
            answers.insert(source.clone(), (known, shared));
        }
        Ok(Self::Moonshots(answers))
    }

    /// The rows of one token.
    pub(crate) fn rows_of(
        &self,
        session: &Session,
        plan: &Plan,
        token: &Token,
    ) -> Outcome<SignalRows> {
        Ok(match self {
            Self::Moonshots(answers) => {
                let (answers, shared) = &answers[&token.source];
                let namesakes = shared.contains(&token.symbol);
                let is_listed = |(symbol, name): &(String, Option<String>)| {
                    // Of tokens that share a symbol, the name tells which is meant.
                    *symbol == token.symbol && (!namesakes || name.as_ref() == Some(&token.name))
                };
                let listed = answers.iter().map(|answer| Known {
                    event_time: answer.event_time,
                    known_from: answer.known_from,
                    revision: answer.revision,
                    value: answer.value.iter().any(is_listed),
                });
                SignalRows::Listed(listed.collect())
            }
            Self::File(file) => {
                SignalRows::Given(file.of(&token.symbol, session.reader.as_of().moment))
            }
            Self::Rows => match (plan.entry.signal, plan.entry.grade) {
                (EntrySignal::Vendor, _) => SignalRows::Given(session.reader.signals(token)?),
                (EntrySignal::Hourly, _) => {
                    SignalRows::Given(session.reader.hourly_signals(token)?)
                }
                (EntrySignal::Grade, Some(kind)) => {
                    SignalRows::Grades(session.reader.grades(token, kind)?)
                }
                _ => SignalRows::Bars,
            },
        })
    }

    /// The file of the signals, for the manifest.
    pub(crate) fn pinned(&self, plan: &Plan) -> Option<SignalFilePin> {
        match (self, &plan.entry.file) {
            (Self::File(read), Some(file)) => Some(SignalFilePin {
                file: file.clone(),
                sha256: read.sha256.clone(),
                rows: read.rows,
            }),
            _ => None,
        }
    }

    /// Rows of a file that speak of tokens that are not replayed, in a line of words.
    ///
    /// # Errors
    /// That nothing is said of any token that is replayed.
    pub(crate) fn unused(&self, plan: &Plan, loaded: &[Loaded]) -> Outcome<Option<String>> {
        if plan.entry.signal == EntrySignal::Hourly
            && loaded.iter().all(|one| one.history.signals.is_empty())
        {
            return Err(Failure::data(
                "the lake has no hourly trading signal of these tokens that was known at this moment",
            )
            .hint("`highwater snapshot --endpoints hourly-trading-signals` brings them; daily ones are signal = \"vendor\""));
        }
        let (Self::File(read), Some(file)) = (self, &plan.entry.file) else {
            return Ok(None);
        };
        let replayed: BTreeSet<&str> = loaded.iter().map(|one| &one.token.symbol[..]).collect();
        let (used, unused): (Vec<_>, Vec<_>) = read
            .signals
            .iter()
            .partition(|(symbol, _)| replayed.contains(&symbol[..]));
        let rows: usize = unused.iter().map(|(_, signals)| signals.len()).sum();
        let symbols: Vec<&str> = unused.iter().map(|(symbol, _)| &symbol[..]).collect();
        let words = format!(
            "{rows} of the {} rows of `{file}` speak of tokens that are not replayed: {}",
            read.rows,
            first_few(&symbols)
        );
        let meant = in_another_case(&symbols, &replayed);
        if used.is_empty() {
            let replayed: Vec<&str> = replayed.into_iter().collect();
            return Err(Failure::data(words).hint(format!(
                "replayed are {}: symbols are compared to the letter{}",
                first_few(&replayed),
                meant.map_or_else(String::new, |meant| format!("; {meant}"))
            )));
        }
        let words = match meant {
            Some(meant) => format!("{words}; {meant}: symbols are compared to the letter"),
            None => words,
        };
        Ok((rows > 0).then_some(words))
    }
}

/// Symbols in a line: the first few, and how many more.
pub(crate) fn first_few(symbols: &[&str]) -> String {
    let more = match symbols.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = &symbols[..symbols.len().min(NAMED)];
    format!("{}{more}", named.join(", "))
}

/// A symbol of a file that is one that is replayed but for the case of its letters, with what to write.
fn in_another_case(symbols: &[&str], replayed: &BTreeSet<&str>) -> Option<String> {
    symbols.iter().find_map(|symbol| {
        let meant = replayed
            .iter()
            .find(|replayed| replayed.to_lowercase() == symbol.to_lowercase())?;
        Some(format!("for `{symbol}` write `{meant}`"))
    })
}

/// An error of a file of signals: what to do is not what to do about bars.
fn of_signals(error: ImportError) -> Failure {
    let hint = match &error {
        ImportError::MissingColumn { .. }
        | ImportError::AmbiguousColumn { .. }
        | ImportError::NoHeader { .. } => {
            "a file of signals has the columns time, symbol and signal, and known_at if the plan declares no lag"
        }
        ImportError::Rows { .. } => "correct the file: nothing was replayed",
        _ => return error.into(),
    };
    Failure::caused(crate::failure::Exit::Usage, &error).hint(hint)
}

impl SignalRows {
    fn is_empty(&self) -> bool {
        match self {
            Self::Bars => false,
            Self::Given(rows) => rows.is_empty(),
            Self::Grades(rows) => rows.is_empty(),
            Self::Listed(rows) => rows.is_empty(),
        }
    }

    /// What was known at a moment.
    pub(crate) fn known(&self, at: Timestamp) -> Self {
        fn by<T: Clone>(rows: &[Known<T>], at: Timestamp) -> Vec<Known<T>> {
            let known = rows.iter().filter(|row| row.known_from <= at);
            known.cloned().collect()
        }
        match self {
            Self::Bars => Self::Bars,
            Self::Given(rows) => Self::Given(by(rows, at)),
            Self::Grades(rows) => Self::Grades(by(rows, at)),
            Self::Listed(rows) => Self::Listed(by(rows, at)),
        }
    }

    /// The signals of a plan, from these rows, from versions of bars, or from those and their levels.
    pub(crate) fn signals(
        &self,
        plan: &Plan,
        bars: &[Known<PriceBar>],
        book: &dyn LevelBook,
    ) -> Vec<Known<Signal>> {
        let entry = &plan.entry;
        match self {
            Self::Given(rows) => rows.clone(),
            Self::Grades(rows) => grade_crosses(rows, entry.grade_cross()),
            Self::Listed(rows) => moonshot_changes(rows, entry.state.unwrap_or(false)),
            Self::Bars => match entry.event {
                Some(event) => level_events(bars, book, &level_rule(plan, event)),
                None if entry.signal == EntrySignal::Rebalance => Vec::new(),
                None => breakouts(bars, entry.lookback_bars()),
            },
        }
    }
}

fn level_rule(plan: &Plan, event: EventAtLevel) -> LevelRule {
    let entry = &plan.entry;
    LevelRule {
        event: match event {
            EventAtLevel::Approach => LevelEvent::Approach {
                within: entry.approach_within(),
            },
            EventAtLevel::Touch => LevelEvent::Touch,
            EventAtLevel::Break => LevelEvent::Break {
                confirm: entry.confirm_bars(),
            },
            EventAtLevel::Bounce => LevelEvent::Bounce {
                by: entry.bounce_by(),
            },
        },
        of: match entry.of.unwrap_or_default() {
            EventLevels::Support => Some(LevelSide::Support),
            EventLevels::Resistance => Some(LevelSide::Resistance),
            EventLevels::Both => None,
        },
        min_strength: entry.min_strength,
    }
}
