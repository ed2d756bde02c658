//! A file is written whole or not at all: first under a temporary name in the same folder, then renamed.
//!
//! Whoever reads the file meanwhile sees the old one, and a full disk leaves the old one as it was.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::failure::{Failure, Outcome};

/// Write a file, in the place of the one that is there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Outcome {
    try_write(path, bytes).map_err(|error| refused(path, &error))
}

fn try_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Through a link the file that it names is replaced, not the link.
    let target = match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::canonicalize(path)?,
        // A pipe or a device has no content to keep whole. A folder refuses by itself.
        Ok(_) => return fs::write(path, bytes),
        Err(_) => path.to_owned(),
    };
    let unfinished = unfinished(&target)?;
    let done = write_and_rename(&unfinished, &target, bytes);
    if done.is_err() {
        // What could be written of it is of no use to anybody; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&unfinished);
    }
    done
}

fn write_and_rename(unfinished: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(unfinished)?;
    file.write_all(bytes)?;
    // A file system may say only now that the disk is full.
    file.sync_all()?;
    drop(file);
    if let Ok(before) = fs::metadata(target) {
        fs::set_permissions(unfinished, before.permissions())?;
    }
    fs::rename(unfinished, target)
}

/// A name beside the file that no other process uses.
fn unfinished(target: &Path) -> io::Result<PathBuf> {
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut unfinished = std::ffi::OsString::from(".");
    unfinished.push(name);
    unfinished.push(format!(".unfinished-{}", std::process::id()));
    Ok(target.with_file_name(unfinished))
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::usage(format!("cannot write {}: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            failure.hint("make room, then run the same command again: what was there is as it was")
        }
        io::ErrorKind::NotFound => failure.hint("the folder for it must be there"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        for text in ["first", "second, longer", "3"] {
            write(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["page.html"]);
    }

    #[test]
    fn what_cannot_be_written_is_named_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none").join("page.html");
        let refused = write(&missing, b"x").unwrap_err().to_string();
        assert!(refused.contains("none/page.html"), "{refused}");
        let refused = write(folder.path(), b"x").unwrap_err().to_string();
        assert!(
            refused.contains(folder.path().to_str().unwrap()),
            "{refused}"
        );
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        write(&real, b"before").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write(&link, b"after").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"after");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        write(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
