//! A paper account on disk: read by anybody, advanced by one process at a time.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use fs4::{FileExt, TryLockError};
use highwater_market::Timestamp;
use serde_json::Value;

use crate::{
    chain::Chain,
    error::PaperError,
    head::{Head, Lost},
    line::{Cause, Event, Line, Restated, Start},
};

/// The folder of a lake in which its accounts stand.
const PAPER: &str = "paper";
const PLAN: &str = "plan.toml";
const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "LOCK";

/// A paper account as it stands.
#[derive(Clone, Debug)]
pub struct Account {
    name: String,
    folder: PathBuf,
    plan: String,
    chain: Chain,
    /// Bytes of the journal that are whole lines.
    whole: u64,
    /// Bytes behind them: a line that was torn off.
    torn: u64,
    /// What was said of the last line beside the journal.
    head: Option<Head>,
}

/// The one process that advances an account, until it is dropped or the process ends.
#[derive(Debug)]
pub struct AccountWriter {
    folder: PathBuf,
    name: String,
    account: Option<Account>,
    /// How the journal was not the one that was written, when it was locked.
    lost: Option<Lost>,
    _lock: File,
}

/// As of when, and over what, an account is advanced.
#[derive(Clone, Debug)]
pub struct Now {
    /// The moment.
    pub moment: Timestamp,
    /// SHA-256 over the rows of the lake that were read.
    pub view_hash: String,
    /// SHA-256 of the plan's file of signals, if it has one.
    pub signal_file: Option<String>,
}

/// What an advance wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advanced {
    /// Orders that were not known before, in order.
    pub new: Vec<Value>,
    /// Orders that are not what the journal said of them.
    pub restated: Vec<Restated>,
}

pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PaperError {
    move |source| PaperError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Whether two values are the same text. Numbers that are equal need not be, such as the two zeros.
fn is_alike(one: &Value, other: &Value) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    one == other
}

/// Where an account of a name stands.
fn folder_of(lake: &Path, name: &str) -> Result<PathBuf, PaperError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(PaperError::Name {
            name: name.to_owned(),
        });
    }
    Ok(lake.join(PAPER).join(name))
}

/// The file's content; `None` if there is no such file.
pub(crate) fn content(path: &Path) -> Result<Option<Vec<u8>>, PaperError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("read", path)(error)),
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), PaperError> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        // Some network and virtual file systems have nothing to flush in a folder.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome.map_err(io_error("flush the folder", path)),
    }
}

/// Elsewhere a folder cannot be opened to be flushed.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), PaperError> {
    Ok(())
}

impl Account {
    /// Read the account of a name. A line that was torn off does not count.
    ///
    /// # Errors
    /// [`PaperError::NotStarted`], [`PaperError::Damaged`] with the number of the first line that is not as it was
    /// written, or 1 if all are gone, [`PaperError::PlanAltered`].
    pub fn read(lake: &Path, name: &str) -> Result<Self, PaperError> {
        let folder = folder_of(lake, name)?;
        if let Some(account) = Self::open(&folder, name)? {
            return Ok(account);
        }
        Err(match Head::read(&folder)? {
            Some(head) => PaperError::Damaged {
                path: folder.join(JOURNAL),
                line: 1,
                reason: format!("is gone, as are all up to line {}", head.line),
            },
            None => PaperError::NotStarted {
                name: name.to_owned(),
            },
        })
    }

    /// The names of the accounts that a lake has, in order.
    ///
    /// # Errors
    /// [`PaperError::Io`].
    pub fn names(lake: &Path) -> Result<Vec<String>, PaperError> {
        let path = lake.join(PAPER);
        let found = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            found => found.map_err(io_error("read the folder", &path))?,
        };
        let mut names = Vec::new();
        for entry in found {
            let entry = entry.map_err(io_error("read the folder", &path))?;
            let journal = fs::metadata(entry.path().join(JOURNAL));
            let is_started = journal.is_ok_and(|file| file.len() > 0);
            if is_started || Head::read(&entry.path())?.is_some() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        Ok(names)
    }

