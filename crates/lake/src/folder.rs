//! The folder of a lake: which files belong to it, and what they hold together.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use highwater_market::{Table, tables};
use sha2::{Digest as _, Sha256};

use crate::{
    decode::{self, Columns, DataFile, Filter, Handle},
    error::LakeError,
    fs::{Entry, Fs, LockFailure, LockGuard},
    observation::{Observation, Subject, hex},
};

/// Name of the lock file.
pub(crate) const LOCK: &str = "LOCK";
/// Name of the folder of paper accounts, which the lake gives room to and knows nothing of.
pub(crate) const PAPER: &str = "paper";
/// How the names of unfinished files begin.
pub(crate) const TEMPORARY: &str = ".tmp-";
/// Hex digits of the content's SHA-256 that name a file.
const HASH_DIGITS: usize = 32;
/// How often a read begins anew when a file went away under it, merged by another process.
const ATTEMPTS: usize = 16;

/// One table's files, by name, as of one look into its folder.
pub(crate) type Listing = Arc<Vec<String>>;

/// The folder, and what was learned of its files. Files never change, so what was learned stays true.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) fs: Arc<dyn Fs>,
    files: Mutex<HashMap<PathBuf, Arc<DataFile>>>,
}

impl std::fmt::Debug for DataFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataFile")
            .field("path", &self.path)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The tables that have folders: those of answers, and coverage.
pub(crate) fn stored_tables() -> impl Iterator<Item = &'static Table> {
    tables::ALL.into_iter().chain([&tables::COVERAGE])
}

impl Folder {
    /// A folder that is a lake already.
    pub(crate) fn open(fs: Arc<dyn Fs>, path: &Path) -> Result<Self, LakeError> {
        let folder = Self {
            path: path.to_owned(),
            fs,
            files: Mutex::default(),
        };
        folder.must_be_a_lake()?;
        Ok(folder)
    }

