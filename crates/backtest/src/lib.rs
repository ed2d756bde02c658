//! Signals, levels and bars to trades and equity: first touch, and the bar-by-bar oracle. No I/O.