    fn open(folder: &Path, name: &str) -> Result<Option<Self>, PaperError> {
        let journal = folder.join(JOURNAL);
        let Some(bytes) = content(&journal)? else {
            return Ok(None);
        };
        let path = folder.join(PLAN);
        let altered = || PaperError::PlanAltered { path: path.clone() };
        let plan = content(&path)?.ok_or_else(altered)?;
        let plan = String::from_utf8(plan).map_err(|_| altered())?;
        // The first line vouches for the plan; if it follows nothing here, look whether it is itself whole.
        let (chain, whole) = match Chain::read(&journal, &plan, &bytes) {
            Err(PaperError::Damaged {
                line: 1, reason, ..
            }) if reason.contains("does not follow") => return Err(altered()),
            read => read?,
        };
        if chain.lines.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            plan,
            chain,
            whole: whole as u64,
            torn: (bytes.len() - whole) as u64,
            head: Head::read(folder)?,
        }))
    }

    /// The account's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder in which it stands.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Text of the plan.
    pub fn plan(&self) -> &str {
        &self.plan
    }

    /// The journal.
    pub fn lines(&self) -> &[Line] {
        &self.chain.lines
    }

    /// With what it was started.
    pub fn start(&self) -> &Start {
        match &self.chain.lines[0].event {
            Event::Start(start) => start,
            _ => unreachable!("the first line of a chain that was read is a start"),
        }
    }

    /// Bytes behind the last whole line: a line that was torn off when a process ended. The next advance writes it anew.
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// The last line, with its hash.
    ///
    /// # Panics
    /// Never: an account has the line that started it.
    pub fn head(&self) -> Head {
        Head::of(&self.chain).expect("the line that started it")
    }

    /// Whether the file beside the journal is there that says which line was written last.
    pub fn is_headed(&self) -> bool {
        self.head.is_some()
    }

    /// How the journal is not the one that was written last, if the file beside it says so.
    pub fn lost(&self) -> Option<Lost> {
        self.head.clone()?.lost(&self.chain)
    }

    /// The latest moment of any line: no advance goes back before it.
    pub fn reached(&self) -> Timestamp {
        self.chain.reached().unwrap_or(Timestamp::MIN)
    }

    /// The moment of the last advance that came to its end.
    pub fn last_advance(&self) -> Option<Timestamp> {
        self.advances().last().map(|(moment, _)| moment)
    }

    /// The file of signals at the last advance that came to its end.
    pub fn last_signal_file(&self) -> Option<&str> {
        self.advances().last().and_then(|(_, file)| file)
    }

    /// Moment, and hash of the file of signals, of every advance.
    fn advances(&self) -> impl Iterator<Item = (Timestamp, Option<&str>)> {
        self.lines().iter().filter_map(|line| match &line.event {
            Event::Advance { signal_file, .. } => Some((line.moment, signal_file.as_deref())),
            _ => None,
        })
    }

    /// Every order by its key as the journal says it last, in the order in which each was first told; `None` if it was
    /// taken back.
    fn told(&self) -> Vec<(&str, Option<&Value>)> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut told: Vec<(&str, Option<&Value>)> = Vec::new();
        for line in self.lines() {
            let (key, order) = match &line.event {
                Event::Order { order } => (order["key"].as_str().unwrap_or(""), Some(order)),
                Event::Restated(restated) => (&restated.key[..], restated.new.as_ref()),
                Event::Start(_) | Event::Advance { .. } => continue,
            };
            match places.get(key) {
                Some(&place) => told[place].1 = order,
                None => {
                    places.insert(key, told.len());
                    told.push((key, order));
                }
            }
        }
        told
    }

    /// The orders that stand, in the order in which each was first told.
    pub fn orders(&self) -> Vec<&Value> {
        let told = self.told();
        told.into_iter().filter_map(|(_, order)| order).collect()
    }
}

