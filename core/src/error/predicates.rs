//! What a caller asks of an error.

use http::StatusCode;

use super::refusal::Word;
use super::{Error, ErrorKind};

impl Error {
    /// The service says that there is no such thing (`E111502`, or another code of its own with 404).
    /// A 404 of somebody else's is none: see [`is_from_service`](Self::is_from_service).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is_key_not_found() || self.refused_with(&[StatusCode::NOT_FOUND])
    }

    /// The service says that there is no such access key (`E111502`): what alone proves that a key is
    /// gone.
    #[must_use]
    pub fn is_key_not_found(&self) -> bool {
        self.word() == Word::KeyNotFound
    }

    /// The credential is not configured, or the service says that it is wrong or not allowed to do
    /// this (401, 403 with a code of its own). A 401 or 403 of somebody else's is none: see
    /// [`is_from_service`](Self::is_from_service).
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::MissingCredential
            || self.refused_with(&[StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN])
    }

    /// Whether the service refused with one of these.
    fn refused_with(&self, statuses: &[StatusCode]) -> bool {
        self.word() == Word::Service && self.status().is_some_and(|s| statuses.contains(&s))
    }

    /// Too many requests (429, or the service's `E130429`).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// A limit of time passed, before or after the connection was established.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::ConnectTimeout | ErrorKind::Timeout)
    }

    /// The service could not be reached, or its answer did not arrive, or not yet.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        use ErrorKind::{Connect, NotYetKnown, Tls, Transport};
        self.is_timeout() || matches!(self.kind(), Connect | NotYetKnown | Tls | Transport)
    }

    /// An argument or setting is wrong; nothing was sent. See [`field`](Self::field).
    #[must_use]
    pub fn is_invalid_argument(&self) -> bool {
        self.kind() == ErrorKind::InvalidArgument
    }

    /// A change may or may not have been made. See [`outcome_unknown`](Self::outcome_unknown).
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.unknown.is_some()
    }
}
