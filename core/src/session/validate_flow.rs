//! Validates a token, and fetches the signing keys for it where they are needed.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::session_context::SessionContext;
use crate::base::{Now, RequestKind, Secret};
use crate::call::Call;
use crate::call::Reply;
use crate::call::flight::Follower;
use crate::call::patience::Waited;
use crate::call::step::{Machine, Resume, Step, Waiting};
use crate::config::{Cache, CallOptions, Event, NO_AUDIENCE};
use crate::endpoints::FetchSigningKeys;
use crate::error::{Error, ErrorKind};
use crate::jwt::{Audience, Claims, DpopRequest, Token, TokenError};
use crate::session::signing_key_cache::{FetchResult, Fetched, Lookup, Origin};
use crate::session::signing_key_fetch::SigningKeyFetch;

/// A token to validate, with its own requirements besides the configuration's.
///
/// ```
/// use descope_core::{ValidateToken, jwt::Audience};
///
/// let validate = ValidateToken::new("eyJ…").audience(Audience::any_of(["https://api.example.com"]));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ValidateToken<'a> {
    token: TokenText<'a>,
    audience: Option<Audience>,
    proof: Option<Proof>,
    origin: Origin,
    keys_at_hand: bool,
}

/// A copy of what a DPoP proof is checked against.
#[derive(Debug, Clone)]
struct Proof {
    method: String,
    url: String,
    proof: Secret,
}

impl<'a> ValidateToken<'a> {
    /// A token that somebody presents, as it comes: nothing is trimmed.
    pub fn new(token: &'a str) -> Self {
        let token = TokenText::Borrowed(token);
        Self { token, audience: None, proof: None, origin: Origin::Presented, keys_at_hand: false }
    }

    /// A token that the service has just issued.
    pub(super) fn exchanged(token: &Secret, audience: Option<Audience>) -> ValidateToken<'static> {
        let token = TokenText::Owned(token.clone());
        let origin = Origin::Exchanged;
        ValidateToken { token, audience, proof: None, origin, keys_at_hand: false }
    }

    /// Keeps a copy of the token, for a driver that cannot borrow it.
    pub fn into_owned(self) -> ValidateToken<'static> {
        let token = TokenText::Owned(Secret::new(self.token.text()));
        ValidateToken { token, ..self }
    }

    /// Accepts these audiences in place of the configured ones.
    pub fn audience(mut self, audience: Audience) -> Self {
        self.audience = Some(audience);
        self
    }

    /// Judges by the signing keys at hand, and fetches none: this takes no time. Where they are not
    /// enough the error is `NotYetKnown`, and it is for
    /// a [`SigningKeyKeeper`](crate::SigningKeyKeeper) to fetch others.
    pub fn keys_at_hand(mut self) -> Self {
        self.keys_at_hand = true;
        self
    }

    /// Requires a token that is bound to a DPoP key (RFC 9449), with the proof that came with this
    /// request. Without this a bound token is refused.
    pub fn dpop(mut self, request: &DpopRequest<'_>) -> Self {
        self.proof = Some(Proof {
            method: request.method.into(),
            url: request.url.into(),
            proof: request.proof.into(),
        });
        self
    }
}

impl<'a> From<&'a str> for ValidateToken<'a> {
    fn from(token: &'a str) -> Self {
        Self::new(token)
    }
}

impl<'a> From<&'a String> for ValidateToken<'a> {
    fn from(token: &'a String) -> Self {
        Self::new(token)
    }
}

impl<'a> From<&'a Secret> for ValidateToken<'a> {
    fn from(token: &'a Secret) -> Self {
        Self::new(token.expose())
    }
}

/// A validation in progress: the machine of [`Context::validate`](crate::Context::validate).
pub struct ValidateFlow<'a> {
    judging: Judging<'a>,
    pending: Pending,
}

impl<'a> ValidateFlow<'a> {
    /// Begins. With the signing keys at hand this is also the end: `Step::Done`.
    pub(crate) fn start(
        context: SessionContext,
        validate: ValidateToken<'a>,
        options: CallOptions,
        now: Now,
    ) -> Step<Self> {
        if validate.audience.as_ref().is_some_and(Audience::accepts_nothing) {
            return Step::Done(Err(Error::invalid_argument("audience", NO_AUDIENCE)));
        }
        let deadline = context.deadline(&options, now);
        Judging { context, validate, options, deadline }.look_up(now)
    }
}

#[expect(clippy::large_enum_variant, reason = "one of them is under way at a time")]
enum Pending {
    Fetch(Call<FetchSigningKeys>, SigningKeyFetch),
    Wait(Follower<FetchResult>),
}

struct Judging<'a> {
    context: SessionContext,
    validate: ValidateToken<'a>,
    options: CallOptions,
    /// Monotonic.
    deadline: Duration,
}

impl Machine for ValidateFlow<'_> {
    type Output = Claims;
}

impl Resume for ValidateFlow<'_> {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Fetch(call, fetch) => {
                self.judging.after_fetch(call.on_reply(reply, now), fetch, now)
            }
            Pending::Wait(_) => self.judging.look_up(now),
        }
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Fetch(call, fetch) => self.judging.after_fetch(call.on_wake(now), fetch, now),
            Pending::Wait(follower) => self.judging.after_wait(follower, now),
        }
    }
}

