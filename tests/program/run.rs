//! One run of the program, and what is asserted of every run.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What a finished run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The run did all that it was asked.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// The run failed with this code, and its message holds each of these texts.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, says: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        for text in says {
            assert!(
                self.stderr.contains(text),
                "standard error says {text:?}: {self:#?}"
            );
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// The program in a folder of its own, untouched by the settings of whoever runs the tests.
#[derive(Debug)]
pub(crate) struct Program {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            environment: Vec::new(),
        }
    }

    pub(crate) fn with_environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the program's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Write a file into the program's folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a writable temporary folder");
        path
    }

    /// The command, ready to be spawned in the program's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_highwater"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        for (name, _) in std::env::vars() {
            if name.starts_with("HIGHWATER_") {
                command.env_remove(name);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Run to the end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().expect("the program runs");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }
}

/// A test that needs a further tool says that it was skipped, and why. With `HIGHWATER_REQUIRE=all` a skip fails.
#[expect(clippy::print_stdout, reason = "a test's word to whoever runs it")]
pub(crate) fn skipped(what: &str, why: &str) {
    println!("SKIPPED: {what} ({why})");
    assert_ne!(
        std::env::var("HIGHWATER_REQUIRE").as_deref(),
        Ok("all"),
        "{what} was skipped: {why}"
    );
}
