//! A file system in memory that fails on command, and forgets at a crash what was not made durable.
//!
//! Content becomes durable by `sync_file`, a name in a folder by `sync_dir`. At a crash each change that was not may
//! have reached the disk or not, each on its own, in the worst combination that a [`Survival`] picks: harsher than
//! POSIX, where a rename is at least one change.

mod store_steps;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    folder::lock,
    fs::{Entry, Fs, LockFailure, LockGuard, ReadAt},
};

/// What goes wrong, and when. Steps are calls on the file system, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing.
    Healthy,
    /// The machine stops at this step: it and all later ones fail.
    DiesAt(usize),
    /// This one step fails, the next ones work.
    FailsOnceAt(usize),
    /// From this step on the disk is full: what needs room fails, removing works.
    FullFrom(usize),
}

/// What of the changes that were not durable is found after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Survival {
    /// Nothing of them.
    Nothing,
    /// Every name, and the content torn: files end early, or are zeros.
    Names,
    /// Every name and all content.
    Everything,
    /// Each change by the toss of a coin from this seed.
    Some(u64),
}

#[derive(Clone, Debug, Default)]
struct Inode {
    content: Vec<u8>,
    durable: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    File(usize),
    Dir,
}

type Names = BTreeMap<PathBuf, Node>;

#[derive(Debug, Default)]
struct Disk {
    inodes: Vec<Inode>,
    names: Names,
    /// Per folder, its names at its last flush. A folder whose own name was lost is lost with them.
    durable: BTreeMap<PathBuf, Names>,
    steps: usize,
}

#[derive(Debug)]
pub(crate) struct FaultyFs {
    disk: Mutex<Disk>,
    plan: Mutex<Plan>,
    locked: Arc<AtomicBool>,
}

struct Unlock(Arc<AtomicBool>);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Whether a step needs room on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Room,
    NoRoom,
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

/// One step of a splitmix64 sequence.
pub(crate) fn toss(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl FaultyFs {
    pub(crate) fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self {
            disk: Mutex::default(),
            plan: Mutex::new(plan),
            locked: Arc::default(),
        })
    }

    /// Steps so far.
    pub(crate) fn steps(&self) -> usize {
        lock(&self.disk).steps
    }

    pub(crate) fn heal(&self) {
        *lock(&self.plan) = Plan::Healthy;
    }

    fn step(&self, needs: Needs) -> io::Result<()> {
        let step = {
            let mut disk = lock(&self.disk);
            disk.steps += 1;
            disk.steps - 1
        };
        let plan = *lock(&self.plan);
        match plan {
            Plan::DiesAt(at) if step >= at => Err(io::Error::other("the machine is off")),
            Plan::FailsOnceAt(at) if step == at => Err(io::Error::other("injected failure")),
            Plan::FullFrom(at) if step >= at && needs == Needs::Room => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }

    /// The disk as the machine finds it when it comes up again.
    pub(crate) fn after_crash(&self, survival: Survival) -> Arc<Self> {
        let disk = lock(&self.disk);
        let mut seed = match survival {
            Survival::Some(seed) => seed,
            _ => 0,
        };
        let mut coin = |of: Survival| match survival {
            Survival::Some(_) => toss(&mut seed).is_multiple_of(2),
            other => other == of || other == Survival::Everything,
        };
        // Names: those at the last flush of their folder, and each later change or not.
        let mut names = Names::new();
        let none = Names::new();
        let folders: Vec<PathBuf> = std::iter::once(PathBuf::from("/"))
            .chain(
                disk.names
                    .iter()
                    .filter(|(_, node)| **node == Node::Dir)
                    .map(|(path, _)| path.clone()),
            )
            .collect();
        for folder in folders {
            let flushed = disk.durable.get(&folder).unwrap_or(&none);
            let now = |path: &PathBuf| path.parent() == Some(folder.as_path());
            let mut paths: Vec<&PathBuf> = flushed
                .keys()
                .chain(disk.names.keys().filter(|path| now(path)))
                .collect();
            paths.sort();
            paths.dedup();
            for path in paths {
                let (before, after) = (flushed.get(path), disk.names.get(path));
                let changed = before != after && coin(Survival::Names);
                if let Some(node) = if changed { after } else { before } {
                    names.insert(path.clone(), *node);
                }
            }
        }
        let orphans: Vec<PathBuf> = names
            .keys()
            .filter(|path| {
                path.ancestors()
                    .skip(1)
                    .any(|above| above != Path::new("/") && !names.contains_key(above))
            })
            .cloned()
            .collect();
        for orphan in orphans {
            names.remove(&orphan);
        }
        // Content: what was flushed, or anything that a torn write may leave.
        let inodes: Vec<Inode> = disk
            .inodes
            .iter()
            .map(|inode| {
                let found = match &inode.durable {
                    Some(durable) if *durable == inode.content => durable.clone(),
                    durable => match survival {
                        Survival::Nothing => durable.clone().unwrap_or_default(),
                        Survival::Everything => inode.content.clone(),
                        Survival::Names => vec![0; inode.content.len()],
                        Survival::Some(_) => {
                            let mut torn = inode.content.clone();
                            let keep = if torn.is_empty() {
                                0
                            } else {
                                toss(&mut seed) as usize % (torn.len() + 1)
                            };
                            if toss(&mut seed).is_multiple_of(2) {
                                torn.truncate(keep);
                            } else {
                                torn[keep..].fill(0);
                            }
                            torn
                        }
                    },
                };
                Inode {
                    durable: Some(found.clone()),
                    content: found,
                }
            })
            .collect();
        let mut durable = BTreeMap::<PathBuf, Names>::new();
        for (path, node) in &names {
            if let Some(parent) = path.parent() {
                durable
                    .entry(parent.to_owned())
                    .or_default()
                    .insert(path.clone(), *node);
            }
        }
        Arc::new(Self {
            disk: Mutex::new(Disk {
                inodes,
                names,
                durable,
                steps: 0,
            }),
            plan: Mutex::new(Plan::Healthy),
            locked: Arc::default(),
        })
    }
}

