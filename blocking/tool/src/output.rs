//! Where results go: data to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use clap::Args;
use descope_blocking::Secret;
use serde::Serialize;

use crate::advice::advice;
use crate::failure::Failure;
use crate::style::{RED, YELLOW};

/// How results are told.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Print one JSON value on standard output, and nothing else there; errors too
    #[arg(long, global = true, display_order = 100)]
    pub(crate) json: bool,
    /// Print no messages but errors
    #[arg(short, long, global = true, display_order = 100)]
    pub(crate) quiet: bool,
    /// Log each request on standard error, without secrets
    #[arg(short, long, global = true, display_order = 100)]
    pub(crate) verbose: bool,
}

#[derive(Debug)]
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

    /// Prints a secret: the value with `--json`, else the secret alone. `what` it is the secret of
    /// is told when it is lost: a closed output is a failure here.
    pub(crate) fn secret(
        &self,
        secret: &Secret,
        value: &impl Serialize,
        what: impl Display,
    ) -> Result<(), Failure> {
        let text = if self.json { json_text(value)? } else { format!("{}\n", secret.expose()) };
        print(&text).map_err(|error| Failure::Local(format!("{what} could not be printed"), error))
    }

    /// Tells something beside the data, unless it is to be quiet.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            anstream::eprintln!("{text}");
        }
    }

    /// Tells of something that is wrong, though the command goes on.
    pub(crate) fn warn(&self, text: impl Display) {
        anstream::eprintln!("{YELLOW}warning:{YELLOW:#} {text}");
    }

    /// Tells why the command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        if matches!(failure, Failure::OutputClosed) {
            return;
        }
        anstream::eprintln!("{RED}error:{RED:#} {failure}");
        for line in advice(failure).iter().flat_map(|advice| advice.lines()) {
            anstream::eprintln!("  {line}");
        }
        if matches!(failure, Failure::Reported(_)) {
            return;
        }
        let text = match failure {
            _ if self.json => json_text(&failure.to_json()).unwrap_or_default(),
            // The secret did arrive, though the rest of the answer did not.
            Failure::Call(error) => {
                error.cleartext().map(|secret| format!("{}\n", secret.expose())).unwrap_or_default()
            }
            _ => String::new(),
        };
        if let Err(error) = print(&text) {
            anstream::eprintln!("{RED}error:{RED:#} standard output: {error}");
        }
    }
}

fn json_text(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::Local("the result as JSON".to_owned(), error.into()))?;
    Ok(text + "\n")
}

fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
