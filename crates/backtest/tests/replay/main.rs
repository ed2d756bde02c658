//! What a replay does: the lines of `SEMANTICS.md` one by one, the equality of both engines, and causality.

#![expect(
    clippy::print_stdout,
    reason = "with --nocapture the tests of generated cases tell what they covered"
)]

mod causality;
mod entered_inside;
mod equality;
mod gates;
mod generated;
mod proof;
mod publication;
mod refused;
mod semantics;
mod standing;
mod weights;
mod world;
