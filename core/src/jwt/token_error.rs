//! Why a token is invalid.

use alloc::borrow::Cow;
use alloc::string::String;
use core::time::Duration;

use super::{Algorithm, NumericDate, ProofError};
use crate::base::{Span, UtcTime};
use crate::json::object::JsonError;

/// [`Token::MAX_LENGTH`](super::Token::MAX_LENGTH), which a message tells.
pub(super) const MAX_LENGTH: usize = 128 * 1024;

/// The check that a token failed, with the values.
///
/// Never shows the token. What is quoted of it (`kid`, issuer, audience) was not verified when the message
/// was made or comes from outside: it is cut to 64 characters and escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Longer than [`Token::MAX_LENGTH`](super::Token::MAX_LENGTH).
    #[error("the token has {length} bytes; at most {} are accepted", MAX_LENGTH)]
    #[non_exhaustive]
    TooLong {
        /// Bytes of the token.
        length: usize,
    },
    /// Not three segments of strict base64url, or one of them is not what it must be.
    #[error("the token's {part} is malformed: {reason}")]
    #[non_exhaustive]
    Malformed {
        /// `structure`, `header`, `claims` or `signature`.
        part: &'static str,
        /// What was found wrong.
        reason: Cow<'static, str>,
    },
    /// The header's `alg` is not an accepted one.
    #[error("the token's algorithm {algorithm} is not accepted")]
    #[non_exhaustive]
    AlgorithmNotAccepted {
        /// The `alg`, quoted.
        algorithm: String,
    },
    /// The header has no `kid`.
    #[error("the token names no signing key: its header has no `kid`")]
    MissingKid,
    /// No usable key of the set has the header's `kid`.
    #[error(
        "the project has no usable signing key {kid}: does the token belong to another project?"
    )]
    #[non_exhaustive]
    UnknownKid {
        /// The `kid`, quoted.
        kid: String,
    },
    /// The key is not one for the header's `alg`.
    #[error("the token's signing key does not fit {algorithm}")]
    #[non_exhaustive]
    AlgorithmMismatch {
        /// The header's `alg`.
        algorithm: Algorithm,
    },
    /// The signature is not the key's over this header and these claims.
    #[error("the token's signature does not match its signing key")]
    BadSignature,
    /// A claim that is required is not there.
    #[error("the token has no `{claim}`")]
    #[non_exhaustive]
    MissingClaim {
        /// The claim's name.
        claim: &'static str,
    },
    /// A claim that is checked is of a wrong type.
    #[error("the token's `{claim}` is not {expected}")]
    #[non_exhaustive]
    WrongType {
        /// The claim's name.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// `exp` and the leeway have passed.
    #[error(
        "the token expired at {}, {} ago by this machine's clock (leeway {})",
        date(expired_at),
        between(expired_at, now),
        Span(leeway.as_secs())
    )]
    #[non_exhaustive]
    Expired {
        /// `exp`.
        expired_at: NumericDate,
        /// The time of the check.
        now: NumericDate,
        /// How much later than `exp` would have been accepted.
        leeway: Duration,
    },
    /// `nbf` or `iat` is further ahead than the leeway: check this machine's clock.
    #[error(
        "the token is not valid yet: its `{claim}` is {}, {} ahead of this machine's clock (leeway \
         {})",
        date(valid_from),
        between(valid_from, now),
        Span(leeway.as_secs())
    )]
    #[non_exhaustive]
    NotYetValid {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// Its value.
        valid_from: NumericDate,
        /// The time of the check.
        now: NumericDate,
        /// How much earlier would have been accepted.
        leeway: Duration,
    },
    /// The issuer is not the project.
    #[error("the token's issuer {issuer} is not the project {project_id}")]
    #[non_exhaustive]
    WrongIssuer {
        /// The `iss`, quoted.
        issuer: String,
        /// The project that was expected.
        project_id: String,
    },
    /// The audience holds none of the accepted values.
    #[error("the token's audience {audience} is not {accepted}")]
    #[non_exhaustive]
    WrongAudience {
        /// The token's, each value quoted.
        audience: String,
        /// What was expected, likewise.
        accepted: String,
    },
    /// The token is bound to a key (`cnf.jkt`, RFC 9449), and no proof of it was checked.
    #[error("the token is bound to a DPoP key, but no proof was presented")]
    ProofRequired,
    /// A proof was presented for a token that is bound to no key, so that it proves nothing.
    #[error("the token is not bound to a DPoP key")]
    NotBound,
    /// The token is good, and the proof that came with it is not.
    #[error("invalid DPoP proof: {0}")]
    Proof(#[from] ProofError),
    /// A claim is there, but is not what the caller asked to read.
    #[error("the token's claim {claim} cannot be read as the requested type: {reason}")]
    #[non_exhaustive]
    UnreadableClaim {
        /// The claim's name, quoted.
        claim: String,
        /// The parser's words, quoted.
        reason: String,
    },
}

impl TokenError {
    /// Whether the one thing wrong so far is that the key is not known: fetching the signing keys again
    /// may help, which it does for nothing else.
    #[must_use]
    pub fn is_unknown_kid(&self) -> bool {
        matches!(self, Self::UnknownKid { .. })
    }

    /// Whether the token was good, and its time is over.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        matches!(self, Self::Expired { .. })
    }

    pub(super) fn malformed(part: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed { part, reason: reason.into() }
    }

    pub(super) fn json(part: &'static str, error: JsonError) -> Self {
        Self::malformed(part, alloc::format!("{error}"))
    }
}

fn date(time: &NumericDate) -> UtcTime {
    UtcTime(time.unix_seconds())
}

fn between(a: &NumericDate, b: &NumericDate) -> Span {
    Span::between(a.unix_seconds(), b.unix_seconds())
}
