//! What is known of a change that may or may not have been made.

use alloc::string::String;
use core::fmt;

use http::StatusCode;

use crate::base::{Now, Operation, Target, UtcTime};

/// The details of a change that may or may not have been made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OutcomeUnknown {
    /// The operation.
    pub operation: Operation,
    /// The key's id, or the name it was to have.
    pub target: Option<Target>,
    /// When the first attempt that may have been carried out was sent.
    pub sent: Now,
    /// When the last attempt had failed.
    pub failed: Now,
    /// The status of the answer to an attempt in doubt, where there was one.
    pub status: Option<StatusCode>,
    /// The service's id of the request in doubt, where an answer carried one.
    pub request_id: Option<String>,
    /// The service's clock in Unix seconds at the failure, from the answer's `Date` where it had one.
    pub service_time: Option<i64>,
    /// The new cleartext did arrive, and is in [`Error::cleartext`](crate::Error::cleartext).
    pub cleartext_arrived: bool,
}

impl OutcomeUnknown {
    /// What may be true, and what to do.
    pub(super) fn in_doubt(&self) -> &'static str {
        match self.cleartext_arrived {
            true => {
                "it was carried out, and the cleartext arrived: take it from this error and \
                 keep it"
            }
            false => self.operation.in_doubt,
        }
    }
}

/// What may now be true, with everything that a support case or a search needs.
impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation.name)?;
        if let Some(target) = &self.target {
            write!(f, " {target}")?;
        }
        let (sent, failed) = (self.sent.unix_seconds(), self.failed.unix_seconds());
        write!(f, ": outcome unknown; sent at {}, failed at {}", UtcTime(sent), UtcTime(failed))?;
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, ", request id {request_id}")?;
        }
        write!(f, "; {}", self.in_doubt())
    }
}
