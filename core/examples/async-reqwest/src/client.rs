//! The loop that drives the core, in async.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use descope_core::jwt::Claims;
use descope_core::{
    CallOptions, Config, Context, Endpoint, Error, ExchangeAccessKey, Machine, Now, Secret,
    Session, Step, TokenCache, TokenLimits,
};

use crate::transport::Http;

/// An async client of one project. Clones share all that was learnt.
///
/// A future that is dropped gives its call up; where others waited for what it fetched, one of them
/// goes on.
#[derive(Debug, Clone)]
pub(crate) struct AsyncClient {
    context: Context,
    http: Http,
    origin: Instant,
}

impl AsyncClient {
    /// Does no IO.
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        let http = Http::new(&config)?;
        let mut entropy = [0; 32];
        let random = rustls::crypto::ring::default_provider().secure_random;
        random.fill(&mut entropy).expect("the system gives random bytes");
        Ok(Self { context: Context::new(config, entropy), http, origin: Instant::now() })
    }

    /// Calls any endpoint.
    pub(crate) async fn call<E: Endpoint>(
        &self,
        endpoint: E,
        options: CallOptions,
    ) -> Result<E::Output, Error> {
        self.drive(self.context.call(endpoint, options, self.now())).await
    }

    /// Validates a token that was presented.
    pub(crate) async fn validate(&self, token: &str) -> Result<Claims, Error> {
        self.drive(self.context.validate(token, CallOptions::new(), self.now())).await
    }

    /// A cache of tokens for an access key, to be given to [`token`](Self::token).
    pub(crate) fn tokens(&self, access_key: impl Into<Secret>) -> TokenCache {
        let exchange = ExchangeAccessKey::new(access_key);
        self.context.token_cache(exchange, TokenLimits::default())
    }

    /// A valid session: the cached one, or a new one.
    pub(crate) async fn token(&self, tokens: &TokenCache) -> Result<Arc<Session>, Error> {
        self.drive(tokens.obtain(CallOptions::new(), self.now())).await
    }

    async fn drive<M: Machine>(&self, mut step: Step<M>) -> Result<M::Output, Error> {
        loop {
            step = match step {
                Step::Send(outgoing, sent) => {
                    let reply = self.http.send(outgoing).await;
                    sent.reply(reply, self.now())
                }
                Step::Sleep(delay, asleep) => {
                    tokio::time::sleep(delay).await;
                    asleep.wake(self.now())
                }
                Step::Wait(flight, limit, waiting) => {
                    // Landed or not: the machine sees for itself.
                    let _ = tokio::time::timeout(limit, flight).await;
                    waiting.wake(self.now())
                }
                Step::Done(result) => return result,
            }
        }
    }

    fn now(&self) -> Now {
        #[expect(clippy::disallowed_methods, reason = "a driver is where clocks are read")]
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now::new(self.origin.elapsed(), unix)
    }
}
