//! The vendor's API over HTTP, answered from a lake or from a simulation.