impl<'a> Judging<'a> {
    fn look_up(self, now: Now) -> Step<ValidateFlow<'a>> {
        let text = self.validate.token.text();
        let token = match Token::parse(text) {
            Ok(token) => token,
            Err(reason) => return refused(reason),
        };
        let Some(kid) = token.kid() else { return refused(TokenError::MissingKid) };
        if self.validate.keys_at_hand {
            let cache = self.context.signing_keys();
            let keys = self.context.upkeep().judges_by(cache, kid, now);
            return Step::Done(keys.and_then(|keys| self.judge(&token, &keys, now)));
        }
        let keys = self.context.signing_keys();
        let held_back = || {
            let cooldowns = self.context.calls().cooldowns();
            cooldowns.holds(RequestKind::SigningKeys, now)
        };
        match keys.look_up(kid, self.validate.origin, held_back, now) {
            Lookup::Judge(keys) => {
                self.context.tell(Event::CacheHit { cache: Cache::SigningKeys });
                Step::Done(self.judge(&token, &keys, now))
            }
            Lookup::Wait(follower) => {
                let limit = self.deadline.saturating_sub(now.monotonic());
                let flight = follower.flight();
                let pending = Pending::Wait(follower);
                Step::Wait(flight, limit, Waiting(ValidateFlow { judging: self, pending }))
            }
            Lookup::Failed(error) => {
                self.context.tell(Event::FailureRemembered { cache: Cache::SigningKeys });
                self.without_fetch(error, now)
            }
            Lookup::Fetch { lease, again } => {
                let (context, options) = (&self.context, &self.options);
                let leads = (lease, again);
                let (fetch, step) =
                    SigningKeyFetch::start(context, leads, options, self.deadline, now);
                self.after_fetch(step, fetch, now)
            }
        }
    }

    fn after_fetch(
        self,
        step: Step<Call<FetchSigningKeys>>,
        fetch: SigningKeyFetch,
        now: Now,
    ) -> Step<ValidateFlow<'a>> {
        let result = match step.split() {
            Err(result) => result,
            Ok(suspended) => {
                return suspended.within(|call| ValidateFlow {
                    judging: self,
                    pending: Pending::Fetch(call, fetch),
                });
            }
        };
        match fetch.end(&self.context, result, now) {
            // Whatever they hold, this token causes no other fetch.
            Ok(keys) => self.judge_by(&keys, now),
            Err(error) => self.without_fetch(error, now),
        }
    }

    fn judge_by(self, keys: &Fetched, now: Now) -> Step<ValidateFlow<'a>> {
        match Token::parse(self.validate.token.text()) {
            Ok(token) => Step::Done(self.judge(&token, keys, now)),
            Err(reason) => refused(reason),
        }
    }

    fn after_wait(self, follower: Follower<FetchResult>, now: Now) -> Step<ValidateFlow<'a>> {
        let patience = self.context.patience(&self.options, self.deadline);
        match follower.waited(patience) {
            Waited::Over(Ok(())) | Waited::Anew => self.look_up(now),
            Waited::Over(Err(error)) => self.without_fetch(error, now),
            Waited::TooLate => {
                let text = "the signing keys that another caller fetches did not come in time";
                Step::Done(Err(Error::new(ErrorKind::Timeout, text).gave_up()))
            }
        }
    }

    /// The fetch failed: keys that are not too old still serve.
    fn without_fetch(self, error: Error, now: Now) -> Step<ValidateFlow<'a>> {
        let text = self.validate.token.text();
        let judged = Token::parse(text).ok().and_then(|token| {
            let answered = error.is_answer();
            let keys = self.context.signing_keys().stale(token.kid()?, answered, now)?;
            Some(self.judge(&token, &keys, now))
        });
        Step::Done(judged.unwrap_or(Err(error)))
    }

    fn judge(&self, token: &Token<'_>, keys: &Fetched, now: Now) -> Result<Claims, Error> {
        judge(&self.context, &self.validate, token, keys, now)
    }
}

/// Validates where nothing has to be fetched and nobody waited for.
pub(crate) fn validate_at_hand(
    context: &SessionContext,
    validate: &ValidateToken<'_>,
    now: Now,
) -> Option<Result<Claims, Error>> {
    if validate.proof.is_some() || context.verified_tokens().is_some() {
        return None;
    }
    let token = Token::parse(validate.token.text()).ok()?;
    let keys = context.signing_keys().at_hand(token.kid()?, now)?;
    context.tell(Event::CacheHit { cache: Cache::SigningKeys });
    Some(judge(context, validate, &token, &keys, now))
}

fn judge(
    context: &SessionContext,
    validate: &ValidateToken<'_>,
    token: &Token<'_>,
    keys: &Fetched,
    now: Now,
) -> Result<Claims, Error> {
    let configured = context.config().token_rules();
    let rules = match &validate.audience {
        None => Cow::Borrowed(configured),
        Some(audience) => Cow::Owned(configured.clone().audience(audience.clone())),
    };
    let judged = match (&validate.proof, context.verified_tokens()) {
        (Some(Proof { method, url, proof }), _) => {
            let request = DpopRequest::new(method, url, proof.expose());
            rules.validate_bound(token, &keys.set, &request, context.proofs(), now.unix())
        }
        (None, Some(verified)) => {
            verified.validate(&rules, token, &keys.set, keys.generation, now.unix())
        }
        (None, None) => rules.validate(token, &keys.set, now.unix()),
    };
    judged.map_err(Error::token)
}

fn refused<'a>(reason: TokenError) -> Step<ValidateFlow<'a>> {
    Step::Done(Err(Error::token(reason)))
}

#[derive(Clone)]
enum TokenText<'a> {
    Borrowed(&'a str),
    Owned(Secret),
}

impl TokenText<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(secret) => secret.expose(),
        }
    }
}

impl fmt::Debug for TokenText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Debug for ValidateFlow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidateFlow").field("validate", &self.judging.validate).finish()
    }
}
