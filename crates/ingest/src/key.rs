//! The API key: read from the environment or a private file, sent in one header, shown nowhere.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// Where the key is looked for first.
pub const KEY_VARIABLE: &str = "HIGHWATER_API_KEY";

/// An API key. It has no text form, its debug form is `Key(***)`, and its memory is wiped when it is dropped.
///
/// ```
/// let key = highwater_ingest::Key::new("tm-0123").unwrap();
/// assert_eq!(format!("{key:?}"), "Key(***)");
/// ```
#[derive(Clone)]
pub struct Key(SecretString);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

/// Why a key was not taken. The messages never hold the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing but spaces.
    #[error("the API key in {origin} is empty")]
    Empty {
        /// Where it was read.
        origin: String,
    },
    /// Bytes that no header can carry.
    #[error("the API key in {origin} holds spaces, line breaks or letters beyond ASCII")]
    Unsendable {
        /// Where it was read.
        origin: String,
    },
    /// Others may read the file.
    #[error(
        "{}: others may read this key file (mode {mode:03o}): chmod 600 {}",
        .path.display(), .path.display()
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file cannot be read.
    #[error("{}: the key file cannot be read", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl KeyError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Empty { .. } | Self::Unsendable { .. } => {
                "copy the key from the vendor's dashboard: one line, beginning with tm-"
            }
            Self::Exposed { .. } => "make the file readable by you alone: chmod 600 <file>",
            Self::Read { .. } => "check the path, or set HIGHWATER_API_KEY",
        }
    }
}

impl Key {
    /// A key, without the space around it.
    ///
    /// # Errors
    /// [`KeyError`] if nothing is left, or something that no header can carry.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        Self::from_text(text, "the program's own setting")
    }

    fn from_text(text: &str, origin: &str) -> Result<Self, KeyError> {
        let trimmed = text.trim();
        let origin = origin.to_owned();
        if trimmed.is_empty() {
            return Err(KeyError::Empty { origin });
        }
        if !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Unsendable { origin });
        }
        Ok(Self(SecretString::from(trimmed)))
    }

    /// The key of the environment variable [`KEY_VARIABLE`], if it is set.
    ///
    /// # Errors
    /// [`KeyError`] if it is set to something that is no key.
    pub fn from_env() -> Result<Option<Self>, KeyError> {
        let Some(text) = std::env::var_os(KEY_VARIABLE) else {
            return Ok(None);
        };
        let text = text.into_string().map_err(|_| KeyError::Unsendable {
            origin: KEY_VARIABLE.to_owned(),
        })?;
        Self::from_text(&text, KEY_VARIABLE).map(Some)
    }

    /// The key in a file that its owner alone can read.
    ///
    /// # Errors
    /// [`KeyError`] if the file cannot be read, holds no key, or is open to others.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let cannot = |source| KeyError::Read {
            path: path.to_owned(),
            source,
        };
        // The permissions of the opened file, not of whatever the path names a moment later.
        let file = File::open(path).map_err(cannot)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let mode = file.metadata().map_err(cannot)?.mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyError::Exposed {
                    path: path.to_owned(),
                    mode,
                });
            }
        }
        const LONGEST: u64 = 4096;
        let mut text = String::new();
        file.take(LONGEST)
            .read_to_string(&mut text)
            .map_err(cannot)?;
        Self::from_text(&text, &path.display().to_string())
    }

    /// The environment's key, else that of the file, if one is named.
    ///
    /// # Errors
    /// [`KeyError`] of the first of them that is there and is no key.
    pub fn find(file: Option<&Path>) -> Result<Option<Self>, KeyError> {
        match Self::from_env()? {
            Some(key) => Ok(Some(key)),
            None => file.map(Self::from_file).transpose(),
        }
    }

    /// As a header that no log prints.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(self.0.expose_secret()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// A text with the key blotted out: servers like to repeat a key that they refuse.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(self.0.expose_secret(), "***")
    }

    /// Whether an answer repeats the key. Of short keys, as local servers take them, this cannot be told.
    pub(crate) fn is_echoed_in(&self, body: &[u8]) -> bool {
        const SHORTEST: usize = 16;
        let key = self.0.expose_secret().as_bytes();
        key.len() >= SHORTEST && body.windows(key.len()).any(|window| window == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "tm-canary-6b0f41c2-77aa-4c1e";

    #[test]
    fn a_key_shows_itself_nowhere() {
        let key = Key::new(&format!(" {CANARY}\n")).unwrap();
        assert_eq!(format!("{key:?} {key:#?}"), "Key(***) Key(***)");
        let header = key.header().unwrap();
        assert!(header.is_sensitive());
        assert_eq!(format!("{header:?}"), "Sensitive");
        assert_eq!(key.redact(&format!("bad key `{CANARY}`")), "bad key `***`");
        assert!(key.is_echoed_in(format!("{{\"a\":\"{CANARY}\"}}").as_bytes()));
        assert!(!key.is_echoed_in(b"{}"));
        assert!(!Key::new("demo").unwrap().is_echoed_in(b"demo"));
    }

    #[test]
    fn what_no_header_can_carry_is_no_key() {
        assert!(matches!(Key::new(" \n"), Err(KeyError::Empty { .. })));
        for text in ["a b", "a\nb", "schlüssel"] {
            let refused = Key::new(text).unwrap_err();
            assert!(matches!(refused, KeyError::Unsendable { .. }));
            assert!(!refused.to_string().contains(text));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, format!("{CANARY}\n")).unwrap();
        for (mode, accepted) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o610, false),
            (0o601, false),
            (0o666, false),
        ] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match Key::from_file(&path) {
                Ok(key) => assert!(accepted && key.redact(CANARY) == "***", "{mode:o}"),
                Err(refused) => {
                    assert!(!accepted, "{mode:o}: {refused}");
                    let text = refused.to_string();
                    assert!(text.contains("chmod 600") && !text.contains(CANARY));
                }
            }
        }
        let missing = Key::from_file(folder.path().join("none")).unwrap_err();
        assert!(matches!(missing, KeyError::Read { .. }));
    }
}
