//! Benchmarks of highwater: one file under `benches/` for each question.
