//! `descope-keys`: Descope access keys from the command line. See its README, or `descope-keys --help`.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod access_key_args;
mod advice;
mod app;
mod cli;
mod commands;
mod connection;
mod exchange_args;
mod expiry_args;
mod failure;
mod field_args;
mod foreign_text;
mod id_args;
mod input;
mod key_list;
mod key_order;
mod key_view;
mod logger;
mod output;
mod sample_emulator;
mod secret_output;
mod session_view;
mod standard_streams;
mod style;
mod table;
mod time;
mod token_file;
mod value_parsers;

use std::process::ExitCode;

use clap::Parser;

use crate::app::App;
use crate::cli::Cli;
use crate::failure::{Exit, Failure};
use crate::standard_streams::print;

fn main() -> ExitCode {
    standard_streams::survive_file_size_limit();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error),
    };
    logger::start(cli.output.verbose);
    let command = cli.command;
    let app = App::new(cli.connection, cli.output);
    match command.run(&app) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            app.out.failure(&failure);
            failure.exit().into()
        }
    }
}

/// Help and version are answers too; all else is a mistake in the command line.
fn not_parsed(error: &clap::Error) -> ExitCode {
    // Nothing is left to tell it to when the terminal is gone.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Done.into();
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let failure = Failure::Usage(text.trim_start_matches("error: ").trim_end().to_owned());
        drop(print(&format!("{:#}\n", failure.to_json())));
    }
    Exit::Usage.into()
}
