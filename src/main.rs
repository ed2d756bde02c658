//! The `highwater` command. Everything it does is in the crates; see `highwater_cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    highwater_cli::main()
}
