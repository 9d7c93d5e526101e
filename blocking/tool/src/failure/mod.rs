//! Why a command failed, with which exit code, and what to do next.

pub(crate) mod advice;
pub(crate) mod own_words;
pub(crate) mod partly_changed;

use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use descope_blocking::descope_core::Target;
use descope_blocking::jwt::TokenError;
use descope_blocking::{Error, ErrorKind, Outcome, ReplaceError, Secret};
use serde_json::{Value, json};

use self::own_words::in_own_words;
use self::partly_changed::PartlyChanged;
use crate::text::foreign_text::shown;

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
    SecretLost = 8,
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
    /// An access key was refused, so that nobody knows whose it is.
    Unidentified(Error),
    /// A credential that the command needs was not given.
    NoCredential(&'static str),
    /// A check that the caller asked for was not passed.
    Refused(String),
    /// Standard output has what is not as it should be, and this sums it up.
    Found(Exit, String),
    /// Not all of several keys were changed.
    PartlyChanged(PartlyChanged),
    /// A key was not replaced, or not in whole.
    Replace { id: String, error: ReplaceError },
    /// This machine would not read or write something.
    Local(String, io::Error),
    /// The command that was run has failed, and has said why.
    Child(ExitStatus),
    /// The command that was to be run could not be.
    NotRun(String, io::Error),
    /// Standard output took no more, and no secret was lost with it.
    OutputClosed,
    /// The report on standard output has told it already.
    Reported(Error),
    /// A create or rotate failed after its secret had arrived, which is in this file now.
    Kept(PathBuf, Error),
    /// A create or rotate was done, and its secret could not be handed out.
    SecretLost(LostSecret),
    /// A signal ended the program, while something was under way on the service.
    Interrupted(Interrupted),
}

/// What may now be true, after a signal.
#[derive(Debug)]
pub(crate) struct Interrupted {
    /// A sentence.
    pub(crate) what: String,
    /// The new key, where there is certainly one.
    pub(crate) left: Option<String>,
    /// What to do next, with the commands to type.
    pub(crate) advice: String,
}

/// A secret that did arrive and that nobody has.
#[derive(Debug)]
pub(crate) struct LostSecret {
    /// Its key, unless the answer did not tell.
    pub(crate) key_id: Option<String>,
    /// What else was wrong with the answer.
    call: Option<Error>,
    place: String,
    cause: io::Error,
}

impl LostSecret {
    pub(crate) fn of_key(id: &str, place: String, cause: io::Error) -> Self {
        Self { key_id: Some(id.to_owned()), call: None, place, cause }
    }

    /// Of a call that failed for another reason, after its secret had arrived.
    pub(crate) fn of_call(call: Error, place: String, cause: io::Error) -> Self {
        let target = call.outcome_unknown().and_then(|unknown| unknown.target.clone());
        let key_id = match target {
            Some(Target::Id(id)) => Some(id),
            _ => None,
        };
        Self { key_id, call: Some(call), place, cause }
    }
}

impl fmt::Display for LostSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = &self.call {
            write!(f, "{call}; ")?;
        }
        match &self.key_id {
            Some(id) => write!(f, "the secret of {} is lost", shown(id))?,
            None => f.write_str("the secret of the key is lost")?,
        }
        write!(f, ": it could not be written to {}: {}", self.place, self.cause)
    }
}

