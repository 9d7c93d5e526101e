//! From a request's head to whoever makes the request, or to the response that refuses it.

use alloc::format;
use alloc::string::String;
use core::fmt;

use http::Uri;
use http::request::Parts;

use super::caller::Caller;
use super::challenge::Scheme;
use super::exchange_cache::{ExchangeCache, PresentedKeyFlow};
use super::presented::Presented;
use super::rejection::{Rejection, RejectionKind};
use super::session_context::SessionContext;
use super::validate_flow::{ValidateFlow, ValidateToken};
use crate::base::Now;
use crate::call::Reply;
use crate::call::step::{Machine, Resume, Step};
use crate::config::CallOptions;
use crate::endpoints::ExchangeAccessKey;
use crate::error::Error;
use crate::jwt::DpopRequest;

/// How a server authenticates requests: which credentials it accepts. Bearer tokens always; DPoP
/// proofs and access keys as set.
///
/// ```
/// use descope_core::Authenticator;
///
/// let authenticator = Authenticator::new().public_url("https://api.example.com")?;
/// # Ok::<(), descope_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Authenticator {
    public_url: Option<String>,
    keys_at_hand: bool,
}

impl Authenticator {
    /// Takes tokens as bearer (RFC 6750).
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes tokens that are bound to a DPoP key (RFC 9449) too. Their proofs name the URL that the
    /// client used: this one, as it is seen in front of every proxy, with the request's path after it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when it is no http or https URL, or has a query.
    pub fn public_url(mut self, base: impl Into<String>) -> Result<Self, Error> {
        let base = base.into();
        let usable = base.parse::<Uri>().is_ok_and(|uri| {
            let scheme = uri.scheme_str();
            (scheme == Some("https") || scheme == Some("http")) && uri.query().is_none()
        });
        if !usable || base.contains(['@', '#']) {
            return Err(Error::invalid_argument("public_url", "is no http or https URL"));
        }
        self.public_url = Some(base.trim_end_matches('/').into());
        Ok(self)
    }

    /// Judges tokens by the signing keys at hand, and leaves it to
    /// a [`SigningKeyKeeper`](crate::SigningKeyKeeper) to fetch others.
    pub fn keys_at_hand(mut self) -> Self {
        self.keys_at_hand = true;
        self
    }

    fn offered(&self) -> &'static [Scheme] {
        match self.public_url {
            Some(_) => &[Scheme::Bearer, Scheme::Dpop],
            None => &[Scheme::Bearer],
        }
    }
}

/// An authentication in progress: the machine of
/// [`Context::authenticate`](crate::Context::authenticate). Its step always ends in `Ok`; a failure
/// is in the [`Rejection`].
pub struct AuthenticateFlow<'a>(Pending<'a>);

#[expect(clippy::large_enum_variant, reason = "one of them is under way at a time")]
enum Pending<'a> {
    Token(ValidateFlow<'a>, Judging),
    Key(PresentedKeyFlow),
}

#[derive(Clone, Copy)]
struct Judging {
    scheme: Scheme,
    offered: &'static [Scheme],
}

impl<'a> AuthenticateFlow<'a> {
    /// Begins. `access_keys` is there where access keys are taken.
    pub(crate) fn start(
        context: &SessionContext,
        authenticator: &Authenticator,
        access_keys: Option<&ExchangeCache>,
        head: &'a Parts,
        options: CallOptions,
        now: Now,
    ) -> Step<Self> {
        let offered = authenticator.offered();
        let (token, proof) = match Presented::read(&head.headers, offered) {
            Ok(Presented::Token { token, proof }) => (token, proof),
            Ok(Presented::Key(key)) => {
                return match access_keys {
                    Some(cache) => {
                        let exchange = ExchangeAccessKey::new(key);
                        Self::of_key(cache.exchange(exchange, options, now))
                    }
                    None => rejected(Rejection::new(RejectionKind::BadKey, Scheme::Bearer)),
                };
            }
            Err(rejection) => return rejected(rejection),
        };
        let mut validate = ValidateToken::new(token);
        let mut scheme = Scheme::Bearer;
        if let (Some(base), Some(proof)) = (&authenticator.public_url, proof) {
            let url = format!("{base}{}", head.uri.path());
            validate = validate.dpop(&DpopRequest::new(head.method.as_str(), &url, proof));
            scheme = Scheme::Dpop;
        }
        if authenticator.keys_at_hand {
            validate = validate.keys_at_hand();
        }
        let step = ValidateFlow::start(context.clone(), validate, options, now);
        Self::of_token(step, Judging { scheme, offered })
    }

    fn of_token(step: Step<ValidateFlow<'a>>, judging: Judging) -> Step<Self> {
        let Judging { scheme, offered } = judging;
        match step.split() {
            Ok(suspended) => suspended.within(|flow| Self(Pending::Token(flow, judging))),
            Err(Ok(claims)) => Step::Done(Ok(Ok(Caller::new(claims, scheme)))),
            Err(Err(error)) => rejected(Rejection::of_token(error, scheme, offered)),
        }
    }

    fn of_key(step: Step<PresentedKeyFlow>) -> Step<Self> {
        match step.split() {
            Ok(suspended) => suspended.within(|flow| Self(Pending::Key(flow))),
            Err(Ok(claims)) => Step::Done(Ok(Ok(Caller::new(claims, Scheme::Bearer)))),
            Err(Err(error)) => rejected(Rejection::of_key(error)),
        }
    }
}

fn rejected<'a>(rejection: Rejection) -> Step<AuthenticateFlow<'a>> {
    Step::Done(Ok(Err(rejection)))
}

impl Machine for AuthenticateFlow<'_> {
    type Output = Result<Caller, Rejection>;
}

impl Resume for AuthenticateFlow<'_> {
    fn on_reply(self, reply: Reply, now: Now) -> Step<Self> {
        match self.0 {
            Pending::Token(flow, judging) => Self::of_token(flow.on_reply(reply, now), judging),
            Pending::Key(flow) => Self::of_key(flow.on_reply(reply, now)),
        }
    }

    fn on_wake(self, now: Now) -> Step<Self> {
        match self.0 {
            Pending::Token(flow, judging) => Self::of_token(flow.on_wake(now), judging),
            Pending::Key(flow) => Self::of_key(flow.on_wake(now)),
        }
    }
}

impl fmt::Debug for AuthenticateFlow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticateFlow").finish_non_exhaustive()
    }
}
