//! Validates a token, and fetches the keys for it where they are needed.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::CallOptions;
use crate::call::Attempts;
use crate::flight::{Follower, Lease};
use crate::jwt::{Audience, Claims, DpopRequest, Token, TokenError};
use crate::key_set::FetchKeySet;
use crate::keys::{FetchResult, Fetched, Lookup, Origin};
use crate::patience::Patience;
use crate::step::{Machine, Step, Waiting};
use crate::{Context, Error, ErrorKind, Now, Reply, Secret};

/// A validation that has not begun. Made by [`Context::validate`].
#[must_use = "a flow does nothing until it is started and driven"]
#[derive(Debug)]
pub struct Validate<'a> {
    context: Context,
    token: TokenText<'a>,
    audience: Option<Audience>,
    proof: Option<Proof>,
    options: CallOptions,
    origin: Origin,
}

/// A copy of what a DPoP proof is checked against.
#[derive(Debug)]
struct Proof {
    method: String,
    url: String,
    proof: Secret,
}

impl<'a> Validate<'a> {
    pub(crate) fn presented(context: Context, token: &'a str) -> Self {
        let token = TokenText::Borrowed(token);
        Self {
            context,
            token,
            audience: None,
            proof: None,
            options: CallOptions::default(),
            origin: Origin::Presented,
        }
    }

    pub(super) fn exchanged(
        context: Context,
        token: Secret,
        audience: Option<Audience>,
        options: CallOptions,
    ) -> Self {
        let token = TokenText::Owned(token);
        Self { context, token, audience, proof: None, options, origin: Origin::Exchanged }
    }

    /// Keeps a copy of the token, for a driver that cannot borrow it.
    pub fn into_owned(self) -> Validate<'static> {
        let token = TokenText::Owned(Secret::new(self.token.text()));
        Validate { token, ..self }
    }

    /// Accepts these audiences in place of the configured ones.
    pub fn audience(mut self, audience: Audience) -> Self {
        self.audience = Some(audience);
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

    /// Sets what a fetch of the keys has otherwise than the configuration.
    pub fn with(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Begins. With the keys at hand this is also the end: `Step::Done`.
    pub fn start(self, now: Now) -> Step<Validating<'a>> {
        let deadline = self.options.deadline_or(self.context.config().limits().deadline);
        let deadline = now.monotonic().saturating_add(deadline);
        Judging { validate: self, deadline, fetched: false }.look_up(now)
    }
}

/// A validation under way: the machine of [`Validate`].
pub struct Validating<'a> {
    judging: Judging<'a>,
    pending: Pending,
}

#[expect(clippy::large_enum_variant, reason = "one of them is under way at a time")]
enum Pending {
    Fetch(Attempts<FetchKeySet>, Lease<FetchResult>),
    Wait(Follower<FetchResult>),
}

struct Judging<'a> {
    validate: Validate<'a>,
    /// Monotonic.
    deadline: Duration,
    /// The keys were fetched for this very token.
    fetched: bool,
}

impl Machine for Validating<'_> {
    type Output = Claims;

    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Fetch(call, lease) => {
                self.judging.after_fetch(call.on_reply(reply, now), lease, now)
            }
            Pending::Wait(_) => self.judging.look_up(now),
        }
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        match self.pending {
            Pending::Fetch(call, lease) => self.judging.after_fetch(call.on_wake(now), lease, now),
            Pending::Wait(follower) => self.judging.after_wait(follower, now),
        }
    }
}

impl<'a> Judging<'a> {
    fn look_up(self, now: Now) -> Step<Validating<'a>> {
        let text = self.validate.token.text();
        let token = match Token::parse(text) {
            Ok(token) => token,
            Err(reason) => return refused(reason),
        };
        let Some(kid) = token.kid() else { return refused(TokenError::MissingKid) };
        let context = &self.validate.context;
        let keys = context.keys();
        match keys.look_up(kid, self.validate.origin, self.fetched, now.monotonic()) {
            Lookup::Judge(keys) => Step::Done(self.judge(&token, &keys, now)),
            Lookup::Wait(follower) => {
                let limit = self.deadline.saturating_sub(now.monotonic());
                let flight = follower.flight();
                let pending = Pending::Wait(follower);
                Step::Wait(flight, limit, Waiting(Validating { judging: self, pending }))
            }
            Lookup::Fetch(lease) => {
                let left = self.deadline.saturating_sub(now.monotonic());
                let options = self.validate.options.clone().deadline(left);
                let step = context.call(FetchKeySet::new()).with(options).start(now);
                self.after_fetch(step, lease, now)
            }
        }
    }

    fn after_fetch(
        mut self,
        step: Step<Attempts<FetchKeySet>>,
        lease: Lease<FetchResult>,
        now: Now,
    ) -> Step<Validating<'a>> {
        let result = match step.split() {
            Err(result) => result,
            Ok(suspended) => {
                return suspended.within(|call| Validating {
                    judging: self,
                    pending: Pending::Fetch(call, lease),
                });
            }
        };
        self.fetched = true;
        let keys = self.validate.context.keys();
        match keys.fetched(lease, result, self.patience(), now.monotonic()) {
            Ok(()) => self.look_up(now),
            Err(error) => self.without_fetch(error, now),
        }
    }

    fn after_wait(self, follower: Follower<FetchResult>, now: Now) -> Step<Validating<'a>> {
        match follower.result() {
            Some(Some(Err(failure))) => match failure.of(self.patience()) {
                Some(error) => self.without_fetch(error, now),
                None => self.look_up(now),
            },
            // The keys have come, or their fetch was given up: then this caller may lead.
            Some(_) => self.look_up(now),
            None => Step::Done(Err(Error::new(
                ErrorKind::Timeout,
                "the keys that another caller fetches did not come in time",
            ))),
        }
    }

    fn patience(&self) -> Patience {
        let limits = self.validate.context.config().limits();
        self.validate.options.patience(self.deadline, limits)
    }

    /// The fetch failed: keys that are not too old still serve.
    fn without_fetch(self, error: Error, now: Now) -> Step<Validating<'a>> {
        let text = self.validate.token.text();
        let judged = Token::parse(text).ok().and_then(|token| {
            let keys = self.validate.context.keys().stale(token.kid()?, now.monotonic())?;
            Some(self.judge(&token, &keys, now))
        });
        Step::Done(judged.unwrap_or(Err(error)))
    }

    fn judge(&self, token: &Token<'_>, keys: &Fetched, now: Now) -> Result<Claims, Error> {
        let context = &self.validate.context;
        let configured = context.config().validation();
        let rules = match &self.validate.audience {
            None => Cow::Borrowed(configured),
            Some(audience) => Cow::Owned(configured.clone().audience(audience.clone())),
        };
        let judged = match (&self.validate.proof, context.verified_tokens()) {
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
}

fn refused<'a>(reason: TokenError) -> Step<Validating<'a>> {
    Step::Done(Err(Error::token(reason)))
}

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

impl fmt::Debug for Validating<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validating").field("validate", &self.judging.validate).finish()
    }
}
