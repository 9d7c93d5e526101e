//! `descope-keys emulator`

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

/// Run an offline emulator of the service, with sample keys
///
/// With a command, runs it with DESCOPE_* variables set so that any SDK talks to the emulator, and exits
/// with its code. Without one, prints these variables and serves until it is stopped. `descope-keys
/// emulator --help` shows its options, which are those of the program `descope-emulator`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
#[command(before_help = "\
Examples:
  descope-keys emulator -- bash
  descope-keys emulator -- sh -c 'descope-keys token | descope-keys validate'")]
#[command(after_help = "\
Exit codes:
  1    the emulator cannot start
  2    an argument is wrong
  126  the command cannot be run
  127  the command is not found
Any other code is that of the command.")]
pub(crate) struct Emulator {
    /// Its options, and after -- the command to run
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

impl Emulator {
    pub(crate) fn run(self) -> ExitCode {
        // As they were given: the parser has swallowed a `--` that comes first.
        let given: Vec<OsString> = std::env::args_os().collect();
        let own = given.len() - self.arguments.len();
        let dashes = given.get(own - 1).filter(|last| *last == "--").cloned();
        let arguments = dashes.into_iter().chain(self.arguments);
        let sample = std::iter::once(OsString::from("--sample"));
        descope_emulator::program::run("descope-keys emulator", sample.chain(arguments))
    }
}
