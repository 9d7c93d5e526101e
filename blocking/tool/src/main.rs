//! `descope-keys`: Descope access keys from the command line. See its README, or `descope-keys --help`.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod app;
mod arguments;
mod cli;
mod commands;
mod failure;
mod keys;
mod processes;
mod secrets;
mod sessions;
mod text;

use std::process::ExitCode;

use crate::app::App;
use crate::app::output::Output;
use crate::cli::Command;
use crate::cli::parse_arguments;
use crate::failure::Exit;
use crate::text::{logger, standard_streams};

fn main() -> ExitCode {
    standard_streams::survive_file_size_limit();
    let cli = match parse_arguments::parse() {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    logger::start(cli.output.verbose);
    let command = match cli.command {
        Command::Emulator(command) => return command.run(),
        command => command,
    };
    let out = Output::new(cli.output);
    match App::new(cli.connection, out).and_then(|app| command.run(&app)) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            out.failure(&failure);
            failure.code().into()
        }
    }
}
