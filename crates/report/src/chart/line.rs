//! Paths in whole units, each point relative to the one before.

use std::fmt::Write as _;

/// A path under construction.
#[derive(Default)]
pub(crate) struct Path {
    text: String,
    at: (i64, i64),
    drawing: bool,
}

impl Path {
    /// Lift the pen: the next point begins a new line.
    pub(crate) fn lift(&mut self) {
        self.drawing = false;
    }

    /// Draw to a point, or begin there if the pen is lifted. A point that is not finite lifts it.
    pub(crate) fn to(&mut self, x: f64, y: f64) {
        if !(x.is_finite() && y.is_finite()) {
            self.lift();
            return;
        }
        let next = (x.round() as i64, y.round() as i64);
        if self.drawing {
            let step = (next.0 - self.at.0, next.1 - self.at.1);
            if step != (0, 0) {
                let letter = if self.text.ends_with('l') { "" } else { " " };
                self.number(step.0, letter);
                self.number(step.1, " ");
            }
        } else {
            let _ = write!(self.text, "M{} {}l", next.0, next.1);
            self.drawing = true;
        }
        self.at = next;
    }

    /// Close the line to where it began.
    pub(crate) fn close(&mut self) {
        if self.text.ends_with('l') {
            self.text.push_str("0 0");
        }
        self.text.push('z');
        self.lift();
    }

    /// A box from its upper left corner.
    pub(crate) fn rectangle(&mut self, x: f64, y: f64, width: f64, height: f64) {
        let (x, y) = (x.round() as i64, y.round() as i64);
        let (width, height) = (width.round() as i64, height.round() as i64);
        let _ = write!(self.text, "M{x} {y}h{width}v{height}h{}z", -width);
        self.lift();
    }

    /// An upright line.
    pub(crate) fn upright(&mut self, x: f64, from: f64, to: f64) {
        let (x, from, to) = (x.round() as i64, from.round() as i64, to.round() as i64);
        let _ = write!(self.text, "M{x} {from}v{}", to - from);
        self.lift();
    }

    /// The `d` of the path. A point on its own is drawn as a dot.
    pub(crate) fn finish(mut self) -> String {
        if self.text.ends_with('l') {
            self.text.push_str("0 0");
        }
        self.text.replace("lM", "l0 0M")
    }

    fn number(&mut self, number: i64, separator: &str) {
        if number >= 0 {
            self.text.push_str(separator);
        }
        let _ = write!(self.text, "{number}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_short_and_relative() {
        let mut path = Path::default();
        for (x, y) in [(0.0, 10.4), (1.0, 8.0), (2.0, 12.0), (2.0, 12.2)] {
            path.to(x, y);
        }
        path.to(f64::NAN, 0.0);
        path.to(9.0, 9.0);
        assert_eq!(path.finish(), "M0 10l1-2 1 4M9 9l0 0");
    }

    #[test]
    fn areas_and_boxes_close() {
        let mut path = Path::default();
        path.to(0.0, 0.0);
        path.to(5.0, 5.0);
        path.close();
        path.rectangle(1.0, 2.0, 3.0, 4.0);
        path.upright(7.0, 1.0, 9.0);
        assert_eq!(path.finish(), "M0 0l5 5zM1 2h3v4h-3zM7 1v8");
        assert_eq!(Path::default().finish(), "");
    }
}