impl Fs for FaultyFs {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.step(Needs::Room)?;
        let mut disk = lock(&self.disk);
        for above in path.ancestors() {
            if above != Path::new("/") {
                disk.names.entry(above.to_owned()).or_insert(Node::Dir);
            }
        }
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        self.step(Needs::NoRoom)?;
        let disk = lock(&self.disk);
        if disk.names.get(dir) != Some(&Node::Dir) {
            return Err(not_found());
        }
        let here = disk
            .names
            .iter()
            .filter(|(path, _)| path.parent() == Some(dir));
        Ok(here
            .map(|(path, node)| Entry {
                name: path.file_name().unwrap().to_string_lossy().into_owned(),
                is_dir: *node == Node::Dir,
                bytes: match node {
                    Node::File(inode) => disk.inodes[*inode].content.len() as u64,
                    Node::Dir => 0,
                },
            })
            .collect())
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let outcome = self.step(Needs::Room);
        let mut disk = lock(&self.disk);
        if disk.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // A write that fails has written a part.
        let written = match outcome {
            Ok(()) => content,
            Err(_) => &content[..content.len() / 2],
        };
        let inode = disk.inodes.len();
        disk.inodes.push(Inode {
            content: written.to_vec(),
            durable: None,
        });
        disk.names.insert(path.to_owned(), Node::File(inode));
        outcome
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.step(Needs::Room)?;
        let mut disk = lock(&self.disk);
        let Some(&Node::File(inode)) = disk.names.get(path) else {
            return Err(not_found());
        };
        let inode = &mut disk.inodes[inode];
        inode.durable = Some(inode.content.clone());
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Needs::Room)?;
        let mut disk = lock(&self.disk);
        let node = disk.names.remove(from).ok_or_else(not_found)?;
        disk.names.insert(to.to_owned(), node);
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.step(Needs::Room)?;
        let mut disk = lock(&self.disk);
        let now: Names = disk
            .names
            .iter()
            .filter(|(path, _)| path.parent() == Some(dir))
            .map(|(path, node)| (path.clone(), *node))
            .collect();
        disk.durable.insert(dir.to_owned(), now);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Needs::NoRoom)?;
        let mut disk = lock(&self.disk);
        disk.names.remove(path).map(|_| ()).ok_or_else(not_found)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn ReadAt>> {
        self.step(Needs::NoRoom)?;
        let disk = lock(&self.disk);
        match disk.names.get(path) {
            Some(&Node::File(inode)) => Ok(Arc::new(InMemory(disk.inodes[inode].content.clone()))),
            _ => Err(not_found()),
        }
    }

    fn lock(&self, path: &Path) -> Result<LockGuard, LockFailure> {
        self.step(Needs::Room).map_err(LockFailure::Io)?;
        if self.locked.swap(true, Ordering::SeqCst) {
            return Err(LockFailure::Held { holder: None });
        }
        let mut disk = lock(&self.disk);
        if !disk.names.contains_key(path) {
            let inode = disk.inodes.len();
            disk.inodes.push(Inode::default());
            disk.names.insert(path.to_owned(), Node::File(inode));
        }
        Ok(Box::new(Unlock(Arc::clone(&self.locked))))
    }
}

struct InMemory(Vec<u8>);

impl ReadAt for InMemory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let from = offset as usize;
        let bytes = self
            .0
            .get(from..from + buffer.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}
