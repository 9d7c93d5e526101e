//! Why a command failed, with which exit code, and what to do next.

pub(crate) mod advice;
mod causes;
mod exit;
mod failure_json;
mod lost_secret;
pub(crate) mod malformed_id;
mod own_words;
pub(crate) mod partly_changed;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use descope_blocking::jwt::TokenError;
use descope_blocking::{Error, ReplaceError};

use self::causes::with_causes;
pub(crate) use self::exit::Exit;
use self::exit::{child_code, exit_of, exit_of_replacement};
pub(crate) use self::lost_secret::LostSecret;
use self::own_words::in_own_words;
use self::partly_changed::PartlyChanged;

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
    /// A session token that is not to be trusted.
    Token(TokenError),
    /// A check that the caller asked for was not passed.
    Refused(String),
    /// The question was not answered with yes.
    Declined,
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
            Self::PartlyChanged(change) => match &change.cause {
                Some(cause) => exit_of(cause),
                None if change.unchanged.is_empty() => Exit::NotFound,
                None => Exit::Refused,
            },
            Self::NoCredential(_) => Exit::Unauthorized,
            Self::Token(_)
            | Self::Refused(_)
            | Self::Declined
            | Self::Local(..)
            | Self::Child(_)
            | Self::NotRun(..) => Exit::Refused,
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
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(path, error) => {
                let told = in_own_words(&error.to_string());
                write!(f, "{told}; now it is in {}", path.display())
            }
            Self::Call(error)
            | Self::Reported(error)
            | Self::Unidentified(error)
            | Self::Replace { error: ReplaceError::Read(error), .. }
                if malformed_id::is_refused(error) =>
            {
                f.write_str(&malformed_id::told(error))
            }
            Self::Call(error) | Self::Reported(error) | Self::Unidentified(error) => {
                f.write_str(&in_own_words(&with_causes(error)))
            }
            Self::NoCredential(what) => f.write_str(what),
            Self::Token(error) => error.fmt(f),
            Self::Usage(what) | Self::Refused(what) | Self::Found(_, what) => f.write_str(what),
            Self::Declined => f.write_str("Nothing was changed."),
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
        Self::Token(error)
    }
}
