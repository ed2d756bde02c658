//! Bars to support and resistance, causally.
