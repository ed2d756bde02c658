//! The server from outside: over real HTTP on loopback, spoken by hand.

mod client;
mod from_lake;
mod hostile;
mod round_trip;
mod rules;
mod vendor;
