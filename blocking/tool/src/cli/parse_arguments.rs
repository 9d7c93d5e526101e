//! From the arguments to a command, or to an answer that is given at once: help, or what is wrong.

use std::ffi::OsString;
use std::iter;

use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue};

use crate::arguments::misplaced_secret::{self, HOW};
use crate::cli::{self, Cli, tips};
use crate::failure::{Exit, Failure};
use crate::text::standard_streams::{print, tell};
use crate::text::style::RED;

pub(crate) fn parse() -> Result<Cli, Exit> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    if let Some(index) = misplaced_secret::in_arguments(&arguments) {
        let what =
            format!("argument {} holds a secret, which is neither shown nor sent", index + 1);
        return Err(refused(&format!("{RED}error:{RED:#} {what}\n\n{HOW}"), json));
    }
    let words = iter::once(OsString::from("descope-keys")).chain(help_of_help(&arguments));
    let matches = cli::command().try_get_matches_from(words);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|mut error| {
        if !error.use_stderr() {
            // Nothing is left to tell it to when the terminal is gone.
            drop(error.print());
            return Exit::Done;
        }
        tips::add(&mut error, &arguments);
        let mut text = error.render().ansi().to_string();
        let mut hidden = false;
        for value in values(&error).filter(|value| may_be_secret(value)) {
            text = text.replace(value, "…");
            hidden = true;
        }
        if hidden {
            text = format!("{}\n\nWhat is not shown may be a secret.\n{HOW}", text.trim_end());
        }
        refused(text.trim_end(), json)
    })
}

/// `help` takes no option, and `help --help` is asked for all the same.
fn help_of_help(arguments: &[OsString]) -> impl Iterator<Item = OsString> {
    let helps = arguments.first().is_some_and(|first| first == "help");
    let asks = move |argument: &OsString| helps && (argument == "--help" || argument == "-h");
    arguments.iter().filter(move |argument| !asks(argument)).cloned()
}

/// What was given and is not understood.
fn values(error: &clap::Error) -> impl Iterator<Item = &str> {
    let kinds =
        [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue];
    kinds.into_iter().filter_map(|kind| match error.get(kind) {
        Some(ContextValue::String(value)) => Some(value.as_str()),
        _ => None,
    })
}

/// No option, and long enough.
fn may_be_secret(value: &str) -> bool {
    value.len() >= 16 && !value.starts_with('-')
}

fn refused(text: &str, json: bool) -> Exit {
    drop(tell(text));
    if json {
        let plain = anstream::adapter::strip_str(text).to_string();
        let failure = Failure::Usage(plain.trim_start_matches("error: ").to_owned());
        drop(print(&format!("{:#}\n", failure.to_json())));
    }
    Exit::Usage
}
