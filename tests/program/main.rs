//! The program from outside: its commands, over real files and real HTTP on loopback.

mod backtest;
mod backtest_results;
mod browser;
mod config;
mod demo;
mod disk;
mod explained;
mod gates;
mod growing;
mod hindsight;
mod import;
mod lake;
mod long;
mod metrics;
mod notebook;
mod paper;
mod paper_journal;
mod paper_status;
mod plan_schema;
mod run;
mod schema;
mod server;
mod signals;
mod snapshot;
mod spaced;
mod views;
