//! Why a request is not let in, as the head of the response to answer it with.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error as StdError;
use core::fmt;
use core::time::Duration;

use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

use super::challenge::Scheme;
use super::word_on_key::{is_no_key, refuses_key};
use crate::error::{Error, ErrorKind};
use crate::jwt::{ProofError, TokenError};

/// When a client may come back where nothing else is known.
const SOON: Duration = Duration::from_secs(1);

/// Why a request is refused, with the head of the response: status, `WWW-Authenticate` and
/// `Retry-After`, as RFC 6750 and RFC 9449 define them.
///
/// ```
/// use descope_core::Rejection;
/// use http::Response;
///
/// fn answer(rejection: Rejection) -> Response<Vec<u8>> {
///     eprintln!("{rejection}"); // for the log: no secret is in it
///     rejection.into() // for the client: it is told no more than it needs
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Rejection(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: RejectionKind,
    challenges: Vec<HeaderValue>,
    retry_after: Option<Duration>,
    missing: Option<String>,
    cause: Option<Error>,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// It has no credential, or one of no scheme that is taken. 401 without an error code.
    NoCredential,
    /// It has two `Authorization` or two `DPoP` headers. 400, `invalid_request`.
    Malformed,
    /// Its token is invalid. 401, `invalid_token`.
    BadToken,
    /// Its DPoP proof is missing or wrong. 401, `invalid_dpop_proof`.
    BadProof,
    /// Its access key is none, as its form or the service says; or keys are not taken here. 401,
    /// `invalid_token`.
    BadKey,
    /// Its credential is good, and does not allow this. 403, `insufficient_scope`.
    Insufficient,
    /// What decides about its credential is not at hand: the service cannot be reached or is not to
    /// be asked at this moment. 503, `Retry-After`.
    Unavailable,
    /// This server is not configured to decide about it. 500.
    Misconfigured,
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind, scheme: Scheme) -> Self {
        let challenges: Vec<_> = match kind {
            RejectionKind::NoCredential => [scheme.offer()].into(),
            RejectionKind::Malformed => [scheme.error("invalid_request")].into(),
            RejectionKind::BadToken | RejectionKind::BadKey => {
                [scheme.error("invalid_token")].into()
            }
            RejectionKind::BadProof => [Scheme::Dpop.error("invalid_dpop_proof")].into(),
            RejectionKind::Insufficient => [scheme.insufficient(None)].into(),
            RejectionKind::Unavailable | RejectionKind::Misconfigured => Vec::new(),
        };
        let retry_after = (kind == RejectionKind::Unavailable).then_some(SOON);
        Self(Box::new(Inner { kind, challenges, retry_after, missing: None, cause: None }))
    }

    pub(crate) fn no_credential(offered: &[Scheme]) -> Self {
        let mut rejection = Self::new(RejectionKind::NoCredential, Scheme::Bearer);
        rejection.0.challenges = offered.iter().map(|scheme| scheme.offer()).collect();
        rejection
    }

    /// `missing` is what the credential lacks, in words; `scope` the scope that would have it.
    pub(crate) fn insufficient(scheme: Scheme, missing: String, scope: Option<&str>) -> Self {
        let mut rejection = Self::new(RejectionKind::Insufficient, scheme);
        rejection.0.challenges = [scheme.insufficient(scope)].into();
        rejection.0.missing = Some(missing);
        rejection
    }

    /// Of a token that was presented.
    pub(crate) fn of_token(error: Error, scheme: Scheme, offered: &[Scheme]) -> Self {
        match error.token_error() {
            None => Self::not_decided(error),
            Some(TokenError::Proof(ProofError::ReplayStoreFull)) => Self::unavailable(error),
            Some(TokenError::Proof(_)) => Self::new(RejectionKind::BadProof, scheme).because(error),
            // It would be let in with a proof.
            Some(TokenError::ProofRequired) if offered.contains(&Scheme::Dpop) => {
                Self::new(RejectionKind::BadToken, Scheme::Dpop).because(error)
            }
            Some(_) => Self::new(RejectionKind::BadToken, scheme).because(error),
        }
    }

    /// Of an access key that was presented.
    pub(crate) fn of_key(error: Error) -> Self {
        match error.token_error() {
            // The service's own token is not taken: an audience or a clock is not as it must be.
            Some(reason) if !reason.is_unknown_kid() => {
                Self::new(RejectionKind::Misconfigured, Scheme::Bearer).because(error)
            }
            Some(_) => Self::unavailable(error),
            None if refuses_key(&error) || is_no_key(&error) => {
                Self::new(RejectionKind::BadKey, Scheme::Bearer).because(error)
            }
            None => Self::not_decided(error),
        }
    }

    /// Of a call of ours that failed: never the client's fault.
    pub(crate) fn not_decided(error: Error) -> Self {
        use ErrorKind::{InvalidArgument, InvalidToken, MissingCredential};
        let ours = matches!(error.kind(), InvalidArgument | InvalidToken | MissingCredential)
            || error.kind() == ErrorKind::Api
                && error.is_from_service()
                && error.status().is_some_and(|status| status.is_client_error());
        match ours {
            true => Self::new(RejectionKind::Misconfigured, Scheme::Bearer).because(error),
            false => Self::unavailable(error),
        }
    }

    fn unavailable(error: Error) -> Self {
        let mut rejection = Self::new(RejectionKind::Unavailable, Scheme::Bearer);
        rejection.0.retry_after = Some(error.retry_after().unwrap_or(SOON).max(SOON));
        rejection.because(error)
    }

    fn because(mut self, error: Error) -> Self {
        self.0.cause = Some(error);
        self
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.0.kind
    }

    /// The status to answer with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.kind() {
            RejectionKind::Malformed => StatusCode::BAD_REQUEST,
            RejectionKind::NoCredential
            | RejectionKind::BadToken
            | RejectionKind::BadProof
            | RejectionKind::BadKey => StatusCode::UNAUTHORIZED,
            RejectionKind::Insufficient => StatusCode::FORBIDDEN,
            RejectionKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            RejectionKind::Misconfigured => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The values of `WWW-Authenticate`: one for each scheme that the client may go on with.
    pub fn challenges(&self) -> impl Iterator<Item = &HeaderValue> {
        self.0.challenges.iter()
    }

    /// How long the client is to wait, in whole seconds: the value of `Retry-After`.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = |wait: Duration| wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.0.retry_after.map(|wait| Duration::from_secs(seconds(wait)))
    }

    /// The error behind it, for the log. The client is not told.
    #[must_use]
    pub fn cause(&self) -> Option<&Error> {
        self.0.cause.as_ref()
    }
}