impl Failure {
    /// The number that the program ends with: that of the child, or the shell's for its signal, and
    /// for one that cannot be run.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Child(status) => child_code(*status),
            Self::NotRun(_, error) if error.kind() == io::ErrorKind::NotFound => 127,
            Self::NotRun(..) => 126,
            _ => self.exit() as u8,
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Call(error)
            | Self::Reported(error)
            | Self::Kept(_, error)
            | Self::Unidentified(error) => exit_of(error),
            Self::Usage(_) => Exit::Usage,
            Self::Replace { error, .. } => exit_of_replacement(error),
            Self::Interrupted(_) => Exit::OutcomeUnknown,
            Self::Found(exit, _) => *exit,
            Self::PartlyChanged(change) => change.cause.as_ref().map_or(Exit::NotFound, exit_of),
            Self::NoCredential(_) => Exit::Unauthorized,
            Self::Refused(_) | Self::Local(..) | Self::Child(_) | Self::NotRun(..) => Exit::Refused,
            Self::SecretLost(_) => Exit::SecretLost,
            // As for any program whose reader has seen enough.
            Self::OutputClosed => Exit::Done,
        }
    }

    /// The SDK's error, where it is one.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Call(error)
            | Self::Reported(error)
            | Self::Kept(_, error)
            | Self::Unidentified(error) => Some(error),
            Self::Replace {
                error:
                    ReplaceError::Read(error)
                    | ReplaceError::Create(error)
                    | ReplaceError::SuccessorLeft { error, .. }
                    | ReplaceError::OldLeft { error, .. },
                ..
            } => Some(error),
            Self::PartlyChanged(change) => change.cause.as_ref(),
            Self::SecretLost(lost) => lost.call.as_ref(),
            _ => None,
        }
    }

    /// The key that a replacement has left over, or may have.
    fn left(&self) -> Option<&String> {
        match self {
            Self::Interrupted(interrupted) => interrupted.left.as_ref(),
            Self::Replace { error, .. } => match error {
                ReplaceError::SuccessorLeft { successor, .. }
                | ReplaceError::MayBeDeployed { successor, .. } => Some(successor),
                ReplaceError::Busy { left, .. } => left.as_ref(),
                ReplaceError::OldLeft { left, .. } => left.last(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The failure as `--json` prints it.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = json!({
            "kind": kind(self.exit()),
            "exitCode": self.code(),
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
                Self::Call(_) => {
                    object["cleartext"] = error.cleartext().map(Secret::expose).into();
                    object["cleartextId"] = error.cleartext_id().into();
                }
                _ => {}
            }
        }
        if let Some(id) = self.left() {
            object["leftId"] = id.as_str().into();
        }
        if let Self::PartlyChanged(change) = self {
            object[change.done] = change.changed.as_slice().into();
            object["notFound"] = change.missing.as_slice().into();
        }
        if let Self::SecretLost(lost) = self {
            object["keyId"] = lost.key_id.as_deref().into();
        }
        json!({"error": object})
    }
}

fn child_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|it| it + 128);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
    code.unwrap_or(Exit::Refused as u8)
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
        Exit::SecretLost => "secretLost",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotSent => "notSent",
        Outcome::Rejected => "rejected",
        _ => "unknown",
    }
}

fn exit_of_replacement(error: &ReplaceError) -> Exit {
    match error {
        ReplaceError::Read(error) | ReplaceError::Create(error) => exit_of(error),
        // A key is left over, or may be, or is not the one that is deployed.
        ReplaceError::SuccessorLeft { .. }
        | ReplaceError::MayBeDeployed { .. }
        | ReplaceError::OldLeft { .. }
        | ReplaceError::Overtaken { .. }
        | ReplaceError::Busy { left: Some(_), .. } => Exit::OutcomeUnknown,
        _ => Exit::Refused,
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
            Self::Kept(path, error) => {
                let told = in_own_words(&error.to_string());
                write!(f, "{told}; now it is in {}", path.display())
            }
            Self::Call(error) | Self::Reported(error) | Self::Unidentified(error) => {
                f.write_str(&in_own_words(&error.to_string()))?;
                let mut source = error.source();
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
            Self::NoCredential(what) => f.write_str(what),
            Self::Usage(what) | Self::Refused(what) | Self::Found(_, what) => f.write_str(what),
            Self::Replace { error, .. } => f.write_str(&in_own_words(&error.to_string())),
            Self::Local(what, error) | Self::NotRun(what, error) => write!(f, "{what}: {error}"),
            Self::SecretLost(lost) => lost.fmt(f),
            Self::PartlyChanged(change) => change.fmt(f),
            Self::Interrupted(Interrupted { what, .. }) => write!(f, "interrupted: {what}"),
            Self::Child(status) => status.fmt(f),
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
