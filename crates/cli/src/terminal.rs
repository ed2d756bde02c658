//! Where a command's words go: data to standard output, everything else to standard error.

use std::{
    borrow::Cow,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    failure::{Failure, Outcome},
    whole_file,
};

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The two streams of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    quiet: bool,
    colour: bool,
}

impl Terminal {
    pub(crate) fn new(quiet: bool, colour: Colour) -> Self {
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Self { quiet, colour }
    }

    pub(crate) fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Columns of the terminal; `None` if output goes elsewhere.
    pub(crate) fn width(&self) -> Option<u16> {
        if !self.stdout_is_terminal() {
            return None;
        }
        comfy_table::Table::new().width()
    }

    /// Bytes of data, to a file if one is named, whole or not at all, else to standard output. A closed pipe ends the
    /// process quietly.
    #[expect(
        clippy::unused_self,
        reason = "data leaves through the terminal's one door"
    )]
    pub(crate) fn data(&self, output: Option<&Path>, bytes: &[u8]) -> Outcome {
        if let Some(path) = output {
            return whole_file::write(path, bytes);
        }
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
            Err(error) => Err(Failure::usage(format!(
                "cannot write to standard output: {error}"
            ))),
        }
    }

    /// A JSON document, indented, with a line feed at its end.
    pub(crate) fn json(&self, output: Option<&Path>, document: &impl serde::Serialize) -> Outcome {
        self.data(output, &json_bytes(document)?)
    }

    /// A line for the person, unless `--quiet`.
    pub(crate) fn say(&self, line: impl std::fmt::Display) {
        if !self.quiet {
            self.put(&harmless(&line.to_string()));
        }
    }

    /// A line that a script may wait for, also with `--quiet`.
    pub(crate) fn announce(&self, line: impl std::fmt::Display) {
        self.put(&harmless(&line.to_string()));
    }

    /// A warning, also with `--quiet`.
    pub(crate) fn warn(&self, line: impl std::fmt::Display) {
        let label = self.painted("warning:", "33");
        self.put(&format!("{label} {}", harmless(&line.to_string())));
    }

    /// An error, also with `--quiet`.
    pub(crate) fn error(&self, failure: &Failure) {
        let label = self.painted("error:", "31;1");
        self.put(&format!("{label} {}", harmless(&failure.to_string())));
    }

    fn painted(&self, text: &str, code: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "words leave through the terminal's one door"
    )]
    fn put(&self, line: &str) {
        // A closed standard error has nobody to be told.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Progress of unknown length; hidden off the terminal and with `--quiet`.
    pub(crate) fn spinner(&self, what: &'static str) -> ProgressBar {
        let target = if self.quiet || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        style(&bar, "{prefix} {spinner} {msg}");
        bar.set_prefix(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// From now on a bar over so many steps.
    pub(crate) fn measure(bar: &ProgressBar, length: u64) {
        bar.set_length(length);
        style(bar, "{prefix} {wide_bar} {pos}/{len} {eta} {msg}");
    }
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

/// A text with its control characters written out, but for line feeds: what a file or a server says must not move
/// the cursor.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c.is_control() && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

/// A JSON document, indented, with a line feed at its end.
pub(crate) fn json_bytes(document: &impl serde::Serialize) -> Outcome<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(document)
        .map_err(|error| Failure::usage(format!("cannot write JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}
