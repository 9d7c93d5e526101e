//! Standard input and files: whatever must not stand on the command line.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

use descope_blocking::Secret;

use crate::failure::Failure;
use crate::text::standard_streams::tell;

/// What standard input holds for a command on many keys.
pub(crate) const IDS: &str = "the ids";

/// Standard input, which one argument alone can take.
#[derive(Debug, Default)]
pub(crate) struct Input {
    taken_for: Cell<Option<&'static str>>,
}

impl Input {
    fn is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Whether somebody sits there who has not given all of standard input for something else; or why
    /// nobody can be asked.
    pub(crate) fn can_ask(&self) -> Result<(), String> {
        match self.taken_for.get() {
            Some(IDS) => Err(format!("{IDS} come from standard input")),
            Some(what) => Err(format!("{what} comes from standard input")),
            None if self.is_terminal() && io::stderr().is_terminal() => Ok(()),
            None => Err("there is no terminal".to_owned()),
        }
    }

    /// Whether the answer is yes.
    pub(crate) fn ask(&self, question: &str) -> Result<bool, Failure> {
        let local = |error| Failure::Local("the question".to_owned(), error);
        let mut err = anstream::stderr();
        err.write_all(question.as_bytes()).and_then(|()| err.flush()).map_err(local)?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map_err(local)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Reads all of standard input for this purpose.
    pub(crate) fn read(&self, what: &'static str) -> Result<String, Failure> {
        if let Some(other) = self.taken_for.replace(Some(what)) {
            return Err(Failure::Usage(format!(
                "standard input cannot hold both {other} and {what}"
            )));
        }
        if self.is_terminal() {
            drop(tell(format_args!("Reading {what} from the terminal; end with Ctrl-D.")));
        }
        let mut text = String::new();
        match io::stdin().lock().read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(Failure::Usage(format!("{what} on standard input: {error}"))),
        }
    }

    /// Reads a secret from a file, or from standard input where the path is `-`.
    pub(crate) fn secret(&self, what: &'static str, path: &Path) -> Result<Secret, Failure> {
        let text = if path.as_os_str() == "-" { self.read(what)? } else { file(path)? };
        if text.trim().is_empty() {
            return Err(Failure::Usage(format!("{what} in {} is empty", path.display())));
        }
        Ok(Secret::new(text))
    }
}

/// More than there is to be said in a file; a device has no end.
const LARGEST: u64 = 16 << 20;

/// Reads a file that the command line names.
pub(crate) fn file(path: &Path) -> Result<String, Failure> {
    let read = || {
        let mut text = String::new();
        match File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)? as u64 {
            0..=LARGEST => Ok(text),
            _ => Err(io::Error::other(format!("it has more than {} MiB", LARGEST >> 20))),
        }
    };
    read().map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}
