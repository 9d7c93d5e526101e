//! The access keys that clients present to a server.

use std::sync::Arc;
use std::time::Duration;

use descope_core::{Error, ExchangeAccessKey, ExchangeCache, ExchangeCacheLimits, jwt::Claims};

use crate::client::Client;
use crate::entropy::entropy;
use crate::per_process::PerProcess;

impl Client {
    /// What the access keys are that clients present to a server, which lets them in by it.
    /// `revoked_within` is how long a key is let in after it was revoked.
    #[must_use]
    pub fn access_key_cache(&self, revoked_within: Duration) -> AccessKeyCache {
        self.access_key_cache_with(revoked_within, ExchangeCacheLimits::default())
    }

    /// The same with bounds of its own.
    #[must_use]
    pub fn access_key_cache_with(
        &self,
        revoked_within: Duration,
        limits: ExchangeCacheLimits,
    ) -> AccessKeyCache {
        AccessKeyCache::new(self, revoked_within, limits)
    }
}

/// A bounded cache of the access keys that clients send to a server: each is exchanged once in a
/// period.
///
/// No key is kept in clear: see [`ExchangeCache`]. Cheap to clone and safe to share between
/// threads. A forked child starts with an empty cache.
///
/// The service sees the server's address and not the client's, and judges the permitted addresses of a
/// key by that.
///
/// ```no_run
/// # use std::time::Duration;
/// # use descope_blocking::Client;
/// let client = Client::from_env()?;
/// // A key that is revoked is let in for a minute more.
/// let access_keys = client.access_key_cache(Duration::from_secs(60));
/// let auth = client.validator()?.authenticator().access_keys(&access_keys);
/// # Ok::<(), descope_blocking::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AccessKeyCache {
    client: Client,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    revoked_within: Duration,
    limits: ExchangeCacheLimits,
    cache: PerProcess<ExchangeCache>,
}

impl AccessKeyCache {
    pub(crate) fn new(
        client: &Client,
        revoked_within: Duration,
        limits: ExchangeCacheLimits,
    ) -> Self {
        let cache = client.context().exchange_cache(revoked_within, limits.clone(), entropy());
        let shared = Shared { revoked_within, limits, cache: PerProcess::new(cache) };
        Self { client: client.clone(), shared: Arc::new(shared) }
    }

    /// The claims of the session that this key is exchanged for.
    ///
    /// # Errors
    ///
    /// Those of [`ExchangeCache::exchange`].
    pub fn exchange(&self, exchange: ExchangeAccessKey) -> Result<Claims, Error> {
        let client = &self.client;
        client.drive(self.core().exchange(exchange, client.options().clone(), client.now()))
    }

    pub(crate) fn core(&self) -> &ExchangeCache {
        let Shared { revoked_within, limits, cache } = &*self.shared;
        let context = self.client.context();
        cache.get(|_| context.exchange_cache(*revoked_within, limits.clone(), entropy()))
    }
}
