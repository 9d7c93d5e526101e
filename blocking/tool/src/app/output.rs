//! Where results go: data to standard output, everything else to standard error.

use std::fmt::Display;
use std::io;

use clap::Args;
use descope_blocking::Secret;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::failure::advice::advice;
use crate::text::standard_streams::{print, tell, tell_somewhere};
use crate::text::style::{RED, YELLOW};

/// How results are told.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Print one JSON value on standard output, for errors too
    #[arg(long, global = true, display_order = 100)]
    pub(crate) json: bool,
    /// Print only warnings and errors on standard error
    #[arg(short, long, global = true, display_order = 100)]
    pub(crate) quiet: bool,
    /// Log each request on standard error, without secrets
    #[arg(short, long, global = true, display_order = 100)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(args: OutputArgs) -> Self {
        Self { json: args.json, quiet: args.quiet }
    }

    /// Prints data: the value with `--json`, else the text, which ends in a newline where it is not
    /// empty.
    pub(crate) fn data(
        &self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = if self.json { json_text(value)? } else { text() };
        print(&text).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::Local("standard output".to_owned(), error),
        })
    }

    /// Prints a token: the value with `--json`, else the token alone. A closed output is a failure
    /// here.
    pub(crate) fn token(&self, token: &Secret, value: &Value) -> Result<(), Failure> {
        print(&self.secret_text(token, value))
            .map_err(|error| Failure::Local("the token could not be printed".to_owned(), error))
    }

    /// A secret as it is handed out: the value with `--json`, else the secret alone.
    pub(crate) fn secret_text(&self, secret: &Secret, value: &Value) -> String {
        if self.json { format!("{value:#}\n") } else { format!("{}\n", secret.expose()) }
    }

    /// Tells something beside the data, unless it is to be quiet.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            drop(tell(text));
        }
    }

    /// A bar that shows how far a long list is, on a terminal.
    pub(crate) fn progress(&self, what: &'static str, length: usize) -> ProgressBar {
        // What is done at once needs none.
        if self.quiet || length <= 20 {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos} of {len}");
        let bar = ProgressBar::new(length as u64).with_message(what);
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    /// Tells of something that is wrong, though the command goes on.
    pub(crate) fn warn(&self, text: impl Display) {
        drop(tell(format_args!("{YELLOW}warning:{YELLOW:#} {text}")));
    }

    /// Tells why the command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        if matches!(failure, Failure::OutputClosed | Failure::Child(_)) {
            return;
        }
        let mut text = match failure {
            Failure::Declined => failure.to_string(),
            _ => format!("{RED}error:{RED:#} {failure}"),
        };
        for line in advice(failure).iter().flat_map(|advice| advice.lines()) {
            text += "\n  ";
            text += line;
        }
        match failure {
            Failure::SecretLost(_) | Failure::Interrupted(_) => tell_somewhere(&text),
            _ => drop(tell(text)),
        }
        if self.json && !matches!(failure, Failure::Reported(_) | Failure::Found(..)) {
            if let Err(error) = print(&format!("{:#}\n", failure.to_json())) {
                self.warn(format_args!("standard output: {error}"));
            }
        }
    }
}

fn json_text(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::Local("the result as JSON".to_owned(), error.into()))?;
    Ok(text + "\n")
}
