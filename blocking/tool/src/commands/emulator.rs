//! `descope-keys emulator`

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

/// Start an emulator with a few sample keys, for more than one command
///
/// It is the program `descope-emulator`, begun with --sample: `descope-keys emulator --help` tells its
/// options.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
#[command(before_help = "\
Examples:
  descope-keys emulator -- bash
  descope-keys emulator -- sh -c 'descope-keys token | descope-keys validate'")]
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
