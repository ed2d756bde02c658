//! A queue that knows the fold of what is in it.
//!
//! Two stacks: what arrived stands on the back stack with one running fold, what leaves comes from the front stack,
//! where each entry holds the fold of itself and everything behind it up to the turn. When the front stack is empty,
//! the back stack is turned over onto it: each element is merged twice in its life, hence O(1) amortised. The fold is
//! never undone, so nothing of an element remains once it has left.
//! Source: Tangwongsan, Hirzel and Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time",
//! DEBS 2017, section 3.

use crate::Merge;

use super::Windows;

/// A first-in first-out queue of folds, and the fold of all of them in order.
///
/// ```
/// use highwater_metrics::{Drawdown, Merge, rolling::Queue};
/// let mut last_two = Queue::new();
/// for row in [-0.75, 0.5, -0.5] {
///     last_two.push(Drawdown::of(row));
///     if last_two.len() > 2 {
///         last_two.pop();
///     }
/// }
/// let window = Drawdown::start().then(last_two.total().unwrap());
/// assert_eq!(window.max_drawdown(), Ok(-0.5)); // the fall of 75 % has left the window
/// ```
#[derive(Clone, Debug, Default)]
pub struct Queue<F> {
    /// The fold of each element and all later ones of the front, the earliest on top.
    front: Vec<F>,
    /// The elements that arrived since the last turn.
    back: Vec<F>,
    /// The fold of the back.
    total: Option<F>,
}

impl<F: Merge + Clone> Queue<F> {
    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            front: Vec::new(),
            back: Vec::new(),
            total: None,
        }
    }

    /// How many elements are in the queue.
    pub const fn len(&self) -> usize {
        self.front.len() + self.back.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an element behind all others.
    pub fn push(&mut self, element: F) {
        self.total = Some(match self.total.take() {
            Some(total) => total.then(element.clone()),
            None => element.clone(),
        });
        self.back.push(element);
    }

    /// Removes the earliest element; tells whether there was one. O(1) amortised.
    pub fn pop(&mut self) -> bool {
        if self.front.is_empty() {
            self.total = None;
            while let Some(element) = self.back.pop() {
                let behind = match self.front.last() {
                    Some(behind) => element.then(behind.clone()),
                    None => element,
                };
                self.front.push(behind);
            }
        }
        self.front.pop().is_some()
    }

    /// The fold of every element in order; none of an empty queue.
    pub fn total(&self) -> Option<F> {
        match (self.front.last(), &self.total) {
            (Some(front), Some(back)) => Some(front.clone().then(back.clone())),
            (front, back) => front.or(back.as_ref()).cloned(),
        }
    }
}

/// A reading at every row: of the fold of its window's rows, in order.
///
/// `of` makes the fold of one row, `read` reads the fold of a window. How many observations a window needs is for
/// `read` to say. O(1) folds amortised for each row.
///
/// ```
/// use highwater_metrics::{Extremes, rolling::{Windows, rolling_folds}};
/// let two = Windows::full(2).unwrap();
/// let of = |row: &f64| Extremes::of(*row);
/// let best = rolling_folds(&[0.5, -0.25, 0.125], two, of, |window| window.best().unwrap().value);
/// assert_eq!(best, [0.5, 0.5, 0.125]);
/// ```
pub fn rolling_folds<T, F: Merge + Clone, R>(
    rows: &[T],
    windows: Windows,
    of: impl Fn(&T) -> F,
    read: impl Fn(F) -> R,
) -> Vec<R> {
    let mut queue = Queue::new();
    rows.iter()
        .filter_map(|row| {
            queue.push(of(row));
            if queue.len() > windows.rows() {
                queue.pop();
            }
            queue.total().map(&read)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fold that keeps everything: order and content of the queue in the open.
    #[derive(Clone, Debug, PartialEq)]
    struct Text(String);

    impl Merge for Text {
        fn then(self, later: Self) -> Self {
            Self(self.0 + &later.0)
        }
    }

    #[test]
    fn the_total_is_what_is_in_the_queue_in_order() {
        let mut queue = Queue::new();
        assert_eq!((queue.total(), queue.pop()), (None, false));
        let mut plain = std::collections::VecDeque::new();
        for step in 0..400_u32 {
            if step * step % 7 < 3 {
                assert_eq!(queue.pop(), plain.pop_front().is_some());
            } else {
                plain.push_back(format!("{step} "));
                queue.push(Text(format!("{step} ")));
            }
            assert_eq!(
                (queue.len(), queue.is_empty()),
                (plain.len(), plain.is_empty())
            );
            let expected: String = plain.iter().map(String::as_str).collect();
            assert_eq!(queue.total().map_or(String::new(), |text| text.0), expected);
        }
    }
}
