//! The one error type: what failed, whether it happened on the server, and what to do next.

mod display;
pub(crate) mod header_times;
mod headline;
mod kind_text;
mod outcome_unknown;
mod predicates;
mod redact;
pub(crate) mod refusal;
pub(crate) mod wording;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::error::Error as StdError;
use core::time::Duration;

use http::StatusCode;

pub use self::outcome_unknown::OutcomeUnknown;
use self::refusal::{Answer, Word};
use crate::base::{Operation, Outcome, Secret, Target};
use crate::json::body::Unreadable;

/// The error of every call.
///
/// [`kind`](Self::kind) says what failed, [`outcome`](Self::outcome) what may now be true on the
/// server. Cheap to clone: a failure is shared with those who waited for it.
///
/// Neither `Debug` nor `Display` shows a credential, a cleartext or a token, not even one that the
/// server echoed: texts of an answer are kept with every credential of the request replaced.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    what: Cow<'static, str>,
    field: Option<&'static str>,
    operation: Option<Operation>,
    target: Option<Target>,
    outcome: Outcome,
    attempts: u32,
    answer: Option<Answer>,
    unknown: Option<OutcomeUnknown>,
    cleartext: Option<Secret>,
    cleartext_id: Option<String>,
    /// The time to the next try, where it was not the answer that told it.
    wait: Option<Duration>,
    /// Attempts or time ran out: a caller with more of them would have sent it again.
    gave_up: bool,
    remembered: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    #[cfg(feature = "jwt")]
    token: Option<crate::jwt::TokenError>,
}

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or a setting that cannot be used; nothing was sent. See
    /// [`Error::field`].
    InvalidArgument,
    /// The call needs a credential that was not configured; nothing was sent.
    MissingCredential,
    /// No connection: the name has no address, or TCP failed.
    Connect,
    /// A limit passed before the connection was established, TLS included.
    ConnectTimeout,
    /// The TLS handshake failed, or the server's certificate was refused.
    Tls,
    /// A limit passed after the connection was established.
    Timeout,
    /// The connection was reset, or ended before the answer was complete.
    Transport,
    /// The answer is not HTTP, its headers are above their limit, or its final status is a 1xx.
    Protocol,
    /// The answer's body is above its limit.
    BodyTooLarge,
    /// The answer is complete, but corrupt in its coding, not JSON, or not what the call promises.
    Decode,
    /// The server answered with a redirect, which is never followed.
    RedirectRefused,
    /// Too many requests (429, or the service's `E130429`). See [`Error::retry_after`].
    RateLimited,
    /// A 4xx that nothing shows to be the service's: a gateway, an edge or a proxy answered in its
    /// place, or the base URL leads elsewhere. Nothing follows from it about any key. (A 429 of
    /// theirs is `RateLimited`, a 408 or 425 `Api`: those are retried, whoever sends them.)
    Intermediary,
    /// The service refused, or the answer has another status that is no success.
    Api,
    /// The token failed validation. See [`Error::token_error`](crate::Error::token_error).
    InvalidToken,
    /// The signing keys that decide about a token are being fetched, and this call does not wait for
    /// them. See [`Error::retry_after`].
    NotYetKnown,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            what: what.into(),
            field: None,
            operation: None,
            target: None,
            outcome: Outcome::NotSent,
            attempts: 0,
            answer: None,
            unknown: None,
            cleartext: None,
            cleartext_id: None,
            wait: None,
            gave_up: false,
            remembered: false,
            source: None,
            #[cfg(feature = "jwt")]
            token: None,
        }))
    }

    /// An argument or setting that cannot be used. `what` completes the sentence that `field`
    /// begins ("is empty"), and must show no credential. For drivers and wrappers.
    pub fn invalid_argument(field: &'static str, what: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(ErrorKind::InvalidArgument, what);
        error.edit().field = Some(field);
        error
    }

    /// An answer that is not what the call promises. `what` is a sentence ("the answer has no `id`")
    /// that must show nothing of the answer. For [`Endpoint::parse`](crate::Endpoint::parse).
    pub fn decode(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Decode, what)
    }

    /// The same failure, told in other words.
    #[cfg(feature = "jwt")]
    pub(crate) fn told(mut self, what: impl Into<Cow<'static, str>>) -> Self {
        self.edit().what = what.into();
        self
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn token(reason: crate::jwt::TokenError) -> Self {
        let mut error = Self::new(ErrorKind::InvalidToken, "invalid token");
        error.edit().token = Some(reason);
        error
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.edit().source = Some(Arc::from(source.into()));
        self
    }

    pub(crate) fn with_answer(mut self, answer: Answer) -> Self {
        self.edit().answer = Some(answer);
        self
    }

    pub(crate) fn with_wait(mut self, wait: Duration) -> Self {
        self.edit().wait = Some(wait);
        self
    }

    pub(crate) fn with_cleartext(mut self, cleartext: Secret, id: Option<String>) -> Self {
        let inner = self.edit();
        inner.cleartext = Some(cleartext);
        inner.cleartext_id = id;
        self
    }

    pub(crate) fn with_call(
        mut self,
        operation: Operation,
        outcome: Outcome,
        attempts: u32,
    ) -> Self {
        let inner = self.edit();
        inner.operation = Some(operation);
        inner.outcome = outcome;
        inner.attempts = attempts;
        self
    }

    pub(crate) fn with_target(mut self, target: Option<Target>) -> Self {
        self.edit().target = target;
        self
    }

    pub(crate) fn with_unknown(mut self, unknown: OutcomeUnknown) -> Self {
        self.edit().unknown = Some(unknown);
        self
    }

    /// Attempts or time ran out.
    pub(crate) fn gave_up(mut self) -> Self {
        self.edit().gave_up = true;
        self
    }

    /// What a caller is told while the failed request is not tried again: the same, with nothing sent.
    #[cfg(feature = "jwt")]
    pub(crate) fn remembered(&self, wait: Duration) -> Self {
        let mut error = self.clone().with_source(self.clone());
        let inner = error.edit();
        (inner.outcome, inner.attempts) = (Outcome::NotSent, 0);
        (inner.unknown, inner.cleartext) = (None, None);
        (inner.wait, inner.remembered) = (Some(wait), true);
        error
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// What failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What may now be true on the server: the worst over all attempts.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The details of a change that may or may not have been made. There for every operation that
    /// changes something and whose [`outcome`](Self::outcome) is `Unknown`.
    #[must_use]
    pub fn outcome_unknown(&self) -> Option<&OutcomeUnknown> {
        self.0.unknown.as_ref()
    }

    /// The cleartext that did arrive, where the rest of the answer to a create or rotate could not
    /// be used. It is delivered only here, and this once: keep it, or delete the key.
    #[must_use]
    pub fn cleartext(&self) -> Option<&Secret> {
        self.0.cleartext.as_ref()
    }

    /// The id of the key that [`cleartext`](Self::cleartext) is of, where the answer tells it. It is
    /// that of another key where somebody else's answer was delivered.
    #[must_use]
    pub fn cleartext_id(&self) -> Option<&str> {
        self.0.cleartext_id.as_deref()
    }

    /// The operation that failed. None when the error arose outside a call.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// What the operation was to act on.
    #[must_use]
    pub fn target(&self) -> Option<&Target> {
        self.0.target.as_ref()
    }

    /// How often the request was handed to the transport.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The argument or setting that cannot be used.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.0.field
    }

    /// The status of the last answer, complete or not.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref()?.status
    }

    /// Whether the service itself refused: the answer holds a code of its own
    /// ([`code`](Self::code)). Of a refusal that does not, nothing is to be concluded about a key: not
    /// that it is gone, nor that it is refused.
    #[must_use]
    pub fn is_from_service(&self) -> bool {
        self.word() != Word::Unproven
    }

    fn word(&self) -> Word {
        self.0.answer.as_ref().map_or(Word::Unproven, Answer::word)
    }

    /// Host and port that were asked, where an answer came that is no success.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        Some(&self.0.answer.as_ref()?.server)
    }

    /// The service's error code, such as `E011004`: `E` and six digits or more.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.answer.as_ref()?.code.as_deref()
    }

    /// The service's description of its error code.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.0.answer.as_ref()?.description.as_deref()
    }

    /// The service's message on this very failure.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.answer.as_ref()?.message.as_deref()
    }

    /// The part of an error answer's body that was kept: at most 64 KiB, credentials replaced.
    /// Empty where there was none.
    #[must_use]
    pub fn body(&self) -> &str {
        self.0.answer.as_ref().map_or("", |answer| &answer.body)
    }

    /// The service's id of the request, for a support case (`cf-ray`, else `x-request-id`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.as_ref()?.request_id.as_deref()
    }

    /// How long to wait: what the service asks for, counted from its answer; for a call that was held
    /// back, or that was answered with a remembered failure, the time to the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.wait.or_else(|| self.0.answer.as_ref()?.retry_after)
    }

    /// This is the failure of an earlier call, and this one sent nothing: after a failed exchange or
    /// fetch of signing keys, callers are answered with it until [`retry_after`](Self::retry_after)
    /// has passed. The original is the [`source`](StdError::source).
    #[must_use]
    pub fn is_remembered(&self) -> bool {
        self.0.remembered
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn has_given_up(&self) -> bool {
        self.0.gave_up
    }

    /// It is made of an answer, whole or cut, and whoever's.
    #[cfg(feature = "jwt")]
    pub(crate) fn is_answer(&self) -> bool {
        self.0.answer.is_some()
    }

    /// A 401 or 403, whoever said it.
    #[cfg(feature = "jwt")]
    pub(crate) fn is_refusal(&self) -> bool {
        let status = self.status();
        status.is_some_and(|s| [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&s))
    }

    pub(crate) fn answer(&self) -> Option<&Answer> {
        self.0.answer.as_ref()
    }

    /// Which check a token failed.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn token_error(&self) -> Option<&crate::jwt::TokenError> {
        self.0.token.as_ref()
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::NotUtf8(source) => {
                Self::decode("the answer is not UTF-8").with_source(source)
            }
            Unreadable::NotAsPromised(what) => Self::decode(what),
        }
    }
}
