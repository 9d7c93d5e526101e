//! Where results go: data to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use descope_blocking::Secret;
use serde::Serialize;

use crate::advice::advice;
use crate::cli::OutputArgs;
use crate::failure::Failure;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();

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
