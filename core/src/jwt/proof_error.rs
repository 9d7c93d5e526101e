//! Why a DPoP proof is refused.

use alloc::borrow::Cow;
use alloc::string::String;

use super::{JwkError, NumericDate};

/// The check that a DPoP proof (RFC 9449) failed. The answer to each is a 401 with
/// `WWW-Authenticate: DPoP error="invalid_dpop_proof"`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not a JWT with an accepted algorithm, or its claims are not one JSON object.
    #[error("{0}")]
    Malformed(Cow<'static, str>),
    /// The header's `typ` is not `dpop+jwt`.
    #[error("its `typ` is not `dpop+jwt`")]
    WrongType,
    /// The header has no `jwk` that can be used, or one that gives the private key away.
    #[error("the key in its header: {0}")]
    UnusableKey(JwkError),
    /// The key is not the one that the token is bound to.
    #[error("its key is not the one that the token is bound to")]
    WrongKey,
    /// The signature is not that key's.
    #[error("its signature does not match its key")]
    BadSignature,
    /// A required claim is not there or of a wrong type.
    #[error("its `{claim}` is missing or of a wrong type")]
    #[non_exhaustive]
    UnusableClaim {
        /// The claim's name.
        claim: &'static str,
    },
    /// `htm` is not the request's method.
    #[error("its method {htm} differs from the request's")]
    #[non_exhaustive]
    WrongMethod {
        /// The `htm`, quoted.
        htm: String,
    },
    /// `htu` is not the request's URL. Behind a proxy, that URL is the one the client used.
    #[error("its URL {htu} differs from the request's")]
    #[non_exhaustive]
    WrongUrl {
        /// The `htu`, quoted.
        htu: String,
    },
    /// `ath` is not the hash of this token.
    #[error("it was made for another token")]
    WrongToken,
    /// `iat` is outside of the time in which a proof is accepted.
    #[error("it was made at {issued_at}, now {now}")]
    #[non_exhaustive]
    NotFresh {
        /// `iat`.
        issued_at: NumericDate,
        /// The time of the check.
        now: NumericDate,
    },
    /// The proof was used before.
    #[error("it was used before")]
    Replayed,
    /// The replay store is full, so that a replay could not be told: see
    /// [`ReplayStore`](super::ReplayStore).
    #[error("the replay store is full")]
    ReplayStoreFull,
}
