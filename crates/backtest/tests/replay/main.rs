//! What a replay does: the lines of `SEMANTICS.md` one by one, the equality of both engines, and causality.

mod causality;
mod equality;
mod generated;
mod semantics;
mod world;
