//! The door: what all calls of one client share, and the machines that they begin with.

use alloc::format;
use alloc::string::String;
#[cfg(feature = "jwt")]
use alloc::sync::Arc;
use core::fmt;
#[cfg(feature = "jwt")]
use core::time::Duration;

#[cfg(feature = "jwt")]
use http::request::Parts;

use crate::base::Now;
use crate::call::call_context::CallContext;
use crate::call::{Call, Endpoint, Step};
use crate::config::{CallOptions, Config};
#[cfg(feature = "jwt")]
use crate::config::{ExchangeCacheLimits, TokenLimits};
#[cfg(feature = "jwt")]
use crate::endpoints::ExchangeAccessKey;
use crate::error::Error;
#[cfg(feature = "jwt")]
use crate::jwt::Claims;
use crate::replacing::{ReplaceAccessKey, ReplaceContext, ReplaceFlow, RetireDue, RetireDueFlow};
#[cfg(feature = "jwt")]
use crate::session::secret_source::ExchangedKey;
#[cfg(feature = "jwt")]
use crate::session::session_context::SessionContext;
#[cfg(feature = "jwt")]
use crate::session::validate_flow::validate_at_hand;
#[cfg(feature = "jwt")]
use crate::session::{
    AuthenticateFlow, Authenticator, ExchangeCache, ExchangeFlow, KeepSigningKeys, SecretSource,
    SigningKeyKeeper, TokenCache, ValidateFlow, ValidateToken,
};

/// A configuration, and what calls made with it have learned, such as the license tier and the
/// signing keys. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Context {
    calls: CallContext,
    #[cfg(feature = "jwt")]
    sessions: SessionContext,
}

impl Context {
    /// Starts with nothing learnt. The entropy is random bytes of the system: jitter is made of it, so
    /// that programs that start at once do not come back at once. After a `fork`, make another.
    #[must_use]
    pub fn new(config: Config, entropy: [u8; 32]) -> Self {
        let calls = CallContext::new(config, entropy);
        Self {
            #[cfg(feature = "jwt")]
            sessions: SessionContext::new(calls.clone()),
            calls,
        }
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.calls.config()
    }

    /// Begins a call of one endpoint: checks the arguments and credentials, and hands out the first
    /// request. It ends in what the endpoint answers, or in the failures of a call: see
    /// [`ErrorKind`](crate::ErrorKind).
    pub fn call<E: Endpoint>(&self, endpoint: E, options: CallOptions, now: Now) -> Step<Call<E>> {
        Call::start(self.calls.clone(), endpoint, options, now)
    }

    /// Begins to exchange an access key for a session, which is validated before it is returned. The
    /// deadline is for all of it.
    ///
    /// It ends in `Api` with 401 or 403 when the service refuses the key, in `InvalidToken` when the
    /// token that it answers is invalid, else in the failures of a call: the exchange's, or
    /// those of fetching the signing keys. No error shows the cleartext or the token.
    #[cfg(feature = "jwt")]
    pub fn exchange(
        &self,
        exchange: ExchangeAccessKey,
        options: CallOptions,
        now: Now,
    ) -> Step<ExchangeFlow> {
        ExchangeFlow::start(self.sessions.clone(), exchange, options, now)
    }

