//! When to ask for another page.
//!
//! No total, next-page or cursor comes with an answer. Pages are asked from [`FIRST_PAGE`] on until one is short or
//! empty. A page of nothing but rows already seen ends the asking too, for a server that ignores `page`; but then
//! nothing shows that the answer is whole.

use std::collections::HashSet;

use crate::WireRow;

/// The first page.
pub const FIRST_PAGE: u32 = 1;
/// The most rows of one page.
pub const MAX_LIMIT: u32 = 100;
/// The rows of a page where the request does not say.
pub const DEFAULT_LIMIT: u32 = 50;

/// What to do after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask for this page.
    Page(u32),
    /// Stop.
    Stop(Stop),
}

/// Why no further page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It had fewer rows than it could have.
    Short,
    /// It had none.
    Empty,
    /// It had as many rows as it could, and all of them had been seen: the server seems to ignore `page`.
    Repeated,
    /// The endpoint has no pages.
    Unpaged,
}

impl Stop {
    /// Whether this end shows that every row was received.
    pub const fn is_whole(self) -> bool {
        !matches!(self, Self::Repeated)
    }
}

/// The rows already seen in the pages of one question.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    rows: HashSet<String>,
}

impl Seen {
    /// Take note of a page; says whether at least one row is new.
    fn take(&mut self, rows: &[WireRow]) -> bool {
        let mut fresh = false;
        for row in rows {
            let text = serde_json::to_string(row).unwrap_or_default();
            fresh |= self.rows.insert(text);
        }
        fresh
    }
}

/// What to do after page `page` with these rows, `limit` having been asked for.
pub fn after_page(page: u32, limit: u32, rows: &[WireRow], seen: &mut Seen) -> Next {
    let fresh = seen.take(rows);
    if rows.is_empty() {
        Next::Stop(Stop::Empty)
    } else if (rows.len() as u64) < u64::from(limit) {
        Next::Stop(Stop::Short)
    } else if !fresh {
        Next::Stop(Stop::Repeated)
    } else {
        page.checked_add(1)
            .map_or(Next::Stop(Stop::Repeated), Next::Page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ids: std::ops::Range<u32>) -> Vec<WireRow> {
        ids.map(|id| WireRow::from_iter([("TOKEN_ID".to_owned(), id.into())]))
            .collect()
    }

    #[test]
    fn pages_are_asked_until_one_is_short_or_empty() {
        let mut seen = Seen::default();
        assert_eq!(after_page(1, 3, &rows(0..3), &mut seen), Next::Page(2));
        assert_eq!(after_page(2, 3, &rows(3..6), &mut seen), Next::Page(3));
        assert_eq!(
            after_page(3, 3, &rows(6..8), &mut seen),
            Next::Stop(Stop::Short)
        );
        assert_eq!(after_page(3, 3, &[], &mut seen), Next::Stop(Stop::Empty));
    }

    #[test]
    fn a_server_that_ignores_page_is_asked_twice_and_not_believed() {
        let mut seen = Seen::default();
        assert_eq!(after_page(1, 3, &rows(0..3), &mut seen), Next::Page(2));
        let stop = after_page(2, 3, &rows(0..3), &mut seen);
        assert_eq!(stop, Next::Stop(Stop::Repeated));
        assert!(!Stop::Repeated.is_whole() && Stop::Short.is_whole() && Stop::Empty.is_whole());
    }

    #[test]
    fn rows_that_moved_to_the_next_page_do_not_end_the_asking() {
        let mut seen = Seen::default();
        assert_eq!(after_page(1, 3, &rows(0..3), &mut seen), Next::Page(2));
        assert_eq!(
            after_page(2, 3, &rows(2..5), &mut seen),
            Next::Page(3),
            "a row came in between the pages"
        );
    }

    #[test]
    fn a_server_that_sends_more_than_asked_is_still_followed() {
        let mut seen = Seen::default();
        assert_eq!(after_page(1, 3, &rows(0..5), &mut seen), Next::Page(2));
    }

    #[test]
    fn the_last_page_number_there_is_ends_it() {
        let mut seen = Seen::default();
        let stop = after_page(u32::MAX, 1, &rows(0..1), &mut seen);
        assert_eq!(stop, Next::Stop(Stop::Repeated));
    }
}
