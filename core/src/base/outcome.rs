//! What may now be true on the server.

/// What may now be true on the server. A call's outcome is the worst over all its attempts.
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
