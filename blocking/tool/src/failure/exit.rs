//! The exit codes, and what ends with which.

use std::process::{ExitCode, ExitStatus};

use descope_blocking::{Error, ErrorKind, ReplaceError};

use crate::failure::malformed_id;

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

impl Exit {
    /// Its text in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Unreachable => "unreachable",
            Self::SecretLost => "secret_lost",
        }
    }
}

/// That of a command that was run, or the shell's for the signal that ended it.
pub(super) fn child_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|it| it + 128);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
    code.unwrap_or(Exit::Refused as u8)
}

pub(super) fn exit_of_replacement(error: &ReplaceError) -> Exit {
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
pub(super) fn exit_of(error: &Error) -> Exit {
    if error.is_outcome_unknown() {
        return Exit::OutcomeUnknown;
    }
    if error.is_not_found() || malformed_id::is_refused(error) {
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
