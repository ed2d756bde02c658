//! A snapshot's progress on the terminal.

use std::sync::atomic::{AtomicBool, Ordering};

use highwater_ingest::{Event, Progress};
use indicatif::ProgressBar;

use crate::terminal::Terminal;

/// Shows a snapshot as a bar over its questions.
///
/// The list of tokens is asked first, when it is not known yet how many questions follow: the bar begins after it.
#[derive(Debug)]
pub(crate) struct SnapshotBar {
    bar: ProgressBar,
    planned: AtomicBool,
}

impl SnapshotBar {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        Self {
            bar: terminal.spinner("snapshot"),
            planned: AtomicBool::new(false),
        }
    }

    fn one_more(&self) {
        if self.planned.load(Ordering::Relaxed) {
            self.bar.inc(1);
        }
    }
}

impl Progress for SnapshotBar {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Planned { questions, .. } => {
                Terminal::measure(&self.bar, questions as u64);
                self.planned.store(true, Ordering::Relaxed);
            }
            Event::Answered { endpoint, .. } => {
                self.one_more();
                self.bar.set_message(endpoint.to_owned());
            }
            Event::Failed { endpoint, reason } => {
                self.one_more();
                self.bar
                    .suspend(|| tracing::warn!(endpoint, reason, "no answer"));
            }
            Event::Split { .. } if self.planned.load(Ordering::Relaxed) => self.bar.inc_length(1),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Colour;

    #[test]
    fn the_bar_ends_where_it_is_full() {
        let shown = SnapshotBar::new(&Terminal::new(true, Colour::Never));
        let answered = || {
            shown.event(Event::Answered {
                endpoint: "tokens",
                period: None,
                rows: 1,
            });
        };
        answered();
        assert_eq!((shown.bar.position(), shown.bar.length()), (0, None));
        shown.event(Event::Planned {
            questions: 2,
            known_days: 0,
        });
        assert_eq!((shown.bar.position(), shown.bar.length()), (0, Some(2)));
        shown.event(Event::Split { endpoint: "bars" });
        for _ in 0..2 {
            answered();
        }
        shown.event(Event::Failed {
            endpoint: "bars",
            reason: "no answer",
        });
        assert_eq!((shown.bar.position(), shown.bar.length()), (3, Some(3)));
    }
}
