//! Charts as SVG by hand: fluid in width, fixed in height, with text and marks that never stretch.
//!
//! A plot is an outer SVG as wide as the page allows. Horizontal places are percent of that width; vertical ones are
//! pixels. Lines lie in an inner SVG of [`WIDTH`] x (10 x height) units that stretches with it, in whole units, each
//! relative to the one before: a path of 1,500 points takes some 10 kB.

pub(crate) mod axis;
pub(crate) mod equity;
pub(crate) mod line;
pub(crate) mod marker;
pub(crate) mod plot;
pub(crate) mod price;
pub(crate) mod scale;
pub(crate) mod spark;
pub(crate) mod thin;

/// Units across a plot.
pub(crate) const WIDTH: f64 = 10_000.0;

/// Units per pixel of height.
pub(crate) const PER_PIXEL: f64 = 10.0;
