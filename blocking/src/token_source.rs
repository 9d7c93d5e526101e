//! Valid tokens for a program that calls others all day.

use std::sync::Arc;

use descope_core::{Error, ExchangeAccessKey, Session, TokenCache, TokenLimits};
use http::HeaderValue;

use crate::access_key_source::{AccessKeySource, WatchedKey};
use crate::client::Client;
use crate::per_process::PerProcess;

impl Client {
    /// Makes a source of valid tokens for one access key, for a program that calls other services. The
    /// key is a value, or stands in a place where it can change: see [`AccessKeySource`].
    ///
    /// ```no_run
    /// use descope_blocking::{Client, access_key_from_env, ureq};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tokens = Client::from_env()?.token_source(access_key_from_env()?);
    /// let answer = ureq::get("https://api.example.com/")
    ///     .header("authorization", tokens.authorization()?) // exchanged once, refreshed in time
    ///     .call()?;
    /// # let _ = answer;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn token_source(&self, key: impl Into<AccessKeySource>) -> TokenSource {
        let exchange = ExchangeAccessKey::without_key();
        TokenSource::new(self, key.into(), exchange, TokenLimits::default())
    }

    /// Makes a token source with login claims, a selected tenant or audiences for every exchange, and
    /// with its own limits. The access key comes from `key`, not from `exchange`.
    #[must_use]
    pub fn token_source_from(
        &self,
        key: impl Into<AccessKeySource>,
        exchange: ExchangeAccessKey,
        limits: TokenLimits,
    ) -> TokenSource {
        TokenSource::new(self, key.into(), exchange, limits)
    }

    /// Makes a token source for the access key of `exchange`, with its login claims, selected tenant and
    /// audiences.
    #[must_use]
    pub fn token_source_with(
        &self,
        exchange: ExchangeAccessKey,
        limits: TokenLimits,
    ) -> TokenSource {
        let key = exchange.cleartext().clone();
        TokenSource::new(self, key.into(), exchange, limits)
    }
}

/// A source of valid session tokens for one access key.
///
/// Cheap to clone and safe to share between threads: clones share the token.
///
/// One exchange is under way at a time, however many threads ask. The token is refreshed early by
/// one caller while the others go on with it; a refresh that fails is not an error while it lives.
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
    source: AccessKeySource,
    exchange: ExchangeAccessKey,
    limits: TokenLimits,
    state: PerProcess<State>,
}

#[derive(Debug)]
struct State {
    key: Arc<WatchedKey>,
    cache: TokenCache,
}

impl TokenSource {
    pub(crate) fn new(
        client: &Client,
        source: AccessKeySource,
        exchange: ExchangeAccessKey,
        limits: TokenLimits,
    ) -> Self {
        let state = PerProcess::new(State::new(client, &source, &exchange, &limits));
        let shared = Shared { source, exchange, limits, state };
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
        if let Some(session) = self.shared.state.inherited().cache.at_hand(now) {
            return Ok(session);
        }
        let State { key, cache } = self.state();
        let default = client.context().config().limits().deadline;
        key.wait_for_first(now, client.options().deadline_or(default));
        client.drive(cache.obtain(client.options().clone(), client.now()))
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
    /// again. A session that another thread has already replaced it with stays, and so does one that is
    /// younger than [`TokenLimits::min_age`].
    pub fn invalidate(&self, session: &Session) {
        self.state().cache.invalidate(session, self.client.now());
    }

    /// Forgets whatever session there is, and that exchanges have failed.
    pub fn clear(&self) {
        self.state().cache.clear();
    }

    fn state(&self) -> &State {
        let Shared { source, exchange, limits, state } = &*self.shared;
        state.get(|_| State::new(&self.client, source, exchange, limits))
    }
}

impl State {
    fn new(
        client: &Client,
        source: &AccessKeySource,
        exchange: &ExchangeAccessKey,
        limits: &TokenLimits,
    ) -> Self {
        let key = Arc::new(WatchedKey::new(source));
        let (exchange, limits) = (exchange.clone(), limits.clone());
        let cache = client.context().token_cache_from(key.clone(), exchange, limits);
        Self { key, cache }
    }
}
