//! The `highwater` command: arguments to calls on the crates. Only this crate prints.
//!
//! Data goes to standard output, everything else to standard error; exit codes are those of [`main`].

mod args;
mod benchmark;
mod books;
mod commands;
mod demo_record;
mod facts;
mod failure;
mod figures;
mod group_table;
mod left_out;
mod overrides;
mod pages;
mod paper;
mod paper_status;
mod progress;
mod proof;
mod reach_back;
mod recorded;
mod replay;
mod results;
mod series;
mod session;
mod settings;
mod sheet;
mod signals;
mod spacing;
mod terminal;
mod whole_file;

use std::{io::IsTerminal as _, process::ExitCode};

use clap::CommandFactory as _;

use crate::{
    args::{Cli, Command},
    failure::Outcome,
    settings::Settings,
    terminal::Terminal,
};

/// Run the command line of this process.
///
/// Exit codes: 0 done; 1 ran, but something is missing or these data cannot answer; 2 wrong usage, wrong set-up or a
/// failing machine.
pub fn main() -> ExitCode {
    let cli = Cli::typed();
    let terminal = Terminal::new(cli.global.quiet, cli.global.color);
    log_to_stderr(cli.global.verbose);
    match run(cli, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.error(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn run(cli: Cli, terminal: &Terminal) -> Outcome {
    let settings = Settings::read(&cli.global)?;
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for warning in settings::unknown_variables(names) {
        terminal.warn(warning);
    }
    if let Some(warning) = cli
        .command
        .output()
        .and_then(args::OutputArgs::contradiction)
    {
        terminal.warn(warning);
    }
    match cli.command {
        Command::Demo(args) => {
            settings.refuse_flag_lake(
                "`demo` makes a lake of its own, DIR/lake",
                "name its folder with `--dir`",
            )?;
            commands::demo::run(&args, terminal)
        }
        Command::Snapshot(args) => commands::snapshot::run(&args, &settings, terminal),
        Command::Import(args) => commands::import::run(&args, &settings, terminal),
        Command::Metrics(args) => commands::metrics::run(&args, &settings, terminal),
        Command::Levels(args) => commands::levels::run(&args, &settings, terminal),
        Command::Backtest(args) => commands::backtest::run(&args, &settings, terminal),
        Command::Paper(args) => commands::paper::run(&args, &settings, terminal),
        Command::Report(args) => commands::report::run(&args, &settings, terminal),
        Command::Serve(args) => commands::serve::run(&args, &settings, terminal),
        Command::Lake(command) => commands::lake::run(&command, &settings, terminal),
        Command::Config(args) => commands::config::run(&args, &settings, terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "highwater", &mut script);
            terminal.data(None, &script)
        }
    }
}

fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        // Escapes are for eyes: not for a file, and not for who asked for none.
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .init();
}
