//! Authenticates the requests that a server gets.

use descope_core::{Authenticator as Rules, Caller, Error, Rejection};
use http::request::Parts;

use crate::access_key_cache::AccessKeyCache;
use crate::client::Client;
use crate::validator::Validator;

impl Client {
    /// Makes an authenticator of a server's requests that **may block** as [`validate`](Self::validate)
    /// does. One that never does is made by [`Validator::authenticator`].
    #[must_use]
    pub fn authenticator(&self) -> Authenticator {
        Authenticator::of_client(self)
    }
}

impl Validator {
    /// Makes an authenticator of a server's requests that validates tokens by this validator, and so
    /// never blocks.
    #[must_use]
    pub fn authenticator(&self) -> Authenticator {
        Authenticator::of_validator(self)
    }
}

/// Authenticates the requests of a server: a request's head becomes a caller, or the response that
/// refuses it.
///
/// Cheap to clone and safe to share between threads.
///
/// ```no_run
/// use descope_blocking::{Authenticator, Rejection, http};
///
/// fn deploy(auth: &Authenticator, head: &http::request::Parts) -> Result<String, Rejection> {
///     let caller = auth.check(head)?.in_tenant("acme")?.with_role("deployer")?;
///     Ok(format!("deployed for {:?}", caller.claims().key_id()))
/// }
/// ```
///
/// A [`Rejection`] turns into a response with `into()`: status, `WWW-Authenticate` and `Retry-After`.
/// What is no fault of the client's is never a 401.
#[derive(Debug, Clone)]
pub struct Authenticator {
    rules: Rules,
    tokens_by: TokensBy,
    access_keys: Option<AccessKeyCache>,
}

/// Who judges tokens.
#[derive(Debug, Clone)]
enum TokensBy {
    Client(Client),
    Validator(Validator),
}

impl Authenticator {
    pub(crate) fn of_client(client: &Client) -> Self {
        let tokens_by = TokensBy::Client(client.clone());
        Self { rules: Rules::new(), tokens_by, access_keys: None }
    }

    pub(crate) fn of_validator(validator: &Validator) -> Self {
        let tokens_by = TokensBy::Validator(validator.clone());
        Self { rules: Rules::new().keys_at_hand(), tokens_by, access_keys: None }
    }

    /// Takes access keys too, as bearer: they are exchanged, and known for a while. What has three
    /// segments with a JSON header is a token, and never exchanged. A key that is not known yet is one
    /// exchange on the caller's thread.
    #[must_use]
    pub fn access_keys(mut self, cache: &AccessKeyCache) -> Self {
        self.access_keys = Some(cache.clone());
        self
    }

    /// Takes tokens that are bound to a DPoP key (RFC 9449) too. Their proofs name the URL that the
    /// client used: this one, as it is seen in front of every proxy, with the request's path after it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` when it is no http or https URL, or has a query.
    pub fn public_url(mut self, base: impl Into<String>) -> Result<Self, Error> {
        self.rules = self.rules.public_url(base)?;
        Ok(self)
    }

    /// Whoever makes the request of this head.
    ///
    /// # Errors
    ///
    /// The response to refuse it with: see [`RejectionKind`](crate::RejectionKind).
    pub fn check(&self, head: &Parts) -> Result<Caller, Rejection> {
        let client = match &self.tokens_by {
            TokensBy::Client(client) => client,
            TokensBy::Validator(validator) => validator.ready()?,
        };
        let keys = self.access_keys.as_ref().map(AccessKeyCache::core);
        let (options, now) = (client.options().clone(), client.now());
        client.drive(client.context().authenticate(&self.rules, keys, head, options, now))?
    }
}
