//! Why a command failed, with which exit code, and what to do next.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use descope_blocking::descope_core::{Class, Target};
use descope_blocking::jwt::TokenError;
use descope_blocking::{Error, ErrorKind, Outcome, Secret};
use serde_json::{Value, json};

use crate::table::shown;
use crate::time;

/// How the program ends. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Refused = 1,
    Usage = 2,
    NotFound = 3,
    Unauthorized = 4,
    RateLimited = 5,
    OutcomeUnknown = 6,
    Unreachable = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[derive(Debug)]
pub(crate) enum Failure {
    /// A call of the SDK failed.
    Call(Error),
    /// The command line, a setting or what was given on standard input.
    Usage(String),
    /// A credential that the command needs was not given.
    NoCredential(&'static str),
    /// A check that the caller asked for was not passed.
    Refused(String),
    /// This machine would not read or write something.
    Local(String, io::Error),
    /// Standard output took no more, and no secret was lost with it.
    OutputClosed,
    /// The report on standard output has told it already.
    Reported(Error),
    /// A create or rotate failed after its secret had arrived, which is in this file now.
    Kept(PathBuf, Error),
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Call(error) | Self::Reported(error) | Self::Kept(_, error) => exit_of(error),
            Self::Usage(_) => Exit::Usage,
            Self::NoCredential(_) => Exit::Unauthorized,
            Self::Refused(_) | Self::Local(..) => Exit::Refused,
            // As for any program whose reader has seen enough.
            Self::OutputClosed => Exit::Done,
        }
    }

    /// The SDK's error, where it is one.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Call(error) | Self::Reported(error) | Self::Kept(_, error) => Some(error),
            _ => None,
        }
    }

    /// The failure as `--json` prints it.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = json!({
            "kind": kind(self.exit()),
            "exitCode": self.exit() as u8,
            "message": self.to_string(),
        });
        if let Some(error) = self.error() {
            object["outcome"] = outcome(error.outcome()).into();
            object["attempts"] = error.attempts().into();
            let texts = [
                ("operation", error.operation().map(|operation| operation.name)),
                ("code", error.code()),
                ("requestId", error.request_id()),
            ];
            for (name, text) in texts {
                object[name] = text.into();
            }
            object["status"] = error.status().map(|status| status.as_u16()).into();
            object["retryAfter"] = error.retry_after().map(|wait| wait.as_secs()).into();
            match self {
                Self::Kept(path, _) => object["secretFile"] = path.display().to_string().into(),
                // Delivered this once; a script that asked for JSON looks for it here.
                _ => object["cleartext"] = error.cleartext().map(Secret::expose).into(),
            }
        }
        json!({"error": object})
    }

    /// What to do next, where there is more to say than the message does.
    pub(crate) fn advice(&self) -> Option<String> {
        let error = self.error()?;
        match error.kind() {
            ErrorKind::MissingCredential => {
                Some("Set DESCOPE_MANAGEMENT_KEY, or give --management-key-file FILE.".to_owned())
            }
            ErrorKind::InvalidArgument if error.field() == Some("DESCOPE_PROJECT_ID") => {
                Some("Set it, or give --project-id ID, or try it with --emulator.".to_owned())
            }
            _ => after_unknown(error),
        }
    }
}

/// What to do after a create or rotate whose outcome is unknown.
fn after_unknown(error: &Error) -> Option<String> {
    let unknown = error.outcome_unknown()?;
    if error.cleartext().is_some() {
        return Some("The secret did arrive, so the key is there and can be used.".to_owned());
    }
    let marker = match unknown.target.as_ref()? {
        Target::Marked { marker, .. } => format!(" --marker {}", quoted(marker)),
        _ => String::new(),
    };
    match unknown.target.as_ref()? {
        Target::Name(name) | Target::Marked { name, .. } => Some(format!(
            "Do not just create it again. See whether it is there, now and in two minutes:\n\
             \x20 keys find-unconfirmed {} --sent {} --failed {}{marker}\n\
             For a key that this finds, `keys rotate ID` gives a new secret, and `keys delete ID` \
             removes it.",
            quoted(name),
            time::absolute(unknown.sent.unix_seconds()),
            time::absolute(unknown.failed.unix_seconds()),
        )),
        Target::Id(id) if unknown.operation.class == Class::OneShot => Some(format!(
            "See whether the old secret still works:\n\
             \x20 keys exchange --access-key-file FILE\n\
             If it is refused, `keys rotate {}` gives a new one, once a minute has passed.",
            quoted(id),
        )),
        _ => None,
    }
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    let text = shown(text);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn kind(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "done",
        Exit::Refused => "refused",
        Exit::Usage => "usage",
        Exit::NotFound => "notFound",
        Exit::Unauthorized => "unauthorized",
        Exit::RateLimited => "rateLimited",
        Exit::OutcomeUnknown => "outcomeUnknown",
        Exit::Unreachable => "unreachable",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotSent => "notSent",
        Outcome::Rejected => "rejected",
        _ => "unknown",
    }
}

/// What may now be true comes before why.
fn exit_of(error: &Error) -> Exit {
    if error.is_outcome_unknown() {
        return Exit::OutcomeUnknown;
    }
    if error.is_not_found() {
        return Exit::NotFound;
    }
    if error.is_unauthorized() {
        return Exit::Unauthorized;
    }
    match error.kind() {
        ErrorKind::InvalidArgument => Exit::Usage,
        ErrorKind::RateLimited => Exit::RateLimited,
        ErrorKind::InvalidToken => Exit::Refused,
        ErrorKind::Api if error.status().is_some_and(|status| status.is_client_error()) => {
            Exit::Refused
        }
        _ => Exit::Unreachable,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(path, error) => write!(f, "{error}; now it is in {}", path.display()),
            Self::Call(error) | Self::Reported(error) => {
                error.fmt(f)?;
                let mut source = error.source();
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
            Self::NoCredential(what) => f.write_str(what),
            Self::Usage(what) | Self::Refused(what) => f.write_str(what),
            Self::Local(what, error) => write!(f, "{what}: {error}"),
            Self::OutputClosed => f.write_str("standard output was closed"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::Refused(error.to_string())
    }
}