    /// Refuse a folder that is no lake, or no longer: it must not read as an empty one.
    pub(crate) fn must_be_a_lake(&self) -> Result<(), LakeError> {
        let path = &self.path;
        match self.fs.list(path) {
            Ok(entries) if entries.iter().any(is_mark) => Ok(()),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(LakeError::io("read", path, error))
            }
            _ => Err(LakeError::NotALake { path: path.clone() }),
        }
    }

    /// A folder that is a lake, made so if it is empty or missing.
    pub(crate) fn create(fs: Arc<dyn Fs>, path: &Path) -> Result<Self, LakeError> {
        fs.create_dir(path)
            .map_err(|error| LakeError::io("make the folder", path, error))?;
        let entries = fs
            .list(path)
            .map_err(|error| LakeError::io("read", path, error))?;
        if !entries.iter().any(is_mark) {
            if let Some(found) = entries.first() {
                return Err(LakeError::NotEmpty {
                    path: path.to_owned(),
                    found: found.name.clone(),
                });
            }
            let lock = path.join(LOCK);
            match fs.write_new(&lock, b"") {
                Ok(()) => {}
                // Another process made the same lake meanwhile.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(LakeError::io("write", &lock, error)),
            }
            sync_dir(&*fs, path)?;
        }
        Self::open(fs, path)
    }

    /// Make the lake's own name durable, and those of the folders above it: who made them may have died since.
    pub(crate) fn sync_above(&self) -> Result<(), LakeError> {
        let absolute = std::path::absolute(&self.path)
            .map_err(|error| LakeError::io("find", &self.path, error))?;
        for above in absolute.ancestors().skip(1) {
            match self.fs.sync_dir(above) {
                // A folder that may not even be listed was not made by the likes of us.
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {}
                Err(error) => return Err(LakeError::io("flush the folder", above, error)),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    pub(crate) fn table_path(&self, table: &Table) -> PathBuf {
        self.path.join(table.name)
    }

    /// Become the one writer.
    pub(crate) fn lock(&self) -> Result<LockGuard, LakeError> {
        let path = self.path.join(LOCK);
        self.fs.lock(&path).map_err(|failure| match failure {
            LockFailure::Held { holder } => LakeError::Locked { path, holder },
            LockFailure::Io(error) => LakeError::io("lock", &path, error),
        })
    }

    /// What stands in the table's folder; nothing if there is none.
    pub(crate) fn entries(&self, table: &Table) -> Result<Vec<Entry>, LakeError> {
        let path = self.table_path(table);
        match self.fs.list(&path) {
            Ok(entries) => Ok(entries),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(LakeError::io("read", &path, error)),
        }
    }

    /// The table's files by name: what ends in `.parquet`, since that is what DuckDB and Polars would read too.
    pub(crate) fn listing(&self, table: &Table) -> Result<Listing, LakeError> {
        let names = self.entries(table)?.into_iter().map(|entry| entry.name);
        Ok(Arc::new(names.filter(|name| is_data(name)).collect()))
    }

    /// A file with its footer. At the first look its whole content is hashed and held against its name.
    pub(crate) fn file(&self, table: &Table, name: &str) -> Result<Arc<DataFile>, LakeError> {
        let path = self.table_path(table).join(name);
        let known = lock(&self.files).get(&path).map(Arc::clone);
        if let Some(known) = known {
            return Ok(known);
        }
        let Some(hash) = hash_of_name(name) else {
            return Err(LakeError::Foreign {
                path,
                reason: "its name is not the hash of its content".to_owned(),
            });
        };
        let handle = self.handle(&path)?;
        let found = content_hash(&path, &handle)?;
        if found != hash {
            return Err(LakeError::Damaged {
                path,
                reason: format!("its content has the hash {found}, not that of its name"),
            });
        }
        let file = Arc::new(DataFile {
            bytes: handle.0.len(),
            footer: decode::footer(table, &path, &handle)?,
            path: path.clone(),
        });
        lock(&self.files).insert(path, Arc::clone(&file));
        Ok(file)
    }

    fn handle(&self, path: &Path) -> Result<Handle, LakeError> {
        self.fs
            .open(path)
            .map(Handle)
            .map_err(|error| LakeError::io("read", path, error))
    }

    /// Forget files: compaction removed them.
    pub(crate) fn forget(&self, paths: &[PathBuf]) {
        let mut files = lock(&self.files);
        for path in paths {
            files.remove(path);
        }
    }

    /// The rows of the listed files, each once, however many files hold it.
    pub(crate) fn rows_of(
        &self,
        table: &Table,
        listing: &Listing,
        filter: &Filter<'_>,
        columns: Columns,
    ) -> Result<BTreeMap<Subject, Vec<Observation>>, LakeError> {
        let mut rows = BTreeMap::new();
        for name in listing.iter() {
            let file = self.file(table, name)?;
            let groups = file.footer.groups_for(filter);
            if !groups.is_empty() {
                let handle = self.handle(&file.path)?;
                decode::rows(table, &file, &handle, groups, filter, columns, &mut rows)?;
            }
        }
        rows.retain(|_, observations: &mut Vec<Observation>| {
            observations.sort_by_key(Observation::identity);
            observations.dedup_by_key(|row| row.identity());
            !observations.is_empty()
        });
        Ok(rows)
    }

    /// Run a read on a listing. If a file is gone, another process merged it: look again, and begin anew.
    pub(crate) fn reread<T>(
        &self,
        table: &Table,
        mut listing: Listing,
        read: impl Fn(&Listing) -> Result<T, LakeError>,
    ) -> Result<(Listing, T), LakeError> {
        let mut attempts = 0;
        loop {
            match read(&listing) {
                Err(error) if error.is_gone() && attempts < ATTEMPTS => {
                    attempts += 1;
                    listing = self.listing(table)?;
                }
                Err(error) => return Err(error),
                Ok(answer) => return Ok((listing, answer)),
            }
        }
    }

    /// The rows of the table as it stands now.
    pub(crate) fn rows(
        &self,
        table: &Table,
        filter: &Filter<'_>,
        columns: Columns,
    ) -> Result<BTreeMap<Subject, Vec<Observation>>, LakeError> {
        let listing = self.listing(table)?;
        let read = |listing: &Listing| self.rows_of(table, listing, filter, columns);
        Ok(self.reread(table, listing, read)?.1)
    }
}

/// Whether a name is that of a file with rows.
pub(crate) fn is_data(name: &str) -> bool {
    name.ends_with(".parquet") && !name.starts_with(TEMPORARY)
}

/// What marks a folder as a lake: the lock file, or the folder of a table.
fn is_mark(entry: &Entry) -> bool {
    entry.name == LOCK || entry.is_dir && tables::by_name(&entry.name).is_some()
}

pub(crate) fn sync_dir(fs: &dyn Fs, path: &Path) -> Result<(), LakeError> {
    fs.sync_dir(path)
        .map_err(|error| LakeError::io("flush the folder", path, error))
}

/// The file name of a content.
pub(crate) fn name_of(content: &[u8]) -> String {
    let digits = hex(&Sha256::digest(content));
    format!("{}.parquet", &digits[..HASH_DIGITS])
}

/// The hash in a file's name, if it is one.
pub(crate) fn hash_of_name(name: &str) -> Option<&str> {
    let hash = name.strip_suffix(".parquet")?;
    let digits = hash
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (digits && hash.len() == HASH_DIGITS).then_some(hash)
}

fn content_hash(path: &Path, handle: &Handle) -> Result<String, LakeError> {
    let mut hash = Sha256::new();
    let len = handle.0.len();
    let mut buffer = vec![0; usize::try_from(len).unwrap_or(usize::MAX).min(1 << 20)];
    let mut offset = 0;
    while offset < len {
        let left = usize::try_from(len - offset).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        handle
            .0
            .read_exact_at(&mut buffer[..count], offset)
            .map_err(|error| LakeError::io("read", path, error))?;
        hash.update(&buffer[..count]);
        offset += count as u64;
    }
    let mut digits = hex(&hash.finalize());
    digits.truncate(HASH_DIGITS);
    Ok(digits)
}

/// A lock whose holder panicked guards only a cache: what it holds is still true.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
