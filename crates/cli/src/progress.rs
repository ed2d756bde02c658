//! A snapshot's progress on the terminal.

use highwater_ingest::{Event, Progress};
use indicatif::ProgressBar;

use crate::terminal::Terminal;

/// Shows a snapshot as a bar over its questions.
#[derive(Debug)]
pub(crate) struct SnapshotBar {
    bar: ProgressBar,
}

impl SnapshotBar {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        Self {
            bar: terminal.bar(0, "snapshot"),
        }
    }
}

impl Progress for SnapshotBar {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Planned { questions, .. } => self.bar.set_length(questions as u64),
            Event::Answered { endpoint, .. } => {
                self.bar.inc(1);
                self.bar.set_message(endpoint.to_owned());
            }
            Event::Failed { endpoint, reason } => {
                self.bar.inc(1);
                self.bar
                    .suspend(|| tracing::warn!(endpoint, reason, "no answer"));
            }
            Event::Split { .. } => self.bar.inc_length(1),
            Event::Done { .. } | Event::Stopped { .. } => self.bar.finish_and_clear(),
            _ => {}
        }
    }
}

impl Drop for SnapshotBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
