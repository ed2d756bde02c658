//! The highwater command: arguments to calls on the crates.

use std::process::ExitCode;

/// Run the command line of this process.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
