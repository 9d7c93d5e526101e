//! Valid tokens for a program that calls others all day.

use std::sync::Arc;

use descope_core::{Error, ExchangeAccessKey, Session, TokenCache, TokenLimits};
use http::HeaderValue;

use crate::Client;
use crate::per_process::PerProcess;

/// A source of valid session tokens for one access key. Cheap to clone and safe to share between
/// threads: clones share the token.
///
/// One exchange is under way at a time, however many threads ask. The token is refreshed early by
/// one caller while the others go on with it; a refresh that fails is no error while it lives.
///
/// ```no_run
/// # use descope_blocking::{Client, access_key_from_env};
/// let client = Client::from_env()?;
/// let tokens = client.token_source(access_key_from_env()?);
/// let authorization = tokens.authorization()?; // for the header of a request to a peer
/// # Ok::<(), descope_blocking::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenSource {
    client: Client,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    exchange: ExchangeAccessKey,
    limits: TokenLimits,
    cache: PerProcess<TokenCache>,
}

impl TokenSource {
    pub(crate) fn new(client: &Client, exchange: ExchangeAccessKey, limits: TokenLimits) -> Self {
        let cache = client.context().token_cache(exchange.clone(), limits.clone());
        let shared = Shared { exchange, limits, cache: PerProcess::new(cache) };
        Self { client: client.clone(), shared: Arc::new(shared) }
    }

    /// A session whose token is valid. Costs next to nothing when there is a fresh one.
    ///
    /// # Errors
    ///
    /// Those of [`Client::exchange`], and only when no valid token is at hand.
    pub fn token(&self) -> Result<Arc<Session>, Error> {
        let client = &self.client;
        let now = client.now();
        // A forked child may go on with its parent's, and the system need not be asked which it is.
        if let Some(session) = self.shared.cache.inherited().at_hand(now) {
            return Ok(session);
        }
        client.drive(self.cache().obtain(client.options().clone(), now))
    }

    /// The value of an `Authorization` header with a valid token, marked as sensitive.
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token).
    pub fn authorization(&self) -> Result<HeaderValue, Error> {
        self.token().map(|session| session.authorization().clone())
    }

    /// Forgets this session, as when a peer answers 401 to its token; the next call exchanges
    /// anew. A session that another thread has already replaced it with stays.
    pub fn invalidate(&self, session: &Session) {
        self.cache().invalidate(session);
    }

    /// Forgets whatever session there is.
    pub fn clear(&self) {
        self.cache().clear();
    }

    fn cache(&self) -> &TokenCache {
        let Shared { exchange, limits, cache } = &*self.shared;
        cache.get(|_| self.client.context().token_cache(exchange.clone(), limits.clone()))
    }
}