impl AccountWriter {
    /// Become the one that advances an account; its folder is made if it is not there. A line that was torn off is
    /// removed.
    ///
    /// # Errors
    /// [`PaperError::Locked`] if another process does, and as [`Account::read`].
    pub fn lock(lake: &Path, name: &str) -> Result<Self, PaperError> {
        let folder = folder_of(lake, name)?;
        fs::create_dir_all(&folder).map_err(io_error("make the folder", &folder))?;
        let path = folder.join(LOCK);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_error("open", &path))?;
        match FileExt::try_lock(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Unreadable where locks are mandatory: then the holder stays unnamed.
                let read = lock.read_to_string(&mut text);
                let holder = read.ok().and_then(|_| text.trim().parse().ok());
                return Err(PaperError::Locked { path, holder });
            }
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
        }
        lock.set_len(0)
            .and_then(|()| lock.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(lock, "{}", std::process::id()))
            .map_err(io_error("write", &path))?;
        let account = Account::open(&folder, name)?;
        let lost = match &account {
            Some(account) => account.lost(),
            None => Head::read(&folder)?.map(|written| Lost::Lines { stand: 0, written }),
        };
        Ok(Self {
            folder,
            name: name.to_owned(),
            account,
            lost,
            _lock: lock,
        })
    }

    /// The account; `None` if it was not started yet.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// How the journal was not the one that was written last, when it was locked. The next append goes on from what stands.
    pub fn lost(&self) -> Option<&Lost> {
        self.lost.as_ref()
    }

    /// Start it with a plan.
    ///
    /// # Errors
    /// [`PaperError::Started`], or [`PaperError::Io`].
    pub fn start(&mut self, plan: &str, moment: Timestamp, start: Start) -> Result<(), PaperError> {
        if self.account.is_some() {
            return Err(PaperError::Started {
                name: self.name.clone(),
            });
        }
        let (path, unfinished) = (self.folder.join(PLAN), self.folder.join(".tmp-plan.toml"));
        let write = || {
            let mut file = File::create(&unfinished)?;
            file.write_all(plan.as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(io_error("write", &path))?;
        let mut account = Account {
            name: self.name.clone(),
            folder: self.folder.clone(),
            plan: plan.to_owned(),
            chain: Chain::new(plan),
            whole: 0,
            torn: 0,
            head: None,
        };
        let line = account.chain.push(moment, Event::Start(start));
        account.append(&line)?;
        // The names of the files, and of the folders above them that may be new.
        for folder in self.folder.ancestors().take(3) {
            sync_folder(folder)?;
        }
        self.account = Some(account);
        Ok(())
    }

    /// Tell the orders of a moment: those that are new, those that are not what they were, and that these are all.
    /// `cause` says why an order is restated, given the order and the moment of the last advance.
    ///
    /// The same call after the same calls writes the same bytes, whenever the process before ended: lines that stand
    /// are not written again.
    ///
    /// # Errors
    /// [`PaperError::GoesBack`], [`PaperError::Order`] if an order has no key or the key of another, or
    /// [`PaperError::Io`].
    ///
    /// # Panics
    /// If the account was not started.
    pub fn advance(
        &mut self,
        now: Now,
        orders: Vec<Value>,
        cause: impl Fn(&Value, Timestamp) -> Option<Cause>,
    ) -> Result<Advanced, PaperError> {
        let account = self.account.as_mut().expect("an account that was started");
        let (moment, reached) = (now.moment, account.reached());
        if moment < reached {
            return Err(PaperError::GoesBack { moment, reached });
        }
        let mut keys: HashMap<String, usize> = HashMap::new();
        for (index, order) in orders.iter().enumerate() {
            let place = index + 1;
            let key = order["key"].as_str().ok_or(PaperError::Order {
                place,
                reason: "it has no key",
            })?;
            if keys.insert(key.to_owned(), index).is_some() {
                let reason = "another has the same key";
                return Err(PaperError::Order { place, reason });
            }
        }
        let since = account.last_advance().unwrap_or(Timestamp::MIN);
        let told: HashMap<String, Option<Value>> = account
            .told()
            .into_iter()
            .map(|(key, order)| (key.to_owned(), order.cloned()))
            .collect();
        let gone: Vec<Restated> = account
            .told()
            .into_iter()
            .filter(|(key, _)| !keys.contains_key(*key))
            .filter_map(|(key, order)| {
                Some(Restated {
                    key: key.to_owned(),
                    old: Some(order?.clone()),
                    new: None,
                    cause: cause(order?, since),
                })
            })
            .collect();
        let standing = orders.len();
        let mut advanced = Advanced::default();
        for order in orders {
            let key = order["key"].as_str().unwrap_or("").to_owned();
            match told.get(&key) {
                None => advanced.new.push(order),
                Some(Some(old)) if is_alike(old, &order) => {}
                Some(old) => advanced.restated.push(Restated {
                    cause: cause(old.as_ref().unwrap_or(&order), since),
                    key,
                    old: old.clone(),
                    new: Some(order),
                }),
            }
        }
        advanced.restated.extend(gone);

        let mut lines = String::new();
        for restated in &advanced.restated {
            lines += &account
                .chain
                .push(moment, Event::Restated(restated.clone()));
        }
        for order in &advanced.new {
            let order = order.clone();
            lines += &account.chain.push(moment, Event::Order { order });
        }
        account.append(&lines)?;
        // Said once all above it is durable.
        let end = Event::Advance {
            view_hash: now.view_hash,
            signal_file: now.signal_file,
            orders: standing,
        };
        let is_said = account
            .lines()
            .last()
            .is_some_and(|last| last.moment == moment && last.event == end);
        if !is_said {
            let line = account.chain.push(moment, end);
            account.append(&line)?;
        }
        Ok(advanced)
    }
}

impl Account {
    /// Append whole lines behind those that stand, in the place of one that was torn off, and make them durable.
    fn append(&mut self, lines: &str) -> Result<(), PaperError> {
        if lines.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(JOURNAL);
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)?;
            file.set_len(self.whole)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        };
        write().map_err(io_error("write", &path))?;
        self.whole += lines.len() as u64;
        self.torn = 0;
        // After the lines are durable: it never says more than there is.
        let head = self.head();
        head.write(&self.folder)?;
        self.head = Some(head);
        Ok(())
    }
}
