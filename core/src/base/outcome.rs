//! What may now be true on the server.

use core::fmt;

/// What may have happened on the server. The outcome of a call is the worst of all its attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// No byte of a request was written.
    NotSent,
    /// The service answered that it did not do it.
    Rejected,
    /// The service may have done it, or may still do it.
    Unknown,
}

impl Outcome {
    /// Its text, for logs and metrics: `not_sent`, `rejected` or `unknown`. It does not change.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

/// The text of [`as_str`](Self::as_str).
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
