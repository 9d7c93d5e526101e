//! `descope-keys`: Descope access keys from the command line. See its README, or `descope-keys --help`.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod access_key_args;
mod advice;
mod app;
mod batch;
mod child;
mod cli;
mod commands;
mod connection;
mod exchange_args;
mod expiry_args;
mod failure;
mod field_args;
mod foreign_text;
mod hardly_meant;
mod held_token;
mod id_args;
mod ids_in_text;
mod input;
mod interrupts;
mod key_list;
mod key_order;
mod key_view;
mod logger;
mod misplaced_secret;
mod output;
mod own_words;
mod parse_arguments;
mod partly_changed;
mod replacement;
mod secret_output;
mod session_view;
mod standard_streams;
mod style;
mod table;
mod time;
mod token_file;
mod value_parsers;

use std::process::ExitCode;

use crate::app::App;
use crate::cli::Command;
use crate::failure::Exit;

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
    let app = App::new(cli.connection, cli.output);
    match command.run(&app) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            app.out.failure(&failure);
            failure.code().into()
        }
    }
}