    /// Begins to validate a session token that was presented, a text or a [`ValidateToken`]. With the
    /// signing keys at hand this is also the end: `Step::Done`. The options are those of a fetch of
    /// the signing keys.
    ///
    /// It ends in `InvalidToken`, with the check that failed in `Error::token_error`, else in the
    /// failures of fetching the signing keys. No error shows the token.
    #[cfg(feature = "jwt")]
    pub fn validate<'a>(
        &self,
        token: impl Into<ValidateToken<'a>>,
        options: CallOptions,
        now: Now,
    ) -> Step<ValidateFlow<'a>> {
        ValidateFlow::start(self.sessions.clone(), token.into(), options, now)
    }

    /// The verdict of [`validate`](Self::validate) where fresh signing keys are at hand and no other
    /// thread is at them in this moment, and nothing is to be remembered of the token. This waits for
    /// nobody, for a lock neither: in a forked child it may be asked of what the parent had.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn validate_at_hand(
        &self,
        token: &ValidateToken<'_>,
        now: Now,
    ) -> Option<Result<Claims, Error>> {
        validate_at_hand(&self.sessions, token, now)
    }

    /// A cache of the session that this exchange brings. It holds nothing yet, and does nothing
    /// before it is asked.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn token_cache(&self, exchange: ExchangeAccessKey, limits: TokenLimits) -> TokenCache {
        let secret = exchange.cleartext().clone();
        self.token_cache_from(Arc::new(secret), exchange, limits)
    }

    /// The same with a secret that may change. A new one is used once its exchange has succeeded, and
    /// the old token serves meanwhile.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn token_cache_from(
        &self,
        source: Arc<dyn SecretSource>,
        exchange: ExchangeAccessKey,
        limits: TokenLimits,
    ) -> TokenCache {
        let key = ExchangedKey::new(source, exchange);
        TokenCache::new(self.sessions.clone(), key, limits)
    }

    /// A cache of the access keys that clients present to a server. `revoked_within` is how long a key
    /// is let in after it was revoked: it is exchanged again when this time has passed. The entropy is
    /// fresh random bytes of the system, under which the keys are kept.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn exchange_cache(
        &self,
        revoked_within: Duration,
        limits: ExchangeCacheLimits,
        entropy: [u8; 32],
    ) -> ExchangeCache {
        ExchangeCache::new(self.sessions.clone(), revoked_within, limits, entropy)
    }

    /// Begins to authenticate a request by its head. With `access_keys`, access keys are let in too,
    /// by the claims of the sessions that they are exchanged for.
    #[cfg(feature = "jwt")]
    pub fn authenticate<'a>(
        &self,
        authenticator: &Authenticator,
        access_keys: Option<&ExchangeCache>,
        head: &'a Parts,
        options: CallOptions,
        now: Now,
    ) -> Step<AuthenticateFlow<'a>> {
        let context = &self.sessions;
        AuthenticateFlow::start(context, authenticator, access_keys, head, options, now)
    }

    /// Begins to fetch the signing keys, unless they are at hand.
    #[cfg(feature = "jwt")]
    pub fn fetch_signing_keys(&self, options: CallOptions, now: Now) -> Step<KeepSigningKeys> {
        KeepSigningKeys::once(self.sessions.clone(), options, now)
    }

    /// One who keeps the signing keys fresh aside from those who validate. It does nothing before it
    /// is asked to.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn signing_key_keeper(&self) -> SigningKeyKeeper {
        SigningKeyKeeper::new(self.sessions.clone())
    }

    /// Begins to replace an access key without an outage: a successor is created, its secret deployed,
    /// and the old key retired. Nothing is taken away before a deployment has returned, so that the
    /// process can die anywhere: the next run finds what this one left, by tags in the keys'
    /// descriptions.
    ///
    /// The machine ends more than once: see [`Replacing`](crate::Replacing) for what its driver does
    /// then.
    ///
    /// ```
    /// use descope_core::{CallOptions, Context, DeployError, Error, ReplaceAccessKey, ReplaceFlow};
    /// use descope_core::{CreatedAccessKey, Now, Replaced, ReplaceError, Replacing, Step};
    ///
    /// fn replace(
    ///     context: &Context,
    ///     now: impl Fn() -> Now,
    ///     drive: impl Fn(Step<ReplaceFlow>) -> Result<Replacing, Error>, // the one loop
    ///     deploy: impl Fn(&CreatedAccessKey) -> Result<(), DeployError>,
    /// ) -> Result<Replaced, ReplaceError> {
    ///     let mut step = context.replace(ReplaceAccessKey::new("K2old"), CallOptions::new(), now());
    ///     loop {
    ///         step = match drive(step)? {
    ///             Replacing::ReadBack(asked) => asked.secret(None, now()),
    ///             Replacing::Deploy(asked) => {
    ///                 let result = deploy(asked.successor());
    ///                 asked.deployed(result, now())
    ///             }
    ///             Replacing::Done(result) => return result,
    ///         }
    ///     }
    /// }
    /// ```
    pub fn replace(
        &self,
        replace: ReplaceAccessKey,
        options: CallOptions,
        now: Now,
    ) -> Step<ReplaceFlow> {
        let context = ReplaceContext {
            calls: self.calls.clone(),
            options,
            #[cfg(feature = "jwt")]
            sessions: self.sessions.clone(),
        };
        ReplaceFlow::start(context, replace, now)
    }

    /// Begins to retire the keys whose grace time, given by [`ReplaceAccessKey::grace`], is over. Each
    /// is retired only if its successor is active; else it is left and reported.
    ///
    /// It ends in the failures of the search; those of a single key are in
    /// [`RetiredDue::left`](crate::RetiredDue::left).
    pub fn retire_due(
        &self,
        retire: RetireDue,
        options: CallOptions,
        now: Now,
    ) -> Step<RetireDueFlow> {
        RetireDueFlow::start(self.calls.clone(), retire, options, now)
    }

    /// A text that no other key's description holds, for
    /// [`CreateAccessKey::marker`](crate::CreateAccessKey::marker), made of fresh random bytes of the
    /// system. (Those of [`new`](Self::new) are in it too, but a forked child or a snapshot that is
    /// started twice has the same.)
    #[must_use]
    pub fn marker(&self, fresh: [u8; 32]) -> String {
        format!("marker-{:032x}", self.calls.unique(fresh))
    }

    /// Sends this license tier ("tier1" to "tier4") with every management call from now on.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when it cannot be a header's value.
    pub fn set_license_tier(&self, tier: &str) -> Result<(), Error> {
        self.calls.tier().set(tier)
    }

    /// The license tier, once it is known.
    #[must_use]
    pub fn license_tier(&self) -> Option<String> {
        self.calls.tier().name()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("config", self.config()).finish_non_exhaustive()
    }
}
