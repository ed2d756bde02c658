//! Arguments of a command that were typed before one of its subcommands, which takes none of them.
//!
//! The reader of arguments can refuse the pair by itself, but then takes the name of a subcommand for a positional
//! argument as soon as any flag stands before it, even one that every command knows, as in `paper --lake DIR check`.

use clap::{ArgMatches, Command, Error, error::ErrorKind, parser::ValueSource};

/// What is wrong with `highwater COMMAND ARGUMENT SUBCOMMAND`, if ARGUMENT is one of COMMAND alone.
pub(super) fn stray(root: &Command, matches: &ArgMatches) -> Option<Error> {
    let (name, typed) = matches.subcommand()?;
    let (inner, _) = typed.subcommand()?;
    let command = root.find_subcommand(name)?;
    let stray = command.get_arguments().find(|argument| {
        typed.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
    })?;
    let stray = match stray.get_long() {
        Some(flag) => format!("--{flag}"),
        None => stray.get_id().to_string().to_uppercase(),
    };
    let mut inner_command = command
        .find_subcommand(inner)?
        .clone()
        .bin_name(format!("highwater {name} {inner}"));
    Some(inner_command.error(
        ErrorKind::ArgumentConflict,
        format!(
            "'{stray}' is of `highwater {name}`, and says nothing to `highwater {name} {inner}`"
        ),
    ))
}