/// Of a call of the server's own that failed, which is never the client's fault: 503, or 500 where its
/// configuration is wrong.
impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        Self::not_decided(error)
    }
}

/// With an empty body.
impl<B: Default> From<Rejection> for Response<B> {
    fn from(rejection: Rejection) -> Self {
        let mut response = Self::new(B::default());
        *response.status_mut() = rejection.status();
        let headers = response.headers_mut();
        for challenge in rejection.challenges() {
            headers.append(WWW_AUTHENTICATE, challenge.clone());
        }
        if let Some(wait) = rejection.retry_after() {
            headers.insert(RETRY_AFTER, wait.as_secs().into());
        }
        response
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind() {
            RejectionKind::NoCredential => "the request has no credential that is accepted here",
            RejectionKind::Malformed => "the request repeats a header",
            RejectionKind::BadToken => "the request's token is invalid",
            RejectionKind::BadProof => "the request's DPoP proof is missing or invalid",
            RejectionKind::BadKey => "the request's access key was rejected",
            RejectionKind::Insufficient => "the request's credential does not allow this",
            RejectionKind::Unavailable => "the request's credential cannot be checked now",
            RejectionKind::Misconfigured => {
                "this server is not configured to check the request's credential"
            }
        })?;
        if let Some(missing) = &self.0.missing {
            write!(f, ": it lacks {missing}")?;
        }
        match &self.0.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause: &(dyn StdError + 'static) = self.0.cause.as_ref()?;
        Some(cause)
    }
}
